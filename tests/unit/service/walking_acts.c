#include "walking_acts.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "service/correcting.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/onward.h"
#include "service/submit.h"

#include <stdio.h>
#include <string.h>

#define MASK(n) (1u << (n))

const char *const walk_act_names[ACTS] = { "grants", "requests", "answers",
	"corrections", "retractions", "erasures", "disposals",
	"erasures by others", "holds", "releases" };
size_t walk_done[ACTS];
size_t walk_refused[ACTS];
const char *const walk_seen_names[SEEN] = { "read by a grant",
	"granted by a grantee", "erased for everybody", "kept for a while",
	"corrected for grantees", "parted", "started again" };
size_t walk_seen[SEEN];

/* The node did, or refused, what the model says. True: it did. */
static bool judged(const struct walk *walk, enum walk_act act, size_t at,
    size_t item, enum err err, bool may)
{
	ck_assert_msg((err == ERR_OK) == may,
	    "walk %zu: %s of item %zu by node %zu: %s", walk->number,
	    walk_act_names[act], item, at,
	    may ? err_text() : "it should not have been done");
	if (may) {
		walk_done[act]++;
		walking_did(at);
	} else {
		walk_refused[act]++;
		ck_assert(!node_staged(walking_node(at)));
	}
	return may;
}

static const struct walk_record *last(const struct walk *walk)
{
	return &walk->records[walk->count - 1];
}

static void made(
    const struct walk *walk, enum view_type type, size_t item, unsigned readers)
{
	ck_assert_int_eq(last(walk)->type, type);
	ck_assert_uint_eq(last(walk)->item, item);
	ck_assert_msg(last(walk)->readers == readers,
	    "walk %zu: a record of type %s is read by %x, not by %x",
	    walk->number, views_type_name(type), last(walk)->readers, readers);
}

static struct hex32 name_of(const struct walk *walk, size_t item)
{
	return text_hex_id(&walk->records[walk->items[item]].id);
}

/*
 * Acts.
 */

struct readers {
	struct fingerprint names[WALK_NODES];
	const char *to[WALK_NODES];
	size_t count;
};

static void name_readers(unsigned mask, struct readers *out)
{
	out->count = 0;
	for (size_t i = 0; i < WALK_NODES; i++) {
		if (mask & MASK(i)) {
			out->names[out->count] =
			    text_fingerprint(node_id(walking_node(i)));
			out->to[out->count] = out->names[out->count].text;
			out->count++;
		}
	}
}

static void describe(
    const struct walk *walk, size_t item, char text[40], Qsg__Intelligence *out)
{
	qsg__intelligence__init(out);
	walking_text(walk, item, text);
	out->provider = canon_lend("RAL");
	out->kind = canon_lend("soft");
	out->source = canon_lend("complaint");
	out->text = text;
}

void walk_begin(struct walk *walk, unsigned to, const char *onward)
{
	Qsg__Intelligence content;
	Qsg__Handling handling;
	struct readers readers;
	struct share_request request = { .to = readers.to,
		.yes = true,
		.handling = &handling,
		.intelligence = &content };
	struct share_result result = { 0 };
	char text[40];

	qsg__handling__init(&handling);
	name_readers(to, &readers);
	request.to_count = readers.count;
	describe(walk, 0, text, &content);
	handling.onward = canon_lend(onward);
	OK(share_intelligence(walking_node(walk->author), &request, &result));
	share_clear(&result);
	walking_did(walk->author);
	made(walk, VIEW_INTELLIGENCE, 0, to | MASK(walk->author));
}

/* What node `at` reads it by: the record itself, or a grant of it. */
static size_t carrier_of(const struct walk *walk, size_t at, size_t item)
{
	const struct views *views = walking_node(at)->views;
	uint32_t rid = views_holder(
	    views, views_find(views, &walk->records[walk->items[item]].id));
	size_t record = 0;

	while (record + 1 < walk->count && !id_equal(&walk->records[record].id,
					       &views_get(views, rid)->id)) {
		record++;
	}
	return record;
}

