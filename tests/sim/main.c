#define _GNU_SOURCE

#include "national.h"
#include "operate.h"
#include "summit.h"

#include "base/fs.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DEFAULT_OPS = 500,
	MAX_JOBS = 16,
	HEAL_STEP_MS = 5000,
	HEAL_MAX_MS = 60 * 60 * 1000,
	WITNESS_STEPS = 20 * 60 * 1000 / HEAL_STEP_MS,
	QUIET_MINUTES = 10, /* heads of others are told that often */
	QUIET_MS = 60000,
	RECEIPTS_MS = 150 * 1000,
	/* Ten pairs, both directions, a keep-alive each ten seconds; and some
	 * advertisements that were given up and are repeated. */
	QUIET_MESSAGES = 400,
	QUIET_BYTES = 60000
};

static const char *const names[SIM_NODES] = { "Alder", "Birch", "Cedar",
	"Damson", "Elm" };

struct options {
	uint64_t first;
	uint64_t seeds;
	uint64_t ops;
	unsigned jobs;
	bool verbose;
};

/* What one seed came to; small enough to go through a pipe in one piece. */
struct outcome {
	uint64_t seed;
	bool started; /* only that: no result yet */
	bool passed;
	uint64_t trace;
	uint64_t faults[FAULT_COUNT];
	uint64_t ops, records, messages, commits, cosignatures;
	int64_t heal_ms;
	char failure[400];
};

/*
 * One seed.
 */

static void heal(struct world *world)
{
	world->faults_on = false;
	size_t pairs = (size_t)SIM_NODES * SIM_NODES;
	memset(world->split_until_ms, 0, pairs * sizeof(int64_t));
	memset(world->deaf_until_ms, 0, pairs * sizeof(int64_t));
	for (unsigned i = 0; i < SIM_NODES; i++) {
		struct sim_node *sim = &world->nodes[i];
		if (sim->node == NULL && sim->up_ms > world->now_ms) {
			world_wake(world, i, world->now_ms);
		}
		if (sim->node != NULL) {
			(void)world_commit(world, i, false);
		}
	}
}

static void settle(struct world *world, struct outcome *outcome)
{
	char missing[200] = "";
	char before[200] = "";
	int64_t healed = world->now_ms;
	heal(world);
	world_run(world, HEAL_STEP_MS);
	while (!truth_complete(world, missing, sizeof(missing)) &&
	       world->failure[0] == '\0') {
		if (world->verbose && strcmp(missing, before) != 0) {
			printf("%8lld %s\n", (long long)world->now_ms, missing);
			memcpy(before, missing, sizeof(before));
		}
		if (world->now_ms - healed > HEAL_MAX_MS) {
			world_fail(world, "P5: after %d min %s",
			    HEAL_MAX_MS / 60000, missing);
			return;
		}
		world_run(world, HEAL_STEP_MS);
	}
	outcome->heal_ms = world->now_ms - healed;
	/* A receipt is due a minute after what it is for, and one whose push
	 * was lost comes with the next pass over all streams. */
	world_run(world, RECEIPTS_MS);
	while (world->failure[0] == '\0' &&
	       !truth_signed_for(world, missing, sizeof(missing))) {
		if (world->now_ms - healed > HEAL_MAX_MS) {
			world_fail(world, "P6: %s", missing);
			return;
		}
		world_run(world, HEAL_STEP_MS);
	}
	/* What a witness did not answer is asked again after at most 16
	 * minutes. */
	for (int64_t left = WITNESS_STEPS;
	     !truth_witnessed(world, missing, sizeof(missing)) &&
	     world->failure[0] == '\0';
	     left--) {
		if (left == 0) {
			world_fail(world, "not witnessed: %s", missing);
			return;
		}
		world_run(world, HEAL_STEP_MS);
	}
	/* Nothing goes on for ever once there is nothing to do. */
	world_run(world, 2 * QUIET_MS);
	uint64_t messages = world->messages;
	uint64_t bytes = world->bytes;
	world_run(world, QUIET_MINUTES * QUIET_MS);
	messages = (world->messages - messages) / QUIET_MINUTES;
	bytes = (world->bytes - bytes) / QUIET_MINUTES;
	if (messages > QUIET_MESSAGES || bytes > QUIET_BYTES) {
		world_fail(world,
		    "P7: idle nodes sent %llu messages, %llu bytes a minute",
		    (unsigned long long)messages, (unsigned long long)bytes);
	}
}

