#include "service/summit_clocks.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/state.h"
#include "service/submit.h"
#include "store/delivery.h"
#include "store/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cosigned heads of one log that are looked at, the newest. */
#define HEADS 64u

/*
 * What others signed for.
 */

/* A cosignature of a head, or a receipt: of the leaves below `last`, or of the
 * numbers from `first` to it. */
struct signed_for {
	int64_t who;
	uint64_t first;
	uint64_t last;
	int64_t at_ms;
};
struct signings {
	struct signed_for *list;
	size_t count;
	size_t capacity;
	int64_t of; /* log or stream; 0: none yet */
};

/* What was signed for is read once for a log and a stream, however many records
 * of them are asked about. */
struct sights {
	struct node *node;
	struct summit_sight *list;
	size_t count;
	size_t capacity;
	struct signings heads;
	struct signings receipts;
};

static void *room_for(void *list, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity ? *capacity * 2 : 16;
	void *grown = list;

	if (count < *capacity) {
		return list;
	}
	grown = realloc(list, more * size);
	if (grown) {
		*capacity = more;
	} else {
		(void)err_set(ERR_MEM, "out of memory");
	}
	return grown;
}

static enum err add_sight(
    struct sights *sights, int64_t who, bool with, int64_t at_ms)
{
	struct summit_sight *grown = room_for(sights->list, sights->count,
	    &sights->capacity, sizeof *sights->list);

	if (!grown) {
		return ERR_MEM;
	}
	sights->list = grown;
	grown[sights->count++] = (struct summit_sight){
		.who = who, .ours = who == 1, .with = with, .at_ms = at_ms
	};
	return ERR_OK;
}

static enum err add_signing(
    struct signings *signings, const struct signed_for *one)
{
	struct signed_for *grown = room_for(signings->list, signings->count,
	    &signings->capacity, sizeof *signings->list);

	if (!grown) {
		return ERR_MEM;
	}
	signings->list = grown;
	grown[signings->count++] = *one;
	return ERR_OK;
}

static enum err add_cosignature(
    void *context, const struct cosignature_row *row)
{
	struct sights *sights = context;

	return row->time_s > INT64_MAX / 1000
	           ? ERR_OK
	           : add_signing(&sights->heads,
			 &(struct signed_for){ .who = row->org,
			     .last = row->size,
			     .at_ms = (int64_t)row->time_s * 1000 });
}

static enum err add_head(void *context, const struct head_row *row)
{
	struct sights *sights = context;

	return heads_cosignatures(
	    sights->node->db, row->log, row->size, add_cosignature, sights);
}

static enum err add_receipt(void *context, const struct delivery_receipt *row)
{
	struct sights *sights = context;
	const struct views *views = sights->node->views;

	if (row->rid <= 0 || (uint64_t)row->rid > views_count(views)) {
		return ERR_OK;
	}
	return add_signing(&sights->receipts,
	    &(struct signed_for){ .who = row->org,
		.first = row->first,
		.last = row->last,
		.at_ms = views_get(views, (uint32_t)row->rid)->created_ms });
}

static enum err read_signings(
    struct sights *sights, int64_t log, int64_t stream)
{
	struct node *node = sights->node;
	enum err err = ERR_OK;

	if (sights->heads.of != log) {
		sights->heads.count = 0;
		sights->heads.of = log;
		err = heads_newest(node->db, log, HEADS, add_head, sights);
	}
	if (!err && sights->receipts.of != stream) {
		sights->receipts.count = 0;
		sights->receipts.of = stream;
		err = delivery_scan_receipts(
		    node->db, stream, add_receipt, sights);
	}
	return err;
}

/* A granted record lies in a log that is not held here: only when it came is
 * known. */
static enum err find_sights(struct sights *sights, uint32_t rid)
{
	const struct view_record *view = views_get(sights->node->views, rid);
	enum err err = ERR_OK;

