#include "view/render.h"
#include "view/grant_paper.h"

#include "view/erasure_json.h"
#include "view/life_paper.h"
#include "view/relation_paper.h"
#include "view/report.h"
#include "view/said_paper.h"
#include "view/summit_paper.h"

#include "domain/indicator.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 14, CODE_WIDTH = 8 };

static void label(struct paper *paper, const char *name)
{
	paper_printf(paper, "%-*s", LABEL_WIDTH, name);
}

static void line(struct paper *paper, const char *name, const char *text)
{
	if (text[0] == '\0') {
		return;
	}
	label(paper, name);
	paper_text(paper, text);
	paper_put(paper, "\n");
}

static void member_line(struct paper *paper, const json_t *object,
    const char *key, const char *name)
{
	line(paper, name, paper_member(object, key));
}

static void time_line(struct paper *paper, const json_t *object,
    const char *key, const char *name)
{
	/* Nothing says any more when something erased was made. */
	if (paper_member(object, key)[0] == '\0') {
		return;
	}
	label(paper, name);
	paper_time(paper, object, key);
	paper_put(paper, "\n");
}

static void strings_line(
    struct paper *paper, const char *name, const json_t *array)
{
	size_t at = 0;
	const json_t *value = NULL;
	if (json_array_size(array) == 0) {
		return;
	}
	label(paper, name);
	json_array_foreach(array, at, value)
	{
		paper_put(paper, at == 0 ? "" : ", ");
		paper_text(paper, json_string_value(value));
	}
	paper_put(paper, "\n");
}

void render_card(struct paper *paper, const json_t *value)
{
	member_line(paper, value, "name", "name");
	member_line(paper, value, "code", "code");
	member_line(paper, value, "kind", "kind");
	member_line(paper, value, "fingerprint", "fingerprint");
	label(paper, "version");
	paper_printf(
	    paper, "%lld\n", (long long)paper_number(value, "version"));
	strings_line(paper, "endpoints", json_object_get(value, "endpoints"));
}

static void peer_state(struct paper *paper, const json_t *peer)
{
	label(paper, "  connected");
	if (paper_flag(peer, "connected")) {
		paper_styled(paper, PAPER_GOOD, "yes");
		paper_put(paper, ", since ");
		paper_time(paper, peer, "since");
	} else {
		paper_put(paper, "no, last seen ");
		paper_time(paper, peer, "last_seen");
	}
	paper_put(paper, "\n");
	json_int_t here = paper_number(peer, "refused_here");
	json_int_t there = paper_number(peer, "refused_there");
	if (here > 0 || there > 0) {
		label(paper, "  refused");
		paper_printf(paper, "%lld of theirs here, %lld of ours there\n",
		    (long long)here, (long long)there);
	}
	if (paper_member(peer, "problem")[0] != '\0') {
		label(paper, "  problem");
		paper_styled(paper, PAPER_WARN, paper_member(peer, "problem"));
		paper_put(paper, ", ");
		paper_time(paper, peer, "problem_at");
		paper_put(paper, "\n");
	}
}

static void peer_waiting(struct paper *paper, const json_t *peer)
{
	const json_t *waiting = json_object_get(peer, "waiting");
	if (!json_is_object(waiting)) {
		return;
	}
	label(paper, "  waiting");
	paper_put(paper, "it now says ");
	paper_org(paper, waiting, "name", "code");
	paper_put(paper, ", ");
	paper_text(paper, paper_member(waiting, "kind"));
	paper_put(paper, "; to accept, add its new card\n");
}

static void peer_stated(struct paper *paper, const json_t *peer)
{
	const json_t *stated = json_object_get(peer, "stated");
	if (!json_is_object(stated)) {
		return;
	}
	label(paper, "  stated");
	paper_put(paper, "a roster now says ");
	paper_org(paper, stated, "name", "code");
	paper_put(paper, ", ");
	paper_text(paper, paper_member(stated, "kind"));
	paper_put(
	    paper, paper_flag(stated, "differs")
		       ? ", and another differs; to decide, add its card\n"
		       : "; to accept, `qsg peer admit` it\n");
}

static void peer_standing(struct paper *paper, const json_t *peer)
{
	if (paper_member(peer, "refused")[0] != '\0') {
		label(paper, "  standing");
		paper_styled(paper, PAPER_WARN, "refused here: ");
		paper_text(paper, paper_member(peer, "refused"));
		paper_put(paper, "\n");
	} else if (paper_flag(peer, "barred")) {
		label(paper, "  standing");
		paper_styled(paper, PAPER_WARN,
		    "barred: in no group with this organisation any more");
		paper_put(paper, "\n");
	} else if (strcmp(paper_member(peer, "enrolled_by"), "roster") == 0) {
		label(paper, "  standing");
		paper_put(paper, "enrolled by the roster of a group\n");
	}
}

