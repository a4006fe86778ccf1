#define _POSIX_C_SOURCE 200809L

#include "service/home.h"

#include "base/fs.h"
#include "service/accounts.h"
#include "service/node.h"
#include "store/logs.h"
#include "store/mark.h"
#include "store/orgs.h"
#include "store/tally.h"

#include <string.h>
#include <unistd.h>

enum err home_path(const char *home, const char *name, struct buf *out)
{
	buf_reset(out);
	return fs_join(home, name, out);
}

enum err home_write_card(const char *home, const struct card *card)
{
	struct buf path = { 0 };
	struct buf text = { 0 };
	enum err err = home_path(home, "card.pub", &path);

	if (!err) {
		err = card_armour(card, &text);
	}
	if (!err) {
		err = fs_write_atomic(buf_text(&path), buf_span(&text));
	}
	buf_clear(&text);
	buf_clear(&path);
	return err;
}

/* Whoever makes the home is the first who may use it. */
static enum err create_account(struct db *db, const struct keystore *keystore,
    const struct clock *clock, const struct rng *rng,
    const struct node_profile *profile)
{
	struct account account = { .number = 1,
		.roles = ROLES_ADMINISTRATOR,
		.has_user = true,
		.user = profile->user,
		.made_ms = clock_wall_ms(clock) };

	if (!profile->account) {
		return ERR_OK;
	}
	if (!accounts_name_valid(profile->account)) {
		return err_set(ERR_INPUT, "%.40s is no name of an account",
		    profile->account);
	}
	memcpy(account.name, profile->account, strlen(profile->account) + 1);
	return accounts_create(db, keystore, rng, &account);
}

/* The first rows of a new database: ourselves, our log, its mark. */
static enum err create_rows(struct db *db, const struct keystore *keystore,
    const struct card *card, const struct clock *clock, const struct rng *rng,
    const struct node_profile *profile)
{
	const struct keystore_public *keys = keystore_public(keystore);
	struct org_row org = { .id = keys->organisation,
		.signed_card = buf_span(&card->signed_bytes),
		.added_ms = clock_wall_ms(clock) };
	struct log_row log = { .generation = keys->logs[0].generation };
	int64_t number = 0;
	enum err err = db_begin(db);

	if (err) {
		return err;
	}
	err = orgs_add(db, keystore, rng, &org, &org.org);
	if (!err) {
		log.org = org.org;
		merkle_empty(&log.root);
		err = logs_add(db, &log, &number);
	}
	if (!err) {
		err = create_account(db, keystore, clock, rng, profile);
	}
	if (!err) {
		err = db_commit(db);
	}
	return err;
}

static enum err create_mark(const char *home, const struct keystore *keystore)
{
	struct mark_head head = { 0 };
	struct mark *mark = NULL;
	struct buf path = { 0 };
	enum err err = home_path(home, "mark", &path);

	head.generation = keystore_public(keystore)->logs[0].generation;
	merkle_empty(&head.root);
	if (!err) {
		err = mark_create(buf_text(&path), &head, &mark);
	}
	mark_close(mark);
	buf_clear(&path);
	return err;
}

static enum err create_files(const char *home,
    const struct node_profile *profile, const struct keystore *keystore,
    const struct clock *clock, const struct rng *rng)
{
	const char *endpoints[1] = { profile->endpoint };
	struct card_profile claims = { .name = profile->name,
		.code = profile->code,
		.kind = profile->kind,
		.endpoints = endpoints,
		.endpoint_count = profile->endpoint ? 1 : 0,
		.version = 1 };
	struct card card = { 0 };
	struct db *db = NULL;
	struct buf path = { 0 };
	enum err err = card_make(keystore, &claims, &card);

	if (!err) {
		err = home_path(home, "records.db", &path);
	}
	if (!err) {
		err = db_open(buf_text(&path), rng, &db);
	}
	if (!err) {
		err = tally_create(db, keystore, rng);
	}
	if (!err) {
		err = create_rows(db, keystore, &card, clock, rng, profile);
	}
	db_close(db);
	if (!err) {
		err = create_mark(home, keystore);
	}
	if (!err) {
		err = home_write_card(home, &card);
	}
	card_clear(&card);
	buf_clear(&path);
	return err;
}

/* Take back what a failed creation made. */
static void remove_home(const char *home)
{
	static const char *const names[] = { "keys", "records.db",
		"records.db-wal", "records.db-shm", "mark", "card.pub" };
	struct buf path = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (!home_path(home, names[i], &path)) {
			(void)unlink(buf_text(&path));
		}
	}
	(void)rmdir(home);
	buf_clear(&path);
}

enum err node_create(const char *home, const struct node_profile *profile,
    const struct passphrase *passphrase, enum keystore_cost cost,
    const struct clock *clock, const struct rng *rng)
{
	struct keystore *keystore = NULL;
	struct buf path = { 0 };
	enum err err = home_path(home, "keys", &path);

	if (err) {
		goto done;
	}
	if (fs_exists(buf_text(&path))) {
		err = err_set(ERR_EXISTS, "%s is a home already", home);
		goto done;
	}
	err = fs_make_private_dir(home);
	if (err) {
		goto done;
	}
	err =
	    keystore_create(buf_text(&path), passphrase, cost, rng, &keystore);
	if (!err) {
		err = create_files(home, profile, keystore, clock, rng);
	}
	if (err) {
		remove_home(home);
	}
done:
	keystore_close(keystore);
	buf_clear(&path);
	return err;
}
