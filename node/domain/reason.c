#include "domain/reason.h"

#include <stddef.h>

static const char *const texts[] = {
	[REASON_ID] = "the group's id is not that of founder and nonce",
	[REASON_NUMBERS] = "its term or epoch is out of range",
	[REASON_LEVEL] = "its charter says neither local nor regional",
	[REASON_FOUNDER] = "its author did not found the group",
	[REASON_ENTRIES] = "it has no entries, or too many",
	[REASON_CHANGES] = "it has too many changes",
	[REASON_NOBODY] = "an entry names no organisation",
	[REASON_ORDER] = "its entries are not in ascending order, each once",
	[REASON_PROVIDER] =
	    "provider organisations are not included in the membership",
	[REASON_INVITATION] =
	    "an invitation is not of this roster or an earlier one",
	[REASON_JOINED_EARLY] = "it states as joined whom it invites only now",
	[REASON_AUTHOR] = "its author is no member in it",
	[REASON_AUTHOR_KIND] =
	    "its author is not of a kind that convenes such a group",
	[REASON_LEVEL_CHANGED] = "the level of a group cannot change",
	[REASON_EXPELLED] =
	    "a member of a core kind that has not left cannot be expelled",
	[REASON_LEFT_OUT] =
	    "a member is left out without a change that says why",
	[REASON_RESTATED] =
	    "a core kind is restated as one that is not, within one invitation",
	[REASON_TAKEN_BACK] =
	    "it takes back that a member joined, within one invitation",
	[REASON_MADE_SENDER] =
	    "a member is made sender-only without a change that gives a reason",
	[REASON_INVITATION_NEW] =
	    "an invitation is neither the one before nor a new one",
	[REASON_INVITED_ANEW] = ("a member that joined is invited anew without "
				 "a change that gives a reason"),
	[REASON_EPOCH_TWICE] =
	    "its author stated another roster of this epoch, which counts",
	[REASON_EPOCH] =
	    "its epoch is not higher than that of the roster in force before",
	[REASON_OVERTAKEN] = "the next term began from an earlier roster",
	[REASON_UNPROVEN] = "the successions behind its term are not held here",
	[REASON_TERM_OVER] = "its term is over",
	[REASON_ANEW] =
	    ("it invites this organisation anew, which has joined: it "
	     "counts once that invitation is accepted by name"),
	[REASON_ACT] = "it neither accepts, nor declines, nor leaves",
	[REASON_VOICE] = "it names no term, roster or successor",
	[REASON_SUCCESSOR] = ("whom it names is no other member of a kind that "
			      "convenes the group"),
	[REASON_TWO_NAMES] = "its author names two successors for one term",
	[REASON_VOICE_ROSTER] = ("the roster it counts from is not held here, "
				 "or does not count in the term before"),
	[REASON_VOICE_TERM] =
	    "the term before the one it names has not begun here",
	[REASON_ONE_BODY] =
	    "more than one member claims to be this national body",
	[REASON_DECLINED] = ("the roster says that it joined; what it says "
			     "itself is that it declined"),
	[REASON_CONVENOR_LEFT] =
	    "the convenor has left: the members name another",
	[REASON_ACCEPTED] = ("it leaves out a member of a core kind whose "
			     "acceptance its author may not have known"),
	[REASON_NOT_OF_GROUP] = "it is no record of this group",
	[REASON_PASSED_OVER] =
	    ("it has said more of this group than counts: its "
	     "later records are passed over"),
	[REASON_UNLISTED] = ("no roster that is held lists it: what it says of "
			     "this group is passed over"),
	[REASON_UNHEARD] = ("it states rosters of more groups than count: this "
			    "one is passed over"),
	[REASON_BY_PROVIDER] =
	    "a provider is no member of a group, and does not judge in one",
	[REASON_BY_NO_MEMBER] =
	    ("its author is no joined member of the group: it does not stand "
	     "among the members' judgements"),
	[REASON_BY_NO_CONVENOR] =
	    "its author does not convene the group in its term",
	[REASON_UNINVITED] = "no roster that counts invited its author so",
	[REASON_BY_NO_VOTER] =
	    "its author is no joined member of the roster it counts from",
	[REASON_RATING] = "ratings are CQC's alone",
	[REASON_FINDING] = "findings on the standards are CQC's alone",
	[REASON_ENFORCEMENT] = "enforcement is CQC's alone",
	[REASON_INTERVENTION] =
	    "interventions are Monitor's and the NHS TDA's alone",
	[REASON_RESTRICTION] =
	    "restrictions are a professional regulator's alone",
	[REASON_NO_KIND] = "no roster in force states what its author is",
	[REASON_FINDING_UNKNOWN] =
	    "a kind of finding that this version does not know",
	[REASON_CONVENES_NOT] =
	    "its author is not of a kind that convenes groups",
	[REASON_AUTHOR_ALONE] = "it is for its author alone",
	[REASON_CONTENT_UNKNOWN] = "content that this version does not know",
	[REASON_SUMMIT_OTHER] = "it is no record of this summit",
	[REASON_SUMMIT_NO_TRIGGER] =
	    "no trigger of this summit that counts is held",
	[REASON_SUMMIT_STATUTORY] = ("its author is no statutory organisation: "
				     "it may ask one to trigger"),
	[REASON_SUMMIT_OUTSIDER] = "its author is not in the summit",
	[REASON_SUMMIT_INVITED] =
	    ("its author was invited: it is heard, and neither judges nor "
	     "decides here"),
	[REASON_SUMMIT_PROVIDER] = "it is about another provider",
	[REASON_SUMMIT_WORD] = "a word that this version does not know there",
	[REASON_SUMMIT_NEWER] =
	    "its author said something newer, or the chair did",
	[REASON_SUMMIT_NO_QUESTION] =
	    "what it answers is not held, or does not count",
	[REASON_SUMMIT_NO_VOICE] =
	    "its author has no voice in who holds the ring",
	[REASON_SUMMIT_UNFIT] = "whom it names may not hold the ring",
	[REASON_SUMMIT_TERM] = "its term of the ring has not begun here",
	[REASON_SUMMIT_VOICED] =
	    "its author gave its voice in this term before",
	[REASON_SUMMIT_NO_HOLDER] = "its author did not hold the ring",
	[REASON_SUMMIT_HANDED] = "its author had handed over the ring before",
	[REASON_SUMMIT_DEFAULT] =
	    "only NHS England takes the ring when nobody is agreed",
	[REASON_SUMMIT_CALLER] = "such a meeting is not its author's to call",
	[REASON_SUMMIT_NO_MEETING] =
	    "the meeting that it is of is not held, or does not count",
	[REASON_SUMMIT_NOTE] = "the note of a meeting is its caller's",
	[REASON_SUMMIT_NO_NOTE] =
	    "the note that it speaks to is not held, or does not count",
	[REASON_SUMMIT_CHAIR] = "the checks are the chair's to answer",
	[REASON_SUMMIT_OTHERS_WORD] =
	    "CQC judges by the essential standards: breach or not",
	[REASON_SUMMIT_AGAIN] = "its author had recorded that before",
	[REASON_SUMMIT_NO_ACTION] =
	    "the action that it is of is not held, or does not count",
	[REASON_ACTION_UNKNOWN] =
	    "the action that it is about is not held here",
	[REASON_ACTION_OWNER] = "its author does not own the action",
	[REASON_ACTION_UNASKED] =
	    "nobody asked its author to take the action, or not by that record",
	[REASON_ACTION_ANSWERED] =
	    "its author answered before: the first answer counts",
	[REASON_ACTION_UNACCEPTED] = "its author has not accepted the action",
	[REASON_ACTION_OVER] = "its author had closed the action",
	[REASON_ACTION_GIVEN] = "its author had handed the action over",
	[REASON_ACTION_OFFERED] =
	    "whom it hands the action over to has not answered",
	[REASON_ACTION_REFUSED] =
	    "whom it hands the action over to declined it",
	[REASON_ACTION_AUTHOR] =
	    "an action is withdrawn by the organisation that set it, once",
	[REASON_ACTION_ELSEWHERE] =
	    "another organisation had accepted the action",
	[REASON_ACTION_ACT] = "a step that this version does not know",
};

const char *reason_text(enum reason reason)
{
	size_t at = (size_t)reason;

	return at < sizeof texts / sizeof texts[0] && texts[at] != NULL
	           ? texts[at]
	           : "";
}
