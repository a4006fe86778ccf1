#include "service/registering.h"

#include "codec/canon.h"
#include "domain/ods.h"
#include "service/drafting.h"
#include "service/providers.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

struct import {
	struct node *node;
	const char *set;
	Qsg__RegisteredProvider **chunk; /* borrowed entries */
	size_t chunk_count;
	size_t chunk_bytes;
	struct registering_result *out;
};

static enum err encode(const Qsg__RegisteredProvider *entry, struct buf *out)
{
	buf_reset(out);
	return canon_encode(&entry->base, out);
}

/* What stands in the register in this entry's place; NULL. */
static enum err standing(struct node *node,
    const Qsg__RegisteredProvider *entry, const Qsg__RegisteredProvider **out)
{
	const struct providers_one *one = NULL;
	enum err err = providers_find(node, entry->code, &one);

	*out = NULL;
	if (!err && one) {
		*out = entry->name[0] ? one->named.entry : one->sites.entry;
	}
	return err;
}

static enum err stage_chunk(struct import *import)
{
	Qsg__Payload payload;
	Qsg__ProviderRegister registered;
	struct id32 record;
	int64_t draft = 0;
	enum err err = ERR_OK;

	if (!import->chunk_count) {
		return ERR_OK;
	}
	qsg__payload__init(&payload);
	qsg__provider_register__init(&registered);
	registered.publisher = canon_lend(ODS_PUBLISHER);
	registered.set = canon_lend(import->set);
	registered.entries = import->chunk;
	registered.n_entries = import->chunk_count;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER;
	payload.provider_register = &registered;
	err = drafting_submit(import->node, NULL, 0, &payload, &record, &draft);
	import->out->records++;
	import->out->drafts += draft != 0;
	import->chunk_count = import->chunk_bytes = 0;
	return err;
}

/* PROTOCOL.md M377: "An entry that is in the register as it is MUST NOT be
 * recorded again." */
static enum err take_entry(struct import *import,
    Qsg__RegisteredProvider *entry, struct buf *bytes, struct buf *other)
{
	const Qsg__RegisteredProvider *before = NULL;
	enum err err = standing(import->node, entry, &before);

	if (!err) {
		err = encode(entry, bytes);
	}
	if (!err && before) {
		err = encode(before, other);
	}
	if (err) {
		return err;
	}
	if (before && span_equal(buf_span(bytes), buf_span(other))) {
		import->out->same++;
		return ERR_OK;
	}
	*(before ? &import->out->changed : &import->out->added) += 1;
	import->chunk[import->chunk_count++] = entry;
	import->chunk_bytes += bytes->size;
	return ERR_OK;
}

static enum err check_entries(
    Qsg__RegisteredProvider *const *entries, size_t count)
{
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		err = ods_check(entries[i]);
		if (!err) {
			err = encode(entries[i], &bytes);
		}
		if (!err && bytes.size > REGISTERING_ENTRY_BYTES) {
			err = err_set(ERR_LIMIT,
			    "%s has more sites than one record holds",
			    entries[i]->code);
		}
	}
	buf_clear(&bytes);
	return err;
}

static enum err take_entries(struct import *import,
    Qsg__RegisteredProvider *const *entries, size_t count, bool dry_run)
{
	struct buf bytes = { 0 };
	struct buf other = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		err = take_entry(import, entries[i], &bytes, &other);
		if (!err && dry_run) {
			import->chunk_count = 0;
		}
		if (!err && import->chunk_bytes >= REGISTERING_RECORD_BYTES) {
			err = dry_run ? ERR_OK : stage_chunk(import);
		}
	}
	if (!err && !dry_run) {
		err = stage_chunk(import);
	}
	buf_clear(&bytes);
	buf_clear(&other);
	return err;
}

enum err registering_import(struct node *node, const char *set,
    Qsg__RegisteredProvider *const *entries, size_t count, bool dry_run,
    struct registering_result *out)
{
	struct import import = { .node = node, .set = set, .out = out };
	enum err err = ERR_OK;

	*out = (struct registering_result){ 0 };
	if (!ods_find(span_text(set))) {
		return err_set(ERR_INPUT, "there is no register %.40s", set);
	}
	err = check_entries(entries, count);
	if (!err) {
		import.chunk = (Qsg__RegisteredProvider **)calloc(
		    count + 1, sizeof *import.chunk);
		err = import.chunk ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		err = take_entries(&import, entries, count, dry_run);
	}
	free((void *)import.chunk);
	/* Some of them must not stand alone. */
	return err && out->records ? state_poison(node, err) : err;
}
