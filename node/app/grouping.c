#include "app/grouping.h"

#include "app/charter.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "domain/vocab.h"
#include "service/convening.h"
#include "service/enrolment.h"
#include "service/groups.h"
#include "service/joining.h"
#include "view/group_json.h"
#include "view/json_out.h"
#include "view/org_json.h"

#include <stdlib.h>
#include <string.h>

static enum err answer_convening(struct ops_core *core, enum err err,
    const char *what, const struct convening_result *result,
    struct ops_answer *answer)
{
	if (err == ERR_OK) {
		answer->json = group_json_done(
		    core->node, what, &result->group, &result->record);
	}
	return err;
}

static enum err answer_joining(struct ops_core *core, enum err err,
    const char *what, const struct joining_result *result,
    struct ops_answer *answer)
{
	if (err == ERR_OK) {
		answer->json = group_json_done(
		    core->node, what, &result->group, &result->record);
	}
	return err;
}

static struct roster_draft_line line_of(const json_t *arguments)
{
	return (struct roster_draft_line){ .kind = ops_text(arguments, "as"),
		.role = ops_text(arguments, "role"),
		.person = ops_text(arguments, "person"),
		.sender_only = ops_flag(arguments, "sender_only") };
}

/*
 * Convening.
 */

enum err grouping_create(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct charter_identity identity = { .name =
						 ops_text(arguments, "name"),
		.level = ops_text(arguments, "level"),
		.region = ops_text(arguments, "region") };
	struct roster_draft_line chair = line_of(arguments);
	struct convening_result result = { 0 };
	Qsg__Charter *charter = NULL;
	enum err err = vocab_require(vocab_level(), span_text(identity.level));
	if (err == ERR_OK) {
		err = charter_complete(
		    json_object_get(arguments, "charter"), &identity, &charter);
	}
	if (err == ERR_OK) {
		err = convening_create(core->node, charter, &chair, &result);
	}
	canon_free((ProtobufCMessage *)charter);
	return answer_convening(core, err, "created", &result, answer);
}

