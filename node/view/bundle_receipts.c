#include "view/bundle_parts.h"

#include "codec/text.h"
#include "domain/content.h"
#include "view/json_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISCLOSURES_SHOWN = 65536 };

struct place {
	struct id32 author;
	struct generation generation;
	struct id32 stream;
};

/* Who could read a stream, as an opened record of it says. */
struct bundle_audience {
	struct place place;
	struct id32 *readers;
	size_t count;
};

/* A number that a receipt calls unreadable. */
struct gap {
	uint64_t number;
	char reason[LIMIT_TOKEN_BYTES + 1];
};

/* What an opened receipt says of one stream. */
struct bundle_claim {
	struct place place;
	uint64_t first;
	uint64_t last;
	struct id32 record; /* at last */
	struct id32 signer;
	struct id32 receipt;
	int64_t created_ms;
	uint64_t leaf;
	struct gap *gaps;
	size_t gap_count;
};

static struct place place_of(const struct header *header)
{
	return (
	    struct place){ header->author, header->generation, header->stream };
}

static int compare_places(const struct place *a, const struct place *b)
{
	int order = id_compare(&a->author, &b->author);
	if (order == 0) {
		order = memcmp(
		    a->generation.b, b->generation.b, sizeof(a->generation.b));
	}
	return order != 0 ? order : id_compare(&a->stream, &b->stream);
}

/*
 * Gathering.
 */

/* Room for one more, doubling. */
static enum err grow(void **items, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0) {
		return ERR_OK;
	}
	void *grown = realloc(*items, (count == 0 ? 1 : 2 * count) * size);
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	*items = grown;
	return ERR_OK;
}

static enum err note_audience(struct bundle_checking *checking,
    const struct bundle_entry *entry, const Qsg__Audience *audience)
{
	struct bundle_audience made = { .place = place_of(&entry->header) };
	void *items = checking->audiences;
	enum err err = grow(
	    &items, checking->audience_count, sizeof(*checking->audiences));
	checking->audiences = items;
	made.readers = calloc(audience->n_readers + 1, sizeof(*made.readers));
	if (err != ERR_OK || made.readers == NULL) {
		free(made.readers);
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < audience->n_readers; i++) {
		if (audience->readers[i].len == sizeof(struct id32)) {
			memcpy(made.readers[made.count++].b,
			    audience->readers[i].data, sizeof(struct id32));
		}
	}
	checking->audiences[checking->audience_count++] = made;
	return ERR_OK;
}

static enum err copy_gaps(
    const Qsg__ReceiptStream *stream, struct bundle_claim *claim)
{
	claim->gaps = calloc(stream->n_unreadable + 1, sizeof(*claim->gaps));
	if (claim->gaps == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < stream->n_unreadable; i++) {
		struct gap *gap = &claim->gaps[claim->gap_count++];
		gap->number = stream->unreadable[i]->number;
		(void)snprintf(gap->reason, sizeof(gap->reason), "%s",
		    stream->unreadable[i]->reason);
	}
	return ERR_OK;
}

/* The lengths are those of a receipt by M200: it was read as a payload. */
static enum err note_receipt(struct bundle_checking *checking,
    const struct bundle_entry *entry, const Qsg__Payload *payload)
{
	const Qsg__Receipt *receipt = payload->receipt;
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < receipt->n_streams; i++) {
		const Qsg__ReceiptStream *stream = receipt->streams[i];
		void *items = checking->claims;
		err = grow(
		    &items, checking->claim_count, sizeof(*checking->claims));
		checking->claims = items;
		if (err != ERR_OK) {
			return err;
		}
		struct bundle_claim *claim =
		    &checking->claims[checking->claim_count++];
		*claim = (struct bundle_claim){ .first = stream->first,
			.last = stream->last,
			.signer = entry->header.author,
			.receipt = entry->id,
			.created_ms = payload->created_at_ms,
			.leaf = entry->leaf };
		memcpy(claim->place.author.b, receipt->author.data,
		    sizeof(claim->place.author.b));
		memcpy(claim->place.generation.b, stream->generation.data,
		    sizeof(claim->place.generation.b));
		memcpy(claim->place.stream.b, stream->stream.data,
		    sizeof(claim->place.stream.b));
		memcpy(claim->record.b, stream->record.data,
		    sizeof(claim->record.b));
		err = copy_gaps(stream, claim);
	}
	return err;
}