	sights->count = 0;
	err = add_sight(sights, 1, true, view->received_ms);
	if (err || views_granted(sights->node->views, rid)) {
		return err;
	}
	err = read_signings(sights,
	    state_stream(sights->node, view->stream)->row.log, view->stream);
	for (size_t i = 0; i < sights->heads.count && !err; i++) {
		const struct signed_for *one = &sights->heads.list[i];

		err = add_sight(
		    sights, one->who, one->last > view->leaf, one->at_ms);
	}
	for (size_t i = 0; i < sights->receipts.count && !err; i++) {
		const struct signed_for *one = &sights->receipts.list[i];

		if (one->first <= view->number && view->number <= one->last) {
			err = add_sight(sights, one->who, true, one->at_ms);
		}
	}
	return err;
}

static void clear_sights(struct sights *sights)
{
	free(sights->list);
	free(sights->heads.list);
	free(sights->receipts.list);
	*sights = (struct sights){ 0 };
}

/*
 * What is kept of that.
 */

static void key_of(const struct id32 *record, char out[80])
{
	(void)snprintf(
	    out, 80, "%s%s", STATE_MADE_KEY, text_hex_id(record).text);
}

static enum err read_kept(struct node *node, const struct id32 *record,
    struct summit_bounds *bounds, bool *any)
{
	struct buf value = { 0 };
	char key[80];
	enum err err = ERR_OK;

