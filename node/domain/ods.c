#define _POSIX_C_SOURCE 200809L

#include "domain/ods.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/csv.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/org.h"
#include "domain/provider.h"

#include <stdlib.h>
#include <string.h>

enum {
	CODE,
	NAME,
	REGION,
	AREA,
	OPENED = 10,
	CLOSED,
	COMMISSIONER = 14,
	FIELD_COUNT = 27
};
enum { CODE_BYTES = 9, DATE_BYTES = 11, TRUST_CODE = 3 };

/* Places in the table below. */
enum { TRUSTS, SITES, PRACTICES };

static const struct ods_layout layouts[] = {
	[TRUSTS] = { "ods-trusts", "NHS trusts (etr)" },
	[SITES] = { "ods-sites", "sites of NHS trusts (ets)" },
	[PRACTICES] = { "ods-practices", "general practices (epraccur)" },
};

#define LAYOUTS (sizeof layouts / sizeof layouts[0])

/* One good row. */
struct row {
	unsigned long line;
	char *name;
	char code[CODE_BYTES];
	char region[CODE_BYTES];
	char area[CODE_BYTES];
	char commissioner[CODE_BYTES];
	char opened[DATE_BYTES];
	char closed[DATE_BYTES];
};

struct reading {
	const struct ods_layout *layout;
	struct row *rows;
	size_t count;
	size_t capacity;
	struct ods_result *out;
};

size_t ods_count(void)
{
	return LAYOUTS;
}

const struct ods_layout *ods_at(size_t index)
{
	return &layouts[index];
}

const struct ods_layout *ods_find(struct span name)
{
	for (size_t i = 0; i < LAYOUTS; i++) {
		if (span_equal(name, span_text(layouts[i].name)))
			return &layouts[i];
	}
	return NULL;
}

static struct span trim(struct span text)
{
	while (text.size > 0 && text.data[0] == ' ')
		text = span_of(text.data + 1, text.size - 1);
	while (text.size > 0 && text.data[text.size - 1] == ' ')
		text.size--;
	return text;
}

/* Each reader below gives the reason why a field is bad, or NULL. */

static const char *read_code(struct span text, char *out)
{
	struct provider_code code;

	if (provider_code_normalise(text, &code) != ERR_OK ||
	    !text_is_ods(span_text(code.text)))
		return "must be an ODS code of 3 to 8 letters and digits";
	memcpy(out, code.text, CODE_BYTES);
	return NULL;
}

static const char *read_code_or_none(struct span text, char *out)
{
	return trim(text).size == 0 ? NULL : read_code(text, out);
}

/* YYYYMMDD, or nothing. */
static const char *read_date(struct span text, char *out)
{
	struct span date = trim(text);

	if (date.size == 0)
		return NULL;
	if (date.size == 8) {
		memcpy(out, date.data, 4);
		memcpy(out + 5, date.data + 4, 2);
		memcpy(out + 8, date.data + 6, 2);
		out[4] = out[7] = '-';
	}
	return date.size == 8 && when_is_date(span_of(out, DATE_BYTES - 1))
	           ? NULL
	           : "must be a date as YYYYMMDD, or nothing";
}

static const char *check_site(const struct row *row)
{
	return strlen(row->code) > TRUST_CODE
	           ? NULL
	           : "is no site: a site's code begins with the 3 characters "
	             "of its trust and goes on";
}

/* The codes and dates of a row; *column names the one that is bad. */
static const char *read_fields(const struct reading *in,
    const struct span *fields, struct row *row, const char **column)
{
	bool practices = in->layout == &layouts[PRACTICES];
	const char *reason = read_code(fields[CODE], row->code);

	*column = "code (column 1)";
	if (reason == NULL && in->layout == &layouts[SITES])
		reason = check_site(row);
	if (reason == NULL) {
		*column = "region (column 3)";
		reason = read_code_or_none(fields[REGION], row->region);
	}
	if (reason == NULL) {
		*column = "area (column 4)";
		reason = read_code_or_none(fields[AREA], row->area);
	}
	if (reason == NULL && practices) {
		*column = "commissioner (column 15)";
		reason =
		    read_code_or_none(fields[COMMISSIONER], row->commissioner);
	}
	if (reason == NULL) {
		*column = "opening date (column 11)";
		reason = read_date(fields[OPENED], row->opened);
	}
	if (reason == NULL) {
		*column = "closing date (column 12)";
		reason = read_date(fields[CLOSED], row->closed);
	}
	return reason;
}

/* Takes over the row's name. */
static enum err keep(struct reading *in, const struct row *row)
{
	if (in->count == in->capacity) {
		size_t more = in->capacity == 0 ? 256 : in->capacity * 2;
		struct row *rows = realloc(in->rows, more * sizeof *rows);

		if (rows == NULL) {
			free(row->name);
			return err_set(ERR_MEM, "out of memory");
		}
		in->rows = rows;
		in->capacity = more;
	}
	in->rows[in->count++] = *row;
	return ERR_OK;
}

