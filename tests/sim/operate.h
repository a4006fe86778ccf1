/*
 * operate.h - what happens to a small world: somebody shares, something breaks.
 */
#ifndef QSG_SIM_OPERATE_H
#define QSG_SIM_OPERATE_H

#include "world.h"

enum { SIM_NODES = 5 };

/* One thing, chosen at random. */
void operate_once(struct world *world);

#endif
