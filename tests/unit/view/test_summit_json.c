#include "unit/view/summit_told.h"

#include "codec/canon.h"
#include "service/receipts.h"
#include "service/submit.h"
#include "view/summit_json.h"
#include "view/summit_paper.h"

#include <string.h>

Suite *test_summit_json_suite(void);

static json_t *shown;

static void setup(void)
{
	told_setup();
	shown = NULL;
}

static void teardown(void)
{
	json_decref(shown);
	told_teardown();
}

static void show(size_t at)
{
	json_decref(shown);
	shown = told_show(at);
}

static void answers(size_t at, size_t of, const char *wanted)
{
	show(at);
	ck_assert_str_eq(told_text(told_side(shown, of), "answer"), wanted);
}

static const json_t *list(const char *key)
{
	const json_t *array = json_object_get(shown, key);

	ck_assert_msg(json_is_array(array), "%s", key);
	return array;
}

static const json_t *ring(const char *key)
{
	return json_object_get(json_object_get(shown, "ring"), key);
}

/* A node signs for what it has taken. */
static void sign(size_t at)
{
	grouped_fixture.now_ms += RECEIPTS_INTERVAL_MS + 1000;
	receipts_tick(grouped_node(at));
	OK(node_commit(grouped_node(at)));
	grouped_spread();
}

static void paper_of(
    void (*render)(struct paper *paper, const json_t *value), struct buf *out)
{
	struct paper paper = { .failed = false };

	render(&paper, shown);
	ck_assert(!paper.failed);
	OK(buf_append(out, buf_span(&paper.out)));
	buf_clear(&paper.out);
}

static bool says(
    void (*render)(struct paper *paper, const json_t *value), const char *words)
{
	struct buf text = { 0 };
	bool found = false;

	paper_of(render, &text);
	found = strstr(buf_text(&text), words) != NULL;
	buf_clear(&text);
	return found;
}

/*
 * Who was reached.
 */

/* M678, M606 */
START_TEST(not_reached_no_answer_and_nothing_held_are_told_apart)
{
	told_begin();
	answers(0, 1, "not-reached");
	answers(0, 2, "not-reached");
	ck_assert(says(summit_paper_show, "NOT REACHED"));
	ck_assert(!says(summit_paper_show, "no answer yet, reached"));
	ck_assert(!says(summit_paper_show, "holds nothing"));
	sign(1);
	answers(0, 1, "no-answer-yet");
	ck_assert_str_ne(told_text(told_side(shown, 1), "reached_at"), "");
	answers(0, 2, "not-reached");
	ck_assert(says(summit_paper_show, "no answer yet, reached"));
	(void)told_respond(1, "nothing-held");
	answers(0, 1, "nothing-held");
	answers(0, 2, "not-reached");
	ck_assert(says(summit_paper_show, "says that it holds nothing"));
	ck_assert(says(summit_paper_show, "NOT REACHED"));
}
END_TEST

/* M678: the receipts of another's trigger are not ours to know. */
START_TEST(what_another_told_is_not_called_unreached)
{
	told_begin();
	answers(1, 2, "no-answer-held");
	ck_assert(says(summit_paper_show, "no answer is held here"));
	ck_assert(!says(summit_paper_show, "NOT REACHED"));
	/* We hold it. */
	answers(1, 1, "no-answer-yet");
	/* Whoever says something of it was reached. */
	(void)told_judge(3, "no-breach");
	answers(1, 3, "no-answer-yet");
	answers(1, 2, "no-answer-held");
	/* So was who signed for something that we said in it. */
	(void)told_respond(1, "attending");
	sign(2);
	answers(1, 2, "no-answer-yet");
	answers(1, 1, "attending");
}
END_TEST

