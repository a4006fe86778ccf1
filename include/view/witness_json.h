/*
 * witness_json.h - published heads and who cosigned them, as JSON.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_WITNESS_JSON_H
#define QSG_VIEW_WITNESS_JSON_H

#include "service/witness.h"

#include <jansson.h>

/* For status: head, published, published_at, witnessed, unwitnessed,
 * oldest_unwitnessed_at, asked, cosigned, minimum, max_age_s, ok. */
ERR_MUST_USE enum err witness_json_status(struct node *node, json_t **out);

/* published: size, at (null: none yet); asked: who, whether it cosigned that
 * head, size and time of the newest of ours it cosigned, and vkey, its key for
 * that; cosigned: whose heads we have cosigned, size and time; vkey: our key
 * for that. */
ERR_MUST_USE enum err witness_json_witnesses(struct node *node, json_t **out);

/* origin, vkey, size, root, checkpoint (a note with its cosignature lines, null
 * for an empty log), cosignatures, head: size and root now. */
ERR_MUST_USE enum err witness_json_log(struct node *node, json_t **out);

#endif
