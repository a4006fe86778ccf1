/*
 * release.h - four eyes: what waits for a second person before it is shared;
 * and drafts that wait for one, as their readers changed meanwhile.
 *
 * It is kept as it was asked for, sealed under the storage key. Approved, it is
 * shared as if asked for at that moment: readers, policy, guard and days are
 * looked at again. Header, number and leaf are made only then.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RELEASE_H
#define QSG_SERVICE_RELEASE_H

#include "service/share.h"

#include "local.pb-c.h"

/* For share_keep: stage what waits. out->release is its number. ERR_LIMIT when
 * too much waits already. */
ERR_MUST_USE enum err release_keep(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

/* A draft whose readers are no longer those it was made for. */
struct release_draft {
	int64_t draft;
	const char *const
	    *to; /* whom it goes to now, as share_request has it */
	size_t to_count;
	struct id32 *were; /* whom it was made for */
	size_t were_count;
	Qsg__Payload *payload;
	Qsg__Payload *const *beside; /* what was to be noted beside it */
	size_t beside_count;
};
/* Keep it for a person to decide: for readers as they are now, whom
 * release_list shows. Staged. ERR_LIMIT as above. */
ERR_MUST_USE enum err release_hold(
    struct node *node, const struct release_draft *held, int64_t *release);

/* How many wait. */
uint64_t release_waiting(const struct node *node);

typedef enum err (*release_each)(
    void *context, const Qsg__PendingRelease *pending);
/* All that wait, oldest first. Borrowed for the call. */
ERR_MUST_USE enum err release_list(
    struct node *node, release_each each, void *context);

/* One of them, by its number. Borrowed for the call. ERR_NOTFOUND. */
ERR_MUST_USE enum err release_look(
    struct node *node, int64_t number, release_each each, void *context);

/* Share it, on the say of this person. Staged. ERR_NOTFOUND; ERR_DENIED (who
 * asked cannot approve; the policy says never by now; the guard), ERR_INPUT,
 * ERR_STATE (the readers are not those it was asked for: says who). It still
 * waits after an error. out as of share_intelligence. */
ERR_MUST_USE enum err release_approve(struct node *node, int64_t number,
    const char *person, struct share_result *out);
/* Let it go, unshared; why is kept in a record for us alone. Staged. */
ERR_MUST_USE enum err release_refuse(struct node *node, int64_t number,
    const char *person, const char *reason, struct id32 *record);

/* Does a stored one of this number open, and parse? ERR_CORRUPT. */
ERR_MUST_USE enum err release_check(
    struct node *node, int64_t number, struct span sealed);

/* What they grant is erased: those that are a grant of it wait no more, staged;
 * how many did. */
ERR_MUST_USE enum err release_drop_grants(
    struct node *node, const struct id32 *original, size_t *dropped);

#endif
