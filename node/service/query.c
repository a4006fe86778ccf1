#include "service/query.h"

#include "codec/canon.h"
#include "domain/provider.h"
#include "domain/reference.h"
#include "keys/seal.h"
#include "service/activity.h"
#include "service/disown.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/payload.h"
#include "service/scoping.h"
#include "service/state.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct query_item item_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return (struct query_item){ .rid = rid,
		.view = view,
		.author = peers_get(node, state_author(node, rid)),
		.provider = views_text(node->views, view->provider),
		.source = views_text(node->views, view->source),
		.dimension = views_text(node->views, view->dimension) };
}

struct opening {
	struct node *node;
	const struct id32 *id;
	Qsg__Payload *payload;
};

static enum err open_row(void *context, const struct record_row *row)
{
	struct opening *opening = context;
	struct node *node = opening->node;
	enum record_reason reason = RECORD_NO_REASON;
	struct header header;
	struct id32 id;
	enum err err = envelope_get_header(row->header, &header);

	seal_record_id(row->header, &id);
	if (err || row->wrapped.size != SEAL_WRAPPED_BYTES ||
	    !id_equal(&id, opening->id)) {
		return err_set(ERR_CORRUPT, "record %lld on disk is damaged",
		    (long long)row->rid);
	}
	buf_reset(&node->scratch_payload);
	err = seal_open_wrapped(node->worker, &header, &id, row->wrapped.data,
	    row->body, &node->scratch_payload);
	if (!err) {
		err = payload_read(buf_span(&node->scratch_payload),
		    header.slotted, &opening->payload, &reason);
	}
	if (node->scratch_payload.size) {
		sodium_memzero(
		    node->scratch_payload.data, node->scratch_payload.size);
		buf_reset(&node->scratch_payload);
	}
	return err ? err_set(ERR_CORRUPT, "record %lld on disk does not open",
			 (long long)row->rid)
	           : ERR_OK;
}

void query_open_for(struct node *node, const struct account *account)
{
	node->opens_for = account;
}

/* What the node opens to know its own rules and groups is for nobody else; for
 * people it is looked up by its id, which is judged before (M466). */
static bool may_open(struct node *node, uint32_t rid)
{
	enum view_type type = (enum view_type)views_get(node->views, rid)->type;

	return !views_is_for_people(type) || scoping_shows(node, rid);
}

enum err query_take(struct node *node, uint32_t rid, Qsg__Payload **out)
{
	const struct view_record *view = views_get(node->views, rid);
	struct opening opening = { .node = node, .id = &view->id };
	enum err err = ERR_OK;

	*out = NULL;
	if (view->state == RECORD_READABLE && may_open(node, rid)) {
		err = views_granted(node->views, rid)
		          ? granting_take(node, rid, &opening.payload)
		          : records_get(node->db, rid, open_row, &opening);
	}
	if (!err) {
		*out = opening.payload;
	}
	if (*out) {
		activity_opened(node, rid);
	}
	return err;
}

struct query_item query_item(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	struct query_item item = item_of(node, rid);

	item.payload = payload;
	return item;
}

enum err query_open(
    struct node *node, uint32_t rid, query_each each, void *context)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (!err) {
		struct query_item item = query_item(node, rid, payload);

		err = each(context, &item);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* The filter with its words looked up once. */
struct matcher {
	const struct query_filter *filter;
	bool *concerned; /* by views_place; NULL: any provider */
	int64_t author;
};

static enum err check_type(const char *type)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;

	if (views_type_named(type) != VIEW_UNKNOWN ||
	    strcmp(type, views_type_name(VIEW_UNKNOWN)) == 0) {
		return ERR_OK;
	}
	for (unsigned t = 1; t < VIEW_TYPES && !err; t++) {
		err = buf_printf(
		    &list, "%s, ", views_type_name((enum view_type)t));
	}
	if (!err) {
		err = err_set(
		    ERR_INPUT, "--type is one of %sunknown", buf_text(&list));
	}
	buf_clear(&list);
	return err;
}

/* What refers so to a record is about the same provider: it waits, too. */
static size_t add_referring(struct node *node, struct matcher *matcher,
    const struct id32 *id, enum reference how, uint32_t *waiting, size_t count)
{
	size_t place = 0;
	uint32_t rid = 0;

	while ((rid = views_next_link(node->views, id, (uint8_t)how, &place)) !=
	       0) {
		size_t at = views_place(node->views, rid);

		if (!matcher->concerned[at]) {
			matcher->concerned[at] = true;
			waiting[count++] = rid;
		}
	}
	return count;
}

static void follow(
    struct node *node, struct matcher *matcher, uint32_t *waiting, size_t count)
{
	static const enum reference hows[] = { REFERENCE_CORROBORATES,
		REFERENCE_FEEDBACK_ON, REFERENCE_ANSWERS, REFERENCE_CORRECTS };

	while (count > 0) {
		const struct view_record *view =
		    views_get(node->views, waiting[--count]);

		for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
			count = add_referring(
			    node, matcher, &view->id, hows[i], waiting, count);
		}
	}
}

