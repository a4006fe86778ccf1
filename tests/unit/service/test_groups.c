#define _POSIX_C_SOURCE 200809L

#include "grouped.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/stated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_groups_suite(void);

#define HOME (&grouped_fixture)

static struct node *node(size_t at)
{
	return grouped_node(at);
}

static struct peer *peer(size_t at, size_t of)
{
	return fixture_peer(HOME, at, of);
}

/*
 * From the invitation to the members. M330 */
START_TEST(a_founder_alone_has_nobody_to_share_with)
{
	int64_t *readers = NULL;
	size_t count = 0;

	grouped_found();
	ck_assert_uint_eq(groups_count(node(0)), 1);
	ck_assert(groups_joined(node(0), grouped_at(0)));
	FAILS(groups_readers(node(0), grouped_at(0), &readers, &count),
	    ERR_STATE);
	ck_assert_ptr_null(readers);
	OK(groups_everybody(node(0), grouped_at(0), &readers, &count));
	ck_assert_uint_eq(count, 0);
	free(readers);
}
END_TEST

START_TEST(an_invitation_reaches_the_invited_and_nobody_else)
{
	int64_t *readers = NULL;
	size_t count = 0;

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_INVITED);
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_INVITED);
	ck_assert_uint_eq(groups_count(node(2)), 0);
	FAILS(groups_readers(node(1), grouped_at(1), &readers, &count),
	    ERR_STATE);
	FAILS(groups_readers(node(0), grouped_at(0), &readers, &count),
	    ERR_STATE);
}
END_TEST

/* M326 */
START_TEST(joining_enrols_the_roster_on_both_sides)
{
	size_t all[] = { 0, 1, 2 };
	int64_t *readers = NULL;
	size_t count = 0;

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	ck_assert(!fixture_knows(HOME, 1, 2));
	OK(grouped_join(1));
	ck_assert(fixture_knows(HOME, 1, 2));
	ck_assert_int_eq(peer(1, 2)->how, ORG_BY_ROSTER);
	ck_assert_int_eq(peer(1, 0)->how, ORG_BY_PERSON);
	/* 2 is invited only: it takes nobody for a peer because of that. */
	grouped_spread();
	ck_assert(!fixture_knows(HOME, 2, 1));
	OK(grouped_join(2));
	grouped_spread();
	ck_assert(fixture_knows(HOME, 2, 1));
	grouped_agree(all, 3);
	for (size_t i = 0; i < 3; i++) {
		OK(groups_readers(node(i), grouped_at(i), &readers, &count));
		ck_assert_uint_eq(count, 2);
		free(readers);
	}
}
END_TEST

START_TEST(a_member_enrols_the_invited_when_the_roster_comes)
{
	grouped_all_join(2);
	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	ck_assert(fixture_knows(HOME, 1, 2));
	ck_assert_int_eq(peer(1, 2)->how, ORG_BY_ROSTER);
	ck_assert(peers_admitted(peer(1, 2)));
}
END_TEST

/* M330 */
START_TEST(sender_only_organisations_are_not_sent_to)
{
	int64_t *readers = NULL;
	size_t count = 0;
	struct fingerprint fingerprint = text_fingerprint(node_id(node(2)));
	const char *known[] = { fingerprint.text };
	struct convening_invitation invitation = { .known = known,
		.known_count = 1,
		.line = { .kind = "royal-college",
		    .role = "president",
		    .sender_only = true } };
	struct convening_result result;

	grouped_all_join(2);
	fixture_meet(HOME, 0, 2);
	OK(convening_invite(node(0), GROUPED_NAME, &invitation, &result));
	OK(node_commit(node(0)));
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	OK(groups_readers(node(0), grouped_at(0), &readers, &count));
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(readers[0], fixture_org(HOME, 0, 1));
	free(readers);
	OK(groups_everybody(node(0), grouped_at(0), &readers, &count));
	ck_assert_uint_eq(count, 2);
	free(readers);
	ck_assert_str_eq(groups_left_out(node(0),
			     group_member(grouped_at(0), node_id(node(2)))),
	    "sends to it and receives nothing");
	OK(groups_readers(node(2), grouped_at(2), &readers, &count));
	ck_assert_uint_eq(count, 2);
	free(readers);
}
END_TEST

