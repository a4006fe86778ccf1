/*
 * joining.h - what an organisation records about groups that others convene:
 * that it joins, declines, leaves, and whom it names to convene next.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Groups", "Enrolment by roster"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_JOINING_H
#define QSG_SERVICE_JOINING_H

#include "domain/group.h"
#include "service/peers.h"

struct joining_result {
	struct id32 group;
	struct id32 record;
};

struct joining_act {
	const char *group;  /* as typed */
	const char *reason; /* NULL: none given */
	/* joining_accept: the roster of this organisation counts, whose mandate
	 * cannot be known here; as typed. NULL: the roster in force. */
	const char *convenor;
};

/* Accept the invitation, and enrol by the roster whoever is in it. Staged.
 * ERR_STATE when there is none to accept. */
ERR_MUST_USE enum err joining_accept(struct node *node,
    const struct joining_act *act, struct joining_result *out);
/* Decline it, told to those who are enrolled here already. */
ERR_MUST_USE enum err joining_decline(struct node *node,
    const struct joining_act *act, struct joining_result *out);
/* Be a member no longer: only a new invitation brings one back. */
ERR_MUST_USE enum err joining_leave(struct node *node,
    const struct joining_act *act, struct joining_result *out);
/* Name the organisation that is to convene the group from the next term on. */
ERR_MUST_USE enum err joining_name_successor(struct node *node,
    const struct joining_act *act, const char *successor,
    struct joining_result *out);

#endif
