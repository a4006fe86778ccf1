#include "world.h"

#include <stdlib.h>
#include <string.h>

enum {
	DROP_ONE_IN = 120,
	DUPLICATE_ONE_IN = 100,
	REORDER_ONE_IN = 60,
	CORRUPT_ONE_IN = 250,
	DELAY_ONE_IN = 80,
	FORGE_ONE_IN = 60,
	LINK_BITS = 24,
	PACKET_BYTES = 1400,
	RESEND_MS = 200 /* a lost packet goes again, and doubled each time */
};

/* One connection: ends[0] dialled. A dialler keeps its link when the other
 * process is replaced, as a ZeroMQ socket that connects again in silence; the
 * accepting side sees a new link each time. */
struct wire {
	bool open;
	unsigned node[2];
	uint64_t boot[2];
	uint64_t link[2]; /* 0: none yet */
	uint64_t renewed; /* links given to the accepting side */
	int64_t last_due_ms[2];
};

struct packet {
	int64_t due_ms;
	uint64_t sequence;
	size_t wire;
	unsigned to; /* end of the wire */
	bool stale;
	bool closing; /* no message: the other end is gone */
	uint8_t *data;
	size_t size;
};

static uint64_t make_link(size_t wire, uint64_t renewed, unsigned end)
{
	return ((uint64_t)(wire + 1) << LINK_BITS) | (renewed << 1) | end;
}

static struct wire *wire_of(
    struct world *world, unsigned node, uint64_t link, unsigned *end)
{
	size_t number = (size_t)(link >> LINK_BITS);
	if (number == 0 || number > world->wire_count) {
		return NULL;
	}
	struct wire *wire = &world->wires[number - 1];
	*end = (unsigned)(link & 1);
	if (!wire->open || wire->node[*end] != node ||
	    wire->link[*end] != link) {
		return NULL;
	}
	return wire;
}

/*
 * A heap of packets by (due, sequence).
 */

static bool earlier(const struct packet *a, const struct packet *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms
	                              : a->sequence < b->sequence;
}

static void swap(struct packet *a, struct packet *b)
{
	struct packet held = *a;
	*a = *b;
	*b = held;
}

