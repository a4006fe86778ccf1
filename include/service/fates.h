/*
 * fates.h - what became of our records at each of their readers: sealed, sent,
 * signed for.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Receipts"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_FATES_H
#define QSG_SERVICE_FATES_H

#include "base/limits.h"
#include "service/node.h"

struct fates;

/* Look at a node's deliveries; nothing may change meanwhile. Cheap: a stream is
 * read when it is first asked for. */
ERR_MUST_USE enum err fates_open(struct node *node, struct fates **out);
void fates_close(struct fates *fates);

struct fate {
	int64_t sent_ms;      /* 0: not known to have been sent */
	uint32_t receipt;     /* rid of the newest receipt; 0 none */
	int64_t receipted_ms; /* when its signer says it was made */
	char
	    unreadable[LIMIT_TOKEN_BYTES + 1]; /* the receipt's reason, or "" */
};
/* Of a record and one organisation in its audience. Of somebody else's record
 * org 1 gives our own receipt. */
ERR_MUST_USE enum err fates_get(
    struct fates *fates, uint32_t rid, int64_t org, struct fate *out);

/* The same, but of the receipts that cover it the first by the times that their
 * signer gives, of those that do not call it unreadable where there is one. */
ERR_MUST_USE enum err fates_first(
    struct fates *fates, uint32_t rid, int64_t org, struct fate *out);

/* For each organisation, by org - 1, how many of our records that are content
 * were sealed to it and are not covered by a receipt of it. `counts` has as
 * many places as there are organisations. */
ERR_MUST_USE enum err fates_unsigned(struct node *node, uint64_t *counts);

#endif
