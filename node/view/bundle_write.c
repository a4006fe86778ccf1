#include "view/bundle_write.h"

#include "codec/canon.h"
#include "ledger/tlogproof.h"
#include "service/payload.h"
#include "view/bundle_index.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static enum err put(struct bundle_writer *writer, struct span bytes)
{
	writer->written += bytes.size;
	if (writer->written > LIMIT_BUNDLE_BYTES) {
		return err_set(ERR_LIMIT,
		    "the bundle would be larger than %llu GiB: choose fewer "
		    "records",
		    LIMIT_BUNDLE_BYTES >> 30);
	}
	return bytes.size == 0 ? ERR_OK : writer->sink(writer->context, bytes);
}

static enum err put_zeros(struct bundle_writer *writer, size_t size)
{
	static const uint8_t zeros[TAR_END_BYTES];
	return put(writer, span_of(zeros, size));
}

/* Which manifest lists it: none lists the manifest of tags. */
static enum err note(struct bundle_writer *writer,
    const struct bundle_name *name, struct span content)
{
	if (name->kind == BUNDLE_TAGS) {
		return ERR_OK;
	}
	if (!bundle_name_is_payload(name->kind)) {
		return bundle_manifest_line(name, content, &writer->tags);
	}
	writer->bytes += content.size;
	writer->files++;
	return bundle_manifest_line(name, content, &writer->manifest);
}

enum err bundle_write_file(struct bundle_writer *writer,
    const struct bundle_name *name, struct span content)
{
	struct bundle_path path = bundle_name_path(name);
	if (writer->begun && bundle_name_compare(&writer->last, name) >= 0) {
		return err_set(ERR_INPUT, "%s is out of order", path.text);
	}
	if (content.size > bundle_name_most(name) ||
	    ++writer->entries > LIMIT_BUNDLE_FILES) {
		return err_set(ERR_LIMIT, "%s: too large", path.text);
	}
	writer->begun = true;
	writer->last = *name;
	buf_reset(&writer->block);
	enum err err =
	    tar_put_header(span_text(path.text), content.size, &writer->block);
	if (err == ERR_OK) {
		err = put(writer, buf_span(&writer->block));
	}
	if (err == ERR_OK) {
		err = put(writer, content);
	}
	if (err == ERR_OK) {
		err = put_zeros(writer, tar_padding(content.size));
	}
	return err == ERR_OK ? note(writer, name, content) : err;
}

static enum err write_single(
    struct bundle_writer *writer, enum bundle_kind kind, struct span content)
{
	const struct bundle_name name = { .kind = kind };
	return bundle_write_file(writer, &name, content);
}

enum err bundle_write_manifest(struct bundle_writer *writer, struct id32 *hash)
{
	struct buf info = { 0 };
	enum err err =
	    write_single(writer, BUNDLE_BAGIT, span_text(bundle_bagit));
	if (err == ERR_OK) {
		err = bundle_info(writer->bytes, writer->files, &info);
	}
	if (err == ERR_OK) {
		err = write_single(writer, BUNDLE_INFO, buf_span(&info));
	}
	if (err == ERR_OK) {
		err = write_single(
		    writer, BUNDLE_MANIFEST, buf_span(&writer->manifest));
	}
	if (err == ERR_OK && crypto_hash_sha256(hash->b, writer->manifest.data,
				 writer->manifest.size) != 0) {
		err = err_set(ERR_CRYPTO, "cannot hash");
	}
	buf_clear(&info);
	return err;
}

enum err bundle_write_end(struct bundle_writer *writer)
{
	enum err err =
	    write_single(writer, BUNDLE_TAGS, buf_span(&writer->tags));
	return err == ERR_OK ? put_zeros(writer, TAR_END_BYTES) : err;
}

void bundle_write_clear(struct bundle_writer *writer)
{
	buf_clear(&writer->manifest);
	buf_clear(&writer->tags);
	buf_clear(&writer->block);
}

