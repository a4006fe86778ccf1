#include "sync/session_state.h"

#include "base/log.h"
#include "codec/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t session_now_ms(const struct session *session)
{
	return clock_steady_ms(node_clock(session->node));
}

int64_t session_jitter_ms(
    const struct session *session, int64_t base, int64_t spread)
{
	const struct rng *rng = node_rng(session->node);
	return base + (int64_t)rng_below(rng, (uint64_t)spread);
}

struct peer *session_peer(const struct session *session)
{
	return peers_get(session->node, session->org);
}

static void release(struct session *session)
{
	session_want_clear(session);
	session_page_clear(session);
	session_serve_clear(session);
	session_offer_clear(session);
	positions_clear(&session->positions);
}

void session_end(struct session *session, enum session_end why)
{
	if (session->ended != SESSION_LIVES) {
		return;
	}
	session->ended = why;
	release(session);
}

bool session_is_banned(const struct session *session,
    const struct session_ban *bans, const struct id32 *id)
{
	int64_t now = session_now_ms(session);
	for (size_t i = 0; i < SESSION_BANS; i++) {
		if (bans[i].until_ms > now && id_equal(&bans[i].id, id)) {
			return true;
		}
	}
	return false;
}

void session_add_ban(struct session *session, struct session_ban *bans,
    const struct id32 *id, int64_t until_ms)
{
	(void)session;
	struct session_ban *soonest = &bans[0];
	for (size_t i = 0; i < SESSION_BANS; i++) {
		if (id_equal(&bans[i].id, id)) {
			soonest = &bans[i];
			break;
		}
		if (bans[i].until_ms < soonest->until_ms) {
			soonest = &bans[i];
		}
	}
	soonest->id = *id;
	soonest->until_ms = until_ms;
}

/* PROTOCOL.md M109: "A message that does not decode, or that breaks a rule of
 * its fields, MUST be dropped, quarantined and answered with Refuse
 * `malformed`, and the twentieth of them MUST end the session." */
void session_malformed(
    struct session *session, const char *reason, struct span raw)
{
	char text[LIMIT_REASON_BYTES];
	(void)snprintf(text, sizeof(text), "%s", reason);
	replica_reject(
	    session->node, session_peer(session), "malformed", text, raw);
	struct session_refusal refusal = { .code = "malformed",
		.reason = text };
	session_send_refuse(session, &refusal);
	session->malformed++;
	if (session->malformed >= LIMIT_MALFORMED) {
		session_end(session, SESSION_VIOLATED);
	}
}

static uint64_t draw_number(const struct session *session)
{
	uint64_t number = 0;
	while (number == 0) {
		number = rng_u64(node_rng(session->node));
	}
	return number;
}

enum err session_new(struct node *node, int64_t org, uint64_t link,
    bool dialled, const struct session_host *host, struct session **out)
{
	struct session *session = calloc(1, sizeof(*session));
	if (session == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	session->node = node;
	session->org = org;
	session->link = link;
	session->dialled = dialled;
	session->host = *host;
	/* PROTOCOL.md M100: "For every session a node MUST draw a random
	 * session number other than zero." */
	session->ours = draw_number(session);
	session->positions.index.salt = rng_u64(node_rng(node));
	session->born_ms = session_now_ms(session);
	session->heard_ms = session->born_ms;
	session->sent_ms = session->born_ms;
	session->hello_due = dialled;
	session_pump(session);
	*out = session;
	return ERR_OK;
}

void session_free(struct session *session)
{
	if (session == NULL) {
		return;
	}
	release(session);
	free(session);
}

void session_stop(struct session *session, enum session_end why)
{
	if (session->ended != SESSION_LIVES) {
		return;
	}
	if (session->theirs != 0) {
		/* As the peer would be told by a node that knows no session. */
		Qsg__Message gone = QSG__MESSAGE__INIT;
		gone.from_session = session->theirs;
		gone.to_session = session->ours;
		session_send_no_session(session, &gone);
	}
	session_end(session, why);
}

bool session_copy_id(const ProtobufCBinaryData *data, void *out, size_t size)
{
	if (data->len != size) {
		return false;
	}
	memcpy(out, data->data, size);
	return true;
}

/*
 * Dispatch.
 */

static void take_refuse(struct session *session, const Qsg__Refuse *refuse)
{
	static const char *const quiet[] = { "busy", "not-held" };
	bool problem = true;
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
		problem = problem && strcmp(refuse->code, quiet[i]) != 0;
	}
	if (problem) {
		char text[LIMIT_TOKEN_BYTES + LIMIT_REASON_BYTES + 16];
		(void)snprintf(
		    text, sizeof(text), "%s: %s", refuse->code, refuse->reason);
		peers_problem(session_peer(session),
		    clock_wall_ms(node_clock(session->node)), true, text);
	}
	if (strcmp(refuse->code, "unknown-generation") == 0) {
		session->card_told = 0; /* our newest card did not reach it */
	}
	session_want_refused(session, refuse);
}