	key_of(record, key);
	err = db_meta_get(node->db, key, &value);
	*any = !err && value.size == 16;
	if (*any) {
		bounds->after_ms = (int64_t)bytes_get_u64(value.data);
		bounds->before_ms = (int64_t)bytes_get_u64(value.data + 8);
	}
	buf_clear(&value);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err write_kept(struct node *node, const struct id32 *record,
    const struct summit_bounds *bounds)
{
	uint8_t value[16];
	char key[80];
	enum err err = state_begin(node);

	key_of(record, key);
	bytes_put_u64(value, (uint64_t)bounds->after_ms);
	bytes_put_u64(value + 8, (uint64_t)bounds->before_ms);
	return err ? err
	           : db_meta_set(
			 node->db, key, (struct span){ value, sizeof value });
}

/* What sets no clock and meets none needs no bounds. */
static bool matters(const struct summit_fact *fact)
{
	switch ((unsigned)fact->payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER:
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
	case QSG__PAYLOAD__CONTENT_ACTION:
		return true;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return strcmp(fact->payload->summit_entry->act, "note") == 0;
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
		return strcmp(fact->payload->action_step->act, "close") == 0 ||
		       strcmp(fact->payload->action_step->act, "withdraw") == 0;
	default: /* of no account for any clock */
		return false;
	}
}

static enum err bounds_of(struct sights *sights, const struct summit_fact *fact,
    bool keep, struct summit_bounds *out)
{
	struct node *node = sights->node;
	uint32_t rid = views_find(node->views, &fact->record);
	struct summit_bounds seen = summit_unbounded();
	bool any = false;
	enum err err = ERR_OK;

	*out = summit_unbounded();
	if (!rid || !matters(fact)) {
		return ERR_OK;
	}
	err = read_kept(node, &fact->record, out, &any);
	if (!err) {
		err = find_sights(sights, rid);
	}
	if (err) {
		return err;
	}
	seen = summit_bounds_of(sights->list, sights->count);
	return summit_bounds_narrow(out, &seen) && keep
	           ? write_kept(node, &fact->record, out)
	           : ERR_OK;
}

/* Facts by their streams. */
struct placed {
	uint32_t stream;
	size_t at;
};

static int by_stream(const void *a, const void *b)
{
	const struct placed *x = a;
	const struct placed *y = b;

	if (x->stream != y->stream) {
		return x->stream > y->stream ? 1 : -1;
	}
	return (x->at > y->at) - (x->at < y->at);
}

static enum err find_bounds(struct node *node, const struct summits_look *look,
    bool keep, struct summit_bounds *bounds)
{
	struct sights sights = { .node = node };
	struct placed *placed = calloc(look->count + 1, sizeof *placed);
	enum err err = placed ? ERR_OK : err_set(ERR_MEM, "out of memory");

	for (size_t i = 0; i < look->count && !err; i++) {
		uint32_t rid = views_find(node->views, &look->facts[i].record);

		placed[i] = (struct placed){
			rid ? views_get(node->views, rid)->stream : 0, i
		};
	}
	if (!err) {
		qsort(placed, look->count, sizeof *placed, by_stream);
	}
	for (size_t i = 0; i < look->count && !err; i++) {
		size_t at = placed[i].at;

		err = bounds_of(&sights, &look->facts[at], keep, &bounds[at]);
	}
	clear_sights(&sights);
	free(placed);
	return err;
}

/*
 * The clocks.
 */

static enum err find_clocks(struct node *node, const struct summits_look *look,
    bool keep, struct summit_clocks *out)
{
	struct summit_bounds *bounds = calloc(look->count + 1, sizeof *bounds);
	struct summit_clocks_asked asked = { .state = &look->state,
		.facts = look->facts,
		.bounds = bounds,
		.count = look->count,
		.rules = &look->rules,
		.us = node_id(node),
		.now_ms = clock_wall_ms(node->options.clock) };
	enum err err = bounds ? ERR_OK : err_set(ERR_MEM, "out of memory");

	*out = (struct summit_clocks){ 0 };
	if (!err) {
		err = find_bounds(node, look, keep, bounds);
	}
	if (!err && look->state.trigger) {
		err = summit_clocks_find(&asked, out);
	}
	free(bounds);
	return err;
}

enum err summit_clocks_look(struct node *node, const struct summits_look *look,
    struct summit_clocks *out)
{
	return find_clocks(node, look, false, out);
}

enum err summit_clocks_keep(struct node *node, const struct summits_look *look,
    struct summit_clocks *out)
{
	return find_clocks(node, look, true, out);
}

/*
 * Missed.
 */

/* Those in the circle whom this node may seal to. */
static enum err find_readers(struct node *node, const struct summits_look *look,
    int64_t **orgs, size_t *count)
{
	struct id32 *ids = NULL;
	size_t found = 0;
	enum err err = summits_circle(node, look, &ids, &found);

	*count = 0;
	*orgs = err ? NULL : calloc(found + 1, sizeof **orgs);
	if (!err && !*orgs) {
		err = err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < found && !err; i++) {
		const struct peer *peer = peers_by_id(node, &ids[i]);

		if (peer && peer->org > 1 && peers_admitted(peer)) {
			(*orgs)[(*count)++] = peer->org;
		}
	}
	free(ids);
	return err;
}

static enum err record_one(struct node *node, const struct summits_look *look,
    const struct summit_clock *clock)
{
	int64_t *orgs = NULL;
	struct id32 of = clock->of->record;
	struct id32 summit = look->state.id;
	struct submit_audience audience = { 0 };
	Qsg__SummitMissed missed;
	Qsg__Payload payload;
	struct id32 record;
	enum err err = find_readers(node, look, &orgs, &audience.count);

	if (err) {
		return err;
	}
	audience.readers = orgs;
	qsg__payload__init(&payload);
	qsg__summit_missed__init(&missed);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_MISSED;
	payload.summit_missed = &missed;
	missed.summit.data = summit.b;
	missed.summit.len = sizeof summit.b;
	missed.clock = canon_lend(clock->token);
	missed.of.data = of.b;
	missed.of.len = sizeof of.b;
	missed.due_ms = clock->due_ms;
	missed.seen_ms = clock_wall_ms(node->options.clock);
	err = submit_to(node, &audience, &payload, &record);
	free(orgs);
	return err;
}

static bool is_ours(struct node *node, const struct summit_fact *fact)
{
	return fact->payload->content_case ==
	           QSG__PAYLOAD__CONTENT_SUMMIT_MISSED &&
	       id_equal(&fact->author, node_id(node));
}

/* What comes after that many does not count, and would be said again. */
static bool said_all(struct node *node, const struct summits_look *look)
{
	size_t count = 0;

	for (size_t i = 0; i < look->count; i++) {
		count += is_ours(node, &look->facts[i]);
	}
	return count >= LIMIT_SUMMIT_MISSED;
}

static int compare_party(const void *key, const void *item)
{
	const struct summit_party *party = item;

	return id_compare(key, &party->organisation);
}

/* How many clocks that this organisation set were recorded; NULL: it is in no
 * way part of the summit. */
static size_t *count_of(
    const struct summits_look *look, size_t *counts, const struct id32 *setter)
{
	const struct summit_party *party =
	    look->party_count == 0
		? NULL
		: bsearch(setter, look->parties, look->party_count,
		      sizeof *look->parties, compare_party);

	return party ? &counts[party - look->parties] : NULL;
}

/* Those of an action or a review, which anybody may set many of. */
static bool is_one_of_many(const char *token)
{
	return strcmp(token, "action") == 0 || strcmp(token, "review") == 0;
}

static void count_recorded(
    struct node *node, const struct summits_look *look, size_t *counts)
{
	for (size_t i = 0; i < look->count; i++) {
		const struct summit_fact *fact = &look->facts[i];
		const Qsg__SummitMissed *said = fact->payload->summit_missed;
		struct id32 of;
		uint32_t rid = 0;
		size_t *count = NULL;

		if (!is_ours(node, fact) || !is_one_of_many(said->clock)) {
			continue;
		}
		memcpy(of.b, said->of.data, sizeof of.b);
		rid = views_find(node->views, &of);
		count = rid ? count_of(look, counts, state_author_id(node, rid))
		            : NULL;
		if (count) {
			(*count)++;
		}
	}
}

/* PROTOCOL.md M669: "Of the clocks of reviews and actions that the records of
 * one organisation set in a summit, a node MUST record no more than 32 as
 * missed; what it shows as missed is not the fewer for that." Else whoever sets
 * actions that are late when they are set has every node write as much, and
 * ring as often, as it likes. */
static bool is_one_too_many(const struct summits_look *look,
    const struct summit_clock *clock, size_t *counts)
{
	size_t *count = is_one_of_many(clock->token)
	                    ? count_of(look, counts, &clock->of->author)
	                    : NULL;

	return count && (*count)++ >= LIMIT_SUMMIT_MISSED_OF;
}

/* PROTOCOL.md M689: "A node in the circle MUST record once that it saw a clock
 * missed, in a record to the circle, and MUST show that clock as missed from
 * then on, whatever it hears later." */
enum err summit_clocks_record(struct node *node,
    const struct summits_look *look, const struct summit_clocks *clocks,
    size_t *count)
{
	const struct summit_side *side =
	    summit_side(&look->state, node_id(node));
	size_t made = 0;
	bool may = side && side->circle && !said_all(node, look);
	size_t *counts = calloc(look->party_count + 1, sizeof *counts);
	enum err err = counts ? ERR_OK : err_set(ERR_MEM, "out of memory");

	if (!err && may) {
		count_recorded(node, look, counts);
	}
	for (size_t i = 0; may && i < clocks->count && !err; i++) {
		const struct summit_clock *clock = &clocks->items[i];

		if (clock->status == SUMMIT_CLOCK_MISSED && !clock->ours &&
		    !is_one_too_many(look, clock, counts)) {
			err = submit_may_sign(node);
			err = err ? err : record_one(node, look, clock);
			made += !err;
		}
	}
	free(counts);
	if (count) {
		*count = made;
	}
	return err;
}
