#include "service/replica.h"

#include "base/log.h"
#include "keys/seal.h"
#include "service/changes.h"
#include "service/erasing.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

#define WANT_NUMBERS 65536u
#define BODYLESS_RETRY_MS (10LL * 60LL * 1000LL)
#define BODYLESS_SPAN 1024u
#define WAITING_RETRY_MS (60LL * 60LL * 1000LL)
#define NUMBER_MAX (1ULL << 48)

bool replica_reads(
    const struct node *node, const struct peer *peer, int64_t stream)
{
	if (stream < 1 || (size_t)stream > node->stream_count) {
		return false;
	}
	return peers_admitted(peer) && state_reads(&node->streams[stream - 1],
					   &peer->card.organisation);
}

bool replica_stream(
    const struct node *node, int64_t stream, struct replica_range *out)
{
	const struct stream *state = NULL;

	if (stream < 1 || (size_t)stream > node->stream_count) {
		return false;
	}
	state = &node->streams[stream - 1].row.state;
	*out = (struct replica_range){ .author = state->author,
		.generation = state->generation,
		.stream = state->id,
		.first = 1,
		.last = state->taken };
	return true;
}

bool replica_lacking(struct node *node, const struct peer *peer, size_t *place,
    struct replica_range *out)
{
	while (*place < node->stream_count) {
		int64_t stream = (int64_t)++ * place;
		const struct state_stream *at = state_stream(node, stream);

		/* With the opening's bytes missing its audience is not known
		 * here, but the author is in it. */
		if (at->bodyless &&
		    (replica_reads(node, peer, stream) ||
			state_log(node, at->row.log)->org == peer->org)) {
			return replica_stream(node, stream, out);
		}
	}
	return false;
}

/*
 * Offers.
 */

static bool is_offered(struct node *node, const struct peer *peer, bool own,
    const struct state_stream *stream)
{
	return peers_admitted(peer) &&
	       (!own || state_log(node, stream->row.log)->org == 1) &&
	       state_reads(stream, &peer->card.organisation) &&
	       state_reads(stream, node_id(node));
}

static enum err fill_offer(const struct node *node,
    const struct state_stream *stream, Qsg__Offer **out)
{
	const struct stream *state = &stream->row.state;
	uint64_t number = state->taken;
	uint32_t rid =
	    views_at(node->views, (uint32_t)stream->row.stream, number);
	/* One block for the offer and the ids that it points to. */
	struct block {
		Qsg__Offer offer;
		struct id32 author, stream, record;
		struct generation generation;
	} *block = calloc(1, sizeof *block);

	if (!block) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsg__offer__init(&block->offer);
	block->author = state->author;
	block->stream = state->id;
	block->generation = state->generation;
	if (rid) {
		block->record = views_get(node->views, rid)->id;
	}
	block->offer.author.data = block->author.b;
	block->offer.author.len = sizeof block->author.b;
	block->offer.generation.data = block->generation.b;
	block->offer.generation.len = sizeof block->generation.b;
	block->offer.stream.data = block->stream.b;
	block->offer.stream.len = sizeof block->stream.b;
	block->offer.record.data = block->record.b;
	block->offer.record.len = sizeof block->record.b;
	block->offer.number = number;
	*out = &block->offer;
	return ERR_OK;
}

/* Growth that is staged counts when it is committed. */
enum err replica_offers(struct node *node, const struct peer *peer, bool own,
    uint64_t cursor, Qsg__Advertise *out, uint64_t *next, bool *more)
{
	const struct state_stream *stream = NULL;
	size_t place = 0;
	enum err err = ERR_OK;

	qsg__advertise__init(out);
	*next = cursor;
	*more = false;
	out->offers = calloc(LIMIT_ADVERTISE, sizeof(Qsg__Offer *));
	if (!out->offers) {
		return err_set(ERR_MEM, "out of memory");
	}
	while (!err && (stream = changes_next(node, cursor, node->committed_rid,
			    &place)) != NULL) {
		if (!is_offered(node, peer, own, stream)) {
			continue;
		}
		if (out->n_offers == LIMIT_ADVERTISE) {
			*more = true;
			break;
		}
		err = fill_offer(node, stream, &out->offers[out->n_offers]);
		if (!err) {
			out->n_offers++;
			*next = stream->last_rid;
		}
	}
	if (err) {
		replica_free_offers(out);
	}
	return err;
}

