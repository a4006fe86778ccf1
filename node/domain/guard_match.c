#include "domain/guard_match.h"

#include "domain/guard_date.h"

#include <string.h>

#define CHAIN_DIGITS 16u /* longer chains are no identifiers */
#define NEAR_BEFORE 40u
#define NEAR_AFTER 20u

/* Groups of digits one after the other, with separators between. */
struct chain {
	char digits[CHAIN_DIGITS];
	size_t count;
	size_t sizes[CHAIN_DIGITS];
	size_t ends[CHAIN_DIGITS]; /* of each group, in the text */
	size_t groups;
	bool loose; /* some separator is more than one space or hyphen */
};

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_word(const struct guard_text *text, size_t at)
{
	return guard_text_digit(text, at) || guard_text_letter(text, at);
}

static bool in_context(const struct guard_text *text, size_t from, size_t to,
    const char *const *words)
{
	size_t start = from > NEAR_BEFORE ? from - NEAR_BEFORE : 0;

	return guard_text_near(text, start, from, words) ||
	       guard_text_near(text, to, to + NEAR_AFTER, words);
}

/* One to three separators with a digit after them: where that digit is. */
static size_t next_group(const struct guard_text *text, size_t at,
    const char *separators, bool *loose)
{
	size_t size = 0;

	while (
	    size < 3 && is_one_of(guard_text_at(text, at + size), separators))
		size++;
	if (size == 0 || !guard_text_digit(text, at + size))
		return 0;
	if (size > 1 || !is_one_of(guard_text_at(text, at), " -"))
		*loose = true;
	return at + size;
}

static void read_chain(const struct guard_text *text, size_t at,
    const char *separators, struct chain *out)
{
	memset(out, 0, sizeof *out);
	while (at != 0 || out->groups == 0) {
		size_t size = 0;

		while (
		    out->count < CHAIN_DIGITS && guard_text_digit(text, at)) {
			out->digits[out->count++] = guard_text_at(text, at++);
			size++;
		}
		if (size == 0)
			return;
		out->sizes[out->groups] = size;
		out->ends[out->groups] = at;
		out->groups++;
		at = next_group(text, at, separators, &out->loose);
	}
}

/* How many of the first groups hold exactly this many digits, or 0. */
static size_t groups_of(const struct chain *chain, size_t digits)
{
	size_t sum = 0;

	for (size_t i = 0; i < chain->groups && sum < digits; i++) {
		sum += chain->sizes[i];
		if (sum == digits)
			return i + 1;
	}
	return 0;
}

static bool modulus_11(const char *digits)
{
	unsigned sum = 0;
	unsigned check = 0;

	for (unsigned i = 0; i < 9; i++)
		sum += (unsigned)(digits[i] - '0') * (10 - i);
	check = (11 - sum % 11) % 11;
	return sum > 0 && check == (unsigned)(digits[9] - '0');
}

/* Is the number part of a longer one: a decimal, or a chain begun before? */
static bool follows_digits(
    const struct guard_text *text, size_t at, const char *separators)
{
	return at > 1 && is_one_of(guard_text_at(text, at - 1), separators) &&
	       guard_text_digit(text, at - 2);
}

static bool is_fraction(const struct guard_text *text, size_t end)
{
	return guard_text_at(text, end) == '.' &&
	       guard_text_digit(text, end + 1);
}

static bool same_sizes(
    const struct chain *chain, size_t groups, const size_t *sizes, size_t count)
{
	return groups == count &&
	       memcmp(chain->sizes, sizes, count * sizeof *sizes) == 0;
}

/* Groupings in which people write and read out NHS numbers. */
static bool nhs_grouping(const struct chain *chain, size_t groups)
{
	static const size_t usual[] = { 3, 3, 4 };
	static const size_t other[] = { 3, 4, 3 };
	static const size_t pairs[] = { 3, 3, 2, 2 };

	return groups == 1 || same_sizes(chain, groups, usual, 3) ||
	       same_sizes(chain, groups, other, 3) ||
	       same_sizes(chain, groups, pairs, 4);
}

size_t guard_match_nhs_number(const struct guard_text *text, size_t at)
{
	struct chain chain;
	size_t groups = 0;
	size_t end = 0;

	if (!guard_text_digit(text, at) ||
	    (at > 0 && guard_text_digit(text, at - 1)) ||
	    follows_digits(text, at, "."))
		return 0;
	read_chain(text, at, " -.", &chain);
	groups = groups_of(&chain, 10);
	if (groups == 0 || !modulus_11(chain.digits))
		return 0;
	if (!nhs_grouping(&chain, groups) &&
	    (chain.loose || groups != chain.groups ||
		follows_digits(text, at, " -")))
		return 0;
	end = chain.ends[groups - 1];
	if (guard_text_digit(text, end) || is_fraction(text, end))
		return 0;
	return guard_text_clean(text, at, end) ? end : 0;
}

