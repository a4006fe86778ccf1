#define _GNU_SOURCE

/*
 * What this machine can do at all, with the same libraries and none of our own
 * code: bench/limits RECORDS_DB FOLDER
 *
 * RECORDS_DB is the database of a home that is not being served; the newest of
 * its records is the row that SQLite is measured with. FOLDER is on the disk to
 * measure.
 */

#include "bench/bench.h"

#include <pthread.h>
#include <sodium.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
	COLUMNS = 32,
	INSERTS = 100000,
	BATCH = 1000,
	COMMITS = 501,
	PAUSE_MS = 1, /* about as long as a request takes */
	MESSAGES = 200000,
	MESSAGE_BYTES = 1024,
	VERIFY_BYTES = 200
};

/*
 * SQLite.
 */

struct row {
	char *table; /* the statement that made it */
	sqlite3_value *columns[COLUMNS];
	int count;
};

static void run(sqlite3 *db, const char *sql)
{
	char *why = NULL;
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		bench_die("%s: %s", sql, why);
	}
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
		bench_die("%s: %s", sql, sqlite3_errmsg(db));
	}
	return statement;
}

/* The newest record as it stands in a home. */
static void read_row(const char *path, struct row *row)
{
	sqlite3 *db = NULL;
	bench_need(
	    sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK,
	    "cannot open the database");
	sqlite3_stmt *table =
	    prepare(db, "SELECT sql FROM sqlite_master WHERE name = 'record'");
	bench_need(sqlite3_step(table) == SQLITE_ROW, "no table of records");
	row->table = strdup((const char *)sqlite3_column_text(table, 0));
	bench_need(row->table != NULL, "out of memory");
	(void)sqlite3_finalize(table);
	sqlite3_stmt *newest =
	    prepare(db, "SELECT * FROM record ORDER BY rid DESC LIMIT 1");
	bench_need(sqlite3_step(newest) == SQLITE_ROW, "no records");
	row->count = sqlite3_column_count(newest);
	bench_need(row->count <= COLUMNS, "too many columns");
	for (int i = 0; i < row->count; i++) {
		row->columns[i] =
		    sqlite3_value_dup(sqlite3_column_value(newest, i));
	}
	(void)sqlite3_finalize(newest);
	(void)sqlite3_close(db);
}

static void row_clear(struct row *row)
{
	for (int i = 0; i < row->count; i++) {
		sqlite3_value_free(row->columns[i]);
	}
	free(row->table);
}

/* Set up as a node's database is. */
static sqlite3 *open_scratch(const char *path, const struct row *row)
{
	sqlite3 *db = NULL;
	bench_need(sqlite3_open(path, &db) == SQLITE_OK,
	    "cannot make a database in the folder");
	run(db, "PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA page_size = 8192;"
		"PRAGMA journal_mode = WAL;"
		"PRAGMA synchronous = FULL;"
		"PRAGMA secure_delete = ON;"
		"PRAGMA cache_size = -65536;"
		"PRAGMA wal_autocheckpoint = 4000;"
		"PRAGMA journal_size_limit = 67108864");
	run(db, row->table);
	return db;
}

static sqlite3_stmt *prepare_insert(sqlite3 *db, const struct row *row)
{
	char marks[2 * COLUMNS] = "";
	char sql[64 + sizeof(marks)];
	for (int i = 1; i < row->count; i++) {
		marks[2 * i - 2] = ',';
		marks[2 * i - 1] = '?';
	}
	(void)snprintf(
	    sql, sizeof(sql), "INSERT INTO record VALUES (?%s)", marks);
	sqlite3_stmt *insert = prepare(db, sql);
	for (int i = 1; i < row->count; i++) {
		bench_need(sqlite3_bind_value(insert, i + 1, row->columns[i]) ==
			       SQLITE_OK,
		    "cannot bind");
	}
	return insert;
}

