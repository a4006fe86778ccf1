#include "service/fates.h"

#include "service/query.h"
#include "service/state.h"
#include "store/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A range signed for. */
struct range {
	struct delivery_receipt row;
	uint64_t reach; /* highest last of this reader's ranges up to here */
};

/* A number that a receipt calls unreadable. */
struct gap {
	int64_t rid;
	uint64_t number;
	char reason[LIMIT_TOKEN_BYTES + 1];
};

/* One stream. */
struct book {
	struct delivery_sent *sent; /* by reader, numbers ascending */
	size_t sent_count;
	struct range *ranges; /* by reader, first numbers ascending */
	size_t range_count;
	struct gap *gaps; /* by rid, numbers ascending */
	size_t gap_count;
	bool read;
};

struct fates {
	struct node *node;
	struct book *books; /* by stream - 1 */
	size_t count;
};

/* Room for one more item, doubling. */
static enum err grow(void **items, size_t count, size_t size)
{
	void *grown = NULL;

	if (count & (count - 1)) {
		return ERR_OK;
	}
	grown = realloc(*items, (count ? count * 2 : 1) * size);
	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	*items = grown;
	return ERR_OK;
}

enum err fates_open(struct node *node, struct fates **out)
{
	struct fates *fates = calloc(1, sizeof *fates);

	*out = fates;
	if (fates) {
		fates->node = node;
		fates->count = node->stream_count;
		fates->books = calloc(fates->count + 1, sizeof *fates->books);
	}
	if (!fates || !fates->books) {
		free(fates);
		*out = NULL;
		return err_set(ERR_MEM, "out of memory");
	}
	return ERR_OK;
}

void fates_close(struct fates *fates)
{
	if (!fates) {
		return;
	}
	for (size_t i = 0; i < fates->count; i++) {
		free(fates->books[i].sent);
		free(fates->books[i].ranges);
		free(fates->books[i].gaps);
	}
	free(fates->books);
	free(fates);
}

/*
 * Reading one stream.
 */

static enum err keep_sent(void *context, const struct delivery_sent *row)
{
	struct book *book = context;
	void *items = book->sent;
	enum err err = grow(&items, book->sent_count, sizeof *book->sent);

	book->sent = items;
	if (!err) {
		book->sent[book->sent_count++] = *row;
	}
	return err;
}

static enum err keep_range(void *context, const struct delivery_receipt *row)
{
	struct book *book = context;
	const struct range *before = NULL;
	struct range range = { .row = *row, .reach = row->last };
	void *items = book->ranges;
	enum err err = grow(&items, book->range_count, sizeof *book->ranges);

	book->ranges = items;
	if (err || !book->ranges) {
		return err;
	}
	before =
	    book->range_count ? &book->ranges[book->range_count - 1] : NULL;
	if (before && before->row.org == row->org &&
	    before->reach > range.reach) {
		range.reach = before->reach;
	}
	book->ranges[book->range_count++] = range;
	return ERR_OK;
}

struct gathering {
	struct book *book;
	const struct id32 *stream;
	int64_t rid;
};

static enum err keep_gaps(
    struct gathering *gathering, const Qsg__ReceiptStream *stream)
{
	struct book *book = gathering->book;
	enum err err = ERR_OK;

	for (size_t i = 0; i < stream->n_unreadable && !err; i++) {
		void *items = book->gaps;

		err = grow(&items, book->gap_count, sizeof *book->gaps);
		book->gaps = items;
		if (!err) {
			struct gap *gap = &book->gaps[book->gap_count++];

			gap->rid = gathering->rid;
			gap->number = stream->unreadable[i]->number;
			(void)snprintf(gap->reason, sizeof gap->reason, "%s",
			    stream->unreadable[i]->reason);
		}
	}
	return err;
}

static enum err read_gaps(void *context, const struct query_item *item)
{
	struct gathering *gathering = context;
	const Qsg__Receipt *receipt = NULL;
	enum err err = ERR_OK;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_RECEIPT) {
		return err_set(ERR_CORRUPT, "a receipt is none");
	}
	receipt = item->payload->receipt;
	for (size_t i = 0; i < receipt->n_streams && !err; i++) {
		if (memcmp(receipt->streams[i]->stream.data,
			gathering->stream->b, sizeof *gathering->stream) == 0) {
			err = keep_gaps(gathering, receipt->streams[i]);
		}
	}
	return err;
}

