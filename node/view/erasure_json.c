#include "view/erasure_json.h"

#include "codec/text.h"
#include "domain/erasure.h"
#include "service/query.h"
#include "view/json_out.h"

static json_t *org_json(struct node *node, const struct id32 *id)
{
	json_t *object = json_object();
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_text(object, "fingerprint", text_fingerprint(id).text);
	return object;
}

static json_t *peer_json(struct node *node, int64_t org)
{
	const struct peer *peer = peers_get(node, org);
	return peer == NULL ? json_null()
	                    : org_json(node, &peer->card.organisation);
}

/*
 * Erasing.
 */

static json_t *versions_json(const struct erasing_result *result)
{
	json_t *list = json_array();
	for (size_t i = 0; i < result->version_count; i++) {
		const struct erasing_version *version = &result->versions[i];
		json_t *object = json_object();
		json_out_id(object, "record", &version->id);
		json_out_set(object, "erasure", json_null());
		if (!id_is_zero(&version->erasure)) {
			json_out_id(object, "erasure", &version->erasure);
		}
		json_out_append(list, object);
	}
	return list;
}

static enum err add_request(void *context, const struct query_item *item)
{
	json_t *object = context;
	const Qsg__Payload *payload = item->payload;
	if (payload != NULL &&
	    payload->content_case == QSG__PAYLOAD__CONTENT_FOI_REQUEST) {
		json_out_number(object, "number", payload->foi_request->number);
		json_out_text(object, "kind", payload->foi_request->kind);
		json_out_text(
		    object, "received_on", payload->foi_request->received_on);
	}
	return ERR_OK;
}

static void add_concern(
    json_t *object, const char *key, struct node *node, uint32_t rid)
{
	json_out_set(object, key, json_null());
	if (rid != 0) {
		json_out_id(object, key, &views_get(node_views(node), rid)->id);
	}
}

/* What is open under the law about it; null: nothing. */
static json_t *concern_json(
    struct node *node, const struct foi_concern *concern)
{
	const char *warning = "";
	if (!foi_concerns(concern)) {
		return json_null();
	}
	json_t *object = json_object();
	add_concern(object, "request", node, concern->request);
	add_concern(object, "consultation", node, concern->consultation);
	enum err err = foi_warning(node, concern, &warning);
	if (err == ERR_OK && concern->request != 0) {
		err = query_open(node, concern->request, add_request, object);
	}
	if (err != ERR_OK) {
		json_decref(object);
		return NULL;
	}
	json_out_text(object, "warning", warning);
	return object;
}

static json_t *waits_json(const struct erasing_result *result)
{
	json_t *list = json_array();
	for (size_t i = 0; i < result->wait_count; i++) {
		const struct erasing_wait *wait = &result->waits[i];
		bool draft = wait->draft != 0;
		json_t *object = json_object();
		json_out_text(object, "as", draft ? "draft" : "release");
		json_out_number(object, "number",
		    (uint64_t)(draft ? wait->draft : wait->release));
		json_out_bool(object, "goes", wait->goes);
		json_out_append(list, object);
	}
	return list;
}

json_t *erasure_json_result(
    struct node *node, const struct erasing_result *result, bool asks)
{
	json_t *object = json_object();
	json_t *told = json_array();
	json_t *left = json_array();
	json_t *limits = json_array();
	json_out_id(object, "record", &result->named.id);
	json_out_set(object, "erasure", json_null());
	if (!id_is_zero(&result->record)) {
		json_out_id(object, "erasure", &result->record);
	}
	json_out_bool(object, "own", result->own);
	json_out_set(object, "author", peer_json(node, result->named.author));
	for (size_t i = 0; i < result->told_count; i++) {
		json_out_append(told, peer_json(node, result->told[i]));
	}
	for (size_t i = 0; i < result->left_out_count; i++) {
		json_out_append(left, org_json(node, &result->left_out[i]));
	}
	for (size_t i = 0; erasure_limits[i] != NULL; i++) {
		json_out_append(limits, json_string(erasure_limits[i]));
	}
	json_out_set(
	    object, "open_request", concern_json(node, &result->concern));
	json_out_set(object, "waiting", waits_json(result));
	json_out_set(object, "versions", versions_json(result));
	json_out_bool(object, "all_versions", result->all_versions);
	json_out_set(object, "told", told);
	json_out_set(object, "left_out", left);
	json_out_number(object, "bodies", result->bodies);
	json_out_set(object, "limits", limits);
	if (asks) {
		json_out_set(object, "asks", json_pack("[s]", "erase"));
	}
	return object;
}

