#include "codec/canon.h"
#include "domain/content.h"
#include "domain/grant.h"
#include "domain/reference.h"
#include "domain/said.h"
#include "service/erasing.h"
#include "service/query.h"
#include "service/share_parts.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

static bool is_about(const Qsg__Payload *payload, const Qsg__Reference *each)
{
	enum reference about = said_about(payload->content_case);

	return about != REFERENCE_UNKNOWN &&
	       reference_named(each->relation) == about;
}

/* Does it speak of a record, so that its readers follow from that? */
static bool speaks(const Qsg__Payload *payload)
{
	return said_about(payload->content_case) != REFERENCE_UNKNOWN ||
	       payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP;
}

/* The record it speaks of; 0: it speaks of none, or that is not held here. */
static uint32_t spoken_of(struct node *node, const Qsg__Payload *payload)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP) {
		const ProtobufCBinaryData *action =
		    &payload->action_step->action;
		struct id32 id;

		if (action->len != sizeof id.b) {
			return 0;
		}
		memcpy(id.b, action->data, sizeof id.b);
		return views_find(node->views, &id);
	}
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];
		struct id32 id;

		if (is_about(payload, each) &&
		    each->record.len == sizeof id.b) {
			memcpy(id.b, each->record.data, sizeof id.b);
			return views_find(node->views, &id);
		}
	}
	return 0;
}

/* Put the record, and what it speaks of in turn, into the trail. */
static enum err follow(struct node *node, uint32_t rid,
    struct policies_trail *trail, struct share_about *out)
{
	enum err err = ERR_OK;
	bool more = true;

	while (more && !err) {
		Qsg__Payload *payload = NULL;

		if (trail->count == POLICIES_TRAIL) {
			return err_set(ERR_LIMIT,
			    "that speaks of a record that speaks of others, "
			    "%u deep: name one that is nearer to what it is "
			    "about",
			    POLICIES_TRAIL);
		}
		err = rid ? query_take(node, rid, &payload) : ERR_OK;
		if (err || !payload) {
			out->whole = false;
			return err;
		}
		out->owned[out->owned_count++] = payload;
		trail->items[trail->count++] = payload;
		more = speaks(payload);
		rid = spoken_of(node, payload);
	}
	return err;
}

static enum err make_room(const Qsg__Payload *payload, struct share_about *out)
{
	size_t room = payload->n_references + 1;

	out->trails = calloc(room, sizeof *out->trails);
	out->owned =
	    (Qsg__Payload **)calloc(room * POLICIES_TRAIL, sizeof *out->owned);
	return out->trails && out->owned ? ERR_OK
	                                 : err_set(ERR_MEM, "out of memory");
}

static struct policies_trail *begin_empty(struct share_about *out)
{
	return &out->trails[out->count++];
}

static struct policies_trail *begin(
    const Qsg__Payload *payload, struct share_about *out)
{
	struct policies_trail *trail = begin_empty(out);

	trail->items[trail->count++] = payload;
	return trail;
}

/* What is cited is judged like what is spoken of: the text may be its text. */
static enum err follow_citations(
    struct node *node, const Qsg__Payload *payload, struct share_about *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < payload->n_references && !err; i++) {
		const Qsg__Reference *each = payload->references[i];
		struct id32 id;

		if (reference_named(each->relation) != REFERENCE_CITES ||
		    each->record.len != sizeof id.b) {
			continue;
		}
		memcpy(id.b, each->record.data, sizeof id.b);
		err = follow(node, views_find(node->views, &id),
		    begin(payload, out), out);
	}
	return err;
}

/* PROTOCOL.md M432: "The policy MUST judge a grant as a grant and as a share of
 * what it carries, and the stricter verdict MUST count; its author alone, who
 * reads that anyway, is not judged." */
static enum err follow_granted(
    struct node *node, const Qsg__Payload *payload, struct share_about *out)
{
	struct id32 original;
	uint32_t rid = grant_original(payload, &original)
	                   ? views_find(node->views, &original)
	                   : 0;
	struct policies_trail *as_grant = &out->trails[0];
	enum err err = ERR_OK;

	if (!rid || erasing_is_erased(node, &original)) {
		return err_set(ERR_STATE, "what is granted is %s",
		    rid ? "erased here" : "not held here");
	}
	out->author = state_author(node, rid);
	err = follow(node, rid, begin_empty(out), out);
	if (!err && !out->trails[1].count) {
		err = err_set(ERR_STATE, "what is granted cannot be read here");
	}
	if (!err && as_grant->count < POLICIES_TRAIL) {
		as_grant->items[as_grant->count++] = out->trails[1].items[0];
	}
	return err;
}

/* PROTOCOL.md M471: "A correction or retraction MUST be judged by the policy as
 * what it is and as the record that it names, for each reader as that was
 * reached; that they read the record is an answer to no rule but one that
 * asks." */
static enum err follow_earlier(struct node *node, const Qsg__Payload *payload,
    enum reference how, struct share_about *out)
{
	struct policies_trail *own = &out->trails[out->count];
	struct id32 id;
	enum err err = ERR_OK;

	if (!content_refers(payload, reference_token(how), &id)) {
		return ERR_OK;
	}
	out->rid = views_find(node->views, &id);
	if (how == REFERENCE_RETRACTS) {
		return follow(node, out->rid, &out->trails[0], out);
	}
	err = follow(node, out->rid, own, out);
	out->count += own->count > 0;
	return err;
}

static enum reference names_earlier(const Qsg__Payload *payload)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_RETRACTION) {
		return REFERENCE_RETRACTS;
	}
	return payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE
	           ? REFERENCE_CORRECTS
	           : REFERENCE_UNKNOWN;
}

enum err share_about_find(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_about *out)
{
	struct policies_trail *trail = NULL;
	enum err err = make_room(payload, out);

	if (err) {
		return err;
	}
	out->whole = true;
	out->speaks = speaks(payload);
	trail = begin(payload, out);
	if (request->supposed) {
		trail->items[trail->count++] = request->supposed;
	} else if (out->speaks) {
		out->rid = spoken_of(node, payload);
		err = follow(node, out->rid, trail, out);
	} else if (names_earlier(payload) != REFERENCE_UNKNOWN) {
		err =
		    follow_earlier(node, payload, names_earlier(payload), out);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_GRANT) {
		return follow_granted(node, payload, out);
	}
	return err ? err : follow_citations(node, payload, out);
}

void share_about_clear(struct share_about *about)
{
	for (size_t i = 0; i < about->owned_count; i++) {
		canon_wipe(&about->owned[i]->base);
	}
	free(about->trails);
	free((void *)about->owned);
	memset(about, 0, sizeof *about);
}
