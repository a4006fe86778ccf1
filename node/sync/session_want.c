#include "sync/session_state.h"

#include "base/log.h"
#include "codec/envelope.h"
#include "ledger/merkle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t wall_ms(const struct session *session)
{
	return clock_wall_ms(node_clock(session->node));
}

static bool copy_id(const ProtobufCBinaryData *data, void *out, size_t size)
{
	if (data->len != size) {
		return false;
	}
	memcpy(out, data->data, size);
	return true;
}

static ProtobufCBinaryData data_of(uint8_t *data, size_t size)
{
	return (ProtobufCBinaryData){ .len = size, .data = data };
}

/*
 * Wants.
 */

static struct session_want *want_of_stream(
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

static void close_want(struct session *session, struct session_want *want)
{
	const struct peer *peer = session_peer(session);
	want->active = false;
	if (peer != NULL) {
		replica_fetching(session->node, peer, &want->range, 0);
	}
}

static void hold_stream(struct session *session, struct session_want *want)
{
	want->heard_ms = session_now_ms(session);
	replica_fetching(session->node, session_peer(session), &want->range,
	    want->heard_ms + SESSION_WANT_MS + SESSION_WANT_MS / 2);
}

/* After a failure of a stream: its offers wait longer each time, and are given
 * up for now in the end. */
static void back_off(
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
	if (want->range.last - want->range.first >= LIMIT_WANT_RECORDS) {
		want->range.last = want->range.first + LIMIT_WANT_RECORDS - 1;
	}
	hold_stream(session, want);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Want body = QSG__WANT__INIT;
	body.author = data_of(want->range.author.b, 32);
	body.generation = data_of(
	    want->range.generation.b, sizeof(want->range.generation.b));
	body.stream = data_of(want->range.stream.b, 32);
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

/* What a Records message is about. */
struct batch {
	struct id32 author;
	struct generation generation;
	struct id32 stream;
	struct session_want *want; /* whose answer it is, or NULL */
};

/*
 * What we remind ourselves of: as if the peer had offered it.
 */

static void remind(struct session *session, const struct session_item *what)
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

/* Something before these records, or in them, is missing here. */
static void remind_of_batch(struct session *session,
    const struct batch *batch, const Qsg__Records *records)
{
	const Qsg__Record *last = records->records[records->n_records - 1];
	struct span bytes = { last->header.data, last->header.len };
	struct session_item item;
	struct header header;
	enum err err = envelope_get_header(bytes, &header);
	if (err != ERR_OK && err != ERR_VERSION) {
		return;
	}
	memset(&item, 0, sizeof(item));
	item.author = batch->author;
	item.generation = batch->generation;
	item.stream = batch->stream;
	item.number = header.number;
	merkle_leaf(bytes, &item.record);
	remind(session, &item);
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
		remind(session, &item);
	}
}

/*
 * The peer's advertisements.
 */

static bool read_offer(const Qsg__Offer *offer, struct session_item *item)
{
	item->number = offer->number;
	return copy_id(&offer->author, item->author.b, 32) &&
	    copy_id(&offer->generation, item->generation.b,
		sizeof(item->generation.b)) &&
	    copy_id(&offer->stream, item->stream.b, 32) &&
	    copy_id(&offer->record, item->record.b, 32) && offer->number > 0;
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
		positions_set(
		    &session->positions, &item->stream, item->number);
	}
}

void session_want_advertised(struct session *session,
    const Qsg__Advertise *advertise, struct span raw)
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
	offer.author = data_of(item->author.b, 32);
	offer.generation =
	    data_of(item->generation.b, sizeof(item->generation.b));
	offer.stream = data_of(item->stream.b, 32);
	offer.number = item->number;
	offer.record = data_of(item->record.b, 32);
	return replica_plan(
	    session->node, session_peer(session), &offer, range);
}

static void plan_item(struct session *session, struct session_page *page,
    struct session_item *item)
{
	struct replica_range range;
	int64_t now = session_now_ms(session);
	memset(&range, 0, sizeof(range));
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
	if (session_is_banned(session, session->banned, &item->stream)) {
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
		    want_of_stream(session, &item->stream) == NULL) {
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
	if (left) {
		return;
	}
	/* PROTOCOL.md M124: "A node MUST NOT move its cursor past an offer
	 * that it still wants." */
	if (page->cursor != 0 && !page->dirty &&
	    replica_done(session->node, session_peer(session),
		page->cursor) != ERR_OK) {
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
		body.author = data_of(want->author.b, 32);
		body.generation = data_of(
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
			close_want(session, want);
			back_off(session, &want->range.stream, false);
		}
	}
	if (now >= session->lacking_ms) {
		session->lacking_ms =
		    session_jitter_ms(session, now + SESSION_LACKING_MS,
			SESSION_JITTER_MS);
		remind_of_lacking(session);
	}
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && now - want->since_ms > SESSION_WANT_MS) {
			want->active = false;
		}
	}
}

