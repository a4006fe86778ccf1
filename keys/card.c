#define _GNU_SOURCE
#include "keys/card.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "keys/card_check.h"
#include "keys/secrets.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 32 };

static enum err refuse(const char *what)
{
	return err_set(ERR_FORMAT, "card: %s", what);
}

/*
 * Signature.
 */

/* What an identity key signs: the label and the card's bytes. */
static enum err signed_message(struct span card, struct buf *out)
{
	uint8_t label[64];
	size_t size = secrets_label("qsg/card/v1", label);
	enum err err = buf_append(out, span_of(label, size));
	return err == ERR_OK ? buf_append(out, card) : err;
}

/* PROTOCOL.md M5: "A card MUST be taken only when the signature of the identity
 * key it names verifies over its label and bytes as received." */
static enum err check_signature(
    struct span card, const Qsg__SignedCard *signed_card, const uint8_t *key)
{
	struct buf message = { 0 };
	if (signed_card->signature.len != KEYSTORE_SIGNATURE_BYTES) {
		return refuse("a signature of the wrong size");
	}
	enum err err = signed_message(card, &message);
	if (err == ERR_OK &&
	    crypto_sign_verify_detached(signed_card->signature.data,
		message.data, message.size, key) != 0) {
		err = err_set(ERR_VERIFY, "card: the signature is wrong");
	}
	buf_clear(&message);
	return err;
}

/* PROTOCOL.md M13: "A card of a format higher than 1 MUST be reported as such
 * and leave the card in force as it is." The format is the first field of any
 * card for ever. */
static enum err check_format(struct span card)
{
	if (card.size >= 2 && card.data[0] == 0x08 && card.data[1] > 1) {
		return err_set(ERR_VERSION, "a card of a newer format");
	}
	return ERR_OK;
}

static enum err digest(struct span card, struct id32 *out)
{
	crypto_generichash_state state;
	uint8_t label[64];
	size_t size = secrets_label("qsg/card-digest/v1", label);
	int failed = crypto_generichash_init(&state, NULL, 0, sizeof(out->b));
	failed |= crypto_generichash_update(&state, label, size);
	failed |= crypto_generichash_update(&state, card.data, card.size);
	failed |= crypto_generichash_final(&state, out->b, sizeof(out->b));
	return failed == 0 ? ERR_OK : err_set(ERR_CRYPTO, "cannot hash a card");
}

/* PROTOCOL.md M6: "A card MUST be refused unless it is the canonical encoding
 * of its fields." */
static enum err decode(struct span card, Qsg__Card **out)
{
	ProtobufCMessage *message = NULL;
	enum err err = check_format(card);
	if (err == ERR_OK) {
		err = canon_decode(
		    &qsg__card__descriptor, card, LIMIT_CARD_BYTES, &message);
	}
	if (err == ERR_OK) {
		*out = (Qsg__Card *)message;
	}
	return err;
}

/* Fill out from bytes whose signature and fields are checked, if at all, by
 * the caller. */
static enum err load(
    struct span bytes, const Qsg__SignedCard *signed_card, struct card *out)
{
	struct span card =
	    span_of(signed_card->card.data, signed_card->card.len);
	enum err err = decode(card, &out->fields);
	if (err == ERR_OK && out->fields->organisation.len != KEY_BYTES) {
		err = refuse("the organisation id is not 32 bytes");
	}
	if (err == ERR_OK) {
		memcpy(out->organisation.b, out->fields->organisation.data,
		    KEY_BYTES);
		err = digest(card, &out->digest);
	}
	return err == ERR_OK ? buf_append(&out->signed_bytes, bytes) : err;
}

static enum err parse(struct span bytes, bool check, struct card *out)
{
	ProtobufCMessage *message = NULL;
	memset(out, 0, sizeof(*out));
	enum err err = canon_decode(
	    &qsg__signed_card__descriptor, bytes, LIMIT_CARD_BYTES, &message);
	if (err != ERR_OK) {
		return err;
	}
	const Qsg__SignedCard *signed_card = (const Qsg__SignedCard *)message;
	err = load(bytes, signed_card, out);
	if (err == ERR_OK && check) {
		err = check_signature(
		    span_of(signed_card->card.data, signed_card->card.len),
		    signed_card, out->organisation.b);
	}
	if (err == ERR_OK && check) {
		err = card_check_fields(out->fields);
	}
	if (err != ERR_OK) {
		card_clear(out);
	}
	canon_free(message);
	return err;
}

