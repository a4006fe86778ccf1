#define _GNU_SOURCE

#include "ending.h"

#include "base/fs.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "domain/reference.h"
#include "service/verify.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_erased_suite(void);

/*
 * Grants.
 */

/* M452: a grant of which no body came waits, whichever came first, and goes
 * with what it carries when it comes. */
START_TEST(a_grant_without_body_that_its_author_names_waits_for_it)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct id32 grant = ending_granted(0, 0x4u, &record);
	Qsg__Records *message = NULL;
	Qsg__Records *whole =
	    fixture_message(&ending_fixture, 0, 2, &grant, 1, 2);
	struct replica_taken taken;
	struct id32 erasure = ending_erased(0, &record);

	message = fixture_message(&ending_fixture, 0, 2, &grant, 1, 2);
	ck_assert_uint_eq(message->records[1]->body.len, 0);
	if (_i) {
		ending_pull(2, 0);
	} else {
		OK(fixture_take(&ending_fixture, 2, 0, message, &taken));
		OK(node_commit(ending_node(2)));
		fixture_assert_state(&ending_fixture, 2, &grant,
		    RECORD_BODYLESS, RECORD_NO_BODY);
		ending_pull(2, 0);
	}
	canon_free(&message->base);
	ck_assert_ptr_nonnull(fixture_view(&ending_fixture, 2, &erasure));
	fixture_assert_state(
	    &ending_fixture, 2, &grant, RECORD_BODYLESS, RECORD_NO_BODY);
	ck_assert(erasing_waits(
	    ending_node(2), views_find(ending_node(2)->views, &grant)));
	fixture_assert_verifies(&ending_fixture, 2);
	fixture_restart(&ending_fixture, 2, _i);
	fixture_assert_verifies(&ending_fixture, 2);
	OK(fixture_take(&ending_fixture, 2, 0, whole, &taken));
	OK(node_commit(ending_node(2)));
	canon_free(&whole->base);
	fixture_assert_state(
	    &ending_fixture, 2, &grant, RECORD_BODYLESS, RECORD_ERASED);
	ck_assert_uint_eq(ending_node(2)->streams[0].bodyless, 0);
	fixture_assert_verifies(&ending_fixture, 2);
}
END_TEST

/* M446, M448 */
START_TEST(a_grant_goes_with_what_it_carries_and_grantees_are_told)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct id32 grant;
	char until[16];

	ending_pull(1, 0);
	grant = ending_granted(1, 0x4u, &record);
	ending_pull(2, 1);
	ck_assert_int_eq(
	    fixture_view(&ending_fixture, 2, &grant)->state, RECORD_READABLE);
	if (_i == 0) {
		ending_pull(0, 1); /* the author knows of it */
	}
	(void)ending_erased(0, &record);
	ending_spread();
	for (size_t i = 0; i < 3; i++) {
		fixture_assert_state(
		    &ending_fixture, i, &grant, RECORD_BODYLESS, RECORD_ERASED);
		ck_assert_int_eq(
		    fixture_view(&ending_fixture, i, &grant)->type, VIEW_GRANT);
		fixture_assert_verifies(&ending_fixture, i);
		fixture_restart(&ending_fixture, i, i == 1);
		fixture_assert_verifies(&ending_fixture, i);
		ck_assert_int_eq(
		    fixture_view(&ending_fixture, i, &grant)->type, VIEW_GRANT);
	}
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_DONE);
	ck_assert_int_eq(ending_answered(1, &record, 2, until), ERASING_DONE);
}
END_TEST

