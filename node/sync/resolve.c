#define _POSIX_C_SOURCE 200809L

#include "sync/resolve.h"

#include "base/limits.h"
#include "base/queue.h"
#include "base/rng.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	ASKERS = LIMIT_PEERS + 2, /* peers count from 1, 0 is ourselves */
	/* Answers in time that make good a slow one. With fewer, an asker could
	 * pass for a prompt one by a quick name between two slow ones. */
	PENANCE = 8,
};

/* An endpoint with a name, in its parts. */
struct place {
	char host[LIMIT_ENDPOINT_BYTES];
	char port[8];
};

/* A question, first in the list of those that wait, then in a slot. */
struct task {
	/* The caller's. */
	struct task *next;
	size_t slot;
	uint64_t token;
	int64_t asker;
	int64_t asked_ms;
	int64_t started_ms;
	bool slow;     /* held against its asker */
	bool given_up; /* nobody waits for its answer any more */
	/* The thread's while it runs; `place` is changed by nobody. */
	struct resolve *resolve;
	struct place place;
	struct resolve_answer answer;
};

/* Who comes next is decided in the caller's thread alone, so there is nothing
 * to lock: a thread gets one task and hands it back. It may sit in a look-up
 * when we stop, so the last one out frees. */
struct resolve {
	struct resolve_options options;
	atomic_uint users;
	struct queue *ended;                 /* tasks whose thread is done */
	struct task *waiting;                /* the oldest first */
	struct task *slots[RESOLVE_THREADS]; /* a thread each, NULL: free */
	uint8_t penance[ASKERS];
};

static void release(struct resolve *resolve)
{
	if (atomic_fetch_sub(&resolve->users, 1u) != 1u) {
		return;
	}
	while (resolve->waiting != NULL) {
		struct task *next = resolve->waiting->next;
		free(resolve->waiting);
		resolve->waiting = next;
	}
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		free(resolve->slots[i]);
	}
	queue_free(resolve->ended, NULL);
	free(resolve);
}

static bool split(const char *endpoint, struct place *out)
{
	static const char scheme[] = "tcp://";
	size_t prefix = sizeof(scheme) - 1;
	const char *colon = strrchr(endpoint, ':');
	if (strncmp(endpoint, scheme, prefix) != 0 || colon == NULL ||
	    colon < endpoint + prefix) {
		return false;
	}
	const char *host = endpoint + prefix;
	size_t size = (size_t)(colon - host);
	if (size >= 2 && host[0] == '[' && host[size - 1] == ']') {
		host++;
		size -= 2;
	}
	if (size == 0 || size >= sizeof(out->host) ||
	    strlen(colon + 1) >= sizeof(out->port)) {
		return false;
	}
	memcpy(out->host, host, size);
	out->host[size] = '\0';
	(void)snprintf(out->port, sizeof(out->port), "%s", colon + 1);
	return true;
}

bool resolve_numeric(const char *endpoint, struct resolve_address *out)
{
	struct place parts = { 0 };
	uint8_t address[16];
	if (!split(endpoint, &parts) || strlen(parts.host) > 45) {
		return false;
	}
	if (inet_pton(AF_INET, parts.host, address) == 1) {
		(void)snprintf(out->text, sizeof(out->text), "tcp://%.45s:%s",
		    parts.host, parts.port);
		return true;
	}
	if (inet_pton(AF_INET6, parts.host, address) == 1) {
		(void)snprintf(out->text, sizeof(out->text), "tcp://[%.45s]:%s",
		    parts.host, parts.port);
		return true;
	}
	return false;
}

static bool write_address(
    const struct addrinfo *found, const char *port, struct resolve_address *out)
{
	char host[64]; /* a longer one is refused by getnameinfo */
	if (getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof(host),
		NULL, 0, NI_NUMERICHOST) != 0 ||
	    strlen(host) > 60) {
		return false;
	}
	bool six = found->ai_family == AF_INET6;
	(void)snprintf(out->text, sizeof(out->text), "tcp://%s%.60s%s:%s",
	    six ? "[" : "", host, six ? "]" : "", port);
	return true;
}

