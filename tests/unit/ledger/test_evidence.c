#include "ledger/evidence.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "keys/seal.h"
#include "unit/keys/fixture.h"
#include "unit/ledger/histories.h"
#include "unit/mutate.h"

#include "evidence.pb-c.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_evidence_suite(void);

static struct keystore *keystore;
static struct keystore *other;
static struct card card;
static struct history a;
static struct history b;
static struct buf notes[2];
static struct evidence_side sides[2];
static struct merkle_nodes none;
static struct buf bytes;

static void setup(void)
{
	keystore = fixture_keystore(1);
	other = fixture_keystore(2);
	fixture_card(keystore, 1, "One", &card);
	history_init(&a, keystore);
	history_init(&b, keystore);
}

static void teardown(void)
{
	history_clear(&a);
	history_clear(&b);
	card_clear(&card);
	keystore_close(keystore);
	keystore_close(other);
	buf_clear(&notes[0]);
	buf_clear(&notes[1]);
	buf_clear(&bytes);
}

/* Two histories of which the first `common` leaves are the same. */
static void histories(uint64_t common, uint64_t more)
{
	history_add(&a, common, "same");
	history_add(&b, common, "same");
	history_add(&a, more, "to one");
	history_add(&b, more, "to another");
}

static enum err split_view(uint64_t size_a, uint64_t size_b)
{
	history_sign(&a, size_a, &notes[0], &sides[0]);
	history_sign(&b, size_b, &notes[1], &sides[1]);
	buf_reset(&bytes);
	return evidence_make_split_view(
	    &card, &sides[0], &sides[1], &none, &bytes);
}

static void found(enum evidence_kind kind)
{
	struct evidence_found out;

	fixture_ok(evidence_check(buf_span(&bytes), &out));
	ck_assert_int_eq(out.kind, kind);
	ck_assert(id_equal(&out.author, &card.organisation));
	ck_assert_uint_gt(strlen(out.text), 20);
}

/* M213 */
START_TEST(two_histories_are_shown_at_any_two_sizes)
{
	histories(5, 30);
	for (uint64_t x = 6; x <= 35; x++) {
		for (uint64_t y = 6; y <= 35; y++) {
			fixture_ok(split_view(x, y));
			found(EVIDENCE_SPLIT_VIEW);
			ck_assert_uint_lt(bytes.size, 4096);
		}
	}
}
END_TEST

/* M213 */
START_TEST(one_history_is_never_shown_as_two)
{
	histories(9, 20);
	for (uint64_t x = 1; x <= 9; x++) {
		for (uint64_t y = 1; y <= 29; y++) {
			ck_assert_int_eq(split_view(x, y), ERR_NOTFOUND);
			ck_assert_int_eq(split_view(y, x), ERR_NOTFOUND);
			ck_assert_uint_eq(bytes.size, 0);
		}
	}
}
END_TEST

/* Change evidence field by field, encode it as it then is. */
static Qsg__Evidence *decoded(void)
{
	ProtobufCMessage *message = NULL;

	fixture_ok(canon_decode(&qsg__evidence__descriptor, buf_span(&bytes),
	    LIMIT_EVIDENCE_BYTES, &message));
	return (Qsg__Evidence *)message;
}

static enum err recheck(const Qsg__Evidence *changed)
{
	struct buf again = { 0 };
	struct evidence_found out;
	enum err err = ERR_OK;

	fixture_ok(canon_encode(&changed->base, &again));
	err = evidence_check(buf_span(&again), &out);
	buf_clear(&again);
	return err;
}

/* M213: at these sizes the very same nodes prove the left half as well, on
 * which both agree. */
START_TEST(a_subtree_that_both_share_proves_nothing)
{
	Qsg__Evidence *changed = NULL;

	histories(8, 8);
	fixture_ok(split_view(12, 14));
	changed = decoded();
	ck_assert_uint_eq(changed->level, 2);
	ck_assert_uint_eq(changed->index, 2);
	changed->level = 3;
	changed->index = 0;
	ck_assert_int_eq(recheck(changed), ERR_VERIFY);
	canon_free(&changed->base);
}
END_TEST

