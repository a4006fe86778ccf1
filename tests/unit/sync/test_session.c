#include "pair.h"

#include "codec/canon.h"
#include "ledger/checkpoint.h"

#include <check.h>
#include <string.h>

Suite *test_session_suite(void);

static struct pair pair;

static void setup(void)
{
	pair_open(&pair);
}

static void teardown(void)
{
	pair_close(&pair);
}

static struct session *at(int side)
{
	return pair.sides[side].session;
}

static Qsg__Message ack_message(Qsg__Ack *ack)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	qsg__ack__init(ack);
	ack->credit = LIMIT_CREDIT_BYTES;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = ack;
	return message;
}

static Qsg__Message refuse_message(Qsg__Refuse *refuse, char *code)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	qsg__refuse__init(refuse);
	refuse->code = code;
	message.body_case = QSG__MESSAGE__BODY_REFUSE;
	message.refuse = refuse;
	return message;
}

/* M100, M101 */
START_TEST(hellos_carry_fresh_numbers_and_the_dialler_s)
{
	pair_session(&pair, PAIR_A, true);
	uint64_t number = at(PAIR_A)->ours;
	ck_assert_uint_ne(number, 0);
	pair_session(&pair, PAIR_B, false);
	ck_assert_uint_ne(at(PAIR_B)->ours, 0);
	ck_assert_uint_ne(at(PAIR_B)->ours, number);
	Qsg__Message *first =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_HELLO);
	ck_assert_uint_eq(first->from_session, number);
	ck_assert_uint_eq(first->to_session, 0);
	struct buf bytes = { 0 };
	ck_assert_int_eq(canon_encode(&first->base, &bytes), ERR_OK);
	canon_free(&first->base);
	session_receive(at(PAIR_B), buf_span(&bytes));
	buf_clear(&bytes);
	pair_commit(&pair, PAIR_B);
	Qsg__Message *answer =
	    pair_heard(&pair, PAIR_B, QSG__MESSAGE__BODY_HELLO);
	ck_assert_uint_eq(answer->from_session, at(PAIR_B)->ours);
	ck_assert_uint_eq(answer->to_session, number);
	canon_free(&answer->base);
	session_free(at(PAIR_A));
	pair_session(&pair, PAIR_A, true);
	ck_assert_uint_ne(at(PAIR_A)->ours, number);
}
END_TEST

START_TEST(both_sides_are_established_by_three_messages)
{
	pair_connect(&pair);
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_LIVES);
	ck_assert_int_eq(session_ended(at(PAIR_B)), SESSION_LIVES);
}
END_TEST

/* M230: a peer whose session has lived for longer is one that was met. */
START_TEST(a_peer_in_session_is_met_again_each_day)
{
	pair_connect(&pair);
	struct peer *peer = peers_get(pair.sides[PAIR_A].node, 2);
	int64_t before = pair.now_ms - 31 * REPLICA_MET_MS;
	peer->seen_ms = before;
	pair_pass(&pair, 1000);
	ck_assert_int_gt(peer->seen_ms, before);
	before = peer->seen_ms;
	pair_pass(&pair, 1000);
	ck_assert_int_eq(peer->seen_ms, before);
}
END_TEST

static void hello_of_b(Qsg__Hello *hello, struct id32 *id, uint8_t *sixteen)
{
	qsg__hello__init(hello);
	*id = *node_id(pair.sides[PAIR_B].node);
	memset(sixteen, 3, 16);
	hello->lowest_version = hello->highest_version = 1;
	hello->organisation.data = id->b;
	hello->organisation.len = sizeof(id->b);
	hello->incarnation.data = sixteen;
	hello->incarnation.len = 16;
}

/* M101 */
START_TEST(a_first_hello_with_a_number_for_us_is_refused)
{
	pair_session(&pair, PAIR_A, false);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello = QSG__HELLO__INIT;
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	message.from_session = 5;
	message.to_session = 6;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "no-session"));
	ck_assert(!at(PAIR_A)->judged);
}
END_TEST