void replica_free_offers(Qsg__Advertise *advertise)
{
	for (size_t i = 0; i < advertise->n_offers; i++) {
		free(advertise->offers[i]);
	}
	free(advertise->offers);
	qsg__advertise__init(advertise);
}

/*
 * Wants.
 */

static bool offer_fits(const Qsg__Offer *offer)
{
	return offer->author.len == sizeof(struct id32) &&
	       offer->generation.len == sizeof(struct generation) &&
	       offer->stream.len == sizeof(struct id32) &&
	       offer->record.len == sizeof(struct id32) && offer->number >= 1 &&
	       offer->number < NUMBER_MAX;
}

/* PROTOCOL.md M187: "A node MUST NOT hold more than 16 GiB of records or
 * 65,536 streams of one author." */
static bool over_quota(const struct node *node, const struct peer *author,
    const struct state_stream *stream)
{
	const struct state_account *account = &node->accounts[author->org - 1];

	return account->bytes >= LIMIT_AUTHOR_BYTES ||
	       (!stream && account->streams >= LIMIT_AUTHOR_STREAMS);
}

/* Those near it in one go, held ones between them; but of those that wait to be
 * erased, which will hardly come, nothing else. */
static bool find_missing(struct node *node, struct state_stream *stream,
    bool waiting, uint64_t from, struct replica_range *range)
{
	uint64_t end = stream->row.state.taken;
	bool found = false;

	for (uint64_t n = from ? from : 1; n <= end; n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);

		if (!rid || !views_lacks_body(node->views, rid) ||
		    erasing_waits(node, rid) != waiting) {
			if (waiting && found) {
				break;
			}
			continue;
		}
		if (!found) {
			found = true;
			range->first = n;
			end = end - n < BODYLESS_SPAN ? end
			                              : n + BODYLESS_SPAN - 1;
		}
		range->last = n;
	}
	if (found && waiting) {
		stream->waiting_next = range->last + 1;
	}
	return found;
}

/* A record whose bytes are missing is asked for now and then, from whoever
 * offers its stream.
 *
 * PROTOCOL.md M443: "A node MUST NOT ask for the body of a record that is
 * erased there, and MUST drop one that comes." */
static bool plan_bodyless(struct node *node, const struct peer *peer,
    struct state_stream *stream, struct replica_range *range)
{
	int64_t now = clock_steady_ms(node->options.clock);
	int64_t since =
	    stream->bodyless_ms ? now - stream->bodyless_ms : INT64_MAX;
	bool again = stream->bodyless_org == peer->org;

	/* Whoever was asked and had nothing keeps nobody else from it. */
	if (!stream->bodyless || (again && since < BODYLESS_RETRY_MS)) {
		return false;
	}
	if (!find_missing(node, stream, false, 1, range) &&
	    (since < (again ? 2 : 1) * WAITING_RETRY_MS ||
		(!find_missing(
		     node, stream, true, stream->waiting_next, range) &&
		    !find_missing(node, stream, true, 1, range)))) {
		return false;
	}
	stream->bodyless_ms = now;
	stream->bodyless_org = peer->org;
	return true;
}

/* PROTOCOL.md M222: "A record id offered for a number that is taken, other than
 * the one held, MUST be asked for with its proof, and so MUST the number before
 * a record that breaks its stream." Headers are enough: two of them, proven,
 * are a fork. A peer that offers what it cannot prove is asked now and then. */
static bool plan_contested(struct node *node, const struct peer *peer,
    struct state_stream *stream, const Qsg__Offer *offer,
    struct replica_range *range)
{
	int64_t now = clock_steady_ms(node->options.clock);
	uint64_t number = stream->contested;
	uint32_t rid = offer->number <= stream->row.state.taken
	                   ? views_at(node->views, (uint32_t)stream->row.stream,
				 offer->number)
	                   : 0;
	struct id32 record;

