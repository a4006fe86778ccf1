#include "app/optable.h"

#include "app/commands.h"
#include "app/summiting.h"
#include "domain/summit_words.h"
#include "view/summit_said.h"

/* Who records it, and on what terms: of each of these. */
#define RECORDER_ARGS                                                          \
	{ "role", "role", "WORD", "who records it (default administrator)",    \
		OPS_TEXT, 0, vocab_role },                                     \
	    { "person", "person", "NAME",                                      \
		    "their name, if readers should see it", OPS_TEXT, 0,       \
		    NULL },                                                    \
	    { "asked_by", "asked-by", "WHO",                                   \
		    "who asks, where a second person has to see it; kept "     \
		    "here, never shared",                                      \
		    OPS_TEXT, 0, NULL },                                       \
	    { "override", "override", "REASON",                                \
		    "record it although the guard found identifiers; the "     \
		    "reason is logged",                                        \
		    OPS_TEXT, 0, NULL },                                       \
	{                                                                      \
		"dry_run", "dry-run", NULL,                                    \
		    "show who would read it, what would be granted and what "  \
		    "the guard finds; record nothing",                         \
		    OPS_FLAG, 0, NULL                                          \
	}

#define CONFIRM_ARGS                                                           \
	{ "yes", "yes", NULL,                                                  \
		"confirm the readers without being asked, for scripts",        \
		OPS_FLAG, 0, NULL },                                           \
	{                                                                      \
		"confirmed", "confirmed", "LIST", "the readers shown",         \
		    OPS_TEXT, OPS_API_ONLY, NULL                               \
	}

#define TERMS CONFIRM_ARGS, RECORDER_ARGS

#define SUMMIT_ARG                                                             \
	{                                                                      \
		"id", "id", "SUMMIT", "the summit's id, or how it begins",     \
		    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, NULL              \
	}

#define TEXT_ARG(help, flags)                                                  \
	{                                                                      \
		"text", "text", "TEXT", (help), OPS_TEXT, (flags), NULL        \
	}

#define EVIDENCE_ARG                                                           \
	{                                                                      \
		"records", "evidence", "RECORD",                               \
		    "a record that it rests on, granted to those who lack "    \
		    "it; may be repeated",                                     \
		    OPS_TEXT, OPS_REPEATED, NULL                               \
	}

#define PROVIDER_ARG                                                           \
	{                                                                      \
		"provider", "provider", "CODE", "about whom: an ODS code",     \
		    OPS_TEXT, OPS_REQUIRED, NULL                               \
	}

#define CONCERN_ARG                                                            \
	{                                                                      \
		"text", "concern", "TEXT",                                     \
		    "what you fear, and why; - reads standard input",          \
		    OPS_TEXT, OPS_REQUIRED, NULL                               \
	}

#define URGENCY_ARG                                                            \
	{                                                                      \
		"urgency", "urgency", "WORD", "how soon it is to be judged",   \
		    OPS_TEXT, OPS_REQUIRED, summit_urgencies                   \
	}

static const struct ops_arg trigger_args[] = {
	PROVIDER_ARG,
	CONCERN_ARG,
	URGENCY_ARG,
	EVIDENCE_ARG,
	{ "group", "group", "GROUP",
	    "the group whose members are alerted (default: the provider's "
	    "home group, if you are in it)",
	    OPS_TEXT, 0, NULL },
	{ "invite", "invite", "WHO",
	    "call this organisation, too; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	{ "without", "without", "WHO",
	    "do not call this one, though it is proposed; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	{ "names", "answers", "REQUEST",
	    "the request of another organisation that you answer by it",
	    OPS_TEXT, 0, NULL },
	{ "anyway", "anyway", NULL,
	    "although a summit for this provider is open", OPS_FLAG, 0, NULL },
	TERMS,
};

static const struct ops_arg request_args[] = {
	PROVIDER_ARG,
	CONCERN_ARG,
	URGENCY_ARG,
	EVIDENCE_ARG,
	{ "to", "to", "WHO",
	    "the statutory organisation that you ask; may be repeated",
	    OPS_TEXT, OPS_REQUIRED | OPS_REPEATED, NULL },
	TERMS,
};

static const struct ops_arg respond_args[] = {
	SUMMIT_ARG,
	{ "answer", "answer", "attending|sending-information|nothing-held",
	    "your organisation's answer", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, summit_answers },
	TEXT_ARG("what you say to it; - reads standard input", 0),
	EVIDENCE_ARG,
	TERMS,
};

