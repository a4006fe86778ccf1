#define _GNU_SOURCE

#include "service/export.h"

#include "codec/canon.h"
#include "codec/utf8.h"
#include "codec/when.h"
#include "domain/reference.h"
#include "ledger/tlogproof.h"
#include "service/activity.h"
#include "service/audit.h"
#include "service/corrections.h"
#include "service/export_needs.h"
#include "service/granting.h"
#include "service/query.h"
#include "service/state.h"
#include "service/submit.h"
#include "service/summits.h"
#include "store/delivery.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Choosing.
 */

/* Why a record comes along. */
enum choice { NOT_CHOSEN, COMPANION, CHOSEN };

/* Records under way, one choice each by rid - 1, so that none comes twice. */
struct choosing {
	struct node *node;
	uint8_t *chosen;
	size_t count;
};

/* False when nothing comes of it. */
static bool take(struct choosing *choosing, uint32_t rid, enum choice choice)
{
	if (rid == 0 || choosing->chosen[rid - 1] >= (uint8_t)choice) {
		return false;
	}
	choosing->count += choosing->chosen[rid - 1] == NOT_CHOSEN ? 1 : 0;
	choosing->chosen[rid - 1] = (uint8_t)choice;
	return true;
}

/* The slot-bearing records of its stream that say who could read it: the
 * opening, and the one that keyed it. */
static void choose_keying(
    struct choosing *choosing, const struct view_record *view)
{
	const struct views *views = choosing->node->views;
	for (uint64_t number = view->number; number > 0; number--) {
		uint32_t rid = views_at(views, view->stream, number);
		if (rid != 0 && views_get(views, rid)->slotted) {
			(void)take(choosing, rid, COMPANION);
			break;
		}
	}
	(void)take(choosing, views_at(views, view->stream, 1), COMPANION);
}

static void choose_lone(struct choosing *choosing, uint32_t rid)
{
	uint32_t held = views_holder(choosing->node->views, rid);
	if (take(choosing, held, CHOSEN)) {
		choose_keying(choosing, views_get(choosing->node->views, held));
	}
}

/* Who had it erased, and who answered what. */
static void choose_erasures(struct choosing *choosing, uint32_t rid)
{
	const struct views *views = choosing->node->views;
	uint32_t erasure = 0;
	size_t place = 0;
	while ((erasure = views_next_link(views, &views_get(views, rid)->id,
		    REFERENCE_ERASES, &place)) != 0) {
		uint32_t answer = 0;
		size_t at = 0;
		choose_lone(choosing, erasure);
		while ((answer = views_next_link(views,
			    &views_get(views, erasure)->id,
			    REFERENCE_ANSWERS_ERASURE, &at)) != 0) {
			choose_lone(choosing, answer);
		}
	}
}

/* What it corrects, and in turn what that corrects. */
static void choose(struct choosing *choosing, uint32_t rid)
{
	const struct views *views = choosing->node->views;
	/* What is granted is in the bundle by its grant. */
	while (take(choosing, views_holder(views, rid), CHOSEN)) {
		const struct view_record *view =
		    views_get(views, views_holder(views, rid));
		if (!view->slotted) {
			choose_keying(choosing, view);
			choose_erasures(choosing, rid);
		}
		rid = views_get(views, rid)->corrects;
	}
}

/* A record, every later correction of it, and that it was taken back. */
static void choose_with_corrections(struct choosing *choosing, uint32_t named)
{
	const struct views *views = choosing->node->views;
	uint32_t rid = named;
	size_t left = views_count(views) + views_granted_count(views);
	for (; rid != 0 && left > 0; left--) {
		choose(choosing, rid);
		rid = views_get(views, rid)->corrected_by;
	}
	if (named != 0 && corrections_retraction(choosing->node, named) != 0) {
		choose(choosing, corrections_retraction(choosing->node, named));
	}
}