static void look_up(struct task *task)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	struct resolve_answer *out = &task->answer;
	size_t count = 0;
	int code = task->resolve->options.find(
	    task->place.host, task->place.port, &hints, &list);
	if (code != 0) {
		(void)snprintf(out->reason, sizeof(out->reason),
		    "cannot find the address of %.50s: %.40s", task->place.host,
		    gai_strerror(code));
		return;
	}
	for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
		count++;
	}
	size_t pick = count == 0 ? 0 : rng_below(rng_system(), count);
	const struct addrinfo *at = list;
	while (at != NULL && pick > 0) {
		at = at->ai_next;
		pick--;
	}
	out->found =
	    at != NULL && write_address(at, task->place.port, &out->address);
	if (!out->found) {
		(void)snprintf(out->reason, sizeof(out->reason),
		    "%.60s has no usable address", task->place.host);
	}
	freeaddrinfo(list);
}

static void *run(void *argument)
{
	struct task *task = argument;
	struct resolve *resolve = task->resolve;
	look_up(task);
	/* There is room for as many as there are slots. Once we have stopped
	 * nobody takes it, and it is freed by way of its slot. */
	enum err stopped = queue_send(resolve->ended, task);
	(void)stopped;
	release(resolve);
	return NULL;
}

enum err resolve_start(
    const struct resolve_options *options, struct resolve **out)
{
	struct resolve *resolve = calloc(1, sizeof(*resolve));
	if (resolve == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	resolve->options = *options;
	if (resolve->options.find == NULL) {
		resolve->options.find = getaddrinfo;
	}
	atomic_init(&resolve->users, 1u);
	enum err err = queue_new(RESOLVE_THREADS + 1, &resolve->ended);
	if (err != ERR_OK) {
		resolve_stop(resolve);
		return err;
	}
	*out = resolve;
	return ERR_OK;
}

void resolve_stop(struct resolve *resolve)
{
	if (resolve == NULL) {
		return;
	}
	if (resolve->ended != NULL) {
		queue_close(resolve->ended);
	}
	release(resolve);
}

static int64_t now_ms(const struct resolve *resolve)
{
	return clock_steady_ms(resolve->options.clock);
}

/*
 * Whose turn it is.
 */

static bool launch(struct resolve *resolve, struct task *task, size_t slot)
{
	pthread_t thread;
	task->resolve = resolve;
	task->slot = slot;
	task->started_ms = now_ms(resolve);
	resolve->slots[slot] = task;
	atomic_fetch_add(&resolve->users, 1u);
	if (pthread_create(&thread, NULL, run, task) != 0) {
		atomic_fetch_sub(&resolve->users, 1u);
		resolve->slots[slot] = NULL;
		return false;
	}
	(void)pthread_detach(thread);
	return true;
}

/* How many slots askers of slow names hold. */
static size_t slow_count(const struct resolve *resolve)
{
	size_t count = 0;
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		const struct task *task = resolve->slots[i];
		count += task != NULL && resolve->penance[task->asker] > 0;
	}
	return count;
}

/* Where the next task hangs in the list: the oldest of a prompt asker, or else
 * of a slow one while these have not got all that they may. */
static struct task **next_task(struct resolve *resolve)
{
	struct task **slow = NULL;
	for (struct task **at = &resolve->waiting; *at != NULL;
	     at = &(*at)->next) {
		if (resolve->penance[(*at)->asker] == 0) {
			return at;
		}
		slow = slow == NULL ? at : slow;
	}
	return slow_count(resolve) < RESOLVE_SLOW_THREADS ? slow : NULL;
}

static void dispatch(struct resolve *resolve)
{
	for (size_t slot = 0; slot < RESOLVE_THREADS; slot++) {
		if (resolve->slots[slot] != NULL) {
			continue;
		}
		struct task **at = next_task(resolve);
		struct task *task = at == NULL ? NULL : *at;
		/* Without a thread it waits for one until it is given up. */
		if (task == NULL || !launch(resolve, task, slot)) {
			return;
		}
		*at = task->next;
		task->next = NULL;
	}
}

/*
 * Asking.
 */

static void forget_waiting(struct resolve *resolve, int64_t asker)
{
	struct task **at = &resolve->waiting;
	while (*at != NULL) {
		struct task *task = *at;
		if (task->asker == asker) {
			*at = task->next;
			free(task);
		} else {
			at = &task->next;
		}
	}
}

