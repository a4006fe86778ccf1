#include "view/grant_paper.h"

#include "view/report.h"

#include <string.h>

static void everybody(struct paper *paper, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		paper_put(paper, at == 0 ? "" : ", ");
		paper_org(paper, each, "name", "code");
	}
}

/*
 * What was granted.
 */

static void one_grant(struct paper *paper, const json_t *grant)
{
	paper_put(paper, "record ");
	paper_brief_id(paper, paper_member(grant, "record"));
	paper_put(paper, " of ");
	paper_org(paper, json_object_get(grant, "author"), "name", "code");
	paper_put(paper, ": ");
	everybody(paper, json_object_get(grant, "readers"));
	paper_put(paper, "\n");
	if (json_is_integer(json_object_get(grant, "release"))) {
		paper_printf(paper,
		    "waits for a second person: qsg release approve %lld "
		    "--person NAME\n",
		    (long long)paper_number(grant, "release"));
	}
}

static void page(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *left = json_object_get(value, "left");
	paper_printf(paper, "%lld records %s, %lld read already, %lld left\n",
	    (long long)paper_number(value, "granted"),
	    paper_flag(value, "dry_run") ? "would be granted" : "granted",
	    (long long)paper_number(value, "read"),
	    (long long)json_array_size(left));
	json_array_foreach(left, at, each)
	{
		paper_put(paper, "  ");
		paper_brief_id(paper, paper_member(each, "record"));
		paper_put(paper, "  ");
		paper_text(paper, paper_member(each, "why"));
		paper_put(paper, "\n");
	}
}

void grant_paper_result(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_object_get(value, "left") != NULL) {
		page(paper, value);
		return;
	}
	report_readers(paper, value);
	report_findings(paper, json_object_get(value, "findings"));
	json_array_foreach(json_object_get(value, "grants"), at, each)
	{
		one_grant(paper, each);
	}
}

/*
 * Requests.
 */

static void one_request(struct paper *paper, const json_t *request)
{
	json_int_t days = paper_number(request, "age_days");
	paper_brief_id(paper, paper_member(request, "id"));
	paper_put(paper, "  ");
	paper_styled(paper,
	    strcmp(paper_member(request, "state"), "open") == 0 ? PAPER_WARN
								: PAPER_BOLD,
	    paper_member(request, "state"));
	paper_put(paper, "  record ");
	paper_brief_id(paper, paper_member(request, "record"));
	paper_put(paper, " to ");
	everybody(paper, json_object_get(request, "to"));
	if (!paper_flag(request, "ours")) {
		paper_put(paper, ", asked by ");
		paper_org(
		    paper, json_object_get(request, "asker"), "name", "code");
	}
	if (days == 0) {
		paper_put(paper, ", less than a day ago\n");
	} else {
		paper_printf(paper, ", %lld day%s ago\n", (long long)days,
		    days == 1 ? "" : "s");
	}
	paper_block(paper, paper_member(request, "reason"), 4);
}

void grant_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		one_request(paper, each);
	}
}

/*
 * A record.
 */

static void carried(struct paper *paper, const json_t *by)
{
	paper_put(paper, "granted by ");
	paper_org(paper, json_object_get(by, "organisation"), "name", "code");
	if (!paper_flag(by, "proof_verified")) {
		paper_put(paper, "; what the grant carried is erased\n");
		return;
	}
	paper_put(paper, ", author's proof verified: ");
	paper_text(paper, paper_member(by, "reason"));
	paper_put(paper, "\n");
}

static void carrier(struct paper *paper, const json_t *value)
{
	const char *why_not = paper_member(value, "why_not");
	if (why_not[0] != '\0') {
		paper_styled(paper, PAPER_WARN, "does not count");
		paper_put(paper, ": ");
		paper_text(paper, why_not);
		paper_put(paper, "\n");
		return;
	}
	paper_put(paper, "carries record ");
	paper_text(paper, paper_member(value, "original"));
	paper_put(paper, ", author's proof verified\n");
}

void grant_paper_record(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_is_object(json_object_get(value, "granted_by"))) {
		carried(paper, json_object_get(value, "granted_by"));
	}
	if (json_object_get(value, "counts") != NULL) {
		carrier(paper, value);
	}
	json_array_foreach(json_object_get(value, "grants"), at, each)
	{
		paper_put(paper, "grant ");
		paper_brief_id(paper, paper_member(each, "grant"));
		paper_put(paper, " by ");
		paper_org(paper, json_object_get(each, "by"), "name", "code");
		paper_put(paper, " to ");
		everybody(paper, json_object_get(each, "to"));
		if (paper_member(each, "why_not")[0] != '\0') {
			paper_put(paper, ", does not count: ");
			paper_text(paper, paper_member(each, "why_not"));
		}
		paper_put(paper, "\n");
	}
	if (paper_number(value, "grants_left_out") > 0) {
		paper_printf(paper, "%lld older grants are not shown\n",
		    (long long)paper_number(value, "grants_left_out"));
	}
}
