#include "sync/zap.h"

#include "codec/text.h"
#include "sync/zsock.h"

#include <check.h>
#include <string.h>
#include <zmq.h>

Suite *test_zap_suite(void);

/* A handler, and a client that speaks to it as libzmq would. */
struct bench {
	void *context;
	struct zap *zap;
	void *client;
};

struct asked {
	const char *domain;
	const char *mechanism;
	const struct id32 *key;
	size_t key_size;
};

static struct bench open_bench(void)
{
	struct bench bench = { NULL, NULL, NULL };
	int wait_ms = 10000;
	ck_assert_int_eq(zsock_context(16, &bench.context), ERR_OK);
	ck_assert_int_eq(zap_start(bench.context, "qsg", &bench.zap), ERR_OK);
	bench.client = zmq_socket(bench.context, ZMQ_REQ);
	ck_assert_ptr_nonnull(bench.client);
	ck_assert_int_eq(zmq_setsockopt(bench.client, ZMQ_RCVTIMEO, &wait_ms,
			     sizeof(wait_ms)),
	    0);
	ck_assert_int_eq(
	    zmq_connect(bench.client, "inproc://zeromq.zap.01"), 0);
	return bench;
}

static void close_bench(struct bench *bench)
{
	zsock_close(bench->client);
	zap_stop(bench->zap);
	ck_assert_int_eq(zmq_ctx_term(bench->context), 0);
}

static void put(void *socket, const void *data, size_t size, bool last)
{
	ck_assert_int_eq(
	    zmq_send(socket, data, size, last ? 0 : ZMQ_SNDMORE), (int)size);
}

/* Ask; the status code, and the user id when there is one. */
static int ask(struct bench *bench, const struct asked *asked, char user[65])
{
	char frame[128];
	int status = 0;
	int more = 1;
	put(bench->client, "1.0", 3, false);
	put(bench->client, "7", 1, false);
	put(bench->client, asked->domain, strlen(asked->domain), false);
	put(bench->client, "127.0.0.1", 9, false);
	put(bench->client, "", 0, false);
	put(bench->client, asked->mechanism, strlen(asked->mechanism), false);
	put(bench->client, asked->key, asked->key_size, true);
	for (int i = 0; more != 0; i++) {
		size_t width = sizeof(more);
		int size = zmq_recv(bench->client, frame, sizeof(frame) - 1, 0);
		ck_assert_int_ge(size, 0);
		frame[size] = '\0';
		ck_assert_int_eq(
		    zmq_getsockopt(bench->client, ZMQ_RCVMORE, &more, &width),
		    0);
		if (i == 2) {
			status = (frame[0] - '0') * 100;
		} else if (i == 4 && user != NULL) {
			ck_assert_int_lt(size, 65);
			memcpy(user, frame, (size_t)size + 1);
		}
	}
	return status;
}

static struct id32 key_of(uint8_t fill)
{
	struct id32 key;
	memset(&key, fill, sizeof(key));
	return key;
}

static int ask_key(struct bench *bench, const struct id32 *key, char user[65])
{
	struct asked asked = { "qsg", "CURVE", key, sizeof(*key) };
	return ask(bench, &asked, user);
}

/* Orders are taken soon, not at once. */
static void admit(struct bench *bench, const struct id32 *keys, size_t count)
{
	ck_assert_int_eq(zap_admit(bench->zap, keys, count), ERR_OK);
}

/* M142 */
START_TEST(nobody_is_admitted_before_keys_are_given)
{
	struct bench bench = open_bench();
	struct id32 key = key_of(1);
	ck_assert_int_eq(ask_key(&bench, &key, NULL), 400);
	close_bench(&bench);
}
END_TEST

