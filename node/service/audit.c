#include "service/audit.h"

#include "codec/canon.h"
#include "ledger/tlogproof.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/state.h"

#include <string.h>

enum err audit_log_key(const struct card *card,
    const struct generation *generation, struct note_key *out)
{
	const Qsg__LogGeneration *log = card_generation(card, generation);
	struct id32 key;

	if (!log || log->log_key.len != sizeof key.b) {
		return err_set(ERR_NOTFOUND, "a log that no card names");
	}
	memcpy(key.b, log->log_key.data, sizeof key.b);
	note_log_key(&card->organisation, generation, &key, out);
	return ERR_OK;
}

static enum err keep_header(void *context, const struct record_row *row)
{
	return buf_append(context, row->header);
}

/* PROTOCOL.md M75: "A node MUST check a portable proof that it made, with the
 * author's key, before it hands it out." */
static enum err check_own(const struct audit_proof *made)
{
	struct tlogproof proof;
	struct checkpoint head;
	struct id32 leaf;
	enum err err = tlogproof_parse(buf_span(&made->proof), &proof);

	merkle_leaf(buf_span(&made->header), &leaf);
	if (!err) {
		err = tlogproof_check(&proof, &leaf, &made->key.key, &head);
	}
	if (!err && !id_equal(&leaf, &made->record)) {
		err = err_set(ERR_VERIFY, "its header has another id");
	}
	return err ? err_set(ERR_CORRUPT,
			 "the proof does not hold; run `qsg verify`")
	           : ERR_OK;
}

/* Under a head that witnesses have signed, where there is one. */
static enum err write_proof(
    struct node *node, const struct state_log *log, struct audit_proof *out)
{
	struct witness_checkpoint seen;
	enum err err = witness_covering(node, log->log, out->leaf, &seen);

	if (!err) {
		err = tlogproof_write(log->tree, out->leaf, seen.head.size,
		    buf_span(&seen.note), &out->proof);
		out->head = seen.head;
	}
	buf_clear(&seen.note);
	if (err == ERR_NOTFOUND) {
		buf_reset(&out->proof);
		out->head = log->head;
		err = tlogproof_write(log->tree, out->leaf, log->head.size,
		    buf_span(&log->note), &out->proof);
	}
	return err;
}

static enum err prove(struct node *node, uint32_t rid, struct audit_proof *out)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_log *log =
	    state_log(node, state_stream(node, view->stream)->row.log);
	const struct peer *author = peers_get(node, log->org);
	enum err err = ERR_OK;

	out->record = view->id;
	out->leaf = view->leaf;
	if (view->leaf >= log->head.size) {
		return err_set(ERR_STATE,
		    "the record is not yet joined to a head of its author's "
		    "log: try again once its author has been reached");
	}
	err =
	    audit_log_key(peers_keys(author), &log->head.generation, &out->key);
	if (!err) {
		err = records_get(node->db, rid, keep_header, &out->header);
	}
	if (!err) {
		err = write_proof(node, log, out);
	}
	if (err == ERR_NOTFOUND) {
		return err_set(ERR_STATE,
		    "the way from the record to the newest head of its log is "
		    "not known here yet: try again later");
	}
	return err ? err : check_own(out);
}

/* What is read by a grant has the proof that came with it. */
static enum err prove_granted(
    struct node *node, uint32_t rid, struct audit_proof *out)
{
	const struct view_granted *granted = views_granted(node->views, rid);
	Qsg__Payload *payload = NULL;
	struct tlogproof proof;
	struct card card = { 0 };
	struct span bytes = { 0 };
	enum err err = granting_carrier(node, rid, &payload);

	out->record = granted->record.id;
	out->leaf = granted->record.leaf;
	if (!err) {
		const Qsg__Grant *grant = payload->grant;

		bytes = span_of(grant->proof.data, grant->proof.len);
		err = buf_append(&out->header,
		    span_of(grant->header.data, grant->header.len));
		if (!err) {
			err = card_parse(
			    span_of(grant->card.data, grant->card.len), &card);
		}
	}
	if (!err) {
		err = audit_log_key(&card, &granted->generation, &out->key);
	}
	if (!err) {
		err = buf_append(&out->proof, bytes);
	}
	if (!err) {
		err = tlogproof_parse(bytes, &proof);
	}
	if (!err) {
		err = tlogproof_check(
		    &proof, &out->record, &out->key.key, &out->head);
	}
	card_clear(&card);
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err ? err : check_own(out);
}

enum err audit_prove(
    struct node *node, struct span prefix, struct audit_proof *out)
{
	uint32_t rid = 0;
	enum err err = erasing_find(node, prefix, &rid);

	*out = (struct audit_proof){ 0 };
	if (!err) {
		err = views_granted(node->views, rid)
		          ? prove_granted(node, rid, out)
		          : prove(node, rid, out);
	}
	if (err) {
		audit_proof_clear(out);
	}
	return err;
}

void audit_proof_clear(struct audit_proof *proof)
{
	buf_clear(&proof->proof);
	buf_clear(&proof->header);
}
