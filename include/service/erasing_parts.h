/*
 * erasing_parts.h - what the erasing_* modules share.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ERASING_PARTS_H
#define QSG_SERVICE_ERASING_PARTS_H

#include "domain/reference.h"
#include "service/erasing.h"

/* One to look at: not answered yet, or not passed on. */
struct erasings_due {
	uint32_t rid; /* of the erasure */
	struct id32 target;
};
struct erasings {
	struct erasings_due *items;
	size_t count;
	size_t capacity;
	int64_t look_ms; /* steady: when to look again, 0 at once */
	size_t next;     /* with which to go on then */
	/* How bodies begin that were taken out, for what is kept of rejected
	 * messages; until the commit. */
	struct id32 *begun;
	size_t begun_count;
};
ERR_MUST_USE enum err erasings_need(struct node *node, struct erasings **out);
/* A no-op for one that is there. */
ERR_MUST_USE enum err erasings_add(
    struct node *node, uint32_t rid, const struct id32 *target);

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
/* Does a hold stand against it, at this time? One that is over does not. */
ERR_MUST_USE enum err erasing_is_held(
    struct node *node, const struct id32 *id, bool *held);

/* Take out what this erasure counts for, unless something is held against it:
 * how many rows lost their bodies. Staged. */
ERR_MUST_USE enum err erasing_carry_out(struct node *node, uint32_t erasure,
    const struct id32 *target, size_t *bodies);

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

/* rid of a record that is held itself; 0: it is not, or in grants alone. */
uint32_t erasing_held(struct node *node, const struct id32 *id);
/* The organisation whose record this is. */
int64_t erasing_org(struct node *node, uint32_t rid);
const struct id32 *erasing_author(struct node *node, uint32_t rid);

#endif
