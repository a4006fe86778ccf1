#include "unit/domain/summit_scene.h"

#include <check.h>

Suite *test_summit_ring_suite(void);

#define NONE SCENE_FACTS

static void begin(void)
{
	scene_setup();
	(void)scene_trigger(CCG);
}

static const struct summit_candidate *candidate(unsigned org)
{
	struct id32 id = scene_org(org);

	return summit_candidate(scene_look(), &id);
}

static const char *how(void)
{
	const struct summit_holder *holder = summit_holds(scene_look());

	return holder == NULL ? "" : holder->how;
}

/* M610 */
START_TEST(electors_are_the_statutory_of_the_circle)
{
	static const struct {
		unsigned author;
		enum reason why;
	} cases[] = {
		{ CCG, REASON_NONE },
		{ CQC, REASON_NONE },
		{ COUNCIL, REASON_NONE },
		{ HEALTHWATCH, REASON_SUMMIT_NO_VOICE },
		{ COLLEGE, REASON_SUMMIT_NO_VOICE },
		{ UNKNOWN, REASON_SUMMIT_NO_VOICE },
		{ POLICE, REASON_SUMMIT_INVITED },
		{ TRUST, REASON_BY_PROVIDER },
		{ OUTSIDE, REASON_SUMMIT_OUTSIDER },
	};

	begin();
	(void)scene_invite(CCG, POLICE);
	(void)scene_invite(CCG, TRUST);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		scene_refused(
		    scene_ring(cases[i].author, "agree", TDA, 1), cases[i].why);
		scene_refused(scene_ring(cases[i].author, "nominate", TDA, 1),
		    cases[i].why);
		/* ... and it is one of them. */
		scene_refused(scene_ring(AREA, "nominate", cases[i].author, 1),
		    cases[i].why == REASON_NONE ? REASON_NONE
						: REASON_SUMMIT_UNFIT);
	}
}
END_TEST

/* M612 */
START_TEST(an_elector_has_one_voice_in_a_term)
{
	size_t second = 0;

	begin();
	(void)scene_ring(CCG, "nominate", TDA, 1);
	(void)scene_ring(CCG, "nominate", CQC, 1);
	(void)scene_ring(AREA, "agree", TDA, 1);
	second = scene_ring(AREA, "agree", CQC, 1);
	scene_refused(second, REASON_SUMMIT_VOICED);
	ck_assert_uint_eq(candidate(TDA)->voices, 1);
	ck_assert_uint_eq(candidate(CQC)->voices, 0);
	/* The first in its log, whichever was made first. */
	scene.facts[second].place = 0;
	ck_assert_uint_eq(candidate(CQC)->voices, 1);
	ck_assert_uint_eq(candidate(TDA)->voices, 0);
}
END_TEST

/* M612 */
START_TEST(a_voice_for_somebody_unfit_is_none)
{
	size_t voice = 0;

	begin();
	voice = scene_ring(AREA, "agree", COLLEGE, 1);
	(void)scene_ring(AREA, "nominate", TDA, 1);
	(void)scene_ring(AREA, "agree", TDA, 1);
	scene_refused(voice, REASON_SUMMIT_UNFIT);
	ck_assert_uint_eq(candidate(TDA)->voices, 1);
	ck_assert_ptr_nonnull(scene_side(AREA)->voice);
	ck_assert_ptr_null(scene_side(CCG)->voice);
}
END_TEST

/* M613 */
START_TEST(who_is_nominated_accepts_and_is_agreed_holds_the_ring)
{
	begin();
	(void)scene_ring(CCG, "nominate", TDA, 1);
	(void)scene_ring(CCG, "agree", TDA, 1);
	(void)scene_ring(AREA, "agree", TDA, 1);
	(void)scene_ring(CCG2, "agree", TDA, 1);
	(void)scene_ring(TDA, "accept", NOBODY, 1);
	ck_assert_uint_eq(scene_holder(), NOBODY);
	ck_assert(candidate(TDA)->accepted);
	(void)scene_ring(REGION, "agree", TDA, 1);
	ck_assert_uint_eq(scene_holder(), TDA);
	ck_assert_str_eq(how(), "agreed");
}
END_TEST

/* M613 */
START_TEST(without_nomination_or_acceptance_nobody_holds_the_ring)
{
	static const unsigned electors[] = { CCG, CCG2, AREA, CQC, COUNCIL };

	begin();
	for (size_t i = 0; i < sizeof electors / sizeof electors[0]; i++)
		(void)scene_ring(electors[i], "agree", TDA, 1);
	ck_assert_uint_eq(scene_holder(), NOBODY);
	(void)scene_ring(TDA, "accept", NOBODY, 1);
	ck_assert_uint_eq(scene_holder(), NOBODY);
	(void)scene_ring(REGION, "nominate", TDA, 1);
	ck_assert_uint_eq(scene_holder(), TDA);
	scene.facts[scene.count - 2].author = scene_org(CQC);
	ck_assert_uint_eq(scene_holder(), NOBODY);
}
END_TEST