void render_peer(struct paper *paper, const json_t *value)
{
	paper_styled(paper, PAPER_BOLD, paper_member(value, "name"));
	paper_put(paper, " (");
	paper_text(paper, paper_member(value, "code"));
	paper_put(paper, "), ");
	paper_text(paper, paper_member(value, "kind"));
	paper_put(paper, "\n");
	member_line(paper, value, "fingerprint", "  fingerprint");
	member_line(paper, value, "endpoint", "  endpoint");
	peer_standing(paper, value);
	peer_state(paper, value);
	peer_waiting(paper, value);
	peer_stated(paper, value);
}

void render_peers(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		render_peer(paper, each);
	}
}

void render_peer_added(struct paper *paper, const json_t *value)
{
	static const char *const said[][2] = {
		{ "added", "added " },
		{ "updated", "newer card accepted: " },
		{ "same", "already known: " },
		{ "waits", "keys and endpoints accepted, the rest waits: " },
	};
	const char *outcome = paper_member(value, "outcome");
	const json_t *of = json_object_get(value, "peer");
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (strcmp(said[i][0], outcome) == 0) {
			paper_put(paper, said[i][1]);
		}
	}
	paper_org(paper, of, "name", "code");
	paper_put(paper, "\n");
}

/* "on 751fedc46ce2: four eyes, approved by ..." */
static void decided(struct paper *paper, const json_t *record)
{
	static const char *const by[][2] = {
		{ "approved_by", ", approved by " },
		{ "refused_by", ", refused by " },
	};
	const json_t *decision = json_object_get(record, "decision");
	char brief[13] = "";
	strncpy(brief, paper_member(record, "decides_on"), sizeof(brief) - 1);
	if (brief[0] != '\0') {
		paper_put(paper, " on ");
		paper_styled(paper, PAPER_DIM, brief);
	}
	paper_put(paper, ": ");
	report_verdict(paper, paper_member(decision, "verdict"));
	for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
		if (paper_member(decision, by[i][0])[0] != '\0') {
			paper_put(paper, by[i][1]);
			paper_text(paper, paper_member(decision, by[i][0]));
		}
	}
}

void render_facts(struct paper *paper, const json_t *record)
{
	static const char *const keys[] = { "kind", "stance", "source",
		"dimension", "view", "what", "question", "value", "outcome",
		"verdict" };
	bool first = true;
	paper_text(paper, paper_member(record, "type"));
	if (paper_member(record, "provider")[0] != '\0') {
		paper_put(paper, " about ");
		paper_styled(
		    paper, PAPER_BOLD, paper_member(record, "provider"));
	} else if (paper_member(record, "provider_group")[0] != '\0') {
		paper_put(paper, " about ");
		paper_styled(
		    paper, PAPER_BOLD, paper_member(record, "provider_group"));
	}
	if (paper_flag(record, "significant")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "significant");
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *word = paper_member(record, keys[i]);
		if (word[0] != '\0') {
			paper_put(paper, first ? ": " : ", ");
			paper_text(paper, word);
			first = false;
		}
	}
	if (paper_member(record, "set")[0] != '\0') {
		paper_put(paper, ": ");
		paper_text(paper, paper_member(record, "set"));
		paper_put(paper, " ");
		paper_text(paper, paper_member(record, "period"));
		paper_put(paper, " of ");
		paper_text(paper, paper_member(record, "publisher"));
		paper_printf(paper, ", %lld rows",
		    (long long)paper_number(record, "rows"));
	}
	if (json_is_object(json_object_get(record, "decision"))) {
		decided(paper, record);
	}
	paper_put(paper, paper_flag(record, "private") ? " (private)\n" : "\n");
}

static void remark(struct paper *paper, const char *word, const char *meaning)
{
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_WARN, word);
	paper_put(paper, ": ");
	paper_text(paper, meaning);
	paper_put(paper, "\n");
}

void render_standing(struct paper *paper, const json_t *record)
{
	if (paper_flag(record, "disowned")) {
		remark(paper, "disowned",
		    "of a log that has ended, and in no head of it that its "
		    "author stands by");
	}
	if (paper_flag(record, "split_view")) {
		remark(paper, "split view",
		    "its author has signed two histories of its log");
	}
	if (json_is_false(json_object_get(record, "proven"))) {
		remark(paper, "not proven",
		    "its author does not show that its log has one history");
	}
	if (paper_member(record, "state")[0] != '\0') {
		remark(paper, paper_member(record, "state"),
		    paper_member(record, "reason"));
	}
}

