/*
 * saying_about.h - whom what is said about a record is for: the readers of a
 * corroboration, of feedback and of an answer follow from that record.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SAYING_ABOUT_H
#define QSG_SERVICE_SAYING_ABOUT_H

#include "service/saying.h"

/* Find the record spoken about, judge whether we may, and fill about, readers
 * and left_out. Errors as of saying_submit. */
ERR_MUST_USE enum err saying_about_resolve(
    struct node *node, const struct saying *saying, struct saying_result *out);

struct saying_citations {
	uint32_t rids[SAYING_CITES];
	size_t count;
};
/* Find the records cited, each once, and fill blind: which of the readers, as
 * resolved, cannot read which of them. */
ERR_MUST_USE enum err saying_about_cite(struct node *node,
    const struct saying *saying, struct saying_citations *cited,
    struct saying_result *out);

#endif
