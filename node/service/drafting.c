#include "service/drafting.h"

#include "base/log.h"
#include "codec/canon.h"
#include "domain/grant.h"
#include "service/groups.h"
#include "service/importer.h"
#include "service/release.h"
#include "service/state.h"
#include "store/drafts.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "qsg/draft/v1"
#define DRAFTS 65536u

/* A draft: u64 its own number, u32 count of readers (GROUPED: of a group, whose
 * id, u64 epoch and u32 count of those who read it as members follow), the
 * readers' ids, members first, and payloads, each with its u32 size in front.
 * All but the first refer to what the first becomes. */
#define GROUPED 0x80000000u

static enum err put_payload(const Qsg__Payload *payload, struct buf *out)
{
	struct buf bytes = { 0 };
	enum err err = canon_encode(&payload->base, &bytes);

	if (!err) {
		err = buf_u32(out, (uint32_t)bytes.size);
	}
	if (!err) {
		err = buf_append(out, buf_span(&bytes));
	}
	buf_wipe(&bytes);
	return err;
}

static bool is_in(const int64_t *orgs, size_t count, int64_t org)
{
	for (size_t i = 0; i < count; i++) {
		if (orgs[i] == org) {
			return true;
		}
	}
	return false;
}

/* Who reads what goes to a group now; nobody when that cannot be told. */
static enum err members_of(struct node *node, const struct submit_group *of,
    int64_t **members, size_t *count)
{
	const struct group_state *group = NULL;
	enum err err = ERR_NOTFOUND;

	*members = NULL;
	*count = 0;
	if (!id_is_zero(&of->id)) {
		err = groups_by_id(node, &of->id, &group);
	}
	if (!err) {
		err = groups_readers(node, group, members, count);
	}
	return err == ERR_MEM ? err : ERR_OK;
}

/* Those who read it as members, or the others. */
static enum err put_ids(struct node *node,
    const struct submit_audience *audience, const int64_t *members,
    size_t member_count, bool as_members, struct buf *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < audience->count && !err; i++) {
		const int64_t org = audience->readers[i];
		const struct peer *peer = peers_get(node, org);

		if (!peer) {
			return err_set(ERR_NOTFOUND, "no such reader");
		}
		if (is_in(members, member_count, org) == as_members) {
			err =
			    buf_append(out, span_id(&peer->card.organisation));
		}
	}
	return err;
}

static enum err put_group(
    const struct submit_group *group, size_t members, struct buf *out)
{
	enum err err = buf_append(out, span_id(&group->id));

	if (!err) {
		err = buf_u64(out, group->epoch);
	}
	return err ? err : buf_u32(out, (uint32_t)members);
}

static enum err put_readers(
    struct node *node, const struct submit_audience *audience, struct buf *out)
{
	bool grouped = !id_is_zero(&audience->group.id);
	int64_t *members = NULL;
	struct buf ids = { 0 };
	size_t count = 0;
	enum err err = members_of(node, &audience->group, &members, &count);

	if (!err) {
		err = put_ids(node, audience, members, count, true, &ids);
	}
	if (!err) {
		err = buf_u32(
		    out, (uint32_t)audience->count | (grouped ? GROUPED : 0));
	}
	if (!err && grouped) {
		err = put_group(
		    &audience->group, ids.size / sizeof(struct id32), out);
	}
	if (!err) {
		err = put_ids(node, audience, members, count, false, &ids);
	}
	if (!err) {
		err = buf_append(out, buf_span(&ids));
	}
	buf_clear(&ids);
	free(members);
	return err;
}

/* PROTOCOL.md M238: "A draft MUST be sealed under the storage key before it
 * reaches the disk." */
static enum err keep(struct node *node, int64_t draft, struct span plain)
{
	struct buf sealed = { 0 };
	struct buf numbered = { 0 };
	enum err err = buf_u64(&numbered, (uint64_t)draft);

	if (!err) {
		err = buf_append(&numbered, plain);
	}
	if (!err) {
		err = keystore_seal(node->options.keystore, node->options.rng,
		    LABEL, buf_span(&numbered), &sealed);
	}
	buf_wipe(&numbered);

	if (!err) {
		err = drafts_set(node->db, draft,
		    clock_wall_ms(node->options.clock), buf_span(&sealed));
	}
	buf_clear(&sealed);
	return err;
}

/* The number is sealed with it, so that drafts cannot change places. */
static enum err unseal(
    struct node *node, int64_t draft, struct span sealed, struct buf *plain)
{
	struct buf numbered = { 0 };
	struct reader in = { 0 };
	enum err err =
	    keystore_unseal(node->options.keystore, LABEL, sealed, &numbered);

