/*
 * queue.h - bounded message queue between threads, with a descriptor to poll.
 *
 * Floor:   base
 * Threads: any number of senders, one receiver.
 */
#ifndef QSG_BASE_QUEUE_H
#define QSG_BASE_QUEUE_H

#include "base/err.h"

#include <stddef.h>

struct queue;

/* A queue of at most capacity pointers. */
ERR_MUST_USE enum err queue_new(size_t capacity, struct queue **out);
/* Items still inside are handed to drop (may be NULL). */
void queue_free(struct queue *queue, void (*drop)(void *item));
/* Hand an item over. Blocks while full; ERR_STATE once closed (the caller
 * keeps the item). */
ERR_MUST_USE enum err queue_send(struct queue *queue, void *item);
/* The next item, or NULL when there is none. Never blocks. */
void *queue_receive(struct queue *queue);
/* Wait until there is an item or timeout_ms passed (-1: for ever), then as
 * queue_receive. NULL also when closed and empty. */
void *queue_wait(struct queue *queue, int timeout_ms);
/* Readable while the queue holds anything or is closed. */
int queue_fd(const struct queue *queue);
/* No more sends; blocked senders return. */
void queue_close(struct queue *queue);

#endif
