#define _POSIX_C_SOURCE 200809L

#include "app/comparing.h"

#include "app/guesses.h"
#include "base/limits.h"
#include "keys/password.h"

#include <check.h>
#include <sodium.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

Suite *test_comparing_suite(void);

#define OK(call) ck_assert_msg((call) == ERR_OK, "%s", err_text())
#define FAILS(call, code) ck_assert_int_eq((call), (code))

static _Atomic int64_t now_ms;

static int64_t read_now(void *context)
{
	(void)context;
	return atomic_load(&now_ms);
}

static const struct clock stands = { read_now, read_now, NULL };

struct asked {
	struct comparing_one one;
	atomic_bool back;
	enum err err;
};

static void answered(void *context, enum err err)
{
	struct asked *asked = context;
	asked->err = err;
	atomic_store(&asked->back, true);
}

static struct comparing *comparing;
static char hash[PASSWORD_HASH_BYTES];

static void setup(void)
{
	struct passphrase *password = NULL;
	uint8_t text[] = "secret";
	ck_assert_int_ge(sodium_init(), 0);
	OK(keystore_passphrase(text, 6, &password));
	OK(password_hash(password, KEYSTORE_CHEAP, hash));
	passphrase_free(password);
	atomic_store(&now_ms, 1000);
	OK(comparing_open(&stands, 64, &comparing));
}

static void teardown(void)
{
	comparing_free(comparing);
}

static enum err ask(
    struct asked *asked, uint32_t user, const char *name, const char *password)
{
	*asked = (struct asked){ .one = { .user = user,
				     .name = name,
				     .hash = hash,
				     .password = password,
				     .answered = answered,
				     .context = asked } };
	return comparing_ask(comparing, &asked->one);
}

/* What comes of it, now or when it is compared. */
static enum err gives(uint32_t user, const char *name, const char *password)
{
	static struct asked asked;
	enum err err = ask(&asked, user, name, password);
	while (err == ERR_OK && !atomic_load(&asked.back)) {
		(void)nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
	}
	return err == ERR_OK ? asked.err : err;
}

/* M463 */
START_TEST(the_more_wrong_ones_the_longer_the_wait)
{
	int64_t wait_ms = 1000;
	for (unsigned int i = 0; i < GUESSES_FREE; i++) {
		FAILS(gives(7, "nurse", "wrong"), ERR_DENIED);
	}
	for (int i = 0; i < 12; i++) {
		/* Not even the right one is compared. */
		FAILS(gives(7, "nurse", "secret"), ERR_BUSY);
		atomic_fetch_add(&now_ms, wait_ms - 1);
		FAILS(gives(7, "nurse", "secret"), ERR_BUSY);
		ck_assert_ptr_nonnull(strstr(err_text(), "again in 1 s"));
		atomic_fetch_add(&now_ms, 1);
		FAILS(gives(7, "nurse", "wrong"), ERR_DENIED);
		wait_ms = wait_ms * 2 > 1000LL * GUESSES_LONGEST_S
		              ? 1000LL * GUESSES_LONGEST_S
		              : wait_ms * 2;
	}
	ck_assert_int_eq(wait_ms, 1000LL * GUESSES_LONGEST_S);
	/* Nobody else waits for that. */
	OK(gives(8, "nurse", "secret"));
	OK(gives(7, "other", "secret"));
	atomic_fetch_add(&now_ms, wait_ms);
	OK(gives(7, "nurse", "secret"));
	atomic_fetch_add(&now_ms, 1000LL * GUESSES_FORGOTTEN_S + 1);
	FAILS(gives(7, "nurse", "wrong"), ERR_DENIED);
	OK(gives(7, "nurse", "secret"));
	comparing_stop(comparing);
}
END_TEST

/* M463 */
START_TEST(many_at_once_are_no_way_around_the_wait)
{
	enum { MANY = 40 };
	static struct asked all[MANY];
	size_t denied = 0;
	for (size_t i = 0; i < MANY; i++) {
		if (ask(&all[i], 7, "nurse", "wrong") != ERR_OK) {
			atomic_store(&all[i].back, true);
			all[i].err = ERR_BUSY;
		}
	}
	for (size_t i = 0; i < MANY; i++) {
		while (!atomic_load(&all[i].back)) {
			(void)nanosleep(
			    &(struct timespec){ .tv_nsec = 100000 }, NULL);
		}
		denied += all[i].err == ERR_DENIED;
	}
	ck_assert_uint_eq(denied, GUESSES_FREE);
	FAILS(gives(7, "nurse", "secret"), ERR_BUSY);
	comparing_stop(comparing);
}
END_TEST

/* M463 */
START_TEST(one_user_has_few_places)
{
	static struct asked all[COMPARING_OF_ONE + 1];
	static struct asked other;
	size_t refused = 0;
	/* Of nobody takes long enough for all to be there at once. */
	hash[0] = '\0';
	for (size_t i = 0; i <= COMPARING_OF_ONE; i++) {
		enum err err = ask(&all[i], 7, "nurse", "wrong");
		refused += err == ERR_BUSY;
		ck_assert(err == ERR_OK || i == COMPARING_OF_ONE);
	}
	ck_assert_uint_eq(refused, 1);
	OK(ask(&other, 8, "nurse", "wrong"));
	comparing_stop(comparing);
	/* Each is answered; what was not begun is not compared. */
	for (size_t i = 0; i < COMPARING_OF_ONE; i++) {
		ck_assert(atomic_load(&all[i].back));
	}
	ck_assert_int_eq(other.err, ERR_BUSY);
	FAILS(ask(&other, 8, "nurse", "wrong"), ERR_BUSY);
}
END_TEST

Suite *test_comparing_suite(void)
{
	Suite *suite = suite_create("comparing");
	TCase *tests = tcase_create("comparing");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, the_more_wrong_ones_the_longer_the_wait);
	tcase_add_test(tests, many_at_once_are_no_way_around_the_wait);
	tcase_add_test(tests, one_user_has_few_places);
	suite_add_tcase(suite, tests);
	return suite;
}
