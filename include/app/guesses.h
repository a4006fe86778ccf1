/*
 * guesses.h - how often a user of this machine gave wrong passwords, and how
 * long it has to wait before the next is compared.
 *
 * Counted by user and by the name that was given, whether there is such an
 * account or not, so that the wait tells nothing. Names share a few places: a
 * user that tries many waits for all of them. Nobody makes another user wait.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: no shared state.
 */
#ifndef QSG_APP_GUESSES_H
#define QSG_APP_GUESSES_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define GUESSES_FREE 5u /* wrong ones that cost no wait */
#define GUESSES_LONGEST_S 300
#define GUESSES_FORGOTTEN_S 900 /* after so long without one */
#define GUESSES_NAMES 16u

struct guesses_name {
	unsigned int wrong;
	int64_t last_ms; /* on the steady clock */
};
struct guesses_user {
	uint32_t user;
	size_t under_way; /* comparisons that wait or are made */
	struct guesses_name names[GUESSES_NAMES];
};
struct guesses {
	struct guesses_user *users;
	size_t count;
};

/* NULL: no memory. Borrowed until the next call. */
struct guesses_user *guesses_of(struct guesses *guesses, uint32_t user);
/* How long until a password given with this name is compared, in ms. */
int64_t guesses_wait_ms(
    const struct guesses_user *user, const char *name, int64_t now_ms);
/* It was wrong. */
void guesses_wrong(struct guesses_user *user, const char *name, int64_t now_ms);
void guesses_clear(struct guesses *guesses);

#endif