START_TEST(declining_and_changing_ones_mind)
{
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	OK(grouped_decline(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_DECLINED);
	FAILS(grouped_decline(1), ERR_STATE);
	OK(grouped_join(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_JOINED);
	FAILS(grouped_join(1), ERR_STATE);
	FAILS(grouped_decline(1), ERR_STATE);
}
END_TEST

START_TEST(whoever_left_comes_back_by_a_new_invitation_alone)
{
	size_t both[] = { 0, 1 };

	grouped_all_join(2);
	OK(grouped_leave(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_LEFT);
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_LEFT);
	FAILS(grouped_leave(1), ERR_STATE);
	FAILS(grouped_join(1), ERR_STATE);
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_INVITED);
	OK(grouped_join(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_JOINED);
	grouped_agree(both, 2);
}
END_TEST

/* A leave is told to the convenor, who passes it on to those that are barred
 * from now on. M331 */
START_TEST(a_leave_reaches_the_others_by_the_convenor)
{
	grouped_all_join(3);
	OK(grouped_leave(1));
	ck_assert(peer(1, 2)->barred);
	ck_assert(peers_admitted(peer(1, 0)));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(2, 1), GROUP_LEFT);
}
END_TEST

/*
 * Bad invitations.
 */

static enum err invite_known(const char *who, const char *kind)
{
	const char *known[] = { who };
	struct convening_invitation invitation = {
		.known = known, .known_count = 1, .line = { .kind = kind }
	};
	struct convening_result result;

	return convening_invite(node(0), GROUPED_NAME, &invitation, &result);
}

START_TEST(invitations_that_make_no_sense_are_refused)
{
	struct fingerprint self = text_fingerprint(node_id(node(0)));

	grouped_found();
	FAILS(invite_known(self.text, "ccg"), ERR_INPUT);
	FAILS(invite_known("nobody at all", "ccg"), ERR_NOTFOUND);
	FAILS(grouped_invite(1, "provider"), ERR_INPUT);
	FAILS(grouped_invite(1, "no-such-kind"), ERR_INPUT);
	ck_assert(!node_staged(node(0)));
	OK(grouped_invite(1, "ccg"));
	FAILS(grouped_invite(1, "ccg"), ERR_STATE);
	grouped_spread();
	OK(grouped_join(1));
	grouped_spread();
	FAILS(grouped_invite(1, "ccg"), ERR_STATE);
}
END_TEST

START_TEST(more_than_255_invitations_are_refused)
{
	const char *known[LIMIT_GROUP_MEMBERS];
	struct convening_invitation invitation = { .known = known,
		.known_count = LIMIT_GROUP_MEMBERS,
		.line = { .kind = "ccg" } };
	struct convening_result result;

	grouped_found();
	for (size_t i = 0; i < LIMIT_GROUP_MEMBERS; i++) {
		known[i] = "anybody";
	}
	FAILS(convening_invite(node(0), GROUPED_NAME, &invitation, &result),
	    ERR_LIMIT);
}
END_TEST

/* M339 */
START_TEST(a_card_is_enrolled_only_with_a_compared_fingerprint)
{
	struct fingerprint other = text_fingerprint(node_id(node(3)));
	const char *fingerprints[] = { other.text };
	const char *cards[1];
	struct convening_invitation invitation = {
		.cards = cards, .card_count = 1, .line = { .kind = "ccg" }
	};
	struct convening_result result;
	struct buf armour = { 0 };

	grouped_found();
	OK(card_armour(node_card(node(1)), &armour));
	cards[0] = buf_text(&armour);
	FAILS(convening_invite(node(0), GROUPED_NAME, &invitation, &result),
	    ERR_DENIED);
	invitation.fingerprints = fingerprints;
	invitation.fingerprint_count = 1;
	FAILS(convening_invite(node(0), GROUPED_NAME, &invitation, &result),
	    ERR_DENIED);
	ck_assert(!fixture_knows(HOME, 0, 1));
	buf_clear(&armour);
}
END_TEST

START_TEST(only_the_convenor_states_rosters)
{
	struct convening_change change = { .organisation = "Organisation 2",
		.reason = "as decided" };
	struct convening_result result;

	grouped_all_join(3);
	FAILS(convening_remove(node(1), GROUPED_NAME, &change, &result),
	    ERR_DENIED);
	FAILS(convening_convene(node(1), GROUPED_NAME, &result), ERR_DENIED);
	FAILS(convening_convene(node(0), GROUPED_NAME, &result), ERR_STATE);
}
END_TEST

/* M335 */
START_TEST(names_that_look_like_a_known_groups_are_refused)
{
	static const char *const names[] = { "South London QSG",
		"south london qsg", "South  London QSG", "SouthLondon-QSG",
		"S\xd0\xbeuth L\xd0\xbend\xd0\xben QSG",
		"\xef\xbc\xb3outh London QSG", "S0uth L0nd0n QSG",
		"South Londo\xcc\x81n QSG" };
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;

	grouped_found();
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		grouped_charter(&charter, names[i]);
		FAILS(convening_create(node(0), &charter, &chair, &result),
		    ERR_EXISTS);
	}
	grouped_charter(&charter, "South West London QSG");
	OK(convening_create(node(0), &charter, &chair, &result));
	OK(node_commit(node(0)));
	ck_assert_uint_eq(groups_count(node(0)), 2);
}
END_TEST

