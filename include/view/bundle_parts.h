/*
 * bundle_parts.h - a bundle under check: what has been found in it so far. Used
 * by the bundle_* modules only.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: one at a time per bundle.
 */
#ifndef QSG_VIEW_BUNDLE_PARTS_H
#define QSG_VIEW_BUNDLE_PARTS_H

#include "keys/seal.h"
#include "ledger/checkpoint.h"
#include "view/bundle_check.h"
#include "view/bundle_read.h"
#include "view/bundle_write.h"

#include "payload.pb-c.h"

/* An organisation whose card is in the bundle. */
struct bundle_org {
	struct card card;
	bool exporter;
	bool witness;     /* a cosignature of it counts */
	uint64_t records; /* it signed */
};

/* What an author's card says of the head that proofs lead to. */
enum bundle_stands {
	BUNDLE_STANDS, /* the generation lives, or the head is accepted */
	BUNDLE_BELOW,  /* it ended, and a larger head is accepted */
	BUNDLE_DISOWNED
};

/* A log whose checkpoint is in the bundle. */
struct bundle_log {
	const struct bundle_file *file;
	struct bundle_org *org;
	struct checkpoint head;
	enum bundle_stands stands;
	uint64_t records;   /* proven to stand in it */
	uint64_t elsewhere; /* of it, and proven under other bytes */
	size_t witnesses;
	json_t *json; /* as the report shows it */
};

/* A record whose header is its own and proven. */
struct bundle_entry {
	struct id32 id;
	struct header header;
	bool newer; /* of a later version: the frozen fields alone */
	struct bundle_log *log;
	uint64_t leaf;
	bool content; /* opened, and shared for what it says */
	bool bodyless;
};

struct bundle_audience;
struct bundle_erasure;
struct bundle_claim;
struct bundle_act;

struct bundle_checking {
	struct bundle_files files;
	const struct bundle_trusts *trusts;
	struct bundle_org *orgs; /* ascending by id */
	size_t org_count;
	struct bundle_log *logs;
	size_t log_count;
	struct bundle_entry *entries;
	size_t entry_count;
	struct seal_worker *worker;
	uint64_t records; /* folders of records, whatever is wrong with them */
	uint64_t opened;
	uint64_t sealed;
	uint64_t bodyless;
	uint64_t erased; /* of them, by what is in the bundle */
	uint64_t newer;
	uint64_t keys; /* content keys there are */
	uint64_t evidence;
	uint64_t evidence_newer;           /* of it, not understood */
	struct bundle_audience *audiences; /* bundle_receipts.c */
	size_t audience_count;
	struct bundle_erasure *erasures; /* bundle_erased.c */
	size_t erasure_count;
	struct bundle_claim *claims;
	size_t claim_count;
	struct bundle_act *acts; /* bundle_activity.c */
	size_t act_count;
	uint64_t act_entries;
	uint64_t disclosures; /* a record to a reader */
	uint64_t signed_for;  /* of them */
	uint64_t unlinked;    /* of these, not by ids that are all here */
	enum bundle_stands seal_stands;
	struct span csv; /* what is still to be compared */
	struct span page;
	bool csv_wrong;
	bool page_wrong;
	struct buf scratch;
	json_t *report;
	json_t *faults;
	uint64_t fault_count;
};

/* Something is wrong. path may be NULL: the bundle as a whole. */
void bundle_parts_wrong(
    struct bundle_checking *checking, const char *path, const char *what);
/* The same, of a file. */
void bundle_parts_wrong_file(struct bundle_checking *checking,
    const struct bundle_name *name, const char *what);

/* What is wrong with a record or the seal: what NULL, nothing. */
struct bundle_why {
	const char *what;
	enum bundle_part part; /* which of its files */
};

/* Each checks one kind of file. ERR_MEM, ERR_CRYPTO; what is wrong is noted. */
ERR_MUST_USE enum err bundle_parts_orgs(struct bundle_checking *checking);
ERR_MUST_USE enum err bundle_parts_logs(struct bundle_checking *checking);
ERR_MUST_USE enum err bundle_parts_records(struct bundle_checking *checking);
ERR_MUST_USE enum err bundle_parts_chains(struct bundle_checking *checking);
ERR_MUST_USE enum err bundle_parts_evidence(struct bundle_checking *checking);
ERR_MUST_USE enum err bundle_parts_seal(struct bundle_checking *checking);

/* Keep what an opened record says of readers and receipts, and let go of it.
 */
ERR_MUST_USE enum err bundle_parts_note(struct bundle_checking *checking,
    struct bundle_entry *entry, const Qsg__Payload *payload);
/* What an opened erasure is of; and once all are noted, which records it says
 * are erased. */
ERR_MUST_USE enum err bundle_parts_note_erasure(
    struct bundle_checking *checking, const struct bundle_entry *entry,
    const Qsg__Payload *payload);
void bundle_parts_erased(struct bundle_checking *checking);
/* What an opened record of activity says; and once all are noted, whether one
 * is missing. In between, its row of the report. */
ERR_MUST_USE enum err bundle_parts_note_activity(
    struct bundle_checking *checking, const struct bundle_entry *entry,
    const Qsg__Payload *payload);
ERR_MUST_USE enum err bundle_parts_activity(struct bundle_checking *checking);
void bundle_parts_report_activity(
    const Qsg__Payload *payload, const struct id32 *record, json_t *out);
void bundle_parts_say_activity(
    const struct bundle_checking *checking, json_t *proven, json_t *open);
/* The same for people: so many, the oldest first. */
void bundle_activity_render(
    struct paper *paper, const json_t *report, size_t most);
void bundle_parts_forget(struct bundle_checking *checking);
/* Report who signed for what, once the chains have been checked. */
ERR_MUST_USE enum err bundle_parts_receipts(struct bundle_checking *checking);

/* The organisation of this id, or NULL. */
struct bundle_org *bundle_parts_org(
    struct bundle_checking *checking, const struct id32 *id);
struct bundle_log *bundle_parts_log(struct bundle_checking *checking,
    const struct id32 *author, const struct generation *generation);
/* The log key that an organisation's card gives for a generation. */
ERR_MUST_USE enum err bundle_parts_log_key(const struct bundle_org *org,
    const struct generation *generation, struct id32 *key);

/* What the newest card says of a signed head of its organisation. */
enum bundle_stands bundle_parts_stands(const struct bundle_checking *checking,
    const struct bundle_org *org, const struct checkpoint *head);

/* A record's files from place *at on, which then is the next record's. */
void bundle_parts_gather(
    const struct bundle_files *files, size_t *at, struct bundle_record *out);
/* An opened record: the text that the content key gives is the payload, and
 * means something. canon_wipe the payload. */
ERR_MUST_USE enum err bundle_parts_open(struct bundle_checking *checking,
    const struct header *header, const struct bundle_record *record,
    Qsg__Payload **payload, struct bundle_why *why);

#endif
