/*
 * hostile.c - plays an enrolled organisation that turned on its peers: it has
 * valid keys, completes the Hello, and then sends whatever it likes.
 *
 * usage: hostile flood HOME PASSPHRASE-FILE CARD
 *        hostile capture HOME PASSPHRASE-FILE CARD LEARN-CARD SECONDS
 *        hostile steal HOME PASSPHRASE-FILE CARD THEIR-CARD
 *
 * flood sends every kind of bad message to the node of CARD. capture learns of
 * a stream from the node of LEARN-CARD and then makes the node of CARD ask for
 * it, again and again, without ever giving anything. steal sends a card that
 * claims the transport key of THEIR-CARD.
 */
#define _POSIX_C_SOURCE 200809L

#include "foe.h"

#include "keys/secrets.h"

#include <stdlib.h>

enum {
	BOMB_BYTES = LIMIT_MESSAGE_BYTES - 1024,
	MANY = 1000,
	/* One more ends the session, and bars us for a while. */
	BELOW = (int)LIMIT_MALFORMED - 1
};

/*
 * Bad bytes.
 */

static void garbage(struct foe *foe)
{
	static const uint8_t bytes[64] = { 0xff, 0xff, 0xff, 0xff, 0xff };
	for (int i = 0; i < 2 * (int)LIMIT_MALFORMED; i++) {
		(void)send_raw(foe, bytes, sizeof(bytes));
	}
}

static void cut_short(struct foe *foe)
{
	uint8_t bytes[] = { 0x08, 0x01, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x42,
		0x7f };
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		(void)send_raw(foe, bytes, size);
	}
}

static void oversized(struct foe *foe)
{
	uint8_t *bytes = calloc(1, (size_t)LIMIT_MESSAGE_BYTES + 1);
	if (bytes != NULL) {
		(void)send_raw(foe, bytes, (size_t)LIMIT_MESSAGE_BYTES + 1);
	}
	free(bytes);
}

static void two_frames(struct foe *foe)
{
	(void)zmq_send(foe->socket, "a", 1, ZMQ_SNDMORE);
	(void)send_raw(foe, "b", 1);
}

/* A message of a submessage field and as many empty items in it as fit. */
static void bomb(struct foe *foe, uint8_t field, uint8_t item, int count)
{
	uint8_t *bytes = calloc(1, BOMB_BYTES);
	size_t at = 0;
	if (bytes == NULL) {
		return;
	}
	bytes[at++] = 0x08;
	bytes[at++] = 1;
	bytes[at++] = 0x11; /* from_session, little-endian */
	for (size_t i = 0; i < 8; i++) {
		bytes[at++] = (uint8_t)(foe->ours >> (8 * i));
	}
	bytes[at++] = 0x19;
	for (size_t i = 0; i < 8; i++) {
		bytes[at++] = (uint8_t)(foe->theirs >> (8 * i));
	}
	size_t left = BOMB_BYTES - at - 6;
	left -= left % 2;
	bytes[at++] = (uint8_t)(field << 3 | 2);
	for (int shift = 0; shift < 28; shift += 7) {
		bytes[at++] =
		    (uint8_t)(left >> shift & 0x7f) | (shift < 21 ? 0x80 : 0);
	}
	for (size_t end = at + left; at < end; at += 2) {
		bytes[at] = (uint8_t)(item << 3 | 2);
	}
	for (int i = 0; i < count && send_raw(foe, bytes, at); i++) {
	}
	free(bytes);
}

static void offer_bomb(struct foe *foe)
{
	bomb(foe, 13, 3, BELOW);
}

static void node_bomb(struct foe *foe)
{
	bomb(foe, 15, 5, BELOW);
}

static void record_bomb(struct foe *foe)
{
	bomb(foe, 15, 6, BELOW);
}

/*
 * Bad numbers.
 */

static void unknown_version(struct foe *foe)
{
	for (int i = 0; i < MANY; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		message.version = 2 + (uint32_t)i;
		(void)send_message(foe, &message);
	}
}

static void unknown_kind(struct foe *foe)
{
	for (int i = 0; i < MANY; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		(void)send_message(foe, &message);
	}
}

