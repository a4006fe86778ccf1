/* Author side: may it be said, and now? */
#include "codec/canon.h"
#include "codec/when.h"
#include "domain/group.h"
#include "domain/plain.h"
#include "domain/summit.h"
#include "domain/summit_words.h"

#include <inttypes.h>
#include <string.h>

#define YEAR_MS (366LL * 86400000LL)

struct asked {
	const struct summit_state *state;
	const struct summit_now *now;
	const struct id32 *author;
	const struct summit_side *side; /* the author's */
	const Qsg__Payload *payload;
};

static enum err deny(enum reason why)
{
	return err_set(ERR_DENIED, "%s", reason_text(why));
}

static bool holds(const struct asked *asked)
{
	const struct summit_holder *holder = summit_holds(asked->state);

	return holder != NULL && id_equal(&holder->organisation, asked->author);
}

static enum err need(const char *what, const char *text)
{
	return plain_is_blank(text) ? err_set(ERR_INPUT, "%s is needed", what)
	                            : ERR_OK;
}

/* Of the circle, and no provider. */
static enum err need_circle(const struct asked *asked)
{
	if (asked->side->provider)
		return deny(REASON_BY_PROVIDER);
	return asked->side->circle ? ERR_OK : deny(REASON_SUMMIT_INVITED);
}

/*
 * Judging.
 */

static enum err may_judge(const struct asked *asked)
{
	const char *finding = asked->payload->summit_judgement->finding;
	bool cqc = asked->side->party != NULL &&
	           asked->side->party->kind != NULL &&
	           strcmp(asked->side->party->kind->token, "cqc") == 0;
	enum err err = need_circle(asked);

	if (err == ERR_OK && !cqc &&
	    vocab_has(vocab_standard(), span_text(finding)))
		return err_set(ERR_DENIED,
		    "findings on the standards are CQC's alone: say "
		    "serious-failing, potential-serious-failing or none");
	if (err == ERR_OK)
		err = vocab_require(cqc ? vocab_standard() : summit_findings(),
		    span_text(finding));
	return err ? err
	           : need("the text", asked->payload->summit_judgement->text);
}

static enum err may_ask_impact(const struct asked *asked)
{
	const Qsg__SummitImpact *said = asked->payload->summit_impact;
	enum err err = ERR_OK;

	if (said->asked.len == 0) {
		err = need_circle(asked);
		return err ? err
		           : need("the action that is considered",
				 said->considered);
	}
	for (size_t i = 0; i < asked->state->impact_count; i++) {
		const struct summit_fact *fact = asked->state->impacts[i];

		if (canon_is_id(&said->asked, &fact->record) &&
		    fact->payload->summit_impact->asked.len == 0)
			return need("the text", said->text);
	}
	return err_set(
	    ERR_NOTFOUND, "no question of this summit has that record id");
}

/*
 * The ring.
 */

/* Whom it names, one that may hold the ring. */
static enum err need_elector(const struct asked *asked, struct id32 *whom)
{
	const Qsg__SummitRing *said = asked->payload->summit_ring;
	const struct summit_side *side = NULL;

	if (!canon_take_id(&said->organisation, whom))
		return err_set(ERR_INPUT, "say which organisation");
	side = summit_side(asked->state, whom);
	return side != NULL && side->votes
	           ? ERR_OK
	           : err_set(ERR_DENIED,
			 "it may not hold the ring: that is for the statutory "
			 "organisations that were alerted, and for no provider "
			 "and nobody invited");
}

static enum err may_agree(const struct asked *asked)
{
	const struct summit_candidate *candidate = NULL;
	struct id32 whom;
	enum err err = need_elector(asked, &whom);

	if (err != ERR_OK)
		return err;
	if (asked->side->voice != NULL)
		return err_set(ERR_STATE,
		    "this organisation gave its voice in this term, and it "
		    "stays: another term begins when the ring is handed over");
	candidate = summit_candidate(asked->state, &whom);
	if (candidate == NULL)
		return err_set(ERR_STATE,
		    "it is not nominated in this term: nominate it first");
	return candidate->accepted
	           ? ERR_OK
	           : err_set(ERR_STATE,
			 candidate->declined
			     ? "it declined to hold the ring"
			     : "it has not accepted to hold the ring yet: it "
			       "has to say so first");
}

static enum err may_answer(const struct asked *asked)
{
	return summit_candidate(asked->state, asked->author) != NULL
	           ? ERR_OK
	           : err_set(ERR_STATE,
			 "nobody has nominated this organisation in this term, "
			 "or handed it the ring");
}

static enum err may_hand_over(const struct asked *asked)
{
	const struct summit_holder *holder = summit_holds(asked->state);
	struct id32 whom;

