#include "domain/policy.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/org.h"
#include "domain/provider.h"
#include "domain/vocab.h"

#include <stdlib.h>
#include <string.h>

static const char any[] = "any";

const char *policy_verdict_name(enum policy_verdict verdict)
{
	static const char *const names[] = { "share", "ask me", "four eyes",
		"never" };

	return names[verdict];
}

const char *policy_verdict_token(enum policy_verdict verdict)
{
	static const char *const tokens[] = { "share", "ask-me", "four-eyes",
		"never" };

	return tokens[verdict];
}

const char *policy_key_name(enum policy_key key)
{
	static const char *const names[] = { "type", "source", "marking",
		"kind", "stance", "sensitivity", "provider", "group", "to" };

	return names[key];
}

/*
 * Values.
 */

static const struct vocab *vocab_of(enum policy_key key)
{
	static const struct vocab_word types[] = {
		{ "intelligence", "", "" },
		{ "indicator", "", "" },
		{ "corroboration", "", "" },
		{ "feedback", "", "" },
		{ "request", "", "" },
		{ "answer", "", "" },
		{ "judgement", "", "" },
		{ "finding", "", "" },
		{ "relation", "", "" },
		{ "grant", "", "" },
		{ "retraction", "", "" },
		{ "summit-trigger", "", "" },
		{ "summit-request", "", "" },
		{ "summit-response", "", "" },
		{ "summit-judgement", "", "" },
		{ "summit-impact", "", "" },
		{ "summit-ring", "", "" },
		{ "summit-invitation", "", "" },
		{ "summit-meeting", "", "" },
		{ "summit-entry", "", "" },
		{ "summit-check", "", "" },
		{ "summit-stand-down", "", "" },
		{ "summit-objection", "", "" },
		{ "action", "", "" },
		{ "action-step", "", "" },
	};
	static const struct vocab_word sensitivities[] = {
		{ "significant", "", "" },
		{ "ordinary", "", "" },
	};
	static const struct vocab type = { "type", types,
		sizeof types / sizeof types[0] };
	static const struct vocab sensitivity = { "sensitivity", sensitivities,
		sizeof sensitivities / sizeof sensitivities[0] };

	switch (key) {
	case POLICY_TYPE:
		return &type;
	case POLICY_SOURCE:
		return vocab_source();
	case POLICY_MARKING:
		return vocab_marking();
	case POLICY_KIND:
		return vocab_kind();
	case POLICY_STANCE:
		return vocab_stance();
	case POLICY_SENSITIVITY:
		return &sensitivity;
	case POLICY_PROVIDER:
	case POLICY_GROUP:
	case POLICY_TO:
		break;
	}
	return NULL;
}

static enum err normalise_provider(struct span value, struct buf *out)
{
	struct provider_code code;
	enum err err = provider_code_normalise(value, &code);

	return err == ERR_OK ? buf_append(out, span_text(code.text)) : err;
}

/* A fingerprint as it is written, else a name or code, folded. */
static enum err normalise_who(
    enum policy_key key, struct span value, struct buf *out)
{
	struct id32 id;

	if (key == POLICY_TO && text_unfingerprint(value, &id) == ERR_OK)
		return buf_append(out, span_text(text_fingerprint(&id).text));
	if (!org_name_valid(value))
		return err_set(ERR_INPUT,
		    key == POLICY_TO
			? "to must be an organisation's name, code or "
			  "fingerprint"
			: "group must be a group's name, how its id begins, "
			  "or any");
	return utf8_fold(value, out);
}

enum err policy_normalise(
    enum policy_key key, struct span value, struct buf *out)
{
	const struct vocab *vocab = vocab_of(key);
	enum err err = ERR_OK;

	if (key == POLICY_PROVIDER)
		return normalise_provider(value, out);
	if (vocab == NULL)
		return normalise_who(key, value, out);
	err = vocab_require(vocab, value);
	return err == ERR_OK ? buf_append(out, value) : err;
}

/*
 * Matching.
 */

