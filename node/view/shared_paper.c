#include "view/shared_paper.h"

#include "view/erasure_json.h"
#include "view/grant_paper.h"
#include "view/life_paper.h"
#include "view/render.h"

#include <string.h>

static void brief(struct paper *paper, const char *id)
{
	char text[13] = "";
	strncpy(text, id, sizeof(text) - 1);
	paper_styled(paper, PAPER_DIM, text);
}

static void moment(
    struct paper *paper, const json_t *row, const char *key, const char *name)
{
	paper_printf(paper, ", %s ", name);
	if (paper_member(row, key)[0] == '\0') {
		paper_styled(paper, PAPER_WARN, "not yet");
	} else {
		paper_time(paper, row, key);
	}
}

/* "to NHS Merton CCG: sent ..., signed for ... (receipt ...)" */
static void reader(struct paper *paper, const json_t *row)
{
	const char *name = paper_member(row, "reader_name");
	const char *receipt = paper_member(row, "receipt");
	paper_put(paper, "to ");
	paper_text(paper, name[0] != '\0' ? name : paper_member(row, "reader"));
	moment(paper, row, "sent_at", "sent");
	moment(paper, row, "received_at", "signed for");
	if (receipt[0] != '\0') {
		paper_put(paper, " in ");
		brief(paper, receipt);
	}
	if (paper_member(row, "unreadable")[0] != '\0') {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "unreadable there");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(row, "unreadable"));
	}
	paper_put(paper, "\n");
}

void shared_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		brief(paper, paper_member(each, "record"));
		paper_put(paper, "  ");
		paper_time(paper, each, "sealed_at");
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "type"));
		if (paper_member(each, "provider")[0] != '\0') {
			paper_put(paper, " about ");
			paper_text(paper, paper_member(each, "provider"));
		}
		paper_put(paper, " ");
		reader(paper, each);
	}
}

/*
 * One record.
 */

static const char *words_of(const char *event)
{
	static const char *const words[][2] = {
		{ "made", "made" },
		{ "sealed", "sealed and logged here" },
		{ "received", "received here" },
		{ "sent", "sent to" },
		{ "signed-for", "signed for by" },
		{ "unreadable", "signed for as unreadable by" },
		{ "corrected-record", "what it corrects was recorded" },
		{ "correction", "corrected" },
		{ "retraction", "retracted" },
		{ "asked-for", "asked for" },
		{ "approved", "approved" },
		{ "decided", "decided" },
		{ "erasure", "its erasure was asked for by" },
		{ "erasure-done", "erased it, it says:" },
		{ "erasure-kept", "keeps it, it says:" },
		{ "erased", "erased here" },
		{ "opened", "opened, they say, by" },
		{ "granted", "granted by" },
		{ "asked-to-go-on", "leave to hand it on was asked for by" },
		{ "answered-to-go-on", "leave to hand it on was answered by" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], event) == 0) {
			return words[i][1];
		}
	}
	return event;
}

static void rule(struct paper *paper, const json_t *each)
{
	long long line = (long long)paper_number(each, "line");
	if (line != 0) {
		paper_printf(paper, ", by the rule of line %lld,", line);
	} else {
		paper_put(paper, ", by no rule,");
	}
}

static bool ends_in_by(const char *words)
{
	size_t size = strlen(words);
	return size > 3 && strcmp(words + size - 3, " by") == 0;
}

static void event(struct paper *paper, const json_t *each)
{
	const char *what = paper_member(each, "event");
	const char *who = paper_member(each, "organisation");
	bool by = strcmp(what, "made") == 0;
	paper_put(paper, "  ");
	paper_time(paper, each, "at");
	paper_put(paper, "  ");
	paper_text(paper, words_of(what));
	if (who[0] != '\0') {
		paper_put(paper, by ? " by " : " ");
		paper_text(paper, who);
		/* Its clock, not ours. */
		paper_put(paper, by ? ", it says" : "");
	} else if (ends_in_by(words_of(what))) {
		paper_put(paper, " this organisation");
	}
	if (paper_member(each, "person")[0] != '\0') {
		paper_put(paper, " by ");
		paper_text(paper, paper_member(each, "person"));
	}
	if (strcmp(what, "approved") == 0 || strcmp(what, "decided") == 0) {
		rule(paper, each);
	}
	if (paper_member(each, "record")[0] != '\0') {
		paper_put(paper, " in ");
		brief(paper, paper_member(each, "record"));
	}
	paper_put(paper, "\n");
}

static void audience(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "audience"), at, each)
	{
		const char *name = paper_member(each, "name");
		paper_put(paper, at == 0 ? "readers   " : ", ");
		paper_text(paper,
		    name[0] != '\0' ? name : paper_member(each, "fingerprint"));
	}
	paper_put(paper, at > 0 ? "\n" : "readers   not known here\n");
}

static void put_log(struct paper *paper, const json_t *log)
{
	paper_printf(paper, "log       leaf %lld of %lld, generation ",
	    (long long)paper_number(log, "index"),
	    (long long)paper_number(log, "size"));
	paper_text(paper, paper_member(log, "generation"));
	paper_printf(paper, "\nstream    number %lld of ",
	    (long long)paper_number(log, "number"));
	paper_text(paper, paper_member(log, "stream"));
	paper_put(paper, ", ");
	paper_text(paper, paper_member(log, "status"));
	paper_put(paper, "\n");
}

void shared_paper_life(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *log = json_object_get(value, "log");
	paper_styled(paper, PAPER_BOLD, paper_member(value, "id"));
	paper_put(paper, "\nwhat      ");
	paper_text(paper, paper_member(value, "type"));
	if (paper_member(value, "provider")[0] != '\0') {
		paper_put(paper, " about ");
		paper_text(paper, paper_member(value, "provider"));
	}
	paper_put(paper, "\nauthor    ");
	paper_text(paper, paper_member(value, "author"));
	paper_put(paper, "\n");
	audience(paper, value);
	grant_paper_record(paper, value);
	if (json_is_object(log)) {
		put_log(paper, log);
	}
	life_paper_state(paper, value, "  ");
	render_standing(paper, value);
	json_array_foreach(json_object_get(value, "readers"), at, each)
	{
		paper_put(paper, at == 0 ? "\n  " : "  ");
		reader(paper, each);
	}
	erasure_json_render_added(paper, value);
	paper_put(paper, "\n");
	json_array_foreach(json_object_get(value, "events"), at, each)
	{
		event(paper, each);
	}
	json_array_foreach(json_object_get(value, "opened_here"), at, each)
	{
		paper_put(paper, at == 0 ? "\nopened here\n  " : "  ");
		paper_time(paper, each, "at");
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "account"));
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "operation"));
		paper_put(paper, "\n");
	}
}
