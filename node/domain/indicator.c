#include "domain/indicator.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/plain.h"
#include "domain/provider.h"

#include <stdlib.h>
#include <string.h>

/* How strictly a set is looked at, and how its faults are called. */
struct rules {
	bool author;
	enum err malformed;
};

static const char *const rows_text = "an indicator set";

static int compare_text(const char *a, const char *b)
{
	return strcmp(a == NULL ? "" : a, b == NULL ? "" : b);
}

static bool empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

/* The same number written without needless decimals. */
static struct indicator_value reduce(const Qsg__IndicatorValue *value)
{
	struct indicator_value out = { value->mantissa, value->decimals,
		value->suppressed };

	while (out.decimals > 0 && out.mantissa % 10 == 0) {
		out.mantissa /= 10;
		out.decimals--;
		if (out.mantissa == 0)
			out.decimals = 0;
	}
	return out;
}

static int compare_values(
    const Qsg__IndicatorValue *a, const Qsg__IndicatorValue *b)
{
	struct indicator_value x = reduce(a);
	struct indicator_value y = reduce(b);

	if (x.suppressed != y.suppressed)
		return x.suppressed ? 1 : -1;
	if (x.decimals != y.decimals)
		return x.decimals < y.decimals ? -1 : 1;
	if (x.mantissa != y.mantissa)
		return x.mantissa < y.mantissa ? -1 : 1;
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const Qsg__IndicatorRow *x = *(Qsg__IndicatorRow *const *)a;
	const Qsg__IndicatorRow *y = *(Qsg__IndicatorRow *const *)b;
	int order = compare_text(x->provider, y->provider);

	return order != 0 ? order : compare_text(x->category, y->category);
}

/* By key, and by content where keys are alike, so that the order of a set's
 * rows is settled whatever they hold. */
static int compare_rows(const void *a, const void *b)
{
	const Qsg__IndicatorRow *x = *(Qsg__IndicatorRow *const *)a;
	const Qsg__IndicatorRow *y = *(Qsg__IndicatorRow *const *)b;
	int order = compare_keys(a, b);

	if (order == 0 && x->n_values != y->n_values)
		return x->n_values < y->n_values ? -1 : 1;
	for (size_t i = 0; order == 0 && i < x->n_values; i++)
		order = compare_values(x->values[i], y->values[i]);
	return order;
}

/* A sorted copy of the pointers to the rows; free it. NULL: out of memory. */
static Qsg__IndicatorRow **sorted_rows(
    const Qsg__IndicatorSet *set, int (*compare)(const void *, const void *))
{
	Qsg__IndicatorRow **rows = calloc(set->n_rows + 1, sizeof *rows);

	if (rows == NULL)
		return NULL;
	for (size_t i = 0; i < set->n_rows; i++)
		rows[i] = set->rows[i];
	qsort(rows, set->n_rows, sizeof *rows, compare);
	return rows;
}

static enum err check_head(
    const Qsg__IndicatorSet *set, const struct rules *rules)
{
	struct span publisher = span_text(set->publisher);

	if (!text_is_token(span_text(set->set)))
		return err_set(rules->malformed,
		    "%s needs a name of lower-case letters, digits and "
		    "hyphens",
		    rows_text);
	if (!text_is_token(span_text(set->period)))
		return err_set(rules->malformed,
		    "%s needs a period such as 2017-03", rows_text);
	if (publisher.size > LIMIT_NAME_BYTES)
		return err_set(ERR_LIMIT,
		    "the publisher's name is longer than %u bytes",
		    LIMIT_NAME_BYTES);
	if (publisher.size == 0 || !utf8_valid(publisher))
		return err_set(
		    rules->malformed, "%s needs a publisher's name", rows_text);
	return rules->author
	           ? plain_check_line("the publisher's name", set->publisher)
	           : ERR_OK;
}

static enum err check_columns(
    const Qsg__IndicatorSet *set, const struct rules *rules)
{
	if (set->n_columns > INDICATOR_COLUMNS)
		return err_set(ERR_LIMIT, "%s has at most %u columns",
		    rows_text, INDICATOR_COLUMNS);
	if (set->n_columns == 0)
		return err_set(
		    rules->malformed, "%s needs a column", rows_text);
	for (size_t i = 0; i < set->n_columns; i++) {
		if (!text_is_token(span_text(set->columns[i])))
			return err_set(rules->malformed,
			    "a column's name is of lower-case letters, digits "
			    "and hyphens");
		for (size_t j = 0; j < i; j++) {
			if (strcmp(set->columns[i], set->columns[j]) == 0)
				return err_set(rules->malformed,
				    "%s names a column twice", rows_text);
		}
	}
	return ERR_OK;
}

static enum err check_value(
    const Qsg__IndicatorValue *value, const struct rules *rules)
{
	if (value->decimals > INDICATOR_DECIMALS)
		return err_set(rules->malformed,
		    "a value has at most %u decimals", INDICATOR_DECIMALS);
	if (value->suppressed && (value->mantissa != 0 || value->decimals != 0))
		return err_set(rules->malformed,
		    "a suppressed value must not hold a number");
	return ERR_OK;
}

