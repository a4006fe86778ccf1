/*
 * session_state.h - the inside of a session, shared by the files that make it:
 *
 *   session.c        life cycle, dispatch of what comes in
 *   session_hello.c  the peer's Hello, and refusals of ours
 *   session_send.c   what goes out: framing, Refuse, Ack, flow control
 *   session_offer.c  our advertisements, and how far the peer is with them
 *   session_page.c   the peer's advertisements, and what they make us want
 *   session_want.c   what is asked for, until it came
 *   session_take.c   records and heads that come in
 *   session_mention.c  heads of others that we tell each other of
 *   session_serve.c  what we supply: answers to Wants, pushes, heads
 *   session_witness.c published heads and cosignatures, both ways
 *
 * Whatever releases something (all but Refuse and Throttle) happens in a
 * `_pump` function, and those run only while nothing is staged.
 *
 * Floor:   sync (never zmq.h or sqlite3.h)
 * Spec:    proto/PROTOCOL.md, "Sessions", "Replication"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_SESSION_STATE_H
#define QSG_SYNC_SESSION_STATE_H

#include "base/limits.h"
#include "service/mention.h"
#include "sync/positions.h"
#include "sync/session.h"

#define SESSION_VERSION 1u
#define SESSION_HELLO_MS 5000      /* our Hello unanswered */
#define SESSION_ANSWER_MS 15000    /* our answer to a Hello not confirmed */
#define SESSION_SILENT_MS 35000    /* nothing heard */
#define SESSION_KEEPALIVE_MS 10000 /* nothing sent */
#define SESSION_WANT_MS 30000      /* a Want without progress */
#define SESSION_CLAIM_MS 60000     /* one Want keeps others from a stream */
#define SESSION_SLOW_MS 1000       /* a record, at least, in this time ... */
#define SESSION_DRIP_MS 10000      /* ... on average, after this long */
#define SESSION_BAR_MS 5000        /* or others go first, doubled ... */
#define SESSION_BAR_STEPS 7u       /* ... so often */
#define SESSION_BACK_MS 10000      /* a cursor that goes back is heeded */
#define SESSION_PAGE_MS 30000      /* an advertisement without an answer */
#define SESSION_LOST_MS 60000      /* bytes sent without any acknowledgement */
#define SESSION_JITTER_MS 30000    /* spread of full advertisements */
#define SESSION_PAUSE_MS 30000     /* after our own disk failed */
#define SESSION_BAN_MS 600000      /* a stream whose records were refused */
#define SESSION_LACKING_MS 300000  /* a look at what lacks its bytes */
#define SESSION_SETTLE_MS 5000     /* a published head is told again ... */
#define SESSION_WITNESS_MS 60000   /* ... and to a witness, doubled each time */
#define SESSION_MENTION_MS 600000  /* heads of others are told again */
#define SESSION_OWED_MS 60000      /* a proof that the peer owes */
#define SESSION_ENDED_MS 30000     /* a look at heads of ended logs */
#define SESSION_LATER_MS 120000    /* then an offer is given up for now */
#define SESSION_THROTTLE_MAX_MS                                                \
	3600000                   /* longest that a Throttle is obeyed         \
	                           */
#define SESSION_THROTTLE_MS 60000 /* what we ask for */

enum {
	SESSION_BANS = 64,
	SESSION_PUSHES = 64,
	SESSION_PUSH_MARKS = 64,
	SESSION_HEADS = 4,
	SESSION_TRIES = 5,
	SESSION_RETRIES = 64,
	SESSION_PAGES = 3
};

/* One stream that the peer offered. */
struct session_item {
	struct id32 author;
	struct generation generation;
	struct id32 stream;
	uint64_t number;
	struct id32 record;
	bool done; /* held, ended, not for us, or given up for now */
	unsigned tries;
	int64_t since_ms;
	int64_t retry_ms;
};

