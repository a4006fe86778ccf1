#include "service/load.h"

#include "base/fs.h"
#include "base/log.h"
#include "codec/canon.h"
#include "keys/seal.h"
#include "service/accounts.h"
#include "service/actions.h"
#include "service/alarms.h"
#include "service/changes.h"
#include "service/enrolment.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/groups.h"
#include "service/mention.h"
#include "service/payload.h"
#include "service/providers.h"
#include "service/receipts.h"
#include "service/state.h"
#include "service/summits.h"
#include "service/withheld.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 4096

static enum err corrupt(const char *what)
{
	return err_set(ERR_CORRUPT, "the records are damaged: %s", what);
}

/* Did its cards contradict each other? */
static enum err load_conflict(struct node *node, struct peer *peer)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err =
	    buf_printf(&key, STATE_CONFLICT_KEY, (long long)peer->org);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), &value);
		peer->card_conflict = !err;
	}
	buf_clear(&value);
	buf_clear(&key);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err load_standing(struct peer *peer, const struct org_row *row)
{
	peer->how = row->how;
	if (row->refused.size > LIMIT_REASON_BYTES) {
		return corrupt("a reason is too long");
	}
	if (row->refused.size) {
		memcpy(peer->refused, row->refused.data, row->refused.size);
	}
	return row->stated.size ? enrolment_restate(peer, row->stated) : ERR_OK;
}

static enum err load_org(void *context, const struct org_row *row)
{
	struct node *node = context;
	struct peer *peer = calloc(1, sizeof *peer);
	enum err err = ERR_OK;

	if (!peer) {
		return err_set(ERR_MEM, "out of memory");
	}
	peer->org = row->org;
	peer->added_ms = row->added_ms;
	peer->seen_ms = row->seen_ms;
	peer->cursor = row->cursor;
	memcpy(peer->incarnation, row->incarnation, sizeof peer->incarnation);
	err = card_parse(row->signed_card, &peer->card);
	if (!err && row->pending_card.size) {
		err = card_parse(row->pending_card, &peer->pending);
	}
	if (!err) {
		err = load_standing(peer, row);
	}
	if (!err &&
	    ((size_t)row->org != node->peer_count + 1 ||
		!id_equal(&row->id, &peer->card.organisation) ||
		(peer->pending.fields &&
		    !id_equal(&row->id, &peer->pending.organisation)))) {
		err = corrupt("organisations are not in order");
	}
	if (!err) {
		err = load_conflict(node, peer);
	}
	if (!err) {
		err = state_add_peer(node, peer);
	}
	if (err) {
		card_clear(&peer->card);
		card_clear(&peer->pending);
		buf_clear(&peer->stated);
		free(peer);
	}
	return err;
}

/* Was this log found to have two histories? */
static enum err load_split(struct node *node, struct state_log *log)
{
	struct buf key = { 0 };
	struct buf note = { 0 };
	enum err err = buf_printf(&key, STATE_SPLIT_KEY, (long long)log->log);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), &note);
		log->split = !err;
	}
	buf_clear(&note);
	buf_clear(&key);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* Its head that was still to be joined. */
static enum err load_unjoined(struct node *node, struct state_log *log)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err =
	    buf_printf(&key, STATE_UNJOINED_KEY, (long long)log->log);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), &value);
	}
	if (!err) {
		err = mention_decode(buf_span(&value), &log->unjoined,
		    &log->unjoined_note, &log->unjoined_peaks);
	}
	if (err && err != ERR_NOTFOUND) {
		err = err_wrap(err, "meta row %s", buf_text(&key));
	}
	buf_clear(&value);
	buf_clear(&key);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err load_log(void *context, const struct log_row *row)
{
	struct node *node = context;
	enum err err = ERR_OK;

	if (row->org < 1 || (size_t)row->org > node->peer_count ||
	    (size_t)row->log != node->log_count + 1) {
		return corrupt("logs are not in order");
	}
	err = state_keep_log(
	    node, row, &node->peers[row->org - 1]->card.organisation);
	if (!err) {
		err = load_split(node, state_log(node, row->log));
	}
	if (!err) {
		err = load_unjoined(node, state_log(node, row->log));
	}
	if (!err) {
		err = withheld_load(node, state_log(node, row->log));
	}
	return err ? err : mention_load(node, state_log(node, row->log));
}

