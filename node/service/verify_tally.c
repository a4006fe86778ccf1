#include "service/verifying.h"
#include "store/tally.h"

#include <stdio.h>

/* Nothing tells which row it is, but of evidence: that is numbered from 1, and
 * none ever goes. */
static void differs(void *context, const struct tally_difference *difference)
{
	struct verifying *verifying = context;
	uint64_t rows = difference->rows;
	uint64_t kept = difference->kept;
	char key[24] = "";
	char what[96];

	if (rows == kept) {
		(void)snprintf(
		    what, sizeof what, "a row is not as this node wrote it");
	} else if (rows + 1 == kept) {
		(void)snprintf(what, sizeof what, "a row is missing");
	} else if (rows < kept) {
		(void)snprintf(what, sizeof what, "%llu of %llu rows missing",
		    (unsigned long long)(kept - rows),
		    (unsigned long long)kept);
	} else {
		(void)snprintf(what, sizeof what,
		    "%llu rows, of which this node wrote %llu",
		    (unsigned long long)rows, (unsigned long long)kept);
	}
	if (difference->table == TALLY_EVIDENCE && rows < kept) {
		(void)snprintf(
		    key, sizeof key, "%llu", (unsigned long long)kept);
	}
	verify_fault(verifying, tally_name(difference->table), key, what);
}

enum err verify_tally(struct verifying *verifying)
{
	enum err err = tally_check(verifying->node->db, differs, verifying);

	if (err != ERR_CORRUPT) {
		return err;
	}
	verify_fault(verifying, "tally", "1", err_text());
	return ERR_OK;
}
