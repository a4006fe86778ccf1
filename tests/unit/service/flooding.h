/*
 * flooding.h - one of a group says too much: what the tests of it share. 0
 * convenes the group, 1 and 2 are in it, and 2 floods.
 */
#ifndef QSG_TESTS_SERVICE_FLOODING_H
#define QSG_TESTS_SERVICE_FLOODING_H

#include "grouped.h"
#include "service/groups_state.h"

/* Facts that a node holds open, of all groups. */
size_t flooding_open(size_t at);
/* What is passed over of a node's, in the group. */
struct groups_passed flooding_passed(size_t at, size_t of);
/* And of all groups: the running number, which is what counting all of it
 * gives. */
uint64_t flooding_passed_by(size_t at, size_t of);

/* A record of node 2's to the others, not committed: to the stream of the
 * group, or to one of readers named one by one. */
struct id32 flooding_say(Qsg__Payload *payload, bool to_group);
/* Node 1 takes the whole stream of a record, so many at once, before anything
 * else; and then all take what is left. */
void flooding_take_first(const struct id32 *last, uint64_t batch);
void flooding_take_rest(void);

#endif
