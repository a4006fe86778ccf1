#include "granted.h"

#include "codec/canon.h"
#include "keys/seal.h"
#include "service/export.h"

#include <string.h>

Suite *test_granting_forged_suite(void);

/* A grant to be changed, and what stands in its fields instead. */
static Qsg__Payload *forged;
static struct export_record taken;
static struct id32 named;

static void put(ProtobufCBinaryData *field, const struct buf *bytes)
{
	fixture_put(field, buf_span(bytes));
}

static void name(const struct id32 *record)
{
	named = *record;
	fixture_put(&forged->references[0]->record, span_id(&named));
}

/* Put all of another record there, as its own node gives it out. */
static void carry(size_t of, const struct id32 *record)
{
	static const struct export_heads newest = { NULL, 0 };

	export_record_clear(&taken);
	OK(export_read(
	    granted.fixture.nodes[of], record, &newest, EXPORT_OPEN, &taken));
	ck_assert(taken.opened);
	name(record);
	put(&forged->grant->header, &taken.header);
	put(&forged->grant->body, &taken.body);
	put(&forged->grant->proof, &taken.proof);
	put(&forged->grant->card,
	    &node_card(granted.fixture.nodes[of])->signed_bytes);
	fixture_put(
	    &forged->grant->content_key, span_of(taken.key, sizeof taken.key));
}

static void nothing(void)
{
}

static void names_another(void)
{
	struct id32 other = named;

	other.b[31] ^= 1;
	name(&other);
}

static void names_none(void)
{
	forged->n_references = 0;
}

static void names_two(void)
{
	static Qsg__Reference *list[2];
	static Qsg__Reference **own; /* it goes with the process */

	own = forged->references;
	list[0] = list[1] = own[0];
	forged->references = list;
	forged->n_references = 2;
}

static void header_changed(void)
{
	forged->grant->header.data[forged->grant->header.len - 1] ^= 1;
}

/* By whoever grants it, in the author's name. */
static void header_made_up(void)
{
	struct id32 leaf;

	forged->grant->header.data[forged->grant->header.len - 1] ^= 1;
	seal_record_id(
	    span_of(forged->grant->header.data, forged->grant->header.len),
	    &leaf);
	name(&leaf);
}

static void header_cut(void)
{
	forged->grant->header.len--;
}

static void opening(void)
{
	struct node *node = granted.fixture.nodes[0];
	uint32_t rid = views_find(node->views, &named);
	struct id32 id = views_get(node->views,
	    views_at(node->views, views_get(node->views, rid)->stream, 1))
	                     ->id;

	carry(0, &id);
}

static void housekeeping(void)
{
	struct node *node = granted.fixture.nodes[0];
	Qsg__Payload payload;
	Qsg__Override why;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__override__init(&why);
	why.reason = canon_lend("it had to be");
	payload.content_case = QSG__PAYLOAD__CONTENT_OVERRIDE;
	payload.override = &why;
	OK(submit_payload(node, NULL, 0, &payload, &record));
	OK(node_commit(node));
	carry(0, &record);
}

/* A record of the granter's own, as if it were the author's. */
static void own_text(void)
{
	Qsg__Payload payload;
	Qsg__Intelligence item;
	struct node *node = granted.fixture.nodes[1];
	struct id32 before = named;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.text = canon_lend("as said");
	item.kind = canon_lend("soft");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_payload(node, NULL, 0, &payload, &record));
	OK(node_commit(node));
	carry(1, &record);
	name(&before);
}

static void card_of_another(void)
{
	put(&forged->grant->card,
	    &node_card(granted.fixture.nodes[1])->signed_bytes);
}

static void card_changed(void)
{
	forged->grant->card.data[forged->grant->card.len - 1] ^= 1;
}

static void rename_it(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = node_card(granted.fixture.nodes[0])->fields->version;
	card->name[0] ^= 1;
}

static void card_contradicts(void)
{
	struct buf card = { 0 };

	fixture_claim_card(&granted.fixture, 0, rename_it, NULL, &card);
	put(&forged->grant->card, &card);
	buf_clear(&card);
}

static void proof_changed(void)
{
	forged->grant->proof.data[forged->grant->proof.len - 3] ^= 1;
}

