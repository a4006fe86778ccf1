#include "base/rng.h"
#include "codec/canon.h"
#include "domain/action.h"
#include "domain/summit_words.h"
#include "unit/domain/summit_scene.h"
#include "unit/mutate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_summit_random_suite(void);

/* Histories of a summit at random, each evaluated in several orders and with
 * records given twice: 500, or QSG_HISTORIES; history i is that of QSG_SEED +
 * i. */

#define NONE SCENE_FACTS
#define LEAST_RECORDS 50u
#define ORDERS 4u
#define ENOUGH 500u /* histories after which nothing may be missing */

static struct rng_seeded source;
static struct rng rng;
static unsigned favourite; /* whom most would have hold the ring */
static bool quiet;         /* nobody judges */

static unsigned below(unsigned bound)
{
	return (unsigned)rng_below(&rng, bound);
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

static unsigned any_org(void)
{
	return AREA + below(ORGS - AREA);
}

/* Mostly of the circle. */
static unsigned usual_org(void)
{
	return chance(80) ? AREA + below(TRUST - AREA) : any_org();
}

static unsigned chair_or_any(void)
{
	const struct id32 *chair = summit_chair(&scene.state);

	return chair != NULL && chance(75) ? chair->b[0] : usual_org();
}

/* A fact of this content made before; NONE where a few tries find none. */
static size_t any_fact(Qsg__Payload__ContentCase which)
{
	for (unsigned tries = 0; tries < 12 && scene.count > 0; tries++) {
		size_t fact = below((unsigned)scene.count);

		if (scene.payloads[fact].content_case == which)
			return fact;
	}
	return chance(50) ? NONE : 400 + below(9);
}

static const char *any_word(const struct vocab *vocab)
{
	return chance(4) ? "a-later-word"
	                 : vocab->words[below((unsigned)vocab->count)].token;
}

/*
 * Making records, each as its author might.
 */

static size_t say_judgement(void)
{
	unsigned org = usual_org();
	bool standards = org == CQC ? chance(90) : chance(10);

	if (quiet)
		return scene_ask(org);
	return scene_judge(
	    org, any_word(standards ? vocab_standard() : summit_findings()));
}

static size_t say_impact(void)
{
	return chance(40) ? scene_ask(usual_org())
	                  : scene_answer(usual_org(),
				any_fact(QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT));
}

static uint32_t usual_term(void)
{
	uint32_t term = scene.state.ring_term == 0 ? 1 : scene.state.ring_term;

	return chance(92) ? term : below(4);
}

static size_t say_ring(void)
{
	unsigned whom = chance(80) ? favourite : any_org();
	const struct summit_holder *holder = summit_holds(&scene.state);
	uint32_t term = usual_term();

	switch (below(8)) {
	case 0:
		return scene_ring(usual_org(), "nominate", whom, term);
	case 1:
		return scene_ring(favourite, "accept", NOBODY, term);
	case 2:
		return scene_ring(chance(50) ? favourite : any_org(),
		    chance(60) ? "decline" : "accept", NOBODY, term);
	case 3:
		return scene_ring(chance(50)   ? AREA
				  : chance(75) ? REGION
					       : any_org(),
		    "take", NOBODY, term);
	case 4:
		if (chance(50))
			favourite = usual_org();
		return scene_ring(holder != NULL && chance(85)
				      ? holder->organisation.b[0]
				      : any_org(),
		    "hand-over", favourite,
		    holder != NULL && chance(60) ? holder->term : term);
	case 5:
		return scene_ring(usual_org(), "a-later-word", whom, term);
	default:
		return scene_ring(usual_org(), "agree", whom, term);
	}
}

static size_t say_call(void)
{
	return scene_call(chair_or_any(), any_word(summit_purposes()),
	    (int64_t)below(40) - 5,
	    chance(30) ? any_fact(QSG__PAYLOAD__CONTENT_SUMMIT_MEETING) : NONE);
}

static size_t say_entry(void)
{
	size_t call = any_fact(QSG__PAYLOAD__CONTENT_SUMMIT_MEETING);
	size_t note = any_fact(QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY);
	bool made =
	    note < scene.count && scene_content(note)->entry.meeting.len > 0;
	const char *act = any_word(summit_entry_acts());
	unsigned org = usual_org();

	if (strcmp(act, "note") == 0 && call < scene.count && chance(70))
		org = scene.facts[call].author.b[0];
	/* What is said of a note is mostly of its meeting. */
	if (made && chance(80) && strcmp(act, "attend") != 0)
		call = (size_t)bytes_get_u64(
		    scene_content(note)->entry.meeting.data + 1);
	return scene_enter(org, act, call, note);
}

static size_t say_check(void)
{
	static const char *const own[SUMMIT_CHECKS] = { "referred",
		"protocol-followed", "board-engaged" };
	unsigned at = below(SUMMIT_CHECKS);

	return scene_check(chair_or_any(),
	    chance(95) ? summit_checks()->words[at].token : "weather",
	    chance(60) ? own[at] : any_word(summit_check_answers()));
}

static size_t say_action(void)
{
	size_t judgement = any_fact(QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT);
	unsigned org = chance(30) ? CQC : usual_org();

	return scene_act(org, chance(50) ? org : usual_org(), judgement);
}

static size_t say_step(void)
{
	size_t action = any_fact(QSG__PAYLOAD__CONTENT_ACTION);
	size_t fact = 0;
	unsigned org = any_org();
	struct id32 whom;

	if (action < scene.count && chance(70))
		org = scene_content(action)->action.owner.data[0];
	fact = scene_step(org, any_word(action_acts()), action);
	whom = scene_org(any_org());
	scene_content(fact)->step.organisation = scene_id(&whom);
	return fact;
}

static size_t say_invitation(void)
{
	size_t fact = scene_invite(usual_org(), any_org());

	if (chance(10))
		scene_content(fact)->invitation.provider = canon_lend("RJ1");
	return fact;
}

/* All that may choose, together: else few would ever be agreed. */
static void choose_together(void)
{
	uint32_t term = usual_term();

	favourite = AREA + below(CQC);
	(void)scene_ring(CCG, "nominate", favourite, term);
	(void)scene_ring(favourite, "accept", NOBODY, term);
	for (unsigned org = AREA; org < COLLEGE; org++) {
		if (chance(85))
			(void)scene_ring(org, "agree", favourite, term);
	}
}

static size_t something_else(void)
{
	struct id32 other = scene_record(300);
	size_t fact = scene_respond(usual_org(), "attending");

	if (chance(50)) {
		scene_content(fact)->response.summit = scene_id(&other);
		return fact;
	}
	scene.count--;
	fact = scene_say(usual_org(), QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	qsg__summit_request__init(&scene_content(fact)->request);
	scene_content(fact)->request.provider = canon_lend("RAL");
	scene_content(fact)->request.concern = canon_lend("see below");
	scene_content(fact)->request.urgency = canon_lend("now");
	if (chance(50))
		scene_content(0)->trigger.asked =
		    scene_id(&scene.facts[fact].record);
	return fact;
}

static size_t say_something(void)
{
	unsigned what = below(100);

	if (what < 8)
		return scene_respond(usual_org(), any_word(summit_answers()));
	if (what < 20)
		return say_judgement();
	if (what < 26)
		return say_impact();
	if (what < 52)
		return say_ring();
	if (what < 58)
		return say_invitation();
	if (what < 65)
		return say_call();
	if (what < 75)
		return say_entry();
	if (what < 81)
		return say_check();
	if (what < 85)
		return say_action();
	if (what < 89)
		return say_step();
	if (what < 93)
		return scene_stand_down(chair_or_any(), chance(70));
	if (what < 95)
		return scene_object(usual_org(), below((unsigned)scene.count));
	if (what < 98)
		return scene_miss(usual_org(), any_word(summit_clocks()), 0);
	return something_else();
}

/*
 * What comes up, counted.
 */

static size_t reasons[200]; /* by number */
static size_t contents[100];
static size_t phases[SUMMIT_STOOD_DOWN + 1];

enum {
	SAW_REOPENED,
	SAW_OPPOSED,
	SAW_BREACH,
	SAW_AGREED,
	SAW_HANDED,
	SAW_DEFAULT,
	SAW_LATER_TERM,
	SAW_MOVED,
	SAW_NOTE,
	SAW_CHECK_CLOSED,
	SAW_CHECK_OPEN,
	SAW_ACTION_DONE,
	SAW_ASKED,
	SAW_MAY,
	SAW_MAY_NOT,
	SAWS
};
static size_t saws[SAWS];

static void note_state(void)
{
	const struct summit_state *state = &scene.state;

	phases[state->phase]++;
	saws[SAW_REOPENED] += state->reopened;
	saws[SAW_OPPOSED] += state->opposed;
	saws[SAW_BREACH] += state->breach_open;
	saws[SAW_ASKED] += state->asked != NULL;
	for (size_t i = 0; i < state->refused_count; i++)
		reasons[state->refused[i].why]++;
	for (size_t i = 0; i < state->holder_count; i++) {
		const struct summit_holder *holder = &state->holders[i];

		saws[SAW_AGREED] += strcmp(holder->how, "agreed") == 0;
		saws[SAW_HANDED] += strcmp(holder->how, "handed-over") == 0;
		saws[SAW_DEFAULT] += strcmp(holder->how, "default") == 0;
		saws[SAW_LATER_TERM] += holder->term > 2;
	}
	for (size_t i = 0; i < state->meeting_count; i++) {
		saws[SAW_MOVED] += state->meetings[i].replaced_by != NULL;
		saws[SAW_NOTE] += state->meetings[i].note != NULL;
	}
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		saws[SAW_CHECK_OPEN] += state->checks[i].open;
		saws[SAW_CHECK_CLOSED] +=
		    state->checks[i].due && !state->checks[i].open;
	}
	for (size_t i = 0; i < state->action_count; i++)
		saws[SAW_ACTION_DONE] += state->actions[i].done;
}

/*
 * What holds of every state.
 */

static bool among(const struct summit_fact *const *list, size_t count,
    const struct id32 *record)
{
	for (size_t i = 0; i < count; i++) {
		if (id_equal(&list[i]->record, record))
			return true;
	}
	return false;
}

static bool in_meetings(const struct id32 *record)
{
	const struct summit_state *state = &scene.state;

	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_meeting *one = &state->meetings[i];

		if (id_equal(&one->called->record, record) ||
		    among(one->entries, one->entry_count, record))
			return true;
	}
	return false;
}

