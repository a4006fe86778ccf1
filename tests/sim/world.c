#define _POSIX_C_SOURCE 200809L

#include "world.h"

#include "base/fs.h"
#include "service/receipts.h"
#include "service/recovery.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALL_BASE_MS 1760000000000LL
#define FILE_MAX ((size_t)1 << 30)

enum { COMMIT_FAILS_ONE_IN = 150 };

static const char *const names[WORLD_NODES] = { "Alder", "Birch", "Cedar",
	"Damson", "Elm" };

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
	for (int i = 0; i < WORLD_NODES; i++) {
		if (id_equal(&world->nodes[i].id, id)) {
			return i;
		}
	}
	return -1;
}

/*
 * Clocks.
 */

static int64_t node_wall(void *context)
{
	const struct sim_node *sim = context;
	return WALL_BASE_MS + sim->world->now_ms + sim->wall_offset_ms;
}

static int64_t node_steady(void *context)
{
	const struct sim_node *sim = context;
	return sim->world->now_ms - sim->boot_ms;
}

static int64_t template_wall(void *context)
{
	(void)context;
	return WALL_BASE_MS;
}

static int64_t template_steady(void *context)
{
	(void)context;
	return 0;
}

static const struct clock template_clock = { template_wall, template_steady,
	NULL };

/*
 * Homes: made once, copied for each seed.
 */

static struct passphrase *passphrase(void)
{
	char text[] = "a passphrase for tests";
	struct passphrase *out = NULL;
	if (keystore_passphrase((uint8_t *)text, strlen(text), &out)) {
		fprintf(stderr, "sim: %s\n", err_text());
		exit(1);
	}
	return out;
}

static enum err open_home(const char *home, const struct clock *clock,
    const struct rng *rng, struct node **out)
{
	struct node_options options = {
		.home = home, .clock = clock, .rng = rng
	};
	struct passphrase *words = passphrase();
	struct buf path = { 0 };
	enum err err = fs_join(home, "keys", &path);
	if (err == ERR_OK) {
		err = keystore_open(buf_text(&path), words, &options.keystore);
	}
	passphrase_free(words);
	buf_clear(&path);
	return err != ERR_OK ? err : node_open(&options, out);
}

static enum err make_home(
    const char *directory, unsigned index, const struct rng *rng)
{
	char home[256];
	char code[8];
	char endpoint[64];
	(void)snprintf(home, sizeof(home), "%s/%u", directory, index);
	(void)snprintf(code, sizeof(code), "7%u0", index);
	(void)snprintf(
	    endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", 7100 + index);
	struct node_profile profile = { .name = names[index],
		.code = code,
		.kind = "ccg",
		.endpoint = endpoint };
	struct passphrase *words = passphrase();
	enum err err = node_create(
	    home, &profile, words, KEYSTORE_CHEAP, &template_clock, rng);
	passphrase_free(words);
	return err;
}

static enum err introduce(struct node *node, struct node *other)
{
	struct peers_decision decision = { .accept_code = false };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	return peers_add(node, buf_span(&node_card(other)->signed_bytes),
	    &decision, &outcome, &peer);
}

static enum err introduce_all(struct node **nodes)
{
	enum err err = ERR_OK;
	for (unsigned i = 0; i < WORLD_NODES && err == ERR_OK; i++) {
		for (unsigned j = 0; j < WORLD_NODES && err == ERR_OK; j++) {
			err = i == j ? ERR_OK : introduce(nodes[i], nodes[j]);
		}
		if (err == ERR_OK) {
			err = node_commit(nodes[i]);
		}
	}
	return err;
}

bool world_template(const char *directory)
{
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 42);
	struct node *nodes[WORLD_NODES] = { NULL };
	enum err err = ERR_OK;
	for (unsigned i = 0; i < WORLD_NODES && err == ERR_OK; i++) {
		char home[256];
		(void)snprintf(home, sizeof(home), "%s/%u", directory, i);
		err = make_home(directory, i, &rng);
		if (err == ERR_OK) {
			err = open_home(home, &template_clock, &rng, &nodes[i]);
		}
	}
	if (err == ERR_OK) {
		err = introduce_all(nodes);
	}
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		node_close(nodes[i]);
	}
	if (err != ERR_OK) {
		fprintf(stderr, "sim: no homes: %s\n", err_text());
	}
	return err == ERR_OK;
}

static bool copy_file(const char *from, const char *to)
{
	struct buf bytes = { 0 };
	FILE *out = NULL;
	bool good = fs_read(from, FILE_MAX, &bytes) == ERR_OK;
	if (good) {
		out = fopen(to, "wb");
		good = out != NULL &&
		       fwrite(bytes.data, 1, bytes.size, out) == bytes.size;
	}
	if (out != NULL) {
		good = fclose(out) == 0 && good;
	}
	buf_clear(&bytes);
	return good && chmod(to, 0600) == 0;
}

static bool copy_home(const char *from, const char *to)
{
	DIR *list = opendir(from);
	bool good = list != NULL && mkdir(to, 0700) == 0;
	while (good) {
		const struct dirent *entry = readdir(list);
		if (entry == NULL) {
			break;
		}
		if (entry->d_name[0] != '.') {
			char a[512];
			char b[512];
			(void)snprintf(
			    a, sizeof(a), "%s/%s", from, entry->d_name);
			(void)snprintf(
			    b, sizeof(b), "%s/%s", to, entry->d_name);
			good = copy_file(a, b);
		}
	}
	if (list != NULL) {
		(void)closedir(list);
	}
	return good;
}

