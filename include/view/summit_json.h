/*
 * summit_json.h - risk summits as JSON: who is in one and why, who was reached
 * and what each said, what is open, what does not count, and what this
 * organisation can do next.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SUMMIT_JSON_H
#define QSG_VIEW_SUMMIT_JSON_H

#include "service/summits.h"

#include <jansson.h>

/* An element of the list: id, provider, provider_name, urgency, concern,
 * author, author_code, created_at, received_at, counts and why_not (of its
 * trigger), phase, reopened, opposed, breach_open, ring_holder, in_circle,
 * answered, judged, checks_open, actions_open, clock and due_at (of the clock
 * that runs out next), next. */
ERR_MUST_USE enum err summit_json_brief(
    struct node *node, const struct summits_look *look, json_t **out);

/* The same, next in full, and: group, roster_epoch, asked, evidence, us, beside
 * (other summits about this provider), sides, judgements (older ones too),
 * impacts, ring, checks, meetings, actions, objections, stand_downs, clocks,
 * missed, not_counted, left_out, state_hash. What each is stands in
 * proto/json/summit-show.schema.json. */
ERR_MUST_USE enum err summit_json_whole(
    struct node *node, const struct summits_look *look, json_t **out);

/* id, provider, phase, left_out, and records: every record of the summit, as
 * `records` has it, by the time that its author gives, then by id; each with
 * counts and why_not. */
ERR_MUST_USE enum err summit_json_timeline(
    struct node *node, const struct summits_look *look, json_t **out);

#endif
