/*
 * rng.h - randomness, handed in, so that a seed replays exactly.
 *
 * Floor:   base
 * Threads: the system source may be used from any thread, a seeded one by one.
 */
#ifndef QSG_BASE_RNG_H
#define QSG_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	void (*fill)(void *context, void *out, size_t size);
	void *context;
};

/* A replayable source for simulations and tests: ChaCha20 over a seed. Never
 * used by the program itself. */
struct rng_seeded {
	uint8_t key[32];
	uint64_t block;
};

/* libsodium's randombytes_buf. */
const struct rng *rng_system(void);
/* Initialise state from seed; the result borrows state. */
struct rng rng_seed(struct rng_seeded *state, uint64_t seed);
void rng_fill(const struct rng *rng, void *out, size_t size);
uint64_t rng_u64(const struct rng *rng);
/* Uniform in [0, bound); bound > 0. */
uint64_t rng_below(const struct rng *rng, uint64_t bound);

#endif
