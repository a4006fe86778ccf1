#include "writing.h"

#include "codec/canon.h"
#include "service/payload.h"

#include <stdlib.h>
#include <string.h>

Suite *test_payload_suite(void);

/* Node 0 is the author that breaks rules, 1 reads, 2 is in some audiences. */
static struct fixture fixture;
static struct evil evil;

static void setup(void)
{
	fixture_open(&fixture, 3);
	evil_init(&evil, &fixture, 0);
}

static void teardown(void)
{
	evil_clear(&evil);
	fixture_close(&fixture);
}

/*
 * M172: what does not decode or breaks a rule of its content.
 */

struct bad_payload {
	void (*change)(Qsg__Payload *payload);
	void (*bytes)(struct buf *bytes);
	enum record_reason reason;
};

static char long_text[LIMIT_TEXT_BYTES + 2];

static void later(Qsg__Payload *payload)
{
	payload->version = 2;
}

static void no_version(Qsg__Payload *payload)
{
	payload->version = 0;
}

static void bad_role(Qsg__Payload *payload)
{
	payload->role = canon_lend("An Administrator");
}

static void long_person(Qsg__Payload *payload)
{
	memset(long_text, 'x', LIMIT_NAME_BYTES + 1);
	long_text[LIMIT_NAME_BYTES + 1] = '\0';
	payload->person = long_text;
}

static void no_content(Qsg__Payload *payload)
{
	payload->content_case = QSG__PAYLOAD__CONTENT__NOT_SET;
}

static void much_text(Qsg__Payload *payload)
{
	memset(long_text, 'x', LIMIT_TEXT_BYTES + 1);
	long_text[LIMIT_TEXT_BYTES + 1] = '\0';
	payload->intelligence->text = long_text;
}

static void bad_source(Qsg__Payload *payload)
{
	payload->intelligence->source = canon_lend("No Token");
}

static void bad_handling(Qsg__Payload *payload)
{
	static Qsg__Handling handling;

	qsg__handling__init(&handling);
	handling.marking = canon_lend("NOT A TOKEN");
	payload->handling = &handling;
}

static void refer(Qsg__Payload *payload, const char *relation, size_t size)
{
	static Qsg__Reference reference;
	static Qsg__Reference *list[1] = { &reference };
	static uint8_t id[33];

	qsg__reference__init(&reference);
	reference.relation = canon_lend(relation);
	reference.record.data = id;
	reference.record.len = size;
	payload->references = list;
	payload->n_references = 1;
}

static void short_reference(Qsg__Payload *payload)
{
	refer(payload, "corrects", 31);
}

static void long_reference(Qsg__Payload *payload)
{
	refer(payload, "corrects", 33);
}

static void bad_relation(Qsg__Payload *payload)
{
	refer(payload, "", 32);
}

static void export_of(Qsg__Payload *payload, size_t hash, const char *what)
{
	static Qsg__Export export;
	static uint8_t manifest[33];

	qsg__export__init(&export);
	export.what = canon_lend(what);
	export.manifest.data = manifest;
	export.manifest.len = hash;
	payload->content_case = QSG__PAYLOAD__CONTENT_EXPORT;
	payload->export = &export;
}

static void short_manifest(Qsg__Payload *payload)
{
	export_of(payload, 31, "all");
}

static void long_manifest(Qsg__Payload *payload)
{
	export_of(payload, 33, "all");
}

/* M286 */
static void roster_of(
    Qsg__Payload *payload, const char *name, const char *code, const char *kind)
{
	static Qsg__Roster roster;
	static Qsg__RosterEntry entry;
	static Qsg__RosterEntry *entries[] = { &entry };

	qsg__roster__init(&roster);
	qsg__roster_entry__init(&entry);
	entry.name = canon_lend(name);
	entry.code = canon_lend(code);
	entry.kind = canon_lend(kind);
	roster.entries = entries;
	roster.n_entries = 1;
	payload->content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload->roster = &roster;
}

static void entry_long_name(Qsg__Payload *payload)
{
	static char name[LIMIT_NAME_BYTES + 2];

	memset(name, 'x', sizeof name - 1);
	roster_of(payload, name, "08R", "ccg");
}

static void entry_bad_code(Qsg__Payload *payload)
{
	roster_of(payload, "NHS Merton CCG", "0a1b2c3d4e5f", "ccg");
}

