/*
 * range.h - which leaves a node of a tree covers, and where it is split.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    RFC 6962, 2.1; proto/PROTOCOL.md, "Proofs"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_RANGE_H
#define QSG_LEDGER_RANGE_H

#include <stdbool.h>
#include <stdint.h>

/* Leaves [start, start + length) under one node of a tree of some size. */
struct range {
	uint64_t start;
	uint64_t length; /* > 0 */
};

uint64_t range_end(struct range range);
/* The node is the root of a complete subtree. */
bool range_is_complete(struct range range);
/* The place of a complete range: its node covers
 * [index << level, (index + 1) << level). */
uint32_t range_level(struct range range);
uint64_t range_index(struct range range);
/* The children of a range of two leaves or more: split at the largest power
 * of two below its length. */
struct range range_left(struct range range);
struct range range_right(struct range range);
/* The largest complete range at the start of this one. */
struct range range_first(struct range range);
/* A complete range that is one of the largest complete subtrees of the first
 * `size` leaves. */
bool range_is_peak(struct range range, uint64_t size);

#endif
