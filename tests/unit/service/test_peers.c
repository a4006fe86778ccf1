#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/contradiction.h"

#include <stdlib.h>
#include <string.h>

Suite *test_peers_suite(void);

/* Node 0 meets the cards of 1, 2 and 3. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

struct change {
	uint64_t version;
	const char *name;
	const char *code;
	const char *kind;
	const char *endpoint;
};

static void put(char **field, const char *value)
{
	if (value) {
		free(*field);
		*field = malloc(strlen(value) + 1);
		ck_assert_ptr_nonnull(*field);
		memcpy(*field, value, strlen(value) + 1);
	}
}

static void apply(Qsg__Card *card, void *context)
{
	const struct change *change = context;

	card->version = change->version;
	put(&card->name, change->name);
	put(&card->code, change->code);
	put(&card->kind, change->kind);
	if (change->endpoint) {
		card->endpoints = calloc(1, sizeof *card->endpoints);
		put(&card->endpoints[0], change->endpoint);
		card->n_endpoints = 1;
	}
}

/* Card of node `of` over a session. */
static enum err hear(
    size_t of, struct change change, enum peers_outcome *outcome)
{
	struct buf card = { 0 };
	enum err err = ERR_OK;

	fixture_claim_card(&fixture, of, apply, &change, &card);
	err = peers_take_card(fixture.nodes[0], buf_span(&card), outcome);
	buf_clear(&card);
	OK(node_commit(fixture.nodes[0]));
	return err;
}

/* The same, by a person. */
static enum err add(size_t of, struct change change, bool accept_code,
    enum peers_outcome *outcome)
{
	struct peers_decision decision = { .accept_code = accept_code };
	struct peer *peer = NULL;
	struct buf card = { 0 };
	enum err err = ERR_OK;

	fixture_claim_card(&fixture, of, apply, &change, &card);
	err = peers_add(
	    fixture.nodes[0], buf_span(&card), &decision, outcome, &peer);
	buf_clear(&card);
	OK(node_commit(fixture.nodes[0]));
	return err;
}

static const Qsg__Card *held(size_t of)
{
	return fixture_peer(&fixture, 0, of)->card.fields;
}

static const Qsg__Card *keys_of(size_t of)
{
	return peers_keys(fixture_peer(&fixture, 0, of))->fields;
}

START_TEST(a_newer_card_of_the_same_claims_takes_effect)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct change change = { .version = 5, .endpoint = "tcp://h:1" };
	struct node_event event;
	bool told = false;

	while (node_next_event(fixture.nodes[0], &event)) {
	}
	OK(hear(1, change, &outcome));
	ck_assert_int_eq(outcome, PEERS_UPDATED);
	ck_assert_uint_eq(held(1)->version, 5);
	ck_assert_str_eq(held(1)->endpoints[0], "tcp://h:1");
	while (node_next_event(fixture.nodes[0], &event)) {
		told = told || (event.kind == NODE_PEER_CHANGED &&
				   event.org == fixture_org(&fixture, 0, 1));
	}
	ck_assert(told);
	OK(hear(1, change, &outcome));
	ck_assert_int_eq(outcome, PEERS_SAME);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(held(1)->version, 5);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M183 */