	if (!err) {
		in = reader_of(buf_span(&numbered));
		if (reader_u64(&in) != (uint64_t)draft || in.bad) {
			err =
			    err_set(ERR_CORRUPT, "a draft in another's place");
		}
	}
	if (!err) {
		err = buf_append(plain, in.left);
	}
	buf_wipe(&numbered);
	return err;
}

static enum err next_number(struct node *node, int64_t *draft)
{
	uint8_t value[8];
	uint64_t count = 0;
	enum err err = drafts_count(node->db, &count);

	if (!err && count >= DRAFTS) {
		err = err_set(ERR_LIMIT,
		    "%u drafts wait already for the log to be signed", DRAFTS);
	}
	*draft = drafting_newest(node) + 1;
	bytes_put_u64(value, (uint64_t)*draft);
	if (!err) {
		err = db_meta_set(
		    node->db, STATE_DRAFT_KEY, span_of(value, sizeof value));
	}
	return err;
}

int64_t drafting_newest(const struct node *node)
{
	struct buf value = { 0 };
	int64_t newest = 0;

	if (!db_meta_get(node->db, STATE_DRAFT_KEY, &value) &&
	    value.size == 8) {
		newest = (int64_t)bytes_get_u64(value.data);
	}
	buf_clear(&value);
	return newest;
}

/* PROTOCOL.md M237: "What a node is told to record while it waits to sign MUST
 * be kept as a durable draft, and recorded, in the order in which it came, once
 * the node may sign; header, number and leaf MUST be made only then." */
static enum err make_draft(struct node *node,
    const struct submit_audience *audience, const Qsg__Payload *payload,
    int64_t *draft)
{
	Qsg__Payload whole = *payload;
	struct buf plain = { 0 };
	enum err err = state_begin(node);

	whole.version = 1;
	if (!whole.created_at_ms) {
		whole.created_at_ms = clock_wall_ms(node->options.clock);
	}
	if (!err) {
		err = put_readers(node, audience, &plain);
	}
	if (!err) {
		err = put_payload(&whole, &plain);
	}
	if (!err && plain.size > LIMIT_RECORD_BYTES) {
		err = err_set(ERR_LIMIT, "the record is too large");
	}
	if (!err) {
		err = next_number(node, draft);
	}
	if (!err) {
		node->drafts = true;
		err = keep(node, *draft, buf_span(&plain));
	}
	buf_wipe(&plain);
	return err;
}

enum err drafting_submit_to(struct node *node,
    const struct submit_audience *audience, const Qsg__Payload *payload,
    struct id32 *record, int64_t *draft)
{
	bool waits = node->start.signing == STATE_WAITS ||
	             node->start.signing == STATE_RECOVERS;

	*draft = 0;
	memset(record, 0, sizeof *record);
	return waits ? make_draft(node, audience, payload, draft)
	             : submit_to(node, audience, payload, record);
}

enum err drafting_submit(struct node *node, const int64_t *readers,
    size_t reader_count, const Qsg__Payload *payload, struct id32 *record,
    int64_t *draft)
{
	const struct submit_audience audience = { .readers = readers,
		.count = reader_count };

	return drafting_submit_to(node, &audience, payload, record, draft);
}

static enum err read_next(
    struct node *node, int64_t after, int64_t *draft, struct buf *plain)
{
	struct buf sealed = { 0 };
	enum err err = drafts_next(node->db, after, draft, &sealed);

	if (!err) {
		err = unseal(node, *draft, buf_span(&sealed), plain);
	}
	buf_clear(&sealed);
	return err;
}

enum err drafting_attach(
    struct node *node, int64_t draft, const Qsg__Payload *payload)
{
	struct buf sealed = { 0 };
	struct buf plain = { 0 };
	Qsg__Payload whole = *payload;
	enum err err = drafts_get(node->db, draft, &sealed);

	whole.version = 1;
	whole.created_at_ms = clock_wall_ms(node->options.clock);
	if (!err) {
		err = unseal(node, draft, buf_span(&sealed), &plain);
	}
	if (!err) {
		err = put_payload(&whole, &plain);
	}
	if (!err) {
		err = keep(node, draft, buf_span(&plain));
	}
	buf_wipe(&plain);
	buf_clear(&sealed);
	return state_poison(node, err);
}

/*
 * Recording them.
 */

/* Whom a draft was made for. take_readers; free the ids. */
struct made_for {
	struct submit_group group;
	struct id32 *ids;
	size_t count;
	size_t members; /* the first so many read it as members of the group */
};

static enum err take_readers(struct reader *in, struct made_for *out)
{
	uint32_t count = reader_u32(in);

