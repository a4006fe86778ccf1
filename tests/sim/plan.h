/*
 * plan.h - the organisations of a country, and the Quality Surveillance Groups
 * they belong to, as the guide has them: a local group for each area team, and
 * regional groups above.
 */
#ifndef QSG_SIM_PLAN_H
#define QSG_SIM_PLAN_H

#include "world.h"

enum { PLAN_GROUPS = 31 };

struct plan_size {
	unsigned locals; /* groups, each with its area team */
	unsigned regions;
	unsigned ccgs;
	unsigned authorities; /* and as many local Healthwatches */
};

struct plan_org {
	char name[64];
	char code[8];
	const char *kind;
	int home; /* the local group of a local body, or -1 */
};

struct plan_group {
	char name[64];
	bool regional;
	unsigned convenor;
	unsigned ring_hours;  /* of its charter; 0: none stated */
	struct nodes members; /* the convenor among them */
};

struct plan {
	struct plan_org orgs[WORLD_MAX];
	unsigned org_count;
	struct plan_group groups[PLAN_GROUPS]; /* local ones first */
	unsigned group_count;
	unsigned locals;
};

/* 27 local and 4 regional groups, 211 CCGs, 152 local authorities. */
struct plan_size plan_england(void);
/* False: it does not fit. */
bool plan_make(const struct plan_size *size, struct plan *out);
/* The regional group that a local one belongs to; of a regional one itself. */
unsigned plan_region(const struct plan *plan, const struct plan_group *group);
/* All members of groups that this one is a member of, itself aside. */
struct nodes plan_peers(const struct plan *plan, unsigned org);

#endif
