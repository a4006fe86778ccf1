/*
 * stream.h - the numbering of one stream: which record may come next.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    proto/PROTOCOL.md, "Streams", "Taking a number"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_STREAM_H
#define QSG_LEDGER_STREAM_H

#include "codec/envelope.h"

enum stream_status {
	STREAM_OPEN,
	STREAM_CLOSED, /* by a closed record, age or a new audience */
	STREAM_BROKEN, /* the author broke its numbering: no more is asked for
	                */
	STREAM_FORKED  /* two proven records for one number */
};

/* Where a stream stands. Zero-initialise for a stream nothing is held of. */
struct stream {
	struct id32 author;
	struct generation generation;
	struct id32 id;
	uint64_t taken;       /* numbers 1..taken are taken */
	struct id32 last;     /* record id at `taken` */
	struct id32 keyed_by; /* slot-bearing record in force */
	uint64_t keyed_at;    /* its number */
	/* A record of a version we cannot read is held after keyed_at, and may
	 * have re-keyed: keyed_by is a guess until the next slotted record. */
	bool keyed_unknown;
	struct id32 audience_commitment;
	enum stream_status status;
};

/* What a proven header does to a stream. */
enum stream_take {
	STREAM_TAKES,  /* the next number: take it with stream_advance */
	STREAM_HELD,   /* taken already (number <= taken) */
	STREAM_AHEAD,  /* later than the next: ask for what is between */
	STREAM_BREAKS, /* proven, and contradicts the stream: *reason says how
	                */
	STREAM_REFUSES /* not of this stream, or it has ended */
};

/* Judge a header whose inclusion in the author's log is proven. `held` is the
 * id held at its number when number <= taken, else NULL; a different id there
 * breaks the stream as forked (STREAM_BREAKS with number <= taken), whatever
 * its status. reason: static text, empty unless BREAKS or REFUSES. The slots
 * block's hash is judged by the caller. For a higher header version only
 * frozen fields count; number 1 is never taken from one, because its stream
 * id could not be checked. */
enum stream_take stream_judge(const struct stream *stream,
    const struct header *header, const struct id32 *record,
    const struct id32 *held, const char **reason);

/* Take the number of a header judged STREAM_TAKES. The status is the
 * caller's. */
void stream_advance(struct stream *stream, const struct header *header,
    const struct id32 *record);

/* Fill a header's number, previous, slotted and keyed_by as the next of the
 * stream. */
void stream_next(
    const struct stream *stream, bool slotted, struct header *header);

/* "open", "closed", "broken", "forked". */
const char *stream_status_name(enum stream_status status);

#endif
