#define _GNU_SOURCE

#include "fixture.h"

#include "base/fs.h"
#include "codec/canon.h"
#include "service/query.h"
#include "service/recovery.h"
#include "service/verify.h"
#include "store/tally.h"
#include "unit/scratch.h"
#include "unit/service/made.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t now_of(void *context)
{
	const struct fixture *fixture = context;

	return fixture->now_ms;
}

char *fixture_path(struct fixture *fixture, size_t at, const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof path, "%s/%zu%s%s", fixture->dir, at,
	    name ? "/" : "", name ? name : "");
	return path;
}

static struct keystore *open_keys(struct fixture *fixture, size_t at)
{
	uint8_t text[] = "secret";
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;

	OK(keystore_passphrase(text, sizeof text - 1, &passphrase));
	OK(keystore_open(
	    fixture_path(fixture, at, "keys"), passphrase, &keystore));
	passphrase_free(passphrase);
	return keystore;
}

void fixture_retally(struct fixture *fixture, size_t at)
{
	struct keystore *keystore = open_keys(fixture, at);
	struct db *db = NULL;

	if (!db_open(
		fixture_path(fixture, at, "records.db"), &fixture->rng, &db)) {
		OK(tally_create(db, keystore, &fixture->rng));
		OK(db_begin(db));
		OK(db_commit(db));
	}
	db_close(db);
	keystore_close(keystore);
}

enum err fixture_reopen(struct fixture *fixture, size_t at)
{
	char home[160];
	struct node_options options = {
		.home = home, .clock = &fixture->clock, .rng = &fixture->rng
	};
	char path[96];

	options.start_wait_ms = fixture->wait_ms;
	options.accept_head = fixture->accept_head;
	(void)snprintf(
	    path, sizeof path, "%s", fixture_path(fixture, at, NULL));
	(void)snprintf(
	    fixture->copy[at], sizeof fixture->copy[at], "%.80s.copy", path);
	if (fixture->copies) {
		options.mark_copy = fixture->copy[at];
	}

	(void)snprintf(
	    home, sizeof home, "%s", fixture_path(fixture, at, NULL));
	fixture->nodes[at] = NULL;
	options.keystore = open_keys(fixture, at);
	return node_open(&options, &fixture->nodes[at]);
}

/* Two fixtures that are there at once are of other organisations. */
enum { FIRST_SEED = 7, LAST_COMMON_SEED = 9 };
static uint64_t next_seed = FIRST_SEED;
static unsigned open_fixtures;

static void make_home(struct fixture *fixture, size_t at, const char *kind)
{
	char name[40];
	char code[24];
	struct node_profile profile = {
		.name = name, .code = code, .kind = kind
	};
	uint8_t text[] = "secret";
	struct passphrase *passphrase = NULL;
	/* The same home, whatever the test has drawn before. */
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, fixture->number << 8 | at);

	(void)snprintf(
	    name, sizeof name, "Organisation %u", (unsigned)at % 10u);
	(void)snprintf(code, sizeof code, "0%uX", (unsigned)at % 10u);
	ck_assert_int_eq(
	    keystore_passphrase(text, sizeof text - 1, &passphrase), ERR_OK);
	ck_assert_msg(
	    node_create(fixture_path(fixture, at, NULL), &profile, passphrase,
		KEYSTORE_CHEAP, &fixture->clock, &rng) == ERR_OK,
	    "%s", err_text());
	passphrase_free(passphrase);
}

static void create(struct fixture *fixture, size_t at, const char *kind)
{
	char name[MADE_NAME_BYTES];
	/* Other seeds are of one test, or of one of its many turns. */
	bool common = fixture->number <= LAST_COMMON_SEED;

	(void)snprintf(name, sizeof name, "%u-%zu-%s",
	    (unsigned)fixture->number, at, kind);
	if (!common || !made_take(name, fixture_path(fixture, at, NULL))) {
		make_home(fixture, at, kind);
		if (common) {
			made_keep(name, fixture_path(fixture, at, NULL));
		}
	}
	ck_assert_msg(fixture_reopen(fixture, at) == ERR_OK, "%s", err_text());
}

void fixture_seed(uint64_t seed)
{
	next_seed = seed;
}

static void begin(struct fixture *fixture)
{
	memset(fixture, 0, sizeof *fixture);
	ck_assert_int_eq(keystore_process_init(), ERR_OK);
	scratch_make(fixture->dir, sizeof fixture->dir);
	fixture->now_ms = 1700000000000;
	fixture->clock = (struct clock){ now_of, now_of, fixture };
	open_fixtures++;
	fixture->number = next_seed++;
	fixture->rng = rng_seed(&fixture->seed, fixture->number);
}

