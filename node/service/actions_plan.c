#include "service/actions_plan.h"

#include "codec/canon.h"
#include "domain/plain.h"
#include "domain/workplan.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_BYTES 300u /* of names in one message */

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * The plan as it is held.
 */

/* One action of it that is not withdrawn. */
struct row {
	struct id32 action;
	uint32_t rid;
	uint32_t at; /* its place in the plan, from 1 */
	Qsg__Payload *payload;
	bool same; /* as in the file */
};

struct rows {
	struct node *node;
	struct row *items; /* by place, then by its author's log */
	size_t count;
	size_t capacity;
};

static enum err add_row(void *context, const struct actions_look *look)
{
	struct rows *rows = context;
	struct row *grown = NULL;
	enum err err = ERR_OK;

	if (look->state.standing == ACTION_WITHDRAWN) {
		return ERR_OK;
	}
	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 32;

		grown = realloc(rows->items, capacity * sizeof *grown);
		if (!grown) {
			return out_of_memory();
		}
		rows->items = grown;
		rows->capacity = capacity;
	}
	rows->items[rows->count] = (struct row){ .action = look->state.id,
		.rid = look->rid,
		.at = look->state.set->payload->action->row };
	err = query_take(
	    rows->node, look->rid, &rows->items[rows->count].payload);
	rows->count += !err && rows->items[rows->count].payload;
	return err;
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;

	if (x->at != y->at) {
		return x->at < y->at ? -1 : 1;
	}
	return memcmp(x->action.b, y->action.b, sizeof x->action.b);
}

static void rows_clear(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		canon_wipe(&rows->items[i].payload->base);
	}
	free(rows->items);
}

static enum err rows_find(struct node *node, const char *name,
    const struct id32 *author, struct rows *out)
{
	const struct actions_filter filter = { .author = author, .plan = name };
	enum err err = ERR_OK;

	*out = (struct rows){ .node = node };
	err = actions_list(node, &filter, add_row, out);
	if (!err && out->count) {
		qsort(out->items, out->count, sizeof *out->items, by_place);
	}
	return err;
}

/*
 * Giving it out.
 */

static enum err add_name(void *context, const struct actions_look *look)
{
	const char *name = look->state.set->payload->action->plan;
	struct buf *names = context;

	if (!name[0] || names->size > LISTED_BYTES ||
	    (names->size && strstr(buf_text(names), name))) {
		return ERR_OK;
	}
	return buf_printf(names, "%s%.80s", names->size ? ", " : "", name);
}

static enum err no_such_plan(
    struct node *node, const char *name, const struct id32 *author)
{
	const struct actions_filter filter = { .author = author };
	struct buf names = { 0 };
	enum err err = actions_list(node, &filter, add_name, &names);

	if (!err) {
		err = err_set(ERR_NOTFOUND,
		    "no workplan '%.80s' is held; there is: %s", name,
		    names.size ? buf_text(&names) : "none");
	}
	buf_clear(&names);
	return err;
}

enum err actions_plan_give(struct node *node, const char *name,
    const struct id32 *author, struct buf *out, size_t *count)
{
	struct rows rows;
	enum err err =
	    rows_find(node, name, author ? author : node_id(node), &rows);

	*count = rows.count;
	if (!err && !rows.count) {
		err = no_such_plan(node, name, author ? author : node_id(node));
	}
	if (!err) {
		err = workplan_write_columns(out);
	}
	for (size_t i = 0; i < rows.count && !err; i++) {
		const char *fields[WORKPLAN_FIELDS];

		workplan_of_action(rows.items[i].payload->action, fields);
		err = workplan_write_row(fields, out);
	}
	rows_clear(&rows);
	return err;
}

/*
 * Taking it in.
 */

struct taking {
	struct node *node;
	const struct actions_plan *plan;
	struct workplan read;
	struct rows held;
	bool *same; /* of each row of the file: it is held as it is */
	struct actions_planned *out;
};

static bool is_same(const Qsg__Action *held, const Qsg__Action *now)
{
	const char *before[WORKPLAN_FIELDS];
	const char *after[WORKPLAN_FIELDS];
	bool same = strcmp(held->provider, now->provider) == 0;

	workplan_of_action(held, before);
	workplan_of_action(now, after);
	for (size_t i = 0; i < WORKPLAN_FIELDS; i++) {
		same = same && strcmp(before[i], after[i]) == 0;
	}
	return same;
}

/* The action that a row of the file is; it borrows. */
static void make_action(
    const struct taking *taking, size_t at, Qsg__Action *out)
{
	const struct actions_plan *plan = taking->plan;

	qsg__action__init(out);
	workplan_to_action(&taking->read.rows[at], out);
	out->plan = canon_lend(plan->name);
	out->row = (uint32_t)at + 1;
	if (plan->provider) {
		out->provider = canon_lend(plan->provider);
	}
}

/* PROTOCOL.md M653: "A row of a workplan that is held as it is, in its place,
 * MUST NOT be recorded again; one that is changed or gone MUST be withdrawn,
 * and stays to be read." */
