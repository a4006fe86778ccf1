/* CSV, and what reads it: rows written again read the same, and everything
 * that comes out of an importer is fit to be recorded. */
#include "codec/csv.h"
#include "domain/ae.h"
#include "domain/indicator.h"
#include "domain/ods.h"
#include "fuzz/tool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct copy {
	struct buf text;
	unsigned long line;
	size_t rows;
	size_t fields;
};

static enum err copy_row(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct copy *copy = context;
	tool_must(line > copy->line && count >= 1);
	copy->line = line;
	copy->rows++;
	copy->fields += count;
	return csv_append(fields, count, &copy->text);
}

static void check_rows(struct span text)
{
	struct copy once = { 0 };
	struct copy twice = { 0 };
	/* A mark in front of a second mark is part of the first field, and
	 * would be skipped the next time. */
	if (csv_read(text, copy_row, &once) == ERR_OK &&
	    !(once.text.size > 0 && once.text.data[0] == 0xef)) {
		tool_ok(csv_read(buf_span(&once.text), copy_row, &twice));
		tool_must(once.rows == twice.rows);
		tool_must(once.fields == twice.fields);
		tool_must(
		    span_equal(buf_span(&once.text), buf_span(&twice.text)));
	}
	buf_clear(&once.text);
	buf_clear(&twice.text);
}

static void check_import(struct span text)
{
	struct format_result result = { 0 };
	size_t rows = 0;
	if (ae_read(text, &result) != ERR_OK) {
		tool_must(result.set_count == 0 && result.bad_count == 0);
		return;
	}
	for (size_t i = 0; i < result.set_count; i++) {
		tool_ok(indicator_check(result.sets[i]));
		tool_ok(indicator_acceptable(result.sets[i]));
		rows += result.sets[i]->n_rows;
	}
	tool_must(rows == result.row_count);
	tool_must(result.bad_count <= result.bad_total);
	tool_must(result.bad_count <= FORMAT_BAD_ROWS);
	for (size_t i = 1; i < result.bad_count; i++) {
		tool_must(result.bad[i - 1].line <= result.bad[i].line);
	}
	format_result_clear(&result);
}

static void check_register(struct span text)
{
	for (size_t i = 0; i < ods_count(); i++) {
		struct ods_result result = { 0 };
		if (ods_read(ods_at(i), text, &result) != ERR_OK) {
			tool_must(result.count == 0 && result.entries == NULL);
			continue;
		}
		tool_must(result.count > 0);
		for (size_t j = 0; j < result.count; j++) {
			tool_ok(ods_check(result.entries[j]));
		}
		ods_clear(&result);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_rows(span_of(data, size));
	check_import(span_of(data, size));
	check_register(span_of(data, size));
	return 0;
}
