#define _POSIX_C_SOURCE 200809L

#include "sync/inbound.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "codec/text.h"
#include "keys/curve.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

enum { CUT_AFTER_MS = 100 };

/* One accepted descriptor. */
struct door {
	bool open;
	bool spoke;
	bool cutting;
	int64_t since_ms; /* accepted, or since when it is being cut */
	uint64_t number;  /* in the order in which they were accepted */
	struct conn *conn;
	struct sockaddr_storage from;
	socklen_t from_size;
};

struct inbound {
	struct inbound_options options;
	void *socket;
	void *monitor;
	struct door *doors; /* by descriptor */
	size_t door_count;
	size_t open_count;
	size_t silent_count; /* of is_silent */
	uint64_t newest;     /* number */
	int64_t now_ms;
};

/* One message with its origin. */
struct parcel {
	zmq_msg_t route;
	zmq_msg_t body;
	bool odd; /* not exactly two parts */
};

/* PROTOCOL.md M140: "A node MUST start its ZAP handler before its listening
 * socket, and make that socket a CURVE server before it is bound." */
static enum err arm(struct inbound *inbound)
{
	enum err err = zsock_set(inbound->socket, ZMQ_ROUTER_MANDATORY, 1);
	if (err == ERR_OK) {
		err = zsock_set(inbound->socket, ZMQ_ROUTER_HANDOVER, 0);
	}
	if (err == ERR_OK) {
		err = curve_arm_server(inbound->options.keystore,
		    inbound->socket, INBOUND_ZAP_DOMAIN);
	}
	return err;
}

enum err inbound_open(
    const struct inbound_options *options, struct inbound **out)
{
	struct inbound *inbound = calloc(1, sizeof(*inbound));
	if (inbound == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	inbound->options = *options;
	inbound->now_ms = clock_steady_ms(clock_system());
	enum err err = zsock_new(options->zmq, ZMQ_ROUTER, &inbound->socket);
	if (err == ERR_OK) {
		err = arm(inbound);
	}
	if (err == ERR_OK) {
		err = zsock_monitor(
		    options->zmq, inbound->socket, &inbound->monitor);
	}
	if (err != ERR_OK) {
		inbound_close(inbound);
		return err;
	}
	*out = inbound;
	return ERR_OK;
}

void inbound_close(struct inbound *inbound)
{
	if (inbound == NULL) {
		return;
	}
	zsock_unmonitor(inbound->socket, inbound->monitor);
	zsock_close(inbound->socket);
	free(inbound->doors);
	free(inbound);
}

enum err inbound_bind(struct inbound *inbound, const char *endpoint,
    struct zsock_address *address)
{
	if (zmq_bind(inbound->socket, endpoint) != 0) {
		int number = zmq_errno();
		return err_set(number == EADDRINUSE ? ERR_BUSY : ERR_NET,
		    "cannot listen on %s: %s", endpoint, zmq_strerror(number));
	}
	return zsock_last_endpoint(inbound->socket, address);
}

void *inbound_socket(const struct inbound *inbound)
{
	return inbound->socket;
}

void *inbound_monitor(const struct inbound *inbound)
{
	return inbound->monitor;
}

size_t inbound_open_count(const struct inbound *inbound)
{
	return inbound->open_count;
}

static struct door *door_at(struct inbound *inbound, int fd)
{
	if (fd < 0 || (size_t)fd >= inbound->door_count) {
		return NULL;
	}
	return &inbound->doors[fd];
}

static struct door *door_make(struct inbound *inbound, int fd)
{
	if (fd < 0) {
		return NULL;
	}
	if ((size_t)fd >= inbound->door_count) {
		size_t count = ((size_t)fd + 64) * 2;
		struct door *doors =
		    realloc(inbound->doors, count * sizeof(doors[0]));
		if (doors == NULL) {
			return NULL;
		}
		memset(doors + inbound->door_count, 0,
		    (count - inbound->door_count) * sizeof(doors[0]));
		inbound->doors = doors;
		inbound->door_count = count;
	}
	return &inbound->doors[fd];
}

/* The descriptor may have been closed and its number given to something else
 * meanwhile: only what still leads to the same address is shut down. */
static void shut(const struct door *door, int fd)
{
	struct sockaddr_storage now;
	socklen_t size = sizeof(now);
	memset(&now, 0, sizeof(now));
	if (getpeername(fd, (struct sockaddr *)&now, &size) == 0 &&
	    size == door->from_size && size <= sizeof(now) &&
	    memcmp(&now, &door->from, size) == 0) {
		(void)shutdown(fd, SHUT_RDWR);
	}
}

static bool is_silent(const struct door *door)
{
	return door->open && !door->spoke && !door->cutting;
}

static void forget(struct inbound *inbound, struct door *door)
{
	if (!door->open) {
		return;
	}
	inbound->open_count--;
	inbound->silent_count -= is_silent(door) ? 1u : 0u;
	struct conn *conn = door->conn;
	memset(door, 0, sizeof(*door));
	if (conn != NULL && !conn->gone) {
		conn->gone = true;
		inbound->options.host.closed(
		    inbound->options.host.context, conn);
	}
}

static void accepted(struct inbound *inbound, int fd)
{
	struct door *door = door_make(inbound, fd);
	if (door == NULL) {
		(void)shutdown(fd, SHUT_RDWR);
		return;
	}
	forget(inbound, door);
	door->open = true;
	door->since_ms = inbound->now_ms;
	door->number = ++inbound->newest;
	door->from_size = sizeof(door->from);
	if (getpeername(fd, (struct sockaddr *)&door->from, &door->from_size) !=
	    0) {
		door->from_size = 0;
	}
	inbound->open_count++;
	inbound->silent_count++;
}

static void drain_events(struct inbound *inbound)
{
	struct zsock_event event;
	while (zsock_event(inbound->monitor, &event)) {
		struct door *door = NULL;
		if (event.event == ZMQ_EVENT_ACCEPTED) {
			accepted(inbound, event.value);
		} else if (event.event == ZMQ_EVENT_DISCONNECTED) {
			door = door_at(inbound, event.value);
		}
		if (door != NULL) {
			forget(inbound, door);
		}
	}
}

/*
 * When too many are silent. Anybody can open connections without saying a word:
 * who does must not keep out those who come from elsewhere.
 */

/* A silent connection as a candidate for being cut. */
struct silent {
	uint64_t lot;
	uint64_t number;
	size_t fd;
	size_t rank; /* among those of its address, the newest is 1 */
	uint8_t address[16];
};

/* What counts as one address: of IPv6, the network, whose owner has more
 * addresses than there are connections. */
static void address_of(const struct door *door, uint8_t out[16])
{
	memset(out, 0, 16);
	if (door->from.ss_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, &door->from, sizeof(four));
		out[10] = 0xff;
		out[11] = 0xff;
		memcpy(out + 12, &four.sin_addr, 4);
	} else if (door->from.ss_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, &door->from, sizeof(six));
		bool four = IN6_IS_ADDR_V4MAPPED(&six.sin6_addr);
		memcpy(out, &six.sin6_addr, four ? 16 : 8);
	}
}

