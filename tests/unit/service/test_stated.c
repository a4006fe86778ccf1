#define _POSIX_C_SOURCE 200809L

#include "other.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/enrolment.h"
#include "service/stated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_stated_suite(void);

#define HOME (&grouped_fixture)

/* 0 convenes a group with 1 and 2, who know each other by its roster alone; 3
 * convenes another. */
static struct node *node(size_t at)
{
	return grouped_node(at);
}

static struct peer *peer(size_t at, size_t of)
{
	return fixture_peer(HOME, at, of);
}

static void put(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	ck_assert_ptr_nonnull(*field);
}

/* A roster of 0's group that states this of 2. */
static void restate(const char *name, const char *code, const char *kind)
{
	struct roster_draft draft = { 0 };
	Qsg__RosterEntry *entry = NULL;
	struct id32 record;

	OK(roster_draft_next(node(0), grouped_at(0), &draft));
	entry = roster_draft_entry(&draft, node_id(node(2)));
	put(&entry->name, name);
	put(&entry->code, code);
	put(&entry->kind, kind);
	OK(roster_draft_submit(node(0), grouped_at(0), &draft, &record));
	OK(node_commit(node(0)));
	roster_draft_clear(&draft);
	grouped_spread();
	ck_assert(id_equal(&grouped_at(1)->roster, &record));
}

/*
 * What waits.
 */

/* M392 */
START_TEST(what_a_roster_restates_waits_for_a_person)
{
	grouped_all_join(3);
	ck_assert_int_eq(
	    stated_otherwise(node(1), peer(1, 2)).how, STATED_NOWHERE);
	restate("Somebody Else", "ELSE1", "other");
	ck_assert_str_eq(peer(1, 2)->card.fields->name, "Organisation 2");
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "royal-college");
	ck_assert_int_eq(
	    stated_otherwise(node(1), peer(1, 2)).how, STATED_ALIKE);
	ck_assert(other_alarmed(1, grouped_at(1), 2, "waits for a person"));
	fixture_restart(HOME, 1, true);
	ck_assert_str_eq(peer(1, 2)->card.fields->name, "Organisation 2");
	ck_assert(other_alarmed(1, grouped_at(1), 2, "waits for a person"));
	/* Nothing waits of whom a person added. */
	fixture_meet(HOME, 0, 2);
	ck_assert_int_eq(
	    stated_otherwise(node(0), peer(0, 2)).how, STATED_NOWHERE);
	OK(enrolment_admit(node(1), peer(1, 2)));
	OK(node_commit(node(1)));
	ck_assert_str_eq(peer(1, 2)->card.fields->name, "Somebody Else");
	ck_assert(!other_alarmed(1, grouped_at(1), 2, ""));
	FAILS(enrolment_admit(node(1), peer(1, 2)), ERR_STATE);
	fixture_restart(HOME, 1, true);
	ck_assert_str_eq(peer(1, 2)->card.fields->code, "ELSE1");
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "other");
	ck_assert(id_equal(&peer(1, 2)->by_group, &grouped_at(1)->id));
	fixture_assert_verifies(HOME, 1);
}
END_TEST

/* M393: also when a person says so. */
START_TEST(nobody_is_let_take_a_name_or_code_that_is_taken)
{
	grouped_all_join(3);
	restate("ORGANISATION 0", "ELSE1", "other");
	FAILS(enrolment_admit(node(1), peer(1, 2)), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "goes by its name or code"));
	restate("Somebody Else", node_card(node(1))->fields->code, "other");
	FAILS(enrolment_admit(node(1), peer(1, 2)), ERR_STATE);
	ck_assert(!node_staged(node(1)));
	ck_assert_str_eq(peer(1, 2)->card.fields->name, "Organisation 2");
}
END_TEST