/* Where no text is: that there is something to ask for. */
static void pointer(struct paper *paper, const json_t *record)
{
	if (paper_flag(record, "pointer_only")) {
		paper_put(paper,
		    "  (no text: the author holds something on this; ask "
		    "them)\n");
	}
}

void render_records(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		char brief[13] = "";
		strncpy(brief, paper_member(each, "id"), sizeof(brief) - 1);
		paper_put(paper, at == 0 ? "" : "\n");
		paper_styled(paper, PAPER_DIM, brief);
		paper_put(paper, "  ");
		paper_time(paper, each, "received_at");
		paper_put(paper, "  ");
		paper_org(paper, each, "author", "author_code");
		paper_put(paper, "\n");
		life_paper_state(paper, each, "  ");
		paper_put(paper, "  ");
		render_facts(paper, each);
		said_paper_standing(paper, each);
		render_standing(paper, each);
		paper_block(paper, paper_member(each, "text"), 2);
		pointer(paper, each);
		if (paper_member(each, "foi_note")[0] != '\0') {
			paper_put(paper, "  FOI advice: ");
			paper_text(paper, paper_member(each, "foi_note"));
			paper_put(paper, "\n");
		}
	}
}

static void audience(struct paper *paper, const json_t *array)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (!json_is_array(array)) {
		line(paper, "readers", "not known here");
		return;
	}
	json_array_foreach(array, at, each)
	{
		label(paper, at == 0 ? "readers" : "");
		if (paper_member(each, "name")[0] == '\0') {
			paper_text(paper, paper_member(each, "fingerprint"));
		} else {
			paper_org(paper, each, "name", "code");
		}
		paper_put(paper, "\n");
	}
}

static void position(struct paper *paper, const json_t *log)
{
	if (!json_is_object(log)) {
		return;
	}
	label(paper, "log");
	paper_printf(paper, "leaf %lld of %lld, generation ",
	    (long long)paper_number(log, "index"),
	    (long long)paper_number(log, "size"));
	paper_text(paper, paper_member(log, "generation"));
	paper_put(paper, "\n");
	label(paper, "stream");
	paper_printf(
	    paper, "number %lld of ", (long long)paper_number(log, "number"));
	paper_text(paper, paper_member(log, "stream"));
	paper_put(paper, ", ");
	paper_text(paper, paper_member(log, "status"));
	paper_put(paper, "\n");
}

static void references(struct paper *paper, const json_t *record)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *array = json_object_get(record, "references");
	json_array_foreach(array, at, each)
	{
		line(paper, paper_member(each, "relation"),
		    paper_member(each, "record"));
	}
	member_line(paper, record, "corrected_by", "corrected by");
	/* Records of our own, for nobody else. */
	strings_line(paper, "source", json_object_get(record, "source_of"));
	strings_line(paper, "decided", json_object_get(record, "decides"));
}

/* On whose say something was shared, and by which rule. */
static void decision(struct paper *paper, const json_t *value)
{
	static const char *const words[][2] = {
		{ "verdict", "verdict" },
		{ "rule", "rule" },
		{ "asked_by", "asked by" },
		{ "approved_by", "approved by" },
		{ "refused_by", "refused by" },
		{ "without_cqc", "without CQC" },
		{ "provider", "about" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		member_line(paper, value, words[i][0], words[i][1]);
	}
}

static void domains_line(struct paper *paper, const json_t *record)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *array = json_object_get(record, "domains");
	json_array_foreach(array, at, each)
	{
		if (at == 0) {
			label(paper, "domains");
		}
		paper_printf(paper, "%s%lld", at == 0 ? "" : ", ",
		    (long long)json_integer_value(each));
	}
	paper_put(paper, at == 0 ? "" : "\n");
}

static void handling(struct paper *paper, const json_t *record)
{
	const json_t *rules = json_object_get(record, "handling");
	member_line(paper, rules, "marking", "marking");
	member_line(paper, rules, "onward", "passing on");
	member_line(paper, rules, "review_on", "review on");
	member_line(paper, rules, "foi_note", "FOI advice");
}

/* Somebody else's words in a column of a table. */
static void cell(struct paper *paper, const char *text, size_t width)
{
	paper_put(paper, "  ");
	size_t before = paper->out.size;
	paper_text(paper, text);
	size_t used = paper->out.size - before;
	paper_printf(paper, "%*s", used < width ? (int)(width - used) : 0, "");
}

