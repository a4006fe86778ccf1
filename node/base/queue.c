#define _POSIX_C_SOURCE 200809L

#include "base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct queue {
	pthread_mutex_t mutex;
	pthread_cond_t room;
	pthread_cond_t ready;
	int fd;
	bool closed;
	size_t capacity;
	size_t first;
	size_t count;
	void *items[];
};

/* The descriptor is readable exactly while there is something to notice; it
 * changes under the mutex only. */
static void raise_event(struct queue *queue)
{
	uint64_t one = 1;
	while (write(queue->fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

static void lower_event(struct queue *queue)
{
	uint64_t count = 0;
	while (read(queue->fd, &count, sizeof(count)) < 0 && errno == EINTR) {
	}
}

/* A lock of ours can fail only by a bug of ours. */
static void lock(struct queue *queue)
{
	if (pthread_mutex_lock(&queue->mutex) != 0) {
		abort();
	}
}

static void unlock(struct queue *queue)
{
	if (pthread_mutex_unlock(&queue->mutex) != 0) {
		abort();
	}
}

static enum err init_locks(struct queue *queue)
{
	pthread_condattr_t steady;
	if (pthread_condattr_init(&steady) != 0) {
		return err_set(ERR_MEM, "out of memory");
	}
	/* The wall clock may jump and must not stretch a wait. */
	bool bad = pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) != 0 ||
	           pthread_cond_init(&queue->ready, &steady) != 0;
	(void)pthread_condattr_destroy(&steady);
	if (bad) {
		return err_set(ERR_MEM, "cannot make a queue");
	}
	if (pthread_cond_init(&queue->room, NULL) != 0) {
		(void)pthread_cond_destroy(&queue->ready);
		return err_set(ERR_MEM, "cannot make a queue");
	}
	if (pthread_mutex_init(&queue->mutex, NULL) != 0) {
		(void)pthread_cond_destroy(&queue->ready);
		(void)pthread_cond_destroy(&queue->room);
		return err_set(ERR_MEM, "cannot make a queue");
	}
	return ERR_OK;
}

enum err queue_new(size_t capacity, struct queue **out)
{
	if (capacity == 0 || capacity > SIZE_MAX / sizeof(void *) / 2) {
		return err_set(ERR_LIMIT, "a queue of %zu items", capacity);
	}
	struct queue *queue =
	    calloc(1, sizeof(*queue) + capacity * sizeof(queue->items[0]));
	if (queue == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	queue->capacity = capacity;
	queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (queue->fd < 0) {
		free(queue);
		return err_errno("cannot make an event descriptor");
	}
	enum err err = init_locks(queue);
	if (err != ERR_OK) {
		(void)close(queue->fd);
		free(queue);
		return err;
	}
	*out = queue;
	return ERR_OK;
}

static void *take(struct queue *queue)
{
	if (queue->count == 0) {
		return NULL;
	}
	void *item = queue->items[queue->first];
	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
	if (queue->count == 0 && !queue->closed) {
		lower_event(queue);
	}
	(void)pthread_cond_signal(&queue->room);
	return item;
}

void queue_free(struct queue *queue, void (*drop)(void *item))
{
	if (queue == NULL) {
		return;
	}
	for (void *item = take(queue); item != NULL; item = take(queue)) {
		if (drop != NULL) {
			drop(item);
		}
	}
	(void)pthread_mutex_destroy(&queue->mutex);
	(void)pthread_cond_destroy(&queue->room);
	(void)pthread_cond_destroy(&queue->ready);
	(void)close(queue->fd);
	free(queue);
}

enum err queue_send(struct queue *queue, void *item)
{
	if (item == NULL) {
		return err_set(ERR_INPUT, "nothing to send");
	}
	lock(queue);
	while (!queue->closed && queue->count == queue->capacity) {
		(void)pthread_cond_wait(&queue->room, &queue->mutex);
	}
	if (queue->closed) {
		unlock(queue);
		return err_set(ERR_STATE, "the queue is closed");
	}
	size_t place = (queue->first + queue->count) % queue->capacity;
	queue->items[place] = item;
	queue->count++;
	if (queue->count == 1) {
		raise_event(queue);
		(void)pthread_cond_signal(&queue->ready);
	}
	unlock(queue);
	return ERR_OK;
}

void *queue_receive(struct queue *queue)
{
	lock(queue);
	void *item = take(queue);
	unlock(queue);
	return item;
}

static struct timespec deadline_after(int timeout_ms)
{
	struct timespec at = { 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout_ms / 1000;
	at.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
	if (at.tv_nsec >= 1000000000L) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000L;
	}
	return at;
}

void *queue_wait(struct queue *queue, int timeout_ms)
{
	struct timespec deadline = { 0 };
	int waited = 0;
	if (timeout_ms >= 0) {
		deadline = deadline_after(timeout_ms);
	}
	lock(queue);
	while (queue->count == 0 && !queue->closed && waited != ETIMEDOUT) {
		if (timeout_ms < 0) {
			(void)pthread_cond_wait(&queue->ready, &queue->mutex);
		} else {
			waited = pthread_cond_timedwait(
			    &queue->ready, &queue->mutex, &deadline);
		}
	}
	void *item = take(queue);
	unlock(queue);
	return item;
}

int queue_fd(const struct queue *queue)
{
	return queue->fd;
}

void queue_close(struct queue *queue)
{
	lock(queue);
	if (!queue->closed) {
		queue->closed = true;
		raise_event(queue);
	}
	(void)pthread_cond_broadcast(&queue->room);
	(void)pthread_cond_broadcast(&queue->ready);
	unlock(queue);
}
