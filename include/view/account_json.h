/*
 * account_json.h - accounts and what was done, for people and programs.
 *
 * Floor:   view
 * Threads: the node's; rendering: any.
 */
#ifndef QSG_VIEW_ACCOUNT_JSON_H
#define QSG_VIEW_ACCOUNT_JSON_H

#include "service/accounts.h"
#include "service/activity.h"
#include "view/paper.h"

#include <jansson.h>

/* Roles as an array of tokens. */
json_t *account_json_roles(unsigned int roles);
json_t *account_json(struct node *node, const struct account *account);
json_t *account_json_activity(const struct activity_line *line);

/* One account, many, the caller, and what was done. */
void account_json_render(struct paper *paper, const json_t *value);
void account_json_render_list(struct paper *paper, const json_t *value);
void account_json_render_caller(struct paper *paper, const json_t *value);
void account_json_render_activity(struct paper *paper, const json_t *value);

#endif
