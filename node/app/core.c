#define _POSIX_C_SOURCE 200809L

#include "app/core.h"

#include "app/acting.h"
#include "app/alarming.h"
#include "base/log.h"
#include "service/activity.h"
#include "service/alarms.h"
#include "service/erasing.h"
#include "service/receipts.h"
#include "service/recovery.h"
#include "service/retaining.h"
#include "service/witness.h"
#include "sync/peering.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { PARKED = 256, TURN = 256 };

struct core {
	struct core_options options;
	struct node *node;
	struct peering *peering;
	struct call *parked[PARKED]; /* waiting for something to happen */
	size_t parked_count;
	struct call *turn[TURN]; /* of this turn */
	struct ops_answer answers[TURN];
	enum err results[TURN];
	char messages[TURN][512]; /* of results that are errors */
	char why[512];            /* the last commit failed */
	size_t turn_count;
	int64_t tick_ms; /* when peering is to be ticked */
	bool
	    committed; /* something has been, since the parked were looked at */
};

static int64_t now_ms(const struct core *core)
{
	return clock_steady_ms(node_clock(core->node));
}

static void finish(struct call *call, enum err err, struct ops_answer *answer)
{
	call_fill(call, err, answer);
	call->answered(call->context);
}

static void park(struct core *core, struct call *call, int64_t until_ms)
{
	struct ops_answer none = { 0 };
	if (core->parked_count == PARKED) {
		finish(
		    call, err_set(ERR_BUSY, "too many requests wait"), &none);
		return;
	}
	if (call->until_ms == 0) {
		call->until_ms = until_ms;
	}
	core->parked[core->parked_count++] = call;
}

/* Run one; what it gave is kept in its place of this turn. */
static void run_call(struct core *core, size_t at)
{
	struct call *call = core->turn[at];
	core->answers[at] = (struct ops_answer){ .from = call->next };
	core->results[at] =
	    acting_run(core->options.ops, call, &core->answers[at]);
	core->messages[at][0] = '\0';
	if (core->results[at] != ERR_OK) {
		strncpy(core->messages[at], err_text(),
		    sizeof(core->messages[at]) - 1);
	}
}

static bool writes(const struct call *call)
{
	return (call->op->flags & OPS_WRITES) != 0;
}

static void take_calls(struct core *core)
{
	core->turn_count = 0;
	while (core->turn_count < TURN) {
		struct call *call = queue_receive(core->options.calls);
		if (call == NULL) {
			break;
		}
		core->turn[core->turn_count++] = call;
	}
	for (size_t i = 0; i < core->turn_count; i++) {
		if (writes(core->turn[i])) {
			run_call(core, i);
		}
	}
}

/* PROTOCOL.md M158: "The node MUST answer a request that changes anything only
 * once the change is durable." */
static void answer_calls(struct core *core, enum err committed)
{
	for (size_t i = 0; i < core->turn_count; i++) {
		struct call *call = core->turn[i];
		if (!writes(call)) {
			run_call(core, i);
		} else if (core->results[i] == ERR_OK && committed != ERR_OK) {
			core->results[i] = committed;
			memcpy(core->messages[i], core->why, sizeof(core->why));
			json_decref(core->answers[i].json);
			core->answers[i].json = NULL;
		}
		if (core->answers[i].again_until_ms != 0) {
			int64_t until_ms = core->answers[i].again_until_ms;
			json_decref(core->answers[i].json);
			park(core, call, until_ms);
			continue;
		}
		if (core->results[i] != ERR_OK) {
			(void)err_set(
			    core->results[i], "%s", core->messages[i]);
		}
		finish(call, core->results[i], &core->answers[i]);
	}
	core->turn_count = 0;
}

/* Those who wait are asked again when something new may be there, and told when
 * their time is up. */
