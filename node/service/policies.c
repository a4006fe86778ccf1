#include "service/policies.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/content.h"
#include "domain/plain.h"
#include "service/groups.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

/*
 * Which one is in force.
 */

static bool is_policy_of_ours(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = state_stream(node, view->stream);

	return view->type == VIEW_POLICY &&
	       state_log(node, stream->row.log)->org == 1;
}

/* PROTOCOL.md M344: "Of an organisation's policies the one that it logged last
 * MUST be in force, and no policy of anybody else ever."
 *
 * What was looked at before is not looked at again. */
static uint32_t newest(struct node *node)
{
	uint32_t count = (uint32_t)views_count(node->views);

	for (uint32_t rid = node->policy_seen + 1; rid <= count; rid++) {
		if (is_policy_of_ours(node, rid) &&
		    relations_later(node, rid, node->policy_rid)) {
			node->policy_rid = rid;
		}
	}
	node->policy_seen = count;
	return node->policy_rid;
}

static enum err take_text(void *context, const struct query_item *item)
{
	struct policies *out = context;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_POLICY) {
		return err_set(ERR_CORRUPT, "the policy does not open");
	}
	out->record = item->view->id;
	out->since_ms = item->view->created_ms;
	return buf_append(&out->text, span_text(item->payload->policy->text));
}

enum err policies_load(struct node *node, struct policies *out)
{
	uint32_t rid = newest(node);
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (!rid) {
		return ERR_OK;
	}
	err = query_open(node, rid, take_text, out);
	if (!err) {
		err = policy_parse(buf_span(&out->text), &out->policy);
	}
	if (err) {
		policies_clear(out);
		return err == ERR_MEM
		           ? err
		           : err_set(ERR_CORRUPT,
				 "the policy in force cannot be read: set it "
				 "again with `qsg policy set FILE`");
	}
	return ERR_OK;
}

/* ERR_NOTFOUND: there is nobody of that name. */
static enum err look_up(struct node *node, const struct policy_value *value)
{
	const struct group_state *group = NULL;
	struct peer *peer = NULL;

	if (value->key == POLICY_TO) {
		return peers_resolve(node, value->text, &peer);
	}
	if (value->key == POLICY_GROUP && strcmp(value->text, "any") != 0) {
		return groups_resolve(node, value->text, &group);
	}
	return ERR_OK;
}

static enum err warn_rule(
    struct node *node, const struct policy_rule *rule, struct buf *warnings)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < rule->value_count && !err; i++) {
		const struct policy_value *value = &rule->values[i];

		err = look_up(node, value);
		if (err == ERR_NOTFOUND) {
			err = buf_printf(warnings,
			    "line %zu: no %s '%s' is known here: until one is, "
			    "that name decides nothing\n",
			    rule->line,
			    value->key == POLICY_TO ? "organisation" : "group",
			    value->text);
		} else if (err == ERR_AMBIGUOUS) {
			err = ERR_OK; /* the stricter of both holds: M396 */
		}
	}
	return err;
}

enum err policies_warn(struct node *node, struct policies *policies)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < policies->policy.rule_count && !err; i++) {
		err = warn_rule(node, &policies->policy.rules[i],
		    &policies->policy.warnings);
	}
	return err;
}

void policies_clear(struct policies *policies)
{
	policy_clear(&policies->policy);
	buf_clear(&policies->text);
	memset(policies, 0, sizeof *policies);
}

enum err policies_set(struct node *node, struct span text, struct policies *out)
{
	Qsg__Payload payload;
	Qsg__Policy content;
	enum err err = policy_parse(text, &out->policy);

	if (!err) {
		err = buf_append(&out->text, text);
	}
	if (!err) {
		err = plain_check_text("the policy", buf_text(&out->text));
	}
	if (err) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__policy__init(&content);
	content.text = canon_lend(buf_text(&out->text));
	if (!content.text) {
		return err_set(ERR_MEM, "out of memory");
	}
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_POLICY;
	payload.policy = &content;
	out->since_ms = clock_wall_ms(node->options.clock);
	return submit_payload(node, NULL, 0, &payload, &out->record);
}

/*
 * What it says.
 */

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void describe(const Qsg__Payload *payload, struct policy_subject *out)
{
	*out = (struct policy_subject){ .source = "",
		.marking = payload->handling
		               ? or_empty(payload->handling->marking)
		               : "",
		.kind = "",
		.stance = "",
		.provider = content_provider(payload) };
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE) {
		out->source = payload->intelligence->source;
		out->kind = payload->intelligence->kind;
		out->stance = payload->intelligence->stance;
		out->significant = payload->intelligence->significant;
	} else if (payload->content_case ==
		   QSG__PAYLOAD__CONTENT_CORROBORATION) {
		out->source = payload->corroboration->source;
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		out->kind = "hard"; /* data: measured, counted, published */
	}
}

static void complete(const char **text, const char *with)
{
	*text = (*text)[0] ? *text : with;
}

/* Its rows say of which providers it is, when nothing before it does. */
static const Qsg__IndicatorSet *rows_of(const struct policies_trail *trail)
{
	for (size_t i = 0; i < trail->count; i++) {
		const Qsg__Payload *payload = trail->items[i];

		if (content_provider(payload)[0]) {
			return NULL;
		}
		if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
			return payload->indicators->n_rows ? payload->indicators
			                                   : NULL;
		}
	}
	return NULL;
}

/* PROTOCOL.md M366: "What speaks of a record MUST be judged by what that record
 * says wherever it says nothing itself, and as reaching its readers through the
 * group that the record was for." */