START_TEST(changed_claims_wait_while_keys_and_endpoints_apply)
{
	static const struct change changes[] = {
		{ 5, "Another Name", NULL, NULL, "tcp://h:1" },
		{ 5, NULL, "99Z", NULL, "tcp://h:1" },
		{ 5, NULL, NULL, "cqc", "tcp://h:1" },
		{ 5, NULL, "02X", NULL, "tcp://h:1" }, /* 2's code */
	};
	enum peers_outcome outcome = PEERS_SAME;

	OK(hear(1, changes[_i], &outcome));
	ck_assert_int_eq(outcome, PEERS_WAITS);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(held(1)->version, 1);
		ck_assert_str_eq(held(1)->name, "Organisation 1");
		ck_assert_str_eq(held(1)->code, "01X");
		ck_assert_str_eq(held(1)->kind, "ccg");
		ck_assert_uint_eq(keys_of(1)->version, 5);
		ck_assert_str_eq(keys_of(1)->endpoints[0], "tcp://h:1");
		fixture_restart(&fixture, 0, true);
	}
	/* The same again changes nothing; an older one is refused. */
	OK(hear(1, changes[_i], &outcome));
	ck_assert_int_eq(outcome, PEERS_SAME);
	FAILS(hear(1, (struct change){ .version = 4 }, &outcome), ERR_STATE);
	ck_assert_uint_eq(keys_of(1)->version, 5);
	/* The person's decision. */
	if (_i == 3) {
		FAILS(add(1, changes[_i], false, &outcome), ERR_STATE);
		ck_assert_ptr_nonnull(strstr(err_text(), "--accept-code"));
	}
	OK(add(1, changes[_i], _i == 3, &outcome));
	ck_assert_int_eq(outcome, PEERS_UPDATED);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(held(1)->version, 5);
		ck_assert_ptr_null(
		    fixture_peer(&fixture, 0, 1)->pending.fields);
		fixture_restart(&fixture, 0, true);
	}
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(claims_taken_back_wait_no_longer)
{
	enum peers_outcome outcome = PEERS_SAME;

	OK(hear(1, (struct change){ .version = 5, .name = "Oops" }, &outcome));
	ck_assert_int_eq(outcome, PEERS_WAITS);
	OK(hear(1, (struct change){ .version = 6 }, &outcome));
	ck_assert_int_eq(outcome, PEERS_UPDATED);
	ck_assert_uint_eq(held(1)->version, 6);
	ck_assert_ptr_null(fixture_peer(&fixture, 0, 1)->pending.fields);
	/* Nor does what came before come back. */
	FAILS(add(1, (struct change){ .version = 5, .name = "Oops" }, false,
		  &outcome),
	    ERR_STATE);
}
END_TEST

START_TEST(a_card_of_a_lower_version_is_refused)
{
	enum peers_outcome outcome = PEERS_SAME;

	OK(hear(1, (struct change){ .version = 5 }, &outcome));
	FAILS(hear(1, (struct change){ .version = 4 }, &outcome), ERR_STATE);
	FAILS(add(1, (struct change){ .version = 4 }, false, &outcome),
	    ERR_STATE);
	ck_assert_uint_eq(held(1)->version, 5);
}
END_TEST

/* M3 */
static enum err is_kind(void *context, const struct contradiction_item *item)
{
	ck_assert_str_eq(item->kind, context);
	ck_assert_int_eq(item->against->org, fixture_org(&fixture, 0, 1));
	return ERR_EXISTS;
}

/* The newest evidence is of this kind. */
static void has_evidence(char *kind)
{
	FAILS(contradiction_scan(fixture.nodes[0], is_kind, kind), ERR_EXISTS);
}

START_TEST(two_cards_of_one_version_are_evidence)
{
	struct change change = { .version = 1, .endpoint = "tcp://evil:1" };
	enum peers_outcome outcome = PEERS_SAME;

	if (_i == 0) {
		FAILS(hear(1, change, &outcome), ERR_STATE);
	} else {
		FAILS(add(1, change, true, &outcome), ERR_STATE);
	}
	ck_assert_uint_eq(held(1)->n_endpoints, 0);
	ck_assert_uint_eq(keys_of(1)->n_endpoints, 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, 1), 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 0), "card-conflict");
	ck_assert_str_ne(fixture_peer(&fixture, 0, 1)->problem, "");
	has_evidence(canon_lend("card-fork"));
	/* A newer one puts it right. */
	change.version = 2;
	OK(hear(1, change, &outcome));
	ck_assert_uint_eq(held(1)->version, 2);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(a_second_card_of_a_waiting_version_is_evidence_too)
{
	enum peers_outcome outcome = PEERS_SAME;

	OK(hear(1, (struct change){ .version = 5, .name = "A" }, &outcome));
	FAILS(hear(1, (struct change){ .version = 5, .name = "B" }, &outcome),
	    ERR_STATE);
	FAILS(add(1, (struct change){ .version = 5, .name = "B" }, false,
		  &outcome),
	    ERR_STATE);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, 1), 2);
	ck_assert_str_eq(keys_of(1)->name, "A");
	/* M88: the same card twice, charged to its author once. */
	ck_assert_uint_gt(
	    fixture_peer(&fixture, 0, 1)->rejected.evidence.bytes, 0);
	ck_assert_uint_lt(
	    fixture_peer(&fixture, 0, 1)->rejected.evidence.bytes, 1500);
	ck_assert_uint_eq(
	    fixture_peer(&fixture, 0, 1)->rejected.others.bytes, 0);
}
END_TEST

