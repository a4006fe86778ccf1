#include "domain/summit_clock.h"

#include "domain/action.h"
#include "domain/summit_words.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS (3600LL * 1000LL)
#define DAY_MS (24LL * HOUR_MS)

/*
 * What clocks are made of.
 */

struct work {
	const struct summit_clocks_asked *asked;
	const struct summit_state *state;
	struct summit_rules rules;
	struct summit_rules usual; /* without a charter */
	int64_t began_ms;          /* the trigger */
	struct summit_clocks *out;
	size_t room;
};

static int64_t stated_ms(
    const struct work *work, const struct summit_fact *fact)
{
	const struct summit_bounds none = summit_unbounded();
	const struct summit_bounds *bounds =
	    work->asked->bounds == NULL
		? &none
		: &work->asked->bounds[fact - work->asked->facts];

	return summit_bounded(fact->payload->created_at_ms, bounds);
}

/* PROTOCOL.md M682: "A record of a summit MUST NOT be taken as made before the
 * trigger that it names." */
static int64_t time_of(const struct work *work, const struct summit_fact *fact)
{
	int64_t at_ms = stated_ms(work, fact);

	return at_ms < work->began_ms ? work->began_ms : at_ms;
}

static const struct summit_fact *fact_of(
    const struct work *work, const struct id32 *record)
{
	for (size_t i = 0; i < work->asked->count; i++) {
		if (id_equal(&work->asked->facts[i].record, record))
			return &work->asked->facts[i];
	}
	return NULL;
}

static int compare_notice(const void *key, const void *item)
{
	const struct summit_notice *notice = item;

	return id_compare(key, &notice->record);
}

/* Why it does not count; REASON_NONE: it does. */
static enum reason refused(
    const struct work *work, const struct summit_fact *fact)
{
	const struct summit_notice *found =
	    work->state->refused_count == 0
		? NULL
		: bsearch(&fact->record, work->state->refused,
		      work->state->refused_count, sizeof *work->state->refused,
		      compare_notice);

	return found == NULL ? REASON_NONE : found->why;
}

/* Another clock, its due time filled in; NULL: out of memory. */
static struct summit_clock *add(struct work *work, const char *token,
    const char *source, const struct summit_fact *of, int64_t from_ms)
{
	struct summit_clocks *out = work->out;
	size_t room = work->room == 0 ? 8 : work->room * 2;
	struct summit_clock *grown = NULL;

	if (out->count == work->room) {
		grown = realloc(out->items, room * sizeof *grown);
		if (grown == NULL) {
			(void)err_set(ERR_MEM, "out of memory");
			return NULL;
		}
		out->items = grown;
		work->room = room;
	}
	out->items[out->count] = (struct summit_clock){
		.token = token, .source = source, .of = of, .from_ms = from_ms
	};
	return &out->items[out->count++];
}

static void meet(
    struct summit_clock *clock, const struct summit_fact *by, int64_t at_ms)
{
	if (by != NULL && (clock->by == NULL || at_ms < clock->by_ms)) {
		clock->by = by;
		clock->by_ms = at_ms;
	}
}

/* PROTOCOL.md M685: "Each clock MUST name where its time is from: the guidance,
 * the charter of the group where that says otherwise, this protocol, or whoever
 * set the action." */
static const char *source_of(uint32_t hours, uint32_t usual)
{
	return hours == usual ? "ours" : "charter";
}

/*
 * Meetings.
 */

/* PROTOCOL.md M687: "A meeting MUST meet a clock from its time on, not before
 * the call of it was made, and not once it is moved." It was held at its time,
 * and not later than its note was made. */
