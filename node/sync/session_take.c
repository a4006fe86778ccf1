#include "sync/session_state.h"

#include "base/log.h"
#include "codec/envelope.h"
#include "ledger/merkle.h"

#include <stdio.h>
#include <string.h>

/* What a Records message is about. */
struct batch {
	struct id32 author;
	struct generation generation;
	struct id32 stream;
	struct session_want *want; /* whose answer it is, or NULL */
};

/* Something before these records, or in them, is missing here. */
static void remind_of_batch(struct session *session, const struct batch *batch,
    const Qsg__Records *records)
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
	session_page_remind(session, &item);
}

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

void session_take_ask_head(struct session *session, const struct id32 *author,
    const struct generation *generation, uint64_t size)
{
	struct session_head_want *room = NULL;
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, author)) {
			return;
		}
		room = want->active ? room : want;
	}
	if (room == NULL) {
		return;
	}
	room->active = true;
	room->sent = false;
	room->since_ms = session_now_ms(session);
	room->author = *author;
	room->generation = *generation;
	room->size = size;
}

static void ask_head(struct session *session, const struct batch *batch,
    const struct replica_taken *taken)
{
	int64_t now = session_now_ms(session);
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		const struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, &batch->author)) {
			return;
		}
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
	if (taken->ours_size <= taken->theirs_size) {
		session_take_ask_head(session, &batch->author,
		    &batch->generation, taken->ours_size);
	}
}

/* Where an answer has got to. Of numbers that are taken already, whose bytes
 * were missing, the records themselves say it. */
static uint64_t reached(const struct session_want *want,
    const Qsg__Records *records, const struct replica_taken *taken)
{
	const Qsg__Record *last = records->records[records->n_records - 1];
	struct header header;
	if (taken->next != 0 && taken->next <= want->range.last) {
		return taken->next;
	}
	if (taken->next == 0 && taken->held < records->n_records) {
		return UINT64_MAX; /* its stream has ended with these */
	}
	enum err err = envelope_get_header(
	    span_of(last->header.data, last->header.len), &header);
	return err == ERR_OK || err == ERR_VERSION ? header.number + 1
	                                           : UINT64_MAX;
}

static void progress(struct session *session, const struct batch *batch,
    const Qsg__Records *records, const struct replica_taken *taken)
{
	struct session_want *want = batch->want;
	if (taken->needs_head) {
		ask_head(session, batch, taken);
	}
	if (want == NULL) {
		return;
	}
	uint64_t next = reached(want, records, taken);
	if (next > want->range.first) {
		want->range.first = next;
		session_want_got(session, want, taken->taken + taken->held);
	}
	if ((taken->needs_head && taken->taken == 0) ||
	    next > want->range.last) {
		session_want_close(session, want);
	}
}

