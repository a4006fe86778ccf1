#define _POSIX_C_SOURCE 200809L

#include "domain/indicator.h"

#include "base/limits.h"
#include "base/rng.h"
#include "codec/canon.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_indicator_suite(void);

static void set_text(char **field, const char *text)
{
	*field = strdup(text);
	ck_assert_ptr_nonnull(*field);
}

static Qsg__IndicatorValue *new_value(int64_t mantissa, uint32_t decimals)
{
	Qsg__IndicatorValue *value = malloc(sizeof *value);

	ck_assert_ptr_nonnull(value);
	qsg__indicator_value__init(value);
	value->mantissa = mantissa;
	value->decimals = decimals;
	return value;
}

/* Two columns; row i is about provider R000 + i. */
static Qsg__IndicatorSet *new_set(size_t rows)
{
	Qsg__IndicatorSet *set = malloc(sizeof *set);
	char code[9];

	ck_assert_ptr_nonnull(set);
	qsg__indicator_set__init(set);
	set_text(&set->set, "ae-attendances");
	set_text(&set->publisher, "NHS England");
	set_text(&set->period, "2017-03");
	set->columns = calloc(2, sizeof(char *));
	set->n_columns = 2;
	set_text(&set->columns[0], "attendances");
	set_text(&set->columns[1], "breaches");
	set->rows = calloc(rows + 1, sizeof(Qsg__IndicatorRow *));
	for (size_t i = 0; i < rows; i++) {
		Qsg__IndicatorRow *row = malloc(sizeof *row);

		ck_assert_ptr_nonnull(row);
		qsg__indicator_row__init(row);
		(void)snprintf(code, sizeof code, "R%04u", (unsigned)i % 10000);
		set_text(&row->provider, code);
		set_text(&row->category, "1");
		row->values = calloc(2, sizeof(Qsg__IndicatorValue *));
		row->n_values = 2;
		row->values[0] = new_value((int64_t)i, 0);
		row->values[1] = new_value(15, 1);
		set->rows[set->n_rows++] = row;
	}
	return set;
}

static void replace(char **field, const char *text)
{
	free(*field);
	set_text(field, text);
}

static void refused(Qsg__IndicatorSet *set, enum err author, enum err reader)
{
	ck_assert_int_eq(indicator_check(set), author);
	ck_assert_int_eq(indicator_acceptable(set), reader);
	canon_free(&set->base);
}

START_TEST(a_good_set_passes_both_sides)
{
	refused(new_set(3), ERR_OK, ERR_OK);
	refused(new_set(LIMIT_INDICATOR_ROWS), ERR_OK, ERR_OK);
	/* An author says something; a reader need not mind. */
	refused(new_set(0), ERR_INPUT, ERR_OK);
}
END_TEST

START_TEST(more_rows_or_columns_than_the_limit_are_refused)
{
	Qsg__IndicatorSet *set = new_set(0);
	size_t count = INDICATOR_COLUMNS + 1;

	refused(new_set(LIMIT_INDICATOR_ROWS + 1), ERR_LIMIT, ERR_LIMIT);
	free(set->columns[0]);
	free(set->columns[1]);
	free(set->columns);
	set->columns = calloc(count, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		char name[8];

		(void)snprintf(name, sizeof name, "c%zu", i);
		set_text(&set->columns[i], name);
	}
	set->n_columns = count;
	refused(set, ERR_LIMIT, ERR_LIMIT);
}
END_TEST

START_TEST(a_bad_head_is_refused)
{
	static const char *const bad[] = { "", "A B", "-x", "2017/03" };
	char longest[LIMIT_NAME_BYTES + 2] = { 0 };
	Qsg__IndicatorSet *set = NULL;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		set = new_set(1);
		replace(&set->set, bad[i]);
		refused(set, ERR_INPUT, ERR_FORMAT);
		set = new_set(1);
		replace(&set->period, bad[i]);
		refused(set, ERR_INPUT, ERR_FORMAT);
		set = new_set(1);
		replace(&set->columns[1], bad[i]);
		refused(set, ERR_INPUT, ERR_FORMAT);
	}
	set = new_set(1);
	replace(&set->publisher, "");
	refused(set, ERR_INPUT, ERR_FORMAT);
	memset(longest, 'x', LIMIT_NAME_BYTES + 1);
	set = new_set(1);
	replace(&set->publisher, longest);
	refused(set, ERR_LIMIT, ERR_LIMIT);
	set = new_set(1);
	replace(&set->columns[1], "attendances");
	refused(set, ERR_INPUT, ERR_FORMAT);
}
END_TEST

START_TEST(a_bad_row_is_refused)
{
	Qsg__IndicatorSet *set = new_set(3);

	free(set->rows[2]->values[1]);
	set->rows[2]->n_values = 1;
	refused(set, ERR_INPUT, ERR_FORMAT);
	set = new_set(3);
	replace(&set->rows[1]->provider, "");
	refused(set, ERR_INPUT, ERR_FORMAT);
	set = new_set(3);
	replace(&set->rows[1]->provider, "1-101635456");
	refused(set, ERR_INPUT, ERR_OK);
	set = new_set(3);
	replace(&set->rows[1]->category, "Type 1");
	refused(set, ERR_INPUT, ERR_FORMAT);
	set = new_set(3);
	set->rows[0]->values[0]->decimals = INDICATOR_DECIMALS + 1;
	refused(set, ERR_INPUT, ERR_FORMAT);
	set = new_set(3);
	set->rows[1]->values[0]->suppressed = 1;
	refused(set, ERR_INPUT, ERR_FORMAT);
	set = new_set(3);
	replace(&set->rows[0]->provider, "R0002");
	refused(set, ERR_INPUT, ERR_FORMAT);
}
END_TEST