/* M184 */
/* A version of node 1's card with a second generation. */
static void succeed(Qsg__Card *card, void *context)
{
	const uint8_t *which = context;
	Qsg__LogGeneration *log = malloc(sizeof *log);

	qsg__log_generation__init(log);
	log->generation.len = 8;
	log->generation.data = malloc(8);
	memset(log->generation.data, *which, 8);
	/* A point that is a key: its own other keys will do but one. */
	log->log_key.len = 32;
	log->log_key.data = malloc(32);
	memcpy(log->log_key.data,
	    keystore_public(node_keystore(fixture.nodes[2 + *which % 2]))
		->logs[0]
		.key.b,
	    32);
	card->generations =
	    realloc(card->generations, 2 * sizeof *card->generations);
	card->generations[card->n_generations++] = log;
	card->version = *which;
}

static enum err hear_successor(uint8_t which)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };
	enum err err = ERR_OK;

	fixture_claim_card(&fixture, 1, succeed, &which, &card);
	err = peers_take_card(fixture.nodes[0], buf_span(&card), &outcome);
	OK(node_commit(fixture.nodes[0]));
	buf_clear(&card);
	return err;
}

/* M218 */
START_TEST(two_successors_of_one_log_are_evidence)
{
	OK(hear_successor(2));
	FAILS(hear_successor(3), ERR_STATE);
	ck_assert_uint_eq(keys_of(1)->version, 2);
	has_evidence(canon_lend("successor-fork"));
	fixture_restart(&fixture, 0, true);
	has_evidence(canon_lend("successor-fork"));
}
END_TEST

START_TEST(ten_newer_cards_a_day_are_taken_and_no_more)
{
	enum peers_outcome outcome = PEERS_SAME;
	uint64_t version = 1;

	for (size_t i = 0; i < LIMIT_CARDS_PER_DAY; i++) {
		OK(hear(1, (struct change){ .version = ++version }, &outcome));
		fixture.now_ms += 1000;
	}
	FAILS(hear(1, (struct change){ .version = version + 1 }, &outcome),
	    ERR_LIMIT);
	ck_assert_uint_eq(held(1)->version, version);
	/* Others are not held to it, nor is a person. */
	OK(hear(2, (struct change){ .version = 2 }, &outcome));
	OK(add(1, (struct change){ .version = ++version }, false, &outcome));
	fixture.now_ms += FIXTURE_DAY_MS - 10 * 1000 - 1;
	FAILS(hear(1, (struct change){ .version = version + 1 }, &outcome),
	    ERR_LIMIT);
	fixture.now_ms += 1;
	OK(hear(1, (struct change){ .version = ++version }, &outcome));
	FAILS(hear(1, (struct change){ .version = version + 1 }, &outcome),
	    ERR_LIMIT);
	ck_assert_uint_eq(held(1)->version, version);
}
END_TEST

START_TEST(our_own_card_is_nobodys)
{
	enum peers_outcome outcome = PEERS_SAME;

	FAILS(
	    add(0, (struct change){ .version = 9 }, true, &outcome), ERR_STATE);
	ck_assert_str_eq(err_text(), "this is our own card");
	ck_assert_uint_eq(node_card(fixture.nodes[0])->fields->version, 1);
}
END_TEST

/* M235 */
START_TEST(our_own_card_that_we_did_not_make_ends_our_signing)
{
	enum peers_outcome outcome = PEERS_SAME;
	const char *why = NULL;
	struct buf same = { 0 };

	OK(buf_append(
	    &same, buf_span(&node_card(fixture.nodes[0])->signed_bytes)));
	OK(peers_take_card(fixture.nodes[0], buf_span(&same), &outcome));
	ck_assert(node_may_sign(fixture.nodes[0], &why));
	buf_clear(&same);
	OK(hear(0, (struct change){ .version = _i ? 9 : 1, .name = "Other" },
	    &outcome));
	for (int i = 0; i < 2; i++) {
		ck_assert(!node_may_sign(fixture.nodes[0], &why));
		ck_assert_ptr_nonnull(strstr(why, "an old copy"));
		ck_assert_uint_eq(
		    node_card(fixture.nodes[0])->fields->version, 1);
		fixture_restart(&fixture, 0, true);
	}
}
END_TEST

static void spoil(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = 9;
	card->sealing_keys[0]->key.data[0] ^= 1;
	memset(card->sealing_keys[0]->key.data, 0, 32);
}

