/* Who is in it, what they find, and who holds the ring. */
#include "view/summit_lines.h"

#include "domain/summit_words.h"

#include <string.h>

enum { BRIEF = 12 };

/*
 * Pieces.
 */

void summit_line_org(struct paper *paper, const json_t *object)
{
	paper_org(paper, object, "name", "code");
}

void summit_line_author(struct paper *paper, const json_t *record)
{
	paper_org(paper, record, "author", "author_code");
}

void summit_line_id(struct paper *paper, const json_t *object, const char *key)
{
	char brief[BRIEF + 1] = "";
	strncpy(brief, paper_member(object, key), BRIEF);
	if (brief[0] != '\0') {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_DIM, brief);
	}
}

void summit_line_orgs(struct paper *paper, const char *lead, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	size_t count = json_array_size(list);
	if (count == 0) {
		return;
	}
	paper_put(paper, lead);
	json_array_foreach(list, at, each)
	{
		paper_put(paper, at == 0          ? ""
				 : at + 1 < count ? ", "
						  : " and ");
		summit_line_org(paper, each);
	}
	paper_put(paper, "\n");
}

const char *summit_line_word(const struct vocab *vocab, const char *token)
{
	const struct vocab_word *word = vocab_find(vocab, span_text(token));
	return word == NULL ? token : word->label;
}

void summit_line_title(struct paper *paper, const char *title)
{
	paper_put(paper, "\n");
	paper_styled(paper, PAPER_BOLD, title);
	paper_put(paper, "\n");
}

bool summit_line_is(const json_t *object, const char *key, const char *word)
{
	return strcmp(paper_member(object, key), word) == 0;
}

bool summit_line_has(const json_t *object, const char *key)
{
	return paper_member(object, key)[0] != '\0';
}

void summit_line_said(
    struct paper *paper, const json_t *record, const char *what)
{
	paper_put(paper, "  ");
	summit_line_author(paper, record);
	if (what[0] != '\0') {
		paper_put(paper, ": ");
		paper_text(paper, what);
	}
	paper_put(paper, ", ");
	paper_time(paper, record, "created_at");
	summit_line_id(paper, record, "id");
	paper_put(paper, "\n");
	paper_block(paper, paper_member(record, "text"), 4);
}

/*
 * Who is in it.
 */

static void why(struct paper *paper, const json_t *side)
{
	const json_t *invitation = json_object_get(side, "invitation");
	paper_put(paper, "    ");
	if (summit_line_is(side, "part", "triggered")) {
		paper_put(paper, "triggered the summit");
	} else if (summit_line_is(side, "part", "summoned")) {
		paper_put(paper, "summoned: ");
		paper_text(paper, paper_member(side, "why"));
	} else if (summit_line_is(side, "part", "alerted")) {
		paper_put(paper, "member of the group that was alerted");
	} else {
		paper_put(paper, paper_flag(side, "is_provider")
				     ? "the provider, or another; "
				     : "");
		paper_put(paper, "takes part by invitation");
	}
	if (json_is_object(invitation)) {
		paper_put(paper, ", invited by ");
		summit_line_author(paper, invitation);
		summit_line_id(paper, invitation, "id");
	}
	paper_put(paper, paper_flag(side, "votes")
			     ? "; has a voice in who holds the ring\n"
			     : "; no voice in who holds the ring\n");
}

/* PROTOCOL.md M606: "Whoever has not responded MUST be shown so, and never as
 * holding nothing." */
static void answer(struct paper *paper, const json_t *side)
{
	static const struct {
		const char *token;
		enum paper_style style;
		const char *words;
	} said[] = {
		{ "attending", PAPER_GOOD, "attending" },
		{ "sending-information", PAPER_GOOD, "sends information" },
		{ "nothing-held", PAPER_GOOD, "says that it holds nothing" },
		{ "no-answer-yet", PAPER_WARN, "no answer yet" },
		{ "not-reached", PAPER_WARN, "NOT REACHED" },
		{ "cannot-read", PAPER_WARN, "reached, and cannot read it" },
		{ "no-answer-held", PAPER_WARN, "no answer is held here" },
	};
	/* It calls the others, and may say too whether it comes. */
	if (summit_line_is(side, "part", "triggered") &&
	    summit_line_is(side, "answer", "no-answer-yet")) {
		paper_put(paper, "no answer of its own");
		return;
	}
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (summit_line_is(side, "answer", said[i].token)) {
			paper_styled(paper, said[i].style, said[i].words);
		}
	}
}

