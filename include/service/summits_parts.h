/*
 * summits_parts.h - what the modules about risk summits share.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_PARTS_H
#define QSG_SERVICE_SUMMITS_PARTS_H

#include "service/summits.h"

/* Those that its facts name, and the members of the group that it alerts, as
 * rosters state them; and the rules of the charter. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err summits_parties(
    struct node *node, const struct id32 *summit, struct summits_look *look);

#endif
