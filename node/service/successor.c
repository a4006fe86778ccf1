#define _POSIX_C_SOURCE 200809L

#include "service/successor.h"

#include "base/log.h"
#include "keys/card_succession.h"
#include "service/groups.h"
#include "service/home.h"
#include "service/providers.h"
#include "service/recovery.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (86400LL * 1000LL)
#define MINUTE_MS 60000LL
#define RECOVERIES_A_DAY 4u
/* A card has room for so many, whatever else it says. */
#define HEADS_OF_ONE 32u
#define HEADS_IN_ALL 160u

/* The generations of a card to be, with all they point to. */
struct ended {
	Qsg__LogGeneration generation;
	Qsg__AcceptedHead heads[HEADS_OF_ONE];
	struct id32 roots[HEADS_OF_ONE];
	Qsg__AcceptedHead *list[HEADS_OF_ONE];
};
struct statement {
	struct ended ended[LIMIT_GENERATIONS];
	Qsg__LogGeneration *list[LIMIT_GENERATIONS];
	size_t count;
	size_t heads;
	struct generation name; /* of the new one */
	struct id32 key;
};

/* The newest card of ours that is known: what a new one continues. */
static const struct card *newest_card(const struct node *node)
{
	const struct card *own = node_card(node);

	return node->heard.card.fields &&
	               node->heard.card.fields->version >= own->fields->version
	           ? &node->heard.card
	           : own;
}

/* Put one in its place; no place is no error: what is not listed is shown as
 * disowned, and can still be proven a prefix of what is. */
static void accept_head(struct statement *statement, struct ended *ended,
    uint64_t size, const struct id32 *root)
{
	size_t count = ended->generation.n_accepted_heads;
	size_t at = 0;

	while (at < count) {
		const Qsg__AcceptedHead *head = ended->list[at];
		int order = memcmp(head->root.data, root->b, sizeof root->b);

		if (head->size == size && order == 0) {
			return;
		}
		if (head->size > size || (head->size == size && order > 0)) {
			break;
		}
		at++;
	}
	if (count == HEADS_OF_ONE || statement->heads == HEADS_IN_ALL) {
		log_line(LOG_WARN, "successor",
		    "no room for a head of size "
		    "%llu in the card",
		    (unsigned long long)size);
		return;
	}
	memmove(ended->list + at + 1, ended->list + at,
	    (count - at) * sizeof(Qsg__AcceptedHead *));
	ended->list[at] = &ended->heads[count];
	qsg__accepted_head__init(ended->list[at]);
	ended->roots[count] = *root;
	ended->list[at]->size = size;
	ended->list[at]->root.data = ended->roots[count].b;
	ended->list[at]->root.len = sizeof root->b;
	ended->generation.n_accepted_heads++;
	statement->heads++;
}

static void keep_generation(
    struct statement *statement, const Qsg__LogGeneration *from)
{
	struct ended *ended = &statement->ended[statement->count];

	qsg__log_generation__init(&ended->generation);
	ended->generation.generation = from->generation;
	ended->generation.log_key = from->log_key;
	ended->generation.compromised = from->compromised;
	ended->generation.accepted_heads = ended->list;
	for (size_t i = 0; i < from->n_accepted_heads; i++) {
		struct id32 root;

		memcpy(
		    root.b, from->accepted_heads[i]->root.data, sizeof root.b);
		accept_head(
		    statement, ended, from->accepted_heads[i]->size, &root);
	}
	statement->list[statement->count++] = &ended->generation;
}

static struct ended *find(
    struct statement *statement, const struct generation *generation)
{
	for (size_t i = 0; i < statement->count; i++) {
		if (memcmp(statement->list[i]->generation.data, generation->b,
			sizeof generation->b) == 0) {
			return &statement->ended[i];
		}
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = ((const struct checkpoint *)a)->size;
	uint64_t y = ((const struct checkpoint *)b)->size;

	return (x < y) - (x > y);
}

bool successor_has_room(
    const struct node *node, const Qsg__LogGeneration *generation)
{
	const Qsg__Card *card = node_card(node)->fields;
	size_t heads = 0;

	for (size_t i = 0; i < card->n_generations; i++) {
		heads += card->generations[i]->n_accepted_heads;
	}
	return generation->n_accepted_heads < HEADS_OF_ONE &&
	       heads < HEADS_IN_ALL;
}

/* PROTOCOL.md M232: "A node whose generation ended without a successor MUST
 * wait for its peers in the same way, and then end it by a successor statement
 * that accepts every newest head of it that it holds or was given." */
static void accept_heard(struct node *node, struct statement *statement)
{
	struct state_heard *heard = &node->heard;

	/* Where there is no room for all, the largest. */
	qsort(heard->heads, heard->count, sizeof heard->heads[0], by_size);
	memset(heard->orgs, 0, sizeof heard->orgs);
	for (size_t i = 0; i < heard->count; i++) {
		const struct checkpoint *head = &heard->heads[i];
		struct ended *ended = find(statement, &head->generation);

		/* Whoever has the key of a compromised one can make more. */
		if (ended && !ended->generation.compromised) {
			accept_head(statement, ended, head->size, &head->root);
		}
	}
}

/* What was cosigned before the key got about is listed by itself, so that
 * whoever saw that head needs no proof. */
static void accept_cosigned(struct node *node, struct statement *statement,
    struct ended *ended, const struct checkpoint *head)
{
	uint64_t size = 0;
	struct id32 root;