/* M100, M101 */
START_TEST(a_hello_of_a_session_without_number_is_refused)
{
	struct id32 id;
	uint8_t sixteen[16];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello;
	struct buf bytes = { 0 };
	pair_session(&pair, PAIR_A, false);
	hello_of_b(&hello, &id, sixteen);
	message.version = SESSION_VERSION;
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	ck_assert_int_eq(canon_encode(&message.base, &bytes), ERR_OK);
	session_receive(at(PAIR_A), buf_span(&bytes));
	ck_assert(pair_refused(&pair, "no-session"));
	ck_assert(!at(PAIR_A)->judged);
	buf_clear(&bytes);
}
END_TEST

/* M102 */
START_TEST(other_numbers_are_dropped_and_echoed)
{
	Qsg__Ack ack;
	pair_play_b(&pair);
	pair_drop(&pair, PAIR_A);
	Qsg__Message message = ack_message(&ack);
	ack.credit = 77;
	message.from_session = 4712;
	message.to_session = at(PAIR_A)->ours;
	pair_say(&pair, &message);
	Qsg__Message *said =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE);
	ck_assert_str_eq(said->refuse->code, "no-session");
	ck_assert_uint_eq(said->refuse->from_session, 4712);
	ck_assert_uint_eq(said->refuse->to_session, at(PAIR_A)->ours);
	ck_assert_uint_eq(said->to_session, 4712);
	canon_free(&said->base);
	ck_assert_uint_ne(at(PAIR_A)->credit, 77);
	message.from_session = 4711;
	message.to_session = at(PAIR_A)->ours + 1;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "no-session"));
	ck_assert(session_established(at(PAIR_A)));
}
END_TEST

/* M103 */
START_TEST(a_refuse_is_never_answered)
{
	char code[] = "no-session";
	char other[] = "malformed";
	Qsg__Refuse refuse;
	pair_play_b(&pair);
	pair_drop(&pair, PAIR_A);
	Qsg__Message message = refuse_message(&refuse, code);
	message.from_session = 99;
	message.to_session = 98;
	refuse.from_session = 97;
	pair_say(&pair, &message);
	message = refuse_message(&refuse, other);
	message.from_session = 99;
	message.to_session = 98;
	pair_say(&pair, &message);
	message = refuse_message(&refuse, other);
	pair_say(&pair, &message);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE), 0);
	ck_assert(session_established(at(PAIR_A)));
	struct peer *peer =
	    peers_get(pair.sides[PAIR_A].node, pair.sides[PAIR_A].other);
	ck_assert_uint_eq(peer->refused_there, 1);
}
END_TEST

/* M103 */
START_TEST(a_refuse_before_any_hello_is_not_answered_either)
{
	char code[] = "busy";
	Qsg__Refuse refuse;
	pair_session(&pair, PAIR_A, false);
	Qsg__Message message = refuse_message(&refuse, code);
	message.from_session = 99;
	refuse.from_session = 97;
	pair_say(&pair, &message);
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 0);
}
END_TEST

/* M109 */
START_TEST(a_refuse_or_throttle_with_too_long_a_reason_is_malformed)
{
	char code[] = "busy";
	char long_text[LIMIT_REASON_BYTES + 2];
	Qsg__Refuse refuse;
	memset(long_text, 'x', sizeof(long_text));
	long_text[sizeof(long_text) - 1] = '\0';
	pair_play_b(&pair);
	pair_drop(&pair, PAIR_A);
	Qsg__Message message = refuse_message(&refuse, code);
	refuse.reason = long_text;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "malformed"));
	refuse.reason = code;
	refuse.code = long_text;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "malformed"));
	ck_assert_uint_eq(at(PAIR_A)->malformed, 2);
}
END_TEST

/* M104 */
START_TEST(no_session_ends_only_the_session_it_echoes)
{
	char code[] = "no-session";
	Qsg__Refuse refuse;
	pair_play_b(&pair);
	Qsg__Message message = refuse_message(&refuse, code);
	refuse.from_session = at(PAIR_A)->ours + 1;
	refuse.to_session = 4711;
	pair_say(&pair, &message);
	ck_assert(session_established(at(PAIR_A)));
	refuse.from_session = at(PAIR_A)->ours;
	refuse.to_session = 4712;
	pair_say(&pair, &message);
	ck_assert(session_established(at(PAIR_A)));
	refuse.to_session = 4711;
	pair_say(&pair, &message);
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REFUSED);
}
END_TEST