	memcpy(record.b, offer->record.data, sizeof record.b);
	if (rid && !id_is_zero(&record) &&
	    !id_equal(&record, &views_get(node->views, rid)->id)) {
		number = offer->number;
	}
	if (!number || stream->row.state.status == STREAM_FORKED ||
	    (stream->contested_ms && stream->contested_org == peer->org &&
		now - stream->contested_ms < BODYLESS_RETRY_MS)) {
		return false;
	}
	stream->contested = 0;
	stream->contested_ms = now;
	stream->contested_org = peer->org;
	range->first = number;
	range->last = number;
	range->headers_only = true;
	return true;
}

static enum replica_need plan_known(struct node *node, const struct peer *peer,
    struct state_stream *stream, const Qsg__Offer *offer,
    struct replica_range *range)
{
	const struct stream *state = &stream->row.state;
	uint64_t number = offer->number;

	if (number > stream->offered) {
		stream->offered = number;
	}
	if (state->status != STREAM_OPEN) {
		number = state->taken; /* only what is missing of it */
	}
	if (stream->fetching_org && stream->fetching_org != peer->org &&
	    stream->fetching_until_ms > clock_steady_ms(node->options.clock)) {
		return REPLICA_LATER;
	}
	if (plan_contested(node, peer, stream, offer, range)) {
		return REPLICA_WANT;
	}
	if (number <= state->taken) {
		return plan_bodyless(node, peer, stream, range)
		           ? REPLICA_WANT
		           : REPLICA_NOTHING;
	}
	range->first = state->taken + 1;
	range->last = number;
	return REPLICA_WANT;
}

enum replica_need replica_plan(struct node *node, const struct peer *peer,
    const Qsg__Offer *offer, struct replica_range *range)
{
	enum replica_need need = REPLICA_WANT;
	struct state_stream *stream = NULL;
	const struct state_log *log = NULL;
	const struct peer *author = NULL;

	memset(range, 0, sizeof *range);
	if (!offer_fits(offer)) {
		return REPLICA_UNKNOWN;
	}
	memcpy(range->author.b, offer->author.data, sizeof range->author.b);
	memcpy(range->generation.b, offer->generation.data,
	    sizeof range->generation.b);
	memcpy(range->stream.b, offer->stream.data, sizeof range->stream.b);
	author = peers_by_id(node, &range->author);
	if (!author || author->refused[0]) {
		return REPLICA_UNKNOWN;
	}
	if (author->org == 1) {
		return REPLICA_NOTHING;
	}
	if (!card_generation(peers_keys(author), &range->generation)) {
		/* Its newest card may be on its way. */
		return REPLICA_LATER;
	}
	log = state_log_of(node, &range->author, &range->generation);
	if (log && log->split) {
		return REPLICA_NOTHING; /* nothing more is taken of it */
	}
	stream = state_stream_by_id(node, &range->stream);
	range->first = 1;
	range->last = offer->number;
	if (stream) {
		need = plan_known(node, peer, stream, offer, range);
	}
	if (need == REPLICA_WANT && over_quota(node, author, stream)) {
		need = REPLICA_LATER;
	}
	if (range->last - range->first >= WANT_NUMBERS) {
		range->last = range->first + WANT_NUMBERS - 1;
	}
	range->head_size = log ? log->head.size : 0;
	return need;
}

void replica_fetching(struct node *node, const struct peer *peer,
    const struct replica_range *range, int64_t until_ms)
{
	struct state_stream *stream = state_stream_by_id(node, &range->stream);

	if (!stream) {
		return;
	}
	if (until_ms) {
		stream->fetching_org = peer->org;
		stream->fetching_until_ms = until_ms;
	} else if (stream->fetching_org == peer->org) {
		stream->fetching_org = 0;
		/* Whoever still offers more will be heard again. */
		stream->offered = stream->row.state.taken;
	}
}

void replica_reject(struct node *node, struct peer *peer, const char *code,
    const char *reason, struct span raw)
{
	struct quarantine_item item = { .peer = peer->card.organisation,
		.received_ms = clock_wall_ms(node->options.clock),
		.code = code,
		.reason = reason,
		.size = raw.size };
	enum err err = state_begin(node);

	peers_problem(peer, item.received_ms, false, reason);
	seal_body_hash(raw, &item.hash);
	if (!err) {
		err = quarantine_add(node->db, node->options.keystore,
		    node->options.rng, &peer->rejected, &item, raw);
	}
	if (err) {
		log_line(
		    LOG_WARN, "replica", "not quarantined: %s", err_text());
	}
}
