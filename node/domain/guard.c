#include "domain/guard.h"

#include "domain/guard_match.h"

#include <stdlib.h>
#include <string.h>

/* Every kind but an e-mail address has a digit within this many characters of
 * its start. */
#define DIGIT_REACH 64u

struct kind {
	const char *token;
	const char *label;
	size_t (*match)(const struct guard_text *text, size_t at);
	bool letters; /* may start with a letter */
};

static const struct kind kinds[GUARD_KIND_COUNT] = {
	[GUARD_NHS_NUMBER] = { "nhs-number", "an NHS number",
	    guard_match_nhs_number, false },
	[GUARD_EMAIL] = { "email", "an e-mail address", guard_match_email,
	    true },
	[GUARD_BIRTH_DATE] = { "birth-date", "a date of birth",
	    guard_match_birth_date, true },
	[GUARD_GMC_NUMBER] = { "gmc-number", "a GMC number",
	    guard_match_gmc_number, false },
	[GUARD_NMC_PIN] = { "nmc-pin", "an NMC PIN", guard_match_nmc_pin,
	    false },
	[GUARD_POSTCODE] = { "postcode", "a full postcode",
	    guard_match_postcode, true },
	[GUARD_PHONE] = { "phone", "a phone number", guard_match_phone, false },
};

/* A text under scan. taken[i]: character i belongs to a finding. */
struct scan {
	struct guard_text text;
	bool *taken;
	struct guard_findings *out;
};

static enum err grow(struct guard_findings *findings)
{
	size_t more = findings->capacity == 0 ? 8 : findings->capacity * 2;
	struct guard_finding *items =
	    realloc(findings->items, more * sizeof *items);

	if (items == NULL)
		return err_set(ERR_MEM, "out of memory");
	findings->items = items;
	findings->capacity = more;
	return ERR_OK;
}

static bool is_free(const struct scan *scan, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (scan->taken[i])
			return false;
	}
	return true;
}

static enum err add(
    struct scan *scan, enum guard_kind kind, size_t from, size_t to)
{
	struct guard_findings *out = scan->out;
	size_t start = scan->text.places[from].start;
	size_t end = scan->text.places[to - 1].end;

	if (out->count == out->capacity) {
		enum err err = grow(out);

		if (err != ERR_OK)
			return err;
	}
	for (size_t i = from; i < to; i++)
		scan->taken[i] = true;
	out->items[out->count++] = (struct guard_finding){
		.kind = kind,
		.offset = start,
		.size = end - start,
	};
	return ERR_OK;
}

/* Where the next character that a kind cannot do without stands, at or after
 * `at`; the text's end when there is none. */
static size_t next_anchor(
    const struct guard_text *text, enum guard_kind kind, size_t at)
{
	for (; at < text->count; at++) {
		if (kind == GUARD_EMAIL ? text->chars[at] == '@'
					: guard_text_digit(text, at))
			break;
	}
	return at;
}

static enum err scan_kind(struct scan *scan, enum guard_kind kind)
{
	size_t anchor = next_anchor(&scan->text, kind, 0);
	enum err err = ERR_OK;

	for (size_t at = 0; at < scan->text.count && err == ERR_OK; at++) {
		size_t end = 0;

		if (at > anchor)
			anchor = next_anchor(&scan->text, kind, at);
		if (anchor == scan->text.count)
			break;
		if (kind != GUARD_EMAIL && anchor - at > DIGIT_REACH)
			at = anchor - DIGIT_REACH;
		if (!kinds[kind].letters && guard_text_letter(&scan->text, at))
			continue;
		end = kinds[kind].match(&scan->text, at);
		if (end <= at || !is_free(scan, at, end))
			continue;
		err = add(scan, kind, at, end);
		at = end - 1;
	}
	return err;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct guard_finding *x = a;
	const struct guard_finding *y = b;

	if (x->offset == y->offset)
		return 0;
	return x->offset < y->offset ? -1 : 1;
}

/* Bytes that go on with a UTF-8 sequence are no column of their own. */
static void place(struct span text, struct guard_findings *out, size_t first)
{
	size_t line = 1;
	size_t column = 1;
	size_t at = 0;

	for (size_t i = first; i < out->count; i++) {
		for (; at < out->items[i].offset; at++) {
			if (text.data[at] == '\n') {
				line++;
				column = 1;
			} else if ((text.data[at] & 0xc0u) != 0x80u) {
				column++;
			}
		}
		out->items[i].line = line;
		out->items[i].column = column;
	}
}

enum err guard_scan(struct span text, struct guard_findings *out)
{
	struct scan scan = { .out = out };
	size_t first = out->count;
	enum err err = guard_text_read(text, &scan.text);

	if (err != ERR_OK)
		goto done;
	scan.taken = calloc(scan.text.count + 1, sizeof *scan.taken);
	if (scan.taken == NULL) {
		err = err_set(ERR_MEM, "out of memory");
		goto done;
	}
	for (int kind = 0; kind < GUARD_KIND_COUNT && err == ERR_OK; kind++)
		err = scan_kind(&scan, (enum guard_kind)kind);
	if (err != ERR_OK)
		goto done;
	if (out->count > first)
		qsort(out->items + first, out->count - first,
		    sizeof *out->items, compare_offsets);
	place(text, out, first);
done:
	free(scan.taken);
	guard_text_clear(&scan.text);
	return err;
}

void guard_findings_clear(struct guard_findings *findings)
{
	free(findings->items);
	memset(findings, 0, sizeof *findings);
}

const char *guard_kind_token(enum guard_kind kind)
{
	return kinds[kind].token;
}

const char *guard_kind_label(enum guard_kind kind)
{
	return kinds[kind].label;
}

const char *guard_caveat(void)
{
	return "the check knows numbers, dates, addresses and codes by their "
	       "form; it cannot know names, or a person described in words";
}
