#define _GNU_SOURCE

#include "bag.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "keys/note.h"
#include "ledger/evidence.h"
#include "service/contradiction.h"
#include "service/receipts.h"
#include "service/successor.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_bundle_receipts_suite(void);

#define ALL "{\"all\":true}"

/* Node 0 writes for 1 and 2, and exports; node 3 reads nothing. */
static struct fixture fixture;
static struct bag bag;
static struct buf archive;
static json_t *report;
static struct id32 first;
static struct id32 second;

static const struct bundle_trusts nobody;

static void share(const char *text, struct id32 *record)
{
	OK(fixture_share(&fixture, 0, 1u << 1 | 1u << 2, text, record));
	OK(node_commit(fixture.nodes[0]));
}

static void setup(void)
{
	fixture_open(&fixture, 4);
	share("first", &first);
	share("second", &second);
}

static void teardown(void)
{
	bag_clear(&bag);
	buf_clear(&archive);
	json_decref(report);
	report = NULL;
	fixture_close(&fixture);
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;
	OK(fixture_pull(&fixture, to, from, &taken));
}

static void sign(size_t at)
{
	pull(at, 0);
	fixture.now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(fixture.nodes[at]);
	OK(node_commit(fixture.nodes[at]));
	pull(0, at);
}

static void check(const char *choice)
{
	buf_reset(&archive);
	json_decref(report);
	OK(bag_export(&fixture, 0, choice, true, &archive));
	const char *fault = bag_fault_of(buf_span(&archive));
	ck_assert_msg(fault == NULL, "%s", fault);
	report = bag_report(buf_span(&archive), &nobody);
}

/* What the report says of a record and a reader. */
static const json_t *row(const struct id32 *record, size_t reader)
{
	size_t at = 0;
	const json_t *each = NULL;
	const char *who = text_fingerprint(node_id(fixture.nodes[reader])).text;
	char fingerprint[128];
	(void)snprintf(fingerprint, sizeof(fingerprint), "%s", who);
	json_array_foreach(json_object_get(report, "disclosures"), at, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "record")),
			text_hex_id(record).text) == 0 &&
		    strcmp(json_string_value(json_object_get(each, "reader")),
			fingerprint) == 0) {
			return each;
		}
	}
	return NULL;
}

static bool signed_for(const struct id32 *record, size_t reader)
{
	const json_t *found = row(record, reader);
	ck_assert_ptr_nonnull(found);
	return json_is_string(json_object_get(found, "receipt"));
}

static bool linked(const struct id32 *record, size_t reader)
{
	return json_is_true(json_object_get(row(record, reader), "linked"));
}

/* M258 */
START_TEST(who_signed_for_what_is_reported)
{
	char choice[128];
	sign(1);
	check(ALL);
	ck_assert(signed_for(&first, 1) && signed_for(&second, 1));
	ck_assert(!signed_for(&first, 2) && !signed_for(&second, 2));
	ck_assert(linked(&first, 1) && linked(&second, 1));
	ck_assert_ptr_null(row(&first, 0));
	ck_assert_ptr_null(row(&first, 3));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(report, "disclosures")), 4);
	/* The receipt names the second by its id, which is not here. */
	(void)snprintf(choice, sizeof(choice), "{\"record\":[\"%s\"]}",
	    text_hex_id(&first).text);
	check(choice);
	ck_assert(signed_for(&first, 1) && !linked(&first, 1));
	ck_assert_ptr_null(row(&second, 1));
	(void)snprintf(choice, sizeof(choice), "{\"record\":[\"%s\"]}",
	    text_hex_id(&second).text);
	check(choice);
	ck_assert(signed_for(&second, 1) && linked(&second, 1));
}
END_TEST

/* M269: somebody else may have had the key. */
START_TEST(a_receipt_in_a_log_that_its_signer_disowned_does_not_count)
{
	struct bundle_trust trust = { *node_id(fixture.nodes[1]), NULL };
	const struct bundle_trusts trusts = { &trust, 1 };
	struct successor_planned planned;
	struct id32 later;
	sign(1);
	check(ALL);
	ck_assert(signed_for(&first, 1));
	OK(fixture_share(&fixture, 1, 0, "later", &later));
	OK(node_commit(fixture.nodes[1]));
	OK(successor_rotate(fixture.nodes[1], true, &planned));
	OK(node_commit(fixture.nodes[1]));
	trust.card = node_card(fixture.nodes[1]);
	json_decref(report);
	report = bag_report(buf_span(&archive), &trusts);
	ck_assert(!signed_for(&first, 1));
}
END_TEST

