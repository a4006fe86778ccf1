/*
 * world.h - several real nodes in one process: a virtual clock, a network that
 * misbehaves, one seed for everything.
 */
#ifndef QSG_SIM_WORLD_H
#define QSG_SIM_WORLD_H

#include "service/state.h"
#include "sync/peering.h"

#include <stdio.h>

enum { WORLD_MAX = 640 }; /* nodes, at most */

/* What can go wrong. Each is counted when it takes effect. */
enum fault {
	FAULT_DROP,      /* a message lost */
	FAULT_DUPLICATE, /* delivered twice, the second time perhaps much later
	                  */
	FAULT_REORDER,   /* overtaken by later ones */
	FAULT_CORRUPT,   /* a few bytes differ */
	FAULT_DELAY,     /* held up for seconds */
	FAULT_PARTITION, /* lost between two sides that cannot reach each other
	                  */
	FAULT_ONE_WAY,   /* lost in one direction */
	FAULT_CUT,       /* a connection broken */
	FAULT_STALE,     /* delivered to the process after the one it was for */
	FAULT_CRASH,     /* a node killed, staged or not */
	FAULT_STOP,      /* a node stopped properly */
	FAULT_RESTART,   /* and started again */
	FAULT_CLOCK,     /* wall clock jumped */
	FAULT_FORGE,     /* well-formed, but not what its sender meant */
	FAULT_DISK,      /* a commit failed */
	FAULT_COUNT
};
const char *world_fault_name(enum fault fault);

struct world;

/* Some of the nodes. */
struct nodes {
	uint64_t bits[WORLD_MAX / 64];
};

struct sim_node {
	struct world *world;
	unsigned index;
	const char *name;
	char home[200];
	struct node *node; /* NULL: not running */
	struct peering *peering;
	struct clock clock;
	int64_t wall_offset_ms;
	int64_t boot_ms;
	uint64_t boot; /* counts starts */
	struct rng_seeded seeded;
	struct rng rng;
	struct id32 id;
	int64_t up_ms; /* when down: starts again then */
	int64_t tick_ms;
	bool dying;            /* whatever is sent goes nowhere */
	size_t unacknowledged; /* submissions since its last commit */
	uint32_t seen_rid;     /* newer records have not been looked at */
};

/* A record that was submitted. */
struct truth {
	struct id32 id;
	unsigned author;
	struct nodes readers; /* the author among them */
	uint8_t type;         /* as its view has it */
	bool acknowledged;
	bool undone;
	int64_t sealed_ms;
	int64_t held_ms; /* when the newest of those that hold it got it */
	unsigned holders;
};

/* What a node has cosigned of another's log. */
struct cosigned {
	struct generation generation;
	uint64_t size;
	uint8_t line[256]; /* as it went out */
	size_t line_size;
};

/* A root that some node released. */
struct released {
	struct checkpoint checkpoint;
};

struct packet;
struct wire;

struct world {
	struct sim_node *nodes;
	unsigned count;
	struct table index;   /* of nodes, by id */
	struct nodes touched; /* are to commit */
	struct due *due;      /* when each is to be ticked */
	int64_t step_ms;      /* what comes within it comes together */
	int64_t now_ms;
	uint64_t sequence;
	bool faults_on;
	unsigned loss_percent; /* of packets, which TCP sends again */
	uint64_t packets_sent, packets_lost; /* while there is a loss */
	bool verbose;
	bool arrivals; /* note when a record arrives; without faults only */
	struct rng_seeded seeded;
	struct rng rng; /* of the world, not of any node */

	struct packet *packets; /* heap by due time */
	size_t packet_count, packet_capacity;
	struct wire *wires;
	size_t wire_count, wire_capacity;
	int64_t *split_until_ms; /* by pair: from, to */
	int64_t *deaf_until_ms;

	struct truth *truths;
	size_t truth_count, truth_capacity;
	struct table truth_index;
	struct released *released;
	size_t released_count, released_capacity;
	struct table released_index;
	struct cosigned *cosigned; /* by pair: by, of */
	uint64_t cosignatures;     /* put on the network */

	uint64_t faults[FAULT_COUNT];
	uint64_t messages, bytes; /* put on the network */
	uint64_t commits;
	uint64_t trace;    /* hash of all that happened, in order */
	char failure[400]; /* "" while everything holds */
};

/* homes.c */
bool homes_make(const char *home, const struct node_profile *profile,
    const struct rng *rng);
ERR_MUST_USE enum err homes_open(const char *home, const struct clock *clock,
    const struct rng *rng, struct node **out);
