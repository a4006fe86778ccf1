#include "view/provider_said.h"

#include "codec/pbjson.h"
#include "codec/text.h"
#include "service/query.h"
#include "view/json_out.h"
#include "view/record_json.h"
#include "view/said_json.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000

static Qsg__Payload__ContentCase content_of(const struct picture_entry *entry)
{
	return entry->fact->payload->content_case;
}

static void append_id(json_t *array, const struct id32 *id)
{
	json_out_append(array, json_string(text_hex_id(id).text));
}

/*
 * Counts.
 */

/* The name of the count that an entry is in; NULL: in none. */
static const char *key_of(const struct picture_entry *entry)
{
	static const struct {
		Qsg__Payload__ContentCase content;
		const char *key;
	} keys[] = {
		{ QSG__PAYLOAD__CONTENT_CORROBORATION, "corroborations" },
		{ QSG__PAYLOAD__CONTENT_FEEDBACK, "feedback" },
		{ QSG__PAYLOAD__CONTENT_INDICATORS, "indicators" },
		{ QSG__PAYLOAD__CONTENT_JUDGEMENT, "judgements" },
		{ QSG__PAYLOAD__CONTENT_FINDING, "findings" },
	};
	if (entry->standing == PICTURE_ELSEWHERE) {
		return NULL;
	}
	if (entry->standing != PICTURE_COUNTS) {
		return "not_counted";
	}
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_INTELLIGENCE) {
		return picture_is(entry, "concern")         ? "concerns"
		       : picture_is(entry, "assurance")     ? "assurances"
		       : picture_is(entry, "good-practice") ? "good_practice"
		                                            : "unstated";
	}
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_REQUEST) {
		return entry->request == PICTURE_OPEN ? "open_requests" : NULL;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].content == content_of(entry)) {
			return keys[i].key;
		}
	}
	return NULL;
}

json_t *provider_said_ids(const struct pictures_look *look)
{
	static const char *const keys[] = { "concerns", "assurances",
		"good_practice", "unstated", "significant", "corroborations",
		"feedback", "indicators", "judgements", "findings",
		"open_requests", "not_counted" };
	json_t *object = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_out_set(object, keys[i], json_array());
	}
	for (size_t i = 0; i < look->picture.count; i++) {
		const struct picture_entry *entry =
		    &look->picture.entries[look->picture.order[i]];
		const char *key = key_of(entry);
		if (key == NULL) {
			continue;
		}
		append_id(json_object_get(object, key), &entry->fact->record);
		if (picture_is(entry, "concern") &&
		    entry->fact->payload->intelligence->significant) {
			append_id(json_object_get(object, "significant"),
			    &entry->fact->record);
		}
	}
	return object;
}

/* Those that bear out a concern of this signal. */
static bool bears_out(const struct picture *picture,
    const struct picture_entry *entry, const struct picture_signal *signal)
{
	return entry->standing == PICTURE_COUNTS &&
	       content_of(entry) == QSG__PAYLOAD__CONTENT_CORROBORATION &&
	       picture_in_signal(
		   &picture->entries[picture_current(picture, entry->target)],
		   signal);
}

json_t *provider_said_signals(const struct pictures_look *look)
{
	const struct picture *picture = &look->picture;
	json_t *array = json_array();
	for (size_t i = 0; i < picture->signal_count; i++) {
		const struct picture_signal *signal = &picture->signals[i];
		json_t *object = json_object();
		json_t *items = json_array();
		json_t *borne_out_by = json_array();
		for (size_t j = 0; j < picture->count; j++) {
			const struct picture_entry *entry =
			    &picture->entries[picture->order[j]];
			if (picture_in_signal(entry, signal)) {
				append_id(items, &entry->fact->record);
			} else if (bears_out(picture, entry, signal)) {
				append_id(borne_out_by, &entry->fact->record);
			}
		}
		json_out_text_or_null(object, "dimension", signal->dimension);
		json_out_number(object, "concerns", signal->concerns);
		json_out_number(object, "organisations", signal->organisations);
		json_out_number(object, "sources", signal->sources);
		json_out_set(object, "items", items);
		json_out_set(object, "borne_out_by", borne_out_by);
		json_out_append(array, object);
	}
	return array;
}

/*
 * One record.
 */

