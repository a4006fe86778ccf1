#include "flooding.h"

#include "codec/canon.h"

#define HOME (&grouped_fixture)

size_t flooding_open(size_t at)
{
	const struct groups *groups = grouped_node(at)->groups;
	size_t open = 0;

	for (size_t i = 0; i < groups->all_count; i++) {
		const struct groups_held *held = groups->all[i];

		for (size_t j = 0; j < held->author_count; j++) {
			open += held->authors[j].rosters.count +
			        held->authors[j].acts.count;
		}
	}
	return open;
}

struct groups_passed flooding_passed(size_t at, size_t of)
{
	struct groups_passed passed;

	OK(groups_passed(grouped_node(at), &grouped_at(at)->id,
	    node_id(grouped_node(of)), &passed));
	return passed;
}

uint64_t flooding_passed_by(size_t at, size_t of)
{
	int64_t org = fixture_org(HOME, at, of);
	const struct groups *groups = grouped_node(at)->groups;
	uint64_t counted = 0;

	for (size_t i = 0; i < groups->all_count; i++) {
		const struct groups_author *author =
		    groups_author_of(groups->all[i], org);

		if (author && groups->all[i]->known) {
			counted +=
			    author->beyond + author->unlisted + author->unheard;
		} else if (author) {
			counted += author->count;
		}
	}
	ck_assert_uint_eq(groups_passed_by(grouped_node(at), org), counted);
	return counted;
}

static const int64_t *others_of_2(void)
{
	static int64_t orgs[2];

	orgs[0] = fixture_org(HOME, 2, 0);
	orgs[1] = fixture_org(HOME, 2, 1);
	return orgs;
}

struct id32 flooding_say(Qsg__Payload *payload, bool to_group)
{
	const struct group_state *group = grouped_at(2);
	struct submit_group from = { .id = group->id, .epoch = group->epoch };
	struct id32 record;

	payload->role = canon_lend("administrator");
	if (to_group) {
		OK(submit_to_group(grouped_node(2), &from, others_of_2(), 2,
		    payload, &record));
	} else {
		OK(submit_payload(
		    grouped_node(2), others_of_2(), 2, payload, &record));
	}
	return record;
}

void flooding_take_first(const struct id32 *last, uint64_t batch)
{
	uint64_t count = fixture_view(HOME, 2, last)->number;

	for (uint64_t first = 1; first <= count; first += batch) {
		uint64_t to =
		    first + batch - 1 < count ? first + batch - 1 : count;
		struct replica_taken taken;
		Qsg__Records *message =
		    fixture_message(HOME, 2, 1, last, first, to);

		OK(fixture_take(HOME, 1, 2, message, &taken));
		OK(node_commit(grouped_node(1)));
		canon_free(&message->base);
	}
}

void flooding_take_rest(void)
{
	struct replica_taken taken;

	for (size_t i = 0; i < 20; i++) {
		OK(fixture_pull(HOME, 0, 2, &taken));
		OK(fixture_pull(HOME, 1, 2, &taken));
	}
}