/* M105 */
START_TEST(nothing_but_a_hello_goes_out_before_the_peer_s_is_accepted)
{
	(void)pair_share(&pair, PAIR_A, 1u << PAIR_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_session(&pair, PAIR_A, true);
	(void)pair_share(&pair, PAIR_A, 1u << PAIR_B, 10);
	pair_commit(&pair, PAIR_A);
	pair.now_ms += 4000;
	session_tick(at(PAIR_A));
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 1);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_HELLO), 1);
}
END_TEST

/* M105 */
START_TEST(a_head_of_ours_that_is_not_in_our_tree_ends_it_all)
{
	const char *why = NULL;
	struct id32 id;
	uint8_t sixteen[16];
	struct buf note = { 0 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello;
	struct node *node = pair.sides[PAIR_A].node;
	struct checkpoint head = *node_head(node);
	head.size = 5;
	memset(head.root.b, 9, sizeof(head.root.b));
	ck_assert_int_eq(
	    checkpoint_sign(node_keystore(node), &head, &note), ERR_OK);
	pair_session(&pair, PAIR_A, false);
	hello_of_b(&hello, &id, sixteen);
	hello.your_head.data = note.data;
	hello.your_head.len = note.size;
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	ck_assert(node_may_sign(node, &why));
	pair_say(&pair, &message);
	ck_assert(!node_may_sign(node, &why));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REFUSED);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_HELLO), 0);
	ck_assert(pair_refused(&pair, "state"));
	buf_clear(&note);
}
END_TEST

/* M106 */
START_TEST(a_hello_of_another_organisation_is_refused)
{
	struct id32 id;
	uint8_t sixteen[16];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello;
	pair_session(&pair, PAIR_A, false);
	hello_of_b(&hello, &id, sixteen);
	id = *node_id(pair.sides[PAIR_C].node);
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "denied"));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REFUSED);
}
END_TEST

START_TEST(a_hello_without_a_version_in_common_is_refused)
{
	struct id32 id;
	uint8_t sixteen[16];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello;
	pair_session(&pair, PAIR_A, false);
	hello_of_b(&hello, &id, sixteen);
	hello.lowest_version = hello.highest_version = 2;
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "version"));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REFUSED);
}
END_TEST

START_TEST(a_refused_hello_ends_the_dialler_s_session_and_is_shown)
{
	char code[] = "verify";
	Qsg__Refuse refuse;
	pair_session(&pair, PAIR_A, true);
	Qsg__Message message = refuse_message(&refuse, code);
	message.from_session = 4711;
	message.to_session = at(PAIR_A)->ours;
	refuse.from_session = at(PAIR_A)->ours;
	pair_say(&pair, &message);
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REFUSED);
	struct peer *peer =
	    peers_get(pair.sides[PAIR_A].node, pair.sides[PAIR_A].other);
	ck_assert_uint_eq(peer->refused_there, 1);
}
END_TEST

/* M107 */
START_TEST(a_hello_unanswered_for_five_seconds_ends_the_session)
{
	pair_session(&pair, PAIR_A, true);
	pair.now_ms += 5000;
	session_tick(at(PAIR_A));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_LIVES);
	pair.now_ms += 1;
	session_tick(at(PAIR_A));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_SILENT);
}
END_TEST

/* M107 */
START_TEST(thirty_five_seconds_of_silence_end_a_session)
{
	pair_play_b(&pair);
	pair.now_ms += 35000;
	session_tick(at(PAIR_A));
	ck_assert(session_established(at(PAIR_A)));
	pair.now_ms += 1;
	session_tick(at(PAIR_A));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_SILENT);
}
END_TEST

/* M108 */
START_TEST(an_ack_is_sent_after_ten_seconds_without_a_message)
{
	pair_play_b(&pair);
	Qsg__Ack ack;
	pair_pass(&pair, 31000); /* the first pass, with nothing to tell */
	Qsg__Message message = ack_message(&ack);
	pair_say(&pair, &message);
	pair_drop(&pair, PAIR_A);
	pair.now_ms = at(PAIR_A)->sent_ms + 9999;
	session_tick(at(PAIR_A));
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 0);
	pair.now_ms += 1;
	session_tick(at(PAIR_A));
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 1);
	ck_assert_uint_eq(pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ACK), 1);
}
END_TEST

