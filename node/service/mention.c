#include "service/mention.h"

#include "base/log.h"
#include "ledger/range.h"
#include "ledger/subtree.h"
#include "service/disown.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_MS (10LL * 60LL * 1000LL) /* of the sum, in the store */
#define STEP_MS (60LL * 1000LL)        /* longer between ticks is not counted */

/*
 * In the store.
 */

enum err mention_encode(const struct checkpoint *head, struct span note,
    const struct merkle_nodes *peaks, struct buf *out)
{
	enum err err = buf_u64(out, head->size);

	if (!err) {
		err = buf_append(out, span_id(&head->root));
	}
	if (!err) {
		err = buf_u32(out, (uint32_t)note.size);
	}
	if (!err) {
		err = buf_append(out, note);
	}
	for (size_t i = 0; i < peaks->count && !err; i++) {
		err = buf_append(out, span_id(&peaks->items[i].hash));
	}
	return err;
}

enum err mention_decode(struct span bytes, struct checkpoint *head,
    struct buf *note, struct merkle_nodes *peaks)
{
	struct reader in = reader_of(bytes);
	struct range rest = { 0, 0 };
	enum err err = ERR_OK;

	head->size = reader_u64(&in);
	reader_copy(&in, head->root.b, sizeof head->root.b);
	/* Written before notes were kept: there is no more. */
	if (in.left.size) {
		err = buf_append(note, reader_span(&in, reader_u32(&in)));
	}
	rest.length = in.bad ? 0 : head->size;
	while (!err && rest.length && in.left.size) {
		struct range peak = range_first(rest);
		struct id32 hash;

		reader_copy(&in, hash.b, sizeof hash.b);
		err = merkle_nodes_add(
		    peaks, range_level(peak), range_index(peak), &hash);
		rest.start += peak.length;
		rest.length -= peak.length;
	}
	return !err && !reader_done(&in)
	           ? err_set(ERR_CORRUPT, "a head that was kept is short")
	           : err;
}

static enum err key_of(bool claim, int64_t log, struct buf *key)
{
	return claim ? buf_printf(key, STATE_CLAIM_KEY, (long long)log)
	             : buf_printf(key, STATE_UNPROVEN_KEY, (long long)log);
}

static enum err get(struct node *node, bool claim, int64_t log, struct buf *out)
{
	struct buf key = { 0 };
	enum err err = key_of(claim, log, &key);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), out);
	}
	buf_clear(&key);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err set(
    struct node *node, bool claim, int64_t log, struct span value)
{
	struct buf key = { 0 };
	enum err err = key_of(claim, log, &key);

	if (!err) {
		err = db_meta_set(node->db, buf_text(&key), value);
	}
	buf_clear(&key);
	return err;
}

/* The size of a head whose place another took. */
static enum err load_overtaken(struct node *node, struct state_log *log)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err =
	    buf_printf(&key, STATE_OVERTAKEN_KEY, (long long)log->log);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), &value);
	}
	if (!err) {
		struct reader in = reader_of(buf_span(&value));

		log->overtaken = reader_u64(&in);
		err = reader_done(&in)
		          ? ERR_OK
		          : err_set(ERR_CORRUPT, "a head's size is short");
	}
	buf_clear(&value);
	buf_clear(&key);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

enum err mention_load(struct node *node, struct state_log *log)
{
	struct buf value = { 0 };
	enum err err = get(node, true, log->log, &value);

	log->claim.head = log->head;
	log->claim.head.size = 0;
	if (!err && value.size) {
		err = mention_decode(buf_span(&value), &log->claim.head,
		    &log->claim.note, &log->claim.peaks);
	}
	buf_reset(&value);
	if (!err) {
		err = get(node, false, log->log, &value);
	}
	if (!err && value.size) {
		struct reader in = reader_of(buf_span(&value));

		log->unproven_ms = (int64_t)reader_u64(&in);
		log->unproven_rid = (uint32_t)reader_u64(&in);
		log->unproven_kept_ms = log->unproven_ms;
		log->unjoined_ms = log->unproven_ms;
		log->claim_ms = log->unproven_ms;
		err = reader_done(&in) && log->unproven_ms >= 0
		          ? ERR_OK
		          : err_set(ERR_CORRUPT, "a sum of time is short");
	}
	if (!err) {
		err = load_overtaken(node, log);
	}
	if (err) {
		err =
		    err_wrap(err, "meta rows of log %lld", (long long)log->log);
	}
	buf_clear(&value);
	return err;
}