/* M142 */
START_TEST(only_admitted_keys_get_in_and_are_named)
{
	struct bench bench = open_bench();
	struct id32 keys[] = { key_of(9), key_of(3), key_of(5) };
	struct id32 stranger = key_of(4);
	char user[65] = "";
	int status = 0;
	admit(&bench, keys, 3);
	for (int i = 0; i < 50 && status != 200; i++) {
		status = ask_key(&bench, &keys[1], user);
	}
	ck_assert_int_eq(status, 200);
	ck_assert_str_eq(user, text_hex_id(&keys[1]).text);
	ck_assert_int_eq(ask_key(&bench, &stranger, user), 400);
	ck_assert_str_eq(user, "");
	close_bench(&bench);
}
END_TEST

/* M142 */
START_TEST(other_domains_mechanisms_and_sizes_are_refused)
{
	struct bench bench = open_bench();
	struct id32 key = key_of(3);
	int status = 0;
	admit(&bench, &key, 1);
	for (int i = 0; i < 50 && status != 200; i++) {
		status = ask_key(&bench, &key, NULL);
	}
	ck_assert_int_eq(status, 200);
	struct asked wrong[] = {
		{ "other", "CURVE", &key, sizeof(key) },
		{ "qsg", "PLAIN", &key, sizeof(key) },
		{ "qsg", "NULL", &key, sizeof(key) },
		{ "qsg", "CURVE", &key, sizeof(key) - 1 },
		{ "qsg", "CURVE", &key, 0 },
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(ask(&bench, &wrong[i], NULL), 400);
	}
	close_bench(&bench);
}
END_TEST

/* M142 */
START_TEST(a_key_that_is_dropped_gets_in_no_more)
{
	struct bench bench = open_bench();
	struct id32 keys[] = { key_of(1), key_of(2) };
	int status = 0;
	admit(&bench, keys, 2);
	for (int i = 0; i < 20 && status != 200; i++) {
		status = ask_key(&bench, &keys[1], NULL);
	}
	ck_assert_int_eq(status, 200);
	admit(&bench, keys, 1);
	for (int i = 0; i < 20 && status != 400; i++) {
		status = ask_key(&bench, &keys[1], NULL);
	}
	ck_assert_int_eq(status, 400);
	close_bench(&bench);
}
END_TEST

/* M143 */
START_TEST(a_key_gets_sixty_handshakes_a_minute_others_keep_theirs)
{
	struct bench bench = open_bench();
	struct id32 keys[] = { key_of(1), key_of(2) };
	unsigned int let_in = 0;
	admit(&bench, keys, 2);
	for (unsigned int i = 0; i < 3 * ZAP_HANDSHAKES_PER_MINUTE; i++) {
		let_in += ask_key(&bench, &keys[0], NULL) == 200 ? 1u : 0u;
	}
	/* A slow machine may see the next minute begin once. */
	ck_assert_uint_ge(let_in, ZAP_HANDSHAKES_PER_MINUTE);
	ck_assert_uint_le(let_in, 2 * ZAP_HANDSHAKES_PER_MINUTE);
	ck_assert_int_eq(ask_key(&bench, &keys[1], NULL), 200);
	/* A new list of keys is no new minute. */
	admit(&bench, keys, 2);
	ck_assert_int_eq(ask_key(&bench, &keys[1], NULL), 200);
	ck_assert_int_eq(ask_key(&bench, &keys[0], NULL), 400);
	close_bench(&bench);
}
END_TEST

Suite *test_zap_suite(void)
{
	Suite *suite = suite_create("zap");
	TCase *tests = tcase_create("zap");
	tcase_add_test(tests, nobody_is_admitted_before_keys_are_given);
	tcase_add_test(tests, only_admitted_keys_get_in_and_are_named);
	tcase_add_test(tests, other_domains_mechanisms_and_sizes_are_refused);
	tcase_add_test(tests, a_key_that_is_dropped_gets_in_no_more);
	tcase_add_test(
	    tests, a_key_gets_sixty_handshakes_a_minute_others_keep_theirs);
	suite_add_tcase(suite, tests);
	return suite;
}
