#include "app/optable.h"

#include "app/commands.h"
#include "app/granting_ops.h"
#include "app/share_args.h"
#include "view/grant_paper.h"
#include "view/said_paper.h"

static const struct ops_arg grant_args[] = {
	{ "ids", "id", "RECORD", "a record's id, or how it begins", OPS_TEXT,
	    OPS_POSITIONAL | OPS_REPEATED, NULL },
	{ "to", "to", "WHO",
	    "whom: name, code, fingerprint, or a group; may be repeated",
	    OPS_TEXT, OPS_REQUIRED | OPS_REPEATED, NULL },
	{ "reason", "reason", "TEXT",
	    "why; the grantees and the record's author read it", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	{ "group", "group", "GROUP",
	    "instead of records: all that this group heard", OPS_TEXT, 0,
	    NULL },
	{ "since", "since", "TIME",
	    "with --group: only what came since this date or RFC 3339 time",
	    OPS_TEXT, 0, NULL },
	SHARE_TERMS,
	{ "place", "place", "N", "where a page begins", OPS_NUMBER,
	    OPS_API_ONLY, NULL },
	{ "started", "started", "N", "as the first page gave it", OPS_NUMBER,
	    OPS_API_ONLY, NULL },
};

static const struct ops_arg ask_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "to", "to", "WHO", "whom it would go on to; may be repeated",
	    OPS_TEXT, OPS_REQUIRED | OPS_REPEATED, NULL },
	{ "reason", "reason", "TEXT", "why", OPS_TEXT, OPS_REQUIRED, NULL },
	SHARE_TERMS,
};

static const struct ops_arg answer_args[] = {
	{ "id", "id", "REQUEST", "the request's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "verdict", "verdict", "allow|refuse", "the answer", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "reason", "reason", "TEXT", "why; required to refuse", OPS_TEXT, 0,
	    NULL },
	SHARE_TERMS,
};

static const struct ops_arg list_args[] = {
	{ "open", "open", NULL, "only those that are not answered", OPS_FLAG, 0,
	    NULL },
};

static const struct ops_op rows[] = {
	{ .name = "grant",
	    .words = "grant",
	    .summary = "let others read a record that they were not sent",
	    .help =
		"Hands a record on whole, under its own id and in its author's "
		"name, with the author's proof, so that whoever gets it need "
		"not take your word for it. The key that goes along opens this "
		"record and no other. Its author is told of every grant.\n\n"
		"A record of your own may go to anybody, as your policy says. "
		"Another organisation's goes as far as its author allows: with "
		"--onward group to those who have joined the group that it was "
		"for, else to whom the author says, see `qsg onward ask`. That "
		"is checked here and shown to the author; nobody can be forced "
		"to keep to it.\n\n"
		"With --group instead of records: all that a group heard, "
		"since a date, to a newcomer. It is listed first, and you are "
		"asked; a script says --yes. What cannot go is named with the "
		"reason, and the rest goes. If it is interrupted, run it "
		"again: what was granted is not granted twice. One summary "
		"stays in your log.",
	    OPTABLE_ARGS(grant_args),
	    .flags = OPS_WRITES,
	    .handler = granting_ops_grant,
	    .run = granting_ops_run,
	    .render = grant_paper_result },
	{ .name = "onward-ask",
	    .words = "onward ask",
	    .summary = "ask a record's author whether you may hand it on",
	    .help = "The author alone reads it, and answers with `qsg onward "
		    "answer`. Then `qsg grant` hands the record on to those "
		    "named, and to nobody else.",
	    OPTABLE_ARGS(ask_args),
	    .flags = OPS_WRITES,
	    .handler = granting_ops_ask,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "onward-answer",
	    .words = "onward answer",
	    .summary = "allow or refuse that a record of yours is handed on",
	    .help = "The asker alone reads it. Of several answers your last "
		    "one counts; what was handed on by then stays there.",
	    OPTABLE_ARGS(answer_args),
	    .flags = OPS_WRITES,
	    .handler = granting_ops_answer,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "onward-list",
	    .words = "onward list",
	    .summary = "list requests to hand records on",
	    .help = "Those that this organisation made, and those that it is "
		    "asked, with what was answered.",
	    OPTABLE_ARGS(list_args),
	    .handler = granting_ops_list,
	    .render = grant_paper_list,
	    .when_empty = "no requests" },
};

struct optable optable_grants(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
