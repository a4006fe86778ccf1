#include "domain/summit_words.h"

#include <string.h>

static const struct vocab_word urgencies[] = {
	{ "now", "now", "within hours: patients may come to harm" },
	{ "24h", "within 24 hours", "judged within a day" },
	{ "48h", "within 48 hours", "judged within two days" },
};

static const struct vocab_word answers[] = {
	{ "attending", "attending", "will be there" },
	{ "sending-information", "sending information",
	    "will not be there, and sends what it holds" },
	{ "nothing-held", "nothing held", "holds nothing about it" },
};

/* NQB 5: "Once a judgement has been taken that there has been, or that there is
 * the potential to be a serious quality failing". */
static const struct vocab_word findings[] = {
	{ "serious-failing", "serious failing",
	    "there has been a serious quality failing" },
	{ "potential-serious-failing", "potential serious failing",
	    "there is the potential for one" },
	{ "none", "none", "neither" },
};

static const struct vocab_word ring_acts[] = {
	{ "nominate", "nominate", "name who should hold the ring" },
	{ "accept", "accept", "would hold it, or holds it, in this term" },
	{ "decline", "decline", "would not" },
	{ "agree", "agree", "one's voice in this term, which stays" },
	{ "hand-over", "hand over", "the holder names who follows it" },
	{ "take", "take", "NHS England, when nobody is agreed in time" },
};

static const struct vocab_word purposes[] = {
	{ "judging", "judging", "to judge what is known" },
	{ "response", "response", "to agree what is done, and by whom" },
	{ "review", "review", "to see what came of it" },
};

static const struct vocab_word entry_acts[] = {
	{ "attend", "attend", "who was there, and for how long" },
	{ "note", "note", "the record of the discussion and agreed actions" },
	{ "agree", "agree", "to the note" },
	{ "dissent", "dissent", "from the note: stands beside it" },
};

static const struct vocab_word checks[] = {
	{ "professional-standards", "professional standards",
	    "have issues arisen, and is a referral to be made?" },
	{ "adult-safeguarding", "adult safeguarding",
	    "was the local protocol followed?" },
	{ "child-safeguarding", "child safeguarding",
	    "was the Local Safeguarding Children Board told and engaged?" },
};

static const struct vocab_word check_answers[] = {
	{ "nothing-arises", "nothing arises", "of any check" },
	{ "arises", "arises", "of any check, which stays open" },
	{ "referred", "referred", "to the professional regulator" },
	{ "protocol-followed", "protocol followed",
	    "of adult safeguarding: say who was told" },
	{ "board-engaged", "board engaged",
	    "of child safeguarding: say who was told" },
};

static const struct vocab_word clocks[] = {
	{ "judging", "judging meeting", "from the trigger" },
	{ "ring", "ring-holder", "from the first judgement" },
	{ "response", "response meeting", "from the judgements" },
	{ "review", "review", "from the last meeting" },
	{ "action", "action", "when it is due" },
};

static const struct vocab_word reasons[] = {
	{ "host-commissioner", "host commissioner", "commissions it as host" },
	{ "associate-commissioner", "associate commissioner",
	    "commissions it as associate" },
	{ "cqc", "CQC", "makes the regulatory judgement" },
	{ "monitor", "Monitor", "regulates foundation trusts" },
	{ "nhs-tda", "NHS TDA", "oversees NHS trusts" },
	{ "nhs-england", "NHS England", "commissions primary care" },
	{ "home-group", "home group",
	    "member of the group that looks after "
	    "it" },
	{ "named", "named", "by whoever triggered" },
};

#define WORDS(function, name, words)                                           \
	const struct vocab *function(void)                                     \
	{                                                                      \
		static const struct vocab vocab = { (name), (words),           \
			sizeof(words) / sizeof((words)[0]) };                  \
                                                                               \
		return &vocab;                                                 \
	}

WORDS(summit_urgencies, "urgency", urgencies)
WORDS(summit_answers, "answer", answers)
WORDS(summit_findings, "finding", findings)
WORDS(summit_ring_acts, "act", ring_acts)
WORDS(summit_purposes, "purpose", purposes)
WORDS(summit_entry_acts, "act", entry_acts)
WORDS(summit_checks, "check", checks)
WORDS(summit_check_answers, "answer", check_answers)
WORDS(summit_clocks, "clock", clocks)
WORDS(summit_reasons, "reason", reasons)

const char *summit_phase_token(enum summit_phase phase)
{
	switch (phase) {
	case SUMMIT_ALERT:
		return "alert";
	case SUMMIT_JUDGE:
		return "judge";
	case SUMMIT_RESPOND:
		return "respond";
	case SUMMIT_STOOD_DOWN:
		return "stood-down";
	case SUMMIT_NONE:
		break;
	}
	return "none";
}

bool summit_check_takes(const char *check, const char *answer)
{
	static const struct {
		const char *check;
		const char *answer;
	} own[] = {
		{ "professional-standards", "referred" },
		{ "adult-safeguarding", "protocol-followed" },
		{ "child-safeguarding", "board-engaged" },
	};

	if (strcmp(answer, "nothing-arises") == 0 ||
	    strcmp(answer, "arises") == 0)
		return vocab_has(summit_checks(), span_text(check));
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		if (strcmp(check, own[i].check) == 0)
			return strcmp(answer, own[i].answer) == 0;
	}
	return false;
}

bool summit_check_closes(const char *answer)
{
	return strcmp(answer, "arises") != 0;
}