static void put_orgs(struct paper *paper, const char *what, const json_t *list)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) == 0) {
		return;
	}
	paper_put(paper, what);
	json_array_foreach(list, at, each)
	{
		const char *name = paper_member(each, "name");
		paper_put(paper, at == 0 ? ": " : ", ");
		paper_text(paper,
		    name[0] != '\0' ? name : paper_member(each, "fingerprint"));
	}
	paper_put(paper, "\n");
}

/* The same text may be in each of them. */
static void put_versions(struct paper *paper, const json_t *value)
{
	const json_t *list = json_object_get(value, "versions");
	bool all = paper_flag(value, "all_versions");
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) == 0) {
		return;
	}
	paper_put(paper,
	    all ? "with it, what corrects it or what it corrects"
		: "NOT erased: what corrects it or what it corrects, which may "
		  "say the same");
	json_array_foreach(list, at, each)
	{
		paper_printf(paper, "%s%.16s", at == 0 ? ": " : ", ",
		    paper_member(each, "record"));
	}
	paper_put(paper, all ? "\n" : "; --all-versions erases them, too\n");
}

static void put_some_waiting(
    struct paper *paper, const json_t *list, bool goes, const char *what)
{
	bool any = false;
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(list, at, each)
	{
		if (paper_flag(each, "goes") == goes) {
			paper_put(paper, any ? ", " : what);
			paper_printf(paper, "%s %lld", paper_member(each, "as"),
			    (long long)paper_number(each, "number"));
			any = true;
		}
	}
	paper_put(paper, any ? "\n" : "");
}

static void put_waiting(struct paper *paper, const json_t *list)
{
	put_some_waiting(paper, list, true,
	    "not sent yet, and dropped with it, as it hands it on: ");
	put_some_waiting(paper, list, false,
	    "not sent yet, refers to it and may quote it, and is NOT "
	    "dropped: ");
}

static void put_limits(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(value, "limits"), at, each)
	{
		paper_put(
		    paper, at == 0 ? "What erasing cannot promise:\n" : "");
		paper_put(paper, "  - ");
		paper_text(paper, json_string_value(each));
		paper_put(paper, "\n");
	}
}

static void put_concern(struct paper *paper, const json_t *concern)
{
	if (!json_is_object(concern)) {
		return;
	}
	paper_styled(paper, PAPER_WARN, "an open request is about it");
	if (json_is_string(json_object_get(concern, "request"))) {
		paper_printf(paper, ": number %lld, received ",
		    (long long)paper_number(concern, "number"));
		paper_text(paper, paper_member(concern, "received_on"));
	} else {
		paper_printf(paper, ": consultation %.16s",
		    paper_member(concern, "consultation"));
	}
	paper_put(paper, " (see `qsg foi list`)\n  ");
	paper_text(paper, paper_member(concern, "warning"));
	paper_put(paper, "\n");
}

void erasure_json_render(struct paper *paper, const json_t *value)
{
	bool done = json_is_string(json_object_get(value, "erasure"));
	paper_put(paper, done ? "erased: " : "to be erased: ");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, "\n");
	if (!paper_flag(value, "own")) {
		paper_put(paper, "it is another organisation's record: its "
				 "text and key go from this node alone\n");
	}
	put_concern(paper, json_object_get(value, "open_request"));
	put_versions(paper, value);
	put_waiting(paper, json_object_get(value, "waiting"));
	put_orgs(paper,
	    !paper_flag(value, "own") ? "told, as it was granted from here"
	    : done                    ? "asked to erase it, too"
				      : "would be asked to erase it, too",
	    json_object_get(value, "told"));
	put_orgs(paper, "not asked, as they are not admitted here or not known",
	    json_object_get(value, "left_out"));
	put_limits(paper, value);
	if (done) {
		paper_put(paper, "who has answered: qsg audit record ");
		paper_printf(paper, "%.16s\n", paper_member(value, "record"));
	}
}

