#include "sync/outbound.h"

#include "keys/curve.h"
#include "sync/zsock.h"

#include <zmq.h>

/* A fresh socket for each attempt, so that nothing queued for a dead session
 * reaches a new one. */
static enum err connect_to(struct outbound *out, struct conn *conn,
    const struct resolve_address *address)
{
	enum err err = zsock_new(out->zmq, ZMQ_DEALER, &conn->socket);
	if (err == ERR_OK) {
		err = zsock_set(conn->socket, ZMQ_RECONNECT_IVL, -1);
	}
	if (err == ERR_OK) {
		err = curve_arm_client(out->keystore, conn->socket, &conn->key);
	}
	if (err == ERR_OK) {
		err = zsock_monitor(out->zmq, conn->socket, &conn->monitor);
	}
	if (err == ERR_OK && zmq_connect(conn->socket, address->text) != 0) {
		err = err_set(ERR_NET, "cannot connect to %s: %s",
		    address->text, zmq_strerror(zmq_errno()));
	}
	return err;
}

/* PROTOCOL.md M147: "A node MUST hand libzmq numeric addresses only, and look
 * names up again for each attempt to connect." */
struct conn *outbound_dial(struct outbound *out, int64_t org,
    const struct id32 *key, const char *endpoint)
{
	struct resolve_address address;
	struct conn *conn = conns_add(out->conns);
	enum err err = ERR_OK;
	if (conn == NULL) {
		(void)err_set(ERR_MEM, "out of memory");
		return NULL;
	}
	conn->dialled = true;
	conn->key = *key;
	conn->org = org;
	if (resolve_numeric(endpoint, &address)) {
		err = connect_to(out, conn, &address);
	} else {
		struct resolve_question question = { .token = conn->number,
			.asker = org,
			.endpoint = endpoint };
		err = resolve_ask(out->resolve, &question);
	}
	if (err != ERR_OK) {
		conn->gone = true;
		return NULL;
	}
	return conn;
}

void outbound_resolved(struct outbound *out,
    void (*failed)(void *context, struct conn *conn, const char *reason),
    void *context)
{
	struct resolve_answer answer;
	while (resolve_next(out->resolve, &answer)) {
		struct conn *conn = conns_find(out->conns, answer.token);
		if (conn == NULL) {
			continue;
		}
		const char *reason = answer.reason;
		if (answer.found &&
		    connect_to(out, conn, &answer.address) != ERR_OK) {
			answer.found = false;
			reason = err_text();
		}
		if (!answer.found) {
			conn->gone = true;
			failed(context, conn, reason);
		}
	}
}

bool outbound_ended(const struct conn *conn, const char **why)
{
	struct zsock_event event;
	while (conn->monitor != NULL && zsock_event(conn->monitor, &event)) {
		switch (event.event) {
		case ZMQ_EVENT_CLOSED:
			*why = "cannot connect";
			return true;
		case ZMQ_EVENT_DISCONNECTED:
			*why = "the connection ended";
			return true;
		case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
			*why =
			    "it does not admit us: it has not added our card, "
			    "refuses us, or shares no group with us any more";
			return true;
		case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
		case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
			*why = "no secure connection: is its card current?";
			return true;
		default:
			break;
		}
	}
	return false;
}
