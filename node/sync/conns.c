#include "sync/conns.h"

#include "sync/zsock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct conns_pending {
	struct conns_pending *next;
	size_t size;
	uint8_t bytes[];
};

enum sent { SENT, SENT_NOT_NOW, SENT_NEVER };

struct conn *conns_add(struct conns *conns)
{
	if (conns->count == conns->capacity) {
		size_t capacity =
		    conns->capacity == 0 ? 64 : conns->capacity * 2;
		struct conn **list =
		    realloc(conns->list, capacity * sizeof(struct conn *));
		if (list == NULL) {
			return NULL;
		}
		conns->list = list;
		conns->capacity = capacity;
	}
	struct conn *conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		return NULL;
	}
	conn->number = ++conns->newest;
	conn->fd = -1;
	conns->list[conns->count++] = conn;
	return conn;
}

/* The list is in order of number. */
struct conn *conns_find(const struct conns *conns, uint64_t number)
{
	size_t low = 0;
	size_t high = conns->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (conns->list[middle]->number < number) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == conns->count || conns->list[low]->number != number ||
	    conns->list[low]->gone) {
		return NULL;
	}
	return conns->list[low];
}

size_t conns_count_key(const struct conns *conns, const struct id32 *key)
{
	size_t count = 0;
	for (size_t i = 0; i < conns->count; i++) {
		const struct conn *conn = conns->list[i];
		if (!conn->gone && !conn->dialled &&
		    id_equal(&conn->key, key)) {
			count++;
		}
	}
	return count;
}

static void drop_pending(struct conn *conn)
{
	while (conn->first != NULL) {
		struct conns_pending *next = conn->first->next;
		free(conn->first);
		conn->first = next;
	}
	conn->last = NULL;
	conn->pending_bytes = 0;
}

static void release(struct conn *conn)
{
	drop_pending(conn);
	if (conn->dialled) {
		zsock_unmonitor(conn->socket, conn->monitor);
		zsock_close(conn->socket);
	}
	free(conn);
}

void conns_sweep(struct conns *conns)
{
	size_t kept = 0;
	for (size_t i = 0; i < conns->count; i++) {
		if (conns->list[i]->gone) {
			release(conns->list[i]);
		} else {
			conns->list[kept++] = conns->list[i];
		}
	}
	conns->count = kept;
}

void conns_clear(struct conns *conns)
{
	for (size_t i = 0; i < conns->count; i++) {
		release(conns->list[i]);
	}
	free((void *)conns->list);
	memset(conns, 0, sizeof(*conns));
}

static enum sent try_part(void *socket, struct span bytes, int flags)
{
	if (zmq_send(socket, bytes.data, bytes.size, flags | ZMQ_DONTWAIT) >=
	    0) {
		return SENT;
	}
	return zmq_errno() == EAGAIN ? SENT_NOT_NOW : SENT_NEVER;
}

static enum sent try_send(struct conn *conn, struct span message)
{
	if (conn->socket == NULL) {
		return SENT_NOT_NOW;
	}
	if (!conn->dialled) {
		/* With ZMQ_ROUTER_MANDATORY only the first part can fail. */
		enum sent sent = try_part(conn->socket,
		    span_of(conn->route, conn->route_size), ZMQ_SNDMORE);
		if (sent != SENT) {
			return sent;
		}
	}
	return try_part(conn->socket, message, 0);
}

/* PROTOCOL.md M148: "A node MUST NOT keep more than 8 MiB waiting to be sent on
 * one connection; it closes the connection instead." */
static bool put_off(struct conn *conn, struct span message)
{
	if (message.size > CONNS_PENDING_BYTES - conn->pending_bytes) {
		return false;
	}
	struct conns_pending *item = malloc(sizeof(*item) + message.size);
	if (item == NULL) {
		return false;
	}
	item->next = NULL;
	item->size = message.size;
	if (message.size > 0) {
		memcpy(item->bytes, message.data, message.size);
	}
	if (conn->last == NULL) {
		conn->first = item;
	} else {
		conn->last->next = item;
	}
	conn->last = item;
	conn->pending_bytes += message.size;
	return true;
}

bool conns_flush(struct conn *conn)
{
	while (conn->first != NULL) {
		struct conns_pending *item = conn->first;
		enum sent sent =
		    try_send(conn, span_of(item->bytes, item->size));
		if (sent != SENT) {
			return sent == SENT_NOT_NOW;
		}
		conn->first = item->next;
		if (conn->first == NULL) {
			conn->last = NULL;
		}
		conn->pending_bytes -= item->size;
		free(item);
	}
	return true;
}

bool conns_send(struct conn *conn, struct span message)
{
	if (conn->gone) {
		return false;
	}
	if (conn->first == NULL) {
		enum sent sent = try_send(conn, message);
		if (sent != SENT_NOT_NOW) {
			return sent == SENT;
		}
	}
	return put_off(conn, message);
}
