#include "app/argv.h"

#include <check.h>
#include <string.h>

Suite *test_argv_suite(void);

/* A command line read; release with done. */
struct line {
	struct cli cli;
	struct cli_parsed parsed;
	enum err err;
};

static struct line read_line(const char *const *words)
{
	static char copies[16][200];
	char *argv[16];
	int argc = 0;
	struct line line;
	memset(&line, 0, sizeof(line));
	for (; words[argc] != NULL; argc++) {
		strncpy(copies[argc], words[argc], sizeof(copies[0]) - 1);
		argv[argc] = copies[argc];
	}
	line.err = argv_parse(&line.cli, argc, argv, &line.parsed);
	return line;
}

static void done(struct line *line)
{
	json_decref(line->parsed.arguments);
}

#define WORDS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const char *text(const struct line *line, const char *key)
{
	return json_string_value(json_object_get(line->parsed.arguments, key));
}

static void refused(const char *const *words, const char *why)
{
	struct line line = read_line(words);
	ck_assert_int_eq(line.err, ERR_USAGE);
	ck_assert_msg(
	    strstr(err_text(), why) != NULL, "%s: %s", words[0], err_text());
	done(&line);
}

START_TEST(home_may_stand_before_or_after_the_command)
{
	struct line line = read_line(WORDS("--home", "A", "status"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.cli.home, "A");
	ck_assert_str_eq(line.parsed.op->name, "status");
	ck_assert(!line.cli.json);
	done(&line);
	line = read_line(WORDS("status", "--home=A", "--json"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.cli.home, "A");
	ck_assert(line.cli.json);
	done(&line);
}
END_TEST

START_TEST(commands_of_two_words_take_their_arguments)
{
	struct line line = read_line(WORDS("--home", "A", "peer", "add",
	    "b.card", "--fingerprint", "AB12 CD34", "--accept-code"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "peer-add");
	ck_assert_str_eq(text(&line, "file"), "b.card");
	ck_assert_str_eq(text(&line, "fingerprint"), "AB12 CD34");
	ck_assert(json_is_true(
	    json_object_get(line.parsed.arguments, "accept_code")));
	done(&line);
}
END_TEST

START_TEST(the_word_of_a_group_alone_may_mean_a_command)
{
	struct line line = read_line(WORDS("quarantine", "--limit", "5"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "quarantine-list");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(line.parsed.arguments, "limit")),
	    5);
	done(&line);
	line = read_line(WORDS("quarantine", "--json", "list"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "quarantine-list");
	done(&line);
	line = read_line(WORDS("quarantine", "show", "7", "--out", "f"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "quarantine-show");
	ck_assert_int_eq(
	    json_integer_value(json_object_get(line.parsed.arguments, "item")),
	    7);
	done(&line);
	refused(WORDS("quarantine", "lits"), "qsg quarantine list");
	refused(WORDS("quarantine", "7"), "no command quarantine 7");
	refused(WORDS("quarantine", "show", "--out", "f"), "needs ITEM");
	refused(WORDS("quarantine", "show", "7"), "needs --out");
	refused(WORDS("quarantine", "show", "x", "--out", "f"), "whole number");
}
END_TEST

START_TEST(commands_of_three_words_are_not_cut_short)
{
	struct line line = read_line(WORDS(
	    "audit", "evidence", "export", "3", "--out", "file", "--home=A"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "audit-evidence-export");
	ck_assert_str_eq(text(&line, "out"), "file");
	done(&line);
	line = read_line(WORDS("audit", "--json", "evidence"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "audit-evidence");
	done(&line);
	line = read_line(WORDS("audit", "evidence", "list"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(line.parsed.op->name, "audit-evidence-list");
	done(&line);
	refused(WORDS("audit", "evidence", "show"), "needs ID");
}
END_TEST

START_TEST(repeated_options_become_lists)
{
	struct line line = read_line(WORDS("share", "--to", "A", "--to=B",
	    "--domain", "1", "--domain", "5", "--text", "--odd"));
	const json_t *to = json_object_get(line.parsed.arguments, "to");
	const json_t *domains =
	    json_object_get(line.parsed.arguments, "domains");
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_uint_eq(json_array_size(to), 2);
	ck_assert_str_eq(json_string_value(json_array_get(to, 1)), "B");
	ck_assert_int_eq(json_integer_value(json_array_get(domains, 1)), 5);
	/* A value may look like an option. */
	ck_assert_str_eq(text(&line, "text"), "--odd");
	done(&line);
}
END_TEST

START_TEST(after_two_dashes_everything_is_plain)
{
	struct line line = read_line(WORDS("record", "--", "--json"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert_str_eq(text(&line, "id"), "--json");
	ck_assert(!line.cli.json);
	done(&line);
}
END_TEST

START_TEST(usage_errors_say_what_would_do)
{
	refused(WORDS("shar"), "qsg share");
	refused(WORDS("peer", "lits"), "qsg peer list");
	refused(WORDS("zzzzzzzz"), "no command");
	refused(WORDS("peer"), "which of its commands");
	refused(WORDS("status", "--colour"), "no option --colour");
	refused(WORDS("records", "--since"), "needs a value");
	refused(WORDS("records", "--all=1"), "takes no value");
	refused(WORDS("record"), "needs ID");
	refused(WORDS("record", "a", "b"), "what is b");
	refused(WORDS("record", "a", "--wait-ms", "-1"), "whole number");
	refused(WORDS("record", "a", "--wait-ms", "1x"), "whole number");
	refused(WORDS("import", "f"), "needs --as");
	refused(WORDS("share", "--text", "a", "--text", "b"), "twice");
	refused(WORDS("--json"), "what is to be done");
	refused(WORDS("share", "-x"), "no option -x");
	/* What only the API takes is no option. */
	refused(WORDS("peer", "add", "f", "--card", "c"), "no option --card");
}
END_TEST

START_TEST(values_must_be_utf8)
{
	struct line line = read_line(WORDS("share", "--text", "\xff\xfe"));
	ck_assert_int_eq(line.err, ERR_INPUT);
	done(&line);
}
END_TEST

START_TEST(help_needs_no_arguments)
{
	struct line line = read_line(WORDS("record", "--help"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert(line.cli.help);
	ck_assert_str_eq(line.parsed.op->name, "record");
	done(&line);
	line = read_line(WORDS("-h"));
	ck_assert_int_eq(line.err, ERR_OK);
	ck_assert(line.cli.help);
	done(&line);
}
END_TEST

/* M161 */
START_TEST(no_option_takes_a_passphrase)
{
	refused(WORDS("serve", "--passphrase", "secret"), "no option");
	refused(WORDS("init", "--passphrase=secret"), "no option");
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		for (size_t j = 0; j < op->arg_count; j++) {
			const char *key = op->args[j].key;
			ck_assert(strstr(key, "passphrase") == NULL ||
				  strcmp(key, "passphrase_file") == 0);
		}
	}
}
END_TEST

Suite *test_argv_suite(void)
{
	Suite *suite = suite_create("argv");
	TCase *tests = tcase_create("argv");
	tcase_add_test(tests, home_may_stand_before_or_after_the_command);
	tcase_add_test(tests, commands_of_two_words_take_their_arguments);
	tcase_add_test(tests, the_word_of_a_group_alone_may_mean_a_command);
	tcase_add_test(tests, commands_of_three_words_are_not_cut_short);
	tcase_add_test(tests, repeated_options_become_lists);
	tcase_add_test(tests, after_two_dashes_everything_is_plain);
	tcase_add_test(tests, usage_errors_say_what_would_do);
	tcase_add_test(tests, values_must_be_utf8);
	tcase_add_test(tests, help_needs_no_arguments);
	tcase_add_test(tests, no_option_takes_a_passphrase);
	suite_add_tcase(suite, tests);
	return suite;
}