static bool make_homes(const char *directory)
{
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 42);
	struct node *nodes[SIM_NODES] = { NULL };
	enum err err = ERR_OK;
	for (unsigned i = 0; i < SIM_NODES && err == ERR_OK; i++) {
		char home[300];
		char code[8];
		char endpoint[64];
		(void)snprintf(home, sizeof(home), "%.250s/%u", directory, i);
		(void)snprintf(code, sizeof(code), "7%u0", i);
		(void)snprintf(
		    endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", 7100 + i);
		struct node_profile profile = { .name = names[i],
			.code = code,
			.kind = "ccg",
			.endpoint = endpoint };
		if (!homes_make(home, &profile, &rng)) {
			return false;
		}
		err = homes_open(home, &homes_clock, &rng, &nodes[i]);
	}
	for (unsigned i = 0; i < SIM_NODES && err == ERR_OK; i++) {
		for (unsigned j = 0; j < SIM_NODES && err == ERR_OK; j++) {
			err = i == j ? ERR_OK
			             : homes_introduce(nodes[i], nodes[j]);
		}
		err = err == ERR_OK ? node_commit(nodes[i]) : err;
	}
	for (unsigned i = 0; i < SIM_NODES; i++) {
		node_close(nodes[i]);
	}
	if (err != ERR_OK) {
		fprintf(stderr, "sim: no homes: %s\n", err_text());
	}
	return err == ERR_OK;
}

static bool open_world(struct world *world, const char *templates,
    const char *directory, uint64_t seed)
{
	world_init(world, SIM_NODES, seed);
	for (unsigned i = 0; i < SIM_NODES; i++) {
		char *home = world->nodes[i].home;
		char from[300];
		(void)snprintf(from, sizeof(from), "%.250s/%u", templates, i);
		(void)snprintf(home, sizeof(world->nodes[i].home), "%s/%llu.%u",
		    directory, (unsigned long long)seed, i);
		homes_remove(home);
		if (!homes_copy(from, home)) {
			fprintf(stderr, "sim: cannot copy %s\n", from);
			return false;
		}
		if (!world_add(world, i, names[i])) {
			return false;
		}
	}
	return true;
}

static void run_seed(const char *directory, uint64_t seed,
    const struct options *options, struct outcome *outcome)
{
	static struct world world;
	char templates[256];
	memset(outcome, 0, sizeof(*outcome));
	outcome->seed = seed;
	(void)snprintf(templates, sizeof(templates), "%s/homes", directory);
	if (!open_world(&world, templates, directory, seed)) {
		world_fail(&world, "the homes do not open");
	}
	world.verbose = options->verbose;
	world.faults_on = true;
	world_run(&world, 1 + (int64_t)world_below(&world, 3000));
	for (uint64_t i = 0; i < options->ops && world.failure[0] == '\0';
	     i++) {
		operate_once(&world);
		outcome->ops++;
		world_run(&world, (int64_t)world_below(&world, 1500));
	}
	settle(&world, outcome);
	truth_judge(&world);
	outcome->trace = world.trace;
	memcpy(outcome->faults, world.faults, sizeof(world.faults));
	outcome->records = world.truth_count;
	outcome->messages = world.messages;
	outcome->commits = world.commits;
	outcome->cosignatures = world.cosignatures;
	outcome->passed = world.failure[0] == '\0';
	memcpy(outcome->failure, world.failure, sizeof(world.failure));
	world_close(&world);
}

/*
 * Many seeds, in several processes.
 */

