#include "unit/view/summit_told.h"

#include "codec/canon.h"
#include "service/summits_review.h"

Suite *test_summits_review_suite(void);

static struct id32 stand_down(size_t at)
{
	Qsg__SummitStandDown ended;

	qsg__summit_stand_down__init(&ended);
	ended.summit = told_id(&told.summit);
	ended.reason = canon_lend("nights are safe again");
	return told_say(
	    at, QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, &ended.base);
}

static void judge(size_t at, const char *view)
{
	Qsg__Judgement judgement;

	qsg__judgement__init(&judgement);
	judgement.provider = canon_lend("RAL");
	judgement.view = canon_lend(view);
	judgement.text = canon_lend("as we see it");
	(void)told_say(at, QSG__PAYLOAD__CONTENT_JUDGEMENT, &judgement.base);
}

static struct summits_review review_at(size_t at, const char *provider)
{
	struct pictures_look picture = { 0 };
	struct summits_review review;

	OK(pictures_look(grouped_node(at), provider, &picture));
	OK(summits_review(grouped_node(at), &picture, &review));
	pictures_clear(&picture);
	return review;
}

/* M676 */
START_TEST(what_stood_down_is_reviewed_until_the_convenor_judges_anew)
{
	struct summits_review review;
	struct id32 ended;

	judge(0, "regular-review");
	told_begin();
	told_agree();
	ck_assert(!review_at(1, "RAL").due);
	ended = stand_down(1);
	review = review_at(1, "RAL");
	ck_assert(review.due);
	ck_assert(id_equal(&review.summit, &told.summit));
	ck_assert(id_equal(&review.record, &ended));
	ck_assert(id_equal(&review.group, &grouped_at(1)->id));
	ck_assert(!review_at(1, "RAX").due);
	/* Another member's view is its own. */
	judge(1, "none");
	ck_assert(review_at(1, "RAL").due);
	judge(0, "none");
	ck_assert(!review_at(1, "RAL").due);
}
END_TEST

Suite *test_summits_review_suite(void)
{
	Suite *suite = suite_create("summits_review");
	TCase *tests = tcase_create("summits_review");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, told_setup, told_teardown);
	tcase_add_test(
	    tests, what_stood_down_is_reviewed_until_the_convenor_judges_anew);
	suite_add_tcase(suite, tests);
	return suite;
}
