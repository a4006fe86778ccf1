/*
 * bundle_name.h - the files of a bundle: what each is called, where it stands
 * and how large it may be.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_BUNDLE_NAME_H
#define QSG_VIEW_BUNDLE_NAME_H

#include "codec/envelope.h"
#include "codec/tar.h"

/* Every name in the archive begins so. */
#define BUNDLE_TOP "bundle/"

/* In the order in which files stand in the archive. */
enum bundle_kind {
	BUNDLE_CARD,       /* data/cards/ORG.card */
	BUNDLE_CHECKPOINT, /* data/logs/ORG/GENERATION/checkpoint */
	BUNDLE_RECORD,     /* data/records/ID/PART */
	BUNDLE_EVIDENCE,   /* data/evidence/HASH */
	BUNDLE_CSV,        /* data/index.csv */
	BUNDLE_PAGE,       /* data/index.html */
	BUNDLE_BAGIT,      /* bagit.txt */
	BUNDLE_INFO,       /* bag-info.txt */
	BUNDLE_MANIFEST,   /* manifest-sha512.txt */
	BUNDLE_SEAL,       /* seal/PART */
	BUNDLE_TAGS        /* tagmanifest-sha512.txt */
};

/* Of a record or of the seal, in their order. */
enum bundle_part {
	BUNDLE_BODY,
	BUNDLE_CONTENT_KEY,
	BUNDLE_HEADER,
	BUNDLE_PAYLOAD,
	BUNDLE_PROOF,
	BUNDLE_SLOTS,
	BUNDLE_PARTS /* how many */
};

struct bundle_name {
	enum bundle_kind kind;
	enum bundle_part part;        /* BUNDLE_RECORD, BUNDLE_SEAL */
	struct id32 id;               /* of organisation, record or evidence */
	struct generation generation; /* BUNDLE_CHECKPOINT */
};

/* With BUNDLE_TOP in front, and a NUL. */
struct bundle_path {
	char text[TAR_NAME_BYTES + 1];
};
struct bundle_path bundle_name_path(const struct bundle_name *name);
/* False for what no file of a bundle is called. */
bool bundle_name_read(const char *path, struct bundle_name *out);
/* Memcmp-like: by place in the archive. */
int bundle_name_compare(
    const struct bundle_name *a, const struct bundle_name *b);
/* Does the manifest list it (or else the manifest of tags)? */
bool bundle_name_is_payload(enum bundle_kind kind);
/* The largest contents a file of this name may have, in bytes. */
uint64_t bundle_name_most(const struct bundle_name *name);

/* The whole of bagit.txt. */
extern const char bundle_bagit[];
/* Append the whole of bag-info.txt, for so many bytes in so many files. */
ERR_MUST_USE enum err bundle_info(
    uint64_t bytes, uint64_t files, struct buf *out);
/* Append a manifest's line for a file: SHA-512 in hex, two spaces, its path
 * below BUNDLE_TOP. */
ERR_MUST_USE enum err bundle_manifest_line(
    const struct bundle_name *name, struct span content, struct buf *out);

#endif
