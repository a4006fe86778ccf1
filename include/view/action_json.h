/*
 * action_json.h - actions as JSON.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_ACTION_JSON_H
#define QSG_VIEW_ACTION_JSON_H

#include "service/actions_plan.h"

#include <jansson.h>

/* One action: id, author, author_code, owner, owner_code, standing
 * (action_standing_token), done, overdue, created_at, due_at, what, aim, kind,
 * provider, summit, group, judgement, measure, section, numbered, lead,
 * due_text, plan, row, offered_to (name, code, fingerprint, record), steps
 * (that count, the oldest first: id, author, author_code, act, created_at, to,
 * to_code, text, evidence), not_counted (id, author, author_code, act,
 * created_at, why_not) and left_out, how many were passed over. */
json_t *action_json(struct node *node, const struct actions_look *look);

/* As said_json_result, and plan, rows, same, set, withdrawn, dry_run. */
json_t *action_json_planned(struct node *node,
    const struct actions_planned *planned, const struct actions_plan *plan);

#endif
