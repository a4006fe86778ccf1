#include "domain/foi.h"

#include "base/limits.h"
#include "codec/text.h"
#include "domain/plain.h"
#include "domain/reference.h"

#include <string.h>

static const struct vocab_word kinds[] = {
	{ "foi", "freedom of information",
	    "a request under the Freedom of Information Act" },
	{ "subject-access", "subject access",
	    "a person asks for what is held about them" },
};

static const struct vocab_word verdicts[] = {
	{ "disclose", "disclose", "given out whole" },
	{ "withhold", "withhold", "not given out; say under which exemption" },
	{ "partly", "disclose in part",
	    "given out in part; say under which exemption the rest is not" },
};

static const struct vocab_word views[] = {
	{ "no-objection", "no objection", "its author does not object" },
	{ "objection", "objection",
	    "its author objects, and says why; the holder decides" },
};

#define VOCAB(name, words)                                                     \
	{                                                                      \
		(name), (words), sizeof(words) / sizeof((words)[0])            \
	}

const struct vocab *foi_kinds(void)
{
	static const struct vocab vocab = VOCAB("kind", kinds);

	return &vocab;
}

const struct vocab *foi_verdicts(void)
{
	static const struct vocab vocab = VOCAB("verdict", verdicts);

	return &vocab;
}

const struct vocab *foi_views(void)
{
	static const struct vocab vocab = VOCAB("view", views);

	return &vocab;
}

/*
 * Author side.
 */

static enum err check_text(const char *what, const char *text, bool needed)
{
	if (needed && plain_is_blank(text))
		return err_set(ERR_INPUT, "%s is needed", what);
	if (strlen(text) > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT, "%s may be %u bytes; this is %zu",
		    what, LIMIT_TEXT_BYTES, strlen(text));
	return plain_check_text(what, text);
}

static enum err check_request(const Qsg__FoiRequest *said, int64_t now_ms)
{
	enum err err = vocab_require(foi_kinds(), span_text(said->kind));

	if (err == ERR_OK && said->received_on[0] == '\0')
		err = err_set(ERR_INPUT, "the day it was received is needed");
	if (err == ERR_OK)
		err = plain_check_past(
		    "the day it was received", said->received_on, now_ms);
	return err ? err : check_text("what is asked for", said->text, true);
}

static enum err check_decision(const Qsg__FoiDecision *said)
{
	bool whole = strcmp(said->verdict, "disclose") == 0;
	enum err err = vocab_require(foi_verdicts(), span_text(said->verdict));

	if (err == ERR_OK && whole && said->exemption[0] != '\0')
		err = err_set(ERR_INPUT,
		    "what is disclosed whole is under no exemption: say partly "
		    "or withhold, or leave the exemption out");
	if (err == ERR_OK && !whole && plain_is_blank(said->exemption))
		err = err_set(ERR_INPUT,
		    "say under which exemption, such as \"s.41 information "
		    "provided in confidence\"");
	if (err == ERR_OK)
		err = plain_check_line("the exemption", said->exemption);
	return err ? err : check_text("the reason", said->reason, !whole);
}

static enum err check_view(const Qsg__FoiView *said)
{
	enum err err = vocab_require(foi_views(), span_text(said->verdict));
	bool objects = strcmp(said->verdict, "objection") == 0;

	return err ? err
	           : check_text(
			 "the reason of an objection", said->text, objects);
}

enum err foi_check(const Qsg__Payload *payload, int64_t now_ms)
{
	const Qsg__FoiConsultation *asked = payload->foi_consultation;
	enum err err = ERR_OK;

	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_FOI_REQUEST:
		return check_request(payload->foi_request, now_ms);
	case QSG__PAYLOAD__CONTENT_FOI_DECISION:
		return check_decision(payload->foi_decision);
	case QSG__PAYLOAD__CONTENT_FOI_CONSULTATION:
		err = check_text("what the author is asked", asked->text, true);
		return err ? err
		           : plain_check_coming("the day to answer by",
				 asked->answer_by, now_ms);
	case QSG__PAYLOAD__CONTENT_FOI_VIEW:
		return check_view(payload->foi_view);
	default: /* not one of ours */
		return err_set(ERR_STATE, "that is not about information law");
	}
}

enum err foi_check_closing(const char *reason)
{
	return check_text("how it was answered", reason, true);
}

/* FOIA 77(1): "... is guilty of an offence if he alters, defaces, blocks,
 * erases, destroys or conceals any record held by the public authority, with
 * the intention of preventing the disclosure ..." */
const char *foi_offence(const char *kind)
{
	if (strcmp(kind, "foi") == 0)
		return "to delete what somebody has asked for, so that it is "
		       "not given out, is an offence under section 77 of the "
		       "Freedom of Information Act 2000";
	if (strcmp(kind, "subject-access") == 0)
		return "to delete what a person has asked for about "
		       "themselves, so that it is not given out, is an offence "
		       "under section 173 of the Data Protection Act 2018";
	return "to delete what somebody has asked for, so that it is not given "
	       "out, is an offence under section 77 of the Freedom of "
	       "Information Act 2000 and section 173 of the Data Protection "
	       "Act 2018";
}

/*
 * Reader side.
 */

static size_t count_references(const Qsg__Payload *payload, enum reference how)
{
	size_t count = 0;

	for (size_t i = 0; i < payload->n_references; i++)
		count +=
		    reference_named(payload->references[i]->relation) == how;
	return count;
}

/* PROTOCOL.md M480: "A consultation that does not name exactly one record by
 * `consults`, and a view that does not name exactly one by
 * `answers-consultation` or says no verdict, MUST be kept as unreadable." */
bool foi_acceptable(const Qsg__Payload *payload)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_FOI_CONSULTATION)
		return count_references(payload, REFERENCE_CONSULTS) == 1;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_FOI_VIEW)
		return count_references(
			   payload, REFERENCE_ANSWERS_CONSULTATION) == 1 &&
		       text_is_token(span_text(payload->foi_view->verdict));
	return true;
}

char **foi_text(Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_FOI_REQUEST:
		return &payload->foi_request->text;
	case QSG__PAYLOAD__CONTENT_FOI_DECISION:
		return &payload->foi_decision->reason;
	case QSG__PAYLOAD__CONTENT_FOI_CONSULTATION:
		return &payload->foi_consultation->text;
	case QSG__PAYLOAD__CONTENT_FOI_VIEW:
		return &payload->foi_view->text;
	default: /* not one of ours */
		return NULL;
	}
}
