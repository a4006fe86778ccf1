/*
 * group_world.h - records of one group, made by hand. Organisations are small
 * numbers, whose ids ascend with them; record ids count up.
 */
#ifndef QSG_TESTS_GROUP_WORLD_H
#define QSG_TESTS_GROUP_WORLD_H

#include "domain/group.h"

#define WORLD_FACTS 4096

struct world {
	struct id32 group;
	struct id32 nonce;
	unsigned founder;
	uint64_t records; /* ids given so far */
	struct group_fact facts[WORLD_FACTS];
	size_t count;
};

enum { ENTRY_JOINED = 1, ENTRY_SENDER_ONLY = 2 };

struct id32 world_org(unsigned org);
/* A record id that sorts by its number. */
struct id32 world_record(uint64_t number);
void world_init(struct world *world, unsigned founder);
void world_clear(struct world *world);

/* A roster without entries, its charter complete. Free it by putting it. */
Qsg__Roster *world_roster(struct world *world, uint64_t term, uint64_t epoch);
/* Put an entry in its place. */
Qsg__RosterEntry *world_entry(Qsg__Roster *roster, unsigned org,
    const char *kind, uint64_t invitation, unsigned flags);
/* The entry of this organisation. */
Qsg__RosterEntry *world_find(Qsg__Roster *roster, unsigned org);
void world_drop(Qsg__Roster *roster, unsigned org);
void world_change(
    Qsg__Roster *roster, unsigned org, const char *what, const char *reason);
/* A deep copy for the next epoch, without changes. */
Qsg__Roster *world_next(const Qsg__Roster *roster, uint64_t epoch);

/* Put a record in; its id. */
struct id32 world_put(
    struct world *world, unsigned author, Qsg__Roster *roster);
struct id32 world_act(struct world *world, unsigned org, uint64_t invitation,
    const char *act, const struct id32 *roster);
struct id32 world_voice(struct world *world, unsigned org, uint64_t term,
    const struct id32 *roster, unsigned successor);
/* Any payload, which becomes the world's. */
struct id32 world_add(
    struct world *world, unsigned author, Qsg__Payload *payload);

/* Replace a string, or bytes by an id (NULL: none). */
void world_string(char **field, const char *text);
void world_bytes(ProtobufCBinaryData *field, const struct id32 *id);

/* Why this record was refused; "" when it was not. */
const char *world_refused(
    const struct group_state *state, const struct id32 *record);
bool world_alarmed(const struct group_state *state, const char *hint);

#endif
