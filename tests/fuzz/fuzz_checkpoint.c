/* Whatever parses as a checkpoint is the only text of what was parsed, bare
 * and as a note; and nothing made up is ever verified. */
#include "ledger/checkpoint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct note *note)
{
	struct checkpoint checkpoint;
	struct buf text = { 0 };
	if (checkpoint_parse(note, &checkpoint) != ERR_OK) {
		return;
	}
	if (checkpoint.size > LIMIT_TREE_SIZE ||
	    checkpoint_text(&checkpoint, &text) != ERR_OK ||
	    !span_equal(buf_span(&text), note->text)) {
		abort();
	}
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_of(data, size);
	struct note bare = { .text = bytes };
	struct note note;
	struct checkpoint checkpoint;
	struct id32 key;
	check(&bare);
	if (note_parse(bytes, &note) == ERR_OK) {
		check(&note);
	}
	memset(&key, 9, sizeof(key));
	if (checkpoint_verify(bytes, &key, &checkpoint) == ERR_OK) {
		abort();
	}
	return 0;
}
