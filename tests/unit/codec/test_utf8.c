#include "codec/utf8.h"

#include "base/rng.h"

#include <check.h>

#include <string.h>

Suite *test_utf8_suite(void);

START_TEST(well_formed_text_is_valid)
{
	static const char *const good[] = { "", "a", "plain text of words",
		"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
		"\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
		"\xF4\x8F\xBF\xBF", "12345678\xC3\xA9 and 12345678 more\x7F",
		"\x01\x1F" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(utf8_valid(span_text(good[i])), "case %zu", i);
	}
}
END_TEST

START_TEST(malformed_text_is_not_valid)
{
	static const char *const bad[] = { "\x80", "\xBF", "\xC0\x80",
		"\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82",
		"\xE2\x82(", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
		"\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
		"\xFE", "12345678\xC3", "\xC3\xA9\xA9" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!utf8_valid(span_text(bad[i])), "case %zu", i);
	}
}
END_TEST

/* At every place of the eight-byte steps. */
START_TEST(one_bad_byte_is_found_anywhere)
{
	char text[40];
	for (size_t size = 1; size < sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			memset(text, 'x', size);
			ck_assert(utf8_valid(span_of(text, size)));
			text[at] = '\0';
			ck_assert(!utf8_valid(span_of(text, size)));
			text[at] = '\x80';
			ck_assert(!utf8_valid(span_of(text, size)));
			text[at] = '\x7F';
			ck_assert(utf8_valid(span_of(text, size)));
		}
	}
}
END_TEST

/* Spelt by bytes: the linters rightly dislike a literal of them. */
static const char override[] = { '\xE2', '\x80', '\xAE', '\0' };
static const char isolates[] = { '\xE2', '\x81', '\xA6', '\xE2', '\x81', '\xA9',
	'\0' };

struct pair {
	const char *in;
	const char *out;
};

typedef enum err (*mapping)(struct span text, struct buf *out);

static void check_pairs(mapping map, const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out = { 0 };
		ck_assert_int_eq(map(span_text(pairs[i].in), &out), ERR_OK);
		ck_assert_msg(
		    span_equal(buf_span(&out), span_text(pairs[i].out)),
		    "case %zu gives %s", i, buf_text(&out));
		buf_clear(&out);
	}
}

START_TEST(nfc_composes)
{
	static const struct pair pairs[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "e\xCC\x81", "\xC3\xA9" },
		{ "\xC3\xA9", "\xC3\xA9" },
		{ "\xE2\x84\xAB", "\xC3\x85" }, /* the Angstrom sign */
		{ "q\xCC\x87\xCC\xA3", "q\xCC\xA3\xCC\x87" }, /* reordered */
		/* a composition exclusion stays apart */
		{ "\xE0\xA5\x98", "\xE0\xA4\x95\xE0\xA4\xBC" },
		/* Hangul */
		{ "\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80" },
		/* compatibility forms stay: no NFKC */
		{ "\xEF\xAC\x81", "\xEF\xAC\x81" },
		{ "\xE2\x80\x8B", "\xE2\x80\x8B" },
	};
	check_pairs(utf8_nfc, pairs, sizeof(pairs) / sizeof(pairs[0]));
}
END_TEST

START_TEST(fold_ignores_case_and_form)
{
	static const struct pair pairs[] = {
		{ "St Helier", "st helier" },
		{ "E\xCC\x81", "\xC3\xA9" },
		{ "\xC3\x89", "\xC3\xA9" },
		{ "Stra\xC3\x9F"
		  "e",
		    "strasse" },
		{ "\xCE\xA3\xCF\x82\xCF\x83", "\xCF\x83\xCF\x83\xCF\x83" },
		{ "", "" },
	};
	check_pairs(utf8_fold, pairs, sizeof(pairs) / sizeof(pairs[0]));
}
END_TEST

START_TEST(nfc_refuses_bad_text_and_leaves_the_buffer)
{
	struct buf out = { 0 };
	ck_assert_int_eq(buf_u8(&out, 'x'), ERR_OK);
	ck_assert_int_eq(utf8_nfc(span_text("a\xFF"), &out), ERR_INPUT);
	ck_assert_int_eq(utf8_nfc(span_of("a\0b", 3), &out), ERR_INPUT);
	ck_assert_int_eq(utf8_fold(span_text("a\xFF"), &out), ERR_INPUT);
	ck_assert_uint_eq(out.size, 1);
	buf_clear(&out);
}
END_TEST

