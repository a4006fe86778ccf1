/*
 * summits_say_parts.h - the steps of saying something in a risk summit, for the
 * summits_* modules.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_SAY_PARTS_H
#define QSG_SERVICE_SUMMITS_SAY_PARTS_H

#include "service/summits_say.h"
#include "service/telling.h"

/* Fill what the content names: the summit, and by request what else. Of a
 * standing down, all that it considers. ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT,
 * ERR_STATE. */
ERR_MUST_USE enum err summits_fill(struct telling *telling,
    const struct summits_request *request, const struct summits_look *look);

/* Whom it invites is granted those records, and whoever cannot read what it
 * cites is granted that; or would be (dry_run). Into out. ERR_MEM. */
ERR_MUST_USE enum err summits_grant(struct node *node,
    const struct summits_request *request, const struct id32 *invited,
    struct summits_result *out);

#endif
