#include "service/state.h"
#include "service/actions.h"

#include "domain/content.h"

#include "keys/seal.h"
#include "service/changes.h"
#include "service/corrections.h"
#include "service/granting.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/relations.h"
#include "service/signed_for.h"
#include "service/submit.h"
#include "service/summits.h"

#include <stdlib.h>
#include <string.h>

/* Make room for one more item of `size` bytes, doubling; NULL when memory is
 * out (the old items stay). */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1)) {
		return items; /* room until the next power of two */
	}
	return realloc(items, (count ? count * 2 : 1) * size);
}

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

struct state_log *state_own_log(const struct node *node)
{
	return &node->logs[node->own_log - 1];
}

struct state_log *state_log(struct node *node, int64_t log)
{
	return &node->logs[log - 1];
}

struct state_stream *state_stream(struct node *node, int64_t stream)
{
	return &node->streams[stream - 1];
}

struct state_log *state_log_of(struct node *node, const struct id32 *author,
    const struct generation *generation)
{
	for (size_t i = 0; i < node->log_count; i++) {
		if (generation_equal(
			&node->logs[i].head.generation, generation) &&
		    id_equal(&node->logs[i].head.author, author)) {
			return &node->logs[i];
		}
	}
	return NULL;
}

struct state_stream *state_stream_by_id(
    struct node *node, const struct id32 *id)
{
	size_t place = 0;
	uint32_t at = 0;

	while (table_next(
	    &node->stream_index, bytes_get_u64(id->b), &place, &at)) {
		if (id_equal(&node->streams[at].row.state.id, id)) {
			return &node->streams[at];
		}
	}
	return NULL;
}

/* Why a stream ended, as stream_judge says it. A place in this list is what
 * the store keeps: new ones go to its end. */
static const char *const troubles[] = { "", "wrong previous id",
	"changed audience", "keyed by another record",
	"two records for one number" };

const char *state_trouble_text(uint8_t trouble)
{
	return trouble < sizeof troubles / sizeof troubles[0]
	           ? troubles[trouble]
	           : NULL;
}

uint8_t state_trouble(const char *reason)
{
	for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
		if (strcmp(troubles[i], reason) == 0) {
			return (uint8_t)i;
		}
	}
	return 0;
}

enum err state_keep_log(
    struct node *node, const struct log_row *row, const struct id32 *author)
{
	struct state_log *log = NULL;
	void *items = grow(node->logs, node->log_count, sizeof *node->logs);
	enum err err = ERR_OK;

	if (!items) {
		return out_of_memory();
	}
	node->logs = items;
	log = &node->logs[node->log_count];
	memset(log, 0, sizeof *log);
	log->log = row->log;
	log->org = row->org;
	log->head.author = *author;
	log->head.generation = row->generation;
	log->head.size = row->size;
	log->head.root = row->root;
	log->unjoined = log->head;
	log->unjoined.size = 0;
	log->claim.head = log->unjoined;
	err = merkle_tree_new(&log->tree);
	if (!err) {
		node->log_count++; /* from here on state_unload frees it */
		err = buf_append(&log->note, row->note);
	}
	return err;
}

enum err state_need_log(struct node *node, const struct peer *author,
    const struct generation *generation, struct state_log **out)
{
	struct log_row row = { .org = author->org, .generation = *generation };
	enum err err = ERR_OK;

	*out = state_log_of(node, &author->card.organisation, generation);
	if (*out) {
		return ERR_OK;
	}
	if (!card_generation(peers_keys(author), generation)) {
		return err_set(ERR_DENIED,
		    "the author's card names no such log generation");
	}
	merkle_empty(&row.root);
	err = state_begin(node);
	if (!err) {
		err = logs_add(node->db, &row, &row.log);
	}
	if (!err) {
		err = state_keep_log(node, &row, &author->card.organisation);
	}
	if (!err) {
		*out = &node->logs[node->log_count - 1];
	}
	return err;
}

enum err state_keep_stream(struct node *node, const struct stream_row *row)
{
	struct state_stream *stream = NULL;
	void *items =
	    grow(node->streams, node->stream_count, sizeof *node->streams);
	enum err err = ERR_OK;

	if (!items) {
		return out_of_memory();
	}
	node->streams = items;
	err = table_add(&node->stream_index, bytes_get_u64(row->state.id.b),
	    (uint32_t)node->stream_count);
	if (err) {
		return err;
	}
	stream = &node->streams[node->stream_count++];
	memset(stream, 0, sizeof *stream);
	stream->row = *row;
	node->accounts[state_log(node, row->log)->org - 1].streams++;
	return ERR_OK;
}

