#include "app/providing.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "domain/provider.h"
#include "service/groups.h"
#include "service/pictures.h"
#include "service/registering.h"
#include "view/json_out.h"
#include "view/provider_json.h"

#include <stdlib.h>
#include <string.h>

/*
 * Looking.
 */

struct listing {
	struct node *node;
	json_t *array;
};

static enum err list_one(void *context, const struct pictures_brief *brief)
{
	struct listing *listing = context;
	json_t *object = NULL;
	enum err err = provider_json_brief(listing->node, brief, &object);
	json_out_append(listing->array, object);
	return err;
}

enum err providing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { .node = core->node, .array = json_array() };
	struct pictures_filter filter = {
		.registered = ops_flag(arguments, "all"),
	};
	const char *named = ops_text(arguments, "group");
	const struct group_state *group = NULL;
	struct id32 id;
	enum err err = ERR_OK;
	if (named != NULL) {
		err = groups_find(core->node, named, &group);
	}
	if (err == ERR_OK && group != NULL) {
		id = group->id;
		filter.home_group = &id;
	}
	if (err == ERR_OK) {
		err = pictures_list(core->node, &filter, list_one, &listing);
	}
	answer->json = listing.array;
	return err;
}

enum err providing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct pictures_look look;
	struct provider_code code;
	enum err err = provider_code_normalise(
	    span_text(ops_text(arguments, "code")), &code);
	if (err == ERR_OK) {
		err = pictures_look(core->node, code.text, &look);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (look.picture.count == 0 && look.about.one == NULL) {
		err = err_set(ERR_NOTFOUND,
		    "nothing is held about %s, and it is in no register here",
		    code.text);
	} else {
		answer->json = provider_json_look(core->node, code.text, &look);
	}
	pictures_clear(&look);
	return err;
}

/*
 * Noting.
 */

/* Repeated texts, lent; at most LIMIT_READERS. */
static enum err read_list(
    const json_t *arguments, const char *key, const char **out, size_t *count)
{
	const json_t *list = json_object_get(arguments, key);
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > LIMIT_READERS) {
		return err_set(
		    ERR_LIMIT, "at most %u of --%s", LIMIT_READERS, key);
	}
	json_array_foreach(list, at, each)
	{
		out[at] = json_string_value(each);
	}
	*count = json_array_size(list);
	return ERR_OK;
}

static enum err read_part(const json_t *arguments, const char **part)
{
	static const char *const flags[][2] = { { "host", "host" },
		{ "associate", "associate" }, { "neither", "" } };
	*part = NULL;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!ops_flag(arguments, flags[i][0])) {
			continue;
		}
		if (*part != NULL) {
			return err_set(ERR_USAGE,
			    "--host, --associate and --neither exclude each "
			    "other");
		}
		*part = flags[i][1];
	}
	return ERR_OK;
}

enum err providing_relate(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	const char *sites[LIMIT_READERS];
	struct registering_request request = {
		.provider = ops_text(arguments, "code"),
		.commissioner = ops_text(arguments, "commissioner"),
		.home_group = ops_text(arguments, "home_group"),
		.type = ops_text(arguments, "type"),
		.name = ops_text(arguments, "name"),
		.sites = sites,
		.share = { .to = to,
		    .role = ops_text(arguments, "role"),
		    .person = ops_text(arguments, "person"),
		    .asked_by = ops_text(arguments, "asked_by"),
		    .yes = ops_flag(arguments, "yes"),
		    .confirmed = ops_text(arguments, "confirmed"),
		    .dry_run = ops_flag(arguments, "dry_run") },
	};
	struct registering_noted noted = { 0 };
	enum err err = read_part(arguments, &request.part);
	if (err == ERR_OK) {
		err = read_list(arguments, "site", sites, &request.site_count);
	}
	if (err == ERR_OK) {
		err = read_list(arguments, "to", to, &request.share.to_count);
	}
	if (err == ERR_OK) {
		err = registering_relate(core->node, &request, &noted);
		answer->json = provider_json_noted(core->node, &noted);
	}
	registering_clear(&noted);
	return err;
}

/*
 * Entries of a register.
 */

static enum err read_entries(
    const json_t *list, Qsg__RegisteredProvider **out, size_t *count)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		ProtobufCMessage *message = NULL;
		enum err err = pbjson_read(
		    each, &qsg__registered_provider__descriptor, &message);
		if (err != ERR_OK) {
			return err_wrap(err, "entry %zu", at + 1);
		}
		out[(*count)++] = (Qsg__RegisteredProvider *)message;
	}
	return ERR_OK;
}

static json_t *result_json(const struct registering_result *result)
{
	json_t *object = json_object();
	json_out_number(object, "new", result->added);
	json_out_number(object, "changed", result->changed);
	json_out_number(object, "same", result->same);
	json_out_number(object, "records", result->records);
	json_out_number(object, "drafts", result->drafts);
	return object;
}

enum err providing_register(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const json_t *list = json_object_get(arguments, "entries");
	size_t room = json_array_size(list);
	Qsg__RegisteredProvider **entries = NULL;
	struct registering_result result = { 0 };
	size_t count = 0;
	enum err err = ERR_OK;
	if (room > PROVIDING_BATCH) {
		return err_set(
		    ERR_LIMIT, "at most %u entries at once", PROVIDING_BATCH);
	}
	entries =
	    (Qsg__RegisteredProvider **)calloc(room + 1, sizeof(*entries));
	if (entries == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = read_entries(list, entries, &count);
	if (err == ERR_OK) {
		err = registering_import(core->node, ops_text(arguments, "set"),
		    entries, count, ops_flag(arguments, "dry_run"), &result);
		answer->json = result_json(&result);
	}
	for (size_t i = 0; i < count; i++) {
		canon_free(&entries[i]->base);
	}
	free((void *)entries);
	return err;
}