static enum err choose_one(void *context, const struct query_item *item)
{
	choose_with_corrections(context, item->rid);
	return ERR_OK;
}

static enum err choose_named(
    struct choosing *choosing, const struct export_choice *choice)
{
	struct node *node = choosing->node;
	for (size_t i = 0; i < choice->record_count; i++) {
		uint32_t rid = 0;
		enum err err = views_find_prefix(
		    node->views, span_text(choice->records[i]), &rid);
		if (err != ERR_OK) {
			return err;
		}
		if (!export_needs_provable(
			node, views_holder(node->views, rid))) {
			return err_set(ERR_STATE,
			    "record %.64s is not yet joined to a head of its "
			    "author's log: try again once its author has been "
			    "reached",
			    choice->records[i]);
		}
		choose_with_corrections(choosing, rid);
	}
	return ERR_OK;
}

/*
 * Receipts.
 */

struct covering {
	struct choosing *choosing;
	uint32_t stream;
	uint64_t taken;
};

static enum err choose_receipt(
    void *context, const struct delivery_receipt *row)
{
	const struct covering *covering = context;
	struct choosing *choosing = covering->choosing;
	const struct views *views = choosing->node->views;
	uint64_t last =
	    row->last < covering->taken ? row->last : covering->taken;
	if (row->rid < 1 || (size_t)row->rid > views_count(views)) {
		return err_set(ERR_CORRUPT,
		    "the records are damaged: a receipt is missing");
	}
	for (uint64_t number = row->first; number <= last; number++) {
		uint32_t rid = views_at(views, covering->stream, number);
		if (rid != 0 && choosing->chosen[rid - 1] == CHOSEN) {
			choose(choosing, (uint32_t)row->rid);
			break;
		}
	}
	return ERR_OK;
}

/* Those that sign for chosen records of our own, or of anybody. */
static enum err choose_receipts(struct choosing *choosing, bool of_others)
{
	struct node *node = choosing->node;
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < node->stream_count; i++) {
		const struct state_stream *stream = &node->streams[i];
		bool ours = state_log(node, stream->row.log)->org == 1;
		struct covering covering = { choosing,
			(uint32_t)stream->row.stream, stream->row.state.taken };
		if (ours || of_others) {
			err = delivery_scan_receipts(node->db,
			    stream->row.stream, choose_receipt, &covering);
		}
	}
	return err;
}

/* PROTOCOL.md M435: "Records of activity MUST be opened in a bundle only where
 * whoever exports asks for them, and then each that the exporter has logged and
 * can prove." */
static void choose_activity(struct choosing *choosing)
{
	struct node *node = choosing->node;
	for (uint32_t rid = 1; rid <= node->committed_rid; rid++) {
		if (activity_is_ours(node, rid)) {
			choose(choosing, rid);
		}
	}
}

/*
 * A risk summit.
 */

/* By which others were given it, whoever gave it. */
static void choose_grants(struct choosing *choosing, const struct id32 *record)
{
	uint32_t grant = 0;
	size_t place = 0;
	while ((grant = granting_of(choosing->node, record, &place)) != 0) {
		choose_lone(choosing, grant);
	}
}

/* What a record cites, as far as it is held. */
static enum err choose_cited(struct choosing *choosing, uint32_t rid)
{
	struct node *node = choosing->node;
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);
	for (size_t i = 0; payload != NULL && i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		if (strcmp(reference->relation,
			reference_token(REFERENCE_CITES)) == 0 &&
		    reference->record.len == sizeof(id.b)) {
			memcpy(id.b, reference->record.data, sizeof(id.b));
			choose_with_corrections(
			    choosing, views_find(node->views, &id));
			choose_grants(choosing, &id);
		}
	}
	if (payload != NULL) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* PROTOCOL.md M705: "A bundle of a risk summit MUST hold every record of it
 * that the exporter holds and can prove, whether it counts or not, with what
 * each cites and the grants of that, and every receipt held of anybody for any
 * of these." */
