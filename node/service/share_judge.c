#include "domain/content.h"
#include "domain/duty.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/share_parts.h"
#include "service/state.h"

#include <string.h>

/*
 * Duties.
 */

static bool commissions(
    const struct providers_about *about, const struct peer *peer)
{
	for (size_t i = 0; i < about->commissioner_count; i++) {
		const Qsg__Commissioner *said = about->commissioners[i].said;

		if (span_equal(span_of(said->organisation.data,
				   said->organisation.len),
			span_id(&peer->card.organisation)) ||
		    strcmp(said->code, peer->card.fields->code) == 0) {
			return true;
		}
	}
	return false;
}

/* As the register, and what is noted beside it, say of the provider. */
static enum err judge_duties(
    struct node *node, const Qsg__Payload *payload, struct share_result *out)
{
	struct providers_about about = { .type = "" };
	const char *code = content_provider(payload);
	enum err err = code[0] ? providers_about(node, code, &about) : ERR_OK;

	for (size_t i = 0; i < out->reader_count && !err; i++) {
		const struct peer *peer = peers_get(node, out->readers[i]);
		const struct duty_provider provider = { .type = about.type,
			.commissioners_known = about.commissioner_count > 0,
			.commissions = peer && commissions(&about, peer) };

		out->about[i].duty = duty_reason(out->about[i].kind, &provider);
	}
	providers_about_clear(&about);
	return err;
}

static const struct org_kind *own_kind(struct node *node)
{
	const struct org_kind *kind = groups_kind_of(node, node_id(node));

	return kind ? kind
	            : org_kind_find(span_text(node_card(node)->fields->kind));
}

static bool cqc_reads(const struct share_result *out)
{
	for (size_t i = 0; i < out->reader_count; i++) {
		const struct org_kind *kind = out->about[i].kind;

		if (kind && strcmp(kind->token, "cqc") == 0) {
			return true;
		}
	}
	return false;
}

/* NQB 4.2: "Where commissioners have significant concerns about the quality of
 * care provided they should inform the CQC."
 *
 * PROTOCOL.md M350: "A commissioner MUST NOT share a significant concern whose
 * readers leave CQC out without a reason, and MUST keep that reason in a record
 * of its own." */
static bool leaves_cqc_out(struct node *node, const Qsg__Payload *payload,
    const struct share_result *out)
{
	const struct org_kind *own = own_kind(node);

	return payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE &&
	       payload->intelligence->significant && out->reader_count && own &&
	       own->category == ORG_COMMISSIONER && !cqc_reads(out);
}

/*
 * Policy.
 */

/* PROTOCOL.md M345: "With several readers, the strictest verdict of all of
 * them MUST count for all." */
static void keep_strictest(
    struct share_result *out, const struct policies_match *match)
{
	if (match->verdict > out->match.verdict ||
	    (match->verdict == out->match.verdict && !out->match.rule)) {
		out->match = *match;
	}
}

static enum err ask_policy(
    struct node *node, const Qsg__Payload *payload, struct share_result *out)
{
	enum err err = ERR_OK;

	out->match = (struct policies_match){ .verdict = POLICY_SHARE };
	out->ruled = false;
	for (size_t i = 0; i < out->reader_count && !err; i++) {
		struct share_reader *about = &out->about[i];
		const struct policies_reader reader = { .org = out->readers[i],
			.group = about->by_group ? &out->group.id : NULL,
			.group_name = about->by_group ? out->group_name : "" };

		err = policies_match(
		    node, &out->policies, payload, &reader, &about->match);
		out->ruled = out->ruled || about->match.rule;
		keep_strictest(out, &about->match);
	}
	return err;
}

static bool given(const char *text)
{
	return text && text[strspn(text, " \t\r\n")];
}

enum err share_judge(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	bool loaded = out->policies.text.size || out->policies.since_ms;
	enum err err = loaded || !out->reader_count
	                   ? ERR_OK
	                   : policies_load(node, &out->policies);

	if (!err) {
		err = judge_duties(node, payload, out);
	}
	if (!err) {
		err = ask_policy(node, payload, out);
	}
	if (err) {
		return err;
	}
	/* Naming readers one by one is an answer; naming a group is none. */
	out->asks_list = !id_is_zero(&out->group.id) &&
	                 out->match.verdict == POLICY_ASK_ME && !request->yes &&
	                 !request->confirmed && !request->approval;
	out->leaves_cqc_out = leaves_cqc_out(node, payload, out);
	out->asks_without_cqc = out->match.verdict != POLICY_NEVER &&
	                        out->leaves_cqc_out &&
	                        !given(request->without_cqc);
	return ERR_OK;
}

/*
 * May it go on?
 */

/* PROTOCOL.md M346: "What the policy never shares with a reader MUST NOT be
 * shared with it, whoever says so." */
static enum err refuse_never(const struct share_result *out)
{
	if (out->match.verdict != POLICY_NEVER) {
		return ERR_OK;
	}
	return err_set(ERR_DENIED, "the policy says never, in line %zu: %.300s",
	    out->match.rule->line, out->match.rule->text);
}

/* PROTOCOL.md M347: "What a group is named for MUST NOT be sealed before its
 * readers have been shown and confirmed, unless a rule says share, and then to
 * no other list of readers than the one that was confirmed." */
static enum err check_list(
    const struct share_request *request, const struct share_result *out)
{
	if (request->confirmed &&
	    strcmp(request->confirmed, out->list.text) != 0) {
		return err_set(ERR_STATE,
		    "the readers are no longer those that were shown: nothing "
		    "was shared; look at them again");
	}
	if (out->asks_list) {
		return err_set(ERR_DENIED,
		    "%s would be read by %zu organisations: confirm them "
		    "with --yes",
		    out->group_name, out->reader_count);
	}
	return ERR_OK;
}

/* PROTOCOL.md M351: "What a rule of four eyes fits MUST wait, sealed at home,
 * until a second person approves it, and whoever asks for it MUST be named." */
static enum err check_asker(
    const struct share_request *request, const struct share_result *out)
{
	if (out->match.verdict != POLICY_FOUR_EYES || request->approval ||
	    given(request->person)) {
		return ERR_OK;
	}
	return err_set(ERR_INPUT,
	    "the policy asks for a second person, in line %zu: say who asks, "
	    "with --person NAME",
	    out->match.rule->line);
}

enum err share_judge_allows(
    const struct share_request *request, const struct share_result *out)
{
	enum err err = refuse_never(out);

	if (err || request->dry_run) {
		return err && request->dry_run ? ERR_OK : err;
	}
	err = check_asker(request, out);
	if (!err && out->asks_without_cqc) {
		err = err_set(ERR_DENIED,
		    "a significant concern that leaves CQC out needs a "
		    "reason: --without-cqc \"REASON\"");
	}
	return err ? err : check_list(request, out);
}
