#include "view/said_json.h"

#include "codec/canon.h"
#include "service/accounts.h"
#include "service/query.h"
#include "unit/service/speaking.h"

#include <stdio.h>
#include <string.h>

Suite *test_said_json_suite(void);

/* One author says it so often. */
#define OFTEN (SAID_JSON_SHOWN_OF_ONE + 4u)

static enum err add(void *context, const struct query_item *item)
{
	said_json_add_relations(speaking.fixture.nodes[0], context, item);
	return ERR_OK;
}

static void corroborate(size_t by, unsigned number)
{
	static char text[20];
	(void)snprintf(text, sizeof text, "heard %u", number);
	speaking.corroboration.text = canon_lend(text);
	speaking.fixture.now_ms += 1000;
	OK(speaking_say(by));
}

static json_t *relations_at_0(const struct id32 *record)
{
	json_t *object = json_object();
	OK(query_open(speaking.fixture.nodes[0],
	    views_find(speaking.fixture.nodes[0]->views, record), add, object));
	return object;
}

START_TEST(of_one_author_the_newest_are_shown_and_the_rest_counted)
{
	struct id32 record = speaking_shared(6);
	json_t *object = NULL;
	json_t *list = NULL;
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	/* 2 is first, and stays in the list. */
	corroborate(2, 999);
	for (unsigned i = 0; i < OFTEN; i++) {
		corroborate(1, i);
		if (i + 1 == SAID_JSON_SHOWN_OF_ONE) {
			speaking_pull(0, 1);
			speaking_pull(0, 2);
			object = relations_at_0(&record);
			ck_assert_ptr_null(json_object_get(object, "left_out"));
			json_decref(object);
		}
	}
	speaking_pull(0, 1);
	object = relations_at_0(&record);
	list = json_object_get(object, "corroborated_by");
	ck_assert_uint_eq(json_array_size(list), SAID_JSON_SHOWN_OF_ONE + 1);
	for (size_t i = 0; i < json_array_size(list); i++) {
		char want[20];
		(void)snprintf(want, sizeof want, "heard %u",
		    i ? (unsigned)i - 1 + OFTEN - SAID_JSON_SHOWN_OF_ONE : 999);
		ck_assert_str_eq(json_string_value(json_object_get(
				     json_array_get(list, i), "text")),
		    want);
	}
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
		json_object_get(object, "left_out"), "corroborated_by")),
	    OFTEN - SAID_JSON_SHOWN_OF_ONE);
	ck_assert_uint_eq(
	    json_object_size(json_object_get(object, "left_out")), 1);
	json_decref(object);
}
END_TEST

/* M466: what was said of it among others is not for everybody here. */
START_TEST(what_is_out_of_scope_is_counted_and_not_shown)
{
	struct id32 record = speaking_shared(6);
	struct node *node = speaking.fixture.nodes[0];
	const struct account clerk = { .scope = { .groups = { { { 7 } } },
					   .group_count = 1 } };
	json_t *object = NULL;
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	corroborate(1, 1);
	speaking_pull(0, 1);
	query_open_for(node, &clerk);
	object = relations_at_0(&record);
	query_open_for(node, NULL);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(object, "corroborated_by")), 0);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(
		json_object_get(object, "left_out"), "corroborated_by")),
	    1);
	json_decref(object);
	object = relations_at_0(&record);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(object, "corroborated_by")), 1);
	json_decref(object);
}
END_TEST

Suite *test_said_json_suite(void)
{
	Suite *suite = suite_create("said_json");
	TCase *tests = tcase_create("said_json");
	tcase_add_checked_fixture(tests, speaking_setup, speaking_teardown);
	tcase_add_test(
	    tests, of_one_author_the_newest_are_shown_and_the_rest_counted);
	tcase_add_test(tests, what_is_out_of_scope_is_counted_and_not_shown);
	suite_add_tcase(suite, tests);
	return suite;
}
