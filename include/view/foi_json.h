/*
 * foi_json.h - requests for information, what was decided, who was consulted.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_FOI_JSON_H
#define QSG_VIEW_FOI_JSON_H

#include "domain/searching.h"
#include "service/foi.h"
#include "service/query.h"

#include <jansson.h>

/* record, number, kind, received_on. */
json_t *foi_json_logged(
    const struct id32 *record, const Qsg__FoiRequest *request);
/* record, number. */
json_t *foi_json_closed(const struct id32 *record, uint32_t number);
/* record, records, warnings. */
json_t *foi_json_decided(struct node *node, const struct foi_decided *decided);
/* requests, the newest so many, and consultations that we sent or were sent. */
#define FOI_JSON_REQUESTS 256u
ERR_MUST_USE enum err foi_json_list(struct node *node, json_t **out);
/* request, and rows. */
ERR_MUST_USE enum err foi_json_schedule(
    struct node *node, uint32_t request, json_t **out);
/* A record as record_json_brief has it, and found: term, field and how that
 * begins; NULL when none of the terms is in it. */
ERR_MUST_USE enum err foi_json_found(struct node *node,
    const struct query_item *item, const struct searching *searching,
    json_t **out);

#endif
