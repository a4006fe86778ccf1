#include "service/findings.h"

#include "domain/said.h"
#include "service/peers.h"

#include <stdio.h>

const char *findings_standing_token(enum findings_standing standing)
{
	switch (standing) {
	case FINDINGS_COUNTS:
		return "counts";
	case FINDINGS_UNCONFIRMED:
		return "unconfirmed";
	case FINDINGS_REFUSED:
		break;
	}
	return "does-not-count";
}

/* As a signed roster states it, never as a card says of itself. NULL: none
 * does. */
static const struct org_kind *stated_kind(
    struct node *node, const struct id32 *organisation)
{
	(void)node;
	(void)organisation;
	return NULL;
}

/* PROTOCOL.md M362: "A finding MUST count only when the rosters in force state
 * its author to be of a kind that may make it; when they state none it MUST be
 * shown as unconfirmed, and when they state another kind as not counting, with
 * the reason." */
void findings_judge(struct node *node, const struct id32 *author,
    const Qsg__Finding *finding, struct findings_judged *out)
{
	const struct org_kind *kind = stated_kind(node, author);
	struct span what = span_text(finding->what);
	const char *finders = said_finders(what);

	*out = (struct findings_judged){ .standing = FINDINGS_COUNTS };
	if (finders[0] == '\0') {
		out->standing = FINDINGS_UNCONFIRMED;
		(void)snprintf(out->why, sizeof out->why,
		    "a kind of finding that this version does not know");
	} else if (kind == NULL) {
		out->standing = FINDINGS_UNCONFIRMED;
		(void)snprintf(out->why, sizeof out->why,
		    "no roster in force states what its author is; such a "
		    "finding is made by %s alone",
		    finders);
	} else if (!said_may_find(span_text(kind->token), what)) {
		out->standing = FINDINGS_REFUSED;
		(void)snprintf(out->why, sizeof out->why,
		    "its author is of the kind %s; such a finding is made by "
		    "%s alone",
		    kind->token, finders);
	}
}

enum err findings_may(struct node *node, const Qsg__Finding *finding)
{
	const struct org_kind *kind = stated_kind(node, node_id(node));
	struct span what = span_text(finding->what);
	const char *token = kind ? kind->token : node_card(node)->fields->kind;

	if (said_may_find(span_text(token), what)) {
		return ERR_OK;
	}
	return err_set(ERR_DENIED,
	    "this is %s's own act, and this organisation is of the kind %s: "
	    "cite it as intelligence instead, with `qsg share --source ...`",
	    said_finders(what), token);
}
