#define _GNU_SOURCE

#include "fixture.h"

#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "service/audit.h"

#include <sqlite3.h>
#include <string.h>

Suite *test_audit_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 2);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static enum err prove(
    size_t at, const struct id32 *record, struct audit_proof *out)
{
	struct hex32 id = text_hex_id(record);

	return audit_prove(fixture.nodes[at], span_text(id.text), out);
}

static enum err check(const struct audit_proof *made)
{
	struct tlogproof proof;
	struct checkpoint head;
	struct id32 leaf;

	OK(tlogproof_parse(buf_span(&made->proof), &proof));
	merkle_leaf(buf_span(&made->header), &leaf);
	return tlogproof_check(&proof, &leaf, &made->key.key, &head);
}

START_TEST(author_and_reader_prove_a_record_alike)
{
	struct audit_proof own;
	struct audit_proof theirs;
	struct replica_taken taken;
	struct id32 record;

	OK(fixture_share(&fixture, 0, 0, "for us alone", &record));
	OK(fixture_share(&fixture, 0, 1u << 1, "shared", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	OK(prove(0, &record, &own));
	OK(prove(1, &record, &theirs));
	OK(check(&own));
	OK(check(&theirs));
	ck_assert(span_equal(buf_span(&own.proof), buf_span(&theirs.proof)));
	ck_assert(span_equal(buf_span(&own.header), buf_span(&theirs.header)));
	ck_assert(id_equal(&own.key.key, &theirs.key.key));
	ck_assert_uint_eq(own.leaf, 3);
	audit_proof_clear(&own);
	audit_proof_clear(&theirs);
}
END_TEST

START_TEST(what_is_not_held_has_no_proof)
{
	struct audit_proof proof;
	struct id32 nothing = { { 7 } };

	FAILS(prove(0, &nothing, &proof), ERR_NOTFOUND);
	FAILS(audit_prove(fixture.nodes[0], span_text("x"), &proof), ERR_INPUT);
}
END_TEST

static void sql(size_t at, const char *text)
{
	struct sqlite3 *connection = NULL;

	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, at, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_exec(connection, text, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}

/* M75 */
START_TEST(a_proof_that_does_not_hold_is_not_handed_out)
{
	struct audit_proof proof;
	struct id32 record;
	struct id32 newest;

	OK(fixture_share(&fixture, 0, 0, "for us alone", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(prove(0, &record, &proof));
	audit_proof_clear(&proof);
	/* The newest record is looked at by every start. */
	OK(fixture_share(&fixture, 0, 0, "another", &newest));
	OK(node_commit(fixture.nodes[0]));
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	/* Record 2's header, with its last byte changed. */
	sql(0, "UPDATE record SET header = CAST(substr(header, 1, "
	       "length(header) - 1) || x'00' AS BLOB) WHERE rid = 2");
	OK(fixture_reopen(&fixture, 0));
	FAILS(prove(0, &record, &proof), ERR_CORRUPT);
}
END_TEST

Suite *test_audit_suite(void)
{
	Suite *suite = suite_create("audit");
	TCase *tests = tcase_create("audit");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, author_and_reader_prove_a_record_alike);
	tcase_add_test(tests, what_is_not_held_has_no_proof);
	tcase_add_test(tests, a_proof_that_does_not_hold_is_not_handed_out);
	suite_add_tcase(suite, tests);
	return suite;
}
