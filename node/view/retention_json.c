#include "view/retention_json.h"

#include "service/query.h"
#include "view/json_out.h"

static json_t *rules_json(const struct retention *rules)
{
	json_t *array = json_array();
	for (size_t i = 0; i < rules->count; i++) {
		const struct retention_rule *rule = &rules->rules[i];
		json_t *object = json_object();
		json_out_number(object, "line", rule->line);
		json_out_text(
		    object, "verdict", rule->erase ? "erase" : "keep");
		json_out_set(object, "after",
		    rule->erase ? json_integer(rule->after_days) : json_null());
		json_out_append(array, object);
	}
	return array;
}

json_t *retention_json_show(struct retaining *retaining)
{
	json_t *object = json_object();
	json_out_set(object, "record", json_null());
	if (!id_is_zero(&retaining->record)) {
		json_out_id(object, "record", &retaining->record);
	}
	json_out_time(object, "since", retaining->since_ms);
	json_out_text_or_null(object, "text",
	    retaining->text.size > 0 ? buf_text(&retaining->text) : NULL);
	json_out_set(object, "rules", rules_json(&retaining->rules));
	return object;
}

void retention_json_render(struct paper *paper, const json_t *value)
{
	if (!json_is_string(json_object_get(value, "record"))) {
		paper_put(paper,
		    "no retention rules are set: everything is kept until "
		    "somebody erases it\n");
		return;
	}
	paper_put(paper, "# in force since ");
	paper_time(paper, value, "since");
	paper_put(paper, ", record ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
	paper_block(paper, paper_member(value, "text"), 0);
}

void retention_json_render_set(struct paper *paper, const json_t *value)
{
	size_t rules = json_array_size(json_object_get(value, "rules"));
	paper_printf(paper, "%zu rule%s in force, record ", rules,
	    rules == 1 ? "" : "s");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\nsee what they would erase: qsg retention run "
			 "--dry-run\n");
}

/*
 * A run.
 */

json_t *retention_json_row(
    struct node *node, const struct retaining_row *row, bool dry_run)
{
	struct query_item item = query_item(node, row->rid, NULL);
	const Qsg__Card *author =
	    item.author == NULL ? NULL : item.author->card.fields;
	json_t *object = json_object();
	json_out_id(object, "record", &item.view->id);
	json_out_text(
	    object, "type", views_type_name((enum view_type)item.view->type));
	json_out_text_or_null(object, "source", item.source);
	json_out_text_or_null(
	    object, "author", author == NULL ? NULL : author->name);
	json_out_bool(object, "own", row->own);
	json_out_time(object, "received_at", item.view->received_ms);
	json_out_number(object, "line", row->rule->line);
	json_out_text(object, "verdict",
	    row->kept != NULL   ? "kept"
	    : row->left != NULL ? "left"
	    : dry_run           ? "would-be-erased"
				: "erased");
	json_out_text_or_null(
	    object, "why", row->kept != NULL ? row->kept : row->left);
	return object;
}

json_t *retention_json_run(
    json_t *rows, const struct retaining_totals *totals, bool dry_run)
{
	json_t *object = json_object();
	json_out_set(object, "rows", rows);
	json_out_number(object, "looked", totals->looked);
	json_out_number(object, "erased", totals->erased);
	json_out_number(object, "kept", totals->kept);
	json_out_number(object, "left", totals->left);
	json_out_text_or_null(object, "stopped", totals->stopped);
	json_out_bool(object, "dry_run", dry_run);
	return object;
}

static void put_row(struct paper *paper, const json_t *row)
{
	paper_printf(paper, "%.12s  %-16s ", paper_member(row, "record"),
	    paper_member(row, "verdict"));
	paper_text(paper, paper_member(row, "type"));
	paper_put(paper, ", ");
	if (paper_member(row, "source")[0] != '\0') {
		paper_text(paper, paper_member(row, "source"));
		paper_put(paper, ", ");
	}
	paper_text(paper, paper_member(row, "author"));
	paper_put(paper, ", ");
	paper_time(paper, row, "received_at");
	paper_printf(
	    paper, ", line %lld", (long long)paper_number(row, "line"));
	if (paper_member(row, "why")[0] != '\0') {
		paper_put(paper, ": ");
		paper_text(paper, paper_member(row, "why"));
	}
	paper_put(paper, "\n");
}

void retention_json_render_run(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "rows"), at, each)
	{
		put_row(paper, each);
	}
	paper_printf(paper, "%lld %s, %lld kept\n",
	    (long long)paper_number(value, "erased"),
	    paper_flag(value, "dry_run") ? "would be erased" : "erased",
	    (long long)paper_number(value, "kept"));
	if (paper_number(value, "left") > 0) {
		paper_printf(paper, "%lld more are due: the next run goes on\n",
		    (long long)paper_number(value, "left"));
	}
	if (paper_member(value, "stopped")[0] != '\0') {
		paper_put(paper, "what was left: ");
		paper_text(paper, paper_member(value, "stopped"));
		paper_put(paper, "\n");
	}
}
