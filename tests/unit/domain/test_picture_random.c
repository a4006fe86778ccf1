/* Histories of records of every kind, drawn at random, valid, false and
 * contradicting: whatever the order in which they come, however often, and
 * whatever was held in between, one set gives one picture. QSG_HISTORIES says
 * how many, QSG_SEED which one alone. */
#define _POSIX_C_SOURCE 200809L

#include "facts.h"

#include "base/rng.h"
#include "domain/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_picture_random_suite(void);

enum { HISTORIES = 1000, LEAST = 50, MOST = 120, ORDERS = 4 };
enum { KINDS = 50, STANDINGS = PICTURE_RETRACTED + 1 };

struct drawn {
	struct rng_seeded state;
	struct rng rng;
	struct facts facts;
	struct picture_fact given[3 * MOST]; /* as one node gets them */
	size_t given_count;
};

static size_t kinds[KINDS];
static size_t standings[STANDINGS];

static uint64_t number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

static size_t below(struct drawn *drawn, size_t bound)
{
	return (size_t)rng_below(&drawn->rng, bound);
}

static void put(char **field, const char *text)
{
	if (text[0] != '\0')
		*field = strdup(text);
}

static const char *one_of(
    struct drawn *drawn, const char *const *words, size_t count)
{
	return words[below(drawn, count)];
}
#define ONE_OF(drawn, words)                                                   \
	one_of((drawn), (words), sizeof(words) / sizeof((words)[0]))

static void fill_item(struct drawn *drawn, Qsg__Intelligence *item)
{
	static const char *const stances[] = { "concern", "concern",
		"assurance", "good-practice", "", "of-a-later-version" };
	static const char *const dimensions[] = { "safety", "experience",
		"effectiveness", "other" };
	static const char *const sources[] = { "complaint", "visit", "pals",
		"" };

	put(&item->stance, ONE_OF(drawn, stances));
	put(&item->source, ONE_OF(drawn, sources));
	item->significant = below(drawn, 5) == 0;
	item->n_dimensions = below(drawn, 3);
	item->dimensions = calloc(3, sizeof(char *));
	for (size_t i = 0; i < item->n_dimensions; i++)
		item->dimensions[i] = strdup(ONE_OF(drawn, dimensions));
}

static void fill_indicators(struct drawn *drawn, Qsg__IndicatorSet *set)
{
	set->rows = calloc(1, sizeof(Qsg__IndicatorRow *));
	set->rows[0] = calloc(1, sizeof(Qsg__IndicatorRow));
	qsg__indicator_row__init(set->rows[0]);
	set->n_rows = 1;
	put(&set->rows[0]->provider, below(drawn, 4) == 0 ? "RAP" : "RAL");
}

static void fill_content(struct drawn *drawn, Qsg__Payload *payload)
{
	static const char *const views[] = { "none", "regular-review",
		"risk-summit-required", "further-information-required", "x" };
	static const char *const verdicts[] = { "answered", "refused",
		"nothing-held" };
	static const char *const whats[] = { "rating", "rating", "finding",
		"enforcement" };
	static const char *const questions[] = { "safe", "caring", "" };

	if (payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE)
		fill_item(drawn, payload->intelligence);
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS)
		fill_indicators(drawn, payload->indicators);
	if (payload->content_case == QSG__PAYLOAD__CONTENT_JUDGEMENT)
		put(&payload->judgement->view, ONE_OF(drawn, views));
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ANSWER)
		put(&payload->answer->verdict, ONE_OF(drawn, verdicts));
	if (payload->content_case == QSG__PAYLOAD__CONTENT_FINDING) {
		put(&payload->finding->what, ONE_OF(drawn, whats));
		put(&payload->finding->question, ONE_OF(drawn, questions));
	}
}

/* Would a record that means well refer to this one? */
static bool suits(struct facts *facts, size_t number, size_t to)
{
	Qsg__Payload__ContentCase from =
	    facts_payload(facts, number)->content_case;
	Qsg__Payload__ContentCase at = facts_payload(facts, to)->content_case;
	bool own =
	    id_equal(&facts->items[number].author, &facts->items[to].author);

	if (from == QSG__PAYLOAD__CONTENT_ANSWER)
		return at == QSG__PAYLOAD__CONTENT_REQUEST && !own;
	if (from == QSG__PAYLOAD__CONTENT_CORROBORATION ||
	    from == QSG__PAYLOAD__CONTENT_FEEDBACK)
		return at == QSG__PAYLOAD__CONTENT_INTELLIGENCE && !own;
	if (from == QSG__PAYLOAD__CONTENT_RETRACTION)
		return own;
	return at == from && own;
}

/* A record that is there already, or, now and then, one that is not. */
static struct id32 draw_target(struct drawn *drawn, size_t number)
{
	size_t to = below(drawn, number + 1);

