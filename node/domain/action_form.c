/* What an action and a step of one may say: by its form, and by what became of
 * the action. */
#include "base/limits.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/action.h"
#include "domain/content.h"
#include "domain/plain.h"
#include "domain/provider.h"
#include "domain/vocab.h"

#include <string.h>

#define DAY_MS 86400000LL
#define YEAR_DAYS 366

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static bool is_act(const Qsg__ActionStep *step, const char *act)
{
	return strcmp(step->act, act) == 0;
}

static bool is_id(const ProtobufCBinaryData *bytes)
{
	return bytes->len == sizeof(struct id32);
}

/* NQB 5: "The package of actions taken forward to respond to an actual or
 * potential serious quality failure should aim to:" "rapidly safeguard
 * patients;" "ensure the continued provision of services to the population;
 * and" "begin the process of securing improvements at the provider
 * organisation, including supporting staff as necessary." */
static const struct vocab_word aims[] = {
	{ "safeguard", "safeguard", "rapidly safeguard patients" },
	{ "continuity", "continuity",
	    "ensure the continued provision of services to the population" },
	{ "improvement", "improvement",
	    "begin to secure improvements at the provider, supporting staff "
	    "as necessary" },
};

static const struct vocab_word acts[] = {
	{ "accept", "accept", "take the action on, as its owner" },
	{ "decline", "decline", "do not take it on, with a reason" },
	{ "progress", "progress", "say how it goes" },
	{ "close", "close", "it is done" },
	{ "hand-over", "hand over", "another organisation is to own it" },
	{ "withdraw", "withdraw", "it is no longer to be done" },
	{ "raise", "raise", "tell who convenes the group that it is overdue" },
};

const struct vocab *action_aims(void)
{
	static const struct vocab vocab = { "aim", aims,
		sizeof aims / sizeof aims[0] };

	return &vocab;
}

const struct vocab *action_acts(void)
{
	static const struct vocab vocab = { "act", acts,
		sizeof acts / sizeof acts[0] };

	return &vocab;
}

/*
 * Reader side.
 */

static bool is_word_or_empty(const char *token)
{
	return !is_set(token) || text_is_token(span_text(token));
}

static size_t action_text_size(const Qsg__Action *action)
{
	return strlen(action->what) + strlen(action->section) +
	       strlen(action->numbered) + strlen(action->lead) +
	       strlen(action->due_text) + strlen(action->measure) +
	       strlen(action->plan);
}

static bool action_fits(const Qsg__Action *action)
{
	return is_id(&action->owner) && is_set(action->what) &&
	       action->due_ms >= 0 && is_word_or_empty(action->aim) &&
	       is_word_or_empty(action->kind) &&
	       (!is_set(action->provider) ||
		   provider_code_acceptable(span_text(action->provider))) &&
	       action_text_size(action) <= LIMIT_TEXT_BYTES;
}

static bool step_fits(const Qsg__ActionStep *step)
{
	bool answer = is_act(step, "accept") || is_act(step, "decline");
	bool to = is_act(step, "hand-over") || is_act(step, "raise");

	return is_id(&step->action) && text_is_token(span_text(step->act)) &&
	       (!to || is_id(&step->organisation)) &&
	       (answer || step->offer.len == 0) &&
	       (!is_act(step, "decline") || is_set(step->text));
}

/* PROTOCOL.md M640: "An action that does not say what is to be done and who
 * owns it, or says more than 16 KiB, and a step that names no action, no act,
 * no one to hand it over to or to raise it with, or no reason for declining,
 * MUST be kept as unreadable." */
bool action_acceptable(const Qsg__Payload *payload)
{
	if (!content_within_limits(payload))
		return false;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION)
		return action_fits(payload->action);
	return payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP &&
	       step_fits(payload->action_step);
}

/*
 * Author side.
 */

/* A day may have an hour more or less than others. */
bool action_due(struct span text, bool dates_only, int64_t *due_ms)
{
	struct when next;

	if ((dates_only && !when_is_date(text)) ||
	    when_parse(text, due_ms) != ERR_OK)
		return false;
	if (when_is_date(text)) {
		next = when_date(*due_ms + DAY_MS + DAY_MS / 2);
		if (when_parse(span_text(next.text), due_ms) != ERR_OK)
			return false;
	}
	return *due_ms > 0;
}

static enum err check_needed(const char *what, const char *text)
{
	if (plain_is_blank(text))
		return err_set(ERR_INPUT, "%s is needed", what);
	return plain_check_text(what, text);
}

static enum err check_due(int64_t due_ms, int64_t now_ms)
{
	if (due_ms != 0 && due_ms <= now_ms)
		return err_set(
		    ERR_INPUT, "the due time is over: give one to come");
	if (due_ms != 0 && due_ms - now_ms > YEAR_DAYS * DAY_MS)
		return err_set(ERR_INPUT,
		    "the due time is more than a year away: give a nearer "
		    "one, or leave it out");
	return ERR_OK;
}

static enum err check_words(const Qsg__Action *action)
{
	enum err err = ERR_OK;

