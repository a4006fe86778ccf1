#define _POSIX_C_SOURCE 200809L

/*
 * Drives nodes that are being served, over their local interface, as any other
 * client would:
 *
 *   bench/drive load HOME TO COUNT          share COUNT records of 1 KiB
 *   bench/drive watch HOME COUNT            wait until COUNT are received
 *   bench/drive submit HOME ROUNDS TO...    to the first, and to all, in turn
 *   bench/drive latency FROM TO_HOME TO COUNT
 *   bench/drive alarm FROM TO_HOME GROUP COUNT    of risk summits triggered
 *
 * Results are lines of `key value`.
 */

#include "app/client.h"
#include "app/sock.h"
#include "bench/bench.h"

#include <curl/curl.h>
#include <string.h>

enum {
	ITEMS = 1000,      /* of a batch */
	BATCHES_ALOFT = 4, /* requests under way at once */
	SINGLES_ALOFT = 64,
	ROUND_BATCHES = 2, /* a round of `submit` */
	ROUND_SINGLES = 500,
	WARM_UP = 20, /* of `latency`, not counted */
	WAIT_MS = 20000
};

static uint32_t next_number = 1;

static void item_json(struct buf *out)
{
	char text[BENCH_TEXT_BYTES + 1];
	bench_text(next_number++, text);
	bench_need(buf_printf(out,
		       "\"provider\":\"RAL\",\"kind\":\"soft\","
		       "\"source\":\"healthwatch\","
		       "\"dimensions\":[\"experience\"],\"text\":\"%s\"",
		       text) == ERR_OK,
	    "out of memory");
}

static void put(struct buf *out, const char *text)
{
	bench_need(buf_append(out, span_text(text)) == ERR_OK, "out of memory");
}

static void readers_json(struct buf *out, char *const *to, size_t count)
{
	put(out, "{\"to\":[");
	for (size_t i = 0; i < count; i++) {
		put(out, i == 0 ? "\"" : ",\"");
		put(out, to[i]);
		put(out, "\"");
	}
	put(out, "],");
}

/*
 * Many requests at once.
 */

struct load {
	const char *operation;
	struct buf *bodies;
	size_t count;
	size_t aloft;
	struct curl_slist *headers;
	const char *socket;
	size_t next;
	size_t done;
};

static size_t ignore(const char *data, size_t one, size_t size, void *context)
{
	(void)data;
	(void)one;
	(void)context;
	return size;
}

static void start_one(struct load *load, CURLM *multi, CURL *curl)
{
	const struct buf *body = &load->bodies[load->next++];
	(void)curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
	(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data);
	bench_need(curl_multi_add_handle(multi, curl) == CURLM_OK,
	    "cannot start a request");
}

static CURL *new_handle(const struct load *load)
{
	char url[128];
	CURL *curl = curl_easy_init();
	bench_need(curl != NULL, "out of memory");
	(void)snprintf(url, sizeof(url), "http://qsg/v1/%s", load->operation);
	(void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, load->socket);
	(void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, load->headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	return curl;
}

static void finish_one(struct load *load, const CURLMsg *message)
{
	long status = 0;
	bench_need(message->data.result == CURLE_OK,
	    curl_easy_strerror(message->data.result));
	(void)curl_easy_getinfo(
	    message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		bench_die("%s was answered with %ld", load->operation, status);
	}
	load->done++;
}

/* Answers of these requests are promises that what they asked for is durable.
 * Returns the seconds until the last. */
static double run_load(struct load *load)
{
	CURLM *multi = curl_multi_init();
	CURL *handles[SINGLES_ALOFT];
	size_t aloft = load->count < load->aloft ? load->count : load->aloft;
	load->next = 0;
	load->done = 0;
	double begun = bench_now();
	for (size_t i = 0; i < aloft; i++) {
		handles[i] = new_handle(load);
		start_one(load, multi, handles[i]);
	}
	while (load->done < load->count) {
		int running = 0;
		int left = 0;
		CURLMsg *message = NULL;
		(void)curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left)) != NULL) {
			CURL *curl = message->easy_handle;
			finish_one(load, message);
			(void)curl_multi_remove_handle(multi, curl);
			if (load->next < load->count) {
				start_one(load, multi, curl);
			}
		}
		if (load->done < load->count) {
			(void)curl_multi_poll(multi, NULL, 0, 1000, NULL);
		}
	}
	double taken = bench_now() - begun;
	for (size_t i = 0; i < aloft; i++) {
		curl_easy_cleanup(handles[i]);
	}
	(void)curl_multi_cleanup(multi);
	return taken;
}

