#include "service/signed_for.h"

#include "base/log.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/receipts.h"
#include "service/replica.h"
#include "service/state.h"
#include "store/delivery.h"

#include <string.h>

#define NUMBER_MAX (1ULL << 48)

static bool gaps_fit(const Qsg__ReceiptStream *stream)
{
	uint64_t before = stream->first - 1;

	for (size_t i = 0; i < stream->n_unreadable; i++) {
		const Qsg__ReceiptGap *gap = stream->unreadable[i];

		if (gap->number <= before || gap->number > stream->last ||
		    !text_is_token(span_text(gap->reason))) {
			return false;
		}
		before = gap->number;
	}
	return true;
}

static bool stream_fits(const Qsg__ReceiptStream *stream)
{
	return stream->generation.len == sizeof(struct generation) &&
	       stream->stream.len == sizeof(struct id32) &&
	       stream->record.len == sizeof(struct id32) &&
	       stream->first >= 1 && stream->first <= stream->last &&
	       stream->last < NUMBER_MAX && gaps_fit(stream);
}

size_t signed_for_gaps(const Qsg__Receipt *receipt)
{
	size_t count = 0;

	for (size_t i = 0; i < receipt->n_streams; i++) {
		count += receipt->streams[i]->n_unreadable;
	}
	return count;
}

/* PROTOCOL.md M200: "A receipt MUST name at least 1 and at most 1,024 streams
 * of one author, sorted by id without repetition, each with a first number of
 * at least 1 and not above its last, and at most 2,048 unreadable numbers, each
 * with a reason, ascending within their range." */
bool signed_for_fits(const Qsg__Receipt *receipt)
{
	if (receipt->author.len != sizeof(struct id32) ||
	    receipt->n_streams < 1 || receipt->n_streams > RECEIPTS_STREAMS ||
	    signed_for_gaps(receipt) > RECEIPTS_GAPS) {
		return false;
	}
	for (size_t i = 0; i < receipt->n_streams; i++) {
		const Qsg__ReceiptStream *stream = receipt->streams[i];

		if (!stream_fits(stream) ||
		    (i > 0 &&
			memcmp(receipt->streams[i - 1]->stream.data,
			    stream->stream.data, sizeof(struct id32)) >= 0)) {
			return false;
		}
	}
	return true;
}

/*
 * Counting.
 */

struct counting {
	struct node *node;
	const Qsg__Receipt *receipt;
	struct peer *signer;
	uint32_t rid;
	bool alarmed;
};

enum verdict { COUNTS, IGNORED, CONTRADICTS };

/* What a claim is worth. About somebody else's stream it may know more than we
 * do; about ours nobody does. */
static enum verdict judge(const struct counting *counting,
    const Qsg__ReceiptStream *claim, struct state_stream **out,
    const char **why)
{
	struct node *node = counting->node;
	bool ours = memcmp(counting->receipt->author.data, node_id(node)->b,
			sizeof(struct id32)) == 0;
	struct state_stream *stream = NULL;
	struct id32 id;
	uint32_t rid = 0;

	memcpy(id.b, claim->stream.data, sizeof id.b);
	stream = state_stream_by_id(node, &id);
	*out = stream;
	*why = "it signs for a stream that is not the author's";
	if (!stream) {
		return ours ? CONTRADICTS : IGNORED;
	}
	if (memcmp(stream->row.state.author.b, counting->receipt->author.data,
		sizeof id.b) != 0 ||
	    memcmp(stream->row.state.generation.b, claim->generation.data,
		sizeof stream->row.state.generation.b) != 0) {
		return CONTRADICTS;
	}
	*why = "it signs for a stream that it does not read";
	if (!state_reads(stream, &counting->signer->card.organisation)) {
		return stream->readers ? CONTRADICTS : IGNORED;
	}
	*why = "it signs for records that are not here";
	if (claim->last > stream->row.state.taken) {
		return ours ? CONTRADICTS : IGNORED;
	}
	*why = "it signs for another record than the one here";
	rid = views_at(node->views, (uint32_t)stream->row.stream, claim->last);
	return rid && memcmp(views_get(node->views, rid)->id.b,
			  claim->record.data, sizeof id.b) == 0
	           ? COUNTS
	           : CONTRADICTS;
}

/* PROTOCOL.md M208: "What a receipt claims against the records held MUST be
 * kept and shown as a problem of its signer." */
static void alarm(struct counting *counting, const char *why)
{
	struct buf bytes = { 0 };

	/* PROTOCOL.md M265: "A receipt MUST be kept as a problem once, however
	 * many of its claims are against the records held." */
	if (counting->alarmed) {
		return;
	}
	counting->alarmed = true;
	log_line(LOG_ERROR, "receipts", "a receipt of %s: %s",
	    counting->signer->card.fields->name, why);
	if (canon_encode(&counting->receipt->base, &bytes)) {
		log_line(LOG_WARN, "receipts", "not kept: %s", err_text());
	}
	replica_reject(counting->node, counting->signer, "bad-receipt", why,
	    buf_span(&bytes));
	buf_wipe(&bytes);
}

/* PROTOCOL.md M207: "A receipt MUST count only for streams of the author that
 * it names, that its signer reads, up to a number that is held, and with the
 * very record that is held there." */
static enum err count_claim(
    struct counting *counting, const Qsg__ReceiptStream *claim)
{
	struct state_stream *stream = NULL;
	const char *why = "";
	struct delivery_receipt row = { .org = counting->signer->org,
		.first = claim->first,
		.last = claim->last,
		.rid = counting->rid };

	switch (judge(counting, claim, &stream, &why)) {
	case COUNTS:
		row.stream = stream->row.stream;
		return delivery_add_receipt(counting->node->db, &row);
	case CONTRADICTS:
		alarm(counting, why);
		return ERR_OK;
	case IGNORED:
		break;
	}
	return ERR_OK;
}

enum err signed_for_take(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	struct counting counting = { .node = node, .rid = rid };
	const struct state_stream *stream = NULL;
	enum err err = ERR_OK;

	if (!payload ||
	    payload->content_case != QSG__PAYLOAD__CONTENT_RECEIPT) {
		return ERR_OK;
	}
	stream = state_stream(node, views_get(node->views, rid)->stream);
	counting.receipt = payload->receipt;
	counting.signer =
	    peers_get(node, state_log(node, stream->row.log)->org);
	for (size_t i = 0; i < payload->receipt->n_streams && !err; i++) {
		err = count_claim(&counting, payload->receipt->streams[i]);
	}
	return err;
}
