#define _GNU_SOURCE

#include "many.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTCOME_MAX = 3000 }; /* with its beginning, less than PIPE_BUF */

struct message {
	uint64_t seed;
	bool started; /* only that: no outcome yet */
	_Alignas(max_align_t) uint8_t outcome[OUTCOME_MAX];
};

unsigned many_jobs(uint64_t wanted, uint64_t seeds)
{
	uint64_t jobs = wanted < 1 ? 1 : wanted;
	jobs = jobs > MANY_JOBS ? MANY_JOBS : jobs;
	return (unsigned)(jobs > seeds ? seeds : jobs);
}

static size_t message_size(const struct many *many)
{
	return offsetof(struct message, outcome) + many->size;
}

static void tell(int out, const struct message *message, size_t size)
{
	if (write(out, message, size) != (ssize_t)size) {
		_exit(1);
	}
}

static void work(const struct many *many, unsigned job, int out)
{
	static struct message message;
	for (uint64_t i = job; i < many->seeds; i += many->jobs) {
		memset(&message, 0, sizeof(message));
		message.seed = many->first + i;
		message.started = true;
		tell(out, &message, message_size(many));
		message.started = false;
		many->run(many->context, message.seed, message.outcome);
		tell(out, &message, message_size(many));
	}
	/* Through exit, so that a leak is reported. */
	exit(0);
}

static void start(const struct many *many, int ends[2])
{
	for (unsigned job = 0; job < many->jobs; job++) {
		pid_t child = fork();
		if (child == 0) {
			(void)close(ends[0]);
			work(many, job, ends[1]);
		}
		if (child < 0) {
			perror("sim: fork");
			exit(1);
		}
	}
}

static bool all_ended_well(void)
{
	int status = 0;
	bool good = true;
	while (wait(&status) > 0) {
		good = good && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	}
	return good;
}

bool many_run(const struct many *many)
{
	static bool under_way[MANY_SEEDS]; /* by seed - first */
	static struct message message;
	int ends[2];
	if (many->size > OUTCOME_MAX || many->seeds > MANY_SEEDS ||
	    pipe(ends) != 0) {
		perror("sim: no pipe for that");
		exit(1);
	}
	memset(under_way, 0, sizeof(under_way));
	fflush(stdout);
	start(many, ends);
	(void)close(ends[1]);
	for (;;) {
		ssize_t got = read(ends[0], &message, message_size(many));
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got != (ssize_t)message_size(many)) {
			break;
		}
		under_way[message.seed - many->first] = message.started;
		if (!message.started) {
			many->count(
			    many->context, message.seed, message.outcome);
		}
	}
	(void)close(ends[0]);
	bool good = all_ended_well();
	for (uint64_t i = 0; i < many->seeds; i++) {
		if (under_way[i]) {
			many->lost(many->context, many->first + i);
			good = true;
		}
	}
	return good;
}
