#include "app/acting.h"

#include "codec/text.h"
#include "service/activity.h"
#include "service/erasing.h"
#include "service/groups.h"
#include "service/query.h"
#include "service/scoping.h"
#include "view/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ABOUT_BYTES = 160, RECORD_KEYS = 3 };

/* Arguments that name records. */
static const char *const record_keys[RECORD_KEYS] = { "id", "record",
	"records" };

static bool is_owner(uint32_t user)
{
	return user == geteuid() || user == 0;
}

/*
 * Whose it is.
 */

/* PROTOCOL.md M463: "An account that is disabled, one that has no password, one
 * that there is not and a wrong password MUST all be refused in the same words
 * and after a comparison to whoever names an account, and the more wrong ones a
 * Unix user gave with a name, the longer MUST the node refuse to compare
 * another." */
static enum err wrong(void)
{
	return err_set(ERR_DENIED, "wrong account or password");
}

static enum err named(
    struct node *node, struct call *call, const struct account **out)
{
	const struct account *account = accounts_named(node, call->account);
	bool usable = account != NULL && !account->disabled;
	const char *hash = usable ? account->password : "";
	if (call->failed) {
		return wrong();
	}
	/* It may have changed meanwhile. Nobody's is compared, too, and is
	 * always wrong. */
	if (!call->checked || hash[0] == '\0' ||
	    strcmp(call->hash, hash) != 0) {
		(void)snprintf(call->hash, sizeof(call->hash), "%s", hash);
		call->checked = false;
		call->wants_check = true;
		return err_set(ERR_BUSY, "the password is to be compared");
	}
	*out = account;
	return ERR_OK;
}

/* PROTOCOL.md M461: "A request MUST be taken as that of the account whose name
 * and password come with it, else of the account that names the caller's Unix
 * user; where there is none, as an administrator's from the node's own user
 * and from root, and from nobody else." */
enum err acting_who(
    struct node *node, struct call *call, struct ops_caller *out)
{
	const struct account *account = accounts_of_user(node, call->user);
	enum err err = ERR_OK;
	*out = (struct ops_caller){ 0 };
	(void)snprintf(
	    out->name, sizeof(out->name), "uid:%lu", (unsigned long)call->user);
	if (!is_owner(call->user) && (account == NULL || account->disabled)) {
		return err_set(ERR_DENIED,
		    "no enabled account names the Unix user with number %lu: "
		    "an administrator adds one with `qsg account add`",
		    (unsigned long)call->user);
	}
	if (call->account[0] != '\0') {
		(void)snprintf(
		    out->name, sizeof(out->name), "%.40s", call->account);
		err = named(node, call, &account);
	} else if (account != NULL && account->disabled) {
		(void)snprintf(
		    out->name, sizeof(out->name), "%s", account->name);
		err = err_set(
		    ERR_DENIED, "account %s is disabled", account->name);
	}
	if (err != ERR_OK) {
		return err;
	}
	out->account = account;
	out->roles = ROLES_ADMINISTRATOR;
	if (account != NULL) {
		out->roles = account->roles;
		(void)snprintf(
		    out->name, sizeof(out->name), "%s", account->name);
	}
	return ERR_OK;
}

void acting_users(const struct node *node, struct sock_users *users)
{
	size_t count = 0;
	for (size_t i = 0; i < accounts_count(node); i++) {
		const struct account *account = accounts_at(node, i);
		if (account->has_user && !account->disabled) {
			atomic_store(&users->items[count], account->user);
			count++;
		}
	}
	atomic_store(&users->count, count);
}

/*
 * Whether it may.
 */

static enum err beyond(const struct ops_caller *caller, const char *what)
{
	return err_set(ERR_DENIED,
	    "%s is scoped to some groups or regions, and %s is not of these "
	    "alone",
	    caller->name, what);
}

