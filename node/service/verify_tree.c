#include "service/verifying.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POSITION_BITS 42

bool verify_note(struct verifying *verifying, int64_t log, struct span note,
    struct checkpoint *out)
{
	struct node *node = verifying->node;
	const struct state_log *at = NULL;
	const Qsg__LogGeneration *generation = NULL;
	struct id32 key;

	if (log < 1 || (size_t)log > node->log_count) {
		return false;
	}
	at = state_log(node, log);
	generation = card_generation(
	    peers_keys(peers_get(node, at->org)), &at->head.generation);
	if (!generation || generation->log_key.len != sizeof key.b) {
		return false;
	}
	memcpy(key.b, generation->log_key.data, sizeof key.b);
	return !checkpoint_verify(note, &key, out) &&
	       id_equal(&out->author, &at->head.author) &&
	       generation_equal(&out->generation, &at->head.generation);
}

/*
 * The tree of one log.
 */

static int by_place(const void *a, const void *b)
{
	const struct merkle_node *x = a;
	const struct merkle_node *y = b;

	if (x->level != y->level) {
		return x->level < y->level ? -1 : 1;
	}
	return x->index < y->index ? -1 : x->index > y->index;
}

static void fault_node(struct verifying *verifying, int64_t log,
    const struct merkle_node *at, const char *what)
{
	char key[24];

	(void)snprintf(key, sizeof key, "%llu",
	    (unsigned long long)((uint64_t)log << POSITION_BITS |
				 merkle_position(at->level, at->index)));
	verify_fault(verifying, "node", key, what);
}

static enum err take_node(
    void *context, int64_t log, const struct merkle_node *node)
{
	struct verifying *verifying = context;

	if (log < 1 || (size_t)log > verifying->node->log_count) {
		fault_node(verifying, log, node, "of no log");
		return ERR_OK;
	}
	return merkle_nodes_add(&verifying->logs[log - 1].places, node->level,
	    node->index, &node->hash);
}

/* What follows from the nodes below must be what is stored. */
static enum err recompute(struct verifying *verifying, int64_t log)
{
	struct verify_log *at = &verifying->logs[log - 1];
	enum err err = ERR_OK;

	for (size_t i = 0; i < at->places.count && !err; i++) {
		const struct merkle_node *place = &at->places.items[i];
		struct id32 hash;

		err = merkle_tree_node(
		    at->tree, place->level, place->index, &hash);
		if (err == ERR_NOTFOUND) {
			err = merkle_tree_add(
			    at->tree, place->level, place->index, &place->hash);
		} else if (!err && !id_equal(&hash, &place->hash)) {
			fault_node(verifying, log, place,
			    "not the hash of what is below it");
		}
	}
	return err;
}

/* Those of one level: parents of the level below, and places of this one, each
 * once, ascending. */
struct level {
	uint64_t *indices;
	size_t count;
};

static void merge(struct level *level, const struct merkle_node *places,
    size_t count, uint64_t *spare)
{
	size_t a = 0;
	size_t b = 0;
	size_t out = 0;

	while (a < level->count || b < count) {
		uint64_t next = UINT64_MAX;

		if (a < level->count) {
			next = level->indices[a];
		}
		if (b < count && places[b].index < next) {
			next = places[b].index;
		}
		while (a < level->count && level->indices[a] == next) {
			a++;
		}
		while (b < count && places[b].index == next) {
			b++;
		}
		spare[out++] = next;
	}
	memcpy(level->indices, spare, out * sizeof *spare);
	level->count = out;
}

/* PROTOCOL.md M503: "What came under such a head, and nothing joins, MUST be
 * told by a check of a home as not proven yet, and MUST NOT be called a fault."
 */
static bool may_hang(const struct state_log *log, uint32_t at, uint64_t index)
{
	return index < log->overtaken >> at;
}

static void hang(struct verifying *verifying, int64_t log,
    const struct merkle_node *node, const char *what)
{
	if (may_hang(
		state_log(verifying->node, log), node->level, node->index)) {
		verifying->report->unproven++;
	} else {
		fault_node(verifying, log, node, what);
	}
}

