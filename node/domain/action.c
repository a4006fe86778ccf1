#include "domain/action.h"

#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

/* A step, and what is made of it. */
struct step {
	const struct summit_fact *fact;
	const Qsg__ActionStep *said;
	bool judged;
	enum reason why; /* of a judged one; REASON_NONE: it counts */
};

struct work {
	struct action_state *state;
	struct step *steps; /* ascending by author, place, record; each once */
	size_t count;
};

static bool is_act(const Qsg__ActionStep *step, const char *act)
{
	return strcmp(step->act, act) == 0;
}

static bool is_answer(const Qsg__ActionStep *step)
{
	return is_act(step, "accept") || is_act(step, "decline");
}

/* What whoever owns an action does to it. */
static bool is_owners(const Qsg__ActionStep *step)
{
	return is_act(step, "progress") || is_act(step, "close") ||
	       is_act(step, "hand-over");
}

static int compare_steps(const void *a, const void *b)
{
	const struct summit_fact *left = ((const struct step *)a)->fact;
	const struct summit_fact *right = ((const struct step *)b)->fact;
	int order = id_compare(&left->author, &right->author);

	if (order != 0)
		return order;
	order = (left->place > right->place) - (left->place < right->place);
	return order != 0 ? order : id_compare(&left->record, &right->record);
}

/* Whatever the order in which facts were given, the same one. */
static bool is_set_by(const struct summit_fact *fact, const struct id32 *action)
{
	return id_equal(&fact->record, action) &&
	       fact->payload->content_case == QSG__PAYLOAD__CONTENT_ACTION &&
	       action_acceptable(fact->payload);
}

static bool is_step_of(
    const struct summit_fact *fact, const struct id32 *action)
{
	return fact->payload->content_case ==
	           QSG__PAYLOAD__CONTENT_ACTION_STEP &&
	       action_acceptable(fact->payload) &&
	       canon_is_id(&fact->payload->action_step->action, action);
}

/* PROTOCOL.md M641: "The state of an action MUST depend on the set of records
 * about it alone, and not on the order in which they came, or how often." */
static enum err collect(
    struct work *work, const struct summit_fact *facts, size_t count)
{
	struct action_state *state = work->state;
	size_t kept = 0;

	work->steps = calloc(count + 1, sizeof *work->steps);
	if (work->steps == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		if (is_set_by(&facts[i], &state->id))
			state->set = &facts[i];
		else if (is_step_of(&facts[i], &state->id))
			work->steps[work->count++] = (struct step){
				.fact = &facts[i],
				.said = facts[i].payload->action_step,
			};
	}
	qsort(work->steps, work->count, sizeof work->steps[0], compare_steps);
	for (size_t i = 0; i < work->count; i++) {
		if (kept == 0 ||
		    compare_steps(&work->steps[kept - 1], &work->steps[i]) != 0)
			work->steps[kept++] = work->steps[i];
	}
	work->count = kept;
	return ERR_OK;
}

static void judge(struct step *step, enum reason why)
{
	step->judged = true;
	step->why = why;
}

