#include "talk.h"

#include "codec/canon.h"
#include "domain/summit_words.h"
#include "service/actions_say.h"
#include "service/summits_say.h"

#include <string.h>

enum { MEETING_IN_MS = 60000 };

static struct node *node_of(const struct talk *talk, unsigned who)
{
	return talk->world->nodes[who].node;
}

static const char *kind_of(const struct talk *talk, unsigned who)
{
	return talk->circle->plan.orgs[who].kind;
}

/*
 * Recording.
 */

static bool is_refusal(enum err err)
{
	return err == ERR_STATE || err == ERR_DENIED || err == ERR_EXISTS ||
	       err == ERR_NOTFOUND || err == ERR_INPUT;
}

/* What came of it: kept, or refused, or the world fails. */
static bool keep(struct talk *talk, unsigned who, const Qsg__Payload *payload,
    const struct id32 *record, enum err err)
{
	struct world *world = talk->world;
	world_touch(world, who);
	if (err != ERR_OK) {
		talk->refused++;
		if (!is_refusal(err)) {
			world_fail(world, "%s cannot say %u: %s",
			    world->nodes[who].name,
			    (unsigned)payload->content_case, err_text());
		}
		return false;
	}
	if (id_is_zero(record) || talk->said_count == TALK_SAID ||
	    (unsigned)payload->content_case >= TALK_CONTENTS ||
	    !world_commit(world, who, false)) {
		world_fail(
		    world, "%s has recorded nothing", world->nodes[who].name);
		return false;
	}
	if (world->verbose) {
		printf("%8lld %s says %u\n", (long long)world->now_ms,
		    world->nodes[who].name, (unsigned)payload->content_case);
	}
	talk->said[talk->said_count++] = *record;
	talk->contents[payload->content_case]++;
	return true;
}

/* What it names by id, as it would be typed. */
struct named {
	struct hex32 summit;
	struct hex32 record;
	struct fingerprint whom;
};

struct saying_in {
	struct talk *talk;
	unsigned who;
	size_t summit;
	const struct id32 *names; /* NULL: none */
	unsigned whom;            /* or TALK_NOBODY */
};

static bool say(const struct saying_in *in, const Qsg__Payload *payload)
{
	struct talk *talk = in->talk;
	struct named named;
	struct summits_request request = { .content = payload,
		.share = { .yes = true } };
	struct summits_result result;
	named.summit = text_hex_id(&talk->summits[in->summit]);
	request.summit = named.summit.text;
	if (in->names != NULL) {
		named.record = text_hex_id(in->names);
		request.names = named.record.text;
	}
	if (in->whom != TALK_NOBODY) {
		named.whom = text_fingerprint(&talk->world->nodes[in->whom].id);
		request.organisation = named.whom.text;
	}
	enum err err = summits_say(node_of(talk, in->who), &request, &result);
	bool good =
	    keep(talk, in->who, payload, &result.said.share.record, err);
	summits_result_clear(&result);
	return good;
}

static struct saying_in in_summit(
    struct talk *talk, unsigned who, size_t summit)
{
	return (struct saying_in){ talk, who, summit, NULL, TALK_NOBODY };
}

static Qsg__Payload payload_of(Qsg__Payload__ContentCase which)
{
	Qsg__Payload payload;
	qsg__payload__init(&payload);
	payload.content_case = which;
	return payload;
}

bool talk_trigger(struct talk *talk, unsigned who, const char *provider)
{
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER);
	Qsg__SummitTrigger said;
	struct summits_result result;
	struct summits_request request = { .content = &payload,
		.calling = { .group = talk->circle->plan.groups[0].name },
		.share = { .yes = true } };
	qsg__summit_trigger__init(&said);
	said.provider = canon_lend(provider);
	said.concern = canon_lend("nights are not safely staffed");
	said.urgency = canon_lend(world_one_in(talk->world, 8) ? "now" : "24h");
	payload.summit_trigger = &said;
	enum err err = summits_trigger(node_of(talk, who), &request, &result);
	bool good = talk->summit_count < TALK_SUMMITS &&
	            keep(talk, who, &payload, &result.said.share.record, err);
	if (good) {
		talk->summits[talk->summit_count++] = result.summit;
	}
	summits_result_clear(&result);
	return good;
}

