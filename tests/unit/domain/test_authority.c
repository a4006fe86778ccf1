#include "domain/authority.h"

#include "domain/content.h"
#include "unit/domain/group_cast.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_authority_suite(void);

/* The model, written out: for each content what comes of it by the author's
 * relation to the group, in the order of `relations`: c it counts, u it is
 * shown as unconfirmed, r it is refused. */

#define RELATIONS 6

static const enum authority_relation relations[RELATIONS] = {
	AUTHORITY_CONVENOR, AUTHORITY_MEMBER, AUTHORITY_INVITED,
	AUTHORITY_SENDER_ONLY, AUTHORITY_GONE, AUTHORITY_OUTSIDER
};

struct model {
	Qsg__Payload__ContentCase content;
	const char *what;      /* of a finding */
	const char *usual;     /* most kinds, and none stated */
	const char *convening; /* nhs-england-*; NULL: as usual */
	const char *providers;
};

static const struct model models[] = {
	{ QSG__PAYLOAD__CONTENT__NOT_SET, "", "uuuuuu", NULL, "uuuuuu" },
	{ QSG__PAYLOAD__CONTENT_AUDIENCE, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_CLOSED, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_INTELLIGENCE, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_INDICATORS, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_OVERRIDE, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_RECEIPT, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_EXPORT, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_ROSTER, "", "rrrrrr", "crrrrr", "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_MEMBERSHIP, "", "cccccr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUCCESSION, "", "ccrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_CORROBORATION, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_FEEDBACK, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_REQUEST, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_ANSWER, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_JUDGEMENT, "", "ccuuuu", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER, "", "rrrrrr", NULL,
	    "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_RELATION, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_POLICY, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_DECISION, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_GRANT, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ONWARD_REQUEST, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ONWARD_ANSWER, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_RETRACTION, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ERASURE, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ERASURE_ANSWER, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ACTIVITY, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_FOI_REQUEST, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_FOI_DECISION, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, "", "cccccc", NULL,
	    "cccccc" },
	{ QSG__PAYLOAD__CONTENT_FOI_VIEW, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_RETENTION, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_OPENED, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, "", "cccccc", NULL,
	    "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_RING, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, "", "cccccc", NULL,
	    "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, "", "cccccc", NULL,
	    "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION, "", "cccccc", NULL,
	    "cccccc" },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_MISSED, "", "cccccc", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_ALARM_SEEN, "", "rrrrrr", NULL, "rrrrrr" },
	{ QSG__PAYLOAD__CONTENT_ACTION, "", "cccccc", NULL, "cccccc" },
	{ QSG__PAYLOAD__CONTENT_ACTION_STEP, "", "cccccc", NULL, "cccccc" },
};

/* Findings do not depend on the relation, only on the kind: these kinds, and
 * no other. */
