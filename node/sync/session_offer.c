#include "sync/session_state.h"

#include <stdlib.h>
#include <string.h>

/* Pages whose streams the peer has all been sent already, in one go. */
enum { EMPTY_PAGES = 16 };

void session_offer_start(struct session *session, uint64_t their_cursor)
{
	session->own_cursor = their_cursor;
	session->their_cursor = their_cursor;
	session->pass_cursor = their_cursor;
	session->handed = their_cursor;
	session->own_due = true;
	session_offer_soon(session);
}

/* PROTOCOL.md M135: "After a stream that a peer may read has grown, a node MUST
 * begin to advertise everything that changed since the peer's cursor within 30
 * seconds." */
void session_offer_soon(struct session *session)
{
	int64_t now = session_now_ms(session);
	if (session->pass_due_ms == 0 ||
	    session->pass_due_ms > now + SESSION_JITTER_MS) {
		session->pass_due_ms =
		    session_jitter_ms(session, now, SESSION_JITTER_MS);
	}
}

static void forget_page(struct session_out_page *out)
{
	free(out->offered);
	memset(out, 0, sizeof(*out));
}

void session_offer_clear(struct session *session)
{
	forget_page(&session->plain);
	forget_page(&session->marked);
}

static bool has_already(const struct session *session, const Qsg__Offer *offer)
{
	struct id32 stream;
	uint64_t number = 0;
	memcpy(stream.b, offer->stream.data, sizeof(stream.b));
	return positions_get(&session->positions, &stream, &number) &&
	       number >= offer->number;
}

/* Send the offers of `found`, all or those that are news to the peer. False
 * when none is. */
static bool send_page(struct session *session, struct session_out_page *out,
    const Qsg__Advertise *found, uint64_t cursor, bool only_news)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise page = QSG__ADVERTISE__INIT;
	size_t count = found->n_offers;
	Qsg__Offer **offers = calloc(count + 1, sizeof(Qsg__Offer *));
	struct position *offered = calloc(count + 1, sizeof(*offered));
	if (offers == NULL || offered == NULL) {
		free(offers);
		free(offered);
		return false;
	}
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		Qsg__Offer *offer = found->offers[i];
		if (only_news && has_already(session, offer)) {
			continue;
		}
		memcpy(offered[kept].stream.b, offer->stream.data, 32);
		offered[kept].number = offer->number;
		offers[kept++] = offer;
	}
	if (kept > 0) {
		session->page++;
		page.page = session->page;
		page.cursor = cursor;
		page.n_offers = kept;
		page.offers = offers;
		message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
		message.advertise = &page;
		(void)session_send_message(session, &message);
	}
	free(offers);
	if (kept == 0 || session->ended != SESSION_LIVES) {
		free(offered);
		return kept > 0;
	}
	out->waiting = true;
	out->page = session->page;
	out->sent_ms = session_now_ms(session);
	out->offered = offered;
	out->offered_count = kept;
	if (cursor > session->handed) {
		session->handed = cursor;
	}
	return true;
}

static void advertise_own(struct session *session)
{
	struct session_out_page *out = &session->plain;
	for (size_t i = 0; i < EMPTY_PAGES && session->own_due; i++) {
		/* PROTOCOL.md M120: "An advertisement MUST name only streams
		 * whose audience holds both its sender and its receiver." */
		Qsg__Advertise found = QSG__ADVERTISE__INIT;
		uint64_t next = session->own_cursor;
		bool more = false;
		if (replica_offers(session->node, session_peer(session), true,
			session->own_cursor, &found, &next, &more) != ERR_OK) {
			return;
		}
		bool sent = send_page(session, out, &found, 0, true);
		replica_free_offers(&found);
		session->own_due = more;
		if (sent) {
			out->full = false;
			out->next = next;
			out->more = more;
			return;
		}
		session->own_cursor = next;
	}
}

static void end_pass(struct session *session)
{
	int64_t now = session_now_ms(session);
	session->pass_active = false;
	if (session->pass_dirty) {
		/* The peer gave up on something: offer it again, later. */
		int64_t half = SESSION_BAN_MS / 2;
		int64_t due = session_jitter_ms(session, now + half, half);
		if (session->pass_due_ms == 0 || session->pass_due_ms > due) {
			session->pass_due_ms = due;
		}
	}
}

