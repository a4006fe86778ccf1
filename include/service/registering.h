/*
 * registering.h - what this organisation records about who the providers are:
 * entries of a register's file, and its own notes beside it.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_REGISTERING_H
#define QSG_SERVICE_REGISTERING_H

#include "service/share.h"

/* Encoded entries, then a record is full; and of one entry at most, so that a
 * record never has more than the sum of both. */
#define REGISTERING_RECORD_BYTES 65536u
#define REGISTERING_ENTRY_BYTES 131072u

struct registering_result {
	size_t added;   /* entries that are new */
	size_t changed; /* ... that take the place of others */
	size_t same;    /* ... of which nothing is recorded */
	size_t records;
	size_t drafts; /* of them, while the node waits to sign */
};

/* Record those entries of a file (the name of its layout in ods.h) that are not
 * in the register as they are, in records for this organisation alone. All are
 * checked before any is staged. With dry_run nothing is. ERR_INPUT,
 * ERR_LIMIT. */
ERR_MUST_USE enum err registering_import(struct node *node, const char *set,
    Qsg__RegisteredProvider *const *entries, size_t count, bool dry_run,
    struct registering_result *out);

/* A change of what this organisation notes about a provider. NULL: as it was.
 */
struct registering_request {
	const char *provider;
	const char
	    *commissioner;      /* name, code or fingerprint, or any ODS code */
	const char *part;       /* host, associate; "" no longer one */
	const char *home_group; /* as groups_resolve; "" none */
	const char *type;
	const char *name;
	const char *const *sites; /* CODE=NAME each; CODE= drops one */
	size_t site_count;
	/* Readers, who records it, and the decision to share it; no readers
	 * named: for us alone. Nothing of intelligence is read. */
	struct share_request share;
};

struct registering_noted {
	struct share_result share;
	bool unknown_provider; /* in no register, and new to this node */
	bool unknown_commissioner;
	Qsg__Relation *relation; /* as it stands now; owned */
};

/* Put the change to what was noted before, and record the whole anew: the
 * newest counts. Errors as of share_payload, and ERR_INPUT, ERR_USAGE,
 * ERR_NOTFOUND, ERR_AMBIGUOUS of the change. The result is filled as far as it
 * got, also on error. */
ERR_MUST_USE enum err registering_relate(struct node *node,
    const struct registering_request *request, struct registering_noted *out);
void registering_clear(struct registering_noted *noted);

#endif
