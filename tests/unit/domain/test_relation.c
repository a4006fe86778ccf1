#include "domain/relation.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "domain/provider.h"

#include <check.h>
#include <string.h>

Suite *test_relation_suite(void);

/* A good relation, to be spoilt in one place. */
static Qsg__Relation relation;
static Qsg__Commissioner commissioners[2];
static Qsg__Commissioner *commissioner_list[2];
static Qsg__ProviderSite sites[2];
static Qsg__ProviderSite *site_list[2];
static uint8_t id[32];

static void setup(void)
{
	qsg__relation__init(&relation);
	relation.provider = canon_lend("RAL");
	for (size_t i = 0; i < 2; i++) {
		qsg__commissioner__init(&commissioners[i]);
		commissioners[i].code = canon_lend(i == 0 ? "07M" : "08D");
		commissioners[i].part =
		    canon_lend(i == 0 ? "host" : "associate");
		commissioner_list[i] = &commissioners[i];
		qsg__provider_site__init(&sites[i]);
		sites[i].code = canon_lend(i == 0 ? "RAL01" : "local:a/b");
		sites[i].name = canon_lend("A site");
		site_list[i] = &sites[i];
	}
	relation.commissioners = commissioner_list;
	relation.n_commissioners = 2;
	relation.sites = site_list;
	relation.n_sites = 2;
}

static void assert_refused(void)
{
	ck_assert_int_eq(relation_check(&relation), ERR_INPUT);
	setup();
}

START_TEST(a_good_relation_is_recorded_and_taken)
{
	relation.home_group.data = id;
	relation.home_group.len = sizeof id;
	relation.type = canon_lend("voluntary");
	relation.name = canon_lend("A hospice");
	ck_assert_int_eq(relation_check(&relation), ERR_OK);
	ck_assert(relation_acceptable(&relation));
}
END_TEST

START_TEST(an_author_must_be_exact)
{
	relation.provider = canon_lend("");
	assert_refused();
	relation.provider = canon_lend("ral");
	assert_refused();
	relation.type = canon_lend("hospital");
	assert_refused();
	relation.name = canon_lend("A\xe2\x80\x8b hospice");
	assert_refused();
	commissioners[0].code = canon_lend("");
	assert_refused();
	commissioners[0].part = canon_lend("lead");
	assert_refused();
	commissioners[1].code = canon_lend("07M");
	assert_refused();
	sites[1].code = canon_lend("RAL01");
	assert_refused();
	sites[1].name = canon_lend("");
	assert_refused();
	relation.n_commissioners = relation.n_sites = 0;
	assert_refused();
	relation.n_commissioners = RELATION_COMMISSIONERS + 1;
	ck_assert_int_eq(relation_check(&relation), ERR_LIMIT);
	setup();
	relation.n_sites = RELATION_SITES + 1;
	ck_assert_int_eq(relation_check(&relation), ERR_LIMIT);
}
END_TEST

static void assert_unacceptable(void)
{
	ck_assert(!relation_acceptable(&relation));
	setup();
}

START_TEST(a_reader_checks_form_and_takes_words_of_a_later_version)
{
	char longer[LIMIT_NAME_BYTES + 2] = "";

	memset(longer, 'x', sizeof longer - 1);
	relation.type = canon_lend("of-a-later-version");
	commissioners[0].part = canon_lend("of-a-later-version");
	ck_assert(relation_acceptable(&relation));
	setup();
	relation.provider = canon_lend("");
	assert_unacceptable();
	relation.provider = longer;
	assert_unacceptable();
	relation.name = longer;
	assert_unacceptable();
	relation.type = canon_lend("Not A Token");
	assert_unacceptable();
	commissioners[0].code = canon_lend("");
	assert_unacceptable();
	commissioners[0].code = longer;
	assert_unacceptable();
	commissioners[0].organisation.len = 31;
	assert_unacceptable();
	relation.home_group.len = 5;
	assert_unacceptable();
	sites[0].code = longer;
	assert_unacceptable();
	sites[0].name = longer;
	assert_unacceptable();
	sites[0].closed_on = canon_lend("yesterday");
	assert_unacceptable();
}
END_TEST

/* M497 */
START_TEST(a_reader_takes_so_many_commissioners_and_sites)
{
	static Qsg__Commissioner *many[RELATION_COMMISSIONERS + 1];
	static Qsg__ProviderSite *more[RELATION_SITES_TAKEN + 1];

	for (size_t i = 0; i <= RELATION_COMMISSIONERS; i++) {
		many[i] = &commissioners[0];
	}
	for (size_t i = 0; i <= RELATION_SITES_TAKEN; i++) {
		more[i] = &sites[0];
	}
	relation.commissioners = many;
	relation.n_commissioners = RELATION_COMMISSIONERS;
	relation.sites = more;
	relation.n_sites = RELATION_SITES_TAKEN;
	ck_assert(relation_acceptable(&relation));
	relation.n_commissioners++;
	ck_assert(!relation_acceptable(&relation));
	relation.n_commissioners--;
	relation.n_sites++;
	ck_assert(!relation_acceptable(&relation));
}
END_TEST

START_TEST(a_register_is_checked_in_form)
{
	Qsg__ProviderRegister registered;
	Qsg__RegisteredProvider entry;
	Qsg__RegisteredProvider *entries[1] = { &entry };

	qsg__provider_register__init(&registered);
	qsg__registered_provider__init(&entry);
	registered.set = canon_lend("ods-trusts");
	registered.entries = entries;
	registered.n_entries = 1;
	ck_assert(!relation_register_acceptable(&registered));
	entry.code = canon_lend("RAL");
	entry.sites = site_list;
	entry.n_sites = 2;
	ck_assert(relation_register_acceptable(&registered));
	entry.closed_on = canon_lend("2020-02-30");
	ck_assert(!relation_register_acceptable(&registered));
	entry.closed_on = canon_lend("2020-02-29");
	ck_assert(relation_register_acceptable(&registered));
	registered.set = canon_lend("");
	ck_assert(!relation_register_acceptable(&registered));
}
END_TEST

Suite *test_relation_suite(void)
{
	Suite *suite = suite_create("relation");
	TCase *tests = tcase_create("relation");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, a_good_relation_is_recorded_and_taken);
	tcase_add_test(tests, an_author_must_be_exact);
	tcase_add_test(
	    tests, a_reader_checks_form_and_takes_words_of_a_later_version);
	tcase_add_test(tests, a_reader_takes_so_many_commissioners_and_sites);
	tcase_add_test(tests, a_register_is_checked_in_form);
	suite_add_tcase(suite, tests);
	return suite;
}
