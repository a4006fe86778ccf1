#include "unit/domain/summit_scene.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_summit_authority_suite(void);

/* The model, written out: each kind of record of a summit, by every kind of
 * organisation, in every part that it may have. */

#define NONE SCENE_FACTS
#define SUBJECT OUTSIDE

enum part { OUTSIDER, INVITED, ALERTED, SUMMONED, TRIGGERED, HOLDER, PARTS };

/* What an organisation is to the model. */
enum standing {
	APART,    /* not in it */
	PROVIDER, /* of care, in whatever part */
	HEARD,    /* invited */
	UNSTATED, /* in the circle, not statutory, or of no known kind */
	STATUTORY,
	REGULATOR, /* CQC */
	ENGLAND    /* NHS England */
};

static const char *const statutory[] = { "nhs-england-region",
	"nhs-england-area-team", "ccg", "local-authority", "cqc", "monitor",
	"professional-regulator", "nhs-tda", "phe", "hee", "letb", "ombudsman",
	"nice", "healthwatch-england", "police", "safeguarding-board", "lsamo",
	"overview-and-scrutiny" };

enum record {
	RESPONSE,
	BREACH,
	FAILING,
	QUESTION,
	ANSWER,
	NOMINATION,
	VOICE,
	ACCEPTANCE,
	TAKING,
	HANDING,
	INVITATION,
	JUDGING_CALL,
	RESPONSE_CALL,
	ATTENDANCE,
	NOTE,
	DISSENT,
	CHECK,
	STANDING_DOWN,
	OBJECTION,
	MISSED,
	ACTION,
	RECORDS
};

/* By enum standing: c it counts; else why not. */
static const struct {
	const char *what;
	const char *usual;
	bool triggered; /* also from the trigger's author */
	bool holder;    /* also from the ring-holder */
} models[RECORDS] = {
	[RESPONSE] = { "a response", "occcccc", false, false },
	[BREACH] = { "a breach", "opiffcf", false, false },
	[FAILING] = { "a serious failing", "opiccwc", false, false },
	[QUESTION] = { "a question of impact", "opicccc", false, false },
	[ANSWER] = { "an answer to one", "occcccc", false, false },
	[NOMINATION] = { "a nomination", "opivccc", false, false },
	[VOICE] = { "a voice", "opivccc", false, false },
	[ACCEPTANCE] = { "an acceptance", "opivccc", false, false },
	[TAKING] = { "a taking", "opivddc", false, false },
	[HANDING] = { "a handing over", "opivhhh", false, true },
	[INVITATION] = { "an invitation", "opicccc", false, false },
	[JUDGING_CALL] = { "a call to judge", "ommmmmm", true, true },
	[RESPONSE_CALL] = { "a call to respond", "ommmmmm", false, true },
	[ATTENDANCE] = { "attendance", "occcccc", false, false },
	[NOTE] = { "a note", "onnnnnn", true, false },
	[DISSENT] = { "dissent", "occcccc", false, false },
	[CHECK] = { "a check", "okkkkkk", true, true },
	[STANDING_DOWN] = { "a standing down", "ohhhhhh", false, true },
	[OBJECTION] = { "an objection", "occcccc", false, false },
	[MISSED] = { "a missed clock", "opicccc", false, false },
	[ACTION] = { "an action", "occcccc", false, false },
};

static const struct {
	char letter;
	enum reason why;
} letters[] = {
	{ 'c', REASON_NONE },
	{ 'o', REASON_SUMMIT_OUTSIDER },
	{ 'p', REASON_BY_PROVIDER },
	{ 'i', REASON_SUMMIT_INVITED },
	{ 'f', REASON_FINDING },
	{ 'w', REASON_SUMMIT_OTHERS_WORD },
	{ 'v', REASON_SUMMIT_NO_VOICE },
	{ 'd', REASON_SUMMIT_DEFAULT },
	{ 'h', REASON_SUMMIT_NO_HOLDER },
	{ 'm', REASON_SUMMIT_CALLER },
	{ 'n', REASON_SUMMIT_NOTE },
	{ 'k', REASON_SUMMIT_CHAIR },
};

static bool is_statutory(const struct org_kind *kind)
{
	for (size_t i = 0;
	     kind != NULL && i < sizeof statutory / sizeof statutory[0]; i++) {
		if (strcmp(kind->token, statutory[i]) == 0)
			return true;
	}
	return false;
}

static enum standing standing_of(const struct org_kind *kind, enum part part)
{
	const char *token = kind == NULL ? "" : kind->token;

	if (part == OUTSIDER)
		return APART;
	if (strcmp(token, "provider") == 0)
		return PROVIDER;
	if (part == INVITED)
		return HEARD;
	if (!is_statutory(kind))
		return UNSTATED;
	if (strcmp(token, "cqc") == 0)
		return REGULATOR;
	return strncmp(token, "nhs-england-", 12) == 0 ? ENGLAND : STATUTORY;
}

static char expected(
    enum record record, const struct org_kind *kind, enum part part)
{
	if (part == TRIGGERED && models[record].triggered)
		return 'c';
	if (part == HOLDER && models[record].holder)
		return 'c';
	/* Who invites is judged before anybody invited is heard. */
	if (record == INVITATION && part == INVITED)
		return 'o';
	return models[record].usual[standing_of(kind, part)];
}

