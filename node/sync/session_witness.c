#include "sync/session_state.h"

#include "base/log.h"
#include "service/witness.h"

#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 4 };

void session_witness_start(struct session *session)
{
	session->witness.due = true;
}

void session_head_published(struct session *session)
{
	if (session_established(session)) {
		session->witness.due = true;
		session->witness.tries = 0;
		session->witness.again_ms = 0;
	}
}

void session_witness_retry(struct session *session)
{
	struct session_witness *witness = &session->witness;
	/* A peer that asks for ever is not told every five seconds. */
	int64_t wait = witness->tries < SESSION_TRIES ? SESSION_SETTLE_MS
	                                              : SESSION_WITNESS_MS;
	int64_t again = session_now_ms(session) + wait;
	if (witness->tries < SESSION_TRIES || witness->again_ms > again) {
		witness->again_ms = again;
	}
}

/*
 * Telling of our log.
 */

static void look_again(struct session *session, bool lacks)
{
	struct session_witness *witness = &session->witness;
	int64_t wait = SESSION_SETTLE_MS;
	if (witness->tries > 0) {
		unsigned step = witness->tries - 1;
		step = step < TRIES_MAX ? step : TRIES_MAX;
		wait = (int64_t)SESSION_WITNESS_MS << step;
	}
	/* Once to everybody, when witnesses have had the time to answer; to one
	 * that has not answered, until it does. */
	bool again = witness->tries == 0 || lacks;
	witness->tries++;
	witness->again_ms = again ? session_now_ms(session) + wait : 0;
}

static void tell(struct session *session, uint64_t size, unsigned lines)
{
	struct session_witness *witness = &session->witness;
	struct witness_head head;
	Qsg__Message message = QSG__MESSAGE__INIT;
	message.body_case = QSG__MESSAGE__BODY_HEAD;
	message.head = &head.head;
	enum err err =
	    witness_make_head(session->node, session->peer_head, &head);
	if (err != ERR_OK) {
		log_line(
		    LOG_WARN, "session", "a head was not told: %s", err_text());
	} else if (session_send_message(session, &message)) {
		witness->told = size;
		witness->lines = lines;
		session->peer_head = size;
	}
	witness_clear_head(&head);
}

static void look(struct session *session)
{
	struct session_witness *witness = &session->witness;
	struct node *node = session->node;
	uint64_t size = witness_published(node);
	/* A peer that holds a newer one would not cosign this: the next will
	 * do. */
	if (size == 0 || session->peer_head > size) {
		return;
	}
	bool lacks = witness_lacks(node, session_peer(session));
	unsigned lines = witness_lines(node);
	unsigned told = witness->told == size ? witness->lines : 0;
	if (session->peer_head < size || lacks || lines > told) {
		tell(session, size, lines);
	}
	if (session->ended == SESSION_LIVES) {
		look_again(session, lacks);
	}
}

/*
 * What we say of the peer's.
 */

static void send_cosignature(struct session *session)
{
	struct session_witness *witness = &session->witness;
	const struct peer *peer = session_peer(session);
	const struct id32 *self = node_id(session->node);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Cosignature said = QSG__COSIGNATURE__INIT;
	struct buf line = { 0 };
	enum err err = witness_read(
	    session->node, peer, &witness->generation, witness->size, &line);
	if (err == ERR_OK) {
		said.author = session_send_data(peer->card.organisation.b, 32);
		said.generation = session_send_data(
		    witness->generation.b, sizeof(witness->generation.b));
		said.size = witness->size;
		said.witness = session_send_data(self->b, 32);
		said.line = session_send_data(line.data, line.size);
		message.body_case = QSG__MESSAGE__BODY_COSIGNATURE;
		message.cosignature = &said;
		(void)session_send_message(session, &message);
	} else if (err != ERR_NOTFOUND) {
		log_line(LOG_ERROR, "session", "a cosignature was not sent: %s",
		    err_text());
	}
	buf_clear(&line);
}

void session_witness_pump(struct session *session)
{
	struct session_witness *witness = &session->witness;
	if (witness->cosigned) {
		witness->cosigned = false;
		send_cosignature(session);
	}
	if (witness->due && session->ended == SESSION_LIVES) {
		witness->due = false;
		look(session);
	}
}

void session_witness_tick(struct session *session)
{
	struct session_witness *witness = &session->witness;
	if (witness->again_ms != 0 &&
	    session_now_ms(session) >= witness->again_ms) {
		witness->again_ms = 0;
		witness->due = true;
	}
}

void session_witness_undone(struct session *session)
{
	session->witness.cosigned = false;
}

enum err session_witness_head(struct session *session, const Qsg__Head *head)
{
	struct session_witness *witness = &session->witness;
	struct peer *peer = session_peer(session);
	struct witness_heard heard;
	enum err err = witness_take_head(session->node, peer, head, &heard);
	int64_t now = session_now_ms(session);
	/* An answer may leave something to ask, but not for ever at once. */
	if (err == ERR_OK && heard.ask && now >= witness->ask_ms) {
		struct generation generation;
		witness->ask_ms = now + SESSION_SETTLE_MS;
		memcpy(
		    generation.b, head->generation.data, sizeof(generation.b));
		session_take_ask_head(session, &peer->card.organisation,
		    &generation, heard.ask_from);
	}
	if (err == ERR_OK && heard.cosigned) {
		witness->cosigned = true;
		witness->generation = heard.generation;
		witness->size = heard.size;
	}
	return err;
}

void session_witness_take(struct session *session,
    const Qsg__Cosignature *cosignature, struct span raw)
{
	enum err err = witness_take(
	    session->node, session_peer(session), cosignature, raw);
	if (err == ERR_OK) {
		return;
	}
	if (err == ERR_FULL || err == ERR_IO || err == ERR_MEM) {
		log_line(LOG_WARN, "session", "a cosignature was not kept: %s",
		    err_text());
		return;
	}
	char text[LIMIT_REASON_BYTES];
	(void)snprintf(text, sizeof(text), "%s", err_text());
	struct session_refusal refusal = { .code = err_name(err),
		.reason = text };
	session_send_refuse(session, &refusal);
}
