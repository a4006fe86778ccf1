#include "service/alarms.h"

#include "grouped.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/share.h"
#include "service/summit_clocks.h"
#include "service/verify.h"
#include "store/heads.h"

#include <stdio.h>
#include <string.h>

#define HOME (&grouped_fixture)
Suite *test_alarms_suite(void);

/* 0, an area team, triggers; 1, a CCG, and 2, a Royal College, are told. */
static struct summits_look look;
static struct summit_clocks clocks;
static Qsg__Payload payload;
static union {
	Qsg__SummitTrigger trigger;
	Qsg__SummitResponse response;
	Qsg__SummitMeeting meeting;
	Qsg__SummitInvitation invitation;
	Qsg__Action action;
} content;
static struct id32 said; /* the record sealed last */
static struct id32 summit;
static struct id32 named;

static void setup(void)
{
	grouped_open();
	memset(&look, 0, sizeof look);
	memset(&clocks, 0, sizeof clocks);
	grouped_all_join(3);
}

static void teardown(void)
{
	summit_clocks_clear(&clocks);
	summits_clear(&look);
	grouped_close();
}

static void say_to(size_t at, const char *whom)
{
	const char *to[] = { whom };
	const struct share_request request = {
		.to = to, .to_count = 1, .yes = true
	};
	struct share_result result = { 0 };

	payload.role = canon_lend("administrator");
	OK(share_payload(grouped_node(at), &request, &payload, &result));
	OK(node_commit(grouped_node(at)));
	said = result.record;
	share_clear(&result);
}

static void fill(
    Qsg__Payload__ContentCase which, void *message, ProtobufCBinaryData *about)
{
	qsg__payload__init(&payload);
	payload.content_case = which;
	payload.summit_trigger = message; /* the union's, whichever it is */
	if (about) {
		about->data = summit.b;
		about->len = sizeof summit.b;
	}
}

/* Without the others having heard of it. */
static void trigger_by(size_t at)
{
	const struct group_state *group = grouped_at(at);

	qsg__summit_trigger__init(&content.trigger);
	content.trigger.provider = canon_lend("RAL");
	content.trigger.concern = canon_lend("deaths at night");
	content.trigger.urgency = canon_lend("24h");
	named = group->id;
	content.trigger.group.data = named.b;
	content.trigger.group.len = sizeof named.b;
	content.trigger.roster_epoch = group->epoch;
	fill(QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, &content, NULL);
	say_to(at, GROUPED_NAME);
	summit = said;
}

static void trigger(void)
{
	trigger_by(0);
}

static void begin(void)
{
	trigger();
	grouped_spread();
}

static void respond(size_t at)
{
	qsg__summit_response__init(&content.response);
	fill(QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, &content,
	    &content.response.summit);
	content.response.answer = canon_lend("attending");
	say_to(at, GROUPED_NAME);
	grouped_spread();
}

/* A meeting to judge, for a time that is past by now. */
static void meet(int64_t at_ms)
{
	qsg__summit_meeting__init(&content.meeting);
	fill(QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, &content,
	    &content.meeting.summit);
	content.meeting.purpose = canon_lend("judging");
	content.meeting.place = canon_lend("by telephone");
	content.meeting.at_ms = at_ms;
	say_to(0, GROUPED_NAME);
}

static void tick(size_t at)
{
	alarms_tick(grouped_node(at));
	OK(node_commit(grouped_node(at)));
}

struct listed {
	size_t count;
	size_t given;
	struct alarm last;
};

static enum err keep(void *context, const struct alarm *alarm)
{
	struct listed *listed = context;

	listed->count++;
	listed->given += alarm->given;
	listed->last = *alarm;
	return ERR_OK;
}

static struct listed list(size_t at, bool all)
{
	struct listed listed = { 0 };

	OK(alarms_list(grouped_node(at), all, keep, &listed));
	return listed;
}

static struct alarms_saw see(size_t at, const struct id32 *about)
{
	struct hex32 hex = text_hex_id(about);
	const struct alarms_seeing seeing = { .about = hex.text };
	struct alarms_saw saw;

	OK(alarms_seen(grouped_node(at), &seeing, &saw));
	OK(node_commit(grouped_node(at)));
	return saw;
}

static const struct summit_clock *judging(size_t at)
{
	summit_clocks_clear(&clocks);
	summits_clear(&look);
	OK(summits_look(grouped_node(at), &summit, &look));
	OK(summit_clocks_look(grouped_node(at), &look, &clocks));
	ck_assert_uint_ge(clocks.count, 1);
	ck_assert_str_eq(clocks.items[0].token, "judging");
	return &clocks.items[0];
}

