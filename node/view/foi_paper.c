#include "view/foi_paper.h"

#include "view/life_paper.h"

#include <string.h>

static void line(struct paper *paper, const json_t *object, const char *key,
    const char *name)
{
	if (paper_member(object, key)[0] != '\0') {
		paper_printf(paper, "  %s: ", name);
		paper_text(paper, paper_member(object, key));
		paper_put(paper, "\n");
	}
}

static void request_line(struct paper *paper, const json_t *request)
{
	bool subject =
	    strcmp(paper_member(request, "kind"), "subject-access") == 0;
	paper_printf(
	    paper, "request %lld", (long long)paper_number(request, "number"));
	paper_put(paper, subject ? ", subject access" : "");
	paper_put(paper, ", received ");
	paper_text(paper, paper_member(request, "received_on"));
}

void foi_paper_logged(struct paper *paper, const json_t *value)
{
	request_line(paper, value);
	paper_put(paper, "\n");
}

void foi_paper_closed(struct paper *paper, const json_t *value)
{
	paper_printf(paper, "request %lld is closed\n",
	    (long long)paper_number(value, "number"));
}

void foi_paper_decided(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "records"), at, each)
	{
		paper_put(paper, "decided on ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
	json_array_foreach(json_object_get(value, "warnings"), at, each)
	{
		paper_styled(paper, PAPER_WARN, "note");
		paper_put(paper, ": ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
}

/*
 * The list.
 */

static void view(struct paper *paper, const json_t *value)
{
	bool objects = strcmp(paper_member(value, "verdict"), "objection") == 0;
	if (!json_is_object(value)) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN, "no answer yet");
		paper_put(paper, "\n");
		return;
	}
	paper_put(paper, "  ");
	paper_styled(paper, objects ? PAPER_WARN : PAPER_GOOD,
	    objects ? "objects" : "no objection");
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "\n");
	paper_block(paper, paper_member(value, "text"), 4);
}

static void consultation(struct paper *paper, const json_t *value)
{
	paper_brief_id(paper, paper_member(value, "record"));
	paper_put(paper, "  ");
	paper_put(paper, paper_flag(value, "ours") ? "this organisation" : "");
	if (!paper_flag(value, "ours")) {
		paper_text(paper, paper_member(value, "asked_by"));
	}
	paper_put(paper, " asks about record ");
	paper_brief_id(paper, paper_member(value, "about"));
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "\n");
	line(paper, value, "answer_by", "answer by");
	paper_block(paper, paper_member(value, "text"), 2);
	view(paper, json_object_get(value, "view"));
}

static void left_out(
    struct paper *paper, const json_t *value, const char *key, const char *type)
{
	if (paper_number(value, key) > 0) {
		paper_printf(paper,
		    "%lld older ones are not shown here: qsg records --all "
		    "--type %s\n",
		    (long long)paper_number(value, key), type);
	}
}

void foi_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *requests = json_object_get(value, "requests");
	const json_t *asked = json_object_get(value, "consultations");
	if (json_array_size(requests) == 0) {
		paper_put(paper, "no requests\n");
	}
	json_array_foreach(requests, at, each)
	{
		request_line(paper, each);
		paper_printf(paper,
		    ", %lld days ago; decided on %lld record%s\n",
		    (long long)paper_number(each, "age_days"),
		    (long long)paper_number(each, "decided"),
		    paper_number(each, "decided") == 1 ? "" : "s");
		if (json_is_string(json_object_get(each, "closed_at"))) {
			paper_put(paper, "  closed ");
			paper_time(paper, each, "closed_at");
			paper_put(paper, "\n");
		}
		paper_block(paper, paper_member(each, "text"), 2);
	}
	left_out(paper, value, "requests_left_out", "foi-request");
	if (json_array_size(asked) > 0) {
		paper_put(paper, "\n");
		paper_styled(paper, PAPER_BOLD, "consultations");
		paper_put(paper, "\n");
	}
	json_array_foreach(asked, at, each)
	{
		consultation(paper, each);
	}
	left_out(paper, value, "consultations_left_out", "foi-consultation");
}

/*
 * The schedule.
 */

static void row(struct paper *paper, const json_t *value)
{
	paper_brief_id(paper, paper_member(value, "record"));
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_BOLD, paper_member(value, "verdict"));
	if (paper_member(value, "exemption")[0] != '\0') {
		paper_put(paper, ", ");
		paper_text(paper, paper_member(value, "exemption"));
	}
	paper_put(paper, "\n  ");
	paper_text(paper, paper_member(value, "type"));
	paper_put(paper, " by ");
	paper_text(paper, paper_member(value, "author"));
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "\n");
	life_paper_state(paper, value, "  ");
	line(paper, value, "corrected_by", "corrected by");
	line(paper, value, "foi_note", "its author's note");
	line(paper, value, "reason", "reason");
	if (json_is_object(json_object_get(value, "consultation"))) {
		paper_put(paper, "  its author was consulted\n");
		view(paper, json_object_get(value, "view"));
	}
	if (paper_number(value, "earlier_decisions") > 0) {
		paper_printf(paper, "  decided otherwise before: %lld\n",
		    (long long)paper_number(value, "earlier_decisions"));
	}
}

void foi_paper_schedule(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *rows = json_object_get(value, "rows");
	const char *file = paper_member(value, "file");
	if (file[0] != '\0') {
		paper_text(paper, file);
		paper_printf(paper, ": %zu record%s\n", json_array_size(rows),
		    json_array_size(rows) == 1 ? "" : "s");
		return;
	}
	request_line(paper, json_object_get(value, "request"));
	paper_put(paper, "\n");
	if (json_array_size(rows) == 0) {
		paper_put(paper, "nothing was decided yet\n");
	}
	json_array_foreach(rows, at, each)
	{
		paper_put(paper, "\n");
		row(paper, each);
	}
}

/*
 * Search.
 */

static void hits(struct paper *paper, const json_t *found)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(found, at, each)
	{
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "term"));
		paper_put(paper, " in ");
		paper_text(paper, paper_member(each, "field"));
		paper_put(paper, ":\n");
		paper_block(paper, paper_member(each, "begins"), 4);
	}
}

void foi_paper_found(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		paper_text(paper, paper_member(each, "id"));
		paper_put(paper, "\n  ");
		paper_text(paper, paper_member(each, "type"));
		paper_put(paper, " by ");
		paper_text(paper, paper_member(each, "author"));
		paper_put(paper, ", ");
		paper_time(paper, each, "created_at");
		paper_put(
		    paper, paper_flag(each, "private") ? " (private)\n" : "\n");
		life_paper_state(paper, each, "  ");
		line(paper, each, "corrected_by", "corrected by");
		hits(paper, json_object_get(each, "found"));
	}
}
