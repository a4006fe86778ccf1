#include "keys/card_check.h"

#include "codec/text.h"
#include "codec/utf8.h"
#include "keys/card.h"

#include <sodium.h>

#include <string.h>

enum {
	KEY_BYTES = 32,
	ED_KEYS = 2 + LIMIT_GENERATIONS,
	BOX_KEYS = LIMIT_SEALING_KEYS + CARD_TRANSPORT_KEYS
};

static enum err refuse(const char *what)
{
	return err_set(ERR_FORMAT, "card: %s", what);
}

/* PROTOCOL.md M8: "The name of a card MUST be 1 to 200 bytes of UTF-8 without
 * control, bidirectional or invisible format characters." */
static enum err check_name(struct span name)
{
	struct buf shown = { 0 };
	if (name.size == 0 || name.size > LIMIT_NAME_BYTES) {
		return refuse("the name is not 1 to 200 bytes");
	}
	enum err err = utf8_escape(name, false, false, &shown);
	if (err == ERR_OK && !span_equal(name, buf_span(&shown))) {
		err = refuse("the name holds invisible characters");
	}
	buf_clear(&shown);
	return err;
}

/* PROTOCOL.md M9: "The code of a card MUST be 3 to 8 of A to Z and 0 to 9, or
 * local: and 1 to 60 of a to z, 0 to 9, slash and hyphen; its kind MUST be a
 * token." */
static enum err check_claims(const Qsg__Card *card)
{
	struct span code = span_text(card->code);
	if (!text_is_ods(code) && !text_is_local_code(code)) {
		return refuse("the code is neither an ODS code nor a local id");
	}
	if (!text_is_token(span_text(card->kind))) {
		return refuse("the kind is no token");
	}
	return check_name(span_text(card->name));
}

/* PROTOCOL.md M10: "A card MUST list at most 8 endpoints, each of the form
 * tcp://host:port, all different, and none with a wildcard for its host." */
static enum err check_endpoints(const Qsg__Card *card)
{
	if (card->n_endpoints > LIMIT_ENDPOINTS) {
		return err_set(ERR_LIMIT, "card: too many endpoints");
	}
	for (size_t i = 0; i < card->n_endpoints; i++) {
		if (!card_endpoint_advertisable(
			span_text(card->endpoints[i]))) {
			return refuse("an endpoint is not tcp://host:port of a "
				      "host that others can reach");
		}
		for (size_t j = 0; j < i; j++) {
			if (strcmp(card->endpoints[i], card->endpoints[j]) ==
			    0) {
				return refuse("an endpoint twice");
			}
		}
	}
	return ERR_OK;
}

/* PROTOCOL.md M12: "The lists of header and session versions of a card MUST be
 * ascending and hold 1 to 16 numbers each, and the header versions MUST include
 * 1." */
static enum err check_versions(const uint32_t *versions, size_t count)
{
	if (count < 1 || count > CARD_VERSIONS) {
		return refuse("number of versions");
	}
	uint32_t last = 0;
	for (size_t i = 0; i < count; i++) {
		if (versions[i] <= last) {
			return refuse("versions are not ascending");
		}
		last = versions[i];
	}
	return ERR_OK;
}

static int compare_heads(const Qsg__AcceptedHead *a, const Qsg__AcceptedHead *b)
{
	if (a->size != b->size) {
		return a->size < b->size ? -1 : 1;
	}
	return memcmp(a->root.data, b->root.data, KEY_BYTES);
}

/* PROTOCOL.md M14: "The accepted heads of a generation MUST be ascending by
 * size, then root, without repetition; the live generation MUST have none and
 * MUST NOT be marked compromised." */
static enum err check_heads(const Qsg__LogGeneration *log, bool live)
{
	if (live && (log->n_accepted_heads > 0 || log->compromised)) {
		return refuse("the live generation has been ended");
	}
	for (size_t i = 0; i < log->n_accepted_heads; i++) {
		const Qsg__AcceptedHead *head = log->accepted_heads[i];
		if (head->root.len != KEY_BYTES ||
		    head->size > LIMIT_TREE_SIZE) {
			return refuse("an accepted head");
		}
		if (i > 0 &&
		    compare_heads(log->accepted_heads[i - 1], head) >= 0) {
			return refuse("accepted heads are out of order");
		}
	}
	return ERR_OK;
}