static void ask_again(struct core *core, bool stopping)
{
	size_t kept = 0;
	int64_t now = now_ms(core);
	for (size_t i = 0; i < core->parked_count; i++) {
		struct call *call = core->parked[i];
		bool late = stopping || now >= call->until_ms;
		struct ops_answer answer = { 0 };
		if (!core->committed && !late) {
			core->parked[kept++] = call;
			continue;
		}
		enum err err = acting_run(core->options.ops, call, &answer);
		if (answer.again_until_ms != 0 && !late) {
			json_decref(answer.json);
			buf_clear(&answer.text);
			core->parked[kept++] = call;
			continue;
		}
		finish(call, err, &answer);
	}
	core->parked_count = kept;
	core->committed = false;
}

static enum err commit(struct core *core)
{
	if (!node_staged(core->node)) {
		return ERR_OK;
	}
	enum err err = node_commit(core->node);
	if (err != ERR_OK) {
		strncpy(core->why, err_text(), sizeof(core->why) - 1);
		log_line(
		    LOG_ERROR, "core", "nothing could be kept: %s", core->why);
	}
	peering_committed(core->peering, err == ERR_OK);
	if (err != ERR_OK) {
		return err;
	}
	core->committed = true;
	enum err admitted = link_admit(core->options.link);
	if (admitted != ERR_OK) {
		log_line(LOG_ERROR, "core", "%s", err_text());
	}
	return err;
}

static int wait_ms(const struct core *core)
{
	int64_t now = now_ms(core);
	int64_t wait = core->tick_ms - now;
	int64_t due = activity_wait_ms(core->node);
	wait = due < wait ? due : wait;
	for (size_t i = 0; i < core->parked_count; i++) {
		int64_t left = core->parked[i]->until_ms - now;
		wait = left < wait ? left : wait;
	}
	return wait < 0 ? 0 : (int)wait;
}

static void tick(struct core *core)
{
	int64_t now = now_ms(core);
	if (now >= core->tick_ms) {
		peering_tick(core->peering);
		receipts_tick(core->node);
		retaining_tick(core->node);
		core->tick_ms = now + peering_timeout_ms(core->peering);
	}
}

static bool told_to_stop(const struct core *core)
{
	struct pollfd item = { .fd = core->options.stop_fd, .events = POLLIN };
	return poll(&item, 1, 0) > 0;
}

static void turn(struct core *core)
{
	(void)link_run(core->options.link);
	take_calls(core);
	tick(core);
	recovery_tick(core->node);
	witness_tick(core->node);
	erasing_tick(core->node);
	alarms_tick(core->node);
	activity_tick(core->node);
	enum err err = commit(core);
	if (core->options.alarms != NULL && !node_staged(core->node)) {
		alarming_ring(core->options.alarms, core->node);
	}
	answer_calls(core, err);
	if (core->parked_count > 0) {
		ask_again(core, false);
	}
}

/* PROTOCOL.md M159: "When told to stop, the node MUST commit and answer what it
 * has accepted before it exits." */
static void stop(struct core *core)
{
	queue_close(core->options.calls);
	do {
		take_calls(core);
		size_t taken = core->turn_count;
		answer_calls(core, commit(core));
		if (taken == 0) {
			break;
		}
	} while (true);
	ask_again(core, true);
	activity_stop(core->node);
	(void)!commit(core); /* which logs what is wrong */
}

enum err core_run(const struct core_options *options)
{
	struct core *core = calloc(1, sizeof(*core));
	if (core == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	core->options = *options;
	core->node = options->ops->node;
	enum err err =
	    peering_new(core->node, link_host(options->link), &core->peering);
	if (err != ERR_OK) {
		free(core);
		return err;
	}
	link_attach(options->link, core->peering);
	int fds[] = { queue_fd(options->calls), options->stop_fd };
	while (!told_to_stop(core)) {
		link_wait(options->link, fds, 2, wait_ms(core));
		options->ops->serving.accepted = link_accepted(options->link);
		turn(core);
	}
	stop(core);
	link_attach(options->link, NULL);
	peering_free(core->peering);
	free(core);
	return ERR_OK;
}
