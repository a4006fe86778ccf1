#include "view/life_json.h"

#include "domain/content.h"
#include "service/corrections.h"
#include "service/scoping.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/record_json.h"

static enum err add_retraction(void *context, const struct query_item *item)
{
	json_t *object = context;
	json_out_id(object, "record", &item->view->id);
	json_out_time(object, "at", item->view->created_ms);
	json_out_text_or_null(object, "reason",
	    item->payload == NULL ? NULL : content_text(item->payload));
	return ERR_OK;
}

/* PROTOCOL.md M478: "What was retracted MUST be shown as that first, with the
 * reason, and what was corrected with what is in force in its place, wherever
 * its text is shown; every step MUST stay to be seen." */
void life_json_add_state(
    struct node *node, json_t *object, const struct query_item *item)
{
	uint32_t retraction = corrections_retraction(node, item->rid);
	json_t *retracted = NULL;
	if (retraction == 0) {
		return;
	}
	retracted = json_object();
	/* What does not open here was retracted all the same. */
	if (query_open(node, retraction, add_retraction, retracted) != ERR_OK) {
		json_out_id(retracted, "record",
		    &views_get(node_views(node), retraction)->id);
	}
	json_out_set(object, "retracted", retracted);
}

struct writing {
	struct node *node;
	json_t *json;
};

static enum err write_brief(void *context, const struct query_item *item)
{
	struct writing *writing = context;
	writing->json = record_json_brief(writing->node, item);
	return ERR_OK;
}

void life_json_add_current(
    struct node *node, json_t *object, const struct query_item *item)
{
	struct writing writing = { .node = node };
	struct corrections_chain chain;
	corrections_chain(node, item->rid, &chain);
	if (chain.newest != item->rid && scoping_shows(node, chain.newest) &&
	    query_open(node, chain.newest, write_brief, &writing) == ERR_OK) {
		json_out_set(object, "current", writing.json);
	}
}

static enum err add_step(
    struct node *node, json_t *array, uint32_t rid, const char *step)
{
	struct writing writing = { .node = node };
	json_t *object = NULL;
	if (!scoping_shows(node, rid)) {
		return ERR_OK;
	}
	enum err err = query_open(node, rid, write_brief, &writing);
	if (err != ERR_OK) {
		return err;
	}
	object = json_object();
	json_out_text(object, "step", step);
	json_out_set(object, "record", writing.json);
	json_out_append(array, object);
	return ERR_OK;
}

enum err life_json_history(struct node *node, uint32_t rid, json_t **out)
{
	struct corrections_chain chain;
	json_t *array = json_array();
	enum err err = ERR_OK;
	corrections_chain(node, rid, &chain);
	for (size_t i = 0; i < chain.count && err == ERR_OK; i++) {
		err = scoping_shows(node, chain.rids[i])
		          ? add_step(node, array, chain.rids[i],
				i == 0 ? "shared" : "corrected")
		          : ERR_OK;
	}
	if (err == ERR_OK && chain.retraction != 0) {
		err = add_step(node, array, chain.retraction, "retracted");
	}
	*out = array;
	return err;
}
