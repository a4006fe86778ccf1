#include "sync/session_state.h"

#include "base/log.h"
#include "codec/canon.h"
#include "service/sent.h"

#include <string.h>

/* protobuf-c has no const: what is encoded is only read. */
ProtobufCBinaryData session_send_data(const void *data, size_t size)
{
	ProtobufCBinaryData out = { .len = size, .data = NULL };
	memcpy(&out.data, &data, sizeof(data));
	return out;
}

static char *text_of(const char *text)
{
	char *out = NULL;
	memcpy(&out, &text, sizeof(text));
	return out;
}

static bool put(struct session *session, const Qsg__Message *message)
{
	struct buf bytes = { 0 };
	bool sent = canon_encode(&message->base, &bytes) == ERR_OK;
	if (!sent) {
		log_line(LOG_ERROR, "session", "a message was not sent: %s",
		    err_text());
	} else {
		sent = session->host.send(
		    session->host.context, session->link, buf_span(&bytes));
	}
	if (sent) {
		session->sent_ms = session_now_ms(session);
	} else {
		session_end(session, SESSION_SILENT);
	}
	buf_clear(&bytes);
	return sent;
}

bool session_send_message(struct session *session, Qsg__Message *message)
{
	if (session->ended != SESSION_LIVES) {
		return false;
	}
	message->version = SESSION_VERSION;
	message->from_session = session->ours;
	message->to_session = session->theirs;
	return put(session, message);
}

void session_send_hello(struct session *session)
{
	struct replica_facts facts;
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello = QSG__HELLO__INIT;
	replica_facts(session->node, session_peer(session), &facts);
	hello.lowest_version = SESSION_VERSION;
	hello.highest_version = SESSION_VERSION;
	hello.organisation =
	    session_send_data(facts.self.b, sizeof(facts.self.b));
	hello.card_version = facts.card_version;
	hello.your_card_version = facts.peer_card_version;
	hello.incarnation = session_send_data(facts.incarnation, 16);
	hello.your_incarnation = session_send_data(facts.peer_incarnation, 16);
	hello.cursor = facts.cursor;
	hello.your_head =
	    session_send_data(facts.peer_head.data, facts.peer_head.size);
	hello.my_head =
	    session_send_data(facts.own_head.data, facts.own_head.size);
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	session->hello_due = false;
	session->hello_sent = session_send_message(session, &message);
}

static bool put_card(struct session *session, const struct card *card)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__CardMessage body = QSG__CARD_MESSAGE__INIT;
	body.signed_card =
	    session_send_data(card->signed_bytes.data, card->signed_bytes.size);
	message.body_case = QSG__MESSAGE__BODY_CARD;
	message.card = &body;
	return session_send_message(session, &message);
}

void session_send_card(struct session *session)
{
	const struct card *card = node_card(session->node);
	if (session->ended != SESSION_LIVES ||
	    session->card_told >= card->fields->version) {
		return;
	}
	if (put_card(session, card)) {
		session->card_told = card->fields->version;
	}
}

/* PROTOCOL.md M234: "A node whose peer names in its Hello a lower version of
 * the peer's own card than the node holds MUST send it that card." */
void session_send_card_back(struct session *session)
{
	const struct card *card = peers_keys(session_peer(session));
	if (session->ended != SESSION_LIVES ||
	    session->their_card >= card->fields->version) {
		return;
	}
	if (put_card(session, card)) {
		session->their_card = card->fields->version;
	}
}

void session_send_ack(struct session *session, uint32_t page)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	/* PROTOCOL.md M136: "While its own disk fails, a node MUST NOT
	 * acknowledge records." */
	if (session_now_ms(session) >= session->pause_until_ms) {
		session->told = session->received;
	} else if (page == 0 && !session->ack_due) {
		return;
	}
	ack.page = page;
	ack.cursor = session_peer(session)->cursor;
	ack.credit = LIMIT_CREDIT_BYTES;
	ack.received = session->told;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	session->ack_due = false;
	(void)session_send_message(session, &message);
}

void session_send_refuse(
    struct session *session, const struct session_refusal *refusal)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Refuse refuse;
	qsg__refuse__init(&refuse);
	refuse.code = text_of(refusal->code);
	refuse.reason = text_of(refusal->reason);
	refuse.request = refusal->request;
	if (refusal->author != NULL) {
		refuse.author = session_send_data(refusal->author->b, 32);
	}
	if (refusal->stream != NULL) {
		refuse.stream = session_send_data(refusal->stream->b, 32);
	}
	message.body_case = QSG__MESSAGE__BODY_REFUSE;
	message.refuse = &refuse;
	(void)session_send_message(session, &message);
}

void session_send_hello_refused(struct session *session,
    const Qsg__Message *refused, const char *code, const char *reason)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Refuse refuse;
	qsg__refuse__init(&refuse);
	if (session->ended != SESSION_LIVES) {
		return;
	}
	refuse.code = text_of(code);
	refuse.reason = text_of(reason);
	refuse.from_session = refused->from_session;
	refuse.to_session = refused->to_session;
	message.version = SESSION_VERSION;
	message.to_session = refused->from_session;
	message.body_case = QSG__MESSAGE__BODY_REFUSE;
	message.refuse = &refuse;
	(void)put(session, &message);
}

