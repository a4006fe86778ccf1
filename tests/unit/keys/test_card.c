#include "codec/canon.h"
#include "keys/card.h"
#include "unit/keys/fixture.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_card_suite(void);

static struct keystore *keystore;

static void set_up(void)
{
	keystore = fixture_keystore(1);
}

static void tear_down(void)
{
	keystore_close(keystore);
}

/* Sign card bytes as the organisation itself would. */
static void sign_bytes(struct span card, struct buf *out)
{
	struct buf message = { 0 };
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	Qsg__SignedCard signed_card = QSG__SIGNED_CARD__INIT;
	struct buf copy = { 0 };
	fixture_ok(buf_append(&message, span_of("\x0bqsg/card/v1", 12)));
	fixture_ok(buf_append(&message, card));
	fixture_ok(keystore_sign_card(keystore, buf_span(&message), signature));
	fixture_ok(buf_append(&copy, card));
	signed_card.card.data = copy.data;
	signed_card.card.len = copy.size;
	signed_card.signature.data = signature;
	signed_card.signature.len = sizeof(signature);
	fixture_ok(canon_encode(&signed_card.base, out));
	buf_clear(&message);
	buf_clear(&copy);
}

/* Parse the card again after its fields were changed and signed anew. */
static enum err parse_changed(const struct card *card, struct card *out)
{
	struct buf bytes = { 0 };
	struct buf signed_bytes = { 0 };
	fixture_ok(canon_encode(&card->fields->base, &bytes));
	sign_bytes(buf_span(&bytes), &signed_bytes);
	enum err err = card_parse(buf_span(&signed_bytes), out);
	buf_clear(&bytes);
	buf_clear(&signed_bytes);
	return err;
}

START_TEST(a_made_card_parses_to_what_was_said)
{
	struct card card;
	struct card again;
	const struct keystore_public *public = keystore_public(keystore);
	fixture_card(keystore, 7, "Northton Hospitals", &card);
	fixture_ok(card_parse(buf_span(&card.signed_bytes), &again));
	ck_assert(id_equal(&again.organisation, &public->organisation));
	ck_assert_uint_eq(again.fields->version, 7);
	ck_assert_str_eq(again.fields->name, "Northton Hospitals");
	ck_assert_str_eq(again.fields->code, "RJ1");
	ck_assert_str_eq(again.fields->kind, "provider");
	ck_assert_uint_eq(again.fields->n_endpoints, 2);
	ck_assert(card_has_transport(&again, &public->transport));
	ck_assert(!card_has_transport(&again, &public->cosigning));
	ck_assert_uint_eq(card_sealing(&again)->epoch, 1);
	ck_assert_mem_eq(
	    card_sealing(&again)->key.data, public->sealing[0].key.b, 32);
	const Qsg__LogGeneration *log = card_live_generation(&again);
	ck_assert_mem_eq(log->log_key.data, public->logs[0].key.b, 32);
	ck_assert_ptr_eq(
	    card_generation(&again, &public->logs[0].generation), log);
	struct generation other = { { 1 } };
	ck_assert_ptr_null(card_generation(&again, &other));
	card_clear(&card);
	card_clear(&again);
}
END_TEST

/* M5 */
START_TEST(no_bit_of_a_card_can_be_flipped)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	for (size_t bit = 0; bit < card.signed_bytes.size * 8; bit++) {
		card.signed_bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		ck_assert_int_ne(
		    card_parse(buf_span(&card.signed_bytes), &out), ERR_OK);
		ck_assert_ptr_null(out.fields);
		card.signed_bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	card_clear(&card);
}
END_TEST

START_TEST(no_length_of_a_card_but_the_whole_parses)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	for (size_t size = 0; size < card.signed_bytes.size; size++) {
		ck_assert_int_ne(
		    card_parse(span_of(card.signed_bytes.data, size), &out),
		    ERR_OK);
	}
	card_clear(&card);
}
END_TEST

