#define _POSIX_C_SOURCE 200809L

#include "app/accounting.h"

#include "app/acting.h"
#include "app/commands.h"
#include "codec/text.h"
#include "codec/when.h"
#include "service/groups.h"
#include "service/scoping.h"
#include "view/account_json.h"
#include "view/json_out.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Accounts.
 */

static enum err take_roles(const json_t *arguments, unsigned int *roles)
{
	size_t at = 0;
	const json_t *each = NULL;
	*roles = 0;
	json_array_foreach(json_object_get(arguments, "roles"), at, each)
	{
		const char *token = json_string_value(each);
		enum err err = vocab_require(roles_vocab(), span_text(token));
		if (err != ERR_OK) {
			return err;
		}
		*roles |= roles_named(token);
	}
	return ERR_OK;
}

static enum err add_region(
    struct node *node, const char *name, struct account_scope *out)
{
	if (out->region_count == LIMIT_ACCOUNT_REGIONS) {
		return err_set(ERR_LIMIT,
		    "an account is scoped to at most %u regions",
		    LIMIT_ACCOUNT_REGIONS);
	}
	enum err err =
	    scoping_find_region(node, name, out->regions[out->region_count]);
	out->region_count += err == ERR_OK ? 1 : 0;
	return err;
}

static enum err add_group(const struct id32 *group, struct account_scope *out)
{
	if (out->group_count == LIMIT_ACCOUNT_SCOPE) {
		return err_set(ERR_LIMIT,
		    "an account is scoped to at most %u groups",
		    LIMIT_ACCOUNT_SCOPE);
	}
	out->groups[out->group_count++] = *group;
	return ERR_OK;
}

/* A group, or else a region; what may be both has to be said. */
static enum err add_scope(
    struct node *node, const char *text, struct account_scope *out)
{
	static const char prefix[] = "region:";
	const struct group_state *group = NULL;
	char region[LIMIT_NAME_BYTES + 1];
	char why[512];
	if (strncmp(text, prefix, sizeof(prefix) - 1) == 0) {
		return add_region(node, text + sizeof(prefix) - 1, out);
	}
	enum err err = groups_resolve(node, text, &group);
	if (err == ERR_AMBIGUOUS) {
		return err;
	}
	(void)snprintf(why, sizeof(why), "%s", err_text());
	bool is_region = scoping_find_region(node, text, region) == ERR_OK;
	if (err == ERR_OK && is_region) {
		return err_set(ERR_AMBIGUOUS,
		    "%.80s is a group and a region: say region:%.80s, or give "
		    "the group's id, %s",
		    text, text, text_hex_id(&group->id).text);
	}
	if (err != ERR_OK && !is_region) {
		return err_set(
		    err, "%s; nor is there a region of that name", why);
	}
	return is_region ? add_region(node, text, out)
	                 : add_group(&group->id, out);
}

static enum err take_scope(
    struct node *node, const json_t *arguments, struct account_scope *out)
{
	size_t at = 0;
	const json_t *each = NULL;
	enum err err = ERR_OK;
	*out = (struct account_scope){ .group_count = 0 };
	json_array_foreach(json_object_get(arguments, "scope"), at, each)
	{
		if (err == ERR_OK) {
			err = add_scope(node, json_string_value(each), out);
		}
	}
	return err;
}

static enum err take_user(const json_t *arguments, struct account *out)
{
	const json_t *user = json_object_get(arguments, "user");
	if (user == NULL) {
		return ERR_OK;
	}
	/* The greatest number means "nobody in particular" to the kernel. */
	if (json_integer_value(user) >= (json_int_t)UINT32_MAX) {
		return err_set(ERR_INPUT, "there is no such Unix user");
	}
	out->has_user = true;
	out->user = (uint32_t)json_integer_value(user);
	return ERR_OK;
}

static void answer_with(
    struct ops_core *core, const char *name, struct ops_answer *answer)
{
	const struct account *account = accounts_named(core->node, name);
	if (account != NULL) {
		answer->json = account_json(core->node, account);
	}
}

enum err accounting_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct account account = { 0 };
	const char *name = ops_text(arguments, "name");
	const char *hash = ops_text(arguments, "password_hash");
	enum err err = take_roles(arguments, &account.roles);
	(void)snprintf(account.name, sizeof(account.name), "%s", name);
	if (err == ERR_OK && !accounts_name_valid(name)) {
		/* Also one that was cut. */
		account.name[0] = '\0';
	}
	if (err == ERR_OK && hash != NULL) {
		if (strlen(hash) >= sizeof(account.password)) {
			return err_set(
			    ERR_INPUT, "the password's hash does not fit");
		}
		memcpy(account.password, hash, strlen(hash));
	}
	if (err == ERR_OK) {
		err = take_user(arguments, &account);
	}
	if (err == ERR_OK) {
		err = take_scope(core->node, arguments, &account.scope);
	}
	if (err == ERR_OK) {
		err = accounts_add(core->node, &account);
	}
	if (err == ERR_OK) {
		answer_with(core, name, answer);
	}
	return err;
}

