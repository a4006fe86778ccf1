#include "view/quarantine_json.h"

#include "codec/text.h"
#include "view/json_out.h"

json_t *quarantine_json_item(
    struct node *node, const struct quarantine_item *item)
{
	const struct peer *peer = peers_by_id(node, &item->peer);
	json_t *object = json_object();
	json_out_number(object, "item", (uint64_t)item->item);
	json_out_text(object, "peer", text_fingerprint(&item->peer).text);
	json_out_text_or_null(
	    object, "peer_name", peer == NULL ? NULL : peer->card.fields->name);
	json_out_time(object, "received_at", item->received_ms);
	json_out_text(object, "code", item->code);
	json_out_text(object, "reason", item->reason);
	json_out_number(object, "size", item->size);
	json_out_id(object, "hash", &item->hash);
	json_out_bool(object, "kept", item->kept);
	return object;
}

enum err quarantine_json_bytes(struct node *node, int64_t item, json_t **out)
{
	struct buf bytes = { 0 };
	struct buf text = { 0 };
	enum err err = query_quarantined(node, item, &bytes);
	if (err == ERR_OK) {
		err = text_base64(buf_span(&bytes), &text);
	}
	if (err == ERR_OK) {
		*out = json_object();
		json_out_number(*out, "item", (uint64_t)item);
		json_out_number(*out, "size", bytes.size);
		json_out_text(
		    *out, "bytes", bytes.size == 0 ? "" : buf_text(&text));
	}
	buf_clear(&bytes);
	buf_clear(&text);
	return err;
}