/* M420, M426, M428, M445 */
void walk_grant(struct walk *walk, size_t at, size_t item, unsigned to)
{
	struct hex32 name = name_of(walk, item);
	const char *records[] = { name.text };
	struct readers readers;
	struct granting_request request = { .records = records,
		.record_count = 1,
		.reason = "they treat the same patients",
		.share = { .to = readers.to, .yes = true } };
	struct granting_result result = { 0 };
	bool may = walk_reads(walk, at, item) && !(to & MASK(at)) &&
	           !walk_withheld(walk, at, carrier_of(walk, at, item));
	enum err err = ERR_OK;

	for (size_t i = 0; i < WALK_NODES; i++) {
		may = may && (!(to & MASK(i)) ||
				 (!walk_known_reader(walk, at, item, i) &&
				     (at == walk->author ||
					 walk_allowed(walk, at, item, i))));
	}
	name_readers(to, &readers);
	request.share.to_count = readers.count;
	err = granting_make(walking_node(at), &request, &result);
	granting_result_clear(&result);
	/* What came under a head that another overtook has no proof to hand on
	 * before the two are joined (M502). */
	may = may && !(err == ERR_STATE &&
			 strstr(err_text(), "the way from the record to the "
					    "head of its log is not known"));
	if (judged(walk, ACT_GRANT, at, item, err, may)) {
		walk_seen[WENT_ON] +=
		    !(walk->records[walk->items[item]].readers & MASK(at));
		made(
		    walk, VIEW_GRANT, item, to | MASK(at) | MASK(walk->author));
	}
}

void walk_ask(struct walk *walk, size_t at, size_t item, size_t to)
{
	struct hex32 name = name_of(walk, item);
	struct readers readers;
	struct onward_question question = { .record = name.text,
		.reason = "it concerns them",
		.share = { .to = readers.to, .to_count = 1 } };
	struct share_result result = { 0 };
	bool may = walk_reads(walk, at, item) && at != walk->author &&
	           !walk_known_reader(walk, at, item, to);
	enum err err = ERR_OK;

	if (to == at) {
		return;
	}
	name_readers(MASK(to), &readers);
	err = onward_ask(walking_node(at), &question, &result);
	share_clear(&result);
	if (judged(walk, ACT_ASK, at, item, err, may)) {
		made(walk, VIEW_ONWARD_REQUEST, item,
		    MASK(at) | MASK(walk->author));
	}
}

/* M427 */
void walk_answer(
    struct walk *walk, size_t at, const struct walk_record *request, bool allow)
{
	struct hex32 name = text_hex_id(&request->id);
	struct onward_reply reply = { .request = name.text,
		.allow = allow,
		.reason = "we looked at it" };
	struct share_result result = { 0 };
	size_t index = (size_t)(request - walk->records);
	bool may = at == walk->author && (walk->has[at] >> index & 1);
	enum err err = onward_answer(walking_node(at), &reply, &result);

	share_clear(&result);
	if (judged(walk, ACT_ANSWER, at, request->item, err, may)) {
		made(walk, VIEW_ONWARD_ANSWER, request->item,
		    MASK(at) | MASK(request->author));
	}
}

static bool may_correct(const struct walk *walk, size_t at, size_t item)
{
	return at == walk->author && walk_reads(walk, at, item) &&
	       walk_newest(walk, at, item) == item &&
	       !walk_retracted(walk, at, item);
}

/* M470, M472, M473 */
void walk_correct(struct walk *walk, size_t at, size_t item)
{
	Qsg__Intelligence content;
	struct share_request request = { .yes = true,
		.intelligence = &content };
	struct saying_result result = { 0 };
	struct hex32 name = name_of(walk, item);
	bool may = may_correct(walk, at, item);
	unsigned readers = may ? walk_reached(walk, item) : 0;
	uint32_t rid = 0;
	char text[40];
	enum err err = ERR_OK;

	if (walk->item_count == WALK_ITEMS) {
		return;
	}
	describe(walk, walk->item_count, text, &content);
	err = correcting_find(walking_node(at), name.text, &rid);
	if (!err) {
		err = correcting_correct(
		    walking_node(at), rid, &request, &result);
	}
	saying_clear(&result);
	if (judged(walk, ACT_CORRECT, at, item, err, may)) {
		walk_seen[CORRECTED] +=
		    readers != walk->records[walk->items[item]].readers;
		made(walk, VIEW_CORRECTION, walk->item_count - 1, readers);
	}
}

/* M470, M472, M473 */
void walk_retract(struct walk *walk, size_t at, size_t item)
{
	struct share_request request = { .yes = true };
	struct saying_result result = { 0 };
	struct hex32 name = name_of(walk, item);
	bool may = may_correct(walk, at, item);
	unsigned readers = may ? walk_reached(walk, item) : 0;
	enum err err = correcting_retract(walking_node(at), name.text,
	    "it was another hospital", &request, &result);

	saying_clear(&result);
	if (judged(walk, ACT_RETRACT, at, item, err, may)) {
		made(walk, VIEW_RETRACTION, item, readers);
	}
}

/* Has it, in the end, nothing to erase or to hold any more? Who knew it by
 * grants alone that were gone before its author's word came cannot tell whose
 * word that is, so far. */
