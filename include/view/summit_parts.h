/*
 * summit_parts.h - what the views of risk summits share. Of no use outside
 * node/view/summit*.c.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SUMMIT_PARTS_H
#define QSG_VIEW_SUMMIT_PARTS_H

#include "service/fates.h"
#include "service/summit_clocks.h"
#include "service/summits.h"

#include <jansson.h>

/* One summit as this organisation looks at it. */
struct summit_view {
	struct node *node;
	const struct summits_look *look;
	const struct summit_state *state; /* the look's */
	const struct id32 *us;
	/* Of us, where no trigger that counts is held; NULL none. */
	const struct summit_fact *invitation;
	struct fates *fates; /* NULL: not open */
	struct summit_clocks clocks;
};

/* The trigger, counting or not; NULL where it cannot be read here. */
const struct summit_fact *summit_view_trigger(const struct summit_view *view);
const struct summit_fact *summit_view_fact(
    const struct summit_view *view, const struct id32 *record);
/* Why a record does not count; REASON_NONE: it does. */
enum reason summit_view_why(
    const struct summit_view *view, const struct id32 *record);

/* name, code, fingerprint; null for NULL. */
json_t *summit_view_org(
    const struct summit_view *view, const struct id32 *organisation);
/* The organisation of these bytes; null where they are no id. */
json_t *summit_view_org_of(
    const struct summit_view *view, const ProtobufCBinaryData *bytes);
/* id, author, author_code, created_at, received_at. */
json_t *summit_view_record(
    const struct summit_view *view, const struct summit_fact *fact);
void summit_view_add_author(
    const struct summit_view *view, json_t *object, const struct id32 *author);
/* An id, or null. */
void summit_view_add_id(
    json_t *object, const char *key, const ProtobufCBinaryData *bytes);
/* The ids that it refers to so. */
json_t *summit_view_refers(const Qsg__Payload *payload, const char *relation);
/* Is it by this organisation? */
bool summit_view_ours(
    const struct summit_view *view, const struct summit_fact *fact);
/* Is this kind one of this token? */
bool summit_view_is_kind(const struct summit_side *side, const char *token);

/* Those in it, with what was heard of each. Needs fates. */
ERR_MUST_USE enum err summit_view_sides(
    const struct summit_view *view, json_t **out);
/* The course of it. */
json_t *summit_view_judgements(const struct summit_view *view);
json_t *summit_view_impacts(const struct summit_view *view);
json_t *summit_view_ring(const struct summit_view *view);
json_t *summit_view_checks(const struct summit_view *view);
json_t *summit_view_meetings(const struct summit_view *view);
ERR_MUST_USE enum err summit_view_actions(
    const struct summit_view *view, json_t **out);
json_t *summit_view_objections(const struct summit_view *view);
json_t *summit_view_stand_downs(const struct summit_view *view);
json_t *summit_view_clocks(const struct summit_view *view);
json_t *summit_view_missed(const struct summit_view *view);
json_t *summit_view_not_counted(const struct summit_view *view);

/* Organisations that are suggested to hold the ring, by what the provider is.
 */
ERR_MUST_USE enum err summit_view_suggested(
    const struct summit_view *view, json_t *ring);

/* What this organisation can do next: command and why, the most pressing first.
 * `most` of them. */
json_t *summit_view_next(const struct summit_view *view, size_t most);

#endif
