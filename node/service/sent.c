#include "service/sent.h"

#include "base/log.h"
#include "service/state.h"
#include "store/delivery.h"

#include <stdlib.h>

enum { STAGE_MS = 1000, PLACES = 65536 };

struct place {
	struct delivery_sent row;
	bool staged; /* gone once that is committed */
};

struct sent {
	struct place *places;
	size_t count;
	size_t capacity;
	struct table index; /* of those not staged */
	int64_t staged_ms;
	bool ever;
};

static uint64_t key_of(int64_t stream, int64_t org)
{
	return (uint64_t)stream << 20 ^ (uint64_t)org;
}

static struct sent *need_sent(struct node *node)
{
	if (!node->sent) {
		node->sent = calloc(1, sizeof *node->sent);
	}
	return node->sent;
}

void sent_free(struct sent *sent)
{
	if (sent) {
		free(sent->places);
		table_clear(&sent->index);
		free(sent);
	}
}

static struct place *find(
    const struct sent *sent, const struct delivery_sent *row)
{
	size_t place = 0;
	uint32_t at = 0;

	while (table_next(
	    &sent->index, key_of(row->stream, row->org), &place, &at)) {
		struct place *found = &sent->places[at];

		if (!found->staged && found->row.stream == row->stream &&
		    found->row.org == row->org) {
			return found;
		}
	}
	return NULL;
}

static enum err add(struct sent *sent, const struct delivery_sent *row)
{
	if (sent->count == sent->capacity) {
		size_t capacity = sent->capacity ? sent->capacity * 2 : 64;
		struct place *grown =
		    realloc(sent->places, capacity * sizeof *grown);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		sent->places = grown;
		sent->capacity = capacity;
	}
	if (table_add(&sent->index, key_of(row->stream, row->org),
		(uint32_t)sent->count)) {
		return ERR_MEM;
	}
	sent->places[sent->count++] = (struct place){ .row = *row };
	return ERR_OK;
}

void sent_note(struct node *node, int64_t org,
    const struct replica_range *range, uint64_t last)
{
	const struct state_stream *stream =
	    state_stream_by_id(node, &range->stream);
	struct sent *sent = need_sent(node);
	struct delivery_sent row = { .org = org,
		.last = last,
		.sent_ms = clock_wall_ms(node->options.clock) };
	struct place *held = NULL;

	if (!sent || !stream || range->headers_only || range->proofs_only ||
	    state_log(node, stream->row.log)->org != 1) {
		return;
	}
	row.stream = stream->row.stream;
	held = find(sent, &row);
	if (held) {
		held->row.sent_ms = row.sent_ms;
		held->row.last = last > held->row.last ? last : held->row.last;
		return;
	}
	/* Only what is known of it is lost. */
	if (sent->count == PLACES || add(sent, &row)) {
		log_line(LOG_WARN, "sent", "not noted: too much at once");
	}
}

/* PROTOCOL.md M209: "An author MUST write down, within about a second, up to
 * which number it has sent a stream to a reader, and when." */
void sent_tick(struct node *node)
{
	struct sent *sent = node->sent;
	int64_t now = clock_steady_ms(node->options.clock);
	enum err err = ERR_OK;

	if (!sent || !sent->count ||
	    (sent->ever && now - sent->staged_ms < STAGE_MS)) {
		return;
	}
	sent->ever = true;
	sent->staged_ms = now;
	err = state_begin(node);
	for (size_t i = 0; i < sent->count && !err; i++) {
		if (!sent->places[i].staged) {
			err = delivery_add_sent(node->db, &sent->places[i].row);
			sent->places[i].staged = !err;
		}
	}
	table_clear(&sent->index);
	for (size_t i = 0; i < sent->count; i++) {
		sent->places[i].staged = true;
	}
	if (err) {
		log_line(LOG_WARN, "sent", "not kept for now: %s", err_text());
	}
}

void sent_committed(struct sent *sent, bool succeeded)
{
	size_t kept = 0;

	if (!sent) {
		return;
	}
	table_clear(&sent->index);
	for (size_t i = 0; i < sent->count; i++) {
		struct place *place = &sent->places[i];

		if (place->staged && succeeded) {
			continue;
		}
		sent->places[kept] = *place;
		sent->places[kept].staged = false;
		/* Without its entry one row more is written. */
		(void)!table_add(&sent->index,
		    key_of(place->row.stream, place->row.org), (uint32_t)kept);
		kept++;
	}
	sent->count = kept;
}