	if (!logs_cosigned(node->db, node->own_log, &size) &&
	    size <= head->size &&
	    !merkle_tree_root(state_own_log(node)->tree, size, &root)) {
		accept_head(statement, ended, size, &root);
	}
}

static void add_new(struct node *node, struct statement *statement)
{
	const struct keystore_public *keys =
	    keystore_public(node->options.keystore);
	Qsg__LogGeneration *new =
	    &statement->ended[statement->count].generation;

	statement->name = keys->logs[keys->log_count - 1].generation;
	statement->key = keys->logs[keys->log_count - 1].key;
	qsg__log_generation__init(new);
	new->generation.data = statement->name.b;
	new->generation.len = sizeof statement->name.b;
	new->log_key.data = statement->key.b;
	new->log_key.len = sizeof statement->key.b;
	statement->list[statement->count++] = new;
}

/* PROTOCOL.md M225: "A new generation of a log MUST begin with a card that
 * states which heads of the generation before it count, and names the new
 * generation and its key after it." */
static void fill(struct node *node, const struct checkpoint *head,
    struct statement *statement)
{
	const Qsg__Card *base = newest_card(node)->fields;
	struct ended *own = NULL;

	for (size_t i = 0; i < base->n_generations; i++) {
		keep_generation(statement, base->generations[i]);
	}
	own = find(statement, &head->generation);
	if (node->successor.begins && own && head->size) {
		own->generation.compromised |= node->successor.compromised;
		accept_head(statement, own, head->size, &head->root);
		if (own->generation.compromised) {
			accept_cosigned(node, statement, own, head);
		}
	}
	accept_heard(node, statement);
	if (node->successor.begins) {
		add_new(node, statement);
	}
}

static enum err make_card(
    struct node *node, const struct checkpoint *head, struct card *out)
{
	const Qsg__Card *base = newest_card(node)->fields;
	struct statement *statement = calloc(1, sizeof *statement);
	const char *endpoints[LIMIT_ENDPOINTS];
	struct card_profile profile = { .name = base->name,
		.code = base->code,
		.kind = base->kind,
		.endpoints = endpoints,
		.endpoint_count = base->n_endpoints,
		.version = node->successor.version };
	enum err err = ERR_OK;

	if (!statement) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < base->n_endpoints; i++) {
		endpoints[i] = base->endpoints[i];
	}
	fill(node, head, statement);
	profile.generations = statement->list;
	profile.generation_count = statement->count;
	err = card_make(node->options.keystore, &profile, out);
	free(statement);
	return err;
}

/* The log of the new generation, empty. */
static enum err write_log(struct node *node)
{
	const struct keystore_public *keys =
	    keystore_public(node->options.keystore);
	struct log_row row = { .org = 1,
		.generation = keys->logs[keys->log_count - 1].generation };
	enum err err = ERR_OK;

	merkle_empty(&row.root);
	err = logs_add(node->db, &row, &row.log);
	if (!err) {
		err = state_keep_log(node, &row, node_id(node));
	}
	node->successor.log = row.log;
	return err;
}

static enum err note_recovered(
    struct node *node, const struct generation *generation)
{
	struct buf value = { 0 };
	enum err err = db_meta_get(node->db, STATE_RECOVERED_KEY, &value);

	if (err == ERR_NOTFOUND) {
		err = ERR_OK;
	}
	if (!err) {
		err = buf_append(
		    &value, span_of(generation->b, sizeof generation->b));
	}
	if (!err) {
		err = buf_u64(
		    &value, (uint64_t)clock_wall_ms(node->options.clock));
	}
	if (!err) {
		err = db_meta_set(
		    node->db, STATE_RECOVERED_KEY, buf_span(&value));
	}
	buf_clear(&value);
	return err;
}