/* Each record waits once at most. */
static enum err find_concerned(
    struct node *node, uint32_t provider, struct matcher *matcher)
{
	size_t count = views_places(node->views);
	uint32_t *waiting = calloc(count, sizeof *waiting);
	size_t waits = 0;
	enum err err = ERR_OK;

	matcher->concerned = calloc(count, sizeof *matcher->concerned);
	if (!waiting || !matcher->concerned) {
		err = err_set(ERR_MEM, "out of memory");
	}
	for (uint32_t rid = views_next(node->views, 0); rid && !err;
	     rid = views_next(node->views, rid)) {
		if (views_concerns(node->views, rid, provider)) {
			matcher->concerned[views_place(node->views, rid)] =
			    true;
			waiting[waits++] = rid;
		}
	}
	if (!err) {
		follow(node, matcher, waiting, waits);
	}
	free(waiting);
	return err;
}

static enum err prepare(struct node *node, const struct query_filter *filter,
    struct matcher *out, bool *nothing)
{
	enum err err = ERR_OK;

	uint32_t provider = 0;

	*out = (struct matcher){ .filter = filter };
	*nothing = false;
	err = filter->type ? check_type(filter->type) : ERR_OK;
	if (err) {
		return err;
	}
	if (filter->provider) {
		struct provider_code code;

		err =
		    provider_code_normalise(span_text(filter->provider), &code);
		if (err) {
			return err;
		}
		provider = views_known(node->views, code.text);
		*nothing = provider == 0 || views_count(node->views) == 0;
	}
	if (filter->author) {
		struct peer *author = NULL;

		err = peers_resolve(node, filter->author, &author);
		if (err) {
			return err;
		}
		out->author = author->org;
	}
	return filter->provider && !*nothing
	           ? find_concerned(node, provider, out)
	           : ERR_OK;
}

static bool matches(
    struct node *node, const struct matcher *matcher, uint32_t rid)
{
	const struct query_filter *filter = matcher->filter;
	const struct view_record *view = views_get(node->views, rid);
	enum view_type type = (enum view_type)view->type;

	if (!scoping_record(node, filter->scope, rid)) {
		return false;
	}
	if (view->received_ms < filter->since_ms) {
		return false;
	}
	if (filter->type
		? strcmp(views_type_name(type), filter->type) != 0
		: views_is_housekeeping(type) && !filter->housekeeping) {
		return false;
	}
	if (matcher->author && state_author(node, rid) != matcher->author) {
		return false;
	}
	return !matcher->concerned ||
	       matcher->concerned[views_place(node->views, rid)];
}

enum err query_records(struct node *node, const struct query_filter *filter,
    bool open, query_each each, void *context)
{
	struct matcher matcher;
	bool nothing = false;
	enum err err = prepare(node, filter, &matcher, &nothing);
	uint32_t rid = nothing ? 0 : views_next(node->views, 0);

	for (; rid && !err; rid = views_next(node->views, rid)) {
		if (!matches(node, &matcher, rid)) {
			continue;
		}
		if (open) {
			err = query_open(node, rid, each, context);
		} else {
			struct query_item item = item_of(node, rid);

			err = each(context, &item);
		}
	}
	free(matcher.concerned);
	return err;
}

enum err query_some_records(struct node *node,
    const struct query_filter *filter, bool (*enough)(void *context),
    query_each each, void *context, uint64_t *place)
{
	struct matcher matcher;
	bool nothing = false;
	enum err err = prepare(node, filter, &matcher, &nothing);
	uint32_t rid = nothing ? 0 : views_next(node->views, (uint32_t)*place);

	*place = 0;
	while (rid && !err) {
		uint32_t next = views_next(node->views, rid);

		if (matches(node, &matcher, rid)) {
			err = query_open(node, rid, each, context);
			if (!err && next && enough(context)) {
				*place = rid;
				break;
			}
		}
		rid = next;
	}
	free(matcher.concerned);
	return err;
}

enum err query_record(
    struct node *node, struct span prefix, query_each each, void *context)
{
	uint32_t rid = 0;
	enum err err = erasing_find(node, prefix, &rid);

	return err ? err : query_open(node, rid, each, context);
}

enum err query_audience(
    struct node *node, uint32_t rid, struct id32 **readers, size_t *count)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	struct id32 *copy = NULL;

	if (!stream->readers) {
		return err_set(ERR_NOTFOUND, "its audience is not known here");
	}
	copy = malloc(stream->reader_count * sizeof *copy);
	if (!copy) {
		return err_set(ERR_MEM, "out of memory");
	}
	memcpy(copy, stream->readers, stream->reader_count * sizeof *copy);
	*readers = copy;
	*count = stream->reader_count;
	return ERR_OK;
}