	if (is_set(action->aim))
		err = vocab_require(action_aims(), span_text(action->aim));
	if (err == ERR_OK && is_set(action->kind) &&
	    !text_is_token(span_text(action->kind)))
		err = err_set(ERR_INPUT,
		    "the kind must be a word of lower-case letters, digits "
		    "and hyphens, such as contract-notice");
	if (err == ERR_OK && is_set(action->provider) &&
	    !provider_code_valid(span_text(action->provider)))
		err = err_set(ERR_INPUT,
		    "provider must be an ODS code of 3 to 8 capital letters "
		    "and digits, such as RAL, or a local id such as "
		    "local:care-home/merton-1");
	return err;
}

static enum err check_action(const Qsg__Action *action, int64_t now_ms)
{
	const struct {
		const char *what;
		const char *text;
	} texts[] = {
		{ "the section", action->section },
		{ "the number", action->numbered },
		{ "the lead", action->lead },
		{ "the due date's text", action->due_text },
		{ "the measure", action->measure },
		{ "the name of the workplan", action->plan },
	};
	enum err err = check_needed("what is to be done", action->what);

	for (size_t i = 0; err == ERR_OK && i < sizeof texts / sizeof texts[0];
	     i++)
		err = plain_check_text(texts[i].what, texts[i].text);
	if (err == ERR_OK && action_text_size(action) > LIMIT_TEXT_BYTES)
		err = err_set(ERR_LIMIT,
		    "the texts of an action may be %u bytes; these are %zu",
		    LIMIT_TEXT_BYTES, action_text_size(action));
	if (err == ERR_OK)
		err = check_words(action);
	/* A plan says what it says, of what is over, too. */
	return err || is_set(action->plan) ? err
	                                   : check_due(action->due_ms, now_ms);
}

static enum err check_step(const Qsg__ActionStep *step)
{
	enum err err = vocab_require(action_acts(), span_text(step->act));

	if (err)
		return err;
	if (strlen(step->text) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT,
		    "the text may be %u bytes; this is %zu", LIMIT_TEXT_BYTES,
		    strlen(step->text));
	if (is_act(step, "decline"))
		return check_needed("the reason of declining", step->text);
	if (is_act(step, "progress"))
		return check_needed("the text", step->text);
	if (is_act(step, "withdraw"))
		return check_needed("the reason of withdrawing", step->text);
	return plain_check_text("the text", step->text);
}

enum err action_check(const Qsg__Payload *payload, int64_t now_ms)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION)
		return check_action(payload->action, now_ms);
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP)
		return check_step(payload->action_step);
	return err_set(ERR_STATE, "no action, and no step of one");
}

static enum err may_answer(const struct action_state *state,
    const struct id32 *author, const Qsg__ActionStep *step)
{
	const struct summit_fact *offer = action_offer(state, author);
	bool ours = id_equal(author, &state->owner);

	if (step->offer.len > 0 &&
	    (offer == NULL || !canon_is_id(&step->offer, &offer->record)))
		return err_set(ERR_STATE,
		    "that handing over does not wait for your answer");
	if (step->offer.len > 0)
		return ERR_OK;
	if (!ours)
		return err_set(ERR_DENIED,
		    "the action is not yours to accept or decline: its owner "
		    "answers");
	if (state->standing != ACTION_PROPOSED)
		return err_set(ERR_STATE, "the action is %s already",
		    action_standing_token(state->standing));
	return ERR_OK;
}

static enum err may_go_on(const struct action_state *state,
    const struct id32 *author, const Qsg__ActionStep *step)
{
	if (!id_equal(author, &state->owner))
		return err_set(ERR_DENIED,
		    "only the organisation that owns the action says how it "
		    "goes, closes it or hands it over");
	if (state->standing == ACTION_PROPOSED)
		return err_set(ERR_STATE, "accept the action first");
	if (state->standing == ACTION_DECLINED)
		return err_set(ERR_STATE,
		    "you declined the action: who set it withdraws it, or sets "
		    "another");
	if (is_act(step, "hand-over") &&
	    canon_is_id(&step->organisation, author))
		return err_set(ERR_INPUT, "it is yours: name another "
					  "organisation to hand it over to");
	return ERR_OK;
}

static enum err may_withdraw(
    const struct action_state *state, const struct id32 *author)
{
	if (!id_equal(author, &state->set->author))
		return err_set(ERR_DENIED,
		    "an action is withdrawn by the organisation that set it");
	return ERR_OK;
}

enum err action_may(const struct action_state *state, const struct id32 *author,
    const Qsg__ActionStep *step)
{
	if (state->set == NULL)
		return err_set(
		    ERR_STATE, "no action of that record is held here");
	if (state->standing == ACTION_CLOSED ||
	    state->standing == ACTION_WITHDRAWN)
		return err_set(ERR_STATE, "the action is %s",
		    action_standing_token(state->standing));
	if (is_act(step, "accept") || is_act(step, "decline"))
		return may_answer(state, author, step);
	if (is_act(step, "withdraw"))
		return may_withdraw(state, author);
	return is_act(step, "raise") ? ERR_OK : may_go_on(state, author, step);
}
