#include "domain/guard.h"

#include "base/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_guard_suite(void);

/* What must be found stands between { and }, which are taken out before the
 * scan. NHS numbers are of the range 999, which is never given out. */
struct positive {
	enum guard_kind kind;
	const char *text;
};

static const struct positive positives[] = {
	{ GUARD_NHS_NUMBER, "{9990000018}" },
	{ GUARD_NHS_NUMBER, "patient {999 007 9196} fell" },
	{ GUARD_NHS_NUMBER, "NHS no. {999-023-7573}." },
	{ GUARD_NHS_NUMBER, "NHS{9990316767}" },
	{ GUARD_NHS_NUMBER, "nhs:{9990395950};" },
	{ GUARD_NHS_NUMBER, "on ward 4 {999 047 5148} today" },
	{ GUARD_NHS_NUMBER, "{999 055 4331} 12 others" },
	{ GUARD_NHS_NUMBER, "({9990633525})" },
	{ GUARD_NHS_NUMBER, "{999  071  2719}" },
	{ GUARD_NHS_NUMBER, "{999 - 079 - 1902}" },
	{ GUARD_NHS_NUMBER, "{999.087.1094}" },
	{ GUARD_NHS_NUMBER, "line one\nline two {9990950288}\n" },
	{ GUARD_NHS_NUMBER, "{999\n102\n9478}" },
	{ GUARD_NHS_NUMBER, "{9 9 9 1 1 0 8 6 6 1}" },
	{ GUARD_NHS_NUMBER, "{99911 87855}" },
	{ GUARD_NHS_NUMBER, "seen: {9991 267 042}." },
	{ GUARD_NHS_NUMBER, "{999 1346 236}, 3 times" },
	{ GUARD_NHS_NUMBER, "{9991504613}'s family" },
	{ GUARD_NHS_NUMBER, "\xef\xbc\x9a{\xef\xbc\x99\xef\xbc\x99\xef\xbc\x99"
			    "1583807}" },
	{ GUARD_NHS_NUMBER, "no\xc2\xa0{999\xc2\xa0"
			    "166\xc2\xa0"
			    "2995}" },
	{ GUARD_NHS_NUMBER, "{999\xe2\x80\x93"
			    "174\xe2\x80\x93"
			    "2182}" },
	{ GUARD_NHS_NUMBER, "{99918\xe2\x80\x8b"
			    "21376}" },
	{ GUARD_NHS_NUMBER, "{\xd9\xa9\xd9\xa9\xd9\xa9"
			    "1979751}" },
	{ GUARD_NHS_NUMBER, "stray \xff\xfe bytes {9992058943}" },
	{ GUARD_GMC_NUMBER, "GMC {7654321}" },
	{ GUARD_GMC_NUMBER, "GMC number: {1234567}" },
	{ GUARD_GMC_NUMBER, "the consultant (gmc ref. no. {7012345}) said" },
	{ GUARD_GMC_NUMBER, "General Medical Council reference {7012346}" },
	{ GUARD_GMC_NUMBER, "Dr X, {7012347} (GMC)" },
	{ GUARD_GMC_NUMBER, "GMC no C{7012348}" },
	{ GUARD_NMC_PIN, "NMC PIN {98I1234E}" },
	{ GUARD_NMC_PIN, "nmc: {12a3456w}" },
	{ GUARD_NMC_PIN, "her PIN is {07 B 1234 E}" },
	{ GUARD_NMC_PIN, "{15C0123O} is on the NMC register" },
	{ GUARD_NMC_PIN, "staff nurse {93A1234E}" },
	{ GUARD_BIRTH_DATE, "DOB {03/03/1971}" },
	{ GUARD_BIRTH_DATE, "d.o.b. {3.3.71}" },
	{ GUARD_BIRTH_DATE, "D O B: {03-03-71}" },
	{ GUARD_BIRTH_DATE, "date of birth {1971-03-03}" },
	{ GUARD_BIRTH_DATE, "Date-of-birth: {03 03 1971}" },
	{ GUARD_BIRTH_DATE, "born {3 March 1971} in Leeds" },
	{ GUARD_BIRTH_DATE, "born on the {3rd of March 1971}" },
	{ GUARD_BIRTH_DATE, "birthday: {March 3rd 1971}" },
	{ GUARD_BIRTH_DATE, "Birthday {March 3, 1971}" },
	{ GUARD_BIRTH_DATE, "birthdate {3-Mar-71}" },
	{ GUARD_BIRTH_DATE, "born {03/25/1971} (American)" },
	{ GUARD_BIRTH_DATE, "{12 Sept. 1950} (date of birth)" },
	{ GUARD_BIRTH_DATE, "dob{03031971}" },
	{ GUARD_BIRTH_DATE, "DoB = {19710303}" },
	{ GUARD_BIRTH_DATE, "born {3 Mar \xe2\x80\x99"
			    "71}" },
	{ GUARD_POSTCODE, "lives at {SW1A 1AA}" },
	{ GUARD_POSTCODE, "{M1 1AE}" },
	{ GUARD_POSTCODE, "{CR2 6XH}, {DN55 1PT}" },
	{ GUARD_POSTCODE, "({W1A 0AX})" },
	{ GUARD_POSTCODE, "postcode {EC1A1BB}." },
	{ GUARD_POSTCODE, "near {sw1a 2aa}" },
	{ GUARD_POSTCODE, "{e16an}" },
	{ GUARD_POSTCODE, "{E161AN}" },
	{ GUARD_POSTCODE, "{B33  8TH}" },
	{ GUARD_POSTCODE, "{LS1-4AP}" },
	{ GUARD_POSTCODE, "{Sw19 5AE}" },
	{ GUARD_POSTCODE, "{AB12 3CD}" },
	{ GUARD_POSTCODE, "{M13\n9WL}" },
	{ GUARD_POSTCODE, "{\xef\xbc\xad"
			  "13 9WL}" },
	{ GUARD_EMAIL, "write to {a.smith@nhs.net} please" },
	{ GUARD_EMAIL, "<{First.Last+tag@trust.nhs.uk}>" },
	{ GUARD_EMAIL, "mailto:{x_1@example.com}." },
	{ GUARD_EMAIL, "{o'neil@a-b.example.org}, and" },
	{ GUARD_EMAIL, "{J\xc3\xb6rg@example.de}" },
	{ GUARD_EMAIL, "{ann\xef\xbc\xa0nhs.net}" },
	{ GUARD_PHONE, "call {0161 496 0000}" },
	{ GUARD_PHONE, "{01614960000}" },
	{ GUARD_PHONE, "{(0161) 496 0001}" },
	{ GUARD_PHONE, "tel. {01632 960 001}" },
	{ GUARD_PHONE, "mobile {07700 900123}" },
	{ GUARD_PHONE, "{07700-900-123}" },
	{ GUARD_PHONE, "{+44 7700 900123}" },
	{ GUARD_PHONE, "{+44 (0)20 7946 0958}" },
	{ GUARD_PHONE, "{+442079460958}" },
	{ GUARD_PHONE, "{0044 20 7946 0958}" },
	{ GUARD_PHONE, "{(+44) 7700 900 125}" },
	{ GUARD_PHONE, "{020 7946 0958} or {020.7946.0959}" },
	{ GUARD_PHONE, "Tel:{0800 123456}" },
	{ GUARD_PHONE, "orders {0845 7 023474}" },
	{ GUARD_PHONE, "in bay 2 {0113 496 0000}" },
	{ GUARD_PHONE, "{\xef\xbc\x8b"
		       "44 7700 900125}" },
};

