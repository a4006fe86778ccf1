/*
 * witness.h - heads that are published, and the organisations that sign that
 * they have seen them.
 *
 * As the author of a log a node publishes its newest head now and then, asks
 * some of those it knows to cosign it, and keeps what they say. As a witness
 * it cosigns the newest head of another's log, once that is joined to all it
 * has seen of it. Nothing ever waits for a cosignature.
 *
 *   witness.c         when to publish, whom to ask, what they answer
 *   witness_head.c    the Head that tells a peer of it
 *   witness_cosign.c  a Head of another, and what we say of it
 *   witness_status.c  how things stand
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Witnesses"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_WITNESS_H
#define QSG_SERVICE_WITNESS_H

#include "service/peers.h"

#include "session.pb-c.h"

#define WITNESS_MOST 15u          /* asked by one log; a note has 16 lines */
#define WITNESS_ASK 7u            /* asked, unless configured */
#define WITNESS_INTERVAL_S 60     /* between two publishings */
#define WITNESS_MAX_AGE_S 86400   /* of a record no witness has seen */
#define WITNESS_MINIMUM_AUTO (-1) /* 1 with peers, 0 without */

struct witness_policy {
	unsigned ask; /* at most so many are asked; 0 nobody */
	int minimum;  /* cosignatures that make a head count as witnessed */
	int64_t max_age_s;
	int64_t interval_s;
};
struct witness_policy witness_default(void);
/* From now on. ask must not be over WITNESS_MOST. */
void witness_set_policy(struct node *node, const struct witness_policy *policy);

/* Part of struct node. */
struct witness {
	struct witness_policy policy;
	bool known;           /* the next two are as in the database */
	uint64_t published;   /* size of the newest published head, 0 none */
	int64_t published_ms; /* wall */
	int64_t next_ms;      /* steady: not published before */
	uint64_t urgent;      /* at once when the head covers this; 0 none */
};

/*
 * As the author.
 */

/* Publish the committed head when it is larger than the newest published one
 * and the interval has passed. Staged, with a NODE_HEAD_PUBLISHED. Call it
 * often. */
void witness_tick(struct node *node);
/* What is staged now is urgent: published as soon as it is committed. */
void witness_urgent(struct node *node);

/* Whom we ask: those seen in the last 30 days before others, in the order of
 * enrolment. Returns how many. */
size_t witness_asked(struct node *node, int64_t orgs[WITNESS_MOST]);
/* Size of the newest published head of our log; 0: none. */
uint64_t witness_published(struct node *node);
/* How many cosignatures are held on it, and whether the peer, who is asked,
 * has not cosigned it. */
unsigned witness_lines(struct node *node);
bool witness_lacks(struct node *node, const struct peer *peer);

/* A Head that tells a peer of our newest published head, with its proof from a
 * size not above it, whom we ask and the cosignatures known. Clear it also
 * after an error. It points into itself. ERR_NOTFOUND: nothing published. */
struct witness_head {
	Qsg__Head head;
	struct checkpoint own;
	uint64_t from;
	uint64_t size;
	struct buf note;
	int64_t asked[WITNESS_MOST];
	ProtobufCBinaryData witnesses[WITNESS_MOST];
	struct buf lines[WITNESS_MOST];
	Qsg__Cosignature rows[WITNESS_MOST];
	Qsg__Cosignature *list[WITNESS_MOST];
	struct node *node;
};
ERR_MUST_USE enum err witness_make_head(
    struct node *node, uint64_t from, struct witness_head *out);
void witness_clear_head(struct witness_head *head);

/* A cosignature on one of our heads, from the witness itself. Staged. What is
 * wrong is quarantined: ERR_FORMAT, ERR_DENIED (another's log, not asked, not
 * published), ERR_VERIFY. */
ERR_MUST_USE enum err witness_take(struct node *node, struct peer *peer,
    const Qsg__Cosignature *message, struct span raw);

/*
 * As a witness.
 */

/* What came of a Head. */
struct witness_heard {
	bool ask;          /* it cannot be joined: ask for a proof ... */
	uint64_t ask_from; /* ... from this size */
	bool cosigned;     /* a cosignature is to be sent, once committed */
	struct generation generation;
	uint64_t size;
};
/* A Head of the peer's own log, from the peer. Joined, its cosignatures kept,
 * and cosigned where it asks for that and may have it; staged. What is wrong
 * is quarantined: ERR_FORMAT, ERR_VERIFY, ERR_DENIED. ERR_LIMIT: its author is
 * over quota. */
ERR_MUST_USE enum err witness_take_head(struct node *node, struct peer *peer,
    const Qsg__Head *head, struct witness_heard *out);

/* Our cosignature on that head of the author's log, read back from the
 * database with the head, and checked. For use when nothing is staged.
 * ERR_NOTFOUND (undone, or a newer one is there), ERR_VERIFY, ERR_CORRUPT. */
ERR_MUST_USE enum err witness_read(struct node *node, const struct peer *author,
    const struct generation *generation, uint64_t size, struct buf *line);

/* Verify one signature line over a note's text by this witness's key.
 * ERR_NOTFOUND: a line of another key. ERR_FORMAT, ERR_LIMIT, ERR_VERIFY. */
ERR_MUST_USE enum err witness_check_line(struct span text, struct span line,
    const struct card *witness, uint64_t *time_s);

/*
 * How things stand.
 */

struct witness_status {
	uint64_t head; /* size of our log */
	uint64_t published;
	int64_t published_ms; /* 0 never */
	uint64_t witnessed;   /* size of the newest head with enough */
	uint64_t unwitnessed; /* entries after it */
	int64_t oldest_ms;    /* when the first of them was made; 0 none */
	size_t asked;
	size_t cosigned; /* the newest published head, of those asked */
	unsigned minimum;
	int64_t max_age_s;
	bool ok; /* nothing unwitnessed is older than that */
};
ERR_MUST_USE enum err witness_status(
    struct node *node, struct witness_status *out);

/* One organisation and a head. */
struct witness_word {
	const struct peer *peer;
	struct generation generation;
	bool asked;    /* as a witness of ours */
	uint64_t size; /* of the newest head it cosigned, 0 none */
	int64_t time_s;
};
typedef enum err (*witness_each)(
    void *context, const struct witness_word *word);
/* Whom we ask, and what of ours they cosigned last. */
ERR_MUST_USE enum err witness_scan_asked(
    struct node *node, witness_each each, void *context);
/* Heads of others that we cosigned last. */
ERR_MUST_USE enum err witness_scan_cosigned(
    struct node *node, witness_each each, void *context);

/* Of our 16 newest published heads the one with the most cosignatures (of two
 * the newer), as a signed note with their lines, sorted by name; where none was
 * published, the newest head. Free note. ERR_NOTFOUND: an empty log. */
struct witness_checkpoint {
	struct checkpoint head;
	struct buf note;
	size_t cosignatures;
};
ERR_MUST_USE enum err witness_checkpoint(
    struct node *node, struct witness_checkpoint *out);
/* The newest kept head of a log, ours or another's, that witnesses have signed
 * and that has more than `leaf` entries, likewise. Free note. ERR_NOTFOUND. */
ERR_MUST_USE enum err witness_covering(struct node *node, int64_t log,
    uint64_t leaf, struct witness_checkpoint *out);

#endif
