#include "view/summit_report.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/summit_words.h"
#include "service/peers.h"
#include "service/query.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/summit_report_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN_BYTES = 256 };

/*
 * Statements.
 */

void summit_report_section(struct summit_report *report, const char *key,
    const char *title, const char *note)
{
	json_t *section = json_object();
	json_out_text(section, "key", key);
	json_out_text(section, "title", title);
	json_out_text_or_null(section, "note", note);
	report->statements = json_array();
	json_out_set(section, "statements", report->statements);
	json_out_append(report->sections, section);
}

static void set_org(struct node *node, json_t *object, const char *key,
    const char *code_key, const struct id32 *id)
{
	const struct peer *peer = id == NULL ? NULL : peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, key, card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, code_key, card == NULL ? NULL : card->code);
	/* Of one that is not known here there is nothing but its key. */
	if (id != NULL && card == NULL) {
		json_out_text(object, key, text_fingerprint(id).text);
	}
}

json_t *summit_report_say(struct summit_report *report,
    const struct id32 *record, const struct id32 *who, int64_t at_ms)
{
	json_t *statement = json_object();
	json_out_id(statement, "record", record);
	json_out_time(statement, "at", at_ms);
	set_org(report->node, statement, "who", "who_code", who);
	json_out_set(statement, "says", json_array());
	json_out_set(statement, "text", json_null());
	json_out_set(statement, "of", json_array());
	json_out_bool(statement, "under", false);
	json_out_append(report->statements, statement);
	return statement;
}

json_t *summit_report_fact(
    struct summit_report *report, const struct summit_fact *fact)
{
	return summit_report_say(
	    report, &fact->record, &fact->author, fact->payload->created_at_ms);
}

void summit_report_under(json_t *statement)
{
	json_out_bool(statement, "under", true);
}

static void add_words(json_t *statement, const char *whose, const char *text)
{
	json_t *part = json_object();
	json_out_text(part, whose, text);
	json_out_append(json_object_get(statement, "says"), part);
}

void summit_report_own(json_t *statement, const char *fmt, ...)
{
	char text[OWN_BYTES];
	va_list args;
	va_start(args, fmt);
	int size = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (size > 0) {
		add_words(statement, "own", text);
	}
}

void summit_report_theirs(json_t *statement, const char *text)
{
	add_words(statement, "theirs", text);
}

void summit_report_word(
    json_t *statement, const struct vocab *words, const char *token)
{
	const struct vocab_word *word = vocab_find(words, span_text(token));
	if (word == NULL) {
		summit_report_theirs(statement, token);
	} else {
		summit_report_own(statement, "%s", word->label);
	}
}

void summit_report_org(struct summit_report *report, json_t *statement,
    const struct id32 *organisation)
{
	const struct peer *peer = peers_by_id(report->node, organisation);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	if (card == NULL) {
		summit_report_own(statement, "%s (not known here)",
		    text_fingerprint(organisation).text);
		return;
	}
	summit_report_theirs(statement, card->name);
	summit_report_own(statement, " (");
	summit_report_theirs(statement, card->code);
	summit_report_own(statement, ")");
}

void summit_report_text(json_t *statement, const char *text)
{
	json_out_text_or_null(statement, "text", text);
}

void summit_report_rests(json_t *statement, const struct id32 *record)
{
	json_out_append(json_object_get(statement, "of"),
	    json_string(text_hex_id(record).text));
}

enum reason summit_report_why(
    const struct summit_report *report, const struct id32 *record)
{
	for (size_t i = 0; i < report->state->refused_count; i++) {
		const struct summit_notice *notice = &report->state->refused[i];
		if (id_equal(&notice->record, record)) {
			return notice->why;
		}
	}
	return REASON_NONE;
}

/*
 * The records that are named.
 */

/* PROTOCOL.md M700: "A report of a risk summit MUST name for each statement the
 * record that it is taken from, and MUST say nothing but its id of a record
 * that whoever makes the report cannot read." */
bool summit_report_reads(struct summit_report *report, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	bool reads = false;
	if (rid != 0 && report->err == ERR_OK) {
		report->err = query_take(report->node, rid, &payload);
	}
	if (payload != NULL) {
		reads = true;
		canon_wipe(&payload->base);
	}
	return reads;
}

static json_t *record_json(struct summit_report *report, const char *id_text)
{
	struct node *node = report->node;
	json_t *object = json_object();
	uint32_t rid = 0;
	struct id32 id;
	if (text_unhex(span_text(id_text), id.b, sizeof(id.b)) == ERR_OK) {
		rid = views_find(node_views(node), &id);
	}
	bool reads = summit_report_reads(report, rid);
	json_out_text(object, "record", id_text);
	json_out_bool(object, "readable", reads);
	if (reads) {
		struct query_item item = query_item(node, rid, NULL);
		json_out_text(object, "type",
		    views_type_name((enum view_type)item.view->type));
		set_org(node, object, "author", "author_code",
		    item.author == NULL ? NULL
					: &item.author->card.organisation);
		json_out_time(object, "created_at", item.view->created_ms);
	}
	return object;
}

