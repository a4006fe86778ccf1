#include "domain/ods.h"

#include "base/fs.h"
#include "base/limits.h"
#include "codec/canon.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_ods_suite(void);

/* 27 columns, as the files have them. */
#define ROW(code, name, opened, closed, fifteen)                               \
	"\"" code "\",\"" name                                                 \
	"\",\"Y56\",\"QWE\",\"A STREET\",\"\",\"\",\"LONDON\",\"\",\"SW1 "     \
	"1AA\",\"" opened "\",\"" closed "\",\"A\",\"B\",\"" fifteen           \
	"\",\"\",\"\",\"\",\"\",\"\",\"\",\"0\",\"\",\"D\",\"\",\"\",\"\"\n"
#define TRUST(code, name) ROW(code, name, "19930401", "", "")

static const struct ods_layout *layout(const char *name)
{
	const struct ods_layout *found = ods_find(span_text(name));

	ck_assert_ptr_nonnull(found);
	return found;
}

static struct ods_result read_as(const char *as, const char *text)
{
	struct ods_result result;
	enum err err = ods_read(layout(as), span_text(text), &result);

	ck_assert_msg(err == ERR_OK, "%s", err_text());
	for (size_t i = 0; i < result.count; i++)
		ck_assert_msg(
		    ods_check(result.entries[i]) == ERR_OK, "%s", err_text());
	return result;
}

START_TEST(trusts_are_read_in_order_of_code_with_type_and_dates)
{
	struct ods_result result = read_as("ods-trusts",
	    ROW("RYR", "WESTERN SUSSEX NHS FOUNDATION TRUST", "20090401",
		"20210401", "") TRUST("RAL", "ROYAL FREE HAMPSTEAD NHS TRUST"));
	const Qsg__RegisteredProvider *entry = NULL;

	ck_assert_uint_eq(result.count, 2);
	ck_assert_uint_eq(result.row_count, 2);
	ck_assert_uint_eq(result.found.bad_total, 0);
	entry = result.entries[0];
	ck_assert_str_eq(entry->code, "RAL");
	ck_assert_str_eq(entry->name, "ROYAL FREE HAMPSTEAD NHS TRUST");
	ck_assert_str_eq(entry->type, "nhs-trust");
	ck_assert_str_eq(entry->area, "QWE");
	ck_assert_str_eq(entry->region, "Y56");
	ck_assert_str_eq(entry->opened_on, "1993-04-01");
	ck_assert_str_eq(entry->closed_on, "");
	ck_assert_str_eq(entry->commissioner, "");
	ck_assert_str_eq(result.entries[1]->type, "foundation-trust");
	ck_assert_str_eq(result.entries[1]->closed_on, "2021-04-01");
	ods_clear(&result);
}
END_TEST

START_TEST(no_address_is_kept)
{
	struct ods_result result = read_as(
	    "ods-trusts", TRUST("RAL", "ROYAL FREE HAMPSTEAD NHS TRUST"));
	struct buf bytes = { 0 };

	ck_assert_int_eq(
	    canon_encode(&result.entries[0]->base, &bytes), ERR_OK);
	ck_assert_ptr_null(strstr(buf_text(&bytes), "STREET"));
	ck_assert_ptr_null(strstr(buf_text(&bytes), "SW1"));
	buf_clear(&bytes);
	ods_clear(&result);
}
END_TEST

START_TEST(sites_belong_to_the_trust_whose_code_they_begin_with)
{
	struct ods_result result = read_as("ods-sites",
	    ROW("RAL26", "BARNET HOSPITAL", "20140701", "", "") ROW("RAPNM",
		"NORTH MIDDLESEX HOSPITAL", "19920401", "", "") ROW("RAL01",
		"ROYAL FREE HOSPITAL", "19910401", "20200101", ""));

	ck_assert_uint_eq(result.count, 2);
	ck_assert_uint_eq(result.row_count, 3);
	ck_assert_str_eq(result.entries[0]->code, "RAL");
	ck_assert_str_eq(result.entries[0]->name, "");
	ck_assert_uint_eq(result.entries[0]->n_sites, 2);
	ck_assert_str_eq(result.entries[0]->sites[0]->code, "RAL01");
	ck_assert_str_eq(result.entries[0]->sites[0]->closed_on, "2020-01-01");
	ck_assert_str_eq(result.entries[0]->sites[1]->name, "BARNET HOSPITAL");
	ck_assert_str_eq(result.entries[1]->code, "RAP");
	ods_clear(&result);
}
END_TEST

START_TEST(practices_have_their_commissioner)
{
	struct ods_result result = read_as("ods-practices",
	    ROW("E83003", "OAKLEIGH ROAD CLINIC", "19740401", "", "07M"));

	ck_assert_str_eq(result.entries[0]->type, "primary-care");
	ck_assert_str_eq(result.entries[0]->commissioner, "07M");
	ods_clear(&result);
}
END_TEST

