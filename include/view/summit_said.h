/*
 * summit_said.h - what was, or would be, said in a risk summit: for programs
 * and for people.
 *
 * Floor:   view
 * Threads: the node's; summit_said_paper the command line's.
 */
#ifndef QSG_VIEW_SUMMIT_SAID_H
#define QSG_VIEW_SUMMIT_SAID_H

#include "service/summits_say.h"
#include "view/paper.h"

#include <jansson.h>

/* As said_json_result, and summit (null: of a request), called (name, code,
 * fingerprint, reason, alerted: it reads as a member of the group anyway),
 * lacking (who is not called: reason, name, code, fingerprint, each null where
 * it is not known, and why), alerted_group (id or null), open (another summit
 * of that provider, or null), granted (record, name, code, fingerprint,
 * granted, why_not). provider is what a warning names; may be NULL. */
json_t *summit_said_json(struct node *node, const struct summits_result *result,
    const char *provider);

/* The same, as lines. */
void summit_said_paper(struct paper *paper, const json_t *value);

#endif
