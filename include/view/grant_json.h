/*
 * grant_json.h - grants and requests to hand on, as JSON.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_GRANT_JSON_H
#define QSG_VIEW_GRANT_JSON_H

#include "service/granting_bulk.h"
#include "service/onward.h"
#include "service/query.h"

#include <jansson.h>

/* What `grant` gives: all that share_json_audience does, and grants: of each
 * record, author, granted_by, readers, grant, draft, release. */
json_t *grant_json_result(
    struct node *node, const struct granting_result *result);
/* ... and with --group, grants empty: granted, read, left (record, why), next,
 * started, group_name, summary. */
json_t *grant_json_page(const struct granting_page *page);

/* Of a grant: original, author, counts, why_not; of what is read by one:
 * granted_by (grant, organisation, reason), proven. */
void grant_json_add(
    struct node *node, json_t *object, const struct query_item *item);
/* Of any record: the grants that carry it, in `grants`: grant, by, to, at,
 * reason, counts, why_not. Nothing where there are none. */
void grant_json_add_grants(struct node *node, json_t *object, uint32_t rid);

/* One element of `onward list`. */
json_t *grant_json_request(struct node *node, const struct onward_item *item);

#endif
