/*
 * corrections.h - which record corrects which, in whatever order they come,
 * and which its author has taken back.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CORRECTIONS_H
#define QSG_SERVICE_CORRECTIONS_H

#include "base/limits.h"
#include "service/state.h"

/* A correction is in the views now, and its content known: link it to what it
 * corrects, if that is held. */
void corrections_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* A record is in the views now: link the corrections that came before it
 * (relations_index noted them). */
void corrections_arrived(struct node *node, uint32_t rid);
/* A record lost its content, or can be read no more: it corrects nothing, and
 * whatever corrected it corrects what is left of those that it names. */
void corrections_gone(struct node *node, uint32_t gone);

/* A record, what it corrects and what corrects it, by their author, in the
 * order in which that logged them; and whether it took them back. One that is
 * corrected more often than anybody does by hand is not followed to its end. */
#define CORRECTIONS_CHAIN LIMIT_CORRECTIONS
struct corrections_chain {
	uint32_t rids[CORRECTIONS_CHAIN];
	size_t count;
	uint32_t newest;     /* what is in force, were it not retracted */
	uint32_t retraction; /* the first that counts; 0: none */
	bool cut;            /* there are more */
};
void corrections_chain(
    struct node *node, uint32_t rid, struct corrections_chain *out);
/* The retraction that counts of a record, or of its chain; 0: none. */
uint32_t corrections_retraction(struct node *node, uint32_t rid);

#endif
