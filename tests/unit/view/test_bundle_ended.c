#include "bag.h"

#include "service/successor.h"

#include <string.h>

Suite *test_bundle_ended_suite(void);

#define ALL "{\"all\":true}"

/* Node 0 exports what it shared with 1, and what 1 shared with it; then logs
 * end. */
static struct fixture fixture;
static struct bag good;
static struct id32 record;

static void setup(void) {
  struct replica_taken taken;
  fixture_open(&fixture, 2);
  OK(fixture_share(&fixture, 0, 1u << 1, "ours", &record));
  OK(node_commit(fixture.nodes[0]));
  OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &record));
  OK(node_commit(fixture.nodes[1]));
  OK(fixture_pull(&fixture, 0, 1, &taken));
  bag_make(&fixture, 0, ALL, true, &good);
}

static void teardown(void) {
  bag_clear(&good);
  fixture_close(&fixture);
}

/* A log that has just begun holds the seal alone, and what opened its stream.
 */
START_TEST(all_may_be_in_logs_that_have_ended) {
  const struct bag_claims all = {.what = "all"};
  struct successor_planned planned;
  const char *fault = NULL;
  OK(successor_rotate(fixture.nodes[0], false, &planned));
  OK(node_commit(fixture.nodes[0]));
  bag_clear(&good);
  bag_make(&fixture, 0, ALL, true, &good);
  ck_assert_ptr_null(bag_fault(&good));
  /* Another seal does not hold the first. */
  bag_seal(&good, &fixture, 0, &all);
  fault = bag_fault(&good);
  ck_assert(fault != NULL &&
            strstr(fault, "its author's own log is not in") != NULL);
}
END_TEST

Suite *test_bundle_ended_suite(void) {
  Suite *suite = suite_create("bundle_ended");
  TCase *tests = tcase_create("all");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, all_may_be_in_logs_that_have_ended);
  suite_add_tcase(suite, tests);
  return suite;
}