bool talk_look(
    struct talk *talk, unsigned who, size_t summit, struct summits_look *look)
{
	enum err err =
	    summits_look(node_of(talk, who), &talk->summits[summit], look);
	if (err != ERR_OK && err != ERR_NOTFOUND) {
		world_fail(talk->world, "%s cannot look: %s",
		    talk->world->nodes[who].name, err_text());
	}
	return err == ERR_OK;
}

/*
 * Of each kind.
 */

bool talk_respond(struct talk *talk, unsigned who, size_t summit)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload =
	    payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE);
	Qsg__SummitResponse said;
	const struct vocab *answers = summit_answers();
	qsg__summit_response__init(&said);
	said.answer = canon_lend(
	    answers->words[world_below(talk->world, answers->count)].token);
	payload.summit_response = &said;
	return say(&in, &payload);
}

bool talk_judge(struct talk *talk, unsigned who, size_t summit, bool failing)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload =
	    payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT);
	Qsg__SummitJudgement said;
	bool cqc = strcmp(kind_of(talk, who), "cqc") == 0;
	qsg__summit_judgement__init(&said);
	said.finding = canon_lend(cqc && failing ? "potential-breach"
				  : cqc          ? "no-breach"
				  : failing      ? "serious-failing"
						 : "none");
	said.text = canon_lend("as far as we know it");
	payload.summit_judgement = &said;
	return say(&in, &payload);
}

bool talk_ring(struct talk *talk, unsigned who, size_t summit, const char *act,
    unsigned whom)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_RING);
	Qsg__SummitRing said;
	qsg__summit_ring__init(&said);
	said.act = canon_lend(act);
	payload.summit_ring = &said;
	in.whom = whom;
	return say(&in, &payload);
}

bool talk_check(struct talk *talk, unsigned who, size_t summit, unsigned check)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_CHECK);
	Qsg__SummitCheck said;
	qsg__summit_check__init(&said);
	said.check = canon_lend(summit_checks()->words[check].token);
	said.answer = canon_lend(
	    world_one_in(talk->world, 8) ? "arises" : "nothing-arises");
	said.text = canon_lend("the boards were asked");
	payload.summit_check = &said;
	return say(&in, &payload);
}

bool talk_stand_down(struct talk *talk, unsigned who, size_t summit)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload =
	    payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN);
	Qsg__SummitStandDown said;
	qsg__summit_stand_down__init(&said);
	said.reason = canon_lend("nights are safe again");
	payload.summit_stand_down = &said;
	return say(&in, &payload);
}

static bool object(
    struct talk *talk, unsigned who, size_t summit, const struct id32 *to)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload =
	    payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION);
	Qsg__SummitObjection said;
	qsg__summit_objection__init(&said);
	said.text = canon_lend("not yet");
	payload.summit_objection = &said;
	in.names = to;
	return say(&in, &payload);
}

/* A question, or the answer to this one. */
static bool impact(
    struct talk *talk, unsigned who, size_t summit, const struct id32 *question)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT);
	Qsg__SummitImpact said;
	qsg__summit_impact__init(&said);
	said.considered = canon_lend(question == NULL ? "closing a ward" : "");
	said.text = canon_lend("twelve beds");
	payload.summit_impact = &said;
	in.names = question;
	return say(&in, &payload);
}

static bool convene(
    struct talk *talk, unsigned who, size_t summit, const struct id32 *moved)
{
	struct saying_in in = in_summit(talk, who, summit);
	struct sim_node *sim = &talk->world->nodes[who];
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_MEETING);
	Qsg__SummitMeeting said;
	qsg__summit_meeting__init(&said);
	said.at_ms = clock_wall_ms(&sim->clock) + MEETING_IN_MS;
	said.place = canon_lend("by telephone");
	payload.summit_meeting = &said;
	in.names = moved;
	return say(&in, &payload);
}