/* A page of the peer's advertisements that we work on. */
struct session_page {
	bool active;
	uint32_t page; /* the newest, also when it is answered */
	uint64_t cursor;
	struct session_item *items;
	size_t count;
	bool dirty;    /* an offer was given up: the cursor stays */
	bool finished; /* all done: acknowledge after the next commit */
};

/* A range we asked for. */
struct session_want {
	bool active;
	uint32_t request;
	struct replica_range range;
	int64_t asked_ms;
	int64_t heard_ms; /* newest progress */
	uint64_t got;     /* records that came of it */
};

/* A head we need joined to ours. */
struct session_head_want {
	bool active;
	bool sent;
	int64_t since_ms;
	struct id32 author;
	struct generation generation;
	uint64_t size; /* of the head held here */
};

/* Until when something is left alone: a stream, or an author. */
struct session_ban {
	struct id32 id;
	int64_t until_ms;
};

/* One page of ours that is not yet acknowledged. */
struct session_out_page {
	bool waiting;
	bool full; /* part of the pass over everything */
	uint32_t page;
	uint64_t next; /* cursor once acknowledged */
	bool more;
	int64_t sent_ms;
	struct position *offered; /* what becomes known with the answer */
	size_t offered_count;
};

/* A range the peer asked for. */
struct session_serve {
	bool active;
	uint32_t request;
	bool begun;
	struct replica_range range;
};

/* A pushed message: acknowledged once `end` bytes are. */
struct session_push_mark {
	uint64_t end;
	uint64_t bytes;
};

/* Our published heads, and what we say of the peer's. */
struct session_witness {
	bool due;         /* look whether to tell our newest published head */
	uint64_t told;    /* its size, as told last */
	unsigned lines;   /* cosignatures told with it */
	unsigned tries;   /* so often told */
	int64_t again_ms; /* look again then, 0: not */
	int64_t ask_ms;   /* a proof is not asked for again before */
	bool cosigned;    /* a cosignature of ours is to go out */
	struct generation generation; /* on this head of the peer's log */
	uint64_t size;
};

struct session {
	struct node *node;
	int64_t org;
	uint64_t link;
	bool dialled;
	struct session_host host;
	enum session_end ended;

	/* Hello. */
	uint64_t ours, theirs; /* session numbers; theirs 0: none yet */
	bool hello_due, hello_sent;
	bool owed_next;   /* the next step of asking for what the peer owes */
	bool judged;      /* the peer's Hello was accepted ... */
	bool judged_kept; /* ... and what that staged is committed */
	bool established;
	uint64_t card_told;  /* version of our card that the peer has */
	uint64_t their_card; /* version of its own card that the peer has */
	int64_t born_ms, heard_ms, sent_ms;
	unsigned malformed;
	unsigned owed_step;     /* how far that is */
	int64_t pause_until_ms; /* our disk failed: nothing is wanted */

	/* Flow control, as the sender. */
	uint64_t credit; /* the peer's window */
	uint64_t sent;   /* bytes of records */
	uint64_t acked;
	uint64_t lost; /* of sent, given up for lost */
	int64_t progress_ms;
	struct session_push_mark marks[SESSION_PUSH_MARKS];
	size_t mark_count;
	uint64_t peer_head; /* size of our log as the peer holds it */
	struct generation peer_generation; /* of that log */
	struct positions positions;

	/* Flow control, as the receiver. */
	uint64_t received;
	uint64_t told; /* of received, acknowledged */
	bool ack_due;

	/* Our advertisements. */
	uint32_t page;       /* newest page number */
	uint64_t own_cursor; /* of our own streams: the peer has all up to it */
	bool own_due;
	bool pass_active, pass_dirty;
	uint64_t pass_cursor;  /* where the pass over everything goes on */
	int64_t pass_due_ms;   /* the next pass; 0 none */
	uint64_t their_cursor; /* what the peer keeps of ours */
	int64_t back_ms; /* until when it going back again changes nothing */
	uint64_t handed; /* highest cursor ever given */
	struct session_out_page plain;  /* cursor 0 */
	struct session_out_page marked; /* with a cursor */

