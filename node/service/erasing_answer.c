#define _POSIX_C_SOURCE 200809L

#include "service/erasing_parts.h"

#include "base/fs.h"
#include "base/log.h"
#include "codec/canon.h"
#include "domain/erasure.h"
#include "service/home.h"
#include "service/query.h"
#include "service/reached.h"
#include "service/relations.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_MS (60LL * 1000LL)
#define SNAPSHOT_MS (2LL * 1000LL) /* so that many erasures make one */
#define TURN 64u /* looked at in one tick, so that nothing else waits long */

enum err erasings_need(struct node *node, struct erasings **out)
{
	if (!node->erasings) {
		node->erasings = calloc(1, sizeof *node->erasings);
		if (node->erasings) {
			node->erasings->known_of.salt =
			    rng_u64(node->options.rng);
		}
	}
	*out = node->erasings;
	return *out ? ERR_OK : err_set(ERR_MEM, "out of memory");
}

void erasing_free(struct erasings *erasings)
{
	if (erasings) {
		free(erasings->known);
		table_clear(&erasings->known_of);
		free(erasings->items);
		free(erasings->begun);
		free(erasings);
	}
}

static enum err append(
    struct erasings *erasings, uint32_t rid, const struct id32 *target)
{
	if (erasings->count == erasings->capacity) {
		size_t capacity =
		    erasings->capacity ? erasings->capacity * 2 : 16;
		struct erasings_due *items =
		    realloc(erasings->items, capacity * sizeof *items);

		if (!items) {
			return err_set(ERR_MEM, "out of memory");
		}
		erasings->items = items;
		erasings->capacity = capacity;
	}
	erasings->items[erasings->count++] =
	    (struct erasings_due){ .rid = rid, .target = *target };
	return ERR_OK;
}

enum err erasings_add(
    struct node *node, uint32_t rid, const struct id32 *target)
{
	struct erasings_known *known = NULL;
	enum err err = ERR_OK;

	/* Anything may refer so to a record. */
	if (views_get(node->views, rid)->type != VIEW_ERASURE) {
		return ERR_OK;
	}
	err = erasings_know(node, rid, target, &known);
	if (!err && !known->due) {
		err = append(node->erasings, rid, target);
		known->due = !err;
	}
	if (!err) {
		node->erasings->look_ms = 0;
	}
	return err;
}

/*
 * Saying something about it.
 */

void erasing_refer(
    struct erasing_references *to, enum reference how, const struct id32 *id)
{
	size_t at = to->count;

	if (at == ERASING_REFERENCES) {
		return; /* those left are asked for now and then, in vain */
	}
	to->count++;
	to->ids[at] = *id;
	qsg__reference__init(&to->items[at]);
	to->items[at].relation = canon_lend(reference_token(how));
	to->items[at].record.data = to->ids[at].b;
	to->items[at].record.len = sizeof to->ids[at].b;
	to->list[at] = &to->items[at];
}

enum err erasing_submit(struct node *node, const int64_t *to, size_t count,
    struct erasing_references *references, Qsg__Payload *payload)
{
	struct id32 record;

	payload->references = references->list;
	payload->n_references = references->count;
	payload->role = canon_lend("administrator");
	return submit_payload(node, to, count, payload, &record);
}

/* Of several answers to one erasure. */
static uint32_t last_of(struct node *node, uint32_t erasure,
    const struct id32 *answered, uint32_t newest)
{
	const struct id32 *id = &views_get(node->views, erasure)->id;
	uint32_t rid = 0;
	size_t place = 0;

	while ((rid = views_next_link(
		    node->views, id, REFERENCE_ANSWERS_ERASURE, &place)) != 0) {
		if (views_get(node->views, rid)->type == VIEW_ERASURE_ANSWER &&
		    id_equal(erasing_author(node, rid), answered) &&
		    relations_later(node, rid, newest)) {
			newest = rid;
		}
	}
	return newest;
}

uint32_t erasing_last_answer(struct node *node, const struct id32 *original,
    const struct id32 *asked, const struct id32 *answered)
{
	uint32_t newest = 0;
	uint32_t erasure = 0;
	size_t place = 0;

	while ((erasure = views_next_link(
		    node->views, original, REFERENCE_ERASES, &place)) != 0) {
		if (views_get(node->views, erasure)->type == VIEW_ERASURE &&
		    id_equal(erasing_author(node, erasure), asked)) {
			newest = last_of(node, erasure, answered, newest);
		}
	}
	return newest;
}

/* What we said of it to this organisation last; NULL: nothing. canon_wipe. */
static enum err our_answer(
    struct node *node, const struct erasings_due *due, Qsg__Payload **out)
{
	uint32_t newest = erasing_last_answer(
	    node, &due->target, erasing_author(node, due->rid), node_id(node));

