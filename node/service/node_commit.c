#include "base/log.h"
#include "service/activity.h"
#include "service/erasing.h"
#include "service/groups.h"
#include "service/home.h"
#include "service/load.h"
#include "service/node_mark.h"
#include "service/recovery.h"
#include "service/reread.h"
#include "service/sent.h"
#include "service/state.h"
#include "service/successor.h"

#include <stdio.h>
#include <stdlib.h>

/* Sign the head that the staged records make. */
static enum err stage_head(
    struct node *node, struct checkpoint *head, struct buf *note)
{
	struct state_log *own = state_own_log(node);
	struct log_row row = { .log = own->log, .org = own->org };
	enum err err = ERR_OK;

	*head = own->head;
	head->size = node->own_size;
	err = reread_staged(node);
	if (!err) {
		err = merkle_tree_root(own->tree, head->size, &head->root);
	}
	if (!err) {
		err = checkpoint_sign(node->options.keystore, head, note);
	}
	if (!err) {
		row.generation = head->generation;
		row.size = head->size;
		row.root = head->root;
		row.note = buf_span(note);
		err = logs_set_head(node->db, &row);
	}
	return err;
}

static enum err stage_streams(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->staged_count && !err; i++) {
		struct state_stream *stream = NULL;

		if (node->staged[i].kind != NODE_STREAM_GREW) {
			continue;
		}
		stream = state_stream(node, node->staged[i].stream);
		if (stream->dirty) {
			err = logs_set_stream(node->db, &stream->row);
			stream->dirty = false;
		}
	}
	return err;
}

/* The records are durable but must not be released: no more is signed until a
 * start finds the mark writable again. */
static enum err lose_mark(struct node *node)
{
	node->may_sign = false;
	node->start.signing = STATE_STOPPED;
	node->held_back = true;
	for (size_t i = 0; i < node->staged_count; i++) {
		if (node->staged[i].kind == NODE_STREAM_GREW) {
			state_stream(node, node->staged[i].stream)->grew_first =
			    0;
		}
	}
	node->staged_count = 0;
	(void)snprintf(node->why_not, sizeof node->why_not,
	    "the high-water mark cannot be written: %.180s", err_text());
	log_line(LOG_ERROR, "node", "%s", node->why_not);
	return err_set(ERR_STATE, "stored, but held back: %s", node->why_not);
}

/* To the new generation, or to the head that was signed. */
static enum err move_mark(struct node *node, const struct checkpoint *head)
{
	struct mark_head next = { 0 };
	struct buf path = { 0 };
	enum err err = ERR_OK;

	if (node->successor.pending && node->successor.begins) {
		successor_mark(node, &next);
	} else if (head) {
		next = (struct mark_head){ .generation = head->generation,
			.size = head->size,
			.root = head->root };
	} else {
		return ERR_OK;
	}
	if (node->mark) {
		err = mark_advance(node->mark, &next);
	} else {
		err = home_path(node->home, "mark", &path);
		if (!err) {
			err = mark_replace(buf_text(&path), &next, &node->mark);
		}
	}
	buf_clear(&path);
	if (!err) {
		recovery_marked(node);
	}
	return err;
}

/* PROTOCOL.md M180: "A node MUST make a commit durable, then advance the
 * high-water mark, and only then answer, send or acknowledge anything of it."
 */
static enum err commit_all(struct node *node, bool *durable)
{
	int64_t log = node->own_log;
	bool grew =
	    node->own_size > state_own_log(node)->head.size && !node->held_back;
	struct checkpoint head = state_own_log(node)->head;
	struct buf note = { 0 };
	enum err err = node->poisoned;

	if (!err && grew && !node->may_sign) {
		err = err_set(ERR_STATE, "%s", node->why_not);
	}
	if (!err) {
		err = stage_streams(node);
	}
	if (!err && grew) {
		err = stage_head(node, &head, &note);
	}
	if (!err && node->successor.pending) {
		err = successor_write(node, &head);
	}
	if (!err) {
		err = db_commit(node->db);
		*durable = !err;
	}
	if (!err) {
		err = move_mark(node, grew ? &head : NULL);
	}
	if (!err && grew) {
		struct state_log *own = state_log(node, log);

		own->head = head;
		buf_clear(&own->note);
		own->note = note;
		note = (struct buf){ 0 };
	}
	if (!err && node->successor.pending) {
		successor_done(node);
	}
	buf_clear(&note);
	return err && *durable ? lose_mark(node) : err;
}

