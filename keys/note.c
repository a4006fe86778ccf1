#include "keys/note.h"

#include "codec/text.h"
#include "codec/utf8.h"

#include <sodium.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
	ID_BYTES = 4,
	ID_DIGITS = 8,
	SIGNATURE_BYTES = KEYSTORE_SIGNATURE_BYTES,
	TIME_BYTES = 8,
	COSIGNATURE_BYTES = TIME_BYTES + SIGNATURE_BYTES
};

/* U+2014 and a space. */
static const char dash[] = "\xe2\x80\x94 ";

/* Code points that Unicode calls white space, outside ASCII: two bytes from
 * U+0085 and U+00A0, three from U+1680, U+2000 on, U+2028, U+2029, U+202F,
 * U+205F, U+3000. */
static bool space_at(const uint8_t *at, size_t left)
{
	if (at[0] <= 0x20 || at[0] == 0x7f) {
		return true;
	}
	if (left >= 2 && at[0] == 0xc2) {
		return at[1] == 0x85 || at[1] == 0xa0;
	}
	if (left < 3) {
		return false;
	}
	if (at[0] == 0xe1) {
		return at[1] == 0x9a && at[2] == 0x80;
	}
	if (at[0] == 0xe2 && at[1] == 0x80) {
		return at[2] <= 0x8a || at[2] == 0xa8 || at[2] == 0xa9 ||
		       at[2] == 0xaf;
	}
	return (at[0] == 0xe2 && at[1] == 0x81 && at[2] == 0x9f) ||
	       (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80);
}

static bool name_valid(struct span name)
{
	if (name.size == 0 || !utf8_valid(name)) {
		return false;
	}
	for (size_t i = 0; i < name.size; i++) {
		if (name.data[i] == '+' ||
		    space_at(name.data + i, name.size - i)) {
			return false;
		}
	}
	return true;
}

static void key_id(struct note_key *key)
{
	crypto_hash_sha256_state state;
	uint8_t hash[crypto_hash_sha256_BYTES];
	const uint8_t tail[2] = { '\n', (uint8_t)key->type };
	int failed = crypto_hash_sha256_init(&state);
	failed |= crypto_hash_sha256_update(
	    &state, (const uint8_t *)key->name, strlen(key->name));
	failed |= crypto_hash_sha256_update(&state, tail, sizeof(tail));
	failed |=
	    crypto_hash_sha256_update(&state, key->key.b, sizeof(key->key.b));
	failed |= crypto_hash_sha256_final(&state, hash);
	assert(failed == 0);
	(void)failed;
	memcpy(key->id, hash, ID_BYTES);
}

void note_log_key(const struct id32 *organisation,
    const struct generation *generation, const struct id32 *key,
    struct note_key *out)
{
	struct hex32 hex = text_hex_id(organisation);
	memset(out, 0, sizeof(*out));
	out->type = NOTE_ED25519;
	out->key = *key;
	int size = snprintf(out->name, sizeof(out->name), "qsg/%s/%016llx",
	    hex.text, (unsigned long long)bytes_get_u64(generation->b));
	assert(size > 0 && (size_t)size < sizeof(out->name));
	(void)size;
	key_id(out);
}

void note_witness_key(const struct id32 *organisation, const struct id32 *key,
    struct note_key *out)
{
	struct hex32 hex = text_hex_id(organisation);
	memset(out, 0, sizeof(*out));
	out->type = NOTE_COSIGNATURE;
	out->key = *key;
	int size =
	    snprintf(out->name, sizeof(out->name), "qsg/%s/witness", hex.text);
	assert(size > 0 && (size_t)size < sizeof(out->name));
	(void)size;
	key_id(out);
}

static void key_bytes(const struct note_key *key, uint8_t out[33])
{
	out[0] = (uint8_t)key->type;
	memcpy(out + 1, key->key.b, sizeof(key->key.b));
}

enum err note_vkey(const struct note_key *key, struct buf *out)
{
	uint8_t bytes[33];
	key_bytes(key, bytes);
	enum err err = buf_printf(out, "%s+", key->name);
	if (err == ERR_OK) {
		err = text_hex(span_of(key->id, sizeof(key->id)), out);
	}
	if (err == ERR_OK) {
		err = buf_u8(out, '+');
	}
	return err == ERR_OK ? text_base64(span_of(bytes, sizeof(bytes)), out)
	                     : err;
}

