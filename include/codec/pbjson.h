/*
 * pbjson.h - one generic mapping between protobuf messages and JSON, by
 * descriptor: no code a message.
 *
 * Names stay as in the .proto file. string: string; bytes: lower-case hex;
 * integers of 32 bits: number; 64-bit integers: number; bool: boolean; enum:
 * its value's name, lower-case, '_' as '-', without the enum's own prefix;
 * repeated: array; message: object; a oneof's members stand beside the others,
 * only the one set. Empty strings, zeros and empty arrays are left out when
 * writing and are the default when reading.
 *
 * Floor:   codec (may include base)
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_PBJSON_H
#define QSG_CODEC_PBJSON_H

#include "base/bytes.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

/* A new JSON object (caller's reference). Strings must be UTF-8. ERR_MEM. */
ERR_MUST_USE enum err pbjson_write(
    const ProtobufCMessage *message, json_t **out);

/* A new message of this descriptor (free with canon_free). ERR_INPUT naming
 * the key for an unknown key, a wrong type or a number out of range. */
ERR_MUST_USE enum err pbjson_read(const json_t *json,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out);

#endif