/* M444: or anybody could have another's record erased by granting it. */
START_TEST(a_granters_erasure_is_of_its_own_grants_alone)
{
	struct id32 record = ending_shared(0xEu, "a text");
	struct id32 grants[2];

	ending_pull(1, 0);
	ending_pull(2, 0);
	ending_pull(3, 0);
	grants[0] = ending_granted(1, 0x4u, &record);
	grants[1] = ending_granted(3, 0x4u, &record);
	ending_pull(2, 1);
	ending_pull(2, 3);
	(void)ending_erasure_by(1, 0x4u, &record);
	ending_pull(2, 1);
	ending_tick(2);
	fixture_assert_state(
	    &ending_fixture, 2, &grants[0], RECORD_BODYLESS, RECORD_ERASED);
	fixture_assert_state(
	    &ending_fixture, 2, &grants[1], RECORD_READABLE, RECORD_NO_REASON);
	ending_assert_held(2, &record, "a text");
	fixture_assert_verifies(&ending_fixture, 2);
	/* One of that organisation that comes later is dropped. */
	grants[0] = ending_granted(1, 0xCu, &record);
	ending_pull(2, 1);
	fixture_assert_state(
	    &ending_fixture, 2, &grants[0], RECORD_BODYLESS, RECORD_ERASED);
	fixture_assert_verifies(&ending_fixture, 2);
}
END_TEST

/* M444: where it is held by grants alone, one of another organisation that
 * comes later counts. */
START_TEST(what_a_granter_erases_can_be_granted_by_another)
{
	struct id32 record = ending_shared(0xAu, "a text");
	struct id32 grant;

	ending_pull(1, 0);
	ending_pull(3, 0);
	(void)ending_granted(1, 0x4u, &record);
	ending_pull(2, 1);
	(void)ending_erasure_by(1, 0x4u, &record);
	ending_pull(2, 1);
	ending_tick(2);
	grant = ending_granted(3, 0x4u, &record);
	ending_pull(2, 3);
	fixture_assert_state(
	    &ending_fixture, 2, &grant, RECORD_READABLE, RECORD_NO_REASON);
	fixture_assert_verifies(&ending_fixture, 2);
}
END_TEST

/* M451: 2 never read it. It says that it granted it to 3, but shows nothing; or
 * shows what nobody had given it; before the erasure, or after. */
START_TEST(a_word_makes_nobody_a_reader_of_an_erasure)
{
	struct id32 record = ending_shared(0x2u, "a text");
	uint8_t junk[8] = { 1 };
	Qsg__Grant grant;
	struct id32 said;
	struct id32 erasure;
	bool shows = _i & 1;

	qsg__grant__init(&grant);
	grant.reason = canon_lend("they have to know");
	grant.header.data = junk;
	grant.header.len = sizeof junk;
	said = shows ? ending_granted_of(2, 0, 0x8u, &record)
	             : ending_say(2, 0x9u, QSG__PAYLOAD__CONTENT_GRANT, &grant,
			   "grants", &record);
	if (_i < 2) {
		ending_pull(0, 2);
	}
	erasure = ending_erased(0, &record);
	ending_spread();
	ck_assert_ptr_nonnull(fixture_view(&ending_fixture, 1, &erasure));
	for (size_t i = 2; i < 4; i++) {
		size_t place = 0;

		ck_assert_uint_eq(views_next_link(ending_node(i)->views,
				      &record, REFERENCE_ERASES, &place),
		    0);
	}
	/* What carries something else is no copy of it. */
	fixture_assert_state(&ending_fixture, 0, &said,
	    shows ? RECORD_BODYLESS : RECORD_READABLE,
	    shows ? RECORD_ERASED : RECORD_NO_REASON);
	fixture_assert_verifies(&ending_fixture, 0);
	fixture_restart(&ending_fixture, 0, true);
	ending_tick(0);
	fixture_assert_verifies(&ending_fixture, 0);
}
END_TEST

/* M510: `by` says that a record of `of`, which came without its body, granted
 * it to 3. Only 1 ever read it. */
