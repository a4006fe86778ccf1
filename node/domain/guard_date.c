#include "domain/guard_date.h"

#include <string.h>

#define YEAR_FIRST 1850u
#define YEAR_LAST 2100u

/* A run of digits. */
struct number {
	unsigned value;
	size_t digits;
	size_t end;
};

/* Abbreviations follow their long forms, so that the long one is tried
 * first. */
static const char *const months[] = { "january", "february", "march", "april",
	"may", "june", "july", "august", "september", "october", "november",
	"december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept",
	"sep", "oct", "nov", "dec" };

static struct number read_number(const struct guard_text *text, size_t at)
{
	struct number number = { 0, 0, at };

	while (guard_text_digit(text, number.end) && number.digits < 9) {
		number.value =
		    number.value * 10 +
		    (unsigned)(guard_text_at(text, number.end) - '0');
		number.digits++;
		number.end++;
	}
	return number;
}

static bool is_day(struct number n)
{
	return n.digits >= 1 && n.digits <= 2 && n.value >= 1 && n.value <= 31;
}

static bool is_long_year(struct number n)
{
	return n.digits == 4 && n.value >= YEAR_FIRST && n.value <= YEAR_LAST;
}

static bool is_year(struct number n)
{
	return n.digits == 2 || is_long_year(n);
}

/* Day and month either way round. */
static bool is_day_month(struct number a, struct number b)
{
	return is_day(a) && is_day(b) && (a.value <= 12 || b.value <= 12);
}

static size_t skip_spaces(const struct guard_text *text, size_t at)
{
	for (int i = 0; i < 2 && guard_text_at(text, at) == ' '; i++)
		at++;
	return at;
}

static size_t skip_one_of(
    const struct guard_text *text, size_t at, const char *set)
{
	char c = guard_text_at(text, at);

	return c != '\0' && strchr(set, c) != NULL ? at + 1 : at;
}

/* A separator of a numeric date, spaces around it allowed; spaces alone are
 * one too. 0 when there is none. */
static size_t separator_end(
    const struct guard_text *text, size_t at, char *separator)
{
	size_t start = skip_spaces(text, at);
	size_t end = skip_one_of(text, start, "/-.");

	*separator = ' ';
	if (end > start)
		*separator = guard_text_at(text, start);
	if (end == at)
		return 0;
	return skip_spaces(text, end);
}

static size_t numeric_end(const struct guard_text *text, size_t at)
{
	struct number part[3];
	char separator[2] = { 0, 0 };

	for (size_t i = 0; i < 3; i++) {
		part[i] = read_number(text, at);
		if (part[i].digits == 0)
			return 0;
		at = part[i].end;
		if (i < 2)
			at = separator_end(text, at, &separator[i]);
		if (at == 0)
			return 0;
	}
	if (separator[0] != separator[1])
		return 0;
	if (is_long_year(part[0]) && is_day_month(part[1], part[2]))
		return at;
	if (!is_day_month(part[0], part[1]) || !is_year(part[2]))
		return 0;
	return separator[0] == ' ' && part[2].digits == 2 ? 0 : at;
}

/* ddmmyyyy or yyyymmdd. */
static size_t compact_end(const struct guard_text *text, size_t at)
{
	struct number n = read_number(text, at);
	struct number year = { n.value % 10000, 4, 0 };
	struct number a = { n.value / 1000000, 2, 0 };
	struct number b = { n.value / 10000 % 100, 2, 0 };

	if (n.digits != 8)
		return 0;
	if (is_long_year(year) && is_day_month(a, b))
		return n.end;
	year.value = n.value / 10000;
	a.value = n.value / 100 % 100;
	b.value = n.value % 100;
	return is_long_year(year) && is_day_month(a, b) ? n.end : 0;
}

static bool starts_with(
    const struct guard_text *text, size_t at, const char *word)
{
	for (; *word != '\0'; word++, at++) {
		if (guard_text_at(text, at) != *word)
			return false;
	}
	return true;
}

static size_t month_end(const struct guard_text *text, size_t at)
{
	for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
		size_t end = 0;

		if (!starts_with(text, at, months[i]))
			continue;
		end = at + strlen(months[i]);
		if (!guard_text_letter(text, end))
			return end;
	}
	return 0;
}

/* 3, 3rd. 0 when there is no day. */
static size_t day_end(const struct guard_text *text, size_t at)
{
	static const char *const suffixes[] = { "st", "nd", "rd", "th" };
	struct number day = read_number(text, at);
	size_t suffix = skip_spaces(text, day.end);

	if (!is_day(day))
		return 0;
	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		if (starts_with(text, suffix, suffixes[i]) &&
		    !guard_text_letter(text, suffix + 2))
			return suffix + 2;
	}
	return day.end;
}

/* A year with what may stand before it. */
static size_t year_end(const struct guard_text *text, size_t at)
{
	struct number year;

	at = skip_one_of(text, at, ".,-/");
	at = skip_one_of(text, skip_spaces(text, at), ",");
	at = skip_one_of(text, skip_spaces(text, at), "'\x02");
	year = read_number(text, at);
	return is_year(year) ? year.end : 0;
}

static size_t day_first_end(const struct guard_text *text, size_t at)
{
	at = day_end(text, at);
	if (at == 0)
		return 0;
	at = skip_spaces(text, skip_one_of(text, at, ",-./"));
	if (starts_with(text, at, "of "))
		at = skip_spaces(text, at + 3);
	at = month_end(text, at);
	return at == 0 ? 0 : year_end(text, at);
}

static size_t month_first_end(const struct guard_text *text, size_t at)
{
	at = month_end(text, at);
	if (at == 0)
		return 0;
	at = day_end(text, skip_spaces(text, skip_one_of(text, at, ".,-")));
	return at == 0 ? 0 : year_end(text, at);
}

size_t guard_date_end(const struct guard_text *text, size_t at)
{
	static size_t (*const forms[])(const struct guard_text *, size_t) = {
		numeric_end, compact_end, day_first_end, month_first_end
	};

	if (at > 0 && (guard_text_digit(text, at - 1) ||
			  (guard_text_letter(text, at - 1) &&
			      guard_text_letter(text, at))))
		return 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		size_t end = forms[i](text, at);

		if (end != 0 && !guard_text_digit(text, end))
			return end;
	}
	return 0;
}
