#include "fixture.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_share_suite(void);

static struct fixture fixture;
static Qsg__Intelligence item;
static struct share_request request;
static struct share_result result;
static const char *to[4];

static void setup(void)
{
	fixture_open(&fixture, 3);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend("call bells");
	to[0] = "01X";
	request = (struct share_request){
		.to = to, .to_count = 1, .intelligence = &item
	};
}

static void teardown(void)
{
	share_clear(&result);
	fixture_close(&fixture);
}

static enum err share(void)
{
	share_clear(&result);
	return share_intelligence(fixture.nodes[0], &request, &result);
}

static size_t held(void)
{
	return views_count(fixture.nodes[0]->views);
}

static void refused(enum err want)
{
	FAILS(share(), want);
	ck_assert(id_is_zero(&result.record));
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(held(), 0);
}

START_TEST(a_share_reaches_the_readers_named_and_nobody_else)
{
	struct replica_taken taken;

	to[1] = "organisation 2";
	to[2] = "00X"; /* ourselves: no news */
	to[3] = "Organisation 1";
	request.to_count = 4;
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(result.reader_count, 2);
	ck_assert_int_lt(result.readers[0], result.readers[1]);
	ck_assert(result.unknown_provider);
	ck_assert_uint_eq(result.findings.count, 0);
	ck_assert(id_is_zero(&result.override_record));
	for (size_t i = 1; i < 3; i++) {
		OK(fixture_pull(&fixture, i, 0, &taken));
		fixture_assert_text(&fixture, i, &result.record, "call bells");
	}
	/* By now the provider has been heard of. */
	OK(share());
	ck_assert(!result.unknown_provider);
}
END_TEST

START_TEST(a_private_share_stays_here)
{
	struct replica_taken taken;

	request.to_count = 0;
	request.for_us_alone = true;
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	fixture_assert_text(&fixture, 0, &result.record, "call bells");
}
END_TEST

START_TEST(who_may_read_has_to_be_said)
{
	int64_t *readers = NULL;
	size_t count = 0;

	request.to_count = 0;
	refused(ERR_USAGE);
	request.to_count = 1;
	request.for_us_alone = true;
	refused(ERR_USAGE);
	request.for_us_alone = false;
	to[0] = "Organisation 0";
	refused(ERR_USAGE);
	FAILS(share_readers(fixture.nodes[0], to, 1, false, &readers, &count),
	    ERR_USAGE);
	ck_assert_ptr_null(readers);
	request.to_count = LIMIT_READERS + 1;
	refused(ERR_LIMIT);
}
END_TEST

START_TEST(an_unknown_reader_lists_who_is_known)
{
	to[0] = "NHS Nowhere";
	refused(ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "NHS Nowhere"));
	ck_assert_ptr_nonnull(strstr(err_text(), "Organisation 1 (01X)"));
	ck_assert_ptr_nonnull(strstr(err_text(), "Organisation 2 (02X)"));
}
END_TEST

static void rename_to_1(Qsg__Card *card, void *context)
{
	static const char name[] = "Organisation 1";

	(void)context;
	card->version = 2;
	memcpy(card->name, name, sizeof name);
}

START_TEST(an_ambiguous_reader_lists_whom_it_fits)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	struct buf card = { 0 };

	fixture_claim_card(&fixture, 2, rename_to_1, NULL, &card);
	OK(peers_add(
	    fixture.nodes[0], buf_span(&card), &decision, &outcome, &peer));
	OK(node_commit(fixture.nodes[0]));
	buf_clear(&card);
	to[0] = "Organisation 1";
	FAILS(share(), ERR_AMBIGUOUS);
	ck_assert_ptr_nonnull(strstr(err_text(), "(01X)"));
	ck_assert_ptr_nonnull(strstr(err_text(), "(02X)"));
	ck_assert_uint_eq(held(), 0);
}
END_TEST

START_TEST(a_field_that_is_off_is_refused_before_anything_is_staged)
{
	char *person = calloc(1, LIMIT_NAME_BYTES + 2);
	static Qsg__Handling handling;

	memset(person, 'x', LIMIT_NAME_BYTES + 1);
	switch (_i) {
	case 0:
		item.source = canon_lend("No Such Source");
		break;
	case 1:
		item.text = canon_lend("");
		break;
	case 2:
		item.provider = canon_lend("no provider");
		break;
	case 3:
		request.role = "no-such-role";
		break;
	case 4:
		request.person = person;
		break;
	case 5:
		request.override_reason = "";
		break;
	case 6:
		item.kind = canon_lend("medium");
		break;
	default:
		qsg__handling__init(&handling);
		handling.onward = canon_lend("everybody");
		request.handling = &handling;
		break;
	}
	refused(_i == 4 ? ERR_LIMIT : ERR_INPUT);
	free(person);
}
END_TEST

START_TEST(a_provider_code_is_written_as_it_should_be)
{
	item.provider = canon_lend(" ral ");
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_ne(views_known(fixture.nodes[0]->views, "RAL"), 0);
	ck_assert_str_eq(
	    views_text(fixture.nodes[0]->views,
		fixture_view(&fixture, 0, &result.record)->provider),
	    "RAL");
}
END_TEST