/* M212 */
START_TEST(a_checkpoint_of_another_key_proves_nothing)
{
	struct history forged;
	Qsg__Evidence *changed = NULL;
	struct buf note = { 0 };
	struct evidence_side side;
	struct checkpoint head;

	histories(4, 4);
	fixture_ok(split_view(8, 8));
	/* Somebody else signs a head in the author's name. */
	history_init(&forged, other);
	history_add(&forged, 8, "forged");
	history_sign(&forged, 8, &note, &side);
	changed = decoded();
	head = side.head;
	ck_assert_int_eq(checkpoint_verify(buf_span(&note),
			     &keystore_public(other)->logs[0].key, &head),
	    ERR_OK);
	free(changed->sides[1]->checkpoint.data);
	changed->sides[1]->checkpoint.data = malloc(note.size);
	memcpy(changed->sides[1]->checkpoint.data, note.data, note.size);
	changed->sides[1]->checkpoint.len = note.size;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	canon_free(&changed->base);
	/* The author's own, with its signature changed. */
	changed = decoded();
	changed->sides[1]
	    ->checkpoint.data[changed->sides[1]->checkpoint.len - 8] ^= 1;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	canon_free(&changed->base);
	history_clear(&forged);
	buf_clear(&note);
}
END_TEST

/* A forged key cannot borrow the author's name: checkpoints name their origin,
 * and are checked under the card's key. */
/* M212 */
START_TEST(a_name_does_not_make_a_signature)
{
	/* Text of ours, signature line of another's key under our name. */
	struct checkpoint head = { .author = card.organisation,
		.generation = keystore_public(keystore)->logs[0].generation,
		.size = 8 };
	struct note_key key;
	struct buf text = { 0 };
	struct buf note = { 0 };
	Qsg__Evidence *changed = NULL;

	histories(4, 4);
	fixture_ok(split_view(8, 8));
	memset(&head.root, 0xEE, sizeof head.root);
	fixture_ok(checkpoint_text(&head, &text));
	note_log_key(&head.author, &head.generation,
	    &keystore_public(other)->logs[0].key, &key);
	fixture_ok(
	    note_sign(other, &key, &keystore_public(other)->logs[0].generation,
		buf_span(&text), &note));
	changed = decoded();
	free(changed->sides[1]->checkpoint.data);
	changed->sides[1]->checkpoint.data = malloc(note.size);
	memcpy(changed->sides[1]->checkpoint.data, note.data, note.size);
	changed->sides[1]->checkpoint.len = note.size;
	ck_assert_int_eq(recheck(changed), ERR_VERIFY);
	canon_free(&changed->base);
	buf_clear(&text);
	buf_clear(&note);
}
END_TEST

/*
 * Streams.
 */

/* One stream in one history: its opening, and two records. */
static void log_stream(struct history *history, struct header *headers)
{
	headers[0] = history_opening(history, 7);
	headers[1] = history_next(&headers[0], false);
	headers[2] = history_next(&headers[1], false);
	for (size_t i = 0; i < 3; i++) {
		(void)history_log(history, &headers[i]);
	}
}

static enum err stream(uint64_t leaf_a, uint64_t leaf_b)
{
	history_sign(&a, a.size, &notes[0], &sides[0]);
	history_sign(&a, a.size, &notes[1], &sides[1]);
	history_prove(&a, leaf_a, &sides[0]);
	history_prove(&a, leaf_b, &sides[1]);
	buf_reset(&bytes);
	return evidence_make_stream(&card, &sides[0], &sides[1], &bytes);
}

/* M214 M215 */
START_TEST(two_records_for_one_number_are_a_fork)
{
	struct header headers[3];
	struct header second;
	uint64_t leaf = 0;

	log_stream(&a, headers);
	history_add(&a, 3, "more");
	second = headers[1];
	memset(second.nonce, 9, sizeof second.nonce);
	leaf = history_log(&a, &second);
	fixture_ok(stream(1, leaf));
	found(EVIDENCE_STREAM_FORK);
	fixture_ok(stream(leaf, 1));
	found(EVIDENCE_STREAM_FORK);
	/* The same record at two places is one record. */
	leaf = history_log(&a, &headers[1]);
	ck_assert_int_eq(stream(1, leaf), ERR_NOTFOUND);
	/* Another number, another stream. */
	ck_assert_int_eq(stream(1, 2), ERR_NOTFOUND);
	second = history_opening(&a, 8);
	leaf = history_log(&a, &second);
	ck_assert_int_eq(stream(0, leaf), ERR_NOTFOUND);
}
END_TEST

