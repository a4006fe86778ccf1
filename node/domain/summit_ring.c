/* Who holds the ring, term by term. */
#include "codec/canon.h"
#include "domain/group.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

/* What one side comes to in one term. */
struct standing {
	bool nominated;
	const struct summit_fact *accepted; /* the first; NULL */
	const struct summit_fact *word;     /* its last accept or decline */
	const struct summit_fact *taking;   /* its first; NULL */
	size_t voices;
};

struct ring {
	struct summit_work *work;
	const struct summit_fact **facts; /* by term, author, place */
	size_t count;
	struct standing *standings; /* one for each side */
	uint32_t term;
	size_t first, end;                /* the facts of this term */
	const struct summit_fact *handed; /* what began it; NULL in term 1 */
};

static const Qsg__SummitRing *ring_of(const struct summit_fact *fact)
{
	return fact->payload->summit_ring;
}

static bool act_is(const struct summit_fact *fact, const char *act)
{
	return strcmp(ring_of(fact)->act, act) == 0;
}

static int compare(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;
	int order = 0;

	if (ring_of(*left)->term != ring_of(*right)->term)
		return ring_of(*left)->term > ring_of(*right)->term ? 1 : -1;
	order = id_compare(&(*left)->author, &(*right)->author);
	if (order != 0)
		return order;
	return summit_after(*left, *right) - summit_after(*right, *left);
}

/* The elector that an act names. */
static struct summit_side *named(
    struct summit_work *work, const struct summit_fact *fact)
{
	struct summit_side *side = NULL;
	struct id32 whom;

	if (canon_take_id(&ring_of(fact)->organisation, &whom))
		side = summit_side_of(work, &whom);
	return side != NULL && side->votes ? side : NULL;
}

/* NQB 5: "the different parts of the system should determine which organisation
 * should 'hold the ring' according to the particular circumstances." */
static enum reason why_unfit(
    struct summit_work *work, const struct summit_fact *fact)
{
	const struct summit_side *author = summit_side_of(work, &fact->author);
	bool names = act_is(fact, "nominate") || act_is(fact, "agree") ||
	             act_is(fact, "hand-over");

	if (author->provider)
		return REASON_BY_PROVIDER;
	if (!author->circle)
		return REASON_SUMMIT_INVITED;
	if (!author->votes)
		return REASON_SUMMIT_NO_VOICE;
	if (names)
		return named(work, fact) == NULL ||
		               (act_is(fact, "hand-over") &&
				   canon_is_id(&ring_of(fact)->organisation,
				       &fact->author))
		           ? REASON_SUMMIT_UNFIT
		           : REASON_NONE;
	if (act_is(fact, "accept") || act_is(fact, "decline"))
		return REASON_NONE;
	if (!act_is(fact, "take"))
		return REASON_SUMMIT_WORD;
	return group_kind_convenes(span_text(author->party->kind->token))
	           ? REASON_NONE
	           : REASON_SUMMIT_DEFAULT;
}

static enum err collect(struct ring *ring)
{
	struct summit_work *work = ring->work;

	ring->facts = summit_room(work, sizeof(const struct summit_fact *));
	ring->standings =
	    calloc(work->out->side_count, sizeof *ring->standings);
	work->out->candidates =
	    summit_room(work, sizeof *work->out->candidates);
	work->out->holders = summit_room(work, sizeof *work->out->holders);
	work->reigns = summit_room(work, sizeof *work->reigns);
	if (ring->facts == NULL || ring->standings == NULL ||
	    work->out->candidates == NULL || work->out->holders == NULL ||
	    work->reigns == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];
		enum reason why = REASON_NONE;

		if (!summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_RING))
			continue;
		why = why_unfit(work, fact);
		if (why == REASON_NONE)
			ring->facts[ring->count++] = fact;
		else
			summit_refuse(work, fact, why);
	}
	if (ring->count > 0)
		qsort(ring->facts, ring->count, sizeof *ring->facts, compare);
	return ERR_OK;
}

static struct standing *standing_of(
    struct ring *ring, const struct summit_side *side)
{
	return &ring->standings[side - ring->work->out->sides];
}

/* PROTOCOL.md M612: "In each term an elector MUST have one voice: the first
 * that it gave in its own order." Facts of one author follow each other. */
