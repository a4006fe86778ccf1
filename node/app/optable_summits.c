#include "app/optable.h"

#include "app/commands.h"
#include "app/share_args.h"
#include "app/summiting.h"
#include "domain/summit_words.h"
#include "view/summit_said.h"

#define SUMMIT_ARG                                                             \
	{                                                                      \
		"id", "id", "SUMMIT", "the summit's id, or how it begins",     \
		    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, NULL              \
	}

#define TEXT_ARG(help, flags)                                                  \
	{                                                                      \
		"text", "text", "TEXT", (help), OPS_TEXT, (flags), NULL        \
	}

#define RECORDS_ARG(help)                                                      \
	{                                                                      \
		"records", "evidence", "RECORD", (help), OPS_TEXT,             \
		    OPS_REPEATED, NULL                                         \
	}

#define EVIDENCE_ARG                                                           \
	RECORDS_ARG("a record that it rests on, granted to those who lack "    \
		    "it; may be repeated")

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
	SHARE_TERMS,
};

static const struct ops_arg request_args[] = {
	PROVIDER_ARG,
	CONCERN_ARG,
	URGENCY_ARG,
	EVIDENCE_ARG,
	{ "to", "to", "WHO",
	    "the statutory organisation that you ask; may be repeated",
	    OPS_TEXT, OPS_REQUIRED | OPS_REPEATED, NULL },
	SHARE_TERMS,
};

static const struct ops_arg respond_args[] = {
	SUMMIT_ARG,
	{ "answer", "answer", "attending|sending-information|nothing-held",
	    "your organisation's answer", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, summit_answers },
	TEXT_ARG("what you say to it; - reads standard input", 0),
	RECORDS_ARG("a record that you send, granted to those who lack it; may "
		    "be repeated"),
	SHARE_TERMS,
};

