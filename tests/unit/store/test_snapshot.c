#define _GNU_SOURCE

#include "store/snapshot.h"

#include "unit/mutate.h"
#include "unit/store/place.h"

#include <signal.h>
#include <sys/resource.h>

Suite *test_snapshot_suite(void);

enum { PREFIX_BYTES = 4, INSIDE_BYTES = 37 };

static const uint8_t incarnation[16] = { 1, 2, 3 };
static struct keystore *keystore;
/* The content of every snapshot here, as far as it goes. */
static uint8_t content[2 * SNAPSHOT_CHUNK_BYTES + 20000];

static void setup(void)
{
	place_make();
	keystore = place_keystore("keys");
	for (size_t i = 0; i < sizeof(content); i++) {
		content[i] = (uint8_t)(i * 31 + (i >> 8) + (i >> 16));
	}
}

static void teardown(void)
{
	keystore_close(keystore);
	place_remove();
}

static void save(const char *name, size_t size)
{
	struct snapshot_writer *writer = NULL;
	OK(snapshot_create(
	    place_path(name), keystore, rng_system(), incarnation, &writer));
	for (size_t done = 0; done < size;) {
		size_t part = size - done < 1000 ? size - done : 1000;
		OK(snapshot_put(writer, span_of(content + done, part)));
		done += part;
	}
	OK(snapshot_commit(writer));
	snapshot_writer_free(writer);
}

static enum err read_content(struct snapshot_reader *reader, size_t size)
{
	uint8_t piece[777];
	enum err err = ERR_OK;
	for (size_t done = 0; err == ERR_OK && done < size;) {
		size_t part = size - done;
		part = part < sizeof(piece) ? part : sizeof(piece);
		err = snapshot_get(reader, piece, part);
		if (err == ERR_OK && memcmp(piece, content + done, part) != 0) {
			ck_abort_msg("wrong content at %zu", done);
		}
		done += part;
	}
	return err == ERR_OK ? snapshot_finish(reader) : err;
}

static enum err load(const char *name, size_t size)
{
	struct snapshot_reader *reader = NULL;
	enum err err =
	    snapshot_open(place_path(name), keystore, incarnation, &reader);
	ck_assert_int_eq(reader != NULL, err == ERR_OK);
	if (err == ERR_OK) {
		err = read_content(reader, size);
	}
	snapshot_reader_free(reader);
	return err;
}

