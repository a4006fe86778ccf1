/*
 * relations.h - which records held refer to which, in whatever order they
 * came: corroborations, feedback, answers, citations, decisions. And of several
 * records of one author, which one counts.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RELATIONS_H
#define QSG_SERVICE_RELATIONS_H

#include "domain/reference.h"
#include "service/state.h"

/* A record is in the views now, and its content known: note what it refers to.
 */
ERR_MUST_USE enum err relations_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);

/* One record that refers to another. */
struct relation {
	uint32_t rid;
	int64_t author; /* org number */
	bool counts;
	/* Of an answer: this author answered the same request again later. */
	bool superseded;
	bool retracted;      /* its author took it back */
	const char *why_not; /* static, one line; "" when it counts */
};

/* Those that refer so to this record, by the time that their authors give, then
 * by id: the same on every node that holds the same records. Allocates; free()
 * *out, NULL for none.
 *
 * Kept and shown all the same, but not counted: what is of another kind than
 * the relation asks for, is disowned, or is by somebody who may not say so. */
ERR_MUST_USE enum err relations_of(struct node *node, uint32_t rid,
    enum reference how, struct relation **out, size_t *count);
/* How many of them count; superseded ones are left out. */
ERR_MUST_USE enum err relations_count(
    struct node *node, uint32_t rid, enum reference how, size_t *count);

/* Where a record stands in its author's own order: in which of the author's
 * logs, as its card lists them, from 0, and where in that. For qsort. */
struct relations_place {
	uint64_t generation;
	uint64_t leaf;
	uint32_t rid;
};
struct relations_place relations_place(struct node *node, uint32_t rid);
int relations_order(const void *a, const void *b);
/* Of two records of one author, in its own order, whatever the order in which
 * they came: is rid the later? True when `than` is 0. */
bool relations_later(struct node *node, uint32_t rid, uint32_t than);
/* Does what this record says stand, by its author's card and its kind? Of one
 * whose content does not matter to that. */
bool relations_stands(
    struct node *node, uint32_t rid, Qsg__Payload__ContentCase which);
/* ... and is it the newest of those of its author, of its type and about the
 * same provider? */
bool relations_is_newest(
    struct node *node, uint32_t rid, Qsg__Payload__ContentCase which);

#endif
