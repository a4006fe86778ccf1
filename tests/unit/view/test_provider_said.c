#include "view/provider_said.h"

#include "codec/canon.h"
#include "unit/service/fixture.h"

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

Suite *test_provider_said_suite(void)
{
	Suite *suite = suite_create("provider_said");
	TCase *tests = tcase_create("provider_said");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, statistics_are_listed_by_set_and_period_however_they_came);
	suite_add_tcase(suite, tests);
	return suite;
}
