#include "view/bundle_read.h"

#include <stdlib.h>
#include <string.h>

static enum err add(struct bundle_files *files, const struct bundle_name *name,
    struct span content)
{
	if (files->count == files->capacity) {
		size_t capacity =
		    files->capacity == 0 ? 64 : files->capacity * 2;
		struct bundle_file *grown =
		    realloc(files->items, capacity * sizeof(*grown));
		if (grown == NULL) {
			return err_set(ERR_MEM, "out of memory");
		}
		files->items = grown;
		files->capacity = capacity;
	}
	files->items[files->count++] =
	    (struct bundle_file){ .name = *name, .content = content };
	return ERR_OK;
}

/* PROTOCOL.md M247: "A checker MUST refuse a file whose name is not one of
 * these, that stands twice or out of its place, is empty, or is larger
 * than it may be, and MUST NOT write anything of a bundle anywhere." */
static enum err judge(const struct bundle_files *files,
    const struct tar_file *file, struct bundle_name *name)
{
	if (!bundle_name_read(file->name, name)) {
		return err_set(ERR_FORMAT,
		    "%s: no file of a bundle has this name", file->name);
	}
	if (files->count > 0) {
		int order = bundle_name_compare(
		    &files->items[files->count - 1].name, name);
		if (order == 0) {
			return err_set(
			    ERR_FORMAT, "%s: is there twice", file->name);
		}
		if (order > 0) {
			return err_set(
			    ERR_FORMAT, "%s: is out of its place", file->name);
		}
	}
	if (file->content.size == 0) {
		return err_set(ERR_FORMAT, "%s: is empty", file->name);
	}
	if (file->content.size > bundle_name_most(name)) {
		return err_set(
		    ERR_LIMIT, "%s: is larger than it may be", file->name);
	}
	return files->count < LIMIT_BUNDLE_FILES
	           ? ERR_OK
	           : err_set(ERR_LIMIT, "more files than a bundle may have");
}

enum err bundle_read(struct span archive, struct bundle_files *out)
{
	enum err err = ERR_OK;
	if (archive.size > LIMIT_BUNDLE_BYTES) {
		return err_set(ERR_LIMIT, "larger than any bundle may be");
	}
	while (err == ERR_OK) {
		struct tar_file file;
		struct bundle_name name;
		bool end = false;
		err = tar_next(&archive, &file, &end);
		if (err == ERR_OK && end) {
			return ERR_OK;
		}
		if (err == ERR_OK) {
			err = judge(out, &file, &name);
		}
		if (err == ERR_OK) {
			err = add(out, &name, file.content);
		}
	}
	bundle_read_clear(out);
	return err;
}

void bundle_read_clear(struct bundle_files *files)
{
	free(files->items);
	*files = (struct bundle_files){ 0 };
}

static int by_name(const void *key, const void *item)
{
	return bundle_name_compare(
	    key, &((const struct bundle_file *)item)->name);
}

const struct bundle_file *bundle_read_find(
    const struct bundle_files *files, const struct bundle_name *name)
{
	return files->count == 0 ? NULL
	                         : bsearch(name, files->items, files->count,
				       sizeof(*files->items), by_name);
}

struct span bundle_read_single(
    const struct bundle_files *files, enum bundle_kind kind)
{
	const struct bundle_name name = { .kind = kind };
	const struct bundle_file *file = bundle_read_find(files, &name);
	return file == NULL ? span_of(NULL, 0) : file->content;
}

/*
 * Manifests.
 */

enum { HASH_TEXT = 128, GAP = 2 };

/* The next line, with its LF, off the front of a text; what is left when there
 * is no LF. */
static struct span next_line(struct span *text)
{
	if (text->size == 0) {
		return *text;
	}
	const uint8_t *end = memchr(text->data, '\n', text->size);
	size_t size = end == NULL ? text->size : (size_t)(end - text->data) + 1;
	struct span line = span_of(text->data, size);
	*text = span_of(text->data + size, text->size - size);
	return line;
}

/* The same file, whatever the hash. */
static bool same_path(struct span a, struct span b)
{
	return a.size == b.size && a.size > HASH_TEXT + GAP &&
	       memcmp(a.data + HASH_TEXT, b.data + HASH_TEXT,
		   a.size - HASH_TEXT) == 0;
}

/* The name of the file that a line is of; false when it is none. */
static bool line_name(
    struct span line, struct bundle_path *path, struct bundle_name *name)
{
	size_t skip = HASH_TEXT + GAP;
	size_t top = strlen(BUNDLE_TOP);
	size_t size = line.size > skip + 1 ? line.size - skip - 1 : 0;
	if (size == 0 || top + size >= sizeof(path->text) ||
	    memchr(line.data, 0, line.size) != NULL) {
		return false;
	}
	memset(path, 0, sizeof(*path));
	memcpy(path->text, BUNDLE_TOP, top);
	memcpy(path->text + top, line.data + skip, size);
	return bundle_name_read(path->text, name);
}

