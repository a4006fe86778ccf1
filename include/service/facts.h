/*
 * facts.h - records that are held, opened as the facts from which risk summits
 * and actions are evaluated.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits", "Actions"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_FACTS_H
#define QSG_SERVICE_FACTS_H

#include "domain/summit.h"
#include "service/node.h"

/* Zero-initialise; facts_close frees, contents too. */
struct facts {
	struct summit_fact *all;
	Qsg__Payload **opened; /* of these */
	size_t count;
	size_t left_out;
};

/* How many of one author's records of each class are opened, those first in
 * its own order. */
#define FACTS_CLASSES 4u
struct facts_most {
	size_t (*class_of)(uint8_t view_type); /* under FACTS_CLASSES */
	size_t most[FACTS_CLASSES];
};

/* Those of the records that can be read here and that no card of their author
 * disowns, by author and in each author's own order. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err facts_open(struct node *node, const uint32_t *rids,
    size_t count, const struct facts_most *most, struct facts *out);
/* The same ones, not opened: free() *out. ERR_MEM. */
ERR_MUST_USE enum err facts_choose(struct node *node, const uint32_t *rids,
    size_t count, const struct facts_most *most, uint32_t **out, size_t *kept);
void facts_close(struct facts *facts);

#endif