static bool was_held(const struct work *work,
    const struct summit_meeting *meeting, int64_t *at_ms)
{
	int64_t called_ms = time_of(work, meeting->called);

	*at_ms = meeting->called->payload->summit_meeting->at_ms;
	if (meeting->note != NULL && time_of(work, meeting->note) < *at_ms)
		*at_ms = time_of(work, meeting->note);
	if (*at_ms < called_ms)
		*at_ms = called_ms;
	return meeting->replaced_by == NULL && *at_ms <= work->asked->now_ms;
}

static bool is_for(const struct summit_meeting *meeting, const char *purpose)
{
	return strcmp(meeting->called->payload->summit_meeting->purpose,
		   purpose) == 0;
}

/* The first that was held of one of two purposes. */
static void meet_by_meeting(const struct work *work, struct summit_clock *clock,
    const char *purpose, const char *other)
{
	for (size_t i = 0; i < work->state->meeting_count; i++) {
		const struct summit_meeting *meeting =
		    &work->state->meetings[i];
		int64_t at_ms = 0;

		if ((is_for(meeting, purpose) || is_for(meeting, other)) &&
		    was_held(work, meeting, &at_ms))
			meet(clock, meeting->called, at_ms);
	}
}

/* Those after the meeting that set it. */
static void meet_by_later(const struct work *work, struct summit_clock *clock)
{
	for (size_t i = 0; i < work->state->meeting_count; i++) {
		const struct summit_meeting *meeting =
		    &work->state->meetings[i];
		int64_t at_ms = 0;

		if (is_for(meeting, "judging") ||
		    meeting->called == clock->of ||
		    !was_held(work, meeting, &at_ms) || at_ms < clock->from_ms)
			continue;
		if (at_ms > clock->from_ms ||
		    id_compare(&meeting->called->record, &clock->of->record) >
			0)
			meet(clock, meeting->called, at_ms);
	}
}

/* PROTOCOL.md M684: "The meeting to judge MUST be due the hours of the charter
 * after the trigger, a ring-holder its hours after the first judgement, and the
 * next meeting its days after each meeting to respond or review that was held;
 * where there is no charter, or it leaves them out, those given here." */
static enum err add_judging(struct work *work)
{
	struct summit_clock *clock = add(work, "judging",
	    source_of(work->rules.judging_hours, work->usual.judging_hours),
	    work->state->trigger, work->began_ms);

	if (clock == NULL)
		return ERR_MEM;
	clock->due_ms = work->began_ms + work->rules.judging_hours * HOUR_MS;
	meet_by_meeting(work, clock, "judging", "response");
	return ERR_OK;
}

/*
 * From the judgements.
 */

/* PROTOCOL.md M686: "A judgement MUST go on to set the clocks that it set, also
 * when its author replaces it." */
static const struct summit_fact *first_judgement(
    const struct work *work, bool failing, int64_t *at_ms)
{
	const struct summit_fact *first = NULL;

	for (size_t i = 0; i < work->asked->count; i++) {
		const struct summit_fact *fact = &work->asked->facts[i];
		enum reason why = REASON_NONE;
		int64_t made_ms = 0;

		if (fact->payload->content_case !=
		    QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT)
			continue;
		why = refused(work, fact);
		if ((why != REASON_NONE && why != REASON_SUMMIT_NEWER) ||
		    (failing && !summit_failing(fact)))
			continue;
		made_ms = time_of(work, fact);
		if (first == NULL || made_ms < *at_ms ||
		    (made_ms == *at_ms &&
			id_compare(&fact->record, &first->record) < 0)) {
			first = fact;
			*at_ms = made_ms;
		}
	}
	return first;
}

static bool gives_voice(const struct work *work, const struct summit_fact *fact,
    const struct summit_holder *holder)
{
	const Qsg__SummitRing *ring = fact->payload->summit_ring;

	return fact->payload->content_case ==
	           QSG__PAYLOAD__CONTENT_SUMMIT_RING &&
	       strcmp(ring->act, "agree") == 0 && ring->term == holder->term &&
	       ring->organisation.len == sizeof holder->organisation.b &&
	       memcmp(ring->organisation.data, holder->organisation.b,
		   sizeof holder->organisation.b) == 0 &&
	       refused(work, fact) == REASON_NONE;
}

