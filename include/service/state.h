/*
 * state.h - the inside of a node, shared by the modules of this floor. Other
 * floors use node.h; the simulator looks in here to judge what a node holds.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_STATE_H
#define QSG_SERVICE_STATE_H

#include "ledger/merkle.h"
#include "service/node.h"
#include "service/peers.h"
#include "service/witness.h"
#include "store/logs.h"
#include "store/mark.h"
#include "store/orgs.h"
#include "store/quarantine.h"
#include "store/records.h"
#include "store/views.h"

#include "payload.pb-c.h"

/* Under this name, with the log's number, the store keeps the second head of a
 * log that was split. */
#define STATE_SPLIT_KEY "split/%lld"
/* The head of a log that is still to be joined: u64 size, 0 none, root, u32
 * size of its signed note, note, hashes of the peaks of its own tree. */
#define STATE_UNJOINED_KEY "unjoined/%lld"
/* u64: the size of the largest head whose place another took before it was
 * joined. */
#define STATE_OVERTAKEN_KEY "overtaken/%lld"
/* A head that was mentioned, like the one to be joined; and how long heads have
 * not been joined: u64 ms, u64 first record not proven, 0 none. */
#define STATE_WITHHELD_KEY "withheld/%lld"
#define STATE_CLAIM_KEY "claim/%lld"
#define STATE_UNPROVEN_KEY "unproven/%lld"
/* Under this one, why nothing is signed any more. */
#define STATE_ENDED_KEY "signing-ended"

/* Heads of our logs that our trees lack: generation, u64 size, root each. */
#define STATE_HEARD_KEY "heard-heads"
/* The newest card of ours that we did not make, sealed. */
#define STATE_HEARD_CARD_KEY "heard-card"
#define STATE_HEARD_LABEL "qsg/heard-card/v1"
/* Generations that ended by recovery: generation and i64 time (ms) each. */
#define STATE_RECOVERED_KEY "recovered"
/* i64 times (ms) of the newest statements that only added heads. */
#define STATE_RESTATED_KEY "restated"
/* Of an organisation: its cards contradict each other. */
#define STATE_CONFLICT_KEY "card-conflict/%lld"
/* With the id of a record of a summit: i64 (ms) not before, i64 not after, when
 * it was made. */
#define STATE_MADE_KEY "made/"
/* u64: the number of the newest draft. */
#define STATE_DRAFT_KEY "draft-number"

/* u64: the number of the newest release; u64: how many wait. */
#define STATE_RELEASE_KEY "releases"

/* A signed head that a peer told us of, while it is not known to belong to the
 * same history as ours. */
struct state_claim {
	struct checkpoint head; /* size 0: there is none */
	struct buf note;
	struct merkle_nodes peaks; /* of its tree, when somebody gave them */
	int64_t org;               /* who told */
};

/* A head, when it was first seen here (steady). */
struct state_seen {
	uint64_t size;
	int64_t seen_ms;
};
#define STATE_SEEN 8u

/* Which accepted heads of an ended generation the tree of a log has, as of what
 * was known then: one bit each, of the first so many. */
#define STATE_ACCEPTED 512u
struct state_accepted {
	uint64_t known_bytes; /* account of the author */
	uint64_t head_size;
	uint64_t card_version;
	uint8_t bits[STATE_ACCEPTED / 8];
};

/* A log: one generation, ours or another organisation's. */
struct state_log {
	int64_t log;
	struct checkpoint
	    head; /* newest verified; for ours, newest committed */
	struct buf note;
	struct merkle_tree *tree;
	struct checkpoint
	    unjoined;             /* signed, not joined to head; size 0: none */
	struct buf unjoined_note; /* ... as signed */
	struct merkle_nodes unjoined_peaks; /* ... and of its own tree */
	uint64_t overtaken;                 /* STATE_OVERTAKEN_KEY; 0 none */
	struct state_claim claim;
	struct state_accepted accepted;
	/* How long the author has been in session while a head of its was not
	 * joined; from then on its records are not proven. */
	int64_t unproven_ms; /* the longer of the two that follow */
	int64_t unjoined_ms;
	int64_t claim_ms;
	uint32_t unproven_rid;    /* the first of those records, 0: none */
	int64_t unproven_kept_ms; /* of unproven_ms, in the store */
	struct state_seen seen[STATE_SEEN]; /* heads, oldest first */
	size_t seen_count;
	uint64_t withheld; /* records that only co-readers gave us */
	bool split; /* two histories under one key: nothing more is taken */
	int64_t org;
};

