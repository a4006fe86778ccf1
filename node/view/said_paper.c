#include "view/said_paper.h"

#include "view/report.h"

#include <string.h>

void said_paper_result(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *left_out = json_object_get(value, "left_out");
	report_shared(paper, value);
	json_array_foreach(left_out, at, each)
	{
		paper_styled(paper, PAPER_WARN, "left out");
		paper_put(paper, ": ");
		paper_org(paper, each, "name", "code");
		if (paper_member(each, "name")[0] == '\0') {
			paper_put(paper, " ");
			paper_text(paper, paper_member(each, "fingerprint"));
		}
		paper_put(paper, ", ");
		paper_text(paper, paper_member(each, "why"));
		paper_put(paper, "\n");
	}
}

/*
 * Requests.
 */

static void days(struct paper *paper, json_int_t count)
{
	if (count == 0) {
		paper_put(paper, "asked less than a day ago");
	} else {
		paper_printf(paper, "asked %lld day%s ago", (long long)count,
		    count == 1 ? "" : "s");
	}
}

static void reached(struct paper *paper, const json_t *addressee)
{
	if (json_is_null(json_object_get(addressee, "reached_at"))) {
		paper_put(paper, "; not known to have got there");
	} else {
		paper_put(paper, "; it got there ");
		paper_time(paper, addressee, "reached_at");
	}
}

static void addressee(
    struct paper *paper, const json_t *value, json_int_t age, bool ours)
{
	const char *state = paper_member(value, "state");
	paper_put(paper, "  ");
	paper_org(paper, value, "name", "code");
	paper_put(paper, ": ");
	if (strcmp(state, "open") == 0) {
		paper_styled(paper, PAPER_WARN, "no answer yet");
		paper_put(paper, ", ");
		days(paper, age);
		if (ours) {
			reached(paper, value);
		}
	} else if (strcmp(state, "not-seen") == 0) {
		paper_put(paper, "no answer is held here");
	} else if (strcmp(state, "refused") == 0) {
		paper_styled(paper, PAPER_WARN, "refused");
	} else {
		paper_styled(paper, PAPER_GOOD,
		    strcmp(state, "answered") == 0
			? "answered"
			: "looked for it, and holds nothing");
	}
	if (paper_member(value, "answer")[0] != '\0') {
		paper_put(paper, ", ");
		paper_time(paper, value, "answered_at");
		paper_put(paper, "  ");
		paper_brief_id(paper, paper_member(value, "answer"));
	}
	paper_put(paper, "\n");
	if (paper_member(value, "text")[0] != '\0') {
		paper_block(paper, paper_member(value, "text"), 4);
	}
}

static void line(struct paper *paper, const json_t *object, const char *key,
    const char *name)
{
	if (paper_member(object, key)[0] != '\0') {
		paper_printf(paper, "  %s: ", name);
		paper_text(paper, paper_member(object, key));
		paper_put(paper, "\n");
	}
}

static void request(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_int_t age = paper_number(value, "age_days");
	paper_brief_id(paper, paper_member(value, "id"));
	paper_put(paper, "  ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "  ");
	paper_org(paper, value, "author", "author_code");
	paper_put(paper, " asks");
	if (paper_member(value, "provider")[0] != '\0') {
		paper_put(paper, " about ");
		paper_styled(
		    paper, PAPER_BOLD, paper_member(value, "provider"));
	}
	if (paper_flag(value, "overdue")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "overdue");
	}
	paper_put(paper, "\n");
	line(paper, value, "theme", "theme");
	line(paper, value, "purpose", "purpose");
	line(paper, value, "already_held", "already held");
	line(paper, value, "answer_by", "answer by");
	json_array_foreach(json_object_get(value, "addressees"), at, each)
	{
		addressee(paper, each, age, paper_flag(value, "ours"));
	}
	json_array_foreach(json_object_get(value, "not_counted"), at, each)
	{
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN, "does not count");
		paper_put(paper, ": an answer by ");
		paper_org(paper, each, "author", "author_code");
		paper_put(paper, ", ");
		paper_text(paper, paper_member(each, "why_not"));
		paper_put(paper, "  ");
		paper_brief_id(paper, paper_member(each, "id"));
		paper_put(paper, "\n");
	}
}

void said_paper_requests(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		request(paper, each);
	}
}

/*
 * Of a record.
 */

static void relation(struct paper *paper, const json_t *value)
{
	static const char *const words[] = { "verdict", "outcome", "source" };
	paper_put(paper, "  ");
	paper_org(paper, value, "author", "author_code");
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (paper_member(value, words[i])[0] != '\0') {
			paper_put(paper, ", ");
			paper_text(paper, paper_member(value, words[i]));
		}
	}
	if (json_is_false(json_object_get(value, "independent"))) {
		paper_put(paper, ", not independent");
	}
	paper_put(paper, "  ");
	paper_brief_id(paper, paper_member(value, "id"));
	paper_put(paper, "\n");
	if (paper_flag(value, "superseded")) {
		paper_put(paper, "    a later answer takes its place\n");
	}
	if (!paper_flag(value, "counts")) {
		paper_put(paper, "    ");
		paper_styled(paper, PAPER_WARN, "does not count");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(value, "why_not"));
		paper_put(paper, "\n");
	}
	paper_block(paper, paper_member(value, "text"), 4);
}

void said_paper_relations(struct paper *paper, const json_t *record)
{
	static const char *const lists[][2] = {
		{ "corroborated_by", "corroborated by" },
		{ "feedback", "feedback" },
		{ "answers", "answers" },
		{ "cited_by", "cited by" },
	};
	const json_t *left_out = json_object_get(record, "left_out");
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const json_t *list = json_object_get(record, lists[i][0]);
		size_t at = 0;
		const json_t *each = NULL;
		if (json_array_size(list) > 0) {
			paper_printf(paper, "\n%s\n", lists[i][1]);
		}
		json_array_foreach(list, at, each)
		{
			relation(paper, each);
		}
		if (json_object_get(left_out, lists[i][0]) != NULL) {
			paper_printf(paper, "  and %lld more, older\n",
			    (long long)json_integer_value(
				json_object_get(left_out, lists[i][0])));
		}
	}
}

void said_paper_standing(struct paper *paper, const json_t *record)
{
	const char *standing = paper_member(record, "standing");
	if (standing[0] != '\0' && strcmp(standing, "counts") != 0) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN,
		    strcmp(standing, "unconfirmed") == 0 ? "unconfirmed"
							 : "does not count");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(record, "standing_why"));
		paper_put(paper, "\n");
	}
	if (json_is_false(json_object_get(record, "newest"))) {
		paper_put(paper,
		    "  its author has judged this provider again since\n");
	}
}
