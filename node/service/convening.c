#include "service/convening.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/plain.h"
#include "service/enrolment.h"
#include "service/groups_state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/*
 * What all have in common.
 */

/* The roster to be, and what it follows. */
struct session {
	struct node *node;
	const struct group_state *group;
	struct roster_draft draft;
};

static enum err begin(
    struct node *node, const char *group, struct session *session)
{
	enum err err = groups_resolve(node, group, &session->group);

	session->node = node;
	return err ? err
	           : roster_draft_next(node, session->group, &session->draft);
}

static void fill_result(
    const struct session *session, struct convening_result *out)
{
	memcpy(out->group.b, session->draft.roster->group.data,
	    sizeof out->group.b);
	out->epoch = session->draft.roster->epoch;
}

static enum err finish(
    struct session *session, enum err err, struct convening_result *out)
{
	if (!err) {
		fill_result(session, out);
		err = roster_draft_submit(session->node, session->group,
		    &session->draft, &out->record);
	}
	roster_draft_clear(&session->draft);
	return err;
}

static const struct id32 *id_of(const struct peer *peer)
{
	return &peer->card.organisation;
}

/* The organisation that stands for another, which the roster must list. */
static enum err find_stand_in(
    struct node *node, const char *typed, struct roster_draft_line *line)
{
	struct peer *peer = NULL;
	enum err err = typed ? peers_resolve(node, typed, &peer) : ERR_OK;

	if (!err && peer) {
		line->represented_by = id_of(peer);
	}
	return err;
}

static enum err check_kind(const char *kind)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;

	/* QSG 4: "Provider organisations are not included in the membership
	 * of QSGs." */
	if (strcmp(kind, "provider") == 0) {
		return err_set(ERR_INPUT,
		    "provider organisations are not included in the "
		    "membership of a QSG; one may be invited to a risk summit");
	}
	if (org_kind_valid(span_text(kind))) {
		return ERR_OK;
	}
	for (size_t i = 0; i < org_kind_count() && !err; i++) {
		if (org_kind_at(i)->category != ORG_PROVIDER) {
			err = buf_printf(&list, "%s%s", list.size ? ", " : "",
			    org_kind_at(i)->token);
		}
	}
	if (!err) {
		err = err_set(
		    ERR_INPUT, "the kind must be one of %s", buf_text(&list));
	}
	buf_clear(&list);
	return err;
}

/* What a person typed for this roster; what earlier ones say stays. */
static enum err check_words(const struct node *node,
    const struct roster_draft_line *line, const char *reason,
    const char *decided_on)
{
	enum err err = plain_check_line("--role", line ? line->role : NULL);

	if (!err) {
		err = plain_check_line("--person", line ? line->person : NULL);
	}
	if (!err) {
		err = plain_check_line("--reason", reason);
	}
	if (!err) {
		err = vetting_refuse("--role", line ? line->role : NULL);
	}
	if (!err) {
		err = vetting_refuse("--person", line ? line->person : NULL);
	}
	if (!err) {
		err = vetting_refuse("--reason", reason);
	}
	return err ? err
	           : plain_check_past("--decided-on", decided_on,
			 clock_wall_ms(node->options.clock));
}

static enum err check_charter(const Qsg__Charter *charter)
{
	enum err err = group_check_charter(charter);

	return err ? err : vetting_refuse_charter(charter);
}

/*
 * Creating.
 */

/* Do two names look alike? */
static enum err look_alike(const char *a, const char *b, bool *alike)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	enum err err = utf8_skeleton(span_text(a), &first);

	if (!err) {
		err = utf8_skeleton(span_text(b), &second);
	}
	*alike = !err && span_equal(buf_span(&first), buf_span(&second));
	buf_clear(&first);
	buf_clear(&second);
	return err;
}

/* PROTOCOL.md M335: "A node MUST NOT found or rename a group under a name
 * that, but for case, spaces, punctuation, accents and look-alikes, a group
 * known to it has." */
static enum err check_name(
    struct node *node, const char *name, const struct id32 *but)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;
		bool alike = false;

		err = groups_at(node, i, &group);
		if (err || !group->stated ||
		    (but && id_equal(&group->id, but))) {
			continue;
		}
		err = look_alike(name, group->stated->charter->name, &alike);
		if (!err && alike) {
			err = err_set(ERR_EXISTS,
			    "'%.80s' is too like a group that is known: "
			    "'%.80s' (%.12s)",
			    name, group->stated->charter->name,
			    text_hex_id(&group->id).text);
		}
	}
	return err;
}

/* QSG 5: "The NHSCB Area Teams will provide this support at a local level, and
 * the Regional Teams will provide the function for the QSGs in each of the four
 * regions." */
