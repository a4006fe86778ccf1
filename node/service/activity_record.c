#include "service/activity_parts.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"
#include "service/submit.h"
#include "store/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Entries of rows and of memory. */
struct entries {
	struct node *node;
	Qsg__ActivityEntry **items;
	size_t count;
	size_t capacity;
	int64_t last_row;
};

static void clear(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		canon_wipe(&entries->items[i]->base);
	}
	free(entries->items);
}

/* Takes over entry. */
static enum err append(struct entries *entries, Qsg__ActivityEntry *entry)
{
	if (entries->count == entries->capacity) {
		size_t capacity =
		    entries->capacity ? entries->capacity * 2 : 64;
		Qsg__ActivityEntry **grown =
		    realloc(entries->items, capacity * sizeof *entries->items);

		if (!grown) {
			canon_wipe(&entry->base);
			return err_set(ERR_MEM, "out of memory");
		}
		entries->items = grown;
		entries->capacity = capacity;
	}
	entries->items[entries->count++] = entry;
	return ERR_OK;
}

/* In place of one that does not open. */
static enum err damaged(
    struct node *node, int64_t number, Qsg__ActivityEntry **out)
{
	struct buf plain = { 0 };
	char about[64];
	Qsg__ActivityEntry entry;
	enum err err = ERR_OK;

	(void)snprintf(about, sizeof about, "note %lld on disk does not open",
	    (long long)number);
	qsg__activity_entry__init(&entry);
	entry.at_ms = clock_wall_ms(node->options.clock);
	entry.account = canon_lend("?");
	entry.operation = canon_lend("damaged");
	entry.about = about;
	err = canon_encode(&entry.base, &plain);
	if (!err) {
		err = activity_decode(buf_span(&plain), out);
	}
	buf_clear(&plain);
	return err;
}

static enum err take_row(void *context, int64_t number, struct span sealed)
{
	struct entries *entries = context;
	Qsg__ActivityEntry *entry = NULL;
	enum err err = activity_unseal(entries->node, sealed, &entry);

	entries->last_row = number;
	if (err && err != ERR_MEM) {
		err = damaged(entries->node, number, &entry);
	}
	return err ? err : append(entries, entry);
}

static int by_time(const void *a, const void *b)
{
	const Qsg__ActivityEntry *left = *(Qsg__ActivityEntry *const *)a;
	const Qsg__ActivityEntry *right = *(Qsg__ActivityEntry *const *)b;

	return (left->at_ms > right->at_ms) - (left->at_ms < right->at_ms);
}

/* All that is in no record yet, by time. */
static enum err gather(struct node *node, struct entries *out)
{
	const struct activity *activity = node->activity;
	enum err err = ERR_OK;

	*out = (struct entries){ .node = node };
	err = accounts_scan_notes(node->db, take_row, out);
	for (size_t i = 0; activity && i < activity->count && !err; i++) {
		Qsg__ActivityEntry *entry = NULL;

		err = activity_decode(buf_span(&activity->reads[i]), &entry);
		if (!err) {
			err = append(out, entry);
		}
	}
	if (!err && out->count) {
		qsort(out->items, out->count, sizeof *out->items, by_time);
	}
	return err;
}

/*
 * The chain.
 */

bool activity_is_ours(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = state_stream(node, view->stream);

	return view->type == VIEW_ACTIVITY &&
	       state_log(node, stream->row.log)->org == 1;
}

/* The newest. What was looked at before is not looked at again. */
static uint32_t newest(struct node *node)
{
	uint32_t count = (uint32_t)views_count(node->views);

	for (uint32_t rid = node->activity_seen + 1; rid <= count; rid++) {
		if (activity_is_ours(node, rid)) {
			node->activity_rid = rid;
		}
	}
	node->activity_seen = count;
	return node->activity_rid;
}

/* PROTOCOL.md M469: "Each record of activity MUST name the id of the one that
 * its node logged before, the first of all none; a check of a home MUST report
 * one that does not." */