enum err card_parse(struct span signed_bytes, struct card *out)
{
	return parse(signed_bytes, true, out);
}

enum err card_copy(const struct card *card, struct card *out)
{
	return parse(buf_span(&card->signed_bytes), false, out);
}

void card_clear(struct card *card)
{
	if (card->fields != NULL) {
		canon_free(&card->fields->base);
	}
	buf_clear(&card->signed_bytes);
	memset(card, 0, sizeof(*card));
}

enum err card_read(struct span text, struct card *out)
{
	static const char begin[] = "-----BEGIN ";
	struct buf bytes = { 0 };
	memset(out, 0, sizeof(*out));
	if (text.size == 0 ||
	    memmem(text.data, text.size, begin, sizeof(begin) - 1) == NULL) {
		return card_parse(text, out);
	}
	enum err err =
	    text_unarmour(CARD_ARMOUR, text, LIMIT_CARD_BYTES, &bytes);
	if (err == ERR_OK) {
		err = card_parse(buf_span(&bytes), out);
	}
	buf_clear(&bytes);
	return err;
}

enum err card_armour(const struct card *card, struct buf *out)
{
	struct fingerprint print = text_fingerprint(&card->organisation);
	enum err err =
	    buf_printf(out, "# %s\n# %s\n", card->fields->name, print.text);
	return err == ERR_OK ? text_armour(CARD_ARMOUR,
				   buf_span(&card->signed_bytes), out)
	                     : err;
}

/*
 * Making.
 */

/* protobuf-c wants pointers to mutable bytes, also to encode. */
static uint8_t *loose(const void *data)
{
	union {
		const void *in;
		uint8_t *out;
	} pointer = { .in = data };
	return pointer.out;
}

static ProtobufCBinaryData key_of(const struct id32 *key)
{
	return (ProtobufCBinaryData){ .len = KEY_BYTES, .data = loose(key->b) };
}

/* A message and all its lists. */
struct draft {
	Qsg__Card card;
	Qsg__LogGeneration logs[LIMIT_GENERATIONS];
	Qsg__LogGeneration *log_list[LIMIT_GENERATIONS];
	Qsg__SealingKey sealing[LIMIT_SEALING_KEYS];
	Qsg__SealingKey *sealing_list[LIMIT_SEALING_KEYS];
	ProtobufCBinaryData transport;
	char *endpoints[LIMIT_ENDPOINTS];
	uint32_t version;
};

static void fill_keys(const struct keystore_public *public, struct draft *draft)
{
	for (size_t i = 0; i < public->log_count; i++) {
		Qsg__LogGeneration *log = &draft->logs[i];
		qsg__log_generation__init(log);
		log->generation.data = loose(public->logs[i].generation.b);
		log->generation.len = sizeof(struct generation);
		log->log_key = key_of(&public->logs[i].key);
		draft->log_list[i] = log;
	}
	draft->card.generations = draft->log_list;
	draft->card.n_generations = public->log_count;
	for (size_t i = 0; i < public->sealing_count; i++) {
		Qsg__SealingKey *sealing = &draft->sealing[i];
		qsg__sealing_key__init(sealing);
		sealing->epoch = public->sealing[i].epoch;
		sealing->key = key_of(&public->sealing[i].key);
		draft->sealing_list[i] = sealing;
	}
	draft->card.sealing_keys = draft->sealing_list;
	draft->card.n_sealing_keys = public->sealing_count;
	draft->transport = key_of(&public->transport);
	draft->card.transport_keys = &draft->transport;
	draft->card.n_transport_keys = 1;
	draft->card.cosigning_key = key_of(&public->cosigning);
	draft->card.organisation = key_of(&public->organisation);
}

static void fill_profile(
    const struct card_profile *profile, struct draft *draft)
{
	Qsg__Card *card = &draft->card;
	if (profile->generations != NULL) {
		for (size_t i = 0; i < profile->generation_count; i++) {
			draft->log_list[i] = profile->generations[i];
		}
		card->n_generations = profile->generation_count;
	}
	card->format = CARD_FORMAT;
	card->version = profile->version;
	card->name = (char *)loose(profile->name);
	card->code = (char *)loose(profile->code);
	card->kind = (char *)loose(profile->kind);
	for (size_t i = 0; i < profile->endpoint_count; i++) {
		draft->endpoints[i] = (char *)loose(profile->endpoints[i]);
	}
	card->endpoints = draft->endpoints;
	card->n_endpoints = profile->endpoint_count;
	draft->version = 1;
	card->record_versions = &draft->version;
	card->n_record_versions = 1;
	card->session_versions = &draft->version;
	card->n_session_versions = 1;
}