static void count_voice(struct ring *ring, size_t at)
{
	struct summit_work *work = ring->work;
	const struct summit_fact *fact = ring->facts[at];

	for (size_t i = at; i > ring->first; i--) {
		const struct summit_fact *before = ring->facts[i - 1];

		if (!summit_same_author(before, fact))
			break;
		if (act_is(before, "agree")) {
			summit_refuse(work, fact, REASON_SUMMIT_VOICED);
			return;
		}
	}
	standing_of(ring, named(work, fact))->voices++;
	summit_side_of(work, &fact->author)->voice = fact;
}

static void take_act(struct ring *ring, size_t at)
{
	const struct summit_fact *fact = ring->facts[at];
	struct standing *own =
	    standing_of(ring, summit_side_of(ring->work, &fact->author));

	if (act_is(fact, "nominate"))
		standing_of(ring, named(ring->work, fact))->nominated = true;
	else if (act_is(fact, "agree"))
		count_voice(ring, at);
	else if (act_is(fact, "take") && own->taking == NULL)
		own->taking = fact;
	else if (act_is(fact, "take"))
		summit_refuse(ring->work, fact, REASON_SUMMIT_AGAIN);
	else if (act_is(fact, "accept") && own->accepted == NULL)
		own->accepted = fact;
	if (act_is(fact, "accept") || act_is(fact, "decline"))
		own->word = fact;
}

/*
 * Who holds it in one term.
 */

static bool is_handed(struct ring *ring, const struct summit_side *side)
{
	return ring->handed != NULL && named(ring->work, ring->handed) == side;
}

/* PROTOCOL.md M613: "An organisation MUST be taken as agreed once an elector
 * nominated it, it accepted, and more than half of the electors gave it their
 * voices, each for this term." PROTOCOL.md M614: "What a candidate said last
 * MUST count, until more than half of the electors agree to it or the ring is
 * handed to it; then one acceptance MUST be enough, so that no later word
 * undoes what was done under its ring." */
static bool is_agreed(struct ring *ring, const struct summit_side *side)
{
	const struct standing *standing = standing_of(ring, side);

	return standing->nominated && standing->accepted != NULL &&
	       standing->voices >= ring->work->out->votes_needed;
}

static bool accepts(struct ring *ring, const struct summit_side *side)
{
	const struct standing *standing = standing_of(ring, side);

	if (is_agreed(ring, side) || is_handed(ring, side))
		return standing->accepted != NULL;
	return standing->word != NULL && act_is(standing->word, "accept");
}

/* NQB 5: "To avoid unnecessary delay and confusion, if for some reason the
 * parties cannot agree on who should 'hold the ring', the default should be
 * that the NHS Commissioning Board takes on this role." PROTOCOL.md M615: "Only
 * NHS England MUST be taken as holding the ring by default, and only by its own
 * record; of several takings in one term that of the group's convenor MUST
 * count, else the one of the lowest record id." */
static const struct summit_side *default_side(struct ring *ring)
{
	const struct summit_state *state = ring->work->out;
	const struct summit_side *best = NULL;

	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];
		const struct summit_fact *taking =
		    standing_of(ring, side)->taking;

		if (taking == NULL)
			continue;
		if (best == NULL ||
		    (side->party->convenes && !best->party->convenes) ||
		    (side->party->convenes == best->party->convenes &&
			id_compare(&taking->record,
			    &standing_of(ring, best)->taking->record) < 0))
			best = side;
	}
	return best;
}

static void hold(struct ring *ring, const struct summit_side *side,
    const struct summit_fact *from, const char *how)
{
	struct summit_state *state = ring->work->out;

	ring->work->reigns[state->holder_count].from = from;
	state->holders[state->holder_count++] =
	    (struct summit_holder){ .term = ring->term,
		    .organisation = side->organisation,
		    .record = from->record,
		    .how = how };
}

/* PROTOCOL.md M616: "In one term who is agreed MUST be taken as holding the
 * ring, else who was handed it and accepted, else who took it by default." */
static bool find_holder(struct ring *ring)
{
	const struct summit_state *state = ring->work->out;
	const struct summit_side *side = NULL;

	for (size_t i = 0; i < state->side_count; i++) {
		side = &state->sides[i];
		if (is_agreed(ring, side)) {
			hold(ring, side, standing_of(ring, side)->accepted,
			    "agreed");
			return true;
		}
	}
	side = ring->handed == NULL ? NULL : named(ring->work, ring->handed);
	if (side != NULL && accepts(ring, side)) {
		hold(ring, side, standing_of(ring, side)->accepted,
		    "handed-over");
		return true;
	}
	side = default_side(ring);
	if (side != NULL)
		hold(ring, side, standing_of(ring, side)->taking, "default");
	return side != NULL;
}

