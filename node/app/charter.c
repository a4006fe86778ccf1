#define _POSIX_C_SOURCE 200809L

#include "app/charter.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "codec/utf8.h"
#include "domain/org.h"
#include "view/json_out.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libinih cuts longer lines in two without a word. */
enum { LINE_BYTES = 198 };

#define INFORMATION "information."
#define CYCLE_DAYS 365

/*
 * Reading.
 */

struct reading {
	json_t *charter;
	enum err err;
};

/* A text may go on in further lines. */
static enum err add_text(json_t *charter, const char *key, const char *value)
{
	struct buf text = { 0 };
	const char *before = json_string_value(json_object_get(charter, key));
	enum err err = buf_printf(&text, "%s%s%s", before ? before : "",
	    before && value[0] ? " " : "", value);
	if (err == ERR_OK) {
		json_out_text(charter, key, buf_text(&text));
	}
	buf_clear(&text);
	return err;
}

/* Key of a file, field, most. */
struct number {
	const char *name;
	const char *key;
	long most;
	bool may_default; /* the word for what holds without it */
};
static const struct number numbers[] = {
	{ "quorum", "quorum", LIMIT_GROUP_MEMBERS, false },
	{ "cycle-days", "cycle_days", LIMIT_GROUP_CYCLE_DAYS, false },
	{ "judging-hours", "judging_hours", LIMIT_SUMMIT_JUDGING_HOURS, true },
	{ "ring-hours", "ring_hours", LIMIT_SUMMIT_RING_HOURS, true },
	{ "response-hours", "response_hours", LIMIT_SUMMIT_RESPONSE_HOURS,
	    true },
	{ "review-days", "review_days", LIMIT_SUMMIT_DAYS, true },
	{ "overdue-days", "overdue_days", LIMIT_SUMMIT_DAYS, true },
};

static const struct number *number_of(const char *name)
{
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (strcmp(numbers[i].name, name) == 0) {
			return &numbers[i];
		}
	}
	return NULL;
}

static enum err set_number(
    json_t *charter, const struct number *as, const char *value)
{
	char *end = NULL;
	bool left = as->may_default && strcmp(value, "default") == 0;
	long number = left ? 0 : strtol(value, &end, 10);
	if (!left && (value[0] < '0' || value[0] > '9' || *end != '\0' ||
			 number < 1 || number > as->most)) {
		return err_set(ERR_INPUT,
		    "%s must be a whole number from 1 to %ld%s", as->name,
		    as->most, as->may_default ? ", or `default`" : "");
	}
	if (json_object_get(charter, as->key) != NULL) {
		return err_set(ERR_INPUT, "%s is given twice", as->name);
	}
	json_out_number(charter, as->key, (uint64_t)number);
	return ERR_OK;
}

static enum err set_word(json_t *charter, const char *key, const char *value)
{
	if (json_object_get(charter, key) != NULL) {
		return err_set(ERR_INPUT, "%s is given twice", key);
	}
	json_out_text(charter, key, value);
	return ERR_OK;
}

static enum err set_flag(
    json_t *charter, const char *key, const char *name, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;
	if (!yes && strcmp(value, "no") != 0) {
		return err_set(ERR_INPUT, "%s must be yes or no", name);
	}
	json_out_bool(charter, key, yes);
	return ERR_OK;
}

static json_t *list_of(json_t *charter, const char *key)
{
	json_t *list = json_object_get(charter, key);
	if (list == NULL) {
		list = json_array();
		json_out_set(charter, key, list);
	}
	return list;
}

/* information.KIND = what it brings; how often */
static enum err add_duty(json_t *charter, const char *kind, const char *value)
{
	const char *often = strrchr(value, ';');
	size_t size = often == NULL ? strlen(value) : (size_t)(often - value);
	struct buf brings = { 0 };
	if (!org_kind_valid(span_text(kind))) {
		return err_set(ERR_INPUT,
		    "information.%.40s: there is no such kind of organisation",
		    kind);
	}
	while (size > 0 && value[size - 1] == ' ') {
		size--;
	}
	if (size == 0) {
		return err_set(
		    ERR_INPUT, "information.%s must say what is brought", kind);
	}
	enum err err = buf_append(&brings, span_of(value, size));
	if (err == ERR_OK) {
		json_t *duty = json_object();
		json_out_text(duty, "kind", kind);
		json_out_text(duty, "brings", buf_text(&brings));
		json_out_text(duty, "how_often",
		    often == NULL ? "" : often + 1 + strspn(often + 1, " "));
		json_out_append(list_of(charter, "information"), duty);
	}
	buf_clear(&brings);
	return err;
}

