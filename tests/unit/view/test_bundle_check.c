#define _POSIX_C_SOURCE 200809L

#include "bag.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "keys/note.h"
#include "view/bundle_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_bundle_check_suite(void);

#define ALL "{\"all\":true}"

static struct fixture fixture;
static struct bag good;    /* all of node 0, opened */
static struct bag bag;     /* a copy, to be spoilt */
static struct id32 shared; /* of node 0 for node 1 */
static struct id32 second; /* the next one */
static struct id32 alone;  /* of node 0 for itself */
static struct id32 theirs; /* of node 1 for node 0 */

static const struct bag_claims all = { .what = "all" };
static const struct bag_claims some = { .what = "some" };

static void setup(void)
{
	struct replica_taken taken;
	fixture_open(&fixture, 3);
	OK(fixture_share(&fixture, 0, 1u << 1, "call <bells>", &shared));
	OK(fixture_share(&fixture, 0, 1u << 1, "second", &second));
	OK(fixture_share(&fixture, 0, 0, "for us alone", &alone));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &theirs));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
	bag_make(&fixture, 0, ALL, true, &good);
	bag_copy(&good, &bag);
}

static void teardown(void)
{
	bag_clear(&good);
	bag_clear(&bag);
	fixture_close(&fixture);
}

static void again(void)
{
	bag_clear(&bag);
	bag_copy(&good, &bag);
}

/* The first fault begins so. */
static void found(const char *wanted)
{
	const char *fault = bag_fault(&bag);
	ck_assert_msg(fault != NULL, "accepted; wanted %s", wanted);
	ck_assert_msg(
	    strstr(fault, wanted) != NULL, "%s; wanted %s", fault, wanted);
	again();
}

/* The same after its exporter has sealed it. */
static void found_sealed(const char *wanted)
{
	bag_seal(&bag, &fixture, 0, &some);
	found(wanted);
}

/* The same for a part of a record. */
static void found_in(
    const struct id32 *record, const char *part, const char *what)
{
	char wanted[300];
	(void)snprintf(wanted, sizeof(wanted), "data/records/%s/%s: %s",
	    text_hex_id(record).text, part, what);
	found_sealed(wanted);
}

START_TEST(a_good_bundle_is_consistent)
{
	const struct bundle_trusts nobody = { 0 };
	struct buf archive = { 0 };
	bag_join(&good, &archive);
	ck_assert_ptr_null(bag_fault(&good));
	json_t *report = bag_report(buf_span(&archive), &nobody);
	ck_assert_str_eq(json_string_value(json_object_get(report, "verdict")),
	    "consistent; identities not verified");
	ck_assert_str_eq(
	    json_string_value(json_object_get(report, "what")), "all");
	const json_t *totals = json_object_get(report, "totals");
	/* Three of ours, one of theirs, and what opened three streams. */
	ck_assert_int_eq(
	    json_integer_value(json_object_get(totals, "records")), 7);
	ck_assert_int_eq(
	    json_integer_value(json_object_get(totals, "opened")), 7);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(report, "organisations")), 2);
	json_decref(report);
	/* Sealed again by the same hands it is still good. */
	bag_seal(&bag, &fixture, 0, &all);
	ck_assert_ptr_null(bag_fault(&bag));
	buf_clear(&archive);
}
END_TEST

START_TEST(a_bundle_of_sealed_records_is_consistent)
{
	struct bag sealed;
	bag_make(&fixture, 0, ALL, false, &sealed);
	ck_assert_ptr_null(bag_fault(&sealed));
	for (size_t i = 0; i < sealed.count; i++) {
		bool seal = strstr(sealed.files[i].name, "seal/") != NULL;
		ck_assert(seal || strstr(sealed.files[i].name, "-key") == NULL);
		ck_assert(
		    seal || strstr(sealed.files[i].name, "payload") == NULL);
	}
	bag_clear(&sealed);
}
END_TEST

/* The same files make the same bytes. M245 */
START_TEST(what_is_taken_apart_is_put_together_the_same)
{
	struct buf archive = { 0 };
	struct buf more = { 0 };
	bag_join(&good, &archive);
	bag_recompute(&bag);
	bag_join(&bag, &more);
	ck_assert(span_equal(buf_span(&archive), buf_span(&more)));
	buf_clear(&archive);
	buf_clear(&more);
}
END_TEST

