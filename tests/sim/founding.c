#include "founding.h"

#include "codec/text.h"
#include "service/convening.h"
#include "service/groups.h"
#include "service/joining.h"

#include <stdlib.h>
#include <string.h>

/* A record of the group's own, that these nodes are to hold. */
static void expect(struct world *world, unsigned author,
    const struct nodes *readers, const struct id32 *record, uint8_t type)
{
	struct truth truth = { .id = *record,
		.author = author,
		.readers = *readers,
		.type = type,
		.sealed_ms = world->now_ms };
	nodes_add(&truth.readers, author);
	truth_add(world, &truth);
}

static bool introduce(
    struct world *world, const struct plan_group *group, unsigned member)
{
	struct node *convenor = world->nodes[group->convenor].node;
	struct node *invited = world->nodes[member].node;
	bool good = homes_introduce(convenor, invited) == ERR_OK &&
	            homes_introduce(invited, convenor) == ERR_OK;
	if (!good) {
		world_fail(world, "not introduced: %s", err_text());
	}
	return good && world_commit(world, member, false);
}

static bool found(struct world *world, const struct plan *plan,
    const struct plan_group *group)
{
	const struct sim_node *convenor = &world->nodes[group->convenor];
	struct nodes alone = { .bits = { 0 } };
	struct convening_result result;
	struct roster_draft_line chair = { .role = "director" };
	char name[64];
	char region[64];
	char level_local[] = "local";
	char level_regional[] = "regional";
	char monthly[] = "monthly";
	char quarterly[] = "quarterly";
	char purpose[] = "to see earlier what one of us alone cannot see";
	char rule[] = "what is said here is shared in confidence";
	char *rules[] = { rule };
	Qsg__Charter charter;
	qsg__charter__init(&charter);
	(void)snprintf(name, sizeof(name), "%s", group->name);
	(void)snprintf(region, sizeof(region), "%s",
	    plan->groups[plan_region(plan, group)].name);
	charter.name = name;
	charter.level = group->regional ? level_regional : level_local;
	charter.cadence = group->regional ? quarterly : monthly;
	if (!group->regional) {
		charter.region = region;
	}
	charter.purpose = purpose;
	charter.ground_rules = rules;
	charter.n_ground_rules = 1;
	charter.quorum = 5;
	charter.cycle_days = 365;
	charter.ring_hours = group->ring_hours;
	if (convening_create(convenor->node, &charter, &chair, &result) !=
	    ERR_OK) {
		world_fail(world, "%s is not founded: %s", name, err_text());
		return false;
	}
	expect(world, group->convenor, &alone, &result.record, VIEW_ROSTER);
	return world_commit(world, group->convenor, false);
}

/* All of one kind, with one roster; `listed` grows. */
static bool invite_kind(struct world *world, const struct plan *plan,
    const struct plan_group *group, const char *kind, struct nodes *listed)
{
	static struct fingerprint prints[WORLD_MAX];
	const char *known[WORLD_MAX];
	struct convening_invitation invitation = { .known = known,
		.line = { .kind = kind, .role = "director" } };
	struct convening_result result;
	for (unsigned i = 0; i < plan->org_count; i++) {
		if (nodes_has(&group->members, i) && i != group->convenor &&
		    strcmp(plan->orgs[i].kind, kind) == 0) {
			size_t at = invitation.known_count++;
			prints[at] = text_fingerprint(&world->nodes[i].id);
			known[at] = prints[at].text;
			nodes_add(listed, i);
		}
	}
	if (invitation.known_count == 0) {
		return true;
	}
	if (convening_invite(world->nodes[group->convenor].node, group->name,
		&invitation, &result) != ERR_OK) {
		world_fail(
		    world, "%s does not invite: %s", group->name, err_text());
		return false;
	}
	expect(world, group->convenor, listed, &result.record, VIEW_ROSTER);
	return world_commit(world, group->convenor, false);
}

static bool invite(struct world *world, const struct plan *plan,
    const struct plan_group *group)
{
	struct nodes listed = { .bits = { 0 } };
	bool good = true;
	for (unsigned i = 0; i < plan->org_count && good; i++) {
		const char *kind = plan->orgs[i].kind;
		bool first = true;
		for (unsigned k = 0; k < i && first; k++) {
			first = strcmp(plan->orgs[k].kind, kind) != 0;
		}
		good = !first || invite_kind(world, plan, group, kind, &listed);
	}
	return good;
}

bool founding_invite(struct world *world, const struct plan *plan)
{
	for (unsigned g = 0; g < plan->group_count; g++) {
		const struct plan_group *group = &plan->groups[g];
		for (unsigned i = 0; i < plan->org_count; i++) {
			if (nodes_has(&group->members, i) &&
			    i != group->convenor &&
			    !introduce(world, group, i)) {
				return false;
			}
		}
		if (!world_commit(world, group->convenor, false) ||
		    !found(world, plan, group) || !invite(world, plan, group)) {
			return false;
		}
	}
	return true;
}

bool founding_accept(struct world *world, const struct plan *plan,
    unsigned group, unsigned member)
{
	const struct plan_group *into = &plan->groups[group];
	struct joining_act act = { .group = into->name };
	struct joining_result result;
	if (joining_accept(world->nodes[member].node, &act, &result) !=
	    ERR_OK) {
		world_fail(world, "%s does not join %s: %s",
		    plan->orgs[member].name, into->name, err_text());
		return false;
	}
	expect(world, member, &into->members, &result.record, VIEW_MEMBERSHIP);
	return world_commit(world, member, false);
}

static size_t joined(const struct group_state *state)
{
	size_t count = 0;
	for (size_t i = 0; i < state->member_count; i++) {
		count += state->members[i].standing == GROUP_JOINED;
	}
	return count;
}

static bool has_all(struct world *world, const struct plan_group *group,
    unsigned member, char *missing, size_t size)
{
	struct node *node = world->nodes[member].node;
	const struct group_state *state = NULL;
	size_t expected = nodes_count(&group->members);
	bool known = groups_resolve(node, group->name, &state) == ERR_OK;
	size_t count = known ? joined(state) : 0;
	if (count == expected) {
		return true;
	}
	(void)snprintf(missing, size, "%s of %s has %zu of %zu joined: %s",
	    world->nodes[member].name, group->name, count, expected,
	    known ? "the roster is there" : err_text());
	return false;
}

bool founding_complete(
    struct world *world, const struct plan *plan, char *missing, size_t size)
{
	for (unsigned g = 0; g < plan->group_count; g++) {
		const struct plan_group *group = &plan->groups[g];
		for (unsigned i = 0; i < plan->org_count; i++) {
			if (nodes_has(&group->members, i) &&
			    !has_all(world, group, i, missing, size)) {
				return false;
			}
		}
	}
	return true;
}
