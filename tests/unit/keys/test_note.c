#include "codec/text.h"
#include "keys/note.h"
#include "unit/keys/fixture.h"
#include "unit/mutate.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

Suite *test_note_suite(void);

static const char text[] = "qsg/origin\n3\nc29tZSByb290\n";

static struct keystore *keystore;
static struct note_key log_key;
static struct note_key witness_key;
static const struct generation *generation;

static void set_up(void)
{
	keystore = fixture_keystore(1);
	const struct keystore_public *public = keystore_public(keystore);
	generation = &public->logs[0].generation;
	note_log_key(
	    &public->organisation, generation, &public->logs[0].key, &log_key);
	note_witness_key(
	    &public->organisation, &public->cosigning, &witness_key);
}

static void tear_down(void)
{
	keystore_close(keystore);
}

static void signed_note(struct buf *out)
{
	fixture_ok(
	    note_sign(keystore, &log_key, generation, span_text(text), out));
}

START_TEST(names_are_organisation_and_generation_or_witness)
{
	struct id32 organisation;
	struct generation number = { { 0, 0x12, 0xab, 0, 0, 0, 0, 0x0f } };
	struct note_key key;
	memset(organisation.b, 0xc4, 32);
	note_log_key(&organisation, &number, &organisation, &key);
	ck_assert_str_eq(key.name,
	    "qsg/c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4"
	    "c4c4/0012ab000000000f");
	ck_assert_int_eq(key.type, NOTE_ED25519);
	note_witness_key(&organisation, &organisation, &key);
	ck_assert_str_eq(key.name,
	    "qsg/c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4c4"
	    "c4c4/witness");
	ck_assert_int_eq(key.type, NOTE_COSIGNATURE);
}
END_TEST

START_TEST(a_signed_note_has_the_published_form)
{
	struct buf out = { 0 };
	struct note note;
	signed_note(&out);
	const char *bytes = buf_text(&out);
	ck_assert_mem_eq(bytes, text, sizeof(text) - 1);
	ck_assert_mem_eq(bytes + sizeof(text) - 1, "\n\xe2\x80\x94 qsg/", 9);
	fixture_ok(note_parse(buf_span(&out), &note));
	ck_assert(span_equal(note.text, span_text(text)));
	ck_assert_uint_eq(note.line_count, 1);
	ck_assert_uint_eq(note.lines[0].blob_size, 64);
	fixture_ok(note_verify(&note, &log_key));
	buf_clear(&out);
}
END_TEST

/* M37 */
START_TEST(a_cosignature_verifies_with_its_time)
{
	struct buf out = { 0 };
	struct note note;
	uint64_t time_s = 0;
	signed_note(&out);
	fixture_ok(note_cosign(
	    keystore, &witness_key, span_text(text), 1500000000, &out));
	fixture_ok(note_parse(buf_span(&out), &note));
	ck_assert_uint_eq(note.line_count, 2);
	fixture_ok(note_verify(&note, &log_key));
	fixture_ok(note_verify_cosignature(&note, &witness_key, &time_s));
	ck_assert_uint_eq(time_s, 1500000000);
	/* Another time, or the time past what C2SP allows. */
	note.lines[1].blob[7] ^= 1;
	ck_assert_int_eq(
	    note_verify_cosignature(&note, &witness_key, &time_s), ERR_VERIFY);
	note.lines[1].blob[7] ^= 1;
	note.lines[1].blob[0] = 0x80;
	ck_assert_int_eq(
	    note_verify_cosignature(&note, &witness_key, &time_s), ERR_VERIFY);
	/* Neither kind passes for the other. */
	struct note_key wrong = witness_key;
	wrong.type = NOTE_ED25519;
	ck_assert_int_eq(note_verify(&note, &wrong), ERR_VERIFY);
	wrong = log_key;
	wrong.type = NOTE_COSIGNATURE;
	ck_assert_int_eq(
	    note_verify_cosignature(&note, &wrong, &time_s), ERR_VERIFY);
	/* A log signature by a cosigning key is none. */
	fixture_ok(keystore_cosign(keystore, note.text, note.lines[1].blob));
	note.lines[1].blob_size = 64;
	ck_assert_int_eq(note_verify(&note, &witness_key), ERR_VERIFY);
	buf_clear(&out);
}
END_TEST