static bool equal(const Qsg__IndicatorSet *a, const Qsg__IndicatorSet *b)
{
	bool result = false;

	ck_assert_int_eq(indicator_equal(a, b, &result), ERR_OK);
	return result;
}

START_TEST(sets_are_equal_whatever_the_order_of_rows)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 3);
	Qsg__IndicatorSet *a = new_set(50);
	Qsg__IndicatorSet *b = new_set(50);

	for (size_t i = 49; i > 0; i--) {
		size_t j = (size_t)rng_below(&rng, i + 1);
		Qsg__IndicatorRow *row = b->rows[i];

		b->rows[i] = b->rows[j];
		b->rows[j] = row;
	}
	ck_assert(equal(a, b));
	/* 1.5 is 1.50. */
	b->rows[7]->values[1]->mantissa = 150;
	b->rows[7]->values[1]->decimals = 2;
	ck_assert(equal(a, b));
	ck_assert(equal(b, a));
	canon_free(&a->base);
	canon_free(&b->base);
}
END_TEST

static void differ(Qsg__IndicatorSet *changed)
{
	Qsg__IndicatorSet *set = new_set(4);

	ck_assert(!equal(set, changed));
	ck_assert(!equal(changed, set));
	canon_free(&set->base);
	canon_free(&changed->base);
}

START_TEST(any_change_makes_sets_unequal)
{
	Qsg__IndicatorSet *set = new_set(4);

	set->rows[3]->values[0]->mantissa++;
	differ(set);
	set = new_set(4);
	set->rows[0]->values[0]->suppressed = 1;
	differ(set);
	set = new_set(4);
	set->rows[0]->values[1]->decimals = 2;
	differ(set);
	set = new_set(4);
	replace(&set->rows[2]->category, "other");
	differ(set);
	set = new_set(4);
	replace(&set->rows[2]->provider, "RAL");
	differ(set);
	set = new_set(4);
	replace(&set->period, "2017-04");
	differ(set);
	set = new_set(4);
	replace(&set->publisher, "NHS Digital");
	differ(set);
	set = new_set(4);
	replace(&set->columns[1], "admissions");
	differ(set);
	differ(new_set(3));
	differ(new_set(5));
}
END_TEST

START_TEST(numbers_are_read_as_they_stand)
{
	static const struct {
		const char *text;
		int64_t mantissa;
		uint32_t decimals;
	} cases[] = { { "0", 0, 0 }, { "12", 12, 0 }, { "-3", -3, 0 },
		{ "0.95", 95, 2 }, { "-0.5", -5, 1 }, { "1.50", 150, 2 },
		{ "100.000000001", 100000000001, 9 },
		{ "9223372036854775807", INT64_MAX, 0 },
		{ "-9223372036854775808", INT64_MIN, 0 },
		{ "9223372036.854775807", INT64_MAX, 9 } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct indicator_value value;

		ck_assert_int_eq(
		    indicator_parse(span_text(cases[i].text), &value), ERR_OK);
		ck_assert(value.mantissa == cases[i].mantissa);
		ck_assert_uint_eq(value.decimals, cases[i].decimals);
		ck_assert(!value.suppressed);
	}
}
END_TEST

START_TEST(suppressed_is_not_zero)
{
	struct indicator_value value;

	ck_assert_int_eq(indicator_parse(span_text("*"), &value), ERR_OK);
	ck_assert(value.suppressed);
	ck_assert_int_eq(value.mantissa, 0);
}
END_TEST

START_TEST(what_is_no_number_is_refused)
{
	static const char *const cases[] = { "", "-", ".", "-.5", ".5", "5.",
		"1.2.3", "1,234", " 1", "1 ", "+1", "1e3", "0x10", "**", "-*",
		"nan", "--1", "9223372036854775808", "-9223372036854775809",
		"0.1234567890", "99999999999999999999999" };
	struct indicator_value value;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    indicator_parse(span_text(cases[i]), &value) == ERR_INPUT,
		    "%s", cases[i]);
	ck_assert_int_eq(indicator_parse(span_of("1\0", 2), &value), ERR_INPUT);
}
END_TEST

Suite *test_indicator_suite(void)
{
	Suite *suite = suite_create("indicator");
	TCase *tests = tcase_create("indicator");

	tcase_add_test(tests, a_good_set_passes_both_sides);
	tcase_add_test(tests, more_rows_or_columns_than_the_limit_are_refused);
	tcase_add_test(tests, a_bad_head_is_refused);
	tcase_add_test(tests, a_bad_row_is_refused);
	tcase_add_test(tests, sets_are_equal_whatever_the_order_of_rows);
	tcase_add_test(tests, any_change_makes_sets_unequal);
	tcase_add_test(tests, numbers_are_read_as_they_stand);
	tcase_add_test(tests, suppressed_is_not_zero);
	tcase_add_test(tests, what_is_no_number_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
