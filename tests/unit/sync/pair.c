#define _POSIX_C_SOURCE 200809L

#include "pair.h"

#include "base/fs.h"
#include "base/log.h"
#include "codec/canon.h"
#include "unit/scratch.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WALL_MS 1760000000000LL

static int64_t wall(void *context)
{
	const struct pair *pair = context;
	return WALL_MS + pair->now_ms;
}

static int64_t steady(void *context)
{
	const struct pair *pair = context;
	return pair->now_ms;
}

static struct passphrase *words(void)
{
	char text[] = "for tests";
	struct passphrase *out = NULL;
	ck_assert_int_eq(
	    keystore_passphrase((uint8_t *)text, strlen(text), &out), ERR_OK);
	return out;
}

static void make_node(struct pair *pair, int index)
{
	static const char *const names[] = { "Alder", "Birch", "Cedar" };
	static const char *const codes[] = { "7A0", "7B0", "7C0" };
	struct pair_side *side = &pair->sides[index];
	struct node_profile profile = { .name = names[index],
		.code = codes[index],
		.kind = "ccg",
		.endpoint = "tcp://127.0.0.1:7101" };
	struct passphrase *secret = words();
	struct buf path = { 0 };
	side->pair = pair;
	side->rng = rng_seed(&side->seeded, 7 + (uint64_t)index);
	(void)snprintf(
	    side->home, sizeof(side->home), "%s/%d", pair->directory, index);
	struct node_options options = {
		.home = side->home, .clock = &pair->clock, .rng = &side->rng
	};
	ck_assert_int_eq(node_create(side->home, &profile, secret,
			     KEYSTORE_CHEAP, &pair->clock, &side->rng),
	    ERR_OK);
	ck_assert_int_eq(fs_join(side->home, "keys", &path), ERR_OK);
	ck_assert_int_eq(
	    keystore_open(buf_text(&path), secret, &options.keystore), ERR_OK);
	ck_assert_int_eq(node_open(&options, &side->node), ERR_OK);
	passphrase_free(secret);
	buf_clear(&path);
}

static void introduce(struct node *node, struct node *other)
{
	struct peers_decision decision = { .accept_code = false };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	ck_assert_int_eq(
	    peers_add(node, buf_span(&node_card(other)->signed_bytes),
		&decision, &outcome, &peer),
	    ERR_OK);
}

static int64_t org_of(struct node *node, struct node *other)
{
	return peers_by_id(node, node_id(other))->org;
}

void pair_open(struct pair *pair)
{
	memset(pair, 0, sizeof(*pair));
	log_set_level(LOG_ERROR);
	ck_assert_int_eq(keystore_process_init(), ERR_OK);
	pair->clock = (struct clock){ wall, steady, pair };
	pair->now_ms = 1000;
	scratch_make(pair->directory, sizeof(pair->directory));
	for (int i = 0; i < PAIR_NODES; i++) {
		make_node(pair, i);
	}
	for (int i = 0; i < PAIR_NODES; i++) {
		for (int j = 0; j < PAIR_NODES; j++) {
			if (i != j) {
				introduce(
				    pair->sides[i].node, pair->sides[j].node);
			}
		}
		pair_commit(pair, i);
	}
	pair->sides[PAIR_A].other =
	    org_of(pair->sides[PAIR_A].node, pair->sides[PAIR_B].node);
	pair->sides[PAIR_B].other =
	    org_of(pair->sides[PAIR_B].node, pair->sides[PAIR_A].node);
}