static enum err choose_summit(struct choosing *choosing, const char *prefix)
{
	struct node *node = choosing->node;
	uint32_t *rids = NULL;
	size_t count = 0;
	struct id32 summit;
	enum err err = summits_find(node, prefix, &summit);
	if (err == ERR_OK) {
		err = summits_records(node, &summit, &rids, &count);
	}
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		choose_with_corrections(choosing, rids[i]);
		err = choose_cited(choosing, rids[i]);
	}
	free(rids);
	return err;
}

static enum err choose_all(
    struct choosing *choosing, const struct export_choice *choice)
{
	struct node *node = choosing->node;
	struct query_filter filter = { .provider = choice->provider,
		.since_ms = choice->since_ms,
		.housekeeping = choice->provider == NULL };
	bool some = choice->provider != NULL || choice->since_ms != INT64_MIN;
	enum err err = ERR_OK;
	if (choice->all) {
		for (uint32_t rid = 1; rid <= node->committed_rid; rid++) {
			(void)take(choosing, rid, CHOSEN);
		}
	}
	if (some) {
		err = query_records(node, &filter, false, choose_one, choosing);
	}
	if (err == ERR_OK) {
		err = choose_named(choosing, choice);
	}
	if (err == ERR_OK && choice->activity) {
		choose_activity(choosing);
	}
	if (err == ERR_OK && choice->summit != NULL) {
		err = choose_summit(choosing, choice->summit);
	}
	return err == ERR_OK ? choose_receipts(choosing, choice->summit != NULL)
	                     : err;
}

static enum err check_choice(const struct export_choice *choice)
{
	bool some = choice->provider != NULL || choice->record_count > 0 ||
	            choice->since_ms != INT64_MIN || choice->summit != NULL;
	return choice->all != some
	           ? ERR_OK
	           : err_set(ERR_USAGE,
			 "which records? --all, or --provider, --record, "
			 "--summit or --since");
}

/* The choice in words, for whoever reads the log later. */
static void say_what(const struct export_choice *choice, char out[201])
{
	int size = 0;
	if (choice->all) {
		size = snprintf(out, 201, "all");
	}
	if (choice->provider != NULL) {
		size = snprintf(out, 201, "provider %.100s", choice->provider);
	}
	if (choice->since_ms != INT64_MIN) {
		size += snprintf(out + size, 201 - (size_t)size, "%ssince %s",
		    size > 0 ? ", " : "", when_utc(choice->since_ms).text);
	}
	if (choice->record_count > 0) {
		size += snprintf(out + size, 201 - (size_t)size,
		    "%s%zu records by their ids", size > 0 ? ", " : "",
		    choice->record_count);
	}
	if (choice->summit != NULL) {
		size += snprintf(out + size, 201 - (size_t)size,
		    "%ssummit %.64s", size > 0 ? ", " : "", choice->summit);
	}
	if (choice->activity) {
		(void)snprintf(out + size, 201 - (size_t)size, ", activity");
	}
}

