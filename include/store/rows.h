/*
 * rows.h - every table as it is stored, row by row, for whoever checks it.
 *
 * Nothing is judged here but that SQLite can read it.
 *
 * Floor:   store
 * Threads: one.
 */
#ifndef QSG_STORE_ROWS_H
#define QSG_STORE_ROWS_H

#include "store/db.h"

#define ROWS_COLUMNS 13u
#define ROWS_KEY_BYTES 96u

/* All but record, which has its own scan (records.h). */
enum rows_table {
	ROWS_META,   /* key, value */
	ROWS_ORG,    /* org, id, added_ms, seen_ms, cursor, incarnation, card,
	                pending, how, stated, refused */
	ROWS_LOG,    /* log, org, generation, size, root, note */
	ROWS_NODE,   /* node, hash */
	ROWS_STREAM, /* stream, log, id, taken, last, keyed_by, keyed_at,
	                keyed_ms, commitment, status, reason, chain, receipted
	              */
	ROWS_HEAD,   /* log, size, published_ms, note */
	ROWS_COSIGNATURE, /* log, size, org, time_s, line */
	ROWS_SENT,        /* stream, org, last, sent_ms */
	ROWS_RECEIPT,     /* stream, org, last, first, rid */
	ROWS_EVIDENCE,    /* evidence, org, kind, found_ms, hash, sealed */
	/* peer, id, items, bytes, and by what is kept: notes among the newest
	 * 4,096, bytes */
	ROWS_QUARANTINE_PEER,
	/* item, peer, place, received_ms, size, hash, code, reason, and the
	 * peer's items */
	ROWS_QUARANTINE,
	/* item, peer, place, size, sealed, and the hash in the very note */
	ROWS_QUARANTINE_BYTES,
	ROWS_DRAFT,     /* draft, made_ms, sealed */
	ROWS_RELEASE,   /* release, sealed */
	ROWS_TOMBSTONE, /* erasure, id, erased_ms */
	ROWS_ERASED,    /* rid, original, erasure */
	ROWS_HOLD,      /* how-manieth, id, sealed */
	ROWS_ACCOUNT,   /* account, sealed */
	ROWS_ACTIVITY   /* activity, sealed */
};
const char *rows_name(enum rows_table table);

/* One row, by column: numbers where it is one, bytes where it is a blob or a
 * text (NULL data: null). Bytes are borrowed for the call. */
struct rows_row {
	enum rows_table table;
	int64_t number[ROWS_COLUMNS];
	struct span bytes[ROWS_COLUMNS];
};
/* What its table knows the row by, as text. */
void rows_key(const struct rows_row *row, char out[ROWS_KEY_BYTES]);

typedef enum err (*rows_each)(void *context, const struct rows_row *row);
/* All rows, by their key. */
ERR_MUST_USE enum err rows_scan(
    struct db *db, enum rows_table table, rows_each each, void *context);

#endif
