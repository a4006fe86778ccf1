#include "granted.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/activity.h"
#include "service/correcting.h"
#include "service/corrections.h"
#include "service/drafting.h"
#include "service/erasing.h"
#include "service/policies.h"
#include "service/query.h"
#include "service/release.h"
#include "service/retaining.h"
#include "service/submit.h"
#include "store/drafts.h"

#include <stdlib.h>
#include <string.h>

Suite *test_granted_life_suite(void);

/* What was granted, and is corrected, taken back, opened or erased. */

static struct node *node_of(size_t at)
{
	return granted.fixture.nodes[at];
}

static void erase(size_t at)
{
	struct erasing_request request = { .record = granted.record,
		.reason = "it was about somebody else" };
	struct erasing_result result;

	OK(erasing_erase(node_of(at), &request, &result));
	OK(node_commit(node_of(at)));
	erasing_clear(&result);
}

/* Node `at` says to node `to` that it is erased. */
static void erase_granted(size_t at, size_t to, const struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Erasure content;
	Qsg__Reference reference;
	Qsg__Reference *list[1] = { &reference };
	struct id32 target = *record;
	int64_t org = fixture_org(&granted.fixture, at, to);
	struct id32 erasure;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	qsg__reference__init(&reference);
	reference.relation = canon_lend("erases");
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	payload.references = list;
	payload.n_references = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	content.reason = canon_lend("it was granted by mistake");
	OK(submit_payload(node_of(at), &org, 1, &payload, &erasure));
	OK(node_commit(node_of(at)));
	granted_pull(to, at);
}

/* M458: that it was here, and whose, by its id or how that begins. */
static void is_remembered(size_t at, const struct id32 *record)
{
	struct erasing_remembered found;
	char prefix[9] = "";

	OK(erasing_remember(node_of(at), text_hex_id(record).text, &found));
	ck_assert(id_equal(&found.id, record));
	memcpy(prefix, granted.record, 8);
	OK(erasing_remember(node_of(at), prefix, &found));
	ck_assert(id_equal(&found.id, record));
	ck_assert(found.known);
	ck_assert(id_equal(&found.header.author, node_id(node_of(0))));
	ck_assert_int_eq(
	    views_get(node_of(at)->views, found.grant)->type, VIEW_GRANT);
	FAILS(
	    erasing_remember(node_of(at), "00000000000", &found), ERR_NOTFOUND);
	FAILS(erasing_remember(node_of(at), "", &found), ERR_INPUT);
}

static void is_gone(size_t at, const struct id32 *record)
{
	size_t place = 0;
	uint32_t grant = 0;

	granted_does_not_read(at, record);
	ck_assert(erasing_is_erased(node_of(at), record));
	while ((grant = granting_of(node_of(at), record, &place)) != 0) {
		ck_assert_uint_eq(views_carried(node_of(at)->views, grant), 0);
		ck_assert_int_eq(views_get(node_of(at)->views, grant)->reason,
		    RECORD_ERASED);
	}
	is_remembered(at, record);
}

static enum err copy_grant(void *context, const Qsg__PendingRelease *pending)
{
	Qsg__Payload **out = context;
	struct buf bytes = { 0 };
	ProtobufCMessage *copy = NULL;

	ck_assert_int_eq(
	    pending->payload->content_case, QSG__PAYLOAD__CONTENT_GRANT);
	OK(canon_encode(&pending->payload->base, &bytes));
	OK(canon_decode(&qsg__payload__descriptor, buf_span(&bytes),
	    LIMIT_RECORD_BYTES, &copy));
	*out = (Qsg__Payload *)copy;
	buf_wipe(&bytes);
	return ERR_OK;
}

static void asks_two_people(size_t at)
{
	static const char text[] =
	    "[rule]\nsource = complaint\nverdict = four eyes\n";
	struct policies policies = { 0 };

	OK(policies_set(node_of(at), span_text(text), &policies));
	OK(node_commit(node_of(at)));
	policies_clear(&policies);
	granted.request.share.yes = true;
	granted.request.share.asked_by = "One";
}

/* A grant that waits for a second person; canon_wipe. */
static Qsg__Payload *waiting_grant(size_t at, int64_t release)
{
	Qsg__Payload *grant = NULL;

	OK(release_look(node_of(at), release, copy_grant, &grant));
	return grant;
}

