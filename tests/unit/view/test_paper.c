#include "view/paper.h"

#include "view/json_out.h"
#include "view/render.h"
#include "view/report.h"

#include <check.h>
#include <string.h>

Suite *test_paper_suite(void);

static const char nasty[] =
    "\033[31mred\033[0m \xe2\x80\xaerev\xe2\x80\xac \xc2\x85 \x07 caf\xc3\xa9";

static void is_safe(struct paper *paper)
{
	static const char override[] = { (char)0xE2, (char)0x80, (char)0xAE,
		0 };
	const char *text = buf_text(&paper->out);
	ck_assert(!paper->failed);
	ck_assert_ptr_null(strchr(text, '\033'));
	ck_assert_ptr_null(strchr(text, '\x07'));
	ck_assert_ptr_null(strstr(text, override));
	ck_assert_ptr_null(strstr(text, "\xc2\x85"));
	ck_assert_ptr_nonnull(strstr(text, "red"));
	for (const char *at = text; paper->ascii && *at != '\0'; at++) {
		ck_assert(*at == '\n' || (*at >= ' ' && *at <= '~'));
	}
	buf_clear(&paper->out);
}

/* M160 */
START_TEST(text_of_others_is_escaped)
{
	struct paper paper = { .ascii = false };
	paper_text(&paper, nasty);
	ck_assert_ptr_nonnull(strstr(buf_text(&paper.out), "caf\xc3\xa9"));
	is_safe(&paper);
	paper.ascii = true;
	paper_text(&paper, nasty);
	is_safe(&paper);
	paper_block(&paper, nasty, 2);
	is_safe(&paper);
	paper_styled(&paper, PAPER_WARN, nasty);
	is_safe(&paper);
}
END_TEST

/* A view in which every string is nasty. */
static json_t *nasty_record(void)
{
	static const char *const keys[] = { "id", "type", "author",
		"author_code", "provider", "kind", "source", "dimension",
		"text", "stance", "state", "reason", "site", "ward", "role",
		"person", "judgement", "caveat", "corrected_by", "name", "code",
		"fingerprint", "endpoint", "problem", "received_at", "set",
		"period", "publisher", "outcome", "first_fault", "status",
		"peer_name", "file" };
	json_t *object = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_out_text(object, keys[i], nasty);
	}
	json_t *inner = json_copy(object);
	json_t *list = json_array();
	json_out_append(list, json_copy(object));
	static const char *const lists[] = { "audience", "references", "peers",
		"troubles", "readers", "findings", "warnings" };
	static const char *const objects[] = { "log", "peer", "waiting",
		"organisation", "serving", "signing" };
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		(void)json_object_set(object, lists[i], list);
	}
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		(void)json_object_set(object, objects[i], inner);
	}
	json_out_number(object, "faults", 1);
	json_decref(list);
	json_decref(inner);
	return object;
}

/* M160 */
START_TEST(no_view_lets_an_escape_sequence_through)
{
	static void (*const views[])(struct paper *,
	    const json_t *) = { render_card, render_peer_added, render_record,
		report_shared, report_status, report_verify, report_saved };
	json_t *record = nasty_record();
	json_t *list = json_array();
	json_out_append(list, json_incref(record));
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		for (int ascii = 0; ascii < 2; ascii++) {
			struct paper paper = { .ascii = ascii == 1 };
			views[i](&paper, record);
			is_safe(&paper);
		}
	}
	struct paper paper = { .ascii = true };
	render_records(&paper, list);
	is_safe(&paper);
	render_peers(&paper, list);
	is_safe(&paper);
	report_quarantine(&paper, list);
	is_safe(&paper);
	json_decref(list);
	json_decref(record);
}
END_TEST

START_TEST(colours_are_ours_and_only_where_welcome)
{
	struct paper paper = { .colour = true };
	paper_styled(&paper, PAPER_BOLD, "words");
	ck_assert_str_eq(buf_text(&paper.out), "\033[1mwords\033[0m");
	buf_clear(&paper.out);
	paper.colour = false;
	paper_styled(&paper, PAPER_BOLD, "words");
	ck_assert_str_eq(buf_text(&paper.out), "words");
	buf_clear(&paper.out);
}
END_TEST

