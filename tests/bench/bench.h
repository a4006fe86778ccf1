/*
 * bench.h - what the benchmark programs share: a clock, a way out, results as
 * lines of `key value`, and intelligence to share.
 */
#ifndef QSG_TESTS_BENCH_H
#define QSG_TESTS_BENCH_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_TEXT_BYTES 1024u

static inline double bench_now(void)
{
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((noreturn, format(printf, 1, 2))) static inline void bench_die(
    const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	(void)fputs("bench: ", stderr);
	(void)vfprintf(stderr, fmt, arguments);
	(void)fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

/* A benchmark that misses something has nothing to tell. */
static inline void bench_need(bool good, const char *what)
{
	if (!good) {
		bench_die("%s", what);
	}
}

static inline void *bench_alloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);
	bench_need(memory != NULL, "out of memory");
	return memory;
}

static inline void bench_result(const char *key, double value)
{
	(void)printf("%s %.3f\n", key, value);
	(void)fflush(stdout);
}

static inline int bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts. part is from 0 to 1. */
static inline double bench_percentile(double *values, size_t count, double part)
{
	qsort(values, count, sizeof(*values), bench_compare);
	return values[(size_t)((double)(count - 1) * part)];
}

/* Prose of exactly BENCH_TEXT_BYTES, another for each number, in which the
 * guard finds nothing. out holds one byte more. */
static inline void bench_text(uint32_t number, char *out)
{
	static const char *const words[] = { "ward", "families", "describe",
		"staff", "call", "bells", "night", "meals", "waited", "nurse",
		"discharge", "delay", "handover", "pressure", "visit", "review",
		"concern", "patients", "say", "evening", "shortage", "corridor",
		"theatre", "clinic", "letters", "reply", "apology", "repeat",
		"again", "quiet", "better", "worse" };
	size_t used = 0;
	uint32_t state = number * 2654435761u + 1u;
	while (used < BENCH_TEXT_BYTES) {
		state = state * 1664525u + 1013904223u;
		for (const char *c = words[state >> 27];
		     *c != '\0' && used < BENCH_TEXT_BYTES; c++) {
			out[used++] = *c;
		}
		if (used < BENCH_TEXT_BYTES) {
			out[used++] = ' ';
		}
	}
	out[BENCH_TEXT_BYTES - 1] = '.';
	out[BENCH_TEXT_BYTES] = '\0';
}

#endif
