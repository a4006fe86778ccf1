#include "view/group_paper.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 14, POINT_WIDTH = 4, STATE_WIDTH = 10 };

static void label(struct paper *paper, const char *name)
{
	paper_printf(paper, "%-*s", LABEL_WIDTH, name);
}

static void line(struct paper *paper, const char *name, const char *text)
{
	if (text[0] != '\0') {
		label(paper, name);
		paper_text(paper, text);
		paper_put(paper, "\n");
	}
}

/* Its first characters are enough to name it by. */
static void short_id(struct paper *paper, const json_t *object, const char *key)
{
	char text[13];
	(void)snprintf(text, sizeof(text), "%s", paper_member(object, key));
	paper_text(paper, text);
}

static void name_of(struct paper *paper, const json_t *group)
{
	const char *name = paper_member(group, "name");
	if (name[0] == '\0') {
		paper_put(paper, "(no roster of it counts here)");
	} else {
		paper_styled(paper, PAPER_BOLD, name);
	}
}

static const char *standing_of(const json_t *object)
{
	const char *standing = paper_member(object, "standing");
	return standing[0] == '\0' ? "not in it" : standing;
}

void group_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *group = NULL;
	json_array_foreach(value, at, group)
	{
		short_id(paper, group, "id");
		paper_put(paper, "  ");
		name_of(paper, group);
		paper_put(paper, ", ");
		paper_text(paper, paper_member(group, "level"));
		paper_put(paper, "\n    this organisation: ");
		paper_put(paper, standing_of(group));
		paper_printf(paper, "; %lld joined, %lld invited; convenor ",
		    (long long)paper_number(group, "members"),
		    (long long)paper_number(group, "invited"));
		paper_org(
		    paper, json_object_get(group, "convenor"), "name", "code");
		paper_put(paper, "\n");
		if (paper_number(group, "alarm_count") > 0) {
			paper_put(paper, "    ");
			paper_styled(paper, PAPER_WARN,
			    "there are alarms: see `qsg group show`");
			paper_put(paper, "\n");
		}
	}
}

/*
 * One group.
 */

static void convenor(struct paper *paper, const json_t *group)
{
	const json_t *object = json_object_get(group, "convenor");
	label(paper, "convenor");
	paper_org(paper, object, "name", "code");
	paper_put(paper, "\n");
	line(paper, "  fingerprint", paper_member(object, "fingerprint"));
	label(paper, "  mandate");
	if (paper_flag(group, "mandate_proven")) {
		paper_styled(paper, PAPER_GOOD, "proven");
		paper_put(paper, "\n");
	} else {
		paper_styled(paper, PAPER_WARN,
		    "not proven: the votes behind it are not held here");
		paper_put(paper, "\n");
	}
	if (paper_flag(group, "taking_over")) {
		label(paper, "");
		paper_styled(paper, PAPER_WARN,
		    "named by the members, and has stated no roster yet "
		    "(`qsg group convene`)");
		paper_put(paper, "\n");
	}
}

static void duties(struct paper *paper, const json_t *charter)
{
	size_t at = 0;
	const json_t *duty = NULL;
	json_array_foreach(json_object_get(charter, "information"), at, duty)
	{
		label(paper, at == 0 ? "information" : "");
		paper_text(paper, paper_member(duty, "kind"));
		paper_put(paper, ": ");
		paper_text(paper, paper_member(duty, "brings"));
		if (paper_member(duty, "how_often")[0] != '\0') {
			paper_put(paper, "; ");
			paper_text(paper, paper_member(duty, "how_often"));
		}
		paper_put(paper, "\n");
	}
}

/* What it says of them, beside what holds without it. */
static void summits_of(struct paper *paper, const json_t *charter)
{
	static const struct {
		const char *key;
		const char *says;
	} times[] = {
		{ "judging_hours", "hours from `now` to the judging "
				   "meeting" },
		{ "ring_hours", "hours to agree who holds the ring" },
		{ "response_hours", "hours to the response meeting" },
		{ "review_days", "days between meetings" },
		{ "overdue_days", "days until the region is told of an "
				  "overdue action" },
	};
	bool first = true;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		long long number =
		    (long long)paper_number(charter, times[i].key);
		if (number == 0) {
			continue;
		}
		label(paper, first ? "risk summits" : "");
		first = false;
		paper_printf(paper, "%lld %s\n", number, times[i].says);
	}
}

