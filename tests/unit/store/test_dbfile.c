#define _GNU_SOURCE

#include "store/dbfile.h"

#include "unit/store/place.h"

Suite *test_dbfile_suite(void);

START_TEST(paths_lose_the_links_in_their_directories)
{
	char real[PATH_MAX];
	char base[PATH_MAX];
	char want[PATH_MAX];
	ck_assert_ptr_nonnull(realpath(place_dir, base));
	ck_assert_int_eq(symlink(place_dir, place_path("way")), 0);
	OK(dbfile_resolve(place_path("way/db"), real));
	ck_assert_int_lt(
	    snprintf(want, sizeof(want), "%.4000s/db", base), PATH_MAX);
	ck_assert_str_eq(real, want);
	OK(dbfile_resolve("/db", real));
	ck_assert_str_eq(real, "/db");
	ck_assert_int_eq(chdir(place_dir), 0);
	OK(dbfile_resolve("db", real));
	ck_assert_str_eq(real, want);
	ck_assert_int_eq(chdir("/"), 0);
	FAILS(dbfile_resolve(place_path("way/"), real), ERR_LIMIT);
	FAILS(dbfile_resolve(place_path("none/db"), real), ERR_IO);
}
END_TEST

START_TEST(a_made_file_is_private_whatever_the_umask)
{
	struct stat info;
	bool there = true;
	OK(dbfile_look(place_path("db"), &there));
	ck_assert(!there);
	umask(0777);
	OK(dbfile_make(place_path("db")));
	umask(022);
	ck_assert_int_eq(stat(place_path("db"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	FAILS(dbfile_look(place_path("db"), &there), ERR_CORRUPT);
	place_write(place_path("db"), span_text("content"));
	OK(dbfile_look(place_path("db"), &there));
	ck_assert(there);
	OK(dbfile_make(place_path("db")));
	ck_assert_int_eq(stat(place_path("db"), &info), 0);
	ck_assert_int_eq(info.st_size, 0);
	OK(dbfile_sync_parent(place_path("db")));
}
END_TEST

Suite *test_dbfile_suite(void)
{
	Suite *suite = suite_create("dbfile");
	TCase *tests = tcase_create("dbfile");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, paths_lose_the_links_in_their_directories);
	tcase_add_test(tests, a_made_file_is_private_whatever_the_umask);
	suite_add_tcase(suite, tests);
	return suite;
}