/* M5: a card that another organisation signed. */
START_TEST(a_card_signed_by_another_is_refused)
{
	struct keystore *other = fixture_keystore(2);
	struct card card;
	struct card out;
	fixture_card(other, 1, "Southton", &card);
	ck_assert_int_eq(parse_changed(&card, &out), ERR_VERIFY);
	card_clear(&card);
	keystore_close(other);
}
END_TEST

/* M6 */
START_TEST(a_card_in_another_encoding_is_refused)
{
	struct card card;
	struct card out;
	struct buf bytes = { 0 };
	struct buf signed_bytes = { 0 };
	fixture_card(keystore, 1, "Northton", &card);
	fixture_ok(canon_encode(&card.fields->base, &bytes));
	/* The format as an overlong varint. */
	struct buf longer = { 0 };
	fixture_ok(buf_append(&longer, span_of("\x08\x01\x08\x01", 4)));
	fixture_ok(
	    buf_append(&longer, span_of(bytes.data + 2, bytes.size - 2)));
	sign_bytes(buf_span(&longer), &signed_bytes);
	ck_assert_int_eq(card_parse(buf_span(&signed_bytes), &out), ERR_FORMAT);
	/* An unknown field. */
	buf_reset(&signed_bytes);
	fixture_ok(buf_append(&bytes, span_of("\xf0\x01\x01", 3)));
	sign_bytes(buf_span(&bytes), &signed_bytes);
	ck_assert_int_eq(card_parse(buf_span(&signed_bytes), &out), ERR_FORMAT);
	buf_clear(&bytes);
	buf_clear(&longer);
	buf_clear(&signed_bytes);
	card_clear(&card);
}
END_TEST

/* M13 */
START_TEST(a_card_of_a_newer_format_is_told_apart)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	card.fields->format = 2;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_VERSION);
	card.fields->format = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	card_clear(&card);
}
END_TEST

/* M7 */
START_TEST(versions_lie_between_one_and_two_to_the_53)
{
	static const uint64_t versions[] = { 0, 1, 1ULL << 53, (1ULL << 53) + 1,
		UINT64_MAX };
	struct card card;
	fixture_card(keystore, 1, "Northton", &card);
	for (size_t i = 0; i < 5; i++) {
		struct card out;
		card.fields->version = versions[i];
		bool good = i == 1 || i == 2;
		ck_assert_int_eq(
		    parse_changed(&card, &out), good ? ERR_OK : ERR_FORMAT);
		card_clear(&out);
	}
	card_clear(&card);
}
END_TEST

static enum err parse_with(struct card *card, char **field, const char *value)
{
	struct card out;
	char *held = *field;
	char copy[512];
	int size = snprintf(copy, sizeof(copy), "%s", value);
	ck_assert(size >= 0 && (size_t)size < sizeof(copy));
	*field = copy;
	enum err err = parse_changed(card, &out);
	*field = held;
	card_clear(&out);
	return err;
}

/* M8 */
START_TEST(names_are_visible_and_bounded)
{
	static const char *const good[] = { "X", "St Mary's & Co. (West)",
		"Ysbyty Gwynedd \xe2\x80\x93 Bangor", "\xc3\x89quipe",
		"a name with a \\ backslash" };
	static const char *const bad[] = { "", "line\nbreak", "tab\there",
		"\x1b[31mred", "bidi \xe2\x80\xae\xe2\x80\xac",
		"zero\xe2\x80\x8bwidth", "\xc2\x85", "\xff", "\xef\xbb\xbf",
		"\xe2\x80\xa8" };
	struct card card;
	char longest[LIMIT_NAME_BYTES + 2];
	fixture_card(keystore, 1, "Northton", &card);
	char **name = &card.fields->name;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(parse_with(&card, name, good[i]) == ERR_OK,
		    "%s: %s", good[i], err_text());
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(
		    parse_with(&card, name, bad[i]) == ERR_FORMAT, "%zu", i);
	}
	memset(longest, 'n', sizeof(longest));
	longest[LIMIT_NAME_BYTES] = '\0';
	ck_assert_int_eq(parse_with(&card, name, longest), ERR_OK);
	longest[LIMIT_NAME_BYTES] = 'n';
	longest[LIMIT_NAME_BYTES + 1] = '\0';
	ck_assert_int_eq(parse_with(&card, name, longest), ERR_FORMAT);
	card_clear(&card);
}
END_TEST

