/*
 * text.h - bytes as text: hex, base64, fingerprints, armour, tokens.
 *
 * Floor:   codec (may include base)
 * Spec:    proto/PROTOCOL.md, "Fingerprints", "Armour"
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_TEXT_H
#define QSG_CODEC_TEXT_H

#include "base/bytes.h"

/* Lower-case hex of 32 bytes with its NUL. */
struct hex32 {
	char text[65];
};

/* A fingerprint in fours: 52 Crockford characters, 12 spaces, a NUL. */
struct fingerprint {
	char text[65];
};

struct hex32 text_hex_id(const struct id32 *id);
ERR_MUST_USE enum err text_hex(struct span bytes, struct buf *out);
/* Exactly out_size bytes from lower- or upper-case hex; ERR_FORMAT. */
ERR_MUST_USE enum err text_unhex(struct span text, void *out, size_t out_size);

/* Standard base64 with padding (RFC 4648, 4). Decoding is strict: no white
 * space, no missing padding, no stray bits. */
ERR_MUST_USE enum err text_base64(struct span bytes, struct buf *out);
ERR_MUST_USE enum err text_unbase64(struct span text, struct buf *out);

/* An organisation id as people read it aloud: Crockford base32, upper case,
 * in fours. */
struct fingerprint text_fingerprint(const struct id32 *id);
/* Read one back: case and spaces (and hyphens) ignored, O read as 0, I and L
 * as 1. ERR_FORMAT when it is no fingerprint of 52 characters or its last
 * character has stray bits. */
ERR_MUST_USE enum err text_unfingerprint(struct span text, struct id32 *out);

/* Armour: `-----BEGIN <label>-----`, base64 in lines of 64, `-----END
 * <label>-----`. Reading ignores what stands before and after, CR, and blank
 * lines; ERR_FORMAT otherwise, also when there are two blocks. */
ERR_MUST_USE enum err text_armour(
    const char *label, struct span bytes, struct buf *out);
ERR_MUST_USE enum err text_unarmour(
    const char *label, struct span text, size_t max, struct buf *out);

/* A token: 1 to 40 of [a-z0-9-], not starting or ending with a hyphen. */
bool text_is_token(struct span text);
/* A well-formed ODS code: 3 to 8 of [A-Z0-9]. */
bool text_is_ods(struct span text);
/* A namespaced local id: `local:` and 1 to 60 of [a-z0-9/-]. */
bool text_is_local_code(struct span text);

#endif
