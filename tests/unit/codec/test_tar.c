#define _POSIX_C_SOURCE 200809L

#include "codec/tar.h"

#include "unit/mutate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_tar_suite(void);

#define OK(call) ck_assert_msg((call) == ERR_OK, "%s", err_text())
#define FAILS(call, code) ck_assert_int_eq((call), (code))
#define LONG                                                                   \
	"bundle/data/logs/"                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123/"    \
	"0123456789abcdef/checkpoint"

static const struct {
	const char *name;
	size_t size;
} files[] = { { "bundle/a", 0 }, { "bundle/b.txt", 1 }, { LONG, 511 },
	{ "bundle/c-1/x", 512 }, { "bundle/d", 513 } };

#define FILES (sizeof(files) / sizeof(files[0]))

static void put(const char *name, size_t size, struct buf *out)
{
	OK(tar_put_header(span_text(name), size, out));
	for (size_t i = 0; i < size; i++) {
		OK(buf_u8(out, (uint8_t)('A' + i % 26)));
	}
	for (size_t i = 0; i < tar_padding(size); i++) {
		OK(buf_u8(out, 0));
	}
}

static void end(struct buf *out)
{
	for (size_t i = 0; i < TAR_END_BYTES; i++) {
		OK(buf_u8(out, 0));
	}
}

static void make(struct buf *out)
{
	for (size_t i = 0; i < FILES; i++) {
		put(files[i].name, files[i].size, out);
	}
	end(out);
}

/* Read to the end: how many files. */
static enum err read_all(struct span archive, size_t *count)
{
	struct tar_file file;
	bool over = false;
	*count = 0;
	while (true) {
		enum err err = tar_next(&archive, &file, &over);
		if (err != ERR_OK || over) {
			return err;
		}
		(*count)++;
	}
}

START_TEST(what_is_written_is_read)
{
	struct buf archive = { 0 };
	struct tar_file file;
	bool over = false;
	make(&archive);
	struct span rest = buf_span(&archive);
	for (size_t i = 0; i < FILES; i++) {
		OK(tar_next(&rest, &file, &over));
		ck_assert(!over);
		ck_assert_str_eq(file.name, files[i].name);
		ck_assert_uint_eq(file.content.size, files[i].size);
	}
	OK(tar_next(&rest, &file, &over));
	ck_assert(over);
	buf_clear(&archive);
}
END_TEST

/* Another reader of the format gets the same names and sizes. */
START_TEST(the_system_reads_it_too)
{
	struct buf archive = { 0 };
	char path[] = "/tmp/qsg-tar-XXXXXX";
	char command[128];
	char line[256];
	size_t at = 0;
	make(&archive);
	int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	FILE *file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(
	    fwrite(archive.data, 1, archive.size, file), archive.size);
	ck_assert_int_eq(fclose(file), 0);
	(void)snprintf(command, sizeof(command), "tar tf %s", path);
	/* NOLINTNEXTLINE(cert-env33-c): a command of the test's own */
	FILE *names = popen(command, "r");
	ck_assert_ptr_nonnull(names);
	while (fgets(line, sizeof(line), names) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		ck_assert_uint_lt(at, FILES);
		ck_assert_str_eq(line, files[at++].name);
	}
	ck_assert_int_eq(pclose(names), 0);
	ck_assert_uint_eq(at, FILES);
	ck_assert_int_eq(remove(path), 0);
	buf_clear(&archive);
}
END_TEST

/* M246 */
START_TEST(names_that_lead_astray_are_refused)
{
	static const char *const bad[] = { "", "/", "/etc/passwd", "..", "../a",
		"a/../b", "a/..", "./a", "a/./b", "a//b", "a/", "A", "a/B",
		"a b", "a\\b", "a:b", ".hidden", "a/.b", "a\n", "\xc3\xa9",
		"a*", "a_b" };
	struct buf out = { 0 };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!tar_name_fits(span_text(bad[i])), "%s", bad[i]);
		FAILS(tar_put_header(span_text(bad[i]), 0, &out), ERR_INPUT);
	}
	ck_assert(tar_name_fits(span_text("bundle/data/index.csv")));
	ck_assert_uint_eq(out.size, 0);
}
END_TEST

/* Fix the checksum of the first header after it was changed. */
static void resum(struct buf *archive)
{
	unsigned sum = 8 * ' ';
	char text[8];
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		sum += i >= 148 && i < 156 ? 0 : archive->data[i];
	}
	(void)snprintf(text, sizeof(text), "%06o", sum);
	memcpy(archive->data + 148, text, 7);
	archive->data[155] = ' ';
}

