#include "app/places.h"

#include <stdlib.h>

static struct places_user *find(struct places *places, uint32_t user)
{
	for (size_t i = 0; i < places->count; i++) {
		if (places->users[i].user == user) {
			return &places->users[i];
		}
	}
	return NULL;
}

bool places_take(struct places *places, uint32_t user)
{
	struct places_user *found = find(places, user);
	if (found == NULL) {
		struct places_user *grown = realloc(places->users,
		    (places->count + 1) * sizeof(*places->users));
		if (grown == NULL) {
			return false;
		}
		places->users = grown;
		found = &places->users[places->count++];
		*found = (struct places_user){ .user = user };
	}
	if (found->taken >= PLACES_OF_ONE) {
		return false;
	}
	found->taken++;
	return true;
}

void places_leave(struct places *places, uint32_t user)
{
	struct places_user *found = find(places, user);
	if (found != NULL && --found->taken == 0) {
		*found = places->users[--places->count];
	}
}

void places_clear(struct places *places)
{
	free(places->users);
	*places = (struct places){ 0 };
}