/* M613 */
START_TEST(voices_of_another_term_are_none_in_this)
{
	size_t early = 0;

	begin();
	early = scene_ring(CCG, "nominate", TDA, 2);
	scene_refused(early, REASON_SUMMIT_TERM);
	scene_refused(scene_ring(CCG, "agree", TDA, 0), REASON_SUMMIT_TERM);
	ck_assert_ptr_null(candidate(TDA));
}
END_TEST

/* M614 */
START_TEST(a_candidate_may_decline_until_it_is_agreed)
{
	begin();
	(void)scene_ring(CCG, "nominate", TDA, 1);
	(void)scene_ring(TDA, "accept", NOBODY, 1);
	ck_assert(candidate(TDA)->accepted);
	(void)scene_ring(TDA, "decline", NOBODY, 1);
	ck_assert(!candidate(TDA)->accepted);
	ck_assert(candidate(TDA)->declined);
	(void)scene_ring(TDA, "accept", NOBODY, 1);
	ck_assert(candidate(TDA)->accepted);
}
END_TEST

/* M614 */
START_TEST(a_holder_does_not_undo_what_was_done_under_its_ring)
{
	size_t call = 0;

	begin();
	scene_agree(TDA, 1);
	call = scene_call(TDA, "response", 60, NONE);
	scene_counts(call);
	(void)scene_ring(TDA, "decline", NOBODY, 1);
	ck_assert_uint_eq(scene_holder(), TDA);
	scene_counts(call);
}
END_TEST

/* M615 */
START_TEST(nhs_england_alone_takes_the_ring_by_default)
{
	begin();
	scene_refused(
	    scene_ring(TDA, "take", NOBODY, 1), REASON_SUMMIT_DEFAULT);
	ck_assert_uint_eq(scene_holder(), NOBODY);
	(void)scene_ring(REGION, "take", NOBODY, 1);
	ck_assert_uint_eq(scene_holder(), REGION);
	ck_assert_str_eq(how(), "default");
	scene_refused(
	    scene_ring(REGION, "take", NOBODY, 1), REASON_SUMMIT_AGAIN);
	/* The convenor comes first. */
	(void)scene_ring(AREA, "take", NOBODY, 1);
	ck_assert_uint_eq(scene_holder(), AREA);
	/* Of two others, the lower record id. */
	scene.parties[AREA - 1].convenes = false;
	ck_assert_uint_eq(scene_holder(),
	    id_compare(&scene.facts[2].record, &scene.facts[4].record) < 0
		? REGION
		: AREA);
	scene.facts[4].record.b[0] = 0;
	ck_assert_uint_eq(scene_holder(), AREA);
	scene.facts[2].record.b[0] = 0;
	scene.facts[4].record.b[0] = 1;
	ck_assert_uint_eq(scene_holder(), REGION);
}
END_TEST

/* M616 */
START_TEST(who_is_agreed_comes_before_who_took_it)
{
	size_t call = 0;

	begin();
	(void)scene_ring(AREA, "take", NOBODY, 1);
	call = scene_call(AREA, "response", 60, NONE);
	scene_counts(call);
	scene_agree(TDA, 1);
	ck_assert_str_eq(how(), "agreed");
	scene_refused(call, REASON_SUMMIT_CALLER);
	ck_assert(candidate(AREA)->took);
}
END_TEST

/* M616, M617 */
START_TEST(the_ring_is_handed_over_once_it_is_accepted)
{
	begin();
	scene_agree(TDA, 1);
	(void)scene_ring(TDA, "hand-over", CCG2, 1);
	ck_assert_uint_eq(scene_look()->ring_term, 2);
	ck_assert_uint_eq(scene_holder(), TDA);
	(void)scene_ring(CCG2, "accept", NOBODY, 2);
	ck_assert_uint_eq(scene_holder(), CCG2);
	ck_assert_str_eq(how(), "handed-over");
	(void)scene_ring(AREA, "take", NOBODY, 2);
	ck_assert_uint_eq(scene_holder(), CCG2);
	/* Others may be agreed in the new term. */
	scene_agree(REGION, 2);
	ck_assert_str_eq(how(), "agreed");
}
END_TEST

