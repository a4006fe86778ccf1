/*
 * records.h - records at rest: the envelope as received and its content key,
 * wrapped. Nothing here is readable without the keystore.
 *
 * Floor:   store
 * Threads: one.
 */
#ifndef QSG_STORE_RECORDS_H
#define QSG_STORE_RECORDS_H

#include "keys/seal.h"
#include "store/db.h"

/* What became of a record. */
enum record_state {
	RECORD_READABLE = 0,
	RECORD_BODYLESS = 1,  /* number taken, bytes still missing */
	RECORD_UNREADABLE = 2 /* kept, named, shown; reason says why */
};

/* Why a record is bodyless or unreadable. Stored: numbers never change. */
enum record_reason {
	RECORD_NO_REASON = 0,
	RECORD_NO_SLOT = 1,        /* no slot opens for us */
	RECORD_BAD_SLOT = 2,       /* a slot opens and says something else */
	RECORD_BAD_COMMITMENT = 3, /* key commitment, MAC or padding */
	RECORD_BAD_PAYLOAD =
	    4, /* does not decode canonically or breaks a rule */
	RECORD_UNKNOWN_KIND = 5, /* content of a later version of the program */
	RECORD_NEW_VERSION = 6,  /* header of a later version */
	RECORD_NO_CHAIN = 7,     /* keyed by a record we could not open */
	RECORD_NO_BODY = 8,      /* body missing */
	RECORD_BAD_AUDIENCE = 9, /* audience does not fit its commitment */
	RECORD_ERASED = 10       /* bodyless for good: see tombstones.h */
};
const char *records_reason_name(enum record_reason reason);
/* Are its bytes missing, and still wanted? */
bool records_lack_body(uint8_t state, uint8_t reason);
/* ... or gone for good? */
bool records_is_erased(uint8_t state, uint8_t reason);

/* One row. rids count from 1 without gaps and are never reused. */
struct record_row {
	int64_t rid;
	int64_t stream;
	uint64_t number;
	uint64_t leaf; /* index in the author's log */
	int64_t received_ms;
	enum record_state state;
	enum record_reason reason;
	struct span header;
	struct span slots;   /* empty: none */
	struct span body;    /* empty: none held */
	struct span wrapped; /* SEAL_WRAPPED_BYTES, or empty */
};

/* Add with row->rid, which must be the last rid + 1. Hot path. */
ERR_MUST_USE enum err records_add(struct db *db, const struct record_row *row);
/* The newest rid, 0 when there is none. */
ERR_MUST_USE enum err records_last(struct db *db, int64_t *rid);

typedef enum err (*records_each)(void *context, const struct record_row *row);
/* Rows first..last by rid; spans borrowed for the call. ERR_CORRUPT when a
 * rid is missing or a value is out of range. */
ERR_MUST_USE enum err records_scan(struct db *db, int64_t first, int64_t last,
    records_each each, void *context);
/* The same without wrapped, slots and body: those pages are not read. */
ERR_MUST_USE enum err records_scan_headers(struct db *db, int64_t first,
    int64_t last, records_each each, void *context);
/* One row through the same call. ERR_NOTFOUND. */
ERR_MUST_USE enum err records_get(
    struct db *db, int64_t rid, records_each each, void *context);

/* Fill in a body that was missing, its wrapped key, state and reason; or, both
 * empty, take them out. */
ERR_MUST_USE enum err records_set_body(
    struct db *db, const struct record_row *row);

#endif
