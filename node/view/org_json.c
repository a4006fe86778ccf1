#include "view/org_json.h"

#include "codec/text.h"
#include "service/stated.h"
#include "view/json_out.h"

static void add_claims(json_t *object, const Qsg__Card *fields)
{
	json_out_text(object, "name", fields->name);
	json_out_text(object, "code", fields->code);
	json_out_text(object, "kind", fields->kind);
	json_out_number(object, "version", fields->version);
}

json_t *org_json_card(const struct card *card)
{
	json_t *object = json_object();
	json_t *endpoints = json_array();
	json_out_text(
	    object, "fingerprint", text_fingerprint(&card->organisation).text);
	add_claims(object, card->fields);
	for (size_t i = 0; i < card->fields->n_endpoints; i++) {
		json_out_append(
		    endpoints, json_string(card->fields->endpoints[i]));
	}
	json_out_set(object, "endpoints", endpoints);
	return object;
}

static json_t *stated_json(struct node *node, const struct peer *peer)
{
	struct stated_claims claims = stated_otherwise(node, peer);
	if (claims.entry == NULL) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_text(object, "name", claims.entry->name);
	json_out_text(object, "code", claims.entry->code);
	json_out_text(object, "kind", claims.entry->kind);
	json_out_bool(object, "differs", claims.how == STATED_DIFFERENTLY);
	return object;
}

json_t *org_json_peer(struct node *node, const struct peer *peer)
{
	json_t *object = org_json_card(&peer->card);
	const Qsg__Card *fields = peer->card.fields;
	json_out_text_or_null(object, "endpoint",
	    fields->n_endpoints == 0 ? NULL : fields->endpoints[0]);
	json_out_bool(object, "connected", peer->connected);
	json_out_time(
	    object, "since", peer->connected ? peer->connected_ms : 0);
	json_out_time(object, "last_seen", peer->seen_ms);
	json_out_time(object, "added_at", peer->added_ms);
	json_out_number(object, "refused_here", peer->refused_here);
	json_out_number(object, "refused_there", peer->refused_there);
	/* Why a connection failed is of no interest once one works. */
	bool away = !peer->connected && peer->unreachable[0] != '\0';
	json_out_text_or_null(
	    object, "problem", away ? peer->unreachable : peer->problem);
	json_out_time(object, "problem_at",
	    away ? peer->unreachable_ms : peer->problem_ms);
	json_out_bool(object, "card_conflict", peer->card_conflict);
	json_out_text(object, "enrolled_by",
	    peer->how == ORG_BY_PERSON ? "person" : "roster");
	json_out_text_or_null(object, "refused", peer->refused);
	json_out_bool(object, "barred", peer->barred);
	json_out_set(object, "waiting", json_null());
	if (peer->pending.fields != NULL) {
		json_t *waiting = json_object();
		add_claims(waiting, peer->pending.fields);
		json_out_set(object, "waiting", waiting);
	}
	json_out_set(object, "stated", stated_json(node, peer));
	return object;
}

json_t *org_json_peers(struct node *node)
{
	json_t *array = json_array();
	size_t count = peers_count(node);
	for (size_t org = 2; org <= count; org++) {
		const struct peer *peer = peers_get(node, (int64_t)org);
		if (peer != NULL) {
			json_out_append(array, org_json_peer(node, peer));
		}
	}
	return array;
}
