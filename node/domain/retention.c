#define _POSIX_C_SOURCE 200809L

#include "domain/retention.h"

#include "base/limits.h"
#include "codec/utf8.h"
#include "domain/vocab.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (24LL * 3600LL * 1000LL)

static const char *const key_names[RETENTION_KEYS] = { "type", "source", "kind",
	"author" };

struct parsing {
	struct retention *out;
	uint32_t line;
	bool verdict; /* the rule under way has one */
	bool after;
};

static enum err wrong(const struct parsing *parsing, const char *what)
{
	return err_set(ERR_INPUT, "line %u: %s", parsing->line, what);
}

static struct span trim(struct span text)
{
	while (text.size && strchr(" \t\r", text.data[0])) {
		text = span_of(text.data + 1, text.size - 1);
	}
	while (text.size && strchr(" \t\r", text.data[text.size - 1])) {
		text.size--;
	}
	return text;
}

/* The next word of a list; empty at its end. */
static struct span next_word(struct span *list)
{
	const uint8_t *comma =
	    list->size ? memchr(list->data, ',', list->size) : NULL;
	size_t size = comma ? (size_t)(comma - list->data) : list->size;
	struct span word = trim(span_of(list->data, size));

	*list = comma ? span_of(comma + 1, list->size - size - 1)
	              : (struct span){ 0 };
	return word;
}

bool retention_of_type(struct span type)
{
	static const char *const types[] = { "intelligence", "indicator",
		"correction", "corroboration", "feedback", "request", "answer",
		"judgement", "finding", "relation", "source-identity" };

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (span_equal(type, span_text(types[i])))
			return true;
	}
	return false;
}

static bool fits_key(enum retention_key key, struct span word)
{
	switch (key) {
	case RETENTION_TYPE:
		return retention_of_type(word);
	case RETENTION_SOURCE:
		return vocab_require(vocab_source(), word) == ERR_OK;
	case RETENTION_KIND:
		return span_equal(word, span_text("hard")) ||
		       span_equal(word, span_text("soft"));
	case RETENTION_AUTHOR:
		return span_equal(word, span_text("own")) ||
		       span_equal(word, span_text("others"));
	case RETENTION_KEYS:
		break;
	}
	return false;
}

static enum err take_words(
    struct parsing *parsing, enum retention_key key, struct span value)
{
	struct retention_rule *rule =
	    &parsing->out->rules[parsing->out->count - 1];
	struct span rest = value;

	if (rule->words[key])
		return wrong(parsing, "the same key again");
	do {
		struct span word = next_word(&rest);

		if (!fits_key(key, word))
			return err_set(ERR_INPUT,
			    "line %u: there is no %s \"%.*s\" here",
			    parsing->line, key_names[key],
			    word.size < 60 ? (int)word.size : 60,
			    word.size ? (const char *)word.data : "");
	} while (rest.size);
	rule->words[key] = span_copy(value);
	return rule->words[key] ? ERR_OK : err_set(ERR_MEM, "out of memory");
}

static enum err take_after(struct parsing *parsing, struct span value)
{
	uint32_t days = 0;

	if (parsing->after)
		return wrong(parsing, "the same key again");
	for (size_t i = 0; i < value.size; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' ||
		    days > RETENTION_DAYS)
			return wrong(parsing,
			    "after must be a whole number of days, to 36500");
		days = days * 10 + (uint32_t)(value.data[i] - '0');
	}
	if (!value.size || days > RETENTION_DAYS)
		return wrong(
		    parsing, "after must be a whole number of days, to 36500");
	parsing->after = true;
	parsing->out->rules[parsing->out->count - 1].after_days = days;
	return ERR_OK;
}

static enum err take_verdict(struct parsing *parsing, struct span value)
{
	struct retention_rule *rule =
	    &parsing->out->rules[parsing->out->count - 1];

	if (parsing->verdict)
		return wrong(parsing, "the same key again");
	parsing->verdict = true;
	rule->erase = span_equal(value, span_text("erase"));
	return rule->erase || span_equal(value, span_text("keep"))
	           ? ERR_OK
	           : wrong(parsing, "verdict must be keep or erase");
}

static enum err end_rule(struct parsing *parsing)
{
	const struct retention_rule *rule = NULL;
	struct parsing at = *parsing;