/* A stream. Its number in the store is its place + 1. */
struct state_stream {
	struct stream_row row; /* row.state filled whole */
	struct id32 *readers;  /* sorted; NULL: audience not known here */
	size_t reader_count;
	struct id32 group; /* the audience was resolved from it; zero: none */
	uint64_t group_epoch; /* when it was opened */
	uint32_t last_rid;    /* newest change, the cursor of advertisements;
	                         set by changes_add */
	uint64_t offered;     /* highest number a peer offered */
	int64_t fetching_org; /* who is being asked, 0 nobody */
	int64_t fetching_until_ms;
	uint64_t grew_first;     /* staged growth: first new number, 0 none */
	bool dirty;              /* row differs from the database */
	uint32_t bodyless;       /* records whose bytes are still missing */
	int64_t bodyless_ms;     /* when they were last asked for (steady) */
	int64_t bodyless_org;    /* ... and whom */
	uint64_t waiting_next;   /* of those that wait to be erased, which is
	                            asked for next */
	uint64_t author_offered; /* highest number its own author offered */
	bool author_told;        /* ... before anything of it was held here */
	uint64_t contested;      /* a number of which a peer may hold another
	                            record, 0 none */
	int64_t contested_ms;    /* when one was last asked for (steady) ... */
	int64_t contested_org;   /* ... and of whom */
	uint64_t receipted;      /* of others': what our receipts cover */
	bool receipt_urgent;     /* its next receipt is */
};

/* What an author's records cost beside their bytes: an entry in the views, a
 * row of an index, a node of its tree. Charged to its account, so that many
 * tiny things are not cheaper than a large one. */
#define STATE_RECORD_COST 512u
#define STATE_ROW_COST 64u
#define STATE_NODE_COST 128u

/* What is counted of each author, by org number - 1. */
struct state_account {
	uint64_t bytes;
	uint64_t streams;
	uint32_t told; /* of its streams, offered before they were held */
	double keying_tokens;
	int64_t keying_ms;
	int64_t card_times_ms[10]; /* LIMIT_CARDS_PER_DAY newest */
};

/* A stream got a record. */
struct state_change {
	uint32_t rid;
	uint32_t stream;
};

/* Ascending by rid; the newest entry of each stream counts. */
struct state_changes {
	struct state_change *items;
	size_t count;
	size_t capacity;
};

/* May our log be signed? */
enum state_signing {
	STATE_SIGNS,
	STATE_WAITS,    /* for peers, after a start */
	STATE_RECOVERS, /* for peers, then begins a new generation */
	STATE_STOPPED   /* until a start, or a person, mends it */
};

/* The way to signing, after a start or the end of a generation. */
struct state_start {
	enum state_signing signing;
	int64_t until_ms; /* steady; INT64_MAX: until a majority has answered */
	int64_t retry_ms; /* steady: what failed is not tried before */
	bool accepted;    /* a person let it begin without waiting */
	bool *awaited;    /* by org - 1, of those known when it began */
	bool *answered;
	size_t count;
	struct mark *copy; /* of the mark; NULL: none is kept */
};

/* What peers gave of our own that we do not have. */
#define STATE_HEARD 64u
struct state_heard {
	struct checkpoint heads[STATE_HEARD];
	int64_t orgs[STATE_HEARD]; /* who gave it; 0: before this start */
	size_t count;
	struct card card; /* newer than ours, not made here; or empty */
};

/* A successor statement that the next commit makes. */
struct state_successor {
	bool pending;
	bool begins;      /* a generation; else it only adds accepted heads */
	bool compromised; /* the generation that ends */
	bool recovered;
	bool keyed;       /* the keystore's newest log key is free to use */
	uint64_t version; /* of its card */
	struct card card; /* once written */
	int64_t log;      /* likewise: the number of the new log */
};

