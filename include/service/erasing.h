/*
 * erasing.h - the end of a record's content: erased by its author, by whoever
 * granted it, or by this organisation for itself; held against that; answered.
 *
 *   erasing_judge.c   whose erasure counts, and of what
 *   erasing_take.c    taking bodies out, and not letting them in
 *   erasing_hold.c    holds
 *   erasing_answer.c  answers, and what a start reads back
 *   erasing_pass.c    passing on
 *   erasing_again.c   what is to be looked at once more
 *   erasing.c         erasing something
 *   erasing_account.c what became of it
 *   erasing_list.c    what is held, and what nobody has answered yet
 *   erasing_remember.c  what was held in grants alone
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ERASING_H
#define QSG_SERVICE_ERASING_H

#include "service/foi_open.h"
#include "service/state.h"
#include "store/tombstones.h"

/* Is this record erased here, by its author or by ourselves, held or not?
 * Nothing of it, also inside a grant, may be stored, shown, served or granted.
 * True as well when the database does not say. */
bool erasing_is_erased(struct node *node, const struct id32 *id);

/* Is a record, or what a grant carries, to be kept here for ourselves alone:
 * asked to be erased by whom that counts, and held against it? */
ERR_MUST_USE enum err erasing_withholds(
    struct node *node, uint32_t rid, bool *out);

/* Is it erased by its author, and did its body never come? What comes of it is
 * dropped, or kept if it is of a kind that is not erased. */
bool erasing_waits(struct node *node, uint32_t rid);

/*
 * For whoever takes records in.
 */

/* A record that came with its body, opened as far as it opens, is not yet
 * stored. Its body and key must not be when out->erasure is not 0. */
struct erasing_verdict {
	uint32_t erasure; /* rid of the record that says so; 0: keep it */
	struct id32 original;
	bool whole; /* of the original; else only of what one granter granted */
	/* Of a grant: the header that it carries; none where that is too long
	 * to be kept. */
	uint8_t header[ERASED_HEADER_BYTES];
	size_t header_size;
};
ERR_MUST_USE enum err erasing_judge(struct node *node, const struct id32 *id,
    const struct header *header, const Qsg__Payload *payload,
    struct erasing_verdict *out);
/* It is in store and views, without body and key. Staged. */
ERR_MUST_USE enum err erasing_refused(
    struct node *node, uint32_t rid, const struct erasing_verdict *verdict);
/* A record was taken without its body: an erasure that came before and names it
 * is looked at again, as it could not be answered then. A no-op for any other.
 */
ERR_MUST_USE enum err erasing_came_bare(struct node *node, uint32_t rid);
/* A record was taken and opened: if it is an erasure it is carried out, as far
 * as nothing is held against it. A no-op for any other. Staged. */
ERR_MUST_USE enum err erasing_take(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);

/*
 * Time.
 */

/* Answer what was done, and what is kept and why; pass erasures on; carry out
 * what holds that are over put off. Staged. Call it now and then. */
void erasing_tick(struct node *node);
/* Before one: what is kept of rejected messages goes with what was erased. */
ERR_MUST_USE enum err erasing_settle(struct node *node);
/* After a commit: take what was erased out of the write-ahead log at once, and
 * out of the snapshot at the next tick. */
void erasing_committed(struct node *node);
/* What a start reads back: called when the views are loaded. */
ERR_MUST_USE enum err erasing_load(struct node *node);
void erasing_free(struct erasings *erasings);

/*
 * Erasing something.
 */

/* A record as a person names it: held here, or known by a grant alone. */
struct erasing_named {
	struct id32 id;
	uint32_t rid;   /* 0: it is held in grants alone */
	int64_t author; /* org; 0: not known here */
	struct id32 by; /* zero: likewise */
	bool erased;
};
/* By an unambiguous hex prefix. ERR_INPUT also for a kind that is not erased,
 * and for a grant (saying what it carries). */
ERR_MUST_USE enum err erasing_name(
    struct node *node, const char *prefix, struct erasing_named *out);

/* views_find_prefix; where nothing is held of a record because it was erased,
 * as what only a grant had made readable, ERR_NOTFOUND says that. */
ERR_MUST_USE enum err erasing_find(
    struct node *node, struct span prefix, uint32_t *rid);

struct erasing_request {
	const char *record; /* by hex prefix */
	const char *reason;
	const char *role;     /* NULL: administrator */
	const char *person;   /* may be NULL */
	bool all_versions;    /* what it corrects and what corrects it, too */
	bool despite_request; /* though an open one is about it */
	bool dry_run;
};
/* Another version of it, whose text is here still. */
struct erasing_version {
	struct id32 id;
	struct id32 erasure; /* zero: it is not erased with it */
};
/* What waits as a draft, or for a person to release it, and has to do with it:
 * one of the two is 0. A grant of it goes with it; what refers to it, and may
 * quote it, stays. */
