#include "scenes.h"

#include "service/state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_MS (3600LL * 1000)

enum {
	LOSS_PERCENT = 20,
	SKEW_MS = 120000, /* of a wall clock, to either side */
	STEP_MS = 100,    /* what comes within it is committed together */
	START_MS = 6000,  /* all find each other */
	LOOK_MS = 50,
	READ_MAX_MS = 120000,
	HEAR_MS = 5000, /* what one says reaches the others */
	SHIFTS = 8,     /* of the hours apart */
	HOURS_APART = 6,
	SHIFT_MS = 8000,
	ACTS = 2,    /* of each side in a shift */
	TAKE_AT = 4, /* shift in which the time to agree is out */
	LEAST_SIDE = 4,
	MOST_SIDE = 8, /* of the smaller one */
	SETTLE_STEP_MS = 2000,
	SETTLE_MAX_MS = 15 * 60 * 1000,
	AFTER_MS = 20000 /* what was seen late is said */
};

/* One seed. */
struct scene {
	struct world world;
	struct talk talk;
	const struct scenes_order *order;
	struct scenes_outcome *out;
	bool beyond[CIRCLE]; /* the other side of the cut */
	unsigned here[2];    /* of each side one, whom it would choose */
	size_t begun;        /* the summit that both sides know */
	bool chosen;         /* ... and who holds its ring */
	unsigned holder;
	struct id32 action;
	unsigned offered[2]; /* one on each side */
};

const char *scenes_saw_name(enum scenes_saw saw)
{
	static const char *const texts[SCENES_SAWS] = {
		[SCENES_BOTH_TRIGGERED] = "triggered on both sides",
		[SCENES_TWO_RINGS] = "rings on both sides",
		[SCENES_TWICE_ACCEPTED] = "an action accepted twice",
		[SCENES_REOPENED] = "stood down against a judgement",
		[SCENES_APART] = "sides that differ",
		[SCENES_NOT_COUNTED] = "records that do not count",
		[SCENES_MISSED] = "clocks missed",
	};
	return texts[saw];
}

static bool goes_on(const struct scene *scene)
{
	return scene->world.failure[0] == '\0';
}

static unsigned any_of(struct scene *scene, bool beyond)
{
	for (;;) {
		unsigned who = (unsigned)world_below(&scene->world, CIRCLE);
		if (scene->beyond[who] == beyond) {
			return who;
		}
	}
}

/* Local Healthwatch aside: it has no voice, and triggers nothing. */
static bool is_elector(const struct scene *scene, unsigned who)
{
	return strcmp(scene->order->circle->plan.orgs[who].kind,
		   "healthwatch-local") != 0;
}

static bool has_elector(const struct scene *scene, bool beyond)
{
	bool found = false;
	for (unsigned i = 0; i < CIRCLE; i++) {
		found = found ||
		        (scene->beyond[i] == beyond && is_elector(scene, i));
	}
	return found;
}

static unsigned any_elector(struct scene *scene, bool beyond)
{
	for (;;) {
		unsigned who = any_of(scene, beyond);
		if (is_elector(scene, who)) {
			return who;
		}
	}
}

static bool is_nhs_england(const struct scene *scene, unsigned who)
{
	return strncmp(scene->order->circle->plan.orgs[who].kind, "nhs-england",
		   11) == 0;
}

/*
 * Whether it is read.
 */

static bool holds(const struct sim_node *sim, const struct id32 *record)
{
	uint32_t rid =
	    sim->node == NULL ? 0 : views_find(node_views(sim->node), record);
	return rid != 0 &&
	       views_get(node_views(sim->node), rid)->state == RECORD_READABLE;
}

