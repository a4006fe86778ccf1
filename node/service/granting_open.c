#include "service/granting.h"

#include "base/log.h"
#include "codec/canon.h"
#include "domain/grant.h"
#include "domain/reference.h"
#include "keys/card_succession.h"
#include "keys/seal.h"
#include "ledger/tlogproof.h"
#include "service/erasing.h"
#include "service/payload.h"
#include "service/query.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

static struct span span_bytes(const ProtobufCBinaryData *data)
{
	return span_of(data->data, data->len);
}

bool granting_carried(
    const Qsg__Payload *grant, struct id32 *record, struct header *header)
{
	struct span bytes = { 0 };

	if (grant->content_case != QSG__PAYLOAD__CONTENT_GRANT) {
		return false;
	}
	bytes = span_bytes(&grant->grant->header);
	seal_record_id(bytes, record);
	return envelope_get_header(bytes, header) == ERR_OK;
}

/*
 * Judging.
 */

/* PROTOCOL.md M420: "A grant MUST refer by `grants` to exactly one record, and
 * carry that record's header as logged, its body as sealed, its content key,
 * and its author's portable proof and card." */
static const char *judge_header(
    const Qsg__Payload *payload, struct granting_opened *out)
{
	struct span header = span_bytes(&payload->grant->header);
	struct id32 leaf;
	enum err err = ERR_OK;

	if (!grant_original(payload, &out->original)) {
		return "it names no record, or more than one";
	}
	err = envelope_get_header(header, &out->header);
	if (err) {
		return err == ERR_VERSION
		           ? "what it carries is of a later version"
		           : "what it carries has no header";
	}
	seal_record_id(header, &leaf);
	if (!id_equal(&leaf, &out->original)) {
		return "it carries another record than it names";
	}
	return out->header.slotted
	           ? "it carries who reads a stream, which nobody grants"
	           : NULL;
}

/* The key by which the card says its author signs that log. */
static const Qsg__LogGeneration *log_of(
    const struct card *card, const struct header *header)
{
	const Qsg__LogGeneration *log =
	    card_generation(card, &header->generation);

	return log && log->log_key.len == sizeof(struct id32) ? log : NULL;
}

static bool same_key(const Qsg__LogGeneration *a, const Qsg__LogGeneration *b)
{
	return memcmp(a->log_key.data, b->log_key.data, sizeof(struct id32)) ==
	       0;
}

/* PROTOCOL.md M422: "The card in a grant MUST be one of the original's author
 * that holds by itself and names its log, and MUST NOT be against the card by
 * which the reader knows that author: neither another card of that version, nor
 * with another key of that log." */
static const char *judge_card(const Qsg__Payload *payload,
    const struct granting_cards *cards, struct granting_opened *out)
{
	const struct card *known = NULL;
	const Qsg__LogGeneration *log = NULL;
	const Qsg__LogGeneration *kept = NULL;

	if (card_parse(span_bytes(&payload->grant->card), &out->card) ||
	    !id_equal(&out->card.organisation, &out->header.author)) {
		return "its author's card does not hold";
	}
	log = log_of(&out->card, &out->header);
	if (!log) {
		return "its author's card names another log";
	}
	known = cards->known(cards->context, &out->header.author);
	if (!known) {
		return NULL;
	}
	kept = log_of(known, &out->header);
	if (card_compare(known, &out->card) == CARD_CONFLICT ||
	    (kept && !same_key(kept, log)) ||
	    (!kept && card_compare(known, &out->card) != CARD_NEWER)) {
		return "its author's card is not the one known here";
	}
	return NULL;
}

/* PROTOCOL.md M421: "What a grant carries MUST be shown and used only when the
 * hash of the header as a leaf is the record that the grant refers to, the
 * proof leads from there to a head that the log key in the card signed, the
 * body has the size and hash that the header states, the content key fits the
 * header's commitment and opens it, and the payload is one that a reader takes
 * and that may be granted." */
static const char *judge_proof(
    const Qsg__Payload *payload, struct granting_opened *out)
{
	const Qsg__LogGeneration *log = log_of(&out->card, &out->header);
	struct tlogproof proof;
	struct id32 key;

	memcpy(key.b, log->log_key.data, sizeof key.b);
	if (tlogproof_parse(span_bytes(&payload->grant->proof), &proof) ||
	    tlogproof_check(&proof, &out->original, &key, &out->head) ||
	    !id_equal(&out->head.author, &out->header.author) ||
	    !generation_equal(&out->head.generation, &out->header.generation) ||
	    out->head.size > LIMIT_TREE_SIZE) {
		return "its proof does not lead to a head that its author "
		       "signed";
	}
	out->leaf = proof.index;
	return NULL;
}

