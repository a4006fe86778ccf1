/*
 * policies.h - the sharing policy of this organisation that is in force, and
 * what it says of a share.
 *
 * A policy is a record for us alone that holds its file's text; the one logged
 * last is in force. Without any, and where no rule fits, the answer is "ask
 * me": naming readers is an answer, naming a group is not.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_POLICIES_H
#define QSG_SERVICE_POLICIES_H

#include "domain/policy.h"
#include "service/node.h"

#include "payload.pb-c.h"

/* Zero-initialise; policies_clear frees. */
struct policies {
	struct policy policy; /* no rules when there is none */
	struct buf text;      /* as its file stood */
	struct id32 record;   /* zero: there is none */
	int64_t since_ms;
};

/* The policy in force; none is no error. ERR_CORRUPT when the newest record of
 * a policy does not open or parse: then nothing is shared under an older one.
 */
ERR_MUST_USE enum err policies_load(struct node *node, struct policies *out);
void policies_clear(struct policies *policies);

/* Stage a policy. Errors of policy_parse; ERR_STATE when this node may not
 * sign. out (cleared by the caller) is the policy as it will be in force. */
ERR_MUST_USE enum err policies_set(
    struct node *node, struct span text, struct policies *out);

/* Add to the warnings the names of rules that nobody known here goes by: such
 * a rule protects nobody. ERR_MEM. */
ERR_MUST_USE enum err policies_warn(
    struct node *node, struct policies *policies);

/* What is to be shared; then the record that it speaks of, what that one speaks
 * of, and so on: each says what those before it do not. */
#define POLICIES_TRAIL 16u
struct policies_trail {
	const Qsg__Payload *items[POLICIES_TRAIL]; /* with content */
	size_t count;                              /* at least one */
};
/* The first provider that is said in it; "" for none. Borrowed. */
const char *policies_provider(const struct policies_trail *trail);

/* Whom something goes to. */
struct policies_reader {
	int64_t org;
	const char *group_name;   /* that it is reached through; "" none */
	const struct id32 *group; /* NULL: none */
};
/* What decides for one reader. */
struct policies_match {
	enum policy_verdict verdict;
	const struct policy_rule *rule; /* borrowed; NULL: none fits */
};
/* The first rule that fits; of several providers in rows, for the strictest.
 * ERR_NOTFOUND (no such org), ERR_MEM. */
ERR_MUST_USE enum err policies_match(struct node *node,
    const struct policies *policies, const struct policies_trail *trail,
    const struct policies_reader *reader, struct policies_match *out);

#endif