static void insert_row(sqlite3_stmt *insert, int64_t rid)
{
	(void)sqlite3_bind_int64(insert, 1, rid);
	bench_need(sqlite3_step(insert) == SQLITE_DONE, "cannot insert");
	(void)sqlite3_reset(insert);
}

/* What a node's commit of a record changes beside its row: the position of its
 * stream, the head of its log and the tally, each a small row on a page of its
 * own. */
static void make_small_rows(sqlite3 *db)
{
	run(db, "CREATE TABLE a (id INTEGER PRIMARY KEY, value BLOB);"
		"CREATE TABLE b (id INTEGER PRIMARY KEY, value BLOB);"
		"CREATE TABLE c (id INTEGER PRIMARY KEY, value BLOB);"
		"INSERT INTO a VALUES (1, randomblob(200));"
		"INSERT INTO b VALUES (1, randomblob(200));"
		"INSERT INTO c VALUES (1, randomblob(200))");
}

/* The median of single commits, each after a pause: of a record as a node
 * commits it, or of its row alone. */
static double commit_ms(sqlite3 *db, sqlite3_stmt *insert, int64_t *rid,
    long pause_ms, bool row_alone)
{
	double times_ms[COMMITS];
	for (int i = 0; i < COMMITS; i++) {
		struct timespec pause = { 0, pause_ms * 1000000 };
		if (pause_ms > 0) {
			(void)nanosleep(&pause, NULL);
		}
		double begun = bench_now();
		run(db, "BEGIN");
		insert_row(insert, ++*rid);
		if (!row_alone) {
			run(db, "UPDATE a SET value = randomblob(200);"
				"UPDATE b SET value = randomblob(200);"
				"UPDATE c SET value = randomblob(200)");
		}
		run(db, "COMMIT");
		times_ms[i] = (bench_now() - begun) * 1000;
	}
	return bench_percentile(times_ms, COMMITS, 0.5);
}

static void measure_sqlite(const char *path, const struct row *row)
{
	sqlite3 *db = open_scratch(path, row);
	sqlite3_stmt *insert = prepare_insert(db, row);
	int64_t rid = 0;
	double begun = bench_now();
	while (rid < INSERTS) {
		run(db, "BEGIN");
		for (int i = 0; i < BATCH; i++) {
			insert_row(insert, ++rid);
		}
		run(db, "COMMIT");
	}
	bench_result("sqlite_durable_insert_per_s",
	    (double)INSERTS / (bench_now() - begun));
	/* What the inserts left to be written would be in the way. */
	sync();
	/* A lone request finds disk and processor at rest: so is its commit
	 * measured. Back to back they answer sooner. */
	make_small_rows(db);
	bench_result(
	    "durable_commit_ms", commit_ms(db, insert, &rid, PAUSE_MS, false));
	bench_result("durable_commit_row_alone_ms",
	    commit_ms(db, insert, &rid, PAUSE_MS, true));
	bench_result("durable_commit_back_to_back_ms",
	    commit_ms(db, insert, &rid, 0, false));
	(void)sqlite3_finalize(insert);
	(void)sqlite3_close(db);
}

static void limits_sqlite(const char *records, const char *folder)
{
	struct row row = { 0 };
	char path[4096];
	char beside[4096 + 8];
	read_row(records, &row);
	(void)snprintf(path, sizeof(path), "%s/limits.db", folder);
	(void)unlink(path);
	measure_sqlite(path, &row);
	row_clear(&row);
	(void)unlink(path);
	(void)snprintf(beside, sizeof(beside), "%s-wal", path);
	(void)unlink(beside);
}

/*
 * Signatures, on one core.
 */

