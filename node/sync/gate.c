#include "sync/gate.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "session.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum err gate_open(struct gate *gate, void *zmq, const char *domain)
{
	return zap_start(zmq, domain, &gate->zap);
}

void gate_close(struct gate *gate)
{
	zap_stop(gate->zap);
	gate->zap = NULL;
}

static bool same_card_set(const struct gate *gate, struct id32 *digest)
{
	memset(digest, 0, sizeof(*digest));
	size_t count = peers_count(gate->node);
	for (size_t org = 2; org <= count; org++) {
		const struct peer *peer = peers_get(gate->node, (int64_t)org);
		bool counts = peer != NULL && peers_admitted(peer);
		for (size_t i = 0; counts && i < sizeof(digest->b); i++) {
			digest->b[i] ^= peers_keys(peer)->digest.b[i];
		}
	}
	return gate->admitted_any && id_equal(digest, &gate->admitted);
}

enum err gate_admit(struct gate *gate)
{
	struct id32 digest;
	if (gate->zap == NULL || same_card_set(gate, &digest)) {
		return ERR_OK;
	}
	size_t peers = peers_count(gate->node);
	size_t count = 0;
	struct id32 *keys = calloc(2 * peers + 1, sizeof(keys[0]));
	if (keys == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t org = 2; org <= peers; org++) {
		const struct peer *peer = peers_get(gate->node, (int64_t)org);
		/* Keys apply at once, also of a card whose claims wait. */
		const Qsg__Card *card = peer == NULL || !peers_admitted(peer)
		                            ? NULL
		                            : peers_keys(peer)->fields;
		for (size_t i = 0;
		     card != NULL && i < card->n_transport_keys && i < 2; i++) {
			if (card->transport_keys[i].len == sizeof(keys[0])) {
				memcpy(&keys[count++],
				    card->transport_keys[i].data,
				    sizeof(keys[0]));
			}
		}
	}
	enum err err = zap_admit(gate->zap, keys, count);
	free(keys);
	if (err == ERR_OK) {
		gate->admitted = digest;
		gate->admitted_any = true;
	}
	return err;
}

static bool has_key(const struct peer *peer, const struct id32 *key)
{
	return peer != NULL && peer->org != 1 && peers_admitted(peer) &&
	       card_has_transport(peers_keys(peer), key);
}

/* Whom a Hello names; NULL for anything else. */
static struct peer *named(const struct gate *gate, struct span message)
{
	ProtobufCMessage *decoded = NULL;
	struct id32 id = { 0 };
	if (canon_decode_message(&qsg__message__descriptor, message,
		LIMIT_MESSAGE_BYTES, &decoded) != ERR_OK) {
		return NULL;
	}
	const Qsg__Message *hello = (const Qsg__Message *)decoded;
	if (hello->body_case == QSG__MESSAGE__BODY_HELLO &&
	    hello->hello->organisation.len == sizeof(id)) {
		memcpy(&id, hello->hello->organisation.data, sizeof(id));
	}
	canon_free(decoded);
	return peers_by_id(gate->node, &id);
}

/* PROTOCOL.md M144: "A node MUST look up, on every message, whose card in force
 * has the key of the connection that brought it, and cut the connection when
 * there is none."
 *
 * Anybody can write the key of another into a card. So where several cards
 * have it, the Hello tells: it counts for one of those alone. */
struct peer *gate_sender(
    const struct gate *gate, struct conn *conn, struct span message)
{
	struct peer *peer = peers_get(gate->node, conn->org);
	if (has_key(peer, &conn->key)) {
		return peer;
	}
	peer = peers_by_transport(gate->node, &conn->key);
	size_t claims = 0;
	for (size_t org = 2; org <= peers_count(gate->node); org++) {
		claims +=
		    has_key(peers_get(gate->node, (int64_t)org), &conn->key)
			? 1
			: 0;
	}
	if (claims > 1) {
		struct peer *other = named(gate, message);
		peer = has_key(other, &conn->key) ? other : peer;
	}
	conn->org = peer == NULL ? 0 : peer->org;
	return peer;
}
