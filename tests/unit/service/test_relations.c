#include "evil.h"

#include "codec/canon.h"
#include "service/relations.h"

#include <stdlib.h>
#include <string.h>

Suite *test_relations_suite(void);

/* 0 shares a record or asks, 2 and 3 say something about it, 1 reads. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static const unsigned everybody = 0xFu;

/* Node `at` says this to the nodes of the mask, whatever the rules. */
static struct id32 say(size_t at, unsigned readers,
    Qsg__Payload__ContentCase which, void *content, const char *relation,
    const struct id32 *about)
{
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[1] = { &reference };
	struct id32 target = about ? *about : (struct id32){ { 0 } };
	int64_t orgs[FIXTURE_NODES];
	size_t count = 0;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (i != at && (readers & (1u << i))) {
			orgs[count++] = fixture_org(&fixture, at, i);
		}
	}
	if (about) {
		reference.relation = canon_lend(relation);
		reference.record.data = target.b;
		reference.record.len = sizeof target.b;
		payload.references = list;
		payload.n_references = 1;
	}
	payload.role = canon_lend("administrator");
	payload.content_case = which;
	payload.judgement = content;
	OK(submit_payload(fixture.nodes[at], orgs, count, &payload, &record));
	OK(node_commit(fixture.nodes[at]));
	return record;
}

static struct id32 corroborate(
    size_t at, unsigned readers, const struct id32 *about)
{
	Qsg__Corroboration said;

	qsg__corroboration__init(&said);
	said.text = canon_lend("so we heard");
	return say(at, readers, QSG__PAYLOAD__CONTENT_CORROBORATION, &said,
	    "corroborates", about);
}

static struct id32 feed_back(
    size_t at, unsigned readers, const struct id32 *about)
{
	Qsg__Feedback said;

	qsg__feedback__init(&said);
	said.text = canon_lend("it was looked into");
	return say(at, readers, QSG__PAYLOAD__CONTENT_FEEDBACK, &said,
	    "feedback-on", about);
}

static struct id32 ask(size_t at, unsigned readers)
{
	Qsg__InformationRequest said;

	qsg__information_request__init(&said);
	said.provider = canon_lend("RAL");
	said.purpose = canon_lend("to judge");
	return say(
	    at, readers, QSG__PAYLOAD__CONTENT_REQUEST, &said, NULL, NULL);
}

static struct id32 answer(
    size_t at, unsigned readers, const char *text, const struct id32 *about)
{
	Qsg__InformationAnswer said;

	qsg__information_answer__init(&said);
	said.verdict = canon_lend("answered");
	said.text = canon_lend(text);
	return say(
	    at, readers, QSG__PAYLOAD__CONTENT_ANSWER, &said, "answers", about);
}

