#include "store/schema.h"

#include "store/sql.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
	APPLICATION_ID = 0x71736731, /* "qsg1" */
	TABLES = 22,
	COMMAND_BYTES = 96
};

/* A migration that has been released is never edited: a change is another
 * one. Records have no index beside their row id: that keeps the hot path at
 * one append. */
static const char *const migrations[] = {
	"CREATE TABLE meta ("
	" key TEXT PRIMARY KEY,"
	" value BLOB NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE org ("
	" org INTEGER PRIMARY KEY,"
	" id BLOB NOT NULL UNIQUE,"
	" added_ms INTEGER NOT NULL,"
	" seen_ms INTEGER NOT NULL,"
	" cursor INTEGER NOT NULL,"
	" incarnation BLOB NOT NULL,"
	" card BLOB NOT NULL,"
	" pending BLOB"
	") STRICT;"
	"CREATE TABLE log ("
	" log INTEGER PRIMARY KEY,"
	" org INTEGER NOT NULL,"
	" generation BLOB NOT NULL,"
	" size INTEGER NOT NULL,"
	" root BLOB NOT NULL,"
	" note BLOB NOT NULL,"
	" UNIQUE (org, generation)"
	") STRICT;"
	"CREATE TABLE node ("
	" node INTEGER PRIMARY KEY,"
	" hash BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE stream ("
	" stream INTEGER PRIMARY KEY,"
	" log INTEGER NOT NULL,"
	" id BLOB NOT NULL,"
	" taken INTEGER NOT NULL,"
	" last BLOB NOT NULL,"
	" keyed_by BLOB NOT NULL,"
	" keyed_at INTEGER NOT NULL,"
	" keyed_ms INTEGER NOT NULL,"
	" commitment BLOB NOT NULL,"
	" status INTEGER NOT NULL,"
	" reason INTEGER NOT NULL,"
	" chain BLOB,"
	" UNIQUE (log, id)"
	") STRICT;"
	"CREATE TABLE record ("
	" rid INTEGER PRIMARY KEY,"
	" stream INTEGER NOT NULL,"
	" number INTEGER NOT NULL,"
	" leaf INTEGER NOT NULL,"
	" received_ms INTEGER NOT NULL,"
	" state INTEGER NOT NULL,"
	" reason INTEGER NOT NULL,"
	" header BLOB NOT NULL,"
	" wrapped BLOB,"
	" slots BLOB,"
	" body BLOB"
	") STRICT;"
	"CREATE TABLE quarantine_peer ("
	" peer INTEGER PRIMARY KEY,"
	" id BLOB NOT NULL UNIQUE,"
	" items INTEGER NOT NULL," /* ever put in */
	" bytes INTEGER NOT NULL"  /* now kept */
	") STRICT;"
	"CREATE TABLE quarantine ("
	" item INTEGER PRIMARY KEY,"
	" peer INTEGER NOT NULL,"
	" place INTEGER NOT NULL," /* the peer's how-manieth */
	" received_ms INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" hash BLOB NOT NULL,"
	" code TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" UNIQUE (peer, place)"
	") STRICT;"
	"CREATE TABLE quarantine_bytes ("
	" item INTEGER PRIMARY KEY,"
	" peer INTEGER NOT NULL,"
	" place INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" sealed BLOB NOT NULL,"
	" UNIQUE (peer, place)"
	") STRICT;",

	/* What proves who shared what: heads we published and what others said
	 * of them, what was sent and signed for, evidence, and drafts. */
	"CREATE TABLE head ("
	" log INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" published_ms INTEGER NOT NULL,"
	" note BLOB NOT NULL,"
	" PRIMARY KEY (log, size)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE cosignature ("
	" log INTEGER NOT NULL,"
	" size INTEGER NOT NULL,"
	" org INTEGER NOT NULL," /* the witness */
	" time_s INTEGER NOT NULL,"
	" line BLOB NOT NULL,"
	" PRIMARY KEY (log, size, org)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE sent ("
	" stream INTEGER NOT NULL,"
	" org INTEGER NOT NULL,"
	" last INTEGER NOT NULL," /* every number up to it */
	" sent_ms INTEGER NOT NULL,"
	" PRIMARY KEY (stream, org, last)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE receipt ("
	" stream INTEGER NOT NULL,"
	" org INTEGER NOT NULL," /* the reader */
	" last INTEGER NOT NULL,"
	" first INTEGER NOT NULL,"
	" rid INTEGER NOT NULL," /* of the record that says so */
	" PRIMARY KEY (stream, org, last)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE evidence ("
	" evidence INTEGER PRIMARY KEY,"
	" org INTEGER NOT NULL," /* against whom */
	" kind TEXT NOT NULL,"
	" found_ms INTEGER NOT NULL,"
	" hash BLOB NOT NULL UNIQUE,"
	" sealed BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE draft ("
	" draft INTEGER PRIMARY KEY,"
	" made_ms INTEGER NOT NULL,"
	" sealed BLOB NOT NULL"
	") STRICT;"
	"ALTER TABLE stream ADD COLUMN receipted INTEGER NOT NULL DEFAULT 0;",

	/* Who added an organisation, what the roster that did states of it,
	 * and why this organisation refuses it. */
	"ALTER TABLE org ADD COLUMN how INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE org ADD COLUMN stated BLOB;"
	"ALTER TABLE org ADD COLUMN refused BLOB;",

	/* What waits for a second person before it is shared. */
	"CREATE TABLE release ("
	" release INTEGER PRIMARY KEY,"
	" sealed BLOB NOT NULL"
	") STRICT;",

	/* One row: how many rows every table has, and their sum, sealed. */
	"CREATE TABLE tally ("
	" tally INTEGER PRIMARY KEY,"
	" sealed BLOB NOT NULL"
	") STRICT;",

	/* What was erased, by what record; which rows lost their bodies by
	 * that; and what is held against it. */
	"CREATE TABLE tombstone ("
	" id BLOB PRIMARY KEY,"
	" erasure INTEGER NOT NULL," /* rid */
	" erased_ms INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE erased ("
	" rid INTEGER PRIMARY KEY,"
	" original BLOB NOT NULL,"
	" erasure INTEGER NOT NULL," /* rid */
	" header BLOB NOT NULL"      /* of what a grant carried */
	") STRICT;"
	"CREATE TABLE hold ("
	" id BLOB PRIMARY KEY,"
	" sealed BLOB NOT NULL"
	") STRICT, WITHOUT ROWID;",

	/* Named people, and what they did that is in no record yet. */
	"CREATE TABLE account ("
	" account INTEGER PRIMARY KEY,"
	" sealed BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE activity ("
	" activity INTEGER PRIMARY KEY,"
	" sealed BLOB NOT NULL"
	") STRICT;",
};

