#include "national.h"

#include "founding.h"
#include "shared.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define DAY_MS (24LL * 3600 * 1000)

enum {
	SHIFTS = 2,       /* of a day, between which all machines sleep */
	SHIFT_MS = 75000, /* a receipt is due after 60 seconds */
	START_MS = 30000, /* all find each other */
	STEP_MS = 20,
	STOP_ONE_IN = 50,   /* organisations, once in a shift */
	SETTLE_SHIFTS = 30, /* an hour's new audiences are limited */
	WEEK = 7,
	TEXT_MIN = 80,
	TEXT_MAX = 1200
};

struct settings {
	struct plan_size size;
	unsigned days;
	uint64_t seed;
	bool verbose;
};

/* Somebody is going to share something. */
struct sealing {
	int64_t at_ms; /* in its shift */
	unsigned author;
	unsigned group;
};

struct country {
	struct world world;
	struct plan plan;
	const struct settings *settings;
	struct rng_seeded homes_seeded;
	struct rng homes_rng;
	struct sealing *sealings; /* of one day */
	size_t sealing_count;
	unsigned settling; /* shifts */
	uint64_t stops;
	double begun_s;
};

static double wall_s(void)
{
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void say(const struct country *country, const char *what)
{
	struct rusage usage = { 0 };
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("%6.0f s  cpu %5ld s  %5ld MiB  %s\n",
	    wall_s() - country->begun_s,
	    (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec),
	    usage.ru_maxrss / 1024, what);
	(void)fflush(stdout);
}

/*
 * The country.
 */

static bool open_nodes(struct country *country, const char *directory)
{
	struct world *world = &country->world;
	for (unsigned i = 0; i < country->plan.org_count; i++) {
		const struct plan_org *org = &country->plan.orgs[i];
		struct sim_node *sim = &world->nodes[i];
		char endpoint[64];
		(void)snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u",
		    10000 + i);
		struct node_profile profile = { .name = org->name,
			.code = org->code,
			.kind = org->kind,
			.endpoint = endpoint };
		(void)snprintf(
		    sim->home, sizeof(sim->home), "%.180s/%u", directory, i);
		if (!homes_make(sim->home, &profile, &country->homes_rng) ||
		    !world_add(world, i, org->name)) {
			return false;
		}
	}
	return true;
}

/* All machines are suspended: their steady clocks stop, the wall's go on. */
static void sleep_all(struct country *country)
{
	struct world *world = &country->world;
	for (unsigned i = 0; i < world->count; i++) {
		world->nodes[i].wall_offset_ms += DAY_MS / SHIFTS - SHIFT_MS;
	}
}

/*
 * Groups.
 */

static int by_moment(const void *a, const void *b)
{
	const struct sealing *x = a;
	const struct sealing *y = b;
	return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms;
}

/* Every invited member accepts, at some moment of the first shift. */
static void accept_all(struct country *country)
{
	struct world *world = &country->world;
	const struct plan *plan = &country->plan;
	struct sealing *all =
	    calloc((size_t)plan->group_count * world->count, sizeof(*all));
	int64_t begun = world->now_ms;
	size_t count = 0;
	if (all == NULL) {
		abort();
	}
	for (unsigned g = 0; g < plan->group_count; g++) {
		for (unsigned i = 0; i < world->count; i++) {
			if (i != plan->groups[g].convenor &&
			    nodes_has(&plan->groups[g].members, i)) {
				all[count++] = (struct sealing){
					.at_ms = (int64_t)world_below(
					    world, SHIFT_MS / 2),
					.author = i,
					.group = g
				};
			}
		}
	}
	qsort(all, count, sizeof(*all), by_moment);
	for (size_t i = 0; i < count && world->failure[0] == '\0'; i++) {
		world_run(world, begun + all[i].at_ms - world->now_ms);
		(void)founding_accept(world, plan, all[i].group, all[i].author);
	}
	free(all);
}

