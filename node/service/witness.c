#include "service/witness.h"

#include "base/log.h"
#include "service/replica.h"
#include "service/state.h"
#include "store/heads.h"

#include <stdio.h>
#include <string.h>

#define SEEN_MS (30LL * 24 * 3600 * 1000)

struct witness_policy witness_default(void)
{
	return (struct witness_policy){ .ask = WITNESS_ASK,
		.minimum = WITNESS_MINIMUM_AUTO,
		.max_age_s = WITNESS_MAX_AGE_S,
		.interval_s = WITNESS_INTERVAL_S };
}

void witness_set_policy(struct node *node, const struct witness_policy *policy)
{
	node->witness.policy = *policy;
	node->witness.next_ms = 0;
}

/*
 * Publishing.
 */

static enum err keep_published(void *context, const struct head_row *row)
{
	struct witness *witness = context;

	witness->published = row->size;
	witness->published_ms = row->published_ms;
	return ERR_OK;
}

static enum err know(struct node *node)
{
	struct witness *witness = &node->witness;
	enum err err = ERR_OK;

	if (witness->known) {
		return ERR_OK;
	}
	witness->published = 0;
	witness->published_ms = 0;
	err = heads_newest(node->db, node->own_log, 1, keep_published, witness);
	witness->known = !err;
	return err;
}

uint64_t witness_published(struct node *node)
{
	if (know(node)) {
		log_line(LOG_ERROR, "witness", "%s", err_text());
		return 0;
	}
	return node->witness.published;
}

/* PROTOCOL.md M198: "A node MUST NOT publish a head sooner than its interval
 * after the one before, but for an urgent record, whose head it MUST publish as
 * soon as it is committed." */
static bool is_due(const struct node *node)
{
	const struct witness *witness = &node->witness;
	uint64_t size = state_own_log(node)->head.size;

	if (size <= witness->published) {
		return false;
	}
	return clock_steady_ms(node->options.clock) >= witness->next_ms ||
	       (witness->urgent != 0 && size >= witness->urgent);
}

static enum err publish(struct node *node)
{
	struct witness *witness = &node->witness;
	const struct state_log *own = state_own_log(node);
	struct node_event event = { .kind = NODE_HEAD_PUBLISHED, .org = 1 };
	struct head_row row = { .log = own->log,
		.size = own->head.size,
		.published_ms = clock_wall_ms(node->options.clock),
		.note = buf_span(&own->note) };
	enum err err = state_begin(node);

	if (!err) {
		err = heads_add(node->db, &row);
	}
	if (!err) {
		err = state_stage_event(node, &event);
	}
	if (err) {
		return state_poison(node, err);
	}
	witness->published = row.size;
	witness->published_ms = row.published_ms;
	return ERR_OK;
}

void witness_tick(struct node *node)
{
	struct witness *witness = &node->witness;

	/* An old copy, or a head that the mark does not name, is no head to
	 * show around. */
	if (!node->may_sign || node->held_back || node->poisoned) {
		return;
	}
	if (know(node)) {
		log_line(LOG_ERROR, "witness", "%s", err_text());
		return;
	}
	if (!is_due(node)) {
		return;
	}
	/* Also after a failure: it is not tried again in every turn. */
	witness->next_ms = clock_steady_ms(node->options.clock) +
	                   witness->policy.interval_s * 1000;
	witness->urgent = 0;
	if (publish(node)) {
		log_line(LOG_ERROR, "witness", "no head was published: %s",
		    err_text());
	}
}

void witness_urgent(struct node *node)
{
	node->witness.urgent = node->own_size;
}

/*
 * Whom to ask.
 */

/* PROTOCOL.md M195: "A log MUST NOT ask more than 15 organisations to cosign
 * one head." */
size_t witness_asked(struct node *node, int64_t orgs[WITNESS_MOST])
{
	int64_t now = clock_wall_ms(node->options.clock);
	unsigned most = node->witness.policy.ask < WITNESS_MOST
	                    ? node->witness.policy.ask
	                    : WITNESS_MOST;
	size_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 1; i < node->peer_count && count < most; i++) {
			const struct peer *peer = node->peers[i];
			bool seen = peer->seen_ms != 0 &&
			            now - peer->seen_ms <= SEEN_MS;

			if (seen == (pass == 0) && peers_admitted(peer)) {
				orgs[count++] = peer->org;
			}
		}
	}
	return count;
}

static bool is_asked(struct node *node, const struct peer *peer)
{
	int64_t orgs[WITNESS_MOST];
	size_t count = witness_asked(node, orgs);

	for (size_t i = 0; i < count; i++) {
		if (orgs[i] == peer->org) {
			return true;
		}
	}
	return false;
}

struct counting {
	int64_t org;
	unsigned count;
	bool has;
};

static enum err count_one(void *context, const struct cosignature_row *row)
{
	struct counting *counting = context;

