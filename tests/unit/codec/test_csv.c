#include "codec/csv.h"

#include "base/rng.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

Suite *test_csv_suite(void);

/* Writes what is read as `line:field|field;`. */
static enum err show(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct buf *out = context;
	enum err err = buf_printf(out, "%lu:", line);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = i > 0 ? buf_u8(out, '|') : ERR_OK;
		if (err == ERR_OK) {
			err = buf_append(out, fields[i]);
		}
	}
	return err == ERR_OK ? buf_u8(out, ';') : err;
}

struct text_case {
	const char *in;
	const char *out;
};

static const struct text_case good[] = {
	{ "", "" },
	{ "a,b\nc,d\n", "1:a|b;2:c|d;" },
	{ "a,b\nc,d", "1:a|b;2:c|d;" },
	{ "a,b\r\nc,d\r\n", "1:a|b;2:c|d;" },
	{ "\xEF\xBB\xBF"
	  "a\n",
	    "1:a;" },
	{ "\xEF\xBB\xBF\"a\"\n", "1:a;" },
	{ "\n\n\r\na\n\n\nb\n\n", "4:a;7:b;" },
	{ "a,,c\n,\n", "1:a||c;2:|;" },
	{ "\"\"\n", "1:;" },
	{ "\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;" },
	{ "\"two\nlines\",x\nnext\n", "1:two\nlines|x;3:next;" },
	{ "\"two\r\nlines\",x\r\nnext\r\n", "1:two\r\nlines|x;3:next;" },
	{ "\"a\n\n\nb\"\nnext\n", "1:a\n\n\nb;5:next;" },
	{ "a\n\"\n\"\nb\n", "1:a;2:\n;4:b;" },
	{ " a , b \n", "1: a | b ;" },
	{ "\" a \"\n", "1: a ;" },
	{ "\t\n", "1:\t;" },
	{ "a;b\n", "1:a;b;" },
	{ "caf\xC3\xA9,\xE2\x82\xAC\n", "1:caf\xC3\xA9|\xE2\x82\xAC;" },
	{ "a\rb\r\nc\n", "1:a;2:b;3:c;" },
	{ "=1+1,'x'\n", "1:=1+1|'x';" },
	{ "\"a\"", "1:a;" },
	{ "a,", "1:a|;" },
};

START_TEST(rows_and_their_lines_are_read)
{
	struct buf out = { 0 };
	ck_assert_msg(csv_read(span_text(good[_i].in), show, &out) == ERR_OK,
	    "%s: %s", good[_i].in, err_text());
	ck_assert_str_eq(buf_text(&out), good[_i].out);
	buf_clear(&out);
}
END_TEST

static const struct text_case bad[] = {
	{ "a\n\"open\nb\nc\n", "line 2:" },
	{ "a\nb\"c\n", "line 2:" },
	{ "a\n\nx,\"b\"c\n", "line 3:" },
	{ "\"a\" ,b\n", "line 1:" },
	{ "a\nb\n\"", "line 3:" },
	{ "a\nb\xFF\n", "line 2:" },
	{ "\"a\n\xC3\n\"", "line 2:" },
	{ "a\nb,\xEF\xBB\n", "line 2:" },
};

START_TEST(what_is_no_csv_is_refused_by_line)
{
	struct buf out = { 0 };
	ck_assert_int_eq(
	    csv_read(span_text(bad[_i].in), show, &out), ERR_INPUT);
	ck_assert_msg(strncmp(err_text(), bad[_i].out, 7) == 0, "%s: %s",
	    bad[_i].in, err_text());
	buf_clear(&out);
}
END_TEST

START_TEST(a_nul_is_refused)
{
	struct buf out = { 0 };
	ck_assert_int_eq(csv_read(span_of("a\0b\n", 4), show, &out), ERR_INPUT);
	buf_clear(&out);
}
END_TEST