static void load_open(
    struct load *load, const struct sock_path *path, size_t count)
{
	load->bodies = bench_alloc(count, sizeof(*load->bodies));
	load->count = count;
	load->socket = path->text;
	load->headers =
	    curl_slist_append(load->headers, "Content-Type: application/json");
	load->headers = curl_slist_append(load->headers, "Expect:");
}

static void load_close(struct load *load)
{
	for (size_t i = 0; i < load->count; i++) {
		buf_clear(&load->bodies[i]);
	}
	free(load->bodies);
	curl_slist_free_all(load->headers);
}

struct readers {
	char *const *to;
	size_t count;
};

static double submit_batches(
    const struct sock_path *path, const struct readers *readers, size_t items)
{
	struct load load = { .operation = "share-batch",
		.aloft = BATCHES_ALOFT };
	load_open(&load, path, (items + ITEMS - 1) / ITEMS);
	for (size_t i = 0; i < load.count; i++) {
		struct buf *body = &load.bodies[i];
		size_t left = items - i * ITEMS;
		readers_json(body, readers->to, readers->count);
		put(body, "\"items\":[");
		for (size_t j = 0; j < left && j < ITEMS; j++) {
			put(body, j == 0 ? "{" : ",{");
			item_json(body);
			put(body, "}");
		}
		put(body, "]}");
	}
	double taken = run_load(&load);
	load_close(&load);
	return taken;
}

static double submit_singles(
    const struct sock_path *path, const struct readers *readers, size_t items)
{
	struct load load = { .operation = "share", .aloft = SINGLES_ALOFT };
	load_open(&load, path, items);
	for (size_t i = 0; i < items; i++) {
		readers_json(&load.bodies[i], readers->to, readers->count);
		item_json(&load.bodies[i]);
		put(&load.bodies[i], "}");
	}
	double taken = run_load(&load);
	load_close(&load);
	return taken;
}

static void open_path(const char *home, struct sock_path *path)
{
	bench_need(sock_path(home, path) == ERR_OK, err_text());
}

static int load_main(char **argv)
{
	struct sock_path path;
	struct readers readers = { &argv[1], 1 };
	size_t count = strtoul(argv[2], NULL, 10);
	open_path(argv[0], &path);
	double taken = submit_batches(&path, &readers, count);
	bench_result("submit_bulk_per_s", (double)count / taken);
	return 0;
}

/* To one and to all in turn, so that what else the machine does falls on both
 * alike. The first round only warms up. */
static int submit_main(int argc, char **argv)
{
	struct sock_path path;
	size_t rounds = strtoul(argv[1], NULL, 10);
	struct readers readers[2] = { { &argv[2], 1 },
		{ &argv[2], (size_t)argc - 2 } };
	double batches[2] = { 0 };
	double singles[2] = { 0 };
	open_path(argv[0], &path);
	for (size_t round = 0; round <= rounds; round++) {
		for (int i = 0; i < 2; i++) {
			double batch = submit_batches(
			    &path, &readers[i], (size_t)ROUND_BATCHES * ITEMS);
			double single =
			    submit_singles(&path, &readers[i], ROUND_SINGLES);
			batches[i] += round == 0 ? 0 : batch;
			singles[i] += round == 0 ? 0 : single;
		}
	}
	double items = (double)(rounds * ROUND_BATCHES * ITEMS);
	double requests = (double)(rounds * ROUND_SINGLES);
	bench_result("submit_1_reader_per_s", items / batches[0]);
	bench_result("submit_20_readers_per_s", items / batches[1]);
	bench_result(
	    "submit_1_reader_64_in_flight_per_s", requests / singles[0]);
	bench_result(
	    "submit_20_readers_64_in_flight_per_s", requests / singles[1]);
	return 0;
}