/* M216 */
START_TEST(a_record_that_does_not_follow_breaks_its_stream)
{
	struct header headers[3];
	struct header bad;
	uint64_t leaf = 0;

	log_stream(&a, headers);
	bad = history_next(&headers[2], false);
	bad.previous = headers[1].previous;
	leaf = history_log(&a, &bad);
	fixture_ok(stream(2, leaf));
	found(EVIDENCE_STREAM_BROKEN);
	/* Not from a number further back. */
	ck_assert_int_eq(stream(1, leaf), ERR_NOTFOUND);
}
END_TEST

/* M216 */
START_TEST(a_changed_audience_breaks_its_stream)
{
	struct header headers[3];
	struct header bad;
	uint64_t leaf = 0;

	log_stream(&a, headers);
	bad = history_next(&headers[2], true);
	bad.audience_commitment = headers[0].audience_commitment;
	leaf = history_log(&a, &bad);
	ck_assert_int_eq(stream(0, leaf), ERR_NOTFOUND);
	bad.audience_commitment.b[5] ^= 1;
	leaf = history_log(&a, &bad);
	fixture_ok(stream(0, leaf));
	found(EVIDENCE_STREAM_BROKEN);
	/* A content record has no audience to compare. */
	ck_assert_int_eq(stream(0, 2), ERR_NOTFOUND);
}
END_TEST

/* M214 */
START_TEST(a_header_that_is_not_in_the_log_proves_nothing)
{
	struct header headers[3];
	struct header second;
	Qsg__Evidence *changed = NULL;
	uint64_t leaf = 0;

	log_stream(&a, headers);
	second = headers[1];
	memset(second.nonce, 9, sizeof second.nonce);
	leaf = history_log(&a, &second);
	fixture_ok(stream(1, leaf));
	changed = decoded();
	changed->sides[0]->header.data[ENVELOPE_PLAIN_BYTES - 1] ^= 1;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	canon_free(&changed->base);
	changed = decoded();
	changed->sides[0]->leaf ^= 1;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	canon_free(&changed->base);
}
END_TEST

/*
 * Cards.
 */

/* M217 */
START_TEST(two_cards_of_one_version_are_a_fork)
{
	struct card second;
	struct card third;
	struct card foreign;

	fixture_card(keystore, 1, "Two", &second);
	fixture_card(keystore, 2, "Two", &third);
	fixture_card(other, 1, "One", &foreign);
	fixture_ok(evidence_make_cards(&card, &second, &bytes));
	found(EVIDENCE_CARD_FORK);
	buf_reset(&bytes);
	fixture_ok(evidence_make_cards(&second, &card, &bytes));
	found(EVIDENCE_CARD_FORK);
	buf_reset(&bytes);
	ck_assert_int_eq(
	    evidence_make_cards(&card, &third, &bytes), ERR_NOTFOUND);
	ck_assert_int_eq(
	    evidence_make_cards(&card, &card, &bytes), ERR_NOTFOUND);
	ck_assert_int_eq(
	    evidence_make_cards(&card, &foreign, &bytes), ERR_NOTFOUND);
	card_clear(&second);
	card_clear(&third);
	card_clear(&foreign);
}
END_TEST

static uint8_t successor;

/* A second generation, another for each value of `successor`. */
static void succeed(struct secrets *secrets)
{
	struct secrets_log *log = &secrets->logs[secrets->log_count++];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 1000u + successor);
	struct secrets *fresh = NULL;

	fixture_ok(secrets_new(&fresh));
	fixture_ok(secrets_fresh(fresh, &rng));
	*log = fresh->logs[0];
	secrets_free(fresh);
}

static void card_with_successor(
    uint8_t which, uint64_t version, struct keystore **keys, struct card *out)
{
	successor = which;
	*keys = fixture_keystore_with(1, succeed);
	fixture_card(*keys, version, "One", out);
	ck_assert_uint_eq(out->fields->n_generations, 2);
}