/* Node `at` says that it cannot read the trigger. */
static void sign_unreadable(size_t at)
{
	struct node *node = grouped_node(at);
	const struct view_record *view =
	    views_get(node->views, views_find(node->views, &told.summit));
	struct state_stream *stream = state_stream(node, view->stream);
	struct state_log *log = state_log(node, stream->row.log);
	int64_t org = fixture_org(&grouped_fixture, at, 0);
	struct generation generation = log->head.generation;
	struct id32 author = log->head.author;
	struct id32 id = stream->row.state.id;
	struct id32 record = told.summit;
	Qsg__Payload payload;
	Qsg__Receipt receipt;
	Qsg__ReceiptStream range;
	Qsg__ReceiptStream *ranges[] = { &range };
	Qsg__ReceiptGap gap;
	Qsg__ReceiptGap *gaps[] = { &gap };

	qsg__payload__init(&payload);
	qsg__receipt__init(&receipt);
	qsg__receipt_stream__init(&range);
	qsg__receipt_gap__init(&gap);
	receipt.author = told_id(&author);
	receipt.n_streams = 1;
	receipt.streams = ranges;
	range.generation.data = (uint8_t *)&generation;
	range.generation.len = sizeof generation;
	range.stream = told_id(&id);
	range.first = view->number;
	range.last = view->number;
	range.record = told_id(&record);
	range.n_unreadable = 1;
	range.unreadable = gaps;
	gap.number = view->number;
	gap.reason = canon_lend("malformed");
	payload.content_case = QSG__PAYLOAD__CONTENT_RECEIPT;
	payload.receipt = &receipt;
	OK(submit_payload(node, &org, 1, &payload, &told.said));
	OK(node_commit(node));
	grouped_spread();
}

/* M678 */
START_TEST(who_cannot_read_it_is_shown_so)
{
	told_begin();
	sign_unreadable(2);
	answers(0, 2, "cannot-read");
	ck_assert_str_eq(
	    told_text(told_side(shown, 2), "unreadable"), "malformed");
	ck_assert(says(summit_paper_show, "reached, and cannot read it"));
	(void)told_respond(2, "attending");
	answers(0, 2, "attending");
}
END_TEST

START_TEST(each_is_there_with_the_reason_why)
{
	told_begin();
	show(0);
	ck_assert_uint_eq(json_array_size(list("sides")), 4);
	ck_assert_str_eq(told_text(told_side(shown, 0), "part"), "triggered");
	ck_assert_str_eq(told_text(told_side(shown, 2), "part"), "alerted");
	ck_assert(json_is_true(json_object_get(told_side(shown, 1), "votes")));
	ck_assert(json_is_false(json_object_get(told_side(shown, 2), "votes")));
	ck_assert_str_eq(told_text(told_side(shown, 3), "kind"), "cqc");
	ck_assert(
	    says(summit_paper_show, "member of the group that was alerted"));
}
END_TEST

/*
 * Judging.
 */

/* M605, M607, M609, M639 */
START_TEST(judgements_stand_side_by_side)
{
	struct id32 first;
	struct id32 denied;
	const json_t *judgements = NULL;

	told_begin();
	first = told_judge(1, "none");
	(void)told_judge(1, "serious-failing");
	(void)told_judge(3, "breach");
	denied = told_judge(2, "breach");
	show(0);
	judgements = list("judgements");
	ck_assert_uint_eq(json_array_size(judgements), 3);
	for (size_t i = 0; i < 3; i++) {
		const json_t *each = json_array_get(judgements, i);
		bool older =
		    strcmp(told_text(each, "id"), told_hex(&first)) == 0;

		ck_assert(
		    json_is_true(json_object_get(each, "newest")) != older);
		ck_assert(json_is_true(json_object_get(each, "on_standards")) ==
			  (strcmp(told_text(each, "finding"), "breach") == 0));
	}
	ck_assert(json_is_true(json_object_get(shown, "breach_open")));
	ck_assert(!json_is_true(json_object_get(shown, "opposed")));
	ck_assert_uint_eq(json_array_size(list("not_counted")), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *each = json_array_get(list("not_counted"), i);
		bool is_denied =
		    strcmp(told_text(each, "id"), told_hex(&denied)) == 0;

		ck_assert_int_eq(
		    json_integer_value(json_object_get(each, "reason")),
		    is_denied ? REASON_FINDING : REASON_SUMMIT_NEWER);
		ck_assert_str_eq(told_text(each, "why_not"),
		    reason_text(
			is_denied ? REASON_FINDING : REASON_SUMMIT_NEWER));
	}
	ck_assert(says(summit_paper_show, "the breach is open"));
	(void)told_judge(0, "none");
	show(2);
	ck_assert(json_is_true(json_object_get(shown, "opposed")));
	ck_assert(says(summit_paper_show, "they are opposed"));
}
END_TEST

/*
 * The ring.
 */

static void lacks(const char *what, json_int_t voices)
{
	show(0);
	if (what) {
		ck_assert_str_eq(json_string_value(ring("missing")), what);
	} else {
		ck_assert(json_is_null(ring("missing")));
	}
	ck_assert_int_eq(json_integer_value(ring("voices_missing")), voices);
}

