/* Actions, what is still open, and how a summit ends. */
#include "codec/canon.h"
#include "domain/action.h"
#include "domain/reference.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

/*
 * Actions.
 */

static bool is_step(const struct summit_fact *fact)
{
	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_ACTION_STEP);
}

static bool is_action(const struct summit_fact *fact)
{
	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_ACTION);
}

/* The action that it sets or is a step of; zero for none. */
static struct id32 action_of(const struct summit_fact *fact)
{
	struct id32 action = fact->record;

	if (is_step(fact) &&
	    !canon_take_id(&fact->payload->action_step->action, &action))
		memset(&action, 0, sizeof action);
	return action;
}

/* An action stands before its steps. */
static int compare(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;
	struct id32 one = action_of(*left);
	struct id32 other = action_of(*right);
	int order = id_compare(&one, &other);

	return order != 0 ? order : is_step(*left) - is_step(*right);
}

/* Actions and steps, each action's together. */
static const struct summit_fact **gather(
    const struct summit_work *work, size_t *count)
{
	const struct summit_fact **facts =
	    summit_room(work, sizeof(const struct summit_fact *));

	*count = 0;
	for (size_t i = 0; facts != NULL && i < work->count; i++) {
		if (is_action(work->facts[i]) || is_step(work->facts[i]))
			facts[(*count)++] = work->facts[i];
	}
	if (*count > 0)
		qsort(facts, *count, sizeof *facts, compare);
	return facts;
}

/* PROTOCOL.md M631: "An action MUST hold a summit open only when somebody of
 * the circle set it, so that nobody who was invited can." */
static void list_action(struct summit_work *work, const struct summit_fact *set,
    const struct action_state *state)
{
	struct summit_state *out = work->out;

	out->actions[out->action_count++] = (struct summit_action){ .set = set,
		.owner = state->owner,
		.done = action_done(state),
		.dropped = state->standing == ACTION_WITHDRAWN ||
		           state->standing == ACTION_DECLINED,
		.holds = summit_side_of(work, &set->author)->circle };
	for (size_t i = 0; i < state->refused_count; i++)
		out->refused[out->refused_count++] = state->refused[i];
}

/* One action with its steps, or steps without their action. */
static enum err take_action(struct summit_work *work,
    const struct summit_fact **facts, size_t count, struct summit_fact *room)
{
	struct action_state state;
	struct id32 id = action_of(facts[0]);
	enum err err = ERR_OK;

	for (size_t i = 0; i < count; i++)
		room[i] = *facts[i];
	err = action_evaluate(&id, room, count, &state);
	if (err != ERR_OK)
		return err;
	if (state.set != NULL)
		list_action(work, facts[0], &state);
	for (size_t i = 0; state.set == NULL && i < count; i++)
		summit_refuse(work, facts[i], REASON_SUMMIT_NO_ACTION);
	action_clear(&state);
	return ERR_OK;
}

enum err summit_find_actions(struct summit_work *work)
{
	size_t count = 0;
	size_t end = 0;
	const struct summit_fact **facts = gather(work, &count);
	struct summit_fact *room = summit_room(work, sizeof *room);
	enum err err = ERR_OK;

	work->out->actions = summit_room(work, sizeof *work->out->actions);
	if (facts == NULL || room == NULL || work->out->actions == NULL)
		err = ERR_MEM;
	for (size_t first = 0; first < count && err == ERR_OK; first = end) {
		struct id32 action = action_of(facts[first]);

		for (end = first; end < count; end++) {
			struct id32 other = action_of(facts[end]);

			if (!id_equal(&action, &other))
				break;
		}
		err = take_action(work, facts + first, end - first, room);
	}
	free(facts);
	free(room);
	return err;
}

/*
 * What is open.
 */

static bool acts_on(
    const struct summit_action *action, const struct summit_fact *judgement)
{
	return summit_same_author(action->set, judgement) && !action->dropped &&
	       canon_is_id(&action->set->payload->action->judgement,
		   &judgement->record);
}

/* NQB 5: "Where they determine there has been a breach, regulatory action will
 * need to be taken by the CQC." PROTOCOL.md M632: "A breach that CQC finds MUST
 * be shown as open until CQC sets an action that names that judgement, and
 * while that is withdrawn or declined." */
static bool is_breach_open(const struct summit_state *state)
{
	for (size_t i = 0; i < state->judgement_count; i++) {
		const struct summit_fact *judgement = state->judgements[i];
		bool acted = false;

		if (strcmp(judgement->payload->summit_judgement->finding,
			"breach") != 0)
			continue;
		for (size_t j = 0; j < state->action_count && !acted; j++)
			acted = acts_on(&state->actions[j], judgement);
		if (!acted)
			return true;
	}
	return false;
}

/* When it was held: not later than its note was made. */
static int64_t held_ms(const struct summit_meeting *meeting)
{
	int64_t at_ms = meeting->called->payload->summit_meeting->at_ms;
	int64_t noted_ms = meeting->note->payload->created_at_ms;

	return noted_ms < at_ms ? noted_ms : at_ms;
}

