#define _GNU_SOURCE

#include "unit/service/grouped.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "service/export.h"
#include "service/fates.h"
#include "service/granting.h"
#include "service/receipts.h"
#include "service/share.h"
#include "service/state.h"
#include "service/submit.h"
#include "view/paper.h"
#include "view/summit_report.h"
#include "view/summit_report_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_summit_report_suite(void);

#define HOME (&grouped_fixture)
/* Mark-up, and a text that turns round what stands beside it. */
#define HOSTILE                                                                \
	"<script>x()</script> \"&' \xe2\x80\xae nothing wrong\xe2\x80\xac"

/* 0, an area team, triggers; 1, a CCG, and 2, a Royal College, are told. */
static Qsg__Payload payload;
static Qsg__SummitTrigger trigger;
static Qsg__SummitResponse response;
static Qsg__SummitJudgement judgement;
static Qsg__SummitRing ring;
static Qsg__Reference reference;
static Qsg__Reference *references[] = { &reference };
static struct id32 summit;
static struct id32 told;
static struct id32 said; /* the record sealed last */
static struct id32 evidence;
static json_t *report;
static struct buf page;

static void setup(void)
{
	grouped_open();
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	grouped_spread();
	qsg__summit_trigger__init(&trigger);
	qsg__summit_response__init(&response);
	qsg__summit_judgement__init(&judgement);
	qsg__summit_ring__init(&ring);
	qsg__reference__init(&reference);
	trigger.provider = canon_lend("RAL");
	trigger.concern = canon_lend(HOSTILE);
	trigger.urgency = canon_lend("24h");
}

static void teardown(void)
{
	json_decref(report);
	report = NULL;
	buf_clear(&page);
	grouped_close();
}

static void begin_payload(Qsg__Payload__ContentCase which)
{
	qsg__payload__init(&payload);
	payload.content_case = which;
	payload.role = canon_lend("administrator");
}

/* To all members of the group, as it stands. */
static void say(size_t at)
{
	const char *to[] = { GROUPED_NAME };
	const struct share_request request = {
		.to = to, .to_count = 1, .yes = true
	};
	struct share_result result = { 0 };

	HOME->now_ms += 1000;
	OK(share_payload(grouped_node(at), &request, &payload, &result));
	OK(node_commit(grouped_node(at)));
	said = result.record;
	share_clear(&result);
}

/* 0 triggers, by evidence that it tells nobody. */
static void begin(void)
{
	const struct group_state *group = grouped_at(0);

	OK(fixture_share(HOME, 0, 0, "for us alone", &evidence));
	OK(node_commit(grouped_node(0)));
	begin_payload(QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER);
	payload.summit_trigger = &trigger;
	reference.relation = canon_lend("cites");
	reference.record.data = evidence.b;
	reference.record.len = sizeof evidence.b;
	payload.references = references;
	payload.n_references = 1;
	told = group->id;
	trigger.group.data = told.b;
	trigger.group.len = sizeof told.b;
	trigger.roster_epoch = group->epoch;
	say(0);
	summit = said;
}

static void respond(size_t at, const char *answer)
{
	begin_payload(QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE);
	payload.summit_response = &response;
	response.summit.data = summit.b;
	response.summit.len = sizeof summit.b;
	response.answer = canon_lend(answer);
	response.text = canon_lend("as our records stand");
	say(at);
}

static void judge(size_t at, const char *finding)
{
	begin_payload(QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT);
	payload.summit_judgement = &judgement;
	judgement.summit.data = summit.b;
	judgement.summit.len = sizeof summit.b;
	judgement.finding = canon_lend(finding);
	judgement.text = canon_lend("by what we saw");
	say(at);
}

static void write_at(size_t at)
{
	struct summits_look look = { 0 };

	json_decref(report);
	buf_reset(&page);
	OK(summits_look(grouped_node(at), &summit, &look));
	OK(summit_report_json(grouped_node(at), &look, &report));
	OK(summit_report_html(report, &page));
	summits_clear(&look);
}

static json_t *section(const char *key)
{
	size_t at = 0;
	json_t *each = NULL;

	json_array_foreach(json_object_get(report, "sections"), at, each)
	{
		if (strcmp(paper_member(each, "key"), key) == 0) {
			return json_object_get(each, "statements");
		}
	}
	ck_abort_msg("no section %s", key);
}

