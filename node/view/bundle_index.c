#include "view/bundle_index.h"

#include "codec/csv.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *bundle_index_type(const Qsg__Payload *payload)
{
	const struct content_kind *kind = content_kind(payload);

	if (payload == NULL) {
		return "";
	}
	if (content_corrects(payload)) {
		return "correction";
	}
	return kind == NULL ? "unknown" : kind->token;
}

const char *bundle_index_state(const struct bundle_row *row)
{
	if (row->payload != NULL) {
		return "opened";
	}
	return row->has_body ? "sealed" : "no body";
}

const char *bundle_index_foi_note(const Qsg__Payload *payload)
{
	return payload == NULL || payload->handling == NULL
	           ? ""
	           : payload->handling->foi_note;
}

const char *bundle_index_provider(const Qsg__Payload *payload)
{
	return payload == NULL ? "" : content_provider(payload);
}

/* A spreadsheet must not take somebody's words for a formula. */
static enum err put_word(const char *text, struct buf *out)
{
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL) {
		enum err err = buf_u8(out, '\'');
		if (err != ERR_OK) {
			return err;
		}
	}
	return buf_append(out, span_text(text));
}

enum err bundle_csv_begin(struct buf *out)
{
	return buf_append(
	    out, span_text("record,author,author_name,generation,entry,stream,"
			   "number,state,type,provider,created_at\n"));
}

/* Numbers and ids of a row, as text. */
struct cells {
	struct hex32 record;
	struct hex32 author;
	struct hex32 stream;
	char generation[17];
	char leaf[24];
	char number[24];
	struct when created;
};

static void fill(const struct bundle_row *row, struct cells *out)
{
	*out = (struct cells){ .record = text_hex_id(&row->record),
		.author = text_hex_id(&row->header.author),
		.stream = text_hex_id(&row->header.stream) };
	for (size_t i = 0; i < sizeof(row->header.generation.b); i++) {
		(void)snprintf(out->generation + 2 * i, 3, "%02x",
		    row->header.generation.b[i]);
	}
	(void)snprintf(out->leaf, sizeof(out->leaf), "%" PRIu64, row->leaf);
	(void)snprintf(
	    out->number, sizeof(out->number), "%" PRIu64, row->header.number);
	if (row->payload != NULL) {
		out->created = when_utc(row->payload->created_at_ms);
	}
}

enum err bundle_csv_row(const struct bundle_row *row, struct buf *out)
{
	struct cells cells;
	struct buf name = { 0 };
	struct buf provider = { 0 };
	fill(row, &cells);
	enum err err = put_word(row->author->fields->name, &name);
	if (err == ERR_OK) {
		err = put_word(bundle_index_provider(row->payload), &provider);
	}
	if (err == ERR_OK) {
		const struct span fields[] = { span_text(cells.record.text),
			span_text(cells.author.text), buf_span(&name),
			span_text(cells.generation), span_text(cells.leaf),
			span_text(cells.stream.text), span_text(cells.number),
			span_text(bundle_index_state(row)),
			span_text(bundle_index_type(row->payload)),
			buf_span(&provider), span_text(cells.created.text) };
		err = csv_append(fields, COUNT(fields), out);
	}
	buf_clear(&name);
	buf_wipe(&provider);
	return err;
}
