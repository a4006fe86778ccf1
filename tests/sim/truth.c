#include "world.h"

#include "base/limits.h"
#include "service/contradiction.h"
#include "service/fates.h"
#include "service/withheld.h"

#include <stdlib.h>
#include <string.h>

/*
 * What was submitted.
 */

static void *grow(void *items, size_t *capacity, size_t item_size)
{
	*capacity = *capacity * 2 + 256;
	void *grown = realloc(items, *capacity * item_size);
	if (grown == NULL) {
		abort();
	}
	return grown;
}

static struct truth *find(const struct world *world, const struct id32 *id)
{
	size_t place = 0;
	uint32_t at = 0;
	while (table_next(
	    &world->truth_index, bytes_get_u64(id->b), &place, &at)) {
		if (id_equal(&world->truths[at].id, id)) {
			return &world->truths[at];
		}
	}
	return NULL;
}

void truth_add(struct world *world, const struct truth *truth)
{
	if (find(world, &truth->id) != NULL) {
		world_fail(world, "one record id was given out twice");
		return;
	}
	if (world->truth_count == world->truth_capacity) {
		world->truths = grow(world->truths, &world->truth_capacity,
		    sizeof(*world->truths));
	}
	if (table_add(&world->truth_index, bytes_get_u64(truth->id.b),
		(uint32_t)world->truth_count) != ERR_OK) {
		abort();
	}
	world->truths[world->truth_count++] = *truth;
	world->nodes[truth->author].unacknowledged++;
}

/* What an author has submitted since its last commit is acknowledged now, or
 * never will be. */
void truth_commit(struct world *world, unsigned author, bool succeeded)
{
	size_t *left = &world->nodes[author].unacknowledged;
	for (size_t i = world->truth_count; i > 0 && *left > 0; i--) {
		struct truth *truth = &world->truths[i - 1];
		if (truth->author == author) {
			truth->acknowledged = succeeded;
			truth->undone = !succeeded;
			--*left;
		}
	}
}

/*
 * What is released.
 */

static uint64_t root_key(const struct checkpoint *checkpoint)
{
	return bytes_get_u64(checkpoint->author.b) ^
	       bytes_get_u64(checkpoint->generation.b) ^
	       checkpoint->size * 0x9E3779B97F4A7C15ULL;
}

/* Property 4: no two roots for one size. */
static void watch_note(struct world *world, const ProtobufCBinaryData *bytes)
{
	struct note note;
	struct checkpoint seen;
	struct span span = { bytes->data, bytes->len };
	if (bytes->len == 0) {
		return;
	}
	if (note_parse(span, &note) != ERR_OK ||
	    checkpoint_parse(&note, &seen) != ERR_OK) {
		world_fail(world, "a node released a bad checkpoint");
		return;
	}
	size_t place = 0;
	uint32_t at = 0;
	while (
	    table_next(&world->released_index, root_key(&seen), &place, &at)) {
		const struct checkpoint *old = &world->released[at].checkpoint;
		if (old->size != seen.size ||
		    !id_equal(&old->author, &seen.author) ||
		    !generation_equal(&old->generation, &seen.generation)) {
			continue;
		}
		if (!id_equal(&old->root, &seen.root)) {
			world_fail(world,
			    "P4: two roots for size %llu of one log",
			    (unsigned long long)seen.size);
		}
		return;
	}
	if (world->released_count == world->released_capacity) {
		world->released = grow(world->released,
		    &world->released_capacity, sizeof(*world->released));
	}
	if (table_add(&world->released_index, root_key(&seen),
		(uint32_t)world->released_count) != ERR_OK) {
		abort();
	}
	world->released[world->released_count++].checkpoint = seen;
}

static const struct checkpoint *released_root(
    struct world *world, const struct checkpoint *of)
{
	size_t place = 0;
	uint32_t at = 0;
	while (table_next(&world->released_index, root_key(of), &place, &at)) {
		const struct checkpoint *seen = &world->released[at].checkpoint;
		if (seen->size == of->size &&
		    id_equal(&seen->author, &of->author) &&
		    generation_equal(&seen->generation, &of->generation)) {
			return seen;
		}
	}
	return NULL;
}

