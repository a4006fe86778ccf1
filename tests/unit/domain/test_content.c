#include "domain/content.h"

#include "base/limits.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_content_suite(void);

static Qsg__Payload payload;
static Qsg__Roster roster;
static Qsg__RosterEntry entry;
static Qsg__RosterEntry *entries[] = { &entry };
static uint8_t bytes[LIMIT_CARD_BYTES + 1];

static void setup(void)
{
	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	qsg__roster_entry__init(&entry);
	roster.entries = entries;
	roster.n_entries = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
}

START_TEST(every_content_has_a_kind_of_its_own)
{
	const ProtobufCMessageDescriptor *fields = &qsg__payload__descriptor;
	size_t contents = 0;

	for (unsigned i = 0; i < fields->n_fields; i++) {
		const struct content_kind *kind = NULL;

		if (!(fields->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF)) {
			continue;
		}
		payload.content_case =
		    (Qsg__Payload__ContentCase)fields->fields[i].id;
		kind = content_kind(&payload);
		ck_assert_msg(kind != NULL, "%s", fields->fields[i].name);
		ck_assert_int_eq((int)kind->which, (int)payload.content_case);
		contents++;
	}
	ck_assert_uint_eq(contents, 50);
	payload.content_case = QSG__PAYLOAD__CONTENT__NOT_SET;
	ck_assert_ptr_null(content_kind(&payload));
	ck_assert_ptr_null(content_message(&payload));
	ck_assert_ptr_null(content_kind(NULL));
}
END_TEST

START_TEST(ids_are_whole_or_absent)
{
	ck_assert(content_within_limits(&payload));
	roster.group.data = bytes;
	roster.group.len = 32;
	ck_assert(content_within_limits(&payload));
	roster.group.len = 31;
	ck_assert(!content_within_limits(&payload));
	roster.group.len = 0;
	entry.organisation.data = bytes;
	entry.organisation.len = 33;
	ck_assert(!content_within_limits(&payload));
}
END_TEST

START_TEST(ids_in_lists_are_looked_at)
{
	ProtobufCBinaryData ids[2] = { { 32, bytes }, { 32, bytes } };

	roster.mandate = ids;
	roster.n_mandate = 2;
	ck_assert(content_within_limits(&payload));
	ids[1].len = 1;
	ck_assert(!content_within_limits(&payload));
}
END_TEST

START_TEST(cards_and_texts_keep_their_limits)
{
	char *text = calloc(1, LIMIT_TEXT_BYTES + 2);
	char *rules[] = { text };
	Qsg__Charter charter;

	ck_assert_ptr_nonnull(text);
	entry.card.data = bytes;
	entry.card.len = LIMIT_CARD_BYTES;
	ck_assert(content_within_limits(&payload));
	entry.card.len++;
	ck_assert(!content_within_limits(&payload));
	entry.card.len = 0;
	qsg__charter__init(&charter);
	charter.ground_rules = rules;
	charter.n_ground_rules = 1;
	roster.charter = &charter;
	memset(text, 'a', LIMIT_TEXT_BYTES);
	ck_assert(content_within_limits(&payload));
	text[LIMIT_TEXT_BYTES] = 'a';
	ck_assert(!content_within_limits(&payload));
	free(text);
}
END_TEST

START_TEST(words_and_provider_are_found)
{
	Qsg__InformationRequest request;

	qsg__information_request__init(&request);
	payload.content_case = QSG__PAYLOAD__CONTENT_REQUEST;
	payload.request = &request;
	ck_assert_str_eq(content_text(&payload), "");
	ck_assert_str_eq(content_provider(&payload), "");
	request.purpose = (char[]){ "why" };
	request.provider = (char[]){ "RAL" };
	ck_assert_str_eq(content_text(&payload), "why");
	ck_assert_str_eq(content_provider(&payload), "RAL");
	payload.request = NULL;
}
END_TEST

START_TEST(references_are_found_by_their_relation)
{
	Qsg__Reference first;
	Qsg__Reference second;
	Qsg__Reference *references[] = { &first, &second };
	struct id32 id = { { 0 } };

	qsg__reference__init(&first);
	qsg__reference__init(&second);
	bytes[0] = 7;
	first.relation = (char[]){ "corrects" };
	first.record.data = bytes;
	first.record.len = 32;
	second.relation = (char[]){ "answers" };
	second.record.data = bytes;
	second.record.len = 31;
	payload.references = references;
	payload.n_references = 2;
	ck_assert(content_refers(&payload, "corrects", &id));
	ck_assert_uint_eq(id.b[0], 7);
	ck_assert(!content_refers(&payload, "answers", &id));
	ck_assert(!content_refers(&payload, "cites", NULL));
	/* A roster corrects nothing. */
	ck_assert(!content_corrects(&payload));
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	ck_assert(content_corrects(&payload));
	payload.references = NULL;
}
END_TEST

Suite *test_content_suite(void)
{
	Suite *suite = suite_create("content");
	TCase *tcase = tcase_create("content");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, every_content_has_a_kind_of_its_own);
	tcase_add_test(tcase, ids_are_whole_or_absent);
	tcase_add_test(tcase, ids_in_lists_are_looked_at);
	tcase_add_test(tcase, cards_and_texts_keep_their_limits);
	tcase_add_test(tcase, words_and_provider_are_found);
	tcase_add_test(tcase, references_are_found_by_their_relation);
	suite_add_tcase(suite, tcase);
	return suite;
}
