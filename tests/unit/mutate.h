/*
 * mutate.h - spoil bytes at random, for tests that nothing spoilt is accepted.
 */
#ifndef QSG_TESTS_MUTATE_H
#define QSG_TESTS_MUTATE_H

#include "base/bytes.h"
#include "base/rng.h"

/* How often, as the environment says. Nothing is done 0 times. */
uint64_t mutate_number(const char *name, uint64_t otherwise);
/* Of what is tried one by one, each; or each n-th, with QSG_EVERY=n. */
size_t mutate_every(void);
/* Mutated inputs for each kind: 10,000, or QSG_MUTATIONS. */
uint64_t mutate_count(void);
/* A seed from the system, or QSG_SEED; printed, so that it can be given. */
uint64_t mutate_seed(const char *what);
/* One to three edits: a bit, a byte, a piece put in, cut out, doubled or cut
 * off. Over what out held; never the same bytes as in. */
void mutate(const struct rng *rng, struct span in, struct buf *out);

#endif
