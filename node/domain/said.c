#include "domain/said.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"
#include "domain/plain.h"
#include "domain/provider.h"

#include <string.h>

#define DAY_MS 86400000LL

static bool is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

bool said_is(const Qsg__Payload *payload)
{
	switch (payload->content_case) {
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
	case QSG__PAYLOAD__CONTENT_REQUEST:
	case QSG__PAYLOAD__CONTENT_ANSWER:
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_FINDING:
		return true;
	case QSG__PAYLOAD__CONTENT_AUDIENCE:
	case QSG__PAYLOAD__CONTENT_CLOSED:
	case QSG__PAYLOAD__CONTENT_INTELLIGENCE:
	case QSG__PAYLOAD__CONTENT_INDICATORS:
	case QSG__PAYLOAD__CONTENT_OVERRIDE:
	case QSG__PAYLOAD__CONTENT_RECEIPT:
	case QSG__PAYLOAD__CONTENT_EXPORT:
	case QSG__PAYLOAD__CONTENT_ROSTER:
	case QSG__PAYLOAD__CONTENT_MEMBERSHIP:
	case QSG__PAYLOAD__CONTENT_SUCCESSION:
	case QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER:
	case QSG__PAYLOAD__CONTENT_RELATION:
	case QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY:
	case QSG__PAYLOAD__CONTENT_POLICY:
	case QSG__PAYLOAD__CONTENT_DECISION:
	case QSG__PAYLOAD__CONTENT_GRANT:
	case QSG__PAYLOAD__CONTENT_ONWARD_REQUEST:
	case QSG__PAYLOAD__CONTENT_ONWARD_ANSWER:
	case QSG__PAYLOAD__CONTENT_RETRACTION:
	case QSG__PAYLOAD__CONTENT_ERASURE:
	case QSG__PAYLOAD__CONTENT_ERASURE_ANSWER:
	case QSG__PAYLOAD__CONTENT_ACTIVITY:
	case QSG__PAYLOAD__CONTENT_FOI_REQUEST:
	case QSG__PAYLOAD__CONTENT_FOI_DECISION:
	case QSG__PAYLOAD__CONTENT_FOI_CONSULTATION:
	case QSG__PAYLOAD__CONTENT_FOI_VIEW:
	case QSG__PAYLOAD__CONTENT_RETENTION:
	case QSG__PAYLOAD__CONTENT_OPENED:
	case QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER:
	case QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST:
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
	case QSG__PAYLOAD__CONTENT_ALARM_SEEN:
	case QSG__PAYLOAD__CONTENT_ACTION:
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
	case QSG__PAYLOAD__CONTENT__NOT_SET:
	case _QSG__PAYLOAD__CONTENT__CASE_IS_INT_SIZE:
		break;
	}
	return false;
}

enum reference said_about(Qsg__Payload__ContentCase which)
{
	if (which == QSG__PAYLOAD__CONTENT_CORROBORATION)
		return REFERENCE_CORROBORATES;
	if (which == QSG__PAYLOAD__CONTENT_FEEDBACK)
		return REFERENCE_FEEDBACK_ON;
	return which == QSG__PAYLOAD__CONTENT_ANSWER ? REFERENCE_ANSWERS
	                                             : REFERENCE_UNKNOWN;
}

/* PROTOCOL.md M357: "A corroboration of a record, or feedback on it, MUST count
 * only when its author is a reader of that record and not the record's own
 * author." PROTOCOL.md M358: "An answer MUST count only when the request that
 * it names is an information request and was sealed to the answer's author by
 * somebody else; any other MUST be kept and shown as not counting, with the
 * reason." PROTOCOL.md M372: "What an organisation says about a record of its
 * own, or about one that it cannot read, and an answer to what is no request,
 * MUST be shown and not counted." */
const char *said_why_not(
    Qsg__Payload__ContentCase which, const struct said_target *target)
{
	bool answer = which == QSG__PAYLOAD__CONTENT_ANSWER;

	if (answer && !target->request)
		return "what it answers is no information request";
	if (target->own)
		return answer ? "by the organisation that asked"
		              : "by the record's own author";
	if (!target->readable)
		return answer ? "by an organisation that was not asked"
		              : "by an organisation that the record was not "
		                "shared with";
	return NULL;
}

int64_t said_age_ms(int64_t created_ms, int64_t now_ms)
{
	return now_ms > created_ms ? now_ms - created_ms : 0;
}

