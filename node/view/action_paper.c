#include "view/action_paper.h"

#include "view/said_paper.h"

#include <string.h>

static bool stands(const json_t *value, const char *standing)
{
	return strcmp(paper_member(value, "standing"), standing) == 0;
}

/* What has become of it, in a few words. */
static void standing(struct paper *paper, const json_t *value)
{
	if (stands(value, "proposed")) {
		paper_styled(
		    paper, PAPER_WARN, "proposed, its owner has not answered");
	} else if (stands(value, "declined")) {
		paper_styled(paper, PAPER_WARN, "declined");
	} else if (stands(value, "closed")) {
		paper_styled(paper, PAPER_GOOD, "closed");
	} else if (stands(value, "handed-over")) {
		paper_put(paper, "handed over, and accepted");
	} else {
		paper_text(paper, paper_member(value, "standing"));
	}
	if (paper_flag(value, "overdue")) {
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "overdue");
	}
}

static void line(
    struct paper *paper, const json_t *value, const char *key, const char *name)
{
	if (paper_member(value, key)[0] != '\0') {
		paper_printf(paper, "  %s: ", name);
		paper_text(paper, paper_member(value, key));
		paper_put(paper, "\n");
	}
}

static void due(struct paper *paper, const json_t *value)
{
	if (!json_is_null(json_object_get(value, "due_at"))) {
		paper_put(paper, "  due: ");
		paper_time(paper, value, "due_at");
		paper_put(paper, "\n");
	}
}

static void offered(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "offered_to"), at, each)
	{
		paper_put(paper, "  handed over to ");
		paper_org(paper, each, "name", "code");
		paper_put(paper, ", ");
		paper_styled(paper, PAPER_WARN, "which has not answered");
		paper_put(paper, "\n");
	}
}

static void head(struct paper *paper, const json_t *value)
{
	paper_brief_id(paper, paper_member(value, "id"));
	paper_put(paper, "  ");
	if (paper_member(value, "numbered")[0] != '\0') {
		paper_text(paper, paper_member(value, "numbered"));
		paper_put(paper, " ");
	}
	paper_styled(paper, PAPER_BOLD, paper_member(value, "what"));
	paper_put(paper, "\n  ");
	paper_org(paper, value, "owner", "owner_code");
	paper_put(paper, ": ");
	standing(paper, value);
	paper_put(paper, "\n");
	due(paper, value);
	offered(paper, value);
}

void action_paper_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		paper_put(paper, at == 0 ? "" : "\n");
		head(paper, each);
		line(paper, each, "aim", "aim");
		line(paper, each, "provider", "provider");
		line(paper, each, "plan", "workplan");
		line(paper, each, "section", "section");
		line(paper, each, "lead", "lead");
	}
}

static void step(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	paper_put(paper, "  ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "  ");
	paper_org(paper, value, "author", "author_code");
	paper_put(paper, ": ");
	paper_text(paper, paper_member(value, "act"));
	if (!json_is_null(json_object_get(value, "to_code"))) {
		paper_put(paper, ", to ");
		paper_org(paper, value, "to", "to_code");
	}
	paper_put(paper, "  ");
	paper_brief_id(paper, paper_member(value, "id"));
	paper_put(paper, "\n");
	paper_block(paper, paper_member(value, "text"), 4);
	json_array_foreach(json_object_get(value, "evidence"), at, each)
	{
		paper_put(paper, "    evidence: ");
		paper_brief_id(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
}

static void steps(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "steps"), at, each)
	{
		paper_put(paper, at == 0 ? "\nwhat became of it\n" : "");
		step(paper, each);
	}
	json_array_foreach(json_object_get(value, "not_counted"), at, each)
	{
		paper_put(paper, at == 0 ? "\nwhat does not count\n" : "");
		paper_put(paper, "  ");
		paper_org(paper, each, "author", "author_code");
		paper_put(paper, ": ");
		paper_text(paper, paper_member(each, "act"));
		paper_put(paper, ", ");
		paper_text(paper, paper_member(each, "why_not"));
		paper_put(paper, "  ");
		paper_brief_id(paper, paper_member(each, "id"));
		paper_put(paper, "\n");
	}
	if (paper_number(value, "left_out") > 0) {
		paper_printf(paper, "  and %lld more that are passed over\n",
		    (long long)paper_number(value, "left_out"));
	}
}

void action_paper_show(struct paper *paper, const json_t *value)
{
	static const char *const lines[][2] = { { "aim", "aim" },
		{ "kind", "kind" }, { "provider", "provider" },
		{ "summit", "summit" }, { "group", "group" },
		{ "judgement", "acts on judgement" },
		{ "measure", "done when" }, { "plan", "workplan" },
		{ "section", "section" }, { "lead", "lead" },
		{ "due_text", "timeline" } };
	head(paper, value);
	paper_put(paper, "  set by: ");
	paper_org(paper, value, "author", "author_code");
	paper_put(paper, ", ");
	paper_time(paper, value, "created_at");
	paper_put(paper, "\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		line(paper, value, lines[i][0], lines[i][1]);
	}
	steps(paper, value);
}

void action_paper_planned(struct paper *paper, const json_t *value)
{
	const char *would = paper_flag(value, "dry_run") ? "would be " : "";
	said_paper_result(paper, value);
	paper_printf(paper,
	    "%lld rows: %lld %sset, %lld as they were, %lld "
	    "%swithdrawn\n",
	    (long long)paper_number(value, "rows"),
	    (long long)paper_number(value, "set"), would,
	    (long long)paper_number(value, "same"),
	    (long long)paper_number(value, "withdrawn"), would);
}

void action_paper_exported(struct paper *paper, const json_t *value)
{
	json_int_t rows = paper_number(value, "rows");
	paper_printf(
	    paper, "%lld row%s in ", (long long)rows, rows == 1 ? "" : "s");
	paper_text(paper, paper_member(value, "file"));
	paper_put(paper, "\n");
}
