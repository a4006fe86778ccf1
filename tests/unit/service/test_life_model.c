#include "fixture.h"
#include "life_rules.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/correcting.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/onward.h"
#include "service/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_life_model_suite(void);

/* Every organisation, on every record, with every operation and for everybody,
 * against rules that are written down here once more, from PROTOCOL.md. */

#define LEAST_CASES 5000u

static const char *const kinds[] = { "item", "grant", "request", "answer",
	"erasure", "retraction", "nothing" };

static struct fixture fixture;
static size_t cases;
static size_t allowed_cases;

static struct node *node(size_t at)
{
	return fixture.nodes[at];
}

/*
 * Making facts.
 */

static size_t note(enum life_kind kind, const struct id32 *id, size_t author,
    unsigned readers, size_t about)
{
	ck_assert_uint_lt(fact_count, LIFE_FACTS);
	facts[fact_count] = (struct life_fact){ .id = *id,
		.kind = kind,
		.author = author,
		.readers = readers | LIFE_BIT(author),
		.about = about,
		.root = fact_count };
	return fact_count++;
}

struct readers {
	struct fingerprint names[LIFE_NODES];
	const char *to[LIFE_NODES];
	size_t count;
};

static void name_readers(unsigned mask, struct readers *out)
{
	out->count = 0;
	for (size_t i = 0; i < LIFE_NODES; i++) {
		if (mask & LIFE_BIT(i)) {
			out->names[out->count] =
			    text_fingerprint(node_id(node(i)));
			out->to[out->count] = out->names[out->count].text;
			out->count++;
		}
	}
}

static void pull_all(void)
{
	struct replica_taken taken;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < LIFE_NODES; i++) {
			for (size_t k = 0; k < LIFE_NODES; k++) {
				if (i != k) {
					OK(fixture_pull(
					    &fixture, i, k, &taken));
				}
			}
		}
	}
}

static size_t share(size_t at, unsigned readers, const char *onward)
{
	Qsg__Intelligence item;
	Qsg__Handling handling;
	struct readers named;
	struct share_request request = { .to = named.to,
		.yes = true,
		.handling = &handling,
		.intelligence = &item };
	struct share_result result = { 0 };
	size_t made = 0;

	qsg__intelligence__init(&item);
	qsg__handling__init(&handling);
	name_readers(readers, &named);
	request.to_count = named.count;
	item.provider = canon_lend("RAL");
	item.text = canon_lend("as said");
	item.source = canon_lend("complaint");
	item.kind = canon_lend("soft");
	handling.onward = canon_lend(onward);
	OK(share_intelligence(node(at), &request, &result));
	OK(node_commit(node(at)));
	made = note(LIFE_ITEM, &result.record, at, readers, 0);
	share_clear(&result);
	return made;
}

static enum err grant_to(
    size_t at, size_t fact, unsigned to, bool dry_run, struct id32 *made)
{
	struct hex32 name = text_hex_id(&facts[fact].id);
	const char *records[] = { name.text };
	struct readers readers;
	struct granting_request request = { .records = records,
		.record_count = 1,
		.reason = "they treat the same patients",
		.share = {
		    .to = readers.to, .yes = true, .dry_run = dry_run } };
	struct granting_result result = { 0 };
	enum err err = ERR_OK;

	name_readers(to, &readers);
	request.share.to_count = readers.count;
	err = granting_make(node(at), &request, &result);
	if (!err) {
		*made = result.items[0].share.record;
	}
	granting_result_clear(&result);
	return err;
}

static void grant(size_t at, size_t fact, unsigned to)
{
	struct id32 made;

	OK(grant_to(at, fact, to, false, &made));
	OK(node_commit(node(at)));
	(void)note(
	    LIFE_GRANT, &made, at, to | LIFE_BIT(facts[fact].author), fact);
	pull_all();
}

