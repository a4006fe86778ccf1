#define _GNU_SOURCE

#include "store/mark.h"

#include "unit/store/place.h"

#include <signal.h>
#include <sodium.h>
#include <sys/resource.h>

Suite *test_mark_suite(void);

enum { SLOT_BYTES = 512, FILE_BYTES = 1024 };

static struct mark_head head_of(uint64_t size)
{
	struct mark_head head = { .size = size };
	memset(head.generation.b, 7, sizeof(head.generation.b));
	memset(head.root.b, (int)(size & 0xff) ^ 0x5a, sizeof(head.root.b));
	return head;
}

static struct mark *made(uint64_t size)
{
	struct mark *mark = NULL;
	struct mark_head head = head_of(size);
	OK(mark_create(place_path("mark"), &head, &mark));
	return mark;
}

static void advance(struct mark *mark, uint64_t size)
{
	struct mark_head head = head_of(size);
	OK(mark_advance(mark, &head));
}

/* 0 when neither slot is whole. */
static uint64_t stored_size(void)
{
	struct mark *mark = NULL;
	enum err err = mark_open(place_path("mark"), &mark);
	if (err == ERR_CORRUPT) {
		ck_assert_ptr_null(mark);
		return 0;
	}
	OK(err);
	struct mark_head want = head_of(mark_head(mark)->size);
	ck_assert_mem_eq(mark_head(mark), &want, sizeof(want));
	mark_close(mark);
	return want.size;
}

