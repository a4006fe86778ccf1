#define _POSIX_C_SOURCE 200809L

#include "domain/policy.h"

#include "base/limits.h"
#include "codec/utf8.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define LINE_ENDS 3 /* what inih wants beside a line's own bytes */

/* inih reads line by line from here, so that the line is known, and where a
 * section begins, which it does not say. */
struct reading {
	struct policy *policy;
	struct span left;
	size_t line;
	struct policy_rule *rule; /* the one being read */
	bool decided;             /* it has its verdict */
	struct buf text;          /* ... and reads so, as far as it goes */
	enum err err;
};

static struct span trim(struct span text)
{
	while (text.size > 0 && strchr(" \t\r", text.data[0]) != NULL) {
		text.data++;
		text.size--;
	}
	while (
	    text.size > 0 && strchr(" \t\r", text.data[text.size - 1]) != NULL)
		text.size--;
	return text;
}

/*
 * Rules.
 */

/* Each sensitivity is one of two, so that both together ask nothing. */
static void drop_empty_question(struct policy_rule *rule)
{
	size_t of_it = 0;
	size_t kept = 0;

	for (size_t i = 0; i < rule->value_count; i++) {
		if (rule->values[i].key == POLICY_SENSITIVITY)
			of_it++;
	}
	for (size_t i = 0; i < rule->value_count; i++) {
		if (of_it == 2 && rule->values[i].key == POLICY_SENSITIVITY)
			free(rule->values[i].text);
		else
			rule->values[kept++] = rule->values[i];
	}
	rule->value_count = kept;
}

static enum err end_rule(struct reading *reading)
{
	struct policy_rule *rule = reading->rule;

	if (rule == NULL)
		return ERR_OK;
	reading->rule = NULL;
	if (!reading->decided)
		return err_set(ERR_INPUT,
		    "line %zu: the rule has no verdict: share, ask me, four "
		    "eyes or never",
		    rule->line);
	drop_empty_question(rule);
	rule->text = span_copy(buf_span(&reading->text));
	buf_reset(&reading->text);
	if (rule->note == NULL)
		rule->note = strdup("");
	return rule->text == NULL || rule->note == NULL
	           ? err_set(ERR_MEM, "out of memory")
	           : ERR_OK;
}

/* Behind it, a comment at most. */
static bool is_rule(struct span line)
{
	static const char section[] = "[rule]";
	size_t size = strlen(section);

	if (line.size < size || memcmp(line.data, section, size) != 0)
		return false;
	line = trim(span_of(line.data + size, line.size - size));
	return line.size == 0 || strchr(";#", line.data[0]) != NULL;
}

static enum err begin_rule(struct reading *reading, struct span section)
{
	struct policy *policy = reading->policy;
	struct policy_rule *rules = NULL;
	enum err err = end_rule(reading);

	if (err != ERR_OK)
		return err;
	if (!is_rule(section))
		return err_set(ERR_INPUT,
		    "line %zu: a section is called [rule], and nothing else",
		    reading->line);
	if (policy->rule_count == LIMIT_POLICY_RULES)
		return err_set(ERR_LIMIT, "line %zu: at most %u rules",
		    reading->line, LIMIT_POLICY_RULES);
	rules =
	    realloc(policy->rules, (policy->rule_count + 1) * sizeof *rules);
	if (rules == NULL)
		return err_set(ERR_MEM, "out of memory");
	policy->rules = rules;
	reading->rule = &rules[policy->rule_count++];
	reading->decided = false;
	*reading->rule = (struct policy_rule){ .line = reading->line };
	return ERR_OK;
}

static bool holds(
    const struct policy_rule *rule, enum policy_key key, const char *text)
{
	for (size_t i = 0; i < rule->value_count; i++) {
		if (rule->values[i].key == key &&
		    strcmp(rule->values[i].text, text) == 0)
			return true;
	}
	return false;
}

/* Takes over text. */
static enum err add_value(
    struct policy_rule *rule, enum policy_key key, char *text)
{
	struct policy_value *values = NULL;

