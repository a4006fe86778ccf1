#include "service/corrections.h"

#include "service/relations.h"

#include <string.h>

static bool corrects(const Qsg__Reference *reference)
{
	return strcmp(reference->relation, "corrects") == 0;
}

/* PROTOCOL.md M174: "A correction MUST count only when its author is the
 * author of the record that it corrects." */
static void link_correction(
    struct node *node, uint32_t correction, uint32_t original)
{
	struct view_record *by = views_edit(node->views, correction);
	struct view_record *of = views_edit(node->views, original);

	if (!id_equal(state_author_id(node, correction),
		state_author_id(node, original))) {
		return;
	}
	if (relations_later(node, original, by->corrects)) {
		by->corrects = original;
	}
	if (relations_later(node, correction, of->corrected_by)) {
		of->corrected_by = correction;
	}
}

void corrections_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		uint32_t original = 0;

		if (!corrects(reference)) {
			continue;
		}
		memcpy(id.b, reference->record.data, sizeof id.b);
		original = views_find(node->views, &id);
		if (original) {
			link_correction(node, rid, original);
		}
	}
}

void corrections_arrived(struct node *node, uint32_t rid)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	size_t place = 0;
	uint32_t correction = 0;

	while ((correction = views_next_link(
		    node->views, id, REFERENCE_CORRECTS, &place)) != 0) {
		if (views_get(node->views, correction)->type ==
		    VIEW_CORRECTION) {
			link_correction(node, correction, rid);
		}
	}
}
