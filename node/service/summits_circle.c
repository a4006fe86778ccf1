#include "service/summits.h"

#include "service/state.h"

#include <stdlib.h>
#include <string.h>

enum err summits_circle(struct node *node, const struct summits_look *look,
    struct id32 **ids, size_t *count)
{
	const struct summit_state *state = &look->state;

	*count = 0;
	*ids = calloc(state->side_count + 1, sizeof **ids);
	if (!*ids) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];

		if (side->circle &&
		    !id_equal(&side->organisation, node_id(node))) {
			(*ids)[(*count)++] = side->organisation;
		}
	}
	return ERR_OK;
}

const struct summit_fact *summits_invited(
    struct node *node, const struct summits_look *look)
{
	for (size_t i = look->state.trigger ? 0 : look->count; i-- > 0;) {
		const struct summit_fact *fact = &look->facts[i];

		if (fact->payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION &&
		    memcmp(fact->payload->summit_invitation->organisation.data,
			node_id(node)->b, sizeof node_id(node)->b) == 0) {
			return fact;
		}
	}
	return NULL;
}
