#include "domain/summit.h"

#include "codec/canon.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

static int compare_record(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;

	return id_compare(&(*left)->record, &(*right)->record);
}

static int compare_own_order(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;
	int order = id_compare(&(*left)->author, &(*right)->author);

	if (order != 0)
		return order;
	if ((*left)->place != (*right)->place)
		return (*left)->place > (*right)->place ? 1 : -1;
	return id_compare(&(*left)->record, &(*right)->record);
}

static int compare_notice(const void *a, const void *b)
{
	const struct summit_notice *left = a;
	const struct summit_notice *right = b;

	return id_compare(&left->record, &right->record);
}

/*
 * For the steps.
 */

void *summit_room(const struct summit_work *work, size_t size)
{
	void *room = calloc(work->count + 1, size);

	if (room == NULL)
		(void)err_set(ERR_MEM, "out of memory");
	return room;
}

/* PROTOCOL.md M639: "A record that does not count MUST be kept, and shown with
 * the reason." */
void summit_refuse(
    struct summit_work *work, const struct summit_fact *fact, enum reason why)
{
	struct summit_state *state = work->out;

	state->refused[state->refused_count++] =
	    (struct summit_notice){ .record = fact->record, .why = why };
}

bool summit_of_kind(
    const struct summit_fact *fact, Qsg__Payload__ContentCase which)
{
	return fact->payload->content_case == which;
}

bool summit_after(
    const struct summit_fact *one, const struct summit_fact *other)
{
	return one->place != other->place
	           ? one->place > other->place
	           : id_compare(&one->record, &other->record) > 0;
}

bool summit_same_author(
    const struct summit_fact *one, const struct summit_fact *other)
{
	return id_equal(&one->author, &other->author);
}

static int compare_party(const void *key, const void *item)
{
	const struct summit_party *party = item;

	return id_compare(key, &party->organisation);
}

const struct summit_party *summit_party_of(
    const struct summit_work *work, const struct id32 *organisation)
{
	return work->party_count == 0
	           ? NULL
	           : bsearch(organisation, work->parties, work->party_count,
			 sizeof *work->parties, compare_party);
}

bool summit_is_kind(const struct summit_party *party, const char *token)
{
	return party != NULL && party->kind != NULL &&
	       strcmp(party->kind->token, token) == 0;
}

bool summit_is_trigger_author(
    const struct summit_work *work, const struct summit_fact *fact)
{
	return summit_same_author(work->out->trigger, fact);
}

/*
 * The records of the summit.
 */

ProtobufCBinaryData *summit_of(const Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		return &payload->summit_response->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
		return &payload->summit_judgement->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		return &payload->summit_impact->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		return &payload->summit_ring->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
		return &payload->summit_invitation->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		return &payload->summit_meeting->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return &payload->summit_entry->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		return &payload->summit_check->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		return &payload->summit_stand_down->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
		return &payload->summit_objection->summit;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
		return &payload->summit_missed->summit;
	case QSG__PAYLOAD__CONTENT_ACTION:
		return &payload->action->summit;
	default: /* of no summit, or known by another record */
		return NULL;
	}
}

/* Steps belong to what their actions belong to: summit_find_actions. */
static bool belongs(
    const struct summit_work *work, const struct summit_fact *fact)
{
	const ProtobufCBinaryData *summit = summit_of(fact->payload);

	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_ACTION_STEP) ||
	       (summit != NULL && canon_is_id(summit, &work->out->id));
}

/* Each record once. */
static enum err collect(
    struct summit_work *work, const struct summit_fact *facts, size_t count)
{
	size_t kept = 0;

	work->count = count;
	work->facts = summit_room(work, sizeof(const struct summit_fact *));
	work->out->refused = summit_room(work, sizeof *work->out->refused);
	if (work->facts == NULL || work->out->refused == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < count; i++)
		work->facts[i] = &facts[i];
	if (count > 0)
		qsort(work->facts, count, sizeof *work->facts, compare_record);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || compare_record(&work->facts[kept - 1],
				     &work->facts[i]) != 0)
			work->facts[kept++] = work->facts[i];
	}
	work->count = kept;
	if (kept > 0)
		qsort(
		    work->facts, kept, sizeof *work->facts, compare_own_order);
	return ERR_OK;
}

/* NQB 5: "Any statutory organisation – local, regional or national – who has
 * concerns about the quality of care of a provider should alert other QSG
 * members to their concerns by triggering a Risk Summit." PROTOCOL.md M600: "A
 * trigger MUST count only if the rosters state its author to be a statutory
 * organisation and no provider." */
static enum reason why_no_trigger(const struct summit_party *author)
{
	if (author == NULL || author->kind == NULL)
		return REASON_NO_KIND;
	if (author->kind->category == ORG_PROVIDER)
		return REASON_BY_PROVIDER;
	return author->statutory ? REASON_NONE : REASON_SUMMIT_STATUTORY;
}