struct node {
	struct node_options options;
	char *home;
	struct db *db;
	struct mark *mark;
	struct seal_worker *worker;
	struct views *views;

	struct peer **peers; /* by org - 1; pointers stay while open */
	struct state_account *accounts; /* likewise */
	size_t peer_count;
	/* Authors of what is granted that nobody enrolled, by -org - 1; NULL:
	 * nobody, any more. */
	struct peer **strangers;
	size_t stranger_count;

	struct state_log *logs; /* by log - 1 */
	size_t log_count;
	int64_t own_log;              /* the number of our live one */
	struct state_stream *streams; /* by stream - 1 */
	size_t stream_count;
	struct state_changes changes;
	struct table told; /* streams that authors offered and we did not hold:
	                      first 8 bytes of id -> org */
	struct table peer_index;     /* first 8 bytes of id -> place */
	struct table stranger_index; /* likewise, and places that others have
	                                by now */
	struct table stream_index;   /* likewise */
	struct table
	    audience_index; /* of our own streams, by state_audience_key */
	enum err poisoned;  /* staging failed half-way: the commit must undo */

	uint64_t own_size; /* leaves staged in our log */
	uint32_t
	    committed_rid; /* newer records are staged: not to be released */
	int64_t keyed_ms[LIMIT_KEYING_PER_HOUR]; /* our newest slot-bearing
	                                            records */

	struct node_event *events;
	size_t event_count, event_next, event_capacity;
	struct node_event *staged;
	size_t staged_count, staged_capacity;

	struct witness witness;

	int retention_minute;   /* of the day in London; -1: never */
	char retention_day[16]; /* of the last run, "" none since the start */

	uint32_t policy_seen; /* of the views, for policies.c: up to here */
	uint32_t policy_rid;  /* ... this is the newest policy, 0: none is */

	uint32_t activity_seen; /* likewise of activity */
	uint32_t activity_rid;

	bool may_sign;
	bool ended;        /* by a peer that holds a newer head of our log */
	bool card_changed; /* its file is written after the commit */
	struct state_start start;
	struct state_heard heard;
	struct state_successor successor;
	char *endpoints[LIMIT_ENDPOINTS]; /* to be published once we sign */
	size_t endpoint_count;
	bool drafts; /* there may be some to record */
	char why_not[240];
	int64_t full_ms; /* when a commit found the disk full, 0: the last one
	                    did not */
	bool held_back;  /* records were committed that the mark does not name:
	                    they are not released */

	struct erasings *erasings; /* what is to be answered; NULL: nothing */
	bool unfolded; /* the write-ahead log may hold what was erased */
	int64_t snapshot_due_ms;   /* steady: the snapshot may know of it, too;
	                              0: it does not */
	struct receipts *receipts; /* what is to be signed for */
	struct groups *groups;     /* NULL: none is known */
	struct actions *actions;   /* NULL: none is held */
	struct summits *summits;   /* NULL: none is held */
	struct alarms *alarms;     /* NULL: not looked for */
	struct providers *providers; /* who they are; NULL: to be read again */
	struct accounts *people;     /* who may use it */
	const struct account *opens_for; /* query_open_for; NULL: all */
	struct activity *activity; /* what they did, not yet in a record */
	struct sent *sent;         /* what went out, not yet written down */
	int64_t unproven_tick_ms;  /* when the time was last counted (steady) */

	struct buf scratch_header; /* reused by submit and ingest */
	struct buf scratch_slots;
	struct buf scratch_body;
	struct buf scratch_payload;
};

struct views *node_views(struct node *node);
/* Drop a node as a power cut would: nothing staged is committed, no snapshot
 * is saved. For tests. */
void node_crash(struct node *node);

/* The log of our live generation: what we sign. */
struct state_log *state_own_log(const struct node *node);
/* Who made a record, held or granted: its number, below 0 for a stranger; and
 * its id. */
int64_t state_author(struct node *node, uint32_t rid);
const struct id32 *state_author_id(struct node *node, uint32_t rid);
/* A place of its own in an array of so many for each author, strangers too; the
 * last for one that is not known. */