	if (below(drawn, 12) == 0)
		return facts_record(FACTS_MOST + number);
	for (size_t i = 0; i < 30 && !suits(&drawn->facts, number, to); i++)
		to = below(drawn, number + 1);
	return facts_record(to);
}

static void refer(struct drawn *drawn, size_t number)
{
	static const char *const relations[] = { "corrects", "corroborates",
		"feedback-on", "answers", "cites", "retracts" };
	struct facts *facts = &drawn->facts;
	Qsg__Payload__ContentCase content =
	    facts_payload(facts, number)->content_case;
	struct id32 to = draw_target(drawn, number);
	size_t kind = below(drawn, 8);

	if (kind == 0) /* whatever, about whatever */
		facts_refer(facts, number, ONE_OF(drawn, relations), &to);
	else if (kind == 1)
		return;
	else if (content == QSG__PAYLOAD__CONTENT_CORROBORATION)
		facts_refer(facts, number, "corroborates", &to);
	else if (content == QSG__PAYLOAD__CONTENT_FEEDBACK)
		facts_refer(facts, number, "feedback-on", &to);
	else if (content == QSG__PAYLOAD__CONTENT_ANSWER)
		facts_refer(facts, number, "answers", &to);
	else if (content == QSG__PAYLOAD__CONTENT_RETRACTION)
		facts_refer(facts, number, "retracts", &to);
	else if (kind < 4)
		facts_refer(facts, number, "corrects", &to);
}

/* Half of them are of the kinds that a picture is made of. */
static Qsg__Payload__ContentCase draw_content(struct drawn *drawn)
{
	static const Qsg__Payload__ContentCase usual[] = {
		QSG__PAYLOAD__CONTENT_INTELLIGENCE,
		QSG__PAYLOAD__CONTENT_INTELLIGENCE,
		QSG__PAYLOAD__CONTENT_CORROBORATION,
		QSG__PAYLOAD__CONTENT_ANSWER,
		QSG__PAYLOAD__CONTENT_JUDGEMENT,
		QSG__PAYLOAD__CONTENT_FINDING,
		QSG__PAYLOAD__CONTENT_RETRACTION,
	};

	if (below(drawn, 2) == 0)
		return usual[below(drawn, sizeof usual / sizeof usual[0])];
	for (;;) {
		Qsg__Payload probe;

		qsg__payload__init(&probe);
		probe.content_case =
		    (Qsg__Payload__ContentCase)(16 + below(drawn, KINDS - 16));
		if (content_kind(&probe) != NULL)
			return probe.content_case;
	}
}

static void draw(struct drawn *drawn, uint64_t seed)
{
	size_t count = 0;

	memset(drawn, 0, sizeof *drawn);
	drawn->rng = rng_seed(&drawn->state, seed);
	count = LEAST + below(drawn, MOST - LEAST);
	for (size_t i = 0; i < count; i++) {
		Qsg__Payload__ContentCase content = draw_content(drawn);
		size_t number =
		    facts_add(&drawn->facts, below(drawn, FACTS_ORGS),
			below(drawn, 3) == 0
			    ? (unsigned)below(drawn, FACTS_EVERYBODY + 1)
			    : FACTS_EVERYBODY,
			content);
		struct picture_fact *fact = &drawn->facts.items[number];

		fill_content(drawn, facts_payload(&drawn->facts, number));
		refer(drawn, number);
		facts_payload(&drawn->facts, number)->created_at_ms =
		    FACTS_NOW_MS - (int64_t)below(drawn, 40);
		fact->generation = below(drawn, 10) == 0;
		fact->disowned = below(drawn, 15) == 0;
		if (content == QSG__PAYLOAD__CONTENT_FINDING &&
		    id_equal(&fact->author, &drawn->facts.items[0].author))
			fact->refused = "not theirs";
		kinds[content]++;
	}
}

/* Another order, some of them twice or three times. */
static void deliver(struct drawn *drawn)
{
	struct picture_fact *given = drawn->given;

	drawn->given_count = 0;
	for (size_t i = 0; i < drawn->facts.count; i++) {
		size_t times = 1 + (below(drawn, 4) == 0) * below(drawn, 3);

		for (size_t j = 0; j < times; j++)
			given[drawn->given_count++] = drawn->facts.items[i];
	}
	for (size_t i = drawn->given_count; i > 1; i--) {
		size_t other = below(drawn, i);
		struct picture_fact held = given[i - 1];

		given[i - 1] = given[other];
		given[other] = held;
	}
}

