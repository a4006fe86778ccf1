/*
 * group_json.h - groups as JSON: what a roster states, who stands how, what
 * does not count, and what is missing.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_GROUP_JSON_H
#define QSG_VIEW_GROUP_JSON_H

#include "service/groups.h"

#include <jansson.h>

/* id, name, level, region, term, epoch, convenor, standing (ours; null: not
 * in it), members, invited, alarms. name and the like are null where no roster
 * counts. */
json_t *group_json_brief(struct node *node, const struct group_state *group);
json_t *group_json_list(struct node *node);

/* The same and: mandate_proven, taking_over, roster, roster_author, charter
 * with quorum and all, entries (in members' place: see below), candidates (each
 * with its voices, voices_needed, and the roster and its epoch from which it is
 * named), voices_needed (from the roster in force), claims, alarms and refused
 * in full, state_hash.
 *
 * An entry: name, code, kind, kind_label, fingerprint, standing, core,
 * statutory, convenor, sender_only, invitation, people, represented_by, and how
 * it is known here: known (person, roster or null), admitted, refused,
 * connected, us. */
json_t *group_json_whole(struct node *node, const struct group_state *group);

/* Alarms of a group that do not follow from its own records alone: array of
 * text, organisation, record, as in the alarms above, which take them in. */
json_t *group_json_stated(struct node *node, const struct group_state *group);

/* Annex A of the guide as far as it follows from the roster: ready, and lines
 * of point, what, state (ok, missing, voluntary, not-kept), why. */
json_t *group_json_readiness(
    struct node *node, const struct group_state *group);

/* What was recorded: what (e.g. "invited"), record, and the group in brief. */
json_t *group_json_done(struct node *node, const char *what,
    const struct id32 *group, const struct id32 *record);

/* invited, joined, declined or left. */
const char *group_json_standing(enum group_standing standing);

#endif
