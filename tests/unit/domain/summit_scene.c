#include "unit/domain/summit_scene.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

struct scene scene;

struct id32 scene_org(unsigned org)
{
	struct id32 id;

	memset(id.b, 0x5a, sizeof id.b);
	id.b[0] = (uint8_t)org;
	return id;
}

/* Scattered, so that the order of ids is not that of making. */
struct id32 scene_record(size_t fact)
{
	struct id32 id;

	memset(id.b, 0xa5, sizeof id.b);
	id.b[0] = (uint8_t)(fact * 167u + 13u);
	bytes_put_u64(id.b + 1, fact);
	return id;
}

static const char *kind_of(unsigned org)
{
	static const char *const kinds[ORGS] = { [AREA] =
						     "nhs-england-area-team",
		[CCG] = "ccg",
		[CCG2] = "ccg",
		[CQC] = "cqc",
		[TDA] = "nhs-tda",
		[HEALTHWATCH] = "healthwatch-local",
		[COUNCIL] = "local-authority",
		[REGION] = "nhs-england-region",
		[COLLEGE] = "royal-college",
		[UNKNOWN] = "",
		[TRUST] = "provider",
		[POLICE] = "police",
		[OUTSIDE] = "ccg" };

	return kinds[org];
}

void scene_setup(void)
{
	memset(&scene, 0, sizeof scene);
	for (unsigned org = AREA; org < ORGS; org++) {
		struct span kind = span_text(kind_of(org));

		scene.parties[org - 1] =
		    (struct summit_party){ .organisation = scene_org(org),
			    .kind = org_kind_find(kind),
			    .statutory = org_kind_statutory(kind),
			    .member = org < COUNCIL,
			    .convenes = org == AREA };
	}
}

void scene_teardown(void)
{
	summit_clear(&scene.state);
}

ProtobufCBinaryData scene_id(const struct id32 *id)
{
	struct id32 *kept = &scene.ids[scene.id_count++];

	ck_assert_uint_le(
	    scene.id_count, sizeof scene.ids / sizeof scene.ids[0]);
	*kept = *id;
	return (ProtobufCBinaryData){ .len = sizeof kept->b, .data = kept->b };
}

static ProtobufCBinaryData fact_id(size_t fact)
{
	struct id32 id;

	if (fact >= SCENE_FACTS)
		return (ProtobufCBinaryData){ 0 };
	/* What is there lends its own. */
	if (fact < scene.count)
		return (ProtobufCBinaryData){ .len = sizeof id.b,
			.data = scene.facts[fact].record.b };
	id = scene_record(fact);
	return scene_id(&id);
}

static ProtobufCBinaryData org_id(unsigned org)
{
	struct id32 id = scene_org(org);

	return org == NOBODY ? (ProtobufCBinaryData){ 0 } : scene_id(&id);
}

union scene_content *scene_content(size_t fact)
{
	return &scene.contents[fact];
}

/*
 * Making records.
 */

static void fill_said(
    union scene_content *content, Qsg__Payload__ContentCase which)
{
	switch ((unsigned)which) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		qsg__summit_response__init(&content->response);
		content->response.summit = fact_id(0);
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
		qsg__summit_judgement__init(&content->judgement);
		content->judgement.summit = fact_id(0);
		content->judgement.text = canon_lend("as we see it");
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		qsg__summit_impact__init(&content->impact);
		content->impact.summit = fact_id(0);
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		qsg__summit_ring__init(&content->ring);
		content->ring.summit = fact_id(0);
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
		qsg__summit_invitation__init(&content->invitation);
		content->invitation.summit = fact_id(0);
		content->invitation.provider = canon_lend("RAL");
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
		qsg__summit_missed__init(&content->missed);
		content->missed.summit = fact_id(0);
		content->missed.due_ms = SCENE_NOW_MS;
		break;
	default: /* fill_done */
		break;
	}
}