/* M691 */
START_TEST(a_trigger_alarms_everybody_whom_it_calls)
{
	struct listed listed = list(1, true);

	ck_assert_uint_eq(listed.count, 0);
	begin();
	ck_assert_uint_eq(list(0, true).count, 0);
	for (size_t at = 1; at < 3; at++) {
		listed = list(at, false);
		ck_assert_uint_eq(listed.count, 1);
		ck_assert_int_eq(listed.last.kind, ALARM_TRIGGER);
		ck_assert(id_equal(&listed.last.record, &summit));
		ck_assert(id_equal(&listed.last.summit, &summit));
		ck_assert(
		    id_equal(&listed.last.author, node_id(grouped_node(0))));
		ck_assert_str_eq(listed.last.provider, "RAL");
		ck_assert_int_eq(listed.last.since_ms, HOME->now_ms);
	}
}
END_TEST

/* M692 */
START_TEST(an_alarm_stands_until_a_person_saw_it)
{
	struct id32 before;
	struct id32 after;
	struct alarms_saw saw;
	struct listed listed;

	begin();
	OK(alarms_mark(grouped_node(1), &before));
	tick(1);
	saw = see(1, &summit);
	ck_assert(!saw.again);
	OK(alarms_mark(grouped_node(1), &after));
	ck_assert(!id_equal(&before, &after));
	ck_assert_uint_eq(list(1, false).count, 0);
	ck_assert_uint_eq(list(1, true).count, 1);
	listed = list(1, true);
	ck_assert(id_equal(&listed.last.seen, &saw.record));
	ck_assert_uint_eq(list(2, false).count, 1);
	/* Once more records nothing. */
	saw = see(1, &summit);
	ck_assert(saw.again);
	listed = list(1, true);
	ck_assert(id_equal(&listed.last.seen, &saw.record));
	grouped_spread();
	ck_assert_ptr_null(fixture_view(HOME, 2, &saw.record));
	ck_assert_ptr_null(fixture_view(HOME, 0, &saw.record));
	for (int crash = 0; crash < 2; crash++) {
		fixture_restart(HOME, 1, crash);
		ck_assert_uint_eq(list(1, false).count, 0);
		ck_assert_uint_eq(list(1, true).count, 1);
	}
}
END_TEST

/* M692 */
START_TEST(whoever_responded_to_a_trigger_saw_it)
{
	struct listed listed;

	begin();
	respond(1);
	ck_assert_uint_eq(list(1, false).count, 0);
	listed = list(1, true);
	ck_assert(id_equal(&listed.last.seen, &said));
	ck_assert_uint_eq(list(2, false).count, 1);
}
END_TEST

START_TEST(only_what_alarms_can_be_seen)
{
	struct alarms_seeing seeing = { .about = "ffffffffffff" };
	struct hex32 called;
	struct hex32 hex;
	struct alarms_saw saw;

	begin();
	called = text_hex_id(&summit);
	FAILS(alarms_seen(grouped_node(1), &seeing, &saw), ERR_NOTFOUND);
	respond(2);
	hex = text_hex_id(&said);
	seeing.about = hex.text;
	FAILS(alarms_seen(grouped_node(1), &seeing, &saw), ERR_NOTFOUND);
	seeing.about = called.text;
	seeing.role = "King of the ward";
	FAILS(alarms_seen(grouped_node(1), &seeing, &saw), ERR_INPUT);
	ck_assert(!node_staged(grouped_node(1)));
	ck_assert_uint_eq(list(1, false).count, 1);
}
END_TEST

/* M691 */
START_TEST(an_invitation_alarms_who_holds_no_trigger)
{
	struct id32 invited = *node_id(grouped_node(3));
	struct listed listed;

	begin();
	qsg__summit_invitation__init(&content.invitation);
	fill(QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, &content,
	    &content.invitation.summit);
	content.invitation.provider = canon_lend("RAL");
	content.invitation.organisation.data = invited.b;
	content.invitation.organisation.len = sizeof invited.b;
	fixture_meet(HOME, 0, 3);
	fixture_meet(HOME, 3, 0);
	say_to(0, text_fingerprint(&invited).text);
	grouped_spread();
	listed = list(3, false);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert_int_eq(listed.last.kind, ALARM_INVITATION);
	ck_assert(id_equal(&listed.last.record, &said));
	ck_assert(id_equal(&listed.last.summit, &summit));
	ck_assert_str_eq(listed.last.provider, "RAL");
	ck_assert_uint_eq(list(1, false).count, 1);
	(void)see(3, &said);
	ck_assert_uint_eq(list(3, false).count, 0);
}
END_TEST