/* Is a card that was not taken, but whose signature is good, of a third
 * organisation? That it contradicts what is held here, or is older or one too
 * many, is not the peer's fault. */
static bool of_another(const struct session *session, struct span bytes)
{
	struct card card = { 0 };
	bool another = card_parse(bytes, &card) == ERR_OK &&
	               !id_equal(&card.organisation, node_id(session->node)) &&
	               !id_equal(&card.organisation,
			   &session_peer(session)->card.organisation);
	card_clear(&card);
	return another;
}

static void take_card(
    struct session *session, const Qsg__CardMessage *card, struct span raw)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct span bytes = { card->signed_card.data, card->signed_card.len };
	enum err err = peers_take_card(session->node, bytes, &outcome);
	if (err == ERR_OK) {
		return;
	}
	if ((err == ERR_STATE || err == ERR_LIMIT || err == ERR_NOTFOUND) &&
	    of_another(session, bytes)) {
		return;
	}
	if (err == ERR_FULL || err == ERR_IO || err == ERR_MEM) {
		log_line(
		    LOG_WARN, "session", "a card was not kept: %s", err_text());
		return;
	}
	char text[LIMIT_REASON_BYTES];
	(void)snprintf(text, sizeof(text), "%s", err_text());
	replica_reject(
	    session->node, session_peer(session), err_name(err), text, raw);
	struct session_refusal refusal = { .code = err_name(err),
		.reason = text };
	session_send_refuse(session, &refusal);
}

/* Anything of an established session. Takes the message over when it returns
 * true. */
static bool take_body(
    struct session *session, Qsg__Message *message, struct span raw)
{
	switch (message->body_case) {
	case QSG__MESSAGE__BODY_HELLO:
		break; /* the network gave it twice */
	case QSG__MESSAGE__BODY_CARD:
		take_card(session, message->card, raw);
		break;
	case QSG__MESSAGE__BODY_HEAD_WANT:
		if (message->head_want->n_sizes > LIMIT_HEADWANT_SIZES) {
			session_malformed(session, "too many sizes", raw);
			break;
		}
		session_serve_head(session, message);
		return true;
	case QSG__MESSAGE__BODY_HEAD:
		session_take_head(session, message->head, raw);
		break;
	case QSG__MESSAGE__BODY_ADVERTISE:
		session_page_advertised(session, message->advertise, raw);
		break;
	case QSG__MESSAGE__BODY_ACK:
		session_send_acked(session, message->ack);
		session_offer_acked(session, message->ack);
		break;
	case QSG__MESSAGE__BODY_WANT:
		session_serve_want(session, message->want, raw);
		break;
	case QSG__MESSAGE__BODY_RECORDS:
		session_take_records(session, message->records, raw);
		break;
	case QSG__MESSAGE__BODY_REFUSE:
		take_refuse(session, message->refuse);
		break;
	case QSG__MESSAGE__BODY_THROTTLE:
		session_take_throttle(session, message->throttle);
		break;
	case QSG__MESSAGE__BODY_COSIGNATURE:
		session_witness_take(session, message->cosignature, raw);
		break;
	case QSG__MESSAGE__BODY__NOT_SET:
	case _QSG__MESSAGE__BODY__CASE_IS_INT_SIZE: {
		struct session_refusal refusal = { .code = "unsupported",
			.reason = "a message of an unknown kind" };
		session_send_refuse(session, &refusal);
		break;
	}
	}
	return false;
}

