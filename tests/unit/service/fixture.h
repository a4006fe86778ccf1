/*
 * fixture.h - organisations for tests of the service floor: real homes on a
 * temporary directory, cheap keystores, a clock that stands still until told.
 */
#ifndef QSG_TESTS_SERVICE_FIXTURE_H
#define QSG_TESTS_SERVICE_FIXTURE_H

#include "service/replica.h"
#include "service/state.h"
#include "service/submit.h"

#include <check.h>

#define FIXTURE_NODES 4 /* of most fixtures */
#define FIXTURE_MOST 8
#define FIXTURE_HOUR_MS (3600LL * 1000LL)
#define FIXTURE_DAY_MS (24LL * FIXTURE_HOUR_MS)

#define OK(call) ck_assert_msg((call) == ERR_OK, "%s", err_text())
#define FAILS(call, code) ck_assert_int_eq((call), (code))

struct fixture {
	char dir[64];
	int64_t now_ms;
	struct clock clock;
	uint64_t number; /* of the seed: whose homes they are */
	struct rng_seeded seed;
	struct rng rng;
	struct node *nodes[FIXTURE_MOST];
	/* For nodes that are opened from now on, as in node_options. */
	int64_t wait_ms;
	bool accept_head;
	bool copies; /* of the mark are kept */
	char copy[FIXTURE_MOST][96];
	bool joins; /* fixture_pull asks for heads that join */
	/* Sees what goes over the wire by fixture_pull; may be NULL. */
	void (*watch)(size_t to, size_t from, const Qsg__Records *records);
};

/* What the next fixture of this process draws is drawn from this. */
void fixture_seed(uint64_t seed);
/* Make and open `count` organisations that all know each other. */
void fixture_open(struct fixture *fixture, size_t count);
/* The same of these kinds, of whom nobody knows anybody. */
void fixture_open_strangers(
    struct fixture *fixture, const char *const *kinds, size_t count);
/* Node `at` adds the card of node `of`, as a person does; committed. */
void fixture_meet(struct fixture *fixture, size_t at, size_t of);
/* Does it know it? */
bool fixture_knows(struct fixture *fixture, size_t at, size_t of);
void fixture_close(struct fixture *fixture);
/* Close (cleanly or as a power cut) and open again. */
void fixture_restart(struct fixture *fixture, size_t at, bool crash);
/* Open a home again; the error it gives. */
enum err fixture_reopen(struct fixture *fixture, size_t at);
char *fixture_path(struct fixture *fixture, size_t at, const char *name);

/* Node `at` hears the Hello of node `from`, as it would say it now, and commits
 * what comes of it. */
enum err fixture_hello(struct fixture *fixture, size_t at, size_t from);
/* Node `at` takes the newest card of node `of` that node `from` has; commits.
 */
enum err fixture_hand_card(
    struct fixture *fixture, size_t at, size_t from, size_t of);
/* recovery_tick and the commit, as the node's loop does them. */
void fixture_tick(struct fixture *fixture, size_t at);

/* The number by which node `at` knows node `of`. */
int64_t fixture_org(struct fixture *fixture, size_t at, size_t of);
/* Share a text from one node with others (by bits of a mask), staged. */
enum err fixture_share(struct fixture *fixture, size_t at, unsigned readers,
    const char *text, struct id32 *record);
/* 0 shares a text with 1, committed. */
struct id32 fixture_shared(struct fixture *fixture, const char *text);
/* Bring everything `from` has of its offers over to `to`, as bytes through the
 * wire format; the last error of replica_take. */
enum err fixture_pull(struct fixture *fixture, size_t to, size_t from,
    struct replica_taken *taken);
/* Records first..last of the stream of `record` as `giver` gives them to
 * `asker`, decoded, to be tampered with. canon_free. */
Qsg__Records *fixture_message(struct fixture *fixture, size_t giver,
    size_t asker, const struct id32 *record, uint64_t first, uint64_t last);
/* Hand a message over as bytes: `to` takes it from `from`. Not committed. */
enum err fixture_take(struct fixture *fixture, size_t to, size_t from,
    const Qsg__Records *records, struct replica_taken *taken);
/* Put other bytes into a field of a decoded message. */
void fixture_put(ProtobufCBinaryData *field, struct span bytes);

/* How node `at` knows node `of`. */
struct peer *fixture_peer(struct fixture *fixture, size_t at, size_t of);
/* Messages of node `of` that node `at` put into quarantine, and the code of
 * the newest of all. */
uint64_t fixture_quarantined(struct fixture *fixture, size_t at, size_t of);
const char *fixture_newest_code(struct fixture *fixture, size_t at);
/* A newer card of a node, changed by hand, signed. Appended. */
void fixture_claim_card(struct fixture *fixture, size_t of,
    void (*change)(Qsg__Card *card, void *context), void *context,
    struct buf *out);
/* Copy a file of a home under another name, and remove one. */
void fixture_copy_file(
    struct fixture *fixture, size_t at, const char *from, const char *to);
void fixture_remove_file(struct fixture *fixture, size_t at, const char *name);
/* Make the tally of a closed home anew from whatever its database now holds, as
 * nobody can without the keys: what else a check finds then stands alone. A
 * database that does not open stays as it is. */
void fixture_retally(struct fixture *fixture, size_t at);

/* What node `at` holds of a record; NULL when it does not. */
const struct view_record *fixture_view(
    struct fixture *fixture, size_t at, const struct id32 *record);
void fixture_assert_state(struct fixture *fixture, size_t at,
    const struct id32 *record, enum record_state state,
    enum record_reason reason);
void fixture_assert_text(struct fixture *fixture, size_t at,
    const struct id32 *record, const char *want);
/* verify_node finds nothing. */
void fixture_assert_verifies(struct fixture *fixture, size_t at);

/* The text of an intelligence record as node `at` opens it, "" when it is not
 * readable there. Free the result. */
char *fixture_text(
    struct fixture *fixture, size_t at, const struct id32 *record);

#endif
