#define _POSIX_C_SOURCE 200809L

#include "service/registering.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/utf8.h"
#include "domain/intel.h"
#include "domain/provider.h"
#include "domain/relation.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/* What stands so far, as ours to change; or an empty relation. */
static enum err begin(struct node *node, const char *code, Qsg__Relation **out)
{
	const struct providers_one *one = NULL;
	const struct providers_said *said = NULL;
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	enum err err = providers_find(node, code, &one);

	if (!err) {
		said = providers_newest(node, one, 1);
	}
	if (!err && said) {
		err = canon_encode(&said->relation->base, &bytes);
	}
	if (!err) {
		err = canon_decode(&qsg__relation__descriptor, buf_span(&bytes),
		    LIMIT_RECORD_BYTES, &message);
	}
	buf_clear(&bytes);
	*out = (Qsg__Relation *)message;
	return err;
}

/* Strings of a decoded message are malloc'ed one by one, but for empty ones,
 * which are shared. */
static enum err replace(char **field, const char *text)
{
	struct buf nfc = { 0 };
	char *copy = NULL;
	enum err err = utf8_nfc(span_text(text), &nfc);

	if (!err) {
		copy = nfc.size ? strdup(buf_text(&nfc)) : NULL;
		err = copy || !nfc.size ? ERR_OK : no_memory();
	}
	buf_clear(&nfc);
	if (err) {
		return err;
	}
	if ((*field)[0]) {
		free(*field);
	}
	*field = copy ? copy : canon_lend(protobuf_c_empty_string);
	return ERR_OK;
}

static enum err replace_id(ProtobufCBinaryData *field, const struct id32 *id)
{
	uint8_t *copy = id ? malloc(sizeof *id) : NULL;

	if (id && !copy) {
		return no_memory();
	}
	free(field->data);
	*field = (ProtobufCBinaryData){ 0 };
	if (id) {
		memcpy(copy, id->b, sizeof *id);
		field->data = copy;
		field->len = sizeof *id;
	}
	return ERR_OK;
}

/*
 * Commissioners.
 */

/* An organisation we know, or any ODS code. */
static enum err find_commissioner(struct node *node, const char *text,
    struct provider_code *code, const struct id32 **organisation, bool *known)
{
	struct peer *peer = NULL;
	enum err err = peers_resolve(node, text, &peer);

	*organisation = NULL;
	*known = true;
	if (!err) {
		*organisation = &peer->card.organisation;
		return provider_code_normalise(
		    span_text(peer->card.fields->code), code);
	}
	if (err != ERR_NOTFOUND) {
		return err;
	}
	if (provider_code_normalise(span_text(text), code)) {
		return err_set(ERR_NOTFOUND,
		    "no commissioner %.60s: name an organisation you know, or "
		    "an ODS code",
		    text);
	}
	return providers_known(node, code->text, known);
}

static void drop_commissioner(Qsg__Relation *relation, const char *code)
{
	size_t kept = 0;

	for (size_t i = 0; i < relation->n_commissioners; i++) {
		Qsg__Commissioner *each = relation->commissioners[i];

		if (strcmp(each->code, code) == 0) {
			canon_free(&each->base);
		} else {
			relation->commissioners[kept++] = each;
		}
	}
	relation->n_commissioners = kept;
}

/* Room for one more in a repeated field; takes over the message. */
static enum err append(void **items, size_t *count, ProtobufCMessage *message)
{
	ProtobufCMessage **grown =
	    (ProtobufCMessage **)realloc(*items, (*count + 1) * sizeof *grown);

	if (!grown) {
		canon_free(message);
		return no_memory();
	}
	grown[(*count)++] = message;
	*items = (void *)grown;
	return ERR_OK;
}

static enum err add_commissioner(Qsg__Relation *relation, const char *code,
    const struct id32 *organisation, const char *part)
{
	Qsg__Commissioner *made = malloc(sizeof *made);
	void *items = (void *)relation->commissioners;
	enum err err = made ? ERR_OK : no_memory();

	if (err) {
		return err;
	}
	qsg__commissioner__init(made);
	err = replace(&made->code, code);
	if (!err) {
		err = replace(&made->part, part);
	}
	if (!err && organisation) {
		err = replace_id(&made->organisation, organisation);
	}
	if (err) {
		canon_free(&made->base);
		return err;
	}
	err = append(&items, &relation->n_commissioners, &made->base);
	relation->commissioners = (Qsg__Commissioner **)items;
	return err;
}

static enum err change_commissioner(struct node *node,
    const struct registering_request *request, struct registering_noted *out)
{
	const struct id32 *organisation = NULL;
	struct provider_code code;
	bool known = true;
	enum err err = ERR_OK;

	if (!request->commissioner) {
		return request->part ? err_set(ERR_USAGE,
					   "--host, --associate and --neither "
					   "go with --commissioner")
		                     : ERR_OK;
	}
	if (!request->part) {
		return err_set(ERR_USAGE,
		    "say what the commissioner is: --host, --associate or "
		    "--neither");
	}
	err = find_commissioner(
	    node, request->commissioner, &code, &organisation, &known);
	if (err) {
		return err;
	}
	out->unknown_commissioner = !known;
	drop_commissioner(out->relation, code.text);
	return request->part[0] ? add_commissioner(out->relation, code.text,
				      organisation, request->part)
	                        : ERR_OK;
}

