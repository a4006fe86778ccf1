/*
 * actions.h - the actions this node holds anything of, evaluated from its
 * records when they are asked for.
 *
 * Records that an author's card disowns do not count.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Actions"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACTIONS_H
#define QSG_SERVICE_ACTIONS_H

#include "domain/action.h"
#include "service/node.h"

struct actions;

/* One action. Zero-initialise; actions_clear frees, contents too. */
struct actions_look {
	uint32_t rid; /* of the record that set it; 0: it is not held */
	struct action_state state;
	struct summit_fact *facts;
	Qsg__Payload **opened; /* of the facts */
	size_t count;
	size_t left_out; /* steps of authors that took too many */
	bool overdue;    /* at this node's time */
};

/* Everything held about it. ERR_NOTFOUND, ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err actions_look(
    struct node *node, const struct id32 *action, struct actions_look *out);
void actions_clear(struct actions_look *look);
/* The action of this record, by how its id begins. ERR_NOTFOUND,
 * ERR_AMBIGUOUS, ERR_INPUT (another kind of record). */
ERR_MUST_USE enum err actions_find(
    struct node *node, const char *prefix, struct id32 *action);

/* NULL, "" and false: all. */
struct actions_filter {
	const struct id32 *summit;
	const struct id32 *group;
	const struct id32 *owner;
	const struct id32 *author;
	const char *provider;
	const char *plan;
	bool open; /* neither closed nor withdrawn */
	bool overdue;
};

typedef enum err (*actions_each)(
    void *context, const struct actions_look *look);
/* Those whose own record is held, in the order in which they were heard of.
 * Borrowed for the call. */
ERR_MUST_USE enum err actions_list(struct node *node,
    const struct actions_filter *filter, actions_each each, void *context);

typedef enum err (*actions_each_rid)(void *context, uint32_t rid);
/* The records that actions_look has of each action of this summit whose own
 * record can be read; none is opened. ERR_MEM. */
ERR_MUST_USE enum err actions_rids(struct node *node, const struct id32 *summit,
    actions_each_rid each, void *context);

/* Is a record of this type of a view one that actions_index takes? */
bool actions_indexes(uint8_t view_type);
/* A record of an action, held or granted, is in the views now. */
ERR_MUST_USE enum err actions_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* Forget all of them. */
void actions_drop(struct node *node);

#endif
