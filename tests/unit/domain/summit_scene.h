/*
 * summit_scene.h - a risk summit about RAL with everybody's part in it, its
 * records made by hand. Organisations are small numbers; places in each log
 * count up as records are made, and so do their times, a minute each.
 */
#ifndef QSG_TESTS_SUMMIT_SCENE_H
#define QSG_TESTS_SUMMIT_SCENE_H

#include "domain/summit.h"

#define SCENE_FACTS 512u
#define SCENE_REFS 16384u
#define SCENE_NOW_MS 1700000000000LL
#define SCENE_MINUTE_MS 60000LL

/* The group's members come first, then those who are summoned; the rest is told
 * nothing until somebody invites it. */
enum {
	NOBODY = 0,
	AREA, /* convenes the group */
	CCG,  /* triggers, unless a test says otherwise */
	CCG2,
	CQC,
	TDA,
	HEALTHWATCH, /* not statutory */
	COUNCIL,     /* summoned from here on */
	REGION,
	COLLEGE, /* not statutory */
	UNKNOWN, /* nobody states a kind */
	TRUST,   /* the provider, from here on not called */
	POLICE,
	OUTSIDE, /* another CCG */
	ORGS
};
#define SCENE_VOTES 7u /* AREA, two CCGs, CQC, TDA, COUNCIL, REGION */

union scene_content {
	Qsg__SummitTrigger trigger;
	Qsg__SummitRequest request;
	Qsg__SummitResponse response;
	Qsg__SummitJudgement judgement;
	Qsg__SummitImpact impact;
	Qsg__SummitRing ring;
	Qsg__SummitInvitation invitation;
	Qsg__SummitMeeting meeting;
	Qsg__SummitEntry entry;
	Qsg__SummitCheck check;
	Qsg__SummitStandDown stand_down;
	Qsg__SummitObjection objection;
	Qsg__SummitMissed missed;
	Qsg__AlarmSeen seen;
	Qsg__Action action;
	Qsg__ActionStep step;
};

struct scene {
	struct summit_party parties[ORGS]; /* [0] is the first's */
	struct summit_fact facts[SCENE_FACTS];
	Qsg__Payload payloads[SCENE_FACTS];
	union scene_content contents[SCENE_FACTS];
	size_t count;
	struct id32 ids[8u * SCENE_FACTS]; /* lent to contents */
	size_t id_count;
	Qsg__Reference refs[SCENE_REFS];
	Qsg__Reference *ref_list[SCENE_REFS];
	size_t ref_count;
	Qsg__Summoned summoned[ORGS];
	Qsg__Summoned *summoned_list[ORGS];
	struct summit_state state;
};
extern struct scene scene;

struct id32 scene_org(unsigned org);
struct id32 scene_record(size_t fact);
/* Everybody is there; nothing is said. */
void scene_setup(void);
void scene_teardown(void);

/* One record more, filled in as the summit's; its number. The trigger is to be
 * made first. Facts are named by their numbers, none by SCENE_FACTS. */
size_t scene_trigger(unsigned author);
size_t scene_say(unsigned author, Qsg__Payload__ContentCase which);
size_t scene_respond(unsigned author, const char *answer);
size_t scene_judge(unsigned author, const char *finding);
size_t scene_ask(unsigned author);
size_t scene_answer(unsigned author, size_t question);
size_t scene_ring(
    unsigned author, const char *act, unsigned whom, uint32_t term);
size_t scene_invite(unsigned author, unsigned whom);
/* `in` minutes from its making. */
size_t scene_call(
    unsigned author, const char *purpose, int64_t in, size_t replaces);
size_t scene_enter(
    unsigned author, const char *act, size_t meeting, size_t note);
size_t scene_check(unsigned author, const char *check, const char *answer);
/* Considers all judgements and actions made so far, or nothing. */
size_t scene_stand_down(unsigned author, bool all);
size_t scene_object(unsigned author, size_t to);
size_t scene_miss(unsigned author, const char *clock, size_t of);
size_t scene_act(unsigned author, unsigned owner, size_t judgement);
size_t scene_step(unsigned author, const char *act, size_t action);

/* The content of a fact, to be changed. */
union scene_content *scene_content(size_t fact);
ProtobufCBinaryData scene_id(const struct id32 *id);

/* Evaluate what has been said; what is asked of the state. */
const struct summit_state *scene_look(void);
const struct summit_side *scene_side(unsigned org);
enum reason scene_why(size_t fact);
/* It does not count for this reason; it counts. */
void scene_refused(size_t fact, enum reason why);
void scene_counts(size_t fact);
/* Who holds the ring. */
unsigned scene_holder(void);
/* More than half of the electors agree that it holds the ring in this term. */
void scene_agree(unsigned whom, uint32_t term);

#endif
