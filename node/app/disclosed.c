#include "app/disclosed.h"

#include "app/acting.h"
#include "codec/when.h"
#include "domain/roles.h"
#include "service/activity.h"
#include "service/erasing.h"
#include "view/erasure_json.h"
#include "view/json_out.h"
#include "view/shared_json.h"

#include <stdlib.h>
#include <string.h>

/* As `records`: row by row, so that a long list never stands in memory as a
 * tree. */
struct listing {
	struct node *node;
	struct fates *fates;
	const struct peer *with; /* NULL: everybody */
	struct buf *text;
	bool any;
};

static enum err put_row(struct listing *listing, const struct query_item *item,
    const struct id32 *reader)
{
	json_t *row = NULL;
	enum err err =
	    shared_json_row(listing->node, listing->fates, item, reader, &row);
	if (err == ERR_OK) {
		err = buf_append(
		    listing->text, span_text(listing->any ? ",\n" : "[\n"));
		listing->any = true;
	}
	if (err == ERR_OK) {
		err = json_out_dump(row, listing->text);
	}
	json_decref(row);
	return err;
}

static enum err list_one(void *context, const struct query_item *item)
{
	struct listing *listing = context;
	struct id32 *readers = NULL;
	size_t count = 0;
	if (item->author == NULL || item->author->org != 1) {
		return ERR_OK;
	}
	enum err err =
	    query_audience(listing->node, item->rid, &readers, &count);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		bool us = id_equal(&readers[i], node_id(listing->node));
		if (!us && (listing->with == NULL ||
			       id_equal(&readers[i],
				   &listing->with->card.organisation))) {
			err = put_row(listing, item, &readers[i]);
		}
	}
	free(readers);
	return err;
}

enum err disclosed_shared(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct query_filter filter = {
		.provider = ops_text(arguments, "provider"),
		.since_ms = INT64_MIN,
		.scope = core->caller == NULL ? NULL : core->caller->account,
	};
	struct listing listing = { .node = core->node, .text = &answer->text };
	const char *since = ops_text(arguments, "since");
	const char *with = ops_text(arguments, "with");
	struct peer *peer = NULL;
	enum err err = ERR_OK;
	if (since != NULL) {
		err = when_parse(span_text(since), &filter.since_ms);
	}
	if (err == ERR_OK && with != NULL) {
		err = peers_resolve(core->node, with, &peer);
		listing.with = peer;
	}
	if (err == ERR_OK) {
		err = fates_open(core->node, &listing.fates);
	}
	if (err == ERR_OK) {
		err = query_records(
		    core->node, &filter, false, list_one, &listing);
	}
	if (err == ERR_OK) {
		err = buf_append(
		    &answer->text, span_text(listing.any ? "\n]" : "[]"));
	}
	fates_close(listing.fates);
	return err;
}

struct single {
	struct node *node;
	struct fates *fates;
	json_t *json;
	struct id32 id;
	json_t *opened;
};

/* Who opened it here. */
static enum err add_opened(void *context, const struct activity_line *line)
{
	struct single *single = context;
	const Qsg__ActivityEntry *entry = line->entry;
	const struct roles_rule *rule = roles_rule(entry->operation);
	if (entry->refused || rule == NULL || rule->kind != ROLES_READS) {
		return ERR_OK;
	}
	for (size_t i = 0; i < entry->n_records; i++) {
		if (entry->records[i].len == sizeof(single->id.b) &&
		    memcmp(entry->records[i].data, single->id.b,
			sizeof(single->id.b)) == 0) {
			json_t *each = json_object();
			json_out_time(each, "at", entry->at_ms);
			json_out_text(each, "account", entry->account);
			json_out_text(each, "operation", entry->operation);
			json_out_append(single->opened, each);
			break;
		}
	}
	return ERR_OK;
}

/* For whoever may read the log of activity. */
static enum err add_openings(struct ops_core *core, struct single *single)
{
	if (core->caller == NULL ||
	    !roles_may(core->caller->roles, "activity")) {
		json_out_set(single->json, "opened_here", json_null());
		return ERR_OK;
	}
	single->opened = json_array();
	enum err err = activity_list(core->node, add_opened, single);
	json_out_set(single->json, "opened_here", single->opened);
	return err;
}

static enum err show_one(void *context, const struct query_item *item)
{
	struct single *single = context;
	single->id = item->view->id;
	return shared_json_life(
	    single->node, single->fates, item, &single->json);
}

/* What was held in grants alone, and is erased. */
static enum err look_back(struct single *single, const char *prefix)
{
	struct erasing_remembered remembered;
	enum err err = erasing_remember(single->node, prefix, &remembered);
	single->id = remembered.id;
	return err == ERR_OK ? shared_json_remembered(
				   single->node, &remembered, &single->json)
	                     : err;
}

enum err disclosed_record(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct single single = { .node = core->node };
	enum err err = fates_open(core->node, &single.fates);
	if (err == ERR_OK) {
		err = query_record(core->node,
		    span_text(ops_text(arguments, "id")), show_one, &single);
	}
	fates_close(single.fates);
	if (err == ERR_NOTFOUND) {
		err = look_back(&single, ops_text(arguments, "id"));
	}
	if (err == ERR_OK) {
		err = add_openings(core, &single);
	}
	answer->json = single.json;
	return err;
}
