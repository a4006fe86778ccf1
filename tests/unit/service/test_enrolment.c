#include "grouped.h"

#include "codec/canon.h"
#include "service/convening.h"
#include "service/enrolment.h"
#include "service/successor.h"
#include "service/verify.h"

#include <stdlib.h>
#include <string.h>

Suite *test_enrolment_suite(void);

#define HOME (&grouped_fixture)

static struct node *node(size_t at)
{
	return grouped_node(at);
}

static struct peer *peer(size_t at, size_t of)
{
	return fixture_peer(HOME, at, of);
}

static void setup(void)
{
	grouped_open();
	grouped_all_join(3);
}

/* What a node shares with the group, committed. */
static struct id32 tell(size_t at, const char *text)
{
	const struct group_state *group = grouped_at(at);
	struct submit_group from = { .id = group->id, .epoch = group->epoch };
	Qsg__Payload payload;
	Qsg__Intelligence item;
	int64_t *readers = NULL;
	size_t count = 0;
	struct id32 record;

	OK(groups_readers(node(at), group, &readers, &count));
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend(text);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_to_group(node(at), &from, readers, count, &payload, &record));
	OK(node_commit(node(at)));
	free(readers);
	return record;
}

static const struct state_stream *stream_of(
    size_t at, const struct id32 *record)
{
	return state_stream(node(at), fixture_view(HOME, at, record)->stream);
}

/*
 * Barring.
 */

/* M331 */
START_TEST(whoever_is_removed_is_barred_everywhere)
{
	int64_t org = fixture_org(HOME, 1, 2);
	struct id32 record;

	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	ck_assert(peer(0, 2)->barred);
	ck_assert(peer(1, 2)->barred);
	ck_assert(!peers_admitted(peer(1, 2)));
	ck_assert(!peer(1, 0)->barred);
	FAILS(
	    fixture_share(HOME, 1, 1u << 2, "not for it", &record), ERR_DENIED);
	ck_assert_ptr_nonnull(peers_get(node(1), org));
	ck_assert_ptr_null(peers_by_transport(
	    node(1), &keystore_public(node_keystore(node(2)))->transport));
	fixture_assert_verifies(HOME, 1);
	fixture_restart(HOME, 1, false);
	ck_assert(peer(1, 2)->barred);
	fixture_restart(HOME, 1, true);
	ck_assert(peer(1, 2)->barred);
}
END_TEST

START_TEST(a_bar_outlives_a_commit_that_fails)
{
	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	OK(state_begin(node(1)));
	FAILS(state_poison(node(1), ERR_FULL), ERR_FULL);
	FAILS(node_commit(node(1)), ERR_FULL);
	ck_assert(peer(1, 2)->barred);
}
END_TEST

/* M331 M336 */
START_TEST(whom_a_person_added_is_not_barred)
{
	struct id32 record;

	fixture_meet(HOME, 1, 2);
	ck_assert_int_eq(peer(1, 2)->how, ORG_BY_PERSON);
	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	ck_assert(peers_admitted(peer(1, 2)));
	OK(fixture_share(HOME, 1, 1u << 2, "for it alone", &record));
	OK(node_commit(node(1)));
	fixture_restart(HOME, 1, true);
	ck_assert_int_eq(peer(1, 2)->how, ORG_BY_PERSON);
	ck_assert(peers_admitted(peer(1, 2)));
}
END_TEST

/* M331: whoever convenes bars nobody by leaving, so that they hear of it. M504
 */
START_TEST(a_convenor_that_leaves_is_heard)
{
	/* Nobody could succeed it. */
	FAILS(grouped_leave(0), ERR_STATE);
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	FAILS(grouped_leave(0), ERR_STATE);
	OK(grouped_join(3));
	grouped_spread();
	OK(grouped_leave(0));
	FAILS(grouped_remove(0, 2, "the group's decision"), ERR_STATE);
	ck_assert(!peer(0, 1)->barred);
	ck_assert(!peer(0, 2)->barred);
	grouped_spread();
	ck_assert_int_eq(grouped_standing(1, 0), GROUP_LEFT);
	ck_assert_int_eq(grouped_standing(2, 0), GROUP_LEFT);
	ck_assert(peers_admitted(peer(0, 1)));
	fixture_restart(HOME, 0, true);
	ck_assert(peers_admitted(peer(0, 1)));
}
END_TEST

