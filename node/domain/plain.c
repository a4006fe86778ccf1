#include "domain/plain.h"

#include "base/limits.h"
#include "codec/utf8.h"
#include "codec/when.h"
#include "domain/org.h"

#include <string.h>
#include <utf8proc.h>

#define DAY_MS 86400000

bool plain_is_blank(const char *text)
{
	return text == NULL || text[strspn(text, " \t\r\n")] == '\0';
}

enum err plain_check_line(const char *what, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return ERR_OK;
	if (strlen(text) > LIMIT_NAME_BYTES)
		return err_set(ERR_LIMIT, "%s is longer than %u bytes", what,
		    LIMIT_NAME_BYTES);
	/* What is asked of a name is what is asked of any one line. */
	if (!org_name_valid(span_text(text)))
		return err_set(ERR_INPUT,
		    "%s must be one line of UTF-8 text without control or "
		    "invisible characters, and without a space at either end",
		    what);
	return ERR_OK;
}

/* Embeddings, overrides and isolates of the bidirectional algorithm. */
static bool changes_direction(utf8proc_int32_t code)
{
	return (code >= 0x202A && code <= 0x202E) ||
	       (code >= 0x2066 && code <= 0x2069);
}

/* A line end may be CR LF, as other systems write it. */
static bool is_control(utf8proc_int32_t code, uint8_t next)
{
	if (code == '\n' || code == '\t')
		return false;
	if (code == '\r')
		return next != '\n';
	return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

/* PROTOCOL.md M369: "A node MUST refuse to record a text with a control
 * character other than a tab or a line end, or with one that changes the
 * direction of what follows." */
enum err plain_check_text(const char *what, const char *text)
{
	struct span span = span_text(text == NULL ? "" : text);
	unsigned line = 1;
	unsigned column = 1;

	if (!utf8_valid(span))
		return err_set(ERR_INPUT, "%s must be UTF-8", what);
	for (size_t at = 0; at < span.size;) {
		utf8proc_int32_t code = 0;
		utf8proc_ssize_t size = utf8proc_iterate(
		    span.data + at, (utf8proc_ssize_t)(span.size - at), &code);

		if (size <= 0)
			return err_set(ERR_INPUT, "%s must be UTF-8", what);
		at += (size_t)size;
		if (changes_direction(code) ||
		    is_control(code, at < span.size ? span.data[at] : 0))
			return err_set(ERR_INPUT,
			    "%s holds a %s character (U+%04X, line %u, column "
			    "%u): remove it",
			    what,
			    changes_direction(code) ? "direction-changing"
						    : "control",
			    (unsigned)code, line, column);
		column = code == '\n' ? 1 : column + 1;
		line += code == '\n';
	}
	return ERR_OK;
}

enum err plain_check_reason(const char *what, const char *text)
{
	if (text == NULL)
		return ERR_OK;
	if (plain_is_blank(text))
		return err_set(ERR_INPUT, "%s needs a reason", what);
	if (strlen(text) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT, "%s takes at most %u bytes", what,
		    LIMIT_TEXT_BYTES);
	return plain_check_text(what, text);
}

static enum err read_date(const char *what, const char *date, int64_t *first_ms)
{
	if (!when_is_date(span_text(date)) ||
	    when_parse(span_text(date), first_ms) != ERR_OK)
		return err_set(ERR_INPUT,
		    "%s must be a date as YYYY-MM-DD, such as 2013-01-31",
		    what);
	return ERR_OK;
}

enum err plain_check_coming(const char *what, const char *date, int64_t now_ms)
{
	int64_t first_ms = 0;
	enum err err = ERR_OK;

	if (date == NULL || date[0] == '\0')
		return ERR_OK;
	err = read_date(what, date, &first_ms);
	if (err == ERR_OK && first_ms + DAY_MS <= now_ms)
		err = err_set(ERR_INPUT,
		    "%s is over: give today's date or a later one", what);
	return err;
}

enum err plain_check_past(const char *what, const char *date, int64_t now_ms)
{
	int64_t first_ms = 0;
	enum err err = ERR_OK;

	if (date == NULL || date[0] == '\0')
		return ERR_OK;
	err = read_date(what, date, &first_ms);
	if (err == ERR_OK && first_ms > now_ms)
		err = err_set(ERR_INPUT,
		    "%s is still to come: give today's date or an earlier one",
		    what);
	return err;
}
