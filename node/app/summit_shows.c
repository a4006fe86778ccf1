#include "app/summit_shows.h"

#include "domain/provider.h"
#include "service/state.h"
#include "service/summits.h"
#include "view/json_out.h"
#include "view/summit_asked.h"
#include "view/summit_json.h"

#include <string.h>

typedef enum err (*shown)(
    struct node *node, const struct summits_look *look, json_t **out);

static enum err look_at(struct ops_core *core, const json_t *arguments,
    shown how, struct ops_answer *answer)
{
	struct summits_look look = { .rid = 0 };
	struct id32 id;
	enum err err = summits_find(core->node, ops_text(arguments, "id"), &id);
	if (err == ERR_OK) {
		err = summits_look(core->node, &id, &look);
	}
	if (err == ERR_OK) {
		err = how(core->node, &look, &answer->json);
		summits_clear(&look);
	}
	return err;
}

enum err summit_shows_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return look_at(core, arguments, summit_json_whole, answer);
}

enum err summit_shows_timeline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return look_at(core, arguments, summit_json_timeline, answer);
}

struct listing {
	struct node *node;
	json_t *array;
	bool open;
	bool any; /* whatever the provider */
	struct provider_code provider;
};

static bool is_wanted(
    const struct listing *listing, const struct summits_look *look)
{
	const struct summit_fact *trigger = look->state.trigger;
	const struct summit_fact *invited =
	    summits_invited(listing->node, look);
	const char *provider =
	    trigger != NULL   ? trigger->payload->summit_trigger->provider
	    : invited != NULL ? invited->payload->summit_invitation->provider
			      : "";
	if (listing->open &&
	    (provider[0] == '\0' || look->state.phase == SUMMIT_STOOD_DOWN)) {
		return false;
	}
	return listing->any || strcmp(provider, listing->provider.text) == 0;
}

static enum err add_summit(void *context, const struct summits_look *look)
{
	const struct listing *listing = context;
	json_t *object = NULL;
	enum err err = ERR_OK;
	if (!is_wanted(listing, look)) {
		return ERR_OK;
	}
	err = summit_json_brief(listing->node, look, &object);
	if (err == ERR_OK) {
		(void)json_array_append_new(listing->array, object);
	}
	return err;
}

/* Those that this organisation was invited to, whose triggers it does not
 * hold. */
static enum err add_invited(struct listing *listing)
{
	const struct views *views = node_views(listing->node);
	enum err err = ERR_OK;
	for (size_t i = 0; i < summits_count(listing->node) && err == ERR_OK;
	     i++) {
		uint64_t heard = 0;
		const struct id32 *id = summits_at(listing->node, i, &heard);
		uint32_t rid = views_find(views, id);
		struct summits_look look = { .rid = 0 };
		if (rid != 0 &&
		    views_get(views, rid)->type == VIEW_SUMMIT_TRIGGER) {
			continue;
		}
		err = summits_look(listing->node, id, &look);
		if (err == ERR_OK) {
			err = summits_invited(listing->node, &look) == NULL
			          ? ERR_OK
			          : add_summit(listing, &look);
			summits_clear(&look);
		}
	}
	return err;
}

enum err summit_shows_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *provider = ops_text(arguments, "provider");
	struct listing listing = { .node = core->node,
		.array = json_array(),
		.open = ops_flag(arguments, "open"),
		.any = provider == NULL };
	enum err err = ERR_OK;
	answer->json = listing.array;
	if (provider != NULL) {
		err = provider_code_normalise(
		    span_text(provider), &listing.provider);
	}
	if (err == ERR_OK) {
		err = summits_list(core->node, add_summit, &listing);
	}
	return err == ERR_OK ? add_invited(&listing) : err;
}

/*
 * Requests.
 */

struct asking_list {
	struct node *node;
	json_t *array;
	bool open;
};

static enum err add_request(void *context, const struct summits_asking *asking)
{
	const struct asking_list *list = context;
	bool done = asking->why != REASON_NONE || !id_is_zero(&asking->summit);
	if (!list->open || !done) {
		json_out_append(
		    list->array, summit_asked_json(list->node, asking));
	}
	return ERR_OK;
}

enum err summit_shows_requests(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asking_list list = { .node = core->node,
		.array = json_array(),
		.open = ops_flag(arguments, "open") };
	answer->json = list.array;
	return summits_requests(core->node, add_request, &list);
}
