/*
 * summits.h - the risk summits this node holds anything of, evaluated from its
 * records when they are asked for.
 *
 * Records that an author's card disowns do not count.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_H
#define QSG_SERVICE_SUMMITS_H

#include "domain/group.h"
#include "domain/summit.h"
#include "service/node.h"

struct summits;

/* One summit. Zero-initialise; summits_clear frees, contents too. */
struct summits_look {
	uint32_t rid; /* of its trigger; 0: none that counts is held */
	struct summit_state state;
	struct summit_fact *facts;
	Qsg__Payload **opened; /* of the facts */
	size_t count;
	struct summit_party *parties; /* ascending by organisation */
	size_t party_count;
	struct summit_rules rules; /* of the charter as it was then */
	size_t left_out;           /* records of authors that said too much */
};

/* Everything held about it, its actions too. ERR_NOTFOUND, ERR_CORRUPT,
 * ERR_MEM. */
ERR_MUST_USE enum err summits_look(
    struct node *node, const struct id32 *summit, struct summits_look *out);
void summits_clear(struct summits_look *look);
/* The summit of this trigger, by how its id begins; the trigger need not be
 * held. ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT (another kind of record). */
ERR_MUST_USE enum err summits_find(
    struct node *node, const char *prefix, struct id32 *summit);

/* Every record held that is of it, whether it counts, can be read or not: its
 * trigger, the request that this answers, what names it, its actions and their
 * steps. free() *out, after an error, too. ERR_NOTFOUND, ERR_CORRUPT, ERR_MEM.
 */
ERR_MUST_USE enum err summits_records(struct node *node,
    const struct id32 *summit, uint32_t **out, size_t *count);
/* How rosters state an organisation, as a party of a summit that names this
 * group, as its roster in force has it; NULL: none. */
struct summit_party summits_party(struct node *node,
    const struct group_state *group, const struct id32 *organisation);
/* Who reads what is said in it: its circle, without this organisation and
 * without those of M675. free() *ids. ERR_MEM. */
ERR_MUST_USE enum err summits_circle(struct node *node,
    const struct summits_look *look, struct id32 **ids, size_t *count);
/* The invitation of this organisation, which holds no trigger that counts; NULL
 * none. */
const struct summit_fact *summits_invited(
    struct node *node, const struct summits_look *look);

typedef enum err (*summits_each)(
    void *context, const struct summits_look *look);
/* Those whose trigger is held, counting or not, in the order in which they were
 * heard of. Borrowed for the call. */
ERR_MUST_USE enum err summits_list(
    struct node *node, summits_each each, void *context);

/* ... those about this provider, by its code as stored. */
ERR_MUST_USE enum err summits_about(
    struct node *node, const char *provider, summits_each each, void *context);

/* A request for a summit. */
struct summits_asking {
	struct summit_party author; /* as rosters state it now */
	const Qsg__SummitRequest *said;
	uint32_t rid;
	enum reason why; /* it does not count; REASON_NONE: it does */
	/* The first trigger that names it and counts, as they came; zero: it is
	 * not answered. */
	struct id32 summit;
};
typedef enum err (*summits_each_asking)(
    void *context, const struct summits_asking *asking);
/* Those that can be read here, counting or not, as they came. Borrowed for the
 * call. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err summits_requests(
    struct node *node, summits_each_asking each, void *context);

/* All of which anything is held, in the order in which they were heard of; and
 * a number that grows with each record about one, its actions too. */
size_t summits_count(const struct node *node);
const struct id32 *summits_at(
    const struct node *node, size_t at, uint64_t *heard);

/* Is a record of this type of a view one that summits_index takes? */
bool summits_indexes(uint8_t view_type);
/* A record of a summit, held or granted, is in the views now. */
ERR_MUST_USE enum err summits_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* ... or one of an action of this summit. */
void summits_heard(struct node *node, const struct id32 *summit);
/* Forget all of them. */
void summits_drop(struct node *node);

#endif
