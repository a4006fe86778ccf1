#include "service/share_parts.h"
#include "service/state.h"
#include "service/stated.h"

#include "codec/utf8.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_LABEL "qsg/readers/v1"
/* As of policies: so much of a group's id stands for it. */
#define GROUP_PREFIX 8u

/* Readers as they are found. */
struct found {
	int64_t *orgs;
	size_t count;
	const struct group_state *group;
};

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * One name.
 */

static const char *name_of(const struct group_state *group)
{
	return group->stated && group->stated->charter
	           ? group->stated->charter->name
	           : "";
}

static enum err same_name(const char *a, const char *b, bool *same)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	enum err err = utf8_fold(span_text(a), &first);

	if (!err) {
		err = utf8_fold(span_text(b), &second);
	}
	*same = !err && span_equal(buf_span(&first), buf_span(&second));
	buf_clear(&first);
	buf_clear(&second);
	return err == ERR_MEM ? err : ERR_OK;
}

/* Its name, or so much of its id that no code is it by chance? */
static enum err fits(
    const char *text, const struct group_state *group, bool *out)
{
	struct hex32 id = text_hex_id(&group->id);
	size_t size = strlen(text);

	*out = size >= GROUP_PREFIX && strncmp(id.text, text, size) == 0;
	return *out ? ERR_OK : same_name(text, name_of(group), out);
}

/* The groups that are meant, perhaps: nobody shares with any but its own. */
static enum err list_groups(
    struct node *node, const char *text, struct buf *list)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;
		bool meant = false;

		err = groups_at(node, i, &group);
		if (!err && groups_takes_part(node, group)) {
			err = fits(text, group, &meant);
		}
		if (!err && meant) {
			struct hex32 id = text_hex_id(&group->id);

			err = buf_printf(list, "; group %.60s, id %.16s",
			    name_of(group), id.text);
		}
	}
	return err;
}

/* PROTOCOL.md M365: "What may name an organisation and a group MUST be refused,
 * naming them, unless it is a whole fingerprint or a whole id." */
static enum err ambiguous(const char *text, const struct peer *peer,
    const char *several, struct buf *groups)
{
	if (!peer) {
		return err_set(
		    ERR_AMBIGUOUS, "%.200s%s", several, buf_text(groups));
	}
	return err_set(ERR_AMBIGUOUS,
	    "%.60s is an organisation and a group: %.60s (%s), fingerprint "
	    "%s%s; use the fingerprint or the id",
	    text, peer->card.fields->name, peer->card.fields->code,
	    text_fingerprint(&peer->card.organisation).text, buf_text(groups));
}

static enum err not_found(struct node *node, const char *why)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;

		err = groups_at(node, i, &group);
		if (!err && groups_takes_part(node, group)) {
			err = buf_printf(&list, "%s%s",
			    list.size ? ", " : "; groups: ", name_of(group));
		}
	}
	err = err ? err
	          : err_set(ERR_NOTFOUND, "%s%s", why,
			list.size ? buf_text(&list) : "");
	buf_clear(&list);
	return err;
}

/* Named as it is nowhere else: a whole fingerprint, or the whole id of a group.
 * No name that somebody took is taken for one. False: neither. */
static bool resolve_whole(struct node *node, const char *text,
    struct peer **peer, const struct group_state **group, enum err *err)
{
	struct id32 id;

	if (!text_unfingerprint(span_text(text), &id)) {
		*err = peers_resolve(node, text, peer);
		return true;
	}
	if (!text_unhex(span_text(text), id.b, sizeof id.b)) {
		*err = groups_by_id(node, &id, group);
		return *group != NULL;
	}
	return false;
}

/* An organisation or a group. */
static enum err resolve_one(struct node *node, const char *text,
    struct peer **peer, const struct group_state **group)
{
	char why[480];
	struct buf groups = { 0 };
	enum err of_peers = ERR_OK;
	enum err err = ERR_OK;

	*peer = NULL;
	*group = NULL;
	if (resolve_whole(node, text, peer, group, &err)) {
		return err;
	}
	of_peers = peers_resolve(node, text, peer);
	(void)snprintf(why, sizeof why, "%s", err_text());
	if (of_peers == ERR_NOTFOUND) {
		*peer = NULL;
		err = groups_resolve(node, text, group);
		return err == ERR_NOTFOUND ? not_found(node, why) : err;
	}
	if (of_peers && of_peers != ERR_AMBIGUOUS) {
		return of_peers;
	}
	err = list_groups(node, text, &groups);
	if (!err && groups.size) {
		err = ambiguous(text, of_peers ? NULL : *peer, why, &groups);
	} else if (!err && of_peers) {
		err = err_set(of_peers, "%s", why);
	}
	buf_clear(&groups);
	return err;
}

/*
 * All of them.
 */

static enum err add(struct found *found, const int64_t *orgs, size_t count)
{
	int64_t *grown =
	    realloc(found->orgs, (found->count + count + 1) * sizeof *grown);

	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	found->orgs = grown;
	for (size_t i = 0; i < count; i++) {
		if (orgs[i] != 1) {
			grown[found->count++] = orgs[i];
		}
	}
	return ERR_OK;
}

static enum err find_named(
    struct node *node, const struct share_request *request, struct found *found)
{
	enum err err = add(found, NULL, 0);

	for (size_t i = 0; i < request->to_count && !err; i++) {
		const struct group_state *group = NULL;
		struct peer *peer = NULL;

		err = resolve_one(node, request->to[i], &peer, &group);
		if (!err && peer) {
			err = add(found, &peer->org, 1);
		} else if (!err && found->group && found->group != group) {
			err = err_set(ERR_USAGE,
			    "one group at a time: share again with the other");
		} else if (!err) {
			found->group = group;
		}
	}
	return err;
}

