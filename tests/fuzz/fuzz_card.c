/* Cards: as signed bytes or armour; as fields, without the signature that
 * nobody can guess; and endpoints. What is accepted keeps the rules. */
#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "fuzz/tool.h"
#include "keys/card.h"
#include "keys/card_check.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_whole(struct span bytes)
{
	struct card card;
	struct card again;
	struct buf armour = { 0 };
	if (card_read(bytes, &card) != ERR_OK) {
		tool_must(card.fields == NULL);
		return;
	}
	tool_ok(card_check_fields(card.fields));
	tool_ok(card_armour(&card, &armour));
	tool_ok(card_read(buf_span(&armour), &again));
	tool_must(card_compare(&card, &again) == CARD_SAME);
	tool_must(span_equal(
	    buf_span(&card.signed_bytes), buf_span(&again.signed_bytes)));
	card_clear(&again);
	buf_clear(&armour);
	card_clear(&card);
}

static void check_endpoints(const Qsg__Card *card)
{
	tool_must(card->n_endpoints <= LIMIT_ENDPOINTS);
	for (size_t i = 0; i < card->n_endpoints; i++) {
		struct span text = span_text(card->endpoints[i]);
		tool_must(card_endpoint_valid(text));
		tool_must(memcmp(text.data, "tcp://", 6) == 0);
	}
}

static void check_accepted(const Qsg__Card *card)
{
	struct buf shown = { 0 };
	struct span name = span_text(card->name);
	struct span code = span_text(card->code);
	tool_must(card->format == CARD_FORMAT);
	tool_must(card->version >= 1 && card->version <= CARD_VERSION_MAX);
	tool_must(name.size >= 1 && name.size <= LIMIT_NAME_BYTES);
	tool_ok(utf8_escape(name, false, false, &shown));
	tool_must(span_equal(buf_span(&shown), name));
	buf_clear(&shown);
	tool_must(text_is_ods(code) || text_is_local_code(code));
	tool_must(text_is_token(span_text(card->kind)));
	tool_must(card->n_generations >= 1 &&
		  card->n_generations <= LIMIT_GENERATIONS);
	tool_must(card->n_sealing_keys >= 1 &&
		  card->n_sealing_keys <= LIMIT_SEALING_KEYS);
	tool_must(card->n_transport_keys >= 1 && card->n_transport_keys <= 2);
	tool_must(card->record_versions[0] == ENVELOPE_VERSION);
	check_endpoints(card);
}

static void check_fields(struct span bytes)
{
	ProtobufCMessage *message = NULL;
	if (canon_decode(&qsg__card__descriptor, bytes, LIMIT_CARD_BYTES,
		&message) != ERR_OK) {
		return;
	}
	const Qsg__Card *card = (const Qsg__Card *)message;
	/* As card.c sees to before. */
	if (card->organisation.len == 32 && card_check_fields(card) == ERR_OK) {
		check_accepted(card);
	}
	canon_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	check_whole(bytes);
	check_fields(bytes);
	if (card_endpoint_advertisable(bytes)) {
		tool_must(card_endpoint_valid(bytes));
	}
	return 0;
}
