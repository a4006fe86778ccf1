#include "codec/text.h"

#include "base/rng.h"

#include <check.h>

#include <string.h>

Suite *test_text_suite(void);

static struct rng_seeded state;
static struct rng rng;

static void setup(void)
{
	rng = rng_seed(&state, 12);
}

START_TEST(hex_is_lower_case_and_reads_either_case)
{
	struct id32 id = { { 0x01, 0xAB, 0xff } };
	struct id32 back;
	struct hex32 hex = text_hex_id(&id);
	ck_assert_uint_eq(strlen(hex.text), 64);
	ck_assert_mem_eq(hex.text, "01abff00", 8);
	ck_assert_int_eq(text_unhex(span_text(hex.text), back.b, 32), ERR_OK);
	ck_assert(id_equal(&id, &back));
	hex.text[2] = 'A';
	ck_assert_int_eq(text_unhex(span_text(hex.text), back.b, 32), ERR_OK);
	struct buf out = { 0 };
	ck_assert_int_eq(text_hex(span_of("\x00\x7F\xF0", 3), &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out), "007ff0");
	ck_assert_int_eq(text_hex(span_of(NULL, 0), &out), ERR_OK);
	ck_assert_uint_eq(out.size, 6);
	buf_clear(&out);
}
END_TEST

START_TEST(unhex_refuses_other_lengths_and_characters)
{
	uint8_t out[4];
	static const char *const bad[] = { "", "0", "01", "0102030",
		"010203040", "0102030405", "010203g0", "01 20304", "0x020304",
		"01:02:03" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(
		    text_unhex(span_text(bad[i]), out, 4) == ERR_FORMAT, "%s",
		    bad[i]);
	}
	ck_assert_int_eq(text_unhex(span_text("01020304"), out, 4), ERR_OK);
	ck_assert_int_eq(text_unhex(span_text(""), out, 0), ERR_OK);
}
END_TEST

START_TEST(base64_knows_the_vectors_of_rfc_4648)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xFB\xFF\xBF", "+/+/" } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct buf out = { 0 };
		ck_assert_int_eq(
		    text_base64(span_text(pairs[i][0]), &out), ERR_OK);
		ck_assert_str_eq(buf_text(&out), pairs[i][1]);
		buf_reset(&out);
		ck_assert_int_eq(
		    text_unbase64(span_text(pairs[i][1]), &out), ERR_OK);
		ck_assert_str_eq(buf_text(&out), pairs[i][0]);
		buf_clear(&out);
	}
}
END_TEST

START_TEST(base64_survives_the_round_trip)
{
	uint8_t bytes[300];
	for (size_t size = 0; size < sizeof(bytes); size++) {
		struct buf text = { 0 };
		struct buf back = { 0 };
		rng_fill(&rng, bytes, size);
		ck_assert_int_eq(
		    text_base64(span_of(bytes, size), &text), ERR_OK);
		ck_assert_int_eq(text_unbase64(buf_span(&text), &back), ERR_OK);
		ck_assert(span_equal(buf_span(&back), span_of(bytes, size)));
		buf_clear(&text);
		buf_clear(&back);
	}
}
END_TEST

START_TEST(base64_is_read_strictly)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg===", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", " Zm9v",
		"Zm9v====", "Zg==Zg==", "Zm9-", "Zm9_", "====", "=m9v", "Z=9v",
		"Zm=v", "Zm9v=" };
	struct buf out = { 0 };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(
		    text_unbase64(span_text(bad[i]), &out) == ERR_FORMAT, "%s",
		    bad[i]);
		ck_assert_uint_eq(out.size, 0);
	}
	ck_assert_int_eq(text_unbase64(span_of("Zm\0v", 4), &out), ERR_FORMAT);
	/* libsodium alone takes 0xbb and 0xb8 for digits. */
	ck_assert_int_eq(text_unbase64(span_text("AQ\xbb\xb8"
						 "AQ=="),
			     &out),
	    ERR_FORMAT);
	buf_clear(&out);
}
END_TEST

