#include "codec/canon.h"
#include "service/drafting.h"
#include "service/release.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/* A record for us alone about the one that is shared. */
struct aside {
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *references[1];
};

static void begin_aside(struct aside *aside,
    const struct share_request *request, const char *relation,
    struct share_result *out)
{
	qsg__payload__init(&aside->payload);
	qsg__reference__init(&aside->reference);
	aside->reference.relation = canon_lend(relation);
	aside->reference.record.data = out->record.b;
	aside->reference.record.len = sizeof out->record.b;
	aside->references[0] = &aside->reference;
	aside->payload.references = aside->references;
	aside->payload.n_references = 1;
	aside->payload.role =
	    canon_lend(request->role ? request->role : "administrator");
}

static enum err stage_aside(struct node *node, const struct aside *aside,
    const struct share_result *out, struct id32 *record)
{
	return out->draft
	           ? drafting_attach(node, out->draft, &aside->payload)
	           : submit_payload(node, NULL, 0, &aside->payload, record);
}

/* Why the guard was overridden stays here, as a record of our own. */
static enum err note_override(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	const struct vetting_recorder recorder = { .role = request->role,
		.override_reason = request->override_reason };

	return out->findings.count
	           ? vetting_log_override(node, &recorder, &out->findings,
			 &out->record, out->draft, &out->override_record)
	           : ERR_OK;
}

static char *or_empty(const char *text)
{
	return canon_lend(text ? text : "");
}

static void fill_decision(const struct share_request *request,
    struct share_result *out, Qsg__Decision *decision)
{
	const struct policy_rule *rule = out->match.rule;

	qsg__decision__init(decision);
	decision->verdict =
	    canon_lend(policy_verdict_token(out->match.verdict));
	if (rule) {
		decision->rule = canon_lend(rule->text);
		decision->line = (uint32_t)rule->line;
	}
	if (out->ruled) {
		decision->policy.data = out->policies.record.b;
		decision->policy.len = sizeof out->policies.record.b;
	}
	decision->asked_by = or_empty(request->asked_by);
	if (out->leaves_cqc_out) {
		decision->without_cqc = or_empty(request->without_cqc);
	}
	if (request->approval) {
		decision->asked_by = or_empty(request->approval->asked_by);
		decision->asked_at_ms = request->approval->asked_ms;
		decision->approved_by =
		    or_empty(request->approval->approved_by);
	}
	if (!id_is_zero(&out->group.id)) {
		decision->group.data = out->group.id.b;
		decision->group.len = sizeof out->group.id.b;
		decision->roster_epoch = out->group.epoch;
	}
}

/* PROTOCOL.md M348: "Where a rule fitted, a group was named or a reason was
 * asked for, the verdict, the rule and its line, the policy, who asked and who
 * approved MUST be kept in a record for the author alone, in one transaction
 * with the record that they decide." */
static enum err note_decision(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	struct aside aside;
	Qsg__Decision decision;

	if (!out->ruled && id_is_zero(&out->group.id) && !request->approval &&
	    !out->leaves_cqc_out) {
		return ERR_OK;
	}
	begin_aside(&aside, request, "decides", out);
	fill_decision(request, out, &decision);
	aside.payload.content_case = QSG__PAYLOAD__CONTENT_DECISION;
	aside.payload.decision = &decision;
	return stage_aside(node, &aside, out, &out->decision_record);
}

/* PROTOCOL.md M354: "Who a source was MUST NOT stand in what is shared, but in
 * a record for the author alone that refers to it." */
static enum err note_source(struct node *node,
    const struct share_request *request, struct share_result *out)
{
	struct aside aside;
	Qsg__SourceIdentity identity;

	if (!request->source_identity) {
		return ERR_OK;
	}
	begin_aside(&aside, request, "source-of", out);
	qsg__source_identity__init(&identity);
	identity.text = canon_lend(request->source_identity);
	aside.payload.content_case = QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY;
	aside.payload.source_identity = &identity;
	return stage_aside(node, &aside, out, &out->source_record);
}

enum err share_keep(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	const struct submit_audience audience = { .readers = out->readers,
		.count = out->reader_count,
		.group = out->group };
	enum err err = ERR_OK;

	if (out->match.verdict == POLICY_FOUR_EYES &&
	    (!request->approval || request->approval->alone)) {
		return release_keep(node, request, payload, out);
	}
	err = drafting_submit_to(
	    node, &audience, payload, &out->record, &out->draft);
	if (err) {
		return err;
	}
	err = note_override(node, request, out);
	if (!err) {
		err = note_decision(node, request, out);
	}
	if (!err) {
		err = note_source(node, request, out);
	}
	/* Without its notes the record must not stand. */
	return state_poison(node, err);
}