static void failed(struct session *session, const struct batch *batch,
    enum err err, const struct replica_taken *taken)
{
	int64_t now = session_now_ms(session);
	uint32_t request = batch->want != NULL ? batch->want->request : 0;
	if (batch->want != NULL) {
		session_want_close(session, batch->want);
	}
	switch (err) {
	case ERR_FORMAT:
	case ERR_VERIFY:
	case ERR_DENIED:
		session_add_ban(session, session->banned, &batch->stream,
		    now + SESSION_BAN_MS);
		session_page_back_off(session, &batch->stream, true);
		if (taken->needs_head) {
			ask_head(session, batch, taken);
		}
		refuse_batch(session, batch, taken, request);
		return;
	case ERR_LIMIT:
		/* PROTOCOL.md M133: "Records over a quota MUST be answered with
		 * a Throttle that names their author." */
		session_page_back_off(session, &batch->stream, false);
		session_send_throttle(session, &batch->author, taken->reason);
		return;
	case ERR_STATE:
		/* The proof builds on something that never came. */
		session_page_back_off(session, &batch->stream, false);
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

static bool read_batch(
    struct session *session, const Qsg__Records *records, struct batch *out)
{
	memset(out, 0, sizeof(*out));
	if (!session_copy_id(&records->author, out->author.b, 32) ||
	    !session_copy_id(&records->generation, out->generation.b,
		sizeof(out->generation.b)) ||
	    !session_copy_id(&records->stream, out->stream.b, 32) ||
	    records->n_records == 0 ||
	    records->n_records > LIMIT_BATCH_RECORDS ||
	    session_send_bytes(records) > LIMIT_BATCH_BYTES) {
		return false;
	}
	struct session_want *want =
	    session_want_of_stream(session, &out->stream);
	if (want != NULL && want->request == records->request) {
		out->want = want;
	}
	return true;
}

void session_take_records(
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
	progress(session, &batch, records, &taken);
	if (taken.code[0] != '\0') {
		refuse_batch(session, &batch, &taken, 0);
		remind_of_batch(session, &batch, records);
	} else if (batch.want == NULL && taken.taken == 0) {
		remind_of_batch(session, &batch, records);
	}
}

/* Of its own log a peer tells also unasked, so that only what answers a
 * HeadWant ends it. */
static bool answers_want(struct session *session, const Qsg__Head *head,
    const struct id32 *author, bool own)
{
	bool asked = false;
	for (size_t i = 0; i < SESSION_HEADS; i++) {
		struct session_head_want *want = &session->heads[i];
		if (want->active && id_equal(&want->author, author) &&
		    (!own ||
			(head->n_sizes == 1 && head->sizes[0] == want->size))) {
			want->active = false;
			asked = true;
		}
	}
	return asked;
}

/* A head was joined: what of this author had to wait need not any more. */
static void try_again(struct session *session, const struct id32 *author)
{
	for (size_t p = 0; p < SESSION_PAGES; p++) {
		struct session_page *page = &session->pages[p];
		for (size_t i = 0; page->active && i < page->count; i++) {
			if (id_equal(&page->items[i].author, author)) {
				page->items[i].retry_ms = 0;
			}
		}
	}
}

void session_take_head(
    struct session *session, const Qsg__Head *head, struct span raw)
{
	struct id32 author;
	const struct peer *peer = session_peer(session);
	if (!session_copy_id(&head->author, author.b, sizeof(author.b))) {
		session_malformed(session, "a Head breaks its rules", raw);
		return;
	}
	if (head->n_sizes == 0 && head->n_nodes == 0) {
		session_mention_take(session, head);
		return;
	}
	bool own = id_equal(&author, &peer->card.organisation);
	bool asked = answers_want(session, head, &author, own);
	if (!asked && !own) {
		return; /* it would not fit what is held by now */
	}
	enum err err =
	    own ? session_witness_head(session, head)
		: replica_take_head(session->node, session_peer(session), head);
	if (err == ERR_FULL || err == ERR_IO || err == ERR_MEM) {
		session->pause_until_ms =
		    session_now_ms(session) + SESSION_PAUSE_MS;
		return;
	}
	if (err != ERR_OK) {
		char text[LIMIT_REASON_BYTES];
		(void)snprintf(text, sizeof(text), "%s", err_text());
		struct session_refusal refusal = {
			.code = err_name(err), .reason = text, .author = &author
		};
		session_send_refuse(session, &refusal);
		return;
	}
	session_mention_answered(session);
	try_again(session, &author);
}

/* PROTOCOL.md M134: "A Throttle MUST be obeyed for the time it gives, and for
 * no longer than an hour." */
void session_take_throttle(
    struct session *session, const Qsg__Throttle *throttle)
{
	struct id32 author;
	uint64_t wait = throttle->retry_after_ms;
	if (!session_copy_id(&throttle->author, author.b, sizeof(author.b))) {
		return;
	}
	if (wait > SESSION_THROTTLE_MAX_MS) {
		wait = SESSION_THROTTLE_MAX_MS;
	}
	int64_t until = session_now_ms(session) + (int64_t)wait;
	session_add_ban(session, session->throttled, &author, until);
	char text[LIMIT_REASON_BYTES + 32];
	(void)snprintf(text, sizeof(text), "throttled: %s", throttle->reason);
	peers_problem(session_peer(session),
	    clock_wall_ms(node_clock(session->node)), true, text);
}
