#include "service/withheld.h"

#include "base/log.h"

#include <string.h>

static uint64_t key_of(const struct id32 *stream)
{
	return bytes_get_u64(stream->b);
}

void withheld_seen(struct node *node, struct state_log *log, uint64_t size)
{
	if (log->seen_count == STATE_SEEN) {
		/* The second is dropped, so that the oldest stays: what it
		 * covers is what is waited for longest. */
		memmove(&log->seen[1], &log->seen[2],
		    (STATE_SEEN - 2) * sizeof log->seen[0]);
		log->seen_count--;
	}
	log->seen[log->seen_count++] = (struct state_seen){ .size = size,
		.seen_ms = clock_steady_ms(node->options.clock) };
}

/* By its author: another may know its id. */
static bool was_told(
    const struct node *node, int64_t org, const struct id32 *stream)
{
	size_t cursor = 0;
	uint32_t value = 0;

	while (table_next(&node->told, key_of(stream), &cursor, &value)) {
		if (value == (uint32_t)org) {
			return true;
		}
	}
	return false;
}

/* Each author has room of its own, so that none uses up another's. */
static void note_told(
    struct node *node, const struct peer *peer, const struct id32 *stream)
{
	struct state_account *account = &node->accounts[peer->org - 1];

	if (account->told >= WITHHELD_TOLD ||
	    was_told(node, peer->org, stream)) {
		return;
	}
	if (table_add(&node->told, key_of(stream), (uint32_t)peer->org)) {
		log_line(LOG_WARN, "replica", "%s", err_text());
		return;
	}
	account->told++;
}

void withheld_offered(struct node *node, const struct peer *peer,
    const struct id32 *stream, uint64_t number)
{
	struct state_stream *held = state_stream_by_id(node, stream);

	if (!held) {
		note_told(node, peer, stream);
		return;
	}
	if (state_log(node, held->row.log)->org == peer->org &&
	    number > held->author_offered) {
		held->author_offered = number;
	}
}

/* Has the author had its time to offer what stands at this leaf? */
static bool had_time(const struct node *node, const struct state_log *log,
    const struct peer *author, uint64_t leaf)
{
	int64_t now = clock_steady_ms(node->options.clock);
	int64_t wall = clock_wall_ms(node->options.clock);

	if (!author->connected || wall - author->connected_ms < WITHHELD_MS) {
		return false;
	}
	for (size_t i = 0; i < log->seen_count; i++) {
		if (log->seen[i].size > leaf &&
		    now - log->seen[i].seen_ms >= WITHHELD_MS) {
			return true;
		}
	}
	return false;
}

static enum err write_count(struct node *node, const struct state_log *log)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err =
	    buf_printf(&key, STATE_WITHHELD_KEY, (long long)log->log);

	if (!err) {
		err = buf_u64(&value, log->withheld);
	}
	if (!err) {
		err = db_meta_set(node->db, buf_text(&key), buf_span(&value));
	}
	buf_clear(&key);
	buf_clear(&value);
	return err;
}

/* PROTOCOL.md M224: "A record MUST be counted as withheld by its author only if
 * a co-reader gave it, the author never offered it here, and a head that covers
 * it was first seen here, and the author's session began, 10 minutes ago or
 * more." */
enum err withheld_taken(struct taking *taking, struct state_stream *stream,
    uint64_t number, uint64_t leaf)
{
	struct node *node = taking->node;
	struct state_log *log = state_log(node, stream->row.log);

	if (number == 1) {
		stream->author_told =
		    was_told(node, log->org, &stream->row.state.id);
	}
	if (taking->peer->org == log->org) {
		stream->author_told = true;
		return ERR_OK;
	}
	if (stream->author_told || number <= stream->author_offered ||
	    node->accounts[log->org - 1].told >= WITHHELD_TOLD ||
	    !had_time(node, log, taking->author, leaf)) {
		return ERR_OK;
	}
	if (!log->withheld) {
		log_line(LOG_WARN, "replica",
		    "%s shares records with us that only others gave us",
		    taking->author->card.fields->name);
	}
	log->withheld++;
	return write_count(node, log);
}

enum err withheld_load(struct node *node, struct state_log *log)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err =
	    buf_printf(&key, STATE_WITHHELD_KEY, (long long)log->log);

	if (!err) {
		err = db_meta_get(node->db, buf_text(&key), &value);
	}
	if (!err) {
		struct reader in = reader_of(buf_span(&value));

		log->withheld = reader_u64(&in);
		err = reader_done(&in) ? ERR_OK
		                       : err_set(ERR_CORRUPT,
					     "meta row %s: a count is short",
					     buf_text(&key));
	}
	buf_clear(&key);
	buf_clear(&value);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

uint64_t withheld_by(struct node *node, int64_t org)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < node->log_count; i++) {
		sum += node->logs[i].org == org ? node->logs[i].withheld : 0;
	}
	return sum;
}