/* M9 */
START_TEST(codes_and_kinds_have_their_form)
{
	struct card card;
	fixture_card(keystore, 1, "Northton", &card);
	char **code = &card.fields->code;
	char **kind = &card.fields->kind;
	ck_assert_int_eq(parse_with(&card, code, "RTH08"), ERR_OK);
	ck_assert_int_eq(
	    parse_with(&card, code, "local:healthwatch/merton"), ERR_OK);
	ck_assert_int_eq(parse_with(&card, code, ""), ERR_FORMAT);
	ck_assert_int_eq(parse_with(&card, code, "rj1"), ERR_FORMAT);
	ck_assert_int_eq(parse_with(&card, code, "RJ"), ERR_FORMAT);
	ck_assert_int_eq(parse_with(&card, code, "local:"), ERR_FORMAT);
	ck_assert_int_eq(parse_with(&card, kind, "healthwatch"), ERR_OK);
	ck_assert_int_eq(parse_with(&card, kind, "Provider"), ERR_FORMAT);
	ck_assert_int_eq(parse_with(&card, kind, ""), ERR_FORMAT);
	card_clear(&card);
}
END_TEST

START_TEST(endpoints_have_their_form)
{
	static const char *const good[] = { "tcp://node.example:1",
		"tcp://a:65535", "tcp://192.0.2.7:5555", "tcp://[::1]:5555",
		"tcp://[2001:db8::1]:80", "tcp://a-b.c0:5555" };
	static const char *const wild[] = { "tcp://*:5555",
		"tcp://0.0.0.0:5555", "tcp://[::]:5555", "tcp://[0:0::0]:5555",
		"tcp://[::ffff:0.0.0.0]:5555" };
	static const char *const bad[] = { "", "tcp://", "tcp://:5555",
		"tcp://host", "tcp://host:", "tcp://host:0", "tcp://host:65536",
		"tcp://host:055", "tcp://host:5a", "udp://host:5555",
		"ipc://host:5555", "tcp://ho st:5555", "tcp://host_:5555",
		"tcp://-host:5555", "tcp://host-:5555", "tcp://a-.b:5555",
		"tcp://a..b:5555", "tcp://.a:5555", "tcp://a.:5555",
		"tcp://192.0.2.256:5555", "tcp://192.0.2:5555",
		"tcp://::1:5555", "tcp://[::1:5555", "tcp://[]:5555",
		"tcp://[192.0.2.1]:5555", "tcp://[*]:5555",
		"tcp://[fe80::1%eth0]:5555", "tcp://host:5555/", "host:5555",
		"tcp://host:5555;tcp://x:1" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(card_endpoint_advertisable(span_text(good[i])) &&
				  card_endpoint_valid(span_text(good[i])),
		    "%s", good[i]);
	}
	for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		ck_assert_msg(
		    card_endpoint_valid(span_text(wild[i])), "%s", wild[i]);
		ck_assert_msg(!card_endpoint_advertisable(span_text(wild[i])),
		    "%s", wild[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(
		    !card_endpoint_valid(span_text(bad[i])), "%s", bad[i]);
		ck_assert_msg(!card_endpoint_advertisable(span_text(bad[i])),
		    "%s", bad[i]);
	}
	char longest[LIMIT_ENDPOINT_BYTES + 2] = "tcp://";
	memset(longest + 6, 'x', sizeof(longest) - 6);
	memcpy(longest + 74, ".example:5555", 14);
	ck_assert(!card_endpoint_valid(span_text(longest)));
	memcpy(longest + 69, ".example:5555", 14);
	ck_assert(card_endpoint_valid(span_text(longest)));
	ck_assert(!card_endpoint_valid(span_of("tcp://a\0b:1", 11)));
}
END_TEST

/* M10 */
START_TEST(a_card_with_bad_endpoints_is_refused)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	char **endpoint = &card.fields->endpoints[1];
	ck_assert_int_eq(parse_with(&card, endpoint, "tcp://*:1"), ERR_FORMAT);
	ck_assert_int_eq(
	    parse_with(&card, endpoint, card.fields->endpoints[0]), ERR_FORMAT);
	char *held[2] = { card.fields->endpoints[0],
		card.fields->endpoints[1] };
	char *many[LIMIT_ENDPOINTS + 1];
	char texts[LIMIT_ENDPOINTS + 1][32];
	char **list = card.fields->endpoints;
	for (int i = 0; i <= (int)LIMIT_ENDPOINTS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "tcp://h%d:1", i);
		many[i] = texts[i];
	}
	card.fields->endpoints = many;
	card.fields->n_endpoints = LIMIT_ENDPOINTS;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_OK);
	card_clear(&out);
	card.fields->n_endpoints = LIMIT_ENDPOINTS + 1;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_LIMIT);
	card.fields->n_endpoints = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_OK);
	card_clear(&out);
	card.fields->endpoints = list;
	card.fields->n_endpoints = 2;
	ck_assert_ptr_eq(list[0], held[0]);
	card_clear(&card);
}
END_TEST