/* What of the subject is compared without regard to case. */
struct folded {
	struct buf group;
	struct buf name;
	struct buf code;
	struct fingerprint fingerprint;
	struct hex32 group_id;
};

static enum err fold(const struct policy *policy,
    const struct policy_subject *subject, struct folded *out)
{
	enum err err = ERR_OK;

	out->fingerprint = text_fingerprint(subject->reader);
	if (subject->group != NULL)
		out->group_id = text_hex_id(subject->group);
	if (policy_asks(policy, POLICY_GROUP))
		err = utf8_fold(span_text(subject->group_name), &out->group);
	if (err == ERR_OK && policy_asks(policy, POLICY_TO))
		err = utf8_fold(span_text(subject->reader_name), &out->name);
	if (err == ERR_OK && policy_asks(policy, POLICY_TO))
		err = utf8_fold(span_text(subject->reader_code), &out->code);
	return err;
}

/* A whole id is nobody's name, whoever is called so. */
static bool is_whole_id(const char *value)
{
	struct id32 id;

	return text_unhex(span_text(value), id.b, sizeof id.b) == ERR_OK;
}

static bool is_group_name(const char *value, const struct folded *folded)
{
	return !is_whole_id(value) &&
	       span_equal(span_text(value), buf_span(&folded->group));
}

static bool group_fits(const char *value, const struct policy_subject *subject,
    const struct folded *folded)
{
	size_t size = strlen(value);

	if (subject->group == NULL)
		return false;
	return strcmp(value, any) == 0 || is_group_name(value, folded) ||
	       (size >= POLICY_GROUP_DIGITS_LEAST &&
		   strncmp(folded->group_id.text, value, size) == 0);
}

static bool reader_fits(const char *value, const struct folded *folded)
{
	return strcmp(value, folded->fingerprint.text) == 0 ||
	       span_equal(span_text(value), buf_span(&folded->name)) ||
	       span_equal(span_text(value), buf_span(&folded->code));
}

/* PROTOCOL.md M494: "Where a rule names a group by a name or by how an id
 * begins, and several groups known to the node may be meant or the digits are
 * fewer than 16, the stricter MUST count of what the policy says with that rule
 * and without it." */
static bool is_sure_group(const char *value,
    const struct policy_subject *subject, const struct folded *folded)
{
	if (strcmp(value, any) == 0 || is_whole_id(value))
		return true;
	if (is_group_name(value, folded))
		return !subject->group_name_shared;
	return strlen(value) >= POLICY_GROUP_DIGITS &&
	       !subject->group_id_shared;
}

/* Does this name or code stand for the reader, or the group, alone? */
static bool is_sure(const struct policy_value *value,
    const struct policy_subject *subject, const struct folded *folded)
{
	if (value->key == POLICY_GROUP)
		return is_sure_group(value->text, subject, folded);
	if (value->key != POLICY_TO ||
	    strcmp(value->text, folded->fingerprint.text) == 0)
		return true;
	return (!subject->name_shared || !span_equal(span_text(value->text),
					     buf_span(&folded->name))) &&
	       (!subject->code_shared || !span_equal(span_text(value->text),
					     buf_span(&folded->code)));
}

static bool value_fits(const struct policy_value *value,
    const struct policy_subject *subject, const struct folded *folded)
{
	switch (value->key) {
	case POLICY_TYPE:
		return strcmp(value->text, subject->type) == 0;
	case POLICY_SOURCE:
		return strcmp(value->text, subject->source) == 0;
	case POLICY_MARKING:
		return strcmp(value->text, subject->marking) == 0;
	case POLICY_KIND:
		return strcmp(value->text, subject->kind) == 0;
	case POLICY_STANCE:
		return strcmp(value->text, subject->stance) == 0;
	case POLICY_SENSITIVITY:
		return strcmp(value->text,
			   subject->significant ? "significant" : "ordinary") ==
		       0;
	case POLICY_PROVIDER:
		return strcmp(value->text, subject->provider) == 0;
	case POLICY_GROUP:
		return group_fits(value->text, subject, folded);
	case POLICY_TO:
		return reader_fits(value->text, folded);
	}
	return false;
}

