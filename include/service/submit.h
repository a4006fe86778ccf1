/*
 * submit.h - put a record of our own into the log and its stream.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Streams", "Chain"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUBMIT_H
#define QSG_SERVICE_SUBMIT_H

#include "service/peers.h"

#include "payload.pb-c.h"

/* A group from which readers were resolved; all zero: from none. */
struct submit_group {
	struct id32 id;
	uint64_t epoch; /* of its roster */
};

/* Who is to read a record. */
struct submit_audience {
	const int64_t *readers; /* org numbers, without ourselves, any order,
	                           duplicates allowed; none: for us alone */
	size_t count;
	struct submit_group group; /* named in the audience's record */
};

/* Is it small enough for one record? */
bool submit_fits(const Qsg__Payload *payload);

/* May anything be put into the log now? ERR_STATE saying why not, and what to
 * do about what is never kept as a draft. */
ERR_MUST_USE enum err submit_may_sign(const struct node *node);

/* Seal and stage one record for this audience. Opens or re-keys its stream
 * where due: the same readers as another group are another audience. *record is
 * final once node_commit has succeeded. ERR_STATE when this node may not sign,
 * ERR_LIMIT (too large; too many new audiences this hour), ERR_NOTFOUND (no
 * such org), ERR_DENIED (a reader is refused here, or barred). */
ERR_MUST_USE enum err submit_to(struct node *node,
    const struct submit_audience *audience, const Qsg__Payload *payload,
    struct id32 *record);
/* The same, for readers that no group was named for. */
ERR_MUST_USE enum err submit_payload(struct node *node, const int64_t *readers,
    size_t reader_count, const Qsg__Payload *payload, struct id32 *record);
/* The same for readers that were resolved from a group, which the audience then
 * names; NULL: they were not. */
ERR_MUST_USE enum err submit_to_group(struct node *node,
    const struct submit_group *group, const int64_t *readers,
    size_t reader_count, const Qsg__Payload *payload, struct id32 *record);
/* End an open stream of our live log with a record that says why. */
ERR_MUST_USE enum err submit_close(
    struct node *node, int64_t stream, const char *reason);

#endif
