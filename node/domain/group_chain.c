#include "domain/authority.h"
#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

static int compare_record(const void *key, const void *item)
{
	const struct group_roster *const *roster = item;

	return id_compare(key, &(*roster)->fact->record);
}

struct group_roster *group_roster_find(
    const struct group_work *work, const struct id32 *record)
{
	struct group_roster **found =
	    work->roster_count == 0
		? NULL
		: bsearch(record, work->by_record, work->roster_count,
		      sizeof(struct group_roster *), compare_record);

	return found == NULL ? NULL : *found;
}

static bool refuse(struct group_roster *roster, enum reason why)
{
	roster->reason = (struct group_reason){ why, roster->fact->author };
	return false;
}

/* The roster whose invitation this record accepts by name, if it is of the
 * organisation that holds these; else NULL. */
static struct group_roster *accepted_by(
    const struct group_work *work, const struct group_fact *fact)
{
	const Qsg__Membership *said = fact->payload->membership;
	const Qsg__RosterEntry *entry = NULL;
	struct group_roster *roster = NULL;
	struct id32 record;

	if (work->self == NULL ||
	    fact->payload->content_case != QSG__PAYLOAD__CONTENT_MEMBERSHIP ||
	    !id_equal(&fact->author, work->self) ||
	    strcmp(said->act, "accept") != 0 ||
	    !group_take_id(&said->roster, &record))
		return NULL;
	roster = group_roster_find(work, &record);
	if (roster != NULL)
		entry = group_entry(roster->stated, work->self);
	return entry != NULL && entry->invitation == said->invitation ? roster
	                                                              : NULL;
}

static bool accepted_by_name(
    const struct group_work *work, const struct group_roster *roster)
{
	for (size_t i = 0; i < work->fact_count; i++) {
		if (accepted_by(work, work->facts[i]) == roster)
			return true;
	}
	return false;
}

static bool invites_self(const struct group_work *work,
    const Qsg__Roster *before, const struct group_roster *roster)
{
	const Qsg__RosterEntry *then = NULL;
	const Qsg__RosterEntry *now = NULL;

	if (work->self == NULL)
		return false;
	then = group_entry(before, work->self);
	now = group_entry(roster->stated, work->self);
	return now != NULL && now->invitation > before->epoch &&
	       (then == NULL || then->invitation != now->invitation);
}

static bool self_joined(
    const struct group_work *work, const struct group_roster *roster)
{
	const Qsg__RosterEntry *entry = group_entry(roster->stated, work->self);

	return entry != NULL &&
	       group_standing_of(work, roster, entry) == GROUP_JOINED;
}

/* PROTOCOL.md M321: "A roster that invites the node itself anew MUST NOT be
 * measured against rosters from before that invitation." It was not sent what
 * was said in between.
 *
 * PROTOCOL.md M391: "M321 MUST NOT apply to a roster of the node's own, nor
 * where the node has joined by the roster in force before and has accepted no
 * invitation that names the new one." Else a convenor could put a member out
 * of what it sees by inviting it once more. */
static bool excused(
    const struct group_work *work, const struct group_roster *roster)
{
	if (id_equal(work->self, &roster->fact->author))
		return false;
	return !self_joined(work, work->in_force) ||
	       accepted_by_name(work, roster);
}

/* PROTOCOL.md M305: "Rosters of one term MUST be evaluated in their author's
 * own order, each against the one in force before it, whose epoch MUST be
 * lower." So nothing that a convenor states later comes before what others have
 * answered, whatever its epoch and record id. */
