/*
 * verify.h - check everything a home holds against its hashes and signatures.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_VERIFY_H
#define QSG_SERVICE_VERIFY_H

#include "service/node.h"

struct verify_report {
	uint64_t
	    records; /* headers hashed, bodies and slots compared, opened */
	uint64_t opened;
	uint64_t logs;    /* heads verified against their log key and tree */
	uint64_t streams; /* numbering and chain followed */
	uint64_t cards;
	/* Hashes in logs of others that nothing joins to their heads yet: what
	 * relays told under heads that were never joined. No fault. */
	uint64_t unproven;
	uint64_t faults;
	char first_fault[240]; /* "" none */
};

/* The database file's integrity, then every row of every table: records against
 * their hashes, opened again, their streams and trees made anew; heads,
 * cosignatures, cards and evidence against their signatures; receipts against
 * the records that hold them; what was rejected, drafts and small values as far
 * as something follows from them; every table against the tally, which misses
 * any row that was deleted, changed or added behind this node's back, also of
 * what only this node says; and last what memory holds against a fresh start.
 * first_fault names table and row; where only the tally tells, the table, and
 * the row where its number does. A fault that the tally has found stays, as
 * long as the home does. ERR_OK with faults > 0 when something is wrong; an
 * error only when it could not be done. Calls the node's progress. */
ERR_MUST_USE enum err verify_node(struct node *node, struct verify_report *out);

#endif
