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

/* How many of one author's records of these types are opened; others are
 * opened, however many. */
struct facts_most {
	bool (*counts)(uint8_t view_type);
	size_t most;
};

/* Those of the records that can be read here and that no card of their author
 * disowns, by author and in each author's own order. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err facts_open(struct node *node, const uint32_t *rids,
    size_t count, const struct facts_most *most, struct facts *out);
void facts_close(struct facts *facts);

#endif
