#include "view/summit_report_out.h"

#include "codec/when.h"
#include "view/html_out.h"

#include <string.h>

enum { BRIEF = 12 };

static const char style[] =
    "body { font-family: sans-serif; margin: 2em auto; max-width: 70em; "
    "padding: 0 1em; line-height: 1.4; }\n"
    "h2 { border-bottom: 2px solid #005eb8; margin-top: 2em; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { border-bottom: 1px solid #d8dde0; padding: 0.4em 0.5em; "
    "text-align: left; vertical-align: top; overflow-wrap: anywhere; }\n"
    "td.at { white-space: nowrap; }\n"
    "td.record { font-family: monospace; font-size: 0.85em; }\n"
    "tr.under td { border-bottom: none; padding-top: 0.1em; color: #333; }\n"
    "tr.under td.says { padding-left: 2em; }\n"
    "td p { margin: 0; }\n"
    "blockquote { margin: 0.3em 0 0 0; padding-left: 0.8em; border-left: "
    "3px solid #768692; white-space: pre-wrap; }\n"
    "section.beside tbody { display: grid; gap: 0.8em; "
    "grid-template-columns: repeat(auto-fit, minmax(16em, 1fr)); }\n"
    "section.beside tr { display: block; border: 1px solid #768692; }\n"
    "section.beside td { display: block; border: none; }\n"
    "p.note, p.none { color: #425563; }\n"
    "thead { display: table-header-group; }\n"
    "tr { break-inside: avoid; }\n"
    "h2 { break-after: avoid; }\n"
    "@page { size: A4; margin: 1.5cm; }\n"
    "@media print { body { margin: 0; max-width: none; font-size: 9pt; } "
    "a { color: inherit; text-decoration: none; } }\n";

/* How to read it, for whoever was not there. */
static const char how_to_read[] =
    "<p>This page was made from signed records of the organisations that took "
    "part, as far as its maker holds them. Each statement names the record "
    "that it is taken from by how that record's id begins; the ids stand in "
    "full at the end. Words beside a line are what the record's author wrote. "
    "Names and codes are what organisations call themselves. The page proves "
    "nothing by itself: a bundle does (<code>qsg audit export --summit</code>, "
    "<code>qsg audit check</code>).</p>\n";

/* A page under way. */
struct page {
	struct buf *out;
	enum err err;
};

static void put(struct page *page, const char *ours)
{
	if (page->err == ERR_OK) {
		page->err = buf_append(page->out, span_text(ours));
	}
}

static void escape(struct page *page, const char *text)
{
	if (page->err == ERR_OK) {
		page->err = html_out_text(text, page->out);
	}
}

static void theirs(struct page *page, const char *text)
{
	if (page->err == ERR_OK) {
		page->err = html_out_theirs(text, page->out);
	}
}

static void put_time(struct page *page, const json_t *object, const char *key)
{
	int64_t wall_ms = 0;
	if (when_parse(span_text(paper_member(object, key)), &wall_ms) ==
	    ERR_OK) {
		put(page, when_london(wall_ms).text);
	}
}

static void put_who(struct page *page, const json_t *object, const char *key,
    const char *code_key)
{
	if (paper_member(object, key)[0] != '\0') {
		theirs(page, paper_member(object, key));
	}
	if (paper_member(object, code_key)[0] != '\0') {
		put(page, " (");
		theirs(page, paper_member(object, code_key));
		put(page, ")");
	}
}

/* How a record's id begins, leading to the whole of it. */
static void put_link(struct page *page, const char *id)
{
	char brief[BRIEF + 1] = "";
	strncpy(brief, id, BRIEF);
	put(page, "<a href=\"#r-");
	escape(page, id);
	put(page, "\">");
	escape(page, brief);
	put(page, "</a>");
}

/*
 * Statements.
 */

static void put_says(struct page *page, const json_t *statement)
{
	size_t at = 0;
	const json_t *part = NULL;
	const char *text = paper_member(statement, "text");
	put(page, "<td class=\"says\"><p>");
	json_array_foreach(json_object_get(statement, "says"), at, part)
	{
		const char *words =
		    json_string_value(json_object_get(part, "theirs"));
		if (words != NULL) {
			theirs(page, words);
		} else {
			escape(page, paper_member(part, "own"));
		}
	}
	put(page, "</p>");
	if (text[0] != '\0') {
		put(page, "<blockquote>");
		theirs(page, text);
		put(page, "</blockquote>");
	}
	put(page, "</td>");
}

static void put_statement(struct page *page, const json_t *statement)
{
	size_t at = 0;
	const json_t *of = NULL;
	put(page, paper_flag(statement, "under") ? "<tr class=\"under\""
						 : "<tr class=\"statement\"");
	put(page, " data-record=\"");
	escape(page, paper_member(statement, "record"));
	put(page, "\">\n<td class=\"at\">");
	put_time(page, statement, "at");
	put(page, "</td><td class=\"who\">");
	put_who(page, statement, "who", "who_code");
	put(page, "</td>");
	put_says(page, statement);
	put(page, "<td class=\"record\">");
	put_link(page, paper_member(statement, "record"));
	json_array_foreach(json_object_get(statement, "of"), at, of)
	{
		put(page, at == 0 ? "<br>on " : ", ");
		put_link(page, json_string_value(of));
	}
	put(page, "</td>\n</tr>\n");
}