static enum err open_body(
    const Qsg__Payload *payload, struct granting_opened *out, const char **why)
{
	const Qsg__Grant *grant = payload->grant;
	enum record_reason reason = RECORD_NO_REASON;
	struct seal_worker *worker = NULL;
	struct buf plain = { 0 };
	struct id32 hash;
	enum err err = ERR_OK;

	seal_body_hash(span_bytes(&grant->body), &hash);
	if (grant->body.len != out->header.body_size ||
	    !id_equal(&hash, &out->header.body_hash)) {
		*why = "the body it carries is another";
		return ERR_OK;
	}
	if (grant->content_key.len != 32) {
		*why = "it has no key";
		return ERR_OK;
	}
	/* The node's own worker may be in the middle of a stream. */
	err = seal_worker_bare(&worker);
	if (err) {
		return err;
	}
	err = seal_open_disclosed(worker, &out->header, grant->content_key.data,
	    span_bytes(&grant->body), &plain);
	if (err && err != ERR_MEM) {
		*why = "the key it has does not open the body";
		err = ERR_OK;
	} else if (!err && payload_read(buf_span(&plain), false, &out->payload,
			       &reason)) {
		*why = "what it carries breaks a rule";
	}
	buf_wipe(&plain);
	seal_worker_free(worker);
	return err;
}

/* PROTOCOL.md M423: "A grant MUST be sealed to the author of what it carries,
 * and one that is not MUST NOT count." */
static bool author_reads(
    struct node *node, uint32_t rid, const struct id32 *author)
{
	return state_reads(
	    state_stream(node, views_get(node->views, rid)->stream), author);
}

static const char *judge(const Qsg__Payload *payload,
    const struct granting_cards *cards, struct granting_opened *out,
    enum err *err)
{
	const char *why = judge_header(payload, out);

	*err = ERR_OK;
	if (!why) {
		why = judge_card(payload, cards, out);
	}
	if (!why) {
		why = judge_proof(payload, out);
	}
	if (!why) {
		*err = open_body(payload, out, &why);
	}
	if (!why && !*err && grant_why_not_kind(out->payload)) {
		why = "it carries what nobody grants";
	}
	return why;
}

static void shut(struct granting_opened *out)
{
	if (out->payload) {
		canon_wipe(&out->payload->base);
		out->payload = NULL;
	}
}

enum err granting_check(const Qsg__Payload *payload,
    const struct granting_cards *cards, struct granting_opened *out)
{
	enum err err = ERR_OK;
	const char *why = judge(payload, cards, out, &err);

	out->why_not = why ? why : "";
	if (why || err) {
		shut(out);
	}
	return err;
}

static const struct card *known_here(void *context, const struct id32 *author)
{
	const struct peer *peer = peers_by_id(context, author);

	return peer ? peers_keys(peer) : NULL;
}

/* PROTOCOL.md M425: "A grant that does not hold MUST be kept, and shown with
 * the reason as one that does not count, and nothing of what it carries may be
 * shown or used." */
enum err granting_judge(struct node *node, uint32_t rid,
    const Qsg__Payload *payload, struct granting_opened *out)
{
	const struct granting_cards cards = { known_here, node };
	enum err err = granting_check(payload, &cards, out);

	if (!err && !out->why_not[0] &&
	    !author_reads(node, rid, &out->header.author)) {
		out->why_not = "the author of what it carries was not told of "
			       "it";
		shut(out);
	}
	return err;
}

void granting_opened_clear(struct granting_opened *opened)
{
	card_clear(&opened->card);
	if (opened->payload) {
		canon_wipe(&opened->payload->base);
	}
	memset(opened, 0, sizeof *opened);
}

/*
 * Finding.
 */

/* PROTOCOL.md M430: "What a grant that counts carries MUST be found by the id
 * of the record and as its author's; and where the record is held itself, that
 * one MUST stand." */
static enum err keep(
    struct node *node, uint32_t rid, const struct granting_opened *opened)
{
	const struct view_record *grant = views_get(node->views, rid);
	struct view_granted granted = { .author = opened->header.author,
		.generation = opened->header.generation,
		.head_size = opened->head.size,
		.head_root = opened->head.root,
		.grant = rid };
	uint32_t own = 0;
	enum err err = ERR_OK;