/* Whom more than half agreed to holds the ring from the voice on that made it
 * more than half. */
static int64_t agreed_ms(const struct work *work,
    const struct summit_holder *holder, int64_t from_ms)
{
	const struct summit_clocks_asked *asked = work->asked;
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < asked->count; i++) {
		int64_t at_ms = 0;
		size_t voices = 0;

		if (!gives_voice(work, &asked->facts[i], holder))
			continue;
		at_ms = time_of(work, &asked->facts[i]);
		for (size_t j = 0; j < asked->count; j++)
			voices += gives_voice(work, &asked->facts[j], holder) &&
			          time_of(work, &asked->facts[j]) <= at_ms;
		if (voices >= work->state->votes_needed && at_ms < best)
			best = at_ms;
	}
	return best == INT64_MAX || best < from_ms ? from_ms : best;
}

/* NQB 5: "The Quality Surveillance Group is responsible for ensuring that one
 * party is agreed quickly and that they are appropriate." How quickly is ours,
 * or the charter's. */
static enum err add_ring(struct work *work)
{
	int64_t at_ms = 0;
	const struct summit_fact *first = first_judgement(work, false, &at_ms);
	const struct summit_holder *holder = work->state->holders;
	const struct summit_fact *by = work->state->holder_count == 0
	                                   ? NULL
	                                   : fact_of(work, &holder->record);
	struct summit_clock *clock = NULL;

	if (first == NULL)
		return ERR_OK;
	clock = add(work, "ring",
	    source_of(work->rules.ring_hours, work->usual.ring_hours), first,
	    at_ms);
	if (clock == NULL)
		return ERR_MEM;
	clock->due_ms = at_ms + work->rules.ring_hours * HOUR_MS;
	if (by != NULL)
		meet(clock, by,
		    strcmp(holder->how, "agreed") == 0
			? agreed_ms(work, holder, time_of(work, by))
			: time_of(work, by));
	return ERR_OK;
}

/* NQB 5: "ensuring that QSG members relevant to the particular provider(s) meet
 * within 24/48 hours of the judgements on quality being made, or sooner if the
 * situation demands it, and that they meet at regular and appropriate intervals
 * until action has been taken". A charter may only ask for it sooner: M611. */
static enum err add_response(struct work *work)
{
	bool sooner = work->rules.response_hours < work->usual.response_hours;
	int64_t at_ms = 0;
	const struct summit_fact *first = first_judgement(work, true, &at_ms);
	struct summit_clock *clock = NULL;

	if (first == NULL)
		return ERR_OK;
	clock =
	    add(work, "response", sooner ? "charter" : "NQB 5", first, at_ms);
	if (clock == NULL)
		return ERR_MEM;
	clock->due_ms = at_ms + work->rules.response_hours * HOUR_MS;
	meet_by_meeting(work, clock, "response", "review");
	return ERR_OK;
}

static enum err add_reviews(struct work *work)
{

	for (size_t i = 0; i < work->state->meeting_count; i++) {
		const struct summit_meeting *meeting =
		    &work->state->meetings[i];
		struct summit_clock *clock = NULL;
		int64_t at_ms = 0;

		if (is_for(meeting, "judging") ||
		    !was_held(work, meeting, &at_ms))
			continue;
		clock = add(work, "review",
		    source_of(work->rules.review_days, work->usual.review_days),
		    meeting->called, at_ms);
		if (clock == NULL)
			return ERR_MEM;
		clock->due_ms = at_ms + work->rules.review_days * DAY_MS;
		meet_by_later(work, clock);
	}
	return ERR_OK;
}

/*
 * Actions.
 */

