#include "sync/peering.h"

#include "base/limits.h"
#include "base/log.h"
#include "service/mention.h"

#include <stdlib.h>
#include <string.h>

enum {
	FIRST_DIAL_MS = 250,
	LONGEST_DIAL_MS = 12000,
	DIAL_STEPS = 7,
	STEADY_MS = 10000,  /* a session this old starts the back-off anew */
	PENDING_MS = 5000,  /* an incoming Hello under way this long */
	CROSSING_MS = 5000, /* two dials that met, not one after the other */
	BARRED_MS = 15000,  /* after a session that broke the protocol */
	LONGEST_WAIT_MS = 1000
};

struct connection {
	uint64_t link; /* 0: free */
	struct session *session;
	bool dialled;
	int64_t started_ms;
	int64_t established_ms; /* 0: not yet */
};

struct entry {
	struct connection connections[LIMIT_LINKS];
	int64_t dial_ms;   /* not before */
	int64_t barred_ms; /* until then it is not listened to */
	unsigned step;
	size_t endpoint;
	bool seen; /* dial_ms is set */
};

struct peering {
	struct node *node;
	struct peering_host host;
	struct session_host session_host;
	struct entry *entries; /* by org - 1 */
	size_t count;
};

static int64_t now_ms(const struct peering *peering)
{
	return clock_steady_ms(node_clock(peering->node));
}

static bool pass_on(void *context, uint64_t link, struct span message)
{
	struct peering *peering = context;
	return peering->host.send(peering->host.context, link, message);
}

enum err peering_new(
    struct node *node, const struct peering_host *host, struct peering **out)
{
	struct peering *peering = calloc(1, sizeof(*peering));
	if (peering == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	peering->node = node;
	peering->host = *host;
	peering->session_host.context = peering;
	peering->session_host.send = pass_on;
	*out = peering;
	return ERR_OK;
}

/* Keep up with the organisations enrolled meanwhile. */
static bool make_entries(struct peering *peering)
{
	size_t count = peers_count(peering->node);
	if (count <= peering->count) {
		return true;
	}
	struct entry *entries =
	    realloc(peering->entries, count * sizeof(*entries));
	if (entries == NULL) {
		return false;
	}
	memset(entries + peering->count, 0,
	    (count - peering->count) * sizeof(*entries));
	peering->entries = entries;
	peering->count = count;
	return true;
}

/* Ourselves have no entry to use. */
static struct entry *entry_of(struct peering *peering, int64_t org)
{
	if (org < 2 || !make_entries(peering) ||
	    (uint64_t)org > peering->count || peering->entries == NULL) {
		return NULL;
	}
	return &peering->entries[org - 1];
}

static bool we_are_lower(const struct peering *peering, const struct peer *peer)
{
	return id_compare(node_id(peering->node), &peer->card.organisation) < 0;
}

static bool lives(const struct connection *connection)
{
	return connection->link != 0 &&
	       session_established(connection->session);
}

static struct connection *live_one(struct entry *entry)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		if (lives(&entry->connections[i])) {
			return &entry->connections[i];
		}
	}
	return NULL;
}

static void drop(struct peering *peering, struct entry *entry,
    struct connection *connection, bool cut)
{
	uint64_t link = connection->link;
	int64_t now = now_ms(peering);
	if (connection->established_ms != 0 &&
	    now - connection->established_ms >= STEADY_MS) {
		entry->step = 0;
		entry->dial_ms =
		    now +
		    (int64_t)rng_below(node_rng(peering->node), FIRST_DIAL_MS);
	}
	session_free(connection->session);
	memset(connection, 0, sizeof(*connection));
	if (cut) {
		peering->host.cut(peering->host.context, link);
	}
}

/* PROTOCOL.md M334: "Once an organisation is refused or barred, a node MUST
 * end every session with it with the commit that says so." */