START_TEST(fingerprint_is_crockford_in_fours)
{
	struct id32 id = { { 0 } };
	ck_assert_str_eq(text_fingerprint(&id).text,
	    "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000");
	memset(id.b, 0xFF, sizeof(id.b));
	/* 256 bits: the last character holds one and four zeros. */
	ck_assert_str_eq(text_fingerprint(&id).text,
	    "ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ ZZZG");
	/* 0x00443214C74254B635CF84653A56D7C675BE77DF: all 32 in order. */
	static const uint8_t ordered[] = { 0x00, 0x44, 0x32, 0x14, 0xC7, 0x42,
		0x54, 0xB6, 0x35, 0xCF, 0x84, 0x65, 0x3A, 0x56, 0xD7, 0xC6,
		0x75, 0xBE, 0x77, 0xDF };
	memset(id.b, 0, sizeof(id.b));
	memcpy(id.b, ordered, sizeof(ordered));
	ck_assert_str_eq(text_fingerprint(&id).text,
	    "0123 4567 89AB CDEF GHJK MNPQ RSTV WXYZ 0000 0000 0000 0000 0000");
}
END_TEST

START_TEST(fingerprint_reads_back_as_people_write_it)
{
	for (int i = 0; i < 300; i++) {
		struct id32 id;
		struct id32 back = { { 0 } };
		rng_fill(&rng, id.b, sizeof(id.b));
		struct fingerprint print = text_fingerprint(&id);
		for (size_t at = 0; print.text[at] != '\0'; at++) {
			char *c = &print.text[at];
			bool change = rng_below(&rng, 2) == 0;
			if (change && *c == '0') {
				*c = "Oo"[rng_below(&rng, 2)];
			} else if (change && *c == '1') {
				*c = "IiLl"[rng_below(&rng, 4)];
			} else if (change && *c == ' ') {
				*c = '-';
			} else if (change && *c >= 'A') {
				*c = (char)(*c | 0x20);
			}
		}
		ck_assert_msg(
		    text_unfingerprint(span_text(print.text), &back) == ERR_OK,
		    "%s", print.text);
		ck_assert(id_equal(&id, &back));
	}
}
END_TEST

/* M4 */
START_TEST(fingerprint_refuses_everything_else)
{
	struct id32 out;
	char text[60];
	memset(text, '0', sizeof(text));
	for (size_t size = 0; size < sizeof(text); size++) {
		ck_assert_int_eq(text_unfingerprint(span_of(text, size), &out),
		    size == 52 ? ERR_OK : ERR_FORMAT);
	}
	static const char bad[] = "Uu!*~=.\n\t@[`{/:\x80";
	for (size_t i = 0; i < sizeof(bad); i++) { /* the NUL too */
		text[20] = bad[i];
		ck_assert_int_eq(
		    text_unfingerprint(span_of(text, 52), &out), ERR_FORMAT);
	}
	text[20] = '0';
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	for (size_t i = 0; i < 32; i++) {
		text[51] = alphabet[i];
		ck_assert_int_eq(text_unfingerprint(span_of(text, 52), &out),
		    i % 16 == 0 ? ERR_OK : ERR_FORMAT);
	}
}
END_TEST

START_TEST(armour_has_its_form_and_reads_back)
{
	struct buf out = { 0 };
	struct buf back = { 0 };
	ck_assert_int_eq(
	    text_armour("QSG CARD", span_text("foobar"), &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out),
	    "-----BEGIN QSG CARD-----\nZm9vYmFy\n-----END QSG CARD-----\n");
	uint8_t bytes[400];
	for (size_t size = 0; size < sizeof(bytes); size++) {
		rng_fill(&rng, bytes, size);
		buf_reset(&out);
		buf_reset(&back);
		ck_assert_int_eq(
		    text_armour("X", span_of(bytes, size), &out), ERR_OK);
		ck_assert_int_eq(
		    text_unarmour("X", buf_span(&out), size, &back), ERR_OK);
		ck_assert(span_equal(buf_span(&back), span_of(bytes, size)));
		if (size > 0) {
			buf_reset(&back);
			ck_assert_int_eq(
			    text_unarmour("X", buf_span(&out), size - 1, &back),
			    ERR_LIMIT);
			ck_assert_uint_eq(back.size, 0);
		}
	}
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

#define BEGIN "-----BEGIN X-----\n"
#define END "-----END X-----\n"

START_TEST(armour_ignores_what_stands_around_it)
{
	static const char *const good[] = {
		BEGIN "Zm9vYmFy\n" END,
		"Dear all,\n\n" BEGIN "\nZm9v\n\nYmFy\n" END "Regards\n",
		"-----BEGIN X-----\r\nZm9v\r\nYmFy\r\n-----END X-----\r\n",
		BEGIN "Zm9vYmFy\n-----END X-----",
		"-----BEGIN Y-----\nno\n-----END Y-----\n" BEGIN
		"Zm9vYmFy\n" END,
		END BEGIN "Zm9vYmFy\n" END END,
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf out = { 0 };
		ck_assert_msg(
		    text_unarmour("X", span_text(good[i]), 100, &out) == ERR_OK,
		    "case %zu: %s", i, err_text());
		ck_assert_str_eq(buf_text(&out), "foobar");
		buf_clear(&out);
	}
}
END_TEST

/* M18 */
START_TEST(armour_refuses_what_is_not_one_block)
{
	static const char *const bad[] = { "", "Zm9v", BEGIN, BEGIN "Zm9v\n",
		BEGIN BEGIN "Zm9v\n" END, BEGIN "Zm9v\n" END BEGIN "Zm9v\n" END,
		BEGIN "Zm9v\n" END BEGIN, BEGIN "Zm9\n" END,
		BEGIN "Zm 9v\n" END, BEGIN "Zg==\nZg==\n" END,
		BEGIN "Zm9v\n-----END Y-----\n",
		"-----BEGIN XX-----\nZm9v\n" END, "-----BEGIN X-----Zm9v\n" END,
		BEGIN "hash: x\n\nZm9v\n" END };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct buf out = { 0 };
		ck_assert_msg(text_unarmour("X", span_text(bad[i]), 100,
				  &out) == ERR_FORMAT,
		    "case %zu", i);
		ck_assert_uint_eq(out.size, 0);
		buf_clear(&out);
	}
}
END_TEST

