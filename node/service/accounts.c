#include "service/accounts.h"

#include "codec/canon.h"
#include "service/state.h"
#include "store/accounts.h"

#include "local.pb-c.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "qsg/account/v1"
#define ACCOUNT_BYTES ((size_t)16384)

struct accounts {
	struct account items[LIMIT_ACCOUNTS];
	size_t count;
};

/*
 * At rest.
 */

static enum err seal(const struct keystore *keystore, const struct rng *rng,
    const struct account *account, struct buf *out)
{
	ProtobufCBinaryData scope[LIMIT_ACCOUNT_SCOPE];
	char *regions[LIMIT_ACCOUNT_REGIONS];
	struct account copy = *account;
	struct buf plain = { 0 };
	Qsg__Account message;
	enum err err = ERR_OK;

	qsg__account__init(&message);
	message.number = (uint64_t)copy.number;
	message.name = copy.name;
	message.roles = copy.roles;
	message.unix_user = copy.has_user ? (uint64_t)copy.user + 1 : 0;
	message.password = copy.password;
	message.disabled = copy.disabled;
	message.made_at_ms = copy.made_ms;
	for (size_t i = 0; i < copy.scope.group_count; i++) {
		scope[i].data = copy.scope.groups[i].b;
		scope[i].len = sizeof copy.scope.groups[i].b;
	}
	message.scope = scope;
	message.n_scope = copy.scope.group_count;
	for (size_t i = 0; i < copy.scope.region_count; i++) {
		regions[i] = copy.scope.regions[i];
	}
	message.regions = regions;
	message.n_regions = copy.scope.region_count;
	err = canon_encode(&message.base, &plain);
	if (!err) {
		err =
		    keystore_seal(keystore, rng, LABEL, buf_span(&plain), out);
	}
	buf_wipe(&plain);
	return err;
}

static bool take_scope(const Qsg__Account *message, struct account_scope *out)
{
	if (message->n_scope > LIMIT_ACCOUNT_SCOPE ||
	    message->n_regions > LIMIT_ACCOUNT_REGIONS) {
		return false;
	}
	for (size_t i = 0; i < message->n_scope; i++) {
		if (message->scope[i].len != sizeof out->groups[i].b) {
			return false;
		}
		memcpy(out->groups[i].b, message->scope[i].data,
		    sizeof out->groups[i].b);
	}
	for (size_t i = 0; i < message->n_regions; i++) {
		size_t size = strlen(message->regions[i]);

		if (size >= sizeof out->regions[i]) {
			return false;
		}
		memcpy(out->regions[i], message->regions[i], size + 1);
	}
	out->group_count = message->n_scope;
	out->region_count = message->n_regions;
	return true;
}

static bool take(
    int64_t number, const Qsg__Account *message, struct account *out)
{
	*out = (struct account){ .number = number,
		.roles = message->roles,
		.has_user = message->unix_user != 0,
		.user = (uint32_t)(message->unix_user - 1),
		.disabled = message->disabled,
		.made_ms = message->made_at_ms };
	if (message->number != (uint64_t)number ||
	    !accounts_name_valid(message->name) ||
	    message->unix_user > (uint64_t)UINT32_MAX + 1 ||
	    strlen(message->password) >= sizeof out->password ||
	    !take_scope(message, &out->scope)) {
		return false;
	}
	memcpy(out->name, message->name, strlen(message->name) + 1);
	memcpy(out->password, message->password, strlen(message->password) + 1);
	return true;
}

static enum err unseal(const struct node *node, int64_t number,
    struct span sealed, struct account *out)
{
	struct buf plain = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err =
	    keystore_unseal(node->options.keystore, LABEL, sealed, &plain);

	if (!err) {
		err = canon_decode(&qsg__account__descriptor, buf_span(&plain),
		    ACCOUNT_BYTES, &message);
	}
	if (!err && !take(number, (const Qsg__Account *)message, out)) {
		err = ERR_CORRUPT;
	}
	buf_wipe(&plain);
	if (message) {
		canon_wipe(message);
	}
	return err ? err_set(err == ERR_MEM ? ERR_MEM : ERR_CORRUPT,
			 "account %lld does not open", (long long)number)
	           : ERR_OK;
}

enum err accounts_check(struct node *node, int64_t number, struct span sealed)
{
	struct account account;

	return unseal(node, number, sealed, &account);
}

static enum err load_one(void *context, int64_t number, struct span sealed)
{
	struct node *node = context;
	struct accounts *people = node->people;

	if (people->count == LIMIT_ACCOUNTS ||
	    number != (int64_t)people->count + 1) {
		return err_set(ERR_CORRUPT, "accounts are not in order");
	}
	return unseal(node, number, sealed, &people->items[people->count++]);
}

enum err accounts_load(struct node *node)
{
	node->people = calloc(1, sizeof *node->people);
	if (!node->people) {
		return err_set(ERR_MEM, "out of memory");
	}
	return accounts_scan(node->db, load_one, node);
}

void accounts_free(struct node *node)
{
	free(node->people);
	node->people = NULL;
}

enum err accounts_create(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct account *account)
{
	struct buf sealed = { 0 };
	enum err err = seal(keystore, rng, account, &sealed);

	if (!err) {
		err = accounts_set(db, account->number, buf_span(&sealed));
	}
	buf_clear(&sealed);
	return err;
}

/*
 * Looking.
 */

size_t accounts_count(const struct node *node)
{
	return node->people->count;
}

const struct account *accounts_at(const struct node *node, size_t place)
{
	return &node->people->items[place];
}