/* M11 */
START_TEST(lists_of_keys_are_bounded_ascending_and_without_repetition)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	Qsg__Card *fields = card.fields;
	Qsg__SealingKey *held = fields->sealing_keys[0];
	Qsg__SealingKey second = *held;
	uint8_t other[32];
	memcpy(other, keystore_public(keystore)->sealing[0].key.b, 32);
	other[0] ^= 2;
	second.key.data = other;
	Qsg__SealingKey *two[2] = { held, &second };
	Qsg__SealingKey **one = fields->sealing_keys;
	fields->sealing_keys = two;
	fields->n_sealing_keys = 2;
	second.epoch = 1;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	second.epoch = 2;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_OK);
	ck_assert_uint_eq(card_sealing(&out)->epoch, 2);
	card_clear(&out);
	/* M2: one key for two epochs. */
	second.key = held->key;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_VERIFY);
	fields->sealing_keys = one;
	fields->n_sealing_keys = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->n_sealing_keys = 1;
	held->epoch = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	held->epoch = 1;
	fields->n_transport_keys = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->n_transport_keys = 1;
	fields->n_generations = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->n_generations = 1;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_OK);
	card_clear(&out);
	card_clear(&card);
}
END_TEST

/* M12 */
START_TEST(version_lists_ascend_and_hold_one)
{
	static uint32_t lists[][2] = { { 1, 2 }, { 2, 3 }, { 1, 1 }, { 2, 1 },
		{ 0, 1 } };
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	Qsg__Card *fields = card.fields;
	uint32_t *held = fields->record_versions;
	for (size_t i = 0; i < 5; i++) {
		fields->record_versions = lists[i];
		fields->n_record_versions = 2;
		ck_assert_int_eq(
		    parse_changed(&card, &out), i == 0 ? ERR_OK : ERR_FORMAT);
		card_clear(&out);
	}
	fields->record_versions = held;
	fields->n_record_versions = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->n_record_versions = 1;
	fields->n_session_versions = 0;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->n_session_versions = 1;
	card_clear(&card);
}
END_TEST

