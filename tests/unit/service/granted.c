#include "granted.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/query.h"

#include <stdlib.h>
#include <string.h>

struct granted granted;

static void begin(void)
{
	memset(&granted.result, 0, sizeof granted.result);
	granted.records[0] = granted.record;
	granted.request = (struct granting_request){
		.records = granted.records,
		.record_count = 1,
		.reason = "they treat the same patients",
		.share = { .to = granted.to },
	};
}

void granted_setup(void)
{
	fixture_open(&granted.fixture, 4);
	begin();
}

void granted_setup_strangers(void)
{
	static const char *const kinds[] = { "ccg", "ccg", "ccg", "ccg" };

	fixture_open_strangers(&granted.fixture, kinds, 4);
	fixture_meet(&granted.fixture, 0, 1);
	fixture_meet(&granted.fixture, 1, 0);
	fixture_meet(&granted.fixture, 0, 2);
	fixture_meet(&granted.fixture, 2, 0);
	fixture_meet(&granted.fixture, 1, 2);
	fixture_meet(&granted.fixture, 2, 1);
	fixture_meet(&granted.fixture, 2, 3);
	fixture_meet(&granted.fixture, 3, 2);
	begin();
}

void granted_teardown(void)
{
	granting_result_clear(&granted.result);
	fixture_close(&granted.fixture);
}

void granted_pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&granted.fixture, to, from, &taken));
}

struct id32 granted_shared(const char *onward)
{
	Qsg__Intelligence item;
	Qsg__Handling handling;
	struct fingerprint name =
	    text_fingerprint(node_id(granted.fixture.nodes[1]));
	const char *to[] = { name.text };
	struct share_request request = { .to = to,
		.to_count = 1,
		.handling = &handling,
		.intelligence = &item };
	struct share_result result = { 0 };
	struct id32 record;

	qsg__intelligence__init(&item);
	qsg__handling__init(&handling);
	item.provider = canon_lend("RAL");
	item.text = canon_lend("as said");
	item.source = canon_lend("complaint");
	item.kind = canon_lend("soft");
	item.stance = canon_lend("concern");
	handling.onward = canon_lend(onward);
	OK(share_intelligence(granted.fixture.nodes[0], &request, &result));
	OK(node_commit(granted.fixture.nodes[0]));
	record = result.record;
	share_clear(&result);
	granted_pull(1, 0);
	memcpy(granted.record, text_hex_id(&record).text, 65);
	return record;
}

static size_t name_all(unsigned to)
{
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (to & 1u << i) {
			granted.names[count] =
			    text_fingerprint(node_id(granted.fixture.nodes[i]));
			granted.to[count] = granted.names[count].text;
			count++;
		}
	}
	return count;
}

enum err granted_grant(size_t at, unsigned to)
{
	enum err err = ERR_OK;

	granting_result_clear(&granted.result);
	granted.request.share.to_count = name_all(to);
	err = granting_make(
	    granted.fixture.nodes[at], &granted.request, &granted.result);
	if (!err) {
		OK(node_commit(granted.fixture.nodes[at]));
	}
	return err;
}

void granted_on(size_t at, unsigned to)
{
	OK(granted_grant(at, to));
	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (i != at && fixture_knows(&granted.fixture, i, at)) {
			granted_pull(i, at);
		}
	}
}

void granted_refused(size_t at, unsigned to, enum err want, const char *hint)
{
	size_t before = views_count(granted.fixture.nodes[at]->views);

	FAILS(granted_grant(at, to), want);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
	ck_assert(!node_staged(granted.fixture.nodes[at]));
	ck_assert_uint_eq(
	    views_count(granted.fixture.nodes[at]->views), before);
}

struct id32 granted_asked(size_t at, size_t to)
{
	struct onward_question question = { .record = granted.record,
		.reason = "it concerns them",
		.share = { .to = granted.to } };
	struct share_result result = { 0 };
	struct id32 request;

	question.share.to_count = name_all(1u << to);
	OK(onward_ask(granted.fixture.nodes[at], &question, &result));
	OK(node_commit(granted.fixture.nodes[at]));
	request = result.record;
	share_clear(&result);
	granted_pull(0, at);
	return request;
}

enum err granted_answered(const struct id32 *request, bool allow)
{
	struct hex32 name = text_hex_id(request);
	struct onward_reply reply = { .request = name.text,
		.allow = allow,
		.reason = "we looked at it" };
	struct share_result result = { 0 };
	enum err err = onward_answer(granted.fixture.nodes[0], &reply, &result);

	share_clear(&result);
	if (!err) {
		OK(node_commit(granted.fixture.nodes[0]));
		for (size_t i = 1; i < FIXTURE_NODES; i++) {
			granted_pull(i, 0);
		}
	}
	return err;
}

void granted_reads(size_t at, const struct id32 *record)
{
	struct node *node = granted.fixture.nodes[at];
	uint32_t rid = views_find(node->views, record);

	ck_assert_uint_ne(rid, 0);
	fixture_assert_text(&granted.fixture, at, record, "as said");
	ck_assert(id_equal(
	    state_author_id(node, rid), node_id(granted.fixture.nodes[0])));
	ck_assert(id_equal(
	    &peers_get(node, state_author(node, rid))->card.organisation,
	    node_id(granted.fixture.nodes[0])));
}

void granted_does_not_read(size_t at, const struct id32 *record)
{
	ck_assert_uint_eq(
	    views_find(granted.fixture.nodes[at]->views, record), 0);
}

Qsg__Payload *granted_payload(size_t at, const struct id32 *grant)
{
	struct node *node = granted.fixture.nodes[at];
	Qsg__Payload *payload = NULL;

	OK(query_take(node, views_find(node->views, grant), &payload));
	ck_assert_ptr_nonnull(payload);
	ck_assert_int_eq(payload->content_case, QSG__PAYLOAD__CONTENT_GRANT);
	return payload;
}

const char *granted_why_not(size_t at, const struct id32 *grant)
{
	struct granting_opened opened = { 0 };
	struct node *node = granted.fixture.nodes[at];
	Qsg__Payload *payload = granted_payload(at, grant);
	const char *why = NULL;

	OK(granting_judge(
	    node, views_find(node->views, grant), payload, &opened));
	why = opened.why_not;
	granting_opened_clear(&opened);
	canon_wipe(&payload->base);
	return why;
}