enum err bundle_parts_note(struct bundle_checking *checking,
    struct bundle_entry *entry, const Qsg__Payload *payload)
{
	const struct content_kind *kind = content_kind(payload);

	if (payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE) {
		return note_audience(checking, entry, payload->audience);
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_RECEIPT) {
		return entry->log->stands == BUNDLE_DISOWNED
		           ? ERR_OK
		           : note_receipt(checking, entry, payload);
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ERASURE) {
		return entry->log->stands == BUNDLE_DISOWNED
		           ? ERR_OK
		           : bundle_parts_note_erasure(
				 checking, entry, payload);
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTIVITY) {
		return bundle_parts_note_activity(checking, entry, payload);
	}
	entry->content = kind != NULL && !kind->housekeeping;
	return ERR_OK;
}

void bundle_parts_forget(struct bundle_checking *checking)
{
	for (size_t i = 0; i < checking->audience_count; i++) {
		free(checking->audiences[i].readers);
	}
	for (size_t i = 0; i < checking->claim_count; i++) {
		free(checking->claims[i].gaps);
	}
	free(checking->audiences);
	free(checking->erasures);
	free(checking->claims);
	free(checking->acts);
}

/*
 * Who signed for what.
 */

static int by_place(const void *a, const void *b)
{
	return compare_places(&((const struct bundle_audience *)a)->place,
	    &((const struct bundle_audience *)b)->place);
}

static int compare_signers(const struct bundle_claim *claim,
    const struct place *place, const struct id32 *signer)
{
	int order = compare_places(&claim->place, place);
	return order != 0 ? order : id_compare(&claim->signer, signer);
}

/* By stream and signer, the newest first. */
static int by_signer(const void *a, const void *b)
{
	const struct bundle_claim *one = a;
	const struct bundle_claim *two = b;
	int order = compare_signers(one, &two->place, &two->signer);
	if (order == 0) {
		order = (one->created_ms < two->created_ms) -
		        (one->created_ms > two->created_ms);
	}
	return order != 0 ? order
	                  : (one->leaf < two->leaf) - (one->leaf > two->leaf);
}

/* The records of one stream that are here, ascending. */
struct run {
	struct bundle_checking *checking;
	const struct bundle_entry *entries;
	size_t count;
	struct place place;
	const struct bundle_claim **signed_by; /* of one reader, by record */
	size_t *next;    /* the first record from here on without one */
	uint64_t *reach; /* the last number that is here without a gap */
};

