#include "sync/session_state.h"

#include "base/log.h"
#include "codec/canon.h"

#include <string.h>

static bool read_want(const Qsg__Want *want, struct replica_range *out)
{
	memset(out, 0, sizeof(*out));
	out->first = want->first;
	out->last = want->last;
	out->head_size = want->head_size;
	out->headers_only = want->headers_only;
	out->proofs_only = want->proofs_only;
	/* PROTOCOL.md M126: "A Want MUST NOT name more than 65,536 numbers, and
	 * none below 1." */
	return session_copy_id(
		   &want->author, out->author.b, sizeof(out->author.b)) &&
	       session_copy_id(&want->generation, out->generation.b,
		   sizeof(out->generation.b)) &&
	       session_copy_id(
		   &want->stream, out->stream.b, sizeof(out->stream.b)) &&
	       want->request != 0 && want->first > 0 &&
	       want->first <= want->last &&
	       want->last - want->first < LIMIT_WANT_RECORDS;
}

static bool is_ours(
    const struct session *session, const struct replica_range *range)
{
	const struct checkpoint *own = node_head(session->node);
	return id_equal(&range->author, node_id(session->node)) &&
	       generation_equal(&range->generation, &own->generation);
}

void session_serve_want(
    struct session *session, const Qsg__Want *want, struct span raw)
{
	struct replica_range range;
	struct session_serve *room = NULL;
	if (!read_want(want, &range)) {
		session_malformed(session, "a Want breaks its rules", raw);
		return;
	}
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		struct session_serve *serve = &session->serves[i];
		if (serve->active && serve->request == want->request) {
			return; /* the network gave it twice */
		}
		if (!serve->active) {
			room = serve;
		}
	}
	/* PROTOCOL.md M125: "A node MUST NOT have more than 4 Wants open with a
	 * peer, and a fifth MUST be answered with Refuse `busy`." */
	if (room == NULL) {
		struct session_refusal refusal = { .code = "busy",
			.reason = "too many Wants at once",
			.request = want->request };
		session_send_refuse(session, &refusal);
		return;
	}
	if (is_ours(session, &range)) {
		session->peer_head = range.head_size;
	}
	room->active = true;
	room->begun = false;
	room->request = want->request;
	room->range = range;
}

void session_serve_head(struct session *session, Qsg__Message *message)
{
	if (session->head_asked_count == SESSION_HEADS) {
		struct session_refusal refusal = { .code = "busy",
			.reason = "too many heads at once" };
		session_send_refuse(session, &refusal);
		canon_free(&message->base);
		return;
	}
	session->head_asked[session->head_asked_count++] = message;
}

static void answer_head(struct session *session, const Qsg__HeadWant *want)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Head head = QSG__HEAD__INIT;
	struct replica_range asked = { 0 };
	enum err err = replica_supply_head(
	    session->node, session_peer(session), want, &head);
	if (err != ERR_OK) {
		struct session_refusal refusal = { .code = "unknown-log",
			.reason = "no such log here" };
		session_send_refuse(session, &refusal);
		return;
	}
	message.body_case = QSG__MESSAGE__BODY_HEAD;
	message.head = &head;
	bool read = session_copy_id(&want->author, asked.author.b, 32) &&
	            session_copy_id(&want->generation, asked.generation.b,
			sizeof(asked.generation.b));
	if (session_send_message(session, &message) && read &&
	    is_ours(session, &asked)) {
		session->peer_head = node_head(session->node)->size;
		session_witness_retry(session);
	}
	replica_free_head(&head);
}

static void note_sent(
    struct session *session, const struct replica_range *range)
{
	uint64_t known = 0;
	if (is_ours(session, range)) {
		session->peer_head = range->head_size;
	}
	if (!positions_get(&session->positions, &range->stream, &known) ||
	    known < range->first - 1) {
		positions_set(
		    &session->positions, &range->stream, range->first - 1);
	}
}

static void end_serve(struct session *session, struct session_serve *serve,
    const char *code, const char *reason)
{
	struct session_refusal refusal = {
		.code = code, .reason = reason, .request = serve->request
	};
	serve->active = false;
	session_send_refuse(session, &refusal);
}