/* M248 */
START_TEST(every_changed_file_is_named)
{
	for (size_t i = 0; i < good.count; i++) {
		char wanted[TAR_NAME_BYTES + 8];
		const char *name = good.files[i].name + strlen(BUNDLE_TOP);
		bag_flip(&bag.files[i], bag.files[i].content.size / 2);
		(void)snprintf(wanted, sizeof(wanted), "%s: ", name);
		if (strstr(name, "manifest") == NULL) {
			found(wanted);
		} else {
			ck_assert_ptr_nonnull(bag_fault(&bag));
			again();
		}
	}
}
END_TEST

/* M248 */
START_TEST(every_removed_file_is_named)
{
	for (size_t i = 0; i < good.count; i++) {
		char wanted[TAR_NAME_BYTES + 8];
		(void)snprintf(wanted, sizeof(wanted),
		    "%s: ", good.files[i].name + strlen(BUNDLE_TOP));
		bag_remove(&bag, &bag.files[i]);
		found(wanted);
	}
}
END_TEST

/* M248 M256 */
START_TEST(no_change_passes_with_manifests_written_anew)
{
	for (size_t i = 0; i < good.count; i++) {
		bag_flip(&bag.files[i], bag.files[i].content.size / 2);
		bag_recompute(&bag);
		if (strstr(bag.files[i].name, "manifest") != NULL ||
		    strstr(bag.files[i].name, "bag-info") != NULL) {
			again(); /* written anew, it is as it was */
			continue;
		}
		ck_assert_msg(
		    bag_fault(&bag) != NULL, "%s", good.files[i].name);
		again();
		bag_remove(&bag, &bag.files[i]);
		bag_recompute(&bag);
		ck_assert_msg(
		    bag_fault(&bag) != NULL, "%s", good.files[i].name);
		again();
	}
}
END_TEST

/* M247 */
START_TEST(what_does_not_belong_is_refused)
{
	static const char *const strays[] = { "data/extra", "data/cards/x.card",
		"readme.txt", "data/records/0/header", "seal/slots",
		"manifest-md5.txt", "fetch.txt", "data/logs/checkpoint" };
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++) {
		(void)bag_add(&bag, strays[i], span_text("x"));
		bag_recompute(&bag);
		found("no file of a bundle has this name");
	}
	(void)bag_add(&bag, "data/index.csv", span_text("x"));
	found("is there twice");
	struct bag_file first = bag.files[0];
	bag.files[0] = bag.files[1];
	bag.files[1] = first;
	bag_recompute(&bag);
	found("is out of its place");
	bag_put(bag_record(&bag, &shared, "body"), span_of(NULL, 0));
	bag_recompute(&bag);
	found("is empty");
	struct buf large = { 0 };
	OK(buf_reserve(&large, LIMIT_RECORD_BYTES + 1));
	memset(large.data, 'x', LIMIT_RECORD_BYTES + 1);
	bag_put(bag_record(&bag, &shared, "body"),
	    span_of(large.data, LIMIT_RECORD_BYTES + 1));
	bag_recompute(&bag);
	found("is larger than it may be");
	buf_clear(&large);
}
END_TEST

/* M248 */
START_TEST(bagit_says_what_the_files_give)
{
	bag_put(
	    bag_find(&bag, "bagit.txt"), span_text("BagIt-Version: 0.97\n"));
	bag_seal(&bag, &fixture, 0, &some);
	found("bagit.txt: it is not what the files give");
	struct buf *manifest = &bag_find(&bag, "manifest-sha512.txt")->content;
	OK(buf_append(manifest, span_text("x")));
	found("manifest-sha512.txt: it goes on behind the last file");
	bag_put(bag_find(&bag, "bag-info.txt"),
	    span_text("QSG-Bundle: 1\nPayload-Oxum: 1.1\n"));
	bag_tags(&bag);
	found("bag-info.txt: it is not what the files give");
}
END_TEST

