#include "fixture.h"

#include "codec/canon.h"
#include "domain/relation.h"
#include "service/providers.h"
#include "service/registering.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_providers_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static Qsg__RegisteredProvider entry_of(const char *code, const char *name)
{
	Qsg__RegisteredProvider entry;

	qsg__registered_provider__init(&entry);
	entry.code = canon_lend(code);
	entry.name = canon_lend(name);
	entry.type = canon_lend("nhs-trust");
	return entry;
}

static struct registering_result import(
    size_t at, const char *code, const char *name)
{
	Qsg__RegisteredProvider entry = entry_of(code, name);
	Qsg__RegisteredProvider *entries[1] = { &entry };
	struct registering_result result;

	OK(registering_import(
	    fixture.nodes[at], "ods-trusts", entries, 1, false, &result));
	OK(node_commit(fixture.nodes[at]));
	return result;
}

static void import_sites(size_t at, const char *code, const char *site)
{
	Qsg__RegisteredProvider entry = entry_of(code, "");
	Qsg__RegisteredProvider *entries[1] = { &entry };
	Qsg__ProviderSite made;
	Qsg__ProviderSite *sites[1] = { &made };
	struct registering_result result;

	qsg__provider_site__init(&made);
	made.code = canon_lend(site);
	made.name = canon_lend("A SITE");
	entry.sites = sites;
	entry.n_sites = 1;
	OK(registering_import(
	    fixture.nodes[at], "ods-sites", entries, 1, false, &result));
	OK(node_commit(fixture.nodes[at]));
}

static void assert_name(size_t at, const char *code, const char *name)
{
	struct providers_about about;

	OK(providers_about(fixture.nodes[at], code, &about));
	ck_assert_str_eq(about.name, name);
	providers_about_clear(&about);
}

static bool known(size_t at, const char *code)
{
	bool is = false;

	OK(providers_known(fixture.nodes[at], code, &is));
	return is;
}

/* M377 */
START_TEST(entries_are_recorded_once_and_changes_replace)
{
	struct registering_result result = import(0, "RAL", "ROYAL FREE");

	ck_assert_uint_eq(result.added, 1);
	ck_assert_uint_eq(result.records, 1);
	result = import(0, "RAL", "ROYAL FREE");
	ck_assert_uint_eq(result.same, 1);
	ck_assert_uint_eq(result.records, 0);
	result = import(0, "RAL", "ROYAL FREE LONDON");
	ck_assert_uint_eq(result.changed, 1);
	ck_assert_uint_eq(result.records, 1);
	assert_name(0, "RAL", "ROYAL FREE LONDON");
	result = import(0, "RAL", "ROYAL FREE");
	ck_assert_uint_eq(result.changed, 1);
	assert_name(0, "RAL", "ROYAL FREE");
}
END_TEST

enum { ENTRIES = 8, SITES = 512 };

/* How many records it takes to note the sites of so many providers, about
 * `size` bytes for each. */
static size_t records_of(size_t count, size_t size)
{
	static char names[ENTRIES][8];
	static char codes[SITES][8];
	char text[190];
	Qsg__RegisteredProvider all[ENTRIES];
	Qsg__RegisteredProvider *entries[ENTRIES];
	Qsg__ProviderSite sites[SITES];
	Qsg__ProviderSite *listed[SITES];
	struct registering_result result;
	size_t site_count = size / 200;

	memset(text, 'X', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	for (size_t i = 0; i < site_count; i++) {
		(void)snprintf(codes[i], sizeof codes[i], "S%04zu", i);
		qsg__provider_site__init(&sites[i]);
		sites[i].code = codes[i];
		sites[i].name = text;
		listed[i] = &sites[i];
	}
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(names[i], sizeof names[i], "R%02zu", i + size);
		all[i] = entry_of(names[i], "");
		all[i].sites = listed;
		all[i].n_sites = site_count;
		entries[i] = &all[i];
	}
	OK(registering_import(
	    fixture.nodes[0], "ods-sites", entries, count, false, &result));
	OK(node_commit(fixture.nodes[0]));
	return result.records;
}

START_TEST(a_record_of_the_register_is_full_at_64_kib)
{
	/* Of 20 KiB each, three do not fill one. */
	ck_assert_uint_eq(records_of(3, (size_t)20 * 1024), 1);
	ck_assert_uint_eq(records_of(4, (size_t)21 * 1024), 1);
	ck_assert_uint_eq(records_of(8, (size_t)22 * 1024), 3);
	ck_assert_uint_eq(records_of(3, (size_t)70 * 1024), 3);
}
END_TEST

