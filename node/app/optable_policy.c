#include "app/optable.h"

#include "app/commands.h"
#include "app/policing.h"
#include "view/policy_json.h"
#include "view/report.h"

static const struct ops_arg set_args[] = {
	{ "file", "file", "FILE", "the policy's file, - for standard input",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_CLI_ONLY, NULL },
	{ "text", "text", "TEXT", "the policy", OPS_TEXT,
	    OPS_REQUIRED | OPS_API_ONLY, NULL },
};

static const struct ops_arg test_args[] = {
	{ "to", "to", "WHO",
	    "a reader's name, code or fingerprint, or a group; may be repeated",
	    OPS_TEXT, OPS_REQUIRED | OPS_REPEATED, NULL },
	{ "type", "type", "TYPE",
	    "of content: intelligence (unless given), indicator, "
	    "corroboration, feedback, request, answer, judgement, finding, "
	    "relation, retraction",
	    OPS_TEXT, 0, NULL },
	{ "provider", "provider", "CODE", "about whom: an ODS code", OPS_TEXT,
	    0, NULL },
	{ "source", "source", "WORD", "where it is from", OPS_TEXT, 0,
	    vocab_source },
	{ "kind", "kind", "WORD", "data, or what people say", OPS_TEXT, 0,
	    vocab_kind },
	{ "stance", "stance", "WORD", "what it speaks for", OPS_TEXT, 0,
	    vocab_stance },
	{ "significant", "significant", NULL, "it is a significant concern",
	    OPS_FLAG, 0, NULL },
	{ "marking", "marking", "WORD", "how readers should treat it", OPS_TEXT,
	    0, vocab_marking },
};

#define RELEASE_ID                                                             \
	{                                                                      \
		"id", "id", "ID", "its number, as `release list` shows it",    \
		    OPS_NUMBER, OPS_REQUIRED | OPS_POSITIONAL, NULL            \
	}

static const struct ops_arg look_args[] = { RELEASE_ID };

#define RELEASE_ARGS(what)                                                     \
	RELEASE_ID,                                                            \
	{                                                                      \
		"person", "person", "NAME",                                    \
		    "who " what " it: not the one who asked; where there are " \
		    "several accounts it is the account",                      \
		    OPS_TEXT, 0, NULL                                          \
	}

static const struct ops_arg approve_args[] = { RELEASE_ARGS("approves") };

static const struct ops_arg refuse_args[] = {
	RELEASE_ARGS("refuses"),
	{ "reason", "reason", "TEXT", "why; it is logged", OPS_TEXT,
	    OPS_REQUIRED, NULL },
};

