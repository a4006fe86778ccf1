#define _GNU_SOURCE

#include "app/acting.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/reference.h"
#include "service/accounts.h"
#include "service/activity.h"
#include "service/query.h"
#include "service/submit.h"
#include "unit/service/fixture.h"
#include "view/json_out.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

Suite *test_acting_suite(void);

enum { STRANGER = 54321, NURSE = 54322 };

static struct fixture fixture;
static struct sock_users users;

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void add(const char *name, unsigned int roles, uint32_t user)
{
	struct account account = {
		.roles = roles, .has_user = true, .user = user
	};
	(void)snprintf(account.name, sizeof(account.name), "%s", name);
	OK(accounts_add(node0(), &account));
	OK(node_commit(node0()));
}

static void set_password(const char *name, const char *text)
{
	struct passphrase *password = NULL;
	char hash[PASSWORD_HASH_BYTES];
	uint8_t copy[32];
	(void)snprintf((char *)copy, sizeof copy, "%s", text);
	OK(keystore_passphrase(copy, strlen(text), &password));
	OK(password_hash(password, KEYSTORE_CHEAP, hash));
	OK(accounts_set_password(node0(), name, hash));
	OK(node_commit(node0()));
	passphrase_free(password);
}

static void setup(void)
{
	fixture_open(&fixture, 2);
	memset(&users, 0, sizeof(users));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* Ask for an operation as a user; arguments are JSON, or NULL. What it gives is
 * appended (NULL: thrown away). */
static enum err ask_for(
    const char *operation, uint32_t user, const char *json, struct buf *given)
{
	struct ops_core core = { .node = node0(), .users = &users };
	struct ops_answer answer = { 0 };
	struct call call = { .op = ops_find(span_text(operation)),
		.arguments =
		    json == NULL ? json_object() : json_loads(json, 0, NULL),
		.user = user };
	enum err err = acting_run(&core, &call, &answer);
	if (err == ERR_OK) {
		err = node_commit(node0());
	}
	if (given != NULL && answer.json != NULL) {
		OK(json_out_dump(answer.json, given));
	}
	if (given != NULL && answer.text.size > 0) {
		OK(buf_append(given, buf_span(&answer.text)));
	}
	json_decref(call.arguments);
	json_decref(answer.json);
	buf_clear(&answer.text);
	return err;
}

static enum err ask(const char *operation, uint32_t user, const char *json)
{
	return ask_for(operation, user, json, NULL);
}

/* M461 */
START_TEST(without_accounts_only_the_owner_and_root_may)
{
	OK(ask("account-list", geteuid(), NULL));
	OK(ask("account-list", 0, NULL));
	FAILS(ask("account-list", STRANGER, NULL), ERR_DENIED);
	FAILS(ask("status", STRANGER, NULL), ERR_DENIED);
}
END_TEST

/* M461 */
START_TEST(an_account_is_its_users)
{
	struct call call = { .user = NURSE };
	struct ops_caller caller;
	add("nurse", ROLES_VIEWER, NURSE);
	OK(acting_who(node0(), &call, &caller));
	ck_assert_str_eq(caller.name, "nurse");
	ck_assert_uint_eq(caller.roles, ROLES_VIEWER);
	call.user = geteuid();
	OK(acting_who(node0(), &call, &caller));
	ck_assert_ptr_null(caller.account);
	ck_assert_uint_eq(caller.roles, ROLES_ADMINISTRATOR);
	/* An account that names the owner says what the owner may. */
	add("owner", ROLES_VIEWER, geteuid());
	OK(acting_who(node0(), &call, &caller));
	ck_assert_uint_eq(caller.roles, ROLES_VIEWER);
	OK(accounts_disable(node0(), "owner"));
	FAILS(acting_who(node0(), &call, &caller), ERR_DENIED);
	OK(accounts_disable(node0(), "nurse"));
	call.user = NURSE;
	FAILS(acting_who(node0(), &call, &caller), ERR_DENIED);
}
END_TEST

/* M461 M463 */
START_TEST(a_password_is_compared_before_anything_is_done)
{
	struct call call = { .user = geteuid() };
	struct ops_caller caller;
	char said[512];
	add("nurse", ROLES_VIEWER, NURSE);
	add("other", ROLES_VIEWER, STRANGER);
	set_password("nurse", "secret");
	(void)snprintf(call.account, sizeof(call.account), "nurse");
	FAILS(acting_who(node0(), &call, &caller), ERR_BUSY);
	ck_assert(call.wants_check);
	ck_assert_str_eq(call.hash, accounts_named(node0(), "nurse")->password);
	call.checked = true;
	call.wants_check = false;
	OK(acting_who(node0(), &call, &caller));
	ck_assert_str_eq(caller.name, "nurse");
	/* Changed since: to be compared again. */
	set_password("nurse", "another");
	FAILS(acting_who(node0(), &call, &caller), ERR_BUSY);
	call.checked = false;
	call.failed = true;
	FAILS(acting_who(node0(), &call, &caller), ERR_DENIED);
	(void)snprintf(said, sizeof(said), "%s", err_text());
	/* All in the same words, and compared with nobody's before. */
	OK(accounts_disable(node0(), "nurse"));
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "nobody", "other",
			"nurse" };
		call.failed = false;
		call.checked = true;
		(void)snprintf(
		    call.account, sizeof(call.account), "%s", names[i]);
		FAILS(acting_who(node0(), &call, &caller), ERR_BUSY);
		ck_assert(call.wants_check);
		ck_assert_str_eq(call.hash, "");
		/* Not even if it were the same. */
		call.checked = true;
		FAILS(acting_who(node0(), &call, &caller), ERR_BUSY);
		call.failed = true;
		FAILS(acting_who(node0(), &call, &caller), ERR_DENIED);
		ck_assert_str_eq(err_text(), said);
	}
	call.checked = true;
	/* A stranger gets no further with a name. */
	call.user = 999;
	FAILS(acting_who(node0(), &call, &caller), ERR_DENIED);
	ck_assert_str_ne(err_text(), said);
}
END_TEST