START_TEST(a_dry_run_stages_nothing)
{
	Qsg__RegisteredProvider entry = entry_of("RAL", "ROYAL FREE");
	Qsg__RegisteredProvider *entries[1] = { &entry };
	struct registering_result result;

	OK(registering_import(
	    fixture.nodes[0], "ods-trusts", entries, 1, true, &result));
	ck_assert_uint_eq(result.added, 1);
	ck_assert_uint_eq(result.records, 0);
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert(!known(0, "RAL"));
}
END_TEST

START_TEST(bad_entries_stage_nothing_of_any)
{
	Qsg__RegisteredProvider good = entry_of("RAL", "ROYAL FREE");
	Qsg__RegisteredProvider bad = entry_of("R!", "X");
	Qsg__RegisteredProvider *entries[2] = { &good, &bad };
	struct registering_result result;

	FAILS(registering_import(
		  fixture.nodes[0], "ods-trusts", entries, 2, false, &result),
	    ERR_INPUT);
	FAILS(registering_import(
		  fixture.nodes[0], "etr", entries, 1, false, &result),
	    ERR_INPUT);
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert(!known(0, "RAL"));
}
END_TEST

START_TEST(many_entries_become_several_records)
{
	enum { MANY = 3000 };
	static char codes[MANY][8];
	static Qsg__RegisteredProvider made[MANY];
	static Qsg__RegisteredProvider *entries[MANY];
	struct registering_result result;
	size_t count = 0;

	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(codes[i], sizeof codes[i], "P%05u", (unsigned)i);
		made[i] = entry_of(codes[i],
		    "A PRACTICE WITH A NAME THAT IS NOT SHORT AT ALL, NO");
		entries[i] = &made[i];
	}
	OK(registering_import(
	    fixture.nodes[0], "ods-practices", entries, MANY, false, &result));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(result.added, MANY);
	ck_assert_uint_gt(result.records, 1);
	OK(providers_count(fixture.nodes[0], &count));
	ck_assert_uint_eq(count, MANY);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(sites_and_names_come_from_files_of_their_own)
{
	const struct providers_one *one = NULL;
	struct providers_about about;

	import_sites(0, "RAL", "RAL01");
	import(0, "RAL", "ROYAL FREE");
	ck_assert(known(0, "RAL01"));
	OK(providers_find(fixture.nodes[0], "RAL01", &one));
	ck_assert_str_eq(one->site_of, "RAL");
	OK(providers_about(fixture.nodes[0], "RAL", &about));
	ck_assert_str_eq(about.name, "ROYAL FREE");
	ck_assert_uint_eq(about.site_count, 1);
	providers_about_clear(&about);
	assert_name(0, "RAL01", "A SITE");
}
END_TEST

START_TEST(the_register_is_there_after_every_kind_of_restart)
{
	import(0, "RAL", "ROYAL FREE");
	fixture_restart(&fixture, 0, false); /* with a snapshot */
	assert_name(0, "RAL", "ROYAL FREE");
	import(0, "RAL", "ROYAL FREE LONDON");
	fixture_restart(&fixture, 0, true); /* a snapshot that is older */
	assert_name(0, "RAL", "ROYAL FREE LONDON");
	fixture_remove_file(&fixture, 0, "snapshot");
	fixture_restart(&fixture, 0, true);
	assert_name(0, "RAL", "ROYAL FREE LONDON");
}
END_TEST

START_TEST(what_is_undone_is_not_in_the_register)
{
	Qsg__RegisteredProvider entry = entry_of("RAL", "ROYAL FREE");
	Qsg__RegisteredProvider *entries[1] = { &entry };
	struct registering_result result;

	import(0, "RAP", "NORTH MIDDLESEX");
	OK(registering_import(
	    fixture.nodes[0], "ods-trusts", entries, 1, false, &result));
	ck_assert(known(0, "RAL"));
	FAILS(state_poison(fixture.nodes[0], ERR_IO), ERR_IO);
	FAILS(node_commit(fixture.nodes[0]), ERR_IO);
	ck_assert(!known(0, "RAL"));
	ck_assert(known(0, "RAP"));
}
END_TEST