static void turn_away(
    struct peering *peering, struct entry *entry, struct peer *peer)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		struct connection *connection = &entry->connections[i];
		if (connection->link != 0) {
			session_stop(connection->session, SESSION_STOPPED);
			drop(peering, entry, connection, true);
		}
	}
	peer->connected = false;
}

static void drop_all(struct peering *peering, struct entry *entry)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		if (entry->connections[i].link != 0) {
			drop(peering, entry, &entry->connections[i], true);
		}
	}
}

void peering_free(struct peering *peering)
{
	if (peering == NULL) {
		return;
	}
	for (size_t i = 0; i < peering->count; i++) {
		struct entry *entry = &peering->entries[i];
		for (size_t c = 0; c < LIMIT_LINKS; c++) {
			struct connection *connection = &entry->connections[c];
			if (connection->link != 0) {
				session_stop(
				    connection->session, SESSION_STOPPED);
				drop(peering, entry, connection, true);
			}
		}
	}
	free(peering->entries);
	free(peering);
}

/*
 * Which of two live sessions stays.
 */

/* PROTOCOL.md M112: "Of two live sessions between the same nodes the one that
 * the lower id dialled MUST stay, once its Hello has completed, and of two that
 * the same node dialled the newer one." */
static bool replaces(const struct peering *peering, const struct peer *peer,
    const struct connection *newer, const struct connection *older)
{
	if (newer->dialled == older->dialled) {
		return true;
	}
	bool newer_by_lower = newer->dialled == we_are_lower(peering, peer);
	/* The higher id dials only while it knows of no session: one that it
	 * dials well after ours was made means that ours is dead over there. */
	return newer_by_lower ||
	       newer->started_ms - older->established_ms > CROSSING_MS;
}

static void stop(
    struct peering *peering, struct entry *entry, struct connection *connection)
{
	session_stop(connection->session, SESSION_REPLACED);
	drop(peering, entry, connection, true);
}

/* A connection's Hello has just completed. */
static void settle(struct peering *peering, struct entry *entry,
    struct peer *peer, struct connection *newer)
{
	newer->established_ms = now_ms(peering);
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		struct connection *older = &entry->connections[i];
		if (older == newer || !lives(older)) {
			continue;
		}
		if (!replaces(peering, peer, newer, older)) {
			stop(peering, entry, newer);
			return;
		}
		stop(peering, entry, older);
	}
}

/* Note what became of an entry's sessions. */
static void look_after(
    struct peering *peering, struct entry *entry, struct peer *peer)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		struct connection *connection = &entry->connections[i];
		if (connection->link == 0) {
			continue;
		}
		enum session_end end = session_ended(connection->session);
		if (end == SESSION_VIOLATED) {
			entry->barred_ms = now_ms(peering) + BARRED_MS;
		}
		if (end != SESSION_LIVES) {
			drop(peering, entry, connection, true);
		} else if (connection->established_ms == 0 &&
			   session_established(connection->session)) {
			settle(peering, entry, peer, connection);
		}
	}
	bool connected = live_one(entry) != NULL;
	if (connected && !peer->connected) {
		peer->connected_ms = clock_wall_ms(node_clock(peering->node));
	}
	peer->connected = connected;
}

/*
 * What comes in.
 */

static struct connection *free_place(
    struct peering *peering, struct entry *entry)
{
	struct connection *oldest = NULL;
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		struct connection *connection = &entry->connections[i];
		if (connection->link == 0) {
			return connection;
		}
		if (connection->established_ms == 0 &&
		    (oldest == NULL ||
			connection->started_ms < oldest->started_ms)) {
			oldest = connection;
		}
	}
	if (oldest != NULL) {
		drop(peering, entry, oldest, true);
	}
	return oldest;
}

