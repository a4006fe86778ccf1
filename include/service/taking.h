/*
 * taking.h - one message of records, or one head, on its way in: parsed, and
 * proven to stand in its author's log.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Proofs"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_TAKING_H
#define QSG_SERVICE_TAKING_H

#include "service/replica.h"
#include "service/state.h"

/* One Records message on its way in. */
struct taking {
	struct node *node;
	struct peer *peer;
	const Qsg__Records *records;
	struct span raw;  /* the whole message: kept as evidence */
	struct span note; /* the checkpoint it brings */
	struct replica_taken *out;
	const struct peer *author;
	struct generation generation;
	struct id32 stream_id;
	struct checkpoint head; /* what the proof leads to */
	int64_t log;            /* number, 0 until known */
	int64_t stream;         /* number, 0 until its opening is taken */
	struct header *headers;
	struct merkle_nodes leaves;
	struct merkle_nodes proof;
	struct merkle_nodes learned;
	uint64_t old_size;         /* what the proof starts from */
	struct merkle_nodes peaks; /* ... as the sender says, when it does */
	bool chain_loaded; /* the worker holds the chain key of the next number
	                    */
	int64_t now_ms;
};

/* Note what is wrong: code is a token, for the peer and the quarantine;
 * reason one line. */
void taking_note(struct taking *taking, const char *code, const char *reason);
/* The same, and set the error. Returns err. */
ERR_MUST_USE enum err taking_refuse(
    struct taking *taking, enum err err, const char *code, const char *reason);

/* Author and generation as they stand in a message. */
struct taking_names {
	struct span author;
	struct span generation;
};
/* Set author and generation: known here, and named by the author's card. */
ERR_MUST_USE enum err taking_find_author(
    struct taking *taking, const struct taking_names *names);
/* The proof nodes of a message. */
ERR_MUST_USE enum err taking_parse_nodes(
    struct taking *taking, Qsg__Node *const *nodes, size_t count);
/* The peaks that a head's proof starts from, as its sender has them. */
ERR_MUST_USE enum err taking_parse_peaks(
    struct taking *taking, Qsg__Node *const *nodes, size_t count);
/* Two heads that cannot belong to one history: keep what shows it, and take
 * nothing more of this log. ERR_VERIFY when that is done. */
ERR_MUST_USE enum err taking_split(
    struct taking *taking, struct state_log *log);
/* The checkpoint, signed by its author and of the same history as the heads
 * held of its size; a note that log holds already was verified before. log may
 * be NULL. */
ERR_MUST_USE enum err taking_check_head(
    struct taking *taking, struct span note, struct state_log *log);
/* Headers and proof nodes of taking->records. */
ERR_MUST_USE enum err taking_parse(struct taking *taking);
/* Everything the proof says: leaves in the author's log, under a head that is
 * joined to the one held, or noted as still to be joined. Afterwards the
 * headers are proven. Staged. */
ERR_MUST_USE enum err taking_prove(struct taking *taking);
/* Add what a checked proof taught to tree and store. */
ERR_MUST_USE enum err taking_learn(
    struct taking *taking, struct state_log *log);
/* Join taking->head to the newest head held. *adopt: it is to become that. */
ERR_MUST_USE enum err taking_join(
    struct taking *taking, struct state_log *log, bool *adopt);
ERR_MUST_USE enum err taking_adopt(
    struct taking *taking, struct state_log *log, struct span note);
/* Join the head that was waiting, if what is known by now is enough. */
ERR_MUST_USE enum err taking_join_waiting(
    struct taking *taking, struct state_log *log);
/* Was it the sender's doing? */
bool taking_peers_fault(enum err err);
void taking_clear(struct taking *taking);

#endif
