#include "view/policy_json.h"

#include "service/peers.h"
#include "view/json_out.h"
#include "view/record_json.h"
#include "view/render.h"
#include "view/report.h"

#include <string.h>

#define DAY_S 86400
#define HOUR_S 3600

/*
 * The policy.
 */

static json_t *rules_json(const struct policy *policy)
{
	json_t *array = json_array();
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];
		json_t *object = json_object();
		json_out_number(object, "line", rule->line);
		json_out_text(
		    object, "verdict", policy_verdict_token(rule->verdict));
		json_out_text(object, "rule", rule->text);
		json_out_text_or_null(object, "note", rule->note);
		json_out_append(array, object);
	}
	return array;
}

static json_t *lines_json(struct buf *lines)
{
	json_t *array = json_array();
	const char *at = lines->size > 0 ? buf_text(lines) : NULL;
	while (at != NULL && *at != '\0') {
		size_t size = strcspn(at, "\n");
		json_out_append(array, json_stringn(at, size));
		at += size + (at[size] == '\n' ? 1 : 0);
	}
	return array;
}

json_t *policy_json_show(struct policies *policies)
{
	json_t *object = json_object();
	json_out_set(object, "record", json_null());
	if (!id_is_zero(&policies->record)) {
		json_out_id(object, "record", &policies->record);
	}
	json_out_time(object, "since", policies->since_ms);
	json_out_text_or_null(object, "text",
	    policies->text.size > 0 ? buf_text(&policies->text) : NULL);
	json_out_set(object, "rules", rules_json(&policies->policy));
	json_out_set(object, "default", json_string("ask-me"));
	json_out_set(
	    object, "warnings", lines_json(&policies->policy.warnings));
	return object;
}

void policy_json_render(struct paper *paper, const json_t *value)
{
	if (!json_is_string(json_object_get(value, "record"))) {
		paper_put(paper,
		    "no policy is set: naming readers is the decision to "
		    "share, and for a group you are asked\n");
		return;
	}
	paper_put(paper, "# in force since ");
	paper_time(paper, value, "since");
	paper_put(paper, ", record ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
	paper_block(paper, paper_member(value, "text"), 0);
}

void policy_json_render_set(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *warnings = json_object_get(value, "warnings");
	size_t rules = json_array_size(json_object_get(value, "rules"));
	json_array_foreach(warnings, at, each)
	{
		paper_styled(paper, PAPER_WARN, "warning");
		paper_put(paper, ": ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
	paper_printf(paper, "%zu rule%s in force, record ", rules,
	    rules == 1 ? "" : "s");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
}

/*
 * A test.
 */

/* What scripts say to what is asked. */
static void flags(struct paper *paper, const json_t *asks)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(asks, at, each)
	{
		paper_put(paper, at == 0 ? " (in scripts: " : ", ");
		paper_put(paper, strcmp(json_string_value(each), "readers") == 0
				     ? "--yes"
				     : "--without-cqc");
	}
	paper_put(paper, ")");
}

/* What would be asked of whoever shares it, and what would come of it. */
static void follows(
    struct paper *paper, const json_t *value, const char *verdict)
{
	const json_t *asks = json_object_get(value, "asks");
	bool asked = json_array_size(asks) > 0;
	bool four_eyes = strcmp(verdict, "four-eyes") == 0;
	if (strcmp(verdict, "never") == 0) {
		paper_put(paper, "it would not be shared\n");
		return;
	}
	if (asked) {
		paper_printf(paper, "you would be asked before anything is %s",
		    four_eyes ? "kept" : "sealed");
		flags(paper, asks);
	}
	if (four_eyes) {
		paper_put(paper, asked ? ", and then " : "");
		paper_put(paper, "it would wait for a second person");
	} else if (!asked) {
		paper_put(paper, "it would be shared");
		paper_put(
		    paper, strcmp(verdict, "share") == 0
			       ? ""
			       : ": naming readers one by one is an answer");
	}
	paper_put(paper, "\n");
}

void policy_json_render_test(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *readers = json_object_get(value, "readers");
	json_array_foreach(readers, at, each)
	{
		paper_styled(paper, PAPER_BOLD, paper_member(each, "name"));
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "code"));
		paper_put(paper, "): ");
		report_rule(paper, each);
		if (paper_member(each, "note")[0] != '\0') {
			paper_put(paper, "  note: ");
			paper_text(paper, paper_member(each, "note"));
			paper_put(paper, "\n");
		}
	}
	const char *verdict = paper_member(value, "verdict");
	paper_put(paper, json_array_size(readers) > 1
			     ? "the strictest counts for all: "
			     : "");
	report_verdict(paper, verdict);
	paper_put(paper, "; ");
	follows(paper, value, verdict);
}

/*
 * What waits.
 */

static json_t *organisation_json(
    struct node *node, const ProtobufCBinaryData *reader)
{
	struct id32 id = { { 0 } };
	if (reader->len == sizeof(id.b)) {
		memcpy(id.b, reader->data, sizeof(id.b));
	}
	const struct peer *peer = peers_by_id(node, &id);
	json_t *object = json_object();
	json_out_text_or_null(
	    object, "name", peer == NULL ? NULL : peer->card.fields->name);
	json_out_text_or_null(
	    object, "code", peer == NULL ? NULL : peer->card.fields->code);
	json_out_text(object, "fingerprint", text_fingerprint(&id).text);
	return object;
}

static json_t *readers_json(
    struct node *node, const Qsg__PendingRelease *pending)
{
	json_t *array = json_array();
	for (size_t i = 0; i < pending->n_readers; i++) {
		json_out_append(
		    array, organisation_json(node, &pending->readers[i]));
	}
	return array;
}

