#define _POSIX_C_SOURCE 200809L

#include "sync/zap.h"

#include "base/clock.h"
#include "base/queue.h"
#include "codec/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
	FRAMES = 7, /* of a CURVE request */
	FRAME_BYTES = 256,
	MINUTE_MS = 60000,
	ORDERS = 16,
};

/* Who is admitted, as sent to the thread; sorted. */
struct guest {
	struct id32 key;
	int64_t window_ms; /* when the minute under way began */
	unsigned int count;
};

struct guests {
	bool stop; /* the last order */
	size_t count;
	struct guest list[];
};

struct zap {
	pthread_t thread;
	struct queue *orders;
	void *socket; /* the thread's, once it runs */
	char domain[64];
	struct guests *guests; /* the thread's */
};

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t size;
};

struct request {
	struct frame frames[FRAMES];
	size_t count;
	bool odd; /* too many frames, or one too long */
};

static bool receive(void *socket, struct request *out)
{
	int more = 1;
	memset(out, 0, sizeof(*out));
	while (more != 0) {
		struct frame spare;
		bool room = out->count < FRAMES;
		struct frame *frame = room ? &out->frames[out->count] : &spare;
		int size =
		    zmq_recv(socket, frame->bytes, FRAME_BYTES, ZMQ_DONTWAIT);
		if (size < 0) {
			return false;
		}
		out->odd = out->odd || !room || size > FRAME_BYTES;
		frame->size = size > FRAME_BYTES ? FRAME_BYTES : (size_t)size;
		out->count += room ? 1u : 0u;
		size_t width = sizeof(more);
		if (zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &width) != 0) {
			return false;
		}
	}
	return true;
}

static struct span frame_span(const struct request *request, size_t at)
{
	return span_of(request->frames[at].bytes, request->frames[at].size);
}

/* PROTOCOL.md M143: "The ZAP handler MUST refuse a key more than 60 handshakes
 * in a minute." */
static bool within_rate(struct guest *guest)
{
	int64_t now_ms = clock_steady_ms(clock_system());
	if (now_ms - guest->window_ms >= MINUTE_MS) {
		guest->window_ms = now_ms;
		guest->count = 0;
	}
	if (guest->count >= ZAP_HANDSHAKES_PER_MINUTE) {
		return false;
	}
	guest->count++;
	return true;
}

/* A guest begins with its key, so that id_compare orders guests. */
static struct guest *find(const struct guests *guests, struct span key)
{
	if (guests == NULL || key.size != sizeof(struct id32)) {
		return NULL;
	}
	return bsearch(key.data, guests->list, guests->count,
	    sizeof(guests->list[0]), id_compare);
}

/* PROTOCOL.md M142: "The ZAP handler MUST admit only the transport keys of
 * cards in force, by CURVE, in its own domain." */
static struct guest *admitted(struct zap *zap, const struct request *request)
{
	if (request->odd || request->count != FRAMES ||
	    !span_equal(frame_span(request, 0), span_text("1.0")) ||
	    !span_equal(frame_span(request, 2), span_text(zap->domain)) ||
	    !span_equal(frame_span(request, 5), span_text("CURVE"))) {
		return NULL;
	}
	struct guest *guest = find(zap->guests, frame_span(request, 6));
	return guest != NULL && within_rate(guest) ? guest : NULL;
}

static void send_frame(void *socket, struct span bytes, bool last)
{
	/* A client that went away meanwhile is no concern of ours. */
	(void)zmq_send(socket,
	    bytes.data == NULL ? (const void *)"" : bytes.data, bytes.size,
	    last ? ZMQ_DONTWAIT : ZMQ_DONTWAIT | ZMQ_SNDMORE);
}

static void answer(struct zap *zap)
{
	struct request request;
	if (!receive(zap->socket, &request)) {
		return;
	}
	const struct guest *guest = admitted(zap, &request);
	struct hex32 name = { .text = "" };
	if (guest != NULL) {
		name = text_hex_id(&guest->key);
	}
	send_frame(zap->socket, span_text("1.0"), false);
	send_frame(zap->socket, frame_span(&request, 1), false);
	send_frame(
	    zap->socket, span_text(guest == NULL ? "400" : "200"), false);
	send_frame(zap->socket,
	    span_text(guest == NULL ? "not enrolled here" : "OK"), false);
	send_frame(zap->socket, span_text(name.text), false);
	send_frame(zap->socket, span_text(NULL), true);
}

