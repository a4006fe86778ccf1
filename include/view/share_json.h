/*
 * share_json.h - what would be, or was, shared: readers, warnings, findings.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SHARE_JSON_H
#define QSG_VIEW_SHARE_JSON_H

#include "service/share.h"

#include <jansson.h>

/* readers: name, code, kind, fingerprint and whether a body of that kind has a
 * statutory duty. */
json_t *share_json_readers(
    struct node *node, const int64_t *readers, size_t count);

/* kind, label, line, column of each. */
json_t *share_json_findings(const struct guard_findings *findings);

/* record (null: nothing sealed), draft (only where it waits), private, readers,
 * warnings, findings (kind, label, line, column), override_record. provider is
 * what the warning names; may be NULL. */
json_t *share_json_result(
    struct node *node, const struct share_result *result, const char *provider);

#endif
