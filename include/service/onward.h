/*
 * onward.h - whether what another organisation shared may go on: its readers
 * ask its author, and the author answers.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Grants"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ONWARD_H
#define QSG_SERVICE_ONWARD_H

#include "service/share.h"

/* The newest answer of a record's author that is about it and this
 * organisation: true where it allows; *answer is its id. */
ERR_MUST_USE enum err onward_allows(struct node *node, uint32_t rid,
    const struct id32 *organisation, bool *allows, struct id32 *answer);

struct onward_question {
	const char *record; /* by an unambiguous hex prefix */
	const char *reason;
	/* Whom it would go on to: organisations, no group. Of the rest what is
	 * said of the recorder is used, and dry_run. */
	struct share_request share;
};
/* Ask the author of a record whether it may go on. Staged. ERR_INPUT (our own
 * record, one that is never granted, whom it would go to reads it already),
 * ERR_STATE (it cannot be read here), ERR_DENIED (its author is not enrolled or
 * not admitted), and those of share_payload. */
ERR_MUST_USE enum err onward_ask(struct node *node,
    const struct onward_question *question, struct share_result *out);

struct onward_reply {
	const char *request; /* by an unambiguous hex prefix */
	bool allow;
	const char *reason; /* required for a refusal */
	struct share_request share;
};
/* Answer one. Staged. ERR_INPUT (it is no such request, or about a record that
 * is not ours; no reason), ERR_STATE, ERR_DENIED. */
ERR_MUST_USE enum err onward_answer(struct node *node,
    const struct onward_reply *reply, struct share_result *out);

/* One request, by or to this organisation. */
struct onward_item {
	uint32_t rid;
	int64_t asker;
	const Qsg__Payload *payload;
	struct id32 record;  /* what it is about; zero: it says nothing */
	uint32_t record_rid; /* 0: not held */
	uint32_t answer_rid; /* the author's newest answer, 0: none */
	bool allowed;
	int64_t age_ms;
};
typedef enum err (*onward_each)(void *context, const struct onward_item *item);
/* Some, oldest first: those after *place (0: the first), until `enough`, which
 * is asked after each that is looked at, says so. open: those without an
 * answer. *place is where to go on, 0 at the end. */
ERR_MUST_USE enum err onward_list_some(struct node *node, bool open,
    bool (*enough)(void *context), onward_each each, void *context,
    uint32_t *place);

#endif
