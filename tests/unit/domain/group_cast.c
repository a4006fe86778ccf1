#include "unit/domain/group_cast.h"

#include <check.h>
#include <string.h>

struct cast cast;

static const unsigned invited[] = { REGION, CCG, CCG2, CQC, COLLEGE };

void cast_setup(void)
{
	world_init(&cast.world, AREA);
	memset(&cast.state, 0, sizeof cast.state);
}

void cast_teardown(void)
{
	group_clear(&cast.state);
	world_clear(&cast.world);
}

Qsg__Roster *cast_first(void)
{
	Qsg__Roster *roster = world_roster(&cast.world, 1, 1);

	world_entry(roster, AREA, "nhs-england-area-team", 1, ENTRY_JOINED);
	world_entry(roster, REGION, "nhs-england-region", 1, 0);
	world_entry(roster, CCG, "ccg", 1, 0);
	world_entry(roster, CCG2, "ccg", 1, 0);
	world_entry(roster, CQC, "cqc", 1, 0);
	world_entry(roster, COLLEGE, "royal-college", 1, 0);
	return roster;
}

void cast_all_accept(const struct id32 *roster)
{
	for (size_t i = 0; i < sizeof invited / sizeof invited[0]; i++)
		(void)world_act(&cast.world, invited[i], 1, "accept", roster);
}

Qsg__Roster *cast_acknowledged(Qsg__Roster *roster, uint64_t epoch)
{
	Qsg__Roster *next = world_next(roster, epoch);

	for (size_t i = 0; i < next->n_entries; i++)
		next->entries[i]->joined = true;
	return next;
}

Qsg__Roster *cast_late(uint64_t epoch)
{
	Qsg__Roster *first = cast_first();
	Qsg__Roster *late = cast_acknowledged(first, epoch);

	qsg__roster__free_unpacked(first, NULL);
	return late;
}

Qsg__Roster *cast_settled(struct id32 *second)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *next = NULL;
	struct id32 first = world_put(&cast.world, AREA, roster);

	cast_all_accept(&first);
	next = cast_acknowledged(roster, 2);
	*second = world_put(&cast.world, AREA, next);
	return next;
}

void cast_succeed(const struct id32 *roster)
{
	static const unsigned members[] = { REGION, CCG, CCG2, CQC };

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		(void)world_voice(&cast.world, members[i], 2, roster, REGION);
}

Qsg__Roster *cast_taken_over(const Qsg__Roster *roster, uint64_t epoch)
{
	Qsg__Roster *next = world_next(roster, epoch);

	next->term = 2;
	return next;
}

struct id32 cast_ground(void)
{
	struct group_fact *last = &cast.world.facts[cast.world.count - 1];

	bytes_put_u64(last->record.b, 0);
	bytes_put_u64(last->record.b + 8, cast.world.records);
	return last->record;
}

void cast_look(unsigned self)
{
	struct id32 id = world_org(self);

	group_clear(&cast.state);
	ck_assert_int_eq(group_evaluate(&cast.world.group, self ? &id : NULL,
			     cast.world.facts, cast.world.count, &cast.state),
	    ERR_OK);
}

const struct group_member *cast_member(unsigned org)
{
	struct id32 id = world_org(org);

	return group_member(&cast.state, &id);
}

bool cast_joined(unsigned org)
{
	const struct group_member *member = cast_member(org);

	return member != NULL && member->standing == GROUP_JOINED;
}

bool cast_convenes(unsigned org)
{
	struct id32 id = world_org(org);

	return id_equal(&cast.state.convenor, &id);
}

bool cast_in_force(const struct id32 *record)
{
	return id_equal(&cast.state.roster, record);
}

void cast_refused(const struct id32 *record, const char *hint)
{
	const char *text = world_refused(&cast.state, record);

	ck_assert_msg(strstr(text, hint) != NULL, "%s: %s", hint, text);
}

void cast_counts(const struct id32 *record)
{
	ck_assert_str_eq(world_refused(&cast.state, record), "");
}