/* Our own words of a statement, and others'. */
static const char *words(const json_t *statement)
{
	static char text[1024];
	size_t used = 0;
	size_t at = 0;
	const json_t *part = NULL;

	text[0] = '\0';
	json_array_foreach(json_object_get(statement, "says"), at, part)
	{
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s%s", paper_member(part, "own"),
		    paper_member(part, "theirs"));
		ck_assert_uint_lt(used, sizeof text);
	}
	return text;
}

static const char *code(size_t of)
{
	return node_card(grouped_node(of))->fields->code;
}

/* The first statement of this organisation, with these words. */
static const json_t *found(const char *key, size_t who, const char *part)
{
	size_t at = 0;
	const json_t *each = NULL;

	json_array_foreach(section(key), at, each)
	{
		if (strcmp(paper_member(each, "who_code"), code(who)) == 0 &&
		    strstr(words(each), part) != NULL) {
			return each;
		}
	}
	return NULL;
}

static bool is_of(const json_t *statement, const struct id32 *record)
{
	size_t at = 0;
	const json_t *each = NULL;

	json_array_foreach(json_object_get(statement, "of"), at, each)
	{
		if (strcmp(json_string_value(each), text_hex_id(record).text) ==
		    0) {
			return true;
		}
	}
	return false;
}

static bool on_page(const char *text)
{
	return strstr(buf_text(&page), text) != NULL;
}

/* All sign for what they hold. */
static void sign(size_t at)
{
	HOME->now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(grouped_node(at));
	OK(node_commit(grouped_node(at)));
	grouped_spread();
}

/* M701 M487 */
START_TEST(a_page_shows_what_others_wrote_and_obeys_none_of_it)
{
	static const char override[] = { '\xe2', '\x80', '\xae', '\0' };

	begin();
	grouped_spread();
	write_at(1);
	ck_assert(on_page("&lt;script&gt;x()&lt;/script&gt; &quot;&amp;&#39;"));
	ck_assert(on_page("<bdi>&lt;script&gt;"));
	ck_assert(on_page("\\u{202e} nothing wrong\\u{202c}</bdi>"));
	ck_assert(!on_page("<script"));
	ck_assert(!on_page(override));
	ck_assert(!on_page("src="));
	ck_assert(!on_page("url("));
	ck_assert(on_page("default-src 'none'"));
}
END_TEST

/* M700 */
START_TEST(every_statement_names_a_record_and_each_is_listed)
{
	size_t at = 0;
	const json_t *each = NULL;
	size_t count = 0;

	begin();
	grouped_spread();
	respond(1, "attending");
	judge(1, "serious-failing");
	grouped_spread();
	sign(2);
	write_at(0);
	json_array_foreach(json_object_get(report, "sections"), at, each)
	{
		size_t i = 0;
		const json_t *one = NULL;

		json_array_foreach(json_object_get(each, "statements"), i, one)
		{
			struct buf link = { 0 };

			OK(buf_printf(&link, "<tr id=\"r-%s\">",
			    paper_member(one, "record")));
			ck_assert_uint_eq(
			    strlen(paper_member(one, "record")), 64);
			ck_assert(on_page(buf_text(&link)));
			buf_clear(&link);
			count++;
		}
	}
	ck_assert_uint_gt(count, 20);
}
END_TEST

/* M700 */
START_TEST(of_a_record_that_cannot_be_read_nothing_is_said_but_its_id)
{
	const json_t *first = NULL;

	begin();
	grouped_spread();
	write_at(0);
	first = json_array_get(section("evidence"), 0);
	ck_assert_str_eq(paper_member(first, "who_code"), code(0));
	ck_assert(strstr(words(first), "intelligence") != NULL);
	ck_assert(!on_page("for us alone"));
	/* Not held. */
	write_at(1);
	first = json_array_get(section("evidence"), 0);
	ck_assert_str_eq(
	    paper_member(first, "record"), text_hex_id(&evidence).text);
	ck_assert(json_is_null(json_object_get(first, "who")));
	ck_assert(strstr(words(first), "cannot be read here") != NULL);
	ck_assert(!on_page("intelligence"));
	/* Held, and not to be read any more. */
	views_edit(node_views(grouped_node(0)),
	    views_find(node_views(grouped_node(0)), &evidence))
	    ->state = RECORD_UNREADABLE;
	write_at(0);
	first = json_array_get(section("evidence"), 0);
	ck_assert(json_is_null(json_object_get(first, "who")));
	ck_assert(json_is_null(json_object_get(first, "at")));
	ck_assert(!on_page("intelligence"));
}
END_TEST

