#include "view/bundle_parts.h"

#include "codec/canon.h"
#include "codec/pbjson.h"
#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "service/granting.h"
#include "service/payload.h"
#include "view/bundle_index.h"
#include "view/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bundle_parts_gather(
    const struct bundle_files *files, size_t *at, struct bundle_record *out)
{
	struct bundle_name first = files->items[*at].name;
	*out = (struct bundle_record){ 0 };
	while (*at < files->count) {
		const struct bundle_file *file = &files->items[*at];
		if (file->name.kind != first.kind ||
		    !id_equal(&file->name.id, &first.id)) {
			break;
		}
		out->parts[file->name.part] = file->content;
		(*at)++;
	}
}

static bool has(const struct bundle_record *record, enum bundle_part part)
{
	return record->parts[part].size > 0;
}

static struct bundle_why good(void)
{
	return (struct bundle_why){ 0 };
}

static struct bundle_why bad(enum bundle_part part, const char *what)
{
	return (struct bundle_why){ what, part };
}

/* PROTOCOL.md M251: "The leaf hash of each header in a bundle MUST be the name
 * of its folder, and its proof MUST hold the very bytes of its log's checkpoint
 * and lead to the root there." */
static struct bundle_why prove(struct bundle_checking *checking,
    struct bundle_entry *entry, const struct bundle_record *record)
{
	struct tlogproof proof;
	struct id32 leaf;
	enum err err =
	    envelope_get_header(record->parts[BUNDLE_HEADER], &entry->header);
	entry->newer = err == ERR_VERSION;
	if (err != ERR_OK && !entry->newer) {
		return bad(BUNDLE_HEADER, "it is no header");
	}
	merkle_leaf(record->parts[BUNDLE_HEADER], &leaf);
	if (!id_equal(&leaf, &entry->id)) {
		return bad(BUNDLE_HEADER, "it is another record's header");
	}
	entry->log = bundle_parts_log(
	    checking, &entry->header.author, &entry->header.generation);
	if (entry->log == NULL) {
		return bad(BUNDLE_HEADER,
		    "no good checkpoint of its author's log is in the bundle");
	}
	if (tlogproof_parse(record->parts[BUNDLE_PROOF], &proof) != ERR_OK) {
		return bad(BUNDLE_PROOF, err_text());
	}
	if (!span_equal(proof.note, entry->log->file->content)) {
		entry->log->elsewhere++;
		return bad(BUNDLE_PROOF, "it leads to another checkpoint");
	}
	entry->leaf = proof.index;
	return merkle_check_inclusion(proof.index, entry->log->head.size, &leaf,
		   proof.hashes, proof.hash_count,
		   &entry->log->head.root) == ERR_OK
	           ? good()
	           : bad(BUNDLE_PROOF, "it does not lead to the signed root");
}

static struct bundle_why check_slots(
    const struct header *header, const struct bundle_record *record)
{
	struct id32 hash;
	if (header->slotted != has(record, BUNDLE_SLOTS)) {
		return bad(BUNDLE_SLOTS, header->slotted
					     ? "is missing"
					     : "its record bears no slots");
	}
	seal_slots_hash(record->parts[BUNDLE_SLOTS], &hash);
	return !header->slotted || id_equal(&hash, &header->slots_hash)
	           ? good()
	           : bad(BUNDLE_SLOTS, "they are not those of the header");
}

/* PROTOCOL.md M252: "Slots and body of a record in a bundle MUST have the
 * hashes and the size that its header gives, and a record of a header of a
 * higher version MUST have neither, nor a payload." */
static struct bundle_why check_bytes(
    const struct bundle_entry *entry, const struct bundle_record *record)
{
	const struct header *header = &entry->header;
	struct id32 hash;
	if (entry->newer) {
		bool more = has(record, BUNDLE_SLOTS) ||
		            has(record, BUNDLE_BODY) ||
		            has(record, BUNDLE_PAYLOAD) ||
		            has(record, BUNDLE_CONTENT_KEY);
		return more ? bad(BUNDLE_HEADER,
				  "it is of a later version, and bytes are "
				  "there that cannot be checked")
		            : good();
	}
	struct bundle_why why = check_slots(header, record);
	if (why.what != NULL || !has(record, BUNDLE_BODY)) {
		return why;
	}
	seal_body_hash(record->parts[BUNDLE_BODY], &hash);
	return record->parts[BUNDLE_BODY].size == header->body_size &&
	               id_equal(&hash, &header->body_hash)
	           ? good()
	           : bad(BUNDLE_BODY, "it is not the body of the header");
}