static void remove_home(const char *home)
{
	DIR *list = opendir(home);
	while (list != NULL) {
		const struct dirent *entry = readdir(list);
		if (entry == NULL) {
			break;
		}
		char path[512];
		(void)snprintf(
		    path, sizeof(path), "%s/%s", home, entry->d_name);
		(void)unlink(path);
	}
	if (list != NULL) {
		(void)closedir(list);
	}
	(void)rmdir(home);
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
	if (open_home(sim->home, &sim->clock, &sim->rng, &sim->node) !=
	    ERR_OK) {
		sim->node = NULL;
		world_fail(
		    world, "%s does not start: %s", names[index], err_text());
		return;
	}
	if (peering_new(sim->node, &host, &sim->peering) != ERR_OK) {
		world_fail(world, "no peering: %s", err_text());
		return;
	}
	sim->dying = false;
	sim->tick_ms = world->now_ms;
	const char *why = NULL;
	if (!node_may_sign(sim->node, &why)) {
		world_fail(world, "%s may not sign: %s", names[index], why);
	}
	if (world->verbose) {
		printf("%8lld %s starts\n", (long long)world->now_ms,
		    names[index]);
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
	sim->up_ms = world->now_ms + 1 + (int64_t)world_below(world, 60000);
	if (world->verbose) {
		printf("%8lld %s %s\n", (long long)world->now_ms, names[index],
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
	sim->touched = false;
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
	peering_committed(sim->peering, good);
	return good;
}

bool world_open(struct world *world, const char *templates,
    const char *directory, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->directory = directory;
	world->trace = 14695981039346656037ULL;
	world->rng = rng_seed(&world->seeded, seed);
	world->truth_index.salt = 1;
	world->released_index.salt = 1;
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		struct sim_node *sim = &world->nodes[i];
		char from[256];
		sim->world = world;
		sim->index = i;
		sim->clock = (struct clock){ node_wall, node_steady, sim };
		sim->rng =
		    rng_seed(&sim->seeded, seed * 1000003ULL + (uint64_t)i + 1);
		(void)snprintf(from, sizeof(from), "%s/%u", templates, i);
		(void)snprintf(sim->home, sizeof(sim->home), "%s/%llu.%u",
		    directory, (unsigned long long)seed, i);
		remove_home(sim->home);
		if (!copy_home(from, sim->home)) {
			fprintf(stderr, "sim: cannot copy %s\n", from);
			return false;
		}
		world_start(world, i);
		if (sim->node == NULL) {
			return false;
		}
		sim->id = *node_id(sim->node);
	}
	return true;
}

void world_close(struct world *world)
{
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		struct sim_node *sim = &world->nodes[i];
		if (sim->node != NULL) {
			sim->dying = true;
			peering_free(sim->peering);
			node_crash(sim->node);
		}
		remove_home(sim->home);
	}
	network_close(world);
	free(world->truths);
	free(world->released);
	table_clear(&world->truth_index);
	table_clear(&world->released_index);
}

/*
 * Time.
 */

static int64_t next_moment(const struct world *world, int64_t end)
{
	int64_t next = network_next_ms(world);
	for (unsigned i = 0; i < WORLD_NODES; i++) {
		const struct sim_node *sim = &world->nodes[i];
		int64_t due = sim->node != NULL ? sim->tick_ms : sim->up_ms;
		next = due < next ? due : next;
	}
	return next < end ? next : end;
}

static void tick(struct world *world, unsigned index)
{
	struct sim_node *sim = &world->nodes[index];
	if (sim->node == NULL) {
		if (sim->up_ms <= world->now_ms) {
			world->faults[FAULT_RESTART]++;
			world_start(world, index);
		}
		return;
	}
	if (sim->tick_ms > world->now_ms) {
		return;
	}
	recovery_tick(sim->node);
	peering_tick(sim->peering);
	receipts_tick(sim->node);
	witness_tick(sim->node);
	sim->touched = true;
	int wait = peering_timeout_ms(sim->peering);
	sim->tick_ms = world->now_ms + (wait < 20 ? 20 : wait);
}

void world_run(struct world *world, int64_t ms)
{
	int64_t end = world->now_ms + ms;
	while (world->now_ms < end && world->failure[0] == '\0') {
		int64_t next = next_moment(world, end);
		/* What comes within two milliseconds comes together. */
		world->now_ms = next > world->now_ms ? next : world->now_ms;
		if (next < end) {
			world->now_ms += 2;
		}
		network_deliver(world);
		for (unsigned i = 0; i < WORLD_NODES; i++) {
			tick(world, i);
		}
		for (unsigned i = 0; i < WORLD_NODES; i++) {
			struct sim_node *sim = &world->nodes[i];
			/* Now and then a node is slow to commit. */
			if (sim->node != NULL && sim->touched &&
			    !(world->faults_on && world_one_in(world, 10))) {
				(void)world_commit(world, i, true);
			}
		}
	}
}