static unsigned restated_lately(struct node *node, struct buf *value)
{
	int64_t now = clock_wall_ms(node->options.clock);
	unsigned recent = 0;

	if (db_meta_get(node->db, STATE_RESTATED_KEY, value)) {
		buf_reset(value);
	}
	for (size_t at = 0; at + 8 <= value->size; at += 8) {
		int64_t then = (int64_t)bytes_get_u64(value->data + at);

		recent += then <= now && now - then < DAY_MS;
	}
	return recent;
}

/* PROTOCOL.md M267: "A node MUST NOT state further heads of generations that it
 * recovered more than four times in 24 hours." Whoever kept many old heads of
 * ours would otherwise have us make a card for each. */
bool successor_may_restate(struct node *node)
{
	struct buf value = { 0 };
	unsigned recent = restated_lately(node, &value);

	buf_clear(&value);
	return recent < RECOVERIES_A_DAY;
}

static enum err note_restated(struct node *node)
{
	struct buf value = { 0 };
	struct buf times = { 0 };
	size_t most = (size_t)(RECOVERIES_A_DAY - 1) * 8;
	size_t skip = 0;
	enum err err = ERR_OK;

	(void)restated_lately(node, &value);
	skip = value.size > most ? value.size - most : 0;
	if (value.size) {
		err = buf_append(
		    &times, span_of(value.data + skip, value.size - skip));
	}
	if (!err) {
		err = buf_u64(
		    &times, (uint64_t)clock_wall_ms(node->options.clock));
	}
	if (!err) {
		err =
		    db_meta_set(node->db, STATE_RESTATED_KEY, buf_span(&times));
	}
	buf_clear(&value);
	buf_clear(&times);
	return err;
}

/* What was heard has been stated. */
static enum err forget_heard(struct node *node)
{
	struct span nothing = span_of("", 0);
	enum err err = db_meta_set(node->db, STATE_ENDED_KEY, nothing);

	if (!err) {
		err = db_meta_set(node->db, STATE_HEARD_KEY, nothing);
	}
	if (!err) {
		err = db_meta_set(node->db, STATE_HEARD_CARD_KEY, nothing);
	}
	return err;
}

enum err successor_write(struct node *node, const struct checkpoint *head)
{
	struct state_successor *successor = &node->successor;
	struct org_row row = { .org = 1, .id = *node_id(node) };
	struct node_event event = { .kind = NODE_PEER_CHANGED, .org = 1 };
	struct generation ended = head->generation;
	enum err err = ERR_OK;

	card_clear(&successor->card);
	err = make_card(node, head, &successor->card);
	if (!err) {
		row.signed_card = buf_span(&successor->card.signed_bytes);
		err = orgs_set_cards(
		    node->db, node->options.keystore, node->options.rng, &row);
	}
	if (!err && successor->begins) {
		err = write_log(node);
	}
	if (!err && successor->recovered) {
		err = note_recovered(node, &ended);
	}
	if (!err && !successor->begins) {
		err = note_restated(node);
	}
	if (!err) {
		err = forget_heard(node);
	}
	return err ? err : state_stage_event(node, &event);
}

void successor_mark(const struct node *node, struct mark_head *out)
{
	const struct checkpoint *head =
	    &node->logs[node->successor.log - 1].head;

	out->generation = head->generation;
	out->size = head->size;
	out->root = head->root;
}

void successor_done(struct node *node)
{
	struct state_successor *successor = &node->successor;

	card_clear(&node->peers[0]->card);
	node->peers[0]->card = successor->card;
	groups_doubt(node);
	providers_drop(node);
	successor->card = (struct card){ 0 };
	node->card_changed = true;
	node->heard.count = 0;
	card_clear(&node->heard.card);
	if (successor->begins) {
		node->own_log = successor->log;
		node->own_size = 0;
		node->witness.known = false; /* of the log that ended */
		node->ended = false;
		successor->keyed = false;
		log_line(LOG_WARN, "successor",
		    "a new generation of our log has begun, by version %llu "
		    "of the card",
		    (unsigned long long)successor->version);
	}
	successor->pending = false;
	if (successor->recovered) {
		recovery_allow(node);
	}
}

void successor_undone(struct node *node)
{
	node->successor.pending = false;
	card_clear(&node->successor.card);
}

bool successor_recovered(struct node *node, const struct generation *generation)
{
	struct buf value = { 0 };
	bool found = false;

	if (!db_meta_get(node->db, STATE_RECOVERED_KEY, &value)) {
		for (size_t at = 0; at + 16 <= value.size; at += 16) {
			found = found ||
			        memcmp(value.data + at, generation->b, 8) == 0;
		}
	}
	buf_clear(&value);
	return found;
}

