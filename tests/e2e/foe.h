/*
 * foe.h - the connections of hostile.c: an enrolled organisation's keys, a
 * session made with them, and whatever is sent over it. For one program, which
 * includes it whole.
 */
#ifndef QSG_TEST_FOE_H
#define QSG_TEST_FOE_H

#include "base/clock.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "keys/card.h"
#include "keys/curve.h"
#include "sync/zsock.h"

#include "session.pb-c.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum {
	SOCKETS = 256,
	ANSWER_MS = 3000,
	TRIES = 40,
	PAUSE_MS = 2000,
	SEND_MS = 2000
};

struct foe {
	void *context;
	struct keystore *keystore;
	struct card own;
	struct card victim;
	void *socket;
	uint64_t ours;
	uint64_t theirs;
	struct id32 stream; /* the newest that was offered to us */
	struct id32 record;
	struct id32 author;
	uint8_t generation[8];
	uint64_t number;
	bool offered;
	bool asked; /* for that stream, by whoever is at the other end */
	size_t sent;
	size_t refused; /* Refuse messages heard */
};

static void nap(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };
	(void)nanosleep(&time, NULL);
}

static int64_t now_ms(void)
{
	return clock_steady_ms(clock_system());
}

static ProtobufCBinaryData bytes_of(const void *data, size_t size)
{
	union {
		const void *in;
		uint8_t *out;
	} pointer = { .in = data };
	return (ProtobufCBinaryData){ .len = size, .data = pointer.out };
}

/*
 * Sending.
 */

static bool send_raw(struct foe *foe, const void *data, size_t size)
{
	if (zmq_send(foe->socket, data, size, 0) < 0) {
		return false; /* nobody takes it any more */
	}
	foe->sent++;
	return true;
}

static bool send_message(struct foe *foe, Qsg__Message *message)
{
	struct buf bytes = { 0 };
	message->version = message->version == 0 ? 1 : message->version;
	message->from_session = foe->ours;
	if (message->to_session == 0) {
		message->to_session = foe->theirs;
	}
	bool sent = canon_encode(&message->base, &bytes) == ERR_OK &&
	            send_raw(foe, bytes.data, bytes.size);
	buf_clear(&bytes);
	return sent;
}

static bool send_hello(struct foe *foe, const struct id32 *as)
{
	static const uint8_t incarnation[16] = { 6, 6, 6 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Hello hello = QSG__HELLO__INIT;
	hello.lowest_version = hello.highest_version = 1;
	hello.organisation = bytes_of(as->b, sizeof(as->b));
	hello.card_version = foe->own.fields->version;
	hello.your_card_version = UINT64_MAX;
	hello.incarnation = bytes_of(incarnation, sizeof(incarnation));
	message.body_case = QSG__MESSAGE__BODY_HELLO;
	message.hello = &hello;
	return send_message(foe, &message);
}

static bool send_ack(struct foe *foe, const Qsg__Ack *like)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Ack ack = *like;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	return send_message(foe, &message);
}

/*
 * Hearing.
 */

static void hear_offers(struct foe *foe, const Qsg__Advertise *page)
{
	for (size_t i = 0; i < page->n_offers; i++) {
		const Qsg__Offer *offer = page->offers[i];
		memcpy(foe->author.b, offer->author.data, 32);
		memcpy(foe->generation, offer->generation.data, 8);
		memcpy(foe->stream.b, offer->stream.data, 32);
		memcpy(foe->record.b, offer->record.data, 32);
		foe->number = offer->number;
		foe->offered = true;
	}
}

static void hear(struct foe *foe, struct span bytes)
{
	ProtobufCMessage *decoded = NULL;
	if (canon_decode_message(&qsg__message__descriptor, bytes,
		LIMIT_MESSAGE_BYTES, &decoded) != ERR_OK) {
		return;
	}
	const Qsg__Message *message = (const Qsg__Message *)decoded;
	if (message->body_case == QSG__MESSAGE__BODY_HELLO) {
		foe->theirs = message->from_session;
	} else if (message->body_case == QSG__MESSAGE__BODY_ADVERTISE) {
		hear_offers(foe, message->advertise);
	} else if (message->body_case == QSG__MESSAGE__BODY_WANT) {
		const ProtobufCBinaryData *stream = &message->want->stream;
		foe->asked =
		    foe->asked || (stream->len == sizeof(foe->stream.b) &&
				      memcmp(stream->data, foe->stream.b,
					  sizeof(foe->stream.b)) == 0);
	} else if (message->body_case == QSG__MESSAGE__BODY_REFUSE) {
		foe->refused++;
	}
	canon_free(decoded);
}

