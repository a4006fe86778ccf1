#include "ledger/tlogproof.h"

#include "codec/text.h"

#include <inttypes.h>
#include <string.h>

#define MAGIC "c2sp.org/tlog-proof@v1"
#define INDEX "index "

enum { DIGITS = 13, HASH_TEXT = 44 };

enum err tlogproof_write(struct merkle_tree *tree, uint64_t index,
    uint64_t size, struct span note, struct buf *out)
{
	struct merkle_nodes path = { 0 };
	size_t before = out->size;
	enum err err = merkle_tree_inclusion(tree, index, size, &path);
	if (err == ERR_OK) {
		err = buf_printf(out, MAGIC "\n" INDEX "%" PRIu64 "\n", index);
	}
	for (size_t i = 0; err == ERR_OK && i < path.count; i++) {
		err = text_base64(span_id(&path.items[i].hash), out);
		if (err == ERR_OK) {
			err = buf_u8(out, '\n');
		}
	}
	if (err == ERR_OK) {
		err = buf_u8(out, '\n');
	}
	if (err == ERR_OK) {
		err = buf_append(out, note);
	}
	if (err != ERR_OK) {
		out->size = before;
	}
	merkle_nodes_clear(&path);
	return err;
}

static enum err malformed(const char *what)
{
	return err_set(ERR_FORMAT, "not a proof of a log entry: %s", what);
}

/* The line up to the next LF, which is skipped; false when there is none. */
static bool next_line(struct span *text, struct span *line)
{
	const uint8_t *end =
	    text->size > 0 ? memchr(text->data, '\n', text->size) : NULL;
	if (end == NULL) {
		return false;
	}
	*line = span_of(text->data, (size_t)(end - text->data));
	*text = span_of(end + 1, text->size - line->size - 1);
	return true;
}

/* PROTOCOL.md M74: "The index in a portable proof MUST be decimal without
 * leading zeros and below the size of its checkpoint." */
static bool parse_index(struct span line, uint64_t *out)
{
	size_t prefix = strlen(INDEX);
	if (line.size <= prefix || line.size > prefix + DIGITS ||
	    memcmp(line.data, INDEX, prefix) != 0 ||
	    (line.data[prefix] == '0' && line.size > prefix + 1)) {
		return false;
	}
	*out = 0;
	for (size_t i = prefix; i < line.size; i++) {
		if (line.data[i] < '0' || line.data[i] > '9') {
			return false;
		}
		*out = *out * 10 + (uint64_t)(line.data[i] - '0');
	}
	return *out < LIMIT_TREE_SIZE;
}

static enum err parse_hash(struct span line, struct id32 *out)
{
	struct buf hash = { 0 };
	enum err err = line.size == HASH_TEXT
	                   ? text_unbase64(line, &hash)
	                   : malformed("a hash of another size");
	if (err == ERR_OK && hash.size != sizeof(out->b)) {
		err = malformed("a hash of another size");
	}
	if (err == ERR_OK) {
		memcpy(out->b, hash.data, sizeof(out->b));
	}
	buf_clear(&hash);
	return err;
}

/* PROTOCOL.md M73: "A portable proof MUST be exactly the line
 * c2sp.org/tlog-proof@v1, the line of its index, at most 63 lines of hashes, an
 * empty line, and the checkpoint." */
enum err tlogproof_parse(struct span bytes, struct tlogproof *out)
{
	struct span rest = bytes;
	struct span line = { 0 };
	*out = (struct tlogproof){ 0 };
	if (bytes.size > LIMIT_NOTE_BYTES + TLOGPROOF_HASHES * 64) {
		return malformed("too long");
	}
	if (!next_line(&rest, &line) || !span_equal(line, span_text(MAGIC))) {
		return malformed("another first line");
	}
	if (!next_line(&rest, &line) || !parse_index(line, &out->index)) {
		return malformed("no index");
	}
	while (next_line(&rest, &line)) {
		if (line.size == 0) {
			out->note = rest;
			return ERR_OK;
		}
		if (out->hash_count == TLOGPROOF_HASHES) {
			return malformed("too many hashes");
		}
		enum err err =
		    parse_hash(line, &out->hashes[out->hash_count++]);
		if (err != ERR_OK) {
			return err;
		}
	}
	return malformed("no checkpoint");
}

enum err tlogproof_check(const struct tlogproof *proof, const struct id32 *leaf,
    const struct id32 *log_key, struct checkpoint *head)
{
	enum err err = checkpoint_verify(proof->note, log_key, head);
	if (err != ERR_OK) {
		return err;
	}
	return merkle_check_inclusion(proof->index, head->size, leaf,
	    proof->hashes, proof->hash_count, &head->root);
}