/* A register of this author for readers, as no honest program makes it. */
static void send_register(size_t from, size_t to)
{
	Qsg__RegisteredProvider entry = entry_of("RAL", "NOT ITS NAME");
	Qsg__RegisteredProvider *entries[1] = { &entry };
	Qsg__ProviderRegister registered;
	Qsg__Payload payload;
	struct replica_taken taken;
	struct id32 record;
	int64_t org = fixture_org(&fixture, from, to);

	qsg__payload__init(&payload);
	qsg__provider_register__init(&registered);
	registered.set = canon_lend("ods-trusts");
	registered.entries = entries;
	registered.n_entries = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER;
	payload.provider_register = &registered;
	OK(submit_payload(fixture.nodes[from], &org, 1, &payload, &record));
	OK(node_commit(fixture.nodes[from]));
	OK(fixture_pull(&fixture, to, from, &taken));
	ck_assert_ptr_nonnull(fixture_view(&fixture, to, &record));
}

/* M370 */
START_TEST(a_register_of_somebody_else_says_nothing_here)
{
	send_register(1, 0);
	ck_assert(!known(0, "RAL"));
	import(0, "RAL", "ROYAL FREE");
	send_register(1, 0);
	assert_name(0, "RAL", "ROYAL FREE");
	fixture_restart(&fixture, 0, true);
	assert_name(0, "RAL", "ROYAL FREE");
}
END_TEST

/*
 * Relations.
 */

static void relate(size_t at, const char *commissioner, const char *part,
    const char *name, bool shared)
{
	const char *to[2] = { "Organisation 0", "Organisation 1" };
	struct registering_request request = { .provider = "ral",
		.commissioner = commissioner,
		.part = part,
		.name = name,
		.share = { .to = to, .to_count = shared ? 2 : 0 } };
	struct registering_noted noted;
	struct replica_taken taken;

	OK(registering_relate(fixture.nodes[at], &request, &noted));
	ck_assert(!id_is_zero(&noted.share.record));
	OK(node_commit(fixture.nodes[at]));
	registering_clear(&noted);
	for (size_t i = 0; shared && i < 2; i++) {
		if (i != at) {
			OK(fixture_pull(&fixture, i, at, &taken));
		}
	}
}

static void assert_part(size_t at, const char *code, const char *part)
{
	struct providers_about about;
	const char *found = "";

	OK(providers_about(fixture.nodes[at], "RAL", &about));
	for (size_t i = 0; i < about.commissioner_count; i++) {
		if (strcmp(about.commissioners[i].said->code, code) == 0) {
			found = about.commissioners[i].said->part;
		}
	}
	ck_assert_str_eq(found, part);
	providers_about_clear(&about);
}

START_TEST(notes_add_up_and_can_be_taken_back)
{
	relate(0, "Organisation 1", "host", NULL, false);
	relate(0, "08d", "associate", NULL, false);
	assert_part(0, "01X", "host");
	assert_part(0, "08D", "associate");
	relate(0, "Organisation 1", "associate", NULL, false);
	assert_part(0, "01X", "associate");
	relate(0, "08D", "", NULL, false);
	assert_part(0, "08D", "");
	assert_part(0, "01X", "associate");
	fixture_restart(&fixture, 0, true);
	assert_part(0, "01X", "associate");
}
END_TEST

/* M376 */
START_TEST(own_notes_stand_before_the_register_and_that_before_others)
{
	relate(1, "08D", "host", "Of somebody else", true);
	assert_name(0, "RAL", "Of somebody else");
	assert_part(0, "08D", "host");
	import(0, "RAL", "ROYAL FREE");
	assert_name(0, "RAL", "ROYAL FREE");
	relate(0, "08D", "associate", "Of ours", false);
	assert_name(0, "RAL", "Of ours");
	assert_part(0, "08D", "associate");
	/* What comes later from others changes nothing of that. */
	relate(1, "08D", "host", "Of somebody else again", true);
	assert_name(0, "RAL", "Of ours");
	assert_part(0, "08D", "associate");
	assert_name(1, "RAL", "Of somebody else again");
	ck_assert(!known(2, "RAL"));
}
END_TEST

/* M371 */
START_TEST(the_newest_note_of_an_author_counts_however_they_come)
{
	relate(1, "08D", "host", NULL, true);
	relate(1, "08D", "", "Without it", true);
	assert_part(0, "08D", "");
	assert_name(0, "RAL", "Without it");
	fixture_restart(&fixture, 0, true);
	assert_part(0, "08D", "");
}
END_TEST

