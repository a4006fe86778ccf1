#include "writing.h"

struct id32 writing_give(
    struct evil *evil, struct evil_record *record, enum err want)
{
	const struct evil_record *const one[] = { record };
	struct replica_taken taken;
	struct id32 id = record->id;

	ck_assert_msg(
	    evil_give(evil, 1, one, 1, &taken) == want, "%s", err_text());
	evil_record_clear(record);
	return id;
}

struct id32 writing_make(
    struct evil *evil, struct evil_stream *stream, const struct evil_spec *spec)
{
	struct evil_record record;

	evil_make(evil, stream, spec, &record);
	return writing_give(evil, &record, ERR_OK);
}

struct id32 writing_key(struct evil *evil, struct evil_stream *stream)
{
	struct evil_spec spec = { .slotted = true };

	return writing_make(evil, stream, &spec);
}

struct id32 writing_text(
    struct evil *evil, struct evil_stream *stream, const char *words)
{
	struct evil_spec spec = { .text = words };

	return writing_make(evil, stream, &spec);
}

void writing_unreadable(
    struct evil *evil, const struct id32 *id, enum record_reason reason)
{
	fixture_assert_state(evil->fixture, 1, id, RECORD_UNREADABLE, reason);
}

void writing_nothing_is_wedged(struct evil *evil, struct evil_stream *stream)
{
	struct evil_stream other;
	struct id32 id;

	writing_key(evil, stream);
	id = writing_text(evil, stream, "goes on");
	fixture_assert_text(evil->fixture, 1, &id, "goes on");
	evil_audience(evil, 1u << 1, &other);
	writing_key(evil, &other);
	id = writing_text(evil, &other, "another stream");
	fixture_assert_text(evil->fixture, 1, &id, "another stream");
	fixture_restart(evil->fixture, 1, true);
	fixture_assert_text(evil->fixture, 1, &id, "another stream");
	fixture_assert_verifies(evil->fixture, 1);
}