/* Remember the head that was mentioned, or with size 0 that it is settled. */
static enum err write_claim(struct node *node, struct state_log *log)
{
	struct buf value = { 0 };
	enum err err = state_begin(node);

	if (!err) {
		err = mention_encode(&log->claim.head,
		    buf_span(&log->claim.note), &log->claim.peaks, &value);
	}
	if (!err) {
		err = set(node, true, log->log, buf_span(&value));
	}
	buf_clear(&value);
	return state_poison(node, err);
}

static enum err drop_claim(struct node *node, struct state_log *log)
{
	log->claim.head.size = 0;
	log->claim_ms = 0;
	buf_reset(&log->claim.note);
	merkle_nodes_reset(&log->claim.peaks);
	return write_claim(node, log);
}

/*
 * Telling.
 */

/* For each log, by its number - 1: does the peer read a stream of it? One look
 * at each stream, however many logs there are. */
static bool *shared_logs(const struct node *node, const struct peer *peer)
{
	bool *shared = calloc(node->log_count + 1, sizeof *shared);

	for (size_t i = 0; shared && i < node->stream_count; i++) {
		bool *log = &shared[node->streams[i].row.log - 1];

		if (!*log) {
			*log = state_reads(
			    &node->streams[i], &peer->card.organisation);
		}
	}
	return shared;
}

bool mention_next(
    struct node *node, const struct peer *peer, size_t *place, Qsg__Head *out)
{
	bool *shared = shared_logs(node, peer);
	bool found = false;

	while (shared && !found && *place < node->log_count) {
		struct state_log *log = &node->logs[(*place)++];

		if (log->org == 1 || log->org == peer->org || !log->head.size ||
		    !shared[log->log - 1]) {
			continue;
		}
		qsg__head__init(out);
		out->author.data = log->head.author.b;
		out->author.len = sizeof log->head.author.b;
		out->generation.data = log->head.generation.b;
		out->generation.len = sizeof log->head.generation.b;
		out->checkpoint.data = log->note.data;
		out->checkpoint.len = log->note.size;
		found = true;
	}
	free(shared);
	return found;
}

/*
 * Hearing.
 */

static enum err keep_claim(struct taking *taking, struct state_log *log)
{
	enum err err = ERR_OK;

	/* One at a time, or whoever owes a proof could put it off for ever by
	 * showing another head. */
	if (log->claim.head.size) {
		return ERR_OK;
	}
	log->claim.head = taking->head;
	log->claim.org = taking->peer->org;
	merkle_nodes_reset(&log->claim.peaks);
	buf_reset(&log->claim.note);
	err = buf_append(&log->claim.note, taking->note);
	return err ? err : write_claim(taking->node, log);
}

/* Compare a head with ours. */
static enum err compare(
    struct taking *taking, struct state_log *log, struct mention_ask *ask)
{
	const struct checkpoint *head = &taking->head;
	bool older = head->size < log->head.size;
	struct id32 root;
	enum err err = ERR_OK;

	if (!head->size || !log->head.size || head->size == log->head.size) {
		return ERR_OK; /* of one size their roots were compared */
	}
	if (older) {
		err = merkle_tree_root(log->tree, head->size, &root);
		if (!err && id_equal(&root, &head->root)) {
			return ERR_OK;
		}
	}
	ask->author = log->head.author;
	ask->generation = log->head.generation;
	ask->size = older ? head->size : log->head.size;
	if (older && !err) {
		/* Their peaks will show it to others. */
		err = keep_claim(taking, log);
		return err ? err : taking_split(taking, log);
	}
	return keep_claim(taking, log);
}