static void name_record(json_t *seen, json_t *names, const char *id)
{
	if (json_object_get(seen, id) == NULL) {
		json_out_set(seen, id, json_true());
		json_out_append(names, json_string(id));
	}
}

/* Each once, in the order in which they are named first. */
static json_t *names_of(const json_t *sections)
{
	json_t *seen = json_object();
	json_t *names = json_array();
	size_t at = 0;
	const json_t *section = NULL;
	json_array_foreach(sections, at, section)
	{
		size_t i = 0;
		const json_t *each = NULL;
		json_array_foreach(
		    json_object_get(section, "statements"), i, each)
		{
			size_t k = 0;
			const json_t *of = NULL;
			name_record(seen, names,
			    json_string_value(json_object_get(each, "record")));
			json_array_foreach(json_object_get(each, "of"), k, of)
			{
				name_record(seen, names, json_string_value(of));
			}
		}
	}
	json_decref(seen);
	return names;
}

static json_t *records_json(struct summit_report *report)
{
	json_t *names = names_of(report->sections);
	json_t *array = json_array();
	size_t at = 0;
	const json_t *name = NULL;
	json_array_foreach(names, at, name)
	{
		if (report->err == ERR_OK) {
			json_out_append(array,
			    record_json(report, json_string_value(name)));
		}
	}
	json_decref(names);
	return array;
}

/*
 * The report.
 */

static int by_time(const void *a, const void *b)
{
	const struct summit_fact *left = *(const struct summit_fact *const *)a;
	const struct summit_fact *right = *(const struct summit_fact *const *)b;
	int64_t one = left->payload->created_at_ms;
	int64_t other = right->payload->created_at_ms;
	if (one != other) {
		return one < other ? -1 : 1;
	}
	return id_compare(&left->record, &right->record);
}

static const struct summit_fact **ordered(const struct summits_look *look)
{
	const struct summit_fact **order = (const struct summit_fact **)calloc(
	    look->count + 1, sizeof(const struct summit_fact *));
	for (size_t i = 0; order != NULL && i < look->count; i++) {
		order[i] = &look->facts[i];
	}
	if (order != NULL && look->count > 0) {
		qsort((void *)order, look->count, sizeof(*order), by_time);
	}
	return order;
}

static void write_sections(struct summit_report *report)
{
	static void (*const sections[])(struct summit_report *) = {
		summit_report_told,
		summit_report_parties,
		summit_report_evidence,
		summit_report_judged,
		summit_report_ring,
		summit_report_meetings,
		summit_report_clocks,
		summit_report_checks,
		summit_report_actions,
		summit_report_ended,
		summit_report_known,
		summit_report_uncounted,
	};
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (report->err == ERR_OK) {
			sections[i](report);
		}
	}
}

static json_t *whole(struct summit_report *report)
{
	json_t *object = json_object();
	json_out_id(object, "summit", &report->state->id);
	json_out_text(object, "provider",
	    report->state->trigger->payload->summit_trigger->provider);
	json_out_time(
	    object, "made_at", clock_wall_ms(node_clock(report->node)));
	set_org(report->node, object, "made_by", "made_by_code",
	    node_id(report->node));
	json_out_text(
	    object, "phase", summit_phase_token(report->state->phase));
	json_out_number(object, "left_out", report->look->left_out);
	json_out_set(object, "records", records_json(report));
	json_out_set(object, "sections", json_incref(report->sections));
	return object;
}

enum err summit_report_json(
    struct node *node, const struct summits_look *look, json_t **out)
{
	struct summit_report report = { .node = node,
		.look = look,
		.state = &look->state,
		.sections = json_array() };
	*out = NULL;
	if (look->state.trigger == NULL) {
		json_decref(report.sections);
		return err_set(ERR_STATE,
		    "the trigger of this summit does not count, so that there "
		    "is nothing to report: see `qsg summit show`");
	}
	report.order = ordered(look);
	report.err = report.order == NULL ? err_set(ERR_MEM, "out of memory")
	                                  : fates_open(node, &report.fates);
	write_sections(&report);
	if (report.err == ERR_OK) {
		*out = whole(&report);
	}
	fates_close(report.fates);
	free((void *)report.order);
	json_decref(report.sections);
	if (report.err != ERR_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return report.err;
}
