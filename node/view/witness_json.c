#include "view/witness_json.h"

#include "codec/text.h"
#include "view/json_out.h"

#include <string.h>

enum err witness_json_status(struct node *node, json_t **out)
{
	struct witness_status status;
	enum err err = witness_status(node, &status);
	if (err != ERR_OK) {
		return err;
	}
	json_t *object = json_object();
	json_out_number(object, "head", status.head);
	json_out_number(object, "published", status.published);
	json_out_time(object, "published_at", status.published_ms);
	json_out_number(object, "witnessed", status.witnessed);
	json_out_number(object, "unwitnessed", status.unwitnessed);
	json_out_time(object, "oldest_unwitnessed_at", status.oldest_ms);
	json_out_number(object, "asked", status.asked);
	json_out_number(object, "cosigned", status.cosigned);
	json_out_number(object, "minimum", status.minimum);
	json_out_number(object, "max_age_s", (uint64_t)status.max_age_s);
	json_out_bool(object, "ok", status.ok);
	*out = object;
	return ERR_OK;
}

/*
 * Who cosigned what.
 */

struct listing {
	json_t *array;
	uint64_t published;
};

/* With which any C2SP tool checks what this organisation cosigns. */
static enum err add_witness_key(
    json_t *object, const struct id32 *organisation, const uint8_t *cosigning)
{
	struct note_key key;
	struct id32 public;
	struct buf vkey = { 0 };
	memcpy(public.b, cosigning, sizeof(public.b));
	note_witness_key(organisation, &public, &key);
	enum err err = note_vkey(&key, &vkey);
	if (err == ERR_OK) {
		json_out_text(object, "vkey", buf_text(&vkey));
	}
	buf_clear(&vkey);
	return err;
}

static json_t *word_json(const struct witness_word *word)
{
	json_t *object = json_object();
	const struct card *card = &word->peer->card;
	json_out_text(object, "name", card->fields->name);
	json_out_text(object, "code", card->fields->code);
	json_out_text(
	    object, "fingerprint", text_fingerprint(&card->organisation).text);
	if (word->size > 0) {
		json_out_number(object, "size", word->size);
		json_out_time(object, "cosigned_at", word->time_s * 1000);
	} else {
		json_out_set(object, "size", json_null());
		json_out_set(object, "cosigned_at", json_null());
	}
	return object;
}

static enum err add_asked(void *context, const struct witness_word *word)
{
	struct listing *listing = context;
	json_t *object = word_json(word);
	json_out_bool(object, "asked", word->asked);
	json_out_bool(object, "cosigned",
	    word->size > 0 && word->size == listing->published);
	enum err err = add_witness_key(object, &word->peer->card.organisation,
	    word->peer->card.fields->cosigning_key.data);
	json_out_append(listing->array, object);
	return err;
}

static enum err add_cosigned(void *context, const struct witness_word *word)
{
	struct listing *listing = context;
	json_t *object = word_json(word);
	struct buf generation = { 0 };
	enum err err =
	    text_hex(span_of(word->generation.b, sizeof(word->generation.b)),
		&generation);
	if (err == ERR_OK) {
		json_out_text(object, "generation", buf_text(&generation));
	}
	buf_clear(&generation);
	json_out_append(listing->array, object);
	return err;
}

enum err witness_json_witnesses(struct node *node, json_t **out)
{
	struct witness_status status;
	struct listing asked = { .array = json_array() };
	struct listing cosigned = { .array = json_array() };
	json_t *object = json_object();
	enum err err = witness_status(node, &status);
	if (err == ERR_OK) {
		asked.published = status.published;
		err = witness_scan_asked(node, add_asked, &asked);
	}
	if (err == ERR_OK) {
		err = witness_scan_cosigned(node, add_cosigned, &cosigned);
	}
	if (err == ERR_OK) {
		err = add_witness_key(object, node_id(node),
		    keystore_public(node_keystore(node))->cosigning.b);
	}
	if (err != ERR_OK) {
		json_decref(asked.array);
		json_decref(cosigned.array);
		json_decref(object);
		return err;
	}
	json_t *published = json_null();
	if (status.published > 0) {
		published = json_object();
		json_out_number(published, "size", status.published);
		json_out_time(published, "at", status.published_ms);
	}
	json_out_set(object, "published", published);
	json_out_number(object, "head", status.head);
	json_out_set(object, "asked", asked.array);
	json_out_set(object, "cosigned", cosigned.array);
	*out = object;
	return ERR_OK;
}

/*
 * The log.
 */

static enum err add_key(const struct node *node, json_t *object)
{
	const struct checkpoint *head = node_head(node);
	const struct keystore_public *keys =
	    keystore_public(node_keystore(node));
	struct note_key key;
	struct buf vkey = { 0 };
	note_log_key(&head->author, &head->generation,
	    &keys->logs[keys->log_count - 1].key, &key);
	enum err err = note_vkey(&key, &vkey);
	if (err == ERR_OK) {
		json_out_text(object, "origin", key.name);
		json_out_text(object, "vkey", buf_text(&vkey));
	}
	buf_clear(&vkey);
	return err;
}

enum err witness_json_log(struct node *node, json_t **out)
{
	struct witness_checkpoint shown;
	json_t *object = json_object();
	json_t *head = json_object();
	enum err err = add_key(node, object);
	if (err == ERR_OK) {
		err = witness_checkpoint(node, &shown);
		if (err == ERR_OK) {
			json_out_number(object, "size", shown.head.size);
			json_out_id(object, "root", &shown.head.root);
			json_out_text(
			    object, "checkpoint", buf_text(&shown.note));
		} else if (err == ERR_NOTFOUND) {
			json_out_number(object, "size", 0);
			json_out_id(object, "root", &node_head(node)->root);
			json_out_set(object, "checkpoint", json_null());
			err = ERR_OK;
		}
		json_out_number(object, "cosignatures", shown.cosignatures);
		buf_clear(&shown.note);
	}
	if (err != ERR_OK) {
		json_decref(object);
		json_decref(head);
		return err;
	}
	json_out_number(head, "size", node_head(node)->size);
	json_out_id(head, "root", &node_head(node)->root);
	json_out_set(object, "head", head);
	*out = object;
	return ERR_OK;
}
