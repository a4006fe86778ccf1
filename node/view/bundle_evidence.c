#define _GNU_SOURCE

#include "view/bundle_parts.h"

#include "codec/text.h"
#include "ledger/evidence.h"
#include "view/json_out.h"

#include <sodium.h>

#include <stdio.h>
#include <string.h>

static enum err name_of(struct span bytes, struct id32 *hash)
{
	return crypto_generichash(hash->b, sizeof(hash->b), bytes.data,
		   bytes.size, NULL, 0) == 0
	           ? ERR_OK
	           : err_set(ERR_CRYPTO, "cannot hash");
}

static json_t *describe(
    const struct id32 *hash, const struct evidence_found *found, bool verified)
{
	json_t *json = json_object();
	json_out_id(json, "evidence", hash);
	json_out_text(json, "kind", evidence_kind_name(found->kind));
	json_out_text(json, "against", found->name);
	json_out_text(
	    json, "fingerprint", text_fingerprint(&found->author).text);
	json_out_bool(json, "verified", verified);
	json_out_text(json, "says", found->text);
	return json;
}

static bool trusted(const struct bundle_trusts *trusts, const struct id32 *id)
{
	for (size_t i = 0; i < trusts->count; i++) {
		if (id_equal(&trusts->items[i].organisation, id)) {
			return true;
		}
	}
	return false;
}

/*
 * In a bundle.
 */

/* PROTOCOL.md M257: "A checker MUST refuse a bundle with evidence that proves
 * nothing by M210 to M218, and MUST say what each other piece shows, and
 * against whom." */
static enum err take_piece(
    struct bundle_checking *checking, const struct bundle_file *file)
{
	struct evidence_found found;
	struct id32 hash;
	enum err err = name_of(file->content, &hash);
	if (err != ERR_OK) {
		return err;
	}
	if (!id_equal(&hash, &file->name.id)) {
		bundle_parts_wrong_file(checking, &file->name,
		    "its name is not the hash of its bytes");
		return ERR_OK;
	}
	err = evidence_check(file->content, &found);
	if (err == ERR_OK) {
		json_out_append(json_object_get(checking->report, "evidence"),
		    describe(&hash, &found,
			trusted(checking->trusts, &found.author)));
	} else if (err == ERR_VERSION) {
		checking->evidence_newer++;
		err = ERR_OK;
	} else if (err != ERR_MEM) {
		bundle_parts_wrong_file(checking, &file->name, err_text());
		err = ERR_OK;
	}
	return err;
}

enum err bundle_parts_evidence(struct bundle_checking *checking)
{
	enum err err = ERR_OK;
	json_out_set(checking->report, "evidence", json_array());
	for (size_t i = 0; err == ERR_OK && i < checking->files.count; i++) {
		const struct bundle_file *file = &checking->files.items[i];
		if (file->name.kind == BUNDLE_EVIDENCE) {
			checking->evidence++;
			err = take_piece(checking, file);
		}
	}
	return err;
}

/*
 * Alone.
 */

bool bundle_check_is_evidence(struct span file)
{
	static const char begin[] = "-----BEGIN " EVIDENCE_ARMOUR "-----";
	static const char top[] = BUNDLE_TOP;
	if (file.size == 0 || file.size > (size_t)4 * LIMIT_EVIDENCE_BYTES ||
	    (file.size >= strlen(top) &&
		memcmp(file.data, top, strlen(top)) == 0)) {
		return false;
	}
	return file.data[0] == 0x08 ||
	       memmem(file.data, file.size, begin, strlen(begin)) != NULL;
}

static void add_fault(json_t *report, const char *what)
{
	json_t *fault = json_object();
	json_out_set(fault, "file", json_null());
	json_out_text(fault, "what", what);
	json_out_append(json_object_get(report, "faults"), fault);
}

/* What it shows, if its reader's trust does not say that somebody else was
 * meant. */
static enum err judge(struct span bytes, const struct evidence_found *found,
    const struct bundle_trusts *trusts, json_t *report)
{
	bool verified = trusted(trusts, &found->author);
	struct id32 hash;
	char what[160];
	enum err err = name_of(bytes, &hash);
	if (err != ERR_OK) {
		return err;
	}
	json_out_append(json_object_get(report, "evidence"),
	    describe(&hash, found, verified));
	if (!verified && trusts->count > 0) {
		(void)snprintf(what, sizeof(what),
		    "it is against %s, and none of those whom you trust",
		    text_fingerprint(&found->author).text);
		add_fault(report, what);
	}
	json_out_text(report, "verdict",
	    verified            ? "it holds; identity verified"
	    : trusts->count > 0 ? "it is against somebody else"
				: "it holds; identity not verified");
	return ERR_OK;
}

enum err bundle_check_evidence(
    struct span file, const struct bundle_trusts *trusts, json_t **report)
{
	struct evidence_found found;
	struct buf bytes = { 0 };
	json_t *json = json_object();
	json_out_text(json, "checked", "evidence");
	json_out_set(json, "evidence", json_array());
	json_out_set(json, "faults", json_array());
	enum err err = evidence_read(file, &bytes, &found);
	if (err == ERR_OK) {
		err = judge(buf_span(&bytes), &found, trusts, json);
	} else if (err != ERR_MEM) {
		add_fault(json, err_text());
		json_out_text(json, "verdict", "it does not hold");
		err = ERR_OK;
	}
	size_t faults = json_array_size(json_object_get(json, "faults"));
	json_out_bool(json, "consistent", faults == 0);
	json_out_number(json, "fault_count", faults);
	buf_clear(&bytes);
	if (err != ERR_OK) {
		json_decref(json);
		return err;
	}
	*report = json;
	return ERR_OK;
}
