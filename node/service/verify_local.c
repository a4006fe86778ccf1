#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/reference.h"
#include "ledger/evidence.h"
#include "service/contradiction.h"
#include "service/drafting.h"
#include "service/erasing.h"
#include "service/mention.h"
#include "service/release.h"
#include "service/verifying.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/*
 * meta.
 */

/* The log or organisation that a name ends with; 0: it has none, or another
 * beginning. */
static int64_t number_after(struct span name, const char *format)
{
	char text[48];
	size_t prefix = strlen(format) - strlen("%lld");
	int64_t number = 0;

	if (name.size <= prefix || name.size >= sizeof text ||
	    memcmp(name.data, format, prefix) != 0) {
		return 0;
	}
	for (size_t i = prefix; i < name.size; i++) {
		if (name.data[i] < '0' || name.data[i] > '9' ||
		    number > INT32_MAX || (!number && name.data[i] == '0')) {
			return 0;
		}
		number = number * 10 + (name.data[i] - '0');
	}
	return number;
}

static bool is_name(struct span name, const char *text)
{
	return span_equal(name, span_text(text));
}

/* A head that was kept with its note and peaks; size 0 is none. */
static bool mention_fits(
    struct verifying *verifying, int64_t log, struct span value)
{
	struct checkpoint head = { 0 };
	struct checkpoint seen;
	struct buf note = { 0 };
	struct merkle_nodes peaks = { 0 };
	struct merkle_tree *tree = NULL;
	struct id32 root;
	bool fits = !mention_decode(value, &head, &note, &peaks);

	if (fits && head.size && note.size) {
		fits = verify_note(verifying, log, buf_span(&note), &seen) &&
		       seen.size == head.size &&
		       id_equal(&seen.root, &head.root);
	}
	if (fits && peaks.count) {
		fits = !merkle_tree_new(&tree);
	}
	for (size_t i = 0; fits && i < peaks.count; i++) {
		fits = !merkle_tree_add(tree, peaks.items[i].level,
		    peaks.items[i].index, &peaks.items[i].hash);
	}
	if (fits && peaks.count) {
		fits = !merkle_tree_root(tree, head.size, &root) &&
		       id_equal(&root, &head.root);
	}
	merkle_tree_free(tree);
	merkle_nodes_clear(&peaks);
	buf_clear(&note);
	return fits;
}

/* What is kept of one log, or of one organisation's cards. *known: it is such
 * a name. */
static bool of_log_fits(struct verifying *verifying, struct span name,
    struct span value, bool *known)
{
	struct node *node = verifying->node;
	struct checkpoint head;
	struct reader in = reader_of(value);
	int64_t split = number_after(name, STATE_SPLIT_KEY);
	int64_t unjoined = number_after(name, STATE_UNJOINED_KEY);
	int64_t claim = number_after(name, STATE_CLAIM_KEY);
	int64_t unproven = number_after(name, STATE_UNPROVEN_KEY);
	int64_t withheld = number_after(name, STATE_WITHHELD_KEY);
	int64_t overtaken = number_after(name, STATE_OVERTAKEN_KEY);
	int64_t log =
	    split + unjoined + claim + unproven + withheld + overtaken;

	*known = log > 0;
	if (log < 1 || (size_t)log > node->log_count) {
		return false;
	}
	if (split) {
		return verify_note(verifying, log, value, &head);
	}
	if (unproven) {
		return (int64_t)reader_u64(&in) >= 0 &&
		       reader_u64(&in) <= verifying->total && reader_done(&in);
	}
	if (overtaken) {
		return reader_u64(&in) <= LIMIT_TREE_SIZE && reader_done(&in);
	}
	if (withheld) {
		return reader_u64(&in) <= verifying->total && reader_done(&in);
	}
	return mention_fits(verifying, log, value);
}

/* Generations of ours, each followed by so many bytes. */
static bool generations_fit(
    struct verifying *verifying, struct span value, size_t more)
{
	struct reader in = reader_of(value);

	while (in.left.size && !in.bad) {
		struct generation generation;

		reader_copy(&in, generation.b, sizeof generation.b);
		(void)reader_span(&in, more);
		if (!card_generation(node_card(verifying->node), &generation)) {
			return false;
		}
	}
	return reader_done(&in);
}

