/*
 * alarms.h - what somebody of this organisation has to look at now: that a risk
 * summit was triggered, that one asks it in, that one of its clocks was missed.
 * An alarm stands until a person saw it; those are kept and can be listed.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Clocks and alarms"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ALARMS_H
#define QSG_SERVICE_ALARMS_H

#include "domain/vocab.h"
#include "service/node.h"

struct alarms;

enum alarm_kind { ALARM_TRIGGER = 0, ALARM_INVITATION = 1, ALARM_MISSED = 2 };
/* "trigger", "invitation", "missed"; in this order. */
const struct vocab *alarms_kinds(void);

struct alarm {
	struct id32 record; /* which it is about, and known by */
	struct id32 summit;
	struct id32 author; /* of the record */
	struct id32 cause;  /* ... or whose record set the clock */
	enum alarm_kind kind;
	int64_t since_ms;  /* when this node took or made it */
	const char *clock; /* that was missed: its token; "" */
	char provider[72]; /* "": not known here */
	/* Why it does not stand: a response, or that a person saw it. */
	struct id32 seen; /* record; zero: it stands */
	int64_t seen_ms;
	bool given; /* it stands, and is among those that are given out */
};

typedef enum err (*alarms_each)(void *context, const struct alarm *alarm);
/* Those that stand, or all, by summit and as they came. Borrowed for the call.
 */
ERR_MUST_USE enum err alarms_list(
    struct node *node, bool all, alarms_each each, void *context);
/* Another than before when any may have come or gone. */
ERR_MUST_USE enum err alarms_version(struct node *node, uint64_t *out);
/* Over those that are given out: it is another when any comes or goes. */
ERR_MUST_USE enum err alarms_mark(struct node *node, struct id32 *out);

/* A person saw the alarm about the record that begins so. Staged; *again: it
 * stands no longer, and nothing is recorded. ERR_NOTFOUND, ERR_AMBIGUOUS,
 * ERR_INPUT, ERR_STATE. */
struct alarms_seeing {
	const char *about;
	const char *role;   /* NULL: administrator */
	const char *person; /* NULL: not named */
};
struct alarms_saw {
	struct id32 about;
	struct id32 record; /* by which it stands no longer */
	bool again;
};
ERR_MUST_USE enum err alarms_seen(struct node *node,
    const struct alarms_seeing *seeing, struct alarms_saw *out);

/* Look at the summits of which something was heard or a clock ran out, and
 * record which clocks this node saw missed. Call it often. Staged. */
void alarms_tick(struct node *node);
/* Forget all of them. */
void alarms_drop(struct node *node);

#endif
