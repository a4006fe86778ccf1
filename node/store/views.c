#define _POSIX_C_SOURCE 200809L

#include "store/views.h"

#include "base/limits.h"
#include "domain/reference.h"
#include "store/grow.h"
#include "store/links.h"
#include "store/listing.h"
#include "store/runs.h"
#include "store/snapshot.h"
#include "store/words.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Records lie in blocks: growing copies nothing and leaves nothing
	 * behind to be wiped. */
	BLOCK_RECORDS = 8192,
	SALT_BYTES = (int)WORDS_SALT_BYTES + 24 + (int)LINKS_SALT_BYTES,
	ID_HEX = 64,
	KEY_HEX = 16
};

struct views {
	uint8_t salt[SALT_BYTES];
	struct view_record **blocks;
	size_t block_capacity;
	size_t count;
	struct table ids; /* first 8 bytes of an id to rid - 1 */
	struct runs runs;
	struct words *words;
	struct listing providers;
	struct links links;
};

/*
 * Making and wiping.
 */

static enum err make(const uint8_t salt[SALT_BYTES], struct views **out)
{
	struct views *views = calloc(1, sizeof(*views));
	if (views == NULL) {
		(void)err_set(ERR_MEM, "out of memory");
		return ERR_MEM;
	}
	memcpy(views->salt, salt, SALT_BYTES);
	const uint8_t *rest = salt + WORDS_SALT_BYTES;
	views->ids.salt = bytes_get_u64(rest);
	views->runs.streams.salt = bytes_get_u64(rest + 8);
	views->links.firsts.salt = bytes_get_u64(rest + 16);
	memcpy(views->links.salt, rest + 24, LINKS_SALT_BYTES);
	enum err err = words_new(salt, &views->words);
	if (err != ERR_OK) {
		views_close(views);
		return err;
	}
	*out = views;
	return ERR_OK;
}

enum err views_new(const struct rng *rng, struct views **out)
{
	uint8_t salt[SALT_BYTES];
	*out = NULL;
	rng_fill(rng, salt, sizeof(salt));
	return make(salt, out);
}

void views_close(struct views *views)
{
	if (views == NULL) {
		return;
	}
	for (size_t i = 0; i < views->block_capacity; i++) {
		grow_wipe(views->blocks[i],
		    BLOCK_RECORDS * sizeof(struct view_record));
	}
	free((void *)views->blocks);
	runs_clear(&views->runs);
	listing_clear(&views->providers);
	links_clear(&views->links);
	table_clear(&views->ids);
	words_free(views->words);
	free(views);
}

/*
 * Records.
 */

size_t views_count(const struct views *views)
{
	return views->count;
}

static struct view_record *at(const struct views *views, uint32_t rid)
{
	assert(rid >= 1 && rid <= views->count);
	size_t place = rid - 1;
	return &views->blocks[place / BLOCK_RECORDS][place % BLOCK_RECORDS];
}

const struct view_record *views_get(const struct views *views, uint32_t rid)
{
	return at(views, rid);
}

struct view_record *views_edit(struct views *views, uint32_t rid)
{
	return at(views, rid);
}

bool views_lacks_body(const struct views *views, uint32_t rid)
{
	const struct view_record *record = at(views, rid);
	return records_lack_body(record->state, record->reason);
}

static bool is_erased(const struct views *views, uint32_t rid)
{
	const struct view_record *record = at(views, rid);
	return records_is_erased(record->state, record->reason);
}

void views_forget(
    struct views *views, uint32_t rid, enum view_type type, uint32_t bytes)
{
	struct view_record *record = at(views, rid);
	*record = (struct view_record){ .id = record->id,
		.received_ms = record->received_ms,
		.leaf = record->leaf,
		.number = record->number,
		.stream = record->stream,
		.corrected_by = record->corrected_by,
		.bytes = bytes,
		.type = type == VIEW_GRANT ? VIEW_GRANT : VIEW_UNKNOWN,
		.state = RECORD_BODYLESS,
		.reason = RECORD_ERASED,
		.slotted = record->slotted };
}

