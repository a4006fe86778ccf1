#include "service/peers.h"

#include "codec/text.h"
#include "codec/utf8.h"
#include "service/state.h"

#include <assert.h>
#include <stdio.h>

size_t peers_count(const struct node *node)
{
	return node->peer_count;
}

struct peer *peers_get(struct node *node, int64_t org)
{
	return org >= 1 && (size_t)org <= node->peer_count
	           ? node->peers[org - 1]
	           : NULL;
}

struct peer *peers_by_id(struct node *node, const struct id32 *id)
{
	size_t place = 0;
	uint32_t at = 0;

	while (
	    table_next(&node->peer_index, bytes_get_u64(id->b), &place, &at)) {
		if (id_equal(&node->peers[at]->card.organisation, id)) {
			return node->peers[at];
		}
	}
	return NULL;
}

const struct card *peers_keys(const struct peer *peer)
{
	return peer->pending.fields ? &peer->pending : &peer->card;
}

/* PROTOCOL.md M325: "A node MUST NOT connect to, admit a connection of,
 * send to, or take a message from an organisation that it refuses, whatever
 * a roster says, nor one that is barred." */
bool peers_admitted(const struct peer *peer)
{
	return peer->org == 1 || (!peer->refused[0] && !peer->barred);
}

enum err peers_check_admitted(const struct peer *peer)
{
	if (peers_admitted(peer)) {
		return ERR_OK;
	}
	if (peer->refused[0]) {
		return err_set(ERR_DENIED,
		    "this organisation refuses %s (%.80s): nothing is sent to "
		    "it; see `qsg peer admit`",
		    peer->card.fields->name, peer->refused);
	}
	return err_set(ERR_DENIED,
	    "%s is in no group with this organisation any more, and nobody "
	    "here has added its card: nothing is sent to it",
	    peer->card.fields->name);
}

struct peer *peers_by_transport(struct node *node, const struct id32 *key)
{
	for (size_t i = 1; i < node->peer_count; i++) {
		if (peers_admitted(node->peers[i]) &&
		    card_has_transport(peers_keys(node->peers[i]), key)) {
			return node->peers[i];
		}
	}
	return NULL;
}

/* Is this, folded, the text that has been folded already? */
static bool folds_to(const char *name, struct span folded)
{
	struct buf mine = { 0 };
	bool same = !utf8_fold(span_text(name), &mine) &&
	            span_equal(buf_span(&mine), folded);

	buf_clear(&mine);
	return same;
}

bool peers_called(const struct peer *peer, struct span folded)
{
	const Qsg__Card *card = peer->card.fields;

	return folds_to(card->name, folded) || folds_to(card->code, folded);
}

enum err peers_namesake(struct node *node, const struct id32 *but,
    const char *text, struct peer **out)
{
	struct buf folded = { 0 };
	enum err err = utf8_fold(span_text(text), &folded);

	*out = NULL;
	for (size_t i = 0; i < node->peer_count && !err && !*out; i++) {
		struct peer *peer = node->peers[i];

		if (!id_equal(&peer->card.organisation, but) &&
		    peers_called(peer, buf_span(&folded))) {
			*out = peer;
		}
	}
	buf_clear(&folded);
	return err == ERR_MEM ? err : ERR_OK;
}

/* Does it look like the text whose skeleton this is? */
static bool looks_like(const char *name, struct span skeleton)
{
	struct buf mine = { 0 };
	bool same = !utf8_skeleton(span_text(name), &mine) &&
	            span_equal(buf_span(&mine), skeleton);

	buf_clear(&mine);
	return same;
}

enum err peers_lookalike(struct node *node, const struct id32 *but,
    const char *name, struct peer **out)
{
	struct buf skeleton = { 0 };
	enum err err = utf8_skeleton(span_text(name), &skeleton);

	*out = NULL;
	for (size_t i = 0; i < node->peer_count && !err && !*out; i++) {
		struct peer *peer = node->peers[i];

		if (!id_equal(&peer->card.organisation, but) &&
		    looks_like(peer->card.fields->name, buf_span(&skeleton))) {
			*out = peer;
		}
	}
	buf_clear(&skeleton);
	return err == ERR_MEM ? err : ERR_OK;
}

/* "NHS Merton CCG (08R)", with its fingerprint where that is not enough. */
static enum err list_one(struct buf *out, const struct peer *peer, bool whole)
{
	const Qsg__Card *card = peer->card.fields;
	struct fingerprint print = text_fingerprint(&peer->card.organisation);

	return buf_printf(out, "%s%s (%s)%s%s", out->size ? ", " : "",
	    card->name, card->code, whole ? " " : "", whole ? print.text : "");
}

/* Set an error that ends in "NHS Merton CCG (08R), ...": all peers, or those a
 * text fits. */
static enum err list_known(
    const struct node *node, enum err code, const char *text)
{
	bool fitting = code == ERR_AMBIGUOUS;
	size_t most = fitting ? 200 : 300; /* a message has 511 bytes */
	struct buf known = { 0 };
	struct buf folded = { 0 };
	enum err err = utf8_fold(span_text(text), &folded);

	for (size_t i = 1; i < node->peer_count && !err; i++) {
		const struct peer *peer = node->peers[i];

		assert(peer);
		if (fitting && !peers_called(peer, buf_span(&folded))) {
			continue;
		}
		if (known.size > most) {
			err = buf_printf(&known, ", ...");
			break;
		}
		err = list_one(&known, peer, fitting);
	}
	if (!err) {
		err = err_set(code,
		    fitting ? "'%.80s' fits several organisations; name one "
			      "by its fingerprint: %s"
			    : "no organisation '%.80s' is known; known: %s",
		    text,
		    known.size ? buf_text(&known) : "none yet (see peer add)");
	}
	buf_clear(&known);
	buf_clear(&folded);
	return err;
}

enum err peers_resolve(struct node *node, const char *text, struct peer **out)
{
	struct peer *found = NULL;
	struct buf folded = { 0 };
	struct id32 id;
	bool several = false;
	enum err err = ERR_OK;

	if (!text_unfingerprint(span_text(text), &id)) {
		*out = peers_by_id(node, &id);
		return *out ? ERR_OK : list_known(node, ERR_NOTFOUND, text);
	}
	err = utf8_fold(span_text(text), &folded);
	for (size_t i = 0; i < node->peer_count && !err; i++) {
		if (peers_called(node->peers[i], buf_span(&folded))) {
			several = found != NULL;
			found = node->peers[i];
		}
		if (several) {
			break;
		}
	}
	buf_clear(&folded);
	*out = found;
	if (several) {
		return list_known(node, ERR_AMBIGUOUS, text);
	}
	return found && !err ? ERR_OK : list_known(node, ERR_NOTFOUND, text);
}

void peers_problem(
    struct peer *peer, int64_t now_ms, bool by_them, const char *text)
{
	if (by_them) {
		peer->refused_there++;
	} else {
		peer->refused_here++;
	}
	peer->problem_ms = now_ms;
	(void)snprintf(peer->problem, sizeof peer->problem, "%s", text);
}