/* M613 */
START_TEST(what_is_missing_to_agree_is_shown)
{
	told_begin();
	(void)told_judge(1, "serious-failing");
	lacks("nomination", 2);
	(void)told_ring(0, "nominate", 1);
	lacks("acceptance", 2);
	(void)told_ring(1, "accept", 1);
	lacks("voices", 2);
	(void)told_ring(1, "agree", 1);
	lacks("voices", 1);
	ck_assert(json_is_null(ring("holder")));
	ck_assert(says(summit_paper_show,
	    "missing: 1 of the 2 voices that are needed, of 3"));
	(void)told_ring(3, "agree", 1);
	lacks(NULL, 0);
	ck_assert_str_eq(told_text(ring("holder"), "how"), "agreed");
	ck_assert_uint_eq(json_array_size(ring("voices")), 2);
	ck_assert_str_eq(told_text(shown, "phase"), "respond");
}
END_TEST

START_TEST(who_declines_is_no_candidate_that_could_be_agreed)
{
	told_begin();
	(void)told_ring(0, "nominate", 1);
	(void)told_ring(1, "decline", 1);
	lacks("nomination", 2);
	ck_assert(says(summit_paper_show, "nominated, declines"));
}
END_TEST

/*
 * The course.
 */

/* M623 */
START_TEST(a_meeting_has_who_was_there_its_note_and_who_says_what)
{
	struct id32 meeting;
	struct id32 note;
	const json_t *one = NULL;

	told_begin();
	meeting = told_call(0, "judging", 120000);
	grouped_fixture.now_ms += 600000;
	(void)told_enter(1, "attend", &meeting, NULL);
	note = told_enter(0, "note", &meeting, NULL);
	(void)told_enter(1, "agree", &meeting, &note);
	(void)told_enter(3, "dissent", &meeting, &note);
	show(2);
	one = json_array_get(list("meetings"), 0);
	ck_assert_str_eq(told_text(one, "purpose"), "judging");
	ck_assert_uint_eq(
	    json_array_size(json_object_get(one, "attendance")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(one, "notes")), 1);
	ck_assert_uint_eq(json_array_size(json_object_get(one, "words")), 2);
	/* The Royal College; not the caller. */
	ck_assert_uint_eq(json_array_size(json_object_get(one, "neither")), 1);
	ck_assert(says(summit_paper_show, "DISSENTS from the note"));
	ck_assert(says(summit_paper_show, "agrees to the note"));
	ck_assert(says(summit_paper_show, "neither agree nor dissent"));
	ck_assert(says(summit_paper_show, "Director of Nursing"));
}
END_TEST

START_TEST(checks_and_actions_stand_as_they_are)
{
	const json_t *checks = NULL;
	struct id32 action;

	told_begin();
	show(0);
	checks = list("checks");
	ck_assert_uint_eq(json_array_size(checks), 3);
	ck_assert(
	    json_is_false(json_object_get(json_array_get(checks, 0), "due")));
	(void)told_judge(1, "serious-failing");
	(void)told_check(0, "child-safeguarding", "board-engaged");
	(void)told_check(0, "adult-safeguarding", "arises");
	action = told_act(0, 1, "Walk the wards at night");
	show(3);
	checks = list("checks");
	for (size_t i = 0; i < 3; i++) {
		const json_t *each = json_array_get(checks, i);

		ck_assert(json_is_true(json_object_get(each, "due")));
		ck_assert(json_is_true(json_object_get(each, "open")) ==
			  (i != SUMMIT_CHILDREN));
	}
	ck_assert_str_eq(told_text(json_array_get(list("actions"), 0), "id"),
	    told_hex(&action));
	ck_assert_str_eq(
	    told_text(json_array_get(list("actions"), 0), "standing"),
	    "proposed");
	ck_assert(json_is_true(
	    json_object_get(json_array_get(list("actions"), 0), "holds_open")));
	ck_assert(says(summit_paper_show, "Walk the wards at night"));
	ck_assert(says(summit_paper_show, "the board was told on Friday"));
}
END_TEST

START_TEST(two_summits_about_one_provider_stand_beside_each_other)
{
	struct id32 first;

	told_begin();
	first = told.summit;
	told_begin();
	show(1);
	ck_assert_uint_eq(json_array_size(list("beside")), 1);
	ck_assert_str_eq(told_text(json_array_get(list("beside"), 0), "id"),
	    told_hex(&first));
	ck_assert(
	    says(summit_paper_show, "another summit about this provider"));
}
END_TEST

