/* Who is in a summit and why, and what was heard of each. */
#include "view/summit_parts.h"

#include "domain/group.h"
#include "domain/summit_words.h"
#include "service/peers.h"
#include "service/providers.h"
#include "service/state.h"
#include "view/json_out.h"

#include <string.h>

static const char *part_token(enum summit_part part)
{
	switch (part) {
	case SUMMIT_INVITED:
		return "invited";
	case SUMMIT_ALERTED:
		return "alerted";
	case SUMMIT_SUMMONED:
		return "summoned";
	case SUMMIT_TRIGGERED:
		return "triggered";
	case SUMMIT_OUTSIDER:
		break;
	}
	return "outsider";
}

static const char *answer_token(enum summit_answer answer)
{
	switch (answer) {
	case SUMMIT_ATTENDING:
		return "attending";
	case SUMMIT_SENDING:
		return "sending-information";
	case SUMMIT_NOTHING_HELD:
		return "nothing-held";
	case SUMMIT_NO_ANSWER:
		break;
	}
	return "no-answer-yet";
}

/*
 * Was it reached?
 */

struct reach {
	bool told;     /* its trigger or invitation is ours */
	int64_t at_ms; /* when it signed for one, or said something; 0 never */
	bool signed_for;
	char
	    unreadable[LIMIT_TOKEN_BYTES + 1]; /* why it cannot be read there */
};

/* Is this what told it of the summit? The trigger or its invitation, whoever
 * made it: urgent receipts go to all readers. Where neither is ours, what we
 * said in the summit tells it, too. */
static bool tells(const struct summit_view *view, const struct reach *reach,
    const struct summit_side *side, const struct summit_fact *fact)
{
	return fact == view->state->trigger || fact == side->invitation ||
	       (!reach->told && summit_view_ours(view, fact));
}

static enum err ask_receipts(const struct summit_view *view,
    const struct summit_side *side, struct reach *out)
{
	const struct peer *peer = peers_by_id(view->node, &side->organisation);
	enum err err = ERR_OK;
	out->told = side->part == SUMMIT_INVITED
	                ? summit_view_ours(view, side->invitation)
	                : summit_view_ours(view, view->state->trigger);
	for (size_t i = 0; peer != NULL && i < view->look->count; i++) {
		const struct summit_fact *fact = &view->look->facts[i];
		uint32_t rid =
		    views_find(node_views(view->node), &fact->record);
		struct fate fate;
		if (rid == 0 || !tells(view, out, side, fact)) {
			continue;
		}
		err = fates_get(view->fates, rid, peer->org, &fate);
		if (err != ERR_OK) {
			return err;
		}
		if (fate.receipt == 0) {
			continue;
		}
		if (!out->signed_for || fate.receipted_ms < out->at_ms) {
			out->at_ms = fate.receipted_ms;
			memcpy(out->unreadable, fate.unreadable,
			    sizeof(out->unreadable));
		}
		out->signed_for = true;
	}
	return ERR_OK;
}

/* Whoever says something of a summit was reached by it. */
static void hear(const struct summit_view *view, const struct summit_side *side,
    struct reach *out)
{
	for (size_t i = 0; i < view->look->count; i++) {
		const struct summit_fact *fact = &view->look->facts[i];
		int64_t at_ms = fact->payload->created_at_ms;
		if (!id_equal(&fact->author, &side->organisation) ||
		    fact->payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST) {
			continue;
		}
		out->unreadable[0] = '\0';
		if (!out->signed_for || at_ms < out->at_ms) {
			out->at_ms = at_ms;
		}
		out->signed_for = true;
	}
}

/* PROTOCOL.md M678: "Whoever has not responded MUST be shown as not reached
 * where what told it of the summit is this organisation's own and no receipt
 * for it is held; as unable to read it where its receipt says so; as reached
 * and without an answer where it signed for it or said anything of the summit;
 * and otherwise as one of whom no answer is held here; and none of these like
 * another, or like holding nothing." */
static const char *heard(const struct summit_view *view,
    const struct summit_side *side, const struct reach *reach)
{
	if (side->answer != SUMMIT_NO_ANSWER) {
		return answer_token(side->answer);
	}
	if (id_equal(&side->organisation, view->us)) {
		return "no-answer-yet";
	}
	if (reach->unreadable[0] != '\0') {
		return "cannot-read";
	}
	if (reach->signed_for) {
		return "no-answer-yet";
	}
	return reach->told ? "not-reached" : "no-answer-held";
}

/*
 * One of them.
 */

