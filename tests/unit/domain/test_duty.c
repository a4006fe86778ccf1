#include "domain/duty.h"

#include <check.h>
#include <string.h>

Suite *test_duty_suite(void);

static const char *reason(const char *kind, const char *type)
{
	struct duty_provider provider = { .type = type };

	return duty_reason(org_kind_find(span_text(kind)), &provider);
}

START_TEST(whoever_is_statutory_has_a_duty_and_nobody_else)
{
	for (size_t i = 0; i < org_kind_count(); i++) {
		const struct org_kind *kind = org_kind_at(i);

		ck_assert_msg(
		    (reason(kind->token, "") != NULL) == kind->statutory, "%s",
		    kind->token);
	}
	ck_assert_ptr_null(reason("no-such-kind", ""));
}
END_TEST

START_TEST(monitor_and_the_tda_divide_the_trusts)
{
	ck_assert_ptr_nonnull(strstr(reason("monitor", ""), "if it is"));
	ck_assert_ptr_nonnull(strstr(reason("nhs-tda", ""), "if it is"));
	ck_assert_ptr_nonnull(
	    strstr(reason("monitor", "foundation-trust"), ", a foundation"));
	ck_assert_ptr_null(reason("monitor", "nhs-trust"));
	ck_assert_ptr_nonnull(
	    strstr(reason("nhs-tda", "nhs-trust"), ", an NHS trust"));
	ck_assert_ptr_null(reason("nhs-tda", "foundation-trust"));
	ck_assert_ptr_nonnull(reason("cqc", "foundation-trust"));
}
END_TEST

START_TEST(commissioners_answer_for_what_they_commission)
{
	struct duty_provider provider = { .type = "",
		.commissioners_known = true };
	const struct org_kind *ccg = org_kind_find(span_text("ccg"));

	ck_assert_ptr_null(duty_reason(ccg, &provider));
	provider.commissions = true;
	ck_assert_str_eq(duty_reason(ccg, &provider),
	    "commissions services from the provider");
	provider.commissioners_known = provider.commissions = false;
	ck_assert_ptr_nonnull(strstr(duty_reason(ccg, &provider), "if any"));
	/* A local authority safeguards, whoever commissions. */
	provider.commissioners_known = true;
	ck_assert_ptr_nonnull(duty_reason(
	    org_kind_find(span_text("local-authority")), &provider));
}
END_TEST

Suite *test_duty_suite(void)
{
	Suite *suite = suite_create("duty");
	TCase *tcase = tcase_create("duty");

	tcase_add_test(tcase, whoever_is_statutory_has_a_duty_and_nobody_else);
	tcase_add_test(tcase, monitor_and_the_tda_divide_the_trusts);
	tcase_add_test(tcase, commissioners_answer_for_what_they_commission);
	suite_add_tcase(suite, tcase);
	return suite;
}
