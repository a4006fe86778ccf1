#include "view/audit_json.h"

#include "codec/text.h"
#include "view/json_out.h"

enum err audit_json_proof(const struct audit_proof *proof, json_t **out)
{
	struct buf text = { 0 };
	struct buf header = { 0 };
	struct buf vkey = { 0 };
	json_t *object = json_object();
	enum err err = buf_append(&text, buf_span(&proof->proof));
	if (err == ERR_OK) {
		err = text_base64(buf_span(&proof->header), &header);
	}
	if (err == ERR_OK) {
		err = note_vkey(&proof->key, &vkey);
	}
	if (err == ERR_OK) {
		json_out_id(object, "record", &proof->record);
		json_out_number(object, "leaf", proof->leaf);
		json_out_number(object, "size", proof->head.size);
		json_out_text(object, "proof", buf_text(&text));
		json_out_text(object, "header", buf_text(&header));
		json_out_text(object, "vkey", buf_text(&vkey));
		*out = object;
	} else {
		json_decref(object);
	}
	buf_clear(&text);
	buf_clear(&header);
	buf_clear(&vkey);
	return err;
}

void audit_json_render_proof(struct paper *paper, const json_t *value)
{
	paper_put(paper, paper_member(value, "proof"));
}
