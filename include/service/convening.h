/*
 * convening.h - what an organisation records that convenes a group: rosters.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Groups", "Enrolment by roster"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CONVENING_H
#define QSG_SERVICE_CONVENING_H

#include "service/roster_draft.h"

/* What was recorded. */
struct convening_result {
	struct id32 group;
	struct id32 record;
	uint64_t epoch;
};

/* Found a group. ERR_DENIED for an organisation of a kind that convenes none of
 * this level, ERR_EXISTS for a name that a known group has, or that looks like
 * one. person stands for this organisation; NULL: not said. */
ERR_MUST_USE enum err convening_create(struct node *node,
    const Qsg__Charter *charter, const struct roster_draft_line *chair,
    struct convening_result *out);

struct convening_invitation {
	const char *const *known; /* names, codes, fingerprints */
	size_t known_count;
	const char *const *cards; /* armour, of organisations new here or not */
	size_t card_count;
	/* What those of new cards read out, compared by a person. */
	const char *const *fingerprints;
	size_t fingerprint_count;
	struct roster_draft_line line; /* the same for all */
	const char *represented_by;    /* as typed; NULL: by its own people */
	const char *reason;            /* NULL: none given */
	const char *decided_on;        /* date of the group's decision; NULL */
};
/* Invite all of them with one roster, or none. */
ERR_MUST_USE enum err convening_invite(struct node *node, const char *group,
    const struct convening_invitation *invitation,
    struct convening_result *out);

struct convening_change {
	const char *organisation; /* as typed; NULL: the charter changes */
	const Qsg__Charter *charter;
	struct roster_draft_line line;
	const char *represented_by;
	const char *reason; /* NULL: none given */
	const char *decided_on;
};
/* Take an organisation out of the group. ERR_DENIED for one that cannot be
 * expelled. */
ERR_MUST_USE enum err convening_remove(struct node *node, const char *group,
    const struct convening_change *change, struct convening_result *out);
/* Change the charter, or the entry of an organisation. */
ERR_MUST_USE enum err convening_amend(struct node *node, const char *group,
    const struct convening_change *change, struct convening_result *out);
/* Take over as the convenor that the members named: state the first roster of
 * the new term. ERR_STATE when nobody has to. */
ERR_MUST_USE enum err convening_convene(
    struct node *node, const char *group, struct convening_result *out);

#endif