/* M218 */
START_TEST(two_successors_of_one_log_are_a_fork)
{
	struct keystore *keys[3];
	struct card cards[3];

	card_with_successor(1, 2, &keys[0], &cards[0]);
	card_with_successor(2, 3, &keys[1], &cards[1]);
	card_with_successor(1, 4, &keys[2], &cards[2]);
	fixture_ok(evidence_make_cards(&cards[0], &cards[1], &bytes));
	found(EVIDENCE_SUCCESSOR_FORK);
	/* One successor told twice, and a card from before it. */
	ck_assert_int_eq(
	    evidence_make_cards(&cards[0], &cards[2], &bytes), ERR_NOTFOUND);
	ck_assert_int_eq(
	    evidence_make_cards(&card, &cards[0], &bytes), ERR_NOTFOUND);
	for (size_t i = 0; i < 3; i++) {
		card_clear(&cards[i]);
		keystore_close(keys[i]);
	}
}
END_TEST

/*
 * Bytes.
 */

static void one_of_each(unsigned kind)
{
	struct header headers[3];
	struct header second;
	struct card forked;

	buf_reset(&bytes);
	switch (kind) {
	case 0:
		histories(5, 10);
		fixture_ok(split_view(9, 15));
		return;
	case 1:
		histories(5, 10);
		fixture_ok(split_view(12, 12));
		return;
	case 2:
	case 3:
		log_stream(&a, headers);
		history_add(&a, 3, "more");
		second =
		    kind == 2 ? headers[2] : history_next(&headers[2], false);
		second.previous.b[0] ^= 1;
		(void)history_log(&a, &second);
		fixture_ok(stream(2, 6));
		return;
	default:
		fixture_card(keystore, 1, "Two", &forked);
		fixture_ok(evidence_make_cards(&card, &forked, &bytes));
		card_clear(&forked);
	}
}

/* M211 M212 M213 M214: whatever bit is changed, it is evidence no more. */
START_TEST(no_changed_byte_is_evidence)
{
	struct evidence_found out;

	one_of_each((unsigned)_i);
	fixture_ok(evidence_check(buf_span(&bytes), &out));
	for (size_t i = 0; i < bytes.size; i++) {
		uint8_t kept = bytes.data[i];

		bytes.data[i] ^= (uint8_t)(1u << (i % 8));
		ck_assert_msg(evidence_check(buf_span(&bytes), &out) != ERR_OK,
		    "byte %zu of kind %d", i, _i);
		bytes.data[i] = kept;
	}
	for (size_t i = 0; i < bytes.size; i++) {
		ck_assert_int_ne(
		    evidence_check(span_of(bytes.data, i), &out), ERR_OK);
	}
	fixture_ok(buf_u8(&bytes, 0));
	ck_assert_int_ne(evidence_check(buf_span(&bytes), &out), ERR_OK);
}
END_TEST

/* M211 M212: of each kind its part. */
START_TEST(no_mutated_evidence_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("evidence"));
	struct buf changed = { 0 };
	struct evidence_found out;
	uint64_t count = mutate_count() / 5 + 1;

	one_of_each((unsigned)_i);
	fixture_ok(evidence_check(buf_span(&bytes), &out));
	for (uint64_t i = 0; i < count; i++) {
		mutate(&rng, buf_span(&bytes), &changed);
		ck_assert_msg(
		    evidence_check(buf_span(&changed), &out) != ERR_OK,
		    "number %llu of kind %d", (unsigned long long)i, _i);
	}
	printf("evidence: %llu mutated of kind %d, none accepted\n",
	    (unsigned long long)count, _i);
	buf_clear(&changed);
}
END_TEST

static void swap_sides(Qsg__Evidence *changed)
{
	Qsg__EvidenceSide *kept = changed->sides[0];

	changed->sides[0] = changed->sides[1];
	changed->sides[1] = kept;
}

