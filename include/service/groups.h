/*
 * groups.h - the groups this node knows of, evaluated from the records it
 * holds, and what follows from them for peers and streams.
 *
 * Records that an author's card disowns do not count. Of a stream that its
 * author forked, what is held here counts, as it does for everything else.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Groups", "Enrolment by roster"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_GROUPS_H
#define QSG_SERVICE_GROUPS_H

#include "domain/group.h"
#include "service/node.h"

struct groups;

/* Groups of which a roster is held and not passed over, in the order of their
 * ids. States are borrowed until the next record is taken or
 * submitted. */
size_t groups_count(struct node *node);
ERR_MUST_USE enum err groups_at(
    struct node *node, size_t index, const struct group_state **out);
/* May this node be in it? If not, no roster lists it and it has joined nothing:
 * that is known without opening what others say among themselves. */
bool groups_concerns(struct node *node, size_t index);
/* By name (ignoring case) or by a hex prefix of the id: one that this
 * organisation has joined or convenes, else one that lists it. Any by its whole
 * id. ERR_NOTFOUND, ERR_AMBIGUOUS with a message that lists what is known. */
ERR_MUST_USE enum err groups_resolve(
    struct node *node, const char *text, const struct group_state **out);
/* The same, else any that is known: to look at. */
ERR_MUST_USE enum err groups_find(
    struct node *node, const char *text, const struct group_state **out);
ERR_MUST_USE enum err groups_by_id(
    struct node *node, const struct id32 *id, const struct group_state **out);

/* Our own entry; NULL when the roster in force does not list us. */
const struct group_member *groups_ours(
    struct node *node, const struct group_state *group);
/* Are we in it, by our own word? */
bool groups_joined(struct node *node, const struct group_state *group);
/* Or do we convene it, whether or not we have left? */
bool groups_takes_part(struct node *node, const struct group_state *group);
/* How we stand in it, listed in its roster, by our own word. */
enum group_standing groups_standing(
    struct node *node, const struct group_state *group);

/* Org numbers of those that are sent what goes to the group, ourselves aside,
 * ascending. ERR_STATE when that is nobody, or when we have not joined;
 * free() *readers. */
ERR_MUST_USE enum err groups_readers(struct node *node,
    const struct group_state *group, int64_t **readers, size_t *count);
/* The same of everybody in the roster in force, members or not, as far as they
 * are enrolled and admitted here: who gets rosters and memberships. May be
 * nobody. */
ERR_MUST_USE enum err groups_everybody(struct node *node,
    const struct group_state *group, int64_t **readers, size_t *count);
/* Why this member is not sent what goes to the group, for people; NULL: it is
 * (M330). Static text. */
const char *groups_left_out(
    struct node *node, const struct group_member *member);

/* What an organisation says of a group and is passed over: how many records,
 * and why. */
struct groups_passed {
	size_t beyond;   /* it has said more than counts */
	size_t unlisted; /* no roster held lists it */
	size_t unheard;  /* rosters, of more groups than count */
};
/* ERR_CORRUPT, ERR_MEM. */
ERR_MUST_USE enum err groups_passed(struct node *node, const struct id32 *group,
    const struct id32 *organisation, struct groups_passed *out);

/* All that is passed over of one organisation, of groups that are not known,
 * too. */
uint64_t groups_passed_by(struct node *node, int64_t org);
/* Author side: would one more record of ours, a roster or another, still count
 * for this group, known or new? ERR_LIMIT. */
ERR_MUST_USE enum err groups_may_say(
    struct node *node, const struct id32 *group, bool roster);

/* A record of a group is in the views now. */
ERR_MUST_USE enum err groups_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);
/* Is it of a kind that groups_index takes? By its view's type. */
bool groups_indexes(uint8_t view_type);
/* What is disowned, or who is admitted, may have changed. */
void groups_doubt(struct node *node);
/* All are indexed: find who is barred. At the end of load_memory. */
ERR_MUST_USE enum err groups_load(struct node *node);
void groups_free(struct groups *groups);

/* Do what follows from the groups as they are now: enrol whom a roster lists,
 * bar who is in none any more, end streams whose readers are the group's no
 * longer. Staged; a no-op when nothing changed. What a roster has wrong is
 * logged and passed over. node_commit does it. */
ERR_MUST_USE enum err groups_settle(struct node *node);

#endif
