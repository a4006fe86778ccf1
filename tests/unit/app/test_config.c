#include "app/config.h"

#include "service/node.h"

#include <check.h>
#include <string.h>

Suite *test_config_suite(void);

START_TEST(settings_are_read)
{
	struct config config = { .level = LOG_WARN };
	ck_assert_int_eq(config_parse("# where\nlisten = tcp://127.0.0.1:1\n"
				      "listen=tcp://[::1]:2\n"
				      "advertise = tcp://a.example:3\n"
				      "log = debug\n"
				      "receipts.interval = 5\n"
				      "start.wait = 20\n",
			     &config),
	    ERR_OK);
	ck_assert_uint_eq(config.listen.count, 2);
	ck_assert_str_eq(config.listen.items[0], "tcp://127.0.0.1:1");
	ck_assert_str_eq(config.listen.items[1], "tcp://[::1]:2");
	ck_assert_uint_eq(config.advertise.count, 1);
	ck_assert_str_eq(config.advertise.items[0], "tcp://a.example:3");
	ck_assert_int_eq(config.level, LOG_DEBUG);
	ck_assert_uint_eq(config.receipts_interval_s, 5);
	ck_assert_int_eq(config.start_wait_ms, 20000);
	ck_assert_int_eq(
	    config_parse("start.wait = majority\n", &config), ERR_OK);
	ck_assert_int_eq(config.start_wait_ms, NODE_WAIT_MAJORITY);
	config_clear(&config);
}
END_TEST

static void refused(const char *text, enum err why)
{
	struct config config = { .level = LOG_WARN };
	ck_assert_int_eq(config_parse(text, &config), why);
	ck_assert_ptr_nonnull(strstr(err_text(), "line "));
	config_clear(&config);
}

