#define _GNU_SOURCE

#include "service/export_needs.h"

#include "ledger/tlogproof.h"
#include "service/contradiction.h"
#include "service/witness.h"

#include <stdlib.h>
#include <string.h>

bool export_needs_provable(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_log *log =
	    state_log(node, state_stream(node, view->stream)->row.log);
	return rid <= node->committed_rid && view->leaf < log->head.size;
}

/* A bundle under choice. */
struct listing {
	struct node *node;
	const uint8_t *chosen;
	bool all;
	struct export_list *out;
	struct pin *pins; /* by log - 1 */
	uint8_t *needed;  /* by org - 1: its card goes along */
	uint8_t *authors; /* likewise: of records */
	size_t capacity;  /* of evidence */
};

/* The head that the proofs of one log lead to. */
struct pin {
	uint64_t upto; /* above the last entry that is proven; 0 none */
	struct witness_checkpoint seen; /* empty note: the newest head */
};

static bool is_listed(const struct listing *listing, size_t rid)
{
	return listing->chosen[rid - 1] != 0 &&
	       export_needs_provable(listing->node, (uint32_t)rid);
}

static int64_t log_of(const struct listing *listing, size_t rid)
{
	const struct view_record *view =
	    views_get(listing->node->views, (uint32_t)rid);
	return state_stream(listing->node, view->stream)->row.log;
}

/*
 * Records.
 */

static enum err list_records(struct listing *listing)
{
	struct node *node = listing->node;
	struct export_list *out = listing->out;
	size_t total = views_count(node->views);
	out->records = calloc(total + 1, sizeof(*out->records));
	if (out->records == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t rid = 1; rid <= total; rid++) {
		const struct view_record *view =
		    views_get(node->views, (uint32_t)rid);
		if (!is_listed(listing, rid)) {
			out->left_out += listing->chosen[rid - 1] != 0;
			continue;
		}
		int64_t log = log_of(listing, rid);
		struct pin *pin = &listing->pins[log - 1];
		out->records[out->record_count++] = view->id;
		listing->authors[state_log(node, log)->org - 1] = 1;
		if (view->leaf >= pin->upto) {
			pin->upto = view->leaf + 1;
		}
	}
	qsort(
	    out->records, out->record_count, sizeof(*out->records), id_compare);
	return ERR_OK;
}

/*
 * Heads.
 */