/* Nothing is held of it, and that is not all that is said. */
static void says_erased(size_t at, const struct id32 *record, size_t digits)
{
	struct erasing_named named;
	struct hex32 hex = text_hex_id(record);
	struct span prefix = { (const uint8_t *)hex.text, digits };
	uint32_t rid = 0;

	ck_assert_int_eq(erasing_find(node_of(at), prefix, &rid), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "was erased here on"));
	hex.text[0] = hex.text[0] == 'a' ? 'b' : 'a';
	ck_assert_int_eq(erasing_find(node_of(at), prefix, &rid), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "is held here"));
	hex.text[digits] = '\0';
	ck_assert_int_eq(
	    erasing_name(node_of(at), hex.text, &named), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "is held here"));
}

/* M442, M446 */
START_TEST(what_its_author_erased_is_read_at_no_grantee)
{
	struct id32 record = granted_shared("none");

	granted_on(0, 1u << 2);
	granted_reads(2, &record);
	erase(0);
	granted_pull(2, 0);
	is_gone(2, &record);
	fixture_assert_verifies(&granted.fixture, 2);
	fixture_restart(&granted.fixture, 2, _i);
	is_gone(2, &record);
	says_erased(2, &record, 64);
	says_erased(2, &record, 12);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M442 */
START_TEST(what_was_disposed_of_is_not_read_by_a_later_grant)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);

	granted_on(0, 1u << 2);
	erase(2);
	is_gone(2, &record);
	/* As far as node 1 knows, it may go to them. */
	OK(granted_answered(&request, true));
	OK(granted_grant(1, 1u << 2));
	granted_pull(2, 1);
	is_gone(2, &record);
	fixture_restart(&granted.fixture, 2, _i);
	is_gone(2, &record);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M442 */
START_TEST(what_was_erased_is_not_granted)
{
	(void)granted_shared("none");
	erase(0);
	granted_refused(0, 1u << 2, ERR_STATE, "erased");
}
END_TEST

/* The policy looks at what is granted: a body that is gone, or that never came,
 * is nothing to look at. M432, M442 */
START_TEST(a_grant_of_what_cannot_be_read_is_refused_whole)
{
	struct share_result result = { 0 };
	struct id32 record = granted_shared("none");
	Qsg__Payload *grant = NULL;
	enum err err = ERR_OK;

	asks_two_people(0);
	OK(granted_grant(0, 1u << 2));
	ck_assert_int_ne(granted.result.items[0].share.release, 0);
	grant = waiting_grant(0, granted.result.items[0].share.release);
	if (_i) {
		erase(0);
	} else {
		struct view_record *view = views_edit(
		    node_of(0)->views, views_find(node_of(0)->views, &record));

		view->state = RECORD_BODYLESS;
		view->reason = RECORD_NO_BODY;
	}
	err = share_payload(node_of(0), &granted.request.share, grant, &result);
	ck_assert_int_eq(err, ERR_STATE);
	ck_assert_ptr_nonnull(
	    strstr(err_text(), _i ? "erased here" : "cannot be read here"));
	share_clear(&result);
	canon_wipe(&grant->base);
}
END_TEST

/* M437 */
START_TEST(a_grant_that_is_a_draft_goes_with_what_it_carries)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);
	Qsg__Intelligence note;
	Qsg__Payload payload;
	struct node *node = node_of(1);
	uint64_t drafts = 0;
	int64_t draft = 0;

	qsg__intelligence__init(&note);
	qsg__payload__init(&payload);
	OK(granted_answered(&request, true));
	node->may_sign = false;
	node->start.signing = STATE_WAITS;
	OK(granted_grant(1, 1u << 2));
	ck_assert_int_ne(granted.result.items[0].share.draft, 0);
	/* Another one, which is no grant, stays. */
	note.text = canon_lend("for us");
	note.provider = canon_lend("RAL");
	note.kind = canon_lend("soft");
	note.source = canon_lend("complaint");
	note.stance = canon_lend("concern");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &note;
	OK(drafting_submit(node, NULL, 0, &payload, &request, &draft));
	OK(node_commit(node));
	erase(0);
	granted_pull(1, 0);
	ck_assert(erasing_is_erased(node, &record));
	OK(drafts_count(node->db, &drafts));
	ck_assert_uint_eq(drafts, 1);

	node->may_sign = true;
	node->start.signing = STATE_SIGNS;
	OK(drafting_flush(node));
	OK(node_commit(node));
	granted_pull(2, 1);
	granted_does_not_read(2, &record);
	fixture_assert_verifies(&granted.fixture, 1);
}
END_TEST

