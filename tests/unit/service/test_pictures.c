#include "fixture.h"

#include "codec/canon.h"
#include "service/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_pictures_suite(void);

enum { NODES = 3, ROUNDS = 40 };

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, NODES);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct pictures_look look_at(size_t at)
{
	struct pictures_look look;

	OK(pictures_look(fixture.nodes[at], "RAL", &look));
	return look;
}

static struct id32 hash_at(size_t at)
{
	struct pictures_look look = look_at(at);
	struct id32 hash = look.state_hash;

	pictures_clear(&look);
	return hash;
}

static struct id32 submit(size_t at, unsigned readers, Qsg__Payload *payload)
{
	int64_t orgs[NODES];
	size_t count = 0;
	struct id32 record;

	for (size_t i = 0; i < NODES; i++) {
		if (i != at && (readers & (1u << i)) != 0) {
			orgs[count++] = fixture_org(&fixture, at, i);
		}
	}
	payload->role = canon_lend("administrator");
	OK(submit_payload(fixture.nodes[at], orgs, count, payload, &record));
	OK(node_commit(fixture.nodes[at]));
	return record;
}

struct wish {
	const char *stance;
	const char *corrects; /* relation, or NULL */
	const struct id32 *to;
	const char *provider; /* NULL: RAL */
	unsigned readers;     /* 0: all */
};

static struct id32 share(size_t at, const struct wish *wish)
{
	Qsg__Payload payload;
	Qsg__Intelligence item;
	Qsg__Reference reference;
	Qsg__Reference *references[1] = { &reference };
	struct id32 to;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	qsg__reference__init(&reference);
	item.provider = canon_lend(wish->provider ? wish->provider : "RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.stance = canon_lend(wish->stance);
	item.text = canon_lend("a text");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	if (wish->to) {
		to = *wish->to;
		reference.relation = canon_lend("corrects");
		reference.record.data = to.b;
		reference.record.len = sizeof to.b;
		payload.references = references;
		payload.n_references = 1;
	}
	return submit(at, wish->readers ? wish->readers : 7u, &payload);
}

static struct id32 item(size_t at, const char *stance)
{
	struct wish wish = { .stance = stance };

	return share(at, &wish);
}

static struct id32 judge(size_t at, const char *view, unsigned readers)
{
	Qsg__Payload payload;
	Qsg__Judgement judgement;

