#include "granted.h"

#include "codec/canon.h"
#include "domain/reference.h"
#include "service/erasing.h"
#include "service/payload.h"
#include "service/query.h"

#include <string.h>

Suite *test_granting_flood_suite(void);

/* Grants that name something else, that refer much, and that are many. */

static struct node *node_of(size_t at)
{
	return granted.fixture.nodes[at];
}

static void erase(size_t at)
{
	struct erasing_request request = { .record = granted.record,
		.reason = "shared by mistake" };
	struct erasing_result result;

	OK(erasing_erase(node_of(at), &request, &result));
	OK(node_commit(node_of(at)));
	erasing_clear(&result);
}

/* Node `at` says this to the nodes of the mask, whatever the rules. */
static struct id32 say(size_t at, unsigned to, const Qsg__Payload *payload)
{
	int64_t orgs[FIXTURE_NODES];
	struct id32 record;
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (to & 1u << i) {
			orgs[count++] = fixture_org(&granted.fixture, at, i);
		}
	}
	OK(submit_payload(node_of(at), orgs, count, payload, &record));
	OK(node_commit(node_of(at)));
	return record;
}

static size_t links_of(size_t at, const struct id32 *record)
{
	size_t place = 0;
	size_t count = 0;

	while (views_next_link(
	    node_of(at)->views, record, REFERENCE_GRANTS, &place)) {
		count++;
	}
	return count;
}

/* M505 */
START_TEST(what_is_erased_does_not_come_back_under_another_name)
{
	struct id32 record = granted_shared("ask");
	Qsg__Reference *list[2] = { NULL };
	Qsg__Reference **own = NULL;
	Qsg__Payload *forged = NULL;
	struct id32 decoy = record;
	struct id32 grant;

	OK(granted_grant(0, 1u << 3));
	forged = granted_payload(0, &granted.result.items[0].share.record);
	if (_i == 3) {
		grant = say(2, 1u << 0 | 1u << 1 | 1u << 3, forged);
	}
	erase(0);
	granted_pull(1, 0);
	ck_assert(erasing_is_erased(node_of(1), &record));
	decoy.b[0] ^= 1;
	own = forged->references;
	list[0] = list[1] = own[0];
	if (_i == 0) {
		fixture_put(&list[0]->record, span_id(&decoy));
	} else if (_i == 1) {
		forged->references = list;
		forged->n_references = 2;
	} else if (_i == 2) {
		forged->n_references = 0;
	}
	if (_i != 3) {
		grant = say(2, 1u << 0 | 1u << 1 | 1u << 3, forged);
	}
	granted_pull(1, 2);
	fixture_assert_state(
	    &granted.fixture, 1, &grant, RECORD_BODYLESS, RECORD_ERASED);
	/* 3 knows of no erasure, and gets nothing of it from 1. */
	granted_pull(3, 1);
	ck_assert(fixture_view(&granted.fixture, 3, &grant) == NULL ||
		  fixture_view(&granted.fixture, 3, &grant)->state !=
		      RECORD_READABLE);
	fixture_assert_verifies(&granted.fixture, 1);
	fixture_restart(&granted.fixture, 1, true);
	fixture_assert_state(
	    &granted.fixture, 1, &grant, RECORD_BODYLESS, RECORD_ERASED);
	forged->references = own;
	forged->n_references = 1;
	canon_wipe(&forged->base);
}
END_TEST

/* M505: one that came before the erasure goes with it. */
START_TEST(a_grant_under_another_name_goes_with_what_it_carries)
{
	struct id32 record = granted_shared("ask");
	Qsg__Payload *forged = NULL;
	struct id32 decoy = record;
	struct id32 grant;

	OK(granted_grant(0, 1u << 3));
	forged = granted_payload(0, &granted.result.items[0].share.record);
	decoy.b[0] ^= 1;
	fixture_put(&forged->references[0]->record, span_id(&decoy));
	grant = say(2, 1u << 0 | 1u << 1, forged);
	granted_pull(1, 2);
	fixture_assert_state(
	    &granted.fixture, 1, &grant, RECORD_READABLE, RECORD_NO_REASON);
	ck_assert_uint_eq(links_of(1, &decoy), 0);
	ck_assert_uint_eq(links_of(1, &record), 1);
	if (_i) {
		fixture_restart(&granted.fixture, 1, true);
	}
	erase(0);
	granted_pull(1, 0);
	fixture_assert_state(
	    &granted.fixture, 1, &grant, RECORD_BODYLESS, RECORD_ERASED);
	fixture_assert_verifies(&granted.fixture, 1);
	canon_wipe(&forged->base);
}
END_TEST

static Qsg__Reference references[LIMIT_REFERENCES + 1];
static Qsg__Reference *listed[LIMIT_REFERENCES + 1];

static void refer_often(
    Qsg__Payload *payload, const char *relation, struct id32 *to, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		listed[i] = &references[i];
		qsg__reference__init(&references[i]);
		references[i].relation = canon_lend(relation);
		references[i].record.data = to->b;
		references[i].record.len = sizeof to->b;
	}
	payload->references = listed;
	payload->n_references = count;
}