static int by_address(const void *left, const void *right)
{
	const struct silent *a = left;
	const struct silent *b = right;
	int order = memcmp(a->address, b->address, sizeof(a->address));
	if (order != 0) {
		return order;
	}
	return (a->number < b->number) - (a->number > b->number);
}

static int by_rank(const void *left, const void *right)
{
	const struct silent *a = left;
	const struct silent *b = right;
	if (a->rank != b->rank) {
		return a->rank < b->rank ? 1 : -1;
	}
	return (a->lot > b->lot) - (a->lot < b->lot);
}

static size_t list_silent(struct inbound *inbound, struct silent *list)
{
	size_t count = 0;
	/* A lot for each in one go; the rest is overwritten. */
	rng_fill(inbound->options.rng, list,
	    inbound->silent_count * sizeof(list[0]));
	for (size_t fd = 0;
	     fd < inbound->door_count && count < inbound->silent_count; fd++) {
		const struct door *door = &inbound->doors[fd];
		if (is_silent(door)) {
			list[count].number = door->number;
			list[count].fd = fd;
			address_of(door, list[count].address);
			count++;
		}
	}
	return count;
}

/* To take the oldest of the address with the most, again and again, is to take
 * those of the highest rank. */
static void trim(struct inbound *inbound)
{
	if (inbound->silent_count <= inbound->options.most_silent) {
		return;
	}
	size_t excess = inbound->silent_count - inbound->options.most_silent;
	struct silent *list = malloc(inbound->silent_count * sizeof(list[0]));
	if (list == NULL) {
		return; /* the next turn tries again */
	}
	size_t count = list_silent(inbound, list);
	qsort(list, count, sizeof(list[0]), by_address);
	for (size_t i = 0; i < count; i++) {
		bool same = i > 0 && memcmp(list[i - 1].address,
					 list[i].address, 16) == 0;
		list[i].rank = same ? list[i - 1].rank + 1 : 1;
	}
	qsort(list, count, sizeof(list[0]), by_rank);
	for (size_t i = 0; i < excess && i < count; i++) {
		struct door *door = &inbound->doors[list[i].fd];
		shut(door, (int)list[i].fd);
		door->cutting = true;
		door->since_ms = inbound->now_ms;
		inbound->silent_count--;
	}
	free(list);
}

/* A message of exactly two parts; all others are read to their end. */
static bool fetch(void *socket, struct parcel *out)
{
	(void)zmq_msg_init(&out->route);
	(void)zmq_msg_init(&out->body);
	out->odd = false;
	if (zmq_msg_recv(&out->route, socket, ZMQ_DONTWAIT) < 0) {
		return false;
	}
	if (!zmq_msg_more(&out->route)) {
		out->odd = true;
		return true;
	}
	if (zmq_msg_recv(&out->body, socket, ZMQ_DONTWAIT) < 0) {
		return false;
	}
	bool more = zmq_msg_more(&out->body) != 0;
	out->odd = more;
	while (more) {
		zmq_msg_t rest;
		(void)zmq_msg_init(&rest);
		more = zmq_msg_recv(&rest, socket, ZMQ_DONTWAIT) >= 0 &&
		       zmq_msg_more(&rest) != 0;
		(void)zmq_msg_close(&rest);
	}
	return true;
}