START_TEST(bad_rows_are_listed_with_line_and_reason_and_left_out)
{
	static const struct {
		const char *row;
		const char *reason;
	} bad[] = {
		{ TRUST("R!", "X NHS TRUST"), "code (column 1)" },
		{ TRUST("", "X NHS TRUST"), "code (column 1)" },
		{ TRUST("local:x", "X NHS TRUST"), "code (column 1)" },
		{ TRUST("RA1", ""), "name (column 2)" },
		{ TRUST("RA1", "X\xe2\x80\xaeY NHS TRUST"), "name (column 2)" },
		{ ROW("RA1", "X NHS TRUST", "1993", "", ""),
		    "opening date (column 11)" },
		{ ROW("RA1", "X NHS TRUST", "", "20230230", ""),
		    "closing date (column 12)" },
		{ ROW("RA1", "X NHS TRUST", "20200101", "20190101", ""),
		    "closed before it opened" },
		{ "RA1,X NHS TRUST,Y56\n", "27 fields expected, 3 found" },
		{ TRUST("RAL", "AGAIN NHS TRUST"), "same code as line 1" },
	};
	const size_t count = sizeof bad / sizeof bad[0];
	struct buf text = { 0 };
	struct ods_result result;

	ck_assert_int_eq(
	    buf_append(&text, span_text(TRUST("RAL", "ROYAL NHS TRUST"))),
	    ERR_OK);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(
		    buf_append(&text, span_text(bad[i].row)), ERR_OK);
	result = read_as("ods-trusts", buf_text(&text));
	ck_assert_uint_eq(result.found.bad_total, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(result.found.bad[i].line, i + 2);
		ck_assert_msg(strstr(result.found.bad[i].reason,
				  bad[i].reason) == result.found.bad[i].reason,
		    "%s: %s", bad[i].row, result.found.bad[i].reason);
	}
	ck_assert_uint_eq(result.count, 1);
	ck_assert_str_eq(result.entries[0]->name, "ROYAL NHS TRUST");
	ods_clear(&result);
	buf_clear(&text);
}
END_TEST

START_TEST(a_site_without_a_trust_is_bad)
{
	struct ods_result result = read_as("ods-sites",
	    ROW("RAL", "ROYAL FREE", "", "", "")
		ROW("RAL01", "ROYAL FREE HOSPITAL", "", "", ""));

	ck_assert_uint_eq(result.found.bad_total, 1);
	ck_assert_ptr_nonnull(strstr(result.found.bad[0].reason, "is no site"));
	ods_clear(&result);
}
END_TEST

START_TEST(the_same_rows_in_another_order_give_the_same_bytes)
{
	struct ods_result a = read_as("ods-sites",
	    ROW("RAL26", "B", "", "", "") ROW("RAL01", "A", "", "", ""));
	struct ods_result b =
	    read_as("ods-sites", "\xef\xbb\xbf" ROW(" ral01 ", " A", "", "", "")
				     ROW("RAL26", "B", "", "", ""));
	struct buf x = { 0 };
	struct buf y = { 0 };

	ck_assert_int_eq(canon_encode(&a.entries[0]->base, &x), ERR_OK);
	ck_assert_int_eq(canon_encode(&b.entries[0]->base, &y), ERR_OK);
	ck_assert(span_equal(buf_span(&x), buf_span(&y)));
	buf_clear(&x);
	buf_clear(&y);
	ods_clear(&a);
	ods_clear(&b);
}
END_TEST

START_TEST(another_file_is_refused_and_leaves_nothing)
{
	static const char *const texts[] = { "", "\n\n",
		"period,org_code,type\n2017-03-01,RF4,1\n", "RAL,ROYAL\n",
		"RAL,\"ROYAL\n", "\xff\xfe\n" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct ods_result result;

		ck_assert_int_eq(ods_read(layout("ods-trusts"),
				     span_text(texts[i]), &result),
		    ERR_INPUT);
		ck_assert_uint_eq(result.count, 0);
		ck_assert_ptr_null(result.entries);
		ck_assert_ptr_null(result.found.bad);
	}
	ck_assert_ptr_null(ods_find(span_text("ods")));
}
END_TEST

START_TEST(too_many_sites_of_one_trust_are_refused)
{
	static const char digits[] = "0123456789ABCDEFGHIJ";
	struct buf text = { 0 };
	struct ods_result result;

	for (size_t i = 0; i < ODS_SITES + 1; i++)
		ck_assert_int_eq(
		    buf_printf(&text, ROW("RAL%c%c%c", "A SITE", "", "", ""),
			digits[i / 400 % 20], digits[i / 20 % 20],
			digits[i % 20]),
		    ERR_OK);
	ck_assert_int_eq(
	    ods_read(layout("ods-sites"), buf_span(&text), &result), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "RAL has 2049 sites"));
	ck_assert_uint_eq(result.count, 0);
	buf_clear(&text);
}
END_TEST