enum err state_add_stream(
    struct node *node, const struct stream_row *row, struct state_stream **out)
{
	struct stream_row added = *row;
	enum err err = state_begin(node);

	if (!err) {
		err = logs_add_stream(node->db, &added, &added.stream);
	}
	if (!err && (size_t)added.stream != node->stream_count + 1) {
		err = err_set(ERR_CORRUPT, "stream numbers have a gap");
	}
	if (!err) {
		err = state_keep_stream(node, &added);
	}
	if (!err) {
		*out = &node->streams[node->stream_count - 1];
	}
	return err;
}

/* Equal audiences have equal keys; the ids themselves are compared after. */
static uint64_t audience_key(const struct id32 *readers, size_t count)
{
	static const struct id32 no_salt;
	struct id32 hash;

	seal_audience_commitment(readers, count, &no_salt, &hash);
	return bytes_get_u64(hash.b);
}

/* PROTOCOL.md M411: "What goes to the same readers of one group MUST go on in
 * one stream, whatever the epoch of the roster in force." */
static bool same_group(
    const struct state_stream *stream, const struct submit_group *group)
{
	return group ? id_equal(&stream->group, &group->id)
	             : id_is_zero(&stream->group);
}

/* PROTOCOL.md M337: "A stream that was resolved from a group MUST NOT be
 * used for readers that were named one by one, nor the reverse." */
struct state_stream *state_own_stream(struct node *node,
    const struct id32 *readers, size_t count, const struct submit_group *group)
{
	uint64_t key = audience_key(readers, count);
	struct state_stream *newest = NULL;
	size_t place = 0;
	uint32_t at = 0;

	while (table_next(&node->audience_index, key, &place, &at)) {
		struct state_stream *stream = &node->streams[at];

		if (stream->row.state.status == STREAM_OPEN &&
		    generation_equal(&stream->row.state.generation,
			&state_own_log(node)->head.generation) &&
		    stream->reader_count == count &&
		    same_group(stream, group) &&
		    memcmp(stream->readers, readers, count * sizeof *readers) ==
			0 &&
		    (!newest || stream->last_rid > newest->last_rid)) {
			newest = stream;
		}
	}
	return newest;
}

enum err state_take_audience(struct node *node, struct state_stream *stream,
    const Qsg__Audience *audience)
{
	struct id32 *ids = NULL;

	if (stream->readers) {
		return ERR_OK; /* one audience for ever */
	}
	ids = calloc(audience->n_readers, sizeof *ids);
	if (!ids) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < audience->n_readers; i++) {
		memcpy(ids[i].b, audience->readers[i].data, sizeof ids[i].b);
	}
	stream->readers = ids;
	stream->reader_count = audience->n_readers;
	if (audience->group.len == sizeof stream->group.b) {
		memcpy(stream->group.b, audience->group.data,
		    sizeof stream->group.b);
		stream->group_epoch = audience->roster_epoch;
	}
	if (state_log(node, stream->row.log)->org != 1) {
		return ERR_OK;
	}
	return table_add(&node->audience_index,
	    audience_key(ids, stream->reader_count),
	    (uint32_t)(stream->row.stream - 1));
}

bool state_reads(const struct state_stream *stream, const struct id32 *org)
{
	return stream->readers &&
	       bsearch(org, stream->readers, stream->reader_count,
		   sizeof *stream->readers, id_compare) != NULL;
}

enum err state_add_peer(struct node *node, struct peer *peer)
{
	void *peers = grow(node->peers, node->peer_count, sizeof *node->peers);
	void *accounts = NULL;

	if (!peers) {
		return out_of_memory();
	}
	node->peers = peers;
	accounts =
	    grow(node->accounts, node->peer_count, sizeof *node->accounts);
	if (!accounts) {
		return out_of_memory();
	}
	node->accounts = accounts;
	if (table_add(&node->peer_index,
		bytes_get_u64(peer->card.organisation.b),
		(uint32_t)node->peer_count)) {
		return out_of_memory();
	}
	memset(&node->accounts[node->peer_count], 0, sizeof *node->accounts);
	node->accounts[node->peer_count].keying_tokens = LIMIT_KEYING_BURST;
	node->peers[node->peer_count++] = peer;
	return ERR_OK;
}

enum err state_poison(struct node *node, enum err err)
{
	if (err && !node->poisoned) {
		node->poisoned = err;
	}
	return err;
}

enum err state_begin(struct node *node)
{
	return db_begin(node->db);
}

