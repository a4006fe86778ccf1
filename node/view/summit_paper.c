#include "view/summit_paper.h"

#include "codec/when.h"
#include "domain/action.h"
#include "domain/summit_words.h"
#include "view/summit_lines.h"

#include <string.h>

enum { BRIEF = 12, LABEL_WIDTH = 14 };

static void brief_id(struct paper *paper, const json_t *object)
{
	char brief[BRIEF + 1] = "";
	strncpy(brief, paper_member(object, "id"), BRIEF);
	paper_styled(paper, PAPER_DIM, brief);
}

static void provider(struct paper *paper, const json_t *value)
{
	paper_styled(paper, PAPER_BOLD,
	    summit_line_has(value, "provider") ? paper_member(value, "provider")
					       : "(not known here)");
	if (summit_line_has(value, "provider_name")) {
		paper_put(paper, ", ");
		paper_styled(
		    paper, PAPER_BOLD, paper_member(value, "provider_name"));
	}
}

/* Where it stands, in a sentence. */
static void phase(struct paper *paper, const json_t *value)
{
	const json_t *ring = json_object_get(value, "ring_holder");
	const json_t *invited = json_object_get(value, "invited");
	if (json_is_object(invited)) {
		paper_put(paper, "this organisation was invited by ");
		summit_line_author(paper, invited);
		paper_put(paper, ", ");
		paper_time(paper, invited, "created_at");
		summit_line_id(paper, invited, "id");
	} else if (!paper_flag(value, "counts")) {
		paper_styled(paper, PAPER_WARN, "its trigger does not count: ");
		paper_text(paper, paper_member(value, "why_not"));
	} else if (summit_line_is(value, "phase", "alert")) {
		paper_put(paper, "alert: nobody has judged yet");
	} else if (summit_line_is(value, "phase", "judge")) {
		paper_put(paper, "judged, and nobody holds the ring yet");
	} else if (summit_line_is(value, "phase", "respond")) {
		paper_put(paper, "respond: ");
		summit_line_org(paper, ring);
		paper_put(paper, " holds the ring");
	} else {
		paper_styled(paper, PAPER_GOOD, "stood down");
	}
	if (paper_flag(value, "reopened")) {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "reopened");
	}
	if (paper_flag(value, "opposed")) {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "judgements are opposed");
	}
	if (paper_flag(value, "breach_open")) {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "CQC's breach is open");
	}
	paper_put(paper, "\n");
}

static void counts(struct paper *paper, const json_t *value)
{
	paper_printf(paper,
	    "%lld of %lld have answered, %lld have judged; open: %lld "
	    "checks, %lld actions\n",
	    (long long)paper_number(value, "answered"),
	    (long long)paper_number(value, "in_circle"),
	    (long long)paper_number(value, "judged"),
	    (long long)paper_number(value, "checks_open"),
	    (long long)paper_number(value, "actions_open"));
}

static void due(struct paper *paper, const json_t *value, const char *indent)
{
	if (summit_line_has(value, "due_at")) {
		paper_put(paper, indent);
		paper_put(paper, "due next: ");
		paper_text(paper, summit_line_word(summit_clocks(),
				      paper_member(value, "clock")));
		paper_put(paper, ", ");
		paper_time(paper, value, "due_at");
		paper_put(paper, "\n");
	}
}

/* The commands, each with why. */
static void next(struct paper *paper, const json_t *value, const char *indent)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "next"), at, each)
	{
		paper_put(paper, indent);
		paper_styled(paper, PAPER_BOLD, paper_member(each, "command"));
		paper_printf(paper, "\n%s    ", indent);
		paper_text(paper, paper_member(each, "why"));
		paper_put(paper, "\n");
	}
}