/* Ours is the log of the generation that our own card ends with. */
static enum err find_own_log(struct node *node)
{
	const Qsg__LogGeneration *live =
	    card_live_generation(&node->peers[0]->card);

	node->own_log = 0;
	for (size_t i = 0; i < node->log_count; i++) {
		const struct state_log *log = &node->logs[i];

		if (log->org == 1 &&
		    memcmp(log->head.generation.b, live->generation.data,
			sizeof log->head.generation.b) == 0) {
			node->own_log = log->log;
		}
	}
	return node->own_log ? ERR_OK
	                     : err_wrap(corrupt("our live log is missing"),
				   "log of org row 1");
}

static enum err load_node(
    void *context, int64_t log, const struct merkle_node *merkle)
{
	struct node *node = context;

	if (log < 1 || (size_t)log > node->log_count) {
		return corrupt("a tree node of no log");
	}
	node->accounts[state_log(node, log)->org - 1].bytes += STATE_NODE_COST;
	return merkle_tree_add(state_log(node, log)->tree, merkle->level,
		   merkle->index, &merkle->hash)
	           ? corrupt("a tree node that does not fit its log")
	           : ERR_OK;
}

static enum err load_stream(void *context, const struct stream_row *row)
{
	struct node *node = context;
	struct stream_row whole = *row;

	if (row->log < 1 || (size_t)row->log > node->log_count ||
	    (size_t)row->stream != node->stream_count + 1) {
		return corrupt("streams are not in order");
	}
	if (!state_trouble_text(row->reason)) {
		return corrupt("a stream ended for no known reason");
	}
	whole.state.author = state_log(node, row->log)->head.author;
	whole.state.generation = state_log(node, row->log)->head.generation;
	return state_keep_stream(node, &whole);
}

/* Parse a row's header and compute its id. The row's own columns are not
 * sealed: they must say what the header says. */
static enum err read_header(struct node *node, const struct record_row *row,
    struct header *header, struct id32 *id)
{
	enum err err = envelope_get_header(row->header, header);

	if (err && err != ERR_VERSION) {
		return corrupt("a header does not parse");
	}
	if (row->stream < 1 || (size_t)row->stream > node->stream_count) {
		return corrupt("a record of no stream");
	}
	if (header->number != row->number ||
	    !id_equal(&header->stream,
		&state_stream(node, row->stream)->row.state.id)) {
		return corrupt("a record in another's place");
	}
	seal_record_id(row->header, id);
	return ERR_OK;
}

/* Decrypt a row's payload; *out stays NULL when it is not readable. */
static enum err read_payload(struct node *node, const struct record_row *row,
    const struct header *header, const struct id32 *id, Qsg__Payload **out)
{
	enum record_reason reason = RECORD_NO_REASON;
	enum err err = ERR_OK;

	*out = NULL;
	if (row->state != RECORD_READABLE) {
		return ERR_OK;
	}
	if (row->wrapped.size != SEAL_WRAPPED_BYTES) {
		return corrupt("a wrapped key is short");
	}
	buf_reset(&node->scratch_payload);
	err = seal_open_wrapped(node->worker, header, id, row->wrapped.data,
	    row->body, &node->scratch_payload);
	if (!err) {
		err = payload_read(buf_span(&node->scratch_payload),
		    header->slotted, out, &reason);
	}
	return err ? corrupt("a record no longer opens") : ERR_OK;
}

struct loading {
	struct node *node;
	int64_t last;
};