	if (!parsing->out->count)
		return ERR_OK;
	rule = &parsing->out->rules[parsing->out->count - 1];
	at.line = rule->line;
	if (!parsing->verdict)
		return wrong(&at, "the rule says no verdict");
	if (rule->erase != parsing->after)
		return wrong(&at, rule->erase
				      ? "the rule does not say after how "
					"many days it erases"
				      : "a rule that keeps has no after");
	return ERR_OK;
}

static enum err begin_rule(struct parsing *parsing)
{
	struct retention *out = parsing->out;
	struct retention_rule *rules = NULL;
	enum err err = end_rule(parsing);

	if (err)
		return err;
	if (out->count == RETENTION_RULES)
		return err_set(
		    ERR_LIMIT, "there may be %u rules", RETENTION_RULES);
	rules = realloc(out->rules, (out->count + 1) * sizeof *rules);
	if (!rules)
		return err_set(ERR_MEM, "out of memory");
	out->rules = rules;
	rules[out->count++] = (struct retention_rule){ .line = parsing->line };
	parsing->verdict = parsing->after = false;
	return ERR_OK;
}

static enum err take_line(struct parsing *parsing, struct span line)
{
	const uint8_t *equals = NULL;
	struct span key = { 0 };
	struct span value = { 0 };

	line = trim(line);
	if (!line.size || line.data[0] == '#')
		return ERR_OK;
	if (span_equal(line, span_text("[rule]")))
		return begin_rule(parsing);
	equals = memchr(line.data, '=', line.size);
	if (!equals)
		return wrong(parsing, "neither [rule] nor key = value");
	if (!parsing->out->count)
		return wrong(parsing, "a rule begins with a line [rule]");
	key = trim(span_of(line.data, (size_t)(equals - line.data)));
	value = trim(
	    span_of(equals + 1, line.size - (size_t)(equals - line.data) - 1));
	if (span_equal(key, span_text("verdict")))
		return take_verdict(parsing, value);
	if (span_equal(key, span_text("after")))
		return take_after(parsing, value);
	for (int i = 0; i < RETENTION_KEYS; i++) {
		if (span_equal(key, span_text(key_names[i])))
			return take_words(
			    parsing, (enum retention_key)i, value);
	}
	return wrong(parsing,
	    "the keys are type, source, kind, author, verdict and after");
}

enum err retention_parse(struct span text, struct retention *out)
{
	struct parsing parsing = { .out = out };
	enum err err = ERR_OK;

	*out = (struct retention){ 0 };
	if (text.size > LIMIT_TEXT_BYTES)
		err = err_set(
		    ERR_LIMIT, "the rules may be %u bytes", LIMIT_TEXT_BYTES);
	if (!err && !utf8_valid(text))
		err = err_set(ERR_INPUT, "the rules must be UTF-8 text");
	while (!err && text.size) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t size = end ? (size_t)(end - text.data) : text.size;

		parsing.line++;
		err = take_line(&parsing, span_of(text.data, size));
		text = end ? span_of(end + 1, text.size - size - 1)
		           : (struct span){ 0 };
	}
	if (!err)
		err = end_rule(&parsing);
	if (!err && !out->count)
		err = err_set(ERR_INPUT, "there is no rule in it");
	if (err)
		retention_clear(out);
	return err;
}

void retention_clear(struct retention *retention)
{
	for (size_t i = 0; i < retention->count; i++) {
		for (int k = 0; k < RETENTION_KEYS; k++)
			free(retention->rules[i].words[k]);
	}
	free(retention->rules);
	*retention = (struct retention){ 0 };
}

static bool lists(const char *words, const char *value)
{
	struct span rest = span_text(words);

	while (rest.size) {
		if (span_equal(next_word(&rest), span_text(value)))
			return true;
	}
	return false;
}

const struct retention_rule *retention_match(
    const struct retention *retention, const struct retention_subject *subject)
{
	for (size_t i = 0; i < retention->count; i++) {
		const struct retention_rule *rule = &retention->rules[i];
		bool fits = true;

		for (int k = 0; k < RETENTION_KEYS; k++)
			fits = fits &&
			       (!rule->words[k] ||
				   lists(rule->words[k], subject->values[k]));
		if (fits)
			return rule;
	}
	return NULL;
}

bool retention_due(const struct retention_rule *rule, int64_t age_ms)
{
	return rule->erase && age_ms >= (int64_t)rule->after_days * DAY_MS;
}
