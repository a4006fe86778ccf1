#include "service/release.h"

#include "codec/canon.h"
#include "domain/content.h"
#include "domain/person.h"
#include "domain/plain.h"
#include "domain/said.h"
#include "service/correcting.h"
#include "service/release_parts.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "store/releases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Asking.
 */

/* What is asked for, with what it borrows from. */
struct asking {
	Qsg__PendingRelease pending;
	Qsg__Payload payload;
	struct fingerprint names[LIMIT_READERS];
	struct hex32 group;
	char *to[LIMIT_READERS + 1];
	struct id32 ids[LIMIT_READERS];
	struct share_result now; /* of a draft: for whom it is now */
	ProtobufCBinaryData readers[LIMIT_READERS];
};

static char *or_empty(const char *text)
{
	return canon_lend(text ? text : "");
}

static enum err fill_readers(
    struct node *node, struct share_result *out, struct asking *asking)
{
	Qsg__PendingRelease *pending = &asking->pending;

	for (size_t i = 0; i < out->reader_count; i++) {
		const struct peer *peer = peers_get(node, out->readers[i]);

		if (!peer || i >= LIMIT_READERS) {
			return err_set(ERR_NOTFOUND, "no such reader");
		}
		asking->ids[i] = peer->card.organisation;
	}
	qsort(
	    asking->ids, out->reader_count, sizeof asking->ids[0], id_compare);
	for (size_t i = 0; i < out->reader_count; i++) {
		asking->readers[i].data = asking->ids[i].b;
		asking->readers[i].len = sizeof asking->ids[i].b;
		if (!out->about[i].by_group) {
			const struct peer *peer =
			    peers_get(node, out->readers[i]);

			asking->names[i] =
			    text_fingerprint(&peer->card.organisation);
			asking->to[pending->n_to++] = asking->names[i].text;
		}
	}
	if (!id_is_zero(&out->group.id)) {
		asking->group = text_hex_id(&out->group.id);
		asking->to[pending->n_to++] = asking->group.text;
		pending->group.data = out->group.id.b;
		pending->group.len = sizeof out->group.id.b;
		pending->group_name = out->group_name;
	}
	pending->to = asking->to;
	pending->readers = asking->readers;
	pending->n_readers = out->reader_count;
	return ERR_OK;
}

static void fill_rest(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out,
    struct asking *asking)
{
	Qsg__PendingRelease *pending = &asking->pending;
	const struct policy_rule *rule = out->match.rule;

	asking->payload = *payload;
	asking->payload.version = 1;
	pending->payload = &asking->payload;
	pending->asked_at_ms = clock_wall_ms(node->options.clock);
	pending->asked_by = or_empty(request->asked_by);
	pending->override_reason = or_empty(request->override_reason);
	pending->without_cqc = or_empty(request->without_cqc);
	pending->source_identity = or_empty(request->source_identity);
	if (rule) {
		pending->rule = canon_lend(rule->text);
		pending->line = (uint32_t)rule->line;
	}
	pending->policy.data = out->policies.record.b;
	pending->policy.len = sizeof out->policies.record.b;
}

enum err release_keep(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	struct asking *asking = calloc(1, sizeof *asking);
	enum err err = asking ? ERR_OK : err_set(ERR_MEM, "out of memory");

	if (!err) {
		qsg__pending_release__init(&asking->pending);
		err = fill_readers(node, out, asking);
	}
	if (!err) {
		fill_rest(node, request, payload, out, asking);
		err = release_put(node, &asking->pending);
		out->release = (int64_t)asking->pending.number;
	}
	free(asking);
	return err;
}

/*
 * Drafts.
 */

/* What was noted beside a draft goes along with it. */
static void take_beside(const Qsg__Payload *beside, Qsg__PendingRelease *out)
{
	const Qsg__Decision *decision = beside->decision;

	if (beside->content_case == QSG__PAYLOAD__CONTENT_OVERRIDE) {
		out->override_reason = beside->override->reason;
	} else if (beside->content_case ==
		   QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY) {
		out->source_identity = beside->source_identity->text;
	} else if (beside->content_case == QSG__PAYLOAD__CONTENT_DECISION) {
		out->asked_by = decision->asked_by;
		out->rule = decision->rule;
		out->line = decision->line;
		out->policy = decision->policy;
		out->without_cqc = decision->without_cqc;
		out->alone = strcmp(decision->verdict,
				 policy_verdict_token(POLICY_FOUR_EYES)) != 0;
	}
}

/* Nobody is an answer, too: then it can only be refused. */
static enum err read_by_now(
    struct node *node, const struct release_draft *held, struct asking *asking)
{
	const struct share_request request = { .to = held->to,
		.to_count = held->to_count };
	struct share_result *now = &asking->now;
	enum err err = held->to_count
	                   ? share_readers_resolve(node, &request, now)
	                   : ERR_OK;

