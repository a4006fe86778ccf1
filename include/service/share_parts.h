/*
 * share_parts.h - the steps of sharing, for the share_* modules and for saying.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SHARE_PARTS_H
#define QSG_SERVICE_SHARE_PARTS_H

#include "service/share.h"

/* Are role, person and reasons fit to be recorded? ERR_INPUT. */
ERR_MUST_USE enum err share_check_words(const struct share_request *request);

/* Who will read: fills readers, about (kinds), group and list. */
ERR_MUST_USE enum err share_readers_resolve(struct node *node,
    const struct share_request *request, struct share_result *out);

/* What duties and the policy say of this payload for those readers, and what
 * is still asked. Loads the policy once. */
ERR_MUST_USE enum err share_judge(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);
/* May it go on? ERR_DENIED, ERR_STATE, ERR_INPUT: as share_intelligence. */
ERR_MUST_USE enum err share_judge_allows(
    const struct share_request *request, const struct share_result *out);

/* Stage it: as a record, a draft, or one that waits for a second person; and
 * what is noted beside it. */
ERR_MUST_USE enum err share_keep(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

#endif
