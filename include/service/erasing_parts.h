/*
 * erasing_parts.h - what the erasing_* modules share.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ERASING_PARTS_H
#define QSG_SERVICE_ERASING_PARTS_H

#include "base/table.h"
#include "domain/reference.h"
#include "service/erasing.h"

/* One to look at: not answered yet, or not passed on. */
struct erasings_due {
	uint32_t rid; /* of the erasure */
	struct id32 target;
};
/* One that was opened once, so that it need not be again to know of what. */
struct erasings_known {
	uint32_t rid;
	struct id32 target;
	bool due; /* it is one of the items */
};
struct erasings {
	struct erasings_known *known;
	size_t known_count;
	size_t known_capacity;
	struct table known_of; /* by rid, places in `known` */
	struct erasings_due *items;
	size_t count;
	size_t capacity;
	size_t next;     /* the one to look at next */
	int64_t look_ms; /* steady: when to look again, 0 at once */
	/* How bodies begin that were taken out, for what is kept of rejected
	 * messages; until the commit. */
	struct id32 *begun;
	size_t begun_count;
};
ERR_MUST_USE enum err erasings_need(struct node *node, struct erasings **out);
/* What is known of one; NULL when it was never added. */
struct erasings_known *erasings_find(
    const struct erasings *erasings, uint32_t rid);
/* Lent until the next one. */
ERR_MUST_USE enum err erasings_know(struct node *node, uint32_t rid,
    const struct id32 *target, struct erasings_known **out);
/* A no-op for one that is there. */
ERR_MUST_USE enum err erasings_add(
    struct node *node, uint32_t rid, const struct id32 *target);

/* One more grant of it is known, by what it lost or never had: its erasures,
 * 64 of one author at most, are looked at again, as there may be more who are
 * to be answered or told. */
ERR_MUST_USE enum err erasings_look_again(
    struct node *node, const struct id32 *target);
/* What an erasure erases; *says is false when it cannot be read. */
ERR_MUST_USE enum err erasing_target_of(
    struct node *node, uint32_t erasure, struct id32 *target, bool *says);

/* Whose a record is, to whoever holds it: a record itself, or in a grant. */
struct erasing_carrier {
	uint32_t rid; /* of the record or the grant */
	bool grant;
	bool known;         /* the original's author is */
	struct id32 author; /* of the original */
	struct id32 giver;  /* author of the grant */
	/* As the grant carries it, where it can be opened; lent for the call.
	 */
	struct span header;
};
typedef enum err (*erasing_each)(
    void *context, const struct erasing_carrier *carrier);
/* Each record held that holds or held this one: itself, and all grants. */
ERR_MUST_USE enum err erasing_carriers(struct node *node,
    const struct id32 *original, erasing_each each, void *context);
/* The author of what a grant carries; false when it is not what it says. */
bool erasing_inside(const Qsg__Payload *grant, const struct id32 *original,
    struct id32 *author);

/* Take over the header of what a grant carries. */
void erasing_keep_header(struct span header, struct erasing_verdict *out);

enum erasing_reach {
	ERASING_NOT,  /* it does not count for this carrier */
	ERASING_PART, /* by whoever granted it: for that one's grants */
	ERASING_WHOLE /* by the author, or by us */
};
/* Another organisation's, which its card disowns. */
bool erasing_disowned(struct node *node, uint32_t erasure);
/* What an erasure says for one of them. */
enum erasing_reach erasing_reaches(
    struct node *node, uint32_t erasure, const struct erasing_carrier *carrier);
/* May what is held here be erased, by its kind? What cannot be read may. */
bool erasing_may_go(const struct view_record *view, bool grant);
/* Of what one organisation answered to another's erasures of a record, the
 * answer that it logged last; 0: none. */
uint32_t erasing_last_answer(struct node *node, const struct id32 *original,
    const struct id32 *asked, const struct id32 *answered);
/* Does a hold stand against it, at this time? One that is over does not. */
ERR_MUST_USE enum err erasing_is_held(
    struct node *node, const struct id32 *id, bool *held);
/* Hold it, if a request under the law that is still open is about it. Staged.
 */
ERR_MUST_USE enum err erasing_hold_asked(
    struct node *node, const struct id32 *id, bool *held);

/* Take out what this erasure counts for, unless something is held against it:
 * how many rows lost their bodies. Staged. */
ERR_MUST_USE enum err erasing_carry_out(struct node *node, uint32_t erasure,
    const struct id32 *target, size_t *bodies);

/* What waits and grants it, or refers to it: into out->waits. */
ERR_MUST_USE enum err erasing_find_waiting(
    struct node *node, const struct id32 *id, struct erasing_result *out);
/* Bodies that carried it are gone: grants of it that are not logged yet go with
 * them, unless it can be read all the same. Staged. */
ERR_MUST_USE enum err erasing_drop_waiting(
    struct node *node, const struct id32 *original);

/* References of a payload that the caller borrows; of more than so many grants
 * the rest is not named. */
#define ERASING_REFERENCES 64u
struct erasing_references {
	Qsg__Reference items[ERASING_REFERENCES];
	Qsg__Reference *list[ERASING_REFERENCES];
	struct id32 ids[ERASING_REFERENCES];
	size_t count;
};
void erasing_refer(
    struct erasing_references *to, enum reference how, const struct id32 *id);

/* Say something with them, as the node. Staged. */
ERR_MUST_USE enum err erasing_submit(struct node *node, const int64_t *to,
    size_t count, struct erasing_references *references, Qsg__Payload *payload);
/* Hand an erasure by the original's author (ours: we are that) on to those whom
 * none of ours reached yet. Staged. */
ERR_MUST_USE enum err erasing_pass_on(
    struct node *node, uint32_t erasure, const struct id32 *target, bool ours);

/* rid of a record that is held itself; 0: it is not, or in grants alone. */
uint32_t erasing_held(struct node *node, const struct id32 *id);
/* The organisation whose record this is. */
int64_t erasing_org(struct node *node, uint32_t rid);
const struct id32 *erasing_author(struct node *node, uint32_t rid);

#endif
