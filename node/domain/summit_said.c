/* Questions of impact, checks, objections and missed clocks. */
#include "codec/canon.h"
#include "domain/summit_words.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

/*
 * Impact.
 */

static const Qsg__SummitImpact *impact_of(const struct summit_fact *fact)
{
	return fact->payload->summit_impact;
}

static bool is_impact(const struct summit_fact *fact)
{
	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT);
}

static bool is_answer(const struct summit_fact *fact)
{
	return impact_of(fact)->asked.len > 0;
}

static int compare_record(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;

	return id_compare(&(*left)->record, &(*right)->record);
}

static int compare_key(const void *key, const void *item)
{
	const struct summit_fact *const *question = item;

	return id_compare(key, &(*question)->record);
}

struct questions {
	const struct summit_fact **items; /* that count, by record */
	size_t count;
};

/* NQB 5: "As part of a Risk Summit, the CQC can ask the other members of the
 * QSG to carry out a rapid impact assessment of any potential regulatory action
 * it is considering, such as closing a service, where it would find this
 * analysis useful." PROTOCOL.md M625: "A question of impact MUST count from
 * everybody in the circle, and an answer from everybody in the circle or
 * invited, if the question that it names counts." */
static enum err collect_questions(
    struct summit_work *work, struct questions *questions)
{
	questions->items =
	    summit_room(work, sizeof(const struct summit_fact *));
	if (questions->items == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (is_impact(fact) && !is_answer(fact) &&
		    summit_side_of(work, &fact->author)->circle)
			questions->items[questions->count++] = fact;
	}
	if (questions->count > 0)
		qsort(questions->items, questions->count,
		    sizeof *questions->items, compare_record);
	return ERR_OK;
}

static bool answers_one(
    const struct questions *questions, const struct summit_fact *fact)
{
	struct id32 asked;

	return questions->count > 0 &&
	       canon_take_id(&impact_of(fact)->asked, &asked) &&
	       bsearch(&asked, questions->items, questions->count,
		   sizeof *questions->items, compare_key) != NULL;
}

/* Facts of one author follow each other. */
static bool answered_newer(const struct summit_work *work, size_t at)
{
	const struct summit_fact *answer = work->facts[at];
	struct id32 asked;

	(void)canon_take_id(&impact_of(answer)->asked, &asked);
	for (size_t i = at + 1; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (!summit_same_author(answer, fact))
			break;
		if (is_impact(fact) &&
		    canon_is_id(&impact_of(fact)->asked, &asked))
			return true;
	}
	return false;
}

static enum reason why_no_impact(
    struct summit_work *work, const struct questions *questions, size_t at)
{
	const struct summit_fact *fact = work->facts[at];
	const struct summit_side *side = summit_side_of(work, &fact->author);

	if (!is_answer(fact) && side->circle)
		return REASON_NONE;
	if (!is_answer(fact))
		return side->provider ? REASON_BY_PROVIDER
		                      : REASON_SUMMIT_INVITED;
	if (!answers_one(questions, fact))
		return REASON_SUMMIT_NO_QUESTION;
	return answered_newer(work, at) ? REASON_SUMMIT_NEWER : REASON_NONE;
}

/*
 * Checks.
 */

/* Of one check, how far its answerer is before others: 1 the trigger's author,
 * more a ring-holder, of a later term more. */
struct answerer {
	size_t rank;
	const struct summit_fact *answer;
};

static size_t rank_of(
    const struct summit_work *work, const struct summit_fact *fact)
{
	size_t reign = summit_reign_of(work, fact);

	if (reign > 0)
		return reign + 1;
	return summit_is_trigger_author(work, fact) ? 1 : 0;
}

/* The check's place among the three; all of them for another word. */
static size_t check_at(const char *check)
{
	size_t at = 0;

	while (at < SUMMIT_CHECKS &&
	       strcmp(check, summit_checks()->words[at].token) != 0)
		at++;
	return at;
}

/* PROTOCOL.md M628: "A check MUST be answered by the chair: the ring-holder,
 * and until there is one the trigger's author; of several answers that of the
 * holder of the latest term that gave one MUST count, the newest of it." */
static void take_check(struct summit_work *work, struct answerer *best,
    const struct summit_fact *fact)
{
	const Qsg__SummitCheck *said = fact->payload->summit_check;
	size_t at = check_at(said->check);
	size_t rank = rank_of(work, fact);

	if (at == SUMMIT_CHECKS ||
	    !summit_check_takes(said->check, said->answer)) {
		summit_refuse(work, fact, REASON_SUMMIT_WORD);
	} else if (rank == 0) {
		summit_refuse(work, fact, REASON_SUMMIT_CHAIR);
	} else if (rank < best[at].rank) {
		summit_refuse(work, fact, REASON_SUMMIT_NEWER);
	} else {
		if (best[at].answer != NULL)
			summit_refuse(
			    work, best[at].answer, REASON_SUMMIT_NEWER);
		best[at] = (struct answerer){ rank, fact };
	}
}