/* Of another record of the same log. */
static void proof_of_another(void)
{
	static const struct export_heads newest = { NULL, 0 };
	struct node *node = granted.fixture.nodes[0];
	uint32_t rid = views_find(node->views, &named);

	export_record_clear(&taken);
	OK(export_read(node,
	    &views_get(node->views,
		views_at(node->views, views_get(node->views, rid)->stream, 1))
		 ->id,
	    &newest, EXPORT_SHUT, &taken));
	put(&forged->grant->proof, &taken.proof);
}

static void body_changed(void)
{
	forged->grant->body.data[7] ^= 1;
}

static void body_cut(void)
{
	forged->grant->body.len--;
}

static void key_changed(void)
{
	forged->grant->content_key.data[0] ^= 1;
}

static void key_missing(void)
{
	forged->grant->content_key.len = 0;
}

static const struct {
	void (*change)(void);
	const char *why; /* "": it counts */
	bool behind;     /* its author's back */
} forgeries[] = {
	{ nothing, "", false },
	{ nothing, "was not told of it", true },
	{ names_another, "another record than it names", false },
	{ names_none, "names no record", false },
	{ names_two, "or more than one", false },
	{ header_changed, "another record than it names", false },
	{ header_made_up, "does not lead to a head", false },
	{ header_cut, "has no header", false },
	{ opening, "who reads a stream", false },
	{ housekeeping, "what nobody grants", false },
	{ own_text, "another record than it names", false },
	{ card_of_another, "card does not hold", false },
	{ card_changed, "card does not hold", false },
	{ card_contradicts, "not the one known here", false },
	{ proof_changed, "does not lead to a head", false },
	{ proof_of_another, "does not lead to a head", false },
	{ body_changed, "the body it carries is another", false },
	{ body_cut, "the body it carries is another", false },
	{ key_changed, "does not open the body", false },
	{ key_missing, "has no key", false },
};
#define FORGERIES (int)(sizeof forgeries / sizeof forgeries[0])

/* Each lends what is not its own, so none is freed. */
static const Qsg__Payload *kept[FORGERIES];

/* 1 grants it to 2, however it is. */
static struct id32 hand_over(bool behind)
{
	const int64_t readers[] = { fixture_org(&granted.fixture, 1, 2),
		fixture_org(&granted.fixture, 1, 0) };
	struct node *node = granted.fixture.nodes[1];
	struct id32 grant;

	OK(submit_payload(node, readers, behind ? 1 : 2, forged, &grant));
	OK(node_commit(node));
	granted_pull(2, 1);
	return grant;
}

/* M420, M421, M422, M423, M424, M425 */
START_TEST(what_does_not_hold_is_kept_and_nothing_of_it_is_shown)
{
	struct id32 record = granted_shared("ask");
	struct id32 grant;
	const char *why = NULL;

	OK(granted_grant(0, 1u << 3));
	forged = granted_payload(0, &granted.result.items[0].share.record);
	ck_assert_ptr_null(kept[_i]);
	kept[_i] = forged;
	named = record;
	forgeries[_i].change();
	grant = hand_over(forgeries[_i].behind);
	fixture_assert_state(
	    &granted.fixture, 2, &grant, RECORD_READABLE, RECORD_NO_REASON);
	why = granted_why_not(2, &grant);
	if (!forgeries[_i].why[0]) {
		ck_assert_str_eq(why, "");
		granted_reads(2, &record);
		return;
	}
	ck_assert_msg(strstr(why, forgeries[_i].why) != NULL, "%s", why);
	ck_assert_uint_eq(
	    views_granted_count(granted.fixture.nodes[2]->views), 0);
	granted_does_not_read(2, &record);
	fixture_restart(&granted.fixture, 2, true);
	ck_assert_uint_eq(
	    views_granted_count(granted.fixture.nodes[2]->views), 0);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

Suite *test_granting_forged_suite(void)
{
	Suite *suite = suite_create("granting_forged");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, granted_setup, granted_teardown);
	tcase_add_loop_test(tcase,
	    what_does_not_hold_is_kept_and_nothing_of_it_is_shown, 0,
	    FORGERIES);
	suite_add_tcase(suite, tcase);
	return suite;
}