/* M460: every operation of the local interface with every role. */
START_TEST(what_a_role_may_not_is_refused)
{
	size_t refused = 0;
	for (unsigned int i = 0; roles_token(i) != NULL; i++) {
		add(roles_token(i), 1u << i, NURSE + i);
	}
	for (size_t k = 0; k < ops_count(); k++) {
		const struct ops_op *op = ops_at(k);
		for (unsigned int i = 0; roles_token(i) != NULL; i++) {
			if (op->handler == NULL ||
			    roles_may(1u << i, op->name)) {
				continue;
			}
			FAILS(ask(op->name, NURSE + i, NULL), ERR_DENIED);
			ck_assert_ptr_nonnull(
			    strstr(err_text(), "may not do that"));
			ck_assert_ptr_nonnull(
			    strstr(err_text(), "administrator"));
			refused++;
		}
	}
	ck_assert_uint_ge(refused, 100);
	OK(ask("records", NURSE, NULL));
}
END_TEST

struct seen {
	char text[4096];
};

static enum err put(void *context, const struct activity_line *line)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);
	(void)snprintf(seen->text + used, sizeof(seen->text) - used,
	    "%s %s %s %zu%s;", line->entry->account, line->entry->operation,
	    line->entry->about, line->entry->n_records,
	    line->entry->refused ? " refused" : "");
	return ERR_OK;
}

static void noted(const char *want)
{
	struct seen seen = { "" };
	OK(activity_list(node0(), put, &seen));
	ck_assert_str_eq(seen.text, want);
}

