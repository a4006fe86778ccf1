#include "domain/picture_retract.h"

#include "domain/reference.h"

#include <string.h>

static Qsg__Payload__ContentCase content_of(const struct picture_entry *entry)
{
	return entry->fact->payload->content_case;
}

/* PROTOCOL.md M476: "A retraction MUST count only for records of its own
 * author, and for none that is a retraction itself." */
const char *picture_why_not_retracted(
    const struct picture_entry *retraction, const struct picture_entry *target)
{
	if (content_of(target) == QSG__PAYLOAD__CONTENT_RETRACTION)
		return "what is retracted stays retracted";
	return id_equal(&retraction->fact->author, &target->fact->author)
	           ? NULL
	           : "by another organisation than the record's author";
}

/* Of items a chain has one standing, the last's. */
static void take_back(struct picture *picture, size_t at)
{
	struct picture_entry *target = &picture->entries[at];
	Qsg__Payload__ContentCase content = content_of(target);

	if (content == QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
	    content == QSG__PAYLOAD__CONTENT_INDICATORS)
		target = &picture->entries[picture_current(picture, at)];
	if (target->standing == PICTURE_COUNTS ||
	    target->standing == PICTURE_OLDER) {
		target->standing = PICTURE_RETRACTED;
		target->why = "retracted by its author";
	}
}

static void take_all_back(
    struct picture *picture, const struct picture_entry *retraction)
{
	const Qsg__Payload *payload = retraction->fact->payload;

	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];
		struct id32 id;
		size_t at = PICTURE_NONE;

		if (reference_named(each->relation) != REFERENCE_RETRACTS ||
		    each->record.len != sizeof id.b)
			continue;
		memcpy(id.b, each->record.data, sizeof id.b);
		at = picture_find(picture, &id);
		if (at != PICTURE_NONE && picture_why_not_retracted(retraction,
					      &picture->entries[at]) == NULL)
			take_back(picture, at);
	}
}

/* PROTOCOL.md M477: "What its author has retracted MUST NOT count, and with it
 * neither what it corrects nor what corrects it, whichever of them the
 * retraction names and whenever it came; nor MUST what it had taken the place
 * of count again." */
void picture_retract(struct picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];

		if (content_of(entry) == QSG__PAYLOAD__CONTENT_RETRACTION &&
		    entry->standing == PICTURE_COUNTS)
			take_all_back(picture, entry);
	}
}