	if (text == NULL)
		return err_set(ERR_MEM, "out of memory");
	if (holds(rule, key, text)) {
		free(text);
		return ERR_OK;
	}
	values =
	    realloc(rule->values, (rule->value_count + 1) * sizeof *values);
	if (values == NULL) {
		free(text);
		return err_set(ERR_MEM, "out of memory");
	}
	rule->values = values;
	values[rule->value_count++] = (struct policy_value){ key, text };
	return ERR_OK;
}

/* Alternatives, with commas between them. */
static enum err take_values(
    struct policy_rule *rule, enum policy_key key, const char *value)
{
	enum err err = ERR_OK;

	for (const char *at = value; err == ERR_OK; at++) {
		size_t size = strcspn(at, ",");
		struct span one = trim(span_of(at, size));
		struct buf normal = { 0 };

		if (one.size == 0)
			return err_set(ERR_INPUT, "%s lacks a value",
			    policy_key_name(key));
		err = policy_normalise(key, one, &normal);
		if (err == ERR_OK)
			err =
			    add_value(rule, key, span_copy(buf_span(&normal)));
		buf_clear(&normal);
		at += size;
		if (*at == '\0')
			break;
	}
	return err;
}

static enum err take_verdict(struct reading *reading, const char *value)
{
	if (reading->decided)
		return err_set(ERR_INPUT, "a rule has one verdict");
	for (unsigned v = POLICY_SHARE; v <= POLICY_NEVER; v++) {
		if (strcmp(value,
			policy_verdict_name((enum policy_verdict)v)) == 0) {
			reading->rule->verdict = (enum policy_verdict)v;
			reading->decided = true;
			return ERR_OK;
		}
	}
	return err_set(ERR_INPUT,
	    "verdict must be one of share, ask me, four eyes, never");
}

static enum err take_note(struct policy_rule *rule, const char *value)
{
	if (rule->note != NULL)
		return err_set(ERR_INPUT, "a rule has one note");
	rule->note = strdup(value);
	return rule->note == NULL ? err_set(ERR_MEM, "out of memory") : ERR_OK;
}

/* PROTOCOL.md M343: "A policy with a section, condition, value or verdict that
 * is not known, or without a rule, MUST be refused, naming the line." */
static enum err take_key(
    struct reading *reading, const char *name, const char *value)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;

	if (strcmp(name, "verdict") == 0)
		return take_verdict(reading, value);
	if (strcmp(name, "note") == 0)
		return take_note(reading->rule, value);
	for (unsigned key = 0; key < POLICY_KEYS; key++) {
		const char *known = policy_key_name((enum policy_key)key);

		if (strcmp(name, known) == 0) {
			buf_clear(&list);
			return take_values(
			    reading->rule, (enum policy_key)key, value);
		}
		if (err == ERR_OK)
			err = buf_printf(&list, "%s, ", known);
	}
	if (err == ERR_OK)
		err = err_set(ERR_INPUT,
		    "%.40s is no condition: a rule has %sverdict and note",
		    name, buf_text(&list));
	buf_clear(&list);
	return err;
}

/* inih's own sign: 0 is an error. */
static int take(
    void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	enum err err = ERR_OK;

	(void)section;
	if (reading->err != ERR_OK)
		return 0;
	if (reading->rule == NULL)
		err = err_set(
		    ERR_INPUT, "%.40s stands before the first [rule]", name);
	else
		err = take_key(reading, name, value);
	if (err != ERR_OK)
		err = err_wrap(err, "line %zu", reading->line);
	else
		err = buf_printf(&reading->text, "%s%s = %s",
		    reading->text.size > 0 ? "; " : "", name, value);
	reading->err = err;
	return err == ERR_OK;
}

/*
 * Lines.
 */

static struct span next_line(struct reading *reading)
{
	struct span *left = &reading->left;
	const uint8_t *end = memchr(left->data, '\n', left->size);
	size_t size = end == NULL ? left->size : (size_t)(end - left->data);
	struct span line = span_of(left->data, size);

	size += end == NULL ? 0 : 1;
	left->data += size;
	left->size -= size;
	reading->line++;
	return trim(line);
}