/* An array of texts; free() *out. */
static enum err texts_of(
    const json_t *arguments, const char *key, const char ***out, size_t *count)
{
	const json_t *list = json_object_get(arguments, key);
	size_t at = 0;
	const json_t *each = NULL;
	*count = json_array_size(list);
	*out = calloc(*count + 1, sizeof(const char *));
	if (*out == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	json_array_foreach(list, at, each)
	{
		(*out)[at] = json_string_value(each);
	}
	return ERR_OK;
}

enum err grouping_invite(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char **known = NULL;
	const char **cards = NULL;
	const char **fingerprints = NULL;
	struct convening_invitation invitation = {
		.line = line_of(arguments),
		.represented_by = ops_text(arguments, "represented_by"),
		.reason = ops_text(arguments, "reason"),
		.decided_on = ops_text(arguments, "decided_on"),
	};
	struct convening_result result = { 0 };
	enum err err =
	    texts_of(arguments, "who", &known, &invitation.known_count);
	if (err == ERR_OK) {
		err = texts_of(
		    arguments, "cards", &cards, &invitation.card_count);
	}
	if (err == ERR_OK) {
		err = texts_of(arguments, "fingerprint", &fingerprints,
		    &invitation.fingerprint_count);
	}
	if (err == ERR_OK) {
		invitation.known = known;
		invitation.cards = cards;
		invitation.fingerprints = fingerprints;
		err = convening_invite(core->node, ops_text(arguments, "group"),
		    &invitation, &result);
	}
	free((void *)known);
	free((void *)cards);
	free((void *)fingerprints);
	return answer_convening(core, err, "invited", &result, answer);
}

static struct convening_change change_of(const json_t *arguments)
{
	return (struct convening_change){ .organisation =
					      ops_text(arguments, "who"),
		.line = line_of(arguments),
		.represented_by = ops_text(arguments, "represented_by"),
		.reason = ops_text(arguments, "reason"),
		.decided_on = ops_text(arguments, "decided_on") };
}

enum err grouping_remove(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct convening_change change = change_of(arguments);
	struct convening_result result = { 0 };
	enum err err = convening_remove(
	    core->node, ops_text(arguments, "group"), &change, &result);
	return answer_convening(core, err, "removed", &result, answer);
}

static enum err new_charter(
    struct ops_core *core, const json_t *arguments, Qsg__Charter **out)
{
	const json_t *read = json_object_get(arguments, "charter");
	const char *name = ops_text(arguments, "name");
	const struct group_state *group = NULL;
	if (read == NULL && name == NULL) {
		return ERR_OK;
	}
	enum err err =
	    groups_resolve(core->node, ops_text(arguments, "group"), &group);
	if (err == ERR_OK && group->stated == NULL) {
		err = err_set(ERR_STATE, "no roster of this group counts");
	}
	return err == ERR_OK
	           ? charter_change(group->stated->charter, read, name, out)
	           : err;
}

enum err grouping_amend(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct convening_change change = change_of(arguments);
	struct convening_result result = { 0 };
	Qsg__Charter *charter = NULL;
	enum err err = new_charter(core, arguments, &charter);
	change.charter = charter;
	if (err == ERR_OK) {
		err = convening_amend(
		    core->node, ops_text(arguments, "group"), &change, &result);
	}
	canon_free((ProtobufCMessage *)charter);
	return answer_convening(core, err, "amended", &result, answer);
}

enum err grouping_convene(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct convening_result result = { 0 };
	enum err err = convening_convene(
	    core->node, ops_text(arguments, "group"), &result);
	return answer_convening(core, err, "convened", &result, answer);
}

/*
 * Joining.
 */

static struct joining_act act_of(const json_t *arguments)
{
	return (struct joining_act){ .group = ops_text(arguments, "group"),
		.reason = ops_text(arguments, "reason"),
		.convenor = ops_text(arguments, "convenor") };
}

enum err grouping_join(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct joining_act act = act_of(arguments);
	struct joining_result result = { 0 };
	enum err err = joining_accept(core->node, &act, &result);
	return answer_joining(core, err, "joined", &result, answer);
}

enum err grouping_decline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct joining_act act = act_of(arguments);
	struct joining_result result = { 0 };
	enum err err = joining_decline(core->node, &act, &result);
	return answer_joining(core, err, "declined", &result, answer);
}

enum err grouping_leave(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct joining_act act = act_of(arguments);
	struct joining_result result = { 0 };
	enum err err = joining_leave(core->node, &act, &result);
	return answer_joining(core, err, "left", &result, answer);
}

enum err grouping_succeed(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct joining_act act = act_of(arguments);
	struct joining_result result = { 0 };
	enum err err = joining_name_successor(
	    core->node, &act, ops_text(arguments, "who"), &result);
	return answer_joining(core, err, "named", &result, answer);
}

/*
 * Showing.
 */

enum err grouping_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	answer->json = group_json_list(core->node);
	return ERR_OK;
}

enum err grouping_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct group_state *group = NULL;
	enum err err =
	    groups_find(core->node, ops_text(arguments, "group"), &group);
	if (err == ERR_OK) {
		answer->json = group_json_whole(core->node, group);
	}
	return err;
}

enum err grouping_readiness(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct group_state *group = NULL;
	enum err err =
	    groups_find(core->node, ops_text(arguments, "group"), &group);
	if (err == ERR_OK) {
		answer->json = group_json_readiness(core->node, group);
	}
	return err;
}

/*
 * Who is admitted.
 */

enum err grouping_refuse(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct peer *peer = NULL;
	enum err err =
	    peers_resolve(core->node, ops_text(arguments, "who"), &peer);
	if (err == ERR_OK) {
		err = enrolment_refuse(
		    core->node, peer, ops_text(arguments, "reason"));
	}
	if (err == ERR_OK) {
		answer->json = org_json_peer(core->node, peer);
	}
	return err;
}

enum err grouping_admit(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct peer *peer = NULL;
	enum err err =
	    peers_resolve(core->node, ops_text(arguments, "who"), &peer);
	if (err == ERR_OK) {
		err = enrolment_admit(core->node, peer);
	}
	if (err == ERR_OK) {
		answer->json = org_json_peer(core->node, peer);
	}
	return err;
}