static bool found_groups(struct country *country)
{
	struct world *world = &country->world;
	char missing[200] = "";
	if (!founding_invite(world, &country->plan)) {
		return false;
	}
	say(country, "groups founded, members invited");
	world_run(world, START_MS);
	accept_all(country);
	for (unsigned shift = 0; world->failure[0] == '\0'; shift++) {
		world_run(world, SHIFT_MS);
		sleep_all(country);
		if (founding_complete(
			world, &country->plan, missing, sizeof(missing))) {
			break;
		}
		if (shift == SETTLE_SHIFTS) {
			world_fail(world, "%s", missing);
		}
	}
	say(country, "all have joined, and know it");
	return world->failure[0] == '\0';
}

/*
 * Days.
 */

static int earlier(const void *a, const void *b)
{
	const struct sealing *x = a;
	const struct sealing *y = b;
	if (x->at_ms != y->at_ms) {
		return x->at_ms < y->at_ms ? -1 : 1;
	}
	return x->author < y->author ? -1 : x->author > y->author;
}

static void intend(struct country *country, unsigned author, unsigned group)
{
	struct world *world = &country->world;
	int64_t shift = (int64_t)world_below(world, SHIFTS);
	country->sealings[country->sealing_count++] =
	    (struct sealing){ .at_ms =
				  shift * SHIFT_MS +
				  (int64_t)world_below(world, SHIFT_MS / 2),
		    .author = author,
		    .group = group };
}

/* Now and then a machine is switched off, for up to a minute. */
static void stop_some(struct country *country)
{
	struct world *world = &country->world;
	for (unsigned i = 0; i < world->count; i++) {
		if (world->nodes[i].node != NULL &&
		    world_one_in(world, STOP_ONE_IN)) {
			world_stop(world, i);
			country->stops++;
		}
	}
}

/* One item a day and CCG, to its local group; once a week each area team takes
 * something to its region. */
static void intend_day(struct country *country, unsigned day)
{
	const struct plan *plan = &country->plan;
	country->sealing_count = 0;
	for (unsigned i = 0; i < plan->org_count; i++) {
		if (strcmp(plan->orgs[i].kind, "ccg") == 0) {
			intend(country, i, (unsigned)plan->orgs[i].home);
		}
	}
	for (unsigned g = 0; g < plan->locals; g++) {
		unsigned team = plan->groups[g].convenor;
		for (unsigned r = plan->locals;
		     day % WEEK == g % WEEK && r < plan->group_count; r++) {
			if (nodes_has(&plan->groups[r].members, team)) {
				intend(country, team, r);
			}
		}
	}
	qsort(country->sealings, country->sealing_count,
	    sizeof(*country->sealings), earlier);
}

static void seal(struct country *country, const struct sealing *sealing)
{
	static const char words[] =
	    "call bells unanswered at night; families say so; ";
	struct world *world = &country->world;
	char text[TEXT_MAX + 1];
	size_t size =
	    TEXT_MIN + (size_t)world_below(world, TEXT_MAX - TEXT_MIN);
	for (size_t i = 0; i < size; i++) {
		text[i] = words[i % (sizeof(words) - 1)];
	}
	text[size] = '\0';
	if (world->nodes[sealing->author].node == NULL) {
		world_start(world, sealing->author);
	}
	item_submit_to_group(world, sealing->author,
	    country->plan.groups[sealing->group].name,
	    &country->plan.groups[sealing->group].members, text);
	(void)world_commit(world, sealing->author, false);
}

static void run_day(struct country *country, unsigned day)
{
	struct world *world = &country->world;
	int64_t begun = world->now_ms;
	size_t next = 0;
	intend_day(country, day);
	for (int64_t shift = 1; shift <= SHIFTS; shift++) {
		int64_t end = shift * SHIFT_MS;
		stop_some(country);
		for (; next < country->sealing_count &&
		       country->sealings[next].at_ms < end;
		     next++) {
			const struct sealing *due = &country->sealings[next];
			world_run(world, begun + due->at_ms - world->now_ms);
			seal(country, due);
		}
		world_run(world, begun + end - world->now_ms);
		sleep_all(country);
	}
}

/* Shifts in which nothing new is shared, until all is received, signed for and
 * cosigned. */