/* M36 */
START_TEST(no_bit_of_a_note_can_be_flipped)
{
	struct buf out = { 0 };
	struct note note;
	signed_note(&out);
	for (size_t bit = 0; bit < out.size * 8; bit++) {
		out.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		enum err err = note_parse(buf_span(&out), &note);
		if (err == ERR_OK) {
			err = note_verify(&note, &log_key);
		}
		/* A changed name or key id is merely an unknown key. */
		ck_assert_msg(err == ERR_FORMAT || err == ERR_VERIFY ||
				  err == ERR_NOTFOUND || err == ERR_LIMIT,
		    "bit %zu: %s", bit, err_name(err));
		out.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	fixture_ok(note_parse(buf_span(&out), &note));
	fixture_ok(note_verify(&note, &log_key));
	buf_clear(&out);
}
END_TEST

/* M37: what the witness did not sign is none of its cosignatures. */
START_TEST(no_mutated_cosignature_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("cosignatures"));
	struct buf good = { 0 };
	struct buf other = { 0 };
	struct buf line = { 0 };
	uint64_t refused = 0;
	uint64_t same = 0;
	fixture_ok(note_cosign(
	    keystore, &witness_key, span_text(text), 1500000000, &line));
	while (refused + same < mutate_count()) {
		struct note note;
		uint64_t time_s = 0;
		bool whole = rng_below(&rng, 2) == 0;
		buf_reset(&good);
		fixture_ok(buf_append(&good, span_text(text)));
		fixture_ok(buf_u8(&good, '\n'));
		fixture_ok(buf_append(&good, buf_span(&line)));
		mutate(&rng, whole ? buf_span(&good) : buf_span(&line), &other);
		if (!whole) {
			good.size -= line.size;
			fixture_ok(buf_append(&good, buf_span(&other)));
		}
		if (note_parse(whole ? buf_span(&other) : buf_span(&good),
			&note) != ERR_OK ||
		    note_verify_cosignature(&note, &witness_key, &time_s) !=
			ERR_OK) {
			refused++;
			continue;
		}
		/* A line of somebody else was put in. */
		ck_assert(span_equal(note.text, span_text(text)));
		ck_assert_uint_eq(time_s, 1500000000);
		same++;
	}
	ck_assert_uint_lt(same, 1 + mutate_count() / 100);
	printf("cosignatures: %llu mutated, none accepted\n",
	    (unsigned long long)mutate_count());
	buf_clear(&good);
	buf_clear(&other);
	buf_clear(&line);
}
END_TEST

/* M36 */
START_TEST(unknown_lines_are_ignored_and_bad_ones_reject)
{
	struct buf out = { 0 };
	struct note note;
	uint64_t time_s = 0;
	signed_note(&out);
	fixture_ok(buf_printf(&out, "\xe2\x80\x94 somebody AAAAAA==\n"));
	ck_assert_int_eq(note_parse(buf_span(&out), &note), ERR_FORMAT);
	buf_reset(&out);
	signed_note(&out);
	fixture_ok(buf_printf(&out, "\xe2\x80\x94 somebody AAAAAAA=\n"));
	fixture_ok(note_parse(buf_span(&out), &note));
	ck_assert_uint_eq(note.lines[1].blob_size, 1);
	fixture_ok(note_verify(&note, &log_key));
	ck_assert_int_eq(note_verify_cosignature(&note, &witness_key, &time_s),
	    ERR_NOTFOUND);
	note.lines[0].blob[63] ^= 1;
	ck_assert_int_eq(note_verify(&note, &log_key), ERR_VERIFY);
	buf_clear(&out);
}
END_TEST