static bool in_sides(const struct id32 *record)
{
	const struct summit_state *state = &scene.state;

	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];

		if (among(&side->response, side->response != NULL, record) ||
		    among(&side->judgement, side->judgement != NULL, record))
			return true;
	}
	return false;
}

static bool in_actions(const struct id32 *record)
{
	const struct summit_state *state = &scene.state;

	for (size_t i = 0; i < state->action_count; i++) {
		if (id_equal(&state->actions[i].set->record, record))
			return true;
	}
	return false;
}

/* Is it in the state, as far as its kind has a place of its own there? Acts on
 * the ring, invitations and steps are counted in what they come to. */
static bool in_state(const struct summit_fact *fact)
{
	const struct summit_state *state = &scene.state;
	const struct id32 *id = &fact->record;

	switch ((unsigned)fact->payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
		return true;
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
			if (state->checks[i].answer != NULL &&
			    id_equal(&state->checks[i].answer->record, id))
				return true;
		}
		return false;
	default:
		break;
	}
	return among(&state->trigger, state->trigger != NULL, id) ||
	       among(&state->asked, state->asked != NULL, id) ||
	       among(state->impacts, state->impact_count, id) ||
	       among(state->objections, state->objection_count, id) ||
	       among(state->stand_downs, state->stand_down_count, id) ||
	       among(state->missed, state->missed_count, id) ||
	       in_meetings(id) || in_sides(id) || in_actions(id);
}

