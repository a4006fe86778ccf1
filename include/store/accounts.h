/*
 * accounts.h - named people, and what was done that is in no record yet, both
 * sealed.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: one.
 */
#ifndef QSG_STORE_ACCOUNTS_H
#define QSG_STORE_ACCOUNTS_H

#include "store/db.h"

/* Add an account under this number, or put other bytes into it. */
ERR_MUST_USE enum err accounts_set(
    struct db *db, int64_t account, struct span sealed);

typedef enum err (*accounts_each)(
    void *context, int64_t number, struct span sealed);
/* All, by their numbers. */
ERR_MUST_USE enum err accounts_scan(
    struct db *db, accounts_each each, void *context);

/* What was done, in its order. */
ERR_MUST_USE enum err accounts_note(struct db *db, struct span sealed);
ERR_MUST_USE enum err accounts_scan_notes(
    struct db *db, accounts_each each, void *context);
/* Forget the notes up to this number. */
ERR_MUST_USE enum err accounts_drop_notes(struct db *db, int64_t last);

#endif