static bool fits(struct group_work *work, struct group_roster *roster)
{
	struct group_follow follow = { 0 };
	bool anew = false;

	if (work->in_force == NULL)
		return true;
	if (roster->stated->epoch <= work->in_force->stated->epoch) {
		/* PROTOCOL.md M490: "A roster whose epoch is not higher than
		 * that of one of its term that its author stated before, and
		 * that counts, MUST be shown in an alarm." */
		roster->again =
		    roster->stated->term == work->in_force->stated->term;
		return refuse(
		    roster, roster->again && roster->stated->epoch ==
						 work->in_force->stated->epoch
				? REASON_EPOCH_TWICE
				: REASON_EPOCH);
	}
	anew = invites_self(work, work->in_force->stated, roster);
	if (anew && excused(work, roster))
		return true;
	follow.before_author = &work->in_force->fact->author;
	follow.before = work->in_force->stated;
	follow.after = roster->stated;
	follow.succeeded =
	    id_is_zero(&work->predecessor) ? NULL : &work->predecessor;
	follow.left = group_has_left;
	follow.context = work;
	if (group_follows(&follow, &roster->reason))
		return true;
	roster->anew = anew && !id_equal(work->self, &roster->fact->author);
	return false;
}

/* The first roster of at least this term. */
static size_t first_of(const struct group_work *work, uint64_t term)
{
	size_t low = 0;
	size_t high = work->roster_count;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (work->rosters[at].stated->term < term)
			low = at + 1;
		else
			high = at;
	}
	return low;
}

/* PROTOCOL.md M303: "A roster MUST be refused unless its author convenes the
 * group in its term: in term 1 its founder, in a later term whoever is named
 * for it by M315." */
static bool mandated(const struct group_work *work, struct group_roster *roster)
{
	bool convenes = id_equal(&roster->fact->author, &work->convenor);
	const Qsg__RosterEntry *own =
	    group_entry(roster->stated, &roster->fact->author);
	enum reason reason = REASON_NONE;

	if (authority_judge(org_kind_find(span_text(own->kind)),
		convenes ? AUTHORITY_CONVENOR : AUTHORITY_OUTSIDER,
		roster->fact->payload, &reason) == AUTHORITY_COUNTS)
		return true;
	roster->unmandated = true;
	return refuse(roster, reason);
}

static void take_term(struct group_work *work)
{
	for (size_t i = first_of(work, work->term);
	     i < work->roster_count &&
	     work->by_place[i]->stated->term == work->term;
	     i++) {
		struct group_roster *roster = work->by_place[i];

		if (mandated(work, roster) && fits(work, roster)) {
			roster->counts = true;
			work->in_force = roster;
		}
	}
}

/* PROTOCOL.md M318: "Where several rosters name a convenor for the next term,
 * the one with the lowest epoch MUST decide, and rosters of earlier terms with
 * a higher epoch than the one that decided MUST NOT count." So nothing that is
 * stated after a decision takes it back. */
static void begin_term(struct group_work *work, struct group_roster *from,
    const struct id32 *successor)
{
	for (size_t i = first_of(work, work->term);
	     i < work->roster_count &&
	     work->rosters[i].stated->term == work->term;
	     i++) {
		struct group_roster *roster = &work->rosters[i];

		if (!roster->counts ||
		    roster->stated->epoch <= from->stated->epoch)
			continue;
		roster->counts = false;
		roster->overtaken = true;
		(void)refuse(roster, REASON_OVERTAKEN);
	}
	work->predecessor = work->convenor;
	work->convenor = *successor;
	work->in_force = from;
	work->begun_from = from;
	work->term++;
}

static void forget(struct group_work *work)
{
	for (size_t i = 0; i < work->roster_count; i++) {
		struct group_roster *roster = &work->rosters[i];

		roster->counts = false;
		roster->overtaken = false;
		roster->unmandated = false;
		roster->again = false;
		roster->anew = false;
		roster->reason = (struct group_reason){ 0 };
	}
	for (size_t i = 0; i < work->voice_count; i++) {
		work->voices[i].valid = false;
		work->voices[i].twice = false;
		work->voices[i].reason = (struct group_reason){ 0 };
	}
	work->alarms.count = 0;
	work->in_force = NULL;
	work->begun_from = NULL;
	work->predecessor = (struct id32){ { 0 } };
}