static int by_rid(const void *a, const void *b)
{
	const struct gap *x = a;
	const struct gap *y = b;
	int order = (x->rid > y->rid) - (x->rid < y->rid);

	return order ? order
	             : (x->number > y->number) - (x->number < y->number);
}

/* The receipts are opened only where they name something unreadable; one that
 * two readers' rows name cannot be. */
static enum err open_receipts(
    struct node *node, const struct id32 *stream, struct book *book)
{
	struct gathering gathering = { .book = book, .stream = stream };
	enum err err = ERR_OK;

	for (size_t i = 0; i < book->range_count && !err; i++) {
		int64_t rid = book->ranges[i].row.rid;

		if (rid < 1 || (size_t)rid > views_count(node->views)) {
			return err_set(ERR_CORRUPT,
			    "the records are damaged: a receipt is missing");
		}
		if (views_get(node->views, (uint32_t)rid)->rows) {
			gathering.rid = rid;
			err = query_open(
			    node, (uint32_t)rid, read_gaps, &gathering);
		}
	}
	if (book->gap_count) {
		qsort(book->gaps, book->gap_count, sizeof *book->gaps, by_rid);
	}
	return err;
}

static enum err need_book(
    struct fates *fates, uint32_t stream, struct book **out)
{
	struct node *node = fates->node;
	struct book *book = &fates->books[stream - 1];
	enum err err = ERR_OK;

	*out = book;
	if (book->read) {
		return ERR_OK;
	}
	err = delivery_scan_sent(node->db, stream, keep_sent, book);
	if (!err) {
		err =
		    delivery_scan_receipts(node->db, stream, keep_range, book);
	}
	if (!err) {
		err = open_receipts(
		    node, &state_stream(node, stream)->row.state.id, book);
	}
	book->read = !err;
	return err;
}

/*
 * One record.
 */