static enum err check_founder(
    const struct node *node, const Qsg__Charter *charter)
{
	const char *kind = node_card(node)->fields->kind;

	if (group_kind_convenes_at(charter->level, 1, span_text(kind))) {
		return ERR_OK;
	}
	return err_set(ERR_DENIED,
	    "a %s group is convened by an NHS England %s team; this "
	    "organisation is of kind %s",
	    charter->level,
	    strcmp(charter->level, "regional") == 0 ? "regional" : "area",
	    kind);
}

enum err convening_create(struct node *node, const Qsg__Charter *charter,
    const struct roster_draft_line *chair, struct convening_result *out)
{
	struct session session = { .node = node };
	enum err err = check_charter(charter);

	if (!err) {
		err = check_words(node, chair, NULL, NULL);
	}
	if (!err) {
		err = check_founder(node, charter);
	}
	if (!err) {
		err = check_name(node, charter->name, NULL);
	}
	if (!err) {
		err = roster_draft_first(node, charter, &session.draft);
	}
	if (!err) {
		err = roster_draft_amend(
		    roster_draft_entry(&session.draft, node_id(node)), chair);
	}
	return finish(&session, err, out);
}

/*
 * Inviting.
 */

/* Those to invite. A card that nobody here knows has a peer of its own until
 * all has been checked. */
struct invitees {
	struct peer **peers;
	size_t count;
	struct peer *fresh;
	size_t fresh_count;
};

static void invitees_clear(struct invitees *invitees)
{
	for (size_t i = 0; i < invitees->fresh_count; i++) {
		card_clear(&invitees->fresh[i].card);
	}
	free((void *)invitees->peers);
	free(invitees->fresh);
}

/* PROTOCOL.md M339: "An organisation that is invited by a card new to the
 * convenor's node MUST be enrolled there only if a person compared its
 * fingerprint." */
static enum err check_compared(
    const struct card *card, const struct convening_invitation *invitation)
{
	for (size_t i = 0; i < invitation->fingerprint_count; i++) {
		struct id32 id;
		enum err err = text_unfingerprint(
		    span_text(invitation->fingerprints[i]), &id);

		if (err) {
			return err_wrap(err, "--fingerprint");
		}
		if (id_equal(&id, &card->organisation)) {
			return ERR_OK;
		}
	}
	return err_set(ERR_DENIED,
	    "the card of %s has the fingerprint %s, which is not among those "
	    "given with --fingerprint: compare it with what they read to you",
	    card->fields->name, text_fingerprint(&card->organisation).text);
}

/* Those to invite may not go by one name or code either. */
static enum err check_alike(
    const struct invitees *invitees, const struct peer *fresh)
{
	const Qsg__Card *claims = fresh->card.fields;
	struct buf name = { 0 };
	struct buf code = { 0 };
	bool same = false;
	enum err err = utf8_fold(span_text(claims->name), &name);

	if (!err) {
		err = utf8_fold(span_text(claims->code), &code);
	}
	for (size_t i = 0; i + 1 < invitees->fresh_count && !err; i++) {
		const struct peer *other = &invitees->fresh[i];

		same = same || (!id_equal(id_of(other), id_of(fresh)) &&
				   (peers_called(other, buf_span(&name)) ||
				       peers_called(other, buf_span(&code))));
	}
	if (!err && same) {
		err = err_set(ERR_INPUT,
		    "two of the cards go by the name or code %.80s (%.20s)",
		    claims->name, claims->code);
	}
	buf_clear(&name);
	buf_clear(&code);
	return err;
}

static enum err add_card(struct node *node, const char *armour,
    const struct convening_invitation *invitation, struct invitees *out)
{
	struct peer *fresh = &out->fresh[out->fresh_count];
	struct peer *known = NULL;
	enum err err = card_read(span_text(armour), &fresh->card);

	if (err) {
		return err;
	}
	out->fresh_count++;
	known = peers_by_id(node, &fresh->card.organisation);
	if (known) {
		out->peers[out->count++] = known;
		return ERR_OK;
	}
	err = enrolment_taken(node, &fresh->card.organisation,
	    fresh->card.fields->name, fresh->card.fields->code);
	if (!err) {
		err = check_alike(out, fresh);
	}
	if (err) {
		return err;
	}
	out->peers[out->count++] = fresh;
	return check_compared(&fresh->card, invitation);
}