START_TEST(a_card_that_does_not_verify_changes_nothing)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };
	struct change change = { .version = 9 };

	fixture_claim_card(&fixture, 1, spoil, NULL, &card);
	FAILS(peers_take_card(fixture.nodes[0], buf_span(&card), &outcome),
	    ERR_VERIFY);
	buf_reset(&card);
	fixture_claim_card(&fixture, 1, apply, &change, &card);
	card.data[card.size - 3] ^= 1;
	FAILS(peers_take_card(fixture.nodes[0], buf_span(&card), &outcome),
	    ERR_VERIFY);
	buf_clear(&card);
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(held(1)->version, 1);
}
END_TEST

/* A node that 0 has not met: 3 forgets 1, so to say. */
static void stranger(struct fixture *two)
{
	fixture_open(two, 2);
}

START_TEST(a_fingerprint_that_differs_adds_nobody)
{
	static struct fixture others;
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct fingerprint good;
	struct fingerprint bad;
	struct peer *peer = NULL;
	const struct card *card = NULL;

	stranger(&others);
	card = node_card(others.nodes[1]);
	bad = text_fingerprint(node_id(fixture.nodes[1]));
	good = text_fingerprint(&card->organisation);
	decision.fingerprint = bad.text;
	decision.accept_code = true;
	FAILS(peers_add(fixture.nodes[0], buf_span(&card->signed_bytes),
		  &decision, &outcome, &peer),
	    ERR_DENIED);
	decision.fingerprint = "no fingerprint";
	ck_assert_int_ne(
	    peers_add(fixture.nodes[0], buf_span(&card->signed_bytes),
		&decision, &outcome, &peer),
	    ERR_OK);
	ck_assert_uint_eq(peers_count(fixture.nodes[0]), 4);
	ck_assert_int_eq(peers_take_card(fixture.nodes[0],
			     buf_span(&card->signed_bytes), &outcome),
	    ERR_NOTFOUND);
	decision.fingerprint = good.text;
	decision.accept_code = false;
	FAILS(peers_add(fixture.nodes[0], buf_span(&card->signed_bytes),
		  &decision, &outcome, &peer),
	    ERR_STATE); /* its code is 1's */
	decision.accept_code = true;
	OK(peers_add(fixture.nodes[0], buf_span(&card->signed_bytes), &decision,
	    &outcome, &peer));
	ck_assert_int_eq(outcome, PEERS_ADDED);
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(peers_count(fixture.nodes[0]), 5);
	/* Both go by one code now: one has to say which. */
	FAILS(peers_resolve(fixture.nodes[0], "01X", &peer), ERR_AMBIGUOUS);
	ck_assert_ptr_nonnull(strstr(err_text(), "Organisation 1 (01X) "));
	ck_assert_ptr_nonnull(strstr(err_text(), good.text));
	ck_assert_ptr_null(strstr(err_text(), "02X"));
	OK(peers_resolve(fixture.nodes[0], good.text, &peer));
	ck_assert(id_equal(&peer->card.organisation, &card->organisation));
	fixture_close(&others);
}
END_TEST

START_TEST(a_new_organisation_sets_every_cursor_back)
{
	static struct fixture others;
	struct peers_decision decision = { .accept_code = true };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;

	OK(replica_done(fixture.nodes[0], fixture_peer(&fixture, 0, 2), 17));
	OK(node_commit(fixture.nodes[0]));
	stranger(&others);
	OK(peers_add(fixture.nodes[0],
	    buf_span(&node_card(others.nodes[1])->signed_bytes), &decision,
	    &outcome, &peer));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(fixture_peer(&fixture, 0, 2)->cursor, 0);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(fixture_peer(&fixture, 0, 2)->cursor, 0);
	fixture_close(&others);
}
END_TEST