static bool token(const char *text)
{
	return text_is_token(span_text(text));
}

START_TEST(tokens_are_lower_case_words)
{
	ck_assert(token("a"));
	ck_assert(token("good-practice"));
	ck_assert(token("9-9"));
	ck_assert(token("a--b"));
	ck_assert(token("0123456789012345678901234567890123456789"));
	ck_assert(!token("01234567890123456789012345678901234567890"));
	ck_assert(!token(""));
	ck_assert(!token("-a"));
	ck_assert(!token("a-"));
	ck_assert(!token("-"));
	ck_assert(!token("A"));
	ck_assert(!token("a_b"));
	ck_assert(!token("a b"));
	ck_assert(!token("\xC3\xA9"));
	ck_assert(!text_is_token(span_of("a\0b", 3)));
}
END_TEST

START_TEST(codes_are_told_by_their_form)
{
	ck_assert(text_is_ods(span_text("RJ7")));
	ck_assert(text_is_ods(span_text("RJ701234")));
	ck_assert(text_is_ods(span_text("000")));
	ck_assert(!text_is_ods(span_text("RJ")));
	ck_assert(!text_is_ods(span_text("RJ7012345")));
	ck_assert(!text_is_ods(span_text("rj7")));
	ck_assert(!text_is_ods(span_text("R-7")));
	ck_assert(text_is_local_code(span_text("local:healthwatch/merton")));
	ck_assert(text_is_local_code(span_text("local:a")));
	ck_assert(!text_is_local_code(span_text("local:")));
	ck_assert(!text_is_local_code(span_text("local:A")));
	ck_assert(!text_is_local_code(span_text("Local:a")));
	ck_assert(!text_is_local_code(span_text("healthwatch/merton")));
	char text[80] = "local:";
	memset(text + 6, 'a', 61);
	ck_assert(!text_is_local_code(span_of(text, 67)));
	ck_assert(text_is_local_code(span_of(text, 66)));
}
END_TEST

Suite *test_text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, hex_is_lower_case_and_reads_either_case);
	tcase_add_test(tcase, unhex_refuses_other_lengths_and_characters);
	tcase_add_test(tcase, base64_knows_the_vectors_of_rfc_4648);
	tcase_add_test(tcase, base64_survives_the_round_trip);
	tcase_add_test(tcase, base64_is_read_strictly);
	tcase_add_test(tcase, fingerprint_is_crockford_in_fours);
	tcase_add_test(tcase, fingerprint_reads_back_as_people_write_it);
	tcase_add_test(tcase, fingerprint_refuses_everything_else);
	tcase_add_test(tcase, armour_has_its_form_and_reads_back);
	tcase_add_test(tcase, armour_ignores_what_stands_around_it);
	tcase_add_test(tcase, armour_refuses_what_is_not_one_block);
	tcase_add_test(tcase, tokens_are_lower_case_words);
	tcase_add_test(tcase, codes_are_told_by_their_form);
	suite_add_tcase(suite, tcase);
	return suite;
}