START_TEST(entries_from_elsewhere_are_checked)
{
	static const struct {
		const char *code, *name, *type, *area, *opened;
	} bad[] = {
		{ "R!", "A NHS TRUST", "", "", "" },
		{ "RAL", "", "", "", "" },
		{ "RAL", "A\nB", "", "", "" },
		{ "RAL", "A", "hospital", "", "" },
		{ "RAL", "A", "", "qwe", "" },
		{ "RAL", "A", "", "", "20200101" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		Qsg__RegisteredProvider entry;

		qsg__registered_provider__init(&entry);
		entry.code = canon_lend(bad[i].code);
		entry.name = canon_lend(bad[i].name);
		entry.type = canon_lend(bad[i].type);
		entry.area = canon_lend(bad[i].area);
		entry.opened_on = canon_lend(bad[i].opened);
		ck_assert_msg(
		    ods_check(&entry) == ERR_INPUT, "row %zu is taken", i);
	}
}
END_TEST

START_TEST(sites_from_elsewhere_are_checked)
{
	static const char *const codes[][2] = { { "RAL02", "RAL01" },
		{ "RAL01", "RAL01" }, { "RAL01", "!" } };

	for (size_t i = 0; i < 3; i++) {
		Qsg__RegisteredProvider entry;
		Qsg__ProviderSite sites[2];
		Qsg__ProviderSite *list[2] = { &sites[0], &sites[1] };

		qsg__registered_provider__init(&entry);
		entry.code = canon_lend("RAL");
		entry.sites = list;
		entry.n_sites = 2;
		for (size_t j = 0; j < 2; j++) {
			qsg__provider_site__init(&sites[j]);
			sites[j].code = canon_lend(codes[i][j]);
			sites[j].name = canon_lend("A SITE");
		}
		ck_assert_int_eq(ods_check(&entry), ERR_INPUT);
	}
}
END_TEST

START_TEST(the_real_file_of_trusts_is_read_whole)
{
	const char *shared = getenv("QSG_SHARED");
	struct buf path = { 0 };
	struct buf text = { 0 };
	struct ods_result result;
	size_t foundation = 0;

	ck_assert_int_eq(
	    buf_printf(&path, "%s/data/etr.csv", shared != NULL ? shared : "."),
	    ERR_OK);
	if (!fs_exists(buf_text(&path))) {
		printf("skipped: the real file of trusts (%s is not there)\n",
		    buf_text(&path));
		buf_clear(&path);
		return;
	}
	ck_assert_int_eq(
	    fs_read(buf_text(&path), LIMIT_CSV_BYTES, &text), ERR_OK);
	ck_assert_int_eq(
	    ods_read(layout("ods-trusts"), buf_span(&text), &result), ERR_OK);
	ck_assert_uint_eq(result.found.bad_total, 0);
	ck_assert_uint_eq(result.count, 218);
	for (size_t i = 0; i < result.count; i++) {
		ck_assert_int_eq(ods_check(result.entries[i]), ERR_OK);
		foundation +=
		    strcmp(result.entries[i]->type, "foundation-trust") == 0;
	}
	ck_assert_uint_gt(foundation, 100);
	ck_assert_uint_lt(foundation, 218);
	ods_clear(&result);
	buf_clear(&text);
	buf_clear(&path);
}
END_TEST

Suite *test_ods_suite(void)
{
	Suite *suite = suite_create("ods");
	TCase *tests = tcase_create("ods");

	tcase_add_test(
	    tests, trusts_are_read_in_order_of_code_with_type_and_dates);
	tcase_add_test(tests, no_address_is_kept);
	tcase_add_test(
	    tests, sites_belong_to_the_trust_whose_code_they_begin_with);
	tcase_add_test(tests, practices_have_their_commissioner);
	tcase_add_test(
	    tests, bad_rows_are_listed_with_line_and_reason_and_left_out);
	tcase_add_test(tests, a_site_without_a_trust_is_bad);
	tcase_add_test(
	    tests, the_same_rows_in_another_order_give_the_same_bytes);
	tcase_add_test(tests, another_file_is_refused_and_leaves_nothing);
	tcase_add_test(tests, too_many_sites_of_one_trust_are_refused);
	tcase_add_test(tests, entries_from_elsewhere_are_checked);
	tcase_add_test(tests, sites_from_elsewhere_are_checked);
	tcase_add_test(tests, the_real_file_of_trusts_is_read_whole);
	suite_add_tcase(suite, tests);
	return suite;
}