	if (err && err != ERR_MEM) {
		now->reader_count = 0;
		err = ERR_OK;
	}
	return err ? err : fill_readers(node, now, asking);
}

static void fill_held(const struct release_draft *held,
    ProtobufCBinaryData *were, Qsg__PendingRelease *out)
{
	for (size_t i = 0; i < held->were_count; i++) {
		were[i].data = held->were[i].b;
		were[i].len = sizeof held->were[i].b;
	}
	out->draft = (uint64_t)held->draft;
	out->were = were;
	out->n_were = held->were_count;
	out->payload = held->payload;
	out->asked_at_ms = held->payload->created_at_ms;
	out->alone = 1;
	for (size_t i = 0; i < held->beside_count; i++) {
		take_beside(held->beside[i], out);
	}
}

enum err release_hold(
    struct node *node, const struct release_draft *held, int64_t *release)
{
	struct asking *asking = calloc(1, sizeof *asking);
	ProtobufCBinaryData *were = calloc(held->were_count + 1, sizeof *were);
	enum err err =
	    asking && were ? ERR_OK : err_set(ERR_MEM, "out of memory");

	if (!err) {
		qsg__pending_release__init(&asking->pending);
		err = read_by_now(node, held, asking);
	}
	if (!err) {
		fill_held(held, were, &asking->pending);
		err = release_put(node, &asking->pending);
		*release = (int64_t)asking->pending.number;
	}
	if (asking) {
		share_clear(&asking->now);
	}
	free(were);
	free(asking);
	return err;
}

uint64_t release_waiting(const struct node *node)
{
	uint64_t newest = 0;
	uint64_t waiting = 0;

	release_counts(node, &newest, &waiting);
	return waiting;
}

struct listing {
	struct node *node;
	release_each each;
	void *context;
};

static enum err list_one(void *context, int64_t number, struct span sealed)
{
	struct listing *listing = context;
	Qsg__PendingRelease *pending = NULL;
	enum err err = release_unseal(listing->node, number, sealed, &pending);

	if (!err) {
		err = listing->each(listing->context, pending);
	}
	release_close(pending);
	return err;
}

enum err release_list(struct node *node, release_each each, void *context)
{
	struct listing listing = { node, each, context };

	return releases_scan(node->db, list_one, &listing);
}

enum err release_look(
    struct node *node, int64_t number, release_each each, void *context)
{
	Qsg__PendingRelease *pending = NULL;
	enum err err = release_open(node, number, &pending);

	if (!err) {
		err = each(context, pending);
	}
	release_close(pending);
	return err;
}

/*
 * Deciding.
 */

/* PROTOCOL.md M353: "The person who approves or refuses MUST be another than
 * the one who asked, case and spaces aside, and what is approved MUST be judged
 * anew by the policy, the guard and the readers of that moment, and shared with
 * no other readers than those it was asked for." */
static enum err check_second(
    const Qsg__PendingRelease *pending, const char *person)
{
	bool same = false;
	enum err err = ERR_OK;

	if (!person_name_valid(span_text(person))) {
		return err_set(ERR_INPUT,
		    "--person is one line without invisible characters");
	}
	if (!pending->alone) {
		err = person_same(
		    span_text(pending->asked_by), span_text(person), &same);
	}
	if (!err && same) {
		err = err_set(ERR_DENIED,
		    "%.80s asked for it: another person has to decide",
		    pending->asked_by);
	}
	return err;
}

static const char *name_of(struct node *node, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);

	return peer ? peer->card.fields->name : "an organisation not known";
}

static bool was_asked_for(
    const Qsg__PendingRelease *pending, const struct id32 *id)
{
	for (size_t i = 0; i < pending->n_readers; i++) {
		if (span_equal(span_id(id), span_of(pending->readers[i].data,
						pending->readers[i].len))) {
			return true;
		}
	}
	return false;
}

static bool reads_now(
    struct node *node, const struct share_result *now, const struct id32 *id)
{
	for (size_t i = 0; i < now->reader_count; i++) {
		if (id_equal(
			&peers_get(node, now->readers[i])->card.organisation,
			id)) {
			return true;
		}
	}
	return false;
}