static void invite(size_t by, const struct id32 *whom)
{
	static struct id32 invited;

	invited = *whom;
	qsg__summit_invitation__init(&content.invitation);
	fill(QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, &content,
	    &content.invitation.summit);
	content.invitation.provider = canon_lend("RAL");
	content.invitation.organisation.data = invited.b;
	content.invitation.organisation.len = sizeof invited.b;
	fixture_meet(HOME, by, 3);
	fixture_meet(HOME, 3, by);
	say_to(by, text_fingerprint(&invited).text);
	grouped_spread();
}

/* Of three, the one whose id is neither the first nor the last. */
static size_t middle_of_three(void)
{
	size_t at = 0;

	for (; at < 3; at++) {
		const struct id32 *id = node_id(grouped_node(at));
		size_t below = 0;

		for (size_t i = 0; i < 3; i++) {
			below += id_compare(node_id(grouped_node(i)), id) < 0;
		}
		if (below == 1) {
			break;
		}
	}
	return at;
}

/* M670 */
START_TEST(who_is_invited_goes_by_the_first_that_invited_it)
{
	struct id32 whom = *node_id(grouped_node(3));
	size_t first = middle_of_three();
	struct id32 record;
	struct listed listed;

	begin();
	invite(first, &whom);
	record = said;
	for (size_t at = 0; at < 3; at++) {
		if (at != first) {
			invite(at, &whom);
		}
	}
	listed = list(3, false);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert(id_equal(&listed.last.record, &record));
	OK(summits_look(grouped_node(3), &summit, &look));
	ck_assert(id_equal(
	    &summits_invited(grouped_node(3), &look)->record, &record));
}
END_TEST

/* M695 */
START_TEST(who_triggers_very_many_does_not_drown_another)
{
	struct listed listed;
	uint64_t before = 0;
	uint64_t after = 0;

	for (size_t i = 0; i < 17; i++) {
		trigger_by(0);
	}
	grouped_spread();
	listed = list(2, false);
	ck_assert_uint_eq(listed.count, 17);
	ck_assert_uint_eq(listed.given, 16);
	ck_assert(!listed.last.given);
	OK(alarms_version(grouped_node(2), &before));
	trigger_by(1);
	grouped_spread();
	OK(alarms_version(grouped_node(2), &after));
	ck_assert_uint_ne(before, after);
	listed = list(2, false);
	ck_assert_uint_eq(listed.count, 18);
	ck_assert_uint_eq(listed.given, 17);
	ck_assert(listed.last.given);
	ck_assert(id_equal(&listed.last.cause, node_id(grouped_node(1))));
}
END_TEST

/* M689 M691 M692 */
START_TEST(a_missed_clock_is_recorded_once_by_each_that_saw_it)
{
	size_t made = 0;
	struct listed listed;

	begin();
	respond(1);
	tick(1);
	ck_assert_uint_eq(list(1, false).count, 0);
	HOME->now_ms += FIXTURE_DAY_MS - 1;
	tick(1);
	ck_assert_int_eq(judging(1)->status, SUMMIT_CLOCK_RUNNING);
	HOME->now_ms += 1;
	made = views_count(node_views(grouped_node(1)));
	tick(1);
	/* With the record that opens its stream, at most. */
	ck_assert_uint_gt(views_count(node_views(grouped_node(1))), made);
	ck_assert_ptr_nonnull(judging(1)->ours);
	listed = list(1, false);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert_int_eq(listed.last.kind, ALARM_MISSED);
	ck_assert_str_eq(listed.last.clock, "judging");
	ck_assert(id_equal(&listed.last.summit, &summit));
	made = views_count(node_views(grouped_node(1)));
	HOME->now_ms += FIXTURE_HOUR_MS;
	tick(1);
	fixture_restart(HOME, 1, true);
	tick(1);
	ck_assert_uint_eq(views_count(node_views(grouped_node(1))), made);
	grouped_spread();
	tick(0);
	tick(2);
	grouped_spread();
	for (size_t at = 0; at < 3; at++) {
		ck_assert_uint_eq(judging(at)->missed_by, 3);
		ck_assert_uint_eq(look.state.missed_count, 3);
	}
	/* Whoever triggered it, too, has to look at it. */
	listed = list(0, false);
	(void)see(0, &listed.last.record);
	ck_assert_uint_eq(list(0, false).count, 0);
}
END_TEST