int schema_version(void)
{
	return (int)(sizeof(migrations) / sizeof(migrations[0]));
}

static enum err number_of(
    struct sqlite3 *connection, int64_t *application, int64_t *version)
{
	enum err err =
	    sql_int(connection, "PRAGMA application_id", application);
	if (err == ERR_OK) {
		err = sql_int(connection, "PRAGMA user_version", version);
	}
	return err;
}

/* PROTOCOL.md M84: "A node MUST refuse a database that a newer program made,
 * and leave every byte of it as it was." */
static enum err check_version(int64_t version)
{
	if (version > schema_version()) {
		return err_set(ERR_VERSION,
		    "the database is of version %lld, made by a newer program;"
		    " this one knows up to %d",
		    (long long)version, schema_version());
	}
	return ERR_OK;
}

enum err schema_recognise(struct sqlite3 *connection)
{
	int64_t application = 0;
	int64_t version = 0;
	enum err err = number_of(connection, &application, &version);
	if (err != ERR_OK) {
		return err;
	}
	if (application != APPLICATION_ID || version < 1) {
		return err_set(ERR_CORRUPT, "the file is no database of qsg");
	}
	return check_version(version);
}

static enum err run_in_transaction(
    struct sqlite3 *connection, int version, const char *text)
{
	char number[COMMAND_BYTES];
	(void)snprintf(number, sizeof(number),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    APPLICATION_ID, version);
	enum err err = sql_run(connection, "BEGIN IMMEDIATE");
	if (err != ERR_OK) {
		return err;
	}
	err = sql_run(connection, text);
	if (err == ERR_OK) {
		err = sql_run(connection, number);
	}
	if (err == ERR_OK) {
		err = sql_run(connection, "COMMIT");
	}
	if (err != ERR_OK) {
		/* Fails only where SQLite has rolled back by itself. */
		(void)sqlite3_exec(connection, "ROLLBACK", NULL, NULL, NULL);
	}
	return err;
}