static void settle(struct country *country)
{
	struct world *world = &country->world;
	char missing[200] = "";
	while (world->failure[0] == '\0' &&
	       (!truth_complete(world, missing, sizeof(missing)) ||
		   !truth_signed_for(world, missing, sizeof(missing)) ||
		   !truth_witnessed(world, missing, sizeof(missing)))) {
		if (country->settling == SETTLE_SHIFTS) {
			world_fail(world, "not settled: %s", missing);
			return;
		}
		world_run(world, SHIFT_MS);
		sleep_all(country);
		country->settling++;
	}
}

/*
 * What came of it.
 */

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void show_convergence(struct country *country)
{
	struct world *world = &country->world;
	size_t count = 0;
	int64_t *times = calloc(world->truth_count + 1, sizeof(*times));
	for (size_t i = 0; times != NULL && i < world->truth_count; i++) {
		const struct truth *truth = &world->truths[i];
		if (truth->type != VIEW_INTELLIGENCE) {
			continue;
		}
		times[count++] = truth->held_ms - truth->sealed_ms;
		if (truth->holders + 1 != nodes_count(&truth->readers)) {
			world_fail(world,
			    "an item has %u holders beside its author, of %u",
			    truth->holders, nodes_count(&truth->readers) - 1);
		}
	}
	if (times == NULL || count == 0) {
		world_fail(world, "nothing was shared");
		free(times);
		return;
	}
	qsort(times, count, sizeof(*times), by_size);
	size_t middle = count / 2;
	size_t late = count * 99 / 100;
	printf("convergence, sealed until every addressee holds it: median "
	       "%.2f s, 99%% %.2f s, worst %.2f s (virtual)\n",
	    (double)times[middle] / 1000, (double)times[late] / 1000,
	    (double)times[count - 1] / 1000);
	free(times);
}

static void show(struct country *country)
{
	struct world *world = &country->world;
	uint64_t rows = 0;
	struct shared_sizes stored = shared_sizes();
	uint64_t items = 0;
	uint64_t copies = 0;
	uint64_t sessions = 0;
	struct rusage usage = { 0 };
	for (unsigned n = 0; n < world->count; n++) {
		struct sim_node *sim = &world->nodes[n];
		rows += views_count(node_views(sim->node));
		for (int64_t org = 2; org <= (int64_t)peers_count(sim->node);
		     org++) {
			sessions += peering_session(sim->peering, org) != NULL;
		}
	}
	for (size_t i = 0; i < world->truth_count; i++) {
		if (world->truths[i].type == VIEW_INTELLIGENCE) {
			items++;
			copies += nodes_count(&world->truths[i].readers);
		}
	}
	printf("records: %llu items, held in %llu copies; %llu rosters and "
	       "memberships; with receipts and housekeeping %llu rows in all\n",
	    (unsigned long long)items, (unsigned long long)copies,
	    (unsigned long long)(world->truth_count - items),
	    (unsigned long long)rows);
	printf("bytes: %llu in %llu messages between nodes; %llu in the "
	       "databases, which take %llu in one shared store\n",
	    (unsigned long long)world->bytes,
	    (unsigned long long)world->messages,
	    (unsigned long long)stored.written,
	    (unsigned long long)stored.kept);
	printf("%llu sessions, %llu commits, %llu cosignatures, %llu stops and "
	       "starts; settled %u shifts "
	       "after the last day\n",
	    (unsigned long long)sessions / 2,
	    (unsigned long long)world->commits,
	    (unsigned long long)world->cosignatures,
	    (unsigned long long)country->stops, country->settling);
	show_convergence(country);
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("memory: peak %ld MiB; time: %.0f s, of which %ld s of "
	       "processor; trace %016llx\n",
	    usage.ru_maxrss / 1024, wall_s() - country->begun_s,
	    (long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec),
	    (unsigned long long)world->trace);
}

/*
 * The program.
 */