/* M467 */
START_TEST(reads_and_acts_are_noted_with_whose_they_are)
{
	struct id32 record = fixture_shared(&fixture, "one");
	char arguments[128];
	add("nurse", ROLES_VIEWER, NURSE);
	OK(ask("status", NURSE, NULL));
	OK(ask("account-whoami", NURSE, NULL));
	noted("");
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%.12s\"}",
	    text_hex_id(&record).text);
	OK(ask("record", NURSE, arguments));
	noted("nurse record  1;");
	OK(ask("records", NURSE, "{\"provider\": \"RBL\"}"));
	FAILS(ask("record", NURSE, "{\"id\": \"ffffffff\"}"), ERR_NOTFOUND);
	noted("nurse record  1;");
	OK(ask("records", NURSE, NULL));
	noted("nurse record  1;nurse records  1;");
	FAILS(
	    ask("account-disable", NURSE, "{\"name\": \"nurse\"}"), ERR_DENIED);
	fixture.now_ms += ACTIVITY_INTERVAL_MS;
	activity_tick(node0());
	OK(node_commit(node0()));
	OK(ask("account-disable", geteuid(), "{\"name\": \"nurse\"}"));
	(void)snprintf(arguments, sizeof(arguments),
	    "nurse record  1;nurse records  1;nurse account-disable nurse 0 "
	    "refused;");
	struct seen seen = { "" };
	OK(activity_list(node0(), put, &seen));
	ck_assert_int_eq(strncmp(seen.text, arguments, strlen(arguments)), 0);
	ck_assert_ptr_nonnull(
	    strstr(seen.text + strlen(arguments), " account-disable nurse 0;"));
	FAILS(ask("record", NURSE, NULL), ERR_DENIED);
}
END_TEST

static const struct id32 group = { { 7 } };

/* Sealed to the group. */
static struct id32 share_in_group(void)
{
	struct id32 grouped;
	struct submit_group of = { .id = group, .epoch = 1 };
	int64_t reader = fixture_org(&fixture, 0, 1);
	Qsg__Payload payload;
	Qsg__Intelligence content;
	qsg__payload__init(&payload);
	qsg__intelligence__init(&content);
	content.provider = canon_lend("RAL");
	content.kind = canon_lend("soft");
	content.source = canon_lend("healthwatch");
	content.text = canon_lend("in the group");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &content;
	OK(submit_to_group(node0(), &of, &reader, 1, &payload, &grouped));
	OK(node_commit(node0()));
	return grouped;
}

/* M467 */
START_TEST(what_was_refused_names_the_record_that_was_meant)
{
	struct id32 record = fixture_shared(&fixture, "one");
	char arguments[160];
	add("nurse", ROLES_VIEWER, NURSE);
	(void)snprintf(arguments, sizeof(arguments),
	    "{\"id\": \"%.12s\", \"reason\": \"x\"}",
	    text_hex_id(&record).text);
	FAILS(ask("retract", NURSE, arguments), ERR_DENIED);
	noted("nurse retract  1 refused;");
	FAILS(ask("retract", NURSE, "{\"id\": \"0\"}"), ERR_DENIED);
	noted("nurse retract  1 refused;nurse retract  0 refused;");
}
END_TEST

