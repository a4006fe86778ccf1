#include "domain/format.h"

#include "codec/canon.h"
#include "domain/ae.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct format *const formats[] = {
	&ae_format,
};

const struct format *format_find(struct span name)
{
	for (size_t i = 0; i < format_count(); i++) {
		if (span_equal(name, span_text(formats[i]->name)))
			return formats[i];
	}
	return NULL;
}

size_t format_count(void)
{
	return sizeof formats / sizeof formats[0];
}

const struct format *format_at(size_t index)
{
	return formats[index];
}

enum err format_bad(
    struct format_result *result, unsigned long line, const char *fmt, ...)
{
	struct format_bad_row *row = NULL;
	va_list arguments;

	result->bad_total++;
	if (result->bad_count == FORMAT_BAD_ROWS)
		return ERR_OK;
	if (result->bad == NULL)
		result->bad = calloc(FORMAT_BAD_ROWS, sizeof *result->bad);
	if (result->bad == NULL)
		return err_set(ERR_MEM, "out of memory");
	row = &result->bad[result->bad_count++];
	row->line = line;
	va_start(arguments, fmt);
	(void)vsnprintf(row->reason, sizeof row->reason, fmt, arguments);
	va_end(arguments);
	return ERR_OK;
}

static int compare_bad(const void *a, const void *b)
{
	const struct format_bad_row *x = a;
	const struct format_bad_row *y = b;

	if (x->line == y->line)
		return 0;
	return x->line < y->line ? -1 : 1;
}

void format_sort_bad(struct format_result *result)
{
	if (result->bad_count > 1)
		qsort(result->bad, result->bad_count, sizeof *result->bad,
		    compare_bad);
}

void format_result_clear(struct format_result *result)
{
	for (size_t i = 0; i < result->set_count; i++) {
		if (result->sets[i] != NULL)
			canon_free(&result->sets[i]->base);
	}
	free(result->sets);
	free(result->bad);
	memset(result, 0, sizeof *result);
}
