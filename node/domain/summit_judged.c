/* What each says of the summit: whether it comes, and what it finds. */
#include "domain/summit_words.h"
#include "domain/summit_work.h"

#include <string.h>

/*
 * Responses.
 */

static enum summit_answer answer_of(const char *token)
{
	static const struct {
		const char *token;
		enum summit_answer answer;
	} answers[] = {
		{ "attending", SUMMIT_ATTENDING },
		{ "sending-information", SUMMIT_SENDING },
		{ "nothing-held", SUMMIT_NOTHING_HELD },
	};

	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		if (strcmp(token, answers[i].token) == 0)
			return answers[i].answer;
	}
	return SUMMIT_NO_ANSWER;
}

/* PROTOCOL.md M605: "Of the responses of one organisation, of its judgements,
 * of its answers to one question and of its words to one note the one that
 * comes last in its own order MUST count, beside those of others and never in
 * their place." PROTOCOL.md M606: "Whoever has not responded MUST be shown so,
 * and never as holding nothing." */
static void take_response(
    struct summit_work *work, const struct summit_fact *fact)
{
	enum summit_answer answer =
	    answer_of(fact->payload->summit_response->answer);
	struct summit_side *side = summit_side_of(work, &fact->author);

	if (answer == SUMMIT_NO_ANSWER) {
		summit_refuse(work, fact, REASON_SUMMIT_WORD);
		return;
	}
	if (side->response != NULL)
		summit_refuse(work, side->response, REASON_SUMMIT_NEWER);
	side->response = fact;
	side->answer = answer;
}

/*
 * Judgements.
 */

static const char *finding_of(const struct summit_fact *fact)
{
	return fact->payload->summit_judgement->finding;
}

static bool one_of(const char *word, const char *one, const char *other)
{
	return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

bool summit_failing(const struct summit_fact *judgement)
{
	const char *finding = finding_of(judgement);

	return one_of(finding, "breach", "potential-breach") ||
	       one_of(finding, "serious-failing", "potential-serious-failing");
}

/* NQB 5: "CQC will make an independent regulatory judgement, informed by the
 * range of available information and intelligence, as to whether there has been
 * or there is the potential to be a significant breach of the essential
 * standards of quality and safety." PROTOCOL.md M607: "A finding of `breach`,
 * `potential-breach` or `no-breach` MUST count from CQC alone, and from CQC
 * nothing else; from everybody else in the circle `serious-failing`,
 * `potential-serious-failing` or `none`; from providers and from those invited
 * no judgement MUST count." */
static enum reason why_no_judgement(
    const struct summit_side *side, const char *finding)
{
	bool cqc = summit_is_kind(side->party, "cqc");
	bool standards = vocab_has(vocab_standard(), span_text(finding));

	if (side->provider)
		return REASON_BY_PROVIDER;
	if (!side->circle)
		return REASON_SUMMIT_INVITED;
	if (!standards && !vocab_has(summit_findings(), span_text(finding)))
		return REASON_SUMMIT_WORD;
	if (cqc != standards)
		return cqc ? REASON_SUMMIT_OTHERS_WORD : REASON_FINDING;
	return REASON_NONE;
}

static void take_judgement(
    struct summit_work *work, const struct summit_fact *fact)
{
	struct summit_side *side = summit_side_of(work, &fact->author);
	enum reason why = why_no_judgement(side, finding_of(fact));

	if (why != REASON_NONE) {
		summit_refuse(work, fact, why);
		return;
	}
	if (side->judgement != NULL)
		summit_refuse(work, side->judgement, REASON_SUMMIT_NEWER);
	side->judgement = fact;
	side->judgements++;
}

/* NQB 5: "This should facilitate rapid, collective judgements to be taken about
 * quality within the provider organisation in question." PROTOCOL.md M609:
 * "Judgements MUST stand side by side, and MUST NOT be summed up or overridden
 * by a majority." */
enum err summit_find_judgements(struct summit_work *work)
{
	struct summit_state *state = work->out;

	state->judgements =
	    summit_room(work, sizeof(const struct summit_fact *));
	if (state->judgements == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE))
			take_response(work, fact);
		else if (summit_of_kind(
			     fact, QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT))
			take_judgement(work, fact);
	}
	for (size_t i = 0; i < state->side_count; i++) {
		if (state->sides[i].judgement != NULL)
			state->judgements[state->judgement_count++] =
			    state->sides[i].judgement;
	}
	return ERR_OK;
}