/* "12.5", or * for a value that was withheld. */
static void number(struct paper *paper, const json_t *value, size_t width)
{
	char text[40] = "*";
	json_int_t mantissa = paper_number(value, "mantissa");
	uint64_t digits =
	    mantissa < 0 ? 0 - (uint64_t)mantissa : (uint64_t)mantissa;
	uint64_t one = 1;
	int decimals = 0;
	while (decimals < (int)INDICATOR_DECIMALS &&
	       decimals < paper_number(value, "decimals")) {
		decimals++;
		one *= 10;
	}
	if (!paper_flag(value, "suppressed")) {
		int size = snprintf(text, sizeof(text), "%s%" PRIu64,
		    mantissa < 0 ? "-" : "", digits / one);
		if (one > 1) {
			(void)snprintf(text + size, sizeof(text) - (size_t)size,
			    ".%0*" PRIu64, decimals, digits % one);
		}
	}
	paper_printf(paper, "  %*s", (int)width, text);
}

static void row(struct paper *paper, const json_t *value, const json_t *columns)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *values = json_object_get(value, "values");
	cell(paper, paper_member(value, "provider"), CODE_WIDTH);
	cell(paper, paper_member(value, "category"), CODE_WIDTH);
	json_array_foreach(values, at, each)
	{
		const char *name =
		    json_string_value(json_array_get(columns, at));
		size_t width = name == NULL ? 0 : strlen(name);
		number(paper, each, width);
	}
	paper_put(paper, "\n");
}

/* An indicator's figures, one line for each organisation. */
static void rows(struct paper *paper, const json_t *set)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(set, "rows");
	const json_t *columns = json_object_get(set, "columns");
	if (json_array_size(list) == 0) {
		return;
	}
	paper_put(paper, "\nrows\n");
	cell(paper, "provider", CODE_WIDTH);
	cell(paper, "category", CODE_WIDTH);
	json_array_foreach(columns, at, each)
	{
		cell(paper, json_string_value(each), 0);
	}
	paper_put(paper, "\n");
	json_array_foreach(list, at, each)
	{
		row(paper, each, columns);
	}
}

static void block_line(struct paper *paper, const json_t *record,
    const char *key, const char *name)
{
	if (paper_member(record, key)[0] != '\0') {
		paper_printf(paper, "\n%s\n", name);
		paper_block(paper, paper_member(record, key), 2);
	}
}

void render_content(struct paper *paper, const json_t *value)
{
	static const char *const plain[][2] = {
		{ "site", "site" },
		{ "service", "service" },
		{ "ward", "ward" },
		{ "theme", "theme" },
		{ "provider_group", "providers" },
		{ "observed_on", "observed" },
		{ "received_on", "heard" },
		{ "certainty", "certainty" },
		{ "answer_by", "answer by" },
		{ "decided_on", "decided" },
		{ "published", "published" },
		{ "capacity", "capacity" },
		{ "role", "recorded by" },
		{ "person", "" },
	};
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		member_line(paper, value, plain[i][0], plain[i][1]);
	}
	strings_line(paper, "dimensions", json_object_get(value, "dimensions"));
	domains_line(paper, value);
	summit_paper_record(paper, value);
	handling(paper, value);
	references(paper, value);
	decision(paper, json_object_get(value, "decision"));
	relation_paper(paper, json_object_get(value, "relation"), LABEL_WIDTH);
	block_line(paper, value, "text", "text");
	pointer(paper, value);
	block_line(paper, value, "judgement", "the author's own judgement");
	block_line(paper, value, "caveat", "what it does not say");
	block_line(
	    paper, value, "already_held", "what the asker holds already");
	said_paper_relations(paper, value);
	block_line(paper, json_object_get(value, "override"), "reason",
	    "why the finding was overridden");
	rows(paper, json_object_get(value, "indicators"));
	erasure_json_render_added(paper, value);
}

void render_record(struct paper *paper, const json_t *value)
{
	paper_styled(paper, PAPER_BOLD, paper_member(value, "id"));
	paper_put(paper, "\n");
	life_paper_state(paper, value, "");
	life_paper_current(paper, value);
	label(paper, "what");
	render_facts(paper, value);
	said_paper_standing(paper, value);
	render_standing(paper, value);
	label(paper, "author");
	paper_org(paper, value, "author", "author_code");
	paper_put(paper, "\n");
	grant_paper_record(paper, value);
	audience(paper, json_object_get(value, "audience"));
	time_line(paper, value, "created_at", "created");
	time_line(paper, value, "received_at", "received");
	position(paper, json_object_get(value, "log"));
	render_content(paper, value);
	life_paper_history(paper, json_object_get(value, "history"));
}
