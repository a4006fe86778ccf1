/*
 * accounts.h - the named people of this organisation, who may use its node.
 *
 * An account has roles (roles.h), may name one Unix user, whose requests are
 * then its own, may have a password, and may be scoped to groups and regions.
 * None is ever deleted, so that what was done under it keeps its meaning: it is
 * disabled.
 *
 * What changes here is staged; node_commit makes it durable.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACCOUNTS_H
#define QSG_SERVICE_ACCOUNTS_H

#include "domain/roles.h"
#include "keys/password.h"
#include "service/node.h"

/* What it is kept to; nothing of either: it sees all there is. */
struct account_scope {
	struct id32 groups[LIMIT_ACCOUNT_SCOPE]; /* ascending */
	size_t group_count;
	char regions[LIMIT_ACCOUNT_REGIONS][LIMIT_NAME_BYTES + 1];
	size_t region_count;
};

struct account {
	int64_t number;
	char name[LIMIT_ACCOUNT_NAME + 1];
	unsigned int roles;
	bool has_user;
	uint32_t user; /* of Unix, by number */
	struct account_scope scope;
	char password[PASSWORD_HASH_BYTES]; /* "" none */
	bool disabled;
	int64_t made_ms;
};

/* All, by their numbers. Borrowed until the next change. */
size_t accounts_count(const struct node *node);
const struct account *accounts_at(const struct node *node, size_t place);
/* NULL: none. */
const struct account *accounts_named(const struct node *node, const char *name);
/* The one that names this Unix user, disabled or not; NULL. */
const struct account *accounts_of_user(const struct node *node, uint32_t user);

/* May this be the name of an account: lower-case letters, digits, dots,
 * hyphens and underscores, beginning with a letter? */
bool accounts_name_valid(const char *name);

/* Number and made_ms are given here. ERR_INPUT (no role, a bad name or hash),
 * ERR_EXISTS (the name or the Unix user has one), ERR_LIMIT. */
ERR_MUST_USE enum err accounts_add(
    struct node *node, const struct account *account);
/* ERR_NOTFOUND; ERR_STATE when nobody would be left that may do everything. */
ERR_MUST_USE enum err accounts_disable(struct node *node, const char *name);
ERR_MUST_USE enum err accounts_enable(struct node *node, const char *name);
ERR_MUST_USE enum err accounts_set_password(
    struct node *node, const char *name, const char *hash);
/* NULL: to all there is. ERR_NOTFOUND, ERR_STATE as above. */
ERR_MUST_USE enum err accounts_set_scope(
    struct node *node, const char *name, const struct account_scope *scope);

/* Write the first account of a new home: an administrator. */
struct db;
ERR_MUST_USE enum err accounts_create(struct db *db,
    const struct keystore *keystore, const struct rng *rng,
    const struct account *account);

/* Called by load.c. */
ERR_MUST_USE enum err accounts_load(struct node *node);
void accounts_free(struct node *node);
/* Does a stored row open as an account of this number? For verify. */
ERR_MUST_USE enum err accounts_check(
    struct node *node, int64_t number, struct span sealed);

#endif
