/*
 * bundle_read.h - take a bundle's archive apart: which files there are, and
 * whether the manifests list exactly them.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"; RFC 8493
 * Threads: one at a time per bundle.
 */
#ifndef QSG_VIEW_BUNDLE_READ_H
#define QSG_VIEW_BUNDLE_READ_H

#include "view/bundle_name.h"

struct bundle_file {
	struct bundle_name name;
	struct span content;
};

/* Zero-initialise; bundle_read_clear frees. Borrows the archive. */
struct bundle_files {
	struct bundle_file *items; /* in their order */
	size_t count;
	size_t capacity;
};

/* Told of each thing that is wrong: which file (NULL: the bundle), and what. */
typedef void (*bundle_wrong)(void *context, const char *path, const char *what);

/* Every file of the archive, each known by its name, once, in its place and no
 * larger than it may be. Nothing is written anywhere. ERR_FORMAT, ERR_LIMIT:
 * the message names the file; ERR_MEM. */
ERR_MUST_USE enum err bundle_read(
    struct span archive, struct bundle_files *out);
void bundle_read_clear(struct bundle_files *files);

/* The file of this name, or NULL. */
const struct bundle_file *bundle_read_find(
    const struct bundle_files *files, const struct bundle_name *name);
/* The contents of the one file of a kind; empty when it is not there. */
struct span bundle_read_single(
    const struct bundle_files *files, enum bundle_kind kind);

/* Compare everything that BagIt says of the files with the files. ERR_MEM. */
ERR_MUST_USE enum err bundle_read_manifests(
    const struct bundle_files *files, bundle_wrong wrong, void *context);

#endif