static enum err bad_vkey(void)
{
	return err_set(ERR_FORMAT, "not a verifier key (name+id+key)");
}

/* PROTOCOL.md M38: "A verifier key whose key id is not the hash of its name,
 * type and key MUST be refused." */
static enum err check_vkey(
    struct span id, struct span key, struct note_key *out)
{
	struct buf bytes = { 0 };
	uint8_t stated[ID_BYTES];
	enum err err = text_unhex(id, stated, sizeof(stated));
	if (err == ERR_OK) {
		err = text_unbase64(key, &bytes);
	}
	if (err == ERR_OK &&
	    (bytes.size != 33 || (bytes.data[0] != NOTE_ED25519 &&
				     bytes.data[0] != NOTE_COSIGNATURE))) {
		err = bad_vkey();
	}
	if (err == ERR_OK) {
		out->type = bytes.data[0] == NOTE_ED25519 ? NOTE_ED25519
		                                          : NOTE_COSIGNATURE;
		memcpy(out->key.b, bytes.data + 1, sizeof(out->key.b));
		key_id(out);
		if (memcmp(stated, out->id, ID_BYTES) != 0) {
			err = err_set(ERR_FORMAT,
			    "a verifier key's id does not fit its key");
		}
	}
	buf_clear(&bytes);
	return err;
}

enum err note_read_vkey(struct span text, struct note_key *out)
{
	memset(out, 0, sizeof(*out));
	const uint8_t *plus = memchr(text.data, '+', text.size);
	if (plus == NULL) {
		return bad_vkey();
	}
	struct span name = span_of(text.data, (size_t)(plus - text.data));
	size_t left = text.size - name.size - 1;
	if (name.size >= sizeof(out->name) || !name_valid(name) ||
	    left < ID_DIGITS + 2 || plus[1 + ID_DIGITS] != '+') {
		return bad_vkey();
	}
	memcpy(out->name, name.data, name.size);
	return check_vkey(span_of(plus + 1, ID_DIGITS),
	    span_of(plus + 2 + ID_DIGITS, left - ID_DIGITS - 1), out);
}

/* One line without its LF. */
static enum err parse_line(struct span line, struct note_line *out)
{
	const size_t skip = sizeof(dash) - 1;
	struct buf blob = { 0 };
	memset(out, 0, sizeof(*out));
	if (line.size <= skip || memcmp(line.data, dash, skip) != 0) {
		return err_set(ERR_FORMAT, "a note's line is no signature");
	}
	struct span rest = span_of(line.data + skip, line.size - skip);
	const uint8_t *space = memchr(rest.data, ' ', rest.size);
	if (space == NULL) {
		return err_set(ERR_FORMAT, "a signature line without a name");
	}
	out->name = span_of(rest.data, (size_t)(space - rest.data));
	if (!name_valid(out->name)) {
		return err_set(ERR_FORMAT, "a signature line's name is off");
	}
	enum err err = text_unbase64(
	    span_of(space + 1, rest.size - out->name.size - 1), &blob);
	if (err == ERR_OK && blob.size <= ID_BYTES) {
		err = err_set(ERR_FORMAT, "a signature line is too short");
	}
	if (err == ERR_OK) {
		memcpy(out->id, blob.data, ID_BYTES);
		out->blob_size = blob.size - ID_BYTES;
		if (out->blob_size == SIGNATURE_BYTES ||
		    out->blob_size == COSIGNATURE_BYTES) {
			memcpy(out->blob, blob.data + ID_BYTES, out->blob_size);
		}
	}
	buf_clear(&blob);
	return err;
}

/* PROTOCOL.md M35: "A note with two signature lines of one name and key id
 * MUST be refused." */
static enum err check_unique(const struct note *note)
{
	const struct note_line *last = &note->lines[note->line_count - 1];
	for (size_t i = 0; i + 1 < note->line_count; i++) {
		const struct note_line *line = &note->lines[i];
		if (span_equal(line->name, last->name) &&
		    memcmp(line->id, last->id, ID_BYTES) == 0) {
			return err_set(
			    ERR_FORMAT, "a note has two lines of one key");
		}
	}
	return ERR_OK;
}

