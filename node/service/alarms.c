#include "service/alarms.h"

#include "base/log.h"
#include "codec/canon.h"
#include "domain/summit_words.h"
#include "service/query.h"
#include "service/state.h"
#include "service/submit.h"
#include "service/summit_clocks.h"
#include "service/vetting.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A summit is looked at anew after so long, as rosters and cards change what it
 * comes to, too: so many at once. */
#define AGED_MS 60000
#define AGED_AT_ONCE 8u
/* What could not be recorded is tried again after so long. */
#define RETRY_MS 10000
/* Of what one says so many are given out. */
#define GIVEN 16u
/* What took long to look at rests so many times as long, at most so long. */
#define REST_TIMES 20
#define REST_MS 10000

static const struct vocab_word words[] = {
	{ "trigger", "risk summit triggered", "a risk summit calls us" },
	{ "invitation", "invited to a risk summit", "it asks us to help" },
	{ "missed", "clock missed", "what a risk summit asks for is late" },
};

const struct vocab *alarms_kinds(void)
{
	static const struct vocab vocab = { "kind", words,
		sizeof words / sizeof words[0] };

	return &vocab;
}

/* That a person saw one. */
struct seen {
	struct id32 about;
	struct id32 record;
	int64_t at_ms;
};

/* Of one summit, as it was looked at. */
struct part {
	uint64_t heard;
	int64_t next_ms;   /* wall: a clock runs out; or it is tried again */
	int64_t looked_ms; /* steady */
	int64_t rests_ms;  /* steady: not before, though more was heard */
	bool looked;
	bool kept; /* ... and what is to be recorded was */
	struct alarm *list;
	size_t count;
};

struct alarms {
	struct part *parts; /* as summits_at */
	size_t count;
	struct seen *seen;
	size_t seen_count;
	size_t seen_capacity;
	uint32_t looked; /* records up to this one for who saw what */
	uint64_t version;
	/* How all stood when they were gone through last: until something is
	 * heard or one of these times is over nothing is to be done. */
	bool passed;
	bool passed_kept;
	uint64_t passed_heard;
	int64_t wall_ms;
	int64_t steady_ms;
};

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * What was seen.
 */

static enum err add_seen(struct node *node, uint32_t rid)
{
	struct alarms *alarms = node->alarms;
	size_t more = alarms->seen_capacity ? alarms->seen_capacity * 2 : 8;
	const struct view_record *view = views_get(node->views, rid);
	struct seen *grown = alarms->seen;
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (err || !payload) {
		return err;
	}
	if (alarms->seen_count == alarms->seen_capacity) {
		grown = realloc(alarms->seen, more * sizeof *grown);
		if (grown) {
			alarms->seen = grown;
			alarms->seen_capacity = more;
		}
	}
	if (!grown) {
		err = out_of_memory();
	} else if (payload->alarm_seen->about.len == sizeof view->id.b) {
		grown += alarms->seen_count++;
		*grown = (struct seen){ .record = view->id,
			.at_ms = view->created_ms };
		memcpy(grown->about.b, payload->alarm_seen->about.data,
		    sizeof grown->about.b);
	}
	canon_wipe(&payload->base);
	return err;
}

/* What was looked at before is not looked at again. */
static enum err find_seen(struct node *node)
{
	struct alarms *alarms = node->alarms;
	uint32_t count = (uint32_t)views_count(node->views);
	enum err err = ERR_OK;

	for (uint32_t rid = alarms->looked + 1; rid <= count && !err; rid++) {
		const struct view_record *view = views_get(node->views, rid);

		if (view->type == VIEW_ALARM_SEEN &&
		    view->state == RECORD_READABLE &&
		    state_author(node, rid) == 1) {
			err = add_seen(node, rid);
		}
		if (!err) {
			alarms->looked = rid;
		}
	}
	return err;
}

