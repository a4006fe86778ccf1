/* Portable proofs: the parts of one lie inside its bytes, written again it is
 * the same, and nothing made up is ever verified. */
#include "codec/text.h"
#include "fuzz/tool.h"
#include "ledger/tlogproof.h"

#include <inttypes.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct tlogproof *proof, struct span bytes)
{
	struct buf text = { 0 };
	tool_ok(buf_printf(&text, "c2sp.org/tlog-proof@v1\nindex %" PRIu64 "\n",
	    proof->index));
	for (size_t i = 0; i < proof->hash_count; i++) {
		tool_ok(text_base64(span_id(&proof->hashes[i]), &text));
		tool_ok(buf_u8(&text, '\n'));
	}
	tool_ok(buf_u8(&text, '\n'));
	tool_ok(buf_append(&text, proof->note));
	tool_must(span_equal(buf_span(&text), bytes));
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	struct tlogproof proof;
	struct checkpoint head;
	struct id32 leaf = { { 1 } };
	struct id32 key = { { 9 } };
	if (tlogproof_parse(bytes, &proof) != ERR_OK) {
		return 0;
	}
	tool_must(proof.hash_count <= TLOGPROOF_HASHES);
	check_text(&proof, bytes);
	tool_must(tlogproof_check(&proof, &leaf, &key, &head) != ERR_OK);
	return 0;
}
