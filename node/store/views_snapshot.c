#define _POSIX_C_SOURCE 200809L

#include "base/limits.h"
#include "store/snapshot.h"
#include "store/views_inside.h"

#include <sodium.h>
#include <string.h>

/*
 * The snapshot: version, number of words, number of records; each word as u8
 * size and text; each record as its fields, u16 number of providers and their
 * words; what refers to what (links.c): their number, of each u32 rid, u8 how,
 * and the id.
 */

enum { SNAPSHOT_VERSION = 5, SNAPSHOT_HEAD_BYTES = 12, RECORD_BYTES = 108 };

static enum err put_words(
    const struct views *views, struct snapshot_writer *writer)
{
	enum err err = ERR_OK;
	uint32_t count = words_count(views->words);
	for (uint32_t i = 1; err == ERR_OK && i <= count; i++) {
		struct span text = span_text(words_text(views->words, i));
		uint8_t size = (uint8_t)text.size;
		err = snapshot_put(writer, span_of(&size, 1));
		if (err == ERR_OK) {
			err = snapshot_put(writer, text);
		}
	}
	return err;
}

/* The numbers of those granted are made anew at each start. */
static uint32_t held_only(uint32_t rid)
{
	return rid < VIEWS_GRANTED ? rid : 0;
}

static void put_numbers(const struct view_record *record, uint8_t *out)
{
	const uint64_t longs[] = { (uint64_t)record->received_ms,
		(uint64_t)record->created_ms, record->leaf, record->number };
	const uint32_t words[] = { record->stream, record->provider,
		record->set, record->period, held_only(record->corrects),
		held_only(record->corrected_by), record->rows, record->bytes };
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
		bytes_put_u64(out, longs[i]);
		out += 8;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		bytes_put_u32(out, words[i]);
		out += 4;
	}
	bytes_put_u16(out, record->source);
	bytes_put_u16(out + 2, record->dimension);
	out[4] = record->type;
	out[5] = record->state;
	out[6] = record->reason;
	out[7] = record->kind;
	out[8] = record->slotted;
	out[9] = record->stance;
}

static enum err put_record(
    const struct views *views, uint32_t rid, struct snapshot_writer *writer)
{
	uint8_t bytes[RECORD_BYTES];
	size_t count = 0;
	const struct view_record *record = views_get(views, rid);
	const uint32_t *providers = views_providers(views, rid, &count);
	memcpy(bytes, record->id.b, sizeof(record->id.b));
	put_numbers(record, bytes + sizeof(record->id.b));
	if (count > LIMIT_INDICATOR_ROWS) {
		return err_set(ERR_STATE, "a record of too many providers");
	}
	bytes_put_u16(bytes + RECORD_BYTES - 2, (uint16_t)count);
	enum err err = snapshot_put(writer, span_of(bytes, sizeof(bytes)));
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		bytes_put_u32(bytes, providers[i]);
		err = snapshot_put(writer, span_of(bytes, 4));
	}
	sodium_memzero(bytes, sizeof(bytes));
	return err;
}

/* What is granted is not in a snapshot, nor what was erased. */
static bool is_put(const void *context, uint32_t rid, uint8_t how)
{
	const struct views *views = context;
	return rid <= views->count && views_refers(views, rid, how);
}

enum err views_save(const struct views *views, const struct keystore *keystore,
    const struct rng *rng, const uint8_t incarnation[16], const char *path)
{
	uint8_t head[SNAPSHOT_HEAD_BYTES];
	struct snapshot_writer *writer = NULL;
	enum err err =
	    snapshot_create(path, keystore, rng, incarnation, &writer);
	if (err == ERR_OK) {
		bytes_put_u32(head, SNAPSHOT_VERSION);
		bytes_put_u32(head + 4, words_count(views->words));
		bytes_put_u32(head + 8, (uint32_t)views->count);
		err = snapshot_put(writer, span_of(head, sizeof(head)));
	}
	if (err == ERR_OK) {
		err = put_words(views, writer);
	}
	for (uint32_t i = 1; err == ERR_OK && i <= views->count; i++) {
		err = put_record(views, i, writer);
	}
	if (err == ERR_OK) {
		err = links_put(&views->links, is_put, views, writer);
	}
	if (err == ERR_OK) {
		err = snapshot_commit(writer);
	}
	snapshot_writer_free(writer);
	return err;
}

static enum err get_word(struct views *views, struct snapshot_reader *reader)
{
	char text[WORDS_TEXT_BYTES + 1] = { 0 };
	uint8_t size = 0;
	uint32_t word = 0;
	uint32_t expected = words_count(views->words) + 1;
	enum err err = snapshot_get(reader, &size, 1);
	if (err == ERR_OK) {
		err = snapshot_get(reader, text, size);
	}
	if (err == ERR_OK) {
		err = views_word(views, text, &word);
	}
	if (err == ERR_OK && (word != expected || strlen(text) != size)) {
		err = err_set(ERR_CORRUPT, "a snapshot's word is off");
	}
	sodium_memzero(text, sizeof(text));
	return err;
}