/*
 * Holds.
 */

static json_t *hold_json(const struct erasing_hold *hold)
{
	json_t *object = json_object();
	json_out_text(object, "until", hold->until);
	json_out_text(object, "reason", hold->reason);
	return object;
}

enum err erasure_json_hold(
    struct node *node, const struct erasing_named *named, json_t **out)
{
	struct erasing_account account;
	enum err err = erasing_look(node, &named->id, &account);
	*out = NULL;
	if (err != ERR_OK) {
		return err;
	}
	*out = json_object();
	json_out_id(*out, "record", &named->id);
	json_out_set(*out, "hold",
	    account.held ? hold_json(&account.hold) : json_null());
	json_out_bool(*out, "erased", account.tombstone.erasure != 0);
	erasing_account_clear(&account);
	return ERR_OK;
}

static void put_hold(struct paper *paper, const json_t *hold)
{
	paper_put(paper, "held until ");
	paper_text(paper, paper_member(hold, "until"));
	paper_put(paper, ": ");
	paper_text(paper, paper_member(hold, "reason"));
	paper_put(paper, "\n");
}

void erasure_json_render_hold(struct paper *paper, const json_t *value)
{
	const json_t *hold = json_object_get(value, "hold");
	paper_text(paper, paper_member(value, "record"));
	paper_put(paper, " ");
	if (json_is_object(hold)) {
		put_hold(paper, hold);
	} else {
		paper_put(paper,
		    paper_flag(value, "erased")
			? "is not held any more, and erased: it was asked for "
			  "meanwhile\n"
			: "is not held any more\n");
	}
}

/*
 * Of a record.
 */

static const char *answered_name(enum erasing_answered answered)
{
	switch (answered) {
	case ERASING_OPEN:
		return "open";
	case ERASING_DONE:
		return "done";
	case ERASING_KEPT:
		return "kept";
	case ERASING_ELSEWHERE:
		break;
	}
	return "elsewhere";
}

static json_t *reader_json(
    struct node *node, const struct erasing_reader *reader)
{
	json_t *object = org_json(node, &reader->organisation);
	json_out_text(object, "answer", answered_name(reader->answered));
	json_out_time(object, "answered_at", reader->answered_ms);
	json_out_text_or_null(object, "until", reader->until);
	json_out_text_or_null(object, "reason", reader->reason);
	json_out_set(object, "record", json_null());
	if (reader->answer != 0) {
		json_out_id(object, "record",
		    &views_get(node_views(node), reader->answer)->id);
	}
	return object;
}

static json_t *found_json(struct node *node, const struct erasing_found *found)
{
	json_t *object = json_object();
	json_t *readers = json_array();
	json_out_id(
	    object, "record", &views_get(node_views(node), found->rid)->id);
	json_out_set(object, "author", peer_json(node, found->author));
	json_out_time(object, "at", found->created_ms);
	json_out_text_or_null(object, "reason", found->reason);
	json_out_bool(object, "passed_on", found->passed_on);
	json_out_bool(object, "counts", found->counts);
	json_out_text_or_null(object, "why_not", found->why_not);
	for (size_t i = 0; i < found->reader_count; i++) {
		json_out_append(readers, reader_json(node, &found->readers[i]));
	}
	json_out_set(object, "readers", readers);
	json_out_number(object, "repeats", found->repeats);
	return object;
}

static void add_erased(
    struct node *node, const struct tombstone *tombstone, json_t *object)
{
	json_t *erased = json_object();
	json_out_time(erased, "at", tombstone->erased_ms);
	json_out_id(erased, "erasure",
	    &views_get(node_views(node), (uint32_t)tombstone->erasure)->id);
	json_out_set(object, "erased", erased);
}

enum err erasure_json_add(
    struct node *node, const struct id32 *id, json_t *object)
{
	struct erasing_account account;
	json_t *list = NULL;
	enum err err = erasing_look(node, id, &account);
	if (err != ERR_OK) {
		return err;
	}
	if (account.tombstone.erasure != 0) {
		add_erased(node, &account.tombstone, object);
	}
	if (account.held) {
		json_out_set(object, "hold", hold_json(&account.hold));
	}
	if (account.erasure_count > 0) {
		list = json_array();
		for (size_t i = 0; i < account.erasure_count; i++) {
			json_out_append(
			    list, found_json(node, &account.erasures[i]));
		}
		json_out_set(object, "erasures", list);
	}
	erasing_account_clear(&account);
	return ERR_OK;
}

