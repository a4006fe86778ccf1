#define _POSIX_C_SOURCE 200809L

#include "domain/ae.h"

#include "base/limits.h"
#include "codec/csv.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/indicator.h"
#include "domain/provider.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "period,org_code,type,attendances,breaches,admissions"
#define SUPPRESSED (-1)

enum { PERIOD, ORG, TYPE, ATTENDANCES, BREACHES, ADMISSIONS, FIELD_COUNT };
enum { COUNT_FIRST = ATTENDANCES, COUNTS = FIELD_COUNT - COUNT_FIRST };

static const char *const names[FIELD_COUNT] = { "period", "org_code", "type",
	"attendances", "breaches", "admissions" };
static const char *const types[] = { "1", "2", "other" };

#define TYPES (sizeof types / sizeof types[0])

/* One good row, small: a file may hold millions. */
struct row {
	int64_t counts[COUNTS];
	unsigned long line;
	uint16_t year;
	uint8_t month;
	uint8_t type; /* index into types, which are in byte order */
	char org[9];
};

struct reading {
	struct row *rows;
	size_t count;
	size_t capacity;
	bool headed;
	struct format_result *out;
};

static struct span trim(struct span text)
{
	while (text.size > 0 && text.data[0] == ' ')
		text = span_of(text.data + 1, text.size - 1);
	while (text.size > 0 && text.data[text.size - 1] == ' ')
		text.size--;
	return text;
}

/* ASCII, ignoring case. */
static bool is_word(struct span text, const char *word)
{
	if (text.size != strlen(word))
		return false;
	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (c != (uint8_t)word[i])
			return false;
	}
	return true;
}

static enum err wrong_header(void)
{
	return err_set(
	    ERR_INPUT, "the first line must name these columns: " COLUMNS);
}

static enum err read_header(const struct span *fields, size_t count)
{
	if (count != FIELD_COUNT)
		return wrong_header();
	for (size_t i = 0; i < count; i++) {
		if (!is_word(trim(fields[i]), names[i]))
			return wrong_header();
	}
	return ERR_OK;
}

/* Each reader below gives the reason why a field is bad, or NULL. */

static const char *read_period(struct span text, struct row *row)
{
	static const char *const reason =
	    "period must be a month as YYYY-MM or YYYY-MM-01";
	char date[] = "YYYY-MM-01";

	if (text.size != 7 && text.size != sizeof date - 1)
		return reason;
	memcpy(date, text.data, text.size);
	if (!when_is_date(span_text(date)) || memcmp(date + 7, "-01", 3) != 0)
		return reason;
	row->year = (uint16_t)strtoul(date, NULL, 10);
	row->month = (uint8_t)strtoul(date + 5, NULL, 10);
	return NULL;
}

static const char *read_org(struct span text, struct row *row)
{
	struct provider_code code;

	if (provider_code_normalise(text, &code) != ERR_OK ||
	    !text_is_ods(span_text(code.text)))
		return "org_code must be an ODS code of 3 to 8 letters and "
		       "digits";
	memcpy(row->org, code.text, sizeof row->org - 1);
	row->org[sizeof row->org - 1] = '\0';
	return NULL;
}

static const char *read_type(struct span text, struct row *row)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (is_word(text, types[i])) {
			row->type = (uint8_t)i;
			return NULL;
		}
	}
	return "type must be 1, 2 or other";
}

/* Whole and not negative; the name of the column is the reason. */
static const char *read_counts(const struct span *fields, struct row *row)
{
	for (size_t i = 0; i < COUNTS; i++) {
		struct span text = trim(fields[COUNT_FIRST + i]);
		struct indicator_value value;

		if (indicator_parse(text, &value) != ERR_OK ||
		    value.decimals > 0 || value.mantissa < 0 ||
		    text.data[0] == '-')
			return names[COUNT_FIRST + i];
		row->counts[i] = value.suppressed ? SUPPRESSED : value.mantissa;
	}
	return NULL;
}