static void entry_bad_kind(Qsg__Payload *payload)
{
	roster_of(payload, "NHS Merton CCG", "08R", "C C G");
}

/* M415: one more of something than a roster may have. */
static Qsg__Roster *large_roster(Qsg__Payload *payload)
{
	static Qsg__Charter charter;

	roster_of(payload, "NHS Merton CCG", "08R", "ccg");
	qsg__charter__init(&charter);
	payload->roster->charter = &charter;
	return payload->roster;
}

static void many_entries(Qsg__Payload *payload)
{
	static Qsg__RosterEntry *entries[LIMIT_GROUP_MEMBERS + 1];
	Qsg__Roster *roster = large_roster(payload);

	roster->n_entries = sizeof entries / sizeof entries[0];
	for (size_t i = 0; i < roster->n_entries; i++) {
		entries[i] = roster->entries[0];
	}
	roster->entries = entries;
}

static void many_changes(Qsg__Payload *payload)
{
	static Qsg__RosterChange change;
	static Qsg__RosterChange *changes[LIMIT_GROUP_CHANGES + 1];
	Qsg__Roster *roster = large_roster(payload);

	qsg__roster_change__init(&change);
	roster->changes = changes;
	roster->n_changes = sizeof changes / sizeof changes[0];
	for (size_t i = 0; i < roster->n_changes; i++) {
		changes[i] = &change;
	}
}

static void many_mandates(Qsg__Payload *payload)
{
	static ProtobufCBinaryData mandates[LIMIT_GROUP_MEMBERS + 1];
	Qsg__Roster *roster = large_roster(payload);

	roster->mandate = mandates;
	roster->n_mandate = sizeof mandates / sizeof mandates[0];
}

static void many_rules(Qsg__Payload *payload)
{
	static char *rules[LIMIT_GROUP_RULES + 1];
	Qsg__Charter *charter = large_roster(payload)->charter;

	charter->ground_rules = rules;
	charter->n_ground_rules = sizeof rules / sizeof rules[0];
	for (size_t i = 0; i < charter->n_ground_rules; i++) {
		rules[i] = canon_lend("a rule");
	}
}

static void many_duties(Qsg__Payload *payload)
{
	static Qsg__InformationDuty duty;
	static Qsg__InformationDuty *duties[LIMIT_GROUP_DUTIES + 1];
	Qsg__Charter *charter = large_roster(payload)->charter;

	qsg__information_duty__init(&duty);
	charter->information = duties;
	charter->n_information = sizeof duties / sizeof duties[0];
	for (size_t i = 0; i < charter->n_information; i++) {
		duties[i] = &duty;
	}
}

static void many_people(Qsg__Payload *payload)
{
	static Qsg__Representative person;
	static Qsg__Representative *people[LIMIT_GROUP_PEOPLE + 1];
	Qsg__RosterEntry *entry = large_roster(payload)->entries[0];

	qsg__representative__init(&person);
	entry->people = people;
	entry->n_people = sizeof people / sizeof people[0];
	for (size_t i = 0; i < entry->n_people; i++) {
		people[i] = &person;
	}
}

/* M415: longer than a line. */
static char *much(size_t size)
{
	memset(long_text, 'x', size);
	long_text[size] = '\0';
	return long_text;
}

static void long_change(
    Qsg__Payload *payload, char **field, Qsg__RosterChange *change)
{
	static Qsg__RosterChange *changes[1];
	Qsg__Roster *roster = large_roster(payload);

	changes[0] = change;
	roster->changes = changes;
	roster->n_changes = 1;
	*field = much(LIMIT_REASON_BYTES + 1);
}

static Qsg__RosterChange *new_change(void)
{
	static Qsg__RosterChange change;

	qsg__roster_change__init(&change);
	return &change;
}

static void long_change_reason(Qsg__Payload *payload)
{
	Qsg__RosterChange *change = new_change();

	long_change(payload, &change->reason, change);
}

static void long_change_what(Qsg__Payload *payload)
{
	Qsg__RosterChange *change = new_change();

	long_change(payload, &change->what, change);
}

static void long_change_day(Qsg__Payload *payload)
{
	Qsg__RosterChange *change = new_change();

	long_change(payload, &change->decided_on, change);
}

