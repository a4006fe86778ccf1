/*
 * actions_parts.h - the steps of setting an action, for the actions_* modules.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Actions"
 */
#ifndef QSG_SERVICE_ACTIONS_PARTS_H
#define QSG_SERVICE_ACTIONS_PARTS_H

#include "service/actions_say.h"

/* The free texts of an action or a step, for normal form and the guard:
 * pointers to the strings. Returns how many. */
#define ACTIONS_TEXTS 7u
size_t actions_texts(Qsg__Payload *payload, char **out[ACTIONS_TEXTS]);

#endif
