/*
 * walking.h - the lives of several records among five organisations, and a
 * model of them that is told what was made and what was delivered: who reads
 * what, who may grant it, whom it reached. Written from PROTOCOL.md, "Grants",
 * "Corrections and retractions" and "Erasure", not from the code.
 */
#ifndef QSG_TESTS_SERVICE_WALKING_H
#define QSG_TESTS_SERVICE_WALKING_H

#include "fixture.h"

#define WALK_NODES 5u
#define WALK_RECORDS 64u /* of one walk, as bits of a mask */
#define WALK_ITEMS 4u    /* a record and its corrections */
#define WALKS_AT_ONCE 20u

/* A record, as the model knows it. Nodes and items are bits of masks. */
struct walk_record {
	struct id32 id;
	enum view_type type;
	size_t author;
	unsigned readers; /* its author too */
	size_t item;      /* that it is, or is about */
	unsigned names;   /* a correction, a retraction: items */
	unsigned to;      /* a request, an answer: whom it would go on to */
	bool allows;      /* an answer */
	uint64_t cites;   /* an erasure: grants of its author's */
};

struct walk {
	size_t at;     /* among the walks */
	size_t number; /* of all that were made */
	struct walk_record records[WALK_RECORDS];
	size_t count;
	size_t items[WALK_ITEMS]; /* their records */
	size_t item_count;
	size_t author;
	/* By node, the records that it holds; that it holds with their bodies;
	 * and that it ever held so, or knows what they carried. */
	uint64_t has[WALK_NODES];
	uint64_t body[WALK_NODES];
	uint64_t known[WALK_NODES];
	int64_t held_ms[WALK_NODES][WALK_ITEMS]; /* until when; 0: not */
};

struct walking {
	struct fixture fixture;
	struct walk walks[WALKS_AT_ONCE];
	size_t count;
	uint32_t seen[WALK_NODES]; /* rids that the model knows of */
};
extern struct walking walking;

/* Five organisations that all know each other, drawn from this seed; the first
 * of so many walks is of this number. */
void walking_open(uint64_t seed, size_t first, size_t walks);
void walking_close(void);
struct node *walking_node(size_t at);
/* The text of an item, which says which one it is. */
void walking_text(const struct walk *walk, size_t item, char out[40]);

/*
 * What happens.
 */

/* Node `at` did something: commit, and the model learns what it logged. */
void walking_did(size_t at);
/* Node `to` takes all that node `from` has for it. */
void walking_pull(size_t to, size_t from);
/* A minute goes by, and node `at` does what is due. */
void walking_tick(size_t at);
/* All hear all and do what is due until nothing is new. */
void walking_spread(void);
/* What holds are over, or released, at this node: erase what was put off. */
void walking_settle(size_t at);

/*
 * The model.
 */

/* Is this record the item, or a grant of it? */
bool walk_carries(const struct walk *walk, size_t record, size_t item);
bool walk_reads(const struct walk *walk, size_t at, size_t item);
/* Does node `at` know of it at all, erased or not? */
bool walk_knows(const struct walk *walk, size_t at, size_t item);
bool walk_holds(const struct walk *walk, size_t at, size_t item);
/* Has it seen an erasure that counts for the whole record? */
bool walk_erased(const struct walk *walk, size_t at, size_t item);
/* Is this record, here, kept by a hold alone: its erasure was seen? */
bool walk_withheld(const struct walk *walk, size_t at, size_t record);
/* Node `who` reads it, as far as node `at` knows. */
bool walk_known_reader(
    const struct walk *walk, size_t at, size_t item, size_t who);
/* Has its author allowed, as far as node `at` knows, that this one goes on to
 * node `to`? */
bool walk_allowed(const struct walk *walk, size_t at, size_t item, size_t to);
/* The item in force of its chain, and whether that was taken back. */
size_t walk_newest(const struct walk *walk, size_t at, size_t item);
bool walk_retracted(const struct walk *walk, size_t at, size_t item);
/* Whom a correction of it by its author would go to. */
unsigned walk_reached(const struct walk *walk, size_t item);
/* Whom an erasure by its author would go to. */
unsigned walk_carriers(const struct walk *walk, size_t item);
/* Everybody to whom it was ever sealed or granted. */
unsigned walk_given(const struct walk *walk, size_t item);

/* All nodes are as the model says, of this walk. */
void walk_check(const struct walk *walk);

/* Whom grants reached that its author holds without body, and of which those
 * who made them told others alone that they took them back. */
unsigned walk_hidden(const struct walk *walk, size_t item);
/* Its records, and what two nodes have of them, on standard error: for whoever
 * looks for what went wrong. */
void walk_tell(const struct walk *walk, size_t one, size_t other);

#endif