	if (!holds(asked))
		return deny(REASON_SUMMIT_NO_HOLDER);
	if (holder->term < asked->state->ring_term)
		return err_set(ERR_STATE,
		    "the ring is handed over already: until somebody takes it "
		    "this organisation holds it");
	if (canon_is_id(
		&asked->payload->summit_ring->organisation, asked->author))
		return err_set(ERR_INPUT,
		    "this organisation holds the ring: name another");
	return need_elector(asked, &whom);
}

/* PROTOCOL.md M619: "A node MUST NOT take the ring by default before the time
 * of the charter since the first judgement is out, nor where somebody holds it
 * in that term." */
static enum err may_take(const struct asked *asked)
{
	const struct summit_party *party = asked->side->party;

	if (!group_kind_convenes(span_text(party->kind->token)))
		return deny(REASON_SUMMIT_DEFAULT);
	if (asked->now->ring_out_ms == 0)
		return err_set(ERR_STATE,
		    "the time to agree on who holds the ring is not out: it "
		    "begins with the first judgement");
	if (asked->now->now_ms < asked->now->ring_out_ms)
		return err_set(ERR_STATE,
		    "the time to agree on who holds the ring is not out: it "
		    "runs until %s",
		    when_utc(asked->now->ring_out_ms).text);
	return ERR_OK;
}

static enum err may_ring(const struct asked *asked)
{
	const Qsg__SummitRing *said = asked->payload->summit_ring;
	const struct summit_holder *holder = summit_holds(asked->state);
	struct id32 whom;
	enum err err = need_circle(asked);

	if (err == ERR_OK && !asked->side->votes)
		err = deny(REASON_SUMMIT_NO_VOICE);
	if (err == ERR_OK)
		err = vocab_require(summit_ring_acts(), span_text(said->act));
	if (err != ERR_OK)
		return err;
	if (said->term != asked->state->ring_term)
		return err_set(ERR_STATE,
		    "the term of the ring is now %" PRIu32,
		    asked->state->ring_term);
	if (strcmp(said->act, "hand-over") == 0)
		return may_hand_over(asked);
	if (holder != NULL && holder->term == said->term)
		return err_set(ERR_STATE,
		    "somebody holds the ring in this term: the holder hands it "
		    "over");
	if (strcmp(said->act, "nominate") == 0)
		return need_elector(asked, &whom);
	if (strcmp(said->act, "agree") == 0)
		return may_agree(asked);
	return strcmp(said->act, "take") == 0 ? may_take(asked)
	                                      : may_answer(asked);
}

static enum err may_invite(const struct asked *asked)
{
	const Qsg__SummitInvitation *said = asked->payload->summit_invitation;
	const struct summit_side *side = NULL;
	struct id32 whom;
	enum err err = need_circle(asked);

	if (err != ERR_OK)
		return err;
	if (strcmp(said->provider,
		asked->state->trigger->payload->summit_trigger->provider) != 0)
		return deny(REASON_SUMMIT_PROVIDER);
	if (!canon_take_id(&said->organisation, &whom))
		return err_set(ERR_INPUT, "say which organisation to invite");
	side = summit_side(asked->state, &whom);
	return side != NULL && side->circle
	           ? err_set(ERR_EXISTS, "it is in the summit already")
	           : ERR_OK;
}

/*
 * Meetings.
 */

/* NQB 5: they meet "within 24/48 hours of the judgements". PROTOCOL.md M626: "A
 * node MUST NOT call a meeting for a time that is past or more than a year
 * away."
 */
static enum err check_time(const struct asked *asked)
{
	int64_t at_ms = asked->payload->summit_meeting->at_ms;

	if (at_ms <= asked->now->now_ms)
		return err_set(
		    ERR_INPUT, "that time is past: name a later one");
	if (at_ms - asked->now->now_ms > YEAR_MS)
		return err_set(ERR_INPUT,
		    "that is more than a year away: name an earlier "
		    "time");
	return ERR_OK;
}

static enum err check_moved(const struct asked *asked)
{
	const Qsg__SummitMeeting *said = asked->payload->summit_meeting;
	const struct summit_meeting *moved = NULL;
	struct id32 record;

	if (!canon_take_id(&said->replaces, &record))
		return ERR_OK;
	moved = summit_meeting(asked->state, &record);
	if (moved == NULL)
		return err_set(ERR_NOTFOUND,
		    "no meeting of this summit has that record id");
	if (moved->replaced_by != NULL)
		return err_set(
		    ERR_STATE, "it was moved already: move the later one");
	if (strcmp(moved->called->payload->summit_meeting->purpose,
		said->purpose) != 0)
		return err_set(
		    ERR_INPUT, "a meeting is moved to one of the same purpose");
	return holds(asked) || id_equal(&moved->called->author, asked->author)
	           ? ERR_OK
	           : deny(REASON_SUMMIT_CALLER);
}

