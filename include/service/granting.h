/*
 * granting.h - grants: a record handed on whole, with its author's proof, by
 * its author or by somebody who reads it; and what a grantee makes of one.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Grants"
 * Threads: the node's.
 * Secrets: the content key of what is granted.
 */
#ifndef QSG_SERVICE_GRANTING_H
#define QSG_SERVICE_GRANTING_H

#include "codec/envelope.h"
#include "keys/card.h"
#include "service/share.h"

/*
 * Reading one.
 */

/* What a grant carries, as far as it was judged. Zero-initialise;
 * granting_opened_clear wipes. */
struct granting_opened {
	const char *why_not; /* static, one line; "" when it counts */
	struct id32 original;
	struct header header;
	uint64_t leaf;          /* in its author's log */
	struct checkpoint head; /* that its proof leads to */
	struct card card;       /* of its author */
	Qsg__Payload *payload;  /* NULL unless it counts */
};
/* The newest card known of an organisation; NULL: none is. */
struct granting_cards {
	const struct card *(*known)(void *context, const struct id32 *author);
	void *context;
};
/* Judge a grant by its content, without a node. ERR_MEM; what is wrong with a
 * grant is no error. */
ERR_MUST_USE enum err granting_check(const Qsg__Payload *payload,
    const struct granting_cards *cards, struct granting_opened *out);
/* Judge the grant of this rid, whose content is this, and whether its
 * author reads it. */
ERR_MUST_USE enum err granting_judge(struct node *node, uint32_t rid,
    const Qsg__Payload *payload, struct granting_opened *out);
void granting_opened_clear(struct granting_opened *opened);

/* The record whose header is in a grant, and that header; false where none is.
 */
bool granting_carried(
    const Qsg__Payload *grant, struct id32 *record, struct header *header);

/* A grant is in the views now, and its content known: what it carries can be
 * found and read from here on, if it counts. */
ERR_MUST_USE enum err granting_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* The same of one that is in the views by a snapshot. */
ERR_MUST_USE enum err granting_again(struct node *node, uint32_t rid);
/* A grant of this record lost its body: one that has its body makes it
 * readable, if there is one among the first of each granter. */
ERR_MUST_USE enum err granting_reappear(
    struct node *node, const struct id32 *original);
/* The content of a granted record, by its rid (views_granted); canon_wipe.
 * ERR_CORRUPT. */
ERR_MUST_USE enum err granting_take(
    struct node *node, uint32_t rid, Qsg__Payload **out);
/* The grant that carries it; canon_wipe. */
ERR_MUST_USE enum err granting_carrier(
    struct node *node, uint32_t rid, Qsg__Payload **out);

/* The grants that carry a record's header, whether they count or not and
 * whether they can still be read or not: one by one, *place 0 for the first; 0:
 * no more. */
uint32_t granting_of(
    struct node *node, const struct id32 *original, size_t *place);
/* Was it sealed, or granted by a grant held here, to this organisation? */
bool granting_reads(
    struct node *node, uint32_t rid, const struct id32 *organisation);

/*
 * Making some.
 */

struct granting_request {
	const char *const *records; /* by unambiguous hex prefixes */
	size_t record_count;
	const char *reason;
	/* Whom to, and what was decided; content, handling, source identity
	 * and CQC are not read. */
	struct share_request share;
};

/* One record, and what would become, or became, of its grant. */
struct granting_one {
	uint32_t rid;
	struct id32 original;
	int64_t author;
	struct id32 granted_by; /* the grant it is held by; zero: none */
	struct id32 answer;     /* of its author, that it took; zero: none */
	struct share_result share;
};
/* Zero-initialise; granting_result_clear frees. */
struct granting_result {
	struct granting_one *items;
	size_t count;
	struct share_result whole; /* all readers; what is asked for all */
};

/* Look at all, then (unless dry_run) stage a grant of each. Errors as of
 * share_payload, saying which record; and: ERR_INPUT (of a kind that is never
 * granted; whom it would go to reads it already, or is this organisation),
 * ERR_STATE (it cannot be read here; it is not joined to a head yet), ERR_LIMIT
 * (it is too large for a grant, or these are too many), ERR_DENIED (its author
 * says no, has to be asked, or is not enrolled here; a reader is refused). */
ERR_MUST_USE enum err granting_make(struct node *node,
    const struct granting_request *request, struct granting_result *out);
void granting_result_clear(struct granting_result *result);

#endif