enum err accounting_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	answer->json = json_array();
	for (size_t i = 0; i < accounts_count(core->node); i++) {
		json_out_append(answer->json,
		    account_json(core->node, accounts_at(core->node, i)));
	}
	return ERR_OK;
}

enum err accounting_whoami(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct ops_caller *caller = core->caller;
	(void)arguments;
	answer->json = json_object();
	json_out_text(answer->json, "name", caller->name);
	json_out_set(answer->json, "roles", account_json_roles(caller->roles));
	json_out_bool(answer->json, "has_account", caller->account != NULL);
	return ERR_OK;
}

enum err accounting_disable(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *name = ops_text(arguments, "name");
	enum err err = accounts_disable(core->node, name);
	if (err == ERR_OK) {
		answer_with(core, name, answer);
	}
	return err;
}

enum err accounting_enable(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *name = ops_text(arguments, "name");
	enum err err = accounts_enable(core->node, name);
	if (err == ERR_OK) {
		answer_with(core, name, answer);
	}
	return err;
}

enum err accounting_password(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *name = ops_text(arguments, "name");
	enum err err = accounts_set_password(
	    core->node, name, ops_text(arguments, "password_hash"));
	if (err == ERR_OK) {
		answer_with(core, name, answer);
	}
	return err;
}

enum err accounting_scope(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct account_scope scope;
	const char *name = ops_text(arguments, "name");
	enum err err = take_scope(core->node, arguments, &scope);
	if (err == ERR_OK) {
		err = accounts_set_scope(core->node, name, &scope);
	}
	if (err == ERR_OK) {
		answer_with(core, name, answer);
	}
	return err;
}

/*
 * Activity. Written as text line by line, so that a long list never stands in
 * memory as a tree.
 */

struct listing {
	const char *who;
	const char *record; /* how its id begins, in hex */
	int64_t since_ms;
	struct buf *text;
	bool any;
};

static bool names(const Qsg__ActivityEntry *entry, const char *prefix)
{
	for (size_t i = 0; i < entry->n_records; i++) {
		struct id32 id;
		if (entry->records[i].len != sizeof(id.b)) {
			continue;
		}
		memcpy(id.b, entry->records[i].data, sizeof(id.b));
		if (strncmp(text_hex_id(&id).text, prefix, strlen(prefix)) ==
		    0) {
			return true;
		}
	}
	return false;
}

static enum err list_line(void *context, const struct activity_line *line)
{
	struct listing *listing = context;
	const Qsg__ActivityEntry *entry = line->entry;
	if (entry->at_ms < listing->since_ms ||
	    (listing->who != NULL &&
		strcmp(entry->account, listing->who) != 0) ||
	    (listing->record != NULL && !names(entry, listing->record))) {
		return ERR_OK;
	}
	json_t *object = account_json_activity(line);
	enum err err =
	    buf_append(listing->text, span_text(listing->any ? ",\n" : "[\n"));
	listing->any = true;
	if (err == ERR_OK) {
		err = json_out_dump(object, listing->text);
	}
	json_decref(object);
	return err;
}

enum err accounting_activity(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { .who = ops_text(arguments, "who"),
		.record = ops_text(arguments, "record"),
		.since_ms = INT64_MIN,
		.text = &answer->text };
	const char *since = ops_text(arguments, "since");
	enum err err = ERR_OK;
	if (since != NULL) {
		err = when_parse(span_text(since), &listing.since_ms);
	}
	if (err == ERR_OK) {
		err = activity_list(core->node, list_line, &listing);
	}
	return err == ERR_OK ? buf_append(&answer->text,
				   span_text(listing.any ? "\n]" : "[]"))
	                     : err;
}

/*
 * On the command line.
 */

/* By name or by number. */
static enum err find_user(json_t *arguments)
{
	const char *text = ops_text(arguments, "unix_user");
	char *end = NULL;
	if (text == NULL) {
		return ERR_OK;
	}
	const struct passwd *entry = getpwnam(text);
	unsigned long number = strtoul(text, &end, 10);
	if (entry != NULL) {
		number = entry->pw_uid;
	} else if (text[0] < '0' || text[0] > '9' || *end != '\0') {
		return err_set(
		    ERR_NOTFOUND, "this machine has no Unix user %.40s", text);
	}
	(void)json_object_del(arguments, "unix_user");
	json_out_number(arguments, "user", number);
	return ERR_OK;
}

/* What is kept of the password is made here: it takes a second, and the
 * password itself goes no further. */
static enum err add_hash(const struct cli *cli, json_t *arguments, bool must)
{
	char hash[PASSWORD_HASH_BYTES];
	const char *file = ops_text(arguments, "new_password_file");
	if (file == NULL && !must) {
		return ERR_OK;
	}
	enum err err = cli_new_password(cli, file, hash);
	if (err == ERR_OK) {
		(void)json_object_del(arguments, "new_password_file");
		json_out_text(arguments, "password_hash", hash);
	}
	return err;
}

int accounting_run_add(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = find_user(arguments);
	if (err == ERR_OK) {
		err = add_hash(cli, arguments, false);
	}
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}

int accounting_run_password(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = add_hash(cli, arguments, true);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}