static enum err ask_about(
    size_t at, size_t fact, size_t to, bool dry_run, struct id32 *made)
{
	struct hex32 name = text_hex_id(&facts[fact].id);
	struct readers readers;
	struct onward_question question = { .record = name.text,
		.reason = "it concerns them",
		.share = { .to = readers.to, .dry_run = dry_run } };
	struct share_result result = { 0 };
	enum err err = ERR_OK;

	name_readers(LIFE_BIT(to), &readers);
	question.share.to_count = readers.count;
	err = onward_ask(node(at), &question, &result);
	*made = result.record;
	share_clear(&result);
	return err;
}

static enum err answer_to(
    size_t at, size_t request, bool dry_run, struct id32 *made)
{
	struct hex32 name = text_hex_id(&facts[request].id);
	struct onward_reply reply = { .request = name.text,
		.allow = true,
		.reason = "we looked at it",
		.share = { .dry_run = dry_run } };
	struct share_result result = { 0 };
	enum err err = onward_answer(node(at), &reply, &result);

	*made = result.record;
	share_clear(&result);
	return err;
}

/* Node `at` asks whether it may go on to this one, and is allowed to. */
static void allow(size_t at, size_t fact, size_t to)
{
	size_t author = facts[fact].author;
	struct replica_taken taken;
	struct id32 made;
	size_t request = 0;
	size_t answer = 0;

	OK(ask_about(at, fact, to, false, &made));
	OK(node_commit(node(at)));
	request = note(LIFE_REQUEST, &made, at, LIFE_BIT(author), fact);
	OK(fixture_pull(&fixture, author, at, &taken));
	OK(answer_to(author, request, false, &made));
	OK(node_commit(node(author)));
	answer = note(LIFE_ANSWER, &made, author, LIFE_BIT(at), fact);
	facts[answer].to = LIFE_BIT(to);
	OK(fixture_pull(&fixture, at, author, &taken));
}

static enum err correct_it(
    size_t at, size_t fact, bool dry_run, struct saying_result *result)
{
	Qsg__Intelligence item;
	struct share_request request = {
		.yes = true, .dry_run = dry_run, .intelligence = &item
	};
	struct hex32 name = text_hex_id(&facts[fact].id);
	uint32_t rid = 0;
	enum err err = correcting_find(node(at), name.text, &rid);

	qsg__intelligence__init(&item);
	*result = (struct saying_result){ 0 };
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.text = canon_lend(dry_run ? "as it really was" : "as it was");
	return err ? err : correcting_correct(node(at), rid, &request, result);
}

static enum err retract_it(
    size_t at, size_t fact, bool dry_run, struct saying_result *result)
{
	struct share_request request = { .yes = true, .dry_run = dry_run };
	struct hex32 name = text_hex_id(&facts[fact].id);

	return correcting_retract(
	    node(at), name.text, "another hospital", &request, result);
}

static void correct(size_t fact)
{
	size_t at = facts[fact].author;
	unsigned readers = life_told_of_correction(at, fact);
	struct saying_result result;
	size_t made = 0;

	OK(correct_it(at, fact, false, &result));
	OK(node_commit(node(at)));
	made = note(LIFE_ITEM, &result.share.record, at, readers, fact);
	facts[made].root = facts[fact].root;
	saying_clear(&result);
}

static void retract(size_t fact)
{
	size_t at = facts[fact].author;
	struct saying_result result;

	OK(retract_it(at, fact, false, &result));
	OK(node_commit(node(at)));
	(void)note(LIFE_RETRACTION, &result.share.record, at,
	    life_told_of_correction(at, fact), fact);
	saying_clear(&result);
}

static enum err erase_it(
    size_t at, size_t fact, bool dry_run, struct erasing_result *result)
{
	struct hex32 name = text_hex_id(&facts[fact].id);
	struct erasing_request request = { .record = name.text,
		.reason = "it was about somebody else",
		.dry_run = dry_run };

	*result = (struct erasing_result){ 0 };
	return erasing_erase(node(at), &request, result);
}

