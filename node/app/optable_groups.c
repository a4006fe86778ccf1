#include "app/optable.h"

#include "app/grouping.h"
#include "view/group_paper.h"

#define GROUP_ARG                                                              \
	{                                                                      \
		"group", "group", "GROUP",                                     \
		    "the group's name, or how its id begins", OPS_TEXT,        \
		    OPS_REQUIRED | OPS_POSITIONAL, NULL                        \
	}

#define WHO_ARG(help)                                                          \
	{                                                                      \
		"who", "who", "ORG", help, OPS_TEXT,                           \
		    OPS_REQUIRED | OPS_POSITIONAL, NULL                        \
	}

#define REASON_ARG(help, flags)                                                \
	{                                                                      \
		"reason", "reason", "TEXT", help, OPS_TEXT, flags, NULL        \
	}

#define DECIDED_ARG                                                            \
	{                                                                      \
		"decided_on", "decided-on", "DATE",                            \
		    "when the group decided it", OPS_TEXT, 0, NULL             \
	}

#define PEOPLE_ARGS                                                            \
	{ "role", "role", "TEXT", "the post of who represents it", OPS_TEXT,   \
		0, NULL },                                                     \
	{                                                                      \
		"person", "person", "TEXT",                                    \
		    "who represents it: a post, or with --role a name",        \
		    OPS_TEXT, 0, NULL                                          \
	}

#define STAND_IN_ARG                                                           \
	{                                                                      \
		"represented_by", "represented-by", "ORG",                     \
		    "whose people stand for it, too", OPS_TEXT, 0, NULL        \
	}

static const struct ops_arg create_args[] = {
	{ "name", "name", "NAME", "the group's name", OPS_TEXT,
	    OPS_REQUIRED | OPS_POSITIONAL, NULL },
	{ "level", "level", "WORD", "what it is", OPS_TEXT, OPS_REQUIRED,
	    vocab_level },
	{ "region", "region", "NAME",
	    "the regional group that a local one reports to", OPS_TEXT, 0,
	    NULL },
	{ "file", "charter", "FILE",
	    "its charter; see `qsg group charter`; - reads standard input",
	    OPS_TEXT, OPS_CLI_ONLY, NULL },
	{ "charter", "charter", NULL, "fields of the charter", OPS_OBJECT,
	    OPS_API_ONLY, NULL },
	PEOPLE_ARGS,
};

static const struct ops_arg charter_args[] = {
	{ "level", "level", "WORD", "for such a group (default local)",
	    OPS_TEXT, 0, vocab_level },
};

static const struct ops_arg invite_args[] = {
	GROUP_ARG,
	{ "who", "who", "CARD|ORG",
	    "files of cards, and organisations known here, as many as you like",
	    OPS_TEXT, OPS_REQUIRED | OPS_POSITIONAL | OPS_REPEATED, NULL },
	{ "cards", "cards", "TEXT", "cards, as text", OPS_TEXT,
	    OPS_REPEATED | OPS_API_ONLY, NULL },
	{ "as", "as", "KIND",
	    "the kind of them all, as the roster states it: see below",
	    OPS_TEXT, OPS_REQUIRED, NULL },
	PEOPLE_ARGS,
	{ "sender_only", "sender-only", NULL,
	    "it may send to the group, and is not sent to", OPS_FLAG, 0, NULL },
	STAND_IN_ARG,
	{ "fingerprint", "fingerprint", "FINGERPRINT",
	    "what they read to you, one for each new card; may be repeated",
	    OPS_TEXT, OPS_REPEATED, NULL },
	REASON_ARG("why", 0),
	DECIDED_ARG,
};

static const struct ops_arg join_args[] = {
	GROUP_ARG,
	REASON_ARG("said beside it", 0),
	{ "convenor", "convenor", "ORG",
	    "believe this organisation that it convenes the group now",
	    OPS_TEXT, 0, NULL },
	{ "yes", "yes", NULL, "do not ask", OPS_FLAG, OPS_CLI_ONLY, NULL },
};

static const struct ops_arg act_args[] = {
	GROUP_ARG,
	REASON_ARG("said beside it", 0),
};