	*out = NULL;
	return newest ? query_take(node, newest, out) : ERR_OK;
}

static bool same_answer(
    const Qsg__ErasureAnswer *said, const struct erasing_hold *hold)
{
	return hold ? strcmp(said->verdict, ERASURE_KEPT) == 0 &&
	                  strcmp(said->until, hold->until) == 0 &&
	                  strcmp(said->reason, hold->reason) == 0
	            : strcmp(said->verdict, ERASURE_DONE) == 0;
}

/* PROTOCOL.md M447: "A reader that has carried an erasure out, or keeps the
 * record for a reason of its own, MUST answer whoever asked: `done`, or `kept`
 * with reason and day; and again when that changes."
 *
 * PROTOCOL.md M508: "Whoever asks for the erasure of one record several times
 * MUST be answered once, until the answer changes." */
static enum err answer(struct node *node, const struct erasings_due *due,
    const struct erasing_hold *hold)
{
	struct erasing_references references = { .count = 0 };
	int64_t org = erasing_org(node, due->rid);
	Qsg__Payload *said = NULL;
	Qsg__Payload payload;
	Qsg__ErasureAnswer content;
	bool told = false;
	enum err err = ERR_OK;

	if (org == 1 || !peers_admitted(peers_get(node, org))) {
		return ERR_OK;
	}
	err = our_answer(node, due, &said);
	if (said) {
		told = same_answer(said->erasure_answer, hold);
		canon_wipe(&said->base);
	}
	if (err || told) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__erasure_answer__init(&content);
	content.verdict = canon_lend(hold ? ERASURE_KEPT : ERASURE_DONE);
	if (hold) {
		content.reason = canon_lend(hold->reason);
		content.until = canon_lend(hold->until);
	}
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE_ANSWER;
	payload.erasure_answer = &content;
	erasing_refer(&references, REFERENCE_ANSWERS_ERASURE,
	    &views_get(node->views, due->rid)->id);
	return erasing_submit(node, &org, 1, &references, &payload);
}

/*
 * One that is due.
 */

/* What said lately of one record that it was granted; of several erasures of
 * one it is looked for once. */
struct said_lately {
	struct id32 target;
	struct reached reached;
	bool there;
};

struct reaching {
	struct node *node;
	uint32_t erasure;
	enum erasing_reach most;
	bool author; /* of the original, by what any of them says */
	bool reader; /* whoever asks reads it, or one of its grants */
	bool ours;   /* it is a record of ours */
	size_t left; /* that have their bodies */
};

static enum err reach(void *context, const struct erasing_carrier *carrier)
{
	struct reaching *reaching = context;
	struct node *node = reaching->node;
	const struct view_record *view = views_get(node->views, carrier->rid);
	enum erasing_reach how =
	    erasing_may_go(view, carrier->grant)
		? erasing_reaches(node, reaching->erasure, carrier)
		: ERASING_NOT;

	reaching->reader =
	    reaching->reader || state_reads(state_stream(node, view->stream),
				    erasing_author(node, reaching->erasure));
	reaching->left += !records_is_erased(view->state, view->reason);
	reaching->most = how > reaching->most ? how : reaching->most;
	if (carrier->known) {
		reaching->ours = id_equal(&carrier->author, node_id(node));
		reaching->author = id_equal(
		    &carrier->author, erasing_author(node, reaching->erasure));
	}
	return ERR_OK;
}

/* A grant without its body does not say any more whose its original is, but
 * what was carried out stays so. */
static enum err find_reach(struct node *node, const struct erasings_due *due,
    struct reaching *reaching)
{
	struct tombstone tombstone;
	enum err err = erasing_carriers(node, &due->target, reach, reaching);

	if (!err && reaching->most != ERASING_WHOLE) {
		err = tombstones_get(node->db, &due->target, &tombstone);
		if (!err && erasing_org(node, (uint32_t)tombstone.erasure) ==
				erasing_org(node, due->rid)) {
			reaching->most = ERASING_WHOLE;
			reaching->author = erasing_org(node, due->rid) != 1;
		}
		err = err == ERR_NOTFOUND ? ERR_OK : err;
	}
	return err;
}