static void describe_all(
    const struct policies_trail *trail, struct policy_subject *out)
{
	const struct content_kind *kind = content_kind(trail->items[0]);

	describe(trail->items[0], out);
	for (size_t i = 1; i < trail->count; i++) {
		struct policy_subject about;

		describe(trail->items[i], &about);
		complete(&out->source, about.source);
		complete(&out->marking, about.marking);
		complete(&out->kind, about.kind);
		complete(&out->stance, about.stance);
		complete(&out->provider, about.provider);
		out->significant = out->significant || about.significant;
	}
	out->type = kind ? kind->token : "";
}

const char *policies_provider(const struct policies_trail *trail)
{
	struct policy_subject subject;

	describe_all(trail, &subject);
	return rows_of(trail) ? "" : subject.provider;
}

static enum err match_one(const struct policies *policies,
    const struct policy_subject *subject, struct policies_match *out)
{
	const struct policy_rule *rule = NULL;
	enum err err = policy_match(&policies->policy, subject, &rule);
	enum policy_verdict verdict = rule ? rule->verdict : POLICY_ASK_ME;

	if (!err && (verdict > out->verdict ||
			(verdict == out->verdict && !out->rule))) {
		out->verdict = verdict;
		out->rule = rule;
	}
	return err;
}

/* Rows come sorted by provider. */
static enum err match_rows(const struct policies *policies,
    const Qsg__IndicatorSet *set, struct policy_subject *subject,
    struct policies_match *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < set->n_rows && !err; i++) {
		if (i &&
		    strcmp(set->rows[i]->provider, subject->provider) == 0) {
			continue;
		}
		subject->provider = set->rows[i]->provider;
		err = match_one(policies, subject, out);
	}
	return err;
}

/* Is this how an id begins, with so many digits that a rule may mean it? */
static bool begins(const char *hex, struct span text)
{
	return text.size >= POLICY_GROUP_DIGITS_LEAST && text.size <= 64 &&
	       memcmp(hex, text.data, text.size) == 0;
}

static const char *group_name(const struct group_state *group)
{
	return group->stated && group->stated->charter
	           ? group->stated->charter->name
	           : "";
}

/* Is the group, or how its id begins, what another goes by? */
static enum err share_group(const struct group_state *other,
    const struct span *folded, struct policy_subject *subject)
{
	struct hex32 own = text_hex_id(subject->group);
	struct hex32 hex = text_hex_id(&other->id);
	struct buf name = { 0 };
	enum err err = utf8_fold(span_text(group_name(other)), &name);
	struct span called = buf_span(&name);

	if (!err) {
		subject->group_name_shared = subject->group_name_shared ||
		                             span_equal(called, *folded) ||
		                             begins(hex.text, *folded);
		subject->group_id_shared =
		    subject->group_id_shared || begins(own.text, called) ||
		    begins(hex.text, span_of(own.text, POLICY_GROUP_DIGITS));
	}
	buf_clear(&name);
	return err == ERR_MEM ? err : ERR_OK;
}

/* Which group a rule names is looked up among all that are known, whoever
 * joined them. */
static enum err find_shared_group(struct node *node,
    const struct policy *policy, struct policy_subject *subject)
{
	struct buf folded = { 0 };
	struct span name = { 0 };
	enum err err = ERR_OK;

	if (!subject->group || !policy_asks(policy, POLICY_GROUP)) {
		return ERR_OK;
	}
	err = utf8_fold(span_text(subject->group_name), &folded);
	name = buf_span(&folded);
	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *other = NULL;

		err = groups_at(node, i, &other);
		if (!err && !id_equal(&other->id, subject->group)) {
			err = share_group(other, &name, subject);
		}
	}
	buf_clear(&folded);
	return err;
}

/* Whom a rule names is looked up among all that are known. */
static enum err find_shared(struct node *node, const struct policy *policy,
    struct policy_subject *subject)
{
	struct peer *other = NULL;
	enum err err = ERR_OK;

	if (!policy_asks(policy, POLICY_TO)) {
		return ERR_OK;
	}
	err =
	    peers_namesake(node, subject->reader, subject->reader_name, &other);
	subject->name_shared = other != NULL;
	if (!err) {
		err = peers_namesake(
		    node, subject->reader, subject->reader_code, &other);
	}
	subject->code_shared = other != NULL;
	return err;
}

enum err policies_match(struct node *node, const struct policies *policies,
    const struct policies_trail *trail, const struct policies_reader *reader,
    struct policies_match *out)
{
	const struct peer *peer = peers_get(node, reader->org);
	const Qsg__IndicatorSet *rows = rows_of(trail);
	struct policy_subject subject;
	enum err err = ERR_OK;

	*out = (struct policies_match){ .verdict = POLICY_SHARE };
	if (!peer) {
		return err_set(ERR_NOTFOUND, "no such reader");
	}
	describe_all(trail, &subject);
	subject.group = reader->group;
	subject.group_name = reader->group_name;
	subject.reader = &peer->card.organisation;
	subject.reader_name = peer->card.fields->name;
	subject.reader_code = peer->card.fields->code;
	err = find_shared(node, &policies->policy, &subject);
	if (!err) {
		err = find_shared_group(node, &policies->policy, &subject);
	}
	if (err) {
		return err;
	}
	return rows && policy_asks(&policies->policy, POLICY_PROVIDER)
	           ? match_rows(policies, rows, &subject, out)
	           : match_one(policies, &subject, out);
}
