#include "domain/roles.h"

#include "app/ops.h"

#include <check.h>
#include <string.h>

Suite *test_roles_suite(void);

/* M460 */
START_TEST(every_operation_has_exactly_one_rule)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		size_t found = 0;
		for (size_t k = 0; roles_at(k) != NULL; k++) {
			found += strcmp(roles_at(k)->operation, op->name) == 0;
		}
		ck_assert_msg(found == 1, "%s has %zu rules", op->name, found);
	}
}
END_TEST

/* M460 */
START_TEST(rules_say_what_operations_are)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		const struct roles_rule *rule = roles_rule(op->name);
		bool outside = (op->flags & OPS_NO_API) != 0;
		ck_assert_msg(
		    outside == (rule->kind == ROLES_OUTSIDE), "%s", op->name);
		/* What changes anything is an act. */
		ck_assert_msg(
		    (op->flags & OPS_WRITES) == 0 || rule->kind == ROLES_ACTS,
		    "%s changes something and is no act", op->name);
		ck_assert_msg(rule->kind != ROLES_ACTS ||
				  (op->flags & OPS_WRITES) != 0 ||
				  strcmp(op->name, "quarantine-show") == 0 ||
				  strcmp(op->name, "activity") == 0,
		    "%s is an act and changes nothing", op->name);
	}
}
END_TEST

/* M460 */
START_TEST(every_role_may_what_its_rule_says_and_no_more)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const char *name = ops_at(i)->name;
		const struct roles_rule *rule = roles_rule(name);
		ck_assert_uint_eq(rule->roles & ~ROLES_ALL, 0);
		ck_assert(roles_may(ROLES_ADMINISTRATOR, name));
		ck_assert(!roles_may(0, name));
		for (unsigned int roles = 1; roles <= ROLES_ALL; roles++) {
			bool may = false;
			for (unsigned int bit = 1; bit <= ROLES_ALL; bit *= 2) {
				may = may || ((roles & bit) != 0 &&
						 (rule->roles & bit) != 0);
			}
			ck_assert(roles_may(roles, name) == may);
		}
	}
	ck_assert(!roles_may(ROLES_ALL, "nothing"));
	ck_assert_ptr_null(roles_rule("nothing"));
}
END_TEST

/* M460 */
START_TEST(a_viewer_changes_nothing)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		ck_assert_msg((op->flags & OPS_WRITES) == 0 ||
				  !roles_may(ROLES_VIEWER, op->name),
		    "a viewer may %s", op->name);
	}
	ck_assert(!roles_may(ROLES_VIEWER, "activity"));
	ck_assert(!roles_may(ROLES_VIEWER, "audit-export"));
	ck_assert(roles_may(ROLES_VIEWER, "record"));
}
END_TEST

/* M460 */
START_TEST(only_an_administrator_makes_accounts)
{
	static const char *const names[] = { "account-add", "account-disable",
		"account-enable", "account-password", "account-scope",
		"peer-add", "keys-rotate-log" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_uint_eq(
		    roles_rule(names[i])->roles, ROLES_ADMINISTRATOR);
	}
}
END_TEST

START_TEST(roles_have_words)
{
	struct buf text = { 0 };
	for (unsigned int i = 0; i < 6; i++) {
		ck_assert_uint_eq(roles_named(roles_token(i)), 1u << i);
		ck_assert(vocab_has(roles_vocab(), span_text(roles_token(i))));
	}
	ck_assert_ptr_null(roles_token(6));
	ck_assert_uint_eq(roles_named("viewers"), 0);
	ck_assert_int_eq(roles_list(ROLES_VIEWER, &text), ERR_OK);
	ck_assert_str_eq(buf_text(&text), "viewer");
	buf_reset(&text);
	ck_assert_int_eq(
	    roles_list(ROLES_CONTRIBUTOR | ROLES_APPROVER | ROLES_ADMINISTRATOR,
		&text),
	    ERR_OK);
	ck_assert_str_eq(
	    buf_text(&text), "contributor, approver or administrator");
	buf_clear(&text);
}
END_TEST

Suite *test_roles_suite(void)
{
	Suite *suite = suite_create("roles");
	TCase *tcase = tcase_create("core");
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, every_operation_has_exactly_one_rule);
	tcase_add_test(tcase, rules_say_what_operations_are);
	tcase_add_test(tcase, every_role_may_what_its_rule_says_and_no_more);
	tcase_add_test(tcase, a_viewer_changes_nothing);
	tcase_add_test(tcase, only_an_administrator_makes_accounts);
	tcase_add_test(tcase, roles_have_words);
	return suite;
}