/* A roster of 0's group that invites 3 under this name and code. */
static void invite_as(const char *name, const char *code)
{
	struct roster_draft draft = { 0 };
	struct roster_draft_line line = { .kind = "monitor" };
	struct peer invited = { 0 };
	Qsg__RosterEntry *entry = NULL;
	struct id32 record;

	OK(card_copy(node_card(node(3)), &invited.card));
	OK(roster_draft_next(node(0), grouped_at(0), &draft));
	OK(roster_draft_invite(&draft, &invited, &line));
	entry = roster_draft_entry(&draft, node_id(node(3)));
	put(&entry->name, name);
	put(&entry->code, code);
	OK(roster_draft_submit(node(0), grouped_at(0), &draft, &record));
	OK(node_commit(node(0)));
	roster_draft_clear(&draft);
	card_clear(&invited.card);
	grouped_spread();
	ck_assert(id_equal(&grouped_at(1)->roster, &record));
}

/* M393 M398 */
START_TEST(whoever_is_stated_as_somebody_known_is_not_enrolled)
{
	const char *code = node_card(node(2))->fields->code;
	const char *names[] = { "organisation 2", "Nobody", code,
		"Organ\xd1\x96sation\xc2\xa0"
		"2" };
	const char *codes[] = { "NB1", code, "NB1", "NB1" };

	grouped_all_join(3);
	invite_as(names[_i], codes[_i]);
	ck_assert(!fixture_knows(HOME, 1, 3));
	ck_assert_uint_eq(grouped_at(1)->member_count, 4);
	ck_assert(
	    other_alarmed(1, grouped_at(1), 3, "goes by its name or code"));
	fixture_restart(HOME, 1, true);
	ck_assert(
	    other_alarmed(1, grouped_at(1), 3, "goes by its name or code"));
	/* A person may think otherwise. */
	fixture_meet(HOME, 1, 3);
	ck_assert(!other_alarmed(1, grouped_at(1), 3, ""));
}
END_TEST

/*
 * Entries of no use.
 */

static void entry_of(size_t of, const char *name, Qsg__RosterEntry *out)
{
	static struct id32 ids[4];
	const struct card *card = node_card(node(of));

	qsg__roster_entry__init(out);
	ids[of] = card->organisation;
	out->organisation.data = ids[of].b;
	out->organisation.len = sizeof ids[of].b;
	out->card.data = card->signed_bytes.data;
	out->card.len = card->signed_bytes.size;
	out->name = canon_lend(name);
	out->code = canon_lend(card->fields->code);
	out->kind = canon_lend(card->fields->kind);
}

/* M398: what cannot be kept poisons nothing. */
START_TEST(an_entry_of_no_use_is_passed_over)
{
	static char huge[LIMIT_CARD_BYTES + 100];
	Qsg__RosterEntry entries[4];
	Qsg__RosterEntry *list[] = { &entries[0], &entries[1], &entries[2],
		&entries[3] };
	Qsg__Roster roster;
	struct id32 record;

	memset(huge, 'x', sizeof huge - 1);
	entry_of(2, huge, &entries[0]);
	entry_of(2, "No Card", &entries[1]);
	entries[1].card.len = 3;
	entry_of(2, "No Organisation", &entries[2]);
	entries[2].organisation.len = 3;
	entry_of(3, "A good one", &entries[3]);
	qsg__roster__init(&roster);
	roster.entries = list;
	roster.n_entries = 3;
	OK(enrolment_roster(node(1), &roster));
	ck_assert(!node_staged(node(1)));
	roster.n_entries = 4;
	OK(enrolment_roster(node(1), &roster));
	OK(fixture_share(HOME, 1, 1u, "goes on", &record));
	OK(node_commit(node(1)));
	ck_assert(!fixture_knows(HOME, 1, 2));
	ck_assert_str_eq(peer(1, 3)->card.fields->name, "A good one");
	fixture_restart(HOME, 1, true);
	fixture_assert_verifies(HOME, 1);
}
END_TEST

