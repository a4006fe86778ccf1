/*
 * group_paper.h - groups as people read them. Each takes the JSON that --json
 * prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_GROUP_PAPER_H
#define QSG_VIEW_GROUP_PAPER_H

#include "view/paper.h"

void group_paper_list(struct paper *paper, const json_t *value);
void group_paper_whole(struct paper *paper, const json_t *value);
/* What a convenor should read before it leaves its own group, from what
 * `group show` gives; false, and nothing, where that is not so. */
bool group_paper_last_word(struct paper *paper, const json_t *group);
void group_paper_readiness(struct paper *paper, const json_t *value);
/* What was recorded. */
void group_paper_done(struct paper *paper, const json_t *value);

#endif
