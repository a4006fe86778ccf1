#include "view/summit_asked.h"

#include "service/state.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <string.h>

enum { BRIEF = 12 };

json_t *summit_asked_json(
    struct node *node, const struct summits_asking *asking)
{
	const struct view_record *view =
	    views_get(node_views(node), asking->rid);
	int64_t author = state_author(node, asking->rid);
	json_t *object = json_object();
	json_out_id(object, "id", &view->id);
	said_json_add_author(object, peers_get(node, author));
	json_out_bool(object, "ours", author == 1);
	json_out_time(object, "created_at", view->created_ms);
	json_out_time(object, "received_at", view->received_ms);
	json_out_text(object, "provider", asking->said->provider);
	json_out_text(object, "urgency", asking->said->urgency);
	json_out_text(object, "concern", asking->said->concern);
	if (id_is_zero(&asking->summit)) {
		json_out_set(object, "summit", json_null());
	} else {
		json_out_id(object, "summit", &asking->summit);
	}
	json_out_bool(object, "counts", asking->why == REASON_NONE);
	if (asking->why != REASON_NONE) {
		json_out_text(object, "why_not", reason_text(asking->why));
	}
	return object;
}

static void brief(struct paper *paper, const char *id)
{
	char text[BRIEF + 1] = "";
	strncpy(text, id, BRIEF);
	paper_styled(paper, PAPER_DIM, text);
}

static void answered(struct paper *paper, const json_t *value)
{
	if (!paper_flag(value, "counts")) {
		paper_styled(paper, PAPER_WARN, "does not count");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(value, "why_not"));
	} else if (paper_member(value, "summit")[0] != '\0') {
		paper_styled(paper, PAPER_GOOD, "answered");
		paper_put(paper, " by the summit ");
		brief(paper, paper_member(value, "summit"));
	} else {
		paper_styled(paper, PAPER_WARN, "not answered");
		if (!paper_flag(value, "ours")) {
			paper_put(paper, "; to answer it: `qsg summit trigger "
					 "--answers ");
			brief(paper, paper_member(value, "id"));
			paper_put(paper, " ...`");
		}
	}
	paper_put(paper, "\n");
}

static void one(struct paper *paper, const json_t *value)
{
	brief(paper, paper_member(value, "id"));
	paper_put(paper, "  ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "  ");
	paper_text(paper, paper_member(value, "author"));
	paper_put(paper, " asks for a risk summit about ");
	paper_styled(paper, PAPER_BOLD, paper_member(value, "provider"));
	paper_put(paper, ", ");
	paper_text(paper, paper_member(value, "urgency"));
	paper_put(paper, "\n");
	paper_block(paper, paper_member(value, "concern"), 2);
	paper_put(paper, "  ");
	answered(paper, value);
}

void summit_asked_paper(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		one(paper, each);
	}
}