START_TEST(a_sealed_bundle_says_nothing_of_readers)
{
	sign(1);
	OK(bag_export(&fixture, 0, ALL, false, &archive));
	report = bag_report(buf_span(&archive), &nobody);
	ck_assert(json_is_true(json_object_get(report, "consistent")));
	ck_assert_uint_eq(
	    json_array_size(json_object_get(report, "disclosures")), 0);
}
END_TEST

/* A receipt that says what we like. */
struct claim {
	const struct id32 *record; /* of whose stream ... */
	struct id32 named;         /* ... and which is named */
	struct id32 author;
	uint64_t first;
	uint64_t last;
	uint64_t gap; /* an unreadable number; 0 none */
};

static void hand_in(const struct claim *claim, size_t signer)
{
	struct node *author = fixture.nodes[0];
	int64_t org = fixture_org(&fixture, signer, 0);
	const struct stream *stream = &state_stream(
	    author, fixture_view(&fixture, 0, claim->record)->stream)
	                                   ->row.state;
	struct generation generation = stream->generation;
	struct id32 id = stream->id;
	struct id32 whose = claim->author;
	struct id32 named = claim->named;
	struct id32 made;
	Qsg__Payload payload;
	Qsg__Receipt receipt;
	Qsg__ReceiptStream item;
	Qsg__ReceiptGap gap;
	Qsg__ReceiptStream *items[1] = { &item };
	Qsg__ReceiptGap *gaps[1] = { &gap };
	qsg__payload__init(&payload);
	qsg__receipt__init(&receipt);
	qsg__receipt_stream__init(&item);
	qsg__receipt_gap__init(&gap);
	payload.content_case = QSG__PAYLOAD__CONTENT_RECEIPT;
	payload.receipt = &receipt;
	fixture_put(&receipt.author, span_id(&whose));
	receipt.streams = items;
	receipt.n_streams = 1;
	fixture_put(
	    &item.generation, span_of(generation.b, sizeof(generation.b)));
	fixture_put(&item.stream, span_id(&id));
	fixture_put(&item.record, span_id(&named));
	item.first = claim->first;
	item.last = claim->last;
	gap.number = claim->gap;
	gap.reason = canon_lend("bad-payload");
	item.unreadable = gaps;
	item.n_unreadable = claim->gap == 0 ? 0 : 1;
	fixture.now_ms += 1000;
	OK(submit_payload(fixture.nodes[signer], &org, 1, &payload, &made));
	OK(node_commit(fixture.nodes[signer]));
	free(receipt.author.data);
	free(item.generation.data);
	free(item.stream.data);
	free(item.record.data);
	pull(0, signer);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 0, &made));
}

static struct claim claim_of(const struct id32 *record)
{
	uint64_t number = fixture_view(&fixture, 0, record)->number;
	return (struct claim){ .record = record,
		.named = *record,
		.author = *node_id(fixture.nodes[0]),
		.first = number,
		.last = number };
}

/* M258 */
START_TEST(a_receipt_counts_only_for_what_it_may)
{
	struct claim claim = claim_of(&second);
	/* Of another record than the one that is here. */
	claim.named.b[0] ^= 1;
	hand_in(&claim, 1);
	/* Of a stream that its signer does not read. */
	claim = claim_of(&second);
	hand_in(&claim, 3);
	/* Of somebody else's stream of this id. */
	claim.author = *node_id(fixture.nodes[3]);
	hand_in(&claim, 1);
	check(ALL);
	ck_assert(!signed_for(&second, 1) && !signed_for(&second, 2));
	ck_assert_ptr_null(row(&second, 3));
	/* Not for what is beside its range, */
	claim = claim_of(&second);
	hand_in(&claim, 1);
	check(ALL);
	ck_assert(signed_for(&second, 1) && !signed_for(&first, 1));
	ck_assert(
	    !json_is_string(json_object_get(row(&second, 1), "unreadable")));
	/* and the newest counts. */
	claim.gap = claim.last;
	hand_in(&claim, 1);
	check(ALL);
	ck_assert_str_eq(
	    json_string_value(json_object_get(row(&second, 1), "unreadable")),
	    "bad-payload");
}
END_TEST