static void hello_again(struct foe *foe)
{
	uint64_t theirs = foe->theirs;
	for (int i = 0; i < MANY; i++) {
		foe->theirs = i % 2 == 0 ? 0 : theirs;
		(void)send_hello(foe, &foe->own.organisation);
	}
	foe->theirs = theirs;
}

static void hello_of_another(struct foe *foe)
{
	hang_up(foe);
	if (dial(foe, &foe->victim) == ERR_OK) {
		foe->theirs = 0;
		(void)send_hello(foe, &foe->victim.organisation);
	}
}

static void dead_numbers(struct foe *foe)
{
	Qsg__Ack ack = QSG__ACK__INIT;
	for (int i = 0; i < MANY; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		message.to_session = foe->theirs + 1 + (uint64_t)i;
		message.body_case = QSG__MESSAGE__BODY_ACK;
		message.ack = &ack;
		(void)send_message(foe, &message);
	}
}

/*
 * Bad Wants, offers and Acks.
 */

static void want(struct foe *foe, uint32_t request, uint64_t last, bool real)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Want body = QSG__WANT__INIT;
	struct id32 stream = foe->stream;
	stream.b[0] ^= real ? 0 : (uint8_t)request;
	body.author = bytes_of(foe->victim.organisation.b, 32);
	body.generation =
	    bytes_of(card_live_generation(&foe->victim)->generation.data, 8);
	body.stream = bytes_of(stream.b, 32);
	body.first = 1;
	body.last = last;
	body.head_size = request % 3 == 0 ? UINT64_MAX : 0;
	body.request = request;
	message.body_case = QSG__MESSAGE__BODY_WANT;
	message.want = &body;
	(void)send_message(foe, &message);
}

static void want_unknown(struct foe *foe)
{
	for (uint32_t i = 1; i <= MANY; i++) {
		want(foe, i, 65536, false);
	}
}

static void want_impossible(struct foe *foe)
{
	for (uint32_t i = 1; i <= BELOW; i++) {
		want(foe, i % 2, UINT64_MAX - i, true);
	}
}

/* All that there is, again and again, acknowledging nothing, reading nothing.
 */
static void want_everything(struct foe *foe)
{
	drain(foe, 500);
	for (uint32_t i = 1; i <= 5 * MANY; i++) {
		want(foe, i, 65536, true);
	}
}

static void advertise(
    struct foe *foe, uint32_t page, uint64_t cursor, size_t count)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise body = QSG__ADVERTISE__INIT;
	/* NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI) */
	Qsg__Offer *offers = calloc(count, sizeof(*offers));
	Qsg__Offer **list = calloc(count, sizeof(*list));
	struct id32 *streams = calloc(count, sizeof(*streams));
	for (size_t i = 0; i < count && offers && list && streams; i++) {
		Qsg__Offer *offer = list[i] = &offers[i];
		qsg__offer__init(offer);
		bytes_put_u64(streams[i].b, page * 1000ULL + i + 1);
		offer->author = foe->own.fields->organisation;
		offer->generation = card_live_generation(&foe->own)->generation;
		offer->stream = bytes_of(streams[i].b, 32);
		offer->record = bytes_of(streams[i].b, 32);
		offer->number = UINT64_MAX >> (page % 30);
		body.n_offers++;
	}
	body.offers = list;
	body.page = page;
	body.cursor = cursor;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &body;
	(void)send_message(foe, &message);
	free(streams);
	free(list);
	free(offers);
}

static void offers_of_nothing(struct foe *foe)
{
	for (uint32_t i = 1; i <= 200; i++) {
		advertise(foe, i, i % 2 == 0 ? 0 : i, 512);
	}
}

static void too_many_offers(struct foe *foe)
{
	for (uint32_t i = 1; i <= 20; i++) {
		advertise(foe, i, 0, 5000);
	}
}

static void last_cursor(struct foe *foe)
{
	advertise(foe, UINT32_MAX - 1, UINT64_MAX, 0);
	advertise(foe, UINT32_MAX, UINT64_MAX, 1);
}