/* M437 */
START_TEST(a_grant_that_waits_for_a_person_goes_with_what_it_carries)
{
	Qsg__Payload *grant = NULL;
	struct id32 record;
	int64_t org = 0;

	(void)granted_shared("none");
	asks_two_people(0);
	OK(granted_grant(0, 1u << 2));
	grant = waiting_grant(0, granted.result.items[0].share.release);
	erase(0);
	ck_assert_uint_eq(release_waiting(node_of(0)), 0);
	FAILS(release_look(node_of(0), granted.result.items[0].share.release,
		  copy_grant, &grant),
	    ERR_NOTFOUND);
	/* Nor is one made in any other way. */
	org = fixture_org(&granted.fixture, 0, 2);
	FAILS(submit_payload(node_of(0), &org, 1, grant, &record), ERR_STATE);
	ck_assert(!node_staged(node_of(0)));
	canon_wipe(&grant->base);
	fixture_restart(&granted.fixture, 0, _i);
	ck_assert_uint_eq(release_waiting(node_of(0)), 0);
	fixture_assert_verifies(&granted.fixture, 0);
}
END_TEST

/* M444 */
START_TEST(what_one_granter_erased_is_read_by_the_grant_of_another)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 3);
	struct id32 first;
	uint32_t rid = 0;

	OK(granted_answered(&request, true));
	OK(granted_grant(1, 1u << 3));
	first = granted.result.items[0].share.record;
	granted_pull(3, 1);
	granted_reads(3, &record);
	OK(granted_grant(0, 1u << 3));
	granted_pull(3, 0);
	rid = views_holder(
	    node_of(3)->views, views_find(node_of(3)->views, &record));
	ck_assert_uint_eq(rid, views_find(node_of(3)->views, &first));

	erase_granted(1, 3, &record);
	granted_reads(3, &record);
	ck_assert_uint_ne(rid, views_holder(node_of(3)->views,
				   views_find(node_of(3)->views, &record)));
	ck_assert_uint_eq(views_carried(node_of(3)->views, rid), 0);
	fixture_restart(&granted.fixture, 3, _i);
	granted_reads(3, &record);
	fixture_assert_verifies(&granted.fixture, 3);

	erase_granted(0, 3, &record);
	is_gone(3, &record);
	fixture_assert_verifies(&granted.fixture, 3);
}
END_TEST

/* M430: also of a stream that the snapshot knows the beginning of. */
START_TEST(what_came_after_the_snapshot_is_read_after_a_crash)
{
	struct id32 first = granted_shared("none");
	struct id32 second;

	granted_on(0, 1u << 2);
	fixture_restart(&granted.fixture, 2, false);
	second = granted_shared("none");
	granted_on(0, 1u << 2);
	fixture_restart(&granted.fixture, 2, true);
	granted_reads(2, &first);
	granted_reads(2, &second);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M449: a snapshot is not believed about what was erased since. */
START_TEST(what_was_erased_after_the_snapshot_is_gone_after_a_crash)
{
	struct id32 record = granted_shared("none");

	granted_on(0, 1u << 2);
	fixture_restart(&granted.fixture, 2, false);
	granted_reads(2, &record);
	erase(0);
	granted_pull(2, 0);
	is_gone(2, &record);
	fixture_restart(&granted.fixture, 2, true);
	is_gone(2, &record);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M445 */
START_TEST(what_a_hold_keeps_is_neither_granted_nor_served)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);
	struct id32 grant;
	struct erasing_named named;
	Qsg__Records *message = NULL;

	OK(granted_answered(&request, true));
	OK(granted_grant(1, 1u << 2));
	grant = granted.result.items[0].share.record;
	OK(erasing_set_hold(
	    node_of(1), granted.record, "an inquest", "2033-01-01", &named));
	OK(node_commit(node_of(1)));
	request = granted_asked(1, 3);
	OK(granted_answered(&request, true));
	message = fixture_message(&granted.fixture, 1, 2, &grant, 2, 2);
	ck_assert_uint_gt(message->records[0]->body.len, 0);
	canon_free(&message->base);
	erase(0);
	granted_pull(1, 0);
	granted_reads(1, &record);
	granted_refused(1, 1u << 3, ERR_STATE, "this organisation alone");
	message = fixture_message(&granted.fixture, 1, 2, &grant, 2, 2);
	ck_assert_uint_eq(message->records[0]->body.len, 0);
	canon_free(&message->base);
	message = fixture_message(&granted.fixture, 1, 0, &record, 2, 2);
	ck_assert_uint_eq(message->records[0]->body.len, 0);
	canon_free(&message->base);
	fixture_restart(&granted.fixture, 1, _i);
	granted_refused(1, 1u << 3, ERR_STATE, "this organisation alone");
	/* What is not to be erased is as it was. */
	(void)granted_shared("none");
	granted_on(0, 1u << 3);
	granted_reads(3, &granted.result.items[0].original);
}
END_TEST

