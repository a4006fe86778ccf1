#include "world.h"

#include "service/groups.h"
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

/* The readers' org numbers; how many. */
static size_t list_orgs(
    const struct sim_node *sim, const struct nodes *readers, int64_t *orgs)
{
	size_t count = 0;
	for (unsigned i = 0; i < sim->world->count; i++) {
		if (i != sim->index && nodes_has(readers, i)) {
			orgs[count++] = org_of(sim, i);
		}
	}
	return count;
}

struct addressed {
	const struct submit_group *group; /* NULL: none */
	const int64_t *orgs;
	size_t count;
};

static void submit(struct world *world, const struct addressed *to,
    struct truth *truth, char *text)
{
	Qsg__Payload payload;
	Qsg__Intelligence item;
	char provider[] = "RAL";
	char kind[] = "soft";
	char source[] = "healthwatch";
	char role[] = "administrator";
	char dimension[] = "experience";
	char *dimensions[] = { dimension };
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = provider;
	item.kind = kind;
	item.source = source;
	item.dimensions = dimensions;
	item.n_dimensions = 1;
	item.text = text;
	payload.role = role;
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	enum err err = submit_to_group(world->nodes[truth->author].node,
	    to->group, to->orgs, to->count, &payload, &truth->id);
	if (err == ERR_OK) {
		truth_add(world, truth);
	} else if (err != ERR_LIMIT) {
		world_fail(world, "a submission failed: %s", err_text());
	}
	world_touch(world, truth->author);
}

void item_submit(struct world *world, unsigned author,
    const struct nodes *readers, char *text)
{
	int64_t orgs[WORLD_MAX];
	struct truth truth = { .author = author,
		.readers = *readers,
		.type = VIEW_INTELLIGENCE,
		.sealed_ms = world->now_ms };
	struct addressed to = { .orgs = orgs };
	to.count = list_orgs(&world->nodes[author], readers, orgs);
	submit(world, &to, &truth, text);
}

static bool resolves_to(const struct sim_node *sim, const struct nodes *readers,
    const int64_t *orgs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int at = world_index_of(sim->world,
		    &peers_get(sim->node, orgs[i])->card.organisation);
		if (at < 0 || !nodes_has(readers, (unsigned)at)) {
			return false;
		}
	}
	return count + 1 == nodes_count(readers);
}

void item_submit_to_group(struct world *world, unsigned author,
    const char *group, const struct nodes *readers, char *text)
{
	const struct sim_node *sim = &world->nodes[author];
	const struct group_state *state = NULL;
	struct truth truth = { .author = author,
		.readers = *readers,
		.type = VIEW_INTELLIGENCE,
		.sealed_ms = world->now_ms };
	int64_t *orgs = NULL;
	size_t count = 0;
	if (groups_resolve(sim->node, group, &state) != ERR_OK ||
	    groups_readers(sim->node, state, &orgs, &count) != ERR_OK) {
		world_fail(world, "%s resolves to nobody at %s: %s", group,
		    sim->name, err_text());
		return;
	}
	if (!resolves_to(sim, readers, orgs, count)) {
		world_fail(
		    world, "%s resolves to others at %s", group, sim->name);
	}
	struct submit_group from = { .id = state->id, .epoch = state->epoch };
	struct addressed to = { .group = &from, .orgs = orgs, .count = count };
	submit(world, &to, &truth, text);
	free(orgs);
}
