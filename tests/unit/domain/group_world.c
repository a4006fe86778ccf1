#include "unit/domain/group_world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct id32 world_org(unsigned org)
{
	struct id32 id;

	memset(id.b, 0x5a, sizeof id.b);
	id.b[0] = (uint8_t)(org >> 8);
	id.b[1] = (uint8_t)org;
	return id;
}

struct id32 world_record(uint64_t number)
{
	struct id32 id;

	memset(id.b, 0xa5, sizeof id.b);
	bytes_put_u64(id.b, number);
	return id;
}

void world_init(struct world *world, unsigned founder)
{
	struct id32 org = world_org(founder);

	memset(world, 0, sizeof *world);
	world->founder = founder;
	world->nonce = world_record(77);
	ck_assert_int_eq(group_id(&org, &world->nonce, &world->group), ERR_OK);
}

void world_clear(struct world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		const void *payload = world->facts[i].payload;
		Qsg__Payload *mine = NULL;

		memcpy(&mine, &payload, sizeof mine);
		qsg__payload__free_unpacked(mine, NULL);
	}
	world->count = 0;
}

static void *grab(size_t size)
{
	void *memory = calloc(1, size);

	ck_assert_ptr_nonnull(memory);
	return memory;
}

void world_string(char **field, const char *text)
{
	if (*field != protobuf_c_empty_string)
		free(*field);
	*field = grab(strlen(text) + 1);
	memcpy(*field, text, strlen(text));
}

void world_bytes(ProtobufCBinaryData *field, const struct id32 *id)
{
	free(field->data);
	*field = (ProtobufCBinaryData){ 0 };
	if (id == NULL)
		return;
	field->len = sizeof id->b;
	field->data = grab(field->len);
	memcpy(field->data, id->b, field->len);
}

Qsg__Roster *world_roster(struct world *world, uint64_t term, uint64_t epoch)
{
	Qsg__Roster *roster = grab(sizeof *roster);
	Qsg__Charter *charter = grab(sizeof *charter);
	struct id32 founder = world_org(world->founder);

	qsg__roster__init(roster);
	qsg__charter__init(charter);
	world_bytes(&roster->group, &world->group);
	world_bytes(&roster->founder, &founder);
	world_bytes(&roster->nonce, &world->nonce);
	roster->term = term;
	roster->epoch = epoch;
	roster->charter = charter;
	world_string(&charter->name, "South London QSG");
	world_string(&charter->level, "local");
	world_string(&charter->region, "London QSG");
	world_string(&charter->cadence, "monthly");
	charter->quorum = 5;
	charter->cycle_days = 365;
	return roster;
}

static size_t place(const Qsg__Roster *roster, unsigned org)
{
	struct id32 id = world_org(org);
	size_t at = 0;

	while (at < roster->n_entries &&
	       memcmp(roster->entries[at]->organisation.data, id.b,
		   sizeof id.b) < 0)
		at++;
	return at;
}

Qsg__RosterEntry *world_entry(Qsg__Roster *roster, unsigned org,
    const char *kind, uint64_t invitation, unsigned flags)
{
	Qsg__RosterEntry *entry = grab(sizeof *entry);
	struct id32 id = world_org(org);
	size_t at = place(roster, org);
	size_t size = (roster->n_entries + 1) * sizeof(Qsg__RosterEntry *);
	void *grown = realloc((void *)roster->entries, size);

	ck_assert_ptr_nonnull(grown);
	roster->entries = grown;
	memmove((void *)(roster->entries + at + 1),
	    (void *)(roster->entries + at),
	    (roster->n_entries - at) * sizeof(Qsg__RosterEntry *));
	roster->entries[at] = entry;
	roster->n_entries++;
	qsg__roster_entry__init(entry);
	world_bytes(&entry->organisation, &id);
	world_string(&entry->kind, kind);
	world_string(&entry->name, "An organisation");
	world_string(&entry->code, "07M");
	entry->invitation = invitation;
	entry->joined = (flags & ENTRY_JOINED) != 0;
	entry->sender_only = (flags & ENTRY_SENDER_ONLY) != 0;
	return entry;
}

Qsg__RosterEntry *world_find(Qsg__Roster *roster, unsigned org)
{
	struct id32 id = world_org(org);
	size_t at = place(roster, org);

	ck_assert_uint_lt(at, roster->n_entries);
	ck_assert_mem_eq(
	    roster->entries[at]->organisation.data, id.b, sizeof id.b);
	return roster->entries[at];
}

