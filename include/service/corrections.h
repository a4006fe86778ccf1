/*
 * corrections.h - which record corrects which, in whatever order they come.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CORRECTIONS_H
#define QSG_SERVICE_CORRECTIONS_H

#include "service/state.h"

/* A correction is in the views now, and its content known: link it to what it
 * corrects, if that is held. */
void corrections_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* A record is in the views now: link the corrections that came before it
 * (relations_index noted them). */
void corrections_arrived(struct node *node, uint32_t rid);

#endif