struct erasing_wait {
	int64_t draft;
	int64_t release;
	bool goes;
};
/* erasing_clear frees. */
struct erasing_result {
	struct erasing_named named;
	bool own; /* else for us, and its author where we granted it on */
	bool all_versions;
	struct erasing_version *versions;
	size_t version_count;
	int64_t *told; /* orgs: who is asked to erase it, too */
	size_t told_count;
	struct id32 *left_out; /* readers that are not admitted, or not known */
	size_t left_out_count;
	size_t bodies; /* rows here that lose theirs */
	struct erasing_wait *waits;
	size_t wait_count;
	/* What is open under the law about it, or about a version that goes. */
	struct foi_concern concern;
	struct id32 record; /* the erasure; zero when dry_run */
};
/* ERR_STATE (erased already; held, saying until when; the node may not sign),
 * ERR_DENIED (an open request is about it), ERR_INPUT, ERR_NOTFOUND,
 * ERR_AMBIGUOUS; with all_versions of any, and then none is erased. Staged. */
ERR_MUST_USE enum err erasing_erase(struct node *node,
    const struct erasing_request *request, struct erasing_result *out);
/* Whether that keeps it from being erased: ERR_DENIED, saying what it would be.
 */
ERR_MUST_USE enum err erasing_check_asked(struct node *node,
    const struct erasing_request *request, const struct erasing_result *result);
void erasing_clear(struct erasing_result *result);

/*
 * Holds: known to this node alone.
 */

struct erasing_hold {
	char until[16];   /* a day: it stands until that is over */
	int64_t until_ms; /* when it is */
	char reason[LIMIT_REASON_BYTES + 1];
};
/* ERR_INPUT, ERR_STATE (erased already). Staged. */
ERR_MUST_USE enum err erasing_set_hold(struct node *node, const char *record,
    const char *reason, const char *until, struct erasing_named *named);
/* What waited for it is erased now. ERR_NOTFOUND when it is not held. */
ERR_MUST_USE enum err erasing_release_hold(
    struct node *node, const char *record, struct erasing_named *named);
/* One that stands, over or not. ERR_NOTFOUND. */
ERR_MUST_USE enum err erasing_get_hold(
    struct node *node, const struct id32 *id, struct erasing_hold *out);
/* Does a stored one of this record open, and parse? ERR_CORRUPT. */
ERR_MUST_USE enum err erasing_check_hold(
    struct node *node, const struct id32 *id, struct span sealed);

/* A record that was held in grants alone, and of which nothing is left but what
 * they were and the header they carried. */
struct erasing_remembered {
	struct id32 id;
	bool known; /* its header is */
	struct header header;
	uint32_t grant; /* rid of the first that carried it */
};
/* By an unambiguous hex prefix. ERR_NOTFOUND, ERR_AMBIGUOUS, ERR_INPUT. */
ERR_MUST_USE enum err erasing_remember(
    struct node *node, const char *prefix, struct erasing_remembered *out);

/*
 * What became of it.
 */

enum erasing_answered {
	ERASING_OPEN, /* asked, and has not answered */
	ERASING_DONE,
	ERASING_KEPT,
	ERASING_ELSEWHERE /* another organisation asked; it alone hears */
};
struct erasing_reader {
	struct id32 organisation;
	enum erasing_answered answered;
	int64_t answered_ms;
	char until[16];
	char reason[LIMIT_REASON_BYTES + 1]; /* why it is kept; cut */
	uint32_t answer;                     /* rid, 0 none */
};
/* One erasure of a record. */
struct erasing_found {
	uint32_t rid;
	int64_t author; /* org */
	bool counts;
	const char *why_not; /* static; "" when it counts */
	bool passed_on;      /* of another organisation's erasure */
	char *reason;
	int64_t created_ms;
	struct erasing_reader
	    *readers; /* whom it was sealed to, author aside */
	size_t reader_count;
	size_t repeats; /* others of that author, not listed */
};
struct erasing_account {
	struct tombstone tombstone; /* erasure 0: not erased here */
	bool held;
	struct erasing_hold hold;
	struct erasing_found *erasures; /* ours; of each other organisation one,
	                                   the last; the oldest first */
	size_t erasure_count;
};
/* Of a record, held or not. erasing_account_clear frees. */
ERR_MUST_USE enum err erasing_look(
    struct node *node, const struct id32 *id, struct erasing_account *out);
void erasing_account_clear(struct erasing_account *account);

/* What is held here, over or not, by record. */
typedef enum err (*erasing_each_hold)(
    void *context, const struct id32 *record, const struct erasing_hold *hold);
ERR_MUST_USE enum err erasing_holds(
    struct node *node, erasing_each_hold each, void *context);
/* Our own erasures that somebody has not answered with `done`: the newest so
 * many, newest first; *left_out: how many there are beside them. */
typedef enum err (*erasing_each_found)(void *context, const struct id32 *record,
    const struct erasing_found *found);
ERR_MUST_USE enum err erasing_unanswered(struct node *node, size_t most,
    erasing_each_found each, void *context, size_t *left_out);

#endif
