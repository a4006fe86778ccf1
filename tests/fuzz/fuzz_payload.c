/* What is read as a payload is the canonical encoding of what it says, keeps
 * the rule of audiences, and can be shown; everything else has a reason. The
 * first byte says whether the record bears slots. */
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "domain/indicator.h"
#include "fuzz/tool.h"
#include "service/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_audience(const Qsg__Audience *audience)
{
	struct header header = { .version = ENVELOPE_VERSION };
	struct id32 self = { { 1 } };
	tool_must(audience->salt.len == 32);
	/* A commitment of zeros is the hash of nothing we can find. */
	tool_must(!payload_audience_fits(audience, &header, &self));
}

static void check_indicators(const Qsg__IndicatorSet *set)
{
	bool equal = false;
	tool_ok(indicator_equal(set, set, &equal));
	tool_must(equal);
}

static void check_read(struct span bytes, const Qsg__Payload *payload)
{
	struct buf again = { 0 };
	json_t *json = NULL;
	tool_ok(canon_encode(&payload->base, &again));
	tool_must(span_equal(buf_span(&again), bytes));
	buf_clear(&again);
	tool_ok(pbjson_write(&payload->base, &json));
	json_decref(json);
	if (payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE) {
		check_audience(payload->audience);
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		check_indicators(payload->indicators);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Qsg__Payload *payload = NULL;
	enum record_reason reason = RECORD_NO_REASON;
	if (size == 0) {
		return 0;
	}
	bool slotted = (data[0] & 1) != 0;
	struct span bytes = span_of(data + 1, size - 1);
	if (payload_read(bytes, slotted, &payload, &reason) != ERR_OK) {
		tool_must(payload == NULL);
		tool_must(reason == RECORD_BAD_PAYLOAD ||
			  reason == RECORD_UNKNOWN_KIND);
		return 0;
	}
	tool_must(reason == RECORD_NO_REASON && payload->version == 1);
	tool_must(slotted ==
		  (payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE));
	check_read(bytes, payload);
	canon_wipe(&payload->base);
	return 0;
}