static bool fits(const struct session *session, const Qsg__Message *message)
{
	return message->from_session == session->theirs &&
	       message->to_session == session->ours;
}

/* Takes the message over when it returns true. */
static bool take_message(
    struct session *session, Qsg__Message *message, struct span raw)
{
	bool refuse = message->body_case == QSG__MESSAGE__BODY_REFUSE;
	if (refuse && session_hello_refused(session, message)) {
		return false;
	}
	if (!session->judged) {
		/* PROTOCOL.md M103: "A Refuse MUST NOT be answered." */
		if (!refuse) {
			session_hello_take(session, message);
		}
		return false;
	}
	if (!fits(session, message)) {
		bool again = !session->dialled &&
		             message->body_case == QSG__MESSAGE__BODY_HELLO &&
		             message->from_session == session->theirs &&
		             message->to_session == 0;
		if (again) {
			session->hello_due = !session->established;
			return false;
		}
		/* PROTOCOL.md M102: "A message whose two numbers are not those
		 * of the session MUST be dropped and, unless it is a Refuse,
		 * answered with Refuse `no-session` that echoes them." */
		if (!refuse) {
			session_send_no_session(session, message);
		}
		return false;
	}
	if (!session->established && session->hello_sent) {
		session_hello_done(session);
	}
	return session->established && take_body(session, message, raw);
}

/* ERR_VERSION: not ours to judge, everything else in it may differ. */
static enum err check_message(const Qsg__Message *message)
{
	if (message->version != SESSION_VERSION) {
		return err_set(
		    ERR_VERSION, "a message of version %u", message->version);
	}
	if (message->body_case == QSG__MESSAGE__BODY_REFUSE &&
	    (strlen(message->refuse->code) > LIMIT_TOKEN_BYTES ||
		strlen(message->refuse->reason) > LIMIT_REASON_BYTES)) {
		return err_set(ERR_LIMIT, "a Refuse with too long a reason");
	}
	if (message->body_case == QSG__MESSAGE__BODY_THROTTLE &&
	    strlen(message->throttle->reason) > LIMIT_REASON_BYTES) {
		return err_set(ERR_LIMIT, "a Throttle with too long a reason");
	}
	return ERR_OK;
}

void session_receive(struct session *session, struct span raw)
{
	ProtobufCMessage *decoded = NULL;
	bool taken = false;
	if (session->ended != SESSION_LIVES || session_peer(session) == NULL) {
		return;
	}
	enum err err = canon_decode_message(
	    &qsg__message__descriptor, raw, LIMIT_MESSAGE_BYTES, &decoded);
	Qsg__Message *message = (Qsg__Message *)decoded;
	if (err == ERR_OK) {
		err = check_message(message);
	}
	if (err == ERR_VERSION) {
		/* PROTOCOL.md M110: "A message of an unknown version or kind
		 * MUST be answered with Refuse `unsupported` and otherwise
		 * ignored." */
		struct session_refusal refusal = { .code = "unsupported",
			.reason = "a message of an unknown version" };
		session_send_refuse(session, &refusal);
	} else if (err != ERR_OK) {
		session_malformed(session, err_text(), raw);
	} else {
		session->heard_ms = session_now_ms(session);
		taken = take_message(session, message, raw);
	}
	if (!taken) {
		canon_free(decoded);
	}
	session_pump(session);
}

/*
 * Time and commits.
 */

/* PROTOCOL.md M111: "While anything is staged and not yet committed, a node
 * MUST send nothing but Refuse and Throttle." */
