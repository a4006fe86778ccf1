#include "service/activity.h"

#include "base/log.h"
#include "codec/canon.h"
#include "codec/utf8.h"
#include "service/activity_parts.h"
#include "service/query.h"
#include "service/state.h"
#include "store/accounts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "qsg/activity/v1"

struct activity *activity_of(struct node *node)
{
	if (!node->activity) {
		node->activity = calloc(1, sizeof *node->activity);
		if (node->activity) {
			node->activity->interval_ms = ACTIVITY_INTERVAL_MS;
		}
	}
	return node->activity;
}

void activity_free(struct node *node)
{
	struct activity *activity = node->activity;

	if (!activity) {
		return;
	}
	for (size_t i = 0; i < activity->count; i++) {
		buf_wipe(&activity->reads[i]);
	}
	free(activity->reads);
	free(activity->opened);
	free(activity);
	node->activity = NULL;
}

void activity_set_interval(struct node *node, int64_t interval_ms)
{
	struct activity *activity = activity_of(node);

	if (activity) {
		activity->interval_ms = interval_ms;
	}
}

void activity_tell_authors(struct node *node, bool tell)
{
	struct activity *activity = activity_of(node);

	if (activity) {
		activity->tells = tell;
	}
}

/*
 * What is opened.
 */

void activity_watch(struct node *node)
{
	struct activity *activity = activity_of(node);

	if (activity) {
		activity->watching = true;
		activity->opened_count = 0;
		activity->forgot = false;
	}
}

void activity_rest(struct node *node)
{
	if (node->activity) {
		node->activity->watching = false;
	}
}

static int by_rid(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* Each once. */
static void put_in_order(struct activity *activity)
{
	size_t kept = 0;

	if (activity->opened_count) {
		qsort(activity->opened, activity->opened_count,
		    sizeof activity->opened[0], by_rid);
	}
	for (size_t i = 0; i < activity->opened_count; i++) {
		uint32_t rid = activity->opened[i];

		if (kept == 0 || activity->opened[kept - 1] != rid) {
			activity->opened[kept++] = rid;
		}
	}
	activity->opened_count = kept;
}

static bool make_room(struct activity *activity)
{
	size_t capacity = activity->opened_capacity;
	uint32_t *grown = NULL;

	if (activity->opened_count < capacity) {
		return true;
	}
	/* Much is opened again and again. */
	put_in_order(activity);
	if (activity->opened_count < capacity / 2) {
		return true;
	}
	capacity = capacity ? capacity * 2 : LIMIT_ACTIVITY_RECORDS;
	grown = realloc(activity->opened, capacity * sizeof *grown);
	if (!grown) {
		return false;
	}
	activity->opened = grown;
	activity->opened_capacity = capacity;
	return true;
}

void activity_opened(struct node *node, uint32_t rid)
{
	struct activity *activity = node->activity;
	const struct view_record *view = NULL;

	if (!activity || !activity->watching) {
		return;
	}
	view = views_get(node->views, rid);
	/* What the node opens for itself, to know its own rules and groups, is
	 * opened for nobody. */
	if (!views_is_for_people((enum view_type)view->type) ||
	    (activity->opened_count &&
		activity->opened[activity->opened_count - 1] == rid)) {
		return;
	}
	if (make_room(activity)) {
		activity->opened[activity->opened_count++] = rid;
	} else {
		activity->forgot = true;
	}
}

enum err activity_watched(struct node *node, struct id32 **ids, size_t *count)
{
	struct activity *activity = node->activity;

	*ids = NULL;
	*count = 0;
	if (!activity || !activity->opened_count) {
		return activity && activity->forgot
		           ? err_set(ERR_MEM, "out of memory")
		           : ERR_OK;
	}
	put_in_order(activity);
	*ids = malloc(activity->opened_count * sizeof **ids);
	if (!*ids || activity->forgot) {
		free(*ids);
		*ids = NULL;
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < activity->opened_count; i++) {
		(*ids)[i] = views_get(node->views, activity->opened[i])->id;
	}
	*count = activity->opened_count;
	return ERR_OK;
}

/*
 * Notes.
 */

/* What does not decode again is never in a record. */
static const char *legible(const char *text)
{
	return utf8_valid(span_text(text)) ? text : "?";
}

static enum err encode(
    struct node *node, const struct activity_note *note, struct buf *out)
{
	ProtobufCBinaryData *records = NULL;
	Qsg__ActivityEntry entry;
	enum err err = ERR_OK;

	qsg__activity_entry__init(&entry);
	entry.at_ms = clock_wall_ms(node->options.clock);
	entry.account = canon_lend(legible(note->account));
	entry.operation = canon_lend(note->operation);
	entry.about = canon_lend(legible(note->about));
	entry.refused = note->refused;
	if (note->count) {
		records = calloc(note->count, sizeof *records);
		if (!records) {
			return err_set(ERR_MEM, "out of memory");
		}
	}
	for (size_t i = 0; i < note->count; i++) {
		records[i].data =
		    (uint8_t *)canon_lend((const char *)note->records[i].b);
		records[i].len = sizeof note->records[i].b;
	}
	entry.records = records;
	entry.n_records = note->count;
	err = canon_encode(&entry.base, out);
	free(records);
	return err;
}

static void begin_waiting(struct node *node, struct activity *activity)
{
	if (!activity->waits) {
		activity->waits = true;
		activity->since_ms = clock_steady_ms(node->options.clock);
	}
}

/* Append one to what is in memory. Takes over what is in plain. */
static enum err keep_read(
    struct node *node, struct activity *activity, struct buf *plain)
{
	if (activity->count == activity->capacity) {
		size_t capacity =
		    activity->capacity ? activity->capacity * 2 : 64;
		struct buf *grown = realloc(
		    activity->reads, capacity * sizeof *activity->reads);

		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		activity->reads = grown;
		activity->capacity = capacity;
	}
	activity->bytes += plain->size;
	activity->reads[activity->count++] = *plain;
	*plain = (struct buf){ 0 };
	begin_waiting(node, activity);
	return ERR_OK;
}

static enum err add_row(struct node *node, struct span plain)
{
	struct buf sealed = { 0 };
	enum err err = keystore_seal(
	    node->options.keystore, node->options.rng, LABEL, plain, &sealed);

	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = state_poison(
		    node, accounts_note(node->db, buf_span(&sealed)));
	}
	buf_clear(&sealed);
	return err;
}

