#define _POSIX_C_SOURCE 200809L

#include "service/saying.h"

#include "codec/canon.h"
#include "domain/provider.h"
#include "domain/said.h"
#include "service/drafting.h"
#include "service/providers.h"
#include "service/saying_about.h"
#include "service/share.h"
#include "service/standing.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/*
 * The content.
 */

/* A copy of ours to normalise: through its canonical bytes. */
static enum err copy_content(const Qsg__Payload *content, Qsg__Payload **out)
{
	struct buf bytes = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err = canon_encode(&content->base, &bytes);

	if (!err) {
		err = canon_decode(&qsg__payload__descriptor, buf_span(&bytes),
		    LIMIT_REQUEST_BYTES, &message);
	}
	buf_wipe(&bytes);
	*out = (Qsg__Payload *)message;
	return err;
}

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
    struct node *node, Qsg__Payload *payload, struct saying_result *out)
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

static enum err check(
    struct node *node, const struct saying *saying, const Qsg__Payload *payload)
{
	enum err err = said_check(payload, clock_wall_ms(node->options.clock));

	if (!err) {
		err = vetting_check_recorder(&saying->recorder);
	}
	return err ? err : standing_may(node, payload);
}

/* PROTOCOL.md M364: "Each free text of these contents MUST pass the guard
 * before it is sealed, or be sealed together with a logged reason why not." */
static enum err guard(const struct saying *saying, Qsg__Payload *payload,
    struct saying_result *out)
{
	char **texts[SAID_TEXTS];
	enum err err =
	    vetting_scan(texts, said_texts(payload, texts), &out->findings);

	return err ? err : vetting_judge(&saying->recorder, &out->findings);
}

/*
 * The readers named.
 */

/* Nobody asks itself. */
static enum err check_asked(struct node *node, const struct saying *saying)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < saying->to_count && !err; i++) {
		struct peer *peer = NULL;

		err = peers_resolve(node, saying->to[i], &peer);
		if (!err && peer->org == 1) {
			err = err_set(
			    ERR_INPUT, "this organisation cannot ask itself");
		}
	}
	if (!err && saying->to_count == 0) {
		err = err_set(ERR_USAGE, "say who is asked");
	}
	return err;
}

static enum err resolve(
    struct node *node, const struct saying *saying, struct saying_result *out)
{
	Qsg__Payload__ContentCase which = saying->content->content_case;
	enum err err = ERR_OK;

	if (said_about(which) != REFERENCE_UNKNOWN) {
		return saying_about_resolve(node, saying, out);
	}
	if (which == QSG__PAYLOAD__CONTENT_REQUEST) {
		err = check_asked(node, saying);
	}
	return err ? err
	           : share_readers(node, saying->to, saying->to_count,
			 saying->for_us_alone, &out->readers,
			 &out->reader_count);
}

/*
 * Staging.
 */

static enum err stage(struct node *node, const struct saying *saying,
    const struct saying_citations *cited, Qsg__Payload *payload,
    struct saying_result *out)
{
	Qsg__Payload whole = *payload;
	Qsg__Reference references[SAYING_CITES + 1];
	Qsg__Reference *list[SAYING_CITES + 1];
	struct id32 ids[SAYING_CITES];
	enum reference about = said_about(payload->content_case);
	size_t count = 0;

	if (about != REFERENCE_UNKNOWN) {
		qsg__reference__init(&references[0]);
		references[0].relation = canon_lend(reference_token(about));
		references[0].record.data = out->about.b;
		references[0].record.len = sizeof out->about.b;
		count = 1;
	}
	for (size_t i = 0; i < cited->count; i++, count++) {
		ids[i] = views_get(node->views, cited->rids[i])->id;
		qsg__reference__init(&references[count]);
		references[count].relation =
		    canon_lend(reference_token(REFERENCE_CITES));
		references[count].record.data = ids[i].b;
		references[count].record.len = sizeof ids[i].b;
	}
	for (size_t i = 0; i < count; i++) {
		list[i] = &references[i];
	}
	whole.references = list;
	whole.n_references = count;
	vetting_name_recorder(&saying->recorder, &whole);
	return drafting_submit(node, out->readers, out->reader_count, &whole,
	    &out->record, &out->draft);
}

static enum err say(struct node *node, const struct saying *saying,
    Qsg__Payload *payload, struct saying_result *out)
{
	struct saying_citations cited = { .count = 0 };
	enum err err = normalise(node, payload, out);

	if (!err) {
		err = check(node, saying, payload);
	}
	if (!err) {
		err = resolve(node, saying, out);
	}
	if (!err) {
		err = saying_about_cite(node, saying, &cited, out);
	}
	if (!err) {
		err = guard(saying, payload, out);
	}
	if (err || saying->recorder.dry_run) {
		return err;
	}
	err = stage(node, saying, &cited, payload, out);
	if (!err && out->findings.count) {
		/* Without the reason on record it must not stand. */
		err = state_poison(
		    node, vetting_log_override(node, &saying->recorder,
			      &out->findings, &out->record, out->draft,
			      &out->override_record));
	}
	return err;
}

enum err saying_submit(
    struct node *node, const struct saying *saying, struct saying_result *out)
{
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (!said_is(saying->content)) {
		return err_set(ERR_STATE, "there is nothing to say");
	}
	err = copy_content(saying->content, &payload);
	if (!err) {
		err = say(node, saying, payload, out);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

void saying_clear(struct saying_result *result)
{
	free(result->readers);
	free(result->left_out);
	free(result->blind);
	guard_findings_clear(&result->findings);
	memset(result, 0, sizeof *result);
}
