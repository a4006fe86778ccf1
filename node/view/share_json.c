#include "view/share_json.h"

#include "codec/text.h"
#include "domain/org.h"
#include "view/json_out.h"

json_t *share_json_readers(
    struct node *node, const int64_t *readers, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct peer *peer = peers_get(node, readers[i]);
		if (peer == NULL || peer->card.fields == NULL) {
			continue;
		}
		const Qsg__Card *card = peer->card.fields;
		json_t *object = json_object();
		json_out_text(object, "name", card->name);
		json_out_text(object, "code", card->code);
		json_out_text(object, "kind", card->kind);
		json_out_text(object, "fingerprint",
		    text_fingerprint(&peer->card.organisation).text);
		json_out_bool(object, "statutory",
		    org_kind_statutory(span_text(card->kind)));
		json_out_append(array, object);
	}
	return array;
}

json_t *share_json_findings(const struct guard_findings *findings)
{
	json_t *array = json_array();
	for (size_t i = 0; i < findings->count; i++) {
		const struct guard_finding *finding = &findings->items[i];
		json_t *object = json_object();
		json_out_text(object, "kind", guard_kind_token(finding->kind));
		json_out_text(object, "label", guard_kind_label(finding->kind));
		json_out_number(object, "line", finding->line);
		json_out_number(object, "column", finding->column);
		json_out_append(array, object);
	}
	return array;
}

static json_t *warnings_json(
    const struct share_result *result, const char *provider)
{
	json_t *array = json_array();
	if (result->unknown_provider) {
		json_out_append(
		    array, json_sprintf("provider %s is not known to this node",
			       provider == NULL ? "" : provider));
	}
	return array;
}

json_t *share_json_result(
    struct node *node, const struct share_result *result, const char *provider)
{
	json_t *object = json_object();
	json_out_set(object, "record", json_null());
	json_out_set(object, "override_record", json_null());
	if (!id_is_zero(&result->record)) {
		json_out_id(object, "record", &result->record);
	}
	if (!id_is_zero(&result->override_record)) {
		json_out_id(
		    object, "override_record", &result->override_record);
	}
	if (result->draft != 0) {
		json_out_number(object, "draft", (uint64_t)result->draft);
	}
	json_out_bool(object, "private", result->reader_count == 0);
	json_out_set(object, "readers",
	    share_json_readers(node, result->readers, result->reader_count));
	json_out_set(object, "warnings", warnings_json(result, provider));
	json_out_set(
	    object, "findings", share_json_findings(&result->findings));
	return object;
}