static enum err sign_draft(
    const struct keystore *keystore, const struct draft *draft, struct buf *out)
{
	struct buf bytes = { 0 };
	struct buf message = { 0 };
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	Qsg__SignedCard signed_card = QSG__SIGNED_CARD__INIT;
	enum err err = canon_encode(&draft->card.base, &bytes);
	if (err == ERR_OK) {
		err = signed_message(buf_span(&bytes), &message);
	}
	if (err == ERR_OK) {
		err =
		    keystore_sign_card(keystore, buf_span(&message), signature);
	}
	if (err == ERR_OK) {
		signed_card.card.data = bytes.data;
		signed_card.card.len = bytes.size;
		signed_card.signature.data = signature;
		signed_card.signature.len = sizeof(signature);
		err = canon_encode(&signed_card.base, out);
	}
	buf_clear(&bytes);
	buf_clear(&message);
	return err;
}

enum err card_make(const struct keystore *keystore,
    const struct card_profile *profile, struct card *out)
{
	struct draft draft;
	struct buf bytes = { 0 };
	memset(out, 0, sizeof(*out));
	if (profile->endpoint_count > LIMIT_ENDPOINTS) {
		return err_set(
		    ERR_INPUT, "card: at most %u endpoints", LIMIT_ENDPOINTS);
	}
	if (profile->generation_count > LIMIT_GENERATIONS) {
		return err_set(ERR_LIMIT, "card: at most %u log generations",
		    LIMIT_GENERATIONS);
	}
	qsg__card__init(&draft.card);
	fill_keys(keystore_public(keystore), &draft);
	fill_profile(profile, &draft);
	/* Nothing is signed that a reader would refuse. */
	enum err err = card_check_fields(&draft.card);
	if (err == ERR_FORMAT || err == ERR_LIMIT) {
		err = err_wrap(ERR_INPUT, "this organisation's own");
	}
	if (err == ERR_OK) {
		err = sign_draft(keystore, &draft, &bytes);
	}
	if (err == ERR_OK) {
		err = card_parse(buf_span(&bytes), out);
	}
	buf_clear(&bytes);
	return err;
}

/*
 * Questions.
 */

/* PROTOCOL.md M3: "A card whose version is lower than that of the card in force
 * MUST be refused, and two different cards of one version MUST be taken as
 * evidence against their author." */
enum card_order card_compare(const struct card *held, const struct card *seen)
{
	if (seen->fields->version < held->fields->version) {
		return CARD_OLDER;
	}
	if (seen->fields->version > held->fields->version) {
		return CARD_NEWER;
	}
	return id_equal(&held->digest, &seen->digest) ? CARD_SAME
	                                              : CARD_CONFLICT;
}

bool card_claims_differ(const struct card *a, const struct card *b)
{
	return strcmp(a->fields->name, b->fields->name) != 0 ||
	       strcmp(a->fields->code, b->fields->code) != 0 ||
	       strcmp(a->fields->kind, b->fields->kind) != 0;
}

const Qsg__LogGeneration *card_generation(
    const struct card *card, const struct generation *generation)
{
	for (size_t i = 0; i < card->fields->n_generations; i++) {
		const Qsg__LogGeneration *log = card->fields->generations[i];
		if (memcmp(log->generation.data, generation->b,
			sizeof(generation->b)) == 0) {
			return log;
		}
	}
	return NULL;
}

const Qsg__LogGeneration *card_live_generation(const struct card *card)
{
	return card->fields->generations[card->fields->n_generations - 1];
}

const Qsg__SealingKey *card_sealing(const struct card *card)
{
	return card->fields->sealing_keys[card->fields->n_sealing_keys - 1];
}

bool card_has_transport(const struct card *card, const struct id32 *key)
{
	for (size_t i = 0; i < card->fields->n_transport_keys; i++) {
		if (memcmp(card->fields->transport_keys[i].data, key->b,
			KEY_BYTES) == 0) {
			return true;
		}
	}
	return false;
}