static void erase(size_t at, size_t fact)
{
	struct erasing_result result;

	OK(erase_it(at, fact, false, &result));
	OK(node_commit(node(at)));
	(void)note(LIFE_ERASURE, &result.record, at,
	    life_told_of_erasure(at, fact), fact);
	erasing_clear(&result);
}

static void hold(size_t at, size_t fact)
{
	struct hex32 name = text_hex_id(&facts[fact].id);
	struct erasing_named named;

	OK(erasing_set_hold(
	    node(at), name.text, "an inquest needs it", "2033-01-01", &named));
	OK(node_commit(node(at)));
	held[fact] |= LIFE_BIT(at);
}

/*
 * The world: a record for each rule, way of having gone on and fate.
 */

enum granted { NOT_GRANTED, BY_AUTHOR, BY_READER, GRANTED };
enum fate { PLAIN, CORRECTED, RETRACTED, ERASED, KEPT, DISPOSED, FATES };

static void add_records(size_t from, const char *onward, enum granted how)
{
	for (size_t fate = 0; fate < FATES; fate++) {
		size_t author = (from + fate) % LIFE_NODES;
		size_t reader = (author + 1) % LIFE_NODES;
		size_t other = (author + 2) % LIFE_NODES;
		size_t grantee = (author + 3) % LIFE_NODES;
		struct replica_taken taken;
		size_t item =
		    share(author, LIFE_BIT(reader) | LIFE_BIT(other), onward);

		OK(fixture_pull(&fixture, reader, author, &taken));
		OK(fixture_pull(&fixture, other, author, &taken));
		if (how == BY_AUTHOR) {
			grant(author, item, LIFE_BIT(grantee));
		} else if (how == BY_READER) {
			allow(reader, item, grantee);
			grant(reader, item, LIFE_BIT(grantee));
			OK(fixture_pull(&fixture, author, reader, &taken));
		}
		if (fate == CORRECTED) {
			correct(item);
		} else if (fate == RETRACTED) {
			retract(item);
		} else if (fate == KEPT || fate == DISPOSED) {
			hold(other, item);
		}
		if (fate == DISPOSED) {
			erase(reader, item);
		} else if (fate == ERASED || fate == KEPT) {
			erase(author, item);
		}
	}
}

/* Node `at` says this to all others, whatever the rules: with this reference,
 * and about that fact. */
static size_t say(size_t at, enum life_kind kind, Qsg__Payload *payload,
    const char *relation, size_t parent, size_t about)
{
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	int64_t orgs[LIFE_NODES];
	size_t count = 0;
	struct id32 made;

	qsg__reference__init(&reference);
	for (size_t i = 0; i < LIFE_NODES; i++) {
		if (i != at) {
			orgs[count++] = fixture_org(&fixture, at, i);
		}
	}
	reference.relation = canon_lend(relation);
	reference.record.data = facts[parent].id.b;
	reference.record.len = sizeof facts[parent].id.b;
	payload->references = list;
	payload->n_references = 1;
	payload->role = canon_lend("administrator");
	OK(submit_payload(node(at), orgs, count, payload, &made));
	OK(erasing_take(node(at), views_find(node(at)->views, &made), payload));
	OK(node_commit(node(at)));
	return note(kind, &made, at, LIFE_BIT(LIFE_NODES) - 1u, about);
}

static void say_erased(size_t at, size_t fact)
{
	Qsg__Payload payload;
	Qsg__Erasure content;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	content.reason = canon_lend("because");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	(void)say(at, LIFE_ERASURE, &payload, "erases", fact, fact);
}

static void say_retracted(size_t at, size_t fact)
{
	Qsg__Payload payload;
	Qsg__Retraction content;

	qsg__payload__init(&payload);
	qsg__retraction__init(&content);
	content.reason = canon_lend("because");
	payload.content_case = QSG__PAYLOAD__CONTENT_RETRACTION;
	payload.retraction = &content;
	(void)say(at, LIFE_RETRACTION, &payload, "retracts", fact, fact);
}

