#include "world.h"

#include "service/alarms.h"
#include "service/receipts.h"
#include "service/recovery.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { COMMIT_FAILS_ONE_IN = 150, STEP_MS = 2 };

const char *world_fault_name(enum fault fault)
{
	static const char *const texts[FAULT_COUNT] = {
		[FAULT_DROP] = "drop",
		[FAULT_DUPLICATE] = "duplicate",
		[FAULT_REORDER] = "reorder",
		[FAULT_CORRUPT] = "corrupt",
		[FAULT_DELAY] = "delay",
		[FAULT_PARTITION] = "partition",
		[FAULT_ONE_WAY] = "one-way",
		[FAULT_CUT] = "cut",
		[FAULT_STALE] = "stale",
		[FAULT_CRASH] = "crash",
		[FAULT_STOP] = "stop",
		[FAULT_RESTART] = "restart",
		[FAULT_CLOCK] = "clock-jump",
		[FAULT_FORGE] = "forge",
		[FAULT_DISK] = "disk",
	};
	return texts[fault];
}

void world_fail(struct world *world, const char *fmt, ...)
{
	va_list args;
	if (world->failure[0] != '\0') {
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(world->failure, sizeof(world->failure), fmt, args);
	va_end(args);
}

/* FNV-1a: a fingerprint for comparing runs, nothing more. */
void world_trace(struct world *world, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	for (size_t i = 0; i < size; i++) {
		world->trace ^= bytes[i];
		world->trace *= 1099511628211ULL;
	}
}

uint64_t world_below(struct world *world, uint64_t bound)
{
	return rng_below(&world->rng, bound);
}

bool world_one_in(struct world *world, uint64_t n)
{
	return world_below(world, n) == 0;
}

int world_index_of(const struct world *world, const struct id32 *id)
{
	size_t place = 0;
	uint32_t at = 0;
	while (table_next(&world->index, bytes_get_u64(id->b), &place, &at)) {
		if (id_equal(&world->nodes[at].id, id)) {
			return (int)at;
		}
	}
	return -1;
}

size_t world_pair(const struct world *world, unsigned from, unsigned to)
{
	return (size_t)from * world->count + to;
}

unsigned nodes_count(const struct nodes *nodes)
{
	unsigned count = 0;
	for (size_t i = 0; i < sizeof(nodes->bits) / sizeof(nodes->bits[0]);
	     i++) {
		count += (unsigned)__builtin_popcountll(nodes->bits[i]);
	}
	return count;
}

void world_touch(struct world *world, unsigned index)
{
	nodes_add(&world->touched, index);
}

void world_wake(struct world *world, unsigned index, int64_t at_ms)
{
	struct sim_node *sim = &world->nodes[index];
	if (sim->node == NULL) {
		sim->up_ms = at_ms;
	} else {
		sim->tick_ms = at_ms;
	}
	due_set(world->due, index, at_ms);
}

/*
 * Clocks.
 */

static int64_t node_wall(void *context)
{
	const struct sim_node *sim = context;
	return HOMES_WALL_MS + sim->world->now_ms + sim->wall_offset_ms;
}

static int64_t node_steady(void *context)
{
	const struct sim_node *sim = context;
	return sim->world->now_ms - sim->boot_ms;
}

/*
 * Nodes.
 */

void world_start(struct world *world, unsigned index)
{
	struct sim_node *sim = &world->nodes[index];
	struct peering_host host = { .context = sim,
		.send = network_send,
		.dial = network_dial,
		.cut = network_cut };
	sim->boot++;
	sim->boot_ms = world->now_ms;
	if (homes_open(sim->home, &sim->clock, &sim->rng, &sim->node) !=
	    ERR_OK) {
		sim->node = NULL;
		world_fail(
		    world, "%s does not start: %s", sim->name, err_text());
		return;
	}
	if (peering_new(sim->node, &host, &sim->peering) != ERR_OK) {
		world_fail(world, "no peering: %s", err_text());
		return;
	}
	sim->dying = false;
	world_wake(world, index, world->now_ms);
	const char *why = NULL;
	if (!node_may_sign(sim->node, &why)) {
		world_fail(world, "%s may not sign: %s", sim->name, why);
	}
	if (world->verbose) {
		printf(
		    "%8lld %s starts\n", (long long)world->now_ms, sim->name);
	}
}

static void drop_process(struct world *world, unsigned index, bool crash)
{
	struct sim_node *sim = &world->nodes[index];
	if (sim->node == NULL) {
		return;
	}
	sim->dying = crash;
	peering_free(sim->peering);
	sim->peering = NULL;
	if (crash) {
		node_crash(sim->node);
	} else {
		node_close(sim->node);
	}
	sim->node = NULL;
	sim->dying = true;
	truth_commit(world, index, false);
	network_node_gone(world, index);
	world_wake(world, index,
	    world->now_ms + 1 + (int64_t)world_below(world, 60000));
	if (world->verbose) {
		printf("%8lld %s %s\n", (long long)world->now_ms, sim->name,
		    crash ? "crashes" : "stops");
	}
}

void world_crash(struct world *world, unsigned index)
{
	drop_process(world, index, true);
}

void world_stop(struct world *world, unsigned index)
{
	if (world->nodes[index].node != NULL &&
	    world_commit(world, index, false)) {
		drop_process(world, index, false);
	}
}

bool world_commit(struct world *world, unsigned index, bool may_fail)
{
	struct sim_node *sim = &world->nodes[index];
	nodes_drop(&world->touched, index);
	if (!node_staged(sim->node)) {
		return true;
	}
	if (may_fail && world->faults_on &&
	    world_one_in(world, COMMIT_FAILS_ONE_IN)) {
		sim->node->poisoned = err_set(ERR_FULL, "no room on the disk");
		world->faults[FAULT_DISK]++;
	}
	world->commits++;
	bool good = node_commit(sim->node) == ERR_OK;
	truth_commit(world, index, good);
	if (good && world->arrivals) {
		truth_look(world, index);
	}
	peering_committed(sim->peering, good);
	return good;
}

static void *need(size_t count, size_t size)
{
	void *out = calloc(count, size);
	if (out == NULL) {
		abort();
	}
	return out;
}

void world_init(struct world *world, unsigned count, uint64_t seed)
{
	size_t pairs = (size_t)count * count;
	memset(world, 0, sizeof(*world));
	world->count = count;
	world->step_ms = STEP_MS;
	world->trace = 14695981039346656037ULL;
	world->rng = rng_seed(&world->seeded, seed);
	world->index.salt = 1;
	world->truth_index.salt = 1;
	world->released_index.salt = 1;
	world->nodes = need(count, sizeof(*world->nodes));
	world->split_until_ms = need(pairs, sizeof(int64_t));
	world->deaf_until_ms = need(pairs, sizeof(int64_t));
	world->cosigned = need(pairs, sizeof(*world->cosigned));
	world->due = due_new(count);
	for (unsigned i = 0; i < count; i++) {
		struct sim_node *sim = &world->nodes[i];
		sim->world = world;
		sim->index = i;
		sim->clock = (struct clock){ node_wall, node_steady, sim };
		sim->rng =
		    rng_seed(&sim->seeded, seed * 1000003ULL + (uint64_t)i + 1);
	}
}

bool world_add(struct world *world, unsigned index, const char *name)
{
	struct sim_node *sim = &world->nodes[index];
	sim->name = name;
	world_start(world, index);
	if (sim->node == NULL) {
		return false;
	}
	sim->id = *node_id(sim->node);
	return table_add(&world->index, bytes_get_u64(sim->id.b), index) ==
	       ERR_OK;
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < world->count; i++) {
		struct sim_node *sim = &world->nodes[i];
		if (sim->node != NULL) {
			sim->dying = true;
			peering_free(sim->peering);
			node_crash(sim->node);
		}
		homes_remove(sim->home);
	}
	network_close(world);
	due_free(world->due);
	free(world->nodes);
	free(world->split_until_ms);
	free(world->deaf_until_ms);
	free(world->cosigned);
	free(world->truths);
	free(world->released);
	table_clear(&world->index);
	table_clear(&world->truth_index);
	table_clear(&world->released_index);
}