static Qsg__Representative *one_person(Qsg__Payload *payload)
{
	static Qsg__Representative person;
	static Qsg__Representative *people[1] = { &person };
	Qsg__RosterEntry *entry = large_roster(payload)->entries[0];

	qsg__representative__init(&person);
	entry->people = people;
	entry->n_people = 1;
	return &person;
}

static void long_role(Qsg__Payload *payload)
{
	one_person(payload)->role = much(LIMIT_REASON_BYTES + 1);
}

static void long_representative(Qsg__Payload *payload)
{
	one_person(payload)->name = much(LIMIT_REASON_BYTES + 1);
}

static void long_charter_name(Qsg__Payload *payload)
{
	large_roster(payload)->charter->name = much(LIMIT_REASON_BYTES + 1);
}

static void long_cadence(Qsg__Payload *payload)
{
	large_roster(payload)->charter->cadence = much(LIMIT_REASON_BYTES + 1);
}

/* In all. */
static void long_charter(Qsg__Payload *payload)
{
	Qsg__Charter *charter = large_roster(payload)->charter;

	charter->purpose = much(LIMIT_TEXT_BYTES / 2);
	charter->admission = long_text + 1;
	charter->safeguarding = long_text + LIMIT_TEXT_BYTES / 2 - 2;
}

static void much_exported(Qsg__Payload *payload)
{
	static char what[LIMIT_REASON_BYTES + 2];

	memset(what, 'x', sizeof what - 1);
	export_of(payload, 32, what);
}

/* A code so long that no index could hold it. */
static void long_provider(Qsg__Payload *payload)
{
	static Qsg__Relation relation;

	memset(long_text, 'x', 300);
	long_text[300] = '\0';
	qsg__relation__init(&relation);
	relation.provider = long_text;
	payload->content_case = QSG__PAYLOAD__CONTENT_RELATION;
	payload->relation = &relation;
}

static void long_entry(Qsg__Payload *payload)
{
	static Qsg__ProviderRegister registered;
	static Qsg__RegisteredProvider entry;
	static Qsg__RegisteredProvider *entries[1] = { &entry };

	memset(long_text, 'x', 300);
	long_text[300] = '\0';
	qsg__provider_register__init(&registered);
	qsg__registered_provider__init(&entry);
	entry.code = long_text;
	registered.set = canon_lend("ods-trusts");
	registered.entries = entries;
	registered.n_entries = 1;
	payload->content_case = QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER;
	payload->provider_register = &registered;
}

/* M608: a response to no summit. */
static void no_summit(Qsg__Payload *payload)
{
	static Qsg__SummitResponse response;

	qsg__summit_response__init(&response);
	response.answer = canon_lend("attending");
	payload->content_case = QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE;
	payload->summit_response = &response;
}

static void unknown_field(struct buf *bytes)
{
	/* Field 63, a varint. */
	OK(buf_append(bytes, span_of("\xf8\x03\x01", 3)));
}

static void not_canonical(struct buf *bytes)
{
	/* The version once more. */
	OK(buf_append(bytes, span_of("\x08\x01", 2)));
}

static void cut_short(struct buf *bytes)
{
	bytes->size--;
}

static void later_and_unknown(struct buf *bytes)
{
	bytes->data[1] = 3;
	unknown_field(bytes);
}

