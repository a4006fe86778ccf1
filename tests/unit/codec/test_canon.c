#include "codec/canon.h"

#include "base/rng.h"
#include "codec/text.h"

#include "payload.pb-c.h"
#include "session.pb-c.h"

#include <check.h>

#include <string.h>

Suite *test_canon_suite(void);

enum { MAX = 262144 };

/* Hex of a message's bytes, for the cases below. */
static struct span from_hex(const char *hex, uint8_t out[512])
{
	struct buf digits = { 0 };
	for (; *hex != '\0'; hex++) {
		if (*hex != ' ') {
			ck_assert_int_eq(
			    buf_u8(&digits, (uint8_t)*hex), ERR_OK);
		}
	}
	size_t size = digits.size / 2;
	ck_assert_int_eq(text_unhex(buf_span(&digits), out, size), ERR_OK);
	buf_clear(&digits);
	return span_of(out, size);
}

static enum err decode(const char *hex)
{
	uint8_t bytes[512];
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode(
	    &qsg__payload__descriptor, from_hex(hex, bytes), MAX, &message);
	ck_assert((message != NULL) == (err == ERR_OK));
	canon_free(message);
	return err;
}

static enum err decode_loosely(const char *hex)
{
	uint8_t bytes[512];
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode_message(
	    &qsg__payload__descriptor, from_hex(hex, bytes), MAX, &message);
	ck_assert((message != NULL) == (err == ERR_OK));
	canon_wipe(message);
	return err;
}

struct refused {
	const char *hex;
	const char *why;
	bool by_both; /* by canon_decode_message as well */
};

/* version = 08, created_at_ms = 10, role = 1a, handling = 2a (marking 0a),
 * reference = 32, closed = 8a01 (reason 0a), intelligence = 9201
 * (domains 52, pointer_only 8801). */
static const struct refused refusals[] = {
	{ "0801 3801", "an unknown field", true },
	{ "0801 3a0161", "an unknown bytes field", true },
	{ "0801 2a02 2801", "an unknown field one level down", true },
	{ "0801 9201 04 8801 01 00", "a field number of zero", true },
	{ "1001 0801", "fields out of order", false },
	{ "0800", "a default written out", false },
	{ "1a00", "an empty string written out", false },
	{ "088100", "a varint longer than needed", false },
	{ "0881808080808080808000", "a varint of ten bytes", false },
	{ "088180808080808080808000", "a varint of eleven bytes", true },
	{ "880001", "a tag longer than needed", false },
	{ "0801 0802", "a field given twice", false },
	{ "0801 0801", "a field given twice alike", false },
	{ "2a01", "a message cut short", true },
	{ "2a020a01", "a message whose field ends outside", true },
	{ "08", "a varint cut short", true },
	{ "0801 00", "trailing bytes", true },
	{ "0801 ff", "a tag cut short", true },
	{ "0901000000000000 00", "a wrong wire type", true },
	{ "0a0101", "bytes for a number", true },
	{ "0b 0c", "a group", true },
	{ "0e", "wire type 6", true },
	{ "1a02c328", "bad UTF-8", true },
	{ "1a03eda080", "a surrogate", true },
	{ "1a02c080", "an overlong NUL", true },
	{ "1a03610062", "a NUL in text", true },
	{ "1a0100", "a NUL alone", true },
	{ "2a030a01ff", "bad UTF-8 one level down", true },
	{ "1a08ffffffffffff7f", "a string cut short", true },
	{ "1affffffffffffffffff01", "a string of 2^64 bytes", true },
	{ "088180808010", "a uint32 of more than 32 bits", false },
	{ "9201 02 5001", "packed numbers given singly", false },
	{ "9201 05 52028001 50", "a packed field cut short after", true },
	{ "9201 03 520181", "a packed number cut short", true },
	{ "9201 03 880102", "a bool of two", false },
	{ "8a0100 920100", "two members of a oneof", false },
	{ "2a00 2a00", "a message given twice", false },
	{ "320012020801", "a message for a number", true },
	{ "ffffffffff0f01", "a tag of more than 32 bits", true },
};