/* Trigger, and take the time until each that `who` can reach reads it. */
static void trigger(
    struct scene *scene, unsigned who, const char *provider, bool split)
{
	struct world *world = &scene->world;
	int64_t begun = world->now_ms;
	bool reads[CIRCLE] = { false };
	unsigned left = 0;
	if (!talk_trigger(&scene->talk, who, provider)) {
		world_fail(world, "%s cannot trigger: %s",
		    world->nodes[who].name, err_text());
		return;
	}
	const struct id32 *record =
	    &scene->talk.summits[scene->talk.summit_count - 1];
	for (unsigned i = 0; i < CIRCLE; i++) {
		reads[i] = i == who ||
		           (split && scene->beyond[i] != scene->beyond[who]);
		left += !reads[i];
	}
	while (left > 0 && goes_on(scene)) {
		world_run(world, LOOK_MS);
		for (unsigned i = 0; i < CIRCLE; i++) {
			if (reads[i] || !holds(&world->nodes[i], record)) {
				continue;
			}
			reads[i] = true;
			left--;
			if (scene->out->time_count < SCENES_TIMES) {
				scene->out->times_ms[scene->out->time_count++] =
				    (int32_t)(world->now_ms - begun);
			}
		}
		if (world->now_ms - begun > READ_MAX_MS) {
			world_fail(world, "%u cannot read a trigger", left);
		}
	}
}

/*
 * Before the cut: a summit that is ready to stand down, but for an action that
 * its owner offers to two.
 */

static void hear(struct scene *scene)
{
	world_run(&scene->world, HEAR_MS);
}

/* Tried until it may be: what it rests on may be late. */
static void insist_on_ring(
    struct scene *scene, unsigned who, const char *act, unsigned whom)
{
	for (unsigned tries = 0; tries < 6 && goes_on(scene); tries++) {
		if (talk_ring(&scene->talk, who, scene->begun, act, whom)) {
			return;
		}
		hear(scene);
	}
}

/* By those of one side, or of both. */
static void agree_all(struct scene *scene, unsigned side)
{
	for (unsigned i = 0; i < CIRCLE && goes_on(scene); i++) {
		bool asked = side == CIRCLE || scene->beyond[i] == (side == 1);
		if (asked && scene->world.nodes[i].node != NULL &&
		    !world_one_in(&scene->world, 8)) {
			(void)talk_ring(&scene->talk, i, scene->begun, "agree",
			    scene->holder);
		}
	}
}

static void offer_to_two(struct scene *scene)
{
	struct talk *talk = &scene->talk;
	unsigned owner = scene->holder;
	scene->action = talk_act(talk, owner, scene->begun, owner);
	scene->offered[0] = any_elector(scene, false);
	scene->offered[1] = any_elector(scene, true);
	for (unsigned i = 0; i < 2 && goes_on(scene); i++) {
		if (scene->offered[i] != owner) {
			(void)talk_step(talk, owner, &scene->action,
			    "hand-over", scene->offered[i]);
		}
	}
}

static void begin(struct scene *scene)
{
	struct talk *talk = &scene->talk;
	unsigned beyond = 0;
	for (unsigned i = 0; i < CIRCLE; i++) {
		beyond += scene->beyond[i];
	}
	bool larger = 2 * beyond > CIRCLE;
	unsigned author = any_elector(scene, world_one_in(&scene->world, 2));
	scene->holder = any_elector(
	    scene, scene->chosen ? world_one_in(&scene->world, 2) : larger);
	scene->begun = 0;
	trigger(scene, author, "RAL", false);
	for (unsigned i = 0; i < 4 && goes_on(scene); i++) {
		(void)talk_respond(talk, any_of(scene, i % 2), scene->begun);
	}
	(void)talk_judge(talk, any_elector(scene, false), scene->begun, true);
	(void)talk_ring(talk, author, scene->begun, "nominate", scene->holder);
	hear(scene);
	insist_on_ring(scene, scene->holder, "accept", TALK_NOBODY);
	hear(scene);
	if (scene->chosen) {
		agree_all(scene, CIRCLE);
		hear(scene);
		hear(scene);
	}
	for (unsigned check = 0;
	     scene->chosen && check < SUMMIT_CHECKS && goes_on(scene);
	     check++) {
		(void)talk_check(talk, scene->holder, scene->begun, check);
	}
	offer_to_two(scene);
	hear(scene);
	hear(scene);
}