size_t guard_match_gmc_number(const struct guard_text *text, size_t at)
{
	static const char *const words[] = { "gmc", "general medical council",
		NULL };
	size_t end = at;

	if (at > 0 && guard_text_digit(text, at - 1))
		return 0;
	while (end < at + 8 && guard_text_digit(text, end))
		end++;
	if (end != at + 7 || follows_digits(text, at, ".,") ||
	    is_fraction(text, end) || !guard_text_clean(text, at, end))
		return 0;
	return in_context(text, at, end, words) ? end : 0;
}

/* `pattern` of 9 (a digit) and a (a letter); ' ' where one space or hyphen
 * may stand. */
static size_t shape_end(
    const struct guard_text *text, size_t at, const char *pattern)
{
	if (at > 0 && is_word(text, at - 1))
		return 0;
	for (; *pattern != '\0'; pattern++) {
		bool fits = *pattern == '9' ? guard_text_digit(text, at)
		                            : guard_text_letter(text, at);

		if (*pattern == ' ') {
			at += is_one_of(guard_text_at(text, at), " -");
			continue;
		}
		if (!fits)
			return 0;
		at++;
	}
	return is_word(text, at) ? 0 : at;
}

size_t guard_match_nmc_pin(const struct guard_text *text, size_t at)
{
	static const char *const words[] = { "nmc", "pin", "pins", "nurse",
		"midwife", "registration", "nursing and midwifery council",
		NULL };
	size_t end = shape_end(text, at, "99 a 9999 a");

	return end != 0 && in_context(text, at, end, words) ? end : 0;
}

static bool is_mailbox(const struct guard_text *text, size_t at)
{
	return is_word(text, at) ||
	       is_one_of(guard_text_at(text, at), "._%+-'&=~!#$*");
}

size_t guard_match_email(const struct guard_text *text, size_t at)
{
	size_t host = at;
	size_t end = 0;
	size_t label = 0;

	if (at > 0 && is_mailbox(text, at - 1))
		return 0;
	while (is_mailbox(text, host))
		host++;
	if (host == at || guard_text_at(text, host) != '@')
		return 0;
	/* The end moves on only with a label of letters that follows a dot. */
	for (size_t i = host + 1; is_word(text, i); i = label + 1) {
		bool letters = true;

		for (label = i;
		     is_word(text, label) || guard_text_at(text, label) == '-';
		     label++)
			letters = letters && guard_text_letter(text, label);
		if (i > host + 1 && letters && label - i >= 2)
			end = label;
		if (guard_text_at(text, label) != '.')
			break;
	}
	return end;
}

size_t guard_match_birth_date(const struct guard_text *text, size_t at)
{
	static const char *const words[] = { "born", "dob", "d o b", "d/o/b",
		"date of birth", "dates of birth", "birthday", "birth date",
		NULL };
	size_t end = guard_date_end(text, at);
	size_t start = at > NEAR_BEFORE ? at - NEAR_BEFORE : 0;

	if (end == 0)
		return 0;
	if (guard_text_near(text, start, at, words) ||
	    guard_text_near(text, end, end + NEAR_BEFORE, words))
		return end;
	return 0;
}

/* One or two letters of a postcode area that exists. */
static bool known_area(const struct guard_text *text, size_t at, size_t size)
{
	static const char areas[] =
	    " ab al b ba bb bd bf bh bl bn br bs bt bx ca cb cf ch cm co cr ct "
	    "cv cw da dd de dg dh dl dn dt dy e ec eh en ex fk fy g gl gu gy "
	    "ha hd hg hp hr hs hu hx ig im ip iv je ka kt kw ky l la ld le ll "
	    "ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr "
	    "rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn "
	    "tq tr ts tw ub w wa wc wd wf wn wr ws wv yo ze ";
	char word[5] = " ";

	for (size_t i = 0; i < size; i++)
		word[i + 1] = guard_text_at(text, at + i);
	word[size + 1] = ' ';
	return strstr(areas, word) != NULL;
}

/* "Ward B1 2nd floor" is no postcode. */
static bool is_ordinal(const struct guard_text *text, size_t at)
{
	static const char *const ordinals[] = { "1st", "2nd", "3rd", "4th",
		"5th", "6th", "7th", "8th", "9th" };

	if (text->places[at + 1].upper || text->places[at + 2].upper)
		return false;
	for (size_t i = 0; i < sizeof ordinals / sizeof ordinals[0]; i++) {
		if (strncmp(text->chars + at, ordinals[i], 3) == 0)
			return true;
	}
	return false;
}

