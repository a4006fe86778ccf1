#include "view/bundle_name.h"

#include "codec/text.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CARDS BUNDLE_TOP "data/cards/"
#define LOGS BUNDLE_TOP "data/logs/"
#define RECORDS BUNDLE_TOP "data/records/"
#define EVIDENCE BUNDLE_TOP "data/evidence/"
#define SEAL BUNDLE_TOP "seal/"

enum { ID_TEXT = 64, GENERATION_TEXT = 16 };

const char bundle_bagit[] =
    "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

static const char *const parts[BUNDLE_PARTS] = {
	[BUNDLE_BODY] = "body",
	[BUNDLE_CONTENT_KEY] = "content-key",
	[BUNDLE_HEADER] = "header",
	[BUNDLE_PAYLOAD] = "payload",
	[BUNDLE_PROOF] = "proof",
	[BUNDLE_SLOTS] = "slots",
};

/* Files that there is one of. */
static const char *const singles[] = {
	[BUNDLE_CSV] = BUNDLE_TOP "data/index.csv",
	[BUNDLE_PAGE] = BUNDLE_TOP "data/index.html",
	[BUNDLE_BAGIT] = BUNDLE_TOP "bagit.txt",
	[BUNDLE_INFO] = BUNDLE_TOP "bag-info.txt",
	[BUNDLE_MANIFEST] = BUNDLE_TOP "manifest-sha512.txt",
	[BUNDLE_TAGS] = BUNDLE_TOP "tagmanifest-sha512.txt",
};

enum { SINGLES = sizeof(singles) / sizeof(singles[0]) };

static void generation_text(
    const struct generation *generation, char out[GENERATION_TEXT + 1])
{
	for (size_t i = 0; i < sizeof(generation->b); i++) {
		(void)snprintf(out + 2 * i, 3, "%02x", generation->b[i]);
	}
}

struct bundle_path bundle_name_path(const struct bundle_name *name)
{
	struct bundle_path path = { { 0 } };
	struct hex32 id = text_hex_id(&name->id);
	char generation[GENERATION_TEXT + 1];
	const size_t most = sizeof(path.text);
	switch (name->kind) {
	case BUNDLE_CARD:
		(void)snprintf(path.text, most, CARDS "%s.card", id.text);
		break;
	case BUNDLE_CHECKPOINT:
		generation_text(&name->generation, generation);
		(void)snprintf(path.text, most, LOGS "%s/%s/checkpoint",
		    id.text, generation);
		break;
	case BUNDLE_RECORD:
		(void)snprintf(path.text, most, RECORDS "%s/%s", id.text,
		    parts[name->part]);
		break;
	case BUNDLE_EVIDENCE:
		(void)snprintf(path.text, most, EVIDENCE "%s", id.text);
		break;
	case BUNDLE_SEAL:
		(void)snprintf(path.text, most, SEAL "%s", parts[name->part]);
		break;
	case BUNDLE_CSV:
	case BUNDLE_PAGE:
	case BUNDLE_BAGIT:
	case BUNDLE_INFO:
	case BUNDLE_MANIFEST:
	case BUNDLE_TAGS:
		(void)snprintf(path.text, most, "%s", singles[name->kind]);
		break;
	}
	return path;
}

/* Take a prefix off a path. */
static bool skip(const char **path, const char *prefix)
{
	size_t size = strlen(prefix);
	if (strncmp(*path, prefix, size) != 0) {
		return false;
	}
	*path += size;
	return true;
}

/* Take hex digits off a path; that they are lower-case follows from the name's
 * alphabet. */
static bool take_hex(const char **path, void *out, size_t size)
{
	size_t digits = 2 * size;
	if (strlen(*path) < digits ||
	    text_unhex(span_of(*path, digits), out, size) != ERR_OK) {
		return false;
	}
	*path += digits;
	return true;
}

static bool take_part(const char *path, enum bundle_part *out)
{
	for (int i = 0; i < BUNDLE_PARTS; i++) {
		if (strcmp(path, parts[i]) == 0) {
			*out = (enum bundle_part)i;
			return true;
		}
	}
	return false;
}

static bool read_single(const char *path, struct bundle_name *out)
{
	for (int i = 0; i < SINGLES; i++) {
		if (singles[i] != NULL && strcmp(path, singles[i]) == 0) {
			out->kind = (enum bundle_kind)i;
			return true;
		}
	}
	return false;
}