static void live(struct country *country)
{
	struct world *world = &country->world;
	for (unsigned day = 0;
	     day < country->settings->days && world->failure[0] == '\0';
	     day++) {
		char text[80];
		run_day(country, day);
		(void)snprintf(text, sizeof(text),
		    "day %u: %llu messages so far", day + 1,
		    (unsigned long long)world->messages);
		say(country, text);
	}
	settle(country);
	say(country, "settled");
	if (world->failure[0] == '\0') {
		truth_judge(world);
	}
	say(country, "judged");
}

static bool run(struct country *country, const char *directory)
{
	struct world *world = &country->world;
	const struct settings *settings = country->settings;
	country->begun_s = wall_s();
	if (!plan_make(&settings->size, &country->plan)) {
		fprintf(stderr, "sim: a country of that size does not fit\n");
		return false;
	}
	printf("seed %llu: %u organisations, %u local and %u regional groups, "
	       "%u days\n",
	    (unsigned long long)settings->seed, country->plan.org_count,
	    settings->size.locals, settings->size.regions, settings->days);
	world_init(world, country->plan.org_count, settings->seed);
	world->step_ms = STEP_MS;
	world->arrivals = true;
	country->homes_rng =
	    rng_seed(&country->homes_seeded, settings->seed + 42);
	country->sealings =
	    calloc((size_t)2 * WORLD_MAX, sizeof(*country->sealings));
	if (country->sealings == NULL) {
		abort();
	}
	bool good = open_nodes(country, directory);
	if (good) {
		say(country, "nodes run");
		good = found_groups(country);
	}
	if (good) {
		live(country);
		good = world->failure[0] == '\0';
	}
	if (good) {
		show(country);
		good = world->failure[0] == '\0';
	}
	if (world->failure[0] != '\0') {
		printf("FAILED: %s\n  replay: sim national --groups %u "
		       "--regions %u --ccgs %u --authorities %u --days %u "
		       "--seed %llu\n",
		    world->failure, settings->size.locals,
		    settings->size.regions, settings->size.ccgs,
		    settings->size.authorities, settings->days,
		    (unsigned long long)settings->seed);
	}
	world_close(world);
	free(country->sealings);
	return good;
}

static bool read_unsigned(const char *text, uint64_t most, uint64_t *out)
{
	char *end = NULL;
	if (text == NULL) {
		return false;
	}
	*out = strtoull(text, &end, 10);
	return end != text && *end == '\0' && *out <= most;
}

static bool read_settings(int argc, char **argv, struct settings *out)
{
	*out =
	    (struct settings){ .size = plan_england(), .days = 30, .seed = 1 };
	struct {
		const char *name;
		unsigned *value;
	} const numbers[] = {
		{ "--groups", &out->size.locals },
		{ "--regions", &out->size.regions },
		{ "--ccgs", &out->size.ccgs },
		{ "--authorities", &out->size.authorities },
		{ "--days", &out->days },
	};
	for (int i = 0; i < argc; i += 2) {
		const char *next = i + 1 < argc ? argv[i + 1] : NULL;
		uint64_t value = 0;
		bool known = strcmp(argv[i], "--seed") == 0 &&
		             read_unsigned(next, UINT64_MAX, &out->seed);
		for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]);
		     n++) {
			if (strcmp(argv[i], numbers[n].name) == 0 &&
			    read_unsigned(next, 10000, &value)) {
				*numbers[n].value = (unsigned)value;
				known = true;
			}
		}
		if (!known) {
			return false;
		}
	}
	return true;
}

int national_main(int argc, char **argv)
{
	static struct country country;
	static struct settings settings;
	char directory[200];
	if (!read_settings(argc, argv, &settings)) {
		fprintf(stderr,
		    "usage: sim national [--groups N] [--regions N] [--ccgs N] "
		    "[--authorities N] [--days N] [--seed S]\n");
		return 2;
	}
	log_set_level((enum log_level) - 1);
	if (!homes_directory(directory, sizeof(directory))) {
		return 1;
	}
	country.settings = &settings;
	verified_share();
	bool good = shared_open() && run(&country, directory);
	shared_close();
	verified_close();
	homes_remove_all(directory);
	printf("%s\n", good ? "passed" : "failed");
	return good ? 0 : 1;
}