static enum err may_call(const struct asked *asked)
{
	const Qsg__SummitMeeting *said = asked->payload->summit_meeting;
	bool triggered =
	    id_equal(&asked->state->trigger->author, asked->author);
	enum err err =
	    vocab_require(summit_purposes(), span_text(said->purpose));

	if (err == ERR_OK && !holds(asked) &&
	    !(triggered && strcmp(said->purpose, "judging") == 0))
		err = err_set(ERR_DENIED,
		    "a meeting to judge is called by whoever triggered the "
		    "summit, any by the ring-holder");
	if (err == ERR_OK)
		err = check_time(asked);
	if (err == ERR_OK)
		err = plain_check_line("the place", said->place);
	return err ? err : check_moved(asked);
}

static enum err check_people(const Qsg__SummitEntry *said)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < said->n_people && err == ERR_OK; i++) {
		const Qsg__SummitPerson *person = said->people[i];

		err = plain_check_line("the role", person->role);
		if (err == ERR_OK)
			err = plain_check_line("the name", person->name);
		if (err == ERR_OK && person->until_ms != 0 &&
		    person->until_ms < person->from_ms)
			err = err_set(ERR_INPUT,
			    "somebody leaves before coming: see the times");
	}
	return err;
}

/* Agreement and dissent are to a note of that meeting. */
static enum err check_word(
    const Qsg__SummitEntry *said, const struct summit_meeting *meeting)
{
	for (size_t i = 0; i < meeting->entry_count; i++) {
		const struct summit_fact *fact = meeting->entries[i];

		if (canon_is_id(&said->note, &fact->record) &&
		    strcmp(fact->payload->summit_entry->act, "note") == 0)
			return strcmp(said->act, "dissent") == 0
			           ? need("the text of a dissent", said->text)
			           : ERR_OK;
	}
	return deny(REASON_SUMMIT_NO_NOTE);
}

static enum err may_enter(const struct asked *asked)
{
	const Qsg__SummitEntry *said = asked->payload->summit_entry;
	const struct summit_meeting *meeting = NULL;
	struct id32 record;
	enum err err = vocab_require(summit_entry_acts(), span_text(said->act));

	if (err != ERR_OK)
		return err;
	if (canon_take_id(&said->meeting, &record))
		meeting = summit_meeting(asked->state, &record);
	if (meeting == NULL)
		return err_set(ERR_NOTFOUND,
		    "no meeting of this summit has that record id");
	if (strcmp(said->act, "attend") == 0)
		return check_people(said);
	if (strcmp(said->act, "note") != 0)
		return check_word(said, meeting);
	if (!id_equal(&meeting->called->author, asked->author))
		return deny(REASON_SUMMIT_NOTE);
	return need("the text", said->text);
}

/*
 * Checks, and standing down.
 */

static enum err may_check(const struct asked *asked)
{
	const Qsg__SummitCheck *said = asked->payload->summit_check;
	enum err err = vocab_require(summit_checks(), span_text(said->check));

	if (err == ERR_OK)
		err = vocab_require(
		    summit_check_answers(), span_text(said->answer));
	if (err != ERR_OK)
		return err;
	if (!id_equal(summit_chair(asked->state), asked->author))
		return deny(REASON_SUMMIT_CHAIR);
	if (!summit_check_takes(said->check, said->answer))
		return err_set(ERR_INPUT,
		    "%s is no answer to %s: nothing-arises, arises, and of "
		    "professional-standards referred, of adult-safeguarding "
		    "protocol-followed, of child-safeguarding board-engaged",
		    said->answer, said->check);
	return strcmp(said->answer, "nothing-arises") == 0
	           ? ERR_OK
	           : need("who was told, and when,", said->text);
}

static bool considers(const Qsg__Payload *payload, const struct id32 *record)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		if (strcmp(payload->references[i]->relation, "considers") ==
			0 &&
		    canon_is_id(&payload->references[i]->record, record))
			return true;
	}
	return false;
}

/* The names of what is open, by the first bytes of an action's id. */
static enum err list_open(const struct summit_state *state, struct buf *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < SUMMIT_CHECKS && err == ERR_OK; i++) {
		if (state->checks[i].open)
			err = buf_printf(out, "%s%s", out->size > 0 ? ", " : "",
			    summit_checks()->words[i].token);
	}
	for (size_t i = 0; i < state->action_count && err == ERR_OK; i++) {
		const struct summit_action *action = &state->actions[i];
		const uint8_t *id = action->set->record.b;

		if (action->holds && !action->done)
			err = buf_printf(out, "%saction %02x%02x%02x%02x",
			    out->size > 0 ? ", " : "", id[0], id[1], id[2],
			    id[3]);
	}
	if (err == ERR_OK && state->breach_open)
		err = buf_printf(out, "%sCQC's action on the breach",
		    out->size > 0 ? ", " : "");
	return err;
}

