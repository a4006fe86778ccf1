#include "app/optable.h"

#include "app/actioning.h"
#include "app/commands.h"
#include "app/share_args.h"
#include "domain/action.h"
#include "view/action_paper.h"
#include "view/said_paper.h"

#define GROUP_ARGS                                                             \
	{ "group", "group", "GROUP",                                           \
		"the group whose action it is: its members read it", OPS_TEXT, \
		0, NULL },                                                     \
	{                                                                      \
		"to", "to", "WHO",                                             \
		    "another reader's name, code or fingerprint; may be "      \
		    "repeated (default: nobody but the owner)",                \
		    OPS_TEXT, OPS_REPEATED, NULL                               \
	}

#define ACTION_ARG                                                             \
	{                                                                      \
		"id", "id", "ACTION", "the action's id, or how it begins",     \
		    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, NULL              \
	}

#define TEXT_ARG(help, flags)                                                  \
	{                                                                      \
		"text", "text", "TEXT", (help), OPS_TEXT, (flags), NULL        \
	}

#define EVIDENCE_ARG                                                           \
	{                                                                      \
		"records", "evidence", "ID",                                   \
		    "a record that it rests on; may be repeated", OPS_TEXT,    \
		    OPS_REPEATED, NULL                                         \
	}

static const struct ops_arg add_args[] = {
	{ "what", "what", "TEXT", "what is to be done", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, NULL },
	{ "owner", "owner", "WHO",
	    "who is to do it (default: this organisation)", OPS_TEXT, 0, NULL },
	{ "due", "due", "TIME",
	    "by when: a date, to its end in London, or a time with its zone",
	    OPS_TEXT, 0, NULL },
	{ "measure", "measure", "TEXT", "how one sees that it is done",
	    OPS_TEXT, OPS_CONTENT, NULL },
	{ "aim", "aim", "WORD", "what it is for", OPS_TEXT, OPS_CONTENT,
	    action_aims },
	{ "kind", "kind", "WORD",
	    "which tool or lever it uses, in a word of your own", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "provider", "provider", "CODE", "about whom: an ODS code", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "lead", "lead", "TEXT", "who leads on it there", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "section", "section", "TEXT", "of which part of a plan it is",
	    OPS_TEXT, OPS_CONTENT, NULL },
	{ "numbered", "number", "TEXT", "its number there", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "summit", "summit", "SUMMIT",
	    "of which risk summit: those in it read it", OPS_TEXT, 0, NULL },
	{ "judgement", "judgement", "ID", "the judgement that it acts on",
	    OPS_TEXT, 0, NULL },
	EVIDENCE_ARG,
	GROUP_ARGS,
	SHARE_TERMS,
};

static const struct ops_arg accept_args[] = {
	ACTION_ARG,
	TEXT_ARG("what you say to it; - reads standard input", 0),
	SHARE_TERMS,
};

static const struct ops_arg reason_args[] = {
	ACTION_ARG,
	TEXT_ARG("why; - reads standard input", OPS_REQUIRED),
	SHARE_TERMS,
};

static const struct ops_arg progress_args[] = {
	ACTION_ARG,
	TEXT_ARG("how it goes; - reads standard input", OPS_REQUIRED),
	EVIDENCE_ARG,
	SHARE_TERMS,
};

static const struct ops_arg close_args[] = {
	ACTION_ARG,
	TEXT_ARG("what came of it; - reads standard input", 0),
	EVIDENCE_ARG,
	SHARE_TERMS,
};

