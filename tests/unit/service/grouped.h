/*
 * grouped.h - a group between fixture nodes, for the tests that need one: 0 is
 * an area team and convenes it, 1 a CCG, 2 a Royal College, 3 an area team.
 */
#ifndef QSG_TESTS_SERVICE_GROUPED_H
#define QSG_TESTS_SERVICE_GROUPED_H

#include "fixture.h"
#include "service/convening.h"
#include "service/groups.h"
#include "service/joining.h"

#define GROUPED_NAME "South London QSG"

extern struct fixture grouped_fixture;

/* Four strangers; 0 and each other have met. */
void grouped_open(void);
void grouped_close(void);
struct node *grouped_node(size_t at);

/* A charter that keeps the rules. */
void grouped_charter(Qsg__Charter *out, const char *name);
/* 0 founds the group. */
void grouped_found(void);
/* 0 invites a node under a kind, committed; the error. */
enum err grouped_invite(size_t whom, const char *kind);
/* Another does, or to another group. */
void grouped_found_by(size_t by, const char *name);
enum err grouped_invite_to(
    size_t by, const char *group, size_t whom, const char *kind);
/* A node accepts, leaves, ...; committed. */
enum err grouped_join(size_t at);
enum err grouped_decline(size_t at);
enum err grouped_leave(size_t at);
enum err grouped_remove(size_t by, size_t whom, const char *reason);
enum err grouped_name(size_t at, size_t successor);
/* All give each other what they may, until there is nothing new. */
void grouped_spread(void);
/* 0 to n-1 are in it. */
void grouped_all_join(size_t count);

/* The group as a node sees it. */
const struct group_state *grouped_at(size_t at);
/* How a node sees the standing of another; -1: not in the roster. */
int grouped_standing(size_t at, size_t of);
/* All that know of it and have joined see one state. */
void grouped_agree(const size_t *nodes, size_t count);

#endif