static enum err read_back(const Qsg__Payload *payload, size_t *count)
{
	enum record_reason reason = RECORD_NO_REASON;
	Qsg__Payload whole = *payload;
	Qsg__Payload *read = NULL;
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	whole.version = 1;
	OK(canon_encode(&whole.base, &bytes));
	err = payload_read(buf_span(&bytes), false, &read, &reason);
	if (!err) {
		*count = read->n_references;
		canon_wipe(&read->base);
	} else {
		ck_assert_int_eq(reason, RECORD_BAD_PAYLOAD);
	}
	buf_clear(&bytes);
	return err;
}

/* M506 */
START_TEST(what_refers_too_much_is_unreadable)
{
	Qsg__Payload payload;
	Qsg__Closed closed;
	struct id32 target = { { 7 } };
	struct id32 record;
	size_t count = 0;

	qsg__payload__init(&payload);
	qsg__closed__init(&closed);
	payload.content_case = QSG__PAYLOAD__CONTENT_CLOSED;
	payload.closed = &closed;
	refer_often(&payload, "cites", &target, LIMIT_REFERENCES);
	OK(read_back(&payload, &count));
	ck_assert_uint_eq(count, LIMIT_REFERENCES);
	refer_often(&payload, "cites", &target, LIMIT_REFERENCES + 1);
	FAILS(read_back(&payload, &count), ERR_FORMAT);
	FAILS(
	    submit_payload(node_of(0), NULL, 0, &payload, &record), ERR_LIMIT);
	ck_assert(!node_staged(node_of(0)));
}
END_TEST

/* M505, M506 */
START_TEST(what_is_named_often_is_found_once)
{
	struct id32 record = granted_shared("ask");
	Qsg__Payload *forged = NULL;
	Qsg__Reference **own = NULL;
	size_t place = 0;

	OK(granted_grant(0, 1u << 3));
	forged = granted_payload(0, &granted.result.items[0].share.record);
	own = forged->references;
	refer_often(forged, _i ? "grants" : "cites", &record, LIMIT_REFERENCES);
	(void)say(2, 1u << 0 | 1u << 1, forged);
	granted_pull(1, 2);
	ck_assert_uint_eq(links_of(1, &record), 1);
	if (!_i) {
		ck_assert_uint_ne(views_next_link(node_of(1)->views, &record,
				      REFERENCE_CITES, &place),
		    0);
		ck_assert_uint_eq(views_next_link(node_of(1)->views, &record,
				      REFERENCE_CITES, &place),
		    0);
	}
	forged->references = own;
	forged->n_references = 1;
	canon_wipe(&forged->base);
}
END_TEST

/* 1 grants to 3, and takes it back: of the grants of 2 there are so many that
 * do not hold, before the one that does. M438 */
START_TEST(of_one_granter_few_are_opened_to_read_it_again)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 3);
	size_t bad = _i ? LIMIT_GRANT_TRIES : LIMIT_GRANT_TRIES - 1;
	Qsg__Payload *grant = NULL;
	Qsg__Payload payload;
	Qsg__Erasure content;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	OK(granted_answered(&request, true));
	OK(granted_grant(1, 1u << 3));
	granted_pull(3, 1);
	granted_reads(3, &record);
	grant = granted_payload(1, &granted.result.items[0].share.record);
	(void)say(2, 1u << 3 | 1u << 0, grant);
	grant->grant->content_key.data[0] ^= 1;
	for (size_t i = 0; i < bad; i++) {
		(void)say(2, 1u << 3 | 1u << 0, grant);
	}
	granted_pull(3, 2);
	ck_assert_uint_eq(links_of(3, &record), bad + 2);

	content.reason = canon_lend("granted by mistake");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	refer_often(&payload, "erases", &record, 1);
	(void)say(1, 1u << 3, &payload);
	granted_pull(3, 1);
	if (_i) {
		granted_does_not_read(3, &record);
	} else {
		granted_reads(3, &record);
	}
	canon_wipe(&grant->base);
}
END_TEST

static uint64_t charged_at_3(size_t to)
{
	int64_t org = fixture_org(&granted.fixture, 3, to);

	return node_of(3)->accounts[org - 1].bytes;
}

START_TEST(whoever_grants_it_is_charged_for_what_can_be_read_by_it)
{
	struct id32 record = granted_shared("ask");
	uint64_t before = 0;
	uint32_t kept = 0;
	uint32_t rid = 0;

	granted_on(0, 1u << 3);
	granted_reads(3, &record);
	rid = views_holder(
	    node_of(3)->views, views_find(node_of(3)->views, &record));
	before = charged_at_3(0);
	fixture_restart(&granted.fixture, 3, _i);
	ck_assert_uint_eq(charged_at_3(0), before);

	/* As if it had never been, and once more. */
	ck_assert_uint_ne(views_drop_granted(node_of(3)->views, rid), 0);
	OK(granting_again(node_of(3), rid));
	ck_assert_uint_eq(charged_at_3(0), before + STATE_RECORD_COST);
	kept = views_get(node_of(3)->views, rid)->bytes;
	state_forget(node_of(3), rid, VIEW_GRANT, kept);
	ck_assert_uint_eq(charged_at_3(0), before);
	granted_does_not_read(3, &record);
}
END_TEST

