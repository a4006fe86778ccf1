#define _POSIX_C_SOURCE 200809L

#include "sync/link.h"

#include "base/log.h"
#include "sync/gate.h"
#include "sync/inbound.h"
#include "sync/outbound.h"
#include "sync/stranger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <zmq.h>

enum {
	SOCKETS = 4 * LIMIT_PEERS,
	MESSAGES_A_TURN = 64, /* then what is staged gets committed */
	TICK_MS = 100,
	FLUSH_MS = 5,
	RESOLVE_MS = 10000,
	ADDRESSES = LIMIT_ENDPOINTS,
	LEAST_FILES = 256,
	MOST_SILENT = 2048,
};

struct link {
	struct node *node;
	void *zmq;
	struct gate gate;
	struct inbound *inbound;
	struct outbound outbound;
	struct conns conns;
	struct peering *peering;
	struct peering_host host;
	struct zsock_address bound[ADDRESSES];
	size_t bound_count;
	int64_t ticked_ms;
	bool more; /* something is left to be received */
	zmq_pollitem_t *items;
	size_t item_capacity;
};

static int64_t now_ms(const struct link *link)
{
	return clock_steady_ms(node_clock(link->node));
}

static void note_problem(
    struct link *link, const struct conn *conn, const char *text)
{
	struct peer *peer = peers_get(link->node, conn->org);
	if (peer == NULL) {
		peer = peers_by_transport(link->node, &conn->key);
	}
	if (peer != NULL && !peer->connected) {
		(void)snprintf(
		    peer->unreachable, sizeof(peer->unreachable), "%s", text);
		peer->unreachable_ms = clock_wall_ms(node_clock(link->node));
	}
}

/* Tell peering that a connection ended, unless it ended it itself. */
static void report(struct link *link, struct conn *conn)
{
	if (link->peering != NULL && !conn->reported) {
		conn->reported = true;
		peering_closed(link->peering, conn->number);
	}
}

/*
 * What peering asks for.
 */

static bool host_send(void *context, uint64_t number, struct span message)
{
	struct link *link = context;
	struct conn *conn = conns_find(&link->conns, number);
	return conn != NULL && conns_send(conn, message);
}

static void host_cut(void *context, uint64_t number)
{
	struct link *link = context;
	struct conn *conn = conns_find(&link->conns, number);
	if (conn == NULL) {
		return;
	}
	conn->reported = true;
	if (conn->dialled) {
		conn->gone = true;
	} else {
		inbound_cut(link->inbound, conn);
	}
}

static uint64_t host_dial(
    void *context, const struct peer *peer, const char *endpoint)
{
	struct link *link = context;
	struct id32 key;
	const Qsg__Card *card = peers_keys(peer)->fields;
	if (card == NULL || card->n_transport_keys == 0 ||
	    card->transport_keys[0].len != sizeof(key)) {
		return 0;
	}
	memcpy(&key, card->transport_keys[0].data, sizeof(key));
	struct conn *conn =
	    outbound_dial(&link->outbound, peer->org, &key, endpoint);
	if (conn == NULL) {
		struct conn none = { .org = peer->org };
		note_problem(link, &none, err_text());
		return 0;
	}
	return conn->number;
}

/*
 * What comes in.
 */

static bool pass_on(struct link *link, struct conn *conn, struct span message)
{
	struct peer *peer = gate_sender(&link->gate, conn, message);
	if (peer == NULL || peer->org == 1) {
		return false;
	}
	if (link->peering != NULL) {
		peering_receive(
		    link->peering, conn->number, peer->org, message);
	}
	return true;
}

/* PROTOCOL.md M149: "A node MUST NOT keep more than eight accepted connections
 * of one peer." */
static bool in_message(void *context, struct conn *conn, struct span message)
{
	struct link *link = context;
	if (conns_count_key(&link->conns, &conn->key) > CONNS_PER_PEER) {
		note_problem(link, conn, "it opens too many connections");
		return false;
	}
	return pass_on(link, conn, message);
}

