/* The snapshot of the views. The first byte chooses: the file as it lies on
 * the disk, changed as the input says, which must be noticed; or what stands
 * inside, sealed rightly, which only damage in our own memory could make: it
 * is loaded whole or not at all. */
#include "fuzz/tool.h"
#include "keys/keystore.h"
#include "store/snapshot.h"
#include "store/views.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(const int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTENT = 300 };

static const char *path;
static struct keystore *keystore;
static struct rng_seeded seeded;
static struct rng rng;
static const uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES] = { 7 };

int LLVMFuzzerInitialize(const int *argc, char ***argv)
{
	uint8_t text[] = "secret\n";
	struct passphrase *passphrase = NULL;
	(void)argc;
	(void)argv;
	tool_ok(keystore_process_init());
	tool_ok(keystore_passphrase(text, sizeof(text) - 1, &passphrase));
	rng = rng_seed(&seeded, 1);
	tool_ok(keystore_create(
	    tool_path("keys"), passphrase, KEYSTORE_CHEAP, &rng, &keystore));
	passphrase_free(passphrase);
	path = tool_path("snapshot");
	return 0;
}

static void seal(struct span content, struct buf *file)
{
	uint8_t plain[16 + SNAPSHOT_INCARNATION_BYTES + 5] = { 0 };
	struct buf whole = { 0 };
	struct buf sealed = { 0 };
	memcpy(plain + 16, incarnation, sizeof(incarnation));
	plain[sizeof(plain) - 1] = 1; /* the last chunk */
	tool_ok(buf_append(&whole, span_of(plain, sizeof(plain))));
	tool_ok(buf_append(&whole, content));
	tool_ok(keystore_seal(
	    keystore, &rng, "qsg/snapshot/v1", buf_span(&whole), &sealed));
	tool_ok(buf_u32(file, (uint32_t)sealed.size));
	tool_ok(buf_append(file, buf_span(&sealed)));
	buf_clear(&whole);
	buf_clear(&sealed);
}

/* Whole: everything could be read, and nothing followed. */
static bool reads(uint8_t out[CONTENT])
{
	struct snapshot_reader *reader = NULL;
	enum err err = snapshot_open(path, keystore, incarnation, &reader);
	if (err == ERR_OK) {
		err = snapshot_get(reader, out, CONTENT);
	}
	if (err == ERR_OK) {
		err = snapshot_finish(reader);
	}
	tool_must(err == ERR_OK || err == ERR_CORRUPT);
	snapshot_reader_free(reader);
	return err == ERR_OK;
}

static void check_file(struct span changes)
{
	uint8_t content[CONTENT] = { 9 };
	uint8_t got[CONTENT];
	struct buf file = { 0 };
	struct buf as_made = { 0 };
	struct reader in = reader_of(changes);
	seal(span_of(content, CONTENT), &file);
	tool_ok(buf_append(&as_made, buf_span(&file)));
	while (in.left.size >= 4) {
		size_t at = reader_u16(&in) % file.size;
		uint8_t what = reader_u8(&in);
		if (what % 4 == 3) {
			file.size = at + 1;
			(void)reader_u8(&in);
		} else {
			file.data[at] ^= reader_u8(&in);
		}
	}
	tool_ok(buf_append(&file, in.left));
	tool_write(path, buf_span(&file));
	tool_must(
	    reads(got) == span_equal(buf_span(&file), buf_span(&as_made)));
	buf_clear(&file);
	buf_clear(&as_made);
}

static void check_content(struct span content)
{
	struct views *views = NULL;
	struct buf file = { 0 };
	seal(content, &file);
	tool_write(path, buf_span(&file));
	tool_ok(views_new(&rng, &views));
	enum err err = views_load(views, keystore, incarnation, path);
	tool_must(err == ERR_OK || err == ERR_CORRUPT);
	tool_must(err == ERR_OK || views_count(views) == 0);
	for (uint32_t rid = 1; rid <= views_count(views); rid++) {
		const struct view_record *view = views_get(views, rid);
		tool_must(views_find(views, &view->id) == rid);
		tool_must(views_at(views, view->stream, view->number) == rid);
	}
	views_close(views);
	buf_clear(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > LIMIT_MESSAGE_BYTES) {
		return 0;
	}
	struct span rest = span_of(data + 1, size - 1);
	if (data[0] % 2 == 0) {
		check_file(rest);
	} else {
		check_content(rest);
	}
	return 0;
}