static void work(
    const char *directory, const struct options *options, unsigned job, int out)
{
	for (uint64_t i = job; i < options->seeds; i += options->jobs) {
		struct outcome outcome = { .seed = options->first + i,
			.started = true };
		if (write(out, &outcome, sizeof(outcome)) < 0) {
			_exit(1);
		}
		run_seed(directory, options->first + i, options, &outcome);
		if (write(out, &outcome, sizeof(outcome)) < 0) {
			_exit(1);
		}
	}
	/* Through exit, so that a leak is reported. */
	exit(0);
}

struct tally {
	uint64_t passed, failed;
	uint64_t faults[FAULT_COUNT];
	uint64_t ops, records, messages, commits, cosignatures;
	int64_t worst_heal_ms;
	bool under_way[1 << 16]; /* by seed - first */
};

static void show_failure(
    const struct options *options, uint64_t seed, const char *why)
{
	printf("seed %llu: %s\n  replay: sim --seed %llu --ops %llu "
	       "--verbose\n",
	    (unsigned long long)seed, why, (unsigned long long)seed,
	    (unsigned long long)options->ops);
}

static void count(struct tally *tally, const struct options *options,
    const struct outcome *outcome)
{
	size_t place = (size_t)(outcome->seed - options->first) & 0xFFFF;
	tally->under_way[place] = outcome->started;
	if (outcome->started) {
		return;
	}
	if (outcome->passed) {
		tally->passed++;
	} else {
		tally->failed++;
		show_failure(options, outcome->seed, outcome->failure);
	}
	for (int i = 0; i < FAULT_COUNT; i++) {
		tally->faults[i] += outcome->faults[i];
	}
	tally->ops += outcome->ops;
	tally->records += outcome->records;
	tally->messages += outcome->messages;
	tally->commits += outcome->commits;
	tally->cosignatures += outcome->cosignatures;
	if (outcome->heal_ms > tally->worst_heal_ms) {
		tally->worst_heal_ms = outcome->heal_ms;
	}
	if (options->verbose) {
		printf("seed %llu: trace %016llx, %llu records, %llu messages,"
		       " %llu commits, healed in %lld s\n",
		    (unsigned long long)outcome->seed,
		    (unsigned long long)outcome->trace,
		    (unsigned long long)outcome->records,
		    (unsigned long long)outcome->messages,
		    (unsigned long long)outcome->commits,
		    (long long)outcome->heal_ms / 1000);
	}
}

static void run_all(
    const char *directory, const struct options *options, struct tally *tally)
{
	int ends[2];
	struct outcome outcome;
	if (pipe(ends) != 0) {
		perror("sim: pipe");
		exit(1);
	}
	fflush(stdout);
	for (unsigned job = 0; job < options->jobs; job++) {
		pid_t child = fork();
		if (child == 0) {
			(void)close(ends[0]);
			work(directory, options, job, ends[1]);
		}
		if (child < 0) {
			perror("sim: fork");
			exit(1);
		}
	}
	(void)close(ends[1]);
	for (;;) {
		ssize_t got = read(ends[0], &outcome, sizeof(outcome));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got != (ssize_t)sizeof(outcome)) {
			break;
		}
		count(tally, options, &outcome);
	}
	(void)close(ends[0]);
	int status = 0;
	bool died = false;
	while (wait(&status) > 0) {
		died = died || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	}
	for (uint64_t i = 0; i < options->seeds && i < 1 << 16; i++) {
		if (tally->under_way[i]) {
			tally->failed++;
			show_failure(
			    options, options->first + i, "the process ended");
			died = false;
		}
	}
	if (died) {
		printf("a worker process ended badly\n");
		tally->failed++;
	}
}

static bool same_twice(const char *directory, const struct options *options)
{
	static struct outcome a;
	static struct outcome b;
	struct options quiet = *options;
	quiet.verbose = false;
	run_seed(directory, options->first, &quiet, &a);
	run_seed(directory, options->first, &quiet, &b);
	if (a.trace == b.trace) {
		return true;
	}
	printf("seed %llu does not replay: trace %016llx, then %016llx\n",
	    (unsigned long long)options->first, (unsigned long long)a.trace,
	    (unsigned long long)b.trace);
	return false;
}

