/*
 * asking.h - an author (node 0) whose heads are published, and witnesses (1 and
 * 2) who are told of them, step by step.
 */
#ifndef QSG_TESTS_SERVICE_ASKING_H
#define QSG_TESTS_SERVICE_ASKING_H

#include "fixture.h"

#include "service/witness.h"

extern struct fixture asking_fixture;

struct node *asking_author(void);
/* One record of the author's, committed. */
void asking_write_one(const char *text);
/* The tick publishes, or does not. */
bool asking_publishes(void);
/* A record, and its head published an interval later. */
void asking_publish(const char *text);

/* What the author tells, joined to that size; to be tampered with. */
Qsg__Head *asking_head_from(uint64_t from);
/* Node `at` is told that. Not committed. */
enum err asking_hear(size_t at, Qsg__Head *head, struct witness_heard *heard);
/* Node `at` is told of the newest published head and commits. */
enum err asking_tell(size_t at, uint64_t from, struct witness_heard *heard);
enum err asking_read_back(
    size_t at, const struct witness_heard *heard, struct buf *line);

/* A message with what node `at` says. */
struct asking_said {
	Qsg__Cosignature message;
	struct id32 author, witness;
	struct generation generation;
	struct buf line;
};

void asking_say(
    size_t at, const struct witness_heard *heard, struct asking_said *out);
/* The author takes it, and commits. */
enum err asking_take(size_t from, const struct asking_said *saying);
/* All the way: told, cosigned, answered. */
void asking_cosign(size_t at, uint64_t from);

/* Cosignatures that node `at` holds on a head of node 0's log. */
size_t asking_lines_at(size_t at, uint64_t size);
struct state_log *asking_log_at(size_t at);

#endif