enum err mention_take(struct node *node, struct peer *peer,
    const Qsg__Head *head, struct mention_ask *ask)
{
	struct replica_taken out = { 0 };
	struct taking taking = { .node = node,
		.peer = peer,
		.out = &out,
		.now_ms = clock_wall_ms(node->options.clock) };
	struct taking_names names = { .author = span_of(
					  head->author.data, head->author.len),
		.generation =
		    span_of(head->generation.data, head->generation.len) };
	struct span note = span_of(head->checkpoint.data, head->checkpoint.len);
	struct state_log *log = NULL;
	enum err err = taking_find_author(&taking, &names);

	ask->size = 0;
	if (err == ERR_DENIED) {
		return ERR_OK; /* nobody we know */
	}
	if (!err) {
		log = state_log_of(node, &taking.author->card.organisation,
		    &taking.generation);
	}
	if (!err && (!log || log->split)) {
		return ERR_OK;
	}
	if (!err) {
		err = taking_check_head(&taking, note, log);
	}
	if (!err) {
		err = compare(&taking, log, ask);
	}
	if (taking_peers_fault(err)) {
		replica_reject(node, peer, out.code[0] ? out.code : "refused",
		    out.reason, note);
	}
	taking_clear(&taking);
	return err;
}

bool mention_wanted(struct node *node, const struct peer *author, bool first,
    size_t *place, struct mention_ask *ask)
{
	while (*place < node->log_count) {
		const struct state_log *log = &node->logs[(*place)++];
		uint64_t owed = log->claim.head.size ? log->claim.head.size
		                                     : log->unjoined.size;

		if (log->org != author->org || log->org == 1 || !owed ||
		    log->split || !log->head.size) {
			continue;
		}
		ask->author = log->head.author;
		ask->generation = log->head.generation;
		ask->size =
		    !first && owed < log->head.size ? owed : log->head.size;
		return true;
	}
	return false;
}

/*
 * Settling.
 */

enum err mention_settle(struct taking *taking, struct state_log *log)
{
	struct id32 root;
	enum err err = ERR_OK;

	if (!log->claim.head.size || log->claim.head.size > log->head.size) {
		return ERR_OK;
	}
	err = merkle_tree_root(log->tree, log->claim.head.size, &root);
	if (err == ERR_NOTFOUND) {
		return ERR_OK;
	}
	if (err) {
		return err;
	}
	return id_equal(&root, &log->claim.head.root)
	           ? drop_claim(taking->node, log)
	           : taking_split(taking, log);
}

/* The peaks of a message against what is known of ours. */
static bool peaks_differ(const struct taking *taking, struct state_log *log)
{
	for (size_t i = 0; i < taking->peaks.count; i++) {
		const struct merkle_node *peak = &taking->peaks.items[i];
		struct id32 ours;

		if (!merkle_tree_node(
			log->tree, peak->level, peak->index, &ours) &&
		    !id_equal(&ours, &peak->hash)) {
			return true;
		}
	}
	return false;
}

static enum err keep_peaks(struct taking *taking, struct state_log *log)
{
	enum err err = ERR_OK;

	merkle_nodes_reset(&log->claim.peaks);
	for (size_t i = 0; i < taking->peaks.count && !err; i++) {
		const struct merkle_node *peak = &taking->peaks.items[i];

		err = merkle_nodes_add(
		    &log->claim.peaks, peak->level, peak->index, &peak->hash);
	}
	return err ? err : write_claim(taking->node, log);
}

