#include "ending.h"

#include "service/choosing.h"

Suite *test_choosing_suite(void);

static void say(size_t at, size_t count)
{
	struct id32 record;

	for (size_t i = 0; i < count; i++) {
		OK(fixture_share(
		    &ending_fixture, at, at ? 0x1u : 0, "a text", &record));
	}
	OK(node_commit(ending_node(at)));
	if (at) {
		ending_pull(0, at);
	}
}

/* How many of an author's there are; the last of all of them among them. */
static size_t shown_of(const struct choosing *choosing, int64_t author)
{
	struct node *node = ending_node(0);
	uint32_t last = 0;
	uint32_t shown = 0;
	size_t count = 0;

	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		last = state_author(node, rid) == author ? rid : last;
	}
	for (size_t i = 0; i < choosing->count; i++) {
		if (state_author(node, choosing->rids[i]) == author) {
			ck_assert_uint_gt(choosing->rids[i], shown);
			shown = choosing->rids[i];
			count++;
		}
	}
	ck_assert_uint_eq(shown, last);
	return count;
}

START_TEST(whoever_says_much_leaves_room_for_the_others)
{
	struct node *node = ending_node(0);
	struct choosing choosing = { 0 };

	say(2, 3);
	say(1, 40);
	say(0, _i ? CHOOSING_SHOWN : 30);
	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		if (!views_get(node->views, rid)->slotted) {
			OK(choosing_add(&choosing, rid));
		}
	}
	OK(choosing_newest(node, &choosing));
	if (_i) {
		ck_assert_uint_eq(choosing.count, CHOOSING_SHOWN);
		ck_assert_uint_eq(choosing.left_out, 43);
	} else {
		ck_assert_uint_eq(shown_of(&choosing, 1), 30);
		ck_assert_uint_eq(
		    shown_of(&choosing, fixture_org(&ending_fixture, 0, 1)),
		    CHOOSING_SHOWN_OF_ONE);
		ck_assert_uint_eq(
		    shown_of(&choosing, fixture_org(&ending_fixture, 0, 2)), 3);
		ck_assert_uint_eq(
		    choosing.left_out, 40 - CHOOSING_SHOWN_OF_ONE);
	}
	choosing_clear(&choosing);
}
END_TEST

Suite *test_choosing_suite(void)
{
	Suite *suite = suite_create("choosing");
	TCase *tests = tcase_create("choosing");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, ending_setup, ending_teardown);
	tcase_add_loop_test(
	    tests, whoever_says_much_leaves_room_for_the_others, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
