/*
 * node.h - one organisation's node: its home, keys, records and peers, opened
 * together; and the commit that makes everything staged durable at once.
 *
 * Changes are staged: applied in memory and written inside one open database
 * transaction. node_commit signs the new head of our log, commits, advances
 * the high-water mark; only then may anything staged be released (answered,
 * sent, acknowledged). If that fails everything staged is undone.
 *
 * Floor:   service (may include base ... store)
 * Spec:    proto/PROTOCOL.md, "Commit and release"
 * Threads: one thread owns a node; nothing here is called from another.
 */
#ifndef QSG_SERVICE_NODE_H
#define QSG_SERVICE_NODE_H

#include "base/clock.h"
#include "base/rng.h"
#include "keys/card.h"
#include "keys/keystore.h"
#include "ledger/checkpoint.h"

struct node;

struct node_options {
	const char *home;          /* directory, checked private by node_open */
	struct keystore *keystore; /* taken over, also on failure */
	const struct clock *clock; /* borrowed for the node's life */
	const struct rng *rng;     /* the same */
	/* Called now and then while a start takes long (rebuilding views); may
	 * be NULL. */
	void (*progress)(
	    void *context, const char *what, uint64_t done, uint64_t total);
	void *progress_context;
	/* How long a start waits for peers before it signs; 0: not at all;
	 * NODE_WAIT_MAJORITY: until more than half of them have answered. */
	int64_t start_wait_ms;
	bool accept_head; /* a person says: do not wait */
	/* A copy of the mark is kept in this file, which the machine loses when
	 * it restarts; NULL: none is. */
	const char *mark_copy;
};
#define NODE_WAIT_MAJORITY (-1)

/* Who a new home is for. */
struct node_profile {
	const char *name;
	const char *code;
	const char *kind;
	const char *endpoint; /* NULL: none yet */
	/* The first account, an administrator's; NULL: none. */
	const char *account;
	uint32_t user; /* of Unix, whose account it is */
};
/* Make a home: directory 0700, keystore, database, mark, first card (version
 * 1). Nothing is left behind on failure. ERR_EXISTS when there is a home. */
ERR_MUST_USE enum err node_create(const char *home,
    const struct node_profile *profile, const struct passphrase *passphrase,
    enum keystore_cost cost, const struct clock *clock, const struct rng *rng);

/* Open a home that exists (the caller holds its lock). ERR_DENIED (not
 * private), ERR_CORRUPT, ERR_VERSION, ERR_BUSY. */
ERR_MUST_USE enum err node_open(
    const struct node_options *options, struct node **out);
/* Saves the snapshot of the views when nothing is staged, wipes, frees. */
void node_close(struct node *node);

/* Make everything staged durable; a no-op when nothing is. On failure all of
 * it is undone in memory and on disk; ERR_FULL for a full disk. */
ERR_MUST_USE enum err node_commit(struct node *node);
bool node_staged(const struct node *node);

/* When a commit found the disk full, on the wall clock; 0 once one did not. */
int64_t node_disk_full_ms(const struct node *node);

/* May this node sign? If not, *why is one line for people. */
bool node_may_sign(const struct node *node, const char **why);

/* What others see of us. */
const struct id32 *node_id(const struct node *node);
const struct card *node_card(const struct node *node);
/* Newest committed head of our log; its note is empty at size 0. */
const struct checkpoint *node_head(const struct node *node);
struct span node_head_note(const struct node *node);
const uint8_t *node_incarnation(const struct node *node);
const struct clock *node_clock(const struct node *node);
const struct rng *node_rng(const struct node *node);
const struct keystore *node_keystore(const struct node *node);

/* Publish these endpoints: a new card version when they differ from the card
 * in force (durable on return). ERR_STATE while the node may not sign: then it
 * does so once it may. */
ERR_MUST_USE enum err node_set_endpoints(
    struct node *node, const char *const *endpoints, size_t count);

/* Events since the last call, for sync to act on: streams with new records,
 * peers whose card changed, our newest head published. Filled only by what has
 * been committed. */
enum node_event_kind {
	NODE_STREAM_GREW,
	NODE_PEER_CHANGED,
	NODE_HEAD_PUBLISHED
};
struct node_event {
	enum node_event_kind kind;
	int64_t stream; /* NODE_STREAM_GREW: its number in the store */
	uint64_t first; /* NODE_STREAM_GREW: first new number */
	int64_t org;    /* NODE_PEER_CHANGED; NODE_STREAM_GREW: the author */
};
/* False when there is none left. */
bool node_next_event(struct node *node, struct node_event *out);

#endif