START_TEST(only_nhs_england_founds_a_group)
{
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;

	grouped_charter(&charter, GROUPED_NAME);
	FAILS(convening_create(node(1), &charter, &chair, &result), ERR_DENIED);
	charter.level = canon_lend("regional");
	FAILS(convening_create(node(0), &charter, &chair, &result), ERR_DENIED);
	ck_assert(!node_staged(node(0)));
}
END_TEST

/*
 * Names of groups.
 */

START_TEST(a_group_is_found_by_name_and_by_id)
{
	const struct group_state *group = NULL;
	struct hex32 hex;

	grouped_found();
	OK(groups_resolve(node(0), "SOUTH london qsg", &group));
	hex = text_hex_id(&group->id);
	hex.text[8] = '\0';
	OK(groups_resolve(node(0), hex.text, &group));
	FAILS(
	    groups_resolve(node(0), "North London QSG", &group), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), GROUPED_NAME));
	FAILS(groups_resolve(node(1), "", &group), ERR_NOTFOUND);
}
END_TEST

/*
 * What counts, and what stays.
 */

static void wrong_kind(Qsg__Card *card, void *context)
{
	(void)context;
	card->version++;
	free(card->name);
	card->name = strdup("The Real Regulator");
	free(card->kind);
	card->kind = strdup("cqc");
}

/* M328 */
START_TEST(the_roster_says_who_somebody_is_and_not_the_card)
{
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };

	grouped_all_join(3);
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "royal-college");
	ck_assert_str_eq(stated_kind_of(node(1), node_id(node(2))).kind->token,
	    "royal-college");
	ck_assert_ptr_null(stated_kind_of(node(1), node_id(node(3))).kind);
	fixture_claim_card(HOME, 2, wrong_kind, NULL, &card);
	OK(peers_take_card(node(1), buf_span(&card), &outcome));
	OK(node_commit(node(1)));
	ck_assert_int_eq(outcome, PEERS_WAITS);
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "royal-college");
	ck_assert_str_eq(stated_kind_of(node(1), node_id(node(2))).kind->token,
	    "royal-college");
	fixture_restart(HOME, 1, true);
	ck_assert_str_eq(peer(1, 2)->card.fields->name, "Organisation 2");
	buf_clear(&card);
}
END_TEST

/* The convenor states another kind than the card says. M328 */
START_TEST(a_card_that_says_otherwise_waits_and_its_keys_apply)
{
	grouped_found();
	OK(grouped_invite(2, "ccg"));
	OK(grouped_invite(1, "healthwatch-local"));
	grouped_spread();
	OK(grouped_join(1));
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "ccg");
	ck_assert_ptr_nonnull(peer(1, 2)->pending.fields);
	ck_assert_str_eq(peer(1, 2)->pending.fields->kind, "royal-college");
	fixture_restart(HOME, 1, false);
	ck_assert_str_eq(peer(1, 2)->card.fields->kind, "ccg");
	ck_assert_str_eq(peer(1, 2)->pending.fields->kind, "royal-college");
	fixture_assert_verifies(HOME, 1);
}
END_TEST

/* An invitation is for one identity: whoever comes under its name and code
 * with another card is somebody else. */