/* M448: also when all that came of a grant is that it was taken back. */
START_TEST(its_author_asks_those_of_a_grant_that_it_learns_of_too_late)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);
	struct erasing_account account;
	struct id32 two = *node_id(node_of(2));
	bool asked = false;

	OK(granted_answered(&request, true));
	erase(0);
	OK(granted_grant(1, 1u << 2));
	granted_pull(2, 1);
	granted_pull(1, 0);
	granted.fixture.now_ms += 61000;
	erasing_tick(node_of(1));
	OK(node_commit(node_of(1)));
	granted.fixture.now_ms += 61000;
	erasing_tick(node_of(0));
	OK(node_commit(node_of(0)));
	granted_pull(0, 1);
	granted.fixture.now_ms += 61000;
	erasing_tick(node_of(0));
	OK(node_commit(node_of(0)));
	OK(erasing_look(node_of(0), &record, &account));
	for (size_t i = 0; i < account.erasure_count; i++) {
		const struct erasing_found *found = &account.erasures[i];

		for (size_t k = 0; k < found->reader_count; k++) {
			asked =
			    asked || (found->author == 1 &&
					 id_equal(&two,
					     &found->readers[k].organisation));
		}
	}
	erasing_account_clear(&account);
	ck_assert(asked);
	fixture_assert_verifies(&granted.fixture, 0);
}
END_TEST

static uint32_t rid_of(size_t at, const struct id32 *id)
{
	uint32_t rid = views_find(node_of(at)->views, id);

	ck_assert_uint_ne(rid, 0);
	return rid;
}

static struct id32 corrected(const char *text)
{
	Qsg__Intelligence item;
	struct share_request request = { .intelligence = &item };
	struct saying_result result = { 0 };
	struct id32 record;
	uint32_t rid = 0;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.text = canon_lend(text);
	OK(correcting_find(node_of(0), granted.record, &rid));
	OK(correcting_correct(node_of(0), rid, &request, &result));
	OK(node_commit(node_of(0)));
	record = result.share.record;
	saying_clear(&result);
	return record;
}

