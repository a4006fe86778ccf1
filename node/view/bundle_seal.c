#include "view/bundle_parts.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "view/json_out.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

/* What the exporter recorded of the bundle. */
struct sealing {
	struct bundle_record record;
	struct header header;
	struct id32 id;
	struct bundle_org *exporter;
	uint64_t leaf;
	struct checkpoint head;
	Qsg__Payload *payload;
};

static struct bundle_why bad(enum bundle_part part, const char *what)
{
	return (struct bundle_why){ what, part };
}

static void gather(
    const struct bundle_checking *checking, struct bundle_record *out)
{
	*out = (struct bundle_record){ 0 };
	for (size_t i = 0; i < checking->files.count; i++) {
		const struct bundle_file *file = &checking->files.items[i];
		if (file->name.kind == BUNDLE_SEAL) {
			out->parts[file->name.part] = file->content;
		}
	}
}

static struct bundle_why prove(
    struct bundle_checking *checking, struct sealing *sealing)
{
	const struct bundle_record *record = &sealing->record;
	struct tlogproof proof;
	struct id32 hash;
	struct id32 key;
	if (envelope_get_header(
		record->parts[BUNDLE_HEADER], &sealing->header) != ERR_OK) {
		return bad(BUNDLE_HEADER, "it is no header");
	}
	sealing->exporter = bundle_parts_org(checking, &sealing->header.author);
	if (sealing->exporter == NULL) {
		return bad(
		    BUNDLE_HEADER, "its author's card is not in the bundle");
	}
	merkle_leaf(record->parts[BUNDLE_HEADER], &sealing->id);
	seal_body_hash(record->parts[BUNDLE_BODY], &hash);
	if (!id_equal(&hash, &sealing->header.body_hash)) {
		return bad(BUNDLE_BODY, "it is not the body of the header");
	}
	if (bundle_parts_log_key(sealing->exporter, &sealing->header.generation,
		&key) != ERR_OK ||
	    tlogproof_parse(record->parts[BUNDLE_PROOF], &proof) != ERR_OK ||
	    tlogproof_check(&proof, &sealing->id, &key, &sealing->head) !=
		ERR_OK) {
		return bad(BUNDLE_PROOF, err_text());
	}
	if (!id_equal(&sealing->head.author, &sealing->header.author) ||
	    !generation_equal(
		&sealing->head.generation, &sealing->header.generation)) {
		return bad(BUNDLE_PROOF, "it is of another log");
	}
	sealing->leaf = proof.index;
	return (struct bundle_why){ 0 };
}

/* PROTOCOL.md M256: "The seal of a bundle MUST be a record that its exporter
 * made for itself alone and committed before the bundle appears under its name,
 * and MUST give the SHA-256 of manifest-sha512.txt, the number of records,
 * whether any is opened, and the hash of each piece of evidence." */
static struct bundle_why compare(
    const struct bundle_checking *checking, const struct sealing *sealing)
{
	struct span manifest =
	    bundle_read_single(&checking->files, BUNDLE_MANIFEST);
	struct id32 hash;
	if (sealing->payload->content_case != QSG__PAYLOAD__CONTENT_EXPORT) {
		return bad(BUNDLE_PAYLOAD, "it is a record of something else");
	}
	const Qsg__Export *export = sealing->payload->export;
	if (crypto_hash_sha256(hash.b, manifest.data, manifest.size) != 0 ||
	    export->manifest.len != sizeof(hash.b) ||
	    memcmp(export->manifest.data, hash.b, sizeof(hash.b)) != 0) {
		return bad(BUNDLE_PAYLOAD,
		    "it was made for another manifest: the bundle is not "
		    "as it was exported");
	}
	if (export->records != checking->records) {
		return bad(
		    BUNDLE_PAYLOAD, "it counts another number of records");
	}
	if ((export->opened != 0) != (checking->keys > 0)) {
		return bad(BUNDLE_PAYLOAD,
		    export->opened ? "it says that records are opened"
				   : "it says that no record is opened");
	}
	return (struct bundle_why){ 0 };
}

static int compare_hashes(const void *a, const void *b)
{
	const ProtobufCBinaryData *left = a;
	const ProtobufCBinaryData *right = b;
	return left->len != sizeof(struct id32) || left->len != right->len
	           ? -1
	           : memcmp(left->data, right->data, left->len);
}

/* Of evidence nothing else in a bundle tells that it was there. A seal that
 * names none leaves it to the manifest. */
