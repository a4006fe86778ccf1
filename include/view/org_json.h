/*
 * org_json.h - organisations as JSON: our card, and the peers we have met.
 *
 * Floor:   view
 * Threads: the node's; org_json_card from any.
 */
#ifndef QSG_VIEW_ORG_JSON_H
#define QSG_VIEW_ORG_JSON_H

#include "service/peers.h"

#include <jansson.h>

/* fingerprint, name, code, kind, version, endpoints. */
json_t *org_json_card(const struct card *card);

/* The card's fields; connected, since, last_seen, added_at, endpoint (the
 * first), refused_here, refused_there, problem, problem_at, enrolled_by
 * (person or roster), refused (why, by this organisation; null), barred;
 * waiting: what a newer card claims and a person has not decided on, or null;
 * stated: the same of what a roster states, or null. */
json_t *org_json_peer(struct node *node, const struct peer *peer);
/* Everybody but ourselves. */
json_t *org_json_peers(struct node *node);

#endif