/* Read what comes until nothing has for so long. */
static void drain(struct foe *foe, int quiet_ms)
{
	zmq_pollitem_t item = { .socket = foe->socket, .events = ZMQ_POLLIN };
	while (zmq_poll(&item, 1, quiet_ms) > 0) {
		zmq_msg_t message;
		(void)zmq_msg_init(&message);
		if (zmq_msg_recv(&message, foe->socket, ZMQ_DONTWAIT) >= 0) {
			hear(foe, span_of(zmq_msg_data(&message),
				      zmq_msg_size(&message)));
		}
		(void)zmq_msg_close(&message);
	}
}

/*
 * Connections.
 */

static enum err dial(struct foe *foe, const struct card *to)
{
	struct id32 server;
	memcpy(&server, to->fields->transport_keys[0].data, sizeof(server));
	enum err err = zsock_new(foe->context, ZMQ_DEALER, &foe->socket);
	if (err == ERR_OK) {
		err = zsock_set(foe->socket, ZMQ_SNDTIMEO, SEND_MS);
	}
	if (err == ERR_OK) {
		err = curve_arm_client(foe->keystore, foe->socket, &server);
	}
	if (err == ERR_OK &&
	    zmq_connect(foe->socket, to->fields->endpoints[0]) != 0) {
		err = err_set(ERR_NET, "cannot connect");
	}
	return err;
}

static void hang_up(struct foe *foe)
{
	zsock_close(foe->socket);
	foe->socket = NULL;
}

/* A session, established. Handshakes are rationed, so try for a while. */
static enum err meet(struct foe *foe, const struct card *to)
{
	for (int i = 0; i < TRIES; i++) {
		enum err err = dial(foe, to);
		if (err != ERR_OK) {
			return err;
		}
		foe->ours = (uint64_t)now_ms() * 1000 + (uint64_t)i + 1;
		foe->theirs = 0;
		(void)send_hello(foe, &foe->own.organisation);
		int64_t until = now_ms() + ANSWER_MS;
		while (foe->theirs == 0 && now_ms() < until) {
			drain(foe, 50);
		}
		if (foe->theirs != 0) {
			Qsg__Ack ack = QSG__ACK__INIT;
			ack.credit = UINT64_MAX;
			(void)send_ack(foe, &ack);
			return ERR_OK;
		}
		hang_up(foe);
		nap(PAUSE_MS);
	}
	return err_set(ERR_NET, "no session");
}

/*
 * Beginning.
 */

static enum err read_card(const char *path, struct card *out)
{
	struct buf text = { 0 };
	enum err err = fs_read(path, 4 * LIMIT_CARD_BYTES, &text);
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), out);
	}
	buf_clear(&text);
	return err;
}

static enum err begin(struct foe *foe, char **argv)
{
	struct passphrase *words = NULL;
	struct buf text = { 0 };
	struct buf path = { 0 };
	enum err err = keystore_process_init();
	if (err == ERR_OK) {
		err = fs_read(argv[3], LIMIT_PASSPHRASE_BYTES, &text);
	}
	if (err == ERR_OK) {
		err = keystore_passphrase(text.data, text.size, &words);
	}
	if (err == ERR_OK) {
		err = fs_join(argv[2], "keys", &path);
	}
	if (err == ERR_OK) {
		err = keystore_open(buf_text(&path), words, &foe->keystore);
	}
	if (err == ERR_OK) {
		err = fs_join(argv[2], "card.pub", &path);
	}
	if (err == ERR_OK) {
		err = read_card(buf_text(&path), &foe->own);
	}
	if (err == ERR_OK) {
		err = read_card(argv[4], &foe->victim);
	}
	if (err == ERR_OK) {
		err = zsock_context(SOCKETS, &foe->context);
	}
	passphrase_free(words);
	buf_clear(&text);
	buf_clear(&path);
	return err;
}

#endif