static bool heard_card_fits(struct verifying *verifying, struct span value)
{
	struct node *node = verifying->node;
	struct card card = { 0 };
	bool fits = false;

	buf_reset(&verifying->plain);
	fits = !keystore_unseal(node->options.keystore, STATE_HEARD_LABEL,
		   value, &verifying->plain) &&
	       !card_parse(buf_span(&verifying->plain), &card) &&
	       id_equal(&card.organisation, node_id(node));
	card_clear(&card);
	return fits;
}

/* Times in ms. */
static bool times_fit(struct span value)
{
	for (size_t at = 0; at + 8 <= value.size; at += 8) {
		if (bytes_get_u64(value.data + at) > INT64_MAX) {
			return false;
		}
	}
	return value.size % 8 == 0 && value.size > 0;
}

/* When the record of that id was made. */
static bool made_fits(struct span id, struct span value)
{
	struct id32 record;
	struct reader in = reader_of(value);

	(void)reader_u64(&in);
	return !text_unhex(id, record.b, sizeof record.b) &&
	       reader_u64(&in) <= INT64_MAX && reader_done(&in);
}

static bool meta_fits(struct verifying *verifying, const struct rows_row *row)
{
	struct node *node = verifying->node;
	struct span name = row->bytes[0];
	struct span value = row->bytes[1];
	struct reader in = reader_of(value);
	size_t prefix = strlen(STATE_MADE_KEY);
	bool known = false;
	bool fits = of_log_fits(verifying, name, value, &known);
	int64_t org = number_after(name, STATE_CONFLICT_KEY);

	if (known) {
		return fits;
	}
	if (org) {
		return peers_get(node, org) && is_name(value, "1");
	}
	if (name.size > prefix &&
	    memcmp(name.data, STATE_MADE_KEY, prefix) == 0) {
		return made_fits(
		    span_of(name.data + prefix, name.size - prefix), value);
	}
	if (is_name(name, "incarnation")) {
		return span_equal(value, span_of(node_incarnation(node), 16));
	}
	if (is_name(name, STATE_ENDED_KEY)) {
		return utf8_valid(value);
	}
	if (is_name(name, STATE_HEARD_KEY)) {
		return generations_fit(verifying, value, 40);
	}
	if (is_name(name, STATE_RECOVERED_KEY)) {
		return generations_fit(verifying, value, 8);
	}
	if (is_name(name, STATE_HEARD_CARD_KEY)) {
		return !value.size || heard_card_fits(verifying, value);
	}
	if (is_name(name, STATE_RESTATED_KEY)) {
		return times_fit(value);
	}
	if (is_name(name, STATE_DRAFT_KEY)) {
		verifying->drafts = reader_u64(&in);
		return reader_done(&in) && verifying->drafts <= INT64_MAX;
	}
	if (is_name(name, STATE_RELEASE_KEY)) {
		verifying->newest_release = reader_u64(&in);
		verifying->releases = reader_u64(&in);
		return reader_done(&in) &&
		       verifying->releases <= verifying->newest_release &&
		       verifying->newest_release <= INT64_MAX;
	}
	return false;
}

static enum err verify_meta(void *context, const struct rows_row *row)
{
	if (!meta_fits(context, row)) {
		verify_fault_row(context, row, "a value that cannot be");
	}
	return ERR_OK;
}

/*
 * org.
 */

static enum err verify_org(void *context, const struct org_row *row)
{
	struct verifying *verifying = context;
	struct rows_row at = { .table = ROWS_ORG, .number = { row->org } };
	const struct span cards[] = { row->signed_card, row->pending_card };
	bool fits = row->org == (int64_t)verifying->next + 1 &&
	            verifying->next < verifying->node->peer_count &&
	            row->added_ms >= 0 && row->seen_ms >= 0;

	verifying->next++;
	verifying->report->cards++;
	for (size_t i = 0; i < 2 && fits; i++) {
		struct card card = { 0 };

		fits = (i == 1 && !cards[i].size) ||
		       (!card_parse(cards[i], &card) &&
			   id_equal(&card.organisation, &row->id));
		card_clear(&card);
	}
	if (!fits) {
		verify_fault_row(
		    verifying, &at, "a card that no longer verifies");
	}
	return ERR_OK;
}

static enum err verify_orgs(struct verifying *verifying)
{
	struct node *node = verifying->node;
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(verifying, "organisations",
	    orgs_scan(node->db, node->options.keystore, verify_org, verifying));
	if (!err && verifying->next != node->peer_count) {
		verify_fault(verifying, "org", "last", "rows are missing");
	}
	return err;
}