/*
 * Apart.
 */

/* Its two to different sides: one of them may take the ring. */
static void part_nhs_england(struct scene *scene)
{
	bool before = false;
	for (unsigned i = 0, found = 0; i < CIRCLE; i++) {
		if (!is_nhs_england(scene, i)) {
			continue;
		}
		scene->beyond[i] = found > 0 ? !before : scene->beyond[i];
		before = scene->beyond[i];
		found++;
	}
}

static void choose_sides(struct scene *scene)
{
	unsigned wanted = LEAST_SIDE + (unsigned)world_below(&scene->world,
					   MOST_SIDE - LEAST_SIDE + 1);
	wanted = world_one_in(&scene->world, 2) ? CIRCLE - wanted : wanted;
	for (unsigned count = 0; count < wanted;) {
		unsigned who = (unsigned)world_below(&scene->world, CIRCLE);
		count += !scene->beyond[who];
		scene->beyond[who] = true;
	}
	if (!scene->chosen) {
		part_nhs_england(scene);
	}
	/* Somebody with a voice is on either side. */
	for (int beyond = 0; beyond < 2; beyond++) {
		if (!has_elector(scene, beyond)) {
			scene->beyond[any_elector(scene, !beyond)] = beyond;
		}
	}
	scene->here[0] = any_elector(scene, false);
	scene->here[1] = any_elector(scene, true);
}

static void cut(struct scene *scene, int64_t until_ms)
{
	struct world *world = &scene->world;
	for (unsigned a = 0; a < CIRCLE; a++) {
		for (unsigned b = 0; b < CIRCLE; b++) {
			if (scene->beyond[a] != scene->beyond[b]) {
				world->split_until_ms[world_pair(world, a, b)] =
				    until_ms;
			}
		}
	}
}

static void sleep_all(struct scene *scene, int64_t ms)
{
	struct world *world = &scene->world;
	if (scene->order->awake) {
		world_run(world, ms);
		return;
	}
	for (unsigned i = 0; i < world->count; i++) {
		world->nodes[i].wall_offset_ms += ms;
	}
}

static void start_if_down(struct scene *scene, unsigned who)
{
	if (scene->world.nodes[who].node == NULL) {
		world_start(&scene->world, who);
	}
}

static void act(struct scene *scene, bool beyond)
{
	struct talk *talk = &scene->talk;
	unsigned who = any_of(scene, beyond);
	size_t summit = (size_t)world_below(&scene->world, talk->summit_count);
	start_if_down(scene, who);
	talk_anything(talk, who, summit, scene->here[beyond]);
}

/* Nobody was agreed that both sides know: most of one side agree, and beyond it
 * NHS England takes the ring once it may. */
static void choose_apart(struct scene *scene, unsigned shift)
{
	if (shift == 1) {
		agree_all(scene, scene->beyond[scene->holder] ? 1 : 0);
	}
	for (unsigned i = 0; shift == TAKE_AT && i < CIRCLE; i++) {
		if (scene->world.nodes[i].node != NULL && goes_on(scene) &&
		    is_nhs_england(scene, i)) {
			(void)talk_ring(
			    &scene->talk, i, scene->begun, "take", TALK_NOBODY);
		}
	}
}

static void one_shift(struct scene *scene, unsigned shift)
{
	struct world *world = &scene->world;
	int64_t begun = world->now_ms;
	unsigned stopped = (unsigned)world_below(world, CIRCLE);
	if (world_one_in(world, 3)) {
		world_stop(world, stopped);
	}
	if (!scene->chosen) {
		choose_apart(scene, shift);
	}
	for (unsigned i = 0; i < 2 * ACTS && goes_on(scene); i++) {
		act(scene, i % 2 == 1);
		world_run(world, SHIFT_MS / (4 * ACTS));
	}
	world_run(world, begun + SHIFT_MS - world->now_ms);
	sleep_all(scene, HOURS_APART * HOUR_MS / SHIFTS - SHIFT_MS);
}

