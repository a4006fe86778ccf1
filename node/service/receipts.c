#include "service/receipts.h"

#include "base/log.h"
#include "codec/canon.h"
#include "service/sent.h"
#include "service/state.h"
#include "service/submit.h"
#include "store/delivery.h"

#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MIN
#define HOUR_MS (3600LL * 1000LL)

/* What is owed to one author. Times are steady, 0: nothing is due. */
struct owed {
	int64_t due_ms;        /* for content */
	int64_t unreadable_ms; /* for records that cannot be read */
	int64_t said_ms;       /* the last receipt for those alone */
	int64_t urgent_ms;     /* the last urgent receipt */
	bool urgent;           /* one of its streams is */
};

struct receipts {
	struct owed *owed; /* by org - 1 */
	size_t count;
	int64_t interval_ms;
};

static int64_t now_of(const struct node *node)
{
	return clock_steady_ms(node->options.clock);
}

static enum err need_receipts(struct node *node)
{
	if (node->receipts) {
		return ERR_OK;
	}
	node->receipts = calloc(1, sizeof *node->receipts);
	if (!node->receipts) {
		return err_set(ERR_MEM, "out of memory");
	}
	node->receipts->interval_ms = RECEIPTS_INTERVAL_MS;
	return ERR_OK;
}

void receipts_free(struct receipts *receipts)
{
	if (receipts) {
		free(receipts->owed);
		free(receipts);
	}
}

void receipts_set_interval(struct node *node, int64_t interval_ms)
{
	struct receipts *receipts = node->receipts;

	for (size_t i = 0; i < receipts->count; i++) {
		int64_t latest = now_of(node) + interval_ms;

		if (receipts->owed[i].due_ms > latest) {
			receipts->owed[i].due_ms = latest;
		}
		if (receipts->owed[i].said_ms == NEVER &&
		    receipts->owed[i].unreadable_ms > latest) {
			receipts->owed[i].unreadable_ms = latest;
		}
	}
	receipts->interval_ms = interval_ms;
}

static enum err owed_to(struct node *node, int64_t org, struct owed **out)
{
	struct receipts *receipts = node->receipts;

	if ((size_t)org > receipts->count) {
		size_t count = node->peer_count;
		struct owed *grown =
		    realloc(receipts->owed, count * sizeof *grown);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		receipts->owed = grown;
		for (size_t i = receipts->count; i < count; i++) {
			grown[i] = (struct owed){ .said_ms = NEVER,
				.urgent_ms = NEVER };
		}
		receipts->count = count;
	}
	*out = &receipts->owed[org - 1];
	return ERR_OK;
}

/* PROTOCOL.md M668: "A record of a summit MUST be signed for by an urgent
 * receipt, and the head that covers it MUST be published as soon as it is
 * committed." */
static bool is_urgent(const struct view_record *view)
{
	return view->state == RECORD_READABLE &&
	       view->type >= VIEW_SUMMIT_TRIGGER &&
	       view->type <= VIEW_SUMMIT_MISSED;
}

/* PROTOCOL.md M202: "Receipts, openings, re-keys and other housekeeping MUST
 * NOT make a receipt due, and records that cannot be read MUST NOT make one due
 * more than once a day and author." */
static void owe(
    struct node *node, const struct view_record *view, struct owed *owed)
{
	int64_t due = now_of(node) + node->receipts->interval_ms;

	if (view->state != RECORD_READABLE) {
		if (owed->said_ms != NEVER &&
		    owed->said_ms + RECEIPTS_UNREADABLE_MS > due) {
			due = owed->said_ms + RECEIPTS_UNREADABLE_MS;
		}
		owed->unreadable_ms =
		    owed->unreadable_ms ? owed->unreadable_ms : due;
		return;
	}
	if (!views_is_housekeeping((enum view_type)view->type)) {
		owed->due_ms = owed->due_ms ? owed->due_ms : due;
	}
}

static int64_t author_of(struct node *node, const struct state_stream *stream)
{
	return state_log(node, stream->row.log)->org;
}