/*
 * Sites, names, the home group.
 */

static void drop_site(Qsg__Relation *relation, const char *code)
{
	size_t kept = 0;

	for (size_t i = 0; i < relation->n_sites; i++) {
		Qsg__ProviderSite *each = relation->sites[i];

		if (strcmp(each->code, code) == 0) {
			canon_free(&each->base);
		} else {
			relation->sites[kept++] = each;
		}
	}
	relation->n_sites = kept;
}

static enum err add_site(
    Qsg__Relation *relation, const char *code, const char *name)
{
	Qsg__ProviderSite *made = malloc(sizeof *made);
	void *items = (void *)relation->sites;
	enum err err = made ? ERR_OK : no_memory();

	if (err) {
		return err;
	}
	qsg__provider_site__init(made);
	err = replace(&made->code, code);
	if (!err) {
		err = replace(&made->name, name);
	}
	if (err) {
		canon_free(&made->base);
		return err;
	}
	err = append(&items, &relation->n_sites, &made->base);
	relation->sites = (Qsg__ProviderSite **)items;
	return err;
}

static enum err change_site(Qsg__Relation *relation, const char *text)
{
	const char *equals = strchr(text, '=');
	struct provider_code code;

	if (!equals || provider_code_normalise(
			   span_of(text, (size_t)(equals - text)), &code)) {
		return err_set(ERR_INPUT,
		    "a site is CODE=NAME, with an ODS code or local id, not "
		    "%.60s",
		    text);
	}
	drop_site(relation, code.text);
	return equals[1] ? add_site(relation, code.text, equals + 1) : ERR_OK;
}

static enum err change_home(
    struct node *node, const char *text, Qsg__Relation *relation)
{
	const struct group_state *group = NULL;
	enum err err = ERR_OK;

	if (!text) {
		return ERR_OK;
	}
	if (text[0]) {
		err = groups_resolve(node, text, &group);
	}
	return err ? err
	           : replace_id(
			 &relation->home_group, group ? &group->id : NULL);
}

static enum err change(struct node *node,
    const struct registering_request *request, struct registering_noted *out)
{
	Qsg__Relation *relation = out->relation;
	enum err err = change_commissioner(node, request, out);

	if (!err && request->name) {
		err = replace(&relation->name, request->name);
	}
	if (!err && request->type) {
		err = replace(&relation->type, request->type);
	}
	if (!err) {
		err = change_home(node, request->home_group, relation);
	}
	for (size_t i = 0; i < request->site_count && !err; i++) {
		err = change_site(relation, request->sites[i]);
	}
	return err;
}

/*
 * Recording.
 */

static enum err guard(const Qsg__Relation *relation)
{
	enum err err = vetting_refuse("a name", relation->name);

	for (size_t i = 0; i < relation->n_sites && !err; i++) {
		err = vetting_refuse("a name", relation->sites[i]->name);
	}
	return err;
}

static enum err begin_anew(struct node *node,
    const struct registering_request *request, struct registering_noted *out)
{
	struct provider_code code;
	bool known = false;
	enum err err =
	    provider_code_normalise(span_text(request->provider), &code);

	if (!err) {
		err = providers_known(node, code.text, &known);
	}
	if (!err) {
		out->unknown_provider = !known;
		err = begin(node, code.text, &out->relation);
	}
	return err ? err : replace(&out->relation->provider, code.text);
}

/* The whole that the change makes, fit to be recorded. */
static enum err prepare(struct node *node,
    const struct registering_request *request, struct registering_noted *out)
{
	const char *role = request->share.role;
	enum err err = begin_anew(node, request, out);

	if (!err) {
		err = change(node, request, out);
	}
	if (!err) {
		err = relation_check(out->relation);
	}
	if (!err) {
		err = intel_check_role(role ? role : "administrator");
	}
	return err ? err : guard(out->relation);
}

enum err registering_relate(struct node *node,
    const struct registering_request *request, struct registering_noted *out)
{
	struct share_request share = request->share;
	Qsg__Payload payload;
	enum err err = ERR_OK;

	*out = (struct registering_noted){ 0 };
	share.for_us_alone = share.to_count == 0;
	err = prepare(node, request, out);
	if (err) {
		return err;
	}
	qsg__payload__init(&payload);
	payload.role = canon_lend(share.role ? share.role : "administrator");
	if (share.person) {
		payload.person = canon_lend(share.person);
	}
	payload.content_case = QSG__PAYLOAD__CONTENT_RELATION;
	payload.relation = out->relation;
	return share_payload(node, &share, &payload, &out->share);
}

void registering_clear(struct registering_noted *noted)
{
	share_clear(&noted->share);
	if (noted->relation) {
		canon_free(&noted->relation->base);
	}
	*noted = (struct registering_noted){ 0 };
}
