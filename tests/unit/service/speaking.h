/*
 * speaking.h - four organisations that say things: 0 shares or asks, the others
 * hear it, and whoever a test chooses says what is set up here.
 */
#ifndef QSG_TESTS_SERVICE_SPEAKING_H
#define QSG_TESTS_SERVICE_SPEAKING_H

#include "fixture.h"

#include "service/saying.h"

struct speaking {
	struct fixture fixture;
	/* One of each, fit; and the one that is said. */
	Qsg__Corroboration corroboration;
	Qsg__Feedback feedback;
	Qsg__InformationRequest request;
	Qsg__InformationAnswer answer;
	Qsg__Judgement judgement;
	Qsg__Finding finding;
	Qsg__Payload payload;
	struct saying saying;
	struct saying_result result;
	const char *to[4];
	const char *cites[4];
	char about[65];
	char cited[65];
};
extern struct speaking speaking;

void speaking_setup(void);
void speaking_teardown(void);
/* What is said is this. */
void speaking_content(Qsg__Payload__ContentCase which, void *message);
void speaking_name(char out[65], const struct id32 *id);
/* Node `at` says what is set up; committed. */
enum err speaking_say(size_t at);
/* It is refused so, and nothing is staged. */
void speaking_refused(size_t at, enum err want, const char *hint);
void speaking_pull(size_t to, size_t from);
/* 0 shares an item with the nodes of this mask, and they have it: about. */
struct id32 speaking_shared(unsigned readers);
/* 0 asks them, and they have it: about, and an answer is set up. */
struct id32 speaking_asked(const char *first, const char *second);
/* The readers of what was said are exactly these nodes. */
void speaking_read_by(size_t at, unsigned readers);

#endif