/* What was staged becomes events; each stream once, from its first new
 * number. */
static enum err release_events(struct node *node)
{
	size_t need = node->event_count + node->staged_count;

	if (node->event_next == node->event_count) {
		node->event_next = node->event_count = 0;
		need = node->staged_count;
	}
	if (need > node->event_capacity) {
		struct node_event *grown =
		    realloc(node->events, need * 2 * sizeof *grown);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		node->events = grown;
		node->event_capacity = need * 2;
	}
	for (size_t i = 0; i < node->staged_count; i++) {
		struct node_event event = node->staged[i];

		if (event.kind == NODE_STREAM_GREW) {
			struct state_stream *stream =
			    state_stream(node, event.stream);

			event.first = stream->grew_first;
			stream->grew_first = 0;
		}
		node->events[node->event_count++] = event;
	}
	node->staged_count = 0;
	if (!node->held_back) {
		node->committed_rid = (uint32_t)views_count(node->views);
	}
	return ERR_OK;
}

/* Memory goes back to what the disk says; what was held back stays so. */
static enum err undo(struct node *node)
{
	struct checkpoint head = state_own_log(node)->head;
	struct buf note = state_own_log(node)->note;
	uint32_t released = node->committed_rid;
	enum err err = ERR_OK;

	state_own_log(node)->note = (struct buf){ 0 };
	successor_undone(node);
	node->drafts = true; /* those recorded just now are there again */
	db_rollback(node->db);
	load_drop(node);
	err = load_memory(node, false);
	if (!err && node->held_back) {
		node->committed_rid = released;
	}
	if (!err && node->held_back &&
	    generation_equal(
		&state_own_log(node)->head.generation, &head.generation)) {
		struct state_log *own = state_own_log(node);
		struct buf newer = own->note;

		own->head = head;
		own->note = note;
		note = newer;
	}
	buf_clear(&note);
	return err;
}

bool node_staged(const struct node *node)
{
	return node->db && db_in_transaction(node->db);
}

/* PROTOCOL.md M338: "What follows from a record of a group for peers and
 * streams MUST be made durable in one transaction with it." What fails dooms
 * it. */
static void settle(struct node *node)
{
	enum err err = ERR_OK;

	if (!node->poisoned) {
		err = groups_settle(node);
		/* What it poisoned itself stays so. */
		node->poisoned = node->poisoned ? node->poisoned : err;
	}
	if (!node->poisoned) {
		err = erasing_settle(node);
		node->poisoned = node->poisoned ? node->poisoned : err;
	}
}

enum err node_commit(struct node *node)
{
	bool durable = false;
	enum err err = ERR_OK;
	char why[320];

	if (!node_staged(node)) {
		return ERR_OK;
	}
	settle(node);
	err = commit_all(node, &durable);
	sent_committed(node->sent, durable);
	activity_committed(node, durable);
	if (!err && node->card_changed) {
		/* For people; the next start writes it too. */
		node->card_changed = false;
		if (home_write_card(node->home, node_card(node))) {
			log_line(LOG_WARN, "node", "card.pub: %s", err_text());
		}
	}
	if (durable) {
		erasing_committed(node);
	}
	if (!err) {
		node->full_ms = 0;
		return release_events(node);
	}
	if (durable) {
		return err;
	}
	(void)snprintf(why, sizeof why, "%s", err_text());
	log_line(LOG_ERROR, "node", "commit failed, undone: %s", why);
	if (err == ERR_FULL) {
		node->full_ms = clock_wall_ms(node_clock(node));
		(void)snprintf(why, sizeof why,
		    "the disk is full, and nothing of this was kept: free some "
		    "and try again");
	}
	if (undo(node)) {
		/* Without memory that fits the disk nothing may go on: the
		 * next start reads it anew. */
		log_line(LOG_ERROR, "node", "cannot read the home back: %s",
		    err_text());
		abort();
	}
	if (node->mark && node->may_sign) {
		node_mark_judge(node);
	}
	if (node->ended && (recovery_keep(node) || db_commit(node->db))) {
		/* What was undone was also the note of it. */
		log_line(LOG_ERROR, "node", "not kept: %s", err_text());
	}
	return err_set(err, "%s", why);
}

bool node_next_event(struct node *node, struct node_event *out)
{
	if (node->event_next >= node->event_count) {
		return false;
	}
	*out = node->events[node->event_next++];
	return true;
}
