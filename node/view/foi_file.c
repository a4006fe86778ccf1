#include "view/foi_file.h"

#include "codec/csv.h"
#include "view/html_out.h"
#include "view/paper.h"

#include <stdio.h>
#include <string.h>

enum { CELLS = 12, NUMBER_BYTES = 24 };

static const char *const headings[CELLS] = { "No.", "Made", "Author",
	"Kind of record", "About", "Standing", "Decision", "Exemption",
	"Reason", "Decided", "Author consulted", "Text" };

/* One line of the table; texts are the schedule's, or static. */
struct line {
	char number[NUMBER_BYTES];
	const char *cells[CELLS];
};

static const char *standing(const json_t *row)
{
	if (json_is_object(json_object_get(row, "retracted"))) {
		return "retracted by its author";
	}
	return json_is_string(json_object_get(row, "corrected_by"))
	           ? "corrected by its author since"
	           : "in force";
}

static const char *decision(const json_t *row)
{
	const char *verdict = paper_member(row, "verdict");
	if (strcmp(verdict, "disclose") == 0) {
		return "disclosed";
	}
	return strcmp(verdict, "partly") == 0 ? "disclosed in part"
	                                      : "withheld";
}

static const char *consulted(const json_t *row)
{
	if (paper_flag(row, "own")) {
		return "own record";
	}
	if (!json_is_object(json_object_get(row, "consultation"))) {
		return "no";
	}
	return json_is_object(json_object_get(row, "view")) ? "yes"
	                                                    : "asked, no reply";
}

/* PROTOCOL.md M484: "A disclosure schedule that is handed out MUST hold nothing
 * of what a record says unless that is disclosed whole, and nothing of what its
 * author said when consulted." */
static const char *disclosed(const json_t *row, const char *key)
{
	return strcmp(paper_member(row, "verdict"), "disclose") == 0
	           ? paper_member(row, key)
	           : "";
}

static struct line line_of(const json_t *row, size_t at)
{
	struct line line;
	(void)snprintf(line.number, sizeof(line.number), "%zu", at + 1);
	line.cells[0] = "";
	line.cells[1] = paper_member(row, "created_at");
	line.cells[2] = paper_member(row, "author");
	line.cells[3] = paper_member(row, "type");
	line.cells[4] = disclosed(row, "provider");
	line.cells[5] = standing(row);
	line.cells[6] = decision(row);
	line.cells[7] = paper_member(row, "exemption");
	line.cells[8] = paper_member(row, "reason");
	line.cells[9] = paper_member(row, "decided_at");
	line.cells[10] = consulted(row);
	line.cells[11] = disclosed(row, "text");
	return line;
}

/*
 * For a spreadsheet.
 */

/* PROTOCOL.md M486: "A cell of a table that begins with one of = + - @, a tab
 * or a carriage return MUST be given with an apostrophe before it, so that no
 * spreadsheet takes somebody's words for a formula." */
static enum err put_safe(const char *text, struct buf *out)
{
	enum err err = ERR_OK;
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL) {
		err = buf_u8(out, '\'');
	}
	return err == ERR_OK ? buf_append(out, span_text(text)) : err;
}

static enum err put_csv(const char *const cells[CELLS], struct buf *out)
{
	struct buf safe[CELLS] = { { 0 } };
	struct span fields[CELLS];
	enum err err = ERR_OK;
	for (size_t i = 0; i < CELLS && err == ERR_OK; i++) {
		err = put_safe(cells[i], &safe[i]);
		fields[i] = buf_span(&safe[i]);
	}
	if (err == ERR_OK) {
		err = csv_append(fields, CELLS, out);
	}
	for (size_t i = 0; i < CELLS; i++) {
		buf_wipe(&safe[i]);
	}
	return err;
}

enum err foi_file_csv(const json_t *schedule, struct buf *out)
{
	size_t at = 0;
	const json_t *row = NULL;
	/* So that a spreadsheet takes it for UTF-8. */
	enum err err = buf_append(out, span_text("\xef\xbb\xbf"));
	if (err == ERR_OK) {
		err = put_csv(headings, out);
	}
	json_array_foreach(json_object_get(schedule, "rows"), at, row)
	{
		struct line line = line_of(row, at);
		line.cells[0] = line.number;
		if (err == ERR_OK) {
			err = put_csv(line.cells, out);
		}
	}
	return err;
}

/*
 * To print.
 */

static const char style[] =
    "body { font-family: sans-serif; margin: 2em; }\n"
    "table { border-collapse: collapse; width: 100%; }\n"
    "th, td { border: 1px solid #768692; padding: 0.3em 0.5em; text-align: "
    "left; vertical-align: top; overflow-wrap: anywhere; white-space: "
    "pre-wrap; }\n"
    "thead { display: table-header-group; }\n"
    "tr { break-inside: avoid; }\n"
    "@page { size: A4 landscape; margin: 1.5cm; }\n"
    "@media print { body { margin: 0; font-size: 9pt; } }\n";

static enum err put_cells(
    const char *element, const char *const cells[CELLS], struct buf *out)
{
	enum err err = buf_append(out, span_text("<tr>"));
	for (size_t i = 0; i < CELLS && err == ERR_OK; i++) {
		err = html_out_element(element, cells[i], out);
	}
	return err == ERR_OK ? buf_append(out, span_text("</tr>\n")) : err;
}

static enum err put_request(const json_t *request, struct buf *out)
{
	bool subject =
	    strcmp(paper_member(request, "kind"), "subject-access") == 0;
	enum err err = buf_printf(out, "<p>%s request number %lld, received ",
	    subject ? "Subject access" : "Freedom of information",
	    (long long)paper_number(request, "number"));
	if (err == ERR_OK) {
		err = html_out_text(paper_member(request, "received_on"), out);
	}
	return err == ERR_OK ? buf_append(out, span_text("</p>\n")) : err;
}

enum err foi_file_html(const json_t *schedule, struct buf *out)
{
	size_t at = 0;
	const json_t *row = NULL;
	enum err err = html_out_begin("Disclosure schedule", style, out);
	if (err == ERR_OK) {
		err = put_request(json_object_get(schedule, "request"), out);
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("<table>\n<thead>\n"));
	}
	if (err == ERR_OK) {
		err = put_cells("th", headings, out);
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("</thead>\n<tbody>\n"));
	}
	json_array_foreach(json_object_get(schedule, "rows"), at, row)
	{
		struct line line = line_of(row, at);
		line.cells[0] = line.number;
		if (err == ERR_OK) {
			err = put_cells("td", line.cells, out);
		}
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("</tbody>\n</table>\n"));
	}
	return err == ERR_OK ? html_out_end(out) : err;
}
