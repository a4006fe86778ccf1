#include "service/groups_state.h"

#include "base/log.h"
#include "codec/text.h"
#include "service/enrolment.h"
#include "service/query.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

/* How often what follows may raise a doubt before the rest waits for the next
 * commit. */
#define SETTLE_ROUNDS 8

/*
 * Enrolling.
 */

static enum err enrol_entries(void *context, const struct query_item *item)
{
	return item->payload && item->payload->content_case ==
	                            QSG__PAYLOAD__CONTENT_ROSTER
	           ? enrolment_roster(context, item->payload->roster)
	           : ERR_OK;
}

/* PROTOCOL.md M326: "A node MUST enrol nobody by a roster but those in the
 * roster in force of a group that it has joined, each by the card in its
 * entry." */
static enum err enrol(struct node *node, struct groups_held *held)
{
	struct group_state *group = &held->state;
	bool joined = groups_joined(node, group);
	uint32_t rid = 0;
	enum err err = ERR_OK;

	if (joined == held->settled_joined &&
	    id_equal(&group->roster, &held->settled)) {
		return ERR_OK;
	}
	rid = joined ? views_find(node->views, &group->roster) : 0;
	if (rid) {
		err = query_open(node, rid, enrol_entries, node);
	}
	if (enrolment_stops(err)) {
		return err;
	}
	if (err) {
		log_line(LOG_ERROR, "groups", "a roster does not open: %s",
		    err_text());
	}
	held->settled = group->roster;
	held->settled_joined = joined;
	return ERR_OK;
}

/*
 * Barring.
 */

/* Whoever has left, and may be invited anew, still reaches the convenor, which
 * passes on to the others what it says. An invitation alone binds nobody: else
 * whoever is removed would found a group of its own and invite everybody. */
static bool is_bound(struct node *node, const struct group_state *group,
    const struct id32 *organisation)
{
	if (id_equal(&group->convenor, node_id(node))) {
		/* Also once we have left: until somebody succeeds us, the
		 * others hear from us that we have. */
		return group_member(group, organisation);
	}
	if (!groups_ours(node, group) || !group->own_past) {
		return false;
	}
	return id_equal(&group->convenor, organisation) ||
	       (groups_joined(node, group) &&
		   group_member(group, organisation));
}

/* PROTOCOL.md M331: "Whoever was enrolled by rosters alone MUST be barred
 * while it is in no roster in force of a group that the node has joined or
 * convenes, unless it convenes a group that lists the node, and of which the
 * node itself once accepted an invitation." */
static bool is_barred(struct node *node, const struct peer *peer)
{
	const struct groups *groups = node->groups;
	bool bound = peer->how == ORG_BY_PERSON;

	for (size_t i = 0; groups && i < groups->count && !bound; i++) {
		bound = groups->list[i]->concerns &&
		        is_bound(node, &groups->list[i]->state,
			    &peer->card.organisation);
	}
	return !bound;
}

static enum err bar(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 1; i < node->peer_count && !err; i++) {
		struct peer *peer = node->peers[i];

		err = enrolment_bar(node, peer, is_barred(node, peer));
	}
	return err;
}

enum err groups_load(struct node *node)
{
	enum err err = node->groups ? groups_rehear(node) : ERR_OK;

	if (!err && node->groups) {
		err = groups_recount(node);
	}
	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		if (groups_concerns(node, i)) {
			err = groups_fresh(node, node->groups->list[i]);
		}
	}
	for (size_t i = 1; i < node->peer_count && !err; i++) {
		node->peers[i]->barred = is_barred(node, node->peers[i]);
	}
	return err;
}

/*
 * Streams.
 */

/* The audience of a stream, as it would be resolved from the group now. */
static bool is_audience(struct node *node, const struct state_stream *stream,
    const struct group_state *group, bool everybody)
{
	size_t at = 0;

	for (size_t i = 0; i < group->member_count; i++) {
		const struct group_member *member = &group->members[i];
		const struct peer *peer =
		    peers_by_id(node, &member->organisation);
		bool reads =
		    peer && peers_admitted(peer) &&
		    (peer->org == 1 || everybody || group_receives(member));

		if (reads && (at == stream->reader_count ||
				 !id_equal(&stream->readers[at++],
				     &member->organisation))) {
			return false;
		}
	}
	return at == stream->reader_count;
}

static bool is_due(struct node *node, const struct state_stream *stream)
{
	const struct group_state *group = NULL;

	if (id_is_zero(&stream->group) || stream->row.log != node->own_log ||
	    stream->row.state.status != STREAM_OPEN || !stream->readers) {
		return false;
	}
	return groups_by_id(node, &stream->group, &group) ||
	       !groups_joined(node, group) ||
	       !(is_audience(node, stream, group, true) ||
		   is_audience(node, stream, group, false));
}

/* PROTOCOL.md M332: "An author MUST end each stream of its live log that
 * was resolved from a group once the group's readers are others, with a
 * record that says so." */
static enum err close_streams(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->stream_count && !err; i++) {
		if (is_due(node, &node->streams[i]) &&
		    node->streams[i].row.has_chain) {
			err = submit_close(node, node->streams[i].row.stream,
			    "the group's readers have changed");
		}
	}
	return err;
}

/* What others say among themselves was opened for who asked. */
static enum err follow(struct node *node, struct groups_held *held)
{
	enum err err = ERR_OK;

	if (!held->concerns) {
		groups_close(held);
		return ERR_OK;
	}
	err = groups_fresh(node, held);
	return err ? err : enrol(node, held);
}

static enum err settle_peers(struct node *node)
{
	struct groups *groups = node->groups;
	enum err err = groups_rehear(node);

	if (!err) {
		err = groups_recount(node);
	}
	for (size_t i = 0; i < groups->count && !err; i++) {
		err = follow(node, groups->list[i]);
	}
	return err ? err : bar(node);
}

enum err groups_settle(struct node *node)
{
	struct groups *groups = node->groups;
	bool doubted = groups && groups->unsettled;
	enum err err = ERR_OK;

	if (!doubted) {
		return ERR_OK;
	}
	/* Who is enrolled or barred may change what counts. */
	for (size_t i = 0; i < SETTLE_ROUNDS && doubted && !err; i++) {
		groups->unsettled = false;
		err = settle_peers(node);
		doubted = groups->unsettled;
	}
	if (!err && node->may_sign) {
		err = close_streams(node);
		doubted = doubted || groups->unsettled || err;
	} else {
		doubted = true; /* streams follow once the log is signed */
	}
	groups->unsettled = doubted;
	return err;
}