/* M14 */
START_TEST(generations_end_with_ordered_heads)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	Qsg__Card *fields = card.fields;
	Qsg__LogGeneration *live = fields->generations[0];
	Qsg__LogGeneration old = *live;
	uint8_t id[8] = { 1 };
	uint8_t low[32] = { 1 };
	uint8_t high[32] = { 2 };
	Qsg__AcceptedHead a = QSG__ACCEPTED_HEAD__INIT;
	Qsg__AcceptedHead b = QSG__ACCEPTED_HEAD__INIT;
	Qsg__AcceptedHead *heads[2] = { &a, &b };
	Qsg__LogGeneration *both[2] = { &old, live };
	Qsg__LogGeneration **held = fields->generations;
	old.generation.data = id;
	old.log_key.data = fields->cosigning_key.data;
	a.root.data = low;
	b.root.data = high;
	a.root.len = b.root.len = 32;
	a.size = b.size = 9;
	old.accepted_heads = heads;
	old.n_accepted_heads = 2;
	fields->generations = both;
	fields->n_generations = 2;
	/* M2: the old log key must not be the cosigning key. */
	ck_assert_int_eq(parse_changed(&card, &out), ERR_VERIFY);
	struct keystore *other = fixture_keystore(8);
	struct id32 key = keystore_public(other)->logs[0].key;
	old.log_key.data = key.b;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_OK);
	ck_assert_mem_eq(card_live_generation(&out)->generation.data,
	    live->generation.data, 8);
	card_clear(&out);
	b.root.data = low;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	b.size = 8;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	b.size = LIMIT_TREE_SIZE + 1;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	b.size = 10;
	b.root.len = 31;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	old.n_accepted_heads = 1;
	old.generation.data = live->generation.data;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	old.generation.data = id;
	live->compromised = 1;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	live->compromised = 0;
	both[0] = live;
	both[1] = &old;
	ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
	fields->generations = held;
	fields->n_generations = 1;
	keystore_close(other);
	card_clear(&card);
}
END_TEST

/* M1 */
START_TEST(keys_that_are_no_keys_are_refused)
{
	struct card card;
	struct card out;
	fixture_card(keystore, 1, "Northton", &card);
	Qsg__Card *fields = card.fields;
	uint8_t zero[32] = { 0 };
	uint8_t one[32] = { 1 };
	ProtobufCBinaryData *places[] = { &fields->cosigning_key,
		&fields->generations[0]->log_key, &fields->sealing_keys[0]->key,
		&fields->transport_keys[0] };
	for (size_t i = 0; i < 4; i++) {
		ProtobufCBinaryData held = *places[i];
		places[i]->data = zero;
		ck_assert_int_eq(parse_changed(&card, &out), ERR_VERIFY);
		places[i]->data = one;
		ck_assert_int_eq(parse_changed(&card, &out), ERR_VERIFY);
		places[i]->len = 31;
		ck_assert_int_eq(parse_changed(&card, &out), ERR_FORMAT);
		*places[i] = held;
	}
	card_clear(&card);
}
END_TEST

/* M3 */
START_TEST(cards_of_one_organisation_stand_in_order)
{
	struct card old;
	struct card new;
	struct card twin;
	struct card same;
	fixture_card(keystore, 4, "Northton", &old);
	fixture_card(keystore, 5, "Northton", &new);
	fixture_card(keystore, 5, "Northton Trust", &twin);
	fixture_card(keystore, 5, "Northton", &same);
	ck_assert_int_eq(card_compare(&old, &new), CARD_NEWER);
	ck_assert_int_eq(card_compare(&new, &old), CARD_OLDER);
	ck_assert_int_eq(card_compare(&new, &same), CARD_SAME);
	ck_assert_int_eq(card_compare(&new, &twin), CARD_CONFLICT);
	ck_assert(!card_claims_differ(&old, &new));
	ck_assert(card_claims_differ(&new, &twin));
	card_clear(&old);
	card_clear(&new);
	card_clear(&twin);
	card_clear(&same);
}
END_TEST

