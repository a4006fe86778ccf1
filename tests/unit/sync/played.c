#include "played.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

void played_advertise(struct pair *pair, uint32_t page, bool with_cursor)
{
	struct pair_side *b = &pair->sides[PAIR_B];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise found = QSG__ADVERTISE__INIT;
	uint64_t next = 0;
	bool more = false;
	ck_assert_int_eq(replica_offers(b->node, peers_get(b->node, b->other),
			     true, 0, &found, &next, &more),
	    ERR_OK);
	found.page = page;
	found.cursor = with_cursor ? next : 0;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &found;
	pair_say(pair, &message);
	replica_free_offers(&found);
}

bool played_wanted(
    struct pair *pair, struct replica_range *range, uint32_t *request)
{
	Qsg__Message *want = pair_heard(pair, PAIR_A, QSG__MESSAGE__BODY_WANT);
	if (want == NULL) {
		return false;
	}
	memset(range, 0, sizeof(*range));
	memcpy(range->author.b, want->want->author.data, 32);
	memcpy(range->generation.b, want->want->generation.data, 8);
	memcpy(range->stream.b, want->want->stream.data, 32);
	range->first = want->want->first;
	range->last = want->want->last;
	range->head_size = want->want->head_size;
	*request = want->want->request;
	canon_free(&want->base);
	return true;
}

void played_answer(struct pair *pair, struct replica_range *range,
    uint32_t request, bool spoil_header)
{
	struct pair_side *b = &pair->sides[PAIR_B];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records records = QSG__RECORDS__INIT;
	uint64_t next = 0;
	ck_assert_int_eq(replica_supply(b->node, peers_get(b->node, b->other),
			     range, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_OK);
	records.request = request;
	if (spoil_header) {
		records.records[0]->header.data[100] ^= 1;
	}
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &records;
	pair_say(pair, &message);
	replica_free_records(&records);
}

void played_refuse(struct pair *pair, uint32_t request, char *code)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Refuse body;
	qsg__refuse__init(&body);
	body.code = code;
	body.request = request;
	message.body_case = QSG__MESSAGE__BODY_REFUSE;
	message.refuse = &body;
	pair_say(pair, &message);
}

void played_pass(struct pair *pair, int64_t ms)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	ack.credit = LIMIT_CREDIT_BYTES;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	for (int64_t end = pair->now_ms + ms; pair->now_ms < end;) {
		pair->now_ms += 500;
		session_tick(pair->sides[PAIR_A].session);
		pair_commit(pair, PAIR_A);
		pair_say(pair, &message);
	}
}

uint32_t played_acked_page(struct pair *pair)
{
	uint32_t page = 0;
	for (;;) {
		Qsg__Message *ack =
		    pair_heard(pair, PAIR_A, QSG__MESSAGE__BODY_ACK);
		if (ack == NULL) {
			return page;
		}
		page = ack->ack->page != 0 ? ack->ack->page : page;
		canon_free(&ack->base);
	}
}