static enum err gather(struct node *node,
    const struct convening_invitation *invitation, struct invitees *out)
{
	size_t count = invitation->known_count + invitation->card_count;
	enum err err = ERR_OK;

	if (count > LIMIT_GROUP_MEMBERS - 1) {
		return err_set(ERR_LIMIT,
		    "a group has at most %u organisations, its convenor "
		    "included",
		    LIMIT_GROUP_MEMBERS);
	}
	out->peers = calloc(count + 1, sizeof(struct peer *));
	out->fresh = calloc(count + 1, sizeof *out->fresh);
	if (!out->peers || !out->fresh) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < invitation->known_count && !err; i++) {
		err = peers_resolve(
		    node, invitation->known[i], &out->peers[out->count]);
		out->count += !err;
	}
	for (size_t i = 0; i < invitation->card_count && !err; i++) {
		err = add_card(node, invitation->cards[i], invitation, out);
	}
	if (!err && !out->count) {
		err = err_set(ERR_INPUT, "say whom to invite");
	}
	return err;
}

static enum err check_standing(
    const struct session *session, const struct peer *peer)
{
	const struct group_member *member =
	    group_member(session->group, id_of(peer));
	const char *name = peer->card.fields->name;

	if (id_equal(id_of(peer), node_id(session->node))) {
		return err_set(ERR_INPUT,
		    "this organisation convenes the group: it cannot invite "
		    "itself");
	}
	if (peer->refused[0]) {
		return peers_check_admitted(peer);
	}
	if (member && member->standing == GROUP_JOINED) {
		return err_set(ERR_STATE,
		    "%s has joined already; see `group amend`", name);
	}
	if (member && member->standing == GROUP_INVITED) {
		return err_set(ERR_STATE,
		    "%s is invited already and has not answered; see `group "
		    "amend`",
		    name);
	}
	return ERR_OK;
}

/* Everything that can be wrong is found before anything is changed. */
static enum err draft_invitations(struct session *session,
    const struct convening_invitation *invitation,
    const struct invitees *invitees, const struct roster_draft_line *line)
{
	struct roster_draft_change change = { "invited", invitation->reason,
		invitation->decided_on };
	enum err err = ERR_OK;

	for (size_t i = 0; i < invitees->count && !err; i++) {
		const struct peer *peer = invitees->peers[i];

		for (size_t j = 0; j < i && !err; j++) {
			if (id_equal(id_of(peer), id_of(invitees->peers[j]))) {
				err = err_set(ERR_INPUT, "%s is named twice",
				    peer->card.fields->name);
			}
		}
		if (!err) {
			err = check_standing(session, peer);
		}
		if (!err) {
			err = roster_draft_invite(&session->draft, peer, line);
		}
		if (!err) {
			err = roster_draft_note(
			    &session->draft, id_of(peer), &change);
		}
	}
	return err ? err
	           : roster_draft_check(
			 session->node, session->group, &session->draft);
}

/* Enrolled by the roster, as its members will: should it be taken out of the
 * group again, it is barred here, too. */
static enum err enrol(struct session *session, const struct invitees *invitees)
{
	struct enrolment_by by = { .group = session->group->id,
		.compared = true };
	enum err err = ERR_OK;

	for (size_t i = 0; i < invitees->count && !err; i++) {
		const struct peer *peer = invitees->peers[i];
		struct peer *known = NULL;

		by.entry = roster_draft_entry(&session->draft, id_of(peer));
		err = enrolment_listed(session->node, &by);
		known = peers_by_id(session->node, id_of(peer));
		if (!err && known) {
			/* Its invitation is to reach it. */
			err = enrolment_bar(session->node, known, false);
		}
	}
	return err;
}

enum err convening_invite(struct node *node, const char *group,
    const struct convening_invitation *invitation, struct convening_result *out)
{
	struct session session = { 0 };
	struct invitees invitees = { 0 };
	struct roster_draft_line line = invitation->line;
	enum err err = check_kind(line.kind);

	if (!err) {
		err = check_words(
		    node, &line, invitation->reason, invitation->decided_on);
	}
	if (!err) {
		err = begin(node, group, &session);
	}
	if (!err) {
		err = find_stand_in(node, invitation->represented_by, &line);
	}
	if (!err) {
		err = gather(node, invitation, &invitees);
	}
	if (!err) {
		err = draft_invitations(&session, invitation, &invitees, &line);
	}
	if (err) {
		invitees_clear(&invitees);
		return finish(&session, err, out);
	}
	err = enrol(&session, &invitees);
	invitees_clear(&invitees);
	err = finish(&session, err, out);
	/* Nobody is enrolled without the roster that says so. */
	return err ? state_poison(node, err) : ERR_OK;
}

/*
 * Removing and amending.
 */