/* As `qsg peer add` does, once the fingerprints are compared. */
ERR_MUST_USE enum err homes_introduce(struct node *node, struct node *other);
bool homes_copy(const char *from, const char *to);
void homes_remove(const char *home);
/* A new directory for homes, in memory where that can be. */
bool homes_directory(char *out, size_t size);
void homes_remove_all(const char *directory);
/* The wall clock when nothing has happened yet. */
extern const struct clock homes_clock;
#define HOMES_WALL_MS 1760000000000LL

/* nodes: a set */
static inline bool nodes_has(const struct nodes *nodes, unsigned node)
{
	return (nodes->bits[node / 64] >> node % 64 & 1u) != 0;
}
static inline void nodes_add(struct nodes *nodes, unsigned node)
{
	nodes->bits[node / 64] |= 1ULL << node % 64;
}
static inline void nodes_drop(struct nodes *nodes, unsigned node)
{
	nodes->bits[node / 64] &= ~(1ULL << node % 64);
}
unsigned nodes_count(const struct nodes *nodes);

/* due.c: moments, of which the earliest is wanted. */
struct due *due_new(unsigned count);
void due_free(struct due *due);
void due_set(struct due *due, unsigned node, int64_t at_ms);
int64_t due_first_ms(const struct due *due);
/* The lowest node from `from` on whose moment is not after now; count: none. */
unsigned due_next(const struct due *due, unsigned from, int64_t now_ms);

/* world.c: nodes, time. */
/* Room for so many nodes, none of them running. */
void world_init(struct world *world, unsigned count, uint64_t seed);
/* The node's home is in directory/name; opened and its id learned. */
bool world_add(struct world *world, unsigned index, const char *name);
void world_close(struct world *world);
/* Something may be staged at this node. */
void world_touch(struct world *world, unsigned index);
/* A node is to be ticked, or started, at this moment. */
void world_wake(struct world *world, unsigned index, int64_t at_ms);
/* Let time pass, and everything happen that is due. */
void world_run(struct world *world, int64_t ms);
void world_start(struct world *world, unsigned index);
void world_crash(struct world *world, unsigned index);
void world_stop(struct world *world, unsigned index);
/* Commit what is staged. False: it was undone. */
bool world_commit(struct world *world, unsigned index, bool may_fail);
void world_fail(struct world *world, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void world_trace(struct world *world, const void *data, size_t size);
uint64_t world_below(struct world *world, uint64_t bound);
/* True once in `n`. */
bool world_one_in(struct world *world, uint64_t n);
int world_index_of(const struct world *world, const struct id32 *id);
/* Place of a pair in arrays by pair. */
size_t world_pair(const struct world *world, unsigned from, unsigned to);

/* item.c: share a text with these nodes, the author among them. Staged. */
void item_submit(struct world *world, unsigned author,
    const struct nodes *readers, char *text);
/* The same with a group, which must resolve to these. */
void item_submit_to_group(struct world *world, unsigned author,
    const char *group, const struct nodes *readers, char *text);

/* verified.c: from now on every signature is checked once for all nodes. */
void verified_share(void);
void verified_close(void);

/* network.c */
bool network_send(void *context, uint64_t link, struct span message);
uint64_t network_dial(
    void *context, const struct peer *peer, const char *endpoint);
void network_cut(void *context, uint64_t link);
/* Deliver what is due. */
void network_deliver(struct world *world);
/* When the next packet is due; INT64_MAX: there is none. */
int64_t network_next_ms(const struct world *world);
/* A process is gone: so are the connections it dialled. */
void network_node_gone(struct world *world, unsigned index);
void network_break_one(struct world *world);
void network_close(struct world *world);

/* forge.c: make a well-formed lie of a message; false when it is not of a kind
 * worth it. The result is appended to out. */
bool forge_message(
    struct world *world, unsigned to, struct span raw, struct buf *out);

/* truth.c: what must hold. */
void truth_add(struct world *world, const struct truth *truth);
/* What a node releases is looked at by everybody. */
void truth_watch(
    struct world *world, unsigned from, unsigned to, struct span raw);
/* What the node has committed since it was looked at last. */
void truth_look(struct world *world, unsigned index);
/* Everybody holds all that was addressed to it. */
bool truth_complete(struct world *world, char *missing, size_t size);
/* Each author holds receipts for all that its readers hold of it. */
bool truth_signed_for(struct world *world, char *missing, size_t size);
/* Every head is published and cosigned by all it asks. */
bool truth_witnessed(struct world *world, char *missing, size_t size);
/* The rest, at the end. */
void truth_judge(struct world *world);
void truth_commit(struct world *world, unsigned author, bool succeeded);

#endif