static const char *standing_name(enum picture_standing standing)
{
	switch (standing) {
	case PICTURE_COUNTS:
		return "counts";
	case PICTURE_CORRECTED:
		return "corrected";
	case PICTURE_OLDER:
		return "older";
	case PICTURE_REFUSED:
		return "does-not-count"; /* as standing_token() */
	case PICTURE_DISOWNED:
		return "disowned";
	case PICTURE_RETRACTED:
		return "retracted";
	case PICTURE_ELSEWHERE:
		break;
	}
	return "elsewhere";
}

/* Who can read it beside its author and ourselves; null where that is not
 * known. */
static json_t *readers_json(struct node *node, const struct picture_fact *fact)
{
	json_t *array = json_array();
	if (fact->readers == NULL) {
		json_decref(array);
		return json_null();
	}
	for (size_t i = 0; i < fact->reader_count; i++) {
		const struct id32 *id = &fact->readers[i];
		const struct peer *peer = peers_by_id(node, id);
		json_t *object = NULL;
		if (id_equal(id, node_id(node)) ||
		    id_equal(id, &fact->author)) {
			continue;
		}
		object = json_object();
		json_out_text_or_null(object, "name",
		    peer == NULL ? NULL : peer->card.fields->name);
		json_out_text_or_null(object, "code",
		    peer == NULL ? NULL : peer->card.fields->code);
		json_out_text(object, "fingerprint", text_fingerprint(id).text);
		json_out_append(array, object);
	}
	return array;
}

/* PROTOCOL.md M373: "A request MUST be shown as open, with its age and with who
 * has not answered, until an answer of each of those asked counts, as far as
 * M361 lets a node know; the state that M375 covers is whether any answer
 * counts." */
static void add_request(struct node *node, json_t *object, uint32_t rid,
    const struct picture_entry *entry)
{
	static const char *const states[] = {
		[PICTURE_OPEN] = "open",
		[PICTURE_ANSWERED] = "answered",
		[PICTURE_DECLINED] = "refused",
	};
	struct requests_request request = { 0 };
	bool known = requests_look(node, rid, &request) == ERR_OK;
	enum picture_request state =
	    known && request.open ? PICTURE_OPEN : entry->request;
	json_out_bool(
	    object, "ours", id_equal(&entry->fact->author, node_id(node)));
	json_out_text(object, "state", states[state]);
	json_out_number(object, "age_days", (uint64_t)(entry->age_ms / DAY_MS));
	json_out_bool(
	    object, "overdue", known ? request.overdue : entry->overdue);
	json_out_set(
	    object, "addressees", said_json_addressees(node, &request));
	requests_clear(&request);
}

/* The rows about this provider, beside the count of all. */
static void add_rows(
    json_t *object, const char *provider, const Qsg__IndicatorSet *set)
{
	json_t *columns = json_array();
	json_t *rows = json_array();
	for (size_t i = 0; i < set->n_columns; i++) {
		json_out_append(columns, json_string(set->columns[i]));
	}
	for (size_t i = 0; i < set->n_rows; i++) {
		json_t *row = NULL;
		if (strcmp(set->rows[i]->provider, provider) == 0 &&
		    pbjson_write(&set->rows[i]->base, &row) == ERR_OK) {
			json_out_append(rows, row);
		}
	}
	json_out_set(object, "columns", columns);
	json_out_set(object, "provider_rows", rows);
}

static json_t *entry_json(struct node *node, const struct pictures_look *look,
    const struct picture_entry *entry)
{
	const struct picture *picture = &look->picture;
	const Qsg__Payload *payload = entry->fact->payload;
	struct query_item item =
	    query_item(node, pictures_rid(look, entry), payload);
	json_t *object = record_json_brief(node, &item);
	const char *told =
	    json_string_value(json_object_get(object, "standing"));
	/* By what the rosters say of its author, where that matters. */
	json_out_bool(object, "confirmed",
	    told == NULL || strcmp(told, "unconfirmed") != 0);
	json_out_text(object, "standing", standing_name(entry->standing));
	json_out_text_or_null(object, "why", entry->why);
	json_out_set(object, "instead", json_null());
	if (entry->instead != PICTURE_NONE) {
		json_out_id(object, "instead",
		    &picture->entries[entry->instead].fact->record);
	}
	json_out_set(object, "also_read_by", readers_json(node, entry->fact));
	if (entry->target != PICTURE_NONE) {
		json_out_id(object, "about",
		    &picture->entries[entry->target].fact->record);
	}
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_REQUEST) {
		add_request(node, object, pictures_rid(look, entry), entry);
	}
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_JUDGEMENT) {
		json_out_bool(object, "opposed", entry->opposed);
	}
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_INDICATORS) {
		add_rows(object, picture->provider, payload->indicators);
	}
	return object;
}

