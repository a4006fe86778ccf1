#include "service/granting_bulk.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/grant.h"
#include "service/drafting.h"
#include "service/groups.h"
#include "service/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A page under way. */
struct paging {
	struct node *node;
	const struct granting_bulk *bulk;
	const struct group_state *group;
	struct id32 group_id;
	int64_t *readers;
	size_t reader_count;
	struct granting_page *out;
};

/* Of the group, and of a kind that may be granted: housekeeping is not. */
static bool is_meant(const struct paging *paging, uint32_t rid)
{
	const struct node *node = paging->node;
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = &node->streams[view->stream - 1];

	return view->received_ms >= paging->bulk->since_ms && !view->slotted &&
	       view->state == RECORD_READABLE && view->type != VIEW_GRANT &&
	       !views_is_housekeeping((enum view_type)view->type) &&
	       id_equal(&stream->group, &paging->group_id);
}

static bool all_read(const struct paging *paging, uint32_t rid)
{
	bool read = true;

	for (size_t i = 0; i < paging->reader_count && read; i++) {
		const struct peer *peer =
		    peers_get(paging->node, paging->readers[i]);

		read =
		    granting_reads(paging->node, rid, &peer->card.organisation);
	}
	return read;
}

static enum err leave(struct granting_page *out, const struct id32 *record)
{
	struct granting_left *grown =
	    realloc(out->left, (out->left_count + 1) * sizeof *out->left);
	struct granting_left *left = NULL;

	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	out->left = grown;
	left = &grown[out->left_count++];
	left->record = *record;
	(void)snprintf(left->why, sizeof left->why, "%s", err_text());
	return ERR_OK;
}

/* One that cannot go is named, and the others go all the same. */
static bool goes_on_after(enum err err)
{
	return err == ERR_DENIED || err == ERR_INPUT || err == ERR_STATE ||
	       err == ERR_LIMIT;
}

/* To those of them that do not read it yet. */
static enum err grant_one(struct paging *paging, uint32_t rid)
{
	struct node *node = paging->node;
	struct id32 record = views_get(node->views, rid)->id;
	struct hex32 name = text_hex_id(&record);
	const char *names[] = { name.text };
	struct granting_request request = { .records = names,
		.record_count = 1,
		.reason = paging->bulk->reason,
		.share = paging->bulk->share };
	struct granting_result result = { 0 };
	struct fingerprint *prints =
	    calloc(paging->reader_count + 1, sizeof *prints);
	const char **to =
	    (const char **)calloc(paging->reader_count + 1, sizeof *to);
	enum err err =
	    prints && to ? ERR_OK : err_set(ERR_MEM, "out of memory");

	request.share.to = to;
	request.share.to_count = 0;
	for (size_t i = 0; i < paging->reader_count && !err; i++) {
		const struct id32 *id =
		    &peers_get(node, paging->readers[i])->card.organisation;

		if (!granting_reads(node, rid, id)) {
			prints[i] = text_fingerprint(id);
			to[request.share.to_count++] = prints[i].text;
		}
	}
	if (!err) {
		err = granting_make(node, &request, &result);
	}
	if (!err) {
		paging->out->granted++;
	} else if (goes_on_after(err) && !node->poisoned) {
		err = leave(paging->out, &record);
	}
	granting_result_clear(&result);
	free(prints);
	free((void *)to);
	return err;
}

static enum err look_through(struct paging *paging)
{
	struct granting_page *out = paging->out;
	const struct views *views = paging->node->views;
	uint32_t rid = (uint32_t)paging->bulk->place;
	size_t looked = 0;
	enum err err = ERR_OK;

	/* Grants made meanwhile come after all that was there at first. */
	while (!err && (rid = views_next(views, rid)) != 0 &&
	       views_holder(views, rid) <= out->started) {
		if (is_meant(paging, rid)) {
			if (all_read(paging, rid)) {
				out->read++;
			} else {
				err = grant_one(paging, rid);
			}
		}
		if (++looked >= GRANTING_BULK_LOOKED ||
		    out->granted >= GRANTING_BULK_GRANTED) {
			out->place = rid;
			return err;
		}
	}
	out->place = 0;
	return err;
}

/*
 * The summary.
 */

/* What the log itself says: grants of ours since the beginning that all of them
 * read; and what is left of what was meant. */