static void add(struct fixture *fixture, size_t at, size_t of)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;

	OK(peers_add(fixture->nodes[at],
	    buf_span(&node_card(fixture->nodes[of])->signed_bytes), &decision,
	    &outcome, &peer));
}

void fixture_meet(struct fixture *fixture, size_t at, size_t of)
{
	add(fixture, at, of);
	OK(node_commit(fixture->nodes[at]));
}

bool fixture_knows(struct fixture *fixture, size_t at, size_t of)
{
	return peers_by_id(fixture->nodes[at], node_id(fixture->nodes[of])) !=
	       NULL;
}

void fixture_open_strangers(
    struct fixture *fixture, const char *const *kinds, size_t count)
{
	begin(fixture);
	for (size_t i = 0; i < count; i++) {
		create(fixture, i, kinds[i]);
	}
}

void fixture_open(struct fixture *fixture, size_t count)
{
	begin(fixture);
	for (size_t i = 0; i < count; i++) {
		create(fixture, i, "ccg");
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			if (i != j) {
				add(fixture, i, j);
			}
		}
		OK(node_commit(fixture->nodes[i]));
	}
}

static int remove_one(
    const char *path, const struct stat *info, int type, struct FTW *place)
{
	(void)info;
	(void)type;
	(void)place;
	return remove(path);
}