/* Nothing where the trigger is not held here. */
static void triggered(
    struct paper *paper, const json_t *value, const char *indent)
{
	if (summit_line_has(value, "created_at")) {
		paper_put(paper, indent);
		paper_put(paper, "triggered by ");
		summit_line_author(paper, value);
		paper_put(paper, ", ");
		paper_time(paper, value, "created_at");
		paper_put(paper, "\n");
	}
}

void summit_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		brief_id(paper, each);
		paper_put(paper, "  ");
		provider(paper, each);
		paper_put(paper, "\n  ");
		phase(paper, each);
		triggered(paper, each, "  ");
		if (paper_flag(each, "counts")) {
			paper_put(paper, "  ");
			counts(paper, each);
		}
		due(paper, each, "  ");
		next(paper, each, "  ");
	}
}

/*
 * One summit.
 */

static void head(struct paper *paper, const json_t *value)
{
	const json_t *group = json_object_get(value, "group");
	const json_t *asked = json_object_get(value, "asked");
	paper_put(paper, "risk summit about ");
	provider(paper, value);
	summit_line_id(paper, value, "id");
	paper_put(paper, "\n");
	triggered(paper, value, "");
	if (summit_line_has(value, "urgency")) {
		paper_put(paper, "to be judged ");
		paper_text(paper, summit_line_word(summit_urgencies(),
				      paper_member(value, "urgency")));
		paper_put(paper, "\n");
	}
	if (summit_line_has(group, "name")) {
		paper_put(paper, "for ");
		paper_text(paper, paper_member(group, "name"));
		paper_put(paper, "\n");
	}
	if (json_is_object(asked)) {
		paper_put(paper, "asked for by ");
		summit_line_author(paper, asked);
		summit_line_id(paper, asked, "id");
		paper_put(paper, "\n");
	}
	paper_block(paper, paper_member(value, "concern"), 2);
	paper_block(
	    paper, paper_member(json_object_get(value, "invited"), "text"), 2);
}

static void evidence(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		char brief[BRIEF + 1] = "";
		strncpy(brief, json_string_value(each), BRIEF);
		paper_put(paper, at == 0 ? "  evidence: " : ", ");
		paper_styled(paper, PAPER_DIM, brief);
	}
	paper_put(paper, json_array_size(list) > 0 ? "\n" : "");
}

static void beside(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_styled(
		    paper, PAPER_WARN, "another summit about this provider");
		paper_put(paper, ", triggered by ");
		summit_line_author(paper, each);
		paper_put(paper, ", ");
		paper_time(paper, each, "created_at");
		paper_put(paper, ", phase ");
		paper_text(paper, paper_member(each, "phase"));
		summit_line_id(paper, each, "id");
		paper_put(paper, "\n");
	}
}

void summit_paper_show(struct paper *paper, const json_t *value)
{
	head(paper, value);
	evidence(paper, json_object_get(value, "evidence"));
	paper_put(paper, "\n");
	phase(paper, value);
	due(paper, value, "");
	beside(paper, json_object_get(value, "beside"));
	if (json_array_size(json_object_get(value, "next")) > 0) {
		summit_line_title(paper, "what you can do next");
		next(paper, value, "  ");
	}
	if (paper_flag(value, "counts")) {
		summit_lines_sides(paper, value);
		summit_lines_judgements(paper, value);
		summit_lines_ring(paper, value);
		summit_lines_checks(paper, value);
		summit_lines_meetings(paper, value);
		summit_lines_actions(paper, value);
	}
	summit_lines_end(paper, value);
}

/*
 * One record.
 */

static bool is_of_summit(const json_t *record)
{
	const char *type = paper_member(record, "type");
	return strncmp(type, "summit-", 7) == 0 ||
	       strncmp(type, "action", 6) == 0;
}

static void label(struct paper *paper, const char *name)
{
	paper_printf(paper, "%-*s", LABEL_WIDTH, name);
}

