#include "service/erasing_parts.h"

#include "base/log.h"
#include "domain/content.h"
#include "domain/grant.h"
#include "service/drafting.h"
#include "service/release.h"
#include "store/drafts.h"

#include <stdlib.h>
#include <string.h>

/*
 * What waits, and has to do with a record.
 */

static bool is_grant_of(const Qsg__Payload *payload, const struct id32 *id)
{
	struct id32 granted;

	return payload->content_case == QSG__PAYLOAD__CONTENT_GRANT &&
	       grant_original(payload, &granted) && id_equal(&granted, id);
}

static bool refers_to(const Qsg__Payload *payload, const struct id32 *id)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		const ProtobufCBinaryData *record =
		    &payload->references[i]->record;

		if (span_equal(
			span_of(record->data, record->len), span_id(id))) {
			return true;
		}
	}
	return false;
}

struct finding {
	const struct id32 *id;
	struct erasing_result *out;
};

static enum err note(struct finding *finding, int64_t draft, int64_t release,
    const Qsg__Payload *payload)
{
	struct erasing_result *out = finding->out;
	bool goes = is_grant_of(payload, finding->id);
	struct erasing_wait *more = NULL;

	if (!goes && !refers_to(payload, finding->id)) {
		return ERR_OK;
	}
	for (size_t i = 0; i < out->wait_count; i++) {
		if (out->waits[i].draft == draft &&
		    out->waits[i].release == release) {
			out->waits[i].goes = out->waits[i].goes || goes;
			return ERR_OK; /* for another version */
		}
	}
	more = realloc(out->waits, (out->wait_count + 1) * sizeof *more);
	if (!more) {
		return err_set(ERR_MEM, "out of memory");
	}
	out->waits = more;
	more[out->wait_count++] = (struct erasing_wait){
		.draft = draft, .release = release, .goes = goes
	};
	return ERR_OK;
}

static enum err note_draft(
    void *context, int64_t draft, const Qsg__Payload *payload)
{
	return note(context, draft, 0, payload);
}

static enum err note_release(void *context, const Qsg__PendingRelease *pending)
{
	return note(context, 0, (int64_t)pending->number, pending->payload);
}

enum err erasing_find_waiting(
    struct node *node, const struct id32 *id, struct erasing_result *out)
{
	struct finding finding = { .id = id, .out = out };
	enum err err = drafting_each(node, note_draft, &finding);

	return err || !release_waiting(node)
	           ? err
	           : release_list(node, note_release, &finding);
}

/*
 * What goes.
 */

static bool is_readable(struct node *node, const struct id32 *id)
{
	uint32_t rid = views_find(node->views, id);

	return rid && !erasing_is_erased(node, id) &&
	       views_get(node->views, rid)->state == RECORD_READABLE;
}

struct dropping {
	struct node *node;
	const struct id32 *original;
	size_t count;
};

static enum err drop_draft(
    void *context, int64_t draft, const Qsg__Payload *payload)
{
	struct dropping *dropping = context;

	if (!is_grant_of(payload, dropping->original)) {
		return ERR_OK;
	}
	dropping->count++;
	return drafts_drop(dropping->node->db, draft);
}

/* PROTOCOL.md M437: "A grant that is not logged yet, as a draft or while it
 * waits for a person, MUST go in the transaction in which what it carries is
 * erased or can be read no more, and a node MUST NOT log one of a record that
 * is erased there." */
enum err erasing_drop_waiting(struct node *node, const struct id32 *original)
{
	struct dropping drafts = { .node = node, .original = original };
	size_t releases = 0;
	enum err err = ERR_OK;

	if (is_readable(node, original)) {
		return ERR_OK;
	}
	err = drafting_each(node, drop_draft, &drafts);
	if (!err) {
		err = release_drop_grants(node, original, &releases);
	}
	if (drafts.count + releases) {
		log_line(LOG_WARN, "erasure",
		    "%zu grants that were not sent yet are dropped: what they "
		    "carry is erased",
		    drafts.count + releases);
	}
	return err;
}