static bool show_faults(const struct tally *tally, uint64_t seeds)
{
	bool all = true;
	printf("faults:");
	for (int i = 0; i < FAULT_COUNT; i++) {
		printf(" %s %llu", world_fault_name((enum fault)i),
		    (unsigned long long)tally->faults[i]);
		all = all && tally->faults[i] > 0;
	}
	printf("\n%llu operations, %llu records, %llu messages, %llu commits, "
	       "%llu cosignatures; slowest healing %lld s\n",
	    (unsigned long long)tally->ops, (unsigned long long)tally->records,
	    (unsigned long long)tally->messages,
	    (unsigned long long)tally->commits,
	    (unsigned long long)tally->cosignatures,
	    (long long)tally->worst_heal_ms / 1000);
	if (!all && seeds >= 10) {
		printf("a kind of fault never happened\n");
		return false;
	}
	return true;
}

/*
 * The program.
 */

static bool read_number(const char *text, uint64_t *out)
{
	char *end = NULL;
	if (text == NULL) {
		return false;
	}
	*out = strtoull(text, &end, 10);
	return end != text && *end == '\0';
}

static bool read_options(int argc, char **argv, struct options *out)
{
	uint64_t jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	*out = (struct options){ .first = 1, .seeds = 20, .ops = DEFAULT_OPS };
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		bool good = true;
		if (strcmp(argv[i], "--verbose") == 0) {
			out->verbose = true;
			continue;
		}
		if (strcmp(argv[i], "--seed") == 0) {
			good = read_number(next, &out->first);
			out->seeds = 1;
		} else if (strcmp(argv[i], "--seeds") == 0) {
			good = read_number(next, &out->seeds);
		} else if (strcmp(argv[i], "--first") == 0) {
			good = read_number(next, &out->first);
		} else if (strcmp(argv[i], "--ops") == 0) {
			good = read_number(next, &out->ops);
		} else if (strcmp(argv[i], "--jobs") == 0) {
			good = read_number(next, &jobs);
		} else {
			good = false;
		}
		if (!good) {
			return false;
		}
		i++;
	}
	out->jobs = jobs < 1 ? 1 : jobs > MAX_JOBS ? MAX_JOBS : (unsigned)jobs;
	if (out->jobs > out->seeds) {
		out->jobs = (unsigned)out->seeds;
	}
	return out->seeds > 0 && out->seeds <= 1 << 16;
}

int main(int argc, char **argv)
{
	static struct tally tally;
	struct options options;
	char directory[200];
	char homes[256];
	if (keystore_process_init() != ERR_OK) {
		fprintf(stderr, "sim: %s\n", err_text());
		return 1;
	}
	if (argc > 1 && strcmp(argv[1], "national") == 0) {
		return national_main(argc - 2, argv + 2);
	}
	if (argc > 1 && strcmp(argv[1], "summit") == 0) {
		return summit_main(argc - 2, argv + 2);
	}
	if (!read_options(argc, argv, &options)) {
		fprintf(stderr,
		    "usage: sim [--seeds N] [--first S] [--seed S] [--ops N] "
		    "[--jobs N] [--verbose]\n");
		return 2;
	}
	/* Faults are made on purpose: their log lines say nothing. */
	log_set_level((enum log_level)(options.verbose ? (int)LOG_WARN : -1));
	if (!homes_directory(directory, sizeof(directory))) {
		return 1;
	}
	(void)snprintf(homes, sizeof(homes), "%s/homes", directory);
	bool good = fs_make_private_dir(homes) == ERR_OK && make_homes(homes);
	if (good) {
		run_all(directory, &options, &tally);
		good = show_faults(&tally, options.seeds) &&
		       same_twice(directory, &options) && tally.failed == 0;
	}
	homes_remove_all(directory);
	printf("%llu passed, %llu failed\n", (unsigned long long)tally.passed,
	    (unsigned long long)tally.failed);
	return good ? 0 : 1;
}
