#include "domain/workplan.h"

#include "base/limits.h"
#include "codec/csv.h"
#include "domain/action.h"
#include "domain/plain.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "section,number,action,lead,outcome,timeline"

static const char *const names[WORKPLAN_FIELDS] = { "section", "number",
	"action", "lead", "outcome", "timeline" };

struct reading {
	struct workplan *plan;
	bool headed;
};

static enum err read_columns(const struct span *fields, size_t count)
{
	bool good = count == WORKPLAN_FIELDS;

	for (size_t i = 0; good && i < count; i++)
		good = span_equal(fields[i], span_text(names[i]));
	return good ? ERR_OK
	            : err_set(ERR_INPUT,
			  "the first line must name these columns: " COLUMNS);
}

static enum err grow(struct workplan *plan)
{
	size_t capacity = plan->capacity == 0 ? 32 : 2 * plan->capacity;
	struct workplan_row *rows = NULL;

	if (plan->count < plan->capacity)
		return ERR_OK;
	rows = realloc(plan->rows, capacity * sizeof *rows);
	if (rows == NULL)
		return err_set(ERR_MEM, "out of memory");
	plan->rows = rows;
	plan->capacity = capacity;
	return ERR_OK;
}

static enum err copy_field(struct span field, unsigned long line, char **out)
{
	if (field.size > 0 && memchr(field.data, '\0', field.size) != NULL)
		return err_set(
		    ERR_INPUT, "line %lu: a character of no meaning", line);
	*out = span_copy(field);
	return *out == NULL ? err_set(ERR_MEM, "out of memory") : ERR_OK;
}

static enum err read_fields(
    const struct span *fields, unsigned long line, struct workplan_row *row)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < WORKPLAN_FIELDS && err == ERR_OK; i++)
		err = copy_field(fields[i], line, &row->fields[i]);
	if (err == ERR_OK && plain_is_blank(row->fields[WORKPLAN_ACTION]))
		err = err_set(ERR_INPUT,
		    "line %lu: it does not say what is to be done", line);
	return err;
}

static enum err read_row(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct reading *reading = context;
	struct workplan *plan = reading->plan;
	enum err err = ERR_OK;

	if (!reading->headed) {
		reading->headed = true;
		return read_columns(fields, count);
	}
	if (count != WORKPLAN_FIELDS)
		return err_set(ERR_INPUT, "line %lu: %zu fields and not %d",
		    line, count, WORKPLAN_FIELDS);
	if (plan->count == LIMIT_WORKPLAN_ROWS)
		return err_set(ERR_LIMIT, "a workplan has %u rows at most",
		    LIMIT_WORKPLAN_ROWS);
	err = grow(plan);
	if (err == ERR_OK) {
		plan->rows[plan->count] = (struct workplan_row){ .line = line };
		err = read_fields(fields, line, &plan->rows[plan->count++]);
	}
	return err;
}

enum err workplan_read(struct span csv, struct workplan *out)
{
	struct reading reading = { .plan = out };
	enum err err = csv_read(csv, read_row, &reading);

	if (err == ERR_OK && !reading.headed)
		err = read_columns(NULL, 0);
	if (err == ERR_OK && out->count == 0)
		err = err_set(ERR_INPUT, "it has no rows");
	if (err)
		workplan_clear(out);
	return err;
}

void workplan_clear(struct workplan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		for (size_t j = 0; j < WORKPLAN_FIELDS; j++)
			free(plan->rows[i].fields[j]);
	}
	free(plan->rows);
	*plan = (struct workplan){ 0 };
}

enum err workplan_write_columns(struct buf *out)
{
	return buf_append(out, span_text(COLUMNS "\n"));
}

enum err workplan_write_row(
    const char *const fields[WORKPLAN_FIELDS], struct buf *out)
{
	struct span spans[WORKPLAN_FIELDS];

	for (size_t i = 0; i < WORKPLAN_FIELDS; i++)
		spans[i] = span_text(fields[i]);
	return csv_append(spans, WORKPLAN_FIELDS, out);
}

void workplan_to_action(const struct workplan_row *row, Qsg__Action *action)
{
	action->section = row->fields[WORKPLAN_SECTION];
	action->numbered = row->fields[WORKPLAN_NUMBER];
	action->what = row->fields[WORKPLAN_ACTION];
	action->lead = row->fields[WORKPLAN_LEAD];
	action->measure = row->fields[WORKPLAN_OUTCOME];
	action->due_text = row->fields[WORKPLAN_TIMELINE];
	if (!action_due(span_text(action->due_text), true, &action->due_ms))
		action->due_ms = 0;
}

/* PROTOCOL.md M652: "A workplan that is taken in and given out MUST be the same
 * byte for byte where it was in the form of one, whatever its rows leave out or
 * share." */
void workplan_of_action(
    const Qsg__Action *action, const char *fields[WORKPLAN_FIELDS])
{
	fields[WORKPLAN_SECTION] = action->section;
	fields[WORKPLAN_NUMBER] = action->numbered;
	fields[WORKPLAN_ACTION] = action->what;
	fields[WORKPLAN_LEAD] = action->lead;
	fields[WORKPLAN_OUTCOME] = action->measure;
	fields[WORKPLAN_TIMELINE] = action->due_text;
}
