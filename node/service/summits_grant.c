#include "service/summits_say_parts.h"

#include "service/granting.h"
#include "service/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One record, and for whom. */
struct giving {
	struct id32 record;
	struct fingerprint *names;
	const char **to;
	int64_t *orgs;
	size_t count;
};

static void clear(struct giving *giving)
{
	free(giving->names);
	free((void *)giving->to);
	free(giving->orgs);
	*giving = (struct giving){ 0 };
}

static enum err begin(
    struct giving *giving, const struct id32 *record, size_t most)
{
	giving->record = *record;
	giving->names = calloc(most + 1, sizeof *giving->names);
	giving->to = (const char **)calloc(most + 1, sizeof *giving->to);
	giving->orgs = calloc(most + 1, sizeof *giving->orgs);
	return giving->names && giving->to && giving->orgs
	           ? ERR_OK
	           : err_set(ERR_MEM, "out of memory");
}

static void add(struct node *node, struct giving *giving, int64_t org)
{
	const struct peer *peer = peers_get(node, org);

	giving->names[giving->count] =
	    text_fingerprint(&peer->card.organisation);
	giving->to[giving->count] = giving->names[giving->count].text;
	giving->orgs[giving->count++] = org;
}

/* Why not is kept for people; nothing else follows from it. */
static enum err note(const struct giving *giving, const char *why_not,
    struct summits_result *out)
{
	struct summits_granted *grown = realloc(out->granted,
	    (out->granted_count + giving->count + 1) * sizeof *grown);

	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	out->granted = grown;
	for (size_t i = 0; i < giving->count; i++) {
		struct summits_granted *one = &grown[out->granted_count++];

		*one = (struct summits_granted){ .record = giving->record,
			.org = giving->orgs[i] };
		(void)snprintf(
		    one->why_not, sizeof one->why_not, "%s", why_not);
	}
	return ERR_OK;
}

/* PROTOCOL.md M666: "A record that is cited in a summit MUST be granted to
 * those of its readers that cannot read it, as its own rules and the policy
 * allow; and whoever is not granted it MUST be named, with the reason." */
static enum err give(struct node *node, const struct giving *giving,
    const struct summits_request *request, struct summits_result *out)
{
	char reason[LIMIT_REASON_BYTES + 1];
	const struct hex32 hex = text_hex_id(&giving->record);
	const char *records[] = { hex.text };
	struct granting_result result = { 0 };
	const struct granting_request asked = { .records = records,
		.record_count = 1,
		.reason = reason,
		.share = { .to = giving->to,
		    .to_count = giving->count,
		    .role = request->share.role,
		    .person = request->share.person,
		    .asked_by = request->share.asked_by,
		    .yes = true,
		    .dry_run = request->share.dry_run } };
	enum err err = ERR_OK;

	(void)snprintf(reason, sizeof reason, "evidence in risk summit %.12s",
	    text_hex_id(&out->summit).text);
	err = granting_make(node, &asked, &result);
	granting_result_clear(&result);
	return note(giving, err ? err_text() : "", out);
}

/* Of one record that was cited, those who are blind to it. */
static enum err give_blind(struct node *node, size_t first,
    const struct summits_request *request, struct summits_result *out)
{
	const struct saying_result *said = &out->said;
	const struct id32 *record = &said->blind[first].record;
	struct giving giving = { 0 };
	enum err err = begin(&giving, record, said->blind_count);

	for (size_t i = first; i < said->blind_count && !err; i++) {
		if (id_equal(&said->blind[i].record, record)) {
			add(node, &giving, said->blind[i].org);
		}
	}
	if (!err) {
		err = give(node, &giving, request, out);
	}
	clear(&giving);
	return err;
}

static bool is_first(const struct saying_result *said, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (id_equal(&said->blind[i].record, &said->blind[at].record)) {
			return false;
		}
	}
	return true;
}

static enum err give_invited(struct node *node, const char *prefix,
    const struct id32 *invited, const struct summits_request *request,
    struct summits_result *out)
{
	const struct peer *peer = peers_by_id(node, invited);
	struct giving giving = { 0 };
	uint32_t rid = 0;
	enum err err = views_find_prefix(node->views, span_text(prefix), &rid);

	if (err) {
		return err;
	}
	err = begin(&giving, &views_get(node->views, rid)->id, 1);
	if (!err && peer) {
		add(node, &giving, peer->org);
		err = give(node, &giving, request, out);
	}
	clear(&giving);
	return err;
}

enum err summits_grant(struct node *node, const struct summits_request *request,
    const struct id32 *invited, struct summits_result *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < out->said.blind_count && !err; i++) {
		if (is_first(&out->said, i)) {
			err = give_blind(node, i, request, out);
		}
	}
	for (size_t i = 0; invited && i < request->grant_count && !err; i++) {
		err = give_invited(
		    node, request->grants[i], invited, request, out);
	}
	return err;
}
