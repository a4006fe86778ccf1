/* Checks, meetings, actions, the end, and what does not count. */
#include "view/summit_lines.h"

#include "domain/action.h"
#include "domain/summit_words.h"

#include <string.h>

void summit_lines_checks(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	summit_line_title(paper, "the three checks");
	json_array_foreach(json_object_get(value, "checks"), at, each)
	{
		const json_t *answer = json_object_get(each, "answer");
		paper_put(paper, "  ");
		paper_text(paper, summit_line_word(summit_checks(),
				      paper_member(each, "check")));
		paper_put(paper, ": ");
		if (paper_flag(each, "open")) {
			paper_styled(paper, PAPER_WARN, "open");
		} else {
			paper_put(paper, paper_flag(each, "due")
					     ? "closed"
					     : "due with the first judgement");
		}
		if (!json_is_object(answer)) {
			paper_put(paper, "; ");
			paper_text(paper, paper_member(each, "question"));
			paper_put(paper, "\n");
			continue;
		}
		paper_put(paper, "\n  ");
		summit_line_said(paper, answer,
		    summit_line_word(summit_check_answers(),
			paper_member(answer, "answer")));
	}
}

/*
 * Meetings.
 */

static void people(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_put(paper, "        ");
		if (summit_line_has(each, "name")) {
			paper_text(paper, paper_member(each, "name"));
			paper_put(paper, ", ");
		}
		paper_text(paper, paper_member(each, "role"));
		if (summit_line_has(each, "from")) {
			paper_put(paper, ", from ");
			paper_time(paper, each, "from");
		}
		if (summit_line_has(each, "until")) {
			paper_put(paper, ", until ");
			paper_time(paper, each, "until");
		}
		paper_put(paper, "\n");
	}
}

static void attendance(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_put(paper, "  ");
		summit_line_said(paper, each, "was there");
		people(paper, json_object_get(each, "people"));
	}
}

static void notes(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_put(paper, "  ");
		summit_line_said(paper, each,
		    paper_flag(each, "newest") ? "the note"
					       : "a note, which a later "
						 "one takes the place of");
	}
}

static void words(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		bool agrees = summit_line_is(each, "act", "agree");
		bool newest = paper_flag(each, "to_newest");
		paper_put(paper, "  ");
		summit_line_said(paper, each,
		    newest ? (agrees ? "agrees to the note"
				     : "DISSENTS from the note")
			   : (agrees ? "agrees to an earlier note"
				     : "dissents from an earlier note"));
	}
}

static void meeting(struct paper *paper, const json_t *value)
{
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_BOLD,
	    summit_line_word(
		summit_purposes(), paper_member(value, "purpose")));
	paper_put(paper, ", ");
	paper_time(paper, value, "at");
	if (summit_line_has(value, "place")) {
		paper_put(paper, ", ");
		paper_text(paper, paper_member(value, "place"));
	}
	paper_put(paper, "; called by ");
	summit_line_author(paper, value);
	summit_line_id(paper, value, "id");
	paper_put(paper, "\n");
	if (summit_line_has(value, "replaced_by")) {
		paper_put(paper, "    moved: see");
		summit_line_id(paper, value, "replaced_by");
		paper_put(paper, "\n");
	} else if (summit_line_has(value, "replaces")) {
		paper_put(paper, "    in place of");
		summit_line_id(paper, value, "replaces");
		paper_put(paper, "\n");
	}
	paper_block(paper, paper_member(value, "text"), 4);
	attendance(paper, json_object_get(value, "attendance"));
	notes(paper, json_object_get(value, "notes"));
	words(paper, json_object_get(value, "words"));
	summit_line_orgs(paper, "    neither agree nor dissent: ",
	    json_object_get(value, "neither"));
}

void summit_lines_meetings(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "meetings");
	summit_line_title(paper, "meetings");
	if (json_array_size(list) == 0) {
		paper_put(paper, "  none is called\n");
	}
	json_array_foreach(list, at, each)
	{
		meeting(paper, each);
	}
}

/*
 * Actions.
 */

static void standing(struct paper *paper, const json_t *value)
{
	if (summit_line_is(value, "standing", "proposed")) {
		paper_styled(
		    paper, PAPER_WARN, "proposed, its owner has not answered");
	} else if (summit_line_is(value, "standing", "declined")) {
		paper_styled(paper, PAPER_WARN, "declined");
	} else if (summit_line_is(value, "standing", "handed-over")) {
		paper_put(paper, "handed over, and accepted");
	} else {
		paper_text(paper, paper_member(value, "standing"));
	}
	if (paper_flag(value, "overdue")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "overdue");
	}
}