/* Nothing but the signed root says that a node is right: every step of the way
 * there must be known. */
static void confirm_level(
    struct verifying *verifying, int64_t log, uint32_t at, struct level *level)
{
	struct merkle_tree *tree = verifying->logs[log - 1].tree;
	uint64_t size = state_log(verifying->node, log)->head.size;
	size_t parents = 0;

	for (size_t i = 0; i < level->count; i++) {
		uint64_t index = level->indices[i];
		struct merkle_node node = { .level = at, .index = index };
		struct id32 hash;

		if (index >= size >> at) {
			hang(verifying, log, &node,
			    "beyond the head of its log");
		} else if (((index >> 1) + 1) <= size >> (at + 1)) {
			if (merkle_tree_node(tree, at, index ^ 1u, &hash)) {
				hang(verifying, log, &node,
				    "nothing leads from it to its log's root");
				continue;
			}
			level->indices[parents++] = index >> 1;
		}
	}
	level->count = parents;
}

static enum err confirm(struct verifying *verifying, int64_t log)
{
	const struct merkle_nodes *places = &verifying->logs[log - 1].places;
	uint64_t *memory = NULL;
	struct level level = { 0 };
	size_t next = 0;

	if (!places->count) {
		return ERR_OK;
	}
	memory = calloc(2 * places->count + 2, sizeof *memory);
	level.indices = memory;
	if (!memory) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (uint32_t at = 0; at < POSITION_BITS - 2; at++) {
		size_t first = next;

		while (
		    next < places->count && places->items[next].level == at) {
			next++;
		}
		merge(&level, places->items + first, next - first,
		    memory + places->count + 1);
		confirm_level(verifying, log, at, &level);
	}
	free(memory);
	return ERR_OK;
}

static enum err verify_log_tree(struct verifying *verifying, int64_t log)
{
	const struct state_log *held = state_log(verifying->node, log);
	struct verify_log *at = &verifying->logs[log - 1];
	enum err err = ERR_OK;

	if (at->places.count) {
		qsort(at->places.items, at->places.count,
		    sizeof *at->places.items, by_place);
	}
	err = recompute(verifying, log);
	/* What came under a head that is still to be joined hangs on that. */
	if (!err && !held->unjoined.size && !held->split &&
	    !held->claim.head.size) {
		err = confirm(verifying, log);
	}
	return err;
}

/*
 * Heads.
 */

static const char *judge_log(
    struct verifying *verifying, const struct rows_row *row)
{
	const struct state_log *held =
	    state_log(verifying->node, row->number[0]);
	struct checkpoint head;
	struct id32 root;

	if (row->number[1] != held->org ||
	    !span_equal(row->bytes[2],
		span_of(held->head.generation.b, sizeof(struct generation)))) {
		return "another log than memory has";
	}
	if (!row->number[3]) {
		merkle_empty(&root);
		return span_equal(row->bytes[4], span_id(&root)) &&
		               !row->bytes[5].size
		           ? NULL
		           : "an empty log with a head";
	}
	if (!verify_note(verifying, row->number[0], row->bytes[5], &head)) {
		return "a head that its author did not sign";
	}
	if ((int64_t)head.size != row->number[3] ||
	    !span_equal(row->bytes[4], span_id(&head.root))) {
		return "another head than the signed one";
	}
	if (merkle_tree_root(
		verifying->logs[row->number[0] - 1].tree, head.size, &root) ||
	    !id_equal(&root, &head.root)) {
		return "a head that does not fit its records";
	}
	return NULL;
}

static enum err verify_log(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	const char *wrong = "it is out of order";

	verifying->report->logs++;
	verifying->next++;
	if (row->number[0] == (int64_t)verifying->next &&
	    verifying->next <= verifying->node->log_count) {
		wrong = judge_log(verifying, row);
	}
	if (wrong) {
		verify_fault_row(verifying, row, wrong);
	}
	return ERR_OK;
}

static struct verify_head *find_head(
    struct verifying *verifying, int64_t log, int64_t size)
{
	for (size_t i = 0; i < verifying->head_count; i++) {
		if (verifying->heads[i].log == log &&
		    (int64_t)verifying->heads[i].size == size) {
			return &verifying->heads[i];
		}
	}
	return NULL;
}

