/* Signed notes and verifier keys: the parts of a note lie inside its bytes,
 * nothing made up verifies, and a verifier key has one text. */
#include "codec/utf8.h"
#include "fuzz/tool.h"
#include "keys/note.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct span part, struct span whole)
{
	return part.data >= whole.data &&
	       part.data + part.size <= whole.data + whole.size;
}

static void check_note(struct span bytes)
{
	struct note note;
	struct note_key log;
	struct note_key witness;
	struct id32 organisation = { { 1 } };
	struct generation generation = { { 2 } };
	struct id32 key = { { 3 } };
	uint64_t time_s = 0;
	if (note_parse(bytes, &note) != ERR_OK) {
		return;
	}
	tool_must(bytes.size <= LIMIT_NOTE_BYTES && utf8_valid(bytes));
	tool_must(note.text.data == bytes.data && note.text.size > 0);
	tool_must(note.text.data[note.text.size - 1] == '\n');
	tool_must(bytes.data[note.text.size] == '\n');
	tool_must(note.line_count >= 1 && note.line_count <= LIMIT_NOTE_LINES);
	for (size_t i = 0; i < note.line_count; i++) {
		tool_must(inside(note.lines[i].name, bytes));
		tool_must(note.lines[i].name.size > 0);
	}
	note_log_key(&organisation, &generation, &key, &log);
	note_witness_key(&organisation, &key, &witness);
	tool_must(note_verify(&note, &log) != ERR_OK);
	tool_must(note_verify_cosignature(&note, &witness, &time_s) != ERR_OK);
}

static void check_vkey(struct span bytes)
{
	struct note_key key;
	struct note_key again;
	struct buf text = { 0 };
	if (note_read_vkey(bytes, &key) != ERR_OK) {
		return;
	}
	tool_must(key.name[0] != '\0' && strchr(key.name, '+') == NULL);
	tool_ok(note_vkey(&key, &text));
	/* Hex may be in capitals. */
	tool_must(text.size == bytes.size);
	tool_ok(note_read_vkey(buf_span(&text), &again));
	tool_must(memcmp(&key, &again, sizeof(key)) == 0);
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_note(span_of(data, size));
	check_vkey(span_of(data, size));
	return 0;
}
