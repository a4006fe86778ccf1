#include "sync/session_state.h"

#include <string.h>

struct session_want *session_want_of_stream(
    struct session *session, const struct id32 *stream)
{
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		struct session_want *want = &session->wants[i];
		if (want->active && id_equal(&want->range.stream, stream)) {
			return want;
		}
	}
	return NULL;
}

static void release(struct session *session, struct session_want *want)
{
	const struct peer *peer = session_peer(session);
	want->active = false;
	if (peer != NULL) {
		replica_fetching(session->node, peer, &want->range, 0);
	}
}

/* PROTOCOL.md M138: "A peer that lets a Want last a second and gives no record,
 * or 10 seconds and gives less than one a second, MUST NOT be asked for
 * anything for 5 seconds, and for twice as long each time in a row that it gave
 * none, up to 640 seconds." This outlives the session: a peer that offers what
 * it never gives could otherwise keep a stream from all others. */
static void judge(struct session *session, const struct session_want *want)
{
	struct peer *peer = session_peer(session);
	int64_t now = session_now_ms(session);
	int64_t took = now - want->asked_ms;
	uint64_t due = took < SESSION_SLOW_MS ? 0 : 1;
	if (peer == NULL) {
		return;
	}
	if (took >= SESSION_DRIP_MS) {
		due = (uint64_t)took / SESSION_SLOW_MS;
	}
	if (want->got > 0) {
		peer->slow = 0;
	}
	if (want->got >= due) {
		return;
	}
	peer->barred_ms = now + ((int64_t)SESSION_BAR_MS << peer->slow);
	peer->slow += peer->slow < SESSION_BAR_STEPS ? 1u : 0u;
}

void session_want_close(struct session *session, struct session_want *want)
{
	judge(session, want);
	release(session, want);
}

void session_want_hold(struct session *session, struct session_want *want)
{
	want->heard_ms = session_now_ms(session);
	int64_t until = want->heard_ms + SESSION_WANT_MS + SESSION_WANT_MS / 2;
	if (until > want->asked_ms + SESSION_CLAIM_MS) {
		until = want->asked_ms + SESSION_CLAIM_MS;
	}
	replica_fetching(
	    session->node, session_peer(session), &want->range, until);
}

void session_want_got(
    struct session *session, struct session_want *want, uint64_t records)
{
	want->got += records;
	session_want_hold(session, want);
}

bool session_want_room(const struct session *session)
{
	size_t open = 0;
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		open += session->wants[i].active ? 1 : 0;
	}
	return open < LIMIT_WANTS;
}

bool session_want_send(
    struct session *session, const struct replica_range *range)
{
	struct session_want *want = NULL;
	for (size_t i = 0; i < LIMIT_WANTS && want == NULL; i++) {
		want = session->wants[i].active ? NULL : &session->wants[i];
	}
	if (want == NULL) {
		return false;
	}
	want->active = true;
	want->request = ++session->request;
	want->range = *range;
	want->asked_ms = session_now_ms(session);
	want->got = 0;
	if (want->range.last - want->range.first >= LIMIT_WANT_RECORDS) {
		want->range.last = want->range.first + LIMIT_WANT_RECORDS - 1;
	}
	session_want_hold(session, want);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Want body = QSG__WANT__INIT;
	body.author = session_send_data(want->range.author.b, 32);
	body.generation = session_send_data(
	    want->range.generation.b, sizeof(want->range.generation.b));
	body.stream = session_send_data(want->range.stream.b, 32);
	body.first = want->range.first;
	body.last = want->range.last;
	body.head_size = want->range.head_size;
	body.headers_only = want->range.headers_only;
	body.proofs_only = want->range.proofs_only;
	body.request = want->request;
	message.body_case = QSG__MESSAGE__BODY_WANT;
	message.want = &body;
	return session_send_message(session, &message);
}

void session_want_heads(struct session *session)
{
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (!want->active || want->sent) {
			continue;
		}
		Qsg__Message message = QSG__MESSAGE__INIT;
		Qsg__HeadWant body = QSG__HEAD_WANT__INIT;
		body.author = session_send_data(want->author.b, 32);
		body.generation = session_send_data(
		    want->generation.b, sizeof(want->generation.b));
		body.n_sizes = 1;
		body.sizes = &want->size;
		message.body_case = QSG__MESSAGE__BODY_HEAD_WANT;
		message.head_want = &body;
		want->sent = true;
		want->since_ms = session_now_ms(session);
		if (!session_send_message(session, &message)) {
			return;
		}
	}
}

/* PROTOCOL.md M131: "A Want on which nothing has come for 30 seconds MUST be
 * given up, so that its stream can be asked of another peer." */
void session_want_tick(struct session *session)
{
	int64_t now = session_now_ms(session);
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		struct session_want *want = &session->wants[i];
		if (want->active && now - want->heard_ms > SESSION_WANT_MS) {
			session_want_close(session, want);
			session_page_back_off(
			    session, &want->range.stream, false);
		}
	}
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && now - want->since_ms > SESSION_WANT_MS) {
			want->active = false;
		}
	}
}

void session_want_refused(struct session *session, const Qsg__Refuse *refuse)
{
	bool unknown = strcmp(refuse->code, "unknown-stream") == 0;
	for (size_t i = 0; i < LIMIT_WANTS && refuse->request != 0; i++) {
		struct session_want *want = &session->wants[i];
		if (want->active && want->request == refuse->request) {
			session_want_close(session, want);
			session_page_back_off(
			    session, &want->range.stream, unknown);
		}
	}
}

void session_want_undone(struct session *session)
{
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		if (session->wants[i].active) {
			release(session, &session->wants[i]);
		}
	}
}

void session_want_clear(struct session *session)
{
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		if (session->wants[i].active) {
			session_want_close(session, &session->wants[i]);
		}
	}
}
