#include "unit/view/summit_told.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/share.h"
#include "view/summit_json.h"

#include <stdio.h>
#include <string.h>

struct told told;

void told_setup(void)
{
	grouped_open();
	memset(&told, 0, sizeof told);
	qsg__summit_trigger__init(&told.trigger);
	qsg__reference__init(&told.reference);
	told.trigger.provider = canon_lend("RAL");
	told.trigger.concern = canon_lend("deaths at night are not looked "
					  "into");
	told.trigger.urgency = canon_lend("24h");
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "royal-college"));
	OK(grouped_invite(3, "cqc"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	OK(grouped_join(3));
	grouped_spread();
}

void told_teardown(void)
{
	grouped_close();
}

ProtobufCBinaryData told_id(const struct id32 *id)
{
	/* Lent: nobody writes into it. */
	union {
		const uint8_t *in;
		uint8_t *out;
	} lent = { .in = id->b };

	return (ProtobufCBinaryData){ sizeof id->b, lent.out };
}

struct id32 told_say(
    size_t at, Qsg__Payload__ContentCase which, ProtobufCMessage *content)
{
	const char *to[] = { GROUPED_NAME };
	const struct share_request request = {
		.to = to, .to_count = 1, .yes = true
	};
	struct share_result result = { 0 };
	Qsg__Reference *references[] = { &told.reference };

	grouped_fixture.now_ms += 60000;
	qsg__payload__init(&told.payload);
	told.payload.role = canon_lend("administrator");
	told.payload.content_case = which;
	told.payload.audience = (Qsg__Audience *)(void *)content;
	if (told.reference.record.len > 0) {
		told.payload.n_references = 1;
		told.payload.references = references;
	}
	OK(share_payload(grouped_node(at), &request, &told.payload, &result));
	OK(node_commit(grouped_node(at)));
	told.said = result.record;
	share_clear(&result);
	grouped_spread();
	return told.said;
}

void told_begin(void)
{
	const struct group_state *group = grouped_at(0);
	static struct id32 id;

	id = group->id;
	told.trigger.group = told_id(&id);
	told.trigger.roster_epoch = group->epoch;
	told.summit = told_say(
	    0, QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, &told.trigger.base);
}

struct id32 told_respond(size_t at, const char *answer)
{
	Qsg__SummitResponse response;

	qsg__summit_response__init(&response);
	response.summit = told_id(&told.summit);
	response.answer = canon_lend(answer);
	response.text = canon_lend("as our records stand");
	return told_say(
	    at, QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, &response.base);
}

struct id32 told_judge(size_t at, const char *finding)
{
	Qsg__SummitJudgement judgement;

	qsg__summit_judgement__init(&judgement);
	judgement.summit = told_id(&told.summit);
	judgement.finding = canon_lend(finding);
	judgement.text = canon_lend("by what is known today");
	return told_say(
	    at, QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, &judgement.base);
}

struct id32 told_ring(size_t at, const char *act, size_t whom)
{
	Qsg__SummitRing ring;

	qsg__summit_ring__init(&ring);
	ring.summit = told_id(&told.summit);
	ring.term = 1;
	ring.act = canon_lend(act);
	ring.organisation = told_id(node_id(grouped_node(whom)));
	return told_say(at, QSG__PAYLOAD__CONTENT_SUMMIT_RING, &ring.base);
}

struct id32 told_call(size_t at, const char *purpose, int64_t in_ms)
{
	Qsg__SummitMeeting meeting;

	qsg__summit_meeting__init(&meeting);
	meeting.summit = told_id(&told.summit);
	meeting.purpose = canon_lend(purpose);
	meeting.at_ms = grouped_fixture.now_ms + 60000 + in_ms;
	meeting.place = canon_lend("by telephone");
	return told_say(
	    at, QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, &meeting.base);
}

struct id32 told_enter(size_t at, const char *act, const struct id32 *meeting,
    const struct id32 *note)
{
	Qsg__SummitEntry entry;
	Qsg__SummitPerson person;
	Qsg__SummitPerson *people[] = { &person };

	qsg__summit_entry__init(&entry);
	qsg__summit_person__init(&person);
	person.role = canon_lend("Director of Nursing");
	entry.summit = told_id(&told.summit);
	entry.meeting = told_id(meeting);
	entry.act = canon_lend(act);
	entry.text = canon_lend("as was said there");
	if (note) {
		entry.note = told_id(note);
	}
	if (strcmp(act, "attend") == 0) {
		entry.people = people;
		entry.n_people = 1;
	}
	return told_say(at, QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, &entry.base);
}

struct id32 told_check(size_t at, const char *check, const char *answer)
{
	Qsg__SummitCheck said;

	qsg__summit_check__init(&said);
	said.summit = told_id(&told.summit);
	said.check = canon_lend(check);
	said.answer = canon_lend(answer);
	said.text = canon_lend("the board was told on Friday");
	return told_say(at, QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, &said.base);
}

struct id32 told_act(size_t at, size_t owner, const char *what)
{
	Qsg__Action action;

	qsg__action__init(&action);
	action.summit = told_id(&told.summit);
	action.provider = canon_lend("RAL");
	action.aim = canon_lend("safeguard");
	action.what = canon_lend(what);
	action.owner = told_id(node_id(grouped_node(owner)));
	return told_say(at, QSG__PAYLOAD__CONTENT_ACTION, &action.base);
}

void told_agree(void)
{
	(void)told_ring(0, "nominate", 1);
	(void)told_ring(1, "accept", 1);
	(void)told_ring(1, "agree", 1);
	(void)told_ring(3, "agree", 1);
}

void told_invite(void)
{
	const char *to[] = { "01X", "03X" };
	const char *both[] = { "01X", "02X", "03X" };
	struct share_request request = { .to = to, .to_count = 2 };
	struct share_result result = { 0 };
	Qsg__SummitInvitation invitation;

	qsg__payload__init(&told.payload);
	told.payload.role = canon_lend("administrator");
	told.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	told.payload.summit_trigger = &told.trigger;
	OK(share_payload(grouped_node(0), &request, &told.payload, &result));
	OK(node_commit(grouped_node(0)));
	told.summit = result.record;
	share_clear(&result);
	qsg__summit_invitation__init(&invitation);
	invitation.summit = told_id(&told.summit);
	invitation.organisation = told_id(node_id(grouped_node(2)));
	invitation.provider = canon_lend("RAL");
	invitation.text = canon_lend("please bring what you hold");
	told.payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION;
	told.payload.summit_invitation = &invitation;
	request.to = both;
	request.to_count = 3;
	OK(share_payload(grouped_node(0), &request, &told.payload, &result));
	OK(node_commit(grouped_node(0)));
	share_clear(&result);
	grouped_spread();
}

static json_t *look_at(
    size_t at, enum err (*how)(struct node *node,
		   const struct summits_look *look, json_t **out))
{
	struct summits_look look = { 0 };
	json_t *json = NULL;

	OK(summits_look(grouped_node(at), &told.summit, &look));
	OK(how(grouped_node(at), &look, &json));
	summits_clear(&look);
	ck_assert_ptr_nonnull(json);
	return json;
}

json_t *told_show(size_t at)
{
	return look_at(at, summit_json_whole);
}

json_t *told_timeline(size_t at)
{
	return look_at(at, summit_json_timeline);
}

json_t *told_side(json_t *shown, size_t of)
{
	struct fingerprint wanted = text_fingerprint(node_id(grouped_node(of)));
	size_t at = 0;
	json_t *each = NULL;

	json_array_foreach(json_object_get(shown, "sides"), at, each)
	{
		if (strcmp(told_text(each, "fingerprint"), wanted.text) == 0) {
			return each;
		}
	}
	ck_abort_msg("node %zu is not in it", of);
	return NULL;
}

const char *told_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

const char *told_hex(const struct id32 *id)
{
	static struct hex32 hex[4];
	static unsigned at;

	at = (at + 1) % 4;
	hex[at] = text_hex_id(id);
	return hex[at].text;
}