START_TEST(a_snapshot_of_any_size_comes_back)
{
	static const size_t sizes[] = { 0, 1, 1000, SNAPSHOT_CHUNK_BYTES - 1,
		SNAPSHOT_CHUNK_BYTES, SNAPSHOT_CHUNK_BYTES + 1,
		2 * SNAPSHOT_CHUNK_BYTES, 2 * SNAPSHOT_CHUNK_BYTES + 12345 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		save("snapshot", sizes[i]);
		OK(load("snapshot", sizes[i]));
		FAILS(load("snapshot", sizes[i] + 1), ERR_CORRUPT);
		if (sizes[i] > 0) {
			FAILS(load("snapshot", sizes[i] - 1), ERR_CORRUPT);
		}
	}
	struct stat info;
	ck_assert_int_eq(stat(place_path("snapshot"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	ck_assert(!fs_exists(place_path("snapshot.new")));
	FAILS(load("none", 1), ERR_NOTFOUND);
}
END_TEST

/* M85 */
START_TEST(nothing_is_readable_on_disk)
{
	struct snapshot_writer *writer = NULL;
	const char *canary = "Three families this month";
	OK(snapshot_create(place_path("snapshot"), keystore, rng_system(),
	    incarnation, &writer));
	OK(snapshot_put(writer, span_text(canary)));
	OK(snapshot_commit(writer));
	snapshot_writer_free(writer);
	place_lacks(canary);
}
END_TEST

/* M87 */
START_TEST(every_flipped_bit_and_every_cut_is_noticed)
{
	save("snapshot", 300);
	struct buf sound = place_read(place_path("snapshot"));
	for (size_t bit = 0; bit < sound.size * 8; bit += mutate_every()) {
		sound.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		place_write(place_path("snapshot"), buf_span(&sound));
		FAILS(load("snapshot", 300), ERR_CORRUPT);
		sound.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t size = 0; size < sound.size; size += mutate_every()) {
		place_write(place_path("snapshot"), span_of(sound.data, size));
		FAILS(load("snapshot", 300), ERR_CORRUPT);
	}
	OK(buf_u8(&sound, 0));
	place_write(place_path("snapshot"), buf_span(&sound));
	FAILS(load("snapshot", 300), ERR_CORRUPT);
	place_write(
	    place_path("snapshot"), span_of(sound.data, sound.size - 1));
	OK(load("snapshot", 300));
	buf_clear(&sound);
}
END_TEST

/* The chunks of a file, with their size prefixes. */
static size_t split(const struct buf *file, struct span chunks[8])
{
	size_t count = 0;
	struct reader in = reader_of(buf_span(file));
	while (in.left.size > 0) {
		const uint8_t *start = in.left.data;
		uint32_t size = reader_u32(&in);
		(void)reader_span(&in, size);
		ck_assert(!in.bad && count < 8);
		chunks[count++] = span_of(start, size + PREFIX_BYTES);
	}
	return count;
}

static void write_chunks(const struct span *chunks, const int *order)
{
	struct buf file = { 0 };
	for (size_t i = 0; order[i] >= 0; i++) {
		OK(buf_append(&file, chunks[order[i]]));
	}
	place_write(place_path("made"), buf_span(&file));
	buf_clear(&file);
}

/* M87 */
START_TEST(chunks_left_out_repeated_moved_or_borrowed_are_noticed)
{
	size_t size = 2 * SNAPSHOT_CHUNK_BYTES + 10;
	struct span chunks[16];
	save("snapshot", size);
	save("other", size);
	struct buf one = place_read(place_path("snapshot"));
	struct buf two = place_read(place_path("other"));
	ck_assert_uint_eq(split(&one, chunks), 3);
	ck_assert_uint_eq(split(&two, chunks + 8), 3);
	static const int right[] = { 0, 1, 2, -1 };
	write_chunks(chunks, right);
	OK(load("made", size));
	static const int wrong[][6] = { { -1 }, { 0, -1 }, { 0, 1, -1 },
		{ 0, 2, -1 }, { 1, 2, -1 }, { 2, -1 }, { 1, 0, 2, -1 },
		{ 0, 0, 1, 2, -1 }, { 0, 1, 1, 2, -1 }, { 0, 1, 2, 2, -1 },
		{ 0, 1, 2, 0, -1 }, { 8, 1, 2, -1 }, { 0, 9, 2, -1 },
		{ 0, 1, 10, -1 }, { 8, 9, 2, -1 } };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		/* Whatever size is asked for. */
		write_chunks(chunks, wrong[i]);
		FAILS(load("made", size), ERR_CORRUPT);
		FAILS(load("made", 10), ERR_CORRUPT);
		FAILS(load("made", SNAPSHOT_CHUNK_BYTES), ERR_CORRUPT);
	}
	buf_clear(&one);
	buf_clear(&two);
}
END_TEST

/* M87 */
START_TEST(a_snapshot_belongs_to_one_incarnation_and_keystore)
{
	static const uint8_t other[16] = { 1, 2, 4 };
	struct snapshot_reader *reader = NULL;
	struct keystore *stranger = place_keystore("stranger");
	save("snapshot", 10);
	FAILS(snapshot_open(place_path("snapshot"), keystore, other, &reader),
	    ERR_CORRUPT);
	FAILS(snapshot_open(
		  place_path("snapshot"), stranger, incarnation, &reader),
	    ERR_CORRUPT);
	ck_assert_ptr_null(reader);
	keystore_close(stranger);
}
END_TEST

START_TEST(what_cannot_be_read_is_no_snapshot)
{
	save("snapshot", 10);
	ck_assert_int_eq(
	    symlink(place_path("snapshot"), place_path("link")), 0);
	FAILS(load("link", 10), ERR_CORRUPT);
	ck_assert_int_eq(mkdir(place_path("dir"), 0700), 0);
	FAILS(load("dir", 10), ERR_CORRUPT);
}
END_TEST

START_TEST(an_unfinished_write_leaves_the_old_one)
{
	struct snapshot_writer *writer = NULL;
	save("snapshot", 10);
	OK(snapshot_create(place_path("snapshot"), keystore, rng_system(),
	    incarnation, &writer));
	OK(snapshot_put(writer, span_text("half")));
	OK(load("snapshot", 10));
	snapshot_writer_free(writer);
	snapshot_writer_free(NULL);
	ck_assert(!fs_exists(place_path("snapshot.new")));
	OK(load("snapshot", 10));
	/* As if the machine had stopped in the middle of it. */
	place_write(place_path("snapshot.new"), span_text("half"));
	save("snapshot", 20);
	OK(load("snapshot", 20));
	ck_assert(!fs_exists(place_path("snapshot.new")));
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_one)
{
	struct snapshot_writer *writer = NULL;
	struct rlimit limit;
	save("snapshot", 10);
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	rlim_t before = limit.rlim_cur;
	OK(snapshot_create(place_path("snapshot"), keystore, rng_system(),
	    incarnation, &writer));
	OK(snapshot_put(writer, span_text("too much for the disk")));
	limit.rlim_cur = INSIDE_BYTES;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	enum err err = snapshot_commit(writer);
	limit.rlim_cur = before;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_ne(err, ERR_OK);
	snapshot_writer_free(writer);
	OK(load("snapshot", 10));
	ck_assert(!fs_exists(place_path("snapshot.new")));
}
END_TEST

Suite *test_snapshot_suite(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tests = tcase_create("snapshot");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_snapshot_of_any_size_comes_back);
	tcase_add_test(tests, nothing_is_readable_on_disk);
	tcase_add_test(tests, every_flipped_bit_and_every_cut_is_noticed);
	tcase_add_test(
	    tests, chunks_left_out_repeated_moved_or_borrowed_are_noticed);
	tcase_add_test(
	    tests, a_snapshot_belongs_to_one_incarnation_and_keystore);
	tcase_add_test(tests, what_cannot_be_read_is_no_snapshot);
	tcase_add_test(tests, an_unfinished_write_leaves_the_old_one);
	tcase_add_test(tests, a_full_disk_leaves_the_old_one);
	suite_add_tcase(suite, tests);
	return suite;
}
