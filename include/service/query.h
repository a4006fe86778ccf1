/*
 * query.h - what a node holds.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_QUERY_H
#define QSG_SERVICE_QUERY_H

#include "service/peers.h"
#include "store/quarantine.h"
#include "store/views.h"

#include "payload.pb-c.h"

struct account;
struct query_filter {
	/* Code. Also finds indicator records with its rows, and what refers to
	 * a record about it: corrections, corroborations, feedback, answers. */
	const char *provider;
	const char *author; /* name, code or fingerprint */
	const char *type;   /* intelligence | indicator | correction | ... */
	int64_t since_ms;   /* on received_at; INT64_MIN: all */
	bool housekeeping;  /* include it */
	/* Only what is within its scope; NULL: all. */
	const struct account *scope;
};

/* One record, opened as far as asked. Borrowed for the call. */
struct query_item {
	uint32_t rid;
	const struct view_record *view;
	const struct peer *author;
	const Qsg__Payload
	    *payload;         /* NULL: unreadable, bodyless, or not asked */
	const char *provider; /* "" none */
	const char *source;
	const char *dimension;
};

/* For whom records are opened from here on: an account that is scoped is given
 * nothing of those outside. NULL: for the node itself, and for whoever sees
 * all.
 */
void query_open_for(struct node *node, const struct account *account);

typedef enum err (*query_each)(void *context, const struct query_item *item);
/* All records that fit, oldest received first; open: decrypt
 * each payload. */
ERR_MUST_USE enum err query_records(struct node *node,
    const struct query_filter *filter, bool open, query_each each,
    void *context);

/* Some of them, opened: those after *place (0: the first), until `enough` says
 * so after one. *place is where to go on, 0 at the end. */
ERR_MUST_USE enum err query_some_records(struct node *node,
    const struct query_filter *filter, bool (*enough)(void *context),
    query_each each, void *context, uint64_t *place);

/* One record by its place, opened when it is readable and may be shown.
 * ERR_CORRUPT when it should open and does not. */
ERR_MUST_USE enum err query_open(
    struct node *node, uint32_t rid, query_each each, void *context);

/* The same, its content the caller's: NULL when it is not readable or may
 * not be shown. canon_wipe. */
ERR_MUST_USE enum err query_take(
    struct node *node, uint32_t rid, Qsg__Payload **out);
/* A record with its content as far as the caller has it; NULL: not. */
struct query_item query_item(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);

/* One record by unambiguous hex prefix, opened. ERR_NOTFOUND, ERR_AMBIGUOUS,
 * ERR_INPUT. */
ERR_MUST_USE enum err query_record(
    struct node *node, struct span prefix, query_each each, void *context);

/* Who reads a record: org numbers where known, ids for all. Allocates; free()
 * the array. ERR_NOTFOUND when its audience is not known here. */
ERR_MUST_USE enum err query_audience(
    struct node *node, uint32_t rid, struct id32 **readers, size_t *count);

/* Where a record lies. */
struct query_position {
	struct generation generation;
	struct id32 stream;
	uint64_t number;
	uint64_t leaf;
	uint64_t head_size; /* newest verified head of that log; 0 none */
	const char *stream_status;
	bool joined; /* the head it was proven under is joined to that head */
};
ERR_MUST_USE enum err query_position(
    struct node *node, uint32_t rid, struct query_position *out);

/* Is its author known to have signed two histories of the log it lies in? */
bool query_split_view(struct node *node, uint32_t rid);

/* Counts for status. */
struct query_totals {
	uint64_t records; /* housekeeping included */
	uint64_t own;
	uint64_t received;
	uint64_t unreadable;
	uint64_t bodyless;
	uint64_t waiting; /* of those: erased by their authors */
	uint64_t erased;
	uint64_t disowned; /* of an ended generation, in no accepted head */
	uint64_t streams;
	uint64_t broken_streams; /* broken or forked */
	uint64_t database_bytes;
	uint64_t quarantine_items;
	uint64_t quarantine_bytes;
};
ERR_MUST_USE enum err query_totals(struct node *node, struct query_totals *out);

/* One unhappy stream, for status. */
struct query_trouble {
	const struct peer *author;
	struct id32 stream;
	const char *status; /* broken, forked, split-view, not-proven, unjoined,
	                       bodyless, waiting, disowned */
	uint64_t taken;
	uint64_t offered; /* highest number a peer offered; 0 unknown */
	char reason[160];
};
typedef enum err (*query_each_trouble)(
    void *context, const struct query_trouble *trouble);
ERR_MUST_USE enum err query_troubles(
    struct node *node, query_each_trouble each, void *context);

/* What was rejected, newest first, at most max items. */
ERR_MUST_USE enum err query_quarantine(
    struct node *node, size_t max, quarantine_each each, void *context);
/* Append the bytes of one item. Errors as of quarantine_open. */
ERR_MUST_USE enum err query_quarantined(
    struct node *node, int64_t item, struct buf *out);

#endif