static const struct seen *seen_of(
    const struct alarms *alarms, const struct id32 *record)
{
	for (size_t i = 0; i < alarms->seen_count; i++) {
		if (id_equal(&alarms->seen[i].about, record)) {
			return &alarms->seen[i];
		}
	}
	return NULL;
}

/*
 * The alarms of one summit.
 */

static const char *provider_of(const Qsg__Payload *payload)
{
	return payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER
	           ? payload->summit_trigger->provider
	           : payload->summit_invitation->provider;
}

/* Whose record set the clock. */
static void take_cause(
    struct node *node, const Qsg__SummitMissed *missed, struct id32 *out)
{
	struct id32 of;
	uint32_t rid = 0;

	if (missed->of.len == sizeof of.b) {
		memcpy(of.b, missed->of.data, sizeof of.b);
		rid = views_find(node->views, &of);
	}
	if (rid) {
		*out = *state_author_id(node, rid);
	}
}

static void raise_alarm(struct node *node, struct part *part,
    const struct summits_look *look, enum alarm_kind kind,
    const struct summit_fact *fact)
{
	struct alarm *alarm = &part->list[part->count++];
	const struct summit_fact *trigger = look->state.trigger;
	uint32_t rid = views_find(node->views, &fact->record);
	const char *provider =
	    kind == ALARM_MISSED ? trigger ? provider_of(trigger->payload) : ""
				 : provider_of(fact->payload);

	*alarm = (struct alarm){ .record = fact->record,
		.summit = look->state.id,
		.author = fact->author,
		.kind = kind,
		.clock = "" };
	alarm->cause = fact->author;
	if (kind == ALARM_MISSED) {
		take_cause(node, fact->payload->summit_missed, &alarm->cause);
	}
	alarm->since_ms = rid ? views_get(node->views, rid)->received_ms : 0;
	(void)snprintf(alarm->provider, sizeof alarm->provider, "%s", provider);
	for (size_t i = 0; kind == ALARM_MISSED && i < summit_clocks()->count;
	     i++) {
		const char *token = summit_clocks()->words[i].token;

		if (strcmp(fact->payload->summit_missed->clock, token) == 0) {
			alarm->clock = token;
		}
	}
}

static bool is_by(const struct summit_fact *fact, const struct id32 *author,
    Qsg__Payload__ContentCase which)
{
	return fact->payload->content_case == which &&
	       id_equal(&fact->author, author);
}

/* PROTOCOL.md M692: "An alarm MUST stand until a person of the organisation
 * recorded that it was seen or, to a trigger and an invitation, responded;
 * until then it MUST be given again each time the interval of `alarm.repeat` is
 * over."
 */
static void acknowledge(
    struct node *node, struct part *part, const struct summits_look *look)
{
	const struct summit_fact *response = NULL;

	for (size_t i = 0; i < look->count; i++) {
		if (is_by(&look->facts[i], node_id(node),
			QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE)) {
			response = &look->facts[i];
		}
	}
	for (size_t i = 0; i < part->count; i++) {
		struct alarm *alarm = &part->list[i];
		const struct seen *seen = seen_of(node->alarms, &alarm->record);

		if (seen) {
			alarm->seen = seen->record;
			alarm->seen_ms = seen->at_ms;
		} else if (response && alarm->kind != ALARM_MISSED) {
			alarm->seen = response->record;
			alarm->seen_ms = response->payload->created_at_ms;
		}
	}
}

/* PROTOCOL.md M691: "A node MUST raise an alarm for a trigger of another that
 * calls its organisation, for an invitation of it, and for each clock of a
 * summit that it recorded as missed." */
static enum err find_alarms(
    struct node *node, struct part *part, const struct summits_look *look)
{
	const struct summit_state *state = &look->state;
	const struct summit_side *side = summit_side(state, node_id(node));
	const struct summit_fact *invited = NULL;

