#include "app/summiting.h"

#include "app/share_args.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "codec/when.h"
#include "domain/summit_words.h"
#include "service/summits_say.h"
#include "view/summit_said.h"

#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 64 };

/* What all that is said is asked with, and what it borrows from. */
struct asked {
	struct ops_core *core;
	const json_t *arguments;
	struct ops_answer *answer;
	struct summits_request request;
	Qsg__Payload payload;
	const char *to[LIMIT_READERS];
	const char *invited[LIMIT_GROUP_MEMBERS];
	const char *without[LIMIT_GROUP_MEMBERS];
	const char *cites[SAYING_CITES];
	const char *grants[SAYING_CITES];
};

static enum err take_lists(const json_t *arguments, struct asked *out)
{
	struct summits_request *request = &out->request;
	enum err err = share_args_read(arguments, out->to, &request->share);
	if (err == ERR_OK) {
		err = ops_texts(arguments, "invite", "organisations",
		    out->invited, LIMIT_GROUP_MEMBERS,
		    &request->calling.invited_count);
	}
	if (err == ERR_OK) {
		err = ops_texts(arguments, "without", "organisations",
		    out->without, LIMIT_GROUP_MEMBERS,
		    &request->calling.without_count);
	}
	if (err == ERR_OK) {
		err = ops_texts(arguments, "records", "records", out->cites,
		    SAYING_CITES, &request->cite_count);
	}
	return err != ERR_OK
	           ? err
	           : ops_texts(arguments, "grant", "records", out->grants,
			 SAYING_CITES, &request->grant_count);
}

static enum err read_asked(struct ops_core *core, const json_t *arguments,
    struct ops_answer *answer, struct asked *out)
{
	memset(out, 0, sizeof(*out));
	out->core = core;
	out->arguments = arguments;
	out->answer = answer;
	qsg__payload__init(&out->payload);
	out->request = (struct summits_request){ .content = &out->payload,
		.summit = ops_text(arguments, "id"),
		.names = ops_text(arguments, "names"),
		.organisation = ops_text(arguments, "organisation"),
		.cites = out->cites,
		.grants = out->grants,
		.calling = { .group = ops_text(arguments, "group"),
		    .invited = out->invited,
		    .without = out->without },
		.anyway = ops_flag(arguments, "anyway") };
	return take_lists(arguments, out);
}

/* A text of the request in a field; "" where it is not given. */
static char *text_of(const struct asked *asked, const char *key)
{
	const char *text = ops_text(asked->arguments, key);
	return canon_lend(text == NULL ? "" : text);
}

typedef enum err (*say_function)(struct node *node,
    const struct summits_request *request, struct summits_result *out);

static enum err finish(struct asked *asked, say_function say)
{
	struct summits_result result = { 0 };
	enum err err = say(asked->core->node, &asked->request, &result);
	asked->answer->json = summit_said_json(
	    asked->core->node, &result, ops_text(asked->arguments, "provider"));
	summits_result_clear(&result);
	return err;
}

/*
 * Beginning one.
 */

enum err summiting_trigger(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitTrigger said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_trigger__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	asked.payload.summit_trigger = &said;
	said.provider = text_of(&asked, "provider");
	said.concern = text_of(&asked, "text");
	said.urgency = text_of(&asked, "urgency");
	return finish(&asked, summits_trigger);
}

enum err summiting_request(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitRequest said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_request__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST;
	asked.payload.summit_request = &said;
	said.provider = text_of(&asked, "provider");
	said.concern = text_of(&asked, "text");
	said.urgency = text_of(&asked, "urgency");
	return finish(&asked, summits_ask);
}

/*
 * In one.
 */

