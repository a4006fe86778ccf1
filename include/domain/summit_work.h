/*
 * summit_work.h - what summit_evaluate works on: the records of one summit,
 * each once, in their authors' own orders. Of no use outside
 * node/domain/summit*.c.
 *
 * Each step takes the records of its kind: what counts it puts into the state,
 * all else among what is refused, with the reason. So every record is accounted
 * for once.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SUMMIT_WORK_H
#define QSG_DOMAIN_SUMMIT_WORK_H

#include "domain/summit.h"

/* From where to where, in its own log, somebody held the ring. */
struct summit_reign {
	const struct summit_fact *from;   /* its acceptance, or its taking */
	const struct summit_fact *handed; /* NULL: not handed over */
};

struct summit_work {
	const struct summit_party *parties;
	size_t party_count;
	const struct summit_fact **facts; /* by author, place, record */
	size_t count;
	struct summit_reign *reigns; /* one for each of the state's holders */
	struct summit_state *out;
};

/* The steps, in this order. ERR_MEM. */
ERR_MUST_USE enum err summit_find_sides(struct summit_work *work);
ERR_MUST_USE enum err summit_find_ring(struct summit_work *work);
ERR_MUST_USE enum err summit_find_judgements(struct summit_work *work);
ERR_MUST_USE enum err summit_find_meetings(struct summit_work *work);
ERR_MUST_USE enum err summit_find_actions(struct summit_work *work);
ERR_MUST_USE enum err summit_find_said(struct summit_work *work);
ERR_MUST_USE enum err summit_find_end(struct summit_work *work);

/* Room for one of each of these records. NULL: out of memory, and said so. */
void *summit_room(const struct summit_work *work, size_t size);
/* There is room for a reason for each record. */
void summit_refuse(
    struct summit_work *work, const struct summit_fact *fact, enum reason why);

/* Is it of this content? */
bool summit_of_kind(
    const struct summit_fact *fact, Qsg__Payload__ContentCase which);
/* In one author's own order: is `one` after `other`? */
bool summit_after(
    const struct summit_fact *one, const struct summit_fact *other);
bool summit_same_author(
    const struct summit_fact *one, const struct summit_fact *other);
const struct summit_party *summit_party_of(
    const struct summit_work *work, const struct id32 *organisation);
/* The side of a record's author; all that is left has one. */
struct summit_side *summit_side_of(
    struct summit_work *work, const struct id32 *organisation);
bool summit_is_kind(const struct summit_party *party, const char *token);

/* Which of the holders the author was when it made this record: the highest
 * term, counted from 1; 0 none. */
size_t summit_reign_of(
    const struct summit_work *work, const struct summit_fact *fact);
bool summit_is_trigger_author(
    const struct summit_work *work, const struct summit_fact *fact);

#endif
