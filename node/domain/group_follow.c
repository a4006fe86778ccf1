#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

/* Which entries of the roster before are named by a change with a reason. */
struct given {
	bool removed[LIMIT_GROUP_MEMBERS];
	bool any[LIMIT_GROUP_MEMBERS];
};

/* One entry of the roster before. */
struct was {
	const Qsg__RosterEntry *entry;
	struct id32 organisation;
	size_t at;
	bool core;
	bool joined; /* as the roster stated it */
	bool left;
	bool succeeded; /* convenor until the term of the roster after */
};

static bool refuse(
    struct group_reason *reason, enum reason why, const struct id32 *whom)
{
	*reason = (struct group_reason){ why, *whom };
	return false;
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void collect_reasons(
    const struct group_follow *follow, struct given *given)
{
	const Qsg__Roster *before = follow->before;

	memset(given, 0, sizeof *given);
	for (size_t i = 0; i < follow->after->n_changes; i++) {
		const Qsg__RosterChange *change = follow->after->changes[i];
		const Qsg__RosterEntry *entry = NULL;
		struct id32 id;

		if (blank(change->reason) ||
		    !group_take_id(&change->organisation, &id))
			continue;
		/* The ids ascend, so a search finds the place. */
		entry = group_entry(before, &id);
		for (size_t low = 0, high = before->n_entries;
		     entry != NULL && low < high;) {
			size_t at = low + (high - low) / 2;
			int order =
			    memcmp(before->entries[at]->organisation.data, id.b,
				sizeof id.b);

			if (order == 0) {
				given->any[at] = true;
				if (strcmp(change->what, "removed") == 0)
					given->removed[at] = true;
				break;
			}
			if (order < 0)
				low = at + 1;
			else
				high = at;
		}
	}
}

/* PROTOCOL.md M308: "A roster MUST NOT leave out, invite anew or make
 * sender-only a member of a core kind that has not left and that the roster
 * before states as joined, unless it is the convenor whom the author
 * succeeds." */
static bool may_go(const struct was *was, enum reason what, bool reason_given,
    struct group_reason *reason)
{
	if (was->left)
		return true;
	if (was->core && was->joined && !was->entry->sender_only &&
	    !was->succeeded)
		return refuse(reason, REASON_EXPELLED, &was->organisation);
	/* PROTOCOL.md M310: "A roster MUST NOT leave out or make sender-only
	 * an organisation that has not left, nor invite anew one that the
	 * roster before states as joined, without a change that names it and
	 * gives a reason." */
	if (!reason_given)
		return refuse(reason, what, &was->organisation);
	return true;
}

static bool left_out(const struct was *was, const struct given *given,
    struct group_reason *reason)
{
	return may_go(was, REASON_LEFT_OUT, given->removed[was->at], reason);
}

/* PROTOCOL.md M309: "Within one invitation a roster MUST NOT restate a core
 * kind as another that is not, nor take back that an organisation joined,
 * unless it has left; and it MUST NOT state anybody but its author as joined by
 * an invitation that it makes itself." The last is seen in group_form.c. */
static bool same_invitation(const struct group_follow *follow,
    const struct was *was, const struct given *given,
    const Qsg__RosterEntry *now, struct group_reason *reason)
{
	if (was->left)
		return true;
	if (was->core && !group_kind_is_core(follow->after->charter->level,
			     span_text(now->kind)))
		return refuse(reason, REASON_RESTATED, &was->organisation);
	if (was->entry->joined && !now->joined)
		return refuse(reason, REASON_TAKEN_BACK, &was->organisation);
	if (now->sender_only && !was->entry->sender_only)
		return may_go(
		    was, REASON_MADE_SENDER, given->any[was->at], reason);
	return true;
}

/* PROTOCOL.md M307: "The invitation of an entry MUST be that of the same
 * organisation in the roster before, or else higher than the epoch of that
 * roster and not higher than that of its own." */
static bool invitation_new(const struct group_follow *follow,
    const Qsg__RosterEntry *now, struct group_reason *reason)
{
	struct id32 organisation;

	memcpy(organisation.b, now->organisation.data, sizeof organisation.b);
	if (now->invitation > follow->before->epoch)
		return true;
	return refuse(reason, REASON_INVITATION_NEW, &organisation);
}

static bool still_there(const struct group_follow *follow,
    const struct was *was, const struct given *given,
    const Qsg__RosterEntry *now, struct group_reason *reason)
{
	if (now->invitation == was->entry->invitation)
		return same_invitation(follow, was, given, now, reason);
	if (!invitation_new(follow, now, reason))
		return false;
	return !was->joined ||
	       may_go(was, REASON_INVITED_ANEW, given->any[was->at], reason);
}

static struct was look_at(const struct group_follow *follow, size_t at)
{
	const Qsg__RosterEntry *entry = follow->before->entries[at];
	struct was was = { .entry = entry, .at = at };

	memcpy(was.organisation.b, entry->organisation.data,
	    sizeof was.organisation.b);
	was.core = group_kind_is_core(
	    follow->before->charter->level, span_text(entry->kind));
	was.joined =
	    entry->joined || id_equal(&was.organisation, follow->before_author);
	was.left =
	    follow->left(follow->context, &was.organisation, entry->invitation);
	was.succeeded = follow->succeeded != NULL &&
	                id_equal(&was.organisation, follow->succeeded);
	return was;
}

bool group_follows(
    const struct group_follow *follow, struct group_reason *reason)
{
	const Qsg__Roster *before = follow->before;
	const Qsg__Roster *after = follow->after;
	struct given given;
	size_t i = 0;
	size_t j = 0;

	/* PROTOCOL.md M306: "The level of a group MUST NOT change from one
	 * roster to the next." What is core depends on it. */
	if (strcmp(before->charter->level, after->charter->level) != 0) {
		*reason = (struct group_reason){ .why = REASON_LEVEL_CHANGED };
		return false;
	}
	collect_reasons(follow, &given);
	while (i < before->n_entries || j < after->n_entries) {
		int order = i == before->n_entries ? 1
		            : j == after->n_entries
		                ? -1
		                : memcmp(before->entries[i]->organisation.data,
				      after->entries[j]->organisation.data,
				      sizeof(struct id32));
		struct was was = { 0 };

		if (order > 0) {
			if (!invitation_new(follow, after->entries[j], reason))
				return false;
			j++;
			continue;
		}
		was = look_at(follow, i++);
		if (order < 0 ? !left_out(&was, &given, reason)
			      : !still_there(follow, &was, &given,
				    after->entries[j++], reason))
			return false;
	}
	return true;
}