	free(part->list);
	part->count = 0;
	part->list = calloc(look->count + 1, sizeof *part->list);
	if (!part->list) {
		return out_of_memory();
	}
	if (side && side->circle && side->part != SUMMIT_TRIGGERED) {
		raise_alarm(node, part, look, ALARM_TRIGGER, state->trigger);
	}
	if (!state->trigger) {
		/* Whoever is asked in without being called does not hold the
		 * trigger, and knows the summit by its invitation alone. */
		invited = views_find(node->views, &state->id)
		              ? NULL
		              : summits_invited(node, look);
	} else if (side && side->part == SUMMIT_INVITED) {
		invited = side->invitation;
	}
	if (invited) {
		raise_alarm(node, part, look, ALARM_INVITATION, invited);
	}
	for (size_t i = 0; i < state->missed_count; i++) {
		if (id_equal(&state->missed[i]->author, node_id(node))) {
			raise_alarm(
			    node, part, look, ALARM_MISSED, state->missed[i]);
		}
	}
	acknowledge(node, part, look);
	return ERR_OK;
}

/*
 * Looking at them.
 */

static enum err begin(struct node *node)
{
	size_t count = summits_count(node);
	struct part *grown = NULL;

	if (!node->alarms) {
		node->alarms = calloc(1, sizeof *node->alarms);
	}
	if (!node->alarms) {
		return out_of_memory();
	}
	if (node->alarms->count < count) {
		grown = realloc(node->alarms->parts, count * sizeof *grown);
		if (!grown) {
			return out_of_memory();
		}
		memset(grown + node->alarms->count, 0,
		    (count - node->alarms->count) * sizeof *grown);
		node->alarms->parts = grown;
		node->alarms->count = count;
	}
	return find_seen(node);
}

static enum err record_missed(struct node *node,
    const struct summits_look *look, const struct summit_clocks *clocks,
    struct part *part)
{
	enum err err = summit_clocks_record(node, look, clocks, NULL);

	/* It stays missed, and is recorded once it can be. */
	if (err == ERR_STATE || err == ERR_LIMIT) {
		part->next_ms = clock_wall_ms(node->options.clock) + RETRY_MS;
		err = ERR_OK;
	}
	return err;
}

static void rest(struct node *node, struct part *part)
{
	int64_t now_ms = clock_steady_ms(node->options.clock);
	int64_t rest_ms = (now_ms - part->looked_ms) * REST_TIMES;

	part->rests_ms = now_ms + (rest_ms < REST_MS ? rest_ms : REST_MS);
}

/* keep: stage what follows. */
static enum err look_at(struct node *node, size_t at, uint64_t heard, bool keep)
{
	struct part *part = &node->alarms->parts[at];
	uint64_t unused = 0;
	struct id32 id = *summits_at(node, at, &unused);
	struct summits_look look = { 0 };
	struct summit_clocks clocks = { 0 };
	int64_t began_ms = clock_steady_ms(node->options.clock);
	enum err err = summits_look(node, &id, &look);

	node->alarms->version++;
	part->looked_ms = began_ms;
	part->looked = true;
	part->heard = heard;
	part->kept = keep;
	part->next_ms = INT64_MAX;
	if (!err) {
		err = keep ? summit_clocks_keep(node, &look, &clocks)
		           : summit_clocks_look(node, &look, &clocks);
	}
	if (!err) {
		part->next_ms = summit_clocks_next(&clocks);
		err = find_alarms(node, part, &look);
	}
	if (!err && keep) {
		err = record_missed(node, &look, &clocks, part);
	}
	summit_clocks_clear(&clocks);
	summits_clear(&look);
	rest(node, part);
	return err;
}

/* Is it to be looked at again? *aged: only because it has been a while. */
static bool is_due(struct node *node, const struct part *part, uint64_t heard,
    bool keep, bool *aged)
{
	int64_t now_ms = clock_steady_ms(node->options.clock);

	*aged = false;
	if (part->looked && now_ms < part->rests_ms) {
		return false;
	}
	if (!part->looked || part->heard != heard || (keep && !part->kept) ||
	    clock_wall_ms(node->options.clock) >= part->next_ms) {
		return true;
	}
	*aged = now_ms - part->looked_ms >= AGED_MS;
	return *aged;
}

