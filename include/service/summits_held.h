/*
 * summits_held.h - what is held about risk summits, for the modules that read
 * it.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_HELD_H
#define QSG_SERVICE_SUMMITS_HELD_H

#include "domain/group.h"
#include "service/summits.h"

/* Those that its facts name, and the members of the group that it alerts, as
 * rosters state them; and the rules of the charter. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err summits_parties(
    struct node *node, const struct id32 *summit, struct summits_look *look);
/* Does what its rosters state count here? This organisation joined it, be it
 * once. */
bool summits_heed(struct node *node, const struct group_state *group);

/* Requests held, readable or not, as they came. Borrowed. */
size_t summits_requests_held(struct node *node, const uint32_t **rids);
/* Those whose trigger names this request. As summits_list. */
ERR_MUST_USE enum err summits_answering(struct node *node,
    const struct id32 *request, summits_each each, void *context);

#endif
