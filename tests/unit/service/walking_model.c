#include "walking.h"

#include "service/corrections.h"
#include "service/erasing.h"
#include "store/records.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(n) (UINT64_C(1) << (n))
#define MASK(n) (1u << (n))

/*
 * The model.
 */

bool walk_reads(const struct walk *walk, size_t at, size_t item)
{
	if (walk->has[at] & BIT(walk->items[item])) {
		return walk->body[at] & BIT(walk->items[item]);
	}
	for (size_t i = 0; i < walk->count; i++) {
		if (walk_carries(walk, i, item) && (walk->body[at] & BIT(i))) {
			return true;
		}
	}
	return false;
}

bool walk_knows(const struct walk *walk, size_t at, size_t item)
{
	for (size_t i = 0; i < walk->count; i++) {
		if (walk_carries(walk, i, item) &&
		    ((walk->known[at] & walk->has[at] & BIT(i)) ||
			((walk->has[at] & BIT(i)) && i == walk->items[item]))) {
			return true;
		}
	}
	return false;
}

unsigned walk_given(const struct walk *walk, size_t item)
{
	unsigned mask = 0;

	for (size_t i = 0; i < walk->count; i++) {
		if (walk_carries(walk, i, item)) {
			mask |= walk->records[i].readers;
		}
	}
	return mask;
}

/* M510 */
static bool names(const struct walk *walk, size_t at, size_t grant)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if (record->type == VIEW_ERASURE &&
		    record->item == walk->records[grant].item &&
		    record->author == walk->records[grant].author &&
		    (walk->has[at] & walk->known[at] & BIT(i)) &&
		    (record->cites & BIT(grant))) {
			return true;
		}
	}
	return false;
}

static bool is_secretly_back(const struct walk *walk, size_t grant)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if (record->type == VIEW_ERASURE &&
		    record->author == walk->records[grant].author &&
		    (record->cites & BIT(grant)) &&
		    !(record->readers & MASK(walk->author))) {
			return true;
		}
	}
	return false;
}

unsigned walk_hidden(const struct walk *walk, size_t item)
{
	unsigned mask = 0;

	for (size_t i = 0; i < walk->count; i++) {
		if (i != walk->items[item] && walk_carries(walk, i, item) &&
		    (walk->has[walk->author] & BIT(i)) &&
		    !(walk->known[walk->author] & BIT(i)) &&
		    is_secretly_back(walk, i)) {
			mask |= walk->records[i].readers;
		}
	}
	return mask;
}

/* M451: by grants of those whom it reached. */
unsigned walk_carriers(const struct walk *walk, size_t item)
{
	size_t at = walk->author;
	unsigned mask = walk->records[walk->items[item]].readers;
	unsigned before = 0;

	while (mask != before) {
		before = mask;
		for (size_t i = 0; i < walk->count; i++) {
			const struct walk_record *record = &walk->records[i];

			if (walk_carries(walk, i, item) &&
			    (walk->has[at] & BIT(i)) &&
			    ((walk->known[at] & BIT(i)) ||
				names(walk, at, i)) &&
			    (mask & MASK(record->author))) {
				mask |= record->readers;
			}
		}
	}
	return mask;
}

bool walk_known_reader(
    const struct walk *walk, size_t at, size_t item, size_t who)
{
	uint64_t knows = walk->has[at] & walk->known[at];

	if (who == walk->author) {
		return true;
	}
	for (size_t i = 0; i < walk->count; i++) {
		if (walk_carries(walk, i, item) && (knows & BIT(i)) &&
		    (walk->records[i].readers & MASK(who))) {
			return true;
		}
	}
	return false;
}

bool walk_allowed(const struct walk *walk, size_t at, size_t item, size_t to)
{
	bool allowed = false;

	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if (record->type == VIEW_ONWARD_ANSWER &&
		    record->author == walk->author && record->item == item &&
		    (walk->has[at] & BIT(i)) && (record->to & MASK(to))) {
			allowed = record->allows;
		}
	}
	return allowed;
}

/* What it corrects is known where it is read, and where its own body has not
 * come and a grant of it has. */
static bool learns(const struct walk *walk, size_t at, size_t item)
{
	for (size_t i = 0; i < walk->count; i++) {
		if (walk_carries(walk, i, item) && (walk->body[at] & BIT(i))) {
			return true;
		}
	}
	return false;
}

/* M476, M477: items that are one chain for node `at`. */
static unsigned chain_of(const struct walk *walk, size_t at, size_t item)
{
	unsigned chain = MASK(item);
	unsigned before = 0;

	while (chain != before) {
		before = chain;
		for (size_t i = 0; i < walk->item_count; i++) {
			const struct walk_record *record =
			    &walk->records[walk->items[i]];

			if (!learns(walk, at, i)) {
				continue;
			}
			for (size_t k = 0; k < i; k++) {
				unsigned both = MASK(i) | MASK(k);

				if (record->names & MASK(k) &&
				    learns(walk, at, k) && chain & both) {
					chain |= both;
				}
			}
		}
	}
	return chain;
}

size_t walk_newest(const struct walk *walk, size_t at, size_t item)
{
	unsigned chain = chain_of(walk, at, item);
	size_t newest = item;

	for (size_t i = 0; i < walk->item_count; i++) {
		if (chain & MASK(i)) {
			newest = i;
		}
	}
	return newest;
}

