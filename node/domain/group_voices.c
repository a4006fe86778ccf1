#include "domain/authority.h"
#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

/* The members of one roster who may name a convenor. */
struct electorate {
	const struct group_roster *roster;
	bool may[LIMIT_GROUP_MEMBERS];  /* accepted, not sender-only */
	bool left[LIMIT_GROUP_MEMBERS]; /* ... and left since */
	bool spoke[LIMIT_GROUP_MEMBERS];
};

struct slice {
	struct group_voice *voices;
	size_t count;
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct group_voice *left = a;
	const struct group_voice *right = b;
	int order = compare_u64(left->stated->term, right->stated->term);

	if (order == 0)
		order = id_compare(&left->roster, &right->roster);
	if (order == 0)
		order = id_compare(&left->successor, &right->successor);
	if (order == 0)
		order = id_compare(&left->fact->author, &right->fact->author);
	if (order == 0)
		order = id_compare(&left->fact->record, &right->fact->record);
	return order;
}

static bool read_voice(const struct group_fact *fact, struct group_voice *out)
{
	const Qsg__Succession *said = fact->payload->succession;

	*out = (struct group_voice){ .fact = fact, .stated = said };
	return said->term >= 2 && said->term <= LIMIT_GROUP_NUMBER &&
	       group_take_id(&said->roster, &out->roster) &&
	       group_take_id(&said->successor, &out->successor);
}

enum err group_collect_voices(struct group_work *work)
{
	struct group_reason malformed = { 0 };
	enum err err = ERR_OK;

	malformed.why = REASON_VOICE;
	work->voices = calloc(work->fact_count + 1, sizeof *work->voices);
	if (work->voices == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->fact_count && err == ERR_OK; i++) {
		const struct group_fact *fact = work->facts[i];

		if (fact->payload->content_case !=
		    QSG__PAYLOAD__CONTENT_SUCCESSION)
			continue;
		if (read_voice(fact, &work->voices[work->voice_count]))
			work->voice_count++;
		else
			err = group_notice_add(
			    &work->refused, &fact->record, &malformed);
	}
	if (work->voice_count > 0)
		qsort(work->voices, work->voice_count, sizeof work->voices[0],
		    compare);
	return err;
}

static struct slice of_term(const struct group_work *work, uint64_t term)
{
	struct slice slice = { work->voices, 0 };
	size_t low = 0;
	size_t high = work->voice_count;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (work->voices[at].stated->term < term)
			low = at + 1;
		else
			high = at;
	}
	slice.voices += low;
	while (low + slice.count < work->voice_count &&
	       slice.voices[slice.count].stated->term == term)
		slice.count++;
	return slice;
}

/* The voices at the head of the slice that count from one roster. */
static struct slice of_roster(struct slice *rest)
{
	struct slice slice = { rest->voices, 0 };

	while (slice.count < rest->count &&
	       id_equal(
		   &slice.voices[slice.count].roster, &rest->voices[0].roster))
		slice.count++;
	rest->voices += slice.count;
	rest->count -= slice.count;
	return slice;
}

/* PROTOCOL.md M316: "Of a roster those count as joined who stated it or whose
 * acceptance is held or stated there, without sender-only ones, those whose
 * acceptance names a roster of a later term, and those who left and named
 * nobody from that roster." So nobody who comes or goes later takes back what a
 * majority decided. */
static void electorate_of(const struct group_work *work,
    const struct group_roster *roster, struct electorate *out)
{
	memset(out, 0, sizeof *out);
	out->roster = roster;
	for (size_t i = 0; i < roster->stated->n_entries; i++) {
		const Qsg__RosterEntry *entry = roster->stated->entries[i];
		const struct group_act *act = NULL;
		struct id32 id;

		memcpy(id.b, entry->organisation.data, sizeof id.b);
		act = group_act_find(work, &id, entry->invitation);
		out->left[i] = act != NULL && act->left;
		if (entry->sender_only)
			continue;
		if (id_equal(&id, &roster->fact->author) || entry->joined)
			out->may[i] = true;
		else if (act != NULL && act->accepted)
			out->may[i] = act->accept_term <= roster->stated->term;
	}
}

static size_t electorate_size(const struct electorate *electorate)
{
	size_t size = 0;

	for (size_t i = 0; i < electorate->roster->stated->n_entries; i++) {
		if (electorate->may[i] &&
		    (!electorate->left[i] || electorate->spoke[i]))
			size++;
	}
	return size;
}

static bool place_of(
    const Qsg__Roster *roster, const struct id32 *organisation, size_t *at)
{
	size_t low = 0;
	size_t high = roster->n_entries;

	while (low < high) {
		int order = 0;

		*at = low + (high - low) / 2;
		order = memcmp(roster->entries[*at]->organisation.data,
		    organisation->b, sizeof organisation->b);
		if (order == 0)
			return true;
		if (order < 0)
			low = *at + 1;
		else
			high = *at;
	}
	return false;
}

