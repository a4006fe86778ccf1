#define _POSIX_C_SOURCE 200809L

#include "service/node.h"

#include "base/fs.h"
#include "base/log.h"
#include "service/home.h"
#include "service/load.h"
#include "service/receipts.h"
#include "service/recovery.h"
#include "service/sent.h"
#include "service/state.h"
#include "service/successor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new generation was committed and the power went before its mark was
 * written. Nothing of it has been released: an older mark is right. */
static bool mark_of_predecessor(struct node *node, const struct mark_head *mark)
{
	const struct checkpoint *own = &state_own_log(node)->head;
	struct state_log *log =
	    state_log_of(node, node_id(node), &mark->generation);
	struct id32 root;

	return log && own->size == 0 &&
	       !generation_equal(&mark->generation, &own->generation) &&
	       mark->size <= log->head.size &&
	       !merkle_tree_root(log->tree, mark->size, &root) &&
	       id_equal(&root, &mark->root);
}

/* PROTOCOL.md M181: "With the high-water mark missing, or naming a head that
 * its log does not contain, a node MUST NOT sign anything in that generation
 * again." */
static void judge_mark(struct node *node)
{
	const struct state_log *own = state_own_log(node);
	const struct mark_head *mark = NULL;
	struct buf ended = { 0 };
	struct id32 root;

	node->may_sign = false;
	if (!db_meta_get(node->db, STATE_ENDED_KEY, &ended) && ended.size) {
		node->ended = true;
		(void)snprintf(node->why_not, sizeof node->why_not, "%.*s",
		    (int)ended.size, (const char *)ended.data);
		buf_clear(&ended);
		return;
	}
	buf_clear(&ended);
	if (!node->mark) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the high-water mark is missing or damaged: this home may "
		    "be an old copy; nothing is signed");
		return;
	}
	mark = mark_head(node->mark);
	if (mark_of_predecessor(node, mark)) {
		node->may_sign = true;
		node->why_not[0] = '\0';
		return;
	}
	if (!generation_equal(&mark->generation, &own->head.generation)) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the high-water mark is of another log generation; nothing "
		    "is signed");
		return;
	}
	if (mark->size > own->head.size ||
	    merkle_tree_root(own->tree, mark->size, &root) ||
	    !id_equal(&root, &mark->root)) {
		(void)snprintf(node->why_not, sizeof node->why_not,
		    "the records are older than the high-water mark (size "
		    "%llu, marked %llu): an old copy; nothing is signed",
		    (unsigned long long)own->head.size,
		    (unsigned long long)mark->size);
		return;
	}
	node->may_sign = true;
	node->why_not[0] = '\0';
}

/* A crash between commit and mark leaves the mark behind: nothing of that
 * commit was released, and it may be now. */
static enum err catch_up_mark(struct node *node)
{
	const struct checkpoint *head = &state_own_log(node)->head;
	struct mark_head next = { .generation = head->generation,
		.size = head->size,
		.root = head->root };

	if (!node->may_sign ||
	    (mark_head(node->mark)->size == head->size &&
		generation_equal(
		    &mark_head(node->mark)->generation, &head->generation))) {
		return ERR_OK;
	}
	return mark_advance(node->mark, &next);
}

static enum err open_files(struct node *node)
{
	struct buf path = { 0 };
	enum err err = fs_check_private_dir(node->home);

	if (!err) {
		err = home_path(node->home, "records.db", &path);
	}
	if (!err && !fs_exists(buf_text(&path))) {
		err = err_set(ERR_CORRUPT, "%s has no records.db", node->home);
	}
	if (!err) {
		err = db_open(buf_text(&path), node->options.rng, &node->db);
	}
	if (!err) {
		err = home_path(node->home, "mark", &path);
	}
	if (!err && mark_open(buf_text(&path), &node->mark)) {
		log_line(LOG_ERROR, "node", "%s", err_text());
		node->mark = NULL;
	}
	if (!err) {
		err = seal_worker_new(
		    node->options.keystore, node->options.rng, &node->worker);
	}
	buf_clear(&path);
	return err;
}

enum err node_open(const struct node_options *options, struct node **out)
{
	struct node *node = calloc(1, sizeof *node);
	enum err err = ERR_OK;

	if (!node) {
		keystore_close(options->keystore);
		return err_set(ERR_MEM, "out of memory");
	}
	node->options = *options;
	node->witness.policy = witness_default();
	node->home = strdup(options->home);
	if (!node->home) {
		err = err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		err = open_files(node);
	}
	if (!err) {
		err = load_memory(node, true);
	}
	if (!err) {
		judge_mark(node);
		err = catch_up_mark(node);
	}
	if (!err) {
		recovery_open(node);
		err = node_commit(node);
	}
	if (!err) {
		err = home_write_card(node->home, node_card(node));
	}
	if (err) {
		node_crash(node);
		return err;
	}
	*out = node;
	return ERR_OK;
}

void node_crash(struct node *node)
{
	if (!node) {
		return;
	}
	recovery_close(node);
	load_drop(node);
	receipts_free(node->receipts);
	sent_free(node->sent);
	seal_worker_free(node->worker);
	mark_close(node->mark);
	db_close(node->db);
	keystore_close(node->options.keystore);
	buf_clear(&node->scratch_header);
	buf_clear(&node->scratch_slots);
	buf_clear(&node->scratch_body);
	buf_wipe(&node->scratch_payload);
	free(node->home);
	free(node);
}