static bool same_place(const struct place *a, const struct place *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

/* The asker's look-up of this very place, if it is under way. What else it has
 * under way is given up; *held is how much that is. */
static struct task *supersede(struct resolve *resolve, int64_t asker,
    const struct place *place, size_t *held)
{
	struct task *same = NULL;
	*held = 0;
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		struct task *task = resolve->slots[i];
		if (task == NULL || task->asker != asker) {
			continue;
		}
		task->given_up = true;
		(*held)++;
		if (same_place(&task->place, place)) {
			same = task;
		}
	}
	return same;
}

static enum err put(struct resolve *resolve,
    const struct resolve_question *question, const struct place *place)
{
	struct task *task = calloc(1, sizeof(*task));
	if (task == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	task->token = question->token;
	task->asker = question->asker;
	task->asked_ms = now_ms(resolve);
	task->place = *place;
	struct task **last = &resolve->waiting;
	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = task;
	dispatch(resolve);
	return ERR_OK;
}

enum err resolve_ask(
    struct resolve *resolve, const struct resolve_question *question)
{
	struct place place;
	size_t held = 0;
	if (question->asker < 0 || question->asker >= ASKERS ||
	    !split(question->endpoint, &place)) {
		return err_set(ERR_INPUT, "not an endpoint");
	}
	forget_waiting(resolve, question->asker);
	struct task *same = supersede(resolve, question->asker, &place, &held);
	if (same != NULL) {
		same->token = question->token;
		same->asked_ms = now_ms(resolve);
		same->given_up = false;
		return ERR_OK;
	}
	if (held >= RESOLVE_ASKER_THREADS) {
		return err_set(ERR_BUSY,
		    "earlier names of its card are still being looked up");
	}
	return put(resolve, question, &place);
}

/*
 * Answers.
 */

/* Take back what threads are done with. True: *out is an answer. */
static bool take_ended(struct resolve *resolve, struct resolve_answer *out)
{
	struct task *task = queue_receive(resolve->ended);
	bool wanted = false;
	while (task != NULL && !wanted) {
		uint8_t *penance = &resolve->penance[task->asker];
		if (!task->slow && *penance > 0) {
			(*penance)--;
		}
		wanted = !task->given_up;
		if (wanted) {
			*out = task->answer;
			out->token = task->token;
		}
		resolve->slots[task->slot] = NULL;
		free(task);
		task = wanted ? NULL : queue_receive(resolve->ended);
	}
	return wanted;
}

static void give_up(
    const struct task *task, const char *what, struct resolve_answer *out)
{
	memset(out, 0, sizeof(*out));
	out->token = task->token;
	(void)snprintf(out->reason, sizeof(out->reason), "%s %.50s", what,
	    task->place.host);
}

/* Note whose names are slow. True: *out is the end of one's patience. */
static bool tire_of_running(
    struct resolve *resolve, int64_t now, struct resolve_answer *out)
{
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		struct task *task = resolve->slots[i];
		if (task == NULL) {
			continue;
		}
		/* To have waited for a turn is nobody's fault. */
		if (!task->slow &&
		    now - task->started_ms >= RESOLVE_PATIENCE_MS) {
			task->slow = true;
			resolve->penance[task->asker] = PENANCE;
		}
		if (!task->given_up &&
		    now - task->asked_ms >= RESOLVE_PATIENCE_MS) {
			task->given_up = true;
			give_up(task, "no name server answers about", out);
			return true;
		}
	}
	return false;
}

static bool tire_of_waiting(
    struct resolve *resolve, int64_t now, struct resolve_answer *out)
{
	struct task *oldest = resolve->waiting;
	if (oldest == NULL || now - oldest->asked_ms < RESOLVE_PATIENCE_MS) {
		return false;
	}
	resolve->waiting = oldest->next;
	give_up(oldest, "too many names were in the queue before", out);
	free(oldest);
	return true;
}

bool resolve_next(struct resolve *resolve, struct resolve_answer *out)
{
	/* What has ended comes first: that we are late is not its fault. */
	bool got = take_ended(resolve, out);
	if (!got) {
		int64_t now = now_ms(resolve);
		got = tire_of_running(resolve, now, out) ||
		      tire_of_waiting(resolve, now, out);
	}
	dispatch(resolve);
	return got;
}

int resolve_fd(const struct resolve *resolve)
{
	return queue_fd(resolve->ended);
}