enum err receipts_taken(struct node *node, uint32_t rid, bool filled)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_stream *stream = state_stream(node, view->stream);
	struct owed *owed = NULL;
	enum err err = ERR_OK;

	if (author_of(node, stream) == 1) {
		return ERR_OK;
	}
	/* It was signed for as missing: that is no longer so. */
	if (filled && view->number <= stream->receipted) {
		err = delivery_cover(
		    node->db, stream->row.stream, view->number - 1);
		stream->receipted = view->number - 1;
	}
	if (!err) {
		err = owed_to(node, author_of(node, stream), &owed);
	}
	if (!err) {
		owe(node, view, owed);
	}
	if (!err && is_urgent(view)) {
		receipts_urgent(node, view->stream);
	}
	return err;
}

void receipts_urgent(struct node *node, int64_t stream)
{
	struct state_stream *at = state_stream(node, stream);
	struct owed *owed = NULL;

	/* While a node starts nothing is owed yet: receipts_load finds it. */
	if (!node->receipts || author_of(node, at) == 1) {
		return;
	}
	if (owed_to(node, author_of(node, at), &owed)) {
		log_line(LOG_WARN, "receipts", "%s", err_text());
		return;
	}
	at->receipt_urgent = true;
	owed->urgent = true;
}

/*
 * Start.
 */

static enum err load_covered(void *context, int64_t stream, uint64_t number)
{
	struct node *node = context;

	if (stream < 1 || (size_t)stream > node->stream_count ||
	    number > state_stream(node, stream)->row.state.taken) {
		return err_set(ERR_CORRUPT,
		    "stream row %lld: a receipt for what is not held",
		    (long long)stream);
	}
	state_stream(node, stream)->receipted = number;
	return ERR_OK;
}

enum err receipts_load(struct node *node)
{
	enum err err = need_receipts(node);

	if (err) {
		return err;
	}
	node->receipts->count = 0;
	err = delivery_scan_covered(node->db, load_covered, node);
	for (size_t i = 0; i < node->stream_count && !err; i++) {
		const struct state_stream *stream = &node->streams[i];

		for (uint64_t n = stream->receipted + 1;
		     n <= stream->row.state.taken && !err; n++) {
			uint32_t rid =
			    views_at(node->views, (uint32_t)i + 1, n);

			if (!rid) {
				break; /* a row may say anything */
			}
			err = receipts_taken(node, rid, false);
		}
	}
	return err;
}

/*
 * One receipt.
 */

/* The message with room for all that it points to. The ids are copies: sealing
 * may open a stream, and move what they would point into. */
struct draft {
	Qsg__Payload payload;
	Qsg__Receipt receipt;
	struct id32 author;
	size_t count;
	size_t gap_count;
	bool full; /* not everything fits: the rest goes into the next one */
	int64_t streams[RECEIPTS_STREAMS];
	Qsg__ReceiptStream items[RECEIPTS_STREAMS];
	Qsg__ReceiptStream *list[RECEIPTS_STREAMS];
	struct id32 ids[RECEIPTS_STREAMS];
	struct id32 records[RECEIPTS_STREAMS];
	struct generation generations[RECEIPTS_STREAMS];
	Qsg__ReceiptGap gaps[RECEIPTS_GAPS];
	Qsg__ReceiptGap *gap_list[RECEIPTS_GAPS];
};

/* PROTOCOL.md M201: "A receipt MUST NOT cover a number that its signer has not
 * taken, and MUST name every number in its ranges that its signer cannot read,
 * with the reason." */
static void add_gaps(struct node *node, const struct state_stream *stream,
    struct draft *draft, Qsg__ReceiptStream *item)
{
	item->unreadable = &draft->gap_list[draft->gap_count];
	item->last = item->first - 1;
	for (uint64_t n = item->first; n <= stream->row.state.taken; n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);
		const struct view_record *view =
		    rid ? views_get(node->views, rid) : NULL;

		if (view && view->state != RECORD_READABLE) {
			Qsg__ReceiptGap *gap = &draft->gaps[draft->gap_count];

			if (draft->gap_count == RECEIPTS_GAPS) {
				draft->full = true;
				return;
			}
			qsg__receipt_gap__init(gap);
			gap->number = n;
			gap->reason = canon_lend(records_reason_name(
			    (enum record_reason)view->reason));
			draft->gap_list[draft->gap_count++] = gap;
			item->n_unreadable++;
		}
		item->last = n;
	}
}