/* Its own, due in an hour. */
static void act(size_t at)
{
	struct id32 owner = *node_id(grouped_node(at));

	qsg__action__init(&content.action);
	fill(QSG__PAYLOAD__CONTENT_ACTION, &content, &content.action.summit);
	content.action.owner.data = owner.b;
	content.action.owner.len = sizeof owner.b;
	content.action.what = canon_lend("look after the patients");
	content.action.due_ms = HOME->now_ms + FIXTURE_HOUR_MS;
	say_to(at, GROUPED_NAME);
}

static size_t count_missed(size_t at, enum summit_clock_status *status)
{
	size_t count = 0;

	(void)judging(at);
	for (size_t i = 0; i < clocks.count; i++) {
		count += clocks.items[i].ours != NULL;
		*status = clocks.items[i].status;
	}
	return count;
}

/* M669 */
START_TEST(who_sets_very_many_clocks_is_not_recorded_for_ever)
{
	enum summit_clock_status status = SUMMIT_CLOCK_RUNNING;
	struct listed listed;

	begin();
	for (size_t i = 0; i <= LIMIT_SUMMIT_MISSED_OF; i++) {
		act(0);
	}
	act(2);
	grouped_spread();
	HOME->now_ms += 2 * FIXTURE_HOUR_MS;
	tick(1);
	ck_assert_uint_eq(count_missed(1, &status), LIMIT_SUMMIT_MISSED_OF + 1);
	ck_assert_int_eq(status, SUMMIT_CLOCK_MISSED);
	/* It is theirs that set it, whoever recorded it. */
	listed = list(1, false);
	ck_assert(!id_equal(&listed.last.cause, node_id(grouped_node(1))));
	/* Nor later; and what matters most still is. */
	HOME->now_ms += FIXTURE_DAY_MS;
	tick(1);
	ck_assert_uint_eq(count_missed(1, &status), LIMIT_SUMMIT_MISSED_OF + 2);
	ck_assert_ptr_nonnull(judging(1)->ours);
}
END_TEST

/* M689 */
START_TEST(what_comes_later_does_not_make_a_clock_met)
{
	begin();
	/* They met, and a node that was away hears of it too late. */
	HOME->now_ms += FIXTURE_HOUR_MS;
	meet(HOME->now_ms);
	HOME->now_ms += FIXTURE_DAY_MS;
	tick(0);
	tick(1);
	ck_assert_int_eq(judging(0)->status, SUMMIT_CLOCK_MET);
	ck_assert_int_eq(judging(1)->status, SUMMIT_CLOCK_MISSED);
	grouped_spread();
	tick(0);
	tick(1);
	ck_assert_int_eq(judging(1)->status, SUMMIT_CLOCK_MISSED);
	ck_assert_ptr_nonnull(judging(1)->by);
	ck_assert_int_eq(judging(0)->status, SUMMIT_CLOCK_MET);
	ck_assert_uint_eq(judging(0)->missed_by, 1);
}
END_TEST

/* M689: nobody outside the circle does. */
START_TEST(nobody_outside_the_circle_records_it)
{
	size_t made = 0;

	begin();
	HOME->now_ms += 2 * FIXTURE_DAY_MS;
	made = views_count(node_views(grouped_node(3)));
	tick(3);
	ck_assert_uint_eq(views_count(node_views(grouped_node(3))), made);
}
END_TEST

/* M680: neither the author's clock alone, nor when it gives it. */
START_TEST(a_clock_that_is_ahead_does_not_put_off_when_it_is_due)
{
	int64_t now_ms = HOME->now_ms;

	HOME->now_ms += 300 * FIXTURE_DAY_MS;
	trigger();
	HOME->now_ms = now_ms;
	grouped_spread();
	ck_assert_int_eq(judging(1)->from_ms, now_ms);
	ck_assert_int_eq(judging(1)->due_ms, now_ms + FIXTURE_DAY_MS);
	ck_assert_str_eq(judging(1)->source, "ours");
}
END_TEST

