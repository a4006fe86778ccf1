#include "view/summit_parts.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/peers.h"
#include "service/state.h"
#include "view/json_out.h"

#include <string.h>

const struct summit_fact *summit_view_fact(
    const struct summit_view *view, const struct id32 *record)
{
	for (size_t i = 0; i < view->look->count; i++) {
		if (id_equal(&view->look->facts[i].record, record)) {
			return &view->look->facts[i];
		}
	}
	return NULL;
}

const struct summit_fact *summit_view_trigger(const struct summit_view *view)
{
	const struct summit_fact *fact =
	    view->state->trigger != NULL
		? view->state->trigger
		: summit_view_fact(view, &view->state->id);
	return fact != NULL && fact->payload->content_case ==
	                           QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER
	           ? fact
	           : NULL;
}

enum reason summit_view_why(
    const struct summit_view *view, const struct id32 *record)
{
	for (size_t i = 0; i < view->state->refused_count; i++) {
		if (id_equal(&view->state->refused[i].record, record)) {
			return view->state->refused[i].why;
		}
	}
	return REASON_NONE;
}

json_t *summit_view_org(
    const struct summit_view *view, const struct id32 *organisation)
{
	const struct peer *peer =
	    organisation == NULL ? NULL : peers_by_id(view->node, organisation);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	if (organisation == NULL) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_text(
	    object, "fingerprint", text_fingerprint(organisation).text);
	return object;
}

json_t *summit_view_org_of(
    const struct summit_view *view, const ProtobufCBinaryData *bytes)
{
	struct id32 id;
	return summit_view_org(view, canon_take_id(bytes, &id) ? &id : NULL);
}

void summit_view_add_author(
    const struct summit_view *view, json_t *object, const struct id32 *author)
{
	const struct peer *peer = peers_by_id(view->node, author);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(
	    object, "author", card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, "author_code", card == NULL ? NULL : card->code);
}

json_t *summit_view_record(
    const struct summit_view *view, const struct summit_fact *fact)
{
	uint32_t rid = views_find(node_views(view->node), &fact->record);
	json_t *object = json_object();
	json_out_id(object, "id", &fact->record);
	summit_view_add_author(view, object, &fact->author);
	json_out_time(object, "created_at", fact->payload->created_at_ms);
	json_out_time(object, "received_at",
	    rid == 0 ? 0 : views_get(node_views(view->node), rid)->received_ms);
	return object;
}

void summit_view_add_id(
    json_t *object, const char *key, const ProtobufCBinaryData *bytes)
{
	struct id32 id;
	json_out_set(object, key, json_null());
	if (canon_take_id(bytes, &id)) {
		json_out_id(object, key, &id);
	}
}

json_t *summit_view_refers(const Qsg__Payload *payload, const char *relation)
{
	json_t *array = json_array();
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		if (strcmp(reference->relation, relation) == 0 &&
		    canon_take_id(&reference->record, &id)) {
			json_out_append(
			    array, json_string(text_hex_id(&id).text));
		}
	}
	return array;
}

bool summit_view_ours(
    const struct summit_view *view, const struct summit_fact *fact)
{
	return fact != NULL && id_equal(&fact->author, view->us);
}

bool summit_view_is_kind(const struct summit_side *side, const char *token)
{
	return side != NULL && side->party != NULL &&
	       side->party->kind != NULL &&
	       strcmp(side->party->kind->token, token) == 0;
}
