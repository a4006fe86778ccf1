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

/* Stage one set for these readers (org numbers; none: for us alone). The
 * earlier record is looked for among our own for the same audience, set,
 * publisher and period. With dry_run nothing is staged. While the node waits to
 * sign, a set that is not the same becomes a draft. */
ERR_MUST_USE enum err importer_set(struct node *node, const int64_t *readers,
    size_t reader_count, const Qsg__IndicatorSet *set, bool dry_run,
    struct importer_result *out);

#endif
