#include "app/guesses.h"

#include <stdlib.h>
#include <string.h>

static size_t place_of(const char *name)
{
	uint32_t sum = 2166136261u;
	for (; *name != '\0'; name++) {
		sum = (sum ^ (unsigned char)*name) * 16777619u;
	}
	return (sum ^ (sum >> 16)) % GUESSES_NAMES;
}

struct guesses_user *guesses_of(struct guesses *guesses, uint32_t user)
{
	for (size_t i = 0; i < guesses->count; i++) {
		if (guesses->users[i].user == user) {
			return &guesses->users[i];
		}
	}
	struct guesses_user *grown = realloc(
	    guesses->users, (guesses->count + 1) * sizeof(*guesses->users));
	if (grown == NULL) {
		return NULL;
	}
	guesses->users = grown;
	grown = &guesses->users[guesses->count++];
	*grown = (struct guesses_user){ .user = user };
	return grown;
}

int64_t guesses_wait_ms(
    const struct guesses_user *user, const char *name, int64_t now_ms)
{
	const struct guesses_name *given = &user->names[place_of(name)];
	int64_t wait_s = 1;
	if (given->wrong < GUESSES_FREE ||
	    now_ms - given->last_ms > 1000LL * GUESSES_FORGOTTEN_S) {
		return 0;
	}
	for (unsigned int i = GUESSES_FREE;
	     i < given->wrong && wait_s < GUESSES_LONGEST_S; i++) {
		wait_s *= 2;
	}
	wait_s = wait_s > GUESSES_LONGEST_S ? GUESSES_LONGEST_S : wait_s;
	int64_t left = given->last_ms + 1000 * wait_s - now_ms;
	return left > 0 ? left : 0;
}

void guesses_wrong(struct guesses_user *user, const char *name, int64_t now_ms)
{
	struct guesses_name *given = &user->names[place_of(name)];
	if (now_ms - given->last_ms > 1000LL * GUESSES_FORGOTTEN_S) {
		given->wrong = 0;
	}
	given->wrong++;
	given->last_ms = now_ms;
}

void guesses_clear(struct guesses *guesses)
{
	free(guesses->users);
	*guesses = (struct guesses){ 0 };
}