static enum err check_row(const Qsg__IndicatorSet *set,
    const Qsg__IndicatorRow *row, const struct rules *rules)
{
	struct span provider = span_text(row->provider);
	enum err err = ERR_OK;

	if (rules->author ? !provider_code_valid(provider)
			  : !provider_code_acceptable(provider))
		return err_set(rules->malformed,
		    "every row needs a provider's code, such as RAL");
	if (!empty(row->category) && !text_is_token(span_text(row->category)))
		return err_set(rules->malformed,
		    "a category is of lower-case letters, digits and hyphens");
	if (row->n_values != set->n_columns)
		return err_set(rules->malformed,
		    "every row needs as many values as there are columns: %zu",
		    set->n_columns);
	for (size_t i = 0; i < row->n_values && err == ERR_OK; i++)
		err = check_value(row->values[i], rules);
	return err;
}

static enum err check_unique(
    const Qsg__IndicatorSet *set, const struct rules *rules)
{
	Qsg__IndicatorRow **rows = sorted_rows(set, compare_keys);
	enum err err = ERR_OK;

	if (rows == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 1; i < set->n_rows && err == ERR_OK; i++) {
		if (compare_keys(&rows[i - 1], &rows[i]) == 0)
			err = err_set(rules->malformed,
			    "%s has two rows for one provider and category",
			    rows_text);
	}
	free(rows);
	return err;
}

static enum err check_set(
    const Qsg__IndicatorSet *set, const struct rules *rules)
{
	enum err err = check_head(set, rules);

	if (err == ERR_OK)
		err = check_columns(set, rules);
	if (err != ERR_OK)
		return err;
	if (set->n_rows > LIMIT_INDICATOR_ROWS)
		return err_set(ERR_LIMIT, "%s has at most %u rows", rows_text,
		    LIMIT_INDICATOR_ROWS);
	if (rules->author && set->n_rows == 0)
		return err_set(rules->malformed, "%s needs a row", rows_text);
	for (size_t i = 0; i < set->n_rows && err == ERR_OK; i++)
		err = check_row(set, set->rows[i], rules);
	return err == ERR_OK ? check_unique(set, rules) : err;
}

enum err indicator_check(const Qsg__IndicatorSet *set)
{
	static const struct rules author = { true, ERR_INPUT };

	return check_set(set, &author);
}

enum err indicator_acceptable(const Qsg__IndicatorSet *set)
{
	static const struct rules reader = { false, ERR_FORMAT };

	return check_set(set, &reader);
}

static bool same_head(const Qsg__IndicatorSet *a, const Qsg__IndicatorSet *b)
{
	if (compare_text(a->set, b->set) != 0 ||
	    compare_text(a->publisher, b->publisher) != 0 ||
	    compare_text(a->period, b->period) != 0 ||
	    a->n_columns != b->n_columns || a->n_rows != b->n_rows)
		return false;
	for (size_t i = 0; i < a->n_columns; i++) {
		if (compare_text(a->columns[i], b->columns[i]) != 0)
			return false;
	}
	return true;
}

enum err indicator_equal(
    const Qsg__IndicatorSet *a, const Qsg__IndicatorSet *b, bool *equal)
{
	Qsg__IndicatorRow **left = NULL;
	Qsg__IndicatorRow **right = NULL;
	enum err err = ERR_OK;

	*equal = false;
	if (!same_head(a, b))
		return ERR_OK;
	left = sorted_rows(a, compare_rows);
	right = sorted_rows(b, compare_rows);
	if (left == NULL || right == NULL) {
		err = err_set(ERR_MEM, "out of memory");
		goto done;
	}
	*equal = true;
	for (size_t i = 0; i < a->n_rows && *equal; i++)
		*equal = compare_rows(&left[i], &right[i]) == 0;
done:
	free(left);
	free(right);
	return err;
}

static enum err not_a_number(void)
{
	return err_set(ERR_INPUT,
	    "not a number such as 12 or 0.95 (or * where suppressed)");
}

/* Digits with at most one point among them, which no digit may lack on either
 * side. The sum is kept negative: that side reaches further. */
static enum err parse_digits(struct span text, struct indicator_value *out)
{
	bool point = false;
	bool digit = false;

	for (size_t i = 0; i < text.size; i++) {
		uint8_t c = text.data[i];

		if (c == '.' && digit && !point && i + 1 < text.size) {
			point = true;
			continue;
		}
		if (c < '0' || c > '9')
			return not_a_number();
		digit = true;
		if (point && ++out->decimals > INDICATOR_DECIMALS)
			return err_set(ERR_INPUT,
			    "a number has at most %u decimals",
			    INDICATOR_DECIMALS);
		if (__builtin_mul_overflow(out->mantissa, 10, &out->mantissa) ||
		    __builtin_sub_overflow(
			out->mantissa, c - '0', &out->mantissa))
			return err_set(ERR_INPUT, "a number is too large");
	}
	return digit ? ERR_OK : not_a_number();
}

enum err indicator_parse(struct span text, struct indicator_value *out)
{
	struct indicator_value value = { 0, 0, false };
	bool negative = text.size > 0 && text.data[0] == '-';
	enum err err = ERR_OK;

	*out = value;
	if (span_equal(text, span_text("*"))) {
		out->suppressed = true;
		return ERR_OK;
	}
	if (negative)
		text = span_of(text.data + 1, text.size - 1);
	err = parse_digits(text, &value);
	if (err != ERR_OK)
		return err;
	if (!negative && value.mantissa == INT64_MIN)
		return err_set(ERR_INPUT, "a number is too large");
	if (!negative)
		value.mantissa = -value.mantissa;
	*out = value;
	return ERR_OK;
}
