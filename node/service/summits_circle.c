#include "service/summits.h"

#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* PROTOCOL.md M675: "Who has left the group, or is not in its roster any more,
 * MUST NOT be sent what is said in a summit of which it knows as a member
 * alone." It stays in the circle, and what it said counts. */
static bool is_told(const struct summit_side *side)
{
	return side->circle && !(side->part == SUMMIT_ALERTED && side->party &&
				   side->party->gone);
}

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

		if (is_told(side) &&
		    !id_equal(&side->organisation, node_id(node))) {
			(*ids)[(*count)++] = side->organisation;
		}
	}
	return ERR_OK;
}

static bool invites(const struct summit_fact *fact, const struct id32 *whom)
{
	const Qsg__SummitInvitation *said = fact->payload->summit_invitation;

	return fact->payload->content_case ==
	           QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION &&
	       !id_equal(&fact->author, whom) &&
	       said->organisation.len == sizeof whom->b &&
	       memcmp(said->organisation.data, whom->b, sizeof whom->b) == 0;
}

/* PROTOCOL.md M670: "Whoever was invited, and holds no trigger, MUST go by the
 * invitation of another that it took first, whoever invites it later." What it
 * says goes to whom that was sealed to: else anybody who knows of the summit,
 * the provider itself that is asked in, turns to itself what others answer. */
const struct summit_fact *summits_invited(
    struct node *node, const struct summits_look *look)
{
	const struct summit_fact *first = NULL;
	uint32_t first_rid = 0;

	for (size_t i = look->state.trigger ? 0 : look->count; i-- > 0;) {
		const struct summit_fact *fact = &look->facts[i];
		uint32_t rid = views_find(node->views, &fact->record);

		if (invites(fact, node_id(node)) &&
		    (!first || rid < first_rid)) {
			first = fact;
			first_rid = rid;
		}
	}
	return first;
}