/*
 * Questions one by one.
 */

static struct client *open_client(const char *home)
{
	struct client *client = NULL;
	bench_need(client_open(home, &client) == ERR_OK, err_text());
	return client;
}

static json_t *ask(
    struct client *client, const char *operation, const json_t *arguments)
{
	json_t *answer = NULL;
	if (client_ask_json(client, operation, arguments, &answer) != ERR_OK) {
		bench_die("%s: %s", operation, err_text());
	}
	return answer;
}

/* What the node's totals say of records received. */
static size_t received(struct client *client, bool *connected)
{
	json_t *none = json_object();
	json_t *status = ask(client, "status", none);
	const json_t *peers = json_object_get(status, "peers");
	size_t at = 0;
	const json_t *peer = NULL;
	*connected = false;
	json_array_foreach(peers, at, peer)
	{
		*connected = *connected ||
		             json_is_true(json_object_get(peer, "connected"));
	}
	size_t count = (size_t)json_integer_value(
	    json_object_get(json_object_get(status, "records"), "received"));
	json_decref(status);
	json_decref(none);
	return count;
}

static void nap(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
	(void)nanosleep(&time, NULL);
}

/* Time runs from the last moment without a session to the first at which the
 * totals count everything. */
static int watch_main(char **argv)
{
	struct client *client = open_client(argv[0]);
	size_t wanted = strtoul(argv[1], NULL, 10);
	bool connected = false;
	size_t have = 0;
	double begun = bench_now();
	double last = begun;
	while (!connected && have == 0) {
		begun = last;
		last = bench_now();
		have = received(client, &connected);
		nap(2);
	}
	double seen = bench_now();
	size_t before = have;
	while (have < wanted) {
		nap(100);
		have = received(client, &connected);
		if (have > before) {
			before = have;
			seen = bench_now();
		}
		bench_need(
		    bench_now() - seen < 30, "nothing has come for 30 seconds");
	}
	bench_result("bulk_seconds", bench_now() - begun);
	client_close(client);
	return 0;
}

static json_t *share_arguments(const char *to)
{
	struct buf body = { 0 };
	char *const readers[] = { strdup(to) };
	json_error_t error;
	readers_json(&body, readers, 1);
	item_json(&body);
	put(&body, "}");
	json_t *arguments =
	    json_loadb((const char *)body.data, body.size, 0, &error);
	bench_need(arguments != NULL, "out of memory");
	buf_clear(&body);
	free(readers[0]);
	return arguments;
}

/* From the request to the answer at the peer that holds the record's text;
 * *durable_ms to the author's own answer. */
static double once_ms(struct client *author, struct client *reader,
    const char *to, double *durable_ms)
{
	json_t *arguments = share_arguments(to);
	double begun = bench_now();
	json_t *shared = ask(author, "share", arguments);
	*durable_ms = (bench_now() - begun) * 1000;
	json_t *wanted = json_pack("{s:O,s:i}", "id",
	    json_object_get(shared, "record"), "wait_ms", (int)WAIT_MS);
	json_t *record = ask(reader, "record", wanted);
	double taken = bench_now() - begun;
	bench_need(json_equal(json_object_get(record, "text"),
		       json_object_get(arguments, "text")),
	    "another text arrived");
	json_decref(arguments);
	json_decref(shared);
	json_decref(wanted);
	json_decref(record);
	return taken * 1000;
}

static int latency_main(char **argv)
{
	struct client *author = open_client(argv[0]);
	struct client *reader = open_client(argv[1]);
	size_t count = strtoul(argv[3], NULL, 10);
	double *times_ms = bench_alloc(count, sizeof(*times_ms));
	double *durable_ms = bench_alloc(count, sizeof(*durable_ms));
	next_number = 1u << 24;
	for (size_t i = 0; i < WARM_UP; i++) {
		(void)once_ms(author, reader, argv[2], durable_ms);
	}
	for (size_t i = 0; i < count; i++) {
		times_ms[i] = once_ms(author, reader, argv[2], &durable_ms[i]);
	}
	bench_result("latency_p50_ms", bench_percentile(times_ms, count, 0.5));
	bench_result("latency_p99_ms", bench_percentile(times_ms, count, 0.99));
	bench_result(
	    "latency_durable_p50_ms", bench_percentile(durable_ms, count, 0.5));
	bench_result("latency_samples", (double)count);
	free(durable_ms);
	free(times_ms);
	client_close(author);
	client_close(reader);
	return 0;
}

