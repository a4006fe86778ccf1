#include "base/err.h"

#include <check.h>

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

Suite *test_err_suite(void);

START_TEST(set_returns_its_code_and_keeps_the_message)
{
	ck_assert_int_eq(
	    err_set(ERR_NOTFOUND, "no record %d", 7), ERR_NOTFOUND);
	ck_assert_str_eq(err_text(), "no record 7");
}
END_TEST

START_TEST(wrap_puts_context_before_the_message)
{
	enum err err = err_set(ERR_FORMAT, "bad tag");
	ck_assert_int_eq(err_wrap(err, "card %s", "x"), ERR_FORMAT);
	ck_assert_str_eq(err_text(), "card x: bad tag");
}
END_TEST

START_TEST(set_may_quote_the_message_it_replaces)
{
	(void)err_set(ERR_IO, "disk");
	(void)err_set(ERR_IO, "why: %s", err_text());
	ck_assert_str_eq(err_text(), "why: disk");
}
END_TEST

START_TEST(message_is_cut_at_511_bytes_and_never_inside_a_character)
{
	char text[800];
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)err_set(ERR_INPUT, "%s", text);
	ck_assert_uint_eq(strlen(err_text()), 511);
	memcpy(text + 509, "\xE2\x82\xAC", 3);
	(void)err_set(ERR_INPUT, "%s", text);
	ck_assert_uint_eq(strlen(err_text()), 509);
	memset(text + 509, 'a', 3);
	memcpy(text + 508, "\xE2\x82\xAC", 3);
	(void)err_set(ERR_INPUT, "%s", text);
	ck_assert_uint_eq(strlen(err_text()), 511);
	(void)err_set(ERR_INPUT, "%.500s", text);
	(void)err_wrap(ERR_INPUT, "%s", "ten chars.");
	ck_assert_uint_eq(strlen(err_text()), 511);
}
END_TEST

START_TEST(message_is_one_line)
{
	(void)err_set(ERR_INPUT, "a\nb\rc");
	ck_assert_str_eq(err_text(), "a b c");
}
END_TEST

START_TEST(errno_tells_a_full_disk_from_other_failures)
{
	errno = ENOSPC;
	ck_assert_int_eq(err_errno("write %s", "f"), ERR_FULL);
	ck_assert_ptr_nonnull(strstr(err_text(), "write f: No space"));
	errno = EDQUOT;
	ck_assert_int_eq(err_errno("write"), ERR_FULL);
	errno = EACCES;
	ck_assert_int_eq(err_errno("open"), ERR_IO);
	ck_assert_str_eq(err_text(), "open: Permission denied");
}
END_TEST

START_TEST(every_code_has_its_own_name)
{
	for (int i = 0; i < ERR_COUNT; i++) {
		ck_assert_ptr_nonnull(err_name((enum err)i));
		for (int j = 0; j < i; j++) {
			ck_assert_str_ne(
			    err_name((enum err)i), err_name((enum err)j));
		}
	}
	ck_assert_str_eq(err_name(ERR_NOTFOUND), "not-found");
	ck_assert_str_eq(err_name(ERR_COUNT), "unknown");
}
END_TEST

static void *other_thread(void *unused)
{
	(void)unused;
	(void)err_set(ERR_IO, "theirs");
	return NULL;
}

START_TEST(message_belongs_to_its_thread)
{
	pthread_t thread;
	(void)err_set(ERR_IO, "ours");
	ck_assert_int_eq(pthread_create(&thread, NULL, other_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_str_eq(err_text(), "ours");
}
END_TEST

Suite *test_err_suite(void)
{
	Suite *suite = suite_create("err");
	TCase *tcase = tcase_create("err");
	tcase_add_test(tcase, set_returns_its_code_and_keeps_the_message);
	tcase_add_test(tcase, wrap_puts_context_before_the_message);
	tcase_add_test(tcase, set_may_quote_the_message_it_replaces);
	tcase_add_test(
	    tcase, message_is_cut_at_511_bytes_and_never_inside_a_character);
	tcase_add_test(tcase, message_is_one_line);
	tcase_add_test(tcase, errno_tells_a_full_disk_from_other_failures);
	tcase_add_test(tcase, every_code_has_its_own_name);
	tcase_add_test(tcase, message_belongs_to_its_thread);
	suite_add_tcase(suite, tcase);
	return suite;
}
