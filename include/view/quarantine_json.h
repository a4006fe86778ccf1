/*
 * quarantine_json.h - what was refused, as JSON.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_QUARANTINE_JSON_H
#define QSG_VIEW_QUARANTINE_JSON_H

#include "service/query.h"

#include <jansson.h>

/* One element of `quarantine list`: item, peer (its fingerprint), peer_name
 * (null: not known here), received_at, code, reason, size, hash, kept. */
json_t *quarantine_json_item(
    struct node *node, const struct quarantine_item *item);

/* item, size, and the bytes in base64. ERR_NOTFOUND, ERR_CORRUPT. */
ERR_MUST_USE enum err quarantine_json_bytes(
    struct node *node, int64_t item, json_t **out);

#endif
