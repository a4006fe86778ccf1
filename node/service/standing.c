#include "service/standing.h"

#include "service/stated.h"

const char *standing_token(enum authority_verdict verdict)
{
	switch (verdict) {
	case AUTHORITY_COUNTS:
		return "counts";
	case AUTHORITY_UNCONFIRMED:
		return "unconfirmed";
	case AUTHORITY_REFUSED:
		break;
	}
	return "does-not-count";
}

/* They are listed from the most to the least. */
static enum authority_relation relation_of(
    struct node *node, const struct id32 *author)
{
	enum authority_relation most = AUTHORITY_OUTSIDER;

	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_state *group = NULL;
		enum authority_relation relation = AUTHORITY_OUTSIDER;

		if (!groups_concerns(node, i) || groups_at(node, i, &group) ||
		    !group->stated || !groups_joined(node, group)) {
			continue;
		}
		relation = authority_relation_of(group, author);
		most = relation < most ? relation : most;
	}
	return most;
}

struct standing standing_of(
    struct node *node, const struct id32 *author, const Qsg__Payload *payload)
{
	struct standing out = { 0 };
	enum reason why = REASON_NONE;

	out.verdict = authority_judge(stated_kind_of(node, author).kind,
	    relation_of(node, author), payload, &why);
	out.why = reason_text(why);
	return out;
}

struct standing standing_of_kind(struct node *node, const struct id32 *author,
    Qsg__Payload__ContentCase which)
{
	Qsg__Payload bare;

	qsg__payload__init(&bare);
	bare.content_case = which;
	return standing_of(node, author, &bare);
}

/* PROTOCOL.md M362: "A node MUST refuse to record a finding that is not for an
 * organisation of its own kind to make, and name those whose it is." */
enum err standing_may(struct node *node, const Qsg__Payload *payload)
{
	struct stated_kind own = stated_kind_or_card(node, peers_get(node, 1));
	enum reason why = REASON_NONE;

	/* What it is to a group is judged where it is read. */
	if (authority_judge(own.kind, AUTHORITY_MEMBER, payload, &why) ==
	    AUTHORITY_COUNTS) {
		return ERR_OK;
	}
	if (payload->content_case != QSG__PAYLOAD__CONTENT_FINDING) {
		return err_set(ERR_DENIED, "%s", reason_text(why));
	}
	return err_set(ERR_DENIED,
	    "%s, and this organisation is of %s%s: cite it as intelligence "
	    "instead, with `qsg share --source ...`",
	    reason_text(why),
	    own.how == STATED_DIFFERENTLY
		? "no one kind: the rosters of its groups differ about it"
		: "the kind ",
	    own.how == STATED_DIFFERENTLY ? ""
	    : own.kind                    ? own.kind->token
					  : node_card(node)->fields->kind);
}