static void absurd_acks(struct foe *foe)
{
	for (uint64_t i = 0; i < MANY; i++) {
		Qsg__Ack ack = QSG__ACK__INIT;
		ack.page = (uint32_t)(UINT32_MAX - i);
		ack.cursor = UINT64_MAX - i;
		ack.credit = UINT64_MAX;
		ack.received = UINT64_MAX - i;
		(void)send_ack(foe, &ack);
	}
}

/* The cursor back to nothing, each time. */
static void cursor_games(struct foe *foe)
{
	for (uint64_t i = 0; i < 5 * MANY; i++) {
		Qsg__Ack ack = QSG__ACK__INIT;
		ack.page = (uint32_t)(i % 8);
		ack.cursor = i % 2 == 0 ? 0 : 1;
		ack.credit = LIMIT_CREDIT_BYTES;
		(void)send_ack(foe, &ack);
	}
}

/*
 * Bad records, heads and cards.
 */

/* Records of no bytes at all, which use no credit, in a message as large as
 * may be. */
static void records_of_nothing(struct foe *foe)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records body = QSG__RECORDS__INIT;
	Qsg__Record record = QSG__RECORD__INIT;
	Qsg__Record *list[] = { &record };
	size_t size = BOMB_BYTES - 4096;
	uint8_t *note = calloc(1, size);
	if (note == NULL) {
		return;
	}
	body.author = foe->own.fields->organisation;
	body.generation = card_live_generation(&foe->own)->generation;
	body.stream = bytes_of(foe->stream.b, 32);
	body.records = list;
	body.n_records = 1;
	body.checkpoint = bytes_of(note, size);
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &body;
	for (int i = 0; i < 200; i++) {
		note[i] = 1;
		(void)send_message(foe, &message);
	}
	free(note);
}

