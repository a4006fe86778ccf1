/*
 * circle.h - one local group of twenty-five members, who all know each other
 * and have joined: made once, and copied for each seed.
 */
#ifndef QSG_SIM_CIRCLE_H
#define QSG_SIM_CIRCLE_H

#include "plan.h"

enum { CIRCLE = 25 };

struct circle {
	struct plan plan;
	int64_t made_ms; /* when the last had joined: a seed begins then */
};

/* In directory/homes. */
bool circle_make(struct circle *circle, const char *directory);
/* Nodes run, with homes of their own. */
bool circle_open(const struct circle *circle, const char *directory,
    uint64_t seed, struct world *world);

#endif
