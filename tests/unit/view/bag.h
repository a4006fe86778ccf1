/*
 * bag.h - bundles for tests: made by real nodes, taken apart, changed, put
 * together again, with the manifests as they were or as they should be, and
 * sealed by their exporter or not.
 */
#ifndef QSG_TESTS_VIEW_BAG_H
#define QSG_TESTS_VIEW_BAG_H

#include "unit/service/fixture.h"
#include "view/bundle_check.h"
#include "view/bundle_name.h"

#define BAG_FILES 160

struct bag_file {
	char name[TAR_NAME_BYTES + 1]; /* with BUNDLE_TOP */
	struct buf content;
};

struct bag {
	struct bag_file files[BAG_FILES];
	size_t count;
};

/* Ask a node for a bundle as the command line does; choice is JSON. */
enum err bag_export(struct fixture *fixture, size_t at, const char *choice,
    bool open, struct buf *archive);
/* The same, taken apart. */
void bag_make(struct fixture *fixture, size_t at, const char *choice, bool open,
    struct bag *out);
void bag_split(struct span archive, struct bag *out);
void bag_copy(const struct bag *from, struct bag *to);
void bag_clear(struct bag *bag);

/* The file of this name below BUNDLE_TOP; NULL. */
struct bag_file *bag_find(struct bag *bag, const char *name);
/* The n-th file whose name holds this text; it must be there. */
struct bag_file *bag_like(struct bag *bag, const char *part, size_t n);
/* A part of a record. */
struct bag_file *bag_record(
    struct bag *bag, const struct id32 *id, const char *part);
/* Put a file in before the first that stands behind it in memory order of the
 * archive; append it when none does. */
struct bag_file *bag_add(
    struct bag *bag, const char *name, struct span content);
void bag_remove(struct bag *bag, const struct bag_file *file);
void bag_put(struct bag_file *file, struct span content);
void bag_flip(struct bag_file *file, size_t at);
/* Take a record out, and its lines in the lists. */
void bag_remove_record(struct bag *bag, const struct id32 *id);

/* Write index.csv and index.html anew, from the other files. */
void bag_lists(struct bag *bag);
/* Write bag-info.txt and both manifests as the files are; or the manifest of
 * tags alone. */
void bag_recompute(struct bag *bag);
void bag_tags(struct bag *bag);
/* The same, and have node `at` log and seal it. The number of records and
 * whether any is opened as the files say, moved by `more` and turned round by
 * `turn`. */
struct bag_claims {
	const char *what;
	int more;
	bool turn;
};
void bag_seal(struct bag *bag, struct fixture *fixture, size_t at,
    const struct bag_claims *claims);
/* The archive. Over what out held. */
void bag_join(const struct bag *bag, struct buf *out);

/* Check it: NULL, or the first fault as "file: what" (file without BUNDLE_TOP).
 * Valid until the next call. */
const char *bag_fault(const struct bag *bag);
const char *bag_fault_of(struct span archive);
/* The whole report. */
json_t *bag_report(struct span archive, const struct bundle_trusts *trusts);

#endif
