#include "app/optable.h"

#include "app/commands.h"
#include "app/correcting_ops.h"
#include "app/share_args.h"
#include "view/said_paper.h"

/* Who records it, and on what terms. */
#define RECORDER_ARGS                                                          \
	{ "role", "role", "WORD", "who records it (default administrator)",    \
		OPS_TEXT, 0, vocab_role },                                     \
	{                                                                      \
		"person", "person", "NAME",                                    \
		    "their name, if readers should see it", OPS_TEXT, 0, NULL  \
	}

#define ASKED_BY_ARG                                                           \
	{                                                                      \
		"asked_by", "asked-by", "WHO",                                 \
		    "who asks, where a second person has to see it; kept "     \
		    "here, never shared",                                      \
		    OPS_TEXT, 0, NULL                                          \
	}

#define GUARD_ARGS                                                             \
	{ "override", "override", "REASON",                                    \
		"say it although the guard found identifiers; the reason is "  \
		"logged",                                                      \
		OPS_TEXT, 0, NULL },                                           \
	{                                                                      \
		"dry_run", "dry-run", NULL,                                    \
		    "show who would read it and what the guard finds; "        \
		    "record nothing",                                          \
		    OPS_FLAG, 0, NULL                                          \
	}

static const struct ops_arg correct_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	SHARE_ITEM_ARGS,
	{ "clear", "clear", "FIELD",
	    "leave this field empty now, by its option's name; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	RECORDER_ARGS,
	ASKED_BY_ARG,
	{ "source_identity", "source-identity", "TEXT",
	    "who the source was: kept here, never shared", OPS_TEXT, 0, NULL },
	{ "without_cqc", "without-cqc", "REASON",
	    "why a significant concern leaves CQC out; the reason is logged",
	    OPS_TEXT, 0, NULL },
	GUARD_ARGS,
};

static const struct ops_arg retract_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "reason", "reason", "TEXT", "why; every reader sees it", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	RECORDER_ARGS,
	ASKED_BY_ARG,
	GUARD_ARGS,
};

static const struct ops_op rows[] = {
	{ .name = "correct",
	    .words = "correct",
	    .summary = "correct intelligence that this organisation shared",
	    .help =
		"Shares it again as it should have been, in place of the "
		"record named: fields that are not given stay as they were, "
		"--clear empties one. It goes to everybody whom the record "
		"reached, those it was granted to included; who can no longer "
		"be sealed to is named. The record itself stays, for whoever "
		"acted on it: `qsg record ID --history` shows every step."
		"\n\n"
		"The same readers as before are the decision to share with "
		"them; the policy's never and four eyes hold all the same. "
		"Where somebody has corrected it meanwhile, nothing is done, "
		"and the newest is named: correct that one. Indicators are "
		"corrected by importing their file again; what was said about "
		"a provider is said anew.",
	    OPTABLE_ARGS(correct_args),
	    .flags = OPS_WRITES,
	    .handler = correcting_ops_correct,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "retract",
	    .words = "retract",
	    .summary = "take back what this organisation shared or said",
	    .help =
		"Tells everybody whom the record reached that it no longer "
		"stands, and why. It stays where it is held and is shown "
		"first as retracted; it counts no more in the picture of a "
		"provider, nor does what it had replaced. That can't be "
		"undone: what is to be said after all is shared anew. To have "
		"its text deleted is something else.",
	    OPTABLE_ARGS(retract_args),
	    .flags = OPS_WRITES,
	    .handler = correcting_ops_retract,
	    .run = commands_share,
	    .render = said_paper_result },
};

struct optable optable_life(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
