#include "sync/session_state.h"

#include "base/log.h"
#include "service/withheld.h"

#include <stdlib.h>
#include <string.h>

void session_page_back_off(
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

/*
 * What we remind ourselves of: as if the peer had offered it.
 */

void session_page_remind(
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
		session_page_remind(session, &item);
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
	const struct peer *peer = session_peer(session);
	if (id_equal(&item->author, &peer->card.organisation)) {
		withheld_offered(
		    session->node, peer, &item->stream, item->number);
	}
	/* What it offers of ours it holds. */
	if (id_equal(&item->author, node_id(session->node)) &&
	    (!positions_get(&session->positions, &item->stream, &known) ||
		known < item->number)) {
		positions_set(&session->positions, &item->stream, item->number);
	}
}

void session_page_advertised(
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
	(void)session_want_send(session, &range);
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
			session_page_remind(session, &page->items[i]);
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
		if (!session_want_room(session)) {
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

void session_page_pump(struct session *session)
{
	if (session->ended != SESSION_LIVES ||
	    session_now_ms(session) < session->pause_until_ms) {
		return;
	}
	for (size_t p = 0; p < 2; p++) {
		answer_page(session, &session->pages[p]);
	}
	session_want_heads(session);
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

void session_page_tick(struct session *session)
{
	int64_t now = session_now_ms(session);
	if (now >= session->lacking_ms) {
		session->lacking_ms = session_jitter_ms(
		    session, now + SESSION_LACKING_MS, SESSION_JITTER_MS);
		remind_of_lacking(session);
	}
}

void session_page_undone(struct session *session)
{
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

void session_page_clear(struct session *session)
{
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		drop_page(&session->pages[p]);
	}
}