static enum err check_record(
    struct node *node, const struct ops_caller *caller, const char *prefix)
{
	struct erasing_remembered remembered;
	uint32_t rid = 0;
	bool allowed = true;
	enum err err =
	    views_find_prefix(node_views(node), span_text(prefix), &rid);
	if (err == ERR_OK) {
		allowed = scoping_record(node, caller->account, rid);
	} else if (err == ERR_NOTFOUND &&
		   erasing_remember(node, prefix, &remembered) == ERR_OK) {
		/* Its grant says which group it was of. */
		allowed =
		    scoping_record(node, caller->account, remembered.grant);
		err = ERR_OK;
	}
	return err == ERR_OK && !allowed ? beyond(caller, "that record") : err;
}

static enum err check_group(
    struct node *node, const struct ops_caller *caller, const char *text)
{
	const struct group_state *group = NULL;
	if (groups_resolve(node, text, &group) != ERR_OK ||
	    !scoping_group(node, caller->account, &group->id)) {
		return beyond(caller, text);
	}
	return ERR_OK;
}

typedef enum err (*check)(
    struct node *node, const struct ops_caller *caller, const char *text);

struct scoping {
	struct node *node;
	const struct ops_caller *caller;
	const json_t *arguments;
	size_t checked;
};

/* One text or an array of them; none is none. */
static enum err check_key(struct scoping *scoping, const char *key, check each)
{
	const json_t *value = json_object_get(scoping->arguments, key);
	size_t at = 0;
	const json_t *item = NULL;
	enum err err = ERR_OK;
	if (json_is_string(value)) {
		scoping->checked++;
		return each(
		    scoping->node, scoping->caller, json_string_value(value));
	}
	json_array_foreach(value, at, item)
	{
		if (err == ERR_OK && json_is_string(item)) {
			scoping->checked++;
			err = each(scoping->node, scoping->caller,
			    json_string_value(item));
		}
	}
	return err;
}

static enum err check_records(struct scoping *scoping)
{
	enum err err = ERR_OK;
	for (size_t i = 0; i < RECORD_KEYS && err == ERR_OK; i++) {
		err = check_key(scoping, record_keys[i], check_record);
	}
	return err;
}

/* What names nothing that could be looked at is refused. */
static enum err check_scope(struct node *node, const struct ops_caller *caller,
    const struct roles_rule *rule, const json_t *arguments)
{
	struct scoping scoping = { node, caller, arguments, 0 };
	enum err err = ERR_OK;
	switch (rule->scope) {
	case ROLES_ANY:
	case ROLES_LISTS:
		return ERR_OK;
	case ROLES_RECORD:
		err = check_records(&scoping);
		break;
	case ROLES_READERS:
		scoping.checked =
		    json_is_true(json_object_get(arguments, "private"));
		err = check_records(&scoping);
		if (err == ERR_OK) {
			err = check_key(&scoping, "to", check_group);
		}
		break;
	case ROLES_GROUP:
		err = check_key(&scoping, "group", check_group);
		break;
	case ROLES_WHOLE:
		break;
	}
	if (err == ERR_OK && scoping.checked == 0) {
		err = beyond(caller, "this");
	}
	return err;
}

static enum err may(struct node *node, const struct ops_caller *caller,
    const struct roles_rule *rule, const struct call *call)
{
	struct buf who = { 0 };
	enum err err = ERR_OK;
	if (rule != NULL && roles_may(caller->roles, call->op->name)) {
		return scoping_is_scoped(caller->account)
		           ? check_scope(node, caller, rule, call->arguments)
		           : ERR_OK;
	}
	if (rule != NULL) {
		err = roles_list(rule->roles, &who);
	}
	if (err == ERR_OK) {
		err = err_set(ERR_DENIED,
		    "%s may not do that (%s): it takes the role %s",
		    caller->name, call->op->name,
		    rule == NULL ? "of nobody" : buf_text(&who));
	}
	buf_clear(&who);
	return err;
}

/*
 * Two people.
 */