static struct buf some_text(const struct rng *rng)
{
	static const char *const pieces[] = { "a", "E", "\xCC\x81", "\xCC\xA3",
		"\xC3\xA9", "\xE1\x84\x80", "\xE1\x85\xA1", "\xE1\x86\xA8",
		"\xF0\x9F\x98\x80", "\xE2\x84\xAB", " ", "\xC3\x9F", "\\",
		"x1b", "u{1}", "\x1B", "\n", override, "\xFF" };
	struct buf out = { 0 };
	for (uint64_t n = rng_below(rng, 12); n > 0; n--) {
		const char *piece = pieces[rng_below(rng, 18)];
		ck_assert_int_eq(buf_append(&out, span_text(piece)), ERR_OK);
	}
	return out;
}

START_TEST(normalising_twice_changes_nothing)
{
	static const mapping maps[] = { utf8_nfc, utf8_fold };
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 6);
	for (int i = 0; i < 5000; i++) {
		struct buf in = some_text(&rng);
		struct buf once = { 0 };
		struct buf twice = { 0 };
		mapping map = maps[i % 2];
		ck_assert_int_eq(map(buf_span(&in), &once), ERR_OK);
		ck_assert_int_eq(map(buf_span(&once), &twice), ERR_OK);
		ck_assert_msg(span_equal(buf_span(&once), buf_span(&twice)),
		    "seed 6, round %d", i);
		buf_clear(&in);
		buf_clear(&once);
		buf_clear(&twice);
	}
}
END_TEST

static void check_escape(
    const char *in, bool keep_lines, bool ascii, const char *want)
{
	struct buf out = { 0 };
	ck_assert_int_eq(
	    utf8_escape(span_text(in), keep_lines, ascii, &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out), want);
	buf_clear(&out);
}

START_TEST(escape_takes_the_sting_out)
{
	static const struct pair pairs[] = {
		{ "plain text, \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 stays",
		    "plain text, \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 stays" },
		{ "\x1B[31mred\x7F", "\\x1b[31mred\\x7f" },
		{ "a\nb\tc\r", "a\\x0ab\\x09c\\x0d" },
		{ "\xC2\x9B"
		  "31m",
		    "\\u{009b}31m" },
		{ override, "\\u{202e}" }, /* right-to-left override */
		{ isolates, "\\u{2066}\\u{2069}" },
		{ "\xE2\x80\x8B\xE2\x80\x8D\xEF\xBB\xBF",
		    "\\u{200b}\\u{200d}\\u{feff}" },
		{ "\xC2\xAD", "\\u{00ad}" }, /* soft hyphen */
		{ "\xE2\x80\xA8\xE2\x80\xA9", "\\u{2028}\\u{2029}" },
		{ "\xEE\x80\x80\xF3\xB0\x80\x80", "\\u{e000}\\u{f0000}" },
		{ "\xF3\xA0\x81\x81", "\\u{e0041}" }, /* a tag */
		{ "\xE3\x85\xA4", "\\u{3164}" },      /* Hangul filler */
		{ "\xEF\xBF\xBE", "\\u{fffe}" },      /* no character */
		{ "\xEF\xB8\x8F", "\\u{fe0f}" },      /* variation */
		{ "\xFF\xC3(\xE2\x82", "\\xff\\xc3(\\xe2\\x82" },
		{ "\xED\xA0\x80", "\\xed\\xa0\\x80" },
		{ "e\xCC\x81", "e\xCC\x81" }, /* an accent is none of these */
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		check_escape(pairs[i].in, false, false, pairs[i].out);
	}
	check_escape("a\nb\tc\r", true, false, "a\nb\tc\\x0d");
	check_escape("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", false, true,
	    "\\u{00e9}\\u{20ac}\\u{1f600}");
	struct buf out = { 0 };
	ck_assert_int_eq(
	    utf8_escape(span_of("a\0b", 3), true, false, &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out), "a\\x00b");
	buf_clear(&out);
}
END_TEST

