/*
 * founding.h - the groups of a plan come to be, by what their members record:
 * charter, invitations and acceptances. Organisations come to know each other
 * by the rosters alone, but for each convenor and those it invites.
 */
#ifndef QSG_SIM_FOUNDING_H
#define QSG_SIM_FOUNDING_H

#include "plan.h"

/* Convenors and members add each other's cards, convenors found and invite. */
bool founding_invite(struct world *world, const struct plan *plan);
/* One invited member accepts. False: it failed, the world says why. */
bool founding_accept(struct world *world, const struct plan *plan,
    unsigned group, unsigned member);
/* Everywhere each group has all its members; else says where one lacks. */
bool founding_complete(
    struct world *world, const struct plan *plan, char *missing, size_t size);

#endif
