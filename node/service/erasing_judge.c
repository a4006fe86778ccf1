#include "service/erasing_parts.h"

#include "codec/canon.h"
#include "domain/erasure.h"
#include "keys/seal.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"

#include <string.h>

uint32_t erasing_held(struct node *node, const struct id32 *id)
{
	uint32_t rid = views_find(node->views, id);

	return rid <= views_count(node->views) ? rid : 0;
}

int64_t erasing_org(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log)->org;
}

const struct id32 *erasing_author(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return &state_log(node, state_stream(node, view->stream)->row.log)
	            ->head.author;
}

/* PROTOCOL.md M442: "A node that has carried an erasure out MUST keep a
 * tombstone of the original's id for good, and look for it before it stores,
 * shows, serves or grants that record, itself or inside a grant." */
bool erasing_is_erased(struct node *node, const struct id32 *id)
{
	struct tombstone tombstone;
	size_t place = 0;

	/* No tombstone without a record that says so. */
	return views_next_link(node->views, id, REFERENCE_ERASES, &place) !=
	           0 &&
	       tombstones_get(node->db, id, &tombstone) != ERR_NOTFOUND;
}

/*
 * Who carries it.
 */

bool erasing_inside(
    const Qsg__Payload *grant, const struct id32 *original, struct id32 *author)
{
	struct header header;
	struct span bytes = { 0 };
	struct id32 id;

	if (!grant || grant->content_case != QSG__PAYLOAD__CONTENT_GRANT) {
		return false;
	}
	bytes = span_of(grant->grant->header.data, grant->grant->header.len);
	seal_record_id(bytes, &id);
	if (!id_equal(&id, original) || envelope_get_header(bytes, &header)) {
		return false;
	}
	*author = header.author;
	return true;
}

static struct span inner_header(const Qsg__Payload *grant)
{
	return span_of(grant->grant->header.data, grant->grant->header.len);
}