static enum err submit(
    struct node *node, Qsg__ActivityEntry **entries, size_t count)
{
	uint32_t before = newest(node);
	struct id32 previous = { 0 };
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Activity content;

	qsg__payload__init(&payload);
	qsg__activity__init(&content);
	if (before) {
		previous = views_get(node->views, before)->id;
		content.previous.data = previous.b;
		content.previous.len = sizeof previous.b;
	}
	content.entries = entries;
	content.n_entries = count;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTIVITY;
	payload.activity = &content;
	return submit_payload(node, NULL, 0, &payload, &record);
}

enum err activity_record(struct node *node, struct activity *activity)
{
	struct entries entries;
	enum err err = gather(node, &entries);
	size_t from = 0;

	while (from < entries.count && !err) {
		size_t size = 0;
		size_t end = from;

		while (end < entries.count &&
		       (end == from || size < LIMIT_ACTIVITY_BYTES)) {
			size += protobuf_c_message_get_packed_size(
			    &entries.items[end++]->base);
		}
		err = submit(node, entries.items + from, end - from);
		from = end;
	}
	if (!err && activity->tells) {
		err = activity_tell(node, entries.items, entries.count);
	}
	if (!err && entries.last_row) {
		err = state_poison(
		    node, accounts_drop_notes(node->db, entries.last_row));
	}
	if (!err) {
		activity->staged = activity->count;
		/* Of nothing no commit comes that would say so. */
		activity->emptied = entries.count > 0;
		activity->waits = activity->emptied;
	}
	clear(&entries);
	return err;
}

/*
 * Reading it back.
 */

struct listing {
	activity_each each;
	void *context;
};

static enum err list_record(void *context, const struct query_item *item)
{
	struct listing *listing = context;
	struct activity_line line = { .record = &item->view->id };
	enum err err = ERR_OK;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_ACTIVITY) {
		return ERR_OK;
	}
	for (size_t i = 0; i < item->payload->activity->n_entries && !err;
	     i++) {
		line.entry = item->payload->activity->entries[i];
		err = listing->each(listing->context, &line);
	}
	return err;
}

enum err activity_list(struct node *node, activity_each each, void *context)
{
	struct listing listing = { each, context };
	struct entries entries;
	uint32_t count = (uint32_t)views_count(node->views);
	enum err err = ERR_OK;

	for (uint32_t rid = 1; rid <= count && !err; rid++) {
		if (activity_is_ours(node, rid)) {
			err = query_open(node, rid, list_record, &listing);
		}
	}
	if (err) {
		return err;
	}
	err = gather(node, &entries);
	for (size_t i = 0; i < entries.count && !err; i++) {
		struct activity_line line = { .entry = entries.items[i] };

		err = each(context, &line);
	}
	clear(&entries);
	return err;
}

struct checking {
	struct id32 last;
	bool any;
	activity_broken broken;
	void *context;
};

static enum err check_record(void *context, const struct query_item *item)
{
	struct checking *checking = context;
	const ProtobufCBinaryData *previous = NULL;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_ACTIVITY) {
		checking->broken(
		    checking->context, item->rid, "it does not open");
	} else {
		previous = &item->payload->activity->previous;
		if (checking->any ? previous->len != sizeof checking->last.b ||
					memcmp(previous->data, checking->last.b,
					    previous->len) != 0
				  : previous->len != 0) {
			checking->broken(checking->context, item->rid,
			    "it does not name the record of activity before");
		}
	}
	checking->last = item->view->id;
	checking->any = true;
	return ERR_OK;
}

enum err activity_check(
    struct node *node, activity_broken broken, void *context)
{
	struct checking checking = { .broken = broken, .context = context };
	uint32_t count = (uint32_t)views_count(node->views);
	enum err err = ERR_OK;

	for (uint32_t rid = 1; rid <= count && !err; rid++) {
		if (activity_is_ours(node, rid)) {
			err = query_open(node, rid, check_record, &checking);
		}
	}
	return err == ERR_CORRUPT ? ERR_OK : err;
}