	counting->count++;
	counting->has = counting->has || row->org == counting->org;
	return ERR_OK;
}

static struct counting count_lines(struct node *node, int64_t org)
{
	struct counting counting = { .org = org };
	uint64_t size = witness_published(node);

	if (size && heads_cosignatures(
			node->db, node->own_log, size, count_one, &counting)) {
		log_line(LOG_ERROR, "witness", "%s", err_text());
	}
	return counting;
}

unsigned witness_lines(struct node *node)
{
	return count_lines(node, 0).count;
}

bool witness_lacks(struct node *node, const struct peer *peer)
{
	return is_asked(node, peer) && !count_lines(node, peer->org).has;
}

/*
 * What they answer.
 */

enum err witness_check_line(struct span text, struct span line,
    const struct card *witness, uint64_t *time_s)
{
	const Qsg__Card *fields = witness->fields;
	struct note_key key;
	struct id32 public;
	struct buf bytes = { 0 };
	struct note note;
	enum err err = ERR_OK;

	if (line.size > HEADS_LINE_BYTES) {
		return err_set(ERR_LIMIT, "a cosignature line is too long");
	}
	if (fields->cosigning_key.len != sizeof public.b) {
		return err_set(ERR_VERIFY, "a card without cosigning key");
	}
	memcpy(public.b, fields->cosigning_key.data, sizeof public.b);
	note_witness_key(&witness->organisation, &public, &key);
	err = buf_append(&bytes, text);
	if (!err) {
		err = buf_u8(&bytes, '\n');
	}
	if (!err) {
		err = buf_append(&bytes, line);
	}
	if (!err) {
		err = note_parse(buf_span(&bytes), &note);
	}
	if (!err && (note.line_count != 1 || !span_equal(note.text, text))) {
		err = err_set(ERR_FORMAT, "not one cosignature line");
	}
	if (!err) {
		err = note_verify_cosignature(&note, &key, time_s);
	}
	buf_clear(&bytes);
	return err;
}

/* Of a published head: the text that was signed. */
static enum err keep_text(void *context, const struct head_row *row)
{
	struct note note;
	enum err err = note_parse(row->note, &note);

	return err ? err_wrap(ERR_CORRUPT, "a published head")
	           : buf_append(context, note.text);
}

static bool is_ours(const struct node *node, const Qsg__Cosignature *message)
{
	const struct checkpoint *own = &state_own_log(node)->head;

	return span_equal(span_of(message->author.data, message->author.len),
		   span_id(&own->author)) &&
	       span_equal(
		   span_of(message->generation.data, message->generation.len),
		   span_of(own->generation.b, sizeof own->generation.b));
}

/* PROTOCOL.md M196: "An author MUST take a cosignature only of a head that it
 * published, from an organisation that it asks, and only if it verifies with
 * the cosigning key of that organisation's card." */
static enum err judge(struct node *node, const struct peer *peer,
    const Qsg__Cosignature *message, uint64_t *time_s)
{
	struct span line = span_of(message->line.data, message->line.len);
	struct buf text = { 0 };
	enum err err = ERR_OK;

	if (!is_ours(node, message) ||
	    !span_equal(span_of(message->witness.data, message->witness.len),
		span_id(&peer->card.organisation))) {
		return err_set(ERR_DENIED,
		    "a cosignature of another log, or by another witness");
	}
	/* Named once, it may answer also when others are asked by now. */
	if (!peer->asked && !is_asked(node, peer)) {
		return err_set(ERR_DENIED, "a cosignature nobody asked it for");
	}
	err =
	    heads_get(node->db, node->own_log, message->size, keep_text, &text);
	if (err == ERR_NOTFOUND) {
		err = err_set(ERR_DENIED,
		    "a cosignature of a head that was not published");
	}
	if (!err) {
		err = witness_check_line(
		    buf_span(&text), line, peers_keys(peer), time_s);
		if (err == ERR_NOTFOUND) {
			err =
			    err_set(ERR_VERIFY, "a cosignature by another key");
		}
	}
	buf_clear(&text);
	return err;
}

enum err witness_take(struct node *node, struct peer *peer,
    const Qsg__Cosignature *message, struct span raw)
{
	struct cosignature_row row = { .log = node->own_log,
		.size = message->size,
		.org = peer->org,
		.line = span_of(message->line.data, message->line.len) };
	enum err err = judge(node, peer, message, &row.time_s);
	char why[LIMIT_REASON_BYTES];

	if (err == ERR_FORMAT || err == ERR_LIMIT || err == ERR_DENIED ||
	    err == ERR_VERIFY) {
		(void)snprintf(why, sizeof why, "%s", err_text());
		replica_reject(node, peer, "cosignature", why, raw);
		return err_set(err, "%s", why);
	}
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = heads_add_cosignature(node->db, &row);
		/* Said before: the first one stays. */
		err = err == ERR_EXISTS ? ERR_OK : state_poison(node, err);
	}
	return err;
}
