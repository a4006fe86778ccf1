/* Author side: may a summit be triggered, or asked for? */
#include "domain/plain.h"
#include "domain/provider.h"
#include "domain/summit.h"
#include "domain/summit_words.h"

#include <string.h>

enum err summit_check_texts(const Qsg__Payload *payload)
{
	char **texts[SUMMIT_TEXTS];
	size_t count = summit_texts(payload, texts);
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = plain_check_text("the text", *texts[i]);
	return err;
}

static enum err check_subject(
    const char *provider, const char *concern, const char *urgency)
{
	if (!provider_code_valid(span_text(provider)))
		return err_set(ERR_INPUT,
		    "provider must be an ODS code of 3 to 8 capital letters "
		    "and digits, such as RAL, or a local id such as "
		    "local:care-home/merton-1");
	if (plain_is_blank(concern))
		return err_set(ERR_INPUT, "the concern is needed");
	return vocab_require(summit_urgencies(), span_text(urgency));
}

static bool is_author(
    const struct summit_party *author, const Qsg__Summoned *summoned)
{
	return summoned->organisation.len == sizeof author->organisation.b &&
	       memcmp(summoned->organisation.data, author->organisation.b,
		   sizeof author->organisation.b) == 0;
}

/* PROTOCOL.md M627: "A node MUST refuse to record a trigger that would not
 * count, one that names a group which its author has not joined, and one that
 * nobody is told of." */
static enum err check_trigger(
    const struct summit_party *author, const Qsg__SummitTrigger *said)
{
	enum err err =
	    check_subject(said->provider, said->concern, said->urgency);

	if (err != ERR_OK)
		return err;
	if (!author->statutory)
		return err_set(ERR_DENIED,
		    "only a statutory organisation triggers a summit: ask one "
		    "to, with qsg summit request");
	if (said->group.len > 0 && !author->member)
		return err_set(
		    ERR_DENIED, "this organisation has not joined that group");
	if (said->group.len == 0 && said->n_summoned == 0)
		return err_set(ERR_INPUT,
		    "nobody would be told: name a group, or whom to invite");
	for (size_t i = 0; i < said->n_summoned; i++) {
		if (is_author(author, said->summoned[i]))
			return err_set(ERR_INPUT,
			    "whoever triggers a summit is in it: it summons "
			    "others");
	}
	return ERR_OK;
}

enum err summit_may_begin(
    const struct summit_party *author, const Qsg__Payload *payload)
{
	const Qsg__SummitRequest *request = NULL;
	enum err err = summit_check_texts(payload);

	if (err != ERR_OK)
		return err;
	if (author == NULL || author->kind == NULL)
		return err_set(ERR_DENIED,
		    "no roster in force states what this organisation is, so "
		    "that nobody would heed it: join a group first");
	if (author->kind->category == ORG_PROVIDER)
		return err_set(ERR_DENIED,
		    "a provider neither triggers a summit nor asks for one");
	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER)
		return check_trigger(author, payload->summit_trigger);
	if (payload->content_case != QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST)
		return err_set(ERR_STATE, "neither a trigger nor a request");
	request = payload->summit_request;
	if (author->statutory)
		return err_set(ERR_STATE,
		    "this organisation is statutory: it triggers a summit "
		    "itself, with qsg summit trigger");
	return check_subject(
	    request->provider, request->concern, request->urgency);
}

/* Some of what is said in a summit counts from whoever was invited. */
static bool invited_says(const Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		return true;
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		return payload->summit_impact->asked.len > 0;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return strcmp(payload->summit_entry->act, "note") != 0;
	default: /* the circle's */
		return false;
	}
}

enum err summit_may_invited(const Qsg__Payload *payload)
{
	enum err err = summit_check_texts(payload);

	if (err != ERR_OK)
		return err;
	if (!invited_says(payload))
		return err_set(
		    ERR_DENIED, "%s", reason_text(REASON_SUMMIT_INVITED));
	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE)
		err = vocab_require(summit_answers(),
		    span_text(payload->summit_response->answer));
	if (err == ERR_OK &&
	    payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY)
		err = vocab_require(
		    summit_entry_acts(), span_text(payload->summit_entry->act));
	return err != ERR_OK || summit_acceptable(payload)
	           ? err
	           : err_set(ERR_LIMIT,
			 "it lacks a text, or is larger than a record of a "
			 "summit may be");
}
