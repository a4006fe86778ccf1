#include "app/disclosed.h"

#include "codec/when.h"
#include "view/json_out.h"
#include "view/shared_json.h"

#include <stdlib.h>

static const char *text_of(const json_t *arguments, const char *key)
{
	return json_string_value(json_object_get(arguments, key));
}

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
		.provider = text_of(arguments, "provider"),
		.since_ms = INT64_MIN,
	};
	struct listing listing = { .node = core->node, .text = &answer->text };
	const char *since = text_of(arguments, "since");
	const char *with = text_of(arguments, "with");
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
};

static enum err show_one(void *context, const struct query_item *item)
{
	struct single *single = context;
	return shared_json_life(
	    single->node, single->fates, item, &single->json);
}

enum err disclosed_record(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct single single = { .node = core->node };
	enum err err = fates_open(core->node, &single.fates);
	if (err == ERR_OK) {
		err = query_record(core->node,
		    span_text(text_of(arguments, "id")), show_one, &single);
	}
	fates_close(single.fates);
	answer->json = single.json;
	return err;
}
