#define _POSIX_C_SOURCE 200809L

#include "summit.h"

#include "circle.h"
#include "many.h"
#include "scenes.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	TIMES_MAX = 4096 * 100,
	GOAL_MS = 10000, /* to a trigger read, of a hundred all but one */
	ENOUGH = 10      /* seeds after which nothing may be missing */
};

struct settings {
	uint64_t first;
	uint64_t seeds;
	uint64_t jobs;
	bool verbose;
	bool awake;
};

struct tally {
	const struct settings *settings;
	struct circle circle;
	char directory[200];
	uint64_t passed, failed;
	uint64_t saws[SCENES_SAWS];
	uint64_t contents[TALK_CONTENTS];
	uint64_t refused, messages, packets, lost;
	int64_t *times_ms;
	size_t time_count;
	int64_t worst_heal_ms;
	uint64_t first_trace; /* of the first seed */
};

static void run_one(void *context, uint64_t seed, void *outcome)
{
	const struct tally *tally = context;
	struct scenes_order order = { .circle = &tally->circle,
		.directory = tally->directory,
		.seed = seed,
		.verbose = tally->settings->verbose,
		.awake = tally->settings->awake };
	scenes_run(&order, outcome);
}

static void show_failure(
    const struct tally *tally, uint64_t seed, const char *why)
{
	printf("seed %llu: %s\n  replay: sim summit --seed %llu%s --verbose\n",
	    (unsigned long long)seed, why, (unsigned long long)seed,
	    tally->settings->awake ? " --awake" : "");
}

static void count_one(void *context, uint64_t seed, const void *given)
{
	struct tally *tally = context;
	const struct scenes_outcome *outcome = given;
	if (outcome->failure[0] == '\0') {
		tally->passed++;
	} else {
		tally->failed++;
		show_failure(tally, seed, outcome->failure);
	}
	if (seed == tally->settings->first) {
		tally->first_trace = outcome->trace;
	}
	for (size_t i = 0; i < SCENES_SAWS; i++) {
		tally->saws[i] += outcome->saws[i];
	}
	for (size_t i = 0; i < TALK_CONTENTS; i++) {
		tally->contents[i] += outcome->contents[i];
	}
	tally->refused += outcome->refused;
	tally->messages += outcome->messages;
	tally->packets += outcome->packets;
	tally->lost += outcome->lost;
	for (size_t i = 0;
	     i < outcome->time_count && tally->time_count < TIMES_MAX; i++) {
		tally->times_ms[tally->time_count++] = outcome->times_ms[i];
	}
	if (outcome->heal_ms > tally->worst_heal_ms) {
		tally->worst_heal_ms = outcome->heal_ms;
	}
	if (tally->settings->verbose) {
		printf("seed %llu: trace %016llx, alike after %lld s\n",
		    (unsigned long long)seed,
		    (unsigned long long)outcome->trace,
		    (long long)outcome->heal_ms / 1000);
	}
}

static void lose_one(void *context, uint64_t seed)
{
	struct tally *tally = context;
	tally->failed++;
	show_failure(tally, seed, "the process ended");
}

static bool same_twice(struct tally *tally)
{
	static struct scenes_outcome again;
	uint64_t seed = tally->settings->first;
	run_one(tally, seed, &again);
	if (again.trace == tally->first_trace) {
		return true;
	}
	printf("seed %llu does not replay: trace %016llx, then %016llx\n",
	    (unsigned long long)seed, (unsigned long long)tally->first_trace,
	    (unsigned long long)again.trace);
	return false;
}

/*
 * What came of all.
 */

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;
	return *x < *y ? -1 : *x > *y;
}

static bool show_times(const struct tally *tally)
{
	size_t count = tally->time_count;
	if (count == 0) {
		printf("no trigger was read anywhere\n");
		return false;
	}
	qsort(tally->times_ms, count, sizeof(*tally->times_ms), by_size);
	int64_t late = tally->times_ms[count * 99 / 100];
	int64_t median = tally->times_ms[count / 2];
	printf("trigger until it can be read, at each member that can be "
	       "reached: median %.2f s, 99%% %.2f s, worst %.2f s (virtual, "
	       "%zu times)\n",
	    (double)median / 1000, (double)late / 1000,
	    (double)tally->times_ms[count - 1] / 1000, count);
	if (late > GOAL_MS) {
		printf("that is more than %d s of 99%%\n", GOAL_MS / 1000);
	}
	return late <= GOAL_MS;
}

