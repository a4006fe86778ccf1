#include "ledger/checkpoint.h"

#include "codec/text.h"

#include <inttypes.h>
#include <string.h>

enum {
	ORIGIN_BYTES = 4 + 64 + 1 + 16, /* qsg/<id>/<generation> */
	MAX_TEXT_BYTES = ORIGIN_BYTES + 1 + 20 + 1 + 44 + 1
};

/* PROTOCOL.md M60: "A checkpoint's text MUST be exactly three lines, each
 * ended by LF: the origin, the size in decimal without leading zeros, and the
 * root in base64." */
enum err checkpoint_text(const struct checkpoint *checkpoint, struct buf *out)
{
	struct hex32 author = text_hex_id(&checkpoint->author);
	enum err err =
	    buf_printf(out, "qsg/%s/%016" PRIx64 "\n%" PRIu64 "\n", author.text,
		bytes_get_u64(checkpoint->generation.b), checkpoint->size);
	if (err == ERR_OK) {
		err = text_base64(span_id(&checkpoint->root), out);
	}
	if (err == ERR_OK) {
		err = buf_u8(out, '\n');
	}
	return err;
}

enum err checkpoint_sign(const struct keystore *keystore,
    const struct checkpoint *checkpoint, struct buf *out)
{
	const struct keystore_public *public = keystore_public(keystore);
	const struct keystore_log *log = NULL;
	for (size_t i = 0; i < public->log_count; i++) {
		if (generation_equal(
			&public->logs[i].generation, &checkpoint->generation)) {
			log = &public->logs[i];
		}
	}
	if (log == NULL ||
	    !id_equal(&public->organisation, &checkpoint->author)) {
		return err_set(ERR_NOTFOUND, "the log is not ours to sign");
	}
	struct buf text = { 0 };
	struct note_key key;
	note_log_key(
	    &checkpoint->author, &checkpoint->generation, &log->key, &key);
	enum err err = checkpoint_text(checkpoint, &text);
	if (err == ERR_OK) {
		err = note_sign(keystore, &key, &checkpoint->generation,
		    buf_span(&text), out);
	}
	buf_clear(&text);
	return err;
}

static enum err malformed(void)
{
	return err_set(ERR_FORMAT, "not a checkpoint of ours");
}

/* The line up to the next LF, which is skipped. */
static struct span next_line(struct span *text)
{
	const uint8_t *end =
	    text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
	if (end == NULL) {
		return (struct span){ NULL, 0 };
	}
	struct span line = span_of(text->data, (size_t)(end - text->data));
	*text = span_of(end + 1, text->size - line.size - 1);
	return line;
}

static bool parse_size(struct span digits, uint64_t *out)
{
	/* 13 digits hold the largest tree, and cannot overflow. */
	if (digits.size == 0 || digits.size > 13) {
		return false;
	}
	uint64_t size = 0;
	for (size_t i = 0; i < digits.size; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9') {
			return false;
		}
		size = size * 10 + (uint64_t)(digits.data[i] - '0');
	}
	*out = size;
	return size <= LIMIT_TREE_SIZE;
}

static enum err parse_origin(struct span line, struct checkpoint *out)
{
	if (line.size != ORIGIN_BYTES || memcmp(line.data, "qsg/", 4) != 0) {
		return malformed();
	}
	enum err err =
	    text_unhex(span_of(line.data + 4, 64), out->author.b, 32);
	if (err == ERR_OK) {
		err = text_unhex(
		    span_of(line.data + 4 + 64 + 1, 16), out->generation.b, 8);
	}
	return err;
}

static enum err parse_root(struct span line, struct id32 *out)
{
	struct buf root = { 0 };
	enum err err = text_unbase64(line, &root);
	if (err == ERR_OK) {
		if (root.size == sizeof(out->b)) {
			memcpy(out->b, root.data, sizeof(out->b));
		} else {
			err = malformed();
		}
	}
	buf_clear(&root);
	return err;
}

enum err checkpoint_parse(const struct note *note, struct checkpoint *out)
{
	memset(out, 0, sizeof(*out));
	struct span left = note->text;
	if (left.size > MAX_TEXT_BYTES) {
		return malformed();
	}
	enum err err = parse_origin(next_line(&left), out);
	if (err == ERR_OK && !parse_size(next_line(&left), &out->size)) {
		err = malformed();
	}
	if (err == ERR_OK) {
		err = parse_root(next_line(&left), &out->root);
	}
	if (err != ERR_OK) {
		return err;
	}
	/* Capitals, leading zeros, a wrong separator, a fourth line: only one
	 * text says what was parsed. */
	struct buf exact = { 0 };
	err = checkpoint_text(out, &exact);
	if (err == ERR_OK && !span_equal(buf_span(&exact), note->text)) {
		err = malformed();
	}
	buf_clear(&exact);
	return err;
}

/* PROTOCOL.md M61: "A checkpoint MUST be accepted only under a log signature
 * of the author and generation that its origin names." */
enum err checkpoint_verify(
    struct span note_bytes, const struct id32 *log_key, struct checkpoint *out)
{
	struct note note;
	struct note_key key;
	struct checkpoint parsed;
	enum err err = note_parse(note_bytes, &note);
	if (err == ERR_LIMIT) {
		return err_set(ERR_FORMAT, "a note beyond its limits");
	}
	if (err != ERR_OK) {
		return err;
	}
	err = checkpoint_parse(&note, &parsed);
	if (err != ERR_OK) {
		return err;
	}
	note_log_key(&parsed.author, &parsed.generation, log_key, &key);
	err = note_verify(&note, &key);
	if (err == ERR_NOTFOUND) {
		return err_set(
		    ERR_VERIFY, "a checkpoint without its log's signature");
	}
	if (err == ERR_OK) {
		*out = parsed;
	}
	return err;
}

/* PROTOCOL.md M62: "Checkpoints MUST be compared by origin, size and root, and
 * never by their signed bytes." */
bool checkpoint_equal(const struct checkpoint *a, const struct checkpoint *b)
{
	return id_equal(&a->author, &b->author) &&
	       generation_equal(&a->generation, &b->generation) &&
	       a->size == b->size && id_equal(&a->root, &b->root);
}