	if (views_find(node->views, &opened->original) ||
	    erasing_is_erased(node, &opened->original)) {
		return ERR_OK;
	}
	granted.record = (struct view_record){ .id = opened->original,
		.received_ms = grant->received_ms,
		.leaf = opened->leaf,
		.number = grant->number,
		.stream = grant->stream };
	err = state_meet_stranger(node, &opened->card, state_author(node, rid));
	if (err == ERR_LIMIT) {
		log_line(LOG_WARN, "grant", "not shown: %s", err_text());
		return ERR_OK;
	}
	if (!err) {
		err = state_describe(node, opened->payload, &granted.record);
	}
	if (!err) {
		granted.cost =
		    STATE_RECORD_COST + granted.record.rows * STATE_ROW_COST;
		err = views_add_granted(node->views, &granted, &own);
	}
	if (!err) {
		state_author_carried(node, &granted.author);
		node->accounts[state_author(node, rid) - 1].bytes +=
		    granted.cost;
	}
	return err ? err : state_connect(node, own, opened->payload);
}

enum err granting_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	struct granting_opened opened = { 0 };
	enum err err = granting_judge(node, rid, payload, &opened);

	if (!err && !opened.why_not[0]) {
		err = keep(node, rid, &opened);
	}
	granting_opened_clear(&opened);
	return err;
}

enum err granting_again(struct node *node, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (!err && payload) {
		err = granting_index(node, rid, payload);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* One that makes it readable, if there is one. tries: by authors. */
static enum err find_another(
    struct node *node, const struct id32 *original, uint8_t *tries)
{
	uint32_t grant = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && !views_find(node->views, original) &&
	       (grant = granting_of(node, original, &place)) != 0) {
		uint8_t *of =
		    &tries[state_author_slot(node, state_author(node, grant))];

		if (views_get(node->views, grant)->state == RECORD_READABLE &&
		    *of < LIMIT_GRANT_TRIES) {
			(*of)++;
			err = granting_again(node, grant);
		}
	}
	return err;
}

/* PROTOCOL.md M438: "To find what makes a record readable once the grant that
 * did is gone, a node MUST open no more than 64 grants of one granter." */
enum err granting_reappear(struct node *node, const struct id32 *original)
{
	uint8_t *tries = NULL;
	enum err err = ERR_OK;

	if (erasing_is_erased(node, original)) {
		return ERR_OK;
	}
	tries = calloc(state_author_slots(node), sizeof *tries);
	err = tries ? find_another(node, original, tries)
	            : err_set(ERR_MEM, "out of memory");
	free(tries);
	return err;
}

enum err granting_carrier(struct node *node, uint32_t rid, Qsg__Payload **out)
{
	enum err err = query_take(node, views_holder(node->views, rid), out);

	if (!err && *out &&
	    (*out)->content_case != QSG__PAYLOAD__CONTENT_GRANT) {
		canon_wipe(&(*out)->base);
		*out = NULL;
	}
	return err || *out ? err : err_set(ERR_CORRUPT, "a grant is missing");
}

/* Proof and card were judged when it was indexed. */
enum err granting_take(struct node *node, uint32_t rid, Qsg__Payload **out)
{
	struct granting_opened opened = { 0 };
	Qsg__Payload *grant = NULL;
	const char *why = NULL;
	enum err err = granting_carrier(node, rid, &grant);

	*out = NULL;
	if (!err) {
		why = judge_header(grant, &opened);
	}
	if (!err && !why) {
		err = open_body(grant, &opened, &why);
	}
	if (!err && !opened.payload) {
		err = err_set(ERR_CORRUPT, "a grant on disk is damaged");
	}
	if (!err) {
		*out = opened.payload;
		opened.payload = NULL;
	}
	granting_opened_clear(&opened);
	if (grant) {
		canon_wipe(&grant->base);
	}
	return err;
}

uint32_t granting_of(
    struct node *node, const struct id32 *original, size_t *place)
{
	uint32_t rid = 0;

	while ((rid = views_next_link(
		    node->views, original, REFERENCE_GRANTS, place)) != 0) {
		if (views_get(node->views, rid)->type == VIEW_GRANT) {
			return rid;
		}
	}
	return 0;
}

bool granting_reads(
    struct node *node, uint32_t rid, const struct id32 *organisation)
{
	const struct view_record *view = views_get(node->views, rid);
	size_t place = 0;
	uint32_t grant = 0;

	if (id_equal(state_author_id(node, rid), organisation) ||
	    (!views_granted(node->views, rid) &&
		state_reads(state_stream(node, view->stream), organisation))) {
		return true;
	}
	while ((grant = granting_of(node, &view->id, &place)) != 0) {
		const struct state_stream *stream =
		    state_stream(node, views_get(node->views, grant)->stream);

		/* One that never held gave nobody anything. */
		if (state_reads(stream, organisation) &&
		    state_reads(stream, state_author_id(node, rid))) {
			return true;
		}
	}
	return false;
}
