#include "view/alarm_paper.h"

#include "domain/summit_words.h"
#include "service/alarms.h"

#include <string.h>

enum { BRIEF = 12 };

static const char *label(const struct vocab *vocab, const char *token)
{
	for (size_t i = 0; i < vocab->count; i++) {
		if (strcmp(vocab->words[i].token, token) == 0) {
			return vocab->words[i].label;
		}
	}
	return token;
}

static void brief_id(struct paper *paper, const json_t *value, const char *key)
{
	char brief[BRIEF + 1] = "";
	strncpy(brief, paper_member(value, key), BRIEF);
	paper_styled(paper, PAPER_DIM, brief);
}

static void what(struct paper *paper, const json_t *value)
{
	paper_text(paper, label(alarms_kinds(), paper_member(value, "kind")));
	if (paper_member(value, "clock")[0] != '\0') {
		paper_put(paper, ": ");
		paper_text(paper,
		    label(summit_clocks(), paper_member(value, "clock")));
	}
	if (paper_member(value, "provider")[0] != '\0') {
		paper_put(paper, ", about ");
		paper_text(paper, paper_member(value, "provider"));
	}
	if (paper_member(value, "author_name")[0] != '\0' &&
	    strcmp(paper_member(value, "kind"), "missed") != 0) {
		paper_put(paper, ", by ");
		paper_text(paper, paper_member(value, "author_name"));
	}
}

void alarm_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		brief_id(paper, each, "record");
		paper_put(paper, "  ");
		paper_time(paper, each, "since");
		paper_put(paper, "  ");
		what(paper, each);
		paper_put(paper, "; summit ");
		brief_id(paper, each, "summit");
		if (paper_flag(each, "seen")) {
			paper_put(paper, "; seen ");
			paper_time(paper, each, "seen_at");
		} else {
			paper_put(paper, "; ");
			paper_styled(paper, PAPER_WARN, "nobody has seen it");
		}
		paper_put(paper, "\n");
	}
}

void alarm_paper_saw(struct paper *paper, const json_t *value)
{
	if (paper_flag(value, "again")) {
		paper_put(paper, "it was seen already: nothing is recorded\n");
		return;
	}
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
}

void alarm_paper_bell(struct paper *paper, const json_t *value)
{
	paper_time(paper, value, "since");
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_WARN,
	    label(alarms_kinds(), paper_member(value, "kind")));
	if (paper_flag(value, "again")) {
		paper_put(paper, ", still seen by nobody");
	}
	paper_put(paper, ": `qsg alarm list`; record ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
}