/* Takes over what is in plain, or leaves it. */
typedef enum err (*keeping)(
    struct node *node, struct activity *activity, struct buf *plain);

static enum err keep_act(
    struct node *node, struct activity *activity, struct buf *plain)
{
	enum err err = add_row(node, buf_span(plain));

	if (!err) {
		begin_waiting(node, activity);
	}
	return err;
}

/* One note holds only so many records. */
static enum err keep_parts(
    struct node *node, const struct activity_note *note, keeping keep)
{
	struct activity *activity = activity_of(node);
	struct activity_note part = *note;
	size_t done = 0;
	enum err err = activity ? ERR_OK : err_set(ERR_MEM, "out of memory");

	do {
		struct buf plain = { 0 };
		size_t left = note->count - done;

		part.records = done ? note->records + done : note->records;
		part.count = left > LIMIT_ACTIVITY_RECORDS
		                 ? LIMIT_ACTIVITY_RECORDS
		                 : left;
		done += part.count;
		if (!err) {
			err = encode(node, &part, &plain);
		}
		if (!err) {
			err = keep(node, activity, &plain);
		}
		buf_wipe(&plain);
	} while (done < note->count && !err);
	return err;
}

enum err activity_read(struct node *node, const struct activity_note *note)
{
	return keep_parts(node, note, keep_read);
}

static struct activity_guess *guess_of(
    struct activity *activity, const char *account, uint32_t user)
{
	struct activity_guess *guess = NULL;

	for (size_t i = 0; i < activity->guess_count; i++) {
		guess = &activity->guesses[i];
		if (guess->user == user &&
		    strcmp(guess->account, account) == 0) {
			return guess;
		}
	}
	if (activity->guess_count == ACTIVITY_GUESSES) {
		return guess;
	}
	guess = &activity->guesses[activity->guess_count++];
	*guess = (struct activity_guess){ .user = user };
	(void)snprintf(guess->account, sizeof guess->account, "%s",
	    activity->guess_count == ACTIVITY_GUESSES ? "?" : account);
	return guess;
}

/* Whoever guesses writes no longer log by it. */
enum err activity_guessed(struct node *node, const char *account, uint32_t user,
    const char *operation)
{
	struct activity *activity = activity_of(node);
	struct activity_guess *guess =
	    activity ? guess_of(activity, account, user) : NULL;
	char about[96];
	struct activity_note note = {
		.operation = operation, .about = about, .refused = true
	};
	struct buf plain = { 0 };
	enum err err = ERR_OK;

	if (!guess) {
		return err_set(ERR_MEM, "out of memory");
	}
	note.account = guess->account;
	(void)snprintf(about, sizeof about,
	    "wrong account or password, %llu times, by uid:%lu",
	    (unsigned long long)guess->count + 1, (unsigned long)user);
	err = encode(node, &note, &plain);
	if (!err && guess->count) {
		struct buf *before = &activity->reads[guess->at];

		activity->bytes += plain.size - before->size;
		buf_wipe(before);
		*before = plain;
		plain = (struct buf){ 0 };
	} else if (!err) {
		guess->at = activity->count;
		err = keep_read(node, activity, &plain);
	}
	guess->count += !err;
	buf_wipe(&plain);
	return err;
}