/* M395 */
START_TEST(the_rosters_of_a_group_have_a_budget)
{
	static struct peer peers[LIMIT_PEERS];
	static struct peer *list[LIMIT_PEERS];
	struct peer **own = node(0)->peers;
	size_t count = node(0)->peer_count;
	struct id32 one = { { 1 } };
	struct id32 two = { { 2 } };

	for (size_t i = 0; i < LIMIT_PEERS; i++) {
		peers[i].how = ORG_BY_ROSTER;
		peers[i].by_group = one;
		list[i] = &peers[i];
	}
	node(0)->peers = list;
	node(0)->peer_count = LIMIT_GROUP_ENROLLED; /* ourselves among them */
	OK(enrolment_room(node(0), &one));
	node(0)->peer_count++;
	FAILS(enrolment_room(node(0), &one), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "rosters of this group"));
	OK(enrolment_room(node(0), &two));
	peers[7].how = ORG_BY_PERSON;
	OK(enrolment_room(node(0), &one));
	node(0)->peer_count = LIMIT_PEERS - LIMIT_PEERS_RESERVED - 1;
	OK(enrolment_room(node(0), &two));
	node(0)->peer_count++;
	FAILS(enrolment_room(node(0), &two), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "a person adds"));
	node(0)->peers = own;
	node(0)->peer_count = count;
}
END_TEST

/* A roster with an entry for somebody whose card is of another. */
static struct id32 invite_nobody(void)
{
	struct roster_draft draft = { 0 };
	struct roster_draft_line line = { .kind = "monitor" };
	struct peer invited = { 0 };
	Qsg__RosterEntry *entry = NULL;
	struct id32 nobody = *node_id(node(3));
	struct id32 record;

	OK(card_copy(node_card(node(3)), &invited.card));
	OK(roster_draft_next(node(0), grouped_at(0), &draft));
	OK(roster_draft_invite(&draft, &invited, &line));
	entry = roster_draft_entry(&draft, &nobody);
	nobody.b[31] ^= 1;
	memcpy(entry->organisation.data, nobody.b, sizeof nobody.b);
	OK(roster_draft_submit(node(0), grouped_at(0), &draft, &record));
	OK(node_commit(node(0)));
	roster_draft_clear(&draft);
	card_clear(&invited.card);
	grouped_spread();
	return nobody;
}

/* M395 M398 */
START_TEST(who_is_not_enrolled_is_shown)
{
	static struct peer *list[LIMIT_PEERS];
	struct peer **own = NULL;
	struct stated_alarm *alarms[2] = { NULL };
	struct enrolment_by by = { 0 };
	Qsg__RosterEntry entry;
	struct id32 nobody;
	size_t counts[2];
	size_t count = 0;

	grouped_all_join(3);
	nobody = invite_nobody();
	OK(stated_alarms(node(1), grouped_at(1), &alarms[0], &counts[0]));
	own = node(1)->peers;
	count = node(1)->peer_count;
	for (size_t i = 0; i < LIMIT_PEERS; i++) {
		list[i] = own[i < count ? i : 1];
	}
	node(1)->peers = list;
	node(1)->peer_count = LIMIT_PEERS - LIMIT_PEERS_RESERVED;
	OK(stated_alarms(node(1), grouped_at(1), &alarms[1], &counts[1]));
	entry_of(3, "Organisation 3", &entry);
	by.entry = &entry;
	FAILS(enrolment_listed(node(1), &by), ERR_LIMIT);
	node(1)->peers = own;
	node(1)->peer_count = count;
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(counts[i], 1);
		ck_assert(id_equal(&alarms[i]->organisation, &nobody));
		ck_assert_ptr_nonnull(strstr(alarms[i]->text,
		    i ? "those that a person adds" : "is of no use"));
		free(alarms[i]);
	}
	ck_assert(!node_staged(node(1)));
	OK(enrolment_listed(node(1), &by));
	OK(node_commit(node(1)));
}
END_TEST

/*
 * By our own word.
 */

/* 3's own group, of which a roster states that 1 joined. */
static void state_joined(void)
{
	struct roster_draft draft = { 0 };
	struct id32 record;

	OK(roster_draft_next(node(3), other_at(3), &draft));
	roster_draft_entry(&draft, node_id(node(1)))->joined = true;
	OK(roster_draft_submit(node(3), other_at(3), &draft, &record));
	OK(node_commit(node(3)));
	roster_draft_clear(&draft);
	grouped_spread();
	ck_assert(id_equal(&other_at(1)->roster, &record));
}