/*
 * evidence.
 */

/* What a node does with the proof that it keeps. */
static bool acted_on(
    struct node *node, const struct peer *peer, enum evidence_kind kind)
{
	bool acted = false;

	switch (kind) {
	case EVIDENCE_CARD_FORK:
	case EVIDENCE_SUCCESSOR_FORK:
		return peer->card_conflict;
	case EVIDENCE_SPLIT_VIEW:
		for (size_t i = 0; i < node->log_count; i++) {
			acted = acted || (node->logs[i].org == peer->org &&
					     node->logs[i].split);
		}
		return acted;
	case EVIDENCE_STREAM_FORK:
	case EVIDENCE_STREAM_BROKEN:
		for (size_t i = 0; i < node->stream_count; i++) {
			const struct stream_row *row = &node->streams[i].row;

			acted = acted ||
			        (state_log(node, row->log)->org == peer->org &&
				    row->reason);
		}
		return acted;
	}
	return acted;
}

static const char *judge_evidence(
    struct verifying *verifying, const struct rows_row *row)
{
	struct node *node = verifying->node;
	const struct peer *against = peers_get(node, row->number[1]);
	struct evidence_found found;

	if (row->number[0] != (int64_t)verifying->next) {
		return "those before it are missing";
	}
	buf_reset(&verifying->plain);
	if (contradiction_open(node, row->number[0], &verifying->plain)) {
		return "evidence that does not open";
	}
	if (evidence_check(buf_span(&verifying->plain), &found) ||
	    !is_name(row->bytes[2], evidence_kind_name(found.kind)) ||
	    row->number[3] < 0) {
		return "evidence that proves nothing any more";
	}
	if (!against || !id_equal(&found.author, &against->card.organisation)) {
		return "evidence against another";
	}
	return acted_on(node, against, found.kind)
	           ? NULL
	           : "evidence that nothing here follows from";
}

static enum err verify_piece(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	const char *wrong = NULL;

	verifying->next++;
	wrong = judge_evidence(verifying, row);
	if (wrong) {
		verify_fault_row(verifying, row, wrong);
		verifying->next = (uint64_t)row->number[0];
	}
	return ERR_OK;
}

/*
 * quarantine.
 */

static enum err verify_confined(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	int64_t notes = row->number[2] < (int64_t)LIMIT_QUARANTINE_NOTES
	                    ? row->number[2]
	                    : (int64_t)LIMIT_QUARANTINE_NOTES;
	struct id32 id = { 0 };

	if (row->bytes[1].size == sizeof id.b) {
		memcpy(id.b, row->bytes[1].data, sizeof id.b);
	}
	if (!peers_by_id(verifying->node, &id) || row->number[4] != notes ||
	    row->number[5] != row->number[3]) {
		verify_fault_row(
		    verifying, row, "counts that do not fit what is kept");
	}
	return ERR_OK;
}

static bool is_line(struct span text, size_t most)
{
	return text.size <= most && utf8_valid(text);
}

static enum err verify_confined_note(void *context, const struct rows_row *row)
{
	bool fits = row->number[2] >= 1 && row->number[2] <= row->number[8] &&
	            row->number[3] >= 0 && row->number[4] >= 0 &&
	            row->bytes[5].size == sizeof(struct id32) &&
	            text_is_token(row->bytes[6]) &&
	            is_line(row->bytes[6], LIMIT_TOKEN_BYTES) &&
	            is_line(row->bytes[7], LIMIT_REASON_BYTES);

	if (!fits) {
		verify_fault_row(context, row, "a note that cannot be");
	}
	return ERR_OK;
}

static enum err verify_confined_bytes(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct buf *plain = &verifying->plain;
	struct id32 hash = { 0 };

	buf_reset(plain);
	if (keystore_unseal(verifying->node->options.keystore, QUARANTINE_LABEL,
		row->bytes[4], plain) ||
	    (int64_t)plain->size != row->number[3] ||
	    crypto_generichash(hash.b, sizeof hash.b, plain->data, plain->size,
		NULL, 0) != 0 ||
	    !span_equal(row->bytes[5], span_id(&hash))) {
		verify_fault_row(
		    verifying, row, "bytes that do not fit their note");
	}
	return ERR_OK;
}

/*
 * draft.
 */