/*
 * Lists.
 */

/* Where a record's place is: one of the lists, or under another record. */
static const char *list_of(const struct picture_entry *entry)
{
	static const struct {
		Qsg__Payload__ContentCase content;
		const char *list;
	} lists[] = {
		{ QSG__PAYLOAD__CONTENT_INTELLIGENCE, "items" },
		{ QSG__PAYLOAD__CONTENT_JUDGEMENT, "judgements" },
		{ QSG__PAYLOAD__CONTENT_REQUEST, "requests" },
		{ QSG__PAYLOAD__CONTENT_FINDING, "findings" },
		{ QSG__PAYLOAD__CONTENT_INDICATORS, "indicators" },
		{ QSG__PAYLOAD__CONTENT_RELATION, "relations" },
	};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].content == content_of(entry)) {
			return lists[i].list;
		}
	}
	return NULL;
}

static int compare_member(const json_t *a, const json_t *b, const char *name)
{
	const char *x = json_string_value(json_object_get(a, name));
	const char *y = json_string_value(json_object_get(b, name));
	return strcmp(x == NULL ? "" : x, y == NULL ? "" : y);
}

struct ordered {
	json_t *value;
	size_t place; /* as it was */
};

static int compare_indicators(const void *a, const void *b)
{
	const struct ordered *x = a;
	const struct ordered *y = b;
	int order = compare_member(x->value, y->value, "set");
	if (order == 0) {
		order = compare_member(x->value, y->value, "publisher");
	}
	if (order == 0) {
		order = compare_member(y->value, x->value, "period");
	}
	return order != 0 ? order
	                  : (x->place > y->place) - (x->place < y->place);
}

/* Statistics may be recorded in any order: each set by period, newest first.
 * Left as they are where memory is short. */
static void order_indicators(json_t *list)
{
	size_t count = json_array_size(list);
	struct ordered *all = calloc(count + 1, sizeof(*all));
	for (size_t i = 0; all != NULL && i < count; i++) {
		all[i] = (struct ordered){ .value = json_incref(
					       json_array_get(list, i)),
			.place = i };
	}
	if (all != NULL) {
		qsort(all, count, sizeof(*all), compare_indicators);
	}
	for (size_t i = 0; all != NULL && i < count; i++) {
		(void)json_array_set_new(list, i, all[i].value);
	}
	free(all);
}

/* Newest first: what stands later in the order is met first. */
void provider_said_lists(
    struct node *node, json_t *object, const struct pictures_look *look)
{
	static const char *const lists[] = { "items", "judgements", "requests",
		"findings", "indicators", "relations" };
	const struct picture *picture = &look->picture;
	json_t **made = (json_t **)calloc(picture->count + 1, sizeof(*made));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_out_set(object, lists[i], json_array());
	}
	for (size_t i = picture->count; made != NULL && i > 0; i--) {
		size_t at = picture->order[i - 1];
		const struct picture_entry *entry = &picture->entries[at];
		const char *list = list_of(entry);
		if (list != NULL && entry->standing != PICTURE_ELSEWHERE) {
			made[at] = entry_json(node, look, entry);
			json_out_set(made[at], "said", json_array());
			(void)json_array_append_new(
			    json_object_get(object, list), made[at]);
		}
	}
	order_indicators(json_object_get(object, "indicators"));
	/* In order of time: one after the other, as it was said. */
	for (size_t i = 0; made != NULL && i < picture->count; i++) {
		size_t at = picture->order[i];
		/* What is said about what is said stands there, too. */
		size_t root = picture->entries[at].root;
		if (root != at && made[root] != NULL &&
		    picture->entries[at].standing != PICTURE_ELSEWHERE) {
			json_out_append(json_object_get(made[root], "said"),
			    entry_json(node, look, &picture->entries[at]));
		}
	}
	free((void *)made);
}