static const char *const negatives[] = {
	"",
	" ",
	"Three families this month describe call bells unanswered at night",
	"9990000019", /* wrong check digit */
	"999 000 0019",
	"999-000-0010",
	"99900000181", /* eleven digits */
	"19990000018", /* part of a longer run */
	"999000001",
	"0000000000",
	"000 000 0000",
	"0.9990000018",
	"9990000018.5",
	"a share of 0.99900000180",
	"e3b9990000018c4", /* a mix, as in hexadecimal */
	"12 99911 87855",
	"99911 87855 3", /* rows of figures */
	"1 9 9 9 1 1 0 8 6 6 1",
	"attendances 21289 2879 5060",
	"12,765 rows and 274 organisations",
	"2013-01-31 and 2014-02-28",
	"record 5f0c9e6b1d2a",
	"7654321", /* no context */
	"7654321 attendances",
	"the GMC has 7 members and 12345678 pounds",
	"GMC 123456",
	"GMC 12345678",
	"GMC 1.2345678",
	"GMC report; and long after it, at the very end of a sentence, 7654321",
	"GMCX 7654321",
	"the agmc 7654321",
	"98I1234E",
	"code 12A3456B of the product",
	"NMC 98I12345",
	"NMC 981234E",
	"PIN 1234",
	"pinned 98I1234E",
	"inspected on 3 March 2013",
	"03/03/2013",
	"reborn: 31/31/1971",
	"stillborn rates since 01/04/2012",
	"born in March 1971",
	"born in 1971",
	"born 45/13/1971",
	"born 3.3",
	"dob unknown",
	"born 3/3/1",
	"born at 12.30",
	"a baby born there. Everything else was inspected on 3 March 2013",
	"the newborn unit opened on 3 March 2013",
	"RAL 1",
	"A E 3",
	"A&E 3",
	"RF4 and R1H, 5QT",
	"RAL RF4 07M",
	"E84012 and M85001",
	"RA2 5QT",
	"B1 2nd floor",
	"ward b1 1st floor",
	"postcode district SW1A",
	"SW1A 1",
	"SW1",
	"1AA",
	"XX1 1AA",
	"QW1 1AA",
	"SW1A 1AAA",
	"ASW1A 1AA",
	"N1 23",
	"ab12 3cd",
	"L1 2CM",
	"Y60",
	"QOP",
	"H1 2AB",
	"Q1 2ND",
	"MRSA 2 4AB",
	"at the ward @ night",
	"@nhs",
	"user@localhost",
	"a@b",
	"a@b.c",
	"@b.com",
	"1@2.3",
	"mail@",
	"cost @ 3.50 each",
	"012345",
	"0123 456",
	"call 111 or 999",
	"0800 1111",
	"extension 01234",
	"\xc2\xa3 1,234,567",
	"01/02/2013 to 03/04/2013",
	"01-02-2013 14:30",
	"0161 4 9 60000",
	"2013-04-05 0930",
	"0.1234567891",
	"00123456789",
	"04123456789",
	"06123456789",
	"0161 496 00000000000",
	"+1 212 555 0100",
	"+4 77",
	"44 patients",
	"07 03 2013 1 2 3",
	"0 1 2 3 4 5 6 7",
	"12 01 614 960",
	"\xff\xfe\xfd",
	"\xf0\x9f\x98\x80 good practice",
};