static void action(struct paper *paper, const json_t *value)
{
	paper_put(paper, "    ");
	paper_text(paper, paper_member(value, "what"));
	summit_line_id(paper, value, "id");
	paper_put(paper, "\n      ");
	paper_text(paper, summit_line_has(value, "owner")
			      ? paper_member(value, "owner")
			      : "(an organisation not known here)");
	paper_put(paper, ": ");
	standing(paper, value);
	if (summit_line_has(value, "due_at")) {
		paper_put(paper, ", due ");
		paper_time(paper, value, "due_at");
	}
	paper_put(paper, "\n");
	summit_line_orgs(paper, "      handed over, without an answer yet: ",
	    json_object_get(value, "offered_to"));
}

void summit_lines_actions(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "actions");
	const char *aim = NULL;
	summit_line_title(paper, "actions");
	if (json_array_size(list) == 0) {
		paper_put(paper, "  none is set\n");
	}
	json_array_foreach(list, at, each)
	{
		const char *next = paper_member(each, "aim");
		if (aim == NULL || strcmp(aim, next) != 0) {
			aim = next;
			paper_put(paper, "  ");
			paper_text(
			    paper, aim[0] == '\0'
				       ? "for no aim that is named"
				       : summit_line_word(action_aims(), aim));
			paper_put(paper, "\n");
		}
		action(paper, each);
	}
}

/*
 * The end.
 */

static void objections(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > 0) {
		summit_line_title(paper, "objections");
	}
	json_array_foreach(list, at, each)
	{
		summit_line_said(paper, each, "objects");
		paper_put(paper, "    to record");
		summit_line_id(paper, each, "to");
		paper_put(paper, "\n");
	}
}

static void stand_downs(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "stand_downs");
	if (json_array_size(list) > 0) {
		summit_line_title(paper, "standing down");
	}
	json_array_foreach(list, at, each)
	{
		summit_line_said(paper, each, "stands the summit down");
		paper_block(paper, paper_member(each, "reason"), 4);
	}
	if (paper_flag(value, "reopened")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN,
		    "it goes on: a judgement or an action was not considered");
		paper_put(paper, "\n");
	}
}

/* Running ones, and those that were missed; what was met is over. */
static void clocks(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > 0) {
		summit_line_title(paper, "clocks, and who set them");
	}
	json_array_foreach(list, at, each)
	{
		bool is_missed = summit_line_is(each, "status", "missed");
		paper_put(paper, "  ");
		paper_text(paper, summit_line_word(summit_clocks(),
				      paper_member(each, "clock")));
		paper_put(paper, ", due ");
		paper_time(paper, each, "due_at");
		paper_put(paper, " (");
		paper_text(paper, paper_member(each, "source"));
		paper_put(paper, "): ");
		paper_styled(paper, is_missed ? PAPER_WARN : PAPER_BOLD,
		    paper_member(each, "status"));
		if (summit_line_has(each, "by_at")) {
			paper_put(paper, ", ");
			paper_time(paper, each, "by_at");
			summit_line_id(
			    paper, json_object_get(each, "by"), "id");
		}
		paper_put(paper, "\n");
	}
}

static void missed(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > 0) {
		summit_line_title(paper, "times that were missed");
	}
	json_array_foreach(list, at, each)
	{
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN,
		    summit_line_word(
			summit_clocks(), paper_member(each, "clock")));
		paper_put(paper, ", due ");
		paper_time(paper, each, "due_at");
		paper_put(paper, "; seen by ");
		summit_line_author(paper, each);
		paper_put(paper, ", ");
		paper_time(paper, each, "seen_at");
		summit_line_id(paper, each, "id");
		paper_put(paper, "\n");
	}
}

/* Of a summit whose trigger is not for us nothing is refused. */
static void not_counted(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(value, "not_counted");
	bool invited = json_is_object(json_object_get(value, "invited"));
	if (json_array_size(list) > 0 || paper_number(value, "left_out") > 0) {
		summit_line_title(paper, invited ? "what is held of it here"
						 : "what does not count");
	}
	json_array_foreach(list, at, each)
	{
		paper_put(paper, "  ");
		summit_line_author(paper, each);
		paper_put(paper, ": ");
		paper_text(paper, paper_member(each, "type"));
		if (summit_line_has(each, "word")) {
			paper_put(paper, " ");
			paper_text(paper, paper_member(each, "word"));
		}
		if (!invited) {
			paper_put(paper, ", ");
			paper_text(paper, paper_member(each, "why_not"));
		}
		summit_line_id(paper, each, "id");
		paper_put(paper, "\n");
		paper_block(
		    paper, invited ? paper_member(each, "text") : "", 4);
	}
	if (paper_number(value, "left_out") > 0) {
		paper_printf(paper, "  and %lld more that are passed over\n",
		    (long long)paper_number(value, "left_out"));
	}
}

void summit_lines_end(struct paper *paper, const json_t *value)
{
	stand_downs(paper, value);
	objections(paper, json_object_get(value, "objections"));
	clocks(paper, json_object_get(value, "clocks"));
	missed(paper, json_object_get(value, "missed"));
	not_counted(paper, value);
}
