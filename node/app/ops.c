#define _POSIX_C_SOURCE 200809L

#include "app/ops.h"

#include "app/optable.h"

#include <string.h>

enum { NAME_BYTES = 64, NEAR = 3 };

/* In the order in which help shows them. */
static struct optable (*const tables[])(void) = { optable_main, optable_groups,
	optable_intel, optable_life, optable_grants, optable_providers,
	optable_summits, optable_summit_shows, optable_summit_report,
	optable_alarms, optable_actions, optable_policy, optable_erasure,
	optable_accounts, optable_audit };

#define TABLES (sizeof tables / sizeof tables[0])

size_t ops_count(void)
{
	size_t count = 0;
	for (size_t i = 0; i < TABLES; i++) {
		count += tables[i]().count;
	}
	return count;
}

const struct ops_op *ops_at(size_t index)
{
	for (size_t i = 0; i < TABLES; i++) {
		struct optable table = tables[i]();
		if (index < table.count) {
			return &table.rows[index];
		}
		index -= table.count;
	}
	return NULL;
}

const struct ops_op *ops_find(struct span name)
{
	for (size_t i = 0; i < ops_count(); i++) {
		if (span_equal(name, span_text(ops_at(i)->name))) {
			return ops_at(i);
		}
	}
	return NULL;
}

/* How many of these words an operation's own words take up; 0: not this. */
static size_t match(const struct ops_op *op, char *const *words, size_t count)
{
	const char *at = op->words;
	size_t used = 0;
	while (at != NULL && *at != '\0') {
		size_t size = strcspn(at, " ");
		if (used == count || strlen(words[used]) != size ||
		    strncmp(words[used], at, size) != 0) {
			return 0;
		}
		used++;
		at += size + (at[size] == ' ' ? 1 : 0);
	}
	return used;
}

static bool in_group(const struct ops_op *op, const char *word)
{
	size_t size = strlen(word);
	return op->words != NULL && strncmp(op->words, word, size) == 0 &&
	       op->words[size] == ' ';
}

const struct ops_op *ops_find_words(
    char *const *words, size_t count, size_t *used)
{
	for (size_t i = 0; i < ops_count(); i++) {
		*used = match(ops_at(i), words, count);
		if (*used > 0) {
			return ops_at(i);
		}
	}
	for (size_t i = 0; count == 1 && i < ops_count(); i++) {
		if ((ops_at(i)->flags & OPS_ALONE) != 0 &&
		    in_group(ops_at(i), words[0])) {
			*used = 1;
			return ops_at(i);
		}
	}
	return NULL;
}

bool ops_is_group(const char *word)
{
	for (size_t i = 0; i < ops_count(); i++) {
		if (in_group(ops_at(i), word)) {
			return true;
		}
	}
	return false;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein. Long words are far from everything. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[2][NAME_BYTES + 1];
	size_t a_size = strlen(a);
	size_t b_size = strlen(b);
	if (a_size > NAME_BYTES || b_size > NAME_BYTES) {
		return NAME_BYTES;
	}
	for (size_t j = 0; j <= b_size; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= a_size; i++) {
		size_t *above = rows[(i - 1) % 2];
		size_t *row = rows[i % 2];
		row[0] = i;
		for (size_t j = 1; j <= b_size; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
			    above[j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u));
		}
	}
	return rows[a_size % 2][b_size];
}

const struct ops_op *ops_nearest(const char *typed)
{
	const struct ops_op *best = NULL;
	size_t best_distance = NEAR;
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		if (op->words == NULL) {
			continue;
		}
		size_t far = distance(typed, op->words);
		/* A beginning of it is near, however much is missing. */
		if (strlen(typed) >= 3 &&
		    strncmp(typed, op->words, strlen(typed)) == 0) {
			far = 1;
		}
		if (far < best_distance) {
			best = op;
			best_distance = far;
		}
	}
	return best;
}

/*
 * Checking a request.
 */

static bool fits_single(enum ops_type type, const json_t *value)
{
	switch (type) {
	case OPS_TEXT:
		return json_is_string(value);
	case OPS_FLAG:
		return json_is_boolean(value);
	case OPS_NUMBER:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case OPS_OBJECT:
	case OPS_OBJECTS:
		return json_is_object(value);
	}
	return false;
}

