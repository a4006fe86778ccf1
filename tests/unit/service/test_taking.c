#include "evil.h"

#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

Suite *test_taking_suite(void);

/* Node 0 writes to 1 and 2; what reaches 1 is tampered with on its way. */
static struct fixture fixture;
static struct id32 first; /* of the stream to 1 and 2 */
static struct id32 second;
static struct id32 alone; /* of the stream to 1 */

#define BOTH ((1u << 1) | (1u << 2))

static void setup(void)
{
	struct id32 other;

	fixture_open(&fixture, 4);
	OK(fixture_share(&fixture, 0, BOTH, "first", &first));
	OK(fixture_share(&fixture, 0, 1u << 1, "alone", &alone));
	OK(fixture_share(&fixture, 0, 1u << 3, "elsewhere", &other));
	OK(fixture_share(&fixture, 0, BOTH, "second", &second));
	OK(fixture_share(&fixture, 0, 0, "private", &other));
	OK(node_commit(fixture.nodes[0]));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* The whole stream to 1 and 2: opening, first, second. */
static Qsg__Records *whole(void)
{
	return fixture_message(&fixture, 0, 1, &first, 1, 3);
}

/* The message is refused, charged and kept; nothing of it is held. */
static void refused(Qsg__Records *message, enum err want, const char *code)
{
	struct replica_taken taken;
	uint64_t before = fixture_quarantined(&fixture, 1, 0);
	uint64_t counted = fixture_peer(&fixture, 1, 0)->refused_here;
	size_t held = views_count(fixture.nodes[1]->views);
	enum err err = fixture_take(&fixture, 1, 0, message, &taken);

	ck_assert_msg(err == want, "%s: %s", code, err_text());
	ck_assert_str_eq(taken.code, code);
	ck_assert_str_ne(taken.reason, "");
	ck_assert_uint_eq(taken.taken, 0);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), held);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), before + 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), code);
	ck_assert_uint_eq(
	    fixture_peer(&fixture, 1, 0)->refused_here, counted + 1);
	ck_assert_str_eq(fixture_peer(&fixture, 1, 0)->problem, taken.reason);
	canon_free(&message->base);
}

/* What was sent well is taken all the same, of this stream and others. */
static void nothing_is_wedged(void)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &first, "first");
	fixture_assert_text(&fixture, 1, &second, "second");
	fixture_assert_text(&fixture, 1, &alone, "alone");
	fixture_assert_verifies(&fixture, 1);
}

START_TEST(every_flipped_byte_of_a_header_is_noticed)
{
	Qsg__Records *message = whole();
	size_t size = message->records[1]->header.len;
	struct replica_taken taken;

	for (size_t i = 0; i < size; i++) {
		uint8_t *byte = &message->records[1]->header.data[i];
		enum err err = ERR_OK;

		*byte ^= (uint8_t)(1u << (i % 8));
		err = fixture_take(&fixture, 1, 0, message, &taken);
		ck_assert_msg(
		    err == ERR_FORMAT || err == ERR_VERIFY, "byte %zu", i);
		ck_assert_uint_eq(taken.taken, 0);
		*byte ^= (uint8_t)(1u << (i % 8));
	}
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), size);
	canon_free(&message->base);
	nothing_is_wedged();
}
END_TEST

START_TEST(flipped_slots_are_noticed_before_the_number_is_taken)
{
	size_t size = 0;

	for (size_t i = 0; i == 0 || i < size; i += 61) {
		Qsg__Records *message = whole();

		size = message->records[0]->slots.len;
		message->records[0]->slots.data[i] ^= 0x10;
		refused(message, ERR_VERIFY, "bad-slots");
	}
	{
		Qsg__Records *message = whole();

		message->records[0]->slots.len--;
		refused(message, ERR_VERIFY, "bad-slots");
	}
	{
		Qsg__Records *message = whole();

		fixture_put(&message->records[0]->slots, span_of("", 0));
		refused(message, ERR_VERIFY, "bad-slots");
	}
	nothing_is_wedged();
}
END_TEST