/*
 * Witnesses.
 */

/* M259 */
START_TEST(nobody_is_a_witness_of_its_own_log)
{
	static const struct bag_claims all = { .what = "all" };
	const struct keystore *keystore = node_keystore(fixture.nodes[0]);
	struct buf line = { 0 };
	struct buf before = { 0 };
	struct note_key key;
	struct note note;
	bag_make(&fixture, 0, ALL, true, &bag);
	OK(buf_append(
	    &before, buf_span(&bag_like(&bag, "/checkpoint", 0)->content)));
	OK(note_parse(buf_span(&before), &note));
	note_witness_key(node_id(fixture.nodes[0]),
	    &keystore_public(keystore)->cosigning, &key);
	OK(note_cosign(keystore, &key, note.text, 1500000000, &line));
	for (size_t i = 0; i < bag.count; i++) {
		struct buf *content = &bag.files[i].content;
		bool has = content->size >= before.size &&
		           memcmp(content->data + content->size - before.size,
			       before.data, before.size) == 0;
		if (has && strstr(bag.files[i].name, "/seal/") == NULL) {
			OK(buf_append(content, buf_span(&line)));
		}
	}
	bag_seal(&bag, &fixture, 0, &all);
	bag_join(&bag, &archive);
	report = bag_report(buf_span(&archive), &nobody);
	ck_assert(json_is_true(json_object_get(report, "consistent")));
	const json_t *log = json_array_get(json_object_get(report, "logs"), 0);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(log, "signature_lines")), 2);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(log, "witnesses")), 0);
	buf_clear(&line);
	buf_clear(&before);
}
END_TEST

START_TEST(a_checkpoint_that_no_proof_leads_to_is_named)
{
	static const struct bag_claims all = { .what = "all" };
	static const char line[] =
	    "\342\200\224 somebody AAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
	bag_make(&fixture, 0, ALL, true, &bag);
	OK(buf_append(
	    &bag_like(&bag, "/checkpoint", 0)->content, span_text(line)));
	bag_seal(&bag, &fixture, 0, &all);
	bag_join(&bag, &archive);
	report = bag_report(buf_span(&archive), &nobody);
	size_t at = 0;
	const json_t *each = NULL;
	bool named = false;
	json_array_foreach(json_object_get(report, "faults"), at, each)
	{
		named = named ||
		        strstr(json_string_value(json_object_get(each, "what")),
			    "no proof leads to it") != NULL;
	}
	ck_assert(named);
}
END_TEST

/*
 * Evidence.
 */

static void rename_it(Qsg__Card *card, void *context)
{
	card->version++;
	free(card->name);
	card->name = strdup(context);
}

/* Node 1 signs two cards of one version; node 0 finds it. */
static void contradict(void)
{
	struct node *node = fixture.nodes[0];
	char names[2][8] = { "One", "Other" };
	struct card cards[2] = { { 0 } };
	for (size_t i = 0; i < 2; i++) {
		struct buf bytes = { 0 };
		fixture_claim_card(&fixture, 1, rename_it, names[i], &bytes);
		OK(card_parse(buf_span(&bytes), &cards[i]));
		buf_clear(&bytes);
	}
	OK(contradiction_of_cards(
	    node, fixture_peer(&fixture, 0, 1), &cards[0], &cards[1]));
	OK(node_commit(node));
	card_clear(&cards[0]);
	card_clear(&cards[1]);
}

/* M257 */
START_TEST(evidence_is_in_the_bundle_and_says_something)
{
	contradict();
	check(ALL);
	const json_t *pieces = json_object_get(report, "evidence");
	ck_assert_uint_eq(json_array_size(pieces), 1);
	const json_t *piece = json_array_get(pieces, 0);
	ck_assert_str_eq(
	    json_string_value(json_object_get(piece, "kind")), "card-fork");
	ck_assert_str_eq(
	    json_string_value(json_object_get(piece, "fingerprint")),
	    text_fingerprint(node_id(fixture.nodes[1])).text);
	ck_assert(strstr(json_string_value(json_object_get(piece, "says")),
		      "two different cards of one version") != NULL);
}
END_TEST