static int64_t last_held_ms(const struct summit_state *state)
{
	int64_t last = INT64_MIN;

	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_meeting *meeting = &state->meetings[i];

		if (meeting->note != NULL && meeting->replaced_by == NULL &&
		    held_ms(meeting) > last)
			last = held_ms(meeting);
	}
	return last;
}

/* PROTOCOL.md M633: "Judgements MUST be shown as opposed when one finds a
 * failing, or that there may be one, and another finds none, until a meeting
 * that was held after both has a note." */
static bool is_opposed(const struct summit_state *state)
{
	int64_t newest_ms = INT64_MIN;
	bool failing = false;
	bool none = false;

	for (size_t i = 0; i < state->judgement_count; i++) {
		const struct summit_fact *judgement = state->judgements[i];

		if (judgement->payload->created_at_ms > newest_ms)
			newest_ms = judgement->payload->created_at_ms;
		if (summit_failing(judgement))
			failing = true;
		else
			none = true;
	}
	return failing && none && last_held_ms(state) <= newest_ms;
}

/*
 * Standing down.
 */

/* What it considers, ascending. */
struct considered {
	struct id32 *ids;
	size_t count;
};

static enum err collect_considered(
    const struct summit_fact *stand_down, struct considered *out)
{
	const Qsg__Payload *payload = stand_down->payload;

	out->count = 0;
	out->ids = calloc(payload->n_references + 1, sizeof *out->ids);
	if (out->ids == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];

		if (reference_named(reference->relation) ==
			REFERENCE_CONSIDERS &&
		    canon_take_id(&reference->record, &out->ids[out->count]))
			out->count++;
	}
	if (out->count > 0)
		qsort(out->ids, out->count, sizeof *out->ids, id_compare);
	return ERR_OK;
}

static bool considers(
    const struct considered *considered, const struct id32 *record)
{
	return considered->count > 0 &&
	       bsearch(record, considered->ids, considered->count,
		   sizeof *considered->ids, id_compare) != NULL;
}

/* NQB 5: they meet "at regular and appropriate intervals until action has been
 * taken". PROTOCOL.md M635: "A standing down MUST end the summit only while
 * each judgement that counts and finds a failing, and each action that holds it
 * open and is not done, is one that it considers; else the summit MUST be shown
 * as reopened." */
static bool considers_all(
    const struct summit_state *state, const struct considered *considered)
{
	for (size_t i = 0; i < state->judgement_count; i++) {
		const struct summit_fact *judgement = state->judgements[i];

		if (summit_failing(judgement) &&
		    !considers(considered, &judgement->record))
			return false;
	}
	for (size_t i = 0; i < state->action_count; i++) {
		const struct summit_action *action = &state->actions[i];

		if (action->holds && !action->done &&
		    !considers(considered, &action->set->record))
			return false;
	}
	return true;
}

/* Does one of them end the summit? */
static enum err find_ending(const struct summit_state *state, bool *over)
{
	enum err err = ERR_OK;

	*over = false;
	for (size_t i = 0; i < state->stand_down_count && !*over && !err; i++) {
		struct considered considered;

		err = collect_considered(state->stand_downs[i], &considered);
		*over = err == ERR_OK && considers_all(state, &considered);
		free(considered.ids);
	}
	return err;
}

/* PROTOCOL.md M634: "A standing down MUST count from the ring-holder alone, the
 * newest of each." Facts of one author follow each other. */
static void take_stand_down(
    struct summit_work *work, const struct summit_fact *fact)
{
	struct summit_state *state = work->out;
	const struct summit_fact **last =
	    state->stand_downs + state->stand_down_count;

	if (summit_reign_of(work, fact) == 0) {
		summit_refuse(work, fact, REASON_SUMMIT_NO_HOLDER);
		return;
	}
	if (state->stand_down_count > 0 && summit_same_author(last[-1], fact)) {
		summit_refuse(work, last[-1], REASON_SUMMIT_NEWER);
		last[-1] = fact;
		return;
	}
	*last = fact;
	state->stand_down_count++;
}

enum err summit_find_end(struct summit_work *work)
{
	struct summit_state *state = work->out;
	bool over = false;
	enum err err = ERR_OK;

	state->stand_downs =
	    summit_room(work, sizeof(const struct summit_fact *));
	if (state->stand_downs == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		if (summit_of_kind(work->facts[i],
			QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN))
			take_stand_down(work, work->facts[i]);
	}
	err = find_ending(state, &over);
	state->reopened = state->stand_down_count > 0 && !over;
	state->breach_open = is_breach_open(state);
	state->opposed = is_opposed(state);
	state->phase = SUMMIT_ALERT;
	if (over)
		state->phase = SUMMIT_STOOD_DOWN;
	else if (state->judgement_count > 0)
		state->phase =
		    state->holder_count > 0 ? SUMMIT_RESPOND : SUMMIT_JUDGE;
	return err;
}