static void take_trigger(
    struct summit_work *work, const struct summit_fact *fact)
{
	enum reason why = why_no_trigger(summit_party_of(work, &fact->author));

	if (why == REASON_NONE)
		work->out->trigger = fact;
	else
		summit_refuse(work, fact, why);
}

/* Trigger and request leave the list; what is of something else, too. */
static void split(struct summit_work *work)
{
	const struct summit_state *state = work->out;
	const Qsg__SummitTrigger *trigger = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (fact->payload != NULL &&
		    summit_of_kind(
			fact, QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER) &&
		    id_equal(&fact->record, &state->id))
			take_trigger(work, fact);
		else
			work->facts[kept++] = fact;
	}
	work->count = kept;
	kept = 0;
	if (state->trigger != NULL)
		trigger = state->trigger->payload->summit_trigger;
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (trigger != NULL && fact->payload != NULL &&
		    summit_of_kind(
			fact, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST) &&
		    canon_is_id(&trigger->asked, &fact->record))
			work->out->asked = fact;
		else if (fact->payload == NULL || !belongs(work, fact))
			summit_refuse(work, fact, REASON_SUMMIT_OTHER);
		else if (trigger == NULL)
			summit_refuse(work, fact, REASON_SUMMIT_NO_TRIGGER);
		else
			work->facts[kept++] = fact;
	}
	work->count = kept;
}

static enum err follow(struct summit_work *work)
{
	enum err err = summit_find_sides(work);

	if (err == ERR_OK)
		err = summit_find_ring(work);
	if (err == ERR_OK)
		err = summit_find_judgements(work);
	if (err == ERR_OK)
		err = summit_find_meetings(work);
	if (err == ERR_OK)
		err = summit_find_actions(work);
	if (err == ERR_OK)
		err = summit_find_said(work);
	return err ? err : summit_find_end(work);
}

/* PROTOCOL.md M638: "What a summit is MUST follow from the set of records held
 * about it and the kinds that the rosters state alone, whatever the order in
 * which they came, and however often." */
enum err summit_evaluate(const struct id32 *summit,
    const struct summit_party *parties, size_t party_count,
    const struct summit_fact *facts, size_t count, struct summit_state *out)
{
	struct summit_work work = {
		.parties = parties, .party_count = party_count, .out = out
	};
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	out->id = *summit;
	err = collect(&work, facts, count);
	if (err == ERR_OK)
		split(&work);
	if (err == ERR_OK && out->trigger != NULL)
		err = follow(&work);
	if (err == ERR_OK && out->refused_count > 0)
		qsort(out->refused, out->refused_count, sizeof *out->refused,
		    compare_notice);
	free(work.facts);
	free(work.reigns);
	if (err != ERR_OK)
		summit_clear(out);
	return err;
}

void summit_clear(struct summit_state *state)
{
	free(state->sides);
	free(state->candidates);
	free(state->holders);
	free(state->meetings);
	free(state->entries);
	free(state->actions);
	free(state->judgements);
	free(state->impacts);
	free(state->objections);
	free(state->stand_downs);
	free(state->missed);
	free(state->refused);
	memset(state, 0, sizeof *state);
}

/*
 * Questions.
 */

static int compare_side(const void *key, const void *item)
{
	const struct summit_side *side = item;

	return id_compare(key, &side->organisation);
}

const struct summit_side *summit_side(
    const struct summit_state *state, const struct id32 *organisation)
{
	return state->side_count == 0
	           ? NULL
	           : bsearch(organisation, state->sides, state->side_count,
			 sizeof *state->sides, compare_side);
}

struct summit_side *summit_side_of(
    struct summit_work *work, const struct id32 *organisation)
{
	struct summit_state *state = work->out;
	const struct summit_side *side = summit_side(state, organisation);

	return side == NULL ? NULL : &state->sides[side - state->sides];
}

const struct summit_holder *summit_holds(const struct summit_state *state)
{
	return state->holder_count == 0
	           ? NULL
	           : &state->holders[state->holder_count - 1];
}

const struct id32 *summit_chair(const struct summit_state *state)
{
	const struct summit_holder *holder = summit_holds(state);

	if (holder != NULL)
		return &holder->organisation;
	return state->trigger == NULL ? NULL : &state->trigger->author;
}

const struct summit_candidate *summit_candidate(
    const struct summit_state *state, const struct id32 *organisation)
{
	for (size_t i = 0; i < state->candidate_count; i++) {
		const struct summit_candidate *candidate =
		    &state->candidates[i];

		if (candidate->term == state->ring_term &&
		    id_equal(&candidate->organisation, organisation))
			return candidate;
	}
	return NULL;
}

const struct summit_meeting *summit_meeting(
    const struct summit_state *state, const struct id32 *record)
{
	for (size_t i = 0; i < state->meeting_count; i++) {
		if (id_equal(&state->meetings[i].called->record, record))
			return &state->meetings[i];
	}
	return NULL;
}
