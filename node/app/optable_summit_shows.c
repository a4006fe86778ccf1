#include "app/optable.h"

#include "app/summit_shows.h"
#include "view/summit_asked.h"
#include "view/summit_paper.h"

static const struct ops_arg one_args[] = {
	{ "id", "id", "SUMMIT", "its id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
};

static const struct ops_arg list_args[] = {
	{ "open", "open", NULL, "only those that have not stood down", OPS_FLAG,
	    0, NULL },
	{ "provider", "provider", "CODE", "only those about this provider",
	    OPS_TEXT, 0, NULL },
};

static const struct ops_arg requests_args[] = {
	{ "open", "open", NULL, "only those that no trigger answers yet",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "summit-list",
	    .words = "summit list",
	    .summary = "list risk summits, and what to do next in each",
	    .help = "A trigger that does not count is listed too, with the "
		    "reason. Two summits about one provider stand beside each "
		    "other.",
	    OPTABLE_ARGS(list_args),
	    .flags = OPS_ALONE,
	    .handler = summit_shows_list,
	    .render = summit_paper_list,
	    .when_empty = "no risk summits are held here" },
	{ .name = "summit-show",
	    .words = "summit show",
	    .summary = "show one risk summit: who, what, and what to do next",
	    .help =
		"First where it stands and what you can do next, then who is "
		"in it and why, the judgements side by side, who holds the "
		"ring, the three checks, meetings, actions, and what does not "
		"count, with the reason.\n\n"
		"Of whoever has not answered it says what is known: \"not "
		"reached\" where no receipt is held for what you sent, \"no "
		"answer yet\" where it was reached, \"no answer is held "
		"here\" where another told it. Only who says so holds "
		"nothing.",
	    OPTABLE_ARGS(one_args),
	    .handler = summit_shows_show,
	    .render = summit_paper_show },
	{ .name = "summit-timeline",
	    .words = "summit timeline",
	    .summary = "show every record of a risk summit in order of time",
	    .help = "By the time that its author gives, with the time at "
		    "which it was received here and its id. What does not "
		    "count stands there too, with the reason.",
	    OPTABLE_ARGS(one_args),
	    .handler = summit_shows_timeline,
	    .render = summit_paper_timeline },
	{ .name = "summit-requests",
	    .words = "summit requests",
	    .summary = "list requests to trigger a risk summit",
	    .help = "Those that you made, and those that you are asked, with "
		    "the summit that answers each: `qsg summit trigger "
		    "--answers REQUEST`.",
	    OPTABLE_ARGS(requests_args),
	    .handler = summit_shows_requests,
	    .render = summit_asked_paper,
	    .when_empty = "no requests for a risk summit are held here" },
};

struct optable optable_summit_shows(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
