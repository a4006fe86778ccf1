/*
 * talk.h - what people of twenty-five organisations say in risk summits, by the
 * same ways as their commands: what the author's side refuses is not said.
 */
#ifndef QSG_SIM_TALK_H
#define QSG_SIM_TALK_H

#include "circle.h"
#include "service/summits.h"

enum { TALK_SUMMITS = 4, TALK_SAID = 600, TALK_CONTENTS = 80 };

struct talk {
	struct world *world;
	const struct circle *circle;
	struct id32 summits[TALK_SUMMITS];
	size_t summit_count;
	/* What was recorded, of which nothing may be lost. */
	struct id32 said[TALK_SAID];
	size_t said_count;
	uint64_t contents[TALK_CONTENTS]; /* of these, by kind */
	uint64_t refused;
};

/* False: it may not, or the world fails. */
bool talk_trigger(struct talk *talk, unsigned who, const char *provider);
bool talk_respond(struct talk *talk, unsigned who, size_t summit);
bool talk_judge(struct talk *talk, unsigned who, size_t summit, bool failing);
/* NOBODY where the act names none. */
enum { TALK_NOBODY = CIRCLE };
bool talk_ring(struct talk *talk, unsigned who, size_t summit, const char *act,
    unsigned whom);
bool talk_check(struct talk *talk, unsigned who, size_t summit, unsigned check);
bool talk_stand_down(struct talk *talk, unsigned who, size_t summit);
/* An action of this summit; zero: it may not be set. */
struct id32 talk_act(
    struct talk *talk, unsigned who, size_t summit, unsigned owner);
bool talk_step(struct talk *talk, unsigned who, const struct id32 *action,
    const char *act, unsigned whom);
/* Something that is fit to be said as this one knows the summit, at random. On
 * each side of a split the one named is whom they would have hold the ring. */
void talk_anything(
    struct talk *talk, unsigned who, size_t summit, unsigned favourite);

/* The summit as it is known there. False: the world fails. */
bool talk_look(
    struct talk *talk, unsigned who, size_t summit, struct summits_look *look);

#endif