static void list_candidates(struct ring *ring)
{
	struct summit_state *state = ring->work->out;

	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];
		const struct standing *standing = standing_of(ring, side);
		bool handed = is_handed(ring, side);

		if (!standing->nominated && !handed && standing->taking == NULL)
			continue;
		state->candidates[state->candidate_count++] =
		    (struct summit_candidate){ .term = ring->term,
			    .organisation = side->organisation,
			    .nominated = standing->nominated,
			    .accepted = accepts(ring, side),
			    .declined = standing->word != NULL &&
			                act_is(standing->word, "decline"),
			    .voices = standing->voices,
			    .handed = handed,
			    .took = standing->taking != NULL };
	}
}

/* PROTOCOL.md M617: "The next term MUST begin with the first handing over that
 * its holder recorded in a term after it had taken the ring, and with nothing
 * else; until somebody holds the ring in it, the holder of the term before
 * MUST." */
static const struct summit_fact *find_handing(struct ring *ring, bool held)
{
	const struct summit_fact *found = NULL;
	const struct summit_fact *from = NULL;

	if (held)
		from =
		    ring->work->reigns[ring->work->out->holder_count - 1].from;
	for (size_t i = ring->first; i < ring->end; i++) {
		const struct summit_fact *fact = ring->facts[i];

		if (!act_is(fact, "hand-over"))
			continue;
		if (from == NULL || !summit_same_author(fact, from) ||
		    !summit_after(fact, from))
			summit_refuse(
			    ring->work, fact, REASON_SUMMIT_NO_HOLDER);
		else if (found != NULL)
			summit_refuse(ring->work, fact, REASON_SUMMIT_HANDED);
		else
			found = fact;
	}
	return found;
}

/* The facts of the term that is looked at, after those of the one before. */
static void bound_term(struct ring *ring)
{
	ring->first = ring->end;
	while (ring->end < ring->count &&
	       ring_of(ring->facts[ring->end])->term == ring->term)
		ring->end++;
}

static void begin_term(struct ring *ring)
{
	struct summit_state *state = ring->work->out;

	ring->term++;
	state->ring_term = ring->term;
	bound_term(ring);
	memset(ring->standings, 0, state->side_count * sizeof *ring->standings);
	for (size_t i = 0; i < state->side_count; i++)
		state->sides[i].voice = NULL;
	for (size_t i = ring->first; i < ring->end; i++)
		take_act(ring, i);
}

static void follow_terms(struct ring *ring)
{
	struct summit_state *state = ring->work->out;
	bool begun = true;

	/* Terms count from 1: whatever names 0 was never begun. */
	bound_term(ring);
	for (size_t i = ring->first; i < ring->end; i++)
		summit_refuse(ring->work, ring->facts[i], REASON_SUMMIT_TERM);
	while (begun) {
		bool held = false;

		begin_term(ring);
		list_candidates(ring);
		held = find_holder(ring);
		ring->handed = find_handing(ring, held);
		begun = ring->handed != NULL;
		if (begun)
			ring->work->reigns[state->holder_count - 1].handed =
			    ring->handed;
	}
	for (size_t i = ring->end; i < ring->count; i++)
		summit_refuse(ring->work, ring->facts[i], REASON_SUMMIT_TERM);
}

enum err summit_find_ring(struct summit_work *work)
{
	struct ring ring = { .work = work };
	enum err err = collect(&ring);

	if (err == ERR_OK)
		follow_terms(&ring);
	free(ring.facts);
	free(ring.standings);
	return err;
}

/* PROTOCOL.md M618: "What is the ring-holder's to record MUST count from
 * whoever held the ring, after it took it and, once another holds it, before it
 * handed it over, as its own log has them." */
size_t summit_reign_of(
    const struct summit_work *work, const struct summit_fact *fact)
{
	for (size_t i = work->out->holder_count; i > 0; i--) {
		const struct summit_reign *reign = &work->reigns[i - 1];

		if (!summit_same_author(reign->from, fact) ||
		    !summit_after(fact, reign->from))
			continue;
		if (i == work->out->holder_count ||
		    summit_after(reign->handed, fact))
			return i;
	}
	return 0;
}
