#include "base/log.h"
#include "domain/content.h"
#include "domain/duty.h"
#include "service/providers.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/stated.h"

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
static enum err judge_duties(struct node *node,
    const struct policies_trail *trail, struct share_result *out)
{
	struct providers_about about = { .type = "" };
	const char *code = policies_provider(trail);
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

static bool commissioner(const struct org_kind *kind)
{
	return kind && kind->category == ORG_COMMISSIONER;
}

/* It is not for a roster to lift a duty of ours, nor for two that differ. */
static bool may_commission(struct node *node)
{
	struct stated_kind own = stated_kind_of(node, node_id(node));

	return own.how == STATED_DIFFERENTLY || commissioner(own.kind) ||
	       commissioner(
		   org_kind_find(span_text(node_card(node)->fields->kind)));
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
	return payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE &&
	       payload->intelligence->significant && out->reader_count &&
	       may_commission(node) && !cqc_reads(out);
}

/*
 * Policy.
 */

/* PROTOCOL.md M345: "With several readers, the strictest verdict of all of
 * them MUST count for all." */
static void keep_strictest(
    struct policies_match *kept, const struct policies_match *match)
{
	if (match->verdict > kept->verdict ||
	    (match->verdict == kept->verdict && !kept->rule)) {
		*kept = *match;
	}
}

/* A group through which something reaches a reader; of no id: through none. */
struct way {
	struct id32 group;
	const char *name;
};
#define WAYS 3u

/* The group that the record spoken of was for. */
struct source {
	const struct state_stream *stream; /* NULL: there is no such record */
	const struct group_state *group;   /* NULL: none that is known here */
	bool ours;                         /* we take part in it */
};

static struct source source_of(struct node *node, uint32_t rid)
{
	struct source source = { NULL, NULL, false };

	if (rid) {
		source.stream =
		    state_stream(node, views_get(node->views, rid)->stream);
	}
	if (source.stream && !id_is_zero(&source.stream->group) &&
	    groups_by_id(node, &source.stream->group, &source.group)) {
		source.group = NULL;
	}
	source.ours = source.group && groups_takes_part(node, source.group);
	return source;
}

static const char *name_of(const struct group_state *group)
{
	return group && group->stated && group->stated->charter
	           ? group->stated->charter->name
	           : "";
}

/* PROTOCOL.md M493: "The group that a record was for MUST NOT make a rule allow
 * what the policy would not without it, but for readers in that group, and only
 * where the node has joined or convenes it." */
static bool is_member(const struct source *source, const struct peer *peer)
{
	const struct group_member *member =
	    source->ours ? group_member(source->group, &peer->card.organisation)
			 : NULL;

	return member && group_receives(member);
}

static size_t ways_to(struct node *node, const struct source *source,
    const struct share_result *out, size_t at, struct way ways[static WAYS])
{
	const struct share_reader *about = &out->about[at];
	const struct peer *peer = peers_get(node, out->readers[at]);
	bool follows = source->stream && peer &&
	               !id_is_zero(&source->stream->group) &&
	               state_reads(source->stream, &peer->card.organisation);
	size_t count = 0;

	if (follows) {
		ways[count++] = (struct way){ source->stream->group,
			name_of(source->group) };
	}
	if (about->in_group) {
		ways[count++] = (struct way){ out->group.id, out->group_name };
	}
	if (!(follows ? is_member(source, peer) : about->by_group)) {
		ways[count++] = (struct way){ { { 0 } }, "" };
	}
	return count;
}

static enum err ask_for(struct node *node, const struct share_about *about,
    const struct way *way, int64_t org, const struct policies *policies,
    struct policies_match *kept)
{
	const struct policies_reader reader = { .org = org,
		.group = id_is_zero(&way->group) ? NULL : &way->group,
		.group_name = way->name };
	enum err err = ERR_OK;

	for (size_t i = 0; i < about->count && !err; i++) {
		struct policies_match match;

		err = policies_match(
		    node, policies, &about->trails[i], &reader, &match);
		/* A record that cannot be read may be what a rule is about. */
		if (!err && !about->whole && match.verdict == POLICY_SHARE) {
			match = (struct policies_match){ POLICY_ASK_ME, NULL };
		}
		if (!err) {
			keep_strictest(kept, &match);
		}
	}
	return err;
}

static enum err ask_policy(struct node *node, const struct share_about *about,
    struct share_result *out)
{
	const struct source source = source_of(node, about->rid);
	enum err err = ERR_OK;

	out->match = (struct policies_match){ .verdict = POLICY_SHARE };
	out->ruled = false;
	for (size_t i = 0; i < out->reader_count && !err; i++) {
		struct share_reader *reader = &out->about[i];
		struct way ways[WAYS];
		size_t count = ways_to(node, &source, out, i, ways);

		reader->match =
		    (struct policies_match){ .verdict = POLICY_SHARE };
		for (size_t j = 0; j < count && !err; j++) {
			err = ask_for(node, about, &ways[j], out->readers[i],
			    &out->policies, &reader->match);
		}
		out->ruled = out->ruled || reader->match.rule;
		keep_strictest(&out->match, &reader->match);
	}
	return err;
}

static bool given(const char *text)
{
	return text && text[strspn(text, " \t\r\n")];
}

/* Naming readers one by one is an answer. Naming a group is none, nor is
 * speaking of a record whose readers they are. */
static bool asks_list(
    const struct share_request *request, const struct share_result *out)
{
	return (out->follows || !id_is_zero(&out->group.id)) &&
	       (out->match.verdict == POLICY_ASK_ME ||
		   out->match.verdict == POLICY_FOUR_EYES) &&
	       !request->yes && !request->confirmed && !request->approval;
}

static enum err judge(struct node *node, const Qsg__Payload *payload,
    const struct share_about *about, struct share_result *out)
{
	bool loaded = out->policies.text.size || out->policies.since_ms;
	enum err err = loaded || !out->reader_count
	                   ? ERR_OK
	                   : policies_load(node, &out->policies);

	if (!err) {
		err = judge_duties(node, &about->trails[0], out);
	}
	if (!err) {
		err = ask_policy(node, about, out);
	}
	out->follows = about->speaks && out->reader_count;
	out->leaves_cqc_out = !err && leaves_cqc_out(node, payload, out);
	return err;
}

enum err share_judge(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	struct share_about about = { 0 };
	enum err err = share_about_find(node, request, payload, &about);

	if (!err) {
		err = judge(node, payload, &about, out);
	}
	share_about_clear(&about);
	if (err) {
		return err;
	}
	out->asks_list = asks_list(request, out);
	out->asks_without_cqc = out->match.verdict != POLICY_NEVER &&
	                        out->leaves_cqc_out &&
	                        !given(request->without_cqc);
	return ERR_OK;
}

/*
 * May it go on?
 */

/* PROTOCOL.md M368: "A share that the policy never allows MUST be noted in the
 * node's own log, by the rule's line and the reader, without anything of its
 * content." */
static void note_never(struct node *node, const struct share_result *out)
{
	for (size_t i = 0; i < out->reader_count; i++) {
		const struct policies_match *match = &out->about[i].match;

		if (match->verdict == POLICY_NEVER) {
			log_line(LOG_WARN, "policy",
			    "refused: line %zu says never, for %s",
			    match->rule->line,
			    peers_get(node, out->readers[i])
				->card.fields->name);
		}
	}
}

/* PROTOCOL.md M346: "What the policy never shares with a reader MUST NOT be
 * shared with it, whoever says so." */
static enum err refuse_never(struct node *node,
    const struct share_request *request, const struct share_result *out)
{
	if (out->match.verdict != POLICY_NEVER || request->dry_run) {
		return ERR_OK;
	}
	note_never(node, out);
	return err_set(ERR_DENIED, "the policy says never, in line %zu: %.300s",
	    out->match.rule->line, out->match.rule->text);
}

/* PROTOCOL.md M347: "What a group is named for, and what speaks of a record,
 * MUST NOT be sealed or put before a second person before its readers have been
 * shown and confirmed, unless a rule says share, and then to no other list of
 * readers than the one that was confirmed." */
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
		    "%s would be read by %zu organisation%s: confirm with "
		    "--yes",
		    out->group_name[0] ? out->group_name : "this",
		    out->reader_count, out->reader_count == 1 ? "" : "s");
	}
	return ERR_OK;
}

/* PROTOCOL.md M351: "What a rule of four eyes fits MUST wait, sealed at home,
 * until a second person approves it, and whoever asks for it MUST be named." */
static enum err check_asker(
    const struct share_request *request, const struct share_result *out)
{
	if (out->match.verdict != POLICY_FOUR_EYES || request->approval ||
	    given(request->asked_by)) {
		return ERR_OK;
	}
	return err_set(ERR_INPUT,
	    "the policy asks for a second person, in line %zu: say who asks, "
	    "with --asked-by WHO, which stays in this organisation",
	    out->match.rule->line);
}

enum err share_judge_allows(struct node *node,
    const struct share_request *request, const struct share_result *out)
{
	enum err err = refuse_never(node, request, out);

	if (err || request->dry_run) {
		return err;
	}
	err = check_asker(request, out);
	if (!err && out->asks_without_cqc) {
		err = err_set(ERR_DENIED,
		    "a significant concern that leaves CQC out needs a "
		    "reason: --without-cqc \"REASON\"");
	}
	return err ? err : check_list(request, out);
}