/* Does it name grants of its author's that came here without their bodies? */
static enum err names_waiting(struct node *node, uint32_t erasure, bool *out)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, erasure, &payload);

	*out = false;
	for (size_t i = 0; payload && i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		uint32_t rid = 0;

		memcpy(id.b, reference->record.data, sizeof id.b);
		rid = erasing_held(node, &id);
		*out = *out || (rid &&
				   reference_named(reference->relation) ==
				       REFERENCE_CITES &&
				   id_equal(erasing_author(node, rid),
				       erasing_author(node, erasure)) &&
				   erasing_waits(node, rid));
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* Of what went before, whoever reads a grant that never came with its body, and
 * that is said to have carried it (M510), is a reader, too. */
static enum err find_reader(struct node *node, const struct erasings_due *due,
    struct reaching *reaching, struct said_lately *said)
{
	enum err err = ERR_OK;

	if (reaching->reader || reaching->left) {
		return ERR_OK;
	}
	if (!said->there || !id_equal(&said->target, &due->target)) {
		reached_clear(&said->reached);
		err = reached_add_erased(node, &due->target, &said->reached);
		said->target = due->target;
		said->there = !err;
	}
	for (size_t i = 0; i < said->reached.grant_count; i++) {
		uint32_t rid = said->reached.grants[i].rid;
		const struct view_record *view = views_get(node->views, rid);

		reaching->reader = reaching->reader ||
		                   state_reads(state_stream(node, view->stream),
				       erasing_author(node, due->rid));
	}
	return err;
}

/* Unless it is held; or is held from now on (M501). */
static enum err do_it(struct node *node, const struct erasings_due *due,
    bool *held, struct erasing_hold *hold)
{
	size_t bodies = 0;
	enum err err = erasing_is_held(node, &due->target, held);

	if (!err && !*held) {
		err = erasing_carry_out(node, due->rid, &due->target, &bodies);
		if (!err) {
			err = erasing_is_held(node, &due->target, held);
		}
	}
	return err || !*held ? err : erasing_get_hold(node, &due->target, hold);
}

/* There is nothing here that it counts for.
 *
 * PROTOCOL.md M507: "Nobody MUST be answered who is not known here for a reader
 * of the record or of one of its grants, so that nobody learns by asking what
 * is, or was, held." */
static enum err answer_none(struct node *node, const struct erasings_due *due,
    struct said_lately *said, struct reaching *reaching)
{
	bool waits = false;
	enum err err = find_reader(node, due, reaching, said);

	if (!err && !(reaching->reader && !reaching->left)) {
		err = names_waiting(node, due->rid, &waits);
	} else {
		/* It went before; whoever it was that asked then. */
		waits = true;
	}
	return err || !waits ? err : answer(node, due, NULL);
}

/* *kept: it is to be looked at again. */
static enum err look_at(struct node *node, const struct erasings_due *due,
    struct said_lately *said, bool *kept)
{
	struct reaching reaching = { .node = node, .erasure = due->rid };
	struct erasing_hold hold;
	bool held = false;
	enum err err = find_reach(node, due, &reaching);

	/* Its author's next card may say otherwise. */
	*kept = !err && erasing_disowned(node, due->rid);
	if (!err && reaching.most == ERASING_NOT) {
		return *kept ? ERR_OK : answer_none(node, due, said, &reaching);
	}
	if (!err) {
		err = do_it(node, due, &held, &hold);
	}
	*kept = *kept || held;
	if (!err) {
		err = answer(node, due, held ? &hold : NULL);
	}
	if (!err && reaching.author && !erasing_disowned(node, due->rid)) {
		err = erasing_pass_on(
		    node, due->rid, &due->target, reaching.ours);
	}
	return err;
}

static void rewrite_snapshot(struct node *node)
{
	struct buf path = { 0 };

	if (node_staged(node) || home_path(node->home, "snapshot", &path)) {
		return;
	}
	if (views_save(node->views, node->options.keystore, node->options.rng,
		db_incarnation(node->db), buf_text(&path))) {
		log_line(
		    LOG_WARN, "erasing", "no snapshot saved: %s", err_text());
	}
	node->snapshot_due_ms = 0;
	buf_clear(&path);
}

/* One that cannot be done now keeps no other from it. */
static void look_at_some(struct node *node, struct erasings *erasings)
{
	struct said_lately said = { .there = false };
	size_t looked = 0;
	bool failed = false;

	while (erasings->next < erasings->count && looked++ < TURN) {
		struct erasings_due due = erasings->items[erasings->next];
		bool kept = false;
		enum err err = look_at(node, &due, &said, &kept);

		if (err && !failed) {
			/* Tried again; a doomed commit undoes it all. */
			log_line(LOG_WARN, "erasing", "%s", err_text());
			failed = true;
		}
		if (node->poisoned) {
			break;
		}
		if (err || kept) {
			erasings->next++;
			continue;
		}
		erasings_find(erasings, due.rid)->due = false;
		erasings->items[erasings->next] =
		    erasings->items[--erasings->count];
	}
	reached_clear(&said.reached);
	erasings->look_ms = 0;
	if (erasings->next >= erasings->count || node->poisoned) {
		erasings->next = 0;
		erasings->look_ms =
		    clock_steady_ms(node->options.clock) + AGAIN_MS;
	}
}

void erasing_tick(struct node *node)
{
	struct erasings *erasings = node->erasings;

	if (node->snapshot_due_ms &&
	    clock_steady_ms(node->options.clock) >= node->snapshot_due_ms) {
		rewrite_snapshot(node);
	}
	if (erasings && erasings->count && node->may_sign && !node->held_back &&
	    clock_steady_ms(node->options.clock) >= erasings->look_ms) {
		look_at_some(node, erasings);
	}
}

enum err erasing_settle(struct node *node)
{
	struct erasings *erasings = node->erasings;
	enum err err = ERR_OK;

	if (!erasings || !erasings->begun_count) {
		return ERR_OK;
	}
	err = quarantine_forget(node->db, node->options.keystore,
	    erasings->begun, erasings->begun_count);
	free(erasings->begun);
	erasings->begun = NULL;
	erasings->begun_count = 0;
	return state_poison(node, err);
}

static void forget_snapshot(struct node *node)
{
	if (!node->snapshot_due_ms) {
		node->snapshot_due_ms =
		    clock_steady_ms(node->options.clock) + SNAPSHOT_MS;
	}
}

/* PROTOCOL.md M449: "What was erased MUST NOT be left in the database file, its
 * write-ahead log, a snapshot or what is kept of rejected messages." */
void erasing_committed(struct node *node)
{
	if (!node->unfolded) {
		return;
	}
	forget_snapshot(node);
	if (db_fold(node->db)) {
		log_line(LOG_WARN, "erasing",
		    "the write-ahead log still holds what was erased: %s",
		    err_text());
		return; /* the next commit tries again */
	}
	node->unfolded = false;
}

/*
 * A start.
 */

struct measured {
	uint32_t kept;
	bool newer; /* of a later version of the program */
};

static enum err measure(void *context, const struct record_row *row)
{
	struct measured *measured = context;
	struct header header;
	enum err err = envelope_get_header(row->header, &header);

	measured->kept =
	    (uint32_t)(row->header.size + row->slots.size + row->body.size);
	measured->newer = err == ERR_VERSION;
	return ERR_OK;
}

/* A snapshot may be from before; without one the views know of the row alone.
 */
static enum err load_erased(void *context, const struct erased_row *row)
{
	struct node *node = context;
	const struct view_record *view = NULL;
	bool grant = false;
	struct measured measured = { 0 };
	struct state_stream *stream = NULL;
	uint32_t linked = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	if (row->rid < 1 || (size_t)row->rid > views_count(node->views)) {
		return err_set(ERR_CORRUPT, "erased row %lld is of no record",
		    (long long)row->rid);
	}
	view = views_get(node->views, (uint32_t)row->rid);
	grant = !id_equal(&view->id, &row->original);
	stream = state_stream(node, view->stream);
	err = records_get(node->db, row->rid, measure, &measured);
	if (err) {
		return err;
	}
	/* It may have re-keyed its stream, as it might unerased. */
	if (measured.newer && view->number > stream->row.state.keyed_at) {
		stream->row.state.keyed_unknown = true;
	}
	if (!records_is_erased(view->state, view->reason) ||
	    (grant && view->type != VIEW_GRANT)) {
		if (!records_is_erased(view->state, view->reason)) {
			forget_snapshot(node);
		}
		state_forget(node, (uint32_t)row->rid,
		    grant ? VIEW_GRANT : VIEW_UNKNOWN, measured.kept);
	}
	while (grant &&
	       (linked = views_next_link(node->views, &row->original,
		    REFERENCE_GRANTS, &place)) != 0 &&
	       linked != (uint32_t)row->rid) {
	}
	return grant && !linked ? views_link(node->views, (uint32_t)row->rid,
				      REFERENCE_GRANTS, &row->original)
	                        : ERR_OK;
}

static enum err load_due(struct node *node, uint32_t rid)
{
	struct id32 target;
	bool says = false;
	enum err err = erasing_target_of(node, rid, &target, &says);

	return says ? erasings_add(node, rid, &target) : err;
}

enum err erasing_load(struct node *node)
{
	enum err err = erased_scan(node->db, load_erased, node);

	for (size_t i = 1; i <= views_count(node->views) && !err; i++) {
		if (views_get(node->views, (uint32_t)i)->type == VIEW_ERASURE) {
			err = load_due(node, (uint32_t)i);
		}
	}
	return err;
}