START_TEST(texts_are_kept_in_normal_form)
{
	/* e and a combining acute become one letter. */
	item.text = canon_lend("caf\x65\xcc\x81");
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	fixture_assert_text(&fixture, 0, &result.record, "caf\xc3\xa9");
}
END_TEST

#define PATIENT "NHS number 943 476 5919 complained"

START_TEST(the_guard_stops_a_share)
{
	item.text = canon_lend(PATIENT);
	refused(ERR_DENIED);
	ck_assert_uint_ge(result.findings.count, 1);
	ck_assert_int_eq(result.findings.items[0].kind, GUARD_NHS_NUMBER);
	ck_assert_ptr_nonnull(strstr(err_text(), "NHS number"));
	ck_assert_uint_eq(result.reader_count, 1);
	/* In whichever text it stands. */
	item.text = canon_lend("call bells");
	item.judgement = canon_lend(PATIENT);
	refused(ERR_DENIED);
	item.judgement = canon_lend("");
	item.ward = canon_lend(PATIENT);
	refused(ERR_DENIED);
}
END_TEST

static enum err keep_override(void *context, const struct query_item *found)
{
	struct buf *out = context;
	const Qsg__Override *why = found->payload->override;

	ck_assert_int_eq(
	    found->payload->content_case, QSG__PAYLOAD__CONTENT_OVERRIDE);
	ck_assert_uint_eq(found->payload->n_references, 1);
	ck_assert_mem_eq(
	    found->payload->references[0]->record.data, result.record.b, 32);
	ck_assert_uint_eq(why->n_findings, 1);
	return buf_printf(out, "%s %s %s", why->reason, why->findings[0],
	    found->payload->references[0]->relation);
}

START_TEST(an_override_is_logged_for_us_alone)
{
	struct replica_taken taken;
	struct buf text = { 0 };
	struct id32 *readers = NULL;
	size_t count = 0;
	uint32_t rid = 0;

	item.text = canon_lend(PATIENT ", " PATIENT);
	request.override_reason = "a test number, not a patient";
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(result.findings.count, 2);
	rid = views_find(fixture.nodes[0]->views, &result.override_record);
	ck_assert_uint_ne(rid, 0);
	OK(query_open(fixture.nodes[0], rid, keep_override, &text));
	ck_assert_str_eq(buf_text(&text),
	    "a test number, not a patient nhs-number overrides");
	buf_clear(&text);
	OK(query_audience(fixture.nodes[0], rid, &readers, &count));
	ck_assert_uint_eq(count, 1);
	free(readers);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &result.record, PATIENT ", " PATIENT);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &result.override_record));
	/* Nothing found, nothing overridden. */
	item.text = canon_lend("call bells");
	OK(share());
	ck_assert(id_is_zero(&result.override_record));
}
END_TEST

START_TEST(a_share_whose_override_cannot_be_logged_does_not_stand)
{
	/* The stream to 1 is there; the private one would need a new key, and
	 * the hour's are used up. */
	OK(share());
	OK(node_commit(fixture.nodes[0]));
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		fixture.nodes[0]->keyed_ms[i] = fixture.now_ms;
	}
	item.text = canon_lend(PATIENT);
	request.override_reason = "a test number";
	FAILS(share(), ERR_LIMIT);
	FAILS(node_commit(fixture.nodes[0]), ERR_LIMIT);
	ck_assert_uint_eq(held(), 2);
	fixture_assert_verifies(&fixture, 0);
	item.text = canon_lend("call bells");
	OK(share());
	OK(node_commit(fixture.nodes[0]));
}
END_TEST

START_TEST(a_dry_run_seals_nothing)
{
	request.dry_run = true;
	item.text = canon_lend(PATIENT);
	OK(share());
	ck_assert_uint_eq(result.findings.count, 1);
	ck_assert_uint_eq(result.reader_count, 1);
	ck_assert(result.unknown_provider);
	ck_assert(id_is_zero(&result.record));
	ck_assert(id_is_zero(&result.override_record));
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(held(), 0);
	ck_assert_uint_eq(fixture.nodes[0]->own_size, 0);
	ck_assert_uint_eq(views_known(fixture.nodes[0]->views, "RAL"), 0);
	to[0] = "Nobody";
	refused(ERR_NOTFOUND);
}
END_TEST

Suite *test_share_suite(void)
{
	Suite *suite = suite_create("share");
	TCase *tcase = tcase_create("share");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, a_share_reaches_the_readers_named_and_nobody_else);
	tcase_add_test(tcase, a_private_share_stays_here);
	tcase_add_test(tcase, who_may_read_has_to_be_said);
	tcase_add_test(tcase, an_unknown_reader_lists_who_is_known);
	tcase_add_test(tcase, an_ambiguous_reader_lists_whom_it_fits);
	tcase_add_loop_test(tcase,
	    a_field_that_is_off_is_refused_before_anything_is_staged, 0, 8);
	tcase_add_test(tcase, a_provider_code_is_written_as_it_should_be);
	tcase_add_test(tcase, texts_are_kept_in_normal_form);
	tcase_add_test(tcase, the_guard_stops_a_share);
	tcase_add_test(tcase, an_override_is_logged_for_us_alone);
	tcase_add_test(
	    tcase, a_share_whose_override_cannot_be_logged_does_not_stand);
	tcase_add_test(tcase, a_dry_run_seals_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
