#include "view/life_paper.h"

#include <string.h>

void life_paper_state(
    struct paper *paper, const json_t *record, const char *before)
{
	const json_t *by = json_object_get(record, "retracted");
	const char *reason = paper_member(by, "reason");
	if (!json_is_object(by)) {
		return;
	}
	paper_put(paper, before);
	paper_styled(paper, PAPER_WARN, "RETRACTED");
	paper_put(paper, " by its author, ");
	paper_time(paper, by, "at");
	paper_put(paper, ": ");
	paper_text(paper,
	    reason[0] == '\0' ? "(the reason cannot be read here)" : reason);
	paper_put(paper, "\n");
}

void life_paper_current(struct paper *paper, const json_t *record)
{
	const json_t *current = json_object_get(record, "current");
	bool retracted = json_is_object(json_object_get(record, "retracted"));
	if (!json_is_object(current)) {
		return;
	}
	paper_styled(paper, PAPER_WARN, "CORRECTED");
	paper_put(paper, " by its author, ");
	paper_time(paper, current, "created_at");
	paper_put(paper,
	    retracted ? "; last by record\n  " : "; in force is record\n  ");
	paper_text(paper, paper_member(current, "id"));
	paper_put(paper, "\n");
	paper_block(paper, paper_member(current, "text"), 2);
	paper_put(paper, "What follows was said before:\n");
}

void life_paper_history(struct paper *paper, const json_t *steps)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (!json_is_array(steps)) {
		return;
	}
	paper_put(paper, "\nhistory\n");
	json_array_foreach(steps, at, each)
	{
		const json_t *record = json_object_get(each, "record");
		paper_put(paper, "  ");
		paper_time(paper, record, "created_at");
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "step"));
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_DIM, paper_member(record, "id"));
		paper_put(paper, "\n");
		paper_block(paper, paper_member(record, "text"), 4);
	}
}
