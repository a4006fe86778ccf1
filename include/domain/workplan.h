/*
 * workplan.h - a workplan as CSV: rows of actions under sections, as a
 * committee has them, in and out unchanged.
 *
 * The form: UTF-8, comma, double quotes where needed, lines that end in LF. The
 * first row names the columns: section, number, action, lead, outcome,
 * timeline. One row an action, in the plan's order; the section stands in each.
 * Any field but the action may be empty, and may hold line ends.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Workplans"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_WORKPLAN_H
#define QSG_DOMAIN_WORKPLAN_H

#include "base/bytes.h"
#include "payload.pb-c.h"

enum workplan_field {
	WORKPLAN_SECTION,
	WORKPLAN_NUMBER,
	WORKPLAN_ACTION,
	WORKPLAN_LEAD,
	WORKPLAN_OUTCOME,
	WORKPLAN_TIMELINE
};
#define WORKPLAN_FIELDS 6

struct workplan_row {
	char *fields[WORKPLAN_FIELDS]; /* owned; "" for empty */
	unsigned long line;            /* where it starts in its file */
};

/* Zero-initialise; workplan_clear frees. */
struct workplan {
	struct workplan_row *rows;
	size_t count;
	size_t capacity;
};

/* ERR_INPUT, ERR_LIMIT naming the line. */
ERR_MUST_USE enum err workplan_read(struct span csv, struct workplan *out);
void workplan_clear(struct workplan *plan);

/* The columns, then rows as they are given. */
ERR_MUST_USE enum err workplan_write_columns(struct buf *out);
ERR_MUST_USE enum err workplan_write_row(
    const char *const fields[WORKPLAN_FIELDS], struct buf *out);

/* The fields of a row in the action that it is, and back; borrowed. */
void workplan_to_action(const struct workplan_row *row, Qsg__Action *action);
void workplan_of_action(
    const Qsg__Action *action, const char *fields[WORKPLAN_FIELDS]);

#endif
