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

/* Readers as share_request names them: by fingerprint, or as typed. */
struct saying_readers {
	struct fingerprint *names;
	const char **to;
	size_t count;
};

/* Find the record spoken about, judge whether we may, and fill about, left_out
 * and the readers (free with saying_about_clear, also after an error). Errors
 * as of saying_submit. */
ERR_MUST_USE enum err saying_about_resolve(struct node *node,
    const struct saying *saying, struct saying_readers *readers,
    struct saying_result *out);
/* Of these organisations, those that we may seal to, beside ourselves; and into
 * left_out the others, with the reason. saying_about_clear, also on error. */
ERR_MUST_USE enum err saying_about_name(struct node *node,
    const struct id32 *ids, size_t count, struct saying_readers *readers,
    struct saying_result *out);
void saying_about_clear(struct saying_readers *readers);

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
