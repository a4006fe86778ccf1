#include "service/groups.h"
#include "service/load.h"
#include "service/receipts.h"
#include "service/verifying.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fault_of(struct verifying *verifying, const char *table,
    size_t number, const char *what)
{
	char key[24];

	(void)snprintf(key, sizeof key, "%zu", number);
	verify_fault(verifying, table, key, what);
}

static bool same_log(const struct state_log *a, const struct state_log *b)
{
	return a->org == b->org && checkpoint_equal(&a->head, &b->head) &&
	       span_equal(buf_span(&a->note), buf_span(&b->note)) &&
	       a->unjoined.size == b->unjoined.size &&
	       a->overtaken == b->overtaken &&
	       a->claim.head.size == b->claim.head.size &&
	       a->unproven_rid == b->unproven_rid &&
	       a->withheld == b->withheld && a->split == b->split;
}

static bool same_stream(
    const struct state_stream *a, const struct state_stream *b)
{
	const struct stream *x = &a->row.state;
	const struct stream *y = &b->row.state;

	return a->row.log == b->row.log && id_equal(&x->id, &y->id) &&
	       x->taken == y->taken && id_equal(&x->last, &y->last) &&
	       id_equal(&x->keyed_by, &y->keyed_by) &&
	       x->keyed_at == y->keyed_at && x->status == y->status &&
	       id_equal(&x->audience_commitment, &y->audience_commitment) &&
	       a->row.reason == b->row.reason &&
	       a->row.has_chain == b->row.has_chain &&
	       a->bodyless == b->bodyless && a->receipted == b->receipted &&
	       a->reader_count == b->reader_count &&
	       id_equal(&a->group, &b->group) &&
	       a->group_epoch == b->group_epoch &&
	       (!a->reader_count ||
		   memcmp(a->readers, b->readers,
		       a->reader_count * sizeof *a->readers) == 0);
}

static bool same_peer(const struct peer *a, const struct peer *b)
{
	return span_equal(buf_span(&a->card.signed_bytes),
		   buf_span(&b->card.signed_bytes)) &&
	       span_equal(buf_span(&a->pending.signed_bytes),
		   buf_span(&b->pending.signed_bytes)) &&
	       a->how == b->how && a->barred == b->barred &&
	       span_equal(buf_span(&a->stated), buf_span(&b->stated)) &&
	       strcmp(a->refused, b->refused) == 0 &&
	       a->card_conflict == b->card_conflict;
}

/* The groups in use are those that the records state. */
static enum err compare_groups(struct verifying *verifying, struct node *fresh)
{
	size_t count = groups_count(fresh);
	enum err err = ERR_OK;

	if (count != groups_count(verifying->node)) {
		fault_of(verifying, "groups", count, "another count");
		return ERR_OK;
	}
	for (size_t i = 0; i < count && !err; i++) {
		const struct group_state *ours = NULL;
		const struct group_state *theirs = NULL;
		struct id32 hashes[2];

		err = groups_at(verifying->node, i, &ours);
		if (!err) {
			err = groups_at(fresh, i, &theirs);
		}
		if (!err) {
			err = group_hash(ours, &hashes[0]);
		}
		if (!err) {
			err = group_hash(theirs, &hashes[1]);
		}
		if (!err && !id_equal(&hashes[0], &hashes[1])) {
			fault_of(verifying, "group", i + 1,
			    "what is in use is not what its records say");
		}
	}
	return err;
}

/* PROTOCOL.md M264: "A check of a home MUST make the views anew from the
 * records and compare them with those in use." */
static void compare(struct verifying *verifying, const struct node *fresh)
{
	const struct node *node = verifying->node;
	size_t records = views_count(fresh->views);

	if (records != views_count(node->views)) {
		fault_of(verifying, "record", records, "another count");
		return;
	}
	for (size_t i = 1; i <= records; i++) {
		if (!views_same(node->views, fresh->views, (uint32_t)i)) {
			fault_of(verifying, "record", i,
			    "the view in use is not what it says");
		}
	}
	for (size_t i = 0; i < fresh->log_count; i++) {
		if (i >= node->log_count ||
		    !same_log(&node->logs[i], &fresh->logs[i])) {
			fault_of(verifying, "log", i + 1,
			    "what is in use is not what it says");
		}
	}
	for (size_t i = 0; i < fresh->stream_count; i++) {
		if (i >= node->stream_count ||
		    !same_stream(&node->streams[i], &fresh->streams[i])) {
			fault_of(verifying, "stream", i + 1,
			    "what is in use is not what it says");
		}
	}
	for (size_t i = 0; i < fresh->peer_count; i++) {
		if (i >= node->peer_count ||
		    !same_peer(node->peers[i], fresh->peers[i])) {
			fault_of(verifying, "org", i + 1,
			    "what is in use is not what it says");
		}
	}
}

enum err verify_memory(struct verifying *verifying)
{
	struct node *node = verifying->node;
	struct node *fresh = calloc(1, sizeof *fresh);
	enum err err = ERR_OK;

	if (!fresh) {
		return err_set(ERR_MEM, "out of memory");
	}
	/* Reads only: database and worker are borrowed. */
	fresh->options = node->options;
	fresh->home = node->home;
	fresh->db = node->db;
	fresh->worker = node->worker;
	err = load_memory(fresh, false);
	if (!err) {
		compare(verifying, fresh);
		err = compare_groups(verifying, fresh);
	} else if (err != ERR_MEM && err != ERR_IO) {
		verify_fault(verifying, "a start", "", err_text());
		err = ERR_OK;
	}
	load_drop(fresh);
	receipts_free(fresh->receipts);
	buf_wipe(&fresh->scratch_payload);
	free(fresh);
	return err;
}