/* Two organisations cosigned the log of the trigger at this size and time. */
static void cosigned(size_t at, uint64_t size, int64_t time_s)
{
	const struct view_record *view = fixture_view(HOME, at, &summit);
	struct node *node = grouped_node(at);
	struct cosignature_row row = {
		.log = state_stream(node, view->stream)->row.log,
		.time_s = (uint64_t)time_s,
		.line = span_text("a line\n")
	};

	for (int64_t org = 3; org <= 4; org++) {
		struct head_row head = { .log = row.log,
			.published_ms = 1,
			.note = span_text("a note") };

		row.org = org;
		row.size = size + (uint64_t)org;
		head.size = row.size;
		OK(heads_add(node->db, &head));
		OK(heads_keep_cosignature(node->db, &row));
	}
	OK(state_begin(node));
	OK(node_commit(node));
}

/* M680 M683 */
START_TEST(what_is_known_of_when_a_record_was_made_is_kept)
{
	int64_t now_ms = HOME->now_ms;
	int64_t signed_s = now_ms / 1000 + 60;

	trigger();
	HOME->now_ms += FIXTURE_HOUR_MS;
	grouped_spread();
	ck_assert_int_eq(judging(1)->from_ms, now_ms);
	/* Both saw its log without it a minute after it says it was made. */
	OK(state_begin(grouped_node(1)));
	ck_assert_uint_gt(fixture_view(HOME, 1, &summit)->leaf, 4);
	cosigned(1, fixture_view(HOME, 1, &summit)->leaf - 4, signed_s);
	ck_assert_int_eq(judging(1)->from_ms, signed_s * 1000);
	tick(1);
	/* Newer ones take the places of those. */
	OK(state_begin(grouped_node(1)));
	cosigned(1, fixture_view(HOME, 1, &summit)->leaf + 1, signed_s + 3600);
	ck_assert_int_eq(judging(1)->from_ms, signed_s * 1000);
	fixture_restart(HOME, 1, true);
	ck_assert_int_eq(judging(1)->from_ms, signed_s * 1000);
}
END_TEST

static uint64_t faults_with(const char *key, struct span value)
{
	struct node *node = grouped_node(1);
	struct verify_report report;

	OK(state_begin(node));
	OK(db_meta_set(node->db, key, value));
	OK(node_commit(node));
	OK(verify_node(node, &report));
	return report.faults;
}

START_TEST(a_check_knows_what_is_kept_of_when_a_record_was_made)
{
	static const char ends[16] = { 1 };
	static const char before_all[16] = { 0, 0, 0, 0, 0, 0, 0, 0,
		(char)0x80 };
	char key[80];

	begin();
	tick(1);
	fixture_assert_verifies(HOME, 1);
	(void)snprintf(
	    key, sizeof key, STATE_MADE_KEY "%s", text_hex_id(&summit).text);
	ck_assert_uint_eq(faults_with(key, span_of(ends, 16)), 0);
	ck_assert_uint_eq(faults_with(key, span_of(ends, 15)), 1);
	ck_assert_uint_eq(faults_with(key, span_of(before_all, 16)), 1);
	ck_assert_uint_eq(faults_with(key, span_of(ends, 16)), 0);
	ck_assert_uint_eq(
	    faults_with(STATE_MADE_KEY "once", span_of(ends, 16)), 1);
}
END_TEST

Suite *test_alarms_suite(void)
{
	Suite *suite = suite_create("alarms");
	TCase *tests = tcase_create("alarms");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_trigger_alarms_everybody_whom_it_calls);
	tcase_add_test(tests, an_alarm_stands_until_a_person_saw_it);
	tcase_add_test(tests, whoever_responded_to_a_trigger_saw_it);
	tcase_add_test(tests, only_what_alarms_can_be_seen);
	tcase_add_test(tests, an_invitation_alarms_who_holds_no_trigger);
	tcase_add_test(
	    tests, a_missed_clock_is_recorded_once_by_each_that_saw_it);
	tcase_add_test(
	    tests, who_sets_very_many_clocks_is_not_recorded_for_ever);
	tcase_add_test(tests, who_is_invited_goes_by_the_first_that_invited_it);
	tcase_add_test(tests, who_triggers_very_many_does_not_drown_another);
	tcase_add_test(tests, what_comes_later_does_not_make_a_clock_met);
	tcase_add_test(tests, nobody_outside_the_circle_records_it);
	tcase_add_test(
	    tests, a_clock_that_is_ahead_does_not_put_off_when_it_is_due);
	tcase_add_test(
	    tests, a_check_knows_what_is_kept_of_when_a_record_was_made);
	tcase_add_test(tests, what_is_known_of_when_a_record_was_made_is_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