/* M639: nothing is lost, and nothing both counts and does not. */
static void every_record_is_accounted_for(
    const struct summit_fact *facts, size_t count)
{
	for (size_t i = 0; i < scene.state.refused_count; i++)
		ck_assert(
		    i == 0 || id_compare(&scene.state.refused[i - 1].record,
				  &scene.state.refused[i].record) < 0);
	for (size_t i = 0; i < count; i++) {
		bool refused = false;
		Qsg__Payload__ContentCase which =
		    facts[i].payload->content_case;

		for (size_t j = 0; j < scene.state.refused_count; j++)
			refused |= id_equal(
			    &scene.state.refused[j].record, &facts[i].record);
		contents[which] += refused ? 0 : 1;
		if (refused &&
		    (which == QSG__PAYLOAD__CONTENT_SUMMIT_RING ||
			which == QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION ||
			which == QSG__PAYLOAD__CONTENT_ACTION_STEP))
			continue;
		ck_assert_msg(refused != in_state(&facts[i]),
		    "a record of content %u is %s", (unsigned)which,
		    refused ? "refused and counted" : "lost");
	}
}

static void keeps_its_rules(void)
{
	const struct summit_state *state = &scene.state;
	size_t voices = 0;
	size_t electors = 0;

	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];

		electors += side->votes;
		ck_assert(!side->votes || (side->circle && !side->provider));
		ck_assert(side->circle || side->judgement == NULL);
		ck_assert(
		    i == 0 || id_compare(&state->sides[i - 1].organisation,
				  &side->organisation) < 0);
	}
	for (size_t i = 0; i < state->candidate_count; i++) {
		const struct summit_candidate *one = &state->candidates[i];

		voices = i > 0 && one->term == one[-1].term ? voices : 0;
		voices += one->voices;
		ck_assert_uint_le(voices, electors);
		ck_assert(summit_side(state, &one->organisation)->votes);
	}
	for (size_t i = 0; i < state->holder_count; i++)
		ck_assert_uint_eq(state->holders[i].term, i + 1);
	ck_assert(state->phase != SUMMIT_STOOD_DOWN ||
		  (state->holder_count > 0 && !state->reopened));
}