static enum err on_row(
    void *context, unsigned long line, const struct span *fields, size_t count)
{
	struct reading *in = context;
	struct row row = { .line = line };
	struct format_result *found = &in->out->found;
	const char *column = NULL;
	const char *reason = NULL;
	struct span name;

	if (count != FIELD_COUNT)
		return format_bad(found, line, "%d fields expected, %zu found",
		    (int)FIELD_COUNT, count);
	reason = read_fields(in, fields, &row, &column);
	if (reason != NULL)
		return format_bad(found, line, "%s %s", column, reason);
	name = trim(fields[NAME]);
	if (!org_name_valid(name))
		return format_bad(found, line,
		    "name (column 2) must be 1 to %u bytes without control "
		    "characters",
		    LIMIT_NAME_BYTES);
	/* Dates as YYYY-MM-DD are in order of time when they are in order. */
	if (row.opened[0] != '\0' && row.closed[0] != '\0' &&
	    strcmp(row.closed, row.opened) < 0)
		return format_bad(found, line, "closed before it opened");
	row.name = span_copy(name);
	if (row.name == NULL)
		return err_set(ERR_MEM, "out of memory");
	return keep(in, &row);
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;
	int order = strcmp(x->code, y->code);

	if (order == 0 && x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return order;
}

/* After sorting: of rows with one code, only the first of the file stays. */
static enum err drop_doubles(struct reading *in)
{
	size_t kept = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < in->count; i++) {
		struct row *last = kept > 0 ? &in->rows[kept - 1] : NULL;

		if (last == NULL || strcmp(last->code, in->rows[i].code) != 0) {
			in->rows[kept++] = in->rows[i];
			continue;
		}
		if (err == ERR_OK)
			err = format_bad(&in->out->found, in->rows[i].line,
			    "same code as line %lu", last->line);
		free(in->rows[i].name);
	}
	in->count = kept;
	return err;
}

/*
 * Entries.
 */

static enum err copy_text(const char *text, char **out)
{
	char *copy = NULL;

	if (text[0] == '\0')
		return ERR_OK;
	copy = strdup(text);
	if (copy == NULL)
		return err_set(ERR_MEM, "out of memory");
	*out = copy;
	return ERR_OK;
}

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text);
	size_t want = strlen(end);

	return size >= want && strcmp(text + size - want, end) == 0;
}

static const char *type_of(
    const struct ods_layout *layout, const struct row *row)
{
	if (layout == &layouts[PRACTICES])
		return "primary-care";
	return ends_with(row->name, "NHS FOUNDATION TRUST") ? "foundation-trust"
	                                                    : "nhs-trust";
}

static enum err fill_entry(const struct ods_layout *layout,
    const struct row *row, Qsg__RegisteredProvider *out)
{
	enum err err = copy_text(row->code, &out->code);

	if (err == ERR_OK)
		err = copy_text(row->name, &out->name);
	if (err == ERR_OK)
		err = copy_text(type_of(layout, row), &out->type);
	if (err == ERR_OK)
		err = copy_text(row->area, &out->area);
	if (err == ERR_OK)
		err = copy_text(row->region, &out->region);
	if (err == ERR_OK)
		err = copy_text(row->opened, &out->opened_on);
	if (err == ERR_OK)
		err = copy_text(row->closed, &out->closed_on);
	return err == ERR_OK ? copy_text(row->commissioner, &out->commissioner)
	                     : err;
}

static enum err add_site(const struct row *row, Qsg__RegisteredProvider *out)
{
	Qsg__ProviderSite *site = malloc(sizeof *site);
	enum err err = ERR_OK;

	if (site == NULL)
		return err_set(ERR_MEM, "out of memory");
	qsg__provider_site__init(site);
	out->sites[out->n_sites++] = site;
	err = copy_text(row->code, &site->code);
	if (err == ERR_OK)
		err = copy_text(row->name, &site->name);
	return err == ERR_OK ? copy_text(row->closed, &site->closed_on) : err;
}

