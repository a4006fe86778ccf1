/* A session with a peer that says anything, in any order: messages made up,
 * and real ones altered. It must neither crash nor give away a stream that is
 * not the peer's. */
#define _POSIX_C_SOURCE 200809L

#include "base/fs.h"
#include "base/log.h"
#include "codec/canon.h"
#include "service/state.h"
#include "service/submit.h"
#include "sync/session.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REAL_ADVERTISE, REAL_RECORDS, REAL_HEAD, REAL_CARD, REAL_COUNT };
enum { PEER = 2, THEIRS = 4711 };

static char directory[64];
static struct node *node;  /* ours */
static struct node *other; /* the peer's, for making real messages */
static int64_t now_ms;
static struct rng_seeded seeded;
static struct rng rng;
static struct buf real[REAL_COUNT];
static uint64_t ours; /* our session number, from our Hello */

static int64_t read_clock(void *context)
{
	(void)context;
	return now_ms;
}

static const struct clock timer = { read_clock, read_clock, NULL };

static void need(enum err err)
{
	if (err != ERR_OK) {
		fprintf(stderr, "fuzz_session: %s\n", err_text());
		exit(1);
	}
}

/*
 * Two homes, once.
 */

static void remove_homes(void)
{
	for (int i = 0; i < 2; i++) {
		char home[80];
		(void)snprintf(home, sizeof(home), "%s/%d", directory, i);
		DIR *list = opendir(home);
		const struct dirent *entry = NULL;
		while (list != NULL && (entry = readdir(list)) != NULL) {
			char path[400];
			(void)snprintf(
			    path, sizeof(path), "%s/%s", home, entry->d_name);
			(void)unlink(path);
		}
		if (list != NULL) {
			(void)closedir(list);
		}
		(void)rmdir(home);
	}
	(void)rmdir(directory);
}

static struct node *make_node(int index)
{
	char home[80];
	char text[] = "for tests";
	char code[8];
	struct passphrase *words = NULL;
	struct buf path = { 0 };
	struct node *made = NULL;
	struct node_options options = {
		.home = home, .clock = &timer, .rng = &rng
	};
	struct node_profile profile = { .name = index ? "Birch" : "Alder",
		.code = code,
		.kind = "ccg",
		.endpoint = "tcp://127.0.0.1:7101" };
	(void)snprintf(home, sizeof(home), "%s/%d", directory, index);
	(void)snprintf(code, sizeof(code), "7%d0", index);
	need(keystore_passphrase((uint8_t *)text, strlen(text), &words));
	need(node_create(home, &profile, words, KEYSTORE_CHEAP, &timer, &rng));
	need(fs_join(home, "keys", &path));
	need(keystore_open(buf_text(&path), words, &options.keystore));
	need(node_open(&options, &made));
	passphrase_free(words);
	buf_clear(&path);
	return made;
}

static void introduce(struct node *to, struct node *whom)
{
	struct peers_decision decision = { .accept_code = false };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	need(peers_add(to, buf_span(&node_card(whom)->signed_bytes), &decision,
	    &outcome, &peer));
}

static void share(struct node *from, bool with_peer)
{
	int64_t reader = PEER;
	struct id32 record;
	char text[] = "call bells";
	char provider[] = "RAL";
	char kind[] = "soft";
	char source[] = "healthwatch";
	char role[] = "administrator";
	Qsg__Payload payload;
	Qsg__Intelligence item;
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = provider;
	item.kind = kind;
	item.source = source;
	item.text = text;
	payload.role = role;
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	need(submit_payload(
	    from, &reader, with_peer ? 1 : 0, &payload, &record));
}

static void keep(int which, Qsg__Message *message)
{
	message->version = 1;
	message->from_session = THEIRS;
	need(canon_encode(&message->base, &real[which]));
}

static void make_real(void)
{
	struct peer *us = peers_get(other, PEER);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise page = QSG__ADVERTISE__INIT;
	Qsg__Records records = QSG__RECORDS__INIT;
	Qsg__Head head = QSG__HEAD__INIT;
	Qsg__HeadWant want = QSG__HEAD_WANT__INIT;
	Qsg__CardMessage card = QSG__CARD_MESSAGE__INIT;
	struct replica_range range;
	struct checkpoint own = *node_head(other);
	uint64_t size = 0;
	uint64_t next = 0;
	bool more = false;
	need(replica_offers(other, us, true, 0, &page, &next, &more));
	page.page = 1;
	page.cursor = next;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &page;
	keep(REAL_ADVERTISE, &message);
	replica_free_offers(&page);
	if (!replica_stream(other, 1, &range)) {
		exit(1);
	}
	need(replica_supply(
	    other, us, &range, LIMIT_BATCH_BYTES, &records, &next));
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &records;
	keep(REAL_RECORDS, &message);
	replica_free_records(&records);
	want.author = (ProtobufCBinaryData){ 32, own.author.b };
	want.generation = (ProtobufCBinaryData){ 8, own.generation.b };
	want.sizes = &size;
	want.n_sizes = 1;
	need(replica_supply_head(other, us, &want, &head));
	message.body_case = QSG__MESSAGE__BODY_HEAD;
	message.head = &head;
	keep(REAL_HEAD, &message);
	replica_free_head(&head);
	const struct buf *bytes = &node_card(other)->signed_bytes;
	card.signed_card = (ProtobufCBinaryData){ bytes->size, bytes->data };
	message.body_case = QSG__MESSAGE__BODY_CARD;
	message.card = &card;
	keep(REAL_CARD, &message);
}