START_TEST(escape_doubles_only_backslashes_that_mislead)
{
	static const struct pair pairs[] = {
		{ "C:\\users\\xavier\\new", "C:\\users\\xavier\\new" },
		{ "\\x1b", "\\\\x1b" },
		{ "\\u{202e}", "\\\\u{202e}" },
		{ "\\\\x1b", "\\\\\\\\x1b" },
		{ "\\\x1B", "\\\\\\x1b" },
		{ "\\", "\\" },
		{ "\\x1", "\\x1" },
		{ "\\u202e", "\\u202e" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		check_escape(pairs[i].in, false, false, pairs[i].out);
	}
}
END_TEST

static unsigned int hex_value(uint8_t byte)
{
	return (unsigned int)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
}

/* Reads escapes back: whatever a person sees stands for one text only. Only
 * the escapes that the text's alphabet above gives are known here. */
static struct buf unescape(struct span in)
{
	struct buf out = { 0 };
	const uint8_t *at = in.data;
	const uint8_t *end = in.size > 0 ? in.data + in.size : in.data;
	while (at < end) {
		size_t left = (size_t)(end - at);
		enum err err = ERR_OK;
		if (left >= 2 && memcmp(at, "\\\\", 2) == 0) {
			err = buf_u8(&out, '\\');
			at += 2;
		} else if (left >= 4 && memcmp(at, "\\x", 2) == 0) {
			err = buf_u8(&out, (uint8_t)(hex_value(at[2]) << 4 |
						     hex_value(at[3])));
			at += 4;
		} else if (left >= 8 && memcmp(at, "\\u{202e}", 8) == 0) {
			err = buf_append(&out, span_text(override));
			at += 8;
		} else {
			err = buf_u8(&out, *at++);
		}
		ck_assert_int_eq(err, ERR_OK);
	}
	return out;
}

START_TEST(escaped_text_is_safe_and_reads_back)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 7);
	for (int i = 0; i < 5000; i++) {
		struct buf in = some_text(&rng);
		struct buf out = { 0 };
		if (rng_below(&rng, 2) == 0) {
			ck_assert_int_eq(buf_u8(&in, 0xFF), ERR_OK);
		}
		ck_assert_int_eq(
		    utf8_escape(buf_span(&in), false, false, &out), ERR_OK);
		ck_assert(utf8_valid(buf_span(&out)));
		for (size_t at = 0; at < out.size; at++) {
			ck_assert_uint_ge(out.data[at], 0x20);
		}
		struct buf back = unescape(buf_span(&out));
		ck_assert_msg(span_equal(buf_span(&in), buf_span(&back)),
		    "seed 7, round %d: %s", i, buf_text(&out));
		buf_clear(&in);
		buf_clear(&out);
		buf_clear(&back);
	}
}
END_TEST

static bool alike(const char *a, const char *b)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	ck_assert_int_eq(utf8_skeleton(span_text(a), &first), ERR_OK);
	ck_assert_int_eq(utf8_skeleton(span_text(b), &second), ERR_OK);
	bool same = span_equal(buf_span(&first), buf_span(&second));
	buf_clear(&first);
	buf_clear(&second);
	return same;
}

START_TEST(names_that_can_be_taken_for_each_other_have_one_skeleton)
{
	struct buf out = { 0 };
	ck_assert(alike("South London", "SOUTH  london"));
	ck_assert(alike("South London", "South-London."));
	ck_assert(alike("South London", "S\xd0\xbeuth London")); /* Cyrillic */
	ck_assert(alike("Patch", "\xce\xa1"
				 "atch")); /* Greek */
	ck_assert(alike("London", "L0nd0n"));
	ck_assert(alike("London", "\xef\xbc\xac"
				  "ondon")); /* full width */
	ck_assert(alike("Caf\xc3\xa9", "Cafe"));
	ck_assert(alike("London", "Lon\xe2\x80\x8b"
				  "don")); /* zero width */
	ck_assert(alike("Ilford", "llford"));
	ck_assert(!alike("South London", "North London"));
	ck_assert(!alike("Kent", "Kent 2"));
	ck_assert_int_eq(utf8_skeleton(span_of("\xff", 1), &out), ERR_INPUT);
	buf_clear(&out);
}
END_TEST

Suite *test_utf8_suite(void)
{
	Suite *suite = suite_create("utf8");
	TCase *tcase = tcase_create("utf8");
	tcase_add_test(tcase, well_formed_text_is_valid);
	tcase_add_test(tcase, malformed_text_is_not_valid);
	tcase_add_test(tcase, one_bad_byte_is_found_anywhere);
	tcase_add_test(tcase, nfc_composes);
	tcase_add_test(tcase, fold_ignores_case_and_form);
	tcase_add_test(tcase, nfc_refuses_bad_text_and_leaves_the_buffer);
	tcase_add_test(tcase, normalising_twice_changes_nothing);
	tcase_add_test(tcase, escape_takes_the_sting_out);
	tcase_add_test(tcase, escape_doubles_only_backslashes_that_mislead);
	tcase_add_test(tcase, escaped_text_is_safe_and_reads_back);
	tcase_add_test(
	    tcase, names_that_can_be_taken_for_each_other_have_one_skeleton);
	suite_add_tcase(suite, tcase);
	return suite;
}