/* PROTOCOL.md M254: "An opened record's content key MUST fit the commitment in
 * its header and open its body to exactly the bytes of its payload, and these
 * MUST be a payload by M170 and M171." */
enum err bundle_parts_open(struct bundle_checking *checking,
    const struct header *header, const struct bundle_record *record,
    Qsg__Payload **payload, struct bundle_why *why)
{
	static const enum bundle_part needed[] = { BUNDLE_BODY,
		BUNDLE_CONTENT_KEY, BUNDLE_PAYLOAD };
	struct span key = record->parts[BUNDLE_CONTENT_KEY];
	enum record_reason reason = RECORD_NO_REASON;
	*payload = NULL;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!has(record, needed[i])) {
			*why = bad(
			    needed[i], "is missing, and its record is opened");
			return ERR_OK;
		}
	}
	if (key.size != sizeof(struct id32)) {
		*why = bad(BUNDLE_CONTENT_KEY, "a content key has 32 bytes");
		return ERR_OK;
	}
	buf_reset(&checking->scratch);
	enum err err = seal_open_disclosed(checking->worker, header, key.data,
	    record->parts[BUNDLE_BODY], &checking->scratch);
	if (err == ERR_MEM) {
		return err;
	}
	if (err != ERR_OK) {
		*why = bad(BUNDLE_CONTENT_KEY, "it does not open the body");
	} else if (!span_equal(buf_span(&checking->scratch),
		       record->parts[BUNDLE_PAYLOAD])) {
		*why = bad(BUNDLE_PAYLOAD, "it is not what the body says");
	} else if (payload_read(record->parts[BUNDLE_PAYLOAD], header->slotted,
		       payload, &reason) != ERR_OK) {
		*why = bad(BUNDLE_PAYLOAD, "it breaks a rule");
	} else if (header->slotted &&
		   !payload_audience_fits(
		       (*payload)->audience, header, &header->author)) {
		*why = bad(
		    BUNDLE_PAYLOAD, "its audience is not that of the header");
	}
	return ERR_OK;
}

static void count(struct bundle_checking *checking,
    const struct bundle_entry *entry, const struct bundle_record *record,
    const Qsg__Payload *payload)
{
	entry->log->records++;
	entry->log->org->records++;
	if (payload != NULL) {
		checking->opened++;
	} else if (entry->newer) {
		checking->newer++;
	} else if (has(record, BUNDLE_BODY)) {
		checking->sealed++;
	} else {
		checking->bodyless++;
	}
}

/* Compare the next piece of a list, that of a record if there is one, and go on
 * behind it. Where a file was removed and every sum made again, only the lists
 * still tell whose it was. */
static void compare_list(struct bundle_checking *checking,
    const struct id32 *record, enum bundle_kind kind)
{
	const struct buf *piece = &checking->scratch;
	const struct bundle_name name = { .kind = kind };
	bool is_csv = kind == BUNDLE_CSV;
	struct span *rest = is_csv ? &checking->csv : &checking->page;
	bool *is_wrong = is_csv ? &checking->csv_wrong : &checking->page_wrong;
	char what[96];
	if (*is_wrong) {
		return;
	}
	if (rest->size < piece->size ||
	    !span_equal(span_of(rest->data, piece->size), buf_span(piece))) {
		*is_wrong = true;
		(void)snprintf(what, sizeof(what),
		    "it does not say what the records and cards say%s%.12s",
		    record == NULL ? "" : ", from record ",
		    record == NULL ? "" : text_hex_id(record).text);
		bundle_parts_wrong_file(checking, &name, what);
		return;
	}
	*rest = span_of(rest->data + piece->size, rest->size - piece->size);
}

/* PROTOCOL.md M253: "A checker MUST write both lists again from the other files
 * and refuse them unless they are the same." */
