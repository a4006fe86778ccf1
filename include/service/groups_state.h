/*
 * groups_state.h - the inside of the groups a node knows of, for the modules
 * that share it.
 *
 * What is said of a group is kept by its place on disk alone. Only what counts
 * towards the group is opened and held decoded: so no author can fill the
 * memory, and what is passed over is counted and shown.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_GROUPS_STATE_H
#define QSG_SERVICE_GROUPS_STATE_H

#include "service/groups.h"
#include "service/state.h"
#include "store/words.h"

/* A record of a group, opened, without the cards, which stay on disk. */
struct groups_fact {
	uint32_t rid;
	Qsg__Payload *payload;
};

struct groups_facts {
	struct groups_fact *items; /* in their author's own order */
	size_t count;
};

/* All that one author says of one group. */
struct groups_author {
	int64_t org;
	uint32_t *rids; /* in its own order, unless unsorted */
	size_t count;
	size_t capacity;
	bool unsorted;
	bool states;           /* rosters */
	bool heard;            /* its rosters are of one of its first groups */
	bool listed;           /* by a roster that is open */
	bool full;             /* there is no room for what comes later */
	uint32_t first_roster; /* in its own order; 0: none */
	struct groups_facts rosters;
	struct groups_facts acts;
	/* How many are passed over: beyond those that count, rosters of more
	 * groups than count, acts of whom no roster lists. */
	size_t beyond;
	size_t unheard;
	size_t unlisted;
	size_t told; /* of it, in the number of all groups */
};

struct groups_held {
	struct id32 id;
	struct groups_author *authors; /* by org */
	size_t author_count;
	struct group_fact *counted; /* what the state borrows from */
	size_t counted_count;
	struct group_state state;
	bool known; /* somebody's roster of it is heard */
	bool fresh; /* the state is of what is held */
	bool more;  /* has been passed over than is counted */
	/* What has been done about the roster in force. */
	struct id32 settled;
	bool settled_joined;
};

/* The groups of which one author states rosters. */
struct groups_founder {
	/* In the order of its first rosters of each. */
	struct groups_held *first[LIMIT_GROUPS_PER_AUTHOR];
	size_t count;
	bool crowded; /* there are more */
	bool doubted; /* which are the first is to be found out again */
};

struct groups {
	struct words *ids;        /* in hex, every one that was spoken of */
	struct groups_held **all; /* by their numbers, from 1 */
	size_t all_count;
	size_t all_capacity;
	struct groups_held **list; /* those that are known, by id */
	size_t count;
	size_t capacity;
	struct groups_founder **founders; /* by org - 1; NULL: none */
	size_t founder_count;
	uint64_t *passed; /* by org - 1: over all groups, known or not */
	size_t passed_count;
	bool unsettled; /* peers and streams may have to follow */
};

/* The group with its state up to date; the state is as in groups_at. */
ERR_MUST_USE enum err groups_fresh(struct node *node, struct groups_held *held);

/* NULL when no group of this id is known. */
struct groups_held *groups_held_of(struct node *node, const struct id32 *id);

/* What one author says of it; NULL for nothing. */
struct groups_author *groups_author_of(struct groups_held *held, int64_t org);

/* What is passed over of an author in this group may have changed. There is a
 * place for the author from its first record on. */
void groups_tell_passed(struct groups *groups, const struct groups_held *held,
    struct groups_author *author);
/* Open what counts towards the group and is not open yet, and let go of what no
 * longer does. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err groups_facts_load(
    struct node *node, struct groups_held *held);
/* Find out again which are the first groups of those authors of whom that is in
 * doubt. ERR_MEM. */
ERR_MUST_USE enum err groups_rehear(struct node *node);
void groups_facts_free(struct groups_held *held);

#endif
