/*
 * logs.h - what is held of logs, ours and others': heads, proof nodes, streams.
 *
 * Floor:   store
 * Threads: one.
 */
#ifndef QSG_STORE_LOGS_H
#define QSG_STORE_LOGS_H

#include "keys/seal.h"
#include "ledger/merkle.h"
#include "ledger/stream.h"
#include "store/db.h"

/* One log: an organisation's generation. */
struct log_row {
	int64_t log; /* from 1, below 2^20 */
	int64_t org;
	struct generation generation;
	uint64_t size; /* newest verified head; 0: none yet */
	struct id32 root;
	struct span note; /* its checkpoint as received */
};

/* Add a log; *log is its number. ERR_EXISTS, ERR_LIMIT. */
ERR_MUST_USE enum err logs_add(
    struct db *db, const struct log_row *row, int64_t *log);
/* size, root and note of row->log. ERR_NOTFOUND. */
ERR_MUST_USE enum err logs_set_head(struct db *db, const struct log_row *row);
/* The size of the newest head of this log that we published and another
 * organisation cosigned. ERR_NOTFOUND. */
ERR_MUST_USE enum err logs_cosigned(struct db *db, int64_t log, uint64_t *size);
/* One log; its note is borrowed for the call. */
typedef enum err (*logs_each)(void *context, const struct log_row *row);
ERR_MUST_USE enum err logs_scan(struct db *db, logs_each each, void *context);

/* Verified nodes of level >= 1 (leaves stand in the records; those of records
 * held elsewhere may be added too). Adding one that is there is a no-op: the
 * hash held stays. ERR_LIMIT for a place outside any tree. */
ERR_MUST_USE enum err logs_add_nodes(
    struct db *db, int64_t log, const struct merkle_nodes *nodes);
typedef enum err (*logs_each_node)(
    void *context, int64_t log, const struct merkle_node *node);
ERR_MUST_USE enum err logs_scan_nodes(
    struct db *db, logs_each_node each, void *context);

/* One stream. */
struct stream_row {
	int64_t stream; /* from 1 */
	int64_t log;
	struct stream state; /* author and generation follow from log: not
	                        stored twice, zero when scanned */
	uint8_t chain[SEAL_CHAIN_BYTES]; /* chain key of taken + 1, wrapped */
	bool has_chain;                  /* we hold a chain key in force */
	/* When the slot-bearing record in force was made, or earlier: a re-key
	 * is due sooner then. */
	int64_t keyed_ms;
	uint8_t reason; /* why it ended: a number of the caller's, 0 none */
};

/* Add a stream; *stream is its number. ERR_EXISTS. */
ERR_MUST_USE enum err logs_add_stream(
    struct db *db, const struct stream_row *row, int64_t *stream);
/* Everything but log and id of row->stream. ERR_NOTFOUND. */
ERR_MUST_USE enum err logs_set_stream(
    struct db *db, const struct stream_row *row);
typedef enum err (*logs_each_stream)(
    void *context, const struct stream_row *row);
ERR_MUST_USE enum err logs_scan_streams(
    struct db *db, logs_each_stream each, void *context);

#endif
