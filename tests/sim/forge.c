#include "world.h"

#include "codec/canon.h"

#include <string.h>

/* A stream that the node we lie to holds: the sender may read it, or not. */
static bool pick_stream(struct world *world, unsigned to, struct id32 *out)
{
	const struct node *node = world->nodes[to].node;
	if (node == NULL || node->stream_count == 0) {
		return false;
	}
	size_t at = (size_t)world_below(world, node->stream_count);
	*out = node->streams[at].row.state.id;
	return true;
}

static void set(ProtobufCBinaryData *data, const struct id32 *id)
{
	if (data->len == sizeof(id->b)) {
		memcpy(data->data, id->b, sizeof(id->b));
	}
}

static void swap_bytes(ProtobufCBinaryData *a, ProtobufCBinaryData *b)
{
	ProtobufCBinaryData held = *a;
	*a = *b;
	*b = held;
}

/* Ask for what is not ours to read, or for numbers that are not there. */
static void lie_want(struct world *world, unsigned to, Qsg__Want *want)
{
	struct id32 stream;
	if (world_one_in(world, 3)) {
		want->head_size = world_below(world, 1000);
		return;
	}
	want->first = 1;
	want->request += 1000000;
	if (pick_stream(world, to, &stream)) {
		set(&want->stream, &stream);
	}
}

static void lie_records(struct world *world, unsigned to, Qsg__Records *records)
{
	struct id32 stream;
	size_t last = records->n_records - 1;
	switch (world_below(world, 7)) {
	case 0: /* in another's name */
		set(&records->author,
		    &world->nodes[world_below(world, world->count)].id);
		return;
	case 1: /* of another stream */
		if (pick_stream(world, to, &stream)) {
			set(&records->stream, &stream);
		}
		return;
	case 2: /* in another order */
		swap_bytes(&records->records[0]->header,
		    &records->records[last]->header);
		return;
	case 3: /* with another text */
		swap_bytes(
		    &records->records[0]->body, &records->records[last]->body);
		records->records[last]->body.len /= 2;
		return;
	case 4: /* at another place in the log */
		records->records[last]->index += 1;
		return;
	case 5: /* without its proof */
		records->head_size = world_below(world, 200);
		return;
	default: /* another reader's keys */
		if (records->records[0]->slots.len > 100) {
			records->records[0]->slots.data[99] ^= 1;
		}
		return;
	}
}

static void lie_advertise(
    struct world *world, unsigned to, Qsg__Advertise *advertise)
{
	struct id32 stream;
	Qsg__Offer *offer = advertise->offers[0];
	advertise->page += 1;
	advertise->cursor = 0; /* its own page: it only wastes time */
	if (world_one_in(world, 2)) {
		offer->number += 1 + world_below(world, 100000);
	} else if (pick_stream(world, to, &stream)) {
		set(&offer->stream, &stream);
	}
}

/* Of another head, in another's name, or not what was signed. */
static void lie_cosignature(struct world *world, Qsg__Cosignature *said)
{
	switch (world_below(world, 3)) {
	case 0:
		said->size += 1;
		return;
	case 1:
		set(&said->witness,
		    &world->nodes[world_below(world, world->count)].id);
		return;
	default:
		if (said->line.len > 100) {
			said->line.data[said->line.len - 20] ^= 1;
		}
		return;
	}
}

bool forge_message(
    struct world *world, unsigned to, struct span raw, struct buf *out)
{
	Qsg__Message *message = qsg__message__unpack(NULL, raw.size, raw.data);
	bool worth = message != NULL;
	if (!worth) {
		return false;
	}
	if (message->body_case == QSG__MESSAGE__BODY_WANT) {
		lie_want(world, to, message->want);
	} else if (message->body_case == QSG__MESSAGE__BODY_RECORDS &&
		   message->records->n_records > 0) {
		lie_records(world, to, message->records);
	} else if (message->body_case == QSG__MESSAGE__BODY_ADVERTISE &&
		   message->advertise->n_offers > 0) {
		lie_advertise(world, to, message->advertise);
	} else if (message->body_case == QSG__MESSAGE__BODY_HEAD &&
		   message->head->n_sizes > 0) {
		message->head->sizes[0] += 1;
	} else if (message->body_case == QSG__MESSAGE__BODY_COSIGNATURE) {
		lie_cosignature(world, message->cosignature);
	} else {
		worth = false;
	}
	worth = worth && canon_encode(&message->base, out) == ERR_OK;
	qsg__message__free_unpacked(message, NULL);
	return worth;
}
