/*
 * alarm_bell.h - when each alarm was given last, so that it is given again in
 * time, and the programs that are told.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Clocks and alarms"
 * Threads: one at a time per bell.
 */
#ifndef QSG_APP_ALARM_BELL_H
#define QSG_APP_ALARM_BELL_H

#include "base/bytes.h"
#include "base/err.h"

#include <sys/types.h>

struct alarm_rung {
	struct id32 record;
	int64_t at_ms; /* steady */
	bool stands;   /* in this round */
};

/* Of one caller. Zero-initialise; alarm_bell_clear frees. */
#define ALARM_CHILDREN 8u
struct alarm_bell {
	struct alarm_rung *items;
	size_t count;
	size_t capacity;
	/* Programs that were started and have not ended. */
	pid_t children[ALARM_CHILDREN];
	int64_t since_ms[ALARM_CHILDREN];
	bool waiting; /* one waits for room, in this round */
};
void alarm_bell_clear(struct alarm_bell *bell);

/* A round: each alarm that stands is named between these two; those that were
 * not are forgotten. */
void alarm_bell_begin(struct alarm_bell *bell);
void alarm_bell_end(struct alarm_bell *bell);
/* This one is named, and not given: there is no room for so many programs. */
bool alarm_bell_room(const struct alarm_bell *bell, size_t programs);
void alarm_bell_wait(struct alarm_bell *bell, const struct id32 *record);
struct alarm_ring {
	bool now;   /* it is to be given now */
	bool again; /* ... and was before */
};
ERR_MUST_USE enum err alarm_bell_name(struct alarm_bell *bell,
    const struct id32 *record, int64_t now_ms, int64_t repeat_ms,
    struct alarm_ring *ring);
/* When the first is to be given again; INT64_MAX: none stands. */
int64_t alarm_bell_next(const struct alarm_bell *bell, int64_t repeat_ms);

/* Start a program with a text that says nothing about the alarm, and the
 * record's id; it is not waited for. ERR_INPUT (there is none), ERR_IO,
 * ERR_BUSY (those started before still run). */
ERR_MUST_USE enum err alarm_bell_hook(struct alarm_bell *bell,
    const char *program, const struct id32 *record, int64_t now_ms);
/* The same as a mail to this address, by a program that takes it as sendmail
 * does. */
struct alarm_post {
	const char *sendmail;
	const char *address;
};
ERR_MUST_USE enum err alarm_bell_mail(struct alarm_bell *bell,
    const struct alarm_post *post, const struct id32 *record, int64_t now_ms);
/* Let go of those that ended, and end those that take too long. Call it now and
 * then. */
void alarm_bell_reap(struct alarm_bell *bell, int64_t now_ms);

#endif