static enum err keep(struct reading *in, const struct row *row)
{
	if (in->count == in->capacity) {
		size_t more = in->capacity == 0 ? 1024 : in->capacity * 2;
		struct row *rows = realloc(in->rows, more * sizeof *rows);

		if (rows == NULL)
			return err_set(ERR_MEM, "out of memory");
		in->rows = rows;
		in->capacity = more;
	}
	in->rows[in->count++] = *row;
	return ERR_OK;
}

static enum err read_row(struct reading *in, unsigned long line,
    const struct span *fields, size_t count)
{
	struct row row = { .line = line };
	const char *reason = NULL;
	int64_t attendances = 0;

	if (count != FIELD_COUNT)
		return format_bad(in->out, line,
		    "%d fields expected, %zu found", (int)FIELD_COUNT, count);
	reason = read_period(trim(fields[PERIOD]), &row);
	if (reason == NULL)
		reason = read_org(trim(fields[ORG]), &row);
	if (reason == NULL)
		reason = read_type(trim(fields[TYPE]), &row);
	if (reason != NULL)
		return format_bad(in->out, line, "%s", reason);
	reason = read_counts(fields, &row);
	if (reason != NULL)
		return format_bad(in->out, line,
		    "%s must be a whole number from 0, or * where suppressed",
		    reason);
	attendances = row.counts[ATTENDANCES - COUNT_FIRST];
	if (attendances != SUPPRESSED &&
	    row.counts[BREACHES - COUNT_FIRST] > attendances)
		return format_bad(
		    in->out, line, "more breaches than attendances");
	return keep(in, &row);
}

static enum err on_row(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct reading *in = context;

	if (in->headed)
		return read_row(in, line, fields, count);
	in->headed = true;
	return read_header(fields, count);
}

static int compare_periods(const struct row *x, const struct row *y)
{
	if (x->year != y->year)
		return x->year < y->year ? -1 : 1;
	return (int)x->month - (int)y->month;
}

static int compare_keys(const struct row *x, const struct row *y)
{
	int order = compare_periods(x, y);

	if (order == 0)
		order = strcmp(x->org, y->org);
	return order != 0 ? order : (int)x->type - (int)y->type;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	int order = compare_keys(x, y);

	if (order == 0 && x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return order;
}

/* After sorting: of rows with one key, only the first of the file stays. */
static enum err drop_doubles(struct reading *in)
{
	size_t kept = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->count && err == ERR_OK; i++) {
		const struct row *last = kept > 0 ? &in->rows[kept - 1] : NULL;

		if (last != NULL && compare_keys(last, &in->rows[i]) == 0)
			err = format_bad(in->out, in->rows[i].line,
			    "same period, organisation and type as line %lu",
			    last->line);
		else
			in->rows[kept++] = in->rows[i];
	}
	in->count = kept;
	return err;
}

static enum err copy_text(const char *text, char **out)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return err_set(ERR_MEM, "out of memory");
	*out = copy;
	return ERR_OK;
}

static enum err add_values(const struct row *row, Qsg__IndicatorRow *out)
{
	out->values = calloc(COUNTS, sizeof(Qsg__IndicatorValue *));
	if (out->values == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < COUNTS; i++) {
		Qsg__IndicatorValue *value = malloc(sizeof *value);

		if (value == NULL)
			return err_set(ERR_MEM, "out of memory");
		qsg__indicator_value__init(value);
		value->suppressed = row->counts[i] == SUPPRESSED;
		value->mantissa = value->suppressed ? 0 : row->counts[i];
		out->values[out->n_values++] = value;
	}
	return ERR_OK;
}

static enum err add_row(const struct row *row, Qsg__IndicatorSet *set)
{
	Qsg__IndicatorRow *out = malloc(sizeof *out);
	enum err err = ERR_OK;