/* The sites of one trust: rows that begin with the same characters. */
static enum err fill_sites(
    const struct row *rows, size_t count, Qsg__RegisteredProvider *out)
{
	char code[TRUST_CODE + 1] = "";
	enum err err = ERR_OK;

	memcpy(code, rows[0].code, TRUST_CODE);
	if (count > ODS_SITES)
		return err_set(ERR_LIMIT,
		    "%s has %zu sites; a provider may have %u", code, count,
		    ODS_SITES);
	err = copy_text(code, &out->code);
	if (err != ERR_OK)
		return err;
	out->sites = calloc(count, sizeof(Qsg__ProviderSite *));
	if (out->sites == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add_site(&rows[i], out);
	return err;
}

/* How many rows from here on become one entry. */
static size_t entry_rows(const struct reading *in, size_t at)
{
	size_t count = 1;

	if (in->layout != &layouts[SITES])
		return count;
	while (at + count < in->count &&
	       memcmp(in->rows[at].code, in->rows[at + count].code,
		   TRUST_CODE) == 0)
		count++;
	return count;
}

static enum err build(struct reading *in)
{
	enum err err = ERR_OK;

	if (in->count == 0)
		return ERR_OK;
	in->out->entries = calloc(in->count, sizeof(Qsg__RegisteredProvider *));
	if (in->out->entries == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t at = 0; at < in->count && err == ERR_OK;) {
		size_t count = entry_rows(in, at);
		Qsg__RegisteredProvider *entry = malloc(sizeof *entry);

		if (entry == NULL)
			return err_set(ERR_MEM, "out of memory");
		qsg__registered_provider__init(entry);
		in->out->entries[in->out->count++] = entry;
		err = in->layout == &layouts[SITES]
		          ? fill_sites(&in->rows[at], count, entry)
		          : fill_entry(in->layout, &in->rows[at], entry);
		at += count;
	}
	in->out->row_count = in->count;
	return err;
}

/* A file of which not one row is good is another file. */
static enum err judge(const struct ods_result *out)
{
	if (out->count > 0)
		return ERR_OK;
	if (out->found.bad_count == 0)
		return err_set(ERR_INPUT, "the file is empty");
	return err_set(ERR_INPUT,
	    "no row is good; a file of the ODS has %d columns and no header "
	    "(line %lu: %s)",
	    (int)FIELD_COUNT, out->found.bad[0].line, out->found.bad[0].reason);
}

enum err ods_read(
    const struct ods_layout *layout, struct span csv, struct ods_result *out)
{
	struct reading in = { .layout = layout, .out = out };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (csv.size > LIMIT_CSV_BYTES)
		return err_set(ERR_LIMIT, "the file is larger than %u bytes",
		    LIMIT_CSV_BYTES);
	err = csv_read(csv, on_row, &in);
	if (err == ERR_OK && in.count > 0)
		qsort(in.rows, in.count, sizeof *in.rows, compare_rows);
	if (err == ERR_OK)
		err = drop_doubles(&in);
	if (err == ERR_OK)
		err = build(&in);
	format_sort_bad(&out->found);
	if (err == ERR_OK)
		err = judge(out);
	for (size_t i = 0; i < in.count; i++)
		free(in.rows[i].name);
	free(in.rows);
	if (err != ERR_OK)
		ods_clear(out);
	return err;
}

void ods_clear(struct ods_result *result)
{
	for (size_t i = 0; i < result->count; i++)
		canon_free((ProtobufCMessage *)result->entries[i]);
	free(result->entries);
	format_result_clear(&result->found);
	memset(result, 0, sizeof *result);
}

/*
 * Entries from elsewhere.
 */

static bool date_fits(const char *date)
{
	return date[0] == '\0' || when_is_date(span_text(date));
}

static bool code_fits(const char *code)
{
	return code[0] == '\0' || text_is_ods(span_text(code));
}

static enum err check_sites(const Qsg__RegisteredProvider *entry)
{
	if (entry->n_sites > ODS_SITES)
		return err_set(ERR_LIMIT,
		    "%s has %zu sites; a provider may have %u", entry->code,
		    entry->n_sites, ODS_SITES);
	for (size_t i = 0; i < entry->n_sites; i++) {
		const Qsg__ProviderSite *site = entry->sites[i];

		if (!provider_code_valid(span_text(site->code)) ||
		    !org_name_valid(span_text(site->name)) ||
		    !date_fits(site->closed_on))
			return err_set(ERR_INPUT,
			    "a site of %s has no good code, name or date",
			    entry->code);
		if (i > 0 && strcmp(entry->sites[i - 1]->code, site->code) >= 0)
			return err_set(ERR_INPUT,
			    "sites of %s must be in order, each once",
			    entry->code);
	}
	return ERR_OK;
}

enum err ods_check(const Qsg__RegisteredProvider *entry)
{
	if (!provider_code_valid(span_text(entry->code)))
		return err_set(ERR_INPUT, "an entry without a good code");
	if ((entry->name[0] != '\0' || entry->n_sites == 0) &&
	    !org_name_valid(span_text(entry->name)))
		return err_set(ERR_INPUT, "%s has no good name", entry->code);
	if (entry->type[0] != '\0' &&
	    !vocab_has(provider_types(), span_text(entry->type)))
		return vocab_require(provider_types(), span_text(entry->type));
	if (!code_fits(entry->area) || !code_fits(entry->region) ||
	    !code_fits(entry->commissioner))
		return err_set(ERR_INPUT,
		    "%s names an area, region or commissioner that is no ODS "
		    "code",
		    entry->code);
	if (!date_fits(entry->opened_on) || !date_fits(entry->closed_on))
		return err_set(
		    ERR_INPUT, "a date of %s is not YYYY-MM-DD", entry->code);
	return check_sites(entry);
}
