#include "evil.h"

#include "codec/canon.h"
#include "service/disown.h"
#include "service/recovery.h"
#include "service/successor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_successor_suite(void);

/* Node 0 changes its log key; 1 and 2 read it. */
static struct fixture fixture;
static struct id32 old_one; /* recorded before, and held by 1 */

static void setup(void)
{
	struct replica_taken taken;

	fixture_open(&fixture, 3);
	OK(fixture_share(&fixture, 0, 6, "old one", &old_one));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct id32 share(const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, 6, text, &record));
	OK(node_commit(fixture.nodes[0]));
	return record;
}

static void rotate(bool compromised)
{
	struct successor_planned planned;

	OK(successor_rotate(fixture.nodes[0], compromised, &planned));
	OK(node_commit(fixture.nodes[0]));
	ck_assert(generation_equal(
	    &planned.generation, &node_head(fixture.nodes[0])->generation));
	ck_assert_uint_eq(
	    planned.card_version, node_card(fixture.nodes[0])->fields->version);
}

static bool disowned(size_t at, const struct id32 *record)
{
	uint32_t rid = views_find(fixture.nodes[at]->views, record);

	ck_assert_uint_gt(rid, 0);
	return disown_record(fixture.nodes[at], rid);
}

static const Qsg__LogGeneration *generation_of(size_t at, size_t of, size_t i)
{
	const struct card *card =
	    at == of ? node_card(fixture.nodes[at])
		     : peers_keys(fixture_peer(&fixture, at, of));

	ck_assert_uint_gt(card->fields->n_generations, i);
	return card->fields->generations[i];
}

/* M225 M229 */
START_TEST(a_new_generation_begins_empty_and_says_what_counts_of_the_old)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	struct replica_taken taken;
	const char *why = NULL;
	struct id32 new_one;
	const Qsg__LogGeneration *ended = NULL;

	rotate(_i);
	ended = generation_of(0, 0, 0);
	ck_assert_uint_eq(node_head(fixture.nodes[0])->size, 0);
	ck_assert_uint_eq(ended->n_accepted_heads, 1);
	ck_assert_uint_eq(ended->accepted_heads[0]->size, old.size);
	ck_assert_mem_eq(ended->accepted_heads[0]->root.data, old.root.b, 32);
	ck_assert_int_eq(ended->compromised, _i);
	ck_assert(
	    generation_equal(&mark_head(fixture.nodes[0]->mark)->generation,
		&node_head(fixture.nodes[0])->generation));
	new_one = share("new one");
	/* Numbering, chain and log begin anew. */
	ck_assert_uint_eq(fixture_view(&fixture, 0, &new_one)->number, 2);
	ck_assert_uint_eq(fixture_view(&fixture, 0, &new_one)->leaf, 1);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &new_one, "new one");
	fixture_assert_text(&fixture, 1, &old_one, "old one");
	ck_assert(!disowned(1, &old_one));
	ck_assert(!disowned(1, &new_one));
	for (int i = 0; i < 2; i++) {
		fixture_restart(&fixture, 0, i == 0);
		ck_assert(node_may_sign(fixture.nodes[0], &why));
		fixture_assert_verifies(&fixture, 0);
		new_one = share("and on");
	}
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &new_one, "and on");
	fixture_assert_verifies(&fixture, 1);
	/* A reader that was away for all of it gets both logs. */
	OK(fixture_hand_card(&fixture, 2, 0, 0));
	OK(fixture_pull(&fixture, 2, 0, &taken));
	fixture_assert_text(&fixture, 2, &old_one, "old one");
	fixture_assert_text(&fixture, 2, &new_one, "and on");
	ck_assert(!disowned(2, &old_one));
}
END_TEST