/* A grant that is held with its body says whose its original is. */
static enum err look_inside(struct node *node, const struct id32 *original,
    struct erasing_carrier *carrier, erasing_each each, void *context)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, carrier->rid, &payload);

	if (!err) {
		carrier->known =
		    erasing_inside(payload, original, &carrier->author);
	}
	if (!err && carrier->known) {
		carrier->header = inner_header(payload);
	}
	if (!err) {
		err = each(context, carrier);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

enum err erasing_carriers(struct node *node, const struct id32 *original,
    erasing_each each, void *context)
{
	uint32_t rid = erasing_held(node, original);
	size_t place = 0;
	enum err err = ERR_OK;

	if (rid) {
		struct erasing_carrier carrier = { .rid = rid,
			.known = true,
			.author = *erasing_author(node, rid) };

		carrier.giver = carrier.author;
		err = each(context, &carrier);
	}
	while (!err && (rid = views_next_link(node->views, original,
			    REFERENCE_GRANTS, &place)) != 0) {
		struct erasing_carrier carrier = { .rid = rid,
			.grant = true,
			.giver = *erasing_author(node, rid) };

		if (views_get(node->views, rid)->type != VIEW_GRANT) {
			continue;
		}
		err = look_inside(node, original, &carrier, each, context);
	}
	return err;
}

/*
 * Whose erasure counts.
 */

/* PROTOCOL.md M459: "An erasure that its author's card disowns MUST NOT be
 * carried out or passed on any more." */
bool erasing_disowned(struct node *node, uint32_t erasure)
{
	return erasing_org(node, erasure) != 1 && disown_record(node, erasure);
}

/* PROTOCOL.md M444: "An erasure MUST count only when its author is the author
 * of the record that it erases; or this organisation itself, and then here
 * alone; or whoever granted the record to this organisation, and then for the
 * grants of that one alone." */
enum erasing_reach erasing_reaches(
    struct node *node, uint32_t erasure, const struct erasing_carrier *carrier)
{
	const struct view_record *view = views_get(node->views, erasure);
	const struct id32 *by = erasing_author(node, erasure);

	if (view->type != VIEW_ERASURE || view->state != RECORD_READABLE) {
		return ERASING_NOT;
	}
	if (id_equal(by, node_id(node))) {
		return ERASING_WHOLE;
	}
	/* Whoever has its old key must not have its records erased. */
	if (erasing_disowned(node, erasure)) {
		return ERASING_NOT;
	}
	if (carrier->known && id_equal(by, &carrier->author)) {
		return ERASING_WHOLE;
	}
	return carrier->grant && id_equal(by, &carrier->giver) ? ERASING_PART
	                                                       : ERASING_NOT;
}

/* The erasure that says most of this carrier. */
static void find(struct node *node, const struct id32 *original,
    const struct erasing_carrier *carrier, struct erasing_verdict *out)
{
	enum erasing_reach most = ERASING_NOT;
	uint32_t erasure = 0;
	size_t place = 0;

	while ((erasure = views_next_link(
		    node->views, original, REFERENCE_ERASES, &place)) != 0) {
		enum erasing_reach reach =
		    erasing_reaches(node, erasure, carrier);

		if (reach > most) {
			most = reach;
			*out = (struct erasing_verdict){ .erasure = erasure,
				.original = *original,
				.whole = reach == ERASING_WHOLE };
		}
	}
}

static enum err judge(struct node *node, const struct id32 *original,
    const struct erasing_carrier *carrier, struct erasing_verdict *out)
{
	struct tombstone tombstone;
	size_t place = 0;
	bool held = false;
	enum err err = ERR_OK;

	if (!views_next_link(node->views, original, REFERENCE_ERASES, &place)) {
		return ERR_OK;
	}
	err = tombstones_get(node->db, original, &tombstone);
	if (!err) {
		*out =
		    (struct erasing_verdict){ .erasure =
						  (uint32_t)tombstone.erasure,
			    .original = *original,
			    .whole = true };
		return ERR_OK;
	}
	if (err == ERR_NOTFOUND) {
		err = erasing_is_held(node, original, &held);
	}
	if (!err && !held) {
		find(node, original, carrier, out);
	}
	return err;
}

/* A grant whose body never came does not say what it carried, but whoever made
 * it may have named it as erased.
 *
 * PROTOCOL.md M452: "A body that is missing MUST NOT be asked for any more once
 * its author names the record by `cites` in an erasure." */
static enum err judge_cited(struct node *node, const struct id32 *id,
    const struct id32 *author, struct erasing_verdict *out)
{
	Qsg__Payload *payload = NULL;
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	do {
		rid = views_next_link(node->views, id, REFERENCE_CITES, &place);
	} while (rid && (views_get(node->views, rid)->type != VIEW_ERASURE ||
			    !id_equal(erasing_author(node, rid), author) ||
			    erasing_disowned(node, rid)));
	if (!rid) {
		return ERR_OK;
	}
	err = query_take(node, rid, &payload);
	if (!err && payload && erasure_target(payload, &out->original)) {
		out->erasure = rid;
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

enum err erasing_judge(struct node *node, const struct id32 *id,
    const struct header *header, const Qsg__Payload *payload,
    struct erasing_verdict *out)
{
	struct erasing_carrier carrier = {
		.known = true, .author = header->author, .giver = header->author
	};
	bool grant =
	    payload && payload->content_case == QSG__PAYLOAD__CONTENT_GRANT;
	struct id32 original;
	enum err err = ERR_OK;

	*out = (struct erasing_verdict){ 0 };
	if (header->slotted) {
		return ERR_OK;
	}
	if (!payload || erasure_of_kind(payload->content_case)) {
		err = judge(node, id, &carrier, out);
	}
	if (!err && !payload && !out->erasure) {
		err = judge_cited(node, id, &header->author, out);
	}
	if (!err && grant && erasure_target(payload, &original)) {
		carrier.grant = true;
		carrier.known =
		    erasing_inside(payload, &original, &carrier.author);
		err = judge(node, &original, &carrier, out);
		if (carrier.known) {
			out->header = inner_header(payload);
		}
	}
	return err;
}
