#include "keys/seal.h"
#include "service/verifying.h"

#include <string.h>

#define FORKED_REASON "two records for one number"

enum column {
	STREAM,
	LOG,
	ID,
	TAKEN,
	LAST,
	KEYED_BY,
	KEYED_AT,
	KEYED_MS,
	COMMITMENT,
	STATUS,
	REASON,
	CHAIN,
	RECEIPTED
};

static bool is(const struct rows_row *row, int column, const struct id32 *id)
{
	return span_equal(row->bytes[column], span_id(id));
}

/* Of a stream that ended by its author's fault, only the reason says so. */
static bool status_fits(struct verifying *verifying, const struct rows_row *row,
    const struct verify_replay *replay)
{
	int64_t status = row->number[STATUS];
	int64_t reason = row->number[REASON];
	bool ours = state_log(verifying->node, row->number[LOG])->org == 1;
	const char *text = reason < 0 || reason > UINT8_MAX
	                       ? NULL
	                       : state_trouble_text((uint8_t)reason);

	if (!text || *text == '\0') {
		return text && status == (int64_t)replay->state.status;
	}
	return !ours &&
	       status == (strcmp(text, FORKED_REASON) == 0 ? STREAM_FORKED
							   : STREAM_BROKEN);
}

static bool chain_fits(struct verifying *verifying, const struct rows_row *row,
    const struct verify_replay *replay)
{
	struct span chain = row->bytes[CHAIN];

	if (!chain.size) {
		return !replay->needs_chain;
	}
	return chain.size == SEAL_CHAIN_BYTES &&
	       !seal_chain_load(verifying->node->worker, &replay->state.id,
		   replay->state.taken + 1, chain.data);
}

static const char *judge(struct verifying *verifying,
    const struct rows_row *row, const struct verify_replay *replay)
{
	const struct stream *state = &replay->state;
	int64_t covered = row->number[RECEIPTED];

	if (!is(row, ID, &state->id)) {
		return "another id";
	}
	if (row->number[TAKEN] != (int64_t)state->taken ||
	    !is(row, LAST, &state->last)) {
		return "it does not end with its last record";
	}
	if (row->number[KEYED_AT] != (int64_t)state->keyed_at ||
	    !is(row, KEYED_BY, &state->keyed_by) ||
	    row->number[KEYED_MS] != replay->keyed_ms) {
		return "it was keyed by another record";
	}
	if (!is(row, COMMITMENT, &state->audience_commitment)) {
		return "another audience";
	}
	if (!status_fits(verifying, row, replay)) {
		return "a status that does not fit its records";
	}
	if (!chain_fits(verifying, row, replay)) {
		return "a chain key that does not open";
	}
	if (covered != (int64_t)replay->covered &&
	    (!replay->refilled || covered + 1 != (int64_t)replay->refilled)) {
		return "it was not signed for so far";
	}
	return NULL;
}

static enum err verify_stream(void *context, const struct rows_row *row)
{
	struct verifying *verifying = context;
	struct node *node = verifying->node;
	const char *wrong = NULL;

	verifying->report->streams++;
	verifying->next++;
	if (row->number[STREAM] != (int64_t)verifying->next ||
	    verifying->next > node->stream_count) {
		verify_fault_row(verifying, row, "it is out of order");
		return ERR_OK;
	}
	if (row->number[LOG] != state_stream(node, row->number[0])->row.log) {
		verify_fault_row(verifying, row, "another log");
		return ERR_OK;
	}
	wrong = judge(verifying, row, &verifying->replay[verifying->next - 1]);
	if (wrong) {
		verify_fault_row(verifying, row, wrong);
	}
	return ERR_OK;
}

enum err verify_streams(struct verifying *verifying)
{
	enum err err = ERR_OK;

	verifying->next = 0;
	err = verify_scanned(verifying, "streams",
	    rows_scan(
		verifying->node->db, ROWS_STREAM, verify_stream, verifying));
	if (!err && verifying->next != verifying->node->stream_count) {
		verify_fault(verifying, "stream", "last", "rows are missing");
	}
	return err;
}
