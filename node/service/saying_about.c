#include "service/saying_about.h"

#include "domain/said.h"
#include "service/query.h"
#include "service/share.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

static int64_t author_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log)->org;
}

/*
 * The record.
 */

static bool may_be_corroborated(enum view_type type)
{
	return type == VIEW_INTELLIGENCE || type == VIEW_CORRECTION ||
	       type == VIEW_INDICATOR || type == VIEW_ANSWER ||
	       type == VIEW_FINDING;
}

static enum err check_kind(Qsg__Payload__ContentCase which, enum view_type type)
{
	const char *name = views_type_name(type);

	if (which == QSG__PAYLOAD__CONTENT_CORROBORATION &&
	    !may_be_corroborated(type)) {
		return err_set(ERR_INPUT,
		    "a record of the type %s cannot be corroborated: name "
		    "intelligence, indicators, an answer or a finding",
		    name);
	}
	if (which == QSG__PAYLOAD__CONTENT_FEEDBACK &&
	    views_is_housekeeping(type)) {
		return err_set(ERR_INPUT,
		    "a record of the type %s is housekeeping: give feedback "
		    "on what somebody told you",
		    name);
	}
	if (which == QSG__PAYLOAD__CONTENT_ANSWER && type != VIEW_REQUEST) {
		return err_set(ERR_INPUT,
		    "a record of the type %s is no information request; `qsg "
		    "requests` lists them",
		    name);
	}
	return ERR_OK;
}

static enum err check_own(Qsg__Payload__ContentCase which)
{
	if (which == QSG__PAYLOAD__CONTENT_ANSWER) {
		return err_set(ERR_INPUT,
		    "this organisation itself made that request: it is for "
		    "those whom it asked to answer");
	}
	return err_set(ERR_INPUT,
	    "that is a record of this organisation itself: name another "
	    "organisation's, or share what is new with `qsg share`");
}

static enum err find(struct node *node, const struct saying *saying,
    uint32_t *rid, struct saying_result *out)
{
	Qsg__Payload__ContentCase which = saying->content->content_case;
	const struct view_record *view = NULL;
	enum err err =
	    views_find_prefix(node->views, span_text(saying->about), rid);

	if (err) {
		return err;
	}
	view = views_get(node->views, *rid);
	out->about = view->id;
	if (view->state != RECORD_READABLE) {
		return err_set(ERR_STATE,
		    "that record cannot be read here, so nothing can be said "
		    "about it");
	}
	err = check_kind(which, (enum view_type)view->type);
	return !err && author_of(node, *rid) == 1 ? check_own(which) : err;
}

/*
 * The readers.
 */

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void put_in_order(struct saying_result *out)
{
	size_t kept = 0;

	if (out->reader_count) {
		qsort(out->readers, out->reader_count, sizeof *out->readers,
		    by_number);
	}
	for (size_t i = 0; i < out->reader_count; i++) {
		if (kept == 0 || out->readers[kept - 1] != out->readers[i]) {
			out->readers[kept++] = out->readers[i];
		}
	}
	out->reader_count = kept;
}

static const char *why_left_out(const struct peer *peer)
{
	if (!peer) {
		return "not known to this node: add its card";
	}
	return peer->refused[0] ? "refused by this organisation"
	                        : "in no roster any more that enrolled it";
}

/* PROTOCOL.md M363: "A corroboration MUST be sealed to every reader of the
 * record that its author has enrolled and not refused, and whoever is left out
 * MUST be named to the person who makes it, with the reason." */
static enum err all_readers(
    struct node *node, uint32_t rid, struct saying_result *out)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = query_audience(node, rid, &ids, &count);

	if (!err) {
		out->readers = calloc(count + 1, sizeof *out->readers);
		out->left_out = calloc(count + 1, sizeof *out->left_out);
		err = out->readers && out->left_out
		          ? ERR_OK
		          : err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count && !err; i++) {
		const struct peer *peer = peers_by_id(node, &ids[i]);

		if (!peer || !peers_admitted(peer)) {
			out->left_out[out->left_out_count++] =
			    (struct saying_left_out){ .organisation = ids[i],
				    .why = why_left_out(peer) };
		} else if (peer->org != 1) {
			out->readers[out->reader_count++] = peer->org;
		}
	}
	free(ids);
	return err;
}

/* The author of a record, and whoever else is named. */
static enum err author_and(struct node *node, const struct saying *saying,
    uint32_t rid, struct saying_result *out)
{
	int64_t *others = NULL;
	size_t count = 0;
	enum err err = saying->to_count
	                   ? share_readers(node, saying->to, saying->to_count,
				 false, &others, &count)
	                   : ERR_OK;

	if (!err) {
		out->readers = calloc(count + 1, sizeof *out->readers);
		err = out->readers ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		if (count) {
			memcpy(out->readers, others, count * sizeof *others);
		}
		out->readers[count] = author_of(node, rid);
		out->reader_count = count + 1;
	}
	free(others);
	return err;
}

enum err saying_about_resolve(
    struct node *node, const struct saying *saying, struct saying_result *out)
{
	uint32_t rid = 0;
	Qsg__Payload__ContentCase which = saying->content->content_case;
	enum err err = find(node, saying, &rid, out);

	if (err) {
		return err;
	}
	/* Without its author it would be said behind its back. */
	err = peers_check_admitted(peers_get(node, author_of(node, rid)));
	if (err) {
		return err;
	}
	if (which == QSG__PAYLOAD__CONTENT_FEEDBACK || saying->to_asker) {
		err = author_and(node, saying, rid, out);
	} else {
		err = all_readers(node, rid, out);
	}
	put_in_order(out);
	return err;
}

/*
 * Citations.
 */

static enum err cite_one(
    struct node *node, const char *prefix, struct saying_citations *cited)
{
	uint32_t rid = 0;
	enum err err = views_find_prefix(node->views, span_text(prefix), &rid);

	if (!err && views_is_housekeeping(
			(enum view_type)views_get(node->views, rid)->type)) {
		err = err_set(ERR_INPUT,
		    "%.64s is a housekeeping record: it cannot be cited",
		    prefix);
	}
	for (size_t i = 0; i < cited->count && !err; i++) {
		if (cited->rids[i] == rid) {
			return ERR_OK;
		}
	}
	if (!err) {
		cited->rids[cited->count++] = rid;
	}
	return err;
}

enum err saying_about_cite(struct node *node, const struct saying *saying,
    struct saying_citations *cited, struct saying_result *out)
{
	enum err err = ERR_OK;

	cited->count = 0;
	if (saying->cite_count > SAYING_CITES) {
		return err_set(ERR_LIMIT, "at most %u records", SAYING_CITES);
	}
	for (size_t i = 0; i < saying->cite_count && !err; i++) {
		err = cite_one(node, saying->cites[i], cited);
	}
	if (err || !cited->count) {
		return err;
	}
	out->blind =
	    calloc(cited->count * (out->reader_count + 1), sizeof *out->blind);
	if (!out->blind) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < cited->count; i++) {
		const struct view_record *view =
		    views_get(node->views, cited->rids[i]);

		for (size_t j = 0; j < out->reader_count; j++) {
			const struct peer *peer =
			    peers_get(node, out->readers[j]);

			if (!state_reads(state_stream(node, view->stream),
				&peer->card.organisation)) {
				out->blind[out->blind_count++] =
				    (struct saying_blind){ .record = view->id,
					    .org = peer->org };
			}
		}
	}
	return ERR_OK;
}