static size_t sort(int64_t *orgs, size_t count)
{
	size_t kept = 0;

	qsort(orgs, count, sizeof *orgs, by_number);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || orgs[kept - 1] != orgs[i]) {
			orgs[kept++] = orgs[i];
		}
	}
	return kept;
}

static bool among(const int64_t *orgs, size_t count, int64_t org)
{
	return count > 0 &&
	       bsearch(&org, orgs, count, sizeof *orgs, by_number) != NULL;
}

static enum err look_up(struct node *node, const struct found *named,
    const struct found *members, struct share_result *out)
{
	out->about = calloc(out->reader_count + 1, sizeof *out->about);
	if (!out->about) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < out->reader_count; i++) {
		const struct peer *peer = peers_get(node, out->readers[i]);
		struct share_reader *about = &out->about[i];
		struct stated_kind stated;

		if (!peer) {
			return err_set(ERR_NOTFOUND, "no such reader");
		}
		about->in_group =
		    among(members->orgs, members->count, out->readers[i]);
		about->by_group =
		    about->in_group &&
		    !among(named->orgs, named->count, out->readers[i]);
		stated = stated_kind_or_card(node, peer);
		about->kind = stated.kind;
		about->kind_stated = stated.how != STATED_NOWHERE;
	}
	return ERR_OK;
}

static enum err make_list(struct node *node, struct share_result *out)
{
	struct id32 *ids = calloc(out->reader_count + 1, sizeof *ids);
	struct id32 hash;
	struct buf bytes = { 0 };
	enum err err = ids ? buf_append(&bytes, span_text(LIST_LABEL))
	                   : err_set(ERR_MEM, "out of memory");

	for (size_t i = 0; i < out->reader_count && !err; i++) {
		ids[i] = peers_get(node, out->readers[i])->card.organisation;
	}
	if (!err) {
		qsort(ids, out->reader_count, sizeof *ids, id_compare);
		err = buf_append(
		    &bytes, span_of(ids, out->reader_count * sizeof *ids));
	}
	if (!err && crypto_generichash(hash.b, sizeof hash.b, bytes.data,
			bytes.size, NULL, 0) != 0) {
		err = err_set(ERR_CRYPTO, "no hash");
	}
	if (!err) {
		out->list = text_hex_id(&hash);
	}
	buf_clear(&bytes);
	free(ids);
	return err;
}

static enum err join_group(struct node *node, const struct found *named,
    struct found *members, struct share_result *out)
{
	enum err err = ERR_OK;

	if (!named->group) {
		return ERR_OK;
	}
	err =
	    groups_readers(node, named->group, &members->orgs, &members->count);
	out->group.id = named->group->id;
	out->group.epoch = named->group->epoch;
	(void)snprintf(out->group_name, sizeof out->group_name, "%s",
	    name_of(named->group));
	return err;
}

static enum err check_request(const struct share_request *request)
{
	if (request->for_us_alone == (request->to_count > 0)) {
		return err_set(ERR_USAGE,
		    request->for_us_alone
			? "--private and --to exclude each other"
			: "say who may read this: --to ORGANISATION, or "
			  "--private");
	}
	if (request->to_count > LIMIT_READERS) {
		return err_set(ERR_LIMIT, "at most %u readers", LIMIT_READERS);
	}
	return ERR_OK;
}

static enum err check_found(
    const struct share_request *request, const struct found *all)
{
	if (!request->for_us_alone && all->count == 0) {
		return err_set(ERR_USAGE,
		    "the only reader named is this organisation itself; use "
		    "--private for that");
	}
	if (all->count > LIMIT_READERS) {
		return err_set(ERR_LIMIT, "at most %u readers", LIMIT_READERS);
	}
	return ERR_OK;
}

/* Named one by one, and as members; each once. */
static enum err put_together(const struct share_request *request,
    const struct found *named, const struct found *members,
    struct share_result *out)
{
	struct found all = { 0 };
	enum err err = add(&all, named->orgs, named->count);

	if (!err) {
		err = add(&all, members->orgs, members->count);
	}
	if (!err) {
		all.count = sort(all.orgs, all.count);
		err = check_found(request, &all);
	}
	if (!err) {
		out->readers = all.orgs;
		out->reader_count = all.count;
		all.orgs = NULL;
	}
	free(all.orgs);
	return err;
}

enum err share_readers_resolve(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	struct found named = { 0 };
	struct found members = { 0 };
	enum err err = check_request(request);

	if (!err) {
		err = find_named(node, request, &named);
	}
	if (!err) {
		named.count = sort(named.orgs, named.count);
		err = join_group(node, &named, &members, out);
	}
	if (!err) {
		err = put_together(request, &named, &members, out);
	}
	if (!err) {
		err = look_up(node, &named, &members, out);
	}
	if (!err) {
		err = make_list(node, out);
	}
	free(named.orgs);
	free(members.orgs);
	return err;
}

enum err share_readers(struct node *node, const char *const *to,
    size_t to_count, bool for_us_alone, int64_t **readers, size_t *count)
{
	const struct share_request request = {
		.to = to, .to_count = to_count, .for_us_alone = for_us_alone
	};
	struct share_result result = { 0 };
	enum err err = share_readers_resolve(node, &request, &result);

	if (!err && !id_is_zero(&result.group.id)) {
		err = err_set(ERR_USAGE,
		    "name organisations here, not the group %s",
		    result.group_name);
	}
	if (!err) {
		*readers = result.readers;
		*count = result.reader_count;
		result.readers = NULL;
	}
	share_clear(&result);
	return err;
}
