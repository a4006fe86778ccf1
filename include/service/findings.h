/*
 * findings.h - whether a finding is its author's to make: a regulator's or
 * overseer's own act, and nobody's in its place.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_FINDINGS_H
#define QSG_SERVICE_FINDINGS_H

#include "service/node.h"

#include "payload.pb-c.h"

enum findings_standing {
	FINDINGS_COUNTS,
	FINDINGS_UNCONFIRMED, /* no roster states what its author is */
	FINDINGS_REFUSED      /* its author is of another kind */
};
/* "counts", "unconfirmed", "does-not-count". */
const char *findings_standing_token(enum findings_standing standing);

struct findings_judged {
	enum findings_standing standing;
	char why[200]; /* one line; "" when it counts */
};
/* Of a finding by this organisation, as the rosters in force now state its
 * kind. */
void findings_judge(struct node *node, const struct id32 *author,
    const Qsg__Finding *finding, struct findings_judged *out);

/* Author side: may this organisation itself make it? ERR_DENIED saying whose
 * it is, and how to cite it. */
ERR_MUST_USE enum err findings_may(
    struct node *node, const Qsg__Finding *finding);

#endif
