/*
 * many.h - many seeds, in several processes.
 */
#ifndef QSG_SIM_MANY_H
#define QSG_SIM_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MANY_SEEDS = 1 << 16, MANY_JOBS = 16 };

struct many {
	uint64_t first;
	uint64_t seeds;
	unsigned jobs;
	/* What one seed came to: of a size that goes through a pipe in one
	 * piece. */
	size_t size;
	/* In a process of its own. Fills *outcome. */
	void (*run)(void *context, uint64_t seed, void *outcome);
	void (*count)(void *context, uint64_t seed, const void *outcome);
	/* The process ended before there was an outcome. */
	void (*lost)(void *context, uint64_t seed);
	void *context;
};

/* As many processes as there is room for, and seeds. */
unsigned many_jobs(uint64_t wanted, uint64_t seeds);
/* Exits where that cannot be. False: a process ended badly, though it lost no
 * seed. */
bool many_run(const struct many *many);

#endif