	if (count & GROUPED) {
		reader_copy(in, out->group.id.b, sizeof out->group.id.b);
		out->group.epoch = reader_u64(in);
		out->members = reader_u32(in);
	}
	out->count = count & ~GROUPED;
	if (out->count > LIMIT_SLOTS || out->members > out->count) {
		return err_set(ERR_CORRUPT, "a draft does not parse");
	}
	out->ids = calloc(out->count + 1, sizeof *out->ids);
	if (!out->ids) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < out->count; i++) {
		reader_copy(in, out->ids[i].b, sizeof out->ids[i].b);
	}
	return ERR_OK;
}

/* Those of them who may still read it: admitted, and in the group, if it is
 * for that. */
static enum err still_read(struct node *node, const struct made_for *made,
    int64_t *readers, size_t *count)
{
	int64_t *members = NULL;
	size_t member_count = 0;
	enum err err = members_of(node, &made->group, &members, &member_count);

	*count = 0;
	for (size_t i = 0; i < made->count && !err; i++) {
		const struct peer *peer = peers_by_id(node, &made->ids[i]);

		if (peer && peers_admitted(peer) &&
		    (i >= made->members ||
			is_in(members, member_count, peer->org))) {
			readers[(*count)++] = peer->org;
		}
	}
	free(members);
	return err;
}

static enum err take_payload(struct reader *in, Qsg__Payload **out)
{
	uint32_t size = reader_u32(in);
	struct span bytes = reader_span(in, size);
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode(
	    &qsg__payload__descriptor, bytes, LIMIT_RECORD_BYTES, &message);

	*out = (Qsg__Payload *)message;
	return err ? err_set(ERR_CORRUPT, "a draft does not parse") : ERR_OK;
}

static enum err record_first(struct node *node,
    const struct submit_audience *audience, const Qsg__Payload *payload,
    struct id32 *record)
{
	struct importer_result result = { 0 };
	enum err err = ERR_OK;

	if (payload->content_case != QSG__PAYLOAD__CONTENT_INDICATORS) {
		return submit_to(node, audience, payload, record);
	}
	/* An earlier draft may have brought the same values by now. */
	err = importer_set(node, audience, payload->indicators, false, &result);
	*record = result.record;
	return err;
}

static enum err record_attached(
    struct node *node, struct reader *in, const struct id32 *first)
{
	Qsg__Payload *payload = NULL;
	struct id32 record;
	enum err err = take_payload(in, &payload);

