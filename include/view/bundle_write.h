/*
 * bundle_write.h - write a bundle: files in their order, manifests, the end.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"; RFC 8493
 * Threads: one at a time per writer.
 */
#ifndef QSG_VIEW_BUNDLE_WRITE_H
#define QSG_VIEW_BUNDLE_WRITE_H

#include "keys/card.h"
#include "view/bundle_name.h"

/* Where the archive goes, piece by piece. */
typedef enum err (*bundle_sink)(void *context, struct span bytes);

/* Zero-initialise but for sink and context; bundle_write_clear frees. */
struct bundle_writer {
	bundle_sink sink;
	void *context;
	struct buf manifest;
	struct buf tags;
	struct buf block;
	uint64_t bytes;   /* of payload */
	uint64_t files;   /* of payload */
	uint64_t written; /* the whole archive so far */
	uint64_t entries;
	struct bundle_name last;
	bool begun;
};

/* One file after the other, in their order. ERR_INPUT for one that does not
 * come after the last, ERR_LIMIT; what the sink says. */
ERR_MUST_USE enum err bundle_write_file(struct bundle_writer *writer,
    const struct bundle_name *name, struct span content);

/* After the payload: bagit.txt, bag-info.txt and the manifest, whose SHA-256 it
 * gives. */
ERR_MUST_USE enum err bundle_write_manifest(
    struct bundle_writer *writer, struct id32 *hash);
/* After the seal: the manifest of tags, and the end of the archive. */
ERR_MUST_USE enum err bundle_write_end(struct bundle_writer *writer);
void bundle_write_clear(struct bundle_writer *writer);

/* One record as a bundle holds it; what is not there is empty. Borrows. */
struct bundle_record {
	struct span parts[BUNDLE_PARTS];
};
/* Write a record's files, or the seal's. */
ERR_MUST_USE enum err bundle_write_record(struct bundle_writer *writer,
    const struct id32 *id, const struct bundle_record *record);
ERR_MUST_USE enum err bundle_write_seal(
    struct bundle_writer *writer, const struct bundle_record *record);

/* The lists of a bundle while it is written: a card for each author, ascending
 * by id, and what stands in index.csv and index.html so far. Zero-initialise;
 * bundle_lists_clear wipes. */
struct bundle_lists {
	struct card *cards; /* owned */
	size_t card_count;
	struct buf csv;
	struct buf page;
};
/* Take over a card; *card is empty afterwards. */
ERR_MUST_USE enum err bundle_lists_card(
    struct bundle_lists *lists, struct card *card);
/* After all cards. */
ERR_MUST_USE enum err bundle_lists_begin(struct bundle_lists *lists);
/* A record as it was written. ERR_FORMAT, ERR_NOTFOUND (its author's card). */
ERR_MUST_USE enum err bundle_lists_record(struct bundle_lists *lists,
    const struct id32 *id, const struct bundle_record *record);
ERR_MUST_USE enum err bundle_lists_end(struct bundle_lists *lists);
void bundle_lists_clear(struct bundle_lists *lists);

#endif