static enum err compare_row(
    struct bundle_checking *checking, const struct bundle_row *row)
{
	buf_reset(&checking->scratch);
	enum err err = bundle_csv_row(row, &checking->scratch);
	if (err == ERR_OK) {
		compare_list(checking, &row->record, BUNDLE_CSV);
		buf_reset(&checking->scratch);
		err = bundle_page_row(row, &checking->scratch);
	}
	if (err == ERR_OK) {
		compare_list(checking, &row->record, BUNDLE_PAGE);
	}
	return err;
}

static enum err compare_begin(struct bundle_checking *checking)
{
	checking->csv = bundle_read_single(&checking->files, BUNDLE_CSV);
	checking->page = bundle_read_single(&checking->files, BUNDLE_PAGE);
	buf_reset(&checking->scratch);
	enum err err = bundle_csv_begin(&checking->scratch);
	if (err == ERR_OK) {
		compare_list(checking, NULL, BUNDLE_CSV);
		buf_reset(&checking->scratch);
		err = bundle_page_begin(&checking->scratch);
	}
	for (size_t i = 0; err == ERR_OK && i < checking->org_count; i++) {
		err = bundle_page_card(
		    &checking->orgs[i].card, &checking->scratch);
	}
	if (err == ERR_OK) {
		err = bundle_page_records(&checking->scratch);
	}
	if (err == ERR_OK) {
		compare_list(checking, NULL, BUNDLE_PAGE);
	}
	return err;
}

static enum err compare_end(struct bundle_checking *checking)
{
	buf_reset(&checking->scratch);
	enum err err = bundle_page_end(&checking->scratch);
	if (err == ERR_OK) {
		compare_list(checking, NULL, BUNDLE_PAGE);
	}
	buf_reset(&checking->scratch);
	if (checking->csv.size > 0 && !checking->csv_wrong) {
		bundle_parts_wrong_file(checking,
		    &(struct bundle_name){ .kind = BUNDLE_CSV },
		    "it lists more records than there are");
	}
	if (checking->page.size > 0 && !checking->page_wrong) {
		bundle_parts_wrong_file(checking,
		    &(struct bundle_name){ .kind = BUNDLE_PAGE },
		    "it goes on behind its end");
	}
	return err;
}

static const struct card *known_in(void *context, const struct id32 *author)
{
	const struct bundle_org *org = bundle_parts_org(context, author);
	return org == NULL ? NULL : &org->card;
}

/* PROTOCOL.md M434: "What an opened grant in a bundle carries MUST be checked
 * as a grantee does, against the cards in the bundle, and reported as holding
 * or not, with the reason." */
static enum err report_grant(
    struct bundle_checking *checking, const Qsg__Payload *payload, json_t *json)
{
	const struct granting_cards cards = { known_in, checking };
	struct granting_opened opened = { 0 };
	if (payload == NULL ||
	    payload->content_case != QSG__PAYLOAD__CONTENT_GRANT) {
		return ERR_OK;
	}
	enum err err = granting_check(payload, &cards, &opened);
	if (err == ERR_OK) {
		bool holds = opened.why_not[0] == '\0';
		json_t *grant = json_object();
		json_out_id(grant, "original", &opened.original);
		json_out_bool(grant, "holds", holds);
		json_out_text_or_null(grant, "why_not", opened.why_not);
		json_out_text_or_null(
		    grant, "author", holds ? opened.card.fields->name : NULL);
		json_out_text_or_null(grant, "fingerprint",
		    holds ? text_fingerprint(&opened.header.author).text
			  : NULL);
		json_out_set(json, "grant", grant);
	}
	granting_opened_clear(&opened);
	return err;
}

