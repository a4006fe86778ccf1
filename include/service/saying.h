/*
 * saying.h - what this organisation says about intelligence and providers:
 * corroborations, feedback, requests, answers, judgements and findings, each
 * sealed for those whom it is for.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SAYING_H
#define QSG_SERVICE_SAYING_H

#include "service/vetting.h"

struct saying {
	/* Content alone, one of said_is; copied. */
	const Qsg__Payload *content;
	/* Corroboration, feedback, answer: the record it is about, by an
	 * unambiguous hex prefix. */
	const char *about;
	/* Whom to: required for a request, a judgement and a finding; beside
	 * the record's author for feedback; unused otherwise. */
	const char *const *to;
	size_t to_count;
	bool for_us_alone;        /* judgement and finding */
	bool to_asker;            /* an answer: to nobody else who was asked */
	const char *const *cites; /* an answer: records, by hex prefixes */
	size_t cite_count;
	struct vetting_recorder recorder;
};

/* One that reads the record spoken about and will not read what is said. */
struct saying_left_out {
	struct id32 organisation;
	const char *why; /* static */
};

/* A reader of an answer that cannot read a record cited in it. */
struct saying_blind {
	struct id32 record;
	int64_t org;
};

/* What would be, or was, said. saying_clear frees. */
struct saying_result {
	int64_t *readers; /* org numbers without ourselves, sorted, unique */
	size_t reader_count;
	struct saying_left_out *left_out;
	size_t left_out_count;
	struct saying_blind *blind;
	size_t blind_count;
	struct guard_findings findings; /* in the free text */
	bool unknown_provider;          /* well-formed, but new to this node */
	struct id32 about;              /* zero: of no record */
	struct id32 record;             /* zero when dry_run, or a draft */
	int64_t draft; /* its number, while the node waits to sign; else 0 */
	struct id32 override_record; /* zero unless the guard was overridden */
};

#define SAYING_CITES 64u

/* Resolve, check, guard, and (unless dry_run) stage. ERR_USAGE (nobody named),
 * ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT (a field, a record of the wrong
 * kind, our own record), ERR_STATE (the record cannot be read here),
 * ERR_DENIED (the guard found something and nobody overrode it; a finding that
 * is another kind of organisation's to make). The result is filled as far as
 * it got, also on error. */
ERR_MUST_USE enum err saying_submit(
    struct node *node, const struct saying *saying, struct saying_result *out);
void saying_clear(struct saying_result *result);

#endif
