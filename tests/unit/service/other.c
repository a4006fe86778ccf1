#include "other.h"

#include "codec/text.h"
#include "service/stated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct group_state *other_at(size_t at)
{
	const struct group_state *group = NULL;

	OK(groups_resolve(grouped_node(at), OTHER_NAME, &group));
	return group;
}

/* 3, or somebody else, founds the other group, with these as these. */
void other_found_by(size_t by)
{
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;

	grouped_charter(&charter, OTHER_NAME);
	OK(convening_create(grouped_node(by), &charter, &chair, &result));
	OK(node_commit(grouped_node(by)));
}

void other_found(void)
{
	other_found_by(3);
}

void other_invite_by(size_t by, size_t whom, const char *kind)
{
	struct fingerprint fingerprint =
	    text_fingerprint(node_id(grouped_node(whom)));
	const char *known[] = { fingerprint.text };
	struct convening_invitation invitation = {
		.known = known, .known_count = 1, .line = { .kind = kind }
	};
	struct convening_result result;

	OK(convening_invite(
	    grouped_node(by), OTHER_NAME, &invitation, &result));
	OK(node_commit(grouped_node(by)));
}

void other_invite(size_t whom, const char *kind)
{
	other_invite_by(3, whom, kind);
}

void other_join(size_t at)
{
	struct joining_act said = { .group = OTHER_NAME };
	struct joining_result result;

	OK(joining_accept(grouped_node(at), &said, &result));
	OK(node_commit(grouped_node(at)));
	grouped_spread();
}

void other_meet(size_t with)
{
	fixture_meet(&grouped_fixture, 3, with);
	fixture_meet(&grouped_fixture, with, 3);
}

static const char *alarm_of(
    size_t at, const struct group_state *group, size_t of, const char *hint)
{
	static char text[STATED_ALARM_BYTES];
	struct stated_alarm *list = NULL;
	size_t count = 0;

	text[0] = '\0';
	OK(stated_alarms(grouped_node(at), group, &list, &count));
	for (size_t i = 0; i < count; i++) {
		if (id_equal(
			&list[i].organisation, node_id(grouped_node(of))) &&
		    strstr(list[i].text, hint)) {
			(void)snprintf(text, sizeof text, "%s", list[i].text);
		}
	}
	free(list);
	return text;
}

bool other_alarmed(
    size_t at, const struct group_state *group, size_t of, const char *hint)
{
	return alarm_of(at, group, of, hint)[0] != '\0';
}