START_TEST(another_identity_cannot_accept_an_invitation)
{
	struct id32 group;
	struct id32 roster;
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Membership membership;
	int64_t readers[] = { 2 };

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	fixture_meet(HOME, 0, 2);
	grouped_spread();
	group = grouped_at(0)->id;
	roster = grouped_at(0)->roster;
	qsg__payload__init(&payload);
	qsg__membership__init(&membership);
	membership.group.data = group.b;
	membership.group.len = 32;
	membership.roster.data = roster.b;
	membership.roster.len = 32;
	membership.invitation = 2;
	membership.act = canon_lend("accept");
	payload.content_case = QSG__PAYLOAD__CONTENT_MEMBERSHIP;
	payload.membership = &membership;
	OK(submit_payload(node(2), readers, 1, &payload, &record));
	OK(node_commit(node(2)));
	grouped_spread();
	ck_assert_ptr_nonnull(fixture_view(HOME, 0, &record));
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_INVITED);
	ck_assert_int_eq(grouped_standing(0, 2), -1);
	ck_assert_uint_eq(grouped_at(0)->refused_count, 1);
}
END_TEST

static void check_kept(size_t at, size_t members)
{
	const struct group_state *group = grouped_at(at);

	ck_assert_uint_eq(group->member_count, members);
	ck_assert_int_eq(grouped_standing(at, 1), GROUP_JOINED);
	fixture_assert_verifies(HOME, at);
}

START_TEST(a_restart_keeps_groups_with_and_without_a_snapshot)
{
	struct id32 before;
	struct id32 after;

	grouped_all_join(3);
	OK(group_hash(grouped_at(1), &before));
	fixture_restart(HOME, 1, false);
	check_kept(1, 3);
	ck_assert_int_eq(peer(1, 2)->how, ORG_BY_ROSTER);
	fixture_restart(HOME, 1, true);
	check_kept(1, 3);
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	/* The snapshot is older than the newest roster now. */
	fixture_restart(HOME, 1, true);
	check_kept(1, 4);
	OK(group_hash(grouped_at(1), &after));
	ck_assert(!id_equal(&before, &after));
}
END_TEST

/* M338 */
START_TEST(what_is_not_committed_never_was)
{
	struct convening_change change = { .organisation = "Organisation 2",
		.reason = "as decided" };
	struct convening_result result;
	uint64_t epoch = 0;

	grouped_all_join(3);
	epoch = grouped_at(0)->epoch;
	OK(convening_remove(node(0), GROUPED_NAME, &change, &result));
	ck_assert_uint_eq(grouped_at(0)->epoch, epoch + 1);
	FAILS(state_poison(node(0), ERR_FULL), ERR_FULL);
	FAILS(node_commit(node(0)), ERR_FULL);
	ck_assert_uint_eq(grouped_at(0)->epoch, epoch);
	ck_assert(peers_admitted(peer(0, 2)));
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_JOINED);
}
END_TEST

/*
 * Who convenes next.
 */

START_TEST(a_lost_convenor_is_succeeded_by_a_majority)
{
	size_t rest[] = { 1, 2, 3 };
	struct convening_result result;

	grouped_all_join(4);
	fixture_restart(HOME, 0, false);
	node_close(node(0));
	HOME->nodes[0] = NULL;
	FAILS(grouped_name(1, 2), ERR_INPUT);
	OK(grouped_name(1, 3));
	FAILS(grouped_name(1, 3), ERR_STATE);
	OK(grouped_name(2, 3));
	grouped_spread();
	FAILS(convening_convene(node(3), GROUPED_NAME, &result), ERR_DENIED);
	ck_assert_uint_eq(grouped_at(3)->candidates[0].voices, 2);
	OK(grouped_name(3, 3));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(1)->term, 2);
	OK(convening_convene(node(3), GROUPED_NAME, &result));
	OK(node_commit(node(3)));
	grouped_spread();
	for (size_t i = 0; i < 3; i++) {
		const struct group_state *group = grouped_at(rest[i]);

		ck_assert(id_equal(&group->convenor, node_id(node(3))));
		ck_assert_uint_eq(group->stated->term, 2);
		ck_assert_uint_eq(group->stated->n_mandate, 3);
		ck_assert(group->mandate_proven);
	}
	grouped_agree(rest, 3);
}
END_TEST

