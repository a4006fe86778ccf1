/*
 * status_json.h - how a node is doing.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_STATUS_JSON_H
#define QSG_VIEW_STATUS_JSON_H

#include "service/query.h"
#include "service/verify.h"

#include <jansson.h>

/* What only the serving process knows. */
struct status_json_serving {
	int64_t since_ms;
	long pid;
	const char *const *listening; /* addresses bound */
	size_t listening_count;
	size_t accepted; /* connections accepted and open */
};

/* organisation, serving, signing, log, witnesses, peers, records, troubles,
 * quarantine, clock. ERR_IO and ERR_CORRUPT from the store. */
ERR_MUST_USE enum err status_json_write(
    struct node *node, const struct status_json_serving *serving, json_t **out);

/* A verification's report. */
json_t *status_json_verify(const struct verify_report *report);

#endif
