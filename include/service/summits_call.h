/*
 * summits_call.h - whom a trigger calls: proposed from what is known of the
 * provider, with the reason for each, and changed by whoever triggers.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_CALL_H
#define QSG_SERVICE_SUMMITS_CALL_H

#include "domain/provider.h"
#include "domain/summit.h"
#include "service/groups.h"

/* One that is called, or that should be and is not. */
struct summits_called {
	struct id32 organisation; /* zero: nobody known here is that */
	const char *reason;       /* a token of summit_reasons */
	/* Where nobody is known: the code it goes by; "" none is known. */
	char code[PROVIDER_CODE_BYTES + 1u];
	bool alerted; /* it reads as a member of the group anyway */
};

struct summits_call {
	const struct group_state *group; /* whose members are alerted; NULL */
	bool proposed; /* the group is the provider's own, not one named */
	struct summits_called *called; /* ascending by organisation */
	size_t called_count;
	struct summits_called *lacking; /* nobody known here, or left out */
	size_t lacking_count;
};

struct summits_calling {
	const char *provider;       /* its code */
	const char *group;          /* as typed; NULL: its home group, if it is
	                             * joined here */
	const char *const *invited; /* as typed */
	size_t invited_count;
	const char *const *without; /* as typed: not called, though proposed */
	size_t without_count;
};

/* ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT (a provider, or this organisation, is
 * to be called; one is both invited and left out), ERR_LIMIT.
 * summits_call_clear frees, also after an error. */
ERR_MUST_USE enum err summits_call(struct node *node,
    const struct summits_calling *calling, struct summits_call *out);
void summits_call_clear(struct summits_call *call);

#endif