static enum err unknown(const char *name)
{
	return err_set(ERR_INPUT,
	    "%.60s is not part of a charter: purpose, footprint, quorum, "
	    "ground-rule, information.KIND, cadence, admission, safeguarding, "
	    "cycle-days, healthwatch-statutory, judging-hours, ring-hours, "
	    "response-hours, review-days, overdue-days",
	    name);
}

static enum err take_value(json_t *charter, const char *name, const char *value)
{
	static const char *const texts[] = { "purpose", "footprint",
		"admission", "safeguarding" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(name, texts[i]) == 0) {
			return add_text(charter, name, value);
		}
	}
	const struct number *number = number_of(name);
	if (number != NULL) {
		return set_number(charter, number, value);
	}
	if (strcmp(name, "cadence") == 0) {
		return set_word(charter, name, value);
	}
	if (strcmp(name, "healthwatch-statutory") == 0) {
		return set_flag(charter, "healthwatch_statutory", name, value);
	}
	if (strcmp(name, "ground-rule") == 0 && value[0] != '\0') {
		json_out_append(
		    list_of(charter, "ground_rules"), json_string(value));
		return ERR_OK;
	}
	if (strncmp(name, INFORMATION, strlen(INFORMATION)) == 0) {
		return add_duty(charter, name + strlen(INFORMATION), value);
	}
	return strcmp(name, "ground-rule") == 0
	           ? err_set(ERR_INPUT, "ground-rule is empty")
	           : unknown(name);
}

/* inih's own sign: 0 is an error. */
static int take(
    void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	if (section[0] != '\0') {
		reading->err = err_set(ERR_INPUT, "there are no sections");
	} else if (!utf8_valid(span_text(value))) {
		reading->err = err_set(ERR_INPUT, "%.60s is not UTF-8", name);
	} else {
		reading->err = take_value(reading->charter, name, value);
	}
	return reading->err == ERR_OK;
}

/* inih takes what follows for a comment, and the rest would be lost without a
 * word. */
static bool is_cut(const char *line, size_t size)
{
	size_t at = strspn(line, " \t");
	if (at < size && (line[at] == '#' || line[at] == ';')) {
		return false;
	}
	for (at = 1; at < size; at++) {
		if (line[at] == ';' &&
		    (line[at - 1] == ' ' || line[at - 1] == '\t')) {
			return true;
		}
	}
	return false;
}

static enum err check_lines(const char *text)
{
	size_t number = 1;
	while (*text != '\0') {
		size_t size = strcspn(text, "\n");
		if (size > LINE_BYTES) {
			return err_set(ERR_INPUT,
			    "line %zu is longer than %d bytes: let the text go "
			    "on in another line, indented",
			    number, (int)LINE_BYTES);
		}
		if (is_cut(text, size)) {
			return err_set(ERR_INPUT,
			    "line %zu: no space before a semicolon", number);
		}
		text += size + (text[size] == '\n' ? 1u : 0u);
		number++;
	}
	return ERR_OK;
}

enum err charter_parse(const char *text, json_t **out)
{
	struct reading reading = { .charter = json_object() };
	enum err err = check_lines(text);
	if (err == ERR_OK) {
		int line = ini_parse_string(text, take, &reading);
		if (reading.err != ERR_OK) {
			err = err_wrap(reading.err, "line %d", line);
		} else if (line != 0) {
			err = err_set(
			    ERR_INPUT, "line %d: not `key = value`", line);
		}
	}
	if (err != ERR_OK) {
		json_decref(reading.charter);
		return err;
	}
	*out = reading.charter;
	return ERR_OK;
}

/*
 * What the guidance says where a charter says nothing.
 */

/* QSG 1: "a shared view of risks to quality through sharing intelligence; an
 * early warning mechanism of risk about poor quality; and opportunities to
 * coordinate actions to drive improvement". */
static const char purpose[] =
    "a shared view of risks to quality through sharing intelligence; an early "
    "warning mechanism of risk about poor quality; and opportunities to "
    "coordinate actions to drive improvement";
/* QSG 4: "Each QSG may then decide that they wish to include other members
 * according to local circumstances." */
static const char admission[] =
    "core members by the guidance; others by a decision of the group, which is "
    "recorded";

/* QSG 5, 7 and 8. */
static const char *const rules[] = {
	"The patient comes first, not the needs of any organisation",
	"Members share worries, even if not supported by hard data",
	"Patient identifiable data is protected, and likewise that of staff",
	"No member is accountable to the Chair, or directed by another",
	"Each keeps its own duty to act promptly on pressing concerns",
};