/* M331 */
START_TEST(a_new_invitation_ends_a_bar)
{
	size_t all[] = { 0, 1, 2 };

	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	ck_assert(!peer(0, 2)->barred);
	ck_assert(!peer(1, 2)->barred);
	OK(grouped_join(2));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(1, 2), GROUP_JOINED);
	grouped_agree(all, 3);
}
END_TEST

START_TEST(records_of_the_removed_stay)
{
	struct id32 before = tell(2, "what it knew");
	struct id32 record;

	grouped_spread();
	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	fixture_assert_text(HOME, 1, &before, "what it knew");
	record = tell(1, "after it");
	grouped_spread();
	ck_assert_ptr_nonnull(fixture_view(HOME, 0, &record));
	ck_assert_ptr_null(fixture_view(HOME, 2, &record));
}
END_TEST

/* What one co-reader holds of a barred author comes to the others. M333 */
START_TEST(co_readers_of_the_barred_come_to_one_set)
{
	struct replica_taken taken;
	struct id32 record = tell(2, "said in time");

	OK(fixture_pull(HOME, 0, 2, &taken));
	OK(grouped_remove(0, 2, "the group's decision"));
	OK(fixture_pull(HOME, 1, 0, &taken));
	ck_assert(peer(1, 2)->barred);
	OK(fixture_pull(HOME, 1, 0, &taken));
	fixture_assert_text(HOME, 1, &record, "said in time");
}
END_TEST

/* A core member cannot be expelled, and stays. */
START_TEST(core_members_are_not_expelled)
{
	FAILS(grouped_remove(0, 1, "out"), ERR_DENIED);
	ck_assert(!node_staged(node(0)));
	FAILS(grouped_remove(0, 2, " "), ERR_INPUT);
	FAILS(grouped_remove(0, 0, "out"), ERR_INPUT);
	FAILS(grouped_remove(0, 3, "out"), ERR_NOTFOUND);
}
END_TEST

/*
 * Streams.
 */

/* M332 */
START_TEST(streams_end_when_the_groups_readers_change)
{
	struct id32 first = tell(1, "to all three");
	struct id32 second;
	struct id32 named;

	OK(fixture_share(HOME, 1, 1u, "to one by name", &named));
	OK(node_commit(node(1)));
	ck_assert_int_eq(stream_of(1, &first)->row.state.status, STREAM_OPEN);
	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	ck_assert_int_eq(stream_of(1, &first)->row.state.status, STREAM_CLOSED);
	ck_assert_int_eq(stream_of(1, &named)->row.state.status, STREAM_OPEN);
	second = tell(1, "to two");
	ck_assert_int_ne(fixture_view(HOME, 1, &first)->stream,
	    fixture_view(HOME, 1, &second)->stream);
	ck_assert(!state_reads(stream_of(1, &second), node_id(node(2))));
	fixture_assert_verifies(HOME, 1);
	/* A reader sees that it has ended. */
	grouped_spread();
	ck_assert_int_eq(stream_of(0, &first)->row.state.status, STREAM_CLOSED);
}
END_TEST

/* M411 */
START_TEST(epochs_with_the_same_readers_go_on_in_the_same_streams)
{
	struct id32 first = tell(1, "before");
	uint64_t epoch = grouped_at(1)->epoch;
	size_t ours = node(1)->stream_count;
	size_t convenors = 0;
	struct convening_change change = { .organisation = "Organisation 2",
		.reason = "a decision" };
	struct convening_result result;

	for (size_t i = 0; i < 6; i++) {
		change.line.role =
		    i % 2 == 0 ? "medical-director" : "director-of-nursing";
		OK(convening_amend(node(0), GROUPED_NAME, &change, &result));
		OK(node_commit(node(0)));
		grouped_spread();
		if (i == 0) {
			convenors = node(0)->stream_count;
		}
	}
	ck_assert_uint_gt(grouped_at(1)->epoch, epoch + 4);
	ck_assert_uint_eq(node(0)->stream_count, convenors);
	for (size_t i = 0; i < 3; i++) {
		struct id32 later = tell(1, "after");

		ck_assert_int_eq(fixture_view(HOME, 1, &first)->stream,
		    fixture_view(HOME, 1, &later)->stream);
	}
	ck_assert_uint_eq(stream_of(1, &first)->group_epoch, epoch);
	ck_assert_uint_le(node(1)->stream_count, ours);
	fixture_assert_verifies(HOME, 1);
}
END_TEST

