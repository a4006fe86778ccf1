#define _GNU_SOURCE

#include "app/alarm_bell.h"

#include "codec/text.h"
#include "unit/store/place.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *test_alarm_bell_suite(void);

#define REPEAT 600000

static struct alarm_bell bell;
static const struct id32 one = { { 1 } };
static const struct id32 other = { { 2 } };

static void setup(void)
{
	place_make();
	memset(&bell, 0, sizeof bell);
}

static void teardown(void)
{
	alarm_bell_clear(&bell);
	place_remove();
}

static struct alarm_ring name(const struct id32 *record, int64_t now_ms)
{
	struct alarm_ring ring;

	OK(alarm_bell_name(&bell, record, now_ms, REPEAT, &ring));
	return ring;
}

/* M692 */
START_TEST(an_alarm_is_given_again_when_its_time_is_over)
{
	struct alarm_ring ring;

	ck_assert_int_eq(alarm_bell_next(&bell, REPEAT), INT64_MAX);
	alarm_bell_begin(&bell);
	ck_assert(name(&one, 1000).now);
	ck_assert(!name(&one, 1000 + REPEAT - 1).now);
	ck_assert(name(&other, 5000).now);
	ck_assert(!name(&other, 5000).now);
	alarm_bell_end(&bell);
	ck_assert_int_eq(alarm_bell_next(&bell, REPEAT), 1000 + REPEAT);
	alarm_bell_begin(&bell);
	ring = name(&one, 1000 + REPEAT);
	ck_assert(ring.now && ring.again);
	ck_assert(!name(&one, 1001 + REPEAT).now);
	alarm_bell_end(&bell);
	/* The other was seen; it would be new. */
	ck_assert_int_eq(alarm_bell_next(&bell, REPEAT), 1000 + 2 * REPEAT);
	ring = name(&other, 1000 + REPEAT);
	ck_assert(ring.now && !ring.again);
}
END_TEST

START_TEST(many_alarms_have_each_their_time)
{
	struct id32 record = { { 0 } };

	for (unsigned round = 0; round < 2; round++) {
		alarm_bell_begin(&bell);
		for (unsigned i = 0; i < 100; i++) {
			record.b[1] = (uint8_t)i;
			ck_assert(name(&record, (int64_t)round * REPEAT).now);
		}
		alarm_bell_end(&bell);
	}
	ck_assert_uint_eq(bell.count, 100);
}
END_TEST

/* A program that writes down what it was given, and then tells us. */
static const char *teller(void)
{
	static char path[256];
	char text[1024];
	char *done = strdup(place_path("done"));

	ck_assert_ptr_nonnull(done);
	(void)snprintf(path, sizeof path, "%s", place_path("hook"));
	(void)snprintf(text, sizeof text,
	    "#!/bin/sh\n"
	    "exec >'%s.new'\n"
	    "printf '%%s\\n' \"$@\"\n"
	    "echo --\n"
	    "tr '\\0' '\\n' </proc/$$/environ | sort\n"
	    "echo --\n"
	    "cat\n"
	    "echo --\n"
	    "ls /proc/$$/fd | grep -vx '[0-2]\\|10\\|255'\n"
	    "mv '%s.new' '%s'\n",
	    done, done, done);
	place_write(path, span_text(text));
	ck_assert_int_eq(chmod(path, 0700), 0);
	free(done);
	return path;
}

/* Until the program that runs has ended, by itself or not. */
static int ended(size_t child)
{
	siginfo_t info;

	ck_assert_int_eq(
	    waitid(P_PID, (id_t)bell.children[child], &info, WEXITED | WNOWAIT),
	    0);
	return info.si_status;
}

static struct buf told(void)
{
	ck_assert_int_eq(ended(0), 0);
	return place_read(place_path("done"));
}

#define USUAL "--\nLANG=C.UTF-8\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n--\n"
#define TEXT "qsg: an alarm waits for somebody to look at it: qsg alarm list\n"

/* M693 M694 */
START_TEST(a_program_is_told_of_a_record_and_of_nothing_else)
{
	const char *hook = teller();
	/* A file that was left open, and a secret in the environment. */
	int left = open(place_path("secret"), O_CREAT | O_RDWR, 0600);
	char want[1024];
	struct buf got;

	ck_assert_int_ge(left, 3);
	ck_assert_int_eq(setenv("QSG_SECRET", "passphrase", 1), 0);
	OK(alarm_bell_hook(&bell, hook, &one, 0));
	got = told();
	(void)snprintf(want, sizeof want, "%s%s\n" USUAL "--\n", TEXT,
	    text_hex_id(&one).text);
	ck_assert_str_eq(buf_text(&got), want);
	buf_clear(&got);
	(void)close(left);
	alarm_bell_reap(&bell, 0);
	ck_assert_int_eq(bell.children[0], 0);
}
END_TEST