/* A database that lacks a table was damaged or edited: better said at the
 * start than in the middle of a transaction. */
static enum err check_tables(struct sqlite3 *connection)
{
	int64_t found = 0;
	enum err err = sql_int(connection,
	    "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name"
	    " IN ('meta', 'org', 'log', 'node', 'stream', 'record',"
	    " 'quarantine_peer', 'quarantine', 'quarantine_bytes', 'head',"
	    " 'cosignature', 'sent', 'receipt', 'evidence', 'draft',"
	    " 'release', 'tally', 'tombstone', 'erased', 'hold',"
	    " 'account', 'activity')",
	    &found);
	if (err == ERR_OK && found != TABLES) {
		err = err_set(ERR_CORRUPT, "the database lacks a table");
	}
	return err;
}

enum err schema_migrate(struct sqlite3 *connection)
{
	int64_t application = 0;
	int64_t version = 0;
	int64_t objects = 0;
	enum err err = number_of(connection, &application, &version);
	if (err == ERR_OK) {
		err = sql_int(
		    connection, "SELECT count(*) FROM sqlite_schema", &objects);
	}
	if (err != ERR_OK) {
		return err;
	}
	bool fresh = application == 0 && version == 0 && objects == 0;
	if (!fresh) {
		err = schema_recognise(connection);
	}
	for (int i = (int)version; err == ERR_OK && i < schema_version(); i++) {
		err = run_in_transaction(connection, i + 1, migrations[i]);
	}
	return err == ERR_OK ? check_tables(connection) : err;
}

/*
 * Is it still what the migrations made?
 */

static enum err list(struct sqlite3 *connection, sqlite3_stmt **statement)
{
	sql_begin_call();
	if (sqlite3_prepare_v2(connection,
		"SELECT type || ' ' || name, coalesce(sql, '')"
		" FROM main.sqlite_schema ORDER BY type, name",
		-1, statement, NULL) != SQLITE_OK) {
		return sql_error(connection, "the schema cannot be read");
	}
	return ERR_OK;
}

static const char *text_of(sqlite3_stmt *statement, int step, int column)
{
	const unsigned char *text =
	    step == SQLITE_ROW ? sqlite3_column_text(statement, column) : NULL;
	return text == NULL ? "nothing" : (const char *)text;
}

static enum err compare(sqlite3_stmt *ours, sqlite3_stmt *theirs)
{
	int want = SQLITE_ROW;
	int got = SQLITE_ROW;
	while (want == SQLITE_ROW || got == SQLITE_ROW) {
		want = sqlite3_step(ours);
		got = sqlite3_step(theirs);
		const char *name = text_of(theirs, got, 0);
		if (want != got || strcmp(text_of(ours, want, 0), name) != 0 ||
		    strcmp(text_of(ours, want, 1), text_of(theirs, got, 1)) !=
			0) {
			return err_set(ERR_CORRUPT,
			    "another schema than this program makes, at %.60s",
			    name);
		}
	}
	return ERR_OK;
}

enum err schema_check(struct sqlite3 *connection)
{
	sqlite3 *fresh = NULL;
	sqlite3_stmt *ours = NULL;
	sqlite3_stmt *theirs = NULL;
	enum err err = ERR_OK;
	if (sqlite3_open(":memory:", &fresh) != SQLITE_OK) {
		err = sql_error(fresh, "no database in memory");
	}
	if (err == ERR_OK) {
		err = schema_migrate(fresh);
	}
	if (err == ERR_OK) {
		err = list(fresh, &ours);
	}
	if (err == ERR_OK) {
		err = list(connection, &theirs);
	}
	if (err == ERR_OK) {
		err = compare(ours, theirs);
	}
	/* These repeat at most an error reported before. */
	(void)sqlite3_finalize(ours);
	(void)sqlite3_finalize(theirs);
	(void)sqlite3_close_v2(fresh);
	return err;
}
