/*
 * roster_draft.h - the next roster of a group that this organisation convenes,
 * while it is made.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Groups"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ROSTER_DRAFT_H
#define QSG_SERVICE_ROSTER_DRAFT_H

#include "domain/group.h"
#include "service/peers.h"

/* Zero-initialise; roster_draft_clear frees. */
struct roster_draft {
	Qsg__Payload *payload;
	Qsg__Roster *roster; /* in it */
	size_t carried;      /* changes, the first ones, said once more */
};

/* The first roster of a new group: this organisation alone, as its convenor of
 * the kind in its card. */
ERR_MUST_USE enum err roster_draft_first(
    struct node *node, const Qsg__Charter *charter, struct roster_draft *out);
/* The one that follows the roster in force, with the same entries: newest
 * cards, who has joined, what was said of those who are gone. ERR_DENIED when
 * this organisation does not convene the group. */
ERR_MUST_USE enum err roster_draft_next(struct node *node,
    const struct group_state *group, struct roster_draft *out);

/* NULL: none. */
Qsg__RosterEntry *roster_draft_entry(
    const struct roster_draft *draft, const struct id32 *organisation);

/* What an entry says of an organisation. */
struct roster_draft_line {
	const char *kind;                  /* NULL: as it is */
	const char *role;                  /* of who represents it ... */
	const char *person;                /* ... NULL and NULL: as it is */
	const struct id32 *represented_by; /* NULL: as it is */
	bool sender_only;
};
/* Invite an organisation, or invite it anew, with this roster. */
ERR_MUST_USE enum err roster_draft_invite(struct roster_draft *draft,
    const struct peer *peer, const struct roster_draft_line *line);
/* Let the entry of an organisation say something else. */
ERR_MUST_USE enum err roster_draft_amend(
    Qsg__RosterEntry *entry, const struct roster_draft_line *line);
void roster_draft_drop(
    struct roster_draft *draft, const struct id32 *organisation);
ERR_MUST_USE enum err roster_draft_set_charter(
    struct roster_draft *draft, const Qsg__Charter *charter);

/* Note what this roster changes. */
struct roster_draft_change {
	const char *what; /* invited, removed, amended */
	const char *reason;
	const char *decided_on; /* NULL: not said */
};
ERR_MUST_USE enum err roster_draft_note(struct roster_draft *draft,
    const struct id32 *organisation, const struct roster_draft_change *change);

/* Of the changes that an earlier roster states keep what is to be said again:
 * why those are gone who are, the newest that have room. */
void roster_draft_carry(struct roster_draft *draft);
/* Leave out what has no room in one record. */
void roster_draft_make_room(struct roster_draft *draft);

/* Would everybody take it? group: the state that it follows, NULL for a first
 * one. ERR_INPUT, ERR_DENIED, ERR_LIMIT. */
ERR_MUST_USE enum err roster_draft_check(struct node *node,
    const struct group_state *group, const struct roster_draft *draft);
/* Check and record it, sealed to everybody in it who is enrolled here. Where it
 * would be too large, what earlier ones said is left out. Staged. Errors
 * likewise. */
ERR_MUST_USE enum err roster_draft_submit(struct node *node,
    const struct group_state *group, struct roster_draft *draft,
    struct id32 *record);
void roster_draft_clear(struct roster_draft *draft);

#endif
