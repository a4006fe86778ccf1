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

#define FIXTURE_NODES 4

struct fixture {
	char dir[64];
	int64_t now_ms;
	struct clock clock;
	struct rng_seeded seed;
	struct rng rng;
	struct node *nodes[FIXTURE_NODES];
};

/* Make and open `count` organisations that all know each other. */
void fixture_open(struct fixture *fixture, size_t count);
void fixture_close(struct fixture *fixture);
/* Close (cleanly or as a power cut) and open again. */
void fixture_restart(struct fixture *fixture, size_t at, bool crash);
/* Open a home again; the error it gives. */
enum err fixture_reopen(struct fixture *fixture, size_t at);
char *fixture_path(struct fixture *fixture, size_t at, const char *name);

/* The number by which node `at` knows node `of`. */
int64_t fixture_org(struct fixture *fixture, size_t at, size_t of);
/* Share a text from one node with others (by bits of a mask), staged. */
enum err fixture_share(struct fixture *fixture, size_t at, unsigned readers,
    const char *text, struct id32 *record);
/* Bring everything `from` has of its offers over to `to`, as bytes through the
 * wire format; the last error of replica_take. */
enum err fixture_pull(struct fixture *fixture, size_t to, size_t from,
    struct replica_taken *taken);
/* The text of an intelligence record as node `at` opens it, "" when it is not
 * readable there. Free the result. */
char *fixture_text(
    struct fixture *fixture, size_t at, const struct id32 *record);

#endif