static bool show_saws(const struct tally *tally)
{
	bool all = true;
	uint64_t records = 0;
	printf("records:");
	for (size_t i = 0; i < TALK_CONTENTS; i++) {
		records += tally->contents[i];
		if (tally->contents[i] > 0) {
			printf(" %zu:%llu", i,
			    (unsigned long long)tally->contents[i]);
		}
	}
	printf("; %llu in all, %llu refused to their author\nseen:",
	    (unsigned long long)records, (unsigned long long)tally->refused);
	for (size_t i = 0; i < SCENES_SAWS; i++) {
		printf("%s %s %llu", i == 0 ? "" : ",",
		    scenes_saw_name((enum scenes_saw)i),
		    (unsigned long long)tally->saws[i]);
		all = all && tally->saws[i] > 0;
	}
	printf("\n");
	if (!all && tally->settings->seeds >= ENOUGH) {
		printf("something that may happen was never seen\n");
		return false;
	}
	return true;
}

static long cpu_s(int who)
{
	struct rusage usage = { 0 };
	(void)getrusage(who, &usage);
	return (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec);
}

static bool show(struct tally *tally)
{
	bool in_time = show_times(tally);
	bool seen = show_saws(tally);
	printf("%llu messages; of %llu packets %llu were lost and sent again; "
	       "slowest to be alike once joined again: %lld s; %ld s of "
	       "processor\n",
	    (unsigned long long)tally->messages,
	    (unsigned long long)tally->packets, (unsigned long long)tally->lost,
	    (long long)tally->worst_heal_ms / 1000,
	    cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN));
	return in_time && seen;
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

static bool read_settings(int argc, char **argv, struct settings *out)
{
	*out = (struct settings){ .first = 1,
		.seeds = 30,
		.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN) };
	for (int i = 0; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		bool good = true;
		if (strcmp(argv[i], "--verbose") == 0) {
			out->verbose = true;
			continue;
		}
		if (strcmp(argv[i], "--awake") == 0) {
			out->awake = true;
			continue;
		}
		if (strcmp(argv[i], "--seed") == 0) {
			good = read_number(next, &out->first);
			out->seeds = 1;
		} else if (strcmp(argv[i], "--seeds") == 0) {
			good = read_number(next, &out->seeds);
		} else if (strcmp(argv[i], "--first") == 0) {
			good = read_number(next, &out->first);
		} else if (strcmp(argv[i], "--jobs") == 0) {
			good = read_number(next, &out->jobs);
		} else {
			good = false;
		}
		if (!good) {
			return false;
		}
		i++;
	}
	return out->seeds > 0 && out->seeds <= MANY_SEEDS;
}

static bool run(struct tally *tally)
{
	const struct settings *settings = tally->settings;
	const struct many many = { .first = settings->first,
		.seeds = settings->seeds,
		.jobs = many_jobs(settings->jobs, settings->seeds),
		.size = sizeof(struct scenes_outcome),
		.run = run_one,
		.count = count_one,
		.lost = lose_one,
		.context = tally };
	if (!circle_make(&tally->circle, tally->directory)) {
		return false;
	}
	printf("summits of %u members, seeds %llu to %llu\n", CIRCLE,
	    (unsigned long long)settings->first,
	    (unsigned long long)(settings->first + settings->seeds - 1));
	bool good = many_run(&many);
	good = show(tally) && good;
	return same_twice(tally) && good && tally->failed == 0;
}

int summit_main(int argc, char **argv)
{
	static struct tally tally;
	static struct settings settings;
	if (!read_settings(argc, argv, &settings)) {
		fprintf(stderr, "usage: sim summit [--seeds N] [--first S] "
				"[--seed S] [--jobs N] [--awake] "
				"[--verbose]\n");
		return 2;
	}
	log_set_level((enum log_level)(settings.verbose ? (int)LOG_WARN : -1));
	if (!homes_directory(tally.directory, sizeof(tally.directory))) {
		return 1;
	}
	tally.settings = &settings;
	tally.times_ms = calloc(TIMES_MAX, sizeof(*tally.times_ms));
	if (tally.times_ms == NULL) {
		abort();
	}
	verified_share();
	bool good = run(&tally);
	verified_close();
	homes_remove_all(tally.directory);
	free(tally.times_ms);
	printf("%llu passed, %llu failed\n", (unsigned long long)tally.passed,
	    (unsigned long long)tally.failed);
	return good ? 0 : 1;
}
