/*
 * group_cast.h - a small group with everybody's part in it, and questions about
 * its state.
 */
#ifndef QSG_TESTS_GROUP_CAST_H
#define QSG_TESTS_GROUP_CAST_H

#include "unit/domain/group_world.h"

enum {
	AREA = 10, /* the founder */
	REGION = 11,
	CCG = 20,
	CCG2 = 21,
	CQC = 30,
	MONITOR = 31,
	COLLEGE = 40,
	HEALTHWATCH = 41,
	NEW = 50,
	OUTSIDE = 99
};

struct cast {
	struct world world;
	struct group_state state;
};
extern struct cast cast;

void cast_setup(void);
void cast_teardown(void);

/* Epoch 1: the founder, a region, two CCGs, CQC and a Royal College. */
Qsg__Roster *cast_first(void);
void cast_all_accept(const struct id32 *roster);
/* The next roster, in which all are stated as joined. */
Qsg__Roster *cast_acknowledged(Qsg__Roster *roster, uint64_t epoch);
/* The same as all that a newcomer holds: of this epoch. */
Qsg__Roster *cast_late(uint64_t epoch);
/* Epochs 1 and 2: all have joined, and epoch 2, which is given, says so. */
Qsg__Roster *cast_settled(struct id32 *second);
/* The region takes over, named by four of the six from this roster. */
void cast_succeed(const struct id32 *roster);
/* The region's first roster, after this one. */
Qsg__Roster *cast_taken_over(const Qsg__Roster *roster, uint64_t epoch);

/* What was put in last, under an id that sorts before all others: whoever
 * writes a record may try until its id does. */
struct id32 cast_ground(void);

/* Evaluate, as seen by an organisation; 0: by nobody. */
void cast_look(unsigned self);
const struct group_member *cast_member(unsigned org);
bool cast_joined(unsigned org);
bool cast_convenes(unsigned org);
bool cast_in_force(const struct id32 *record);
/* It was refused for this reason; it was not refused. */
void cast_refused(const struct id32 *record, const char *hint);
void cast_counts(const struct id32 *record);

#endif