	/* The peer's advertisements. */
	/* Without a cursor, with one, and what we remind ourselves of. */
	struct session_page pages[SESSION_PAGES];
	struct session_want wants[LIMIT_WANTS];
	uint32_t request;   /* newest request number */
	int64_t lacking_ms; /* when to look again for missing bytes */
	struct session_head_want heads[SESSION_HEADS];
	int64_t owed_ms; /* when to look again for heads of ended logs */
	struct session_ban banned[SESSION_BANS];    /* streams */
	struct session_ban throttled[SESSION_BANS]; /* authors, at its wish */

	/* Heads of others. */
	int64_t mention_due_ms; /* when to tell of them */
	size_t mention_place;   /* where the next round goes on */
	int64_t
	    owed_due_ms; /* when to ask the peer for its own, from the start */

	/* What we supply. */
	struct session_serve serves[LIMIT_WANTS];
	struct replica_range pushes[SESSION_PUSHES];
	size_t push_count;
	Qsg__Message *head_asked[SESSION_HEADS]; /* owned, HeadWant */
	size_t head_asked_count;

	struct session_witness witness;
};

/*
 * session.c
 */
int64_t session_now_ms(const struct session *session);
/* A moment in [base, base + spread). */
int64_t session_jitter_ms(
    const struct session *session, int64_t base, int64_t spread);
struct peer *session_peer(const struct session *session);
void session_end(struct session *session, enum session_end why);
/* Refuse a message as malformed, quarantine it, count it. */
void session_malformed(
    struct session *session, const char *reason, struct span raw);
/* Send what may be sent now. */
void session_pump(struct session *session);
/* Is this id under a ban now? */
bool session_is_banned(const struct session *session,
    const struct session_ban *bans, const struct id32 *id);
void session_add_ban(struct session *session, struct session_ban *bans,
    const struct id32 *id, int64_t until_ms);

/* Copy a field of exactly this size; false for another size. */
bool session_copy_id(const ProtobufCBinaryData *data, void *out, size_t size);

/*
 * session_hello.c
 */
/* A message before the peer's Hello was accepted. */
void session_hello_take(struct session *session, const Qsg__Message *message);
/* Both numbers are known to both sides. */
void session_hello_done(struct session *session);
/* A Refuse that ends the session, or is of another one: true, done with it. */
bool session_hello_refused(
    struct session *session, const Qsg__Message *message);

/*
 * session_send.c
 */
/* For filling a message that is only read. */
ProtobufCBinaryData session_send_data(const void *data, size_t size);
/* Fill in the session numbers, encode and send. False: the session ended. */
bool session_send_message(struct session *session, Qsg__Message *message);
void session_send_hello(struct session *session);
void session_send_card(struct session *session);
/* The peer's own card, when it seems not to have the newest. */
void session_send_card_back(struct session *session);
/* Ask for heads that join what is held of ended generations to what their
 * authors accept. */
void session_owed_tick(struct session *session);
void session_send_ack(struct session *session, uint32_t page);
/* What a Refuse is about; zero what does not apply. */
struct session_refusal {
	const char *code;
	const char *reason;
	uint32_t request;
	const struct id32 *author;
	const struct id32 *stream;
};
void session_send_refuse(
    struct session *session, const struct session_refusal *refusal);
/* Refuse a message by echoing its session numbers. */
void session_send_no_session(
    struct session *session, const Qsg__Message *refused);
/* The same with another code: our answer to a Hello that we refuse. */
void session_send_hello_refused(struct session *session,
    const Qsg__Message *refused, const char *code, const char *reason);
void session_send_throttle(
    struct session *session, const struct id32 *author, const char *reason);
/* Bytes of records that may be sent now; 0 while less than one record. */
size_t session_send_room(const struct session *session);
size_t session_send_push_room(const struct session *session);
/* Send one batch of records within `room`; *range goes on after it. ERR_LIMIT:
 * the session ended meanwhile. Other errors as replica_supply. */
