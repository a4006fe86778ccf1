/*
 * bundling.h - put a bundle together out of a node's answers.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: the program's first.
 */
#ifndef QSG_APP_BUNDLING_H
#define QSG_APP_BUNDLING_H

#include "view/bundle_write.h"

#include <jansson.h>

/* How a bundle is put together: each question goes to the node that has the
 * records. */
struct bundling {
	enum err (*ask)(void *context, const char *operation,
	    const json_t *arguments, json_t **out);
	void *ask_context;
	/* So many of the records are written; may be NULL. */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
	bundle_sink sink;
	void *sink_context;
};
/* Write a bundle of what `choice` (the arguments of audit-export) chooses. The
 * node has logged it before the last byte goes to the sink. *out says what was
 * done. */
ERR_MUST_USE enum err bundling_compose(const struct bundling *bundling,
    const json_t *choice, bool open, json_t **out);

#endif