static void spoil(size_t at, const void *bytes, size_t size, const char *says)
{
	struct buf archive = { 0 };
	size_t count = 0;
	put("bundle/a", 600, &archive);
	end(&archive);
	memcpy(archive.data + at, bytes, size);
	if (at < TAR_BLOCK) {
		resum(&archive);
	}
	FAILS(read_all(buf_span(&archive), &count), ERR_FORMAT);
	ck_assert_msg(strstr(err_text(), says) != NULL, "%s", err_text());
	buf_clear(&archive);
}

/* M245 */
START_TEST(another_form_is_refused)
{
	static const char types[] = "\0001234567gxLKSV";
	for (size_t i = 0; i < sizeof(types) - 1; i++) {
		spoil(156, &types[i], 1, "link, folder or device");
	}
	spoil(0, "../../etc", 9, "leading");
	spoil(0, "/undle/a", 8, "absolute");
	spoil(0, "Bundle/a", 8, "characters");
	spoil(100, "0000755", 7, "not as written");
	spoil(108, "0001750", 7, "not as written");
	spoil(136, "00000000001", 11, "not as written");
	spoil(157, "bundle/a", 8, "not as written");
	spoil(265, "root", 4, "not as written");
	spoil(329, "0000001", 7, "not as written");
	spoil(345, "x", 1, "not as written");
	spoil(500, "x", 1, "not as written");
	spoil(257, "ustar  ", 7, "not as written");
	spoil(124, "00000001129", 11, "no number");
	spoil(124, "\x80\0\0\0\0\0\0\0\0\2\x58", 11, "no number");
	spoil(124, "77777777777", 11, "cut off");
	spoil(512 + 600, "x", 1, "stands between");
	spoil(512 + 1024, "\0x", 2, "does not end");
	spoil(512 + 1024 + 512, "x", 1, "does not end");
}
END_TEST

START_TEST(a_checksum_that_is_not_its_headers_is_refused)
{
	struct buf archive = { 0 };
	size_t count = 0;
	make(&archive);
	archive.data[148]++;
	FAILS(read_all(buf_span(&archive), &count), ERR_FORMAT);
	buf_clear(&archive);
}
END_TEST

START_TEST(every_cut_and_every_tail_is_refused)
{
	struct buf archive = { 0 };
	size_t count = 0;
	make(&archive);
	for (size_t size = 0; size < archive.size; size++) {
		FAILS(
		    read_all(span_of(archive.data, size), &count), ERR_FORMAT);
	}
	OK(read_all(buf_span(&archive), &count));
	ck_assert_uint_eq(count, FILES);
	OK(buf_u8(&archive, 0));
	FAILS(read_all(buf_span(&archive), &count), ERR_FORMAT);
	buf_clear(&archive);
}
END_TEST

/* Whatever is read writes the very same archive. M245 */
START_TEST(no_two_archives_hold_the_same_files)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("tar"));
	struct buf archive = { 0 };
	struct buf bad = { 0 };
	struct buf again = { 0 };
	size_t accepted = 0;
	make(&archive);
	for (uint64_t i = 0; i < mutate_count(); i++) {
		struct tar_file file;
		bool over = false;
		mutate(&rng, buf_span(&archive), &bad);
		struct span rest = buf_span(&bad);
		buf_reset(&again);
		while (tar_next(&rest, &file, &over) == ERR_OK && !over) {
			OK(tar_put_header(
			    span_text(file.name), file.content.size, &again));
			OK(buf_append(&again, file.content));
			for (size_t j = tar_padding(file.content.size); j > 0;
			     j--) {
				OK(buf_u8(&again, 0));
			}
		}
		if (over) {
			end(&again);
			ck_assert(span_equal(buf_span(&again), buf_span(&bad)));
			accepted++;
		}
	}
	/* Contents are not the archive's to judge. */
	ck_assert_uint_gt(accepted, 0);
	printf("archives: %llu mutated, none of them another's bytes\n",
	    (unsigned long long)mutate_count());
	buf_clear(&archive);
	buf_clear(&bad);
	buf_clear(&again);
}
END_TEST

Suite *test_tar_suite(void)
{
	Suite *suite = suite_create("tar");
	TCase *tests = tcase_create("tar");
	tcase_set_timeout(tests, 14400);
	tcase_add_test(tests, what_is_written_is_read);
	tcase_add_test(tests, the_system_reads_it_too);
	tcase_add_test(tests, names_that_lead_astray_are_refused);
	tcase_add_test(tests, another_form_is_refused);
	tcase_add_test(tests, a_checksum_that_is_not_its_headers_is_refused);
	tcase_add_test(tests, every_cut_and_every_tail_is_refused);
	tcase_add_test(tests, no_two_archives_hold_the_same_files);
	suite_add_tcase(suite, tests);
	return suite;
}
