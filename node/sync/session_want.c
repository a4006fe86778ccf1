#include "sync/session_state.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/*
 * Wants.
 */

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

/* After a failure of a stream: its offers wait longer each time, and are given
 * up for now in the end. */
void session_want_back_off(
    struct session *session, const struct id32 *stream, bool give_up)
{
	int64_t now = session_now_ms(session);
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[p];
		for (size_t i = 0; page->active && i < page->count; i++) {
			struct session_item *item = &page->items[i];
			if (item->done || !id_equal(&item->stream, stream)) {
				continue;
			}
			item->tries++;
			int64_t wait = 2000LL << item->tries;
			item->retry_ms = session_jitter_ms(session, now, wait);
			if (give_up || item->tries >= SESSION_TRIES) {
				item->done = true;
				page->dirty = true;
			}
		}
	}
}

static bool send_want(
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

/*
 * What we remind ourselves of: as if the peer had offered it.
 */

void session_want_remind(
    struct session *session, const struct session_item *what)
{
	struct session_page *page = &session->pages[2];
	if (page->items == NULL) {
		page->items = calloc(SESSION_RETRIES, sizeof(*page->items));
	}
	if (page->items == NULL || page->count == SESSION_RETRIES) {
		return;
	}
	for (size_t i = 0; i < page->count; i++) {
		if (id_equal(&page->items[i].stream, &what->stream)) {
			return;
		}
	}
	struct session_item *item = &page->items[page->count++];
	*item = *what;
	item->since_ms = session_now_ms(session);
	page->active = true;
}

/* Records whose bytes were bad or missing: nobody offers them again. */
static void remind_of_lacking(struct session *session)
{
	struct replica_range range;
	size_t place = 0;
	while (replica_lacking(
	    session->node, session_peer(session), &place, &range)) {
		struct session_item item;
		memset(&item, 0, sizeof(item));
		item.author = range.author;
		item.generation = range.generation;
		item.stream = range.stream;
		item.number = range.last;
		session_want_remind(session, &item);
	}
}

/*
 * The peer's advertisements.
 */

static bool read_offer(const Qsg__Offer *offer, struct session_item *item)
{
	item->number = offer->number;
	return session_copy_id(&offer->author, item->author.b, 32) &&
	       session_copy_id(&offer->generation, item->generation.b,
		   sizeof(item->generation.b)) &&
	       session_copy_id(&offer->stream, item->stream.b, 32) &&
	       session_copy_id(&offer->record, item->record.b, 32) &&
	       offer->number > 0;
}

/* Its number stays, to know a later one by. */
static void drop_page(struct session_page *page)
{
	uint32_t number = page->page;
	free(page->items);
	memset(page, 0, sizeof(*page));
	page->page = number;
}

static void note_offered(
    struct session *session, const struct session_item *item)
{
	uint64_t known = 0;
	/* What it offers of ours it holds. */
	if (id_equal(&item->author, node_id(session->node)) &&
	    (!positions_get(&session->positions, &item->stream, &known) ||
		known < item->number)) {
		positions_set(&session->positions, &item->stream, item->number);
	}
}

void session_want_advertised(
    struct session *session, const Qsg__Advertise *advertise, struct span raw)
{
	struct session_page *page =
	    &session->pages[advertise->cursor != 0 ? 1 : 0];
	/* PROTOCOL.md M122: "An advertisement of more than 512 streams MUST be
	 * answered with Refuse `too-many-offers` and otherwise ignored." */
	if (advertise->n_offers > LIMIT_ADVERTISE) {
		struct session_refusal refusal = { .code = "too-many-offers",
			.reason = "an advertisement of more than 512 streams" };
		session_send_refuse(session, &refusal);
		return;
	}
	if (advertise->page <= page->page) {
		return; /* the network gave it twice, or late */
	}
	size_t count = advertise->n_offers;
	struct session_item *items = calloc(count + 1, sizeof(*items));
	if (items == NULL) {
		return; /* it will be sent again */
	}
	for (size_t i = 0; i < count; i++) {
		if (!read_offer(advertise->offers[i], &items[i])) {
			free(items);
			session_malformed(
			    session, "an offer breaks its rules", raw);
			return;
		}
		items[i].since_ms = session_now_ms(session);
		note_offered(session, &items[i]);
	}
	/* One that is still here was given up by its sender. */
	drop_page(page);
	page->active = true;
	page->page = advertise->page;
	page->cursor = advertise->cursor;
	page->items = items;
	page->count = count;
}

static enum replica_need plan(struct session *session,
    struct session_item *item, struct replica_range *range)
{
	Qsg__Offer offer = QSG__OFFER__INIT;
	offer.author = session_send_data(item->author.b, 32);
	offer.generation =
	    session_send_data(item->generation.b, sizeof(item->generation.b));
	offer.stream = session_send_data(item->stream.b, 32);
	offer.number = item->number;
	offer.record = session_send_data(item->record.b, 32);
	return replica_plan(
	    session->node, session_peer(session), &offer, range);
}

static void plan_item(struct session *session, struct session_page *page,
    struct session_item *item)
{
	struct replica_range range;
	int64_t now = session_now_ms(session);
	memset(&range, 0, sizeof(range));
	bool banned =
	    session_is_banned(session, session->banned, &item->stream);
	if (banned && page == &session->pages[2]) {
		item->done = true; /* another session will see to it */
		return;
	}
	int64_t barred_ms = session_peer(session)->barred_ms;
	if (now < barred_ms) {
		item->retry_ms = session_jitter_ms(session, barred_ms, 1000);
		return;
	}
	enum replica_need need = plan(session, item, &range);
	switch (need) {
	case REPLICA_NOTHING:
	case REPLICA_UNKNOWN:
		item->done = true;
		return;
	case REPLICA_LATER:
		item->retry_ms = session_jitter_ms(session, now + 1000, 1000);
		if (now - item->since_ms > SESSION_LATER_MS) {
			item->done = true;
			page->dirty = true;
		}
		return;
	case REPLICA_WANT:
		break;
	}
	/* PROTOCOL.md M132: "A stream whose records were refused MUST NOT be
	 * asked of the same peer again for 10 minutes." */
	if (banned) {
		item->done = true;
		page->dirty = true;
		return;
	}
	(void)send_want(session, &range);
}

static bool room_for_wants(const struct session *session)
{
	size_t open = 0;
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		open += session->wants[i].active ? 1 : 0;
	}
	return open < LIMIT_WANTS;
}