/* NQB 5: "As a matter of routine, consideration should be given as to whether
 * any professional standards issues have arisen and if so whether a referral
 * needs to be made to the relevant professional regulator." "Where the concerns
 * in question involve a potential adult safeguarding issue, the chair of the
 * discussion must ensure that the relevant local authority safeguarding adults
 * protocol is followed." "Where the concerns involve a potential child
 * safeguarding issue, the chair must ensure that the relevant Local
 * Safeguarding Children Board is formally notified and engaged so that the QSG
 * works within the statutory framework for child safeguarding." PROTOCOL.md
 * M629:
 * "The three checks, on professional standards, adult safeguarding and child
 * safeguarding, MUST be due once a judgement counts, and MUST be shown as open
 * until they are answered by something else than that something arises." */
static void settle_checks(struct summit_work *work, const struct answerer *best)
{
	struct summit_state *state = work->out;

	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		const struct summit_fact *answer = best[i].answer;
		struct summit_checked *check = &state->checks[i];

		check->answer = answer;
		check->due = state->judgement_count > 0;
		check->open = check->due &&
		              (answer == NULL ||
				  !summit_check_closes(
				      answer->payload->summit_check->answer));
	}
}

/*
 * Missed clocks.
 */

static const Qsg__SummitMissed *missed_of(const struct summit_fact *fact)
{
	return fact->payload->summit_missed;
}

static bool same_clock(
    const Qsg__SummitMissed *one, const Qsg__SummitMissed *other)
{
	return strcmp(one->clock, other->clock) == 0 &&
	       one->due_ms == other->due_ms && one->of.len == other->of.len &&
	       memcmp(one->of.data, other->of.data, one->of.len) == 0;
}

bool summit_has_missed(const struct summit_state *state,
    const struct id32 *author, const Qsg__SummitMissed *missed)
{
	for (size_t i = state->missed_count; i > 0; i--) {
		const struct summit_fact *fact = state->missed[i - 1];

		if (id_equal(&fact->author, author) &&
		    same_clock(missed_of(fact), missed))
			return true;
	}
	return false;
}

/* PROTOCOL.md M630: "That a clock was missed MUST count from everybody in the
 * circle, of each author once for one clock and time, and nothing that comes
 * later MUST take it back." */
static enum reason why_not_missed(
    struct summit_work *work, const struct summit_fact *fact)
{
	const struct summit_state *state = work->out;
	const struct summit_side *side = summit_side_of(work, &fact->author);

	if (!side->circle)
		return side->provider ? REASON_BY_PROVIDER
		                      : REASON_SUMMIT_INVITED;
	if (!vocab_has(summit_clocks(), span_text(missed_of(fact)->clock)))
		return REASON_SUMMIT_WORD;
	/* This author's come last. */
	for (size_t i = state->missed_count; i > 0; i--) {
		const struct summit_fact *before = state->missed[i - 1];

		if (!summit_same_author(before, fact))
			break;
		if (same_clock(missed_of(before), missed_of(fact)))
			return REASON_SUMMIT_AGAIN;
	}
	return REASON_NONE;
}

static void take(struct summit_work *work, const struct summit_fact *fact,
    enum reason why, const struct summit_fact **list, size_t *count)
{
	if (why == REASON_NONE)
		list[(*count)++] = fact;
	else
		summit_refuse(work, fact, why);
}

static void take_all(struct summit_work *work,
    const struct questions *questions, struct answerer *best)
{
	struct summit_state *state = work->out;

	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (is_impact(fact))
			take(work, fact, why_no_impact(work, questions, i),
			    state->impacts, &state->impact_count);
		else if (summit_of_kind(
			     fact, QSG__PAYLOAD__CONTENT_SUMMIT_CHECK))
			take_check(work, best, fact);
		else if (summit_of_kind(
			     fact, QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION))
			take(work, fact, REASON_NONE, state->objections,
			    &state->objection_count);
		else if (summit_of_kind(
			     fact, QSG__PAYLOAD__CONTENT_SUMMIT_MISSED))
			take(work, fact, why_not_missed(work, fact),
			    state->missed, &state->missed_count);
	}
}

enum err summit_find_said(struct summit_work *work)
{
	struct summit_state *state = work->out;
	struct questions questions = { 0 };
	struct answerer best[SUMMIT_CHECKS] = { 0 };
	enum err err = collect_questions(work, &questions);

	state->impacts = summit_room(work, sizeof(const struct summit_fact *));
	state->objections =
	    summit_room(work, sizeof(const struct summit_fact *));
	state->missed = summit_room(work, sizeof(const struct summit_fact *));
	if (state->impacts == NULL || state->objections == NULL ||
	    state->missed == NULL)
		err = ERR_MEM;
	if (err == ERR_OK) {
		take_all(work, &questions, best);
		settle_checks(work, best);
	}
	free(questions.items);
	return err;
}