static enum err load_record(void *context, const struct record_row *row)
{
	struct loading *loading = context;
	struct node *node = loading->node;
	Qsg__Payload *payload = NULL;
	struct header header;
	struct id32 id;
	enum err err = read_header(node, row, &header, &id);

	if (!err) {
		err = read_payload(node, row, &header, &id, &payload);
	}
	if (!err) {
		err = state_index(node, row, &id, &header, payload);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	if (err) {
		return err_wrap(err, "record row %lld", (long long)row->rid);
	}
	if (node->options.progress && row->rid % PROGRESS_EVERY == 0) {
		node->options.progress(node->options.progress_context,
		    "reading records", (uint64_t)row->rid,
		    (uint64_t)loading->last);
	}
	return err;
}

/* The audience of a stream comes out of its opening record. */
static enum err load_audience(void *context, const struct record_row *row)
{
	struct node *node = context;
	Qsg__Payload *payload = NULL;
	struct header header;
	struct id32 id;
	enum err err = read_header(node, row, &header, &id);

	if (!err && !header.slotted) {
		err = corrupt("a stream has no opening");
	}
	if (!err) {
		err = read_payload(node, row, &header, &id, &payload);
	}
	if (!err && payload) {
		err = state_take_audience(
		    node, state_stream(node, row->stream), payload->audience);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err ? err_wrap(err, "record row %lld", (long long)row->rid)
	           : ERR_OK;
}

/* Of streams whose opening is in the views. */
static enum err load_audiences(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->stream_count && !err; i++) {
		uint32_t rid = views_at(node->views, (uint32_t)i + 1, 1);

		if (rid && !node->streams[i].readers) {
			err = records_get(node->db, rid, load_audience, node);
		}
	}
	return err == ERR_NOTFOUND ? corrupt("a record is missing") : err;
}

/* The bytes of this record may have come after the snapshot was written. */
static enum err refresh(void *context, const struct record_row *row)
{
	struct node *node = context;
	Qsg__Payload *payload = NULL;
	struct header header;
	struct id32 id;
	enum err err = ERR_OK;

	if (row->state == RECORD_BODYLESS) {
		return ERR_OK;
	}
	err = read_header(node, row, &header, &id);
	if (!err) {
		err = read_payload(node, row, &header, &id, &payload);
	}
	if (!err) {
		err = state_reindex(node, row, payload);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err ? err_wrap(err, "record row %lld", (long long)row->rid)
	           : ERR_OK;
}

/* Of a group, summit or action: a snapshot does not say what it states. */
static enum err take_fact(void *context, const struct record_row *row)
{
	struct node *node = context;
	uint8_t type = views_get(node->views, (uint32_t)row->rid)->type;
	Qsg__Payload *payload = NULL;
	struct header header;
	struct id32 id;
	enum err err = read_header(node, row, &header, &id);

	if (!err) {
		err = read_payload(node, row, &header, &id, &payload);
	}
	if (!err && payload && groups_indexes(type)) {
		err = groups_index(node, (uint32_t)row->rid, payload);
	} else if (!err && payload && summits_indexes(type)) {
		err = summits_index(node, (uint32_t)row->rid, payload);
	} else if (!err && payload) {
		err = actions_index(node, (uint32_t)row->rid, payload);
	}
	canon_wipe(payload ? &payload->base : NULL);
	return err ? err_wrap(err, "record row %lld", (long long)row->rid)
	           : ERR_OK;
}

/* One record of the views in what follows from them. */
static enum err derive(struct node *node, uint32_t rid, bool from_snapshot)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_stream *stream = NULL;
	struct state_log *log = NULL;
	enum err err = ERR_OK;