#define POSITIVES (sizeof positives / sizeof positives[0])
#define NEGATIVES (sizeof negatives / sizeof negatives[0])

struct marked {
	char text[256];
	size_t size;
	struct guard_finding expected[4];
	size_t count;
};

static void unmark(const char *text, struct marked *out)
{
	memset(out, 0, sizeof *out);
	for (; *text != '\0'; text++) {
		if (*text == '{')
			out->expected[out->count].offset = out->size;
		else if (*text == '}') {
			out->expected[out->count].size =
			    out->size - out->expected[out->count].offset;
			out->count++;
		} else
			out->text[out->size++] = *text;
	}
}

static struct guard_findings scan(const char *text, size_t size)
{
	struct guard_findings findings = { 0 };

	ck_assert_int_eq(guard_scan(span_of(text, size), &findings), ERR_OK);
	return findings;
}

START_TEST(every_identifier_is_found_where_it_stands)
{
	const struct positive *now = &positives[_i];
	struct guard_findings found;
	struct marked marked;

	unmark(now->text, &marked);
	ck_assert_uint_ge(marked.count, 1);
	found = scan(marked.text, marked.size);
	ck_assert_msg(found.count == marked.count, "%zu findings in: %s",
	    found.count, now->text);
	for (size_t i = 0; i < found.count; i++) {
		ck_assert_msg(found.items[i].kind == now->kind, "%s in: %s",
		    guard_kind_token(found.items[i].kind), now->text);
		ck_assert_msg(
		    found.items[i].offset == marked.expected[i].offset &&
			found.items[i].size == marked.expected[i].size,
		    "%zu+%zu in: %s", found.items[i].offset,
		    found.items[i].size, now->text);
	}
	guard_findings_clear(&found);
}
END_TEST

START_TEST(nothing_is_found_in_ordinary_text)
{
	const char *text = negatives[_i];
	struct guard_findings found = scan(text, strlen(text));

	ck_assert_msg(found.count == 0, "%s in: %s",
	    found.count == 0 ? "" : guard_kind_token(found.items[0].kind),
	    text);
	guard_findings_clear(&found);
}
END_TEST

