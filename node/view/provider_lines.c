#include "view/provider_lines.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 240, ID_SHOWN = 12 };

static bool is_set(const json_t *object, const char *key)
{
	return paper_member(object, key)[0] != '\0';
}

/* Words of a vocabulary as people say them. */
void provider_line_words(struct paper *paper, const char *token)
{
	char words[64] = "";
	strncpy(words, token, sizeof(words) - 1);
	for (char *at = words; *at != '\0'; at++) {
		if (*at == '-') {
			*at = ' ';
		}
	}
	paper_text(paper, words);
}

void provider_line_plural(
    struct paper *paper, long long count, const char *one, const char *many)
{
	paper_printf(paper, "%lld %s", count, count == 1 ? one : many);
}

void provider_line_heading(struct paper *paper, const char *text)
{
	paper_put(paper, "\n");
	paper_styled(paper, PAPER_BOLD, text);
	paper_put(paper, "\n");
}

void provider_line_author(struct paper *paper, const json_t *item)
{
	paper_text(paper, is_set(item, "author") ? paper_member(item, "author")
						 : "(unknown organisation)");
	if (is_set(item, "author_code")) {
		paper_put(paper, " (");
		paper_text(paper, paper_member(item, "author_code"));
		paper_put(paper, ")");
	}
}

/* The day of a time, which begins it. */
void provider_line_day(struct paper *paper, const json_t *item)
{
	char day[11] = "";
	strncpy(day, paper_member(item, "created_at"), sizeof(day) - 1);
	paper_text(paper, day);
}

/* The first of a long text, whole characters only. */
void provider_line_text(
    struct paper *paper, const char *text, unsigned int indent)
{
	char brief[TEXT_BYTES + 8] = "";
	size_t size = strlen(text);
	if (size <= TEXT_BYTES) {
		paper_block(paper, text, indent);
		return;
	}
	size = TEXT_BYTES;
	while (size > 0 && ((unsigned char)text[size] & 0xC0u) == 0x80u) {
		size--;
	}
	(void)snprintf(brief, sizeof(brief), "%.*s ...", (int)size, text);
	paper_block(paper, brief, indent);
}

void provider_line_id(struct paper *paper, const json_t *item)
{
	char brief[ID_SHOWN + 1] = "";
	strncpy(brief, paper_member(item, "id"), sizeof(brief) - 1);
	paper_styled(paper, PAPER_DIM, brief);
}

bool provider_line_counts(const json_t *item)
{
	return strcmp(paper_member(item, "standing"), "counts") == 0;
}

void provider_line_readers(struct paper *paper, const json_t *item)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *readers = json_object_get(item, "also_read_by");
	if (!json_is_array(readers)) {
		return;
	}
	json_array_foreach(readers, at, each)
	{
		paper_put(paper, at == 0 ? "; also read by " : ", ");
		paper_text(paper, is_set(each, "code")
				      ? paper_member(each, "code")
				      : paper_member(each, "fingerprint"));
	}
	paper_put(paper, at == 0 ? "; read by nobody else" : "");
}

void provider_line_why_not(struct paper *paper, const json_t *item)
{
	bool unconfirmed =
	    json_is_false(json_object_get(item, "confirmed")) &&
	    strcmp(paper_member(item, "standing"), "does-not-count") == 0;
	paper_styled(
	    paper, PAPER_WARN, unconfirmed ? "unconfirmed" : "does not count");
	paper_put(paper, ": ");
	paper_text(paper, paper_member(item, "why"));
}

/* What it is of those that are said about others. */
static void put_what(struct paper *paper, const json_t *each)
{
	static const char *const words[][2] = {
		{ "corroboration", "borne out by " },
		{ "feedback", "feedback of " },
		{ "nothing-held", "holds nothing: " },
		{ "refused", "refused by " },
	};
	const char *type = paper_member(each, "type");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], type) == 0 ||
		    strcmp(words[i][0], paper_member(each, "verdict")) == 0) {
			paper_put(paper, words[i][1]);
			return;
		}
	}
	paper_put(paper, "answer of ");
}

void provider_line_said(struct paper *paper, const json_t *item)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(item, "said"), at, each)
	{
		paper_put(paper, "    ");
		provider_line_id(paper, each);
		paper_put(paper, "  ");
		put_what(paper, each);
		provider_line_author(paper, each);
		provider_line_readers(paper, each);
		if (!provider_line_counts(each)) {
			paper_put(paper, " (");
			provider_line_why_not(paper, each);
			paper_put(paper, ")");
		}
		paper_put(paper, "\n");
		provider_line_text(paper, paper_member(each, "text"), 6);
	}
}