/* One row of the report. */
static enum err report(
    struct bundle_checking *checking, const struct bundle_row *row)
{
	json_t *json = json_object();
	json_t *receipt = NULL;
	json_out_id(json, "record", &row->record);
	json_out_text(json, "author", row->author->fields->name);
	json_out_text(json, "fingerprint",
	    text_fingerprint(&row->author->organisation).text);
	json_out_number(json, "entry", row->leaf);
	json_out_id(json, "stream", &row->header.stream);
	json_out_number(json, "number", row->header.number);
	json_out_text(json, "state", bundle_index_state(row));
	json_out_text_or_null(json, "type", bundle_index_type(row->payload));
	json_out_text_or_null(
	    json, "provider", bundle_index_provider(row->payload));
	json_out_text_or_null(
	    json, "foi_note", bundle_index_foi_note(row->payload));
	json_out_time(json, "created_at",
	    row->payload == NULL ? 0 : row->payload->created_at_ms);
	if (row->payload != NULL &&
	    row->payload->content_case == QSG__PAYLOAD__CONTENT_RECEIPT &&
	    pbjson_write(&row->payload->receipt->base, &receipt) == ERR_OK) {
		json_out_set(json, "receipt", receipt);
	}
	bundle_parts_report_activity(row->payload, &row->record, json);
	enum err err = report_grant(checking, row->payload, json);
	json_out_append(json_object_get(checking->report, "records"), json);
	return err;
}

