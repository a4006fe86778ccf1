/*
 * share_json.h - what would be, or was, shared, with whom, and by which rule.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SHARE_JSON_H
#define QSG_VIEW_SHARE_JSON_H

#include "service/share.h"

#include <jansson.h>

/* Readers by their numbers, as their cards say: name, code, kind, fingerprint
 * and whether a body of that kind has a statutory duty. */
json_t *share_json_readers(
    struct node *node, const int64_t *readers, size_t count);

/* Who reads and what was decided about it: private, readers (as above; and
 * kind_stated: by a roster, by_group, duty: why it has a duty to act, verdict,
 * rule, line), group (id, name, epoch; or null), list (stands for these very
 * readers), policy (its record, verdict, rule, line; null: none was asked),
 * asks (of readers, without-cqc: what is still to be said). */
json_t *share_json_audience(
    struct node *node, const struct share_result *result);

/* kind, label, line, column of each. */
json_t *share_json_findings(const struct guard_findings *findings);

/* share_json_audience; and record (null: nothing sealed), draft and release
 * (only where it waits), warnings, findings, override_record, decision_record,
 * source_record. provider is what the warning names; may be NULL. */
json_t *share_json_result(
    struct node *node, const struct share_result *result, const char *provider);

#endif
