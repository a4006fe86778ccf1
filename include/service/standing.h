/*
 * standing.h - whether what somebody says is its author's to say: by what the
 * rosters in force state it to be, and what it is to the groups here. Whatever
 * the answer, it is kept and shown.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider", "Groups"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_STANDING_H
#define QSG_SERVICE_STANDING_H

#include "domain/authority.h"
#include "service/node.h"

struct standing {
	enum authority_verdict verdict;
	const char *why; /* static, one line; "" when it counts */
};

/* Of a record by this organisation, as the groups stand now. What it is to a
 * group: the most that it is to any group that this organisation has joined. */
struct standing standing_of(
    struct node *node, const struct id32 *author, const Qsg__Payload *payload);
/* The same of one whose content is not opened, for kinds of which the content
 * does not matter (all but findings). */
struct standing standing_of_kind(struct node *node, const struct id32 *author,
    Qsg__Payload__ContentCase which);
/* "counts", "unconfirmed", "does-not-count". */
const char *standing_token(enum authority_verdict verdict);

/* Author side: is it this organisation's to say, by its kind? As the rosters
 * state it, or its own card where none does; none where they differ. ERR_DENIED
 * saying why not. */
ERR_MUST_USE enum err standing_may(
    struct node *node, const Qsg__Payload *payload);

#endif