START_TEST(an_idle_session_lives_on_keep_alives_of_a_few_bytes)
{
	pair_connect(&pair);
	pair_pass(&pair, 60000);
	const struct pair_side *a = &pair.sides[PAIR_A];
	uint64_t said = a->said;
	uint64_t bytes = a->said_bytes;
	pair_pass(&pair, 600000);
	ck_assert(session_established(at(PAIR_A)));
	ck_assert_uint_lt(a->said - said, 70);
	ck_assert_uint_lt(a->said_bytes - bytes, 70 * 64);
}
END_TEST

/* M109 */
START_TEST(the_twentieth_malformed_message_ends_the_session)
{
	static const uint8_t rubbish[] = { 0xFF, 0xFF, 0xFF, 0x01 };
	struct span raw = { rubbish, sizeof(rubbish) };
	uint64_t items = 0;
	uint64_t bytes = 0;
	pair_play_b(&pair);
	for (unsigned i = 0; i < LIMIT_MALFORMED; i++) {
		ck_assert(session_established(at(PAIR_A)));
		session_receive(at(PAIR_A), raw);
		ck_assert(pair_refused(&pair, "malformed"));
	}
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_VIOLATED);
	pair_commit(&pair, PAIR_A);
	ck_assert_int_eq(quarantine_count(pair.sides[PAIR_A].node->db,
			     node_id(pair.sides[PAIR_B].node), &items, &bytes),
	    ERR_OK);
	ck_assert_uint_eq(items, LIMIT_MALFORMED);
}
END_TEST

START_TEST(a_message_over_the_limit_is_malformed)
{
	struct buf bytes = { 0 };
	pair_play_b(&pair);
	ck_assert_int_eq(buf_reserve(&bytes, LIMIT_MESSAGE_BYTES + 1), ERR_OK);
	memset(bytes.data, 0, LIMIT_MESSAGE_BYTES + 1);
	bytes.size = LIMIT_MESSAGE_BYTES + 1;
	session_receive(at(PAIR_A), buf_span(&bytes));
	ck_assert(pair_refused(&pair, "malformed"));
	buf_clear(&bytes);
}
END_TEST

/* M110 */
START_TEST(an_unknown_version_or_kind_is_unsupported)
{
	Qsg__Ack ack;
	pair_play_b(&pair);
	Qsg__Message message = ack_message(&ack);
	message.version = 2;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "unsupported"));
	Qsg__Message empty = QSG__MESSAGE__INIT;
	pair_say(&pair, &empty);
	ck_assert(pair_refused(&pair, "unsupported"));
	ck_assert_uint_eq(at(PAIR_A)->malformed, 0);
	ck_assert(session_established(at(PAIR_A)));
}
END_TEST

/* M111 */
START_TEST(nothing_staged_leaves_before_its_commit)
{
	static const uint8_t rubbish[] = { 0xFF };
	pair_play_b(&pair);
	pair_drop(&pair, PAIR_A);
	(void)pair_share(&pair, PAIR_A, 1u << PAIR_B, 10);
	ck_assert(node_staged(pair.sides[PAIR_A].node));
	for (unsigned i = 0; i < 80; i++) {
		pair.now_ms += 400;
		session_tick(at(PAIR_A));
	}
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 0);
	session_receive(at(PAIR_A), (struct span){ rubbish, 1 });
	ck_assert(pair_refused(&pair, "malformed"));
	ck_assert_uint_eq(pair.sides[PAIR_A].out_count, 0);
	pair_commit(&pair, PAIR_A);
	ck_assert_uint_gt(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 0);
}
END_TEST