/* M249 */
START_TEST(a_card_that_is_none_is_named)
{
	struct bag_file *one = bag_like(&bag, "/cards/", 0);
	struct bag_file *two = bag_like(&bag, "/cards/", 1);
	struct buf swap = one->content;
	one->content = two->content;
	two->content = swap;
	found_sealed(".card: it is another organisation's card");
	one = bag_like(&bag, "/cards/", 0);
	bag_flip(one, one->content.size - 1);
	found_sealed(".card: ");
}
END_TEST

/* M250 */
START_TEST(a_checkpoint_of_another_hand_is_named)
{
	struct bag_file *one = bag_like(&bag, "/checkpoint", 0);
	struct bag_file *two = bag_like(&bag, "/checkpoint", 1);
	bag_put(one, buf_span(&two->content));
	found_sealed("/checkpoint: ");
	/* One bit in the middle of the signature. */
	one = bag_like(&bag, "/checkpoint", 1);
	bag_flip(one, one->content.size - 20);
	found_sealed("/checkpoint: ");
	bag_remove(&bag, bag_like(&bag, "/checkpoint", 0));
	found_sealed("no good checkpoint of its author's log");
	bag_remove(&bag, bag_like(&bag, "/cards/", 0));
	ck_assert_ptr_nonnull(bag_fault(&bag));
}
END_TEST

/* Put a cosignature by node 1 behind every copy of node 0's checkpoint. */
static void cosign(bool spoil)
{
	const struct keystore *keystore = node_keystore(fixture.nodes[1]);
	struct bag_file *checkpoint = NULL;
	struct buf line = { 0 };
	struct buf before = { 0 };
	struct note_key key;
	struct note note;
	char part[160];
	(void)snprintf(part, sizeof(part), "/logs/%s/",
	    text_hex_id(node_id(fixture.nodes[0])).text);
	checkpoint = bag_like(&bag, part, 0);
	OK(buf_append(&before, buf_span(&checkpoint->content)));
	OK(note_parse(buf_span(&before), &note));
	note_witness_key(node_id(fixture.nodes[1]),
	    &keystore_public(keystore)->cosigning, &key);
	OK(note_cosign(keystore, &key, note.text, 1500000000, &line));
	if (spoil) {
		size_t at = line.size - 20;
		line.data[at] = line.data[at] == 'A' ? 'B' : 'A';
	}
	for (size_t i = 0; i < bag.count; i++) {
		struct buf *content = &bag.files[i].content;
		bool has = content->size >= before.size &&
		           memcmp(content->data + content->size - before.size,
			       before.data, before.size) == 0;
		if (has && strstr(bag.files[i].name, "/seal/") == NULL) {
			OK(buf_append(content, buf_span(&line)));
		}
	}
	buf_clear(&line);
	buf_clear(&before);
}

/* M250 */
START_TEST(a_cosignature_counts_when_it_verifies)
{
	const struct bundle_trusts nobody = { 0 };
	struct buf archive = { 0 };
	size_t witnesses = 0;
	size_t at = 0;
	const json_t *log = NULL;
	cosign(false);
	bag_seal(&bag, &fixture, 0, &all);
	bag_join(&bag, &archive);
	ck_assert_ptr_null(bag_fault_of(buf_span(&archive)));
	json_t *report = bag_report(buf_span(&archive), &nobody);
	json_array_foreach(json_object_get(report, "logs"), at, log)
	{
		witnesses += json_array_size(json_object_get(log, "witnesses"));
	}
	ck_assert_uint_eq(witnesses, 1);
	json_decref(report);
	buf_clear(&archive);
	again();
	cosign(true);
	found_sealed("/checkpoint: a cosignature on it is wrong");
}
END_TEST