static void advertise_all(struct session *session)
{
	/* What follows an offer that the peer gave up must not move its cursor
	 * past that. */
	bool dirty = session->pass_dirty;
	struct session_out_page *out =
	    dirty ? &session->plain : &session->marked;
	Qsg__Advertise found = QSG__ADVERTISE__INIT;
	uint64_t next = session->pass_cursor;
	bool more = false;
	if (out->waiting) {
		return;
	}
	if (replica_offers(session->node, session_peer(session), false,
		session->pass_cursor, &found, &next, &more) != ERR_OK) {
		end_pass(session);
		return;
	}
	bool sent = send_page(session, out, &found, dirty ? 0 : next, false);
	replica_free_offers(&found);
	if (!sent) {
		end_pass(session);
		return;
	}
	out->full = true;
	out->next = next;
	out->more = more;
}

/* PROTOCOL.md M121: "In a session a node MUST NOT have more than one
 * advertisement with a cursor and one without waiting for an answer." */
void session_offer_pump(struct session *session)
{
	if (session->ended != SESSION_LIVES) {
		return;
	}
	if (session->own_due && !session->plain.waiting) {
		advertise_own(session);
	}
	int64_t now = session_now_ms(session);
	bool idle = !session->pass_active && !session->marked.waiting;
	if (idle && session->pass_due_ms != 0 && now >= session->pass_due_ms) {
		session->pass_due_ms = 0;
		session->pass_active = true;
		session->pass_dirty = false;
		session->pass_cursor = session->their_cursor;
	}
	if (session->pass_active && !session->marked.waiting &&
	    session->ended == SESSION_LIVES) {
		advertise_all(session);
	}
}

static void answered(struct session *session, struct session_out_page *out)
{
	for (size_t i = 0; i < out->offered_count; i++) {
		const struct position *offered = &out->offered[i];
		uint64_t known = 0;
		if (!positions_get(
			&session->positions, &offered->stream, &known) ||
		    known < offered->number) {
			positions_set(&session->positions, &offered->stream,
			    offered->number);
		}
	}
	bool more = out->more;
	bool full = out->full;
	uint64_t next = out->next;
	forget_page(out);
	if (!full) {
		session->own_cursor = next;
		session->own_due = session->own_due || more;
		return;
	}
	session->pass_cursor = next;
	if (!more) {
		end_pass(session);
	}
}

/* Our own at once, unless that was done just now; the pass that follows has
 * them too. */
static void go_back(struct session *session, uint64_t cursor)
{
	int64_t now = session_now_ms(session);
	session_offer_soon(session);
	if (now >= session->back_ms) {
		session->back_ms = now + SESSION_BACK_MS;
		session->own_cursor = cursor;
		session->own_due = true;
	}
}

void session_offer_acked(struct session *session, const Qsg__Ack *ack)
{
	bool stale = ack->received < session->acked;
	struct session_out_page *out = NULL;
	if (session->plain.waiting && session->plain.page == ack->page) {
		out = &session->plain;
	} else if (session->marked.waiting &&
		   session->marked.page == ack->page) {
		out = &session->marked;
	}
	if (!stale && ack->cursor <= session->handed) {
		if (ack->cursor < session->their_cursor) {
			/* It went back, for an author it newly knows. */
			go_back(session, ack->cursor);
		}
		session->their_cursor = ack->cursor;
	}
	if (out == NULL) {
		return;
	}
	if (out == &session->marked && session->their_cursor < out->next) {
		session->pass_dirty = true;
	}
	answered(session, out);
}

static bool is_serving(const struct session *session)
{
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		if (session->serves[i].active) {
			return true;
		}
	}
	return false;
}

/* The peer works on it, or it was lost: then it is made anew. */
static bool is_lost(
    const struct session *session, const struct session_out_page *out)
{
	return out->waiting &&
	       session_now_ms(session) - out->sent_ms > SESSION_PAGE_MS &&
	       !is_serving(session);
}

void session_offer_tick(struct session *session)
{
	if (is_lost(session, &session->plain)) {
		session->own_due = session->own_due || !session->plain.full;
		forget_page(&session->plain);
	}
	if (is_lost(session, &session->marked)) {
		forget_page(&session->marked);
	}
}