static void finish_action(const struct work *work,
    const struct action_state *action, struct summit_clock *clock)
{
	const char *act =
	    action->standing == ACTION_CLOSED ? "close" : "withdraw";

	if (action->standing != ACTION_CLOSED &&
	    action->standing != ACTION_WITHDRAWN)
		return;
	for (size_t i = 0; i < action->step_count; i++) {
		const struct summit_fact *step = action->steps[i];

		if (strcmp(step->payload->action_step->act, act) == 0)
			meet(clock, step, time_of(work, step));
	}
	if (action->standing == ACTION_WITHDRAWN && clock->by != NULL &&
	    clock->by_ms <= clock->due_ms)
		clock->status = SUMMIT_CLOCK_ENDED;
}

/* NQB 5: "Actions will be agreed which need to be taken forward within defined
 * timeframes." Those that were set from outside the circle run beside it. */
static enum err add_actions(struct work *work)
{
	const struct summit_clocks_asked *asked = work->asked;
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->state->action_count && !err; i++) {
		const struct summit_action *item = &work->state->actions[i];
		int64_t due_ms = item->set->payload->action->due_ms;
		struct action_state action = { 0 };
		struct summit_clock *clock = NULL;

		if (due_ms == 0 || !item->holds)
			continue;
		clock = add(work, "action", "action", item->set,
		    time_of(work, item->set));
		err = clock == NULL ? ERR_MEM
		                    : action_evaluate(&item->set->record,
					  asked->facts, asked->count, &action);
		if (err == ERR_OK) {
			clock->due_ms = due_ms;
			finish_action(work, &action, clock);
			action_clear(&action);
		}
	}
	return err;
}

/*
 * How they stand.
 */

static bool records_it(
    const struct summit_fact *fact, const struct summit_clock *clock)
{
	const Qsg__SummitMissed *missed = fact->payload->summit_missed;
	const struct id32 *of = &clock->of->record;

	if (strcmp(missed->clock, clock->token) != 0)
		return false;
	/* Of these a summit has one, whatever is found to have set it. */
	if (strcmp(clock->token, "judging") == 0 ||
	    strcmp(clock->token, "ring") == 0 ||
	    strcmp(clock->token, "response") == 0)
		return true;
	return missed->of.len == sizeof of->b &&
	       memcmp(missed->of.data, of->b, sizeof of->b) == 0;
}

/* An author that recorded it twice, as of two times, is one. */
static void count_missed(const struct work *work, struct summit_clock *clock)
{
	const struct summit_fact *last = NULL;

	for (size_t i = 0; i < work->state->missed_count; i++) {
		const struct summit_fact *fact = work->state->missed[i];

		if (!records_it(fact, clock))
			continue;
		clock->missed_by +=
		    last == NULL || !id_equal(&last->author, &fact->author);
		last = fact;
		if (clock->ours == NULL &&
		    id_equal(&fact->author, work->asked->us))
			clock->ours = fact;
	}
}

/* The standing down that ended the summit, as far as it did: the last. */
static const struct summit_fact *ending(const struct work *work, int64_t *at_ms)
{
	const struct summit_fact *last = NULL;

	if (work->state->phase != SUMMIT_STOOD_DOWN)
		return NULL;
	for (size_t i = 0; i < work->state->stand_down_count; i++) {
		const struct summit_fact *fact = work->state->stand_downs[i];

		if (last == NULL || time_of(work, fact) > *at_ms) {
			last = fact;
			*at_ms = time_of(work, fact);
		}
	}
	return last;
}

/* PROTOCOL.md M688: "A clock that was not met by its time MUST be shown as
 * missed, also once it is met later." PROTOCOL.md M690: "A clock that runs when
 * the summit is stood down, and that of an action that is withdrawn, MUST be
 * shown as ended, and as neither met nor missed; it runs on when the summit is
 * reopened." */