/*
 * One result from one set.
 */

static void shuffle(struct summit_fact *facts, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = below((unsigned)i);
		struct summit_fact fact = facts[i - 1];

		facts[i - 1] = facts[other];
		facts[other] = fact;
	}
}

static struct id32 evaluate(const struct summit_fact *facts, size_t count)
{
	struct id32 summit = scene_record(0);
	struct id32 hash;

	summit_clear(&scene.state);
	ck_assert_int_eq(summit_evaluate(&summit, scene.parties, ORGS - 1,
			     facts, count, &scene.state),
	    ERR_OK);
	ck_assert_int_eq(summit_hash(&scene.state, &hash), ERR_OK);
	return hash;
}

/* M637, M638 */
static void one_result(const struct summit_fact *facts, size_t count)
{
	struct summit_fact *given = calloc(2 * count + 1, sizeof *given);
	struct id32 first = evaluate(facts, count);

	ck_assert_ptr_nonnull(given);
	keeps_its_rules();
	every_record_is_accounted_for(facts, count);
	note_state();
	for (unsigned i = 0; i < ORDERS; i++) {
		struct id32 again;
		size_t size = count;

		memcpy(given, facts, count * sizeof *given);
		while (i > 0 && size < 2 * count && chance(95))
			given[size++] = facts[below((unsigned)count)];
		shuffle(given, size);
		again = evaluate(given, size);
		ck_assert(id_equal(&first, &again));
	}
	free(given);
}