static void in_closed(void *context, struct conn *conn)
{
	report(context, conn);
}

static void failed_to_resolve(
    void *context, struct conn *conn, const char *reason)
{
	struct link *link = context;
	note_problem(link, conn, reason);
	report(link, conn);
}

static void end(struct link *link, struct conn *conn, const char *why)
{
	note_problem(link, conn, why);
	conn->gone = true;
	report(link, conn);
}

/* False once the connection has been cut or its messages are used up. */
static bool out_message(struct link *link, struct conn *conn, size_t *bytes)
{
	zmq_msg_t message;
	(void)zmq_msg_init(&message);
	bool got = zmq_msg_recv(&message, conn->socket, ZMQ_DONTWAIT) >= 0;
	*bytes += got ? zmq_msg_size(&message) : 0;
	if (got &&
	    (zmq_msg_more(&message) ||
		!pass_on(link, conn,
		    span_of(zmq_msg_data(&message), zmq_msg_size(&message))))) {
		end(link, conn, "it broke the transport's rules");
	}
	(void)zmq_msg_close(&message);
	return got && !conn->gone;
}

static void receive_dialled(struct link *link, struct conn *conn)
{
	const char *why = NULL;
	size_t count = 0;
	size_t bytes = 0;
	if (conn->socket == NULL) {
		return;
	}
	while (count < MESSAGES_A_TURN && bytes < INBOUND_TURN_BYTES &&
	       out_message(link, conn, &bytes)) {
		count++;
	}
	if (count == MESSAGES_A_TURN || bytes >= INBOUND_TURN_BYTES) {
		link->more = true;
	} else if (!conn->gone && outbound_ended(conn, &why)) {
		end(link, conn, why);
	}
}

static void flush(struct link *link, struct conn *conn)
{
	if (conn->first != NULL && !conns_flush(conn)) {
		if (conn->dialled) {
			conn->gone = true;
		} else {
			inbound_cut(link->inbound, conn);
		}
		report(link, conn);
	}
}

bool link_run(struct link *link)
{
	int64_t now = now_ms(link);
	link->more =
	    inbound_receive(link->inbound, MESSAGES_A_TURN) == MESSAGES_A_TURN;
	outbound_resolved(&link->outbound, failed_to_resolve, link);
	/* Dialling while we are here adds at the end. */
	for (size_t i = 0; i < link->conns.count; i++) {
		struct conn *conn = link->conns.list[i];
		if (!conn->gone && conn->dialled) {
			receive_dialled(link, conn);
		}
		if (!conn->gone) {
			flush(link, conn);
		}
	}
	if (now - link->ticked_ms >= TICK_MS) {
		link->ticked_ms = now;
		inbound_tick(link->inbound, now);
	}
	conns_sweep(&link->conns);
	return link->more;
}

/*
 * Waiting.
 */

static bool make_room(struct link *link, size_t count)
{
	if (count <= link->item_capacity) {
		return true;
	}
	zmq_pollitem_t *items =
	    realloc(link->items, 2 * count * sizeof(items[0]));
	if (items == NULL) {
		return false;
	}
	link->items = items;
	link->item_capacity = 2 * count;
	return true;
}

static size_t add_item(struct link *link, size_t at, void *socket, int fd)
{
	link->items[at] = (zmq_pollitem_t){
		.socket = socket, .fd = fd, .events = ZMQ_POLLIN
	};
	return at + 1;
}