/* PROTOCOL.md M34: "A note with more than 16 signature lines MUST be
 * refused." */
static enum err parse_lines(struct span left, struct note *out)
{
	while (left.size > 0) {
		const uint8_t *end = memchr(left.data, '\n', left.size);
		if (end == NULL) {
			return err_set(ERR_FORMAT, "a note's end is cut off");
		}
		if (out->line_count == LIMIT_NOTE_LINES) {
			return err_set(ERR_LIMIT,
			    "a note of more than %u signatures",
			    LIMIT_NOTE_LINES);
		}
		struct span line =
		    span_of(left.data, (size_t)(end - left.data));
		enum err err = parse_line(line, &out->lines[out->line_count]);
		if (err != ERR_OK) {
			return err;
		}
		out->line_count++;
		err = check_unique(out);
		if (err != ERR_OK) {
			return err;
		}
		left = span_of(end + 1, left.size - line.size - 1);
	}
	return ERR_OK;
}

/* UTF-8, no control characters but LF, LF at the end. */
static bool text_valid(struct span text)
{
	if (text.size == 0 || text.data[text.size - 1] != '\n' ||
	    !utf8_valid(text)) {
		return false;
	}
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < 0x20 && text.data[i] != '\n') {
			return false;
		}
	}
	return true;
}

/* PROTOCOL.md M33: "A note MUST be split at its last empty line, and hold at
 * least one signature line after it." */
enum err note_parse(struct span bytes, struct note *out)
{
	memset(out, 0, sizeof(*out));
	if (bytes.size > LIMIT_NOTE_BYTES) {
		return err_set(ERR_LIMIT, "a note of more than %u bytes",
		    LIMIT_NOTE_BYTES);
	}
	if (!text_valid(bytes)) {
		return err_set(ERR_FORMAT, "a note is no plain text");
	}
	size_t at = bytes.size - 1;
	while (
	    at > 0 && (bytes.data[at] != '\n' || bytes.data[at - 1] != '\n')) {
		at--;
	}
	if (at == 0 || at + 1 == bytes.size) {
		return err_set(ERR_FORMAT, "a note without signatures");
	}
	out->text = span_of(bytes.data, at);
	return parse_lines(
	    span_of(bytes.data + at + 1, bytes.size - at - 1), out);
}

/* PROTOCOL.md M36: "A signature line of an unknown key MUST be ignored, and a
 * wrong signature of a known key MUST reject the note." */
static const struct note_line *find_line(
    const struct note *note, const struct note_key *key)
{
	for (size_t i = 0; i < note->line_count; i++) {
		const struct note_line *line = &note->lines[i];
		if (memcmp(line->id, key->id, ID_BYTES) == 0 &&
		    span_equal(line->name, span_text(key->name))) {
			return line;
		}
	}
	return NULL;
}

static enum err verify(
    const uint8_t *signature, struct span message, const struct note_key *key)
{
	if (crypto_sign_verify_detached(
		signature, message.data, message.size, key->key.b) != 0) {
		return err_set(
		    ERR_VERIFY, "the signature of %s is wrong", key->name);
	}
	return ERR_OK;
}

enum err note_verify(const struct note *note, const struct note_key *key)
{
	const struct note_line *line = find_line(note, key);
	if (line == NULL) {
		return err_set(ERR_NOTFOUND, "no signature of %s", key->name);
	}
	if (key->type != NOTE_ED25519 || line->blob_size != SIGNATURE_BYTES) {
		return err_set(ERR_VERIFY,
		    "the signature of %s is of the wrong kind", key->name);
	}
	return verify(line->blob, note->text, key);
}

/* PROTOCOL.md M37: "A cosignature MUST be over the line cosignature/v1, the
 * line of its time, and the note's text." */