static void say_corrected(size_t at, size_t fact)
{
	Qsg__Payload payload;
	Qsg__Intelligence content;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&content);
	content.provider = canon_lend("RAL");
	content.kind = canon_lend("soft");
	content.source = canon_lend("complaint");
	content.text = canon_lend("as we would have it");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &content;
	(void)say(at, LIFE_ITEM, &payload, "corrects", fact, fact);
}

/* A request, or an answer to one, about a fact, to go on to this node. */
static size_t say_asked(size_t at, size_t parent, size_t fact, size_t to)
{
	Qsg__Payload payload;
	Qsg__OnwardRequest asks;
	struct id32 id = *node_id(node(to));
	ProtobufCBinaryData ids[] = { { sizeof id.b, id.b } };

	qsg__payload__init(&payload);
	qsg__onward_request__init(&asks);
	asks.to = ids;
	asks.n_to = 1;
	asks.reason = canon_lend("because");
	payload.content_case = QSG__PAYLOAD__CONTENT_ONWARD_REQUEST;
	payload.onward_request = &asks;
	return say(at, LIFE_REQUEST, &payload, "asks-onward", parent, fact);
}

static void say_allowed(size_t at, size_t parent, size_t fact, size_t to)
{
	Qsg__Payload payload;
	Qsg__OnwardAnswer allows;
	struct id32 id = *node_id(node(to));
	ProtobufCBinaryData ids[] = { { sizeof id.b, id.b } };
	size_t made = 0;

	qsg__payload__init(&payload);
	qsg__onward_answer__init(&allows);
	allows.to = ids;
	allows.n_to = 1;
	allows.verdict = canon_lend("allow");
	allows.record.data = facts[fact].id.b;
	allows.record.len = sizeof facts[fact].id.b;
	payload.content_case = QSG__PAYLOAD__CONTENT_ONWARD_ANSWER;
	payload.onward_answer = &allows;
	made = say(at, LIFE_ANSWER, &payload, "answers-onward", parent, fact);
	facts[made].to = LIFE_BIT(to);
	facts[made].mismatched =
	    facts[parent].kind != LIFE_REQUEST || facts[parent].about != fact;
}

/* What everybody says of records that are not theirs to say it of, and with
 * references that are of others. 0 shares two with 1 and 2, and 1 grants on to
 * 3. */
static void add_mismatched(size_t by)
{
	struct replica_taken taken;
	size_t items[6];
	size_t request = 0;
	size_t other = 0;

	for (size_t i = 0; i < 6; i++) {
		items[i] = share(0, LIFE_BIT(1) | LIFE_BIT(2), "ask");
	}
	OK(fixture_pull(&fixture, 1, 0, &taken));
	for (size_t i = 0; i < 4; i++) {
		allow(1, items[i], 3);
		grant(1, items[i], LIFE_BIT(3));
	}
	say_erased(by, items[0]);
	say_retracted(by, items[1]);
	say_corrected(by, items[2]);
	request = say_asked(1, items[4], items[4], 4);
	other = say_asked(2, items[5], items[5], 4);
	say_allowed(by, request, items[4], 4);
	say_allowed(by, request, items[5], 4);
	say_allowed(by, items[5], items[5], 4);
	say_allowed(by, other, items[5], 3);
}