static const struct ops_arg leave_args[] = {
	GROUP_ARG,
	REASON_ARG("said beside it", 0),
	{ "yes", "yes", NULL, "do not ask", OPS_FLAG, OPS_CLI_ONLY, NULL },
};

static const struct ops_arg remove_args[] = {
	GROUP_ARG,
	WHO_ARG("its name, code or fingerprint"),
	REASON_ARG("what the group decided, and why", OPS_REQUIRED),
	DECIDED_ARG,
};

static const struct ops_arg amend_args[] = {
	GROUP_ARG,
	{ "who", "who", "ORG", "whose entry changes", OPS_TEXT, OPS_POSITIONAL,
	    NULL },
	{ "name", "name", "NAME", "the group's new name", OPS_TEXT, 0, NULL },
	{ "file", "charter", "FILE",
	    "what the charter says from now on; the rest stays", OPS_TEXT,
	    OPS_CLI_ONLY, NULL },
	{ "charter", "charter", NULL, "fields of the charter", OPS_OBJECT,
	    OPS_API_ONLY, NULL },
	{ "as", "as", "KIND", "what the organisation is", OPS_TEXT, 0, NULL },
	PEOPLE_ARGS,
	STAND_IN_ARG,
	REASON_ARG("why", 0),
	DECIDED_ARG,
};

static const struct ops_arg succeed_args[] = {
	GROUP_ARG,
	WHO_ARG("who is to convene the group"),
	REASON_ARG("why", 0),
};

static const struct ops_arg group_only[] = { GROUP_ARG };

