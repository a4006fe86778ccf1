/*
 * enrolment.h - how organisations come to be known here: by a person who
 * compared a fingerprint, or by the roster of a group; and which of them this
 * organisation refuses.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Enrolment by roster"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ENROLMENT_H
#define QSG_SERVICE_ENROLMENT_H

#include "service/peers.h"

#include "payload.pb-c.h"

/* Enrol an organisation that is not known here. stated: what a roster says of
 * it, NULL when a person adds it. Staged. ERR_LIMIT. */
ERR_MUST_USE enum err enrolment_new(struct node *node, const struct card *card,
    const Qsg__RosterEntry *stated, struct peer **out);
/* A person has added the card in force: no roster is needed for it any more.
 * Staged. */
ERR_MUST_USE enum err enrolment_by_person(struct node *node, struct peer *peer);
/* Somebody else already goes by the code of this card. */
bool enrolment_code_taken(const struct node *node, const struct card *card);

/* A roster in force lists this organisation, its card with it: enrol it, or
 * note what the roster states of it now and take a newer card. Staged.
 * ERR_FORMAT, ERR_VERIFY (no card of this organisation), ERR_LIMIT, ERR_STATE
 * (the card contradicts the one in force). */
ERR_MUST_USE enum err enrolment_listed(
    struct node *node, const Qsg__RosterEntry *entry);

/* Put what a roster states over what the card in force says. After a start. */
ERR_MUST_USE enum err enrolment_restate(struct peer *peer, struct span stated);

/* This organisation refuses a peer from now on, for a reason of 1 to
 * LIMIT_REASON_BYTES; and admits it again. Staged. ERR_INPUT, ERR_STATE (done
 * already). */
ERR_MUST_USE enum err enrolment_refuse(
    struct node *node, struct peer *peer, const char *reason);
ERR_MUST_USE enum err enrolment_admit(struct node *node, struct peer *peer);

/* Whether it is barred has changed: session and admission follow with the
 * commit. Staged. */
ERR_MUST_USE enum err enrolment_bar(
    struct node *node, struct peer *peer, bool barred);

#endif