static void add_stream(
    struct node *node, const struct state_stream *stream, struct draft *draft)
{
	size_t at = draft->count;
	Qsg__ReceiptStream *item = &draft->items[at];
	uint32_t rid = 0;

	if (at == RECEIPTS_STREAMS) {
		draft->full = true;
		return;
	}
	qsg__receipt_stream__init(item);
	item->first = stream->receipted + 1;
	add_gaps(node, stream, draft, item);
	if (item->last < item->first) {
		return;
	}
	rid = views_at(node->views, (uint32_t)stream->row.stream, item->last);
	draft->streams[at] = stream->row.stream;
	draft->ids[at] = stream->row.state.id;
	draft->generations[at] = stream->row.state.generation;
	draft->records[at] = views_get(node->views, rid)->id;
	item->generation.data = draft->generations[at].b;
	item->generation.len = sizeof draft->generations[at].b;
	item->stream.data = draft->ids[at].b;
	item->stream.len = sizeof draft->ids[at].b;
	item->record.data = draft->records[at].b;
	item->record.len = sizeof draft->records[at].b;
	draft->list[at] = item;
	draft->count++;
}

static int by_stream(const void *a, const void *b)
{
	const Qsg__ReceiptStream *const *x = a;
	const Qsg__ReceiptStream *const *y = b;

	return memcmp(
	    (*x)->stream.data, (*y)->stream.data, sizeof(struct id32));
}

/* Everything of this author that is not covered yet; with `only`, of that
 * stream. */
static void fill(
    struct node *node, int64_t author, int64_t only, struct draft *draft)
{
	draft->author = peers_get(node, author)->card.organisation;
	for (size_t i = 0; i < node->stream_count; i++) {
		const struct state_stream *stream = &node->streams[i];

		if (author_of(node, stream) == author &&
		    stream->row.state.taken > stream->receipted &&
		    (!only || stream->row.stream == only)) {
			add_stream(node, stream, draft);
		}
	}
	qsort(
	    draft->list, draft->count, sizeof(Qsg__ReceiptStream *), by_stream);
	qsg__receipt__init(&draft->receipt);
	draft->receipt.author.data = draft->author.b;
	draft->receipt.author.len = sizeof draft->author.b;
	draft->receipt.streams = draft->list;
	draft->receipt.n_streams = draft->count;
	qsg__payload__init(&draft->payload);
	draft->payload.content_case = QSG__PAYLOAD__CONTENT_RECEIPT;
	draft->payload.receipt = &draft->receipt;
}

/* PROTOCOL.md M203: "A receipt MUST be made durable in one transaction with the
 * note of what it covers." */
static enum err cover(
    struct node *node, const struct draft *draft, const struct id32 *record)
{
	int64_t rid = views_find(node->views, record);
	enum err err = ERR_OK;

	for (size_t i = 0; i < draft->count && !err; i++) {
		struct delivery_receipt row = { .stream = draft->streams[i],
			.org = 1,
			.first = draft->items[i].first,
			.last = draft->items[i].last,
			.rid = rid };

		err = delivery_cover(node->db, row.stream, row.last);
		if (!err) {
			err = delivery_add_receipt(node->db, &row);
		}
		if (!err) {
			state_stream(node, row.stream)->receipted = row.last;
		}
	}
	return state_poison(node, err);
}

/* PROTOCOL.md M204: "A receipt MUST be sealed only to organisations that read
 * every stream it names, its author among them." */
static size_t audience(
    struct node *node, int64_t author, int64_t only, int64_t *readers)
{
	const struct state_stream *stream =
	    only ? state_stream(node, only) : NULL;
	size_t count = 0;

	readers[count++] = author;
	for (size_t i = 0;
	     stream && i < stream->reader_count && count < LIMIT_READERS; i++) {
		const struct peer *peer =
		    peers_by_id(node, &stream->readers[i]);

		if (peer && peers_admitted(peer) && peer->org != 1 &&
		    peer->org != author) {
			readers[count++] = peer->org;
		}
	}
	return count;
}

/* To open a stream for a receipt takes one of the slot-bearing records of this
 * hour. Half of them are left for what people share. */
static enum err leave_room(struct node *node, int64_t author)
{
	int64_t now = clock_wall_ms(node->options.clock);
	int64_t half = node->keyed_ms[LIMIT_KEYING_PER_HOUR / 2];
	struct id32 ids[2] = { *node_id(node),
		peers_get(node, author)->card.organisation };