static const struct ops_op rows[] = {
	{ .name = "group-create",
	    .words = "group create",
	    .summary = "found a Quality Surveillance Group",
	    .help =
		"For NHS England: an area team founds a local group, a "
		"regional team a regional one, and convenes it. The charter "
		"says what the group is for, its ground rules and quorum, who "
		"brings which information, and how often it meets; what it "
		"leaves out is as the guidance has it. --person and --role "
		"say who chairs its meetings.",
	    OPTABLE_ARGS(create_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_create,
	    .run = grouping_run_create,
	    .render = group_paper_done },
	{ .name = "group-charter",
	    .words = "group charter",
	    .summary = "print a charter to start from, explained",
	    .help = "Lines of `key = value`; a text goes on in the next line, "
		    "indented. A line that begins with # is a comment. Change "
		    "what the group has agreed on, leave out the rest, and "
		    "give it to `qsg group create --charter`.",
	    OPTABLE_ARGS(charter_args),
	    .flags = OPS_NO_API,
	    .run = grouping_run_charter },
	{ .name = "group-invite",
	    .words = "group invite",
	    .summary = "invite organisations to a group this one convenes",
	    .help =
		"The roster goes to everybody in it, with the cards of all, so "
		"that its members need not exchange them one by one: each "
		"relies on the convenor to have compared the fingerprints. For "
		"a card that is new here, give what they read to you with "
		"--fingerprint, or compare it on the terminal.\n\n"
		"The kind given with --as is what counts, whatever the card "
		"says. It goes for all who are named at once: invite those of "
		"one kind together, and those of another by another "
		"invitation.\n\n"
		"With --sender-only an organisation that is no member may send "
		"to the group without receiving: a Royal College, for "
		"instance.",
	    OPTABLE_ARGS(invite_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_invite,
	    .run = grouping_run_invite,
	    .render = group_paper_done },
	{ .name = "group-join",
	    .words = "group join",
	    .summary = "accept the invitation to a group",
	    .help =
		"Shows the charter, the convenor with its fingerprint, and "
		"whether its mandate is proven. To join is this organisation's "
		"decision to enrol the organisations that the roster lists, by "
		"the cards in it, now and later; any of them can be refused "
		"with `qsg peer refuse`.\n\n"
		"Where the members named another convenor while this "
		"organisation was away, --convenor says that it is right. The "
		"same where a roster invites this organisation anew that has "
		"joined: it may have been removed without hearing of it.",
	    OPTABLE_ARGS(join_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_join,
	    .run = grouping_run_join,
	    .render = group_paper_done },
	{ .name = "group-decline",
	    .words = "group decline",
	    .summary = "decline the invitation to a group",
	    OPTABLE_ARGS(act_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_decline,
	    .render = group_paper_done },
	{ .name = "group-leave",
	    .words = "group leave",
	    .summary = "leave a group",
	    .help =
		"Only a new invitation brings this organisation back. "
		"Organisations that it knew by the roster alone are connected "
		"to no longer; those that a person added, or that share "
		"another group with it, still are, and so is the convenor, "
		"which passes on to the others that this organisation has "
		"left. What it holds stays.\n\n"
		"A convenor that leaves its own group is warned: the group "
		"goes on without anybody who can change its roster until its "
		"members have named another (`qsg group succeed`). Have them "
		"do that first.",
	    OPTABLE_ARGS(leave_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_leave,
	    .run = grouping_run_leave,
	    .render = group_paper_done },
	{ .name = "group-remove",
	    .words = "group remove",
	    .summary = "take an organisation out of a group",
	    .help =
		"Only the convenor can do it, by a decision of the group. "
		"--reason is recorded as that decision, with --decided-on; "
		"that the group took it, and where it is minuted, no program "
		"checks. A member of the core membership that has joined "
		"cannot be expelled.\n\n"
		"The members' sessions with it end, and nothing more is sealed "
		"to it; what it holds stays with it. An organisation whose "
		"card a person had added, or that shares another group, stays "
		"connected there: `qsg peer refuse` ends that.",
	    OPTABLE_ARGS(remove_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_remove,
	    .render = group_paper_done },
	{ .name = "group-amend",
	    .words = "group amend",
	    .summary = "change a group's charter, or an entry of its roster",
	    .help =
		"Only the convenor can do it. A charter's file gives what "
		"changes, the rest stays. Of an organisation: its kind, or who "
		"represents it. --as cannot make a core kind one that is not "
		"(within one invitation).",
	    OPTABLE_ARGS(amend_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_amend,
	    .run = grouping_run_create,
	    .render = group_paper_done },
	{ .name = "group-succeed",
	    .words = "group succeed",
	    .summary = "name who is to convene a group from now on",
	    .help =
		"For when the convenor is lost. Once more than half of the "
		"joined members have named the same NHS England organisation "
		"in the roster, it convenes the group: see `group convene`. "
		"Whoever names two counts for neither.",
	    OPTABLE_ARGS(succeed_args),
	    .flags = OPS_WRITES,
	    .handler = grouping_succeed,
	    .render = group_paper_done },
	{ .name = "group-convene",
	    .words = "group convene",
	    .summary =
		"take over a group whose members named this organisation",
	    .help = "States the first roster of the new term, with the "
		    "members' votes as its mandate. Nothing does that by "
		    "itself: to convene the group is a decision.",
	    OPTABLE_ARGS(group_only),
	    .flags = OPS_WRITES,
	    .handler = grouping_convene,
	    .render = group_paper_done },
	{ .name = "group-list",
	    .words = "group list",
	    .summary = "list the groups known here",
	    .handler = grouping_list,
	    .render = group_paper_list,
	    .when_empty =
		"no groups: a convenor invites by `qsg group invite`" },
	{ .name = "group-show",
	    .words = "group show",
	    .summary = "show a group: charter, roster, alarms",
	    .help = "Kinds are as the convenor states them. Records that do "
		    "not count are listed with the reason. Two nodes that hold "
		    "the same records show the same state_hash in --json.",
	    OPTABLE_ARGS(group_only),
	    .handler = grouping_show,
	    .render = group_paper_whole },
	{ .name = "group-readiness",
	    .words = "group readiness",
	    .summary = "show what a group lacks to be ready",
	    .help =
		"The points of the guide's annex A: chair, core membership, "
		"information framework, meetings, governance. ok and missing "
		"follow from the roster and its charter: of each core kind, "
		"who has joined and who has not answered. voluntary is a local "
		"authority that has not joined and need not. not-kept is for "
		"people to answer: no record says it.\n\n"
		"What is missing the convenor mends with `qsg group invite` "
		"and `qsg group amend`.",
	    OPTABLE_ARGS(group_only),
	    .handler = grouping_readiness,
	    .render = group_paper_readiness },
};

struct optable optable_groups(void)
{
	return (struct optable){ rows, OPTABLE_COUNT(rows) };
}
