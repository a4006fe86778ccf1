#include "service/disown.h"
#include "sync/session_state.h"

static bool asked_already(
    const struct session *session, const struct id32 *author)
{
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		if (session->heads[i].active &&
		    id_equal(&session->heads[i].author, author)) {
			return true;
		}
	}
	return false;
}

static struct session_head_want *free_place(struct session *session)
{
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		if (!session->heads[i].active) {
			return &session->heads[i];
		}
	}
	return NULL;
}

void session_owed_tick(struct session *session)
{
	int64_t now = session_now_ms(session);
	struct replica_range owed;
	size_t at = 0;
	if (now < session->owed_ms) {
		return;
	}
	struct session_head_want *place = free_place(session);
	session->owed_ms = now + SESSION_ENDED_MS;
	while (place != NULL &&
	       disown_owed(session->node, session_peer(session), &at, &owed)) {
		if (asked_already(session, &owed.author)) {
			continue;
		}
		place->active = true;
		place->sent = false;
		place->since_ms = now;
		place->author = owed.author;
		place->generation = owed.generation;
		place->size = owed.head_size;
		place = free_place(session);
	}
}