static enum err cosigned_message(
    struct span text, uint64_t time_s, struct buf *out)
{
	enum err err = buf_printf(
	    out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
	return err == ERR_OK ? buf_append(out, text) : err;
}

enum err note_verify_cosignature(
    const struct note *note, const struct note_key *key, uint64_t *time_s)
{
	const struct note_line *line = find_line(note, key);
	struct buf message = { 0 };
	if (line == NULL) {
		return err_set(ERR_NOTFOUND, "no cosignature of %s", key->name);
	}
	if (key->type != NOTE_COSIGNATURE ||
	    line->blob_size != COSIGNATURE_BYTES) {
		return err_set(ERR_VERIFY,
		    "the cosignature of %s is of the wrong kind", key->name);
	}
	uint64_t stated = bytes_get_u64(line->blob);
	if (stated > INT64_MAX) {
		return err_set(
		    ERR_VERIFY, "the time of %s is impossible", key->name);
	}
	enum err err = cosigned_message(note->text, stated, &message);
	if (err == ERR_OK) {
		err = verify(line->blob + TIME_BYTES, buf_span(&message), key);
	}
	if (err == ERR_OK) {
		*time_s = stated;
	}
	buf_clear(&message);
	return err;
}

static enum err put_line(
    const struct note_key *key, struct span blob, struct buf *out)
{
	uint8_t bytes[ID_BYTES + COSIGNATURE_BYTES];
	assert(blob.size <= COSIGNATURE_BYTES);
	memcpy(bytes, key->id, ID_BYTES);
	memcpy(bytes + ID_BYTES, blob.data, blob.size);
	enum err err = buf_printf(out, "%s%s ", dash, key->name);
	if (err == ERR_OK) {
		err = text_base64(span_of(bytes, ID_BYTES + blob.size), out);
	}
	return err == ERR_OK ? buf_u8(out, '\n') : err;
}

/* A line under a key that the keystore does not hold would never verify. */
static enum err check_ours(const struct keystore *keystore,
    const struct note_key *key, const struct generation *generation)
{
	const struct keystore_public *public = keystore_public(keystore);
	if (generation == NULL) {
		if (key->type == NOTE_COSIGNATURE &&
		    id_equal(&key->key, &public->cosigning)) {
			return ERR_OK;
		}
		return err_set(ERR_STATE, "not our cosigning key");
	}
	for (size_t i = 0; i < public->log_count; i++) {
		if (generation_equal(&public->logs[i].generation, generation) &&
		    key->type == NOTE_ED25519 &&
		    id_equal(&key->key, &public->logs[i].key)) {
			return ERR_OK;
		}
	}
	return err_set(ERR_NOTFOUND, "no log key of this generation is ours");
}

enum err note_sign(const struct keystore *keystore, const struct note_key *key,
    const struct generation *generation, struct span text, struct buf *out)
{
	uint8_t signature[SIGNATURE_BYTES];
	if (!text_valid(text)) {
		return err_set(ERR_FORMAT, "a note's text is no plain text");
	}
	enum err err = check_ours(keystore, key, generation);
	if (err == ERR_OK) {
		err = keystore_sign_log(keystore, generation, text, signature);
	}
	if (err == ERR_OK) {
		err = buf_append(out, text);
	}
	if (err == ERR_OK) {
		err = buf_u8(out, '\n');
	}
	return err == ERR_OK
	           ? put_line(key, span_of(signature, sizeof(signature)), out)
	           : err;
}

enum err note_cosign(const struct keystore *keystore,
    const struct note_key *key, struct span text, uint64_t time_s,
    struct buf *out)
{
	uint8_t blob[COSIGNATURE_BYTES];
	struct buf message = { 0 };
	if (!text_valid(text) || time_s > INT64_MAX) {
		return err_set(ERR_FORMAT, "nothing that can be cosigned");
	}
	enum err err = check_ours(keystore, key, NULL);
	if (err == ERR_OK) {
		err = cosigned_message(text, time_s, &message);
	}
	if (err == ERR_OK) {
		bytes_put_u64(blob, time_s);
		err = keystore_cosign(
		    keystore, buf_span(&message), blob + TIME_BYTES);
	}
	if (err == ERR_OK) {
		err = put_line(key, span_of(blob, sizeof(blob)), out);
	}
	buf_clear(&message);
	return err;
}