ERR_MUST_USE enum err session_send_records(struct session *session,
    struct replica_range *range, uint32_t request, size_t room);
void session_send_acked(struct session *session, const Qsg__Ack *ack);
/* Give up for lost what nobody acknowledges. */
void session_send_tick(struct session *session);
uint64_t session_send_bytes(const Qsg__Records *records);

/*
 * session_offer.c
 */
void session_offer_start(struct session *session, uint64_t their_cursor);
void session_offer_acked(struct session *session, const Qsg__Ack *ack);
void session_offer_pump(struct session *session);
void session_offer_tick(struct session *session);
/* A pass over everything within the usual jitter. */
void session_offer_soon(struct session *session);
void session_offer_clear(struct session *session);

/*
 * session_page.c
 */
void session_page_advertised(
    struct session *session, const Qsg__Advertise *advertise, struct span raw);
void session_page_pump(struct session *session);
void session_page_tick(struct session *session);
void session_page_undone(struct session *session);
void session_page_clear(struct session *session);
/* After a failure of a stream: its offers wait longer each time, and are given
 * up for now in the end, or at once. */
void session_page_back_off(
    struct session *session, const struct id32 *stream, bool give_up);
/* Look at a stream as if the peer had offered it. */
void session_page_remind(
    struct session *session, const struct session_item *what);

/*
 * session_want.c
 */
/* May one more Want be open? */
bool session_want_room(const struct session *session);
/* False: none was sent. */
bool session_want_send(
    struct session *session, const struct replica_range *range);
/* Ask for the heads that we need joined to ours. */
void session_want_heads(struct session *session);
void session_want_refused(struct session *session, const Qsg__Refuse *refuse);
void session_want_tick(struct session *session);
void session_want_undone(struct session *session);
void session_want_clear(struct session *session);
/* The open Want of this stream, or NULL. */
struct session_want *session_want_of_stream(
    struct session *session, const struct id32 *stream);
void session_want_close(struct session *session, struct session_want *want);
/* There was progress: the stream stays this session's, for a while. */
void session_want_hold(struct session *session, struct session_want *want);
/* So many records came of it. */
void session_want_got(
    struct session *session, struct session_want *want, uint64_t records);

/*
 * session_take.c
 */
void session_take_records(
    struct session *session, const Qsg__Records *records, struct span raw);
void session_take_head(
    struct session *session, const Qsg__Head *head, struct span raw);
void session_take_throttle(
    struct session *session, const Qsg__Throttle *throttle);
/* Ask this peer for the newest head of a log, joined to the one of that size
 * held here. */
void session_take_ask_head(struct session *session, const struct id32 *author,
    const struct generation *generation, uint64_t size);

/*
 * session_mention.c
 */
void session_mention_start(struct session *session);
void session_mention_pump(struct session *session);
void session_mention_take(struct session *session, const Qsg__Head *head);
/* A head was joined: if the peer owes more, the next question. */
void session_mention_answered(struct session *session);

/*
 * session_serve.c
 */
void session_serve_want(
    struct session *session, const Qsg__Want *want, struct span raw);
/* Takes the message over. */
void session_serve_head(struct session *session, Qsg__Message *message);
void session_serve_push(
    struct session *session, const struct node_event *event);
void session_serve_pump(struct session *session);
void session_serve_clear(struct session *session);

/*
 * session_witness.c
 */
void session_witness_start(struct session *session);
/* A Head of the peer's own log. */
ERR_MUST_USE enum err session_witness_head(
    struct session *session, const Qsg__Head *head);
void session_witness_take(struct session *session,
    const Qsg__Cosignature *cosignature, struct span raw);
/* The peer could not join our head: look again soon. */
void session_witness_retry(struct session *session);
void session_witness_pump(struct session *session);
void session_witness_tick(struct session *session);
void session_witness_undone(struct session *session);

#endif
