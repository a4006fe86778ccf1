#include "domain/picture_retract.h"

static Qsg__Payload__ContentCase content_of(const struct picture_entry *entry)
{
	return entry->fact->payload->content_case;
}

/* PROTOCOL.md M476: "A retraction MUST count only when its author is the author
 * of the record that it names, and that is no retraction itself." */
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
static struct picture_entry *target_of(
    struct picture *picture, const struct picture_entry *retraction)
{
	size_t at = retraction->target;
	Qsg__Payload__ContentCase content = content_of(&picture->entries[at]);

	if (content == QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
	    content == QSG__PAYLOAD__CONTENT_INDICATORS)
		at = picture_current(picture, at);
	return &picture->entries[at];
}

/* PROTOCOL.md M477: "What its author has retracted MUST NOT count, and with it
 * neither what it corrects nor what corrects it, whichever of them the
 * retraction names and whenever it came; nor MUST what it had taken the place
 * of count again." */
void picture_retract(struct picture *picture)
{
	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];
		struct picture_entry *target = NULL;

		if (content_of(entry) != QSG__PAYLOAD__CONTENT_RETRACTION ||
		    entry->standing != PICTURE_COUNTS)
			continue;
		target = target_of(picture, entry);
		if (target->standing == PICTURE_COUNTS ||
		    target->standing == PICTURE_OLDER) {
			target->standing = PICTURE_RETRACTED;
			target->why = "retracted by its author";
		}
	}
}