void session_pump(struct session *session)
{
	if (session->ended != SESSION_LIVES || node_staged(session->node) ||
	    session_peer(session) == NULL) {
		return;
	}
	if (session->hello_due) {
		session_send_hello(session);
	}
	/* PROTOCOL.md M105: "Before a node has accepted a peer's Hello, and the
	 * head in it, it MUST send that peer nothing but a Hello or a Refuse."
	 */
	if (!session->established || session->ended != SESSION_LIVES) {
		return;
	}
	if (session->ack_due || session->received != session->told) {
		session_send_ack(session, 0);
	}
	session_send_card(session);
	session_send_card_back(session);
	session_witness_pump(session); /* before newer heads go out */
	session_serve_pump(session);
	session_offer_pump(session);
	session_mention_pump(session);
	session_page_pump(session); /* last: it may stage */
}

static bool is_silent(const struct session *session, int64_t now)
{
	/* PROTOCOL.md M107: "A node MUST end a session whose first Hello is not
	 * answered within 5 seconds, and one on which it has heard nothing for
	 * 35 seconds." */
	if (session->dialled && !session->established) {
		return now - session->born_ms > SESSION_HELLO_MS;
	}
	if (!session->established) {
		return now - session->born_ms > SESSION_ANSWER_MS;
	}
	return now - session->heard_ms > SESSION_SILENT_MS;
}

static void note_met(struct session *session)
{
	if (replica_met(session->node, session_peer(session)) != ERR_OK) {
		log_line(
		    LOG_WARN, "session", "not noted as met: %s", err_text());
	}
}

void session_tick(struct session *session)
{
	if (session->ended != SESSION_LIVES) {
		return;
	}
	int64_t now = session_now_ms(session);
	if (session_peer(session) == NULL || is_silent(session, now)) {
		session_end(session, SESSION_SILENT);
		return;
	}
	if (!session->established) {
		session_pump(session);
		return;
	}
	/* PROTOCOL.md M108: "On an established session a node that has sent
	 * nothing for 10 seconds MUST send an Ack." */
	if (now - session->sent_ms >= SESSION_KEEPALIVE_MS) {
		session->ack_due = true;
	}
	note_met(session);
	session_send_tick(session);
	session_want_tick(session);
	session_page_tick(session);
	session_owed_tick(session);
	session_offer_tick(session);
	session_witness_tick(session);
	session_pump(session);
}

void session_committed(struct session *session)
{
	session->judged_kept = session->judged;
	session_pump(session);
}

void session_undone(struct session *session)
{
	if (session->ended != SESSION_LIVES) {
		return;
	}
	if (session->judged && !session->judged_kept) {
		/* What the Hello taught us is forgotten: begin again. */
		session_stop(session, SESSION_STOPPED);
		return;
	}
	session->pause_until_ms = session_now_ms(session) + SESSION_PAUSE_MS;
	session_want_undone(session);
	session_page_undone(session);
	session_witness_undone(session);
}

void session_grew(struct session *session, const struct node_event *event)
{
	const struct peer *peer = session_peer(session);
	if (!session->established || session->ended != SESSION_LIVES ||
	    peer == NULL ||
	    !replica_reads(session->node, peer, event->stream)) {
		return;
	}
	session_offer_soon(session);
	/* PROTOCOL.md M130: "A node MUST NOT push records of another
	 * organisation." */
	if (event->org == 1) {
		session_serve_push(session, event);
	}
}

void session_card_changed(struct session *session)
{
	if (session->established && session->ended == SESSION_LIVES) {
		const struct checkpoint *own = node_head(session->node);
		if (!generation_equal(
			&session->peer_generation, &own->generation)) {
			/* Of the new log nobody holds anything yet. */
			session->peer_generation = own->generation;
			session->peer_head = 0;
		}
		session->owed_ms = 0; /* perhaps a generation has ended */
		/* A newly enrolled author sends cursors back: tell ours. */
		session->ack_due = true;
		session_pump(session);
	}
}

bool session_established(const struct session *session)
{
	return session->established && session->ended == SESSION_LIVES;
}

enum session_end session_ended(const struct session *session)
{
	return session->ended;
}