static enum err keep_head(struct verifying *verifying,
    const struct checkpoint *head, int64_t log, struct span note)
{
	size_t count = verifying->head_count;
	struct verify_head *grown = NULL;
	struct note parsed;
	enum err err = note_parse(note, &parsed);

	if (err) {
		return err;
	}
	if (!(count & (count - 1))) {
		grown = realloc(
		    verifying->heads, (count ? count * 2 : 1) * sizeof *grown);
		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		verifying->heads = grown;
	}
	grown = &verifying->heads[verifying->head_count++];
	*grown = (struct verify_head){ .log = log, .size = head->size };
	return buf_append(&grown->text, parsed.text);
}

/* PROTOCOL.md M262: "A check of a home MUST verify every signature it stores,
 * over the very head, card or statement that stands beside it." */
static enum err verify_published(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct checkpoint head;
	struct id32 root;
	enum err err = ERR_OK;

	if (!verify_note(verifying, row->number[0], row->bytes[3], &head) ||
	    (int64_t)head.size != row->number[1] || row->number[2] < 0) {
		verify_fault_row(
		    verifying, row, "a head that its author did not sign");
		return ERR_OK;
	}
	err = merkle_tree_root(
	    verifying->logs[row->number[0] - 1].tree, head.size, &root);
	if (err == ERR_MEM) {
		return err;
	}
	if (err ? state_log(verifying->node, row->number[0])->org == 1
		: !id_equal(&root, &head.root)) {
		verify_fault_row(
		    verifying, row, "a head that does not fit its log");
	}
	return keep_head(verifying, &head, row->number[0], row->bytes[3]);
}

static enum err verify_cosignature(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct verify_head *head =
	    find_head(verifying, row->number[0], row->number[1]);
	const struct peer *witness = peers_get(verifying->node, row->number[2]);
	uint64_t time_s = 0;

	if (!head || !witness) {
		verify_fault_row(verifying, row,
		    head ? "by nobody known here" : "on a head that is gone");
		return ERR_OK;
	}
	head->lines++;
	if (witness_check_line(buf_span(&head->text), row->bytes[4],
		peers_keys(witness), &time_s) ||
	    (int64_t)time_s != row->number[3]) {
		verify_fault_row(
		    verifying, row, "a line that its witness did not sign");
	}
	return ERR_OK;
}

/* The head of another's log is kept for the cosignatures on it alone. */
static void verify_alone(struct verifying *verifying)
{
	for (size_t i = 0; i < verifying->head_count; i++) {
		const struct verify_head *head = &verifying->heads[i];
		struct rows_row row = { .table = ROWS_HEAD,
			.number = { head->log, (int64_t)head->size } };

		if (!head->lines &&
		    state_log(verifying->node, head->log)->org != 1) {
			verify_fault_row(
			    verifying, &row, "its cosignature is gone");
		}
	}
}

static enum err verify_heads(struct verifying *verifying)
{
	struct db *db = verifying->node->db;
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(
	    verifying, "logs", rows_scan(db, ROWS_LOG, verify_log, verifying));
	if (!err && verifying->next != verifying->node->log_count) {
		verify_fault(verifying, "log", "last", "rows are missing");
	}
	if (!err) {
		err = verify_scanned(verifying, "heads",
		    rows_scan(db, ROWS_HEAD, verify_published, verifying));
	}
	if (!err) {
		err = verify_scanned(verifying, "cosignatures",
		    rows_scan(
			db, ROWS_COSIGNATURE, verify_cosignature, verifying));
	}
	if (!err) {
		verify_alone(verifying);
	}
	return err;
}

enum err verify_logs(struct verifying *verifying)
{
	enum err err = verify_scanned(verifying, "nodes",
	    logs_scan_nodes(verifying->node->db, take_node, verifying));

	for (size_t i = 0; i < verifying->node->log_count && !err; i++) {
		err = verify_log_tree(verifying, (int64_t)i + 1);
	}
	return err ? err : verify_heads(verifying);
}