static struct conn *new_conn(
    struct inbound *inbound, struct parcel *parcel, int fd)
{
	size_t size = zmq_msg_size(&parcel->route);
	struct conn *conn = conns_add(inbound->options.conns);
	if (conn == NULL || size > sizeof(conn->route)) {
		if (conn != NULL) {
			conn->gone = true;
		}
		return NULL;
	}
	conn->fd = fd;
	conn->socket = inbound->socket;
	memcpy(conn->route, zmq_msg_data(&parcel->route), size);
	conn->route_size = size;
	return conn;
}

/* The connection a message belongs to. A descriptor that changes its routing
 * id has been given to another connection since. */
static struct conn *conn_of(
    struct inbound *inbound, struct door *door, struct parcel *parcel, int fd)
{
	struct span route =
	    span_of(zmq_msg_data(&parcel->route), zmq_msg_size(&parcel->route));
	struct conn *conn = door->conn;
	if (conn != NULL && !conn->gone &&
	    span_equal(route, span_of(conn->route, conn->route_size))) {
		return conn;
	}
	door->conn = NULL;
	if (conn != NULL && !conn->gone) {
		conn->gone = true;
		inbound->options.host.closed(
		    inbound->options.host.context, conn);
	}
	door->conn = new_conn(inbound, parcel, fd);
	return door->conn;
}

static bool user_key(zmq_msg_t *body, struct id32 *key)
{
	const char *user = zmq_msg_gets(body, "User-Id");
	return user != NULL && strlen(user) == 2 * sizeof(*key) &&
	       text_unhex(span_text(user), key, sizeof(*key)) == ERR_OK;
}

static void deliver(struct inbound *inbound, struct parcel *parcel)
{
	struct id32 key;
	/* Every part bears the connection's properties; a lone part is the
	 * route. */
	zmq_msg_t *part = zmq_msg_size(&parcel->body) > 0 || !parcel->odd
	                      ? &parcel->body
	                      : &parcel->route;
	int fd = zmq_msg_get(part, ZMQ_SRCFD);
	/* What was reported before this message was sent must be known. */
	drain_events(inbound);
	struct door *door = door_at(inbound, fd);
	if (door == NULL || !door->open || door->cutting) {
		return;
	}
	if (!door->spoke) {
		door->spoke = true;
		inbound->silent_count--;
	}
	struct conn *conn = NULL;
	if (!parcel->odd && user_key(part, &key)) {
		conn = conn_of(inbound, door, parcel, fd);
	}
	if (conn == NULL) {
		shut(door, fd);
		return;
	}
	conn->key = key;
	bool welcome = inbound->options.host.message(
	    inbound->options.host.context, conn,
	    span_of(zmq_msg_data(&parcel->body), zmq_msg_size(&parcel->body)));
	if (!welcome && !conn->gone) {
		shut(door, fd);
	}
}

size_t inbound_receive(struct inbound *inbound, size_t most)
{
	size_t count = 0;
	size_t bytes = 0;
	drain_events(inbound);
	trim(inbound);
	while (count < most && bytes < INBOUND_TURN_BYTES) {
		struct parcel parcel;
		bool got = fetch(inbound->socket, &parcel);
		if (got) {
			bytes += zmq_msg_size(&parcel.body);
			deliver(inbound, &parcel);
			count++;
		}
		(void)zmq_msg_close(&parcel.route);
		(void)zmq_msg_close(&parcel.body);
		if (!got) {
			break;
		}
	}
	return count;
}

/* PROTOCOL.md M145: "A node MUST cut an accepted connection that has brought no
 * message within 10 seconds." */
void inbound_tick(struct inbound *inbound, int64_t steady_ms)
{
	inbound->now_ms = steady_ms;
	drain_events(inbound);
	trim(inbound);
	for (size_t fd = 0; fd < inbound->door_count; fd++) {
		struct door *door = &inbound->doors[fd];
		if (!door->open) {
			continue;
		}
		int64_t age_ms = steady_ms - door->since_ms;
		if ((!door->spoke && age_ms >= INBOUND_SILENT_MS) ||
		    (door->cutting && age_ms >= CUT_AFTER_MS)) {
			shut(door, (int)fd);
		}
	}
}

void inbound_cut(struct inbound *inbound, struct conn *conn)
{
	struct door *door = door_at(inbound, conn->fd);
	conn->gone = true;
	if (door == NULL || door->conn != conn) {
		return;
	}
	door->conn = NULL;
	door->cutting = true;
	door->since_ms = inbound->now_ms;
}