void node_close(struct node *node)
{
	struct buf path = { 0 };

	if (!node) {
		return;
	}
	if (!node_staged(node) && !home_path(node->home, "snapshot", &path) &&
	    views_save(node->views, node->options.keystore, node->options.rng,
		db_incarnation(node->db), buf_text(&path))) {
		/* Only speed is lost: the next start rebuilds the views. */
		log_line(LOG_WARN, "node", "no snapshot saved: %s", err_text());
	}
	buf_clear(&path);
	node_crash(node);
}

/* Sign the head that the staged records make. */
static enum err stage_head(
    struct node *node, struct checkpoint *head, struct buf *note)
{
	struct state_log *own = state_own_log(node);
	struct log_row row = { .log = own->log, .org = own->org };
	enum err err = ERR_OK;

	*head = own->head;
	head->size = node->own_size;
	err = merkle_tree_root(own->tree, head->size, &head->root);
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

enum err node_commit(struct node *node)
{
	bool durable = false;
	enum err err = ERR_OK;
	char why[240];

	if (!node_staged(node)) {
		return ERR_OK;
	}
	err = commit_all(node, &durable);
	sent_committed(node->sent, durable);
	if (!err && node->card_changed) {
		/* For people; the next start writes it too. */
		node->card_changed = false;
		if (home_write_card(node->home, node_card(node))) {
			log_line(LOG_WARN, "node", "card.pub: %s", err_text());
		}
	}
	if (!err) {
		return release_events(node);
	}
	if (durable) {
		return err;
	}
	(void)snprintf(why, sizeof why, "%s", err_text());
	log_line(LOG_ERROR, "node", "commit failed, undone: %s", why);
	if (undo(node)) {
		/* Without memory that fits the disk nothing may go on: the
		 * next start reads it anew. */
		log_line(LOG_ERROR, "node", "cannot read the home back: %s",
		    err_text());
		abort();
	}
	if (node->mark && node->may_sign) {
		judge_mark(node);
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

/* They are published once the node may sign. */
static enum err keep_endpoints(
    struct node *node, const char *const *endpoints, size_t count)
{
	for (size_t i = 0; i < node->endpoint_count; i++) {
		free(node->endpoints[i]);
	}
	node->endpoint_count = 0;
	for (size_t i = 0; i < count && i < LIMIT_ENDPOINTS; i++) {
		node->endpoints[i] = strdup(endpoints[i]);
		if (!node->endpoints[i]) {
			return err_set(ERR_MEM, "out of memory");
		}
		node->endpoint_count++;
	}
	return err_set(ERR_STATE, "the new addresses are in no card yet: %s",
	    node->why_not);
}

enum err node_set_endpoints(
    struct node *node, const char *const *endpoints, size_t count)
{
	const Qsg__Card *now = node_card(node)->fields;
	struct card_profile profile = { .name = now->name,
		.code = now->code,
		.kind = now->kind,
		.endpoints = endpoints,
		.endpoint_count = count,
		.version = now->version + 1,
		.generations = now->generations,
		.generation_count = now->n_generations };
	struct org_row row = { .org = 1 };
	struct card card = { 0 };
	bool same = now->n_endpoints == count;
	enum err err = ERR_OK;

	for (size_t i = 0; same && i < count; i++) {
		same = strcmp(now->endpoints[i], endpoints[i]) == 0;
	}
	if (same) {
		return ERR_OK;
	}
	/* PROTOCOL.md M233: "A node MUST NOT sign a card or a cosignature
	 * while it may not sign its log, except the card by which it
	 * recovers." */
	if (!node->may_sign) {
		return keep_endpoints(node, endpoints, count);
	}
	err = card_make(node->options.keystore, &profile, &card);
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		row.id = card.organisation;
		row.signed_card = buf_span(&card.signed_bytes);
		err = orgs_set_cards(
		    node->db, node->options.keystore, node->options.rng, &row);
	}
	if (!err) {
		struct node_event event = { .kind = NODE_PEER_CHANGED,
			.org = 1 };

		err = state_stage_event(node, &event);
	}
	if (err) {
		card_clear(&card);
		return err;
	}
	card_clear(&node->peers[0]->card);
	node->peers[0]->card = card;
	err = node_commit(node);
	if (!err) {
		err = home_write_card(node->home, node_card(node));
	}
	return err;
}

bool node_may_sign(const struct node *node, const char **why)
{
	*why = node->why_not;
	return node->may_sign;
}

const struct id32 *node_id(const struct node *node)
{
	return &node->peers[0]->card.organisation;
}

const struct card *node_card(const struct node *node)
{
	return &node->peers[0]->card;
}

const struct checkpoint *node_head(const struct node *node)
{
	return &state_own_log(node)->head;
}

struct span node_head_note(const struct node *node)
{
	return buf_span(&state_own_log(node)->note);
}

const uint8_t *node_incarnation(const struct node *node)
{
	return db_incarnation(node->db);
}

const struct clock *node_clock(const struct node *node)
{
	return node->options.clock;
}

const struct rng *node_rng(const struct node *node)
{
	return node->options.rng;
}

const struct keystore *node_keystore(const struct node *node)
{
	return node->options.keystore;
}

struct views *node_views(struct node *node)
{
	return node->views;
}