/* M703 */
START_TEST(not_reached_no_answer_yet_and_nothing_held_are_three_things)
{
	struct replica_taken taken;
	const json_t *one = NULL;

	begin();
	OK(fixture_pull(HOME, 1, 0, &taken));
	write_at(0);
	for (size_t i = 1; i < 3; i++) {
		one = found("parties", i, "Not reached: no receipt");
		ck_assert_ptr_nonnull(one);
		ck_assert_str_eq(
		    paper_member(one, "record"), text_hex_id(&summit).text);
	}
	HOME->now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(grouped_node(1));
	OK(node_commit(grouped_node(1)));
	OK(fixture_pull(HOME, 0, 1, &taken));
	write_at(0);
	ck_assert_ptr_nonnull(found("parties", 1, "no answer yet"));
	ck_assert_ptr_null(found("parties", 1, "Not reached"));
	ck_assert_ptr_nonnull(found("parties", 2, "Not reached: no receipt"));
	/* Whose receipts would come to another. */
	write_at(1);
	ck_assert_ptr_nonnull(found("parties", 2, "No answer is held here"));
	respond(1, "nothing-held");
	OK(fixture_pull(HOME, 0, 1, &taken));
	write_at(0);
	one = found("parties", 1, "It answered: nothing held");
	ck_assert_ptr_nonnull(one);
	ck_assert(is_of(one, &said));
	ck_assert_ptr_null(found("parties", 1, "no answer yet"));
}
END_TEST

/* 1 signs, as no node does by itself, for 0's records from the first to the
 * last of these, and says that the first cannot be read. */
static void sign_for(
    const struct id32 *first, const struct id32 *last, bool unreadable)
{
	const struct view_record *from = fixture_view(HOME, 0, first);
	const struct view_record *to = fixture_view(HOME, 0, last);
	struct stream stream =
	    state_stream(grouped_node(0), to->stream)->row.state;
	struct id32 author = *node_id(grouped_node(0));
	struct id32 ends = *last;
	int64_t reader = fixture_org(HOME, 1, 0);
	struct id32 made;
	Qsg__Receipt receipt;
	Qsg__ReceiptStream item;
	Qsg__ReceiptGap gap;
	Qsg__ReceiptStream *items[] = { &item };
	Qsg__ReceiptGap *gaps[] = { &gap };

	ck_assert_uint_eq(from->stream, to->stream);
	qsg__receipt__init(&receipt);
	qsg__receipt_stream__init(&item);
	qsg__receipt_gap__init(&gap);
	begin_payload(QSG__PAYLOAD__CONTENT_RECEIPT);
	payload.receipt = &receipt;
	receipt.author.data = author.b;
	receipt.author.len = sizeof author.b;
	receipt.streams = items;
	receipt.n_streams = 1;
	item.generation.data = stream.generation.b;
	item.generation.len = sizeof stream.generation.b;
	item.stream.data = stream.id.b;
	item.stream.len = sizeof stream.id.b;
	item.record.data = ends.b;
	item.record.len = sizeof ends.b;
	item.first = from->number;
	item.last = to->number;
	gap.number = from->number;
	gap.reason = canon_lend("bad-payload");
	item.unreadable = gaps;
	item.n_unreadable = unreadable ? 1 : 0;
	HOME->now_ms += 1000;
	OK(submit_payload(grouped_node(1), &reader, 1, &payload, &made));
	OK(node_commit(grouped_node(1)));
	grouped_spread();
}