static struct connection *begin(struct peering *peering, struct entry *entry,
    int64_t org, uint64_t link, bool dialled)
{
	struct connection *connection = free_place(peering, entry);
	if (connection == NULL) {
		peering->host.cut(peering->host.context, link);
		return NULL;
	}
	if (session_new(peering->node, org, link, dialled,
		&peering->session_host, &connection->session) != ERR_OK) {
		log_line(LOG_ERROR, "peering", "no session: %s", err_text());
		peering->host.cut(peering->host.context, link);
		return NULL;
	}
	connection->link = link;
	connection->dialled = dialled;
	connection->started_ms = now_ms(peering);
	return connection;
}

static struct connection *find(struct entry *entry, uint64_t link)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		if (entry->connections[i].link == link) {
			return &entry->connections[i];
		}
	}
	return NULL;
}

void peering_receive(
    struct peering *peering, uint64_t link, int64_t org, struct span message)
{
	struct entry *entry = entry_of(peering, org);
	struct peer *peer = peers_get(peering->node, org);
	/* PROTOCOL.md M115: "A connection whose key belongs to no enrolled
	 * organisation, as of its newest message, MUST be cut." */
	if (entry == NULL || peer == NULL || !peers_admitted(peer) ||
	    link == 0) {
		peering_closed(peering, link);
		peering->host.cut(peering->host.context, link);
		return;
	}
	struct connection *connection = find(entry, link);
	/* PROTOCOL.md M139: "After a session that ended by M109 a node MUST NOT
	 * begin another that the peer dialled for 15 seconds." */
	if (connection == NULL && now_ms(peering) < entry->barred_ms) {
		peering->host.cut(peering->host.context, link);
		return;
	}
	if (connection == NULL) {
		connection = begin(peering, entry, org, link, false);
	}
	if (connection == NULL) {
		return;
	}
	session_receive(connection->session, message);
	look_after(peering, entry, peer);
}

void peering_closed(struct peering *peering, uint64_t link)
{
	for (size_t i = 0; i < peering->count && link != 0; i++) {
		struct entry *entry = &peering->entries[i];
		struct connection *connection = find(entry, link);
		if (connection == NULL) {
			continue;
		}
		drop(peering, entry, connection, false);
		struct peer *peer = peers_get(peering->node, (int64_t)i + 1);
		if (peer != NULL) {
			look_after(peering, entry, peer);
		}
		return;
	}
}

/*
 * Dialling.
 */

/* PROTOCOL.md M114: "While it has no live session with an enrolled organisation
 * whose card names an endpoint, a node MUST dial at least every 15 seconds." */
static int64_t dial_wait(struct peering *peering, struct entry *entry)
{
	int64_t wait = (int64_t)FIRST_DIAL_MS << entry->step;
	if (wait > LONGEST_DIAL_MS) {
		wait = LONGEST_DIAL_MS;
	}
	if (entry->step < DIAL_STEPS) {
		entry->step++;
	}
	int64_t fifth = wait / 5;
	return wait - fifth +
	       (int64_t)rng_below(
		   node_rng(peering->node), (uint64_t)fifth * 2 + 1);
}

/* PROTOCOL.md M113: "A node MUST NOT dial a peer while a session with it
 * lives." */
static bool may_dial(const struct entry *entry, int64_t now)
{
	for (size_t i = 0; i < LIMIT_LINKS; i++) {
		const struct connection *connection = &entry->connections[i];
		if (connection->link == 0) {
			continue;
		}
		if (lives(connection) || connection->dialled ||
		    now - connection->started_ms < PENDING_MS) {
			return false;
		}
	}
	return true;
}

static void dial(struct peering *peering, struct entry *entry,
    const struct peer *peer, int64_t now)
{
	const Qsg__Card *card = peers_keys(peer)->fields;
	if (!entry->seen) {
		/* Two nodes that start together would meet half-way. */
		entry->seen = true;
		entry->dial_ms = now;
		if (!we_are_lower(peering, peer)) {
			entry->dial_ms += (int64_t)rng_below(
			    node_rng(peering->node), FIRST_DIAL_MS);
		}
	}
	if (card->n_endpoints == 0 || now < entry->dial_ms ||
	    !peers_admitted(peer) || !may_dial(entry, now)) {
		return;
	}
	entry->dial_ms = now + dial_wait(peering, entry);
	const char *endpoint =
	    card->endpoints[entry->endpoint % card->n_endpoints];
	entry->endpoint++;
	uint64_t link =
	    peering->host.dial(peering->host.context, peer, endpoint);
	if (link != 0) {
		(void)begin(peering, entry, peer->org, link, true);
	}
}

