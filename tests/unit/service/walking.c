#include "walking.h"

#include "codec/canon.h"
#include "domain/reference.h"
#include "keys/seal.h"
#include "service/erasing.h"
#include "service/query.h"
#include "store/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))
#define MASK(n) (1u << (n))

struct walking walking;

struct node *walking_node(size_t at)
{
	return walking.fixture.nodes[at];
}

void walking_text(const struct walk *walk, size_t item, char out[40])
{
	(void)snprintf(out, 40, "walk %zu item %zu", walk->at, item);
}

static size_t node_of(const struct id32 *id)
{
	for (size_t i = 0; i < WALK_NODES; i++) {
		if (id_equal(node_id(walking_node(i)), id)) {
			return i;
		}
	}
	ck_abort_msg("a record of nobody");
	return 0;
}

/*
 * Finding.
 */

static struct walk_record *find(
    const struct id32 *id, struct walk **walk, size_t *index)
{
	for (size_t i = 0; i < walking.count; i++) {
		*walk = &walking.walks[i];
		for (*index = 0; *index < (*walk)->count; (*index)++) {
			struct walk_record *record = &(*walk)->records[*index];

			if (id_equal(&record->id, id)) {
				return record;
			}
		}
	}
	return NULL;
}

/* No body goes over the wire from whoever has seen its erasure, and nothing to
 * whom it was not sealed. */
static void watch(size_t to, size_t from, const Qsg__Records *records)
{
	for (size_t i = 0; i < records->n_records; i++) {
		const Qsg__Record *each = records->records[i];
		const struct walk_record *record = NULL;
		struct walk *walk = NULL;
		size_t index = 0;
		struct id32 id;

		seal_record_id(
		    span_of(each->header.data, each->header.len), &id);
		record = find(&id, &walk, &index);
		if (record) {
			ck_assert(record->readers & MASK(to));
			ck_assert_msg(
			    !each->body.len ||
				((walk->body[from] & BIT(index)) &&
				    !walk_withheld(walk, from, index)),
			    "a body that is not there is served");
		}
	}
}

void walking_open(uint64_t seed, size_t first, size_t walks)
{
	memset(&walking, 0, sizeof walking);
	fixture_seed(seed);
	fixture_open(&walking.fixture, WALK_NODES);
	walking.fixture.watch = watch;
	walking.fixture.joins = true;
	walking.count = walks;
	for (size_t i = 0; i < walks; i++) {
		walking.walks[i].at = i;
		walking.walks[i].number = first + i;
	}
	for (size_t i = 0; i < WALK_NODES; i++) {
		walking.seen[i] = (uint32_t)views_count(walking_node(i)->views);
	}
}

void walking_close(void)
{
	fixture_close(&walking.fixture);
}

/*
 * What was logged.
 */

static unsigned mask_of(const ProtobufCBinaryData *ids, size_t count)
{
	unsigned mask = 0;

	for (size_t i = 0; i < count; i++) {
		struct id32 id;

		ck_assert_uint_eq(ids[i].len, sizeof id.b);
		memcpy(id.b, ids[i].data, sizeof id.b);
		mask |= MASK(node_of(&id));
	}
	return mask;
}

static unsigned readers_of(size_t at, uint32_t rid)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned mask = 0;

	OK(query_audience(walking_node(at), rid, &ids, &count));
	for (size_t i = 0; i < count; i++) {
		mask |= MASK(node_of(&ids[i]));
	}
	free(ids);
	return mask;
}

/* What it refers to: which walk, and which of its records. */
static struct walk *take_references(
    const Qsg__Payload *payload, struct walk_record *made)
{
	struct walk *walk = NULL;

	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];
		const struct walk_record *named = NULL;
		struct walk *of = NULL;
		size_t index = 0;
		struct id32 id;

		memcpy(id.b, each->record.data, sizeof id.b);
		named = find(&id, &of, &index);
		if (!named) {
			continue;
		}
		ck_assert(!walk || walk == of);
		if (!walk) {
			made->item = named->item;
		}
		walk = of;
		made->names |= MASK(named->item);
		if (reference_named(each->relation) == REFERENCE_CITES) {
			made->cites |= BIT(index);
		}
	}
	return walk;
}