static enum err verify_draft(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;

	/* They are recorded from the first on: those left end with the newest.
	 */
	if ((verifying->next &&
		row->number[0] != (int64_t)verifying->next + 1) ||
	    row->number[1] < 0 ||
	    drafting_check(verifying->node, row->number[0], row->bytes[2])) {
		verify_fault_row(verifying, row, "a draft that does not open");
	}
	verifying->next = (uint64_t)row->number[0];
	return ERR_OK;
}

static enum err verify_drafts(struct verifying *verifying)
{
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(verifying, "drafts",
	    rows_scan(
		verifying->node->db, ROWS_DRAFT, verify_draft, verifying));
	if (!err && verifying->next && verifying->next != verifying->drafts) {
		verify_fault(verifying, "draft", "last", "rows are missing");
	}
	return err;
}

/*
 * release.
 */

static enum err verify_release(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;

	verifying->next++;
	if (row->number[0] < 1 ||
	    (uint64_t)row->number[0] > verifying->newest_release ||
	    release_check(verifying->node, row->number[0], row->bytes[1])) {
		verify_fault_row(
		    verifying, row, "what waits for a person does not open");
	}
	return ERR_OK;
}

/* They go in any order: how many there are is all that tells. */
static enum err verify_releases(struct verifying *verifying)
{
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(verifying, "releases",
	    rows_scan(
		verifying->node->db, ROWS_RELEASE, verify_release, verifying));
	if (!err && verifying->next != verifying->releases) {
		verify_fault(verifying, "release", "all",
		    "not as many rows as wait for a person");
	}
	return err;
}

/*
 * tombstone, erased, hold.
 */

static bool is_erasure(struct node *node, int64_t rid)
{
	return rid >= 1 && (size_t)rid <= views_count(node->views) &&
	       views_get(node->views, (uint32_t)rid)->type == VIEW_ERASURE;
}

static enum err verify_tombstone(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct node *node = verifying->node;
	uint32_t rid = 0;
	size_t place = 0;
	struct id32 id = { 0 };

	if (row->bytes[1].size == sizeof id.b) {
		memcpy(id.b, row->bytes[1].data, sizeof id.b);
	}
	do {
		rid =
		    views_next_link(node->views, &id, REFERENCE_ERASES, &place);
	} while (rid && rid != row->number[0]);
	if (!rid || !is_erasure(node, row->number[0]) || row->number[2] < 0) {
		verify_fault_row(
		    verifying, row, "erased, and no record says so");
	}
	return ERR_OK;
}

static enum err verify_erased(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	const struct views *views = verifying->node->views;
	bool fits = row->number[0] >= 1 &&
	            (size_t)row->number[0] <= views_count(views) &&
	            row->bytes[1].size == sizeof(struct id32) &&
	            is_erasure(verifying->node, row->number[2]);

	if (fits) {
		const struct view_record *view =
		    views_get(views, (uint32_t)row->number[0]);

		fits = records_is_erased(view->state, view->reason);
	}
	if (!fits) {
		verify_fault_row(verifying, row, "a record that is not erased");
	}
	return ERR_OK;
}

static enum err verify_hold(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct id32 id = { 0 };

	if (row->bytes[1].size == sizeof id.b) {
		memcpy(id.b, row->bytes[1].data, sizeof id.b);
	}
	if (erasing_check_hold(verifying->node, &id, row->bytes[2])) {
		verify_fault_row(verifying, row, "a hold that does not open");
	}
	return ERR_OK;
}

enum err verify_local(struct verifying *verifying)
{
	static const struct {
		enum rows_table table;
		rows_each each;
	} parts[] = { { ROWS_META, verify_meta },
		{ ROWS_EVIDENCE, verify_piece },
		{ ROWS_QUARANTINE_PEER, verify_confined },
		{ ROWS_QUARANTINE, verify_confined_note },
		{ ROWS_QUARANTINE_BYTES, verify_confined_bytes },
		{ ROWS_TOMBSTONE, verify_tombstone },
		{ ROWS_ERASED, verify_erased }, { ROWS_HOLD, verify_hold } };
	enum err err = verify_orgs(verifying);

	verifying->next = 0;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !err; i++) {
		err = verify_scanned(verifying, rows_name(parts[i].table),
		    rows_scan(verifying->node->db, parts[i].table,
			parts[i].each, verifying));
	}
	if (!err) {
		err = verify_drafts(verifying);
	}
	return err ? err : verify_releases(verifying);
}
