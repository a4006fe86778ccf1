/*
 * policy_json.h - an organisation's sharing policy, and what waits for a second
 * person, as JSON and as people read it.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_POLICY_JSON_H
#define QSG_VIEW_POLICY_JSON_H

#include "service/release.h"
#include "view/paper.h"

#include <jansson.h>

/* `policy show` and `policy set`: record (null: none is set), since, text,
 * rules (line, verdict, rule, note), warnings. */
json_t *policy_json_show(struct policies *policies);
void policy_json_render(struct paper *paper, const json_t *value);
void policy_json_render_set(struct paper *paper, const json_t *value);

/* `policy test`, of the JSON of share_json_audience: for each reader what
 * decides, and what follows for all. */
void policy_json_render_test(struct paper *paper, const json_t *value);

/* One that waits: release, asked_by, asked_at, age_s, readers (name, code,
 * fingerprint), group (its name, or null), rule, line, and what
 * record_json_add_payload tells. */
json_t *policy_json_pending(
    struct node *node, const Qsg__PendingRelease *pending);
/* An array of them. */
void policy_json_render_pending(struct paper *paper, const json_t *value);
/* One of them, all that its readers would get. */
void policy_json_render_waiting(struct paper *paper, const json_t *value);
/* record: of the refusal. */
void policy_json_render_refused(struct paper *paper, const json_t *value);

#endif