START_TEST(decode_refuses_what_is_not_canonical)
{
	const struct refused *refused = &refusals[_i];
	ck_assert_msg(decode(refused->hex) == ERR_FORMAT, "%s: %s",
	    refused->why, refused->hex);
	ck_assert_msg(
	    (decode_loosely(refused->hex) == ERR_FORMAT) == refused->by_both,
	    "loosely, %s: %s", refused->why, refused->hex);
}
END_TEST

START_TEST(decode_takes_what_is_canonical)
{
	static const char *const good[] = { "", "0801", "0801 1001",
		"10ffffffffffffffffff01", "1a0161", "1a02c3a9", "2a00",
		"2a030a0161", "3200 3200", "8a0100", "8a01030a0161",
		"9201 03 520101", "9201 04 52028001", "9201 03 880101",
		"9201 04 4a00 4a00", "320412020000" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(
		    decode(good[i]) == ERR_OK, "%s: %s", good[i], err_text());
		ck_assert_int_eq(decode_loosely(good[i]), ERR_OK);
	}
}
END_TEST

START_TEST(decode_takes_an_empty_span_without_address)
{
	ProtobufCMessage *message = NULL;
	ck_assert_int_eq(canon_decode(&qsg__payload__descriptor,
			     span_of(NULL, 0), MAX, &message),
	    ERR_OK);
	canon_free(message);
	canon_free(NULL);
	canon_wipe(NULL);
}
END_TEST

START_TEST(decode_keeps_to_the_limit)
{
	static const uint8_t bytes[] = { 0x08, 0x01 };
	ProtobufCMessage *message = NULL;
	struct span span = span_of(bytes, sizeof(bytes));
	ck_assert_int_eq(
	    canon_decode(&qsg__payload__descriptor, span, 1, &message),
	    ERR_LIMIT);
	ck_assert_int_eq(
	    canon_decode_message(&qsg__payload__descriptor, span, 1, &message),
	    ERR_LIMIT);
	ck_assert_int_eq(
	    canon_decode(&qsg__payload__descriptor, span, 2, &message), ERR_OK);
	canon_free(message);
}
END_TEST

START_TEST(decode_gives_the_values)
{
	uint8_t bytes[512];
	ProtobufCMessage *message = NULL;
	ck_assert_int_eq(
	    canon_decode(&qsg__payload__descriptor,
		from_hex("0801 1002 1a03c3a962 2a040a026869 32041202ab00 "
			 "8a01030a0178",
		    bytes),
		MAX, &message),
	    ERR_OK);
	const Qsg__Payload *payload = (const Qsg__Payload *)(void *)message;
	ck_assert_uint_eq(payload->version, 1);
	ck_assert_int_eq(payload->created_at_ms, 2);
	ck_assert_str_eq(payload->role, "\xC3\xA9"
					"b");
	ck_assert_str_eq(payload->person, "");
	ck_assert_str_eq(payload->handling->marking, "hi");
	ck_assert_uint_eq(payload->n_references, 1);
	ck_assert_uint_eq(payload->references[0]->record.len, 2);
	ck_assert_int_eq(payload->content_case, QSG__PAYLOAD__CONTENT_CLOSED);
	ck_assert_str_eq(payload->closed->reason, "x");
	canon_wipe(message);
}
END_TEST

/* A cheap size test alone would miss this: the NUL hides a byte and the
 * number given singly wins it back when encoded again. */
START_TEST(hidden_nul_is_found_where_sizes_agree)
{
	ck_assert_int_eq(decode_loosely("9201 06 0a0200 00 5001"), ERR_FORMAT);
}
END_TEST

