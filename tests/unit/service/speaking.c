#include "speaking.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/query.h"

#include <stdlib.h>
#include <string.h>

struct speaking speaking;

void speaking_setup(void)
{
	fixture_open(&speaking.fixture, 4);
	qsg__payload__init(&speaking.payload);
	qsg__corroboration__init(&speaking.corroboration);
	qsg__feedback__init(&speaking.feedback);
	qsg__information_request__init(&speaking.request);
	qsg__information_answer__init(&speaking.answer);
	qsg__judgement__init(&speaking.judgement);
	qsg__finding__init(&speaking.finding);
	speaking.corroboration.text = canon_lend("so we heard");
	speaking.feedback.text = canon_lend("it was looked into");
	speaking.request.provider = canon_lend("RAL");
	speaking.request.purpose = canon_lend("to judge");
	speaking.answer.verdict = canon_lend("answered");
	speaking.answer.text = canon_lend("this is what we hold");
	speaking.judgement.provider = canon_lend("RAL");
	speaking.judgement.view = canon_lend("none");
	speaking.judgement.text = canon_lend("why");
	speaking.finding.provider = canon_lend("RAL");
	speaking.finding.what = canon_lend("rating");
	speaking.finding.value = canon_lend("good");
	speaking.finding.text = canon_lend("an inspection");
	memset(&speaking.result, 0, sizeof speaking.result);
	speaking.saying = (struct saying){ .content = &speaking.payload,
		.about = speaking.about,
		.cites = speaking.cites,
		.share = { .to = speaking.to, .yes = true } };
}

void speaking_teardown(void)
{
	saying_clear(&speaking.result);
	fixture_close(&speaking.fixture);
}

void speaking_content(Qsg__Payload__ContentCase which, void *message)
{
	speaking.payload.content_case = which;
	speaking.payload.judgement = message;
}

void speaking_name(char out[65], const struct id32 *id)
{
	memcpy(out, text_hex_id(id).text, 65);
}

/* Node `at` says what is set up; committed. */
enum err speaking_say(size_t at)
{
	enum err err = ERR_OK;

	saying_clear(&speaking.result);
	err = saying_submit(
	    speaking.fixture.nodes[at], &speaking.saying, &speaking.result);
	if (!err) {
		OK(node_commit(speaking.fixture.nodes[at]));
	}
	return err;
}

void speaking_refused(size_t at, enum err want, const char *hint)
{
	size_t before = views_count(speaking.fixture.nodes[at]->views);

	FAILS(speaking_say(at), want);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
	ck_assert(!node_staged(speaking.fixture.nodes[at]));
	ck_assert_uint_eq(
	    views_count(speaking.fixture.nodes[at]->views), before);
}

void speaking_pull(size_t to_node, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&speaking.fixture, to_node, from, &taken));
}

/* 0 shares an item with the nodes of this mask, and they have it. */
struct id32 speaking_shared(unsigned readers)
{
	struct id32 record;

	OK(fixture_share(&speaking.fixture, 0, readers, "as said", &record));
	OK(node_commit(speaking.fixture.nodes[0]));
	for (size_t i = 1; i < FIXTURE_NODES; i++) {
		if (readers & (1u << i)) {
			speaking_pull(i, 0);
		}
	}
	speaking_name(speaking.about, &record);
	return record;
}

/* 0 asks them, and they have it. */
struct id32 speaking_asked(const char *first, const char *second)
{
	struct id32 record;

	speaking.to[0] = first;
	speaking.to[1] = second;
	speaking.saying.share.to_count = second ? 2 : 1;
	speaking_content(QSG__PAYLOAD__CONTENT_REQUEST, &speaking.request);
	OK(speaking_say(0));
	record = speaking.result.share.record;
	for (size_t i = 1; i < FIXTURE_NODES; i++) {
		speaking_pull(i, 0);
	}
	speaking.saying.share.to_count = 0;
	speaking_name(speaking.about, &record);
	speaking_content(QSG__PAYLOAD__CONTENT_ANSWER, &speaking.answer);
	return record;
}

/* The readers of what was said are exactly these nodes. */
void speaking_read_by(size_t at, unsigned readers)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned seen = 0;
	uint32_t rid = views_find(
	    speaking.fixture.nodes[at]->views, &speaking.result.share.record);

	ck_assert_uint_ne(rid, 0);
	OK(query_audience(speaking.fixture.nodes[at], rid, &ids, &count));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < FIXTURE_NODES; j++) {
			if (speaking.fixture.nodes[j] &&
			    id_equal(
				&ids[i], node_id(speaking.fixture.nodes[j]))) {
				seen |= 1u << j;
			}
		}
	}
	free(ids);
	ck_assert_uint_eq(seen, readers);
}
