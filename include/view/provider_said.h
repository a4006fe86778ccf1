/*
 * provider_said.h - the lists in a provider's picture: what is said, by whom,
 * who else can read it, and what that is counted as.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_PROVIDER_SAID_H
#define QSG_VIEW_PROVIDER_SAID_H

#include "service/pictures.h"

#include <jansson.h>

/* For each count of the picture the ids of the records counted. */
json_t *provider_said_ids(const struct pictures_look *look);
json_t *provider_said_signals(const struct pictures_look *look);
/* items, judgements, requests, findings, indicators, relations. */
void provider_said_lists(
    struct node *node, json_t *object, const struct pictures_look *look);

#endif
