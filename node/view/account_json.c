#include "view/account_json.h"

#include "codec/text.h"
#include "service/groups.h"
#include "view/json_out.h"

#include <string.h>

json_t *account_json_roles(unsigned int roles)
{
	json_t *array = json_array();
	for (unsigned int i = 0; roles_token(i) != NULL; i++) {
		if ((roles & (1u << i)) != 0) {
			json_out_append(array, json_string(roles_token(i)));
		}
	}
	return array;
}

static json_t *scope_json(struct node *node, const struct account *account)
{
	json_t *array = json_array();
	const struct account_scope *scope = &account->scope;
	for (size_t i = 0; i < scope->group_count; i++) {
		const struct group_state *group = NULL;
		json_t *each = json_object();
		json_out_id(each, "group", &scope->groups[i]);
		if (groups_by_id(node, &scope->groups[i], &group) == ERR_OK &&
		    group->stated != NULL && group->stated->charter != NULL) {
			json_out_text(
			    each, "name", group->stated->charter->name);
		}
		json_out_append(array, each);
	}
	for (size_t i = 0; i < scope->region_count; i++) {
		json_t *each = json_object();
		json_out_text(each, "region", scope->regions[i]);
		json_out_append(array, each);
	}
	return array;
}

json_t *account_json(struct node *node, const struct account *account)
{
	json_t *object = json_object();
	json_out_text(object, "name", account->name);
	json_out_set(object, "roles", account_json_roles(account->roles));
	json_out_set(object, "unix_user",
	    account->has_user ? json_integer(account->user) : json_null());
	json_out_bool(object, "password", account->password[0] != '\0');
	json_out_set(object, "scope", scope_json(node, account));
	json_out_bool(object, "enabled", !account->disabled);
	json_out_time(object, "made_at", account->made_ms);
	return object;
}

json_t *account_json_activity(const struct activity_line *line)
{
	const Qsg__ActivityEntry *entry = line->entry;
	json_t *object = json_object();
	json_t *records = json_array();
	for (size_t i = 0; i < entry->n_records; i++) {
		struct id32 id;
		if (entry->records[i].len == sizeof(id.b)) {
			memcpy(id.b, entry->records[i].data, sizeof(id.b));
			json_out_append(
			    records, json_string(text_hex_id(&id).text));
		}
	}
	json_out_time(object, "at", entry->at_ms);
	json_out_text(object, "account", entry->account);
	json_out_text(object, "operation", entry->operation);
	json_out_bool(object, "refused", entry->refused);
	json_out_text_or_null(object, "about", entry->about);
	json_out_set(object, "records", records);
	json_out_set(object, "logged_in", json_null());
	if (line->record != NULL) {
		json_out_id(object, "logged_in", line->record);
	}
	return object;
}

/*
 * For people.
 */

static void put_roles(struct paper *paper, const json_t *roles)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(roles, at, each)
	{
		paper_put(paper, at == 0 ? "" : ", ");
		paper_text(paper, json_string_value(each));
	}
}

static void put_account(struct paper *paper, const json_t *value)
{
	const json_t *scope = json_object_get(value, "scope");
	size_t at = 0;
	const json_t *each = NULL;
	paper_styled(paper, PAPER_BOLD, paper_member(value, "name"));
	paper_put(paper, ": ");
	put_roles(paper, json_object_get(value, "roles"));
	if (json_is_integer(json_object_get(value, "unix_user"))) {
		paper_printf(paper, "; Unix user %lld",
		    (long long)paper_number(value, "unix_user"));
	}
	paper_put(paper, paper_flag(value, "password") ? "; password" : "");
	json_array_foreach(scope, at, each)
	{
		const char *name = paper_member(each, "name");
		const char *region = paper_member(each, "region");
		paper_put(paper, at == 0 ? "; for " : ", ");
		paper_put(paper, region[0] == '\0' ? "" : "region ");
		paper_text(paper, region[0] != '\0' ? region
				  : name[0] == '\0'
				      ? paper_member(each, "group")
				      : name);
	}
	if (!paper_flag(value, "enabled")) {
		paper_put(paper, "; ");
		paper_styled(paper, PAPER_WARN, "disabled");
	}
	paper_put(paper, "\n");
	if (!paper_flag(value, "password") &&
	    !json_is_integer(json_object_get(value, "unix_user"))) {
		paper_put(
		    paper, "  nobody can use it yet: give it a password\n");
	}
}

void account_json_render(struct paper *paper, const json_t *value)
{
	put_account(paper, value);
}

void account_json_render_list(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		put_account(paper, each);
	}
}

void account_json_render_caller(struct paper *paper, const json_t *value)
{
	paper_text(paper, paper_member(value, "name"));
	paper_put(paper, ": ");
	put_roles(paper, json_object_get(value, "roles"));
	paper_put(paper, "\n");
	if (!paper_flag(value, "has_account")) {
		paper_put(paper,
		    "no account names this Unix user; it acts as an "
		    "administrator, as the node's own user or root\n");
	}
}

static void put_activity(struct paper *paper, const json_t *value)
{
	const json_t *records = json_object_get(value, "records");
	const char *about = paper_member(value, "about");
	size_t at = 0;
	const json_t *each = NULL;
	paper_time(paper, value, "at");
	paper_put(paper, "  ");
	paper_styled(paper, PAPER_BOLD, paper_member(value, "account"));
	paper_put(paper, "  ");
	paper_text(paper, paper_member(value, "operation"));
	if (about[0] != '\0') {
		paper_put(paper, "  ");
		paper_text(paper, about);
	}
	if (paper_flag(value, "refused")) {
		paper_put(paper, "  ");
		paper_styled(paper, PAPER_WARN, "refused");
	}
	paper_put(paper, "\n");
	json_array_foreach(records, at, each)
	{
		paper_put(paper, "    ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
}

void account_json_render_activity(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(value, at, each)
	{
		put_activity(paper, each);
	}
}