/*
 * Records.
 */

static void refuse_batch(struct session *session, const struct batch *batch,
    const struct replica_taken *taken, uint32_t request)
{
	struct session_refusal refusal = { .code = taken->code,
		.reason = taken->reason,
		.request = request,
		.author = &batch->author,
		.stream = &batch->stream };
	session_send_refuse(session, &refusal);
}

static void ask_head(struct session *session, const struct batch *batch,
    const struct replica_taken *taken)
{
	int64_t now = session_now_ms(session);
	struct session_head_want *room = NULL;
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, &batch->author)) {
			return;
		}
		room = want->active ? room : want;
	}
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[p];
		for (size_t i = 0; page->active && i < page->count; i++) {
			struct session_item *item = &page->items[i];
			if (id_equal(&item->stream, &batch->stream)) {
				item->retry_ms = now + SESSION_HELLO_MS;
			}
		}
	}
	/* A peer whose head is older than ours cannot join the two. */
	if (room == NULL || taken->ours_size > taken->theirs_size) {
		return;
	}
	room->active = true;
	room->sent = false;
	room->since_ms = now;
	room->author = batch->author;
	room->generation = batch->generation;
	room->size = taken->ours_size;
}

static void progress(struct session *session, const struct batch *batch,
    const struct replica_taken *taken)
{
	struct session_want *want = batch->want;
	if (taken->needs_head) {
		ask_head(session, batch, taken);
	}
	if (want == NULL) {
		return;
	}
	if ((taken->needs_head && taken->taken == 0) || taken->next == 0 || taken->next > want->range.last) {
		close_want(session, want);
		return;
	}
	if (taken->next > want->range.first) {
		want->range.first = taken->next;
		hold_stream(session, want);
	}
}

static void failed(struct session *session, const struct batch *batch,
    enum err err, const struct replica_taken *taken)
{
	int64_t now = session_now_ms(session);
	uint32_t request = batch->want != NULL ? batch->want->request : 0;
	if (batch->want != NULL) {
		close_want(session, batch->want);
	}
	switch (err) {
	case ERR_FORMAT:
	case ERR_VERIFY:
	case ERR_DENIED:
		session_add_ban(session, session->banned, &batch->stream,
		    now + SESSION_BAN_MS);
		back_off(session, &batch->stream, true);
		refuse_batch(session, batch, taken, request);
		return;
	case ERR_LIMIT:
		/* PROTOCOL.md M133: "Records over a quota MUST be answered with
		 * a Throttle that names their author." */
		back_off(session, &batch->stream, false);
		session_send_throttle(
		    session, &batch->author, taken->reason);
		return;
	case ERR_STATE:
		/* The proof builds on something that never came. */
		back_off(session, &batch->stream, false);
		return;
	case ERR_OK:
	case ERR_USAGE:
	case ERR_INPUT:
	case ERR_VERSION:
	case ERR_NOTFOUND:
	case ERR_AMBIGUOUS:
	case ERR_EXISTS:
	case ERR_BUSY:
	case ERR_FULL:
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_NET:
	case ERR_MEM:
	case ERR_CRYPTO:
	case ERR_COUNT:
		log_line(LOG_WARN, "session", "records were not kept: %s",
		    err_text());
		session->pause_until_ms = now + SESSION_PAUSE_MS;
		return;
	}
}

static bool read_batch(struct session *session,
    const Qsg__Records *records, struct batch *out)
{
	memset(out, 0, sizeof(*out));
	if (!copy_id(&records->author, out->author.b, 32) ||
	    !copy_id(&records->generation, out->generation.b,
		sizeof(out->generation.b)) ||
	    !copy_id(&records->stream, out->stream.b, 32) ||
	    records->n_records == 0 ||
	    records->n_records > LIMIT_BATCH_RECORDS ||
	    session_send_bytes(records) > LIMIT_BATCH_BYTES) {
		return false;
	}
	struct session_want *want = want_of_stream(session, &out->stream);
	if (want != NULL && want->request == records->request) {
		out->want = want;
	}
	return true;
}

