/*
 * share.h - an organisation shares intelligence: who will read it, what the
 * guard finds, and the record itself.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SHARE_H
#define QSG_SERVICE_SHARE_H

#include "domain/guard.h"
#include "service/submit.h"

struct share_request {
	const char *const *to; /* names, codes or fingerprints, as typed */
	size_t to_count;
	bool for_us_alone;                     /* --private */
	const char *role;                      /* NULL: administrator */
	const char *person;                    /* may be NULL */
	const Qsg__Intelligence *intelligence; /* NFC is applied */
	const Qsg__Handling *handling;         /* NULL: none stated */
	const char *override_reason; /* NULL: a guard finding stops the share */
	bool dry_run;
};

/* What would be, or was, shared. share_clear frees. */
struct share_result {
	int64_t *readers; /* org numbers without ourselves, sorted, unique */
	size_t reader_count;
	struct guard_findings findings; /* in the free text */
	bool unknown_provider;          /* well-formed, but new to this node */
	struct id32 record;             /* zero when dry_run, or a draft */
	int64_t draft; /* its number, while the node waits to sign; else 0 */
	struct id32 override_record; /* zero unless the guard was overridden */
};

/* Resolve, check, guard, and (unless dry_run) stage. ERR_USAGE (neither --to
 * nor --private, or both), ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT (a field),
 * ERR_DENIED (the guard found something and no override was given: the result
 * holds the findings). The result is filled as far as it got, also on error. */
ERR_MUST_USE enum err share_intelligence(struct node *node,
    const struct share_request *request, struct share_result *out);
/* Many items for one audience. */
struct share_batch {
	Qsg__Intelligence *const *items;
	size_t count;
	struct id32 *records; /* as many; filled */
	int64_t *drafts;      /* as many; filled: those that are drafts */
};
/* All are resolved, checked and guarded before any is staged. Normalises them
 * in place. The request's own item is not read; its override and dry_run must
 * not be set. Errors as above, saying which item. */
ERR_MUST_USE enum err share_batch(struct node *node,
    const struct share_request *request, const struct share_batch *batch);
/* Only the readers: to + for_us_alone, as above. Allocates *readers. */
ERR_MUST_USE enum err share_readers(struct node *node, const char *const *to,
    size_t to_count, bool for_us_alone, int64_t **readers, size_t *count);
void share_clear(struct share_result *result);

#endif