START_TEST(what_is_no_setting_is_refused_with_its_line)
{
	refused("listen = tcp://127.0.0.1:1\ncolour = red\n", ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 2"));
	refused("log = loud\n", ERR_INPUT);
	refused("receipts.interval = 0\n", ERR_INPUT);
	refused("receipts.interval = 3601\n", ERR_INPUT);
	refused("receipts.interval = -1\n", ERR_INPUT);
	refused("receipts.interval = 5s\n", ERR_INPUT);
	refused("receipts.interval =\n", ERR_INPUT);
	refused("start.wait = soon\n", ERR_INPUT);
	refused("start.wait = -1\n", ERR_INPUT);
	refused("start.wait = 9999999\n", ERR_INPUT);
	refused("nonsense\n", ERR_INPUT);
	refused("[section]\nlisten = tcp://127.0.0.1:1\n", ERR_INPUT);
	refused("passphrase = secret\n", ERR_INPUT);
	refused("listen=1\nlisten=2\nlisten=3\nlisten=4\nlisten=5\nlisten=6\n"
		"listen=7\nlisten=8\nlisten=9\n",
	    ERR_LIMIT);
}
END_TEST

START_TEST(settings_of_activity_are_read)
{
	struct config config = { 0 };
	ck_assert_int_eq(config_parse("activity.interval = 60\n"
				      "activity.tell_authors = yes\n"
				      "socket = /run/qsg/shared.sock\n",
			     &config),
	    ERR_OK);
	ck_assert_uint_eq(config.activity_interval_s, 60);
	ck_assert(config.tell_authors);
	ck_assert_str_eq(config.socket, "/run/qsg/shared.sock");
	ck_assert_int_eq(
	    config_parse("activity.interval = 61\n", &config), ERR_INPUT);
	ck_assert_int_eq(
	    config_parse("activity.tell_authors = perhaps\n", &config),
	    ERR_INPUT);
	config_clear(&config);
	ck_assert_ptr_null(config.socket);
}
END_TEST

START_TEST(settings_of_witnesses_are_read)
{
	struct config config = { .level = LOG_WARN };
	ck_assert_int_eq(config_parse("witness.ask = 15\n"
				      "witness.minimum = 3\n"
				      "witness.max_age = 36h\n"
				      "witness.interval = 1\n",
			     &config),
	    ERR_OK);
	ck_assert_uint_eq(config.witness.ask, 15);
	ck_assert_int_eq(config.witness.minimum, 3);
	ck_assert_int_eq(config.witness.max_age_s, 36 * 3600);
	ck_assert_int_eq(config.witness.interval_s, 1);
	ck_assert_int_eq(
	    config_parse(
		"witness.interval = 2m\nwitness.max_age = 2d\n", &config),
	    ERR_OK);
	ck_assert_int_eq(config.witness.interval_s, 120);
	ck_assert_int_eq(config.witness.max_age_s, 2 * 86400);
	config_clear(&config);
}
END_TEST

/* M195 */
START_TEST(settings_of_witnesses_out_of_range_are_refused)
{
	refused("witness.ask = 16\n", ERR_INPUT);
	refused("witness.ask = -1\n", ERR_INPUT);
	refused("witness.ask = many\n", ERR_INPUT);
	refused("witness.minimum = 16\n", ERR_INPUT);
	refused("witness.max_age = 0\n", ERR_INPUT);
	refused("witness.max_age = 1w\n", ERR_INPUT);
	refused("witness.interval = 0s\n", ERR_INPUT);
	refused("witness.interval = 2000000000\n", ERR_INPUT);
	refused("witness.interval =\n", ERR_INPUT);
	refused("witness.colour = red\n", ERR_INPUT);
}
END_TEST

START_TEST(settings_of_alarms_are_read)
{
	struct config config = { .level = LOG_WARN };
	ck_assert_int_eq(config_parse("alarm.hook = /bin/true\n"
				      "alarm.mail = on-call@example.org\n"
				      "alarm.sendmail = /bin/cat\n"
				      "alarm.repeat = 1440\n",
			     &config),
	    ERR_OK);
	ck_assert_str_eq(config.alarm.hook, "/bin/true");
	ck_assert_str_eq(config.alarm.mail, "on-call@example.org");
	ck_assert_str_eq(config.alarm.sendmail, "/bin/cat");
	ck_assert_uint_eq(config.alarm.repeat_s, 86400);
	config_clear(&config);
}
END_TEST

/* M693: an address is no option, and no more than the line of a header. */
START_TEST(settings_of_alarms_that_are_none_are_refused)
{
	refused("alarm.repeat = 0\n", ERR_INPUT);
	refused("alarm.repeat = 1441\n", ERR_INPUT);
	refused("alarm.repeat = 1h\n", ERR_INPUT);
	refused("alarm.repeat =\n", ERR_INPUT);
	refused("alarm.mail =\n", ERR_INPUT);
	refused("alarm.mail = -t\n", ERR_INPUT);
	refused("alarm.mail = a@example.org, b@example.org\n", ERR_INPUT);
	refused("alarm.mail = On Call <a@example.org>\n", ERR_INPUT);
	refused("alarm.mail = a@ex\xc3\xa9.org\n", ERR_INPUT);
	refused("alarm.hook = true\n", ERR_INPUT);
	refused("alarm.hook = /bin/no-such-program\n", ERR_INPUT);
	refused("alarm.sendmail = sendmail\n", ERR_INPUT);
	refused("alarm.colour = red\n", ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "alarm.hook, alarm.mail"));
}
END_TEST

START_TEST(the_command_line_goes_before_the_file)
{
	struct config config = { .level = LOG_WARN };
	json_t *arguments = json_pack(
	    "{s:[s],s:s}", "listen", "tcp://127.0.0.1:9", "log", "error");
	ck_assert_int_eq(
	    config_read("/nonexistent", arguments, &config), ERR_OK);
	ck_assert_uint_eq(config.listen.count, 1);
	ck_assert_int_eq(config.level, LOG_ERROR);
	ck_assert_uint_eq(config.witness.ask, WITNESS_ASK);
	ck_assert_int_eq(config.start_wait_ms, 120000);
	ck_assert(!config.accept_head);
	config_clear(&config);
	json_decref(arguments);
}
END_TEST

Suite *test_config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tests = tcase_create("config");
	tcase_add_test(tests, settings_of_activity_are_read);
	tcase_add_test(tests, settings_are_read);
	tcase_add_test(tests, what_is_no_setting_is_refused_with_its_line);
	tcase_add_test(tests, settings_of_witnesses_are_read);
	tcase_add_test(tests, settings_of_witnesses_out_of_range_are_refused);
	tcase_add_test(tests, settings_of_alarms_are_read);
	tcase_add_test(tests, settings_of_alarms_that_are_none_are_refused);
	tcase_add_test(tests, the_command_line_goes_before_the_file);
	suite_add_tcase(suite, tests);
	return suite;
}
