#define _POSIX_C_SOURCE 200809L

#include "service/node.h"

#include "base/fs.h"
#include "base/log.h"
#include "service/activity.h"
#include "service/groups.h"
#include "service/home.h"
#include "service/load.h"
#include "service/node_mark.h"
#include "service/receipts.h"
#include "service/recovery.h"
#include "service/sent.h"
#include "service/state.h"
#include "store/tally.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err open_tally(struct node *node)
{
	enum tally_start start = TALLY_HELD;
	enum err err = tally_open(
	    node->db, node->options.keystore, node->options.rng, &start);

	if (!err && start == TALLY_MADE) {
		log_line(LOG_WARN, "node",
		    "rows are tallied from now on: this home was made by an"
		    " earlier version");
	} else if (!err && start == TALLY_LOST) {
		log_line(LOG_ERROR, "node",
		    "the tally of rows is missing or does not open: rows may"
		    " have been deleted or changed");
	}
	return err;
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
		err = open_tally(node);
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
	node->retention_minute = -1;
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
		node_mark_judge(node);
		err = node_mark_catch_up(node);
	}
	if (!err) {
		recovery_open(node);
		err = groups_settle(node);
	}
	if (!err) {
		err = node_commit(node);
	}
	if (!err) {
		/* The last run may have ended right after such a commit. */
		err = db_fold(node->db);
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
	activity_free(node);
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

int64_t node_disk_full_ms(const struct node *node)
{
	return node->full_ms;
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
