/*
 * authority.h - whose record counts: by what a roster says its author is, what
 * the record says, and what the author is to the group. Nobody is stopped from
 * saying anything; what is not its author's to say is shown with the reason and
 * does not count.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Groups"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_AUTHORITY_H
#define QSG_DOMAIN_AUTHORITY_H

#include "domain/group.h"
#include "domain/reason.h"

/* What an author is to the group. */
enum authority_relation {
	AUTHORITY_CONVENOR,
	AUTHORITY_MEMBER, /* joined */
	AUTHORITY_INVITED,
	AUTHORITY_SENDER_ONLY,
	AUTHORITY_GONE, /* declined, or left */
	AUTHORITY_OUTSIDER
};

enum authority_verdict {
	AUTHORITY_COUNTS,
	AUTHORITY_UNCONFIRMED, /* shown as what its author says, no more */
	AUTHORITY_REFUSED
};

/* Judge a record that somebody else made. `kind` is that of its author as the
 * rosters in force state it, never as its card does: NULL where none states
 * one, or one that this version lacks. *reason is REASON_NONE
 * when the record counts. */
enum authority_verdict authority_judge(const struct org_kind *kind,
    enum authority_relation relation, const Qsg__Payload *payload,
    enum reason *reason);

/* What an organisation is to this group now. */
enum authority_relation authority_relation_of(
    const struct group_state *state, const struct id32 *organisation);

#endif