enum err state_stage_event(struct node *node, const struct node_event *event)
{
	if (node->staged_count == node->staged_capacity) {
		size_t capacity =
		    node->staged_capacity ? node->staged_capacity * 2 : 64;
		struct node_event *grown =
		    realloc(node->staged, capacity * sizeof *grown);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		node->staged = grown;
		node->staged_capacity = capacity;
	}
	node->staged[node->staged_count++] = *event;
	return ERR_OK;
}

enum err state_grew(struct node *node, struct state_stream *stream,
    uint64_t number, uint32_t rid)
{
	struct node_event event = { .kind = NODE_STREAM_GREW,
		.stream = stream->row.stream,
		.org = state_log(node, stream->row.log)->org };
	enum err err = changes_add(node, stream, rid);

	stream->dirty = true;
	if (err || stream->grew_first) {
		return err;
	}
	stream->grew_first = number;
	return state_stage_event(node, &event);
}

static uint8_t kind_number(const char *kind)
{
	if (strcmp(kind, "hard") == 0) {
		return 1;
	}
	return strcmp(kind, "soft") == 0 ? 2 : 0;
}

static uint8_t stance_number(const char *stance)
{
	static const char *const stances[] = { [VIEW_CONCERN] = "concern",
		[VIEW_ASSURANCE] = "assurance",
		[VIEW_GOOD_PRACTICE] = "good-practice" };

	for (size_t i = 1; i < sizeof stances / sizeof stances[0]; i++) {
		if (strcmp(stance, stances[i]) == 0) {
			return (uint8_t)i;
		}
	}
	return VIEW_STANCE_NONE;
}

static enum err small_word(struct views *views, const char *text, uint16_t *out)
{
	uint32_t word = 0;
	enum err err = views_word(views, text, &word);

	/* Vocabularies are short; an author who floods us with invented ones
	 * only loses their index entry: the text itself is shown. */
	*out = word > UINT16_MAX ? 0 : (uint16_t)word;
	return err;
}

static enum err index_intelligence(struct node *node,
    const Qsg__Intelligence *intelligence, struct view_record *view)
{
	enum err err =
	    views_word(node->views, intelligence->provider, &view->provider);

	view->kind = kind_number(intelligence->kind);
	view->stance = stance_number(intelligence->stance);
	if (!err) {
		err = small_word(
		    node->views, intelligence->source, &view->source);
	}
	if (!err && intelligence->n_dimensions) {
		err = small_word(
		    node->views, intelligence->dimensions[0], &view->dimension);
	}
	return err;
}

static enum err index_indicators(
    struct node *node, const Qsg__IndicatorSet *set, struct view_record *view)
{
	enum err err = views_word(node->views, set->set, &view->set);

	view->rows = (uint32_t)set->n_rows;
	if (!err) {
		err = views_word(node->views, set->period, &view->period);
	}
	return err;
}

enum err state_describe(
    struct node *node, const Qsg__Payload *payload, struct view_record *view)
{
	const struct content_kind *kind = content_kind(payload);
	enum err err = ERR_OK;

	view->created_ms = payload->created_at_ms;
	view->type = kind ? (uint8_t)views_type_named(kind->token) : 0;
	if (view->type == VIEW_RECEIPT) {
		view->rows = (uint32_t)signed_for_gaps(payload->receipt);
	} else if (view->type == VIEW_INTELLIGENCE) {
		err = index_intelligence(node, payload->intelligence, view);
	} else if (view->type == VIEW_INDICATOR) {
		err = index_indicators(node, payload->indicators, view);
	} else {
		err = views_word(
		    node->views, content_provider(payload), &view->provider);
		if (!err && view->type == VIEW_CORROBORATION) {
			err = small_word(node->views,
			    payload->corroboration->source, &view->source);
		}
	}
	if (content_corrects(payload)) {
		view->type = VIEW_CORRECTION;
	}
	return err;
}

/* The providers in the rows, each once: rows come sorted by provider, so a
 * repeated neighbour is skipped cheaply and views keeps a set. */
static enum err index_rows(
    struct node *node, uint32_t rid, const Qsg__IndicatorSet *set)
{
	const char *before = "";
	enum err err = ERR_OK;

	for (size_t i = 0; i < set->n_rows && !err; i++) {
		const char *provider = set->rows[i]->provider;
		uint32_t word = 0;

		if (strcmp(provider, before) == 0) {
			continue;
		}
		before = provider;
		err = views_word(node->views, provider, &word);
		if (!err) {
			err = views_add_provider(node->views, rid, word);
		}
	}
	return err;
}

