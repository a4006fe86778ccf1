/*
 * canon.h - strict protobuf: bounded, canonical, no unknown fields, UTF-8.
 *
 * Floor:   codec (may include base)
 * Spec:    proto/PROTOCOL.md, "Canonical bytes"
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_CANON_H
#define QSG_CODEC_CANON_H

#include "base/bytes.h"

#include <protobuf-c/protobuf-c.h>

/* Decode bytes (at most max of them) as a message of this descriptor and hand
 * it out; free with canon_free. Refused: unknown fields at any depth
 * (ERR_FORMAT), invalid UTF-8 or a NUL in a string (ERR_FORMAT), bytes that
 * encoding again does not give (ERR_FORMAT), too many bytes (ERR_LIMIT). */
ERR_MUST_USE enum err canon_decode(const ProtobufCMessageDescriptor *descriptor,
    struct span bytes, size_t max, ProtobufCMessage **out);

/* As canon_decode but without the re-encoding test, for session messages,
 * which nobody hashes or signs. Unknown fields and bad UTF-8 are refused all
 * the same. */
ERR_MUST_USE enum err canon_decode_message(
    const ProtobufCMessageDescriptor *descriptor, struct span bytes, size_t max,
    ProtobufCMessage **out);

/* protobuf-c's fields are not const, though encoding never writes to them:
 * lend a text to a message that is only encoded. */
char *canon_lend(const char *text);

/* An id that is there and not zero; false where the field holds none. */
bool canon_take_id(const ProtobufCBinaryData *field, struct id32 *out);
/* Does the field hold this id? */
bool canon_is_id(const ProtobufCBinaryData *field, const struct id32 *id);
/* An id into a field of a message on the heap. ERR_MEM. */
ERR_MUST_USE enum err canon_put_id(
    ProtobufCBinaryData *field, const struct id32 *id);

/* Append the canonical encoding of a message of ours. */
ERR_MUST_USE enum err canon_encode(
    const ProtobufCMessage *message, struct buf *out);

/* A copy, through its canonical bytes; canon_wipe it. Errors of canon_decode:
 * it may be as large as a request. */
ERR_MUST_USE enum err canon_copy(
    const ProtobufCMessage *message, ProtobufCMessage **out);

/* What a message weighs in memory, near enough, and by its content alone: the
 * size of its encoding, and CANON_PART_BYTES more for each text, byte string
 * and message in it, at whatever depth. */
#define CANON_PART_BYTES 64u
uint64_t canon_weight(const ProtobufCMessage *message);

/* Free a decoded message. NULL is a no-op. */
void canon_free(ProtobufCMessage *message);

/* Overwrite every string and bytes field of a decoded message, then free it:
 * for messages that hold secrets or plaintext. */
void canon_wipe(ProtobufCMessage *message);

#endif
