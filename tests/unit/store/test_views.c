#define _GNU_SOURCE

#include "store/views.h"

#include "store/snapshot.h"
#include "unit/mutate.h"
#include "unit/store/place.h"

Suite *test_views_suite(void);

static const uint8_t incarnation[16] = { 9, 8, 7 };
static struct keystore *keystore;
static struct views *views;

static void setup(void)
{
	place_make();
	keystore = place_keystore("keys");
	OK(views_new(rng_system(), &views));
}

static void teardown(void)
{
	views_close(views);
	views_close(NULL);
	keystore_close(keystore);
	place_remove();
}

/* An id that begins with this number. */
static struct id32 id_of(uint64_t number)
{
	struct id32 id = { { 0 } };
	bytes_put_u64(id.b, number);
	id.b[31] = 0x77;
	return id;
}

static struct view_record record_of(uint64_t number)
{
	return (struct view_record){ .id = id_of(number * 0x9E3779B97F4A7C15),
		.received_ms = (int64_t)number,
		.created_ms = -5,
		.leaf = number,
		.stream = 1,
		.number = number,
		.type = VIEW_INTELLIGENCE };
}

static uint32_t word(const char *text)
{
	uint32_t number = 0;
	OK(views_word(views, text, &number));
	return number;
}

static void fill(size_t count)
{
	for (uint64_t i = views_count(views) + 1; i <= count; i++) {
		struct view_record record = record_of(i);
		OK(views_add(views, &record));
	}
}

START_TEST(records_are_found_by_id_place_and_number)
{
	fill(20000);
	ck_assert_uint_eq(views_count(views), 20000);
	const struct view_record *first = views_get(views, 1);
	for (uint32_t rid = 1; rid <= 20000; rid++) {
		struct view_record want = record_of(rid);
		ck_assert_mem_eq(views_get(views, rid), &want, sizeof(want));
		ck_assert_uint_eq(views_find(views, &want.id), rid);
		ck_assert_uint_eq(views_at(views, 1, rid), rid);
	}
	struct id32 unknown = id_of(5);
	ck_assert_uint_eq(views_find(views, &unknown), 0);
	ck_assert_uint_eq(views_at(views, 1, 20001), 0);
	ck_assert_uint_eq(views_at(views, 2, 1), 0);
	ck_assert_ptr_eq(views_get(views, 1), first);
	views_edit(views, 7)->corrected_by = 9;
	ck_assert_uint_eq(views_get(views, 7)->corrected_by, 9);
}
END_TEST

START_TEST(a_record_that_does_not_fit_changes_nothing)
{
	fill(3);
	struct view_record record = record_of(2);
	record.number = 4;
	FAILS(views_add(views, &record), ERR_EXISTS);
	record = record_of(4);
	record.number = 5;
	FAILS(views_add(views, &record), ERR_CORRUPT);
	record.number = 3;
	FAILS(views_add(views, &record), ERR_CORRUPT);
	record.number = 0;
	FAILS(views_add(views, &record), ERR_CORRUPT);
	record.stream = 2;
	record.number = 2;
	FAILS(views_add(views, &record), ERR_CORRUPT);
	ck_assert_uint_eq(views_count(views), 3);
	ck_assert_uint_eq(views_find(views, &record.id), 0);
	record.number = 1;
	OK(views_add(views, &record));
	ck_assert_uint_eq(views_at(views, 2, 1), 4);
}
END_TEST