/* Follow the terms from the one of this roster, whose author is believed to
 * convene it. *met: did a term come by with the convenor of `wanted`? */
static enum err follow_from(struct group_work *work,
    const struct group_roster *first, const struct group_roster *wanted,
    bool *met)
{
	*met = false;
	forget(work);
	work->term = first->stated->term;
	work->first_term = work->term;
	work->convenor = first->fact->author;
	for (;;) {
		struct group_roster *from = NULL;
		struct id32 successor;
		enum err err = ERR_OK;

		if (wanted != NULL && wanted->stated->term == work->term &&
		    id_equal(&wanted->fact->author, &work->convenor))
			*met = true;
		take_term(work);
		err = group_count_voices(work, &from, &successor);
		if (err != ERR_OK || from == NULL)
			return err;
		begin_term(work, from, &successor);
	}
}

/* The newest roster whose invitation this organisation accepted by name. */
static const struct group_roster *accepted_by_self(
    const struct group_work *work)
{
	const struct group_roster *newest = NULL;

	for (size_t i = 0; i < work->fact_count; i++) {
		const struct group_roster *roster =
		    accepted_by(work, work->facts[i]);

		if (roster != NULL && (newest == NULL || roster > newest))
			newest = roster;
	}
	return newest;
}

/* Did it count when its turn came, or one of its author's before it? */
static bool stood(const struct group_roster *roster)
{
	return roster->counts || roster->overtaken || roster->again;
}

/* PROTOCOL.md M319: "A node that holds no roster of term 1 MUST begin with the
 * first roster of the lowest term that it holds, and MUST show that the mandate
 * of its author is not proven." Terms ascend, so that is the first of all. */
enum err group_follow_terms(struct group_work *work)
{
	const struct group_roster *accepted = accepted_by_self(work);
	bool met = false;
	enum err err = ERR_OK;

	if (work->roster_count == 0)
		return ERR_OK;
	err = follow_from(work, &work->rosters[0], accepted, &met);
	/* PROTOCOL.md M320: "Where the successions that lead to the convenor
	 * whose roster a node itself accepted are not held, the node MUST
	 * begin with the first roster of that convenor in that term." Else
	 * whoever states a roster of some term could take a newcomer out of
	 * the group that it joined. The same where they lead to that convenor
	 * and past the very roster: a former one could state another before
	 * it. */
	if (err == ERR_OK && accepted != NULL && (!met || !stood(accepted)))
		err = follow_from(work, accepted, NULL, &met);
	return err;
}

bool group_is_claim(
    const struct group_work *work, const struct group_roster *roster)
{
	return roster->stated->term >= work->term &&
	       (roster->unmandated || roster->anew);
}

static enum err notice_anew(
    struct group_work *work, const struct group_roster *roster)
{
	const struct group_reason reason = { REASON_ANEW,
		roster->fact->author };

	return group_notice_add(&work->alarms, &roster->fact->record, &reason);
}

static enum err notice_one(struct group_work *work, struct group_roster *roster)
{
	enum err err = ERR_OK;

	if (roster->counts)
		return ERR_OK;
	if (roster->reason.why == REASON_NONE) {
		roster->unmandated = roster->stated->term > work->term;
		(void)refuse(roster,
		    roster->unmandated ? REASON_UNPROVEN : REASON_TERM_OVER);
	}
	err = group_notice_add(
	    &work->refused, &roster->fact->record, &roster->reason);
	if (err == ERR_OK && roster->anew)
		err = notice_anew(work, roster);
	else if (err == ERR_OK &&
		 (roster->again || group_is_claim(work, roster)))
		err = group_notice_add(
		    &work->alarms, &roster->fact->record, &roster->reason);
	return err;
}

enum err group_notice_rosters(struct group_work *work)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->roster_count && err == ERR_OK; i++)
		err = notice_one(work, &work->rosters[i]);
	return err;
}
