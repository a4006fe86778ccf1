#include "ending.h"

#include "service/disown.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

Suite *test_erased_disowned_suite(void);

/* Node 0 erases something and then says, in a newer card, that its log ended
 * before that; and in one after it, that it did not. */
struct ending_card {
	uint64_t version;
	struct checkpoint heads[2];
	size_t count;
	uint8_t key[32];
};
static struct ending_card claim;

static void put_bytes(ProtobufCBinaryData *field, const void *data, size_t size)
{
	free(field->data);
	field->data = malloc(size);
	ck_assert_ptr_nonnull(field->data);
	memcpy(field->data, data, size);
	field->len = size;
}

static void end_log(Qsg__Card *card, void *context)
{
	const struct ending_card *as = context;
	Qsg__LogGeneration *ended = card->generations[0];
	Qsg__LogGeneration *live = malloc(sizeof(*live));
	Qsg__LogGeneration **all = calloc(2, sizeof(*all));
	ck_assert(live != NULL && all != NULL);
	qsg__log_generation__init(live);
	put_bytes(&live->generation, "nextone", 8);
	put_bytes(&live->log_key, as->key, sizeof(as->key));
	all[0] = ended;
	all[1] = live;
	free(card->generations);
	card->generations = all;
	card->n_generations = 2;
	card->version = as->version;
	ended->accepted_heads =
	    calloc(as->count, sizeof(*ended->accepted_heads));
	ended->n_accepted_heads = as->count;
	for (size_t i = 0; i < as->count; i++) {
		Qsg__AcceptedHead *head = malloc(sizeof(*head));
		ck_assert_ptr_nonnull(head);
		qsg__accepted_head__init(head);
		head->size = as->heads[i].size;
		put_bytes(&head->root, as->heads[i].root.b, 32);
		ended->accepted_heads[i] = head;
	}
}

/* Of node 0, to node `at`. */
static void hears(size_t at)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };
	fixture_claim_card(&ending_fixture, 0, end_log, &claim, &card);
	OK(peers_take_card(ending_node(at), buf_span(&card), &outcome));
	ck_assert_int_eq(outcome, PEERS_UPDATED);
	OK(node_commit(ending_node(at)));
	buf_clear(&card);
}

static void setup(void)
{
	uint8_t secret[64];
	ending_setup();
	claim = (struct ending_card){ .version = 2, .count = 1 };
	(void)crypto_sign_keypair(claim.key, secret);
}

static bool counts(size_t at, const struct id32 *record, const char *why_not)
{
	struct erasing_account account;
	OK(erasing_look(ending_node(at), record, &account));
	ck_assert_uint_eq(account.erasure_count, 1);
	bool counting = account.erasures[0].counts;
	if (!counting) {
		ck_assert_msg(
		    strstr(account.erasures[0].why_not, why_not) != NULL, "%s",
		    account.erasures[0].why_not);
	}
	erasing_account_clear(&account);
	return counting;
}

/* M459 */
START_TEST(an_erasure_that_its_author_disowns_is_obeyed_by_nobody_more)
{
	struct id32 record = ending_shared(0xEu, "a text");
	ending_pull(1, 0);
	ending_pull(2, 0);
	claim.heads[0] = *node_head(ending_node(0));
	struct id32 erasure = ending_erased(0, &record);
	ending_pull(1, 0);
	ending_assert_erased(1, &record);
	ck_assert(counts(1, &record, ""));

	/* One hears of it in time, the other carried it out. */
	hears(1);
	hears(2);
	ending_pull(2, 1);
	ck_assert_ptr_nonnull(fixture_view(&ending_fixture, 2, &erasure));
	ck_assert(disown_record(
	    ending_node(2), views_find(ending_node(2)->views, &erasure)));
	ending_tick(1);
	ending_tick(2);
	ending_assert_erased(1, &record);
	ending_assert_held(2, &record, "a text");
	ck_assert(!counts(1, &record, "stays deleted"));
	ck_assert(!counts(2, &record, "its author has disowned it"));
	for (size_t at = 1; at <= 2; at++) {
		fixture_assert_verifies(&ending_fixture, at);
		fixture_restart(&ending_fixture, at, _i);
		ending_tick(at);
		fixture_assert_verifies(&ending_fixture, at);
	}
	ending_assert_erased(1, &record);
	ending_assert_held(2, &record, "a text");

	/* Its author stands by it after all. */
	claim.version = 3;
	claim.count = 2;
	claim.heads[1] = *node_head(ending_node(0));
	hears(2);
	hears(1);
	ending_tick(2);
	ending_assert_erased(2, &record);
	ck_assert(counts(1, &record, ""));
	ck_assert(counts(2, &record, ""));
}
END_TEST

/* M459: whoever granted it does not hand it on. */
START_TEST(a_disowned_erasure_is_not_passed_on)
{
	struct id32 record = ending_shared(0x2u, "a text");
	ending_pull(1, 0);
	claim.heads[0] = *node_head(ending_node(0));
	(void)ending_granted(1, 0x4u, &record);
	ending_pull(2, 1);
	(void)ending_erased(0, &record);
	ending_pull(1, 0);
	ending_assert_erased(1, &record);
	if (_i == 0) {
		hears(1);
	}
	ending_tick(1);
	ending_pull(2, 1);
	ending_tick(2);
	struct erasing_account account;
	OK(erasing_look(ending_node(2), &record, &account));
	ck_assert_uint_eq(account.erasure_count, _i == 0 ? 0 : 1);
	erasing_account_clear(&account);
}
END_TEST

Suite *test_erased_disowned_suite(void)
{
	Suite *suite = suite_create("erased_disowned");
	TCase *tcase = tcase_create("all");
	tcase_add_checked_fixture(tcase, setup, ending_teardown);
	tcase_add_loop_test(tcase,
	    an_erasure_that_its_author_disowns_is_obeyed_by_nobody_more, 0, 2);
	tcase_add_loop_test(tcase, a_disowned_erasure_is_not_passed_on, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