/*
 * What to do next.
 */

static bool suggests(const char *words)
{
	size_t at = 0;
	const json_t *each = NULL;

	json_array_foreach(list("next"), at, each)
	{
		if (strstr(told_text(each, "command"), words)) {
			return true;
		}
	}
	return false;
}

START_TEST(what_to_do_next_is_a_command_for_whoever_can_do_it)
{
	told_begin();
	show(0);
	ck_assert(suggests(" --purpose judging "));
	ck_assert(!suggests("qsg summit respond"));
	show(1);
	ck_assert(!suggests("convene"));
	ck_assert(suggests("qsg summit respond"));
	ck_assert(suggests("qsg summit judge"));
	(void)told_respond(1, "attending");
	(void)told_judge(1, "serious-failing");
	show(1);
	ck_assert(!suggests("qsg summit respond"));
	ck_assert(!suggests("qsg summit judge"));
	ck_assert(suggests(" nominate "));
	ck_assert(!suggests("qsg summit check"));
	(void)told_ring(0, "nominate", 1);
	show(1);
	ck_assert(suggests(" accept"));
	ck_assert(!suggests(" agree "));
	(void)told_ring(1, "accept", 1);
	show(3);
	ck_assert(suggests(" agree "));
	/* A Royal College has no voice. */
	show(2);
	ck_assert(!suggests(" agree "));
	(void)told_ring(3, "agree", 1);
	(void)told_ring(1, "agree", 1);
	show(1);
	ck_assert(!suggests(" agree "));
	ck_assert(suggests("qsg summit check"));
	ck_assert(suggests(" --purpose response "));
	(void)told_act(0, 1, "Walk the wards at night");
	show(1);
	ck_assert(suggests("qsg action accept"));
	ck_assert(!suggests("qsg summit stand-down"));
}
END_TEST

START_TEST(the_holder_stands_down_when_nothing_is_open)
{
	told_begin();
	(void)told_judge(1, "serious-failing");
	told_agree();
	(void)told_check(1, "professional-standards", "nothing-arises");
	(void)told_check(1, "adult-safeguarding", "nothing-arises");
	show(1);
	ck_assert(!suggests("qsg summit stand-down"));
	(void)told_check(1, "child-safeguarding", "nothing-arises");
	show(1);
	ck_assert(suggests("qsg summit stand-down"));
	show(0);
	ck_assert(!suggests("qsg summit stand-down"));
}
END_TEST

/* M677: whatever others wrote. */
START_TEST(no_command_holds_what_others_wrote)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 :/-";
	size_t at = 0;
	size_t seen = 0;
	const json_t *each = NULL;
	struct id32 meeting;

	told.trigger.concern = canon_lend("$(reboot); `reboot` \n# | sh");
	told_begin();
	(void)told_judge(3, "breach");
	(void)told_ring(3, "nominate", 3);
	(void)told_ring(3, "accept", 3);
	meeting = told_call(0, "judging", 120000);
	grouped_fixture.now_ms += 600000;
	(void)told_enter(0, "note", &meeting, NULL);
	(void)told_act(0, 1, "$(reboot); `reboot` | sh");
	show(1);
	json_array_foreach(list("next"), at, each)
	{
		const char *command = told_text(each, "command");

		ck_assert_msg(
		    strspn(command, plain) == strlen(command), "%s", command);
		ck_assert_ptr_null(strstr(command, "reboot"));
		seen++;
	}
	ck_assert_uint_ge(seen, 5);
}
END_TEST

/*
 * In the order of time, and in a list.
 */

/* M639 */
START_TEST(the_timeline_has_every_record_in_the_order_of_time)
{
	json_t *timeline = NULL;
	const json_t *records = NULL;
	struct id32 denied;
	size_t counted = 0;

	told_begin();
	(void)told_respond(1, "attending");
	denied = told_judge(2, "breach");
	(void)told_judge(3, "no-breach");
	(void)told_act(0, 1, "Walk the wards at night");
	timeline = told_timeline(1);
	records = json_object_get(timeline, "records");
	ck_assert_uint_eq(json_array_size(records), 5);
	ck_assert_str_eq(told_text(json_array_get(records, 0), "id"),
	    told_hex(&told.summit));
	for (size_t i = 0; i < 5; i++) {
		const json_t *each = json_array_get(records, i);
		bool counts = json_is_true(json_object_get(each, "counts"));

		ck_assert_str_ne(told_text(each, "received_at"), "");
		ck_assert(
		    i == 0 || strcmp(told_text(json_array_get(records, i - 1),
					 "created_at"),
				  told_text(each, "created_at")) < 0);
		ck_assert(counts || strcmp(told_text(each, "id"),
					told_hex(&denied)) == 0);
		counted += counts ? 1 : 0;
	}
	ck_assert_uint_eq(counted, 4);
	ck_assert_str_eq(told_text(json_array_get(records, 0), "text"),
	    "deaths at night are not looked into");
	json_decref(timeline);
}
END_TEST

