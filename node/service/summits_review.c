#include "service/summits_review.h"

#include "service/groups.h"
#include "service/state.h"
#include "service/summits_held.h"

#include <string.h>

struct reviewing {
	struct node *node;
	struct summits_review *out;
};

/* The group that its trigger names, where what that states counts here. */
static struct id32 group_of(struct node *node, const struct summits_look *look)
{
	const ProtobufCBinaryData *bytes =
	    &look->state.trigger->payload->summit_trigger->group;
	const struct group_state *group = NULL;
	struct id32 id = { { 0 } };

	if (bytes->len != sizeof id.b) {
		return id;
	}
	memcpy(id.b, bytes->data, sizeof id.b);
	return groups_by_id(node, &id, &group) == ERR_OK &&
	               summits_heed(node, group)
	           ? id
	           : (struct id32){ { 0 } };
}

/* The last of those that stood down. */
static enum err take_ended(void *context, const struct summits_look *look)
{
	struct reviewing *into = context;
	const struct summit_state *state = &look->state;
	const struct views *views = into->node->views;

	for (size_t i = 0;
	     state->phase == SUMMIT_STOOD_DOWN && i < state->stand_down_count;
	     i++) {
		const struct id32 *record = &state->stand_downs[i]->record;
		const struct view_record *view =
		    views_get(views, views_find(views, record));

		if (view->created_ms >= into->out->since_ms) {
			*into->out = (struct summits_review){
				.due = true,
				.summit = state->id,
				.record = *record,
				.since_ms = view->created_ms,
				.group = group_of(into->node, look),
			};
		}
	}
	return ERR_OK;
}

/* Did this organisation judge the provider since? */
static bool judged_since(struct node *node, const struct pictures_look *picture,
    const struct id32 *author, int64_t since_ms)
{
	for (size_t i = 0; i < picture->picture.count; i++) {
		const struct picture_entry *entry =
		    &picture->picture.entries[i];

		if (entry->standing == PICTURE_COUNTS &&
		    id_equal(&entry->fact->author, author) &&
		    entry->fact->payload->content_case ==
			QSG__PAYLOAD__CONTENT_JUDGEMENT &&
		    views_get(node->views, pictures_rid(picture, entry))
			    ->created_ms > since_ms) {
			return true;
		}
	}
	return false;
}

/* PROTOCOL.md M676: "A
 * provider whose summit stood down MUST be shown as under regular review until
 * the convenor of the group that the trigger names, or else of its home group,
 * judges it anew." */
enum err summits_review(struct node *node, const struct pictures_look *picture,
    struct summits_review *out)
{
	struct reviewing into = { .node = node, .out = out };
	const struct group_state *group = NULL;
	enum err err = ERR_OK;

	*out = (struct summits_review){ 0 };
	err = summits_about(node, picture->picture.provider, take_ended, &into);
	if (err || !out->due) {
		return err;
	}
	if (id_is_zero(&out->group)) {
		out->group = picture->about.home_group;
	}
	if (!id_is_zero(&out->group) &&
	    groups_by_id(node, &out->group, &group) == ERR_OK &&
	    group->stated && summits_heed(node, group)) {
		out->due = !judged_since(
		    node, picture, &group->convenor, out->since_ms);
	}
	return ERR_OK;
}