static void fill_text(const struct rng *rng, char text[32])
{
	static const char *const pieces[] = { "a", "Z", " ", "\xC3\xA9",
		"\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
	size_t size = 0;
	for (uint64_t n = rng_below(rng, 7); n > 0; n--) {
		const char *piece = pieces[rng_below(rng, 6)];
		memcpy(text + size, piece, strlen(piece));
		size += strlen(piece);
	}
	text[size] = '\0';
}

static struct buf some_payload(const struct rng *rng)
{
	char text[3][32];
	uint8_t id[32];
	char *dimensions[2] = { text[0], text[1] };
	uint32_t domains[3] = { 0, 1, (uint32_t)rng_u64(rng) };
	Qsg__Intelligence intelligence;
	Qsg__Handling handling;
	Qsg__Reference reference;
	Qsg__Reference *references[1] = { &reference };
	Qsg__Payload payload;
	struct buf out = { 0 };
	qsg__intelligence__init(&intelligence);
	qsg__handling__init(&handling);
	qsg__reference__init(&reference);
	qsg__payload__init(&payload);
	for (int i = 0; i < 3; i++) {
		fill_text(rng, text[i]);
	}
	rng_fill(rng, id, sizeof(id));
	reference.relation = text[2];
	reference.record.data = id;
	reference.record.len = (size_t)rng_below(rng, 33);
	handling.marking = text[1];
	payload.version = (uint32_t)rng_below(rng, 3);
	payload.created_at_ms = (int64_t)rng_u64(rng);
	payload.person = text[0];
	payload.handling = rng_below(rng, 2) == 0 ? &handling : NULL;
	payload.n_references = (size_t)rng_below(rng, 2);
	payload.references = references;
	if (rng_below(rng, 2) == 0) {
		intelligence.text = text[2];
		intelligence.n_dimensions = (size_t)rng_below(rng, 3);
		intelligence.dimensions = dimensions;
		intelligence.n_domains = (size_t)rng_below(rng, 4);
		intelligence.domains = domains;
		intelligence.pointer_only = rng_below(rng, 2) == 0;
		payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
		payload.intelligence = &intelligence;
	}
	ck_assert_int_eq(canon_encode(&payload.base, &out), ERR_OK);
	return out;
}

START_TEST(what_we_encode_is_canonical)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 4);
	for (int i = 0; i < 500; i++) {
		struct buf bytes = some_payload(&rng);
		struct buf again = { 0 };
		ProtobufCMessage *message = NULL;
		ck_assert_msg(canon_decode(&qsg__payload__descriptor,
				  buf_span(&bytes), MAX, &message) == ERR_OK,
		    "seed 4, round %d: %s", i, err_text());
		ck_assert_int_eq(canon_encode(message, &again), ERR_OK);
		ck_assert(span_equal(buf_span(&bytes), buf_span(&again)));
		canon_wipe(message);
		buf_clear(&bytes);
		buf_clear(&again);
	}
}
END_TEST

/* Whatever happens to the bytes: no crash, and what is accepted encodes to
 * exactly what was read. */
START_TEST(damaged_bytes_are_refused_or_are_canonical_themselves)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 5);
	for (int i = 0; i < 20000; i++) {
		struct buf bytes = some_payload(&rng);
		struct buf again = { 0 };
		ProtobufCMessage *message = NULL;
		for (uint64_t n = rng_below(&rng, 3) + 1;
		     n > 0 && bytes.size > 0; n--) {
			bytes.data[rng_below(&rng, bytes.size)] =
			    (uint8_t)rng_u64(&rng);
		}
		if (canon_decode(&qsg__payload__descriptor, buf_span(&bytes),
			MAX, &message) == ERR_OK) {
			ck_assert_int_eq(canon_encode(message, &again), ERR_OK);
			ck_assert_msg(
			    span_equal(buf_span(&bytes), buf_span(&again)),
			    "seed 5, round %d", i);
		}
		canon_free(message);
		message = NULL;
		if (canon_decode_message(&qsg__message__descriptor,
			buf_span(&bytes), MAX, &message) == ERR_OK) {
			canon_free(message);
		}
		buf_clear(&bytes);
		buf_clear(&again);
	}
}
END_TEST

