#include "unit/domain/action_world.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

struct id32 action_org(unsigned org)
{
	struct id32 id = { { 0 } };

	id.b[0] = (uint8_t)org;
	return id;
}

void action_world_init(struct action_world *world)
{
	memset(world, 0, sizeof *world);
}

static void lend_id(
    struct action_world *world, const struct id32 *id, ProtobufCBinaryData *out)
{
	struct id32 *kept = &world->ids[world->id_count++];

	*kept = *id;
	out->data = kept->b;
	out->len = sizeof kept->b;
}

/* Scattered, so that the order of ids is not that of making. */
static struct id32 record_id(size_t number)
{
	struct id32 id = { { 0 } };

	id.b[0] = (uint8_t)(number * 167u);
	id.b[1] = (uint8_t)(number >> 8);
	id.b[31] = 1;
	return id;
}

static struct summit_fact *add(struct action_world *world, unsigned author)
{
	struct summit_fact *fact = &world->facts[world->count];

	fact->record = record_id(world->count);
	fact->author = action_org(author);
	fact->place = world->count;
	fact->payload = &world->payloads[world->count];
	qsg__payload__init(&world->payloads[world->count++]);
	return fact;
}

void action_set(struct action_world *world, unsigned author, unsigned owner)
{
	struct summit_fact *fact = add(world, author);
	Qsg__Payload *payload = &world->payloads[world->count - 1];
	struct id32 id = action_org(owner);

	world->id = fact->record;
	qsg__action__init(&world->action);
	world->action.what = canon_lend("review the rota at night");
	lend_id(world, &id, &world->action.owner);
	payload->content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload->action = &world->action;
}

size_t action_says(struct action_world *world, unsigned author, const char *act,
    unsigned to, size_t answers)
{
	size_t at = world->count;
	Qsg__ActionStep *step = &world->steps[at];
	struct id32 whom = action_org(to);

	(void)add(world, author);
	qsg__action_step__init(step);
	step->act = canon_lend(act);
	step->text = canon_lend("as we said");
	lend_id(world, &world->id, &step->action);
	if (to != 0)
		lend_id(world, &whom, &step->organisation);
	if (answers != 0)
		lend_id(world, &world->facts[answers].record, &step->offer);
	world->payloads[at].content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
	world->payloads[at].action_step = step;
	return at;
}

enum reason action_refused(const struct action_state *state,
    const struct action_world *world, size_t fact)
{
	for (size_t i = 0; i < state->refused_count; i++) {
		if (id_equal(
			&state->refused[i].record, &world->facts[fact].record))
			return state->refused[i].why;
	}
	return REASON_NONE;
}

bool action_counted(const struct action_state *state,
    const struct action_world *world, size_t fact)
{
	for (size_t i = 0; i < state->step_count; i++) {
		if (id_equal(
			&state->steps[i]->record, &world->facts[fact].record))
			return true;
	}
	return false;
}
