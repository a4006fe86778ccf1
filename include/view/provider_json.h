/*
 * provider_json.h - a provider as JSON: who it is, everything held about it by
 * whom, and what that adds up to.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_PROVIDER_JSON_H
#define QSG_VIEW_PROVIDER_JSON_H

#include "service/pictures.h"
#include "service/registering.h"

#include <jansson.h>

/* One element of `provider list`: provider, name, type, area, closed_on,
 * home_group (id, name), concerns, assurances, good_practice, unstated,
 * records, heard_at, judgements (author, author_code, view, created_at,
 * record). ERR_CORRUPT. */
ERR_MUST_USE enum err provider_json_brief(
    struct node *node, const struct pictures_brief *brief, json_t **out);

/* `provider show`: who it is (provider, name, type, area, region, opened_on,
 * closed_on, register, site_of, sites, commissioners, home_group); counts, and
 * ids with the records behind each of them; signals (dimension, concerns,
 * organisations, sources, items, borne_out_by); items, judgements, requests,
 * findings, indicators, relations, each newest first, each element as of
 * `records` with standing (counts, corrected, older, refused, disowned), why,
 * confirmed (its author is, by a roster, who may say it), instead, also_read_by
 * and said (what others say about it); opposed; last_discussed (null: not
 * recorded yet); state_hash and state_records. */
json_t *provider_json_look(
    struct node *node, const char *code, const struct pictures_look *look);

/* `provider relate`: as share_json_result, and relation. */
json_t *provider_json_noted(
    struct node *node, const struct registering_noted *noted);

#endif