START_TEST(a_grant_without_body_counts_by_the_word_of_whom_it_reached)
{
	static const struct {
		size_t by;
		size_t of;
		size_t told;
	} cases[] = { { 1, 1, 2 }, { 1, 2, 1 }, { 2, 2, 1 }, { 2, 1, 1 } };
	struct id32 record = ending_shared(0x2u, "a text");
	Qsg__Records *message = NULL;
	struct replica_taken taken;
	struct erasing_result result;
	Qsg__Intelligence item;
	struct id32 bare;
	struct id32 erasure;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.source = canon_lend("healthwatch");
	item.kind = canon_lend("soft");
	item.text = canon_lend("something else");
	ending_pull(1, 0);
	bare = ending_say(cases[_i].of, 0x9u,
	    QSG__PAYLOAD__CONTENT_INTELLIGENCE, &item, "cites", &record);
	message =
	    fixture_message(&ending_fixture, cases[_i].of, 0, &bare, 1, 2);
	message->records[1]->body.len = 0;
	OK(fixture_take(&ending_fixture, 0, cases[_i].of, message, &taken));
	OK(node_commit(ending_node(0)));
	canon_free(&message->base);
	fixture_assert_state(
	    &ending_fixture, 0, &bare, RECORD_BODYLESS, RECORD_NO_BODY);
	erasure = ending_erasure_citing(cases[_i].by, 0x1u, &record, &bare);
	message =
	    fixture_message(&ending_fixture, cases[_i].by, 0, &erasure, 1, 2);
	OK(fixture_take(&ending_fixture, 0, cases[_i].by, message, &taken));
	OK(node_commit(ending_node(0)));
	canon_free(&message->base);
	fixture_assert_state(
	    &ending_fixture, 0, &erasure, RECORD_READABLE, RECORD_NO_REASON);
	OK(ending_erase(0, &record, "why", &result));
	ck_assert_uint_eq(result.told_count, cases[_i].told);
	erasing_clear(&result);
}
END_TEST

static struct id32 correct(const struct id32 *record, unsigned readers)
{
	Qsg__Intelligence item;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.source = canon_lend("healthwatch");
	item.kind = canon_lend("soft");
	item.text = canon_lend("nearly the same text");
	return ending_say(0, readers, QSG__PAYLOAD__CONTENT_INTELLIGENCE, &item,
	    "corrects", record);
}

/* Another version may say the same. */
START_TEST(other_versions_are_named_and_go_with_it_when_told_to)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct id32 versions[2] = { record, correct(&record, 0x6u) };
	struct hex32 hex = text_hex_id(&versions[_i & 1]);
	struct erasing_request request = {
		.record = hex.text, .reason = "why", .all_versions = _i & 2
	};
	struct erasing_result result;
	const struct id32 *other = &versions[!(_i & 1)];

	OK(erasing_erase(ending_node(0), &request, &result));
	OK(node_commit(ending_node(0)));
	ck_assert_uint_eq(result.version_count, 1);
	ck_assert(id_equal(&result.versions[0].id, other));
	ck_assert_uint_eq(result.told_count, (_i & 2) || (_i & 1) ? 2 : 1);
	ck_assert_uint_eq(result.bodies, _i & 2 ? 2 : 1);
	ck_assert(id_is_zero(&result.versions[0].erasure) == !(_i & 2));
	erasing_clear(&result);
	ending_assert_erased(0, &versions[_i & 1]);
	ck_assert(erasing_is_erased(ending_node(0), other) == !!(_i & 2));
	fixture_assert_verifies(&ending_fixture, 0);
}
END_TEST

START_TEST(a_version_that_is_held_keeps_all_of_them)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct id32 other = correct(&record, 0x2u);
	struct hex32 hex = text_hex_id(&record);
	struct hex32 held = text_hex_id(&other);
	struct erasing_request request = {
		.record = hex.text, .reason = "why", .all_versions = true
	};
	struct erasing_named named;
	struct erasing_result result;

	OK(erasing_set_hold(
	    ending_node(0), held.text, "an inquest", "2099-01-01", &named));
	OK(node_commit(ending_node(0)));
	FAILS(erasing_erase(ending_node(0), &request, &result), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "an inquest"));
	erasing_clear(&result);
	ck_assert(!node_staged(ending_node(0)));
	ending_assert_held(0, &record, "a text");
}
END_TEST