const struct account *accounts_named(const struct node *node, const char *name)
{
	for (size_t i = 0; i < node->people->count; i++) {
		if (strcmp(node->people->items[i].name, name) == 0) {
			return &node->people->items[i];
		}
	}
	return NULL;
}

const struct account *accounts_of_user(const struct node *node, uint32_t user)
{
	for (size_t i = 0; i < node->people->count; i++) {
		const struct account *each = &node->people->items[i];

		if (each->has_user && each->user == user) {
			return each;
		}
	}
	return NULL;
}

bool accounts_name_valid(const char *name)
{
	size_t size = strlen(name);

	return size >= 1 && size <= LIMIT_ACCOUNT_NAME && name[0] >= 'a' &&
	       name[0] <= 'z' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == size;
}

/*
 * Changing.
 */

static enum err write(struct node *node, const struct account *account)
{
	struct buf sealed = { 0 };
	enum err err =
	    seal(node->options.keystore, node->options.rng, account, &sealed);

	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = state_poison(node,
		    accounts_set(node->db, account->number, buf_span(&sealed)));
	}
	buf_clear(&sealed);
	if (!err) {
		struct accounts *people = node->people;

		people->items[account->number - 1] = *account;
		if ((size_t)account->number > people->count) {
			people->count = (size_t)account->number;
		}
	}
	return err;
}

/* One that somebody can use, and that may do everything. */
static bool is_administrator(const struct account *account)
{
	return !account->disabled && !account->scope.group_count &&
	       !account->scope.region_count &&
	       (account->roles & ROLES_ADMINISTRATOR) != 0 &&
	       (account->has_user || account->password[0]);
}

/* PROTOCOL.md M465: "A node MUST NOT disable or scope the last enabled account
 * that is an administrator's and that somebody can use." */
static enum err check_last(
    const struct node *node, const struct account *account)
{
	size_t others = 0;

	for (size_t i = 0; i < node->people->count; i++) {
		const struct account *each = &node->people->items[i];

		others +=
		    each->number != account->number && is_administrator(each);
	}
	if (is_administrator(account) && others == 0) {
		return err_set(ERR_STATE,
		    "%s is the last administrator: add or enable another "
		    "first",
		    account->name);
	}
	return ERR_OK;
}

static enum err find(
    const struct node *node, const char *name, struct account *out)
{
	const struct account *found = accounts_named(node, name);

	if (!found) {
		return err_set(ERR_NOTFOUND,
		    "there is no account %.40s; see `qsg account list`", name);
	}
	*out = *found;
	return ERR_OK;
}

static enum err check_new(
    const struct node *node, const struct account *account)
{
	const struct account *other = NULL;

	if (!accounts_name_valid(account->name)) {
		return err_set(ERR_INPUT,
		    "the name of an account is 1 to %u of a-z, 0-9, dot, "
		    "hyphen and underscore, and begins with a letter",
		    LIMIT_ACCOUNT_NAME);
	}
	if (account->roles == 0 || (account->roles & ~ROLES_ALL) != 0) {
		return err_set(ERR_INPUT, "an account needs a role");
	}
	if (account->password[0] && !password_hash_fits(account->password)) {
		return err_set(ERR_INPUT, "the password's hash does not fit");
	}
	if (accounts_named(node, account->name)) {
		return err_set(ERR_EXISTS,
		    "there is an account %s already; none is ever deleted: "
		    "`qsg account enable` brings one back",
		    account->name);
	}
	other =
	    account->has_user ? accounts_of_user(node, account->user) : NULL;
	if (other) {
		return err_set(ERR_EXISTS,
		    "that Unix user is account %s already", other->name);
	}
	if (node->people->count == LIMIT_ACCOUNTS) {
		return err_set(
		    ERR_LIMIT, "there are %u accounts", LIMIT_ACCOUNTS);
	}
	return ERR_OK;
}

static void sort(struct account_scope *scope)
{
	qsort(scope->groups, scope->group_count, sizeof scope->groups[0],
	    id_compare);
}

enum err accounts_add(struct node *node, const struct account *account)
{
	struct account next = *account;
	enum err err = check_new(node, account);

	if (err) {
		return err;
	}
	next.number = (int64_t)node->people->count + 1;
	next.made_ms = clock_wall_ms(node->options.clock);
	sort(&next.scope);
	return write(node, &next);
}

enum err accounts_disable(struct node *node, const char *name)
{
	struct account account;
	enum err err = find(node, name, &account);

	if (!err) {
		err = check_last(node, &account);
	}
	if (!err) {
		account.disabled = true;
		err = write(node, &account);
	}
	return err;
}

enum err accounts_enable(struct node *node, const char *name)
{
	struct account account;
	enum err err = find(node, name, &account);

	if (!err) {
		account.disabled = false;
		err = write(node, &account);
	}
	return err;
}

enum err accounts_set_password(
    struct node *node, const char *name, const char *hash)
{
	struct account account;
	enum err err = find(node, name, &account);

	if (!err && !password_hash_fits(hash)) {
		err = err_set(ERR_INPUT, "the password's hash does not fit");
	}
	if (!err) {
		memset(account.password, 0, sizeof account.password);
		memcpy(account.password, hash, strlen(hash));
		err = write(node, &account);
	}
	return err;
}

enum err accounts_set_scope(
    struct node *node, const char *name, const struct account_scope *scope)
{
	static const struct account_scope all;
	struct account account;
	enum err err = find(node, name, &account);

	if (!err && scope && (scope->group_count || scope->region_count)) {
		err = check_last(node, &account);
	}
	if (!err) {
		account.scope = scope ? *scope : all;
		sort(&account.scope);
		err = write(node, &account);
	}
	return err;
}
