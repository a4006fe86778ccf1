#include "sync/session_state.h"

#include <stdio.h>
#include <string.h>

void session_hello_done(struct session *session)
{
	session->established = true;
	session->ack_due = true; /* tells our credit, and completes the Hello */
	session->progress_ms = session_now_ms(session);
	session_witness_start(session);
	session_mention_start(session);
}

static void refuse_hello(struct session *session, const Qsg__Message *message,
    enum err err, const char *reason)
{
	char text[LIMIT_REASON_BYTES];
	(void)snprintf(text, sizeof(text), "%s", reason);
	struct peer *peer = session_peer(session);
	peers_problem(
	    peer, clock_wall_ms(node_clock(session->node)), false, text);
	session_send_hello_refused(session, message, err_name(err), text);
	session_end(session, SESSION_REFUSED);
}

/* Of our log, as the peer holds it: what a push may build on. */
static uint64_t head_size(const struct session *session, struct span bytes)
{
	struct note note;
	struct checkpoint checkpoint;
	const struct checkpoint *own = node_head(session->node);
	if (bytes.size == 0 || note_parse(bytes, &note) != ERR_OK ||
	    checkpoint_parse(&note, &checkpoint) != ERR_OK ||
	    !id_equal(&checkpoint.author, &own->author) ||
	    !generation_equal(&checkpoint.generation, &own->generation) ||
	    checkpoint.size > own->size) {
		return 0;
	}
	return checkpoint.size;
}

static void take_hello(struct session *session, const Qsg__Message *message)
{
	const Qsg__Hello *hello = message->hello;
	struct peer *peer = session_peer(session);
	struct span id = { hello->organisation.data, hello->organisation.len };
	/* PROTOCOL.md M106: "A Hello that names another organisation than the
	 * one the connection's key belongs to MUST be refused." */
	if (!span_equal(id, span_id(&peer->card.organisation))) {
		refuse_hello(session, message, ERR_DENIED,
		    "the Hello is of another organisation");
		return;
	}
	if (hello->lowest_version > SESSION_VERSION ||
	    hello->highest_version < SESSION_VERSION) {
		refuse_hello(session, message, ERR_VERSION,
		    "no session version in common");
		return;
	}
	uint64_t cursor = 0;
	enum err err = replica_hello(session->node, peer, hello, &cursor);
	if (err != ERR_OK) {
		refuse_hello(session, message, err, err_text());
		return;
	}
	session->theirs = message->from_session;
	session->judged = true;
	session->judged_kept = !node_staged(session->node);
	session->card_told = hello->your_card_version;
	session->their_card = hello->card_version;
	session->peer_generation = node_head(session->node)->generation;
	session->peer_head = head_size(session,
	    (struct span){ hello->your_head.data, hello->your_head.len });
	session_offer_start(session, cursor);
	if (session->dialled) {
		session_hello_done(session);
	} else {
		session->hello_due = true;
	}
}

/* Until the peer's Hello is accepted. */
void session_hello_take(struct session *session, const Qsg__Message *message)
{
	/* PROTOCOL.md M101: "The first Hello of a session MUST carry zero as
	 * the receiver's number, and the Hello that answers it MUST carry the
	 * dialler's number." */
	uint64_t expected = session->dialled ? session->ours : 0;
	if (message->body_case != QSG__MESSAGE__BODY_HELLO ||
	    message->from_session == 0 || message->to_session != expected) {
		session_send_no_session(session, message);
		return;
	}
	take_hello(session, message);
}

/* Refuses that are about session numbers, or about a Hello. */
bool session_hello_refused(struct session *session, const Qsg__Message *message)
{
	const Qsg__Refuse *refuse = message->refuse;
	bool no_session = strcmp(refuse->code, "no-session") == 0;
	if (!no_session && session->established) {
		return false;
	}
	/* PROTOCOL.md M104: "A Refuse `no-session` MUST end the session whose
	 * numbers it echoes and no other." */
	if (refuse->from_session != session->ours ||
	    (refuse->to_session != session->theirs &&
		refuse->to_session != 0)) {
		return no_session;
	}
	if (!no_session) {
		char text[LIMIT_TOKEN_BYTES + LIMIT_REASON_BYTES + 16];
		(void)snprintf(
		    text, sizeof(text), "%s: %s", refuse->code, refuse->reason);
		peers_problem(session_peer(session),
		    clock_wall_ms(node_clock(session->node)), true, text);
	}
	session_end(session, SESSION_REFUSED);
	return true;
}