/* Both accept what was offered to both; whoever holds the ring stands the
 * summit down, and beyond the cut somebody judges anew. */
static void cross(struct scene *scene)
{
	struct talk *talk = &scene->talk;
	unsigned accepted = 0;
	bool there = scene->beyond[scene->holder];
	for (unsigned i = 0; i < 2 && goes_on(scene); i++) {
		start_if_down(scene, scene->offered[i]);
		accepted += talk_step(talk, scene->offered[i], &scene->action,
		    "accept", TALK_NOBODY);
	}
	scene->out->saws[SCENES_TWICE_ACCEPTED] += accepted == 2;
	hear(scene);
	(void)talk_judge(talk, any_elector(scene, !there), scene->begun, true);
	start_if_down(scene, scene->holder);
	(void)talk_stand_down(talk, scene->holder, scene->begun);
}

static void apart(struct scene *scene)
{
	cut(scene, INT64_MAX);
	hear(scene);
	cross(scene);
	for (unsigned side = 0; side < 2 && goes_on(scene); side++) {
		trigger(scene, any_elector(scene, side == 1), "RYR", true);
	}
	for (unsigned i = 0; i < SHIFTS && goes_on(scene); i++) {
		one_shift(scene, i);
	}
}

/*
 * What they come to.
 */

static bool hash_at(
    struct scene *scene, unsigned who, size_t summit, struct id32 *out)
{
	struct summits_look look = { 0 };
	bool good = talk_look(&scene->talk, who, summit, &look) &&
	            summit_hash(&look.state, out) == ERR_OK;
	summits_clear(&look);
	return good;
}

/* Does anybody see this summit otherwise than another? */
static bool alike(struct scene *scene, size_t summit, char *why, size_t size)
{
	struct id32 first;
	for (unsigned i = 0; i < CIRCLE; i++) {
		struct id32 hash;
		if (!hash_at(scene, i, summit, &hash)) {
			(void)snprintf(why, size,
			    "%s knows nothing of summit %zu",
			    scene->world.nodes[i].name, summit);
			return false;
		}
		first = i == 0 ? hash : first;
		if (!id_equal(&first, &hash)) {
			(void)snprintf(why, size,
			    "%s and %s see summit %zu otherwise",
			    scene->world.nodes[0].name,
			    scene->world.nodes[i].name, summit);
			return false;
		}
	}
	return true;
}

static bool complete(struct scene *scene, char *why, size_t size)
{
	struct world *world = &scene->world;
	for (unsigned i = 0; i < CIRCLE; i++) {
		for (size_t k = 0; k < scene->talk.said_count; k++) {
			if (!holds(&world->nodes[i], &scene->talk.said[k])) {
				(void)snprintf(why, size,
				    "record %zu of %zu is not at %s", k,
				    scene->talk.said_count,
				    world->nodes[i].name);
				return false;
			}
		}
	}
	for (size_t s = 0; s < scene->talk.summit_count; s++) {
		if (!alike(scene, s, why, size)) {
			return false;
		}
	}
	return true;
}

static void settle(struct scene *scene)
{
	struct world *world = &scene->world;
	char why[200] = "";
	int64_t begun = world->now_ms;
	while (goes_on(scene) && !complete(scene, why, sizeof(why))) {
		if (world->now_ms - begun > SETTLE_MAX_MS) {
			world_fail(world, "after %d min: %s",
			    SETTLE_MAX_MS / 60000, why);
		}
		world_run(world, SETTLE_STEP_MS);
	}
	if (scene->out->heal_ms < world->now_ms - begun) {
		scene->out->heal_ms = world->now_ms - begun;
	}
}

/* While they are apart: who holds the ring of a summit that both know, and
 * whether they differ at all. */