/* M704: whichever of the two receipts came first. */
START_TEST(that_it_cannot_be_read_is_not_said_where_once_it_could)
{
	const json_t *one = NULL;
	struct when read = { { 0 } };

	begin();
	for (int i = 0; i < 2; i++) {
		respond(0, i == 0 ? "attending" : "nothing-held");
		grouped_spread();
		sign_for(&summit, &said, i == _i);
		write_at(0);
		one = found("known", 1, "signed for it");
		ck_assert_ptr_nonnull(one);
		ck_assert(is_of(one, &summit));
		if (i != _i) {
			read = when_utc(HOME->now_ms);
		}
		ck_assert_str_eq(words(one),
		    i == 0 && _i == 0 ? "signed for it as not readable there"
				      : "signed for it");
	}
	ck_assert_str_eq(paper_member(one, "at"), read.text);
}
END_TEST

/* M704 */
START_TEST(who_knew_what_is_said_by_the_first_receipt)
{
	const json_t *one = NULL;
	struct when first;

	begin();
	grouped_spread();
	write_at(0);
	one = found("known", 1, "no receipt for it is held");
	ck_assert_ptr_nonnull(one);
	sign(1);
	first = when_utc(HOME->now_ms);
	/* A later one covers it again. */
	respond(0, "attending");
	grouped_spread();
	sign_for(&summit, &said, false);
	write_at(0);
	one = found("known", 1, "signed for it");
	ck_assert_ptr_nonnull(one);
	ck_assert(is_of(one, &summit));
	ck_assert_str_eq(paper_member(one, "at"), first.text);
	ck_assert(paper_flag(one, "under"));
	ck_assert_ptr_nonnull(found("known", 2, "no receipt for it is held"));
	/* Whoever makes it says when it received it. */
	write_at(2);
	ck_assert_ptr_nonnull(found("known", 2, "received it"));
}
END_TEST

START_TEST(judgements_stand_side_by_side_and_older_ones_in_the_order)
{
	begin();
	grouped_spread();
	judge(1, "none");
	judge(1, "serious-failing");
	judge(0, "none");
	judge(0, "breach");
	grouped_spread();
	write_at(2);
	ck_assert_ptr_nonnull(
	    found("judgements", 1, "judged: serious failing"));
	ck_assert_ptr_null(found("judgements", 1, "judged: none"));
	ck_assert_ptr_nonnull(found("judgements", 0, "judged: none"));
	ck_assert_ptr_nonnull(found("judgements", 2, "has not judged"));
	ck_assert_ptr_nonnull(
	    found("order", 1, "judged: none (something newer was said since)"));
	ck_assert_ptr_nonnull(found("uncounted", 1, "Why not: "));
	/* CQC's alone. */
	ck_assert_ptr_null(found("order", 0, "breach"));
	ck_assert_ptr_nonnull(found("uncounted", 0, "judged: breach"));
	ck_assert(on_page("The judgements differ"));
	ck_assert(on_page("<section class=\"beside\" id=\"judgements\">"));
}
END_TEST

/* M702 */
START_TEST(each_clock_is_told_of_with_what_set_it)
{
	const json_t *first = NULL;

	begin();
	grouped_spread();
	write_at(1);
	first = json_array_get(section("clocks"), 0);
	ck_assert_str_eq(
	    paper_member(first, "record"), text_hex_id(&summit).text);
	ck_assert_ptr_nonnull(strstr(words(first), "judging meeting: due "));
	ck_assert_ptr_nonnull(strstr(words(first), "it runs"));
	HOME->now_ms += (int64_t)25 * 3600 * 1000;
	write_at(1);
	first = json_array_get(section("clocks"), 0);
	ck_assert_ptr_nonnull(strstr(words(first), ", missed"));
}
END_TEST

START_TEST(all_that_hold_the_same_tell_the_same_story)
{
	char *first = NULL;

	begin();
	grouped_spread();
	respond(1, "attending");
	respond(2, "nothing-held");
	judge(1, "serious-failing");
	grouped_spread();
	for (size_t at = 0; at < 3; at++) {
		static const char *const keys[] = { "order", "judgements",
			"ring", "checks", "end", "uncounted" };
		json_t *all = json_array();
		char *text = NULL;

		write_at(at);
		for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
			(void)json_array_append(all, section(keys[i]));
		}
		text = json_dumps(all, JSON_SORT_KEYS);
		ck_assert_ptr_nonnull(text);
		if (first == NULL) {
			first = strdup(text);
		}
		ck_assert_str_eq(text, first);
		free(text);
		json_decref(all);
	}
	free(first);
}
END_TEST