static const struct ops_arg judge_args[] = {
	SUMMIT_ARG,
	{ "finding", "finding", "WORD",
	    "CQC: breach, potential-breach or no-breach; others: "
	    "serious-failing, potential-serious-failing or none",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	TEXT_ARG("the grounds; - reads standard input", OPS_REQUIRED),
	EVIDENCE_ARG,
	SHARE_TERMS,
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
	SHARE_TERMS,
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
	SHARE_TERMS,
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
	TEXT_ARG("what else they should know; - reads standard input", 0),
	SHARE_TERMS,
};

static const struct ops_arg meeting_args[] = {
	SUMMIT_ARG,
	{ "act", "act", "attend|note|agree|dissent", "what you record",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL, summit_entry_acts },
	{ "names", "meeting", "ID",
	    "which meeting, or note (default: of the meeting begun last)",
	    OPS_TEXT, 0, NULL },
	{ "people", "who", "ROLE=NAME",
	    "of attend: who of you was there, with or without =NAME; may be "
	    "repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	{ "from", "from", "TIME", "of attend: from when they were there",
	    OPS_TEXT, 0, NULL },
	{ "until", "until", "TIME", "of attend: until when", OPS_TEXT, 0,
	    NULL },
	TEXT_ARG(
	    "the note itself, or why you dissent; - reads standard input", 0),
	EVIDENCE_ARG,
	SHARE_TERMS,
};

static const struct ops_arg invite_args[] = {
	SUMMIT_ARG,
	{ "organisation", "organisation", "ORG", "whom you invite", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "grant", "grant", "RECORD",
	    "a record that it is granted; may be repeated", OPS_TEXT,
	    OPS_REPEATED, NULL },
	TEXT_ARG("what you say to it; - reads standard input", 0),
	SHARE_TERMS,
};

static const struct ops_arg check_args[] = {
	SUMMIT_ARG,
	{ "check", "check",
	    "professional-standards|adult-safeguarding|child-safeguarding",
	    "which of the three", OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL,
	    summit_checks },
	{ "answer", "answer", "WORD", "what was found, or done", OPS_TEXT,
	    OPS_REQUIRED, summit_check_answers },
	TEXT_ARG("who was told, and when: needed unless nothing arises; - "
		 "reads standard input",
	    0),
	EVIDENCE_ARG,
	SHARE_TERMS,
};

static const struct ops_arg stand_down_args[] = {
	SUMMIT_ARG,
	{ "reason", "reason", "TEXT", "why it is over", OPS_TEXT, OPS_REQUIRED,
	    NULL },
	SHARE_TERMS,
};

static const struct ops_arg object_args[] = {
	SUMMIT_ARG,
	TEXT_ARG("your objection; - reads standard input", OPS_REQUIRED),
	{ "names", "to", "RECORD",
	    "the record that you object to (default: the standing down)",
	    OPS_TEXT, 0, NULL },
	SHARE_TERMS,
};

static const struct ops_op rows[] = {
	{ .name = "summit-trigger",
	    .words = "summit trigger",
	    .summary =
		"call a risk summit: a provider may be failing seriously",
	    .help = "For statutory organisations. Whoever should know is "
		    "proposed from what is known of the provider (`qsg "
		    "provider relate`), each with the reason: its host and "
		    "associate commissioners, CQC, Monitor for a foundation "
		    "trust, the NHS TDA for an NHS trust, NHS England for "
		    "primary care, its home group. --invite adds one, "
		    "--without leaves one out, --dry-run shows the list and "
		    "records nothing.\n\n"
		    "Each of them reads the trigger and its evidence, as far "
		    "as the evidence's own rules let it be granted, and is "
		    "alarmed until a person has answered or said that it was "
		    "seen. A node that is off hears of it when it is back: "
		    "until then `qsg summit show` says that it was not "
		    "reached, and you telephone. The provider reads nothing "
		    "of it; invite it later, if you wish.\n\n"
		    "The last line printed is the summit's id. Whoever is not "
		    "statutory asks one that is, with `qsg summit request`.",
	    OPTABLE_ARGS(trigger_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_trigger,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-request",
	    .words = "summit request",
	    .summary = "ask a statutory organisation to trigger a risk summit",
	    .help = "For organisations that may not trigger one themselves, "
		    "such as voluntary ones. Those asked alone read it, and "
		    "decide for themselves; one that triggers names it with "
		    "--answers. `qsg summit requests` shows what became of "
		    "it.",
	    OPTABLE_ARGS(request_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_request,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-respond",
	    .words = "summit respond",
	    .summary = "answer a trigger or an invitation",
	    .help = "It ends the alarm here. That you hold nothing is an "
		    "answer, and no assurance about the provider. Until you "
		    "answer the others see that no answer has come, and never "
		    "that you hold nothing. With --evidence you name what you "
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
		    "one. serious-failing: there has been a serious quality "
		    "failing; potential-serious-failing: there is the "
		    "potential for one; none: neither. Breaches of the "
		    "essential standards are CQC's alone to find, and stay "
		    "open until CQC has set an action (`qsg action add "
		    "--summit SUMMIT --judgement ID`). Your newest counts, "
		    "and the others stay to be seen.\n\n"
		    "With the first one the three checks fall due, and the "
		    "time to agree on who holds the ring begins; with the "
		    "first that finds a failing, the time to meet and "
		    "respond.",
	    OPTABLE_ARGS(judge_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_judge,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-impact",
	    .words = "summit impact",
	    .summary = "ask what an action considered would do, or answer",
	    .help = "A rapid impact assessment, such as CQC asks for before it "
		    "closes a service; all but those invited may ask: `ask "
		    "--considered TEXT`, then `answer --question ID --text "
		    "TEXT`.",
	    OPTABLE_ARGS(impact_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_impact,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-ring",
	    .words = "summit ring",
	    .summary = "agree who holds the ring",
	    .help = "One organisation coordinates the response. Any statutory "
		    "one that triggered or was called or alerted may "
		    "`nominate ORG`, itself, too; the one nominated says "
		    "`accept` or `decline`; and once more than half of them "
		    "`agree ORG` it holds the ring. Each has one voice in a "
		    "term, and it stays. The provider and those invited have "
		    "none.\n\n"
		    "Where nobody is agreed in time (24 hours from the first "
		    "judgement, or what the group's charter says), NHS "
		    "England says `take`: it is not made to, and nobody does "
		    "it instead. Whoever holds the ring may `hand-over ORG`, "
		    "and holds it until that one says `accept`.",
	    OPTABLE_ARGS(ring_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_ring,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-convene",
	    .words = "summit convene",
	    .summary = "call a meeting of the summit, or move one",
	    .help = "Whoever triggered the summit calls the meeting to judge; "
		    "the ring-holder calls any. One that is moved with "
		    "--replaces stays to be seen beside the new time.\n\n"
		    "Those in the summit are told, but not those invited: "
		    "tell these yourself. Nobody's calendar or telephone "
		    "hears of it.",
	    OPTABLE_ARGS(convene_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_convene,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-meeting",
	    .words = "summit meeting",
	    .summary = "record attendance, the note, agreement or dissent",
	    .help = "Each organisation records its own attendance. The note "
		    "is that of whoever called the meeting; the others agree "
		    "to it, or dissent and say why, and silence is neither. "
		    "Those invited do not read it; they may be granted it "
		    "(`qsg grant`).",
	    OPTABLE_ARGS(meeting_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_meeting,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-invite",
	    .words = "summit invite",
	    .summary = "invite another party, such as the provider",
	    .help = "It reads the invitation, with who is in the summit, what "
		    "is granted to it and the actions that are set for it, "
		    "and nothing else. What it says goes to those whom the "
		    "invitation went to. It has no voice for the ring and "
		    "makes no judgement.",
	    OPTABLE_ARGS(invite_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_invite,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-check",
	    .words = "summit check",
	    .summary = "answer one of the three checks",
	    .help = "They fall due with the first judgement, on the "
		    "ring-holder, and until there is one on whoever "
		    "triggered. `nothing-arises` closes any of them, and "
		    "`arises` leaves it open. Else professional-standards is "
		    "closed by `referred`, adult-safeguarding by "
		    "`protocol-followed`, child-safeguarding by "
		    "`board-engaged`. The newest answer counts.",
	    OPTABLE_ARGS(check_args),
	    .flags = OPS_WRITES,
	    .handler = summiting_check,
	    .run = commands_share,
	    .render = summit_said_paper },
	{ .name = "summit-stand-down",
	    .words = "summit stand-down",
	    .summary = "end a summit whose work is done",
	    .help = "The ring-holder's. It names what is still open (checks, "
		    "actions, a breach that CQC has set no action on), and "
		    "does not go on before that is done. A judgement of a "
		    "failing, or an action, that comes later or was not known "
		    "here opens the summit again. The provider stays under "
		    "regular review until the group's convenor judges it "
		    "anew.",
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