uint32_t views_find(const struct views *views, const struct id32 *id)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&views->ids, bytes_get_u64(id->b), &place, &found)) {
		if (id_equal(&at(views, found + 1)->id, id)) {
			return found + 1;
		}
	}
	return 0;
}

uint32_t views_at(const struct views *views, uint32_t stream, uint64_t number)
{
	return runs_at(&views->runs, stream, number);
}

static enum err reserve_record(struct views *views)
{
	size_t block = views->count / BLOCK_RECORDS;
	if (views->count >= UINT32_MAX - 1) {
		return err_set(ERR_LIMIT, "too many records");
	}
	void *blocks = (void *)views->blocks;
	enum err err = grow_array(
	    &blocks, &views->block_capacity, block + 1, sizeof(*views->blocks));
	views->blocks = blocks;
	if (err != ERR_OK) {
		return err;
	}
	if (views->blocks[block] == NULL) {
		views->blocks[block] =
		    calloc(BLOCK_RECORDS, sizeof(struct view_record));
	}
	if (views->blocks[block] == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	return ERR_OK;
}

enum err views_add(struct views *views, const struct view_record *record)
{
	if (views_find(views, &record->id) != 0) {
		return err_set(ERR_EXISTS, "the record is held already");
	}
	enum err err = reserve_record(views);
	if (err == ERR_OK) {
		err =
		    runs_reserve(&views->runs, record->stream, record->number);
	}
	if (err == ERR_OK) {
		err = table_add(&views->ids, bytes_get_u64(record->id.b),
		    (uint32_t)views->count);
	}
	if (err != ERR_OK) {
		return err;
	}
	views->count++;
	*at(views, (uint32_t)views->count) = *record;
	runs_push(&views->runs, record->stream, (uint32_t)views->count);
	return ERR_OK;
}

/*
 * Prefixes.
 */

static int nibble(uint8_t hex)
{
	if (hex >= '0' && hex <= '9') {
		return hex - '0';
	}
	return hex >= 'a' && hex <= 'f' ? hex - 'a' + 10 : -1;
}

static enum err parse_prefix(struct span prefix, struct id32 *out)
{
	*out = (struct id32){ 0 };
	if (prefix.size < 1 || prefix.size > ID_HEX) {
		return err_set(ERR_INPUT, "a record id has 1 to 64 characters");
	}
	for (size_t i = 0; i < prefix.size; i++) {
		int value = nibble(prefix.data[i]);
		if (value < 0) {
			return err_set(
			    ERR_INPUT, "a record id is made of 0-9 and a-f");
		}
		out->b[i / 2] |= (uint8_t)(i % 2 == 0 ? value << 4 : value);
	}
	return ERR_OK;
}

static bool begins(
    const struct id32 *id, const struct id32 *prefix, size_t digits)
{
	if (memcmp(id->b, prefix->b, digits / 2) != 0) {
		return false;
	}
	return digits % 2 == 0 ||
	       (id->b[digits / 2] & 0xF0u) == prefix->b[digits / 2];
}

/* One more that fits; false when that makes two. */
static bool take_one(uint32_t candidate, uint32_t *rid)
{
	bool first = *rid == 0;
	*rid = candidate;
	return first;
}

static bool only_in_table(const struct views *views, const struct id32 *prefix,
    size_t digits, uint32_t *rid)
{
	size_t place = 0;
	uint32_t found = 0;
	while (
	    table_next(&views->ids, bytes_get_u64(prefix->b), &place, &found)) {
		if (begins(&at(views, found + 1)->id, prefix, digits) &&
		    !take_one(found + 1, rid)) {
			return false;
		}
	}
	return true;
}

static bool only_in_all(const struct views *views, const struct id32 *prefix,
    size_t digits, uint32_t *rid)
{
	for (uint32_t i = 1; i <= views->count; i++) {
		if (begins(&at(views, i)->id, prefix, digits) &&
		    !take_one(i, rid)) {
			return false;
		}
	}
	return true;
}

enum err views_find_prefix(
    const struct views *views, struct span prefix, uint32_t *rid)
{
	struct id32 wanted;
	*rid = 0;
	enum err err = parse_prefix(prefix, &wanted);
	if (err != ERR_OK) {
		return err;
	}
	bool only = prefix.size >= KEY_HEX
	                ? only_in_table(views, &wanted, prefix.size, rid)
	                : only_in_all(views, &wanted, prefix.size, rid);
	if (!only) {
		*rid = 0;
		return err_set(ERR_AMBIGUOUS,
		    "more than one record begins with %.*s", (int)prefix.size,
		    (const char *)prefix.data);
	}
	if (*rid == 0) {
		return err_set(ERR_NOTFOUND, "no record %.*s is held here",
		    (int)prefix.size, (const char *)prefix.data);
	}
	return ERR_OK;
}

/*
 * Words and providers.
 */

enum err views_word(struct views *views, const char *text, uint32_t *word)
{
	return words_add(views->words, text, word);
}

uint32_t views_known(const struct views *views, const char *text)
{
	return words_find(views->words, text);
}

const char *views_text(const struct views *views, uint32_t word)
{
	return words_text(views->words, word);
}

enum err views_add_provider(
    struct views *views, uint32_t rid, uint32_t provider)
{
	if (rid == 0 || rid > views->count || provider == 0 ||
	    provider > words_count(views->words)) {
		return err_set(ERR_STATE, "no such record or provider");
	}
	return listing_add(&views->providers, rid, provider);
}

bool views_concerns(const struct views *views, uint32_t rid, uint32_t provider)
{
	if (provider == 0) {
		return false;
	}
	return at(views, rid)->provider == provider ||
	       (!is_erased(views, rid) &&
		   listing_has(&views->providers, rid, provider));
}

enum err views_link(
    struct views *views, uint32_t rid, uint8_t how, const struct id32 *target)
{
	if (rid == 0 || rid > views->count) {
		return err_set(ERR_STATE, "no such record");
	}
	return links_add(&views->links, rid, how, target);
}

/* What an erased record referred to is forgotten: see views_forget. */
static bool still_refers(const void *context, uint32_t rid, uint8_t how)
{
	const struct views *views = context;
	return !is_erased(views, rid) ||
	       (how == REFERENCE_GRANTS && at(views, rid)->type == VIEW_GRANT);
}

uint32_t views_next_link(const struct views *views, const struct id32 *target,
    uint8_t how, size_t *place)
{
	uint32_t rid = 0;
	do {
		rid = links_next(&views->links, target, how, place);
	} while (rid != 0 && !still_refers(views, rid, how));
	return rid;
}

const uint32_t *views_providers(
    const struct views *views, uint32_t rid, size_t *count)
{
	*count = 0;
	return is_erased(views, rid)
	           ? NULL
	           : listing_of(&views->providers, rid, count);
}

/*
 * The snapshot: version, number of words, number of records; each word as u8
 * size and text; each record as its fields, u16 number of providers and their
 * words; what refers to what (links.c): their number, of each u32 rid, u8 how,
 * and the id.
 */

enum { SNAPSHOT_VERSION = 4, SNAPSHOT_HEAD_BYTES = 12, RECORD_BYTES = 108 };

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

static void put_numbers(const struct view_record *record, uint8_t *out)
{
	const uint64_t longs[] = { (uint64_t)record->received_ms,
		(uint64_t)record->created_ms, record->leaf, record->number };
	const uint32_t words[] = { record->stream, record->provider,
		record->set, record->period, record->corrects,
		record->corrected_by, record->rows, record->bytes };
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
	const struct view_record *record = at(views, rid);
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
		err = links_put(&views->links, still_refers, views, writer);
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
		err = make(views->salt, &fresh);
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