/* M466 */
START_TEST(a_scoped_account_gets_nothing_of_other_groups)
{
	struct id32 record = fixture_shared(&fixture, "one");
	const struct account_scope within = { .groups = { group },
		.group_count = 1 };
	const struct account_scope without = { .groups = { { { 8 } } },
		.group_count = 1 };
	const struct account_scope region = { .regions = { "London" },
		.region_count = 1 };
	struct id32 grouped = share_in_group();
	char arguments[128];
	add("nurse", ROLES_VIEWER | ROLES_CONTRIBUTOR, NURSE);
	OK(accounts_set_scope(node0(), "nurse", &within));
	OK(node_commit(node0()));
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%s\"}",
	    text_hex_id(&grouped).text);
	OK(ask("record", NURSE, arguments));
	noted("nurse record  1;");
	/* M706: of the whole, even where it may see a part. */
	FAILS(ask("summit-report", NURSE, arguments), ERR_DENIED);
	noted("nurse record  1;nurse summit-report  1 refused;");
	/* Lists leave out what is of others. */
	OK(ask("records", NURSE, NULL));
	noted("nurse record  1;nurse summit-report  1 refused;"
	      "nurse records  1;");
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%s\"}",
	    text_hex_id(&record).text);
	FAILS(ask("record", NURSE, arguments), ERR_DENIED);
	FAILS(ask("audit-record", NURSE, arguments), ERR_DENIED);
	FAILS(ask("provider-show", NURSE, "{\"code\": \"RAL\"}"), ERR_DENIED);
	FAILS(ask("provider-list", NURSE, NULL), ERR_DENIED);
	FAILS(ask("requests", NURSE, NULL), ERR_DENIED);
	FAILS(ask("audit-export", NURSE, "{\"all\": true}"), ERR_DENIED);
	FAILS(
	    ask("share", NURSE, "{\"to\": [\"Organisation 1\"]}"), ERR_DENIED);
	FAILS(ask("share", NURSE, "{}"), ERR_DENIED);
	FAILS(ask("corroborate", NURSE, "{}"), ERR_DENIED);
	OK(accounts_set_scope(node0(), "nurse", &without));
	OK(node_commit(node0()));
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%s\"}",
	    text_hex_id(&grouped).text);
	FAILS(ask("record", NURSE, arguments), ERR_DENIED);
	/* A region of groups that are not known is nothing. */
	OK(accounts_set_scope(node0(), "nurse", &region));
	OK(node_commit(node0()));
	FAILS(ask("record", NURSE, arguments), ERR_DENIED);
	FAILS(ask("provider-show", NURSE, "{\"code\": \"RAL\"}"), ERR_DENIED);
}
END_TEST

/* About a record, sealed to nobody else. */
static void say_outside(const struct id32 *about, enum reference how)
{
	struct id32 made;
	struct id32 copy = *about;
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	Qsg__Intelligence item;
	Qsg__Feedback feedback;
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	qsg__intelligence__init(&item);
	qsg__feedback__init(&feedback);
	reference.record.data = copy.b;
	reference.record.len = sizeof(copy.b);
	reference.relation = canon_lend(reference_token(how));
	payload.role = canon_lend("administrator");
	payload.references = references;
	payload.n_references = 1;
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend("corrected in its place");
	feedback.text = canon_lend("OUTSIDE fed back");
	if (how == REFERENCE_CORRECTS) {
		payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
		payload.intelligence = &item;
	} else {
		payload.content_case = QSG__PAYLOAD__CONTENT_FEEDBACK;
		payload.feedback = &feedback;
	}
	OK(submit_payload(node0(), NULL, 0, &payload, &made));
	OK(node_commit(node0()));
}

static size_t given_of(
    const char *operation, const char *json, const char *what)
{
	struct buf given = { 0 };
	size_t count = 0;
	OK(ask_for(operation, NURSE, json, &given));
	ck_assert_ptr_nonnull(strstr(buf_text(&given), "in the group"));
	for (const char *at = strstr(buf_text(&given), what); at != NULL;
	     at = strstr(at + 1, what)) {
		count++;
	}
	buf_clear(&given);
	return count;
}

static size_t outside(const char *operation, const char *json)
{
	return given_of(operation, json, "OUTSIDE");
}

/* By another organisation, and answered: of no group. */
static void erase_outside(const struct id32 *about)
{
	int64_t org = fixture_org(&fixture, 1, 0);
	struct id32 copy = *about;
	struct id32 made;
	struct replica_taken taken;
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	Qsg__Erasure content;
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	qsg__erasure__init(&content);
	reference.record.data = copy.b;
	reference.record.len = sizeof(copy.b);
	reference.relation = canon_lend("erases");
	payload.role = canon_lend("administrator");
	payload.references = references;
	payload.n_references = 1;
	content.reason = canon_lend("OUTSIDE why");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	OK(submit_payload(fixture.nodes[1], &org, 1, &payload, &made));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
}