/* Where there are several accounts, people are told apart by them. */
static enum err name_person(
    const struct node *node, const struct ops_caller *caller, struct call *call)
{
	bool second = strncmp(call->op->name, "release-", 8) == 0;
	const char *key = second ? "person" : "asked_by";
	bool takes = false;
	for (size_t i = 0; i < call->op->arg_count; i++) {
		takes = takes || strcmp(call->op->args[i].key, key) == 0;
	}
	if (!takes || accounts_count(node) < 2) {
		return ERR_OK;
	}
	const char *given =
	    json_string_value(json_object_get(call->arguments, key));
	if (given != NULL && strcmp(given, caller->name) != 0) {
		return err_set(ERR_INPUT,
		    "this node has accounts: leave out --%s, as who acts is "
		    "%s",
		    second ? "person" : "asked-by", caller->name);
	}
	json_out_text(call->arguments, key, caller->name);
	return ERR_OK;
}

/*
 * The note.
 */

struct noting {
	struct id32 *ids;
	size_t count;
	char about[ABOUT_BYTES + 1];
};

static void add_about(struct noting *noting, const json_t *arguments)
{
	static const char *const keys[] = { "name", "who", "provider", "with",
		"author", "group", "query", "term", "code" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text =
		    json_string_value(json_object_get(arguments, keys[i]));
		if (text != NULL) {
			size_t size = strlen(text);
			size = size > ABOUT_BYTES ? ABOUT_BYTES : size;
			/* Whole characters only. */
			while (text[size] != '\0' && size > 0 &&
			       ((unsigned char)text[size] & 0xC0) == 0x80) {
				size--;
			}
			memcpy(noting->about, text, size);
			return;
		}
	}
}

static enum err append(struct noting *noting, const struct id32 *id)
{
	struct id32 *grown =
	    realloc(noting->ids, (noting->count + 1) * sizeof(*noting->ids));
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	noting->ids = grown;
	noting->ids[noting->count++] = *id;
	return ERR_OK;
}

static enum err add_id(struct noting *noting, const json_t *value)
{
	const char *text = json_string_value(value);
	struct id32 id;
	if (text == NULL || strlen(text) != 2 * sizeof(id.b) ||
	    text_unhex(span_text(text), id.b, sizeof(id.b)) != ERR_OK) {
		return ERR_OK;
	}
	return append(noting, &id);
}

static int compare_ids(const void *a, const void *b)
{
	return id_compare(a, b);
}

/* Each once. */
static void put_in_order(struct noting *noting)
{
	size_t kept = 0;
	if (noting->count > 0) {
		qsort(noting->ids, noting->count, sizeof(*noting->ids),
		    compare_ids);
	}
	for (size_t i = 0; i < noting->count; i++) {
		if (kept == 0 ||
		    !id_equal(&noting->ids[kept - 1], &noting->ids[i])) {
			noting->ids[kept++] = noting->ids[i];
		}
	}
	noting->count = kept;
}

/* The records that an answer names as its own. */
static enum err add_answer(struct noting *noting, const json_t *answer)
{
	size_t at = 0;
	const json_t *each = NULL;
	enum err err = add_id(noting, json_object_get(answer, "id"));
	if (err == ERR_OK) {
		err = add_id(noting, json_object_get(answer, "record"));
	}
	json_array_foreach(json_object_get(answer, "records"), at, each)
	{
		if (err == ERR_OK) {
			err =
			    add_id(noting, json_is_object(each)
					       ? json_object_get(each, "record")
					       : each);
		}
	}
	return err;
}

static enum err gather(struct node *node, const struct call *call,
    const struct ops_answer *answer, struct noting *out)
{
	enum err err = activity_watched(node, &out->ids, &out->count);
	if (err == ERR_OK) {
		err = add_answer(out, answer->json);
	}
	add_about(out, call->arguments);
	put_in_order(out);
	return err;
}