/* The line that says so, of what is proven. */
static const char *accusation(void)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(report, "proven"), at, each)
	{
		const char *line = json_string_value(each);
		if (strncmp(line, "against ", 8) == 0) {
			return line;
		}
	}
	return "";
}

/* Anybody can make an organisation of another's name that contradicts itself.
 * M257 */
START_TEST(evidence_against_somebody_unverified_says_so)
{
	const struct bundle_trust trust = { *node_id(fixture.nodes[1]), NULL };
	const struct bundle_trusts trusts = { &trust, 1 };
	sign(1);
	contradict();
	check(ALL);
	ck_assert_ptr_nonnull(strstr(accusation(), "not verified"));
	json_decref(report);
	report = bag_report(buf_span(&archive), &trusts);
	ck_assert_ptr_nonnull(strstr(accusation(), "two different cards"));
	ck_assert_ptr_null(strstr(accusation(), "not verified"));
}
END_TEST

/* Put other evidence there, under its own hash, and seal it. */
static const char *fault_with(struct span bytes)
{
	static const struct bag_claims all = { .what = "all" };
	char name[128];
	struct id32 hash;
	(void)crypto_generichash(
	    hash.b, sizeof(hash.b), bytes.data, bytes.size, NULL, 0);
	(void)snprintf(
	    name, sizeof(name), "data/evidence/%s", text_hex_id(&hash).text);
	(void)bag_add(&bag, name, bytes);
	bag_seal(&bag, &fixture, 0, &all);
	return bag_fault(&bag);
}

/* M257 */
START_TEST(evidence_that_proves_nothing_is_refused)
{
	struct buf bytes = { 0 };
	contradict();
	bag_make(&fixture, 0, ALL, true, &bag);
	struct bag_file *file = bag_like(&bag, "/evidence/", 0);
	OK(buf_append(&bytes, buf_span(&file->content)));
	ck_assert_ptr_null(bag_fault(&bag));
	bag_remove(&bag, file);
	bytes.data[bytes.size - 1] ^= 1;
	const char *fault = fault_with(buf_span(&bytes));
	ck_assert_msg(
	    fault != NULL && strncmp(fault, "data/evidence/", 14) == 0, "%s",
	    fault == NULL ? "accepted" : fault);
	bag_remove(&bag, bag_like(&bag, "/evidence/", 0));
	/* A newer program's is left alone, and said to be. */
	bytes.data[1] = 2;
	ck_assert_ptr_null(fault_with(buf_span(&bytes)));
	bag_join(&bag, &archive);
	report = bag_report(buf_span(&archive), &nobody);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(report, "evidence")), 0);
	buf_clear(&bytes);
}
END_TEST

/* By somebody who writes everything anew, but for the seal. M256 */
START_TEST(removed_and_added_evidence_is_named)
{
	char wanted[TAR_NAME_BYTES + 64];
	struct buf bytes = { 0 };
	contradict();
	bag_make(&fixture, 0, ALL, true, &bag);
	struct bag_file *file = bag_like(&bag, "/evidence/", 0);
	(void)snprintf(wanted, sizeof(wanted), "%s: it was sealed",
	    file->name + strlen(BUNDLE_TOP));
	OK(buf_append(&bytes, buf_span(&file->content)));
	bag_remove(&bag, file);
	bag_recompute(&bag);
	const char *fault = bag_fault(&bag);
	ck_assert_msg(
	    fault != NULL && strncmp(fault, wanted, strlen(wanted)) == 0,
	    "%s, wanted %s", fault, wanted);
	/* Of another program, so that it is wrong in nothing else. */
	bytes.data[1] = 2;
	struct id32 hash;
	(void)crypto_generichash(
	    hash.b, sizeof(hash.b), bytes.data, bytes.size, NULL, 0);
	(void)snprintf(wanted, sizeof(wanted), "data/evidence/%s",
	    text_hex_id(&hash).text);
	(void)bag_add(&bag, wanted, buf_span(&bytes));
	bag_recompute(&bag);
	bag_join(&bag, &archive);
	report = bag_report(buf_span(&archive), &nobody);
	const json_t *other =
	    json_array_get(json_object_get(report, "faults"), 1);
	ck_assert_str_eq(json_string_value(json_object_get(other, "file")) +
			     strlen(BUNDLE_TOP),
	    wanted);
	ck_assert_str_eq(json_string_value(json_object_get(other, "what")),
	    "it was not sealed with the bundle");
	buf_clear(&bytes);
}
END_TEST

