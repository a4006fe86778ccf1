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

/* The entry of a roster by which somebody is enrolled. */
struct enrolment_by {
	struct id32 group;
	const Qsg__RosterEntry *entry;
	bool compared; /* a person here compared its fingerprint */
};

/* Enrol an organisation that is not known here. by: NULL when a person adds it.
 * Staged. ERR_LIMIT; other errors of an entry that cannot be kept stage
 * nothing. */
ERR_MUST_USE enum err enrolment_new(struct node *node, const struct card *card,
    const struct enrolment_by *by, struct peer **out);
/* A person has added the card in force: no roster is needed for it any more.
 * Staged. */
ERR_MUST_USE enum err enrolment_by_person(struct node *node, struct peer *peer);
/* Somebody else already goes by the code of this card. */
bool enrolment_code_taken(const struct node *node, const struct card *card);

/* A roster in force lists this organisation, its card with it: enrol it, or
 * take a newer card. Staged. ERR_FORMAT, ERR_VERIFY (no card of this
 * organisation), ERR_LIMIT, ERR_STATE (the card contradicts the one in force;
 * its name or code is another's). */
ERR_MUST_USE enum err enrolment_listed(
    struct node *node, const struct enrolment_by *by);
/* The same of everybody in it. What it has wrong is logged and passed over:
 * what errors then mean is that the node itself is in trouble. */
ERR_MUST_USE enum err enrolment_roster(
    struct node *node, const Qsg__Roster *roster);
/* Is it trouble of our own, that nothing may pass over? */
bool enrolment_stops(enum err err);

/* Why a roster must not enrol an organisation so: ERR_STATE when its name or
 * code is another's, or looks so, ERR_LIMIT when there is no room for those of
 * the group. */
ERR_MUST_USE enum err enrolment_taken(struct node *node,
    const struct id32 *organisation, const char *name, const char *code);
ERR_MUST_USE enum err enrolment_room(
    const struct node *node, const struct id32 *group);

/* Put what a roster states over what the card in force says. After a start. */
ERR_MUST_USE enum err enrolment_restate(struct peer *peer, struct span stated);

/* This organisation refuses a peer from now on, for a reason of 1 to
 * LIMIT_REASON_BYTES; and admits it again, or under the name, code and kind
 * that rosters state of it by now. Staged. ERR_INPUT, ERR_STATE (done already).
 */
ERR_MUST_USE enum err enrolment_refuse(
    struct node *node, struct peer *peer, const char *reason);
ERR_MUST_USE enum err enrolment_admit(struct node *node, struct peer *peer);

/* Whether it is barred has changed: session and admission follow with the
 * commit. Staged. */
ERR_MUST_USE enum err enrolment_bar(
    struct node *node, struct peer *peer, bool barred);

#endif
