/*
 * scenes.h - one seed: a summit is triggered and begun, two sides are cut off
 * from each other for six hours, in which each goes on by what it knows, and
 * all come to the same once they are joined again.
 *
 * Most of these hours all machines sleep: their steady clocks stop, the wall's
 * go on.
 */
#ifndef QSG_SIM_SCENES_H
#define QSG_SIM_SCENES_H

#include "talk.h"

enum { SCENES_TIMES = 100 };

/* What was to be seen, in a seed or not. */
enum scenes_saw {
	SCENES_BOTH_TRIGGERED, /* for one provider, one on each side */
	SCENES_TWO_RINGS,      /* one holds it on one side, another beyond */
	SCENES_TWICE_ACCEPTED, /* an action, by two it was handed over to */
	SCENES_REOPENED,       /* stood down here, and judged anew there */
	SCENES_APART,          /* the sides had come to different states */
	SCENES_NOT_COUNTED,    /* kept, with the reason */
	SCENES_MISSED,         /* a clock */
	SCENES_SAWS
};
const char *scenes_saw_name(enum scenes_saw saw);

struct scenes_outcome {
	char failure[400];
	uint64_t trace;
	int32_t times_ms[SCENES_TIMES]; /* trigger until read, each member */
	uint32_t time_count;
	uint32_t saws[SCENES_SAWS];
	uint32_t contents[TALK_CONTENTS]; /* records, by kind */
	uint64_t refused, messages, packets, lost;
	int64_t heal_ms;
};

struct scenes_order {
	const struct circle *circle;
	const char *directory;
	uint64_t seed;
	bool verbose;
	bool awake; /* nobody sleeps: slow */
};

void scenes_run(const struct scenes_order *order, struct scenes_outcome *out);

#endif