static void look_apart(struct scene *scene)
{
	struct id32 hashes[2];
	unsigned who[2] = { any_of(scene, false), any_of(scene, true) };
	struct summits_look looks[2] = { { 0 }, { 0 } };
	bool known = true;
	for (unsigned i = 0; i < 2; i++) {
		start_if_down(scene, who[i]);
		known = known && talk_look(&scene->talk, who[i], scene->begun,
				     &looks[i]);
		known =
		    known && summit_hash(&looks[i].state, &hashes[i]) == ERR_OK;
	}
	if (known) {
		const struct summit_holder *a = summit_holds(&looks[0].state);
		const struct summit_holder *b = summit_holds(&looks[1].state);
		scene->out->saws[SCENES_APART] +=
		    !id_equal(&hashes[0], &hashes[1]);
		scene->out->saws[SCENES_TWO_RINGS] +=
		    a != NULL && b != NULL &&
		    !id_equal(&a->organisation, &b->organisation);
	}
	summits_clear(&looks[0]);
	summits_clear(&looks[1]);
}

static void look_back(struct scene *scene)
{
	uint32_t *saws = scene->out->saws;
	unsigned open = 0;
	for (size_t s = 0; s < scene->talk.summit_count; s++) {
		struct summits_look look = { 0 };
		if (talk_look(&scene->talk, 0, s, &look)) {
			saws[SCENES_REOPENED] += look.state.reopened;
			saws[SCENES_NOT_COUNTED] +=
			    (uint32_t)look.state.refused_count;
			saws[SCENES_MISSED] +=
			    (uint32_t)look.state.missed_count;
			open += s > 0 && look.state.trigger != NULL;
		}
		summits_clear(&look);
	}
	saws[SCENES_BOTH_TRIGGERED] += open == 2;
}

static void fill_outcome(struct scene *scene)
{
	struct scenes_outcome *out = scene->out;
	const struct world *world = &scene->world;
	memcpy(out->failure, world->failure, sizeof(out->failure));
	out->trace = world->trace;
	out->messages = world->messages;
	out->packets = world->packets_sent;
	out->lost = world->packets_lost;
	out->refused = scene->talk.refused;
	for (size_t i = 0; i < TALK_CONTENTS; i++) {
		out->contents[i] = (uint32_t)scene->talk.contents[i];
	}
}

static void say(const struct scene *scene, const char *what)
{
	if (scene->world.verbose) {
		(void)fflush(stdout);
		printf("%8lld %s; %llu messages, %.2f s of processor\n",
		    (long long)scene->world.now_ms, what,
		    (unsigned long long)scene->world.messages,
		    (double)clock() / CLOCKS_PER_SEC);
	}
}

static void play(struct scene *scene)
{
	struct world *world = &scene->world;
	scene->chosen = !world_one_in(world, 3);
	scene->talk.judges_all = world_one_in(world, 4);
	choose_sides(scene);
	for (unsigned i = 0; i < CIRCLE; i++) {
		world->nodes[i].wall_offset_ms =
		    (int64_t)world_below(world, 2 * SKEW_MS) - SKEW_MS;
	}
	world_run(world, START_MS);
	say(scene, "begins");
	begin(scene);
	say(scene, "cut");
	apart(scene);
	look_apart(scene);
	say(scene, "joined again");
	cut(scene, 0);
	settle(scene);
	say(scene, "alike");
	/* A clock that is seen missed now is another record. */
	world_run(world, AFTER_MS);
	settle(scene);
	say(scene, "still alike");
	look_back(scene);
}

void scenes_run(const struct scenes_order *order, struct scenes_outcome *out)
{
	static struct scene scene;
	memset(&scene, 0, sizeof(scene));
	memset(out, 0, sizeof(*out));
	scene.order = order;
	scene.out = out;
	scene.talk.world = &scene.world;
	scene.talk.circle = order->circle;
	if (circle_open(
		order->circle, order->directory, order->seed, &scene.world)) {
		scene.world.verbose = order->verbose;
		scene.world.loss_percent = LOSS_PERCENT;
		scene.world.step_ms = STEP_MS;
		play(&scene);
	}
	fill_outcome(&scene);
	world_close(&scene.world);
}