/* The first step of this author; where there is none, where it would be. */
static size_t first_of(const struct work *work, const struct id32 *author)
{
	size_t low = 0;
	size_t high = work->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (id_compare(&work->steps[middle].fact->author, author) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_by(const struct work *work, size_t at, const struct id32 *author)
{
	return at < work->count &&
	       id_equal(&work->steps[at].fact->author, author);
}

/* NQB 5: "one party cannot direct any other party in the exercise of their
 * statutory functions": nobody owns an action that it has not accepted.
 *
 * PROTOCOL.md M643: "Of an organisation's answers to one asking the first in
 * its own log MUST count, and no later one." Its answer to this handing over;
 * NULL: to the action itself. */
static struct step *answer_of(struct work *work,
    const struct id32 *organisation, const struct id32 *offer)
{
	struct step *first = NULL;

	for (size_t i = first_of(work, organisation);
	     is_by(work, i, organisation); i++) {
		struct step *step = &work->steps[i];
		const ProtobufCBinaryData *answers = &step->said->offer;

		if (!is_answer(step->said) ||
		    (offer == NULL ? answers->len != 0
				   : !canon_is_id(answers, offer)))
			continue;
		judge(
		    step, first == NULL ? REASON_NONE : REASON_ACTION_ANSWERED);
		first = first == NULL ? step : first;
	}
	return first;
}

/* Whom a handing over names accepted it: that acceptance; NULL otherwise.
 * PROTOCOL.md M645: "A handing over MUST take effect only once whom it names
 * accepts it by its record id, and of several by one owner the first in its log
 * that was accepted." */
static struct step *taken(struct work *work, struct step *given)
{
	struct id32 to;
	struct step *answer = NULL;

	memcpy(to.b, given->said->organisation.data, sizeof to.b);
	answer = answer_of(work, &to, &given->fact->record);
	judge(given,
	    answer == NULL ? REASON_ACTION_OFFERED : REASON_ACTION_REFUSED);
	if (answer == NULL || !is_act(answer->said, "accept"))
		return NULL;
	judge(given, REASON_NONE);
	return answer;
}

/* What the owner did next, from one of its steps on. Where it handed over, the
 * acceptance of whoever has it now; NULL: it has it still, or closed it.
 *
 * PROTOCOL.md M644: "Progress, a closing and a handing over MUST count only
 * from the organisation that owns the action, after its acceptance and before
 * it closed it or handed it over, in its own log." */
static struct step *follow(struct work *work, size_t from)
{
	struct action_state *state = work->state;
	struct step *next = NULL;

	for (size_t i = from; is_by(work, i, &state->owner); i++) {
		struct step *step = &work->steps[i];

		if (step->judged || !is_owners(step->said))
			continue;
		if (state->standing == ACTION_CLOSED) {
			judge(step, REASON_ACTION_OVER);
			continue;
		}
		if (is_act(step->said, "hand-over")) {
			next = taken(work, step);
			if (next != NULL)
				return next;
			continue;
		}
		judge(step, REASON_NONE);
		if (is_act(step->said, "close"))
			state->standing = ACTION_CLOSED;
	}
	return NULL;
}

/* From its setting to whoever owns it now. Each handing over that took effect
 * is judged, and none is judged twice: it ends. */
static void walk(struct work *work)
{
	struct action_state *state = work->state;
	const struct summit_fact *set = state->set;
	struct step *answer = NULL;
	size_t from = 0;

	memcpy(state->owner.b, set->payload->action->owner.data,
	    sizeof state->owner.b);
	state->standing = ACTION_ACCEPTED;
	from = first_of(work, &state->owner);
	/* PROTOCOL.md M642: "An action MUST be taken as accepted if its owner
	 * set it; any other MUST be taken as proposed until its owner answers,
	 * and MUST NOT be done by declining it." */
	if (!id_equal(&state->owner, &set->author)) {
		answer = answer_of(work, &state->owner, NULL);
		if (answer == NULL)
			state->standing = ACTION_PROPOSED;
		else if (!is_act(answer->said, "accept"))
			state->standing = ACTION_DECLINED;
		else
			from = (size_t)(answer - work->steps) + 1;
	}
	while (state->standing == ACTION_ACCEPTED ||
	       state->standing == ACTION_HANDED_OVER) {
		answer = follow(work, from);
		if (answer == NULL)
			break;
		state->standing = ACTION_HANDED_OVER;
		state->owner = answer->fact->author;
		from = (size_t)(answer - work->steps) + 1;
	}
}

/* PROTOCOL.md M646: "A withdrawal MUST count only from the organisation that
 * set the action, the first of its log, and MUST NOT undo a closing." */
static void withdraw(struct work *work)
{
	struct action_state *state = work->state;
	const struct id32 *author = &state->set->author;

	for (size_t i = first_of(work, author); is_by(work, i, author); i++) {
		struct step *step = &work->steps[i];

		if (!is_act(step->said, "withdraw"))
			continue;
		judge(step, REASON_NONE);
		if (state->standing != ACTION_CLOSED)
			state->standing = ACTION_WITHDRAWN;
		break;
	}
}

/* The handing over that this answer names, to its author; NULL none. */
static const struct step *answered(
    const struct work *work, const struct step *answer)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct step *step = &work->steps[i];

		if (is_act(step->said, "hand-over") &&
		    canon_is_id(&answer->said->offer, &step->fact->record) &&
		    canon_is_id(
			&step->said->organisation, &answer->fact->author))
			return step;
	}
	return NULL;
}

/* Had its author accepted the action before it took this step? */
static bool had_accepted(const struct work *work, const struct step *step)
{
	const struct id32 *author = &step->fact->author;
	const struct summit_fact *set = work->state->set;

	if (id_equal(author, &set->author) &&
	    canon_is_id(&set->payload->action->owner, author))
		return true;
	for (size_t i = first_of(work, author); &work->steps[i] < step; i++) {
		if (is_act(work->steps[i].said, "accept") &&
		    work->steps[i].why == REASON_NONE)
			return true;
	}
	return false;
}

