/*
 * share_parts.h - the steps of sharing, for the share_* modules and for saying.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SHARE_PARTS_H
#define QSG_SERVICE_SHARE_PARTS_H

#include "service/share.h"

/* Are role, person and reasons fit to be recorded? ERR_INPUT. */
ERR_MUST_USE enum err share_check_words(const struct share_request *request);

/* What a payload is judged with: the record that it speaks of, and each that it
 * cites. Zero-initialise; share_about_clear frees. */
struct share_about {
	/* One for the payload with what it speaks of, one for each citation. */
	struct policies_trail *trails;
	size_t count;
	/* It speaks of a record, so that its readers follow from that. */
	bool speaks;
	bool whole;   /* all of them can be read here */
	uint32_t rid; /* the record that it speaks of; 0: not held */
	/* Of what is granted: it reads that anyway, so that no rule is asked
	 * about it. 0: nothing is. */
	int64_t author;
	Qsg__Payload **owned;
	size_t owned_count;
};
/* ERR_LIMIT when it is too far from what it is about in the end. */
ERR_MUST_USE enum err share_about_find(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_about *out);
void share_about_clear(struct share_about *about);

/* Who will read: fills readers, about (kinds), group and list. */
ERR_MUST_USE enum err share_readers_resolve(struct node *node,
    const struct share_request *request, struct share_result *out);

/* The readers are these instead: org numbers without ourselves, sorted, unique.
 * What was found of those who were readers before is kept. */
ERR_MUST_USE enum err share_readers_set(struct node *node, const int64_t *orgs,
    size_t count, struct share_result *out);

/* What duties and the policy say of this payload for those readers, and what
 * is still asked. Loads the policy once. */
ERR_MUST_USE enum err share_judge(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);
/* May it go on? ERR_DENIED, ERR_STATE, ERR_INPUT: as share_intelligence. */
ERR_MUST_USE enum err share_judge_allows(struct node *node,
    const struct share_request *request, const struct share_result *out);

/* Stage it: as a record, a draft, or one that waits for a second person; and
 * what is noted beside it. */
ERR_MUST_USE enum err share_keep(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out);

#endif