static void add_id(const char *hex, uint64_t number)
{
	struct view_record record = record_of(number);
	memset(record.id.b, 0, sizeof(record.id.b));
	for (size_t i = 0; hex[i] != '\0'; i++) {
		uint8_t value =
		    (uint8_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
		record.id.b[i / 2] |=
		    (uint8_t)(i % 2 == 0 ? value << 4 : value);
	}
	OK(views_add(views, &record));
}

static void prefix_gives(const char *prefix, enum err code, uint32_t rid)
{
	uint32_t got = 77;
	enum err err = views_find_prefix(views, span_text(prefix), &got);
	ck_assert_msg(err == code, "%s: %s", prefix, err_name(err));
	ck_assert_msg(got == (code == ERR_OK ? rid : 0), "%s", prefix);
}

START_TEST(prefixes_of_any_length_find_one_record)
{
	add_id("abc0", 1);
	add_id("abd0", 2);
	add_id("0123456789abcdef1", 3);
	add_id("0123456789abcdef2", 4);
	prefix_gives("a", ERR_AMBIGUOUS, 0);
	prefix_gives("ab", ERR_AMBIGUOUS, 0);
	prefix_gives("abc", ERR_OK, 1);
	prefix_gives("abd", ERR_OK, 2);
	prefix_gives("abe", ERR_NOTFOUND, 0);
	prefix_gives("abc0000000000000", ERR_OK, 1);
	prefix_gives("abc0000000000001", ERR_NOTFOUND, 0);
	prefix_gives("0123456789abcde", ERR_AMBIGUOUS, 0);
	prefix_gives("0123456789abcdef", ERR_AMBIGUOUS, 0);
	prefix_gives("0123456789abcdef1", ERR_OK, 3);
	prefix_gives("0123456789abcdef2", ERR_OK, 4);
	prefix_gives("0123456789abcdef3", ERR_NOTFOUND, 0);
	prefix_gives("0123456789abcdef20000000000000000000000000000000"
		     "0000000000000000",
	    ERR_OK, 4);
	prefix_gives("0123456789abcdef20000000000000000000000000000000"
		     "0000000000000001",
	    ERR_NOTFOUND, 0);
	prefix_gives("0123456789abcdef20000000000000000000000000000000"
		     "00000000000000000",
	    ERR_INPUT, 0);
	prefix_gives("", ERR_INPUT, 0);
	prefix_gives("ABC", ERR_INPUT, 0);
	prefix_gives("abg", ERR_INPUT, 0);
	prefix_gives("ab ", ERR_INPUT, 0);
}
END_TEST

START_TEST(records_concern_their_provider_and_those_of_their_rows)
{
	uint32_t ral = word("RAL");
	uint32_t ran = word("RAN");
	uint32_t rap = word("RAP");
	struct view_record record = record_of(1);
	record.provider = ral;
	OK(views_add(views, &record));
	FAILS(views_add_provider(views, 2, ral), ERR_STATE);
	fill(2);
	OK(views_add_provider(views, 2, ral));
	OK(views_add_provider(views, 2, ran));
	OK(views_add_provider(views, 2, ral));
	OK(views_add_provider(views, 1, rap));
	FAILS(views_add_provider(views, 2, 0), ERR_STATE);
	FAILS(views_add_provider(views, 2, rap + 1), ERR_STATE);
	fill(3);
	ck_assert(views_concerns(views, 1, ral));
	ck_assert(!views_concerns(views, 1, ran));
	ck_assert(views_concerns(views, 2, ral));
	ck_assert(views_concerns(views, 2, ran));
	ck_assert(!views_concerns(views, 2, rap));
	ck_assert(!views_concerns(views, 3, ral));
	ck_assert(!views_concerns(views, 3, 0));
}
END_TEST

START_TEST(types_have_names)
{
	for (int a = 0; a < VIEW_TYPES; a++) {
		for (int b = 0; b < a; b++) {
			ck_assert_str_ne(views_type_name((enum view_type)a),
			    views_type_name((enum view_type)b));
		}
	}
	ck_assert_str_eq(views_type_name(VIEW_INDICATOR), "indicator");
	ck_assert(views_is_housekeeping(VIEW_AUDIENCE));
	ck_assert(views_is_housekeeping(VIEW_CLOSED));
	ck_assert(views_is_housekeeping(VIEW_OVERRIDE));
	ck_assert(!views_is_housekeeping(VIEW_UNKNOWN));
	ck_assert(!views_is_housekeeping(VIEW_INTELLIGENCE));
	ck_assert(!views_is_housekeeping(VIEW_CORRECTION));
}
END_TEST

/* Some of everything. */
static void furnish(void)
{
	(void)word("RAL");
	(void)word("RAN");
	(void)word("2014-07");
	fill(40);
	for (uint32_t rid = 1; rid <= 40; rid++) {
		struct view_record *record = views_edit(views, rid);
		record->provider = rid % 4;
		record->set = rid % 3;
		record->period = 3;
		record->source = 1;
		record->dimension = 2;
		record->corrects = rid / 2;
		record->corrected_by = 40;
		record->rows = 4096;
		record->bytes = 1400 + rid;
		record->type = (uint8_t)(rid % 7);
		record->state = (uint8_t)(rid % 3);
		record->reason = (uint8_t)(rid % 10);
		record->kind = (uint8_t)(rid % 3);
		record->stance = (uint8_t)(rid % 4);
		record->slotted = (uint8_t)(rid % 2);
		record->created_ms = INT64_MIN;
	}
	for (uint64_t i = 41; i <= 43; i++) {
		fill(i);
		OK(views_add_provider(views, (uint32_t)i, 1));
		OK(views_add_provider(views, (uint32_t)i, (uint32_t)i - 40));
	}
}

static enum err save(const struct views *from)
{
	return views_save(
	    from, keystore, rng_system(), incarnation, place_path("snapshot"));
}

static enum err load(struct views *to)
{
	return views_load(to, keystore, incarnation, place_path("snapshot"));
}

static void same(const struct views *a, const struct views *b)
{
	ck_assert_uint_eq(views_count(a), views_count(b));
	for (uint32_t rid = 1; rid <= views_count(a); rid++) {
		const struct view_record *record = views_get(a, rid);
		ck_assert_mem_eq(record, views_get(b, rid), sizeof(*record));
		ck_assert_uint_eq(views_find(b, &record->id), rid);
		ck_assert_uint_eq(
		    views_at(b, record->stream, record->number), rid);
		for (uint32_t i = 0; i <= 4; i++) {
			ck_assert_int_eq(views_concerns(a, rid, i),
			    views_concerns(b, rid, i));
		}
	}
	for (uint32_t i = 0; i <= 4; i++) {
		ck_assert_str_eq(views_text(a, i), views_text(b, i));
	}
}

START_TEST(a_snapshot_brings_everything_back)
{
	struct views *other = NULL;
	OK(views_new(rng_system(), &other));
	FAILS(load(other), ERR_NOTFOUND);
	OK(save(views));
	OK(load(other));
	same(views, other);
	furnish();
	OK(save(views));
	/* What was there gives way. */
	uint32_t number = 0;
	OK(views_word(other, "something else", &number));
	OK(load(other));
	same(views, other);
	ck_assert_uint_eq(views_known(other, "something else"), 0);
	ck_assert_uint_eq(views_known(other, "RAN"), 2);
	/* And life goes on. */
	struct view_record record = record_of(44);
	OK(views_add(other, &record));
	OK(views_add_provider(other, 44, 3));
	ck_assert(views_concerns(other, 44, 3));
	FAILS(views_add(other, &record), ERR_EXISTS);
	views_close(other);
}
END_TEST

/* M85 */
START_TEST(a_snapshot_shows_nothing_on_disk)
{
	(void)word("a provider nobody should read");
	OK(save(views));
	place_lacks("a provider nobody");
}
END_TEST

/* M87 */
START_TEST(a_damaged_snapshot_is_refused_and_changes_nothing)
{
	struct views *other = NULL;
	OK(views_new(rng_system(), &other));
	furnish();
	OK(save(views));
	struct buf sound = place_read(place_path("snapshot"));
	OK(load(other));
	for (size_t at = 0; at < sound.size; at += mutate_every()) {
		sound.data[at] ^= 1;
		place_write(place_path("snapshot"), buf_span(&sound));
		FAILS(load(other), ERR_CORRUPT);
		sound.data[at] ^= 1;
		if (at % 13 == 0) {
			place_write(
			    place_path("snapshot"), span_of(sound.data, at));
			FAILS(load(other), ERR_CORRUPT);
		}
	}
	same(views, other);
	views_close(other);
	buf_clear(&sound);
}
END_TEST

/* The plaintext of the snapshot on disk. */
static struct buf plaintext(void)
{
	struct snapshot_reader *reader = NULL;
	struct buf plain = { 0 };
	uint8_t byte = 0;
	OK(snapshot_open(
	    place_path("snapshot"), keystore, incarnation, &reader));
	while (snapshot_get(reader, &byte, 1) == ERR_OK) {
		OK(buf_u8(&plain, byte));
	}
	OK(snapshot_finish(reader));
	snapshot_reader_free(reader);
	return plain;
}

static void seal_plaintext(struct span plain)
{
	struct snapshot_writer *writer = NULL;
	OK(snapshot_create(place_path("snapshot"), keystore, rng_system(),
	    incarnation, &writer));
	OK(snapshot_put(writer, plain));
	OK(snapshot_commit(writer));
	snapshot_writer_free(writer);
}

START_TEST(what_refers_to_a_record_is_in_the_snapshot)
{
	struct views *other = NULL;
	struct id32 wanted = id_of(4711);
	OK(views_new(rng_system(), &other));
	fill(3);
	FAILS(views_link(views, 0, 1, &wanted), ERR_STATE);
	FAILS(views_link(views, 4, 1, &wanted), ERR_STATE);
	OK(views_link(views, 2, 1, &wanted));
	OK(views_link(views, 3, 2, &wanted));
	OK(save(views));
	OK(load(other));
	same(views, other);
	for (uint8_t how = 1; how <= 2; how++) {
		size_t place = 0;
		ck_assert_uint_eq(
		    views_next_link(other, &wanted, how, &place), 1u + how);
		ck_assert_uint_eq(
		    views_next_link(other, &wanted, how, &place), 0);
	}
	views_close(other);
	/* Of a rid that is not there, or promised and not there. */
	static const uint8_t empty_then[] = { 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
		28, 29, 30, 31, 32 };
	for (size_t size = 16; size <= sizeof(empty_then); size++) {
		seal_plaintext(span_of(empty_then, size));
		FAILS(load(views), ERR_CORRUPT);
	}
	ck_assert_uint_eq(views_count(views), 3);
}
END_TEST

/* Sealed by ourselves, and wrong all the same. */
START_TEST(no_sealed_content_can_do_harm)
{
	uint64_t seed = rng_u64(rng_system());
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, seed);
	size_t refused = 0;
	struct views *other = NULL;
	OK(views_new(rng_system(), &other));
	furnish();
	OK(save(views));
	struct buf sound = plaintext();
	for (int round = 0; round < 400; round++) {
		struct buf bad = { 0 };
		OK(buf_append(&bad, buf_span(&sound)));
		uint64_t changes = rng_below(&rng, 3) + 1;
		for (uint64_t i = 0; i < changes; i++) {
			bad.data[rng_below(&rng, bad.size)] =
			    (uint8_t)rng_u64(&rng);
		}
		bad.size -=
		    rng_below(&rng, 4) == 0 ? rng_below(&rng, bad.size) : 0;
		seal_plaintext(buf_span(&bad));
		enum err err = load(other);
		ck_assert_msg(err == ERR_OK || err == ERR_CORRUPT,
		    "seed %llu round %d: %s", (unsigned long long)seed, round,
		    err_name(err));
		refused += err == ERR_CORRUPT;
		for (uint32_t rid = 1; rid <= views_count(other); rid++) {
			const struct view_record *record =
			    views_get(other, rid);
			ck_assert_uint_eq(views_find(other, &record->id), rid);
			(void)views_concerns(other, rid, 3);
			ck_assert_ptr_nonnull(
			    views_text(other, record->provider));
		}
		buf_clear(&bad);
	}
	ck_assert_msg(refused > 80, "seed %llu: only %zu refused",
	    (unsigned long long)seed, refused);
	views_close(other);
	buf_clear(&sound);
}
END_TEST