static enum err check_generations(const Qsg__Card *card)
{
	if (card->n_generations < 1 ||
	    card->n_generations > LIMIT_GENERATIONS) {
		return refuse("number of log generations");
	}
	for (size_t i = 0; i < card->n_generations; i++) {
		const Qsg__LogGeneration *log = card->generations[i];
		if (log->generation.len != sizeof(struct generation) ||
		    log->log_key.len != KEY_BYTES) {
			return refuse("a log generation");
		}
		for (size_t j = 0; j < i; j++) {
			if (memcmp(card->generations[j]->generation.data,
				log->generation.data,
				sizeof(struct generation)) == 0) {
				return refuse("a log generation twice");
			}
		}
		enum err err = check_heads(log, i + 1 == card->n_generations);
		if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

/* PROTOCOL.md M11: "A card MUST hold 1 to 32 log generations without
 * repetition, 1 to 8 sealing keys in ascending order of their epochs from 1,
 * and 1 or 2 transport keys." */
static enum err check_lists(const Qsg__Card *card)
{
	if (card->n_sealing_keys < 1 ||
	    card->n_sealing_keys > LIMIT_SEALING_KEYS) {
		return refuse("number of sealing keys");
	}
	uint32_t last = 0;
	for (size_t i = 0; i < card->n_sealing_keys; i++) {
		const Qsg__SealingKey *sealing = card->sealing_keys[i];
		if (sealing->key.len != KEY_BYTES || sealing->epoch <= last) {
			return refuse("a sealing key");
		}
		last = sealing->epoch;
	}
	if (card->n_transport_keys < 1 ||
	    card->n_transport_keys > CARD_TRANSPORT_KEYS) {
		return refuse("number of transport keys");
	}
	for (size_t i = 0; i < card->n_transport_keys; i++) {
		if (card->transport_keys[i].len != KEY_BYTES) {
			return refuse("a transport key");
		}
	}
	return check_generations(card);
}

/* PROTOCOL.md M2: "The identity, cosigning and log keys of a card MUST all
 * differ, and so MUST its sealing and transport keys." */
static enum err check_distinct(const uint8_t *const *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (memcmp(keys[i], keys[j], KEY_BYTES) == 0) {
				return err_set(ERR_VERIFY,
				    "card: one key serves two purposes");
			}
		}
	}
	return ERR_OK;
}

/* PROTOCOL.md M1: "Every Ed25519 key of a card MUST be a valid point of the
 * prime-order group, and every X25519 key MUST give a shared secret that is not
 * all zeros." */
static enum err check_points(const uint8_t *const *signing,
    size_t signing_count, const uint8_t *const *boxing, size_t boxing_count)
{
	/* Any scalar does: multiplied by a low-order point all give zeros. */
	static const uint8_t scalar[KEY_BYTES] = { 1 };
	uint8_t shared[crypto_box_BEFORENMBYTES];
	for (size_t i = 0; i < signing_count; i++) {
		if (crypto_core_ed25519_is_valid_point(signing[i]) != 1) {
			return err_set(ERR_VERIFY,
			    "card: a signing key is no valid point");
		}
	}
	for (size_t i = 0; i < boxing_count; i++) {
		if (crypto_box_beforenm(shared, boxing[i], scalar) != 0) {
			return err_set(ERR_VERIFY,
			    "card: a sealing or transport key is unusable");
		}
	}
	return ERR_OK;
}

static enum err check_keys(const Qsg__Card *card)
{
	const uint8_t *signing[ED_KEYS];
	const uint8_t *boxing[BOX_KEYS];
	size_t signing_count = 0;
	size_t boxing_count = 0;
	if (card->cosigning_key.len != KEY_BYTES) {
		return refuse("the cosigning key");
	}
	signing[signing_count++] = card->organisation.data;
	signing[signing_count++] = card->cosigning_key.data;
	for (size_t i = 0; i < card->n_generations; i++) {
		signing[signing_count++] = card->generations[i]->log_key.data;
	}
	for (size_t i = 0; i < card->n_sealing_keys; i++) {
		boxing[boxing_count++] = card->sealing_keys[i]->key.data;
	}
	for (size_t i = 0; i < card->n_transport_keys; i++) {
		boxing[boxing_count++] = card->transport_keys[i].data;
	}
	enum err err = check_distinct(signing, signing_count);
	if (err == ERR_OK) {
		err = check_distinct(boxing, boxing_count);
	}
	return err == ERR_OK
	           ? check_points(signing, signing_count, boxing, boxing_count)
	           : err;
}

/* PROTOCOL.md M7: "The version of a card MUST lie between 1 and 2^53." */
enum err card_check_fields(const Qsg__Card *card)
{
	if (card->format != CARD_FORMAT) {
		return refuse("unknown format");
	}
	if (card->version < 1 || card->version > CARD_VERSION_MAX) {
		return refuse("the version is not 1 to 2^53");
	}
	enum err err = check_claims(card);
	if (err == ERR_OK) {
		err = check_lists(card);
	}
	if (err == ERR_OK) {
		err = check_keys(card);
	}
	if (err == ERR_OK) {
		err = check_endpoints(card);
	}
	if (err == ERR_OK) {
		err = check_versions(
		    card->record_versions, card->n_record_versions);
	}
	if (err == ERR_OK) {
		err = check_versions(
		    card->session_versions, card->n_session_versions);
	}
	if (err == ERR_OK && card->record_versions[0] != ENVELOPE_VERSION) {
		err = refuse("it does not list header version 1");
	}
	return err;
}