/* M470, M476 */
START_TEST(what_was_granted_is_corrected_and_taken_back)
{
	struct id32 record = granted_shared("none");
	struct share_request request = { 0 };
	struct saying_result result = { 0 };
	struct corrections_chain chain;
	struct id32 correction;
	struct hex32 name;

	granted_on(0, 1u << 2);
	correction = corrected("as it was");
	granted_pull(2, 0);
	corrections_chain(node_of(2), rid_of(2, &record), &chain);
	ck_assert_uint_eq(chain.newest, rid_of(2, &correction));
	ck_assert_uint_eq(
	    views_get(node_of(2)->views, rid_of(2, &record))->corrected_by,
	    chain.newest);
	ck_assert_uint_eq(chain.retraction, 0);
	name = text_hex_id(&correction);
	OK(correcting_retract(node_of(0), name.text, "it was another hospital",
	    &request, &result));
	saying_clear(&result);
	OK(node_commit(node_of(0)));
	granted_pull(2, 0);
	fixture_restart(&granted.fixture, 2, _i);
	ck_assert_uint_ne(
	    corrections_retraction(node_of(2), rid_of(2, &record)), 0);
	ck_assert_uint_eq(
	    views_get(node_of(2)->views, rid_of(2, &record))->corrected_by,
	    rid_of(2, &correction));
	/* And all of it goes, but for the correction. */
	erase(0);
	granted_pull(2, 0);
	is_gone(2, &record);
	ck_assert_uint_eq(
	    views_get(node_of(2)->views, rid_of(2, &correction))->corrects, 0);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M470, M474: a chain holds together when what is between is erased. */
START_TEST(what_was_granted_is_corrected_after_a_correction_was_erased)
{
	struct id32 record = granted_shared("none");
	struct corrections_chain chain;
	struct id32 second;
	struct id32 first;

	first = corrected("as it was");
	memcpy(granted.record, text_hex_id(&first).text, 65);
	second = corrected("as it really was");
	memcpy(granted.record, text_hex_id(&record).text, 65);
	granted_on(0, 1u << 2);
	memcpy(granted.record, text_hex_id(&first).text, 65);
	erase(0);
	granted_pull(1, 0);
	for (size_t at = 0; at < 2; at++) {
		fixture_restart(&granted.fixture, at, _i);
		corrections_chain(node_of(at), rid_of(at, &second), &chain);
		ck_assert_uint_eq(chain.count, 2);
		ck_assert_uint_eq(chain.rids[0], rid_of(at, &record));
		fixture_assert_verifies(&granted.fixture, at);
	}
	memcpy(granted.record, text_hex_id(&second).text, 65);
	first = corrected("as it may have been");
	granted_pull(2, 0);
	fixture_assert_text(&granted.fixture, 2, &first, "as it may have been");
	corrections_chain(node_of(2), rid_of(2, &record), &chain);
	ck_assert_uint_eq(chain.newest, rid_of(2, &first));
}
END_TEST

/* M455 */
START_TEST(what_was_granted_goes_by_the_rules_of_retention)
{
	struct id32 record = granted_shared("none");
	struct span text = span_text("[rule]\nauthor = others\nsource ="
				     " complaint\nverdict = erase\nafter = "
				     "30\n");
	struct retaining rules;
	struct retaining_totals totals;

	granted_on(0, 1u << 2);
	OK(retaining_set(node_of(2), text, &rules));
	retaining_clear(&rules);
	OK(node_commit(node_of(2)));
	granted.fixture.now_ms += 29 * FIXTURE_DAY_MS;
	OK(retaining_run(node_of(2), false, NULL, NULL, &totals));
	ck_assert_uint_eq(totals.looked, 1);
	ck_assert_uint_eq(totals.erased, 0);
	granted.fixture.now_ms += FIXTURE_DAY_MS;
	OK(retaining_run(node_of(2), false, NULL, NULL, &totals));
	OK(node_commit(node_of(2)));
	ck_assert_uint_eq(totals.erased, 1);
	is_gone(2, &record);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

static enum err no_look(void *context, const struct query_item *item)
{
	(void)context;
	ck_assert_ptr_nonnull(item->payload);
	return ERR_OK;
}

/* M467 */
START_TEST(what_was_granted_is_noted_as_opened)
{
	struct id32 record = granted_shared("none");
	struct id32 *ids = NULL;
	size_t count = 0;
	bool found = false;

	granted_on(0, 1u << 2);
	activity_watch(node_of(2));
	OK(query_open(node_of(2), rid_of(2, &record), no_look, NULL));
	activity_rest(node_of(2));
	OK(activity_watched(node_of(2), &ids, &count));
	for (size_t i = 0; i < count; i++) {
		found = found || id_equal(&ids[i], &record);
	}
	ck_assert(found);
	free(ids);
}
END_TEST

Suite *test_granted_life_suite(void)
{
	Suite *suite = suite_create("granted_life");
	TCase *tests = tcase_create("granted_life");

	tcase_add_checked_fixture(tests, granted_setup, granted_teardown);
	tcase_add_loop_test(
	    tests, what_its_author_erased_is_read_at_no_grantee, 0, 2);
	tcase_add_loop_test(
	    tests, what_was_disposed_of_is_not_read_by_a_later_grant, 0, 2);
	tcase_add_test(tests, what_was_erased_is_not_granted);
	tcase_add_test(
	    tests, a_grant_that_is_a_draft_goes_with_what_it_carries);
	tcase_add_loop_test(tests,
	    a_grant_that_waits_for_a_person_goes_with_what_it_carries, 0, 2);
	tcase_add_loop_test(
	    tests, a_grant_of_what_cannot_be_read_is_refused_whole, 0, 2);
	tcase_add_loop_test(tests,
	    what_one_granter_erased_is_read_by_the_grant_of_another, 0, 2);
	tcase_add_loop_test(
	    tests, what_was_granted_is_corrected_and_taken_back, 0, 2);
	tcase_add_test(tests, what_was_granted_goes_by_the_rules_of_retention);
	tcase_add_test(tests, what_was_granted_is_noted_as_opened);
	tcase_add_test(
	    tests, what_came_after_the_snapshot_is_read_after_a_crash);
	tcase_add_test(
	    tests, what_was_erased_after_the_snapshot_is_gone_after_a_crash);
	tcase_add_loop_test(
	    tests, what_a_hold_keeps_is_neither_granted_nor_served, 0, 2);
	tcase_add_test(
	    tests, its_author_asks_those_of_a_grant_that_it_learns_of_too_late);
	tcase_add_loop_test(tests,
	    what_was_granted_is_corrected_after_a_correction_was_erased, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
