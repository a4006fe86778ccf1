#include "service/erasing_parts.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/reached.h"

#include <stdlib.h>

struct passing {
	struct node *node;
	uint32_t erasure;
	const struct id32 *target;
	int64_t *to;
	size_t count;
	struct erasing_references references;
};

/* Has any erasure of it by us gone to this organisation? */
static bool was_told(const struct passing *passing, const struct id32 *org)
{
	struct node *node = passing->node;
	uint32_t erasure = 0;
	size_t place = 0;

	while ((erasure = views_next_link(node->views, passing->target,
		    REFERENCE_ERASES, &place)) != 0) {
		const struct view_record *view =
		    views_get(node->views, erasure);

		if (view->type == VIEW_ERASURE &&
		    erasing_org(node, erasure) == 1 &&
		    state_reads(state_stream(node, view->stream), org)) {
			return true;
		}
	}
	return false;
}

static enum err add_grantee(struct passing *passing, const struct id32 *org)
{
	struct peer *peer = peers_by_id(passing->node, org);
	int64_t *to = NULL;
	bool there = !peer || peer->org == 1 || !peers_admitted(peer) ||
	             was_told(passing, org);

	for (size_t k = 0; !there && k < passing->count; k++) {
		there = passing->to[k] == peer->org;
	}
	if (there) {
		return ERR_OK;
	}
	to = realloc(passing->to, (passing->count + 1) * sizeof *passing->to);
	if (!to) {
		return err_set(ERR_MEM, "out of memory");
	}
	passing->to = to;
	passing->to[passing->count++] = peer->org;
	return ERR_OK;
}

static enum err find_grantees(void *context, const struct erasing_carrier *at)
{
	struct passing *passing = context;
	const struct view_record *view =
	    views_get(passing->node->views, at->rid);
	const struct state_stream *stream =
	    state_stream(passing->node, view->stream);
	enum err err = ERR_OK;

	if (!at->grant || erasing_org(passing->node, at->rid) != 1) {
		return ERR_OK;
	}
	erasing_refer(&passing->references, REFERENCE_CITES, &view->id);
	for (size_t i = 0; i < stream->reader_count && !err; i++) {
		err = add_grantee(passing, &stream->readers[i]);
	}
	return err;
}

/* Of anybody's grants, who are told because it reached them. */
static enum err find_reached(struct passing *passing)
{
	struct reached reached = { 0 };
	enum err err = reached_add(passing->node, passing->target, &reached);

	if (!err) {
		err = reached_add_erased(
		    passing->node, passing->target, &reached);
	}
	if (!err) {
		err = reached_follow(passing->node, &reached);
	}
	for (size_t i = 0; i < reached.count && !err; i++) {
		err = add_grantee(passing, &reached.ids[i]);
	}
	reached_clear(&reached);
	return err;
}

/* To so many at once as one record can be sealed to. */
static enum err send(struct passing *passing, Qsg__Payload *payload)
{
	const int64_t *to = passing->to;
	size_t left = passing->count;
	enum err err = ERR_OK;

	while (left && !err) {
		size_t count = left < LIMIT_READERS ? left : LIMIT_READERS;

		err = erasing_submit(
		    passing->node, to, count, &passing->references, payload);
		to += count;
		left -= count;
	}
	return err;
}

static enum err hand_on(struct passing *passing)
{
	struct node *node = passing->node;
	Qsg__Payload *said = NULL;
	Qsg__Payload payload;
	Qsg__Erasure content;
	enum err err = query_take(node, passing->erasure, &said);

	if (err || !said) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	content.reason = said->erasure->reason;
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	err = send(passing, &payload);
	canon_wipe(&said->base);
	return err;
}

/* PROTOCOL.md M448: "Whoever granted a record MUST pass its author's erasure on
 * to its grantees, naming its grants by `cites`; and its author to those of
 * grants that it learns of later." */
enum err erasing_pass_on(
    struct node *node, uint32_t erasure, const struct id32 *target, bool ours)
{
	struct passing passing = {
		.node = node, .erasure = erasure, .target = target
	};
	int64_t *to = NULL;
	enum err err = ERR_OK;

	erasing_refer(&passing.references, REFERENCE_ERASES, target);
	erasing_refer(&passing.references, REFERENCE_PASSES_ON,
	    &views_get(node->views, erasure)->id);
	err = erasing_carriers(node, target, find_grantees, &passing);
	if (!err && ours) {
		err = find_reached(&passing);
	}
	to = passing.to;
	if (!err && passing.count) {
		err = hand_on(&passing);
	}
	free(to);
	return err;
}