static void limits_verify(void)
{
	unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
	unsigned char signature[crypto_sign_BYTES];
	unsigned char text[VERIFY_BYTES] = { 0 };
	unsigned int count = 0;
	double taken = 0;
	bench_need(crypto_sign_keypair(public_key, secret_key) == 0 &&
		       crypto_sign_detached(signature, NULL, text, sizeof(text),
			   secret_key) == 0,
	    "cannot sign");
	double begun = bench_now();
	while (taken < 1.0) {
		for (int i = 0; i < 100; i++) {
			bench_need(crypto_sign_verify_detached(signature, text,
				       sizeof(text), public_key) == 0,
			    "a good signature is refused");
		}
		count += 100;
		taken = bench_now() - begun;
	}
	bench_result("ed25519_verify_per_s", (double)count / taken);
}

/*
 * ZeroMQ: messages over loopback, encrypted, each side with an I/O thread of
 * its own as two processes have.
 */

struct curve_keys {
	char public_key[41];
	char secret_key[41];
};

struct sender {
	const char *endpoint;
	const struct curve_keys *server;
	const struct curve_keys *client;
};

static void set_key(void *socket, int option, const char *key)
{
	bench_need(zmq_setsockopt(socket, option, key, strlen(key)) == 0,
	    "cannot set a key");
}

static void *send_all(void *argument)
{
	const struct sender *sender = argument;
	char message[MESSAGE_BYTES] = { 0 };
	int forever = -1;
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, ZMQ_DEALER);
	set_key(socket, ZMQ_CURVE_SERVERKEY, sender->server->public_key);
	set_key(socket, ZMQ_CURVE_PUBLICKEY, sender->client->public_key);
	set_key(socket, ZMQ_CURVE_SECRETKEY, sender->client->secret_key);
	(void)zmq_setsockopt(socket, ZMQ_LINGER, &forever, sizeof(forever));
	bench_need(zmq_connect(socket, sender->endpoint) == 0,
	    "cannot connect over loopback");
	for (int i = 0; i < MESSAGES; i++) {
		bench_need(zmq_send(socket, message, sizeof(message), 0) ==
			       (int)sizeof(message),
		    "cannot send");
	}
	(void)zmq_close(socket);
	(void)zmq_ctx_term(context);
	return NULL;
}

/* A routing id and a message. */
static void receive_one(void *socket)
{
	char bytes[MESSAGE_BYTES];
	int id_size = zmq_recv(socket, bytes, sizeof(bytes), 0);
	int size = zmq_recv(socket, bytes, sizeof(bytes), 0);
	bench_need(id_size >= 0 && size == MESSAGE_BYTES, "cannot receive");
}

static void limits_zmq(void)
{
	struct curve_keys server;
	struct curve_keys client;
	char endpoint[256];
	size_t size = sizeof(endpoint);
	int yes = 1;
	pthread_t thread;
	bench_need(
	    zmq_curve_keypair(server.public_key, server.secret_key) == 0 &&
		zmq_curve_keypair(client.public_key, client.secret_key) == 0,
	    "libzmq has no CURVE");
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, ZMQ_ROUTER);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof(yes));
	set_key(socket, ZMQ_CURVE_SECRETKEY, server.secret_key);
	bench_need(
	    zmq_bind(socket, "tcp://127.0.0.1:*") == 0 &&
		zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0,
	    "cannot listen on loopback");
	struct sender sender = { endpoint, &server, &client };
	bench_need(pthread_create(&thread, NULL, send_all, &sender) == 0,
	    "cannot start a thread");
	receive_one(socket);
	double begun = bench_now();
	for (int i = 1; i < MESSAGES; i++) {
		receive_one(socket);
	}
	bench_result("zmq_curve_1k_per_s",
	    (double)(MESSAGES - 1) / (bench_now() - begun));
	(void)pthread_join(thread, NULL);
	(void)zmq_close(socket);
	(void)zmq_ctx_term(context);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		bench_die("usage: limits RECORDS_DB FOLDER");
	}
	bench_need(sodium_init() >= 0, "libsodium does not start");
	limits_sqlite(argv[1], argv[2]);
	limits_verify();
	limits_zmq();
	return 0;
}