static bool enter(struct talk *talk, unsigned who, size_t summit,
    const char *act, const struct id32 *about)
{
	struct saying_in in = in_summit(talk, who, summit);
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY);
	Qsg__SummitEntry said;
	qsg__summit_entry__init(&said);
	said.act = canon_lend(act);
	said.text = canon_lend("as it was said");
	payload.summit_entry = &said;
	in.names = about;
	return say(&in, &payload);
}

/*
 * Actions.
 */

struct id32 talk_act(
    struct talk *talk, unsigned who, size_t summit, unsigned owner)
{
	struct hex32 of = text_hex_id(&talk->summits[summit]);
	struct fingerprint print =
	    text_fingerprint(&talk->world->nodes[owner].id);
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_ACTION);
	Qsg__Action said;
	struct actions_request request = { .content = &payload,
		.summit = of.text,
		.owner = print.text,
		.share = { .yes = true } };
	struct saying_result result = { 0 };
	struct id32 record = { { 0 } };
	qsg__action__init(&said);
	said.what = canon_lend("agency nurses for the nights");
	said.aim = canon_lend("safeguard");
	payload.action = &said;
	enum err err = actions_add(node_of(talk, who), &request, &result);
	if (keep(talk, who, &payload, &result.share.record, err)) {
		record = result.share.record;
	}
	saying_clear(&result);
	return record;
}

bool talk_step(struct talk *talk, unsigned who, const struct id32 *action,
    const char *act, unsigned whom)
{
	struct hex32 of = text_hex_id(action);
	struct fingerprint print;
	Qsg__Payload payload = payload_of(QSG__PAYLOAD__CONTENT_ACTION_STEP);
	Qsg__ActionStep said;
	struct actions_request request = {
		.content = &payload, .action = of.text, .share = { .yes = true }
	};
	struct saying_result result = { 0 };
	if (whom != TALK_NOBODY) {
		print = text_fingerprint(&talk->world->nodes[whom].id);
		request.whom = print.text;
	}
	qsg__action_step__init(&said);
	said.act = canon_lend(act);
	said.text = canon_lend("as agreed");
	payload.action_step = &said;
	enum err err = actions_step(node_of(talk, who), &request, &result);
	bool good = keep(talk, who, &payload, &result.share.record, err);
	saying_clear(&result);
	return good;
}

/*
 * At random.
 */

struct mind {
	struct talk *talk;
	unsigned who;
	size_t summit;
	unsigned favourite;
	const struct summit_state *state;
};

static bool chairs(const struct mind *mind)
{
	const struct id32 *chair = summit_chair(mind->state);
	return chair != NULL &&
	       id_equal(chair, &mind->talk->world->nodes[mind->who].id);
}

static unsigned anybody(const struct mind *mind)
{
	return (unsigned)world_below(mind->talk->world, CIRCLE);
}

static void about_the_ring(const struct mind *mind)
{
	struct talk *talk = mind->talk;
	const struct id32 *own = &talk->world->nodes[mind->who].id;
	const struct summit_candidate *me = summit_candidate(mind->state, own);
	const struct summit_candidate *them = summit_candidate(
	    mind->state, &talk->world->nodes[mind->favourite].id);
	const struct summit_side *side = summit_side(mind->state, own);
	const struct summit_holder *holder = summit_holds(mind->state);
	const char *act = "agree";
	unsigned whom = mind->favourite;
	if (holder != NULL && id_equal(&holder->organisation, own)) {
		act = "hand-over";
	} else if (strncmp(kind_of(talk, mind->who), "nhs-england", 11) == 0 &&
		   talk_ring(
		       talk, mind->who, mind->summit, "take", TALK_NOBODY)) {
		return;
	} else if (me != NULL && !me->accepted) {
		act = world_one_in(talk->world, 6) ? "decline" : "accept";
		whom = TALK_NOBODY;
	} else if (them == NULL || !them->nominated ||
		   (side != NULL && side->voice != NULL)) {
		act = "nominate";
	}
	(void)talk_ring(talk, mind->who, mind->summit, act, whom);
}