START_TEST(lines_of_a_block_are_indented)
{
	struct paper paper = { .ascii = true };
	paper_block(&paper, "one\n\ntwo\ttabs", 2);
	ck_assert_str_eq(buf_text(&paper.out), "  one\n  \n  two\\x09tabs\n");
	buf_clear(&paper.out);
	paper_block(&paper, "", 2);
	ck_assert_uint_eq(paper.out.size, 0);
}
END_TEST

START_TEST(times_are_told_in_london)
{
	struct paper paper = { .ascii = true };
	json_t *object = json_pack(
	    "{s:s,s:n}", "summer", "2026-07-01T11:00:00.000Z", "none");
	paper_time(&paper, object, "summer");
	paper_put(&paper, "|");
	paper_time(&paper, object, "none");
	ck_assert_str_eq(buf_text(&paper.out), "1 Jul 2026 12:00:00 BST|never");
	buf_clear(&paper.out);
	json_decref(object);
}
END_TEST

START_TEST(json_text_is_plain_ascii)
{
	struct buf out = { 0 };
	json_t *value = json_pack("{s:s}", "text", nasty);
	ck_assert_int_eq(json_out_dump(value, &out), ERR_OK);
	for (size_t i = 0; i < out.size; i++) {
		ck_assert(out.data[i] >= ' ' && out.data[i] <= '~');
	}
	json_error_t error;
	json_t *back = json_loads(buf_text(&out), 0, &error);
	ck_assert(json_equal(value, back));
	json_decref(back);
	json_decref(value);
	buf_clear(&out);
	ck_assert_int_eq(json_out_dump(NULL, &out), ERR_MEM);
}
END_TEST

static json_t *full_record(void)
{
	return json_pack("{s:[i,i],s:b,s:{s:s,s:s,s:s},s:{s:[s],s:s},"
			 "s:{s:[s,s,s],s:[{s:s,s:s,s:[{s:i},{},{s:b}]},"
			 "{s:s,s:s,s:[{s:i,s:i},{s:i,s:i},{s:i,s:i}]}]}}",
	    "domains", 1, 5, "pointer_only", 1, "handling", "marking",
	    "official-sensitive", "onward", "ask", "review_on", "2027-01-01",
	    "override", "findings", "nhs-number", "reason", "a test number",
	    "indicators", "columns", "attendances", "breaches", "rate", "rows",
	    "provider", "RAL", "category", "1", "values", "mantissa", 21289,
	    "suppressed", 1, "provider", "\033[31m", "category", "other",
	    "values", "mantissa", -5, "decimals", 2, "mantissa", 120,
	    "decimals", 1, "mantissa", 1, "decimals", 99);
}

START_TEST(a_record_is_shown_whole)
{
	static const char *const parts[] = { "domains       1, 5\n",
		"marking       official-sensitive\n", "passing on    ask\n",
		"review on     2027-01-01\n", "(no text: ", "  a test number\n",
		"  provider  category  attendances  breaches  rate\n",
		"  RAL       1               21289         0     *\n",
		"  \\x1b[31m  other           -0.05      12.0  0.00000" };
	struct paper paper = { .ascii = true };
	json_t *record = full_record();
	ck_assert_ptr_nonnull(record);
	render_record(&paper, record);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		ck_assert_msg(strstr(buf_text(&paper.out), parts[i]) != NULL,
		    "'%s' is not in\n%s", parts[i], buf_text(&paper.out));
	}
	ck_assert_ptr_null(strchr(buf_text(&paper.out), '\033'));
	buf_clear(&paper.out);
	json_decref(record);
}
END_TEST

Suite *test_paper_suite(void)
{
	Suite *suite = suite_create("paper");
	TCase *tests = tcase_create("paper");
	tcase_add_test(tests, text_of_others_is_escaped);
	tcase_add_test(tests, no_view_lets_an_escape_sequence_through);
	tcase_add_test(tests, colours_are_ours_and_only_where_welcome);
	tcase_add_test(tests, lines_of_a_block_are_indented);
	tcase_add_test(tests, times_are_told_in_london);
	tcase_add_test(tests, json_text_is_plain_ascii);
	tcase_add_test(tests, a_record_is_shown_whole);
	suite_add_tcase(suite, tests);
	return suite;
}
