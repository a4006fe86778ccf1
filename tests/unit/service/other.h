/*
 * other.h - a second group between the nodes of grouped.h, for the tests of
 * what two rosters say.
 */
#ifndef QSG_TESTS_SERVICE_OTHER_H
#define QSG_TESTS_SERVICE_OTHER_H

#include "grouped.h"

#define OTHER_NAME "North London QSG"

/* The group as a node sees it. */
const struct group_state *other_at(size_t at);
/* 3, or somebody else, founds it; and invites a node under a kind. Committed.
 */
void other_found_by(size_t by);
void other_found(void);
void other_invite_by(size_t by, size_t whom, const char *kind);
void other_invite(size_t whom, const char *kind);
/* A node accepts, and all hear of it. */
void other_join(size_t at);
/* 3 and another add each other's cards. */
void other_meet(size_t with);
/* Does a node show an alarm of another in a group's roster, with these words?
 */
bool other_alarmed(
    size_t at, const struct group_state *group, size_t of, const char *hint);

#endif
