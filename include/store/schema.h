/*
 * schema.h - the tables of a home, as numbered migrations.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: one.
 */
#ifndef QSG_STORE_SCHEMA_H
#define QSG_STORE_SCHEMA_H

#include "base/err.h"

struct sqlite3;

/* Run every migration above the database's user_version, each in its own
 * transaction. ERR_VERSION when the database is newer than this program, with
 * nothing changed; ERR_CORRUPT when it is not one of ours or lacks a table. */
ERR_MUST_USE enum err schema_migrate(struct sqlite3 *connection);

/* ERR_CORRUPT unless the database was made by this program, ERR_VERSION when
 * by a newer one. Changes nothing. */
ERR_MUST_USE enum err schema_recognise(struct sqlite3 *connection);

/* ERR_CORRUPT, with the first that differs, unless tables, indices and all else
 * are the very ones that the migrations make. */
ERR_MUST_USE enum err schema_check(struct sqlite3 *connection);

/* The version this program writes. */
int schema_version(void);

#endif
