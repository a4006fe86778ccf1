#include "ledger/range.h"

/* The largest power of two <= n, n > 0. */
static uint64_t power_within(uint64_t n)
{
	return 1ULL << (63 - __builtin_clzll(n));
}

uint64_t range_end(struct range range)
{
	return range.start + range.length;
}

bool range_is_complete(struct range range)
{
	return (range.length & (range.length - 1)) == 0;
}

uint32_t range_level(struct range range)
{
	return (uint32_t)__builtin_ctzll(range.length);
}

uint64_t range_index(struct range range)
{
	return range.start >> range_level(range);
}

/* PROTOCOL.md M52: "A range of two leaves or more MUST be divided, where it is
 * divided, at the largest power of two below its length." */
struct range range_left(struct range range)
{
	return (struct range){
		.start = range.start,
		.length = power_within(range.length - 1),
	};
}

struct range range_right(struct range range)
{
	uint64_t left = power_within(range.length - 1);
	return (struct range){
		.start = range.start + left,
		.length = range.length - left,
	};
}

struct range range_first(struct range range)
{
	return (struct range){
		.start = range.start,
		.length = power_within(range.length),
	};
}

bool range_is_peak(struct range range, uint64_t size)
{
	uint64_t parent = range.start & ~(2 * range.length - 1);
	return range_end(range) <= size && parent + 2 * range.length > size;
}