/* The organisation's entry in the group. */
static enum err find_entry(struct session *session, const char *typed,
    const struct group_member **member, Qsg__RosterEntry **entry)
{
	struct peer *peer = NULL;
	enum err err = peers_resolve(session->node, typed, &peer);

	if (err) {
		return err;
	}
	*member = group_member(session->group, id_of(peer));
	*entry = roster_draft_entry(&session->draft, id_of(peer));
	return *member && *entry ? ERR_OK
	                         : err_set(ERR_NOTFOUND, "%s is not in %s",
				       peer->card.fields->name,
				       session->group->stated->charter->name);
}

/* QSG 4: "There are certain organisations which will need to be represented –
 * as listed below – in all QSGs across the network." */
static enum err check_removal(
    const struct session *session, const struct group_member *member)
{
	if (id_equal(&member->organisation, node_id(session->node))) {
		return err_set(ERR_INPUT,
		    "the convenor cannot take itself out; others name a "
		    "successor with `group succeed`");
	}
	if (member->core && member->standing == GROUP_JOINED &&
	    !member->entry->sender_only &&
	    !id_equal(&session->group->succeeded, &member->organisation)) {
		return err_set(ERR_DENIED,
		    "%s belongs to the core membership of a %s group (%s) and "
		    "has joined: it cannot be expelled, only leave",
		    member->entry->name, session->group->stated->charter->level,
		    member->entry->kind);
	}
	return ERR_OK;
}

enum err convening_remove(struct node *node, const char *group,
    const struct convening_change *change, struct convening_result *out)
{
	struct session session = { 0 };
	const struct group_member *member = NULL;
	Qsg__RosterEntry *entry = NULL;
	struct roster_draft_change said = { "removed", change->reason,
		change->decided_on };
	enum err err =
	    check_words(node, NULL, change->reason, change->decided_on);

	if (!err) {
		err = begin(node, group, &session);
	}
	if (!err) {
		err =
		    find_entry(&session, change->organisation, &member, &entry);
	}
	if (!err) {
		err = check_removal(&session, member);
	}
	if (!err) {
		roster_draft_drop(&session.draft, &member->organisation);
		err = roster_draft_note(
		    &session.draft, &member->organisation, &said);
	}
	return finish(&session, err, out);
}

static enum err amend_entry(
    struct session *session, const struct convening_change *change)
{
	struct roster_draft_line line = change->line;
	struct roster_draft_change said = { "amended", change->reason,
		change->decided_on };
	const struct group_member *member = NULL;
	Qsg__RosterEntry *entry = NULL;
	enum err err = line.kind ? check_kind(line.kind) : ERR_OK;

	if (!err) {
		err =
		    find_entry(session, change->organisation, &member, &entry);
	}
	if (!err) {
		err =
		    find_stand_in(session->node, change->represented_by, &line);
	}
	if (!err) {
		err = roster_draft_amend(entry, &line);
	}
	return err ? err
	           : roster_draft_note(
			 &session->draft, &member->organisation, &said);
}

/* A roster is sent to everybody in it: not for nothing. */
static enum err check_change(
    const struct node *node, const struct convening_change *change)
{
	const struct roster_draft_line *line = &change->line;
	bool entry =
	    line->kind || line->role || line->person || change->represented_by;

	if (entry && !change->organisation) {
		return err_set(
		    ERR_INPUT, "say whose entry in the roster is to change");
	}
	if (!entry && (change->organisation || !change->charter)) {
		return err_set(ERR_INPUT,
		    "say what to change: the name or charter of the group; or "
		    "of an organisation its kind, or who represents it");
	}
	return check_words(node, line, change->reason, change->decided_on);
}

enum err convening_amend(struct node *node, const char *group,
    const struct convening_change *change, struct convening_result *out)
{
	struct session session = { 0 };
	enum err err = check_change(node, change);

	if (!err) {
		err = begin(node, group, &session);
	}
	if (!err && change->charter) {
		err = check_charter(change->charter);
	}
	if (!err && change->charter) {
		err =
		    check_name(node, change->charter->name, &session.group->id);
	}
	if (!err && change->charter) {
		err = roster_draft_set_charter(&session.draft, change->charter);
	}
	if (!err && change->organisation) {
		err = amend_entry(&session, change);
	}
	return finish(&session, err, out);
}

enum err convening_convene(
    struct node *node, const char *group, struct convening_result *out)
{
	struct session session = { 0 };
	enum err err = begin(node, group, &session);

	if (!err && session.group->stated->term == session.group->term) {
		err =
		    err_set(ERR_STATE, "this organisation convenes %s already",
			session.group->stated->charter->name);
	}
	return finish(&session, err, out);
}
