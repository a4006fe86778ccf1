#include "grouped.h"

#include "codec/canon.h"
#include "codec/text.h"

#include <stdio.h>
#include <string.h>

struct fixture grouped_fixture;

struct node *grouped_node(size_t at)
{
	return grouped_fixture.nodes[at];
}

void grouped_open(void)
{
	static const char *const kinds[] = { "nhs-england-area-team", "ccg",
		"royal-college", "nhs-england-area-team" };

	fixture_open_strangers(&grouped_fixture, kinds, 4);
	for (size_t i = 1; i < 4; i++) {
		fixture_meet(&grouped_fixture, i, 0);
	}
}

void grouped_close(void)
{
	fixture_close(&grouped_fixture);
}

void grouped_charter(Qsg__Charter *out, const char *name)
{
	qsg__charter__init(out);
	out->name = canon_lend(name);
	out->level = canon_lend("local");
	out->region = canon_lend("London QSG");
	out->purpose = canon_lend("a shared view of risks to quality");
	out->quorum = 3;
	out->cadence = canon_lend("two-monthly");
	out->cycle_days = 365;
}

void grouped_found(void)
{
	grouped_found_by(0, GROUPED_NAME);
}

void grouped_found_by(size_t by, const char *name)
{
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;

	grouped_charter(&charter, name);
	OK(convening_create(grouped_node(by), &charter, &chair, &result));
	OK(node_commit(grouped_node(by)));
}

enum err grouped_invite(size_t whom, const char *kind)
{
	return grouped_invite_to(0, GROUPED_NAME, whom, kind);
}

enum err grouped_invite_to(
    size_t by, const char *group, size_t whom, const char *kind)
{
	struct fingerprint fingerprint =
	    text_fingerprint(node_id(grouped_node(whom)));
	const char *fingerprints[] = { fingerprint.text };
	const char *cards[1];
	struct convening_invitation invitation = {
		.cards = cards,
		.card_count = 1,
		.fingerprints = fingerprints,
		.fingerprint_count = 1,
		.line = { .kind = kind, .person = "Accountable Officer" },
	};
	struct convening_result result;
	struct buf armour = { 0 };
	enum err err = ERR_OK;

	OK(card_armour(node_card(grouped_node(whom)), &armour));
	cards[0] = buf_text(&armour);
	err = convening_invite(grouped_node(by), group, &invitation, &result);
	buf_clear(&armour);
	if (!err) {
		OK(node_commit(grouped_node(by)));
	}
	return err;
}

static enum err act(
    size_t at, enum err (*how)(struct node *node,
		   const struct joining_act *said, struct joining_result *out))
{
	struct joining_act said = { .group = GROUPED_NAME,
		.reason = "as decided" };
	struct joining_result result;
	enum err err = how(grouped_node(at), &said, &result);

	if (!err) {
		OK(node_commit(grouped_node(at)));
	}
	return err;
}

enum err grouped_join(size_t at)
{
	return act(at, joining_accept);
}

enum err grouped_decline(size_t at)
{
	return act(at, joining_decline);
}

enum err grouped_leave(size_t at)
{
	return act(at, joining_leave);
}

enum err grouped_remove(size_t by, size_t whom, const char *reason)
{
	struct fingerprint fingerprint =
	    text_fingerprint(node_id(grouped_node(whom)));
	struct convening_change change = { .organisation = fingerprint.text,
		.reason = reason };
	struct convening_result result;
	enum err err =
	    convening_remove(grouped_node(by), GROUPED_NAME, &change, &result);

	if (!err) {
		OK(node_commit(grouped_node(by)));
	}
	return err;
}

enum err grouped_name(size_t at, size_t successor)
{
	struct fingerprint fingerprint =
	    text_fingerprint(node_id(grouped_node(successor)));
	struct joining_act said = { .group = GROUPED_NAME };
	struct joining_result result;
	enum err err = joining_name_successor(
	    grouped_node(at), &said, fingerprint.text, &result);

	if (!err) {
		OK(node_commit(grouped_node(at)));
	}
	return err;
}

static bool in_touch(size_t a, size_t b)
{
	return grouped_node(a) && grouped_node(b) &&
	       fixture_knows(&grouped_fixture, a, b) &&
	       fixture_knows(&grouped_fixture, b, a) &&
	       peers_admitted(fixture_peer(&grouped_fixture, a, b)) &&
	       peers_admitted(fixture_peer(&grouped_fixture, b, a));
}

static size_t held(size_t at)
{
	return grouped_node(at) ? views_count(grouped_node(at)->views) : 0;
}

void grouped_spread(void)
{
	struct replica_taken taken;
	bool more = true;

	while (more) {
		more = false;
		for (size_t pair = 0; pair < 16; pair++) {
			size_t to = pair / 4;
			size_t from = pair % 4;
			size_t before = held(to);

			if (to == from || !in_touch(to, from)) {
				continue;
			}
			OK(fixture_pull(&grouped_fixture, to, from, &taken));
			more = more || held(to) != before;
		}
	}
}

void grouped_all_join(size_t count)
{
	static const char *const kinds[] = { "", "ccg", "royal-college",
		"nhs-england-area-team" };

	ck_assert_uint_le(count, 4);
	grouped_found();
	for (size_t i = 1; i < count && i < 4; i++) {
		OK(grouped_invite(i, kinds[i]));
	}
	grouped_spread();
	for (size_t i = 1; i < count; i++) {
		OK(grouped_join(i));
	}
	grouped_spread();
}

const struct group_state *grouped_at(size_t at)
{
	const struct group_state *group = NULL;

	OK(groups_resolve(grouped_node(at), GROUPED_NAME, &group));
	return group;
}

int grouped_standing(size_t at, size_t of)
{
	const struct group_member *member =
	    group_member(grouped_at(at), node_id(grouped_node(of)));

	return member ? (int)member->standing : -1;
}

void grouped_agree(const size_t *nodes, size_t count)
{
	struct id32 first;

	OK(group_hash(grouped_at(nodes[0]), &first));
	for (size_t i = 1; i < count; i++) {
		struct id32 hash;

		OK(group_hash(grouped_at(nodes[i]), &hash));
		ck_assert_msg(id_equal(&first, &hash),
		    "nodes %zu and %zu see different groups", nodes[0],
		    nodes[i]);
	}
}
