#define _POSIX_C_SOURCE 200809L

#include "service/saying.h"

#include "codec/canon.h"
#include "domain/provider.h"
#include "domain/said.h"
#include "service/providers.h"
#include "service/saying_about.h"
#include "service/share_parts.h"
#include "service/standing.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/*
 * The content.
 */

/* Where its provider stands; NULL for content without one. */
static char **provider_of(Qsg__Payload *payload)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_REQUEST) {
		return &payload->request->provider;
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_JUDGEMENT) {
		return &payload->judgement->provider;
	}
	return payload->content_case == QSG__PAYLOAD__CONTENT_FINDING
	           ? &payload->finding->provider
	           : NULL;
}

static enum err normalise(
    struct node *node, Qsg__Payload *payload, struct share_result *out)
{
	char **texts[SAID_TEXTS];
	char **provider = provider_of(payload);
	struct provider_code code;
	bool known = false;
	char *copy = NULL;
	enum err err = vetting_normalise(texts, said_texts(payload, texts));

	if (err || !provider || !(*provider)[0]) {
		return err;
	}
	err = provider_code_normalise(span_text(*provider), &code);
	if (!err) {
		copy = strdup(code.text);
		err = copy ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		free(*provider);
		*provider = copy;
		err = providers_known(node, copy, &known);
		out->unknown_provider = !known;
	}
	return err;
}

/*
 * Checks, of what is said whole.
 */

static struct vetting_recorder recorder_of(const struct share_request *request)
{
	return (struct vetting_recorder){ .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
}

static enum err check(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload)
{
	enum err err = said_check(payload, clock_wall_ms(node->options.clock));

	if (!err) {
		err = share_check_words(request);
	}
	return err ? err : standing_may(node, payload);
}

/* PROTOCOL.md M364: "Each free text of these contents MUST pass the guard
 * before it is sealed, or be sealed together with a logged reason why not." */
static enum err guard(const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	const struct vetting_recorder recorder = recorder_of(request);
	char **texts[SAID_TEXTS];
	enum err err =
	    vetting_scan(texts, said_texts(payload, texts), &out->findings);

	return err ? err : vetting_judge(&recorder, &out->findings);
}

/* With readers and checks behind it: guard, policy, sealing. */
static enum err go_on(struct node *node, const struct share_request *request,
    const Qsg__Payload *whole, struct share_result *out)
{
	enum err err = share_judge(node, request, whole, out);

	if (!err) {
		err = guard(request, whole, out);
		/* No answer helps before that is mended. */
		out->asks_list = out->asks_list && !err;
	}
	if (!err) {
		err = share_judge_allows(node, request, out);
	}
	return err || request->dry_run ? err
	                               : share_keep(node, request, whole, out);
}

enum err saying_again(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = check(node, request, payload);
	if (!err) {
		err = share_readers_resolve(node, request, out);
	}
	return err ? err : go_on(node, request, payload, out);
}

/*
 * What is said anew.
 */

/* Nobody asks itself. What is no organisation may be a group. */
static enum err check_asked(struct node *node, const struct saying *saying)
{
	for (size_t i = 0; i < saying->share.to_count; i++) {
		struct peer *peer = NULL;

		if (!peers_resolve(node, saying->share.to[i], &peer) &&
		    peer->org == 1) {
			return err_set(
			    ERR_INPUT, "this organisation cannot ask itself");
		}
	}
	return saying->share.to_count ? ERR_OK
	                              : err_set(ERR_USAGE, "say who is asked");
}

/* Whom it goes to follows from the record it is about, or was said. */
static enum err resolve(struct node *node, const struct saying *saying,
    struct saying_readers *readers, struct share_request *request,
    struct saying_result *out)
{
	Qsg__Payload__ContentCase which = saying->content->content_case;
	enum err err = ERR_OK;

	if (said_about(which) != REFERENCE_UNKNOWN) {
		err = saying_about_resolve(node, saying, readers, out);
		request->to = readers->to;
		request->to_count = readers->count;
		request->for_us_alone = false;
	} else if (which == QSG__PAYLOAD__CONTENT_REQUEST) {
		err = check_asked(node, saying);
	}
	return err ? err : share_readers_resolve(node, request, &out->share);
}

/* Its references, borrowed by the payload. */
struct references {
	Qsg__Reference items[SAYING_CITES + 1];
	Qsg__Reference *list[SAYING_CITES + 1];
	struct id32 ids[SAYING_CITES + 1];
	size_t count;
};

static void refer(
    struct references *to, enum reference how, const struct id32 *record)
{
	size_t at = to->count++;

	to->ids[at] = *record;
	qsg__reference__init(&to->items[at]);
	to->items[at].relation = canon_lend(reference_token(how));
	to->items[at].record.data = to->ids[at].b;
	to->items[at].record.len = sizeof to->ids[at].b;
	to->list[at] = &to->items[at];
}

static void make_whole(struct node *node, const struct share_request *request,
    const struct saying_citations *cited, const struct id32 *about,
    Qsg__Payload *payload, struct references *references)
{
	const struct vetting_recorder recorder = recorder_of(request);
	enum reference how = said_about(payload->content_case);

	references->count = 0;
	if (how != REFERENCE_UNKNOWN) {
		refer(references, how, about);
	}
	for (size_t i = 0; i < cited->count; i++) {
		refer(references, REFERENCE_CITES,
		    &views_get(node->views, cited->rids[i])->id);
	}
	payload->references = references->list;
	payload->n_references = references->count;
	vetting_name_recorder(&recorder, payload);
}

static enum err say(struct node *node, const struct saying *saying,
    Qsg__Payload *payload, struct saying_result *out)
{
	struct saying_citations cited = { .count = 0 };
	struct saying_readers readers = { 0 };
	struct share_request request = saying->share;
	struct references references;
	Qsg__Payload whole;
	enum err err = normalise(node, payload, &out->share);

	if (!err) {
		err = check(node, &request, payload);
	}
	if (!err) {
		err = resolve(node, saying, &readers, &request, out);
	}
	if (!err) {
		err = saying_about_cite(node, saying, &cited, out);
	}
	if (!err) {
		whole = *payload;
		make_whole(
		    node, &request, &cited, &out->about, &whole, &references);
		err = go_on(node, &request, &whole, &out->share);
	}
	saying_about_clear(&readers);
	return err;
}

enum err saying_submit(
    struct node *node, const struct saying *saying, struct saying_result *out)
{
	ProtobufCMessage *copy = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (!said_is(saying->content)) {
		return err_set(ERR_STATE, "there is nothing to say");
	}
	err = canon_copy(&saying->content->base, &copy);
	if (!err) {
		err = say(node, saying, (Qsg__Payload *)copy, out);
	}
	canon_wipe(copy);
	return err;
}

void saying_clear(struct saying_result *result)
{
	share_clear(&result->share);
	free(result->left_out);
	free(result->blind);
	memset(result, 0, sizeof *result);
}