static enum err check_considered(const struct asked *asked)
{
	const struct summit_state *state = asked->state;
	bool all = true;

	for (size_t i = 0; i < state->judgement_count; i++)
		all = all &&
		      considers(asked->payload, &state->judgements[i]->record);
	for (size_t i = 0; i < state->action_count &&
			   asked->payload->n_references < SUMMIT_CONSIDERS;
	     i++)
		all = all && (!state->actions[i].holds ||
				 considers(asked->payload,
				     &state->actions[i].set->record));
	return all ? ERR_OK
	           : err_set(ERR_STATE,
			 "it does not consider all judgements and actions");
}

/* PROTOCOL.md M636: "A node MUST NOT stand a summit down while a check, an
 * action that holds it open or a breach is open, and MUST name them; and what
 * it records MUST consider every judgement that counts and every action that
 * somebody of the circle set, of these as many as make 896 with the
 * judgements." Else whoever is invited could set so many that no record names
 * them all. */
static enum err may_stand_down(const struct asked *asked)
{
	struct buf open = { 0 };
	enum err err = ERR_OK;

	if (!holds(asked))
		return err_set(
		    ERR_DENIED, "only the ring-holder stands a summit down");
	err = need("the reason", asked->payload->summit_stand_down->reason);
	if (err == ERR_OK)
		err = list_open(asked->state, &open);
	if (err == ERR_OK && open.size > 0)
		err = err_set(ERR_STATE,
		    "still open: %s; each is answered, closed or handed over "
		    "first",
		    buf_text(&open));
	buf_clear(&open);
	return err ? err : check_considered(asked);
}

static enum err may_object(const struct asked *asked)
{
	const Qsg__SummitObjection *said = asked->payload->summit_objection;
	struct id32 to;

	if (!canon_take_id(&said->to, &to))
		return err_set(ERR_INPUT, "say which record it objects to");
	return need("the text", said->text);
}

static enum err may_respond(const struct asked *asked)
{
	return vocab_require(summit_answers(),
	    span_text(asked->payload->summit_response->answer));
}

static enum err may_miss(const struct asked *asked)
{
	const Qsg__SummitMissed *said = asked->payload->summit_missed;
	enum err err = need_circle(asked);

	if (err == ERR_OK &&
	    summit_has_missed(asked->state, asked->author, said))
		err = deny(REASON_SUMMIT_AGAIN);
	return err ? err
	           : vocab_require(summit_clocks(), span_text(said->clock));
}

/* After it has stood down, only a judgement or an action opens it again; what
 * is said about it goes on. */
static bool needs_open(const Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		return true;
	default: /* may be said at any time */
		return false;
	}
}

static enum err may_say(const struct asked *asked)
{
	static const struct {
		Qsg__Payload__ContentCase which;
		enum err (*may)(const struct asked *asked);
	} rules[] = {
		{ QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, may_respond },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, may_judge },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT, may_ask_impact },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_RING, may_ring },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, may_invite },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, may_call },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, may_enter },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, may_check },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, may_stand_down },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION, may_object },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_MISSED, may_miss },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (rules[i].which == asked->payload->content_case)
			return rules[i].may(asked);
	}
	return err_set(ERR_STATE, "not said of a summit that has begun");
}

enum err summit_may(const struct summit_state *state,
    const struct summit_now *now, const struct id32 *author,
    const Qsg__Payload *payload)
{
	struct asked asked = { state, now, author, NULL, payload };
	const ProtobufCBinaryData *summit = summit_of(payload);
	enum err err = ERR_OK;

	if (state->trigger == NULL)
		return deny(REASON_SUMMIT_NO_TRIGGER);
	if (summit == NULL || !canon_is_id(summit, &state->id))
		return deny(REASON_SUMMIT_OTHER);
	asked.side = summit_side(state, author);
	if (asked.side == NULL)
		return err_set(
		    ERR_DENIED, "this organisation is not in the summit");
	if (state->phase == SUMMIT_STOOD_DOWN && needs_open(payload))
		return err_set(ERR_STATE,
		    "this summit has stood down: a judgement or an action "
		    "opens it again");
	err = summit_check_texts(payload);
	if (err == ERR_OK)
		err = may_say(&asked);
	if (err == ERR_OK && !summit_acceptable(payload))
		err = err_set(ERR_LIMIT,
		    "it lacks a text, or is larger than a record of a summit "
		    "may be");
	return err;
}
