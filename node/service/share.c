#define _POSIX_C_SOURCE 200809L

#include "service/share_parts.h"

#include "codec/canon.h"
#include "codec/when.h"
#include "domain/intel.h"
#include "domain/plain.h"
#include "domain/provider.h"
#include "service/providers.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/* The free texts of an item, each a place of its own for normalising and for
 * the guard. */
#define TEXTS 9
static void free_texts(Qsg__Intelligence *item, char **out[TEXTS])
{
	out[0] = &item->text;
	out[1] = &item->judgement;
	out[2] = &item->caveat;
	out[3] = &item->theme;
	out[4] = &item->site;
	out[5] = &item->service;
	out[6] = &item->ward;
	out[7] = &item->capacity;
	out[8] = &item->provider_group;
}

/* A copy of ours to normalise: through its canonical bytes. */
static enum err copy_item(
    const Qsg__Intelligence *item, Qsg__Intelligence **out)
{
	struct buf bytes = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err = canon_encode(&item->base, &bytes);

	if (!err) {
		err = canon_decode(&qsg__intelligence__descriptor,
		    buf_span(&bytes), LIMIT_REQUEST_BYTES, &message);
	}
	buf_wipe(&bytes);
	*out = (Qsg__Intelligence *)message;
	return err;
}

static enum err normalise_provider(Qsg__Intelligence *item)
{
	struct provider_code code;
	char *copy = NULL;
	enum err err = ERR_OK;

	if (!item->provider[0]) {
		return ERR_OK;
	}
	err = provider_code_normalise(span_text(item->provider), &code);
	if (!err) {
		copy = strdup(code.text);
		err = copy ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		free(item->provider);
		item->provider = copy;
	}
	return err;
}

static enum err guard(struct share_result *out, Qsg__Intelligence *item,
    const Qsg__Handling *handling)
{
	char **texts[TEXTS];
	enum err err = ERR_OK;

	free_texts(item, texts);
	err = vetting_scan(texts, TEXTS, &out->findings);
	if (!err && handling) {
		err = guard_scan(span_text(handling->foi_note), &out->findings);
	}
	return err;
}

static struct vetting_recorder recorder_of(const struct share_request *request)
{
	return (struct vetting_recorder){ .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
}

/* What stands beside the content, whatever that is. */
enum err share_check_words(const struct share_request *request)
{
	const struct vetting_recorder recorder = recorder_of(request);
	enum err err = vetting_check_recorder(&recorder);

	if (!err) {
		err = plain_check_line("--asked-by", request->asked_by);
	}
	if (!err) {
		err = plain_check_reason("--without-cqc", request->without_cqc);
	}
	if (!err && request->source_identity &&
	    plain_is_blank(request->source_identity)) {
		err = err_set(
		    ERR_INPUT, "--source-identity needs to say who it was");
	}
	return err ? err
	           : plain_check_reason(
			 "--source-identity", request->source_identity);
}

static enum err check_item(struct node *node,
    const struct share_request *request, const Qsg__Intelligence *item)
{
	const struct when today = when_date(clock_wall_ms(node->options.clock));
	enum err err = intel_check(item);

	if (!err) {
		err = intel_check_handling(request->handling);
	}
	if (!err) {
		err = intel_check_today(item, request->handling, today.text);
	}
	return err ? err : share_check_words(request);
}

/* An item of our own, as it will be recorded. */
struct whole {
	Qsg__Payload payload;
	Qsg__Handling handling;
};

static void fill(struct whole *whole, const struct share_request *request,
    Qsg__Intelligence *item)
{
	const struct vetting_recorder recorder = recorder_of(request);

	qsg__payload__init(&whole->payload);
	vetting_name_recorder(&recorder, &whole->payload);
	if (request->handling) {
		whole->handling = *request->handling;
		whole->payload.handling = &whole->handling;
	}
	whole->payload.references = request->references;
	whole->payload.n_references = request->reference_count;
	whole->payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	whole->payload.intelligence = item;
}

/* Everything up to the sealing. */
static enum err prepare(struct node *node, const struct share_request *request,
    Qsg__Intelligence *item, struct whole *whole, struct share_result *out)
{
	struct vetting_recorder recorder = recorder_of(request);
	char **texts[TEXTS];
	enum err err = ERR_OK;

	free_texts(item, texts);
	err = vetting_normalise(texts, TEXTS);
	if (!err) {
		err = normalise_provider(item);
	}
	if (!err) {
		err = check_item(node, request, item);
	}
	if (!err && item->provider[0]) {
		bool known = false;

		err = providers_known(node, item->provider, &known);
		out->unknown_provider = !known;
	}
	if (!err) {
		err = guard(out, item, request->handling);
	}
	if (!err) {
		fill(whole, request, item);
		err = share_judge(node, request, &whole->payload, out);
	}
	if (!err) {
		err = vetting_judge(&recorder, &out->findings);
		/* No answer helps before that is mended. */
		out->asks_list = out->asks_list && !err;
		out->asks_without_cqc = out->asks_without_cqc && !err;
	}
	return err ? err : share_judge_allows(node, request, out);
}

enum err share_intelligence(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	Qsg__Intelligence *item = NULL;
	struct whole whole;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = share_readers_resolve(node, request, out);
	if (!err) {
		err = copy_item(request->intelligence, &item);
	}
	if (!err) {
		err = prepare(node, request, item, &whole, out);
	}
	if (!err && !request->dry_run) {
		err = share_keep(node, request, &whole.payload, out);
	}
	if (item) {
		canon_wipe(&item->base);
	}
	return err;
}

enum err share_payload(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	enum err err = share_check_words(request);

	memset(out, 0, sizeof *out);
	if (!err) {
		err = share_readers_resolve(node, request, out);
	}
	if (!err) {
		err = share_judge(node, request, payload, out);
	}
	if (!err) {
		err = share_judge_allows(node, request, out);
	}
	return err || request->dry_run
	           ? err
	           : share_keep(node, request, payload, out);
}

static enum err keep_items(struct node *node,
    const struct share_request *request, const struct share_batch *batch,
    struct share_result *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < batch->count && !err; i++) {
		struct whole whole;

		fill(&whole, request, batch->items[i]);
		out->record = (struct id32){ { 0 } };
		out->draft = out->release = 0;
		err = share_judge(node, request, &whole.payload, out);
		if (!err) {
			err = share_keep(node, request, &whole.payload, out);
		}
		batch->records[i] = out->record;
		batch->drafts[i] = out->draft;
		batch->releases[i] = out->release;
		/* Those before it must not stand alone. */
		err = err && i > 0 ? state_poison(node, err) : err;
	}
	return err;
}

enum err share_batch(struct node *node, const struct share_request *request,
    const struct share_batch *batch, struct share_result *out)
{
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = share_readers_resolve(node, request, out);
	/* Staged records can't be taken back one by one, so all are looked at
	 * before any is staged. */
	for (size_t i = 0; i < batch->count && !err; i++) {
		struct whole whole;

		err = prepare(node, request, batch->items[i], &whole, out);
		err = err ? err_wrap(err, "item %zu", i + 1) : ERR_OK;
	}
	return err ? err : keep_items(node, request, batch, out);
}

void share_clear(struct share_result *result)
{
	free(result->readers);
	free(result->about);
	guard_findings_clear(&result->findings);
	policies_clear(&result->policies);
	memset(result, 0, sizeof *result);
}