void link_wait(struct link *link, const int *fds, size_t count, int timeout_ms)
{
	size_t used = 0;
	if (link->more || !make_room(link, count + 3 + 2 * link->conns.count)) {
		timeout_ms = 0;
	}
	if (link->item_capacity < count + 3 + 2 * link->conns.count) {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		used = add_item(link, used, NULL, fds[i]);
	}
	used = add_item(link, used, inbound_socket(link->inbound), 0);
	used = add_item(link, used, inbound_monitor(link->inbound), 0);
	used = add_item(link, used, NULL, resolve_fd(link->outbound.resolve));
	for (size_t i = 0; i < link->conns.count; i++) {
		const struct conn *conn = link->conns.list[i];
		if (conn->dialled && conn->socket != NULL) {
			used = add_item(link, used, conn->socket, 0);
			used = add_item(link, used, conn->monitor, 0);
		}
		if (conn->first != NULL && conn->socket != NULL &&
		    timeout_ms > FLUSH_MS) {
			timeout_ms = FLUSH_MS;
		}
	}
	(void)zmq_poll(link->items, (int)used, timeout_ms);
}

enum err link_admit(struct link *link)
{
	return gate_admit(&link->gate);
}

size_t link_accepted(const struct link *link)
{
	return inbound_open_count(link->inbound);
}

/*
 * Starting.
 */

/* Strangers take a descriptor each for a while: have as many as we may. */
static size_t raise_files(void)
{
	struct rlimit limit = { 0 };
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return LEAST_FILES;
	}
	rlim_t wanted = limit.rlim_max > 65536 ? 65536 : limit.rlim_max;
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
			log_line(LOG_WARN, "link",
			    "cannot raise the limit of open files");
			(void)getrlimit(RLIMIT_NOFILE, &limit);
		}
	}
	return (size_t)limit.rlim_cur;
}

static void describe_host(struct link *link)
{
	link->host = (struct peering_host){ .context = link,
		.send = host_send,
		.dial = host_dial,
		.cut = host_cut };
}

/* PROTOCOL.md M146: "A node MUST seed the generator of routing ids from a
 * cryptographic source before it makes its first socket, and leave handover
 * off." */
static void seed_routing_ids(struct link *link)
{
	unsigned int seed = 0;
	rng_fill(node_rng(link->node), &seed, sizeof(seed));
	srand(seed);
}

static enum err start(struct link *link)
{
	size_t files = raise_files();
	size_t silent = files / 4 < MOST_SILENT ? files / 4 : MOST_SILENT;
	seed_routing_ids(link);
	enum err err = zsock_context(SOCKETS, &link->zmq);
	if (err == ERR_OK) {
		err = gate_open(&link->gate, link->zmq, INBOUND_ZAP_DOMAIN);
	}
	if (err == ERR_OK) {
		struct resolve_options options = { .clock =
						       node_clock(link->node) };
		err = resolve_start(&options, &link->outbound.resolve);
	}
	if (err != ERR_OK) {
		return err;
	}
	link->outbound.zmq = link->zmq;
	link->outbound.keystore = node_keystore(link->node);
	link->outbound.conns = &link->conns;
	struct inbound_options options = {
		.zmq = link->zmq,
		.keystore = node_keystore(link->node),
		.conns = &link->conns,
		.host = { .context = link,
		    .message = in_message,
		    .closed = in_closed },
		.rng = node_rng(link->node),
		.most_silent = silent,
	};
	return inbound_open(&options, &link->inbound);
}

