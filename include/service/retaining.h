/*
 * retaining.h - the organisation's rules on what is kept for how long, and what
 * they erase: own records as `erase` does, others' here alone.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RETAINING_H
#define QSG_SERVICE_RETAINING_H

#include "domain/retention.h"
#include "service/node.h"

/* Those in force. retaining_clear frees. */
struct retaining {
	struct id32 record; /* zero: none are */
	int64_t since_ms;
	struct buf text;
	struct retention rules;
};
/* Our newest. ERR_CORRUPT. */
ERR_MUST_USE enum err retaining_load(struct node *node, struct retaining *out);
/* Put these in force: a record for us alone. Staged. ERR_INPUT naming the line,
 * ERR_LIMIT, ERR_STATE. */
ERR_MUST_USE enum err retaining_set(
    struct node *node, struct span text, struct retaining *out);
void retaining_clear(struct retaining *retaining);

/* What a run says of a record that is due. */
struct retaining_row {
	uint32_t rid;
	const struct retention_rule *rule;
	bool own;
	const char *kept; /* why it is not erased; NULL: it is */
	const char *left; /* said once more: it could not be, and why */
};
typedef enum err (*retaining_each)(
    void *context, const struct retaining_row *row);
struct retaining_totals {
	uint64_t looked; /* records that a rule fits */
	uint64_t erased;
	uint64_t kept;
	uint64_t left;     /* due, for the next run: so many are done at once */
	char stopped[160]; /* why the first that could not be was left, or "" */
};
#define RETAINING_RUN 1000u /* erased in one run */

/* Erase what is due by now, oldest first; dry_run: say what would be. Staged.
 * ERR_NOTFOUND when no rules are set. */
ERR_MUST_USE enum err retaining_run(struct node *node, bool dry_run,
    retaining_each each, void *context, struct retaining_totals *totals);

/* Run daily at this minute of the day in London; -1: never. */
void retaining_set_time(struct node *node, int minute);
/* Call it now and then. */
void retaining_tick(struct node *node);

#endif