START_TEST(what_is_staged_with_it_still_belongs_to_the_old_log)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	struct successor_planned planned;
	struct id32 last;
	struct id32 refused;

	OK(fixture_share(&fixture, 0, 6, "last", &last));
	OK(successor_rotate(fixture.nodes[0], false, &planned));
	FAILS(successor_rotate(fixture.nodes[0], false, &planned), ERR_BUSY);
	OK(fixture_share(&fixture, 0, 6, "very last", &refused));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(
	    generation_of(0, 0, 0)->accepted_heads[0]->size, old.size + 2);
	ck_assert(!disowned(0, &last));
	ck_assert(!disowned(0, &refused));
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M229: the power goes after each step. */
START_TEST(a_crash_at_any_step_leaves_one_log_or_the_other)
{
	struct generation before = node_head(fixture.nodes[0])->generation;
	struct successor_planned planned;
	const char *why = NULL;

	fixture_copy_file(&fixture, 0, "mark", "old.mark");
	OK(successor_rotate(fixture.nodes[0], false, &planned));
	if (_i == 1) {
		fixture.nodes[0]->poisoned = ERR_FULL;
		FAILS(node_commit(fixture.nodes[0]), ERR_FULL);
		ck_assert(generation_equal(
		    &before, &node_head(fixture.nodes[0])->generation));
		share("on in the old one");
		rotate(false);
	} else if (_i == 2) {
		OK(node_commit(fixture.nodes[0]));
	}
	node_crash(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	if (_i == 2) {
		fixture_copy_file(&fixture, 0, "old.mark", "mark");
	}
	OK(fixture_reopen(&fixture, 0));
	ck_assert_msg(node_may_sign(fixture.nodes[0], &why), "%s", why);
	ck_assert_int_eq(
	    generation_equal(&before, &node_head(fixture.nodes[0])->generation),
	    _i == 0);
	share("on");
	rotate(true);
	share("and on");
	fixture_restart(&fixture, 0, true);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M229: only an older mark that the old log holds is that of such a crash. */
START_TEST(a_mark_of_the_old_log_that_does_not_fit_shows_an_old_copy)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	struct mark_head head = {
		.generation = old.generation, .size = old.size, .root = old.root
	};
	const char *why = NULL;
	struct mark *mark = NULL;
	char path[160];

	rotate(false);
	if (_i == 3) {
		share("in the new one");
	}
	node_close(fixture.nodes[0]);
	(void)snprintf(
	    path, sizeof path, "%s", fixture_path(&fixture, 0, "mark"));
	head.size += _i == 1;
	head.root.b[0] ^= _i == 2;
	OK(mark_replace(path, &head, &mark));
	mark_close(mark);
	OK(fixture_reopen(&fixture, 0));
	ck_assert_int_eq(node_may_sign(fixture.nodes[0], &why), _i == 0);
}
END_TEST

/* A Head that begins from nothing proves nothing, but for one that is listed.
 */
START_TEST(a_head_from_nothing_is_taken_only_of_those_accepted)
{
	static uint64_t nothing = 0;
	struct generation generation = node_head(fixture.nodes[0])->generation;
	Qsg__HeadWant want;
	Qsg__Head head;
	enum err err = ERR_OK;

	share("more");
	if (_i) {
		rotate(false);
		OK(fixture_hand_card(&fixture, 1, 0, 0));
	}
	qsg__head_want__init(&want);
	want.author.data = fixture.nodes[0]->peers[0]->card.organisation.b;
	want.author.len = 32;
	want.generation.data = generation.b;
	want.generation.len = 8;
	want.sizes = &nothing;
	want.n_sizes = 1;
	OK(replica_supply_head(
	    fixture.nodes[0], fixture_peer(&fixture, 0, 1), &want, &head));
	err = replica_take_head(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &head);
	ck_assert_int_eq(err, _i ? ERR_OK : ERR_DENIED);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(state_log_of(fixture.nodes[1],
			      node_id(fixture.nodes[0]), &generation)
			      ->head.size,
	    2);
	replica_free_head(&head);
}
END_TEST

START_TEST(a_node_that_may_not_sign_changes_no_key)
{
	struct successor_planned planned;

	node_close(fixture.nodes[0]);
	fixture_remove_file(&fixture, 0, "mark");
	OK(fixture_reopen(&fixture, 0));
	FAILS(successor_rotate(fixture.nodes[0], false, &planned), ERR_STATE);
	ck_assert_uint_eq(
	    keystore_public(node_keystore(fixture.nodes[0]))->log_count, 1);
}
END_TEST

/*
 * What is disowned.
 */

/* Take a record's message, tampered with or not, at 1; and commit. */
static void give(size_t to, Qsg__Records *message)
{
	struct replica_taken taken;

	OK(fixture_take(&fixture, to, 0, message, &taken));
	OK(node_commit(fixture.nodes[to]));
	canon_free(&message->base);
}

/* Node 0 at its old home records two more, which its statement, made by the
 * restored home, does not list. `message` holds all of them. */
static struct id32 beyond(Qsg__Records **message)
{
	struct id32 record;

	fixture_copy_file(&fixture, 0, "mark", "old.mark");
	node_close(fixture.nodes[0]);
	fixture_copy_file(&fixture, 0, "records.db", "old.db");
	OK(fixture_reopen(&fixture, 0));
	record = share("beyond");
	*message = fixture_message(&fixture, 0, 1, &record, 3, 9);
	node_close(fixture.nodes[0]);
	fixture_copy_file(&fixture, 0, "old.db", "records.db");
	fixture_copy_file(&fixture, 0, "old.mark", "mark");
	fixture_remove_file(&fixture, 0, "snapshot");
	OK(fixture_reopen(&fixture, 0));
	return record;
}

/* M226: the card first, or the records first: it makes no difference. */
START_TEST(what_no_accepted_head_holds_is_disowned_in_any_order)
{
	Qsg__Records *message = NULL;
	struct id32 record = beyond(&message);
	const char *why = NULL;

	if (_i & 2) {
		message->head_size = 0;
	}
	ck_assert(node_may_sign(fixture.nodes[0], &why));
	if (_i & 1) {
		give(1, message);
		ck_assert(!disowned(1, &record));
	}
	rotate(true);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	if (!(_i & 1)) {
		give(1, message);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert(disowned(1, &record));
		fixture_assert_text(&fixture, 1, &record, "beyond");
		ck_assert(!disowned(1, &old_one));
		fixture_restart(&fixture, 1, i == 0);
	}
}
END_TEST

/* 1 asks 0 for the head that it owes, and takes it. */
static void settle(struct replica_range *owed)
{
	size_t place = 0;
	Qsg__HeadWant want;
	Qsg__Head head;

	ck_assert(disown_owed(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &place, owed));
	qsg__head_want__init(&want);
	want.author.data = owed->author.b;
	want.author.len = 32;
	want.generation.data = owed->generation.b;
	want.generation.len = 8;
	want.sizes = &owed->head_size;
	want.n_sizes = 1;
	OK(replica_supply_head(
	    fixture.nodes[0], fixture_peer(&fixture, 0, 1), &want, &head));
	OK(replica_take_head(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &head));
	OK(node_commit(fixture.nodes[1]));
	replica_free_head(&head);
}

/* M226: a place below an accepted head is not enough: the accepted log has
 * other records there, which 1 was never given. */
START_TEST(what_stands_in_the_place_of_an_accepted_record_is_disowned)
{
	Qsg__Records *message = NULL;
	struct id32 record = beyond(&message);
	struct replica_range owed;
	struct id32 hidden;

	message->head_size = 0;
	OK(fixture_share(&fixture, 0, 1, "for ourselves", &hidden));
	OK(node_commit(fixture.nodes[0]));
	rotate(true);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	settle(&owed);
	ck_assert(!disowned(1, &old_one));
	give(1, message);
	ck_assert_uint_lt(fixture_view(&fixture, 1, &record)->leaf,
	    generation_of(1, 0, 0)->accepted_heads[0]->size);
	ck_assert(disowned(1, &record));
	ck_assert(!disowned(1, &old_one));
}
END_TEST

/* M226: who holds less than is accepted asks for the proof. */
START_TEST(a_prefix_of_an_accepted_head_counts_once_it_is_proven)
{
	struct state_log *log = NULL;
	struct replica_range owed;
	struct replica_taken taken;
	size_t place = 0;

	share("more");
	ck_assert(!disown_owed(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &place, &owed));
	rotate(false);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	ck_assert(disowned(1, &old_one));
	settle(&owed);
	ck_assert(!disowned(1, &old_one));
	/* Also by its path alone, while something waits to be joined. */
	log = state_log_of(
	    fixture.nodes[1], node_id(fixture.nodes[0]), &owed.generation);
	log->unjoined.size = 1;
	ck_assert(!disowned(1, &old_one));
	log->unjoined.size = 0;
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/*
 * Cards that contradict each other.
 */

struct tampering {
	uint64_t version;
	int what;
};

static void tamper(Qsg__Card *card, void *context)
{
	const struct tampering *tampering = context;
	Qsg__LogGeneration *ended = card->generations[0];

	card->version = tampering->version;
	switch (tampering->what) {
	case 0: /* nothing: it only continues */
		break;
	case 1: /* another successor, by id */
		card->generations[1]->generation.data[0] ^= 1;
		break;
	case 2: /* without the accepted head */
		qsg__accepted_head__free_unpacked(
		    ended->accepted_heads[0], NULL);
		ended->n_accepted_heads = 0;
		break;
	case 3: /* not compromised after all */
		ended->compromised = false;
		break;
	case 4: /* without the successor */
		qsg__log_generation__free_unpacked(card->generations[1], NULL);
		card->n_generations = 1;
		qsg__accepted_head__free_unpacked(
		    ended->accepted_heads[0], NULL);
		ended->n_accepted_heads = 0;
		ended->compromised = false;
		break;
	default: /* another head in the place of the one */
		ended->accepted_heads[0]->root.data[0] ^= 1;
		break;
	}
}

static enum err hear(int what, uint64_t version)
{
	struct tampering tampering = { .version = version, .what = what };
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };
	enum err err = ERR_OK;

	fixture_claim_card(&fixture, 0, tamper, &tampering, &card);
	err = peers_take_card(fixture.nodes[1], buf_span(&card), &outcome);
	buf_clear(&card);
	OK(node_commit(fixture.nodes[1]));
	return err;
}

/* M227 M228 */
START_TEST(a_card_that_takes_anything_back_is_refused_and_kept)
{
	struct id32 digest;

	rotate(true);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	digest = fixture_peer(&fixture, 1, 0)->card.digest;
	FAILS(hear(_i, 9), ERR_STATE);
	ck_assert(
	    id_equal(&digest, &fixture_peer(&fixture, 1, 0)->card.digest));
	ck_assert_str_eq(fixture_newest_code(&fixture, 1),
	    _i == 1 ? "card-fork" : "card-withdrawal");
	for (int i = 0; i < 2; i++) {
		ck_assert(fixture_peer(&fixture, 1, 0)->card_conflict);
		fixture_restart(&fixture, 1, i == 0);
	}
	OK(hear(0, 10));
}
END_TEST

/* M228: also when the other one is older than the card in force. */
START_TEST(two_successors_of_one_generation_are_found_whatever_their_versions)
{
	struct id32 digest;

	rotate(false);
	rotate(false);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	digest = fixture_peer(&fixture, 1, 0)->card.digest;
	FAILS(hear(1, (uint64_t)_i + 1), ERR_STATE);
	ck_assert(
	    id_equal(&digest, &fixture_peer(&fixture, 1, 0)->card.digest));
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), "card-fork");
	ck_assert(fixture_peer(&fixture, 1, 0)->card_conflict);
}
END_TEST

