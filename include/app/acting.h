/*
 * acting.h - whose request it is, whether that account may, and the note of
 * what it did.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: the node's.
 */
#ifndef QSG_APP_ACTING_H
#define QSG_APP_ACTING_H

#include "app/call.h"
#include "app/sock.h"

/* Whose a request is. */
struct ops_caller {
	char name[48]; /* the account's; or uid:N, who has none */
	unsigned int roles;
	const struct account *account; /* NULL: has none */
};

/* Whose a request is. ERR_DENIED: nobody's that may use this node. ERR_BUSY
 * with call->wants_check: its password has to be compared first, which takes
 * its time and is not for the node's thread. */
ERR_MUST_USE enum err acting_who(
    struct node *node, struct call *call, struct ops_caller *out);

/* Run a request's handler, if whoever asks may have it run, and note that it
 * was. ERR_DENIED, saying who may; what acting_who and the handler give. */
ERR_MUST_USE enum err acting_run(
    struct ops_core *core, struct call *call, struct ops_answer *answer);

/* Who may connect. */
void acting_users(const struct node *node, struct sock_users *users);

#endif