START_TEST(slots_in_a_record_without_slots_are_refused)
{
	Qsg__Records *message = fixture_message(&fixture, 0, 1, &first, 1, 1);
	struct replica_taken taken;

	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	message = fixture_message(&fixture, 0, 1, &first, 2, 3);
	fixture_put(&message->records[0]->slots, span_of("slots", 5));
	refused(message, ERR_FORMAT, "malformed");
	nothing_is_wedged();
}
END_TEST

/* M173 */
START_TEST(a_wrong_body_is_charged_to_its_sender_and_fetched_elsewhere)
{
	Qsg__Records *message = whole();
	struct replica_taken taken;

	message->records[1]->body.data[20] ^= 1;
	OK(fixture_take(&fixture, 1, 2, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	ck_assert_uint_eq(taken.taken, 3);
	ck_assert_str_eq(taken.code, "bad-body");
	fixture_assert_state(
	    &fixture, 1, &first, RECORD_BODYLESS, RECORD_NO_BODY);
	fixture_assert_text(&fixture, 1, &second, "second");
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 2)->refused_here, 1);
	nothing_is_wedged();
	ck_assert_uint_eq(fixture.nodes[1]->streams[0].bodyless, 0);
}
END_TEST

/* M173 */
START_TEST(a_body_of_another_size_or_none_leaves_the_number_taken)
{
	Qsg__Records *message = whole();
	struct replica_taken taken;

	if (_i == 0) {
		message->records[1]->body.len--;
	} else {
		fixture_put(&message->records[1]->body, span_of("", 0));
	}
	OK(fixture_take(&fixture, 1, 2, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	fixture_assert_state(
	    &fixture, 1, &first, RECORD_BODYLESS, RECORD_NO_BODY);
	/* A co-reader that lacks the bytes itself did no wrong. */
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), _i == 0 ? 1 : 0);
	fixture_restart(&fixture, 1, false);
	fixture_assert_state(
	    &fixture, 1, &first, RECORD_BODYLESS, RECORD_NO_BODY);
	nothing_is_wedged();
	fixture_restart(&fixture, 1, true);
	fixture_assert_text(&fixture, 1, &first, "first");
	ck_assert_uint_eq(fixture.nodes[1]->streams[0].bodyless, 0);
}
END_TEST

/* M173: a wrong body for a number held without one is charged, too. */
START_TEST(a_second_wrong_body_fills_nothing)
{
	Qsg__Records *message = whole();
	struct replica_taken taken;

	for (int i = 1; i <= 3; i++) {
		message->records[1]->body.data[20] ^= (uint8_t)i;
		OK(fixture_take(&fixture, 1, 2, message, &taken));
		OK(node_commit(fixture.nodes[1]));
		ck_assert_uint_eq(
		    fixture_quarantined(&fixture, 1, 2), (uint64_t)i);
		fixture_assert_state(
		    &fixture, 1, &first, RECORD_BODYLESS, RECORD_NO_BODY);
		message->records[1]->body.data[20] ^= (uint8_t)i;
	}
	canon_free(&message->base);
	nothing_is_wedged();
}
END_TEST

START_TEST(what_is_held_already_is_not_taken_twice)
{
	Qsg__Records *message = whole();
	struct replica_taken taken;
	size_t held = 0;

	nothing_is_wedged();
	held = views_count(fixture.nodes[1]->views);
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	ck_assert_uint_eq(taken.taken, 0);
	ck_assert_uint_eq(taken.held, 3);
	ck_assert_uint_eq(taken.next, 4);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), held);
	canon_free(&message->base);
}
END_TEST

/*
 * Proofs.
 */

static void flip_node(Qsg__Records *message)
{
	message->nodes[0]->hash.data[5] ^= 1;
}

static void drop_node(Qsg__Records *message)
{
	qsg__node__free_unpacked(message->nodes[--message->n_nodes], NULL);
}

static void move_node(Qsg__Records *message)
{
	message->nodes[0]->index ^= 1;
}

static void lift_node(Qsg__Records *message)
{
	message->nodes[0]->level++;
}

static void far_node(Qsg__Records *message)
{
	message->nodes[message->n_nodes - 1]->level = 4000000000u;
	message->nodes[message->n_nodes - 1]->index = UINT64_MAX;
}

static void swap_nodes(Qsg__Records *message)
{
	Qsg__Node *node = message->nodes[0];

	ck_assert_uint_ge(message->n_nodes, 2);
	message->nodes[0] = message->nodes[1];
	message->nodes[1] = node;
}

