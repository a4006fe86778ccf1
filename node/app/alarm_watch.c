#define _POSIX_C_SOURCE 200809L

#include "app/alarming.h"
#include "app/cli.h"
#include "app/client.h"
#include "base/clock.h"
#include "codec/text.h"
#include "view/alarm_paper.h"
#include "view/json_out.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* A question waits so long at most; without a node it is asked again after so
 * long. */
enum { WAIT_MS = 25000, RETRY_S = 2 };
/* Whether a program has ended is looked at again after so long. */
enum { ROOM_MS = 250 };

struct watch {
	struct cli *cli;
	struct client *client;
	struct alarm_bell bell;
	const char *hook; /* NULL: none */
	char mark[65];    /* "": not asked yet */
	int64_t repeat_ms;
	bool once;
	bool lost; /* and a person was told so */
};

static int64_t steady_ms(void)
{
	return clock_steady_ms(clock_system());
}

/* With --json a line is an object. */
static enum err print(const struct watch *watch, const json_t *alarm)
{
	struct paper paper = term_paper(&watch->cli->term, false);
	struct buf line = { 0 };
	enum err err = ERR_OK;
	if (!watch->cli->json) {
		alarm_paper_bell(&paper, alarm);
		return term_print(&paper, false);
	}
	err = json_out_dump(alarm, &line);
	if (err == ERR_OK) {
		(void)printf("%s\n", buf_text(&line));
		err =
		    fflush(stdout) == 0 ? ERR_OK : err_errno("standard output");
	}
	buf_clear(&line);
	buf_clear(&paper.out);
	return err;
}

static enum err ring(struct watch *watch, json_t *alarm)
{
	struct id32 record;
	struct alarm_ring ring;
	enum err err = text_unhex(span_text(paper_member(alarm, "record")),
	    record.b, sizeof(record.b));
	if (err == ERR_OK && watch->hook != NULL &&
	    !alarm_bell_room(&watch->bell, 1)) {
		alarm_bell_wait(&watch->bell, &record);
		return ERR_OK;
	}
	if (err == ERR_OK) {
		err = alarm_bell_name(&watch->bell, &record, steady_ms(),
		    watch->repeat_ms, &ring);
	}
	if (err != ERR_OK || !ring.now) {
		return err;
	}
	json_out_bool(alarm, "again", ring.again);
	err = print(watch, alarm);
	if (err == ERR_OK && watch->hook != NULL &&
	    alarm_bell_hook(&watch->bell, watch->hook, &record, steady_ms()) !=
		ERR_OK) {
		/* Whoever watches still sees the line. */
		term_complain(&watch->cli->term, err_text());
	}
	return err;
}

static enum err take(struct watch *watch, const json_t *answer)
{
	size_t at = 0;
	json_t *each = NULL;
	enum err err = ERR_OK;
	(void)snprintf(watch->mark, sizeof(watch->mark), "%s",
	    paper_member(answer, "mark"));
	watch->repeat_ms = 1000 * paper_number(answer, "repeat_s");
	alarm_bell_begin(&watch->bell);
	json_array_foreach(json_object_get(answer, "alarms"), at, each)
	{
		err = err == ERR_OK ? ring(watch, each) : err;
	}
	alarm_bell_end(&watch->bell);
	return err;
}

/* Until something changes, or one is to be given again. */
static json_int_t how_long(const struct watch *watch)
{
	int64_t next_ms = alarm_bell_next(&watch->bell, watch->repeat_ms);
	int64_t left_ms =
	    next_ms == INT64_MAX ? WAIT_MS : next_ms - steady_ms();
	left_ms = left_ms < 1 ? 1 : left_ms;
	left_ms = watch->bell.waiting && left_ms > ROOM_MS ? ROOM_MS : left_ms;
	return left_ms < WAIT_MS ? left_ms : WAIT_MS;
}

static enum err ask(struct watch *watch)
{
	json_t *arguments = json_object();
	json_t *answer = NULL;
	if (watch->mark[0] != '\0') {
		json_out_text(arguments, "mark", watch->mark);
		json_out_number(
		    arguments, "wait_ms", (uint64_t)how_long(watch));
	}
	enum err err =
	    client_ask_json(watch->client, "alarm-wait", arguments, &answer);
	if (err == ERR_OK) {
		watch->lost = false;
		err = take(watch, answer);
	}
	json_decref(answer);
	json_decref(arguments);
	return err;
}

/* Nobody hears alarms of a node that does not run: that is said once, and what
 * stands is given when it runs again. */
static enum err go_on_without(struct watch *watch)
{
	const struct timespec pause = { .tv_sec = RETRY_S };
	if (!watch->lost) {
		term_complain(&watch->cli->term, err_text());
		term_warn(&watch->cli->term,
		    "no alarm is heard until the node runs again");
	}
	watch->lost = true;
	watch->mark[0] = '\0';
	(void)nanosleep(&pause, NULL);
	return ERR_OK;
}

static enum err watch_all(struct watch *watch)
{
	enum err err = ERR_OK;
	do {
		alarm_bell_reap(&watch->bell, steady_ms());
		err = ask(watch);
		if ((err == ERR_NET || err == ERR_BUSY) && !watch->once) {
			err = go_on_without(watch);
		}
	} while (err == ERR_OK && !watch->once);
	return err;
}

static enum err check_hook(const char *hook)
{
	return hook == NULL || access(hook, X_OK) == 0
	           ? ERR_OK
	           : err_set(ERR_INPUT,
			 "--hook names a program that can be run, by its path: "
			 "%s is none",
			 hook);
}

int alarming_watch(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	struct watch watch = { .cli = cli,
		.hook = ops_text(arguments, "hook"),
		.once = ops_flag(arguments, "once"),
		.repeat_ms = 60000LL * ALARMING_REPEAT_MIN };
	const char *home = NULL;
	(void)op;
	enum err err = check_hook(watch.hook);
	if (err == ERR_OK) {
		err = cli_home(cli, &home);
	}
	if (err == ERR_OK) {
		err = cli_client(cli, home, &watch.client);
	}
	if (err == ERR_OK) {
		err = watch_all(&watch);
	}
	client_close(watch.client);
	alarm_bell_clear(&watch.bell);
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}