static const struct ops_arg judge_args[] = {
	SUMMIT_ARG,
	{ "finding", "finding", "WORD",
	    "CQC: breach, potential-breach or no-breach; others: "
	    "serious-failing, potential-serious-failing or none",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	TEXT_ARG("the grounds; - reads standard input", OPS_REQUIRED),
	EVIDENCE_ARG,
	TERMS,
};

static const struct ops_arg impact_args[] = {
	SUMMIT_ARG,
	{ "act", "act", "ask|answer", "whether you ask or answer", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "considered", "considered", "TEXT",
	    "of a question: the action that you consider", OPS_TEXT, 0, NULL },
	{ "names", "question", "ID", "of an answer: the question", OPS_TEXT, 0,
	    NULL },
	TEXT_ARG(
	    "what else you ask, or your answer; - reads standard input", 0),
	EVIDENCE_ARG,
	TERMS,
};

static const struct ops_arg ring_args[] = {
	SUMMIT_ARG,
	{ "act", "act", "nominate|accept|decline|agree|hand-over|take",
	    "what you do", OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL,
	    summit_ring_acts },
	{ "organisation", "organisation", "ORG",
	    "of nominate, agree, hand-over: whom", OPS_TEXT, OPS_POSITIONAL,
	    NULL },
	TEXT_ARG("why; - reads standard input", 0),
	TERMS,
};

static const struct ops_arg convene_args[] = {
	SUMMIT_ARG,
	{ "at", "at", "TIME",
	    "when: 2014-01-31T17:00 in London, or with its zone", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	{ "place", "place", "TEXT", "where, or how to join", OPS_TEXT,
	    OPS_REQUIRED, NULL },
	{ "purpose", "purpose", "WORD",
	    "what it is for (default: what comes next)", OPS_TEXT, 0,
	    summit_purposes },
	{ "names", "replaces", "MEETING", "the meeting that is moved", OPS_TEXT,
	    0, NULL },
	TEXT_ARG(
	    "what else those invited should know; - reads standard input", 0),
	TERMS,
};

static const struct ops_arg meeting_args[] = {
	SUMMIT_ARG,
	{ "act", "act", "attend|note|agree|dissent", "what you record",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, summit_entry_acts },
	{ "names", "meeting", "ID",
	    "which meeting, or note (default: the one held last)", OPS_TEXT, 0,
	    NULL },
	{ "people", "who", "ROLE=NAME",
	    "of attend: who was there, with or without =NAME; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	{ "from", "from", "TIME", "of attend: from when they were there",
	    OPS_TEXT, 0, NULL },
	{ "until", "until", "TIME", "of attend: until when", OPS_TEXT, 0,
	    NULL },
	TEXT_ARG("the note itself, or why; - reads standard input", 0),
	EVIDENCE_ARG,
	TERMS,
};

static const struct ops_arg invite_args[] = {
	SUMMIT_ARG,
	{ "organisation", "organisation", "ORG", "whom", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "grant", "grant", "RECORD",
	    "a record that it is granted; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	TEXT_ARG("what you say to it; - reads standard input", 0),
	TERMS,
};

static const struct ops_arg check_args[] = {
	SUMMIT_ARG,
	{ "check", "check",
	    "professional-standards|adult-safeguarding|child-safeguarding",
	    "which of the three", OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL,
	    summit_checks },
	{ "answer", "answer", "WORD", "what was found, or done", OPS_TEXT,
	    OPS_REQUIRED, summit_check_answers },
	TEXT_ARG("who was told, and when; - reads standard input", 0),
	EVIDENCE_ARG,
	TERMS,
};

static const struct ops_arg stand_down_args[] = {
	SUMMIT_ARG,
	{ "reason", "reason", "TEXT", "why it is over", OPS_TEXT, OPS_REQUIRED,
	    NULL },
	TERMS,
};

static const struct ops_arg object_args[] = {
	SUMMIT_ARG,
	TEXT_ARG("what you object to it; - reads standard input", OPS_REQUIRED),
	{ "names", "to", "RECORD",
	    "what you object to (default: the standing down)", OPS_TEXT, 0,
	    NULL },
	TERMS,
};

static const struct ops_op rows[] = {
	{ .name = "summit-trigger",
	    .words = "summit trigger",
	    .summary =
		"call a risk summit: a provider may be failing seriously",
	    .help =
		"For statutory organisations. Whoever should know is proposed "
		"from what is known of the provider, each with the reason: its "
		"host and associate commissioners, CQC, Monitor for a "
		"foundation trust, the NHS TDA for an NHS trust, NHS England "
		"for primary care, its home group. --invite adds one, "
		"--without leaves one out, --dry-run shows the list and "
		"records nothing.\n\n"
		"Each of them reads the trigger and its evidence, as far as "
		"the evidence's own rules let it be granted, and is alarmed "
		"until a person has answered. The provider reads nothing of "
		"it; invite it later, if you wish.\n\n"
		"Whoever is not statutory asks one that is, with `qsg summit "
		"request`.",
	    OPTABLE_ARGS(trigger_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_trigger,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-request",
	    .words = "summit request",
	    .summary = "ask a statutory organisation to trigger a risk summit",
	    .help = "For organisations that may not trigger one themselves, "
		    "such as voluntary ones. Those asked alone read it.",
	    OPTABLE_ARGS(request_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_request,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-respond",
	    .words = "summit respond",
	    .summary = "answer a trigger or an invitation",
	    .help = "It ends the alarm here. That you hold nothing is an "
		    "answer, and no assurance; without one the others see that "
		    "none has come yet. With --evidence you name what you "
		    "send, and it is granted. Your newest answer counts.",
	    OPTABLE_ARGS(respond_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_respond,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-judge",
	    .words = "summit judge",
	    .summary = "record your organisation's judgement",
	    .help = "Judgements stand side by side, and no majority overrides "
		    "one. Breaches of the essential standards are CQC's alone "
		    "to find, and stay open until CQC has set an action "
		    "(`qsg action add --summit SUMMIT --judgement ID`). Your "
		    "newest counts, and the others stay to be seen.",
	    OPTABLE_ARGS(judge_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_judge,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-impact",
	    .words = "summit impact",
	    .summary = "ask what an action considered would do, or answer",
	    .help = "A rapid impact assessment, such as of closing a service: "
		    "`ask --considered TEXT`, then `answer --question ID "
		    "--text TEXT`.",
	    OPTABLE_ARGS(impact_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_impact,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-ring",
	    .words = "summit ring",
	    .summary = "agree who holds the ring",
	    .help =
		"One organisation coordinates the response. Any statutory one "
		"in the circle nominates (itself, too), the one nominated "
		"accepts, and more than half of them agree; each has one "
		"voice in a term, and it stays. The provider and those "
		"invited have none.\n\n"
		"Where nobody is agreed in time, NHS England takes it, with "
		"`take`. Whoever holds the ring hands it over to one that "
		"accepts.",
	    OPTABLE_ARGS(ring_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_ring,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-convene",
	    .words = "summit convene",
	    .summary = "call a meeting of the summit, or move one",
	    .help = "The meeting to judge is called by whoever triggered the "
		    "summit, any by the ring-holder. One that is moved with "
		    "--replaces stays to be seen beside the new time.",
	    OPTABLE_ARGS(convene_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_convene,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-meeting",
	    .words = "summit meeting",
	    .summary = "record attendance, the note, agreement or dissent",
	    .help = "Each organisation records its own attendance. The note is "
		    "that of whoever called the meeting; every party agrees to "
		    "it, or dissents and says why, and silence is neither.",
	    OPTABLE_ARGS(meeting_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_meeting,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-invite",
	    .words = "summit invite",
	    .summary = "invite another party, such as the provider",
	    .help = "It reads the invitation, with who is in the summit, and "
		    "what is granted to it, and nothing else. It has no voice "
		    "for the ring and makes no judgement.",
	    OPTABLE_ARGS(invite_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_invite,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-check",
	    .words = "summit check",
	    .summary = "answer one of the three checks",
	    .help = "Due once a judgement is made, on the ring-holder, and "
		    "until there is one on whoever triggered. That something "
		    "arises leaves a check open; referred, protocol-followed "
		    "and board-engaged close theirs.",
	    OPTABLE_ARGS(check_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_check,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-stand-down",
	    .words = "summit stand-down",
	    .summary = "end a summit whose work is done",
	    .help = "The ring-holder's. It names what is still open, and does "
		    "not go on before that is closed or handed over. The "
		    "provider stays under regular review until the group's "
		    "next agreed note.",
	    OPTABLE_ARGS(stand_down_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_stand_down,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-object",
	    .words = "summit object",
	    .summary = "object to what was recorded in a summit",
	    .help = "It stands beside what you object to, and undoes nothing.",
	    OPTABLE_ARGS(object_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_object,
	    .run = commands_share,
	    .render = summit_said_paper },
};

struct optable optable_summits(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
