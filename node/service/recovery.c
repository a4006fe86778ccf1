#define _POSIX_C_SOURCE 200809L

#include "service/recovery.h"

#include "base/log.h"
#include "service/drafting.h"
#include "service/home.h"
#include "service/state.h"
#include "service/successor.h"
#include "store/drafts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MET_MS (30LL * 86400LL * 1000LL)
#define RETRY_MS 10000LL
#define HEAD_BYTES 48u

static int64_t now_ms(const struct node *node)
{
	return clock_steady_ms(node->options.clock);
}

/*
 * What was heard, across restarts.
 */

static enum err keep_heads(struct node *node)
{
	const struct state_heard *heard = &node->heard;
	struct buf value = { 0 };
	enum err err = ERR_OK;

	if (!heard->count) {
		return ERR_OK;
	}
	for (size_t i = 0; i < heard->count && !err; i++) {
		const struct checkpoint *head = &heard->heads[i];

		err = buf_append(&value, span_of(head->generation.b, 8));
		if (!err) {
			err = buf_u64(&value, head->size);
		}
		if (!err) {
			err = buf_append(&value, span_id(&head->root));
		}
	}
	if (!err) {
		err = db_meta_set(node->db, STATE_HEARD_KEY, buf_span(&value));
	}
	buf_clear(&value);
	return err;
}

static enum err keep_card(struct node *node)
{
	struct buf sealed = { 0 };
	enum err err = ERR_OK;

	if (!node->heard.card.fields) {
		return ERR_OK;
	}
	err = keystore_seal(node->options.keystore, node->options.rng,
	    STATE_HEARD_LABEL, buf_span(&node->heard.card.signed_bytes),
	    &sealed);
	if (!err) {
		err = db_meta_set(
		    node->db, STATE_HEARD_CARD_KEY, buf_span(&sealed));
	}
	buf_clear(&sealed);
	return err;
}

enum err recovery_keep(struct node *node)
{
	enum err err = ERR_OK;

	if (node->ended) {
		err = db_meta_set(
		    node->db, STATE_ENDED_KEY, span_text(node->why_not));
	}
	if (!err) {
		err = keep_heads(node);
	}
	return err ? err : keep_card(node);
}

static void keep(struct node *node)
{
	if (recovery_keep(node)) {
		log_line(LOG_ERROR, "recovery", "not kept: %s", err_text());
	}
}

static void load_heads(struct node *node)
{
	struct state_heard *heard = &node->heard;
	struct buf value = { 0 };

	if (!db_meta_get(node->db, STATE_HEARD_KEY, &value)) {
		for (size_t at = 0; at + HEAD_BYTES <= value.size &&
				    heard->count < STATE_HEARD;
		     at += HEAD_BYTES) {
			struct checkpoint *head = &heard->heads[heard->count];

			heard->orgs[heard->count++] = 0;

			head->author = *node_id(node);
			memcpy(head->generation.b, value.data + at, 8);
			head->size = bytes_get_u64(value.data + at + 8);
			memcpy(head->root.b, value.data + at + 16, 32);
		}
	}
	buf_clear(&value);
}

static void load_heard(struct node *node)
{
	struct buf value = { 0 };
	struct buf bytes = { 0 };

	load_heads(node);
	if (!db_meta_get(node->db, STATE_HEARD_CARD_KEY, &value) &&
	    value.size &&
	    (keystore_unseal(node->options.keystore, STATE_HEARD_LABEL,
		 buf_span(&value), &bytes) ||
		card_parse(buf_span(&bytes), &node->heard.card))) {
		/* Peers will give it again. */
		log_line(LOG_WARN, "recovery", "a card of ours is lost: %s",
		    err_text());
		memset(&node->heard.card, 0, sizeof node->heard.card);
	}
	buf_clear(&value);
	buf_clear(&bytes);
}

/*
 * The copy of the mark.
 */

static void drop_copy(struct node *node)
{
	mark_close(node->start.copy);
	node->start.copy = NULL;
	/* One that lags would let an old copy of the home sign. */
	if (unlink(node->options.mark_copy)) {
		log_line(LOG_WARN, "recovery", "no copy of the mark is kept");
	}
}

