/*
 * groups.h - the groups this node knows of, evaluated from the records it
 * holds, and what this organisation records about them.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Groups"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_GROUPS_H
#define QSG_SERVICE_GROUPS_H

#include "domain/group.h"
#include "service/node.h"

/* Groups of which a roster, a membership or a succession is held, in the order
 * of their ids. States are borrowed until the next record is taken or
 * submitted. */
size_t groups_count(struct node *node);
ERR_MUST_USE enum err groups_at(
    struct node *node, size_t index, const struct group_state **out);
/* By name (ignoring case) or by a hex prefix of the id. ERR_NOTFOUND,
 * ERR_AMBIGUOUS with a message that lists what is known. */
ERR_MUST_USE enum err groups_resolve(
    struct node *node, const char *text, const struct group_state **out);
ERR_MUST_USE enum err groups_by_id(
    struct node *node, const struct id32 *id, const struct group_state **out);

/* Org numbers of those that are sent what goes to the group, ourselves aside,
 * ascending. ERR_STATE when that is nobody, or when we have not joined;
 * free() *readers. */
ERR_MUST_USE enum err groups_readers(struct node *node,
    const struct group_state *group, int64_t **readers, size_t *count);

/* The kind of an organisation as the rosters in force of groups that we have
 * joined state it; NULL when none does, or when they differ. */
const struct org_kind *groups_kind_of(
    struct node *node, const struct id32 *organisation);

/* A record of a group is in the views now. */
ERR_MUST_USE enum err groups_index(struct node *node, uint32_t rid,
    const struct id32 *author, const Qsg__Payload *payload);

#endif
