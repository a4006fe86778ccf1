#include "view/bundle_parts.h"

#include "codec/text.h"
#include "keys/card_succession.h"
#include "keys/note.h"
#include "view/json_out.h"

#include <stdlib.h>
#include <string.h>

static size_t count_kind(
    const struct bundle_files *files, enum bundle_kind kind)
{
	size_t count = 0;
	for (size_t i = 0; i < files->count; i++) {
		count += files->items[i].name.kind == kind ? 1 : 0;
	}
	return count;
}

/* PROTOCOL.md M249: "Each card in a bundle MUST be a card by M5 to M14, of the
 * organisation that its file names." */
static void take_card(
    struct bundle_checking *checking, const struct bundle_file *file)
{
	struct bundle_org *org = &checking->orgs[checking->org_count];
	enum err err = card_parse(file->content, &org->card);
	if (err != ERR_OK) {
		bundle_parts_wrong_file(checking, &file->name, err_text());
		return;
	}
	if (!id_equal(&org->card.organisation, &file->name.id)) {
		bundle_parts_wrong_file(
		    checking, &file->name, "it is another organisation's card");
		card_clear(&org->card);
		return;
	}
	checking->org_count++;
}

enum err bundle_parts_orgs(struct bundle_checking *checking)
{
	const struct bundle_files *files = &checking->files;
	size_t count = count_kind(files, BUNDLE_CARD);
	if (count > LIMIT_BUNDLE_CARDS) {
		bundle_parts_wrong(
		    checking, NULL, "more cards than a bundle may hold");
		return ERR_OK;
	}
	checking->orgs = calloc(count + 1, sizeof(*checking->orgs));
	if (checking->orgs == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].name.kind == BUNDLE_CARD) {
			take_card(checking, &files->items[i]);
		}
	}
	return ERR_OK;
}

static int org_by_id(const void *key, const void *item)
{
	return id_compare(
	    key, &((const struct bundle_org *)item)->card.organisation);
}

struct bundle_org *bundle_parts_org(
    struct bundle_checking *checking, const struct id32 *id)
{
	return checking->org_count == 0
	           ? NULL
	           : bsearch(id, checking->orgs, checking->org_count,
			 sizeof(*checking->orgs), org_by_id);
}

enum err bundle_parts_log_key(const struct bundle_org *org,
    const struct generation *generation, struct id32 *key)
{
	const Qsg__LogGeneration *log = card_generation(&org->card, generation);
	if (log == NULL || log->log_key.len != sizeof(key->b)) {
		return err_set(
		    ERR_NOTFOUND, "its author's card names no such log");
	}
	memcpy(key->b, log->log_key.data, sizeof(key->b));
	return ERR_OK;
}

/* The card of the bundle, or a newer one that the reader has: whoever exports
 * may prefer an older one. */
static const struct card *newest_card(
    const struct bundle_checking *checking, const struct bundle_org *org)
{
	const struct card *newest = &org->card;
	for (size_t i = 0; i < checking->trusts->count; i++) {
		const struct bundle_trust *trust = &checking->trusts->items[i];
		if (trust->card != NULL &&
		    id_equal(&trust->organisation, &newest->organisation) &&
		    card_compare(newest, trust->card) == CARD_NEWER) {
			newest = trust->card;
		}
	}
	return newest;
}

/* PROTOCOL.md M269: "A checker MUST say where an author's card, that of the
 * bundle or a newer one that is trusted, has ended the generation of a
 * checkpoint and does not accept its head, and MUST NOT say that the author
 * signed its records, nor count its receipts, nor its seal, if that generation
 * is marked compromised or no accepted head is larger." */
enum bundle_stands bundle_parts_stands(const struct bundle_checking *checking,
    const struct bundle_org *org, const struct checkpoint *head)
{
	const struct card *card = newest_card(checking, org);
	const Qsg__LogGeneration *generation =
	    card_generation(card, &head->generation);
	size_t count = generation == NULL ? 0 : generation->n_accepted_heads;
	if (generation == NULL || generation == card_live_generation(card) ||
	    card_succession_lists(generation, head->size, &head->root)) {
		return BUNDLE_STANDS;
	}
	/* They ascend by size. Below them the key was still its owner's. */
	return !generation->compromised && count > 0 &&
	               generation->accepted_heads[count - 1]->size > head->size
	           ? BUNDLE_BELOW
	           : BUNDLE_DISOWNED;
}

/*
 * Checkpoints.
 */

static void add_witness(
    struct bundle_log *log, struct bundle_org *witness, uint64_t time_s)
{
	json_t *json = json_object();
	json_out_text(json, "name", witness->card.fields->name);
	json_out_text(json, "fingerprint",
	    text_fingerprint(&witness->card.organisation).text);
	json_out_time(json, "time", (int64_t)time_s * 1000);
	json_out_append(json_object_get(log->json, "witnesses"), json);
	witness->witness = true;
	log->witnesses++;
}

