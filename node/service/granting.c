#include "service/granting.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/content.h"
#include "domain/grant.h"
#include "service/erasing.h"
#include "service/export.h"
#include "service/groups.h"
#include "service/onward.h"
#include "service/query.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/vetting.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LIST_LABEL "qsg/granting/v1"

/*
 * The record.
 */

static enum err find(struct node *node, const char *prefix,
    struct granting_one *one, Qsg__Payload **payload)
{
	const struct view_record *view = NULL;
	const char *why = NULL;
	bool withheld = false;
	enum err err = erasing_find(node, span_text(prefix), &one->rid);

	if (err) {
		return err;
	}
	view = views_get(node->views, one->rid);
	one->original = view->id;
	one->author = state_author(node, one->rid);
	if (erasing_is_erased(node, &view->id)) {
		return err_set(ERR_STATE, "it is erased here");
	}
	err = erasing_withholds(
	    node, views_holder(node->views, one->rid), &withheld);
	if (!err && withheld) {
		err = err_set(ERR_STATE,
		    "it is to be erased, and is held here for this "
		    "organisation alone");
	}
	if (err) {
		return err;
	}
	if (view->state != RECORD_READABLE) {
		return err_set(ERR_STATE,
		    "it cannot be read here (%s), so there is nothing to "
		    "grant",
		    records_reason_name((enum record_reason)view->reason));
	}
	err = query_take(node, one->rid, payload);
	if (err) {
		return err;
	}
	why = grant_why_not_kind(*payload);
	if (why) {
		return err_set(ERR_INPUT, "it cannot be granted: %s", why);
	}
	/* Its author reads every grant of it. */
	return one->author == 1
	           ? ERR_OK
	           : peers_check_admitted(peers_get(node, one->author));
}

/*
 * The readers.
 */

/* PROTOCOL.md M428: "A node MUST NOT make a grant for an organisation that
 * reads the record already, for itself, or for one that it refuses or that is
 * barred." */
static enum err check_self(
    struct node *node, const struct share_request *request)
{
	for (size_t i = 0; i < request->to_count; i++) {
		struct peer *peer = NULL;

		if (!peers_resolve(node, request->to[i], &peer) &&
		    peer->org == 1) {
			return err_set(ERR_INPUT,
			    "that is this organisation itself, which reads it "
			    "already");
		}
	}
	if (request->for_us_alone || !request->to_count) {
		return err_set(
		    ERR_USAGE, "say whom to grant it to: --to ORGANISATION");
	}
	return ERR_OK;
}

/* Has this organisation joined the group that the record's readers were
 * resolved from? What is known by a grant alone says nothing of that. */
static bool joined_its_group(struct node *node, const struct state_stream *from,
    const struct id32 *organisation)
{
	const struct group_state *group = NULL;
	const struct group_member *member = NULL;

	if (groups_by_id(node, &from->group, &group)) {
		return false;
	}
	member = group_member(group, organisation);
	return member && group_receives(member);
}

