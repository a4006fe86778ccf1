/*
 * alarm_json.h - alarms as JSON.
 *
 * Floor:   view
 * Spec:    proto/json/alarm-list.schema.json
 * Threads: the node's.
 */
#ifndef QSG_VIEW_ALARM_JSON_H
#define QSG_VIEW_ALARM_JSON_H

#include "service/alarms.h"

#include <jansson.h>

/* One, and all that is known of it here. */
json_t *alarm_json(struct node *node, const struct alarm *alarm);
/* One without any content: which record, of which kind, since when. */
json_t *alarm_json_bare(const struct alarm *alarm);
json_t *alarm_json_saw(const struct alarms_saw *saw);

#endif
