#include "filling.h"

#include "asking.h"

#include "codec/canon.h"
#include "service/drafting.h"
#include "service/receipts.h"
#include "service/release.h"
#include "store/delivery.h"

#include <stdio.h>

#define HOME (&asking_fixture)
#define RECORDS 5000u

static struct node *node(size_t at)
{
	return HOME->nodes[at];
}

void filling_pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(HOME, to, from, &taken));
}

static void write_some(size_t at, unsigned readers, unsigned count)
{
	struct id32 record;

	for (unsigned i = 0; i < count; i++) {
		char text[32];

		(void)snprintf(text, sizeof text, "%u of %zu", i, at);
		OK(fixture_share(HOME, at, readers, text, &record));
	}
	OK(node_commit(node(at)));
}

static void rename_to(Qsg__Card *card, void *context)
{
	card->version = 9;
	card->name[0] = *(const char *)context;
}

/* Two cards of one version, of which the first waits for a person. */
static void contradict(size_t of, const char *first, const char *second)
{
	const char *letters[] = { first, second };

	for (size_t i = 0; i < 2; i++) {
		char letter = *letters[i];
		enum peers_outcome outcome = PEERS_SAME;
		struct buf card = { 0 };

		fixture_claim_card(HOME, of, rename_to, &letter, &card);
		FAILS(peers_take_card(node(0), buf_span(&card), &outcome),
		    i == 0 ? ERR_OK : ERR_STATE);
		OK(node_commit(node(0)));
		buf_clear(&card);
	}
}

void filling_reject(size_t of, unsigned count)
{
	uint8_t bytes[300];

	for (unsigned i = 0; i < count; i++) {
		size_t size = 1 + rng_below(&HOME->rng, sizeof bytes - 1);

		OK(state_begin(node(0)));
		rng_fill(&HOME->rng, bytes, size);
		replica_reject(node(0), fixture_peer(HOME, 0, of), "malformed",
		    "no message at all", span_of(bytes, size));
	}
	OK(node_commit(node(0)));
}

static void receipts(void)
{
	HOME->now_ms += RECEIPTS_INTERVAL_MS;
	for (size_t i = 0; i < 3; i++) {
		receipts_tick(node(i));
		OK(node_commit(node(i)));
	}
	filling_pull(0, 1);
	filling_pull(0, 2);
	filling_pull(1, 0);
	filling_pull(2, 0);
}

/* Node 0 cosigns the newest head of another. */
static void cosign(size_t of)
{
	struct witness_head head;
	struct witness_heard heard;

	HOME->now_ms += WITNESS_INTERVAL_S * 1000LL;
	witness_tick(node(of));
	OK(node_commit(node(of)));
	filling_pull(0, of);
	OK(witness_make_head(node(of), node_head(node(of))->size, &head));
	OK(witness_take_head(
	    node(0), fixture_peer(HOME, 0, of), &head.head, &heard));
	ck_assert(heard.cosigned);
	witness_clear_head(&head);
	OK(node_commit(node(0)));
}

static void note_sent(size_t to)
{
	struct delivery_sent row = { .org = fixture_org(HOME, 0, to),
		.sent_ms = HOME->now_ms };

	OK(state_begin(node(0)));
	for (size_t i = 0; i < node(0)->stream_count; i++) {
		const struct state_stream *stream = &node(0)->streams[i];

		if (state_log(node(0), stream->row.log)->org == 1 &&
		    state_reads(stream, node_id(node(to)))) {
			row.stream = stream->row.stream;
			row.last = 1;
			OK(delivery_add_sent(node(0)->db, &row));
			row.last = stream->row.state.taken;
			row.sent_ms++;
			OK(delivery_add_sent(node(0)->db, &row));
		}
	}
	OK(node_commit(node(0)));
}

void filling_draft(const char *text)
{
	int64_t readers[] = { 2 };
	const struct submit_audience audience = { .readers = readers,
		.count = 1 };
	Qsg__Payload payload;
	Qsg__Intelligence item;
	struct id32 record;
	int64_t number = 0;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.text = canon_lend(text);
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(drafting_submit_to(node(0), &audience, &payload, &record, &number));
	ck_assert_int_gt(number, 0);
	OK(node_commit(node(0)));
}

/* Two that wait for a second person, and one that is let go. */
static void release(void)
{
	static const char *const to[] = { "01X" };
	Qsg__Intelligence item;
	struct share_request request = { .to = to,
		.to_count = 1,
		.asked_by = "Director",
		.intelligence = &item };
	struct policies policies = { 0 };
	struct id32 record;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("media");
	item.text = canon_lend("wait");
	OK(policies_set(node(0),
	    span_text("[rule]\nsource = media\nverdict = four eyes\n"),
	    &policies));
	policies_clear(&policies);
	for (int i = 0; i < 3; i++) {
		struct share_result result;

		OK(share_intelligence(node(0), &request, &result));
		share_clear(&result);
	}
	OK(release_refuse(node(0), 2, "Nurse", "no", &record));
	OK(node_commit(node(0)));
}

void filling_home(void)
{
	/* Between what they share lie leaves that node 0 never sees. */
	for (unsigned i = 0; i < 20; i++) {
		write_some(0, 6, 90);
		write_some(0, 2, 10);
		write_some(1, 5, 90);
		write_some(1, 0, 1 + i % 5);
		write_some(2, 1, 55);
		write_some(2, 2, 3);
		filling_pull(0, 1);
		filling_pull(0, 2);
	}
	filling_pull(1, 0);
	filling_pull(2, 0);
	receipts();
	write_some(1, 1, 5);
	filling_pull(0, 1);
	receipts();
	asking_publish("one");
	asking_cosign(1, asking_log_at(1)->head.size);
	asking_cosign(2, asking_log_at(2)->head.size);
	asking_publish("two");
	asking_cosign(1, asking_log_at(1)->head.size);
	cosign(1);
	cosign(2);
	note_sent(1);
	note_sent(2);
	filling_reject(1, 9);
	filling_reject(2, 7);
	contradict(1, "A", "B");
	contradict(2, "C", "D");
	release();
	write_some(0, 6,
	    RECORDS > views_count(node(0)->views)
		? RECORDS - (unsigned)views_count(node(0)->views)
		: 0);
	HOME->wait_ms = FIXTURE_DAY_MS;
	fixture_restart(HOME, 0, false);
	filling_draft("first");
	filling_draft("second");
	filling_draft("third");
	ck_assert_uint_ge(views_count(node(0)->views), RECORDS);
	fixture_assert_verifies(HOME, 0);
}