START_TEST(a_trigger_that_does_not_count_is_shown_with_the_reason)
{
	const struct group_state *group = grouped_at(2);
	struct id32 id = group->id;

	told.trigger.group = told_id(&id);
	told.trigger.roster_epoch = group->epoch;
	told.summit = told_say(
	    2, QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, &told.trigger.base);
	show(1);
	ck_assert(json_is_false(json_object_get(shown, "counts")));
	ck_assert_str_eq(
	    told_text(shown, "why_not"), reason_text(REASON_SUMMIT_STATUTORY));
	ck_assert_str_eq(told_text(shown, "phase"), "none");
	ck_assert_uint_eq(json_array_size(list("sides")), 0);
	ck_assert_uint_eq(json_array_size(list("next")), 0);
	ck_assert(says(summit_paper_show, "its trigger does not count"));
}
END_TEST

/* M674 */
START_TEST(who_was_invited_is_shown_by_whom_and_no_refused_trigger)
{
	told_invite();
	show(2);
	ck_assert_str_eq(told_text(shown, "phase"), "none");
	ck_assert_str_eq(told_text(shown, "provider"), "RAL");
	ck_assert_str_eq(
	    told_text(json_object_get(shown, "invited"), "author_code"), "00X");
	ck_assert(suggests("qsg summit respond"));
	ck_assert(says(summit_paper_show, "was invited by"));
	ck_assert(says(summit_paper_show, "please bring what you hold"));
	ck_assert(!says(summit_paper_show, "does not count"));
	(void)told_respond(2, "attending");
	show(2);
	ck_assert(!suggests("qsg summit respond"));
	show(1);
	ck_assert(json_is_null(json_object_get(shown, "invited")));
}
END_TEST

/* M160 */
START_TEST(what_others_wrote_is_escaped_for_people)
{
	told.trigger.concern = canon_lend("a\033[2Jb");
	told_begin();
	show(1);
	ck_assert(!says(summit_paper_show, "\033"));
	json_decref(shown);
	shown = told_timeline(1);
	ck_assert(!says(summit_paper_timeline, "\033"));
}
END_TEST

Suite *test_summit_json_suite(void)
{
	Suite *suite = suite_create("summit_json");
	TCase *tests = tcase_create("summit_json");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, not_reached_no_answer_and_nothing_held_are_told_apart);
	tcase_add_test(tests, what_another_told_is_not_called_unreached);
	tcase_add_test(tests, who_cannot_read_it_is_shown_so);
	tcase_add_test(tests, each_is_there_with_the_reason_why);
	tcase_add_test(tests, judgements_stand_side_by_side);
	tcase_add_test(tests, what_is_missing_to_agree_is_shown);
	tcase_add_test(
	    tests, who_declines_is_no_candidate_that_could_be_agreed);
	tcase_add_test(
	    tests, a_meeting_has_who_was_there_its_note_and_who_says_what);
	tcase_add_test(tests, checks_and_actions_stand_as_they_are);
	tcase_add_test(
	    tests, two_summits_about_one_provider_stand_beside_each_other);
	tcase_add_test(
	    tests, what_to_do_next_is_a_command_for_whoever_can_do_it);
	tcase_add_test(tests, the_holder_stands_down_when_nothing_is_open);
	tcase_add_test(tests, no_command_holds_what_others_wrote);
	tcase_add_test(
	    tests, the_timeline_has_every_record_in_the_order_of_time);
	tcase_add_test(
	    tests, a_trigger_that_does_not_count_is_shown_with_the_reason);
	tcase_add_test(
	    tests, who_was_invited_is_shown_by_whom_and_no_refused_trigger);
	tcase_add_test(tests, what_others_wrote_is_escaped_for_people);
	suite_add_tcase(suite, tests);
	return suite;
}
