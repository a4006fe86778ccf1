#include "app/ops.h"

#include "codec/text.h"

#include <check.h>
#include <string.h>

Suite *test_ops_suite(void);

START_TEST(every_operation_is_whole)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		bool in_api = (op->flags & OPS_NO_API) == 0;
		ck_assert(text_is_token(span_text(op->name)));
		ck_assert_ptr_eq(ops_find(span_text(op->name)), op);
		ck_assert_ptr_nonnull(op->summary);
		ck_assert(in_api == (op->handler != NULL));
		/* It can be reached, and its answer shown. */
		ck_assert(in_api || op->words != NULL);
		ck_assert(
		    op->words == NULL || op->run != NULL || op->render != NULL);
	}
	ck_assert_ptr_null(ops_at(ops_count()));
	ck_assert_ptr_null(ops_find(span_text("nothing")));
}
END_TEST

START_TEST(every_argument_is_whole)
{
	for (size_t i = 0; i < ops_count(); i++) {
		const struct ops_op *op = ops_at(i);
		for (size_t j = 0; j < op->arg_count; j++) {
			const struct ops_arg *arg = &op->args[j];
			bool shown = (arg->flags & OPS_API_ONLY) == 0;
			ck_assert_ptr_nonnull(arg->help);
			ck_assert(!shown || arg->option != NULL);
			ck_assert(!shown || (arg->metavar == NULL) ==
						(arg->type == OPS_FLAG));
			for (size_t k = 0; k < j; k++) {
				ck_assert_str_ne(op->args[k].key, arg->key);
			}
		}
	}
}
END_TEST

static enum err check(const char *operation, const char *arguments)
{
	json_error_t error;
	json_t *json = json_loads(arguments, JSON_DECODE_ANY, &error);
	ck_assert_ptr_nonnull(json);
	enum err err = ops_check(ops_find(span_text(operation)), json);
	json_decref(json);
	return err;
}

/* M157 */
START_TEST(arguments_are_checked)
{
	ck_assert_int_eq(check("records", "{}"), ERR_OK);
	ck_assert_int_eq(check("records", "{\"all\":true}"), ERR_OK);
	ck_assert_int_eq(check("records", "{\"all\":1}"), ERR_INPUT);
	ck_assert_int_eq(check("records", "{\"since\":null}"), ERR_INPUT);
	ck_assert_int_eq(check("records", "{\"colour\":\"red\"}"), ERR_INPUT);
	ck_assert_int_eq(check("records", "[]"), ERR_INPUT);
	ck_assert_int_eq(check("records", "\"all\""), ERR_INPUT);
	ck_assert_int_eq(check("record", "{}"), ERR_INPUT);
	ck_assert_int_eq(check("record", "{\"id\":\"0a\"}"), ERR_OK);
	ck_assert_int_eq(
	    check("record", "{\"id\":\"0a\",\"wait_ms\":-1}"), ERR_INPUT);
	ck_assert_int_eq(
	    check("record", "{\"id\":\"0a\",\"wait_ms\":1.5}"), ERR_INPUT);
	ck_assert_int_eq(check("share", "{\"to\":\"A\"}"), ERR_INPUT);
	ck_assert_int_eq(check("share", "{\"to\":[\"A\",1]}"), ERR_INPUT);
	ck_assert_int_eq(check("share", "{\"to\":[\"A\"]}"), ERR_OK);
	ck_assert_int_eq(check("share-batch", "{\"items\":[1]}"), ERR_INPUT);
	ck_assert_int_eq(check("share-batch", "{\"items\":{}}"), ERR_INPUT);
	ck_assert_int_eq(check("share-batch", "{\"items\":[{}]}"), ERR_OK);
	/* What stands on the command line alone is no argument of the API. */
	ck_assert_int_eq(
	    check("verify", "{\"passphrase_file\":\"f\"}"), ERR_INPUT);
}
END_TEST

START_TEST(near_words_are_recognised)
{
	static const char *const near[][2] = {
		{ "shar", "share" },
		{ "rec0rd", "record" },
		{ "stauts", "status" },
		{ "peer lst", "peer list" },
		{ "verfy", "verify" },
		{ "impor", "import" },
	};
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		const struct ops_op *op = ops_nearest(near[i][0]);
		ck_assert_ptr_nonnull(op);
		ck_assert_str_eq(op->words, near[i][1]);
	}
	ck_assert_ptr_null(ops_nearest("frobnicate"));
	ck_assert_ptr_null(ops_nearest(
	    "a word that is longer than any command could ever be, by far"));
}
END_TEST

START_TEST(every_error_has_its_outcome)
{
	for (int i = 1; i < ERR_COUNT; i++) {
		enum err err = (enum err)i;
		ck_assert_uint_ge(ops_http_status(err), 400);
		ck_assert_int_eq(
		    ops_exit_status(err), err == ERR_USAGE ? 2 : 1);
		ck_assert_int_eq(ops_err_named(err_name(err)), err);
	}
	ck_assert_uint_eq(ops_http_status(ERR_OK), 200);
	ck_assert_int_eq(ops_exit_status(ERR_OK), 0);
	ck_assert_int_eq(ops_err_named("no such"), ERR_IO);
	ck_assert_int_eq(ops_err_named(NULL), ERR_IO);
}
END_TEST

Suite *test_ops_suite(void)
{
	Suite *suite = suite_create("ops");
	TCase *tests = tcase_create("ops");
	tcase_add_test(tests, every_operation_is_whole);
	tcase_add_test(tests, every_argument_is_whole);
	tcase_add_test(tests, arguments_are_checked);
	tcase_add_test(tests, near_words_are_recognised);
	tcase_add_test(tests, every_error_has_its_outcome);
	suite_add_tcase(suite, tests);
	return suite;
}
