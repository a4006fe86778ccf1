/*
 * mention.h - heads of others that peers tell each other of, so that an author
 * that shows different histories to different readers is found.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Comparing heads"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_MENTION_H
#define QSG_SERVICE_MENTION_H

#include "service/taking.h"

/* Records of an author count as not proven once a head of its has not been
 * joined while it was in session for so long in sum. */
#define MENTION_PROOF_MS (24LL * 3600LL * 1000LL)

/* The next log whose newest head this peer is to be told of, as a Head without
 * sizes and nodes: start with *place 0, go on with it. False: no more. Borrows
 * from node. */
bool mention_next(
    struct node *node, const struct peer *peer, size_t *place, Qsg__Head *out);

/* A head to ask for, proven from a size. */
struct mention_ask {
	struct id32 author;
	struct generation generation;
	uint64_t size; /* 0: nothing to ask */
};
/* A head that a peer mentions: compared with what is held, or kept to be
 * compared; *ask is what to ask that peer for. Staged. ERR_OK also for what is
 * not known here. ERR_FORMAT, ERR_VERIFY: refused and quarantined; with a
 * second history *ask is filled all the same. */
ERR_MUST_USE enum err mention_take(struct node *node, struct peer *peer,
    const Qsg__Head *head, struct mention_ask *ask);

/* What to ask the author itself for while a head of its is not joined: first
 * its newest head from ours, then from the one that is owed; start with *place
 * 0. False: no more. */
bool mention_wanted(struct node *node, const struct peer *author, bool first,
    size_t *place, struct mention_ask *ask);

/* Compare the head that was mentioned, if what is known by now is enough.
 * Staged. ERR_VERIFY: two histories, judged. */
ERR_MUST_USE enum err mention_settle(
    struct taking *taking, struct state_log *log);
/* The head of a message was shown, on peaks that came with it, to continue
 * `from`, which is not joined to ours (NULL: a head that is not kept); places
 * are its nodes. Staged. */
ERR_MUST_USE enum err mention_apart(struct taking *taking,
    struct state_log *log, const struct checkpoint *from,
    const struct merkle_nodes *places);

/* Time has passed: authors that are in session and do not join their heads.
 * Now and then staged. */
void mention_tick(struct node *node);
/* Was this record taken while its author owed a proof? */
bool mention_proven(struct node *node, uint32_t rid);

/* A signed head and what shows it, as the store keeps it. */
ERR_MUST_USE enum err mention_encode(const struct checkpoint *head,
    struct span note, const struct merkle_nodes *peaks, struct buf *out);
/* size and root of *head; appended to note and peaks. ERR_CORRUPT. */
ERR_MUST_USE enum err mention_decode(struct span bytes, struct checkpoint *head,
    struct buf *note, struct merkle_nodes *peaks);
/* What a log's owner still owes, read from the store. */
ERR_MUST_USE enum err mention_load(struct node *node, struct state_log *log);

#endif
