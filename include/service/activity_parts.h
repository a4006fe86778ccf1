/*
 * activity_parts.h - the inside of the log of activity.
 *
 *   activity.c         notes, and when they become a record
 *   activity_record.c  the record, its chain, and reading it back
 *   activity_tell.c    telling authors
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACTIVITY_PARTS_H
#define QSG_SERVICE_ACTIVITY_PARTS_H

#include "service/activity.h"

/* Wrong passwords since the last record, which share one entry. */
struct activity_guess {
	char account[48];
	uint32_t user;
	size_t at; /* its entry in reads */
	uint64_t count;
};
#define ACTIVITY_GUESSES 8u

struct activity {
	struct buf *reads; /* entries, encoded, in their order */
	size_t count;
	size_t capacity;
	size_t bytes;
	size_t staged; /* of them: they go with the commit */
	struct activity_guess guesses[ACTIVITY_GUESSES]; /* the last: others */
	size_t guess_count;
	bool emptied; /* all rows are staged to go */
	bool looked;  /* for rows from before this start */
	bool waits;   /* something does, since then (steady) */
	int64_t since_ms;
	int64_t retry_ms; /* not before (steady) */
	int64_t interval_ms;
	bool tells; /* authors */

	bool watching;
	uint32_t *opened;
	size_t opened_count;
	size_t opened_capacity;
	bool forgot; /* memory was out */
};

/* NULL: no memory. */
struct activity *activity_of(struct node *node);
/* An entry. canon_wipe. */
ERR_MUST_USE enum err activity_decode(
    struct span plain, Qsg__ActivityEntry **out);
ERR_MUST_USE enum err activity_unseal(
    struct node *node, struct span sealed, Qsg__ActivityEntry **out);
/* Stage the record, or records, of all that was noted; the rows go. */
ERR_MUST_USE enum err activity_record(
    struct node *node, struct activity *activity);

/* Stage, once a record, to its author that it was opened. */
ERR_MUST_USE enum err activity_tell(
    struct node *node, Qsg__ActivityEntry *const *entries, size_t count);

#endif