/* PROTOCOL.md M239: "A node MUST NOT recover more than four times in 24 hours
 * without a person." Each of two running copies of a home would otherwise end
 * the other's generation for ever. */
static enum err check_rate(struct node *node)
{
	int64_t now = clock_wall_ms(node->options.clock);
	struct buf value = { 0 };
	unsigned recent = 0;

	if (!db_meta_get(node->db, STATE_RECOVERED_KEY, &value)) {
		for (size_t at = 0; at + 16 <= value.size; at += 16) {
			int64_t then =
			    (int64_t)bytes_get_u64(value.data + at + 8);

			recent += then <= now && now - then < DAY_MS;
		}
	}
	buf_clear(&value);
	return recent < RECOVERIES_A_DAY
	           ? ERR_OK
	           : err_set(ERR_LIMIT,
			 "this log has been recovered %u times in a day: "
			 "another copy of this home must be running; stop it",
			 recent);
}

/* PROTOCOL.md M236: "The version of a card that recovers a log MUST be higher
 * than every version of its own card that the node has heard of, and at least
 * the number of minutes since 1970." */
static uint64_t next_version(const struct node *node, bool recovered)
{
	uint64_t next = newest_card(node)->fields->version + 1;
	int64_t minute = clock_wall_ms(node->options.clock) / MINUTE_MS;

	return recovered && minute > 0 && next < (uint64_t)minute
	           ? (uint64_t)minute
	           : next;
}

/* Above the highest sealing epoch heard, where that is not ours: 0 where it
 * is. */
static uint32_t next_epoch(const struct node *node)
{
	const struct keystore_public *keys =
	    keystore_public(node->options.keystore);
	const struct keystore_sealing *ours =
	    &keys->sealing[keys->sealing_count - 1];
	const Qsg__SealingKey *heard = card_sealing(newest_card(node));

	if (heard->epoch < ours->epoch ||
	    (heard->epoch == ours->epoch && memcmp(heard->key.data, ours->key.b,
						sizeof ours->key.b) == 0)) {
		return 0;
	}
	return heard->epoch + 1;
}

/* PROTOCOL.md M229: "The key of a new generation MUST be durable in the
 * keystore before the card that names it is made durable, and the high-water
 * mark MUST name the new generation before anything of it is released." */
static enum err need_key(struct node *node)
{
	struct buf path = { 0 };
	uint32_t epoch = next_epoch(node);
	enum err err = ERR_OK;

	if (node->successor.keyed && !epoch) {
		return ERR_OK; /* of a commit that failed */
	}
	err = home_path(node->home, "keys", &path);
	if (!err) {
		err = keystore_succeed(node->options.keystore, buf_text(&path),
		    epoch, node->options.rng);
	}
	node->successor.keyed = !err;
	buf_clear(&path);
	return err ? err_wrap(err, "the new log key is not kept") : ERR_OK;
}

static enum err stage(struct node *node, const struct state_successor *what)
{
	size_t generations = newest_card(node)->fields->n_generations;
	enum err err = ERR_OK;

	if (node->successor.pending) {
		return err_set(
		    ERR_BUSY, "a new generation is about to begin already");
	}
	if (what->begins && generations >= LIMIT_GENERATIONS) {
		return err_set(ERR_LIMIT,
		    "the log has had %u generations: no card can name more",
		    LIMIT_GENERATIONS);
	}
	if (what->begins) {
		err = need_key(node);
	}
	if (!err) {
		err = state_begin(node);
	}
	if (err) {
		return err;
	}
	node->successor.pending = true;
	node->successor.begins = what->begins;
	node->successor.compromised = what->compromised;
	node->successor.recovered = what->recovered;
	node->successor.version = next_version(node, what->recovered);
	return ERR_OK;
}

enum err successor_rotate(
    struct node *node, bool compromised, struct successor_planned *out)
{
	const struct state_successor what = { .begins = true,
		.compromised = compromised };
	const struct keystore_public *keys =
	    keystore_public(node->options.keystore);
	enum err err = ERR_OK;

	if (!node->may_sign) {
		return err_set(ERR_STATE,
		    "the log key cannot be changed now: "
		    "%s",
		    node->why_not);
	}
	err = stage(node, &what);
	if (!err) {
		out->generation = keys->logs[keys->log_count - 1].generation;
		out->card_version = node->successor.version;
	}
	return err;
}

enum err successor_recover(struct node *node)
{
	const struct state_successor what = { .begins = true,
		.recovered = true };
	enum err err = check_rate(node);

	return err ? err : stage(node, &what);
}

enum err successor_restate(struct node *node)
{
	const struct state_successor what = { 0 };

	return stage(node, &what);
}
