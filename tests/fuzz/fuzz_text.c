/* Hex, base64, fingerprints, armour, codes: what decodes encodes to the same
 * text again, as far as a text is not free to vary. */
#include "base/limits.h"
#include "codec/text.h"
#include "domain/org.h"
#include "domain/provider.h"
#include "fuzz/tool.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hex(struct span text)
{
	uint8_t bytes[64];
	struct buf again = { 0 };
	if (text.size > 2 * sizeof(bytes) ||
	    text_unhex(text, bytes, text.size / 2) != ERR_OK) {
		return;
	}
	tool_must(text.size % 2 == 0);
	tool_ok(text_hex(span_of(bytes, text.size / 2), &again));
	tool_must(again.size == text.size);
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];
		c = c >= 'A' && c <= 'F' ? (uint8_t)(c - 'A' + 'a') : c;
		tool_must(again.data[i] == c);
	}
	buf_clear(&again);
}

static void check_base64(struct span text)
{
	struct buf bytes = { 0 };
	struct buf again = { 0 };
	if (text_unbase64(text, &bytes) == ERR_OK) {
		tool_ok(text_base64(buf_span(&bytes), &again));
		tool_must(span_equal(buf_span(&again), text));
	}
	buf_clear(&bytes);
	buf_clear(&again);
	tool_ok(text_base64(text, &again));
	tool_ok(text_unbase64(buf_span(&again), &bytes));
	tool_must(span_equal(buf_span(&bytes), text));
	buf_clear(&bytes);
	buf_clear(&again);
}

static void check_fingerprint(struct span text)
{
	struct id32 id;
	struct id32 again;
	if (text_unfingerprint(text, &id) == ERR_OK) {
		struct fingerprint print = text_fingerprint(&id);
		tool_ok(text_unfingerprint(span_text(print.text), &again));
		tool_must(id_equal(&id, &again));
	}
	if (text.size >= sizeof(id.b)) {
		memcpy(id.b, text.data, sizeof(id.b));
		struct fingerprint print = text_fingerprint(&id);
		tool_must(strlen(print.text) == sizeof(print.text) - 1);
		tool_ok(text_unfingerprint(span_text(print.text), &again));
		tool_must(id_equal(&id, &again));
	}
}

static void check_armour(struct span text)
{
	enum { MOST = 256 };
	struct buf bytes = { 0 };
	struct buf armour = { 0 };
	struct buf again = { 0 };
	if (text_unarmour("X", text, MOST, &bytes) == ERR_OK) {
		tool_must(bytes.size <= MOST);
		tool_ok(text_armour("X", buf_span(&bytes), &armour));
		tool_ok(text_unarmour("X", buf_span(&armour), MOST, &again));
		tool_must(span_equal(buf_span(&bytes), buf_span(&again)));
	}
	buf_clear(&bytes);
	buf_clear(&armour);
	buf_clear(&again);
}

static void check_codes(struct span text)
{
	struct provider_code code;
	if (provider_code_valid(text)) {
		tool_must(provider_code_acceptable(text));
	}
	if (org_code_valid(text)) {
		tool_must(text_is_ods(text) || text_is_local_code(text));
	}
	if (provider_code_normalise(text, &code) == ERR_OK) {
		tool_must(provider_code_valid(span_text(code.text)));
	}
	if (text_is_token(text)) {
		tool_must(text.size <= LIMIT_TOKEN_BYTES);
		tool_must(memchr(text.data, ' ', text.size) == NULL);
	}
	(void)org_name_valid(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	check_hex(text);
	check_base64(text);
	check_fingerprint(text);
	check_armour(text);
	check_codes(text);
	return 0;
}
