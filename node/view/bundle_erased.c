#include "view/bundle_parts.h"

#include "domain/erasure.h"

#include <stdlib.h>

/* An opened erasure: whose it is, and of what. */
struct bundle_erasure {
	struct id32 target;
	struct id32 author;
};

enum err bundle_parts_note_erasure(struct bundle_checking *checking,
    const struct bundle_entry *entry, const Qsg__Payload *payload)
{
	struct bundle_erasure *grown = realloc(
	    checking->erasures, (checking->erasure_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	checking->erasures = grown;
	if (erasure_target(payload, &grown[checking->erasure_count].target)) {
		grown[checking->erasure_count++].author = entry->header.author;
	}
	return ERR_OK;
}

static int by_target(const void *a, const void *b)
{
	const struct bundle_erasure *x = a;
	const struct bundle_erasure *y = b;
	int order = id_compare(&x->target, &y->target);
	return order != 0 ? order : id_compare(&x->author, &y->author);
}

static bool says_so(const struct bundle_checking *checking,
    const struct id32 *record, const struct id32 *author)
{
	const struct bundle_erasure key = { *record, *author };
	return checking->erasure_count > 0 &&
	       bsearch(&key, checking->erasures, checking->erasure_count,
		   sizeof(key), by_target) != NULL;
}

/* PROTOCOL.md M457: "A checker of a bundle MUST tell records without their
 * bytes that an erasure in the bundle, by their author or the exporter, says
 * are erased from those of which nothing says so." */
void bundle_parts_erased(struct bundle_checking *checking)
{
	const struct bundle_org *exporter = NULL;
	for (size_t i = 0; i < checking->org_count; i++) {
		exporter =
		    checking->orgs[i].exporter ? &checking->orgs[i] : exporter;
	}
	if (checking->erasure_count > 0) {
		qsort(checking->erasures, checking->erasure_count,
		    sizeof(*checking->erasures), by_target);
	}
	for (size_t i = 0; i < checking->entry_count; i++) {
		const struct bundle_entry *entry = &checking->entries[i];
		checking->erased +=
		    entry->bodyless &&
		    (says_so(checking, &entry->id, &entry->header.author) ||
			(exporter != NULL &&
			    says_so(checking, &entry->id,
				&exporter->card.organisation)));
	}
}