/* Where what is wrong goes. */
struct telling {
	const struct bundle_files *files;
	bundle_wrong wrong;
	void *context;
	const char *manifest; /* the name of the one at hand */
};

/* Take the line of one file off a manifest, and lines of what is not there
 * before it. */
static void match_line(const struct telling *telling, struct span *rest,
    const char *path, struct span wanted)
{
	while (true) {
		struct span after = *rest;
		struct span line = next_line(&after);
		struct bundle_path listed;
		struct bundle_name name;
		bool same = span_equal(line, wanted);
		if (same || same_path(line, wanted)) {
			*rest = after;
			if (!same) {
				telling->wrong(telling->context, path,
				    "its contents are not those that the "
				    "manifest lists");
			}
			return;
		}
		bool known = line_name(line, &listed, &name);
		if (line.size == 0 ||
		    (known && bundle_read_find(telling->files, &name))) {
			telling->wrong(telling->context, path,
			    "the manifest does not list it in its place");
			return;
		}
		telling->wrong(telling->context,
		    known ? listed.text : telling->manifest,
		    known ? "the manifest lists it, and it is missing"
			  : "one of its lines is none");
		*rest = after;
	}
}

/* What a manifest lists after the last file. */
static void match_end(const struct telling *telling, struct span rest)
{
	struct span line = next_line(&rest);
	struct bundle_path listed;
	struct bundle_name name;
	if (line_name(line, &listed, &name) &&
	    bundle_read_find(telling->files, &name) == NULL) {
		telling->wrong(telling->context, listed.text,
		    "the manifest lists it, and it is missing");
	} else {
		telling->wrong(telling->context, telling->manifest,
		    "it goes on behind the last file");
	}
}

/* PROTOCOL.md M248: "The two manifests MUST list exactly the files there are,
 * in their order, with the SHA-512 of each, and bagit.txt and bag-info.txt MUST
 * be exactly what the payload gives." */
static enum err compare_manifest(const struct bundle_files *files, bool payload,
    bundle_wrong wrong, void *context)
{
	enum bundle_kind kind = payload ? BUNDLE_MANIFEST : BUNDLE_TAGS;
	struct bundle_path own =
	    bundle_name_path(&(struct bundle_name){ .kind = kind });
	const struct telling telling = { files, wrong, context, own.text };
	struct span rest = bundle_read_single(files, kind);
	struct buf wanted = { 0 };
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < files->count; i++) {
		const struct bundle_file *file = &files->items[i];
		if (bundle_name_is_payload(file->name.kind) != payload ||
		    file->name.kind == BUNDLE_TAGS) {
			continue;
		}
		struct bundle_path path = bundle_name_path(&file->name);
		buf_reset(&wanted);
		err = bundle_manifest_line(&file->name, file->content, &wanted);
		if (err == ERR_OK) {
			match_line(
			    &telling, &rest, path.text, buf_span(&wanted));
		}
	}
	if (err == ERR_OK && rest.size > 0) {
		match_end(&telling, rest);
	}
	buf_clear(&wanted);
	return err;
}

static void compare_single(const struct bundle_files *files,
    enum bundle_kind kind, struct span wanted, bundle_wrong wrong,
    void *context)
{
	struct bundle_path path =
	    bundle_name_path(&(struct bundle_name){ .kind = kind });
	if (!span_equal(bundle_read_single(files, kind), wanted)) {
		wrong(context, path.text, "it is not what the files give");
	}
}

enum err bundle_read_manifests(
    const struct bundle_files *files, bundle_wrong wrong, void *context)
{
	static const enum bundle_kind needed[] = { BUNDLE_CSV, BUNDLE_PAGE,
		BUNDLE_BAGIT, BUNDLE_INFO, BUNDLE_MANIFEST, BUNDLE_TAGS };
	struct buf info = { 0 };
	uint64_t bytes = 0;
	uint64_t count = 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct bundle_name name = { .kind = needed[i] };
		if (bundle_read_find(files, &name) == NULL) {
			wrong(context, bundle_name_path(&name).text,
			    "is missing");
		}
	}
	for (size_t i = 0; i < files->count; i++) {
		if (bundle_name_is_payload(files->items[i].name.kind)) {
			bytes += files->items[i].content.size;
			count++;
		}
	}
	enum err err = bundle_info(bytes, count, &info);
	if (err == ERR_OK) {
		err = compare_manifest(files, true, wrong, context);
	}
	if (err == ERR_OK) {
		err = compare_manifest(files, false, wrong, context);
	}
	if (err == ERR_OK) {
		compare_single(
		    files, BUNDLE_INFO, buf_span(&info), wrong, context);
		compare_single(files, BUNDLE_BAGIT, span_text(bundle_bagit),
		    wrong, context);
	}
	buf_clear(&info);
	return err;
}
