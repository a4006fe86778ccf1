/*
 * correcting.h - an author corrects what it shared, or takes it back: for
 * everybody whom the record reached, those included to whom it was granted.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Corrections and retractions"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CORRECTING_H
#define QSG_SERVICE_CORRECTING_H

#include "service/saying.h"

/* Everybody whom a record of ours reached: the readers of it and of what it
 * corrects or is corrected by, and of each grant of those that counts.
 * Allocates; sorted, ourselves too. */
ERR_MUST_USE enum err correcting_reached(
    struct node *node, uint32_t rid, struct id32 **out, size_t *count);

/* A record of ours that may be corrected, by an unambiguous hex prefix.
 * ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT (not our own; of a kind that is said
 * anew instead), ERR_STATE (unreadable; corrected meanwhile, naming the newest;
 * retracted). */
ERR_MUST_USE enum err correcting_find(
    struct node *node, const char *prefix, uint32_t *rid);

/* Share the request's item, whole, in place of that record (as of
 * correcting_find). Readers are not the request's to name. Errors as of
 * share_intelligence; ERR_INPUT when nothing is changed. out->left_out says who
 * is no longer sealed to. saying_clear. */
ERR_MUST_USE enum err correcting_correct(struct node *node, uint32_t rid,
    const struct share_request *request, struct saying_result *out);

/* Take a record back, with the reason. Of the request what concerns recorder
 * and decisions is used. Errors as above. */
ERR_MUST_USE enum err correcting_retract(struct node *node, const char *prefix,
    const char *reason, const struct share_request *request,
    struct saying_result *out);

/* Intelligence or a retraction that waited for a second person, whole, as if it
 * were said now. ERR_STATE when what it corrects or retracts was corrected or
 * retracted meanwhile. */
ERR_MUST_USE enum err correcting_again(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

#endif