/* The first row of this reader that reaches the number. */
static int64_t sent_at(const struct book *book, int64_t org, uint64_t number)
{
	size_t low = 0;
	size_t high = book->sent_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct delivery_sent *row = &book->sent[middle];

		if (row->org < org || (row->org == org && row->last < number)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < book->sent_count && book->sent[low].org == org
	           ? book->sent[low].sent_ms
	           : 0;
}

static const char *gap_reason(
    const struct book *book, int64_t rid, uint64_t number)
{
	struct gap key = { .rid = rid, .number = number };
	const struct gap *found =
	    book->gap_count ? bsearch(&key, book->gaps, book->gap_count,
				  sizeof *book->gaps, by_rid)
			    : NULL;

	return found ? found->reason : "";
}

/* Is the receipt `rid` to be given rather than the one so far? */
typedef bool (*preferred)(const struct fates *fates, const struct book *book,
    uint64_t number, int64_t rid, int64_t than);

static bool is_newer(const struct fates *fates, const struct book *book,
    uint64_t number, int64_t rid, int64_t than)
{
	(void)fates;
	(void)book;
	(void)number;
	return rid > than;
}

static bool is_earlier(const struct fates *fates, const struct book *book,
    uint64_t number, int64_t rid, int64_t than)
{
	bool unread = gap_reason(book, rid, number)[0];
	int64_t made = 0;
	int64_t other = 0;

	if (!than || unread != (bool)gap_reason(book, than, number)[0]) {
		return !than || !unread;
	}
	made = views_get(fates->node->views, (uint32_t)rid)->created_ms;
	other = views_get(fates->node->views, (uint32_t)than)->created_ms;
	return made < other || (made == other && rid < than);
}

/* Of the receipts of this reader that cover the number the one that is
 * preferred; 0 none. */
static int64_t receipt_for(const struct fates *fates, const struct book *book,
    int64_t org, uint64_t number, preferred is_preferred)
{
	int64_t best = 0;
	size_t low = 0;
	size_t high = book->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct delivery_receipt *row = &book->ranges[middle].row;

		if (row->org < org ||
		    (row->org == org && row->first <= number)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	while (low > 0 && book->ranges[low - 1].row.org == org &&
	       book->ranges[low - 1].reach >= number) {
		const struct delivery_receipt *row = &book->ranges[--low].row;

		if (row->last >= number &&
		    is_preferred(fates, book, number, row->rid, best)) {
			best = row->rid;
		}
	}
	return best;
}

static enum err get(struct fates *fates, uint32_t rid, int64_t org,
    preferred is_preferred, struct fate *out)
{
	const struct view_record *view = views_get(fates->node->views, rid);
	struct book *book = NULL;
	enum err err = need_book(fates, view->stream, &book);

	*out = (struct fate){ 0 };
	if (err) {
		return err;
	}
	out->sent_ms = sent_at(book, org, view->number);
	out->receipt =
	    (uint32_t)receipt_for(fates, book, org, view->number, is_preferred);
	if (out->receipt) {
		out->receipted_ms =
		    views_get(fates->node->views, out->receipt)->created_ms;
		(void)snprintf(out->unreadable, sizeof out->unreadable, "%s",
		    gap_reason(book, out->receipt, view->number));
	}
	return ERR_OK;
}

enum err fates_get(
    struct fates *fates, uint32_t rid, int64_t org, struct fate *out)
{
	return get(fates, rid, org, is_newer, out);
}

enum err fates_first(
    struct fates *fates, uint32_t rid, int64_t org, struct fate *out)
{
	return get(fates, rid, org, is_earlier, out);
}

/*
 * How many are not signed for.
 */

struct summing {
	struct node *node;
	uint64_t *counts;
	uint32_t *contents; /* of numbers 1 to n, how many are content */
	uint64_t taken;
	int64_t org;   /* the reader whose ranges these are, 0 none yet */
	uint64_t upto; /* covered so far */
};

static enum err take_off(void *context, const struct delivery_receipt *row)
{
	struct summing *summing = context;
	uint64_t last = row->last < summing->taken ? row->last : summing->taken;
	uint64_t before = row->first - 1;

	if (row->org != summing->org) {
		summing->org = row->org;
		summing->upto = 0;
	}
	if (before < summing->upto) {
		before = summing->upto;
	}
	if (last > before && row->org >= 1 &&
	    (size_t)row->org <= summing->node->peer_count) {
		summing->counts[row->org - 1] -=
		    summing->contents[last] - summing->contents[before];
		summing->upto = last;
	}
	return ERR_OK;
}

static enum err sum_stream(
    struct node *node, const struct state_stream *stream, uint64_t *counts)
{
	struct summing summing = {
		.node = node, .counts = counts, .taken = stream->row.state.taken
	};
	enum err err = ERR_OK;

	summing.contents = calloc(summing.taken + 1, sizeof *summing.contents);
	if (!summing.contents) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (uint64_t n = 1; n <= summing.taken; n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);

		summing.contents[n] =
		    summing.contents[n - 1] +
		    (rid &&
			!views_is_housekeeping(
			    (enum view_type)views_get(node->views, rid)->type));
	}
	for (size_t i = 0; i < stream->reader_count; i++) {
		const struct peer *peer =
		    peers_by_id(node, &stream->readers[i]);

		if (peer && peer->org != 1) {
			counts[peer->org - 1] +=
			    summing.contents[summing.taken];
		}
	}
	err = delivery_scan_receipts(
	    node->db, stream->row.stream, take_off, &summing);
	free(summing.contents);
	return err;
}

enum err fates_unsigned(struct node *node, uint64_t *counts)
{
	enum err err = ERR_OK;

	memset(counts, 0, node->peer_count * sizeof *counts);
	for (size_t i = 0; i < node->stream_count && !err; i++) {
		const struct state_stream *stream = &node->streams[i];

		if (state_log(node, stream->row.log)->org == 1) {
			err = sum_stream(node, stream, counts);
		}
	}
	return err;
}