static struct walk *take_item(
    const Qsg__Payload *payload, struct walk_record *made)
{
	struct walk *walk = NULL;
	const char *text = payload->intelligence->text;
	char *end = NULL;
	size_t at = 0;

	ck_assert_int_eq(strncmp(text, "walk ", 5), 0);
	at = strtoul(text + 5, &end, 10);
	ck_assert_int_eq(strncmp(end, " item ", 6), 0);
	made->item = strtoul(end + 6, NULL, 10);
	walk = &walking.walks[at];
	ck_assert_uint_eq(made->item, walk->item_count);
	ck_assert_uint_lt(made->item, WALK_ITEMS);
	walk->items[walk->item_count++] = walk->count;
	return walk;
}

static void take_own(size_t at, uint32_t rid, const Qsg__Payload *payload)
{
	const struct view_record *view =
	    views_get(walking_node(at)->views, rid);
	struct walk_record made = {
		.id = view->id, .type = (enum view_type)view->type, .author = at
	};
	struct walk *walk = take_references(payload, &made);

	if (made.type == VIEW_INTELLIGENCE || made.type == VIEW_CORRECTION) {
		walk = take_item(payload, &made);
	} else if (made.type == VIEW_ONWARD_REQUEST) {
		made.to = mask_of(
		    payload->onward_request->to, payload->onward_request->n_to);
	} else if (made.type == VIEW_ONWARD_ANSWER) {
		made.to = mask_of(
		    payload->onward_answer->to, payload->onward_answer->n_to);
		made.allows =
		    strcmp(payload->onward_answer->verdict, "allow") == 0;
	}
	if (!walk) {
		return; /* a decision, for itself alone */
	}
	made.readers = readers_of(at, rid);
	ck_assert_uint_lt(walk->count, WALK_RECORDS);
	walk->has[at] |= BIT(walk->count);
	walk->body[at] |= BIT(walk->count);
	walk->known[at] |= BIT(walk->count);
	walk->records[walk->count++] = made;
}

static void take_new(size_t at, size_t from)
{
	struct node *node = walking_node(at);

	while (walking.seen[at] < views_count(node->views)) {
		uint32_t rid = ++walking.seen[at];
		const struct view_record *view = views_get(node->views, rid);
		struct walk *walk = NULL;
		size_t index = 0;
		Qsg__Payload *payload = NULL;

		if (view->slotted) {
			continue;
		}
		if (at == from) {
			OK(query_take(node, rid, &payload));
			ck_assert_ptr_nonnull(payload);
			take_own(at, rid, payload);
			canon_wipe(&payload->base);
			continue;
		}
		ck_assert_ptr_nonnull(find(&view->id, &walk, &index));
		ck_assert(walk->records[index].readers & MASK(at));
		ck_assert(walk->has[from] & BIT(index));
		walk->has[at] |= BIT(index);
		if ((walk->body[from] & BIT(index)) &&
		    !walk_withheld(walk, from, index)) {
			walk->body[at] |= BIT(index);
			walk->known[at] |= BIT(index);
		}
	}
}

/*
 * Erasure: M444, M446, M447, M452, M509.
 */

bool walk_holds(const struct walk *walk, size_t at, size_t item)
{
	return walking.fixture.now_ms < walk->held_ms[at][item];
}

bool walk_erased(const struct walk *walk, size_t at, size_t item)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if ((walk->has[at] & BIT(i)) && record->type == VIEW_ERASURE &&
		    record->item == item &&
		    (record->author == at || record->author == walk->author)) {
			return !walk_holds(walk, at, item);
		}
	}
	return false;
}

