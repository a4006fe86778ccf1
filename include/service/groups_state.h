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

/* A record of a group, opened, without what nothing here asks for and stays on
 * disk: cards, and people and mandates of a roster that is not in force. */
struct groups_fact {
	uint32_t rid;
	bool slim; /* without people and mandates */
	Qsg__Payload *payload;
};

struct groups_facts {
	struct groups_fact *items; /* in their author's own order */
	size_t count;
};

/* A record held, and what it weighs. */
struct groups_said {
	uint32_t rid;
	uint32_t weight;
};

/* All that one author says of one group. */
struct groups_author {
	int64_t org;
	struct groups_said *said; /* in its own order, unless unsorted */
	size_t count;
	size_t capacity;
	bool unsorted;
	bool states;           /* rosters */
	bool heard;            /* its rosters are of one of its first groups */
	bool listed;           /* by a roster that is open */
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
	/* A roster held lists this node, or it has said something itself; what
	 * others say among themselves is opened when somebody asks. */
	bool concerns;
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

/* A record that counts, of an author who has said more than counts. */
struct groups_kept {
	uint32_t rid;
	uint32_t weight;
	struct groups_held *held;
};

/* What one author has said, of all groups together. */
struct groups_spent {
	size_t count;    /* of its records, until it is full */
	uint64_t weight; /* theirs */
	bool full;       /* they are more than count, or have been */
	bool doubted;    /* which of them count is to be found out again */
	/* Once it is full, what counts, in the author's own order, and the
	 * first that does not any more, 0: all do. */
	struct groups_kept *kept;
	size_t kept_count;
	uint64_t kept_weight;
	uint32_t beyond;
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
	struct groups_spent *spent; /* by org - 1 */
	size_t spent_count;
	bool spent_doubted; /* of somebody */
	uint64_t *passed;   /* by org - 1: over all groups, known or not */
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
/* The number that is all that one more such record of the author changes,
 * passed over like others before; NULL: more. */
size_t *groups_passed_like(struct groups_author *author, bool roster);
/* Open what counts towards the group and is not open yet, and let go of what no
 * longer does. ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err groups_facts_load(
    struct node *node, struct groups_held *held);
/* Find out again which are the first groups of those authors of whom that is in
 * doubt. ERR_MEM. */
ERR_MUST_USE enum err groups_rehear(struct node *node);
void groups_facts_free(struct groups_held *held);
/* Let go of everything that is open; it is opened again when it is needed. */
void groups_facts_close(struct groups_held *held);
void groups_close(struct groups_held *held); /* ... and of the state */
/* Open the whole of the roster in force, if it is not; *again: what the state
 * borrows from is another now. And let go of people and mandates of all others.
 */
ERR_MUST_USE enum err groups_facts_people(struct node *node,
    struct groups_held *held, const struct id32 *in_force, bool *again);
void groups_facts_slim(
    struct node *node, struct groups_held *held, const struct id32 *in_force);

/*
 * groups_spent.c: how much one author may say.
 */

/* A record of this author is new here: does it count, as far as is known? What
 * it takes the place of is counted as beyond, and its group is not fresh any
 * more. ERR_MEM. */
ERR_MUST_USE enum err groups_spend(struct node *node, struct groups_held *held,
    int64_t org, const struct groups_said *said, bool *counts);
/* Find out again which records count, of those authors of whom that is in
 * doubt. ERR_MEM. */
ERR_MUST_USE enum err groups_recount(struct node *node);
/* Which records of this author of this group count, LIMIT_GROUP_RECORDS at
 * most, in its own order; how many. */
ERR_MUST_USE enum err groups_counting(struct node *node,
    const struct groups_held *held, struct groups_author *author,
    uint32_t *rids, size_t *count);
/* What is disowned may have changed. */
void groups_spent_doubt(struct groups *groups);
/* Has this author said as much as counts? */
bool groups_spent_all(const struct groups *groups, int64_t org);
void groups_spent_free(struct groups *groups);

#endif
