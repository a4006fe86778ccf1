#define _GNU_SOURCE

#include "base/fs.h"

#include <check.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_fs_suite(void);

static char home[64];
static struct buf path;

static void setup(void)
{
	(void)snprintf(home, sizeof(home), "/tmp/qsg-test-fs-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(home));
}

/* A test's directory is flat. */
static void teardown(void)
{
	DIR *dir = opendir(home);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry = readdir(dir); entry != NULL;
	     entry = readdir(dir)) {
		if (entry->d_name[0] == '.') {
			continue;
		}
		if (unlinkat(dirfd(dir), entry->d_name, 0) != 0) {
			(void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		}
	}
	(void)closedir(dir);
	(void)rmdir(home);
	buf_clear(&path);
}

static const char *in_home(const char *name)
{
	ck_assert_int_eq(fs_join(home, name, &path), ERR_OK);
	return (const char *)path.data;
}

static unsigned int entries(void)
{
	unsigned int count = 0;
	DIR *dir = opendir(home);
	while (readdir(dir) != NULL) {
		count++;
	}
	(void)closedir(dir);
	return count - 2;
}

START_TEST(join_puts_one_slash)
{
	struct buf out = { 0 };
	ck_assert_int_eq(fs_join("/a", "b", &out), ERR_OK);
	ck_assert_str_eq((const char *)out.data, "/a/b");
	ck_assert_int_eq(fs_join("/a/", "b", &out), ERR_OK);
	ck_assert_str_eq((const char *)out.data, "/a/b");
	ck_assert_int_eq(fs_join("", "b", &out), ERR_OK);
	ck_assert_str_eq((const char *)out.data, "b");
	char name[5000];
	memset(name, 'a', sizeof(name));
	name[4093] = '\0';
	ck_assert_int_eq(fs_join("/a", name, &out), ERR_LIMIT);
	name[4092] = '\0';
	ck_assert_int_eq(fs_join("/a", name, &out), ERR_OK);
	buf_clear(&out);
}
END_TEST

START_TEST(private_dir_is_made_private_and_checked)
{
	const char *dir = in_home("private");
	ck_assert(!fs_exists(dir));
	ck_assert_int_eq(fs_make_private_dir(dir), ERR_OK);
	ck_assert(fs_exists(dir));
	ck_assert_int_eq(fs_make_private_dir(dir), ERR_EXISTS);
	ck_assert_int_eq(fs_check_private_dir(dir), ERR_OK);
	static const mode_t open_modes[] = { 0740, 0720, 0710, 0704, 0702,
		0701 };
	for (size_t i = 0; i < sizeof(open_modes) / sizeof(mode_t); i++) {
		ck_assert_int_eq(chmod(dir, open_modes[i]), 0);
		ck_assert_int_eq(fs_check_private_dir(dir), ERR_DENIED);
		ck_assert_ptr_nonnull(strstr(err_text(), "chmod 700"));
	}
}
END_TEST

START_TEST(private_dir_check_refuses_files_and_nothing)
{
	ck_assert_int_eq(fs_check_private_dir(in_home("missing")), ERR_DENIED);
	ck_assert_int_eq(
	    fs_write_atomic(in_home("file"), span_text("x")), ERR_OK);
	ck_assert_int_eq(fs_check_private_dir(in_home("file")), ERR_DENIED);
}
END_TEST

START_TEST(write_atomic_replaces_and_leaves_nothing_else)
{
	struct buf out = { 0 };
	struct stat info;
	const char *file = in_home("file");
	mode_t mask = umask(0);
	ck_assert_int_eq(fs_write_atomic(file, span_text("old one")), ERR_OK);
	(void)umask(mask);
	ck_assert_int_eq(stat(file, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	ck_assert_int_eq(fs_write_atomic(file, span_text("new")), ERR_OK);
	ck_assert_int_eq(fs_read(file, 100, &out), ERR_OK);
	ck_assert(span_equal(buf_span(&out), span_text("new")));
	ck_assert_uint_eq(entries(), 1);
	ck_assert_int_eq(fs_write_atomic(file, span_of(NULL, 0)), ERR_OK);
	buf_reset(&out);
	ck_assert_int_eq(fs_read(file, 100, &out), ERR_OK);
	ck_assert_uint_eq(out.size, 0);
	buf_clear(&out);
}
END_TEST

START_TEST(write_atomic_that_fails_leaves_no_file_behind)
{
	const char *dir = in_home("dir");
	ck_assert_int_eq(fs_make_private_dir(dir), ERR_OK);
	ck_assert_int_ne(fs_write_atomic(dir, span_text("x")), ERR_OK);
	ck_assert_uint_eq(entries(), 1);
	ck_assert_int_eq(
	    fs_write_atomic(in_home("none/file"), span_text("x")), ERR_IO);
}
END_TEST

START_TEST(lock_does_not_follow_a_symbolic_link)
{
	int fd = -1;
	ck_assert_int_eq(symlink("/dev/null", in_home("link")), 0);
	ck_assert_int_eq(fs_lock(in_home("link"), &fd), ERR_IO);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(read_keeps_to_its_limit)
{
	struct buf out = { 0 };
	uint8_t content[1000];
	memset(content, 7, sizeof(content));
	const char *file = in_home("file");
	ck_assert_int_eq(
	    fs_write_atomic(file, span_of(content, sizeof(content))), ERR_OK);
	ck_assert_int_eq(buf_u8(&out, 1), ERR_OK);
	ck_assert_int_eq(fs_read(file, 999, &out), ERR_LIMIT);
	ck_assert_uint_eq(out.size, 1);
	ck_assert_int_eq(fs_read(file, 1000, &out), ERR_OK);
	ck_assert_uint_eq(out.size, 1001);
	ck_assert_int_eq(fs_read(in_home("none"), 10, &out), ERR_NOTFOUND);
	ck_assert_int_eq(fs_read(in_home("file/x"), 10, &out), ERR_NOTFOUND);
	ck_assert_int_eq(fs_read(home, 10, &out), ERR_IO);
	ck_assert_int_eq(mkfifo(in_home("fifo"), 0600), 0);
	ck_assert_int_eq(fs_read(in_home("fifo"), 10, &out), ERR_IO);
	ck_assert_uint_eq(out.size, 1001);
	buf_clear(&out);
}
END_TEST

START_TEST(read_fd_takes_a_pipe_up_to_its_limit)
{
	for (size_t max = 4; max <= 6; max++) {
		struct buf out = { 0 };
		int fds[2];
		ck_assert_int_eq(pipe(fds), 0);
		ck_assert_int_eq(write(fds[1], "12345", 5), 5);
		(void)close(fds[1]);
		enum err err = fs_read_fd(fds[0], max, &out);
		(void)close(fds[0]);
		ck_assert_int_eq(err, max < 5 ? ERR_LIMIT : ERR_OK);
		ck_assert_uint_eq(out.size, max < 5 ? 0 : 5);
		buf_clear(&out);
	}
	struct buf out = { 0 };
	ck_assert_int_eq(fs_read_fd(-1, 10, &out), ERR_IO);
	buf_clear(&out);
}
END_TEST

START_TEST(read_fd_takes_more_than_one_chunk)
{
	struct buf out = { 0 };
	struct buf big = { 0 };
	for (uint32_t i = 0; i < 100000; i++) {
		ck_assert_int_eq(buf_u32(&big, i), ERR_OK);
	}
	ck_assert_int_eq(
	    fs_write_atomic(in_home("big"), buf_span(&big)), ERR_OK);
	int fd = open(in_home("big"), O_RDONLY);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fs_read_fd(fd, 400000, &out), ERR_OK);
	(void)close(fd);
	ck_assert(span_equal(buf_span(&out), buf_span(&big)));
	buf_clear(&out);
	buf_clear(&big);
}
END_TEST

START_TEST(lock_holds_against_another_and_names_the_holder)
{
	int first = -1;
	int second = -1;
	char pid[32];
	struct stat info;
	struct buf out = { 0 };
	const char *file = in_home("lock");
	ck_assert_int_eq(fs_lock(file, &first), ERR_OK);
	ck_assert_int_eq(fstat(first, &info), 0);
	ck_assert_uint_eq(info.st_mode & 077u, 0);
	ck_assert_int_eq(fs_lock(file, &second), ERR_BUSY);
	(void)snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	ck_assert_ptr_nonnull(strstr(err_text(), pid));
	ck_assert_int_eq(second, -1);
	ck_assert_int_eq(fs_read(file, 100, &out), ERR_OK);
	ck_assert_int_eq(strtol(buf_text(&out), NULL, 10), (long)getpid());
	buf_clear(&out);
	(void)close(first);
	ck_assert_int_eq(fs_lock(file, &second), ERR_OK);
	(void)close(second);
}
END_TEST

START_TEST(sync_dir_needs_a_directory)
{
	ck_assert_int_eq(fs_sync_dir(home), ERR_OK);
	ck_assert_int_eq(fs_sync_dir(in_home("none")), ERR_IO);
}
END_TEST

Suite *test_fs_suite(void)
{
	Suite *suite = suite_create("fs");
	TCase *tcase = tcase_create("fs");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, join_puts_one_slash);
	tcase_add_test(tcase, private_dir_is_made_private_and_checked);
	tcase_add_test(tcase, private_dir_check_refuses_files_and_nothing);
	tcase_add_test(tcase, write_atomic_replaces_and_leaves_nothing_else);
	tcase_add_test(tcase, write_atomic_that_fails_leaves_no_file_behind);
	tcase_add_test(tcase, lock_does_not_follow_a_symbolic_link);
	tcase_add_test(tcase, read_keeps_to_its_limit);
	tcase_add_test(tcase, read_fd_takes_a_pipe_up_to_its_limit);
	tcase_add_test(tcase, read_fd_takes_more_than_one_chunk);
	tcase_add_test(tcase, lock_holds_against_another_and_names_the_holder);
	tcase_add_test(tcase, sync_dir_needs_a_directory);
	suite_add_tcase(suite, tcase);
	return suite;
}