/* One that witnesses have signed, where it covers all. */
static enum err pin_heads(struct listing *listing)
{
	struct node *node = listing->node;
	for (size_t i = 0; i < node->log_count; i++) {
		struct pin *pin = &listing->pins[i];
		if (pin->upto == 0) {
			continue;
		}
		enum err err = witness_covering(
		    node, node->logs[i].log, pin->upto - 1, &pin->seen);
		if (err == ERR_NOTFOUND) {
			buf_clear(&pin->seen.note);
		} else if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

/* Of another's log some ways may be known only to its newest head. */
static enum err check_pins(struct listing *listing)
{
	struct node *node = listing->node;
	size_t total = views_count(node->views);
	struct buf proof = { 0 };
	enum err err = ERR_OK;
	for (size_t rid = 1; err == ERR_OK && rid <= total; rid++) {
		if (!is_listed(listing, rid)) {
			continue;
		}
		const struct view_record *view =
		    views_get(node->views, (uint32_t)rid);
		struct state_log *log = state_log(node, log_of(listing, rid));
		struct pin *pin = &listing->pins[log->log - 1];
		if (log->org == 1 || pin->seen.note.size == 0) {
			continue;
		}
		buf_reset(&proof);
		err = tlogproof_write(log->tree, view->leaf,
		    pin->seen.head.size, buf_span(&pin->seen.note), &proof);
		if (err == ERR_NOTFOUND) {
			buf_clear(&pin->seen.note);
			err = ERR_OK;
		}
	}
	buf_clear(&proof);
	return err;
}

static int compare_logs(const void *a, const void *b)
{
	const struct checkpoint *one = &((const struct export_log *)a)->head;
	const struct checkpoint *two = &((const struct export_log *)b)->head;
	int by_author = id_compare(&one->author, &two->author);
	return by_author != 0 ? by_author
	                      : memcmp(one->generation.b, two->generation.b,
				    sizeof(one->generation.b));
}

/* Did this organisation sign the note as a witness? */
static bool witnessed(const struct note *note, const struct card *card)
{
	struct note_key key;
	struct id32 cosigning;
	memcpy(
	    cosigning.b, card->fields->cosigning_key.data, sizeof(cosigning.b));
	note_witness_key(&card->organisation, &cosigning, &key);
	for (size_t i = 0; i < note->line_count; i++) {
		if (span_equal(note->lines[i].name, span_text(key.name)) &&
		    memcmp(note->lines[i].id, key.id, sizeof(key.id)) == 0) {
			return true;
		}
	}
	return false;
}

static enum err mark_witnesses(struct listing *listing, struct span bytes)
{
	struct node *node = listing->node;
	struct note note;
	enum err err = note_parse(bytes, &note);
	for (size_t i = 0; err == ERR_OK && i < node->peer_count; i++) {
		if (witnessed(&note, peers_keys(node->peers[i]))) {
			listing->needed[i] = 1;
		}
	}
	return err;
}

static enum err list_logs(struct listing *listing)
{
	struct node *node = listing->node;
	struct export_list *out = listing->out;
	enum err err = pin_heads(listing);
	if (err == ERR_OK) {
		err = check_pins(listing);
	}
	out->logs = calloc(node->log_count + 1, sizeof(*out->logs));
	if (err == ERR_OK && out->logs == NULL) {
		err = err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; err == ERR_OK && i < node->log_count; i++) {
		const struct state_log *log = &node->logs[i];
		const struct pin *pin = &listing->pins[i];
		bool seen = pin->seen.note.size > 0;
		if (pin->upto == 0) {
			continue;
		}
		struct export_log *made = &out->logs[out->log_count++];
		made->head = seen ? pin->seen.head : log->head;
		err = buf_append(
		    &made->note, buf_span(seen ? &pin->seen.note : &log->note));
		listing->needed[log->org - 1] = 1;
		if (err == ERR_OK) {
			err = mark_witnesses(listing, buf_span(&made->note));
		}
	}
	if (err != ERR_OK) {
		return err;
	}
	qsort(out->logs, out->log_count, sizeof(*out->logs), compare_logs);
	return ERR_OK;
}

/*
 * Cards.
 */

static int compare_ids(const void *a, const void *b, void *context)
{
	struct node *node = context;
	const struct peer *one = peers_get(node, *(const int64_t *)a);
	const struct peer *two = peers_get(node, *(const int64_t *)b);
	return id_compare(&one->card.organisation, &two->card.organisation);
}

static enum err list_orgs(struct listing *listing)
{
	struct node *node = listing->node;
	struct export_list *out = listing->out;
	out->orgs = calloc(node->peer_count, sizeof(*out->orgs));
	if (out->orgs == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < node->peer_count; i++) {
		if (listing->needed[i] != 0) {
			out->orgs[out->org_count++] = (int64_t)i + 1;
		}
	}
	qsort_r(
	    out->orgs, out->org_count, sizeof(*out->orgs), compare_ids, node);
	return ERR_OK;
}

/*
 * Evidence.
 */

static enum err add_evidence(
    void *context, const struct contradiction_item *item)
{
	struct listing *listing = context;
	struct export_list *out = listing->out;
	if (!listing->all && listing->authors[item->against->org - 1] == 0) {
		return ERR_OK;
	}
	if (out->evidence_count == listing->capacity) {
		size_t capacity = 2 * listing->capacity + 8;
		struct export_evidence *grown =
		    realloc(out->evidence, capacity * sizeof(*grown));
		if (grown == NULL) {
			return err_set(ERR_MEM, "out of memory");
		}
		out->evidence = grown;
		listing->capacity = capacity;
	}
	out->evidence[out->evidence_count++] =
	    (struct export_evidence){ .evidence = item->evidence,
		    .hash = item->hash };
	return ERR_OK;
}

static int compare_evidence(const void *a, const void *b)
{
	return id_compare(&((const struct export_evidence *)a)->hash,
	    &((const struct export_evidence *)b)->hash);
}

static enum err list_evidence(struct listing *listing)
{
	struct export_list *out = listing->out;
	enum err err = contradiction_scan(listing->node, add_evidence, listing);
	if (err == ERR_OK && out->evidence_count > 0) {
		qsort(out->evidence, out->evidence_count,
		    sizeof(*out->evidence), compare_evidence);
	}
	return err;
}

enum err export_needs_list(
    struct node *node, const uint8_t *chosen, bool all, struct export_list *out)
{
	struct listing listing = {
		.node = node, .chosen = chosen, .all = all, .out = out
	};
	enum err err = ERR_OK;
	listing.pins = calloc(node->log_count + 1, sizeof(*listing.pins));
	listing.needed = calloc(node->peer_count + 1, 1);
	listing.authors = calloc(node->peer_count + 1, 1);
	if (listing.pins == NULL || listing.needed == NULL ||
	    listing.authors == NULL) {
		err = err_set(ERR_MEM, "out of memory");
		goto done;
	}
	listing.needed[0] = 1; /* whoever exports is named, too */
	err = list_records(&listing);
	if (err == ERR_OK) {
		err = list_logs(&listing);
	}
	if (err == ERR_OK) {
		err = list_orgs(&listing);
	}
	if (err == ERR_OK) {
		err = list_evidence(&listing);
	}
done:
	for (size_t i = 0; listing.pins != NULL && i < node->log_count; i++) {
		buf_clear(&listing.pins[i].seen.note);
	}
	free(listing.pins);
	free(listing.needed);
	free(listing.authors);
	return err;
}