/*
 * The list.
 */

enum { LISTED = 256 };

struct listing {
	struct node *node;
	json_t *list;
};

static enum err list_hold(
    void *context, const struct id32 *record, const struct erasing_hold *hold)
{
	struct listing *listing = context;
	struct erasing_account account;
	json_t *object = hold_json(hold);
	bool asked = false;
	enum err err = erasing_look(listing->node, record, &account);
	for (size_t i = 0; err == ERR_OK && i < account.erasure_count; i++) {
		asked = asked || account.erasures[i].counts;
	}
	if (err == ERR_OK) {
		erasing_account_clear(&account);
	}
	json_out_id(object, "record", record);
	json_out_bool(object, "over",
	    clock_wall_ms(node_clock(listing->node)) >= hold->until_ms);
	json_out_bool(object, "asked", asked);
	json_out_append(listing->list, object);
	return err;
}

static enum err list_found(
    void *context, const struct id32 *record, const struct erasing_found *found)
{
	struct listing *listing = context;
	json_t *object = json_object();
	json_t *erasure = found_json(listing->node, found);
	json_out_id(object, "record", record);
	json_out_set(object, "erasure", erasure);
	json_out_append(listing->list, object);
	return ERR_OK;
}

enum err erasure_json_list(struct node *node, json_t **out)
{
	struct listing holds = { node, json_array() };
	struct listing erasures = { node, json_array() };
	size_t left_out = 0;
	enum err err = erasing_holds(node, list_hold, &holds);
	if (err == ERR_OK) {
		err = erasing_unanswered(
		    node, LISTED, list_found, &erasures, &left_out);
	}
	*out = json_object();
	json_out_set(*out, "holds", holds.list);
	json_out_set(*out, "erasures", erasures.list);
	json_out_number(*out, "erasures_left_out", left_out);
	return err;
}

/* Everything that is known of it, in the form of any record. */
static void add_nothing(json_t *object)
{
	static const char *const keys[] = { "provider", "kind", "source",
		"dimension", "text", "created_at", "audience", "log",
		"corrected_by", "role", "person" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_out_set(object, keys[i], json_null());
	}
	json_out_set(object, "references", json_array());
	json_out_bool(object, "private", false);
	json_out_bool(object, "proven", false);
}

enum err erasure_json_remembered(struct node *node,
    const struct erasing_remembered *remembered, json_t **out)
{
	const struct id32 *by = &remembered->header.author;
	const struct peer *author =
	    remembered->known ? peers_by_id(node, by) : NULL;
	const Qsg__Card *card = author == NULL ? NULL : author->card.fields;
	const struct view_record *view =
	    views_get(node_views(node), remembered->grant);
	json_t *object = json_object();
	json_t *grant = json_object();
	json_out_id(object, "id", &remembered->id);
	json_out_text(object, "type", views_type_name(VIEW_UNKNOWN));
	json_out_text_or_null(
	    object, "author", card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, "author_code", card == NULL ? NULL : card->code);
	json_out_text_or_null(object, "author_fingerprint",
	    remembered->known ? text_fingerprint(by).text : NULL);
	add_nothing(object);
	if (remembered->known) {
		json_out_number(object, "number", remembered->header.number);
		json_out_id(object, "stream", &remembered->header.stream);
	}
	json_out_time(object, "received_at", view->received_ms);
	json_out_text(object, "state", "bodyless");
	json_out_text(object, "reason", records_reason_name(RECORD_ERASED));
	json_out_id(grant, "grant", &view->id);
	json_out_set(grant, "organisation",
	    org_json(node, state_author_id(node, remembered->grant)));
	json_out_text(grant, "reason", "");
	json_out_time(grant, "at", view->received_ms);
	json_out_bool(grant, "proof_verified", false);
	json_out_set(object, "granted_by", grant);
	*out = object;
	return erasure_json_add(node, &remembered->id, object);
}