/* Who left, and who came. */
static enum err compare_readers(struct node *node,
    const Qsg__PendingRelease *pending, const struct share_result *now)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < pending->n_readers && !err; i++) {
		struct id32 id = { { 0 } };

		if (pending->readers[i].len != sizeof id.b) {
			return err_set(ERR_CORRUPT, "a reader is no id");
		}
		memcpy(id.b, pending->readers[i].data, sizeof id.b);
		if (!reads_now(node, now, &id)) {
			err = buf_printf(
			    &list, "; %s is gone", name_of(node, &id));
		}
	}
	for (size_t i = 0; i < now->reader_count && !err; i++) {
		const struct id32 *id =
		    &peers_get(node, now->readers[i])->card.organisation;

		if (!was_asked_for(pending, id)) {
			err =
			    buf_printf(&list, "; %s is new", name_of(node, id));
		}
	}
	if (!err && list.size) {
		err = err_set(ERR_STATE,
		    "the readers are not those it was asked for%.300s: refuse "
		    "it, and ask again",
		    buf_text(&list));
	}
	buf_clear(&list);
	return err;
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static struct share_request request_of(
    const Qsg__PendingRelease *pending, const struct share_approval *approval)
{
	const Qsg__Payload *payload = pending->payload;

	return (struct share_request){ .to = (const char *const *)pending->to,
		.to_count = pending->n_to,
		.role = or_null(payload->role),
		.person = or_null(payload->person),
		.asked_by = or_null(approval->asked_by),
		.intelligence =
		    payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE
			? payload->intelligence
			: NULL,
		.handling = payload->handling,
		.references = payload->references,
		.reference_count = payload->n_references,
		.override_reason = or_null(pending->override_reason),
		.without_cqc = or_null(pending->without_cqc),
		.source_identity = or_null(pending->source_identity),
		.approval = approval };
}

/* As it would have been without the wait. */
static enum err share_now(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out)
{
	struct importer_result imported = { 0 };

	if (payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
	    payload->content_case == QSG__PAYLOAD__CONTENT_RETRACTION) {
		return correcting_again(node, request, payload, out);
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		return share_set(
		    node, request, payload->indicators, &imported, out);
	}
	return said_is(payload) ? saying_again(node, request, payload, out)
	                        : share_payload(node, request, payload, out);
}

static enum err approve(struct node *node, const Qsg__PendingRelease *pending,
    const char *person, struct share_result *out)
{
	const struct share_approval approval = {
		.asked_by = pending->alone && !pending->asked_by[0]
		                ? person
		                : pending->asked_by,
		.asked_ms = pending->asked_at_ms,
		.approved_by = person,
		.alone = pending->alone,
	};
	struct share_request request = request_of(pending, &approval);
	enum err err = ERR_OK;

	if (!pending->n_to) {
		return err_set(ERR_STATE,
		    "nobody whom it was for may read it any more: refuse it");
	}
	err = share_readers_resolve(node, &request, out);

	if (!err) {
		err = compare_readers(node, pending, out);
	}
	share_clear(out);
	if (!err) {
		err = share_now(node, &request, pending->payload, out);
	}
	return err;
}

enum err release_approve(struct node *node, int64_t number, const char *person,
    struct share_result *out)
{
	Qsg__PendingRelease *pending = NULL;
	enum err err = release_open(node, number, &pending);

	memset(out, 0, sizeof *out);
	if (!err) {
		err = check_second(pending, person);
	}
	if (!err) {
		err = approve(node, pending, person, out);
	}
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		/* It must not be shared and wait at once. */
		err = state_poison(node, release_take_out(node, number));
	}
	release_close(pending);
	return err;
}

static enum err note_refusal(struct node *node,
    const Qsg__PendingRelease *pending, const char *person, const char *reason,
    struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Decision decision;

	qsg__payload__init(&payload);
	qsg__decision__init(&decision);
	decision.verdict = canon_lend(policy_verdict_token(
	    pending->alone ? POLICY_ASK_ME : POLICY_FOUR_EYES));
	decision.rule = pending->rule;
	decision.line = pending->line;
	decision.policy = pending->policy;
	decision.asked_by = pending->asked_by;
	decision.asked_at_ms = pending->asked_at_ms;
	decision.refused_by = canon_lend(person);
	decision.reason = canon_lend(reason);
	decision.group = pending->group;
	decision.readers = pending->readers;
	decision.n_readers = pending->n_readers;
	decision.provider = canon_lend(content_provider(pending->payload));
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_DECISION;
	payload.decision = &decision;
	return submit_payload(node, NULL, 0, &payload, record);
}

enum err release_refuse(struct node *node, int64_t number, const char *person,
    const char *reason, struct id32 *record)
{
	Qsg__PendingRelease *pending = NULL;
	enum err err = release_open(node, number, &pending);

	if (!err) {
		err = check_second(pending, person);
	}
	if (!err) {
		err = plain_check_reason("--reason", reason);
	}
	if (!err) {
		err = note_refusal(node, pending, person, reason, record);
	}
	if (!err) {
		err = state_poison(node, release_take_out(node, number));
	}
	release_close(pending);
	return err;
}
