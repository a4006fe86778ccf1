#include "service/verifying.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the records say.
 */

static enum err add_claim(
    struct verifying *verifying, const struct verify_claim *claim)
{
	struct verify_claims *claims = &verifying->claims;

	if (claims->count == claims->capacity) {
		size_t capacity = claims->capacity ? claims->capacity * 2 : 64;
		struct verify_claim *grown =
		    realloc(claims->items, capacity * sizeof *grown);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		claims->items = grown;
		claims->capacity = capacity;
	}
	claims->items[claims->count++] = *claim;
	return ERR_OK;
}

/* Would it count, judged with what is held today? */
static bool counts(struct node *node, const Qsg__Receipt *receipt,
    const Qsg__ReceiptStream *said, int64_t org, struct verify_claim *claim)
{
	const struct state_stream *stream = NULL;
	struct id32 id;
	uint32_t rid = 0;

	memcpy(id.b, said->stream.data, sizeof id.b);
	stream = state_stream_by_id(node, &id);
	if (!stream ||
	    memcmp(stream->row.state.author.b, receipt->author.data,
		sizeof id.b) != 0 ||
	    memcmp(stream->row.state.generation.b, said->generation.data,
		sizeof stream->row.state.generation.b) != 0 ||
	    (org != 1 && !state_reads(stream,
			     &peers_get(node, org)->card.organisation))) {
		return false;
	}
	rid = views_at(node->views, (uint32_t)stream->row.stream, said->last);
	claim->stream = stream->row.stream;
	/* Taken before what it covers, or before who reads was known. */
	claim->maybe = rid > claim->rid;
	return rid && memcmp(views_get(node->views, rid)->id.b,
			  said->record.data, sizeof id.b) == 0;
}

/* What our own receipt says of a stream of others. */
static void cover(struct verify_replay *replay, const Qsg__ReceiptStream *said)
{
	if (said->last > replay->covered) {
		replay->covered = said->last;
	}
	for (size_t i = 0; i < said->n_unreadable; i++) {
		const Qsg__ReceiptGap *gap = said->unreadable[i];

		if (strcmp(gap->reason, records_reason_name(RECORD_NO_BODY)) ==
			0 &&
		    (!replay->refilled || gap->number < replay->refilled)) {
			replay->refilled = gap->number;
		}
	}
}

enum err verify_receipt_claims(struct verifying *verifying,
    const struct record_row *row, const Qsg__Payload *payload)
{
	struct node *node = verifying->node;
	const Qsg__Receipt *receipt = payload->receipt;
	int64_t org =
	    state_log(node, state_stream(node, row->stream)->row.log)->org;
	enum err err = ERR_OK;

	if (payload->content_case != QSG__PAYLOAD__CONTENT_RECEIPT) {
		return ERR_OK;
	}
	for (size_t i = 0; i < receipt->n_streams && !err; i++) {
		const Qsg__ReceiptStream *said = receipt->streams[i];
		struct verify_claim claim = { .org = org,
			.first = said->first,
			.last = said->last,
			.rid = row->rid };

		if (!counts(node, receipt, said, org, &claim)) {
			continue;
		}
		if (org == 1) {
			cover(&verifying->replay[claim.stream - 1], said);
		}
		err = add_claim(verifying, &claim);
	}
	return err;
}

/*
 * What rows they make: as delivery_add_receipt, in the order of the records.
 */

static int by_key(const void *a, const void *b)
{
	const struct verify_claim *x = a;
	const struct verify_claim *y = b;

	if (x->stream != y->stream) {
		return x->stream < y->stream ? -1 : 1;
	}
	if (x->org != y->org) {
		return x->org < y->org ? -1 : 1;
	}
	if (x->last != y->last) {
		return x->last < y->last ? -1 : 1;
	}
	return x->rid < y->rid ? -1 : x->rid > y->rid;
}

static bool same_key(const struct verify_claim *a, const struct verify_claim *b)
{
	return a->stream == b->stream && a->org == b->org && a->last == b->last;
}