static bool fits(const struct ops_arg *arg, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	if ((arg->flags & OPS_REPEATED) == 0 && arg->type != OPS_OBJECTS) {
		return fits_single(arg->type, value);
	}
	if (!json_is_array(value)) {
		return false;
	}
	json_array_foreach(value, at, each)
	{
		if (!fits_single(arg->type, each)) {
			return false;
		}
	}
	return true;
}

static const struct ops_arg *find_arg(const struct ops_op *op, const char *key)
{
	for (size_t i = 0; i < op->arg_count; i++) {
		if ((op->args[i].flags & OPS_CLI_ONLY) == 0 &&
		    strcmp(op->args[i].key, key) == 0) {
			return &op->args[i];
		}
	}
	return NULL;
}

static enum err check_keys(const struct ops_op *op, json_t *arguments)
{
	const char *key = NULL;
	const json_t *value = NULL;
	json_object_foreach(arguments, key, value)
	{
		const struct ops_arg *arg = find_arg(op, key);
		if (arg == NULL) {
			return err_set(
			    ERR_INPUT, "%s takes no %.60s", op->name, key);
		}
		if (!fits(arg, value)) {
			return err_set(
			    ERR_INPUT, "%s is not of the right type", key);
		}
	}
	return ERR_OK;
}

/* PROTOCOL.md M157: "The node MUST refuse a request whose body is over 64 MiB,
 * is not a JSON object, names a key twice or an argument it does not know, or
 * gives an argument the wrong type." */
enum err ops_check(const struct ops_op *op, json_t *arguments)
{
	if (!json_is_object(arguments)) {
		return err_set(ERR_INPUT, "arguments must be a JSON object");
	}
	enum err err = check_keys(op, arguments);
	for (size_t i = 0; i < op->arg_count && err == ERR_OK; i++) {
		const struct ops_arg *arg = &op->args[i];
		if ((arg->flags & OPS_REQUIRED) != 0 &&
		    (arg->flags & OPS_CLI_ONLY) == 0 &&
		    json_object_get(arguments, arg->key) == NULL) {
			err = err_set(ERR_INPUT, "%s is missing", arg->key);
		}
	}
	return err;
}

/*
 * Errors.
 */

static const struct {
	unsigned int http;
	int exit;
} outcomes[ERR_COUNT] = {
	[ERR_OK] = { 200, 0 },
	[ERR_USAGE] = { 400, 2 },
	[ERR_INPUT] = { 400, 1 },
	[ERR_FORMAT] = { 400, 1 },
	[ERR_VERSION] = { 400, 1 },
	[ERR_VERIFY] = { 400, 1 },
	[ERR_LIMIT] = { 413, 1 },
	[ERR_NOTFOUND] = { 404, 1 },
	[ERR_AMBIGUOUS] = { 409, 1 },
	[ERR_EXISTS] = { 409, 1 },
	[ERR_DENIED] = { 403, 1 },
	[ERR_STATE] = { 409, 1 },
	[ERR_BUSY] = { 503, 1 },
	[ERR_FULL] = { 507, 1 },
	[ERR_IO] = { 500, 1 },
	[ERR_CORRUPT] = { 500, 1 },
	[ERR_NET] = { 502, 1 },
	[ERR_MEM] = { 500, 1 },
	[ERR_CRYPTO] = { 500, 1 },
};

const char *ops_text(const json_t *arguments, const char *key)
{
	return json_string_value(json_object_get(arguments, key));
}

bool ops_flag(const json_t *arguments, const char *key)
{
	return json_is_true(json_object_get(arguments, key));
}

enum err ops_texts(const json_t *arguments, const char *key, const char *what,
    const char **out, size_t room, size_t *count)
{
	const json_t *list = json_object_get(arguments, key);
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > room) {
		return err_set(ERR_LIMIT, "at most %zu %s", room, what);
	}
	json_array_foreach(list, at, each)
	{
		out[at] = json_string_value(each);
	}
	*count = json_array_size(list);
	return ERR_OK;
}

unsigned int ops_http_status(enum err err)
{
	return (unsigned int)err < ERR_COUNT ? outcomes[err].http : 500;
}

int ops_exit_status(enum err err)
{
	return (unsigned int)err < ERR_COUNT ? outcomes[err].exit : 1;
}

enum err ops_err_named(const char *name)
{
	for (int i = 1; i < ERR_COUNT; i++) {
		if (name != NULL && strcmp(err_name((enum err)i), name) == 0) {
			return (enum err)i;
		}
	}
	return ERR_IO;
}
