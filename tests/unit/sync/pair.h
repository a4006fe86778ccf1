/*
 * pair.h - two real nodes (and a third that both know) for tests of sessions: a
 * clock that the test moves, and messages that it can look at, change or make
 * up.
 */
#ifndef QSG_TEST_PAIR_H
#define QSG_TEST_PAIR_H

#include "service/state.h"
#include "service/submit.h"
#include "sync/session_state.h"

enum { PAIR_A, PAIR_B, PAIR_C, PAIR_NODES };

struct pair_side {
	struct pair *pair;
	char home[128];
	struct node *node;
	struct session
	    *session;  /* with the other one; NULL: played by the test */
	int64_t other; /* the other's org number */
	struct rng_seeded seeded;
	struct rng rng;
	struct buf out[512]; /* messages sent, oldest first */
	size_t out_count;
	uint64_t said, said_bytes; /* messages sent since the beginning */
	bool refuse_sends;
};

struct pair {
	char directory[64];
	int64_t now_ms;
	struct clock clock;
	struct pair_side sides[PAIR_NODES];
};

/* Three nodes that have enrolled each other; no session yet. */
void pair_open(struct pair *pair);
void pair_close(struct pair *pair);
/* A session at this side with the other of A and B. */
void pair_session(struct pair *pair, int side, bool dialled);
/* A dials B, both play, until nothing more is said. */
void pair_connect(struct pair *pair);
/* A session at A that the test itself answers as B, established, its first
 * messages dropped. */
void pair_play_b(struct pair *pair);
/* Deliver everything both ways, committing after each message. */
void pair_relay(struct pair *pair);
/* Let time pass in steps of half a second, relaying. */
void pair_pass(struct pair *pair, int64_t ms);
void pair_commit(struct pair *pair, int side);

/* Share a text of this size from one node with the nodes in mask (bits). */
struct id32 pair_share(struct pair *pair, int from, unsigned mask, size_t size);
/* Is it held and readable there? */
bool pair_holds(struct pair *pair, int side, const struct id32 *record);

/* Say something to A's session, as B would: numbers are filled in. */
void pair_say(struct pair *pair, Qsg__Message *message);
/* The oldest message of this kind that a side sent, taken out with all before
 * it; NULL when there is none. Free with canon_free. */
Qsg__Message *pair_heard(
    struct pair *pair, int side, Qsg__Message__BodyCase kind);
/* How many of this kind wait. */
size_t pair_count(struct pair *pair, int side, Qsg__Message__BodyCase kind);
/* Drop all that a side has sent. */
void pair_drop(struct pair *pair, int side);
/* Expect a Refuse from A and return whether it has this code. */
bool pair_refused(struct pair *pair, const char *code);

#endif