static bool all_upper(const struct guard_text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (guard_text_letter(text, i) && !text->places[i].upper)
			return false;
	}
	return true;
}

/* What is known of a postcode once its first half is read. */
struct outward {
	size_t start;
	size_t end;
	size_t area; /* letters */
};

/* The second half: digit and two letters, and whether all of it counts. */
static size_t inward_end(const struct guard_text *text, struct outward out)
{
	size_t at = out.end;
	size_t gap = 0;
	bool usual = false;

	while (gap < 3 && guard_text_at(text, at + gap) == ' ')
		gap++;
	if (gap == 0 && guard_text_at(text, at) == '-')
		gap = 1;
	at += gap;
	if (!guard_text_digit(text, at) || !guard_text_letter(text, at + 1) ||
	    !guard_text_letter(text, at + 2) || is_word(text, at + 3) ||
	    (gap > 0 && out.end - out.start == 2 && is_ordinal(text, at)))
		return 0;
	usual = !is_one_of(guard_text_at(text, at + 1), "cikmov\x01") &&
	        !is_one_of(guard_text_at(text, at + 2), "cikmov\x01");
	if (usual)
		return at + 3;
	return gap == 1 && out.area == 2 && all_upper(text, out.start, at + 3)
	           ? at + 3
	           : 0;
}

size_t guard_match_postcode(const struct guard_text *text, size_t at)
{
	struct outward out = { at, at, 0 };
	size_t end = 0;

	if (at > 0 && is_word(text, at - 1))
		return 0;
	while (out.area < 3 && guard_text_letter(text, at + out.area))
		out.area++;
	if (out.area == 0 || out.area > 2 || !known_area(text, at, out.area) ||
	    !guard_text_digit(text, at + out.area))
		return 0;
	out.end = at + out.area + 1;
	/* A second digit or a letter belongs to the first half if the rest
	 * then fits; otherwise (E16AN) it begins the second. */
	if (is_one_of(guard_text_at(text, out.end),
		"0123456789abcdefghjkmnprstuvwxy")) {
		out.end++;
		end = inward_end(text, out);
		out.end--;
	}
	return end != 0 ? end : inward_end(text, out);
}

/* Digits after the country or trunk prefix; 0 when there is no UK prefix. */
static size_t phone_prefix(const struct chain *chain, bool international)
{
	const char *digits = chain->digits;
	size_t size = 0;

	if (international || strncmp(digits, "0044", 4) == 0) {
		size = international ? 2 : 4;
		if (international && strncmp(digits, "44", 2) != 0)
			return 0;
		return digits[size] == '0' ? size + 1 : size;
	}
	return digits[0] == '0' ? 1 : 0;
}

/* Numbers of ten digits after the prefix; a few old ones have nine. */
static size_t phone_groups(const struct chain *chain, size_t prefix)
{
	char first = chain->digits[prefix];
	size_t groups = 0;

	if (!is_one_of(first, "1235789"))
		return 0;
	groups = groups_of(chain, prefix + 10);
	if (groups == 0 && is_one_of(first, "158"))
		groups = groups_of(chain, prefix + 9);
	return groups;
}

/* One group, all single digits, or groups as people write them; this keeps
 * out dates and rows of small figures. */
static bool phone_grouping(
    const struct chain *chain, size_t groups, bool international)
{
	size_t single = 0;

	if (groups >= 10 || international)
		return true;
	for (size_t i = 0; i < groups; i++)
		single += chain->sizes[i] == 1;
	return chain->sizes[0] >= 3 && single <= 1;
}

size_t guard_match_phone(const struct guard_text *text, size_t at)
{
	struct chain chain;
	bool international = false;
	size_t start = at;
	size_t groups = 0;
	size_t prefix = 0;
	size_t end = 0;

	if (at > 0 && guard_text_digit(text, at - 1))
		return 0;
	start += guard_text_at(text, start) == '(';
	international = guard_text_at(text, start) == '+';
	start += international;
	if (!guard_text_digit(text, start))
		return 0;
	read_chain(text, start, " -.()", &chain);
	prefix = phone_prefix(&chain, international);
	groups = prefix == 0 ? 0 : phone_groups(&chain, prefix);
	if (groups == 0 || !phone_grouping(&chain, groups, international))
		return 0;
	if (groups > 1 && !international && follows_digits(text, at, "-./:"))
		return 0;
	end = chain.ends[groups - 1];
	if (guard_text_digit(text, end) || !guard_text_clean(text, start, end))
		return 0;
	return end;
}
