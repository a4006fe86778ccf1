#include "service/erasing_parts.h"

#include "base/log.h"
#include "service/drafting.h"
#include "service/release.h"

static bool is_readable(struct node *node, const struct id32 *id)
{
	uint32_t rid = views_find(node->views, id);

	return rid && !erasing_is_erased(node, id) &&
	       views_get(node->views, rid)->state == RECORD_READABLE;
}

/* PROTOCOL.md M437: "A grant that is not logged yet, as a draft or while it
 * waits for a person, MUST go in the transaction in which what it carries is
 * erased or can be read no more, and a node MUST NOT log one of a record that
 * is erased there." */
enum err erasing_drop_waiting(struct node *node, const struct id32 *original)
{
	size_t drafts = 0;
	size_t releases = 0;
	enum err err = ERR_OK;

	if (is_readable(node, original)) {
		return ERR_OK;
	}
	err = drafting_drop_grants(node, original, &drafts);
	if (!err) {
		err = release_drop_grants(node, original, &releases);
	}
	if (drafts + releases) {
		log_line(LOG_WARN, "erasure",
		    "%zu grants that were not sent yet are dropped: what they "
		    "carry is erased",
		    drafts + releases);
	}
	return err;
}