static void put_answer(
    struct paper *paper, const json_t *erasure, const json_t *reader)
{
	const char *name = paper_member(reader, "name");
	const char *answer = paper_member(reader, "answer");
	paper_put(paper, "    ");
	paper_text(paper,
	    name[0] != '\0' ? name : paper_member(reader, "fingerprint"));
	if (answer[0] == 'o') {
		paper_put(paper, ": has not answered\n");
		return;
	}
	if (answer[0] == 'e') {
		paper_put(paper, ": answers ");
		paper_text(paper,
		    paper_member(json_object_get(erasure, "author"), "name"));
		paper_put(paper, " alone\n");
		return;
	}
	paper_put(paper, ": ");
	paper_text(paper, answer);
	if (answer[0] == 'k') {
		paper_put(paper, " until ");
		paper_text(paper, paper_member(reader, "until"));
		paper_put(paper, ", ");
		paper_text(paper, paper_member(reader, "reason"));
	}
	paper_put(paper, ", ");
	paper_time(paper, reader, "answered_at");
	paper_put(paper, "\n");
}

static void put_erasure(struct paper *paper, const json_t *erasure)
{
	size_t at = 0;
	const json_t *each = NULL;
	paper_put(paper, "  by ");
	paper_text(
	    paper, paper_member(json_object_get(erasure, "author"), "name"));
	paper_put(paper, ", ");
	paper_time(paper, erasure, "at");
	paper_put(
	    paper, paper_flag(erasure, "passed_on") ? ", passed on: " : ": ");
	paper_text(paper, paper_member(erasure, "reason"));
	paper_put(paper, "\n");
	if (!paper_flag(erasure, "counts")) {
		paper_put(paper, "    does not count: ");
		paper_text(paper, paper_member(erasure, "why_not"));
		paper_put(paper, "\n");
	}
	if (paper_number(erasure, "repeats") > 0) {
		paper_printf(paper, "    and asked for %lld times more\n",
		    (long long)paper_number(erasure, "repeats"));
	}
	json_array_foreach(json_object_get(erasure, "readers"), at, each)
	{
		put_answer(paper, erasure, each);
	}
}

void erasure_json_render_added(struct paper *paper, const json_t *object)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *erased = json_object_get(object, "erased");
	const json_t *hold = json_object_get(object, "hold");
	if (json_is_object(erased)) {
		paper_styled(paper, PAPER_WARN, "erased");
		paper_put(paper, " here ");
		paper_time(paper, erased, "at");
		paper_put(paper, ": text and key are gone for good\n");
	}
	if (json_is_object(hold)) {
		put_hold(paper, hold);
	}
	if (json_array_size(json_object_get(object, "erasures")) > 0) {
		paper_put(paper, "erasures\n");
	}
	json_array_foreach(json_object_get(object, "erasures"), at, each)
	{
		put_erasure(paper, each);
	}
}

void erasure_json_render_list(struct paper *paper, const json_t *value)
{
	const json_t *holds = json_object_get(value, "holds");
	const json_t *erasures = json_object_get(value, "erasures");
	size_t at = 0;
	const json_t *each = NULL;
	paper_put(
	    paper, json_array_size(holds) == 0 ? "nothing is held\n" : "");
	json_array_foreach(holds, at, each)
	{
		paper_printf(paper, "%.16s ", paper_member(each, "record"));
		put_hold(paper, each);
		paper_put(paper,
		    paper_flag(each, "over") ? "  that day is over\n" : "");
		paper_put(paper,
		    paper_flag(each, "asked")
			? "  its erasure was asked for, and is done then\n"
			: "");
	}
	paper_put(paper,
	    json_array_size(erasures) == 0
		? "everybody who was asked to erase something has done so\n"
		: "asked for, and not done by everybody\n");
	json_array_foreach(erasures, at, each)
	{
		paper_printf(paper, "%.16s\n", paper_member(each, "record"));
		put_erasure(paper, json_object_get(each, "erasure"));
	}
	if (paper_number(value, "erasures_left_out") > 0) {
		paper_printf(paper, "%lld older ones are not shown here\n",
		    (long long)paper_number(value, "erasures_left_out"));
	}
}