static bool is_passed(struct node *node, bool keep)
{
	const struct alarms *alarms = node->alarms;

	return alarms->passed && (!keep || alarms->passed_kept) &&
	       alarms->passed_heard == summits_heard_all(node) &&
	       clock_wall_ms(node->options.clock) < alarms->wall_ms &&
	       clock_steady_ms(node->options.clock) < alarms->steady_ms;
}

/* When the first of them is to be looked at again. */
static void pass(struct node *node, uint64_t heard, bool keep)
{
	struct alarms *alarms = node->alarms;

	alarms->passed = true;
	alarms->passed_kept = keep;
	alarms->passed_heard = heard;
	alarms->wall_ms = INT64_MAX;
	alarms->steady_ms = INT64_MAX;
	for (size_t i = 0; i < alarms->count; i++) {
		const struct part *part = &alarms->parts[i];
		uint64_t now_heard = 0;
		int64_t steady_ms = part->looked_ms + AGED_MS;

		(void)summits_at(node, i, &now_heard);
		if (part->heard != now_heard || (keep && !part->kept) ||
		    part->next_ms <= clock_wall_ms(node->options.clock)) {
			steady_ms = part->rests_ms;
		} else if (part->next_ms < alarms->wall_ms) {
			alarms->wall_ms = part->next_ms;
		}
		if (steady_ms < alarms->steady_ms) {
			alarms->steady_ms = steady_ms;
		}
	}
}

/* One that cannot be looked at does not keep the others' alarms from anybody.
 */
static enum err look_at_all(struct node *node, bool keep)
{
	uint64_t all = summits_heard_all(node);
	size_t aged_count = 0;
	enum err err = begin(node);

	if (err || is_passed(node, keep)) {
		return err;
	}
	for (size_t i = 0; !err && i < node->alarms->count; i++) {
		uint64_t heard = 0;
		bool aged = false;

		(void)summits_at(node, i, &heard);
		if (!is_due(
			node, &node->alarms->parts[i], heard, keep, &aged) ||
		    (aged && aged_count++ >= AGED_AT_ONCE)) {
			continue;
		}
		err = look_at(node, i, heard, keep);
		if (err && err != ERR_MEM && !node->poisoned) {
			log_line(LOG_WARN, "alarms",
			    "a risk summit cannot be looked at: %s",
			    err_text());
			err = ERR_OK;
		}
	}
	if (!err) {
		pass(node, all, keep);
	}
	return err;
}

void alarms_tick(struct node *node)
{
	if (look_at_all(node, true)) {
		log_line(LOG_WARN, "alarms", "%s", err_text());
	}
}

void alarms_drop(struct node *node)
{
	struct alarms *alarms = node->alarms;

	if (!alarms) {
		return;
	}
	for (size_t i = 0; i < alarms->count; i++) {
		free(alarms->parts[i].list);
	}
	free(alarms->parts);
	free(alarms->seen);
	free(alarms);
	node->alarms = NULL;
}

/*
 * For people.
 */

static bool stands(const struct alarm *alarm)
{
	return id_is_zero(&alarm->seen);
}

/* PROTOCOL.md M695: "Of the alarms that stand for what one organisation said,
 * no more than 16 MUST be given out at a time, those that came first, so that
 * nobody drowns what others say; all of them MUST be listed." By organisation,
 * at the place of its row; those that are not known together. */
static bool is_given(
    struct node *node, const struct alarm *alarm, uint32_t *counts)
{
	const struct peer *peer = peers_by_id(node, &alarm->cause);

	return stands(alarm) && counts[peer ? peer->org : 0]++ < GIVEN;
}

enum err alarms_list(
    struct node *node, bool all, alarms_each each, void *context)
{
	enum err err = look_at_all(node, false);
	uint32_t *counts =
	    err ? NULL : calloc(peers_count(node) + 1, sizeof *counts);