/* M451: one record is sealed to 255. */
START_TEST(more_readers_than_one_record_has_are_told)
{
	enum { OTHERS = 259 };
	static int64_t orgs[OTHERS];
	struct id32 record;
	struct id32 part[2];
	struct erasing_account account;
	struct erasing_result result;
	Qsg__Intelligence item;
	Qsg__Payload payload;
	size_t told = 0;

	ending_enrol(0, OTHERS, orgs);
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.source = canon_lend("healthwatch");
	item.kind = canon_lend("soft");
	item.text = canon_lend("a text");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_payload(ending_node(0), orgs, 250, &payload, &record));
	OK(node_commit(ending_node(0)));
	for (size_t i = 0; i < 2; i++) {
		/* Half of the rest each. */
		part[i] = ending_granted_to(
		    0, orgs + 250 + 5 * i, i ? OTHERS - 255 : 5, &record);
	}
	OK(ending_erase(0, &record, "why", &result));
	ck_assert_uint_eq(result.told_count, OTHERS);
	erasing_clear(&result);
	ending_tick(0);
	fixture_restart(&ending_fixture, 0, true);
	ending_tick(0);
	OK(erasing_look(ending_node(0), &record, &account));
	ck_assert_uint_eq(account.erasure_count, 2);
	for (size_t i = 0; i < 2; i++) {
		told += account.erasures[i].reader_count;
		ck_assert(account.erasures[i].counts);
		fixture_assert_state(&ending_fixture, 0, &part[i],
		    RECORD_BODYLESS, RECORD_ERASED);
	}
	ck_assert_uint_eq(told, OTHERS);
	erasing_account_clear(&account);
	fixture_assert_verifies(&ending_fixture, 0);
}
END_TEST

/*
 * What may not.
 */

/* M440 */
START_TEST(an_erasure_that_lacks_something_is_unreadable)
{
	struct id32 record = ending_shared(0x2u, "a text");
	Qsg__ErasureAnswer answer;
	Qsg__Erasure content;
	struct id32 made;

	qsg__erasure__init(&content);
	qsg__erasure_answer__init(&answer);
	ending_pull(1, 0);
	if (_i == 0) {
		made = ending_say(0, 0x2u, QSG__PAYLOAD__CONTENT_ERASURE,
		    &content, "erases", &record);
	} else if (_i == 1) {
		content.reason = canon_lend("why");
		made = ending_say(0, 0x2u, QSG__PAYLOAD__CONTENT_ERASURE,
		    &content, "cites", &record);
	} else {
		answer.verdict = canon_lend(_i == 2 ? "perhaps" : "kept");
		answer.reason = canon_lend(_i == 3 ? "" : "why");
		answer.until = canon_lend(_i == 4 ? "soon" : "2099-01-01");
		made = ending_say(0, 0x2u, QSG__PAYLOAD__CONTENT_ERASURE_ANSWER,
		    &answer, _i == 5 ? "erases" : "answers-erasure", &record);
	}
	ending_pull(1, 0);
	fixture_assert_state(
	    &ending_fixture, 1, &made, RECORD_UNREADABLE, RECORD_BAD_PAYLOAD);
	ending_assert_held(1, &record, "a text");
}
END_TEST

/* M441 */
START_TEST(what_others_rest_on_is_not_erased)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct erasing_result result;
	struct id32 made = ending_erased(0, &record);
	struct id32 opening = views_get(
	    ending_node(0)->views, views_at(ending_node(0)->views, 1, 1))
	                          ->id;
	struct id32 grant;

	FAILS(ending_erase(0, &made, "why", &result), ERR_INPUT);
	erasing_clear(&result);
	FAILS(ending_erase(0, &opening, "why", &result), ERR_INPUT);
	erasing_clear(&result);
	record = ending_shared(0x2u, "another");
	grant = ending_granted(0, 0x4u, &record);
	FAILS(ending_erase(0, &grant, "why", &result), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), text_hex_id(&record).text));
	erasing_clear(&result);
	FAILS(ending_erase(0, &record, "  ", &result), ERR_INPUT);
	erasing_clear(&result);
	/* Nor by an author of another program. */
	ending_pull(1, 0);
	(void)ending_erasure_by(0, 0x2u, &made);
	ending_pull(1, 0);
	ck_assert_int_eq(
	    fixture_view(&ending_fixture, 1, &made)->state, RECORD_READABLE);
	ck_assert(!node_staged(ending_node(0)));
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