static void setup(void)
{
	static const char *const rules[] = { "none", "ask", "group", "" };
	struct id32 nowhere = { { 0xfe } };

	memset(facts, 0, sizeof facts);
	memset(held, 0, sizeof held);
	fact_count = 0;
	fixture_open(&fixture, LIFE_NODES);
	for (size_t i = 0; i < 4; i++) {
		for (size_t how = 0; how < GRANTED; how++) {
			add_records(i + how, rules[i], (enum granted)how);
		}
	}
	for (size_t by = 1; by < LIFE_NODES; by++) {
		add_mismatched(by);
	}
	facts[note(LIFE_NOTHING, &nowhere, 0, 0, 0)].readers = 0;
	pull_all();
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/*
 * One case.
 */

static void compare(const char *operation, size_t at, size_t fact, int to,
    bool may, enum err err)
{
	cases++;
	allowed_cases += may;
	ck_assert_msg((err == ERR_OK) == may,
	    "%s of %s %zu (of %zu, fate of %zu) by %zu to %d: %s", operation,
	    kinds[facts[fact].kind], fact, facts[fact].author,
	    facts[fact].about, at, to,
	    may ? err_text() : "it should have been refused");
	ck_assert(!node_staged(node(at)));
}

static unsigned mask_of(size_t at, const int64_t *orgs, size_t count)
{
	unsigned mask = 0;

	for (size_t i = 0; i < LIFE_NODES; i++) {
		for (size_t k = 0; i != at && k < count; k++) {
			mask |= fixture_org(&fixture, at, i) == orgs[k]
			            ? LIFE_BIT(i)
			            : 0;
		}
	}
	return mask;
}

static void check_told(const char *operation, size_t at, size_t fact,
    unsigned told, unsigned rules)
{
	ck_assert_msg(told == rules,
	    "%s of %zu (fate of %zu) by %zu is told to %x, by the rules to %x",
	    operation, fact, facts[fact].about, at, told, rules);
}

static void go_through(size_t at, size_t fact)
{
	struct saying_result said;
	struct erasing_result erased;
	struct id32 made;
	bool may = false;
	enum err err = ERR_OK;

	for (size_t to = 0; to < LIFE_NODES; to++) {
		compare("grant", at, fact, (int)to,
		    life_may_grant(at, fact, to),
		    grant_to(at, fact, LIFE_BIT(to), true, &made));
		compare("ask", at, fact, (int)to, life_may_ask(at, fact, to),
		    ask_about(at, fact, to, true, &made));
	}
	compare("answer", at, fact, -1, life_may_answer(at, fact),
	    answer_to(at, fact, true, &made));
	may = life_may_correct(at, fact);
	err = correct_it(at, fact, true, &said);
	compare("correct", at, fact, -1, may, err);
	check_told("correct", at, fact,
	    may ? mask_of(at, said.share.readers, said.share.reader_count) : 0,
	    may ? life_told_of_correction(at, fact) : 0);
	saying_clear(&said);
	err = retract_it(at, fact, true, &said);
	compare("retract", at, fact, -1, may, err);
	saying_clear(&said);
	may = life_may_erase(at, fact);
	err = erase_it(at, fact, true, &erased);
	compare("erase", at, fact, -1, may, err);
	check_told("erase", at, fact,
	    may ? mask_of(at, erased.told, erased.told_count) : 0,
	    may ? life_told_of_erasure(at, fact) : 0);
	erasing_clear(&erased);
}

/* M424, M426, M427, M428, M441, M451, M445, M470, M472, M473 */
START_TEST(every_operation_on_every_record_is_as_the_rules_say)
{
	cases = 0;
	allowed_cases = 0;
	for (size_t at = 0; at < LIFE_NODES; at++) {
		for (size_t fact = 0; fact < fact_count; fact++) {
			char *text =
			    fixture_text(&fixture, at, &facts[fact].id);

			cases++;
			ck_assert_int_eq(
			    text[0] != '\0', facts[fact].kind == LIFE_ITEM &&
						 life_can_read(at, fact));
			free(text);
			go_through(at, fact);
		}
	}
	printf("held against the rules: %zu cases of %zu records, %zu "
	       "allowed\n",
	    cases, fact_count, allowed_cases);
	ck_assert_uint_ge(cases, LEAST_CASES);
	ck_assert_uint_gt(allowed_cases, 300);
}
END_TEST

Suite *test_life_model_suite(void)
{
	Suite *suite = suite_create("life_model");
	TCase *tests = tcase_create("life_model");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, every_operation_on_every_record_is_as_the_rules_say);
	suite_add_tcase(suite, tests);
	return suite;
}