bool said_is_past(const Qsg__InformationRequest *request, int64_t now_ms)
{
	struct span by = span_text(request->answer_by);
	int64_t first_ms = 0;

	return when_is_date(by) && when_parse(by, &first_ms) == ERR_OK &&
	       now_ms - first_ms >= DAY_MS;
}

const struct vocab *said_values(struct span what)
{
	static const struct {
		const char *what;
		const struct vocab *(*words)(void);
	} values[] = {
		{ "rating", vocab_rating },
		{ "finding", vocab_standard },
		{ "enforcement", vocab_enforcement },
		{ "intervention", vocab_intervention },
		{ "restriction", vocab_restriction },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		if (span_equal(what, span_text(values[i].what)))
			return values[i].words();
	}
	return NULL;
}

size_t said_texts(const Qsg__Payload *payload, char **out[SAID_TEXTS])
{
	size_t count = 0;

	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
		out[count++] = &payload->corroboration->text;
		break;
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
		out[count++] = &payload->feedback->text;
		break;
	case QSG__PAYLOAD__CONTENT_REQUEST:
		out[count++] = &payload->request->purpose;
		out[count++] = &payload->request->already_held;
		out[count++] = &payload->request->theme;
		break;
	case QSG__PAYLOAD__CONTENT_ANSWER:
		out[count++] = &payload->answer->text;
		break;
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
		out[count++] = &payload->judgement->text;
		break;
	case QSG__PAYLOAD__CONTENT_FINDING:
		out[count++] = &payload->finding->text;
		out[count++] = &payload->finding->published;
		break;
	default: /* not one of ours: said_is */
		break;
	}
	return count;
}

/*
 * Author side.
 */

/* A text that has to be there. */
static enum err check_needed(const char *what, const char *text)
{
	if (plain_is_blank(text))
		return err_set(ERR_INPUT, "%s is needed", what);
	return plain_check_text(what, text);
}

static enum err check_provider(const char *provider)
{
	if (is_set(provider) && provider_code_valid(span_text(provider)))
		return ERR_OK;
	return err_set(ERR_INPUT,
	    "provider must be an ODS code of 3 to 8 capital letters and "
	    "digits, such as RAL, or a local id such as "
	    "local:care-home/merton-1");
}

static enum err check_optional(const struct vocab *vocab, const char *token)
{
	return is_set(token) ? vocab_require(vocab, span_text(token)) : ERR_OK;
}

static enum err check_corroboration(const Qsg__Corroboration *said)
{
	enum err err = check_needed("the text", said->text);

	return err ? err : check_optional(vocab_source(), said->source);
}

static enum err check_feedback(const Qsg__Feedback *said)
{
	enum err err = check_needed("the text", said->text);

	return err ? err : check_optional(vocab_outcome(), said->outcome);
}

static enum err check_request(
    const Qsg__InformationRequest *said, int64_t now_ms)
{
	enum err err = ERR_OK;

	if (!is_set(said->provider) && !is_set(said->theme))
		return err_set(ERR_INPUT,
		    "say what it is about: a provider's ODS code, such as RAL, "
		    "or a theme");
	if (is_set(said->provider))
		err = check_provider(said->provider);
	if (err == ERR_OK)
		err = plain_check_line("the theme", said->theme);
	if (err == ERR_OK)
		err = check_needed("the purpose", said->purpose);
	if (err == ERR_OK)
		err = plain_check_text(
		    "what is already held", said->already_held);
	if (err == ERR_OK)
		err = plain_check_coming(
		    "the day to answer by", said->answer_by, now_ms);
	return err;
}

static enum err check_answer(const Qsg__InformationAnswer *said)
{
	enum err err = vocab_require(vocab_verdict(), span_text(said->verdict));

	if (err == ERR_OK && strcmp(said->verdict, "refused") == 0)
		return check_needed("the reason of a refusal", said->text);
	if (err == ERR_OK && strcmp(said->verdict, "answered") == 0)
		return check_needed("the text", said->text);
	return err ? err : plain_check_text("the text", said->text);
}

static enum err check_judgement(const Qsg__Judgement *said)
{
	enum err err = check_provider(said->provider);

	if (err == ERR_OK)
		err = vocab_require(vocab_view(), span_text(said->view));
	return err ? err : check_needed("the text", said->text);
}

static enum err check_question(const Qsg__Finding *said)
{
	if (is_set(said->question) && strcmp(said->what, "rating") != 0)
		return err_set(
		    ERR_INPUT, "only a rating is of one of the five questions");
	return check_optional(vocab_question(), said->question);
}