START_TEST(requests_that_make_no_sense_are_refused)
{
	static const char *const sites[] = { "nonsense" };
	static const char *const secret[] = { "local:x=Ward of 943 476 5919" };
	struct registering_request request = { .provider = "RAL" };
	struct registering_noted noted;
	static const struct {
		struct registering_request request;
		enum err err;
	} bad[] = {
		{ { .provider = "!" }, ERR_INPUT },
		{ { .provider = "RAL" }, ERR_INPUT },
		{ { .provider = "RAL", .part = "host" }, ERR_USAGE },
		{ { .provider = "RAL", .commissioner = "07M" }, ERR_USAGE },
		{ { .provider = "RAL",
		      .commissioner = "Nobody At All",
		      .part = "host" },
		    ERR_NOTFOUND },
		{ { .provider = "RAL", .type = "hospital" }, ERR_INPUT },
		{ { .provider = "RAL", .home_group = "no such group" },
		    ERR_NOTFOUND },
		{ { .provider = "RAL", .sites = sites, .site_count = 1 },
		    ERR_INPUT },
		{ { .provider = "RAL", .sites = secret, .site_count = 1 },
		    ERR_DENIED },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		request = bad[i].request;
		ck_assert_msg(registering_relate(fixture.nodes[0], &request,
				  &noted) == bad[i].err,
		    "request %zu: %s", i, err_text());
		registering_clear(&noted);
		ck_assert(!node_staged(fixture.nodes[0]));
	}
}
END_TEST

/*
 * Relations of node 1, as node 0 holds them.
 */

enum { MANY = 200 };

static struct providers_about about_at(size_t at, const char *code)
{
	struct providers_about about;

	OK(providers_about(fixture.nodes[at], code, &about));
	return about;
}

static struct id32 submit_relation(
    size_t at, unsigned readers, Qsg__Relation *relation)
{
	int64_t orgs[3];
	size_t count = 0;
	Qsg__Payload payload;
	struct id32 record;

	for (size_t i = 0; i < 3; i++) {
		if (i != at && (readers & (1u << i)) != 0) {
			orgs[count++] = fixture_org(&fixture, at, i);
		}
	}
	qsg__payload__init(&payload);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_RELATION;
	payload.relation = relation;
	OK(submit_payload(fixture.nodes[at], orgs, count, &payload, &record));
	return record;
}

/* A relation with as many sites as a reader takes, whose codes are short. */
static void relate_heavy(size_t at, size_t number)
{
	static char codes[RELATION_SITES_TAKEN][8];
	static Qsg__ProviderSite made[RELATION_SITES_TAKEN];
	static Qsg__ProviderSite *sites[RELATION_SITES_TAKEN];
	char code[8];
	Qsg__Relation relation;

	qsg__relation__init(&relation);
	(void)snprintf(code, sizeof code, "P%04zu", number);
	relation.provider = code;
	for (size_t i = 0; i < RELATION_SITES_TAKEN; i++) {
		(void)snprintf(codes[i], sizeof codes[i], "S%zu", i);
		qsg__provider_site__init(&made[i]);
		made[i].code = codes[i];
		made[i].name = canon_lend("A SITE");
		made[i].closed_on = canon_lend("2014-01-01");
		sites[i] = &made[i];
	}
	relation.sites = sites;
	relation.n_sites = RELATION_SITES_TAKEN;
	(void)submit_relation(at, 1u, &relation);
	OK(node_commit(fixture.nodes[at]));
}

static void pull_all(size_t at, size_t from)
{
	struct replica_taken taken;

	for (size_t i = 0; i < 50; i++) {
		OK(fixture_pull(&fixture, at, from, &taken));
	}
}

static size_t left_out(size_t at)
{
	size_t count = 0;

	OK(providers_left_out(fixture.nodes[at], &count));
	return count;
}

static size_t said_of(size_t at, size_t number)
{
	const struct providers_one *one = NULL;
	char code[8];

	(void)snprintf(code, sizeof code, "P%04zu", number);
	OK(providers_find(fixture.nodes[at], code, &one));
	return one ? one->said_count : 0;
}

