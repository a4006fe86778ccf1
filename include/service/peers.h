/*
 * peers.h - the organisations this node has met.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Cards", "Cards over time"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_PEERS_H
#define QSG_SERVICE_PEERS_H

#include "service/node.h"
#include "store/orgs.h"
#include "store/quarantine.h"

/* One organisation. Number 1 is ourselves. */
struct peer {
	int64_t org;
	/* Name, code and kind as a person accepted them; of one that a roster
	 * enrolled, as that states them. */
	struct card card;
	struct card
	    pending; /* a newer card whose claims wait; fields NULL: none */
	struct buf stated;    /* by the roster that enrolled it, as stored */
	struct id32 by_group; /* whose roster that was; zero: not known */
	enum org_how how;
	unsigned slow;
	/* Why this organisation refuses it, "" where it does not. */
	char refused[LIMIT_REASON_BYTES + 1];
	/* It was enrolled by rosters alone, and is in none of them any more.
	 * Follows from the records; see enrolment.h. */
	bool barred;
	bool card_conflict; /* it signed cards that contradict each other */
	bool connected;     /* set by sync */
	bool asked;         /* named as a witness of our log, since the start */
	int64_t added_ms;
	int64_t seen_ms; /* last in session, to a day; 0 never */
	uint8_t incarnation[16];
	uint64_t cursor; /* of its advertisements, as we are done with them */
	/* Set by sync: it let us wait, `slow` times in a row, and is asked for
	 * nothing until then (steady). */
	int64_t barred_ms;
	/* Set by sync, for status. */
	int64_t connected_ms;
	uint64_t refused_here;  /* messages and records of it we refused */
	uint64_t refused_there; /* ours that it refused */
	char problem[240];      /* the newest, one line, "" none */
	int64_t problem_ms;
	struct quarantine_account rejected; /* bytes of it that were kept */
	struct buf our_head; /* of a generation of ours that we do not know */
	/* Of one known by grants alone: by whose (org), and how many records
	 * of its are granted. */
	int64_t met_by;
	size_t carried;
	char unreachable[120]; /* why the newest connection failed, "" none */
	int64_t unreachable_ms;
};

size_t peers_count(const struct node *node); /* ourselves included */
/* 1 <= org <= count; NULL otherwise. Below 0: the author of something granted
 * that nobody here has enrolled, which is not admitted. */
struct peer *peers_get(struct node *node, int64_t org);
struct peer *peers_by_id(struct node *node, const struct id32 *id);
/* The card whose keys and endpoints count: the newest, accepted or waiting. */
const struct card *peers_keys(const struct peer *peer);
/* May it connect, be sent to and taken from? Neither refused by this
 * organisation nor barred. */
bool peers_admitted(const struct peer *peer);
/* ERR_DENIED, saying why, unless it is admitted. */
ERR_MUST_USE enum err peers_check_admitted(const struct peer *peer);
/* By CURVE key, current cards of those admitted only; how a message's sender is
 * known. */
struct peer *peers_by_transport(struct node *node, const struct id32 *key);

/* A name, code or fingerprint as a person types it. ERR_NOTFOUND and
 * ERR_AMBIGUOUS with a message that lists what is known. */
ERR_MUST_USE enum err peers_resolve(
    struct node *node, const char *text, struct peer **out);

/* Does it go by this name or code, folded already? */
bool peers_called(const struct peer *peer, struct span folded);
/* The first organisation, other than `but`, that goes by this name or code;
 * NULL when none does. Ourselves included. ERR_MEM. */
ERR_MUST_USE enum err peers_namesake(struct node *node, const struct id32 *but,
    const char *text, struct peer **out);
/* The same of a name that looks like this one, case, spaces, punctuation and
 * accents aside. */
ERR_MUST_USE enum err peers_lookalike(struct node *node, const struct id32 *but,
    const char *name, struct peer **out);

enum peers_outcome {
	PEERS_ADDED,
	PEERS_UPDATED, /* newer card took effect */
	PEERS_SAME,
	PEERS_WAITS /* keys and endpoints took effect, name, code or kind wait
	             */
};
/* What the person who adds a card says. */
struct peers_decision {
	const char *fingerprint; /* as typed; NULL: none given */
	bool accept_code;
};
/* A person adds a card whose fingerprint they compared: takes name, code and
 * kind as they stand, too. Staged. ERR_DENIED when fingerprint is given (not
 * NULL) and differs or this organisation refuses it, ERR_STATE for a lower
 * version, a second card of one version (kept as evidence), our own card, or a
 * code another organisation has already and accept_code is false. */
ERR_MUST_USE enum err peers_add(struct node *node, struct span card_text,
    const struct peers_decision *decision, enum peers_outcome *outcome,
    struct peer **out);
/* A card that came over a session, of anybody enrolled: keys and endpoints
 * apply, changed claims wait. Staged. Same errors; ERR_NOTFOUND for an
 * organisation nobody here enrolled, ERR_LIMIT over 10 a day. */
ERR_MUST_USE enum err peers_take_card(
    struct node *node, struct span signed_card, enum peers_outcome *outcome);

/* Note a problem with a peer for `status`: it is counted as refused here or
 * there. */
void peers_problem(
    struct peer *peer, int64_t now_ms, bool by_them, const char *text);

#endif
