/*
 * summit_told.h - a risk summit between fixture nodes: 0, an area team,
 * triggers; 1, a CCG, 2, a Royal College, and 3, CQC, are members of its group.
 */
#ifndef QSG_TESTS_VIEW_SUMMIT_TOLD_H
#define QSG_TESTS_VIEW_SUMMIT_TOLD_H

#include "unit/service/grouped.h"

#include <jansson.h>

struct told {
	struct id32 summit; /* its trigger */
	struct id32 said;   /* the record made last */
	Qsg__Payload payload;
	Qsg__SummitTrigger trigger;
	Qsg__Reference reference; /* of the next record; relation "" none */
};
extern struct told told;

void told_setup(void);
void told_teardown(void);

/* 0 triggers it, and all hold that; the clock goes on by a minute with each
 * record. */
void told_begin(void);
/* What is made with `content` set, by node `at`, to the whole group. */
struct id32 told_say(
    size_t at, Qsg__Payload__ContentCase which, ProtobufCMessage *content);
struct id32 told_respond(size_t at, const char *answer);
struct id32 told_judge(size_t at, const char *finding);
struct id32 told_ring(size_t at, const char *act, size_t whom);
struct id32 told_call(size_t at, const char *purpose, int64_t in_ms);
struct id32 told_enter(size_t at, const char *act, const struct id32 *meeting,
    const struct id32 *note);
struct id32 told_check(size_t at, const char *check, const char *answer);
struct id32 told_act(size_t at, size_t owner, const char *what);
/* 1 and 3 agree that 1 holds the ring. */
void told_agree(void);
/* 0 triggers one that 1 and 3 alone are told of, and invites 2. */
void told_invite(void);
ProtobufCBinaryData told_id(const struct id32 *id);

/* What node `at` shows of it; of node `of` among those in it. */
json_t *told_show(size_t at);
json_t *told_timeline(size_t at);
json_t *told_side(json_t *shown, size_t of);
/* A string of an object, "" for none. */
const char *told_text(const json_t *object, const char *key);
const char *told_hex(const struct id32 *id);

#endif
