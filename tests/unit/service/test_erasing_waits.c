#include "granted.h"

#include "codec/canon.h"
#include "service/drafting.h"
#include "service/erasing.h"
#include "service/policies.h"
#include "service/release.h"
#include "store/drafts.h"

Suite *test_erasing_waits_suite(void);

/* What is not sent yet, and has to do with a record that is to be erased: it is
 * said before, whether it goes with it or stays. */

static struct node *node_of(size_t at)
{
	return granted.fixture.nodes[at];
}

static enum err erase(size_t at, bool dry_run, struct erasing_result *out)
{
	struct erasing_request request = { .record = granted.record,
		.reason = "it was about somebody else",
		.dry_run = dry_run };

	return erasing_erase(node_of(at), &request, out);
}

static size_t waiting_at(size_t at, bool goes)
{
	struct erasing_result result;
	size_t count = 0;

	OK(erase(at, true, &result));
	for (size_t i = 0; i < result.wait_count; i++) {
		ck_assert(!result.waits[i].draft != !result.waits[i].release);
		count += result.waits[i].goes == goes;
	}
	erasing_clear(&result);
	return count;
}

static void waits_to_sign(size_t at, bool waits)
{
	node_of(at)->may_sign = !waits;
	node_of(at)->start.signing = waits ? STATE_WAITS : STATE_SIGNS;
}

static void draft_feedback(size_t at, const struct id32 *about)
{
	Qsg__Feedback feedback;
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	struct id32 target = *about;
	struct id32 said;
	int64_t draft = 0;

	qsg__feedback__init(&feedback);
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	reference.relation = canon_lend("feedback-on");
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	payload.references = list;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_FEEDBACK;
	payload.feedback = &feedback;
	OK(drafting_submit(node_of(at), NULL, 0, &payload, &said, &draft));
}

/* M437 */
START_TEST(a_draft_is_said_to_go_or_to_stay)
{
	struct id32 record = granted_shared("ask");
	struct erasing_result result;
	uint64_t drafts = 0;

	ck_assert_uint_eq(waiting_at(0, true) + waiting_at(0, false), 0);
	waits_to_sign(0, true);
	OK(granted_grant(0, 1u << 2));
	draft_feedback(0, &record);
	OK(node_commit(node_of(0)));
	ck_assert_uint_eq(waiting_at(0, true), 1);
	ck_assert_uint_eq(waiting_at(0, false), 1);
	OK(drafts_count(node_of(0)->db, &drafts));
	ck_assert_uint_eq(drafts, 2);
	waits_to_sign(0, false);
	OK(erase(0, false, &result));
	ck_assert_uint_eq(result.wait_count, 2); /* as it was */
	erasing_clear(&result);
	OK(node_commit(node_of(0)));
	OK(drafts_count(node_of(0)->db, &drafts));
	ck_assert_uint_eq(drafts, 1);
}
END_TEST

/* M437 */
START_TEST(what_waits_for_a_person_is_said_to_go)
{
	static const char text[] =
	    "[rule]\nsource = complaint\nverdict = four eyes\n";
	struct policies policies = { 0 };
	struct erasing_result result;

	(void)granted_shared("none");
	OK(policies_set(node_of(0), span_text(text), &policies));
	OK(node_commit(node_of(0)));
	policies_clear(&policies);
	granted.request.share.yes = true;
	granted.request.share.asked_by = "One";
	OK(granted_grant(0, 1u << 2));
	ck_assert_uint_eq(release_waiting(node_of(0)), 1);
	ck_assert_uint_eq(waiting_at(0, true), 1);
	ck_assert_uint_eq(waiting_at(0, false), 0);
	OK(erase(0, false, &result));
	erasing_clear(&result);
	ck_assert_uint_eq(release_waiting(node_of(0)), 0);
}
END_TEST

Suite *test_erasing_waits_suite(void)
{
	Suite *suite = suite_create("erasing_waits");
	TCase *tests = tcase_create("erasing_waits");

	tcase_add_checked_fixture(tests, granted_setup, granted_teardown);
	tcase_add_test(tests, a_draft_is_said_to_go_or_to_stay);
	tcase_add_test(tests, what_waits_for_a_person_is_said_to_go);
	suite_add_tcase(suite, tests);
	return suite;
}