	if (view->stream < 1 || view->stream > node->stream_count) {
		return err_wrap(
		    corrupt("a record of no stream"), "record row %u", rid);
	}
	stream = state_stream(node, view->stream);
	log = state_log(node, stream->row.log);
	err = changes_add(node, stream, rid);
	if (view->reason == RECORD_NEW_VERSION &&
	    view->number > stream->row.state.keyed_at) {
		stream->row.state.keyed_unknown = true;
	}
	if (from_snapshot) {
		state_count(node, view);
	}
	if (!err && from_snapshot && views_lacks_body(node->views, rid)) {
		err = records_get(node->db, rid, refresh, node);
	} else if (!err && from_snapshot &&
		   (groups_indexes(view->type) || summits_indexes(view->type) ||
		       actions_indexes(view->type))) {
		err = records_get(node->db, rid, take_fact, node);
	}
	stream->bodyless += views_lacks_body(node->views, rid);
	if (!err && merkle_tree_add(log->tree, 0, view->leaf, &view->id)) {
		err = err_wrap(corrupt("a leaf that does not fit its log"),
		    "record row %u", rid);
	}
	if (!err && log->log == node->own_log && view->leaf >= node->own_size) {
		node->own_size = view->leaf + 1;
	}
	return err;
}

/* What memory holds beside the views and follows from them. */
static enum err load_derived(struct node *node, size_t from_snapshot)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < views_count(node->views) && !err; i++) {
		err = derive(node, (uint32_t)i + 1, i < from_snapshot);
	}
	if (err == ERR_NOTFOUND) {
		err = corrupt("a record is missing");
	}
	return err ? err : load_audiences(node);
}

/* Who reads a grant is known by now, and which have lost their bodies since the
 * snapshot. */
static enum err load_grants(struct node *node, size_t from_snapshot)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < from_snapshot && !err; i++) {
		if (views_get(node->views, (uint32_t)i + 1)->type ==
		    VIEW_GRANT) {
			err = granting_again(node, (uint32_t)i + 1);
		}
	}
	return err == ERR_NOTFOUND ? corrupt("a record is missing") : err;
}

static enum err read_id(void *context, const struct record_row *row)
{
	seal_record_id(row->header, context);
	return ERR_OK;
}

/* Is the snapshot of these very records? Its newest one decides: another
 * database of this incarnation holds another record in its place. */
static bool snapshot_fits(struct node *node, int64_t last)
{
	uint32_t count = (uint32_t)views_count(node->views);
	struct id32 id;

	return count == 0 ||
	       (count <= last && !records_get(node->db, count, read_id, &id) &&
		   id_equal(&id, &views_get(node->views, count)->id));
}

static enum err load_views(
    struct node *node, bool use_snapshot, size_t *from_snapshot)
{
	struct loading loading = { .node = node };
	struct buf path = { 0 };
	enum err err = views_new(node->options.rng, &node->views);

	if (!err) {
		err = records_last(node->db, &loading.last);
	}
	if (!err && use_snapshot) {
		err = fs_join(node->home, "snapshot", &path);
	}
	if (!err && use_snapshot &&
	    (views_load(node->views, node->options.keystore,
		 db_incarnation(node->db), buf_text(&path)) ||
		!snapshot_fits(node, loading.last))) {
		/* Missing, damaged, or of other records: rebuild. */
		log_line(LOG_INFO, "load", "rebuilding views: %s", err_text());
		views_close(node->views);
		err = views_new(node->options.rng, &node->views);
	}
	if (!err) {
		*from_snapshot = views_count(node->views);
		/* A grant that came after the snapshot counts by who reads it,
		 * which the opening before the snapshot says. */
		err = load_audiences(node);
	}
	if (!err) {
		err = records_scan(node->db,
		    (int64_t)views_count(node->views) + 1, loading.last,
		    load_record, &loading);
	}
	buf_clear(&path);
	return err;
}

enum err load_memory(struct node *node, bool use_snapshot)
{
	const struct rng *rng = node->options.rng;
	size_t from_snapshot = 0;
	enum err err = ERR_OK;

