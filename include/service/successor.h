/*
 * successor.h - end a generation of our log and begin the next: by a person
 * (rotation, compromise) or because the home is an old copy (recovery).
 *
 * A statement is staged, and written by the next commit, after the head that
 * this commit signs of the generation that ends. The steps, and what a crash
 * after each leaves: the new key in the keystore's file (a key nobody uses);
 * card and log in one transaction, which makes it final (the next start moves
 * the mark on); the mark; and only then is anything of it released.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Successor statements"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUCCESSOR_H
#define QSG_SERVICE_SUCCESSOR_H

#include "service/node.h"

/* What a person's rotation will make. */
struct successor_planned {
	struct generation generation;
	uint64_t card_version;
};
/* Stage the end of the live generation, by a person. ERR_STATE when this node
 * may not sign, ERR_BUSY when one is staged already, ERR_LIMIT after 32
 * generations. */
ERR_MUST_USE enum err successor_rotate(
    struct node *node, bool compromised, struct successor_planned *out);
/* The same by a node that recovers. ERR_LIMIT after four in 24 hours. */
ERR_MUST_USE enum err successor_recover(struct node *node);
/* Stage a card that accepts the heads heard of recovered generations too. */
ERR_MUST_USE enum err successor_restate(struct node *node);
/* Not more than four times in 24 hours. */
bool successor_may_restate(struct node *node);
/* Can our card list one more head of this generation of it? */
bool successor_has_room(
    const struct node *node, const Qsg__LogGeneration *generation);
/* Did this generation of ours end by recovery? */
bool successor_recovered(
    struct node *node, const struct generation *generation);

/*
 * For node_commit.
 */

/* Write what is staged into the open transaction; head is the newest of the
 * live generation, as this commit signs it. */
ERR_MUST_USE enum err successor_write(
    struct node *node, const struct checkpoint *head);
/* The mark that the commit is to leave. */
struct mark_head;
void successor_mark(const struct node *node, struct mark_head *out);
/* It is durable and marked: from now on card and log are the new ones. */
void successor_done(struct node *node);
/* The commit failed. */
void successor_undone(struct node *node);

#endif