START_TEST(a_dry_run_says_who_is_told_and_changes_nothing)
{
	struct id32 record = ending_shared(0x6u, "a text");
	struct hex32 hex = text_hex_id(&record);
	struct erasing_request request = {
		.record = hex.text, .reason = "why", .dry_run = true
	};
	struct erasing_result result;

	(void)ending_granted(0, 0x8u, &record);
	OK(erasing_erase(ending_node(0), &request, &result));
	ck_assert(result.own);
	ck_assert_uint_eq(result.told_count, 3);
	ck_assert_uint_eq(result.bodies, 2);
	ck_assert(id_is_zero(&result.record));
	ck_assert(!node_staged(ending_node(0)));
	ending_assert_held(0, &record, "a text");
	erasing_clear(&result);
}
END_TEST

/*
 * What is left.
 */

struct bytes {
	struct buf body;
	struct buf wrapped;
};

static enum err keep_bytes(void *context, const struct record_row *row)
{
	struct bytes *bytes = context;

	OK(buf_append(&bytes->body, row->body));
	return buf_append(&bytes->wrapped, row->wrapped);
}

static bool file_holds(const char *path, const struct buf *what)
{
	struct buf content = { 0 };
	bool holds = false;

	OK(fs_read(path, (size_t)1 << 30, &content));
	holds = memmem(content.data, content.size, what->data, 24) != NULL;
	buf_clear(&content);
	return holds;
}

/* How many files of a home hold the beginning of the body, or the key. */
static size_t files_with(size_t at, const struct bytes *bytes)
{
	size_t files = 0;
	DIR *dir = opendir(ending_node(at)->home);

	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		char path[512];

		(void)snprintf(path, sizeof path, "%s/%s",
		    ending_node(at)->home, e->d_name);
		if (e->d_type == DT_REG) {
			files += file_holds(path, &bytes->body) ||
			         file_holds(path, &bytes->wrapped);
		}
	}
	(void)closedir(dir);
	return files;
}

/* M449 */
START_TEST(no_file_of_a_home_holds_what_was_erased)
{
	static char text[12000];
	struct bytes bytes[2] = { 0 };
	struct id32 record;

	memset(text, 'a', _i == 0 ? 100 : sizeof text - 1);
	record = ending_shared(0x2u, text);
	ending_pull(1, 0);
	for (size_t i = 0; i < 2; i++) {
		OK(records_get(ending_node(i)->db,
		    views_find(ending_node(i)->views, &record), keep_bytes,
		    &bytes[i]));
		/* So that a snapshot knows of it, too. */
		fixture_restart(&ending_fixture, i, false);
		ck_assert_uint_gt(files_with(i, &bytes[i]), 0);
	}
	(void)ending_erased(0, &record);
	ck_assert_uint_eq(files_with(0, &bytes[0]), 0);
	ending_pull(1, 0);
	ck_assert_uint_eq(files_with(1, &bytes[1]), 0);
	if (_i == 2) {
		/* The snapshot is from before, and does not matter. */
		fixture_restart(&ending_fixture, 1, true);
		ending_assert_erased(1, &record);
		fixture_assert_verifies(&ending_fixture, 1);
	}
	ending_tick(1);
	ending_tick(1);
	ck_assert_int_eq(ending_node(1)->snapshot_due_ms, 0);
	ck_assert_uint_eq(
	    fixture_view(&ending_fixture, 1, &record)->provider, 0);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_uint_eq(files_with(i, &bytes[i]), 0);
		buf_clear(&bytes[i].body);
		buf_clear(&bytes[i].wrapped);
	}
}
END_TEST

