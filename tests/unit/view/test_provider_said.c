#include "view/provider_said.h"

#include "codec/canon.h"
#include "unit/service/speaking.h"
#include "view/provider_json.h"
#include "view/provider_paper.h"

#include <string.h>

Suite *test_provider_said_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 1);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void hold(const char *publisher, const char *set, const char *period)
{
	char *columns[] = { canon_lend("value") };
	struct id32 record;
	Qsg__Payload payload;
	Qsg__IndicatorSet indicators;
	Qsg__IndicatorRow row;
	Qsg__IndicatorRow *rows[] = { &row };
	Qsg__IndicatorValue value;
	Qsg__IndicatorValue *values[] = { &value };
	qsg__payload__init(&payload);
	qsg__indicator_set__init(&indicators);
	qsg__indicator_row__init(&row);
	qsg__indicator_value__init(&value);
	row.provider = canon_lend("RAL");
	row.values = values;
	row.n_values = 1;
	indicators.publisher = canon_lend(publisher);
	indicators.set = canon_lend(set);
	indicators.period = canon_lend(period);
	indicators.columns = columns;
	indicators.n_columns = 1;
	indicators.rows = rows;
	indicators.n_rows = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = &indicators;
	fixture.now_ms += 1000;
	OK(submit_payload(fixture.nodes[0], NULL, 0, &payload, &record));
	OK(node_commit(fixture.nodes[0]));
}

START_TEST(statistics_are_listed_by_set_and_period_however_they_came)
{
	static const char *const wanted[] = { "ae 2014-03", "ae 2014-02",
		"ae 2013-12", "ae 2015-01", "beds 2014-01" };
	struct pictures_look look;
	json_t *object = json_object();
	json_t *list = NULL;
	hold("NHS England", "ae", "2014-02");
	hold("NHS England", "beds", "2014-01");
	hold("NHS England", "ae", "2013-12");
	hold("NHS England", "ae", "2014-03");
	hold("NHS Wales", "ae", "2015-01");
	OK(pictures_look(fixture.nodes[0], "RAL", &look));
	provider_said_lists(fixture.nodes[0], object, &look);
	list = json_object_get(object, "indicators");
	ck_assert_uint_eq(json_array_size(list), 5);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *each = json_array_get(list, i);
		const char *space = strchr(wanted[i], ' ');
		ck_assert_msg(
		    strncmp(json_string_value(json_object_get(each, "set")),
			wanted[i], (size_t)(space - wanted[i])) == 0,
		    "%zu", i);
		ck_assert_str_eq(
		    json_string_value(json_object_get(each, "period")),
		    space + 1);
	}
	json_decref(object);
	pictures_clear(&look);
}
END_TEST

/* What node 0 shows of the provider, and people read of it. */
static json_t *shown(struct paper *paper)
{
	struct node *node = speaking.fixture.nodes[0];
	struct pictures_look look = { 0 };
	json_t *value = NULL;
	OK(pictures_look(node, "RAL", &look));
	value = provider_json_look(node, "RAL", &look);
	pictures_clear(&look);
	buf_clear(&paper->out);
	provider_paper_show(paper, value);
	return value;
}

static void reads(struct paper *paper, const char *words)
{
	const char *text = buf_text(&paper->out);
	ck_assert_msg(
	    text && strstr(text, words) != NULL, "%s: %s", words, text);
}

static json_int_t open_requests(const json_t *value)
{
	const json_t *counts = json_object_get(value, "counts");
	return json_integer_value(json_object_get(counts, "open_requests"));
}

/* M373 */
START_TEST(a_request_is_open_while_one_of_those_asked_is_silent)
{
	struct paper paper = { .ascii = true };
	json_t *value = NULL;
	(void)speaking_asked("01X", "02X");
	speaking.fixture.now_ms += 3 * FIXTURE_DAY_MS;
	value = shown(&paper);
	ck_assert_int_eq(open_requests(value), 1);
	reads(&paper, ": open: ");
	json_decref(value);
	speaking.answer.verdict = canon_lend("nothing-held");
	OK(speaking_say(1));
	speaking_pull(0, 1);
	value = shown(&paper);
	ck_assert_int_eq(open_requests(value), 1);
	reads(&paper, ": holds nothing: 01X; open: 02X, 3 days; ");
	reads(&paper, "  holds nothing: Organisation 1 (01X); ");
	json_decref(value);
	speaking.answer.verdict = canon_lend("answered");
	OK(speaking_say(2));
	speaking_pull(0, 2);
	value = shown(&paper);
	ck_assert_int_eq(open_requests(value), 0);
	reads(&paper, ": answered by 1 of 2; holds nothing: 01X; ");
	reads(&paper, "  answer of Organisation 2 (02X); ");
	json_decref(value);
	buf_clear(&paper.out);
}
END_TEST

Suite *test_provider_said_suite(void)
{
	Suite *suite = suite_create("provider_said");
	TCase *tests = tcase_create("provider_said");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, statistics_are_listed_by_set_and_period_however_they_came);
	suite_add_tcase(suite, tests);
	tests = tcase_create("requests");
	tcase_add_checked_fixture(tests, speaking_setup, speaking_teardown);
	tcase_add_test(
	    tests, a_request_is_open_while_one_of_those_asked_is_silent);
	suite_add_tcase(suite, tests);
	return suite;
}
