/*
 * action_world.h - an action and its steps, made by hand. Organisations are
 * small numbers; record ids count up, and so do places in each log unless a
 * test gives another.
 */
#ifndef QSG_TESTS_ACTION_WORLD_H
#define QSG_TESTS_ACTION_WORLD_H

#include "domain/action.h"

#define WORLD_STEPS 256

struct action_world {
	Qsg__Payload payloads[WORLD_STEPS];
	Qsg__ActionStep steps[WORLD_STEPS];
	Qsg__Action action;
	struct id32 ids[4 * WORLD_STEPS]; /* lent to payloads */
	size_t id_count;
	struct summit_fact facts[WORLD_STEPS];
	size_t count;
	struct id32 id; /* of the action */
};

struct id32 action_org(unsigned org);
/* Afresh, with nothing said. */
void action_world_init(struct action_world *world);
/* Set the action. */
void action_set(struct action_world *world, unsigned author, unsigned owner);
/* One step more; `to` is whom it names, `answers` the fact it answers: 0 for
 * none. Text is there where it is needed. The number of the new fact. */
size_t action_says(struct action_world *world, unsigned author, const char *act,
    unsigned to, size_t answers);

/* Why the fact of this number does not count; REASON_NONE: it does. */
enum reason action_refused(const struct action_state *state,
    const struct action_world *world, size_t fact);
bool action_counted(const struct action_state *state,
    const struct action_world *world, size_t fact);

#endif
