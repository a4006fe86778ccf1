/*
 * replica.h - what replication asks of a node: what to offer a peer, what to
 * want of an offer, records to supply, records and heads to take.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Replication", "Proofs"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_REPLICA_H
#define QSG_SERVICE_REPLICA_H

#include "service/peers.h"

#include "session.pb-c.h"

/*
 * Hello.
 */

/* What we put into a Hello to this peer (session versions aside). Spans are
 * borrowed until the node changes. */
struct replica_facts {
	struct id32 self;
	uint64_t card_version;           /* ours */
	uint64_t peer_card_version;      /* as we hold it */
	const uint8_t *incarnation;      /* ours, 16 bytes */
	const uint8_t *peer_incarnation; /* 16 bytes, zero: never heard */
	uint64_t cursor;                 /* of the peer's advertisements */
	struct span
	    peer_head; /* newest note of its log held here; may be empty */
	struct span own_head; /* may be empty */
};
void replica_facts(
    struct node *node, const struct peer *peer, struct replica_facts *out);

/* Judge a peer's Hello: the head of ours that it holds must lie in our tree
 * (ERR_STATE, and the node stops signing, when it is signed by us and does
 * not); its incarnation (another than before: our cursor starts from zero);
 * the time it was seen is staged. ERR_VERIFY, ERR_FORMAT: the Hello is
 * refused. *their_cursor is where our advertisements to it go on from. */
ERR_MUST_USE enum err replica_hello(struct node *node, struct peer *peer,
    const Qsg__Hello *hello, uint64_t *their_cursor);

/* A card of our own that a peer gave: newer than ours, or another of its
 * version, it shows that this home is an old copy. Staged; takes it over then.
 */
struct card;
ERR_MUST_USE enum err replica_own_card(struct node *node, struct card *card);

/*
 * Offering and supplying.
 */

/* Streams whose audience holds both us and the peer, changed after `cursor`,
 * oldest change first, into a message (free with replica_free_offers). own:
 * only those we write. At most LIMIT_ADVERTISE; *next is the cursor after the
 * last one given, *more whether there is more. */
ERR_MUST_USE enum err replica_offers(struct node *node, const struct peer *peer,
    bool own, uint64_t cursor, Qsg__Advertise *out, uint64_t *next, bool *more);
void replica_free_offers(Qsg__Advertise *advertise);

/* Is the stream of this number in the store ours, and may this peer read it? */
bool replica_reads(
    const struct node *node, const struct peer *peer, int64_t stream);

/* Numbers of one stream, asked for or given. */
struct replica_range {
	struct id32 author;
	struct generation generation;
	struct id32 stream;
	uint64_t first;
	uint64_t last;
	uint64_t head_size; /* in: asker's; out: proven */
	bool headers_only;
	bool proofs_only; /* treated as headers_only */
};
/* Records first..last of a stream as far as held, contiguous and within
 * max_bytes, with their proof from range->head_size, which becomes the size
 * proven. Fills *out, which borrows from range and node; free with
 * replica_free_records. *next is the number to go on with. ERR_NOTFOUND:
 * unknown stream, or not this peer's to read (both alike), or nothing there to
 * give. */
ERR_MUST_USE enum err replica_supply(struct node *node, const struct peer *peer,
    struct replica_range *range, size_t max_bytes, Qsg__Records *out,
    uint64_t *next);
void replica_free_records(Qsg__Records *records);
/* The ids of the stream of this number in the store, with first 1 and last the
 * highest number taken. False: no such stream. */
bool replica_stream(
    const struct node *node, int64_t stream, struct replica_range *out);

/*
 * Wanting and taking.
 */

enum replica_need {
	REPLICA_NOTHING, /* held, or its stream has ended here: done with it */
	REPLICA_WANT,    /* *range says what to ask for */
	REPLICA_LATER, /* somebody else is fetching it, or over quota: ask again
	                  in a while */
	REPLICA_UNKNOWN /* an author nobody here enrolled, or that is refused,
	                   or an offer the peer may not make: done with it,
	                   counted */
};
/* What an offer means to us. */
enum replica_need replica_plan(struct node *node, const struct peer *peer,
    const Qsg__Offer *offer, struct replica_range *range);
/* Mark a stream as being fetched from this peer until wall time (ms), so that
 * others do not; until 0 frees it. */
void replica_fetching(struct node *node, const struct peer *peer,
    const struct replica_range *range, int64_t until_ms);

/* What came of one Records message. */
struct replica_taken {
	uint64_t taken;  /* records whose number was taken (staged) */
	uint64_t held;   /* records we had already */
	uint64_t next;   /* number the stream now needs, 0 when it has ended */
	bool needs_head; /* a head could not be joined to ours yet: ask for one
	                  */
	uint64_t ours_size;   /* ... that is proven from this size */
	uint64_t theirs_size; /* the sender's head */
	char code[32]; /* when refused: token for Refuse and quarantine */
	char reason[200];
};
/* Verify, open, stage. ERR_OK also when records turned out unreadable, the
 * stream broke (code and reason are set then, next is 0) or everything was held
 * already. Errors: the message is refused and quarantined on the sender's
 * account (code and reason set): ERR_FORMAT, ERR_VERIFY, ERR_DENIED (not for
 * us, unknown author). Nothing is held against anybody for ERR_LIMIT (over
 * quota: Throttle; code and reason set), ERR_STATE (the proof starts from a
 * head not held here), ERR_FULL, ERR_IO (our own disk). `raw` are the
 * message's bytes. */
ERR_MUST_USE enum err replica_take(struct node *node, struct peer *peer,
    const Qsg__Records *records, struct span raw, struct replica_taken *out);

/* Heads. Supply: fill a Head that proves our newest head from the one size a
 * HeadWant names (free with replica_free_head; borrows from want and node).
 * ERR_FORMAT (not exactly one size), ERR_NOTFOUND. Take: join it to the head
 * of that size that we hold, verified or still to be joined; staged. */
ERR_MUST_USE enum err replica_supply_head(struct node *node,
    const struct peer *peer, const Qsg__HeadWant *want, Qsg__Head *out);
void replica_free_head(Qsg__Head *head);
ERR_MUST_USE enum err replica_take_head(
    struct node *node, struct peer *peer, const Qsg__Head *head);

/* Streams that the peer reads too and in which bytes of a record are missing
 * here, to be planned as if the peer had offered them: start with *place 0;
 * false when there are no more. */
bool replica_lacking(struct node *node, const struct peer *peer, size_t *place,
    struct replica_range *out);

/* A session with the peer lives: noted once a day, so that one that lives for
 * months is no peer that was not met. Staged. */
#define REPLICA_MET_MS (24LL * 3600 * 1000)
ERR_MUST_USE enum err replica_met(struct node *node, struct peer *peer);

/* Done with the peer's advertisements up to cursor. Staged. */
ERR_MUST_USE enum err replica_done(
    struct node *node, struct peer *peer, uint64_t cursor);

/* Quarantine a message that did not even parse, on its sender's account.
 * Staged; never fails loudly (a full disk is logged). */
void replica_reject(struct node *node, struct peer *peer, const char *code,
    const char *reason, struct span raw);

#endif
