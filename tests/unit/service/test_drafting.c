#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "service/drafting.h"
#include "service/recovery.h"
#include "service/share.h"
#include "store/drafts.h"

#include <string.h>

Suite *test_drafting_suite(void);

/* Node 0 waits to sign; 1 and 2 read it. */
static struct fixture fixture;

#define WAIT_MS 120000

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

/* No copy of the mark is kept: each start is one of the machine. */
static void reboot(void)
{
	fixture_restart(&fixture, 0, true);
	ck_assert_int_eq(node0()->start.signing, STATE_WAITS);
}

/* The wait is over, and what waited is recorded. */
static void wait_over(void)
{
	const char *why = NULL;

	fixture.now_ms += WAIT_MS;
	fixture_tick(&fixture, 0);
	fixture_tick(&fixture, 0);
	ck_assert(node_may_sign(node0(), &why));
}

static void setup(void)
{
	struct id32 record;

	fixture_open(&fixture, 3);
	fixture.wait_ms = WAIT_MS;
	OK(fixture_share(&fixture, 0, 6, "one", &record));
	OK(node_commit(node0()));
	pull(1, 0);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static uint64_t drafts(void)
{
	uint64_t count = 0;

	OK(drafts_count(node0()->db, &count));
	return count;
}

static enum err share_text(
    const char *text, const char *override, struct share_result *out)
{
	static const char *const to[] = { "01X", "02X" };
	Qsg__Intelligence item;
	struct share_result result;
	struct share_request request = { .to = to,
		.to_count = 2,
		.intelligence = &item,
		.override_reason = override };
	enum err err = ERR_OK;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.text = canon_lend(text);
	err = share_intelligence(node0(), &request, &result);
	memset(out, 0, sizeof *out);
	out->draft = result.draft;
	out->record = result.record;
	share_clear(&result);
	OK(node_commit(node0()));
	return err;
}

/* M237 */
START_TEST(what_is_told_while_it_waits_becomes_drafts_and_then_records)
{
	static const char *const texts[] = { "first", "second", "third" };
	uint64_t before = 0;
	size_t held = 0;

	reboot();
	before = node0()->own_size;
	held = views_count(node0()->views);
	for (int i = 0; i < 3; i++) {
		struct share_result result;

		OK(share_text(texts[i], NULL, &result));
		ck_assert_int_eq(result.draft, i + 1);
		ck_assert(id_is_zero(&result.record));
	}
	ck_assert_uint_eq(drafts(), 3);
	ck_assert_uint_eq(node0()->own_size, before);
	ck_assert_uint_eq(views_count(node0()->views), held);
	fixture_restart(&fixture, 0, _i); /* they are durable */
	ck_assert_uint_eq(drafts(), 3);
	wait_over();
	ck_assert_uint_eq(drafts(), 0);
	for (size_t i = 0; i < 3; i++) {
		const struct view_record *view =
		    views_get(node0()->views, (uint32_t)(held + i + 1));

		fixture_assert_text(&fixture, 0, &view->id, texts[i]);
	}
	pull(1, 0);
	fixture_assert_text(&fixture, 1,
	    &views_get(node0()->views, (uint32_t)held + 3)->id, "third");
	/* Their numbers are never given again. */
	reboot();
	{
		struct share_result result;

		OK(share_text("fourth", NULL, &result));
		ck_assert_int_eq(result.draft, 4);
	}
}
END_TEST

/* The guard speaks at once, and the reason it was overridden for follows the
 * record. */
START_TEST(a_draft_keeps_the_reason_its_guard_was_overridden_for)
{
	static const char text[] = "NHS number 943 476 5919";
	struct share_result result;
	const struct view_record *view = NULL;
	size_t held = 0;

	reboot();
	FAILS(share_text(text, NULL, &result), ERR_DENIED);
	ck_assert_uint_eq(drafts(), 0);
	OK(share_text(text, "told to", &result));
	ck_assert_int_eq(result.draft, 1);
	ck_assert_uint_eq(drafts(), 1);
	held = views_count(node0()->views);
	wait_over();
	ck_assert_uint_eq(drafts(), 0);
	view = views_get(node0()->views, (uint32_t)views_count(node0()->views));
	ck_assert_int_eq(view->type, VIEW_OVERRIDE);
	ck_assert_uint_ge(views_count(node0()->views), held + 2);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M238 */
START_TEST(drafts_lie_on_the_disk_sealed)
{
	struct share_result result;
	struct buf sealed = { 0 };
	struct buf plain = { 0 };
	int64_t draft = 0;

	reboot();
	OK(share_text("a word nobody may read", NULL, &result));
	OK(drafts_next(node0()->db, 0, &draft, &sealed));
	OK(buf_append(&plain, span_text("nobody may read")));
	ck_assert_ptr_null(
	    memmem(sealed.data, sealed.size, plain.data, plain.size));
	buf_clear(&sealed);
	buf_clear(&plain);
}
END_TEST

/* M237: one that cannot be recorded now keeps those behind it waiting, and
 * those before it are done. */
START_TEST(drafts_that_cannot_be_recorded_yet_wait_in_their_order)
{
	struct share_result result;
	size_t held = 0;

	reboot();
	held = views_count(node0()->views);
	OK(share_text("first", NULL, &result));
	OK(share_text("second", NULL, &result));
	fixture.now_ms += WAIT_MS;
	recovery_tick(node0()); /* from now on it signs */
	OK(node_commit(node0()));
	node0()->poisoned = ERR_FULL;
	recovery_tick(node0());
	FAILS(node_commit(node0()), ERR_FULL);
	ck_assert_uint_eq(drafts(), 2);
	ck_assert_uint_eq(views_count(node0()->views), held);
	fixture_tick(&fixture, 0);
	ck_assert_uint_eq(drafts(), 0);
	fixture_assert_text(&fixture, 0,
	    &views_get(node0()->views, (uint32_t)held + 2)->id, "second");
}
END_TEST

/* M349: also when it was a draft in between. */
START_TEST(a_draft_for_a_group_keeps_its_name_and_epoch)
{
	const int64_t org = fixture_org(&fixture, 0, 1);
	const struct submit_audience audience = {
		.readers = &org, .count = 1, .group = { { { 9 } }, 12 }
	};
	Qsg__Payload payload;
	Qsg__Override content;
	struct id32 record;
	int64_t draft = 0;
	const struct state_stream *stream = NULL;

	qsg__payload__init(&payload);
	qsg__override__init(&content);
	payload.content_case = QSG__PAYLOAD__CONTENT_OVERRIDE;
	payload.override = &content;
	reboot();
	OK(drafting_submit_to(node0(), &audience, &payload, &record, &draft));
	OK(node_commit(node0()));
	fixture_assert_verifies(&fixture, 0);
	wait_over();
	stream = state_stream(node0(), (int64_t)node0()->stream_count);
	ck_assert_int_eq(stream->group.b[0], 9);
	ck_assert_uint_eq(stream->group_epoch, 12);
}
END_TEST

Suite *test_drafting_suite(void)
{
	Suite *suite = suite_create("drafting");
	TCase *tcase = tcase_create("drafting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    what_is_told_while_it_waits_becomes_drafts_and_then_records, 0, 2);
	tcase_add_test(
	    tcase, a_draft_keeps_the_reason_its_guard_was_overridden_for);
	tcase_add_test(tcase, a_draft_for_a_group_keeps_its_name_and_epoch);
	tcase_add_test(tcase, drafts_lie_on_the_disk_sealed);
	tcase_add_test(
	    tcase, drafts_that_cannot_be_recorded_yet_wait_in_their_order);
	suite_add_tcase(suite, tcase);
	return suite;
}