/* Somebody else's, made up. */
static void records_of_others(struct foe *foe)
{
	uint8_t header[302] = { 1 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records body = QSG__RECORDS__INIT;
	Qsg__Record record = QSG__RECORD__INIT;
	Qsg__Record *list[] = { &record };
	memcpy(header + 1, foe->author.b, 32);
	memcpy(header + 33, foe->generation, 8);
	memcpy(header + 41, foe->stream.b, 32);
	header[80] = 1;
	header[113] = 1;
	record.index = LIMIT_TREE_SIZE - 1;
	record.header = bytes_of(header, sizeof(header));
	body.author = bytes_of(foe->author.b, 32);
	body.generation = bytes_of(foe->generation, 8);
	body.stream = bytes_of(foe->stream.b, 32);
	body.checkpoint = bytes_of(header, sizeof(header));
	body.records = list;
	body.n_records = 1;
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &body;
	for (int i = 0; i < 200; i++) {
		record.index = UINT64_MAX - (uint64_t)i;
		(void)send_message(foe, &message);
	}
}

static void heads(struct foe *foe)
{
	uint64_t sizes[17] = { UINT64_MAX, LIMIT_TREE_SIZE, 1 };
	for (size_t i = 0; i <= 17; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		Qsg__HeadWant body = QSG__HEAD_WANT__INIT;
		body.author = bytes_of(foe->victim.organisation.b, 32);
		body.generation =
		    card_live_generation(&foe->victim)->generation;
		body.sizes = sizes;
		body.n_sizes = i;
		message.body_case = QSG__MESSAGE__BODY_HEAD_WANT;
		message.head_want = &body;
		(void)send_message(foe, &message);
		Qsg__Head head = QSG__HEAD__INIT;
		head.author = bytes_of(foe->author.b, i < 9 ? 32 : i);
		message.body_case = QSG__MESSAGE__BODY_HEAD;
		message.head = &head;
		(void)send_message(foe, &message);
	}
}

static void throttles(struct foe *foe)
{
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is the attack */
	static char reason[] = "\xe2\x80\xae\x1b[2Jqsg: all is well";
	static const char *const codes[] = { "no-session", "busy", "\x1b[31m",
		"not-held", "unknown-stream", "over-credit", "a\nb" };
	for (int i = 0; i < MANY; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		Qsg__Throttle throttle;
		qsg__throttle__init(&throttle);
		struct id32 author = foe->own.organisation;
		author.b[0] ^= (uint8_t)i;
		throttle.author = bytes_of(author.b, 32);
		throttle.retry_after_ms = UINT64_MAX;
		throttle.reason = reason;
		message.body_case = QSG__MESSAGE__BODY_THROTTLE;
		message.throttle = &throttle;
		(void)send_message(foe, &message);
		Qsg__Refuse refuse;
		qsg__refuse__init(&refuse);
		refuse.code = canon_lend(codes[i % 7]);
		refuse.reason = reason;
		refuse.request = (uint32_t)i;
		message.body_case = QSG__MESSAGE__BODY_REFUSE;
		message.refuse = &refuse;
		(void)send_message(foe, &message);
	}
}

/*
 * Cards.
 */

/* What would honestly be one, signed: label and bytes. */
static enum err sign_card(
    const struct foe *foe, const Qsg__Card *card, struct buf *out)
{
	uint8_t label[64];
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	struct buf bytes = { 0 };
	struct buf text = { 0 };
	Qsg__SignedCard whole = QSG__SIGNED_CARD__INIT;
	size_t size = secrets_label("qsg/card/v1", label);
	enum err err = canon_encode(&card->base, &bytes);
	if (err == ERR_OK) {
		err = buf_append(&text, span_of(label, size));
	}
	if (err == ERR_OK) {
		err = buf_append(&text, buf_span(&bytes));
	}
	if (err == ERR_OK) {
		err = keystore_sign_card(
		    foe->keystore, buf_span(&text), signature);
	}
	if (err == ERR_OK) {
		whole.card = bytes_of(bytes.data, bytes.size);
		whole.signature = bytes_of(signature, sizeof(signature));
		err = canon_encode(&whole.base, out);
	}
	buf_clear(&bytes);
	buf_clear(&text);
	return err;
}

static void send_card(struct foe *foe, const Qsg__Card *card)
{
	struct buf bytes = { 0 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__CardMessage body = QSG__CARD_MESSAGE__INIT;
	if (sign_card(foe, card, &bytes) == ERR_OK) {
		body.signed_card = bytes_of(bytes.data, bytes.size);
		message.body_case = QSG__MESSAGE__BODY_CARD;
		message.card = &body;
		(void)send_message(foe, &message);
	}
	buf_clear(&bytes);
}

/* Invisible characters, a second card of one version, an old one, and more new
 * ones than a day may bring, all claiming to be somebody else. */
static void cards(struct foe *foe)
{
	Qsg__Card card = *foe->own.fields;
	/* NOLINTNEXTLINE(misc-misleading-bidirectional): it is the attack */
	card.name = canon_lend("NHS \xe2\x80\xae Barnet \x1b[2J");
	card.version = foe->own.fields->version + 1;
	send_card(foe, &card);
	card.name = foe->victim.fields->name;
	card.code = foe->victim.fields->code;
	card.version = foe->own.fields->version;
	send_card(foe, &card);
	card.version = 0;
	send_card(foe, &card);
	for (uint64_t i = 1; i < 100; i++) {
		card.version = foe->own.fields->version + i;
		send_card(foe, &card);
	}
}

/*
 * The whole programme.
 */

static const struct {
	const char *name;
	void (*act)(struct foe *foe);
} acts[] = {
	{ "cut short", cut_short },
	{ "oversized", oversized },
	{ "two frames", two_frames },
	{ "a million offers", offer_bomb },
	{ "a million proof nodes", node_bomb },
	{ "a million records", record_bomb },
	{ "unknown version", unknown_version },
	{ "unknown kind", unknown_kind },
	{ "Hello again", hello_again },
	{ "Hello of another", hello_of_another },
	{ "dead session numbers", dead_numbers },
	{ "Wants of unknown streams", want_unknown },
	{ "Wants of impossible ranges", want_impossible },
	{ "Wants of everything, unread", want_everything },
	{ "offers of nothing", offers_of_nothing },
	{ "too many offers", too_many_offers },
	{ "the last cursor", last_cursor },
	{ "absurd acknowledgements", absurd_acks },
	{ "cursors back and forth", cursor_games },
	{ "records of no bytes", records_of_nothing },
	{ "records of others", records_of_others },
	{ "heads", heads },
	{ "Throttle and Refuse", throttles },
	{ "cards", cards },
	{ "garbage", garbage },
	{ "garbage again, once heard again", garbage },
};

static enum err flood(struct foe *foe)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		int64_t begun = now_ms();
		enum err err = meet(foe, &foe->victim);
		if (err != ERR_OK) {
			return err_wrap(err, "%s", acts[i].name);
		}
		foe->sent = foe->refused = 0;
		acts[i].act(foe);
		drain(foe, 300);
		printf("%s: %zu sent, %zu refused, %lld ms\n", acts[i].name,
		    foe->sent, foe->refused, (long long)(now_ms() - begun));
		(void)fflush(stdout);
		hang_up(foe);
	}
	return ERR_OK;
}