static const struct {
	const char *what;
	const char *kinds;
} findings[] = {
	{ "rating", " cqc " },
	{ "finding", " cqc " },
	{ "enforcement", " cqc " },
	{ "intervention", " monitor nhs-tda " },
	{ "restriction", " professional-regulator " },
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static char *what_text(const char *text)
{
	static char buffer[64];

	ck_assert_uint_lt(strlen(text), sizeof buffer);
	memcpy(buffer, text, strlen(text) + 1);
	return buffer;
}

static char judge(const struct org_kind *kind, enum authority_relation relation,
    Qsg__Payload__ContentCase which, const char *what)
{
	Qsg__Payload payload;
	Qsg__Finding finding;
	enum reason reason = REASON_ID;
	enum authority_verdict verdict = AUTHORITY_REFUSED;

	qsg__payload__init(&payload);
	qsg__finding__init(&finding);
	finding.what = what_text(what);
	payload.content_case = which;
	payload.finding = &finding;
	verdict = authority_judge(kind, relation, &payload, &reason);
	/* A reason is given exactly when one is needed. */
	ck_assert_int_eq(verdict == AUTHORITY_COUNTS, reason == REASON_NONE);
	switch (verdict) {
	case AUTHORITY_COUNTS:
		return 'c';
	case AUTHORITY_UNCONFIRMED:
		return 'u';
	case AUTHORITY_REFUSED:
		break;
	}
	return 'r';
}

/* Every kind, and that none is stated. */
static const struct org_kind *kind_at(size_t index)
{
	return index < org_kind_count() ? org_kind_at(index) : NULL;
}

static const char *expected(
    const struct model *model, const struct org_kind *kind)
{
	if (kind != NULL && strcmp(kind->token, "provider") == 0)
		return model->providers;
	if (kind != NULL && model->convening != NULL &&
	    strncmp(kind->token, "nhs-england-", 12) == 0)
		return model->convening;
	return model->usual;
}

/* M324 */
START_TEST(authority_is_as_the_model_says)
{
	size_t cases = 0;

	for (size_t k = 0; k <= org_kind_count(); k++) {
		const struct org_kind *kind = kind_at(k);

		for (size_t m = 0; m < COUNT(models); m++) {
			for (size_t r = 0; r < RELATIONS; r++) {
				char verdict = judge(kind, relations[r],
				    models[m].content, models[m].what);
				char wanted = expected(&models[m], kind)[r];

				ck_assert_msg(verdict == wanted,
				    "kind %s, content %d, relation %zu: %c, "
				    "not %c",
				    kind ? kind->token : "none",
				    (int)models[m].content, r, verdict, wanted);
				cases++;
			}
		}
	}
	ck_assert_uint_eq(
	    cases, (org_kind_count() + 1) * COUNT(models) * RELATIONS);
}
END_TEST

static bool listed(const char *kinds, const char *token)
{
	char padded[64];

	(void)snprintf(padded, sizeof padded, " %s ", token);
	return strstr(kinds, padded) != NULL;
}

/* M323 */
START_TEST(a_finding_is_of_the_body_whose_act_it_is)
{
	for (size_t k = 0; k <= org_kind_count(); k++) {
		const struct org_kind *kind = kind_at(k);

		for (size_t f = 0; f < COUNT(findings); f++) {
			char wanted = 'u';

			if (kind != NULL)
				wanted = listed(findings[f].kinds, kind->token)
				             ? 'c'
				             : 'r';
			for (size_t r = 0; r < RELATIONS; r++)
				ck_assert_int_eq(
				    judge(kind, relations[r],
					QSG__PAYLOAD__CONTENT_FINDING,
					findings[f].what),
				    wanted);
		}
	}
}
END_TEST

/* M323 */
START_TEST(a_finding_of_an_unknown_kind_is_unconfirmed)
{
	struct span cqc = span_text("cqc");
	struct span provider = span_text("provider");

	ck_assert_int_eq(judge(org_kind_find(cqc), AUTHORITY_MEMBER,
			     QSG__PAYLOAD__CONTENT_FINDING, "later"),
	    'u');
	ck_assert_int_eq(judge(org_kind_find(cqc), AUTHORITY_MEMBER,
			     QSG__PAYLOAD__CONTENT_FINDING, ""),
	    'u');
	ck_assert_int_eq(judge(org_kind_find(provider), AUTHORITY_MEMBER,
			     QSG__PAYLOAD__CONTENT_FINDING, "later"),
	    'r');
}
END_TEST

START_TEST(the_model_has_every_content_there_is)
{
	for (unsigned which = 0; which < 64; which++) {
		Qsg__Payload payload;
		bool modelled = which == QSG__PAYLOAD__CONTENT_FINDING;

		qsg__payload__init(&payload);
		payload.content_case = (Qsg__Payload__ContentCase)which;
		for (size_t i = 0; i < COUNT(models); i++)
			modelled |= models[i].content == payload.content_case;
		if (content_kind(&payload) != NULL)
			ck_assert_msg(modelled, "content %u", which);
	}
}
END_TEST

START_TEST(relations_are_those_of_the_roster_in_force)
{
	static const struct {
		unsigned who;
		enum authority_relation relation;
	} cases[] = {
		{ AREA, AUTHORITY_CONVENOR },
		{ REGION, AUTHORITY_MEMBER },
		{ CCG, AUTHORITY_GONE },
		{ CCG2, AUTHORITY_GONE },
		{ CQC, AUTHORITY_INVITED },
		{ COLLEGE, AUTHORITY_SENDER_ONLY },
		{ HEALTHWATCH, AUTHORITY_SENDER_ONLY },
		{ OUTSIDE, AUTHORITY_OUTSIDER },
	};
	Qsg__Roster *roster = cast_first();
	struct id32 record;

	world_find(roster, COLLEGE)->sender_only = true;
	world_entry(
	    roster, HEALTHWATCH, "healthwatch-local", 1, ENTRY_SENDER_ONLY);
	record = world_put(&cast.world, AREA, roster);
	(void)world_act(&cast.world, REGION, 1, "accept", &record);
	(void)world_act(&cast.world, COLLEGE, 1, "accept", &record);
	(void)world_act(&cast.world, CCG, 1, "decline", &record);
	(void)world_act(&cast.world, CCG2, 1, "leave", &record);
	cast_look(0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id32 id = world_org(cases[i].who);

		ck_assert_int_eq(
		    authority_relation_of(&cast.state, &id), cases[i].relation);
	}
}
END_TEST

Suite *test_authority_suite(void)
{
	Suite *suite = suite_create("authority");
	TCase *tests = tcase_create("authority");

	tcase_add_checked_fixture(tests, cast_setup, cast_teardown);
	tcase_add_test(tests, authority_is_as_the_model_says);
	tcase_add_test(tests, a_finding_is_of_the_body_whose_act_it_is);
	tcase_add_test(tests, a_finding_of_an_unknown_kind_is_unconfirmed);
	tcase_add_test(tests, the_model_has_every_content_there_is);
	tcase_add_test(tests, relations_are_those_of_the_roster_in_force);
	suite_add_tcase(suite, tests);
	return suite;
}
