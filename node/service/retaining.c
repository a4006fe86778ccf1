#include "service/retaining.h"

#include "base/log.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/plain.h"
#include "service/erasing.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/retaining_needs.h"
#include "service/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Which are in force.
 */

/* PROTOCOL.md M453: "Of an organisation's retention rules those that it logged
 * last MUST be in force, and nobody else's ever." */
static uint32_t newest(struct node *node)
{
	uint32_t found = 0;

	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		if (views_get(node->views, rid)->type == VIEW_RETENTION &&
		    state_author(node, rid) == 1 &&
		    relations_later(node, rid, found)) {
			found = rid;
		}
	}
	return found;
}

static enum err take_text(void *context, const struct query_item *item)
{
	struct retaining *out = context;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_RETENTION) {
		return err_set(ERR_CORRUPT, "the rules do not open");
	}
	out->record = item->view->id;
	out->since_ms = item->view->created_ms;
	return buf_append(
	    &out->text, span_text(item->payload->retention->text));
}

enum err retaining_load(struct node *node, struct retaining *out)
{
	uint32_t rid = newest(node);
	enum err err = ERR_OK;

	*out = (struct retaining){ 0 };
	if (!rid) {
		return ERR_OK;
	}
	err = query_open(node, rid, take_text, out);
	if (!err) {
		err = retention_parse(buf_span(&out->text), &out->rules);
	}
	if (err) {
		retaining_clear(out);
		return err == ERR_MEM
		           ? err
		           : err_set(ERR_CORRUPT,
				 "the retention rules in force cannot be read: "
				 "set them again with `qsg retention set "
				 "FILE`");
	}
	return ERR_OK;
}

void retaining_clear(struct retaining *retaining)
{
	retention_clear(&retaining->rules);
	buf_clear(&retaining->text);
	*retaining = (struct retaining){ 0 };
}

enum err retaining_set(
    struct node *node, struct span text, struct retaining *out)
{
	Qsg__Payload payload;
	Qsg__Retention content;
	enum err err = ERR_OK;

	*out = (struct retaining){ 0 };
	err = retention_parse(text, &out->rules);
	if (!err) {
		err = buf_append(&out->text, text);
	}
	if (!err) {
		err = plain_check_text("the rules", buf_text(&out->text));
	}
	if (err) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__retention__init(&content);
	content.text = canon_lend(buf_text(&out->text));
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_RETENTION;
	payload.retention = &content;
	out->since_ms = clock_wall_ms(node->options.clock);
	return submit_payload(node, NULL, 0, &payload, &out->record);
}

/*
 * A run.
 */

struct running {
	struct node *node;
	bool dry_run;
	int64_t now_ms;
	struct retaining rules;
	retaining_each each;
	void *context;
	struct retaining_totals *totals;
	size_t failed; /* that are left */
};

static struct retention_subject describe(
    const struct running *running, uint32_t rid)
{
	static const char *const kinds[] = { "", "hard", "soft" };
	const struct views *views = running->node->views;
	const struct view_record *view = views_get(views, rid);

	return (struct retention_subject){
		.values = { [RETENTION_TYPE] =
				views_type_name((enum view_type)view->type),
		    [RETENTION_SOURCE] = views_text(views, view->source),
		    [RETENTION_KIND] = view->kind < 3 ? kinds[view->kind] : "",
		    [RETENTION_AUTHOR] = state_author(running->node, rid) == 1
		                             ? "own"
		                             : "others" },
		.age_ms = running->now_ms - view->received_ms
	};
}

/* PROTOCOL.md M455: "What a retention rule erases MUST be erased as by a
 * person, under a logged erasure that names the rule's line." */
static enum err erase(struct running *running, const struct retaining_row *row)
{
	struct node *node = running->node;
	struct hex32 hex = text_hex_id(&views_get(node->views, row->rid)->id);
	struct erasing_result result;
	char reason[64];
	struct erasing_request request = { .record = hex.text,
		.reason = reason };
	enum err err = ERR_OK;

	(void)snprintf(
	    reason, sizeof reason, "retention rule, line %u", row->rule->line);
	err = erasing_erase(node, &request, &result);
	erasing_clear(&result);
	return err;
}

static bool may_be_due(const struct view_record *view)
{
	return view->state == RECORD_READABLE && !view->slotted &&
	       retention_of_type(
		   span_text(views_type_name((enum view_type)view->type)));
}