/* QSG 8: "It is vital that QSGs triangulate data from the National Quality
 * Dashboard with information and intelligence from a wide range of other
 * sources, both hard and soft." */
struct duty {
	const char *kind;
	const char *brings;
	const char *how_often;
};
static const struct duty local_duties[] = {
	{ "nhs-england-area-team",
	    "dashboard summary; primary care and direct commissioning data",
	    "every meeting" },
	{ "ccg", "commissioning data and quality concerns", "every meeting" },
	{ "healthwatch-local", "what patients and the public say",
	    "every meeting" },
	{ "cqc", "warning notices and inspection activity", "every meeting" },
	{ "monitor", "risk ratings of foundation trusts", "every meeting" },
	{ "local-authority", "intelligence on health services and safeguarding",
	    "every meeting" },
	{ "nhs-tda", "assessments of NHS trusts", "every meeting" },
	{ "phe", "public health intelligence", "every meeting" },
	{ "letb", "quality of education and trainee feedback",
	    "every meeting" },
};
static const struct duty regional_duties[] = {
	{ "nhs-england-region", "overview of the region", "every meeting" },
	{ "nhs-england-area-team", "report of its local group",
	    "every meeting" },
	{ "cqc", "warning notices and inspection activity", "every meeting" },
	{ "monitor", "risk ratings of foundation trusts", "every meeting" },
	{ "nhs-tda", "assessments of NHS trusts", "every meeting" },
	{ "phe", "public health intelligence", "every meeting" },
	{ "healthwatch-local", "what patients and the public say",
	    "every meeting" },
	{ "letb", "quality of education and trainee feedback",
	    "every meeting" },
	{ "professional-regulator", "concerns about professionals' practice",
	    "every meeting" },
	{ "ombudsman", "what complaints show", "every meeting" },
	{ "local-authority", "intelligence on health services and safeguarding",
	    "every meeting" },
};

static bool is_regional(const char *level)
{
	return strcmp(level, "regional") == 0;
}

static const struct duty *duties_of(const char *level, size_t *count)
{
	*count = is_regional(level)
	             ? sizeof(regional_duties) / sizeof(regional_duties[0])
	             : sizeof(local_duties) / sizeof(local_duties[0]);
	return is_regional(level) ? regional_duties : local_duties;
}

/* QSG 7: "Local QSGs should come together monthly for the first three months,
 * and should meet every two months thereafter. Regional QSGs should meet
 * quarterly." */
static const char *cadence_of(const char *level)
{
	return is_regional(level) ? "quarterly" : "two-monthly";
}

static unsigned int quorum_of(const char *level)
{
	return is_regional(level) ? 6 : 5;
}

static json_t *default_duties(const char *level)
{
	size_t count = 0;
	const struct duty *duties = duties_of(level, &count);
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *duty = json_object();
		json_out_text(duty, "kind", duties[i].kind);
		json_out_text(duty, "brings", duties[i].brings);
		json_out_text(duty, "how_often", duties[i].how_often);
		json_out_append(list, duty);
	}
	return list;
}

static json_t *defaults(const struct charter_identity *identity)
{
	json_t *charter = json_object();
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		json_out_append(list, json_string(rules[i]));
	}
	json_out_text(charter, "purpose", purpose);
	json_out_text(charter, "admission", admission);
	json_out_set(charter, "ground_rules", list);
	json_out_set(charter, "information", default_duties(identity->level));
	json_out_text(charter, "cadence", cadence_of(identity->level));
	json_out_number(charter, "quorum", quorum_of(identity->level));
	json_out_number(charter, "cycle_days", CYCLE_DAYS);
	return charter;
}

/* Takes over base. */
static enum err put_together(
    json_t *base, const json_t *read, const char *name, Qsg__Charter **out)
{
	ProtobufCMessage *message = NULL;
	const char *key = NULL;
	json_t *value = NULL;
	json_t *whole = json_deep_copy(read);
	/* const objects cannot be walked with jansson's macro. */
	json_object_foreach(whole, key, value)
	{
		json_out_set(base, key, json_incref(value));
	}
	json_decref(whole);
	if (name != NULL) {
		json_out_text(base, "name", name);
	}
	enum err err = pbjson_read(base, &qsg__charter__descriptor, &message);
	json_decref(base);
	*out = (Qsg__Charter *)message;
	return err;
}