/* M337 */
START_TEST(a_group_and_the_same_readers_by_name_have_streams_of_their_own)
{
	struct id32 grouped = tell(1, "to the group");
	struct id32 again = tell(1, "once more");
	struct id32 named;

	OK(fixture_share(HOME, 1, 1u | 1u << 2, "to both by name", &named));
	OK(node_commit(node(1)));
	ck_assert_int_eq(fixture_view(HOME, 1, &grouped)->stream,
	    fixture_view(HOME, 1, &again)->stream);
	ck_assert_int_ne(fixture_view(HOME, 1, &grouped)->stream,
	    fixture_view(HOME, 1, &named)->stream);
	ck_assert(id_equal(&stream_of(1, &grouped)->group, &grouped_at(1)->id));
	ck_assert_uint_eq(
	    stream_of(1, &grouped)->group_epoch, grouped_at(1)->epoch);
	fixture_restart(HOME, 1, true);
	ck_assert(id_equal(&stream_of(1, &grouped)->group, &grouped_at(1)->id));
}
END_TEST

/* M332 */
START_TEST(streams_end_for_whoever_leaves)
{
	struct id32 record = tell(1, "to all three");

	OK(grouped_leave(1));
	ck_assert_int_eq(
	    stream_of(1, &record)->row.state.status, STREAM_CLOSED);
}
END_TEST

/* A newcomer has nothing of the past. */
START_TEST(a_newcomer_has_nothing_of_the_past)
{
	struct id32 before = tell(1, "before it came");
	struct id32 after;
	size_t all[] = { 0, 1, 2 };

	grouped_spread();
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	OK(grouped_join(3));
	grouped_spread();
	after = tell(1, "after it came");
	grouped_spread();
	ck_assert_ptr_null(fixture_view(HOME, 3, &before));
	fixture_assert_text(HOME, 3, &after, "after it came");
	grouped_agree(all, 3);
	ck_assert_int_eq(grouped_standing(3, 2), GROUP_JOINED);
}
END_TEST

/*
 * Refusing.
 */

/* M325 M333 */
START_TEST(nothing_is_sent_to_or_taken_from_whom_we_refuse)
{
	struct replica_taken taken;
	struct id32 ours;
	struct id32 theirs;

	OK(enrolment_refuse(node(1), peer(1, 2), "not who it says"));
	OK(node_commit(node(1)));
	ck_assert(!peers_admitted(peer(1, 2)));
	theirs = tell(2, "from it");
	OK(fixture_pull(HOME, 0, 2, &taken));
	OK(fixture_pull(HOME, 1, 0, &taken));
	ck_assert_ptr_null(fixture_view(HOME, 1, &theirs));
	ours = tell(1, "not for it");
	ck_assert(!state_reads(stream_of(1, &ours), node_id(node(2))));
	FAILS(fixture_share(HOME, 1, 1u << 2, "by name", &ours), ERR_DENIED);
	OK(enrolment_admit(node(1), peer(1, 2)));
	OK(node_commit(node(1)));
	grouped_spread();
	fixture_assert_text(HOME, 1, &theirs, "from it");
}
END_TEST

/* M325 */
START_TEST(a_refusal_outlasts_rosters_and_restarts)
{
	OK(enrolment_refuse(node(1), peer(1, 2), "not who it says"));
	OK(node_commit(node(1)));
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	ck_assert_str_eq(peer(1, 2)->refused, "not who it says");
	fixture_restart(HOME, 1, true);
	ck_assert_str_eq(peer(1, 2)->refused, "not who it says");
	fixture_assert_verifies(HOME, 1);
	FAILS(enrolment_refuse(node(1), peer(1, 2), "again"), ERR_STATE);
	FAILS(enrolment_refuse(node(1), peer(1, 0), ""), ERR_INPUT);
	FAILS(enrolment_admit(node(1), peer(1, 0)), ERR_STATE);
	FAILS(enrolment_refuse(node(1), node(1)->peers[0], "us"), ERR_INPUT);
}
END_TEST

