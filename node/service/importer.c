#include "service/importer.h"

#include "codec/canon.h"
#include "domain/indicator.h"
#include "service/drafting.h"
#include "service/payload.h"
#include "service/query.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* The audience asked for, as sorted ids. */
static enum err audience_ids(struct node *node,
    const struct submit_audience *audience, struct id32 **out)
{
	struct id32 *ids = calloc(audience->count + 1, sizeof *ids);

	if (!ids) {
		return err_set(ERR_MEM, "out of memory");
	}
	ids[0] = *node_id(node);
	for (size_t i = 0; i < audience->count; i++) {
		const struct peer *peer = peers_get(node, audience->readers[i]);

		if (!peer) {
			free(ids);
			return err_set(ERR_NOTFOUND, "no such reader");
		}
		ids[i + 1] = peer->card.organisation;
	}
	qsort(ids, audience->count + 1, sizeof *ids, id_compare);
	*out = ids;
	return ERR_OK;
}

struct search {
	struct node *node;
	const Qsg__IndicatorSet *set;
	const struct id32 *audience;
	size_t audience_count;
	uint32_t found; /* newest own record of this set, publisher, period */
	bool equal;
	size_t rows_gone; /* of the earlier one, not in this */
};

static bool has_row(
    const Qsg__IndicatorSet *set, const Qsg__IndicatorRow *wanted)
{
	for (size_t i = 0; i < set->n_rows; i++) {
		if (strcmp(set->rows[i]->provider, wanted->provider) == 0 &&
		    strcmp(set->rows[i]->category, wanted->category) == 0) {
			return true;
		}
	}
	return false;
}

static size_t rows_gone(
    const Qsg__IndicatorSet *earlier, const Qsg__IndicatorSet *set)
{
	size_t gone = 0;

	for (size_t i = 0; i < earlier->n_rows; i++) {
		gone += has_row(set, earlier->rows[i]) ? 0u : 1u;
	}
	return gone;
}

static enum err compare(void *context, const struct query_item *item)
{
	struct search *search = context;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_INDICATORS ||
	    strcmp(item->payload->indicators->publisher,
		search->set->publisher) != 0) {
		return ERR_OK;
	}
	search->found = item->rid;
	search->rows_gone = rows_gone(item->payload->indicators, search->set);
	return indicator_equal(
	    item->payload->indicators, search->set, &search->equal);
}

/* Newest first; a record is opened only when its view fits. */
static enum err find_earlier(struct search *search)
{
	struct node *node = search->node;
	uint32_t set = views_known(node->views, search->set->set);
	uint32_t period = views_known(node->views, search->set->period);
	enum err err = ERR_OK;

	for (size_t rid = views_count(node->views);
	     set && period && rid >= 1 && !search->found && !err; rid--) {
		const struct view_record *view =
		    views_get(node->views, (uint32_t)rid);
		const struct state_stream *stream =
		    state_stream(node, view->stream);

		if (view->set == set && view->period == period &&
		    state_log(node, stream->row.log)->org == 1 &&
		    stream->readers &&
		    stream->reader_count == search->audience_count &&
		    memcmp(stream->readers, search->audience,
			search->audience_count * sizeof *search->audience) ==
			0) {
			err = query_open(node, (uint32_t)rid, compare, search);
		}
	}
	return err;
}

enum err importer_judge(struct node *node,
    const struct submit_audience *audience, const Qsg__IndicatorSet *set,
    struct importer_result *out)
{
	struct search search = {
		.node = node, .set = set, .audience_count = audience->count + 1
	};
	struct id32 *ids = NULL;
	enum err err = indicator_check(set);

	if (!err) {
		err = audience_ids(node, audience, &ids);
	}
	if (!err) {
		search.audience = ids;
		err = find_earlier(&search);
	}
	free(ids);
	if (err) {
		return err;
	}
	*out = (struct importer_result){ .outcome = IMPORTER_NEW };
	if (search.found) {
		out->outcome =
		    search.equal ? IMPORTER_SAME : IMPORTER_CORRECTION;
		out->record = views_get(node->views, search.found)->id;
		out->rows_gone = search.equal ? 0 : search.rows_gone;
	}
	return ERR_OK;
}

void importer_payload(struct importer_payload *out,
    const Qsg__IndicatorSet *set, const struct id32 *earlier)
{
	qsg__payload__init(&out->payload);
	qsg__reference__init(&out->reference);
	out->set = *set;
	out->earlier = *earlier;
	out->payload.role = canon_lend("administrator");
	out->payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	out->payload.indicators = &out->set;
	if (id_is_zero(earlier)) {
		return;
	}
	out->reference.relation = canon_lend("corrects");
	out->reference.record.data = out->earlier.b;
	out->reference.record.len = sizeof out->earlier.b;
	out->references[0] = &out->reference;
	out->payload.references = out->references;
	out->payload.n_references = 1;
}

enum err importer_set(struct node *node, const struct submit_audience *audience,
    const Qsg__IndicatorSet *set, bool dry_run, struct importer_result *out)
{
	struct importer_payload whole;
	int64_t draft = 0;
	enum err err = importer_judge(node, audience, set, out);

	if (err || out->outcome == IMPORTER_SAME) {
		return err;
	}
	importer_payload(&whole, set, &out->record);
	memset(&out->record, 0, sizeof out->record);
	return dry_run ? ERR_OK
	               : drafting_submit_to(node, audience, &whole.payload,
			     &out->record, &draft);
}