/* M251 */
START_TEST(a_record_that_is_not_proven_is_named)
{
	bag_put(bag_record(&bag, &shared, "header"),
	    buf_span(&bag_record(&bag, &second, "header")->content));
	found_in(&shared, "header", "it is another record's header");
	bag_put(bag_record(&bag, &shared, "header"), span_text("x"));
	found_in(&shared, "header", "it is no header");
	bag_put(bag_record(&bag, &shared, "proof"),
	    buf_span(&bag_record(&bag, &second, "proof")->content));
	found_in(&shared, "proof", "it does not lead to the signed root");
	bag_put(bag_record(&bag, &shared, "proof"),
	    buf_span(&bag_record(&bag, &theirs, "proof")->content));
	found_in(&shared, "proof", "it leads to another checkpoint");
	/* Signed by the right hand, and not the one that the bundle has. */
	bag_put(bag_record(&bag, &shared, "proof"),
	    buf_span(&bag_find(&bag, "seal/proof")->content));
	found_in(&shared, "proof", "it leads to another checkpoint");
	bag_remove(&bag, bag_record(&bag, &shared, "proof"));
	found_in(&shared, "proof", "is missing");
	bag_remove(&bag, bag_record(&bag, &shared, "header"));
	found_in(&shared, "header", "is missing");
}
END_TEST

/* Of somebody whose log is not in the bundle. M251 */
START_TEST(a_foreign_record_slipped_in_is_named)
{
	static const char *const parts[] = { "body", "header", "proof",
		"slots" };
	struct bag other;
	struct id32 foreign;
	char name[128];
	OK(fixture_share(&fixture, 2, 0, "elsewhere", &foreign));
	OK(node_commit(fixture.nodes[2]));
	bag_make(&fixture, 2, ALL, false, &other);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "data/records/%s/%s",
		    text_hex_id(&foreign).text, parts[i]);
		(void)bag_add(
		    &bag, name, buf_span(&bag_find(&other, name)->content));
	}
	found_in(&foreign, "header", "no good checkpoint");
	bag_clear(&other);
}
END_TEST

static struct id32 opening(void)
{
	struct bag_file *slots = bag_like(&bag, "/slots", 0);
	struct id32 id;
	OK(text_unhex(
	    span_of(slots->name + strlen(BUNDLE_TOP "data/records/"), 64), id.b,
	    sizeof(id.b)));
	return id;
}

/* M252 */
START_TEST(bytes_that_are_not_the_headers_are_named)
{
	struct id32 slotted = opening();
	struct buf *body = &bag_record(&bag, &shared, "body")->content;
	char name[128];
	bag_flip(bag_record(&bag, &shared, "body"), 40);
	found_in(&shared, "body", "it is not the body of the header");
	OK(buf_u8(body, 0));
	found_in(&shared, "body", "it is not the body of the header");
	bag_flip(bag_record(&bag, &slotted, "slots"), 40);
	found_in(&slotted, "slots", "they are not those of the header");
	bag_remove(&bag, bag_record(&bag, &slotted, "slots"));
	found_in(&slotted, "slots", "is missing");
	(void)snprintf(name, sizeof(name), "data/records/%s/slots",
	    text_hex_id(&shared).text);
	(void)bag_add(&bag, name, span_text("x"));
	found_in(&shared, "slots", "its record bears no slots");
}
END_TEST

/* M253 */
START_TEST(lists_that_say_something_else_are_named)
{
	static const char *const lists[] = { "data/index.csv",
		"data/index.html" };
	for (size_t i = 0; i < 2; i++) {
		size_t size = bag_find(&bag, lists[i])->content.size;
		for (size_t at = 0; at < size; at += 61) {
			bag_flip(bag_find(&bag, lists[i]), at);
			found_sealed(lists[i]);
		}
		OK(buf_append(
		    &bag_find(&bag, lists[i])->content, span_text("more\n")));
		found_sealed(lists[i]);
		bag_find(&bag, lists[i])->content.size = size - 1;
		found_sealed(lists[i]);
	}
}
END_TEST

START_TEST(what_people_wrote_is_escaped_in_the_page)
{
	const char *page =
	    buf_text(&bag_find(&bag, "data/index.html")->content);
	ck_assert_ptr_nonnull(strstr(page, "call &lt;bells&gt;"));
	ck_assert_ptr_null(strstr(page, "<bells>"));
	ck_assert_ptr_null(strstr(page, "<script"));
	ck_assert_ptr_null(strstr(page, "http"));
}
END_TEST