static void add_why(json_t *object, const struct summit_side *side)
{
	const struct vocab_word *word =
	    vocab_find(summit_reasons(), span_text(side->reason));
	json_out_text(object, "part", part_token(side->part));
	json_out_text_or_null(object, "reason", side->reason);
	json_out_text_or_null(
	    object, "why", word != NULL ? word->help : side->reason);
}

static void add_invitation(const struct summit_view *view, json_t *object,
    const struct summit_side *side)
{
	json_t *invitation = json_null();
	if (side->invitation != NULL) {
		const char *text =
		    side->invitation->payload->summit_invitation->text;
		invitation = summit_view_record(view, side->invitation);
		json_out_text_or_null(invitation, "text", text);
	}
	json_out_set(object, "invitation", invitation);
}

static void add_response(const struct summit_view *view, json_t *object,
    const struct summit_side *side)
{
	json_t *response = json_null();
	if (side->response != NULL) {
		const Qsg__Payload *payload = side->response->payload;
		response = summit_view_record(view, side->response);
		json_out_text(
		    response, "answer", payload->summit_response->answer);
		json_out_text_or_null(
		    response, "text", payload->summit_response->text);
		json_out_set(
		    response, "evidence", summit_view_refers(payload, "cites"));
	}
	json_out_set(object, "response", response);
}

static enum err add_side(const struct summit_view *view,
    const struct summit_side *side, json_t *array)
{
	const struct org_kind *kind =
	    side->party == NULL ? NULL : side->party->kind;
	struct reach reach = { .told = false };
	enum err err = ask_receipts(view, side, &reach);
	if (err != ERR_OK) {
		return err;
	}
	hear(view, side, &reach);
	json_t *object = summit_view_org(view, &side->organisation);
	json_out_bool(object, "us", id_equal(&side->organisation, view->us));
	json_out_text_or_null(object, "kind", kind == NULL ? "" : kind->token);
	json_out_text_or_null(
	    object, "kind_label", kind == NULL ? "" : kind->label);
	add_why(object, side);
	add_invitation(view, object, side);
	json_out_bool(object, "circle", side->circle);
	json_out_bool(object, "votes", side->votes);
	json_out_bool(object, "is_provider", side->provider);
	json_out_text(object, "answer", heard(view, side, &reach));
	json_out_time(object, "reached_at", reach.at_ms);
	json_out_text_or_null(object, "unreadable", reach.unreadable);
	add_response(view, object, side);
	json_out_append(array, object);
	return ERR_OK;
}

enum err summit_view_sides(const struct summit_view *view, json_t **out)
{
	enum err err = ERR_OK;
	*out = json_array();
	/* Whoever called it first, those who were called, and those invited. */
	for (int part = SUMMIT_TRIGGERED; part >= SUMMIT_INVITED; part--) {
		for (size_t i = 0; i < view->state->side_count; i++) {
			const struct summit_side *side = &view->state->sides[i];
			if ((int)side->part == part && err == ERR_OK) {
				err = add_side(view, side, *out);
			}
		}
	}
	return err;
}

/*
 * Who should hold the ring.
 */

/* NQB 5: "For example, where it is a NHS trust in question, it may be most
 * appropriate for the NHS TDA to provide this role. Where it is a primary care
 * provider, it may be most appropriate for the NHSCB to step in." Monitor for a
 * foundation trust is ours; nobody has to follow any of it. */
static bool suits(const struct summit_side *side, const char *type)
{
	if (!side->votes) {
		return false;
	}
	if (strcmp(type, "foundation-trust") == 0) {
		return summit_view_is_kind(side, "monitor");
	}
	if (strcmp(type, "nhs-trust") == 0) {
		return summit_view_is_kind(side, "nhs-tda");
	}
	return strcmp(type, "primary-care") == 0 &&
	       group_kind_convenes(span_text(side->party->kind->token));
}

enum err summit_view_suggested(const struct summit_view *view, json_t *ring)
{
	const struct summit_fact *trigger = summit_view_trigger(view);
	struct providers_about about = { .one = NULL };
	json_t *array = json_array();
	enum err err = ERR_OK;
	if (trigger != NULL) {
		err = providers_about(view->node,
		    trigger->payload->summit_trigger->provider, &about);
	}
	for (size_t i = 0;
	     err == ERR_OK && about.type != NULL && i < view->state->side_count;
	     i++) {
		const struct summit_side *side = &view->state->sides[i];
		if (suits(side, about.type)) {
			json_out_append(
			    array, summit_view_org(view, &side->organisation));
		}
	}
	if (trigger != NULL && err == ERR_OK) {
		providers_about_clear(&about);
	}
	json_out_set(ring, "suggested", array);
	return err;
}