/*
 * Time.
 */

static int64_t next_moment(const struct world *world, int64_t end)
{
	int64_t next = network_next_ms(world);
	int64_t due = due_first_ms(world->due);
	next = due < next ? due : next;
	return next < end ? next : end;
}

static void tick(struct world *world, unsigned index)
{
	struct sim_node *sim = &world->nodes[index];
	if (sim->node == NULL) {
		world->faults[FAULT_RESTART]++;
		world_start(world, index);
		return;
	}
	recovery_tick(sim->node);
	peering_tick(sim->peering);
	receipts_tick(sim->node);
	witness_tick(sim->node);
	alarms_tick(sim->node);
	world_touch(world, index);
	int wait = peering_timeout_ms(sim->peering);
	world_wake(world, index, world->now_ms + (wait < 20 ? 20 : wait));
}

static void tick_all(struct world *world)
{
	for (unsigned i = due_next(world->due, 0, world->now_ms);
	     i < world->count; i = due_next(world->due, i + 1, world->now_ms)) {
		tick(world, i);
	}
}

static void commit_all(struct world *world)
{
	struct nodes touched = world->touched;
	for (unsigned i = 0; i < world->count; i++) {
		if (touched.bits[i / 64] == 0) {
			i |= 63u;
			continue;
		}
		/* Now and then a node is slow to commit. */
		if (nodes_has(&touched, i) && world->nodes[i].node != NULL &&
		    !(world->faults_on && world_one_in(world, 10))) {
			(void)world_commit(world, i, true);
		}
	}
}

void world_run(struct world *world, int64_t ms)
{
	int64_t end = world->now_ms + ms;
	while (world->now_ms < end && world->failure[0] == '\0') {
		int64_t next = next_moment(world, end);
		world->now_ms = next > world->now_ms ? next : world->now_ms;
		if (next < end) {
			world->now_ms += world->step_ms;
		}
		network_deliver(world);
		tick_all(world);
		commit_all(world);
	}
}
