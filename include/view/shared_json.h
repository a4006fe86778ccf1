/*
 * shared_json.h - what became of records, as JSON: what was shared with whom,
 * and one record's whole life.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SHARED_JSON_H
#define QSG_VIEW_SHARED_JSON_H

#include "service/fates.h"
#include "service/query.h"

#include <jansson.h>

/* One element of `audit shared`: record, type, provider, reader (fingerprint),
 * reader_name, number, stream, sealed_at, sent_at, received_at, receipt,
 * unreadable; null where it has not come to that. `reader` is an organisation
 * in the audience of an own record. */
ERR_MUST_USE enum err shared_json_row(struct node *node, struct fates *fates,
    const struct query_item *item, const struct id32 *reader, json_t **out);

/* `audit record`: all that `record` shows, and corrections (before, after: ids,
 * oldest first), for an own record readers (as above), for a received one
 * receipt and receipted_at (ours), and events: at, event, organisation (name;
 * null: this one), record (null: this one), in order of time. */
ERR_MUST_USE enum err shared_json_life(struct node *node, struct fates *fates,
    const struct query_item *item, json_t **out);

/* The same of one that was held in grants alone, and is erased. */
struct erasing_remembered;
ERR_MUST_USE enum err shared_json_remembered(struct node *node,
    const struct erasing_remembered *remembered, json_t **out);

/* Add `unsigned_for` to each element of what org_json_peers gave. */
ERR_MUST_USE enum err shared_json_unsigned(struct node *node, json_t *peers);

#endif
