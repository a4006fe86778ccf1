/*
 * reached.h - whom a record reached: its readers, and those to whom it was
 * granted by one whom it had reached.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Corrections and retractions", "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_REACHED_H
#define QSG_SERVICE_REACHED_H

#include "base/table.h"
#include "service/state.h"

struct reached_grant {
	uint32_t rid;
	bool taken; /* its readers are among the ids */
};
/* Zero-initialise; reached_clear frees. */
struct reached {
	struct id32 *ids; /* each once */
	size_t count;
	size_t capacity;
	struct table places;          /* of the ids */
	struct reached_grant *grants; /* that carry one of the records */
	size_t grant_count;
	size_t grant_capacity;
	struct table of_grants; /* by rid */
	struct table streams;   /* whose readers are among the ids */
};

/* The readers of a record, if it is held itself; its grants are noted. */
ERR_MUST_USE enum err reached_add(
    struct node *node, const struct id32 *record, struct reached *reached);
/* Grants of it that came without their bodies, and that their authors name in
 * an erasure of it, are noted too. */
ERR_MUST_USE enum err reached_add_erased(
    struct node *node, const struct id32 *record, struct reached *reached);
/* All is added: whom the grants noted reached. */
ERR_MUST_USE enum err reached_follow(
    struct node *node, struct reached *reached);
bool reached_has(const struct reached *reached, const struct id32 *id);
void reached_clear(struct reached *reached);

#endif
