/*
 * note.h - C2SP signed notes: text, then signature lines.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    c2sp.org/signed-note; proto/PROTOCOL.md, "Signed notes"
 * Threads: no shared state.
 */
#ifndef QSG_KEYS_NOTE_H
#define QSG_KEYS_NOTE_H

#include "base/limits.h"
#include "keys/keystore.h"

enum note_type {
	NOTE_ED25519 = 0x01,    /* log signature */
	NOTE_COSIGNATURE = 0x04 /* cosignature/v1 */
};

/* A verifier key: who may have signed. */
struct note_key {
	char name[160]; /* no space, no '+' */
	enum note_type type;
	struct id32 key;
	uint8_t id[4]; /* SHA-256(name, LF, type, key)[:4] */
};

/* One signature line of a parsed note, borrowed from its bytes. */
struct note_line {
	struct span name;
	uint8_t id[4];
	uint8_t blob[72 + 4]; /* signature, after the key id */
	size_t
	    blob_size; /* 64, or 72 with a timestamp; others are kept unread */
};

struct note {
	struct span text; /* ends in LF */
	struct note_line lines[LIMIT_NOTE_LINES];
	size_t line_count;
};

/* `qsg/<64 hex>/<16 hex generation>` and `qsg/<64 hex>/witness`. */
void note_log_key(const struct id32 *organisation,
    const struct generation *generation, const struct id32 *key,
    struct note_key *out);
void note_witness_key(const struct id32 *organisation, const struct id32 *key,
    struct note_key *out);
/* Append `name+hex8+base64(type || key)`, and read one. */
ERR_MUST_USE enum err note_vkey(const struct note_key *key, struct buf *out);
ERR_MUST_USE enum err note_read_vkey(struct span text, struct note_key *out);

/* Split a note at its last empty line; ERR_FORMAT, ERR_LIMIT (over 16 lines),
 * ERR_FORMAT for duplicate (name, id) lines. Borrows from bytes. */
ERR_MUST_USE enum err note_parse(struct span bytes, struct note *out);

/* Verify the log signature line of key. ERR_NOTFOUND when key signed nothing,
 * ERR_VERIFY when its signature is bad. */
ERR_MUST_USE enum err note_verify(
    const struct note *note, const struct note_key *key);
/* Verify a cosignature line; *time_s is its POSIX time. */
ERR_MUST_USE enum err note_verify_cosignature(
    const struct note *note, const struct note_key *key, uint64_t *time_s);

/* Append text, blank line and our log signature line: a whole note. */
ERR_MUST_USE enum err note_sign(const struct keystore *keystore,
    const struct note_key *key, const struct generation *generation,
    struct span text, struct buf *out);
/* Append one cosignature line (with its LF) by our cosigning key. */
ERR_MUST_USE enum err note_cosign(const struct keystore *keystore,
    const struct note_key *key, struct span text, uint64_t time_s,
    struct buf *out);

#endif
