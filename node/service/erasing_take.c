#include "service/erasing_parts.h"

#include "domain/erasure.h"
#include "service/granting.h"
#include "service/relations.h"

#include <stdlib.h>
#include <string.h>

static bool is_gone(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return records_is_erased(view->state, view->reason);
}

/* One that is held, and whose body is not gone, waits for its body or is of a
 * kind that is not erased. */
static enum err note(struct node *node, uint32_t erasure,
    const struct id32 *original, bool whole)
{
	uint32_t rid = erasing_held(node, original);
	const struct tombstone tombstone = { .id = *original,
		.erasure = erasure,
		.erased_ms = clock_wall_ms(node->options.clock) };

	return whole && (!rid || is_gone(node, rid))
	           ? tombstones_add(node->db, &tombstone)
	           : ERR_OK;
}

/* A grant that lost its body still says what it carried. */
static enum err remember(
    struct node *node, uint32_t rid, const struct id32 *original)
{
	uint32_t linked = 0;
	size_t place = 0;

	if (id_equal(&views_get(node->views, rid)->id, original)) {
		return ERR_OK;
	}
	do {
		linked = views_next_link(
		    node->views, original, REFERENCE_GRANTS, &place);
	} while (linked && linked != rid);
	return linked
	           ? ERR_OK
	           : views_link(node->views, rid, REFERENCE_GRANTS, original);
}

static enum view_type type_of(
    struct node *node, uint32_t rid, const struct id32 *original)
{
	return id_equal(&views_get(node->views, rid)->id, original)
	           ? VIEW_UNKNOWN
	           : VIEW_GRANT;
}

static enum err keep_bodyless(struct node *node, uint32_t rid,
    const struct erasing_verdict *verdict, uint32_t kept)
{
	struct erased_row row = { .rid = rid,
		.original = verdict->original,
		.erasure = verdict->erasure };
	enum err err = ERR_OK;

	row.header_size = verdict->header_size;
	memcpy(row.header, verdict->header, row.header_size);
	err = erased_add(node->db, &row);

	if (!err) {
		state_forget(
		    node, rid, type_of(node, rid, &verdict->original), kept);
		err = note(
		    node, verdict->erasure, &verdict->original, verdict->whole);
	}
	if (!err) {
		err = remember(node, rid, &verdict->original);
	}
	return err;
}

enum err erasing_refused(
    struct node *node, uint32_t rid, const struct erasing_verdict *verdict)
{
	const struct view_record *view = views_get(node->views, rid);
	enum err err = keep_bodyless(node, rid, verdict, view->bytes);

	return err ? err : erasings_look_again(node, &verdict->original);
}

/*
 * Taking bodies out.
 */

struct carrying_out {
	struct node *node;
	uint32_t erasure;
	const struct id32 *original;
	struct span header; /* of what the one under way carries */
	size_t bodies;
	bool whole;
};

/* A body is padded, and no shorter than that. */
static enum err note_beginning(struct node *node, struct span body)
{
	struct erasings *erasings = NULL;
	struct id32 *begun = NULL;
	enum err err = erasings_need(node, &erasings);

	if (err || body.size < sizeof *begun) {
		return err;
	}
	begun = realloc(
	    erasings->begun, (erasings->begun_count + 1) * sizeof *begun);
	if (!begun) {
		return err_set(ERR_MEM, "out of memory");
	}
	erasings->begun = begun;
	memcpy(begun[erasings->begun_count++].b, body.data, sizeof *begun);
	return ERR_OK;
}

static enum err take_out(void *context, const struct record_row *held)
{
	struct carrying_out *carrying = context;
	struct node *node = carrying->node;
	struct erasing_verdict verdict = { .erasure = carrying->erasure,
		.original = *carrying->original,
		.whole = carrying->whole };
	struct record_row row = *held;
	uint32_t kept = (uint32_t)(row.header.size + row.slots.size);
	enum err err = ERR_OK;

	erasing_keep_header(carrying->header, &verdict);
	err = note_beginning(node, held->body);
	row.body = (struct span){ 0 };
	row.wrapped = (struct span){ 0 };
	row.state = RECORD_BODYLESS;
	row.reason = RECORD_ERASED;
	if (!err) {
		err = records_set_body(node->db, &row);
	}
	if (!err) {
		err = keep_bodyless(node, (uint32_t)row.rid, &verdict, kept);
	}
	node->unfolded = true;
	carrying->bodies++;
	return err;
}

bool erasing_may_go(const struct view_record *view, bool grant)
{
	static const uint8_t types[] = { VIEW_UNKNOWN, VIEW_INTELLIGENCE,
		VIEW_INDICATOR, VIEW_CORRECTION, VIEW_CORROBORATION,
		VIEW_FEEDBACK, VIEW_REQUEST, VIEW_ANSWER, VIEW_JUDGEMENT,
		VIEW_FINDING, VIEW_REGISTER, VIEW_RELATION,
		VIEW_SOURCE_IDENTITY, VIEW_FOI_REQUEST, VIEW_FOI_CONSULTATION,
		VIEW_FOI_VIEW };

	return !view->slotted &&
	       ((grant && view->type == VIEW_GRANT) ||
		   memchr(types, view->type, sizeof types) != NULL);
}