START_TEST(the_tables_are_large_enough)
{
	size_t of_kind[GUARD_KIND_COUNT] = { 0 };

	ck_assert_uint_ge(POSITIVES, 60);
	ck_assert_uint_ge(NEGATIVES, 60);
	for (size_t i = 0; i < POSITIVES; i++)
		of_kind[positives[i].kind]++;
	for (size_t i = 0; i < GUARD_KIND_COUNT; i++)
		ck_assert_uint_ge(of_kind[i], 5);
}
END_TEST

/* A number of the test range, with its check digit; false when the first nine
 * digits have none. */
static bool test_number(const struct rng *rng, char out[11])
{
	int written = 0;
	unsigned sum = 0;

	written =
	    snprintf(out, 11, "999%06u0", (unsigned)rng_below(rng, 1000000));
	ck_assert_int_eq(written, 10);
	for (unsigned i = 0; i < 9; i++)
		sum += (unsigned)(out[i] - '0') * (10 - i);
	out[9] = (char)('0' + (11 - sum % 11) % 11);
	return (11 - sum % 11) % 11 != 10;
}

START_TEST(only_the_right_check_digit_of_ten_is_taken)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 20130101);
	char number[11] = { 0 };

	for (int round = 0; round < 200; round++) {
		bool exists = test_number(&rng, number);
		char right = number[9];

		for (int digit = '0'; digit <= '9'; digit++) {
			struct guard_findings found;

			number[9] = (char)digit;
			found = scan(number, 10);
			ck_assert_msg(
			    found.count == (exists && digit == right ? 1 : 0),
			    "%s", number);
			guard_findings_clear(&found);
		}
	}
}
END_TEST

static void append(struct marked *out, const char *text)
{
	size_t size = strlen(text);

	ck_assert_uint_lt(out->size + size, sizeof out->text);
	memcpy(out->text + out->size, text, size);
	out->size += size;
}

/* Filler of several widths and lines around a number, its place noted. */
static void compose(const struct rng *rng, struct marked *out)
{
	static const char *const fillers[] = { "ward ", "\n", "caf\xc3\xa9 ",
		"\xf0\x9f\x98\x80 ", "- ", "\xe2\x80\x8b", "falls; ", "\t", "(",
		"\xc2\xa0" };
	static const char *const gaps[] = { "", " ", "-", "\xc2\xa0",
		"\xe2\x80\x93" };
	char number[11] = { 0 };
	const char *gap = gaps[rng_below(rng, 5)];
	char part[5];

	memset(out, 0, sizeof *out);
	for (uint64_t n = rng_below(rng, 8); n > 0; n--)
		append(out, fillers[rng_below(rng, 10)]);
	while (!test_number(rng, number))
		;
	out->expected[0].offset = out->size;
	for (int i = 0; i < 3; i++) {
		(void)snprintf(part, sizeof part, "%.*s", i == 2 ? 4 : 3,
		    number + (size_t)i * 3);
		append(out, i == 0 ? "" : gap);
		append(out, part);
	}
	out->expected[0].size = out->size - out->expected[0].offset;
	for (uint64_t n = rng_below(rng, 4); n > 0; n--)
		append(out, fillers[rng_below(rng, 10)]);
}

START_TEST(offsets_lines_and_columns_are_right_wherever_a_number_stands)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 7);
	struct marked marked;

	for (int round = 0; round < 2000; round++) {
		struct guard_findings found;
		size_t line = 1;
		size_t column = 1;

		compose(&rng, &marked);
		found = scan(marked.text, marked.size);
		ck_assert_msg(found.count == 1, "seed 7, round %d: %zu in %s",
		    round, found.count, marked.text);
		ck_assert_uint_eq(
		    found.items[0].offset, marked.expected[0].offset);
		ck_assert_uint_eq(found.items[0].size, marked.expected[0].size);
		for (size_t i = 0; i < found.items[0].offset; i++) {
			unsigned char c = (unsigned char)marked.text[i];

			column = c == '\n' ? 1 : column + ((c & 0xc0) != 0x80);
			line += c == '\n';
		}
		ck_assert_uint_eq(found.items[0].line, line);
		ck_assert_uint_eq(found.items[0].column, column);
		guard_findings_clear(&found);
	}
}
END_TEST

