#include "ledger/stream.h"

#include "keys/seal.h"

#include <assert.h>
#include <string.h>

static enum stream_take refuse(const char **reason, const char *why)
{
	*reason = why;
	return STREAM_REFUSES;
}

static enum stream_take breaks(const char **reason, const char *why)
{
	*reason = why;
	return STREAM_BREAKS;
}

static bool belongs(const struct stream *stream, const struct header *header)
{
	return id_equal(&stream->author, &header->author) &&
	       generation_equal(&stream->generation, &header->generation) &&
	       id_equal(&stream->id, &header->stream);
}

static enum stream_take judge_opening(
    const struct header *header, const char **reason)
{
	/* PROTOCOL.md M65: "Number 1 MUST be a slot-bearing record of a known
	 * version, without previous record, whose stream id is the one that
	 * its own author, generation, nonce and audience commitment give."
	 * Otherwise anybody could open, and so spoil, the stream of another. */
	if (header->version > ENVELOPE_VERSION) {
		return refuse(reason, "opened by a record of a newer version");
	}
	if (!header->slotted) {
		return refuse(reason, "opened by a record without slots");
	}
	if (!id_is_zero(&header->previous)) {
		return refuse(reason, "a first record after another");
	}
	struct id32 id;
	seal_stream_id(header, &id);
	if (!id_equal(&id, &header->stream)) {
		return refuse(reason, "another stream's id");
	}
	return STREAM_TAKES;
}

static enum stream_take judge_next(const struct stream *stream,
    const struct header *header, const char **reason)
{
	/* PROTOCOL.md M66: "Each later record MUST name the id of the record
	 * before it in its stream." */
	if (!id_equal(&header->previous, &stream->last)) {
		return breaks(reason, "wrong previous id");
	}
	/* PROTOCOL.md M69: "Of a header of a higher version a reader MUST
	 * judge the frozen fields alone, and after it MUST NOT judge who keyed
	 * a record until the next slot-bearing record that it can read." */
	if (header->version > ENVELOPE_VERSION) {
		return STREAM_TAKES;
	}
	/* PROTOCOL.md M67: "A re-keying record MUST carry the audience
	 * commitment of the record that opened its stream." */
	if (header->slotted) {
		return id_equal(&header->audience_commitment,
			   &stream->audience_commitment)
		           ? STREAM_TAKES
		           : breaks(reason, "changed audience");
	}
	/* PROTOCOL.md M68: "A content record MUST name the slot-bearing record
	 * with the highest number below its own." */
	if (!stream->keyed_unknown &&
	    !id_equal(&header->keyed_by, &stream->keyed_by)) {
		return breaks(reason, "keyed by another record");
	}
	return STREAM_TAKES;
}

static const char *why_ended(enum stream_status status)
{
	switch (status) {
	case STREAM_OPEN:
		return "";
	case STREAM_CLOSED:
		return "the stream is closed";
	case STREAM_BROKEN:
		return "the stream is broken";
	case STREAM_FORKED:
		return "the stream is forked";
	}
	return "the stream has ended";
}

enum stream_take stream_judge(const struct stream *stream,
    const struct header *header, const struct id32 *record,
    const struct id32 *held, const char **reason)
{
	*reason = "";
	bool known = stream->taken > 0 || !id_is_zero(&stream->id);
	if (known && !belongs(stream, header)) {
		return refuse(reason, "a record of another stream");
	}
	if (header->number == 0) {
		return refuse(reason, "a record without a number");
	}
	/* PROTOCOL.md M64: "Two proven records with different ids for one
	 * number of one stream MUST be kept as evidence, and the stream MUST
	 * be shown as forked." This comes before what has ended: a second
	 * record is evidence at any time. */
	if (header->number <= stream->taken) {
		return held == NULL || id_equal(held, record)
		           ? STREAM_HELD
		           : breaks(reason, "two records for one number");
	}
	/* PROTOCOL.md M70: "After a stream has been closed, broken or forked,
	 * a reader MUST NOT take another number of it." */
	if (stream->status != STREAM_OPEN) {
		return refuse(reason, why_ended(stream->status));
	}
	/* PROTOCOL.md M63: "A reader MUST take the numbers of a stream in
	 * order, from 1, without a gap." */
	if (header->number - 1 > stream->taken) {
		return STREAM_AHEAD;
	}
	return header->number == 1 ? judge_opening(header, reason)
	                           : judge_next(stream, header, reason);
}

void stream_advance(struct stream *stream, const struct header *header,
    const struct id32 *record)
{
	assert(header->number - 1 == stream->taken);
	if (header->number == 1) {
		stream->author = header->author;
		stream->generation = header->generation;
		stream->id = header->stream;
		stream->audience_commitment = header->audience_commitment;
	}
	stream->taken = header->number;
	stream->last = *record;
	if (header->version > ENVELOPE_VERSION) {
		stream->keyed_unknown = true;
	} else if (header->slotted) {
		stream->keyed_by = *record;
		stream->keyed_at = header->number;
		stream->keyed_unknown = false;
	}
}

void stream_next(
    const struct stream *stream, bool slotted, struct header *header)
{
	header->number = stream->taken + 1;
	header->previous = stream->last;
	header->slotted = slotted;
	if (slotted) {
		memset(&header->keyed_by, 0, sizeof(header->keyed_by));
	} else {
		header->keyed_by = stream->keyed_by;
	}
}

const char *stream_status_name(enum stream_status status)
{
	switch (status) {
	case STREAM_OPEN:
		return "open";
	case STREAM_CLOSED:
		return "closed";
	case STREAM_BROKEN:
		return "broken";
	case STREAM_FORKED:
		return "forked";
	}
	return "unknown";
}