/* PROTOCOL.md M509: "An erasure, by another organisation, of a record whose
 * body never came MUST wait for that, so that what others rest on cannot be
 * withheld from one reader: the body is asked for now and then, dropped when it
 * is of a kind that is erased, and kept when it is not." */
static bool must_wait(
    const struct carrying_out *carrying, const struct erasing_carrier *carrier)
{
	return !carrier->grant &&
	       erasing_org(carrying->node, carrying->erasure) != 1 &&
	       views_lacks_body(carrying->node->views, carrier->rid);
}

/* Does what this erasure says take something out of it? */
static bool takes(
    const struct carrying_out *carrying, const struct erasing_carrier *carrier)
{
	return !is_gone(carrying->node, carrier->rid) &&
	       !must_wait(carrying, carrier) &&
	       erasing_may_go(views_get(carrying->node->views, carrier->rid),
		   carrier->grant) &&
	       erasing_reaches(carrying->node, carrying->erasure, carrier) !=
	           ERASING_NOT;
}

static enum err count_taken(
    void *context, const struct erasing_carrier *carrier)
{
	struct carrying_out *carrying = context;

	carrying->bodies += takes(carrying, carrier);
	return ERR_OK;
}

/* What somebody has asked for is kept from others' erasures; our own people are
 * warned instead (M500). */
static enum err keep_asked(const struct carrying_out *carrying, bool *held)
{
	struct carrying_out count = *carrying;
	enum err err = ERR_OK;

	*held = false;
	if (erasing_org(carrying->node, carrying->erasure) == 1) {
		return ERR_OK;
	}
	err = erasing_carriers(
	    carrying->node, carrying->original, count_taken, &count);
	return err || !count.bodies ? err
	                            : erasing_hold_asked(carrying->node,
					  carrying->original, held);
}

/* PROTOCOL.md M446: "A node that carries an erasure out MUST delete the body
 * and the content key of the record, and of every grant that carries it, in one
 * transaction with what it keeps of the erasure, and keep header and slots." */
static enum err carry(void *context, const struct erasing_carrier *carrier)
{
	struct carrying_out *carrying = context;
	struct node *node = carrying->node;
	const struct view_record *view = views_get(node->views, carrier->rid);
	enum erasing_reach reach =
	    erasing_reaches(node, carrying->erasure, carrier);

	if (reach == ERASING_NOT || !erasing_may_go(view, carrier->grant) ||
	    must_wait(carrying, carrier)) {
		return ERR_OK;
	}
	carrying->whole = carrying->whole || reach == ERASING_WHOLE;
	carrying->header = carrier->header;
	return is_gone(node, carrier->rid)
	           ? ERR_OK
	           : records_get(node->db, carrier->rid, take_out, carrying);
}

enum err erasing_carry_out(struct node *node, uint32_t erasure,
    const struct id32 *target, size_t *bodies)
{
	struct carrying_out carrying = {
		.node = node, .erasure = erasure, .original = target
	};
	bool held = false;
	enum err err = erasing_is_held(node, target, &held);

	*bodies = 0;
	if (!err && !held) {
		err = keep_asked(&carrying, &held);
	}
	if (err || held) {
		return err;
	}
	err = state_begin(node);
	if (!err) {
		err = erasing_carriers(node, target, carry, &carrying);
	}
	if (!err) {
		err = note(node, erasure, target, carrying.whole);
	}
	if (!err && carrying.bodies) {
		err = granting_reappear(node, target);
	}
	if (!err && carrying.bodies) {
		err = erasing_drop_waiting(node, target);
	}
	if (!err) {
		/* One that is over. */
		err = holds_drop(node->db, target);
		err = err == ERR_NOTFOUND ? ERR_OK : err;
	}
	*bodies = carrying.bodies;
	return state_poison(node, err);
}

static bool names_grants(const Qsg__Payload *payload)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		if (reference_named(payload->references[i]->relation) ==
		    REFERENCE_CITES) {
			return true;
		}
	}
	return false;
}

/* Its erasure was looked at when it carried nothing here, and is not waiting
 * for the end of a hold. */
static enum err came_while_held(struct node *node, const Qsg__Payload *grant)
{
	struct header carried;
	struct id32 original;
	bool held = false;
	enum err err = ERR_OK;

	if (granting_carried(grant, &original, &carried)) {
		err = erasing_is_held(node, &original, &held);
	}
	return err || !held ? err : erasings_look_again(node, &original);
}

enum err erasing_take(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	struct id32 target;
	size_t bodies = 0;
	enum err err = ERR_OK;

	if (payload && payload->content_case == QSG__PAYLOAD__CONTENT_GRANT) {
		return came_while_held(node, payload);
	}
	if (!payload ||
	    payload->content_case != QSG__PAYLOAD__CONTENT_ERASURE ||
	    !erasure_target(payload, &target)) {
		return ERR_OK;
	}
	err = erasing_carry_out(node, rid, &target, &bodies);
	if (!err) {
		err = erasings_add(node, rid, &target);
	}
	return !err && names_grants(payload)
	           ? erasings_look_again(node, &target)
	           : err;
}
