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

enum { WORKERS = 2, WAITING = 2 * LIMIT_PEERS };

struct question {
	uint64_t token;
	char host[LIMIT_ENDPOINT_BYTES];
	char port[8];
};

struct worker {
	struct resolve *resolve;
	struct queue *questions;
};

/* A thread may sit in a lookup when we stop, so the last one out frees. */
struct resolve {
	atomic_uint users;
	atomic_uint waiting;
	atomic_bool stopped;
	struct queue *answers;
	struct worker workers[WORKERS];
	size_t next;
};

static void release(struct resolve *resolve)
{
	if (atomic_fetch_sub(&resolve->users, 1u) != 1u) {
		return;
	}
	for (size_t i = 0; i < WORKERS; i++) {
		queue_free(resolve->workers[i].questions, free);
	}
	queue_free(resolve->answers, free);
	free(resolve);
}

static bool split(const char *endpoint, struct question *out)
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
	struct question parts = { 0 };
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

static void look_up(const struct question *question, struct resolve_answer *out)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	size_t count = 0;
	out->token = question->token;
	int code = getaddrinfo(question->host, question->port, &hints, &list);
	if (code != 0) {
		(void)snprintf(out->reason, sizeof(out->reason),
		    "cannot find the address of %.50s: %.40s", question->host,
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
	    at != NULL && write_address(at, question->port, &out->address);
	if (!out->found) {
		(void)snprintf(out->reason, sizeof(out->reason),
		    "%.60s has no usable address", question->host);
	}
	freeaddrinfo(list);
}

static void *run(void *argument)
{
	const struct worker *worker = argument;
	struct resolve *resolve = worker->resolve;
	struct question *question = NULL;
	while ((question = queue_wait(worker->questions, -1)) != NULL) {
		struct resolve_answer *answer = calloc(1, sizeof(*answer));
		if (answer != NULL && !atomic_load(&resolve->stopped)) {
			look_up(question, answer);
		}
		/* There is room for as many answers as may be waited for. */
		if (answer != NULL &&
		    queue_send(resolve->answers, answer) != ERR_OK) {
			free(answer);
		}
		free(question);
	}
	release(resolve);
	return NULL;
}

static enum err launch(struct resolve *resolve)
{
	for (size_t i = 0; i < WORKERS; i++) {
		pthread_t thread;
		atomic_fetch_add(&resolve->users, 1u);
		if (pthread_create(&thread, NULL, run, &resolve->workers[i]) !=
		    0) {
			atomic_fetch_sub(&resolve->users, 1u);
			return err_set(ERR_MEM, "cannot start a thread");
		}
		(void)pthread_detach(thread);
	}
	return ERR_OK;
}

enum err resolve_start(struct resolve **out)
{
	struct resolve *resolve = calloc(1, sizeof(*resolve));
	if (resolve == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	atomic_init(&resolve->users, 1u);
	enum err err = queue_new(WAITING + 1, &resolve->answers);
	for (size_t i = 0; i < WORKERS && err == ERR_OK; i++) {
		resolve->workers[i].resolve = resolve;
		err = queue_new(WAITING + 1, &resolve->workers[i].questions);
	}
	if (err == ERR_OK) {
		err = launch(resolve);
	}
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
	atomic_store(&resolve->stopped, true);
	for (size_t i = 0; i < WORKERS; i++) {
		if (resolve->workers[i].questions != NULL) {
			queue_close(resolve->workers[i].questions);
		}
	}
	if (resolve->answers != NULL) {
		queue_close(resolve->answers);
	}
	release(resolve);
}

enum err resolve_ask(
    struct resolve *resolve, uint64_t token, const char *endpoint)
{
	if (atomic_load(&resolve->waiting) >= WAITING) {
		return err_set(ERR_LIMIT, "too many names are looked up");
	}
	struct question *question = calloc(1, sizeof(*question));
	if (question == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	question->token = token;
	if (!split(endpoint, question)) {
		free(question);
		return err_set(ERR_INPUT, "not an endpoint");
	}
	struct worker *worker = &resolve->workers[resolve->next];
	resolve->next = (resolve->next + 1) % WORKERS;
	enum err err = queue_send(worker->questions, question);
	if (err != ERR_OK) {
		free(question);
		return err;
	}
	atomic_fetch_add(&resolve->waiting, 1u);
	return ERR_OK;
}

bool resolve_next(struct resolve *resolve, struct resolve_answer *out)
{
	struct resolve_answer *answer = queue_receive(resolve->answers);
	if (answer == NULL) {
		return false;
	}
	atomic_fetch_sub(&resolve->waiting, 1u);
	*out = *answer;
	free(answer);
	return true;
}

int resolve_fd(const struct resolve *resolve)
{
	return queue_fd(resolve->answers);
}