static size_t find_number(const struct run *run, uint64_t number)
{
	size_t low = 0;
	size_t high = run->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (run->entries[middle].header.number < number) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static size_t find_free(struct run *run, size_t at)
{
	while (run->next[at] != at) {
		run->next[at] = run->next[run->next[at]];
		at = run->next[at];
	}
	return at;
}

/* PROTOCOL.md M258: "A checker MUST count a receipt in a bundle for a record
 * only if its signer is a reader of the record's stream, it names that stream
 * and a range with the record's number, and where the range ends the bundle
 * holds no other record than the one it names." */
static void paint(struct run *run, const struct bundle_claim *claim)
{
	size_t end = find_number(run, claim->last);
	if (end < run->count &&
	    run->entries[end].header.number == claim->last &&
	    !id_equal(&run->entries[end].id, &claim->record)) {
		return;
	}
	size_t at = find_free(run, find_number(run, claim->first));
	while (
	    at < run->count && run->entries[at].header.number <= claim->last) {
		run->signed_by[at] = claim;
		run->next[at] = at + 1;
		at = find_free(run, at);
	}
}

static void paint_all(struct run *run, const struct id32 *reader)
{
	const struct bundle_checking *checking = run->checking;
	size_t low = 0;
	size_t high = checking->claim_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_signers(
			&checking->claims[middle], &run->place, reader) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (size_t i = 0; i <= run->count; i++) {
		run->next[i] = i;
	}
	memset(run->signed_by, 0, run->count * sizeof(run->signed_by[0]));
	for (;
	     low < checking->claim_count &&
	     compare_signers(&checking->claims[low], &run->place, reader) == 0;
	     low++) {
		paint(run, &checking->claims[low]);
	}
}

static const char *gap_reason(const struct bundle_claim *claim, uint64_t number)
{
	for (size_t i = 0; i < claim->gap_count; i++) {
		if (claim->gaps[i].number == number) {
			return claim->gaps[i].reason;
		}
	}
	return NULL;
}

static void put_row(struct run *run, size_t at, const struct id32 *reader)
{
	struct bundle_checking *checking = run->checking;
	const struct bundle_entry *entry = &run->entries[at];
	const struct bundle_claim *claim = run->signed_by[at];
	const struct bundle_org *org = bundle_parts_org(checking, reader);
	bool linked = claim != NULL && claim->last <= run->reach[at];
	checking->disclosures++;
	checking->signed_for += claim != NULL ? 1 : 0;
	checking->unlinked += claim != NULL && !linked ? 1 : 0;
	if (checking->disclosures > DISCLOSURES_SHOWN) {
		return;
	}
	json_t *json = json_object();
	json_out_id(json, "record", &entry->id);
	json_out_text(json, "author", entry->log->org->card.fields->name);
	json_out_text(json, "reader", text_fingerprint(reader).text);
	json_out_text_or_null(
	    json, "reader_name", org == NULL ? NULL : org->card.fields->name);
	if (claim == NULL) {
		json_out_set(json, "receipt", json_null());
	} else {
		json_out_id(json, "receipt", &claim->receipt);
		json_out_time(json, "signed_at", claim->created_ms);
		json_out_bool(json, "linked", linked);
		json_out_text_or_null(json, "unreadable",
		    gap_reason(claim, entry->header.number));
	}
	json_out_append(json_object_get(checking->report, "disclosures"), json);
}

static void report_reader(struct run *run, const struct id32 *reader)
{
	paint_all(run, reader);
	for (size_t i = 0; i < run->count; i++) {
		if (run->entries[i].content) {
			put_row(run, i, reader);
		}
	}
}

static void measure(struct run *run)
{
	for (size_t i = run->count; i > 0; i--) {
		uint64_t number = run->entries[i - 1].header.number;
		bool follows = i < run->count &&
		               run->entries[i].header.number == number + 1;
		run->reach[i - 1] = follows ? run->reach[i] : number;
	}
}

static enum err report_run(struct run *run)
{
	const struct bundle_checking *checking = run->checking;
	const struct bundle_audience key = { .place = run->place };
	const struct bundle_audience *audience =
	    checking->audience_count == 0
		? NULL
		: bsearch(&key, checking->audiences, checking->audience_count,
		      sizeof(key), by_place);
	enum err err = ERR_OK;
	if (audience == NULL) {
		return ERR_OK;
	}
	run->signed_by = calloc(run->count + 1, sizeof(run->signed_by[0]));
	run->next = calloc(run->count + 1, sizeof(*run->next));
	run->reach = calloc(run->count + 1, sizeof(*run->reach));
	if (run->signed_by == NULL || run->next == NULL || run->reach == NULL) {
		err = err_set(ERR_MEM, "out of memory");
		goto done;
	}
	measure(run);
	for (size_t i = 0; i < audience->count; i++) {
		if (!id_equal(&audience->readers[i], &run->place.author)) {
			report_reader(run, &audience->readers[i]);
		}
	}
done:
	free(run->signed_by);
	free(run->next);
	free(run->reach);
	return err;
}

enum err bundle_parts_receipts(struct bundle_checking *checking)
{
	enum err err = ERR_OK;
	json_out_set(checking->report, "disclosures", json_array());
	if (checking->fault_count > 0) {
		return ERR_OK;
	}
	if (checking->audience_count > 0) {
		qsort(checking->audiences, checking->audience_count,
		    sizeof(*checking->audiences), by_place);
	}
	if (checking->claim_count > 0) {
		qsort(checking->claims, checking->claim_count,
		    sizeof(*checking->claims), by_signer);
	}
	/* In the order that the chains were checked in. */
	for (size_t i = 0; err == ERR_OK && i < checking->entry_count;) {
		struct run run = { .checking = checking,
			.entries = &checking->entries[i],
			.place = place_of(&checking->entries[i].header) };
		for (; i < checking->entry_count; i++, run.count++) {
			struct place place =
			    place_of(&checking->entries[i].header);
			if (compare_places(&place, &run.place) != 0) {
				break;
			}
		}
		err = report_run(&run);
	}
	return err;
}
