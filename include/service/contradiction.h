/*
 * contradiction.h - an organisation contradicted itself: put together what
 * shows it to others, and keep that.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Evidence"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CONTRADICTION_H
#define QSG_SERVICE_CONTRADICTION_H

#include "service/taking.h"

/* What a message says of the tree of its head, apart from what is held: the
 * leaves and nodes of its proof, on the peaks it starts from as it brings them,
 * or as they are held. *places are the nodes. Free both, also after an error.
 * ERR_VERIFY, ERR_NOTFOUND: they do not lead to the head. */
ERR_MUST_USE enum err contradiction_tree(struct taking *taking,
    struct state_log *log, struct merkle_tree **tree,
    struct merkle_nodes *places);

/* The following keep evidence if what is known suffices to show it to others,
 * and otherwise log what is missing. Staged. Errors are our own disk's or
 * memory's. */

/* The head of a message and those held of its log are of two histories. */
ERR_MUST_USE enum err contradiction_of_log(
    struct taking *taking, struct state_log *log);
/* Record `at` of a message forks or breaks its stream. */
ERR_MUST_USE enum err contradiction_of_stream(
    struct taking *taking, const struct state_stream *stream, size_t at);
/* Two cards of a peer cannot both be. */
ERR_MUST_USE enum err contradiction_of_cards(struct node *node,
    const struct peer *peer, const struct card *held, const struct card *seen);

/* One piece of evidence as kept, checked again. Borrowed for the call. */
struct contradiction_item {
	int64_t evidence;
	const struct peer *against;
	const char *kind;
	int64_t found_ms;
	struct id32 hash;
};
typedef enum err (*contradiction_each)(
    void *context, const struct contradiction_item *item);
/* Newest first. */
ERR_MUST_USE enum err contradiction_scan(
    struct node *node, contradiction_each each, void *context);
/* The bytes of a piece, appended. ERR_NOTFOUND, ERR_CORRUPT. */
ERR_MUST_USE enum err contradiction_open(
    struct node *node, int64_t evidence, struct buf *out);

#endif