	if (!err && !counts) {
		err = out_of_memory();
	}
	for (size_t i = 0; !err && i < node->alarms->count; i++) {
		const struct part *part = &node->alarms->parts[i];

		for (size_t j = 0; j < part->count && !err; j++) {
			struct alarm one = part->list[j];

			one.given = is_given(node, &one, counts);
			if (all || stands(&one)) {
				err = each(context, &one);
			}
		}
	}
	free(counts);
	return err;
}

enum err alarms_version(struct node *node, uint64_t *out)
{
	enum err err = look_at_all(node, false);

	*out = err ? 0 : node->alarms->version;
	return err;
}

static enum err add_to_mark(void *context, const struct alarm *alarm)
{
	return !alarm->given ||
	               crypto_generichash_update(context, alarm->record.b,
			   sizeof alarm->record.b) == 0
	           ? ERR_OK
	           : err_set(ERR_CRYPTO, "cannot hash");
}

enum err alarms_mark(struct node *node, struct id32 *out)
{
	crypto_generichash_state hash;
	enum err err =
	    crypto_generichash_init(&hash, NULL, 0, sizeof out->b) == 0
		? ERR_OK
		: err_set(ERR_CRYPTO, "cannot hash");

	if (!err) {
		err = alarms_list(node, false, add_to_mark, &hash);
	}
	if (!err &&
	    crypto_generichash_final(&hash, out->b, sizeof out->b) != 0) {
		err = err_set(ERR_CRYPTO, "cannot hash");
	}
	return err;
}

struct finding {
	struct id32 record;
	struct alarm found;
	bool any;
};

static enum err match(void *context, const struct alarm *alarm)
{
	struct finding *finding = context;

	if (id_equal(&alarm->record, &finding->record)) {
		finding->found = *alarm;
		finding->any = true;
	}
	return ERR_OK;
}

static enum err find_alarm(
    struct node *node, const char *prefix, struct finding *finding)
{
	uint32_t rid = 0;
	enum err err = views_find_prefix(node->views, span_text(prefix), &rid);

	if (!err) {
		finding->record = views_get(node->views, rid)->id;
		err = alarms_list(node, true, match, finding);
	}
	return err || finding->any
	           ? err
	           : err_set(ERR_NOTFOUND,
			 "there is no alarm about that record: see `qsg alarm "
			 "list`");
}

static enum err record_seen(struct node *node,
    const struct alarms_seeing *seeing, struct alarms_saw *out)
{
	const struct vetting_recorder recorder = { .role = seeing->role,
		.person = seeing->person };
	Qsg__AlarmSeen seen;
	Qsg__Payload payload;
	enum err err = vetting_check_recorder(&recorder);

	if (err) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__alarm_seen__init(&seen);
	vetting_name_recorder(&recorder, &payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_ALARM_SEEN;
	payload.alarm_seen = &seen;
	seen.about.data = out->about.b;
	seen.about.len = sizeof out->about.b;
	return submit_payload(node, NULL, 0, &payload, &out->record);
}

enum err alarms_seen(struct node *node, const struct alarms_seeing *seeing,
    struct alarms_saw *out)
{
	struct finding finding = { .any = false };
	enum err err = find_alarm(node, seeing->about, &finding);

	*out = (struct alarms_saw){ 0 };
	if (err) {
		return err;
	}
	out->about = finding.record;
	if (!stands(&finding.found)) {
		out->record = finding.found.seen;
		out->again = true;
		return ERR_OK;
	}
	err = submit_may_sign(node);
	err = err ? err : record_seen(node, seeing, out);
	/* Each is looked at anew, for what is seen is of no summit. */
	for (size_t i = 0; !err && i < node->alarms->count; i++) {
		node->alarms->parts[i].looked = false;
	}
	node->alarms->passed = node->alarms->passed && err;
	return err;
}