/* M466, M467: whoever is shown it is noted for it, too. */
START_TEST(a_scoped_account_sees_no_reason_of_an_erasure)
{
	struct id32 grouped = share_in_group();
	const struct account_scope within = { .groups = { group },
		.group_count = 1 };
	char arguments[160];
	erase_outside(&grouped);
	add("nurse", ROLES_VIEWER, NURSE);
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%s\"}",
	    text_hex_id(&grouped).text);
	ck_assert_uint_eq(outside("record", arguments), 1);
	noted("nurse record  2;");
	OK(accounts_set_scope(node0(), "nurse", &within));
	OK(node_commit(node0()));
	ck_assert_uint_eq(outside("record", arguments), 0);
	ck_assert_uint_eq(outside("audit-record", arguments), 0);
	noted("nurse record  2;nurse record  1;nurse audit-record  1;");
}
END_TEST

/* M467: what people are asked under the law, and what people did. */
START_TEST(lists_of_what_is_no_intelligence_are_noted)
{
	add("keeper", ROLES_CALDICOTT_GUARDIAN, NURSE);
	OK(ask("foi-log", NURSE,
	    "{\"received_on\": \"2013-01-31\", \"text\": \"all on RAL\"}"));
	OK(ask("foi-list", NURSE, NULL));
	noted("keeper foi-log  1;keeper foi-list  1;");
	OK(ask("activity", NURSE, NULL));
	noted("keeper foi-log  1;keeper foi-list  1;keeper activity  0;");
}
END_TEST

/* M679 */
START_TEST(a_scoped_account_sees_no_risk_summit)
{
	static const char *const shows[] = { "summit-list", "summit-show",
		"summit-timeline" };
	const struct account_scope within = { .regions = { "London" },
		.region_count = 1 };
	add("nurse", ROLES_VIEWER, NURSE);
	OK(ask("summit-list", NURSE, NULL));
	for (size_t i = 1; i < 3; i++) {
		FAILS(ask(shows[i], NURSE, "{\"id\":\"ffff\"}"), ERR_NOTFOUND);
	}
	OK(accounts_set_scope(node0(), "nurse", &within));
	for (size_t i = 0; i < 3; i++) {
		FAILS(ask(shows[i], NURSE, i == 0 ? NULL : "{\"id\":\"ffff\"}"),
		    ERR_DENIED);
	}
}
END_TEST

/* M466 */
START_TEST(a_scoped_account_sees_nothing_through_a_record_of_its_group)
{
	struct id32 grouped = share_in_group();
	const struct account_scope within = { .groups = { group },
		.group_count = 1 };
	char arguments[160];
	say_outside(&grouped, REFERENCE_FEEDBACK_ON);
	say_outside(&grouped, REFERENCE_CORRECTS);
	add("nurse", ROLES_VIEWER | ROLES_CONTRIBUTOR, NURSE);
	(void)snprintf(arguments, sizeof(arguments),
	    "{\"id\": \"%s\", \"history\": true}", text_hex_id(&grouped).text);
	ck_assert_uint_eq(outside("record", arguments), 1);
	OK(accounts_set_scope(node0(), "nurse", &within));
	OK(node_commit(node0()));
	ck_assert_uint_eq(outside("record", arguments), 0);
	(void)snprintf(arguments, sizeof(arguments), "{\"id\": \"%s\"}",
	    text_hex_id(&grouped).text);
	ck_assert_uint_eq(outside("audit-record", arguments), 0);
	ck_assert_uint_eq(given_of("records", NULL, "\"id\""), 2);
	FAILS(ask("provider-list", NURSE, NULL), ERR_DENIED);
	/* Nor does it take anything out. */
	(void)snprintf(arguments, sizeof(arguments),
	    "{\"id\": \"%s\", \"text\": \"x\", \"to\": [\"O2\"]}",
	    text_hex_id(&grouped).text);
	FAILS(ask("feedback", NURSE, arguments), ERR_DENIED);
}
END_TEST