void fixture_close(struct fixture *fixture)
{
	for (size_t i = 0; i < FIXTURE_MOST; i++) {
		node_close(fixture->nodes[i]);
	}
	if (--open_fixtures == 0) {
		next_seed = FIRST_SEED;
	}
	ck_assert_int_eq(
	    nftw(fixture->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void fixture_restart(struct fixture *fixture, size_t at, bool crash)
{
	if (crash) {
		node_crash(fixture->nodes[at]);
	} else {
		node_close(fixture->nodes[at]);
	}
	fixture->nodes[at] = NULL;
	ck_assert_msg(fixture_reopen(fixture, at) == ERR_OK, "%s", err_text());
}

enum err fixture_hello(struct fixture *fixture, size_t at, size_t from)
{
	struct node *node = fixture->nodes[from];
	struct replica_facts facts;
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	struct buf head = { 0 };
	uint8_t incarnation[16];
	uint64_t cursor = 0;
	Qsg__Hello hello;
	enum err err = ERR_OK;
	char why[240];

	replica_facts(node, fixture_peer(fixture, from, at), &facts);
	qsg__hello__init(&hello);
	hello.organisation.data = facts.self.b;
	hello.organisation.len = 32;
	hello.card_version = facts.card_version;
	hello.your_card_version = facts.peer_card_version;
	memcpy(incarnation, facts.incarnation, sizeof incarnation);
	OK(buf_append(&head, facts.peer_head));
	hello.incarnation.data = incarnation;
	hello.incarnation.len = 16;
	hello.your_head.data = head.data;
	hello.your_head.len = head.size;
	OK(canon_encode(&hello.base, &bytes));
	OK(canon_decode_message(&qsg__hello__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	err = replica_hello(fixture->nodes[at], fixture_peer(fixture, at, from),
	    (Qsg__Hello *)message, &cursor);
	(void)snprintf(why, sizeof why, "%s", err_text());
	canon_free(message);
	buf_clear(&bytes);
	buf_clear(&head);
	OK(node_commit(fixture->nodes[at]));
	return err ? err_set(err, "%s", why) : ERR_OK;
}

enum err fixture_hand_card(
    struct fixture *fixture, size_t at, size_t from, size_t of)
{
	const struct card *card =
	    of == from ? node_card(fixture->nodes[from])
		       : peers_keys(fixture_peer(fixture, from, of));
	enum peers_outcome outcome = PEERS_SAME;
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	OK(buf_append(&bytes, buf_span(&card->signed_bytes)));
	err = peers_take_card(fixture->nodes[at], buf_span(&bytes), &outcome);
	buf_clear(&bytes);
	OK(node_commit(fixture->nodes[at]));
	return err;
}

void fixture_tick(struct fixture *fixture, size_t at)
{
	recovery_tick(fixture->nodes[at]);
	OK(node_commit(fixture->nodes[at]));
}

int64_t fixture_org(struct fixture *fixture, size_t at, size_t of)
{
	return peers_by_id(fixture->nodes[at], node_id(fixture->nodes[of]))
	    ->org;
}

enum err fixture_share(struct fixture *fixture, size_t at, unsigned readers,
    const char *text, struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Intelligence item;
	int64_t orgs[FIXTURE_MOST];
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_MOST; i++) {
		if (i != at && (readers & (1u << i))) {
			orgs[count++] = fixture_org(fixture, at, i);
		}
	}
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend(text);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	return submit_payload(
	    fixture->nodes[at], orgs, count, &payload, record);
}

struct id32 fixture_shared(struct fixture *fixture, const char *text)
{
	struct id32 record;

	OK(fixture_share(fixture, 0, 1u << 1, text, &record));
	OK(node_commit(fixture->nodes[0]));
	return record;
}

/* As a session does: ask whoever gave records for the head that joins theirs to
 * ours. */
static void join(struct fixture *fixture, size_t to, size_t from,
    const struct replica_range *range, uint64_t size)
{
	struct replica_range of = *range;
	Qsg__HeadWant want;
	Qsg__Head answer;

	qsg__head_want__init(&want);
	want.author.data = of.author.b;
	want.author.len = sizeof of.author.b;
	want.generation.data = of.generation.b;
	want.generation.len = sizeof of.generation.b;
	want.sizes = &size;
	want.n_sizes = 1;
	if (!replica_supply_head(fixture->nodes[from],
		fixture_peer(fixture, from, to), &want, &answer)) {
		OK(replica_take_head(fixture->nodes[to],
		    fixture_peer(fixture, to, from), &answer));
		replica_free_head(&answer);
	}
}

/* One range over the wire: encoded, decoded, taken. */
static enum err carry(struct fixture *fixture, size_t to, size_t from,
    struct replica_range *range, struct replica_taken *taken)
{
	struct node *giver = fixture->nodes[from];
	struct node *taker = fixture->nodes[to];
	struct peer *asker = peers_get(giver, fixture_org(fixture, from, to));
	struct peer *sender = peers_get(taker, fixture_org(fixture, to, from));
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	Qsg__Records records;
	uint64_t next = 0;
	enum err err = replica_supply(
	    giver, asker, range, LIMIT_BATCH_BYTES, &records, &next);

	if (err) {
		return err;
	}
	if (fixture->watch) {
		fixture->watch(to, from, &records);
	}
	ck_assert_int_eq(canon_encode(&records.base, &bytes), ERR_OK);
	replica_free_records(&records);
	ck_assert_int_eq(canon_decode_message(&qsg__records__descriptor,
			     buf_span(&bytes), LIMIT_MESSAGE_BYTES, &message),
	    ERR_OK);
	err = replica_take(
	    taker, sender, (Qsg__Records *)message, buf_span(&bytes), taken);
	canon_free(message);
	buf_clear(&bytes);
	if (!err && fixture->joins && taken->needs_head &&
	    taken->ours_size <= taken->theirs_size) {
		join(fixture, to, from, range, taken->ours_size);
	}
	return err;
}

enum err fixture_pull(struct fixture *fixture, size_t to, size_t from,
    struct replica_taken *taken)
{
	struct node *giver = fixture->nodes[from];
	struct node *taker = fixture->nodes[to];
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = false;
	enum err err = ERR_OK;

	memset(taken, 0, sizeof *taken);
	ck_assert_int_eq(replica_offers(giver,
			     peers_get(giver, fixture_org(fixture, from, to)),
			     false, 0, &offers, &next, &more),
	    ERR_OK);
	for (size_t i = 0; i < offers.n_offers && !err; i++) {
		struct replica_range range;
		const struct peer *sender =
		    peers_get(taker, fixture_org(fixture, to, from));

		while (!err && replica_plan(taker, sender, offers.offers[i],
				   &range) == REPLICA_WANT) {
			err = carry(fixture, to, from, &range, taken);
			if (err == ERR_NOTFOUND) {
				/* It lacks a body that this one has not got so
				 * far as to miss. */
				err = ERR_OK;
				break;
			}
			if (!err && !taken->taken && !taken->held) {
				break;
			}
		}
	}
	replica_free_offers(&offers);
	if (!err) {
		err = node_commit(taker);
	}
	return err;
}

static enum err keep_text(void *context, const struct query_item *item)
{
	char **out = context;

	if (item->payload &&
	    item->payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE) {
		*out = strdup(item->payload->intelligence->text);
	}
	return ERR_OK;
}

char *fixture_text(
    struct fixture *fixture, size_t at, const struct id32 *record)
{
	uint32_t rid = views_find(fixture->nodes[at]->views, record);
	char *text = NULL;

	if (rid) {
		ck_assert_int_eq(
		    query_open(fixture->nodes[at], rid, keep_text, &text),
		    ERR_OK);
	}
	return text ? text : strdup("");
}

struct peer *fixture_peer(struct fixture *fixture, size_t at, size_t of)
{
	return peers_get(fixture->nodes[at], fixture_org(fixture, at, of));
}

void fixture_put(ProtobufCBinaryData *field, struct span bytes)
{
	uint8_t *copy = malloc(bytes.size + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes.data, bytes.size);
	free(field->data);
	field->data = copy;
	field->len = bytes.size;
}

Qsg__Records *fixture_message(struct fixture *fixture, size_t giver,
    size_t asker, const struct id32 *record, uint64_t first, uint64_t last)
{
	struct node *node = fixture->nodes[giver];
	const struct view_record *view = fixture_view(fixture, giver, record);
	struct replica_range range = { 0 };
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	Qsg__Records records;
	uint64_t next = 0;

	ck_assert_ptr_nonnull(view);
	ck_assert(replica_stream(node, view->stream, &range));
	range.first = first;
	range.last = last;
	OK(replica_supply(node, fixture_peer(fixture, giver, asker), &range,
	    LIMIT_BATCH_BYTES, &records, &next));
	OK(canon_encode(&records.base, &bytes));
	replica_free_records(&records);
	OK(canon_decode_message(&qsg__records__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	buf_clear(&bytes);
	return (Qsg__Records *)message;
}

enum err fixture_take(struct fixture *fixture, size_t to, size_t from,
    const Qsg__Records *records, struct replica_taken *taken)
{
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	OK(canon_encode(&records->base, &bytes));
	err = replica_take(fixture->nodes[to], fixture_peer(fixture, to, from),
	    records, buf_span(&bytes), taken);
	buf_clear(&bytes);
	return err;
}

uint64_t fixture_quarantined(struct fixture *fixture, size_t at, size_t of)
{
	uint64_t items = 0;
	uint64_t bytes = 0;

	OK(quarantine_count(fixture->nodes[at]->db, node_id(fixture->nodes[of]),
	    &items, &bytes));
	return items;
}

static enum err keep_code(void *context, const struct quarantine_item *item)
{
	(void)snprintf(context, LIMIT_TOKEN_BYTES, "%s", item->code);
	return ERR_OK;
}

const char *fixture_newest_code(struct fixture *fixture, size_t at)
{
	static char code[LIMIT_TOKEN_BYTES];

	code[0] = '\0';
	OK(quarantine_scan(fixture->nodes[at]->db, 1, keep_code, code));
	return code;
}

void fixture_claim_card(struct fixture *fixture, size_t of,
    void (*change)(Qsg__Card *card, void *context), void *context,
    struct buf *out)
{
	static const char label[] = "\013qsg/card/v1";
	const struct card *held = node_card(fixture->nodes[of]);
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	struct buf message = { 0 };
	struct card copy = { 0 };
	Qsg__SignedCard whole;

	OK(card_copy(held, &copy));
	change(copy.fields, context);
	OK(buf_append(&message, span_text(label)));
	OK(canon_encode(&copy.fields->base, &message));
	OK(keystore_sign_card(
	    node_keystore(fixture->nodes[of]), buf_span(&message), signature));
	qsg__signed_card__init(&whole);
	whole.card.data = message.data + sizeof label - 1;
	whole.card.len = message.size - (sizeof label - 1);
	whole.signature.data = signature;
	whole.signature.len = sizeof signature;
	OK(canon_encode(&whole.base, out));
	card_clear(&copy);
	buf_clear(&message);
}

void fixture_copy_file(
    struct fixture *fixture, size_t at, const char *from, const char *to)
{
	struct buf content = { 0 };

	OK(fs_read(fixture_path(fixture, at, from), 64u << 20, &content));
	OK(fs_write_atomic(fixture_path(fixture, at, to), buf_span(&content)));
	buf_clear(&content);
}

void fixture_remove_file(struct fixture *fixture, size_t at, const char *name)
{
	ck_assert_int_eq(unlink(fixture_path(fixture, at, name)), 0);
}

const struct view_record *fixture_view(
    struct fixture *fixture, size_t at, const struct id32 *record)
{
	struct views *views = fixture->nodes[at]->views;
	uint32_t rid = views_find(views, record);

	return rid ? views_get(views, rid) : NULL;
}

void fixture_assert_state(struct fixture *fixture, size_t at,
    const struct id32 *record, enum record_state state,
    enum record_reason reason)
{
	const struct view_record *view = fixture_view(fixture, at, record);

	ck_assert_ptr_nonnull(view);
	ck_assert_str_eq(records_reason_name((enum record_reason)view->reason),
	    records_reason_name(reason));
	ck_assert_int_eq(view->state, state);
}

void fixture_assert_text(struct fixture *fixture, size_t at,
    const struct id32 *record, const char *want)
{
	char *text = fixture_text(fixture, at, record);

	ck_assert_str_eq(text, want);
	free(text);
}

void fixture_assert_verifies(struct fixture *fixture, size_t at)
{
	struct verify_report report;

	OK(verify_node(fixture->nodes[at], &report));
	ck_assert_msg(
	    report.faults == 0, "node %zu: %s", at, report.first_fault);
}