/* The newest head holds the record, as far as can be told. */
static bool is_joined(struct state_log *log, const struct view_record *view)
{
	struct merkle_nodes leaf = { 0 };
	struct merkle_nodes none = { 0 };
	struct merkle_nodes learned = { 0 };
	bool joined =
	    view->leaf < log->head.size &&
	    !merkle_nodes_add(&leaf, 0, view->leaf, &view->id) &&
	    !merkle_tree_check(log->tree, &leaf, &none, log->head.size,
		log->head.size, &log->head.root, &learned);

	merkle_nodes_clear(&leaf);
	merkle_nodes_clear(&learned);
	return joined;
}

enum err query_position(
    struct node *node, uint32_t rid, struct query_position *out)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	struct state_log *log = state_log(node, stream->row.log);
	const struct view_granted *granted = views_granted(node->views, rid);

	if (granted) {
		*out = (struct query_position){
			.generation = granted->generation,
			.leaf = view->leaf,
			.head_size = granted->head_size,
			.stream_status = "granted",
			.joined = true,
		};
		return ERR_OK;
	}
	*out = (struct query_position){ .generation = log->head.generation,
		.stream = stream->row.state.id,
		.number = view->number,
		.leaf = view->leaf,
		.head_size = log->head.size,
		.stream_status = stream_status_name(stream->row.state.status),
		.joined = is_joined(log, view) };
	return ERR_OK;
}

bool query_split_view(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct view_granted *granted = views_granted(node->views, rid);
	const struct state_log *log =
	    granted
		? state_log_of(node, &granted->author, &granted->generation)
		: state_log(node, state_stream(node, view->stream)->row.log);

	return log && log->split;
}

enum err query_totals(struct node *node, struct query_totals *out)
{
	static const struct id32 anybody;

	*out = (struct query_totals){ .records = views_count(node->views),
		.streams = node->stream_count,
		.database_bytes = db_size_bytes(node->db) };
	for (size_t rid = 1; rid <= out->records; rid++) {
		const struct view_record *view =
		    views_get(node->views, (uint32_t)rid);
		const struct state_stream *stream =
		    state_stream(node, view->stream);

		out->disowned += disown_record(node, (uint32_t)rid);
		out->own += state_log(node, stream->row.log)->org == 1;
		out->unreadable += view->state == RECORD_UNREADABLE;
		out->bodyless += views_lacks_body(node->views, (uint32_t)rid);
		out->waiting += erasing_waits(node, (uint32_t)rid);
		out->erased += records_is_erased(view->state, view->reason);
	}
	out->received = out->records - out->own;
	for (size_t i = 0; i < node->stream_count; i++) {
		enum stream_status status = node->streams[i].row.state.status;

		out->broken_streams +=
		    status == STREAM_BROKEN || status == STREAM_FORKED;
	}
	return quarantine_count(
	    node->db, &anybody, &out->quarantine_items, &out->quarantine_bytes);
}

/* What its author erased before it came is no trouble. */
static bool lacks_any(struct node *node, const struct state_stream *stream)
{
	for (uint64_t n = 1; stream->bodyless && n <= stream->row.state.taken;
	     n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);

		if (rid && views_lacks_body(node->views, rid) &&
		    !erasing_waits(node, rid)) {
			return true;
		}
	}
	return false;
}

/* What is wrong with a stream, NULL when nothing is. */
static const char *trouble_of(struct node *node,
    const struct state_stream *stream, const struct state_log *log)
{
	switch (stream->row.state.status) {
	case STREAM_BROKEN:
	case STREAM_FORKED:
		return stream_status_name(stream->row.state.status);
	case STREAM_CLOSED:
		return NULL;
	case STREAM_OPEN:
		break;
	}
	if (log->split) {
		return "split-view";
	}
	if (log->unproven_rid) {
		return "not-proven";
	}
	if (log->unjoined.size || log->claim.head.size) {
		return "unjoined";
	}
	if (lacks_any(node, stream)) {
		return "bodyless";
	}
	return stream->offered > stream->row.state.taken ? "waiting" : NULL;
}

enum err query_troubles(
    struct node *node, query_each_trouble each, void *context)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->stream_count && !err; i++) {
		const struct state_stream *stream = &node->streams[i];
		const struct state_log *log = state_log(node, stream->row.log);
		struct query_trouble trouble = { .author =
						     peers_get(node, log->org),
			.stream = stream->row.state.id,
			.status = trouble_of(node, stream, log),
			.taken = stream->row.state.taken,
			.offered = stream->offered };

		if (log->org != 1 && disown_stream(node, stream)) {
			trouble.status = "disowned";
		}
		if (!trouble.status || log->org == 1) {
			continue;
		}
		(void)snprintf(trouble.reason, sizeof trouble.reason, "%s",
		    state_trouble_text(stream->row.reason));
		err = each(context, &trouble);
	}
	return err;
}

enum err query_quarantine(
    struct node *node, size_t max, quarantine_each each, void *context)
{
	return quarantine_scan(node->db, max, each, context);
}

enum err query_quarantined(struct node *node, int64_t item, struct buf *out)
{
	return quarantine_open(node->db, node->options.keystore, item, out);
}