static bool reads(
    const Qsg__PendingRelease *pending, const ProtobufCBinaryData *id)
{
	for (size_t i = 0; i < pending->n_readers; i++) {
		if (span_equal(span_of(pending->readers[i].data,
				   pending->readers[i].len),
			span_of(id->data, id->len))) {
			return true;
		}
	}
	return false;
}

/* Of a draft: who was to read it, and does not any more. */
static json_t *gone_json(struct node *node, const Qsg__PendingRelease *pending)
{
	json_t *array = json_array();
	for (size_t i = 0; i < pending->n_were; i++) {
		if (!reads(pending, &pending->were[i])) {
			json_out_append(
			    array, organisation_json(node, &pending->were[i]));
		}
	}
	return array;
}

json_t *policy_json_pending(
    struct node *node, const Qsg__PendingRelease *pending)
{
	int64_t age_ms = clock_wall_ms(node_clock(node)) - pending->asked_at_ms;
	json_t *object = json_object();
	json_out_number(object, "release", pending->number);
	json_out_text(object, "asked_by", pending->asked_by);
	json_out_time(object, "asked_at", pending->asked_at_ms);
	json_out_number(
	    object, "age_s", age_ms < 0 ? 0 : (uint64_t)age_ms / 1000);
	json_out_set(object, "readers", readers_json(node, pending));
	json_out_text_or_null(object, "group", pending->group_name);
	json_out_text_or_null(object, "rule", pending->rule);
	json_out_number(object, "line", pending->line);
	json_out_text_or_null(
	    object, "override_reason", pending->override_reason);
	json_out_text_or_null(object, "without_cqc", pending->without_cqc);
	if (pending->draft != 0) {
		json_out_number(object, "draft", pending->draft);
		json_out_set(object, "gone", gone_json(node, pending));
	}
	record_json_add_payload(node, object, pending->payload);
	return object;
}

static void age(struct paper *paper, json_int_t seconds)
{
	if (seconds >= DAY_S) {
		paper_printf(paper, "%lld days", (long long)(seconds / DAY_S));
	} else if (seconds >= HOUR_S) {
		paper_printf(
		    paper, "%lld hours", (long long)(seconds / HOUR_S));
	} else {
		paper_printf(paper, "%lld minutes", (long long)(seconds / 60));
	}
}

static void names(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		const char *name = paper_member(each, "name");
		paper_put(paper, at == 0 ? "" : ", ");
		paper_text(paper,
		    name[0] == '\0' ? paper_member(each, "fingerprint") : name);
	}
	paper_put(paper, json_array_size(list) == 0 ? "nobody\n" : "\n");
}

static void pending_readers(struct paper *paper, const json_t *value)
{
	const char *group = paper_member(value, "group");
	const json_t *gone = json_object_get(value, "gone");
	paper_put(paper, "  for ");
	if (group[0] != '\0') {
		paper_text(paper, group);
		paper_put(paper, ": ");
	}
	names(paper, json_object_get(value, "readers"));
	if (json_array_size(gone) > 0) {
		paper_put(paper, "  and no longer ");
		names(paper, gone);
	}
}

/* Who asked, or which draft it was; since when it waits; by which rule. */
static void pending_why(struct paper *paper, const json_t *value)
{
	if (paper_number(value, "draft") != 0) {
		paper_printf(paper,
		    "  draft %lld, held back as its readers changed before it "
		    "could be sealed: approve it for those below, or refuse "
		    "it\n",
		    (long long)paper_number(value, "draft"));
	}
	paper_put(paper, "  asked for by ");
	paper_text(paper, paper_member(value, "asked_by")[0] == '\0'
			      ? "this organisation"
			      : paper_member(value, "asked_by"));
	paper_put(paper, ", ");
	paper_time(paper, value, "asked_at");
	paper_put(paper, ", waiting ");
	age(paper, paper_number(value, "age_s"));
	paper_put(paper, "\n");
	pending_readers(paper, value);
	if (paper_number(value, "line") != 0) {
		paper_printf(paper, "  by the rule of line %lld: ",
		    (long long)paper_number(value, "line"));
		paper_text(paper, paper_member(value, "rule"));
		paper_put(paper, "\n");
	}
}

static void pending_item(struct paper *paper, const json_t *value)
{
	paper_printf(
	    paper, "%lld  ", (long long)paper_number(value, "release"));
	render_facts(paper, value);
	pending_why(paper, value);
	paper_block(paper, paper_member(value, "text"), 4);
}

void policy_json_render_pending(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		pending_item(paper, each);
		paper_put(paper, "\n");
	}
	paper_put(paper, at == 0 ? ""
				 : "`qsg release show ID` shows all of "
				   "one\n");
}

void policy_json_render_waiting(struct paper *paper, const json_t *value)
{
	static const char *const why[][2] = {
		{ "override_reason", "  the guard is overridden: " },
		{ "without_cqc", "  CQC is left out: " },
	};
	paper_styled(paper, PAPER_BOLD, "release ");
	paper_printf(
	    paper, "%lld\n  ", (long long)paper_number(value, "release"));
	render_facts(paper, value);
	pending_why(paper, value);
	for (size_t i = 0; i < sizeof(why) / sizeof(why[0]); i++) {
		if (paper_member(value, why[i][0])[0] != '\0') {
			paper_put(paper, why[i][1]);
			paper_text(paper, paper_member(value, why[i][0]));
			paper_put(paper, "\n");
		}
	}
	render_content(paper, value);
}

void policy_json_render_refused(struct paper *paper, const json_t *value)
{
	paper_put(paper, "refused; kept in record ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
}