enum err charter_complete(const json_t *read,
    const struct charter_identity *identity, Qsg__Charter **out)
{
	json_t *base = defaults(identity);
	json_out_text(base, "level", identity->level);
	if (identity->region != NULL) {
		json_out_text(base, "region", identity->region);
	}
	return put_together(base, read, identity->name, out);
}

enum err charter_change(const Qsg__Charter *now, const json_t *read,
    const char *name, Qsg__Charter **out)
{
	json_t *base = NULL;
	enum err err = pbjson_write(&now->base, &base);
	return err == ERR_OK ? put_together(base, read, name, out) : err;
}

/*
 * An example.
 */

/* A text in lines that are short enough, each after the first indented. */
static enum err put_wrapped(const char *key, const char *text, struct buf *out)
{
	size_t column = 0;
	enum err err = buf_printf(out, "%s =", key);
	while (err == ERR_OK && *text != '\0') {
		size_t size = strcspn(text, " ");
		bool next = column > 0 && column + size > 60;
		err = buf_printf(
		    out, "%s%.*s", next ? "\n    " : " ", (int)size, text);
		column = (next ? 0 : column) + size + 1;
		text += size + strspn(text + size, " ");
	}
	return err == ERR_OK ? buf_printf(out, "\n") : err;
}

static enum err put_duties(const char *level, struct buf *out)
{
	size_t count = 0;
	const struct duty *duties = duties_of(level, &count);
	enum err err = buf_printf(out,
	    "\n# Who brings what; how often. No space before the semicolon.\n");
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		err = buf_printf(out, INFORMATION "%s = %s; %s\n",
		    duties[i].kind, duties[i].brings, duties[i].how_often);
	}
	return err;
}

static enum err put_meetings(const char *level, struct buf *out)
{
	return buf_printf(out,
	    "\n# How often it meets: monthly, two-monthly or quarterly.\n"
	    "cadence = %s\n"
	    "# Days in which every provider in the patch is considered.\n"
	    "cycle-days = %d\n"
	    "# How many members make a meeting quorate.\n"
	    "quorum = %u\n"
	    "\n# Whether local Healthwatch counts as statutory: yes or no.\n"
	    "healthwatch-statutory = no\n"
	    "# The local safeguarding protocol, by its reference.\n"
	    "#safeguarding = ...\n",
	    cadence_of(level), CYCLE_DAYS, quorum_of(level));
}

/* NQB 5: "ensuring that QSG members relevant to the particular provider(s) meet
 * within 24/48 hours of the judgements on quality being made". The rest is the
 * group's own. */
static enum err put_summits(struct buf *out)
{
	return buf_printf(out,
	    "\n# Of risk summits; `default` is what holds where nothing is "
	    "said.\n"
	    "# Hours from a trigger that says `now` to the meeting that "
	    "judges: 4.\n"
	    "#judging-hours = default\n"
	    "# Hours from the first judgement until NHS England may take the "
	    "ring: 24.\n"
	    "#ring-hours = default\n"
	    "# Hours from the first judgement of a failing to the meeting that "
	    "responds:\n"
	    "# 24 or 48, as the trigger says; fewer may be said, more do not "
	    "count.\n"
	    "#response-hours = default\n"
	    "# Days from one meeting to the next until it stands down: 7.\n"
	    "#review-days = default\n"
	    "# Days that an action is overdue until the region is told: 7.\n"
	    "#overdue-days = default\n");
}

enum err charter_example(const char *level, struct buf *out)
{
	enum err err = buf_printf(out,
	    "# The charter of a %s Quality Surveillance Group. What is left "
	    "out is as here.\n"
	    "# A text goes on in the next line, indented.\n\n",
	    level);
	if (err == ERR_OK) {
		err = put_wrapped("purpose", purpose, out);
	}
	if (err == ERR_OK) {
		err = buf_printf(out,
		    "# What patch it looks after.\n#footprint = ...\n\n"
		    "# One line for each ground rule.\n");
	}
	for (size_t i = 0;
	     i < sizeof(rules) / sizeof(rules[0]) && err == ERR_OK; i++) {
		err = buf_printf(out, "ground-rule = %s\n", rules[i]);
	}
	if (err == ERR_OK) {
		err = put_duties(level, out);
	}
	if (err == ERR_OK) {
		err =
		    buf_printf(out, "\n# How the group decides on members.\n");
	}
	if (err == ERR_OK) {
		err = put_wrapped("admission", admission, out);
	}
	if (err == ERR_OK) {
		err = put_meetings(level, out);
	}
	return err == ERR_OK ? put_summits(out) : err;
}