static bool was_asked(const struct work *work, const struct step *step)
{
	const struct id32 *author = &step->fact->author;

	if (canon_is_id(&work->state->set->payload->action->owner, author))
		return true;
	for (size_t i = 0; i < work->count; i++) {
		if (is_act(work->steps[i].said, "hand-over") &&
		    canon_is_id(&work->steps[i].said->organisation, author))
			return true;
	}
	return false;
}

/* Why a step that nothing above judged does not count; REASON_NONE where it
 * does: anybody may raise an action. */
static enum reason why_not(const struct work *work, const struct step *step)
{
	const Qsg__ActionStep *said = step->said;

	if (work->state->set == NULL)
		return REASON_ACTION_UNKNOWN;
	if (is_act(said, "raise"))
		return REASON_NONE;
	if (is_act(said, "withdraw"))
		return REASON_ACTION_AUTHOR;
	if (is_answer(said))
		return answered(work, step) == NULL ? REASON_ACTION_UNASKED
		                                    : REASON_ACTION_ELSEWHERE;
	if (!is_owners(said))
		return REASON_ACTION_ACT;
	if (had_accepted(work, step))
		return REASON_ACTION_GIVEN;
	return was_asked(work, step) ? REASON_ACTION_UNACCEPTED
	                             : REASON_ACTION_OWNER;
}

static void list_step(struct action_state *state, const struct step *step)
{
	const struct summit_fact *fact = step->fact;

	if (step->why == REASON_NONE) {
		state->steps[state->step_count++] = fact;
		if (id_equal(&fact->author, &state->owner))
			state->last = fact;
		return;
	}
	if (step->why == REASON_ACTION_OFFERED &&
	    id_equal(&fact->author, &state->owner))
		state->offers[state->offer_count++] = fact;
	state->refused[state->refused_count++] = (struct summit_notice){
		.record = fact->record,
		.why = step->why,
	};
}

/* PROTOCOL.md M647: "A step that does not count MUST be kept, and shown with
 * the reason." */
static enum err list_steps(struct work *work)
{
	struct action_state *state = work->state;

	state->steps = calloc(work->count + 1, sizeof(*state->steps));
	state->offers = calloc(work->count + 1, sizeof(*state->offers));
	state->refused = calloc(work->count + 1, sizeof *state->refused);
	if (state->steps == NULL || state->offers == NULL ||
	    state->refused == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->count; i++) {
		struct step *step = &work->steps[i];

		if (!step->judged)
			step->why = why_not(work, step);
		list_step(state, step);
	}
	return ERR_OK;
}

enum err action_evaluate(const struct id32 *action,
    const struct summit_fact *facts, size_t count, struct action_state *out)
{
	struct work work = { .state = out };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	out->id = *action;
	err = collect(&work, facts, count);
	if (err == ERR_OK && out->set != NULL) {
		walk(&work);
		withdraw(&work);
	}
	if (err == ERR_OK)
		err = list_steps(&work);
	free(work.steps);
	if (err)
		action_clear(out);
	return err;
}

void action_clear(struct action_state *state)
{
	free(state->steps);
	free(state->offers);
	free(state->refused);
	memset(state, 0, sizeof *state);
}

bool action_done(const struct action_state *state)
{
	return state->set != NULL && (state->standing == ACTION_CLOSED ||
					 state->standing == ACTION_WITHDRAWN ||
					 state->standing == ACTION_HANDED_OVER);
}

/* PROTOCOL.md M648: "An action MUST be shown as overdue from its due time until
 * it is closed or withdrawn, whoever owns it." */
bool action_overdue(const struct action_state *state, int64_t now)
{
	int64_t due =
	    state->set == NULL ? 0 : state->set->payload->action->due_ms;

	return due > 0 && now >= due && state->standing != ACTION_CLOSED &&
	       state->standing != ACTION_WITHDRAWN;
}

const char *action_standing_token(enum action_standing standing)
{
	switch (standing) {
	case ACTION_PROPOSED:
		return "proposed";
	case ACTION_ACCEPTED:
		return "accepted";
	case ACTION_DECLINED:
		return "declined";
	case ACTION_CLOSED:
		return "closed";
	case ACTION_HANDED_OVER:
		return "handed-over";
	case ACTION_WITHDRAWN:
		return "withdrawn";
	}
	return "";
}

const struct summit_fact *action_offer(
    const struct action_state *state, const struct id32 *organisation)
{
	for (size_t i = 0; i < state->offer_count; i++) {
		const Qsg__ActionStep *said =
		    state->offers[i]->payload->action_step;

		if (canon_is_id(&said->organisation, organisation))
			return state->offers[i];
	}
	return NULL;
}
