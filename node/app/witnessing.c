#include "app/witnessing.h"

#include "view/witness_json.h"

enum err witnessing_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return witness_json_log(core->node, &answer->json);
}

enum err witnessing_witnesses(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return witness_json_witnesses(core->node, &answer->json);
}