static uint64_t current; /* seed */
#define HOLDS(condition)                                                       \
	ck_assert_msg(condition, "QSG_SEED=%llu: %s",                          \
	    (unsigned long long)current, #condition)

static struct picture look(const struct picture_fact *facts, size_t count)
{
	struct picture picture;

	HOLDS(picture_evaluate("RAL", facts, count, FACTS_NOW_MS, &picture) ==
	      ERR_OK);
	return picture;
}

/* What holds in every picture. */
static void is_sound(const struct picture *picture)
{
	size_t not_counted = 0;

	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];

		HOLDS((entry->why[0] == '\0') ==
		      (entry->standing == PICTURE_COUNTS));
		HOLDS(entry->standing != PICTURE_COUNTS ||
		      entry->instead == PICTURE_NONE);
		HOLDS(entry->standing != PICTURE_CORRECTED ||
		      entry->instead != PICTURE_NONE);
		HOLDS(
		    i == 0 || id_compare(&picture->entries[i - 1].fact->record,
				  &entry->fact->record) < 0);
		not_counted += entry->standing != PICTURE_COUNTS &&
		               entry->standing != PICTURE_ELSEWHERE;
	}
	HOLDS(picture->counts.not_counted == not_counted);
}

static struct id32 hash_of(const struct picture *picture)
{
	struct id32 hash;

	HOLDS(picture_hash(picture, &hash) == ERR_OK);
	return hash;
}

static void are_equal(const struct picture *a, const struct picture *b)
{
	struct id32 x = hash_of(a);
	struct id32 y = hash_of(b);

	HOLDS(id_equal(&x, &y));
	HOLDS(a->count == b->count);
	HOLDS(memcmp(&a->counts, &b->counts, sizeof a->counts) == 0);
	HOLDS(memcmp(a->order, b->order, a->count * sizeof *a->order) == 0);
	HOLDS(a->signal_count == b->signal_count);
	for (size_t i = 0; i < a->signal_count; i++) {
		const struct picture_signal *p = &a->signals[i];
		const struct picture_signal *q = &b->signals[i];

		HOLDS(strcmp(p->dimension, q->dimension) == 0);
		HOLDS(p->concerns == q->concerns);
		HOLDS(p->organisations == q->organisations);
		HOLDS(p->sources == q->sources);
	}
	for (size_t i = 0; i < a->count; i++)
		HOLDS(a->entries[i].age_ms == b->entries[i].age_ms);
}

/* One record less is another set. */
static void one_less_differs(
    const struct facts *facts, const struct picture *whole)
{
	size_t last = facts->count - 1;
	struct picture less = look(facts->items, last);
	struct id32 x = hash_of(whole);
	struct id32 y = hash_of(&less);

	is_sound(&less);
	if (facts_entry(whole, last)->standing != PICTURE_ELSEWHERE)
		HOLDS(!id_equal(&x, &y));
	picture_clear(&less);
}

static void try_history(uint64_t seed)
{
	struct drawn *drawn = malloc(sizeof *drawn);
	struct picture first;

	current = seed;
	draw(drawn, seed);
	first = look(drawn->facts.items, drawn->facts.count);
	is_sound(&first);
	for (size_t i = 0; i < first.count; i++)
		standings[first.entries[i].standing]++;
	for (size_t i = 0; i < ORDERS; i++) {
		struct picture other;

		deliver(drawn);
		/* Some come late. */
		other = look(drawn->given, below(drawn, drawn->given_count));
		is_sound(&other);
		picture_clear(&other);
		other = look(drawn->given, drawn->given_count);
		are_equal(&first, &other);
		picture_clear(&other);
	}
	one_less_differs(&drawn->facts, &first);
	picture_clear(&first);
	facts_clear(&drawn->facts);
	free(drawn);
}

static void print_coverage(uint64_t histories)
{
	static const char *const names[STANDINGS] = { "counts", "corrected",
		"older", "refused", "disowned", "elsewhere", "retracted" };

	printf("picture: seeds 1 to %llu made", (unsigned long long)histories);
	for (size_t i = 0; i < KINDS; i++) {
		Qsg__Payload probe;

		qsg__payload__init(&probe);
		probe.content_case = (Qsg__Payload__ContentCase)i;
		if (content_kind(&probe) == NULL)
			continue;
		printf(" %s %zu", content_kind(&probe)->token, kinds[i]);
		ck_assert_uint_gt(kinds[i], 0);
	}
	printf("; of them");
	for (size_t i = 0; i < STANDINGS; i++) {
		printf(" %s %zu", names[i], standings[i]);
		ck_assert_uint_gt(standings[i], 0);
	}
	printf("\n");
}

/* M374 */
START_TEST(one_set_of_records_gives_one_picture)
{
	uint64_t histories = number_from("QSG_HISTORIES", HISTORIES);
	uint64_t seed = number_from("QSG_SEED", 0);

	if (seed != 0) {
		try_history(seed);
		return;
	}
	for (seed = 1; seed <= histories; seed++)
		try_history(seed);
	print_coverage(histories);
}
END_TEST

Suite *test_picture_random_suite(void)
{
	Suite *suite = suite_create("picture_random");
	TCase *tests = tcase_create("picture_random");

	tcase_add_test(tests, one_set_of_records_gives_one_picture);
	suite_add_tcase(suite, tests);
	return suite;
}
