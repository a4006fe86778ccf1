/*
 * summits_review.h - what a risk summit that stood down leaves behind for its
 * provider.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_REVIEW_H
#define QSG_SERVICE_SUMMITS_REVIEW_H

#include "service/pictures.h"

/* A provider is reviewed regularly after its summit stood down. */
struct summits_review {
	bool due;
	struct id32 summit; /* the one that stood down last */
	struct id32 record; /* the standing down */
	int64_t since_ms;
	struct id32 group; /* whose convenor ends it; zero: none is known */
};
/* Of the provider that this is the picture of. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err summits_review(struct node *node,
    const struct pictures_look *picture, struct summits_review *out);

#endif