size_t state_author_slots(const struct node *node);
size_t state_author_slot(const struct node *node, int64_t author);
/* Add an author that nobody enrolled, by what this organisation granted, or
 * take its newer card. ERR_LIMIT over LIMIT_STRANGERS, or
 * LIMIT_STRANGERS_OF_ONE. */
ERR_MUST_USE enum err state_meet_stranger(
    struct node *node, const struct card *card, int64_t granter);
/* One more record of an author is granted, or one less: whoever is known by
 * those alone is forgotten with the last. */
void state_author_carried(struct node *node, const struct id32 *author);
void state_author_dropped(struct node *node, const struct id32 *author);
/* 1-based access; number in range is the caller's to know. */
struct state_log *state_log(struct node *node, int64_t log);
struct state_stream *state_stream(struct node *node, int64_t stream);
/* NULL when not known. */
struct state_log *state_log_of(struct node *node, const struct id32 *author,
    const struct generation *generation);
struct state_stream *state_stream_by_id(
    struct node *node, const struct id32 *id);
/* NULL when the author's own card names no such generation; else the log's
 * number, made (staged) when new. */
ERR_MUST_USE enum err state_need_log(struct node *node,
    const struct peer *author, const struct generation *generation,
    struct state_log **out);
/* A new stream in memory; written by the next commit. */
ERR_MUST_USE enum err state_add_stream(
    struct node *node, const struct stream_row *row, struct state_stream **out);
/* Put a log, or a stream, that is in the database into memory. */
ERR_MUST_USE enum err state_keep_log(
    struct node *node, const struct log_row *row, const struct id32 *author);
ERR_MUST_USE enum err state_keep_stream(
    struct node *node, const struct stream_row *row);
/* Remember the audience of a stream; it was checked. A no-op when known. */
ERR_MUST_USE enum err state_take_audience(struct node *node,
    struct state_stream *stream, const Qsg__Audience *audience);
/* Our newest open stream for exactly these readers (sorted, ourselves among
 * them), resolved from this group at this epoch (NULL: from none); NULL when
 * there is none. */
struct submit_group;
struct state_stream *state_own_stream(struct node *node,
    const struct id32 *readers, size_t count, const struct submit_group *group);
bool state_reads(const struct state_stream *stream, const struct id32 *org);
/* The number under which the store keeps why a stream ended, 0 for a reason
 * that has none; and its text, "" for 0, NULL for a number without one. */
uint8_t state_trouble(const char *reason);
const char *state_trouble_text(uint8_t trouble);

/* Add one org to memory (peers and accounts). Takes over *peer. */
ERR_MUST_USE enum err state_add_peer(struct node *node, struct peer *peer);

/* What the views say of a record by its content; and what follows from that of
 * one that is granted, once it is in the views. */
ERR_MUST_USE enum err state_describe(
    struct node *node, const Qsg__Payload *payload, struct view_record *view);
ERR_MUST_USE enum err state_connect(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);

/* Put a stored record into the views: payload may be NULL. */
ERR_MUST_USE enum err state_index(struct node *node,
    const struct record_row *row, const struct id32 *id,
    const struct header *header, const Qsg__Payload *payload);

/* The same for a record whose bytes came later than its number. */
ERR_MUST_USE enum err state_reindex(struct node *node,
    const struct record_row *row, const Qsg__Payload *payload);
/* A record's body is gone for good: what was known of its content goes from the
 * views, the account, and whatever follows from it. kept: bytes at rest. */
void state_forget(
    struct node *node, uint32_t rid, enum view_type type, uint32_t kept);
/* Charge a record to its author's account; state_index does. */
void state_count(struct node *node, const struct view_record *view);

/* Staging failed after something was changed: whatever is staged is undone by
 * the next commit, which fails with this error. Returns err. */
ERR_MUST_USE enum err state_poison(struct node *node, enum err err);

/* Stage: open the transaction. */
ERR_MUST_USE enum err state_begin(struct node *node);
/* A stream got a record with this rid: dirty, event after the commit. */
ERR_MUST_USE enum err state_grew(struct node *node, struct state_stream *stream,
    uint64_t number, uint32_t rid);
ERR_MUST_USE enum err state_stage_event(
    struct node *node, const struct node_event *event);

#endif
