#include "codec/csv.h"

#include "codec/utf8.h"

#include <csv.h>

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 256, BLOCK_BYTES = 4096 };

struct parse {
	csv_row row;
	void *context;
	enum err err;
	unsigned long line;     /* of the piece being fed */
	unsigned long row_line; /* where the row in hand starts */
	bool in_row;
	struct buf content; /* the fields of the row, end to end */
	size_t count;
	size_t ends[FIELDS_MAX];
};

static int no_space(unsigned char byte)
{
	(void)byte;
	return 0;
}

static void on_field(void *data, size_t size, void *context)
{
	struct parse *parse = context;
	if (parse->err != ERR_OK) {
		return;
	}
	if (parse->count == FIELDS_MAX) {
		parse->err = err_set(ERR_INPUT, "line %lu: more than %d fields",
		    parse->row_line, (int)FIELDS_MAX);
		return;
	}
	parse->err = buf_append(&parse->content, span_of(data, size));
	parse->ends[parse->count++] = parse->content.size;
}

static void on_row(int end, void *context)
{
	struct parse *parse = context;
	struct span fields[FIELDS_MAX];
	(void)end;
	size_t start = 0;
	for (size_t i = 0; i < parse->count; i++) {
		/* The content of empty fields alone has no address. */
		fields[i] = (struct span){ 0 };
		if (parse->ends[i] > start) {
			fields[i] = span_of(parse->content.data + start,
			    parse->ends[i] - start);
		}
		start = parse->ends[i];
	}
	if (parse->err == ERR_OK) {
		parse->err = parse->row(
		    parse->context, parse->row_line, fields, parse->count);
	}
	parse->count = 0;
	parse->in_row = false;
	buf_reset(&parse->content);
}

/* A line with its end, so that libcsv's rows can be told where they start. A
 * carriage return alone ends a row for libcsv, so it does here. */
static struct span take_line(struct span *text)
{
	size_t size = 0;
	while (size < text->size && text->data[size] != '\n' &&
	       text->data[size] != '\r') {
		size++;
	}
	if (size + 1 < text->size && text->data[size] == '\r' &&
	    text->data[size + 1] == '\n') {
		size++;
	}
	size = size < text->size ? size + 1 : size;
	struct span line = span_of(text->data, size);
	*text = span_of(text->data + size, text->size - size);
	return line;
}

static enum err parser_error(struct csv_parser *parser, unsigned long line)
{
	if (csv_error(parser) == CSV_EPARSE) {
		return err_set(
		    ERR_INPUT, "line %lu: a quote is unclosed or astray", line);
	}
	return err_set(ERR_MEM, "out of memory");
}

static enum err feed(
    struct csv_parser *parser, struct parse *parse, struct span line)
{
	if (!utf8_valid(line)) {
		return err_set(
		    ERR_INPUT, "line %lu: not UTF-8 text", parse->line);
	}
	if (!parse->in_row) {
		parse->row_line = parse->line;
	}
	/* on_row clears it again unless a quoted field goes on. */
	parse->in_row = true;
	if (csv_parse(parser, line.data, line.size, on_field, on_row, parse) !=
	    line.size) {
		return parser_error(parser, parse->line);
	}
	return parse->err;
}

static enum err feed_all(
    struct csv_parser *parser, struct parse *parse, struct span text)
{
	while (text.size > 0) {
		struct span line = take_line(&text);
		bool blank = line.data[0] == '\n' || line.data[0] == '\r';
		/* A blank line in a quoted field is content. */
		if (!blank || parse->in_row) {
			enum err err = feed(parser, parse, line);
			if (err != ERR_OK) {
				return err;
			}
		}
		parse->line++;
	}
	if (csv_fini(parser, on_field, on_row, parse) != 0) {
		return parser_error(parser, parse->row_line);
	}
	return parse->err;
}

enum err csv_read(struct span text, csv_row row, void *context)
{
	static const uint8_t mark[] = { 0xEF, 0xBB, 0xBF };
	struct csv_parser parser;
	struct parse parse = {
		.row = row,
		.context = context,
		.err = ERR_OK,
		.line = 1,
		.row_line = 1,
	};
	if (text.size >= sizeof(mark) &&
	    memcmp(text.data, mark, sizeof(mark)) == 0) {
		text =
		    span_of(text.data + sizeof(mark), text.size - sizeof(mark));
	}
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		return err_set(ERR_MEM, "cannot start a CSV reader");
	}
	csv_set_space_func(&parser, no_space);
	csv_set_blk_size(&parser, BLOCK_BYTES);
	enum err err = feed_all(&parser, &parse, text);
	csv_free(&parser);
	buf_wipe(&parse.content);
	return err;
}

/* Spaces at either end are quoted too: some readers drop them. */
static bool needs_quotes(struct span field, size_t count)
{
	if (field.size == 0) {
		return count == 1; /* or the row would be a blank line */
	}
	if (field.data[0] == ' ' || field.data[field.size - 1] == ' ') {
		return true;
	}
	for (size_t i = 0; i < field.size; i++) {
		uint8_t byte = field.data[i];
		if (byte == ',' || byte == '"' || byte == '\n' ||
		    byte == '\r') {
			return true;
		}
	}
	return false;
}

static enum err append_quoted(struct span field, struct buf *out)
{
	enum err err = buf_u8(out, '"');
	for (size_t i = 0; err == ERR_OK && i < field.size; i++) {
		if (field.data[i] == '"') {
			err = buf_u8(out, '"');
		}
		if (err == ERR_OK) {
			err = buf_u8(out, field.data[i]);
		}
	}
	return err == ERR_OK ? buf_u8(out, '"') : err;
}

enum err csv_append(const struct span *fields, size_t count, struct buf *out)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (i > 0) {
			err = buf_u8(out, ',');
		}
		if (err != ERR_OK) {
			break;
		}
		err = needs_quotes(fields[i], count)
		          ? append_quoted(fields[i], out)
		          : buf_append(out, fields[i]);
	}
	return err == ERR_OK ? buf_u8(out, '\n') : err;
}
