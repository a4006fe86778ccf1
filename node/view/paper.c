#define _POSIX_C_SOURCE 200809L

#include "view/paper.h"

#include "codec/utf8.h"
#include "codec/when.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void note(struct paper *paper, enum err err)
{
	paper->failed = paper->failed || err != ERR_OK;
}

void paper_put(struct paper *paper, const char *text)
{
	note(paper, buf_append(&paper->out, span_text(text)));
}

void paper_printf(struct paper *paper, const char *fmt, ...)
{
	char line[512];
	va_list args;
	va_start(args, fmt);
	int size = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (size > 0) {
		paper_put(paper, line);
	}
}

/* PROTOCOL.md M160: "A program that shows people text from records, cards or
 * peers MUST escape control characters, bidirectional controls and other
 * invisible characters in it." */
static void put_escaped(struct paper *paper, struct span text)
{
	note(paper, utf8_escape(text, false, paper->ascii, &paper->out));
}

void paper_text(struct paper *paper, const char *text)
{
	put_escaped(paper, span_text(text));
}

void paper_block(struct paper *paper, const char *text, unsigned int indent)
{
	const char *line = text;
	while (line != NULL && *line != '\0') {
		const char *end = strchr(line, '\n');
		size_t size = end == NULL ? strlen(line) : (size_t)(end - line);
		paper_printf(paper, "%*s", (int)indent, "");
		put_escaped(paper, span_of(line, size));
		paper_put(paper, "\n");
		line = end == NULL ? NULL : end + 1;
	}
}

void paper_styled(struct paper *paper, enum paper_style style, const char *text)
{
	static const char *const codes[] = {
		[PAPER_BOLD] = "\033[1m",
		[PAPER_DIM] = "\033[2m",
		[PAPER_WARN] = "\033[33m",
		[PAPER_GOOD] = "\033[32m",
	};
	if (paper->colour) {
		paper_put(paper, codes[style]);
	}
	paper_text(paper, text);
	if (paper->colour) {
		paper_put(paper, "\033[0m");
	}
}

const char *paper_member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text == NULL ? "" : text;
}

json_int_t paper_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool paper_flag(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

void paper_org(struct paper *paper, const json_t *object, const char *name,
    const char *code)
{
	const char *text = paper_member(object, name);
	paper_text(
	    paper, text[0] == '\0' ? "(an organisation not known here)" : text);
	if (paper_member(object, code)[0] != '\0') {
		paper_put(paper, " (");
		paper_text(paper, paper_member(object, code));
		paper_put(paper, ")");
	}
}

void paper_brief_id(struct paper *paper, const char *id)
{
	char brief[13] = "";
	(void)snprintf(brief, sizeof(brief), "%s", id);
	paper_styled(paper, PAPER_DIM, brief);
}

void paper_time(struct paper *paper, const json_t *object, const char *key)
{
	int64_t wall_ms = 0;
	const char *text = paper_member(object, key);
	if (text[0] == '\0' ||
	    when_parse(span_text(text), &wall_ms) != ERR_OK) {
		paper_put(paper, "never");
		return;
	}
	paper_put(paper, when_london(wall_ms).text);
}
