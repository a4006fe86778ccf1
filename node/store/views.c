#define _POSIX_C_SOURCE 200809L

#include "store/views_inside.h"

#include "domain/reference.h"
#include "store/grow.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Records lie in blocks: growing copies nothing and leaves nothing
	 * behind to be wiped. */
	BLOCK_RECORDS = 8192,
	ID_HEX = 64,
	KEY_HEX = 16
};

/*
 * Making and wiping.
 */

enum err views_make(const uint8_t salt[VIEWS_SALT_BYTES], struct views **out)
{
	struct views *views = calloc(1, sizeof(*views));
	if (views == NULL) {
		(void)err_set(ERR_MEM, "out of memory");
		return ERR_MEM;
	}
	memcpy(views->salt, salt, VIEWS_SALT_BYTES);
	const uint8_t *rest = salt + WORDS_SALT_BYTES;
	views->ids.salt = bytes_get_u64(rest);
	views->runs.streams.salt = bytes_get_u64(rest + 8);
	views->links.firsts.salt = bytes_get_u64(rest + 16);
	views->carried.salt = views->links.firsts.salt;
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
	uint8_t salt[VIEWS_SALT_BYTES];
	*out = NULL;
	rng_fill(rng, salt, sizeof(salt));
	return views_make(salt, out);
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
	for (size_t i = 0; i < views->granted_count; i++) {
		grow_wipe(views->granted[i], sizeof(*views->granted[i]));
	}
	free((void *)views->granted);
	table_clear(&views->carried);
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
	if (rid >= VIEWS_GRANTED) {
		assert(rid - VIEWS_GRANTED < views->granted_count);
		return &views->granted[rid - VIEWS_GRANTED]->record;
	}
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

/* Of one that is held and granted, the one that is held. */
uint32_t views_find(const struct views *views, const struct id32 *id)
{
	size_t place = 0;
	uint32_t found = 0;
	uint32_t granted = 0;
	while (table_next(&views->ids, bytes_get_u64(id->b), &place, &found)) {
		if (!id_equal(&at(views, found + 1)->id, id)) {
			continue;
		}
		if (found + 1 < VIEWS_GRANTED) {
			return found + 1;
		}
		granted = found + 1;
	}
	return granted;
}

uint32_t views_at(const struct views *views, uint32_t stream, uint64_t number)
{
	return runs_at(&views->runs, stream, number);
}

static enum err reserve_record(struct views *views)
{
	size_t block = views->count / BLOCK_RECORDS;
	if (views->count >= VIEWS_GRANTED - 2) {
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
	uint32_t found = views_find(views, &record->id);
	if (found != 0 && found < VIEWS_GRANTED) {
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

/* One more that fits; false when that makes two. What is held and granted is
 * one. */
static bool take_one(
    const struct views *views, uint32_t candidate, uint32_t *rid)
{
	uint32_t found = views_find(views, &at(views, candidate)->id);
	bool first = *rid == 0 || *rid == found;
	*rid = found;
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
		    !take_one(views, found + 1, rid)) {
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
		    !take_one(views, i, rid)) {
			return false;
		}
	}
	for (uint32_t i = 0; i < views->granted_count; i++) {
		if (!views->granted[i]->dropped &&
		    begins(&views->granted[i]->record.id, prefix, digits) &&
		    !take_one(views, VIEWS_GRANTED + i, rid)) {
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
	uint32_t held = views_holder(views, rid);
	return at(views, rid)->provider == provider ||
	       (!is_erased(views, held) &&
		   listing_has(&views->providers, held, provider));
}

enum err views_link(
    struct views *views, uint32_t rid, uint8_t how, const struct id32 *target)
{
	if (rid == 0 ||
	    (rid > views->count && views_granted(views, rid) == NULL)) {
		return err_set(ERR_STATE, "no such record");
	}
	return links_add(&views->links, rid, how, target);
}

bool views_refers(const struct views *views, uint32_t rid, uint8_t how)
{
	return !is_erased(views, rid) ||
	       (how == REFERENCE_GRANTS && at(views, rid)->type == VIEW_GRANT);
}

uint32_t views_next_link(const struct views *views, const struct id32 *target,
    uint8_t how, size_t *place)
{
	uint32_t rid = 0;
	do {
		rid = links_next(&views->links, target, how, place);
	} while (rid != 0 && !views_refers(views, rid, how));
	return rid;
}

const uint32_t *views_providers(
    const struct views *views, uint32_t rid, size_t *count)
{
	uint32_t held = views_holder(views, rid);
	*count = 0;
	return is_erased(views, held)
	           ? NULL
	           : listing_of(&views->providers, held, count);
}