static enum err check_line(
    const struct reading *reading, struct span line, size_t room)
{
	if (line.size + LINE_ENDS > room)
		return err_set(ERR_LIMIT,
		    "line %zu is longer than %zu bytes: a condition may stand "
		    "on several lines",
		    reading->line, room - LINE_ENDS);
	for (size_t i = 0; i < line.size; i++) {
		if ((line.data[i] < 0x20 && line.data[i] != '\t') ||
		    line.data[i] == 0x7f)
			return err_set(ERR_INPUT,
			    "line %zu holds a control character",
			    reading->line);
	}
	return ERR_OK;
}

/* As fgets does it. Indented lines would go on the line before: here they are
 * lines like others. */
static char *give_line(char *out, int room, void *context)
{
	struct reading *reading = context;
	struct span line;

	if (reading->err != ERR_OK || reading->left.size == 0)
		return NULL;
	line = next_line(reading);
	reading->err = check_line(reading, line, (size_t)room);
	if (reading->err == ERR_OK && line.size > 0 && line.data[0] == '[')
		reading->err = begin_rule(reading, line);
	if (reading->err != ERR_OK)
		return NULL;
	if (line.size > 0)
		memcpy(out, line.data, line.size);
	out[line.size] = '\n';
	out[line.size + 1] = '\0';
	return out;
}

/*
 * Rules against each other.
 */

/* PROTOCOL.md M342: "A policy with a rule that can never fit, as an earlier
 * rule with another verdict fits everything that it does, MUST be refused." */
static enum err compare(struct policy *policy, const struct policy_rule *first,
    const struct policy_rule *second)
{
	const char *verdict = policy_verdict_name(first->verdict);
	bool same = false;

	if (!policy_covers(first, second))
		return ERR_OK;
	same = policy_covers(second, first);
	if (first->verdict == second->verdict)
		return buf_printf(&policy->warnings,
		    "line %zu: the rule changes nothing, as the rule of line "
		    "%zu says the same before it\n",
		    second->line, first->line);
	if (same)
		return err_set(ERR_INPUT,
		    "the rules of lines %zu and %zu have the same conditions "
		    "and different verdicts",
		    first->line, second->line);
	return err_set(ERR_INPUT,
	    "line %zu: the rule can never decide, as the rule of line %zu "
	    "before it fits all of that and says %s; put it first, or take it "
	    "out",
	    second->line, first->line, verdict);
}

static enum err compare_all(struct policy *policy)
{
	enum err err = ERR_OK;

	for (size_t i = 1; i < policy->rule_count && err == ERR_OK; i++) {
		for (size_t j = 0; j < i && err == ERR_OK; j++) {
			size_t before = policy->warnings.size;

			err = compare(
			    policy, &policy->rules[j], &policy->rules[i]);
			if (policy->warnings.size > before)
				break; /* one line for one rule */
		}
	}
	return err;
}

static enum err check_text(struct span text)
{
	if (text.size > LIMIT_TEXT_BYTES)
		return err_set(
		    ERR_LIMIT, "a policy may be %u bytes", LIMIT_TEXT_BYTES);
	if (!utf8_valid(text))
		return err_set(ERR_INPUT, "a policy must be UTF-8 text");
	return ERR_OK;
}

enum err policy_parse(struct span text, struct policy *out)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	struct reading reading = { .policy = out, .left = text };
	enum err err = check_text(text);
	int line = 0;

	memset(out, 0, sizeof *out);
	if (err != ERR_OK)
		return err;
	if (text.size >= sizeof mark &&
	    memcmp(text.data, mark, sizeof mark) == 0)
		reading.left =
		    span_of(text.data + sizeof mark, text.size - sizeof mark);
	line = ini_parse_stream(give_line, &reading, take, &reading);
	err = reading.err;
	if (err == ERR_OK && line != 0)
		err = err_set(ERR_INPUT,
		    "line %d: not `condition = value`, [rule] or a comment",
		    line);
	if (err == ERR_OK)
		err = end_rule(&reading);
	if (err == ERR_OK && out->rule_count == 0)
		err = err_set(ERR_INPUT, "the policy has no [rule]");
	if (err == ERR_OK)
		err = compare_all(out);
	buf_clear(&reading.text);
	if (err != ERR_OK)
		policy_clear(out);
	return err;
}