/* What follows from a record's content, beside its own entry. */
static enum err index_effects(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_stream *stream = state_stream(node, view->stream);
	enum err err = relations_index(node, rid, payload);

	if (!err && view->type == VIEW_CORRECTION) {
		corrections_index(node, rid, payload);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		err = index_rows(node, rid, payload->indicators);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE) {
		err = state_take_audience(node, stream, payload->audience);
	}
	if (!err && groups_indexes(view->type)) {
		err = groups_index(node, rid, payload);
	}
	if (!err && actions_indexes(view->type)) {
		err = actions_index(node, rid, payload);
	}
	if (!err && summits_indexes(view->type)) {
		err = summits_index(node, rid, payload);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_GRANT) {
		err = granting_index(node, rid, payload);
	}
	return err;
}

enum err state_connect(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	enum err err = relations_index(node, rid, payload);

	if (!err && views_get(node->views, rid)->type == VIEW_CORRECTION) {
		corrections_index(node, rid, payload);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		err = index_rows(
		    node, views_holder(node->views, rid), payload->indicators);
	}
	if (!err && actions_indexes(views_get(node->views, rid)->type)) {
		err = actions_index(node, rid, payload);
	}
	if (!err && summits_indexes(views_get(node->views, rid)->type)) {
		err = summits_index(node, rid, payload);
	}
	if (!err) {
		corrections_arrived(node, rid);
	}
	return err;
}

enum err state_reindex(struct node *node, const struct record_row *row,
    const Qsg__Payload *payload)
{
	struct view_record *view = views_edit(node->views, (uint32_t)row->rid);
	enum err err = ERR_OK;

	view->state = (uint8_t)row->state;
	view->reason = (uint8_t)row->reason;
	view->bytes += (uint32_t)row->body.size;
	node->accounts
	    [state_log(node, state_stream(node, row->stream)->row.log)->org - 1]
		.bytes += row->body.size;
	if (payload) {
		providers_drop(node);
		err = state_describe(node, payload, view);
	}
	if (!err && payload) {
		err = index_effects(node, (uint32_t)row->rid, payload);
	}
	return err;
}

enum err state_index(struct node *node, const struct record_row *row,
    const struct id32 *id, const struct header *header,
    const Qsg__Payload *payload)
{
	struct view_record view = { .id = *id,
		.received_ms = row->received_ms,
		.leaf = row->leaf,
		.number = row->number,
		.stream = (uint32_t)row->stream,
		.state = (uint8_t)row->state,
		.reason = (uint8_t)row->reason,
		.slotted = header->slotted,
		.bytes = (uint32_t)(row->header.size + row->slots.size +
				    row->body.size) };
	enum err err = ERR_OK;

	if (payload) {
		err = state_describe(node, payload, &view);
	}
	if (!err) {
		err = views_add(node->views, &view);
	}
	if (!err && payload) {
		err = index_effects(node, (uint32_t)row->rid, payload);
	}
	if (!err) {
		corrections_arrived(node, (uint32_t)row->rid);
		state_count(node, views_get(node->views, (uint32_t)row->rid));
	}
	return err;
}

void state_forget(
    struct node *node, uint32_t rid, enum view_type type, uint32_t kept)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_stream *stream = state_stream(node, view->stream);
	struct state_account *account =
	    &node->accounts[state_log(node, stream->row.log)->org - 1];
	bool corrects = view->type == VIEW_CORRECTION;
	uint32_t carried = 0;
	size_t place = 0;

	account->bytes -= view->bytes + (uint64_t)view->rows * STATE_ROW_COST;
	account->bytes += kept;
	stream->bodyless -= views_lacks_body(node->views, rid);
	views_forget(node->views, rid, type, kept);
	if (corrects || views_next_link(node->views, &view->id,
			    REFERENCE_CORRECTS, &place)) {
		corrections_gone(node, rid);
	}
	carried = views_drop_granted(node->views, rid);
	if (carried) {
		corrections_gone(node, carried);
		account->bytes -= views_granted(node->views, carried)->cost;
		state_author_dropped(
		    node, &views_granted(node->views, carried)->author);
	}
	providers_drop(node);
}

void state_count(struct node *node, const struct view_record *view)
{
	const struct state_stream *stream = state_stream(node, view->stream);
	int64_t org = state_log(node, stream->row.log)->org;

	node->accounts[org - 1].bytes += view->bytes + STATE_RECORD_COST +
	                                 (uint64_t)view->rows * STATE_ROW_COST;
	if (org == 1 && view->slotted) {
		/* Oldest out: rids ascend with time. */
		memmove(node->keyed_ms, node->keyed_ms + 1,
		    sizeof node->keyed_ms - sizeof node->keyed_ms[0]);
		node->keyed_ms[LIMIT_KEYING_PER_HOUR - 1] = view->received_ms;
	}
}