void session_want_records(
    struct session *session, const Qsg__Records *records, struct span raw)
{
	struct batch batch;
	struct replica_taken taken;
	if (!read_batch(session, records, &batch)) {
		session_malformed(session, "Records break their rules", raw);
		return;
	}
	uint64_t bytes = session_send_bytes(records);
	int64_t now = session_now_ms(session);
	bool paused = now < session->pause_until_ms;
	/* PROTOCOL.md M137: "Records beyond twice the credit given MUST be
	 * dropped and answered with Refuse `over-credit`." */
	if (session->received + bytes - session->told >
	    2ULL * LIMIT_CREDIT_BYTES) {
		struct session_refusal refusal = { .code = "over-credit",
			.reason = "more records than the credit given" };
		if (!paused) {
			session_send_refuse(session, &refusal);
		}
		return;
	}
	session->received += bytes;
	session->figures.records_in += records->n_records;
	memset(&taken, 0, sizeof(taken));
	enum err err = replica_take(
	    session->node, session_peer(session), records, raw, &taken);
	if (err != ERR_OK) {
		failed(session, &batch, err, &taken);
		if (err == ERR_STATE) {
			remind_of_batch(session, &batch, records);
		}
		return;
	}
	progress(session, &batch, &taken);
	if (taken.code[0] != '\0') {
		refuse_batch(session, &batch, &taken, 0);
	} else if (batch.want == NULL && taken.taken == 0) {
		remind_of_batch(session, &batch, records);
	}
}

void session_want_head(
    struct session *session, const Qsg__Head *head, struct span raw)
{
	struct id32 author;
	bool asked = false;
	if (!copy_id(&head->author, author.b, sizeof(author.b))) {
		session_malformed(session, "a Head breaks its rules", raw);
		return;
	}
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, &author)) {
			want->active = false;
			asked = true;
		}
	}
	if (!asked) {
		return; /* it would not fit what is held by now */
	}
	enum err err =
	    replica_take_head(session->node, session_peer(session), head);
	if (err == ERR_FULL || err == ERR_IO || err == ERR_MEM) {
		session->pause_until_ms =
		    session_now_ms(session) + SESSION_PAUSE_MS;
		return;
	}
	if (err != ERR_OK) {
		char text[LIMIT_REASON_BYTES];
		snprintf(text, sizeof(text), "%s", err_text());
		struct session_refusal refusal = { .code = err_name(err),
			.reason = text,
			.author = &author };
		session_send_refuse(session, &refusal);
		return;
	}
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[p];
		for (size_t i = 0; page->active && i < page->count; i++) {
			if (id_equal(&page->items[i].author, &author)) {
				page->items[i].retry_ms = 0;
			}
		}
	}
}

void session_want_refused(struct session *session, const Qsg__Refuse *refuse)
{
	bool unknown = strcmp(refuse->code, "unknown-stream") == 0;
	for (size_t i = 0; i < LIMIT_WANTS && refuse->request != 0; i++) {
		struct session_want *want = &session->wants[i];
		if (want->active && want->request == refuse->request) {
			close_want(session, want);
			back_off(session, &want->range.stream, unknown);
		}
	}
}

/* PROTOCOL.md M134: "A Throttle MUST be obeyed for the time it gives, and for
 * no longer than an hour." */
void session_want_throttled(
    struct session *session, const Qsg__Throttle *throttle)
{
	struct id32 author;
	uint64_t wait = throttle->retry_after_ms;
	if (!copy_id(&throttle->author, author.b, sizeof(author.b))) {
		return;
	}
	if (wait > SESSION_THROTTLE_MAX_MS) {
		wait = SESSION_THROTTLE_MAX_MS;
	}
	int64_t until = session_now_ms(session) + (int64_t)wait;
	session_add_ban(session, session->throttled, &author, until);
	char text[LIMIT_REASON_BYTES + 32];
	snprintf(text, sizeof(text), "throttled: %s", throttle->reason);
	peers_problem(session_peer(session), wall_ms(session), true, text);
}

void session_want_undone(struct session *session)
{
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		if (session->wants[i].active) {
			close_want(session, &session->wants[i]);
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
			close_want(session, &session->wants[i]);
		}
	}
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		drop_page(&session->pages[p]);
	}
}
