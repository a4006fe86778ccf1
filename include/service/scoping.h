/*
 * scoping.h - what an account that is scoped to groups or regions may see.
 *
 * A region is what charters of groups call theirs. It stands for the groups of
 * that region which this organisation has joined or convenes, at any time: one
 * that it joins later is within the scope from then on. What the roster of a
 * group says that it does neither join nor convene decides nothing.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SCOPING_H
#define QSG_SERVICE_SCOPING_H

#include "service/accounts.h"

/* Is it kept to some groups? Not NULL, nor one that is scoped to nothing. */
bool scoping_is_scoped(const struct account *account);

/* Is this group (NULL or zero: none) within an account's scope? */
bool scoping_group(
    struct node *node, const struct account *account, const struct id32 *group);
/* Is that record, held or granted? A correction is where what it corrects is.
 */
bool scoping_record(
    struct node *node, const struct account *account, uint32_t rid);
/* The same, for whom records are opened (query_open_for). */
bool scoping_shows(struct node *node, uint32_t rid);

/* A region as a charter writes it, by how a person does. ERR_NOTFOUND. */
ERR_MUST_USE enum err scoping_find_region(
    struct node *node, const char *text, char out[LIMIT_NAME_BYTES + 1]);

#endif
