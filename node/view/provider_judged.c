#include "view/provider_judged.h"

#include "view/provider_lines.h"

#include <string.h>

static long long number(const json_t *object, const char *key)
{
	return (long long)paper_number(object, key);
}

static bool is_set(const json_t *object, const char *key)
{
	return paper_member(object, key)[0] != '\0';
}

/* "751fedc46ce2  Care Quality Commission (CQC), 2013-01-31: " */
static void put_begin(struct paper *paper, const json_t *each)
{
	paper_put(paper, "  ");
	provider_line_id(paper, each);
	paper_put(paper, "  ");
	provider_line_author(paper, each);
	paper_put(paper, ", ");
	provider_line_day(paper, each);
	paper_put(paper, ": ");
}

static void put_end(struct paper *paper, const json_t *each)
{
	provider_line_readers(paper, each);
	paper_put(paper, "\n");
}

static void put_judgements(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "judgements");
	if (json_array_size(list) == 0) {
		return;
	}
	provider_line_heading(paper, "judgements, each its author's own");
	json_array_foreach(list, at, each)
	{
		if (!provider_line_counts(each)) {
			continue;
		}
		put_begin(paper, each);
		provider_line_words(paper, paper_member(each, "view"));
		paper_put(paper, paper_flag(each, "opposed") ? " (!)" : "");
		paper_put(paper, paper_flag(each, "confirmed")
				     ? ""
				     : " (unconfirmed: of no member)");
		put_end(paper, each);
		provider_line_text(paper, paper_member(each, "text"), 4);
	}
	if (paper_flag(value, "opposed")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN, "(!) they differ on safety");
		paper_put(paper, ": to be discussed between them; each keeps "
				 "its own responsibility\n");
	}
}

static void put_findings(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "findings");
	if (json_array_size(list) == 0) {
		return;
	}
	provider_line_heading(paper, "findings");
	json_array_foreach(list, at, each)
	{
		if (strcmp(paper_member(each, "standing"), "older") == 0) {
			continue;
		}
		put_begin(paper, each);
		provider_line_words(paper, paper_member(each, "what"));
		if (is_set(each, "question")) {
			paper_put(paper, ", ");
			provider_line_words(
			    paper, paper_member(each, "question"));
		}
		paper_put(paper, ": ");
		provider_line_words(paper, paper_member(each, "value"));
		put_end(paper, each);
		if (!provider_line_counts(each)) {
			paper_put(paper, "    ");
			provider_line_why_not(paper, each);
			paper_put(paper, "\n");
		}
		provider_line_text(paper, paper_member(each, "text"), 4);
	}
}

/* Those of one state: "; open: CQC, 08R". How many. */
static size_t put_asked(struct paper *paper, const json_t *addressees,
    const char *state, const char *words, bool first)
{
	size_t at = 0;
	size_t count = 0;
	const json_t *each = NULL;
	json_array_foreach(addressees, at, each)
	{
		if (strcmp(paper_member(each, "state"), state) != 0) {
			continue;
		}
		if (count == 0) {
			paper_put(paper, first ? "" : "; ");
			paper_styled(paper, PAPER_WARN, words);
			paper_put(paper, ": ");
		}
		paper_put(paper, count++ == 0 ? "" : ", ");
		paper_text(paper, is_set(each, "code")
				      ? paper_member(each, "code")
				      : paper_member(each, "fingerprint"));
	}
	return count;
}

/* "answered by 1 of 2; open: CQC, 3 days" */
static void put_state(struct paper *paper, const json_t *request)
{
	static const char *const others[][2] = {
		{ "nothing-held", "holds nothing" },
		{ "refused", "refused" },
		{ "not-seen", "no answer is held here" },
	};
	const json_t *asked = json_object_get(request, "addressees");
	size_t answered = 0;
	size_t at = 0;
	const json_t *each = NULL;
	bool first = true;
	json_array_foreach(asked, at, each)
	{
		answered +=
		    strcmp(paper_member(each, "state"), "answered") == 0;
	}
	if (at == 0) {
		paper_text(paper, paper_member(request, "state"));
	}
	if (answered > 0) {
		paper_styled(paper, PAPER_GOOD, "answered");
		paper_printf(paper, " by %zu of %zu", answered, at);
		first = false;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (put_asked(paper, asked, others[i][0], others[i][1], first) >
		    0) {
			first = false;
		}
	}
	if (put_asked(paper, asked, "open", "open", first) > 0) {
		paper_put(paper, ", ");
		provider_line_plural(
		    paper, number(request, "age_days"), "day", "days");
	}
	paper_put(paper, paper_flag(request, "overdue") ? ", overdue" : "");
}

static void put_requests(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "requests");
	if (json_array_size(list) == 0) {
		return;
	}
	provider_line_heading(paper, "requests");
	json_array_foreach(list, at, each)
	{
		put_begin(paper, each);
		put_state(paper, each);
		put_end(paper, each);
		provider_line_text(paper, paper_member(each, "purpose"), 4);
		provider_line_said(paper, each);
	}
}

static void put_indicators(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const char *last = "";
	const char *publisher = "";
	const json_t *list = json_object_get(value, "indicators");
	if (json_array_size(list) == 0) {
		return;
	}
	provider_line_heading(paper, "indicators held");
	/* Set by set, the newest period first: a line for each set. */
	json_array_foreach(list, at, each)
	{
		if (!provider_line_counts(each)) {
			continue;
		}
		if (strcmp(paper_member(each, "set"), last) != 0 ||
		    strcmp(paper_member(each, "publisher"), publisher) != 0) {
			paper_put(paper, last[0] == '\0' ? "  " : "\n  ");
			last = paper_member(each, "set");
			publisher = paper_member(each, "publisher");
			paper_text(paper, last);
			paper_put(paper, " of ");
			paper_text(paper, publisher);
			paper_put(paper, ":");
		}
		paper_put(paper, " ");
		paper_text(paper, paper_member(each, "period"));
	}
	paper_put(paper, last[0] == '\0' ? "" : "\n");
}

/* "regular review since 2013-02-01, when risk summit 751fedc46ce2 stood down,
 * until the convenor of South London QSG judges it anew" */
static void put_review(struct paper *paper, const json_t *value)
{
	const json_t *review = json_object_get(value, "regular_review");
	char brief[13] = "";
	if (!json_is_object(review)) {
		return;
	}
	strncpy(brief, paper_member(review, "summit"), sizeof(brief) - 1);
	paper_styled(paper, PAPER_WARN, "regular review");
	paper_put(paper, " since ");
	paper_time(paper, review, "since");
	paper_printf(paper, ", when risk summit %s stood down, until ", brief);
	if (is_set(review, "group_name")) {
		paper_put(paper, "the convenor of ");
		paper_text(paper, paper_member(review, "group_name"));
	} else {
		paper_put(paper, "the convenor of its group");
	}
	paper_put(paper, " judges it anew\n");
}

void provider_judged_paper(struct paper *paper, const json_t *value)
{
	put_review(paper, value);
	put_judgements(paper, value);
	put_findings(paper, value);
	put_requests(paper, value);
	put_indicators(paper, value);
}