enum err summiting_respond(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitResponse said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_response__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE;
	asked.payload.summit_response = &said;
	said.answer = text_of(&asked, "answer");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

enum err summiting_judge(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitJudgement said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_judgement__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT;
	asked.payload.summit_judgement = &said;
	said.finding = text_of(&asked, "finding");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

enum err summiting_impact(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitImpact said;
	const char *act = ops_text(arguments, "act");
	bool answers = strcmp(act, "answer") == 0;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err == ERR_OK && !answers && strcmp(act, "ask") != 0) {
		err = err_set(ERR_USAGE, "%.32s: say ask or answer", act);
	}
	if (err == ERR_OK && answers != (asked.request.names != NULL)) {
		err = err_set(ERR_USAGE,
		    answers ? "say which question: --question ID"
			    : "a question answers none: leave --question out");
	}
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_impact__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT;
	asked.payload.summit_impact = &said;
	said.considered = text_of(&asked, "considered");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

enum err summiting_ring(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitRing said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err == ERR_OK) {
		err = vocab_require(
		    summit_ring_acts(), span_text(ops_text(arguments, "act")));
	}
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_ring__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_RING;
	asked.payload.summit_ring = &said;
	said.act = text_of(&asked, "act");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

enum err summiting_invite(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitInvitation said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_invitation__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION;
	asked.payload.summit_invitation = &said;
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

/*
 * Meetings.
 */

static enum err take_time(
    const json_t *arguments, const char *key, int64_t *out)
{
	const char *text = ops_text(arguments, key);
	*out = 0;
	return text == NULL ? ERR_OK : when_parse_clock(span_text(text), out);
}

enum err summiting_convene(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitMeeting said;
	enum err err = read_asked(core, arguments, answer, &asked);
	qsg__summit_meeting__init(&said);
	if (err == ERR_OK) {
		err = take_time(arguments, "at", &said.at_ms);
	}
	if (err != ERR_OK) {
		return err;
	}
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_MEETING;
	asked.payload.summit_meeting = &said;
	said.purpose = text_of(&asked, "purpose");
	said.place = text_of(&asked, "place");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

/* Who was there: their role, and where the organisation chooses their name. */
struct people {
	Qsg__SummitPerson all[PEOPLE];
	Qsg__SummitPerson *list[PEOPLE];
	char *roles[PEOPLE];
	size_t count;
};

static void clear_people(struct people *people)
{
	for (size_t i = 0; i < people->count; i++) {
		free(people->roles[i]);
	}
}

static enum err add_person(
    struct people *people, const char *text, int64_t from_ms, int64_t until_ms)
{
	const char *equals = strchr(text, '=');
	size_t size = equals == NULL ? strlen(text) : (size_t)(equals - text);
	Qsg__SummitPerson *person = &people->all[people->count];
	char *role = span_copy(span_of((const uint8_t *)text, size));
	if (role == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsg__summit_person__init(person);
	people->roles[people->count] = role;
	people->list[people->count++] = person;
	person->role = role;
	person->name = canon_lend(equals == NULL ? "" : equals + 1);
	person->from_ms = from_ms;
	person->until_ms = until_ms;
	return ERR_OK;
}

static enum err read_people(const json_t *arguments, struct people *people)
{
	const json_t *list = json_object_get(arguments, "people");
	size_t at = 0;
	const json_t *each = NULL;
	int64_t from_ms = 0;
	int64_t until_ms = 0;
	enum err err = take_time(arguments, "from", &from_ms);
	if (err == ERR_OK) {
		err = take_time(arguments, "until", &until_ms);
	}
	if (err == ERR_OK && json_array_size(list) > PEOPLE) {
		err = err_set(ERR_LIMIT, "at most %d people", PEOPLE);
	}
	json_array_foreach(list, at, each)
	{
		if (err == ERR_OK) {
			err = add_person(
			    people, json_string_value(each), from_ms, until_ms);
		}
	}
	return err;
}

enum err summiting_meeting(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	struct people people = { .count = 0 };
	Qsg__SummitEntry said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err == ERR_OK) {
		err = vocab_require(
		    summit_entry_acts(), span_text(ops_text(arguments, "act")));
	}
	if (err == ERR_OK) {
		err = read_people(arguments, &people);
	}
	if (err == ERR_OK) {
		qsg__summit_entry__init(&said);
		asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY;
		asked.payload.summit_entry = &said;
		said.act = text_of(&asked, "act");
		said.text = text_of(&asked, "text");
		said.people = people.list;
		said.n_people = people.count;
		err = finish(&asked, summits_say);
	}
	clear_people(&people);
	return err;
}

/*
 * Checks, and the end.
 */

enum err summiting_check(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitCheck said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_check__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_CHECK;
	asked.payload.summit_check = &said;
	said.check = text_of(&asked, "check");
	said.answer = text_of(&asked, "answer");
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}

enum err summiting_stand_down(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitStandDown said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_stand_down__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN;
	asked.payload.summit_stand_down = &said;
	said.reason = text_of(&asked, "reason");
	return finish(&asked, summits_say);
}

enum err summiting_object(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	Qsg__SummitObjection said;
	enum err err = read_asked(core, arguments, answer, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__summit_objection__init(&said);
	asked.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION;
	asked.payload.summit_objection = &said;
	said.text = text_of(&asked, "text");
	return finish(&asked, summits_say);
}