static enum err write_parts(struct bundle_writer *writer,
    struct bundle_name name, const struct bundle_record *record)
{
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < BUNDLE_PARTS; i++) {
		if (record->parts[i].size > 0) {
			name.part = (enum bundle_part)i;
			err =
			    bundle_write_file(writer, &name, record->parts[i]);
		}
	}
	return err;
}

enum err bundle_write_record(struct bundle_writer *writer,
    const struct id32 *id, const struct bundle_record *record)
{
	const struct bundle_name name = { .kind = BUNDLE_RECORD, .id = *id };
	return write_parts(writer, name, record);
}

enum err bundle_write_seal(
    struct bundle_writer *writer, const struct bundle_record *record)
{
	const struct bundle_name name = { .kind = BUNDLE_SEAL };
	return write_parts(writer, name, record);
}

/*
 * Lists.
 */

enum err bundle_lists_card(struct bundle_lists *lists, struct card *card)
{
	struct card *grown = realloc(
	    lists->cards, (lists->card_count + 1) * sizeof(*lists->cards));
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	lists->cards = grown;
	lists->cards[lists->card_count++] = *card;
	*card = (struct card){ 0 };
	return ERR_OK;
}

enum err bundle_lists_begin(struct bundle_lists *lists)
{
	enum err err = bundle_csv_begin(&lists->csv);
	if (err == ERR_OK) {
		err = bundle_page_begin(&lists->page);
	}
	for (size_t i = 0; err == ERR_OK && i < lists->card_count; i++) {
		err = bundle_page_card(&lists->cards[i], &lists->page);
	}
	return err == ERR_OK ? bundle_page_records(&lists->page) : err;
}

static const struct card *card_of(
    const struct bundle_lists *lists, const struct id32 *id)
{
	for (size_t i = 0; i < lists->card_count; i++) {
		if (id_equal(&lists->cards[i].organisation, id)) {
			return &lists->cards[i];
		}
	}
	return NULL;
}

enum err bundle_lists_record(struct bundle_lists *lists, const struct id32 *id,
    const struct bundle_record *record)
{
	struct bundle_row row = { .record = *id };
	struct tlogproof proof;
	enum record_reason reason = RECORD_NO_REASON;
	Qsg__Payload *payload = NULL;
	enum err err =
	    envelope_get_header(record->parts[BUNDLE_HEADER], &row.header);
	err = err == ERR_VERSION ? ERR_OK : err;
	row.author = card_of(lists, &row.header.author);
	if (err == ERR_OK && row.author == NULL) {
		err = err_set(ERR_NOTFOUND, "a record without its author");
	}
	if (err == ERR_OK) {
		err = tlogproof_parse(record->parts[BUNDLE_PROOF], &proof);
	}
	if (err == ERR_OK && record->parts[BUNDLE_PAYLOAD].size > 0) {
		err = payload_read(record->parts[BUNDLE_PAYLOAD],
		    row.header.slotted, &payload, &reason);
	}
	if (err == ERR_OK) {
		row.leaf = proof.index;
		row.has_body = record->parts[BUNDLE_BODY].size > 0;
		row.payload = payload;
		err = bundle_csv_row(&row, &lists->csv);
	}
	if (err == ERR_OK) {
		err = bundle_page_row(&row, &lists->page);
	}
	if (payload != NULL) {
		canon_wipe(&payload->base);
	}
	return err;
}

enum err bundle_lists_end(struct bundle_lists *lists)
{
	return bundle_page_end(&lists->page);
}

void bundle_lists_clear(struct bundle_lists *lists)
{
	for (size_t i = 0; i < lists->card_count; i++) {
		card_clear(&lists->cards[i]);
	}
	free(lists->cards);
	buf_wipe(&lists->csv);
	buf_wipe(&lists->page);
	*lists = (struct bundle_lists){ 0 };
}