/* Whoever acts has the node see all. */
START_TEST(what_a_node_looks_up_for_itself_has_no_scope)
{
	struct id32 record = fixture_shared(&fixture, "one");
	struct account scoped = { .scope = {
				      .groups = { group }, .group_count = 1 } };
	uint32_t rid = views_find(node_views(node0()), &record);
	Qsg__Payload *payload = NULL;
	query_open_for(node0(), &scoped);
	OK(query_take(node0(), rid, &payload));
	ck_assert_ptr_null(payload);
	query_open_for(node0(), NULL);
	OK(query_take(node0(), rid, &payload));
	ck_assert_ptr_nonnull(payload);
	canon_wipe(&payload->base);
}
END_TEST

/* Where people have accounts, nobody signs with another's name. */
START_TEST(the_second_person_is_told_by_the_account)
{
	add("one", ROLES_ADMINISTRATOR, NURSE);
	FAILS(ask("release-approve", NURSE,
		  "{\"id\": 1, \"person\": \"somebody\"}"),
	    ERR_NOTFOUND);
	add("two", ROLES_APPROVER, NURSE + 1);
	FAILS(ask("release-approve", NURSE + 1,
		  "{\"id\": 1, \"person\": \"one\"}"),
	    ERR_INPUT);
	FAILS(ask("release-approve", NURSE + 1, "{\"id\": 1}"), ERR_NOTFOUND);
	FAILS(ask("release-refuse", NURSE + 1,
		  "{\"id\": 1, \"person\": \"two\", \"reason\": \"no\"}"),
	    ERR_NOTFOUND);
}
END_TEST

/* M156 */
START_TEST(who_may_connect_follows_the_accounts)
{
	add("nurse", ROLES_VIEWER, NURSE);
	add("other", ROLES_VIEWER, STRANGER);
	acting_users(node0(), &users);
	ck_assert_uint_eq(atomic_load(&users.count), 2);
	OK(ask("account-disable", geteuid(), "{\"name\": \"nurse\"}"));
	ck_assert_uint_eq(atomic_load(&users.count), 1);
	ck_assert_uint_eq(atomic_load(&users.items[0]), STRANGER);
	OK(ask("account-enable", geteuid(), "{\"name\": \"nurse\"}"));
	ck_assert_uint_eq(atomic_load(&users.count), 2);
}
END_TEST

Suite *test_acting_suite(void)
{
	Suite *suite = suite_create("acting");
	TCase *tests = tcase_create("acting");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, without_accounts_only_the_owner_and_root_may);
	tcase_add_test(tests, an_account_is_its_users);
	tcase_add_test(tests, a_password_is_compared_before_anything_is_done);
	tcase_add_test(tests, what_a_role_may_not_is_refused);
	tcase_add_test(tests, reads_and_acts_are_noted_with_whose_they_are);
	tcase_add_test(tests, what_was_refused_names_the_record_that_was_meant);
	tcase_add_test(tests, a_scoped_account_gets_nothing_of_other_groups);
	tcase_add_test(tests, a_scoped_account_sees_no_risk_summit);
	tcase_add_test(
	    tests, a_scoped_account_sees_nothing_through_a_record_of_its_group);
	tcase_add_test(tests, a_scoped_account_sees_no_reason_of_an_erasure);
	tcase_add_test(tests, lists_of_what_is_no_intelligence_are_noted);
	tcase_add_test(tests, what_a_node_looks_up_for_itself_has_no_scope);
	tcase_add_test(tests, the_second_person_is_told_by_the_account);
	tcase_add_test(tests, who_may_connect_follows_the_accounts);
	suite_add_tcase(suite, tests);
	return suite;
}