static enum err check_finding(const Qsg__Finding *said, int64_t now_ms)
{
	enum err err = check_provider(said->provider);

	if (err == ERR_OK)
		err = vocab_require(vocab_finding(), span_text(said->what));
	if (err == ERR_OK)
		err = vocab_require(
		    said_values(span_text(said->what)), span_text(said->value));
	if (err == ERR_OK)
		err = check_question(said);
	if (err == ERR_OK)
		err = check_needed("the text", said->text);
	if (err == ERR_OK)
		err = plain_check_past(
		    "the day it was decided", said->decided_on, now_ms);
	return err ? err
	           : plain_check_line("where it is published", said->published);
}

/* All free texts of a content together. */
static size_t text_size(const Qsg__Payload *payload)
{
	char **texts[SAID_TEXTS];
	size_t count = said_texts(payload, texts);
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += is_set(*texts[i]) ? strlen(*texts[i]) : 0;
	return size;
}

enum err said_check(const Qsg__Payload *payload, int64_t now_ms)
{
	if (text_size(payload) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT,
		    "the text may be %u bytes; this is %zu", LIMIT_TEXT_BYTES,
		    text_size(payload));
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
		return check_corroboration(payload->corroboration);
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
		return check_feedback(payload->feedback);
	case QSG__PAYLOAD__CONTENT_REQUEST:
		return check_request(payload->request, now_ms);
	case QSG__PAYLOAD__CONTENT_ANSWER:
		return check_answer(payload->answer);
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
		return check_judgement(payload->judgement);
	case QSG__PAYLOAD__CONTENT_FINDING:
		return check_finding(payload->finding, now_ms);
	default: /* said_is */
		return err_set(ERR_STATE, "not said about anything");
	}
}

/*
 * Reader side.
 */

/* A word of some vocabulary, perhaps a later one. */
static bool is_word(const char *token)
{
	return is_set(token) && text_is_token(span_text(token));
}

static bool is_word_or_empty(const char *token)
{
	return !is_set(token) || is_word(token);
}

static bool is_provider(const char *provider)
{
	return is_set(provider) &&
	       provider_code_acceptable(span_text(provider));
}

static bool request_fits(const Qsg__InformationRequest *said)
{
	return (is_set(said->provider) ? is_provider(said->provider)
				       : is_set(said->theme)) &&
	       is_set(said->purpose) && is_word_or_empty(said->answer_by);
}

static bool finding_fits(const Qsg__Finding *said)
{
	return is_provider(said->provider) && is_word(said->what) &&
	       is_word(said->value) && is_word_or_empty(said->question) &&
	       is_word_or_empty(said->decided_on) && is_set(said->text);
}

/* PROTOCOL.md M356: "A request MUST say its purpose, and a provider or a theme;
 * a judgement its provider and view; a finding its provider, what it is and its
 * value; a corroboration, feedback, a judgement and a finding their text." */
static bool fields_fit(const Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
		return is_set(payload->corroboration->text) &&
		       is_word_or_empty(payload->corroboration->source);
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
		return is_set(payload->feedback->text) &&
		       is_word_or_empty(payload->feedback->outcome);
	case QSG__PAYLOAD__CONTENT_REQUEST:
		return request_fits(payload->request);
	case QSG__PAYLOAD__CONTENT_ANSWER:
		return is_word(payload->answer->verdict);
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
		return is_provider(payload->judgement->provider) &&
		       is_word(payload->judgement->view) &&
		       is_set(payload->judgement->text);
	case QSG__PAYLOAD__CONTENT_FINDING:
		return finding_fits(payload->finding);
	default: /* said_is */
		return false;
	}
}

/* PROTOCOL.md M355: "A corroboration MUST refer to exactly one record by
 * `corroborates`, feedback by `feedback-on`, an answer by `answers`." */
static bool references_fit(const Qsg__Payload *payload)
{
	enum reference about = said_about(payload->content_case);
	size_t count = 0;

	for (size_t i = 0; i < payload->n_references; i++)
		count +=
		    reference_named(payload->references[i]->relation) == about;
	return about == REFERENCE_UNKNOWN || count == 1;
}

enum err said_acceptable(const Qsg__Payload *payload)
{
	if (!content_within_limits(payload) ||
	    text_size(payload) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT, "a field over its limit");
	if (!fields_fit(payload))
		return err_set(
		    ERR_FORMAT, "a field that is missing or malformed");
	if (!references_fit(payload))
		return err_set(
		    ERR_FORMAT, "not about exactly one other record");
	return ERR_OK;
}
