#include "grouped.h"

#include "codec/canon.h"
#include "service/groups_state.h"
#include "service/successor.h"

Suite *test_joining_suite(void);

static const struct group_candidate *candidate(size_t at, size_t place)
{
	const struct group_state *group = grouped_at(at);

	ck_assert_uint_lt(place, group->candidate_count);
	return &group->candidates[place];
}

/* The convenor states another roster. */
static void amend(void)
{
	static const char *const purposes[] = { "p", "q" };
	struct convening_change change = { 0 };
	struct convening_result result;
	Qsg__Charter charter;

	grouped_charter(&charter, GROUPED_NAME);
	charter.purpose = canon_lend(purposes[grouped_at(0)->epoch % 2]);
	change.charter = &charter;
	OK(convening_amend(grouped_node(0), GROUPED_NAME, &change, &result));
	OK(node_commit(grouped_node(0)));
}

/* M492 */
START_TEST(a_convenor_that_goes_on_stating_rosters_is_succeeded)
{
	grouped_all_join(4);
	for (size_t at = 1; at < 4; at++) {
		OK(grouped_name(at, 3));
		grouped_spread();
		if (at == 3) {
			break;
		}
		amend();
		grouped_spread();
		ck_assert_uint_eq(candidate(1, 0)->voices, at);
		ck_assert_uint_eq(candidate(1, 0)->needed, 3);
		ck_assert(candidate(1, 0)->epoch < grouped_at(1)->epoch);
	}
	ck_assert_uint_eq(grouped_at(1)->term, 2);
	ck_assert(id_equal(&grouped_at(1)->convenor, node_id(grouped_node(3))));
}
END_TEST

/* M492: who did not hear of it in time says it once more. */
START_TEST(the_same_successor_may_be_named_from_the_roster_of_most)
{
	struct replica_taken taken;

	grouped_all_join(4);
	OK(grouped_name(1, 3));
	amend();
	OK(fixture_pull(&grouped_fixture, 2, 0, &taken));
	OK(grouped_name(2, 3));
	FAILS(grouped_name(2, 3), ERR_STATE);
	grouped_spread();
	ck_assert_uint_eq(grouped_at(3)->candidate_count, 2);
	OK(grouped_name(3, 3));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(3)->term, 1);
	OK(grouped_name(2, 3));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(3)->term, 2);
}
END_TEST

/* M317, M492 */
START_TEST(nobody_voids_its_own_voice)
{
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "nhs-england-area-team"));
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	for (size_t at = 1; at < 4; at++) {
		OK(grouped_join(at));
	}
	grouped_spread();
	OK(grouped_name(1, 3));
	FAILS(grouped_name(1, 2), ERR_STATE);
	amend();
	grouped_spread();
	FAILS(grouped_name(1, 2), ERR_STATE);
	grouped_spread();
	ck_assert_uint_eq(candidate(3, 0)->voices, 1);
}
END_TEST

/* Another group of that name, convened by 3, which invites 1. */
static void invite_to(const char *name)
{
	static const char *const known[] = { "Organisation 1" };
	struct convening_invitation invitation = {
		.known = known, .known_count = 1, .line = { .kind = "ccg" }
	};
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	struct replica_taken taken;
	Qsg__Charter charter;

	grouped_charter(&charter, name);
	OK(convening_create(grouped_node(3), &charter, &chair, &result));
	OK(convening_invite(
	    grouped_node(3), charter.name, &invitation, &result));
	OK(node_commit(grouped_node(3)));
	OK(fixture_pull(&grouped_fixture, 1, 3, &taken));
}

/* M338: a card that comes in a roster may disown what counted, once all groups
 * have been looked at. */
START_TEST(what_enrolling_puts_in_doubt_is_settled_with_it)
{
	struct successor_planned planned;
	struct replica_taken taken;
	const struct groups *groups = NULL;

	grouped_all_join(4);
	amend();
	grouped_spread();
	invite_to("North London QSG");
	invite_to("East London QSG");
	invite_to("West London QSG");
	OK(successor_rotate(grouped_node(2), true, &planned));
	OK(node_commit(grouped_node(2)));
	OK(fixture_hand_card(&grouped_fixture, 0, 2, 2));
	amend();
	OK(fixture_pull(&grouped_fixture, 1, 0, &taken));
	ck_assert_uint_eq(peers_keys(fixture_peer(&grouped_fixture, 1, 2))
			      ->fields->n_generations,
	    2);
	groups = grouped_node(1)->groups;
	ck_assert_uint_eq(groups->count, 4);
	/* Others had been looked at before it. */
	ck_assert(!id_equal(&groups->list[0]->id, &grouped_at(0)->id));
	for (size_t i = 0; i < groups->count; i++) {
		ck_assert(groups->list[i]->fresh);
	}
	ck_assert(!groups->unsettled);
}
END_TEST

Suite *test_joining_suite(void)
{
	Suite *suite = suite_create("joining");
	TCase *tests = tcase_create("joining");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(
	    tests, a_convenor_that_goes_on_stating_rosters_is_succeeded);
	tcase_add_test(
	    tests, the_same_successor_may_be_named_from_the_roster_of_most);
	tcase_add_test(tests, nobody_voids_its_own_voice);
	tcase_add_test(tests, what_enrolling_puts_in_doubt_is_settled_with_it);
	suite_add_tcase(suite, tests);
	return suite;
}