static void offer_stream(struct foe *foe, uint32_t page)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise body = QSG__ADVERTISE__INIT;
	Qsg__Offer offer = QSG__OFFER__INIT;
	Qsg__Offer *list[] = { &offer };
	offer.author = bytes_of(foe->author.b, 32);
	offer.generation = bytes_of(foe->generation, 8);
	offer.stream = bytes_of(foe->stream.b, 32);
	offer.record = bytes_of(foe->record.b, 32);
	offer.number = foe->number + 1000;
	body.page = page;
	body.offers = list;
	body.n_offers = 1;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &body;
	(void)send_message(foe, &message);
}

static void tell(const char *what)
{
	printf("%s\n", what);
	(void)fflush(stdout);
}

/* A co-reader that always has more of a stream than anybody, and never gives
 * it; it hangs up whenever that might help. */
static enum err capture(struct foe *foe, const struct card *learn, long seconds)
{
	uint32_t page = 0;
	enum err err = meet(foe, learn);
	if (err != ERR_OK) {
		return err;
	}
	drain(foe, 1000);
	hang_up(foe);
	if (!foe->offered) {
		return err_set(ERR_NOTFOUND, "no stream was offered to us");
	}
	tell("learnt");
	err = meet(foe, &foe->victim);
	bool told = false;
	int64_t until = now_ms() + seconds * 1000;
	while (err == ERR_OK && now_ms() < until) {
		offer_stream(foe, ++page);
		drain(foe, 100);
		if (foe->asked && !told) {
			tell("asked");
			told = true;
		}
		if (page % 200 == 0) {
			hang_up(foe);
			err = meet(foe, &foe->victim);
		}
	}
	hang_up(foe);
	return err;
}

static enum err steal(struct foe *foe, const struct card *theirs)
{
	ProtobufCBinaryData keys[2] = { theirs->fields->transport_keys[0],
		foe->own.fields->transport_keys[0] };
	Qsg__Card card = *foe->own.fields;
	enum err err = meet(foe, &foe->victim);
	if (err == ERR_OK) {
		card.version++;
		card.transport_keys = keys;
		card.n_transport_keys = 2;
		send_card(foe, &card);
		drain(foe, 500);
		printf("%zu refused\n", foe->refused);
		hang_up(foe);
	}
	return err;
}

int main(int argc, char **argv)
{
	struct foe foe = { 0 };
	struct card other = { 0 };
	if (argc < 5) {
		fprintf(stderr,
		    "usage: hostile flood|capture|steal HOME PASSPHRASE-FILE "
		    "CARD [OTHER-CARD [SECONDS]]\n");
		return 2;
	}
	enum err err = begin(&foe, argv);
	if (err == ERR_OK && argc > 5) {
		err = read_card(argv[5], &other);
	}
	if (err == ERR_OK && strcmp(argv[1], "capture") == 0 && argc > 6) {
		err = capture(&foe, &other, strtol(argv[6], NULL, 10));
	} else if (err == ERR_OK && strcmp(argv[1], "steal") == 0 && argc > 5) {
		err = steal(&foe, &other);
	} else if (err == ERR_OK) {
		err = flood(&foe);
	}
	if (err != ERR_OK) {
		fprintf(stderr, "hostile: %s\n", err_text());
		return 1;
	}
	card_clear(&other);
	card_clear(&foe.own);
	card_clear(&foe.victim);
	keystore_close(foe.keystore);
	(void)zmq_ctx_term(foe.context);
	return 0;
}