START_TEST(a_name_is_no_formula)
{
	Qsg__Card fields = *node_card(fixture.nodes[0])->fields;
	const struct card card = { .fields = &fields };
	const struct bundle_row row = { .author = &card };
	struct buf line = { 0 };
	fields.name = canon_lend("=SUM(A1)");
	OK(bundle_csv_row(&row, &line));
	ck_assert_ptr_nonnull(strstr(buf_text(&line), ",'=SUM(A1),"));
	buf_clear(&line);
}
END_TEST

/* M254 */
START_TEST(an_opened_text_is_what_was_sealed)
{
	bag_flip(bag_record(&bag, &shared, "content-key"), 3);
	found_in(&shared, "content-key", "it does not open the body");
	bag_put(bag_record(&bag, &shared, "content-key"),
	    buf_span(&bag_record(&bag, &second, "content-key")->content));
	found_in(&shared, "content-key", "it does not open the body");
	bag_put(bag_record(&bag, &shared, "content-key"), span_text("short"));
	found_in(&shared, "content-key", "a content key has 32 bytes");
	bag_put(bag_record(&bag, &shared, "payload"),
	    buf_span(&bag_record(&bag, &second, "payload")->content));
	found_in(&shared, "payload", "it is not what the body says");
	bag_remove(&bag, bag_record(&bag, &shared, "payload"));
	found_in(&shared, "payload", "is missing");
	bag_remove(&bag, bag_record(&bag, &shared, "content-key"));
	found_in(&shared, "content-key", "is missing");
	bag_remove(&bag, bag_record(&bag, &shared, "body"));
	found_in(&shared, "body", "is missing");
}
END_TEST

/* M256 */
START_TEST(a_seal_is_for_one_bundle)
{
	const struct bag_claims more = { .what = "some", .more = 1 };
	const struct bag_claims turned = { .what = "some", .turn = true };
	bag_remove_record(&bag, &second);
	bag_recompute(&bag);
	found("seal/payload: it was made for another manifest");
	bag_seal(&bag, &fixture, 0, &more);
	found("seal/payload: it counts another number of records");
	bag_seal(&bag, &fixture, 0, &turned);
	found("seal/payload: it says that no record is opened");
	bag_flip(bag_find(&bag, "seal/header"), 0);
	bag_recompute(&bag);
	found("seal/header: ");
	bag_flip(bag_find(&bag, "seal/body"), 0);
	bag_recompute(&bag);
	found("seal/body: ");
	bag_flip(bag_find(&bag, "seal/content-key"), 0);
	bag_recompute(&bag);
	found("seal/content-key: ");
	bag_put(bag_find(&bag, "seal/proof"),
	    buf_span(&bag_record(&bag, &alone, "proof")->content));
	bag_recompute(&bag);
	found("seal/proof: ");
}
END_TEST

/* Another record in place of the seal. M256 */
START_TEST(a_seal_is_an_export)
{
	static const char *const parts[] = { "body", "content-key", "header",
		"payload", "proof" };
	for (size_t i = 0; i < 5; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "seal/%s", parts[i]);
		bag_put(bag_find(&bag, name),
		    buf_span(&bag_record(&bag, &alone, parts[i])->content));
	}
	bag_recompute(&bag);
	found("seal/payload: it is a record of something else");
}
END_TEST

START_TEST(all_means_every_entry_of_the_exporters_log)
{
	bag_remove_record(&bag, &second);
	bag_seal(&bag, &fixture, 0, &some);
	ck_assert_ptr_null(bag_fault(&bag));
	bag_seal(&bag, &fixture, 0, &all);
	found("an entry of its exporter's own log is missing");
	/* Of another's log nobody can tell. */
	bag_remove_record(&bag, &theirs);
	bag_seal(&bag, &fixture, 0, &all);
	ck_assert_ptr_null(bag_fault(&bag));
}
END_TEST

