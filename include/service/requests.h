/*
 * requests.h - information requests, ours and others', and what each of those
 * asked has said to them.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_REQUESTS_H
#define QSG_SERVICE_REQUESTS_H

#include "service/query.h"
#include "service/relations.h"

enum requests_state {
	/* No answer yet: of a request of ours, or by us. */
	REQUESTS_OPEN,
	/* Between others: no answer is held here, which may have gone to the
	 * asker alone. */
	REQUESTS_NOT_SEEN,
	REQUESTS_ANSWERED,
	REQUESTS_NOTHING_HELD, /* looked for, and said so */
	REQUESTS_REFUSED
};
/* "open", "not-seen", "answered", "nothing-held", "refused". */
const char *requests_state_token(enum requests_state state);

/* One of those asked. */
struct requests_addressee {
	struct id32 organisation;
	enum requests_state state;
	int64_t reached_ms;  /* of ours: when it signed for it; 0 not yet */
	uint32_t answer;     /* rid of the answer that counts; 0 none */
	int64_t answered_ms; /* when its author says it was made */
	char *text;          /* of it, e.g. why it is refused; NULL none */
};

struct requests_request {
	uint32_t rid;
	bool ours;
	bool to_us;
	bool open;      /* somebody we wait for, or we, have not answered */
	bool overdue;   /* ... and the day to answer by is over */
	bool retracted; /* by whoever asked: nobody is waited for */
	int64_t age_ms; /* since its author says it was made */
	struct requests_addressee *addressees; /* by organisation */
	size_t addressee_count;
	struct relation *answers; /* all, also those that do not count */
	size_t answer_count;
};

/* One request, at this node's time. requests_clear frees. ERR_STATE when it is
 * none, or its readers are not known here. */
ERR_MUST_USE enum err requests_look(
    struct node *node, uint32_t rid, struct requests_request *out);
void requests_clear(struct requests_request *request);

typedef enum err (*requests_each)(
    void *context, const struct requests_request *request);
/* All requests held, oldest received first; open_only: those that are open. */
ERR_MUST_USE enum err requests_list(
    struct node *node, bool open_only, requests_each each, void *context);

#endif