static void put_section(struct page *page, const json_t *section)
{
	static const char heads[] =
	    "<table>\n<thead><tr><th>When</th><th>Who</th><th>What</th>"
	    "<th>Record</th></tr></thead>\n<tbody>\n";
	const json_t *statements = json_object_get(section, "statements");
	const char *key = paper_member(section, "key");
	size_t at = 0;
	const json_t *each = NULL;
	put(page, strcmp(key, "judgements") == 0
		      ? "<section class=\"beside\" id=\""
		      : "<section id=\"");
	escape(page, key);
	put(page, "\">\n<h2>");
	escape(page, paper_member(section, "title"));
	put(page, "</h2>\n<p class=\"note\">");
	escape(page, paper_member(section, "note"));
	put(page, "</p>\n");
	if (json_array_size(statements) == 0) {
		put(page, "<p class=\"none\">Nothing is recorded.</p>\n");
	} else {
		put(page, heads);
		json_array_foreach(statements, at, each)
		{
			put_statement(page, each);
		}
		put(page, "</tbody>\n</table>\n");
	}
	put(page, "</section>\n");
}

/*
 * Records.
 */

static void put_record(struct page *page, const json_t *record)
{
	put(page, "<tr id=\"r-");
	escape(page, paper_member(record, "record"));
	put(page, "\"><td class=\"record\">");
	escape(page, paper_member(record, "record"));
	put(page, "</td><td>");
	put(page, paper_flag(record, "readable") ? "" : "cannot be read here");
	escape(page, paper_member(record, "type"));
	put(page, "</td><td>");
	put_who(page, record, "author", "author_code");
	put(page, "</td><td class=\"at\">");
	put_time(page, record, "created_at");
	put(page, "</td></tr>\n");
}

static void put_records(struct page *page, const json_t *report)
{
	size_t at = 0;
	const json_t *each = NULL;
	put(page, "<section id=\"records\">\n<h2>Records</h2>\n<table>\n<thead>"
		  "<tr><th>Record</th><th>Type</th><th>Author</th><th>Made</th>"
		  "</tr></thead>\n<tbody>\n");
	json_array_foreach(json_object_get(report, "records"), at, each)
	{
		put_record(page, each);
	}
	put(page, "</tbody>\n</table>\n</section>\n");
}

/*
 * The whole.
 */

static void put_head(struct page *page, const json_t *report)
{
	put(page, "<p class=\"head\">About the provider ");
	theirs(page, paper_member(report, "provider"));
	put(page, ". Summit <code>");
	escape(page, paper_member(report, "summit"));
	put(page, "</code>. Made by ");
	put_who(page, report, "made_by", "made_by_code");
	put(page, " at ");
	put_time(page, report, "made_at");
	put(page, ".</p>\n");
	put(page, how_to_read);
	if (paper_number(report, "left_out") > 0 && page->err == ERR_OK) {
		page->err = buf_printf(page->out,
		    "<p>%lld records of organisations that said very much are "
		    "passed over.</p>\n",
		    (long long)paper_number(report, "left_out"));
	}
}

enum err summit_report_html(const json_t *report, struct buf *out)
{
	struct page page = { .out = out };
	size_t at = 0;
	const json_t *each = NULL;
	page.err = html_out_begin("Report of a risk summit", style, out);
	put_head(&page, report);
	json_array_foreach(json_object_get(report, "sections"), at, each)
	{
		put_section(&page, each);
	}
	put_records(&page, report);
	return page.err == ERR_OK ? html_out_end(out) : page.err;
}

/*
 * For a terminal.
 */

static void line(struct paper *paper, const json_t *statement)
{
	unsigned int indent = paper_flag(statement, "under") ? 6 : 2;
	size_t at = 0;
	const json_t *part = NULL;
	char brief[BRIEF + 1] = "";
	strncpy(brief, paper_member(statement, "record"), BRIEF);
	paper_printf(paper, "%*s", (int)indent, "");
	if (paper_member(statement, "at")[0] != '\0') {
		paper_time(paper, statement, "at");
		paper_put(paper, "  ");
	}
	if (paper_member(statement, "who")[0] != '\0') {
		paper_styled(paper, PAPER_BOLD, paper_member(statement, "who"));
		paper_put(paper, " ");
	}
	json_array_foreach(json_object_get(statement, "says"), at, part)
	{
		paper_text(paper, paper_member(part, "own"));
		paper_text(paper, paper_member(part, "theirs"));
	}
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_DIM, brief);
	paper_put(paper, "\n");
	paper_block(paper, paper_member(statement, "text"), indent + 4);
}

void summit_report_paper(struct paper *paper, const json_t *report)
{
	size_t at = 0;
	const json_t *section = NULL;
	if (paper_member(report, "file")[0] != '\0') {
		paper_put(paper, "the report is in ");
		paper_text(paper, paper_member(report, "file"));
		paper_put(paper, "\n");
		return;
	}
	json_array_foreach(json_object_get(report, "sections"), at, section)
	{
		size_t i = 0;
		const json_t *each = NULL;
		const json_t *all = json_object_get(section, "statements");
		paper_put(paper, at == 0 ? "" : "\n");
		paper_styled(paper, PAPER_BOLD, paper_member(section, "title"));
		paper_put(paper, "\n");
		json_array_foreach(all, i, each)
		{
			line(paper, each);
		}
		if (json_array_size(all) == 0) {
			paper_put(paper, "  nothing is recorded\n");
		}
	}
}
