#include "app/alarming.h"

#include "base/log.h"
#include "codec/text.h"
#include "service/alarms.h"
#include "view/alarm_json.h"
#include "view/json_out.h"

#include <string.h>

enum { WAIT_MS = 30000 };
/* Whether a program has ended is looked at again after so long. */
enum { ROOM_MS = 250 };

struct listing {
	struct node *node;
	json_t *array;
	bool bare;
};

static enum err list_one(void *context, const struct alarm *alarm)
{
	struct listing *listing = context;
	if (listing->bare && !alarm->given) {
		return ERR_OK;
	}
	json_out_append(listing->array, listing->bare
					    ? alarm_json_bare(alarm)
					    : alarm_json(listing->node, alarm));
	return ERR_OK;
}

enum err alarming_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { core->node, json_array(), false };
	answer->json = listing.array;
	return alarms_list(
	    core->node, ops_flag(arguments, "all"), list_one, &listing);
}

enum err alarming_seen(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct alarms_seeing seeing = { .about =
						  ops_text(arguments, "id"),
		.role = ops_text(arguments, "role"),
		.person = ops_text(arguments, "person") };
	struct alarms_saw saw;
	enum err err = alarms_seen(core->node, &seeing, &saw);
	if (err == ERR_OK) {
		answer->json = alarm_json_saw(&saw);
	}
	return err;
}

enum err alarming_wait(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { core->node, json_array(), true };
	json_int_t wait_ms =
	    json_integer_value(json_object_get(arguments, "wait_ms"));
	const char *known = ops_text(arguments, "mark");
	struct id32 mark;
	enum err err = alarms_mark(core->node, &mark);
	if (err == ERR_OK) {
		err = alarms_list(core->node, false, list_one, &listing);
	}
	answer->json = json_object();
	json_out_set(answer->json, "alarms", listing.array);
	json_out_number(answer->json, "repeat_s", core->alarm_repeat_s);
	if (err == ERR_OK) {
		json_out_id(answer->json, "mark", &mark);
	}
	if (err == ERR_OK && wait_ms > 0 && known != NULL &&
	    strcmp(known, text_hex_id(&mark).text) == 0) {
		answer->again_until_ms =
		    clock_steady_ms(node_clock(core->node)) +
		    (wait_ms > WAIT_MS ? WAIT_MS : wait_ms);
	}
	return err;
}

/*
 * In the daemon.
 */

struct ringing {
	struct alarming *alarming;
	int64_t now_ms;
};

static enum err ring_one(void *context, const struct alarm *alarm)
{
	struct ringing *ringing = context;
	struct alarming *alarming = ringing->alarming;
	const struct config_alarm *given = &alarming->given;
	const struct alarm_post post = { given->sendmail, given->mail };
	struct alarm_ring ring;
	if (!alarm->given) {
		return ERR_OK;
	}
	if (!alarm_bell_room(&alarming->bell,
		(size_t)(given->hook != NULL) + (given->mail != NULL))) {
		alarm_bell_wait(&alarming->bell, &alarm->record);
		return ERR_OK;
	}
	enum err err = alarm_bell_name(&alarming->bell, &alarm->record,
	    ringing->now_ms, 1000LL * given->repeat_s, &ring);
	if (err != ERR_OK || !ring.now) {
		return err;
	}
	if (given->hook != NULL) {
		err = alarm_bell_hook(&alarming->bell, given->hook,
		    &alarm->record, ringing->now_ms);
	}
	if (err != ERR_OK) {
		log_line(LOG_ERROR, "alarm", "%s", err_text());
	}
	err = given->mail == NULL ? ERR_OK
	                          : alarm_bell_mail(&alarming->bell, &post,
					&alarm->record, ringing->now_ms);
	if (err != ERR_OK) {
		log_line(LOG_ERROR, "alarm", "%s", err_text());
	}
	return ERR_OK;
}

void alarming_ring(struct alarming *alarming, struct node *node)
{
	struct ringing ringing = { alarming,
		clock_steady_ms(node_clock(node)) };
	if (alarming->given.hook == NULL && alarming->given.mail == NULL) {
		return;
	}
	uint64_t version = 0;
	alarm_bell_reap(&alarming->bell, ringing.now_ms);
	enum err err = alarms_version(node, &version);
	if (err == ERR_OK && version == alarming->version &&
	    ringing.now_ms < alarming->next_ms) {
		return;
	}
	alarm_bell_begin(&alarming->bell);
	err =
	    err != ERR_OK ? err : alarms_list(node, false, ring_one, &ringing);
	if (err != ERR_OK) {
		log_line(LOG_WARN, "alarm", "%s", err_text());
		return;
	}
	alarm_bell_end(&alarming->bell);
	alarming->version = version;
	alarming->next_ms = alarming->bell.waiting
	                        ? ringing.now_ms + ROOM_MS
	                        : alarm_bell_next(&alarming->bell,
				      1000LL * alarming->given.repeat_s);
}
