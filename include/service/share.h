/*
 * share.h - an organisation shares something: who will read it, which of them
 * have a duty to act on it, what its policy and the guard say, and the record
 * itself with what is noted about it.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload", "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SHARE_H
#define QSG_SERVICE_SHARE_H

#include "codec/text.h"
#include "domain/guard.h"
#include "domain/org.h"
#include "service/importer.h"
#include "service/policies.h"
#include "service/submit.h"

/* A person's yes to what waited for it. */
struct share_approval {
	const char *asked_by;
	int64_t asked_ms;
	const char *approved_by;
	/* No second person had been asked for: where a rule asks for one by
	 * now, it waits for that one. */
	bool alone;
};

struct share_request {
	/* Names, codes or fingerprints, as typed; and one group, by its name
	 * or the beginning of its id. */
	const char *const *to;
	size_t to_count;
	bool for_us_alone;  /* --private */
	const char *role;   /* NULL: administrator */
	const char *person; /* in what is shared; may be NULL */
	/* Who asks for it, as they name themselves: kept here alone; may be
	 * NULL. */
	const char *asked_by;
	const Qsg__Intelligence *intelligence; /* NFC is applied */
	const Qsg__Handling *handling;         /* NULL: none stated */
	const char *override_reason; /* NULL: a guard finding stops the share */
	const char *without_cqc;     /* why CQC is not among the readers */
	const char *source_identity; /* who the source was: kept here alone */
	/* What this refers to, first the record that it corrects; NULL. */
	Qsg__Reference **references;
	size_t reference_count;
	/* A list of readers that has to be confirmed is: as it stands now, or
	 * the very one that was shown (result's list, as hex). */
	bool yes;
	const char *confirmed;
	const struct share_approval *approval; /* NULL: nobody was asked yet */
	/* For a test of the policy: what the record would hold that this speaks
	 * of. NULL: it is looked for. */
	const Qsg__Payload *supposed;
	bool dry_run;
};

/* What is known of a reader. Text is static, or the result's. */
struct share_reader {
	const struct org_kind *kind; /* NULL: not known */
	bool kind_stated; /* by rosters, and not only by its own card */
	bool in_group;    /* a member, that receives, of the group named */
	bool by_group;    /* ... and named in no other way */
	const char *duty; /* why it has a duty to act on this; NULL: none */
	struct policies_match match;
};

/* What would be, or was, shared. share_clear frees. */
struct share_result {
	int64_t *readers; /* org numbers without ourselves, sorted, unique */
	size_t reader_count;
	struct share_reader *about; /* as many */
	struct submit_group group;  /* that was named; zero: none */
	char group_name[LIMIT_NAME_BYTES + 1];
	struct hex32 list; /* stands for these very readers */

	struct policies policies;    /* in force */
	struct policies_match match; /* of the strictest reader */
	bool ruled;                  /* a rule fitted some reader */
	bool follows; /* the readers follow from the record spoken about */
	bool leaves_cqc_out;   /* a commissioner's significant concern */
	bool asks_list;        /* the readers have to be confirmed */
	bool asks_without_cqc; /* ... why CQC is not among them, said */

	struct guard_findings findings; /* in the free text */
	bool unknown_provider;          /* well-formed, but new to this node */

	struct id32 record; /* zero when dry_run, a draft, or waiting */
	int64_t draft;   /* its number, while the node waits to sign; else 0 */
	int64_t release; /* its number, while it waits for a second person */
	struct id32 override_record; /* these: zero unless there is one */
	struct id32 decision_record;
	struct id32 source_record;
};

/*
 * Resolve, check, guard, ask the policy, and (unless dry_run) stage. ERR_USAGE
 * (neither --to nor --private, or both), ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT
 * (a field; nobody says who asks for what a second person has to see),
 * ERR_DENIED (the policy says never; the guard found something and no override
 * was given; something is still asked: asks_list, asks_without_cqc), ERR_STATE
 * (the readers are not those that were confirmed). The result is filled as far
 * as it got, also on error.
 */
ERR_MUST_USE enum err share_intelligence(struct node *node,
    const struct share_request *request, struct share_result *out);

/* The same for any other content, already checked by whoever knows it: payload
 * with its content, handling, role, person and references. Of the request what
 * concerns readers and decisions is used, and no text is guarded. */
ERR_MUST_USE enum err share_payload(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

/* The same for an indicator set. Nothing is staged for IMPORTER_SAME, whose
 * record is the earlier one; else imported->record is the one staged. */
ERR_MUST_USE enum err share_set(struct node *node,
    const struct share_request *request, const Qsg__IndicatorSet *set,
    struct importer_result *imported, struct share_result *out);
/* Many of them, for one audience: all are looked at before any is staged. */
struct share_sets {
	const Qsg__IndicatorSet *const *sets;
	size_t count;
	struct importer_result *imported; /* as many; filled */
	int64_t *drafts;
	int64_t *releases;
};
/* out as it was for the last one looked at. Errors say which one. */
ERR_MUST_USE enum err share_sets(struct node *node,
    const struct share_request *request, const struct share_sets *sets,
    struct share_result *out);

/* Many items for one audience. */
struct share_batch {
	Qsg__Intelligence *const *items;
	size_t count;
	struct id32 *records; /* as many; filled */
	int64_t *drafts;      /* as many; filled: those that are drafts */
	int64_t *releases;    /* as many: those that wait for a person */
};
/* All are resolved, checked and guarded before any is staged. Normalises them
 * in place. The request's own item is not read; its override and dry_run must
 * not be set. Errors as above, saying which item; out as it was for the last
 * one looked at. */
ERR_MUST_USE enum err share_batch(struct node *node,
    const struct share_request *request, const struct share_batch *batch,
    struct share_result *out);

/* Only the readers: to + for_us_alone, as above, but no group, which somebody
 * would have to confirm (ERR_USAGE). Allocates *readers. */
ERR_MUST_USE enum err share_readers(struct node *node, const char *const *to,
    size_t to_count, bool for_us_alone, int64_t **readers, size_t *count);
void share_clear(struct share_result *result);

#endif
