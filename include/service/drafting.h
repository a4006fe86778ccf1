/*
 * drafting.h - what is to be recorded while the log may not be signed is kept
 * as drafts, and recorded when it may.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Drafts"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_DRAFTING_H
#define QSG_SERVICE_DRAFTING_H

#include "service/submit.h"

/* As submit_to; while the node waits to sign the payload becomes a draft
 * instead: *record stays zero, *draft is its number (else 0). */
ERR_MUST_USE enum err drafting_submit_to(struct node *node,
    const struct submit_audience *audience, const Qsg__Payload *payload,
    struct id32 *record, int64_t *draft);
/* The same, for readers that no group was named for. */
ERR_MUST_USE enum err drafting_submit(struct node *node, const int64_t *readers,
    size_t reader_count, const Qsg__Payload *payload, struct id32 *record,
    int64_t *draft);
/* Record a payload for us alone together with that draft, after what was
 * attached before; its first reference will be to the record that the draft
 * becomes. */
ERR_MUST_USE enum err drafting_attach(
    struct node *node, int64_t draft, const Qsg__Payload *payload);
/* Record the drafts, in their order, as far as that goes; one whose readers are
 * no longer those it was made for waits for a person instead (release.h).
 * Staged. */
ERR_MUST_USE enum err drafting_flush(struct node *node);
/* The number of the newest draft there has been. */
int64_t drafting_newest(const struct node *node);

/* Does a stored draft of this number open, and parse? ERR_CORRUPT,
 * ERR_NOTFOUND (a reader is not known). */
ERR_MUST_USE enum err drafting_check(
    struct node *node, int64_t draft, struct span sealed);

/* All drafts, oldest first, without what is noted beside them; each may drop
 * its own. Borrowed for the call. */
typedef enum err (*drafting_each_draft)(
    void *context, int64_t draft, const Qsg__Payload *payload);
ERR_MUST_USE enum err drafting_each(
    struct node *node, drafting_each_draft each, void *context);

#endif