START_TEST(names_codes_and_fingerprints_are_found_as_people_type_them)
{
	struct fingerprint print = text_fingerprint(node_id(fixture.nodes[2]));
	struct peer *peer = NULL;

	OK(peers_resolve(fixture.nodes[0], "organisation 2", &peer));
	ck_assert_int_eq(peer->org, fixture_org(&fixture, 0, 2));
	OK(peers_resolve(fixture.nodes[0], "02x", &peer));
	ck_assert_int_eq(peer->org, fixture_org(&fixture, 0, 2));
	OK(peers_resolve(fixture.nodes[0], print.text, &peer));
	ck_assert_int_eq(peer->org, fixture_org(&fixture, 0, 2));
	OK(peers_resolve(fixture.nodes[0], "00X", &peer));
	ck_assert_int_eq(peer->org, 1);
	FAILS(peers_resolve(fixture.nodes[0], "Nobody", &peer), ERR_NOTFOUND);
	ck_assert_str_eq(err_text(),
	    "no organisation 'Nobody' is known; known: Organisation 1 (01X), "
	    "Organisation 2 (02X), Organisation 3 (03X)");
	FAILS(peers_resolve(fixture.nodes[0], "", &peer), ERR_NOTFOUND);
	ck_assert_ptr_null(peers_get(fixture.nodes[0], 0));
	ck_assert_ptr_null(peers_get(fixture.nodes[0], 5));
}
END_TEST

START_TEST(a_transport_key_counts_while_its_card_does)
{
	const Qsg__Card *card = node_card(fixture.nodes[1])->fields;
	struct id32 key;
	struct id32 other;

	memcpy(key.b, card->transport_keys[0].data, 32);
	ck_assert_ptr_eq(peers_by_transport(fixture.nodes[0], &key),
	    fixture_peer(&fixture, 0, 1));
	other = key;
	other.b[0] ^= 1;
	ck_assert_ptr_null(peers_by_transport(fixture.nodes[0], &other));
	memcpy(key.b,
	    node_card(fixture.nodes[0])->fields->transport_keys[0].data, 32);
	ck_assert_ptr_null(peers_by_transport(fixture.nodes[0], &key));
}
END_TEST

/* Another name, which waits, and 2's transport key, which counts. */
static void move_key(Qsg__Card *card, void *context)
{
	struct change change = { .version = 5, .name = "Another Name" };

	apply(card, &change);
	memcpy(card->transport_keys[0].data, context, 32);
}

/* M183 */
START_TEST(a_transport_key_of_a_card_that_waits_counts)
{
	struct buf bytes = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct id32 old;
	struct id32 new = { { 9 } };

	memcpy(old.b,
	    node_card(fixture.nodes[1])->fields->transport_keys[0].data, 32);
	fixture_claim_card(&fixture, 1, move_key, new.b, &bytes);
	OK(peers_take_card(fixture.nodes[0], buf_span(&bytes), &outcome));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_int_eq(outcome, PEERS_WAITS);
	ck_assert_ptr_eq(peers_by_transport(fixture.nodes[0], &new),
	    fixture_peer(&fixture, 0, 1));
	ck_assert_ptr_null(peers_by_transport(fixture.nodes[0], &old));
	buf_clear(&bytes);
}
END_TEST

Suite *test_peers_suite(void)
{
	Suite *suite = suite_create("peers");
	TCase *tcase = tcase_create("cards");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_newer_card_of_the_same_claims_takes_effect);
	tcase_add_loop_test(
	    tcase, changed_claims_wait_while_keys_and_endpoints_apply, 0, 4);
	tcase_add_test(tcase, claims_taken_back_wait_no_longer);
	tcase_add_test(tcase, a_card_of_a_lower_version_is_refused);
	tcase_add_loop_test(tcase, two_cards_of_one_version_are_evidence, 0, 2);
	tcase_add_test(
	    tcase, a_second_card_of_a_waiting_version_is_evidence_too);
	tcase_add_test(tcase, two_successors_of_one_log_are_evidence);
	tcase_add_test(tcase, ten_newer_cards_a_day_are_taken_and_no_more);
	tcase_add_test(tcase, our_own_card_is_nobodys);
	tcase_add_loop_test(
	    tcase, our_own_card_that_we_did_not_make_ends_our_signing, 0, 2);
	tcase_add_test(tcase, a_card_that_does_not_verify_changes_nothing);
	tcase_add_test(tcase, a_fingerprint_that_differs_adds_nobody);
	tcase_add_test(tcase, a_new_organisation_sets_every_cursor_back);
	tcase_add_test(
	    tcase, names_codes_and_fingerprints_are_found_as_people_type_them);
	tcase_add_test(tcase, a_transport_key_counts_while_its_card_does);
	tcase_add_test(tcase, a_transport_key_of_a_card_that_waits_counts);
	suite_add_tcase(suite, tcase);
	return suite;
}
