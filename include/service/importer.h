/*
 * importer.h - indicator files become one record a publisher and period.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_IMPORTER_H
#define QSG_SERVICE_IMPORTER_H

#include "service/submit.h"

enum importer_outcome {
	IMPORTER_NEW,  /* a new indicator record */
	IMPORTER_SAME, /* this audience has these very values: nothing added */
	IMPORTER_CORRECTION /* values changed: a correction of the earlier
	                       record */
};

struct importer_result {
	enum importer_outcome outcome;
	struct id32 record; /* zero: none, or a draft (drafting_newest) */
	/* Of a correction: rows of the earlier record that are not in this one,
	 * by provider and category. Many mean that the file is a part. */
	size_t rows_gone;
};

/* What staging a set for this audience would do. The earlier record is looked
 * for among our own for the same readers, set, publisher and period;
 * out->record is that one, zero for IMPORTER_NEW. Stages nothing. */
ERR_MUST_USE enum err importer_judge(struct node *node,
    const struct submit_audience *audience, const Qsg__IndicatorSet *set,
    struct importer_result *out);

/* The payload of a set, as a correction of the earlier record unless that is
 * zero. Borrows the set; not to be moved. */
struct importer_payload {
	Qsg__Payload payload;
	Qsg__IndicatorSet set;
	Qsg__Reference reference;
	Qsg__Reference *references[1];
	struct id32 earlier;
};
void importer_payload(struct importer_payload *out,
    const Qsg__IndicatorSet *set, const struct id32 *earlier);

/* Stage one set for this audience. With dry_run nothing is staged. While the
 * node waits to sign, a set that is not the same becomes a draft. */
ERR_MUST_USE enum err importer_set(struct node *node,
    const struct submit_audience *audience, const Qsg__IndicatorSet *set,
    bool dry_run, struct importer_result *out);

#endif