/* M190 M192: a cosignature is of a head that its author released and the
 * witness holds, sizes only grow, and for one size there is one. */
static void watch_cosignature(
    struct sim_node *sim, const Qsg__Cosignature *said)
{
	struct world *world = sim->world;
	struct checkpoint of = { .size = said->size };
	struct id32 root;
	memcpy(of.author.b, said->author.data, sizeof(of.author.b));
	memcpy(of.generation.b, said->generation.data, sizeof(of.generation.b));
	int author = world_index_of(world, &of.author);
	const struct checkpoint *seen = released_root(world, &of);
	const struct state_log *log =
	    state_log_of(sim->node, &of.author, &of.generation);
	if (author < 0 || seen == NULL || log == NULL ||
	    log->head.size < said->size ||
	    merkle_tree_root(log->tree, said->size, &root) != ERR_OK ||
	    !id_equal(&root, &seen->root)) {
		world_fail(world, "a head was cosigned that is not joined");
		return;
	}
	struct cosigned *before =
	    &world->cosigned[world_pair(world, sim->index, (unsigned)author)];
	/* An author asks for its live log alone: generations do not come back.
	 */
	if (!generation_equal(&before->generation, &of.generation)) {
		before->generation = of.generation;
		before->size = 0;
	}
	if (said->size < before->size ||
	    (said->size == before->size &&
		!span_equal(span_of(said->line.data, said->line.len),
		    span_of(before->line, before->line_size)))) {
		world_fail(world, "P4: node %u cosigned size %llu again",
		    sim->index, (unsigned long long)said->size);
		return;
	}
	if (said->line.len > sizeof(before->line)) {
		world_fail(world, "a cosignature line is too long");
		return;
	}
	before->size = said->size;
	before->line_size = said->line.len;
	memcpy(before->line, said->line.data, said->line.len);
	world->cosignatures++;
}

static bool may_read(
    struct sim_node *sim, const ProtobufCBinaryData *stream, unsigned reader)
{
	struct id32 id;
	if (stream->len != sizeof(id.b)) {
		return false;
	}
	memcpy(id.b, stream->data, sizeof(id.b));
	const struct state_stream *held = state_stream_by_id(sim->node, &id);
	return held != NULL && state_reads(held, &sim->world->nodes[reader].id);
}

/* Property 1, on the wire: a stream is named only to its readers. M120 */
static void watch_streams(
    struct sim_node *sim, unsigned to, const Qsg__Message *message)
{
	if (message->body_case == QSG__MESSAGE__BODY_RECORDS &&
	    !may_read(sim, &message->records->stream, to)) {
		world_fail(sim->world, "P1: records went to a non-reader");
	}
	if (message->body_case != QSG__MESSAGE__BODY_ADVERTISE) {
		return;
	}
	for (size_t i = 0; i < message->advertise->n_offers; i++) {
		if (!may_read(
			sim, &message->advertise->offers[i]->stream, to)) {
			world_fail(sim->world,
			    "P1: a stream was advertised to a non-reader");
		}
	}
}

void truth_watch(
    struct world *world, unsigned from, unsigned to, struct span raw)
{
	struct sim_node *sim = &world->nodes[from];
	Qsg__Message *message = qsg__message__unpack(NULL, raw.size, raw.data);
	if (message == NULL) {
		world_fail(world, "a node sent what does not parse");
		return;
	}
	bool quiet = message->body_case == QSG__MESSAGE__BODY_REFUSE ||
	             message->body_case == QSG__MESSAGE__BODY_THROTTLE;
	/* M111 */
	if (!quiet && node_staged(sim->node)) {
		world_fail(world, "something was sent before its commit");
	}
	if (message->body_case == QSG__MESSAGE__BODY_HELLO) {
		watch_note(world, &message->hello->my_head);
		watch_note(world, &message->hello->your_head);
	} else if (message->body_case == QSG__MESSAGE__BODY_HEAD) {
		watch_note(world, &message->head->checkpoint);
	} else if (message->body_case == QSG__MESSAGE__BODY_RECORDS) {
		watch_note(world, &message->records->checkpoint);
	} else if (message->body_case == QSG__MESSAGE__BODY_COSIGNATURE) {
		watch_cosignature(sim, message->cosignature);
	}
	watch_streams(sim, to, message);
	qsg__message__free_unpacked(message, NULL);
}