/* Times are numbers in a record's own fields, as its author set them. */
static void time_line(struct paper *paper, const json_t *record,
    const char *key, const char *name)
{
	json_int_t at_ms = paper_number(record, key);
	if (at_ms != 0) {
		label(paper, name);
		paper_put(paper, when_london(at_ms).text);
		paper_put(paper, "\n");
	}
}

static void people_line(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		label(paper, at == 0 ? "people" : "");
		if (summit_line_has(each, "name")) {
			paper_text(paper, paper_member(each, "name"));
			paper_put(paper, ", ");
		}
		paper_text(paper, paper_member(each, "role"));
		paper_put(paper, "\n");
	}
}

static void summoned_line(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		label(paper, at == 0 ? "summoned" : "");
		paper_text(paper, paper_member(each, "organisation"));
		paper_put(paper, ", ");
		paper_text(paper, summit_line_word(summit_reasons(),
				      paper_member(each, "reason")));
		paper_put(paper, "\n");
	}
}

void summit_paper_record(struct paper *paper, const json_t *record)
{
	static const char *const lines[][2] = { { "urgency", "urgency" },
		{ "concern", "concern" }, { "summit", "summit" },
		{ "group", "group" }, { "asked", "asked" },
		{ "answer", "answer" }, { "finding", "finding" },
		{ "considered", "considered" }, { "act", "act" },
		{ "organisation", "organisation" }, { "purpose", "purpose" },
		{ "place", "place" }, { "replaces", "replaces" },
		{ "meeting", "meeting" }, { "note", "note" },
		{ "check", "check" }, { "to", "objects to" },
		{ "clock", "clock" }, { "of", "set by" }, { "about", "about" },
		{ "owner", "owner" }, { "aim", "aim" }, { "action", "action" },
		{ "offer", "answers" } };
	if (!is_of_summit(record)) {
		return;
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *text = paper_member(record, lines[i][0]);
		if (text[0] != '\0') {
			label(paper, lines[i][1]);
			paper_text(paper, text);
			paper_put(paper, "\n");
		}
	}
	if (paper_number(record, "term") > 0) {
		label(paper, "term");
		paper_printf(
		    paper, "%lld\n", (long long)paper_number(record, "term"));
	}
	time_line(paper, record, "at_ms", "at");
	time_line(paper, record, "due_ms", "due");
	time_line(paper, record, "seen_ms", "seen");
	people_line(paper, json_object_get(record, "people"));
	summoned_line(paper, json_object_get(record, "summoned"));
}

/*
 * In the order of time.
 */

/* The words that say most about it. */
static void said(struct paper *paper, const json_t *record)
{
	static const char *const keys[] = { "urgency", "answer", "finding",
		"act", "purpose", "check", "clock" };
	const char *type = paper_member(record, "type");
	paper_text(paper, strncmp(type, "summit-", 7) == 0 ? type + 7 : type);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (summit_line_has(record, keys[i])) {
			paper_put(paper, ", ");
			paper_text(paper, paper_member(record, keys[i]));
		}
	}
}

static void entry(struct paper *paper, const json_t *record)
{
	paper_time(paper, record, "created_at");
	paper_put(paper, "  ");
	summit_line_author(paper, record);
	paper_put(paper, ": ");
	said(paper, record);
	paper_put(paper, "\n    received here ");
	paper_time(paper, record, "received_at");
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_DIM, paper_member(record, "id"));
	paper_put(paper, "\n");
	if (!paper_flag(record, "counts")) {
		paper_put(paper, "    ");
		paper_styled(paper, PAPER_WARN, "does not count");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(record, "why_not"));
		paper_put(paper, "\n");
	}
	paper_block(paper, paper_member(record, "what"), 4);
	paper_block(paper, paper_member(record, "text"), 4);
}

void summit_paper_timeline(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "records"), at, each)
	{
		entry(paper, each);
	}
	if (paper_number(value, "left_out") > 0) {
		paper_printf(paper, "and %lld more that are passed over\n",
		    (long long)paper_number(value, "left_out"));
	}
}