/* Of claims with one key the last stands, and what an older one covers before
 * it is a row of its own. */
static enum err trim(struct verifying *verifying)
{
	struct verify_claims *claims = &verifying->claims;
	size_t count = claims->count;
	enum err err = ERR_OK;

	for (size_t i = 0; i + 1 < count && !err; i++) {
		struct verify_claim before = claims->items[i];
		const struct verify_claim *after = &claims->items[i + 1];

		if (!same_key(&before, after)) {
			continue;
		}
		claims->items[i].seen = true; /* its key is the other's */
		claims->items[i].maybe = true;
		if (before.first < after->first) {
			before.last = after->first - 1;
			before.trimmed = true;
			err = add_claim(verifying, &before);
		}
	}
	return err;
}

/* The claim that a row says it holds. */
static struct verify_claim *find(
    struct verifying *verifying, const struct verify_claim *row)
{
	struct verify_claims *claims = &verifying->claims;

	struct verify_claim *found =
	    claims->count ? bsearch(row, claims->items, claims->count,
				sizeof *claims->items, by_key)
			  : NULL;
	return found && found->first == row->first ? found : NULL;
}

/* PROTOCOL.md M263: "A check of a home MUST derive what is counted of receipts
 * from the records that hold them, and report what is stored beyond that or
 * lacking." */
static enum err verify_receipt(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct verify_claim key = { .stream = row->number[0],
		.org = row->number[1],
		.last = (uint64_t)row->number[2],
		.first = (uint64_t)row->number[3],
		.rid = row->number[4] };
	struct verify_claim *claim = find(verifying, &key);

	if (!claim) {
		verify_fault_row(
		    verifying, row, "no record holds such a receipt");
		return ERR_OK;
	}
	claim->seen = true;
	return ERR_OK;
}

static void verify_lacking(struct verifying *verifying)
{
	for (size_t i = 0; i < verifying->claims.count; i++) {
		const struct verify_claim *claim = &verifying->claims.items[i];
		struct rows_row row = { .table = ROWS_RECEIPT,
			.number = {
			    claim->stream, claim->org, (int64_t)claim->last } };

		if (!claim->seen && !claim->maybe && !claim->trimmed) {
			verify_fault_row(verifying, &row,
			    "a receipt that a record holds is missing");
		}
	}
}

static enum err verify_sent(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct node *node = verifying->node;
	int64_t number = row->number[0];
	const struct peer *peer = peers_get(node, row->number[1]);
	const struct state_stream *stream = NULL;

	if (number >= 1 && (size_t)number <= node->stream_count) {
		stream = state_stream(node, number);
	}
	if (!stream || !peer || peer->org == 1 ||
	    state_log(node, stream->row.log)->org != 1 ||
	    !state_reads(stream, &peer->card.organisation)) {
		verify_fault_row(
		    verifying, row, "sent to somebody who does not read it");
	} else if (row->number[2] < 1 ||
		   row->number[2] > (int64_t)stream->row.state.taken ||
		   row->number[3] < 0) {
		verify_fault_row(
		    verifying, row, "more than there is of its stream");
	}
	return ERR_OK;
}

enum err verify_receipts(struct verifying *verifying)
{
	struct verify_claims *claims = &verifying->claims;
	struct db *db = verifying->node->db;
	enum err err = ERR_OK;

	if (claims->count) {
		qsort(claims->items, claims->count, sizeof *claims->items,
		    by_key);
	}
	err = trim(verifying);
	if (!err && claims->count) {
		qsort(claims->items, claims->count, sizeof *claims->items,
		    by_key);
	}
	if (!err) {
		err = verify_scanned(verifying, "receipts",
		    rows_scan(db, ROWS_RECEIPT, verify_receipt, verifying));
	}
	if (!err) {
		verify_lacking(verifying);
		err = verify_scanned(verifying, "what was sent",
		    rows_scan(db, ROWS_SENT, verify_sent, verifying));
	}
	return err;
}