static bool is_over(const struct walk *walk, size_t at, size_t item)
{
	size_t record = walk->items[item];

	return walk_erased(walk, at, item) &&
	       ((walk->has[at] & walk->known[at]) >> record & 1 ||
		   erasing_is_erased(
		       walking_node(at), &walk->records[record].id));
}

/* Its author, if node `at` granted it on. */
static unsigned granted_for(const struct walk *walk, size_t at, size_t item)
{
	for (size_t i = 0; i < walk->count; i++) {
		if (walk->records[i].type == VIEW_GRANT &&
		    walk->records[i].item == item &&
		    walk->records[i].author == at) {
			return MASK(walk->author);
		}
	}
	return 0;
}

/* M451 */
void walk_erase(struct walk *walk, size_t at, size_t item)
{
	struct hex32 name = name_of(walk, item);
	struct erasing_request request = { .record = name.text,
		.reason = "it was about somebody else" };
	struct erasing_result result = { 0 };
	bool own = at == walk->author;
	enum walk_act act = own ? ACT_ERASE : ACT_DISPOSE;
	unsigned readers = own ? walk_carriers(walk, item)
	                       : MASK(at) | granted_for(walk, at, item);
	bool may = walk_knows(walk, at, item) && !walk_holds(walk, at, item) &&
	           !is_over(walk, at, item);
	enum err err = ERR_OK;

	err = erasing_erase(walking_node(at), &request, &result);
	erasing_clear(&result);
	if (judged(walk, act, at, item, err, may)) {
		made(walk, VIEW_ERASURE, item, readers);
	}
}

static void refer(
    Qsg__Reference *out, const char *relation, struct walk_record *record)
{
	qsg__reference__init(out);
	out->relation = canon_lend(relation);
	out->record.data = record->id.b;
	out->record.len = sizeof record->id.b;
}

/* Somebody else asks that it be erased: whoever granted it may take that back,
 * of the others it does not count (M444). */
void walk_take_back(struct walk *walk, size_t at, size_t item, unsigned readers)
{
	Qsg__Payload payload;
	Qsg__Erasure content;
	Qsg__Reference references[WALK_RECORDS];
	Qsg__Reference *list[WALK_RECORDS];
	struct node *node = walking_node(at);
	int64_t orgs[WALK_NODES];
	size_t count = 0;
	struct id32 erasure;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	if (at == walk->author || walk_holds(walk, at, item)) {
		return;
	}
	for (size_t i = 0; i < WALK_NODES; i++) {
		if (i != at && (readers & MASK(i))) {
			orgs[count++] = fixture_org(&walking.fixture, at, i);
		}
	}
	for (size_t i = 0; i < walk->count; i++) {
		struct walk_record *record = &walk->records[i];
		bool target = i == walk->items[item];

		if (target ||
		    (record->type == VIEW_GRANT && record->item == item &&
			record->author == at)) {
			refer(&references[payload.n_references],
			    target ? "erases" : "cites", record);
			list[payload.n_references] =
			    &references[payload.n_references];
			payload.n_references++;
		}
	}
	payload.references = list;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	content.reason = canon_lend("it was granted by mistake");
	OK(submit_payload(node, orgs, count, &payload, &erasure));
	OK(erasing_take(node, views_find(node->views, &erasure), &payload));
	(void)judged(walk, ACT_TAKE_BACK, at, item, ERR_OK, true);
}

/* M447 */
void walk_hold(struct walk *walk, size_t at, size_t item, int64_t from_now)
{
	struct hex32 name = name_of(walk, item);
	int64_t days = walking.fixture.now_ms / FIXTURE_DAY_MS + from_now;
	bool may = walk_knows(walk, at, item) && !is_over(walk, at, item);
	struct erasing_named named;
	char until[11];
	enum err err = ERR_OK;

	(void)snprintf(until, sizeof until, "%.10s",
	    when_date(days * FIXTURE_DAY_MS).text);
	err = erasing_set_hold(
	    walking_node(at), name.text, "an inquest needs it", until, &named);
	if (judged(walk, ACT_HOLD, at, item, err, may)) {
		walk->held_ms[at][item] = (days + 1) * FIXTURE_DAY_MS;
	}
}

void walk_release(struct walk *walk, size_t at, size_t item)
{
	struct hex32 name = name_of(walk, item);
	struct erasing_named named;
	enum err err = ERR_OK;

	if (!walk_holds(walk, at, item)) {
		return;
	}
	err = erasing_release_hold(walking_node(at), name.text, &named);
	OK(err);
	walk->held_ms[at][item] = 0;
	(void)judged(walk, ACT_RELEASE, at, item, err, true);
}