static void settle(const struct work *work, struct summit_clock *clock)
{
	int64_t over_ms = 0;
	const struct summit_fact *over = ending(work, &over_ms);

	count_missed(work, clock);
	if (clock->ours != NULL) {
		clock->due_ms = clock->ours->payload->summit_missed->due_ms;
		clock->status = SUMMIT_CLOCK_MISSED;
		return;
	}
	if (clock->status == SUMMIT_CLOCK_ENDED)
		return;
	if (clock->by != NULL && clock->by_ms <= clock->due_ms) {
		clock->status = SUMMIT_CLOCK_MET;
	} else if (over != NULL && over_ms <= clock->due_ms) {
		clock->status = SUMMIT_CLOCK_ENDED;
		clock->by = over;
		clock->by_ms = over_ms;
	} else if (work->asked->now_ms >= clock->due_ms) {
		clock->status = SUMMIT_CLOCK_MISSED;
	}
}

static size_t place_of(const char *token)
{
	const struct vocab *clocks = summit_clocks();
	size_t at = 0;

	while (
	    at < clocks->count && strcmp(clocks->words[at].token, token) != 0)
		at++;
	return at;
}

static int compare_clock(const void *a, const void *b)
{
	const struct summit_clock *left = a;
	const struct summit_clock *right = b;
	size_t one = place_of(left->token);
	size_t other = place_of(right->token);

	if (one != other)
		return one > other ? 1 : -1;
	if (left->due_ms != right->due_ms)
		return left->due_ms > right->due_ms ? 1 : -1;
	return id_compare(&left->of->record, &right->of->record);
}

enum err summit_clocks_find(
    const struct summit_clocks_asked *asked, struct summit_clocks *out)
{
	struct work work = {
		.asked = asked, .state = asked->state, .out = out
	};
	enum err err = ERR_OK;

	*out = (struct summit_clocks){ 0 };
	if (asked->state->trigger == NULL)
		return ERR_OK;
	work.usual = summit_rules_of(
	    NULL, asked->state->trigger->payload->summit_trigger->urgency);
	work.rules = asked->rules == NULL ? work.usual : *asked->rules;
	work.began_ms = stated_ms(&work, asked->state->trigger);
	err = add_judging(&work);
	if (err == ERR_OK)
		err = add_ring(&work);
	if (err == ERR_OK)
		err = add_response(&work);
	if (err == ERR_OK)
		err = add_reviews(&work);
	if (err == ERR_OK)
		err = add_actions(&work);
	if (err != ERR_OK) {
		summit_clocks_clear(out);
		return err;
	}
	for (size_t i = 0; i < out->count; i++)
		settle(&work, &out->items[i]);
	qsort(out->items, out->count, sizeof *out->items, compare_clock);
	return ERR_OK;
}

void summit_clocks_clear(struct summit_clocks *clocks)
{
	free(clocks->items);
	*clocks = (struct summit_clocks){ 0 };
}

int64_t summit_clocks_next(const struct summit_clocks *clocks)
{
	int64_t next_ms = INT64_MAX;

	for (size_t i = 0; i < clocks->count; i++) {
		if (clocks->items[i].status == SUMMIT_CLOCK_RUNNING &&
		    clocks->items[i].due_ms < next_ms)
			next_ms = clocks->items[i].due_ms;
	}
	return next_ms;
}

int64_t summit_clocks_ring_out(const struct summit_clocks *clocks)
{
	for (size_t i = 0; i < clocks->count; i++) {
		if (strcmp(clocks->items[i].token, "ring") == 0)
			return clocks->items[i].due_ms;
	}
	return 0;
}

const char *summit_clock_status_token(enum summit_clock_status status)
{
	switch (status) {
	case SUMMIT_CLOCK_RUNNING:
		return "running";
	case SUMMIT_CLOCK_MET:
		return "met";
	case SUMMIT_CLOCK_MISSED:
		return "missed";
	case SUMMIT_CLOCK_ENDED:
		return "ended";
	}
	return "";
}