/* What the author's side lets pass counts with the reader's. */
static void what_may_be_said_counts(size_t fact)
{
	const Qsg__Payload *payload = &scene.payloads[fact];
	struct summit_now now = { payload->created_at_ms,
		SCENE_NOW_MS + (int64_t)below(60) * SCENE_MINUTE_MS };
	enum err err = ERR_OK;

	if (!summit_is(payload) ||
	    payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST ||
	    scene.facts[fact].author.b[0] == NOBODY)
		return;
	err =
	    summit_may(&scene.state, &now, &scene.facts[fact].author, payload);
	saws[err == ERR_OK ? SAW_MAY : SAW_MAY_NOT]++;
	if (err != ERR_OK)
		return;
	(void)scene_look();
	ck_assert_msg(scene_why(fact) == REASON_NONE,
	    "content %u may be said, and does not count: %s",
	    (unsigned)payload->content_case, reason_text(scene_why(fact)));
}

static void make_history(void)
{
	unsigned records = LEAST_RECORDS + below(60);

	favourite = AREA + below(CQC);
	quiet = chance(8);
	(void)scene_trigger(chance(75) ? CCG : any_org());
	while (scene.count < records) {
		(void)scene_look();
		if (chance(5))
			choose_together();
		else
			what_may_be_said_counts(say_something());
	}
}

/* Whoever was cut off holds some of them. */
static void one_result_of_some(void)
{
	struct summit_fact *some = calloc(scene.count + 1, sizeof *some);
	size_t count = 0;

	ck_assert_ptr_nonnull(some);
	for (size_t i = 0; i < scene.count; i++) {
		if (chance(75))
			some[count++] = scene.facts[i];
	}
	one_result(some, count);
	free(some);
}

static void report(const char *what, const size_t *list, size_t count)
{
	printf("summit histories: %s:", what);
	for (size_t i = 0; i < count; i++) {
		if (list[i] > 0)
			printf(" %zu:%zu", i, list[i]);
	}
	putchar('\n');
}

static void all_came_up(void)
{
	for (size_t why = REASON_SUMMIT_OTHER; why <= REASON_SUMMIT_NO_ACTION;
	     why++)
		ck_assert_msg(reasons[why] > 0, "never came up: %s",
		    reason_text((enum reason)why));
	ck_assert_uint_gt(reasons[REASON_BY_PROVIDER], 0);
	ck_assert_uint_gt(reasons[REASON_FINDING], 0);
	ck_assert_uint_gt(reasons[REASON_NO_KIND], 0);
	for (size_t i = 0; i < SAWS; i++)
		ck_assert_msg(saws[i] > 0, "never seen: %zu", i);
	for (size_t i = 0; i <= SUMMIT_STOOD_DOWN; i++)
		ck_assert_msg(phases[i] > 0, "never in phase %zu", i);
	for (size_t i = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	     i <= QSG__PAYLOAD__CONTENT_ACTION_STEP; i++)
		ck_assert_msg(
		    contents[i] > 0 || i == QSG__PAYLOAD__CONTENT_ALARM_SEEN,
		    "never counted: content %zu", i);
}

START_TEST(one_set_of_records_gives_one_state)
{
	uint64_t count = mutate_number("QSG_HISTORIES", ENOUGH);
	uint64_t seed = mutate_seed("summit_random");

	for (uint64_t i = 0; i < count; i++) {
		rng = rng_seed(&source, seed + i);
		scene_setup();
		make_history();
		one_result(scene.facts, scene.count);
		one_result_of_some();
		scene_teardown();
	}
	printf("summit histories: %llu\n", (unsigned long long)count);
	report("contents that count", contents, 100);
	report("reasons", reasons, 200);
	report("phases", phases, SUMMIT_STOOD_DOWN + 1);
	report("seen", saws, SAWS);
	if (count >= ENOUGH)
		all_came_up();
}
END_TEST

Suite *test_summit_random_suite(void)
{
	Suite *suite = suite_create("summit_random");
	TCase *tests = tcase_create("summit_random");

	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, one_set_of_records_gives_one_state);
	suite_add_tcase(suite, tests);
	return suite;
}