enum err link_open(struct node *node, struct link **out)
{
	struct link *link = calloc(1, sizeof(*link));
	if (link == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	link->node = node;
	link->gate.node = node;
	describe_host(link);
	enum err err = start(link);
	if (err == ERR_OK) {
		err = link_admit(link);
	}
	if (err != ERR_OK) {
		link_close(link);
		return err;
	}
	*out = link;
	return ERR_OK;
}

void link_close(struct link *link)
{
	if (link == NULL) {
		return;
	}
	link->peering = NULL;
	inbound_close(link->inbound);
	conns_clear(&link->conns);
	resolve_stop(link->outbound.resolve);
	gate_close(&link->gate);
	if (link->zmq != NULL) {
		(void)zmq_ctx_term(link->zmq);
	}
	free(link->items);
	free(link);
}

const struct peering_host *link_host(const struct link *link)
{
	return &link->host;
}

void link_attach(struct link *link, struct peering *peering)
{
	link->peering = peering;
}

/* A number that is one, or * for any that is free. libzmq would listen on 34463
 * when told 99999. */
static bool listenable_port(const char *endpoint)
{
	const char *colon = strrchr(endpoint, ':');
	if (colon == NULL) {
		return false;
	}
	size_t digits = strspn(colon + 1, "0123456789");
	return strcmp(colon, ":*") == 0 ||
	       (digits >= 1 && digits <= 5 && colon[1 + digits] == '\0' &&
		   strtoul(colon + 1, NULL, 10) <= UINT16_MAX);
}

/* The host of an endpoint to listen on, as libzmq takes it: nothing that it
 * would have to look up. */
static enum err listen_address(
    struct link *link, const char *endpoint, struct resolve_address *out)
{
	if (strncmp(endpoint, "tcp://", 6) != 0 || !listenable_port(endpoint)) {
		return err_set(ERR_INPUT,
		    "an endpoint is tcp://HOST:PORT, its port at most 65535, "
		    "not %s",
		    endpoint);
	}
	if (strncmp(endpoint, "tcp://*:", 8) == 0 && strlen(endpoint) < 16) {
		(void)snprintf(out->text, sizeof(out->text), "%s", endpoint);
		return ERR_OK;
	}
	if (resolve_numeric(endpoint, out)) {
		return ERR_OK;
	}
	struct resolve_question question = { .endpoint = endpoint };
	enum err err = resolve_ask(link->outbound.resolve, &question);
	if (err != ERR_OK) {
		return err_wrap(err, "cannot listen on %s", endpoint);
	}
	zmq_pollitem_t item = { .fd = resolve_fd(link->outbound.resolve),
		.events = ZMQ_POLLIN };
	struct resolve_answer answer = { 0 };
	if (zmq_poll(&item, 1, RESOLVE_MS) <= 0 ||
	    !resolve_next(link->outbound.resolve, &answer) || !answer.found) {
		return err_set(ERR_NET, "cannot listen on %s: %s", endpoint,
		    answer.reason[0] == '\0' ? "nobody knows its address"
					     : answer.reason);
	}
	*out = answer.address;
	return ERR_OK;
}

enum err link_bind(
    struct link *link, const char *endpoint, struct zsock_address *address)
{
	struct resolve_address numeric;
	if (link->bound_count == ADDRESSES) {
		return err_set(
		    ERR_LIMIT, "at most %d addresses to listen on", ADDRESSES);
	}
	enum err err = listen_address(link, endpoint, &numeric);
	if (err == ERR_OK) {
		err = inbound_bind(link->inbound, numeric.text, address);
	}
	if (err != ERR_OK) {
		return err;
	}
	link->bound[link->bound_count++] = *address;
	/* A name stays a name: it is what others can look up again. */
	if (card_endpoint_valid(span_text(endpoint))) {
		(void)snprintf(
		    address->text, sizeof(address->text), "%s", endpoint);
	}
	return ERR_OK;
}

/*
 * The proof that strangers stay out.
 */

static void meanwhile(void *context)
{
	struct link *link = context;
	(void)inbound_receive(link->inbound, MESSAGES_A_TURN);
}

/* PROTOCOL.md M141: "A node MUST prove at start, on every address it listens
 * on, that a stranger is turned away, and stop if it cannot." */
enum err link_prove(struct link *link)
{
	struct stranger_door door = {
		.zmq = link->zmq,
		.server =
		    &keystore_public(node_keystore(link->node))->transport,
		.meanwhile = meanwhile,
		.context = link,
	};
	for (size_t i = 0; i < link->bound_count; i++) {
		door.address = link->bound[i].text;
		enum err err = stranger_knock(&door);
		if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

#ifdef QSG_TEST
void link_kill_zap(struct link *link)
{
	gate_close(&link->gate);
}
#endif