/*
 * What arrives.
 */

void truth_look(struct world *world, unsigned index)
{
	struct sim_node *sim = &world->nodes[index];
	const struct views *views = node_views(sim->node);
	uint32_t count = (uint32_t)views_count(views);
	for (uint32_t rid = sim->seen_rid + 1; rid <= count; rid++) {
		const struct view_record *view = views_get(views, rid);
		struct truth *truth = find(world, &view->id);
		if (truth != NULL && index != truth->author &&
		    view->state == RECORD_READABLE) {
			truth->held_ms = world->now_ms;
			truth->holders++;
		}
	}
	sim->seen_rid = count;
}

/*
 * At the end.
 */

static bool all_run(const struct world *world)
{
	for (unsigned n = 0; n < world->count; n++) {
		if (world->nodes[n].node == NULL) {
			return false;
		}
	}
	return true;
}

static bool holds(struct sim_node *sim, const struct truth *truth)
{
	const struct views *views = node_views(sim->node);
	uint32_t rid = views_find(views, &truth->id);
	return rid != 0 && views_get(views, rid)->state == RECORD_READABLE &&
	       views_get(views, rid)->type == truth->type;
}

/* Where a record that is missing stands, for people. */
static void describe(
    struct sim_node *sim, const struct truth *truth, char *out, size_t size)
{
	struct world *world = sim->world;
	struct sim_node *by = &world->nodes[truth->author];
	uint32_t rid = views_find(node_views(by->node), &truth->id);
	if (rid == 0) {
		(void)snprintf(out, size, "P4: node %u has lost its own record",
		    by->index);
		return;
	}
	const struct view_record *view = views_get(node_views(by->node), rid);
	const struct state_stream *theirs =
	    state_stream(by->node, view->stream);
	const struct state_stream *held =
	    state_stream_by_id(sim->node, &theirs->row.state.id);
	rid = views_find(node_views(sim->node), &truth->id);
	(void)snprintf(out, size,
	    "number %llu of %llu (%u readers) of node %u is not at node %u, "
	    "which took %llu of its stream (%s%s)",
	    (unsigned long long)view->number,
	    (unsigned long long)theirs->row.state.taken,
	    nodes_count(&truth->readers), truth->author, sim->index,
	    (unsigned long long)(held ? held->row.state.taken : 0),
	    held ? stream_status_name(held->row.state.status) : "unknown",
	    rid ? ", cannot read it" : "");
}

/* Property 5, and 4 as far as the author itself is concerned. */
bool truth_complete(struct world *world, char *missing, size_t size)
{
	if (!all_run(world)) {
		(void)snprintf(missing, size, "a node is not running");
		return false;
	}
	for (size_t i = 0; i < world->truth_count; i++) {
		const struct truth *truth = &world->truths[i];
		for (unsigned n = 0; n < world->count; n++) {
			struct sim_node *sim = &world->nodes[n];
			if (!truth->acknowledged ||
			    !nodes_has(&truth->readers, n)) {
				continue;
			}
			if (holds(sim, truth)) {
				continue;
			}
			describe(sim, truth, missing, size);
			return false;
		}
	}
	for (unsigned n = 0; n < world->count; n++) {
		const struct node *node = world->nodes[n].node;
		for (size_t i = 0; i < node->stream_count; i++) {
			if (node->streams[i].bodyless > 0) {
				(void)snprintf(missing, size,
				    "bytes are missing at node %u", n);
				return false;
			}
		}
	}
	return true;
}

