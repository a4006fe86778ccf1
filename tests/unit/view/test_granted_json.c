#define _POSIX_C_SOURCE 200809L
#include "view/record_json.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/query.h"
#include "service/submit.h"
#include "unit/service/granted.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_granted_json_suite(void);

/* What node 3 shows of authors that it knows by grants alone. */

static struct node *node_of(size_t at)
{
	return granted.fixture.nodes[at];
}

static enum err show_whole(void *context, const struct query_item *item)
{
	json_t **out = context;
	*out = record_json_whole(node_of(3), item);
	return ERR_OK;
}

static json_t *at_3(const struct id32 *record)
{
	struct hex32 hex = text_hex_id(record);
	json_t *json = NULL;
	OK(query_record(node_of(3), span_text(hex.text), show_whole, &json));
	ck_assert_ptr_nonnull(json);
	return json;
}

static struct id32 say(
    size_t at, size_t count, const size_t *to, const Qsg__Payload *payload)
{
	int64_t orgs[FIXTURE_NODES];
	struct id32 record;
	for (size_t i = 0; i < count; i++) {
		orgs[i] = fixture_org(&granted.fixture, at, to[i]);
	}
	OK(submit_payload(node_of(at), orgs, count, payload, &record));
	OK(node_commit(node_of(at)));
	return record;
}

static struct id32 shared_by_2(void)
{
	Qsg__Intelligence item;
	Qsg__Payload payload;

	qsg__intelligence__init(&item);
	qsg__payload__init(&payload);
	item.text = canon_lend("bells unanswered");
	item.kind = canon_lend("soft");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	return say(2, 2, (size_t[]){ 0, 3 }, &payload);
}

static struct id32 corroborated_by_0(const struct id32 *about)
{
	Qsg__Corroboration said;
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	struct id32 target = *about;

	qsg__corroboration__init(&said);
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	said.text = canon_lend("so we heard");
	payload.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
	payload.corroboration = &said;
	reference.relation = canon_lend("corroborates");
	reference.record.data = target.b;
	reference.record.len = sizeof(target.b);
	payload.references = list;
	payload.n_references = 1;
	return say(0, 1, (size_t[]){ 2 }, &payload);
}

/* 0 grants it to some: what 2 can say to 3, which does not know 0. */
static void handed_on(unsigned to, Qsg__Payload **grant)
{
	OK(granted_grant(0, to));
	*grant = granted_payload(0, &granted.result.items[0].share.record);
}

START_TEST(what_a_stranger_corroborates_is_listed_with_it)
{
	struct id32 record = shared_by_2();
	Qsg__Payload *grant = NULL;
	json_t *json = NULL;
	struct id32 corroboration;
	granted_pull(0, 2);
	granted_pull(3, 2);
	corroboration = corroborated_by_0(&record);
	memcpy(granted.record, text_hex_id(&corroboration).text, 65);
	handed_on(1u << 1, &grant);
	(void)say(2, 2, (size_t[]){ 3, 0 }, grant);
	granted_pull(3, 2);
	ck_assert_uint_eq(node_of(3)->stranger_count, 1);

	json = at_3(&record);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(json, "corroborated_by")), 1);
	json_decref(json);
	canon_wipe(&grant->base);
}
END_TEST

static void put_text(char **field, const char *text)
{
	if (*field != protobuf_c_empty_string) {
		free(*field);
	}
	*field = strdup(text);
}

/* As node 2, whom 3 knows, by name or by look. */
static void call_itself(Qsg__Card *card, void *context)
{
	const int *how = context;
	const Qsg__Card *other = node_card(node_of(2))->fields;
	char name[LIMIT_NAME_BYTES + 1];
	(void)snprintf(
	    name, sizeof name, *how == 1 ? "%s" : "%s.", other->name);
	put_text(&card->name, name);
	put_text(&card->code, other->code);
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));
	ck_assert_msg(text != NULL, "%s", key);
	return text;
}

/* M439 */
START_TEST(a_stranger_is_shown_as_one_whatever_its_card_says)
{
	struct id32 record = granted_shared("ask");
	struct fingerprint print = text_fingerprint(node_id(node_of(0)));
	const char *own = node_card(node_of(0))->fields->name;
	const char *other = node_card(node_of(2))->fields->name;
	struct buf card = { 0 };
	Qsg__Payload *grant = NULL;
	json_t *json = NULL;
	int how = _i;
	handed_on(1u << 2, &grant);
	if (how > 0) {
		fixture_claim_card(
		    &granted.fixture, 0, call_itself, &how, &card);
		fixture_put(&grant->grant->card, buf_span(&card));
	}
	(void)say(2, 2, (size_t[]){ 3, 0 }, grant);
	granted_pull(3, 2);
	if (how == 3) {
		fixture_restart(&granted.fixture, 3, true);
	}

	json = at_3(&record);
	ck_assert_ptr_nonnull(
	    strstr(text_of(json, "author"), "unknown organisation"));
	ck_assert(json_is_null(json_object_get(json, "author_code")));
	ck_assert(json_is_false(json_object_get(json, "enrolled")));
	ck_assert_str_eq(text_of(json, "author_fingerprint"), print.text);
	ck_assert_ptr_null(strstr(text_of(json, "author"), other));
	ck_assert_int_eq(
	    strstr(text_of(json, "author"), own) != NULL, how == 0);
	json_decref(json);

	/* Once a person has added its card it goes by that. */
	fixture_meet(&granted.fixture, 3, 0);
	json = at_3(&record);
	ck_assert_str_eq(text_of(json, "author"), own);
	ck_assert_ptr_null(json_object_get(json, "enrolled"));
	json_decref(json);
	canon_wipe(&grant->base);
	buf_clear(&card);
}
END_TEST

Suite *test_granted_json_suite(void)
{
	Suite *suite = suite_create("granted_json");
	TCase *tcase = tcase_create("strangers");
	tcase_add_checked_fixture(
	    tcase, granted_setup_strangers, granted_teardown);
	tcase_add_test(tcase, what_a_stranger_corroborates_is_listed_with_it);
	tcase_add_loop_test(
	    tcase, a_stranger_is_shown_as_one_whatever_its_card_says, 0, 4);
	suite_add_tcase(suite, tcase);
	return suite;
}