/*
 * Alarms.
 */

/* What stands at this node, or what else than this mark tells. */
static json_t *wait_for_alarm(struct client *client, const json_t *before)
{
	json_t *arguments =
	    before == NULL
		? json_object()
		: json_pack("{s:O,s:i}", "mark",
		      json_object_get(before, "mark"), "wait_ms", (int)WAIT_MS);
	json_t *answer = ask(client, "alarm-wait", arguments);
	json_decref(arguments);
	return answer;
}

static bool is_alarmed(const json_t *answer, const json_t *record)
{
	size_t at = 0;
	const json_t *alarm = NULL;
	json_array_foreach(json_object_get(answer, "alarms"), at, alarm)
	{
		if (json_equal(json_object_get(alarm, "record"), record)) {
			return true;
		}
	}
	return false;
}

/* A provider of its own for each: one summit is open for one. */
static json_t *trigger_arguments(const char *group)
{
	static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	unsigned number = next_number++;
	char provider[4] = { 'R', letters[number / 36 % 36],
		letters[number % 36], '\0' };
	json_t *arguments = json_pack("{s:s,s:s,s:s,s:s,s:b}", "provider",
	    provider, "text", "nights are not safely staffed", "urgency", "24h",
	    "group", group, "yes", 1);
	bench_need(arguments != NULL, "out of memory");
	return arguments;
}

/* From the request for a risk summit to the answer that `qsg watch` waits for
 * at whom it calls. Somebody there has seen it then. */
static double alarm_once_ms(
    struct client *author, struct client *called, const char *group)
{
	json_t *arguments = trigger_arguments(group);
	json_t *known = wait_for_alarm(called, NULL);
	double begun = bench_now();
	json_t *said = ask(author, "summit-trigger", arguments);
	const json_t *record = json_object_get(said, "record");
	json_t *alarms = wait_for_alarm(called, known);
	double taken = bench_now() - begun;
	bench_need(json_is_string(record) && is_alarmed(alarms, record),
	    "no alarm of the summit that was triggered");
	json_t *about = json_pack("{s:O}", "id", record);
	json_decref(ask(called, "alarm-seen", about));
	json_decref(about);
	json_decref(alarms);
	json_decref(said);
	json_decref(known);
	json_decref(arguments);
	return taken * 1000;
}

static int alarm_main(char **argv)
{
	struct client *author = open_client(argv[0]);
	struct client *called = open_client(argv[1]);
	size_t count = strtoul(argv[3], NULL, 10);
	double *times_ms = bench_alloc(count, sizeof(*times_ms));
	for (size_t i = 0; i < WARM_UP; i++) {
		(void)alarm_once_ms(author, called, argv[2]);
	}
	for (size_t i = 0; i < count; i++) {
		times_ms[i] = alarm_once_ms(author, called, argv[2]);
	}
	bench_result("alarm_p50_ms", bench_percentile(times_ms, count, 0.5));
	bench_result("alarm_p99_ms", bench_percentile(times_ms, count, 0.99));
	bench_result("alarm_samples", (double)count);
	free(times_ms);
	client_close(author);
	client_close(called);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	bench_need(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK,
	    "libcurl does not start");
	if (strcmp(what, "load") == 0 && argc == 5) {
		return load_main(argv + 2);
	}
	if (strcmp(what, "watch") == 0 && argc == 4) {
		return watch_main(argv + 2);
	}
	if (strcmp(what, "submit") == 0 && argc >= 6) {
		return submit_main(argc - 2, argv + 2);
	}
	if (strcmp(what, "latency") == 0 && argc == 6) {
		return latency_main(argv + 2);
	}
	if (strcmp(what, "alarm") == 0 && argc == 6) {
		return alarm_main(argv + 2);
	}
	bench_die("usage: drive load|watch|submit|latency|alarm ...");
}