void peering_tick(struct peering *peering)
{
	int64_t now = now_ms(peering);
	if (!make_entries(peering)) {
		return;
	}
	for (size_t i = 1; i < peering->count; i++) {
		struct entry *entry = &peering->entries[i];
		struct peer *peer = peers_get(peering->node, (int64_t)i + 1);
		if (peer == NULL) {
			drop_all(peering, entry);
			continue;
		}
		for (size_t c = 0; c < LIMIT_LINKS; c++) {
			if (entry->connections[c].link != 0) {
				session_tick(entry->connections[c].session);
			}
		}
		look_after(peering, entry, peer);
		dial(peering, entry, peer, now);
	}
	mention_tick(peering->node);
}

/*
 * Commits.
 */

static void each_session(
    struct peering *peering, void (*act)(struct session *session))
{
	for (size_t i = 0; i < peering->count; i++) {
		struct entry *entry = &peering->entries[i];
		struct peer *peer = peers_get(peering->node, (int64_t)i + 1);
		for (size_t c = 0; c < LIMIT_LINKS; c++) {
			if (entry->connections[c].link != 0) {
				act(entry->connections[c].session);
			}
		}
		if (i > 0 && peer != NULL) {
			look_after(peering, entry, peer);
		}
	}
}

static void handle(struct peering *peering, const struct node_event *event)
{
	bool changed = event->kind == NODE_PEER_CHANGED;
	struct entry *about = changed ? entry_of(peering, event->org) : NULL;
	struct peer *peer = peers_get(peering->node, event->org);
	if (about != NULL && !peers_admitted(peer)) {
		turn_away(peering, about, peer);
	}
	if (about != NULL) {
		/* New endpoints, perhaps: no reason to wait. */
		about->step = 0;
		about->dial_ms = now_ms(peering);
	}
	for (size_t i = 1; i < peering->count; i++) {
		struct entry *entry = &peering->entries[i];
		struct connection *live = live_one(entry);
		if (live == NULL) {
			continue;
		}
		switch (event->kind) {
		case NODE_PEER_CHANGED:
			session_card_changed(live->session);
			break;
		case NODE_STREAM_GREW:
			session_grew(live->session, event);
			break;
		case NODE_HEAD_PUBLISHED:
			session_head_published(live->session);
			break;
		}
	}
}

void peering_committed(struct peering *peering, bool succeeded)
{
	struct node_event event;
	if (!succeeded) {
		each_session(peering, session_undone);
		return;
	}
	while (node_next_event(peering->node, &event)) {
		handle(peering, &event);
	}
	each_session(peering, session_committed);
}

struct session *peering_session(struct peering *peering, int64_t org)
{
	struct entry *entry = entry_of(peering, org);
	struct connection *live = entry == NULL ? NULL : live_one(entry);
	return live == NULL ? NULL : live->session;
}

int peering_timeout_ms(const struct peering *peering)
{
	int64_t now = now_ms(peering);
	int64_t wait = LONGEST_WAIT_MS;
	for (size_t i = 1; i < peering->count; i++) {
		const struct entry *entry = &peering->entries[i];
		const struct peer *peer =
		    peers_get(peering->node, (int64_t)i + 1);
		if (peer != NULL && peers_admitted(peer) &&
		    peers_keys(peer)->fields->n_endpoints > 0 &&
		    entry->dial_ms - now < wait && may_dial(entry, now)) {
			wait = entry->dial_ms - now;
		}
	}
	return wait < 0 ? 0 : (int)wait;
}