START_TEST(a_row_has_at_most_256_fields)
{
	struct buf out = { 0 };
	char text[257];
	memset(text, ',', sizeof(text));
	text[255] = '\n';
	ck_assert_int_eq(csv_read(span_of(text, 256), show, &out), ERR_OK);
	text[255] = ',';
	text[256] = '\n';
	ck_assert_int_eq(csv_read(span_of(text, 257), show, &out), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 1:"));
	buf_clear(&out);
}
END_TEST

static enum err stop_at_second(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	unsigned int *seen = context;
	(void)fields;
	(void)count;
	(*seen)++;
	return line == 2 ? err_set(ERR_DENIED, "stop") : ERR_OK;
}

START_TEST(a_refused_row_stops_the_reading)
{
	unsigned int seen = 0;
	ck_assert_int_eq(
	    csv_read(span_text("a\nb\nc\nd"), stop_at_second, &seen),
	    ERR_DENIED);
	ck_assert_uint_eq(seen, 2);
	seen = 0;
	ck_assert_int_eq(
	    csv_read(span_text("a\nb"), stop_at_second, &seen), ERR_DENIED);
	ck_assert_str_eq(err_text(), "stop");
	ck_assert_uint_eq(seen, 2);
}
END_TEST

START_TEST(append_quotes_where_needed)
{
	struct buf out = { 0 };
	struct span fields[] = { span_text("plain"), span_text("a,b"),
		span_text("say \"hi\""), span_text("two\nlines"),
		span_text("cr\r"), span_text(" x"), span_text(""),
		span_text("caf\xC3\xA9") };
	ck_assert_int_eq(csv_append(fields, 8, &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out),
	    "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"cr\r\",\" x\""
	    ",,caf\xC3\xA9\n");
	buf_reset(&out);
	ck_assert_int_eq(csv_append(&fields[6], 1, &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out), "\"\"\n");
	buf_clear(&out);
}
END_TEST

enum { FIELDS = 6, PIECES = 9 };

struct expected {
	struct span fields[FIELDS];
	size_t count;
	unsigned int rows;
};

static enum err compare(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct expected *expected = context;
	(void)line;
	expected->rows++;
	ck_assert_uint_eq(count, expected->count);
	for (size_t i = 0; i < count; i++) {
		ck_assert(span_equal(fields[i], expected->fields[i]));
	}
	return ERR_OK;
}

START_TEST(what_is_appended_reads_back)
{
	static const char *const pieces[PIECES] = { "a", ",", "\"", "\n", "\r",
		" ", "\xC3\xA9", "\r\n", "=" };
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 9);
	for (int i = 0; i < 5000; i++) {
		char text[FIELDS][16];
		struct expected expected = { .rows = 0 };
		struct buf out = { 0 };
		expected.count = 1 + (size_t)rng_below(&rng, FIELDS);
		for (size_t f = 0; f < expected.count; f++) {
			size_t size = 0;
			for (uint64_t n = rng_below(&rng, 6); n > 0; n--) {
				const char *piece =
				    pieces[rng_below(&rng, PIECES)];
				memcpy(text[f] + size, piece, strlen(piece));
				size += strlen(piece);
			}
			expected.fields[f] = span_of(text[f], size);
		}
		ck_assert_int_eq(
		    csv_append(expected.fields, expected.count, &out), ERR_OK);
		ck_assert_msg(
		    csv_read(buf_span(&out), compare, &expected) == ERR_OK,
		    "seed 9, round %d: %s", i, buf_text(&out));
		ck_assert_msg(expected.rows == 1, "seed 9, round %d: %s", i,
		    buf_text(&out));
		buf_clear(&out);
	}
}
END_TEST

START_TEST(random_bytes_do_no_harm)
{
	static const char alphabet[] = "ab,\"\n\r \xC3\xA9";
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 10);
	for (int i = 0; i < 20000; i++) {
		char text[24];
		struct buf out = { 0 };
		size_t size = (size_t)rng_below(&rng, sizeof(text));
		for (size_t at = 0; at < size; at++) {
			text[at] =
			    alphabet[rng_below(&rng, sizeof(alphabet) - 1)];
		}
		enum err err = csv_read(span_of(text, size), show, &out);
		ck_assert(err == ERR_OK || err == ERR_INPUT);
		buf_clear(&out);
	}
}
END_TEST

Suite *test_csv_suite(void)
{
	Suite *suite = suite_create("csv");
	TCase *tcase = tcase_create("csv");
	tcase_add_loop_test(tcase, rows_and_their_lines_are_read, 0,
	    (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tcase, what_is_no_csv_is_refused_by_line, 0,
	    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tcase, a_nul_is_refused);
	tcase_add_test(tcase, a_row_has_at_most_256_fields);
	tcase_add_test(tcase, a_refused_row_stops_the_reading);
	tcase_add_test(tcase, append_quotes_where_needed);
	tcase_add_test(tcase, what_is_appended_reads_back);
	tcase_add_test(tcase, random_bytes_do_no_harm);
	suite_add_tcase(suite, tcase);
	return suite;
}