START_TEST(evidence_is_named_by_its_hash)
{
	static const struct bag_claims all = { .what = "all" };
	contradict();
	bag_make(&fixture, 0, ALL, true, &bag);
	struct bag_file *file = bag_like(&bag, "/evidence/", 0);
	char *last = &file->name[strlen(file->name) - 1];
	*last = *last == '0' ? '1' : '0';
	bag_seal(&bag, &fixture, 0, &all);
	const char *fault = bag_fault(&bag);
	ck_assert_ptr_nonnull(fault);
	ck_assert_ptr_nonnull(strstr(fault, "not the hash of its bytes"));
}
END_TEST

static bool holds(struct span file, const struct bundle_trusts *trusts)
{
	ck_assert(bundle_check_is_evidence(file));
	json_decref(report);
	OK(bundle_check_evidence(file, trusts, &report));
	return json_is_true(json_object_get(report, "consistent"));
}

static const char *verdict(void)
{
	return json_string_value(json_object_get(report, "verdict"));
}

START_TEST(a_file_of_evidence_is_checked_by_itself)
{
	struct bundle_trust somebody = { .organisation =
					     *node_id(fixture.nodes[1]) };
	const struct bundle_trusts trusts = { &somebody, 1 };
	struct buf armour = { 0 };
	contradict();
	bag_make(&fixture, 0, ALL, true, &bag);
	const struct buf *bytes = &bag_like(&bag, "/evidence/", 0)->content;
	OK(evidence_armour(buf_span(bytes), &armour));
	ck_assert(holds(buf_span(&armour), &nobody));
	ck_assert_str_eq(verdict(), "it holds; identity not verified");
	ck_assert(holds(buf_span(bytes), &trusts));
	ck_assert_str_eq(verdict(), "it holds; identity verified");
	somebody.organisation = *node_id(fixture.nodes[2]);
	ck_assert(!holds(buf_span(&armour), &trusts));
	armour.data[armour.size / 2] ^= 1;
	ck_assert(!holds(buf_span(&armour), &nobody));
	ck_assert_str_eq(verdict(), "it does not hold");
	/* A bundle is none, whatever texts it holds. */
	bag_join(&bag, &archive);
	ck_assert(!bundle_check_is_evidence(buf_span(&archive)));
	ck_assert(!bundle_check_is_evidence(span_text("")));
	ck_assert(!bundle_check_is_evidence(span_text("something else")));
	buf_clear(&armour);
}
END_TEST

Suite *test_bundle_receipts_suite(void)
{
	Suite *suite = suite_create("bundle_receipts");
	TCase *tests = tcase_create("bundle_receipts");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, who_signed_for_what_is_reported);
	tcase_add_test(
	    tests, a_receipt_in_a_log_that_its_signer_disowned_does_not_count);
	tcase_add_test(tests, a_sealed_bundle_says_nothing_of_readers);
	tcase_add_test(tests, a_receipt_counts_only_for_what_it_may);
	tcase_add_test(tests, nobody_is_a_witness_of_its_own_log);
	tcase_add_test(tests, a_checkpoint_that_no_proof_leads_to_is_named);
	tcase_add_test(tests, evidence_is_in_the_bundle_and_says_something);
	tcase_add_test(tests, evidence_against_somebody_unverified_says_so);
	tcase_add_test(tests, evidence_that_proves_nothing_is_refused);
	tcase_add_test(tests, removed_and_added_evidence_is_named);
	tcase_add_test(tests, evidence_is_named_by_its_hash);
	tcase_add_test(tests, a_file_of_evidence_is_checked_by_itself);
	suite_add_tcase(suite, tests);
	return suite;
}