START_TEST(fixed_numbers_of_a_session_message_are_read)
{
	uint8_t bytes[512];
	ProtobufCMessage *message = NULL;
	struct span span =
	    from_hex("0801 110100000000000080 190200000000000000 82010b 0a0161 "
		     "120162 1d01000000",
		bytes);
	/* Refuse's third field is 64 bits wide, not 32. */
	ck_assert_int_eq(canon_decode_message(
			     &qsg__message__descriptor, span, MAX, &message),
	    ERR_FORMAT);
	span = from_hex("0801 110100000000000080 190200000000000000 "
			"82010f 0a0161 120162 190100000000000000",
	    bytes);
	ck_assert_int_eq(canon_decode_message(
			     &qsg__message__descriptor, span, MAX, &message),
	    ERR_OK);
	const Qsg__Message *decoded = (const Qsg__Message *)(void *)message;
	ck_assert_uint_eq(decoded->from_session, 0x8000000000000001ULL);
	ck_assert_uint_eq(decoded->refuse->from_session, 1);
	canon_free(message);
}
END_TEST

/* Two bytes here are a hundred in memory: a message of nothing but empty
 * messages is refused before any of them is made. */
START_TEST(a_million_empty_messages_are_refused)
{
	enum { ITEMS = 80000, HEAD = 6 };
	static uint8_t bytes[HEAD + 2 * ITEMS];
	ProtobufCMessage *message = NULL;
	bytes[0] = 15 << 3 | 2; /* records */
	bytes[1] = 2;
	for (size_t i = 2; i < sizeof(bytes); i += 2) {
		bytes[i] = 5 << 3 | 2; /* a node of the proof */
		bytes[i + 1] = 0;
	}
	for (size_t items = 1; items <= ITEMS; items = ITEMS) {
		size_t size = 2 * items;
		bytes[1] = (uint8_t)(size & 0x7f) | (items > 1 ? 0x80 : 0);
		size_t at = 2;
		if (items > 1) {
			bytes[2] = (uint8_t)(size >> 7 & 0x7f) | 0x80;
			bytes[3] = (uint8_t)(size >> 14);
			at = 4;
		}
		enum err err = canon_decode_message(&qsg__message__descriptor,
		    span_of(bytes, at + size), sizeof(bytes), &message);
		ck_assert_int_eq(err, items == 1 ? ERR_OK : ERR_FORMAT);
		if (items > 1) {
			ck_assert_ptr_nonnull(
			    strstr(err_text(), "too many parts"));
			break;
		}
		canon_free(message);
	}
}
END_TEST

/* A message that may hold another of its kind, which none of ours does. */
struct nest {
	ProtobufCMessage base;
	struct nest *inner;
};

static const ProtobufCMessageDescriptor nest_descriptor;
static const ProtobufCFieldDescriptor nest_fields[] = { {
    .name = "inner",
    .id = 1,
    .label = PROTOBUF_C_LABEL_NONE,
    .type = PROTOBUF_C_TYPE_MESSAGE,
    .offset = offsetof(struct nest, inner),
    .descriptor = &nest_descriptor,
} };
static const unsigned nest_by_name[] = { 0 };
static const ProtobufCIntRange nest_ranges[] = { { 1, 0 }, { 0, 1 } };
static const ProtobufCMessageDescriptor nest_descriptor = {
	.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	.name = "nest",
	.short_name = "nest",
	.c_name = "nest",
	.package_name = "",
	.sizeof_message = sizeof(struct nest),
	.n_fields = 1,
	.fields = nest_fields,
	.fields_sorted_by_name = nest_by_name,
	.n_field_ranges = 1,
	.field_ranges = nest_ranges,
};

