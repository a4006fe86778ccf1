/* Who is in a summit, and as what. */
#include "codec/canon.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

static int compare_side(const void *a, const void *b)
{
	const struct summit_side *left = a;
	const struct summit_side *right = b;
	int order = id_compare(&left->organisation, &right->organisation);

	/* Of one organisation its greatest part first. */
	if (order == 0)
		order = (int)right->part - (int)left->part;
	if (order == 0 && left->invitation != NULL && right->invitation != NULL)
		order = id_compare(
		    &left->invitation->record, &right->invitation->record);
	return order;
}

static void add(struct summit_work *work, const struct id32 *organisation,
    enum summit_part part, const char *reason)
{
	struct summit_state *state = work->out;

	state->sides[state->side_count++] = (struct summit_side){
		.organisation = *organisation, .part = part, .reason = reason
	};
}

/* PROTOCOL.md M601: "In the circle of a summit MUST be taken its trigger's
 * author, the members of the group that it names and those whom it summons, and
 * nobody else." PROTOCOL.md M602: "A provider MUST NOT be taken as in the
 * circle, whoever calls it." */
static void settle(const struct summit_work *work, struct summit_side *side)
{
	const struct summit_party *party =
	    summit_party_of(work, &side->organisation);

	side->party = party;
	side->provider = party != NULL && party->kind != NULL &&
	                 party->kind->category == ORG_PROVIDER;
	if (side->provider)
		side->part = SUMMIT_INVITED;
	side->circle = side->part != SUMMIT_INVITED;
	/* NQB 5: "The party identified as 'holding the ring' should be
	 * legitimate and have the capability and capacity to perform the role."
	 * PROTOCOL.md M610: "Those who choose the ring-holder, and of whom it
	 * is one, MUST be the statutory organisations in the circle, and nobody
	 * else." Whether it has the capacity, those who choose it know. */
	side->votes = side->circle && party != NULL && party->kind != NULL &&
	              party->statutory;
}

/* Ascending, each once. */
static void sort_sides(struct summit_work *work)
{
	struct summit_state *state = work->out;
	size_t kept = 0;

	qsort(state->sides, state->side_count, sizeof *state->sides,
	    compare_side);
	for (size_t i = 0; i < state->side_count; i++) {
		if (kept == 0 || !id_equal(&state->sides[kept - 1].organisation,
				     &state->sides[i].organisation))
			state->sides[kept++] = state->sides[i];
	}
	state->side_count = kept;
	for (size_t i = 0; i < kept; i++)
		settle(work, &state->sides[i]);
}

static void call(struct summit_work *work)
{
	const struct summit_fact *fact = work->out->trigger;
	const Qsg__SummitTrigger *trigger = fact->payload->summit_trigger;
	struct id32 id;

	add(work, &fact->author, SUMMIT_TRIGGERED, "");
	for (size_t i = 0; i < trigger->n_summoned; i++) {
		if (canon_take_id(&trigger->summoned[i]->organisation, &id))
			add(work, &id, SUMMIT_SUMMONED,
			    trigger->summoned[i]->reason);
	}
	for (size_t i = 0; i < work->party_count; i++) {
		if (work->parties[i].member && trigger->group.len > 0)
			add(work, &work->parties[i].organisation,
			    SUMMIT_ALERTED, "");
	}
	sort_sides(work);
}

/* NQB 5: "There may be a need to involve other parties in the Risk Summit",
 * "and so involvement of these other parties should be determined locally
 * according to the circumstances." PROTOCOL.md M603: "An invitation MUST count
 * only from the circle and for the provider that the trigger names; it MUST NOT
 * make anybody part of the circle, nor take anybody out of it." */
static enum reason why_no_invitation(
    struct summit_work *work, const struct summit_fact *fact)
{
	const Qsg__SummitInvitation *said = fact->payload->summit_invitation;
	const struct summit_side *author = summit_side_of(work, &fact->author);
	struct id32 whom;

	if (author == NULL)
		return REASON_SUMMIT_OUTSIDER;
	if (!author->circle)
		return author->provider ? REASON_BY_PROVIDER
		                        : REASON_SUMMIT_INVITED;
	if (strcmp(said->provider,
		work->out->trigger->payload->summit_trigger->provider) != 0)
		return REASON_SUMMIT_PROVIDER;
	return canon_take_id(&said->organisation, &whom) ? REASON_NONE
	                                                 : REASON_SUMMIT_WORD;
}

static bool is_invitation(const struct summit_fact *fact)
{
	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION);
}

/* All are judged by the circle before anybody is added. */
static void judge_invitations(struct summit_work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];
		enum reason why = is_invitation(fact)
		                      ? why_no_invitation(work, fact)
		                      : REASON_NONE;

		if (why == REASON_NONE)
			work->facts[kept++] = fact;
		else
			summit_refuse(work, fact, why);
	}
	work->count = kept;
}

static void invite(struct summit_work *work)
{
	struct summit_state *state = work->out;
	size_t kept = 0;

	judge_invitations(work);
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];
		struct id32 whom;

		if (!is_invitation(fact)) {
			work->facts[kept++] = fact;
			continue;
		}
		(void)canon_take_id(
		    &fact->payload->summit_invitation->organisation, &whom);
		add(work, &whom, SUMMIT_INVITED, "");
		state->sides[state->side_count - 1].invitation = fact;
	}
	work->count = kept;
	sort_sides(work);
}

/* PROTOCOL.md M604: "A record of a summit by an organisation that is neither in
 * its circle nor invited MUST NOT count." What is said of an action by its
 * owner is judged with the action. */
static void leave_out_outsiders(struct summit_work *work)
{
	size_t kept = 0;

	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (summit_of_kind(fact, QSG__PAYLOAD__CONTENT_ACTION_STEP) ||
		    summit_side_of(work, &fact->author) != NULL)
			work->facts[kept++] = fact;
		else
			summit_refuse(work, fact, REASON_SUMMIT_OUTSIDER);
	}
	work->count = kept;
}

enum err summit_find_sides(struct summit_work *work)
{
	const Qsg__SummitTrigger *trigger =
	    work->out->trigger->payload->summit_trigger;
	size_t most = 1 + trigger->n_summoned + work->party_count + work->count;

	work->out->sides = calloc(most, sizeof *work->out->sides);
	if (work->out->sides == NULL)
		return err_set(ERR_MEM, "out of memory");
	call(work);
	invite(work);
	leave_out_outsiders(work);
	for (size_t i = 0; i < work->out->side_count; i++)
		work->out->votes_needed += work->out->sides[i].votes ? 1 : 0;
	work->out->votes_needed = work->out->votes_needed / 2 + 1;
	return ERR_OK;
}