static void count(const struct paging *paging, size_t *granted, size_t *left)
{
	struct node *node = paging->node;
	uint64_t started = paging->out->started;

	*granted = *left = 0;
	for (uint32_t rid = (uint32_t)started + 1;
	     rid <= views_count(node->views); rid++) {
		const struct view_record *view = views_get(node->views, rid);
		const struct peer *first = peers_get(node, paging->readers[0]);

		*granted += view->type == VIEW_GRANT &&
		            state_author(node, rid) == 1 &&
		            state_reads(state_stream(node, view->stream),
				&first->card.organisation);
	}
	for (uint32_t rid = views_next(node->views, 0);
	     rid && views_holder(node->views, rid) <= started;
	     rid = views_next(node->views, rid)) {
		*left += is_meant(paging, rid) && !all_read(paging, rid);
	}
}

/* PROTOCOL.md M433: "Grants of what a group heard, made together, MUST be
 * summed up in one record for the granter alone: how many, of which group and
 * epoch, for whom, why, and how many were left." */
static enum err sum_up(struct paging *paging)
{
	struct node *node = paging->node;
	Qsg__Payload payload;
	Qsg__Decision decision;
	struct id32 ids[LIMIT_READERS];
	ProtobufCBinaryData readers[LIMIT_READERS];
	size_t granted = 0;
	size_t left = 0;
	struct buf words = { 0 };
	int64_t draft = 0;
	enum err err = ERR_OK;

	qsg__payload__init(&payload);
	qsg__decision__init(&decision);
	count(paging, &granted, &left);
	err = buf_printf(&words, "%zu records granted, %zu left: %s", granted,
	    left, paging->bulk->reason);
	for (size_t i = 0; i < paging->reader_count; i++) {
		ids[i] = peers_get(node, paging->readers[i])->card.organisation;
	}
	qsort(ids, paging->reader_count, sizeof ids[0], id_compare);
	for (size_t i = 0; i < paging->reader_count; i++) {
		readers[i].data = ids[i].b;
		readers[i].len = sizeof ids[i].b;
	}
	decision.verdict = canon_lend("granted");
	decision.reason = err ? decision.reason : canon_lend(buf_text(&words));
	decision.asked_by = canon_lend(
	    paging->bulk->share.asked_by ? paging->bulk->share.asked_by : "");
	decision.group.data = paging->group_id.b;
	decision.group.len = sizeof paging->group_id.b;
	decision.roster_epoch = paging->group->epoch;
	decision.readers = readers;
	decision.n_readers = paging->reader_count;
	payload.role =
	    canon_lend(paging->bulk->share.role ? paging->bulk->share.role
						: "administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_DECISION;
	payload.decision = &decision;
	if (!err) {
		err = drafting_submit(
		    node, NULL, 0, &payload, &paging->out->summary, &draft);
	}
	buf_clear(&words);
	return err;
}

static enum err begin(struct paging *paging)
{
	const struct granting_bulk *bulk = paging->bulk;
	struct node *node = paging->node;
	uint64_t all = views_count(node->views);
	enum err err = grant_check_reason(bulk->reason);

	/* The summary holds it too, with a few words before it. */
	if (!err && strlen(bulk->reason) > LIMIT_TEXT_BYTES - 128) {
		err = err_set(ERR_LIMIT, "--reason takes at most %u bytes",
		    LIMIT_TEXT_BYTES - 128);
	}
	if (!err) {
		err = groups_resolve(node, bulk->group, &paging->group);
	}
	if (!err) {
		paging->group_id = paging->group->id;
		(void)snprintf(paging->out->group_name,
		    sizeof paging->out->group_name, "%s",
		    paging->group->stated && paging->group->stated->charter
			? paging->group->stated->charter->name
			: "");
		err = share_readers(node, bulk->share.to, bulk->share.to_count,
		    false, &paging->readers, &paging->reader_count);
	}
	for (size_t i = 0; i < paging->reader_count && !err; i++) {
		err = peers_check_admitted(peers_get(node, paging->readers[i]));
	}
	if (!err && !bulk->share.dry_run && !bulk->share.yes) {
		err = err_set(ERR_DENIED,
		    "what %.100s heard would be granted: look at it with "
		    "--dry-run, and confirm with --yes",
		    paging->out->group_name);
	}
	paging->out->started =
	    bulk->place && bulk->started <= all ? bulk->started : all;
	return err;
}

enum err granting_bulk(struct node *node, const struct granting_bulk *bulk,
    struct granting_page *out)
{
	struct paging paging = { .node = node, .bulk = bulk, .out = out };
	enum err err = begin(&paging);

	if (!err) {
		err = look_through(&paging);
	}
	if (!err && !out->place && !bulk->share.dry_run) {
		/* The group's state is borrowed until a record is made. */
		err = groups_by_id(node, &paging.group_id, &paging.group);
		err = err ? err : sum_up(&paging);
	}
	free(paging.readers);
	return err;
}

void granting_page_clear(struct granting_page *page)
{
	free(page->left);
	memset(page, 0, sizeof *page);
}