bool bundle_name_read(const char *path, struct bundle_name *out)
{
	*out = (struct bundle_name){ 0 };
	if (!tar_name_fits(span_text(path))) {
		return false;
	}
	if (skip(&path, CARDS)) {
		out->kind = BUNDLE_CARD;
		return take_hex(&path, out->id.b, sizeof(out->id.b)) &&
		       strcmp(path, ".card") == 0;
	}
	if (skip(&path, LOGS)) {
		out->kind = BUNDLE_CHECKPOINT;
		return take_hex(&path, out->id.b, sizeof(out->id.b)) &&
		       skip(&path, "/") &&
		       take_hex(&path, out->generation.b,
			   sizeof(out->generation.b)) &&
		       strcmp(path, "/checkpoint") == 0;
	}
	if (skip(&path, RECORDS)) {
		out->kind = BUNDLE_RECORD;
		return take_hex(&path, out->id.b, sizeof(out->id.b)) &&
		       skip(&path, "/") && take_part(path, &out->part);
	}
	if (skip(&path, EVIDENCE)) {
		out->kind = BUNDLE_EVIDENCE;
		return take_hex(&path, out->id.b, sizeof(out->id.b)) &&
		       *path == '\0';
	}
	if (skip(&path, SEAL)) {
		out->kind = BUNDLE_SEAL;
		return take_part(path, &out->part) && out->part != BUNDLE_SLOTS;
	}
	return read_single(path, out);
}

int bundle_name_compare(
    const struct bundle_name *a, const struct bundle_name *b)
{
	if (a->kind != b->kind) {
		return a->kind < b->kind ? -1 : 1;
	}
	int by_id = id_compare(&a->id, &b->id);
	if (by_id != 0) {
		return by_id;
	}
	int by_generation =
	    memcmp(a->generation.b, b->generation.b, sizeof(a->generation.b));
	if (by_generation != 0) {
		return by_generation;
	}
	return (int)a->part - (int)b->part;
}

bool bundle_name_is_payload(enum bundle_kind kind)
{
	return kind <= BUNDLE_PAGE;
}

static uint64_t part_most(enum bundle_part part)
{
	switch (part) {
	case BUNDLE_BODY:
	case BUNDLE_PAYLOAD:
	case BUNDLE_SLOTS:
		return LIMIT_RECORD_BYTES;
	case BUNDLE_CONTENT_KEY:
		return sizeof(struct id32);
	case BUNDLE_HEADER:
		return 1024;
	case BUNDLE_PROOF:
		return LIMIT_NOTE_BYTES + 4096u;
	case BUNDLE_PARTS:
		break;
	}
	return 0;
}

_Static_assert(LIMIT_CARD_BYTES == LIMIT_NOTE_BYTES, "a card or a note");

uint64_t bundle_name_most(const struct bundle_name *name)
{
	switch (name->kind) {
	case BUNDLE_CARD:
	case BUNDLE_CHECKPOINT:
		return LIMIT_NOTE_BYTES;
	case BUNDLE_RECORD:
	case BUNDLE_SEAL:
		return part_most(name->part);
	case BUNDLE_EVIDENCE:
		return LIMIT_RECORD_BYTES;
	case BUNDLE_CSV:
	case BUNDLE_PAGE:
	case BUNDLE_MANIFEST:
		return LIMIT_BUNDLE_BYTES / 2;
	case BUNDLE_BAGIT:
	case BUNDLE_INFO:
	case BUNDLE_TAGS:
		return 4096;
	}
	return 0;
}

enum err bundle_info(uint64_t bytes, uint64_t files, struct buf *out)
{
	return buf_printf(out,
	    "QSG-Bundle: 1\nPayload-Oxum: %" PRIu64 ".%" PRIu64 "\n", bytes,
	    files);
}

enum err bundle_manifest_line(
    const struct bundle_name *name, struct span content, struct buf *out)
{
	static const uint8_t nothing[1];
	uint8_t hash[crypto_hash_sha512_BYTES];
	struct bundle_path path = bundle_name_path(name);
	if (crypto_hash_sha512(hash,
		content.data == NULL ? nothing : content.data,
		content.size) != 0) {
		return err_set(ERR_CRYPTO, "cannot hash");
	}
	enum err err = text_hex(span_of(hash, sizeof(hash)), out);
	return err == ERR_OK
	           ? buf_printf(out, "  %s\n", path.text + strlen(BUNDLE_TOP))
	           : err;
}
