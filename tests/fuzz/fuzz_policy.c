/* A sharing policy: one that is taken has whole rules, and an empty subject is
 * decided by the first of them that asks nothing. */
#include "domain/policy.h"
#include "fuzz/tool.h"

#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rules(const struct policy *policy)
{
	tool_must(policy->rule_count > 0);
	tool_must(policy->rule_count <= LIMIT_POLICY_RULES);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		tool_must(rule->text != NULL && rule->note != NULL);
		tool_must(rule->verdict <= POLICY_NEVER);
		tool_must(rule->line > (i ? policy->rules[i - 1].line : 0));
		tool_must(policy_covers(rule, rule));
		for (size_t j = 0; j < rule->value_count; j++) {
			tool_must(rule->values[j].text[0] != '\0');
			tool_must(policy_asks(policy, rule->values[j].key));
		}
	}
}

static void check_match(const struct policy *policy)
{
	static const struct id32 reader = { { 1 } };
	const struct policy_subject nothing = { .type = "",
		.source = "",
		.marking = "",
		.kind = "",
		.stance = "",
		.provider = "",
		.group_name = "",
		.reader_name = "a",
		.reader_code = "b",
		.reader = &reader };
	const struct policy_rule *decides = NULL;

	tool_ok(policy_match(policy, &nothing, &decides));
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (policy->rules[i].value_count == 0) {
			tool_must(decides != NULL);
			tool_must(decides <= &policy->rules[i]);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy = { 0 };

	if (policy_parse(span_of(data, size), &policy) == ERR_OK) {
		check_rules(&policy);
		check_match(&policy);
	} else {
		tool_must(policy.rule_count == 0 && policy.rules == NULL);
	}
	policy_clear(&policy);
	return 0;
}
