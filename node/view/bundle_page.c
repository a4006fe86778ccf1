#include "view/bundle_index.h"

#include "codec/text.h"
#include "codec/utf8.h"
#include "codec/when.h"
#include "domain/content.h"
#include "view/html_out.h"

#include <inttypes.h>

static const char begin[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en-GB\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<title>Bundle of signed records</title>\n"
    "<style>\n"
    "body { font-family: sans-serif; margin: 2em; max-width: 70em; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { border: 1px solid #768692; padding: 0.3em 0.6em; text-align: "
    "left; vertical-align: top; }\n"
    "code { overflow-wrap: anywhere; }\n"
    "pre { white-space: pre-wrap; }\n"
    "</style>\n"
    "</head>\n"
    "<body>\n"
    "<h1>Bundle of signed records</h1>\n"
    "<p>This page lists what the bundle holds; it proves nothing by itself. "
    "Check the bundle with <code>qsg audit check</code>, or each record's "
    "proof with any tool for c2sp.org/tlog-proof. Names are what the "
    "organisations' own cards claim; compare fingerprints.</p>\n"
    "<h2>Organisations</h2>\n"
    "<table>\n"
    "<tr><th>Name</th><th>Code</th><th>Kind</th><th>Fingerprint</th></tr>\n";

static const char records[] =
    "</table>\n"
    "<h2>Records</h2>\n"
    "<table>\n"
    "<tr><th>Record</th><th>Author</th><th>Entry</th><th>State</th>"
    "<th>Type</th><th>Provider</th><th>Created</th><th>Says</th></tr>\n";

static const char end[] = "</table>\n"
			  "</body>\n"
			  "</html>\n";

static enum err put_cell(const char *text, struct buf *out)
{
	enum err err = buf_append(out, span_text("<td>"));
	if (err == ERR_OK) {
		err = html_out_text(text, out);
	}
	return err == ERR_OK ? buf_append(out, span_text("</td>")) : err;
}

enum err bundle_page_begin(struct buf *out)
{
	return buf_append(out, span_text(begin));
}

enum err bundle_page_card(const struct card *card, struct buf *out)
{
	struct fingerprint fingerprint = text_fingerprint(&card->organisation);
	enum err err = buf_append(out, span_text("<tr>"));
	if (err == ERR_OK) {
		err = put_cell(card->fields->name, out);
	}
	if (err == ERR_OK) {
		err = put_cell(card->fields->code, out);
	}
	if (err == ERR_OK) {
		err = put_cell(card->fields->kind, out);
	}
	return err == ERR_OK
	           ? buf_printf(out, "<td><code>%s</code></td></tr>\n",
			 fingerprint.text)
	           : err;
}

enum err bundle_page_records(struct buf *out)
{
	return buf_append(out, span_text(records));
}

static enum err put_paragraph(
    const char *heading, const char *text, struct buf *out)
{
	if (text[0] == '\0') {
		return ERR_OK;
	}
	enum err err = buf_printf(out, "%s<pre>", heading);
	if (err == ERR_OK) {
		err = html_out_text(text, out);
	}
	return err == ERR_OK ? buf_append(out, span_text("</pre>")) : err;
}

static enum err put_readers(const Qsg__Audience *audience, struct buf *out)
{
	enum err err = buf_append(out, span_text("may be read by"));
	for (size_t i = 0; err == ERR_OK && i < audience->n_readers; i++) {
		struct reader in = reader_of(span_of(
		    audience->readers[i].data, audience->readers[i].len));
		struct id32 id;
		reader_copy(&in, id.b, sizeof(id.b));
		err = buf_printf(
		    out, "<br><code>%s</code>", text_fingerprint(&id).text);
	}
	return err;
}

static enum err put_receipt(const Qsg__Receipt *receipt, struct buf *out)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < receipt->n_streams; i++) {
		const Qsg__ReceiptStream *stream = receipt->streams[i];
		err = buf_append(out, span_text("received <code>"));
		if (err == ERR_OK) {
			err = text_hex(
			    span_of(stream->stream.data, stream->stream.len),
			    out);
		}
		if (err == ERR_OK) {
			err = buf_printf(out,
			    "</code>, numbers %" PRIu64 " to %" PRIu64 "<br>",
			    stream->first, stream->last);
		}
	}
	return err;
}

static enum err put_intelligence(
    const Qsg__Intelligence *intelligence, struct buf *out)
{
	enum err err = put_paragraph("", intelligence->text, out);
	if (err == ERR_OK) {
		err = put_paragraph("Judgement:", intelligence->judgement, out);
	}
	return err == ERR_OK
	           ? put_paragraph("Caveat:", intelligence->caveat, out)
	           : err;
}

