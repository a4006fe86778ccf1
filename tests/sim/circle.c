#include "circle.h"

#include "founding.h"

#include "base/fs.h"

#include <string.h>

enum {
	MEETING_MS = 30000, /* all find each other */
	JOIN_STEP_MS = 15000,
	JOIN_STEPS = 40,
	HOMES_SEED = 42,
	RING_HOURS = 2 /* less than the world is split for */
};

/* How many of each, the convenor first. */
static const struct {
	const char *name;
	const char *code;
	const char *kind;
	unsigned count;
} kinds[] = {
	{ "NHS England area team", "T0", "nhs-england-area-team", 1 },
	{ "Care Quality Commission", "CQ", "cqc", 1 },
	{ "Monitor", "MO", "monitor", 1 },
	{ "NHS Trust Development Authority", "TD", "nhs-tda", 1 },
	{ "Public Health England", "PH", "phe", 1 },
	{ "Education and training board", "ED", "letb", 1 },
	{ "NHS England region", "R0", "nhs-england-region", 1 },
	{ "Clinical commissioning group", "C0", "ccg", 8 },
	{ "Local authority", "L0", "local-authority", 5 },
	{ "Local Healthwatch", "H0", "healthwatch-local", 5 },
};

static void plan_circle(struct plan *plan)
{
	struct plan_group *group = &plan->groups[0];
	memset(plan, 0, sizeof(*plan));
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (unsigned i = 0; i < kinds[k].count; i++) {
			struct plan_org *org = &plan->orgs[plan->org_count];
			(void)snprintf(org->name, sizeof(org->name), "%s %u",
			    kinds[k].name, i + 1);
			(void)snprintf(org->code, sizeof(org->code), "%s%c",
			    kinds[k].code, (char)('1' + i));
			org->kind = kinds[k].kind;
			nodes_add(&group->members, plan->org_count++);
		}
	}
	(void)snprintf(group->name, sizeof(group->name), "Local QSG");
	group->ring_hours = RING_HOURS;
	plan->group_count = 1;
	plan->locals = 1;
	/* Of the region nothing but the name is needed. */
	(void)snprintf(
	    plan->groups[1].name, sizeof(plan->groups[1].name), "Region");
}

static bool open_new(struct world *world, const struct plan *plan,
    const char *directory, const struct rng *rng)
{
	for (unsigned i = 0; i < plan->org_count; i++) {
		const struct plan_org *org = &plan->orgs[i];
		char *home = world->nodes[i].home;
		char endpoint[64];
		(void)snprintf(
		    endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", 7100 + i);
		struct node_profile profile = { .name = org->name,
			.code = org->code,
			.kind = org->kind,
			.endpoint = endpoint };
		(void)snprintf(home, sizeof(world->nodes[i].home),
		    "%.150s/homes/%u", directory, i);
		if (!homes_make(home, &profile, rng) ||
		    !world_add(world, i, org->name)) {
			return false;
		}
	}
	return true;
}

static bool found(struct world *world, const struct plan *plan)
{
	char missing[200] = "";
	bool good = founding_invite(world, plan);
	world_run(world, MEETING_MS);
	for (unsigned i = 1; i < plan->org_count && good; i++) {
		good = founding_accept(world, plan, 0, i);
	}
	for (unsigned step = 0; good && step < JOIN_STEPS; step++) {
		world_run(world, JOIN_STEP_MS);
		if (founding_complete(world, plan, missing, sizeof(missing)) &&
		    truth_witnessed(world, missing, sizeof(missing))) {
			return world->failure[0] == '\0';
		}
	}
	world_fail(world, "%s", missing);
	return false;
}

/* As world_close, but the homes stay. */
static void leave(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++) {
		world_stop(world, i);
		world->nodes[i].home[0] = '\0';
	}
	world_close(world);
}

bool circle_make(struct circle *circle, const char *directory)
{
	static struct world world;
	char homes[300];
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, HOMES_SEED);
	plan_circle(&circle->plan);
	(void)snprintf(homes, sizeof(homes), "%.200s/homes", directory);
	world_init(&world, circle->plan.org_count, HOMES_SEED);
	bool good = fs_make_private_dir(homes) == ERR_OK &&
	            open_new(&world, &circle->plan, directory, &rng) &&
	            found(&world, &circle->plan);
	if (!good) {
		fprintf(stderr, "sim: no circle: %s\n",
		    world.failure[0] != '\0' ? world.failure : err_text());
	}
	circle->made_ms = world.now_ms;
	leave(&world);
	return good;
}

bool circle_open(const struct circle *circle, const char *directory,
    uint64_t seed, struct world *world)
{
	world_init(world, circle->plan.org_count, seed);
	world->now_ms = circle->made_ms;
	for (unsigned i = 0; i < world->count; i++) {
		char *home = world->nodes[i].home;
		char from[300];
		(void)snprintf(
		    from, sizeof(from), "%.200s/homes/%u", directory, i);
		(void)snprintf(home, sizeof(world->nodes[i].home),
		    "%.150s/%llu.%u", directory, (unsigned long long)seed, i);
		homes_remove(home);
		if (!homes_copy(from, home) ||
		    !world_add(world, i, circle->plan.orgs[i].name)) {
			world_fail(world, "the homes do not open");
			return false;
		}
	}
	return true;
}