static void forget_done(struct session_page *page)
{
	size_t kept = 0;
	for (size_t i = 0; i < page->count; i++) {
		if (!page->items[i].done) {
			page->items[kept++] = page->items[i];
		}
	}
	page->count = kept;
	page->active = kept > 0;
}

/* While an offer waits for its time its page would not be acknowledged, and the
 * peer sends no other: what has nothing to do with it would wait as well. A
 * page without a cursor does not need that. */
static bool put_aside(struct session *session, const struct session_page *page)
{
	int64_t now = session_now_ms(session);
	size_t left = 0;
	for (size_t i = 0; i < page->count; i++) {
		const struct session_item *item = &page->items[i];
		if (item->done) {
			continue;
		}
		left++;
		if (item->retry_ms <= now ||
		    session_want_of_stream(session, &item->stream) != NULL) {
			return false;
		}
	}
	if (session->pages[2].count + left > SESSION_RETRIES) {
		return false;
	}
	for (size_t i = 0; i < page->count; i++) {
		if (!page->items[i].done) {
			session_want_remind(session, &page->items[i]);
		}
	}
	return true;
}

static void work_on(struct session *session, struct session_page *page)
{
	int64_t now = session_now_ms(session);
	bool left = false;
	for (size_t i = 0; i < page->count; i++) {
		struct session_item *item = &page->items[i];
		if (item->done) {
			continue;
		}
		if (!room_for_wants(session)) {
			return;
		}
		if (item->retry_ms <= now &&
		    session_want_of_stream(session, &item->stream) == NULL) {
			plan_item(session, page, item);
			if (session->ended != SESSION_LIVES) {
				return;
			}
		}
		left = left || !item->done;
	}
	if (page == &session->pages[2]) {
		forget_done(page);
		return;
	}
	if (left && (page != &session->pages[0] || !put_aside(session, page))) {
		return;
	}
	/* PROTOCOL.md M124: "A node MUST NOT move its cursor past an offer
	 * that it still wants." */
	if (page->cursor != 0 && !page->dirty &&
	    replica_done(session->node, session_peer(session), page->cursor) !=
		ERR_OK) {
		log_line(LOG_WARN, "session", "a cursor was not kept: %s",
		    err_text());
		session->pause_until_ms = now + SESSION_PAUSE_MS;
		return;
	}
	page->finished = true;
}

static void send_head_wants(struct session *session)
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

/* PROTOCOL.md M123: "A node MUST acknowledge an advertisement only when
 * everything that it took because of it is committed." */
static void answer_page(struct session *session, struct session_page *page)
{
	if (page->active && page->finished && !node_staged(session->node)) {
		uint32_t number = page->page;
		drop_page(page);
		session_send_ack(session, number);
	}
}

void session_want_pump(struct session *session)
{
	if (session->ended != SESSION_LIVES ||
	    session_now_ms(session) < session->pause_until_ms) {
		return;
	}
	for (size_t p = 0; p < 2; p++) {
		answer_page(session, &session->pages[p]);
	}
	send_head_wants(session);
	/* The one with a cursor last: it may stage. */
	static const size_t order[SESSION_PAGES] = { 2, 0, 1 };
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[order[p]];
		if (page->active && !page->finished &&
		    session->ended == SESSION_LIVES) {
			work_on(session, page);
		}
	}
	for (size_t p = 0; p < 2 && session->ended == SESSION_LIVES; p++) {
		answer_page(session, &session->pages[p]);
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
			session_want_back_off(
			    session, &want->range.stream, false);
		}
	}
	if (now >= session->lacking_ms) {
		session->lacking_ms = session_jitter_ms(
		    session, now + SESSION_LACKING_MS, SESSION_JITTER_MS);
		remind_of_lacking(session);
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
			session_want_back_off(
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
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[p];
		page->finished = false;
		page->dirty = false;
		for (size_t i = 0; page->active && i < page->count; i++) {
			page->items[i].done = false;
			page->items[i].retry_ms = session->pause_until_ms;
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
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		drop_page(&session->pages[p]);
	}
}