	node->stream_index.salt = rng_u64(rng);
	node->peer_index.salt = node->stream_index.salt;
	node->stranger_index.salt = node->stream_index.salt;
	node->told.salt = rng_u64(rng);
	node->audience_index.salt = rng_u64(rng);
	err = orgs_scan(node->db, node->options.keystore, load_org, node);
	if (!err) {
		err = logs_scan(node->db, load_log, node);
	}
	if (!err && (node->peer_count < 1 || node->log_count < 1)) {
		err = corrupt("our own card or log is missing");
	}
	if (!err) {
		err = find_own_log(node);
	}
	if (!err) {
		err = logs_scan_nodes(node->db, load_node, node);
	}
	if (!err) {
		err = logs_scan_streams(node->db, load_stream, node);
	}
	if (!err) {
		err = load_views(node, use_snapshot, &from_snapshot);
	}
	if (!err) {
		err = load_derived(node, from_snapshot);
	}
	if (!err) {
		err = accounts_load(node);
	}
	if (!err) {
		err = receipts_load(node);
	}
	if (!err) {
		err = erasing_load(node);
	}
	if (!err) {
		err = load_grants(node, from_snapshot);
	}
	if (!err) {
		err = groups_load(node);
	}
	if (!err && node->own_size != state_own_log(node)->head.size) {
		err = err_wrap(corrupt("our log and its head differ in size"),
		    "log row %lld", (long long)node->own_log);
	}
	if (!err) {
		node->committed_rid = (uint32_t)views_count(node->views);
	}
	return err;
}

static void drop_peers(struct node *node)
{
	for (size_t i = 0; i < node->peer_count; i++) {
		card_clear(&node->peers[i]->card);
		card_clear(&node->peers[i]->pending);
		buf_clear(&node->peers[i]->our_head);
		buf_clear(&node->peers[i]->stated);
		free(node->peers[i]);
	}
	for (size_t i = 0; i < node->stranger_count; i++) {
		if (node->strangers[i]) {
			card_clear(&node->strangers[i]->card);
			free(node->strangers[i]);
		}
	}
	free((void *)node->strangers);
	node->strangers = NULL;
	node->stranger_count = 0;
	free(node->peers);
	node->peers = NULL;
	node->peer_count = 0;
	table_clear(&node->peer_index);
	table_clear(&node->stranger_index);
}

void load_drop(struct node *node)
{
	drop_peers(node);
	for (size_t i = 0; i < node->log_count; i++) {
		merkle_tree_free(node->logs[i].tree);
		buf_clear(&node->logs[i].note);
		buf_clear(&node->logs[i].unjoined_note);
		merkle_nodes_clear(&node->logs[i].unjoined_peaks);
		buf_clear(&node->logs[i].claim.note);
		merkle_nodes_clear(&node->logs[i].claim.peaks);
	}
	for (size_t i = 0; i < node->stream_count; i++) {
		free(node->streams[i].readers);
	}
	groups_free(node->groups);
	node->groups = NULL;
	actions_drop(node);
	summits_drop(node);
	alarms_drop(node);
	erasing_free(node->erasings);
	node->erasings = NULL;
	free(node->accounts);
	free(node->logs);
	free(node->streams);
	free(node->changes.items);
	free(node->events);
	free(node->staged);
	table_clear(&node->stream_index);
	table_clear(&node->told);
	table_clear(&node->audience_index);
	views_close(node->views);
	providers_drop(node);
	accounts_free(node);
	node->accounts = NULL;
	node->logs = NULL;
	node->streams = NULL;
	node->changes = (struct state_changes){ 0 };
	node->events = NULL;
	node->staged = NULL;
	node->views = NULL;
	node->log_count = node->stream_count = 0;
	node->event_count = node->event_next = node->event_capacity = 0;
	node->staged_count = node->staged_capacity = node->own_size = 0;
	node->witness.known = false;
	node->witness.urgent = 0;
	node->own_log = 0;
	node->policy_seen = node->policy_rid = 0;
	node->activity_seen = node->activity_rid = 0;
	node->poisoned = ERR_OK;
	memset(node->keyed_ms, 0, sizeof node->keyed_ms);
}