void recovery_marked(struct node *node)
{
	struct state_start *start = &node->start;
	const char *path = node->options.mark_copy;
	enum err err = ERR_OK;

	if (!path || !node->mark || start->signing != STATE_SIGNS) {
		return;
	}
	err = start->copy
	          ? mark_advance(start->copy, mark_head(node->mark))
	          : mark_replace(path, mark_head(node->mark), &start->copy);
	if (err) {
		log_line(LOG_WARN, "recovery", "%s", err_text());
		drop_copy(node);
	}
}

enum copy_says { COPY_NOTHING, COPY_AGREES, COPY_IS_NEWER };

/* PROTOCOL.md M231: "A copy of the mark MUST lie where a restart of the machine
 * loses it, and MUST count only if it is of the mark's generation and names a
 * head that the log contains and that is not newer than the mark's." */
static enum copy_says judge_copy(struct node *node)
{
	const struct state_log *own = state_own_log(node);
	const struct mark_head *mark = mark_head(node->mark);
	const struct mark_head *copy = NULL;
	struct mark *file = NULL;
	struct id32 root;
	enum copy_says says = COPY_AGREES;

	if (!node->options.mark_copy ||
	    mark_open(node->options.mark_copy, &file)) {
		return COPY_NOTHING;
	}
	copy = mark_head(file);
	if (!generation_equal(&copy->generation, &mark->generation)) {
		says = card_generation(node_card(node), &copy->generation)
		           ? COPY_NOTHING
		           : COPY_IS_NEWER;
	} else if (copy->size > mark->size ||
		   merkle_tree_root(own->tree, copy->size, &root) ||
		   !id_equal(&root, &copy->root)) {
		says = COPY_IS_NEWER;
	}
	if (says == COPY_AGREES) {
		node->start.copy = file;
	} else {
		mark_close(file);
	}
	return says;
}

/*
 * Starting.
 */

static bool met_lately(const struct node *node, const struct peer *peer)
{
	return peer->seen_ms && peers_admitted(peer) &&
	       clock_wall_ms(node->options.clock) - peer->seen_ms < MET_MS;
}

/* Those met in the last 30 days; where there are none, all. */
static enum err await_peers(struct node *node)
{
	struct state_start *start = &node->start;
	bool any = false;

	start->awaited = calloc(node->peer_count * 2, sizeof(bool));
	if (!start->awaited) {
		return err_set(ERR_MEM, "out of memory");
	}
	start->answered = start->awaited + node->peer_count;
	start->count = node->peer_count;
	for (size_t i = 1; i < start->count; i++) {
		start->awaited[i] = met_lately(node, node->peers[i]);
		any = any || start->awaited[i];
	}
	for (size_t i = 1; i < start->count && !any; i++) {
		start->awaited[i] = peers_admitted(node->peers[i]);
	}
	return ERR_OK;
}

static void count_answers(
    const struct node *node, size_t *awaited, size_t *answered)
{
	const struct state_start *start = &node->start;

	*awaited = *answered = 0;
	for (size_t i = 1; i < start->count; i++) {
		*awaited += start->awaited[i];
		*answered += start->awaited[i] && start->answered[i];
	}
}

/* PROTOCOL.md M230: "After a start without a copy of the mark that agrees, a
 * node MUST NOT sign before more than half of the peers it met in the last 30
 * days have answered or the time it waits for them is over." */
static bool waited_enough(const struct node *node)
{
	size_t awaited = 0;
	size_t answered = 0;

	count_answers(node, &awaited, &answered);
	return awaited == 0 || answered * 2 > awaited ||
	       now_ms(node) >= node->start.until_ms;
}

/* Nobody can hold a head of ours that we lack. */
static bool exempt(const struct node *node)
{
	return node->peer_count < 2 ||
	       (node_card(node)->fields->n_generations == 1 &&
		   state_own_log(node)->head.size == 0);
}

static void wait_for_peers(struct node *node)
{
	node->start.signing = STATE_WAITS;
	node->may_sign = false;
	(void)snprintf(node->why_not, sizeof node->why_not,
	    "after this start it waits until peers have said which of its "
	    "heads they hold; what is recorded meanwhile is kept as drafts");
}