/* The summit, with the subject in its part; the meeting that was called. */
static size_t stage(const struct org_kind *kind, enum part part)
{
	struct summit_party *subject = &scene.parties[SUBJECT - 1];
	size_t call = 0;

	scene_teardown();
	scene_setup();
	subject->kind = kind;
	subject->statutory = is_statutory(kind);
	subject->member = part == ALERTED || part == HOLDER;
	(void)scene_trigger(part == TRIGGERED ? SUBJECT : CCG);
	if (part == SUMMONED)
		scene.summoned[0].organisation =
		    scene_id(&subject->organisation);
	if (part == INVITED)
		(void)scene_invite(CCG, SUBJECT);
	call =
	    scene_call(part == TRIGGERED ? SUBJECT : CCG, "judging", 60, NONE);
	(void)scene_enter(
	    part == TRIGGERED ? SUBJECT : CCG, "note", call, NONE);
	(void)scene_ring(CCG2, "nominate", SUBJECT, 1);
	if (part == HOLDER)
		scene_agree(SUBJECT, 1);
	return call;
}

static size_t say(enum record record, size_t call)
{
	switch (record) {
	case RESPONSE:
		return scene_respond(SUBJECT, "attending");
	case BREACH:
		return scene_judge(SUBJECT, "breach");
	case FAILING:
		return scene_judge(SUBJECT, "serious-failing");
	case QUESTION:
		return scene_ask(SUBJECT);
	case ANSWER:
		return scene_answer(SUBJECT, scene_ask(CQC));
	case NOMINATION:
		return scene_ring(SUBJECT, "nominate", TDA, 1);
	case VOICE:
		return scene_ring(SUBJECT, "agree", TDA, 1);
	case ACCEPTANCE:
		return scene_ring(SUBJECT, "accept", NOBODY, 1);
	case TAKING:
		return scene_ring(SUBJECT, "take", NOBODY, 1);
	case HANDING:
		return scene_ring(SUBJECT, "hand-over", TDA, 1);
	case INVITATION:
		return scene_invite(SUBJECT, POLICE);
	case JUDGING_CALL:
		return scene_call(SUBJECT, "judging", 60, NONE);
	case RESPONSE_CALL:
		return scene_call(SUBJECT, "response", 60, NONE);
	case ATTENDANCE:
		return scene_enter(SUBJECT, "attend", call, NONE);
	case NOTE:
		return scene_enter(SUBJECT, "note", call, NONE);
	case DISSENT:
		return scene_enter(SUBJECT, "dissent", call, call + 1);
	case CHECK:
		return scene_check(SUBJECT, "adult-safeguarding", "arises");
	case STANDING_DOWN:
		return scene_stand_down(SUBJECT, true);
	case OBJECTION:
		return scene_object(SUBJECT, 0);
	case MISSED:
		return scene_miss(SUBJECT, "judging", 0);
	case ACTION:
		return scene_act(SUBJECT, SUBJECT, NONE);
	case RECORDS:
		break;
	}
	ck_abort_msg("no such record");
	return 0;
}

static bool may_be(const struct org_kind *kind, enum part part)
{
	return (part != TRIGGERED && part != HOLDER) || is_statutory(kind);
}

static size_t try_all(const struct org_kind *kind, enum part part)
{
	static const char *const parts[PARTS] = { "nobody", "invited",
		"alerted", "summoned", "its trigger's author", "ring-holder" };
	size_t tried = 0;

	for (enum record record = 0; record < RECORDS; record++) {
		char letter = expected(record, kind, part);
		enum reason why = REASON_NONE;
		size_t fact = 0;

		fact = say(record, stage(kind, part));
		(void)scene_look();
		for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
			why =
			    letters[i].letter == letter ? letters[i].why : why;
		ck_assert_msg(scene_why(fact) == why,
		    "%s by %s as %s: \"%s\", and not \"%s\"",
		    models[record].what, kind == NULL ? "none" : kind->token,
		    parts[part], reason_text(scene_why(fact)),
		    reason_text(why));
		tried++;
	}
	return tried;
}

/* M600, M602, M603, M604, M607, M610, M615, M620, M622, M624, M625, M628,
 * M630, M634 */
START_TEST(every_record_by_every_kind_in_every_part)
{
	size_t tried = 0;

	for (size_t i = 0; i <= org_kind_count(); i++) {
		const struct org_kind *kind =
		    i < org_kind_count() ? org_kind_at(i) : NULL;

		for (enum part part = OUTSIDER; part < PARTS; part++) {
			if (may_be(kind, part))
				tried += try_all(kind, part);
		}
	}
	printf("summit_authority: %zu of %zu kinds\n", tried,
	    org_kind_count() + 1);
	ck_assert_uint_eq(
	    tried, RECORDS * ((PARTS - 2) * (org_kind_count() + 1) +
				 2 * (sizeof statutory / sizeof statutory[0])));
}
END_TEST

/* M600 */
START_TEST(every_kind_triggers_or_does_not)
{
	for (size_t i = 0; i <= org_kind_count(); i++) {
		const struct org_kind *kind =
		    i < org_kind_count() ? org_kind_at(i) : NULL;

		(void)stage(kind, TRIGGERED);
		ck_assert_int_eq(
		    scene_look()->trigger != NULL, is_statutory(kind));
		/* The author's side says the same. */
		ck_assert_int_eq(summit_may_begin(&scene.parties[SUBJECT - 1],
				     &scene.payloads[0]) == ERR_OK,
		    false); /* it has not joined that group */
		scene.parties[SUBJECT - 1].member = true;
		ck_assert_int_eq(summit_may_begin(&scene.parties[SUBJECT - 1],
				     &scene.payloads[0]) == ERR_OK,
		    is_statutory(kind));
	}
}
END_TEST

Suite *test_summit_authority_suite(void)
{
	Suite *suite = suite_create("summit_authority");
	TCase *tests = tcase_create("summit_authority");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, every_record_by_every_kind_in_every_part);
	tcase_add_test(tests, every_kind_triggers_or_does_not);
	suite_add_tcase(suite, tests);
	return suite;
}
