#include "app/granting_ops.h"

#include "app/share_args.h"
#include "base/limits.h"
#include "codec/when.h"
#include "service/granting_bulk.h"
#include "service/onward.h"
#include "view/grant_json.h"
#include "view/json_out.h"
#include "view/share_json.h"

#include <string.h>

static enum err grant_named(struct ops_core *core, const json_t *arguments,
    const struct share_request *share, struct ops_answer *answer)
{
	const char *records[LIMIT_GRANTS];
	struct granting_request request = { .records = records,
		.reason = ops_text(arguments, "reason"),
		.share = *share };
	struct granting_result result = { 0 };
	enum err err = ops_texts(arguments, "ids", "records at once", records,
	    LIMIT_GRANTS, &request.record_count);
	if (err != ERR_OK) {
		return err;
	}
	err = granting_make(core->node, &request, &result);
	answer->json = grant_json_result(core->node, &result);
	granting_result_clear(&result);
	return err;
}

static enum err grant_group(struct ops_core *core, const json_t *arguments,
    const struct share_request *share, struct ops_answer *answer)
{
	const char *since = ops_text(arguments, "since");
	struct granting_bulk bulk = { .group = ops_text(arguments, "group"),
		.since_ms = INT64_MIN,
		.reason = ops_text(arguments, "reason"),
		.share = *share,
		.place = (uint64_t)json_integer_value(
		    json_object_get(arguments, "place")),
		.started = (uint64_t)json_integer_value(
		    json_object_get(arguments, "started")) };
	struct granting_page page = { 0 };
	enum err err = ERR_OK;
	if (json_array_size(json_object_get(arguments, "ids")) > 0) {
		return err_set(ERR_USAGE,
		    "--group means all that the group heard: name no records "
		    "beside it");
	}
	if (bulk.place > UINT32_MAX || bulk.started > UINT32_MAX) {
		return err_set(ERR_INPUT, "no such place");
	}
	if (since != NULL) {
		err = when_parse(span_text(since), &bulk.since_ms);
	}
	if (err == ERR_OK) {
		err = granting_bulk(core->node, &bulk, &page);
	}
	answer->json = grant_json_page(&page);
	json_out_bool(answer->json, "dry_run", share->dry_run);
	granting_page_clear(&page);
	return err;
}

enum err granting_ops_grant(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	struct share_request share;
	enum err err = share_args_read(arguments, to, &share);
	if (err != ERR_OK) {
		return err;
	}
	if (ops_text(arguments, "group") != NULL) {
		return grant_group(core, arguments, &share, answer);
	}
	if (ops_text(arguments, "since") != NULL) {
		return err_set(ERR_USAGE, "--since goes with --group");
	}
	return grant_named(core, arguments, &share, answer);
}

enum err granting_ops_ask(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	struct onward_question question = { .record = ops_text(arguments, "id"),
		.reason = ops_text(arguments, "reason") };
	struct share_result result = { 0 };
	enum err err = share_args_read(arguments, to, &question.share);
	if (err == ERR_OK) {
		err = onward_ask(core->node, &question, &result);
		answer->json = share_json_result(core->node, &result, NULL);
	}
	share_clear(&result);
	return err;
}

enum err granting_ops_answer(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	const char *verdict = ops_text(arguments, "verdict");
	struct onward_reply reply = { .request = ops_text(arguments, "id"),
		.allow = strcmp(verdict, "allow") == 0,
		.reason = ops_text(arguments, "reason") };
	struct share_result result = { 0 };
	enum err err = share_args_read(arguments, to, &reply.share);
	if (!reply.allow && strcmp(verdict, "refuse") != 0) {
		return err_set(
		    ERR_INPUT, "say `allow` or `refuse` after the request");
	}
	if (err == ERR_OK) {
		err = onward_answer(core->node, &reply, &result);
		answer->json = share_json_result(core->node, &result, NULL);
	}
	share_clear(&result);
	return err;
}

/* The list is given piece by piece: so many looked at, or so long, at once. */
enum { PIECE = 512, PIECE_BYTES = 256 * 1024 };
#define GIVEN (1ULL << 32) /* in the place: some were given before */

struct listing {
	struct node *node;
	struct buf *text;
	bool any;
	size_t looked;
};

static enum err add_request(void *context, const struct onward_item *item)
{
	struct listing *listing = context;
	json_t *object = grant_json_request(listing->node, item);
	enum err err =
	    buf_append(listing->text, span_text(listing->any ? ",\n" : ""));
	if (err == ERR_OK) {
		err = json_out_dump(object, listing->text);
	}
	listing->any = true;
	json_decref(object);
	return err;
}

static bool is_enough(void *context)
{
	struct listing *listing = context;
	return ++listing->looked >= PIECE || listing->text->size >= PIECE_BYTES;
}

enum err granting_ops_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { .node = core->node,
		.text = &answer->text,
		.any = (answer->from & GIVEN) != 0 };
	uint32_t place = (uint32_t)answer->from;
	enum err err = answer->from == 0
	                   ? buf_append(&answer->text, span_text("[\n"))
	                   : ERR_OK;
	if (err == ERR_OK) {
		err = onward_list_some(core->node, ops_flag(arguments, "open"),
		    is_enough, add_request, &listing, &place);
	}
	answer->next = place == 0 ? 0 : place | (listing.any ? GIVEN : 0);
	return err == ERR_OK && place == 0
	           ? buf_append(&answer->text, span_text("\n]"))
	           : err;
}
