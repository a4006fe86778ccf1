/*
 * bundle_check.h - check a bundle with nothing but the bundle.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: one at a time per bundle.
 */
#ifndef QSG_VIEW_BUNDLE_CHECK_H
#define QSG_VIEW_BUNDLE_CHECK_H

#include "keys/card.h"
#include "view/paper.h"

#include <jansson.h>

/* Somebody whose fingerprint the reader has compared. */
struct bundle_trust {
	struct id32 organisation;
	const struct card *card; /* NULL: the fingerprint alone */
};
struct bundle_trusts {
	const struct bundle_trust *items;
	size_t count;
};

/*
 * Check everything and say what was found: consistent (nothing is wrong),
 * verdict, exporter, exported_at, what, opened, seal, organisations, logs,
 * totals, records, evidence, disclosures (the first 65,536: each record and
 * reader, with the receipt that covers it), proven, not_proven, faults (file,
 * what), fault_count. Few witnesses, and no trust, are statements; a fault is
 * what does not hold. Nothing in the bundle is trusted. ERR_MEM.
 */
ERR_MUST_USE enum err bundle_check(
    struct span archive, const struct bundle_trusts *trusts, json_t **report);

/* Is this file evidence, in armour or as its bytes, and no bundle? */
bool bundle_check_is_evidence(struct span file);
/* Check evidence by itself: a report with checked, consistent, verdict,
 * evidence, faults, fault_count. It is wrong, too, when its reader trusts
 * others alone. ERR_MEM. */
ERR_MUST_USE enum err bundle_check_evidence(
    struct span file, const struct bundle_trusts *trusts, json_t **report);

/* Either report for people. */
void bundle_check_render(struct paper *paper, const json_t *report);

#endif
