#define _POSIX_C_SOURCE 200809L
#include "service/state.h"

#include "codec/canon.h"
#include "codec/text.h"

#include <stdlib.h>
#include <string.h>

static struct state_log *log_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log);
}

static struct peer *find_stranger(struct node *node, const struct id32 *id)
{
	size_t place = 0;
	uint32_t at = 0;

	while (table_next(
	    &node->stranger_index, bytes_get_u64(id->b), &place, &at)) {
		struct peer *peer = node->strangers[at];

		if (peer && id_equal(&peer->card.organisation, id)) {
			return peer;
		}
	}
	return NULL;
}

/* A stranger may be enrolled meanwhile. */
int64_t state_author(struct node *node, uint32_t rid)
{
	const struct view_granted *granted = views_granted(node->views, rid);
	const struct peer *peer = NULL;

	if (!granted) {
		return log_of(node, rid)->org;
	}
	peer = peers_by_id(node, &granted->author);
	if (!peer) {
		peer = find_stranger(node, &granted->author);
	}
	return peer ? peer->org : 0;
}

const struct id32 *state_author_id(struct node *node, uint32_t rid)
{
	const struct view_granted *granted = views_granted(node->views, rid);

	return granted ? &granted->author : &log_of(node, rid)->head.author;
}

size_t state_author_slots(const struct node *node)
{
	return node->peer_count + node->stranger_count + 1;
}

size_t state_author_slot(const struct node *node, int64_t author)
{
	size_t place = author > 0 ? (size_t)author - 1
	                          : node->peer_count + (size_t)-author - 1;

	return author && place + 1 < state_author_slots(node)
	           ? place
	           : state_author_slots(node) - 1;
}

/* Does somebody who is enrolled go by what it claims, or look as if? */
static enum err is_taken(
    struct node *node, const struct card *card, bool *taken)
{
	const struct id32 *id = &card->organisation;
	struct peer *peer = NULL;
	enum err err = peers_namesake(node, id, card->fields->name, &peer);

	if (!err && !peer) {
		err = peers_lookalike(node, id, card->fields->name, &peer);
	}
	*taken = peer != NULL;
	return err;
}

static void put_text(char **field, char *text)
{
	if (*field != protobuf_c_empty_string) {
		free(*field);
	}
	*field = text;
}

/* PROTOCOL.md M439: "Of an author that is known by grants alone a node MUST
 * show that, its fingerprint, and its name as what it calls itself; and MUST
 * NOT show its code, nor a name by which one that is enrolled goes." Anybody
 * can sign a card with any name in it. */
static enum err call_unknown(struct node *node, struct card *card)
{
	struct fingerprint print = text_fingerprint(&card->organisation);
	struct buf name = { 0 };
	bool taken = false;
	char *text = NULL;
	enum err err = is_taken(node, card, &taken);

	if (!err) {
		err = taken ? buf_printf(&name,
				  "unknown organisation %.9s, which calls "
				  "itself as one that is known here",
				  print.text)
		            : buf_printf(&name,
				  "unknown organisation %.9s, which calls "
				  "itself %s",
				  print.text, card->fields->name);
	}
	if (!err) {
		text = strdup(buf_text(&name));
		err = text ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		put_text(&card->fields->name, text);
		put_text(
		    &card->fields->code, canon_lend(protobuf_c_empty_string));
	}
	buf_clear(&name);
	return err;
}

static enum err copy_unknown(
    struct node *node, const struct card *card, struct card *out)
{
	enum err err = card_copy(card, out);

	if (!err) {
		err = call_unknown(node, out);
		if (err) {
			card_clear(out);
		}
	}
	return err;
}

/* Where the next one goes: to the place of one that was forgotten, or behind
 * all. */
static size_t free_place(const struct node *node)
{
	size_t at = 0;

	while (at < node->stranger_count && node->strangers[at]) {
		at++;
	}
	return at;
}

static enum err make_room(struct node *node, size_t at)
{
	struct peer **all = NULL;

	if (at < node->stranger_count) {
		return ERR_OK;
	}
	all =
	    realloc((void *)node->strangers, (at + 1) * sizeof(struct peer *));
	if (!all) {
		return err_set(ERR_MEM, "out of memory");
	}
	node->strangers = all;
	node->strangers[node->stranger_count++] = NULL;
	return ERR_OK;
}

static enum err add_stranger(
    struct node *node, const struct card *card, int64_t granter)
{
	size_t at = free_place(node);
	struct peer *peer = NULL;
	enum err err = make_room(node, at);

	if (err) {
		return err;
	}
	peer = calloc(1, sizeof *peer);
	if (!peer) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = copy_unknown(node, card, &peer->card);
	if (!err) {
		err = table_add(&node->stranger_index,
		    bytes_get_u64(card->organisation.b), (uint32_t)at);
	}
	if (err) {
		card_clear(&peer->card);
		free(peer);
		return err;
	}
	peer->org = -(int64_t)at - 1;
	peer->met_by = granter;
	/* Nothing is taken from it, or sent to it. */
	peer->barred = true;
	node->strangers[at] = peer;
	return ERR_OK;
}

/* So that one granter cannot take the places of all. */
static enum err check_room(const struct node *node, int64_t granter)
{
	size_t all = 0;
	size_t of_one = 0;

	for (size_t i = 0; i < node->stranger_count; i++) {
		const struct peer *peer = node->strangers[i];

		all += peer != NULL;
		of_one += peer && peer->met_by == granter;
	}
	if (of_one >= LIMIT_STRANGERS_OF_ONE) {
		return err_set(ERR_LIMIT,
		    "%u authors are known by the grants of one organisation "
		    "alone already",
		    LIMIT_STRANGERS_OF_ONE);
	}
	return all < LIMIT_STRANGERS
	           ? ERR_OK
	           : err_set(ERR_LIMIT,
			 "%u authors are known by grants alone already",
			 LIMIT_STRANGERS);
}

enum err state_meet_stranger(
    struct node *node, const struct card *card, int64_t granter)
{
	struct peer *known = peers_by_id(node, &card->organisation);
	struct card copy = { 0 };
	enum err err = ERR_OK;

	if (known) {
		return ERR_OK;
	}
	known = find_stranger(node, &card->organisation);
	if (!known) {
		err = check_room(node, granter);
		return err ? err : add_stranger(node, card, granter);
	}
	if (card_compare(&known->card, card) != CARD_NEWER) {
		return ERR_OK;
	}
	err = copy_unknown(node, card, &copy);
	if (!err) {
		card_clear(&known->card);
		known->card = copy;
	}
	return err;
}

void state_author_carried(struct node *node, const struct id32 *author)
{
	struct peer *peer = find_stranger(node, author);

	if (peer) {
		peer->carried++;
	}
}

void state_author_dropped(struct node *node, const struct id32 *author)
{
	struct peer *peer = find_stranger(node, author);

	if (!peer || !peer->carried || --peer->carried) {
		return;
	}
	node->strangers[-peer->org - 1] = NULL;
	card_clear(&peer->card);
	free(peer);
}
