/*
 * foi_open.h - which requests under the law are still open, and whether one of
 * them is about a record: what has been asked for is not to be deleted.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Freedom of information"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_FOI_OPEN_H
#define QSG_SERVICE_FOI_OPEN_H

#include "service/foi.h"

/* The record that closed one of our requests; 0: it is open. */
uint32_t foi_closing(struct node *node, uint32_t request);

/* Close it: it was answered, or taken back. Staged. ERR_NOTFOUND, ERR_INPUT,
 * ERR_STATE (closed already). */
ERR_MUST_USE enum err foi_close(struct node *node, uint32_t number,
    const char *reason, const struct vetting_recorder *by, struct id32 *record);

/* What is open about a record. */
struct foi_concern {
	uint32_t request; /* ours: decided on for it, or it itself; 0: none */
	uint32_t consultation; /* 0: none */
};
static inline bool foi_concerns(const struct foi_concern *concern)
{
	return concern->request || concern->consultation;
}
/* By its decisions and consultations; of several the first. Of a record that is
 * held itself or in grants alone, or that was. */
ERR_MUST_USE enum err foi_concern(
    struct node *node, const struct id32 *id, struct foi_concern *out);

/* What it is to delete that, in plain words: static. */
ERR_MUST_USE enum err foi_warning(
    struct node *node, const struct foi_concern *concern, const char **out);

#endif