enum err mention_apart(struct taking *taking, struct state_log *log,
    const struct checkpoint *from, const struct merkle_nodes *places)
{
	enum err err = ERR_OK;

	/* Our own head continues in it, and what else is known does not: the
	 * author signed that too. */
	if (from == &log->head || peaks_differ(taking, log)) {
		return taking_split(taking, log);
	}
	if (from == &log->claim.head) {
		err = keep_peaks(taking, log);
	}
	if (err || taking->head.size != log->head.size) {
		return err; /* it is still to be joined to ours */
	}
	merkle_nodes_reset(&taking->learned);
	for (size_t i = 0; i < places->count && !err; i++) {
		const struct merkle_node *node = &places->items[i];

		err = merkle_nodes_add(
		    &taking->learned, node->level, node->index, &node->hash);
	}
	if (!err) {
		err = taking_learn(taking, log);
	}
	return err ? err : taking_join_waiting(taking, log);
}

/*
 * The obligation to prove.
 */

static enum err write_sum(struct node *node, struct state_log *log)
{
	struct buf value = { 0 };
	enum err err = state_begin(node);

	log->unproven_kept_ms = log->unproven_ms;
	if (!err) {
		err = buf_u64(&value, (uint64_t)log->unproven_ms);
	}
	if (!err) {
		err = buf_u64(&value, log->unproven_rid);
	}
	if (!err) {
		err = set(node, false, log->log, buf_span(&value));
	}
	buf_clear(&value);
	return state_poison(node, err);
}

static void add_time(int64_t *sum, bool owed, int64_t passed)
{
	*sum = owed ? *sum + passed : 0;
}

/* PROTOCOL.md M268: "The time of M223 MUST be counted for each head apart, and
 * MUST NOT be counted for a generation that has ended." */
static void sum_up(struct node *node, struct state_log *log, int64_t passed)
{
	bool counts =
	    peers_get(node, log->org)->connected && !disown_ended(node, log);
	int64_t more = counts ? passed : 0;

	add_time(&log->unjoined_ms, log->unjoined.size != 0, more);
	add_time(&log->claim_ms, log->claim.head.size != 0, more);
	log->unproven_ms =
	    log->unjoined_ms > log->claim_ms ? log->unjoined_ms : log->claim_ms;
}

/* PROTOCOL.md M223: "Once a head has not been joined while its author was in
 * session for 24 hours in sum, records that are taken of it MUST be shown as
 * not proven until it is joined." */
static enum err count_time(
    struct node *node, struct state_log *log, int64_t passed)
{
	const struct peer *author = peers_get(node, log->org);

	if (!log->unjoined.size && !log->claim.head.size && !log->unproven_ms) {
		return ERR_OK;
	}
	sum_up(node, log, passed);
	if (log->unproven_ms < MENTION_PROOF_MS && log->unproven_rid) {
		log->unproven_rid = 0;
		return write_sum(node, log);
	}
	if (log->unproven_ms >= MENTION_PROOF_MS && !log->unproven_rid) {
		log->unproven_rid = (uint32_t)views_count(node->views) + 1;
		log_line(LOG_ERROR, "replica",
		    "%s has not joined a head of its log for a day in session: "
		    "its records are not proven",
		    author->card.fields->name);
		return write_sum(node, log);
	}
	return log->unproven_ms < log->unproven_kept_ms ||
	               log->unproven_ms - log->unproven_kept_ms >= KEEP_MS
	           ? write_sum(node, log)
	           : ERR_OK;
}

void mention_tick(struct node *node)
{
	int64_t now = clock_steady_ms(node->options.clock);
	int64_t passed = now - node->unproven_tick_ms;

	if (passed < 1000) {
		return;
	}
	node->unproven_tick_ms = now;
	for (size_t i = 1; i < node->log_count; i++) {
		if (count_time(node, &node->logs[i],
			passed > STEP_MS ? STEP_MS : passed)) {
			log_line(
			    LOG_WARN, "replica", "not kept: %s", err_text());
			return;
		}
	}
}

bool mention_proven(struct node *node, uint32_t rid)
{
	const struct view_record *view = NULL;
	const struct state_log *log = NULL;

	rid = views_holder(node->views, rid);
	view = views_get(node->views, rid);
	log = state_log(node, state_stream(node, view->stream)->row.log);
	return !log->unproven_rid || rid < log->unproven_rid;
}