bool walk_retracted(const struct walk *walk, size_t at, size_t item)
{
	unsigned chain = chain_of(walk, at, item);

	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		if (record->type == VIEW_RETRACTION &&
		    record->author == walk->author &&
		    (walk->has[at] & BIT(i)) && (record->names & chain)) {
			return true;
		}
	}
	return false;
}

/* M470 */
unsigned walk_reached(const struct walk *walk, size_t item)
{
	size_t at = walk->author;
	unsigned chain = chain_of(walk, at, item);
	unsigned mask = 0;
	unsigned before = UINT_MAX;

	for (size_t i = 0; i < walk->item_count; i++) {
		if (chain & MASK(i)) {
			mask |= walk->records[walk->items[i]].readers;
		}
	}
	while (mask != before) {
		before = mask;
		for (size_t i = 0; i < walk->count; i++) {
			const struct walk_record *record = &walk->records[i];

			if (record->type == VIEW_GRANT &&
			    (walk->has[at] & walk->known[at] & BIT(i)) &&
			    (chain & MASK(record->item)) &&
			    (mask & MASK(record->author))) {
				mask |= record->readers;
			}
		}
	}
	return mask;
}

/*
 * Comparing.
 */

struct row_seen {
	enum record_state state;
	enum record_reason reason;
	bool body;
	bool wrapped;
};

static enum err keep_row(void *context, const struct record_row *row)
{
	struct row_seen *seen = context;

	*seen = (struct row_seen){ .state = row->state,
		.reason = row->reason,
		.body = row->body.size > 0,
		.wrapped = row->wrapped.size > 0 };
	return ERR_OK;
}

static void check_row(const struct walk *walk, size_t at, size_t index)
{
	struct node *node = walking_node(at);
	const struct walk_record *record = &walk->records[index];
	struct row_seen row;

	OK(records_get(
	    node->db, views_find(node->views, &record->id), keep_row, &row));
	ck_assert_msg(row.body == !!(walk->body[at] & BIT(index)),
	    "walk %zu: node %zu %s the body of record %zu, %s of item %zu",
	    walk->number, at, row.body ? "has" : "lacks", index,
	    views_type_name(record->type), record->item);
	if (row.body) {
		ck_assert_int_eq(row.state, RECORD_READABLE);
	} else if (walk->known[at] & BIT(index)) {
		ck_assert_int_eq(row.reason, RECORD_ERASED);
		ck_assert(!row.wrapped);
	}
	ck_assert_int_eq(row.state == RECORD_BODYLESS, !row.body);
}

static void check_chain(const struct walk *walk, size_t at, size_t item)
{
	struct node *node = walking_node(at);
	uint32_t rid =
	    views_find(node->views, &walk->records[walk->items[item]].id);
	size_t newest = walk_newest(walk, at, item);
	struct corrections_chain chain;

	corrections_chain(node, rid, &chain);
	ck_assert_msg(id_equal(&views_get(node->views, chain.newest)->id,
			  &walk->records[walk->items[newest]].id),
	    "walk %zu: node %zu: item %zu is in force in place of %zu",
	    walk->number, at, newest, item);
	ck_assert_int_eq(chain.retraction != 0, walk_retracted(walk, at, item));
}

static void check_item(const struct walk *walk, size_t at, size_t item)
{
	struct node *node = walking_node(at);
	const struct id32 *id = &walk->records[walk->items[item]].id;
	bool reads = walk_reads(walk, at, item);
	char want[40] = "";
	char *text = fixture_text(&walking.fixture, at, id);

	if (reads) {
		walking_text(walk, item, want);
	}
	ck_assert_msg(strcmp(text, want) == 0,
	    "walk %zu: node %zu reads \"%s\" for item %zu, not \"%s\"",
	    walk->number, at, text, item, want);
	free(text);
	if (walk_erased(walk, at, item)) {
		ck_assert(!reads);
		/* M509: one whose body never came waits for it. */
		ck_assert(!(walk->has[at] & walk->known[at] &
			      BIT(walk->items[item])) ||
			  erasing_is_erased(node, id));
	}
	if (reads) {
		check_chain(walk, at, item);
	} else if (!(walk->has[at] & BIT(walk->items[item]))) {
		ck_assert_uint_eq(views_find(node->views, id), 0);
	}
}

void walk_check(const struct walk *walk)
{
	for (size_t at = 0; at < WALK_NODES; at++) {
		for (size_t i = 0; i < walk->count; i++) {
			if (walk->has[at] & BIT(i)) {
				check_row(walk, at, i);
			}
		}
		for (size_t i = 0; i < walk->item_count; i++) {
			check_item(walk, at, i);
		}
	}
}

static const char *kept(const struct walk *walk, size_t at, size_t record)
{
	if (!(walk->has[at] & BIT(record))) {
		return "not there";
	}
	return walk->body[at] & BIT(record)    ? "there"
	       : walk->known[at] & BIT(record) ? "gone"
	                                       : "without body";
}

void walk_tell(const struct walk *walk, size_t one, size_t other)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_record *record = &walk->records[i];

		(void)fprintf(stderr,
		    "walk %zu: %zu is %s of item %zu by %zu to %x, cites %llx; "
		    "with %zu %s, with %zu %s\n",
		    walk->number, i, views_type_name(record->type),
		    record->item, record->author, record->readers,
		    (unsigned long long)record->cites, one, kept(walk, one, i),
		    other, kept(walk, other, i));
	}
}