void recovery_allow(struct node *node)
{
	node->start.signing = STATE_SIGNS;
	node->may_sign = true;
	node->why_not[0] = '\0';
	recovery_marked(node);
}

static void judge_start(struct node *node)
{
	struct state_start *start = &node->start;
	enum copy_says says = COPY_NOTHING;

	if (!node->may_sign) {
		start->signing = STATE_RECOVERS;
		return;
	}
	says = judge_copy(node);
	if (says == COPY_IS_NEWER) {
		recovery_end(node,
		    "this machine remembers a newer head of our log than this "
		    "home holds: the home is an old copy; nothing is signed");
		return;
	}
	/* PROTOCOL.md M240: "A node that a person let sign without waiting
	 * MUST show that for as long as it runs." */
	start->accepted = node->options.accept_head && says != COPY_AGREES;
	if (says == COPY_AGREES || start->accepted ||
	    !node->options.start_wait_ms || exempt(node)) {
		recovery_allow(node);
	} else {
		wait_for_peers(node);
	}
}

void recovery_open(struct node *node)
{
	struct state_start *start = &node->start;
	int64_t wait = node->options.start_wait_ms;

	load_heard(node);
	node->drafts = true;
	start->until_ms = INT64_MAX;
	if (wait >= 0 || node->options.accept_head) {
		start->until_ms =
		    now_ms(node) + (node->options.accept_head ? 0 : wait);
	}
	if (await_peers(node)) {
		log_line(LOG_ERROR, "recovery", "%s", err_text());
	}
	judge_start(node);
	if (node->heard.card.fields) {
		recovery_end(node, "a peer holds a newer card of ours: this "
				   "home is an old copy, or has been copied; "
				   "nothing is signed");
	}
}

void recovery_close(struct node *node)
{
	mark_close(node->start.copy);
	free(node->start.awaited);
	card_clear(&node->heard.card);
	card_clear(&node->successor.card);
	for (size_t i = 0; i < node->endpoint_count; i++) {
		free(node->endpoints[i]);
	}
}

/*
 * What peers say.
 */

void recovery_answered(struct node *node, const struct peer *peer)
{
	if ((size_t)peer->org <= node->start.count) {
		node->start.answered[peer->org - 1] = true;
	}
}

bool recovery_silent(const struct node *node, const struct peer *peer)
{
	size_t at = (size_t)peer->org - 1;

	return at < node->start.count && node->start.awaited[at] &&
	       !node->start.answered[at];
}

void recovery_end(struct node *node, const char *why)
{
	int64_t wait = node->options.start_wait_ms;

	node->may_sign = false;
	node->ended = true;
	if (node->start.signing != STATE_STOPPED) {
		if (node->start.signing == STATE_SIGNS && wait >= 0) {
			node->start.until_ms = now_ms(node) + wait;
		}
		node->start.signing = STATE_RECOVERS;
	}
	(void)snprintf(node->why_not, sizeof node->why_not, "%s", why);
	log_line(LOG_ERROR, "recovery", "%s", node->why_not);
	/* Staged: a restart does not take it back. */
	keep(node);
}

/* Where a head goes: over the smaller one of its peer, behind the others, or
 * over the smallest. STATE_HEARD: nowhere. */
static size_t place_for(
    const struct state_heard *heard, int64_t org, const struct checkpoint *head)
{
	size_t least = 0;

	for (size_t i = 0; i < heard->count; i++) {
		const struct checkpoint *held = &heard->heads[i];

		if (heard->orgs[i] == org &&
		    generation_equal(&held->generation, &head->generation)) {
			return held->size < head->size ? i : STATE_HEARD;
		}
		least = held->size < heard->heads[least].size ? i : least;
	}
	if (heard->count < STATE_HEARD) {
		return heard->count;
	}
	return heard->heads[least].size < head->size ? least : STATE_HEARD;
}

/* PROTOCOL.md M266: "Of a generation that it recovers a node MUST accept one
 * head a peer, the largest that the peer gave, and where there is no room for
 * all, the largest of them." */
