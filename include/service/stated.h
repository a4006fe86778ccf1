/*
 * stated.h - what the rosters in force of the groups that this organisation has
 * joined state of an organisation, all of them together: its kind, what waits
 * for a person, and what people should look at. Follows from the records and
 * from who is enrolled; it is kept nowhere.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Enrolment by roster"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_STATED_H
#define QSG_SERVICE_STATED_H

#include "service/groups.h"
#include "service/peers.h"

#define STATED_ALARM_BYTES 240u

enum stated {
	STATED_NOWHERE,
	STATED_ALIKE,       /* wherever it is stated */
	STATED_DIFFERENTLY, /* by two rosters */
	STATED_OF_TWO /* alike, to be a body that another is stated to be */
};

/* The kind of an organisation. kind: NULL unless all state it alike, where it
 * is of two, and where this version lacks it. */
struct stated_kind {
	enum stated how;
	const struct org_kind *kind;
};
struct stated_kind stated_kind_of(
    struct node *node, const struct id32 *organisation);
/* The kind that counts for what this organisation does itself: as rosters state
 * it, or for want of one as the card claims; NULL where they differ. */
struct stated_kind stated_kind_or_card(
    struct node *node, const struct peer *peer);

/* Name, code or kind that a roster states of an organisation which a roster
 * enrolled, other than they count here. entry: borrowed, NULL for nowhere. */
struct stated_claims {
	enum stated how;
	const Qsg__RosterEntry *entry;
};
struct stated_claims stated_otherwise(
    struct node *node, const struct peer *peer);

struct stated_alarm {
	struct id32 organisation;
	char text[STATED_ALARM_BYTES];
};
/* What people should look at in this group's roster in force, beside the alarms
 * of its state: whom it does not enrol here, what waits, who is stated to be
 * what another is, and where it differs from the roster of another group. None
 * unless we have joined. free() *out. ERR_MEM. */
ERR_MUST_USE enum err stated_alarms(struct node *node,
    const struct group_state *group, struct stated_alarm **out, size_t *count);

#endif