/* One that cannot be erased now, as when there were too many new audiences at
 * once, keeps no other from it. */
static enum err leave(struct running *running, struct retaining_row *row)
{
	struct retaining_totals *totals = running->totals;

	running->failed++;
	totals->left++;
	if (!totals->stopped[0]) {
		(void)snprintf(
		    totals->stopped, sizeof totals->stopped, "%s", err_text());
	}
	row->left = totals->stopped;
	return running->each ? running->each(running->context, row) : ERR_OK;
}

static enum err run_one(struct running *running, uint32_t rid)
{
	struct retaining_totals *totals = running->totals;
	struct retention_subject subject = describe(running, rid);
	struct retaining_row row = { .rid = rid,
		.rule = retention_match(&running->rules.rules, &subject),
		.own = state_author(running->node, rid) == 1 };
	enum err err = ERR_OK;

	totals->looked += row.rule != NULL;
	if (!row.rule || !retention_due(row.rule, subject.age_ms)) {
		return ERR_OK;
	}
	err = retaining_need(running->node, rid, &row.kept);
	if (err) {
		return err;
	}
	if (!row.kept && totals->erased + running->failed == RETAINING_RUN) {
		totals->left++;
		return ERR_OK;
	}
	totals->kept += row.kept != NULL;
	if (running->each) {
		/* Before it is gone. */
		err = running->each(running->context, &row);
	}
	if (!err && !row.kept && !running->dry_run) {
		err = erase(running, &row);
		if (err && err != ERR_MEM && !running->node->poisoned) {
			return leave(running, &row);
		}
	}
	totals->erased += !err && !row.kept;
	return err;
}

enum err retaining_run(struct node *node, bool dry_run, retaining_each each,
    void *context, struct retaining_totals *totals)
{
	struct running running = { .node = node,
		.dry_run = dry_run,
		.now_ms = clock_wall_ms(node->options.clock),
		.each = each,
		.context = context,
		.totals = totals };
	uint32_t count = (uint32_t)views_count(node->views);
	uint32_t rid = 0;
	enum err err = retaining_load(node, &running.rules);

	*totals = (struct retaining_totals){ 0 };
	if (!err && id_is_zero(&running.rules.record)) {
		err = err_set(ERR_NOTFOUND,
		    "no retention rules are set: see `qsg retention set`");
	}
	if (!err && !dry_run) {
		err = submit_may_sign(node);
	}
	/* What is said in this run comes after all there was. */
	while (!err && (rid = views_next(node->views, rid)) != 0 &&
	       views_holder(node->views, rid) <= count) {
		if (may_be_due(views_get(node->views, rid))) {
			err = run_one(&running, rid);
		}
	}
	retaining_clear(&running.rules);
	return err;
}

/*
 * Daily.
 */

void retaining_set_time(struct node *node, int minute)
{
	node->retention_minute = minute;
}

static int minute_of(int64_t now_ms)
{
	struct when now = when_london(now_ms); /* 22 Nov 2026 07:46:24 GMT */
	const char *colon = strchr(now.text, ':');

	if (!colon || colon - now.text < 2) {
		return 0;
	}
	return ((colon[-2] - '0') * 10 + (colon[-1] - '0')) * 60 +
	       (colon[1] - '0') * 10 + (colon[2] - '0');
}

/* PROTOCOL.md M456: "A node that serves MUST apply the rules in force once a
 * day, at the time that its organisation set." */
void retaining_tick(struct node *node)
{
	int64_t now_ms = clock_wall_ms(node->options.clock);
	struct when today = when_date(now_ms);
	struct retaining_totals totals;
	enum err err = ERR_OK;

	if (node->retention_minute < 0 || !node->may_sign ||
	    strcmp(node->retention_day, today.text) == 0 ||
	    minute_of(now_ms) < node->retention_minute) {
		return;
	}
	(void)snprintf(node->retention_day, sizeof node->retention_day, "%.10s",
	    today.text);
	err = retaining_run(node, false, NULL, NULL, &totals);
	if (err && err != ERR_NOTFOUND) {
		log_line(LOG_WARN, "retention", "%s", err_text());
	} else if (!err) {
		log_line(LOG_INFO, "retention",
		    "%llu records erased by rule, %llu kept, %llu left for "
		    "the next run",
		    (unsigned long long)totals.erased,
		    (unsigned long long)totals.kept,
		    (unsigned long long)totals.left);
	}
}
