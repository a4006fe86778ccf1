/*
 * walking_acts.h - what organisations do with the records of a walk, each time
 * done or refused as the model says, and counted.
 */
#ifndef QSG_TESTS_SERVICE_WALKING_ACTS_H
#define QSG_TESTS_SERVICE_WALKING_ACTS_H

#include "walking.h"

enum walk_act {
	ACT_GRANT,
	ACT_ASK,
	ACT_ANSWER,
	ACT_CORRECT,
	ACT_RETRACT,
	ACT_ERASE,
	ACT_DISPOSE,
	ACT_TAKE_BACK,
	ACT_HOLD,
	ACT_RELEASE,
	ACTS
};
extern const char *const walk_act_names[ACTS];
extern size_t walk_done[ACTS];
extern size_t walk_refused[ACTS];

enum walk_seen {
	GRANTED_READ,
	WENT_ON,
	ERASED,
	KEPT,
	CORRECTED,
	PARTED,
	RESTARTED,
	SEEN
};
extern const char *const walk_seen_names[SEEN];
extern size_t walk_seen[SEEN];

/* The record that a walk is about, shared by its author with these nodes, under
 * this onward rule. */
void walk_begin(struct walk *walk, unsigned to, const char *onward);
void walk_grant(struct walk *walk, size_t at, size_t item, unsigned to);
void walk_ask(struct walk *walk, size_t at, size_t item, size_t to);
/* One of the requests of the walk. */
void walk_answer(struct walk *walk, size_t at,
    const struct walk_record *request, bool allow);
void walk_correct(struct walk *walk, size_t at, size_t item);
void walk_retract(struct walk *walk, size_t at, size_t item);
void walk_erase(struct walk *walk, size_t at, size_t item);
/* Somebody else than its author asks these nodes to erase it: whoever granted
 * it may take that back, of the others it does not count (M444). */
void walk_take_back(
    struct walk *walk, size_t at, size_t item, unsigned readers);
/* So many days from now. */
void walk_hold(struct walk *walk, size_t at, size_t item, int64_t from_now);
void walk_release(struct walk *walk, size_t at, size_t item);

#endif