START_TEST(armour_carries_a_card_there_and_back)
{
	struct card card;
	struct card back;
	struct card copy;
	struct buf text = { 0 };
	fixture_card(keystore, 3, "Northton", &card);
	fixture_ok(card_armour(&card, &text));
	const char *shown = buf_text(&text);
	ck_assert_ptr_nonnull(strstr(shown, "# Northton\n# "));
	ck_assert_ptr_nonnull(
	    strstr(shown, "-----BEGIN QSG ORGANISATION CARD-----\n"));
	fixture_ok(card_read(buf_span(&text), &back));
	ck_assert(span_equal(
	    buf_span(&card.signed_bytes), buf_span(&back.signed_bytes)));
	fixture_ok(card_copy(&back, &copy));
	ck_assert(id_equal(&copy.digest, &card.digest));
	card_clear(&back);
	fixture_ok(card_read(buf_span(&card.signed_bytes), &back));
	card_clear(&back);
	ck_assert_int_eq(card_read(span_text("no card"), &back), ERR_FORMAT);
	ck_assert_int_eq(card_read(span_of(NULL, 0), &back), ERR_FORMAT);
	text.data[text.size / 2] = '!';
	ck_assert_int_eq(card_read(buf_span(&text), &back), ERR_FORMAT);
	card_clear(&card);
	card_clear(&copy);
	buf_clear(&text);
}
END_TEST

START_TEST(no_card_is_made_that_a_reader_would_refuse)
{
	static const char *const wild[] = { "tcp://0.0.0.0:5555" };
	struct card_profile profile = { .name = "Northton",
		.code = "RJ1",
		.kind = "provider",
		.version = 1 };
	struct card out;
	fixture_ok(card_make(keystore, &profile, &out));
	card_clear(&out);
	profile.endpoints = wild;
	profile.endpoint_count = 1;
	ck_assert_int_eq(card_make(keystore, &profile, &out), ERR_INPUT);
	profile.endpoint_count = LIMIT_ENDPOINTS + 1;
	ck_assert_int_eq(card_make(keystore, &profile, &out), ERR_INPUT);
	profile.endpoint_count = 0;
	profile.version = 0;
	ck_assert_int_eq(card_make(keystore, &profile, &out), ERR_INPUT);
	profile.version = 1;
	profile.name = "";
	ck_assert_int_eq(card_make(keystore, &profile, &out), ERR_INPUT);
	ck_assert_ptr_null(out.fields);
}
END_TEST

Suite *test_card_suite(void)
{
	Suite *suite = suite_create("card");
	TCase *tests = tcase_create("card");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_made_card_parses_to_what_was_said);
	tcase_add_test(tests, no_bit_of_a_card_can_be_flipped);
	tcase_add_test(tests, no_length_of_a_card_but_the_whole_parses);
	tcase_add_test(tests, a_card_signed_by_another_is_refused);
	tcase_add_test(tests, a_card_in_another_encoding_is_refused);
	tcase_add_test(tests, a_card_of_a_newer_format_is_told_apart);
	tcase_add_test(tests, versions_lie_between_one_and_two_to_the_53);
	tcase_add_test(tests, names_are_visible_and_bounded);
	tcase_add_test(tests, codes_and_kinds_have_their_form);
	tcase_add_test(tests, endpoints_have_their_form);
	tcase_add_test(tests, a_card_with_bad_endpoints_is_refused);
	tcase_add_test(
	    tests, lists_of_keys_are_bounded_ascending_and_without_repetition);
	tcase_add_test(tests, version_lists_ascend_and_hold_one);
	tcase_add_test(tests, generations_end_with_ordered_heads);
	tcase_add_test(tests, keys_that_are_no_keys_are_refused);
	tcase_add_test(tests, cards_of_one_organisation_stand_in_order);
	tcase_add_test(tests, armour_carries_a_card_there_and_back);
	tcase_add_test(tests, no_card_is_made_that_a_reader_would_refuse);
	suite_add_tcase(suite, tests);
	return suite;
}
