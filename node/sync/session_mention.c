#include "sync/session_state.h"

#include "base/log.h"

#include <string.h>

void session_mention_start(struct session *session)
{
	session->mention_due_ms = session_now_ms(session);
	session->owed_due_ms = session->mention_due_ms;
}

static bool send_mention(struct session *session, Qsg__Head *head)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	message.body_case = QSG__MESSAGE__BODY_HEAD;
	message.head = head;
	return session_send_message(session, &message);
}

/* Two readers of one author may have been given cards that name different
 * successors; only who sees both can tell. A card of one generation names
 * none. */
static bool send_card_of(struct session *session, const Qsg__Head *head)
{
	struct id32 author;
	const struct peer *peer = NULL;
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__CardMessage body = QSG__CARD_MESSAGE__INIT;
	memcpy(author.b, head->author.data, sizeof(author.b));
	peer = peers_by_id(session->node, &author);
	if (peer == NULL || peers_keys(peer)->fields->n_generations < 2) {
		return true;
	}
	body.signed_card =
	    session_send_data(peers_keys(peer)->signed_bytes.data,
		peers_keys(peer)->signed_bytes.size);
	message.body_case = QSG__MESSAGE__BODY_CARD;
	message.card = &body;
	return session_send_message(session, &message);
}

/* PROTOCOL.md M220: "At the start of a session and every 10 minutes a node MUST
 * tell its peer the newest head that it holds of each other author with whom
 * both share a stream, at most 16 at a time and the others in their turn." */
static void mention(struct session *session)
{
	const struct peer *peer = session_peer(session);
	for (unsigned i = 0; i < LIMIT_MENTIONS; i++) {
		Qsg__Head head;
		if (!mention_next(
			session->node, peer, &session->mention_place, &head)) {
			session->mention_place = 0;
			return;
		}
		if (!send_card_of(session, &head) ||
		    !send_mention(session, &head)) {
			return;
		}
	}
}

static void ask(struct session *session, const struct mention_ask *ask)
{
	struct session_head_want *room = NULL;
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, &ask->author)) {
			return; /* one at a time; it is mentioned again */
		}
		room = want->active ? room : want;
	}
	if (room == NULL || ask->size == 0) {
		return;
	}
	room->active = true;
	room->sent = false;
	room->since_ms = session_now_ms(session);
	room->author = ask->author;
	room->generation = ask->generation;
	room->size = ask->size;
}

/* The peer itself is an author that has not joined a head of its. */
static void ask_owed(struct session *session)
{
	struct mention_ask owed;
	size_t place = 0;
	while (mention_wanted(session->node, session_peer(session),
	    session->owed_step == 0, &place, &owed)) {
		ask(session, &owed);
	}
}

void session_mention_pump(struct session *session)
{
	int64_t now = session_now_ms(session);
	if (session->ended != SESSION_LIVES) {
		return;
	}
	if (now >= session->owed_due_ms) {
		session->owed_due_ms = now + SESSION_OWED_MS;
		session->owed_step = 0;
		session->owed_next = true;
	}
	if (session->owed_next) {
		session->owed_next = false;
		ask_owed(session);
	}
	if (now >= session->mention_due_ms) {
		session->mention_due_ms = session_jitter_ms(
		    session, now + SESSION_MENTION_MS, SESSION_JITTER_MS);
		mention(session);
	}
}

void session_mention_answered(struct session *session)
{
	session->owed_next = session->owed_step == 0;
	session->owed_step = 1;
}

void session_mention_take(struct session *session, const Qsg__Head *head)
{
	struct mention_ask wanted = { .size = 0 };
	char text[LIMIT_REASON_BYTES];
	enum err err =
	    mention_take(session->node, session_peer(session), head, &wanted);
	(void)strncpy(text, err_text(), sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ask(session, &wanted);
	if (err == ERR_FULL || err == ERR_IO || err == ERR_MEM) {
		session->pause_until_ms =
		    session_now_ms(session) + SESSION_PAUSE_MS;
	} else if (err != ERR_OK) {
		struct session_refusal refusal = { .code = err_name(err),
			.reason = text };
		session_send_refuse(session, &refusal);
	}
}
