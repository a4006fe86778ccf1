#include "service/saying_about.h"

#include "codec/text.h"
#include "domain/said.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/query.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

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
	enum err err = erasing_find(node, span_text(saying->about), rid);

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
	return !err && state_author(node, *rid) == 1 ? check_own(which) : err;
}

/*
 * The readers.
 */

static enum err make_room(struct saying_readers *readers, size_t count)
{
	readers->names = calloc(count + 1, sizeof *readers->names);
	readers->to = calloc(count + 1, sizeof *readers->to);
	return readers->names && readers->to
	           ? ERR_OK
	           : err_set(ERR_MEM, "out of memory");
}

/* A fingerprint names nobody else. */
static void add_reader(
    struct saying_readers *readers, const struct id32 *organisation)
{
	struct fingerprint *name = &readers->names[readers->count];

	*name = text_fingerprint(organisation);
	readers->to[readers->count++] = name->text;
}

void saying_about_clear(struct saying_readers *readers)
{
	free(readers->names);
	free(readers->to);
	*readers = (struct saying_readers){ 0 };
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
enum err saying_about_name(struct node *node, const struct id32 *ids,
    size_t count, struct saying_readers *readers, struct saying_result *out)
{
	enum err err = make_room(readers, count);

	if (!err) {
		out->left_out = calloc(count + 1, sizeof *out->left_out);
		err =
		    out->left_out ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count && !err; i++) {
		const struct peer *peer = peers_by_id(node, &ids[i]);

		if (!peer || !peers_admitted(peer)) {
			out->left_out[out->left_out_count++] =
			    (struct saying_left_out){ .organisation = ids[i],
				    .why = why_left_out(peer) };
		} else if (peer->org != 1) {
			add_reader(readers, &ids[i]);
		}
	}
	return err;
}

static enum err all_readers(struct node *node, uint32_t rid,
    struct saying_readers *readers, struct saying_result *out)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = query_audience(node, rid, &ids, &count);

	if (!err) {
		err = saying_about_name(node, ids, count, readers, out);
	}
	free(ids);
	return err;
}

/* The author of a record, and whoever else is named. */
static enum err author_and(struct node *node, const struct saying *saying,
    uint32_t rid, struct saying_readers *readers)
{
	const struct share_request *share = &saying->share;
	enum err err = make_room(readers, share->to_count + 1);

	if (!err) {
		add_reader(readers, &peers_get(node, state_author(node, rid))
					 ->card.organisation);
	}
	for (size_t i = 0; i < share->to_count && !err; i++) {
		readers->to[readers->count++] = share->to[i];
	}
	return err;
}

enum err saying_about_resolve(struct node *node, const struct saying *saying,
    struct saying_readers *readers, struct saying_result *out)
{
	uint32_t rid = 0;
	Qsg__Payload__ContentCase which = saying->content->content_case;
	enum err err = find(node, saying, &rid, out);

	if (err) {
		return err;
	}
	/* Without its author it would be said behind its back. */
	err = peers_check_admitted(peers_get(node, state_author(node, rid)));
	if (err) {
		return err;
	}
	return which == QSG__PAYLOAD__CONTENT_FEEDBACK || saying->to_asker
	           ? author_and(node, saying, rid, readers)
	           : all_readers(node, rid, readers, out);
}

/*
 * Citations.
 */

static enum err cite_one(
    struct node *node, const char *prefix, struct saying_citations *cited)
{
	uint32_t rid = 0;
	enum err err = erasing_find(node, span_text(prefix), &rid);

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
	out->blind = calloc(
	    cited->count * (out->share.reader_count + 1), sizeof *out->blind);
	if (!out->blind) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < cited->count; i++) {
		const struct view_record *view =
		    views_get(node->views, cited->rids[i]);

		for (size_t j = 0; j < out->share.reader_count; j++) {
			const struct peer *peer =
			    peers_get(node, out->share.readers[j]);

			if (!granting_reads(node, cited->rids[i],
				&peer->card.organisation)) {
				out->blind[out->blind_count++] =
				    (struct saying_blind){ .record = view->id,
					    .org = peer->org };
			}
		}
	}
	return ERR_OK;
}