static void fill_done(
    union scene_content *content, Qsg__Payload__ContentCase which)
{
	switch ((unsigned)which) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		qsg__summit_meeting__init(&content->meeting);
		content->meeting.summit = fact_id(0);
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		qsg__summit_entry__init(&content->entry);
		content->entry.summit = fact_id(0);
		content->entry.text = canon_lend("what was said");
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		qsg__summit_check__init(&content->check);
		content->check.summit = fact_id(0);
		content->check.text = canon_lend("the lead was told today");
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		qsg__summit_stand_down__init(&content->stand_down);
		content->stand_down.summit = fact_id(0);
		content->stand_down.reason = canon_lend("all is done");
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
		qsg__summit_objection__init(&content->objection);
		content->objection.summit = fact_id(0);
		content->objection.text = canon_lend("we do not think so");
		break;
	case QSG__PAYLOAD__CONTENT_ACTION:
		qsg__action__init(&content->action);
		content->action.summit = fact_id(0);
		content->action.what = canon_lend("review the rota");
		break;
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
		qsg__action_step__init(&content->step);
		content->step.text = canon_lend("as agreed");
		break;
	default: /* fill_said, or filled in by the caller */
		break;
	}
}

size_t scene_say(unsigned author, Qsg__Payload__ContentCase which)
{
	size_t at = scene.count++;
	struct summit_fact *fact = &scene.facts[at];
	Qsg__Payload *payload = &scene.payloads[at];

	ck_assert_uint_lt(at, SCENE_FACTS);
	qsg__payload__init(payload);
	payload->version = 1;
	payload->created_at_ms = SCENE_NOW_MS + (int64_t)at * SCENE_MINUTE_MS;
	payload->content_case = which;
	/* Every member of the union points to a message. */
	payload->summit_trigger = &scene.contents[at].trigger;
	fill_said(&scene.contents[at], which);
	fill_done(&scene.contents[at], which);
	*fact = (struct summit_fact){ .record = scene_record(at),
		.author = scene_org(author),
		.place = at,
		.payload = payload };
	return at;
}

size_t scene_trigger(unsigned author)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER);
	Qsg__SummitTrigger *trigger = &scene_content(at)->trigger;
	struct id32 group = scene_record(SCENE_FACTS - 1);

	ck_assert_uint_eq(at, 0);
	qsg__summit_trigger__init(trigger);
	trigger->provider = canon_lend("RAL");
	trigger->concern = canon_lend("too few nurses at night");
	trigger->urgency = canon_lend("24h");
	trigger->group = scene_id(&group);
	trigger->summoned = scene.summoned_list;
	for (unsigned org = COUNCIL; org < TRUST; org++) {
		Qsg__Summoned *one = &scene.summoned[trigger->n_summoned];

		qsg__summoned__init(one);
		one->organisation = org_id(org);
		one->reason = canon_lend("named");
		scene.summoned_list[trigger->n_summoned++] = one;
	}
	return at;
}

size_t scene_respond(unsigned author, const char *answer)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE);

	scene_content(at)->response.answer = canon_lend(answer);
	return at;
}

size_t scene_judge(unsigned author, const char *finding)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT);

	scene_content(at)->judgement.finding = canon_lend(finding);
	return at;
}

size_t scene_ask(unsigned author)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT);

	scene_content(at)->impact.considered = canon_lend("closing a ward");
	return at;
}

size_t scene_answer(unsigned author, size_t question)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT);

	scene_content(at)->impact.asked = fact_id(question);
	scene_content(at)->impact.text = canon_lend("twelve beds elsewhere");
	return at;
}

size_t scene_ring(
    unsigned author, const char *act, unsigned whom, uint32_t term)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_RING);

	scene_content(at)->ring.act = canon_lend(act);
	scene_content(at)->ring.organisation = org_id(whom);
	scene_content(at)->ring.term = term;
	return at;
}

size_t scene_invite(unsigned author, unsigned whom)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION);

	scene_content(at)->invitation.organisation = org_id(whom);
	return at;
}

size_t scene_call(
    unsigned author, const char *purpose, int64_t in, size_t replaces)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_MEETING);
	Qsg__SummitMeeting *meeting = &scene_content(at)->meeting;

	meeting->purpose = canon_lend(purpose);
	meeting->at_ms =
	    scene.payloads[at].created_at_ms + in * SCENE_MINUTE_MS;
	meeting->replaces = fact_id(replaces);
	return at;
}