/* PROTOCOL.md M303 is about who may state; this, who may be named. A convenor
 * that names itself could begin a term from a roster in which nobody else had
 * joined yet. */
static bool may_succeed(const struct group_work *work,
    const Qsg__Roster *roster, uint64_t term, const struct id32 *successor)
{
	const Qsg__RosterEntry *entry = group_entry(roster, successor);

	return entry != NULL && !entry->sender_only &&
	       !id_equal(successor, &work->convenor) &&
	       group_kind_convenes_at(
		   roster->charter->level, term, span_text(entry->kind));
}

static void refuse(
    struct group_voice *voice, enum reason why, const struct id32 *whom)
{
	voice->reason = (struct group_reason){ why, *whom };
}

/* What the author was to the group of that roster; *at is its entry. */
static enum authority_relation relation_in(
    const struct electorate *electorate, const struct id32 *author, size_t *at)
{
	const struct group_roster *roster = electorate->roster;

	if (!place_of(roster->stated, author, at))
		return AUTHORITY_OUTSIDER;
	if (electorate->may[*at])
		return AUTHORITY_MEMBER;
	return roster->stated->entries[*at]->sender_only ? AUTHORITY_SENDER_ONLY
	                                                 : AUTHORITY_INVITED;
}

static void judge_voice(const struct group_work *work,
    struct group_voice *voice, struct electorate *electorate)
{
	const Qsg__Roster *roster = electorate->roster->stated;
	const struct id32 *author = &voice->fact->author;
	const Qsg__RosterEntry *entry = group_entry(roster, author);
	enum reason reason = REASON_NONE;
	size_t at = 0;

	if (authority_judge(
		entry == NULL ? NULL : org_kind_find(span_text(entry->kind)),
		relation_in(electorate, author, &at), voice->fact->payload,
		&reason) != AUTHORITY_COUNTS) {
		refuse(voice, reason, author);
		return;
	}
	if (!may_succeed(
		work, roster, voice->stated->term, &voice->successor)) {
		refuse(voice, REASON_SUCCESSOR, &voice->successor);
		return;
	}
	electorate->spoke[at] = true;
	voice->valid = true;
}

/* Does this roster count in the term that is looked at? It does if it was
 * stated in it, or is the one that the term began from. */
static struct group_roster *counted(
    const struct group_work *work, const struct id32 *record)
{
	struct group_roster *roster = group_roster_find(work, record);

	if (roster == NULL || !roster->counts)
		return NULL;
	return roster->stated->term == work->term || roster == work->begun_from
	           ? roster
	           : NULL;
}

static int compare_author(const void *a, const void *b)
{
	const struct group_voice *const *left = a;
	const struct group_voice *const *right = b;
	int order = id_compare(&(*left)->fact->author, &(*right)->fact->author);

	return order != 0
	           ? order
	           : id_compare(&(*left)->successor, &(*right)->successor);
}

/* PROTOCOL.md M317: "A member that names two successors for one term MUST count
 * for neither of them, and MUST be shown in an alarm." */
static enum err find_twice(struct group_work *work, struct slice slice)
{
	struct group_voice **valid =
	    calloc(slice.count + 1, sizeof(struct group_voice *));
	size_t count = 0;
	enum err err = ERR_OK;

	if (valid == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < slice.count; i++) {
		if (slice.voices[i].valid)
			valid[count++] = &slice.voices[i];
	}
	if (count > 0)
		qsort(valid, count, sizeof *valid, compare_author);
	for (size_t i = 0, end = 0; i < count && err == ERR_OK; i = end) {
		const struct id32 *author = &valid[i]->fact->author;

		while (
		    end < count && id_equal(author, &valid[end]->fact->author))
			end++;
		if (id_equal(&valid[i]->successor, &valid[end - 1]->successor))
			continue;
		for (size_t j = i; j < end; j++) {
			valid[j]->twice = true;
			refuse(valid[j], REASON_TWO_NAMES, author);
		}
		err = group_notice_add(&work->alarms, NULL, &valid[i]->reason);
	}
	free(valid);
	return err;
}

/* How many stand behind the successor at the head of the slice? */
static size_t tally(struct slice *rest, struct id32 *successor)
{
	const struct id32 *last = NULL;
	size_t voices = 0;

	*successor = rest->voices[0].successor;
	while (rest->count > 0 &&
	       id_equal(&rest->voices[0].successor, successor)) {
		const struct group_voice *voice = rest->voices;

		if (voice->valid && !voice->twice &&
		    (last == NULL || !id_equal(last, &voice->fact->author))) {
			last = &voice->fact->author;
			voices++;
		}
		rest->voices++;
		rest->count--;
	}
	return voices;
}

