/*
 * activity.h - who did and opened what here.
 *
 * An act is noted in the transaction of what it changes, as a sealed row; a
 * read is noted in memory. Once a minute what was noted becomes one record for
 * us alone, which names the one before, and the rows go. So an act costs no
 * record of its own, a read no write at all, and both are in our log soon. When
 * the node stops, or may not sign, reads become rows as well: the record comes
 * a minute after the next start.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACTIVITY_H
#define QSG_SERVICE_ACTIVITY_H

#include "service/node.h"

#include "payload.pb-c.h"

#define ACTIVITY_INTERVAL_MS 60000

struct activity_note {
	const char *account; /* whose */
	const char *operation;
	const char *about; /* "" nothing */
	const struct id32 *records;
	size_t count;
	bool refused;
};

/* Stage a note of an act. Of more than LIMIT_ACTIVITY_RECORDS records this and
 * the next make several. */
ERR_MUST_USE enum err activity_act(
    struct node *node, const struct activity_note *note);
/* Note a read, or something refused. ERR_MEM. */
ERR_MUST_USE enum err activity_read(
    struct node *node, const struct activity_note *note);

/* Note a wrong password that a Unix user gave with the name of an account, in
 * one entry with those before it that are in no record yet. ERR_MEM. */
ERR_MUST_USE enum err activity_guessed(struct node *node, const char *account,
    uint32_t user, const char *operation);

/* From here on remember which records are opened for people; and no more. */
void activity_watch(struct node *node);
void activity_rest(struct node *node);
/* Their ids, each once. free() the array. ERR_MEM, also when it was out while
 * they were opened. */
ERR_MUST_USE enum err activity_watched(
    struct node *node, struct id32 **ids, size_t *count);
/* Called by query.c for each that is opened. */
void activity_opened(struct node *node, uint32_t rid);

/* Stage the record of what was noted, when it is due. */
void activity_tick(struct node *node);
/* Stage rows of what is only in memory: the node stops. */
void activity_stop(struct node *node);
/* How long until it is due, in ms; INT64_MAX: nothing is noted. */
int64_t activity_wait_ms(struct node *node);
void activity_set_interval(struct node *node, int64_t interval_ms);
/* Tell an author, once a record, that it was opened here. Not unless told to.
 */
void activity_tell_authors(struct node *node, bool tell);
/* Called by node_commit and node_crash. */
void activity_committed(struct node *node, bool succeeded);
void activity_free(struct node *node);

/* Is that record one of activity, of our own? */
bool activity_is_ours(struct node *node, uint32_t rid);

/* Everything noted, oldest first: of records, then what is in none yet. */
struct activity_line {
	const Qsg__ActivityEntry *entry;
	const struct id32 *record; /* that holds it; NULL: none yet */
};
typedef enum err (*activity_each)(
    void *context, const struct activity_line *line);
ERR_MUST_USE enum err activity_list(
    struct node *node, activity_each each, void *context);

/* What breaks the chain, for verify: each record must name the one before. */
typedef void (*activity_broken)(void *context, uint32_t rid, const char *what);
ERR_MUST_USE enum err activity_check(
    struct node *node, activity_broken broken, void *context);
/* Does a stored row open? For verify. */
ERR_MUST_USE enum err activity_check_row(struct node *node, struct span sealed);

#endif
