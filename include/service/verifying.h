/*
 * verifying.h - the inside of verify: what its parts share.
 *
 *   verify.c          the order of things
 *   verify_record.c   each record by itself, and its stream from the start
 *   verify_stream.c   what is stored of streams against that
 *   verify_tree.c     logs: nodes, heads, published heads, cosignatures
 *   verify_receipt.c  what was sent and signed for
 *   verify_local.c    what this node keeps for itself
 *   verify_people.c   accounts, and the chain of what was done
 *   verify_tally.c    how many rows there are, and that they are the same
 *   verify_memory.c   what memory holds against a fresh start
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_VERIFYING_H
#define QSG_SERVICE_VERIFYING_H

#include "service/state.h"
#include "service/verify.h"
#include "store/rows.h"

/* A stream as its records make it. */
struct verify_replay {
	struct stream state; /* CLOSED when a record of it says so */
	int64_t keyed_ms;    /* what its row must say */
	bool needs_chain;
	uint64_t covered;  /* highest number that our receipts name */
	uint64_t refilled; /* one that they named without body, 0 none */
};

/* A log as its records make it. */
struct verify_log {
	struct merkle_tree *tree;
	struct merkle_nodes places; /* leaves and stored nodes */
};

/* What a record that is a receipt says of one stream. */
struct verify_claim {
	int64_t stream;
	int64_t org;
	uint64_t first;
	uint64_t last;
	int64_t rid;
	bool maybe; /* it may have come too early to count */
	bool trimmed;
	bool seen;
};
struct verify_claims {
	struct verify_claim *items;
	size_t count;
	size_t capacity;
};

/* A stored head. */
struct verify_head {
	int64_t log;
	uint64_t size;
	struct buf text;
	unsigned lines;
};

struct verifying {
	struct node *node;
	struct verify_report *report;
	uint64_t total;               /* records */
	struct verify_replay *replay; /* by stream - 1 */
	struct verify_log *logs;      /* by log - 1 */
	struct verify_claims claims;
	struct verify_head *heads;
	size_t head_count;
	uint64_t next;   /* the key that a row must have, of numbered tables */
	uint64_t drafts; /* the newest draft's number */
	uint64_t newest_release; /* likewise of what waits for a person */
	uint64_t releases;       /* how many wait */
	struct buf plain;        /* what was opened; wiped */
};

/* Note what is wrong, and where: "<table> row <key>: <what>". */
void verify_fault(struct verifying *verifying, const char *table,
    const char *key, const char *what);
void verify_fault_row(
    struct verifying *verifying, const struct rows_row *row, const char *what);
void verify_fault_record(
    struct verifying *verifying, int64_t rid, const char *what);
/* A scan's error: damage is a fault, and the rest goes on. */
ERR_MUST_USE enum err verify_scanned(
    struct verifying *verifying, const char *table, enum err err);

/* The parts, in this order. */
ERR_MUST_USE enum err verify_records(struct verifying *verifying);
ERR_MUST_USE enum err verify_logs(struct verifying *verifying);
ERR_MUST_USE enum err verify_receipts(struct verifying *verifying);
ERR_MUST_USE enum err verify_streams(struct verifying *verifying);
ERR_MUST_USE enum err verify_local(struct verifying *verifying);
ERR_MUST_USE enum err verify_people(struct verifying *verifying);
ERR_MUST_USE enum err verify_tally(struct verifying *verifying);
ERR_MUST_USE enum err verify_memory(struct verifying *verifying);

/* Note what a receipt claims (a payload that was opened), for
 * verify_receipts. */
ERR_MUST_USE enum err verify_receipt_claims(struct verifying *verifying,
    const struct record_row *row, const Qsg__Payload *payload);

/* A note of that log's author over this very generation, and what it says. */
bool verify_note(struct verifying *verifying, int64_t log, struct span note,
    struct checkpoint *out);

#endif
