#define _POSIX_C_SOURCE 200809L

#include "sync/outbound.h"

#include "sync/zsock.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <zmq.h>

Suite *test_outbound_suite(void);

/* Names that begin with "slow" are found when the test ends. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ending = PTHREAD_COND_INITIALIZER;
static bool at_end;

static int find(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **out)
{
	(void)pthread_mutex_lock(&mutex);
	while (strncmp(host, "slow", 4) == 0 && !at_end) {
		(void)pthread_cond_wait(&ending, &mutex);
	}
	(void)pthread_mutex_unlock(&mutex);
	return getaddrinfo("127.0.0.1", port, hints, out);
}

static int64_t time_ms;

static int64_t tell_time(void *context)
{
	(void)context;
	return time_ms;
}

static const struct clock told = { .wall_ms = tell_time,
	.steady_ms = tell_time };

/* One who dials, and what it was told of failures. */
struct dialler {
	void *context;
	struct keystore *keystore;
	struct conns conns;
	struct outbound outbound;
	size_t failed;
	int64_t failed_orgs;
};

static void dialler_open(struct dialler *dialler)
{
	struct resolve_options options = { .clock = &told, .find = find };
	memset(dialler, 0, sizeof(*dialler));
	at_end = false;
	fixture_ok(keystore_process_init());
	dialler->keystore = fixture_keystore(1);
	fixture_ok(zsock_context(64, &dialler->context));
	dialler->outbound.zmq = dialler->context;
	dialler->outbound.keystore = dialler->keystore;
	dialler->outbound.conns = &dialler->conns;
	fixture_ok(resolve_start(&options, &dialler->outbound.resolve));
}

static void dialler_close(struct dialler *dialler)
{
	resolve_stop(dialler->outbound.resolve);
	(void)pthread_mutex_lock(&mutex);
	at_end = true;
	(void)pthread_cond_broadcast(&ending);
	(void)pthread_mutex_unlock(&mutex);
	conns_clear(&dialler->conns);
	ck_assert_int_eq(zmq_ctx_term(dialler->context), 0);
	keystore_close(dialler->keystore);
}

static void on_failed(void *context, struct conn *conn, const char *reason)
{
	struct dialler *dialler = context;
	ck_assert(conn->gone);
	ck_assert_str_ne(reason, "");
	dialler->failed++;
	dialler->failed_orgs += conn->org;
}

static struct conn *dial(
    struct dialler *dialler, int64_t org, const char *endpoint)
{
	struct conn *conn = outbound_dial(&dialler->outbound, org,
	    &keystore_public(dialler->keystore)->transport, endpoint);
	ck_assert_msg(conn != NULL, "%s", err_text());
	ck_assert_int_eq(conn->org, org);
	return conn;
}

static void until_connecting(struct dialler *dialler, const struct conn *conn)
{
	struct pollfd item = { .fd = resolve_fd(dialler->outbound.resolve),
		.events = POLLIN };
	while (conn->socket == NULL) {
		ck_assert_int_eq(poll(&item, 1, 10000), 1);
		outbound_resolved(&dialler->outbound, on_failed, dialler);
	}
}

/* M147 */
START_TEST(an_address_is_connected_to_at_once_a_name_when_it_is_found)
{
	struct dialler dialler;
	dialler_open(&dialler);
	ck_assert_ptr_nonnull(dial(&dialler, 2, "tcp://127.0.0.1:1")->socket);
	struct conn *conn = dial(&dialler, 3, "tcp://merton.example:1");
	ck_assert_ptr_null(conn->socket);
	until_connecting(&dialler, conn);
	ck_assert_uint_eq(dialler.failed, 0);
	dialler_close(&dialler);
}
END_TEST

START_TEST(the_slow_names_of_one_peer_hold_up_no_other)
{
	struct dialler dialler;
	dialler_open(&dialler);
	/* More attempts than there are threads, all of one peer. */
	for (size_t i = 0; i < 2 * RESOLVE_THREADS; i++) {
		char endpoint[] = "tcp://slowA.example:1";
		endpoint[10] = (char)('A' + i);
		(void)outbound_dial(&dialler.outbound, 2,
		    &keystore_public(dialler.keystore)->transport, endpoint);
	}
	until_connecting(&dialler, dial(&dialler, 3, "tcp://merton.example:1"));
	dialler_close(&dialler);
}
END_TEST

START_TEST(an_attempt_whose_name_is_not_found_in_time_has_failed)
{
	struct dialler dialler;
	dialler_open(&dialler);
	(void)dial(&dialler, 2, "tcp://slow.example:1");
	(void)dial(&dialler, 3, "tcp://slow.example:1");
	outbound_resolved(&dialler.outbound, on_failed, &dialler);
	ck_assert_uint_eq(dialler.failed, 0);
	time_ms += RESOLVE_PATIENCE_MS;
	outbound_resolved(&dialler.outbound, on_failed, &dialler);
	ck_assert_uint_eq(dialler.failed, 2);
	ck_assert_int_eq(dialler.failed_orgs, 2 + 3);
	conns_sweep(&dialler.conns);
	ck_assert_uint_eq(dialler.conns.count, 0);
	dialler_close(&dialler);
}
END_TEST

Suite *test_outbound_suite(void)
{
	Suite *suite = suite_create("outbound");
	TCase *tests = tcase_create("outbound");
	tcase_add_test(
	    tests, an_address_is_connected_to_at_once_a_name_when_it_is_found);
	tcase_add_test(tests, the_slow_names_of_one_peer_hold_up_no_other);
	tcase_add_test(
	    tests, an_attempt_whose_name_is_not_found_in_time_has_failed);
	suite_add_tcase(suite, tests);
	return suite;
}