static void judge_roster(const struct group_work *work, struct slice slice)
{
	const struct group_roster *roster =
	    counted(work, &slice.voices[0].roster);
	struct electorate electorate;

	for (size_t i = 0; roster == NULL && i < slice.count; i++)
		refuse(&slice.voices[i], REASON_VOICE_ROSTER,
		    &slice.voices[i].fact->author);
	if (roster == NULL)
		return;
	electorate_of(work, roster, &electorate);
	for (size_t i = 0; i < slice.count; i++)
		judge_voice(work, &slice.voices[i], &electorate);
}

/* The electorate once more, now that it is known who spoke. */
static size_t needed(const struct group_work *work,
    const struct group_roster *roster, struct slice slice)
{
	struct electorate electorate;
	size_t at = 0;

	electorate_of(work, roster, &electorate);
	for (size_t i = 0; i < slice.count; i++) {
		if (slice.voices[i].valid &&
		    place_of(
			roster->stated, &slice.voices[i].fact->author, &at))
			electorate.spoke[at] = true;
	}
	return electorate_size(&electorate) / 2 + 1;
}

/* May self name somebody from this roster? */
static bool may_name(
    const struct group_work *work, const struct group_roster *roster)
{
	struct electorate electorate;
	size_t at = 0;

	if (work->self == NULL || !place_of(roster->stated, work->self, &at))
		return false;
	electorate_of(work, roster, &electorate);
	return electorate.may[at];
}

/* There is room for one for each voice. */
static void keep_candidates(struct group_work *work, struct slice slice,
    const struct group_roster *roster, size_t least)
{
	bool ours = may_name(work, roster);

	while (slice.count > 0) {
		struct group_candidate *one =
		    &work->candidates[work->candidate_count];

		*one = (struct group_candidate){ .roster = roster->fact->record,
			.epoch = roster->stated->epoch,
			.needed = least,
			.ours = ours };
		one->voices = tally(&slice, &one->organisation);
		if (one->voices > 0)
			work->candidate_count++;
	}
}

/* PROTOCOL.md M315: "A member of a kind that convenes the group, other than its
 * convenor, MUST be taken as its convenor from the next term on once more than
 * half of the members joined in one roster that counts name it for that term
 * from that roster." */
static bool wins(struct slice slice, size_t least, struct id32 *successor)
{
	while (slice.count > 0) {
		if (tally(&slice, successor) >= least)
			return true;
	}
	return false;
}

/* Of several rosters the one of the lowest epoch decides (M318). */
static void decide(struct group_work *work, struct slice rest,
    struct group_roster **from, struct id32 *successor)
{
	*from = NULL;
	work->voices_needed = work->in_force == NULL
	                          ? 0
	                          : needed(work, work->in_force,
					(struct slice){ rest.voices, 0 });
	while (rest.count > 0) {
		struct slice slice = of_roster(&rest);
		struct group_roster *roster =
		    counted(work, &slice.voices[0].roster);
		struct id32 winner;
		size_t least = 0;

		if (roster == NULL)
			continue;
		least = needed(work, roster, slice);
		keep_candidates(work, slice, roster, least);
		if (roster == work->in_force)
			work->voices_needed = least;
		if (wins(slice, least, &winner) &&
		    (*from == NULL ||
			roster->stated->epoch < (*from)->stated->epoch)) {
			*from = roster;
			*successor = winner;
		}
	}
}

enum err group_count_voices(
    struct group_work *work, struct group_roster **from, struct id32 *successor)
{
	struct slice slice = of_term(work, work->term + 1);
	struct slice rest = slice;
	enum err err = ERR_OK;

	free(work->candidates);
	work->candidate_count = 0;
	work->candidates = calloc(slice.count + 1, sizeof *work->candidates);
	if (work->candidates == NULL)
		return err_set(ERR_MEM, "out of memory");
	while (rest.count > 0)
		judge_roster(work, of_roster(&rest));
	err = find_twice(work, slice);
	if (err == ERR_OK)
		decide(work, slice, from, successor);
	return err;
}

enum err group_notice_voices(struct group_work *work)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < work->voice_count && err == ERR_OK; i++) {
		struct group_voice *voice = &work->voices[i];

		if (!voice->valid && voice->reason.why == REASON_NONE)
			refuse(voice, REASON_VOICE_TERM, &voice->fact->author);
		if (voice->reason.why != REASON_NONE)
			err = group_notice_add(&work->refused,
			    &voice->fact->record, &voice->reason);
	}
	return err;
}
