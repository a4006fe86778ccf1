#include "domain/group.h"

#include <check.h>
#include <sodium.h>
#include <string.h>

Suite *test_group_hash_suite(void);

static struct id32 id(uint8_t byte)
{
	struct id32 out;

	memset(out.b, byte, sizeof out.b);
	return out;
}

/* A state with something of everything. */
static struct group_member members[2];
static struct group_candidate candidates[1];
static struct group_claim claims[1];
static struct group_notice refused[2];
static struct group_notice alarms[1];

static struct group_state made(void)
{
	struct group_state state = { .id = id(1),
		.roster = id(2),
		.convenor = id(3),
		.term = 4,
		.epoch = 70,
		.mandate_proven = true,
		.members = members,
		.member_count = 2,
		.candidates = candidates,
		.candidate_count = 1,
		.voices_needed = 2,
		.claims = claims,
		.claim_count = 1,
		.refused = refused,
		.refused_count = 2,
		.alarms = alarms,
		.alarm_count = 1 };

	members[0] = (struct group_member){ .organisation = id(3),
		.standing = GROUP_JOINED,
		.convenor = true };
	members[1] = (struct group_member){
		.organisation = id(9), .standing = GROUP_LEFT, .core = true
	};
	candidates[0] = (struct group_candidate){
		.roster = id(2), .organisation = id(9), .voices = 1, .needed = 2
	};
	claims[0] = (struct group_claim){ .record = id(5), .author = id(7) };
	refused[0] = (struct group_notice){ .organisation = id(8),
		.why = REASON_PASSED_OVER };
	refused[1] = (struct group_notice){
		.record = id(6), .organisation = id(9), .why = REASON_UNINVITED
	};
	alarms[0] = (struct group_notice){ .record = id(2),
		.organisation = id(3),
		.why = REASON_CONVENOR_LEFT };
	return state;
}

static void put_id(struct buf *bytes, uint8_t byte)
{
	struct id32 made_of = id(byte);

	ck_assert_int_eq(
	    buf_append(bytes, (struct span){ made_of.b, 32 }), ERR_OK);
}

static void put(struct buf *bytes, uint8_t number)
{
	const uint8_t u64[8] = { 0, 0, 0, 0, 0, 0, 0, number };

	ck_assert_int_eq(buf_append(bytes, (struct span){ u64, 8 }), ERR_OK);
}

static void put_list(struct buf *bytes, const uint8_t *list, size_t count)
{
	for (size_t i = 0; i < count; i += 2) {
		if (list[i])
			put_id(bytes, list[i + 1]);
		else
			put(bytes, list[i + 1]);
	}
}

/* M412: as PROTOCOL.md gives the bytes: 1 and an id's byte, or 0 and a number.
 */
START_TEST(the_state_hash_is_over_the_bytes_of_the_specification)
{
	static const char label[] = "\x12qsg/group-state/v1";
	static const uint8_t list[] = { 1, 1, 1, 2, 1, 3, 1, 0, 0, 4, 0, 70, 0,
		1, /* members */ 0, 2, 1, 3, 0, 1, 1, 9, 0, 3,
		/* candidates */ 0, 2, 0, 1, 1, 2, 1, 9, 0, 1, 0, 2,
		/* claims */ 0, 1, 1, 5,
		/* refused */ 0, 2, 1, 0, 1, 8, 0, 71, 1, 6, 1, 9, 0, 83,
		/* alarms */ 0, 1, 1, 2, 1, 3, 0, 62 };
	/* Computed by another program from the same text. */
	static const char wanted[] =
	    "fdea3ae3c527bf469034261e09579eaf56e10237155262660f8211a122f3ee3c";
	struct group_state state = made();
	struct buf bytes = { 0 };
	struct id32 by_hand;
	struct id32 hash;
	char hex[65];

	ck_assert_int_eq(buf_append(&bytes, span_text(label)), ERR_OK);
	put_list(&bytes, list, sizeof list);
	ck_assert_int_eq(crypto_generichash(by_hand.b, sizeof by_hand.b,
			     bytes.data, bytes.size, NULL, 0),
	    0);
	buf_clear(&bytes);
	ck_assert_int_eq(group_hash(&state, &hash), ERR_OK);
	ck_assert(id_equal(&hash, &by_hand));
	ck_assert_str_eq(
	    sodium_bin2hex(hex, sizeof hex, hash.b, sizeof hash.b), wanted);
}
END_TEST

/* M412: nothing that a program knows of kinds. */
START_TEST(what_a_program_makes_of_kinds_is_not_hashed)
{
	struct group_state state = made();
	struct id32 before;
	struct id32 after;

	ck_assert_int_eq(group_hash(&state, &before), ERR_OK);
	members[0].core = true;
	members[1].statutory = true;
	members[1].kind = org_kind_at(0);
	ck_assert_int_eq(group_hash(&state, &after), ERR_OK);
	ck_assert(id_equal(&before, &after));
	members[1].standing = GROUP_JOINED;
	ck_assert_int_eq(group_hash(&state, &after), ERR_OK);
	ck_assert(!id_equal(&before, &after));
}
END_TEST

START_TEST(every_reason_has_a_text_of_its_own)
{
	size_t found = 0;

	for (int i = 0; i < 128; i++) {
		const char *text = reason_text((enum reason)i);

		if (text[0] == '\0')
			continue;
		found++;
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(text, reason_text((enum reason)j));
	}
	ck_assert_uint_gt(found, 50);
	ck_assert_str_eq(reason_text(REASON_NONE), "");
	ck_assert_str_eq(reason_text((enum reason)1000), "");
}
END_TEST

Suite *test_group_hash_suite(void)
{
	Suite *suite = suite_create("group_hash");
	TCase *tests = tcase_create("group_hash");

	tcase_add_test(
	    tests, the_state_hash_is_over_the_bytes_of_the_specification);
	tcase_add_test(tests, what_a_program_makes_of_kinds_is_not_hashed);
	tcase_add_test(tests, every_reason_has_a_text_of_its_own);
	suite_add_tcase(suite, tests);
	return suite;
}