START_TEST(an_older_checkpoint_is_no_way_round_a_seal)
{
	struct bag older;
	bag_copy(&good, &older);
	OK(fixture_share(&fixture, 0, 0, "later", &alone));
	OK(node_commit(fixture.nodes[0]));
	bag_clear(&bag);
	bag_make(&fixture, 0, ALL, true, &bag);
	/* The seal of the older one stands before the newer checkpoint. */
	for (size_t i = 0; i < older.count; i++) {
		if (strstr(older.files[i].name, "/seal/") != NULL) {
			bag_put(bag_find(&bag,
				    older.files[i].name + strlen(BUNDLE_TOP)),
			    buf_span(&older.files[i].content));
		}
	}
	bag_recompute(&bag);
	ck_assert_ptr_nonnull(bag_fault(&bag));
	bag_clear(&older);
}
END_TEST

static const char *verdict(
    const struct bundle_trust *items, size_t count, json_t **report)
{
	const struct bundle_trusts trusts = { items, count };
	struct buf archive = { 0 };
	bag_join(&good, &archive);
	json_decref(*report);
	*report = bag_report(buf_span(&archive), &trusts);
	buf_clear(&archive);
	return json_string_value(json_object_get(*report, "verdict"));
}

static void raise_version(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = 1;
	free(card->name);
	card->name = strdup("Somebody else");
}

START_TEST(trust_is_the_readers_to_give)
{
	struct bundle_trust trust[2] = { { *node_id(fixture.nodes[0]), NULL },
		{ *node_id(fixture.nodes[1]), NULL } };
	struct buf other = { 0 };
	struct card card = { 0 };
	json_t *report = NULL;
	ck_assert_str_eq(verdict(trust, 1, &report),
	    "consistent; 1 of 2 identities verified");
	ck_assert_str_eq(
	    verdict(trust, 2, &report), "consistent; identities verified");
	trust[1].card = node_card(fixture.nodes[1]);
	ck_assert_str_eq(
	    verdict(trust, 2, &report), "consistent; identities verified");
	/* Somebody who is not in it at all. */
	trust[1].organisation = *node_id(fixture.nodes[2]);
	trust[1].card = NULL;
	ck_assert_str_eq(verdict(trust, 2, &report), "not consistent");
	/* Two cards of one version. */
	fixture_claim_card(&fixture, 1, raise_version, NULL, &other);
	OK(card_parse(buf_span(&other), &card));
	trust[1].organisation = *node_id(fixture.nodes[1]);
	trust[1].card = &card;
	ck_assert_str_eq(verdict(trust, 2, &report), "not consistent");
	json_decref(report);
	card_clear(&card);
	buf_clear(&other);
}
END_TEST

Suite *test_bundle_check_suite(void)
{
	Suite *suite = suite_create("bundle_check");
	TCase *tests = tcase_create("bundle_check");
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_good_bundle_is_consistent);
	tcase_add_test(tests, a_bundle_of_sealed_records_is_consistent);
	tcase_add_test(tests, what_is_taken_apart_is_put_together_the_same);
	tcase_add_test(tests, every_changed_file_is_named);
	tcase_add_test(tests, every_removed_file_is_named);
	tcase_add_test(tests, no_change_passes_with_manifests_written_anew);
	tcase_add_test(tests, what_does_not_belong_is_refused);
	tcase_add_test(tests, bagit_says_what_the_files_give);
	tcase_add_test(tests, a_card_that_is_none_is_named);
	tcase_add_test(tests, a_checkpoint_of_another_hand_is_named);
	tcase_add_test(tests, a_cosignature_counts_when_it_verifies);
	tcase_add_test(tests, a_record_that_is_not_proven_is_named);
	tcase_add_test(tests, a_foreign_record_slipped_in_is_named);
	tcase_add_test(tests, bytes_that_are_not_the_headers_are_named);
	tcase_add_test(tests, lists_that_say_something_else_are_named);
	tcase_add_test(tests, what_people_wrote_is_escaped_in_the_page);
	tcase_add_test(tests, a_name_is_no_formula);
	tcase_add_test(tests, an_opened_text_is_what_was_sealed);
	tcase_add_test(tests, a_seal_is_for_one_bundle);
	tcase_add_test(tests, a_seal_is_an_export);
	tcase_add_test(tests, all_means_every_entry_of_the_exporters_log);
	tcase_add_test(tests, an_older_checkpoint_is_no_way_round_a_seal);
	tcase_add_test(tests, trust_is_the_readers_to_give);
	suite_add_tcase(suite, tests);
	return suite;
}