/* PROTOCOL.md M467: "A node MUST note each act and each read of records, with
 * whose it is, when, which operation and every record that it made, changed or
 * opened, an act in the transaction of what it changes." */
enum err activity_act(struct node *node, const struct activity_note *note)
{
	return keep_parts(node, note, keep_act);
}

enum err activity_unseal(
    struct node *node, struct span sealed, Qsg__ActivityEntry **out)
{
	struct buf plain = { 0 };
	enum err err =
	    keystore_unseal(node->options.keystore, LABEL, sealed, &plain);

	*out = NULL;
	if (!err) {
		err = activity_decode(buf_span(&plain), out);
	}
	buf_wipe(&plain);
	return err;
}

enum err activity_decode(struct span plain, Qsg__ActivityEntry **out)
{
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode(&qsg__activity_entry__descriptor, plain,
	    LIMIT_ACTIVITY_BYTES, &message);

	*out = (Qsg__ActivityEntry *)message;
	return err;
}

enum err activity_check_row(struct node *node, struct span sealed)
{
	Qsg__ActivityEntry *entry = NULL;
	enum err err = activity_unseal(node, sealed, &entry);

	if (entry) {
		canon_wipe(&entry->base);
	}
	return err;
}

/*
 * In time.
 */

static enum err see_row(void *context, int64_t number, struct span sealed)
{
	bool *any = context;

	(void)number;
	(void)sealed;
	*any = true;
	return ERR_OK;
}

/* Rows may be there from before this start. */
static void look_back(struct node *node, struct activity *activity)
{
	bool any = false;

	if (activity->looked) {
		return;
	}
	activity->looked =
	    accounts_scan_notes(node->db, see_row, &any) == ERR_OK;
	if (any) {
		begin_waiting(node, activity);
	}
}

int64_t activity_wait_ms(struct node *node)
{
	struct activity *activity = activity_of(node);
	int64_t now = clock_steady_ms(node->options.clock);
	int64_t due = now;

	if (!activity || !activity->waits) {
		return INT64_MAX;
	}
	if (activity->bytes <= LIMIT_ACTIVITY_BYTES) {
		due = activity->since_ms + activity->interval_ms;
	}
	if (due < activity->retry_ms) {
		due = activity->retry_ms;
	}
	return due < now ? 0 : due - now;
}

/* What is in memory becomes rows. */
static enum err spill(struct node *node, struct activity *activity)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < activity->count && !err; i++) {
		err = add_row(node, buf_span(&activity->reads[i]));
	}
	if (!err) {
		activity->staged = activity->count;
	}
	return err;
}

static void complain(void)
{
	log_line(LOG_ERROR, "activity", "not noted: %s", err_text());
}

/* PROTOCOL.md M468: "What was noted MUST be in a record of the node's own log
 * a minute later, or a minute after the node may sign; what is in none yet MUST
 * be durable when the node stops; and a note that does not open MUST become one
 * that says so, and keep no other out of the log." */
void activity_tick(struct node *node)
{
	struct activity *activity = activity_of(node);
	enum err err = ERR_OK;

	if (!activity) {
		return;
	}
	look_back(node, activity);
	if (activity_wait_ms(node) > 0) {
		return;
	}
	activity->retry_ms =
	    clock_steady_ms(node->options.clock) + activity->interval_ms;
	if (node->may_sign) {
		err = activity_record(node, activity);
	} else {
		err = spill(node, activity);
	}
	if (err) {
		complain();
	}
}

void activity_stop(struct node *node)
{
	if (node->activity && spill(node, node->activity)) {
		complain();
	}
}

void activity_committed(struct node *node, bool succeeded)
{
	struct activity *activity = node->activity;
	size_t gone = activity && succeeded ? activity->staged : 0;

	if (!activity) {
		return;
	}
	for (size_t i = 0; i < gone; i++) {
		activity->bytes -= activity->reads[i].size;
		buf_wipe(&activity->reads[i]);
	}
	if (gone) {
		activity->guess_count = 0;
		memmove(activity->reads, activity->reads + gone,
		    (activity->count - gone) * sizeof *activity->reads);
		activity->count -= gone;
	}
	if (succeeded && activity->emptied) {
		activity->waits = activity->count > 0;
		activity->since_ms = clock_steady_ms(node->options.clock);
		activity->retry_ms = 0;
	}
	activity->staged = 0;
	activity->emptied = false;
	activity->looked = activity->looked && succeeded;
}
