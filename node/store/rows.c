#include "store/rows.h"

#include <sqlite3.h>
#include <stdio.h>

struct table {
	const char *name;
	const char *sql;
	int columns;
	int keys;
};

static const struct table tables[] = {
	[ROWS_META] = { "meta", "SELECT key, value FROM meta ORDER BY key", 2,
	    1 },
	[ROWS_ORG] = { "org",
	    "SELECT org, id, added_ms, seen_ms, cursor, incarnation, card,"
	    " pending, how, stated, refused FROM org ORDER BY org",
	    11, 1 },
	[ROWS_LOG] = { "log",
	    "SELECT log, org, generation, size, root, note FROM log"
	    " ORDER BY log",
	    6, 1 },
	[ROWS_NODE] = { "node", "SELECT node, hash FROM node ORDER BY node", 2,
	    1 },
	[ROWS_STREAM] = { "stream",
	    "SELECT stream, log, id, taken, last, keyed_by, keyed_at,"
	    " keyed_ms, commitment, status, reason, chain, receipted"
	    " FROM stream ORDER BY stream",
	    13, 1 },
	[ROWS_HEAD] = { "head",
	    "SELECT log, size, published_ms, note FROM head ORDER BY log, size",
	    4, 2 },
	[ROWS_COSIGNATURE] = { "cosignature",
	    "SELECT log, size, org, time_s, line FROM cosignature"
	    " ORDER BY log, size, org",
	    5, 3 },
	[ROWS_SENT] = { "sent",
	    "SELECT stream, org, last, sent_ms FROM sent"
	    " ORDER BY stream, org, last",
	    4, 3 },
	[ROWS_RECEIPT] = { "receipt",
	    "SELECT stream, org, last, first, rid FROM receipt"
	    " ORDER BY stream, org, last",
	    5, 3 },
	[ROWS_EVIDENCE] = { "evidence",
	    "SELECT evidence, org, kind, found_ms, hash, sealed FROM evidence"
	    " ORDER BY evidence",
	    6, 1 },
	[ROWS_QUARANTINE_PEER] = { "quarantine_peer",
	    "SELECT peer, id, items, bytes,"
	    " (SELECT count(*) FROM quarantine AS q WHERE q.peer = p.peer AND"
	    " q.place BETWEEN p.items - 4095 AND p.items),"
	    " (SELECT coalesce(sum(size), 0) FROM quarantine_bytes AS b"
	    " WHERE b.peer = p.peer)"
	    " FROM quarantine_peer AS p ORDER BY peer",
	    6, 1 },
	[ROWS_QUARANTINE] = { "quarantine",
	    "SELECT q.item, q.peer, q.place, q.received_ms, q.size, q.hash,"
	    " q.code, q.reason, coalesce(p.items, 0)"
	    " FROM quarantine AS q LEFT JOIN quarantine_peer AS p"
	    " ON p.peer = q.peer ORDER BY q.item",
	    9, 1 },
	[ROWS_QUARANTINE_BYTES] = { "quarantine_bytes",
	    "SELECT b.item, b.peer, b.place, b.size, b.sealed, q.hash"
	    " FROM quarantine_bytes AS b LEFT JOIN quarantine AS q"
	    " ON q.item = b.item AND q.peer = b.peer AND q.place = b.place"
	    " AND q.size = b.size ORDER BY b.item",
	    6, 1 },
	[ROWS_DRAFT] = { "draft",
	    "SELECT draft, made_ms, sealed FROM draft ORDER BY draft", 3, 1 },
	[ROWS_RELEASE] = { "release",
	    "SELECT release, sealed FROM release ORDER BY release", 2, 1 },
	[ROWS_TOMBSTONE] = { "tombstone",
	    "SELECT erasure, id, erased_ms FROM tombstone ORDER BY erasure, id",
	    3, 1 },
	[ROWS_ERASED] = { "erased",
	    "SELECT rid, original, erasure FROM erased ORDER BY rid", 3, 1 },
	[ROWS_HOLD] = { "hold",
	    "SELECT row_number() OVER (ORDER BY id), id, sealed FROM hold"
	    " ORDER BY id",
	    3, 1 },
	[ROWS_ACCOUNT] = { "account",
	    "SELECT account, sealed FROM account ORDER BY account", 2, 1 },
	[ROWS_ACTIVITY] = { "activity",
	    "SELECT activity, sealed FROM activity ORDER BY activity", 2, 1 },
};

const char *rows_name(enum rows_table table)
{
	return tables[table].name;
}

void rows_key(const struct rows_row *row, char out[ROWS_KEY_BYTES])
{
	if (row->table == ROWS_META) {
		(void)snprintf(out, ROWS_KEY_BYTES, "%.*s",
		    row->bytes[0].size < 64 ? (int)row->bytes[0].size : 64,
		    row->bytes[0].data ? (const char *)row->bytes[0].data : "");
		return;
	}
	size_t size = 0;
	for (int i = 0; i < tables[row->table].keys && size < ROWS_KEY_BYTES;
	     i++) {
		int more = snprintf(out + size, ROWS_KEY_BYTES - size,
		    i == 0 ? "%lld" : "/%lld", (long long)row->number[i]);
		size += more > 0 ? (size_t)more : 0;
	}
}

static void read_row(
    struct sqlite3_stmt *statement, int columns, struct rows_row *row)
{
	for (int i = 0; i < columns; i++) {
		if (sqlite3_column_type(statement, i) == SQLITE_INTEGER) {
			row->number[i] = db_column_int(statement, i);
		} else {
			row->bytes[i] = db_column_blob(statement, i);
		}
	}
}

enum err rows_scan(
    struct db *db, enum rows_table table, rows_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, (enum db_slot)(DB_ROWS + (int)table),
	    tables[table].sql, &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more) {
		struct rows_row row = { .table = table };
		read_row(statement, tables[table].columns, &row);
		err = each(context, &row);
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	if (statement != NULL) {
		db_reset(statement);
	}
	return err;
}