static void remove_home(const char *home)
{
	DIR *list = opendir(home);
	while (list != NULL) {
		const struct dirent *entry = readdir(list);
		if (entry == NULL) {
			break;
		}
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

void pair_close(struct pair *pair)
{
	for (int i = 0; i < PAIR_NODES; i++) {
		session_free(pair->sides[i].session);
		node_crash(pair->sides[i].node);
		pair_drop(pair, i);
		remove_home(pair->sides[i].home);
	}
	(void)rmdir(pair->directory);
}

/*
 * Sessions and messages.
 */

static bool keep(void *context, uint64_t link, struct span message)
{
	struct pair_side *side = context;
	(void)link;
	if (side->refuse_sends) {
		return false;
	}
	ck_assert_uint_lt(side->out_count, 512);
	struct buf *out = &side->out[side->out_count++];
	memset(out, 0, sizeof(*out));
	ck_assert_int_eq(buf_append(out, message), ERR_OK);
	side->said++;
	side->said_bytes += message.size;
	return true;
}

void pair_session(struct pair *pair, int side, bool dialled)
{
	struct pair_side *at = &pair->sides[side];
	struct session_host host = { .context = at, .send = keep };
	ck_assert_int_eq(
	    session_new(at->node, at->other, 1, dialled, &host, &at->session),
	    ERR_OK);
}

void pair_commit(struct pair *pair, int side)
{
	struct pair_side *at = &pair->sides[side];
	struct node_event event;
	bool good = node_commit(at->node) == ERR_OK;
	if (at->session == NULL) {
		while (node_next_event(at->node, &event)) {
		}
		return;
	}
	if (!good) {
		session_undone(at->session);
		return;
	}
	while (node_next_event(at->node, &event)) {
		switch (event.kind) {
		case NODE_STREAM_GREW:
			session_grew(at->session, &event);
			break;
		case NODE_PEER_CHANGED:
			session_card_changed(at->session);
			break;
		case NODE_HEAD_PUBLISHED:
			session_head_published(at->session);
			break;
		}
	}
	session_committed(at->session);
}

static struct buf take_first(struct pair_side *side)
{
	struct buf first = side->out[0];
	side->out_count--;
	memmove(
	    side->out, side->out + 1, side->out_count * sizeof(side->out[0]));
	return first;
}

void pair_relay(struct pair *pair)
{
	for (bool some = true; some;) {
		some = false;
		for (int i = PAIR_A; i <= PAIR_B; i++) {
			struct pair_side *from = &pair->sides[i];
			struct pair_side *to = &pair->sides[1 - i];
			if (from->out_count == 0 || to->session == NULL) {
				continue;
			}
			struct buf message = take_first(from);
			session_receive(to->session, buf_span(&message));
			buf_clear(&message);
			pair_commit(pair, 1 - i);
			some = true;
		}
	}
}

void pair_connect(struct pair *pair)
{
	pair_session(pair, PAIR_B, false);
	pair_session(pair, PAIR_A, true);
	pair_relay(pair);
	ck_assert(session_established(pair->sides[PAIR_A].session));
	ck_assert(session_established(pair->sides[PAIR_B].session));
}

void pair_pass(struct pair *pair, int64_t ms)
{
	for (int64_t end = pair->now_ms + ms; pair->now_ms < end;) {
		pair->now_ms += 500;
		for (int i = PAIR_A; i <= PAIR_B; i++) {
			if (pair->sides[i].session != NULL) {
				session_tick(pair->sides[i].session);
				pair_commit(pair, i);
			}
		}
		pair_relay(pair);
	}
}

void pair_play_b(struct pair *pair)
{
	struct replica_facts facts;
	struct pair_side *b = &pair->sides[PAIR_B];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello = QSG__HELLO__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	uint8_t incarnation[16];
	pair_session(pair, PAIR_A, false);
	replica_facts(b->node, peers_get(b->node, b->other), &facts);
	memcpy(incarnation, facts.incarnation, sizeof(incarnation));
	hello.lowest_version = hello.highest_version = 1;
	hello.organisation.data = facts.self.b;
	hello.organisation.len = sizeof(facts.self.b);
	hello.card_version = facts.card_version;
	hello.your_card_version = facts.peer_card_version;
	hello.incarnation.data = incarnation;
	hello.incarnation.len = sizeof(incarnation);
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	pair_say(pair, &message);
	ck_assert_uint_eq(
	    pair_count(pair, PAIR_A, QSG__MESSAGE__BODY_HELLO), 1);
	ack.credit = LIMIT_CREDIT_BYTES;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	pair_say(pair, &message);
	ck_assert(session_established(pair->sides[PAIR_A].session));
}

void pair_say(struct pair *pair, Qsg__Message *message)
{
	struct session *session = pair->sides[PAIR_A].session;
	struct buf bytes = { 0 };
	message->version = message->version != 0 ? message->version : 1;
	if (message->from_session == 0) {
		message->from_session = 4711;
		bool first = !session->judged && !session->dialled;
		message->to_session = first ? 0 : session->ours;
	}
	ck_assert_int_eq(canon_encode(&message->base, &bytes), ERR_OK);
	session_receive(session, buf_span(&bytes));
	buf_clear(&bytes);
	message->from_session = 0;
	message->to_session = 0;
	pair_commit(pair, PAIR_A);
}

static Qsg__Message *decode(const struct buf *bytes)
{
	ProtobufCMessage *out = NULL;
	ck_assert_int_eq(canon_decode_message(&qsg__message__descriptor,
			     buf_span(bytes), LIMIT_MESSAGE_BYTES, &out),
	    ERR_OK);
	return (Qsg__Message *)out;
}

Qsg__Message *pair_heard(
    struct pair *pair, int side, Qsg__Message__BodyCase kind)
{
	struct pair_side *at = &pair->sides[side];
	if (pair_count(pair, side, kind) == 0) {
		return NULL;
	}
	for (;;) {
		struct buf bytes = take_first(at);
		Qsg__Message *message = decode(&bytes);
		buf_clear(&bytes);
		if (message->body_case == kind) {
			return message;
		}
		canon_free(&message->base);
	}
}

size_t pair_count(struct pair *pair, int side, Qsg__Message__BodyCase kind)
{
	struct pair_side *at = &pair->sides[side];
	size_t count = 0;
	for (size_t i = 0; i < at->out_count; i++) {
		Qsg__Message *message = decode(&at->out[i]);
		count += message->body_case == kind ? 1 : 0;
		canon_free(&message->base);
	}
	return count;
}

void pair_drop(struct pair *pair, int side)
{
	struct pair_side *at = &pair->sides[side];
	for (size_t i = 0; i < at->out_count; i++) {
		buf_clear(&at->out[i]);
	}
	at->out_count = 0;
}

bool pair_refused(struct pair *pair, const char *code)
{
	Qsg__Message *message =
	    pair_heard(pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE);
	if (message == NULL) {
		return false;
	}
	bool same = strcmp(message->refuse->code, code) == 0;
	canon_free(&message->base);
	return same;
}

/*
 * Records.
 */

struct id32 pair_share(struct pair *pair, int from, unsigned mask, size_t size)
{
	struct pair_side *side = &pair->sides[from];
	Qsg__Payload payload;
	Qsg__Intelligence item;
	int64_t readers[PAIR_NODES];
	size_t count = 0;
	struct id32 record;
	char provider[] = "RAL";
	char kind[] = "soft";
	char source[] = "healthwatch";
	char role[] = "administrator";
	char dimension[] = "experience";
	char *dimensions[] = { dimension };
	char *text = calloc(1, size + 1);
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	ck_assert_ptr_nonnull(text);
	memset(text, 'x', size);
	item.provider = provider;
	item.kind = kind;
	item.source = source;
	item.dimensions = dimensions;
	item.n_dimensions = 1;
	item.text = text;
	payload.role = role;
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	for (int i = 0; i < PAIR_NODES; i++) {
		if (i != from && (mask & 1u << i) != 0) {
			readers[count++] =
			    org_of(side->node, pair->sides[i].node);
		}
	}
	ck_assert_int_eq(
	    submit_payload(side->node, readers, count, &payload, &record),
	    ERR_OK);
	free(text);
	return record;
}

bool pair_holds(struct pair *pair, int side, const struct id32 *record)
{
	const struct views *views = node_views(pair->sides[side].node);
	uint32_t rid = views_find(views, record);
	return rid != 0 && views_get(views, rid)->state == RECORD_READABLE;
}
