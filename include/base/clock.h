/*
 * clock.h - the time, handed in.
 *
 * Floor:   base
 * Threads: the system clock may be read from any thread.
 */
#ifndef QSG_BASE_CLOCK_H
#define QSG_BASE_CLOCK_H

#include <stdint.h>

/* Two readings, both in milliseconds. wall_ms: since 1970-01-01 UTC, may
 * jump. steady_ms: since some fixed moment, never goes back. */
struct clock {
	int64_t (*wall_ms)(void *context);
	int64_t (*steady_ms)(void *context);
	void *context;
};

/* The operating system's clocks. */
const struct clock *clock_system(void);
int64_t clock_wall_ms(const struct clock *clock);
int64_t clock_steady_ms(const struct clock *clock);

#endif
