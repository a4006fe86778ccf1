/* A charter's file: whatever it says, what comes out is a charter by the rules,
 * or an error. */
#include "app/charter.h"
#include "codec/canon.h"
#include "fuzz/tool.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct charter_identity identity = { "A group", "local",
		"A region" };
	char *text = tool_text(span_of(data, size));
	json_t *read = NULL;
	Qsg__Charter *charter = NULL;
	if (charter_parse(text, &read) == ERR_OK) {
		tool_must(json_is_object(read));
		if (charter_complete(read, &identity, &charter) == ERR_OK) {
			tool_must(charter->n_information > 0);
			canon_free((ProtobufCMessage *)charter);
		}
	}
	json_decref(read);
	free(text);
	return 0;
}
