/*
 * audit.h - what an outsider needs to check a record without trusting anybody.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Portable proofs"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_AUDIT_H
#define QSG_SERVICE_AUDIT_H

#include "keys/note.h"
#include "service/node.h"

/* A record's portable signature. Zero-initialise; audit_proof_clear frees. */
struct audit_proof {
	struct id32 record;
	uint64_t leaf;
	struct checkpoint head; /* what it is proven under */
	struct buf proof;       /* c2sp.org/tlog-proof@v1 */
	struct buf header;      /* the leaf's data: SHA-256(0x00, header) is
	                           the record's id */
	struct note_key key;    /* whose signature the checkpoint bears */
};

/* Of the one record whose id begins so. ERR_NOTFOUND, ERR_AMBIGUOUS,
 * ERR_INPUT (the prefix); ERR_STATE when the record is not yet joined to a
 * head of its log that is held here. */
ERR_MUST_USE enum err audit_prove(
    struct node *node, struct span prefix, struct audit_proof *out);
void audit_proof_clear(struct audit_proof *proof);

/* The key that signs one of an organisation's logs, by its card. ERR_NOTFOUND
 * when the card names no such generation. */
ERR_MUST_USE enum err audit_log_key(const struct card *card,
    const struct generation *generation, struct note_key *out);

#endif