static enum err check_onward(struct node *node, struct granting_one *one,
    const Qsg__Payload *original, const struct peer *reader)
{
	const struct view_record *view = views_get(node->views, one->rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	bool held = !views_granted(node->views, one->rid);
	struct grant_question question = { .own = one->author == 1,
		.onward = original->handling ? original->handling->onward : "",
		.for_group = held && !id_is_zero(&stream->group) };
	const char *why = NULL;
	enum err err = ERR_OK;

	if (question.own) {
		return ERR_OK;
	}
	question.grouped =
	    question.for_group &&
	    joined_its_group(node, stream, &reader->card.organisation);
	err = onward_allows(node, one->rid, &reader->card.organisation,
	    &question.answered, &one->answer);
	why = grant_why_not_onward(&question);
	if (!err && why) {
		err = err_set(ERR_DENIED, "not to %.100s: %s",
		    reader->card.fields->name, why);
	}
	return err;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of a group those that read it already are left out; a name is a mistake. */
static enum err keep_new(struct node *node, const Qsg__Payload *original,
    struct granting_one *one, int64_t *kept, size_t *count)
{
	const struct share_result *share = &one->share;

	*count = 0;
	for (size_t i = 0; i < share->reader_count; i++) {
		const struct peer *peer = peers_get(node, share->readers[i]);
		bool reads =
		    granting_reads(node, one->rid, &peer->card.organisation);
		enum err err = ERR_OK;

		if (reads && share->about[i].by_group) {
			continue;
		}
		if (reads) {
			return err_set(ERR_INPUT, "%.100s reads it already",
			    peer->card.fields->name);
		}
		err = peers_check_admitted(peer);
		if (!err) {
			err = check_onward(node, one, original, peer);
		}
		if (err) {
			return err;
		}
		kept[(*count)++] = peer->org;
	}
	return *count ? ERR_OK
	              : err_set(ERR_INPUT, "all of them read it already");
}

static enum err find_readers(struct node *node,
    const struct granting_request *request, const Qsg__Payload *original,
    struct granting_one *one)
{
	int64_t *kept = NULL;
	size_t count = 0;
	enum err err = check_self(node, &request->share);

	if (!err) {
		err = share_readers_resolve(node, &request->share, &one->share);
	}
	if (err) {
		return err;
	}
	kept = calloc(one->share.reader_count + 1, sizeof *kept);
	if (!kept) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = keep_new(node, original, one, kept, &count);
	if (!err && one->author != 1) {
		kept[count++] = one->author;
		qsort(kept, count, sizeof *kept, by_number);
	}
	if (!err) {
		err = share_readers_set(node, kept, count, &one->share);
	}
	free(kept);
	return err;
}

/*
 * The grant.
 */

/* A grant with what it borrows from. */
struct making {
	Qsg__Payload payload;
	Qsg__Grant grant;
	Qsg__Reference references[2];
	Qsg__Reference *list[2];
	struct id32 ids[2];
	struct export_record record;
	Qsg__Payload *carrier; /* of a grant of a grant */
	struct buf card;
};

static void making_clear(struct making *making)
{
	export_record_clear(&making->record);
	buf_clear(&making->card);
	if (making->carrier) {
		canon_wipe(&making->carrier->base);
	}
	sodium_memzero(making, sizeof *making);
}

static void lend(ProtobufCBinaryData *field, const struct buf *bytes)
{
	field->data = bytes->data;
	field->len = bytes->size;
}

static void refer(
    struct making *making, const char *relation, const struct id32 *record)
{
	size_t at = making->payload.n_references++;

	making->ids[at] = *record;
	qsg__reference__init(&making->references[at]);
	making->references[at].relation = canon_lend(relation);
	making->references[at].record.data = making->ids[at].b;
	making->references[at].record.len = sizeof making->ids[at].b;
	making->list[at] = &making->references[at];
	making->payload.references = making->list;
}

/* What is held itself: with a proof to the newest head of its log. */
static enum err take_held(
    struct node *node, const struct granting_one *one, struct making *making)
{
	static const struct export_heads newest = { NULL, 0 };
	const struct peer *author = peers_get(node, one->author);
	struct export_record *record = &making->record;
	enum err err =
	    export_read(node, &one->original, &newest, EXPORT_OPEN, record);

	if (!err && !record->opened) {
		err = err_set(ERR_STATE, "it does not open here");
	}
	if (!err) {
		err = buf_append(
		    &making->card, buf_span(&peers_keys(author)->signed_bytes));
	}
	if (err) {
		return err;
	}
	lend(&making->grant.header, &record->header);
	lend(&making->grant.body, &record->body);
	lend(&making->grant.proof, &record->proof);
	lend(&making->grant.card, &making->card);
	making->grant.content_key.data = record->key;
	making->grant.content_key.len = sizeof record->key;
	return ERR_OK;
}

/* What was granted goes on as it came. */
static enum err take_granted(
    struct node *node, struct granting_one *one, struct making *making)
{
	const Qsg__Grant *grant = NULL;
	enum err err = granting_carrier(node, one->rid, &making->carrier);

	if (err) {
		return err;
	}
	grant = making->carrier->grant;
	making->grant.header = grant->header;
	making->grant.body = grant->body;
	making->grant.proof = grant->proof;
	making->grant.card = grant->card;
	making->grant.content_key = grant->content_key;
	one->granted_by =
	    views_get(node->views, views_holder(node->views, one->rid))->id;
	return ERR_OK;
}

static enum err check_size(const struct making *making)
{
	if (making->grant.body.len > LIMIT_GRANTABLE_BYTES) {
		return err_set(ERR_LIMIT,
		    "it has %zu bytes, and a grant carries at most %u: its "
		    "author has to share it again in parts",
		    making->grant.body.len, LIMIT_GRANTABLE_BYTES);
	}
	return ERR_OK;
}

static enum err make(struct node *node, const struct granting_request *request,
    struct granting_one *one, struct making *making)
{
	const struct vetting_recorder recorder = { .role = request->share.role,
		.person = request->share.person };
	enum err err = ERR_OK;

	qsg__payload__init(&making->payload);
	qsg__grant__init(&making->grant);
	err = views_granted(node->views, one->rid)
	          ? take_granted(node, one, making)
	          : take_held(node, one, making);
	if (!err) {
		err = check_size(making);
	}
	if (err) {
		return err;
	}
	making->grant.reason = canon_lend(request->reason);
	if (!id_is_zero(&one->answer)) {
		making->grant.answer.data = one->answer.b;
		making->grant.answer.len = sizeof one->answer.b;
	}
	refer(making, "grants", &one->original);
	if (!id_is_zero(&one->granted_by)) {
		refer(making, "granted-by", &one->granted_by);
	}
	making->payload.content_case = QSG__PAYLOAD__CONTENT_GRANT;
	making->payload.grant = &making->grant;
	vetting_name_recorder(&recorder, &making->payload);
	return ERR_OK;
}

/* The reason is read by all of them. */
static enum err guard(
    const struct granting_request *request, struct share_result *out)
{
	const struct vetting_recorder recorder = { .role = request->share.role,
		.person = request->share.person,
		.override_reason = request->share.override_reason,
		.dry_run = request->share.dry_run };
	enum err err = guard_scan(span_text(request->reason), &out->findings);

	return err ? err : vetting_judge(&recorder, &out->findings);
}

/* All but the sealing. What is asked about readers is asked for all at once. */
static enum err prepare(struct node *node,
    const struct granting_request *request, const char *prefix,
    struct granting_one *one, struct making *making)
{
	struct share_request alone = request->share;
	Qsg__Payload *original = NULL;
	enum err err = find(node, prefix, one, &original);

	alone.yes = true;
	alone.confirmed = NULL;
	if (!err) {
		err = find_readers(node, request, original, one);
	}
	if (!err) {
		err = make(node, request, one, making);
	}
	if (!err) {
		err = guard(request, &one->share);
	}
	if (!err) {
		/* As it is asked, so that asks_list is as it would be. */
		err = share_judge(
		    node, &request->share, &making->payload, &one->share);
	}
	if (!err) {
		bool asks = one->share.asks_list;

		one->share.asks_list = false;
		err = share_judge_allows(node, &alone, &one->share);
		one->share.asks_list = asks;
	}
	if (original) {
		canon_wipe(&original->base);
	}
	return err;
}

/*
 * All of them.
 */

static enum err add_readers(struct node *node, struct share_result *whole,
    const struct share_result *one)
{
	size_t room = whole->reader_count + one->reader_count;
	int64_t *all = calloc(room + 1, sizeof *all);
	size_t count = 0;
	enum err err = all ? ERR_OK : err_set(ERR_MEM, "out of memory");

	for (size_t i = 0; i < room && !err; i++) {
		all[i] = i < whole->reader_count
		             ? whole->readers[i]
		             : one->readers[i - whole->reader_count];
	}
	if (!err) {
		qsort(all, room, sizeof *all, by_number);
		for (size_t i = 0; i < room; i++) {
			if (count == 0 || all[count - 1] != all[i]) {
				all[count++] = all[i];
			}
		}
		err = share_readers_set(node, all, count, whole);
	}
	free(all);
	return err;
}

/* What stands for these very readers of these very records. */
static enum err make_list(struct granting_result *out)
{
	struct buf bytes = { 0 };
	struct id32 hash;
	enum err err = buf_append(&bytes, span_text(LIST_LABEL));

	for (size_t i = 0; i < out->count && !err; i++) {
		err = buf_append(&bytes, span_id(&out->items[i].original));
		if (!err) {
			err = buf_append(
			    &bytes, span_text(out->items[i].share.list.text));
		}
	}
	if (!err && crypto_generichash(hash.b, sizeof hash.b, bytes.data,
			bytes.size, NULL, 0) != 0) {
		err = err_set(ERR_CRYPTO, "no hash");
	}
	if (!err) {
		out->whole.list = text_hex_id(&hash);
	}
	buf_clear(&bytes);
	return err;
}

static enum err check_list(
    const struct share_request *request, const struct granting_result *out)
{
	if (request->dry_run) {
		return ERR_OK;
	}
	if (request->confirmed &&
	    strcmp(request->confirmed, out->whole.list.text) != 0) {
		return err_set(ERR_STATE,
		    "the readers are no longer those that were shown: nothing "
		    "was granted; look at them again");
	}
	return out->whole.asks_list
	           ? err_set(ERR_DENIED,
			 "%s would be read by %zu organisation%s: confirm with "
			 "--yes",
			 out->count == 1 ? "this" : "these",
			 out->whole.reader_count,
			 out->whole.reader_count == 1 ? "" : "s")
	           : ERR_OK;
}

static enum err prepare_all(struct node *node,
    const struct granting_request *request, struct granting_result *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < request->record_count && !err; i++) {
		struct granting_one *one = &out->items[out->count++];
		struct making making = { 0 };

		err = prepare(node, request, request->records[i], one, &making);
		making_clear(&making);
		for (size_t j = 0; j + 1 < out->count && !err; j++) {
			if (out->items[j].rid == one->rid) {
				err = err_set(ERR_INPUT, "it is named twice");
			}
		}
		if (!err) {
			err = add_readers(node, &out->whole, &one->share);
			out->whole.asks_list |= one->share.asks_list;
			out->whole.group = one->share.group;
			memcpy(out->whole.group_name, one->share.group_name,
			    sizeof out->whole.group_name);
		}
		if (err) {
			err =
			    err_wrap(err, "record %.16s", request->records[i]);
		}
	}
	return err ? err : make_list(out);
}

static enum err keep_all(struct node *node,
    const struct granting_request *request, struct granting_result *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < out->count && !err; i++) {
		struct granting_one *one = &out->items[i];
		struct making making = { 0 };

		err = make(node, request, one, &making);
		if (!err) {
			err = share_keep(node, &request->share, &making.payload,
			    &one->share);
		}
		making_clear(&making);
		/* Those before it must not stand alone. */
		err = err && i > 0 ? state_poison(node, err) : err;
	}
	return err;
}

enum err granting_make(struct node *node,
    const struct granting_request *request, struct granting_result *out)
{
	enum err err = grant_check_reason(request->reason);

	memset(out, 0, sizeof *out);
	if (!err) {
		err = share_check_words(&request->share);
	}
	if (!err && request->record_count == 0) {
		err = err_set(ERR_USAGE, "name a record to grant");
	}
	if (!err && request->record_count > LIMIT_GRANTS) {
		err = err_set(
		    ERR_LIMIT, "at most %u records at once", LIMIT_GRANTS);
	}
	if (err) {
		return err;
	}
	out->items = calloc(request->record_count, sizeof *out->items);
	err = out->items ? prepare_all(node, request, out)
	                 : err_set(ERR_MEM, "out of memory");
	if (!err) {
		err = check_list(&request->share, out);
	}
	return err || request->share.dry_run ? err
	                                     : keep_all(node, request, out);
}

void granting_result_clear(struct granting_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		share_clear(&result->items[i].share);
	}
	share_clear(&result->whole);
	free(result->items);
	memset(result, 0, sizeof *result);
}