void world_drop(Qsg__Roster *roster, unsigned org)
{
	Qsg__RosterEntry *entry = world_find(roster, org);
	size_t at = place(roster, org);

	memmove((void *)(roster->entries + at),
	    (void *)(roster->entries + at + 1),
	    (roster->n_entries - at - 1) * sizeof(Qsg__RosterEntry *));
	roster->n_entries--;
	qsg__roster_entry__free_unpacked(entry, NULL);
}

void world_change(
    Qsg__Roster *roster, unsigned org, const char *what, const char *reason)
{
	Qsg__RosterChange *change = grab(sizeof *change);
	struct id32 id = world_org(org);
	void *grown = realloc((void *)roster->changes,
	    (roster->n_changes + 1) * sizeof(Qsg__RosterChange *));

	ck_assert_ptr_nonnull(grown);
	roster->changes = grown;
	roster->changes[roster->n_changes++] = change;
	qsg__roster_change__init(change);
	world_bytes(&change->organisation, &id);
	world_string(&change->what, what);
	world_string(&change->reason, reason);
}

Qsg__Roster *world_next(const Qsg__Roster *roster, uint64_t epoch)
{
	size_t size = qsg__roster__get_packed_size(roster);
	uint8_t *bytes = grab(size + 1);
	Qsg__Roster *copy = NULL;

	(void)qsg__roster__pack(roster, bytes);
	copy = qsg__roster__unpack(NULL, size, bytes);
	free(bytes);
	ck_assert_ptr_nonnull(copy);
	for (size_t i = 0; i < copy->n_changes; i++)
		qsg__roster_change__free_unpacked(copy->changes[i], NULL);
	copy->n_changes = 0;
	copy->epoch = epoch;
	return copy;
}

struct id32 world_add(
    struct world *world, unsigned author, Qsg__Payload *payload)
{
	struct group_fact *fact = &world->facts[world->count];

	ck_assert_uint_lt(world->count, WORLD_FACTS);
	world->count++;
	fact->record = world_record(++world->records);
	fact->author = world_org(author);
	fact->place = world->records;
	fact->payload = payload;
	return fact->record;
}

static Qsg__Payload *payload_of(Qsg__Payload__ContentCase which)
{
	Qsg__Payload *payload = grab(sizeof *payload);

	qsg__payload__init(payload);
	payload->content_case = which;
	return payload;
}

struct id32 world_put(struct world *world, unsigned author, Qsg__Roster *roster)
{
	Qsg__Payload *payload = payload_of(QSG__PAYLOAD__CONTENT_ROSTER);

	payload->roster = roster;
	return world_add(world, author, payload);
}

struct id32 world_act(struct world *world, unsigned org, uint64_t invitation,
    const char *act, const struct id32 *roster)
{
	Qsg__Payload *payload = payload_of(QSG__PAYLOAD__CONTENT_MEMBERSHIP);

	payload->membership = grab(sizeof *payload->membership);
	qsg__membership__init(payload->membership);
	world_bytes(&payload->membership->group, &world->group);
	payload->membership->invitation = invitation;
	world_string(&payload->membership->act, act);
	world_bytes(&payload->membership->roster, roster);
	return world_add(world, org, payload);
}

struct id32 world_voice(struct world *world, unsigned org, uint64_t term,
    const struct id32 *roster, unsigned successor)
{
	Qsg__Payload *payload = payload_of(QSG__PAYLOAD__CONTENT_SUCCESSION);
	struct id32 id = world_org(successor);

	payload->succession = grab(sizeof *payload->succession);
	qsg__succession__init(payload->succession);
	world_bytes(&payload->succession->group, &world->group);
	payload->succession->term = term;
	world_bytes(&payload->succession->roster, roster);
	world_bytes(&payload->succession->successor, &id);
	return world_add(world, org, payload);
}

const char *world_refused(
    const struct group_state *state, const struct id32 *record)
{
	for (size_t i = 0; i < state->refused_count; i++) {
		if (id_equal(&state->refused[i].record, record))
			return reason_text(state->refused[i].why);
	}
	return "";
}

bool world_alarmed(const struct group_state *state, const char *hint)
{
	for (size_t i = 0; i < state->alarm_count; i++) {
		if (strstr(reason_text(state->alarms[i].why), hint) != NULL)
			return true;
	}
	return false;
}