/* M693 M694 */
START_TEST(a_mail_tells_of_a_record_and_of_nothing_else)
{
	const struct alarm_post post = { teller(), "on-call@example.org" };
	char want[1024];
	struct buf got;

	OK(alarm_bell_mail(&bell, &post, &one, 0));
	got = told();
	(void)snprintf(want, sizeof want,
	    "-i\non-call@example.org\n" USUAL
	    "To: on-call@example.org\nSubject: qsg: an alarm\n"
	    "Auto-Submitted: auto-generated\n"
	    "Content-Type: text/plain; charset=utf-8\n\n" TEXT "Record %s\n"
	    "--\n",
	    text_hex_id(&one).text);
	ck_assert_str_eq(buf_text(&got), want);
	buf_clear(&got);
}
END_TEST

START_TEST(what_cannot_be_started_is_said_and_costs_no_place)
{
	for (unsigned i = 0; i < 2 * ALARM_CHILDREN; i++) {
		FAILS(alarm_bell_hook(&bell, place_path("none"), &one, 0),
		    ERR_INPUT);
	}
	place_write(place_path("text"), span_text("no program"));
	FAILS(alarm_bell_hook(&bell, place_path("text"), &one, 0), ERR_INPUT);
	ck_assert_int_eq(bell.children[0], 0);
}
END_TEST

START_TEST(programs_that_do_not_end_are_few_and_are_ended)
{
	place_write(
	    place_path("hook"), span_text("#!/bin/sh\nkill -STOP $$\n"));
	ck_assert_int_eq(chmod(place_path("hook"), 0700), 0);
	for (unsigned i = 0; i < ALARM_CHILDREN; i++) {
		OK(alarm_bell_hook(&bell, place_path("hook"), &one, 0));
	}
	FAILS(alarm_bell_hook(&bell, place_path("hook"), &one, 0), ERR_BUSY);
	alarm_bell_reap(&bell, 1000);
	FAILS(alarm_bell_hook(&bell, place_path("hook"), &one, 0), ERR_BUSY);
	alarm_bell_reap(&bell, 600000);
	for (unsigned i = 0; i < ALARM_CHILDREN; i++) {
		ck_assert_int_eq(ended(i), SIGKILL);
	}
	alarm_bell_reap(&bell, 600000);
	for (unsigned i = 0; i < ALARM_CHILDREN; i++) {
		ck_assert_int_eq(bell.children[i], 0);
	}
}
END_TEST

/* M696 */
START_TEST(where_too_many_programs_run_an_alarm_waits)
{
	struct alarm_ring ring;

	for (size_t i = 0; i < ALARM_CHILDREN - 1; i++) {
		bell.children[i] = getpid();
	}
	ck_assert(alarm_bell_room(&bell, 1));
	ck_assert(!alarm_bell_room(&bell, 2));
	alarm_bell_begin(&bell);
	alarm_bell_wait(&bell, &one);
	ck_assert(bell.waiting);
	alarm_bell_end(&bell);
	/* As soon as there is room it is given, for the first time. */
	alarm_bell_begin(&bell);
	ck_assert(!bell.waiting);
	ring = name(&one, 5);
	ck_assert(ring.now && !ring.again);
	alarm_bell_end(&bell);
	memset(bell.children, 0, sizeof bell.children);
}
END_TEST

/* M696 */
START_TEST(one_that_was_given_is_known_while_it_waits)
{
	struct alarm_ring ring;

	alarm_bell_begin(&bell);
	(void)name(&one, 5);
	alarm_bell_end(&bell);
	alarm_bell_begin(&bell);
	alarm_bell_wait(&bell, &one);
	alarm_bell_end(&bell);
	alarm_bell_begin(&bell);
	ring = name(&one, 5 + REPEAT);
	ck_assert(ring.now && ring.again);
	alarm_bell_end(&bell);
}
END_TEST

Suite *test_alarm_bell_suite(void)
{
	Suite *suite = suite_create("alarm_bell");
	TCase *tests = tcase_create("alarm_bell");

	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_alarm_is_given_again_when_its_time_is_over);
	tcase_add_test(tests, many_alarms_have_each_their_time);
	tcase_add_test(
	    tests, a_program_is_told_of_a_record_and_of_nothing_else);
	tcase_add_test(tests, a_mail_tells_of_a_record_and_of_nothing_else);
	tcase_add_test(
	    tests, what_cannot_be_started_is_said_and_costs_no_place);
	tcase_add_test(tests, programs_that_do_not_end_are_few_and_are_ended);
	tcase_add_test(tests, where_too_many_programs_run_an_alarm_waits);
	tcase_add_test(tests, one_that_was_given_is_known_while_it_waits);
	suite_add_tcase(suite, tests);
	return suite;
}
