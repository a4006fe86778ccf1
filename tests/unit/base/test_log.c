#define _GNU_SOURCE

#include "base/log.h"

#include <check.h>

#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Suite *test_log_suite(void);

static char got[16384];
static int saved = -1;
static int pipe_end = -1;

static void capture_start(void)
{
	int fds[2];
	ck_assert_int_eq(pipe(fds), 0);
	saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(fds[1], STDERR_FILENO), 0);
	(void)close(fds[1]);
	pipe_end = fds[0];
}

static void capture_end(void)
{
	size_t size = 0;
	ck_assert_int_ge(dup2(saved, STDERR_FILENO), 0);
	(void)close(saved);
	for (;;) {
		ssize_t part =
		    read(pipe_end, got + size, sizeof(got) - 1 - size);
		if (part <= 0) {
			break;
		}
		size += (size_t)part;
	}
	got[size] = '\0';
	(void)close(pipe_end);
}

START_TEST(line_has_time_level_module_and_message)
{
	regex_t form;
	log_set_level(LOG_WARN);
	capture_start();
	log_line(LOG_WARN, "link", "%d peers", 3);
	capture_end();
	ck_assert_int_eq(regcomp(&form,
			     "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:"
			     "[0-9]{2}\\.[0-9]{3}Z warn link 3 peers\n$",
			     REG_EXTENDED | REG_NOSUB),
	    0);
	ck_assert_msg(regexec(&form, got, 0, NULL, 0) == 0, "%s", got);
	regfree(&form);
}
END_TEST

START_TEST(lines_below_the_level_are_dropped)
{
	log_set_level(LOG_WARN);
	capture_start();
	log_line(LOG_INFO, "link", "no");
	log_line(LOG_DEBUG, "link", "no");
	capture_end();
	ck_assert_str_eq(got, "");
	log_set_level(LOG_DEBUG);
	capture_start();
	log_line(LOG_DEBUG, "link", "yes");
	log_line(LOG_ERROR, "link", "yes");
	capture_end();
	ck_assert_ptr_nonnull(strstr(got, " debug link yes\n"));
	ck_assert_ptr_nonnull(strstr(got, " error link yes\n"));
}
END_TEST

START_TEST(control_and_foreign_bytes_are_escaped)
{
	capture_start();
	log_line(LOG_ERROR, "link", "%s", "a\x1B[31m\n\x7F\xC3\xA9~");
	capture_end();
	ck_assert_ptr_nonnull(
	    strstr(got, "link a\\x1b[31m\\x0a\\x7f\\xc3\\xa9~\n"));
}
END_TEST

START_TEST(longest_message_of_escapes_fits_its_line)
{
	char text[3000];
	memset(text, '\x01', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	capture_start();
	log_line(LOG_ERROR, "link", "%s", text);
	capture_end();
	ck_assert_uint_gt(strlen(got), 4092);
	ck_assert_int_eq(got[strlen(got) - 1], '\n');
	ck_assert_ptr_eq(strchr(got, '\n'), got + strlen(got) - 1);
}
END_TEST

Suite *test_log_suite(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");
	tcase_add_test(tcase, line_has_time_level_module_and_message);
	tcase_add_test(tcase, lines_below_the_level_are_dropped);
	tcase_add_test(tcase, control_and_foreign_bytes_are_escaped);
	tcase_add_test(tcase, longest_message_of_escapes_fits_its_line);
	suite_add_tcase(suite, tcase);
	return suite;
}