/*
 * Strangers.
 */

static size_t strangers_at(size_t at)
{
	size_t count = 0;

	for (size_t i = 0; i < node_of(at)->stranger_count; i++) {
		count += node_of(at)->strangers[i] != NULL;
	}
	return count;
}

static void be_another(Qsg__Card *card, void *context)
{
	const unsigned *number = context;

	card->organisation.data[0] = (uint8_t)*number;
	card->organisation.data[1] = (uint8_t)(*number >> 8);
}

static enum err meet(unsigned number, int64_t granter)
{
	struct card claimed = { 0 };
	struct card card = { 0 };
	enum err err = ERR_OK;

	fixture_claim_card(
	    &granted.fixture, 0, be_another, &number, &claimed.signed_bytes);
	OK(card_copy(&claimed, &card));
	err = state_meet_stranger(node_of(3), &card, granter);
	card_clear(&card);
	buf_clear(&claimed.signed_bytes);
	return err;
}

START_TEST(one_granter_makes_few_authors_known)
{
	for (unsigned i = 0; i < LIMIT_STRANGERS_OF_ONE; i++) {
		OK(meet(i, 2));
		OK(meet(i, 2));
	}
	ck_assert_uint_eq(strangers_at(3), LIMIT_STRANGERS_OF_ONE);
	FAILS(meet(LIMIT_STRANGERS_OF_ONE, 2), ERR_LIMIT);
	/* What another one grants is none of its. */
	OK(meet(LIMIT_STRANGERS_OF_ONE, 1));
	OK(meet(LIMIT_STRANGERS_OF_ONE, 2));
	ck_assert_uint_eq(strangers_at(3), LIMIT_STRANGERS_OF_ONE + 1);
	for (unsigned i = 0; i < LIMIT_STRANGERS; i++) {
		enum err err = meet(i, 3 + i / LIMIT_STRANGERS_OF_ONE);

		if (err) {
			ck_assert_int_eq(err, ERR_LIMIT);
		}
	}
	ck_assert_uint_eq(strangers_at(3), LIMIT_STRANGERS);
	FAILS(meet(LIMIT_STRANGERS, LIMIT_STRANGERS), ERR_LIMIT);
}
END_TEST

START_TEST(an_author_is_forgotten_with_the_last_of_its_that_is_granted)
{
	struct id32 record = granted_shared("ask");
	Qsg__Payload payload;
	Qsg__Erasure content;
	Qsg__Payload *grant = NULL;
	struct id32 erased = record;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	OK(granted_grant(0, 1u << 2));
	grant = granted_payload(0, &granted.result.items[0].share.record);
	(void)say(2, 1u << 3 | 1u << 0, grant);
	granted_pull(3, 2);
	granted_reads(3, &record);
	ck_assert_uint_eq(strangers_at(3), 1);
	fixture_restart(&granted.fixture, 3, _i);
	ck_assert_uint_eq(strangers_at(3), 1);

	content.reason = canon_lend("granted by mistake");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	refer_often(&payload, "erases", &erased, 1);
	(void)say(2, 1u << 3, &payload);
	granted_pull(3, 2);
	granted_does_not_read(3, &record);
	ck_assert_uint_eq(strangers_at(3), 0);
	/* Its place is the next one's. */
	OK(meet(7, 2));
	ck_assert_uint_eq(node_of(3)->stranger_count, 1);
	canon_wipe(&grant->base);
}
END_TEST

Suite *test_granting_flood_suite(void)
{
	Suite *suite = suite_create("granting_flood");
	TCase *tcase = tcase_create("all");
	TCase *strangers = tcase_create("strangers");

	tcase_add_checked_fixture(tcase, granted_setup, granted_teardown);
	tcase_add_loop_test(
	    tcase, what_is_erased_does_not_come_back_under_another_name, 0, 4);
	tcase_add_loop_test(
	    tcase, a_grant_under_another_name_goes_with_what_it_carries, 0, 2);
	tcase_add_test(tcase, what_refers_too_much_is_unreadable);
	tcase_add_loop_test(tcase, what_is_named_often_is_found_once, 0, 2);
	tcase_add_loop_test(
	    tcase, of_one_granter_few_are_opened_to_read_it_again, 0, 2);
	tcase_add_loop_test(tcase,
	    whoever_grants_it_is_charged_for_what_can_be_read_by_it, 0, 2);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(
	    strangers, granted_setup_strangers, granted_teardown);
	tcase_add_test(strangers, one_granter_makes_few_authors_known);
	tcase_add_loop_test(strangers,
	    an_author_is_forgotten_with_the_last_of_its_that_is_granted, 0, 2);
	suite_add_tcase(suite, strangers);
	return suite;
}
