#include "service/activity_parts.h"

#include "base/log.h"
#include "codec/canon.h"
#include "domain/roles.h"
#include "service/relations.h"
#include "service/state.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

/* Once a record, whoever opened it. */
static enum err told(struct node *node, uint32_t rid, bool *out)
{
	struct relation *relations = NULL;
	size_t count = 0;
	enum err err =
	    relations_of(node, rid, REFERENCE_OPENED, &relations, &count);

	*out = false;
	for (size_t i = 0; i < count && !err; i++) {
		*out = *out || relations[i].author == 1;
	}
	free(relations);
	return err;
}

static enum err tell(
    struct node *node, uint32_t rid, int64_t author, int64_t at_ms)
{
	struct id32 target = views_get(node->views, rid)->id;
	struct id32 record;
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	Qsg__Payload payload;
	Qsg__Opened content;

	qsg__payload__init(&payload);
	qsg__opened__init(&content);
	qsg__reference__init(&reference);
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	reference.relation = canon_lend(reference_token(REFERENCE_OPENED));
	content.first_at_ms = at_ms;
	payload.role = canon_lend("administrator");
	payload.references = references;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_OPENED;
	payload.opened = &content;
	return submit_payload(node, &author, 1, &payload, &record);
}

static enum err tell_of(struct node *node, const struct id32 *id, int64_t at_ms)
{
	uint32_t rid = views_find(node->views, id);
	const struct view_record *view = NULL;
	int64_t author = 1;
	bool before = false;
	enum err err = ERR_OK;

	if (!rid) {
		return ERR_OK;
	}
	view = views_get(node->views, rid);
	/* Who is known by grants alone cannot be told. */
	author = state_author(node, rid);
	if (author <= 1 || views_is_housekeeping((enum view_type)view->type)) {
		return ERR_OK;
	}
	err = told(node, rid, &before);
	if (!err && !before) {
		err = tell(node, rid, author, at_ms);
	}
	return err;
}

/* What cannot be told now, as its author was refused here or too many
 * audiences are new this hour, is told when it is next opened. */
enum err activity_tell(
    struct node *node, Qsg__ActivityEntry *const *entries, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !node->poisoned; i++) {
		const Qsg__ActivityEntry *entry = entries[i];
		const struct roles_rule *rule = roles_rule(entry->operation);

		if (entry->refused || !rule || rule->kind != ROLES_READS) {
			continue;
		}
		for (size_t k = 0; k < entry->n_records; k++) {
			struct id32 id;

			if (entry->records[k].len != sizeof id.b) {
				continue;
			}
			memcpy(id.b, entry->records[k].data, sizeof id.b);
			err = tell_of(node, &id, entry->at_ms);
			if (err) {
				log_line(LOG_INFO, "activity",
				    "an author is not told: %s", err_text());
			}
		}
	}
	return node->poisoned;
}