static void read_numbers(struct reader *in, struct view_record *record)
{
	uint32_t *const words[] = { &record->stream, &record->provider,
		&record->set, &record->period, &record->corrects,
		&record->corrected_by, &record->rows, &record->bytes };
	reader_copy(in, record->id.b, sizeof(record->id.b));
	record->received_ms = (int64_t)reader_u64(in);
	record->created_ms = (int64_t)reader_u64(in);
	record->leaf = reader_u64(in);
	record->number = reader_u64(in);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*words[i] = reader_u32(in);
	}
	record->source = reader_u16(in);
	record->dimension = reader_u16(in);
	record->type = reader_u8(in);
	record->state = reader_u8(in);
	record->reason = reader_u8(in);
	record->kind = reader_u8(in);
	record->slotted = reader_u8(in);
	record->stance = reader_u8(in);
}

static bool in_range(
    const struct view_record *record, uint32_t words, uint32_t records)
{
	return record->provider <= words && record->set <= words &&
	       record->period <= words && record->source <= words &&
	       record->dimension <= words && record->corrects <= records &&
	       record->corrected_by <= records && record->stream > 0 &&
	       record->leaf < LIMIT_TREE_SIZE && record->type < VIEW_TYPES &&
	       record->state <= RECORD_UNREADABLE &&
	       record->reason <= RECORD_ERASED && record->kind <= 2 &&
	       record->slotted <= 1 && record->stance <= VIEW_GOOD_PRACTICE;
}

static enum err get_providers(
    struct views *views, struct snapshot_reader *reader, size_t count)
{
	uint32_t words = words_count(views->words);
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		uint8_t bytes[4];
		err = snapshot_get(reader, bytes, sizeof(bytes));
		if (err != ERR_OK) {
			break;
		}
		struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
		uint32_t word = reader_u32(&in);
		if (word == 0 || word > words) {
			return err_set(ERR_CORRUPT, "a provider out of range");
		}
		err = views_add_provider(views, (uint32_t)views->count, word);
	}
	return err;
}

static enum err get_record(
    struct views *views, struct snapshot_reader *reader, uint32_t records)
{
	uint8_t bytes[RECORD_BYTES];
	struct view_record record = { 0 };
	enum err err = snapshot_get(reader, bytes, sizeof(bytes));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	read_numbers(&in, &record);
	size_t count = reader_u16(&in);
	if (!reader_done(&in) || count > LIMIT_INDICATOR_ROWS ||
	    !in_range(&record, words_count(views->words), records)) {
		err = err_set(ERR_CORRUPT, "a snapshot's record is off");
	}
	if (err == ERR_OK) {
		err = views_add(views, &record);
	}
	if (err == ERR_OK) {
		err = get_providers(views, reader, count);
	}
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(&record, sizeof(record));
	return err;
}

static enum err read_all(struct views *views, struct snapshot_reader *reader)
{
	uint8_t head[SNAPSHOT_HEAD_BYTES];
	enum err err = snapshot_get(reader, head, sizeof(head));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(head, sizeof(head)));
	uint32_t version = reader_u32(&in);
	uint32_t words = reader_u32(&in);
	uint32_t records = reader_u32(&in);
	if (version != SNAPSHOT_VERSION) {
		return err_set(
		    ERR_CORRUPT, "a snapshot of version %u", version);
	}
	for (uint32_t i = 0; err == ERR_OK && i < words; i++) {
		err = get_word(views, reader);
	}
	for (uint32_t i = 0; err == ERR_OK && i < records; i++) {
		err = get_record(views, reader, records);
	}
	if (err == ERR_OK) {
		err = links_get(&views->links, reader, records);
	}
	return err == ERR_OK ? snapshot_finish(reader) : err;
}

enum err views_load(struct views *views, const struct keystore *keystore,
    const uint8_t incarnation[16], const char *path)
{
	struct snapshot_reader *reader = NULL;
	struct views *fresh = NULL;
	enum err err = snapshot_open(path, keystore, incarnation, &reader);
	if (err == ERR_OK) {
		err = views_make(views->salt, &fresh);
	}
	if (err == ERR_OK) {
		err = read_all(fresh, reader);
	}
	if (err == ERR_OK) {
		struct views old = *views;
		*views = *fresh;
		*fresh = old;
	} else if (err != ERR_NOTFOUND && err != ERR_MEM) {
		/* Whatever it was, the snapshot is no good. */
		err = err_wrap(ERR_CORRUPT, "the snapshot");
	}
	views_close(fresh);
	snapshot_reader_free(reader);
	return err;
}
