#include "app/auditing.h"

#include "service/audit.h"
#include "view/audit_json.h"

enum err auditing_proof(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *id = json_string_value(json_object_get(arguments, "id"));
	struct audit_proof proof;
	enum err err = audit_prove(core->node, span_text(id), &proof);
	if (err == ERR_OK) {
		err = audit_json_proof(&proof, &answer->json);
		audit_proof_clear(&proof);
	}
	return err;
}