static void compare(struct taking *taking)
{
	for (size_t i = 0; i < taking->held.count; i++) {
		struct row *row = &taking->held.items[i];
		Qsg__Action now;

		if (row->at < 1 || row->at > taking->read.count ||
		    taking->same[row->at - 1]) {
			continue;
		}
		make_action(taking, row->at - 1, &now);
		row->same = is_same(row->payload->action, &now);
		taking->same[row->at - 1] = row->same;
	}
}

/* Which row, for whoever has to mend it. */
static enum err in_row(const struct taking *taking, size_t at, enum err err)
{
	return err ? err_wrap(err, "line %lu", taking->read.rows[at].line)
	           : ERR_OK;
}

static enum err set_row(
    struct taking *taking, size_t at, bool dry_run, struct saying_result *out)
{
	Qsg__Payload payload;
	Qsg__Action action;
	struct actions_request request = { .content = &payload,
		.group = taking->plan->group,
		.share = taking->plan->share };

	make_action(taking, at, &action);
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload.action = &action;
	request.share.dry_run = dry_run;
	saying_clear(out);
	return in_row(taking, at, actions_add(taking->node, &request, out));
}

/* A row that is no more goes to those who read it. Where other rows go to the
 * same, they were seen and confirmed with those. */
static enum err withdraw_row(struct taking *taking, const struct row *row,
    bool dry_run, struct saying_result *out)
{
	struct hex32 id = text_hex_id(&row->action);
	Qsg__Payload payload;
	Qsg__ActionStep step;
	struct actions_request request = { .content = &payload,
		.action = id.text,
		.share = taking->plan->share };

	qsg__payload__init(&payload);
	qsg__action_step__init(&step);
	step.act = canon_lend("withdraw");
	step.text = canon_lend("the workplan says otherwise now");
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
	payload.action_step = &step;
	request.share.to_count = 0;
	request.share.dry_run = dry_run;
	request.share.yes = request.share.yes || taking->out->set > 0;
	saying_clear(out);
	return actions_step(taking->node, &request, out);
}

static enum err check_same_readers(const struct taking *taking,
    const struct row *row, const struct saying_result *withdrawn)
{
	const struct saying_result *said = &taking->out->said;

	if (!taking->out->set ||
	    strcmp(withdrawn->share.list.text, said->share.list.text) == 0) {
		return ERR_OK;
	}
	return err_set(ERR_STATE,
	    "row %u went to others than the plan does now: withdraw it first, "
	    "with `qsg action withdraw %.12s`",
	    row->at, text_hex_id(&row->action).text);
}

/* Each is looked at as it would be done. */
static enum err look_at_rows(struct taking *taking)
{
	struct actions_planned *out = taking->out;
	const char *reason = taking->plan->share.override_reason;
	enum err err = ERR_OK;

	for (size_t i = 0; i < taking->read.count && !err; i++) {
		if (taking->same[i]) {
			out->same++;
			continue;
		}
		out->set++;
		err = set_row(taking, i, true, &out->said);
		if (!err && out->said.share.findings.count && !reason) {
			/* The guard stops it, and says so. */
			err = set_row(taking, i, false, &out->said);
		}
	}
	return err;
}

static enum err look_at_gone(struct taking *taking)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < taking->held.count && !err; i++) {
		const struct row *row = &taking->held.items[i];
		struct saying_result one = { 0 };

		if (row->same) {
			continue;
		}
		taking->out->withdrawn++;
		err = withdraw_row(taking, row, true, &one);
		if (!err) {
			err = check_same_readers(taking, row, &one);
		}
		saying_clear(&one);
	}
	return err;
}

/* PROTOCOL.md M654: "A workplan MUST be recorded whole or not at all." */
static enum err do_all(struct taking *taking)
{
	struct actions_planned *out = taking->out;
	struct saying_result apart = { 0 };
	size_t done = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < taking->read.count && !err; i++) {
		if (!taking->same[i]) {
			err = set_row(taking, i, false, &out->said);
			done += !err;
		}
	}
	for (size_t i = 0; i < taking->held.count && !err; i++) {
		if (!taking->held.items[i].same) {
			err = withdraw_row(taking, &taking->held.items[i],
			    false, out->set ? &apart : &out->said);
			done += !err;
		}
	}
	saying_clear(&apart);
	/* Those before it must not stand alone. */
	return err && done ? state_poison(taking->node, err) : err;
}

enum err actions_plan_take(struct node *node, const struct actions_plan *plan,
    struct actions_planned *out)
{
	struct taking taking = { .node = node, .plan = plan, .out = out };
	enum err err = ERR_OK;

	*out = (struct actions_planned){ 0 };
	if (plain_is_blank(plan->name)) {
		return err_set(ERR_INPUT, "the workplan needs a name");
	}
	err = workplan_read(plan->csv, &taking.read);
	if (!err) {
		err = rows_find(node, plan->name, node_id(node), &taking.held);
	}
	if (!err) {
		taking.same = calloc(taking.read.count, sizeof *taking.same);
		err = taking.same ? ERR_OK : out_of_memory();
	}
	if (!err) {
		out->rows = taking.read.count;
		compare(&taking);
		err = look_at_rows(&taking);
	}
	if (!err) {
		err = look_at_gone(&taking);
	}
	if (!err && !plan->share.dry_run) {
		err = do_all(&taking);
	}
	free(taking.same);
	rows_clear(&taking.held);
	workplan_clear(&taking.read);
	return err;
}
