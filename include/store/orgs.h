/*
 * orgs.h - organisations this node knows: cards (sealed at rest) and where we
 * stand with their advertisements.
 *
 * Floor:   store
 * Threads: one.
 */
#ifndef QSG_STORE_ORGS_H
#define QSG_STORE_ORGS_H

#include "keys/keystore.h"
#include "store/db.h"

/* Who put it there. Stored: numbers never change. */
enum org_how {
	ORG_BY_PERSON = 0,
	ORG_BY_ROSTER = 1 /* of a group; no person has added its card */
};

/* One row. Spans are borrowed for the call that passes them. */
struct org_row {
	int64_t org; /* 1 is ourselves */
	struct id32 id;
	struct span signed_card; /* opened; the card in force */
	struct span
	    pending_card; /* claims that wait for a person; may be empty */
	int64_t added_ms;
	uint8_t
	    incarnation[16]; /* of its database, as last heard; zero: never */
	uint64_t cursor;     /* of its advertisements, done with */
	int64_t seen_ms;     /* last in session, to a day; 0: never */
	enum org_how how;
	struct span stated;  /* what a roster stated of it, and of which group,
	                      * opened; may be empty */
	struct span refused; /* why this organisation refuses it, opened; empty:
	                        it does not */
};

/* Add an organisation; *org is its number. ERR_EXISTS. */
ERR_MUST_USE enum err orgs_add(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row, int64_t *org);
ERR_MUST_USE enum err orgs_set_cards(struct db *db,
    const struct keystore *keystore, const struct rng *rng,
    const struct org_row *row);
/* how, stated, refused. */
ERR_MUST_USE enum err orgs_set_standing(struct db *db,
    const struct keystore *keystore, const struct rng *rng,
    const struct org_row *row);
/* incarnation, cursor, seen_ms. */
ERR_MUST_USE enum err orgs_set_cursor(struct db *db, const struct org_row *row);

typedef enum err (*orgs_each)(void *context, const struct org_row *row);
/* All rows by number; stops at the first error and returns it. */
ERR_MUST_USE enum err orgs_scan(struct db *db, const struct keystore *keystore,
    orgs_each each, void *context);

/* Is our own card sealed as before there were tallies? Nobody without the keys
 * can make one that is: a home that was made with a tally never held any. */
ERR_MUST_USE enum err orgs_are_old(
    struct db *db, const struct keystore *keystore, bool *old);
/* Seal all cards of such a home anew, as they are now. */
ERR_MUST_USE enum err orgs_renew(
    struct db *db, const struct keystore *keystore, const struct rng *rng);

#endif
