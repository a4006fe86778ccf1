/*
 * readers.h - an author (node 0) that may tell two histories, a and b, and two
 * honest readers (nodes 1 and 2) that meet.
 */
#ifndef QSG_TESTS_SERVICE_READERS_H
#define QSG_TESTS_SERVICE_READERS_H

#include "evil.h"

#include "ledger/evidence.h"
#include "service/contradiction.h"
#include "service/mention.h"

#define READERS_BOTH ((1u << 1) | (1u << 2))

extern struct fixture readers_fixture;
extern struct evil readers_a;
extern struct evil readers_b;
extern struct evil_stream readers_stream_a;
extern struct evil_stream readers_stream_b;
extern struct replica_taken readers_taken;

/* For a checked fixture. */
void readers_setup(void);
void readers_teardown(void);

/* The author shows a reader the next records of one history: the opening
 * first. */
void readers_show(
    struct evil *history, struct evil_stream *stream, size_t to, size_t count);
/* Leaves of others, alike in both histories, or in one alone. */
void readers_fill(uint64_t count, bool in_a, bool in_b);

/* A second history may be found, or not. */
void readers_either(enum err err);
/* One reader tells the other the heads it holds, and answers what that asks. */
void readers_tell(size_t from, size_t to);
/* They tell each other. */
void readers_meet(void);
/* The author answers what a reader asks it for, from a history. */
void readers_ask_author(size_t at, struct evil *history);
/* Its answer to one question, from this history. */
extern struct evil *readers_asked;
enum err readers_by_author(
    size_t giver, const Qsg__HeadWant *want, Qsg__Head *out);

/* Pieces of evidence of this kind at a reader, each checked. */
size_t readers_evidence(size_t at, enum evidence_kind kind);
size_t readers_evidence_at_both(enum evidence_kind kind);
struct state_log *readers_log_at(size_t at);
/* Neither reader holds anything against the author. */
void readers_nothing_found(void);

#endif