/* protobuf-c calls itself once for each level. */
START_TEST(nesting_deeper_than_sixteen_is_refused)
{
	enum { DEEPEST = 60 };
	for (size_t depth = 1; depth <= DEEPEST; depth++) {
		uint8_t bytes[2 * DEEPEST];
		size_t size = 0;
		ProtobufCMessage *message = NULL;
		for (size_t left = depth - 1; left > 0; left--) {
			bytes[size++] = 1 << 3 | 2;
			bytes[size++] = (uint8_t)(2 * (left - 1));
		}
		enum err err = canon_decode_message(
		    &nest_descriptor, span_of(bytes, size), MAX, &message);
		ck_assert_int_eq(err, depth <= 16 ? ERR_OK : ERR_FORMAT);
		if (err == ERR_OK) {
			canon_free(message);
		} else {
			ck_assert_ptr_nonnull(strstr(err_text(), "too deep"));
		}
	}
}
END_TEST

/* M496 */
START_TEST(a_weight_follows_from_the_content)
{
	static uint8_t id[32];
	char *dimensions[] = { "", "safe" };
	ProtobufCBinaryData mandates[] = { { 32, id }, { 0, NULL } };
	Qsg__Representative person;
	Qsg__Representative *people[] = { &person, &person };
	Qsg__RosterEntry entry;
	Qsg__RosterEntry *entries[] = { &entry };
	Qsg__Intelligence item;
	Qsg__Roster roster;
	Qsg__Payload payload;
	struct buf bytes = { 0 };
	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	qsg__roster_entry__init(&entry);
	qsg__representative__init(&person);
	qsg__intelligence__init(&item);
	ck_assert_uint_eq(canon_weight(&payload.base), 0);
	payload.version = 1;
	ck_assert_uint_eq(canon_weight(&payload.base), 2);
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	roster.group.data = id;
	roster.group.len = sizeof(id);
	roster.mandate = mandates;
	roster.n_mandate = 2;
	roster.entries = entries;
	roster.n_entries = 1;
	entry.people = people;
	entry.n_people = 2;
	entry.name = "A";
	ck_assert_int_eq(canon_encode(&payload.base, &bytes), ERR_OK);
	/* Roster, group, two mandates, entry, name and two people. */
	ck_assert_uint_eq(canon_weight(&payload.base),
	    bytes.size + (size_t)8 * CANON_PART_BYTES);
	buf_clear(&bytes);
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	item.dimensions = dimensions;
	item.n_dimensions = 2;
	ck_assert_int_eq(canon_encode(&payload.base, &bytes), ERR_OK);
	ck_assert_uint_eq(canon_weight(&payload.base),
	    bytes.size + (size_t)3 * CANON_PART_BYTES);
	buf_clear(&bytes);
}
END_TEST

Suite *test_canon_suite(void)
{
	Suite *suite = suite_create("canon");
	TCase *tcase = tcase_create("canon");
	tcase_add_loop_test(tcase, decode_refuses_what_is_not_canonical, 0,
	    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(tcase, decode_takes_what_is_canonical);
	tcase_add_test(tcase, decode_takes_an_empty_span_without_address);
	tcase_add_test(tcase, decode_keeps_to_the_limit);
	tcase_add_test(tcase, decode_gives_the_values);
	tcase_add_test(tcase, hidden_nul_is_found_where_sizes_agree);
	tcase_add_test(tcase, what_we_encode_is_canonical);
	tcase_add_test(
	    tcase, damaged_bytes_are_refused_or_are_canonical_themselves);
	tcase_add_test(tcase, fixed_numbers_of_a_session_message_are_read);
	tcase_add_test(tcase, a_million_empty_messages_are_refused);
	tcase_add_test(tcase, nesting_deeper_than_sixteen_is_refused);
	tcase_add_test(tcase, a_weight_follows_from_the_content);
	suite_add_tcase(suite, tcase);
	return suite;
}