/* M80 */
START_TEST(every_advance_is_on_disk_when_it_returns)
{
	struct mark *mark = made(1);
	ck_assert_uint_eq(stored_size(), 1);
	for (uint64_t size = 2; size < 10; size++) {
		advance(mark, size);
		ck_assert_uint_eq(mark_head(mark)->size, size);
		ck_assert_uint_eq(stored_size(), size);
	}
	mark_close(mark);
	OK(mark_open(place_path("mark"), &mark));
	advance(mark, 20);
	mark_close(mark);
	ck_assert_uint_eq(stored_size(), 20);
	struct stat info;
	ck_assert_int_eq(stat(place_path("mark"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	ck_assert_int_eq(info.st_size, FILE_BYTES);
}
END_TEST

START_TEST(a_mark_is_made_once)
{
	struct mark *mark = made(3);
	struct mark *other = NULL;
	struct mark_head head = head_of(9);
	FAILS(mark_create(place_path("mark"), &head, &other), ERR_EXISTS);
	ck_assert_ptr_null(other);
	FAILS(mark_open(place_path("none"), &other), ERR_NOTFOUND);
	mark_close(mark);
	mark_close(NULL);
	ck_assert_uint_eq(stored_size(), 3);
}
END_TEST

/* M80, M81: whichever slot is under way, from either end. */
START_TEST(a_write_torn_at_any_byte_leaves_the_head_before_or_after)
{
	struct mark *mark = made(1);
	advance(mark, 2);
	for (uint64_t size = 2; size < 4; size++) {
		struct buf before = place_read(place_path("mark"));
		advance(mark, size + 1);
		struct buf after = place_read(place_path("mark"));
		for (size_t cut = 0; cut <= FILE_BYTES; cut++) {
			struct buf torn = { 0 };
			OK(buf_append(&torn, span_of(after.data, cut)));
			OK(buf_append(&torn,
			    span_of(before.data + cut, FILE_BYTES - cut)));
			place_write(place_path("mark"), buf_span(&torn));
			bool whole =
			    span_equal(buf_span(&torn), buf_span(&after));
			ck_assert_uint_eq(
			    stored_size(), whole ? size + 1 : size);
			memcpy(torn.data, before.data, cut);
			memcpy(torn.data + cut, after.data + cut,
			    FILE_BYTES - cut);
			place_write(place_path("mark"), buf_span(&torn));
			whole = span_equal(buf_span(&torn), buf_span(&after));
			ck_assert_uint_eq(
			    stored_size(), whole ? size + 1 : size);
			buf_clear(&torn);
		}
		place_write(place_path("mark"), buf_span(&after));
		buf_clear(&before);
		buf_clear(&after);
		mark_close(mark);
		OK(mark_open(place_path("mark"), &mark));
	}
	mark_close(mark);
}
END_TEST

/* M81 */
START_TEST(every_flipped_bit_makes_its_slot_not_count)
{
	struct mark *mark = made(1);
	advance(mark, 2);
	mark_close(mark);
	struct buf sound = place_read(place_path("mark"));
	for (size_t bit = 0; bit < FILE_BYTES * 8; bit++) {
		sound.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		place_write(place_path("mark"), buf_span(&sound));
		/* The first slot holds size 1, the second size 2. */
		ck_assert_uint_eq(stored_size(), bit < SLOT_BYTES * 8 ? 2 : 1);
		sound.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	sound.data[40] ^= 1;
	sound.data[SLOT_BYTES + 40] ^= 1;
	place_write(place_path("mark"), buf_span(&sound));
	ck_assert_uint_eq(stored_size(), 0);
	buf_clear(&sound);
}
END_TEST

/* M81: magic and zeros count for themselves, where the checksum fits. */
START_TEST(a_slot_that_says_more_or_else_does_not_count)
{
	static const size_t places[] = { 0, 7, 64, 300, 479 };
	struct mark *mark = made(1);
	advance(mark, 2);
	mark_close(mark);
	struct buf sound = place_read(place_path("mark"));
	uint8_t *slot = sound.data + SLOT_BYTES;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		slot[places[i]] ^= 1;
		ck_assert_int_eq(
		    crypto_generichash(slot + 480, 32, slot, 480, NULL, 0), 0);
		place_write(place_path("mark"), buf_span(&sound));
		ck_assert_uint_eq(stored_size(), 1);
		slot[places[i]] ^= 1;
	}
	ck_assert_int_eq(
	    crypto_generichash(slot + 480, 32, slot, 480, NULL, 0), 0);
	place_write(place_path("mark"), buf_span(&sound));
	ck_assert_uint_eq(stored_size(), 2);
	/* After the last number there is no later one. */
	memset(slot + 8, 0xff, 8);
	ck_assert_int_eq(
	    crypto_generichash(slot + 480, 32, slot, 480, NULL, 0), 0);
	place_write(place_path("mark"), buf_span(&sound));
	OK(mark_open(place_path("mark"), &mark));
	struct mark_head head = head_of(3);
	FAILS(mark_advance(mark, &head), ERR_CORRUPT);
	mark_close(mark);
	buf_clear(&sound);
}
END_TEST

START_TEST(a_file_of_another_shape_is_refused)
{
	struct mark *mark = made(1);
	mark_close(mark);
	struct buf sound = place_read(place_path("mark"));
	place_write(place_path("mark"), span_of(sound.data, FILE_BYTES - 1));
	ck_assert_uint_eq(stored_size(), 0);
	place_write(place_path("mark"), span_of(sound.data, 0));
	ck_assert_uint_eq(stored_size(), 0);
	OK(buf_u8(&sound, 0));
	place_write(place_path("mark"), buf_span(&sound));
	ck_assert_uint_eq(stored_size(), 0);
	/* One number in both slots tells nothing. */
	memcpy(sound.data + SLOT_BYTES, sound.data, SLOT_BYTES);
	place_write(place_path("mark"), span_of(sound.data, FILE_BYTES));
	ck_assert_uint_eq(stored_size(), 0);
	ck_assert_int_eq(symlink(place_path("mark"), place_path("link")), 0);
	ck_assert_int_ne(mark_open(place_path("link"), &mark), ERR_OK);
	buf_clear(&sound);
}
END_TEST

/* M82 */
START_TEST(the_mark_never_goes_back_within_a_generation)
{
	struct mark *mark = made(10);
	struct mark_head head = head_of(9);
	FAILS(mark_advance(mark, &head), ERR_STATE);
	head = head_of(10);
	head.root.b[31] ^= 1;
	FAILS(mark_advance(mark, &head), ERR_STATE);
	ck_assert_uint_eq(mark_head(mark)->size, 10);
	ck_assert_uint_eq(stored_size(), 10);
	advance(mark, 10);
	advance(mark, 11);
	head = head_of(0);
	head.generation.b[0] ^= 1;
	OK(mark_advance(mark, &head));
	mark_close(mark);
	OK(mark_open(place_path("mark"), &mark));
	ck_assert_mem_eq(mark_head(mark), &head, sizeof(head));
	mark_close(mark);
}
END_TEST

/* M80 */
START_TEST(a_failed_write_leaves_the_mark_as_it_was)
{
	struct mark *mark = made(1);
	struct mark_head head = head_of(2);
	struct rlimit limit;
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = 600; /* in the midst of the second slot */
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	enum err err = mark_advance(mark, &head);
	limit.rlim_cur = before;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_ne(err, ERR_OK);
	ck_assert_uint_eq(mark_head(mark)->size, 1);
	ck_assert_uint_eq(stored_size(), 1);
	advance(mark, 2);
	ck_assert_uint_eq(stored_size(), 2);
	mark_close(mark);
}
END_TEST

Suite *test_mark_suite(void)
{
	Suite *suite = suite_create("mark");
	TCase *tests = tcase_create("mark");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, every_advance_is_on_disk_when_it_returns);
	tcase_add_test(tests, a_mark_is_made_once);
	tcase_add_test(
	    tests, a_write_torn_at_any_byte_leaves_the_head_before_or_after);
	tcase_add_test(tests, every_flipped_bit_makes_its_slot_not_count);
	tcase_add_test(tests, a_slot_that_says_more_or_else_does_not_count);
	tcase_add_test(tests, a_file_of_another_shape_is_refused);
	tcase_add_test(tests, the_mark_never_goes_back_within_a_generation);
	tcase_add_test(tests, a_failed_write_leaves_the_mark_as_it_was);
	suite_add_tcase(suite, tests);
	return suite;
}