/* M33, M34, M35 */
START_TEST(malformed_notes_are_refused)
{
#define SIG "\xe2\x80\x94 a AAAAAAA=\n"
	static const struct {
		const char *bytes;
		enum err err;
	} cases[] = {
		{ "t\n\n" SIG, ERR_OK },
		{ "t\n\nu\n\n" SIG, ERR_OK },
		{ "\n\n" SIG, ERR_OK },
		{ "t\n\n" SIG "\xe2\x80\x94 b AAAAAAA=\n", ERR_OK },
		{ "t\n\n" SIG "\xe2\x80\x94 a AAAAAQA=\n", ERR_OK },
		{ "", ERR_FORMAT },
		{ "\n", ERR_FORMAT },
		{ "t\n", ERR_FORMAT },
		{ "t\n\n", ERR_FORMAT },
		{ "t\n" SIG, ERR_FORMAT },
		{ "\n" SIG, ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAAAAA=", ERR_FORMAT },
		{ "t\n\n" SIG "\n", ERR_FORMAT },
		{ "t\n\n" SIG "u\n", ERR_FORMAT },
		{ "t\n\n" SIG SIG, ERR_FORMAT },
		{ "t\n\n- a AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x93 a AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a  AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94  AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a+b AAAAAAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a\xc2\xa0"
		  "b AAAAAAA=\n",
		    ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a\xe3\x80\x80"
		  "b AAAAAAA=\n",
		    ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAAAAA\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAAAAB=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAA AAA=\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAAAAA= \n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a AAAA\n", ERR_FORMAT },
		{ "t\n\n\xe2\x80\x94 a \n", ERR_FORMAT },
		{ "t\r\n\n" SIG, ERR_FORMAT },
		{ "t\tu\n\n" SIG, ERR_FORMAT },
		{ "t\xff\n\n" SIG, ERR_FORMAT },
	};
	struct note note;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum err err = note_parse(span_text(cases[i].bytes), &note);
		ck_assert_msg(err == cases[i].err, "case %zu (%s): %s", i,
		    cases[i].bytes, err_name(err));
	}
	ck_assert_int_eq(
	    note_parse(span_of("t\0\n\n" SIG, 19), &note), ERR_FORMAT);
	/* Split at the last empty line. */
	fixture_ok(note_parse(span_text("t\n\nu\n\n" SIG), &note));
	ck_assert(span_equal(note.text, span_text("t\n\nu\n")));
#undef SIG
}
END_TEST

/* M34 */
START_TEST(sixteen_lines_are_taken_and_seventeen_refused)
{
	struct buf out = { 0 };
	struct note note;
	fixture_ok(buf_append(&out, span_text("t\n\n")));
	for (int i = 0; i < 17; i++) {
		fixture_ok(
		    buf_printf(&out, "\xe2\x80\x94 name%d AAAAAAA=\n", i));
		ck_assert_int_eq(note_parse(buf_span(&out), &note),
		    i < 16 ? ERR_OK : ERR_LIMIT);
	}
	buf_reset(&out);
	fixture_ok(buf_reserve(&out, LIMIT_NOTE_BYTES + 1));
	memset(out.data, 'x', LIMIT_NOTE_BYTES + 1);
	ck_assert_int_eq(
	    note_parse(span_of(out.data, LIMIT_NOTE_BYTES + 1), &note),
	    ERR_LIMIT);
	buf_clear(&out);
}
END_TEST

/* M38. The first is the key of the published description of signed notes. */
START_TEST(verifier_keys_are_written_and_read)
{
	static const char published[] =
	    "PeterNeumann+c74f20a3+"
	    "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
	static const char note_text[] =
	    "If you think cryptography is the answer to your problem,\n"
	    "then you don't know what your problem is.\n"
	    "\n"
	    "\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcE"
	    "lZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
	struct note_key key;
	struct note note;
	struct buf out = { 0 };
	fixture_ok(note_read_vkey(span_text(published), &key));
	ck_assert_str_eq(key.name, "PeterNeumann");
	fixture_ok(note_parse(span_text(note_text), &note));
	fixture_ok(note_verify(&note, &key));
	fixture_ok(note_vkey(&key, &out));
	ck_assert(span_equal(buf_span(&out), span_text(published)));
	buf_reset(&out);
	fixture_ok(note_vkey(&witness_key, &out));
	fixture_ok(note_read_vkey(buf_span(&out), &key));
	ck_assert_mem_eq(&key, &witness_key, sizeof(key));
	for (size_t size = 0; size < out.size; size++) {
		ck_assert_int_eq(
		    note_read_vkey(span_of(out.data, size), &key), ERR_FORMAT);
	}
	for (size_t i = 0; i < out.size; i++) {
		out.data[i] ^= 1;
		ck_assert_int_eq(
		    note_read_vkey(buf_span(&out), &key), ERR_FORMAT);
		out.data[i] ^= 1;
	}
	buf_clear(&out);
}
END_TEST

START_TEST(nothing_is_signed_under_a_key_that_is_not_ours)
{
	struct buf out = { 0 };
	struct note_key other = log_key;
	struct generation unknown = *generation;
	unknown.b[0] ^= 1;
	other.key.b[0] ^= 1;
	ck_assert_int_eq(
	    note_sign(keystore, &other, generation, span_text(text), &out),
	    ERR_NOTFOUND);
	ck_assert_int_eq(
	    note_sign(keystore, &log_key, &unknown, span_text(text), &out),
	    ERR_NOTFOUND);
	ck_assert_int_eq(
	    note_cosign(keystore, &log_key, span_text(text), 1, &out),
	    ERR_STATE);
	ck_assert_int_eq(note_sign(keystore, &log_key, generation,
			     span_text("no line feed"), &out),
	    ERR_FORMAT);
	ck_assert_int_eq(note_cosign(keystore, &witness_key, span_text(text),
			     UINT64_MAX, &out),
	    ERR_FORMAT);
	ck_assert_uint_eq(out.size, 0);
	buf_clear(&out);
}
END_TEST

Suite *test_note_suite(void)
{
	Suite *suite = suite_create("note");
	TCase *tests = tcase_create("note");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, names_are_organisation_and_generation_or_witness);
	tcase_add_test(tests, a_signed_note_has_the_published_form);
	tcase_add_test(tests, a_cosignature_verifies_with_its_time);
	tcase_add_test(tests, no_bit_of_a_note_can_be_flipped);
	tcase_set_timeout(tests, 14400);
	tcase_add_test(tests, no_mutated_cosignature_is_accepted);
	tcase_add_test(tests, unknown_lines_are_ignored_and_bad_ones_reject);
	tcase_add_test(tests, malformed_notes_are_refused);
	tcase_add_test(tests, sixteen_lines_are_taken_and_seventeen_refused);
	tcase_add_test(tests, verifier_keys_are_written_and_read);
	tcase_add_test(tests, nothing_is_signed_under_a_key_that_is_not_ours);
	suite_add_tcase(suite, tests);
	return suite;
}
