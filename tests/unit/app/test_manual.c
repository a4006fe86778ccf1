#define _GNU_SOURCE /* memmem */

#include "app/manual.h"

#include "app/help.h"
#include "base/fs.h"
#include "domain/said.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_manual_suite(void);

/* The file in the tree is what the program writes; run from its top. */
static void is_copy(
    void (*write)(struct paper *paper), const char *path, const char *how)
{
	struct paper paper = { .ascii = true };
	struct buf file = { 0 };
	if (!fs_exists(path)) {
		printf("skipped: %s is not there (run from the top)\n", path);
		return;
	}
	write(&paper);
	ck_assert(!paper.failed);
	ck_assert_int_eq(fs_read(path, 1 << 20, &file), ERR_OK);
	ck_assert_msg(span_equal(buf_span(&paper.out), buf_span(&file)),
	    "%s is old: write it again with `qsg help %s`", path, how);
	buf_clear(&paper.out);
	buf_clear(&file);
}

START_TEST(the_man_page_is_up_to_date)
{
	is_copy(manual_page, "node/app/man/qsg.1.scd", "--man");
}
END_TEST

/* QSG 4: "Provider organisations are not included in the membership". */
START_TEST(no_provider_is_offered_as_a_member)
{
	static const char *const names[] = { "group-invite", "group-amend" };
	struct paper paper = { .ascii = true };
	manual_completion(&paper);
	const char *line = strstr(buf_text(&paper.out), "'group invite --as'");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_nonnull(strstr(line, "healthwatch-local"));
	ck_assert_ptr_null(
	    memmem(line, strcspn(line, ";"), " provider", strlen(" provider")));
	buf_clear(&paper.out);
	for (size_t i = 0; i < 2; i++) {
		help_command(&paper, ops_find(span_text(names[i])));
		ck_assert_ptr_nonnull(
		    strstr(buf_text(&paper.out), "\n  healthwatch-local"));
		ck_assert_ptr_null(
		    strstr(buf_text(&paper.out), "\n  provider "));
		buf_clear(&paper.out);
	}
	help_command(&paper, ops_find(span_text("init")));
	ck_assert_ptr_nonnull(strstr(buf_text(&paper.out), "\n  provider "));
	buf_clear(&paper.out);
}
END_TEST

/* Each comment of the example stands above the rule that it is about. */
START_TEST(the_policy_in_the_man_page_says_what_it_does)
{
	static const char *const parts[] = { "# To a group, never",
		"verdict = never", "# What a whistleblower says is seen by a",
		"verdict = four eyes", "verdict = share" };
	struct paper paper = { .ascii = true };
	manual_page(&paper);
	const char *at = strstr(buf_text(&paper.out), "# SHARING POLICY");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = at == NULL ? NULL : strstr(at, parts[i]);
		ck_assert_msg(at != NULL, "%s", parts[i]);
	}
	buf_clear(&paper.out);
}
END_TEST

START_TEST(the_completion_is_up_to_date)
{
	is_copy(manual_completion, "scripts/completion/qsg.bash", "--bash");
}
END_TEST

static void is_listed(const char *page, const struct vocab *vocab)
{
	char line[80];
	for (size_t i = 0; vocab != NULL && i < vocab->count; i++) {
		(void)snprintf(
		    line, sizeof(line), "\n*%s*\n\t", vocab->words[i].token);
		ck_assert_msg(strstr(page, line) != NULL,
		    "WORDS lacks %s, a %s", vocab->words[i].token, vocab->name);
	}
}

START_TEST(the_man_page_lists_every_word_that_a_command_takes)
{
	struct paper paper = { .ascii = true };
	manual_page(&paper);
	const char *page = strstr(buf_text(&paper.out), "\n# WORDS\n");
	ck_assert_ptr_nonnull(page);
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		for (size_t j = 0; j < op->arg_count; j++) {
			is_listed(page, op->args[j].words == NULL
					    ? NULL
					    : op->args[j].words());
		}
	}
	for (size_t i = 0; i < vocab_finding()->count; i++) {
		is_listed(page,
		    said_values(span_text(vocab_finding()->words[i].token)));
	}
	buf_clear(&paper.out);
}
END_TEST

/* Of a command of three words the first, the second and the third. */
START_TEST(completion_offers_one_word_at_a_time)
{
	static const char *const lines[] = {
		"\t'audit') words='proof shared record log witnesses evidence "
		"export check --help' ;;\n",
		"\t'audit evidence') words='list show export --home --json "
		"--help' ;;\n",
		"\t'audit evidence export') words='--home --json --help --out' "
		";;\n",
		"\t'keys') words='rotate --help' ;;\n",
		"\t'keys rotate') words='log --help' ;;\n",
		"\t\t\t'audit evidence') command=\"$command $word\" ;;\n",
	};
	struct paper paper = { .ascii = true };
	manual_completion(&paper);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *found = strstr(buf_text(&paper.out), lines[i]);
		ck_assert_msg(found != NULL, "not there: %s", lines[i]);
	}
	/* A case that stands twice is never reached. */
	const char *first =
	    strstr(buf_text(&paper.out), "\t'audit evidence') words=");
	ck_assert_ptr_null(strstr(first + 1, "\t'audit evidence') words="));
	buf_clear(&paper.out);
}
END_TEST

START_TEST(help_names_every_command_and_option)
{
	struct paper overview = { .ascii = true };
	help_overview(&overview);
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		struct paper paper = { .ascii = true };
		if (op->words == NULL) {
			continue;
		}
		ck_assert_ptr_nonnull(
		    strstr(buf_text(&overview.out), op->words));
		help_command(&paper, op);
		for (size_t j = 0; j < op->arg_count; j++) {
			const struct ops_arg *arg = &op->args[j];
			bool hidden =
			    (arg->flags & (OPS_HIDDEN | OPS_API_ONLY)) != 0;
			bool plain = (arg->flags & OPS_POSITIONAL) != 0;
			bool named =
			    strstr(buf_text(&paper.out),
				plain ? arg->metavar : arg->option) != NULL;
			ck_assert(named || hidden);
		}
		buf_clear(&paper.out);
	}
	buf_clear(&overview.out);
}
END_TEST

START_TEST(help_fits_an_ordinary_terminal)
{
	for (size_t i = 0; i < ops_count(); i++) {
		struct paper paper = { .ascii = true };
		if (ops_at(i)->words == NULL) {
			continue;
		}
		help_command(&paper, ops_at(i));
		const char *line = buf_text(&paper.out);
		while (*line != '\0') {
			size_t size = strcspn(line, "\n");
			ck_assert_msg(size <= 80, "%.*s", (int)size, line);
			line += size + (line[size] == '\n' ? 1 : 0);
		}
		buf_clear(&paper.out);
	}
}
END_TEST

Suite *test_manual_suite(void)
{
	Suite *suite = suite_create("manual");
	TCase *tests = tcase_create("manual");
	tcase_add_test(tests, the_man_page_is_up_to_date);
	tcase_add_test(tests, no_provider_is_offered_as_a_member);
	tcase_add_test(tests, the_policy_in_the_man_page_says_what_it_does);
	tcase_add_test(tests, the_completion_is_up_to_date);
	tcase_add_test(
	    tests, the_man_page_lists_every_word_that_a_command_takes);
	tcase_add_test(tests, completion_offers_one_word_at_a_time);
	tcase_add_test(tests, help_names_every_command_and_option);
	tcase_add_test(tests, help_fits_an_ordinary_terminal);
	suite_add_tcase(suite, tests);
	return suite;
}
