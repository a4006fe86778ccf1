#define _POSIX_C_SOURCE 200809L

#include "service/share.h"

#include "codec/canon.h"
#include "domain/intel.h"
#include "domain/provider.h"
#include "service/drafting.h"
#include "service/providers.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

enum err share_readers(struct node *node, const char *const *to,
    size_t to_count, bool for_us_alone, int64_t **readers, size_t *count)
{
	int64_t *found = NULL;
	size_t kept = 0;

	if (for_us_alone == (to_count > 0)) {
		return err_set(ERR_USAGE,
		    for_us_alone
			? "--private and --to exclude each other"
			: "say who may read this: --to ORGANISATION, or "
			  "--private");
	}
	if (to_count > LIMIT_READERS) {
		return err_set(ERR_LIMIT, "at most %u readers", LIMIT_READERS);
	}
	found = malloc((to_count + 1) * sizeof *found);
	if (!found) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < to_count; i++) {
		struct peer *peer = NULL;
		enum err err = peers_resolve(node, to[i], &peer);

		if (err) {
			free(found);
			return err;
		}
		if (peer->org != 1) {
			found[kept++] = peer->org;
		}
	}
	qsort(found, kept, sizeof *found, by_number);
	if (!for_us_alone && kept == 0) {
		free(found);
		return err_set(ERR_USAGE,
		    "the only reader named is this organisation itself; use "
		    "--private for that");
	}
	*count = 0;
	for (size_t i = 0; i < kept; i++) {
		if (*count == 0 || found[*count - 1] != found[i]) {
			found[(*count)++] = found[i];
		}
	}
	*readers = found;
	return ERR_OK;
}

/* The free texts of an item, each a place of its own for normalising and for
 * the guard. */
#define TEXTS 8
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

static enum err stage_item(struct node *node,
    const struct share_request *request, Qsg__Intelligence *item,
    struct share_result *out)
{
	struct vetting_recorder recorder = recorder_of(request);
	Qsg__Payload payload;
	Qsg__Handling handling;

	qsg__payload__init(&payload);
	vetting_name_recorder(&recorder, &payload);
	if (request->handling) {
		handling = *request->handling;
		payload.handling = &handling;
	}
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = item;
	return drafting_submit(node, out->readers, out->reader_count, &payload,
	    &out->record, &out->draft);
}

static enum err check_item(
    const struct share_request *request, const Qsg__Intelligence *item)
{
	struct vetting_recorder recorder = recorder_of(request);
	enum err err = intel_check(item);

	if (!err) {
		err = intel_check_handling(request->handling);
	}
	return err ? err : vetting_check_recorder(&recorder);
}

/* Everything up to the sealing, on an item of our own. */
static enum err prepare(struct node *node, const struct share_request *request,
    Qsg__Intelligence *item, struct share_result *out)
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
		err = check_item(request, item);
	}
	if (!err && item->provider[0]) {
		bool known = false;

		err = providers_known(node, item->provider, &known);
		out->unknown_provider = !known;
	}
	if (!err) {
		err = guard(out, item, request->handling);
	}
	return err ? err : vetting_judge(&recorder, &out->findings);
}

enum err share_intelligence(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	struct vetting_recorder recorder = recorder_of(request);
	Qsg__Intelligence *item = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = share_readers(node, request->to, request->to_count,
	    request->for_us_alone, &out->readers, &out->reader_count);
	if (!err) {
		err = copy_item(request->intelligence, &item);
	}
	if (!err) {
		err = prepare(node, request, item, out);
	}
	if (!err && !request->dry_run) {
		err = stage_item(node, request, item, out);
	}
	if (!err && !request->dry_run && out->findings.count) {
		/* Without the reason on record the share must not stand. */
		err = state_poison(
		    node, vetting_log_override(node, &recorder, &out->findings,
			      &out->record, out->draft, &out->override_record));
	}
	if (item) {
		canon_wipe(&item->base);
	}
	return err;
}

enum err share_batch(struct node *node, const struct share_request *request,
    const struct share_batch *batch)
{
	struct share_result result = { 0 };
	enum err err = share_readers(node, request->to, request->to_count,
	    request->for_us_alone, &result.readers, &result.reader_count);

	/* Staged records can't be taken back one by one, so all are looked at
	 * before any is staged. */
	for (size_t i = 0; i < batch->count && !err; i++) {
		err = prepare(node, request, batch->items[i], &result);
		err = err ? err_wrap(err, "item %zu", i + 1) : ERR_OK;
	}
	for (size_t i = 0; i < batch->count && !err; i++) {
		err = stage_item(node, request, batch->items[i], &result);
		batch->records[i] = result.record;
		batch->drafts[i] = result.draft;
		/* Those before it must not stand alone. */
		err = err && i > 0 ? state_poison(node, err) : err;
	}
	share_clear(&result);
	return err;
}

void share_clear(struct share_result *result)
{
	free(result->readers);
	guard_findings_clear(&result->findings);
	memset(result, 0, sizeof *result);
}
