#include "unit/mutate.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) ck_assert_int_eq((call), ERR_OK)

uint64_t mutate_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t number = text == NULL ? otherwise : strtoull(text, NULL, 10);
	if (number == 0 && strcmp(name, "QSG_SEED") != 0) {
		(void)fprintf(stderr, "%s is no number above 0\n", name);
		exit(2);
	}
	return number;
}

size_t mutate_every(void)
{
	return (size_t)mutate_number("QSG_EVERY", 1);
}

uint64_t mutate_count(void)
{
	return mutate_number("QSG_MUTATIONS", 10000);
}

uint64_t mutate_seed(const char *what)
{
	uint64_t seed = mutate_number("QSG_SEED", rng_u64(rng_system()));
	printf("%s: seed %" PRIu64 "\n", what, seed);
	fflush(stdout);
	return seed;
}

static void replace(struct buf *bytes, size_t at, size_t cut, struct span piece)
{
	struct buf made = { 0 };
	OK(buf_append(&made, span_of(bytes->data, at)));
	OK(buf_append(&made, piece));
	OK(buf_append(
	    &made, span_of(bytes->data + at + cut, bytes->size - at - cut)));
	buf_clear(bytes);
	*bytes = made;
}

static void edit(const struct rng *rng, struct buf *bytes)
{
	size_t at = (size_t)rng_below(rng, bytes->size);
	size_t most = bytes->size - at < 40 ? bytes->size - at : 40;
	size_t length = 1 + (size_t)rng_below(rng, most);
	uint8_t noise[40];
	rng_fill(rng, noise, sizeof(noise));
	switch (rng_below(rng, 7)) {
	case 0:
		bytes->data[at] ^= (uint8_t)(1U << rng_below(rng, 8));
		break;
	case 1:
		bytes->data[at] = noise[0];
		break;
	case 2:
		replace(bytes, at, 0, span_of(noise, length));
		break;
	case 3:
		replace(bytes, at, length, span_of(NULL, 0));
		break;
	case 4: {
		uint8_t copy[40];
		memcpy(copy, bytes->data + at, length);
		replace(bytes, at, 0, span_of(copy, length));
		break;
	}
	case 5:
		replace(bytes, at, bytes->size - at, span_of(NULL, 0));
		break;
	default: {
		/* A character of its kind: digits, hex and base64 stay so. */
		static const char *const swaps = "0123456789abcdefABCDEF+/=\n";
		bytes->data[at] = (uint8_t)swaps[rng_below(rng, strlen(swaps))];
		break;
	}
	}
}

void mutate(const struct rng *rng, struct span in, struct buf *out)
{
	do {
		uint64_t edits = 1 + rng_below(rng, 3);
		buf_reset(out);
		OK(buf_append(out, in));
		for (uint64_t i = 0; i < edits && out->size > 0; i++) {
			edit(rng, out);
		}
	} while (span_equal(buf_span(out), in));
}
