#include "service/reached.h"

#include "base/bytes.h"
#include "codec/canon.h"
#include "domain/reference.h"
#include "service/granting.h"
#include "service/query.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Readers are named by whoever keyed the stream, which can make ids up that
 * begin alike. */
static uint64_t key_of(const struct reached *reached, const struct id32 *id)
{
	uint8_t salt[crypto_shorthash_KEYBYTES] = { 0 };
	uint8_t key[crypto_shorthash_BYTES] = { 0 };

	bytes_put_u64(salt, reached->places.salt);
	(void)crypto_shorthash(key, id->b, sizeof id->b, salt);
	return bytes_get_u64(key);
}

bool reached_has(const struct reached *reached, const struct id32 *id)
{
	uint64_t key = key_of(reached, id);
	size_t place = 0;
	uint32_t at = 0;

	while (table_next(&reached->places, key, &place, &at)) {
		if (id_equal(&reached->ids[at], id)) {
			return true;
		}
	}
	return false;
}

static enum err add_id(struct reached *reached, const struct id32 *id)
{
	enum err err = ERR_OK;

	if (reached_has(reached, id)) {
		return ERR_OK;
	}
	if (reached->count == reached->capacity) {
		size_t capacity =
		    reached->capacity ? reached->capacity * 2 : 64;
		struct id32 *ids =
		    realloc(reached->ids, capacity * sizeof *ids);

		if (!ids) {
			return err_set(ERR_MEM, "out of memory");
		}
		reached->ids = ids;
		reached->capacity = capacity;
	}
	err = table_add(
	    &reached->places, key_of(reached, id), (uint32_t)reached->count);
	if (!err) {
		reached->ids[reached->count++] = *id;
	}
	return err;
}

/* *added is false when it was there. */
static enum err add_number(struct table *table, uint32_t number, bool *added)
{
	size_t place = 0;
	uint32_t found = 0;

	*added = !table_next(table, number, &place, &found);
	return *added ? table_add(table, number, number) : ERR_OK;
}

/* Many grants may be of one stream. */
static enum err add_readers(
    struct node *node, uint32_t rid, struct reached *reached)
{
	uint32_t number = views_get(node->views, rid)->stream;
	const struct state_stream *stream = state_stream(node, number);
	bool added = false;
	enum err err = add_number(&reached->streams, number, &added);

	for (size_t i = 0;
	     added && stream->readers && i < stream->reader_count && !err;
	     i++) {
		err = add_id(reached, &stream->readers[i]);
	}
	return err;
}

static enum err add_grant(struct reached *reached, uint32_t rid)
{
	bool added = false;
	enum err err = add_number(&reached->of_grants, rid, &added);

	if (err || !added) {
		return err;
	}
	if (reached->grant_count == reached->grant_capacity) {
		size_t capacity =
		    reached->grant_capacity ? reached->grant_capacity * 2 : 16;
		struct reached_grant *grants =
		    realloc(reached->grants, capacity * sizeof *grants);

		if (!grants) {
			return err_set(ERR_MEM, "out of memory");
		}
		reached->grants = grants;
		reached->grant_capacity = capacity;
	}
	reached->grants[reached->grant_count++] =
	    (struct reached_grant){ .rid = rid };
	return ERR_OK;
}

static void begin(struct node *node, struct reached *reached)
{
	if (!reached->places.salt) {
		reached->places.salt = rng_u64(node->options.rng);
		reached->of_grants.salt = reached->places.salt;
		reached->streams.salt = reached->places.salt;
	}
}

/* Whoever grants has to show it, so that nobody is named a reader by a word
 * alone (M505). */
enum err reached_add(
    struct node *node, const struct id32 *record, struct reached *reached)
{
	uint32_t rid = views_find(node->views, record);
	size_t place = 0;
	enum err err = ERR_OK;

	begin(node, reached);
	if (rid && rid <= views_count(node->views)) {
		err = add_readers(node, rid, reached);
	}
	while (!err && (rid = granting_of(node, record, &place)) != 0) {
		err = add_grant(reached, rid);
	}
	return err;
}

static bool is_bare(struct node *node, const Qsg__Reference *reference,
    uint32_t erasure, uint32_t *rid)
{
	struct id32 id;

	if (reference_named(reference->relation) != REFERENCE_CITES) {
		return false;
	}
	memcpy(id.b, reference->record.data, sizeof id.b);
	*rid = views_find(node->views, &id);
	return *rid && *rid <= views_count(node->views) &&
	       views_lacks_body(node->views, *rid) &&
	       !views_get(node->views, *rid)->slotted &&
	       id_equal(
		   state_author_id(node, *rid), state_author_id(node, erasure));
}

static enum err add_cited(
    struct node *node, uint32_t erasure, struct reached *reached)
{
	Qsg__Payload *payload = NULL;
	size_t left = LIMIT_GRANT_TRIES;
	enum err err = query_take(node, erasure, &payload);

	for (size_t i = 0; payload && i < payload->n_references && left && !err;
	     i++) {
		uint32_t rid = 0;

		if (is_bare(node, payload->references[i], erasure, &rid)) {
			err = add_grant(reached, rid);
			left--;
		}
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* tries: by authors. */
static enum err add_erased(struct node *node, const struct id32 *record,
    uint8_t *tries, struct reached *reached)
{
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (rid = views_next_link(node->views, record,
			    REFERENCE_ERASES, &place)) != 0) {
		const struct view_record *view = views_get(node->views, rid);
		uint8_t *of =
		    &tries[state_author_slot(node, state_author(node, rid))];

		if (view->type == VIEW_ERASURE &&
		    view->state == RECORD_READABLE && *of < LIMIT_GRANT_TRIES) {
			(*of)++;
			err = add_cited(node, rid, reached);
		}
	}
	return err;
}

/* PROTOCOL.md M510: "A grant whose body never came, and that its author names
 * by `cites` in an erasure of the record, MUST be taken for a grant of it when
 * it is told who is to erase the record; of one author no more than 64 such
 * erasures are looked at, and 64 grants in each." */
enum err reached_add_erased(
    struct node *node, const struct id32 *record, struct reached *reached)
{
	uint8_t *tries = calloc(state_author_slots(node), sizeof *tries);
	enum err err = ERR_OK;

	begin(node, reached);
	err = tries ? add_erased(node, record, tries, reached)
	            : err_set(ERR_MEM, "out of memory");
	free(tries);
	return err;
}

/* Who was granted it may have granted it in turn. */
enum err reached_follow(struct node *node, struct reached *reached)
{
	bool grown = true;
	enum err err = ERR_OK;

	while (grown && !err) {
		grown = false;
		for (size_t i = 0; i < reached->grant_count && !err; i++) {
			struct reached_grant *grant = &reached->grants[i];

			if (grant->taken ||
			    !reached_has(
				reached, state_author_id(node, grant->rid))) {
				continue;
			}
			err = add_readers(node, grant->rid, reached);
			grant->taken = true;
			grown = true;
		}
	}
	return err;
}

void reached_clear(struct reached *reached)
{
	free(reached->ids);
	free(reached->grants);
	table_clear(&reached->places);
	table_clear(&reached->of_grants);
	table_clear(&reached->streams);
	*reached = (struct reached){ 0 };
}
