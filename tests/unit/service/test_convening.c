#include "grouped.h"

#include "codec/canon.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

Suite *test_convening_suite(void);

/* Words with a space that takes no room. */
#define UNSEEN "the \xE2\x80\x8Bgroup"
#define TO_COME "2999-01-31"

static struct convening_result result;

static const Qsg__RosterEntry *entry_of(size_t whom)
{
	return group_member(grouped_at(0), node_id(grouped_node(whom)))->entry;
}

static enum err invite(struct convening_invitation invitation)
{
	static const char *const known[] = { "Organisation 2" };

	invitation.known = known;
	invitation.known_count = 1;
	invitation.line.kind = "royal-college";
	return convening_invite(
	    grouped_node(0), GROUPED_NAME, &invitation, &result);
}

static enum err amend(struct convening_change change)
{
	return convening_amend(grouped_node(0), GROUPED_NAME, &change, &result);
}

/* Nothing was stated by what was refused. */
static void still_at(uint64_t epoch)
{
	OK(node_commit(grouped_node(0)));
	ck_assert_uint_eq(grouped_at(0)->epoch, epoch);
}

START_TEST(a_decision_that_is_still_to_come_is_refused)
{
	struct convening_change remove = { .organisation = "Organisation 2",
		.reason = "as decided",
		.decided_on = TO_COME };

	grouped_found();
	fixture_meet(&grouped_fixture, 0, 2);
	FAILS(invite((struct convening_invitation){ .decided_on = TO_COME }),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "still to come"));
	FAILS(
	    invite((struct convening_invitation){ .decided_on = "2013-02-30" }),
	    ERR_INPUT);
	still_at(1);
	OK(invite((struct convening_invitation){ .decided_on = "2013-01-31" }));
	FAILS(amend((struct convening_change){ .organisation = "Organisation 2",
		  .line.role = "president",
		  .decided_on = TO_COME }),
	    ERR_INPUT);
	FAILS(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result),
	    ERR_INPUT);
	still_at(2);
	remove.decided_on = "2013-01-31";
	OK(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result));
	still_at(3);
}
END_TEST

/* QSG 4: "Provider organisations are not included in the membership of QSGs."
 */
START_TEST(a_provider_is_not_offered_as_a_kind_and_then_refused)
{
	struct convening_change change = { .organisation = "Organisation 1",
		.line.kind = "gossip" };

	grouped_all_join(1);
	FAILS(amend(change), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "must be one of "));
	ck_assert_ptr_nonnull(strstr(err_text(), "healthwatch-local"));
	ck_assert_ptr_null(strstr(err_text(), "provider"));
	change.line.kind = "provider";
	FAILS(amend(change), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "not included"));
}
END_TEST

START_TEST(words_that_hide_something_are_refused)
{
	struct convening_change remove = { .organisation = "Organisation 2",
		.reason = UNSEEN };
	struct roster_draft_line chair = { .person = UNSEEN };
	Qsg__Charter charter;

	grouped_found();
	fixture_meet(&grouped_fixture, 0, 2);
	grouped_charter(&charter, "Another QSG");
	FAILS(convening_create(grouped_node(0), &charter, &chair, &result),
	    ERR_INPUT);
	ck_assert_uint_eq(groups_count(grouped_node(0)), 1);
	FAILS(invite((struct convening_invitation){ .line.person = UNSEEN }),
	    ERR_INPUT);
	FAILS(invite((struct convening_invitation){ .line.role = UNSEEN }),
	    ERR_INPUT);
	FAILS(invite((struct convening_invitation){ .reason = UNSEEN }),
	    ERR_INPUT);
	still_at(1);
	OK(invite((struct convening_invitation){ .line.person = "president" }));
	FAILS(amend((struct convening_change){
		  .organisation = "Organisation 2", .line.person = UNSEEN }),
	    ERR_INPUT);
	FAILS(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result),
	    ERR_INPUT);
	still_at(2);
}
END_TEST

START_TEST(an_amendment_that_changes_nothing_is_refused)
{
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	FAILS(amend((struct convening_change){ 0 }), ERR_INPUT);
	FAILS(amend((struct convening_change){
		  .organisation = "Organisation 1", .reason = "as decided" }),
	    ERR_INPUT);
	FAILS(
	    amend((struct convening_change){ .line.kind = "ccg" }), ERR_INPUT);
	still_at(2);
	OK(amend((struct convening_change){ .organisation = "Organisation 1",
	    .line.role = "accountable officer" }));
	still_at(3);
	ck_assert_str_eq(entry_of(1)->people[0]->role, "accountable officer");
}
END_TEST

START_TEST(a_members_reason_is_what_it_looks_like)
{
	struct joining_act act = { .group = GROUPED_NAME,
		.reason = "we\x1b[2J" };
	struct joining_result joined;

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	FAILS(joining_decline(grouped_node(1), &act, &joined), ERR_INPUT);
	FAILS(joining_accept(grouped_node(1), &act, &joined), ERR_INPUT);
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_INVITED);
	act.reason = "we have\nmore than one";
	OK(joining_accept(grouped_node(1), &act, &joined));
	act.reason = "we\x1b[2J";
	FAILS(joining_leave(grouped_node(1), &act, &joined), ERR_INPUT);
	OK(node_commit(grouped_node(1)));
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_JOINED);
}
END_TEST

/* A roster as no program of ours states it, but as others may. */
static void state_oddly(size_t at)
{
	struct node *node = grouped_node(at);
	const struct group_state *group = grouped_at(at);
	struct submit_group from = { .id = group->id,
		.epoch = group->epoch + 1 };
	struct roster_draft draft = { 0 };
	struct id32 record;
	int64_t *readers = NULL;
	size_t count = 0;

	OK(groups_everybody(node, group, &readers, &count));
	OK(roster_draft_next(node, group, &draft));
	draft.roster->charter->cycle_days = 0;
	for (size_t i = 0; i < draft.roster->n_entries; i++) {
		struct roster_draft_line line = { .person = "\x1b[2J" };

		OK(roster_draft_amend(draft.roster->entries[i], &line));
	}
	OK(submit_to_group(
	    node, &from, readers, count, draft.payload, &record));
	OK(node_commit(node));
	roster_draft_clear(&draft);
	free(readers);
}

START_TEST(a_successor_takes_over_whatever_the_roster_before_says)
{
	grouped_all_join(4);
	state_oddly(0);
	grouped_spread();
	ck_assert_uint_eq(grouped_at(3)->stated->charter->cycle_days, 0);
	OK(grouped_name(1, 3));
	OK(grouped_name(2, 3));
	OK(grouped_name(3, 3));
	grouped_spread();
	OK(convening_convene(grouped_node(3), GROUPED_NAME, &result));
	OK(node_commit(grouped_node(3)));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(1)->stated->term, 2);
}
END_TEST

Suite *test_convening_suite(void)
{
	Suite *suite = suite_create("convening");
	TCase *tests = tcase_create("convening");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_decision_that_is_still_to_come_is_refused);
	tcase_add_test(
	    tests, a_provider_is_not_offered_as_a_kind_and_then_refused);
	tcase_add_test(tests, words_that_hide_something_are_refused);
	tcase_add_test(tests, an_amendment_that_changes_nothing_is_refused);
	tcase_add_test(tests, a_members_reason_is_what_it_looks_like);
	tcase_add_test(
	    tests, a_successor_takes_over_whatever_the_roster_before_says);
	suite_add_tcase(suite, tests);
	return suite;
}
