#include "base/rng.h"

#include "base/bytes.h"

#include <sodium.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 };

static void system_fill(void *context, void *out, size_t size)
{
	(void)context;
	randombytes_buf(out, size);
}

const struct rng *rng_system(void)
{
	static const struct rng source = {
		.fill = system_fill,
		.context = NULL,
	};
	/* libsodium's own first call is not safe between threads, and there is
	 * nothing to carry on with when it has no randomness. */
	if (sodium_init() < 0) {
		abort();
	}
	return &source;
}

static void seeded_fill(void *context, void *out, size_t size)
{
	static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];
	struct rng_seeded *state = context;
	if (size == 0) {
		return;
	}
	memset(out, 0, size);
	if (crypto_stream_chacha20_xor_ic(
		out, out, size, nonce, state->block, state->key) != 0) {
		abort();
	}
	state->block += (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
}

struct rng rng_seed(struct rng_seeded *state, uint64_t seed)
{
	memset(state, 0, sizeof(*state));
	bytes_put_u64(state->key, seed);
	return (struct rng){ .fill = seeded_fill, .context = state };
}

void rng_fill(const struct rng *rng, void *out, size_t size)
{
	rng->fill(rng->context, out, size);
}

uint64_t rng_u64(const struct rng *rng)
{
	uint8_t bytes[8];
	rng_fill(rng, bytes, sizeof(bytes));
	return bytes_get_u64(bytes);
}

uint64_t rng_below(const struct rng *rng, uint64_t bound)
{
	assert(bound > 0);
	/* 2^64 mod bound: values below it would make small results likelier. */
	uint64_t unfair = (0 - bound) % bound;
	uint64_t value = 0;
	do {
		value = rng_u64(rng);
	} while (value < unfair);
	return value % bound;
}