/* As many cards of organisations of their own, as text. */
static char *make_card(size_t at, struct fingerprint *fingerprint)
{
	static const char *const endpoints[] = {
		"tcp://node-of-a-commissioner.example.nhs.uk:7101"
	};
	char path[160];
	char name[80];
	char code[16];
	uint8_t text[] = "secret";
	struct card_profile profile = { .name = name,
		.code = code,
		.kind = "ccg",
		.endpoints = endpoints,
		.endpoint_count = 1,
		.version = 1 };
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;
	struct card card = { 0 };
	struct buf armour = { 0 };
	char *copy = NULL;

	(void)snprintf(path, sizeof path, "%s/keys-%zu", HOME->dir, at);
	(void)snprintf(name, sizeof name,
	    "NHS Somewhere and Elsewhere Clinical Commissioning Group %zu", at);
	(void)snprintf(code, sizeof code, "C%04zu", at);
	OK(keystore_passphrase(text, sizeof text - 1, &passphrase));
	OK(keystore_create(
	    path, passphrase, KEYSTORE_CHEAP, &HOME->rng, &keystore));
	passphrase_free(passphrase);
	OK(card_make(keystore, &profile, &card));
	OK(card_armour(&card, &armour));
	*fingerprint = text_fingerprint(&card.organisation);
	copy = strdup(buf_text(&armour));
	ck_assert_ptr_nonnull(copy);
	keystore_close(keystore);
	card_clear(&card);
	buf_clear(&armour);
	return copy;
}

/* The largest group there may be, with its cards, in one record. */
START_TEST(a_roster_of_256_fits_a_record)
{
	enum { INVITED = LIMIT_GROUP_MEMBERS - 1 };
	static char *cards[INVITED];
	static struct fingerprint texts[INVITED];
	static const char *fingerprints[INVITED];
	struct convening_invitation invitation = {
		.cards = (const char *const *)cards,
		.card_count = INVITED,
		.fingerprints = fingerprints,
		.fingerprint_count = INVITED,
		.line = { .kind = "ccg", .person = "Accountable Officer" },
		.reason = "members of the area",
	};
	struct convening_result result;
	const struct view_record *view = NULL;

	grouped_found();
	for (size_t i = 0; i < INVITED; i++) {
		cards[i] = make_card(i, &texts[i]);
		fingerprints[i] = texts[i].text;
	}
	OK(convening_invite(node(0), GROUPED_NAME, &invitation, &result));
	OK(node_commit(node(0)));
	view = fixture_view(HOME, 0, &result.record);
	ck_assert_uint_eq(grouped_at(0)->member_count, LIMIT_GROUP_MEMBERS);
	ck_assert_uint_lt(view->bytes, LIMIT_RECORD_BYTES);
	FAILS(grouped_invite(1, "ccg"), ERR_LIMIT);
	fixture_restart(HOME, 0, true);
	ck_assert_uint_eq(grouped_at(0)->member_count, LIMIT_GROUP_MEMBERS);
	for (size_t i = 0; i < INVITED; i++) {
		free(cards[i]);
	}
}
END_TEST

Suite *test_groups_suite(void)
{
	Suite *suite = suite_create("groups");
	TCase *tests = tcase_create("groups");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_founder_alone_has_nobody_to_share_with);
	tcase_add_test(
	    tests, an_invitation_reaches_the_invited_and_nobody_else);
	tcase_add_test(tests, joining_enrols_the_roster_on_both_sides);
	tcase_add_test(
	    tests, a_member_enrols_the_invited_when_the_roster_comes);
	tcase_add_test(tests, sender_only_organisations_are_not_sent_to);
	tcase_add_test(tests, declining_and_changing_ones_mind);
	tcase_add_test(
	    tests, whoever_left_comes_back_by_a_new_invitation_alone);
	tcase_add_test(tests, a_leave_reaches_the_others_by_the_convenor);
	tcase_add_test(tests, invitations_that_make_no_sense_are_refused);
	tcase_add_test(tests, more_than_255_invitations_are_refused);
	tcase_add_test(
	    tests, a_card_is_enrolled_only_with_a_compared_fingerprint);
	tcase_add_test(tests, only_the_convenor_states_rosters);
	tcase_add_test(tests, names_that_look_like_a_known_groups_are_refused);
	tcase_add_test(tests, only_nhs_england_founds_a_group);
	tcase_add_test(tests, a_group_is_found_by_name_and_by_id);
	tcase_add_test(tests, the_roster_says_who_somebody_is_and_not_the_card);
	tcase_add_test(
	    tests, a_card_that_says_otherwise_waits_and_its_keys_apply);
	tcase_add_test(tests, another_identity_cannot_accept_an_invitation);
	tcase_add_test(
	    tests, a_restart_keeps_groups_with_and_without_a_snapshot);
	tcase_add_test(tests, what_is_not_committed_never_was);
	tcase_add_test(tests, a_lost_convenor_is_succeeded_by_a_majority);
	tcase_add_test(tests, a_roster_of_256_fits_a_record);
	suite_add_tcase(suite, tests);
	return suite;
}
