#include "service/release_parts.h"

#include "codec/canon.h"
#include "domain/content.h"
#include "domain/grant.h"
#include "service/state.h"
#include "store/releases.h"

#include <stdlib.h>

#define LABEL "qsg/release/v1"
/* A record, and what is noted beside it. */
#define PENDING_BYTES ((size_t)2 * LIMIT_RECORD_BYTES)

enum err release_unseal(struct node *node, int64_t number, struct span sealed,
    Qsg__PendingRelease **out)
{
	struct buf plain = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err =
	    keystore_unseal(node->options.keystore, LABEL, sealed, &plain);

	if (!err) {
		err = canon_decode(&qsg__pending_release__descriptor,
		    buf_span(&plain), PENDING_BYTES, &message);
	}
	buf_wipe(&plain);
	*out = (Qsg__PendingRelease *)message;
	/* The number is sealed with it, so that none takes another's place. */
	if (!err && ((*out)->number != (uint64_t)number || !(*out)->payload ||
			!content_kind((*out)->payload))) {
		canon_wipe(message);
		*out = NULL;
		err = ERR_CORRUPT;
	}
	return err ? err_set(err == ERR_MEM ? ERR_MEM : ERR_CORRUPT,
			 "what waits under number %lld does not open",
			 (long long)number)
	           : ERR_OK;
}

enum err release_open(
    struct node *node, int64_t number, Qsg__PendingRelease **out)
{
	struct buf sealed = { 0 };
	enum err err = releases_get(node->db, number, &sealed);

	*out = NULL;
	if (!err) {
		err = release_unseal(node, number, buf_span(&sealed), out);
	}
	buf_clear(&sealed);
	return err;
}

void release_close(Qsg__PendingRelease *pending)
{
	if (pending) {
		canon_wipe(&pending->base);
	}
}

void release_counts(
    const struct node *node, uint64_t *newest, uint64_t *waiting)
{
	struct buf value = { 0 };

	*newest = *waiting = 0;
	if (!db_meta_get(node->db, STATE_RELEASE_KEY, &value) &&
	    value.size == 16) {
		*newest = bytes_get_u64(value.data);
		*waiting = bytes_get_u64(value.data + 8);
	}
	buf_clear(&value);
}

static enum err write_counts(
    struct node *node, uint64_t newest, uint64_t waiting)
{
	uint8_t value[16];

	bytes_put_u64(value, newest);
	bytes_put_u64(value + 8, waiting);
	return db_meta_set(
	    node->db, STATE_RELEASE_KEY, span_of(value, sizeof value));
}

/* PROTOCOL.md M352: "What waits for a second person MUST be sealed under the
 * storage key before it reaches the disk, and MUST be durable before whoever
 * asked is told that it waits." */
enum err release_put(struct node *node, Qsg__PendingRelease *pending)
{
	struct buf plain = { 0 };
	struct buf sealed = { 0 };
	uint64_t newest = 0;
	uint64_t waiting = 0;
	enum err err = ERR_OK;

	release_counts(node, &newest, &waiting);
	if (waiting >= LIMIT_RELEASES) {
		return err_set(ERR_LIMIT,
		    "%u shares wait already for a second person",
		    LIMIT_RELEASES);
	}
	pending->number = newest + 1;
	err = canon_encode(&pending->base, &plain);
	if (!err && plain.size > PENDING_BYTES) {
		err = err_set(ERR_LIMIT, "that is too large");
	}
	if (!err) {
		err = keystore_seal(node->options.keystore, node->options.rng,
		    LABEL, buf_span(&plain), &sealed);
	}
	buf_wipe(&plain);
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = state_poison(
		    node, releases_add(node->db, (int64_t)pending->number,
			      buf_span(&sealed)));
	}
	if (!err) {
		err = state_poison(
		    node, write_counts(node, pending->number, waiting + 1));
	}
	buf_clear(&sealed);
	return err;
}

enum err release_take_out(struct node *node, int64_t number)
{
	uint64_t newest = 0;
	uint64_t waiting = 0;
	enum err err = releases_drop(node->db, number);

	release_counts(node, &newest, &waiting);
	if (!err) {
		err = write_counts(node, newest, waiting ? waiting - 1 : 0);
	}
	return err;
}

enum err release_check(struct node *node, int64_t number, struct span sealed)
{
	Qsg__PendingRelease *pending = NULL;
	enum err err = release_unseal(node, number, sealed, &pending);

	release_close(pending);
	return err;
}

/*
 * What may not be shared any more.
 */

struct granting_it {
	const struct id32 *original;
	int64_t *numbers;
	size_t count;
};

static enum err find_grant(void *context, const Qsg__PendingRelease *pending)
{
	struct granting_it *found = context;
	const Qsg__Payload *payload = pending->payload;
	struct id32 granted;
	int64_t *numbers = NULL;

	if (payload->content_case != QSG__PAYLOAD__CONTENT_GRANT ||
	    !grant_original(payload, &granted) ||
	    !id_equal(&granted, found->original)) {
		return ERR_OK;
	}
	numbers = realloc(found->numbers, (found->count + 1) * sizeof *numbers);
	if (!numbers) {
		return err_set(ERR_MEM, "out of memory");
	}
	found->numbers = numbers;
	numbers[found->count++] = (int64_t)pending->number;
	return ERR_OK;
}

enum err release_drop_grants(
    struct node *node, const struct id32 *original, size_t *dropped)
{
	struct granting_it found = { .original = original };
	enum err err = release_waiting(node)
	                   ? release_list(node, find_grant, &found)
	                   : ERR_OK;

	for (size_t i = 0; i < found.count && !err; i++) {
		err = release_take_out(node, found.numbers[i]);
	}
	*dropped = found.count;
	free(found.numbers);
	return err;
}
