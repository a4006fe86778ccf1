#include "app/optable.h"

#include "app/commands.h"
#include "app/correcting_ops.h"
#include "app/foi_ops.h"
#include "app/share_args.h"
#include "domain/foi.h"
#include "view/foi_paper.h"
#include "view/said_paper.h"

static const struct ops_arg correct_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	SHARE_ITEM_ARGS,
	{ "clear", "clear", "FIELD",
	    "leave this field empty now, by its option's name; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	SHARE_PERSON_ARGS,
	SHARE_ASKER_ARG,
	{ "source_identity", "source-identity", "TEXT",
	    "who the source was: kept here, never shared", OPS_TEXT, 0, NULL },
	{ "without_cqc", "without-cqc", "REASON",
	    "why a significant concern leaves CQC out; the reason is logged",
	    OPS_TEXT, 0, NULL },
	SHARE_GUARD_ARGS,
};

static const struct ops_arg retract_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "reason", "reason", "TEXT", "why; every reader sees it", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	SHARE_RECORDER_ARGS,
};

/*
 * Freedom of information.
 */

#define NUMBER_ARG(flags)                                                      \
	{                                                                      \
		"number", "request", "N",                                      \
		    "the request's number, as `foi list` shows it",            \
		    OPS_NUMBER, OPS_REQUIRED | (flags), NULL                   \
	}

static const struct ops_arg foi_log_args[] = {
	{ "received_on", "received", "DATE", "when it came in", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, NULL },
	{ "text", "text", "TEXT", "what is asked for; - reads standard input",
	    OPS_TEXT, OPS_REQUIRED | OPS_CONTENT, NULL },
	{ "kind", "kind", "WORD", "under which right (default foi)", OPS_TEXT,
	    OPS_CONTENT, foi_kinds },
	SHARE_PERSON_ARGS,
};

static const struct ops_arg foi_decide_args[] = {
	{ "records", "record", "RECORD", "the records' ids, or how they begin",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_REPEATED, NULL },
	NUMBER_ARG(0),
	{ "verdict", "verdict", "WORD", "what becomes of them", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, foi_verdicts },
	{ "exemption", "exemption", "SECTION",
	    "what is withheld, under which exemption", OPS_TEXT, OPS_CONTENT,
	    NULL },
	{ "reason", "reason", "TEXT",
	    "why; it stands in the disclosure schedule", OPS_TEXT, OPS_CONTENT,
	    NULL },
	SHARE_PERSON_ARGS,
};

static const struct ops_arg foi_close_args[] = {
	NUMBER_ARG(OPS_POSITIONAL),
	{ "reason", "reason", "TEXT",
	    "how and when it was answered, or that it was taken back", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	SHARE_PERSON_ARGS,
};

static const struct ops_arg foi_consult_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "text", "text", "TEXT",
	    "what its author is asked; - reads standard input", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, NULL },
	{ "answer_by", "answer-by", "DATE", "by when", OPS_TEXT, OPS_CONTENT,
	    NULL },
	SHARE_RECORDER_ARGS,
};

