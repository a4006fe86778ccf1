#include "service/erasing_parts.h"

#include "codec/canon.h"
#include "domain/erasure.h"
#include "keys/seal.h"
#include "service/disown.h"
#include "service/granting.h"
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
	struct id32 id;

	if (!grant || !granting_carried(grant, &id, &header) ||
	    !id_equal(&id, original)) {
		return false;
	}
	*author = header.author;
	return true;
}

static struct span inner_header(const Qsg__Payload *grant)
{
	return span_of(grant->grant->header.data, grant->grant->header.len);
}

static bool has_body(struct node *node, uint32_t grant)
{
	return views_get(node->views, grant)->state == RECORD_READABLE;
}

/* Whose the original is, and its header. */
struct told {
	bool known;
	struct id32 author;
	uint8_t header[ERASED_HEADER_BYTES];
	size_t header_size;
};

static enum err look_inside(struct node *node, const struct id32 *original,
    uint32_t grant, struct told *out)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, grant, &payload);

	if (!err && erasing_inside(payload, original, &out->author)) {
		struct span header = inner_header(payload);

		out->known = true;
		out->header_size =
		    header.size <= sizeof out->header ? header.size : 0;
		memcpy(out->header, header.data, out->header_size);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* A grant that lost its body, and was opened before, left the header. */
static enum err look_back(struct node *node, const struct id32 *original,
    uint32_t grant, struct told *out)
{
	struct erased_row row;
	struct header header;
	struct span bytes = { 0 };
	struct id32 id;
	enum err err = erased_get(node->db, grant, &row);

	if (err) {
		return err == ERR_NOTFOUND ? ERR_OK : err;
	}
	bytes = span_of(row.header, row.header_size);
	seal_record_id(bytes, &id);
	if (!id_equal(&id, original) || envelope_get_header(bytes, &header)) {
		return ERR_OK;
	}
	*out = (struct told){ .known = true,
		.author = header.author,
		.header_size = row.header_size };
	memcpy(out->header, row.header, row.header_size);
	return ERR_OK;
}

/* What a grant carried. Without its body, and if it was not opened before it
 * lost that, this is hearsay. */
static enum err look_at_grant(struct node *node, const struct id32 *original,
    uint32_t grant, struct told *out)
{
	return has_body(node, grant) ? look_inside(node, original, grant, out)
	                             : look_back(node, original, grant, out);
}

/* Its id is the hash of the header that says so: one grant that holds it says
 * it for all, so no more is opened. */
static enum err find_author(
    struct node *node, const struct id32 *original, struct told *out)
{
	uint32_t rid = erasing_held(node, original);
	size_t place = 0;
	enum err err = ERR_OK;

	if (rid) {
		out->known = true;
		out->author = *erasing_author(node, rid);
		return ERR_OK;
	}
	while (!err && !out->known &&
	       (rid = granting_of(node, original, &place)) != 0) {
		err = look_at_grant(node, original, rid, out);
	}
	return err;
}

static enum err knows(
    struct node *node, const struct id32 *original, uint32_t grant, bool *out)
{
	struct told told = { 0 };
	enum err err = ERR_OK;

	*out = has_body(node, grant);
	if (!*out) {
		err = look_back(node, original, grant, &told);
		*out = told.known;
	}
	return err;
}

enum err erasing_carriers(struct node *node, const struct id32 *original,
    erasing_each each, void *context)
{
	struct told told = { 0 };
	uint32_t rid = erasing_held(node, original);
	size_t place = 0;
	enum err err = find_author(node, original, &told);
	struct erasing_carrier carrier = {
		.rid = rid, .known = told.known, .author = told.author
	};

	if (!err && rid) {
		carrier.giver = carrier.author;
		err = each(context, &carrier);
	}
	carrier.grant = true;
	while (!err && (rid = granting_of(node, original, &place)) != 0) {
		carrier.rid = rid;
		carrier.giver = *erasing_author(node, rid);
		carrier.known = false;
		if (told.known) {
			err = knows(node, original, rid, &carrier.known);
		}
		carrier.header = carrier.known
		                     ? span_of(told.header, told.header_size)
		                     : (struct span){ 0 };
		err = err ? err : each(context, &carrier);
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

/* Whose this record is, and of what it is or carries the content. */
static enum err describe(struct node *node, uint32_t rid,
    struct erasing_carrier *carrier, struct id32 *original)
{
	const struct view_record *view = views_get(node->views, rid);
	Qsg__Payload *payload = NULL;
	struct header carried;
	enum err err = ERR_OK;

	*carrier = (struct erasing_carrier){ .rid = rid,
		.grant = view->type == VIEW_GRANT,
		.known = view->type != VIEW_GRANT,
		.author = *erasing_author(node, rid),
		.giver = *erasing_author(node, rid) };
	*original = view->id;
	if (!carrier->grant) {
		return ERR_OK;
	}
	err = query_take(node, rid, &payload);
	if (payload) {
		/* M505: by the header that it carries. */
		carrier->known = granting_carried(payload, original, &carried);
		if (carrier->known) {
			carrier->author = carried.author;
		} else {
			*original = view->id;
		}
		canon_wipe(&payload->base);
	}
	return err;
}

/* PROTOCOL.md M445: "What a hold keeps of a record whose erasure has been seen
 * MUST NOT be served or granted." An erasure that nothing is held against is
 * carried out, so what is left of one that was put off is looked for alone. */
enum err erasing_withholds(struct node *node, uint32_t rid, bool *out)
{
	struct erasing_carrier carrier;
	struct id32 original;
	uint32_t erasure = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	*out = false;
	if (!node->erasings || !node->erasings->count ||
	    views_get(node->views, rid)->slotted) {
		return ERR_OK;
	}
	err = describe(node, rid, &carrier, &original);
	while (!err && !*out &&
	       (erasure = views_next_link(
		    node->views, &original, REFERENCE_ERASES, &place)) != 0) {
		*out = erasing_reaches(node, erasure, &carrier) != ERASING_NOT;
	}
	return err;
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

/*
 * What never came.
 */

static bool is_named(struct node *node, const struct id32 *id,
    const struct id32 *author, enum reference how)
{
	uint32_t rid = 0;
	size_t place = 0;

	while ((rid = views_next_link(node->views, id, (uint8_t)how, &place)) !=
	       0) {
		const struct view_record *view = views_get(node->views, rid);

		if (view->type == VIEW_ERASURE &&
		    view->state == RECORD_READABLE &&
		    id_equal(erasing_author(node, rid), author) &&
		    !erasing_disowned(node, rid)) {
			return true;
		}
	}
	return false;
}

/* A grant whose body never came does not say what it carried, but whoever made
 * it may have named it as erased.
 *
 * PROTOCOL.md M452: "A record whose body never came, and that its author names
 * by `cites` in an erasure, MUST wait likewise." */
bool erasing_waits(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct id32 *author = erasing_author(node, rid);

	return views_lacks_body(node->views, rid) && !view->slotted &&
	       (is_named(node, &view->id, author, REFERENCE_ERASES) ||
		   is_named(node, &view->id, author, REFERENCE_CITES));
}

/* The payload is wiped before this is stored. */
void erasing_keep_header(struct span header, struct erasing_verdict *out)
{
	out->header_size = header.size <= sizeof out->header ? header.size : 0;
	if (out->header_size) {
		memcpy(out->header, header.data, out->header_size);
	}
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
	struct header carried;
	struct id32 original;
	enum err err = ERR_OK;

	*out = (struct erasing_verdict){ 0 };
	if (header->slotted) {
		return ERR_OK;
	}
	if (!payload || erasure_of_kind(payload->content_case)) {
		err = judge(node, id, &carrier, out);
	}
	/* M505: by the header that it carries. */
	if (!err && grant && granting_carried(payload, &original, &carried)) {
		carrier.grant = true;
		carrier.author = carried.author;
		err = judge(node, &original, &carrier, out);
		erasing_keep_header(inner_header(payload), out);
	}
	return err;
}
