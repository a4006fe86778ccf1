/*
 * strangers.c - connects to a node many times with throw-away keys, and says
 * how many handshakes were completed and how many refused.
 *
 * usage: strangers CARD ENDPOINT COUNT
 */
#define _POSIX_C_SOURCE 200809L

#include "base/fs.h"
#include "base/limits.h"
#include "keys/card.h"
#include "keys/curve.h"
#include "sync/zsock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { AT_ONCE = 200, SOCKETS = 4000, WAIT_MS = 10000 };

struct tally {
	int let_in;
	int turned_away;
	int silent;
};

struct stranger {
	void *socket;
	void *monitor;
};

static enum err come(void *context, const struct id32 *server,
    const char *endpoint, struct stranger *out)
{
	enum err err = zsock_new(context, ZMQ_DEALER, &out->socket);
	if (err == ERR_OK) {
		err = zsock_set(out->socket, ZMQ_RECONNECT_IVL, -1);
	}
	if (err == ERR_OK) {
		err = curve_arm_stranger(out->socket, server);
	}
	if (err == ERR_OK) {
		err = zsock_monitor(context, out->socket, &out->monitor);
	}
	if (err == ERR_OK && zmq_connect(out->socket, endpoint) != 0) {
		err = err_set(ERR_NET, "cannot connect");
	}
	if (err == ERR_OK) {
		(void)zmq_send(out->socket, "let me in", 9, ZMQ_DONTWAIT);
	}
	return err;
}

/* Until the handshake was completed, or refused in any way. */
static void see(struct stranger *stranger, struct tally *tally)
{
	struct zsock_event event;
	while (zsock_event_wait(stranger->monitor, WAIT_MS, &event)) {
		if (event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
			tally->let_in++;
			return;
		}
		if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ||
		    event.event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
		    event.event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
		    event.event == ZMQ_EVENT_DISCONNECTED ||
		    event.event == ZMQ_EVENT_CLOSED) {
			tally->turned_away++;
			return;
		}
	}
	tally->silent++;
}

static enum err crowd(void *context, const struct id32 *server,
    const char *endpoint, struct tally *tally)
{
	struct stranger strangers[AT_ONCE] = { { NULL, NULL } };
	enum err err = ERR_OK;
	for (size_t i = 0; i < AT_ONCE && err == ERR_OK; i++) {
		err = come(context, server, endpoint, &strangers[i]);
	}
	for (size_t i = 0; i < AT_ONCE && err == ERR_OK; i++) {
		see(&strangers[i], tally);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		if (strangers[i].socket != NULL) {
			zsock_unmonitor(
			    strangers[i].socket, strangers[i].monitor);
			zsock_close(strangers[i].socket);
		}
	}
	return err;
}

static enum err server_key(const char *path, struct id32 *out)
{
	struct buf text = { 0 };
	struct card card = { 0 };
	enum err err = fs_read(path, 4 * LIMIT_CARD_BYTES, &text);
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), &card);
	}
	if (err == ERR_OK) {
		memcpy(out, card.fields->transport_keys[0].data, sizeof(*out));
		card_clear(&card);
	}
	buf_clear(&text);
	return err;
}

int main(int argc, char **argv)
{
	struct id32 server;
	struct tally tally = { 0 };
	void *context = NULL;
	if (argc != 4) {
		fprintf(stderr, "usage: strangers CARD ENDPOINT COUNT\n");
		return 2;
	}
	long count = strtol(argv[3], NULL, 10);
	enum err err = keystore_process_init();
	if (err == ERR_OK) {
		err = server_key(argv[1], &server);
	}
	if (err == ERR_OK) {
		err = zsock_context(SOCKETS, &context);
	}
	for (long done = 0; done < count && err == ERR_OK; done += AT_ONCE) {
		err = crowd(context, &server, argv[2], &tally);
	}
	if (err != ERR_OK) {
		fprintf(stderr, "strangers: %s\n", err_text());
		return 1;
	}
	(void)zmq_ctx_term(context);
	printf("let in %d, turned away %d, silent %d\n", tally.let_in,
	    tally.turned_away, tally.silent);
	return 0;
}