static enum err put_indicators(const Qsg__IndicatorSet *set, struct buf *out)
{
	enum err err = html_out_text(set->set, out);
	if (err == ERR_OK) {
		err = buf_append(out, span_text(" of "));
	}
	if (err == ERR_OK) {
		err = html_out_text(set->period, out);
	}
	return err == ERR_OK ? buf_printf(out, ", %zu rows", set->n_rows) : err;
}

static enum err put_records(const Qsg__ActivityEntry *entry, struct buf *out)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < entry->n_records; i++) {
		err = buf_append(out, span_text("<br><code>"));
		if (err == ERR_OK) {
			err = text_hex(span_of(entry->records[i].data,
					   entry->records[i].len),
			    out);
		}
		if (err == ERR_OK) {
			err = buf_append(out, span_text("</code>"));
		}
	}
	return err;
}

/* Who did or opened what, a paragraph each. */
static enum err put_activity(const Qsg__Activity *activity, struct buf *out)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < activity->n_entries; i++) {
		const Qsg__ActivityEntry *entry = activity->entries[i];
		const struct when at = when_london(entry->at_ms);
		const char *const words[] = { at.text, " ", entry->account, " ",
			entry->operation, entry->about[0] == '\0' ? "" : " ",
			entry->about, entry->refused ? " (refused)" : "" };
		err = buf_append(out, span_text("<p>"));
		for (size_t j = 0; err == ERR_OK && j < 8; j++) {
			err = html_out_text(words[j], out);
		}
		if (err == ERR_OK) {
			err = put_records(entry, out);
		}
		if (err == ERR_OK) {
			err = buf_append(out, span_text("</p>"));
		}
	}
	return err;
}

/* What an opened record says, in short; the whole stands in its payload. */
static enum err put_content(const Qsg__Payload *payload, struct buf *out)
{
	if (payload == NULL) {
		return ERR_OK;
	}
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_AUDIENCE:
		return put_readers(payload->audience, out);
	case QSG__PAYLOAD__CONTENT_CLOSED:
		return html_out_text(payload->closed->reason, out);
	case QSG__PAYLOAD__CONTENT_INTELLIGENCE:
		return put_intelligence(payload->intelligence, out);
	case QSG__PAYLOAD__CONTENT_INDICATORS:
		return put_indicators(payload->indicators, out);
	case QSG__PAYLOAD__CONTENT_OVERRIDE:
		return html_out_text(payload->override->reason, out);
	case QSG__PAYLOAD__CONTENT_RECEIPT:
		return put_receipt(payload->receipt, out);
	case QSG__PAYLOAD__CONTENT_EXPORT:
		return html_out_text(payload->export->what, out);
	case QSG__PAYLOAD__CONTENT_ACTIVITY:
		return put_activity(payload->activity, out);
	case QSG__PAYLOAD__CONTENT__NOT_SET:
		return ERR_OK;
	default: /* its text, where it has one */
		return put_paragraph("", content_text(payload), out);
	}
}

static enum err put_words(const struct bundle_row *row, struct buf *out)
{
	struct when created = { { 0 } };
	if (row->payload != NULL) {
		created = when_london(row->payload->created_at_ms);
	}
	const char *const words[] = { bundle_index_state(row),
		bundle_index_type(row->payload),
		bundle_index_provider(row->payload), created.text };
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < 4; i++) {
		err = put_cell(words[i], out);
	}
	return err;
}

enum err bundle_page_row(const struct bundle_row *row, struct buf *out)
{
	struct hex32 id = text_hex_id(&row->record);
	enum err err = buf_printf(out, "<tr><td><code>%s</code></td>", id.text);
	if (err == ERR_OK) {
		err = put_cell(row->author->fields->name, out);
	}
	if (err == ERR_OK) {
		err = buf_printf(out, "<td>%" PRIu64 "</td>", row->leaf);
	}
	if (err == ERR_OK) {
		err = put_words(row, out);
	}
	if (err == ERR_OK) {
		err = buf_append(out, span_text("<td>"));
	}
	if (err == ERR_OK) {
		err = put_content(row->payload, out);
	}
	if (err == ERR_OK) {
		err = put_paragraph(
		    "FOI advice:", bundle_index_foi_note(row->payload), out);
	}
	return err == ERR_OK ? buf_append(out, span_text("</td></tr>\n")) : err;
}

enum err bundle_page_end(struct buf *out)
{
	return buf_append(out, span_text(end));
}
