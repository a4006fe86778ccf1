#define _POSIX_C_SOURCE 200809L

#include "service/telling.h"

#include "codec/canon.h"
#include "domain/provider.h"
#include "service/providers.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

enum err telling_begin(struct telling *telling, struct node *node,
    const struct share_request *asked, const Qsg__Payload *content,
    telling_texts texts, struct saying_result *out)
{
	char **all[TELLING_TEXTS];
	ProtobufCMessage *message = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	*telling = (struct telling){
		.node = node, .request = *asked, .texts = texts, .out = out
	};
	err = canon_copy(&content->base, &message);
	telling->payload = (Qsg__Payload *)message;
	if (!err) {
		err = vetting_normalise(all, texts(telling->payload, all));
	}
	return err ? err : share_check_words(&telling->request);
}

void telling_finish(struct telling *telling)
{
	saying_about_clear(&telling->readers);
	if (telling->payload) {
		canon_wipe(&telling->payload->base);
	}
	telling->payload = NULL;
}

/*
 * Readers.
 */

static void use_readers(struct telling *telling)
{
	telling->request.to = telling->readers.to;
	telling->request.to_count = telling->readers.count;
	telling->request.for_us_alone = telling->readers.count == 0;
}

enum err telling_name_readers(
    struct telling *telling, const struct id32 *ids, size_t count, size_t more)
{
	struct saying_readers *readers = &telling->readers;
	const char **to = NULL;
	enum err err =
	    saying_about_name(telling->node, ids, count, readers, telling->out);

	if (err) {
		return err;
	}
	to = (const char **)realloc(
	    (void *)readers->to, (readers->count + more + 1) * sizeof *to);
	if (!to) {
		return out_of_memory();
	}
	readers->to = to;
	use_readers(telling);
	return ERR_OK;
}

void telling_add_reader(struct telling *telling, const char *name)
{
	telling->readers.to[telling->readers.count++] = name;
	use_readers(telling);
}

/*
 * References.
 */

enum err telling_provider(struct telling *telling, char **text)
{
	struct provider_code code;
	bool known = false;
	char *copy = NULL;
	enum err err = ERR_OK;

	if (!(*text)[0]) {
		return ERR_OK;
	}
	err = provider_code_normalise(span_text(*text), &code);
	if (err) {
		return err;
	}
	copy = strdup(code.text);
	if (!copy) {
		return out_of_memory();
	}
	free(*text);
	*text = copy;
	err = providers_known(telling->node, copy, &known);
	telling->out->share.unknown_provider = !known;
	return err;
}

enum err telling_find(struct node *node, const char *prefix,
    enum view_type type, const char *what, uint32_t *rid)
{
	enum err err = views_find_prefix(node->views, span_text(prefix), rid);

	if (!err && views_get(node->views, *rid)->type != type) {
		err = err_set(ERR_INPUT, "%.64s is no %s", prefix, what);
	}
	return err;
}

enum err telling_refer(
    struct telling *telling, enum reference relation, const struct id32 *record)
{
	Qsg__Payload *payload = telling->payload;
	Qsg__Reference **list =
	    (Qsg__Reference **)realloc((void *)payload->references,
		(payload->n_references + 1) * sizeof *list);
	Qsg__Reference *made = list ? malloc(sizeof *made) : NULL;

	if (list) {
		payload->references = list;
	}
	if (!made) {
		return out_of_memory();
	}
	qsg__reference__init(made);
	made->relation = strdup(reference_token(relation));
	if (!made->relation) {
		free(made);
		return out_of_memory();
	}
	list[payload->n_references++] = made;
	return canon_put_id(&made->record, record);
}

enum err telling_cite(
    struct telling *telling, const char *const *cites, size_t count)
{
	const struct saying as = { .cites = cites, .cite_count = count };
	struct node *node = telling->node;
	enum err err = share_readers_resolve(
	    node, &telling->request, &telling->out->share);

	if (!err) {
		err =
		    saying_about_cite(node, &as, &telling->cited, telling->out);
	}
	for (size_t i = 0; i < telling->cited.count && !err; i++) {
		err = telling_refer(telling, REFERENCE_CITES,
		    &views_get(node->views, telling->cited.rids[i])->id);
	}
	return err;
}

/*
 * Going on.
 */

static struct vetting_recorder recorder_of(const struct share_request *request)
{
	return (struct vetting_recorder){ .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
}

/* PROTOCOL.md M655: "An action, a step or a record of a summit MUST pass the
 * guard in each of its texts before it is sealed, or be sealed together with a
 * logged reason why not." */
static enum err guard(struct telling *telling)
{
	const struct vetting_recorder recorder = recorder_of(&telling->request);
	struct guard_findings *findings = &telling->out->share.findings;
	char **texts[TELLING_TEXTS];
	enum err err = vetting_scan(
	    texts, telling->texts(telling->payload, texts), findings);

	return err ? err : vetting_judge(&recorder, findings);
}

enum err telling_keep(struct telling *telling)
{
	const struct vetting_recorder recorder = recorder_of(&telling->request);
	const struct share_request *request = &telling->request;
	struct share_result *share = &telling->out->share;
	Qsg__Payload whole = *telling->payload;
	enum err err = ERR_OK;

	vetting_name_recorder(&recorder, &whole);
	err = share_judge(telling->node, request, &whole, share);
	if (!err) {
		err = guard(telling);
		/* No answer helps before that is mended. */
		share->asks_list = share->asks_list && !err;
	}
	if (!err) {
		err = share_judge_allows(telling->node, request, share);
	}
	return err || request->dry_run
	           ? err
	           : share_keep(telling->node, request, &whole, share);
}
