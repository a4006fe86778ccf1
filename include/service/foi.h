/*
 * foi.h - freedom of information and subject access: a log of requests, a
 * decision on each record, its author consulted.
 *
 * A note on a record is advice. Each holder decides on each record itself, case
 * by case; requests and decisions are records for it alone.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Freedom of information"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_FOI_H
#define QSG_SERVICE_FOI_H

#include "service/saying.h"
#include "service/vetting.h"

#define FOI_RECORDS 64u /* in one decision */

/* Contents are the caller's, on the heap: texts in them are normalised. Of a
 * payload the content is read alone. */

/* Log a request; its number is filled in. ERR_INPUT, ERR_LIMIT, ERR_STATE (the
 * node may not sign now). Staged, as all below. */
ERR_MUST_USE enum err foi_log(struct node *node, Qsg__Payload *payload,
    const struct vetting_recorder *by, struct id32 *record);

/* What was decided, and on what. */
struct foi_decided {
	struct id32 record;
	uint32_t rids[FOI_RECORDS]; /* each once */
	size_t count;
	bool waits[FOI_RECORDS];   /* its author was asked, and has not said */
	bool unasked[FOI_RECORDS]; /* somebody else's, who was not asked */
};
/* Decide on records, by hex prefixes, for a request by its number. A later
 * decision takes the place of an earlier one. ERR_NOTFOUND, ERR_AMBIGUOUS,
 * ERR_INPUT, ERR_LIMIT, ERR_STATE (closed, too). */
ERR_MUST_USE enum err foi_decide(struct node *node, uint32_t number,
    const char *const *records, size_t count, Qsg__Payload *payload,
    const struct vetting_recorder *by, struct foi_decided *out);

/* Ask a record's author what it says to its disclosure; and answer such a
 * question. Of the request what concerns recorder and decisions is used. Errors
 * as of saying_submit. saying_clear. */
ERR_MUST_USE enum err foi_consult(struct node *node, const char *record,
    Qsg__Payload *payload, const struct share_request *request,
    struct saying_result *out);
ERR_MUST_USE enum err foi_answer(struct node *node, const char *consultation,
    Qsg__Payload *payload, const struct share_request *request,
    struct saying_result *out);

/* Our request of this number. ERR_NOTFOUND naming those there are. */
ERR_MUST_USE enum err foi_find(
    struct node *node, uint32_t number, uint32_t *rid);
typedef enum err (*foi_each)(
    void *context, uint32_t rid, const Qsg__FoiRequest *request);
/* The newest so many of ours that can be read, as they were logged; *older:
 * how many there are beside them. */
ERR_MUST_USE enum err foi_requests(struct node *node, size_t most,
    foi_each each, void *context, size_t *older);

/* Our newest consultation about a record, and its author's newest view; 0. */
struct foi_asked {
	uint32_t consultation;
	uint32_t view;
};
ERR_MUST_USE enum err foi_asked(
    struct node *node, uint32_t rid, struct foi_asked *out);

/* One record of a request's schedule. */
struct foi_row {
	uint32_t rid;
	uint32_t decision; /* the newest */
	size_t earlier;    /* that this one took the place of */
	struct foi_asked asked;
};
/* In the order in which authors made the records. Allocates; free(). */
ERR_MUST_USE enum err foi_schedule(
    struct node *node, uint32_t request, struct foi_row **out, size_t *count);

#endif