/* M211 M215 */
START_TEST(parts_that_a_kind_has_not_are_refused)
{
	static const char *const names[] = { "split-view", "stream-fork",
		"stream-broken", "card-fork", "successor-fork", "",
		"Split-view", "other" };
	Qsg__Evidence *changed = NULL;
	size_t accepted = 0;

	one_of_each((unsigned)_i);
	changed = decoded();
	for (size_t i = 0; i < 2 * (sizeof names / sizeof names[0]); i++) {
		char *kept = changed->kind;

		if (i % 2 && changed->n_sides == 2) {
			swap_sides(changed);
		}
		changed->kind = canon_lend(names[i / 2]);
		accepted +=
		    i % 2 && !changed->n_sides ? 0 : recheck(changed) == ERR_OK;
		changed->kind = kept;
		if (i % 2 && changed->n_sides == 2) {
			swap_sides(changed);
		}
	}
	ck_assert_uint_eq(accepted, 1);
	changed->version = 2;
	ck_assert_int_eq(recheck(changed), ERR_VERSION);
	changed->version = 0;
	ck_assert_int_eq(recheck(changed), ERR_FORMAT);
	changed->version = 1;
	changed->author.data[3] ^= 1;
	ck_assert_int_eq(recheck(changed), ERR_VERIFY);
	changed->author.data[3] ^= 1;
	changed->index++;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	changed->index--;
	changed->level++;
	ck_assert_int_ne(recheck(changed), ERR_OK);
	changed->level--;
	changed->n_cards--;
	ck_assert_int_eq(recheck(changed), ERR_FORMAT);
	changed->n_cards++;
	ck_assert_int_eq(recheck(changed), ERR_OK);
	canon_free(&changed->base);
}
END_TEST

/* M211: one contradiction has one form. */
START_TEST(sides_the_other_way_round_are_refused)
{
	Qsg__Evidence *changed = NULL;

	one_of_each((unsigned)_i);
	changed = decoded();
	if (changed->n_sides == 2) {
		swap_sides(changed);
	} else {
		ProtobufCBinaryData kept = changed->cards[0];

		changed->cards[0] = changed->cards[1];
		changed->cards[1] = kept;
	}
	ck_assert_int_ne(recheck(changed), ERR_OK);
	canon_free(&changed->base);
}
END_TEST

START_TEST(armour_is_read_back)
{
	struct buf text = { 0 };
	struct buf read = { 0 };
	struct evidence_found out;

	one_of_each(0);
	fixture_ok(evidence_armour(buf_span(&bytes), &text));
	ck_assert_ptr_nonnull(
	    strstr(buf_text(&text), "-----BEGIN QSG EVIDENCE-----"));
	fixture_ok(evidence_read(buf_span(&text), &read, &out));
	ck_assert(span_equal(buf_span(&read), buf_span(&bytes)));
	buf_reset(&read);
	fixture_ok(evidence_read(buf_span(&bytes), &read, &out));
	buf_reset(&read);
	ck_assert_int_ne(
	    evidence_read(span_text("nothing"), &read, &out), ERR_OK);
	buf_clear(&text);
	buf_clear(&read);
}
END_TEST

Suite *test_evidence_suite(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 14400);
	tcase_add_test(tests, two_histories_are_shown_at_any_two_sizes);
	tcase_add_test(tests, one_history_is_never_shown_as_two);
	tcase_add_test(tests, a_subtree_that_both_share_proves_nothing);
	tcase_add_test(tests, a_checkpoint_of_another_key_proves_nothing);
	tcase_add_test(tests, a_name_does_not_make_a_signature);
	tcase_add_test(tests, two_records_for_one_number_are_a_fork);
	tcase_add_test(tests, a_record_that_does_not_follow_breaks_its_stream);
	tcase_add_test(tests, a_changed_audience_breaks_its_stream);
	tcase_add_test(tests, a_header_that_is_not_in_the_log_proves_nothing);
	tcase_add_test(tests, two_cards_of_one_version_are_a_fork);
	tcase_add_test(tests, two_successors_of_one_log_are_a_fork);
	tcase_add_loop_test(tests, no_changed_byte_is_evidence, 0, 5);
	tcase_add_loop_test(tests, no_mutated_evidence_is_accepted, 0, 5);
	tcase_add_loop_test(tests, parts_that_a_kind_has_not_are_refused, 0, 5);
	tcase_add_loop_test(tests, sides_the_other_way_round_are_refused, 0, 5);
	tcase_add_test(tests, armour_is_read_back);
	suite_add_tcase(suite, tests);
	return suite;
}
