#include "operate.h"

#include "service/successor.h"

#include <string.h>

enum { TEXT_MAX = 2500 };

static void submit(
    struct world *world, unsigned author, unsigned mask, size_t text_size)
{
	char text[TEXT_MAX + 1];
	struct nodes readers = { .bits = { mask } };
	nodes_add(&readers, author);
	memset(text, 'a' + (int)world_below(world, 26), text_size);
	text[text_size] = '\0';
	item_submit(world, author, &readers, text);
}

static unsigned any_subset(struct world *world)
{
	return (unsigned)world_below(world, 1u << SIM_NODES);
}

static void share(struct world *world, unsigned n)
{
	uint64_t count =
	    world_one_in(world, 12) ? 1 + world_below(world, 30) : 1;
	unsigned mask = world_one_in(world, 8) ? 0 : any_subset(world);
	for (uint64_t i = 0; i < count; i++) {
		size_t size = 1 + (size_t)world_below(world, TEXT_MAX);
		submit(world, n, mask, size);
	}
	/* Acknowledged now; or staged until something else commits it, or a
	 * crash takes it back. */
	if (!world_one_in(world, 5)) {
		(void)world_commit(world, n, true);
	}
}

static void split(struct world *world)
{
	unsigned side = any_subset(world);
	int64_t until =
	    world->now_ms + 2000 + (int64_t)world_below(world, 90000);
	for (unsigned a = 0; a < SIM_NODES; a++) {
		for (unsigned b = 0; b < SIM_NODES; b++) {
			if ((side >> a & 1u) != (side >> b & 1u)) {
				world->split_until_ms[world_pair(world, a, b)] =
				    until;
			}
		}
	}
}

static void deafen(struct world *world)
{
	unsigned from = (unsigned)world_below(world, SIM_NODES);
	unsigned to = (unsigned)world_below(world, SIM_NODES);
	world->deaf_until_ms[world_pair(world, from, to)] =
	    world->now_ms + 2000 + (int64_t)world_below(world, 60000);
}

static void jump(struct world *world, struct sim_node *sim)
{
	static const int64_t reach[] = { 1000, 60000, 3600000, 86400000,
		40LL * 86400000 };
	int64_t most =
	    reach[world_below(world, sizeof(reach) / sizeof(reach[0]))];
	int64_t by = (int64_t)world_below(world, (uint64_t)most * 2) - most;
	sim->wall_offset_ms += by;
	world->faults[FAULT_CLOCK]++;
}

/* A new log key, and a new log. */
static void rotate(struct world *world, struct sim_node *sim)
{
	struct successor_planned planned;
	if (successor_rotate(sim->node, false, &planned) != ERR_OK) {
		world_fail(world, "no new log key: %s", err_text());
	}
	(void)world_commit(world, sim->index, true);
}

/* A new card: it moves to another address. */
static void move(struct world *world, struct sim_node *sim)
{
	char endpoint[64];
	(void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
	    7100 + sim->index + 100 * (unsigned)world_below(world, 3));
	const char *endpoints[1] = { endpoint };
	if (!world_commit(world, sim->index, false)) {
		return;
	}
	if (world_one_in(world, 3)) {
		rotate(world, sim);
		return;
	}
	if (node_set_endpoints(sim->node, endpoints, 1) != ERR_OK) {
		world_fail(world, "no new card: %s", err_text());
	}
	peering_committed(sim->peering, true);
}

void operate_once(struct world *world)
{
	unsigned n = (unsigned)world_below(world, SIM_NODES);
	struct sim_node *sim = &world->nodes[n];
	uint64_t die = world_below(world, 100);
	world_trace(world, &die, sizeof(die));
	if (die >= 92) {
		if (die < 94) {
			split(world);
		} else if (die < 96) {
			deafen(world);
		} else {
			network_break_one(world);
		}
		return;
	}
	if (sim->node == NULL) {
		return;
	}
	if (die < 82) {
		share(world, n);
	} else if (die < 85) {
		world->faults[FAULT_CRASH]++;
		world_crash(world, n);
	} else if (die < 87) {
		world->faults[FAULT_STOP]++;
		world_stop(world, n);
	} else if (die < 90) {
		jump(world, sim);
	} else {
		move(world, sim);
	}
}
