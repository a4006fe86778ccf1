#include "view/alarm_json.h"

#include "service/peers.h"
#include "view/json_out.h"

static const char *kind_of(const struct alarm *alarm)
{
	return alarms_kinds()->words[alarm->kind].token;
}

json_t *alarm_json_bare(const struct alarm *alarm)
{
	json_t *object = json_object();
	json_out_id(object, "record", &alarm->record);
	json_out_text(object, "kind", kind_of(alarm));
	json_out_time(object, "since", alarm->since_ms);
	return object;
}

json_t *alarm_json(struct node *node, const struct alarm *alarm)
{
	json_t *object = alarm_json_bare(alarm);
	const struct peer *author = peers_by_id(node, &alarm->author);
	const Qsg__Card *card = author == NULL ? NULL : author->card.fields;
	bool seen = !id_is_zero(&alarm->seen);
	json_out_id(object, "summit", &alarm->summit);
	json_out_text_or_null(object, "provider", alarm->provider);
	json_out_text_or_null(object, "clock", alarm->clock);
	json_out_text_or_null(
	    object, "author_name", card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, "author_code", card == NULL ? NULL : card->code);
	json_out_bool(object, "seen", seen);
	json_out_time(object, "seen_at", alarm->seen_ms);
	if (seen) {
		json_out_id(object, "seen_record", &alarm->seen);
	} else {
		json_out_set(object, "seen_record", json_null());
	}
	return object;
}

json_t *alarm_json_saw(const struct alarms_saw *saw)
{
	json_t *object = json_object();
	json_out_id(object, "about", &saw->about);
	json_out_id(object, "record", &saw->record);
	json_out_bool(object, "again", saw->again);
	return object;
}