/* Perhaps: by a name or code that several go by. */
enum fit { FITS_NOT, FITS_PERHAPS, FITS };

/* PROTOCOL.md M340: "A rule MUST fit only when each of its conditions fits,
 * and a condition MUST fit only when one of its alternatives does." */
static enum fit rule_fits(const struct policy_rule *rule,
    const struct policy_subject *subject, const struct folded *folded)
{
	unsigned asked = 0;
	unsigned fitting = 0;
	unsigned sure = 0;

	for (size_t i = 0; i < rule->value_count; i++) {
		unsigned bit = 1u << (unsigned)rule->values[i].key;

		asked |= bit;
		if ((sure & bit) != 0 ||
		    !value_fits(&rule->values[i], subject, folded))
			continue;
		fitting |= bit;
		if (is_sure(&rule->values[i], subject, folded))
			sure |= bit;
	}
	if (asked != fitting)
		return FITS_NOT;
	return asked == sure ? FITS : FITS_PERHAPS;
}

static const struct policy_rule *stricter(
    const struct policy_rule *first, const struct policy_rule *then)
{
	return first == NULL || then->verdict > first->verdict ? then : first;
}

/* PROTOCOL.md M341: "Of the rules that fit, the first MUST decide."
 *
 * PROTOCOL.md M396: "Where a rule names its reader by a name or code that
 * several organisations known to the node go by, the stricter MUST count of
 * what the policy says with that rule and without it." */
enum err policy_match(const struct policy *policy,
    const struct policy_subject *subject, const struct policy_rule **out)
{
	struct folded folded = { 0 };
	enum fit fit = FITS_NOT;
	enum err err = fold(policy, subject, &folded);

	*out = NULL;
	for (size_t i = 0;
	     i < policy->rule_count && err == ERR_OK && fit != FITS; i++) {
		fit = rule_fits(&policy->rules[i], subject, &folded);
		if (fit != FITS_NOT)
			*out = stricter(*out, &policy->rules[i]);
	}
	/* Without any rule the answer is "ask me". */
	if (fit != FITS && *out != NULL && (*out)->verdict < POLICY_ASK_ME)
		*out = NULL;
	buf_clear(&folded.group);
	buf_clear(&folded.name);
	buf_clear(&folded.code);
	return err;
}

bool policy_asks(const struct policy *policy, enum policy_key key)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->value_count; j++) {
			if (rule->values[j].key == key)
				return true;
		}
	}
	return false;
}

/*
 * Covering.
 */

static bool asks(const struct policy_rule *rule, enum policy_key key)
{
	for (size_t i = 0; i < rule->value_count; i++) {
		if (rule->values[i].key == key)
			return true;
	}
	return false;
}

/* One of the rule's own alternatives takes in all that this one does. */
static bool takes_in(
    const struct policy_rule *rule, const struct policy_value *value)
{
	for (size_t i = 0; i < rule->value_count; i++) {
		const struct policy_value *own = &rule->values[i];

		if (own->key == value->key &&
		    (strcmp(own->text, value->text) == 0 ||
			(own->key == POLICY_GROUP &&
			    strcmp(own->text, any) == 0)))
			return true;
	}
	return false;
}

bool policy_covers(
    const struct policy_rule *first, const struct policy_rule *second)
{
	for (unsigned key = 0; key < POLICY_KEYS; key++) {
		if (asks(first, (enum policy_key)key) &&
		    !asks(second, (enum policy_key)key))
			return false;
	}
	for (size_t i = 0; i < second->value_count; i++) {
		if (asks(first, second->values[i].key) &&
		    !takes_in(first, &second->values[i]))
			return false;
	}
	return true;
}

void policy_clear(struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		struct policy_rule *rule = &policy->rules[i];

		for (size_t j = 0; j < rule->value_count; j++)
			free(rule->values[j].text);
		free(rule->values);
		free(rule->note);
		free(rule->text);
	}
	free(policy->rules);
	buf_clear(&policy->warnings);
	memset(policy, 0, sizeof *policy);
}