START_TEST(a_newer_card_is_the_first_thing_sent)
{
	const char *endpoints[] = { "tcp://127.0.0.1:7999" };
	ck_assert_int_eq(
	    node_set_endpoints(pair.sides[PAIR_A].node, endpoints, 1), ERR_OK);
	(void)pair_share(&pair, PAIR_A, 1u << PAIR_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_connect(&pair);
	struct node *b = pair.sides[PAIR_B].node;
	const struct peer *peer = peers_get(b, pair.sides[PAIR_B].other);
	ck_assert_uint_eq(peers_keys(peer)->fields->version, 2);
	const char *more[] = { "tcp://127.0.0.1:7998" };
	ck_assert_int_eq(
	    node_set_endpoints(pair.sides[PAIR_A].node, more, 1), ERR_OK);
	pair_commit(&pair, PAIR_A);
	session_card_changed(at(PAIR_A));
	pair_relay(&pair);
	ck_assert_uint_eq(peers_keys(peer)->fields->version, 3);
}
END_TEST

START_TEST(a_hello_whose_commit_failed_begins_again)
{
	pair_session(&pair, PAIR_A, false);
	struct id32 id;
	uint8_t sixteen[16];
	struct buf bytes = { 0 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello;
	hello_of_b(&hello, &id, sixteen);
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	message.version = 1;
	message.from_session = 4711;
	ck_assert_int_eq(canon_encode(&message.base, &bytes), ERR_OK);
	session_receive(at(PAIR_A), buf_span(&bytes));
	buf_clear(&bytes);
	pair.sides[PAIR_A].node->poisoned = err_set(ERR_FULL, "full");
	pair_commit(&pair, PAIR_A);
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_STOPPED);
	ck_assert(pair_refused(&pair, "no-session"));
}
END_TEST

START_TEST(a_connection_that_cannot_send_ends_the_session)
{
	pair_play_b(&pair);
	pair.sides[PAIR_A].refuse_sends = true;
	pair.now_ms += 11000;
	session_tick(at(PAIR_A));
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_SILENT);
}
END_TEST

START_TEST(a_stopped_session_tells_the_peer)
{
	pair_connect(&pair);
	session_stop(at(PAIR_A), SESSION_REPLACED);
	ck_assert_int_eq(session_ended(at(PAIR_A)), SESSION_REPLACED);
	pair_relay(&pair);
	ck_assert_int_eq(session_ended(at(PAIR_B)), SESSION_REFUSED);
}
END_TEST

static void add_hello_tests(TCase *tests)
{
	tcase_add_test(tests, hellos_carry_fresh_numbers_and_the_dialler_s);
	tcase_add_test(tests, both_sides_are_established_by_three_messages);
	tcase_add_test(tests, a_peer_in_session_is_met_again_each_day);
	tcase_add_test(tests, a_first_hello_with_a_number_for_us_is_refused);
	tcase_add_test(
	    tests, nothing_but_a_hello_goes_out_before_the_peer_s_is_accepted);
	tcase_add_test(
	    tests, a_head_of_ours_that_is_not_in_our_tree_ends_it_all);
	tcase_add_test(tests, a_hello_of_another_organisation_is_refused);
	tcase_add_test(tests, a_hello_without_a_version_in_common_is_refused);
	tcase_add_test(
	    tests, a_refused_hello_ends_the_dialler_s_session_and_is_shown);
	tcase_add_test(tests, a_hello_whose_commit_failed_begins_again);
	tcase_add_test(tests, a_newer_card_is_the_first_thing_sent);
}

Suite *test_session_suite(void)
{
	Suite *suite = suite_create("session");
	TCase *tests = tcase_create("session");
	tcase_add_checked_fixture(tests, setup, teardown);
	add_hello_tests(tests);
	tcase_add_test(tests, other_numbers_are_dropped_and_echoed);
	tcase_add_test(tests, a_refuse_is_never_answered);
	tcase_add_test(tests, a_refuse_before_any_hello_is_not_answered_either);
	tcase_add_test(
	    tests, a_refuse_or_throttle_with_too_long_a_reason_is_malformed);
	tcase_add_test(tests, a_hello_of_a_session_without_number_is_refused);
	tcase_add_test(tests, no_session_ends_only_the_session_it_echoes);
	tcase_add_test(
	    tests, a_hello_unanswered_for_five_seconds_ends_the_session);
	tcase_add_test(tests, thirty_five_seconds_of_silence_end_a_session);
	tcase_add_test(
	    tests, an_ack_is_sent_after_ten_seconds_without_a_message);
	tcase_add_test(
	    tests, an_idle_session_lives_on_keep_alives_of_a_few_bytes);
	tcase_add_test(tests, the_twentieth_malformed_message_ends_the_session);
	tcase_add_test(tests, a_message_over_the_limit_is_malformed);
	tcase_add_test(tests, an_unknown_version_or_kind_is_unsupported);
	tcase_add_test(tests, nothing_staged_leaves_before_its_commit);
	tcase_add_test(tests, a_connection_that_cannot_send_ends_the_session);
	tcase_add_test(tests, a_stopped_session_tells_the_peer);
	suite_add_tcase(suite, tests);
	return suite;
}
