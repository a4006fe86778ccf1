#include "app/optable.h"

#include "app/commands.h"
#include "app/saying.h"
#include "app/share_args.h"
#include "view/said_paper.h"

#define TEXT_ARG(help)                                                         \
	{                                                                      \
		"text", "text", "TEXT", (help), OPS_TEXT,                      \
		    OPS_CONTENT | OPS_REQUIRED, NULL                           \
	}

static const struct ops_arg corroborate_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	TEXT_ARG("what you hold that bears it out; - reads standard input"),
	{ "source", "source", "WORD", "where you have it from", OPS_TEXT,
	    OPS_CONTENT, vocab_source },
	{ "not_independent", "not-independent", NULL,
	    "you have it from where the record's author had it", OPS_FLAG, 0,
	    NULL },
	SHARE_TERMS,
};

static const struct ops_arg feedback_args[] = {
	{ "id", "id", "RECORD", "the record's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	TEXT_ARG("what became of it; - reads standard input"),
	{ "outcome", "outcome", "WORD", "in one word", OPS_TEXT, OPS_CONTENT,
	    vocab_outcome },
	{ "to", "to", "WHO",
	    "somebody else who may read it, or a group; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	SHARE_TERMS,
};

static const struct ops_arg ask_args[] = {
	{ "to", "to", "WHO", "whom: name, code, fingerprint, or a group",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_REPEATED, NULL },
	SHARE_CONFIRM_ARGS,
	{ "provider", "provider", "CODE", "about whom: an ODS code", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "theme", "theme", "TEXT", "about a pathway or theme", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "purpose", "purpose", "TEXT", "what it is needed for", OPS_TEXT,
	    OPS_CONTENT | OPS_REQUIRED, NULL },
	{ "already_held", "already-held", "TEXT",
	    "what you hold already, so that nobody gathers it again", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "answer_by", "answer-by", "DATE", "by when", OPS_TEXT, OPS_CONTENT,
	    NULL },
	SHARE_RECORDER_ARGS,
};

static const struct ops_arg answer_args[] = {
	{ "id", "id", "REQUEST", "the request's id, or how it begins", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "text", "text", "TEXT", "the answer; - reads standard input",
	    OPS_TEXT, 0, NULL },
	{ "nothing_held", "nothing-held", NULL,
	    "you looked, and hold nothing on it", OPS_FLAG, 0, NULL },
	{ "refuse", "refuse", "REASON", "you do not give it, and why", OPS_TEXT,
	    0, NULL },
	{ "records", "record", "ID",
	    "a record that is part of the answer; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "to_asker", "to-asker", NULL,
	    "to the asker alone, not to all who were asked", OPS_FLAG, 0,
	    NULL },
	SHARE_TERMS,
};

static const struct ops_arg requests_args[] = {
	{ "open", "open", NULL,
	    "only those that you or those you asked have not answered",
	    OPS_FLAG, 0, NULL },
};

static const struct ops_arg judge_args[] = {
	{ "provider", "provider", "CODE", "whom: an ODS code", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL | OPS_CONTENT, NULL },
	{ "view", "view", "WORD", "which level of surveillance it needs",
	    OPS_TEXT, OPS_REQUIRED | OPS_CONTENT, vocab_view },
	TEXT_ARG("why; - reads standard input"),
	SHARE_READER_ARGS,
	SHARE_TERMS,
};

static const struct ops_arg finding_args[] = {
	{ "provider", "provider", "CODE", "about whom: an ODS code", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL | OPS_CONTENT, NULL },
	{ "what", "what", "WORD", "what kind of act it is", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, vocab_finding },
	{ "value", "value", "WORD",
	    "the rating, finding or act: a word that fits --what", OPS_TEXT,
	    OPS_REQUIRED | OPS_CONTENT, NULL },
	{ "question", "question", "WORD",
	    "of a rating: which of the five questions (default: overall)",
	    OPS_TEXT, OPS_CONTENT, vocab_question },
	TEXT_ARG("what was found or done; - reads standard input"),
	{ "decided_on", "decided-on", "DATE", "when it was decided", OPS_TEXT,
	    OPS_CONTENT, NULL },
	{ "published", "published", "WHERE", "where it can be read", OPS_TEXT,
	    OPS_CONTENT, NULL },
	SHARE_READER_ARGS,
	SHARE_TERMS,
};

static const struct ops_op rows[] = {
	{ .name = "corroborate",
	    .words = "corroborate",
	    .summary = "bear out what another organisation shared",
	    .help =
		"\"Often the information that one party alone has will not "
		"cause concern\": say what you hold yourself that points the "
		"same way. It goes to everybody who reads the record, as far "
		"as this node knows them; who is left out is shown, and why. "
		"You see who reads it and are asked; a script says --yes. The "
		"policy judges it by the record's provider, source and "
		"marking, and by the group that the record was for.\n\n"
		"Say --not-independent when you have it from the same place.",
	    OPTABLE_ARGS(corroborate_args),
	    .flags = OPS_WRITES,
	    .handler = saying_corroborate,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "feedback",
	    .words = "feedback",
	    .summary = "tell a record's author what became of it",
	    .help = "So that those who share hear the outcome. It goes to the "
		    "record's author, and to whoever else is named with --to. "
		    "You see who reads it and are asked; a script says --yes. "
		    "The policy judges it as it would the record.",
	    OPTABLE_ARGS(feedback_args),
	    .flags = OPS_WRITES,
	    .handler = saying_feedback,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "ask",
	    .words = "ask",
	    .summary = "ask others for what they hold",
	    .help =
		"Asks about a provider or a theme. Say what it is needed for, "
		"and what you hold already. `qsg requests` shows who has "
		"answered, who refused and why, and who has not answered yet, "
		"since when. Nobody is obliged to answer.",
	    OPTABLE_ARGS(ask_args),
	    .flags = OPS_WRITES,
	    .handler = saying_ask,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "answer",
	    .words = "answer",
	    .summary = "answer an information request, or refuse it",
	    .help =
		"One of --text, --nothing-held and --refuse. The answer goes "
		"to whoever asked and to all who were asked with you, or with "
		"--to-asker to the asker alone. You see who reads it and are "
		"asked; a script says --yes. Of several answers your last one "
		"counts.\n\n"
		"With --record an answer names what it rests on, by its id "
		"or how that begins. The name alone goes along: whoever could "
		"not read the record before can't read it now, and you are "
		"told who that is. Share it with them first (`qsg share`), or "
		"say what they need in --text. The policy judges the answer by "
		"what it names, too: a record that is never shared with them "
		"stops it.",
	    OPTABLE_ARGS(answer_args),
	    .flags = OPS_WRITES,
	    .handler = saying_answer,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "requests",
	    .words = "requests",
	    .summary = "list information requests and their answers",
	    .help = "Requests by and to this organisation, with what each of "
		    "those asked has said. No answer yet is not the same as "
		    "nothing held.",
	    OPTABLE_ARGS(requests_args),
	    .handler = saying_requests,
	    .render = said_paper_requests,
	    .when_empty = "no requests" },
	{ .name = "judge",
	    .words = "judge",
	    .summary = "say how closely a provider should be watched",
	    .help =
		"This organisation's own view of a provider; its newest one "
		"counts. Others' views stand beside it, and none overrules "
		"another: what a group concludes is another matter.",
	    OPTABLE_ARGS(judge_args),
	    .flags = OPS_WRITES,
	    .handler = saying_judge,
	    .run = commands_share,
	    .render = said_paper_result },
	{ .name = "finding",
	    .words = "finding",
	    .summary = "record what a regulator finds or does in its own right",
	    .help =
		"A rating, finding or enforcement is CQC's, an intervention "
		"Monitor's or the NHS TDA's, a restriction a professional "
		"regulator's. From anybody else it is refused here, and does "
		"not count where it is read. Anybody may cite one: `qsg share "
		"--source cqc`.\n\n"
		"With --dry-run you see whom it would go to, what the guard "
		"finds and whether it is yours to make, and nothing is "
		"recorded.\n\n"
		"Values of a rating: outstanding, good, requires-improvement, "
		"inadequate; of a finding: breach, potential-breach, "
		"no-breach; those of the others are in `man qsg`, WORDS, and "
		"in the message when one does not fit.",
	    OPTABLE_ARGS(finding_args),
	    .flags = OPS_WRITES,
	    .handler = saying_finding,
	    .run = commands_share,
	    .render = said_paper_result },
};

struct optable optable_intel(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