/* M449 */
START_TEST(what_is_kept_of_rejected_messages_goes_with_it)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct bytes bytes = { 0 };
	struct buf message = { 0 };
	uint64_t items = 0;
	uint64_t kept = 0;
	struct id32 anybody = { { 0 } };

	ending_pull(1, 0);
	OK(records_get(ending_node(1)->db,
	    views_find(ending_node(1)->views, &record), keep_bytes, &bytes));
	OK(buf_append(&message, span_text("a message that came twice: ")));
	OK(buf_append(&message, buf_span(&bytes.body)));
	replica_reject(ending_node(1), fixture_peer(&ending_fixture, 1, 0),
	    "malformed", "why", buf_span(&message));
	replica_reject(ending_node(1), fixture_peer(&ending_fixture, 1, 0),
	    "malformed", "why", span_text("another"));
	OK(node_commit(ending_node(1)));
	(void)ending_erased(0, &record);
	ending_pull(1, 0);
	OK(node_commit(ending_node(1)));
	buf_reset(&message);
	FAILS(quarantine_open(ending_node(1)->db,
		  ending_node(1)->options.keystore, 1, &message),
	    ERR_NOTFOUND);
	OK(quarantine_open(
	    ending_node(1)->db, ending_node(1)->options.keystore, 2, &message));
	OK(quarantine_count(ending_node(1)->db, &anybody, &items, &kept));
	ck_assert_uint_eq(items, 2);
	ck_assert_uint_eq(kept, strlen("another"));
	fixture_assert_verifies(&ending_fixture, 1);
	buf_clear(&message);
	buf_clear(&bytes.body);
	buf_clear(&bytes.wrapped);
}
END_TEST

/* M450 */
START_TEST(a_check_finds_a_body_that_no_erasure_took)
{
	static const char *const damage[] = {
		("UPDATE record SET body = NULL, wrapped = NULL, state = 1,"
		 " reason = 10 WHERE rid = 2"),
		"DELETE FROM erased",
		"UPDATE erased SET original = zeroblob(32)",
		"UPDATE erased SET erasure = 1",
		"UPDATE tombstone SET erasure = 1",
		"UPDATE tombstone SET id = zeroblob(32)",
		"INSERT INTO hold VALUES (zeroblob(32), x'00')",
	};
	struct id32 record;
	struct verify_report report;
	sqlite3 *connection = NULL;

	(void)ending_shared(0x2u, "another");
	record = ending_shared(0x2u, "a text");
	(void)ending_erased(0, &record);
	fixture_assert_verifies(&ending_fixture, 0);
	node_close(ending_fixture.nodes[0]);
	ending_fixture.nodes[0] = NULL;
	ck_assert_int_eq(
	    sqlite3_open(
		fixture_path(&ending_fixture, 0, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_exec(connection, damage[_i], NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	fixture_retally(&ending_fixture, 0);
	fixture_remove_file(&ending_fixture, 0, "snapshot");
	if (fixture_reopen(&ending_fixture, 0) != ERR_OK) {
		return; /* found at once */
	}
	OK(verify_node(ending_node(0), &report));
	ck_assert_uint_gt(report.faults, 0);
}
END_TEST

Suite *test_erased_suite(void)
{
	Suite *suite = suite_create("erased");
	TCase *tests = tcase_create("erased");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, ending_setup, ending_teardown);
	tcase_add_loop_test(tests,
	    a_grant_goes_with_what_it_carries_and_grantees_are_told, 0, 2);
	tcase_add_loop_test(tests,
	    a_grant_without_body_that_its_author_names_waits_for_it, 0, 2);
	tcase_add_loop_test(
	    tests, a_word_makes_nobody_a_reader_of_an_erasure, 0, 4);
	tcase_add_loop_test(tests,
	    a_grant_without_body_counts_by_the_word_of_whom_it_reached, 0, 4);
	tcase_add_loop_test(
	    tests, other_versions_are_named_and_go_with_it_when_told_to, 0, 4);
	tcase_add_test(tests, a_version_that_is_held_keeps_all_of_them);
	tcase_add_test(tests, more_readers_than_one_record_has_are_told);
	tcase_add_test(tests, a_granters_erasure_is_of_its_own_grants_alone);
	tcase_add_test(tests, what_a_granter_erases_can_be_granted_by_another);
	tcase_add_loop_test(
	    tests, an_erasure_that_lacks_something_is_unreadable, 0, 6);
	tcase_add_test(tests, what_others_rest_on_is_not_erased);
	tcase_add_test(tests, a_dry_run_says_who_is_told_and_changes_nothing);
	tcase_add_loop_test(
	    tests, no_file_of_a_home_holds_what_was_erased, 0, 3);
	tcase_add_test(tests, what_is_kept_of_rejected_messages_goes_with_it);
	tcase_add_loop_test(
	    tests, a_check_finds_a_body_that_no_erasure_took, 0, 7);
	suite_add_tcase(suite, tests);
	return suite;
}