static void compare_evidence(
    struct bundle_checking *checking, const Qsg__Export *export)
{
	for (size_t i = 0; i < export->n_evidence; i++) {
		struct bundle_name name = { .kind = BUNDLE_EVIDENCE };
		if (export->evidence[i].len != sizeof(name.id.b)) {
			continue;
		}
		memcpy(name.id.b, export->evidence[i].data, sizeof(name.id.b));
		if (bundle_read_find(&checking->files, &name) == NULL) {
			bundle_parts_wrong_file(checking, &name,
			    "it was sealed with the bundle, and is missing");
		}
	}
	for (size_t i = 0; i < checking->files.count; i++) {
		struct bundle_file *file = &checking->files.items[i];
		ProtobufCBinaryData hash = { sizeof(file->name.id.b),
			file->name.id.b };
		if (export->n_evidence > 0 &&
		    file->name.kind == BUNDLE_EVIDENCE &&
		    bsearch(&hash, export->evidence, export->n_evidence,
			sizeof(hash), compare_hashes) == NULL) {
			bundle_parts_wrong_file(checking, &file->name,
			    "it was not sealed with the bundle");
		}
	}
}

static void wrong(
    struct bundle_checking *checking, enum bundle_part part, const char *what)
{
	bundle_parts_wrong_file(checking,
	    &(struct bundle_name){ .kind = BUNDLE_SEAL, .part = part }, what);
}

/* A bundle of everything holds each entry of its exporter's own logs, up to
 * their checkpoints. */
static void check_whole(
    struct bundle_checking *checking, const struct sealing *sealing)
{
	/* A seal cannot stand at 0: the record that opened its stream does. */
	bool first = sealing->leaf == 1 && sealing->header.number == 2;
	if (bundle_parts_log(checking, &sealing->header.author,
		&sealing->header.generation) == NULL &&
	    !first) {
		wrong(checking, BUNDLE_PAYLOAD,
		    "it says all, and its author's own log is "
		    "not in the bundle");
	}
	for (size_t i = 0; i < checking->log_count; i++) {
		const struct bundle_log *log = &checking->logs[i];
		if (log->org == sealing->exporter &&
		    log->records != log->head.size) {
			bundle_parts_wrong_file(checking, &log->file->name,
			    "the bundle says it holds all, and an entry of "
			    "its exporter's own log is missing");
		}
	}
}

/* Whatever comes along. */
static bool says_all(const char *what)
{
	return strcmp(what, "all") == 0 || strcmp(what, "all, activity") == 0;
}

static void check_own_log(
    struct bundle_checking *checking, const struct sealing *sealing)
{
	const struct bundle_log *log = bundle_parts_log(
	    checking, &sealing->header.author, &sealing->header.generation);
	if (log == NULL) {
		return;
	}
	if (log->head.size == sealing->head.size &&
	    !id_equal(&log->head.root, &sealing->head.root)) {
		wrong(checking, BUNDLE_PROOF,
		    "its author signed two roots for one size");
	}
	if (sealing->leaf < log->head.size) {
		wrong(checking, BUNDLE_PROOF,
		    "it stands before the checkpoint of the log "
		    "that it seals");
	}
}

static void report(
    struct bundle_checking *checking, const struct sealing *sealing)
{
	const struct card *card = &sealing->exporter->card;
	const Qsg__Export *export = sealing->payload->export;
	json_t *exporter = json_object();
	json_out_text(exporter, "name", card->fields->name);
	json_out_text(exporter, "fingerprint",
	    text_fingerprint(&card->organisation).text);
	json_out_set(checking->report, "exporter", exporter);
	json_out_time(
	    checking->report, "exported_at", sealing->payload->created_at_ms);
	json_out_text(checking->report, "what", export->what);
	json_out_bool(checking->report, "any_opened", export->opened);
	json_out_id(checking->report, "seal", &sealing->id);
	json_out_number(checking->report, "seal_entry", sealing->leaf);
	sealing->exporter->exporter = true;
	checking->seal_stands =
	    bundle_parts_stands(checking, sealing->exporter, &sealing->head);
}

enum err bundle_parts_seal(struct bundle_checking *checking)
{
	struct sealing sealing = { 0 };
	gather(checking, &sealing.record);
	for (int i = 0; i < BUNDLE_SLOTS; i++) {
		const struct bundle_name name = { .kind = BUNDLE_SEAL,
			.part = (enum bundle_part)i };
		if (sealing.record.parts[i].size == 0) {
			bundle_parts_wrong_file(checking, &name, "is missing");
			return ERR_OK;
		}
	}
	struct bundle_why why = prove(checking, &sealing);
	enum err err = ERR_OK;
	if (why.what == NULL) {
		err = bundle_parts_open(checking, &sealing.header,
		    &sealing.record, &sealing.payload, &why);
	}
	if (err == ERR_OK && why.what == NULL) {
		if (sealing.payload->content_case ==
		    QSG__PAYLOAD__CONTENT_EXPORT) {
			compare_evidence(checking, sealing.payload->export);
		}
		why = compare(checking, &sealing);
	}
	if (err == ERR_OK && why.what != NULL) {
		wrong(checking, why.part, why.what);
	} else if (err == ERR_OK) {
		check_own_log(checking, &sealing);
		if (says_all(sealing.payload->export->what)) {
			check_whole(checking, &sealing);
		}
		report(checking, &sealing);
	}
	if (sealing.payload != NULL) {
		canon_wipe(&sealing.payload->base);
	}
	return err;
}
