#define _POSIX_C_SOURCE 200809L

#include "service/erasing.h"

#include "codec/canon.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "service/disown.h"
#include "service/erasing_parts.h"
#include "service/query.h"
#include "service/relations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct looking {
	struct node *node;
	struct erasing_found *found;
	bool any; /* carriers */
};

static enum err judge(void *context, const struct erasing_carrier *carrier)
{
	struct looking *looking = context;

	looking->any = true;
	looking->found->counts =
	    looking->found->counts ||
	    erasing_reaches(looking->node, looking->found->rid, carrier) !=
		ERASING_NOT;
	return ERR_OK;
}

static enum err take_answer(void *context, const struct query_item *item)
{
	struct erasing_reader *reader = context;
	const Qsg__ErasureAnswer *said = NULL;

	if (!item->payload) {
		return ERR_OK;
	}
	said = item->payload->erasure_answer;
	reader->answered = strcmp(said->verdict, ERASURE_DONE) == 0
	                       ? ERASING_DONE
	                       : ERASING_KEPT;
	reader->answered_ms = item->view->created_ms;
	(void)snprintf(
	    reader->until, sizeof reader->until, "%.10s", said->until);
	(void)snprintf(
	    reader->reason, sizeof reader->reason, "%s", said->reason);
	reader->answer = item->rid;
	return ERR_OK;
}

/* What it answered to any of several that say the same. */
static enum err find_answers(
    struct node *node, const struct id32 *id, struct erasing_found *found)
{
	const struct state_stream *stream =
	    state_stream(node, views_get(node->views, found->rid)->stream);
	const struct id32 *author = erasing_author(node, found->rid);
	enum err err = ERR_OK;

	found->readers =
	    calloc(stream->reader_count + 1, sizeof *found->readers);
	if (!found->readers) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < stream->reader_count && !err; i++) {
		struct erasing_reader *next =
		    &found->readers[found->reader_count];

		if (id_equal(&stream->readers[i], author)) {
			continue;
		}
		next->organisation = stream->readers[i];
		found->reader_count++;
		next->answer =
		    erasing_last_answer(node, id, author, &next->organisation);
		if (next->answer) {
			/* As it stays for one whom it is not shown. */
			next->answered = ERASING_ELSEWHERE;
			err = query_open(node, next->answer, take_answer, next);
		} else if (found->author != 1 &&
			   !id_equal(&next->organisation, node_id(node))) {
			/* Answers are sealed to whoever asked. */
			next->answered = ERASING_ELSEWHERE;
		}
	}
	return err;
}

static enum err take_erasure(void *context, const struct query_item *item)
{
	struct erasing_found *found = context;

	if (!item->payload) {
		return ERR_OK;
	}
	found->created_ms = item->view->created_ms;
	found->passed_on = content_refers(
	    item->payload, reference_token(REFERENCE_PASSES_ON), NULL);
	found->reason = strdup(item->payload->erasure->reason);
	return found->reason ? ERR_OK : err_set(ERR_MEM, "out of memory");
}

static enum err look_at(struct node *node, const struct id32 *id,
    const struct tombstone *tombstone, struct erasing_found *found)
{
	struct looking looking = { .node = node, .found = found };
	enum err err = query_open(node, found->rid, take_erasure, found);

	if (!err) {
		err = erasing_carriers(node, id, judge, &looking);
	}
	/* What carried it may say no more whose it was. */
	found->counts = found->counts ||
	                (tombstone->erasure &&
			    erasing_org(node, (uint32_t)tombstone->erasure) ==
				found->author);
	if (erasing_disowned(node, found->rid)) {
		found->counts = false;
		found->why_not =
		    tombstone->erasure == (int64_t)found->rid
			? "its author has disowned it since; what was deleted "
			  "here before stays deleted"
			: "its author has disowned it";
		return err ? err : find_answers(node, id, found);
	}
	found->why_not = found->counts ? ""
	                 : looking.any
	                     ? "by another organisation than the record's "
	                       "author"
	                     : "what it erases is not held here";
	return err ? err : find_answers(node, id, found);
}

/* Of one author, which of two is listed. */
static bool is_newer(struct node *node, uint32_t rid, uint32_t than)
{
	bool disowned = disown_record(node, rid);

	return disowned == disown_record(node, than)
	           ? relations_later(node, rid, than)
	           : !disowned;
}

/* Of another organisation that asks for it often one is enough. */
static enum err note(
    struct node *node, uint32_t rid, struct erasing_account *out)
{
	int64_t author = erasing_org(node, rid);
	struct erasing_found *more = NULL;

	for (size_t i = 0; author != 1 && i < out->erasure_count; i++) {
		struct erasing_found *found = &out->erasures[i];

		if (found->author == author) {
			found->rid =
			    is_newer(node, rid, found->rid) ? rid : found->rid;
			found->repeats++;
			return ERR_OK;
		}
	}
	more = realloc(out->erasures, (out->erasure_count + 1) * sizeof *more);
	if (!more) {
		return err_set(ERR_MEM, "out of memory");
	}
	out->erasures = more;
	more[out->erasure_count++] = (struct erasing_found){
		.rid = rid, .author = author, .why_not = ""
	};
	return ERR_OK;
}

static enum err find_erasures(
    struct node *node, const struct id32 *id, struct erasing_account *out)
{
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (rid = views_next_link(
			    node->views, id, REFERENCE_ERASES, &place)) != 0) {
		if (views_get(node->views, rid)->type == VIEW_ERASURE) {
			err = note(node, rid, out);
		}
	}
	for (size_t i = 0; i < out->erasure_count && !err; i++) {
		err = look_at(node, id, &out->tombstone, &out->erasures[i]);
	}
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct erasing_found *x = a;
	const struct erasing_found *y = b;

	if (x->created_ms != y->created_ms) {
		return x->created_ms < y->created_ms ? -1 : 1;
	}
	return (x->rid > y->rid) - (x->rid < y->rid);
}

enum err erasing_look(
    struct node *node, const struct id32 *id, struct erasing_account *out)
{
	enum err err = ERR_OK;

	*out = (struct erasing_account){ 0 };
	err = tombstones_get(node->db, id, &out->tombstone);
	err = err == ERR_NOTFOUND ? ERR_OK : err;
	if (!err) {
		err = erasing_is_held(node, id, &out->held);
	}
	if (!err && out->held) {
		err = erasing_get_hold(node, id, &out->hold);
	}
	if (!err) {
		err = find_erasures(node, id, out);
	}
	if (out->erasure_count) {
		qsort(out->erasures, out->erasure_count, sizeof *out->erasures,
		    by_time);
	}
	if (err) {
		erasing_account_clear(out);
	}
	return err;
}

void erasing_account_clear(struct erasing_account *account)
{
	for (size_t i = 0; i < account->erasure_count; i++) {
		free(account->erasures[i].reason);
		free(account->erasures[i].readers);
	}
	free(account->erasures);
	*account = (struct erasing_account){ 0 };
}
