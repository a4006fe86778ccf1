/* JSON of a request into a message and back: what is read can be written, and
 * reads as the same message again. */
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "domain/indicator.h"
#include "domain/intel.h"
#include "fuzz/tool.h"

#include "payload.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(
    const json_t *json, const ProtobufCMessageDescriptor *descriptor)
{
	ProtobufCMessage *message = NULL;
	ProtobufCMessage *again = NULL;
	json_t *written = NULL;
	struct buf first = { 0 };
	struct buf second = { 0 };
	if (pbjson_read(json, descriptor, &message) != ERR_OK) {
		return;
	}
	tool_ok(canon_encode(message, &first));
	tool_ok(pbjson_write(message, &written));
	tool_ok(pbjson_read(written, descriptor, &again));
	tool_ok(canon_encode(again, &second));
	tool_must(span_equal(buf_span(&first), buf_span(&second)));
	json_decref(written);
	canon_free(again);
	/* What a client may say must be judged without harm. */
	if (descriptor == &qsg__intelligence__descriptor &&
	    intel_check((const Qsg__Intelligence *)message) == ERR_OK) {
		tool_ok(intel_acceptable((const Qsg__Intelligence *)message));
	}
	if (descriptor == &qsg__indicator_set__descriptor &&
	    indicator_check((const Qsg__IndicatorSet *)message) == ERR_OK) {
		tool_ok(
		    indicator_acceptable((const Qsg__IndicatorSet *)message));
	}
	canon_free(message);
	buf_clear(&first);
	buf_clear(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_error_t why;
	json_t *json = json_loadb((const char *)data, size, 0, &why);
	if (json == NULL) {
		return 0;
	}
	check(json, &qsg__intelligence__descriptor);
	check(json, &qsg__indicator_set__descriptor);
	check(json, &qsg__handling__descriptor);
	check(json, &qsg__payload__descriptor);
	json_decref(json);
	return 0;
}