static enum err take_record(
    struct bundle_checking *checking, const struct bundle_record *record)
{
	struct bundle_entry *entry = &checking->entries[checking->entry_count];
	struct bundle_name name = { .kind = BUNDLE_RECORD, .id = entry->id };
	Qsg__Payload *payload = NULL;
	struct bundle_why why = prove(checking, entry, record);
	enum err err = ERR_OK;
	if (why.what == NULL) {
		why = check_bytes(entry, record);
	}
	bool keyed = has(record, BUNDLE_CONTENT_KEY);
	checking->keys += keyed ? 1 : 0;
	if (why.what == NULL && (keyed || has(record, BUNDLE_PAYLOAD))) {
		err = bundle_parts_open(
		    checking, &entry->header, record, &payload, &why);
	}
	if (err == ERR_OK && why.what != NULL) {
		name.part = why.part;
		bundle_parts_wrong_file(checking, &name, why.what);
		/* Its line in the lists cannot be written. */
		checking->csv_wrong = true;
		checking->page_wrong = true;
	} else if (err == ERR_OK) {
		const struct bundle_row row = { .record = entry->id,
			.author = &entry->log->org->card,
			.header = entry->header,
			.leaf = entry->leaf,
			.has_body = has(record, BUNDLE_BODY),
			.payload = payload };
		entry->bodyless = !has(record, BUNDLE_BODY);
		count(checking, entry, record, payload);
		err = report(checking, &row);
		checking->entry_count++;
		if (err == ERR_OK) {
			err = compare_row(checking, &row);
		}
		if (err == ERR_OK && payload != NULL) {
			err = bundle_parts_note(checking, entry, payload);
		}
	}
	if (payload != NULL) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* Rather than all proofs, the checkpoint was changed. */
static void check_used(struct bundle_checking *checking)
{
	for (size_t i = 0; i < checking->log_count; i++) {
		const struct bundle_log *log = &checking->logs[i];
		if (log->elsewhere > 0 && log->records == 0) {
			bundle_parts_wrong_file(
			    checking, &log->file->name, "no proof leads to it");
		}
	}
}

enum err bundle_parts_records(struct bundle_checking *checking)
{
	const struct bundle_files *files = &checking->files;
	size_t at = 0;
	checking->entries =
	    calloc(files->count + 1, sizeof(*checking->entries));
	if (checking->entries == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	enum err err = compare_begin(checking);
	while (err == ERR_OK && at < files->count) {
		struct bundle_record record;
		struct bundle_name name = files->items[at].name;
		if (name.kind != BUNDLE_RECORD) {
			at++;
			continue;
		}
		bundle_parts_gather(files, &at, &record);
		checking->records++;
		if (!has(&record, BUNDLE_HEADER) ||
		    !has(&record, BUNDLE_PROOF)) {
			name.part = has(&record, BUNDLE_HEADER) ? BUNDLE_PROOF
			                                        : BUNDLE_HEADER;
			bundle_parts_wrong_file(checking, &name, "is missing");
			checking->csv_wrong = true;
			checking->page_wrong = true;
			continue;
		}
		checking->entries[checking->entry_count] =
		    (struct bundle_entry){ .id = name.id };
		err = take_record(checking, &record);
	}
	check_used(checking);
	if (err == ERR_OK && checking->records > LIMIT_BUNDLE_RECORDS) {
		bundle_parts_wrong(
		    checking, NULL, "more records than a bundle may hold");
	}
	return err == ERR_OK ? compare_end(checking) : err;
}

/*
 * Chains.
 */

static int by_stream(const void *a, const void *b)
{
	const struct header *one = &((const struct bundle_entry *)a)->header;
	const struct header *two = &((const struct bundle_entry *)b)->header;
	int order = id_compare(&one->author, &two->author);
	if (order == 0) {
		order = memcmp(one->generation.b, two->generation.b,
		    sizeof(one->generation.b));
	}
	if (order == 0) {
		order = id_compare(&one->stream, &two->stream);
	}
	if (order != 0) {
		return order;
	}
	return one->number == two->number  ? 0
	       : one->number < two->number ? -1
	                                   : 1;
}

static bool same_stream(const struct header *a, const struct header *b)
{
	return id_equal(&a->author, &b->author) &&
	       generation_equal(&a->generation, &b->generation) &&
	       id_equal(&a->stream, &b->stream);
}

/* What is known of the stream when its next record is looked at. */
struct following {
	const struct bundle_entry *last;  /* before it, NULL none */
	const struct bundle_entry *keyed; /* newest slot-bearing one */
	bool whole;                       /* nothing is missing since keyed */
};

static const char *check_opening(const struct bundle_entry *entry)
{
	struct id32 stream;
	if (entry->newer || !entry->header.slotted) {
		return "it opens its stream and bears no slots";
	}
	seal_stream_id(&entry->header, &stream);
	return id_equal(&stream, &entry->header.stream)
	           ? NULL
	           : "its stream has another id";
}

static const char *check_keying(
    const struct following *following, const struct bundle_entry *entry)
{
	const struct header *header = &entry->header;
	const struct bundle_entry *keyed = following->keyed;
	if (entry->newer || keyed == NULL) {
		return NULL;
	}
	if (header->slotted) {
		return id_equal(&header->audience_commitment,
			   &keyed->header.audience_commitment)
		           ? NULL
		           : "its stream has changed its audience";
	}
	return !following->whole || id_equal(&header->keyed_by, &keyed->id)
	           ? NULL
	           : "another record keyed its stream";
}

/* PROTOCOL.md M255: "The headers of a stream in a bundle MUST follow on each
 * other by M64 to M68, as far as they are there." */
static const char *follow(
    struct following *following, const struct bundle_entry *entry)
{
	const struct header *header = &entry->header;
	const struct bundle_entry *last = following->last;
	bool next = last != NULL && header->number == last->header.number + 1;
	const char *why = NULL;
	if (header->number == 1) {
		why = check_opening(entry);
	} else if (next && !id_equal(&header->previous, &last->id)) {
		why = "it does not follow on the record before it";
	}
	following->whole = following->whole && next && !last->newer;
	why = why == NULL ? check_keying(following, entry) : why;
	if (!entry->newer && header->slotted) {
		following->keyed = entry;
		following->whole = true;
	}
	following->last = entry;
	return why;
}

/* Before all else: whichever of the two comes first may not follow on what is
 * before it. */
static bool has_twin(const struct bundle_checking *checking, size_t at)
{
	const struct bundle_entry *entry = &checking->entries[at];
	const struct bundle_entry *next = entry + 1;
	return at + 1 < checking->entry_count &&
	       same_stream(&entry->header, &next->header) &&
	       entry->header.number == next->header.number;
}

enum err bundle_parts_chains(struct bundle_checking *checking)
{
	struct following following = { 0 };
	qsort(checking->entries, checking->entry_count,
	    sizeof(*checking->entries), by_stream);
	for (size_t i = 0; i < checking->entry_count; i++) {
		const struct bundle_entry *entry = &checking->entries[i];
		if (following.last == NULL ||
		    !same_stream(&following.last->header, &entry->header)) {
			following = (struct following){ 0 };
		}
		const char *why =
		    has_twin(checking, i)
			? "its author signed two records of one number"
			: follow(&following, entry);
		if (why != NULL) {
			const struct bundle_name name = { .kind = BUNDLE_RECORD,
				.part = BUNDLE_HEADER,
				.id = entry->id };
			bundle_parts_wrong_file(checking, &name, why);
		}
	}
	return ERR_OK;
}
