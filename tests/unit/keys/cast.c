#include "unit/keys/cast.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

struct cast *cast_new(void)
{
	struct cast *cast = calloc(1, sizeof(*cast));
	ck_assert_ptr_nonnull(cast);
	cast->author = fixture_keystore(1);
	cast->reader = fixture_keystore(2);
	cast->second = fixture_keystore(3);
	cast->stranger = fixture_keystore(4);
	const struct rng *rng = rng_system();
	fixture_ok(seal_worker_new(cast->author, rng, &cast->writes));
	fixture_ok(seal_worker_new(cast->reader, rng, &cast->reads));
	fixture_ok(seal_worker_new(cast->second, rng, &cast->reads_too));
	fixture_ok(seal_worker_new(cast->stranger, rng, &cast->pries));
	cast->audience[0] = fixture_reader(cast->author);
	cast->audience[1] = fixture_reader(cast->reader);
	cast->audience[2] = fixture_reader(cast->second);
	return cast;
}

void cast_free(struct cast *cast)
{
	seal_worker_free(cast->writes);
	seal_worker_free(cast->reads);
	seal_worker_free(cast->reads_too);
	seal_worker_free(cast->pries);
	keystore_close(cast->author);
	keystore_close(cast->reader);
	keystore_close(cast->second);
	keystore_close(cast->stranger);
	free(cast);
}

void cast_record_clear(struct cast_record *record)
{
	buf_clear(&record->slots);
	buf_clear(&record->body);
}

static struct id32 record_id(const struct header *header)
{
	struct buf bytes = { 0 };
	struct id32 id;
	fixture_ok(envelope_put_header(header, &bytes));
	seal_record_id(buf_span(&bytes), &id);
	buf_clear(&bytes);
	return id;
}

/* Seal what header says already; a slotted one with a fresh chain key. */
static void finish(
    struct cast *cast, struct cast_record *record, const char *payload)
{
	struct header *header = &record->header;
	seal_nonce(cast->writes, header);
	if (header->number == 1) {
		seal_stream_id(header, &header->stream);
	}
	if (header->slotted) {
		seal_chain_fresh(cast->writes);
		fixture_ok(seal_slots(
		    cast->writes, header, cast->audience, 3, &record->slots));
	}
	fixture_ok(seal_record(
	    cast->writes, header, span_text(payload), &record->body));
	record->id = record_id(header);
}

struct cast_record cast_open_stream(struct cast *cast)
{
	struct cast_record record = { 0 };
	const struct keystore_public *public = keystore_public(cast->author);
	record.header.version = ENVELOPE_VERSION;
	record.header.author = public->organisation;
	record.header.generation = public->logs[0].generation;
	record.header.number = 1;
	record.header.slotted = true;
	memset(record.header.audience_commitment.b, 7, 32);
	finish(cast, &record, "audience");
	return record;
}

struct cast_record cast_follow(struct cast *cast,
    const struct cast_record *last, bool slotted, const char *payload)
{
	struct cast_record record = { .header = last->header };
	record.header.number++;
	record.header.previous = last->id;
	record.header.slotted = slotted;
	if (slotted) {
		memset(&record.header.keyed_by, 0, 32);
	} else if (last->header.slotted) {
		record.header.keyed_by = last->id;
	}
	finish(cast, &record, payload);
	return record;
}

enum err cast_read(struct seal_worker *worker, const struct cast_record *record,
    struct buf *payload)
{
	buf_reset(payload);
	return seal_open(
	    worker, &record->header, buf_span(&record->body), payload);
}

void cast_expect(struct seal_worker *worker, const struct cast_record *record,
    const char *text)
{
	struct buf payload = { 0 };
	fixture_ok(cast_read(worker, record, &payload));
	ck_assert(span_equal(buf_span(&payload), span_text(text)));
	buf_clear(&payload);
}

void cast_take_key(struct seal_worker *worker, const struct cast_record *record)
{
	fixture_ok(
	    seal_slots_open(worker, &record->header, buf_span(&record->slots)));
}
