/*
 * places.h - how many connections each user of this machine has, so that one
 * does not take them all.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: no shared state.
 */
#ifndef QSG_APP_PLACES_H
#define QSG_APP_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLACES_OF_ONE 32u

struct places_user {
	uint32_t user;
	size_t taken;
};
struct places {
	struct places_user *users; /* who have any */
	size_t count;
};

/* One more of a user; false when it has PLACES_OF_ONE, or memory is out. */
bool places_take(struct places *places, uint32_t user);
/* One less. */
void places_leave(struct places *places, uint32_t user);
void places_clear(struct places *places);

#endif