static const struct bad_payload bad_payloads[] = {
	{ later, NULL, RECORD_UNKNOWN_KIND },
	{ no_version, NULL, RECORD_BAD_PAYLOAD },
	{ bad_role, NULL, RECORD_BAD_PAYLOAD },
	{ long_person, NULL, RECORD_BAD_PAYLOAD },
	{ no_content, NULL, RECORD_BAD_PAYLOAD },
	{ much_text, NULL, RECORD_BAD_PAYLOAD },
	{ bad_source, NULL, RECORD_BAD_PAYLOAD },
	{ entry_long_name, NULL, RECORD_BAD_PAYLOAD },
	{ entry_bad_code, NULL, RECORD_BAD_PAYLOAD },
	{ entry_bad_kind, NULL, RECORD_BAD_PAYLOAD },
	{ many_entries, NULL, RECORD_BAD_PAYLOAD },
	{ many_changes, NULL, RECORD_BAD_PAYLOAD },
	{ many_mandates, NULL, RECORD_BAD_PAYLOAD },
	{ many_rules, NULL, RECORD_BAD_PAYLOAD },
	{ many_duties, NULL, RECORD_BAD_PAYLOAD },
	{ many_people, NULL, RECORD_BAD_PAYLOAD },
	{ long_change_reason, NULL, RECORD_BAD_PAYLOAD },
	{ long_change_what, NULL, RECORD_BAD_PAYLOAD },
	{ long_change_day, NULL, RECORD_BAD_PAYLOAD },
	{ long_role, NULL, RECORD_BAD_PAYLOAD },
	{ long_representative, NULL, RECORD_BAD_PAYLOAD },
	{ long_charter_name, NULL, RECORD_BAD_PAYLOAD },
	{ long_cadence, NULL, RECORD_BAD_PAYLOAD },
	{ long_charter, NULL, RECORD_BAD_PAYLOAD },
	{ bad_handling, NULL, RECORD_BAD_PAYLOAD },
	{ short_reference, NULL, RECORD_BAD_PAYLOAD },
	{ long_reference, NULL, RECORD_BAD_PAYLOAD },
	{ bad_relation, NULL, RECORD_BAD_PAYLOAD },
	{ short_manifest, NULL, RECORD_BAD_PAYLOAD },
	{ long_manifest, NULL, RECORD_BAD_PAYLOAD },
	{ much_exported, NULL, RECORD_BAD_PAYLOAD },
	{ long_provider, NULL, RECORD_BAD_PAYLOAD },
	{ long_entry, NULL, RECORD_BAD_PAYLOAD },
	{ no_summit, NULL, RECORD_BAD_PAYLOAD },
	{ NULL, unknown_field, RECORD_BAD_PAYLOAD },
	{ NULL, not_canonical, RECORD_BAD_PAYLOAD },
	{ NULL, cut_short, RECORD_BAD_PAYLOAD },
	{ NULL, later_and_unknown, RECORD_UNKNOWN_KIND },
};

static void spoil(const struct bad_payload *bad, struct buf *out)
{
	struct buf good = { 0 };
	ProtobufCMessage *message = NULL;
	Qsg__Payload copy;
	Qsg__Intelligence item;

	evil_text_payload("good", &good);
	OK(canon_decode(&qsg__payload__descriptor, buf_span(&good),
	    LIMIT_RECORD_BYTES, &message));
	copy = *(Qsg__Payload *)message;
	item = *copy.intelligence;
	copy.intelligence = &item;
	if (bad->change) {
		bad->change(&copy);
	}
	OK(canon_encode(&copy.base, out));
	if (bad->bytes) {
		bad->bytes(out);
	}
	canon_free(message);
	buf_clear(&good);
}

/* M172 */
START_TEST(a_payload_that_breaks_a_rule_says_so)
{
	const struct bad_payload *bad = &bad_payloads[_i];
	enum record_reason reason = RECORD_NO_REASON;
	Qsg__Payload *out = NULL;
	struct buf bytes = { 0 };

	spoil(bad, &bytes);
	ck_assert_int_ne(
	    payload_read(buf_span(&bytes), false, &out, &reason), ERR_OK);
	ck_assert_ptr_null(out);
	ck_assert_str_eq(
	    records_reason_name(reason), records_reason_name(bad->reason));
	buf_clear(&bytes);
}
END_TEST

/* M172 */
START_TEST(a_payload_that_breaks_a_rule_does_not_stop_its_stream)
{
	struct evil_stream stream;
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	writing_key(&evil, &stream);
	for (size_t i = 0; i < sizeof bad_payloads / sizeof bad_payloads[0];
	     i++) {
		struct evil_spec spec = { .slotted = false };
		struct buf bytes = { 0 };

		spoil(&bad_payloads[i], &bytes);
		spec.payload = buf_span(&bytes);
		id = writing_make(&evil, &stream, &spec);
		writing_unreadable(&evil, &id, bad_payloads[i].reason);
		buf_clear(&bytes);
	}
	id = writing_text(&evil, &stream, "after all that");
	fixture_assert_text(&fixture, 1, &id, "after all that");
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

Suite *test_payload_suite(void)
{
	Suite *suite = suite_create("payload");
	TCase *tcase = tcase_create("by hand");
	TCase *alone = tcase_create("alone");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, a_payload_that_breaks_a_rule_does_not_stop_its_stream);
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(alone, a_payload_that_breaks_a_rule_says_so, 0,
	    (int)(sizeof bad_payloads / sizeof bad_payloads[0]));
	suite_add_tcase(suite, alone);
	return suite;
}