bool walk_carries(const struct walk *walk, size_t index, size_t item)
{
	return index == walk->items[item] ||
	       (walk->records[index].type == VIEW_GRANT &&
		   walk->records[index].item == item);
}

/* M445 */
bool walk_withheld(const struct walk *walk, size_t at, size_t record)
{
	const struct walk_record *kept = &walk->records[record];

	if (!walk_carries(walk, record, kept->item)) {
		return false;
	}
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *erasure = &walk->records[i];

		if ((walk->has[at] & BIT(i)) && erasure->type == VIEW_ERASURE &&
		    erasure->item == kept->item &&
		    (erasure->author == at || erasure->author == walk->author ||
			(kept->type == VIEW_GRANT &&
			    erasure->author == kept->author))) {
			return true;
		}
	}
	return false;
}

/* Did whoever made the grant have its grants erased here, or name this one? */
static bool took_back(const struct walk *walk, size_t at, size_t grant)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if ((walk->has[at] & BIT(i)) && record->type == VIEW_ERASURE &&
		    record->item == walk->records[grant].item &&
		    record->author == walk->records[grant].author) {
			return true;
		}
	}
	return false;
}

static void settle(struct walk *walk, size_t at)
{
	for (size_t i = 0; i < walk->count; i++) {
		size_t item = walk->records[i].item;

		if (!(walk->has[at] & BIT(i)) || !walk_carries(walk, i, item) ||
		    walk_holds(walk, at, item)) {
			continue;
		}
		if (walk_erased(walk, at, item) ||
		    (i != walk->items[item] && took_back(walk, at, i))) {
			walk->body[at] &= ~BIT(i);
		}
	}
}

void walking_settle(size_t at)
{
	for (size_t i = 0; i < walking.count; i++) {
		settle(&walking.walks[i], at);
	}
}

/*
 * What happens.
 */

void walking_did(size_t at)
{
	OK(node_commit(walking_node(at)));
	take_new(at, at);
	walking_settle(at);
}

static enum err look_at_row(void *context, const struct record_row *row)
{
	struct record_row *seen = context;

	seen->body.size = row->body.size;
	seen->reason = row->reason;
	return ERR_OK;
}

/* Bodies that were missing may have come, from somebody who has them; one that
 * was erased meanwhile was dropped, but says what it was (M509, M452). */
static void take_late(struct walk *walk, size_t to, size_t from)
{
	struct node *node = walking_node(to);
	uint64_t late = walk->has[to] & ~walk->known[to] & walk->body[from] &
	                walk->has[from];

	for (size_t i = 0; late && i < walk->count; i++) {
		struct record_row row = { .rid = 0 };

		if (!(late & BIT(i))) {
			continue;
		}
		OK(records_get(node->db,
		    views_find(node->views, &walk->records[i].id), look_at_row,
		    &row));
		if (row.body.size) {
			walk->body[to] |= BIT(i);
		}
		if (row.body.size || row.reason == RECORD_ERASED) {
			walk->known[to] |= BIT(i);
		}
	}
}

void walking_pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&walking.fixture, to, from, &taken));
	take_new(to, from);
	for (size_t i = 0; i < walking.count; i++) {
		take_late(&walking.walks[i], to, from);
	}
	walking_settle(to);
}

void walking_tick(size_t at)
{
	walking.fixture.now_ms += 61000;
	erasing_tick(walking_node(at));
	walking_did(at);
}

static uint64_t seen_by_all(void)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < WALK_NODES; i++) {
		seen += walking.seen[i];
	}
	return seen;
}

void walking_spread(void)
{
	uint64_t before = 0;

	for (size_t round = 0; before != seen_by_all(); round++) {
		ck_assert_uint_lt(round, 12);
		before = seen_by_all();
		for (size_t i = 0; i < WALK_NODES; i++) {
			for (size_t k = 0; k < WALK_NODES; k++) {
				if (i != k) {
					walking_pull(i, k);
				}
			}
			walking_tick(i);
		}
	}
}
