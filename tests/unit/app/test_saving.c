#define _GNU_SOURCE

#include "app/saving.h"

#include "unit/store/place.h"

Suite *test_saving_suite(void);

START_TEST(bytes_go_into_a_file_of_ours_alone)
{
	struct stat info;
	mode_t before = umask(0);
	OK(saving_write(place_path("saved"), span_of("a\0b", 3)));
	(void)umask(before);
	ck_assert_int_eq(stat(place_path("saved"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 07777, 0600);
	struct buf content = place_read(place_path("saved"));
	ck_assert(span_equal(buf_span(&content), span_of("a\0b", 3)));
	buf_clear(&content);
	OK(saving_write(place_path("empty"), span_of(NULL, 0)));
	FAILS(saving_write(place_path("none/there"), span_text("x")), ERR_IO);
}
END_TEST

START_TEST(what_is_there_already_stays)
{
	place_write(place_path("saved"), span_text("precious"));
	ck_assert_int_eq(symlink(place_path("target"), place_path("link")), 0);
	FAILS(saving_write(place_path("saved"), span_text("x")), ERR_EXISTS);
	FAILS(saving_write(place_path("link"), span_text("x")), ERR_EXISTS);
	ck_assert(!fs_exists(place_path("target")));
	struct buf content = place_read(place_path("saved"));
	ck_assert(span_equal(buf_span(&content), span_text("precious")));
	buf_clear(&content);
}
END_TEST

Suite *test_saving_suite(void)
{
	Suite *suite = suite_create("saving");
	TCase *tests = tcase_create("saving");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, bytes_go_into_a_file_of_ours_alone);
	tcase_add_test(tests, what_is_there_already_stays);
	suite_add_tcase(suite, tests);
	return suite;
}