enum err export_choose(struct node *node, const struct export_choice *choice,
    struct export_list *out)
{
	struct choosing choosing = { .node = node };
	enum err err = check_choice(choice);
	if (err != ERR_OK) {
		return err;
	}
	choosing.chosen = calloc(views_count(node->views) + 1, 1);
	if (choosing.chosen == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = choose_all(&choosing, choice);
	if (err == ERR_OK && choosing.count > LIMIT_BUNDLE_RECORDS) {
		err = err_set(ERR_LIMIT,
		    "%zu records; a bundle holds at most %u: choose fewer, "
		    "with --provider or --since",
		    choosing.count, LIMIT_BUNDLE_RECORDS);
	}
	if (err == ERR_OK) {
		err =
		    export_needs_list(node, choosing.chosen, choice->all, out);
	}
	if (err == ERR_OK && out->record_count == 0) {
		err = err_set(ERR_NOTFOUND, "no record fits");
	}
	say_what(choice, out->what);
	free(choosing.chosen);
	if (err != ERR_OK) {
		export_list_clear(out);
	}
	return err;
}

void export_list_clear(struct export_list *list)
{
	for (size_t i = 0; i < list->log_count; i++) {
		buf_clear(&list->logs[i].note);
	}
	free(list->logs);
	free(list->records);
	free(list->orgs);
	free(list->evidence);
	*list = (struct export_list){ 0 };
}

/*
 * One record.
 */

/* The head that its proof leads to: handed in, and our own after all. */
static enum err find_head(struct node *node, struct state_log *log,
    const struct export_heads *heads, struct checkpoint *head,
    struct span *note)
{
	*head = log->head;
	*note = buf_span(&log->note);
	for (size_t i = 0; i < heads->count; i++) {
		struct note parsed;
		struct checkpoint given;
		struct note_key key;
		enum err err = note_parse(heads->notes[i], &parsed);
		if (err == ERR_OK) {
			err = checkpoint_parse(&parsed, &given);
		}
		if (err != ERR_OK) {
			return err_set(ERR_INPUT, "a head that does not parse");
		}
		if (!id_equal(&given.author, &log->head.author) ||
		    !generation_equal(
			&given.generation, &log->head.generation)) {
			continue;
		}
		err = audit_log_key(peers_keys(peers_get(node, log->org)),
		    &given.generation, &key);
		if (err == ERR_OK) {
			err = checkpoint_verify(
			    heads->notes[i], &key.key, &given);
		}
		if (err != ERR_OK || given.size > log->head.size) {
			return err_set(ERR_INPUT, "a head that is not held");
		}
		*head = given;
		*note = heads->notes[i];
	}
	return ERR_OK;
}

/* A proof is checked before it is handed out, whatever the tree holds. */
static enum err put_proof(struct node *node, const struct view_record *view,
    const struct export_heads *heads, struct buf *out)
{
	struct state_log *log =
	    state_log(node, state_stream(node, view->stream)->row.log);
	struct tlogproof proof;
	struct checkpoint head;
	struct span note;
	enum err err = find_head(node, log, heads, &head, &note);
	if (err == ERR_OK && view->leaf >= head.size) {
		err = err_set(ERR_STATE, "the record is not under that head");
	}
	if (err == ERR_OK) {
		err = tlogproof_write(
		    log->tree, view->leaf, head.size, note, out);
		err = err == ERR_NOTFOUND
		          ? err_set(ERR_STATE,
				"the way from the record to the head of its "
				"log is not known here")
		          : err;
	}
	if (err == ERR_OK) {
		err = tlogproof_parse(buf_span(out), &proof);
	}
	if (err == ERR_OK &&
	    merkle_check_inclusion(proof.index, head.size, &view->id,
		proof.hashes, proof.hash_count, &head.root) != ERR_OK) {
		err = err_set(
		    ERR_CORRUPT, "the proof does not hold; run `qsg verify`");
	}
	return err;
}

struct reading {
	struct node *node;
	const struct id32 *id;
	unsigned int opening;
	struct export_record *out;
};

/* PROTOCOL.md M285: "Who a source was, a policy, and who decided by it, MUST
 * NOT be opened in a bundle." */
static bool stays_shut(enum view_type type)
{
	return type == VIEW_SOURCE_IDENTITY || type == VIEW_POLICY ||
	       type == VIEW_DECISION;
}

static enum err open_it(struct reading *reading, const struct record_row *row,
    const struct header *header)
{
	struct export_record *out = reading->out;
	const struct view_record *view =
	    views_get(reading->node->views, (uint32_t)row->rid);
	unsigned int wanted =
	    view->type == VIEW_ACTIVITY ? EXPORT_ACTIVITY : EXPORT_OPEN;
	if ((reading->opening & wanted) == 0 || row->state != RECORD_READABLE ||
	    stays_shut((enum view_type)view->type)) {
		return ERR_OK;
	}
	enum err err =
	    row->wrapped.size == SEAL_WRAPPED_BYTES
		? seal_disclose(reading->node->worker, header, reading->id,
		      row->wrapped.data, row->body, &out->payload, out->key)
		: ERR_CORRUPT;
	out->opened = err == ERR_OK;
	return err;
}

static enum err read_row(void *context, const struct record_row *row)
{
	struct reading *reading = context;
	struct export_record *out = reading->out;
	struct header header;
	struct id32 id;
	enum err err = envelope_get_header(row->header, &header);
	bool newer = err == ERR_VERSION;
	seal_record_id(row->header, &id);
	if ((err != ERR_OK && !newer) || !id_equal(&id, reading->id)) {
		return err_set(ERR_CORRUPT, "record %lld on disk is damaged",
		    (long long)row->rid);
	}
	err = buf_append(&out->header, row->header);
	/* What the header of a later version says of slots and body cannot be
	 * checked. */
	if (err == ERR_OK && !newer) {
		err = buf_append(&out->slots, row->slots);
	}
	if (err == ERR_OK && !newer) {
		err = buf_append(&out->body, row->body);
	}
	if (err == ERR_OK && !newer) {
		err = open_it(reading, row, &header);
		err = err == ERR_OK ? err
		                    : err_set(ERR_CORRUPT,
					  "record %lld on disk does not open",
					  (long long)row->rid);
	}
	return err;
}

enum err export_read(struct node *node, const struct id32 *record,
    const struct export_heads *heads, unsigned int opening,
    struct export_record *out)
{
	struct reading reading = {
		.node = node, .id = record, .opening = opening, .out = out
	};
	uint32_t rid = views_find(node->views, record);
	if (rid == 0 || rid > node->committed_rid) {
		return err_set(ERR_NOTFOUND, "no such record");
	}
	enum err err =
	    put_proof(node, views_get(node->views, rid), heads, &out->proof);
	if (err == ERR_OK) {
		err = records_get(node->db, rid, read_row, &reading);
	}
	if (err != ERR_OK) {
		export_record_clear(out);
	}
	return err;
}

void export_record_clear(struct export_record *record)
{
	buf_clear(&record->header);
	buf_clear(&record->slots);
	buf_clear(&record->body);
	buf_clear(&record->proof);
	buf_wipe(&record->payload);
	sodium_memzero(record->key, sizeof(record->key));
	*record = (struct export_record){ 0 };
}

/*
 * The seal.
 */

enum err export_record_it(
    struct node *node, const struct export_seal *seal, struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Export export;
	struct id32 manifest = seal->manifest;
	size_t size = strlen(seal->what);
	size_t count = seal->evidence_count > LIMIT_BUNDLE_SEALED
	                   ? 0
	                   : seal->evidence_count;
	ProtobufCBinaryData *evidence = NULL;
	if (size == 0 || size > LIMIT_REASON_BYTES ||
	    !utf8_valid(span_text(seal->what))) {
		return err_set(ERR_INPUT, "what is exported is 1 to %u bytes",
		    LIMIT_REASON_BYTES);
	}
	evidence = calloc(count + 1, sizeof(*evidence));
	if (evidence == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		evidence[i].data = seal->evidence[i].b;
		evidence[i].len = sizeof(seal->evidence[i].b);
	}
	qsg__payload__init(&payload);
	qsg__export__init(&export);
	export.evidence = evidence;
	export.n_evidence = count;
	export.what = canon_lend(seal->what);
	export.records = seal->records;
	export.opened = seal->opened;
	export.manifest.data = manifest.b;
	export.manifest.len = sizeof(manifest.b);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_EXPORT;
	payload.export = &export;
	enum err err = submit_payload(node, NULL, 0, &payload, record);
	free(evidence);
	return err;
}
