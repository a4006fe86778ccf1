#include "view/bundle_parts.h"

#include "codec/text.h"
#include "view/account_json.h"
#include "view/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An opened record of activity, and the one that it names before it. */
struct bundle_act {
	struct id32 id;
	struct id32 author;
	struct id32 previous;
	bool first; /* it names none */
	int64_t from_ms;
	int64_t to_ms;
};

enum err bundle_parts_note_activity(struct bundle_checking *checking,
    const struct bundle_entry *entry, const Qsg__Payload *payload)
{
	const Qsg__Activity *activity = payload->activity;
	struct bundle_act *grown =
	    realloc(checking->acts, (checking->act_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	checking->acts = grown;
	struct bundle_act *act = &grown[checking->act_count++];
	*act = (struct bundle_act){ .id = entry->id,
		.author = entry->header.author,
		.first = activity->previous.len != sizeof(act->previous.b) };
	if (!act->first) {
		memcpy(act->previous.b, activity->previous.data,
		    sizeof(act->previous.b));
	}
	if (activity->n_entries > 0) {
		act->from_ms = activity->entries[0]->at_ms;
		act->to_ms = activity->entries[activity->n_entries - 1]->at_ms;
	}
	checking->act_entries += activity->n_entries;
	return ERR_OK;
}

void bundle_parts_report_activity(
    const Qsg__Payload *payload, const struct id32 *record, json_t *out)
{
	if (payload == NULL ||
	    payload->content_case != QSG__PAYLOAD__CONTENT_ACTIVITY) {
		return;
	}
	json_t *array = json_array();
	for (size_t i = 0; i < payload->activity->n_entries; i++) {
		const struct activity_line line = {
			.entry = payload->activity->entries[i], .record = record
		};
		json_out_append(array, account_json_activity(&line));
	}
	json_out_set(out, "activity", array);
}

/*
 * The chain.
 */

static int by_id(const void *a, const void *b)
{
	const struct bundle_act *x = a;
	const struct bundle_act *y = b;
	int order = id_compare(&x->author, &y->author);
	return order != 0 ? order : id_compare(&x->id, &y->id);
}

/* Those that name nothing side by side, before the others. */
static int by_previous(const void *a, const void *b)
{
	const struct bundle_act *x = *(const struct bundle_act *const *)a;
	const struct bundle_act *y = *(const struct bundle_act *const *)b;
	int order = id_compare(&x->author, &y->author);
	if (order == 0) {
		order = (int)y->first - (int)x->first;
	}
	return order != 0 ? order : id_compare(&x->previous, &y->previous);
}

static bool is_here(
    const struct bundle_checking *checking, const struct bundle_act *act)
{
	const struct bundle_act key = { .id = act->previous,
		.author = act->author };
	return bsearch(&key, checking->acts, checking->act_count, sizeof(key),
		   by_id) != NULL;
}

static void wrong(struct bundle_checking *checking,
    const struct bundle_act *act, const char *what)
{
	const struct bundle_name name = {
		.kind = BUNDLE_RECORD, .part = BUNDLE_PAYLOAD, .id = act->id
	};
	bundle_parts_wrong_file(checking, &name, what);
}

/* Each has one before it and one after it, but for the two ends. */
static void check_twins(
    struct bundle_checking *checking, const struct bundle_act **order)
{
	for (size_t i = 0; i < checking->act_count; i++) {
		order[i] = &checking->acts[i];
	}
	qsort(order, checking->act_count, sizeof(const struct bundle_act *),
	    by_previous);
	for (size_t i = 1; i < checking->act_count; i++) {
		if (by_previous(&order[i - 1], &order[i]) == 0) {
			wrong(checking, order[i],
			    order[i]->first
				? "a second record of activity says that it "
				  "is the first"
				: "two records of activity name the same one "
				  "before them");
		}
	}
}

/* PROTOCOL.md M436: "A checker MUST name each record of activity that an opened
 * one says came before it and that is not opened in the bundle, and two that
 * name the same one." */
static json_t *check_chain(struct bundle_checking *checking)
{
	json_t *missing = json_array();
	for (size_t i = 0; i < checking->act_count; i++) {
		const struct bundle_act *act = &checking->acts[i];
		char what[160];
		if (act->first || is_here(checking, act)) {
			continue;
		}
		struct hex32 id = text_hex_id(&act->previous);
		(void)snprintf(what, sizeof(what),
		    "the record of activity before it, %s, is not here in the "
		    "clear",
		    id.text);
		wrong(checking, act, what);
		json_out_append(missing, json_string(id.text));
	}
	return missing;
}

static void times(
    const struct bundle_checking *checking, int64_t *from_ms, int64_t *to_ms)
{
	*from_ms = checking->acts[0].from_ms;
	*to_ms = checking->acts[0].to_ms;
	for (size_t i = 1; i < checking->act_count; i++) {
		const struct bundle_act *act = &checking->acts[i];
		*from_ms = act->from_ms < *from_ms ? act->from_ms : *from_ms;
		*to_ms = act->to_ms > *to_ms ? act->to_ms : *to_ms;
	}
}

enum err bundle_parts_activity(struct bundle_checking *checking)
{
	if (checking->act_count == 0) {
		return ERR_OK;
	}
	const struct bundle_act **order =
	    calloc(checking->act_count, sizeof(*order));
	if (order == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	int64_t from_ms = 0;
	int64_t to_ms = 0;
	json_t *json = json_object();
	qsort(checking->acts, checking->act_count, sizeof(*checking->acts),
	    by_id);
	check_twins(checking, order);
	json_out_set(json, "missing", check_chain(checking));
	times(checking, &from_ms, &to_ms);
	json_out_number(json, "records", checking->act_count);
	json_out_number(json, "entries", checking->act_entries);
	json_out_time(json, "from", from_ms);
	json_out_time(json, "to", to_ms);
	json_out_set(checking->report, "activity", json);
	free(order);
	return ERR_OK;
}

static const char *time_of(const json_t *activity, const char *key)
{
	const char *text = json_string_value(json_object_get(activity, key));
	return text == NULL ? "an unknown time" : text;
}

void bundle_parts_say_activity(
    const struct bundle_checking *checking, json_t *proven, json_t *open)
{
	const json_t *activity = json_object_get(checking->report, "activity");
	const char *name = json_string_value(json_object_get(
	    json_object_get(checking->report, "exporter"), "name"));
	char text[1024];
	if (activity == NULL) {
		return;
	}
	(void)snprintf(text, sizeof(text),
	    "%s logged what was done and opened there (%" PRIu64 " notes in "
	    "%zu records, of %s to %s): none of these records is missing",
	    name, checking->act_entries, checking->act_count,
	    time_of(activity, "from"), time_of(activity, "to"));
	json_out_append(proven, json_string(text));
	(void)snprintf(text, sizeof(text),
	    "what was done at %s and never logged, or logged after that", name);
	json_out_append(open, json_string(text));
}

/*
 * For people.
 */

static int by_time(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a;
	const json_t *y = *(const json_t *const *)b;
	return strcmp(paper_member(x, "at"), paper_member(y, "at"));
}

static json_t *sorted(const json_t *report, size_t most)
{
	size_t count = (size_t)paper_number(
	    json_object_get(report, "activity"), "entries");
	json_t **order = calloc(count + 1, sizeof(*order));
	json_t *out = json_array();
	size_t filled = 0;
	size_t at = 0;
	const json_t *record = NULL;
	json_array_foreach(json_object_get(report, "records"), at, record)
	{
		size_t i = 0;
		json_t *entry = NULL;
		json_array_foreach(
		    json_object_get(record, "activity"), i, entry)
		{
			if (order != NULL && filled < count) {
				order[filled++] = entry;
			}
		}
	}
	if (filled > 0) {
		qsort(order, filled, sizeof(*order), by_time);
	}
	for (size_t i = 0; i < filled && i < most; i++) {
		json_out_append(out, json_incref(order[i]));
	}
	free(order);
	return out;
}

void bundle_activity_render(
    struct paper *paper, const json_t *report, size_t most)
{
	json_int_t all =
	    paper_number(json_object_get(report, "activity"), "entries");
	if (all == 0) {
		return;
	}
	json_t *shown = sorted(report, most);
	paper_put(paper, "\nDone and opened there:\n");
	account_json_render_activity(paper, shown);
	if (all > (json_int_t)json_array_size(shown)) {
		paper_printf(paper, "  and %lld more; see --json\n",
		    (long long)(all - (json_int_t)json_array_size(shown)));
	}
	json_decref(shown);
}