static const struct ops_op rows[] = {
	{ .name = "policy-show",
	    .words = "policy show",
	    .summary = "show the sharing policy in force",
	    .help = "The text as it was set, the record it stands in, and "
		    "since when. Without a policy, naming organisations is the "
		    "decision to share, and for a group you are asked.",
	    .handler = policing_show,
	    .render = policy_json_render },
	{ .name = "policy-set",
	    .words = "policy set",
	    .summary = "put a sharing policy in force",
	    .help =
		"A policy is a text file with rules in their order, each under "
		"a line [rule], with lines such as `source = whistleblower, "
		"patient`, `group = any` and `verdict = never`; a line that "
		"begins with # is a comment. `man qsg` shows a whole one. The "
		"first rule whose conditions all fit decides.\n\n"
		"Conditions are type (intelligence, indicator, corroboration, "
		"feedback, request, answer, judgement, finding, relation, "
		"grant, retraction, action, action-step, and of a risk "
		"summit summit-trigger, -request, -response, -judgement, "
		"-impact, -ring, -invitation, -meeting, -entry, -check, "
		"-stand-down and -objection), "
		"source, marking, kind, stance, sensitivity (significant or "
		"ordinary), provider, group (a name, an id or its first 16 "
		"digits, or any) and to (an organisation). A name that several "
		"known groups have, and fewer digits, never make anything "
		"milder; a whole id is sure. Verdicts are share, ask me, four "
		"eyes and "
		"never. Where no rule fits, it is ask me. With several readers "
		"the strictest counts for all. A "
		"corroboration, feedback or an answer is judged by the record "
		"that it speaks of: its provider, source and marking, and the "
		"group that it was for.\n\n"
		"A policy that contradicts itself is refused, naming both "
		"lines. The one set last is in force, from that moment on; "
		"each is kept in a record for this organisation alone.",
	    OPTABLE_ARGS(set_args),
	    .flags = OPS_WRITES,
	    .handler = policing_set,
	    .run = policing_set_run,
	    .render = policy_json_render_set },
	{ .name = "policy-test",
	    .words = "policy test",
	    .summary = "explain what the policy says, sealing nothing",
	    .help =
		"For each reader the rule that decides, with its line, and "
		"what follows for all of them. Of a corroboration, feedback "
		"or an answer, --provider, --source and the like are those "
		"of the record that it would speak of.",
	    OPTABLE_ARGS(test_args),
	    .handler = policing_test,
	    .render = policy_json_render_test },
	{ .name = "release-list",
	    .words = "release list",
	    .summary = "list what waits for a second person",
	    .help =
		"What a rule of four eyes holds back: who asked, since "
		"when it waits, who would read it, and the text; `qsg release "
		"show ID` shows all of one. So are "
		"drafts whose readers changed before they could be sealed: "
		"who is to read them now, and who no longer does. One "
		"person, whoever asked, may approve or refuse such a draft, "
		"unless a rule asks for two.",
	    .handler = policing_list,
	    .render = policy_json_render_pending,
	    .when_empty = "nothing waits for a second person" },
	{ .name = "release-show",
	    .words = "release show",
	    .summary = "show all of what waits, before deciding on it",
	    .help =
		"All that its readers would get, as `qsg record` shows it once "
		"it is shared: where and when, the text, what it does not say, "
		"how it may be passed on, what it refers to, every row. Who "
		"asked and who would read it, by which rule it waits, and, "
		"where there is one, why the guard was overridden or CQC left "
		"out. Who the source was is not shown.",
	    OPTABLE_ARGS(look_args),
	    .handler = policing_look,
	    .render = policy_json_render_waiting },
	{ .name = "release-approve",
	    .words = "release approve",
	    .summary = "share what waits, as the second person",
	    .help =
		"What would be shared `qsg release show` shows whole. It is "
		"shared as if it had been asked for now: the policy, the guard "
		"and the readers are looked at again. When the readers are not "
		"those it was asked for, nothing is shared and it says who "
		"came and who left. Both names are kept with the rule in a "
		"record for this organisation alone. Nobody proves a name: who "
		"may use this node is up to the organisation.",
	    OPTABLE_ARGS(approve_args),
	    .flags = OPS_WRITES,
	    .handler = policing_approve,
	    .run = commands_share,
	    .render = report_shared },
	{ .name = "release-refuse",
	    .words = "release refuse",
	    .summary = "let go of what waits, unshared",
	    .help =
		"As the second person: `qsg release list` shows what waits, "
		"under which number, and `qsg release show` all of one. It is "
		"not shared, and cannot be brought back: whoever asked may ask "
		"again, with other words or for other readers. Whoever asked "
		"cannot refuse it, as they cannot approve it.\n\n"
		"Who asked, who refused and why, what it was about and who was "
		"to read it are kept in a record for this organisation alone; "
		"the text is not. For example: `qsg release refuse 2 --person "
		"\"Director of Nursing\" --reason \"it would name the "
		"ward\"`.",
	    OPTABLE_ARGS(refuse_args),
	    .flags = OPS_WRITES,
	    .handler = policing_refuse,
	    .render = policy_json_render_refused },
};

struct optable optable_policy(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
