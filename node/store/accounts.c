#include "store/accounts.h"

enum err accounts_set(struct db *db, int64_t account, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ACCOUNT_SET,
	    "INSERT INTO account (account, sealed) VALUES (?1, ?2)"
	    " ON CONFLICT (account) DO UPDATE SET sealed = ?2",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, account);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, sealed);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

static enum err scan(struct db *db, struct sqlite3_stmt *statement,
    accounts_each each, void *context)
{
	bool more = false;
	enum err err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = each(context, db_column_int(statement, 0),
		    db_column_blob(statement, 1));
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

enum err accounts_scan(struct db *db, accounts_each each, void *context)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ACCOUNT_SCAN,
	    "SELECT account, sealed FROM account ORDER BY account", &statement);
	return err == ERR_OK ? scan(db, statement, each, context) : err;
}

enum err accounts_note(struct db *db, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ACTIVITY_ADD,
	    "INSERT INTO activity (sealed) VALUES (?1)", &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, sealed);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

enum err accounts_scan_notes(struct db *db, accounts_each each, void *context)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ACTIVITY_SCAN,
	    "SELECT activity, sealed FROM activity ORDER BY activity",
	    &statement);
	return err == ERR_OK ? scan(db, statement, each, context) : err;
}

enum err accounts_drop_notes(struct db *db, int64_t last)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ACTIVITY_DROP,
	    "DELETE FROM activity WHERE activity <= ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, last);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}