START_TEST(a_trigger_that_does_not_count_is_nothing_to_report)
{
	struct summits_look look = { 0 };
	const struct group_state *group = grouped_at(2);

	begin_payload(QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER);
	payload.summit_trigger = &trigger;
	told = group->id;
	trigger.group.data = told.b;
	trigger.group.len = sizeof told.b;
	trigger.roster_epoch = group->epoch;
	say(2);
	OK(summits_look(grouped_node(2), &said, &look));
	FAILS(summit_report_json(grouped_node(2), &look, &report), ERR_STATE);
	ck_assert_ptr_null(report);
	summits_clear(&look);
}
END_TEST

static bool chosen(size_t at, const char *of, const struct id32 *record)
{
	const struct export_choice choice = { .summit = of,
		.since_ms = INT64_MIN };
	struct export_list list = { 0 };
	bool found = false;

	OK(export_choose(grouped_node(at), &choice, &list));
	for (size_t i = 0; i < list.record_count; i++) {
		found = found || id_equal(&list.records[i], record);
	}
	export_list_clear(&list);
	return found;
}

/* 0 grants its evidence to 1: the grant. */
static struct id32 grant(void)
{
	const struct hex32 id = text_hex_id(&evidence);
	const char *records[] = { id.text };
	const char *to[] = { code(1) };
	const struct granting_request request = { .records = records,
		.record_count = 1,
		.reason = "for the summit",
		.share = { .to = to, .to_count = 1, .yes = true } };
	struct granting_result result = { 0 };
	struct id32 made;

	OK(granting_make(grouped_node(0), &request, &result));
	OK(node_commit(grouped_node(0)));
	made = result.items[0].share.record;
	granting_result_clear(&result);
	return made;
}

/* M704 M705 */
START_TEST(who_was_granted_the_evidence_is_told_and_exported)
{
	struct hex32 first;
	struct id32 given;
	const json_t *one = NULL;

	begin();
	first = text_hex_id(&summit);
	given = grant();
	grouped_spread();
	sign(1);
	write_at(0);
	one = found("known", 0, "granted it on");
	ck_assert_ptr_nonnull(one);
	ck_assert_str_eq(paper_member(one, "record"), text_hex_id(&given).text);
	one = found("known", 1, "signed for what was granted");
	ck_assert_ptr_nonnull(one);
	ck_assert(is_of(one, &given));
	ck_assert(chosen(0, first.text, &given));
	/* To whom it was granted it can be read. */
	write_at(1);
	ck_assert_str_eq(
	    paper_member(json_array_get(section("evidence"), 0), "who_code"),
	    code(0));
}
END_TEST

Suite *test_summit_report_suite(void)
{
	Suite *suite = suite_create("summit_report");
	TCase *tests = tcase_create("summit_report");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, a_page_shows_what_others_wrote_and_obeys_none_of_it);
	tcase_add_test(
	    tests, every_statement_names_a_record_and_each_is_listed);
	tcase_add_test(
	    tests, of_a_record_that_cannot_be_read_nothing_is_said_but_its_id);
	tcase_add_test(
	    tests, not_reached_no_answer_yet_and_nothing_held_are_three_things);
	tcase_add_loop_test(tests,
	    that_it_cannot_be_read_is_not_said_where_once_it_could, 0, 2);
	tcase_add_test(tests, who_knew_what_is_said_by_the_first_receipt);
	tcase_add_test(
	    tests, judgements_stand_side_by_side_and_older_ones_in_the_order);
	tcase_add_test(tests, each_clock_is_told_of_with_what_set_it);
	tcase_add_test(tests, all_that_hold_the_same_tell_the_same_story);
	tcase_add_test(
	    tests, a_trigger_that_does_not_count_is_nothing_to_report);
	tcase_add_test(
	    tests, who_was_granted_the_evidence_is_told_and_exported);
	suite_add_tcase(suite, tests);
	return suite;
}