static void reached(struct paper *paper, const json_t *side)
{
	if (summit_line_is(side, "answer", "not-reached")) {
		paper_put(
		    paper, ": no receipt is held; telephone if it is urgent");
	} else if (summit_line_is(side, "answer", "cannot-read")) {
		paper_put(paper, ": ");
		paper_text(paper, paper_member(side, "unreadable"));
	} else if (summit_line_is(side, "answer", "no-answer-held")) {
		paper_put(paper, ", nor whether it was reached");
	} else if (summit_line_is(side, "answer", "no-answer-yet") &&
		   !paper_flag(side, "us") &&
		   !summit_line_is(side, "part", "triggered") &&
		   summit_line_has(side, "reached_at")) {
		paper_put(paper, ", reached ");
		paper_time(paper, side, "reached_at");
	}
}

static void side(struct paper *paper, const json_t *value)
{
	const json_t *response = json_object_get(value, "response");
	paper_put(paper, "  ");
	summit_line_org(paper, value);
	paper_put(
	    paper, paper_flag(value, "us") ? ", this organisation: " : ": ");
	answer(paper, value);
	reached(paper, value);
	summit_line_id(paper, response, "id");
	paper_put(paper, "\n");
	why(paper, value);
	if (json_is_object(response)) {
		paper_block(paper, paper_member(response, "text"), 4);
	}
}

void summit_lines_sides(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *sides = json_object_get(value, "sides");
	bool invited = false;
	if (json_array_size(sides) > 0) {
		summit_line_title(paper, "who is in it, and why");
	}
	json_array_foreach(sides, at, each)
	{
		if (!invited && summit_line_is(each, "part", "invited")) {
			invited = true;
			summit_line_title(
			    paper, "invited: they see what is granted to them");
		}
		side(paper, each);
	}
}

/*
 * What they find.
 */

static void finding(struct paper *paper, const json_t *value)
{
	const struct vocab *words = paper_flag(value, "on_standards")
	                                ? vocab_standard()
	                                : summit_findings();
	paper_put(paper, "  ");
	summit_line_author(paper, value);
	paper_put(paper, ": ");
	paper_styled(paper,
	    paper_flag(value, "failing") ? PAPER_WARN : PAPER_BOLD,
	    summit_line_word(words, paper_member(value, "finding")));
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	summit_line_id(paper, value, "id");
	paper_put(paper, paper_flag(value, "newest")
			     ? "\n"
			     : "\n    (it has judged again since)\n");
	paper_block(paper, paper_member(value, "text"), 4);
}

static void findings(struct paper *paper, const json_t *list, bool standards)
{
	size_t at = 0;
	const json_t *each = NULL;
	bool any = false;
	json_array_foreach(list, at, each)
	{
		if (paper_flag(each, "on_standards") != standards) {
			continue;
		}
		if (!any && standards) {
			paper_put(paper,
			    "  On the essential standards, CQC's alone:\n");
		}
		any = true;
		finding(paper, each);
	}
}

static void impacts(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > 0) {
		summit_line_title(paper, "what an action would do");
	}
	json_array_foreach(list, at, each)
	{
		bool question = !summit_line_has(each, "asked");
		summit_line_said(paper, each, question ? "asks" : "assesses");
		if (question) {
			paper_put(paper, "    considered: ");
			paper_text(paper, paper_member(each, "considered"));
			paper_put(paper, "\n");
		} else {
			paper_put(paper, "    in answer to");
			summit_line_id(paper, each, "asked");
			paper_put(paper, "\n");
		}
	}
}

/* PROTOCOL.md M609: "Judgements MUST stand side by side, and MUST NOT be summed
 * up or overridden by a majority." */