/* Is one record signed for by all its readers, as its author knows it? */
static bool is_signed_for(struct world *world, struct fates *fates,
    const struct truth *truth, char *missing, size_t size)
{
	struct sim_node *by = &world->nodes[truth->author];
	uint32_t rid = views_find(node_views(by->node), &truth->id);
	for (unsigned n = 0; n < world->count; n++) {
		struct fate fate;
		if (n == truth->author || !nodes_has(&truth->readers, n)) {
			continue;
		}
		if (fates_get(fates, rid,
			peers_by_id(by->node, &world->nodes[n].id)->org,
			&fate) != ERR_OK) {
			world_fail(world, "no fate: %s", err_text());
			return false;
		}
		if (fate.receipt == 0 || fate.unreadable[0] != '\0') {
			(void)snprintf(missing, size,
			    "node %u holds no receipt of node %u for number "
			    "%llu (%s)",
			    truth->author, n,
			    (unsigned long long)views_get(
				node_views(by->node), rid)
				->number,
			    fate.receipt ? fate.unreadable : "none");
			return false;
		}
	}
	return true;
}

bool truth_witnessed(struct world *world, char *missing, size_t size)
{
	for (unsigned n = 0; n < world->count; n++) {
		struct sim_node *sim = &world->nodes[n];
		struct witness_status status;
		if (sim->node == NULL ||
		    witness_status(sim->node, &status) != ERR_OK) {
			(void)snprintf(missing, size, "node %u is away", n);
			return false;
		}
		if (status.published != status.head ||
		    (status.head > 0 && status.cosigned < status.asked)) {
			(void)snprintf(missing, size,
			    "head %llu of node %u, published up to %llu, has "
			    "%zu cosignatures of %zu",
			    (unsigned long long)status.head, n,
			    (unsigned long long)status.published,
			    status.cosigned, status.asked);
			return false;
		}
	}
	return true;
}

bool truth_signed_for(struct world *world, char *missing, size_t size)
{
	bool good = true;
	for (unsigned n = 0; n < world->count && good; n++) {
		struct fates *fates = NULL;
		if (fates_open(world->nodes[n].node, &fates) != ERR_OK) {
			world_fail(world, "no fates: %s", err_text());
			return false;
		}
		for (size_t i = 0; i < world->truth_count && good; i++) {
			const struct truth *truth = &world->truths[i];
			good =
			    !truth->acknowledged || truth->author != n ||
			    truth->type != VIEW_INTELLIGENCE ||
			    is_signed_for(world, fates, truth, missing, size);
		}
		fates_close(fates);
	}
	return good;
}

/* A record's bytes, to compare. */
struct copy {
	struct buf bytes;
};

static enum err keep_copy(void *context, const struct record_row *row)
{
	struct copy *copy = context;
	enum err err = buf_append(&copy->bytes, row->header);
	if (err == ERR_OK) {
		err = buf_append(&copy->bytes, row->slots);
	}
	return err != ERR_OK ? err : buf_append(&copy->bytes, row->body);
}

static bool same_bytes(
    struct sim_node *a, uint32_t rid_a, struct sim_node *b, uint32_t rid_b)
{
	struct copy one = { { 0 } };
	struct copy two = { { 0 } };
	bool same =
	    records_get(a->node->db, rid_a, keep_copy, &one) == ERR_OK &&
	    records_get(b->node->db, rid_b, keep_copy, &two) == ERR_OK &&
	    span_equal(buf_span(&one.bytes), buf_span(&two.bytes));
	buf_clear(&one.bytes);
	buf_clear(&two.bytes);
	return same;
}

static void judge_truth(
    struct world *world, unsigned n, const struct view_record *view)
{
	const struct truth *truth = find(world, &view->id);
	if (truth == NULL || !truth->acknowledged) {
		world_fail(
		    world, "P4: node %u holds a record nobody acknowledged", n);
	} else if (!nodes_has(&truth->readers, n)) {
		world_fail(
		    world, "P1: node %u holds a record not addressed to it", n);
	}
}