START_TEST(counts_that_promise_too_much_are_refused)
{
	static const uint8_t heads[][12] = {
		{ 0, 0, 0, 1 }, /* another version */
		{ 0, 0, 0, 3, 0xff, 0xff, 0xff, 0xff },
		{ 0, 0, 0, 3, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
		{ 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1 },
		{ 0, 0, 0, 3 }, /* nothing about what refers to what */
	};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		seal_plaintext(span_of(heads[i], sizeof(heads[i])));
		FAILS(load(views), ERR_CORRUPT);
	}
	seal_plaintext(span_of(heads[0], 3));
	FAILS(load(views), ERR_CORRUPT);
	/* One word twice; an empty word; a word with a NUL in it. */
	static const uint8_t twice[] = { 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 0, 1,
		'a', 1, 'a' };
	static const uint8_t empty[] = { 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0,
		0 };
	static const uint8_t holed[] = { 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 3,
		'a', 0, 'b' };
	seal_plaintext(span_of(twice, sizeof(twice)));
	FAILS(load(views), ERR_CORRUPT);
	seal_plaintext(span_of(empty, sizeof(empty)));
	FAILS(load(views), ERR_CORRUPT);
	seal_plaintext(span_of(holed, sizeof(holed)));
	FAILS(load(views), ERR_CORRUPT);
}
END_TEST

Suite *test_views_suite(void)
{
	Suite *suite = suite_create("views");
	TCase *tests = tcase_create("views");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, records_are_found_by_id_place_and_number);
	tcase_add_test(tests, a_record_that_does_not_fit_changes_nothing);
	tcase_add_test(tests, prefixes_of_any_length_find_one_record);
	tcase_add_test(
	    tests, records_concern_their_provider_and_those_of_their_rows);
	tcase_add_test(tests, types_have_names);
	tcase_add_test(tests, a_snapshot_brings_everything_back);
	tcase_add_test(tests, a_snapshot_shows_nothing_on_disk);
	tcase_add_test(
	    tests, a_damaged_snapshot_is_refused_and_changes_nothing);
	tcase_add_test(tests, what_refers_to_a_record_is_in_the_snapshot);
	tcase_add_test(tests, no_sealed_content_can_do_harm);
	tcase_add_test(tests, counts_that_promise_too_much_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