/* Every cosignature whose witness' card is here. Lines of others say nothing to
 * us (M36). */
static void check_witnesses(struct bundle_checking *checking,
    struct bundle_log *log, const struct note *note)
{
	for (size_t i = 0; i < checking->org_count; i++) {
		struct bundle_org *org = &checking->orgs[i];
		const Qsg__Card *card = org->card.fields;
		struct note_key key;
		struct id32 cosigning;
		uint64_t time_s = 0;
		memcpy(
		    cosigning.b, card->cosigning_key.data, sizeof(cosigning.b));
		note_witness_key(&org->card.organisation, &cosigning, &key);
		enum err err = note_verify_cosignature(note, &key, &time_s);
		/* PROTOCOL.md M259: "A checker MUST NOT count the organisation
		 * whose log it is among the witnesses of its checkpoint." */
		if (err == ERR_OK && org != log->org) {
			add_witness(log, org, time_s);
		} else if (err != ERR_OK && err != ERR_NOTFOUND) {
			bundle_parts_wrong_file(checking, &log->file->name,
			    "a cosignature on it is wrong");
		}
	}
}

static void describe(struct bundle_log *log, const struct note *note)
{
	struct buf generation = { 0 };
	if (text_hex(
		span_of(log->head.generation.b, sizeof(log->head.generation.b)),
		&generation) == ERR_OK) {
		json_out_text(log->json, "generation", buf_text(&generation));
	}
	buf_clear(&generation);
	json_out_text(log->json, "name", log->org->card.fields->name);
	json_out_text(
	    log->json, "fingerprint", text_fingerprint(&log->head.author).text);
	json_out_number(log->json, "size", log->head.size);
	json_out_id(log->json, "root", &log->head.root);
	json_out_number(log->json, "signature_lines", note->line_count);
	json_out_bool(log->json, "accepted", log->stands == BUNDLE_STANDS);
	json_out_set(log->json, "witnesses", json_array());
}

/* PROTOCOL.md M250: "Each checkpoint in a bundle MUST be signed by the log key
 * that its organisation's card gives for its generation, and every cosignature
 * on it by an organisation whose card is in the bundle MUST verify." */
static const char *verify_log(
    struct bundle_checking *checking, struct bundle_log *log)
{
	const struct bundle_name *name = &log->file->name;
	struct id32 key;
	struct note note;
	log->org = bundle_parts_org(checking, &name->id);
	if (log->org == NULL) {
		return "its organisation's card is not in the bundle";
	}
	if (bundle_parts_log_key(log->org, &name->generation, &key) != ERR_OK ||
	    checkpoint_verify(log->file->content, &key, &log->head) != ERR_OK ||
	    note_parse(log->file->content, &note) != ERR_OK) {
		return err_text();
	}
	if (!id_equal(&log->head.author, &name->id) ||
	    !generation_equal(&log->head.generation, &name->generation)) {
		return "it is the checkpoint of another log";
	}
	log->stands = bundle_parts_stands(checking, log->org, &log->head);
	describe(log, &note);
	check_witnesses(checking, log, &note);
	return NULL;
}

static void take_log(
    struct bundle_checking *checking, const struct bundle_file *file)
{
	struct bundle_log *log = &checking->logs[checking->log_count];
	*log = (struct bundle_log){ .file = file, .json = json_object() };
	const char *why = verify_log(checking, log);
	if (why != NULL) {
		bundle_parts_wrong_file(checking, &file->name, why);
		json_decref(log->json);
		return;
	}
	checking->log_count++;
}

enum err bundle_parts_logs(struct bundle_checking *checking)
{
	const struct bundle_files *files = &checking->files;
	size_t count = count_kind(files, BUNDLE_CHECKPOINT);
	if (count > LIMIT_BUNDLE_LOGS) {
		bundle_parts_wrong(
		    checking, NULL, "more logs than a bundle may hold");
		return ERR_OK;
	}
	checking->logs = calloc(count + 1, sizeof(*checking->logs));
	if (checking->logs == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < files->count; i++) {
		if (files->items[i].name.kind == BUNDLE_CHECKPOINT) {
			take_log(checking, &files->items[i]);
		}
	}
	return ERR_OK;
}

static int log_by_name(const void *key, const void *item)
{
	return bundle_name_compare(
	    key, &((const struct bundle_log *)item)->file->name);
}

struct bundle_log *bundle_parts_log(struct bundle_checking *checking,
    const struct id32 *author, const struct generation *generation)
{
	const struct bundle_name name = { .kind = BUNDLE_CHECKPOINT,
		.id = *author,
		.generation = *generation };
	return checking->log_count == 0
	           ? NULL
	           : bsearch(&name, checking->logs, checking->log_count,
			 sizeof(*checking->logs), log_by_name);
}
