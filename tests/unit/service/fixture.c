#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include "codec/canon.h"
#include "service/query.h"

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

enum err fixture_reopen(struct fixture *fixture, size_t at)
{
	uint8_t text[] = "secret";
	struct node_options options = { .home = fixture_path(fixture, at, NULL),
		.clock = &fixture->clock,
		.rng = &fixture->rng };
	struct passphrase *passphrase = NULL;
	struct buf keys = { 0 };
	enum err err = keystore_passphrase(text, sizeof text - 1, &passphrase);

	ck_assert_int_eq(err, ERR_OK);
	ck_assert_int_eq(
	    buf_append(&keys, span_text(fixture_path(fixture, at, "keys"))),
	    ERR_OK);
	err = keystore_open(buf_text(&keys), passphrase, &options.keystore);
	ck_assert_msg(err == ERR_OK, "%s", err_text());
	passphrase_free(passphrase);
	buf_clear(&keys);
	options.home = strdup(fixture_path(fixture, at, NULL));
	err = node_open(&options, &fixture->nodes[at]);
	free((void *)(uintptr_t)options.home);
	return err;
}

static void create(struct fixture *fixture, size_t at)
{
	char name[40];
	char code[24];
	struct node_profile profile = {
		.name = name, .code = code, .kind = "ccg"
	};
	uint8_t text[] = "secret";
	struct passphrase *passphrase = NULL;

	(void)snprintf(
	    name, sizeof name, "Organisation %u", (unsigned)at % 10u);
	(void)snprintf(code, sizeof code, "0%uX", (unsigned)at % 10u);
	ck_assert_int_eq(
	    keystore_passphrase(text, sizeof text - 1, &passphrase), ERR_OK);
	ck_assert_msg(
	    node_create(fixture_path(fixture, at, NULL), &profile, passphrase,
		KEYSTORE_CHEAP, &fixture->clock, &fixture->rng) == ERR_OK,
	    "%s", err_text());
	passphrase_free(passphrase);
	ck_assert_msg(fixture_reopen(fixture, at) == ERR_OK, "%s", err_text());
}

void fixture_open(struct fixture *fixture, size_t count)
{
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	memset(fixture, 0, sizeof *fixture);
	ck_assert_int_eq(keystore_process_init(), ERR_OK);
	(void)snprintf(
	    fixture->dir, sizeof fixture->dir, "%s/qsg-unit-XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(fixture->dir));
	fixture->now_ms = 1700000000000;
	fixture->clock = (struct clock){ now_of, now_of, fixture };
	fixture->rng = rng_seed(&fixture->seed, 7);
	for (size_t i = 0; i < count; i++) {
		create(fixture, i);
	}
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct peers_decision decision = { 0 };
			enum peers_outcome outcome = PEERS_SAME;
			struct peer *peer = NULL;

			if (i == j) {
				continue;
			}
			ck_assert_int_eq(
			    peers_add(fixture->nodes[i],
				buf_span(&node_card(fixture->nodes[j])
					      ->signed_bytes),
				&decision, &outcome, &peer),
			    ERR_OK);
		}
		ck_assert_int_eq(node_commit(fixture->nodes[i]), ERR_OK);
	}
}

void fixture_close(struct fixture *fixture)
{
	char command[128];

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		node_close(fixture->nodes[i]);
	}
	(void)snprintf(command, sizeof command, "rm -rf %s", fixture->dir);
	ck_assert_int_eq(system(command), 0);
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
	int64_t orgs[FIXTURE_NODES];
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
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
	ck_assert_int_eq(canon_encode(&records.base, &bytes), ERR_OK);
	replica_free_records(&records);
	ck_assert_int_eq(canon_decode_message(&qsg__records__descriptor,
			     buf_span(&bytes), LIMIT_MESSAGE_BYTES, &message),
	    ERR_OK);
	err = replica_take(
	    taker, sender, (Qsg__Records *)message, buf_span(&bytes), taken);
	canon_free(message);
	buf_clear(&bytes);
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