void recovery_head(
    struct node *node, int64_t org, const struct checkpoint *head)
{
	struct state_heard *heard = &node->heard;
	size_t at = 0;

	for (size_t i = 0; i < heard->count; i++) {
		if (checkpoint_equal(&heard->heads[i], head)) {
			return;
		}
	}
	at = place_for(heard, org, head);
	if (at == STATE_HEARD) {
		return;
	}
	heard->heads[at] = *head;
	heard->orgs[at] = org;
	heard->count += at == heard->count;
	keep(node);
}

/* PROTOCOL.md M235: "A card of its own that a node did not make and that is not
 * older than its own MUST end the node's generation." */
enum err recovery_card(struct node *node, struct card *card)
{
	struct state_heard *heard = &node->heard;

	if (heard->card.fields &&
	    card_compare(&heard->card, card) != CARD_NEWER) {
		return ERR_OK;
	}
	card_clear(&heard->card);
	heard->card = *card;
	*card = (struct card){ 0 };
	recovery_end(node, "a peer holds a card of ours that this home did not "
			   "make: it is an old copy, or has been copied; "
			   "nothing is signed");
	return ERR_OK;
}

/*
 * Time.
 */

static void try(struct node *node, enum err (*act)(struct node *node))
{
	if (now_ms(node) < node->start.retry_ms) {
		return;
	}
	if (act(node)) {
		log_line(LOG_ERROR, "recovery", "%s", err_text());
		(void)snprintf(
		    node->why_not, sizeof node->why_not, "%.230s", err_text());
		node->start.retry_ms = now_ms(node) + RETRY_MS;
	}
}

static enum err publish(struct node *node)
{
	const char *list[LIMIT_ENDPOINTS] = { NULL };
	size_t count = node->endpoint_count;

	for (size_t i = 0; i < count; i++) {
		list[i] = node->endpoints[i];
	}
	node->endpoint_count = 0;
	enum err err = node_set_endpoints(node, list, count);

	for (size_t i = 0; i < count; i++) {
		free(node->endpoints[i]);
		node->endpoints[i] = NULL;
	}
	return err;
}

/* What waited for the signature. */
static void catch_up(struct node *node)
{
	/* It commits by itself, so nothing may be staged. */
	if (node->endpoint_count && !node_staged(node)) {
		try(node, publish);
	}
	if (node->heard.count && !node->successor.pending &&
	    successor_may_restate(node)) {
		try(node, successor_restate);
	}
	if (now_ms(node) >= node->start.retry_ms && drafting_flush(node)) {
		log_line(LOG_ERROR, "recovery", "drafts wait: %s", err_text());
		node->start.retry_ms = now_ms(node) + RETRY_MS;
	}
}

void recovery_tick(struct node *node)
{
	switch (node->start.signing) {
	case STATE_SIGNS:
		catch_up(node);
		break;
	case STATE_WAITS:
		if (waited_enough(node)) {
			recovery_allow(node);
		}
		break;
	case STATE_RECOVERS:
		if (waited_enough(node) && !node->successor.pending) {
			try(node, successor_recover);
		}
		break;
	case STATE_STOPPED:
		break;
	}
}

enum err recovery_describe(struct node *node, struct recovery_status *out)
{
	static const char *const names[] = {
		[STATE_SIGNS] = "signing",
		[STATE_WAITS] = "waiting",
		[STATE_RECOVERS] = "recovering",
		[STATE_STOPPED] = "stopped",
	};
	const struct state_start *start = &node->start;
	bool waits =
	    start->signing == STATE_WAITS || start->signing == STATE_RECOVERS;

	*out = (struct recovery_status){ .state = names[start->signing],
		.accepted = start->accepted,
		.left_ms = -1 };
	if (waits && start->until_ms != INT64_MAX) {
		out->left_ms = start->until_ms > now_ms(node)
		                   ? start->until_ms - now_ms(node)
		                   : 0;
	}
	count_answers(node, &out->awaited, &out->answered);
	return drafts_count(node->db, &out->drafts);
}
