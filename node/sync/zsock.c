#define _POSIX_C_SOURCE 200809L

#include "sync/zsock.h"

#include "base/limits.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum {
	QUEUE_MESSAGES = 32, /* each way, a connection */
	HANDSHAKE_MS = 3000,
	HEARTBEAT_MS = 5000,
	HEARTBEAT_TIMEOUT_MS = 15000,
	/* Long enough for a last Refuse to leave. */
	LINGER_MS = 100,
};

static enum err failed(const char *what)
{
	return err_set(ERR_NET, "%s: %s", what, zmq_strerror(zmq_errno()));
}

enum err zsock_context(int sockets, void **out)
{
	void *context = zmq_ctx_new();
	if (context == NULL) {
		return failed("cannot start ZeroMQ");
	}
	if (zmq_ctx_set(context, ZMQ_MAX_SOCKETS, sockets) != 0 ||
	    zmq_ctx_set(context, ZMQ_BLOCKY, 0) != 0) {
		enum err err = failed("cannot configure ZeroMQ");
		(void)zmq_ctx_term(context);
		return err;
	}
	*out = context;
	return ERR_OK;
}

enum err zsock_set(void *socket, int option, int value)
{
	if (zmq_setsockopt(socket, option, &value, sizeof(value)) != 0) {
		return failed("cannot configure a socket");
	}
	return ERR_OK;
}

static enum err set_limits(void *socket)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		{ ZMQ_LINGER, LINGER_MS },
		{ ZMQ_SNDHWM, QUEUE_MESSAGES },
		{ ZMQ_RCVHWM, QUEUE_MESSAGES },
		{ ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS },
		{ ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS },
		{ ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS },
		{ ZMQ_HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS },
		{ ZMQ_IPV6, 1 },
		{ ZMQ_TCP_KEEPALIVE, 1 },
		{ ZMQ_TCP_KEEPALIVE_IDLE, 60 },
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		enum err err =
		    zsock_set(socket, options[i].option, options[i].value);
		if (err != ERR_OK) {
			return err;
		}
	}
	int64_t most = LIMIT_MESSAGE_BYTES;
	if (zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof(most)) != 0) {
		return failed("cannot configure a socket");
	}
	return ERR_OK;
}

enum err zsock_new(void *context, int type, void **out)
{
	void *socket = zmq_socket(context, type);
	if (socket == NULL) {
		return failed("cannot make a socket");
	}
	enum err err = set_limits(socket);
	if (err != ERR_OK) {
		zsock_close(socket);
		return err;
	}
	*out = socket;
	return ERR_OK;
}

void zsock_close(void *socket)
{
	if (socket != NULL) {
		(void)zmq_close(socket);
	}
}

enum err zsock_monitor(void *context, void *socket, void **monitor)
{
	static atomic_uint next = 1;
	char name[64];
	(void)snprintf(name, sizeof(name), "inproc://monitor-%u",
	    atomic_fetch_add(&next, 1u));
	if (zmq_socket_monitor(socket, name, ZMQ_EVENT_ALL) != 0) {
		return failed("cannot watch a socket");
	}
	void *pair = zmq_socket(context, ZMQ_PAIR);
	/* Without a limit: the thread that reports events must never wait for
	 * the one that reads them. */
	if (pair == NULL || zsock_set(pair, ZMQ_RCVHWM, 0) != ERR_OK ||
	    zsock_set(pair, ZMQ_LINGER, 0) != ERR_OK ||
	    zmq_connect(pair, name) != 0) {
		enum err err = failed("cannot watch a socket");
		zsock_unmonitor(socket, pair);
		return err;
	}
	*monitor = pair;
	return ERR_OK;
}

void zsock_unmonitor(void *socket, void *monitor)
{
	if (socket != NULL) {
		(void)zmq_socket_monitor(socket, NULL, 0);
	}
	zsock_close(monitor);
}

bool zsock_event(void *monitor, struct zsock_event *out)
{
	uint8_t frame[6];
	char address[300];
	int size = zmq_recv(monitor, frame, sizeof(frame), ZMQ_DONTWAIT);
	if (size != (int)sizeof(frame)) {
		return false;
	}
	(void)zmq_recv(monitor, address, sizeof(address), ZMQ_DONTWAIT);
	uint16_t event = 0;
	int32_t value = 0;
	memcpy(&event, frame, sizeof(event));
	memcpy(&value, frame + sizeof(event), sizeof(value));
	out->event = event;
	out->value = value;
	return true;
}

bool zsock_event_wait(void *monitor, int timeout_ms, struct zsock_event *out)
{
	zmq_pollitem_t item = { .socket = monitor, .events = ZMQ_POLLIN };
	if (zsock_event(monitor, out)) {
		return true;
	}
	return zmq_poll(&item, 1, timeout_ms) > 0 && zsock_event(monitor, out);
}

/* An IPv4 address as a socket for both families tells it. */
static void unmap(struct zsock_address *address)
{
	static const char mapped[] = "tcp://[::ffff:";
	size_t prefix = sizeof(mapped) - 1;
	char *close = strchr(address->text, ']');
	if (strncmp(address->text, mapped, prefix) != 0 || close == NULL ||
	    memchr(address->text + prefix, '.',
		(size_t)(close - address->text) - prefix) == NULL) {
		return;
	}
	size_t host = (size_t)(close - address->text) - prefix;
	char *to = address->text + strlen("tcp://");
	memmove(to, address->text + prefix, host);
	memmove(to + host, close + 1, strlen(close + 1) + 1);
}

enum err zsock_last_endpoint(void *socket, struct zsock_address *out)
{
	size_t size = sizeof(out->text);
	if (zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, out->text, &size) != 0) {
		return failed("cannot tell a socket's address");
	}
	unmap(out);
	return ERR_OK;
}
