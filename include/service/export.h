/*
 * export.h - what goes into a bundle: which records, and all that an outsider
 * needs to check each.
 *
 * A bundle is written page by page, so that the node goes on with its work; the
 * heads that its proofs lead to are fixed at the beginning and handed in again
 * with each page.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: the node's.
 * Secrets: content keys of the records that are to be opened.
 */
#ifndef QSG_SERVICE_EXPORT_H
#define QSG_SERVICE_EXPORT_H

#include "service/node.h"

/* Which records: all, or those that fit any of what is given. */
struct export_choice {
	bool all;
	const char *provider;       /* NULL: not given */
	const char *const *records; /* ids, or how they begin */
	size_t record_count;
	const char *summit; /* its id, or how that begins; NULL: not given */
	int64_t since_ms;   /* received since; INT64_MIN: not given */
	bool activity;      /* and who did and opened what here */
};

/* One log that chosen records stand in. */
struct export_log {
	struct checkpoint head;
	struct buf note; /* with its witnesses' lines, where it has any */
};

/* One piece of evidence. */
struct export_evidence {
	int64_t evidence; /* its number here */
	struct id32 hash; /* BLAKE2b-256 of its bytes */
};

/* Zero-initialise; export_list_clear frees. */
struct export_list {
	struct id32 *records; /* ascending */
	size_t record_count;
	struct export_log *logs; /* ascending by author, then generation */
	size_t log_count;
	int64_t *orgs; /* whose cards are needed, ascending by id */
	size_t org_count;
	struct export_evidence *evidence; /* ascending by hash */
	size_t evidence_count;
	size_t left_out; /* not joined to a head of their log yet */
	char what[201];  /* the choice in words */
};

/* Choose. With chosen records come those that opened and keyed their streams,
 * which say who could read them, what they correct or are corrected by, and
 * those by which readers signed for ours; with a summit all that is held of it,
 * what it cites, and every receipt that is held for that. Proofs lead to a head
 * that witnesses have signed, where one covers all that is chosen of its log,
 * and else to the newest. Evidence is against those who made the records, or
 * all with all. ERR_USAGE (nothing, or all and something else), ERR_NOTFOUND
 * and ERR_STATE for a record named that is not held or cannot be proven yet,
 * ERR_LIMIT. */
ERR_MUST_USE enum err export_choose(struct node *node,
    const struct export_choice *choice, struct export_list *out);
void export_list_clear(struct export_list *list);

/* One record. Zero-initialise; export_record_clear wipes. */
struct export_record {
	struct buf header;
	struct buf slots; /* empty: none */
	struct buf body;  /* empty: not held */
	struct buf proof;
	bool opened;
	struct buf payload;
	uint8_t key[32];
};

/* What is opened, too, where it can be read. */
enum export_opening {
	EXPORT_SHUT = 0,
	EXPORT_OPEN = 1,    /* all but what stays shut, and activity */
	EXPORT_ACTIVITY = 2 /* our own records of activity */
};

/* A record with its proof under one of these heads (as notes, verified again),
 * or under the newest where none is of its log. opening: flags. ERR_NOTFOUND,
 * ERR_STATE (not under that head), ERR_INPUT (a head that is none of ours),
 * ERR_CORRUPT. */
struct export_heads {
	const struct span *notes;
	size_t count;
};
ERR_MUST_USE enum err export_read(struct node *node, const struct id32 *record,
    const struct export_heads *heads, unsigned int opening,
    struct export_record *out);
void export_record_clear(struct export_record *record);

/* Record, for ourselves alone, that a bundle of this manifest was written.
 * Staged. ERR_STATE when nothing may be signed. */
struct export_seal {
	const char *what;
	uint64_t records;
	bool opened;
	struct id32 manifest; /* SHA-256 of manifest-sha512.txt */
	/* Hashes of the evidence in it, ascending; not kept where there are
	 * more than LIMIT_BUNDLE_SEALED. */
	struct id32 *evidence;
	size_t evidence_count;
};
ERR_MUST_USE enum err export_record_it(
    struct node *node, const struct export_seal *seal, struct id32 *record);

#endif