static const struct ops_arg whom_args[] = {
	ACTION_ARG,
	{ "whom", "whom", "WHO", "to whom: name, code or fingerprint", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	TEXT_ARG("why; - reads standard input", 0),
	SHARE_TERMS,
};

static const struct ops_arg list_args[] = {
	{ "open", "open", NULL, "only those neither closed nor withdrawn",
	    OPS_FLAG, 0, NULL },
	{ "overdue", "overdue", NULL, "only those that are overdue", OPS_FLAG,
	    0, NULL },
	{ "owner", "owner", "WHO", "only those that this organisation owns",
	    OPS_TEXT, 0, NULL },
	{ "provider", "provider", "CODE", "only those about this provider",
	    OPS_TEXT, 0, NULL },
	{ "group", "group", "GROUP", "only those of this group", OPS_TEXT, 0,
	    NULL },
	{ "summit", "summit", "SUMMIT", "only those of this risk summit",
	    OPS_TEXT, 0, NULL },
	{ "plan", "plan", "NAME", "only those of this workplan", OPS_TEXT, 0,
	    NULL },
};

static const struct ops_arg show_args[] = {
	ACTION_ARG,
};

static const struct ops_arg import_args[] = {
	{ "file", "file", "FILE", "the workplan, - for standard input",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_CLI_ONLY, NULL },
	{ "csv", "csv", "TEXT", "the workplan", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
	{ "plan", "plan", "NAME", "what you call it", OPS_TEXT, OPS_REQUIRED,
	    NULL },
	{ "provider", "provider", "CODE", "about whom: an ODS code", OPS_TEXT,
	    0, NULL },
	GROUP_ARGS,
	SHARE_TERMS,
};

static const struct ops_arg export_args[] = {
	{ "plan", "plan", "NAME", "which workplan", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "author", "author", "WHO", "whose (default: this organisation's)",
	    OPS_TEXT, 0, NULL },
	{ "out", "out", "FILE",
	    "write it into this new file, - for standard output", OPS_TEXT,
	    OPS_CLI_ONLY | OPS_REQUIRED, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "action-add",
	    .words = "action add",
	    .summary = "set an action, for yourself or for another to accept",
	    .help =
		"An action for your own organisation needs nobody's word. One "
		"for another is a request: \"one party cannot direct any other "
		"party in the exercise of their statutory functions\", so that "
		"it is proposed until its owner accepts or declines it.\n\n"
		"The owner reads it, and whoever --to names, or the members "
		"of --group, or those in --summit; without any it is for this "
		"organisation alone. You see who reads it and are asked where "
		"a group was named; a script says --yes.",
	    OPTABLE_ARGS(add_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_add,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-accept",
	    .words = "action accept",
	    .summary = "take an action on that was set for you, or handed over",
	    .help = "Your first answer counts, and stays. It goes to everybody "
		    "whom the action has reached, as all that is said of it.",
	    OPTABLE_ARGS(accept_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_accept,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-decline",
	    .words = "action decline",
	    .summary = "do not take an action on, and say why",
	    .help = "Whoever set it withdraws it then, and sets another if it "
		    "is still to be done. A handing over that is declined "
		    "leaves the action where it is.",
	    OPTABLE_ARGS(reason_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_decline,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-progress",
	    .words = "action progress",
	    .summary = "say how an action of yours goes",
	    .help = "With --evidence it names records; the name alone goes "
		    "along, and who cannot read one is told to you.",
	    OPTABLE_ARGS(progress_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_progress,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-close",
	    .words = "action close",
	    .summary = "an action of yours is done",
	    .help = "Only its owner closes an action, and nothing follows.",
	    OPTABLE_ARGS(close_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_close,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-hand-over",
	    .words = "action hand-over",
	    .summary = "ask another organisation to own an action of yours",
	    .help = "It stays yours until they accept. Of several that accept, "
		    "the one you asked first has it. They must be able to read "
		    "the action: `qsg grant` gives it to them.",
	    OPTABLE_ARGS(whom_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_hand_over,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-withdraw",
	    .words = "action withdraw",
	    .summary = "an action that you set is no longer to be done",
	    .help = "It does not undo a closing: what is done is done.",
	    OPTABLE_ARGS(reason_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_withdraw,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-raise",
	    .words = "action raise",
	    .summary = "tell whoever convenes a group that one is overdue",
	    .help = "The convenor of the group first, then that of the "
		    "region; they read what is said from then on. Grant them "
		    "the action where they cannot read it (`qsg grant`).",
	    OPTABLE_ARGS(whom_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_raise,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "action-list",
	    .words = "action list",
	    .summary = "list actions, and how each stands",
	    .help = "Yours and others', as far as you read them. One that is "
		    "not closed by its time is overdue, whoever owns it.",
	    OPTABLE_ARGS(list_args),
	    .flags = OPS_ALONE,
	    .handler = actioning_list,
	    .render = action_paper_list,
	    .when_empty = "no actions; `qsg action add` sets one" },
	{ .name = "action-show",
	    .words = "action show",
	    .summary = "show one action, and all that was said of it",
	    .help = "What does not count stands there too, with the reason.",
	    OPTABLE_ARGS(show_args),
	    .handler = actioning_show,
	    .render = action_paper_show },
	{ .name = "action-import",
	    .words = "action import",
	    .summary = "take in a workplan",
	    .help =
		"Reads CSV, UTF-8, whose first line names these columns: "
		"section,number,action,lead,outcome,timeline. Each row is an "
		"action of your own; any field but the action may be empty, "
		"and any may hold several lines. A timeline that is a date "
		"and nothing else is when it is due.\n\n"
		"The whole plan is taken in, or nothing. Of one that is held "
		"already under this name, rows that are the same in their "
		"place stay; others are withdrawn, and set anew as they are "
		"now. `qsg action export` gives it out byte for byte.",
	    OPTABLE_ARGS(import_args),
	    .flags = OPS_WRITES,
	    .handler = actioning_import,
	    .run = actioning_run_import,
	    .render = action_paper_planned },
	{ .name = "action-export",
	    .words = "action export",
	    .summary = "give a workplan out as it was taken in",
	    .help = "What became of its actions is in `qsg action list "
		    "--plan NAME`.",
	    OPTABLE_ARGS(export_args),
	    .handler = actioning_export,
	    .run = actioning_run_export,
	    .render = action_paper_exported },
};

struct optable optable_actions(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