/* A new list keeps the counts of those who stay. False: the last order. */
static bool take_orders(struct zap *zap)
{
	struct guests *next = NULL;
	while ((next = queue_receive(zap->orders)) != NULL) {
		if (next->stop) {
			free(next);
			return false;
		}
		for (size_t i = 0; i < next->count; i++) {
			const struct guest *known =
			    find(zap->guests, span_id(&next->list[i].key));
			if (known != NULL) {
				next->list[i] = *known;
			}
		}
		free(zap->guests);
		zap->guests = next;
	}
	return true;
}

static void *run(void *argument)
{
	struct zap *zap = argument;
	zmq_pollitem_t items[] = {
		{ .socket = zap->socket, .events = ZMQ_POLLIN },
		{ .fd = queue_fd(zap->orders), .events = ZMQ_POLLIN },
	};
	for (;;) {
		if (zmq_poll(items, 2, -1) < 0) {
			if (zmq_errno() == ETERM) {
				break;
			}
			continue;
		}
		if (items[1].revents != 0 && !take_orders(zap)) {
			break;
		}
		if (items[0].revents != 0) {
			answer(zap);
		}
	}
	(void)zmq_close(zap->socket);
	return NULL;
}

static void release(struct zap *zap)
{
	queue_free(zap->orders, free);
	free(zap->guests);
	free(zap);
}

/* The socket is handed to the thread by pthread_create, which orders memory as
 * libzmq asks for. */
static enum err launch(struct zap *zap, void *context)
{
	zap->socket = zmq_socket(context, ZMQ_REP);
	int linger = 0;
	if (zap->socket == NULL ||
	    zmq_setsockopt(zap->socket, ZMQ_LINGER, &linger, sizeof(linger)) !=
		0 ||
	    zmq_bind(zap->socket, "inproc://zeromq.zap.01") != 0) {
		enum err err =
		    err_set(ERR_NET, "cannot start the handshake handler: %s",
			zmq_strerror(zmq_errno()));
		if (zap->socket != NULL) {
			(void)zmq_close(zap->socket);
		}
		return err;
	}
	if (pthread_create(&zap->thread, NULL, run, zap) != 0) {
		(void)zmq_close(zap->socket);
		return err_set(ERR_MEM, "cannot start a thread");
	}
	return ERR_OK;
}

enum err zap_start(void *context, const char *domain, struct zap **out)
{
	struct zap *zap = calloc(1, sizeof(*zap));
	if (zap == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	(void)snprintf(zap->domain, sizeof(zap->domain), "%s", domain);
	enum err err = queue_new(ORDERS, &zap->orders);
	if (err != ERR_OK) {
		free(zap);
		return err;
	}
	err = launch(zap, context);
	if (err != ERR_OK) {
		release(zap);
		return err;
	}
	*out = zap;
	return ERR_OK;
}

static struct guests *new_guests(size_t count)
{
	struct guests *guests =
	    calloc(1, sizeof(*guests) + count * sizeof(guests->list[0]));
	if (guests != NULL) {
		guests->count = count;
	}
	return guests;
}

static enum err order(struct zap *zap, struct guests *guests)
{
	enum err err = queue_send(zap->orders, guests);
	if (err != ERR_OK) {
		free(guests);
	}
	return err;
}

enum err zap_admit(struct zap *zap, const struct id32 *keys, size_t count)
{
	struct guests *guests = new_guests(count);
	if (guests == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		guests->list[i].key = keys[i];
	}
	qsort(guests->list, count, sizeof(guests->list[0]), id_compare);
	return order(zap, guests);
}

void zap_stop(struct zap *zap)
{
	if (zap == NULL) {
		return;
	}
	struct guests *last = new_guests(0);
	if (last == NULL) {
		/* Without memory for the order: leave the thread to the end of
		 * the process. */
		return;
	}
	last->stop = true;
	if (order(zap, last) == ERR_OK) {
		(void)pthread_join(zap->thread, NULL);
		release(zap);
	}
}