/* M325 */
START_TEST(no_records_are_offered_or_given_to_whom_we_refuse)
{
	struct id32 record;
	Qsg__Advertise offers;
	Qsg__Records records;
	struct replica_range range = { 0 };
	uint64_t next = 0;
	bool more = false;

	OK(fixture_share(HOME, 1, 1u << 2, "before", &record));
	OK(node_commit(node(1)));
	ck_assert(replica_stream(
	    node(1), fixture_view(HOME, 1, &record)->stream, &range));
	OK(enrolment_refuse(node(1), peer(1, 2), "not who it says"));
	OK(node_commit(node(1)));
	OK(replica_offers(
	    node(1), peer(1, 2), false, 0, &offers, &next, &more));
	ck_assert_uint_eq(offers.n_offers, 0);
	replica_free_offers(&offers);
	FAILS(replica_supply(node(1), peer(1, 2), &range, LIMIT_BATCH_BYTES,
		  &records, &next),
	    ERR_NOTFOUND);
}
END_TEST

/* M333: also when it was asked for before. */
START_TEST(a_batch_of_a_refused_author_is_not_taken)
{
	struct replica_taken taken;
	struct id32 record = tell(2, "from it");
	Qsg__Records *message = NULL;

	OK(fixture_pull(HOME, 0, 2, &taken));
	message = fixture_message(HOME, 0, 1, &record, 1, 9);
	OK(enrolment_refuse(node(1), peer(1, 2), "not who it says"));
	OK(node_commit(node(1)));
	FAILS(fixture_take(HOME, 1, 0, message, &taken), ERR_DENIED);
	OK(node_commit(node(1)));
	ck_assert_ptr_null(fixture_view(HOME, 1, &record));
	canon_free(&message->base);
}
END_TEST

/*
 * Rosters that go wrong.
 */

/* M327: the card of one whom nobody invited, in the entry of another. */
START_TEST(a_card_of_somebody_else_enrols_nobody)
{
	struct roster_draft draft = { 0 };
	struct roster_draft_line line = { .kind = "monitor" };
	struct peer invited = { 0 };
	struct id32 record;

	OK(card_copy(node_card(node(3)), &invited.card));
	OK(roster_draft_next(node(0), grouped_at(0), &draft));
	OK(roster_draft_invite(&draft, &invited, &line));
	roster_draft_entry(&draft, node_id(node(3)))->organisation.data[31] ^=
	    1;
	OK(roster_draft_submit(node(0), grouped_at(0), &draft, &record));
	OK(node_commit(node(0)));
	roster_draft_clear(&draft);
	card_clear(&invited.card);
	grouped_spread();
	ck_assert(id_equal(&grouped_at(1)->roster, &record));
	ck_assert_uint_eq(grouped_at(1)->member_count, 4);
	ck_assert(!fixture_knows(HOME, 1, 3));
	fixture_assert_verifies(HOME, 1);
}
END_TEST

/* M326 */
START_TEST(a_roster_that_does_not_count_enrols_nobody)
{
	struct roster_draft draft = { 0 };
	struct roster_draft_line line = { .kind = "monitor" };
	struct peer invited = { 0 };
	struct submit_group from = { .id = grouped_at(0)->id };
	int64_t readers[] = { fixture_org(HOME, 2, 0),
		fixture_org(HOME, 2, 1) };
	struct id32 record;

	OK(card_copy(node_card(node(3)), &invited.card));
	OK(roster_draft_next(node(0), grouped_at(0), &draft));
	OK(roster_draft_invite(&draft, &invited, &line));
	/* A member states it, who is not the convenor. */
	from.epoch = draft.roster->epoch;
	OK(submit_to_group(node(2), &from, readers, 2, draft.payload, &record));
	OK(node_commit(node(2)));
	roster_draft_clear(&draft);
	card_clear(&invited.card);
	grouped_spread();
	ck_assert_ptr_nonnull(fixture_view(HOME, 1, &record));
	ck_assert_int_eq(grouped_standing(1, 3), -1);
	ck_assert(!fixture_knows(HOME, 1, 3));
}
END_TEST

/* 2 leaves in a home that it then puts back from a copy: its statement does not
 * list what the other home logged. */
