#include "plan.h"

#include <string.h>

struct plan_size plan_england(void)
{
	return (struct plan_size){
		.locals = 27, .regions = 4, .ccgs = 211, .authorities = 152
	};
}

/* The bodies there is one of, and the two professional regulators. */
static const struct {
	const char *name;
	const char *code;
	const char *kind;
	bool everywhere; /* in local groups, too */
} nationals[] = {
	{ "Care Quality Commission", "CQC", "cqc", true },
	{ "Monitor", "MON", "monitor", true },
	{ "NHS Trust Development Authority", "TDA", "nhs-tda", true },
	{ "Public Health England", "PHE", "phe", true },
	{ "Health Education England", "HEE", "hee", false },
	{ "Parliamentary and Health Service Ombudsman", "OMB", "ombudsman",
	    false },
	{ "General Medical Council", "GMC", "professional-regulator", false },
	{ "Nursing and Midwifery Council", "NMC", "professional-regulator",
	    false },
};

enum { NATIONALS = sizeof(nationals) / sizeof(nationals[0]) };

static unsigned add(
    struct plan *plan, const char *name, const char *code, const char *kind)
{
	struct plan_org *org = &plan->orgs[plan->org_count];
	(void)snprintf(org->name, sizeof(org->name), "%s", name);
	(void)snprintf(org->code, sizeof(org->code), "%s", code);
	org->kind = kind;
	org->home = -1;
	return plan->org_count++;
}

static unsigned add_numbered(struct plan *plan, const char *title, char letter,
    unsigned number, const char *kind)
{
	char name[64];
	char code[8];
	(void)snprintf(name, sizeof(name), "%s %u", title, number + 1);
	(void)snprintf(code, sizeof(code), "%c%03u", letter, number + 1);
	return add(plan, name, code, kind);
}

/* So many local bodies, spread evenly over the local groups. */
static void add_local(struct plan *plan, const char *title, char letter,
    const char *kind, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned home = i * plan->locals / count;
		unsigned org = add_numbered(plan, title, letter, i, kind);
		plan->orgs[org].home = (int)home;
		nodes_add(&plan->groups[home].members, org);
	}
}

static void add_nationals(struct plan *plan)
{
	for (unsigned i = 0; i < NATIONALS; i++) {
		unsigned org = add(plan, nationals[i].name, nationals[i].code,
		    nationals[i].kind);
		for (unsigned g = 0; g < plan->group_count; g++) {
			if (plan->groups[g].regional ||
			    nationals[i].everywhere) {
				nodes_add(&plan->groups[g].members, org);
			}
		}
	}
}

unsigned plan_region(const struct plan *plan, const struct plan_group *group)
{
	unsigned number = (unsigned)(group - plan->groups);
	unsigned regions = plan->group_count - plan->locals;
	return group->regional ? number
	                       : plan->locals + number * regions / plan->locals;
}

static struct plan_group *region_of(struct plan *plan, unsigned local)
{
	return &plan->groups[plan_region(plan, &plan->groups[local])];
}

/* Convenors first, then boards of education, which sit in both kinds. */
static void add_groups(struct plan *plan)
{
	for (unsigned g = 0; g < plan->group_count; g++) {
		struct plan_group *group = &plan->groups[g];
		group->regional = g >= plan->locals;
		unsigned number = group->regional ? g - plan->locals : g;
		(void)snprintf(group->name, sizeof(group->name), "%s QSG %u",
		    group->regional ? "Regional" : "Local", number + 1);
		group->convenor =
		    group->regional
			? add_numbered(plan, "NHS England region", 'R', number,
			      "nhs-england-region")
			: add_numbered(plan, "NHS England area team", 'T',
			      number, "nhs-england-area-team");
		nodes_add(&group->members, group->convenor);
	}
	unsigned boards = plan->locals > 1 ? plan->locals / 2 : 1;
	for (unsigned i = 0; i < boards; i++) {
		(void)add_numbered(
		    plan, "Education and training board", 'E', i, "letb");
	}
	for (unsigned g = 0; g < plan->locals; g++) {
		unsigned board = plan->group_count + g * boards / plan->locals;
		nodes_add(&plan->groups[g].members, board);
		nodes_add(&region_of(plan, g)->members, board);
		nodes_add(
		    &region_of(plan, g)->members, plan->groups[g].convenor);
	}
}

/* Each local group's first authority and first Healthwatch stand for theirs in
 * the region. */
static void add_representatives(struct plan *plan)
{
	static const char *const kinds[] = { "local-authority",
		"healthwatch-local" };
	for (unsigned g = 0; g < plan->locals; g++) {
		for (unsigned k = 0; k < 2; k++) {
			unsigned org = 0;
			while (
			    org < plan->org_count &&
			    (plan->orgs[org].home != (int)g ||
				strcmp(plan->orgs[org].kind, kinds[k]) != 0)) {
				org++;
			}
			if (org < plan->org_count) {
				nodes_add(&region_of(plan, g)->members, org);
			}
		}
	}
}

bool plan_make(const struct plan_size *size, struct plan *out)
{
	unsigned groups = size->locals + size->regions;
	unsigned orgs = groups + size->locals / 2 + 1 + NATIONALS + size->ccgs +
	                2 * size->authorities;
	memset(out, 0, sizeof(*out));
	if (size->locals == 0 || size->regions == 0 ||
	    size->locals > PLAN_GROUPS || size->regions > size->locals ||
	    groups > PLAN_GROUPS || size->ccgs > WORLD_MAX ||
	    size->authorities > WORLD_MAX || orgs > WORLD_MAX) {
		return false;
	}
	out->locals = size->locals;
	out->group_count = groups;
	add_groups(out);
	add_nationals(out);
	add_local(out, "Clinical commissioning group", 'C', "ccg", size->ccgs);
	add_local(
	    out, "Local authority", 'L', "local-authority", size->authorities);
	add_local(out, "Local Healthwatch", 'H', "healthwatch-local",
	    size->authorities);
	add_representatives(out);
	return true;
}

struct nodes plan_peers(const struct plan *plan, unsigned org)
{
	struct nodes peers = { .bits = { 0 } };
	for (unsigned g = 0; g < plan->group_count; g++) {
		const struct nodes *members = &plan->groups[g].members;
		for (unsigned i = 0;
		     nodes_has(members, org) &&
		     i < sizeof(peers.bits) / sizeof(peers.bits[0]);
		     i++) {
			peers.bits[i] |= members->bits[i];
		}
	}
	nodes_drop(&peers, org);
	return peers;
}
