/*
 * granted.h - four organisations that grant records to one another: 0 shares
 * with 1, and whoever a test chooses grants it on.
 */
#ifndef QSG_TESTS_SERVICE_GRANTED_H
#define QSG_TESTS_SERVICE_GRANTED_H

#include "fixture.h"

#include "service/granting.h"
#include "service/onward.h"

struct granted {
	struct fixture fixture;
	struct granting_request request;
	struct granting_result result;
	char record[65];
	const char *records[1];
	struct fingerprint names[3];
	const char *to[3];
};
extern struct granted granted;

/* All know each other. */
void granted_setup(void);
/* 0 knows 1 and 2, these know 3, and 3 knows 2 alone. */
void granted_setup_strangers(void);
void granted_teardown(void);

/* 0 shares an item with node 1, under this onward rule; it is what is granted
 * from now on. */
struct id32 granted_shared(const char *onward);
/* Node `at` grants it to the nodes of this mask; committed. */
enum err granted_grant(size_t at, unsigned to);
/* The same, and they have it. */
void granted_on(size_t at, unsigned to);
/* It is refused so, and nothing is staged. */
void granted_refused(size_t at, unsigned to, enum err want, const char *hint);
void granted_pull(size_t to, size_t from);
/* Node `at` asks whether it may go on to node `to`, and 0 answers. */
struct id32 granted_asked(size_t at, size_t to);
enum err granted_answered(const struct id32 *request, bool allow);

/* Node `at` reads the record under its own id, as node 0's; or does not. */
void granted_reads(size_t at, const struct id32 *record);
void granted_does_not_read(size_t at, const struct id32 *record);
/* Why the grant of this id does not count at node `at`; "" where it does. */
const char *granted_why_not(size_t at, const struct id32 *grant);

/* The payload of a grant that node `at` holds, to be changed; canon_free. */
Qsg__Payload *granted_payload(size_t at, const struct id32 *grant);

#endif