	qsort(ids, 2, sizeof ids[0], id_compare);
	if (!half || half > now || now - half >= HOUR_MS ||
	    state_own_stream(node, ids, 2, NULL)) {
		return ERR_OK;
	}
	return err_set(ERR_LIMIT, "too many new audiences this hour");
}

/* *rest: more is to be signed for. */
static enum err make(
    struct node *node, int64_t author, int64_t only, bool *rest)
{
	struct draft *draft = calloc(1, sizeof *draft);
	int64_t readers[LIMIT_READERS];
	struct id32 record;
	enum err err = ERR_OK;

	*rest = false;
	if (!draft) {
		return err_set(ERR_MEM, "out of memory");
	}
	fill(node, author, only, draft);
	*rest = draft->full;
	if (draft->count && !only) {
		err = leave_room(node, author);
	}
	if (draft->count && !err) {
		err = submit_payload(node, readers,
		    audience(node, author, only, readers), &draft->payload,
		    &record);
		if (!err) {
			err = cover(node, draft, &record);
		}
	}
	free(draft);
	return err;
}

/*
 * When.
 */

/* The urgent stream of an author that is next, 0 when there is none. */
static int64_t next_urgent(struct node *node, int64_t author)
{
	for (size_t i = 0; i < node->stream_count; i++) {
		struct state_stream *stream = &node->streams[i];

		if (stream->receipt_urgent &&
		    author_of(node, stream) == author) {
			return stream->row.stream;
		}
	}
	return 0;
}

/* PROTOCOL.md M205: "A node MUST NOT make more than one urgent receipt an
 * author and 10 seconds, and MUST make the first one within 2 seconds." */
static enum err tick_urgent(
    struct node *node, int64_t author, struct owed *owed, int64_t now)
{
	int64_t stream = 0;
	bool rest = false;
	enum err err = ERR_OK;

	if (owed->urgent_ms != NEVER &&
	    now - owed->urgent_ms < RECEIPTS_URGENT_MS) {
		return ERR_OK;
	}
	stream = next_urgent(node, author);
	if (!stream) {
		owed->urgent = false;
		return ERR_OK;
	}
	owed->urgent_ms = now;
	err = make(node, author, stream, &rest);
	if (!err) {
		state_stream(node, stream)->receipt_urgent = rest;
	}
	return err;
}

/* PROTOCOL.md M206: "A node MUST NOT make more than one receipt an author and
 * minute, urgent ones aside." */
static enum err tick_due(
    struct node *node, int64_t author, struct owed *owed, int64_t now)
{
	bool content = owed->due_ms && now >= owed->due_ms;
	bool unreadable = owed->unreadable_ms && now >= owed->unreadable_ms;
	int64_t next = now + node->receipts->interval_ms;
	bool rest = false;
	enum err err = ERR_OK;

	if (!content && !unreadable) {
		return ERR_OK;
	}
	err = make(node, author, 0, &rest);
	if (err || rest) {
		owed->due_ms = owed->due_ms ? next : 0;
		owed->unreadable_ms = unreadable ? next : owed->unreadable_ms;
		return err;
	}
	if (!content) {
		owed->said_ms = now;
	}
	owed->due_ms = 0;
	owed->unreadable_ms = 0;
	return ERR_OK;
}

void receipts_tick(struct node *node)
{
	struct receipts *receipts = node->receipts;
	int64_t now = now_of(node);

	sent_tick(node);
	for (size_t i = 1; i < receipts->count && node->may_sign; i++) {
		struct owed *owed = &receipts->owed[i];
		enum err err = ERR_OK;

		if (!peers_admitted(node->peers[i])) {
			continue;
		}
		if (owed->urgent) {
			err = tick_urgent(node, (int64_t)i + 1, owed, now);
		}
		if (!err) {
			err = tick_due(node, (int64_t)i + 1, owed, now);
		}
		if (err) {
			log_line(err == ERR_LIMIT ? LOG_DEBUG : LOG_WARN,
			    "receipts", "no receipt to %s for now: %s",
			    peers_get(node, (int64_t)i + 1)->card.fields->name,
			    err_text());
		}
	}
}