/* M397 M326 */
START_TEST(nobody_joins_by_what_a_roster_says_of_it)
{
	struct joining_act said = { .group = OTHER_NAME };
	struct joining_result result;

	other_meet(1);
	fixture_meet(HOME, 3, 2);
	other_found();
	other_invite(1, "ccg");
	other_invite(2, "royal-college");
	grouped_spread();
	state_joined();
	ck_assert(!groups_joined(node(1), other_at(1)));
	ck_assert_int_eq(groups_standing(node(1), other_at(1)), GROUP_INVITED);
	ck_assert(!fixture_knows(HOME, 1, 2));
	FAILS(joining_leave(node(1), &said, &result), ERR_STATE);
	other_join(1);
	ck_assert(groups_joined(node(1), other_at(1)));
	ck_assert(fixture_knows(HOME, 1, 2));
	FAILS(joining_accept(node(1), &said, &result), ERR_STATE);
}
END_TEST

/* M331: an invitation by whoever was removed does not bind us. */
START_TEST(founding_a_group_of_ones_own_ends_no_bar)
{
	grouped_all_join(3);
	OK(grouped_invite(3, "other"));
	grouped_spread();
	OK(grouped_join(3));
	grouped_spread();
	other_found();
	other_invite(1, "ccg");
	other_invite(2, "royal-college");
	grouped_spread();
	if (_i == 1) {
		state_joined();
	}
	ck_assert_int_eq(groups_standing(node(1), other_at(1)), GROUP_INVITED);
	OK(grouped_remove(0, 3, "the group's decision"));
	grouped_spread();
	ck_assert(peer(1, 3)->barred);
	ck_assert(peer(2, 3)->barred);
	fixture_restart(HOME, 1, true);
	ck_assert(peer(1, 3)->barred);
	/* Only our own acceptance does. */
	other_join(1);
	ck_assert(!peer(1, 3)->barred);
	ck_assert(peer(2, 3)->barred);
	fixture_assert_verifies(HOME, 1);
}
END_TEST

static void call_it_1(Qsg__Card *card, void *context)
{
	(void)context;
	put(&card->name, "organisation 1");
}

/* M393: two new cards of one name are found before anything is changed. */
START_TEST(an_invitation_of_two_of_one_name_is_refused)
{
	const char *cards[2];
	const char *fingerprints[2];
	struct fingerprint texts[2];
	struct buf armours[2] = { { 0 } };
	struct buf claimed = { 0 };
	struct convening_invitation invitation = { .cards = cards,
		.card_count = 2,
		.fingerprints = fingerprints,
		.fingerprint_count = 2,
		.line = { .kind = "ccg" } };
	struct convening_result result;

	grouped_found();
	fixture_claim_card(HOME, 2, call_it_1, NULL, &claimed);
	for (size_t i = 0; i < 2; i++) {
		struct card card = { 0 };

		OK(card_parse(i ? buf_span(&claimed)
				: buf_span(&node_card(node(1))->signed_bytes),
		    &card));
		texts[i] = text_fingerprint(node_id(node(i + 1)));
		fingerprints[i] = texts[i].text;
		OK(card_armour(&card, &armours[i]));
		cards[i] = buf_text(&armours[i]);
		card_clear(&card);
	}
	FAILS(convening_invite(node(0), GROUPED_NAME, &invitation, &result),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "go by the name or code"));
	ck_assert(!node_staged(node(0)));
	buf_clear(&claimed);
	buf_clear(&armours[0]);
	buf_clear(&armours[1]);
}
END_TEST

Suite *test_stated_suite(void)
{
	Suite *suite = suite_create("stated");
	TCase *tests = tcase_create("stated");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, what_a_roster_restates_waits_for_a_person);
	tcase_add_test(tests, nobody_is_let_take_a_name_or_code_that_is_taken);
	tcase_add_loop_test(
	    tests, whoever_is_stated_as_somebody_known_is_not_enrolled, 0, 4);
	tcase_add_test(tests, an_entry_of_no_use_is_passed_over);
	tcase_add_test(tests, the_rosters_of_a_group_have_a_budget);
	tcase_add_test(tests, who_is_not_enrolled_is_shown);
	tcase_add_test(tests, nobody_joins_by_what_a_roster_says_of_it);
	tcase_add_loop_test(
	    tests, founding_a_group_of_ones_own_ends_no_bar, 0, 2);
	tcase_add_test(tests, an_invitation_of_two_of_one_name_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