static Qsg__Records *leave_that_never_was(void)
{
	struct joining_act said = { .group = GROUPED_NAME };
	struct joining_result result;
	Qsg__Records *message = NULL;
	const struct view_record *view = NULL;

	fixture_copy_file(HOME, 2, "mark", "old.mark");
	node_close(node(2));
	fixture_copy_file(HOME, 2, "records.db", "old.db");
	OK(fixture_reopen(HOME, 2));
	OK(joining_leave(node(2), &said, &result));
	OK(node_commit(node(2)));
	view = fixture_view(HOME, 2, &result.record);
	message = fixture_message(
	    HOME, 2, 0, &result.record, view->number, view->number);
	node_close(node(2));
	fixture_copy_file(HOME, 2, "old.db", "records.db");
	fixture_copy_file(HOME, 2, "old.mark", "mark");
	fixture_remove_file(HOME, 2, "snapshot");
	OK(fixture_reopen(HOME, 2));
	return message;
}

/* M329: whether the card comes first, or the record. */
START_TEST(what_its_author_disowns_does_not_count)
{
	Qsg__Records *message = leave_that_never_was();
	struct successor_planned planned;
	struct replica_taken taken;

	if (_i == 0) {
		OK(fixture_take(HOME, 0, 2, message, &taken));
		OK(node_commit(node(0)));
		ck_assert_int_eq(grouped_standing(0, 2), GROUP_LEFT);
	}
	OK(successor_rotate(node(2), true, &planned));
	OK(node_commit(node(2)));
	OK(fixture_hand_card(HOME, 0, 2, 2));
	if (_i == 1) {
		OK(fixture_take(HOME, 0, 2, message, &taken));
		OK(node_commit(node(0)));
	}
	canon_free(&message->base);
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_JOINED);
	fixture_restart(HOME, 0, true);
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_JOINED);
	fixture_assert_verifies(HOME, 0);
}
END_TEST

START_TEST(a_check_finds_a_group_or_a_bar_in_use_that_is_not_the_records)
{
	struct verify_report report;

	fixture_assert_verifies(HOME, 1);
	peer(1, 2)->barred = true;
	OK(verify_node(node(1), &report));
	ck_assert_uint_eq(report.faults, 1);
	peer(1, 2)->barred = false;
	groups_free(node(1)->groups);
	node(1)->groups = NULL;
	OK(verify_node(node(1), &report));
	ck_assert_uint_ge(report.faults, 1);
}
END_TEST

Suite *test_enrolment_suite(void)
{
	Suite *suite = suite_create("enrolment");
	TCase *tests = tcase_create("enrolment");

	tcase_add_checked_fixture(tests, setup, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, whoever_is_removed_is_barred_everywhere);
	tcase_add_test(tests, a_bar_outlives_a_commit_that_fails);
	tcase_add_test(tests, whom_a_person_added_is_not_barred);
	tcase_add_test(tests, a_convenor_that_leaves_is_heard);
	tcase_add_test(tests, a_new_invitation_ends_a_bar);
	tcase_add_test(tests, records_of_the_removed_stay);
	tcase_add_test(tests, co_readers_of_the_barred_come_to_one_set);
	tcase_add_test(tests, core_members_are_not_expelled);
	tcase_add_test(tests, streams_end_when_the_groups_readers_change);
	tcase_add_test(
	    tests, epochs_with_the_same_readers_go_on_in_the_same_streams);
	tcase_add_test(tests,
	    a_group_and_the_same_readers_by_name_have_streams_of_their_own);
	tcase_add_test(tests, streams_end_for_whoever_leaves);
	tcase_add_test(tests, a_newcomer_has_nothing_of_the_past);
	tcase_add_test(tests, nothing_is_sent_to_or_taken_from_whom_we_refuse);
	tcase_add_test(tests, a_refusal_outlasts_rosters_and_restarts);
	tcase_add_test(
	    tests, no_records_are_offered_or_given_to_whom_we_refuse);
	tcase_add_test(tests, a_batch_of_a_refused_author_is_not_taken);
	tcase_add_test(tests, a_card_of_somebody_else_enrols_nobody);
	tcase_add_test(tests, a_roster_that_does_not_count_enrols_nobody);
	tcase_add_test(tests,
	    a_check_finds_a_group_or_a_bar_in_use_that_is_not_the_records);
	tcase_add_loop_test(
	    tests, what_its_author_disowns_does_not_count, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
