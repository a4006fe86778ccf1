#include "service/corrections.h"

#include <string.h>

static bool corrects(const Qsg__Reference *reference)
{
	return strcmp(reference->relation, "corrects") == 0;
}

static const struct state_log *log_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log);
}

/* Of two records of one author, in its own order, whatever the order in which
 * they came. 0 is none. */
static bool is_later(struct node *node, uint32_t rid, uint32_t than)
{
	int64_t log = log_of(node, rid)->log;
	int64_t other = than ? log_of(node, than)->log : 0;

	return log != other ? log > other
	                    : views_get(node->views, rid)->leaf >
	                          views_get(node->views, than)->leaf;
}

/* PROTOCOL.md M174: "A correction MUST count only when its author is the
 * author of the record that it corrects." */
static void link_correction(
    struct node *node, uint32_t correction, uint32_t original)
{
	struct view_record *by = views_edit(node->views, correction);
	struct view_record *of = views_edit(node->views, original);

	if (log_of(node, correction)->org != log_of(node, original)->org) {
		return;
	}
	if (is_later(node, original, by->corrects)) {
		by->corrects = original;
	}
	if (is_later(node, correction, of->corrected_by)) {
		of->corrected_by = correction;
	}
}

enum err corrections_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < payload->n_references && !err; i++) {
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
		} else {
			err = views_wait(node->views, rid, &id);
		}
	}
	return err;
}

void corrections_arrived(struct node *node, uint32_t rid)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	uint32_t correction = views_take_waiting(node->views, id);

	while (correction != 0) {
		link_correction(node, correction, rid);
		correction = views_take_waiting(node->views, id);
	}
}
