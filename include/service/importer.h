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

/* What staging a set for this audience would do, and the earlier record (zero
 * for IMPORTER_NEW). Errors as of importer_set. */
ERR_MUST_USE enum err importer_judge(struct node *node,
    const struct submit_audience *audience, const Qsg__IndicatorSet *set,
    enum importer_outcome *outcome, struct id32 *earlier);

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

/* Stage one set for this audience. The earlier record is looked for among our
 * own for the same audience, set, publisher and period. With dry_run nothing is
 * staged. While the node waits to sign, a set that is not the same becomes a
 * draft (drafting_newest), and *record stays zero. */
ERR_MUST_USE enum err importer_set(struct node *node,
    const struct submit_audience *audience, const Qsg__IndicatorSet *set,
    bool dry_run, enum importer_outcome *outcome, struct id32 *record);

#endif