void summit_lines_judgements(struct paper *paper, const json_t *value)
{
	const json_t *list = json_object_get(value, "judgements");
	summit_line_title(paper, "judgements, each its author's");
	if (json_array_size(list) == 0) {
		paper_put(paper, "  nobody has judged yet\n");
	}
	findings(paper, list, true);
	findings(paper, list, false);
	if (paper_flag(value, "breach_open")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN,
		    "the breach is open: CQC has recorded no action on it");
		paper_put(paper, "\n");
	}
	if (paper_flag(value, "opposed")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN,
		    "they are opposed: talk, and record the meeting's note");
		paper_put(paper, "\n");
	}
	impacts(paper, json_object_get(value, "impacts"));
}

/*
 * The ring.
 */

static void candidate(struct paper *paper, const json_t *value)
{
	paper_put(paper, "  ");
	summit_line_org(paper, value);
	paper_put(paper, paper_flag(value, "handed")
			     ? ": the ring is handed over to it"
			 : paper_flag(value, "nominated") ? ": nominated"
							  : ": not nominated");
	paper_put(paper, paper_flag(value, "accepted") ? ", accepts"
			 : paper_flag(value, "declined")
			     ? ", declines"
			     : ", no word of it yet");
	paper_printf(
	    paper, ", voices: %lld", (long long)paper_number(value, "voices"));
	paper_put(paper, "\n");
}

static void missing(struct paper *paper, const json_t *ring)
{
	if (!summit_line_has(ring, "missing")) {
		return;
	}
	paper_put(paper, "  missing: ");
	if (summit_line_is(ring, "missing", "nomination")) {
		paper_put(paper, "somebody who is nominated and accepts, and ");
	} else if (summit_line_is(ring, "missing", "acceptance")) {
		paper_put(paper, "that who is nominated accepts, and ");
	}
	paper_printf(paper,
	    "%lld of the %lld voices that are needed, of %lld\n",
	    (long long)paper_number(ring, "voices_missing"),
	    (long long)paper_number(ring, "votes_needed"),
	    (long long)paper_number(ring, "electors"));
}

static void holder(struct paper *paper, const json_t *value)
{
	summit_line_org(paper, value);
	paper_put(paper, summit_line_is(value, "how", "agreed") ? ", agreed"
			 : summit_line_is(value, "how", "default")
			     ? ", by default, as nobody was agreed in time"
			     : ", handed over");
	paper_put(paper, ", since ");
	paper_time(paper, value, "since");
	summit_line_id(paper, value, "record");
	paper_put(paper, "\n");
}

/* Of the term begun last; who holds the ring in it is told already. */
static void candidates(struct paper *paper, const json_t *ring)
{
	const json_t *now = json_object_get(ring, "holder");
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(ring, "candidates"), at, each)
	{
		if (paper_number(each, "term") == paper_number(ring, "term") &&
		    !(paper_number(now, "term") == paper_number(ring, "term") &&
			summit_line_is(each, "fingerprint",
			    paper_member(now, "fingerprint")))) {
			candidate(paper, each);
		}
	}
	json_array_foreach(json_object_get(ring, "voices"), at, each)
	{
		paper_put(paper, "    ");
		summit_line_author(paper, each);
		paper_put(paper, " gives its voice to ");
		summit_line_org(paper, json_object_get(each, "to"));
		summit_line_id(paper, each, "id");
		paper_put(paper, "\n");
	}
}

void summit_lines_ring(struct paper *paper, const json_t *value)
{
	const json_t *ring = json_object_get(value, "ring");
	const json_t *now = json_object_get(ring, "holder");
	size_t at = 0;
	const json_t *each = NULL;
	summit_line_title(paper, "who holds the ring");
	paper_put(paper, "  ");
	if (json_is_object(now)) {
		holder(paper, now);
	} else {
		paper_styled(paper, PAPER_WARN, "nobody yet");
		paper_put(paper, "; until then ");
		summit_line_org(paper, json_object_get(ring, "chair"));
		paper_put(paper, ", which triggered the summit, chairs\n");
	}
	missing(paper, ring);
	candidates(paper, ring);
	if (!json_is_object(now)) {
		summit_line_orgs(paper,
		    "  suggested, by what the provider is: ",
		    json_object_get(ring, "suggested"));
	}
	json_array_foreach(json_object_get(ring, "holders"), at, each)
	{
		if (paper_number(each, "term") < paper_number(now, "term")) {
			paper_put(paper, "  before: ");
			holder(paper, each);
		}
	}
}