static void prepare(void)
{
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void)snprintf(
	    directory, sizeof(directory), "%s/qsg-fuzz-XXXXXX", base);
	/* What is refused on purpose says nothing. */
	log_set_level((enum log_level) - 1);
	now_ms = 1760000000000LL;
	rng = rng_seed(&seeded, 1);
	need(keystore_process_init());
	if (mkdtemp(directory) == NULL) {
		exit(1);
	}
	node = make_node(0);
	other = make_node(1);
	introduce(node, other);
	introduce(other, node);
	for (int i = 0; i < 3; i++) {
		share(other, true);
		share(node, true);
		share(node, false);
	}
	need(node_commit(node));
	need(node_commit(other));
	make_real();
	/* All files are open, and the fuzzer ends without a farewell. */
	remove_homes();
}

/*
 * One conversation.
 */

static bool judge(void *context, uint64_t link, struct span bytes)
{
	(void)context;
	(void)link;
	ProtobufCMessage *decoded = NULL;
	if (canon_decode_message(&qsg__message__descriptor, bytes,
		LIMIT_MESSAGE_BYTES, &decoded) != ERR_OK) {
		abort();
	}
	const Qsg__Message *message = (const Qsg__Message *)decoded;
	struct id32 id = { { 0 } };
	if (message->body_case == QSG__MESSAGE__BODY_HELLO) {
		ours = message->from_session;
	}
	if (message->body_case == QSG__MESSAGE__BODY_RECORDS) {
		memcpy(id.b, message->records->stream.data, sizeof(id.b));
		const struct state_stream *stream =
		    state_stream_by_id(node, &id);
		if (stream == NULL || !state_reads(stream, node_id(other))) {
			abort();
		}
	}
	canon_free(decoded);
	return true;
}

/* Undo what is staged, so that each input begins alike. */
static void roll_back(void)
{
	if (node_staged(node)) {
		node->poisoned = err_set(ERR_FULL, "undone");
		(void)node_commit(node);
	}
}

static void say(struct session *session, struct span bytes, bool fit)
{
	Qsg__Message *message = NULL;
	struct buf again = { 0 };
	if (fit) {
		message = qsg__message__unpack(NULL, bytes.size, bytes.data);
	}
	if (message != NULL) {
		message->version = 1;
		message->from_session = THEIRS;
		message->to_session = ours;
		if (canon_encode(&message->base, &again) == ERR_OK) {
			bytes = buf_span(&again);
		}
		qsg__message__free_unpacked(message, NULL);
	}
	session_receive(session, bytes);
	buf_clear(&again);
}

static void greet(struct session *session)
{
	struct id32 id = *node_id(other);
	uint8_t incarnation[16] = { 1 };
	struct buf bytes = { 0 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello = QSG__HELLO__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	hello.lowest_version = hello.highest_version = 1;
	hello.organisation = (ProtobufCBinaryData){ 32, id.b };
	hello.incarnation = (ProtobufCBinaryData){ 16, incarnation };
	message.version = 1;
	message.from_session = THEIRS;
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	need(canon_encode(&message.base, &bytes));
	session_receive(session, buf_span(&bytes));
	need(node_commit(node));
	session_committed(session);
	buf_reset(&bytes);
	ack.credit = LIMIT_CREDIT_BYTES;
	message.to_session = ours;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	need(canon_encode(&message.base, &bytes));
	session_receive(session, buf_span(&bytes));
	buf_clear(&bytes);
	if (!session_established(session)) {
		abort();
	}
}

/* A real message, some of its bytes changed as the input says. */
static void say_altered(
    struct session *session, unsigned which, struct span changes)
{
	struct buf bytes = { 0 };
	need(buf_append(&bytes, buf_span(&real[which % REAL_COUNT])));
	for (size_t i = 0; i + 2 < changes.size; i += 3) {
		size_t at = (size_t)changes.data[i] << 8 | changes.data[i + 1];
		bytes.data[at % bytes.size] ^= changes.data[i + 2];
	}
	say(session, buf_span(&bytes), true);
	buf_clear(&bytes);
}

static void step(struct session *session, uint8_t op, struct span chunk)
{
	switch (op & 7u) {
	case 0:
		say(session, chunk, false);
		return;
	case 1:
	case 2:
		say(session, chunk, true);
		return;
	case 3:
	case 4:
		say_altered(session, op >> 3, chunk);
		return;
	case 5:
		now_ms += (int64_t)(op >> 3) * 1000;
		session_tick(session);
		return;
	case 6:
		roll_back();
		session_undone(session);
		return;
	default:
		/* As far as the session can tell. */
		roll_back();
		session_committed(session);
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_host host = { .send = judge };
	static bool prepared;
	struct session *session = NULL;
	struct reader in = reader_of(span_of(data, size));
	uint8_t first = reader_u8(&in);
	if (!prepared) {
		prepare();
		prepared = true;
	}
	rng = rng_seed(&seeded, 2);
	now_ms = 1760000000000LL;
	ours = 0;
	need(session_new(node, PEER, 1, (first & 1) != 0, &host, &session));
	if ((first & 3) == 0) {
		greet(session);
	}
	while (in.left.size >= 3 && session_ended(session) == SESSION_LIVES) {
		uint8_t op = reader_u8(&in);
		size_t length = reader_u16(&in);
		if (length > in.left.size) {
			length = in.left.size;
		}
		step(session, op, reader_span(&in, length));
	}
	session_free(session);
	roll_back();
	return 0;
}
