#include "domain/searching.h"

#include "codec/canon.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_searching_suite(void);

static bool mentions(const char *text, const char *term)
{
	const char *terms[] = { term };
	struct searching searching = { 0 };
	const char *found = NULL;

	ck_assert_msg(
	    searching_begin(terms, 1, &searching) == ERR_OK, "%s", err_text());
	ck_assert_int_eq(searching_text(&searching, text, &found), ERR_OK);
	searching_clear(&searching);
	ck_assert(found == NULL || found == term);
	return found != NULL;
}

/* M485 */
START_TEST(case_and_accents_do_not_matter)
{
	static const struct {
		const char *text, *term;
		bool found;
	} cases[] = {
		{ "Sister Jane MacDonald of ward 7", "macdonald", true },
		{ "Sister Jane MacDonald of ward 7", "JANE  MACDONALD", true },
		{ "Jane\nMacDonald", "jane macdonald", true },
		{ "Ren\xc3\xa9"
		  "e Dupr\xc3\xa9",
		    "renee dupre", true },
		{ "Renee Dupre",
		    "Ren\xc3\xa9"
		    "e",
		    true },
		{ "Rene\xcc\x81"
		  "e",
		    "ren\xc3\xa9"
		    "e",
		    true },
		{ "O\xe2\x80\x99"
		  "Brien",
		    "o'brien", true },
		{ "Stra\xc3\x9f"
		  "e",
		    "STRASSE", true },
		{ "\xef\xac\x81"
		  "nley",
		    "Finley", true },
		{ "call\xc2\xa0"
		  "bells",
		    "call bells", true },
		{ "Mac\xc2\xad"
		  "Donald",
		    "macdonald", true },
		{ "Jane Macdonell", "macdonald", false },
		{ "", "macdonald", false },
		{ "ward 7", " ward 7 ", true },
		{ "ward 71", "ward 7", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    mentions(cases[i].text, cases[i].term) == cases[i].found,
		    "%s in %s", cases[i].term, cases[i].text);
}
END_TEST

START_TEST(a_term_has_to_say_something)
{
	static const char *const bad[] = { "", " ", "a", "--", "'" };
	static const char *const term[] = { "\xff\xfe"
					    "ab" };
	struct searching searching = { 0 };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_int_eq(
		    searching_begin(&bad[i], 1, &searching), ERR_INPUT);
		searching_clear(&searching);
	}
	ck_assert_int_eq(searching_begin(term, 1, &searching), ERR_INPUT);
	searching_clear(&searching);
	ck_assert_int_eq(searching_begin(bad, 0, &searching), ERR_USAGE);
	ck_assert_int_eq(
	    searching_begin(bad, SEARCHING_TERMS + 1, &searching), ERR_LIMIT);
	searching_clear(&searching);
}
END_TEST

static size_t hits;
static char where[256];

static enum err note(void *context, const struct searching_hit *hit)
{
	size_t used = strlen(where);

	(void)context;
	hits++;
	(void)snprintf(where + used, sizeof where - used, "%s ", hit->field);
	return ERR_OK;
}

/* M485 */
START_TEST(every_text_of_every_content_is_looked_into)
{
	const char *terms[] = { "findme" };
	struct searching searching = { 0 };

	ck_assert_int_eq(searching_begin(terms, 1, &searching), ERR_OK);
	/* Each kind of content, by its own descriptor. */
	for (unsigned i = 0; i < qsg__payload__descriptor.n_fields; i++) {
		const ProtobufCFieldDescriptor *field =
		    &qsg__payload__descriptor.fields[i];
		const ProtobufCMessageDescriptor *descriptor = NULL;

		if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
			continue;
		descriptor = field->descriptor;
		for (unsigned j = 0; j < descriptor->n_fields; j++) {
			const ProtobufCFieldDescriptor *inner =
			    &descriptor->fields[j];
			union {
				ProtobufCMessage base;
				uint64_t room[128];
			} message = { .room = { 0 } };
			Qsg__Payload payload;
			char *text = canon_lend("here: FindMe");
			char *list[] = { text };
			char **listed = list;
			size_t one = 1;

			if (inner->type != PROTOBUF_C_TYPE_STRING)
				continue;
			ck_assert_uint_le(
			    descriptor->sizeof_message, sizeof message);
			protobuf_c_message_init(descriptor, &message.base);
			if (inner->label == PROTOBUF_C_LABEL_REPEATED) {
				memcpy((uint8_t *)&message +
					   inner->quantifier_offset,
				    &one, sizeof one);
				memcpy((uint8_t *)&message + inner->offset,
				    &listed, sizeof listed);
			} else {
				memcpy((uint8_t *)&message + inner->offset,
				    &text, sizeof text);
			}
			qsg__payload__init(&payload);
			payload.content_case =
			    (Qsg__Payload__ContentCase)field->id;
			payload.audience =
			    (Qsg__Audience *)(void *)&message.base;
			hits = 0;
			where[0] = '\0';
			ck_assert_int_eq(
			    searching_payload(&searching, &payload, note, NULL),
			    ERR_OK);
			ck_assert_msg(hits == 1, "%s.%s: %zu", field->name,
			    inner->name, hits);
		}
	}
	searching_clear(&searching);
}
END_TEST

/* M485 */
START_TEST(what_stands_beside_and_within_is_looked_into)
{
	const char *terms[] = { "findme", "and me" };
	struct searching searching = { 0 };
	Qsg__Payload payload;
	Qsg__Handling handling;
	Qsg__IndicatorSet set;
	Qsg__IndicatorRow row;
	Qsg__IndicatorRow *rows[] = { &row };

	qsg__payload__init(&payload);
	qsg__handling__init(&handling);
	qsg__indicator_set__init(&set);
	qsg__indicator_row__init(&row);
	handling.foi_note = canon_lend("FINDME and me");
	row.category = canon_lend("findme");
	payload.person = canon_lend("Find Me; and me");
	payload.handling = &handling;
	set.rows = rows;
	set.n_rows = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = &set;
	hits = 0;
	where[0] = '\0';
	ck_assert_int_eq(searching_begin(terms, 2, &searching), ERR_OK);
	ck_assert_int_eq(
	    searching_payload(&searching, &payload, note, NULL), ERR_OK);
	searching_clear(&searching);
	ck_assert_uint_eq(hits, 4);
	ck_assert_ptr_nonnull(strstr(where, "foi_note foi_note "));
	ck_assert_ptr_nonnull(strstr(where, "person "));
	ck_assert_ptr_nonnull(strstr(where, "category "));
}
END_TEST

Suite *test_searching_suite(void)
{
	Suite *suite = suite_create("searching");
	TCase *tcase = tcase_create("searching");

	tcase_add_test(tcase, case_and_accents_do_not_matter);
	tcase_add_test(tcase, a_term_has_to_say_something);
	tcase_add_test(tcase, every_text_of_every_content_is_looked_into);
	tcase_add_test(tcase, what_stands_beside_and_within_is_looked_into);
	suite_add_tcase(suite, tcase);
	return suite;
}
