/* A request of the local API: the first byte picks an operation, the rest is
 * its body. Whatever is taken has passed the table's checks, and comes out
 * again as the same arguments. */
#include "app/call.h"
#include "view/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct call *call)
{
	struct buf text = { 0 };
	json_error_t error;
	if ((call->op->flags & OPS_NO_API) != 0 || call->op->handler == NULL ||
	    json_out_dump(call->arguments, &text) != ERR_OK) {
		abort();
	}
	json_t *again = json_loadb(
	    (const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
	if (!json_equal(again, call->arguments) ||
	    ops_check(call->op, again) != ERR_OK) {
		abort();
	}
	json_decref(again);
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[80];
	struct call *call = NULL;
	if (size == 0) {
		return 0;
	}
	const struct ops_op *op = ops_at(data[0] % ops_count());
	(void)snprintf(path, sizeof(path), "/v1/%s", op->name);
	struct call_request request = { (data[0] & 0x80) != 0 ? "GET" : "POST",
		path, { data + 1, size - 1 } };
	if (call_decode(&request, &call) == ERR_OK) {
		check(call);
		struct ops_answer answer = { .json =
						 json_incref(call->arguments) };
		call_fill(call, ERR_OK, &answer);
		if (call->status != 200) {
			abort();
		}
		call_free(call);
	}
	return 0;
}
