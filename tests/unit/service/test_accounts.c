#define _GNU_SOURCE

#include "fixture.h"

#include "service/accounts.h"
#include "service/verify.h"

#include <stdio.h>
#include <string.h>

Suite *test_accounts_suite(void);

static struct fixture fixture;

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void setup(void)
{
	fixture_open(&fixture, 1);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static enum err add(const char *name, unsigned int roles, int64_t user)
{
	struct account account = {
		.roles = roles, .has_user = user >= 0, .user = (uint32_t)user
	};

	(void)snprintf(account.name, sizeof account.name, "%s", name);
	return accounts_add(node0(), &account);
}

static void hash(const char *text, char out[PASSWORD_HASH_BYTES])
{
	struct passphrase *password = NULL;
	uint8_t copy[32];

	(void)snprintf((char *)copy, sizeof copy, "%s", text);
	OK(keystore_passphrase(copy, strlen(text), &password));
	OK(password_hash(password, KEYSTORE_CHEAP, out));
	passphrase_free(password);
}

START_TEST(accounts_survive_a_start)
{
	char stored[PASSWORD_HASH_BYTES];
	const struct account_scope scope = {
		.groups = { { { 2 } }, { { 1 } } },
		.group_count = 2,
		.regions = { "London" },
		.region_count = 1,
	};
	const struct account *found = NULL;

	OK(add("admin", ROLES_ADMINISTRATOR, 0));
	OK(add("nurse", ROLES_VIEWER | ROLES_APPROVER, 4294967295));
	hash("secret", stored);
	OK(accounts_set_password(node0(), "nurse", stored));
	OK(accounts_set_scope(node0(), "nurse", &scope));
	OK(accounts_disable(node0(), "nurse"));
	OK(node_commit(node0()));
	fixture_assert_verifies(&fixture, 0);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(accounts_count(node0()), 2);
	found = accounts_named(node0(), "nurse");
	ck_assert_ptr_nonnull(found);
	ck_assert_ptr_eq(found, accounts_of_user(node0(), UINT32_MAX));
	ck_assert_uint_eq(found->roles, ROLES_VIEWER | ROLES_APPROVER);
	ck_assert_str_eq(found->password, stored);
	ck_assert(found->disabled);
	ck_assert_uint_eq(found->scope.group_count, 2);
	ck_assert_uint_eq(found->scope.groups[0].b[0], 1);
	ck_assert_uint_eq(found->scope.region_count, 1);
	ck_assert_str_eq(found->scope.regions[0], "London");
	ck_assert(!accounts_named(node0(), "admin")->disabled);
	ck_assert_ptr_null(accounts_named(node0(), "nurs"));
	ck_assert_ptr_null(accounts_of_user(node0(), 1));
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(what_is_not_committed_is_no_account)
{
	OK(add("admin", ROLES_ADMINISTRATOR, 0));
	OK(node_commit(node0()));
	OK(add("nurse", ROLES_VIEWER, 5));
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(accounts_count(node0()), 1);
}
END_TEST

/* M465 */
START_TEST(the_last_administrator_stays)
{
	const struct account_scope group = { .groups = { { { 7 } } },
		.group_count = 1 };
	const struct account_scope region = { .regions = { "London" },
		.region_count = 1 };
	char stored[PASSWORD_HASH_BYTES];

	OK(add("admin", ROLES_ADMINISTRATOR | ROLES_VIEWER, 0));
	OK(add("nurse", ROLES_VIEWER, 5));
	FAILS(accounts_disable(node0(), "admin"), ERR_STATE);
	FAILS(accounts_set_scope(node0(), "admin", &group), ERR_STATE);
	FAILS(accounts_set_scope(node0(), "admin", &region), ERR_STATE);
	/* One that nobody can use is none. */
	OK(add("other", ROLES_ADMINISTRATOR, -1));
	FAILS(accounts_disable(node0(), "admin"), ERR_STATE);
	hash("secret", stored);
	OK(accounts_set_password(node0(), "other", stored));
	OK(accounts_disable(node0(), "admin"));
	FAILS(accounts_disable(node0(), "other"), ERR_STATE);
	OK(accounts_enable(node0(), "admin"));
	OK(accounts_set_scope(node0(), "other", &group));
	FAILS(accounts_disable(node0(), "admin"), ERR_STATE);
	OK(accounts_set_scope(node0(), "other", &region));
	FAILS(accounts_disable(node0(), "admin"), ERR_STATE);
	OK(accounts_set_scope(node0(), "other", NULL));
	OK(accounts_disable(node0(), "admin"));
	OK(node_commit(node0()));
}
END_TEST

START_TEST(bad_accounts_are_refused)
{
	static const char *const bad[] = { "", "Nurse", "1nurse", "a b", "a:b",
		"abcdefghijklmnopqrstuvwxyz0123456" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert(!accounts_name_valid(bad[i]));
	}
	FAILS(add("nurse", 0, 1), ERR_INPUT);
	FAILS(add("nurse", 64, 1), ERR_INPUT);
	OK(add("nurse", ROLES_VIEWER, 1));
	FAILS(add("nurse", ROLES_VIEWER, 2), ERR_EXISTS);
	FAILS(add("other", ROLES_VIEWER, 1), ERR_EXISTS);
	FAILS(accounts_disable(node0(), "nobody"), ERR_NOTFOUND);
	FAILS(accounts_enable(node0(), "nobody"), ERR_NOTFOUND);
	FAILS(accounts_set_password(node0(), "nurse", "secret"), ERR_INPUT);
	FAILS(accounts_set_password(node0(), "nurse", ""), ERR_INPUT);
	for (unsigned i = 1; i < LIMIT_ACCOUNTS; i++) {
		char name[24];

		(void)snprintf(name, sizeof name, "n%u", i);
		OK(add(name, ROLES_VIEWER, -1));
	}
	FAILS(add("more", ROLES_VIEWER, -1), ERR_LIMIT);
	OK(node_commit(node0()));
}
END_TEST

/* M464 */
START_TEST(a_password_is_told_by_its_hash)
{
	char stored[PASSWORD_HASH_BYTES];
	char again[PASSWORD_HASH_BYTES];

	hash("secret", stored);
	hash("secret", again);
	ck_assert_str_ne(stored, again);
	ck_assert_int_eq(strncmp(stored, "$argon2id$", 10), 0);
	OK(password_check(stored, span_text("secret")));
	FAILS(password_check(stored, span_text("secreT")), ERR_DENIED);
	FAILS(password_check(stored, span_text("")), ERR_DENIED);
	FAILS(password_check("", span_text("")), ERR_DENIED);
	ck_assert(password_hash_fits(stored));
	/* Another cost than ours. */
	ck_assert(!password_hash_fits("$argon2id$v=19$m=65536,t=2,p=1$"
				      "c29tZXNhbHRzb21lc2FsdA$"
				      "RdescudvJCsgt3ub+b3dWRWJTmaaIF"
				      "cTkO/XvxR+Z50"));
	ck_assert(!password_hash_fits("secret"));
}
END_TEST

/* M464 */
START_TEST(what_was_compared_once_is_compared_in_no_time)
{
	struct password_cache *cache = password_cache_new();
	char stored[PASSWORD_HASH_BYTES];
	char other[PASSWORD_HASH_BYTES];

	ck_assert_ptr_nonnull(cache);
	hash("secret", stored);
	hash("other", other);
	for (int i = 0; i < 2; i++) {
		OK(password_cached_check(cache, stored, span_text("secret")));
		FAILS(password_cached_check(cache, stored, span_text("other")),
		    ERR_DENIED);
		/* Another hash is another password. */
		FAILS(password_cached_check(cache, other, span_text("secret")),
		    ERR_DENIED);
	}
	for (int i = 0; i < 20; i++) {
		hash("secret", other);
		OK(password_cached_check(cache, other, span_text("secret")));
	}
	OK(password_cached_check(cache, stored, span_text("secret")));
	password_cache_free(cache);
}
END_TEST

Suite *test_accounts_suite(void)
{
	Suite *suite = suite_create("accounts");
	TCase *tests = tcase_create("accounts");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, accounts_survive_a_start);
	tcase_add_test(tests, what_is_not_committed_is_no_account);
	tcase_add_test(tests, the_last_administrator_stays);
	tcase_add_test(tests, bad_accounts_are_refused);
	tcase_add_test(tests, a_password_is_told_by_its_hash);
	tcase_add_test(tests, what_was_compared_once_is_compared_in_no_time);
	suite_add_tcase(suite, tests);
	return suite;
}
