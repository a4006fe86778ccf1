/*
 * picture.h - the common picture of one provider, as a pure function of the
 * set of records held about it and the time asked about: what counts, what was
 * corrected, what bears what out, who judges how, and what is still asked.
 *
 * Nothing is weighed: counts lead to records, and people judge.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PICTURE_H
#define QSG_DOMAIN_PICTURE_H

#include "base/bytes.h"
#include "payload.pb-c.h"

#define PICTURE_NONE SIZE_MAX

/* One record. Borrowed as long as the picture is used. */
struct picture_fact {
	struct id32 record;
	struct id32 author;
	/* Its place in its author's own order: which of the author's logs, from
	 * 0, and where in it. */
	uint64_t generation;
	uint64_t leaf;
	const struct id32 *readers; /* sorted, author too; NULL: not known */
	size_t reader_count;
	bool disowned; /* its author does not stand by the log it is in */
	/* Why its author may not say this, being of the kind that rosters
	 * state; NULL: it may. Static. */
	const char *refused;
	const Qsg__Payload *payload;
};

/* State hashes cover these numbers, as PROTOCOL.md gives them. */
enum picture_standing {
	PICTURE_COUNTS = 0,
	PICTURE_CORRECTED = 1, /* a later record of its author's is in its place
	                        */
	PICTURE_OLDER = 2,     /* its author has said something newer */
	PICTURE_REFUSED = 3,   /* its author is not the one who may say it */
	PICTURE_DISOWNED = 4,
	PICTURE_ELSEWHERE = 5, /* not about this provider, nor about what is */
	PICTURE_RETRACTED = 6  /* taken back by its author */
};

enum picture_request {
	PICTURE_OPEN = 0,
	PICTURE_ANSWERED = 1,
	PICTURE_DECLINED = 2
};

/* What follows for one record. */
struct picture_entry {
	const struct picture_fact *fact;
	enum picture_standing standing;
	const char *why; /* it does not count because; "" it does */
	size_t target;   /* the entry that it is about; PICTURE_NONE */
	size_t instead;  /* the one that stands in its place; PICTURE_NONE */
	size_t root;     /* what it is about in the end, as that stands now;
	                    itself where it is about no record here */
	bool opposed;    /* a judgement on safety that another contradicts */
	/* Of a request. */
	enum picture_request request;
	int64_t age_ms;
	bool overdue; /* open, and the day it was to be answered by is over */
};

/* The dimension of all that are not of the vocabulary here, together. */
#define PICTURE_OTHER "other"

/* Concerns that share a dimension: weak one by one, plain together. */
struct picture_signal {
	const char *dimension; /* token; "" for those that name none */
	size_t concerns;
	size_t organisations; /* that say so, or bear it out from their own */
	size_t sources;       /* different ones */
};

struct picture_counts {
	size_t concerns;
	size_t assurances;
	size_t good_practice;
	size_t unstated;    /* intelligence of no stance, or one unknown here */
	size_t significant; /* of the concerns */
	size_t corroborations;
	size_t feedback;
	size_t indicators;
	size_t judgements;
	size_t findings;
	size_t open_requests;
	size_t not_counted; /* kept, shown, and not counted above */
};

struct picture {
	const char *provider;
	struct picture_entry *entries; /* in order of record id, each once */
	size_t count;
	size_t *order; /* of entries by the time their authors give, then id */
	struct picture_signal *signals; /* those of most organisations first */
	size_t signal_count;
	struct picture_counts counts;
	bool opposed; /* judgements on safety contradict each other */
	size_t links; /* from record to record that were followed, in all */
};

/* Evaluate the facts about one provider (any order, repeated ones count once).
 * Facts about others may be among them: they only matter where they correct
 * what is about this one. ERR_MEM. Release with picture_clear. */
ERR_MUST_USE enum err picture_evaluate(const char *provider,
    const struct picture_fact *facts, size_t count, int64_t now_ms,
    struct picture *out);
void picture_clear(struct picture *picture);

/* BLAKE2b-256 over everything that does not depend on the time asked about;
 * equal sets of facts, equal hashes. ERR_MEM. */
ERR_MUST_USE enum err picture_hash(
    const struct picture *picture, struct id32 *out);

/* The entry of this record, PICTURE_NONE when it is not among the facts. */
size_t picture_find(const struct picture *picture, const struct id32 *record);
/* Where what is said about an entry belongs: itself, or what stands in its
 * place. */
size_t picture_current(const struct picture *picture, size_t entry);
/* Intelligence of this stance that counts; "" for no stance. */
bool picture_is(const struct picture_entry *entry, const char *stance);
/* Does a concern that counts belong to this signal? */
bool picture_in_signal(
    const struct picture_entry *entry, const struct picture_signal *signal);
/* Can anybody but its author read it? */
bool picture_is_shared(const struct picture_fact *fact);

#endif