static void charter_of(struct paper *paper, const json_t *charter)
{
	size_t at = 0;
	const json_t *rule = NULL;
	line(paper, "purpose", paper_member(charter, "purpose"));
	line(paper, "footprint", paper_member(charter, "footprint"));
	json_array_foreach(json_object_get(charter, "ground_rules"), at, rule)
	{
		line(paper, at == 0 ? "ground rules" : "",
		    json_string_value(rule));
	}
	label(paper, "meets");
	paper_text(paper, paper_member(charter, "cadence"));
	paper_printf(paper, "; quorum %lld; every provider within %lld days\n",
	    (long long)paper_number(charter, "quorum"),
	    (long long)paper_number(charter, "cycle_days"));
	duties(paper, charter);
	line(paper, "admission", paper_member(charter, "admission"));
	line(paper, "safeguarding", paper_member(charter, "safeguarding"));
	if (paper_flag(charter, "healthwatch_statutory")) {
		line(paper, "Healthwatch", "local Healthwatch is statutory");
	}
	summits_of(paper, charter);
}

static void people_of(struct paper *paper, const json_t *entry)
{
	size_t at = 0;
	const json_t *person = NULL;
	json_array_foreach(json_object_get(entry, "people"), at, person)
	{
		paper_put(paper, "; ");
		if (paper_member(person, "name")[0] != '\0') {
			paper_text(paper, paper_member(person, "name"));
			paper_put(paper, ", ");
		}
		paper_text(paper, paper_member(person, "role"));
	}
	const json_t *stand_in = json_object_get(entry, "represented_by");
	if (json_is_object(stand_in)) {
		paper_put(paper, "; represented by ");
		paper_org(paper, stand_in, "name", "code");
	}
}

static void known_here(struct paper *paper, const json_t *entry)
{
	if (paper_flag(entry, "us")) {
		paper_put(paper, "; this organisation");
		return;
	}
	if (paper_member(entry, "refused")[0] != '\0') {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "refused here: ");
		paper_text(paper, paper_member(entry, "refused"));
	} else if (paper_member(entry, "known")[0] == '\0') {
		paper_put(paper, "; not enrolled here");
	} else if (paper_flag(entry, "connected")) {
		paper_put(paper, "; connected");
	}
}

static void entry_of(struct paper *paper, const json_t *entry)
{
	bool joined = strcmp(paper_member(entry, "standing"), "joined") == 0;
	paper_put(paper, "  ");
	if (joined) {
		paper_styled(paper, PAPER_GOOD, "joined  ");
	} else {
		paper_printf(paper, "%-8s", paper_member(entry, "standing"));
	}
	paper_put(paper, "  ");
	paper_org(paper, entry, "name", "code");
	paper_put(paper, "\n            ");
	paper_text(paper, paper_member(entry, "kind"));
	paper_put(paper, paper_flag(entry, "convenor") ? ", convenor" : "");
	paper_put(paper, paper_flag(entry, "core") ? ", core" : "");
	paper_put(paper, paper_flag(entry, "sender_only")
			     ? ", sends and does not receive"
			     : "");
	people_of(paper, entry);
	known_here(paper, entry);
	paper_put(paper, "\n");
}

static void notices(struct paper *paper, const char *title, const json_t *list,
    enum paper_style style)
{
	size_t at = 0;
	const json_t *notice = NULL;
	if (json_array_size(list) > 0) {
		paper_styled(paper, style, title);
		paper_put(paper, "\n");
	}
	json_array_foreach(list, at, notice)
	{
		const json_t *whom = json_object_get(notice, "organisation");
		paper_put(paper, "  ");
		if (json_is_object(whom)) {
			paper_org(paper, whom, "name", "code");
			paper_put(paper, ": ");
		}
		paper_text(paper, paper_member(notice, "text"));
		if (paper_member(notice, "record")[0] != '\0') {
			paper_put(paper, " (record ");
			short_id(paper, notice, "record");
			paper_put(paper, ")");
		}
		if (json_is_integer(json_object_get(notice, "records"))) {
			paper_printf(paper, " (records: %lld)",
			    (long long)paper_number(notice, "records"));
		}
		paper_put(paper, "\n");
	}
}

