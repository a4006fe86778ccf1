/*
 * render.h - the JSON views as people read them. Each takes the very JSON that
 * --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_RENDER_H
#define QSG_VIEW_RENDER_H

#include "view/paper.h"

/* The JSON of `card`, `peer list`, `peer add`, `records` and `record`. */
void render_card(struct paper *paper, const json_t *value);
void render_peer(struct paper *paper, const json_t *value);
void render_peers(struct paper *paper, const json_t *value);
void render_peer_added(struct paper *paper, const json_t *value);
void render_records(struct paper *paper, const json_t *value);
void render_record(struct paper *paper, const json_t *value);
/* What one is, on a line: "intelligence about RAL: soft, concern". Of a
 * record, or of what waits to be one. */
void render_facts(struct paper *paper, const json_t *record);
/* Of either, all that its author has put into it. */
void render_content(struct paper *paper, const json_t *value);
/* What keeps one record from counting in full, a line for each; most have
 * none. */
void render_standing(struct paper *paper, const json_t *record);

#endif
