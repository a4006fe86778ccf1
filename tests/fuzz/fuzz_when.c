/* Dates, times and indicator values as text. */
#include "codec/when.h"
#include "domain/indicator.h"
#include "fuzz/tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_time(struct span text)
{
	int64_t time_ms = 0;
	int64_t again_ms = 0;
	enum err err = when_parse(text, &time_ms);
	tool_must(!when_is_date(text) || text.size == 10);
	if (err != ERR_OK) {
		return;
	}
	struct when utc = when_utc(time_ms);
	tool_ok(when_parse(span_text(utc.text), &again_ms));
	tool_must(time_ms == again_ms);
	(void)when_london(time_ms);
}

static void check_number(struct span bytes)
{
	struct reader in = reader_of(bytes);
	int64_t time_ms = (int64_t)reader_u64(&in);
	int64_t back_ms = 0;
	tool_ok(when_parse(span_text(when_utc(time_ms).text), &back_ms));
	tool_must(when_london(time_ms).text[0] != '\0');
}

static void check_value(struct span text)
{
	struct indicator_value value;
	if (indicator_parse(text, &value) != ERR_OK) {
		return;
	}
	tool_must(value.decimals <= INDICATOR_DECIMALS);
	tool_must(!value.suppressed || value.mantissa == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_time(span_of(data, size));
	check_number(span_of(data, size));
	check_value(span_of(data, size));
	return 0;
}
