/*
 * vetting.h - what every free text goes through before it is sealed: normal
 * form, the guard against patients' identifiers, and the reason why somebody
 * overrode it.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_VETTING_H
#define QSG_SERVICE_VETTING_H

#include "domain/guard.h"
#include "service/submit.h"

/* Who records, and on what terms. */
struct vetting_recorder {
	const char *role;            /* NULL: administrator */
	const char *person;          /* may be NULL */
	const char *override_reason; /* NULL: a guard finding stops it */
	bool dry_run;
};

/* Is the recorder fit to be named? ERR_INPUT. */
ERR_MUST_USE enum err vetting_check_recorder(
    const struct vetting_recorder *recorder);
/* Name the recorder in a payload, which borrows. */
void vetting_name_recorder(
    const struct vetting_recorder *recorder, Qsg__Payload *payload);

/* Normal form C, in place: each text is a string of its own on the heap, and
 * replaced. */
ERR_MUST_USE enum err vetting_normalise(char **const *texts, size_t count);
/* What the guard finds in each of them, appended. */
ERR_MUST_USE enum err vetting_scan(
    char **const *texts, size_t count, struct guard_findings *out);
/* ERR_DENIED for a finding that nobody overrode (and this is no dry run). */
ERR_MUST_USE enum err vetting_judge(const struct vetting_recorder *recorder,
    const struct guard_findings *findings);
/* The same of a text that nobody may override the guard for, as it goes to
 * everybody in a group or register: `what` names it. NULL finds nothing. */
ERR_MUST_USE enum err vetting_refuse(const char *what, const char *text);
/* And of each text of a charter. */
ERR_MUST_USE enum err vetting_refuse_charter(const Qsg__Charter *charter);
/* Why the guard was overridden, as a record for us alone beside the record, or
 * the draft. Staged. *override_record stays as it is for a draft. */
ERR_MUST_USE enum err vetting_log_override(struct node *node,
    const struct vetting_recorder *recorder,
    const struct guard_findings *findings, const struct id32 *record,
    int64_t draft, struct id32 *override_record);

#endif