/* True when something was sent. */
static bool serve_some(struct session *session, struct session_serve *serve)
{
	struct replica_range *range = &serve->range;
	if (session_is_banned(session, session->throttled, &range->author)) {
		end_serve(session, serve, "busy", "as you asked: not now");
		return false;
	}
	size_t room = session_send_room(session);
	if (room == 0) {
		return false;
	}
	enum err err =
	    session_send_records(session, range, serve->request, room);
	if (session->ended != SESSION_LIVES) {
		return false;
	}
	if (err == ERR_OK) {
		serve->begun = true;
		note_sent(session, range);
		serve->active = range->first <= range->last;
		return true;
	}
	if (err != ERR_NOTFOUND) {
		log_line(LOG_WARN, "session", "a Want was not answered: %s",
		    err_text());
	}
	if (serve->begun || err != ERR_NOTFOUND) {
		end_serve(session, serve, "not-held", "no more is held here");
	} else {
		/* PROTOCOL.md M127: "A Want for a stream that is unknown and a
		 * Want for one that the asker may not read MUST get the same
		 * answer, Refuse `unknown-stream`." */
		end_serve(session, serve, "unknown-stream", "no such stream");
	}
	return false;
}

/*
 * Pushing.
 */

void session_serve_push(struct session *session, const struct node_event *event)
{
	struct replica_range range;
	uint64_t known = 0;
	if (!replica_stream(session->node, event->stream, &range)) {
		return;
	}
	bool knows = positions_get(&session->positions, &range.stream, &known);
	if (!knows && event->first == 1) {
		positions_set(&session->positions, &range.stream, 0);
		knows = true;
	}
	bool served = false;
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		const struct session_serve *serve = &session->serves[i];
		served = served ||
		         (serve->active &&
			     id_equal(&serve->range.stream, &range.stream));
	}
	if (!knows || served || session->push_count == SESSION_PUSHES) {
		session->own_due = true;
		return;
	}
	for (size_t i = 0; i < session->push_count; i++) {
		if (id_equal(&session->pushes[i].stream, &range.stream)) {
			session->pushes[i].last = range.last;
			return;
		}
	}
	session->pushes[session->push_count++] = range;
}

/* All of one stream that the peer lacks, as far as the windows allow. */
static void push_stream(struct session *session, struct replica_range *range)
{
	uint64_t known = 0;
	if (session_is_banned(session, session->throttled, &range->author) ||
	    !positions_get(&session->positions, &range->stream, &known)) {
		session->own_due = true;
		return;
	}
	range->first = known + 1;
	range->head_size = is_ours(session, range) ? session->peer_head : 0;
	while (range->first <= range->last) {
		size_t room = session_send_push_room(session);
		if (room == 0 ||
		    session_send_records(session, range, 0, room) != ERR_OK) {
			session->own_due = true;
			return;
		}
		note_sent(session, range);
	}
}

void session_serve_pump(struct session *session)
{
	for (size_t i = 0; i < session->head_asked_count; i++) {
		Qsg__Message *message = session->head_asked[i];
		session->head_asked[i] = NULL;
		answer_head(session, message->head_want);
		canon_free(&message->base);
		if (session->ended != SESSION_LIVES) {
			return;
		}
	}
	session->head_asked_count = 0;
	for (size_t i = 0; i < session->push_count; i++) {
		push_stream(session, &session->pushes[i]);
		if (session->ended != SESSION_LIVES) {
			return;
		}
	}
	session->push_count = 0;
	for (bool some = true; some;) {
		some = false;
		for (size_t i = 0; i < LIMIT_WANTS; i++) {
			struct session_serve *serve = &session->serves[i];
			if (session->ended == SESSION_LIVES && serve->active &&
			    serve_some(session, serve)) {
				some = true;
			}
		}
	}
}

void session_serve_clear(struct session *session)
{
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		Qsg__Message *message = session->head_asked[i];
		if (message != NULL) {
			canon_free(&message->base);
		}
		session->head_asked[i] = NULL;
	}
	session->head_asked_count = 0;
	session->push_count = 0;
	memset(session->serves, 0, sizeof(session->serves));
}