static struct id32 judge_provider(
    size_t at, unsigned readers, const char *provider, const char *view)
{
	Qsg__Judgement said;

	qsg__judgement__init(&said);
	said.provider = canon_lend(provider);
	said.view = canon_lend(view);
	said.text = canon_lend("why");
	return say(
	    at, readers, QSG__PAYLOAD__CONTENT_JUDGEMENT, &said, NULL, NULL);
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static uint32_t rid_of(size_t at, const struct id32 *record)
{
	uint32_t rid = views_find(fixture.nodes[at]->views, record);

	ck_assert_uint_ne(rid, 0);
	return rid;
}

/* What node `at` knows to refer so to a record: exactly `count`; the one at
 * `place`. */
static struct relation look(size_t at, const struct id32 *record,
    enum reference how, size_t count, size_t place)
{
	struct relation *relations = NULL;
	struct relation one = { 0 };
	size_t found = 0;

	OK(relations_of(
	    fixture.nodes[at], rid_of(at, record), how, &relations, &found));
	ck_assert_uint_eq(found, count);
	if (place < found) {
		one = relations[place];
	}
	free(relations);
	return one;
}

static size_t counted(size_t at, const struct id32 *record, enum reference how)
{
	size_t count = 99;

	OK(relations_count(fixture.nodes[at], rid_of(at, record), how, &count));
	return count;
}

/* M360 */
START_TEST(it_does_not_matter_which_came_first)
{
	static const size_t orders[][3] = { { 0, 2, 3 }, { 0, 3, 2 },
		{ 2, 0, 3 }, { 2, 3, 0 }, { 3, 0, 2 }, { 3, 2, 0 } };
	const size_t *order = orders[_i % 6];
	struct id32 record;
	struct id32 bears;
	struct id32 told;

	OK(fixture_share(&fixture, 0, everybody, "as said", &record));
	OK(node_commit(fixture.nodes[0]));
	bears = corroborate(2, 1u << 1, &record);
	told = feed_back(3, 1u << 1, &record);
	for (size_t i = 0; i < 3; i++) {
		pull(1, order[i]);
		if (_i >= 6) { /* with a snapshot, or without */
			fixture_restart(&fixture, 1, _i >= 12);
		}
	}
	for (int i = 0; i < 3; i++) {
		struct relation one =
		    look(1, &record, REFERENCE_CORROBORATES, 1, 0);

		ck_assert_uint_eq(one.rid, rid_of(1, &bears));
		ck_assert_int_eq(one.author, fixture_org(&fixture, 1, 2));
		ck_assert(one.counts);
		ck_assert_str_eq(one.why_not, "");
		one = look(1, &record, REFERENCE_FEEDBACK_ON, 1, 0);
		ck_assert_uint_eq(one.rid, rid_of(1, &told));
		ck_assert(one.counts);
		(void)look(1, &record, REFERENCE_ANSWERS, 0, 0);
		(void)look(1, &bears, REFERENCE_CORROBORATES, 0, 0);
		fixture_restart(&fixture, 1, i == 0);
	}
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M357 */
START_TEST(nobody_bears_out_its_own_record_or_one_it_cannot_read)
{
	struct id32 record;
	struct relation one;

	OK(fixture_share(
	    &fixture, 0, (1u << 1) | (1u << 2), "as said", &record));
	OK(node_commit(fixture.nodes[0]));
	(void)(_i ? feed_back(0, 1u << 1, &record)
		  : corroborate(0, 1u << 1, &record));
	pull(1, 0);
	one = look(1, &record,
	    _i ? REFERENCE_FEEDBACK_ON : REFERENCE_CORROBORATES, 1, 0);
	ck_assert(!one.counts);
	ck_assert_ptr_nonnull(strstr(one.why_not, "own author"));
	(void)(_i ? feed_back(3, 1u << 1, &record)
		  : corroborate(3, 1u << 1, &record));
	pull(1, 3);
	fixture.now_ms += 1000;
	(void)(_i ? feed_back(2, 1u << 1, &record)
		  : corroborate(2, 1u << 1, &record));
	pull(1, 2);
	ck_assert_uint_eq(
	    counted(1, &record,
		_i ? REFERENCE_FEEDBACK_ON : REFERENCE_CORROBORATES),
	    1);
	one = look(1, &record,
	    _i ? REFERENCE_FEEDBACK_ON : REFERENCE_CORROBORATES, 3, 2);
	ck_assert(one.counts);
	ck_assert_int_eq(one.author, fixture_org(&fixture, 1, 2));
}
END_TEST

/* M358 */
START_TEST(an_answer_by_somebody_not_asked_is_kept_and_does_not_count)
{
	struct id32 asked = ask(0, (1u << 1) | (1u << 2));
	struct id32 forged = answer(3, 1u << 0, "nothing at all", &asked);
	struct relation one;

	pull(0, 3);
	one = look(0, &asked, REFERENCE_ANSWERS, 1, 0);
	ck_assert_uint_eq(one.rid, rid_of(0, &forged));
	ck_assert(!one.counts);
	ck_assert(!one.superseded);
	ck_assert_ptr_nonnull(strstr(one.why_not, "not asked"));
	ck_assert_uint_eq(counted(0, &asked, REFERENCE_ANSWERS), 0);
	/* Nor does the asker answer itself. */
	(void)answer(0, 1u << 1, "by ourselves", &asked);
	pull(1, 0);
	one = look(1, &asked, REFERENCE_ANSWERS, 1, 0);
	ck_assert(!one.counts);
	ck_assert_ptr_nonnull(strstr(one.why_not, "asked"));
}
END_TEST

/* M358 */
START_TEST(only_a_request_is_answered)
{
	struct id32 record;
	struct relation one;

	OK(fixture_share(&fixture, 0, everybody, "as said", &record));
	OK(node_commit(fixture.nodes[0]));
	(void)answer(2, 1u << 0, "to what was no question", &record);
	pull(0, 2);
	one = look(0, &record, REFERENCE_ANSWERS, 1, 0);
	ck_assert(!one.counts);
	ck_assert_ptr_nonnull(strstr(one.why_not, "no information request"));
}
END_TEST

/* M359 */
START_TEST(of_several_answers_the_one_logged_last_counts)
{
	struct id32 asked = ask(0, 1u << 2);
	struct id32 first = { { 0 } };
	struct id32 last = { { 0 } };
	struct relation one;

	/* The clock of the one who answers goes backwards. */
	first = answer(2, 1u << 0, "first", &asked);
	fixture.now_ms -= 5000;
	last = answer(2, 1u << 0, "last", &asked);
	if (_i) {
		(void)answer(2, (1u << 0) | (1u << 1), "last of all", &asked);
	}
	pull(0, 2);
	for (int i = 0; i < 3; i++) {
		/* In the order of the times that they give. */
		one =
		    look(0, &asked, REFERENCE_ANSWERS, _i ? 3 : 2, _i ? 2 : 1);
		ck_assert_uint_eq(one.rid, rid_of(0, &first));
		ck_assert(one.counts && one.superseded);
		ck_assert_uint_eq(counted(0, &asked, REFERENCE_ANSWERS), 1);
		if (!_i) {
			one = look(0, &asked, REFERENCE_ANSWERS, 2, 0);
			ck_assert_uint_eq(one.rid, rid_of(0, &last));
			ck_assert(one.counts && !one.superseded);
		}
		fixture_restart(&fixture, 0, i == 0);
	}
}
END_TEST

/* M358 M359 */
START_TEST(an_answer_that_does_not_count_supersedes_none)
{
	struct id32 asked = ask(0, 1u << 2);
	struct id32 good = answer(2, 1u << 0, "good", &asked);
	struct id32 other = ask(3, 1u << 0);

	(void)answer(3, 1u << 0, "forged", &asked);
	(void)answer(2, 1u << 0, "to another", &other);
	pull(0, 2);
	pull(0, 3);
	ck_assert_uint_eq(counted(0, &asked, REFERENCE_ANSWERS), 1);
	(void)look(0, &asked, REFERENCE_ANSWERS, 2, 0);
	(void)good;
}
END_TEST

START_TEST(a_relation_of_another_kind_of_record_does_not_count)
{
	struct id32 record;
	struct relation one;
	Qsg__Judgement said;

	qsg__judgement__init(&said);
	OK(fixture_share(&fixture, 0, everybody, "as said", &record));
	OK(node_commit(fixture.nodes[0]));
	said.provider = canon_lend("RAL");
	said.view = canon_lend("none");
	said.text = canon_lend("why");
	(void)say(2, 1u << 0, QSG__PAYLOAD__CONTENT_JUDGEMENT, &said,
	    "corroborates", &record);
	(void)say(3, 1u << 0, QSG__PAYLOAD__CONTENT_JUDGEMENT, &said, "cites",
	    &record);
	pull(0, 2);
	pull(0, 3);
	one = look(0, &record, REFERENCE_CORROBORATES, 1, 0);
	ck_assert(!one.counts);
	ck_assert_ptr_nonnull(strstr(one.why_not, "another kind"));
	one = look(0, &record, REFERENCE_CITES, 1, 0);
	ck_assert(one.counts);
}
END_TEST

START_TEST(one_that_refers_twice_is_listed_once)
{
	Qsg__Judgement said;
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[2] = { &reference, &reference };
	struct id32 record;
	struct id32 target;
	struct id32 twice;

	qsg__judgement__init(&said);
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	OK(fixture_share(&fixture, 0, 0, "as said", &record));
	target = record;
	said.provider = canon_lend("RAL");
	said.view = canon_lend("none");
	said.text = canon_lend("why");
	reference.relation = canon_lend("cites");
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	payload.role = canon_lend("administrator");
	payload.references = list;
	payload.n_references = 2;
	payload.content_case = QSG__PAYLOAD__CONTENT_JUDGEMENT;
	payload.judgement = &said;
	OK(submit_payload(fixture.nodes[0], NULL, 0, &payload, &twice));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(
	    look(0, &record, REFERENCE_CITES, 1, 0).rid, rid_of(0, &twice));
}
END_TEST

/*
 * Judgements.
 */

static size_t newest(
    size_t at, const char *provider, const struct id32 **want, size_t count)
{
	struct node *node = fixture.nodes[at];
	uint32_t word = views_known(node->views, provider);
	size_t found = 0;
	size_t fit = 0;

	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		const struct view_record *view = views_get(node->views, rid);

		if (view->type != VIEW_JUDGEMENT || view->provider != word ||
		    !relations_is_newest(
			node, rid, QSG__PAYLOAD__CONTENT_JUDGEMENT)) {
			continue;
		}
		found++;
		for (size_t j = 0; j < count; j++) {
			fit += rid == rid_of(at, want[j]);
		}
	}
	ck_assert_uint_eq(fit, count);
	return found;
}

/* M359 */
START_TEST(of_each_author_the_newest_judgement_counts)
{
	struct id32 older = judge_provider(2, 1u << 1, "RAL", "none");
	struct id32 newer =
	    judge_provider(2, 1u << 1, "RAL", "risk-summit-required");
	struct id32 other =
	    judge_provider(3, (1u << 1) | 1u, "RAL", "regular-review");
	struct id32 elsewhere = judge_provider(3, 1u << 1, "RAX", "none");
	const struct id32 *want[] = { &newer, &other };
	const struct id32 *alone[] = { &elsewhere };

	pull(1, _i ? 3 : 2);
	pull(1, _i ? 2 : 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(newest(1, "RAL", want, 2), 2);
		ck_assert_uint_eq(newest(1, "RAX", alone, 1), 1);
		ck_assert_uint_eq(newest(1, "RAY", NULL, 0), 0);
		fixture_restart(&fixture, 1, i == 0);
	}
	(void)older;
}
END_TEST

Suite *test_relations_suite(void)
{
	Suite *suite = suite_create("relations");
	TCase *tcase = tcase_create("relations");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, it_does_not_matter_which_came_first, 0, 18);
	tcase_add_loop_test(
	    tcase, nobody_bears_out_its_own_record_or_one_it_cannot_read, 0, 2);
	tcase_add_test(
	    tcase, an_answer_by_somebody_not_asked_is_kept_and_does_not_count);
	tcase_add_test(tcase, only_a_request_is_answered);
	tcase_add_loop_test(
	    tcase, of_several_answers_the_one_logged_last_counts, 0, 2);
	tcase_add_test(tcase, an_answer_that_does_not_count_supersedes_none);
	tcase_add_test(
	    tcase, a_relation_of_another_kind_of_record_does_not_count);
	tcase_add_test(tcase, one_that_refers_twice_is_listed_once);
	tcase_add_loop_test(
	    tcase, of_each_author_the_newest_judgement_counts, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