/* What changed something is noted with the change. */
static enum err note(struct node *node, const struct ops_caller *caller,
    const struct roles_rule *rule, const struct call *call,
    const struct ops_answer *answer)
{
	struct noting noting = { 0 };
	enum err err = gather(node, call, answer, &noting);
	struct activity_note entry = { .account = caller->name,
		.operation = call->op->name,
		.about = noting.about,
		.records = noting.ids,
		.count = noting.count };
	if (err == ERR_OK && rule->kind == ROLES_ACTS && node_staged(node)) {
		err = activity_act(node, &entry);
	} else if (err == ERR_OK &&
		   (rule->kind == ROLES_ACTS || entry.count > 0)) {
		err = activity_read(node, &entry);
	}
	free(noting.ids);
	return err;
}

/* A record that whoever asked knows by how its id begins; none is none. */
static enum err add_meant(
    struct node *node, struct noting *noting, const json_t *value)
{
	uint32_t rid = 0;
	if (!json_is_string(value) ||
	    views_find_prefix(node_views(node),
		span_text(json_string_value(value)), &rid) != ERR_OK) {
		return ERR_OK;
	}
	return append(noting, &views_get(node_views(node), rid)->id);
}

static enum err add_named(
    struct node *node, struct noting *noting, const json_t *arguments)
{
	enum err err = ERR_OK;
	for (size_t i = 0; i < RECORD_KEYS && err == ERR_OK; i++) {
		const json_t *value =
		    json_object_get(arguments, record_keys[i]);
		size_t at = 0;
		const json_t *each = NULL;
		err = add_meant(node, noting, value);
		json_array_foreach(value, at, each)
		{
			if (err == ERR_OK && at < LIMIT_ACTIVITY_RECORDS) {
				err = add_meant(node, noting, each);
			}
		}
	}
	put_in_order(noting);
	return err;
}

static enum err note_refused(
    struct node *node, const struct ops_caller *caller, const struct call *call)
{
	struct noting noting = { 0 };
	enum err err = add_named(node, &noting, call->arguments);
	add_about(&noting, call->arguments);
	if (err == ERR_OK) {
		err = activity_read(
		    node, &(struct activity_note){ .account = caller->name,
			      .operation = call->op->name,
			      .about = noting.about,
			      .records = noting.ids,
			      .count = noting.count,
			      .refused = true });
	}
	free(noting.ids);
	return err;
}

/* What somebody reads is opened for that account. Who acts is shown nothing of
 * other records, and the node needs those, to know whom a correction has to
 * reach. */
static enum err handle(struct ops_core *core, const struct ops_caller *caller,
    const struct roles_rule *rule, struct call *call, struct ops_answer *answer)
{
	enum err err = name_person(core->node, caller, call);
	core->caller = caller;
	activity_watch(core->node);
	query_open_for(
	    core->node, rule->kind == ROLES_READS ? caller->account : NULL);
	if (err == ERR_OK) {
		err = call->op->handler(core, call->arguments, answer);
	}
	query_open_for(core->node, NULL);
	activity_rest(core->node);
	core->caller = NULL;
	return err;
}

enum err acting_run(
    struct ops_core *core, struct call *call, struct ops_answer *answer)
{
	struct node *node = core->node;
	const struct roles_rule *rule = roles_rule(call->op->name);
	struct ops_caller caller;
	char why[512];
	enum err err = acting_who(node, call, &caller);
	if (err == ERR_OK) {
		err = may(node, &caller, rule, call);
	}
	if (err == ERR_OK) {
		err = handle(core, &caller, rule, call, answer);
	}
	if (answer->again_until_ms != 0) {
		return err;
	}
	if (err == ERR_OK && rule->kind != ROLES_LOOKS) {
		err = note(node, &caller, rule, call, answer);
	} else if (err == ERR_DENIED) {
		(void)snprintf(why, sizeof(why), "%s", err_text());
		/* Out of memory, nobody is told but whoever asked. */
		(void)!(call->failed ? activity_guessed(node, caller.name,
					   call->user, call->op->name)
				     : note_refused(node, &caller, call));
		err = err_set(err, "%s", why);
	}
	if (core->users != NULL && rule != NULL && rule->kind == ROLES_ACTS) {
		acting_users(node, core->users);
	}
	return err;
}
