/*
 * granting_bulk.h - what a group heard before somebody joined it, granted to
 * that newcomer page by page, with one summary of all.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Grants"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_GRANTING_BULK_H
#define QSG_SERVICE_GRANTING_BULK_H

#include "service/granting.h"

/* Records looked at, and granted, in one page. */
#define GRANTING_BULK_LOOKED 4096u
#define GRANTING_BULK_GRANTED 64u

struct granting_bulk {
	const char *group;
	int64_t since_ms; /* received since; INT64_MIN: all */
	const char *reason;
	/* Whom to, by names; `yes` is required unless dry_run. */
	struct share_request share;
	uint64_t place;   /* where the page begins; 0: the first */
	uint64_t started; /* as the first page gave it; not read in that */
};

/* What is not granted, and why. */
struct granting_left {
	struct id32 record;
	char why[240];
};
/* Zero-initialise; granting_page_clear frees. */
struct granting_page {
	uint64_t place; /* where the next one begins; 0: this was the last */
	uint64_t started;
	size_t granted; /* or would be */
	size_t read;    /* already, by all of them */
	struct granting_left *left;
	size_t left_count;
	char group_name[LIMIT_NAME_BYTES + 1];
	struct id32 summary; /* with the last page, unless dry_run */
};

/* One page. Staged. ERR_USAGE, ERR_NOTFOUND, ERR_AMBIGUOUS (group, readers),
 * ERR_DENIED (not confirmed; a reader is refused), ERR_INPUT (the reason). */
ERR_MUST_USE enum err granting_bulk(struct node *node,
    const struct granting_bulk *bulk, struct granting_page *out);
void granting_page_clear(struct granting_page *page);

#endif