	qsg__payload__init(&payload);
	qsg__judgement__init(&judgement);
	judgement.provider = canon_lend("RAL");
	judgement.view = canon_lend(view);
	judgement.text = canon_lend("because");
	payload.content_case = QSG__PAYLOAD__CONTENT_JUDGEMENT;
	payload.judgement = &judgement;
	return submit(at, readers, &payload);
}

static struct id32 bear_out(size_t at, const struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Corroboration corroboration;
	Qsg__Reference reference;
	Qsg__Reference *references[1] = { &reference };
	struct id32 to = *record;

	qsg__payload__init(&payload);
	qsg__corroboration__init(&corroboration);
	qsg__reference__init(&reference);
	corroboration.text = canon_lend("we saw it, too");
	reference.relation = canon_lend("corroborates");
	reference.record.data = to.b;
	reference.record.len = sizeof to.b;
	payload.references = references;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
	payload.corroboration = &corroboration;
	return submit(at, 7u, &payload);
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static void pull_all(void)
{
	for (size_t again = 0; again < 2; again++) {
		for (size_t to = 0; to < NODES; to++) {
			for (size_t from = 0; from < NODES; from++) {
				if (to != from) {
					pull(to, from);
				}
			}
		}
	}
}

/* Somebody says something; now and then somebody hears it, of whoever has it.
 */
static void live(struct id32 *records, size_t *count)
{
	static const char *const stances[] = { "concern", "assurance",
		"good-practice", "" };
	static const char *const views[] = { "none", "regular-review",
		"risk-summit-required" };
	size_t at = (size_t)rng_below(&fixture.rng, NODES);
	struct wish wish = { .stance = stances[rng_below(&fixture.rng, 4)] };

	fixture.now_ms += 1000;
	switch (rng_below(&fixture.rng, 5)) {
	case 0:
		(void)judge(at, views[rng_below(&fixture.rng, 3)], 7u);
		break;
	case 1:
		if (*count) {
			wish.to = &records[rng_below(&fixture.rng, *count)];
			(void)share(at, &wish);
		}
		break;
	case 2:
		if (*count) {
			(void)bear_out(
			    at, &records[rng_below(&fixture.rng, *count)]);
		}
		break;
	default:
		records[(*count)++] = share(at, &wish);
	}
	if (rng_below(&fixture.rng, 3) == 0) {
		size_t to = (size_t)rng_below(&fixture.rng, NODES);

		pull(to, (to + 1 + (size_t)rng_below(&fixture.rng, 2)) % NODES);
	}
}

/* M374 M375 */
START_TEST(nodes_that_hold_the_same_find_the_same_hash)
{
	struct id32 records[ROUNDS];
	size_t count = 0;
	struct id32 hash;
	struct id32 behind;

	for (size_t i = 0; i < ROUNDS; i++) {
		live(records, &count);
	}
	pull_all();
	hash = hash_at(0);
	for (size_t at = 0; at < NODES; at++) {
		struct pictures_look look = look_at(at);

		ck_assert_uint_gt(look.count, ROUNDS / 2);
		ck_assert_uint_eq(look.hashed, look.count);
		ck_assert(id_equal(&look.state_hash, &hash));
		pictures_clear(&look);
		fixture_restart(&fixture, at, at == 0);
		look = look_at(at);
		ck_assert(id_equal(&look.state_hash, &hash));
		pictures_clear(&look);
	}
	(void)item(0, "concern");
	hash = hash_at(0);
	behind = hash_at(1);
	ck_assert(!id_equal(&hash, &behind));
	pull(1, 0);
	behind = hash_at(1);
	ck_assert(id_equal(&hash, &behind));
}
END_TEST

/* M416 */
START_TEST(of_one_author_the_last_records_stand_in_a_picture)
{
	enum { MORE = 14, ALL = LIMIT_PICTURE_RECORDS + MORE };
	struct id32 first = { { 0 } };
	struct id32 last = item(1, "assurance");
	struct pictures_look look;
	struct id32 hash;

	for (size_t i = 0; i < ALL; i++) {
		OK(fixture_share(&fixture, 0, 7u, "again and again", &last));
		if (i == 0) {
			first = last;
		}
		if (i % 500 == 0) {
			OK(node_commit(fixture.nodes[0]));
		}
	}
	OK(node_commit(fixture.nodes[0]));
	(void)judge(0, "none", 1u); /* for itself alone */
	for (size_t i = 0; i < 10; i++) {
		pull_all();
	}
	look = look_at(0);
	hash = look.state_hash;
	ck_assert_uint_eq(look.left_out, MORE);
	ck_assert_uint_eq(look.count, LIMIT_PICTURE_RECORDS + 2);
	ck_assert_uint_eq(look.hashed, LIMIT_PICTURE_RECORDS + 1);
	ck_assert_uint_eq(picture_find(&look.picture, &first), PICTURE_NONE);
	ck_assert_uint_ne(picture_find(&look.picture, &last), PICTURE_NONE);
	pictures_clear(&look);
	look = look_at(1);
	ck_assert_uint_eq(look.left_out, MORE);
	ck_assert_uint_eq(look.hashed, LIMIT_PICTURE_RECORDS + 1);
	ck_assert(id_equal(&look.state_hash, &hash));
	pictures_clear(&look);
}
END_TEST

enum { ROWS = 200, COLUMNS = 20, SETS = 100 };

/* Statistics with many values of which nothing is said. */
static struct id32 statistics(unsigned readers)
{
	static char names[COLUMNS][4];
	char *columns[COLUMNS];
	Qsg__IndicatorValue nothing;
	Qsg__IndicatorValue *values[COLUMNS];
	static char categories[ROWS][8];
	Qsg__IndicatorRow made[ROWS];
	Qsg__IndicatorRow *rows[ROWS];
	Qsg__IndicatorSet set;
	Qsg__Payload payload;

	qsg__payload__init(&payload);
	qsg__indicator_set__init(&set);
	qsg__indicator_value__init(&nothing);
	for (size_t i = 0; i < COLUMNS; i++) {
		(void)snprintf(names[i], sizeof names[i], "c%zu", i);
		columns[i] = names[i];
		values[i] = &nothing;
	}
	for (size_t i = 0; i < ROWS; i++) {
		(void)snprintf(categories[i], sizeof categories[i], "u%zu", i);
		qsg__indicator_row__init(&made[i]);
		made[i].provider = canon_lend("RAL");
		made[i].category = categories[i];
		made[i].values = values;
		made[i].n_values = COLUMNS;
		rows[i] = &made[i];
	}
	set.set = canon_lend("a-set");
	set.publisher = canon_lend("somebody");
	set.period = canon_lend("2014-03");
	set.columns = columns;
	set.n_columns = COLUMNS;
	set.rows = rows;
	set.n_rows = ROWS;
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = &set;
	return submit(0, readers, &payload);
}

/* M416 */
START_TEST(of_one_author_what_stands_in_a_picture_weighs_so_much)
{
	struct id32 first = statistics(7u);
	struct id32 last = first;
	struct id32 hash;
	struct pictures_look look;
	uint64_t weight = 0;
	size_t room = 0;

	for (size_t i = 1; i < SETS; i++) {
		last = statistics(7u);
	}
	for (size_t at = 0; at < 3; at++) {
		pull_all();
	}
	look = look_at(0);
	for (size_t i = 0; i < look.count; i++) {
		weight += canon_weight(&look.facts[i].payload->base);
	}
	ck_assert_uint_gt(look.left_out, 0);
	ck_assert_uint_le(weight, LIMIT_PICTURE_WEIGHT);
	ck_assert_uint_gt(weight + weight / look.count, LIMIT_PICTURE_WEIGHT);
	ck_assert_uint_lt(
	    fixture_view(&fixture, 0, &last)->bytes, weight / look.count / 4);
	ck_assert_uint_eq(picture_find(&look.picture, &first), PICTURE_NONE);
	ck_assert_uint_ne(picture_find(&look.picture, &last), PICTURE_NONE);
	room = look.count;
	hash = look.state_hash;
	pictures_clear(&look);
	/* What it keeps to itself takes no room of what is shared. */
	(void)statistics(1u);
	look = look_at(0);
	ck_assert_uint_eq(look.count, room + 1);
	ck_assert(id_equal(&look.state_hash, &hash));
	pictures_clear(&look);
	look = look_at(1);
	ck_assert_uint_eq(look.count, room);
	ck_assert(id_equal(&look.state_hash, &hash));
	pictures_clear(&look);
}
END_TEST

/* M379 */
START_TEST(private_notes_are_shown_and_not_hashed)
{
	struct id32 shared = judge(0, "none", 7u);
	struct id32 hash;
	struct pictures_look look;

	pull_all();
	hash = hash_at(1);
	(void)judge(0, "risk-summit-required", 1u);
	look = look_at(0);
	ck_assert(id_equal(&look.state_hash, &hash));
	ck_assert_uint_eq(look.hashed, 1);
	ck_assert_uint_eq(look.picture.count, 2);
	/* Of its own two judgements, this node shows its newest. */
	ck_assert_int_eq(
	    look.picture.entries[picture_find(&look.picture, &shared)].standing,
	    PICTURE_OLDER);
	pictures_clear(&look);
}
END_TEST

START_TEST(what_refers_to_an_item_comes_with_it)
{
	struct id32 one = item(0, "concern");
	struct id32 bears;
	struct id32 elsewhere;
	struct wish moved = {
		.stance = "concern", .to = &one, .provider = "RAP"
	};
	struct pictures_look look;

	pull_all();
	bears = bear_out(1, &one);
	look = look_at(1);
	ck_assert_uint_eq(look.picture.counts.concerns, 1);
	ck_assert_uint_eq(look.picture.counts.corroborations, 1);
	ck_assert_uint_ne(picture_find(&look.picture, &bears), PICTURE_NONE);
	pictures_clear(&look);
	elsewhere = share(0, &moved);
	pull_all();
	look = look_at(1);
	ck_assert_uint_ne(
	    picture_find(&look.picture, &elsewhere), PICTURE_NONE);
	ck_assert_uint_eq(look.picture.counts.concerns, 0);
	ck_assert_uint_eq(look.picture.counts.corroborations, 0);
	pictures_clear(&look);
	OK(pictures_look(fixture.nodes[1], "RAP", &look));
	ck_assert_uint_eq(look.picture.counts.concerns, 1);
	ck_assert_uint_eq(look.picture.counts.corroborations, 1);
	pictures_clear(&look);
}
END_TEST

/* M378 */
START_TEST(a_finding_that_nobody_is_known_to_make_does_not_count)
{
	Qsg__Payload payload;
	Qsg__Finding finding;
	struct pictures_look look;

	qsg__payload__init(&payload);
	qsg__finding__init(&finding);
	finding.provider = canon_lend("RAL");
	finding.what = canon_lend("rating");
	finding.value = canon_lend("inadequate");
	finding.text = canon_lend("four wards");
	payload.content_case = QSG__PAYLOAD__CONTENT_FINDING;
	payload.finding = &finding;
	(void)submit(0, 7u, &payload);
	pull_all();
	look = look_at(1);
	ck_assert_uint_eq(look.picture.counts.findings, 0);
	ck_assert_uint_eq(look.picture.counts.not_counted, 1);
	ck_assert_int_eq(look.picture.entries[0].standing, PICTURE_REFUSED);
	ck_assert_ptr_nonnull(strstr(look.picture.entries[0].why, "no roster"));
	pictures_clear(&look);
}
END_TEST

/*
 * In short.
 */

struct listed {
	size_t count;
	size_t counts[4];
	size_t records;
	size_t judgements;
};

static enum err note(void *context, const struct pictures_brief *brief)
{
	struct listed *listed = context;

	listed->count++;
	if (strcmp(brief->code, "RAL") == 0) {
		listed->counts[0] = brief->concerns;
		listed->counts[1] = brief->assurances;
		listed->counts[2] = brief->good_practice;
		listed->counts[3] = brief->unstated;
		listed->records = brief->records;
		listed->judgements = brief->judgement_count;
	}
	return ERR_OK;
}

START_TEST(the_list_counts_as_the_picture_does)
{
	static const struct pictures_filter all;
	struct id32 records[ROUNDS];
	size_t count = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		live(records, &count);
	}
	pull_all();
	for (size_t at = 0; at < NODES; at++) {
		struct listed listed = { 0 };
		struct pictures_look look = look_at(at);
		const struct picture_counts *counts = &look.picture.counts;

		OK(pictures_list(fixture.nodes[at], &all, note, &listed));
		ck_assert_uint_eq(listed.count, 1);
		ck_assert_uint_eq(listed.counts[0], counts->concerns);
		ck_assert_uint_eq(listed.counts[1], counts->assurances);
		ck_assert_uint_eq(listed.counts[2], counts->good_practice);
		ck_assert_uint_eq(listed.counts[3], counts->unstated);
		ck_assert_uint_eq(listed.judgements, counts->judgements);
		pictures_clear(&look);
		fixture_restart(&fixture, at, false);
		memset(&listed, 0, sizeof listed);
		OK(pictures_list(fixture.nodes[at], &all, note, &listed));
		ck_assert_uint_gt(listed.records, 0);
	}
}
END_TEST

START_TEST(nothing_held_gives_nothing)
{
	static const struct pictures_filter all;
	struct listed listed = { 0 };
	struct pictures_look look = look_at(0);

	ck_assert_uint_eq(look.count, 0);
	ck_assert_ptr_null(look.about.one);
	pictures_clear(&look);
	OK(pictures_list(fixture.nodes[0], &all, note, &listed));
	ck_assert_uint_eq(listed.count, 0);
}
END_TEST

Suite *test_pictures_suite(void)
{
	Suite *suite = suite_create("pictures");
	TCase *tcase = tcase_create("pictures");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, nodes_that_hold_the_same_find_the_same_hash, 0, 5);
	tcase_add_test(
	    tcase, of_one_author_the_last_records_stand_in_a_picture);
	tcase_add_test(
	    tcase, of_one_author_what_stands_in_a_picture_weighs_so_much);
	tcase_add_test(tcase, private_notes_are_shown_and_not_hashed);
	tcase_add_test(tcase, what_refers_to_an_item_comes_with_it);
	tcase_add_test(
	    tcase, a_finding_that_nobody_is_known_to_make_does_not_count);
	tcase_add_loop_test(tcase, the_list_counts_as_the_picture_does, 0, 5);
	tcase_add_test(tcase, nothing_held_gives_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
