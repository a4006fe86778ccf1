/*
 * recovery.h - may our log be signed? After a start, after a restored backup,
 * and when a peer shows a head or a card of ours that we do not have.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Old copies"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RECOVERY_H
#define QSG_SERVICE_RECOVERY_H

#include "service/peers.h"

/* Judge an opened node: whether it signs at once, waits, or recovers. */
void recovery_open(struct node *node);
void recovery_close(struct node *node);
/* Once a turn: whatever is due is staged. */
void recovery_tick(struct node *node);

/* A peer's Hello was accepted. */
void recovery_answered(struct node *node, const struct peer *peer);
/* A head signed by a key of ours that our tree of it lacks, by the peer of this
 * number. It ends the live generation; one of a recovered generation is
 * accepted by a further card. */
void recovery_head(
    struct node *node, int64_t org, const struct checkpoint *head);
/* A card signed by our identity that we did not make and that is not older
 * than ours. Takes it over. */
ERR_MUST_USE enum err recovery_card(struct node *node, struct card *card);
/* The generation is over; why is one line for people. */
void recovery_end(struct node *node, const char *why);
/* Stage again what a failed commit undid. */
ERR_MUST_USE enum err recovery_keep(struct node *node);
/* From now on the log is signed. */
void recovery_allow(struct node *node);
/* The mark has moved: so does its copy. */
void recovery_marked(struct node *node);

/* For status. */
struct recovery_status {
	const char *state; /* signing, waiting, recovering, stopped */
	bool accepted;     /* a person let it sign without waiting */
	int64_t left_ms;   /* of the wait; -1: no bound, or not waiting */
	size_t awaited;    /* peers met in the last 30 days */
	size_t answered;   /* of them */
	uint64_t drafts;
};
ERR_MUST_USE enum err recovery_describe(
    struct node *node, struct recovery_status *out);
/* Is this peer waited for, and has it not answered? */
bool recovery_silent(const struct node *node, const struct peer *peer);

#endif
