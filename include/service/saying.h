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

#include "service/share.h"

struct saying {
	/* Content alone, one of said_is; copied. */
	const Qsg__Payload *content;
	/* Corroboration, feedback, answer: the record it is about, by an
	 * unambiguous hex prefix. */
	const char *about;
	const char *const *cites; /* an answer: records, by hex prefixes */
	size_t cite_count;
	bool to_asker; /* an answer: to nobody else who was asked */
	/* Whom to, and on what terms. `to` is required for a request, a
	 * judgement and a finding (these two may be for us alone), stands
	 * beside the record's author for feedback, and is unused otherwise.
	 * Content, handling and source identity are not read. */
	struct share_request share;
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
	struct share_result share;
	struct saying_left_out *left_out;
	size_t left_out_count;
	struct saying_blind *blind;
	size_t blind_count;
	struct id32 about; /* zero: of no record */
};

#define SAYING_CITES 64u

/* Resolve, check, guard, ask the policy, and (unless dry_run) stage. Errors as
 * of share_intelligence, and: ERR_INPUT (a record of the wrong kind, our own
 * record), ERR_STATE (the record cannot be read here), ERR_DENIED (a finding
 * that is another kind of organisation's to make; the record's author is not
 * admitted here). The result is filled as far as it got, also on error. */
ERR_MUST_USE enum err saying_submit(
    struct node *node, const struct saying *saying, struct saying_result *out);
void saying_clear(struct saying_result *result);

/* What was said and waited for a second person, whole, as if it were said now
 * to the readers of the request. */
ERR_MUST_USE enum err saying_again(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

#endif
