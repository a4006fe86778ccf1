/*
 * groups_state.h - the inside of the groups a node knows of, for the modules
 * that share it.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_GROUPS_STATE_H
#define QSG_SERVICE_GROUPS_STATE_H

#include "service/groups.h"
#include "service/state.h"

/* A record of a group: a copy of it without the cards, which stay on disk. */
struct groups_fact {
	struct id32 record;
	struct id32 author;
	uint32_t rid;
	Qsg__Payload *payload;
};

struct groups_held {
	struct id32 id;
	struct groups_fact *facts;
	size_t fact_count;
	struct group_fact *counted; /* what the state borrows from */
	struct group_state state;
	bool fresh; /* the state is of these facts */
	/* What has been done about the roster in force. */
	struct id32 settled;
	bool settled_joined;
};

struct groups {
	struct groups_held **list; /* by id */
	size_t count;
	bool unsettled; /* peers and streams may have to follow */
};

/* The group with its state up to date; the state is as in groups_at. */
ERR_MUST_USE enum err groups_fresh(struct node *node, struct groups_held *held);

/* NULL when nothing of it is held. */
struct groups_held *groups_held_of(struct node *node, const struct id32 *id);

#endif