size_t scene_enter(
    unsigned author, const char *act, size_t meeting, size_t note)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY);

	scene_content(at)->entry.act = canon_lend(act);
	scene_content(at)->entry.meeting = fact_id(meeting);
	scene_content(at)->entry.note = fact_id(note);
	return at;
}

size_t scene_check(unsigned author, const char *check, const char *answer)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_CHECK);

	scene_content(at)->check.check = canon_lend(check);
	scene_content(at)->check.answer = canon_lend(answer);
	return at;
}

static void consider(Qsg__Payload *payload, size_t fact)
{
	Qsg__Reference *reference = &scene.refs[scene.ref_count];

	ck_assert_uint_lt(scene.ref_count, SCENE_REFS);
	qsg__reference__init(reference);
	reference->relation = canon_lend("considers");
	reference->record = fact_id(fact);
	scene.ref_list[scene.ref_count++] = reference;
	payload->n_references++;
}

size_t scene_stand_down(unsigned author, bool all)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN);
	Qsg__Payload *payload = &scene.payloads[at];

	payload->references = &scene.ref_list[scene.ref_count];
	for (size_t i = 0; all && i < at; i++) {
		if (scene.payloads[i].content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT ||
		    scene.payloads[i].content_case ==
			QSG__PAYLOAD__CONTENT_ACTION)
			consider(payload, i);
	}
	return at;
}

size_t scene_object(unsigned author, size_t to)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION);

	scene_content(at)->objection.to = fact_id(to);
	return at;
}

size_t scene_miss(unsigned author, const char *clock, size_t of)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_SUMMIT_MISSED);

	scene_content(at)->missed.clock = canon_lend(clock);
	scene_content(at)->missed.of = fact_id(of);
	return at;
}

size_t scene_act(unsigned author, unsigned owner, size_t judgement)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_ACTION);

	scene_content(at)->action.owner = org_id(owner);
	scene_content(at)->action.judgement = fact_id(judgement);
	return at;
}

size_t scene_step(unsigned author, const char *act, size_t action)
{
	size_t at = scene_say(author, QSG__PAYLOAD__CONTENT_ACTION_STEP);

	scene_content(at)->step.act = canon_lend(act);
	scene_content(at)->step.action = fact_id(action);
	return at;
}

/*
 * Asking.
 */

const struct summit_state *scene_look(void)
{
	struct id32 summit = scene_record(0);

	summit_clear(&scene.state);
	ck_assert_int_eq(summit_evaluate(&summit, scene.parties, ORGS - 1,
			     scene.facts, scene.count, &scene.state),
	    ERR_OK);
	return &scene.state;
}

const struct summit_side *scene_side(unsigned org)
{
	struct id32 id = scene_org(org);

	(void)scene_look();
	return summit_side(&scene.state, &id);
}

enum reason scene_why(size_t fact)
{
	struct id32 record = scene_record(fact);

	for (size_t i = 0; i < scene.state.refused_count; i++) {
		if (id_equal(&scene.state.refused[i].record, &record))
			return scene.state.refused[i].why;
	}
	return REASON_NONE;
}

void scene_refused(size_t fact, enum reason why)
{
	(void)scene_look();
	ck_assert_str_eq(reason_text(scene_why(fact)), reason_text(why));
}

void scene_counts(size_t fact)
{
	scene_refused(fact, REASON_NONE);
}

unsigned scene_holder(void)
{
	const struct summit_holder *holder = summit_holds(scene_look());

	return holder == NULL ? NOBODY : holder->organisation.b[0];
}

void scene_agree(unsigned whom, uint32_t term)
{
	static const unsigned electors[] = { AREA, CCG, CCG2, TDA, COUNCIL };

	(void)scene_ring(CCG, "nominate", whom, term);
	(void)scene_ring(whom, "accept", NOBODY, term);
	for (size_t i = 0; i < sizeof electors / sizeof electors[0]; i++)
		(void)scene_ring(electors[i], "agree", whom, term);
	ck_assert_uint_eq(scene_holder(), whom);
}