static void push(struct world *world, const struct packet *packet)
{
	if (world->packet_count == world->packet_capacity) {
		size_t capacity = world->packet_capacity * 2 + 64;
		struct packet *grown =
		    realloc(world->packets, capacity * sizeof(*grown));
		if (grown == NULL) {
			abort();
		}
		world->packets = grown;
		world->packet_capacity = capacity;
	}
	size_t at = world->packet_count++;
	world->packets[at] = *packet;
	while (at > 0 &&
	       earlier(&world->packets[at], &world->packets[(at - 1) / 2])) {
		swap(&world->packets[at], &world->packets[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static struct packet pop(struct world *world)
{
	struct packet first = world->packets[0];
	world->packets[0] = world->packets[--world->packet_count];
	for (size_t at = 0;;) {
		size_t least = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
			if (child < world->packet_count &&
			    earlier(&world->packets[child],
				&world->packets[least])) {
				least = child;
			}
		}
		if (least == at) {
			break;
		}
		swap(&world->packets[at], &world->packets[least]);
		at = least;
	}
	return first;
}

int64_t network_next_ms(const struct world *world)
{
	return world->packet_count == 0 ? INT64_MAX : world->packets[0].due_ms;
}

void network_close(struct world *world)
{
	for (size_t i = 0; i < world->packet_count; i++) {
		free(world->packets[i].data);
	}
	free(world->packets);
	free(world->wires);
}

/*
 * Sending.
 */

static void corrupt(struct world *world, struct packet *packet)
{
	uint64_t count = 1 + world_below(world, 3);
	for (uint64_t i = 0; i < count && packet->size > 0; i++) {
		size_t at = (size_t)world_below(world, packet->size);
		packet->data[at] ^= (uint8_t)(1 + world_below(world, 255));
	}
	if (world_one_in(world, 5)) {
		packet->size = (size_t)world_below(world, packet->size + 1);
	}
	world->faults[FAULT_CORRUPT]++;
}

/* How much later a message is there because packets of it were lost: TCP sends
 * them again, and gives the whole in its order. */
static int64_t lost_packets_ms(struct world *world, size_t size)
{
	int64_t latest = 0;
	for (size_t at = 0; at <= size; at += PACKET_BYTES) {
		int64_t late = 0;
		for (int64_t wait = RESEND_MS;
		     world_below(world, 100) < world->loss_percent; wait *= 2) {
			late += wait;
			world->packets_lost++;
		}
		latest = late > latest ? late : latest;
		world->packets_sent++;
	}
	return latest;
}

static void enqueue(struct world *world, size_t wire, unsigned to,
    struct span message, int64_t late_ms)
{
	struct wire *way = &world->wires[wire];
	struct packet packet = { .wire = wire, .to = to };
	packet.sequence = ++world->sequence;
	packet.data = malloc(message.size + 1);
	if (packet.data == NULL) {
		abort();
	}
	memcpy(packet.data, message.data, message.size);
	packet.size = message.size;
	packet.due_ms =
	    world->now_ms + 1 + (int64_t)world_below(world, 30) + late_ms;
	if (world->loss_percent > 0) {
		packet.due_ms += lost_packets_ms(world, message.size);
	}
	if (world->faults_on && world_one_in(world, CORRUPT_ONE_IN)) {
		corrupt(world, &packet);
	}
	if (world->faults_on && world_one_in(world, DELAY_ONE_IN)) {
		packet.due_ms += (int64_t)world_below(world, 15000);
		world->faults[FAULT_DELAY]++;
	}
	if (world->faults_on && world_one_in(world, REORDER_ONE_IN)) {
		packet.due_ms += (int64_t)world_below(world, 300);
		world->faults[FAULT_REORDER]++;
	} else if (late_ms == 0) {
		if (packet.due_ms < way->last_due_ms[to]) {
			packet.due_ms = way->last_due_ms[to];
		}
		way->last_due_ms[to] = packet.due_ms;
	}
	push(world, &packet);
}

static bool lost(struct world *world, unsigned from, unsigned to)
{
	if (world->split_until_ms[world_pair(world, from, to)] >
	    world->now_ms) {
		world->faults[FAULT_PARTITION]++;
		return true;
	}
	if (world->deaf_until_ms[world_pair(world, from, to)] > world->now_ms) {
		world->faults[FAULT_ONE_WAY]++;
		return true;
	}
	if (world->faults_on && world_one_in(world, DROP_ONE_IN)) {
		world->faults[FAULT_DROP]++;
		return true;
	}
	return false;
}

bool network_send(void *context, uint64_t link, struct span message)
{
	struct sim_node *sim = context;
	struct world *world = sim->world;
	unsigned end = 0;
	if (sim->dying) {
		return true;
	}
	struct wire *wire = wire_of(world, sim->index, link, &end);
	if (wire == NULL) {
		return false;
	}
	unsigned to = wire->node[1 - end];
	size_t number = (size_t)(wire - world->wires);
	world->messages++;
	world->bytes += message.size;
	truth_watch(world, sim->index, to, message);
	if (lost(world, sim->index, to)) {
		return true;
	}
	if (world->faults_on && world_one_in(world, FORGE_ONE_IN)) {
		struct buf lie = { 0 };
		if (forge_message(world, to, message, &lie)) {
			world->faults[FAULT_FORGE]++;
			enqueue(world, number, 1 - end, buf_span(&lie), 0);
		}
		buf_clear(&lie);
	}
	enqueue(world, number, 1 - end, message, 0);
	if (world->faults_on && world_one_in(world, DUPLICATE_ONE_IN)) {
		world->faults[FAULT_DUPLICATE]++;
		enqueue(world, number, 1 - end, message,
		    1 + (int64_t)world_below(world, 40000));
	}
	return true;
}

uint64_t network_dial(
    void *context, const struct peer *peer, const char *endpoint)
{
	struct sim_node *sim = context;
	struct world *world = sim->world;
	(void)endpoint;
	int to = world_index_of(world, &peer->card.organisation);
	if (to < 0) {
		return 0;
	}
	if (world->wire_count == world->wire_capacity) {
		size_t capacity = world->wire_capacity * 2 + 64;
		struct wire *grown =
		    realloc(world->wires, capacity * sizeof(*grown));
		if (grown == NULL) {
			abort();
		}
		world->wires = grown;
		world->wire_capacity = capacity;
	}
	size_t number = world->wire_count++;
	struct wire *wire = &world->wires[number];
	memset(wire, 0, sizeof(*wire));
	wire->open = true;
	wire->node[0] = sim->index;
	wire->node[1] = (unsigned)to;
	wire->boot[0] = sim->boot;
	wire->link[0] = make_link(number, 0, 0);
	return wire->link[0];
}

static void tell_closed(struct world *world, struct wire *wire, unsigned end)
{
	struct packet packet = { .wire = (size_t)(wire - world->wires),
		.to = end,
		.closing = true,
		.due_ms = world->now_ms + 1,
		.sequence = ++world->sequence };
	push(world, &packet);
}

static void shut(struct world *world, struct wire *wire, unsigned end)
{
	if (end == 1) {
		/* The dialler connects again and does not notice. */
		wire->link[1] = 0;
		return;
	}
	wire->open = false;
	/* The other side may see it at once, or find out by the silence. */
	if (wire->link[1] != 0 && world_one_in(world, 2)) {
		tell_closed(world, wire, 1);
	}
}

void network_cut(void *context, uint64_t link)
{
	struct sim_node *sim = context;
	unsigned end = 0;
	struct wire *wire = wire_of(sim->world, sim->index, link, &end);
	if (wire != NULL && !sim->dying) {
		shut(sim->world, wire, end);
	}
}

void network_node_gone(struct world *world, unsigned index)
{
	for (size_t i = 0; i < world->wire_count; i++) {
		struct wire *wire = &world->wires[i];
		if (wire->open && wire->node[0] == index) {
			shut(world, wire, 0);
		} else if (wire->open && wire->node[1] == index) {
			wire->link[1] = 0;
		}
	}
}

void network_break_one(struct world *world)
{
	for (unsigned tries = 0; tries < 20 && world->wire_count > 0; tries++) {
		struct wire *wire =
		    &world->wires[world_below(world, world->wire_count)];
		if (!wire->open) {
			continue;
		}
		world->faults[FAULT_CUT]++;
		if (wire->link[1] != 0) {
			tell_closed(world, wire, 1);
		}
		if (world_one_in(world, 2)) {
			tell_closed(world, wire, 0);
			wire->open = false;
		}
		return;
	}
}

/*
 * Delivering.
 */

/* The process is not running: most is lost, some waits for the next one. */
static void wait_for(
    struct world *world, struct packet *packet, const struct sim_node *sim)
{
	if (packet->to == 1 && world->faults_on && world_one_in(world, 3)) {
		packet->due_ms = sim->up_ms + 5;
		packet->stale = true;
		push(world, packet);
		return;
	}
	free(packet->data);
}

static void deliver(struct world *world, struct packet *packet)
{
	struct wire *wire = &world->wires[packet->wire];
	struct sim_node *sim = &world->nodes[wire->node[packet->to]];
	unsigned from = wire->node[1 - packet->to];
	if (packet->closing) {
		if (sim->node != NULL && wire->link[packet->to] != 0) {
			uint64_t link = wire->link[packet->to];
			wire->link[packet->to] = packet->to == 1 ? 0 : link;
			peering_closed(sim->peering, link);
		}
		return;
	}
	if (!wire->open) {
		free(packet->data);
		return;
	}
	if (sim->node == NULL) {
		wait_for(world, packet, sim);
		return;
	}
	if (packet->stale) {
		world->faults[FAULT_STALE]++;
	}
	if (packet->to == 1 && wire->link[1] == 0) {
		wire->link[1] = make_link(packet->wire, ++wire->renewed, 1);
	}
	world_trace(world, &world->now_ms, sizeof(world->now_ms));
	world_trace(world, &wire->link[packet->to], sizeof(uint64_t));
	world_trace(world, packet->data, packet->size);
	const struct peer *peer =
	    peers_by_id(sim->node, &world->nodes[from].id);
	world_touch(world, sim->index);
	peering_receive(sim->peering, wire->link[packet->to],
	    peer == NULL ? 0 : peer->org, span_of(packet->data, packet->size));
	free(packet->data);
}

void network_deliver(struct world *world)
{
	while (world->packet_count > 0 &&
	       world->packets[0].due_ms <= world->now_ms) {
		struct packet packet = pop(world);
		deliver(world, &packet);
	}
}