static void about_meetings(const struct mind *mind)
{
	const struct summit_state *state = mind->state;
	size_t count = state->meeting_count;
	const struct summit_meeting *last =
	    count > 0 ? &state->meetings[count - 1] : NULL;
	uint64_t what = world_below(mind->talk->world, 3);
	if (last == NULL || (chairs(mind) && what == 0)) {
		(void)convene(mind->talk, mind->who, mind->summit,
		    last != NULL && world_one_in(mind->talk->world, 2)
			? &last->called->record
			: NULL);
	} else if (id_equal(&last->called->author,
		       &mind->talk->world->nodes[mind->who].id)) {
		(void)enter(mind->talk, mind->who, mind->summit, "note",
		    &last->called->record);
	} else if (last->note == NULL || what == 1) {
		(void)enter(mind->talk, mind->who, mind->summit, "attend",
		    &last->called->record);
	} else {
		(void)enter(mind->talk, mind->who, mind->summit,
		    what == 0 ? "dissent" : "agree", &last->note->record);
	}
}

static void about_actions(const struct mind *mind)
{
	static const char *const acts[] = { "accept", "progress", "close",
		"hand-over", "decline", "withdraw" };
	struct talk *talk = mind->talk;
	const char *act =
	    acts[world_below(talk->world, sizeof(acts) / sizeof(acts[0]))];
	size_t count = mind->state->action_count;
	if (count == 0 || world_one_in(talk->world, 3)) {
		(void)talk_act(talk, mind->who, mind->summit,
		    world_one_in(talk->world, 2) ? mind->who : anybody(mind));
		return;
	}
	(void)talk_step(talk, mind->who,
	    &mind->state->actions[world_below(talk->world, count)].set->record,
	    act, strcmp(act, "hand-over") == 0 ? anybody(mind) : TALK_NOBODY);
}

static void about_impact(const struct mind *mind)
{
	const struct summit_state *state = mind->state;
	const struct id32 *question =
	    state->impact_count > 0 ? &state->impacts[0]->record : NULL;
	(void)impact(mind->talk, mind->who, mind->summit, question);
}

static void about_the_end(const struct mind *mind)
{
	const struct summit_state *state = mind->state;
	if (state->stand_down_count > 0 || !chairs(mind)) {
		(void)object(mind->talk, mind->who, mind->summit,
		    state->stand_down_count > 0 ? &state->stand_downs[0]->record
						: &state->trigger->record);
		return;
	}
	for (unsigned check = 0; check < SUMMIT_CHECKS; check++) {
		if (state->checks[check].open) {
			(void)talk_check(
			    mind->talk, mind->who, mind->summit, check);
			return;
		}
	}
	(void)talk_stand_down(mind->talk, mind->who, mind->summit);
}

void talk_anything(
    struct talk *talk, unsigned who, size_t summit, unsigned favourite)
{
	struct summits_look look = { 0 };
	struct mind mind = { talk, who, summit, favourite, &look.state };
	if (!talk_look(talk, who, summit, &look) ||
	    look.state.trigger == NULL) {
		summits_clear(&look);
		return;
	}
	uint64_t what = world_below(talk->world, 100);
	if (what < 15) {
		(void)talk_respond(talk, who, summit);
	} else if (what < 30) {
		(void)talk_judge(
		    talk, who, summit, !world_one_in(talk->world, 3));
	} else if (what < 60) {
		about_the_ring(&mind);
	} else if (what < 72) {
		about_meetings(&mind);
	} else if (what < 84) {
		about_actions(&mind);
	} else if (what < 89) {
		about_impact(&mind);
	} else {
		about_the_end(&mind);
	}
	summits_clear(&look);
}