	if (out == NULL)
		return err_set(ERR_MEM, "out of memory");
	qsg__indicator_row__init(out);
	set->rows[set->n_rows++] = out;
	err = copy_text(row->org, &out->provider);
	if (err == ERR_OK)
		err = copy_text(types[row->type], &out->category);
	return err == ERR_OK ? add_values(row, out) : err;
}

static enum err fill_head(const struct row *row, Qsg__IndicatorSet *set)
{
	struct buf period = { 0 };
	enum err err = buf_printf(&period, "%04u-%02u", row->year, row->month);

	if (err == ERR_OK && buf_text(&period) == NULL)
		err = err_set(ERR_MEM, "out of memory");
	if (err == ERR_OK)
		err = copy_text((const char *)period.data, &set->period);
	buf_clear(&period);
	if (err == ERR_OK)
		err = copy_text("ae-attendances", &set->set);
	if (err == ERR_OK)
		err = copy_text("NHS England", &set->publisher);
	if (err != ERR_OK)
		return err;
	set->columns = calloc(COUNTS, sizeof(char *));
	if (set->columns == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < COUNTS && err == ERR_OK; i++) {
		err = copy_text(names[COUNT_FIRST + i], &set->columns[i]);
		set->n_columns += err == ERR_OK;
	}
	return err;
}

/* The rows of one period become one set, which the result owns at once. */
static enum err add_set(
    const struct row *rows, size_t count, struct format_result *out)
{
	Qsg__IndicatorSet *set = NULL;
	enum err err = ERR_OK;

	if (count > LIMIT_INDICATOR_ROWS)
		return err_set(ERR_LIMIT,
		    "%04u-%02u has %zu rows; a period may have %u", rows->year,
		    rows->month, count, LIMIT_INDICATOR_ROWS);
	set = malloc(sizeof *set);
	if (set == NULL)
		return err_set(ERR_MEM, "out of memory");
	qsg__indicator_set__init(set);
	out->sets[out->set_count++] = set;
	err = fill_head(rows, set);
	if (err != ERR_OK)
		return err;
	set->rows = calloc(count, sizeof(Qsg__IndicatorRow *));
	if (set->rows == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add_row(&rows[i], set);
	out->row_count += count;
	return err;
}

static bool starts_period(const struct reading *in, size_t i)
{
	return i == 0 || compare_periods(&in->rows[i - 1], &in->rows[i]) != 0;
}

static enum err build_sets(struct reading *in)
{
	size_t periods = 0;
	size_t start = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->count; i++)
		periods += starts_period(in, i);
	if (periods == 0)
		return ERR_OK;
	in->out->sets = calloc(periods, sizeof(Qsg__IndicatorSet *));
	if (in->out->sets == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 1; i <= in->count && err == ERR_OK; i++) {
		if (i < in->count && !starts_period(in, i))
			continue;
		err = add_set(&in->rows[start], i - start, in->out);
		start = i;
	}
	return err;
}

enum err ae_read(struct span csv, struct format_result *out)
{
	struct reading in = { .out = out };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (csv.size > LIMIT_CSV_BYTES)
		return err_set(ERR_LIMIT, "the file is larger than %u bytes",
		    LIMIT_CSV_BYTES);
	err = csv_read(csv, on_row, &in);
	if (err == ERR_OK && !in.headed)
		err = wrong_header();
	if (err != ERR_OK)
		goto done;
	if (in.count > 0)
		qsort(in.rows, in.count, sizeof *in.rows, compare_rows);
	err = drop_doubles(&in);
	if (err == ERR_OK)
		err = build_sets(&in);
done:
	free(in.rows);
	format_sort_bad(out);
	if (err != ERR_OK)
		format_result_clear(out);
	return err;
}

const struct format ae_format = {
	.name = "ae-attendances",
	.help = "NHS England A&E attendances by organisation, month and type",
	.columns = COLUMNS,
	.read = ae_read,
};
