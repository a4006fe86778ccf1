/* Text on its way to a terminal: no control character comes out, nothing but
 * ASCII where that is asked for, and always UTF-8. NFC is stable. */
#include "codec/utf8.h"
#include "fuzz/tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Starts a character of U+0080 to U+009F, or is a control character. */
static bool is_control(const uint8_t *at, size_t left)
{
	return at[0] < 0x20 || at[0] == 0x7f ||
	       (left > 1 && at[0] == 0xc2 && at[1] < 0xa0);
}

static void check_safe(struct span text, bool keep_lines, bool ascii)
{
	struct buf out = { 0 };
	struct buf again = { 0 };
	tool_ok(utf8_escape(text, keep_lines, ascii, &out));
	tool_must(utf8_valid(buf_span(&out)));
	for (size_t i = 0; i < out.size; i++) {
		uint8_t c = out.data[i];
		bool line = keep_lines && (c == '\n' || c == '\t');
		tool_must(line || !is_control(out.data + i, out.size - i));
		tool_must(!ascii || c < 0x80);
	}
	/* What is safe already goes out as it is, backslashes aside. */
	tool_ok(utf8_escape(buf_span(&out), keep_lines, ascii, &again));
	tool_must(again.size >= out.size);
	buf_clear(&out);
	buf_clear(&again);
}

static void check_nfc(struct span text)
{
	struct buf once = { 0 };
	struct buf twice = { 0 };
	enum err err = utf8_nfc(text, &once);
	tool_must((err == ERR_OK) == utf8_valid(text));
	if (err == ERR_OK) {
		tool_must(utf8_valid(buf_span(&once)));
		tool_ok(utf8_nfc(buf_span(&once), &twice));
		tool_must(span_equal(buf_span(&once), buf_span(&twice)));
		buf_reset(&twice);
		tool_ok(utf8_fold(text, &twice));
		tool_must(utf8_valid(buf_span(&twice)));
	}
	buf_clear(&once);
	buf_clear(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	for (unsigned int how = 0; how < 4; how++) {
		check_safe(text, (how & 1) != 0, (how & 2) != 0);
	}
	check_nfc(text);
	return 0;
}
