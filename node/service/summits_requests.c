/* Who asked for a risk summit, and what became of it. */
#include "codec/canon.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/state.h"
#include "service/summits_held.h"

static enum err take_answer(void *context, const struct summits_look *look)
{
	struct id32 *summit = context;

	if (look->rid && id_is_zero(summit)) {
		*summit = look->state.id;
	}
	return ERR_OK;
}

/* A request is an organisation's that may not trigger itself, a provider's
 * never. */
static enum reason why_not(const struct summits_asking *one)
{
	if (!one->author.kind) {
		return REASON_NO_KIND;
	}
	return one->author.kind->category == ORG_PROVIDER ? REASON_BY_PROVIDER
	                                                  : REASON_NONE;
}

static enum err tell(
    struct node *node, uint32_t rid, summits_each_asking each, void *context)
{
	const struct view_record *view = views_get(node->views, rid);
	struct summits_asking one = { .rid = rid };
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	if (view->state != RECORD_READABLE || disown_record(node, rid)) {
		return ERR_OK;
	}
	err = query_take(node, rid, &payload);
	if (err || !payload) {
		return err;
	}
	one.said = payload->summit_request;
	one.author = summits_party(node, NULL, state_author_id(node, rid));
	one.why = why_not(&one);
	err = summits_answering(node, &view->id, take_answer, &one.summit);
	if (!err) {
		err = each(context, &one);
	}
	canon_wipe(&payload->base);
	return err;
}

enum err summits_requests(
    struct node *node, summits_each_asking each, void *context)
{
	const uint32_t *rids = NULL;
	size_t count = summits_requests_held(node, &rids);
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		err = tell(node, rids[i], each, context);
	}
	return err;
}