static void succession(struct paper *paper, const json_t *group)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(group, "candidates"), at, each)
	{
		label(paper, at == 0 ? "named to convene" : "");
		paper_put(paper, at == 0 ? " " : "");
		paper_org(paper, each, "name", "code");
		paper_printf(paper,
		    ", by %lld, from the roster of epoch %lld; %lld are "
		    "needed\n",
		    (long long)paper_number(each, "voices"),
		    (long long)paper_number(each, "epoch"),
		    (long long)paper_number(each, "voices_needed"));
	}
	json_array_foreach(json_object_get(group, "claims"), at, each)
	{
		paper_styled(paper, PAPER_WARN, "claims to convene: ");
		paper_org(paper, each, "name", "code");
		paper_put(paper, ", fingerprint ");
		paper_text(paper, paper_member(each, "fingerprint"));
		paper_put(paper,
		    "\n  The votes behind it are not held here. If it is "
		    "right: `qsg group join GROUP --convenor ORG`\n");
	}
}

void group_paper_whole(struct paper *paper, const json_t *value)
{
	const json_t *charter = json_object_get(value, "charter");
	size_t at = 0;
	const json_t *entry = NULL;
	name_of(paper, value);
	paper_put(paper, "\n");
	line(paper, "id", paper_member(value, "id"));
	line(paper, "level", paper_member(value, "level"));
	line(paper, "region", paper_member(value, "region"));
	label(paper, "roster");
	paper_printf(paper, "epoch %lld of term %lld\n",
	    (long long)paper_number(value, "epoch"),
	    (long long)paper_number(value, "term"));
	line(paper, "we are", standing_of(value));
	convenor(paper, value);
	if (json_is_object(charter)) {
		charter_of(paper, charter);
	}
	paper_put(paper, "in the roster\n");
	json_array_foreach(json_object_get(value, "entries"), at, entry)
	{
		entry_of(paper, entry);
	}
	succession(paper, value);
	notices(paper, "alarms", json_object_get(value, "alarms"), PAPER_WARN);
	notices(paper, "does not count", json_object_get(value, "not_counted"),
	    PAPER_DIM);
}

static bool is_convened_by_us(const json_t *group)
{
	size_t at = 0;
	const json_t *entry = NULL;
	json_array_foreach(json_object_get(group, "entries"), at, entry)
	{
		if (paper_flag(entry, "us") && paper_flag(entry, "convenor")) {
			return true;
		}
	}
	return false;
}

bool group_paper_last_word(struct paper *paper, const json_t *group)
{
	if (!is_convened_by_us(group) ||
	    strcmp(paper_member(group, "standing"), "joined") != 0) {
		return false;
	}
	paper_styled(paper, PAPER_WARN, "warning");
	paper_put(paper, ": this organisation convenes ");
	name_of(paper, group);
	paper_put(paper,
	    ". Once it has left, nobody can invite, remove or amend until more "
	    "than half of the members that joined have named another NHS "
	    "England team of the roster, and it has no voice in that any "
	    "more. First: qsg group succeed GROUP ORG, here and at the "
	    "members'.\n");
	return true;
}

void group_paper_readiness(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	name_of(paper, value);
	paper_put(paper, paper_flag(value, "ready")
			     ? ": nothing that can be derived is missing\n"
			     : ": not ready\n");
	json_array_foreach(json_object_get(value, "lines"), at, each)
	{
		const char *state = paper_member(each, "state");
		char padded[STATE_WIDTH + 1];
		(void)snprintf(
		    padded, sizeof(padded), "%-*s", STATE_WIDTH, state);
		paper_printf(
		    paper, "%-*s", POINT_WIDTH, paper_member(each, "point"));
		paper_styled(paper,
		    strcmp(state, "ok") == 0        ? PAPER_GOOD
		    : strcmp(state, "missing") == 0 ? PAPER_WARN
						    : PAPER_DIM,
		    padded);
		paper_text(paper, paper_member(each, "what"));
		paper_put(paper, ": ");
		paper_text(paper, paper_member(each, "why"));
		paper_put(paper, "\n");
	}
}

void group_paper_done(struct paper *paper, const json_t *value)
{
	paper_text(paper, paper_member(value, "done"));
	paper_put(paper, ": ");
	name_of(paper, value);
	paper_printf(paper, ", roster %lld: %lld joined, %lld invited",
	    (long long)paper_number(value, "epoch"),
	    (long long)paper_number(value, "members"),
	    (long long)paper_number(value, "invited"));
	paper_put(paper, "\nrecord ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
}