static void next_leaf(Qsg__Records *message)
{
	message->records[2]->index++;
}

static void first_leaf(Qsg__Records *message)
{
	message->records[0]->index = 100;
	message->records[1]->index = 101;
	message->records[2]->index = UINT64_MAX;
}

static void (*const proof_faults[])(Qsg__Records *) = { flip_node, drop_node,
	move_node, lift_node, far_node, swap_nodes, next_leaf, first_leaf };

START_TEST(a_proof_that_does_not_fit_is_refused)
{
	Qsg__Records *message = whole();

	proof_faults[_i](message);
	refused(message, ERR_VERIFY, "bad-proof");
	nothing_is_wedged();
}
END_TEST

START_TEST(a_proof_with_more_nodes_than_it_needs_is_refused)
{
	Qsg__Records *message = whole();
	size_t count = message->n_nodes;
	Qsg__Node *extra = malloc(sizeof *extra);

	qsg__node__init(extra);
	extra->level = message->nodes[count - 1]->level + 1;
	extra->index = 0;
	fixture_put(&extra->hash, span_of(message->nodes[0]->hash.data, 32));
	message->nodes =
	    realloc(message->nodes, (count + 1) * sizeof(Qsg__Node *));
	message->nodes[count] = extra;
	message->n_nodes++;
	refused(message, ERR_VERIFY, "bad-proof");
	nothing_is_wedged();
}
END_TEST

START_TEST(a_proof_of_too_many_nodes_is_not_even_looked_at)
{
	Qsg__Records *message = whole();
	size_t old = message->n_nodes;
	size_t count = LIMIT_PROOF_NODES + 1;

	message->nodes = realloc(message->nodes, count * sizeof(Qsg__Node *));
	for (size_t i = old; i < count; i++) {
		message->nodes[i] = malloc(sizeof(Qsg__Node));
		qsg__node__init(message->nodes[i]);
		message->nodes[i]->index = i;
		fixture_put(&message->nodes[i]->hash,
		    span_of(message->nodes[0]->hash.data, 32));
	}
	message->n_nodes = count;
	refused(message, ERR_FORMAT, "malformed");
	nothing_is_wedged();
}
END_TEST

START_TEST(a_proof_node_without_a_hash_is_refused)
{
	Qsg__Records *message = whole();

	message->nodes[0]->hash.len = 31;
	refused(message, ERR_FORMAT, "malformed");
	nothing_is_wedged();
}
END_TEST

START_TEST(a_proof_from_a_head_not_held_is_nobodys_fault)
{
	Qsg__Records *message = whole();
	struct replica_taken taken;

	message->head_size = 3;
	FAILS(fixture_take(&fixture, 1, 0, message, &taken), ERR_STATE);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	canon_free(&message->base);
	nothing_is_wedged();
}
END_TEST

/*
 * Checkpoints.
 */

static void flip_size(Qsg__Records *message)
{
	uint8_t *line =
	    memchr(message->checkpoint.data, '\n', message->checkpoint.len);

	line[1] = (uint8_t)(line[1] == '9' ? '8' : line[1] + 1);
}

static void flip_signature(Qsg__Records *message)
{
	uint8_t *last = &message->checkpoint.data[message->checkpoint.len - 9];

	*last = *last == 'A' ? 'B' : 'A';
}

static void flip_root(Qsg__Records *message)
{
	uint8_t *line =
	    memchr(message->checkpoint.data, '\n', message->checkpoint.len);

	line = memchr(line + 1, '\n', 200);
	line[5] = line[5] == 'A' ? 'B' : 'A';
}

static void no_checkpoint(Qsg__Records *message)
{
	fixture_put(&message->checkpoint, span_of("", 0));
}

static void checkpoint_of_another(Qsg__Records *message)
{
	struct id32 record;

	OK(fixture_share(&fixture, 2, 1u << 1, "mine", &record));
	OK(node_commit(fixture.nodes[2]));
	fixture_put(&message->checkpoint, node_head_note(fixture.nodes[2]));
}