static const struct ops_arg foi_view_args[] = {
	{ "id", "id", "CONSULTATION", "its id, or how that begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "verdict", "verdict", "WORD", "what this organisation says", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL | OPS_CONTENT, foi_views },
	{ "text", "text", "TEXT",
	    "what is to be considered, or why not; - reads standard input",
	    OPS_TEXT, OPS_CONTENT, NULL },
	SHARE_RECORDER_ARGS,
};

static const struct ops_arg foi_schedule_args[] = {
	NUMBER_ARG(OPS_POSITIONAL),
	{ "out", "out", "FILE",
	    "write it into this new file: .csv for a spreadsheet, .html to "
	    "print",
	    OPS_TEXT, OPS_CLI_ONLY, NULL },
};

static const struct ops_arg foi_search_args[] = {
	{ "terms", "term", "TERM",
	    "what to look for: each that is mentioned counts", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL | OPS_REPEATED, NULL },
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
		"undone: what is to be said after all is shared anew. Its text "
		"can still be read: `qsg erase` deletes that.",
	    OPTABLE_ARGS(retract_args),
	    .flags = OPS_WRITES,
	    .handler = correcting_ops_retract,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "foi-log",
	    .words = "foi log",
	    .summary = "log a request for information",
	    .help =
		"Of a request under the Freedom of Information Act, or of a "
		"person who asks for what is held about them. It gets a number "
		"of its own, and stays in this organisation: nobody else sees "
		"requests or what is decided on them. Who asked need not be "
		"said.",
	    OPTABLE_ARGS(foi_log_args),
	    .flags = OPS_WRITES,
	    .handler = foi_ops_log,
	    .run = commands_share,
	    .render = foi_paper_logged },
	{ .name = "foi-decide",
	    .words = "foi decide",
	    .summary = "decide on records that a request is about",
	    .help =
		"For each record named: disclose it whole, withhold it, or "
		"disclose it in part, and under which exemption the rest is "
		"withheld. The note of a record's author (`share --foi-note`) "
		"is advice; each holder decides itself, case by case. Of "
		"several decisions on one record the last counts. You are "
		"told when a record's author has not been consulted.",
	    OPTABLE_ARGS(foi_decide_args),
	    .flags = OPS_WRITES,
	    .handler = foi_ops_decide,
	    .render = foi_paper_decided },
	{ .name = "foi-close",
	    .words = "foi close",
	    .summary = "say that a request was answered, and is over",
	    .help =
		"While a request is open, what was decided on for it is kept "
		"from retention rules, and `qsg erase` warns of it. Close it "
		"when the time in which who asked can complain is over, too. "
		"A closed request is not opened again: log what is asked then "
		"as one of its own.",
	    OPTABLE_ARGS(foi_close_args),
	    .flags = OPS_WRITES,
	    .handler = foi_ops_close,
	    .render = foi_paper_closed },
	{ .name = "foi-consult",
	    .words = "foi consult",
	    .summary = "ask a record's author before it is disclosed",
	    .help =
		"Goes to the record's author alone, which answers with `qsg "
		"foi view`; `qsg foi list` shows both. Do not name who made "
		"the request.",
	    OPTABLE_ARGS(foi_consult_args),
	    .flags = OPS_WRITES,
	    .handler = foi_ops_consult,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "foi-view",
	    .words = "foi view",
	    .summary = "say what this organisation thinks of a disclosure",
	    .help = "Answers a consultation on a record of this organisation's "
		    "own, to whoever asked alone. An objection says why. The "
		    "holder decides; of several views the last counts.",
	    OPTABLE_ARGS(foi_view_args),
	    .flags = OPS_WRITES,
	    .handler = foi_ops_view,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "foi-list",
	    .words = "foi list",
	    .summary = "list requests for information, and consultations",
	    .help = "Requests with their age and on how many records was "
		    "decided; what this organisation asked authors, what it "
		    "was asked as one, and what was said.",
	    .flags = OPS_ALONE,
	    .handler = foi_ops_list,
	    .render = foi_paper_list },
	{ .name = "foi-schedule",
	    .words = "foi schedule",
	    .summary = "show or write the disclosure schedule of a request",
	    .help =
		"Every record that was decided on, with the decision that "
		"counts. With --out a file to hand out: for a spreadsheet, or "
		"a page to print. In that, only what is disclosed whole shows "
		"its text; what authors said when consulted is not in it. Text "
		"that is disclosed in part has to be put in by hand. Without "
		"--out it is shown with all that is known here: not for "
		"handing out.",
	    OPTABLE_ARGS(foi_schedule_args),
	    .handler = foi_ops_schedule,
	    .run = foi_ops_schedule_run,
	    .render = foi_paper_schedule },
	{ .name = "foi-search",
	    .words = "foi search",
	    .summary = "list every record that mentions a term",
	    .help =
		"For a subject access request: looks into every text of every "
		"record that can be read here, own and received, corrected and "
		"retracted ones and housekeeping too, whatever the case and "
		"accents. Give a name in each of its forms. What waits as a "
		"draft or for a second person is not a record yet; what is in "
		"backups and other systems is not looked into.",
	    OPTABLE_ARGS(foi_search_args),
	    .handler = foi_ops_search,
	    .render = foi_paper_found,
	    .when_empty = "nothing mentions that" },
};

struct optable optable_life(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
