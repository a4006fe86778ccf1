#include "world.h"

#include "service/submit.h"

#include <stdlib.h>

static int64_t org_of(const struct sim_node *sim, unsigned node)
{
	const struct peer *peer =
	    peers_by_id(sim->node, &sim->world->nodes[node].id);
	if (peer == NULL) {
		fprintf(stderr, "sim: %s does not know %s\n", sim->name,
		    sim->world->nodes[node].name);
		abort();
	}
	return peer->org;
}

void item_submit(struct world *world, unsigned author,
    const struct nodes *readers, char *text)
{
	struct sim_node *sim = &world->nodes[author];
	int64_t orgs[WORLD_MAX];
	size_t count = 0;
	Qsg__Payload payload;
	Qsg__Intelligence item;
	char provider[] = "RAL";
	char kind[] = "soft";
	char source[] = "healthwatch";
	char role[] = "administrator";
	char dimension[] = "experience";
	char *dimensions[] = { dimension };
	struct truth truth = { .author = author,
		.readers = *readers,
		.sealed_ms = world->now_ms };
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	for (unsigned i = 0; i < world->count; i++) {
		if (i != author && nodes_has(readers, i)) {
			orgs[count++] = org_of(sim, i);
		}
	}
	item.provider = provider;
	item.kind = kind;
	item.source = source;
	item.dimensions = dimensions;
	item.n_dimensions = 1;
	item.text = text;
	payload.role = role;
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	enum err err =
	    submit_payload(sim->node, orgs, count, &payload, &truth.id);
	if (err == ERR_OK) {
		truth_add(world, &truth);
	} else if (err != ERR_LIMIT) {
		world_fail(world, "a submission failed: %s", err_text());
	}
	world_touch(world, author);
}