/* M498 */
START_TEST(of_one_author_the_newest_relations_count_as_far_as_there_is_room)
{
	size_t out = 0;

	/* What comes while they are read, and before. */
	for (size_t i = 0; i < 4 * MANY; i++) {
		relate_heavy(1, i % (2 * MANY));
		if (i == MANY) {
			pull_all(0, 1);
			ck_assert_uint_eq(left_out(0), 0);
		}
	}
	pull_all(0, 1);
	out = left_out(0);
	ck_assert_uint_gt(out, 0);
	ck_assert_uint_lt(out, 2 * MANY);
	/* Each provider's once, the last of them. */
	for (size_t i = 0; i < 2 * MANY; i++) {
		ck_assert_uint_eq(said_of(0, i), i < out ? 0 : 1);
	}
	providers_drop(fixture.nodes[0]);
	ck_assert_uint_eq(left_out(0), out);
	/* One that is new takes the place of the first. */
	relate_heavy(1, 2 * MANY);
	pull_all(0, 1);
	ck_assert_uint_eq(left_out(0), out + 1);
	ck_assert_uint_eq(said_of(0, out), 0);
	ck_assert_uint_eq(said_of(0, 2 * MANY), 1);
	/* What is left out is its own. */
	relate_heavy(0, 0);
	ck_assert_uint_eq(said_of(0, 0), 1);
}
END_TEST

/* One commissioner, under a code, an organisation or both. */
static void commission(size_t at, const char *code, const struct id32 *id)
{
	struct id32 copy = id ? *id : (struct id32){ { 0 } };
	Qsg__Relation relation;
	Qsg__Commissioner one;
	Qsg__Commissioner *list[] = { &one };

	qsg__relation__init(&relation);
	qsg__commissioner__init(&one);
	relation.provider = canon_lend("RAL");
	relation.commissioners = list;
	relation.n_commissioners = 1;
	one.code = canon_lend(code);
	one.organisation.data = id ? copy.b : NULL;
	one.organisation.len = id ? sizeof copy.b : 0;
	(void)submit_relation(at, 7u, &relation);
	OK(node_commit(fixture.nodes[at]));
	for (size_t i = 0; i < 3; i++) {
		struct replica_taken taken;

		if (i != at) {
			OK(fixture_pull(&fixture, i, at, &taken));
		}
	}
}

static void assert_commissioners(size_t count)
{
	struct providers_about about = about_at(0, "RAL");

	ck_assert_uint_eq(about.commissioner_count, count);
	/* Our own word comes first. */
	ck_assert_int_eq(about.commissioners[0].org, 1);
	providers_about_clear(&about);
}

START_TEST(commissioners_are_listed_once_by_code_or_organisation)
{
	struct id32 one = { { 1 } };
	struct id32 two = { { 2 } };

	commission(1, "08A", NULL);
	commission(0, "08A", &one);
	assert_commissioners(1);
	commission(1, "", &one);
	assert_commissioners(1);
	commission(1, "08B", &one);
	assert_commissioners(2);
	commission(1, "", &two);
	assert_commissioners(2);
	commission(2, "08C", &two);
	/* By their ids it is 1 or 2 that comes first, and the other adds
	 * nothing. */
	assert_commissioners(2);
	commission(0, "", &two);
	assert_commissioners(1);
}
END_TEST

Suite *test_providers_suite(void)
{
	Suite *suite = suite_create("providers");
	TCase *tcase = tcase_create("providers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, entries_are_recorded_once_and_changes_replace);
	tcase_add_test(tcase, a_record_of_the_register_is_full_at_64_kib);
	tcase_add_test(tcase, a_dry_run_stages_nothing);
	tcase_add_test(tcase, bad_entries_stage_nothing_of_any);
	tcase_add_test(tcase, many_entries_become_several_records);
	tcase_add_test(tcase, sites_and_names_come_from_files_of_their_own);
	tcase_add_test(
	    tcase, the_register_is_there_after_every_kind_of_restart);
	tcase_add_test(tcase, what_is_undone_is_not_in_the_register);
	tcase_add_test(tcase, a_register_of_somebody_else_says_nothing_here);
	tcase_add_test(tcase, notes_add_up_and_can_be_taken_back);
	tcase_add_test(
	    tcase, own_notes_stand_before_the_register_and_that_before_others);
	tcase_add_test(
	    tcase, the_newest_note_of_an_author_counts_however_they_come);
	tcase_add_test(tcase, requests_that_make_no_sense_are_refused);
	tcase_add_test(tcase,
	    of_one_author_the_newest_relations_count_as_far_as_there_is_room);
	tcase_add_test(
	    tcase, commissioners_are_listed_once_by_code_or_organisation);
	suite_add_tcase(suite, tcase);
	return suite;
}