START_TEST(an_older_card_without_a_later_generation_is_no_fork)
{
	rotate(false);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
	FAILS(hear(4, 1), ERR_STATE);
	ck_assert(!fixture_peer(&fixture, 1, 0)->card_conflict);
}
END_TEST

START_TEST(there_are_at_most_thirty_two_generations)
{
	struct successor_planned planned;

	for (unsigned i = 1; i < LIMIT_GENERATIONS; i++) {
		share("one each");
		rotate(i % 2);
	}
	FAILS(successor_rotate(fixture.nodes[0], false, &planned), ERR_LIMIT);
	share("on in the last");
	fixture_restart(&fixture, 0, true);
	fixture_assert_verifies(&fixture, 0);
	OK(fixture_hand_card(&fixture, 1, 0, 0));
}
END_TEST

Suite *test_successor_suite(void)
{
	Suite *suite = suite_create("successor");
	TCase *tcase = tcase_create("successor");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    a_new_generation_begins_empty_and_says_what_counts_of_the_old, 0,
	    2);
	tcase_add_test(
	    tcase, what_is_staged_with_it_still_belongs_to_the_old_log);
	tcase_add_loop_test(
	    tcase, a_crash_at_any_step_leaves_one_log_or_the_other, 0, 3);
	tcase_add_loop_test(tcase,
	    a_mark_of_the_old_log_that_does_not_fit_shows_an_old_copy, 0, 4);
	tcase_add_loop_test(
	    tcase, a_head_from_nothing_is_taken_only_of_those_accepted, 0, 2);
	tcase_add_test(tcase, a_node_that_may_not_sign_changes_no_key);
	tcase_add_loop_test(
	    tcase, what_no_accepted_head_holds_is_disowned_in_any_order, 0, 4);
	tcase_add_test(
	    tcase, what_stands_in_the_place_of_an_accepted_record_is_disowned);
	tcase_add_test(
	    tcase, a_prefix_of_an_accepted_head_counts_once_it_is_proven);
	tcase_add_loop_test(
	    tcase, a_card_that_takes_anything_back_is_refused_and_kept, 1, 6);
	tcase_add_loop_test(tcase,
	    two_successors_of_one_generation_are_found_whatever_their_versions,
	    0, 2);
	tcase_add_test(
	    tcase, an_older_card_without_a_later_generation_is_no_fork);
	tcase_add_test(tcase, there_are_at_most_thirty_two_generations);
	suite_add_tcase(suite, tcase);
	return suite;
}