/* M617 */
START_TEST(a_term_begins_with_the_first_handing_over_of_its_holder)
{
	size_t early = 0;
	size_t first = 0;
	size_t second = 0;

	begin();
	early = scene_ring(TDA, "hand-over", CCG2, 1);
	(void)scene_ring(CQC, "hand-over", CCG2, 1);
	scene_agree(TDA, 1);
	scene_refused(early, REASON_SUMMIT_NO_HOLDER);
	scene_refused(early + 1, REASON_SUMMIT_NO_HOLDER);
	scene_refused(
	    scene_ring(CQC, "hand-over", CCG2, 1), REASON_SUMMIT_NO_HOLDER);
	first = scene_ring(TDA, "hand-over", CCG2, 1);
	second = scene_ring(TDA, "hand-over", CQC, 1);
	(void)scene_ring(CQC, "accept", NOBODY, 2);
	scene_counts(first);
	scene_refused(second, REASON_SUMMIT_HANDED);
	ck_assert_uint_eq(scene_holder(), TDA);
	scene_refused(
	    scene_ring(TDA, "hand-over", TDA, 1), REASON_SUMMIT_UNFIT);
	(void)scene_ring(CCG2, "accept", NOBODY, 2);
	ck_assert_uint_eq(scene_holder(), CCG2);
}
END_TEST

/* M618 */
START_TEST(a_holder_speaks_between_taking_the_ring_and_handing_it_over)
{
	size_t before = 0;
	size_t during = 0;
	size_t after = 0;

	begin();
	before = scene_call(TDA, "review", 60, NONE);
	scene_agree(TDA, 1);
	during = scene_call(TDA, "review", 60, NONE);
	(void)scene_ring(TDA, "hand-over", CCG2, 1);
	after = scene_call(TDA, "review", 60, NONE);
	scene_refused(before, REASON_SUMMIT_CALLER);
	scene_counts(during);
	scene_counts(after);
	(void)scene_ring(CCG2, "accept", NOBODY, 2);
	scene_counts(during);
	scene_refused(after, REASON_SUMMIT_CALLER);
	scene_refused(scene_stand_down(TDA, true), REASON_SUMMIT_NO_HOLDER);
	/* It may come back. */
	(void)scene_ring(CCG2, "hand-over", TDA, 2);
	(void)scene_ring(TDA, "accept", NOBODY, 3);
	scene_counts(scene_call(TDA, "review", 60, NONE));
	scene_refused(after, REASON_SUMMIT_CALLER);
}
END_TEST

START_TEST(two_sides_of_a_cut_agree_on_one)
{
	begin();
	scene_agree(TDA, 1);
	(void)scene_ring(CQC, "nominate", CQC, 1);
	(void)scene_ring(CQC, "accept", NOBODY, 1);
	(void)scene_ring(CQC, "agree", CQC, 1);
	(void)scene_ring(REGION, "agree", CQC, 1);
	scene_refused(scene_ring(CCG, "agree", CQC, 1), REASON_SUMMIT_VOICED);
	ck_assert_uint_eq(scene_holder(), TDA);
	ck_assert_uint_eq(candidate(CQC)->voices, 2);
}
END_TEST

Suite *test_summit_ring_suite(void)
{
	Suite *suite = suite_create("summit_ring");
	TCase *tests = tcase_create("summit_ring");

	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, electors_are_the_statutory_of_the_circle);
	tcase_add_test(tests, an_elector_has_one_voice_in_a_term);
	tcase_add_test(tests, a_voice_for_somebody_unfit_is_none);
	tcase_add_test(
	    tests, who_is_nominated_accepts_and_is_agreed_holds_the_ring);
	tcase_add_test(
	    tests, without_nomination_or_acceptance_nobody_holds_the_ring);
	tcase_add_test(tests, voices_of_another_term_are_none_in_this);
	tcase_add_test(tests, a_candidate_may_decline_until_it_is_agreed);
	tcase_add_test(
	    tests, a_holder_does_not_undo_what_was_done_under_its_ring);
	tcase_add_test(tests, nhs_england_alone_takes_the_ring_by_default);
	tcase_add_test(tests, who_is_agreed_comes_before_who_took_it);
	tcase_add_test(tests, the_ring_is_handed_over_once_it_is_accepted);
	tcase_add_test(
	    tests, a_term_begins_with_the_first_handing_over_of_its_holder);
	tcase_add_test(
	    tests, a_holder_speaks_between_taking_the_ring_and_handing_it_over);
	tcase_add_test(tests, two_sides_of_a_cut_agree_on_one);
	suite_add_tcase(suite, tests);
	return suite;
}
