#include "domain/grant.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "domain/content.h"
#include "domain/plain.h"

#include <string.h>

/* PROTOCOL.md M424: "A record that bears slots, housekeeping, a record for its
 * author alone, and a grant itself MUST NOT be granted: a grant of what was
 * granted carries the original." */
const char *grant_why_not_kind(const Qsg__Payload *payload)
{
	const struct content_kind *kind = content_kind(payload);

	if (kind == NULL)
		return "it is of a kind that this version does not know";
	if (kind->for_author_alone)
		return "it is for its author alone";
	if (kind->which == QSG__PAYLOAD__CONTENT_GRANT)
		return "it is a grant: name the record that it carries";
	return kind->housekeeping ? "it is housekeeping" : NULL;
}

/* PROTOCOL.md M426: "A node MUST NOT grant a record of another organisation
 * whose handling says that it is not to go on, or to be asked about, or says
 * nothing, unless its author has allowed this very record to this very
 * organisation; nor, where it may go on in its group, to others than those who
 * have joined the group that its readers were resolved from." */
const char *grant_why_not_onward(const struct grant_question *question)
{
	const char *onward = question->onward;

	if (question->own || question->answered)
		return NULL;
	if (strcmp(onward, "none") == 0)
		return "its author says that it is not to be passed on; you "
		       "can ask: qsg onward ask";
	if (strcmp(onward, "group") != 0)
		return "its author is to be asked first: qsg onward ask";
	if (!question->for_group)
		return "it may go on in its group, and was for none: ask its "
		       "author, qsg onward ask";
	return question->grouped
	           ? NULL
	           : "it may go on in its group alone, which this one has "
	             "not joined: ask its author, qsg onward ask";
}

enum err grant_check_reason(const char *reason)
{
	if (reason == NULL || plain_is_blank(reason))
		return err_set(ERR_INPUT, "say why, with --reason TEXT");
	return plain_check_reason("--reason", reason);
}

bool grant_original(const Qsg__Payload *payload, struct id32 *record)
{
	size_t count = 0;

	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];

		if (strcmp(each->relation, "grants") == 0 &&
		    each->record.len == sizeof record->b) {
			memcpy(record->b, each->record.data, sizeof record->b);
			count++;
		}
	}
	return count == 1;
}