static void judge_record(struct world *world, unsigned n, uint32_t rid)
{
	struct sim_node *sim = &world->nodes[n];
	const struct view_record *view = views_get(node_views(sim->node), rid);
	const struct state_stream *stream =
	    state_stream(sim->node, view->stream);
	int author = world_index_of(world, &stream->row.state.author);
	if (author < 0) {
		world_fail(world, "P2: a record of nobody");
		return;
	}
	struct sim_node *by = &world->nodes[author];
	const struct state_stream *original =
	    state_stream_by_id(by->node, &stream->row.state.id);
	uint32_t first = views_find(node_views(by->node), &view->id);
	if (original == NULL || !state_reads(original, &sim->id)) {
		world_fail(
		    world, "P1: node %u holds a stream not addressed to it", n);
		return;
	}
	if (view->state == RECORD_BODYLESS) {
		world_fail(world, "P5: node %u lacks the bytes of a record", n);
		return;
	}
	if (first == 0 ||
	    views_get(node_views(by->node), first)->leaf != view->leaf ||
	    !same_bytes(sim, rid, by, first)) {
		world_fail(
		    world, "P2: node %u holds a record its author does not", n);
		return;
	}
	if (view->state != RECORD_READABLE) {
		world_fail(world, "P5: node %u cannot read a record (%s)", n,
		    records_reason_name((enum record_reason)view->reason));
		return;
	}
	if (!views_is_housekeeping((enum view_type)view->type)) {
		judge_truth(world, n, view);
	}
}

/* By its author, when its audience is a group's no longer. */
static bool was_closed(struct world *world, const struct stream *state)
{
	int author = world_index_of(world, &state->author);
	const struct state_stream *original =
	    author < 0
		? NULL
		: state_stream_by_id(world->nodes[author].node, &state->id);
	return original != NULL && state->status == STREAM_CLOSED &&
	       original->row.state.status == STREAM_CLOSED;
}

static void judge_stream(struct world *world, unsigned n, int64_t number)
{
	struct sim_node *sim = &world->nodes[n];
	const struct state_stream *stream = state_stream(sim->node, number);
	const struct stream *state = &stream->row.state;
	if (state->status != STREAM_OPEN && !was_closed(world, state)) {
		world_fail(world, "P7: a stream at node %u is %s", n,
		    stream_status_name(state->status));
	}
	uint32_t before = 0;
	for (uint64_t i = 1; i <= state->taken; i++) {
		uint32_t rid =
		    views_at(node_views(sim->node), (uint32_t)number, i);
		if (rid <= before) {
			world_fail(world,
			    "P5: node %u holds a stream out of order", n);
			return;
		}
		before = rid;
	}
}

static enum err accused(void *context, const struct contradiction_item *item)
{
	(void)context;
	return err_set(ERR_EXISTS, "evidence: %s", item->kind);
}

static void judge_node(struct world *world, unsigned n)
{
	struct sim_node *sim = &world->nodes[n];
	const char *why = NULL;
	if (sim->node == NULL || !node_may_sign(sim->node, &why)) {
		world_fail(world, "P7: node %u has ended", n);
		return;
	}
	size_t count = views_count(node_views(sim->node));
	for (uint32_t rid = 1; rid <= count; rid++) {
		judge_record(world, n, rid);
	}
	for (size_t i = 1; i <= sim->node->stream_count; i++) {
		judge_stream(world, n, (int64_t)i);
	}
	uint64_t items = 0;
	uint64_t bytes = 0;
	struct id32 anybody = { { 0 } };
	if (quarantine_count(sim->node->db, &anybody, &items, &bytes) !=
		ERR_OK ||
	    bytes > (uint64_t)world->count * 2 * LIMIT_QUARANTINE_ITEMS *
			LIMIT_MESSAGE_BYTES) {
		world_fail(world, "P7: node %u keeps too much it rejected", n);
	}
	/* Nobody here contradicts itself or keeps back what it shares. */
	if (contradiction_scan(sim->node, accused, NULL) != ERR_OK) {
		world_fail(world, "P8: node %u holds false evidence", n);
	}
	int64_t orgs = (int64_t)peers_count(sim->node);
	for (int64_t org = 2; org <= orgs; org++) {
		if (withheld_by(sim->node, org) > 0) {
			world_fail(world,
			    "P8: node %u thinks records were withheld", n);
		}
		if (peering_session(sim->peering, org) == NULL) {
			world_fail(
			    world, "P7: node %u has lost a peer for good", n);
		}
	}
}

void truth_judge(struct world *world)
{
	for (unsigned n = 0; n < world->count; n++) {
		if (world->failure[0] == '\0') {
			judge_node(world, n);
		}
	}
}