START_TEST(random_bytes_give_findings_inside_the_text_and_apart)
{
	static const char alphabet[] = "0123456789 -./()+@aedobrnsw1\n\xc3\xef";
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 11);
	char text[120];

	for (int round = 0; round < 5000; round++) {
		size_t size = (size_t)rng_below(&rng, sizeof text);
		size_t last = 0;
		struct guard_findings found;

		for (size_t i = 0; i < size; i++)
			text[i] =
			    alphabet[rng_below(&rng, sizeof alphabet - 1)];
		found = scan(text, size);
		for (size_t i = 0; i < found.count; i++) {
			ck_assert_uint_ge(found.items[i].offset, last);
			ck_assert_uint_gt(found.items[i].size, 0);
			last = found.items[i].offset + found.items[i].size;
			ck_assert_uint_le(last, size);
		}
		guard_findings_clear(&found);
	}
}
END_TEST

START_TEST(findings_of_several_kinds_come_in_order)
{
	static const char text[] = "a@nhs.net saw 9990000018\nborn 3/3/1971, "
				   "SW1A 1AA, 0161 496 0000";
	static const enum guard_kind kinds[] = { GUARD_EMAIL, GUARD_NHS_NUMBER,
		GUARD_BIRTH_DATE, GUARD_POSTCODE, GUARD_PHONE };
	struct guard_findings found = scan(text, sizeof text - 1);

	ck_assert_uint_eq(found.count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(found.items[i].kind, kinds[i]);
	ck_assert_uint_eq(found.items[2].line, 2);
	ck_assert_uint_eq(found.items[2].column, 6);
	guard_findings_clear(&found);
}
END_TEST

START_TEST(a_second_scan_appends_with_its_own_places)
{
	struct guard_findings found = scan("x 9990000018", 12);

	ck_assert_int_eq(guard_scan(span_text("9990000018"), &found), ERR_OK);
	ck_assert_uint_eq(found.count, 2);
	ck_assert_uint_eq(found.items[0].offset, 2);
	ck_assert_uint_eq(found.items[1].offset, 0);
	ck_assert_uint_eq(found.items[1].line, 1);
	ck_assert_uint_eq(found.items[1].column, 1);
	guard_findings_clear(&found);
	ck_assert_ptr_null(found.items);
}
END_TEST

START_TEST(every_kind_has_a_token_and_a_label)
{
	static const char *const tokens[GUARD_KIND_COUNT] = {
		[GUARD_NHS_NUMBER] = "nhs-number",
		[GUARD_GMC_NUMBER] = "gmc-number",
		[GUARD_NMC_PIN] = "nmc-pin",
		[GUARD_BIRTH_DATE] = "birth-date",
		[GUARD_POSTCODE] = "postcode",
		[GUARD_EMAIL] = "email",
		[GUARD_PHONE] = "phone",
	};

	for (int kind = 0; kind < GUARD_KIND_COUNT; kind++) {
		ck_assert_str_eq(
		    guard_kind_token((enum guard_kind)kind), tokens[kind]);
		ck_assert_ptr_nonnull(guard_kind_label((enum guard_kind)kind));
	}
	ck_assert_ptr_nonnull(strstr(guard_caveat(), "names"));
}
END_TEST

START_TEST(a_long_text_of_one_character_is_scanned)
{
	static const char characters[] = "0a -@.1+(\xcc";
	const size_t size = 65536;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i + 1 < sizeof characters; i++) {
		struct guard_findings found;

		memset(text, characters[i], size);
		found = scan(text, size);
		ck_assert_uint_eq(found.count, 0);
		guard_findings_clear(&found);
	}
	free(text);
}
END_TEST

Suite *test_guard_suite(void)
{
	Suite *suite = suite_create("guard");
	TCase *tests = tcase_create("guard");

	tcase_add_loop_test(tests, every_identifier_is_found_where_it_stands, 0,
	    (int)POSITIVES);
	tcase_add_loop_test(
	    tests, nothing_is_found_in_ordinary_text, 0, (int)NEGATIVES);
	tcase_add_test(tests, the_tables_are_large_enough);
	tcase_add_test(tests, only_the_right_check_digit_of_ten_is_taken);
	tcase_add_test(tests,
	    offsets_lines_and_columns_are_right_wherever_a_number_stands);
	tcase_add_test(
	    tests, random_bytes_give_findings_inside_the_text_and_apart);
	tcase_add_test(tests, findings_of_several_kinds_come_in_order);
	tcase_add_test(tests, a_second_scan_appends_with_its_own_places);
	tcase_add_test(tests, every_kind_has_a_token_and_a_label);
	tcase_add_test(tests, a_long_text_of_one_character_is_scanned);
	suite_add_tcase(suite, tests);
	return suite;
}