void session_send_no_session(
    struct session *session, const Qsg__Message *refused)
{
	session_send_hello_refused(
	    session, refused, "no-session", "no such session here");
}

void session_send_throttle(
    struct session *session, const struct id32 *author, const char *reason)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Throttle throttle;
	qsg__throttle__init(&throttle);
	throttle.author = session_send_data(author->b, sizeof(author->b));
	throttle.retry_after_ms = SESSION_THROTTLE_MS;
	throttle.reason = text_of(reason);
	message.body_case = QSG__MESSAGE__BODY_THROTTLE;
	message.throttle = &throttle;
	(void)session_send_message(session, &message);
}

/*
 * Flow control.
 */

static uint64_t in_flight(const struct session *session)
{
	return session->sent - session->acked - session->lost;
}

static uint64_t pushed(const struct session *session)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < session->mark_count; i++) {
		sum += session->marks[i].bytes;
	}
	return sum;
}

/* PROTOCOL.md M128: "A node MUST NOT have more bytes of records sent and not
 * acknowledged than the credit its peer gave last." */
size_t session_send_room(const struct session *session)
{
	uint64_t used = in_flight(session);
	if (session->credit < used + (uint64_t)LIMIT_RECORD_BYTES) {
		return 0;
	}
	uint64_t room = session->credit - used;
	return room > LIMIT_BATCH_BYTES ? LIMIT_BATCH_BYTES : (size_t)room;
}

/* PROTOCOL.md M129: "A node MUST NOT have more than 524,288 bytes of records
 * pushed and not acknowledged." */
size_t session_send_push_room(const struct session *session)
{
	size_t room = session_send_room(session);
	uint64_t used = pushed(session);
	if (session->mark_count == SESSION_PUSH_MARKS ||
	    used + (uint64_t)LIMIT_RECORD_BYTES > (uint64_t)LIMIT_PUSH_BYTES) {
		return 0;
	}
	uint64_t left = LIMIT_PUSH_BYTES - used;
	return room < left ? room : (size_t)left;
}

uint64_t session_send_bytes(const Qsg__Records *records)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < records->n_records; i++) {
		const Qsg__Record *record = records->records[i];
		sum +=
		    record->header.len + record->slots.len + record->body.len;
	}
	return sum;
}

static void count_sent(struct session *session, uint64_t bytes, bool push)
{
	if (in_flight(session) == 0) {
		session->progress_ms = session_now_ms(session);
	}
	session->sent += bytes;
	if (push) {
		session->marks[session->mark_count].end = session->sent;
		session->marks[session->mark_count].bytes = bytes;
		session->mark_count++;
	}
}

enum err session_send_records(struct session *session,
    struct replica_range *range, uint32_t request, size_t room)
{
	const struct peer *peer = session_peer(session);
	for (size_t size = room; size > 0; size /= 2) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		Qsg__Records records = QSG__RECORDS__INIT;
		struct replica_range asked = *range;
		uint64_t next = range->first;
		enum err err = replica_supply(
		    session->node, peer, &asked, size, &records, &next);
		if (err != ERR_OK) {
			return err;
		}
		if (records.n_records == 0 || next <= range->first) {
			replica_free_records(&records);
			return err_set(ERR_NOTFOUND, "nothing to supply");
		}
		records.request = request;
		message.body_case = QSG__MESSAGE__BODY_RECORDS;
		message.records = &records;
		message.from_session = session->ours;
		message.to_session = session->theirs;
		/* The proof may make it too large: then fewer records. */
		bool fits =
		    protobuf_c_message_get_packed_size(&message.base) + 16 <=
		    LIMIT_MESSAGE_BYTES;
		uint64_t bytes = session_send_bytes(&records);
		bool sent = fits && session_send_message(session, &message);
		replica_free_records(&records);
		if (sent) {
			count_sent(session, bytes, request == 0);
			sent_note(session->node, session->org, range, next - 1);
			range->first = next;
			range->head_size = asked.head_size;
			return ERR_OK;
		}
		if (fits) {
			break;
		}
	}
	return err_set(ERR_LIMIT, "the records were not sent");
}

static void forget_marks(struct session *session, uint64_t upto)
{
	size_t done = 0;
	while (done < session->mark_count && session->marks[done].end <= upto) {
		done++;
	}
	session->mark_count -= done;
	memmove(session->marks, session->marks + done,
	    session->mark_count * sizeof(session->marks[0]));
}

void session_send_acked(struct session *session, const Qsg__Ack *ack)
{
	if (ack->received > session->sent) {
		return; /* of something never sent: worth nothing */
	}
	session->credit =
	    ack->credit < LIMIT_CREDIT_MAX ? ack->credit : LIMIT_CREDIT_MAX;
	if (ack->received <= session->acked) {
		return;
	}
	session->acked = ack->received;
	session->progress_ms = session_now_ms(session);
	if (session->lost > session->sent - session->acked) {
		session->lost = session->sent - session->acked;
	}
	forget_marks(session, session->acked + session->lost);
}

void session_send_tick(struct session *session)
{
	if (in_flight(session) == 0) {
		return;
	}
	int64_t quiet = session_now_ms(session) - session->progress_ms;
	if (quiet > SESSION_LOST_MS) {
		session->lost = session->sent - session->acked;
		session->mark_count = 0;
		session->progress_ms = session_now_ms(session);
	}
}