	if (!err && (payload->n_references != 1 ||
			payload->references[0]->record.len != sizeof *first)) {
		err = err_set(ERR_CORRUPT, "a draft does not parse");
	}
	if (!err) {
		memcpy(payload->references[0]->record.data, first->b,
		    sizeof first->b);
		err = submit_payload(node, NULL, 0, payload, &record);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	/* The first must not stand without it. */
	return state_poison(node, err);
}

static enum err record_draft(struct node *node, struct reader *in,
    const struct made_for *made, const int64_t *readers)
{
	const struct submit_audience audience = {
		.readers = readers, .count = made->count, .group = made->group
	};
	Qsg__Payload *payload = NULL;
	struct id32 record;
	enum err err = take_payload(in, &payload);

	if (!err) {
		err = record_first(node, &audience, payload, &record);
	}
	while (!err && !reader_done(in)) {
		err = record_attached(node, in, &record);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* A payload of its own, and what is noted beside one: why the guard was
 * overridden, what was decided, who the source was. */
#define PAYLOADS 4u

/* Its readers as they stand, as a person would name them. */
struct names {
	struct hex32 group;
	struct fingerprint orgs[LIMIT_SLOTS];
	const char *to[LIMIT_SLOTS + 1];
	size_t count;
};

static void name_readers(
    struct node *node, const struct made_for *made, struct names *out)
{
	if (!id_is_zero(&made->group.id)) {
		out->group = text_hex_id(&made->group.id);
		out->to[out->count++] = out->group.text;
	}
	for (size_t i = made->members; i < made->count; i++) {
		const struct peer *peer = peers_by_id(node, &made->ids[i]);

		if (peer && peers_admitted(peer)) {
			out->orgs[i] = text_fingerprint(&made->ids[i]);
			out->to[out->count++] = out->orgs[i].text;
		}
	}
}

/* PROTOCOL.md M367: "A draft MUST NOT be sealed for other readers than those it
 * was made for: when one of them is not admitted any more, or not in the group
 * that it was for, it MUST wait for a person to decide, who is shown the
 * readers of that moment." */
static enum err hold_draft(struct node *node, int64_t draft, struct reader *in,
    const struct made_for *made)
{
	struct names *names = calloc(1, sizeof *names);
	Qsg__Payload *payloads[PAYLOADS] = { NULL };
	size_t count = 0;
	int64_t release = 0;
	enum err err = names ? ERR_OK : err_set(ERR_MEM, "out of memory");

	while (!err && !reader_done(in)) {
		err = count < PAYLOADS
		          ? take_payload(in, &payloads[count++])
		          : err_set(ERR_CORRUPT, "a draft does not parse");
	}
	if (!err && !count) {
		err = err_set(ERR_CORRUPT, "a draft does not parse");
	}
	if (!err) {
		name_readers(node, made, names);
		err = release_hold(node,
		    &(struct release_draft){ .draft = draft,
			.to = names->to,
			.to_count = names->count,
			.were = made->ids,
			.were_count = made->count,
			.payload = payloads[0],
			.beside = payloads + 1,
			.beside_count = count - 1 },
		    &release);
	}
	if (!err) {
		log_line(LOG_WARN, "draft",
		    "draft %lld is not sent: its readers have changed; release "
		    "%lld waits for a person",
		    (long long)draft, (long long)release);
	}
	for (size_t i = 0; i < count; i++) {
		if (payloads[i]) {
			canon_wipe(&payloads[i]->base);
		}
	}
	free(names);
	return err;
}

static enum err settle_draft(
    struct node *node, int64_t draft, struct span plain)
{
	struct reader in = reader_of(plain);
	struct made_for made = { .ids = NULL };
	int64_t *readers = NULL;
	size_t count = 0;
	enum err err = take_readers(&in, &made);

	if (!err) {
		readers = calloc(made.count + 1, sizeof *readers);
		err = readers ? still_read(node, &made, readers, &count)
		              : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		err = count == made.count
		          ? record_draft(node, &in, &made, readers)
		          : hold_draft(node, draft, &in, &made);
	}
	free(readers);
	free(made.ids);
	return err;
}

/* Its readers are known, and what else is in it parses. */
static enum err check_parts(struct node *node, struct span plain)
{
	struct reader in = reader_of(plain);
	struct made_for made = { .ids = NULL };
	bool more = true;
	enum err err = take_readers(&in, &made);

	for (size_t i = 0; i < made.count && !err; i++) {
		err = peers_by_id(node, &made.ids[i])
		          ? ERR_OK
		          : err_set(ERR_NOTFOUND, "a reader is not known here");
	}
	while (!err && more) {
		Qsg__Payload *payload = NULL;

		err = take_payload(&in, &payload);
		if (payload) {
			canon_wipe(&payload->base);
		}
		more = in.left.size > 0;
	}
	free(made.ids);
	return err;
}

enum err drafting_check(struct node *node, int64_t draft, struct span sealed)
{
	struct buf plain = { 0 };
	enum err err = unseal(node, draft, sealed, &plain);

	if (!err) {
		err = check_parts(node, buf_span(&plain));
	}
	buf_wipe(&plain);
	return err;
}

enum err drafting_flush(struct node *node)
{
	struct buf plain = { 0 };
	int64_t draft = 0;
	enum err err = ERR_OK;

	while (!err && node->drafts) {
		buf_reset(&plain);
		err = read_next(node, 0, &draft, &plain);
		if (err == ERR_NOTFOUND) {
			node->drafts = false;
			err = ERR_OK;
			break;
		}
		if (!err) {
			err = settle_draft(node, draft, buf_span(&plain));
		}
		if (!err) {
			err = state_poison(node, drafts_drop(node->db, draft));
		}
		err = err ? err_wrap(err, "draft %lld", (long long)draft)
		          : ERR_OK;
	}
	buf_wipe(&plain);
	return err;
}

static enum err show_draft(
    struct span plain, int64_t draft, drafting_each_draft each, void *context)
{
	struct reader in = reader_of(plain);
	struct made_for made = { .ids = NULL };
	Qsg__Payload *payload = NULL;
	enum err err = take_readers(&in, &made);

	if (!err) {
		err = take_payload(&in, &payload);
	}
	if (!err) {
		err = each(context, draft, payload);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	free(made.ids);
	return err;
}

enum err drafting_each(
    struct node *node, drafting_each_draft each, void *context)
{
	struct buf plain = { 0 };
	int64_t draft = 0;
	enum err err = ERR_OK;

	while (!err && node->drafts) {
		buf_reset(&plain);
		err = read_next(node, draft, &draft, &plain);
		if (err == ERR_NOTFOUND) {
			err = ERR_OK;
			break;
		}
		if (!err) {
			err =
			    show_draft(buf_span(&plain), draft, each, context);
		}
	}
	buf_wipe(&plain);
	return err;
}