/* The author's checkpoint, in the author's name, under another's key. */
static void sign_as_another(Qsg__Records *message, bool steal_id)
{
	const struct keystore *keystore = node_keystore(fixture.nodes[2]);
	const struct keystore_log *log = keystore_public(keystore)->logs;
	const struct checkpoint *head = node_head(fixture.nodes[0]);
	struct note_key theirs;
	struct note_key key;
	struct buf text = { 0 };
	struct buf note = { 0 };

	note_log_key(&head->author, &head->generation,
	    &keystore_public(node_keystore(fixture.nodes[0]))->logs->key,
	    &theirs);
	note_log_key(&head->author, &head->generation, &log->key, &key);
	if (steal_id) {
		memcpy(key.id, theirs.id, sizeof key.id);
	}
	OK(checkpoint_text(head, &text));
	OK(note_sign(keystore, &key, &log->generation, buf_span(&text), &note));
	fixture_put(&message->checkpoint, buf_span(&note));
	buf_clear(&text);
	buf_clear(&note);
}

static void signed_by_another(Qsg__Records *message)
{
	sign_as_another(message, false);
}

static void signed_by_another_in_its_name(Qsg__Records *message)
{
	sign_as_another(message, true);
}

/* M61: signed by the author's own log key, for a log of another name. */
static void sign_for(Qsg__Records *message, const struct checkpoint *head)
{
	const struct keystore *keystore = node_keystore(fixture.nodes[0]);
	const struct keystore_log *log = keystore_public(keystore)->logs;
	struct note_key key;
	struct buf text = { 0 };
	struct buf note = { 0 };

	note_log_key(&head->author, &head->generation, &log->key, &key);
	OK(checkpoint_text(head, &text));
	OK(note_sign(keystore, &key, &log->generation, buf_span(&text), &note));
	fixture_put(&message->checkpoint, buf_span(&note));
	buf_clear(&text);
	buf_clear(&note);
}

static void for_another_author(Qsg__Records *message)
{
	struct checkpoint head = *node_head(fixture.nodes[0]);

	head.author = *node_id(fixture.nodes[2]);
	sign_for(message, &head);
}

static void for_another_generation(Qsg__Records *message)
{
	struct checkpoint head = *node_head(fixture.nodes[0]);

	head.generation.b[7] ^= 1;
	sign_for(message, &head);
}

static void (*const checkpoint_faults[])(Qsg__Records *) = { flip_size,
	for_another_author, for_another_generation, flip_signature, flip_root,
	no_checkpoint, checkpoint_of_another, signed_by_another,
	signed_by_another_in_its_name };

START_TEST(a_checkpoint_that_its_author_did_not_sign_is_refused)
{
	Qsg__Records *message = whole();

	checkpoint_faults[_i](message);
	refused(message, ERR_VERIFY, "bad-checkpoint");
	nothing_is_wedged();
}
END_TEST

Suite *test_taking_suite(void)
{
	Suite *suite = suite_create("taking");
	TCase *tcase = tcase_create("tampered");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_flipped_byte_of_a_header_is_noticed);
	tcase_add_test(
	    tcase, flipped_slots_are_noticed_before_the_number_is_taken);
	tcase_add_test(tcase, slots_in_a_record_without_slots_are_refused);
	tcase_add_test(
	    tcase, a_wrong_body_is_charged_to_its_sender_and_fetched_elsewhere);
	tcase_add_loop_test(tcase,
	    a_body_of_another_size_or_none_leaves_the_number_taken, 0, 2);
	tcase_add_test(tcase, a_second_wrong_body_fills_nothing);
	tcase_add_test(tcase, what_is_held_already_is_not_taken_twice);
	tcase_add_loop_test(tcase, a_proof_that_does_not_fit_is_refused, 0,
	    (int)(sizeof proof_faults / sizeof proof_faults[0]));
	tcase_add_test(tcase, a_proof_with_more_nodes_than_it_needs_is_refused);
	tcase_add_test(tcase, a_proof_of_too_many_nodes_is_not_even_looked_at);
	tcase_add_test(tcase, a_proof_node_without_a_hash_is_refused);
	tcase_add_test(tcase, a_proof_from_a_head_not_held_is_nobodys_fault);
	tcase_add_loop_test(tcase,
	    a_checkpoint_that_its_author_did_not_sign_is_refused, 0,
	    (int)(sizeof checkpoint_faults / sizeof checkpoint_faults[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
